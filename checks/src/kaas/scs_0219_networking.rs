//! scs-0219: network policies work, and there is a way in.

use crate::accepts::is_default;
use crate::facts::ClusterVersion;
use crate::facts::{self, IngressClasses, PolicyApis, Traffic};
use crate::non_empty::NonEmpty;
use crate::rule::Check;
use crate::verdict::{Finding, Findings, Resource, ResourceKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// scs-0219 v1: a deny-all policy blocks, and a policy that allows a label opens for that label only.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkPolicyProbe {}

impl Check for NetworkPolicyProbe {
    type Facts<'a> = &'a facts::NetworkPolicyProbe;

    fn examine(&self, probe: &facts::NetworkPolicyProbe) -> Findings {
        if probe.without_policy == Traffic::Blocked {
            return Findings::undecided("the pods could not reach each other even without a policy");
        }
        let steps = [
            (probe.denied, Traffic::Blocked, "a deny-all policy does not block traffic", "deny-all"),
            (
                probe.labelled,
                Traffic::Passed,
                "a policy that allows a label blocks pods with that label",
                "allow-by-label",
            ),
            (
                probe.unlabelled,
                Traffic::Blocked,
                "a policy that allows a label does not block other pods",
                "allow-by-label",
            ),
        ];
        let wrong = steps.into_iter().filter(|(seen, expected, ..)| seen != expected);
        Findings::on_one(wrong.map(|(seen, expected, message, policy)| {
            Finding::violation(message)
                .on(ClusterVersion::resource())
                .property(policy)
                .expected(words(expected))
                .observed(words(seen))
        }))
    }
}

fn words(traffic: Traffic) -> &'static str {
    match traffic {
        Traffic::Passed => "passed",
        Traffic::Blocked => "blocked",
    }
}

/// scs-0219 v1: an ingress class is the default.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DefaultIngressClass {
    /// The annotation that makes a class the default if it is `true`.
    annotation: String,
}

impl Check for DefaultIngressClass {
    type Facts<'a> = &'a IngressClasses;

    fn examine(&self, classes: &IngressClasses) -> Findings {
        let mut findings = Findings::over(classes.0.len());
        let is_default = |value: Option<&String>| value.is_some_and(|value| value == "true");
        let defaults = classes.0.iter().filter(|class| is_default(class.annotations.get(&self.annotation))).count();
        let finding = match defaults {
            0 => Finding::violation("no ingress class is the default"),
            1 => return findings,
            _ => Finding::warning("more than one ingress class is the default"),
        };
        findings.push(
            finding
                .on(Resource::without_id(ResourceKind::IngressClass, "default ingress class"))
                .property(&self.annotation)
                .expected("\"true\" on one ingress class")
                .observed(format!("on {defaults}")),
        );
        findings
    }
}

/// scs-0219 v1 and v2: the API serves these kinds of objects, or those that have replaced them.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ApiKindsServed {
    /// The group.
    group: String,
    /// The version of the group; any without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    /// The kinds, all of them.
    kinds: NonEmpty<Vec<String>>,
    /// The kinds that have replaced them in the same group: all of these do as well.
    #[serde(default, skip_serializing_if = "is_default")]
    successors: Vec<String>,
}

impl Check for ApiKindsServed {
    type Facts<'a> = &'a PolicyApis;

    fn examine(&self, apis: &PolicyApis) -> Findings {
        let replaced = !self.successors.is_empty() && self.successors.iter().all(|kind| self.serves(apis, kind));
        let wanted = if replaced { &self.successors } else { &*self.kinds };
        Findings::each(wanted, |kind, findings| {
            if !self.serves(apis, kind) {
                findings.push(self.missing(kind));
            }
        })
    }
}

impl ApiKindsServed {
    fn serves(&self, apis: &PolicyApis, kind: &str) -> bool {
        let is_version = |version: &String| self.version.as_ref().is_none_or(|wanted| wanted == version);
        apis.0.iter().any(|api| api.group == self.group && api.kind == kind && is_version(&api.version))
    }

    fn missing(&self, kind: &str) -> Finding {
        let version = self.version.as_deref().unwrap_or("any version");
        let instead = match self.successors.as_slice() {
            [] => String::new(),
            successors => format!(", or {} instead", successors.join(" and ")),
        };
        Finding::violation(format!("the API does not serve {kind}"))
            .on(Resource::without_id(ResourceKind::ApiKind, kind))
            .property("group and version")
            .expected(format!("{}, {version}{instead}", self.group))
            .observed("not served")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{ApiKind, IngressClass};
    use crate::verdict::{Outcome, Verdict};
    use Traffic::{Blocked, Passed};
    use rstest::rstest;

    #[rstest]
    #[case([Passed, Blocked, Passed, Blocked], Verdict::Pass, 0)]
    #[case([Passed, Passed, Passed, Passed], Verdict::Fail, 2)]
    #[case([Passed, Passed, Passed, Blocked], Verdict::Fail, 1)]
    #[case([Passed, Blocked, Blocked, Blocked], Verdict::Fail, 1)]
    #[case([Passed, Blocked, Passed, Passed], Verdict::Fail, 1)]
    #[case([Blocked, Blocked, Blocked, Blocked], Verdict::Abort, 0)]
    #[case([Blocked, Passed, Passed, Passed], Verdict::Abort, 0)]
    fn policies_have_an_effect(#[case] seen: [Traffic; 4], #[case] verdict: Verdict, #[case] findings: usize) {
        let [without_policy, denied, labelled, unlabelled] = seen;
        let probe = facts::NetworkPolicyProbe { without_policy, denied, labelled, unlabelled };
        let outcome = Outcome::of(NetworkPolicyProbe {}.examine(&probe));
        assert_eq!((outcome.verdict, outcome.findings.len()), (verdict, findings));
    }

    #[rstest]
    #[case(&[], Verdict::Fail, 1)]
    #[case(&["false"], Verdict::Fail, 1)]
    #[case(&["true"], Verdict::Pass, 0)]
    #[case(&["true", "false"], Verdict::Pass, 0)]
    #[case(&["true", "true"], Verdict::Pass, 1)]
    fn one_ingress_class_is_the_default(#[case] values: &[&str], #[case] verdict: Verdict, #[case] findings: usize) {
        let class = |value: &&str| IngressClass {
            annotations: [("default".to_owned(), (*value).to_owned())].into(),
            ..IngressClass::default()
        };
        let classes = IngressClasses(values.iter().map(class).collect());
        let outcome = Outcome::of(DefaultIngressClass { annotation: "default".into() }.examine(&classes));
        assert_eq!((outcome.verdict, outcome.findings.len()), (verdict, findings));
    }

    #[rstest]
    #[case("networking.k8s.io", "v1", "NetworkPolicy", Verdict::Pass)]
    #[case("networking.k8s.io", "v1beta1", "NetworkPolicy", Verdict::Fail)]
    #[case("networking.k8s.io", "v1", "Ingress", Verdict::Fail)]
    #[case("extensions", "v1", "NetworkPolicy", Verdict::Fail)]
    fn kinds_are_served(#[case] group: &str, #[case] version: &str, #[case] kind: &str, #[case] verdict: Verdict) {
        let rule = "{group: networking.k8s.io, version: v1, kinds: [NetworkPolicy]}";
        let rule: ApiKindsServed = serde_yaml::from_str(rule).unwrap();
        let api = ApiKind { group: group.into(), version: version.into(), kind: kind.into() };
        assert_eq!(Outcome::of(rule.examine(&PolicyApis(vec![api]))).verdict, verdict);
    }

    #[rstest]
    #[case::both(&["Admin", "Baseline"], Verdict::Pass, 0)]
    #[case::successor(&["Cluster"], Verdict::Pass, 0)]
    #[case::all(&["Admin", "Baseline", "Cluster"], Verdict::Pass, 0)]
    #[case::one_of_two(&["Admin"], Verdict::Fail, 1)]
    #[case::none(&[], Verdict::Fail, 2)]
    fn successors_do_as_well(#[case] served: &[&str], #[case] verdict: Verdict, #[case] findings: usize) {
        let rule: ApiKindsServed =
            serde_yaml::from_str("{group: g, kinds: [Admin, Baseline], successors: [Cluster]}").unwrap();
        let api = |kind: &&str| ApiKind { group: "g".into(), version: "v1alpha1".into(), kind: (*kind).into() };
        let outcome = Outcome::of(rule.examine(&PolicyApis(served.iter().map(api).collect())));
        assert_eq!((outcome.verdict, outcome.findings.len()), (verdict, findings));
        let offers_it = |finding: &Finding| finding.expected.as_deref() == Some("g, any version, or Cluster instead");
        assert!(outcome.findings.iter().all(offers_it), "{:?}", outcome.findings);
    }
}
