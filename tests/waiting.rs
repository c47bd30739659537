//! Runs whose course is followed: progress while an experiment waits, several runs at once, and a run that is abandoned.

use crate::support::{conformant, embedded, hasty, now, of};
use scs_checks::facts::{FactKind, Needs, Slot};
use scs_reports::judge::{self, Selection};
use scs_simcloud::{Course, SimCloud, Task};
use scs_subjects::collect::{ChangePermission, ChangeTerms, Journals};
use scs_subjects::run::{self, CollectRequest};
use scs_subjects::watch::{EventKind, Events, Pace, Step, StepState, Stop};
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[tokio::test]
async fn each_look_at_what_is_awaited_is_told() {
    let course = Course::new(Task::BackupCreate).steps(3);
    let cloud = SimCloud::start(conformant(|state| state.courses.push(course))).await.unwrap();
    let journals = tempfile::tempdir().unwrap();
    let pace = Pace { first: Duration::from_millis(1), longest: Duration::from_millis(5) };
    let terms = ChangeTerms { pace, ..ChangeTerms::default() };
    let select = vec!["scs-0117-*".to_owned()];
    let selection = Selection { select, ..Selection::everything(now()) };
    let plan = judge::plan(embedded(), &embedded().scopes["scs-compatible-iaas"], &selection).unwrap();
    let told = Arc::new(Mutex::new(Vec::new()));
    let events = Events::new("sim", {
        let told = Arc::clone(&told);
        move |event| {
            if let EventKind::Step { step: Step::Wait(what), state: StepState::Pending { seen } } = event.kind
                && what == "the backup"
            {
                told.lock().unwrap().push(seen);
            }
        }
    });
    let request = CollectRequest {
        subject: Some("sim".to_owned()),
        deadline: Some(Duration::from_secs(60)),
        limits: hasty(),
        permission: Some(ChangePermission { terms, journals: Journals::named(journals.path()) }),
        ..CollectRequest::new(of(&cloud))
    };
    run::collect(request, plan.needs, &events, Stop::default()).await;
    assert_eq!(*told.lock().unwrap(), ["status creating"; 3]);
}

/// Returns a request to read a cloud.
fn reading(cloud: &SimCloud, subject: &str) -> CollectRequest {
    CollectRequest {
        subject: Some(subject.to_owned()),
        deadline: Some(Duration::from_secs(60)),
        limits: hasty(),
        ..CollectRequest::new(of(cloud))
    }
}

#[tokio::test]
async fn spawned_runs_go_on_beside_each_other() {
    let cloud = SimCloud::start(conformant(|_| {})).await.unwrap();
    let runs = ["a", "b"]
        .map(|name| run::spawn(reading(&cloud, name), Needs::only(FactKind::Flavors), Events::none(), Stop::default()));
    for (spawned, name) in runs.into_iter().zip(["a", "b"]) {
        let collected = spawned.collected().await.unwrap();
        assert_eq!((collected.subject.name.as_str(), collected.interrupted), (name, None));
        assert!(matches!(collected.facts.cloud().unwrap().flavors, Slot::Known(_)));
    }
}

#[tokio::test]
async fn a_spawned_run_is_stopped_when_it_is_dropped() {
    let cloud = SimCloud::start(conformant(|_| {})).await.unwrap();
    let stop = Stop::default();
    drop(run::spawn(reading(&cloud, "a"), Needs::only(FactKind::Flavors), Events::none(), stop.clone()));
    assert!(stop.reason().unwrap().message.contains("abandoned"));
}
