//! scs-0115: new security groups let nothing in and everything out.

use crate::facts::{
    DefaultRule, DefaultSecurityGroupRules, Direction, Either, EtherType, FreshSecurityGroup, GroupRule,
};
use crate::rule::Check;
use crate::verdict::{Finding, Findings, Resource, ResourceKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// scs-0115 v1: judged by the template (OpenStack 2023.2), else by a fresh group.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DefaultRules {}

impl Check for DefaultRules {
    type Facts<'a> = Either<&'a DefaultSecurityGroupRules, &'a FreshSecurityGroup>;

    fn examine(&self, rules: Self::Facts<'_>) -> Findings {
        match rules {
            Either::First(template) => template_rules(&template.0),
            Either::Second(group) => group_rules(&group.0),
        }
    }
}

/// The spelling in the API of "the members of the same group" in a template.
pub(super) const SAME_GROUP: &str = "PARENT";
/// The address families, each of which needs an egress rule.
const ETHER_TYPES: [EtherType; 2] = [EtherType::IPv4, EtherType::IPv6];

/// The groups that get a rule of the template.
struct Groups {
    name: &'static str,
    /// The property of the rule that selects these groups.
    flag: &'static str,
    get: fn(&DefaultRule) -> bool,
}

const GROUPS: [Groups; 2] = [
    Groups { name: "the default groups", flag: "used_in_default_sg", get: |rule| rule.used_in_default_sg },
    Groups { name: "new groups", flag: "used_in_non_default_sg", get: |rule| rule.used_in_non_default_sg },
];

fn template_rules(rules: &[DefaultRule]) -> Findings {
    let mut findings = Findings { examined: rules.len(), ..Findings::default() };
    let applied = rules.iter().filter(|rule| GROUPS.iter().any(|groups| (groups.get)(rule)));
    findings.list.extend(applied.filter(|rule| is(&rule.rule, Direction::Ingress)).filter_map(template_ingress));
    let mut missing = false;
    for ethertype in ETHER_TYPES {
        for groups in &GROUPS {
            let ways_out: Vec<&GroupRule> = rules
                .iter()
                .filter(|rule| (groups.get)(rule) && rule.rule.ethertype == ethertype && leads_everywhere(&rule.rule))
                .map(|rule| &rule.rule)
                .collect();
            let place =
                RuleSource { kind: ResourceKind::DefaultSecurityGroupRule, groups: groups.name, property: groups.flag };
            let expected = format!("an egress rule for {ethertype} to all addresses, with {}", groups.flag);
            missing |= ways_out.is_empty();
            findings.list.extend(place.judge(ethertype, &ways_out, expected));
        }
    }
    findings.list.extend(missing.then(only_recommended));
    findings
}

/// Checks that ingress rules are only from the same group, and only in the default groups. One that is in no
/// group allows nothing (deviation Q-0115-8).
fn template_ingress(rule: &DefaultRule) -> Option<Finding> {
    let resource = Resource { kind: ResourceKind::DefaultSecurityGroupRule, ..of(&rule.rule) };
    let remote = rule.rule.remote_group_id.as_deref();
    let finding = if remote != Some(SAME_GROUP) {
        let message =
            format!("default rule {} allows {} ingress from outside the group", rule.rule.id, rule.rule.ethertype);
        Finding::violation(message)
            .property("remote_group_id")
            .expected(format!("{SAME_GROUP}, or no ingress rule"))
            .observed(remote.unwrap_or("not set"))
    } else if rule.used_in_non_default_sg {
        Finding::violation(format!(
            "default rule {} allows ingress to groups other than the default ones",
            rule.rule.id
        ))
        .property("used_in_non_default_sg")
        .expected("false")
        .observed("true")
    } else {
        return None;
    };
    Some(finding.on(resource))
}

/// scs-0115 v1: the default groups of projects allow traffic from their own members.
///
/// Only the template shows default groups, so an OpenStack before 2023.2 cannot be judged.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SameGroupIngress {}

impl Check for SameGroupIngress {
    type Facts<'a> = &'a DefaultSecurityGroupRules;

    fn examine(&self, template: &DefaultSecurityGroupRules) -> Findings {
        let rules = &template.0;
        let mut findings = Findings { examined: rules.len(), ..Findings::default() };
        for ethertype in ETHER_TYPES {
            let ways_in: Vec<&GroupRule> = rules
                .iter()
                .filter(|rule| rule.used_in_default_sg && rule.rule.ethertype == ethertype && from_inside(&rule.rule))
                .map(|rule| &rule.rule)
                .collect();
            findings.list.extend(members_let_in(ethertype, &ways_in));
        }
        findings
    }
}

/// Checks that at least one ingress rule exists. One that is limited counts, with a warning.
fn members_let_in(ethertype: EtherType, ways_in: &[&GroupRule]) -> Vec<Finding> {
    if ways_in.is_empty() {
        let message = format!("no default rule allows {ethertype} ingress from members of the same group");
        let finding = Finding::violation(message)
            .on(Resource::without_id(ResourceKind::DefaultSecurityGroupRule, format!("ingress {ethertype}")))
            .property("remote_group_id")
            .expected(format!("an ingress rule for {ethertype} from {SAME_GROUP}, with used_in_default_sg"))
            .observed("no such rule");
        return vec![finding];
    }
    let narrowed =
        |rule: &&GroupRule| limits(rule).into_iter().filter(|(name, _)| *name != "remote_group_id").collect::<Vec<_>>();
    if ways_in.iter().any(|rule| narrowed(rule).is_empty()) {
        return Vec::new();
    }
    let limited = |rule: &&GroupRule| {
        let message = format!("{ethertype} ingress from members of the same group is only partly allowed");
        partly(Finding::warning(message), ResourceKind::DefaultSecurityGroupRule, rule, &narrowed(rule))
    };
    ways_in.iter().map(limited).collect()
}

/// Returns true for a rule that allows ingress from the group itself.
fn from_inside(rule: &GroupRule) -> bool {
    is(rule, Direction::Ingress) && rule.remote_group_id.as_deref() == Some(SAME_GROUP)
}

/// Adds the limits of a rule to a finding.
fn partly(finding: Finding, kind: ResourceKind, rule: &GroupRule, limits: &[(&str, String)]) -> Finding {
    let properties: Vec<&str> = limits.iter().map(|(property, _)| *property).collect();
    let values: Vec<&str> = limits.iter().map(|(_, value)| value.as_str()).collect();
    finding
        .on(Resource { kind, ..of(rule) })
        .property(properties.join(", "))
        .expected("not set")
        .observed(values.join(", "))
}

/// Checks the rules of a group other than the default one: no ingress, not even from its own members, and all egress.
pub(super) fn group_rules(rules: &[GroupRule]) -> Findings {
    let mut findings = Findings { examined: rules.len(), ..Findings::default() };
    for rule in rules.iter().filter(|rule| is(rule, Direction::Ingress)) {
        let message = format!("a new security group allows {} ingress", rule.ethertype);
        let finding = Finding::violation(message)
            .on(of(rule))
            .property("direction")
            .expected("no ingress rule")
            .observed(rule.direction.to_string());
        findings.push(finding);
    }
    let mut missing = false;
    for ethertype in ETHER_TYPES {
        let ways_out: Vec<&GroupRule> =
            rules.iter().filter(|rule| rule.ethertype == ethertype && leads_everywhere(rule)).collect();
        let place =
            RuleSource { kind: ResourceKind::SecurityGroupRule, groups: "a new security group", property: "direction" };
        missing |= ways_out.is_empty();
        findings.list.extend(place.judge(
            ethertype,
            &ways_out,
            format!("an egress rule for {ethertype} to all addresses"),
        ));
    }
    findings.list.extend(missing.then(only_recommended));
    findings
}

/// The place in which an egress rule is looked for.
struct RuleSource {
    kind: ResourceKind,
    groups: &'static str,
    property: &'static str,
}

impl RuleSource {
    /// Checks that at least one egress rule to all addresses exists, in a template as in a group (deviation Q-0115-7).
    /// One that is limited otherwise counts, with a warning.
    fn judge(&self, ethertype: EtherType, ways_out: &[&GroupRule], expected: String) -> Vec<Finding> {
        if ways_out.is_empty() {
            let name = format!("egress {ethertype}");
            let message = format!("no rule allows {ethertype} egress from {}", self.groups);
            let finding = Finding::violation(message)
                .on(Resource::without_id(self.kind, name))
                .property(self.property)
                .expected(expected)
                .observed("no such rule");
            return vec![finding];
        }
        if ways_out.iter().any(|rule| limits(rule).is_empty()) {
            return Vec::new();
        }
        let limited = |rule: &&GroupRule| {
            let message = format!("{ethertype} egress from {} is only partly allowed", self.groups);
            partly(Finding::warning(message), self.kind, rule, &limits(rule))
        };
        ways_out.iter().map(limited).collect()
    }
}

/// Notes that closing the group is only recommended (quirk Q-0115-2).
fn only_recommended() -> Finding {
    Finding::warning("the text of the standard only recommends egress rules, but its test requires them")
}

fn is(rule: &GroupRule, direction: Direction) -> bool {
    rule.direction == direction
}

/// Returns true for egress to all addresses; a prefix that contains them all is not a limit (deviation Q-0115-1). The members
/// of a group, of the same one or of an address group, are not all addresses.
fn leads_everywhere(rule: &GroupRule) -> bool {
    is(rule, Direction::Egress)
        && rule.remote_group_id.is_none()
        && rule.remote_address_group_id.is_none()
        && rule.remote_ip_prefix.as_deref().is_none_or(|prefix| is_all(prefix, rule.ethertype))
}

/// Returns true for a prefix that contains all addresses of the family, however it is written.
fn is_all(prefix: &str, ethertype: EtherType) -> bool {
    let address = prefix.strip_suffix("/0").and_then(|address| address.parse::<IpAddr>().ok());
    address.is_some_and(|address| address.is_ipv4() == (ethertype == EtherType::IPv4))
}

/// Lists the limits of a rule (quirk Q-0115-3: protocol and ports do not make it another kind of rule).
pub(super) fn limits(rule: &GroupRule) -> Vec<(&'static str, String)> {
    let text = |value: &Option<String>| value.clone();
    let port = |value: Option<i64>| value.map(|port| port.to_string());
    let prefix = rule.remote_ip_prefix.clone().filter(|prefix| !is_all(prefix, rule.ethertype));
    let limits = [
        ("protocol", text(&rule.protocol)),
        ("port_range_min", port(rule.port_range_min)),
        ("port_range_max", port(rule.port_range_max)),
        ("remote_group_id", text(&rule.remote_group_id)),
        ("remote_address_group_id", text(&rule.remote_address_group_id)),
        ("remote_ip_prefix", prefix),
    ];
    limits.into_iter().filter_map(|(property, value)| Some((property, value?))).collect()
}

pub(super) fn of(rule: &GroupRule) -> Resource {
    Resource { kind: ResourceKind::SecurityGroupRule, id: rule.id.clone(), name: rule.id.clone() }
}

#[cfg(test)]
mod tests;
