use super::*;
use crate::facts::{
    AffectedProduct, AffectedVersions, CvssScore, KubernetesBranch, Published, StatusChange, UnreadEntry,
    Vulnerability, WorldSource, WorldWay,
};
use crate::verdict::{Outcome, Severity, Verdict};
use chrono::TimeDelta;
use proptest::prelude::*;
use rstest::rstest;
use std::sync::LazyLock;

mod by_the_text;

/// The products of records that are Kubernetes itself.
pub(in crate::kaas) const PRODUCTS: &str =
    "{components: [Kubernetes, kubelet, API server], vendors: [Kubernetes], others: [kubectl, csi-proxy]}";

pub(in crate::kaas) static POLICY: LazyLock<String> = LazyLock::new(|| {
    let critical = format!("{{score: 8, days: 14, recommended_days: 2, products: {PRODUCTS}}}");
    let branches = "{warn_below: 3, undecided_below: 2, unlisted_days: 365}";
    format!("{{patch_days: 31, critical: {critical}, branches: {branches}}}")
});

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

/// Returns a record that says: affected from `from` up to and including `to`.
pub(in crate::kaas) fn record(id: &str, product: &str, base: f64, from: &str, to: &str) -> Vulnerability {
    let versions = AffectedVersions {
        version: from.into(),
        status: "affected".into(),
        less_than_or_equal: Some(to.into()),
        ..AffectedVersions::default()
    };
    let vendor = Some("Kubernetes".into());
    let affected = AffectedProduct { product: product.into(), vendor, default_status: None, versions: vec![versions] };
    Vulnerability {
        id: id.into(),
        from: "cve".into(),
        scores: vec![CvssScore { cvss: "3.1".into(), base }],
        affected: vec![affected],
        ..Vulnerability::default()
    }
}

/// Returns a world in which three branches are supported, each with old releases, and nothing is affected.
pub(in crate::kaas) fn known_world() -> KubernetesWorld {
    KubernetesWorld {
        sources: vec![
            source(WorldData::Releases, now()),
            source(WorldData::Branches, now()),
            source(WorldData::Vulnerabilities, now()),
        ],
        problems: vec![],
        unread: vec![],
        releases: vec![
            release("v1.34.9", at("2026-06-11T00:00:00Z")),
            release("v1.35.8", at("2026-08-20T00:00:00Z")),
            release("v1.36.3", at("2026-07-22T00:00:00Z")),
            release("v1.36.4", at("2026-08-20T00:00:00Z")),
            release("v1.37.0", at("2026-08-26T00:00:00Z")),
            release("v1.37.1-rc.0", at("2026-08-26T00:00:00Z")),
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
    let policy: VersionPolicy = serde_yaml::from_str(&POLICY).unwrap();
    let cluster = ClusterVersion { git_version: version.into(), ..ClusterVersion::default() };
    Outcome::of(policy.examine((&cluster, (world, now))))
}

fn outcome(version: &str, world: &KubernetesWorld) -> Outcome {
    judged(version, world, now())
}

/// Returns the messages of one severity.
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
// No such branch, and no such release is known.
#[case("v1.38.0", Verdict::Abort)]
#[case("v1.37.999", Verdict::Abort)]
#[case("v9.9.9", Verdict::Abort)]
#[case("v1.35.7", Verdict::Fail)]
// What is older than all that is known is not supported.
#[case("v1.20.4", Verdict::Fail)]
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

/// Returns the world with a newer release that fixes a vulnerability of the cluster, published so many seconds ago.
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

#[rstest]
#[case(3 * DAY, Verdict::Pass)]
#[case(365 * DAY, Verdict::Pass)]
#[case(365 * DAY + 1, Verdict::Abort)]
fn a_branch_that_is_newer_than_the_list_is_supported_for_a_while(#[case] age: i64, #[case] verdict: Verdict) {
    let mut world = known_world();
    world.releases.push(release("1.38.0", ago(age)));
    let outcome = outcome("v1.38.0", &world);
    assert_eq!(outcome.verdict, verdict);
    let warned = told(&outcome, Severity::Warning).iter().any(|text| text.starts_with("1.38 is newer than the list"));
    assert_eq!(warned, verdict == Verdict::Pass);
}

#[test]
fn a_release_that_is_not_known_aborts() {
    let outcome = outcome("v1.36.999", &known_world());
    let message = outcome.reason.unwrap().message;
    assert!(message.starts_with("no such release is known: 1.36.999"), "{message}");
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

#[rstest]
#[case(None, Verdict::Abort)]
#[case(Some(8.0), Verdict::Abort)]
#[case(Some(7.9), Verdict::Pass)]
fn a_broken_record_aborts_if_it_can_matter(#[case] base: Option<f64>, #[case] verdict: Verdict) {
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
    assert_eq!(outcome_of_one.verdict, verdict);
    let told = outcome_of_one.reason.map(|reason| reason.message.contains("CVE-0000-0003 could not be read: HTTP 500"));
    assert_eq!(told, (verdict == Verdict::Abort).then_some(true));
    // With all of them broken, nothing is known.
    world.vulnerabilities.remove(0);
    assert_eq!(outcome("v1.36.4", &world).verdict, Verdict::Abort);
    world.vulnerabilities.clear();
    assert_eq!(outcome("v1.36.4", &world).verdict, Verdict::Abort);
}

#[test]
fn of_many_broken_records_some_are_named() {
    let mut world = known_world();
    let broken = |number: u32| Vulnerability {
        id: format!("CVE-2026-{number:04}"),
        problem: Some("HTTP 500".into()),
        ..Vulnerability::default()
    };
    world.vulnerabilities.extend((0..99).map(broken));
    let outcome = outcome("v1.36.4", &world);
    let message = &outcome.reason.as_ref().unwrap().message;
    assert!(message.contains("CVE-2026-0000") && message.contains("94 more"), "{message}");
    assert_eq!(told(&outcome, Severity::Warning).len(), 5);
}

/// Records that may be about the cluster and cannot be understood.
#[rstest]
#[case::versions(9.0, "Kubernetes", "soon", "n/a", Verdict::Abort)]
#[case::elsewhere_in_the_range(9.0, "Kubernetes", "1.37.0", "n/a", Verdict::Pass)]
#[case::light(7.0, "Kubernetes", "soon", "n/a", Verdict::Pass)]
#[case::product(9.0, "kube-something", "1.36.0", "1.36.4", Verdict::Abort)]
#[case::product_in_other_versions(9.0, "kube-something", "1.10.0", "1.10.4", Verdict::Pass)]
#[case::client(9.0, "kubectl", "1.36.0", "1.36.4", Verdict::Pass)]
#[case::add_on(9.0, "Kubernetes csi-proxy", "soon", "n/a", Verdict::Pass)]
fn what_is_not_understood_of_a_record_aborts(
    #[case] base: f64,
    #[case] product: &str,
    #[case] from: &str,
    #[case] to: &str,
    #[case] verdict: Verdict,
) {
    let mut world = known_world();
    world.vulnerabilities.push(record("CVE-0000-0002", product, base, from, to));
    let outcome = outcome("v1.36.4", &world);
    assert_eq!(outcome.verdict, verdict, "{outcome:?}");
    let told = outcome.reason.map(|reason| reason.message.contains("CVE-0000-0002"));
    assert_eq!(told, (verdict == Verdict::Abort).then_some(true));
}

/// The vendor decides if an unknown product may be a part of Kubernetes.
#[rstest]
#[case(Some("Kubernetes"), Verdict::Abort)]
#[case(Some("The Kubernetes Authors"), Verdict::Abort)]
#[case(Some("n/a"), Verdict::Abort)]
#[case(None, Verdict::Abort)]
#[case(Some("Example Inc."), Verdict::Pass)]
fn a_product_of_another_vendor_does_not_concern_the_cluster(#[case] vendor: Option<&str>, #[case] verdict: Verdict) {
    let mut world = known_world();
    let mut record = record("CVE-0000-0002", "something", 9.0, "1.36.0", "1.36.4");
    record.affected[0].vendor = vendor.map(str::to_owned);
    world.vulnerabilities.push(record);
    assert_eq!(outcome("v1.36.4", &world).verdict, verdict);
}

/// The release that fixes it is 20 days old.
#[rstest]
#[case::component("Kubernetes kubelet", Verdict::Fail)]
#[case::path("k8s.io/kubernetes", Verdict::Fail)]
#[case::words("Kubernetes API Server", Verdict::Fail)]
#[case::client("kubectl", Verdict::Pass)]
fn products_have_many_names(#[case] product: &str, #[case] verdict: Verdict) {
    assert_eq!(outcome("v1.36.4", &mended(ago(20 * DAY), 9.0, product)).verdict, verdict);
}

#[rstest]
#[case(Some(9.0), &[], Verdict::Fail)]
#[case(Some(9.0), &["cvssV4_0: high"], Verdict::Fail)]
#[case(Some(1.0), &[], Verdict::Pass)]
#[case(Some(1.0), &["cvssV4_0: high"], Verdict::Abort)]
#[case(None, &["cvssV4_0: high"], Verdict::Abort)]
#[case(None, &[], Verdict::Abort)]
fn a_score_that_is_not_known_may_be_high(#[case] base: Option<f64>, #[case] unread: &[&str], #[case] verdict: Verdict) {
    let mut world = mended(ago(20 * DAY), 9.0, "Kubernetes");
    let record = world.vulnerabilities.last_mut().unwrap();
    record.scores = base.map(|base| CvssScore { cvss: "3.1".into(), base }).into_iter().collect();
    record.unread_scores = unread.iter().map(|text| (*text).to_owned()).collect();
    assert_eq!(outcome("v1.36.4", &world).verdict, verdict);
    assert_eq!(outcome("v1.35.8", &world).verdict, Verdict::Pass);
}

#[test]
fn a_rejected_record_affects_nothing() {
    let mut world = known_world();
    world.vulnerabilities.push(Vulnerability { rejected: true, ..Vulnerability::default() });
    assert_eq!(outcome("v1.36.4", &world).verdict, Verdict::Pass);
    world.vulnerabilities.last_mut().unwrap().rejected = false;
    assert_eq!(outcome("v1.36.4", &world).verdict, Verdict::Abort);
}

/// A change inside a range says which release fixes it; if that is not understood, nothing is decided.
#[rstest]
#[case("1.36.5", Verdict::Fail)]
#[case("1.36.6", Verdict::Pass)]
#[case("soon", Verdict::Abort)]
fn a_change_inside_a_range_says_what_mends_it(#[case] at: &str, #[case] verdict: Verdict) {
    let mut world = mended(ago(20 * DAY), 9.0, "Kubernetes");
    let entry = &mut world.vulnerabilities.last_mut().unwrap().affected[0].versions[0];
    (entry.less_than, entry.less_than_or_equal) = (Some("1.37.0".into()), None);
    entry.changes = vec![StatusChange { at: at.into(), status: "unaffected".into() }];
    assert_eq!(outcome("v1.36.4", &world).verdict, verdict);
}

/// A vulnerability with an unknown fix is neither a violation nor a pass.
#[test]
fn a_release_that_may_mend_it_aborts() {
    let mut world = mended(ago(20 * DAY), 9.0, "Kubernetes");
    let versions = &mut world.vulnerabilities.last_mut().unwrap().affected[0].versions;
    versions.push(AffectedVersions {
        version: "1.36.5 - 1.36.9".into(),
        status: "unknown".into(),
        ..versions[0].clone()
    });
    versions[1].less_than_or_equal = None;
    let outcome = outcome("v1.36.4", &world);
    assert_eq!(outcome.verdict, Verdict::Abort);
    assert!(outcome.reason.unwrap().message.starts_with("it is not known whether 1.36.5 is affected"));
}

#[test]
fn what_could_not_be_had_is_told_and_sources_are_not() {
    let mut world = known_world();
    world.problems.push("the schedule could not be fetched".into());
    let outcome = outcome("v1.36.3", &world);
    assert_eq!(told(&outcome, Severity::Info), [""; 0]);
    assert_eq!(told(&outcome, Severity::Warning), ["the schedule could not be fetched"]);
    let violation = outcome.findings.iter().find(|finding| finding.severity == Severity::Violation).unwrap();
    assert_eq!(
        violation.message,
        "1.36.3 was followed by 1.36.4 more than 31 days ago (published 2026-08-20T00:00:00Z, says github)"
    );
    assert!(outcome.findings.iter().all(|finding| finding.resource == Some(ClusterVersion::resource())));
}
