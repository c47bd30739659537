use crate::facts::{Image, Visibility};
use crate::iaas::scs_0102_image_metadata::tests::{image, judge, only, testcases, weights, with};
use crate::verdict::Severity::{Info, Violation, Warning};
use crate::verdict::Verdict;
use rstest::rstest;

const CAPI: &str = "https://nbg1.your-objectstorage.com/osism/openstack-k8s-capi-images/";
const SWIFT: &str = "https://swift.services.a.regiocloud.tech/swift/v1/AUTH_b182637428444b9aa302bb8d5a5a418c";

fn from(name: &str, source: &str) -> Image {
    with(image(name), "image_source", source)
}

#[rstest]
#[case("capi-1", "ubuntu-capi-image v1.33.1")]
#[case("capi-1", "ubuntu-capi-image v1.33")]
#[case("capi-2", "ubuntu-capi-image-v1.33.1")]
#[case("capi-2", "ubuntu-capi-image-v1.30.1-test")] // Q-0104-1
#[case("ubuntu-2404", "Ubuntu 24.04")]
#[case("ubuntu-2204", "Ubuntu 22.04")]
#[case("ubuntu-2004", "Ubuntu 20.04")]
#[case("debian-13", "Debian 13")]
#[case("debian-12", "Debian 12")]
#[case("debian-11", "Debian 11")]
#[case("debian-10", "Debian 10")]
fn an_image_of_the_name_has_to_be_there(#[case] which: &str, #[case] name: &str) {
    let testcase = format!("scs-0104-image-{which}");
    let there = judge(&testcase, vec![image("other"), image(name)]);
    assert_eq!((there.verdict, there.examined, there.findings.len()), (Verdict::Pass, 1, 0));
    for elsewhere in [vec![], vec![image("other"), image(&format!("my {name}"))]] {
        let outcome = judge(&testcase, elsewhere);
        assert_eq!((outcome.verdict, weights(&outcome)), (Verdict::Fail, vec![Violation]));
    }
}

#[rstest]
#[case("capi-1", "ubuntu-capi-image-v1.33.1")]
#[case("capi-1", "ubuntu-capi-image v10.33")]
#[case("capi-1", "ubuntu-capi-image v1")]
#[case("capi-2", "ubuntu-capi-image v1.33.1")]
#[case("capi-2", "ubuntu-capi-image-v1.x")]
#[case("ubuntu-2404", "Ubuntu 24.04 LTS")]
#[case("debian-12", "debian 12")]
fn a_similar_name_will_not_do(#[case] which: &str, #[case] name: &str) {
    assert_eq!(judge(&format!("scs-0104-image-{which}"), vec![image(name)]).verdict, Verdict::Fail);
}

/// D: Q-0104-8
#[rstest]
#[case::queued(Image { status: "queued".into(), ..image("Debian 12") }, "image \"Debian 12\" that is queued")]
#[case::deactivated(Image { status: "deactivated".into(), ..image("Debian 12") }, "image \"Debian 12\" that is deactivated")]
#[case::hidden(Image { hidden: true, ..image("Debian 12") }, "image \"Debian 12\" that is hidden")]
fn unusable_image_does_not_count_as_offered(#[case] useless: Image, #[case] observed: &str) {
    let outcome = judge("scs-0104-image-debian-12", vec![useless.clone()]);
    assert_eq!(outcome.verdict, Verdict::Fail);
    assert_eq!(only(&outcome).observed, Some(format!("none, but {observed}")));
    assert_eq!(judge("scs-0104-image-debian-12", vec![useless, image("Debian 12")]).findings, []);
}

#[test]
fn a_community_image_counts_with_a_warning() {
    let community = Image { visibility: Visibility::Community, ..image("Debian 12") };
    let outcome = judge("scs-0104-image-debian-12", vec![community.clone()]);
    assert_eq!((outcome.verdict, weights(&outcome)), (Verdict::Pass, vec![Warning]));
    assert_eq!(judge("scs-0104-image-debian-12", vec![community, image("Debian 12")]).findings, []);
}

/// D: Q-0104-9
#[rstest]
#[case("noble/current/noble.img", Verdict::Pass)]
#[case("noble/current/../noble.img", Verdict::Pass)]
#[case("noble/../../../evil.img", Verdict::Fail)]
#[case("noble/..", Verdict::Fail)]
#[case("noble/%2e%2E/evil.img", Verdict::Fail)]
#[case("noble/..%2fevil.img", Verdict::Fail)]
#[case("noble/%252e%252e/evil.img", Verdict::Fail)]
#[case("noble/..\\evil.img", Verdict::Fail)]
#[case("noble/.\t./evil.img", Verdict::Fail)]
#[case("noble/x/../../evil.img", Verdict::Fail)]
#[case("noble/a%20b.img", Verdict::Pass)]
#[case("noble/x?a=../..", Verdict::Pass)]
fn dot_segments_lead_nowhere_else(#[case] path: &str, #[case] verdict: Verdict) {
    let outcome = judge(
        "scs-0104-source-ubuntu-2404",
        vec![from("Ubuntu 24.04", &format!("https://cloud-images.ubuntu.com/releases/{path}"))],
    );
    assert_eq!(outcome.verdict, verdict, "{:?}", outcome.findings);
}

#[test]
fn encodings_of_encodings_are_read_in_bounded_time() {
    let source = format!("https://cloud-images.ubuntu.com/noble/%{}2e%2e/evil.img", "25".repeat(1 << 20));
    assert_eq!(judge("scs-0104-source-ubuntu-2404", vec![from("Ubuntu 24.04", &source)]).verdict, Verdict::Fail);
}

#[test]
fn missing_image_is_reported_with_near_misses() {
    let outcome = judge("scs-0104-image-debian-12", vec![image("debian-12"), image("Debian 11")]);
    let finding = only(&outcome);
    assert_eq!(finding.message, "no image named \"Debian 12\" is offered");
    assert_eq!(finding.observed.as_deref(), Some("none, but \"debian-12\""));
    let resource = finding.resource.as_ref().unwrap();
    assert_eq!((resource.id.as_str(), resource.name.as_str()), ("", "Debian 12"));
    let outcome = judge("scs-0104-image-capi-2", vec![image("Debian 11")]);
    assert_eq!(only(&outcome).observed.as_deref(), Some("none among 1 public and community images"));
}

#[rstest]
#[case("capi-1", "ubuntu-capi-image v1.33.1", &[CAPI])]
#[case("capi-2", "ubuntu-capi-image-v1.33.1", &[CAPI])]
#[case("ubuntu-2404", "Ubuntu 24.04", &["https://cloud-images.ubuntu.com/releases/noble/", "https://cloud-images.ubuntu.com/noble/"])]
#[case("ubuntu-2204", "Ubuntu 22.04", &["https://cloud-images.ubuntu.com/releases/jammy/", "https://cloud-images.ubuntu.com/jammy/"])]
#[case("ubuntu-2004", "Ubuntu 20.04", &["https://cloud-images.ubuntu.com/releases/focal/", "https://cloud-images.ubuntu.com/focal/"])]
#[case("debian-13", "Debian 13", &["https://cloud.debian.org/images/cloud/trixie/", "https://cdimage.debian.org/cdimage/cloud/trixie/"])]
#[case("debian-12", "Debian 12", &["https://cloud.debian.org/images/cloud/bookworm/", "https://cdimage.debian.org/cdimage/cloud/bookworm/"])]
#[case("debian-11", "Debian 11", &["https://cloud.debian.org/images/cloud/bullseye/", "https://cdimage.debian.org/cdimage/cloud/bullseye/"])]
#[case("debian-10", "Debian 10", &["https://cloud.debian.org/images/cloud/buster/", "https://cdimage.debian.org/cdimage/cloud/buster/"])]
fn an_image_comes_from_its_maker(#[case] which: &str, #[case] name: &str, #[case] prefixes: &[&str]) {
    let testcase = format!("scs-0104-source-{which}");
    for prefix in prefixes {
        let outcome = judge(&testcase, vec![from(name, &format!("{prefix}image.img")), from("other", "private")]);
        assert_eq!((outcome.verdict, outcome.examined, outcome.findings.len()), (Verdict::Pass, 1, 0), "{prefix}");
        // Literally: neither the slash at the end nor the case may differ (Q-0104-3).
        for wrong in [prefix.trim_end_matches('/').to_owned(), prefix.to_uppercase(), format!(" {prefix}")] {
            assert_eq!(judge(&testcase, vec![from(name, &wrong)]).verdict, Verdict::Fail, "{wrong}");
        }
    }
    let unset = judge(&testcase, vec![with(image(name), "image_source", None)]);
    assert_eq!(only(&unset).observed.as_deref(), Some("not set"));
}

#[rstest]
#[case("/openstack-k8s-capi-images/ubuntu-2404-kube-v1.33/image.qcow2", Verdict::Pass)]
#[case("/openstack-k8s-capi-images/ubuntu-2204-kube-v1.30/image.qcow2", Verdict::Pass)]
#[case("/openstack-k8s-capi-images/image.qcow2", Verdict::Fail)] // Q-0104-5
fn node_images_may_come_from_the_old_place(
    #[values("ubuntu-capi-image v1.30", "ubuntu-capi-image-v1.30")] name: &str,
    #[case] path: &str,
    #[case] verdict: Verdict,
) {
    let testcase = if name.contains(' ') { "scs-0104-source-capi-1" } else { "scs-0104-source-capi-2" };
    assert_eq!(judge(testcase, vec![from(name, &format!("{SWIFT}{path}"))]).verdict, verdict);
}

/// Today's suite looks at the last one only (D: Q-0104-2).
#[rstest]
fn each_image_of_the_name_is_looked_at(#[values(0, 1)] wrong: usize) {
    let mut images =
        ["1", "2"].map(|id| Image { id: id.into(), ..from("Ubuntu 24.04", "https://cloud-images.ubuntu.com/noble/x") });
    images[wrong] = with(images[wrong].clone(), "image_source", "https://example.org/noble/");
    let id = images[wrong].id.clone();
    let outcome = judge("scs-0104-source-ubuntu-2404", images.to_vec());
    assert_eq!((outcome.verdict, outcome.examined), (Verdict::Fail, 2));
    let finding = only(&outcome);
    assert_eq!(finding.resource.as_ref().map(|resource| &resource.id), Some(&id));
    assert_eq!(finding.observed.as_deref(), Some("\"https://example.org/noble/\""));
    assert_eq!(
        finding.expected.as_deref(),
        Some(
            "a URL that begins with https://cloud-images.ubuntu.com/releases/noble/ or \
             https://cloud-images.ubuntu.com/noble/"
        )
    );
}

#[test]
fn an_absent_image_has_no_wrong_source() {
    for testcase in testcases("scs-0104").into_iter().filter(|id| id.starts_with("scs-0104-source")) {
        let outcome = judge(testcase, vec![image("other")]);
        assert_eq!((outcome.verdict, outcome.vacuous, weights(&outcome)), (Verdict::Pass, true, vec![Info]));
    }
}

#[test]
fn all_eighteen_testcases_of_the_lists_are_there() {
    let of_lists = |id: &&&str| id.starts_with("scs-0104-image") || id.starts_with("scs-0104-source");
    let of_lists = |id: &&&str| of_lists(id) && !id.ends_with("-upload");
    assert_eq!(testcases("scs-0104").iter().filter(of_lists).count(), 18);
}
