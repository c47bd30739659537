//! JUnit reports are read back and held to the schema of Jenkins.

use super::xsd::{Element, Schema, parse};
use super::*;
use crate::samples::{self, Builder};
use proptest::prelude::*;
use rstest::rstest;
use scs_checks::verdict::{ReasonCode, ResourceKind};

fn rendered(report: &Report) -> String {
    render(report).unwrap()
}

fn schema() -> Schema {
    Schema::parse(include_str!("../../../tests/fixtures/junit-10.xsd"))
}

fn root(report: &Report) -> Element {
    let root = parse(&rendered(report));
    schema().check(&root);
    root
}

fn find<'a>(root: &'a Element, id: &str) -> &'a Element {
    let mut cases = root.children.iter().flat_map(|suite| suite.named("testcase"));
    cases.find(|case| case.attribute("name") == id).unwrap()
}

/// Returns a run in which everything that decides has passed, but not everything that does not.
fn complete() -> Builder {
    let fails = [Finding::violation("wrong")];
    let sample = samples::changed().found("scs-0103-flavor-16v-128", fails);
    sample.aborted("scs-0103-flavor-4v-16-50", ReasonCode::RequestFailed, "503")
}

fn deciding_nothing() -> Builder {
    Builder::conformant().deciding(&[])
}

#[test]
fn testcase_that_does_not_decide_is_skipped_and_says_so() {
    let root = root(&complete().build());
    let message = |id: &str| find(&root, id).child("skipped").unwrap().attribute("message");
    assert_eq!(message("scs-0103-flavor-16v-128"), "(does not decide) FAIL: wrong");
    assert_eq!(message("scs-0103-flavor-4v-16-50"), "(does not decide) ABORT: 503");
    assert_eq!((root.attribute("failures"), root.attribute("errors")), ("0", "0"));
}

#[test]
fn run_that_is_not_a_success_is_never_all_green() {
    let report = Builder::conformant().build();
    assert_eq!(report.exit_code(), ExitCode::Undecided);
    let root = root(&report);
    let error = find(&root, "conclusion").child("error").unwrap();
    assert!(error.attribute("message").starts_with("undecided for v5.1: 50 of 54 passed"), "{error:?}");
    assert!(error.text.contains("exit code: 3 (undecided"), "{error:?}");
}

#[test]
fn name_of_a_resource_is_not_repeated() {
    let flavor = samples::resource(ResourceKind::Flavor, "3623f48c-5a0e-4a55-9b0a-0c4d7e2f11aa", "SCS-16V-64");
    let id = "scs-0100-syntax-check";
    let message = |text: &str| {
        let sample = Builder::conformant().found(id, [Finding::violation(text).on(flavor.clone())]);
        find(&root(&sample.build()), id).child("failure").unwrap().attribute("message").to_owned()
    };
    assert_eq!(
        message("flavor \"SCS-16V-64\" has too little RAM"),
        "flavor \"SCS-16V-64\" (3623f48c): has too little RAM"
    );
    assert_eq!(message("the name of \"SCS-16V-64\" is wrong"), "the name of \"SCS-16V-64\" is wrong");
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
        samples::text,
        samples::small,
        complete,
        deciding_nothing
    )]
    sample: fn() -> Builder,
) {
    let report = sample().build();
    let root = root(&report);
    let sum =
        |name: &str| root.children.iter().map(|suite| suite.attribute(name).parse::<usize>().unwrap()).sum::<usize>();
    for total in ["tests", "failures", "errors"] {
        assert_eq!(root.attribute(total), sum(total).to_string(), "{total}");
    }
    let red_of = |verdict| {
        let results = report.testcases.iter().filter(|(id, result)| result.verdict == verdict && decides(&report, id));
        results.count()
    };
    let (changed, left) = (report.changes.is_some(), report.residue().next().is_some());
    let is_open = sum("errors") > red_of(Verdict::Abort);
    assert_eq!(sum("tests"), report.testcases.len() + usize::from(changed) + usize::from(is_open));
    assert_eq!(sum("failures"), red_of(Verdict::Fail) + usize::from(left), "red is what decides, and what is left");
    let is_green = sum("failures") + sum("errors") == 0;
    assert_eq!(is_green, report.exit_code() == ExitCode::Success, "a viewer shows what the exit code says");
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
    let properties = "<properties><property name=\"a\" value=\"b\"/></properties><testcase name=\"a\"/>";
    assert!(check(&suite(properties)));
    assert!(!check(&suite("<testcase name=\"a\"/><properties/>")));
    assert!(!check(&suite("<properties><property name=\"a\"/></properties>")));
    assert!(!check("<testsuites><testsuite name=\"\"/></testsuites>"));
}

#[test]
fn a_small_report_reads_well() {
    insta::assert_snapshot!(rendered(&samples::small().build()));
}

/// The file that `.ci/run` gives to `xmllint` together with the schema.
#[test]
fn a_file_for_other_readers() {
    let sample = samples::hostile().found("scs-0102-prop-os_distro", []);
    insta::assert_binary_snapshot!("hostile.xml", rendered(&sample.build()).into_bytes());
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
    assert!(out("scs-0102-prop-hw_disk_bus").unwrap().contains(
        "1. warning: image \"Cirros 0.6.3\" (7d1c2e90-92f2-4f0e-8f0b-6f3d3a1b22bb): The property is recommended."
    ));
    assert_eq!(out("scs-0104-source-capi-1"), Some("There was nothing to examine.\n"));
    assert_eq!(out("scs-0100-syntax-check"), None);
}

#[test]
fn first_suite_has_the_facts_of_the_run() {
    let root = root(&samples::interrupted().selected("scs-01*").build());
    for suite in &root.children {
        assert_eq!(suite.attribute("timestamp"), "2026-11-20T15:30:45Z");
        assert_eq!(suite.attribute("hostname"), "lab-member");
    }
    let properties: Vec<&Element> = root.children.iter().filter_map(|suite| suite.child("properties")).collect();
    let [properties] = properties[..] else { panic!("they stand once") };
    let line = |property: &Element| format!("{}: {}\n", property.attribute("name"), property.attribute("value"));
    insta::assert_snapshot!(properties.children.iter().map(line).collect::<String>());
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

/// The suites of several subjects are told apart by their names, and the whole is held to the schema as well.
#[test]
fn several_reports_are_one_document() {
    let mut joint = JointJunit::default();
    for name in ["cloud-a", "cloud <b>"] {
        joint.add(&samples::small().named(name).build()).unwrap();
    }
    let text = joint.document("night of 2026-11-30", 1500).unwrap();
    let root = parse(&text);
    schema().check(&root);
    let (single, names) =
        (root_of_one(), root.children.iter().map(|suite| suite.attribute("name")).collect::<Vec<_>>());
    assert_eq!(names.len(), 2 * single.children.len());
    assert!(names[0].starts_with("cloud-a ") && names.last().unwrap().starts_with("cloud <b> "), "{names:?}");
    let number = |root: &Element, name: &str| root.attribute(name).parse::<usize>().unwrap();
    for total in ["tests", "failures", "errors"] {
        assert_eq!(number(&root, total), 2 * number(&single, total), "{total}");
    }
    insta::assert_binary_snapshot!("night.xml", text.into_bytes());
}

fn root_of_one() -> Element {
    root(&samples::small().build())
}
