//! Progress of the tests, as a run reports it.

use super::bench::Scene;
use crate::clusters::loaded;
use crate::support::hasty;
use rstest::rstest;
use scs_checks::facts::{FactKind, Needs, Slot};
use scs_subjects::collect::{ChangePermission, ChangeTerms, Journals};
use scs_subjects::run::{self, CollectRequest};
use scs_subjects::suites::runner::{ExecutionMode, Heavy, Tool, ToolKind};
use scs_subjects::watch::{EventKind, Events, Pace, Step, StepState, Stop};
use scs_subjects::world::WorldOptions;
use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Returns the progress messages of a suite, and the number of tests that passed and failed.
async fn told_of(kind: ToolKind, script: &str) -> (Vec<String>, (usize, usize)) {
    let scene = Scene::plain().await;
    let folder = scene.folder.path();
    // The program has no environment of its own here, so that a script says what shall come of it.
    let (path, start) = (folder.join(format!("{kind}-told")), folder.join("start"));
    let tool = folder.join("bin").join(kind.to_string());
    std::fs::write(
        &path,
        format!("#!/bin/sh\nSTAND_IN={script},until={} exec {} \"$@\"\n", start.display(), tool.display()),
    )
    .unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    let pace = Pace { first: Duration::from_millis(50), longest: Duration::from_millis(100) };
    let limit = Duration::from_secs(60);
    let heavy =
        Heavy { tool: Tool { kind, path }, mode: ExecutionMode::Serial, limit, results: folder.join("results"), pace };
    let terms = ChangeTerms { heavy: Some(heavy), ..ChangeTerms::default() };
    let (seen, suite) = (Arc::new(Mutex::new(Vec::new())), format!("the conformance tests by {kind}"));
    let events = Events::new("sim", {
        let seen = Arc::clone(&seen);
        move |event| {
            if let EventKind::Step { step: Step::Suite(what), state: StepState::Pending { seen: told } } = event.kind
                && what == suite
            {
                // Whatever the tool waits for comes when it has been told.
                if told.contains(" says: ") {
                    std::fs::write(&start, "").unwrap();
                }
                seen.lock().unwrap().push(told);
            }
        }
    });
    let request = CollectRequest {
        subject: Some("sim".to_owned()),
        deadline: Some(Duration::from_secs(60)),
        limits: hasty(),
        permission: Some(ChangePermission { terms, journals: Journals::named(folder.join("journals")) }),
        ..CollectRequest::new((
            loaded(&scene.cluster.kubeconfig().unwrap()),
            WorldOptions { offline: true, cache: None, ..WorldOptions::default() },
        ))
    };
    let collected = run::collect(request, Needs::only(FactKind::E2eResults), &events, Stop::default()).await;
    let facts = collected.facts.cluster().unwrap();
    let Slot::Known(results) = &facts.e2e_results else { panic!("{:?}", facts.e2e_results) };
    let counts = (results.0.passed.len(), results.0.failed.len());
    scene.assert_clean();
    let seen = seen.lock().unwrap().clone();
    (seen, counts)
}

#[rstest]
#[tokio::test]
async fn tests_are_counted_as_they_end(#[values(ToolKind::Sonobuoy, ToolKind::Hydrophone)] kind: ToolKind) {
    let (seen, counts) = told_of(kind, "lasts=6000,failed=a,failed=b").await;
    assert_eq!(counts, (310, 2));
    let counted: Vec<u64> = seen.iter().filter_map(|told| told.split_once(" of 312 tests, ")?.0.parse().ok()).collect();
    assert!(counted.len() > 1 && counted.is_sorted() && counted[0] < 312, "{seen:?}");
    assert!(seen.iter().any(|told| told.ends_with("2 failed so far")), "{seen:?}");
}

#[rstest]
#[case(ToolKind::Sonobuoy, "sonobuoy says: The Sonobuoy aggregator is in the 'Pending' state.")]
#[case(ToolKind::Hydrophone, "INF Waiting up to 60s for Pod to start...")]
#[tokio::test]
async fn progress_repeats_the_words_of_the_tool(#[case] kind: ToolKind, #[case] words: &str) {
    let (seen, _) = told_of(kind, "lasts=100").await;
    assert!(seen.iter().any(|told| told.contains(words)), "{seen:?}");
}
