//! Whole nights and sweeps that find a cluster of an earlier night.

use super::fixture::Fixture;
use crate::nightly::{NightRequest, NightResult};
use crate::plan::{Choice, NightTerms};
use crate::provision::ClusterRecord;
use crate::summary::Baseline;
use crate::sweep::FleetSweep;
use chrono::Utc;
use rstest::rstest;
use scs_checks::definition::Source;
use scs_reports::{RunBy, Tool};
use scs_subjects::sweep::SweepOutcome;
use scs_subjects::watch::{Event, EventKind, Events, Stop};
use scs_subjects::world::{SharedWorld, WorldOptions};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const EXEC: &str = "{exec: {create: [make-cluster, create], delete: [make-cluster, delete], deadlines: DEADLINES}}";

/// Returns a fleet in which an earlier night has left a cluster, which a program removes so.
async fn left(delete: &str) -> Fixture {
    let mut fixture = Fixture::new(EXEC, None);
    fixture.program("make-cluster", &format!("echo $1 >> {}/words; {delete}", fixture.folder.path().display()));
    let text = format!(
        "subjects:\n  - {{name: \"kaas-{{branch}}\", scope: scs-compatible-kaas, provisioner: {}}}\n  \
         - {{name: other, scope: scs-compatible-iaas, cloud: nowhere}}\n",
        EXEC.replace("DEADLINES", "{delete: 2s}")
    );
    let source = Source::new("scs-conformance.yaml", text.as_bytes()).unwrap();
    let definitions = scs_standards::embedded().unwrap();
    fixture.config = crate::config::Config::load(&source, fixture.folder.path(), &definitions).unwrap();
    let record = ClusterRecord {
        version: 1,
        name: "kaas-1-35".to_owned(),
        kind: "exec".to_owned(),
        place: crate::provision::exec::PLACE.to_owned(),
        subject: "kaas-1.35".to_owned(),
        night: Utc::now().date_naive(),
        created_at: Utc::now(),
        run: "20261120t030000-abcd".to_owned(),
        uid: None,
    };
    fixture.journal().write(&record).await.unwrap();
    fixture
}

fn words(fixture: &Fixture) -> String {
    std::fs::read_to_string(fixture.folder.path().join("words")).unwrap_or_default()
}

/// Runs a night in which only the cloud has its turn.
async fn night(fixture: &Fixture, stop: Stop) -> NightResult {
    let definitions = scs_standards::embedded().unwrap();
    let choice = Choice { subjects: vec!["other".to_owned()], ..Choice::default() };
    let request = NightRequest {
        config: &fixture.config,
        definitions: &definitions,
        terms: NightTerms {
            date: Utc::now().date_naive(),
            now: Utc::now(),
            choice,
            shard: None,
            sections: None,
            only_missing: None,
            horizon: None,
        },
        missing_at: None,
        state: &fixture.state,
        baseline: Baseline::default(),
        deadline: None,
        tool: Tool { name: "scs-conformance".to_owned(), version: "0.0.0".to_owned(), commit: None },
        run_by: RunBy::default(),
        environment: fixture.environment.clone(),
        keep: Arc::new(|_| {}),
        world: SharedWorld::from(WorldOptions { offline: true, ..WorldOptions::default() }),
        wants_junit: false,
        stop,
        events: Arc::new(drop::<Event>),
    };
    request.run(|_| {}).await.unwrap()
}

#[tokio::test]
async fn night_removes_a_cluster_whose_subject_does_not_run() {
    let fixture = left("exit 0").await;
    let summary = night(&fixture, Stop::default()).await.summary;
    assert_eq!((words(&fixture).as_str(), fixture.files()), ("delete\n", vec![]));
    assert_eq!((summary.counts.left_behind, summary.problems), (0, vec![]));
}

#[rstest]
#[case::fails(
    "echo locked >&2; exit 1",
    false,
    "kaas-1.35: a cluster of an earlier night is left: `make-cluster` (delete) failed"
)]
#[case::stopped("sleep 600", true, "kaas-1.35: a cluster of an earlier night is left: SIGTERM was received")]
#[tokio::test]
async fn night_tells_of_a_cluster_that_it_cannot_remove(
    #[case] delete: &str,
    #[case] stopped: bool,
    #[case] expected: &str,
) {
    let fixture = left(delete).await;
    let stop = Stop::default();
    let stopping = async {
        if stopped {
            tokio::time::sleep(Duration::from_millis(500)).await;
            stop.throw("SIGTERM was received");
        }
    };
    let (result, ()) = tokio::join!(night(&fixture, stop.clone()), stopping);
    let summary = result.summary;
    assert_eq!((summary.counts.left_behind, summary.exit_code), (1, 4));
    assert!(summary.problems.iter().any(|problem| problem.starts_with(expected)), "{:?}", summary.problems);
    assert!(fixture.record().await.is_some());
}

#[rstest]
#[case::removed("exit 0", false, false, "delete\n")]
#[case::failed("exit 1", false, true, "delete\n")]
#[case::only_looked_for("exit 0", true, false, "")]
#[tokio::test]
async fn sweep_of_a_subject_removes_its_cluster(
    #[case] delete: &str,
    #[case] dry_run: bool,
    #[case] is_unclear: bool,
    #[case] expected: &str,
) {
    let fixture = left(delete).await;
    let told = Arc::<Mutex<Vec<String>>>::default();
    let kept = Arc::clone(&told);
    let events = Events::new("kaas-1.35", move |event| match event.kind {
        EventKind::Warning { message } | EventKind::Note { message } => kept.lock().unwrap().push(message),
        _ => {}
    });
    let sweep = FleetSweep {
        state: &fixture.state,
        environment: &fixture.environment,
        keep: Arc::new(|_| {}),
        limit: Duration::from_secs(5),
        side_by_side: 1,
        dry_run,
        stop: Stop::default(),
    };
    let result = sweep.subject(&fixture.subject, &events).await.unwrap();
    assert!(matches!(result.outcome, SweepOutcome::NothingToDo), "{result:?}");
    assert_eq!((result.is_unclear, words(&fixture).as_str()), (is_unclear, expected));
    assert_eq!(fixture.record().await.is_some(), dry_run || is_unclear);
    let told = told.lock().unwrap().join("; ");
    let message = match (dry_run, is_unclear) {
        (true, _) => "would be removed",
        (_, true) => "the cluster is left: `make-cluster` (delete) failed",
        _ => "",
    };
    assert!(told.contains(message), "{told}");
}
