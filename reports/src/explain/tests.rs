use super::*;
use crate::report::Report;
use crate::samples::{self, Builder};
use chrono::NaiveDate;
use rstest::rstest;
use scs_checks::definition::{Definitions, Source};
use scs_checks::verdict::{Finding, ReasonCode};

macro_rules! standards {
    ($($path:literal)*) => { [$(($path, include_str!(concat!("../../../standards/", $path, ".yaml")))),*] };
}

fn explained(id: &str) -> Option<Explanation> {
    let files = standards!("iaas/scs-0102-image-metadata" "iaas/scs-0104-standard-images"
        "iaas/scs-0115-default-security-group-rules" "iaas/scs-0121-availability-zones");
    let mut sources: Vec<Source> =
        files.iter().map(|(path, text)| Source::new(*path, text.as_bytes()).unwrap()).collect();
    let scope = "scope: scs-test\nname: Test\nuuid: x\nurl: https://example.org/scope\n\
                 timeline: [{date: 2026-06-11, versions: {v5.1: effective, next: draft}}]\nversions:\n  \
                 next: {include: [scs-0102-v2, scs-0104-v1-2, scs-0115-v1, scs-0121-v1]}\n  \
                 v5.1: {include: [scs-0102-v1, scs-0104-v1-2, scs-0115-v1, scs-0121-v1]}\n";
    sources.push(Source::new("scope.yaml", scope.as_bytes()).unwrap());
    let definitions = Definitions::load(&sources).unwrap();
    let today = NaiveDate::from_ymd_opt(2026, 11, 20).unwrap();
    Explanation::of(&definitions, &definitions.scopes["scs-test"], id, today)
}

/// Returns the text without colors.
fn plain(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once('m').map_or(part, |(_, rest)| rest))
}

#[test]
fn a_testcase_is_explained() {
    let explanation = explained("scs-0102-prop-hw_disk_bus").unwrap();
    insta::assert_snapshot!(plain(&explanation.to_text(100)));
    let json: serde_json::Value = serde_json::from_str(&explanation.to_json().unwrap()).unwrap();
    assert_eq!(json["check"], "image-property");
    assert_eq!(json["parameters"]["name"], "hw_disk_bus");
    assert_eq!(json["counts"][1]["validity"], "effective");
    assert_eq!(json["needs"][0]["fact"], "images");
    assert_eq!(json["changes_the_subject"], "no");
}

#[rstest]
#[case("scs-0104-image-debian-13", "in no version: no list has the image (Q-SPEC-7); `check --select")]
#[case("scs-0115-default-rules", "it only reads, unless the first fact is absent from the cloud")]
#[case("scs-0115-default-rules", "fresh-security-group: The rules that a new security group was given. This changes")]
#[case("availability-zones-check", "nothing is collected: no program decides it")]
#[case("availability-zones-check", "preview: it does not decide")]
#[case("scs-0102-image-recency", "v5.1 (effective)      main: a certificate depends on it")]
fn explanation_contains_the_important_parts(#[case] id: &str, #[case] expected: &str) {
    let text = plain(&explained(id).unwrap().to_text(200));
    assert!(text.contains(expected), "{text}");
}

#[test]
fn an_unknown_testcase_has_no_explanation() {
    assert!(explained("scs-0102-prop-x").is_none());
    assert!(VerdictExplanation::of(&Builder::conformant().build(), "scs-0102-prop-x").is_none());
}

fn why(report: &Report, id: &str) -> String {
    plain(&VerdictExplanation::of(report, id).unwrap().to_text(100))
}

#[test]
fn a_failure_is_explained_with_all_its_evidence() {
    insta::assert_snapshot!(why(&samples::violations().build(), "scs-0104-source-ubuntu-2204"));
}

#[test]
fn every_finding_is_told() {
    let findings = (0..50).map(|number| Finding::violation(format!("wrong {number}")));
    let text = why(&Builder::conformant().found("scs-0114-syntax-check", findings).build(), "scs-0114-syntax-check");
    assert!(text.contains("50 violations among") && text.contains("wrong 49"), "{text}");
}

#[test]
fn undecided_testcase_is_explained_with_its_reason() {
    let report = Builder::conformant()
        .aborted("scs-0114-syntax-check", ReasonCode::Forbidden, "GET /types was forbidden (403).")
        .build();
    let text = why(&report, "scs-0114-syntax-check");
    assert!(text.starts_with("ABORT scs-0114-syntax-check\n"), "{text}");
    assert!(text.contains("why         GET /types was forbidden (403). (forbidden)"), "{text}");
    let json: serde_json::Value =
        serde_json::from_str(&VerdictExplanation::of(&report, "scs-0114-syntax-check").unwrap().to_json().unwrap())
            .unwrap();
    assert_eq!(json["result"]["reason"]["code"], "forbidden");
}

#[test]
fn hostile_text_stays_text() {
    let report = samples::hostile().build();
    for id in report.testcases.keys() {
        let text = VerdictExplanation::of(&report, id).unwrap().to_text(100);
        assert!(!plain(&text).contains(|c: char| c.is_control() && c != '\n'), "{text}");
    }
}
