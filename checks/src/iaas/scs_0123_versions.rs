//! scs-0123: behind the endpoints of the catalog are the services that it names.

use crate::facts::{Probed, VersionDocument, VersionDocuments};
use crate::non_empty::NonEmpty;
use crate::rule::Check;
use crate::verdict::{Finding, Findings, Reason, ReasonCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// scs-0123: each endpoint of these services answers with the version document of its service.
///
/// A catalog entry alone proves little: nothing needs to stand behind it, or something else.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct EndpointVersions {
    /// The services; one of which no endpoint could be asked is undecided.
    services: NonEmpty<Vec<DocumentedService>>,
}

/// A service, and what its version document has.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentedService {
    /// The types under which the catalog may name it, the canonical one first.
    types: NonEmpty<Vec<String>>,
    /// The versions of which the document has at least one: `v3` stands for `v3.14` as well.
    versions: NonEmpty<Vec<String>>,
}

impl Check for EndpointVersions {
    type Facts<'a> = &'a VersionDocuments;

    fn examine(&self, documents: &VersionDocuments) -> Findings {
        let mut findings = Findings::default();
        for service in self.services.iter() {
            let own = documents.0.iter().filter(|one| service.types.contains(&one.service_type));
            let before = findings.examined;
            own.for_each(|document| service.examine(document, &mut findings));
            if findings.examined == before {
                let why = format!(
                    "the catalog has no address of {} that could be asked for its versions",
                    service.types.join(" or ")
                );
                findings.unknown(Reason::new(ReasonCode::ServiceAbsent, why));
            }
        }
        findings
    }
}

impl DocumentedService {
    fn examine(&self, document: &VersionDocument, findings: &mut Findings) {
        findings.examined += 1;
        match &document.answer {
            Probed::Unknown(reason) => findings.unknown(reason.clone()),
            Probed::Seen(answer) if answer.versions.iter().any(|id| is_one_of(id, &self.versions)) => {}
            Probed::Seen(answer) => findings.push(stranger(document, answer.status, &answer.versions, &self.versions)),
        }
    }
}

fn is_one_of(id: &str, expected: &[String]) -> bool {
    let is_minor = |rest: &str| rest.strip_prefix('.').is_some_and(|minor| minor.bytes().all(|c| c.is_ascii_digit()));
    let mut rests = expected.iter().filter_map(|version| id.strip_prefix(version.as_str()));
    rests.any(|rest| rest.is_empty() || is_minor(rest))
}

fn stranger(document: &VersionDocument, status: u16, versions: &[String], expected: &[String]) -> Finding {
    let (what, observed) = match versions.is_empty() {
        true => ("no version document", format!("HTTP {status} without a list of versions")),
        false => ("the version document of something else", format!("HTTP {status}, versions {}", versions.join(", "))),
    };
    Finding::violation(format!("the endpoint of {} answers with {what}", document.service_type))
        .on(document.resource())
        .property("versions")
        .expected(format!("a version document with {}", expected.join(" or ")))
        .observed(observed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::VersionAnswer;
    use crate::verdict::{Outcome, Reason, ReasonCode, Verdict};
    use rstest::rstest;

    fn rule(services: &[(&[&str], &str)]) -> EndpointVersions {
        let services =
            services.iter().map(|(types, version)| serde_json::json!({"types": types, "versions": [version]}));
        serde_json::from_value(serde_json::json!({"services": services.collect::<Vec<_>>()})).unwrap()
    }

    const COMPUTE: (&[&str], &str) = (&["compute"], "v2.1");
    const IDENTITY: (&[&str], &str) = (&["identity"], "v3");
    const NETWORK: (&[&str], &str) = (&["network"], "v2.0");
    const VOLUMES: (&[&str], &str) = (&["block-storage", "volumev3"], "v3");

    fn document(service_type: &str, answer: Probed<VersionAnswer>) -> VersionDocument {
        VersionDocument { service_type: service_type.into(), url: "https://h/".into(), answer }
    }

    fn seen(versions: &[&str]) -> Probed<VersionAnswer> {
        Probed::Seen(VersionAnswer { status: 200, versions: versions.iter().map(|id| (*id).to_owned()).collect() })
    }

    fn silent() -> Probed<VersionAnswer> {
        Probed::Unknown(Reason::new(ReasonCode::Unreachable, "no connection"))
    }

    #[rstest]
    #[case::nova(COMPUTE, &["v2.0", "v2.1"], Verdict::Pass)]
    #[case::only_an_old_one(COMPUTE, &["v2.0"], Verdict::Fail)]
    #[case::a_longer_number(COMPUTE, &["v2.10"], Verdict::Fail)]
    #[case::keystone(IDENTITY, &["v3.14"], Verdict::Pass)]
    #[case::no_number(IDENTITY, &["v3.14-beta"], Verdict::Fail)]
    #[case::no_document(NETWORK, &[], Verdict::Fail)]
    #[case::something_else(NETWORK, &["v2.1"], Verdict::Fail)]
    fn the_document_is_that_of_the_service(
        #[case] service: (&[&str], &str),
        #[case] versions: &[&str],
        #[case] verdict: Verdict,
    ) {
        let documents = VersionDocuments(vec![document(service.0[0], seen(versions))]);
        assert_eq!(Outcome::of(rule(&[service]).examine(&documents)).verdict, verdict);
    }

    #[rstest]
    #[case::silent(vec![document("compute", seen(&["v2.1"])), document("identity", silent())], Verdict::Abort)]
    #[case::silent_and_strange(vec![document("compute", seen(&[])), document("identity", silent())], Verdict::Fail)]
    #[case::one_service_is_missing(vec![document("compute", seen(&["v2.1"]))], Verdict::Abort)]
    #[case::nothing(vec![], Verdict::Abort)]
    #[case::others(vec![document("dns", seen(&["v2"]))], Verdict::Abort)]
    #[case::others_beside(
        vec![document("dns", seen(&[])), document("compute", seen(&["v2.1"])), document("identity", seen(&["v3.14"]))],
        Verdict::Pass
    )]
    fn what_nobody_saw_is_never_a_pass(#[case] documents: Vec<VersionDocument>, #[case] verdict: Verdict) {
        let outcome = Outcome::of(rule(&[COMPUTE, IDENTITY]).examine(&VersionDocuments(documents)));
        assert_eq!((outcome.verdict, outcome.vacuous), (verdict, false));
    }

    /// Each endpoint counts, under whatever name the catalog has the service.
    #[rstest]
    #[case::an_alias(vec![document("volumev3", seen(&["v3.0"]))], Verdict::Pass)]
    #[case::one_of_two_is_strange(vec![document("volumev3", seen(&["v3.0"])), document("block-storage", seen(&[]))], Verdict::Fail)]
    fn aliases_are_the_same_service(#[case] documents: Vec<VersionDocument>, #[case] verdict: Verdict) {
        assert_eq!(Outcome::of(rule(&[VOLUMES]).examine(&VersionDocuments(documents))).verdict, verdict);
    }
}
