//! JUnit reports are read back and held to the schema of Jenkins.

use super::xsd::{Element, Schema, parse};
use super::*;
use crate::samples::{self, Builder};
use proptest::prelude::*;
use rstest::rstest;

fn schema() -> Schema {
    Schema::parse(include_str!("../../../tests/fixtures/junit-10.xsd"))
}

fn root(report: &Report) -> Element {
    let root = parse(&render(report));
    schema().check(&root);
    root
}

fn find<'a>(root: &'a Element, id: &str) -> &'a Element {
    let mut cases = root.children.iter().flat_map(|suite| suite.named("testcase"));
    cases.find(|case| case.attribute("name") == id).unwrap()
}

#[rstest]
fn every_report_keeps_to_the_schema(
    #[values(
        Builder::conformant,
        Builder::empty,
        samples::violations,
        samples::hostile,
        samples::refused,
        samples::interrupted,
        samples::partial,
        samples::changed,
        samples::residue,
        samples::small
    )]
    sample: fn() -> Builder,
) {
    let report = sample().build();
    let root = root(&report);
    let of_verdict = |verdict| report.testcases.values().filter(|result| result.verdict == verdict).count();
    let sum =
        |name: &str| root.children.iter().map(|suite| suite.attribute(name).parse::<usize>().unwrap()).sum::<usize>();
    if !report.testcases.is_empty() {
        let (changed, left) = (report.changes.is_some(), report.residue().next().is_some());
        assert_eq!(sum("tests"), report.testcases.len() + usize::from(changed));
        assert_eq!(sum("failures"), of_verdict(Verdict::Fail) + usize::from(left));
        assert_eq!(sum("errors"), of_verdict(Verdict::Abort));
    }
}

#[test]
fn the_schema_is_held() {
    let check = |xml: &str| std::panic::catch_unwind(|| schema().check(&parse(xml))).is_ok();
    let suite = |inner: &str| {
        format!(
            "<testsuites><testsuite name=\"\" tests=\"1\" failures=\"0\" errors=\"0\">{inner}</testsuite></testsuites>"
        )
    };
    assert!(check(&suite("<testcase name=\"a\"><failure>f</failure><system-out>o</system-out></testcase>")));
    for wrong in [
        "<testcase/>",
        "text",
        "<testcase name=\"a\" file=\"f\"/>",
        "<testcase name=\"a\" time=\"-1\"/>",
        "<testcase name=\"a\"><system-out/><failure/></testcase>",
        "<testcase name=\"a\"><failure/><failure/></testcase>",
        "<system-out/><testcase name=\"a\"/>",
        "<stray/>",
    ] {
        assert!(!check(&suite(wrong)), "{wrong}");
    }
    assert!(!check("<testsuites><testsuite name=\"\"/></testsuites>"));
}

#[test]
fn a_small_report_reads_well() {
    insta::assert_snapshot!(render(&samples::small().build()));
}

/// The file that `.ci/run` gives to `xmllint` together with the schema.
#[test]
fn a_file_for_other_readers() {
    let sample = samples::hostile().found("scs-0102-prop-os_distro", []);
    insta::assert_binary_snapshot!("hostile.xml", render(&sample.build()).into_bytes());
}

#[test]
fn a_failure_holds_all_evidence() {
    let root = root(&samples::violations().build());
    let case = find(&root, "scs-0102-prop-image_description");
    assert_eq!(case.attribute("classname"), "scs-compatible-iaas.lab-member.scs-0102");
    assert_eq!(case.attribute("time"), "0.187");
    let failure = case.child("failure").unwrap();
    assert_eq!(failure.attribute("type"), "violation");
    assert_eq!(
        failure.attribute("message"),
        "2 violations, first: image \"Cirros 0.6.3\" (7d1c2e90): The property is missing."
    );
    insta::assert_snapshot!(failure.text);
}

#[test]
fn reasons_are_told() {
    let root = root(&samples::interrupted().build());
    let error = find(&root, "scs-0102-image-recency").child("error").unwrap();
    assert_eq!(error.attribute("type"), "request-failed");
    assert!(error.attribute("message").contains("answered 503") && error.text.contains("answered 503"));
    let skipped = find(&root, "scs-0117-test-backup").child("skipped").unwrap();
    assert_eq!(skipped.attribute("type"), "changes-the-subject");
    assert!(skipped.attribute("message").contains("It changes the cloud"));
}

#[test]
fn a_pass_tells_its_warnings() {
    let root = root(&samples::violations().build());
    let out = |id: &str| find(&root, id).child("system-out").map(|out| out.text.as_str());
    assert!(out("scs-0102-prop-hw_disk_bus").unwrap().contains("1. warning: The property is recommended."));
    assert_eq!(out("scs-0104-source-capi-1"), Some("There was nothing to examine.\n"));
    assert_eq!(out("scs-0100-syntax-check"), None);
}

#[test]
fn every_suite_tells_where_it_comes_from() {
    let root = root(&samples::interrupted().selected("scs-01*").build());
    assert_eq!(root.children.len(), 11);
    for suite in &root.children {
        assert_eq!(suite.attribute("timestamp"), "2026-11-20T15:30:45Z");
        assert_eq!(suite.attribute("hostname"), "lab-member");
    }
    insta::assert_snapshot!(root.children[0].child("system-out").unwrap().text);
}

#[test]
fn residue_is_a_failure_of_its_own_suite() {
    let root = root(&samples::residue().build());
    let last = root.children.last().unwrap();
    assert_eq!((last.attribute("name"), last.attribute("failures")), ("cleanup", "1"));
    let case = find(&root, "cleanup");
    assert_eq!(case.attribute("classname"), "scs-compatible-iaas.lab-member.cleanup");
    let failure = case.child("failure").unwrap();
    assert_eq!(failure.attribute("type"), "residue");
    assert_eq!(failure.attribute("message"), "2 of 5 resources that the run created may still be in the cloud");
    insta::assert_snapshot!(failure.text);
}

#[test]
fn a_run_that_left_nothing_says_so() {
    let changed = root(&samples::changed().build());
    let out = find(&changed, "cleanup").child("system-out").unwrap();
    assert_eq!(out.text, "created and removed 7 resources (run 20261120t153045-k3f9)\n");
    let unchanged = root(&samples::violations().build());
    assert!(unchanged.children.iter().all(|suite| suite.attribute("name") != CLEANUP));
}

#[test]
fn nothing_tested_is_an_error() {
    let root = root(&Builder::empty().build());
    assert_eq!(root.children[0].attribute("errors"), "1");
}

#[test]
fn two_thousand_findings_are_all_there() {
    let root = root(&samples::hostile().build());
    let text = &find(&root, "scs-0102-prop-os_distro").child("failure").unwrap().text;
    assert!(text.contains("\n2000. violation: "));
}

#[rstest]
#[case("a\x1b[31mred\x1b[0m\x1b[2Jb", "aredb")]
#[case("\x1b[", "")]
#[case("\x1b]0;title\x07", "\\u{1b}]0;title\\u{7}")]
#[case("\0\u{7f}\u{9b}\u{85}\u{fffe}\u{ffff}", "\\u{0}\\u{7f}\\u{9b}\\u{85}\\u{fffe}\\u{ffff}")]
#[case("a\u{202e}b\u{200b}c\u{2028}d\u{2066}e\u{feff}", "a\\u{202e}b\\u{200b}c\\u{2028}d\\u{2066}e\\u{feff}")]
#[case("a\r\nb\tc", "a\nb\tc")]
#[case("]]>]]]>]\x1b[m]>", "]] >]]] >]] >")]
#[case("<&\">' 🦀", "<&\">' 🦀")]
fn strings_are_made_safe(#[case] text: &str, #[case] safe: &str) {
    assert_eq!(xml_safe(text), safe);
}

#[test]
fn times_outside_the_format_do_no_harm() {
    let mut report = samples::small().build();
    report.started_at = DateTime::<Utc>::MAX_UTC;
    report.testcases.values_mut().for_each(|result| result.duration_ms = u64::MAX);
    root(&report);
}

proptest! {
    #[test]
    fn any_text_survives(text in any::<String>()) {
        let finding = Finding::violation(text.clone()).property(text.clone()).observed(text.clone());
        let sample = samples::small().named(&text).found("scs-0114-syntax-check", [finding]);
        let sample = sample.detail("cloud", &text).left(&[&text]);
        root(&sample.build());
    }
}
