use super::*;
use crate::config::{Access, Config, Day, ScheduleRule, Subject};
use crate::state::{Attempt, StateFolder};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use indexmap::IndexMap;
use proptest::prelude::*;
use rstest::rstest;
use scs_checks::definition::{Changes, Definitions, Section, Source, Target};
use scs_checks::verdict::Verdict;
use scs_reports::judge::counts;
use std::path::Path;
use std::sync::LazyLock;

static DEFINITIONS: LazyLock<Definitions> = LazyLock::new(|| scs_standards::embedded().unwrap());

fn config() -> Config {
    let text = "defaults: {scope: scs-compatible-iaas}
subjects:
  - {name: a, cloud: a}
  - {name: b, cloud: b}
  - {name: 'k-{branch}', scope: scs-compatible-kaas, kubeconfig: '{branch}.yaml', context: 'c-{branch}', exclusive: k}
  - {name: k-one, scope: scs-compatible-kaas, kubeconfig: one.yaml}
presets: {iaas: {subjects: [a, b]}, kaas: {subjects: ['k-{branch}']}}
";
    let source = Source::new("scs-conformance.yaml", text.as_bytes()).unwrap();
    Config::load(&source, Path::new(""), &DEFINITIONS).unwrap()
}

fn names(subjects: &[Subject]) -> Vec<&str> {
    subjects.iter().map(|subject| subject.name.as_str()).collect()
}

#[test]
fn subjects_follow_the_branches_of_the_day() {
    let subjects = expand(&config().subjects, &["1.34".into(), "1.35".into()]);
    assert_eq!(names(&subjects), ["a", "b", "k-1.34", "k-1.35", "k-one"]);
    let expected = Access::Cluster { kubeconfig: "1.35.yaml".into(), context: Some("c-1.35".into()) };
    assert_eq!(subjects[3].access, expected);
    assert_eq!(names(&expand(&config().subjects, &[])), ["a", "b", "k-{branch}", "k-one"], "it is not forgotten");
}

#[rstest]
#[case::everything(Choice::default(), Ok(vec!["a", "b", "k-1.35", "k-one"]))]
#[case::preset(Choice { preset: Some("iaas".into()), ..Choice::default() }, Ok(vec!["a", "b"]))]
#[case::branches(Choice { preset: Some("kaas".into()), ..Choice::default() }, Ok(vec!["k-1.35"]))]
#[case::name(Choice { subjects: vec!["k-1.35".into()], ..Choice::default() }, Ok(vec!["k-1.35"]))]
#[case::scope(Choice { scopes: vec!["scs-compatible-kaas".into()], ..Choice::default() }, Ok(vec!["k-1.35", "k-one"]))]
#[case::unknown_preset(Choice { preset: Some("ias".into()), ..Choice::default() }, Err("there is no preset \"ias\"; did you mean iaas?"))]
#[case::unknown_subject(Choice { subjects: vec!["k-1.34".into()], ..Choice::default() }, Err("there is no subject \"k-1.34\"; did you mean k-1.35?"))]
#[case::unknown_scope(Choice { scopes: vec!["x".into()], ..Choice::default() }, Err("there is no subject with the scope \"x\"; known are: "))]
fn users_choose_subjects(#[case] choice: Choice, #[case] expected: Result<Vec<&str>, &str>) {
    let config = config();
    let subjects = expand(&config.subjects, &["1.35".into()]);
    match (choose(&config, subjects, &choice), expected) {
        (Ok(chosen), Ok(expected)) => assert_eq!(names(&chosen), expected),
        (Err(error), Err(expected)) => assert!(error.to_string().starts_with(expected), "{error}"),
        (result, expected) => panic!("{result:?} instead of {expected:?}"),
    }
}

#[rstest]
#[case("1/1", true)]
#[case("8/8", true)]
#[case("0/8", false)]
#[case("9/8", false)]
#[case("1/0", false)]
#[case("1/1001", false)]
#[case("1", false)]
#[case("-1/8", false)]
fn shards_have_numbers_from_one(#[case] text: &str, #[case] is_one: bool) {
    let shard: Result<Shard, _> = text.parse();
    assert_eq!(shard.is_ok(), is_one, "{shard:?}");
    assert!(shard.is_ok_and(|shard| shard.to_string() == text) == is_one);
}

fn many(count: usize) -> Vec<Subject> {
    let pattern = config().subjects[0].clone();
    (0..count).map(|n| Subject { name: format!("subject-{n}"), ..pattern.clone() }).collect()
}

fn home(subject: &Subject, of: u32) -> u32 {
    let homes: Vec<u32> = (1..=of).filter(|number| Shard::new(*number, of).unwrap().has(subject)).collect();
    assert_eq!(homes.len(), 1, "{}: {homes:?}", subject.name);
    homes[0]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    /// Each subject has one home, and a further shard moves subjects to itself only.
    #[test]
    fn further_shard_takes_its_own_share(of in 1u32..12) {
        let subjects = many(300);
        let moved: Vec<&Subject> = subjects.iter().filter(|subject| home(subject, of) != home(subject, of + 1)).collect();
        prop_assert!(moved.iter().all(|subject| home(subject, of + 1) == of + 1));
        let expected = subjects.len() / (of as usize + 1);
        prop_assert!(moved.len() > expected / 2 && moved.len() < expected * 2, "{} of {expected}", moved.len());
    }

    #[test]
    fn exclusive_subjects_stay_together(of in 1u32..12, key in "[a-z]{1,8}") {
        let subjects: Vec<Subject> = many(20).into_iter().map(|subject| Subject { exclusive: Some(key.clone()), ..subject }).collect();
        let first = home(&subjects[0], of);
        prop_assert!(subjects.iter().all(|subject| home(subject, of) == first));
    }
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[rstest]
#[case::never_tested(None, Some(Why::Missing))]
#[case::passed_yesterday(Some((Verdict::Pass, "2026-11-29T03:00:00Z", "d")), None)]
#[case::passed_a_week_ago(Some((Verdict::Pass, "2026-11-23T03:10:00Z", "d")), Some(Why::Expiring(at("2026-11-30T03:10:00Z"))))]
#[case::failed_yesterday(Some((Verdict::Fail, "2026-11-29T03:00:00Z", "d")), Some(Why::Failing))]
#[case::other_rules(Some((Verdict::Pass, "2026-11-29T03:00:00Z", "older"))  , Some(Why::Missing))]
#[case::clock_was_ahead(Some((Verdict::Pass, "2026-11-30T03:59:00Z", "d")), None)]
#[case::clock_was_wrong(Some((Verdict::Pass, "2031-11-30T03:00:00Z", "d")), Some(Why::Missing))]
fn weekly_testcase_is_due(#[case] latest: Option<(Verdict, &str, &str)>, #[case] expected: Option<Why>) {
    let scope = &DEFINITIONS.scopes["scs-compatible-iaas"];
    let testcase = DEFINITIONS.testcase("scs-0102-image-recency").unwrap();
    let latest = latest.map(|(verdict, checked_at, definitions)| LatestResult {
        verdict,
        checked_at: at(checked_at),
        report: "r".into(),
        definitions: definitions.into(),
    });
    let card = ScoreCard {
        testcases: latest.map(|latest| (testcase.id.clone(), latest)).into_iter().collect::<IndexMap<_, _>>(),
    };
    let night = at("2026-11-30T03:00:00Z");
    let found = due([testcase], scope, &card, "d", night..night + TimeDelta::days(1));
    assert_eq!(found.first().map(|due| due.why), expected);
}

#[test]
fn undecided_testcase_keeps_its_older_result() {
    let attempts =
        [Attempt::sample(1, Verdict::Pass), Attempt::sample(2, Verdict::Abort), Attempt::sample(3, Verdict::Miss)];
    let card = ScoreCard::from_attempts(&attempts);
    assert_eq!(card.testcases["t"].report, "report-1");
    assert_eq!(ScoreCard::from_attempts(&attempts[1..]), ScoreCard::default());
}

fn tonight(date: &str, forced: Option<Vec<Section>>) -> Tonight<'static> {
    let date: NaiveDate = date.parse().unwrap();
    Tonight {
        definitions: &DEFINITIONS,
        date,
        now: date.and_hms_opt(3, 0, 0).unwrap().and_utc(),
        forced,
        horizon: None,
    }
}

#[test]
fn first_night_misses_everything_and_a_section_can_be_forced() {
    let config = config();
    let cloud = &config.subjects[0];
    let all = tonight("2026-11-30", None).of_subject(cloud, &ScoreCard::default()).unwrap();
    assert!(all.mandatory.len() > 50 && all.mandatory.iter().all(|id| all.due.iter().any(|due| due.id == id)));
    let all = all.due;
    assert!(all.len() > 90 && all.iter().all(|due| due.why == Why::Missing), "{}", all.len());
    let light = tonight("2026-11-30", Some(vec![Section::Light])).of_subject(cloud, &ScoreCard::default()).unwrap().due;
    assert!(!light.is_empty() && light.len() < all.len() && light.iter().all(|due| due.why == Why::Forced));
}

/// Results have to count until a night after today has had its turn, whatever date the night has.
#[rstest]
#[case::past("2026-09-02")]
#[case::today("2026-11-30")]
#[case::end_of_time("+262142-12-31")]
fn night_in_the_past_forgets_nothing(#[case] date: &str) {
    let now = at("2026-11-30T03:00:00Z");
    let tonight = Tonight { now, ..tonight("2026-11-30", None) };
    let tonight = Tonight { date: date.parse().unwrap(), ..tonight };
    let card = ScoreCard::from_attempts(&[Attempt::sample(1, Verdict::Pass)]);
    let work = tonight.of_subject(&config().subjects[0], &card).unwrap();
    assert!(work.due.len() > 90);
    let horizon = Tonight { horizon: Some(TimeDelta::hours(i64::from(u32::MAX))), ..tonight };
    assert!(horizon.of_subject(&config().subjects[0], &card).is_ok());
}

#[test]
fn night_without_a_version_in_force_is_an_error() {
    let error = tonight("2020-01-01", None).of_subject(&config().subjects[0], &ScoreCard::default()).unwrap_err();
    assert!(error.to_string().contains("no version of"), "{error}");
}

#[rstest]
#[case::saturday("2026-11-28", Some(vec![Section::Light, Section::Heavy]))]
#[case::sunday("2026-11-29", Some(vec![Section::Light]))]
fn first_rule_that_fits_counts(#[case] date: &str, #[case] expected: Option<Vec<Section>>) {
    let rules = [
        ScheduleRule { days: vec![Day::Sat], sections: vec![Section::Light, Section::Heavy] },
        ScheduleRule { days: Vec::new(), sections: vec![Section::Light] },
    ];
    assert_eq!(scheduled(&rules, date.parse().unwrap()), expected);
    assert_eq!(scheduled(&rules[..1], "2026-11-29".parse().unwrap()), None);
}

fn terms() -> NightTerms {
    NightTerms {
        date: NaiveDate::from_ymd_opt(2026, 11, 30).unwrap(),
        now: "2026-11-30T03:00:00Z".parse().unwrap(),
        choice: Choice { subjects: vec!["a".into()], ..Choice::default() },
        shard: None,
        sections: None,
        only_missing: None,
        horizon: None,
    }
}

/// Adds what was decided in an attempt to the history of the subject `a`.
fn decide(state: &StateFolder, day: u32, attempt: u32, verdict: Verdict, ids: &[&str]) {
    let ids = ids.iter().map(|id| (*id).to_owned()).collect();
    let testcases = [(verdict, ids)].into_iter().collect();
    let definitions = DEFINITIONS.digest.clone();
    let attempt = Attempt { attempt, testcases, definitions, ..Attempt::sample(day, verdict) };
    state.history("a", "scs-compatible-iaas").add(&attempt).unwrap();
}

fn planned(state: &StateFolder, terms: &NightTerms) -> Option<(u32, Vec<String>)> {
    let plan = plan_night(&config(), &DEFINITIONS, &[], Some(state.view()), terms).unwrap();
    match &plan.subjects[0].work {
        Work::Run { attempt, testcases } => Some((*attempt, testcases.iter().map(|due| due.id.to_owned()).collect())),
        Work::NothingDue => None,
        Work::Impossible(why) => panic!("{why}"),
    }
}

#[test]
fn further_attempt_of_a_night_runs_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let state = StateFolder::open(folder.path()).unwrap();
    let (first, all) = planned(&state, &terms()).unwrap();
    assert_eq!(first, 1);
    let ids: Vec<&str> = all.iter().map(String::as_str).collect();
    let (rest, decided) = ids.split_at(2);
    decide(&state, 30, 1, Verdict::Fail, decided);
    let missing = NightTerms { only_missing: Some(DecidedBy::State), ..terms() };
    assert_eq!(planned(&state, &missing), Some((2, rest.iter().map(|id| (*id).to_owned()).collect())));
    assert_eq!(planned(&state, &terms()).map(|(attempt, ids)| (attempt, ids.len())), Some((2, all.len())));
    decide(&state, 30, 2, Verdict::Pass, rest);
    assert_eq!(planned(&state, &missing), None);
}

/// The server has results of this night, whatever the state folder says.
#[test]
fn what_a_server_has_of_this_night_is_not_run_again() {
    let folder = tempfile::tempdir().unwrap();
    let state = StateFolder::open(folder.path()).unwrap();
    let (_, all) = planned(&state, &terms()).unwrap();
    decide(&state, 30, 1, Verdict::Pass, &[]);
    let with = |decided: &[String], attempt: u32| {
        let served = ServedSubject { decided: decided.iter().cloned().collect(), attempt };
        let key = ("a".to_owned(), "scs-compatible-iaas".to_owned());
        let only_missing = Some(DecidedBy::Server(ServedNight([(key, served)].into())));
        planned(&state, &NightTerms { only_missing, ..terms() })
    };
    assert_eq!(with(&[], 0), Some((2, all.clone())), "it has nothing");
    assert_eq!(with(&[], 7), Some((8, all.clone())), "the id of a report that it has is not used again");
    let (one, rest) = all.split_at(1);
    assert_eq!(with(one, 1), Some((2, rest.to_vec())));
    assert_eq!(with(&all, 1), None);
    let unknown = Some(DecidedBy::Server(ServedNight::default()));
    assert_eq!(planned(&state, &NightTerms { only_missing: unknown, ..terms() }), Some((2, all)));
}

/// Servers never get what only the text counts, what people judge, and what is not permitted.
#[test]
fn what_no_server_gets_keeps_nothing_missing() {
    let folder = tempfile::tempdir().unwrap();
    let state = StateFolder::open(folder.path()).unwrap();
    let (_, all) = planned(&state, &terms()).unwrap();
    let scope = &DEFINITIONS.scopes["scs-compatible-iaas"];
    let is_text = |id: &str| {
        let counted = |target| scope.versions.values().any(|version| counts(version, id, &[target]));
        counted(Target::Text) && !counted(Target::Main) && !counted(Target::Recommended) && !counted(Target::Preview)
    };
    let needs_changes = |id: &str| DEFINITIONS.testcase(id).unwrap().changes() == Changes::Yes;
    let is_kept = |id: &&String| is_text(id) || needs_changes(id);
    let kept: Vec<&String> = all.iter().filter(is_kept).collect();
    assert!(!kept.is_empty() && kept.len() < all.len(), "{kept:?}");
    let decided = all.iter().filter(|id| !is_kept(id)).cloned().collect();
    let key = ("a".to_owned(), "scs-compatible-iaas".to_owned());
    let served = ServedNight([(key, ServedSubject { decided, attempt: 1 })].into());
    assert_eq!(planned(&state, &NightTerms { only_missing: Some(DecidedBy::Server(served)), ..terms() }), None);
}

#[test]
fn whoever_asks_for_sections_gets_them_whatever_is_due() {
    let folder = tempfile::tempdir().unwrap();
    let state = StateFolder::open(folder.path()).unwrap();
    let (_, all) = planned(&state, &terms()).unwrap();
    decide(&state, 30, 1, Verdict::Pass, &all.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(planned(&state, &terms()), None, "all of it counts until the next night");
    let light = NightTerms { sections: Some(vec![Section::Light]), ..terms() };
    let (attempt, ids) = planned(&state, &light).unwrap();
    assert_eq!(attempt, 2);
    assert!(ids.iter().all(|id| DEFINITIONS.testcase(id).unwrap().section == Section::Light));
    let far = NightTerms { horizon: Some(TimeDelta::days(400)), ..terms() };
    assert_eq!(planned(&state, &far).map(|(_, ids)| ids.len()), Some(all.len()));
}

#[test]
fn broken_history_is_an_obstacle_of_its_subject_alone() {
    let folder = tempfile::tempdir().unwrap();
    let state = StateFolder::open(folder.path()).unwrap();
    std::fs::write(folder.path().join("history/a.scs-compatible-iaas.jsonl"), "nonsense\n").unwrap();
    let terms = NightTerms { choice: Choice { preset: Some("iaas".into()), ..Choice::default() }, ..terms() };
    let plan = plan_night(&config(), &DEFINITIONS, &[], Some(state.view()), &terms).unwrap();
    assert!(matches!(&plan.subjects[0].work, Work::Impossible(why) if why.contains("line 1")));
    assert!(matches!(&plan.subjects[1].work, Work::Run { .. }));
}
