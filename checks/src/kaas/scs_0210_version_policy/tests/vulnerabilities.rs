//! Verdicts by vulnerabilities of the cluster and the releases that fix them.

use super::*;

/// Returns the world with a newer release that fixes a vulnerability of the cluster, published so many seconds ago.
fn fixed(age: Published, base: f64, product: &str) -> KubernetesWorld {
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
fn fix_of_a_critical_vulnerability_is_due_after_14_days(
    #[case] age: Published,
    #[case] base: f64,
    #[case] product: &str,
    #[case] verdict: Verdict,
    #[case] warnings: usize,
) {
    let outcome = outcome("v1.36.4", &fixed(age, base, product));
    assert_eq!((outcome.verdict, messages(&outcome, Severity::Warning).len()), (verdict, warnings), "{outcome:?}");
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
fn vulnerability_without_a_fix_gets_a_warning() {
    let mut world = known_world();
    world.vulnerabilities.push(record("CVE-0000-0002", "Kubernetes", 9.0, "1.36.0", "1.36.9"));
    let outcome = outcome("v1.36.4", &world);
    assert_eq!(outcome.verdict, Verdict::Pass);
    assert!(messages(&outcome, Severity::Warning)[0].contains("no known release of 1.36 fixes it"));
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
    let names_it =
        outcome_of_one.reason.map(|reason| reason.message.contains("CVE-0000-0003 could not be read: HTTP 500"));
    assert_eq!(names_it, (verdict == Verdict::Abort).then_some(true));
    // With all of them broken, nothing is known.
    world.vulnerabilities.remove(0);
    assert_eq!(outcome("v1.36.4", &world).verdict, Verdict::Abort);
    world.vulnerabilities.clear();
    assert_eq!(outcome("v1.36.4", &world).verdict, Verdict::Abort);
}

#[test]
fn at_most_five_broken_records_are_named() {
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
    assert_eq!(messages(&outcome, Severity::Warning).len(), 5);
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
fn unreadable_record_aborts_if_it_may_concern_the_cluster(
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
    let names_it = outcome.reason.map(|reason| reason.message.contains("CVE-0000-0002"));
    assert_eq!(names_it, (verdict == Verdict::Abort).then_some(true));
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
    assert_eq!(outcome("v1.36.4", &fixed(ago(20 * DAY), 9.0, product)).verdict, verdict);
}

#[rstest]
#[case(Some(9.0), &[], Verdict::Fail)]
#[case(Some(9.0), &["cvssV4_0: high"], Verdict::Fail)]
#[case(Some(1.0), &[], Verdict::Pass)]
#[case(Some(1.0), &["cvssV4_0: high"], Verdict::Abort)]
#[case(None, &["cvssV4_0: high"], Verdict::Abort)]
#[case(None, &[], Verdict::Abort)]
fn unknown_score_counts_as_high(#[case] base: Option<f64>, #[case] unread: &[&str], #[case] verdict: Verdict) {
    let mut world = fixed(ago(20 * DAY), 9.0, "Kubernetes");
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
fn change_inside_a_range_names_the_fix(#[case] at: &str, #[case] verdict: Verdict) {
    let mut world = fixed(ago(20 * DAY), 9.0, "Kubernetes");
    let entry = &mut world.vulnerabilities.last_mut().unwrap().affected[0].versions[0];
    (entry.less_than, entry.less_than_or_equal) = (Some("1.37.0".into()), None);
    entry.changes = vec![StatusChange { at: at.into(), status: "unaffected".into() }];
    assert_eq!(outcome("v1.36.4", &world).verdict, verdict);
}

/// A vulnerability with an unknown fix is neither a violation nor a pass.
#[test]
fn fix_that_may_be_affected_itself_aborts() {
    let mut world = fixed(ago(20 * DAY), 9.0, "Kubernetes");
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
