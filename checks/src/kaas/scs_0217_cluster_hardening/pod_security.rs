//! Checks the limits on pods towards the node they run on.

use super::super::kubernetes_version::Branch;
use super::server::too_old;
use crate::facts::{self, ClusterVersion, Namespace, Namespaces};
use crate::non_empty::NonEmpty;
use crate::rule::Check;
use crate::verdict::{Finding, Findings, Reason, ReasonCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The name of the feature in messages.
const ADMISSION: &str = "Pod Security admission";

/// scs-0217 v1: every namespace has a label that sets an accepted level of the Pod Security Standards (Q-0217-4).
///
/// A namespace without one has the default of the API server, which cannot be seen from outside: a single one leaves the
/// testcase undecided, unless another namespace has a level that is not accepted.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PodSecurityLevels {
    /// The label for the level.
    label: String,
    /// The levels that are accepted.
    levels: NonEmpty<Vec<String>>,
    /// Namespaces of the cluster itself, which may have any level.
    except: Vec<String>,
    /// Labels that each mark a namespace which the test itself has created. Its level says nothing about the cluster.
    except_labels: BTreeMap<String, String>,
    /// The branch of Kubernetes from which on the label has an effect.
    since: Branch,
}

impl Check for PodSecurityLevels {
    type Facts<'a> = (&'a ClusterVersion, &'a Namespaces);

    fn examine(&self, (cluster, namespaces): Self::Facts<'_>) -> Findings {
        if let Some(reason) = too_old(cluster, self.since, ADMISSION) {
            return Findings { unknown: Some(reason), ..Findings::default() };
        }
        let judged = namespaces.0.iter().filter(|namespace| !self.is_excepted(namespace));
        let (labelled, silent): (Vec<&Namespace>, Vec<&Namespace>) =
            judged.partition(|namespace| namespace.labels.contains_key(&self.label));
        let mut findings = Findings::over(labelled.len());
        findings.list.extend(labelled.iter().filter_map(|namespace| self.level(namespace)));
        findings.list.extend(silent.iter().map(|namespace| self.silence(namespace)));
        if let Some(first) = silent.first() {
            let message = format!(
                "{} of {} namespaces do not say which level of the Pod Security Standards holds in them, among them {}; \
                 the default of the API server is out of sight",
                silent.len(),
                silent.len() + labelled.len(),
                first.name
            );
            findings.unknown(Reason::new(ReasonCode::Inconclusive, message));
        } else if labelled.is_empty() {
            findings.unknown(Reason::new(ReasonCode::Inconclusive, "every namespace is excepted"));
        }
        findings
    }
}

impl PodSecurityLevels {
    fn is_excepted(&self, namespace: &Namespace) -> bool {
        let is_marked = |(label, value): (&String, &String)| namespace.labels.get(label) == Some(value);
        self.except.contains(&namespace.name) || self.except_labels.iter().any(is_marked)
    }

    fn level(&self, namespace: &Namespace) -> Option<Finding> {
        let level = namespace.labels.get(&self.label).filter(|level| !self.levels.contains(level))?;
        let message = format!(
            "namespace {} has no accepted level, and `except` in the standard's YAML does not list it",
            namespace.name
        );
        let finding = Finding::violation(message)
            .on(namespace.resource())
            .property(&self.label)
            .expected(self.levels.join(" or "))
            .observed(level);
        Some(finding)
    }

    fn silence(&self, namespace: &Namespace) -> Finding {
        let message = format!("not decided: namespace {} does not set a level", namespace.name);
        Finding::warning(message).on(namespace.resource()).property(&self.label).observed("not set")
    }
}

/// scs-0217 v1: Pod Security refuses a privileged pod if the label of the namespace forbids it.
///
/// The text knows no exemptions: if an account may create such pods, the levels are not active for it. The account is
/// named.
///
/// A refusal by anything else decides nothing: the API server's own rules come before Pod Security, and webhooks that
/// judge come after it has let the pod through.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PrivilegedPodRefused {
    /// Words of which any shows that the refusal came from Pod Security.
    refusal: NonEmpty<Vec<String>>,
    /// The branch of Kubernetes from which on the label has an effect.
    since: Branch,
}

impl Check for PrivilegedPodRefused {
    type Facts<'a> = (&'a ClusterVersion, &'a facts::PrivilegedPod);

    fn examine(&self, (cluster, pod): Self::Facts<'_>) -> Findings {
        if let Some(reason) = too_old(cluster, self.since, ADMISSION) {
            return Findings { unknown: Some(reason), ..Findings::default() };
        }
        match pod {
            facts::PrivilegedPod::Admitted { account } => {
                let who = account.as_ref().map_or_else(|| "this account".to_owned(), |name| format!("{name:?}"));
                let finding = Finding::violation(format!(
                    "a privileged pod of {who} is admitted in a namespace with level baseline: Pod Security is off, or this \
                     account is exempted from it"
                ));
                let finding = finding.on(ClusterVersion::resource()).property("privileged pod");
                Findings::on_one([finding.expected("refused by Pod Security").observed("admitted")])
            }
            facts::PrivilegedPod::Refused { message } if self.refusal.iter().any(|words| message.contains(words)) => {
                Findings::on_one([])
            }
            facts::PrivilegedPod::Refused { message } => Findings::undecided(format!(
                "a privileged pod is refused, but not by Pod Security, so it is unknown whether Pod Security is on: {message}"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::server::tests::{judged, version};
    use super::*;
    use crate::verdict::Verdict;
    use facts::PrivilegedPod;
    use rstest::rstest;

    const LEVELS: &str = "{label: enforce, levels: [baseline, restricted], except: [kube-system], \
                          except_labels: {made-by: us}, since: '1.23'}";

    fn namespace(name: &str, level: Option<&str>) -> Namespace {
        let labels = level.map(|level| ("enforce".to_owned(), level.to_owned()));
        Namespace { name: name.to_owned(), labels: labels.into_iter().collect(), ..Namespace::default() }
    }

    fn examined(git_version: &str, namespaces: &[(&str, Option<&str>)]) -> Findings {
        let rule: PodSecurityLevels = serde_yaml::from_str(LEVELS).unwrap();
        rule.examine((
            &version(git_version),
            &Namespaces(namespaces.iter().map(|(name, level)| namespace(name, *level)).collect()),
        ))
    }

    #[rstest]
    #[case::both(&[("a", Some("baseline")), ("b", Some("restricted"))], (Verdict::Pass, 0))]
    #[case::privileged(&[("a", Some("baseline")), ("b", Some("privileged"))], (Verdict::Fail, 0))]
    #[case::misspelled(&[("a", Some("Baseline"))], (Verdict::Fail, 0))]
    #[case::empty(&[("a", Some(""))], (Verdict::Fail, 0))]
    #[case::some_say_nothing(&[("a", Some("baseline")), ("b", None), ("c", None)], (Verdict::Abort, 2))]
    #[case::one_says_nothing(&[("a", Some("baseline")), ("b", Some("restricted")), ("c", None)], (Verdict::Abort, 1))]
    #[case::privileged_and_nothing(&[("a", Some("privileged")), ("b", None)], (Verdict::Fail, 1))]
    #[case::all_say_nothing(&[("a", None), ("b", None)], (Verdict::Abort, 2))]
    #[case::system(&[("a", Some("baseline")), ("kube-system", Some("privileged"))], (Verdict::Pass, 0))]
    #[case::silent_system(&[("a", Some("baseline")), ("kube-system", None)], (Verdict::Pass, 0))]
    #[case::only_system(&[("kube-system", Some("restricted"))], (Verdict::Abort, 0))]
    #[case::none(&[], (Verdict::Abort, 0))]
    fn labels_of_namespaces_decide(#[case] namespaces: &[(&str, Option<&str>)], #[case] expected: (Verdict, usize)) {
        assert_eq!(judged(examined("v1.36.4", namespaces)), expected);
    }

    /// A namespace that the test has created does not count, whatever its labels; one of a user does.
    #[rstest]
    #[case::ours_alone("us", Some("baseline"), &[], (Verdict::Abort, 0))]
    #[case::ours_beside_silence("us", Some("baseline"), &[("a", None)], (Verdict::Abort, 1))]
    #[case::ours_privileged("us", Some("privileged"), &[("a", Some("baseline"))], (Verdict::Pass, 0))]
    #[case::ours_silent("us", None, &[("a", Some("baseline"))], (Verdict::Pass, 0))]
    #[case::theirs("them", Some("baseline"), &[], (Verdict::Pass, 0))]
    #[case::theirs_privileged("them", Some("privileged"), &[("a", Some("baseline"))], (Verdict::Fail, 0))]
    #[case::theirs_silent("them", None, &[("a", Some("baseline"))], (Verdict::Abort, 1))]
    fn namespaces_created_by_the_test_do_not_count(
        #[case] made_by: &str,
        #[case] level: Option<&str>,
        #[case] others: &[(&str, Option<&str>)],
        #[case] expected: (Verdict, usize),
    ) {
        let mut made = namespace("scs-1", level);
        made.labels.insert("made-by".to_owned(), made_by.to_owned());
        let others = others.iter().map(|(name, level)| namespace(name, *level));
        let rule: PodSecurityLevels = serde_yaml::from_str(LEVELS).unwrap();
        let all = Namespaces(others.chain([made]).collect());
        assert_eq!(judged(rule.examine((&version("v1.36.4"), &all))), expected);
    }

    #[test]
    fn a_finding_says_where_exceptions_stand() {
        let findings = examined("v1.36.4", &[("calico-system", Some("privileged"))]);
        let said = &findings.list[0].message;
        assert!(said.contains("calico-system") && said.contains("`except` in the standard's YAML"), "{said}");
    }

    #[rstest]
    #[case("v1.22.17", Verdict::Abort)]
    #[case("v1.23.0", Verdict::Fail)]
    fn an_old_server_knows_no_levels(#[case] git_version: &str, #[case] verdict: Verdict) {
        assert_eq!(judged(examined(git_version, &[("a", Some("privileged"))])), (verdict, 0));
    }

    fn refused(message: &str) -> PrivilegedPod {
        PrivilegedPod::Refused { message: message.into() }
    }

    #[rstest]
    #[case("v1.36.4", refused("pods \"p\" is forbidden: violates PodSecurity \"baseline:latest\": privileged"), (Verdict::Pass, 0))]
    #[case("v1.36.4", refused("admission webhook \"policies\" denied the request"), (Verdict::Abort, 0))]
    #[case("v1.36.4", refused("spec.containers[0].securityContext.privileged: Forbidden: disallowed by cluster policy"), (Verdict::Abort, 0))]
    #[case("v1.36.4", refused(""), (Verdict::Abort, 0))]
    #[case("v1.36.4", PrivilegedPod::Admitted { account: None }, (Verdict::Fail, 0))]
    #[case("v1.23.0", PrivilegedPod::Admitted { account: None }, (Verdict::Fail, 0))]
    #[case("v1.22.17", PrivilegedPod::Admitted { account: None }, (Verdict::Abort, 0))]
    #[case("v1.20.2", refused("violates PodSecurity"), (Verdict::Abort, 0))]
    fn a_privileged_pod_is_refused(
        #[case] git_version: &str,
        #[case] pod: PrivilegedPod,
        #[case] expected: (Verdict, usize),
    ) {
        let rule: PrivilegedPodRefused =
            serde_yaml::from_str("{refusal: [violates PodSecurity], since: '1.23'}").unwrap();
        assert_eq!(judged(rule.examine((&version(git_version), &pod))), expected);
    }

    #[test]
    fn finding_names_the_admitted_account() {
        let rule: PrivilegedPodRefused =
            serde_yaml::from_str("{refusal: [violates PodSecurity], since: '1.23'}").unwrap();
        let pod = PrivilegedPod::Admitted { account: Some("kubernetes-admin".into()) };
        let said = &rule.examine((&version("v1.36.4"), &pod)).list[0].message;
        assert!(
            said.contains("a privileged pod of \"kubernetes-admin\" is admitted") && said.contains("exempted"),
            "{said}"
        );
    }

    #[test]
    fn other_refusal_is_quoted() {
        let rule: PrivilegedPodRefused =
            serde_yaml::from_str("{refusal: [violates PodSecurity], since: '1.23'}").unwrap();
        let findings = rule.examine((&version("v1.36.4"), &refused("denied by \"policies\"")));
        assert!(findings.unknown.unwrap().message.ends_with(": denied by \"policies\""));
    }
}
