//! The version documents of endpoints in a simulated cloud: who answers with another one, or none, is found out.

use crate::support::{Run, conformant, of};
use rstest::rstest;
use scs_checks::facts::FactKind;
use scs_checks::verdict::{ReasonCode, Verdict};
use scs_reports::TestcaseResult;
use scs_simcloud::{Failure, Fault, Interface, Service, SimCloud, State};

const TESTCASE: &str = "scs-0123-version-documents";

async fn checked(cloud: &SimCloud) -> TestcaseResult {
    let mut run = Run::default();
    run.selection.select = vec![TESTCASE.to_owned()];
    let report = run.check(of(cloud)).await;
    assert_eq!(report.facts[&FactKind::VersionDocuments].items, Some(8));
    report.testcases[TESTCASE].clone()
}

#[tokio::test]
async fn each_endpoint_is_asked_once_without_a_token() {
    let cloud = SimCloud::start(conformant(|_| {})).await.unwrap();
    assert_eq!(checked(&cloud).await.verdict, Verdict::Pass);
    let requests = cloud.requests();
    assert_eq!(requests.len(), 9, "the token, and the roots: {requests:?}");
    assert!(requests.iter().skip(1).all(|one| one.method == "GET" && !one.headers.contains_key("x-auth-token")));
}

/// What is seen at an address that should be that of Nova decides.
#[rstest]
#[case::another_service(Failure::Json(r#"{"versions": [{"id": "v3.14"}]}"#.into()), "v3.14")]
#[case::no_document(Failure::Json(r#"{"flavors": []}"#.into()), "HTTP 200 without a list of versions")]
#[case::a_web_page(Failure::Html, "without a list of versions")]
#[case::nothing(Failure::status(404), "HTTP 404 without a list of versions")]
#[tokio::test]
async fn what_answers_as_something_else_fails(#[case] failure: Failure, #[case] observed: &str) {
    let cloud = SimCloud::start(conformant(|_| {})).await.unwrap();
    cloud.plant(Fault::new(failure).service(Service::Compute));
    let result = checked(&cloud).await;
    assert_eq!((result.verdict, result.findings.len()), (Verdict::Fail, 1), "{result:?}");
    assert!(result.findings[0].observed.as_ref().unwrap().contains(observed), "{result:?}");
}

/// From these nothing follows for the service.
#[rstest]
#[case::failed(Failure::status(500), ReasonCode::RequestFailed)]
#[case::busy(Failure::RetryAfter { status: 429, after: "0".into() }, ReasonCode::RateLimited)]
#[case::closed(Failure::status(401), ReasonCode::Forbidden)]
#[case::forbidden(Failure::status(403), ReasonCode::Forbidden)]
#[case::elsewhere(
    Failure::Status { status: 302, headers: vec![("location".into(), "http://other.example/".into())], body: String::new() },
    ReasonCode::NotAnApi
)]
#[case::some_other_status(Failure::status(400), ReasonCode::RequestFailed)]
#[case::half_a_document(Failure::Json("{\"versions\": [".into()), ReasonCode::InvalidAnswer)]
#[case::an_empty_answer(Failure::Json(String::new()), ReasonCode::InvalidAnswer)]
#[case::silent(Failure::Reset, ReasonCode::Unreachable)]
#[case::endless(Failure::Oversize(8 << 20), ReasonCode::TooLarge)]
#[tokio::test]
async fn what_says_nothing_of_a_service_is_undecided(#[case] failure: Failure, #[case] code: ReasonCode) {
    let cloud = SimCloud::start(conformant(|_| {})).await.unwrap();
    cloud.plant(Fault::new(failure).service(Service::Image));
    let result = checked(&cloud).await;
    assert_eq!((result.verdict, result.reason.map(|reason| reason.code)), (Verdict::Abort, Some(code)));
}

/// A proxy may hand on nothing but the version of an API.
#[tokio::test]
async fn a_document_below_the_version_suffices() {
    let cloud = SimCloud::start(conformant(|_| {})).await.unwrap();
    cloud.plant(Fault::new(Failure::status(404)).service(Service::Identity).method("GET").first(1));
    let result = checked(&cloud).await;
    assert_eq!(result.verdict, Verdict::Pass, "{result:?}");
    assert_eq!(cloud.count(|request| request.target == "/identity/v3/"), 1);
}

/// Who cannot be found cannot be asked, and is no success.
#[tokio::test]
async fn a_service_without_an_address_is_undecided() {
    let without = |state: &mut State| {
        let octavia = state.catalog_mut("load-balancer").unwrap();
        octavia.endpoints.retain(|endpoint| endpoint.interface == Interface::Admin);
    };
    let cloud = SimCloud::start(conformant(without)).await.unwrap();
    let mut run = Run::default();
    run.selection.select = vec![TESTCASE.to_owned()];
    let result = run.check(of(&cloud)).await.testcases[TESTCASE].clone();
    assert_eq!(result.verdict, Verdict::Abort);
    let reason = result.reason.unwrap();
    assert_eq!(reason.code, ReasonCode::ServiceAbsent);
    assert!(reason.message.contains("load-balancer"), "{reason:?}");
}
