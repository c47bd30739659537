use super::*;
use crate::facts::{
    AffectedProduct, AffectedVersions, CvssScore, KubernetesBranch, Published, Vulnerability, WorldSource, WorldWay,
};
use crate::verdict::{Outcome, Severity, Verdict};
use chrono::TimeDelta;
use proptest::prelude::*;
use rstest::rstest;

mod by_the_text;

pub(in crate::kaas) const POLICY: &str = "{patch_days: 31, critical: {score: 8, days: 14, recommended_days: 2, \
     products: [Kubernetes, kubelet]}, branches: {warn_below: 3, undecided_below: 2}}";

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub(in crate::kaas) fn now() -> DateTime<Utc> {
    instant("2026-11-20T12:00:00Z")
}

pub(in crate::kaas) fn release(version: &str, published_at: Published) -> KubernetesRelease {
    KubernetesRelease { version: version.into(), published_at, from: "github".into() }
}

pub(in crate::kaas) fn at(text: &str) -> Published {
    Published::At(instant(text))
}

fn ago(seconds: i64) -> Published {
    Published::At(now() - TimeDelta::seconds(seconds))
}

fn branch(name: &str, end: &str) -> KubernetesBranch {
    KubernetesBranch {
        branch: name.into(),
        end_of_life: end.parse().unwrap(),
        maintenance_from: None,
        from: "schedule".into(),
    }
}

fn source(data: WorldData, as_of: DateTime<Utc>) -> WorldSource {
    WorldSource {
        name: "github".into(),
        data,
        address: "https://example.org/releases".into(),
        way: WorldWay::Live,
        as_of,
    }
}

/// A record that says: affected from `from` up to and including `to`.
pub(in crate::kaas) fn record(id: &str, product: &str, base: f64, from: &str, to: &str) -> Vulnerability {
    let versions = AffectedVersions {
        version: from.into(),
        status: "affected".into(),
        less_than_or_equal: Some(to.into()),
        less_than: None,
    };
    let affected = AffectedProduct { product: product.into(), default_status: None, versions: vec![versions] };
    Vulnerability {
        id: id.into(),
        from: "cve".into(),
        scores: vec![CvssScore { cvss: "3.1".into(), base }],
        affected: vec![affected],
        ..Vulnerability::default()
    }
}

/// Three branches are supported, each has releases that are long out, and nothing is affected.
pub(in crate::kaas) fn known_world() -> KubernetesWorld {
    KubernetesWorld {
        sources: vec![
            source(WorldData::Releases, now()),
            source(WorldData::Branches, now()),
            source(WorldData::Vulnerabilities, now()),
        ],
        problems: vec![],
        releases: vec![
            release("v1.34.9", at("2026-06-11T00:00:00Z")),
            release("v1.35.8", at("2026-08-20T00:00:00Z")),
            release("v1.36.3", at("2026-07-22T00:00:00Z")),
            release("v1.36.4", at("2026-08-20T00:00:00Z")),
            release("v1.37.0", at("2026-08-26T00:00:00Z")),
            release("v1.37.1-rc.0", at("2026-08-26T00:00:00Z")),
            release("a nightly build", at("2026-08-26T00:00:00Z")),
        ],
        branches: vec![
            branch("1.34", "2026-10-27"),
            branch("1.35", "2027-02-28"),
            branch("1.36", "2027-06-28"),
            branch("1.37", "2027-10-28"),
        ],
        vulnerabilities: vec![record("CVE-0000-0001", "Kubernetes", 9.8, "1.10.0", "1.10.9")],
    }
}

fn judged(version: &str, world: &KubernetesWorld, now: DateTime<Utc>) -> Outcome {
    let policy: VersionPolicy = serde_yaml::from_str(POLICY).unwrap();
    let cluster = ClusterVersion { git_version: version.into(), ..ClusterVersion::default() };
    Outcome::of(policy.examine((&cluster, (world, now))))
}

fn outcome(version: &str, world: &KubernetesWorld) -> Outcome {
    judged(version, world, now())
}

/// What is told beyond the evidence, the heaviest only.
fn told(outcome: &Outcome, severity: Severity) -> Vec<&str> {
    let list = outcome.findings.iter().filter(|finding| finding.severity == severity);
    list.map(|finding| finding.message.as_str()).collect()
}

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
// Of a branch that is newer than the list, no release is known.
#[case("v1.38.0", Verdict::Abort)]
#[case("v1.20.4", Verdict::Abort)]
fn the_version_decides(#[case] version: &str, #[case] verdict: Verdict) {
    let outcome = outcome(version, &known_world());
    assert_eq!((outcome.verdict, outcome.vacuous, outcome.examined), (verdict, false, 1));
}

const DAY: i64 = 86_400;

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

/// The world with a newer release that mends what affects the cluster, published so many seconds ago.
fn mended(age: Published, base: f64, product: &str) -> KubernetesWorld {
    let mut world = known_world();
    world.releases.push(release("1.36.5", age));
    world.vulnerabilities.push(record("CVE-0000-0002", product, base, "1.36.0", "1.36.4"));
    world
}

#[rstest]
#[case(ago(14 * DAY), 8.0, "Kubernetes", Verdict::Pass, 1)]
#[case(ago(14 * DAY + 1), 8.0, "Kubernetes", Verdict::Fail, 0)]
#[case(ago(14 * DAY + 1), 8.0, "Kubelet", Verdict::Fail, 0)]
#[case(ago(14 * DAY + 1), 8.0, "csi-proxy", Verdict::Pass, 0)]
#[case(ago(14 * DAY + 1), 7.9, "Kubernetes", Verdict::Pass, 0)]
#[case(ago(2 * DAY), 10.0, "Kubernetes", Verdict::Pass, 0)]
#[case(ago(2 * DAY + 1), 10.0, "Kubernetes", Verdict::Pass, 1)]
#[case(Published::On("2026-11-07".parse().unwrap()), 8.0, "Kubernetes", Verdict::Pass, 1)]
#[case(Published::On("2026-11-06".parse().unwrap()), 8.0, "Kubernetes", Verdict::Abort, 1)]
#[case(Published::On("2026-11-05".parse().unwrap()), 8.0, "Kubernetes", Verdict::Fail, 0)]
fn what_mends_a_critical_vulnerability_is_more_urgent(
    #[case] age: Published,
    #[case] base: f64,
    #[case] product: &str,
    #[case] verdict: Verdict,
    #[case] warnings: usize,
) {
    let outcome = outcome("v1.36.4", &mended(age, base, product));
    assert_eq!((outcome.verdict, told(&outcome, Severity::Warning).len()), (verdict, warnings), "{outcome:?}");
}

/// Deviation Q-0210-2: today any newer release would do, even one that is affected itself.
#[rstest]
#[case("1.36.5", Verdict::Pass)]
#[case("1.36.4", Verdict::Fail)]
fn the_first_unaffected_release_decides(#[case] last_affected: &str, #[case] verdict: Verdict) {
    let mut world = known_world();
    world.releases.push(release("1.36.5", ago(20 * DAY)));
    world.releases.push(release("1.36.6", ago(DAY)));
    world.vulnerabilities.push(record("CVE-0000-0002", "Kubernetes", 9.0, "1.36.0", last_affected));
    assert_eq!(outcome("v1.36.4", &world).verdict, verdict);
}

#[test]
fn what_nothing_mends_is_warned_of() {
    let mut world = known_world();
    world.vulnerabilities.push(record("CVE-0000-0002", "Kubernetes", 9.0, "1.36.0", "1.36.9"));
    let outcome = outcome("v1.36.4", &world);
    assert_eq!(outcome.verdict, Verdict::Pass);
    assert!(told(&outcome, Severity::Warning)[0].contains("no release of 1.36 is known that is not"));
}

#[rstest]
#[case(WorldData::Releases)]
#[case(WorldData::Vulnerabilities)]
fn data_that_could_hide_something_is_no_pass(#[case] data: WorldData) {
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
fn a_list_of_branches_that_nobody_kept_up_decides_nothing(
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
    assert_eq!(told(&outcome_of_good, Severity::Warning).len(), warnings);
    assert_eq!(outcome("v1.34.9", &world).verdict, ended);
}

#[test]
fn a_branch_that_is_newer_than_the_list_is_supported_with_a_warning() {
    let mut world = known_world();
    world.releases.push(release("1.38.0", ago(3 * DAY)));
    let outcome = outcome("v1.38.0", &world);
    assert_eq!(outcome.verdict, Verdict::Pass);
    assert!(told(&outcome, Severity::Warning)[0].starts_with("1.38 is newer than the list"));
}

#[test]
fn a_release_that_is_newer_than_the_data_is_warned_of() {
    let outcome = outcome("v1.36.9", &known_world());
    assert_eq!(outcome.verdict, Verdict::Pass);
    assert_eq!(told(&outcome, Severity::Warning), ["1.36.9 is newer than all releases of 1.36 that are known"]);
}

#[rstest]
#[case(None, 1, Verdict::Pass)]
#[case(Some(8.0), 1, Verdict::Pass)]
#[case(Some(7.9), 0, Verdict::Pass)]
fn a_broken_record_is_warned_of_if_it_can_matter(
    #[case] base: Option<f64>,
    #[case] warnings: usize,
    #[case] verdict: Verdict,
) {
    let mut world = known_world();
    let scores = base.map(|base| CvssScore { cvss: "3.1".into(), base }).into_iter().collect();
    let problem = Some("HTTP 500".to_owned());
    world.vulnerabilities.push(Vulnerability {
        id: "CVE-0000-0003".into(),
        scores,
        problem,
        ..Vulnerability::default()
    });
    let outcome_of_one = outcome("v1.36.4", &world);
    assert_eq!((outcome_of_one.verdict, told(&outcome_of_one, Severity::Warning).len()), (verdict, warnings));
    // With all of them broken, nothing is known.
    world.vulnerabilities.remove(0);
    assert_eq!(outcome("v1.36.4", &world).verdict, Verdict::Abort);
    world.vulnerabilities.clear();
    assert_eq!(outcome("v1.36.4", &world).verdict, Verdict::Abort);
}

#[rstest]
#[case(9.0, "Kubernetes", 1)]
#[case(7.0, "Kubernetes", 0)]
#[case(9.0, "ingress-nginx", 0)]
fn a_spelling_that_nobody_understands_is_warned_of(#[case] base: f64, #[case] product: &str, #[case] warnings: usize) {
    let mut world = known_world();
    world.vulnerabilities.push(record("CVE-0000-0002", product, base, "soon", "n/a"));
    let outcome = outcome("v1.36.4", &world);
    assert_eq!((outcome.verdict, told(&outcome, Severity::Warning).len()), (Verdict::Pass, warnings));
}

#[test]
fn the_evidence_says_how_old_the_data_is() {
    let mut world = known_world();
    world.sources[0].as_of = instant("2026-11-08T09:10:11Z");
    world.problems.push("the schedule could not be fetched".into());
    let outcome = outcome("v1.36.3", &world);
    let evidence = &outcome.findings[0];
    assert_eq!(evidence.message, "github (live) tells of releases, as of 2026-11-08T09:10:11Z");
    assert_eq!(evidence.observed.as_deref(), Some("https://example.org/releases, 12 days old"));
    assert_eq!(told(&outcome, Severity::Warning), ["the schedule could not be fetched"]);
    let violation = outcome.findings.iter().find(|finding| finding.severity == Severity::Violation).unwrap();
    assert_eq!(
        violation.message,
        "1.36.3 was followed by 1.36.4 more than 31 days ago (published 2026-08-20T00:00:00Z, says github)"
    );
    assert!(outcome.findings.iter().all(|finding| finding.resource == Some(ClusterVersion::resource())));
}
