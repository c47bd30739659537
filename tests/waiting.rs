//! Progress messages while an experiment waits for the cloud.

use crate::support::{conformant, embedded, hasty, now, of};
use scs_reports::judge::{self, Selection};
use scs_simcloud::{Course, SimCloud, Task};
use scs_subjects::collect::{ChangePermission, Journals, Terms};
use scs_subjects::run::{self, Job};
use scs_subjects::watch::{EventKind, Events, Pace, Step, StepState, Stop};
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[tokio::test]
async fn each_look_at_what_is_awaited_is_told() {
    let course = Course::new(Task::BackupCreate).steps(3);
    let cloud = SimCloud::start(conformant(|state| state.courses.push(course))).await.unwrap();
    let journals = tempfile::tempdir().unwrap();
    let pace = Pace { first: Duration::from_millis(1), longest: Duration::from_millis(5) };
    let terms = Terms { pace, ..Terms::default() };
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
    let job = Job {
        needs: plan.needs,
        target: of(&cloud).into(),
        subject: "sim".to_owned(),
        deadline: Duration::from_secs(60),
        limits: hasty(),
        brought: scs_subjects::suites::Suites::default(),
        permission: Some(ChangePermission { terms, journals: Journals::named(journals.path()) }),
    };
    run::collect(job, &events, Stop::default()).await;
    assert_eq!(*told.lock().unwrap(), ["status creating"; 3]);
}
