//! Bundles: what follows from the facts in them is proved, and nothing else is.

use crate::clusters::conformant as conformant_cluster;
use crate::kaas::collected_as;
use crate::replay::recorded;
use crate::support::{embedded, now, tool};
use chrono::TimeDelta;
use rstest::rstest;
use scs_checks::definition::{Definitions, Origin};
use scs_checks::facts::{Facts, LocalClock, Slot};
use scs_checks::verdict::{Finding, Verdict};
use scs_reports::Report;
use scs_reports::judge::{Bundle, JudgeRequest, Proof, Recording, Selection};
use scs_simcloud::kubernetes::SimCluster;
use serde_json::Value;

const PASSES: &str = "scs-0100-syntax-check";

async fn recording(what: &str) -> Recording {
    match what {
        "cluster" => {
            let cluster = SimCluster::start(conformant_cluster(|_| {})).await.unwrap();
            Recording::of(collected_as(&cluster, "admin").await, tool())
        }
        scenario => recorded(scenario).await.0,
    }
}

fn report_of(definitions: &Definitions, recording: &Recording) -> Report {
    let collected = recording.collected.clone();
    let scope = if collected.facts.cluster().is_some() { "scs-compatible-kaas" } else { "scs-compatible-iaas" };
    let selection = Selection::everything(collected.observed_at);
    let judge = JudgeRequest { definitions, scope, selection, is_date_named: false, tool: tool() };
    judge.judge(&judge.plan().unwrap(), collected, recording.collected.observed_at)
}

/// Returns the first testcase that fails.
fn failing(bundle: &Bundle) -> String {
    bundle.report.testcases.iter().find(|(_, one)| one.verdict == Verdict::Fail).unwrap().0.clone()
}

async fn bundle(what: &str) -> Bundle {
    let recording = recording(what).await;
    Bundle::new(embedded(), &report_of(embedded(), &recording), &recording).unwrap()
}

#[rstest]
#[case("conformant")]
#[case("typical")]
#[case("broken")]
#[case("cluster")]
#[tokio::test]
async fn bundle_of_a_run_proves_its_verdicts_and_holds_none_of_its_names(#[case] what: &str) {
    let recording = recording(what).await;
    let report = report_of(embedded(), &recording);
    let text = Bundle::new(embedded(), &report, &recording).unwrap().to_json().unwrap();
    let bundle = Bundle::from_json(&text, "b").unwrap();
    assert_eq!(bundle.prove(embedded(), now()), Proof::Follows);
    assert_eq!((&bundle.report.id, &bundle.report.subject.name), (&report.id, &report.subject.name));
    let verdicts = |report: &Report| report.testcases.values().map(|one| one.verdict).collect::<Vec<Verdict>>();
    assert_eq!(verdicts(&bundle.report), verdicts(&report));
    for original in ["Acme GmbH", "Mustermann", "secret-project-x", "127.0.0.1"] {
        assert!(!text.contains(original), "{original}");
    }
}

/// The report is altered, and this is said of it.
#[rstest]
#[case::verdict(
    |it: &mut Bundle| {
        let id = failing(it);
        it.report.testcases[&id].verdict = Verdict::Pass;
    },
    " is PASS in the report, and FAIL from the facts"
)]
#[case::findings(
    |it: &mut Bundle| it.report.testcases[PASSES].findings.push(Finding::violation("wrong")),
    "scs-0100-syntax-check is PASS in both, but with another reason"
)]
#[case::missing_testcase(
    |it: &mut Bundle| drop(it.report.testcases.shift_remove(&failing(it))),
    " is absent in the report, and FAIL from the facts"
)]
#[case::invented_testcase(
    |it: &mut Bundle| drop(it.report.testcases.insert("x".into(), it.report.testcases[PASSES].clone())),
    "x is PASS in the report, and absent from the facts"
)]
#[case::fact(
    |it: &mut Bundle| {
        let Facts::Cloud(facts) = &mut it.recording.collected.facts else { panic!("a cluster") };
        let Slot::Known(flavors) = &mut facts.flavors else { panic!("no flavors") };
        flavors.0[0].name = "SCS-nonsense".into();
    },
    "scs-0100-syntax-check is PASS in the report, and FAIL from the facts"
)]
#[case::reference(|it: &mut Bundle| it.report.reference += TimeDelta::days(1), "reference is not as the facts say")]
#[case::version(
    |it: &mut Bundle| drop(it.report.versions.pop()),
    "versions is not as the facts say"
)]
#[case::subject(|it: &mut Bundle| it.report.subject.name = "other".into(), "subject is not as the facts say")]
#[case::marks(|it: &mut Bundle| it.report.marks.push(scs_reports::MarkKind::LeftBehind), "marks is not as the facts say")]
#[tokio::test]
async fn altered_report_does_not_follow(#[case] alter: fn(&mut Bundle), #[case] expected: &str) {
    let mut bundle = bundle("typical").await;
    alter(&mut bundle);
    let proof = bundle.prove(embedded(), now());
    let Proof::Differs(differences) = proof else { panic!("{proof:?}") };
    let told: Vec<String> = differences.iter().map(ToString::to_string).collect();
    assert!(told.iter().any(|line| line.contains(expected)), "{told:?}");
}

#[rstest]
#[case::simulated(|it: &mut Bundle| it.report.subject.simulated = true, "simulation")]
#[case::altered(|it: &mut Bundle| it.report.definitions.origin = Origin::Altered, "not the official ones")]
#[case::future(|it: &mut Bundle| it.report.finished_at += TimeDelta::days(3), "of the future")]
#[case::contradiction(
    |it: &mut Bundle| it.recording.collected.clock = LocalClock::AheadBySeconds(2),
    "its facts contradict themselves: the local clock"
)]
#[case::unknown_scope(|it: &mut Bundle| it.report.scope.id = "x".into(), "there is no scope \"x\"")]
#[tokio::test]
async fn what_proves_nothing_says_why(#[case] alter: fn(&mut Bundle), #[case] expected: &str) {
    let mut bundle = bundle("conformant").await;
    alter(&mut bundle);
    let proof = bundle.prove(embedded(), now());
    assert!(matches!(&proof, Proof::Void(why) if why.contains(expected)), "{proof:?}");
}

/// Definitions that are not here, or that nobody vouches for, never prove anything.
#[tokio::test]
async fn unknown_definitions_are_never_green() {
    let mut bundle = bundle("conformant").await;
    let mut altered = scs_standards::embedded().unwrap();
    altered.origin = Origin::Altered;
    assert_eq!(bundle.prove(&altered, now()), Proof::NotOfficial);
    bundle.report.definitions.digest = "0".repeat(64);
    assert_eq!(bundle.prove(embedded(), now()), Proof::UnknownDefinitions);
}

#[rstest]
#[case::simulated(|report: &mut Report, _: &mut Recording| report.subject.simulated = true, "simulation")]
#[case::altered(|report: &mut Report, _: &mut Recording| report.definitions.origin = Origin::Altered, "not the official")]
#[case::digest(|report: &mut Report, _: &mut Recording| report.definitions.digest = "x".into(), "other definitions (x)")]
#[case::run(
    |_: &mut Report, facts: &mut Recording| facts.collected.started_at -= TimeDelta::days(1),
    "not those of the run"
)]
#[case::verdict(
    |report: &mut Report, _: &mut Recording| report.testcases[PASSES].verdict = Verdict::Fail,
    "scs-0100-syntax-check is FAIL in the report, and PASS from the facts"
)]
#[case::day(
    |report: &mut Report, _: &mut Recording| report.clock = LocalClock::NotAsked,
    "clock is not as the facts say"
)]
#[tokio::test]
async fn bundle_of_what_does_not_fit_is_not_made(
    #[case] alter: fn(&mut Report, &mut Recording),
    #[case] expected: &str,
) {
    let mut recording = recording("conformant").await;
    let mut report = report_of(embedded(), &recording);
    alter(&mut report, &mut recording);
    let error = Bundle::new(embedded(), &report, &recording).unwrap_err().to_string();
    assert!(error.contains(expected), "{error}");
}

/// A piece of the document is replaced, and it is refused in these words.
#[rstest]
#[case::newer("/schema_version", Some(Value::from(2)), "newer than 1; use a newer scs-conformance")]
#[case::no_facts("/recording", None, "missing field `recording`")]
#[case::no_report("/report", None, "missing field `report`")]
#[case::no_version("/schema_version", None, "it has no schema_version")]
#[case::other_report("/report/schema_version", Some(Value::from(4)), "its report has the version 4")]
#[case::other_facts("/recording/schema_version", Some(Value::from(9)), "its recording 9")]
#[case::facts_of_another_kind("/recording/collected/subject/kind", Some(Value::from("cluster")), "contradicts itself")]
#[tokio::test]
async fn broken_document_is_refused(#[case] place: &str, #[case] value: Option<Value>, #[case] expected: &str) {
    let mut document: Value = serde_json::from_str(&bundle("conformant").await.to_json().unwrap()).unwrap();
    let (parent, key) = place.rsplit_once('/').unwrap();
    let parent = document.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    match value {
        Some(value) => drop(parent.insert(key.to_owned(), value).unwrap()),
        None => drop(parent.remove(key).unwrap()),
    }
    let error = Bundle::from_json(&document.to_string(), "b").unwrap_err().to_string();
    assert!(error.contains(expected), "{error}");
}

#[tokio::test]
async fn bundle_fits_its_schema() {
    let document = serde_json::from_str(&bundle("typical").await.to_json().unwrap()).unwrap();
    let objections = crate::schemas::objections("bundle.json", &document);
    assert!(objections.is_empty(), "{objections}");
}
