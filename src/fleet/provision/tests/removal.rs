//! Clusters that are left, foreign, or slow to go; kills at every point.

use super::api::{Api, Creation};
use super::fixture::{Fixture, provisioner};
use super::managed::{offers, ready};
use crate::provision::{ClusterRecord, ProvisionError};
use chrono::{TimeDelta, Utc};
use rstest::rstest;
use scs_checks::verdict::ReasonCode;
use serde_json::{Value, json};
use std::time::Duration;

async fn api(kind: &str) -> Api {
    Api::start(|state| {
        offers(state);
        state.course = vec![ready(kind)];
    })
    .await
}

fn path(kind: &str) -> &'static str {
    match kind {
        "clusterstacks" => "/apis/cluster.x-k8s.io/v1beta2/namespaces/kaas/clusters/kaas-1-35",
        "gardener" => "/apis/core.gardener.cloud/v1beta1/namespaces/kaas/shoots/kaas-1-35",
        _ => "/apis/helm.toolkit.fluxcd.io/v2/namespaces/kaas/helmreleases/kaas-1-35",
    }
}

/// Puts a cluster into the management cluster that this program did not make, or that another run of it made.
fn put(api: &Api, kind: &str, metadata: Value) {
    let object = json!({"metadata": metadata, "status": ready(kind)});
    api.state.lock().unwrap().objects.insert(path(kind).to_owned(), object);
}

fn of_run(subject: &str, hours: i64) -> Value {
    let until = (Utc::now() + TimeDelta::hours(hours)).to_rfc3339();
    json!({
        "uid": "other", "generation": 1, "name": "kaas-1-35",
        "labels": {"app.kubernetes.io/managed-by": "scs-conformance", "scs-conformance/run": "20261120t030000-abcd"},
        "annotations": {"scs-conformance/subject": subject, "scs-conformance/until": until},
    })
}

#[rstest]
#[case::of_a_person("clusterstacks", json!({"uid": "other", "generation": 1}), "which this program has not made")]
#[case::shoot("gardener", json!({"uid": "other", "generation": 1}), "which this program has not made")]
#[case::release("t8s", json!({"uid": "other", "generation": 1}), "which this program has not made")]
#[case::only_the_annotation("gardener", json!({"uid": "other", "annotations": {"scs-conformance/subject": "kaas-1.35", "scs-conformance/until": "2026-01-01T00:00:00Z"}}), "which this program has not made")]
#[case::in_use(
    "clusterstacks",
    of_run("kaas-1.35", 1),
    "which the run 20261120t030000-abcd has made for the subject kaas-1.35"
)]
#[case::of_another_subject("t8s", of_run("other", -1), "for the subject other")]
#[tokio::test]
async fn foreign_cluster_is_left_alone(#[case] kind: &str, #[case] metadata: Value, #[case] owner: &str) {
    let api = api(kind).await;
    put(&api, kind, metadata);
    let before = api.clusters();
    let fixture = Fixture::new(provisioner(kind), Some(&api));
    let error = fixture.make().await.unwrap_err();
    assert!(matches!(error, ProvisionError::Foreign { .. }), "{error}");
    assert!(error.to_string().contains(owner) && error.to_string().contains("it was left alone"), "{error}");
    assert_eq!(error.reason().code, ReasonCode::Configuration);
    fixture.remove().await.unwrap();
    assert_eq!(api.clusters(), before);
    assert_eq!((api.requests("DELETE"), api.requests("PATCH")), (vec![], vec![]));
}

/// The state folder of the night that made it may be lost, but its label says that nobody uses it any more.
#[rstest]
#[case("clusterstacks")]
#[case("gardener")]
#[case("t8s")]
#[tokio::test]
async fn abandoned_cluster_of_ours_is_replaced(#[case] kind: &str) {
    let api = api(kind).await;
    put(&api, kind, of_run("kaas-1.35", -1));
    let fixture = Fixture::new(provisioner(kind), Some(&api));
    fixture.make().await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(api.clusters()[0]["metadata"]["uid"], "uid-1");
    assert_eq!(api.requests("DELETE").len(), 1);
    fixture.remove().await.unwrap();
}

#[rstest]
#[case("clusterstacks")]
#[case("gardener")]
#[tokio::test]
async fn cluster_of_somebody_who_was_earlier_is_left_alone(#[case] kind: &str) {
    let api = api(kind).await;
    api.state.lock().unwrap().creation = Creation::Overtaken;
    let fixture = Fixture::new(provisioner(kind), Some(&api));
    let error = fixture.make().await.unwrap_err();
    assert!(matches!(error, ProvisionError::Foreign { .. }), "{error}");
    assert_eq!(fixture.files(), [""; 0]);
    fixture.remove().await.unwrap();
    assert_eq!((api.clusters().len(), api.requests("DELETE")), (1, vec![]));
}

async fn record(fixture: &Fixture, api: &Api, kind: &str, uid: Option<&str>) -> ClusterRecord {
    let record = ClusterRecord {
        version: 1,
        name: "kaas-1-35".to_owned(),
        kind: kind.to_owned(),
        place: format!("{}/ (namespace kaas)", api.address),
        subject: "kaas-1.35".to_owned(),
        night: Utc::now().date_naive(),
        created_at: Utc::now(),
        run: "20261120t030000-abcd".to_owned(),
        uid: uid.map(str::to_owned),
    };
    fixture.journal().write(&record).await.unwrap();
    record
}

/// The three points at which a night can be killed: before the request, before its answer, and later.
#[rstest]
#[case::before_the_request("clusterstacks", false, None)]
#[case::before_the_answer("clusterstacks", true, None)]
#[case::later("clusterstacks", true, Some("other"))]
#[case::shoot_before_the_answer("gardener", true, None)]
#[case::shoot_later("gardener", true, Some("other"))]
#[case::release_before_the_answer("t8s", true, None)]
#[case::release_later("t8s", true, Some("other"))]
#[tokio::test]
async fn cluster_of_a_killed_night_is_removed(#[case] kind: &str, #[case] exists: bool, #[case] uid: Option<&str>) {
    for is_swept in [true, false] {
        let api = api(kind).await;
        let fixture = Fixture::new(provisioner(kind), Some(&api));
        if exists {
            put(&api, kind, of_run("kaas-1.35", 1));
        }
        record(&fixture, &api, kind, uid).await;
        if is_swept {
            let swept = fixture.sweep().await;
            assert!(swept.len() == 1 && swept[0].left.is_none(), "{swept:?}");
            assert_eq!((api.clusters(), fixture.files()), (vec![], vec![]));
        } else {
            fixture.make().await.unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(api.clusters()[0]["metadata"]["uid"], "uid-1", "a new one");
            fixture.remove().await.unwrap();
        }
    }
}

/// A request that was sent just before the kill takes effect after the first look.
#[tokio::test]
async fn cluster_that_appears_late_is_removed() {
    let api = api("gardener").await;
    let mut fixture = Fixture::new(provisioner("gardener"), Some(&api));
    fixture.late = Duration::from_secs(600);
    record(&fixture, &api, "gardener", None).await;
    let appearing = async {
        while api.requests("GET").iter().filter(|request| request.ends_with("kaas-1-35")).count() < 2 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        put(&api, "gardener", of_run("kaas-1.35", 1));
    };
    let (removed, ()) = tokio::join!(fixture.remove(), appearing);
    removed.unwrap();
    assert_eq!((api.clusters(), fixture.files()), (vec![], vec![]));
}

#[rstest]
#[case("clusterstacks")]
#[case("gardener")]
#[case("t8s")]
#[tokio::test]
async fn cluster_whose_creation_was_not_answered_is_removed(#[case] kind: &str) {
    let api = api(kind).await;
    api.state.lock().unwrap().creation = Creation::AnswerLost;
    let fixture = Fixture::new(provisioner(kind), Some(&api));
    let made = fixture.make().await;
    // The apply of Flux is repeated, and finds what it has made itself.
    assert!(made.is_err() || kind == "t8s", "{made:?}");
    assert!(fixture.record().await.is_some());
    fixture.remove().await.unwrap();
    assert_eq!((api.clusters(), fixture.files()), (vec![], vec![]));
}

#[rstest]
#[case("clusterstacks")]
#[case("gardener")]
#[case("t8s")]
#[tokio::test]
async fn slow_removal_is_awaited(#[case] kind: &str) {
    let api = api(kind).await;
    api.state.lock().unwrap().looks_until_gone = 20;
    let fixture = Fixture::new(provisioner(kind), Some(&api));
    fixture.make().await.unwrap();
    fixture.remove().await.unwrap();
    assert_eq!((api.clusters(), api.requests("DELETE").len()), (vec![], 1));
}

#[rstest]
#[case("clusterstacks")]
#[case("gardener")]
#[case("t8s")]
#[tokio::test]
async fn cluster_that_does_not_go_stays_in_the_journal(#[case] kind: &str) {
    let api = api(kind).await;
    api.state.lock().unwrap().looks_until_gone = usize::MAX;
    let fixture = Fixture::new(provisioner(kind), Some(&api));
    fixture.make().await.unwrap();
    let error = fixture.remove_within(Duration::from_millis(200)).await.unwrap_err().to_string();
    let expected = "the removal of the cluster kaas-1-35 did not end within";
    assert!(error.starts_with(expected) && error.contains("last seen: being removed: "), "{error}");
    assert!(fixture.record().await.is_some());
    api.state.lock().unwrap().looks_until_gone = 0;
    assert!(fixture.sweep().await[0].left.is_none());
    assert_eq!(fixture.files(), [""; 0]);
}

/// Somebody has removed ours and made another one of the same name.
#[rstest]
#[case("clusterstacks")]
#[case("gardener")]
#[case("t8s")]
#[tokio::test]
async fn cluster_that_has_taken_the_name_is_left_alone(#[case] kind: &str) {
    let api = api(kind).await;
    let fixture = Fixture::new(provisioner(kind), Some(&api));
    fixture.make().await.unwrap();
    put(&api, kind, json!({"uid": "other", "generation": 1}));
    fixture.remove().await.unwrap();
    assert_eq!((api.clusters().len(), api.requests("DELETE"), fixture.files()), (1, vec![], vec![]));
}

#[tokio::test]
async fn cluster_of_an_ended_branch_is_swept() {
    let api = api("gardener").await;
    let fixture = Fixture::new(provisioner("gardener"), Some(&api));
    fixture.make().await.unwrap();
    // `kaas-{branch}` stands for no 1.35 in this configuration, which lists branches nowhere.
    assert!(fixture.config.subjects.iter().all(|subject| subject.name == "kaas-{branch}"));
    assert!(fixture.sweep().await[0].left.is_none());
    assert_eq!(api.clusters(), Vec::<Value>::new());
}

#[tokio::test]
async fn cluster_of_an_unknown_subject_is_told() {
    let api = api("gardener").await;
    let mut fixture = Fixture::new(provisioner("gardener"), Some(&api));
    fixture.make().await.unwrap();
    fixture.config.subjects.clear();
    let swept = fixture.sweep().await;
    let error = swept[0].left.as_ref().unwrap().to_string();
    assert!(error.contains("left of the subject kaas-1.35, which the configuration no longer has"), "{error}");
    assert!(fixture.record().await.is_some());
}

#[tokio::test]
async fn cluster_in_another_place_is_told() {
    let api = api("gardener").await;
    let fixture = Fixture::new(provisioner("gardener"), Some(&api));
    let record = record(&fixture, &api, "gardener", None).await;
    fixture.journal().write(&ClusterRecord { place: "elsewhere".to_owned(), ..record }).await.unwrap();
    let error = fixture.make().await.unwrap_err().to_string();
    assert!(error.contains("was made by gardener in elsewhere") && error.contains("put the old one back"), "{error}");
    assert_eq!(api.requests("POST"), [""; 0]);
}

#[rstest]
#[case::nonsense("nonsense")]
#[case::unknown_key("{\"version\": 1, \"uuid\": \"x\"}")]
#[case::empty("")]
#[tokio::test]
async fn record_that_cannot_be_read_is_named(#[case] text: &str) {
    let api = api("gardener").await;
    let fixture = Fixture::new(provisioner("gardener"), Some(&api));
    std::fs::write(fixture.state.clusters().join("kaas-1.35.json"), text).unwrap();
    let error = fixture.make().await.unwrap_err().to_string();
    assert!(error.contains("kaas-1.35.json") && error.contains("it is not a record of a cluster"), "{error}");
    assert_eq!(api.requests("POST"), [""; 0], "nothing is made while it is unclear what is left");
}
