use super::answer::Question;
use crate::plan::ServedSubject;
use crate::run::report_id;
use chrono::{DateTime, NaiveDate, Utc};
use rstest::rstest;
use serde_json::{Value, json};

const SCOPE: &str = "50393e6f-2ae1-4c5c-a62c-3b75f2abef3f";

fn night() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 30).unwrap()
}

fn now() -> DateTime<Utc> {
    "2026-12-01T05:00:00Z".parse().unwrap()
}

fn served(body: &str) -> Result<ServedSubject, String> {
    let question =
        Question { subject: "a", scope: "scs-compatible-iaas", scope_uuid: SCOPE, night: night(), now: now() };
    question.served(body.as_bytes())
}

fn answer(results: Value) -> String {
    let of_a = json!({(SCOPE): {"name": "IaaS", "results": results, "passed": [], "result": 1}});
    json!({"a": of_a, "b": {(SCOPE): {"results": {"other": one(1, "2026-11-30T03:00:00")}}}}).to_string()
}

fn one(result: i64, checked_at: &str) -> Value {
    json!({"result": result, "checked_at": checked_at, "report": "8d8b0f3e-0c5d-4b5e-9d0c-0d8d3a2a1b11"})
}

/// Only a PASS or a FAIL since the night began is decided.
#[rstest]
#[case::pass(1, "2026-11-30T03:00:00", true)]
#[case::fail(-1, "2026-11-30T03:00:00", true)]
#[case::abort(0, "2026-11-30T03:00:00", false)]
#[case::unknown_number(2, "2026-11-30T03:00:00", false)]
#[case::begin(1, "2026-11-30T00:00:00", true)]
#[case::night_before(1, "2026-11-29T23:59:59", false)]
#[case::after_midnight(1, "2026-12-01T04:59:59", true)]
#[case::future(1, "2026-12-01T06:30:00", false)]
#[case::zone(1, "2026-11-30T01:00:00+02:00", false)]
#[case::utc(1, "2026-11-30T01:00:00Z", true)]
#[case::as_in_a_report(1, "2026-11-30 03:00:00", true)]
#[case::fraction(1, "2026-11-30T03:00:00.250", true)]
#[case::nonsense(1, "yesterday", false)]
fn result_of_this_night_is_decided(#[case] result: i64, #[case] checked_at: &str, #[case] expected: bool) {
    let served = served(&answer(json!({"t": one(result, checked_at)}))).unwrap();
    assert_eq!(
        served.decided.iter().map(String::as_str).collect::<Vec<_>>(),
        if expected { vec!["t"] } else { vec![] }
    );
}

#[rstest]
#[case::nothing("{}")]
#[case::other_subject(r#"{"b": {}}"#)]
#[case::other_scope(r#"{"a": {"x": {"results": {}}}}"#)]
#[case::no_results(&answer(json!({})))]
fn what_is_not_in_the_answer_is_missing(#[case] body: &str) {
    assert_eq!(served(body), Ok(ServedSubject::default()));
}

#[rstest]
#[case::page("<html>")]
#[case::empty("")]
#[case::list("[]")]
#[case::other_form(r#"{"a": [1]}"#)]
#[case::no_result(&answer(json!({"t": {"checked_at": "2026-11-30T03:00:00"}})))]
#[case::twice(r#"{"a": {}, "a": {}}"#)]
fn nonsense_is_refused(#[case] body: &str) {
    assert!(served(body).is_err(), "{body}");
}

#[test]
fn attempts_are_known_by_the_ids_of_their_reports() {
    let with = |attempt: u32, day: &str| {
        let report = report_id("a", "scs-compatible-iaas", night(), attempt);
        json!({"result": 0, "checked_at": format!("2026-11-{day}T03:00:00"), "report": report})
    };
    let results =
        json!({"t": with(1, "30"), "u": with(3, "30"), "v": with(5, "29"), "w": one(1, "2026-11-30T03:00:00")});
    assert_eq!(served(&answer(results)).unwrap().attempt, 3);
    assert_eq!(served(&answer(json!({"w": one(1, "2026-11-30T03:00:00")}))).unwrap().attempt, 0);
}
