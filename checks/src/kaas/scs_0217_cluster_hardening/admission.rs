//! Checks the admission plugins of API servers.

use super::super::kubernetes_version::Branch;
use super::server::{every_server, is_false, too_old, violation};
use crate::facts::{ApiServerFlags, ApiServerProcess, ClusterVersion};
use crate::rule::Check;
use crate::verdict::Findings;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// scs-0217 v1: every API server has an admission plugin turned on.
///
/// It may be anywhere in the list (Q-0217-2), and need not be there if it is on by default (Q-0217-3).
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AdmissionPlugin {
    /// The name, for example `NodeRestriction`.
    plugin: String,
    /// The branch of Kubernetes from which on it is on by default; without it, it never is. Older servers are not
    /// judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    default_since: Option<Branch>,
    /// The branch from which on it is generally available, so that `AllBeta=false` no longer turns it off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stable_since: Option<Branch>,
}

impl Check for AdmissionPlugin {
    type Facts<'a> = (&'a ClusterVersion, &'a ApiServerFlags);

    fn examine(&self, (cluster, flags): Self::Facts<'_>) -> Findings {
        if let Some(reason) = self.default_since.and_then(|since| too_old(cluster, since, &self.plugin)) {
            return Findings { unknown: Some(reason), ..Findings::default() };
        }
        let is_beta = self.stable_since.is_some_and(|stable| too_old(cluster, stable, &self.plugin).is_some());
        every_server(flags, &[ENABLE, DISABLE, ALL, GATES], |server, findings| {
            let finding = match self.switched_off(server, is_beta) {
                Some(flag) => violation(server, flag, &format!("{} is turned off", self.plugin)),
                None if self.is_on(server) => return,
                None => violation(server, ENABLE, &format!("{} is not turned on", self.plugin)),
            };
            findings.push(finding.expected(format!("{} is on", self.plugin)));
        })
    }
}

const ENABLE: &str = "enable-admission-plugins";
const DISABLE: &str = "disable-admission-plugins";
/// An old flag that lists all plugins that are on, without any defaults.
const ALL: &str = "admission-control";
const GATES: &str = "feature-gates";
/// The feature gate of all beta features.
const ALL_BETA: &str = "AllBeta";

impl AdmissionPlugin {
    /// Returns the flag that turns it off.
    fn switched_off(&self, server: &ApiServerProcess, is_beta: bool) -> Option<&'static str> {
        let gates = server.items(GATES);
        let gate = |of: &str| {
            let mut pairs = gates.iter().filter_map(|item| item.split_once('='));
            pairs.rfind(|(name, _)| *name == of).map(|(_, value)| value)
        };
        // Its own gate counts more, wherever it stands.
        let gate = gate(&self.plugin).or_else(|| gate(ALL_BETA).filter(|_| is_beta));
        if server.items(DISABLE).contains(&self.plugin.as_str()) {
            Some(DISABLE)
        } else {
            gate.filter(|value| is_false(value)).map(|_| GATES)
        }
    }

    fn is_on(&self, server: &ApiServerProcess) -> bool {
        let plugin = self.plugin.as_str();
        let all = server.items(ALL);
        let by_default = all.is_empty() && self.default_since.is_some();
        by_default || all.contains(&plugin) || server.items(ENABLE).contains(&plugin)
    }
}

#[cfg(test)]
mod tests {
    use super::super::server::tests::{flags, judged, version};
    use super::*;
    use crate::verdict::Verdict;
    use rstest::rstest;

    #[rstest]
    #[case::only(&["--enable-admission-plugins=NodeRestriction"], Verdict::Pass)]
    #[case::not_the_first(&["--enable-admission-plugins=PodSecurity,NodeRestriction"], Verdict::Pass)]
    #[case::repeated(&["--enable-admission-plugins=NodeRestriction", "--enable-admission-plugins=A"], Verdict::Pass)]
    #[case::the_old_flag(&["--admission-control=A,NodeRestriction"], Verdict::Pass)]
    #[case::another(&["--enable-admission-plugins=NodeRestrictions"], Verdict::Fail)]
    #[case::no_flag(&[], Verdict::Fail)]
    #[case::underscores(&["--enable_admission_plugins=NodeRestriction"], Verdict::Pass)]
    #[case::off_with_underscores(&["--enable-admission-plugins=NodeRestriction", "--disable_admission_plugins=NodeRestriction"], Verdict::Fail)]
    #[case::off(&["--disable-admission-plugins=NodeRestriction"], Verdict::Fail)]
    #[case::both(&["--enable-admission-plugins=NodeRestriction", "--disable-admission-plugins=A,NodeRestriction"], Verdict::Fail)]
    fn a_plugin_has_to_be_turned_on(#[case] words: &[&str], #[case] verdict: Verdict) {
        let rule: AdmissionPlugin = serde_yaml::from_str("plugin: NodeRestriction").unwrap();
        for git_version in ["v1.20.2", "v1.36.4", "unknown"] {
            assert_eq!(judged(rule.examine((&version(git_version), &flags(words)))), (verdict, 0));
        }
    }

    #[rstest]
    #[case::by_default("v1.23.0", &[], Verdict::Pass)]
    #[case::too_old("v1.22.9", &[], Verdict::Abort)]
    #[case::too_old_whatever_it_says("v1.20.2", &["--enable-admission-plugins=PodSecurity"], Verdict::Abort)]
    #[case::unknown("unknown", &[], Verdict::Abort)]
    #[case::listed("v1.36.4", &["--enable-admission-plugins=PodSecurity"], Verdict::Pass)]
    #[case::off("v1.36.4", &["--disable-admission-plugins=PodSecurity"], Verdict::Fail)]
    #[case::off_by_gate("v1.24.1", &["--feature-gates=A=true,PodSecurity=false"], Verdict::Fail)]
    #[case::on_by_gate("v1.24.1", &["--feature-gates=PodSecurity=true,A=false"], Verdict::Pass)]
    #[case::the_last_gate_counts("v1.24.1", &["--feature-gates=PodSecurity=false,PodSecurity=true"], Verdict::Pass)]
    #[case::all_beta_is_off("v1.24.1", &["--feature-gates=AllBeta=false"], Verdict::Fail)]
    #[case::but_not_it("v1.24.1", &["--feature-gates=PodSecurity=true,AllBeta=false"], Verdict::Pass)]
    #[case::all_beta_is_on("v1.24.1", &["--feature-gates=AllBeta=false,AllBeta=true"], Verdict::Pass)]
    #[case::no_beta_any_more("v1.25.0", &["--feature-gates=AllBeta=false"], Verdict::Pass)]
    #[case::no_defaults("v1.36.4", &["--admission-control=NodeRestriction"], Verdict::Fail)]
    fn a_plugin_may_be_on_by_default(#[case] git_version: &str, #[case] words: &[&str], #[case] verdict: Verdict) {
        let rule: AdmissionPlugin =
            serde_yaml::from_str("{plugin: PodSecurity, default_since: '1.23', stable_since: '1.25'}").unwrap();
        assert_eq!(judged(rule.examine((&version(git_version), &flags(words)))), (verdict, 0));
    }

    #[test]
    fn a_branch_has_two_numbers() {
        assert!(serde_yaml::from_str::<AdmissionPlugin>("{plugin: PodSecurity, default_since: '1.23.1'}").is_err());
    }
}
