//! `diff`: what its exit code says of two reports, whatever form is asked for.

use super::cloud;
use crate::program::Program;
use rstest::rstest;
use scs_checks::definition::Target;
use scs_checks::verdict::{Finding, Reason, ReasonCode, Verdict};
use scs_reports::{Report, TargetResult, TestcaseResult};
use serde_json::Value;

/// A testcase that passes in the report all others here are made of.
const ID: &str = "scs-0123-service-compute";

/// Verdicts of one testcase before and after, and the exit code. `-` where the report does not have the testcase.
const CHANGES: &[(&str, &str, i32)] = &[
    ("PASS", "PASS", 0),
    ("FAIL", "FAIL", 0),
    ("FAIL", "PASS", 0),
    ("ABORT", "PASS", 0),
    ("MISS", "PASS", 0),
    ("MISS", "ABORT", 0),
    ("ABORT", "MISS", 0),
    ("-", "PASS", 0),
    ("-", "MISS", 0),
    ("MISS", "-", 0),
    ("PASS", "FAIL", 1),
    ("ABORT", "FAIL", 1),
    ("MISS", "FAIL", 1),
    ("-", "FAIL", 1),
    ("PASS", "ABORT", 3),
    ("PASS", "MISS", 3),
    ("FAIL", "ABORT", 3),
    ("FAIL", "MISS", 3),
    // A testcase that is gone is not decided any more either.
    ("PASS", "-", 3),
    ("FAIL", "-", 3),
];

/// Returns a report of a conformant cloud.
async fn report() -> Value {
    let cloud = cloud().await;
    Program::check(&cloud, "--quiet --output json=r.json").run().await.assert_code(3).json("r.json")
}

/// Returns the report with other verdicts of some testcases, or without them, rolled up anew. Its definitions are
/// unknown here, as those of other versions of the program are.
fn with(report: &Value, changes: &[(&str, &str)]) -> String {
    let mut report: Report = serde_json::from_value(report.clone()).unwrap();
    report.definitions.digest = "0".repeat(64);
    report.tool.version = "0.0.0".to_owned();
    for (id, verdict) in changes {
        match *verdict {
            "-" => drop(report.testcases.shift_remove(*id).unwrap()),
            word => decide(&mut report.testcases[*id], word.parse().unwrap()),
        }
    }
    for version in report.versions.values_mut() {
        for target in version.targets.values_mut() {
            let ids = target.testcases.iter().filter(|id| report.testcases.contains_key(*id));
            *target = TargetResult::of(&ids.cloned().collect::<Vec<_>>(), &report.testcases);
        }
        version.verdict = version.targets[&Target::Main].verdict;
        version.verdict_by_text = version.verdict;
    }
    serde_json::to_string(&report).unwrap()
}

fn decide(result: &mut TestcaseResult, verdict: Verdict) {
    result.verdict = verdict;
    result.findings = if verdict == Verdict::Fail { vec![Finding::violation("wrong")] } else { Vec::new() };
    result.reason = matches!(verdict, Verdict::Abort | Verdict::Miss)
        .then(|| Reason::new(ReasonCode::RequestFailed, "the service failed"));
}

fn diff(before: String, after: String) -> Program {
    Program::new("diff before.json after.json").file("before.json", before).file("after.json", after)
}

#[rstest]
#[tokio::test]
async fn exit_code_says_if_the_later_report_is_worse(#[values("text", "markdown", "json")] form: &str) {
    let report = report().await;
    for (before, after, code) in CHANGES {
        let program = diff(with(&report, &[(ID, before)]), with(&report, &[(ID, after)]));
        let ended = program.arguments("--format").argument(form).run().await;
        assert_eq!(ended.code, Some(*code), "{before} → {after}: {ended:#?}");
        assert_eq!(ended.stdout.contains(ID), before != after, "{before} → {after}: {ended:#?}");
        assert_eq!(ended.stderr, "");
    }
}

/// A new failure outweighs a verdict that is lost, and both outweigh what was mended.
#[rstest]
#[case("FAIL", "MISS", 1)]
#[case("PASS", "MISS", 3)]
#[case("FAIL", "PASS", 1)]
#[tokio::test]
async fn the_worst_change_counts(#[case] one: &str, #[case] other: &str, #[case] code: i32) {
    let report = report().await;
    let (second, third) = ("scs-0123-service-image", "scs-0123-service-network");
    let before = with(&report, &[(third, "FAIL")]);
    diff(before, with(&report, &[(ID, one), (second, other)])).run().await.assert_code(code);
}
