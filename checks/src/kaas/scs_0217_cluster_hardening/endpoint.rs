//! The connection to the API.

use crate::facts::{ApiServer, ClusterVersion, Tls};
use crate::rule::Check;
use crate::verdict::{Finding, Findings, Reason, ReasonCode};
use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use thiserror::Error;

/// scs-0217 v1: the API is reached by HTTPS, with a certificate of an authority that its users know.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ApiHttps {}

impl Check for ApiHttps {
    type Facts<'a> = &'a ApiServer;

    fn examine(&self, server: &ApiServer) -> Findings {
        match (without_tls(server), server.https) {
            (Some(finding), _) => Findings::on_one([finding]),
            (None, true) => Findings::on_one([]),
            (None, false) => {
                Findings::undecided("the kubeconfig disables certificate verification (insecure-skip-tls-verify)")
            }
        }
    }
}

/// Reports an API that is reached in the clear. Its address may have a password in it, so only the scheme is shown.
fn without_tls(server: &ApiServer) -> Option<Finding> {
    let scheme = server.url.split_once(':').map_or("none", |(scheme, _)| scheme);
    let finding = Finding::violation("the API is reached without TLS").on(ClusterVersion::resource());
    (scheme != "https").then(|| finding.property("server").expected("https").observed(scheme))
}

/// scs-0217 v1: the connection to the API has a version of TLS that is not outdated, and a certificate that is valid.
///
/// The suite itself speaks nothing older than TLS 1.2, and with an API that offers only that, it fails before this rule is
/// evaluated. So the version fails here only in recordings of others, and it is not tested if older versions are offered, too.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ApiTls {
    /// The oldest version that is accepted, for example `TLSv1.2`.
    at_least: TlsVersion,
    /// The number of days before the certificate expires from which on there is a warning.
    warn_days: u32,
}

impl Check for ApiTls {
    type Facts<'a> = (&'a ApiServer, DateTime<Utc>);

    fn examine(&self, (server, now): Self::Facts<'_>) -> Findings {
        if let Some(finding) = without_tls(server) {
            return Findings::on_one([finding]);
        }
        let Some(tls) = &server.tls else {
            return Findings::undecided(
                "the TLS connection cannot be inspected: it goes through a proxy, or the kubeconfig disables certificate verification (insecure-skip-tls-verify)",
            );
        };
        let mut findings = Findings::on_one([]);
        self.version(tls, &mut findings);
        self.certificate(tls, now, &mut findings);
        findings
    }
}

impl ApiTls {
    fn version(&self, tls: &Tls, findings: &mut Findings) {
        match tls.version.as_deref().map(|version| (version, version.parse::<TlsVersion>())) {
            Some((_, Ok(version))) if version >= self.at_least => {}
            Some((version, Ok(_))) => findings.push(
                Finding::violation("the API speaks an outdated version of TLS")
                    .on(ClusterVersion::resource())
                    .property("TLS version")
                    .expected(format!("at least {}", String::from(self.at_least)))
                    .observed(version),
            ),
            Some((_, Err(error))) => findings.unknown(Reason::new(ReasonCode::InvalidAnswer, error.to_string())),
            None => findings.unknown(Reason::new(ReasonCode::Inconclusive, "the TLS version is unknown")),
        }
    }

    fn certificate(&self, tls: &Tls, now: DateTime<Utc>, findings: &mut Findings) {
        let (Some(begin), Some(end)) = (tls.not_before, tls.not_after) else {
            return findings
                .unknown(Reason::new(ReasonCode::Inconclusive, "the validity period of the certificate is unknown"));
        };
        let finding = if now < begin {
            Finding::violation("the API's certificate is not valid yet")
        } else if now > end {
            Finding::violation("the API's certificate has expired")
        } else if end - now <= TimeDelta::days(self.warn_days.into()) {
            Finding::warning(format!("the API's certificate expires within {} days", self.warn_days))
        } else {
            return;
        };
        let observed = format!("from {} to {}", begin.format("%Y-%m-%dT%H:%M:%SZ"), end.format("%Y-%m-%dT%H:%M:%SZ"));
        findings.push(finding.on(ClusterVersion::resource()).property("certificate").observed(observed));
    }
}

/// A version of TLS, the older ones first; those that are called SSL come before all others.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
struct TlsVersion {
    major: u8,
    minor: u8,
}

/// A text that is not a version of TLS.
#[derive(Debug, Error)]
#[error("{0:?} is not a TLS version of the form TLSv1.2")]
struct TlsVersionError(String);

impl FromStr for TlsVersion {
    type Err = TlsVersionError;

    /// Parses `TLSv1.2`, or `TLSv1_2` as some libraries write it.
    fn from_str(text: &str) -> Result<Self, TlsVersionError> {
        let tls = || {
            let (major, minor) = text.strip_prefix("TLSv")?.split_once(['.', '_'])?;
            Some(Self { major: major.parse().ok()?, minor: minor.parse().ok()? })
        };
        let ssl = || Some(Self { major: 0, minor: text.strip_prefix("SSLv")?.parse().ok()? });
        tls().or_else(ssl).ok_or_else(|| TlsVersionError(text.to_owned()))
    }
}

impl TryFrom<String> for TlsVersion {
    type Error = TlsVersionError;

    fn try_from(text: String) -> Result<Self, TlsVersionError> {
        text.parse()
    }
}

impl From<TlsVersion> for String {
    fn from(TlsVersion { major, minor }: TlsVersion) -> Self {
        if major == 0 { format!("SSLv{minor}") } else { format!("TLSv{major}.{minor}") }
    }
}

#[cfg(test)]
mod tests {
    use super::super::server::tests::judged;
    use super::*;
    use crate::verdict::Verdict;
    use rstest::rstest;

    const DAY: i64 = 86_400;

    fn server(url: &str, https: bool, tls: Option<Tls>) -> ApiServer {
        ApiServer { url: url.to_owned(), https, tls, anonymous: Vec::new() }
    }

    #[rstest]
    #[case("https://example.com:6443/", true, Verdict::Pass)]
    #[case("https://example.com:6443/", false, Verdict::Abort)]
    #[case("http://example.com:8080/", false, Verdict::Fail)]
    #[case("http://example.com:8080/", true, Verdict::Fail)]
    #[case("", true, Verdict::Fail)]
    fn a_certificate_is_looked_at(#[case] url: &str, #[case] https: bool, #[case] verdict: Verdict) {
        assert_eq!(judged(ApiHttps {}.examine(&server(url, https, None))), (verdict, 0));
    }

    #[test]
    fn no_password_is_shown() {
        let findings = ApiHttps {}.examine(&server("http://user:secret@example.com/", false, None));
        assert!(!format!("{findings:?}").contains("secret"));
    }

    fn tls(version: Option<&str>, begin: Option<i64>, end: Option<i64>) -> Tls {
        let instant = |second: i64| DateTime::from_timestamp(second, 0).unwrap();
        Tls {
            version: version.map(str::to_owned),
            issuer: None,
            not_before: begin.map(instant),
            not_after: end.map(instant),
        }
    }

    #[rstest]
    #[case::fine(Some("TLSv1.3"), Some(0), Some(100 * DAY), (Verdict::Pass, 0))]
    #[case::oldest(Some("TLSv1.2"), Some(0), Some(100 * DAY), (Verdict::Pass, 0))]
    #[case::older(Some("TLSv1_1"), Some(0), Some(100 * DAY), (Verdict::Fail, 0))]
    #[case::much_older(Some("SSLv3"), Some(0), Some(100 * DAY), (Verdict::Fail, 0))]
    #[case::newer(Some("TLSv2.0"), Some(0), Some(100 * DAY), (Verdict::Pass, 0))]
    #[case::odd(Some("Unknown(7)"), Some(0), Some(100 * DAY), (Verdict::Abort, 0))]
    #[case::no_version(None, Some(0), Some(100 * DAY), (Verdict::Abort, 0))]
    #[case::no_begin(Some("TLSv1.3"), None, Some(100 * DAY), (Verdict::Abort, 0))]
    #[case::no_end(Some("TLSv1.3"), Some(0), None, (Verdict::Abort, 0))]
    #[case::no_end_but_old(Some("TLSv1.1"), Some(0), None, (Verdict::Fail, 0))]
    #[case::from_now_on(Some("TLSv1.3"), Some(DAY), Some(100 * DAY), (Verdict::Pass, 0))]
    #[case::not_yet(Some("TLSv1.3"), Some(DAY + 1), Some(100 * DAY), (Verdict::Fail, 0))]
    #[case::expired(Some("TLSv1.3"), Some(0), Some(DAY - 1), (Verdict::Fail, 0))]
    #[case::last_second(Some("TLSv1.3"), Some(0), Some(DAY), (Verdict::Pass, 1))]
    #[case::ends_soon(Some("TLSv1.3"), Some(0), Some(15 * DAY), (Verdict::Pass, 1))]
    #[case::ends_later(Some("TLSv1.3"), Some(0), Some(15 * DAY + 1), (Verdict::Pass, 0))]
    fn the_connection_decides(
        #[case] version: Option<&str>,
        #[case] begin: Option<i64>,
        #[case] end: Option<i64>,
        #[case] expected: (Verdict, usize),
    ) {
        let rule: ApiTls = serde_yaml::from_str("{at_least: TLSv1.2, warn_days: 14}").unwrap();
        let now = DateTime::from_timestamp(DAY, 0).unwrap();
        let server = server("https://example.com/", true, Some(tls(version, begin, end)));
        assert_eq!(judged(rule.examine((&server, now))), expected);
    }

    #[rstest]
    #[case("https://example.com/", Verdict::Abort)]
    #[case("http://example.com/", Verdict::Fail)]
    fn uninspected_connection_is_unknown(#[case] url: &str, #[case] verdict: Verdict) {
        let rule: ApiTls = serde_yaml::from_str("{at_least: TLSv1.2, warn_days: 14}").unwrap();
        assert_eq!(judged(rule.examine((&server(url, true, None), DateTime::UNIX_EPOCH))), (verdict, 0));
    }

    #[test]
    fn a_version_that_is_none_is_refused() {
        assert!(serde_yaml::from_str::<ApiTls>("{at_least: TLS 1.2, warn_days: 14}").is_err());
    }
}
