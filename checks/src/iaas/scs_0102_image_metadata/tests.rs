//! The testcases of scs-0102 as they stand in its definition, and the cloud that they judge.

use crate::definition::{Definitions, Source};
use crate::facts::{CloudFacts, Image, Images, Now, Slot, Visibility};
use crate::verdict::{Finding, Outcome, Reason, ReasonCode, ResourceKind, Severity, Verdict};
use Severity::{Violation, Warning};
use chrono::{DateTime, Utc};
use rstest::rstest;
use std::collections::BTreeMap;
use std::sync::LazyLock;

static DEFINITIONS: LazyLock<Definitions> = LazyLock::new(|| {
    let files = [
        ("scs-0102", include_str!("../../../../standards/iaas/scs-0102-image-metadata.yaml")),
        ("scs-0104", include_str!("../../../../standards/iaas/scs-0104-standard-images.yaml")),
        ("data", include_str!("../../../../standards/data/distributions.yaml")),
    ];
    let sources = files.map(|(path, text)| Source::new(path, text.as_bytes()).unwrap());
    Definitions::load(&sources).unwrap_or_else(|problems| panic!("{problems}"))
});

const GIB: u64 = 1 << 30;

/// Returns the instant that the tests take for now.
pub(in crate::iaas) fn now() -> DateTime<Utc> {
    time("2026-11-20T12:00:00Z")
}

pub(in crate::iaas) fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Returns the ids of a standard's testcases.
pub(in crate::iaas) fn testcases(standard: &str) -> Vec<&'static str> {
    DEFINITIONS.standards[standard].testcases.iter().map(|testcase| testcase.id.as_str()).collect()
}

/// Returns the outcome of a testcase, given only images.
pub(in crate::iaas) fn judge_at(now: DateTime<Utc>, testcase: &str, images: Vec<Image>) -> Outcome {
    let mut facts = CloudFacts::none(&Reason::new(ReasonCode::NotSelected, "this test has no other facts"));
    facts.images = Slot::Known(Images(images));
    DEFINITIONS.testcase(testcase).unwrap().check.rule().evaluate(&facts.into(), Now::named(now))
}

pub(in crate::iaas) fn judge(testcase: &str, images: Vec<Image>) -> Outcome {
    judge_at(now(), testcase, images)
}

/// Returns the severities in an outcome.
pub(in crate::iaas) fn weights(outcome: &Outcome) -> Vec<Severity> {
    outcome.findings.iter().map(|finding| finding.severity).collect()
}

/// Returns the only finding of an outcome.
pub(in crate::iaas) fn only(outcome: &Outcome) -> &Finding {
    assert_eq!(outcome.findings.len(), 1, "{:#?}", outcome.findings);
    &outcome.findings[0]
}

/// Returns a flawless image; its id is that of its name.
pub(in crate::iaas) fn image(name: &str) -> Image {
    let properties = [
        ("architecture", "x86_64"),
        ("hw_disk_bus", "scsi"),
        ("hw_rng_model", "virtio"),
        ("hypervisor_type", "qemu"),
        ("hotfix_hours", "0"),
        ("image_build_date", "2026-11-01"),
        ("image_description", "a plain server"),
        ("image_original_user", "ubuntu"),
        ("image_source", "https://cloud-images.ubuntu.com/noble/current/noble-server-cloudimg-amd64.img"),
        ("os_distro", "ubuntu"),
        ("os_hash_algo", "sha512"),
        ("os_purpose", "generic"),
        ("os_version", "24.04"),
        ("provided_until", "2029-04-30"),
        ("replace_frequency", "monthly"),
        ("uuid_validity", "last-3"),
    ];
    Image {
        id: format!("id of {name}"),
        name: name.to_owned(),
        status: "active".to_owned(),
        size: Some(GIB / 2),
        min_disk: 8,
        min_ram: 512,
        created_at: time("2026-11-02T08:00:00Z"),
        properties: BTreeMap::from(properties.map(|(name, value)| (name.to_owned(), value.to_owned()))),
        ..Image::default()
    }
}

/// Returns the image with one property changed, or taken away.
pub(in crate::iaas) fn with<'a>(mut image: Image, name: &str, value: impl Into<Option<&'a str>>) -> Image {
    match value.into() {
        Some(value) => image.properties.insert(name.to_owned(), value.to_owned()),
        None => image.properties.remove(name),
    };
    image
}

#[test]
fn a_good_image_passes_all_testcases_without_a_word() {
    for testcase in testcases("scs-0102") {
        let outcome = judge(testcase, vec![image("Ubuntu 24.04")]);
        assert_eq!((outcome.verdict, outcome.examined), (Verdict::Pass, 1), "{testcase}");
        assert_eq!(outcome.findings, [], "{testcase}");
    }
    // Twenty of today's suite, and twelve stricter ones.
    assert_eq!(testcases("scs-0102").len(), 20 + 12);
}

/// Property, a value that violates, and what a finding calls it; numbers and the like apart.
const BAD: [(&str, &str); 16] = [
    ("architecture", "amd64"),
    ("hw_disk_bus", "ide"),
    ("hw_rng_model", "isa"),
    ("hypervisor_type", "KVM"),
    ("hotfix_hours", "soon"),
    ("image_build_date", "yesterday"),
    ("image_description", ""),
    ("image_original_user", ""),
    ("image_source", "ubuntu.com"),
    ("os_distro", ""),
    ("os_hash_algo", "md5"),
    ("os_purpose", "general"),
    ("os_version", ""),
    ("provided_until", ""),
    ("replace_frequency", "often"),
    ("uuid_validity", "long"),
];

#[rstest]
fn twenty_bad_images_make_twenty_complete_findings(
    #[values(
        "architecture",
        "hash_algo",
        "min_disk",
        "min_ram",
        "os_version",
        "os_distro",
        "os_purpose",
        "hw_disk_bus",
        "hypervisor_type",
        "hw_rng_model",
        "image_build_date",
        "image_original_user",
        "image_source",
        "image_description",
        "replace_frequency",
        "provided_until",
        "uuid_validity",
        "hotfix_hours"
    )]
    testcase: &str,
) {
    let bad = |n: usize| {
        let image = Image { min_disk: 0, min_ram: 0, ..image(&format!("bad {n}")) };
        BAD.iter().fold(image, |image, (name, value)| with(image, name, *value))
    };
    let outcome = judge(&format!("scs-0102-prop-{testcase}"), (1..=20).map(bad).collect());
    assert_eq!((outcome.verdict, outcome.examined, outcome.findings.len()), (Verdict::Fail, 20, 20));
    for (n, finding) in (1..).zip(&outcome.findings) {
        let resource = finding.resource.as_ref().unwrap();
        assert_eq!((finding.severity, resource.kind), (Violation, ResourceKind::Image));
        assert_eq!((resource.id.clone(), resource.name.clone()), (format!("id of bad {n}"), format!("bad {n}")));
        assert!(finding.message.contains(&format!("\"bad {n}\"")) && finding.expected.is_some());
        let property = finding.property.as_deref().unwrap();
        assert_eq!(property.strip_prefix("os_").unwrap_or(property), testcase.strip_prefix("os_").unwrap_or(testcase));
        match BAD.iter().find(|(name, _)| *name == property) {
            None => assert_eq!(finding.observed.as_deref(), Some("not set")),
            Some((_, value)) => assert_eq!(finding.observed, Some(format!("{value:?}"))),
        }
    }
}

/// Q-0102-16
#[test]
fn without_images_nothing_is_proven() {
    for testcase in testcases("scs-0102") {
        let outcome = judge(testcase, Vec::new());
        assert_eq!((outcome.verdict, outcome.vacuous), (Verdict::Pass, true), "{testcase}");
        assert_eq!(weights(&outcome), [Warning], "{testcase}");
    }
}

#[rstest]
#[case("architecture", "aarch64", None)]
#[case("architecture", "ppc64", None)] // D: Q-0102-12
#[case("architecture", "risc-v", Warning)]
#[case("architecture", "X86_64", Violation)]
#[case("architecture", None, Violation)]
#[case("os_hash_algo", "sha256", None)]
#[case("os_hash_algo", "sha1", Violation)]
#[case("os_hash_algo", None, Violation)]
#[case("os_version", "bookworm", None)]
#[case("os_version", None, Violation)]
#[case("os_version", "", Violation)]
#[case("os_distro", "Ubuntu", None)]
#[case("os_distro", None, Violation)]
#[case("os_purpose", "oldgeneric", None)] // Q-0102-14
#[case("os_purpose", "k8snode", None)]
#[case("os_purpose", "Generic", Violation)]
#[case("os_purpose", None, Violation)]
#[case("hw_disk_bus", "virtio", None)]
#[case("hw_disk_bus", None, Warning)] // Q-0102-2
#[case("hw_disk_bus", "", Violation)] // D: Q-0102-22
#[case("hw_disk_bus", "sata", Violation)]
#[case("hypervisor_type", None, None)]
#[case("hypervisor_type", "", Violation)]
#[case("hypervisor_type", "ironic", None)] // D: Q-0102-13
#[case("hypervisor_type", "kvm", Warning)]
#[case("hypervisor_type", "esxi", Warning)]
#[case("hypervisor_type", "bhyve", Violation)]
#[case("hw_rng_model", None, None)]
#[case("hw_rng_model", "", Violation)]
#[case("hw_rng_model", " ", Violation)]
#[case("hw_rng_model", "rdrand", Violation)]
#[case("image_original_user", "none", None)]
#[case("image_original_user", None, Violation)]
#[case("image_source", "private", None)]
#[case("image_source", "ftp://ftp.example.org/image", None)]
#[case("image_source", "https://example.org", None)]
#[case("image_source", "https://", Warning)] // Q-0102-20
#[case("image_source", "https://see our wiki", Warning)]
#[case("image_source", "HTTPS://example.org", Violation)]
#[case("image_source", "file:///image", Violation)]
#[case("image_source", "see https://example.org", Violation)]
#[case("image_source", "Private", Violation)]
#[case("image_source", None, Violation)]
#[case("image_description", "https://example.org", None)]
#[case("image_description", None, Violation)]
#[case("replace_frequency", "critical_bug", None)]
#[case("replace_frequency", "Monthly", Violation)]
#[case("replace_frequency", None, Violation)]
#[case("provided_until", "none", None)]
#[case("provided_until", "notice", None)]
#[case("provided_until", "2020-01-01", None)]
#[case("provided_until", "2029-4-30", Warning)]
#[case("provided_until", "some day", Warning)] // Q-0102-8
#[case("provided_until", "two\nlines", Warning)]
#[case("provided_until", None, Violation)]
#[case("provided_until", "", Violation)]
#[case("provided_until", "\u{200b}", Violation)]
#[case("uuid_validity", "forever", None)]
#[case("uuid_validity", "last-10", None)]
#[case("uuid_validity", "2027-04-30", None)]
#[case("uuid_validity", "2027-4-30", Warning)] // Q-0102-11
#[case("uuid_validity", "2027-04-30 12:00", Warning)]
#[case("uuid_validity", "2027-04-30T00:00:00Z", Warning)]
#[case("uuid_validity", None, Warning)] // Q-0102-3
#[case("uuid_validity", "", Violation)]
#[case("uuid_validity", "last-1", None)]
#[case("uuid_validity", "last-0", Violation)] // D: Q-0102-26
#[case("uuid_validity", "last-00", Violation)]
#[case("uuid_validity", "last-03", None)]
#[case("uuid_validity", "last-٣", Violation)] // D: Q-0102-25
#[case("uuid_validity", "last-", Violation)]
#[case("uuid_validity", "last-x", Violation)]
#[case("uuid_validity", "2027-02-29", Violation)]
#[case("hotfix_hours", "24", None)]
#[case("hotfix_hours", "", Violation)] // D: Q-0102-22
#[case("hotfix_hours", "٣٤", Violation)] // D: Q-0102-25
#[case("hotfix_hours", None, None)]
#[case("hotfix_hours", "-1", Violation)]
#[case("hotfix_hours", "1.5", Violation)]
fn a_property_decides<'a>(
    #[case] property: &str,
    #[case] value: impl Into<Option<&'a str>>,
    #[case] weight: impl Into<Option<Severity>>,
) {
    let testcase = format!("scs-0102-prop-{}", property.replace("os_hash", "hash"));
    let (value, weight) = (value.into(), weight.into());
    let outcome = judge(&testcase, vec![with(image("Ubuntu 24.04"), property, value)]);
    assert_eq!(weights(&outcome), Vec::from_iter(weight), "{value:?}");
    assert_eq!(outcome.verdict == Verdict::Fail, weight == Some(Violation));
}

/// D: Q-0102-22
#[rstest]
fn a_blank_text_is_set_and_says_nothing(
    #[values("os_version", "os_distro", "image_original_user", "image_description")] property: &str,
    #[values("", " ", "\t\n", "\u{a0}", "[]", "{}", "\"\"", "-", "\u{200b}", "\u{feff}\u{2060}", "\u{3164}")]
    value: &str,
) {
    let outcome = judge(&format!("scs-0102-prop-{property}"), vec![with(image("Ubuntu 24.04"), property, value)]);
    let finding = only(&outcome);
    assert_eq!((finding.severity, finding.observed.as_deref()), (Violation, Some(&*format!("{value:?}"))));
    assert!(finding.message.ends_with("which has no meaning"), "{}", finding.message);
}

#[rstest]
#[case("ü")]
#[case("Ein Server")]
#[case("服务器")]
#[case("\u{200b}7")]
fn a_text_with_a_letter_or_a_digit_says_something(#[case] value: &str) {
    let outcome =
        judge("scs-0102-prop-image_description", vec![with(image("Ubuntu 24.04"), "image_description", value)]);
    assert_eq!(outcome.findings, []);
}

#[rstest]
#[case(0, 0, Violation, "at least 1 GiB", "not set")]
#[case(1, GIB, None, "", "")]
#[case(1, GIB + 1, Violation, "at least 2 GiB, to hold the file", "1 GiB")]
#[case(2, 2 * GIB - 1, None, "", "")]
#[case(2, 2 * GIB + GIB / 4, Violation, "at least 3 GiB, to hold the file", "2 GiB")]
#[case(u64::MAX, u64::MAX, None, "", "")]
fn min_disk_holds_the_file(
    #[case] min_disk: u64,
    #[case] size: u64,
    #[case] weight: impl Into<Option<Severity>>,
    #[case] expected: &str,
    #[case] observed: &str,
) {
    let outcome = judge("scs-0102-prop-min_disk", vec![Image { min_disk, size: Some(size), ..image("Ubuntu 24.04") }]);
    assert_eq!(weights(&outcome), Vec::from_iter(weight.into()));
    if let [finding] = outcome.findings.as_slice() {
        assert_eq!((finding.expected.as_deref(), finding.observed.as_deref()), (Some(expected), Some(observed)));
    }
}

#[test]
fn sizes_are_shown_in_readable_units() {
    let images = vec![Image { min_disk: 2, size: Some(2 * GIB + GIB / 4), ..image("Ubuntu 24.04") }];
    assert_eq!(
        only(&judge("scs-0102-prop-min_disk", images)).message,
        "image \"Ubuntu 24.04\" has a min_disk of 2 GiB, but its file alone takes 2.25 GiB (2415919104 bytes)"
    );
}

#[test]
fn an_image_without_data_fits_any_disk() {
    let queued = Image { min_disk: 1, size: None, status: "queued".into(), ..image("queued") };
    let outcome = judge("scs-0102-prop-min_disk", vec![queued.clone()]);
    assert_eq!((outcome.verdict, outcome.findings), (Verdict::Pass, vec![]));
    let active = Image { status: "active".into(), ..queued };
    let aborted = judge("scs-0102-prop-min_disk", vec![active.clone()]);
    assert_eq!(aborted.reason.map(|reason| reason.code), Some(ReasonCode::Inconclusive));
    assert_eq!(judge("scs-0102-prop-min_disk", vec![Image { min_disk: 0, ..active }]).verdict, Verdict::Fail);
}

#[rstest]
#[case(0, Violation)]
#[case(1, Warning)]
#[case(63, Warning)]
#[case(64, None)]
fn min_ram_is_plausible(#[case] min_ram: u64, #[case] weight: impl Into<Option<Severity>>) {
    let outcome = judge("scs-0102-prop-min_ram", vec![Image { min_ram, ..image("Ubuntu 24.04") }]);
    assert_eq!(weights(&outcome), Vec::from_iter(weight.into()));
}

#[rstest]
// The image was registered on 2026-11-02 at 08:00:00 UTC.
#[case("2026-11-02", None)]
#[case("2026-11-02 08:00", None)]
#[case("2026-11-02 08:00:00", None)]
#[case("2026-11-02 08:00:01", Violation)] // Q-0102-19
#[case("2026-11-03", Violation)]
#[case("2026-11-20 12:00:01", Violation)]
#[case("1999-12-31", None)]
#[case("1970-01-02", None)]
#[case("1970-01-01", Violation)] // the zero of Unix time is no time of a build
#[case("1970-01-01 12:00", Violation)]
#[case("1969-12-31", Violation)]
#[case("2026-11-01 10:20:60", Violation)] // D: Q-0102-25
#[case("2026-11-01T10:20:60Z", Violation)]
#[case("２０２６-11-01", Violation)]
#[case("2026-11-01T10:20:30Z", Warning)] // Q-0102-11
#[case("2026-11-1", Warning)]
#[case("2026-11-01  10:20", Warning)]
#[case("2026-11-03T00:00:00Z", Violation)]
#[case("2026-11-01 10:20:30.5", Violation)] // Q-0102-19
#[case("2026-11-01T10:20:30+00:00", Violation)]
#[case("20261101", Violation)]
#[case("2026-02-29", Violation)]
#[case("", Violation)]
#[case(None, Violation)]
fn a_build_date_is_plausible<'a>(
    #[case] value: impl Into<Option<&'a str>>,
    #[case] weight: impl Into<Option<Severity>>,
) {
    let images = vec![with(image("Ubuntu 24.04"), "image_build_date", value)];
    assert_eq!(weights(&judge("scs-0102-prop-image_build_date", images)), Vec::from_iter(weight.into()));
}

#[rstest]
#[case("2026-11-20 12:00:00", None)]
#[case("2026-11-20 12:00:01", "a little in the future: the clocks of cloud and suite differ")]
#[case("2026-11-20 13:00:00", "a little in the future: the clocks of cloud and suite differ")]
#[case("2026-11-20 13:00:01", "which is in the future")]
fn the_future_begins_where_no_clock_is_any_more<'a>(#[case] value: &str, #[case] message: impl Into<Option<&'a str>>) {
    // The clock of this Glance is fast.
    let image = Image { created_at: time("2026-11-21T00:00:00Z"), ..image("Ubuntu 24.04") };
    let outcome = judge("scs-0102-prop-image_build_date", vec![with(image, "image_build_date", value)]);
    match message.into() {
        Some(message) => {
            let finding = only(&outcome);
            assert!(finding.message.ends_with(message), "{}", finding.message);
            assert_eq!(finding.severity, if message.contains("little") { Warning } else { Violation });
        }
        None => assert_eq!(outcome.findings, []),
    }
}

const UNIQUE: &str = "scs-0102-os_purpose-uniqueness";

#[rstest]
#[case::two_of_a_kind(image("b"), [Some(Violation), Some(Violation)])]
#[case::another_version(with(image("b"), "os_version", "22.04"), [None, None])]
#[case::another_system(with(image("b"), "os_distro", "debian"), [None, None])]
#[case::another_architecture(with(image("b"), "architecture", "aarch64"), [None, None])]
#[case::another_purpose(with(image("b"), "os_purpose", "oldgeneric"), [None, None])]
#[case::no_purpose(with(image("b"), "os_purpose", None), [None, None])]
#[case::hidden(Image { hidden: true, ..image("b") }, [None, None])]
#[case::community(Image { visibility: Visibility::Community, ..image("b") }, [None, None])]
#[case::case_differs(with(image("b"), "os_distro", "Ubuntu"), [Some(Warning), Some(Warning)])]
#[case::no_version(with(image("b"), "os_version", None), [None, Some(Warning)])]
#[case::blank_version(with(image("b"), "os_version", " "), [None, Some(Warning)])]
#[case::no_architecture(with(image("b"), "architecture", None), [None, Some(Warning)])]
fn generic_images_are_unique(#[case] second: Image, #[case] expected: [Option<Severity>; 2]) {
    let outcome = judge(UNIQUE, vec![image("a"), second]);
    let weight = |name: &str| {
        let of = |finding: &&Finding| finding.resource.as_ref().is_some_and(|resource| resource.name == name);
        outcome.findings.iter().find(of).map(|finding| finding.severity)
    };
    assert_eq!([weight("a"), weight("b")], expected, "{:#?}", outcome.findings);
}

#[test]
fn images_without_architecture_collide_with_each_other() {
    let images = ["a", "b"].map(|name| with(image(name), "architecture", None));
    assert_eq!(weights(&judge(UNIQUE, images.to_vec())), [Violation, Violation]);
}

#[test]
fn twins_name_each_other_within_bounds() {
    let images: Vec<Image> = (0..20).map(|n| image(&format!("twin {n}"))).collect();
    let outcome = judge(UNIQUE, images);
    assert_eq!((outcome.examined, outcome.findings.len()), (20, 20));
    assert_eq!(
        outcome.findings[1].observed.as_deref(),
        Some(
            "also image \"twin 0\" (id of twin 0), image \"twin 2\" (id of twin 2), \
             image \"twin 3\" (id of twin 3), 16 more"
        )
    );
    assert_eq!(
        outcome.findings[1].expected.as_deref(),
        Some("public images with os_purpose \"generic\" differ in architecture, os_distro, os_version")
    );
}

#[test]
fn uniqueness_among_no_generic_image_is_vacuous() {
    let outcome = judge(UNIQUE, vec![with(image("node"), "os_purpose", "k8snode")]);
    assert_eq!((outcome.verdict, outcome.vacuous, outcome.findings.len()), (Verdict::Pass, true, 0));
}

#[test]
fn a_nameless_image_is_called_by_its_id() {
    let nameless = Image { id: "4711".to_owned(), name: String::new(), ..image("") };
    let outcome = judge("scs-0102-prop-os_version", vec![with(nameless, "os_version", None)]);
    assert_eq!(only(&outcome).message, "nameless image 4711 does not set os_version");
}
