//! A defect of ours in the middle of an experiment costs its facts, and nothing else.

use super::bench::{EXPERIMENTS, Trial, cloud, files};
use rstest::rstest;
use scs_checks::verdict::{ReasonCode, Verdict};
use scs_conformance::watch::Event;

/// The sink of events is called in the middle of an experiment, so a panic there is one of the experiment.
fn faint(event: &Event) {
    if let Event::Began(what) = event {
        assert!(what != "the volume to back up" && what != "the test server", "a defect, planted");
    }
}

#[rstest]
#[tokio::test]
async fn a_panic_in_an_experiment_is_cleaned_up_after() {
    let cloud = cloud(|_| {}).await;
    let before = cloud.inventory();
    let outcome = Trial { events: &faint, ..Trial::of_all() }.run(&cloud).await;
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
