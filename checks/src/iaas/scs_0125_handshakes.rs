//! scs-0125: what public endpoints agree to in handshakes.

use crate::accepts::is_default;
use crate::facts::{Probed, ProtocolVersion, TlsCode, TlsEndpoint, TlsEndpoints, TlsProtocol};
use crate::non_empty::NonEmpty;
use crate::rule::Check;
use crate::verdict::{Finding, Findings, Reason, ReasonCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// scs-0125: public endpoints accept only these versions of the protocol, and at least one of them.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TlsVersions {
    /// The versions that may be accepted.
    accepted: NonEmpty<Vec<ProtocolVersion>>,
    /// The versions that must be refused; each has to have been tried.
    refused: NonEmpty<Vec<ProtocolVersion>>,
}

impl Check for TlsVersions {
    type Facts<'a> = &'a TlsEndpoints;

    fn examine(&self, endpoints: &TlsEndpoints) -> Findings {
        each_endpoint(endpoints, |endpoint, protocols, findings| self.look_at(endpoint, protocols, findings))
    }
}

impl TlsVersions {
    fn look_at(&self, endpoint: &TlsEndpoint, protocols: &[TlsProtocol], findings: &mut Findings) {
        let spoken: Vec<_> = protocols.iter().filter(|protocol| !protocol.ciphers.is_empty()).collect();
        let is_tried = |version: &ProtocolVersion| protocols.iter().any(|protocol| protocol.version == *version);
        let is_current = spoken.iter().any(|protocol| self.accepted.contains(&protocol.version));
        let untried = self.refused.iter().chain(self.accepted.iter().filter(|_| !is_current));
        match untried.copied().find(|version| !is_tried(version)) {
            Some(version) => findings.unknown(inconclusive(endpoint, format!("{version} was not tried"))),
            None if is_current => {}
            None => {
                let finding = Finding::violation("the endpoint speaks no version of TLS that is current");
                findings.push(self.described(finding, endpoint, &spoken));
            }
        }
        for protocol in spoken.iter().filter(|protocol| !self.accepted.contains(&protocol.version)) {
            let finding = Finding::violation(format!("the endpoint accepts {}, which is outdated", protocol.version));
            findings.push(self.described(finding, endpoint, &spoken));
        }
    }

    fn described(&self, finding: Finding, endpoint: &TlsEndpoint, spoken: &[&TlsProtocol]) -> Finding {
        let observed = joined(spoken.iter().map(|protocol| protocol.version));
        let finding = finding.on(endpoint.resource()).property("TLS versions");
        finding.expected(joined(self.accepted.iter())).observed(observed)
    }
}

/// scs-0125: public endpoints accept only cipher suites and key exchanges of a profile.
///
/// Versions of the protocol that the profile does not have are left to `tls-versions`. Curves are those of the profile; a finite
/// field, also one that TLS 1.3 names as a group, is accepted from a size on, if the profile has one at all.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TlsCiphers {
    /// The name of the profile, for people.
    profile: String,
    /// Its versions of the protocol.
    versions: NonEmpty<Vec<ProtocolVersion>>,
    /// Its cipher suites, of all versions.
    ciphers: NonEmpty<Vec<TlsCode>>,
    /// Its groups of elliptic curves and hybrids.
    curves: NonEmpty<Vec<TlsCode>>,
    /// Groups that are newer than the profile, and accepted with a warning.
    #[serde(default, skip_serializing_if = "is_default")]
    tolerates: Vec<TlsCode>,
    /// The smallest size of a Diffie-Hellman prime in bits; none if the profile has no key exchange by Diffie-Hellman.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dh_bits: Option<u32>,
}

impl Check for TlsCiphers {
    type Facts<'a> = &'a TlsEndpoints;

    fn examine(&self, endpoints: &TlsEndpoints) -> Findings {
        each_endpoint(endpoints, |endpoint, protocols, findings| self.look_at(endpoint, protocols, findings))
    }
}

impl TlsCiphers {
    fn look_at(&self, endpoint: &TlsEndpoint, protocols: &[TlsProtocol], findings: &mut Findings) {
        let current = |protocol: &&TlsProtocol| self.versions.contains(&protocol.version);
        let mut spoken = protocols.iter().filter(current).filter(|protocol| !protocol.ciphers.is_empty()).peekable();
        if spoken.peek().is_none() {
            findings.unknown(inconclusive(endpoint, format!("it speaks no version of TLS of {}", self.profile)));
        }
        for protocol in spoken {
            self.ciphers(endpoint, protocol, findings);
            self.groups(endpoint, protocol, findings);
        }
    }

    fn ciphers(&self, endpoint: &TlsEndpoint, protocol: &TlsProtocol, findings: &mut Findings) {
        let others = outside(&protocol.ciphers, &self.ciphers);
        if others.is_empty() {
            return;
        }
        let message =
            format!("the endpoint accepts cipher suites in {} that are not of {}", protocol.version, self.profile);
        let finding = Finding::violation(message).on(endpoint.resource()).property("cipher suites");
        findings.push(finding.expected(names(self.ciphers.iter())).observed(names(others)));
    }

    fn groups(&self, endpoint: &TlsEndpoint, protocol: &TlsProtocol, findings: &mut Findings) {
        let others = outside(&protocol.groups, &self.curves);
        let (fields, curves): (Vec<_>, Vec<_>) = others.into_iter().partition(|group| field_bits(group).is_some());
        let (newer, curves): (Vec<_>, Vec<_>) =
            curves.into_iter().partition(|group| self.tolerates.iter().any(|other| other.id == group.id));
        if !newer.is_empty() {
            let message = format!("the endpoint also agrees keys in groups that are newer than {}", self.profile);
            findings.push(Finding::warning(message).on(endpoint.resource()).property("curves").observed(names(newer)));
        }
        if !curves.is_empty() {
            let message =
                format!("the endpoint agrees keys in {} on curves that are not of {}", protocol.version, self.profile);
            let finding = Finding::violation(message).on(endpoint.resource()).property("curves");
            findings.push(finding.expected(names(self.curves.iter())).observed(names(curves)));
        }
        let sizes = fields.into_iter().filter_map(field_bits).chain(protocol.dh_bits);
        let Some(least) = sizes.min().filter(|bits| self.dh_bits.is_none_or(|least| *bits < least)) else { return };
        let (message, expected) = match self.dh_bits {
            Some(bits) => ("the prime of the Diffie-Hellman key exchange is too small", format!("{bits} bits or more")),
            None => ("the endpoint agrees keys by Diffie-Hellman over a prime field", names(self.curves.iter())),
        };
        let finding = Finding::violation(format!("{message} in {}", protocol.version)).on(endpoint.resource());
        findings.push(finding.property("Diffie-Hellman").expected(expected).observed(format!("{least} bits")));
    }
}

/// Looks at the protocols of each endpoint; those that nobody saw are unknown.
fn each_endpoint(
    endpoints: &TlsEndpoints,
    mut rule: impl FnMut(&TlsEndpoint, &[TlsProtocol], &mut Findings),
) -> Findings {
    if endpoints.0.is_empty() {
        return Findings::undecided("no public endpoint was tried");
    }
    Findings::each(&endpoints.0, |endpoint, findings| match &endpoint.protocols {
        Probed::Seen(protocols) => rule(endpoint, protocols, findings),
        Probed::Unknown(reason) => findings.unknown(reason.clone()),
    })
}

fn inconclusive(endpoint: &TlsEndpoint, what: String) -> Reason {
    Reason::new(ReasonCode::Inconclusive, format!("{}: {what}", endpoint.resource().name))
}

fn outside<'a>(found: &'a [TlsCode], accepted: &[TlsCode]) -> Vec<&'a TlsCode> {
    found.iter().filter(|code| !accepted.iter().any(|other| other.id == code.id)).collect()
}

/// Returns the size of the prime of a group that is a finite field (RFC 7919): `ffdhe2048`.
fn field_bits(group: &TlsCode) -> Option<u32> {
    let bits = [(0x100, 2048), (0x101, 3072), (0x102, 4096), (0x103, 6144), (0x104, 8192)];
    bits.into_iter().find_map(|(id, bits)| (id == group.id).then_some(bits))
}

fn names<'a>(codes: impl IntoIterator<Item = &'a TlsCode>) -> String {
    joined(codes.into_iter().map(|code| &code.name))
}

fn joined(items: impl Iterator<Item = impl ToString>) -> String {
    items.map(|item| item.to_string()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::{Outcome, Verdict};
    use rstest::rstest;

    const SEEN: &str = "{seen: [{version: SSLv3}, {version: TLSv1.0}, {version: TLSv1.1}, {version: TLSv1.2, ";

    fn endpoints(protocols: &str) -> TlsEndpoints {
        let unknown = "{unknown: {code: unreachable, message: no}}";
        let yaml =
            format!("[{{host: h, port: 443, protocols: {protocols}, certificates: {unknown}, hsts: {unknown}}}]");
        serde_yaml::from_str(&yaml).unwrap()
    }

    fn versions(protocols: &str) -> Verdict {
        let rule: TlsVersions =
            serde_yaml::from_str("{accepted: [TLSv1.2, TLSv1.3], refused: [SSLv3, TLSv1.0, TLSv1.1]}").unwrap();
        Outcome::of(rule.examine(&endpoints(protocols))).verdict
    }

    #[rstest]
    #[case::current("ciphers: [{id: 1, name: A}]}]}", Verdict::Pass)]
    #[case::newest("ciphers: []}, {version: TLSv1.3, ciphers: [{id: 1, name: A}]}]}", Verdict::Pass)]
    #[case::nothing("ciphers: []}, {version: TLSv1.3}]}", Verdict::Fail)]
    #[case::nothing_of_what_was_tried("ciphers: []}]}", Verdict::Abort)]
    fn one_current_version_is_enough(#[case] rest: &str, #[case] verdict: Verdict) {
        assert_eq!(versions(&format!("{SEEN}{rest}")), verdict);
    }

    #[rstest]
    #[case::outdated_as_well(
        "{seen: [{version: SSLv3}, {version: TLSv1.0, ciphers: [{id: 1, name: A}]}, {version: TLSv1.1}, {version: TLSv1.2, ciphers: [{id: 1, name: A}]}]}",
        Verdict::Fail
    )]
    #[case::outdated_only(
        "{seen: [{version: SSLv3, ciphers: [{id: 1, name: A}]}, {version: TLSv1.0}, {version: TLSv1.1}, {version: TLSv1.2}]}",
        Verdict::Fail
    )]
    #[case::one_was_not_tried(
        "{seen: [{version: TLSv1.0}, {version: TLSv1.1}, {version: TLSv1.2, ciphers: [{id: 1, name: A}]}]}",
        Verdict::Abort
    )]
    #[case::none_was_tried("{seen: []}", Verdict::Abort)]
    #[case::not_reached("{unknown: {code: unreachable, message: no}}", Verdict::Abort)]
    fn outdated_versions_are_refused(#[case] protocols: &str, #[case] verdict: Verdict) {
        assert_eq!(versions(protocols), verdict);
    }

    fn ciphers(dh_bits: Option<u32>, rest: &str) -> Verdict {
        let mut rule: TlsCiphers = serde_yaml::from_str(
            "{profile: P, versions: [TLSv1.2, TLSv1.3], ciphers: [{id: 1, name: A}], curves: [{id: 23, name: C}], tolerates: [{id: 25, name: D}]}",
        )
        .unwrap();
        rule.dh_bits = dh_bits;
        Outcome::of(rule.examine(&endpoints(&format!("{SEEN}{rest}")))).verdict
    }

    #[rstest]
    #[case::of_the_profile("ciphers: [{id: 1, name: A}]}]}", Verdict::Pass)]
    #[case::one_is_not("ciphers: [{id: 1, name: A}, {id: 2, name: A}]}]}", Verdict::Fail)]
    #[case::no_current_version("ciphers: []}]}", Verdict::Abort)]
    #[case::curve("ciphers: [{id: 1, name: A}], groups: [{id: 23, name: X}]}]}", Verdict::Pass)]
    #[case::other_curve("ciphers: [{id: 1, name: A}], groups: [{id: 24, name: C}]}]}", Verdict::Fail)]
    #[case::newer_curve("ciphers: [{id: 1, name: A}], groups: [{id: 25, name: D}]}]}", Verdict::Pass)]
    #[case::large_prime("ciphers: [{id: 1, name: A}], dh_bits: 2048}]}", Verdict::Pass)]
    #[case::small_prime("ciphers: [{id: 1, name: A}], dh_bits: 2047}]}", Verdict::Fail)]
    #[case::field("ciphers: [{id: 1, name: A}], groups: [{id: 256, name: ffdhe2048}]}]}", Verdict::Pass)]
    #[case::in_the_newest("ciphers: []}, {version: TLSv1.3, ciphers: [{id: 2, name: B}]}]}", Verdict::Fail)]
    fn everything_is_of_the_profile(#[case] rest: &str, #[case] verdict: Verdict) {
        assert_eq!(ciphers(Some(2048), rest), verdict);
    }

    #[rstest]
    #[case("ciphers: [{id: 1, name: A}], dh_bits: 4096}]}")]
    #[case("ciphers: [{id: 1, name: A}], groups: [{id: 256, name: ffdhe2048}]}]}")]
    fn a_profile_without_primes_accepts_none(#[case] rest: &str) {
        assert_eq!(ciphers(None, rest), Verdict::Fail);
    }

    #[test]
    fn outdated_versions_are_left_to_another_testcase() {
        let protocols = "{seen: [{version: TLSv1.0, ciphers: [{id: 2, name: B}]}, {version: TLSv1.2, ciphers: [{id: 1, name: A}]}]}";
        let rule: TlsCiphers = serde_yaml::from_str(
            "{profile: P, versions: [TLSv1.2], ciphers: [{id: 1, name: A}], curves: [{id: 23, name: C}]}",
        )
        .unwrap();
        assert_eq!(Outcome::of(rule.examine(&endpoints(protocols))).verdict, Verdict::Pass);
    }
}
