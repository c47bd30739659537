//! Each planted fault, as a client feels it.

use crate::support::{Answer, Cloud, conformant, start};
use rstest::rstest;
use scs_simcloud::{Failure, Fault, Service};
use serde_json::json;
use std::time::{Duration, Instant};

const IMAGES: &str = "/image/v2/images";

async fn faulty(what: Failure) -> (Cloud, String) {
    let cloud = start(conformant()).await;
    let token = cloud.token().await;
    cloud.sim.plant(Fault::new(what).service(Service::Image));
    (cloud, token)
}

async fn feel(what: Failure) -> reqwest::Result<Answer> {
    let (cloud, token) = faulty(what).await;
    cloud.try_ask(IMAGES, &[("x-auth-token", &token)]).await
}

#[tokio::test]
async fn another_status_with_headers_and_a_body() {
    let headers = vec![("location".to_owned(), "/elsewhere".to_owned())];
    let answer = feel(Failure::Status { status: 302, headers, body: "moved".to_owned() }).await.unwrap();
    assert_eq!((answer.status, answer.text.as_str()), (302, "moved"));
    assert_eq!(answer.header("location").as_deref(), Some("/elsewhere"));
}

#[tokio::test]
async fn a_refusal_that_says_when_to_come_back() {
    let answer = feel(Failure::RetryAfter { status: 429, after: "7".to_owned() }).await.unwrap();
    assert_eq!((answer.status, answer.header("retry-after").as_deref()), (429, Some("7")));
}

#[tokio::test]
async fn a_delay_and_latency_add_up() {
    let (cloud, token) = faulty(Failure::Delay(60)).await;
    cloud.sim.update(|state| state.network.latency_ms = 50);
    let start = Instant::now();
    assert_eq!(cloud.ask(IMAGES, &[("x-auth-token", &token)]).await.status, 200);
    assert!(start.elapsed() >= Duration::from_millis(110));
}

#[tokio::test]
async fn a_hanging_request_ends_when_the_client_gives_up() {
    let (cloud, token) = faulty(Failure::Hang).await;
    let headers = [("x-auth-token", token.as_str())];
    let asking = cloud.try_ask(IMAGES, &headers);
    assert!(tokio::time::timeout(Duration::from_millis(200), asking).await.is_err());
    tokio::time::sleep(Duration::from_millis(100)).await;
    let record = cloud.sim.requests().pop().unwrap();
    assert_eq!((record.status, record.failures), (None, vec!["hang"]));
    assert!(record.took.is_some(), "over");
}

fn causes(error: &reqwest::Error) -> String {
    let mut causes = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        causes.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    causes
}

#[rstest]
#[case::reset(Failure::Reset, "reset by peer")]
#[case::lost_answer(Failure::LostAnswer, "reset by peer")]
#[case::close(Failure::Close, "connection closed before message completed")]
#[case::truncate(Failure::Truncate, "end of file before message length reached")]
#[case::too_long(Failure::WrongContentLength(10), "end of file before message length reached")]
#[tokio::test]
async fn broken_connections(#[case] what: Failure, #[case] expected: &str) {
    let error = feel(what).await.unwrap_err();
    assert!(causes(&error).contains(expected), "{}", causes(&error));
}

#[tokio::test]
async fn a_lost_answer_was_given_and_a_reset_request_was_not() {
    for (what, status) in [(Failure::LostAnswer, 1), (Failure::Reset, 0)] {
        let cloud = start(conformant()).await;
        cloud.sim.plant(Fault::new(what).service(Service::Identity));
        let user = cloud.sim.state().identity.users[0].clone();
        let body = json!({"auth": {"identity": {
            "methods": ["password"], "password": {"user": {"id": user.id, "password": user.password}},
        }}});
        let request = cloud.client.post(cloud.url("/identity/v3/auth/tokens")).json(&body);
        assert!(request.send().await.is_err());
        assert_eq!(cloud.sim.tokens_issued(), status);
    }
}

#[tokio::test]
async fn a_length_that_is_too_small_cuts_the_body() {
    let answer = feel(Failure::WrongContentLength(-10)).await.unwrap();
    assert_eq!(answer.status, 200);
    assert!(serde_json::from_str::<serde_json::Value>(&answer.text).is_err());
}

#[tokio::test]
async fn an_oversized_body_is_valid_json_without_a_length() {
    let answer = feel(Failure::Oversize(3_000_000)).await.unwrap();
    assert!(answer.text.len() > 3_000_000 && answer.header("content-length").is_none());
    assert_eq!(answer.json()["images"].as_array().unwrap().len(), conformant().images.len());
}

#[rstest]
#[case::json(Failure::Json("[".to_owned()), "application/json", "[")]
#[case::html(Failure::Html, "text/html; charset=utf-8", "<!DOCTYPE html>")]
#[tokio::test]
async fn another_body(#[case] what: Failure, #[case] kind: &str, #[case] start: &str) {
    let answer = feel(what).await.unwrap();
    assert_eq!((answer.status, answer.header("content-type").as_deref()), (200, Some(kind)));
    assert!(answer.text.starts_with(start));
}

#[tokio::test]
async fn a_dripping_body_takes_its_time() {
    let start = Instant::now();
    let answer = feel(Failure::Drip(20)).await.unwrap();
    let pieces = answer.text.len().div_ceil(256) as u32;
    assert!(start.elapsed() >= Duration::from_millis(20) * pieces);
    answer.json();
}

#[tokio::test]
async fn a_token_expires_in_flight_but_a_new_one_is_good() {
    let cloud = start(conformant()).await;
    let token = cloud.token().await;
    cloud.sim.plant(Fault::new(Failure::ExpireToken).service(Service::Image).nth(1));
    for _ in 0..2 {
        assert_eq!(cloud.ask(IMAGES, &[("x-auth-token", &token)]).await.status, 401);
    }
    assert_eq!(cloud.get(IMAGES).await.status, 200);
}

#[rstest]
#[case::images(IMAGES, "images")]
#[case::flavors("/compute/v2.1/flavors/detail", "flavors")]
#[case::volume_types("/volume/v3/types", "volume_types")]
#[case::rules("/network/v2.0/default-security-group-rules", "default_security_group_rules")]
#[tokio::test]
async fn lists_without_end(#[case] path: &str, #[case] key: &str) {
    let cloud = start(conformant()).await;
    let token = cloud.token().await;
    let next = |body: &serde_json::Value| match body["next"].as_str() {
        Some(next) => format!("/image{next}"),
        None => {
            let links = body.as_object().unwrap().iter().find(|(key, _)| key.ends_with("_links")).unwrap().1;
            links[0]["href"].as_str().unwrap().replace(cloud.sim.base_url(), "")
        }
    };
    for (what, looping) in [(Failure::EndlessList, false), (Failure::LoopingList, true)] {
        cloud.sim.clear_faults();
        cloud.sim.plant(Fault::new(what));
        let first = cloud.ask(path, &[("x-auth-token", &token)]).await.json();
        let second = cloud.ask(&next(&first), &[("x-auth-token", &token)]).await.json();
        assert_eq!(next(&first) == next(&second), looping);
        assert_eq!(first[key][0]["id"] == second[key][0]["id"], looping);
        assert_eq!(first[key].as_array().unwrap().len(), second[key].as_array().unwrap().len());
    }
}

#[tokio::test]
async fn faults_choose_their_requests() {
    let cloud = start(conformant()).await;
    let token = cloud.token().await;
    cloud.sim.plant(Fault::new(Failure::status(500)).method("get").path("limit=1").nth(2));
    cloud.sim.plant(Fault::new(Failure::status(501)).path("limit=2").from(2));
    cloud.sim.plant(Fault::new(Failure::status(502)).service(Service::Compute).first(1));
    let mut seen = Vec::new();
    for path in ["?limit=1", "?limit=1", "?limit=1", "?limit=2", "?limit=2", "?limit=2"] {
        seen.push(cloud.ask(&format!("{IMAGES}{path}"), &[("x-auth-token", &token)]).await.status);
    }
    assert_eq!(seen, [200, 500, 200, 200, 501, 501]);
    assert_eq!(cloud.ask("/compute/", &[]).await.status, 502);
    assert_eq!(cloud.ask("/compute/", &[]).await.status, 200);
    cloud.sim.clear_faults();
    assert_eq!(cloud.ask(&format!("{IMAGES}?limit=2"), &[("x-auth-token", &token)]).await.status, 200);
}

#[tokio::test]
async fn no_failure_of_the_whole_list_looks_like_the_right_answer() {
    let cloud = start(conformant()).await;
    let right = cloud.get(IMAGES).await;
    for what in Failure::every() {
        if matches!(what, Failure::Oversize(_)) {
            continue; // the one failure that a patient client may survive
        }
        let token = cloud.token().await;
        cloud.sim.clear_faults();
        cloud.sim.plant(Fault::new(what.clone()).service(Service::Image));
        if let Ok(answer) = cloud.try_ask(IMAGES, &[("x-auth-token", &token)]).await {
            assert!(answer.status != 200 || answer.text != right.text, "{what:?}");
        }
    }
}
