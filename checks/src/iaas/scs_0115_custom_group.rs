//! scs-0115: what a security group that a user makes is really given.

use super::scs_0115_security_groups::{SAME_GROUP, group_rules, limits, of};
use crate::facts::{DefaultSecurityGroupRules, FreshSecurityGroup, GroupRule};
use crate::rule::Check;
use crate::verdict::{Finding, Findings, Resource, ResourceKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// scs-0115 v1: a fresh group is checked with or without a template. A group whose rules differ from the template gets
/// a warning: the template does not say what happens then.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CustomGroup {}

impl Check for CustomGroup {
    type Facts<'a> = (&'a FreshSecurityGroup, Option<&'a DefaultSecurityGroupRules>);

    fn examine(&self, (group, template): Self::Facts<'_>) -> Findings {
        let mut findings = group_rules(&group.0);
        findings.list.extend(template.into_iter().flat_map(|template| differences(template, &group.0)));
        findings
    }
}

/// Compares a group to the template: rules that it lacks, and rules that it has beyond it.
fn differences(template: &DefaultSecurityGroupRules, group: &[GroupRule]) -> Vec<Finding> {
    let mut promised: Vec<&GroupRule> =
        template.0.iter().filter(|rule| rule.used_in_non_default_sg).map(|rule| &rule.rule).collect();
    // A rule for one certain group must not be taken for that of the group itself.
    promised.sort_by_key(|rule| is_for_members(rule));
    let mut given: Vec<&GroupRule> = group.iter().collect();
    let mut findings = Vec::new();
    for rule in promised {
        match given.iter().position(|other| alike(rule, other)) {
            Some(index) => drop(given.remove(index)),
            None => findings.push(lacking(rule)),
        }
    }
    findings.extend(given.into_iter().map(beyond));
    findings
}

fn lacking(rule: &GroupRule) -> Finding {
    Finding::warning("a new security group lacks a rule of the template")
        .on(Resource { kind: ResourceKind::DefaultSecurityGroupRule, ..of(rule) })
        .property("used_in_non_default_sg")
        .expected(shown(rule))
        .observed("no such rule")
}

fn beyond(rule: &GroupRule) -> Finding {
    Finding::warning("a new security group has a rule that is not in the template")
        .on(of(rule))
        .property("used_in_non_default_sg")
        .expected("only rules of the template")
        .observed(shown(rule))
}

/// Returns true if a rule of a group can be what a rule of the template gave it.
fn alike(template: &GroupRule, given: &GroupRule) -> bool {
    let remote = |rule: &GroupRule| rule.remote_group_id.clone();
    let others = |rule: &GroupRule| {
        let limits: Vec<_> = limits(rule).into_iter().filter(|(name, _)| *name != "remote_group_id").collect();
        (rule.direction.to_string(), rule.ethertype, limits)
    };
    // In the group, its own id stands where the template says `PARENT`.
    let same_remote =
        if is_for_members(template) { remote(given).is_some() } else { remote(given) == remote(template) };
    same_remote && others(template) == others(given)
}

fn is_for_members(rule: &GroupRule) -> bool {
    rule.remote_group_id.as_deref() == Some(SAME_GROUP)
}

/// Describes a rule: `egress IPv4, protocol tcp`.
fn shown(rule: &GroupRule) -> String {
    let limits = limits(rule).into_iter().map(|(name, value)| format!(", {name} {value}"));
    format!("{} {}{}", rule.direction, rule.ethertype, limits.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{DefaultRule, Direction, EtherType};
    use crate::verdict::{Outcome, Severity, Verdict};
    use Direction::{Egress, Ingress};
    use EtherType::{IPv4, IPv6};
    use rstest::rstest;

    fn from(remote: &str, rule: GroupRule) -> GroupRule {
        GroupRule { remote_group_id: Some(remote.to_owned()), ..rule }
    }

    fn all_out() -> Vec<GroupRule> {
        vec![GroupRule::unlimited("4", Egress, IPv4), GroupRule::unlimited("6", Egress, IPv6)]
    }

    fn and(more: GroupRule) -> Vec<GroupRule> {
        [all_out(), vec![more]].concat()
    }

    /// Returns a template that gives these rules to all groups but default ones.
    fn template(rules: Vec<GroupRule>) -> DefaultSecurityGroupRules {
        let given = |rule| DefaultRule { rule, used_in_default_sg: false, used_in_non_default_sg: true };
        DefaultSecurityGroupRules(rules.into_iter().map(given).collect())
    }

    fn judge(group: Vec<GroupRule>, template: Option<DefaultSecurityGroupRules>) -> Outcome {
        Outcome::of(CustomGroup {}.examine((&FreshSecurityGroup(group), template.as_ref())))
    }

    #[rstest]
    #[case(all_out(), Verdict::Pass, 0)]
    #[case(vec![GroupRule::unlimited("4", Egress, IPv4)], Verdict::Fail, 1)]
    #[case(vec![GroupRule::unlimited("6", Egress, IPv6)], Verdict::Fail, 1)]
    #[case(vec![], Verdict::Fail, 2)]
    #[case(and(GroupRule::unlimited("in", Ingress, IPv4)), Verdict::Fail, 1)]
    #[case(and(GroupRule::unlimited("in", Ingress, IPv6)), Verdict::Fail, 1)]
    #[case(and(from("own", GroupRule::unlimited("in", Ingress, IPv4))), Verdict::Fail, 1)]
    fn nothing_comes_in_and_everything_goes_out(
        #[case] group: Vec<GroupRule>,
        #[case] verdict: Verdict,
        #[case] violations: usize,
    ) {
        for template in [None, Some(template(group.clone()))] {
            let outcome = judge(group.clone(), template);
            let found = outcome.findings.iter().filter(|f| f.severity == Severity::Violation).count();
            assert_eq!((outcome.verdict, found), (verdict, violations));
        }
    }

    #[rstest]
    #[case(all_out(), all_out(), &[])]
    #[case(and(GroupRule::unlimited("more", Egress, IPv4)), all_out(), &["more"])]
    #[case(all_out(), and(GroupRule::unlimited("less", Egress, IPv4)), &["less"])]
    #[case(
        vec![GroupRule { protocol: Some("tcp".into()), ..GroupRule::unlimited("tcp", Egress, IPv4) }, GroupRule::unlimited("6", Egress, IPv6)],
        vec![GroupRule { protocol: Some("udp".into()), ..GroupRule::unlimited("udp", Egress, IPv4) }, GroupRule::unlimited("6", Egress, IPv6)],
        &["tcp", "udp", "tcp"]
    )]
    // A prefix that contains everything is none.
    #[case(
        vec![GroupRule { remote_ip_prefix: Some("0.0.0.0/0".into()), ..GroupRule::unlimited("4", Egress, IPv4) }, GroupRule::unlimited("6", Egress, IPv6)],
        all_out(),
        &[]
    )]
    // The id of the group itself stands for PARENT, but an id that the template names only for itself.
    #[case(and(from("own", GroupRule::unlimited("g", Egress, IPv4))), and(from("PARENT", GroupRule::unlimited("t", Egress, IPv4))), &[])]
    #[case(and(from("own", GroupRule::unlimited("g", Egress, IPv4))), and(from("else", GroupRule::unlimited("t", Egress, IPv4))), &["g", "t"])]
    #[case(and(GroupRule::unlimited("g", Egress, IPv4)), and(from("PARENT", GroupRule::unlimited("t", Egress, IPv4))), &["g", "t"])]
    #[case(
        [and(from("0815", GroupRule::unlimited("a", Egress, IPv4))), vec![from("own", GroupRule::unlimited("b", Egress, IPv4))]].concat(),
        [and(from("PARENT", GroupRule::unlimited("t", Egress, IPv4))), vec![from("0815", GroupRule::unlimited("u", Egress, IPv4))]].concat(),
        &[]
    )]
    fn differences_from_the_template_are_warned_of(
        #[case] group: Vec<GroupRule>,
        #[case] promised: Vec<GroupRule>,
        #[case] ids: &[&str],
    ) {
        let outcome = judge(group, Some(template(promised)));
        assert_eq!(outcome.verdict, Verdict::Pass);
        let mut seen: Vec<(Severity, String)> = outcome
            .findings
            .iter()
            .map(|f| (f.severity, f.resource.as_ref().map_or(String::new(), |about| about.id.clone())))
            .collect();
        let mut expected: Vec<_> = ids.iter().map(|&id| (Severity::Warning, id.to_owned())).collect();
        seen.sort();
        expected.sort();
        assert_eq!(seen, expected);
    }

    #[test]
    fn rules_for_default_groups_are_not_missed() {
        let mut template = template(and(from("PARENT", GroupRule::unlimited("in", Ingress, IPv4))));
        template.0[2].used_in_non_default_sg = false;
        assert_eq!(judge(all_out(), Some(template.clone())).findings, []);
        template.0[2].used_in_non_default_sg = true;
        let finding = judge(all_out(), Some(template)).findings.remove(0);
        assert_eq!(finding.expected.as_deref(), Some("ingress IPv4, remote_group_id PARENT"));
    }
}
