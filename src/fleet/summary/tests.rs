use super::waiving::{fits, waived};
use super::*;
use crate::config::{Config, FailOn};
use crate::plan::{LatestResult, ScoreCard};
use chrono::{NaiveDate, Utc};
use rstest::rstest;
use scs_checks::definition::{Definitions, Source};
use scs_checks::verdict::{Reason, ReasonCode, Verdict};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

static DEFINITIONS: LazyLock<Definitions> = LazyLock::new(|| scs_standards::embedded().unwrap());

fn night() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 30).unwrap()
}

fn config(waivers: &str) -> Config {
    let text = format!("subjects: [{{name: a, scope: scs-compatible-iaas, cloud: a}}]\nwaivers: [{waivers}]\n");
    Config::load(&Source::new("c.yaml", text.as_bytes()).unwrap(), Path::new(""), &DEFINITIONS).unwrap()
}

fn one(change: impl FnOnce(&mut SubjectOutcome)) -> SubjectOutcome {
    let config = config("");
    let card = ScoreCard::default();
    let baseline = Baseline::default();
    let basis = Basis {
        config: &config,
        night: night(),
        subject: &config.subjects[0],
        definitions: &DEFINITIONS,
        now: Utc::now(),
        card: &card,
        earlier: &card,
        mandatory: &BTreeSet::new(),
        baseline: &baseline,
    };
    let mut one = nothing_due(&basis);
    one.state = OutcomeState::Tested;
    one.verdict = Some(Verdict::Pass);
    change(&mut one);
    one
}

fn failing() -> SubjectOutcome {
    one(|one| {
        one.verdict = Some(Verdict::Fail);
        one.failed = vec!["scs-0100-syntax-check".into(), "scs-0103-flavors".into()];
        one.new = vec!["scs-0103-flavors".into()];
    })
}

fn refused() -> SubjectOutcome {
    one(|one| {
        one.state = OutcomeState::Refused;
        one.verdict = Some(Verdict::Abort);
        one.reason = Some(Reason::new(ReasonCode::CredentialsRefused, "the password is wrong"));
    })
}

fn delivery(outcome: DeliveryOutcome) -> DeliveryRecord {
    let message = Some("HTTP 503: down".to_owned());
    DeliveryRecord { subject: "a".into(), server: "https://s.example/".into(), outcome, message }
}

fn summary(subjects: Vec<SubjectOutcome>, deliveries: Vec<DeliveryRecord>, fail_on: FailOn) -> NightSummary {
    let now = Utc::now();
    NightSummary::new(night(), now..now, fail_on, NightRecords { subjects, deliveries, ..NightRecords::default() })
}

/// The first that applies decides, and nothing hides what was not tested or not delivered.
#[rstest]
#[case::good(vec![one(|_| {})], vec![delivery(DeliveryOutcome::AlreadyThere)], FailOn::Undecided, 0)]
#[case::violation(vec![failing()], vec![], FailOn::Violation, 1)]
#[case::violation_is_a_result(vec![failing()], vec![], FailOn::None, 0)]
#[case::new(vec![failing()], vec![], FailOn::New, 1)]
#[case::nothing_new(vec![{ let mut it = failing(); it.new.clear(); it }], vec![], FailOn::New, 0)]
#[case::undecided(vec![one(|it| it.undecided = vec!["t".into()])], vec![], FailOn::Undecided, 1)]
#[case::undecided_is_no_violation(vec![one(|it| it.undecided = vec!["t".into()])], vec![], FailOn::Violation, 0)]
#[case::not_tested(vec![failing(), refused()], vec![], FailOn::Violation, 3)]
#[case::not_tested_is_never_green(vec![refused()], vec![], FailOn::None, 3)]
#[case::incomplete(vec![one(|it| it.state = OutcomeState::Incomplete)], vec![], FailOn::None, 3)]
#[case::interrupted(vec![one(|it| it.state = OutcomeState::Interrupted)], vec![], FailOn::None, 3)]
#[case::not_delivered(vec![refused()], vec![delivery(DeliveryOutcome::Spooled)], FailOn::None, 4)]
#[case::refused(vec![one(|_| {})], vec![delivery(DeliveryOutcome::Refused)], FailOn::None, 4)]
#[case::not_signed(vec![one(|_| {})], vec![delivery(DeliveryOutcome::NotSigned)], FailOn::None, 4)]
#[case::left_behind(vec![one(|it| it.left_behind = 1)], vec![], FailOn::None, 4)]
#[case::nothing_due(vec![one(|it| it.state = OutcomeState::NothingDue)], vec![], FailOn::Undecided, 0)]
fn exit_code_hides_nothing(
    #[case] subjects: Vec<SubjectOutcome>,
    #[case] deliveries: Vec<DeliveryRecord>,
    #[case] fail_on: FailOn,
    #[case] code: u8,
) {
    let summary = summary(subjects, deliveries, fail_on);
    assert_eq!((summary.exit_code, summary.exit().code()), (code, code));
}

#[test]
fn report_that_is_not_on_the_disk_is_not_delivered() {
    let now = Utc::now();
    let (unwritten, problems) = (1, vec!["full disk".into()]);
    let records = NightRecords { subjects: vec![one(|_| {})], unwritten, problems, ..NightRecords::default() };
    let summary = NightSummary::new(night(), now..now, FailOn::None, records);
    assert_eq!((summary.counts.undelivered, summary.exit_code), (1, 4));
    assert!(page(&summary).contains("full disk"));
}

#[test]
fn cluster_that_is_left_is_counted_whoever_has_made_it() {
    let now = Utc::now();
    let records = NightRecords { subjects: vec![one(|_| {})], clusters_left: 2, ..NightRecords::default() };
    let summary = NightSummary::new(night(), now..now, FailOn::None, records);
    assert_eq!((summary.counts.left_behind, summary.exit_code), (2, 4));
}

#[test]
fn people_read_what_is_new_first() {
    let mut waived = one(|it| it.verdict = Some(Verdict::Fail));
    waived.waived.push(Waived {
        testcase: "scs-0102-image-flags".into(),
        owner: "erika".into(),
        reason: "until the upgrade".into(),
        expires: night(),
    });
    let deliveries = vec![delivery(DeliveryOutcome::Spooled)];
    let page = page(&summary(vec![failing(), refused(), waived], deliveries, FailOn::Violation));
    let order = [
        "New failures\n  a: scs-0103-flavors\n",
        "Still failing\n  a: scs-0100-syntax-check\n",
        "Waived\n  a: scs-0102-image-flags until 2026-11-30 by erika (until the upgrade)\n",
        "Not tested\n  a: the password is wrong\n",
        "Not delivered\n  a to https://s.example/: HTTP 503: down\n",
        "Night of 2026-11-30: 2 of 3 subjects tested, 1 failing, 0 undecided; 1 new failures, 0 fixed; 0 delivered, 1 not\n",
        "Exit code 4: something is left behind, or was not delivered\n",
    ];
    let places: Vec<Option<usize>> = order.iter().map(|piece| page.find(piece)).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?} in\n{page}");
}

#[rstest]
#[case("SCS-1V-4", "SCS-1V-4", true)]
#[case("SCS-1V-4", "SCS-1V-40", false)]
#[case("SCS-*", "SCS-1V-4", true)]
#[case("*-legacy", "ubuntu-legacy", true)]
#[case("a*b*c", "a1b2b3c", true)]
#[case("a*b*c", "a1c", false)]
#[case("*", "", true)]
fn star_stands_for_anything(#[case] pattern: &str, #[case] name: &str, #[case] expected: bool) {
    assert_eq!(fits(pattern, name), expected);
}

#[test]
fn expired_waiver_is_told() {
    let waiver = |day: &str| format!("{{testcase: scs-0100-syntax-check, reason: r, owner: erika, expires: {day}}}");
    assert_eq!(expired_waivers(&config(&waiver("2026-11-30")), night()), [""; 0]);
    let told = expired_waivers(&config(&waiver("2026-11-29")), night());
    assert!(told[0].contains("erika") && told[0].contains("2026-11-29"), "{told:?}");
}

#[test]
fn metrics_have_the_dates_that_runs_have_seen_and_no_others() {
    let at = |text: &str| text.parse::<chrono::DateTime<Utc>>().unwrap();
    let (old, new) = (at("2026-11-01T00:00:00Z"), at("2026-11-30T00:00:00Z"));
    let seen = one(|it| {
        it.certificates = vec![crate::run::SeenCertificate { name: "k.example:6443".into(), expires_at: new }];
    });
    let mut records = NightRecords { subjects: vec![seen, one(|it| it.name = "b".into())], ..NightRecords::default() };
    for as_of in [new, old, new] {
        records.add_data(&[("kubernetes-releases", as_of)].into());
    }
    let text = metrics(&NightSummary::new(night(), new..new, FailOn::None, records), None);
    let sample =
        |name: &str| text.lines().filter(|line| line.starts_with(&format!("scs_conformance_{name}{{"))).collect();
    let (data, certificates): (Vec<&str>, Vec<&str>) =
        (sample("data_timestamp_seconds"), sample("certificate_expiry_timestamp_seconds"));
    let oldest = format!("scs_conformance_data_timestamp_seconds{{data=\"kubernetes-releases\"}} {}", old.timestamp());
    assert_eq!(data, [oldest]);
    assert_eq!(certificates.len(), 1, "{certificates:?}");
    assert!(certificates[0].contains("subject=\"a\"") && certificates[0].contains("certificate=\"k.example:6443\"} 1"));
}

#[test]
fn metrics_are_lines_of_prometheus() {
    let mut odd = failing();
    odd.name = "a\"b".into();
    let summary = summary(vec![odd, refused()], vec![delivery(DeliveryOutcome::Spooled)], FailOn::New);
    let text = metrics(&summary, None);
    for line in [
        "scs_conformance_exit_code 4",
        "scs_conformance_undelivered_reports 1",
        "scs_conformance_tested{subject=\"a\\\"b\",group=\"\",scope=\"scs-compatible-iaas\"} 1",
        "scs_conformance_tested{subject=\"a\",group=\"\",scope=\"scs-compatible-iaas\"} 0",
        "scs_conformance_verdict{subject=\"a\",group=\"\",scope=\"scs-compatible-iaas\",verdict=\"ABORT\"} 1",
        "# TYPE scs_conformance_failed_testcases gauge",
    ] {
        assert!(text.lines().any(|it| it == line), "{line} in\n{text}");
    }
    assert!(!text.contains("last_success"), "a night that never succeeded has no success");
    assert!(metrics(&summary, Some(Utc::now())).contains("last_success_timestamp_seconds 1"));
}

/// A result of an earlier attempt of the night is no less true because nothing of it is due.
#[rstest]
#[case::pass(Verdict::Pass, "d", Verdict::Pass, 0)]
#[case::fail(Verdict::Fail, "d", Verdict::Fail, 1)]
#[case::other_rules(Verdict::Pass, "other", Verdict::Abort, 0)]
fn nothing_due_hides_no_violation(
    #[case] known: Verdict,
    #[case] definitions: &str,
    #[case] expected: Verdict,
    #[case] code: u8,
) {
    let config = config("");
    let testcase = "scs-0100-syntax-check";
    let definitions = if definitions == "d" { DEFINITIONS.digest.clone() } else { definitions.to_owned() };
    let latest = LatestResult { verdict: known, checked_at: Utc::now(), report: "r".into(), definitions };
    let card = ScoreCard { testcases: [(testcase.to_owned(), latest)].into_iter().collect() };
    let basis = Basis {
        config: &config,
        night: night(),
        subject: &config.subjects[0],
        definitions: &DEFINITIONS,
        now: Utc::now(),
        card: &card,
        earlier: &ScoreCard::default(),
        mandatory: &[testcase.to_owned()].into(),
        baseline: &Baseline::default(),
    };
    let outcome = nothing_due(&basis);
    assert_eq!((outcome.verdict, outcome.new.len()), (Some(expected), usize::from(known == Verdict::Fail)));
    assert_eq!(untested(&outcome).verdict, if known == Verdict::Fail { Verdict::Fail } else { Verdict::Miss });
    assert_eq!(summary(vec![outcome], vec![], FailOn::Violation).exit_code, code);
}

#[test]
fn waiver_of_the_past_is_not_revived_by_a_night_of_the_past() {
    let config = config("{testcase: scs-0100-syntax-check, reason: old, owner: erika, expires: 2026-01-31}");
    let day = |month| NaiveDate::from_ymd_opt(2026, month, 15).unwrap();
    let is_waived = |today| waived(&config, "a", "scs-0100-syntax-check", None, today).is_some();
    assert!(is_waived(day(1)) && !is_waived(day(2)));
}
