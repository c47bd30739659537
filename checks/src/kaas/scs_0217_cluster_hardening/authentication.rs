//! Checks the authentication settings of API servers.

use super::server::{every_server, is_false, is_set, undecided, violation, warning};
use crate::accepts::Accepts;
use crate::facts::{ApiServerFlags, ApiServerProcess};
use crate::non_empty::NonEmpty;
use crate::rule::Check;
use crate::verdict::{Finding, Findings};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// scs-0217 v1: every API server authenticates service accounts, and clients by one more method (Q-0217-5).
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AuthenticationMethods {
    /// Flags of which any shows that service account tokens are accepted.
    service_accounts: NonEmpty<Vec<String>>,
    /// Flags of which each shows another method.
    others: NonEmpty<Vec<String>>,
    /// Flags that name a file which may configure another method. If no other flag shows one, nothing is decided.
    in_files: Vec<String>,
}

const ANONYMOUS: &str = "anonymous-auth";

impl Check for AuthenticationMethods {
    type Facts<'a> = &'a ApiServerFlags;

    fn examine(&self, flags: &ApiServerFlags) -> Findings {
        let by = self.service_accounts.iter().chain(self.others.iter()).chain(&self.in_files);
        let by: Vec<&str> = by.map(String::as_str).chain([ANONYMOUS]).collect();
        every_server(flags, &by, |server, findings| {
            if first_set(server, &self.service_accounts).is_none() {
                let finding =
                    violation(server, &self.service_accounts[0], "it does not authenticate service account tokens");
                findings.push(finding.expected(one_of(&self.service_accounts)));
            }
            let file = first_set(server, &self.in_files);
            match (first_set(server, &self.others), file) {
                (Some(_), _) => {}
                (None, Some(file)) => undecided(
                    server,
                    file,
                    "this file may configure a second authentication method, but this suite cannot read it",
                    findings,
                ),
                (None, None) => {
                    let message = "it has no second authentication method";
                    findings.push(violation(server, &self.others[0], message).expected(one_of(&self.others)));
                }
            }
            if file.is_none() && !server.flag(ANONYMOUS).is_some_and(is_false) {
                let message = format!(
                    "{}: anonymous authentication is on, so requests without credentials are left to authorization",
                    server.pod
                );
                findings.push(Finding::info(message).on(server.resource()).property(format!("--{ANONYMOUS}")));
            }
        })
    }
}

fn first_set<'a>(server: &ApiServerProcess, flags: &'a [String]) -> Option<&'a str> {
    flags.iter().map(String::as_str).find(|flag| is_set(server, flag))
}

fn one_of(flags: &[String]) -> String {
    let flags: Vec<String> = flags.iter().map(|flag| format!("--{flag}")).collect();
    if let [only] = flags.as_slice() { only.clone() } else { format!("one of {}", flags.join(", ")) }
}

/// scs-0217 v1: every API server names the issuer of its service account tokens.
///
/// The standard demands the method, not the form of the issuer: one that other systems cannot rely on gets a warning.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceAccountIssuer {
    /// The issuers that other systems can rely on.
    accepts: NonEmpty<Accepts>,
}

const ISSUER: &str = "service-account-issuer";

impl Check for ServiceAccountIssuer {
    type Facts<'a> = &'a ApiServerFlags;

    fn examine(&self, flags: &ApiServerFlags) -> Findings {
        every_server(flags, &[ISSUER], |server, findings| {
            // The first signs, the others are accepted as well.
            let issuers = server.flags.get(ISSUER).map_or(&[][..], Vec::as_slice);
            let finding = if issuers.iter().all(String::is_empty) {
                violation(server, ISSUER, "it does not set the issuer of service account tokens")
            } else if !issuers.iter().all(|issuer| self.accepts.accepts(issuer)) {
                warning(
                    server,
                    ISSUER,
                    "the issuer of service account tokens is not one that other systems can rely on",
                )
            } else {
                return;
            };
            findings.push(finding.expected(self.accepts.to_string()));
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::server::tests::{flags, judged};
    use super::*;
    use crate::verdict::{Severity, Verdict};
    use rstest::rstest;

    const METHODS: &str = "{service_accounts: [service-account-issuer, service-account-key-file], \
                           others: [client-ca-file, oidc-issuer-url, enable-bootstrap-token-auth], \
                           in_files: [authentication-config]}";
    const OWN: &str = "--service-account-issuer=https://kubernetes.default.svc";

    #[rstest]
    #[case::certificates(&[OWN, "--client-ca-file=/ca.crt"], (Verdict::Pass, 0))]
    #[case::key_only(&["--service-account-key-file=/sa.pub", "--client-ca-file=/ca.crt"], (Verdict::Pass, 0))]
    #[case::oidc(&[OWN, "--oidc-issuer-url=https://example.com"], (Verdict::Pass, 0))]
    #[case::switched_on(&[OWN, "--enable-bootstrap-token-auth"], (Verdict::Pass, 0))]
    #[case::switched_off(&[OWN, "--enable-bootstrap-token-auth=false"], (Verdict::Fail, 0))]
    #[case::empty(&[OWN, "--client-ca-file="], (Verdict::Fail, 0))]
    #[case::one_way(&[OWN], (Verdict::Fail, 0))]
    #[case::file(&[OWN, "--authentication-config=/auth.yaml"], (Verdict::Abort, 1))]
    #[case::file_and_more(&[OWN, "--authentication-config=/auth.yaml", "--client-ca-file=/ca.crt"], (Verdict::Pass, 0))]
    #[case::no_service_accounts(&["--client-ca-file=/ca.crt", "--oidc-issuer-url=https://example.com"], (Verdict::Fail, 0))]
    #[case::no_service_accounts_and_a_file(&["--authentication-config=/auth.yaml"], (Verdict::Fail, 1))]
    fn two_ways_are_needed(#[case] words: &[&str], #[case] expected: (Verdict, usize)) {
        let rule: AuthenticationMethods = serde_yaml::from_str(METHODS).unwrap();
        assert_eq!(judged(rule.examine(&flags(words))), expected);
    }

    #[rstest]
    #[case(&[], 1)]
    #[case(&["--anonymous-auth=true"], 1)]
    #[case(&["--anonymous-auth=false"], 0)]
    #[case(&["--authentication-config=/auth.yaml"], 0)]
    fn anonymous_authentication_gets_an_info(#[case] words: &[&str], #[case] infos: usize) {
        let rule: AuthenticationMethods = serde_yaml::from_str(METHODS).unwrap();
        let findings = rule.examine(&flags(&[&[OWN, "--client-ca-file=/ca.crt"], words].concat()));
        assert_eq!(findings.list.iter().filter(|finding| finding.severity == Severity::Info).count(), infos);
    }

    #[rstest]
    #[case(&["--service-account-issuer=https://example.com/a"], (Verdict::Pass, 0))]
    #[case(&["--service-account-issuer=own"], (Verdict::Pass, 0))]
    #[case(&["--service-account-issuer=https://example.com", "--service-account-issuer=own"], (Verdict::Pass, 0))]
    #[case(&["--service-account-issuer=https://example.com", "--service-account-issuer=http://example.com"], (Verdict::Pass, 1))]
    #[case(&["--service-account-issuer=http://example.com"], (Verdict::Pass, 1))]
    #[case(&["--service-account-issuer=https://"], (Verdict::Pass, 1))]
    #[case(&["--service-account-issuer="], (Verdict::Fail, 0))]
    #[case(&["--service-account-key-file=/sa.pub"], (Verdict::Fail, 0))]
    #[case(&[], (Verdict::Fail, 0))]
    fn an_issuer_is_needed_whatever_its_form(#[case] words: &[&str], #[case] expected: (Verdict, usize)) {
        let rule: ServiceAccountIssuer =
            serde_yaml::from_str("accepts: {words: [own], patterns: ['https://.+'], means: an address}").unwrap();
        assert_eq!(judged(rule.examine(&flags(words))), expected);
    }
}
