use super::*;
use crate::verdict::{Outcome, Severity, Verdict};
use rstest::rstest;

fn egress(id: &str, ethertype: EtherType, in_default: bool, in_others: bool) -> DefaultRule {
    let rule = GroupRule::unlimited(id, Direction::Egress, ethertype);
    DefaultRule { rule, used_in_default_sg: in_default, used_in_non_default_sg: in_others }
}

fn ingress(id: &str, remote_group_id: Option<&str>, in_default: bool, in_others: bool) -> DefaultRule {
    let mut rule = GroupRule::unlimited(id, Direction::Ingress, EtherType::IPv4);
    rule.remote_group_id = remote_group_id.map(str::to_owned);
    DefaultRule { rule, used_in_default_sg: in_default, used_in_non_default_sg: in_others }
}

/// Returns the template of a new OpenStack, without its ingress rules.
fn all_out() -> Vec<DefaultRule> {
    vec![egress("out-4", EtherType::IPv4, true, true), egress("out-6", EtherType::IPv6, true, true)]
}

fn judge(template: Vec<DefaultRule>) -> Outcome {
    Outcome::of(DefaultRules {}.examine(Either::First(&DefaultSecurityGroupRules(template))))
}

fn judge_group(rules: Vec<GroupRule>) -> Outcome {
    Outcome::of(DefaultRules {}.examine(Either::Second(&FreshSecurityGroup(rules))))
}

fn severities(outcome: &Outcome) -> Vec<Severity> {
    outcome.findings.iter().map(|finding| finding.severity).collect()
}

#[rstest]
#[case(Some("PARENT"), true, false, None)]
#[case(Some("PARENT"), false, false, None)]
#[case(Some("PARENT"), true, true, Some("used_in_non_default_sg"))]
#[case(Some("PARENT"), false, true, Some("used_in_non_default_sg"))]
#[case(Some("0815"), true, false, Some("remote_group_id"))]
#[case(None, true, false, Some("remote_group_id"))]
#[case(None, false, true, Some("remote_group_id"))]
// A rule that no group is given lets nothing in.
#[case(None, false, false, None)]
#[case(Some("0815"), false, false, None)]
#[case(None, true, true, Some("remote_group_id"))]
fn only_the_same_group_may_come_into_default_groups(
    #[case] remote: Option<&str>,
    #[case] in_default: bool,
    #[case] in_others: bool,
    #[case] offends: Option<&str>,
) {
    let outcome = judge([all_out(), vec![ingress("in", remote, in_default, in_others)]].concat());
    assert_eq!(outcome.verdict, if offends.is_some() { Verdict::Fail } else { Verdict::Pass });
    let seen: Vec<_> =
        outcome.findings.iter().map(|f| (f.resource.as_ref().map(|r| r.id.as_str()), f.property.as_deref())).collect();
    assert_eq!(seen, offends.map(|property| (Some("in"), Some(property))).into_iter().collect::<Vec<_>>());
}

#[rstest]
#[case(all_out(), &[])]
#[case(vec![], &["IPv4 default", "IPv4 others", "IPv6 default", "IPv6 others"])]
#[case(vec![egress("4", EtherType::IPv4, true, true)], &["IPv6 default", "IPv6 others"])]
#[case([all_out(), vec![egress("x", EtherType::IPv6, false, false)]].concat(), &[])]
#[case(vec![egress("4", EtherType::IPv4, true, false), egress("6", EtherType::IPv6, true, true)], &["IPv4 others"])]
#[case(vec![egress("4", EtherType::IPv4, false, true), egress("6", EtherType::IPv6, true, true)], &["IPv4 default"])]
#[case(
    vec![
        egress("4d", EtherType::IPv4, true, false),
        egress("4n", EtherType::IPv4, false, true),
        egress("6", EtherType::IPv6, true, true),
    ],
    &[]
)]
fn every_kind_of_group_lets_both_families_out(#[case] template: Vec<DefaultRule>, #[case] missing: &[&str]) {
    let outcome = judge(template);
    let seen: Vec<String> = outcome
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Violation)
        .map(|finding| {
            let family = finding.resource.as_ref().unwrap().name.replace("egress ", "");
            let default = finding.property.as_deref() == Some("used_in_default_sg");
            format!("{family} {}", if default { "default" } else { "others" })
        })
        .collect();
    assert_eq!(seen, missing);
    let warnings = outcome.findings.len() - seen.len();
    assert_eq!(warnings, usize::from(!missing.is_empty()), "a missing way out is only a SHOULD of the text");
}

#[rstest]
#[case(EtherType::IPv4, "0.0.0.0/0", Verdict::Pass)]
#[case(EtherType::IPv6, "::/0", Verdict::Pass)]
#[case(EtherType::IPv6, "0::0/0", Verdict::Pass)]
#[case(EtherType::IPv6, "0.0.0.0/0", Verdict::Fail)]
#[case(EtherType::IPv4, "::/0", Verdict::Fail)]
#[case(EtherType::IPv4, "0.0.0.0/00", Verdict::Fail)]
#[case(EtherType::IPv4, "/0", Verdict::Fail)]
#[case(EtherType::IPv4, "0.0.0.0/1", Verdict::Fail)]
#[case(EtherType::IPv6, "::/1", Verdict::Fail)]
#[case(EtherType::IPv4, "10.0.0.0/8", Verdict::Fail)]
#[case(EtherType::IPv6, "fd00::/8", Verdict::Fail)]
fn a_prefix_of_everything_is_no_limit(#[case] ethertype: EtherType, #[case] prefix: &str, #[case] verdict: Verdict) {
    let mut template = all_out();
    for rule in template.iter_mut().filter(|rule| rule.rule.ethertype == ethertype) {
        rule.rule.remote_ip_prefix = Some(prefix.to_owned());
    }
    let outcome = judge(template);
    assert_eq!(outcome.verdict, verdict);
    assert_eq!(outcome.findings.is_empty(), verdict == Verdict::Pass);
}

#[rstest]
#[case(|rule: &mut GroupRule| rule.protocol = Some("tcp".into()), "protocol")]
#[case(|rule: &mut GroupRule| rule.port_range_min = Some(443), "port_range_min")]
#[case(|rule: &mut GroupRule| rule.port_range_max = Some(443), "port_range_max")]
fn a_limited_way_out_counts_with_a_warning(#[case] limit: fn(&mut GroupRule), #[case] property: &str) {
    let mut template = all_out();
    limit(&mut template[0].rule);
    let outcome = judge(template.clone());
    assert_eq!((outcome.verdict, severities(&outcome)), (Verdict::Pass, vec![Severity::Warning; 2]));
    assert_eq!(outcome.findings[0].property.as_deref(), Some(property));
    // A full way out beside it makes the warning pointless.
    template.push(egress("full", EtherType::IPv4, true, true));
    assert_eq!(severities(&judge(template)), []);
}

#[rstest]
#[case(&[(Direction::Egress, EtherType::IPv4), (Direction::Egress, EtherType::IPv6)], 0)]
#[case(&[(Direction::Egress, EtherType::IPv4)], 1)]
#[case(&[(Direction::Egress, EtherType::IPv6)], 1)]
#[case(&[], 2)]
#[case(
    &[
        (Direction::Egress, EtherType::IPv4),
        (Direction::Egress, EtherType::IPv6),
        (Direction::Ingress, EtherType::IPv4),
        (Direction::Ingress, EtherType::IPv6),
    ],
    2
)]
fn a_fresh_group_lets_nothing_in_and_all_out(#[case] rules: &[(Direction, EtherType)], #[case] violations: usize) {
    let rules = rules.iter().map(|(direction, ethertype)| GroupRule::unlimited("r", *direction, *ethertype)).collect();
    let outcome = judge_group(rules);
    assert_eq!(outcome.verdict, if violations > 0 { Verdict::Fail } else { Verdict::Pass });
    let found = severities(&outcome).iter().filter(|severity| **severity == Severity::Violation).count();
    assert_eq!(found, violations);
}

#[test]
fn a_fresh_group_may_not_even_let_its_own_members_in() {
    let mut own = GroupRule::unlimited("own", Direction::Ingress, EtherType::IPv4);
    own.remote_group_id = Some("own-group".into());
    let mut rules = vec![
        GroupRule::unlimited("4", Direction::Egress, EtherType::IPv4),
        GroupRule::unlimited("6", Direction::Egress, EtherType::IPv6),
    ];
    rules.push(own);
    let outcome = judge_group(rules);
    assert_eq!(outcome.verdict, Verdict::Fail);
    assert_eq!(outcome.findings[0].resource.as_ref().map(|r| r.id.as_str()), Some("own"));
}

/// One clause, one answer: a template and a group with the same rules are judged alike.
#[rstest]
#[case(|_: &mut GroupRule| {}, Verdict::Pass, 0)]
#[case(|rule: &mut GroupRule| rule.remote_ip_prefix = Some("0.0.0.0/0".into()), Verdict::Pass, 0)]
#[case(|rule: &mut GroupRule| rule.protocol = Some("tcp".into()), Verdict::Pass, 1)]
#[case(|rule: &mut GroupRule| rule.port_range_max = Some(443), Verdict::Pass, 1)]
#[case(|rule: &mut GroupRule| rule.remote_ip_prefix = Some("127.0.0.1/32".into()), Verdict::Fail, 1)]
#[case(|rule: &mut GroupRule| rule.remote_ip_prefix = Some("10.0.0.0/8".into()), Verdict::Fail, 1)]
#[case(|rule: &mut GroupRule| rule.remote_group_id = Some("0815".into()), Verdict::Fail, 1)]
#[case(|rule: &mut GroupRule| rule.remote_group_id = Some("PARENT".into()), Verdict::Fail, 1)]
#[case(|rule: &mut GroupRule| rule.remote_address_group_id = Some("a".into()), Verdict::Fail, 1)]
fn a_template_and_a_group_are_judged_alike(
    #[case] limit: fn(&mut GroupRule),
    #[case] verdict: Verdict,
    #[case] warnings: usize,
) {
    let mut template = all_out();
    limit(&mut template[0].rule);
    let by_group = judge_group(template.iter().map(|rule| rule.rule.clone()).collect());
    let by_template = judge(template);
    assert_eq!([by_template.verdict, by_group.verdict], [verdict; 2]);
    let warned = severities(&by_group).iter().filter(|severity| **severity == Severity::Warning).count();
    assert_eq!(warned, warnings);
}

fn members(template: Vec<DefaultRule>) -> Outcome {
    Outcome::of(SameGroupIngress {}.examine(&DefaultSecurityGroupRules(template)))
}

fn from_members(ethertype: EtherType, change: impl FnOnce(&mut DefaultRule)) -> DefaultRule {
    let mut rule = ingress("in", Some("PARENT"), true, false);
    rule.rule.ethertype = ethertype;
    change(&mut rule);
    rule
}

#[rstest]
#[case(vec![], &["ingress IPv4", "ingress IPv6"])]
#[case(all_out(), &["ingress IPv4", "ingress IPv6"])]
#[case(vec![from_members(EtherType::IPv4, |_| {})], &["ingress IPv6"])]
#[case(vec![from_members(EtherType::IPv6, |_| {})], &["ingress IPv4"])]
#[case(vec![from_members(EtherType::IPv4, |_| {}), from_members(EtherType::IPv6, |_| {})], &[])]
#[case(
    vec![
        from_members(EtherType::IPv4, |rule| rule.used_in_default_sg = false),
        from_members(EtherType::IPv6, |rule| rule.rule.remote_group_id = Some("0815".into())),
    ],
    &["ingress IPv4", "ingress IPv6"]
)]
#[case(
    vec![
        from_members(EtherType::IPv4, |rule| rule.rule.direction = Direction::Egress),
        from_members(EtherType::IPv6, |rule| rule.rule.remote_group_id = None),
    ],
    &["ingress IPv4", "ingress IPv6"]
)]
// Its use in other groups is reported by scs-0115-default-rules.
#[case(
    vec![
        from_members(EtherType::IPv4, |rule| rule.used_in_non_default_sg = true),
        from_members(EtherType::IPv6, |_| {}),
    ],
    &[]
)]
fn default_groups_let_their_members_in(#[case] template: Vec<DefaultRule>, #[case] missing: &[&str]) {
    let outcome = members(template);
    assert_eq!(outcome.verdict, if missing.is_empty() { Verdict::Pass } else { Verdict::Fail });
    let seen: Vec<&str> = outcome.findings.iter().map(|f| f.resource.as_ref().unwrap().name.as_str()).collect();
    assert_eq!(seen, missing);
}

#[test]
fn members_let_in_by_some_ports_only_are_warned_of() {
    let narrow = from_members(EtherType::IPv4, |rule| {
        (rule.rule.protocol, rule.rule.port_range_min) = (Some("tcp".into()), Some(22));
    });
    let mut template = vec![narrow, from_members(EtherType::IPv6, |_| {})];
    let outcome = members(template.clone());
    assert_eq!((outcome.verdict, severities(&outcome)), (Verdict::Pass, vec![Severity::Warning]));
    assert_eq!(outcome.findings[0].property.as_deref(), Some("protocol, port_range_min"));
    template.push(from_members(EtherType::IPv4, |_| {}));
    assert_eq!(severities(&members(template)), []);
}
