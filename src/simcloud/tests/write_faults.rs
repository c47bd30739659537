//! Faults of requests that change something: was it done or not?

use crate::support::{Answer, Cloud, conformant, start};
use reqwest::Method;
use rstest::rstest;
use scs_simcloud::{Failure, Fault, Kind, Service};
use serde_json::{Value, json};

const VOLUMES: &str = "/volume/v3/{project}/volumes";

async fn try_create(cloud: &Cloud) -> Option<u16> {
    let member = cloud.member().await;
    let request = member.request(Method::POST, VOLUMES).json(&json!({"volume": {"name": "a", "size": 1}}));
    let response = request.send().await.ok()?;
    let status = response.status().as_u16();
    response.text().await.ok().map(|_| status)
}

fn volumes(cloud: &Cloud) -> usize {
    cloud.sim.inventory().iter().filter(|item| item.kind == Kind::Volume).count()
}

#[rstest]
#[case::lost_answer(Failure::LostAnswer, None, 1)]
#[case::truncate(Failure::Truncate, None, 1)]
#[case::created_but_500(Failure::answer_status(500), Some(500), 1)]
#[case::created_but_504(Failure::AnswerStatus { status: 504, body: "<html>".to_owned() }, Some(504), 1)]
#[case::half_json(Failure::Json("{\"volume\": {".to_owned()), Some(200), 1)]
#[case::reset(Failure::Reset, None, 0)]
#[case::status(Failure::status(500), Some(500), 0)]
#[case::retry(Failure::RetryAfter { status: 503, after: "0".to_owned() }, Some(503), 0)]
#[tokio::test]
async fn done_or_not(#[case] what: Failure, #[case] status: Option<u16>, #[case] made: usize) {
    let cloud = start(conformant()).await;
    cloud.sim.plant(Fault::new(what).service(Service::BlockStorage).method("POST").path("/volumes").nth(1));
    assert_eq!(try_create(&cloud).await, status);
    assert_eq!(volumes(&cloud), made);
    assert_eq!(try_create(&cloud).await, Some(202), "only once");
}

#[tokio::test]
async fn unclear_failures_are_those_after_the_deed() {
    for what in Failure::unclear() {
        let cloud = start(conformant()).await;
        cloud.sim.plant(Fault::new(what.clone()).method("POST").path("/volumes"));
        assert_ne!(try_create(&cloud).await, Some(202), "{what:?}");
        assert_eq!(volumes(&cloud), 1, "{what:?}");
    }
}

#[tokio::test]
async fn a_deletion_whose_answer_is_lost_was_a_deletion() {
    let mut state = conformant();
    let own = state.own_project();
    let secret = state.seed(Kind::Secret, "s", &own);
    let cloud = start(state).await;
    let member = cloud.member().await;
    cloud.sim.plant(Fault::new(Failure::LostAnswer).method("DELETE").service(Service::KeyManager));
    let path = format!("/key-manager/v1/secrets/{secret}");
    assert!(member.request(Method::DELETE, &path).send().await.is_err());
    assert_eq!(member.get(&path).await.status, 404);
}

#[rstest]
#[case::servers("/compute/v2.1/servers/detail", "servers", Kind::Server)]
#[case::volumes("/volume/v3/{project}/volumes/detail", "volumes", Kind::Volume)]
#[case::backups("/volume/v3/{project}/backups/detail", "backups", Kind::Backup)]
#[case::routers("/network/v2.0/routers", "routers", Kind::Router)]
#[case::secrets("/key-manager/v1/secrets", "secrets", Kind::Secret)]
#[tokio::test]
async fn lists_without_end(#[case] path: &str, #[case] key: &str, #[case] kind: Kind) {
    let mut state = conformant();
    let own = state.own_project();
    state.seed(kind, "a", &own);
    let cloud = start(state).await;
    let member = cloud.member().await;
    let next = |body: &Value| {
        let link = body.get("next").unwrap_or(&body[format!("{key}_links")][0]["href"]);
        link.as_str().unwrap().replace(cloud.sim.base_url(), "")
    };
    let item = |body: &Value| [&body[key][0]["id"], &body[key][0]["secret_ref"]].map(Value::to_string);
    for (what, looping) in [(Failure::EndlessList, false), (Failure::LoopingList, true)] {
        cloud.sim.clear_faults();
        cloud.sim.plant(Fault::new(what));
        let first = member.get(path).await.json();
        let second = member.get(&next(&first)).await.json();
        assert_eq!(next(&first) == next(&second), looping);
        assert_eq!(item(&first) == item(&second), looping);
    }
}

/// Returns the failures that a hundred requests met.
async fn weather(per_mille: u16, seed: u64) -> Vec<String> {
    let cloud = start(conformant()).await;
    let member = cloud.member().await;
    let choices = vec![Failure::status(500), Failure::status(503), Failure::answer_status(502)];
    cloud.sim.plant(Fault::new(Failure::OneOf(choices)).service(Service::Compute).random(per_mille, seed));
    let mut seen = Vec::new();
    for _ in 0..100 {
        let request = member.request(Method::GET, "/compute/v2.1/servers");
        seen.push(Answer::of(request.send().await.unwrap()).await.status.to_string());
    }
    seen
}

#[tokio::test]
async fn chance_follows_from_the_seed() {
    let seen = weather(100, 1).await;
    let failed = seen.iter().filter(|status| *status != "200").count();
    assert!((3..25).contains(&failed), "{failed} of 100");
    for status in ["500", "502", "503"] {
        assert!(seen.iter().any(|known| known == status), "{status}: {seen:?}");
    }
    assert_eq!(weather(100, 1).await, seen);
    assert_ne!(weather(100, 2).await, seen);
    assert!(weather(0, 1).await.iter().all(|status| status == "200"));
    assert!(weather(1000, 1).await.iter().all(|status| status != "200"));
}
