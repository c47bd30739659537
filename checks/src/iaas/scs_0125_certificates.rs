//! scs-0125: the certificates of public endpoints.

use crate::facts::{ChainTrust, Probed, PublicKey, ServerCertificate, TlsEndpoint, TlsEndpoints};
use crate::non_empty::NonEmpty;
use crate::rule::Check;
use crate::verdict::{Finding, Findings, Reason, ReasonCode};
use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// scs-0125: every certificate that public endpoints show is trusted, for their host, current, and as a profile demands.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TlsCertificates {
    /// The smallest size of an RSA key in bits.
    rsa_bits: u32,
    /// The curves of ECDSA keys that are accepted.
    curves: NonEmpty<Vec<String>>,
    /// The algorithms of signatures that are accepted.
    signatures: NonEmpty<Vec<String>>,
    /// The longest validity in days.
    days: u32,
    /// The number of days before a certificate expires from which on there is a warning.
    warn_days: u32,
}

impl Check for TlsCertificates {
    type Facts<'a> = (&'a TlsEndpoints, DateTime<Utc>);

    fn examine(&self, (endpoints, now): Self::Facts<'_>) -> Findings {
        if endpoints.0.is_empty() {
            return Findings::undecided("no public endpoint was tried");
        }
        Findings::each(&endpoints.0, |endpoint, findings| match &endpoint.certificates {
            Probed::Unknown(reason) => findings.unknown(reason.clone()),
            Probed::Seen(certificates) if certificates.is_empty() => {
                let what = format!("{} shows no certificate", endpoint.resource().name);
                findings.unknown(Reason::new(ReasonCode::Inconclusive, what));
            }
            Probed::Seen(certificates) => {
                certificates.iter().for_each(|certificate| self.look_at(endpoint, certificate, now, findings));
            }
        })
    }
}

impl TlsCertificates {
    fn look_at(
        &self,
        endpoint: &TlsEndpoint,
        certificate: &ServerCertificate,
        now: DateTime<Utc>,
        findings: &mut Findings,
    ) {
        if let ChainTrust::Unknown(reason) = &certificate.trust {
            findings.unknown(reason.clone());
        }
        let found = [
            trust(certificate),
            name(endpoint, certificate),
            self.key(&certificate.key),
            self.signature(certificate),
            self.lifespan(certificate),
            self.validity(certificate, now),
        ];
        findings.list.extend(found.into_iter().flatten().map(|finding| finding.on(endpoint.resource())));
    }

    fn key(&self, key: &PublicKey) -> Option<Finding> {
        let curve = key.curve.as_deref().unwrap_or("an unnamed curve");
        let observed = match key.kind.as_str() {
            "rsa" if key.bits.is_some_and(|bits| bits >= self.rsa_bits) => return None,
            "rsa" => format!("RSA, {} bits", key.bits.unwrap_or_default()),
            "ecdsa" if self.curves.iter().any(|accepted| accepted == curve) => return None,
            "ecdsa" => format!("ECDSA, {curve}"),
            other => other.to_owned(),
        };
        let expected = format!("RSA with {} bits or more, or ECDSA on {}", self.rsa_bits, self.curves.join(", "));
        let finding = Finding::violation("the key of the certificate is too weak, or of a kind that is not accepted");
        Some(finding.property("public key").expected(expected).observed(observed))
    }

    fn signature(&self, certificate: &ServerCertificate) -> Option<Finding> {
        if self.signatures.contains(&certificate.signature) {
            return None;
        }
        let finding = Finding::violation("the certificate is signed by an algorithm that is not accepted");
        Some(
            finding
                .property("signature algorithm")
                .expected(self.signatures.join(", "))
                .observed(&certificate.signature),
        )
    }

    fn lifespan(&self, certificate: &ServerCertificate) -> Option<Finding> {
        let span = certificate.not_after - certificate.not_before;
        if span <= TimeDelta::days(self.days.into()) {
            return None;
        }
        let finding = Finding::violation("the certificate is valid for too long");
        let expected = format!("{} days or less", self.days);
        Some(finding.property("validity").expected(expected).observed(format!("{} days", span.num_days())))
    }

    fn validity(&self, certificate: &ServerCertificate, now: DateTime<Utc>) -> Option<Finding> {
        let finding = if now < certificate.not_before {
            Finding::violation("the certificate is not valid yet")
        } else if now > certificate.not_after {
            Finding::violation("the certificate has expired")
        } else if certificate.not_after - now < TimeDelta::days(self.warn_days.into()) {
            Finding::warning(format!("the certificate expires within {} days", self.warn_days))
        } else {
            return None;
        };
        let [begin, end, now] = [certificate.not_before, certificate.not_after, now]
            .map(|instant| instant.format("%Y-%m-%dT%H:%M:%SZ").to_string());
        let finding = finding.property("validity").expected(format!("valid at {now}"));
        Some(finding.observed(format!("from {begin} to {end}")))
    }
}

fn trust(certificate: &ServerCertificate) -> Option<Finding> {
    let ChainTrust::Untrusted(why) = &certificate.trust else { return None };
    let finding = Finding::violation(format!("the certificate is not trusted: {why}"));
    let expected = "an authority that is trusted";
    Some(finding.property("issuer").expected(expected).observed(&certificate.issuer))
}

fn name(endpoint: &TlsEndpoint, certificate: &ServerCertificate) -> Option<Finding> {
    if certificate.name_matches {
        return None;
    }
    let names = certificate.names.join(", ");
    let observed = if names.is_empty() { "no name".to_owned() } else { names };
    let finding = Finding::violation("the certificate is for another host");
    Some(finding.property("subject alternative names").expected(&endpoint.host).observed(observed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::{Outcome, Verdict};
    use rstest::rstest;

    const RULE: &str =
        "{rsa_bits: 2048, curves: [secp256r1], signatures: [sha256WithRSAEncryption], days: 366, warn_days: 21}";

    fn certificate() -> ServerCertificate {
        ServerCertificate {
            subject: "CN=h".to_owned(),
            names: vec!["h".to_owned()],
            issuer: "CN=authority".to_owned(),
            not_before: "2026-01-01T00:00:00Z".parse().unwrap(),
            not_after: "2026-04-01T00:00:00Z".parse().unwrap(),
            key: PublicKey { kind: "rsa".to_owned(), bits: Some(2048), curve: None },
            signature: "sha256WithRSAEncryption".to_owned(),
            chain: 2,
            trust: ChainTrust::Trusted,
            name_matches: true,
        }
    }

    fn judged(certificates: Vec<ServerCertificate>, now: &str) -> (Verdict, usize) {
        let rule: TlsCertificates = serde_yaml::from_str(RULE).unwrap();
        let unknown = || Reason::new(ReasonCode::Unreachable, "no");
        let endpoint = TlsEndpoint {
            host: "h".to_owned(),
            port: 443,
            protocols: Probed::Unknown(unknown()),
            certificates: Probed::Seen(certificates),
            hsts: Probed::Unknown(unknown()),
        };
        let outcome = Outcome::of(rule.examine((&TlsEndpoints(vec![endpoint]), now.parse().unwrap())));
        (outcome.verdict, outcome.findings.len())
    }

    #[rstest]
    #[case::good(|_: &mut ServerCertificate| {}, Verdict::Pass)]
    #[case::untrusted(|one: &mut ServerCertificate| one.trust = ChainTrust::Untrusted("unknown issuer".to_owned()), Verdict::Fail)]
    #[case::unjudged(|one: &mut ServerCertificate| one.trust = ChainTrust::Unknown(Reason::new(ReasonCode::Configuration, "off")), Verdict::Abort)]
    #[case::other_name(|one: &mut ServerCertificate| one.name_matches = false, Verdict::Fail)]
    #[case::short_key(|one: &mut ServerCertificate| one.key.bits = Some(2047), Verdict::Fail)]
    #[case::unknown_size(|one: &mut ServerCertificate| one.key.bits = None, Verdict::Fail)]
    #[case::curve(|one: &mut ServerCertificate| one.key = PublicKey { kind: "ecdsa".to_owned(), bits: None, curve: Some("secp256r1".to_owned()) }, Verdict::Pass)]
    #[case::other_curve(|one: &mut ServerCertificate| one.key = PublicKey { kind: "ecdsa".to_owned(), bits: None, curve: Some("secp521r1".to_owned()) }, Verdict::Fail)]
    #[case::unnamed_curve(|one: &mut ServerCertificate| one.key = PublicKey { kind: "ecdsa".to_owned(), bits: None, curve: None }, Verdict::Fail)]
    #[case::other_kind(|one: &mut ServerCertificate| one.key = PublicKey { kind: "ed25519".to_owned(), bits: None, curve: None }, Verdict::Fail)]
    #[case::signature(|one: &mut ServerCertificate| one.signature = "sha1WithRSAEncryption".to_owned(), Verdict::Fail)]
    #[case::longest(|one: &mut ServerCertificate| one.not_after = one.not_before + TimeDelta::days(366), Verdict::Pass)]
    #[case::too_long(|one: &mut ServerCertificate| one.not_after = one.not_before + TimeDelta::days(366) + TimeDelta::seconds(1), Verdict::Fail)]
    fn a_certificate_is_as_the_profile_demands(#[case] change: fn(&mut ServerCertificate), #[case] verdict: Verdict) {
        let mut changed = certificate();
        change(&mut changed);
        assert_eq!(judged(vec![changed.clone()], "2026-02-01T00:00:00Z").0, verdict);
        assert_eq!(judged(vec![certificate(), changed], "2026-02-01T00:00:00Z").0, verdict, "each of two counts");
    }

    #[rstest]
    #[case::not_yet("2025-12-31T23:59:59Z", (Verdict::Fail, 1))]
    #[case::first_second("2026-01-01T00:00:00Z", (Verdict::Pass, 0))]
    #[case::three_weeks_left("2026-03-11T00:00:00Z", (Verdict::Pass, 0))]
    #[case::less_left("2026-03-11T00:00:01Z", (Verdict::Pass, 1))]
    #[case::last_second("2026-04-01T00:00:00Z", (Verdict::Pass, 1))]
    #[case::expired("2026-04-01T00:00:01Z", (Verdict::Fail, 1))]
    fn time_passes(#[case] now: &str, #[case] expected: (Verdict, usize)) {
        assert_eq!(judged(vec![certificate()], now), expected);
    }

    #[test]
    fn no_certificate_is_no_pass() {
        assert_eq!(judged(Vec::new(), "2026-02-01T00:00:00Z").0, Verdict::Abort);
    }
}
