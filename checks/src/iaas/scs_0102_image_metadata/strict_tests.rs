//! Demands of the strict testcases of scs-0102 (target `preview`) beyond those of today's suite.

use super::tests::{image, judge, only, weights, with};
use crate::verdict::{
    Severity::{self, Violation, Warning},
    Verdict,
};
use rstest::rstest;

/// Asserts that an image with this value of a property gets one finding of this weight, or none.
#[track_caller]
fn assert_weight(testcase: &str, property: &str, value: Option<&str>, weight: Option<Severity>) {
    let outcome = judge(testcase, vec![with(image("Ubuntu 24.04"), property, value)]);
    assert_eq!(weights(&outcome), Vec::from_iter(weight), "{value:?}");
    assert_eq!(outcome.verdict, if weight == Some(Violation) { Verdict::Fail } else { Verdict::Pass });
    for finding in &outcome.findings {
        let complete = finding.resource.is_some() && finding.expected.is_some() && finding.observed.is_some();
        assert!(complete && finding.property.as_deref() == Some(property), "{finding:?}");
    }
}

#[rstest]
#[case("os_version", "24.04", None)]
#[case("os_version", "13", None)]
#[case("os_version", "15.6.1", None)]
#[case("os_version", "noble", Violation)]
#[case("os_version", "24.04 LTS", Violation)]
#[case("os_version", "24.", Violation)]
#[case("os_version", "v24", Violation)]
#[case("os_version", "sid", Warning)]
#[case("os_version", None, Violation)]
#[case("os_distro", "ubuntu", None)]
#[case("os_distro", "windows", None)]
#[case("os_distro", "Ubuntu", Violation)]
#[case("os_distro", "org.debian", Violation)]
#[case("os_distro", "Red Hat", Violation)]
#[case("os_distro", "rocky", Warning)] // younger than OpenStack's list
#[case("os_distro", "archlinux", Warning)]
#[case("os_distro", None, Violation)]
#[case("hw_disk_bus", "scsi", None)]
#[case("hw_disk_bus", "sata", None)] // the text names no forbidden bus
#[case("hw_disk_bus", None, Violation)]
#[case("hw_disk_bus", "", Violation)]
#[case("hypervisor_type", None, None)]
#[case("hypervisor_type", "qemu", None)]
#[case("hypervisor_type", "kvm", Violation)]
#[case("hypervisor_type", "hyper-v", Violation)]
#[case("hypervisor_type", "QEMU", Violation)]
#[case("image_original_user", "none", None)]
#[case("image_original_user", "cloud-user", None)]
#[case("image_original_user", "Administrator", None)]
#[case("image_original_user", "ubuntu or root", Violation)]
#[case("image_original_user", "https://example.org", Violation)]
#[case("image_original_user", None, Violation)]
#[case("provided_until", "none", None)]
#[case("provided_until", "notice", None)]
#[case("provided_until", "2029-04-30", None)]
#[case("provided_until", "2029-4-30", Violation)]
#[case("provided_until", "2029-02-29", Violation)]
#[case("provided_until", "forever", Violation)] // only uuid_validity knows it
#[case("provided_until", "some day", Violation)]
#[case("provided_until", None, Violation)]
#[case("uuid_validity", "none", None)]
#[case("uuid_validity", "notice", None)]
#[case("uuid_validity", "forever", None)]
#[case("uuid_validity", "last-3", None)]
#[case("uuid_validity", "2029-04-30", None)]
#[case("uuid_validity", "2029-4-30", Violation)]
#[case("uuid_validity", "2029-04-30 12:00", Violation)]
#[case("uuid_validity", "last-", Violation)]
#[case("uuid_validity", "Last-3", Violation)]
#[case("uuid_validity", None, Violation)]
// The image was registered on 2026-11-02 at 08:00:00 UTC.
#[case("image_build_date", "2026-11-01", None)]
#[case("image_build_date", "2026-11-02 08:00", None)]
#[case("image_build_date", "2026-11-02 08:00:00", None)]
#[case("image_build_date", "2026-11-02 08:00:01", Violation)]
#[case("image_build_date", "2026-11-1", Violation)]
#[case("image_build_date", "2026-11-01T10:20:30Z", Violation)]
#[case("image_build_date", "2026-11-01  10:20", Violation)]
#[case("image_build_date", None, Violation)]
fn a_mandatory_property_is_as_the_text_has_it<'a>(
    #[case] property: &str,
    #[case] value: impl Into<Option<&'a str>>,
    #[case] weight: impl Into<Option<Severity>>,
) {
    assert_weight(&format!("scs-0102-strict-{property}"), property, value.into(), weight.into());
}

#[rstest]
#[case("private", None)]
#[case("https://example.org", None)]
#[case("https://example.org./x?y#z", None)]
#[case("ftp://user@ftp.example.org:2121/a/b.img", None)]
#[case("http://[2001:db8::1]:8080/x", None)]
#[case("http://192.0.2.1", None)]
#[case("https://", Violation)]
#[case("https:///path", Violation)]
#[case("https://-/x", Violation)]
#[case("https://example.org:port/x", Violation)]
#[case("https://see our wiki", Violation)]
#[case("https://example.org/a b", Violation)]
#[case("see https://example.org", Violation)]
#[case("file:///x.img", Violation)]
#[case("Private", Violation)]
#[case(None, Violation)]
fn a_source_is_a_url_with_a_host<'a>(
    #[case] value: impl Into<Option<&'a str>>,
    #[case] weight: impl Into<Option<Severity>>,
) {
    assert_weight("scs-0102-strict-image_source", "image_source", value.into(), weight.into());
}

#[rstest]
#[case("maintained_until", "2029-04-30", None)]
#[case("maintained_until", None, None)]
#[case("maintained_until", "", Violation)] // D: Q-0102-22
#[case("maintained_until", "2029-4-30", Violation)]
#[case("maintained_until", "notice", Violation)]
#[case("l1_support_contact", None, None)]
#[case("l1_support_contact", "mailto:support@example.org", None)]
#[case("l1_support_contact", "tel:+49-30-123456", None)]
#[case("l1_support_contact", "https://support.example.org/new?x=1", None)]
#[case("l1_support_contact", "support@example.org", Violation)]
#[case("l1_support_contact", "+49 30 123456", Violation)]
#[case("l1_support_contact", "mailto:", Violation)]
#[case("l1_support_contact", "https://", Violation)]
#[case("l1_support_contact", "mailto:our support", Violation)]
#[case("l1_support_contact", "12:30", Violation)]
fn an_optional_property_is_plain_where_it_is_set<'a>(
    #[case] property: &str,
    #[case] value: impl Into<Option<&'a str>>,
    #[case] weight: impl Into<Option<Severity>>,
) {
    assert_weight(&format!("scs-0102-{property}"), property, value.into(), weight.into());
}

/// Only systems with numbered versions need a number.
#[rstest]
#[case("debian", "trixie", 1)]
#[case("Debian", "trixie", 1)]
#[case("rocky", "blue", 1)]
#[case("windows", "2012 R2", 0)]
#[case("arch", "rolling", 0)]
#[case(None, "noble", 0)]
fn some_systems_count_their_versions<'a>(
    #[case] distro: impl Into<Option<&'a str>>,
    #[case] version: &str,
    #[case] violations: usize,
) {
    let image = with(with(image("x"), "os_distro", distro), "os_version", version);
    let outcome = judge("scs-0102-strict-os_version", vec![image]);
    assert_eq!((outcome.examined, outcome.findings.len()), (violations, violations));
    assert_eq!(outcome.vacuous, violations == 0, "who is not judged does not count as examined");
}

#[test]
fn findings_name_the_expected_values() {
    let of = |property: &str, value: &str| {
        let outcome = judge(&format!("scs-0102-strict-{property}"), vec![with(image("x"), property, value)]);
        only(&outcome).expected.clone().unwrap()
    };
    assert_eq!(of("os_version", "noble"), "a number such as 13 or 24.04");
    assert_eq!(of("image_source", "x"), "\"private\", or a URL with http, https, ftp or ftps and a host");
    assert_eq!(of("image_original_user", "a b"), "one login name without blanks (or none)");
}
