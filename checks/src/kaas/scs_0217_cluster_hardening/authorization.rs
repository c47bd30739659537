//! Checks the authorization settings of API servers.

use super::server::{every_server, is_set, undecided, violation};
use crate::accepts::is_default;
use crate::facts::ApiServerFlags;
use crate::non_empty::NonEmpty;
use crate::rule::Check;
use crate::verdict::Findings;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// scs-0217 v1: every API server authorizes requests by certain modes.
///
/// Modes in a file (`--authorization-config`) cannot be seen, so nothing is decided then (Q-0217-6).
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AuthorizationModes {
    /// Modes that are all required, for example `Node`.
    all_of: NonEmpty<Vec<String>>,
    /// Modes of which at least one is required.
    #[serde(default, skip_serializing_if = "is_default")]
    one_of: Vec<String>,
    /// Modes that make all others void, for example `AlwaysAllow`.
    #[serde(default, skip_serializing_if = "is_default")]
    none_of: Vec<String>,
}

const MODES: &str = "authorization-mode";
const FILE: &str = "authorization-config";

impl Check for AuthorizationModes {
    type Facts<'a> = &'a ApiServerFlags;

    fn examine(&self, flags: &ApiServerFlags) -> Findings {
        every_server(flags, &[MODES, FILE], |server, findings| {
            if is_set(server, FILE) {
                return undecided(
                    server,
                    FILE,
                    "the authorization modes are set in a file that this suite cannot read",
                    findings,
                );
            }
            // Without the flag everything is allowed to everybody.
            if !self.fits(&server.items(MODES)) {
                let finding = violation(server, MODES, "it does not authorize requests by the required modes");
                findings.push(finding.expected(self.demanded()));
            }
        })
    }
}

impl AuthorizationModes {
    fn fits(&self, modes: &[&str]) -> bool {
        let has = |mode: &String| modes.contains(&mode.as_str());
        self.all_of.iter().all(has)
            && (self.one_of.is_empty() || self.one_of.iter().any(has))
            && !self.none_of.iter().any(has)
    }

    fn demanded(&self) -> String {
        let mut words = self.all_of.join(" and ");
        if !self.one_of.is_empty() {
            words.push_str(&format!(" and one of {}", self.one_of.join(", ")));
        }
        if !self.none_of.is_empty() {
            words.push_str(&format!(", without {}", self.none_of.join(", ")));
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::super::server::tests::{flags, judged};
    use super::*;
    use crate::verdict::Verdict;
    use rstest::rstest;

    const BOTH: &str = "{all_of: [Node], one_of: [RBAC, ABAC, Webhook], none_of: [AlwaysAllow]}";

    #[rstest]
    #[case(BOTH, &["--authorization-mode=Node,RBAC"], (Verdict::Pass, 0))]
    #[case(BOTH, &["--authorization-mode=Webhook,Node"], (Verdict::Pass, 0))]
    #[case(BOTH, &["--authorization-mode=Node", "--authorization-mode=ABAC"], (Verdict::Pass, 0))]
    #[case(BOTH, &["--authorization-mode=Node"], (Verdict::Fail, 0))]
    #[case(BOTH, &["--authorization-mode=RBAC,Webhook"], (Verdict::Fail, 0))]
    #[case(BOTH, &["--authorization-mode=Node,RBAC,AlwaysAllow"], (Verdict::Fail, 0))]
    #[case(BOTH, &[], (Verdict::Fail, 0))]
    #[case(BOTH, &["--authorization-config=/authorization.yaml"], (Verdict::Abort, 1))]
    #[case(BOTH, &["--authorization_mode=Node,RBAC"], (Verdict::Pass, 0))]
    #[case(BOTH, &["--authorization-mode=Node,RBAC", "--authorization_mode=AlwaysAllow"], (Verdict::Fail, 0))]
    #[case(BOTH, &["--authorization-mode=$(MODES)"], (Verdict::Abort, 1))]
    #[case("{all_of: [RBAC], none_of: [AlwaysAllow]}", &["--authorization-mode=RBAC,AlwaysAllow"], (Verdict::Fail, 0))]
    #[case("{all_of: [RBAC]}", &["--authorization-mode=Node,RBAC"], (Verdict::Pass, 0))]
    #[case("{all_of: [RBAC]}", &["--authorization-mode=Node,Webhook"], (Verdict::Fail, 0))]
    #[case("{all_of: [RBAC]}", &["--authorization-config=/authorization.yaml"], (Verdict::Abort, 1))]
    fn the_modes_decide(#[case] rule: &str, #[case] words: &[&str], #[case] expected: (Verdict, usize)) {
        let rule: AuthorizationModes = serde_yaml::from_str(rule).unwrap();
        assert_eq!(judged(rule.examine(&flags(words))), expected);
    }

    #[test]
    fn finding_names_the_required_modes() {
        let rule: AuthorizationModes = serde_yaml::from_str(BOTH).unwrap();
        let findings = rule.examine(&flags(&["--authorization-mode=Node"]));
        let finding = &findings.list[0];
        assert_eq!(finding.expected.as_deref(), Some("Node and one of RBAC, ABAC, Webhook, without AlwaysAllow"));
        assert_eq!(finding.resource.as_ref().unwrap().name, "kube-apiserver-cp-1");
    }
}
