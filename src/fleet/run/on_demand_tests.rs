//! Subjects whose clusters are made for a night: programs hand out a simulated cluster.

use super::Finished;
use super::tests::{Fleet, reason_of};
use scs_checks::verdict::{ReasonCode, Verdict};
use scs_reports::SubjectState;
use scs_simcloud::kubernetes::{ClusterState, SimCluster};
use scs_subjects::watch::{EventKind, Step, Stop};
use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Mutex};

/// A fleet with one subject, whose cluster a program makes and removes.
struct OnDemand {
    fleet: Fleet,
    _cluster: SimCluster,
}

impl OnDemand {
    async fn start(create: &str, delete: &str, version: &str) -> Self {
        let cluster = SimCluster::start(ClusterState::conformant(chrono::Utc::now().date_naive())).await.unwrap();
        let more = format!(
            "  - name: made\n    scope: scs-compatible-kaas\n    deadline: 30s\n    provisioner:\n      exec:\n        \
             create: [./cluster, create]\n        delete: [./cluster, delete]\n        version: \"{version}\"\n"
        );
        let fleet = Fleet::start([], &more).await;
        let folder = fleet.folder.path();
        std::fs::write(folder.join("made.yaml"), cluster.kubeconfig().unwrap()).unwrap();
        let write = format!("cp {}/made.yaml $SCS_KUBECONFIG_OUT", folder.display());
        let script = format!(
            "#!/bin/sh\ncd {}\necho $1 >> words\ncase $1 in create) {};; delete) {};; esac\n",
            folder.display(),
            create.replace("WRITE", &write),
            delete
        );
        std::fs::write(folder.join("cluster"), script).unwrap();
        std::fs::set_permissions(folder.join("cluster"), std::fs::Permissions::from_mode(0o755)).unwrap();
        Self { fleet, _cluster: cluster }
    }

    async fn run(&self, stop: Stop) -> Finished {
        self.fleet.run(stop, drop).await.remove("made").unwrap()
    }

    fn words(&self) -> String {
        let words = std::fs::read_to_string(self.fleet.folder.path().join("words")).unwrap_or_default();
        words.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn records(&self) -> usize {
        std::fs::read_dir(self.fleet.folder.path().join("state/clusters")).unwrap().count()
    }
}

#[tokio::test]
async fn cluster_is_made_checked_and_removed() {
    let on_demand = OnDemand::start("WRITE", "exit 0", "1.34").await;
    let finished = on_demand.run(Stop::default()).await;
    let report = finished.report.as_ref().unwrap();
    assert_eq!(report.subject.state, SubjectState::Tested, "{:?}", report.subject);
    assert!(report.testcases.values().any(|result| result.verdict == Verdict::Pass), "{report:?}");
    assert_eq!((on_demand.words().as_str(), finished.left.as_deref()), ("create delete", None));
    assert_eq!(on_demand.records(), 0);
}

#[tokio::test]
async fn cluster_that_cannot_be_made_is_an_abort_and_removed() {
    let on_demand = OnDemand::start("echo no quota >&2; exit 1", "exit 0", "1.34").await;
    let finished = on_demand.run(Stop::default()).await;
    let report = finished.report.as_ref().unwrap();
    assert!(report.testcases.values().all(|result| !matches!(result.verdict, Verdict::Pass | Verdict::Fail)));
    assert!(report.subject.reason.as_ref().unwrap().message.contains("no quota"), "{:?}", report.subject.reason);
    assert_eq!((report.exit_code().code(), finished.left.as_deref()), (3, None));
    assert_eq!((on_demand.words().as_str(), on_demand.records()), ("create delete", 0));
}

#[tokio::test]
async fn other_version_is_an_abort() {
    let on_demand = OnDemand::start("WRITE", "exit 0", "1.33").await;
    let finished = on_demand.run(Stop::default()).await;
    assert_eq!(reason_of(&finished), Some(ReasonCode::RequestFailed));
    assert_eq!((on_demand.words().as_str(), on_demand.records()), ("create delete", 0));
}

#[tokio::test]
async fn cluster_that_is_left_is_counted() {
    let on_demand = OnDemand::start("WRITE", "echo locked >&2; exit 1", "1.34").await;
    let finished = on_demand.run(Stop::default()).await;
    assert_eq!(finished.report.as_ref().unwrap().subject.state, SubjectState::Tested);
    let left = finished.left.as_ref().unwrap();
    assert!(
        left.contains("its cluster is left") && left.contains("locked") && left.contains("sweep nightly"),
        "{left}"
    );
    assert_eq!(on_demand.records(), 2, "the record, and the kubeconfig");
    let subject = &on_demand.fleet.config.subjects[0];
    let basis = crate::summary::Basis {
        config: &on_demand.fleet.config,
        night: chrono::Utc::now().date_naive(),
        subject,
        card: &crate::plan::ScoreCard::default(),
        baseline: &crate::summary::Baseline::default(),
    };
    assert_eq!(crate::summary::outcome(&basis, 1, &finished).left_behind, 1);
}

#[tokio::test]
async fn stopped_night_removes_the_cluster_that_it_was_making() {
    let on_demand = OnDemand::start("touch begun; sleep 600", "exit 0", "1.34").await;
    let stop = Stop::default();
    let stopping = async {
        while !on_demand.fleet.folder.path().join("begun").exists() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        stop.throw("SIGTERM was received");
    };
    let (finished, ()) = tokio::join!(on_demand.run(stop.clone()), stopping);
    assert_eq!(reason_of(&finished), Some(ReasonCode::Interrupted));
    assert_eq!((on_demand.words().as_str(), finished.left.as_deref()), ("create delete", None));
    assert_eq!(on_demand.records(), 0);
}

#[tokio::test]
async fn defect_while_a_cluster_is_made_touches_nobody() {
    let on_demand = OnDemand::start("WRITE", "exit 0", "1.34").await;
    let seen = Arc::new(Mutex::new(0));
    let all = on_demand
        .fleet
        .run(Stop::default(), move |event| {
            let is_it =
                matches!(&event.kind, EventKind::Step { step: Step::Wait(what), .. } if what.contains("cluster"));
            let mut seen = seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            *seen += usize::from(is_it);
            assert!(!is_it || *seen > 1, "planted");
        })
        .await;
    assert_eq!(reason_of(&all["made"]), Some(ReasonCode::InternalError));
    assert_eq!(all["made"].left, None);
}

/// Nothing is made for a subject whose scope cannot be judged, nor after the night was stopped.
#[tokio::test]
async fn stopped_night_makes_nothing() {
    let on_demand = OnDemand::start("WRITE", "exit 0", "1.34").await;
    let stop = Stop::default();
    stop.throw("SIGTERM was received");
    let finished = on_demand.run(stop).await;
    assert_eq!(reason_of(&finished), Some(ReasonCode::Interrupted));
    assert_eq!(on_demand.words(), "");
}
