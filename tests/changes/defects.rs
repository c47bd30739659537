//! A defect of ours in the middle of an experiment costs its facts, and nothing else.

use super::bench::{EXPERIMENTS, Trial, cloud, files};
use rstest::rstest;
use scs_checks::verdict::{ReasonCode, Verdict};
use scs_subjects::watch::{Event, EventKind, Events, Step, StepState};

/// Panics within an experiment: events are told in the middle of one, so this is a panic of the experiment.
fn panic_within(event: Event) {
    if let EventKind::Step { step: Step::Wait(what), state: StepState::Began } = event.kind {
        assert!(what != "the volume to back up" && what != "the test server", "a defect, planted");
    }
}

#[rstest]
#[tokio::test]
async fn a_panic_in_an_experiment_is_cleaned_up_after() {
    let cloud = cloud(|_| {}).await;
    let before = cloud.inventory();
    let outcome = Trial { events: Events::new("sim", panic_within), ..Trial::of_all() }.run(&cloud).await;
    assert_eq!(cloud.inventory(), before);
    assert!(files(outcome.journals.path()).is_empty());
    assert_eq!(outcome.report.changes.as_ref().unwrap().resources.len(), 9, "also what was made before the panic");
    for (name, testcases) in EXPERIMENTS {
        for id in testcases {
            let result = &outcome.report.testcases[*id];
            match name {
                "server" | "backup" => {
                    assert_eq!(result.verdict, Verdict::Abort, "{id}");
                    assert_eq!(result.reason.as_ref().unwrap().code, ReasonCode::InternalError, "{id}");
                }
                _ => assert_eq!(result.verdict, Verdict::Pass, "{id}: {:?}", result.reason),
            }
        }
    }
}
