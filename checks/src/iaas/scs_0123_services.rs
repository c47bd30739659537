//! scs-0123: the mandatory services are offered.

use crate::accepts::is_default;
use crate::facts::{Catalog, CatalogService, S3Answer};
use crate::non_empty::NonEmpty;
use crate::rule::Check;
use crate::verdict::{Finding, Findings, Resource, ResourceKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// scs-0123: a service of one of these types is in the part of the catalog that the subject's users see (deviation Q-0123-6).
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ServicePresent {
    /// The accepted service types, the canonical one first.
    types: NonEmpty<Vec<String>>,
    /// Types that are accepted with a warning.
    #[serde(default, skip_serializing_if = "is_default")]
    tolerates: Vec<String>,
}

/// The type of the service that many clouds share among all regions: a client with a token has found it.
const SHARED: &str = "identity";

impl Check for ServicePresent {
    type Facts<'a> = &'a Catalog;

    fn examine(&self, catalog: &Catalog) -> Findings {
        let first = |types: &[String]| types.iter().find_map(|name| Some((name.clone(), found(catalog, name)?)));
        let expected = format!("a service of type {}, {}", self.types.join(" or "), place(catalog));
        let finding = match (first(&self.types), first(&self.tolerates)) {
            (Some((_, Found::Here(addresses))), _) if addresses.len() == 1 => None,
            (Some((name, Found::Here(addresses))), _) => Some(several(&name, &addresses)),
            (Some((name, Found::Elsewhere)), _) => {
                let message =
                    format!("{name} has an endpoint only in another region; many clouds share it among regions");
                Some(Finding::warning(message).on(Resource::without_id(ResourceKind::Service, name)))
            }
            (None, Some((name, _))) => {
                let message = format!("service type {name} is an old alias; use the canonical type");
                Some(Finding::warning(message).on(Resource::without_id(ResourceKind::Service, &name)).observed(name))
            }
            (None, None) => Some(self.absent(catalog)),
        };
        Findings::on_one(finding.map(|finding| finding.property("type").expected(expected)))
    }
}

/// The places at which a service was found.
enum Found {
    /// Endpoints at these addresses, each of them once.
    Here(BTreeSet<String>),
    /// Endpoints in another region only, which suffices for [`SHARED`].
    Elsewhere,
}

/// Looks up the addresses at which users of the subject find a service of this type.
fn found(catalog: &Catalog, service_type: &str) -> Option<Found> {
    let services = || catalog.of_type(service_type);
    let here: BTreeSet<String> = services().flat_map(|service| catalog.findable(service)).map(String::from).collect();
    let elsewhere = || service_type == SHARED && services().any(|one| !catalog.findable_anywhere(one).is_empty());
    if !here.is_empty() {
        return Some(Found::Here(here));
    }
    elsewhere().then_some(Found::Elsewhere)
}

/// Names the part of the catalog that users of the subject see.
fn place(catalog: &Catalog) -> String {
    let region = catalog.region.as_ref().map_or(String::new(), |region| format!(" in region {region}"));
    format!("with a usable {} endpoint{region}", catalog.interface)
}

/// Names all services of one type, as users meet one of them by chance.
fn several(name: &str, addresses: &BTreeSet<String>) -> Finding {
    let list: Vec<&str> = addresses.iter().map(String::as_str).collect();
    Finding::warning(format!("the catalog has several services of type {name}; at most one of them is checked"))
        .on(Resource::without_id(ResourceKind::Service, name))
        .observed(list.join(", "))
}

impl ServicePresent {
    fn absent(&self, catalog: &Catalog) -> Finding {
        let name = self.types.first().cloned().unwrap_or_default();
        let mut registered = self.types.iter().chain(&self.tolerates).flat_map(|name| catalog.of_type(name));
        let Some(service) = registered.next() else {
            return Finding::violation(format!("the catalog has no service of type {name}"))
                .on(Resource::without_id(ResourceKind::Service, name))
                .observed(types_of(catalog));
        };
        let endpoints =
            service.endpoints.iter().map(|endpoint| format!("{} in {:?}", endpoint.interface, endpoint.region));
        let endpoints: Vec<String> = endpoints.collect();
        let observed = if endpoints.is_empty() { "no endpoint".to_owned() } else { endpoints.join(", ") };
        let message = format!("the catalog has {}, but not {}", service.service_type, place(catalog));
        Finding::violation(message).on(service.resource()).observed(observed)
    }
}

/// Lists all types of the catalog, for people who look for a misspelled one.
fn types_of(catalog: &Catalog) -> String {
    let types: BTreeSet<&str> = catalog.services.iter().map(|service| service.service_type.as_str()).collect();
    if types.is_empty() {
        return "an empty catalog".to_owned();
    }
    format!("only {}", types.into_iter().collect::<Vec<_>>().join(", "))
}

/// scs-0123 v2: a service is registered under its canonical type, not only under an alias.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CanonicalTypes {
    /// The aliases of each canonical type that has any.
    aliases: NonEmpty<BTreeMap<String, Vec<String>>>,
}

impl Check for CanonicalTypes {
    type Facts<'a> = &'a Catalog;

    fn examine(&self, catalog: &Catalog) -> Findings {
        let mut findings = Findings::default();
        for (canonical, aliases) in self.aliases.iter() {
            let is_here = |service: &CatalogService| !catalog.findable(service).is_empty();
            let offered = |name: &String| catalog.services.iter().find(|one| one.service_type == *name && is_here(one));
            let is_canonical = offered(canonical).is_some();
            let used: Vec<&CatalogService> = aliases.iter().filter_map(offered).collect();
            findings.examined += usize::from(is_canonical || !used.is_empty());
            let Some(first) = used.first() else { continue };
            let types: Vec<&str> = used.iter().map(|service| service.service_type.as_str()).collect();
            let types = types.join(", ");
            let finding = if is_canonical {
                // Clients of old expect them, and the canonical type is used.
                Finding::info(format!("the catalog has {canonical}, and aliases of it as well"))
            } else {
                Finding::violation(format!("the catalog has {canonical} only under an alias, {types}"))
            };
            findings.push(finding.on(first.resource()).property("type").expected(canonical).observed(types));
        }
        findings
    }
}

/// scs-0123 v1: the object store, if there is one, speaks S3.
///
/// Deviation Q-0123-4: a service that refuses unknown credentials in a well-formed S3 error document speaks S3,
/// whichever of the protocol's codes it chooses; but it has to refuse them, with a status of 400 to 499.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct S3Answers {
    /// Codes of S3 error documents that refuse credentials.
    refusals: NonEmpty<Vec<String>>,
}

impl Check for S3Answers {
    type Facts<'a> = Option<&'a S3Answer>;

    fn examine(&self, answer: Option<&S3Answer>) -> Findings {
        let Some(answer) = answer else {
            // Quirk Q-0123-5: S3 in a cloud without Swift is left to scs-0123-service-s3.
            let absent = Finding::info("the catalog has no service of type object-store that could speak S3");
            return Findings { list: vec![absent], ..Findings::default() };
        };
        let code = answer.error_code.as_deref();
        // A document of an error says nothing where the status says that there is none, or points elsewhere.
        let refused = (400..500).contains(&answer.status);
        if refused && code.is_some_and(|code| self.refusals.iter().any(|refusal| refusal == code)) {
            return Findings::on_one(None);
        }
        let (message, observed) = match code {
            Some(code) if refused => {
                ("the object store answers an S3 request with an unexpected error", code.to_owned())
            }
            Some(code) => ("the object store does not refuse unknown credentials", code.to_owned()),
            None => {
                ("the object store does not refuse unknown credentials as S3 does", format!("{:?}", answer.excerpt))
            }
        };
        let endpoint = Resource { kind: ResourceKind::Endpoint, id: answer.url.clone(), name: answer.url.clone() };
        let finding = Finding::violation(message)
            .on(endpoint)
            .property("ListBuckets")
            .expected(format!("an S3 error document that refuses the credentials: {}", self.refusals.join(", ")))
            .observed(format!("status {}: {observed}", answer.status));
        Findings::on_one([finding])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::CheckKind;
    use crate::definition::{Definitions, Source};
    use crate::facts::Endpoint;
    use crate::verdict::{Outcome, Severity, Verdict};
    use rstest::rstest;

    fn endpoint(interface: &str, region: &str, url: &str) -> Endpoint {
        Endpoint { interface: interface.to_owned(), region: region.to_owned(), url: url.to_owned() }
    }

    fn service(service_type: &str, endpoints: Vec<Endpoint>) -> CatalogService {
        CatalogService { service_type: service_type.to_owned(), name: format!("name of {service_type}"), endpoints }
    }

    /// Returns a catalog as seen by users of public endpoints in region R1.
    fn in_r1(services: Vec<CatalogService>) -> Catalog {
        let (interface, region) = ("public".to_owned(), Some("R1".to_owned()));
        Catalog { services, interface, region, ..Catalog::default() }
    }

    fn catalog(types: &[&str]) -> Catalog {
        let good = |name: &&str| service(name, vec![endpoint("public", "R1", &format!("https://{name}.example.com"))]);
        in_r1(types.iter().map(good).collect())
    }

    #[rstest]
    #[case::none(vec![], Verdict::Fail)]
    #[case::usual(vec![endpoint("public", "R1", "https://h:8774/v2.1")], Verdict::Pass)]
    #[case::without_region(vec![endpoint("public", "", "http://h")], Verdict::Pass)]
    #[case::one_of_many(
        vec![endpoint("admin", "R1", "http://a"), endpoint("public", "R2", "http://b"), endpoint("public", "R1", "http://c")],
        Verdict::Pass
    )]
    #[case::other_interface(vec![endpoint("admin", "R1", "https://h"), endpoint("internal", "R1", "https://h")], Verdict::Fail)]
    #[case::other_region(vec![endpoint("public", "R2", "https://h")], Verdict::Fail)]
    #[case::empty_address(vec![endpoint("public", "R1", "")], Verdict::Fail)]
    #[case::blank_address(vec![endpoint("public", "R1", " \u{200b}")], Verdict::Fail)]
    #[case::no_host(vec![endpoint("public", "R1", "https://")], Verdict::Fail)]
    #[case::other_scheme(vec![endpoint("public", "R1", "ftp://h")], Verdict::Fail)]
    #[case::no_scheme(vec![endpoint("public", "R1", "h:8774/v2.1")], Verdict::Fail)]
    #[case::no_address_of_anybody(vec![endpoint("public", "R1", "http://0.0.0.0:8774")], Verdict::Fail)]
    #[case::no_address_of_anybody_6(vec![endpoint("public", "R1", "http://[::]:8774")], Verdict::Fail)]
    #[case::everybody(vec![endpoint("public", "R1", "http://255.255.255.255")], Verdict::Fail)]
    #[case::no_name(vec![endpoint("public", "R1", "https://.")], Verdict::Fail)]
    #[case::a_gap_in_the_name(vec![endpoint("public", "R1", "https://api..example.com")], Verdict::Fail)]
    #[case::no_letter_in_the_name(vec![endpoint("public", "R1", "https://-/")], Verdict::Fail)]
    #[case::a_template_of_the_host(vec![endpoint("public", "R1", "http://$(public_host)s:8774")], Verdict::Fail)]
    #[case::a_template_of_the_path(vec![endpoint("public", "R1", "http://h/v1/AUTH_%(tenant_id)s")], Verdict::Fail)]
    #[case::a_rooted_name(vec![endpoint("public", "R1", "https://api.example.com.")], Verdict::Pass)]
    #[case::an_odd_name(vec![endpoint("public", "R1", "https://nova_api.bücher.example")], Verdict::Pass)]
    #[case::ipv6(vec![endpoint("public", "R1", "https://[2001:db8::1]:8774")], Verdict::Pass)]
    fn a_service_counts_where_users_find_it(#[case] endpoints: Vec<Endpoint>, #[case] verdict: Verdict) {
        for name in ["compute", "volumev2", "block-storage"] {
            let check = if name == "compute" {
                ServicePresent { types: NonEmpty::new(strings(&["compute"])).unwrap(), tolerates: Vec::new() }
            } else {
                storage()
            };
            let findings = check.examine(&in_r1(vec![service(name, endpoints.clone())]));
            let outcome = Outcome::of(findings);
            assert_eq!(outcome.verdict, verdict, "{:?}", outcome.findings);
            if verdict == Verdict::Fail {
                let message = &outcome.findings[0].message;
                assert!(message.ends_with("but not with a usable public endpoint in region R1"), "{message}");
            }
        }
    }

    #[test]
    fn users_of_internal_endpoints_look_there() {
        let endpoints = vec![endpoint("internal", "R1", "https://h")];
        let catalog =
            Catalog { interface: "internal".into(), region: None, ..in_r1(vec![service("volume", endpoints)]) };
        assert_eq!(storage().examine(&catalog), Findings::on_one(None));
    }

    #[rstest]
    #[case::the_first(&["internal", "public"], Verdict::Pass)]
    #[case::the_second(&["admin", "public"], Verdict::Pass)]
    #[case::none(&["internal", "admin"], Verdict::Pass)]
    #[case::not_one(&["admin"], Verdict::Fail)]
    fn users_of_several_interfaces_look_there(#[case] interfaces: &[&str], #[case] verdict: Verdict) {
        let endpoints = vec![endpoint("internal", "R1", "https://h"), endpoint("public", "R1", "https://p")];
        let mut names = interfaces.iter().map(|name| (*name).to_owned());
        let catalog = Catalog {
            interface: names.next().unwrap(),
            other_interfaces: names.collect(),
            ..in_r1(vec![service("block-storage", endpoints)])
        };
        assert_eq!(Outcome::of(storage().examine(&catalog)).verdict, verdict);
    }

    /// Whoever has a token has found it.
    #[test]
    fn identity_may_stand_in_another_region() {
        let check = ServicePresent { types: NonEmpty::new(strings(&["identity"])).unwrap(), tolerates: Vec::new() };
        let judge = |endpoint| Outcome::of(check.examine(&in_r1(vec![service("identity", vec![endpoint])])));
        let outcome = judge(endpoint("public", "R2", "https://h"));
        assert_eq!((outcome.verdict, outcome.findings[0].severity), (Verdict::Pass, Severity::Warning));
        assert_eq!(judge(endpoint("admin", "R2", "https://h")).verdict, Verdict::Fail);
        assert_eq!(judge(endpoint("public", "R2", "")).verdict, Verdict::Fail);
    }

    #[test]
    fn a_second_service_of_a_type_is_named() {
        let at = |url| service("volume", vec![endpoint("public", "R1", url)]);
        let outcome = |urls: [&'static str; 2]| Outcome::of(storage().examine(&in_r1(urls.map(at).into())));
        let two = outcome(["https://one", "https://user:secret@two?token=secret"]);
        assert_eq!((two.verdict, two.findings[0].severity), (Verdict::Pass, Severity::Warning));
        assert_eq!(two.findings[0].observed.as_deref(), Some("https://one/, https://two/"));
        assert_eq!(outcome(["https://one", "https://one/"]).findings, []);
    }

    fn strings(list: &[&str]) -> Vec<String> {
        list.iter().map(|item| (*item).to_owned()).collect()
    }

    fn storage() -> ServicePresent {
        let types = strings(&["block-storage", "volumev3", "volume"]);
        ServicePresent { types: NonEmpty::new(types).unwrap(), tolerates: strings(&["volumev2", "block-store"]) }
    }

    #[rstest]
    #[case(&["block-storage"], Verdict::Pass, None)]
    #[case(&["compute", "volumev3"], Verdict::Pass, None)]
    #[case(&["volume"], Verdict::Pass, None)]
    #[case(&["volumev2"], Verdict::Pass, Some(Severity::Warning))]
    #[case(&["block-store"], Verdict::Pass, Some(Severity::Warning))]
    #[case(&["volumev2", "volumev3"], Verdict::Pass, None)]
    #[case(&["volumev1"], Verdict::Fail, Some(Severity::Violation))]
    #[case(&["Volume"], Verdict::Fail, Some(Severity::Violation))]
    #[case(&[], Verdict::Fail, Some(Severity::Violation))]
    fn a_service_is_found_by_type(#[case] types: &[&str], #[case] verdict: Verdict, #[case] finding: Option<Severity>) {
        let outcome = Outcome::of(storage().examine(&catalog(types)));
        assert_eq!((outcome.verdict, outcome.findings.first().map(|f| f.severity)), (verdict, finding));
        assert!(!outcome.vacuous);
    }

    #[test]
    fn missing_service_is_reported_with_the_types_present() {
        let check =
            ServicePresent { types: NonEmpty::new(strings(&["load-balancer"])).unwrap(), tolerates: Vec::new() };
        let finding = check.examine(&catalog(&["loadbalancer", "compute", "compute"])).list.remove(0);
        assert_eq!(finding.resource.unwrap().name, "load-balancer");
        assert_eq!(finding.observed.as_deref(), Some("only compute, loadbalancer"));
    }

    /// Each testcase that asks for a service, with the types of its definition.
    #[test]
    fn the_defined_services_are_found_and_missed() {
        let standards = [
            include_str!("../../../standards/iaas/scs-0116-key-manager.yaml"),
            include_str!("../../../standards/iaas/scs-0123-mandatory-services.yaml"),
        ];
        let sources = standards.map(|text| Source::new(&text[..20], text.as_bytes()).unwrap());
        let definitions = Definitions::load(&sources).unwrap();
        let mut seen = Vec::new();
        for testcase in definitions.testcases() {
            let CheckKind::ServicePresent(check) = &testcase.check else { continue };
            let id = testcase.id.as_str();
            for known in check.types.iter() {
                assert_eq!(Outcome::of(check.examine(&catalog(&["x", known]))).verdict, Verdict::Pass, "{id}");
            }
            assert_eq!(Outcome::of(check.examine(&catalog(&["x"]))).verdict, Verdict::Fail, "{id}");
            seen.push(id.trim_start_matches("scs-0123-"));
        }
        let services = "scs-0116-presence service-compute service-identity service-image service-network \
                        service-load-balancer service-placement storage-apis service-s3";
        assert_eq!(seen.join(" "), services);
    }

    #[rstest]
    #[case(&["block-storage"], Verdict::Pass, &[])]
    #[case(&["block-storage", "volumev3"], Verdict::Pass, &[(Severity::Info, "volumev3")])]
    #[case(&["volumev3"], Verdict::Fail, &[(Severity::Violation, "volumev3")])]
    #[case(&["block-store", "volumev3", "volumev3", "x"], Verdict::Fail, &[(Severity::Violation, "volumev3, block-store")])]
    #[case(&["bare-metal", "block-storage"], Verdict::Fail, &[(Severity::Violation, "bare-metal")])]
    #[case(&["share", "ha"], Verdict::Fail, &[(Severity::Violation, "ha"), (Severity::Violation, "share")])]
    fn canonical_types_are_used(
        #[case] types: &[&str],
        #[case] verdict: Verdict,
        #[case] expected: &[(Severity, &str)],
    ) {
        let outcome = Outcome::of(canonical().examine(&catalog(types)));
        let seen: Vec<_> = outcome.findings.iter().map(|f| (f.severity, f.observed.as_deref().unwrap())).collect();
        assert_eq!((outcome.verdict, outcome.vacuous, seen.as_slice()), (verdict, false, expected));
    }

    #[test]
    fn services_without_aliases_say_nothing_about_types() {
        let outcome = Outcome::of(canonical().examine(&catalog(&["compute", "volumev1", "Volume"])));
        assert!(outcome.vacuous && outcome.findings.is_empty(), "{outcome:?}");
    }

    /// Returns the rule of scs-0123-canonical-type, as defined.
    fn canonical() -> CanonicalTypes {
        let text = include_str!("../../../standards/iaas/scs-0123-mandatory-services.yaml");
        let definitions = Definitions::load(&[Source::new("scs-0123.yaml", text.as_bytes()).unwrap()]).unwrap();
        match &definitions.testcase("scs-0123-canonical-type").unwrap().check {
            CheckKind::CanonicalServiceTypes(check) => CanonicalTypes { aliases: check.aliases.clone() },
            other => panic!("{other:?}"),
        }
    }

    fn answer(status: u16, error_code: Option<&str>) -> S3Answer {
        let url = "https://s3.example.com/".to_owned();
        S3Answer { url, status, error_code: error_code.map(str::to_owned), excerpt: "<html>".into() }
    }

    #[rstest]
    #[case(None, Verdict::Pass, true)]
    #[case(Some(answer(403, Some("InvalidAccessKeyId"))), Verdict::Pass, false)]
    #[case(Some(answer(404, Some("NoSuchKey"))), Verdict::Pass, false)]
    #[case(Some(answer(403, Some("SignatureDoesNotMatch"))), Verdict::Pass, false)]
    #[case(Some(answer(400, Some("AuthorizationHeaderMalformed"))), Verdict::Pass, false)]
    #[case(Some(answer(405, Some("MethodNotAllowed"))), Verdict::Fail, false)]
    #[case(Some(answer(200, Some("InvalidAccessKeyId"))), Verdict::Fail, false)]
    #[case(Some(answer(301, Some("InvalidAccessKeyId"))), Verdict::Fail, false)]
    #[case(Some(answer(399, Some("NoSuchKey"))), Verdict::Fail, false)]
    #[case(Some(answer(400, Some("NoSuchKey"))), Verdict::Pass, false)]
    #[case(Some(answer(401, None)), Verdict::Fail, false)]
    #[case(Some(answer(200, None)), Verdict::Fail, false)]
    fn a_refusal_in_s3_proves_s3(#[case] answer: Option<S3Answer>, #[case] verdict: Verdict, #[case] vacuous: bool) {
        let refusals =
            strings(&["InvalidAccessKeyId", "NoSuchKey", "SignatureDoesNotMatch", "AuthorizationHeaderMalformed"]);
        let outcome = Outcome::of(S3Answers { refusals: NonEmpty::new(refusals).unwrap() }.examine(answer.as_ref()));
        assert_eq!((outcome.verdict, outcome.vacuous), (verdict, vacuous), "{:?}", outcome.findings);
    }

    #[test]
    fn another_protocol_is_shown() {
        let check = S3Answers { refusals: NonEmpty::new(strings(&["AccessDenied"])).unwrap() };
        let finding = check.examine(Some(&answer(401, None))).list.remove(0);
        assert_eq!(finding.observed.as_deref(), Some("status 401: \"<html>\""));
        assert_eq!(finding.resource.unwrap().name, "https://s3.example.com/");
    }
}
