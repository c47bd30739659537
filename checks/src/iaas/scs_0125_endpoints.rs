//! scs-0125: endpoints are reached by HTTPS, and say so to browsers.

use crate::facts::{Catalog, CatalogService, Endpoint, Probed, TlsEndpoint, TlsEndpoints};
use crate::rule::Check;
use crate::verdict::{Finding, Findings};
use crate::visible::visible;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

/// scs-0125: every endpoint of an interface, of all services and regions of the catalog, has an `https://` address.
///
/// Only the catalog is read: internal endpoints cannot be reached from where the suite runs.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct EndpointsHttps {
    /// The interface: `public`, `internal` or `admin`.
    interface: String,
}

impl Check for EndpointsHttps {
    type Facts<'a> = &'a Catalog;

    fn examine(&self, catalog: &Catalog) -> Findings {
        let of = |service| self.endpoints(service).map(move |endpoint| (service, endpoint));
        let endpoints: Vec<_> = catalog.services.iter().flat_map(of).collect();
        if endpoints.is_empty() {
            return Findings::undecided(format!("the catalog has no {} endpoint", self.interface));
        }
        Findings::each(&endpoints, |(service, endpoint), findings| {
            findings.list.extend(self.without_tls(service, endpoint));
        })
    }
}

impl EndpointsHttps {
    fn endpoints<'a>(&self, service: &'a CatalogService) -> impl Iterator<Item = &'a Endpoint> {
        service.endpoints.iter().filter(|endpoint| endpoint.interface == self.interface)
    }

    fn without_tls(&self, service: &CatalogService, endpoint: &Endpoint) -> Option<Finding> {
        let scheme = Url::parse(endpoint.url.trim()).ok().map(|url| url.scheme().to_owned());
        let message = match scheme.as_deref() {
            Some("https") => return None,
            Some(_) => format!("the {} endpoint of {} is reached without TLS", self.interface, service.service_type),
            None => format!("the {} endpoint of {} has no usable address", self.interface, service.service_type),
        };
        let finding = Finding::violation(message).on(service.resource()).property("url");
        Some(finding.expected("an https:// address").observed(visible(&endpoint.url)))
    }
}

/// scs-0125: the answer to `GET /` has the header `Strict-Transport-Security`, with a time that is long enough.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct StrictTransportSecurity {
    /// The shortest time that is accepted, in seconds.
    max_age: u64,
}

/// The header, as findings name it.
const HEADER: &str = "Strict-Transport-Security";

impl Check for StrictTransportSecurity {
    type Facts<'a> = &'a TlsEndpoints;

    fn examine(&self, endpoints: &TlsEndpoints) -> Findings {
        if endpoints.0.is_empty() {
            return Findings::undecided("no public endpoint was tried");
        }
        Findings::each(&endpoints.0, |endpoint, findings| match &endpoint.hsts {
            Probed::Unknown(reason) => findings.unknown(reason.clone()),
            Probed::Seen(header) => findings.list.extend(self.too_short(endpoint, header.as_deref())),
        })
    }
}

impl StrictTransportSecurity {
    fn too_short(&self, endpoint: &TlsEndpoint, header: Option<&str>) -> Option<Finding> {
        let message = match header.map(max_age) {
            Some(Some(seconds)) if seconds >= self.max_age => return None,
            Some(Some(_)) => "the time for which browsers are to insist on HTTPS is too short",
            Some(None) => "the header has no max-age that can be read",
            None => "the answer to GET / does not tell browsers to insist on HTTPS",
        };
        let observed = header.map_or("no such header".to_owned(), |header| visible(header).into());
        let expected = format!("max-age={} or more", self.max_age);
        let finding = Finding::violation(message).on(endpoint.resource()).property(HEADER);
        Some(finding.expected(expected).observed(observed))
    }
}

/// Returns the number of seconds in a header; none unless it is given exactly once, as RFC 6797 wants it.
fn max_age(header: &str) -> Option<u64> {
    let pairs = header.split(';').filter_map(|directive| directive.split_once('='));
    let mut ages = pairs.filter(|(name, _)| name.trim().eq_ignore_ascii_case("max-age"));
    let (_, age) = ages.next().filter(|_| ages.next().is_none())?;
    let age = age.trim();
    let age = age.strip_prefix('"').and_then(|age| age.strip_suffix('"')).unwrap_or(age);
    let is_number = !age.is_empty() && age.bytes().all(|byte| byte.is_ascii_digit());
    // A number with more digits than we can count is long enough for anybody.
    is_number.then(|| age.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::{Outcome, Verdict};
    use rstest::rstest;

    fn catalog(endpoints: &[(&str, &str)]) -> Catalog {
        let endpoint = |(interface, url): &(&str, &str)| Endpoint {
            interface: (*interface).to_owned(),
            region: "R1".to_owned(),
            url: (*url).to_owned(),
        };
        let endpoints = endpoints.iter().map(endpoint).collect();
        let service = CatalogService { service_type: "compute".to_owned(), name: "nova".to_owned(), endpoints };
        Catalog { services: vec![service], interface: "public".to_owned(), ..Catalog::default() }
    }

    #[rstest]
    #[case::https(&[("public", "https://h/v2")], Verdict::Pass)]
    #[case::upper_case(&[("public", "HTTPS://H/v2")], Verdict::Pass)]
    #[case::blanks(&[("public", " https://h/v2 ")], Verdict::Pass)]
    #[case::in_the_clear(&[("public", "http://h/v2")], Verdict::Fail)]
    #[case::port_of_https(&[("public", "http://h:443/v2")], Verdict::Fail)]
    #[case::one_of_two(&[("public", "https://h"), ("public", "http://h")], Verdict::Fail)]
    #[case::of_another_interface(&[("public", "https://h"), ("internal", "http://h")], Verdict::Pass)]
    #[case::only_another_interface(&[("internal", "https://h")], Verdict::Abort)]
    #[case::no_scheme(&[("public", "h/v2")], Verdict::Fail)]
    #[case::empty(&[("public", "")], Verdict::Fail)]
    #[case::no_host(&[("public", "https://")], Verdict::Fail)]
    #[case::looks_like_it(&[("public", "httpsx://h")], Verdict::Fail)]
    #[case::none(&[], Verdict::Abort)]
    fn every_endpoint_of_the_interface_is_looked_at(#[case] endpoints: &[(&str, &str)], #[case] verdict: Verdict) {
        let outcome = Outcome::of(EndpointsHttps { interface: "public".to_owned() }.examine(&catalog(endpoints)));
        assert_eq!((outcome.verdict, outcome.vacuous), (verdict, false), "{outcome:?}");
    }

    #[rstest]
    #[case("max-age=63072000", Some(63_072_000))]
    #[case("Max-Age = \"5\"; includeSubDomains", Some(5))]
    #[case("includeSubDomains; max-age=5; preload", Some(5))]
    #[case("max-age=99999999999999999999999", Some(u64::MAX))]
    #[case("max-age=-1", None)]
    #[case("max-age=", None)]
    #[case("max-age", None)]
    #[case("max-age=1; max-age=99999999", None)]
    #[case("no-max-age=5", None)]
    #[case("", None)]
    fn times_of_the_header(#[case] header: &str, #[case] seconds: Option<u64>) {
        assert_eq!(max_age(header), seconds);
    }
}
