//! Verdicts by the version of the cluster, the age of newer releases and the end of support.

use super::*;

#[rstest]
#[case("v1.36.4", Verdict::Pass)]
#[case("v1.36.4-gke.1", Verdict::Pass)]
#[case("v1.36.4+rke2r1", Verdict::Pass)]
#[case("v1.37.0", Verdict::Pass)]
#[case("v1.36.3", Verdict::Fail)]
#[case("v1.36.0-eks-abc", Verdict::Fail)]
#[case("v1.34.9", Verdict::Fail)]
#[case("v1.36.4-rc.1", Verdict::Abort)]
#[case("v1.34.0-rc.1", Verdict::Abort)]
#[case("v1.36", Verdict::Abort)]
#[case("", Verdict::Abort)]
// No such branch, and no such release is known.
#[case("v1.38.0", Verdict::Abort)]
#[case("v1.37.999", Verdict::Abort)]
#[case("v9.9.9", Verdict::Abort)]
#[case("v1.35.7", Verdict::Fail)]
// What is older than all that is known is not supported.
#[case("v1.20.4", Verdict::Fail)]
fn version_decides_the_verdict(#[case] version: &str, #[case] verdict: Verdict) {
    let outcome = outcome(version, &known_world());
    assert_eq!((outcome.verdict, outcome.vacuous, outcome.examined), (verdict, false, 1));
}

#[rstest]
#[case(ago(31 * DAY), Verdict::Pass)]
#[case(ago(31 * DAY + 1), Verdict::Fail)]
#[case(ago(0), Verdict::Pass)]
#[case(ago(-1), Verdict::Pass)]
// 31 days before noon is the noon of 20 October: of that day nobody knows.
#[case(Published::On("2026-10-21".parse().unwrap()), Verdict::Pass)]
#[case(Published::On("2026-10-20".parse().unwrap()), Verdict::Abort)]
#[case(Published::On("2026-10-19".parse().unwrap()), Verdict::Fail)]
fn a_newer_release_has_to_be_in_use_after_31_days(#[case] published: Published, #[case] verdict: Verdict) {
    let mut world = known_world();
    world.releases.push(release("1.36.5", published));
    assert_eq!(outcome("v1.36.4", &world).verdict, verdict);
    // A release of another branch, or an older one, makes no difference.
    world.releases.pop();
    world.releases.push(release("1.37.5", published));
    world.releases.push(release("1.36.2", published));
    assert_eq!(outcome("v1.36.4", &world).verdict, Verdict::Pass);
}

#[rstest]
#[case("2026-11-19T12:00:00Z", "2026-11-20T12:00:00Z", Verdict::Pass)]
#[case("2026-11-20T23:59:59Z", "2026-11-20T23:59:59Z", Verdict::Pass)]
#[case("2027-02-27T23:59:59Z", "2027-02-27T23:59:59Z", Verdict::Pass)]
#[case("2027-02-28T00:00:00Z", "2027-02-28T00:00:00Z", Verdict::Fail)]
fn support_ends_when_the_day_begins(#[case] as_of: &str, #[case] now: &str, #[case] verdict: Verdict) {
    let mut world = known_world();
    for source in &mut world.sources {
        source.as_of = instant(as_of);
    }
    assert_eq!(judged("v1.35.8", &world, instant(now)).verdict, verdict);
}

#[rstest]
#[case(3 * DAY, Verdict::Pass)]
#[case(365 * DAY, Verdict::Pass)]
#[case(365 * DAY + 1, Verdict::Abort)]
fn a_branch_that_is_newer_than_the_list_is_supported_for_a_while(#[case] age: i64, #[case] verdict: Verdict) {
    let mut world = known_world();
    world.releases.push(release("1.38.0", ago(age)));
    let outcome = outcome("v1.38.0", &world);
    assert_eq!(outcome.verdict, verdict);
    let warned =
        messages(&outcome, Severity::Warning).iter().any(|text| text.starts_with("1.38 is newer than the list"));
    assert_eq!(warned, verdict == Verdict::Pass);
}
