use crate::facts::{Image, Visibility};
use crate::iaas::scs_0102_image_metadata::tests::{image, judge, judge_at, only, time, weights, with};
use crate::verdict::Severity::{Info, Violation};
use crate::verdict::{ReasonCode, Verdict};
use rstest::rstest;

/// Returns a flawless image of a release.
pub(super) fn release(distribution: &str, version: &str) -> Image {
    let name = format!("{distribution} {version}");
    with(with(image(&name), "os_distro", distribution), "os_version", version)
}

fn from(distribution: &str, version: &str, source: &str) -> Image {
    with(release(distribution, version), "image_source", source)
}

#[rstest]
#[case("ubuntu", "26.04", "https://cloud-images.ubuntu.com/releases/resolute/", Verdict::Pass)]
#[case("ubuntu", "26.04", "https://cloud-images.ubuntu.com/resolute/", Verdict::Pass)]
#[case("ubuntu", "26.10", "https://cloud-images.ubuntu.com/stonking/", Verdict::Pass)]
#[case("ubuntu", "14.04", "https://cloud-images.ubuntu.com/trusty/", Verdict::Pass)]
#[case::other_release("ubuntu", "26.04", "https://cloud-images.ubuntu.com/noble/", Verdict::Fail)]
#[case::number_in_place_of_codename(
    "ubuntu",
    "26.04",
    "https://cloud-images.ubuntu.com/releases/26.04/",
    Verdict::Fail
)]
#[case::minimal_image("ubuntu", "26.04", "https://cloud-images.ubuntu.com/minimal/releases/resolute/", Verdict::Fail)]
#[case::plain_http("ubuntu", "26.04", "http://cloud-images.ubuntu.com/resolute/", Verdict::Fail)]
#[case::longer_codename("ubuntu", "26.04", "https://cloud-images.ubuntu.com/resolute-x/", Verdict::Fail)]
#[case::dot_segments("ubuntu", "26.04", "https://cloud-images.ubuntu.com/resolute/../noble/", Verdict::Fail)]
#[case("debian", "13", "https://cloud.debian.org/images/cloud/trixie/", Verdict::Pass)]
#[case("debian", "13", "https://cdimage.debian.org/cdimage/cloud/trixie/", Verdict::Pass)]
#[case::not_yet_published("debian", "14", "https://cloud.debian.org/images/cloud/forky/", Verdict::Pass)]
#[case::other_release("debian", "13", "https://cloud.debian.org/images/cloud/bookworm/", Verdict::Fail)]
#[case::no_such_form("debian", "13", "https://cloud.debian.org/cdimage/cloud/trixie/", Verdict::Fail)]
fn source_has_the_code_name_of_the_release(
    #[case] distribution: &str,
    #[case] version: &str,
    #[case] folder: &str,
    #[case] verdict: Verdict,
) {
    let image = from(distribution, version, &format!("{folder}a.img"));
    let outcome = judge(&format!("scs-0104-generic-source-{distribution}"), vec![image]);
    assert_eq!((outcome.verdict, outcome.examined), (verdict, 1), "{:?}", outcome.findings);
}

const UBUNTU: &str = "scs-0104-generic-source-ubuntu";
const NOBLE: &str = "https://cloud-images.ubuntu.com/noble/a.img";

#[rstest]
#[case::no_number("noble")]
#[case::point_release("24.04.1")]
#[case::blank("")]
#[case::missing(None)]
#[case::newer_than_the_data("28.04")]
fn unknown_release_is_never_green<'a>(#[case] version: impl Into<Option<&'a str>>) {
    let image = with(from("ubuntu", "24.04", NOBLE), "os_version", version);
    let good = from("ubuntu", "24.04", NOBLE);
    let outcome = judge(UBUNTU, vec![good.clone(), image.clone()]);
    assert_eq!((outcome.verdict, outcome.examined), (Verdict::Abort, 2));
    assert!(outcome.reason.unwrap().message.contains("os_version"));
    let bad = with(good, "image_source", "https://example.org/noble/a.img");
    assert_eq!(judge(UBUNTU, vec![image, bad]).verdict, Verdict::Fail, "a violation stays one");
}

#[rstest]
#[case::other_purpose("os_purpose", "minimal")]
#[case::replaced("os_purpose", "oldgeneric")]
#[case::no_purpose("os_purpose", None)]
#[case::other_distribution("os_distro", "fedora")]
fn other_images_have_no_demanded_source<'a>(#[case] name: &str, #[case] value: impl Into<Option<&'a str>>) {
    let image = with(from("ubuntu", "24.04", "https://example.org/"), name, value);
    let outcome = judge(UBUNTU, vec![image]);
    assert_eq!((outcome.verdict, outcome.vacuous, weights(&outcome)), (Verdict::Pass, true, vec![Info]));
}

#[test]
fn case_of_the_words_is_no_way_out() {
    let image = with(from("Ubuntu", "24.04", "https://example.org/"), "os_purpose", "Generic");
    assert_eq!(judge(UBUNTU, vec![image]).verdict, Verdict::Fail);
}

const LATEST: &str = "scs-0104-latest-ubuntu-lts";

#[rstest]
#[case::inactive(Image { status: "deactivated".into(), ..release("ubuntu", "26.04") }, "deactivated")]
#[case::hidden(Image { hidden: true, ..release("ubuntu", "26.04") }, "hidden")]
#[case::community(Image { visibility: Visibility::Community, ..release("ubuntu", "26.04") }, "community")]
fn image_that_is_not_offered_is_named(#[case] image: Image, #[case] state: &str) {
    let outcome = judge(LATEST, vec![image]);
    assert_eq!((outcome.verdict, weights(&outcome)), (Verdict::Fail, vec![Violation, Info]));
    let violation = &outcome.findings[0];
    assert_eq!(violation.message, "no generic image of ubuntu 26.04 is offered");
    assert_eq!(violation.observed, Some(format!("none, but image \"ubuntu 26.04\" that is {state}")));
    assert_eq!(violation.expected.as_deref(), Some("an active public image with os_purpose generic of ubuntu 26.04"));
}

#[rstest]
#[case::no_lts("25.10")]
#[case::newer_but_no_lts("26.10")]
#[case::code_name("resolute")]
#[case::point_release("26.04.1")]
fn other_versions_do_not_count(#[case] version: &str) {
    assert_eq!(judge(LATEST, vec![release("ubuntu", version)]).verdict, Verdict::Fail);
}

/// The text says nothing about architectures.
#[test]
fn architectures_are_named_and_none_is_demanded() {
    let arm = with(release("ubuntu", "26.04"), "architecture", "aarch64");
    let outcome = judge(LATEST, vec![arm]);
    assert_eq!((outcome.verdict, weights(&outcome)), (Verdict::Pass, vec![Info, Info]));
    assert_eq!(outcome.findings[0].message, "image \"ubuntu 26.04\" is offered (architecture: aarch64)");
}

#[rstest]
#[case(LATEST, "2026-11-20", "the next release of ubuntu LTS falls due on 2028-04-30 at the earliest")]
#[case(LATEST, "2026-04-23", "ubuntu 26.04 LTS falls due on 2026-04-30")]
#[case(LATEST, "2024-04-30", "ubuntu 26.04 LTS falls due on 2026-04-30")]
#[case("scs-0104-latest-debian", "2025-08-09", "debian 13 falls due on 2025-09-09")]
#[case("scs-0104-latest-debian", "2026-11-20", "the next release of debian falls due on 2027-07-09 at the earliest")]
fn next_due_day_is_told(#[case] testcase: &str, #[case] day: &str, #[case] expected: &str) {
    let outcome = judge_at(time(&format!("{day}T00:00:00Z")), testcase, vec![]);
    assert!(outcome.findings.last().unwrap().message.starts_with(expected), "{:?}", outcome.findings);
}

/// Days are those of UTC.
#[rstest]
#[case("2026-04-29T23:59:59Z", Verdict::Pass)]
#[case("2026-04-30T00:00:00Z", Verdict::Fail)]
#[case("2026-04-30T01:00:00+02:00", Verdict::Pass)]
fn release_falls_due_as_the_day_begins(#[case] now: &str, #[case] verdict: Verdict) {
    assert_eq!(judge_at(time(now), LATEST, vec![release("ubuntu", "24.04")]).verdict, verdict);
}

#[rstest]
#[case(LATEST, "2028-04-29", Verdict::Pass)]
#[case(LATEST, "2028-04-30", Verdict::Abort)]
#[case(LATEST, "2035-01-01", Verdict::Abort)]
#[case(LATEST, "2010-01-01", Verdict::Abort)]
fn verdict_ends_with_the_data(#[case] testcase: &str, #[case] day: &str, #[case] verdict: Verdict) {
    let outcome = judge_at(time(&format!("{day}T12:00:00Z")), testcase, vec![release("ubuntu", "26.04")]);
    assert_eq!(outcome.verdict, verdict);
    if let Some(reason) = outcome.reason {
        assert_eq!(reason.code, ReasonCode::OutdatedData);
        assert!(reason.message.starts_with("distribution data "), "{}", reason.message);
    }
}

/// The image may be of a release that came earlier than the data expects.
#[rstest]
#[case("scs-0104-latest-debian", "debian", "14", Verdict::Abort)]
#[case("scs-0104-latest-debian", "debian", "11", Verdict::Fail)]
#[case("scs-0104-latest-debian", "debian", "13.1", Verdict::Fail)]
#[case("scs-0104-latest-debian", "debian", "99", Verdict::Abort)]
#[case("scs-0104-previous-debian", "debian", "14", Verdict::Fail)]
#[case(LATEST, "ubuntu", "28.04", Verdict::Abort)]
fn image_of_a_release_without_a_day_leaves_it_open(
    #[case] testcase: &str,
    #[case] distribution: &str,
    #[case] version: &str,
    #[case] verdict: Verdict,
) {
    let outcome = judge(testcase, vec![release(distribution, version)]);
    assert_eq!(outcome.verdict, verdict, "{:?}", outcome.findings);
}

const NODES: &str = "scs-0104-capi-properties";
const CAPI: &str = "https://nbg1.your-objectstorage.com/osism/openstack-k8s-capi-images/";
const SWIFT: &str = "https://swift.services.a.regiocloud.tech/swift/v1/AUTH_b182637428444b9aa302bb8d5a5a418c/openstack-k8s-capi-images/";

fn node_image(name: &str, source: &str) -> Image {
    let image = with(with(image(name), "os_purpose", "k8snode"), "image_source", source);
    with(image, "image_description", "https://github.com/osism/k8s-capi-images")
}

#[rstest]
#[case("ubuntu-capi-image-v1.34", 1)]
#[case("ubuntu-capi-image v1.34.2", 1)]
#[case("ubuntu-capi-image-v1.34.2-test", 1)]
#[case("ubuntu-capi-image-v10.1", 0)]
#[case("my ubuntu-capi-image-v1.34", 0)]
fn node_images_are_known_by_the_beginning_of_the_name(#[case] name: &str, #[case] examined: usize) {
    let outcome = judge(NODES, vec![node_image(name, &format!("{CAPI}a.qcow2"))]);
    assert_eq!((outcome.verdict, outcome.examined, outcome.vacuous), (Verdict::Pass, examined, examined == 0));
}

#[rstest]
#[case::built_by_scs(CAPI, Verdict::Pass, 0)]
#[case::tolerated(SWIFT, Verdict::Pass, 1)]
#[case::tolerated_with_dot_segments(&format!("{SWIFT}../"), Verdict::Fail, 1)]
#[case::mirror("https://mirror.example.org/", Verdict::Fail, 1)]
fn node_images_come_from_scs(#[case] folder: &str, #[case] verdict: Verdict, #[case] findings: usize) {
    let outcome = judge(NODES, vec![node_image("ubuntu-capi-image-v1.34.2", &format!("{folder}a.qcow2"))]);
    assert_eq!((outcome.verdict, outcome.findings.len()), (verdict, findings));
}

#[rstest]
#[case("os_purpose", "generic", "\"k8snode\"")]
#[case("os_purpose", None, "\"k8snode\"")]
#[case(
    "image_description",
    "https://github.com/osism/k8s-capi-images/",
    "\"https://github.com/osism/k8s-capi-images\""
)]
#[case(
    "image_source",
    None,
    "a URL that begins with https://nbg1.your-objectstorage.com/osism/openstack-k8s-capi-images/"
)]
fn node_images_have_exactly_their_properties<'a>(
    #[case] name: &str,
    #[case] value: impl Into<Option<&'a str>>,
    #[case] expected: &str,
) {
    let image = with(node_image("ubuntu-capi-image-v1.34.2", &format!("{CAPI}a.qcow2")), name, value);
    let outcome = judge(NODES, vec![image]);
    assert_eq!((outcome.verdict, only(&outcome).property.as_deref()), (Verdict::Fail, Some(name)));
    assert_eq!(only(&outcome).expected.as_deref(), Some(expected));
}
