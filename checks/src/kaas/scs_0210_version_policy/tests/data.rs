//! Verdicts on public data that is old, incomplete or cannot be parsed.

use super::*;

#[rstest]
#[case(WorldData::Releases)]
#[case(WorldData::Vulnerabilities)]
fn outdated_or_missing_data_aborts(#[case] data: WorldData) {
    let aged = |seconds: i64| {
        let mut world = known_world();
        world.sources.retain(|source| source.data != data);
        world.sources.push(source(data, now() - TimeDelta::seconds(seconds)));
        world
    };
    assert_eq!(outcome("v1.36.4", &aged(14 * DAY)).verdict, Verdict::Pass);
    let old = outcome("v1.36.4", &aged(14 * DAY + 1));
    assert_eq!((old.verdict, old.reason.unwrap().code), (Verdict::Abort, ReasonCode::OutdatedData));
    // What is old enough to be known decides.
    assert_eq!(outcome("v1.36.3", &aged(14 * DAY + 1)).verdict, Verdict::Fail);
    let mut none = known_world();
    none.sources.retain(|source| source.data != data);
    assert_eq!(outcome("v1.36.4", &none).verdict, Verdict::Abort);
}

#[rstest]
#[case(3, Verdict::Pass, Verdict::Fail, 0)]
#[case(2, Verdict::Pass, Verdict::Fail, 1)]
#[case(1, Verdict::Abort, Verdict::Abort, 0)]
#[case(0, Verdict::Abort, Verdict::Abort, 0)]
fn short_list_of_branches_aborts(
    #[case] supported: usize,
    #[case] good: Verdict,
    #[case] ended: Verdict,
    #[case] warnings: usize,
) {
    let mut world = known_world();
    // 1.37, 1.36, 1.35 (supported, in this order), and 1.34.
    world.branches.sort_by_key(|branch| std::cmp::Reverse(branch.end_of_life));
    world.branches = world.branches.split_off(3 - supported.min(3));
    let newest = world.branches.first().map_or("v1.36.4", |branch| match branch.branch.as_str() {
        "1.37" => "v1.37.0",
        "1.36" => "v1.36.4",
        _ => "v1.35.8",
    });
    let outcome_of_good = outcome(newest, &world);
    assert_eq!(outcome_of_good.verdict, good, "{outcome_of_good:?}");
    assert_eq!(messages(&outcome_of_good, Severity::Warning).len(), warnings);
    assert_eq!(outcome("v1.34.9", &world).verdict, ended);
}

#[test]
fn a_release_that_is_not_known_aborts() {
    let outcome = outcome("v1.36.999", &known_world());
    let message = outcome.reason.unwrap().message;
    assert!(message.starts_with("unknown release: 1.36.999"), "{message}");
}

fn unread(data: WorldData, name: Option<&str>) -> UnreadEntry {
    let (problem, from) = ("it has no date".into(), "github".into());
    UnreadEntry { data, name: name.map(str::to_owned), problem, from }
}

/// Only an entry that can be a later release of the branch matters.
#[rstest]
#[case(Some("v1.36.5"), Verdict::Abort)]
#[case(Some("v1.36.5-rc.1"), Verdict::Pass)]
#[case(Some("v1.36.3"), Verdict::Pass)]
#[case(Some("v1.37.5"), Verdict::Pass)]
#[case(Some("v1.36"), Verdict::Abort)]
#[case(Some("newest"), Verdict::Abort)]
#[case(None, Verdict::Abort)]
fn a_release_that_could_not_be_read_aborts(#[case] name: Option<&str>, #[case] verdict: Verdict) {
    let mut world = known_world();
    world.unread.push(unread(WorldData::Releases, name));
    assert_eq!(outcome("v1.36.4", &world).verdict, verdict);
    // What is violated stays so, and another list may know the release.
    assert_eq!(outcome("v1.36.3", &world).verdict, Verdict::Fail);
    world.releases.push(release("1.36.5", ago(DAY)));
    let known = name == Some("v1.36.5");
    assert_eq!(outcome("v1.36.4", &world).verdict, if known { Verdict::Pass } else { verdict });
}

#[test]
fn a_release_without_a_version_aborts() {
    let mut world = known_world();
    world.releases.push(release("a nightly build", at("2026-08-26T00:00:00Z")));
    assert_eq!(outcome("v1.36.4", &world).verdict, Verdict::Abort);
}

/// A release is dated wrongly if it is later than the data itself; one after the reference instant only is left out.
#[rstest]
#[case("2026-11-20T13:00:00Z", "2026-11-20T12:00:00Z", Verdict::Pass)]
#[case("2026-11-20T13:00:01Z", "2026-11-20T12:00:00Z", Verdict::Abort)]
#[case("2099-01-01T00:00:00Z", "2026-11-20T12:00:00Z", Verdict::Abort)]
#[case("2026-12-20T12:00:00Z", "2026-12-31T00:00:00Z", Verdict::Pass)]
#[case("2099-01-01T00:00:00Z", "2026-12-31T00:00:00Z", Verdict::Abort)]
fn a_release_of_the_future_aborts(#[case] published: &str, #[case] as_of: &str, #[case] verdict: Verdict) {
    let mut world = known_world();
    world.sources.iter_mut().for_each(|source| source.as_of = instant(as_of));
    world.releases.push(release("1.36.5", at(published)));
    let outcome_of = |version| outcome(version, &world);
    assert_eq!(outcome_of("v1.36.4").verdict, verdict);
    assert_eq!(outcome_of("v1.37.0").verdict, Verdict::Pass);
    assert_eq!(outcome_of("v1.36.5").verdict, if verdict == Verdict::Pass { Verdict::Abort } else { Verdict::Pass });
}

/// An entry may be about the branch unless a list that weighs as much has it.
#[rstest]
#[case(Some("1.36"), "schedule", Verdict::Abort)]
#[case(Some("1.36"), "other", Verdict::Pass)]
#[case(Some("1.35"), "schedule", Verdict::Pass)]
#[case(None, "schedule", Verdict::Pass)]
#[case(None, "first", Verdict::Abort)]
#[case(Some("soon"), "first", Verdict::Abort)]
fn a_branch_that_could_not_be_read_aborts(#[case] name: Option<&str>, #[case] from: &str, #[case] verdict: Verdict) {
    let mut world = known_world();
    for name in ["first", "schedule", "other"] {
        world.sources.push(WorldSource { name: name.into(), ..source(WorldData::Branches, now()) });
    }
    world.unread.push(UnreadEntry { from: from.into(), ..unread(WorldData::Branches, name) });
    assert_eq!(outcome("v1.36.4", &world).verdict, verdict);
}

#[test]
fn missing_data_gets_a_warning() {
    let mut world = known_world();
    world.problems.push("the schedule could not be fetched".into());
    let outcome = outcome("v1.36.3", &world);
    assert_eq!(messages(&outcome, Severity::Info), [""; 0]);
    assert_eq!(messages(&outcome, Severity::Warning), ["the schedule could not be fetched"]);
    let violation = outcome.findings.iter().find(|finding| finding.severity == Severity::Violation).unwrap();
    assert_eq!(
        violation.message,
        "1.36.3 was followed by 1.36.4 more than 31 days ago (published 2026-08-20T00:00:00Z, says github)"
    );
    assert!(outcome.findings.iter().all(|finding| finding.resource == Some(ClusterVersion::resource())));
}
