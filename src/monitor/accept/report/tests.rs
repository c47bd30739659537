use super::*;
use crate::accept::Media;
use rstest::rstest;

const TODAYS: &str = "---
spec:
  uuid: 50393e6f-2ae1-4c5c-a62c-3b75f2abef3f
  name: SCS-compatible IaaS
  url: https://example.org/scope.yaml
checked_at: 2026-11-20 15:30:45.123456
reference_date: 2026-11-20
subject: cloud-a
run:
  uuid: 0a8c3b1e-5b1a-4d5e-9d55-2f5a5f6f7a01
  argv: []
  assignment: {}
  sections: null
  forced_version: null
  forced_tests: null
  invocations:
    inv-0:
      id: inv-0
      cmd: check
      results:
        scs-0100-syntax-check: 1
        scs-0100-semantics-check: -1
      rc: 0
      stdout: &id001
      - 'scs-0100-syntax-check: PASS'
      stderr: *id001
      info: 0
      warning: 0
      error: 0
      critical: 0
";

const DRAFT: &str = "---
uuid: 0a8c3b1e-5b1a-4d5e-9d55-2f5a5f6f7a01
creator: scs-conformance 0.1.0
scope: 50393e6f-2ae1-4c5c-a62c-3b75f2abef3f
checked_at: 2026-11-20 15:30:45.123456
subject: cloud-a
tests:
  scs-0100-syntax-check: {result: 1}
  scs-0100-semantics-check: {result: -1}
log: []
";

const OLDER: &str = "---
spec: {uuid: 50393e6f-2ae1-4c5c-a62c-3b75f2abef3f}
checked_at: 2026-11-20T15:30:45.123456Z
subject: cloud-a
run: {uuid: 0a8c3b1e-5b1a-4d5e-9d55-2f5a5f6f7a01, invocations: {}}
versions:
  v4: {scs-0100-syntax-check: {result: 1, invocation: a}, scs-0100-semantics-check: {result: -1, invocation: a}}
";

fn read(text: &str) -> Result<Upload, FieldError> {
    let now = "2026-11-20T15:31:00Z".parse().unwrap();
    Upload::read(&Media::Yaml.parse(text.as_bytes())?, Bounds { now, simulated: false })
}

#[rstest]
#[case::todays(TODAYS, "*")]
#[case::draft(DRAFT, "*")]
#[case::older(OLDER, "v4")]
fn all_forms_say_the_same(#[case] text: &str, #[case] version: &str) {
    let report = read(text).unwrap().0.remove(0);
    assert_eq!((report.subject.as_str(), report.checked_at.timestamp_subsec_micros()), ("cloud-a", 123_456));
    assert_eq!(report.uuid.to_string(), "0a8c3b1e-5b1a-4d5e-9d55-2f5a5f6f7a01");
    assert_eq!(report.scope.to_string(), "50393e6f-2ae1-4c5c-a62c-3b75f2abef3f");
    let results: Vec<_> = report.results.iter().collect();
    assert_eq!(results, [(version, "scs-0100-semantics-check", -1), (version, "scs-0100-syntax-check", 1)]);
}

#[rstest]
#[case("syntax-check: 1", "syntax-check: 2", "document 1: run.invocations.inv-0.results.scs-0100-syntax-check")]
#[case("syntax-check: 1", "syntax-check: '1'", "document 1: run.invocations.inv-0.results.scs-0100-syntax-check")]
#[case("syntax-check: 1", "syntax-check: true", "document 1: run.invocations.inv-0.results.scs-0100-syntax-check")]
#[case("syntax-check: 1", "syntax-check: 1.0", "document 1: run.invocations.inv-0.results.scs-0100-syntax-check")]
#[case("syntax-check: 1", "syntax-check: null", "document 1: run.invocations.inv-0.results.scs-0100-syntax-check")]
#[case("syntax-check: 1", "syntax-check: [1]", "document 1: run.invocations.inv-0.results.scs-0100-syntax-check")]
#[case("subject: cloud-a", "subject: [a]", "document 1: subject")]
#[case("subject: cloud-a", "subject: ''", "document 1: subject")]
#[case("subject: cloud-a", "subject: \"a\\nb\"", "document 1: subject")]
#[case("subject: cloud-a\n", "", "document 1: subject")]
#[case("uuid: 0a8c3b1e-5b1a-4d5e-9d55-2f5a5f6f7a01", "uuid: 7", "document 1: run.uuid")]
#[case(
    "uuid: 0a8c3b1e-5b1a-4d5e-9d55-2f5a5f6f7a01",
    "uuid: 00000000-0000-0000-0000-000000000000",
    "document 1: run.uuid"
)]
#[case("uuid: 50393e6f-2ae1-4c5c-a62c-3b75f2abef3f", "uuid: iaas", "document 1: spec.uuid")]
#[case("2026-11-20 15:30:45.123456", "2026-11-20 15:36:45", "document 1: checked_at")]
#[case("2026-11-20 15:30:45.123456", "2019-12-31 23:59:59", "document 1: checked_at")]
#[case("2026-11-20 15:30:45.123456", "9999-12-31 23:59:59", "document 1: checked_at")]
#[case("2026-11-20 15:30:45.123456", "-262144-01-01 00:00:00", "document 1: checked_at")]
#[case("2026-11-20 15:30:45.123456", "2026-11-20", "document 1: checked_at")]
#[case("2026-11-20 15:30:45.123456", "yesterday", "document 1: checked_at")]
#[case("- 'scs-0100-syntax-check: PASS'", "- 'CRITICAL: SIMULATED: x'", "document 1: run.invocations.inv-0.stdout")]
#[case(
    "- 'scs-0100-syntax-check: PASS'",
    "- 'CRITICAL: ALTERED DEFINITIONS: x'",
    "document 1: run.invocations.inv-0.stdout"
)]
#[case("stderr: *id001", "stderr: 7", "document 1: run.invocations.inv-0.stderr")]
#[case("      results:\n", "      other:\n", "document 1: run.invocations.inv-0.results")]
fn each_wrong_field_is_named(#[case] from: &str, #[case] to: &str, #[case] field: &str) {
    let text = TODAYS.replacen(from, to, 1);
    assert_ne!(text, TODAYS);
    let error = read(&text).unwrap_err();
    assert_eq!(error.field, field, "{error}");
    assert!(!error.remedy.is_empty() && !error.message.is_empty());
}

#[rstest]
#[case("7")]
#[case("---\n")]
#[case("- a")]
#[case("a: b")]
#[case("run: 1\nspec: 2")]
#[case("tests: 1")]
#[case("tests: {a: 1}")]
fn what_is_no_report_is_refused(#[case] text: &str) {
    assert!(read(text).unwrap_err().field.starts_with("document 1"));
}

#[test]
fn of_several_results_for_a_testcase_the_worst_counts() {
    let second = "    inv-1: {results: {scs-0100-syntax-check: 0}}\n";
    let upload = read(&format!("{TODAYS}{second}")).unwrap();
    let found = upload.0[0].results.iter().find(|(_, id, _)| *id == "scs-0100-syntax-check");
    assert_eq!(found, Some(("*", "scs-0100-syntax-check", 0)));
}

#[rstest]
#[case::nothing("versions: {}\n", -1)]
#[case::a_better_one("versions: {v4: {scs-0100-semantics-check: {result: 1}}}\n", -1)]
#[case::a_better_one_of_any_version("versions: {'*': {scs-0100-semantics-check: 1}}\n", -1)]
fn results_by_version_hide_none_of_an_invocation(#[case] versions: &str, #[case] expected: i8) {
    let report = read(&format!("{TODAYS}{versions}")).unwrap().0.remove(0);
    assert_eq!(report.results.by_testcase()["scs-0100-semantics-check"], expected);
    assert_eq!(report.results.by_testcase()["scs-0100-syntax-check"], 1);
}

#[test]
fn a_worse_result_by_version_counts_as_well() {
    let report = read(&format!("{TODAYS}versions: {{v4: {{scs-0100-syntax-check: -1}}}}\n")).unwrap().0.remove(0);
    assert_eq!(report.results.by_testcase()["scs-0100-syntax-check"], -1);
    assert!(read(&OLDER.replace(", invocations: {}", "")).is_ok());
}

#[test]
fn a_clock_that_is_ahead_does_not_hide_what_comes_after() {
    let ahead = TODAYS.replace("15:30:45.123456", "15:34:45");
    assert_eq!(read(&ahead).unwrap().0[0].checked_at.to_rfc3339(), "2026-11-20T15:31:00+00:00");
}

#[test]
fn one_run_stands_in_one_document() {
    let error = read(&format!("{TODAYS}{DRAFT}")).unwrap_err();
    assert_eq!((error.field.as_str(), error.kind), ("document 2: run.uuid", crate::accept::Fault::Repeated));
    let other = DRAFT.replace("7a01", "7a02");
    assert_eq!(read(&format!("{TODAYS}{other}")).unwrap().0.len(), 2);
}

#[test]
fn a_time_with_an_offset_is_converted() {
    let text = TODAYS.replace("2026-11-20 15:30:45.123456", "2026-11-20T17:30:00+02:00");
    assert_eq!(read(&text).unwrap().0[0].checked_at.to_rfc3339(), "2026-11-20T15:30:00+00:00");
}

#[test]
fn simulated_reports_are_welcome_only_in_a_demonstration() {
    let text = TODAYS.replace("- 'scs-0100-syntax-check: PASS'", "- 'CRITICAL: SIMULATED: x'");
    let bounds = Bounds { now: "2026-11-20T16:00:00Z".parse().unwrap(), simulated: true };
    assert!(Upload::read(&Media::Yaml.parse(text.as_bytes()).unwrap(), bounds).is_ok());
}

/// The reports that the program itself writes, in both forms.
#[rstest]
#[case::todays(include_str!(
    "../../../../reports/src/snapshots/scs_reports__upstream__tests__it_has_the_form_of_todays_suite.snap"
))]
#[case::draft(include_str!(
    "../../../../reports/src/snapshots/scs_reports__upstream_2026_07__tests__it_has_the_form_of_the_draft.snap"
))]
fn what_the_program_writes_is_accepted(#[case] snapshot: &str) {
    let (_, text) = snapshot.split_once("\n---\n").unwrap();
    let report = read(text).unwrap().0.remove(0);
    assert_eq!(report.subject, "lab-member");
    assert!(report.results.count(1) > 0 && report.results.count(-1) > 0, "{report:?}");
}
