//! Services in trouble: what is worth a second attempt gets one, what is not costs only what depends on it.

use super::{assert_aborted, assert_complete, cloud, run_calls, settings};
use crate::support::{Run, hasty, of};
use rstest::rstest;
use scs_checks::facts::FactKind;
use scs_checks::verdict::ReasonCode;
use scs_reports::Report;
use scs_simcloud::{Failure, Fault, Service, SimCloud};
use scs_subjects::openstack::Limits;
use serde_json::json;
use std::time::{Duration, Instant};

fn attempts(report: &Report, kind: FactKind) -> Vec<u32> {
    report.facts[&kind].requests.iter().map(|request| request.attempts).collect()
}

fn busy(after: &str) -> Failure {
    Failure::RetryAfter { status: 429, after: after.to_owned() }
}

#[rstest]
#[case::status_429(busy("0"))]
#[case::date_in_the_past(busy("Fri, 20 Nov 2020 10:00:00 GMT"))]
#[case::nonsense(busy("soon"))]
#[case::status_502(Failure::status(502))]
#[case::status_503(Failure::RetryAfter { status: 503, after: "0".into() })]
#[case::status_504(Failure::status(504))]
#[case::reset(Failure::Reset)]
#[case::close(Failure::Close)]
#[case::lost_answer(Failure::LostAnswer)]
#[case::truncated(Failure::Truncate)]
#[case::too_short(Failure::WrongContentLength(10))]
#[tokio::test]
async fn a_passing_trouble_is_overcome(#[case] failure: Failure) {
    for service in [Service::Image, Service::Identity, Service::S3] {
        let cloud = cloud(|_| {}).await;
        cloud.plant(Fault::new(failure.clone()).service(service).first(2));
        let report = run_calls(&settings(&cloud, &json!({}))).await;
        assert_complete(&report);
        let kind = match service {
            Service::Image => FactKind::Images,
            Service::Identity => FactKind::Catalog,
            _ => FactKind::S3Answer,
        };
        assert_eq!(attempts(&report, kind), [3], "{service:?}");
    }
}

#[tokio::test]
async fn a_service_says_how_long_to_wait() {
    let cloud = cloud(|_| {}).await;
    cloud.plant(Fault::new(busy("1")).service(Service::Network).first(1));
    assert_complete(&run_calls(&settings(&cloud, &json!({}))).await);
    let asked: Vec<Duration> =
        cloud.requests().iter().filter(|request| request.service == Some(Service::Network)).map(|r| r.at).collect();
    // The list of zones, the default rules, and one of them again.
    assert_eq!(asked.len(), 3);
    assert!(asked[2] - asked[0] >= Duration::from_secs(1), "{asked:?}");
}

#[tokio::test]
async fn no_wait_exceeds_its_bound() {
    let cloud = cloud(|_| {}).await;
    cloud.plant(Fault::new(busy("3000")).service(Service::Network).first(1));
    let limits = Limits { longest_wait: Duration::from_millis(10), ..hasty() };
    assert_complete(&Run { limits, ..Run::default() }.check(of(&cloud)).await);
}

/// A failure is reported as what it is, and no other result is lost.
#[rstest]
#[case::rate_limited(busy("0"), ReasonCode::RateLimited, "429", 4)]
#[case::status_503(Failure::status(503), ReasonCode::RequestFailed, "HTTP 503", 4)]
#[case::status_500(Failure::status(500), ReasonCode::RequestFailed, "HTTP 500", 1)]
#[case::status_404(Failure::status(404), ReasonCode::RequestFailed, "HTTP 404", 1)]
#[case::status_403(Failure::status(403), ReasonCode::Forbidden, "may not", 1)]
#[case::status_418(Failure::status(418), ReasonCode::RequestFailed, "HTTP 418", 1)]
#[case::redirect(
    Failure::Status { status: 302, headers: vec![("location".into(), "http://evil.example/".into())], body: String::new() },
    ReasonCode::NotAnApi, "evil.example", 1
)]
#[case::reset(Failure::Reset, ReasonCode::Unreachable, "connection", 4)]
#[case::truncated(Failure::Truncate, ReasonCode::Unreachable, "connection", 4)]
#[case::oversize(Failure::Oversize(8 << 20), ReasonCode::TooLarge, "larger than", 1)]
#[case::html(Failure::Html, ReasonCode::NotAnApi, "web page", 1)]
#[case::half_json(Failure::Json("{\"images\": [".into()), ReasonCode::InvalidAnswer, "EOF", 1)]
#[case::cut_short(Failure::WrongContentLength(-10), ReasonCode::InvalidAnswer, "JSON", 1)]
#[case::other_json(Failure::Json("{\"flavors\": []}".into()), ReasonCode::InvalidAnswer, "images", 1)]
#[case::nothing(Failure::Json(String::new()), ReasonCode::InvalidAnswer, "EOF", 1)]
#[tokio::test]
async fn lasting_trouble_is_reported(
    #[case] failure: Failure,
    #[case] code: ReasonCode,
    #[case] words: &str,
    #[case] tries: u32,
) {
    let cloud = cloud(|_| {}).await;
    cloud.plant(Fault::new(failure).service(Service::Image));
    let report = run_calls(&settings(&cloud, &json!({}))).await;
    let message = assert_aborted(&report, Service::Image, code);
    assert!(message.contains(words), "{message}");
    assert!(message.starts_with("GET http://127.0.0.1:"), "{message}");
    assert_eq!(attempts(&report, FactKind::Images), [tries]);
}

#[rstest]
#[case(Failure::LoopingList, "repeat themselves")]
#[case(Failure::EndlessList, "more than 20 pages")]
#[tokio::test]
async fn a_list_that_does_not_end_is_ended(
    #[case] failure: Failure,
    #[case] words: &str,
    #[values(Service::Image, Service::Compute, Service::BlockStorage, Service::Network)] service: Service,
) {
    let cloud = cloud(|_| {}).await;
    cloud.plant(Fault::new(failure).service(service));
    let report = run_calls(&settings(&cloud, &json!({}))).await;
    let message = assert_aborted(&report, service, ReasonCode::TooLarge);
    assert!(message.contains(words), "{message}");
}

async fn hanging() -> SimCloud {
    let cloud = cloud(|_| {}).await;
    cloud.plant(Fault::new(Failure::Hang).service(Service::Compute));
    cloud
}

#[tokio::test]
async fn api_timeout_bounds_an_attempt() {
    let cloud = hanging().await;
    let began = Instant::now();
    let report = run_calls(&settings(&cloud, &json!({"api_timeout": 1}))).await;
    assert!(began.elapsed() < Duration::from_secs(20));
    let message = assert_aborted(&report, Service::Compute, ReasonCode::Unreachable);
    assert!(message.contains("within 1 s") && message.contains("api_timeout"), "{message}");
    assert_eq!(attempts(&report, FactKind::Flavors), [2]);
}

#[tokio::test]
async fn a_body_that_comes_too_slowly_is_a_hanging_service() {
    let cloud = cloud(|_| {}).await;
    cloud.plant(Fault::new(Failure::Drip(100)).service(Service::Compute));
    let report = run_calls(&settings(&cloud, &json!({"api_timeout": 1}))).await;
    assert_aborted(&report, Service::Compute, ReasonCode::Unreachable);
}

#[tokio::test]
async fn a_service_that_hangs_once_gets_a_second_chance() {
    let cloud = cloud(|_| {}).await;
    cloud.plant(Fault::new(Failure::Hang).service(Service::Compute).first(1));
    let report = run_calls(&settings(&cloud, &json!({"api_timeout": 1}))).await;
    assert_complete(&report);
    assert_eq!(attempts(&report, FactKind::Flavors), [2]);
}
