//! Barbican: secrets.

use crate::support::{Answer, conformant, start};
use reqwest::Method;
use rstest::rstest;
use scs_simcloud::{Kind, State};
use serde_json::{Value, json};

const SECRETS: &str = "/key-manager/v1/secrets";

fn wanted() -> Value {
    json!({"name": "s", "payload": "hush", "payload_content_type": "text/plain", "secret_type": "opaque"})
}

#[tokio::test]
async fn a_secret_lives() {
    let cloud = start(conformant()).await;
    let member = cloud.member().await;
    let before = cloud.sim.inventory();
    let made = member.post(SECRETS, &wanted()).await;
    assert_eq!(made.status, 201);
    let address = made.json()["secret_ref"].as_str().unwrap().to_owned();
    assert!(address.starts_with(&cloud.url(SECRETS)));
    let path = address.replace(cloud.sim.base_url(), "");
    let shown = member.get(&path).await.json();
    assert_eq!((&shown["status"], &shown["secret_ref"]), (&json!("ACTIVE"), &json!(address)));
    assert_eq!(shown["content_types"]["default"], "text/plain");
    for (accept, status) in
        [("text/plain", 200), ("application/octet-stream", 200), ("application/json", 406), ("*/*", 200)]
    {
        let request = member.request(Method::GET, &format!("{path}/payload")).header("accept", accept);
        let answer = Answer::of(request.send().await.unwrap()).await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.text == "hush", status == 200);
    }
    assert_eq!(member.delete(&path).await.status, 204);
    let gone = member.get(&path).await;
    assert_eq!(gone.status, 404);
    assert_eq!(gone.json(), json!({"code": 404, "title": "Not Found", "description": "Secret not found."}));
    assert_eq!(member.get(&format!("{SECRETS}/x")).await.status, 404);
    assert_eq!(cloud.sim.inventory(), before);
}

#[tokio::test]
async fn secrets_come_in_pages_of_ten() {
    let mut state = conformant();
    let (own, other) = (state.own_project(), state.other_project());
    for number in 0..23 {
        state.seed(Kind::Secret, &format!("s{number:02}"), &own);
    }
    state.seed(Kind::Secret, "theirs", &other);
    let cloud = start(state).await;
    let member = cloud.member().await;
    let (mut next, mut sizes) = (Some(SECRETS.to_owned()), Vec::new());
    while let Some(path) = next {
        let body = member.get(&path).await.json();
        assert_eq!(body["total"], 23);
        assert_eq!(body.get("previous").is_some(), !sizes.is_empty());
        sizes.push(body["secrets"].as_array().unwrap().len());
        next = body["next"].as_str().map(|next| next.replace(cloud.sim.base_url(), ""));
    }
    assert_eq!(sizes, [10, 10, 3]);
    let named = member.get(&format!("{SECRETS}?name=s07")).await.json();
    assert_eq!((&named["total"], &named["secrets"][0]["name"]), (&json!(1), &json!("s07")));
    let many = member.get(&format!("{SECRETS}?limit=1000")).await.json();
    assert_eq!(many["secrets"].as_array().unwrap().len(), 23);
}

#[rstest]
#[case::create(|state: &mut State| state.barbican.forbids_create = true, [403, 200, 200, 204])]
#[case::list(|state: &mut State| state.barbican.forbids_list = true, [201, 403, 200, 204])]
#[case::read(|state: &mut State| state.barbican.forbids_read = true, [201, 200, 403, 204])]
#[case::delete(|state: &mut State| state.barbican.forbids_delete = true, [201, 200, 200, 403])]
#[tokio::test]
async fn policies_forbid_one_thing_at_a_time(#[case] change: fn(&mut State), #[case] expected: [u16; 4]) {
    let mut state = conformant();
    let own = state.own_project();
    let secret = state.seed(Kind::Secret, "s", &own);
    change(&mut state);
    let cloud = start(state).await;
    let member = cloud.member().await;
    let path = format!("{SECRETS}/{secret}");
    let seen = [
        member.post(SECRETS, &wanted()).await.status,
        member.get(SECRETS).await.status,
        member.get(&path).await.status,
        member.delete(&path).await.status,
    ];
    assert_eq!(seen, expected);
}

#[rstest]
#[case::no_type(json!({"payload": "x"}), 400)]
#[case::no_payload(json!({"payload_content_type": "text/plain"}), 400)]
#[case::empty(json!({"payload": "", "payload_content_type": "text/plain"}), 400)]
#[case::neither(json!({"name": "x"}), 201)]
#[tokio::test]
async fn invalid_requests_are_refused(#[case] wanted: Value, #[case] status: u16) {
    let cloud = start(conformant()).await;
    assert_eq!(cloud.member().await.post(SECRETS, &wanted).await.status, status);
}

#[tokio::test]
async fn without_a_token_there_is_nothing() {
    let cloud = start(conformant()).await;
    assert_eq!(cloud.ask(SECRETS, &[]).await.status, 401);
    assert_eq!(cloud.ask("/key-manager/", &[]).await.status, 300);
}
