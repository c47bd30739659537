use super::*;
use crate::distributions::Distributions;
use crate::verdict::{Outcome, Severity, Verdict};
use rstest::rstest;

const DATA: &str = include_str!("../../../../standards/data/distributions.yaml");

const RULE: &str = "
systems:
  - {distribution: ubuntu, name: Ubuntu, maintenance: [standard], by_contract: esm}
  - {distribution: debian, name: Debian GNU/Linux, maintenance: [standard, lts]}
";

/// Returns the rule with the built-in data.
fn rule() -> NodeSystems {
    let data: Distributions = serde_yaml::from_str(DATA).unwrap();
    let rule: NodeSystems = serde_yaml::from_str(RULE).unwrap();
    let mut systems = rule.systems.into_inner();
    assert!(systems.iter_mut().all(|system| system.distribution.bind(&data)));
    NodeSystems { systems: NonEmpty::new(systems).unwrap() }
}

fn node(name: &str, system: Option<&str>) -> Node {
    Node { name: name.into(), os_image: system.map(str::to_owned), ..Node::default() }
}

fn judge(rule: &NodeSystems, nodes: Vec<Node>, day: &str) -> Outcome {
    let now = format!("{day}T12:00:00Z").parse().unwrap();
    Outcome::of(rule.examine((&Nodes(nodes), now)))
}

#[rstest]
#[case::ubuntu("Ubuntu 24.04.3 LTS", "2026-11-30", Verdict::Pass)]
#[case::last_day("Ubuntu 22.04.5 LTS", "2027-06-01", Verdict::Pass)]
// Customers have it until 2032.
#[case::day_after_for_customers("Ubuntu 22.04.5 LTS", "2027-06-02", Verdict::Abort)]
#[case::customers_last_day("Ubuntu 16.04.7 LTS", "2026-04-23", Verdict::Abort)]
#[case::after_that("Ubuntu 16.04.7 LTS", "2026-04-24", Verdict::Fail)]
#[case::interim("Ubuntu 25.10", "2026-07-09", Verdict::Pass)]
#[case::interim_ended("Ubuntu 25.10", "2026-07-10", Verdict::Fail)]
#[case::debian("Debian GNU/Linux 13 (trixie)", "2026-11-30", Verdict::Pass)]
// Its long-term support is for everybody.
#[case::debian_lts("Debian GNU/Linux 12 (bookworm)", "2026-11-30", Verdict::Pass)]
#[case::debian_lts_last_day("Debian GNU/Linux 11 (bullseye)", "2026-08-31", Verdict::Pass)]
#[case::debian_lts_ended("Debian GNU/Linux 11 (bullseye)", "2026-09-01", Verdict::Fail)]
#[case::point_release("Debian GNU/Linux 12.11 (bookworm)", "2026-11-30", Verdict::Pass)]
#[case::not_out("Debian GNU/Linux 14 (forky)", "2026-11-30", Verdict::Abort)]
#[case::testing("Debian GNU/Linux forky/sid", "2026-11-30", Verdict::Abort)]
#[case::future("Ubuntu 26.10", "2026-10-14", Verdict::Abort)]
#[case::newer_than_the_data("Ubuntu 27.04", "2027-05-01", Verdict::Abort)]
#[case::older_than_the_data("Ubuntu 12.04.5 LTS", "2026-11-30", Verdict::Abort)]
#[case::two_digits("Ubuntu 24", "2026-11-30", Verdict::Abort)]
#[case::other_system("Flatcar Container Linux by Kinvolk 4230.2.1 (Oklo)", "2026-11-30", Verdict::Abort)]
#[case::talos("Talos (v1.11.2)", "2026-11-30", Verdict::Abort)]
#[case::core("Ubuntu Core 24", "2026-11-30", Verdict::Abort)]
#[case::glued("Ubuntu24.04", "2026-11-30", Verdict::Abort)]
#[case::lower_case("ubuntu 24.04", "2026-11-30", Verdict::Abort)]
#[case::empty("", "2026-11-30", Verdict::Abort)]
// Beyond the horizon of the data nothing is decided.
#[case::last_trusted_day("Ubuntu 26.04 LTS", "2028-04-29", Verdict::Pass)]
#[case::beyond("Ubuntu 26.04 LTS", "2028-04-30", Verdict::Abort)]
#[case::ended_and_beyond("Debian GNU/Linux 10 (buster)", "2027-07-09", Verdict::Abort)]
fn the_release_and_the_day_decide(#[case] system: &str, #[case] day: &str, #[case] verdict: Verdict) {
    let outcome = judge(&rule(), vec![node("n", Some(system))], day);
    assert_eq!((outcome.verdict, outcome.examined), (verdict, 1), "{outcome:#?}");
    if verdict != Verdict::Pass {
        let named = outcome.findings.iter().any(|one| one.resource.as_ref().is_some_and(|node| node.name == "n"));
        assert!(named, "{outcome:#?}");
    }
}

#[test]
fn node_that_tells_no_system_is_unknown() {
    let outcome = judge(&rule(), vec![node("n", None)], "2026-11-30");
    assert_eq!(outcome.verdict, Verdict::Abort);
    assert_eq!(outcome.reason.unwrap().message, "node n does not tell its operating system");
}

#[test]
fn cluster_without_nodes_is_undecided() {
    assert_eq!(judge(&rule(), vec![], "2026-11-30").verdict, Verdict::Abort);
}

/// A violation stays one beside what is unknown, and every node of either kind is named.
#[test]
fn every_unmaintained_or_unknown_node_is_named() {
    let debian = Some("Debian GNU/Linux 13 (trixie)");
    let nodes = vec![
        node("a", debian),
        node("b", Some("Talos (v1.11.2)")),
        node("c", Some("Ubuntu 25.10")),
        node("d", None),
        node("e", debian),
    ];
    let outcome = judge(&rule(), nodes, "2026-11-30");
    let list: Vec<(Severity, &str)> = outcome
        .findings
        .iter()
        .map(|one| (one.severity, one.resource.as_ref().map_or(one.message.as_str(), |node| node.name.as_str())))
        .collect();
    let evidence = "2 nodes have Debian GNU/Linux 13 (trixie), which is maintained until 2030-06-30";
    let expected =
        [(Severity::Warning, "b"), (Severity::Violation, "c"), (Severity::Warning, "d"), (Severity::Info, evidence)];
    assert_eq!((outcome.verdict, list.as_slice()), (Verdict::Fail, expected.as_slice()));
}

#[test]
fn rule_without_data_decides_nothing() {
    let rule: NodeSystems = serde_yaml::from_str(RULE).unwrap();
    let outcome = judge(&rule, vec![node("n", Some("Ubuntu 24.04.3 LTS"))], "2026-11-30");
    assert_eq!(outcome.verdict, Verdict::Abort);
    assert!(outcome.reason.unwrap().message.contains("no releases of ubuntu"));
}
