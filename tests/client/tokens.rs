//! Tokens that expire while a run goes on.

use super::{assert_aborted, assert_complete, cloud, run_calls, settings, token};
use crate::support::{reasons, with_verdict};
use rstest::rstest;
use scs_checks::verdict::{ReasonCode, Verdict};
use scs_reports::SubjectState;
use scs_simcloud::{Failure, Fault, Service};
use serde_json::json;

#[rstest]
#[case::first(Fault::new(Failure::ExpireToken).service(Service::Image).nth(1))]
#[case::on_the_second_page(Fault::new(Failure::ExpireToken).path("marker=").nth(1))]
#[case::everywhere_at_once(Fault::new(Failure::ExpireToken).method("GET").first(4))]
#[tokio::test]
async fn a_token_is_renewed_once_for_all(#[case] fault: Fault) {
    let cloud = cloud(|state| {
        state.glance.max_page = 2;
        // All requests are under way with the old token before any answer comes.
        state.network.latency_ms = 100;
    })
    .await;
    cloud.plant(fault);
    assert_complete(&run_calls(&settings(&cloud, &json!({}))).await);
    assert_eq!(cloud.tokens_issued(), 2);
}

#[tokio::test]
async fn flavor_by_flavor_the_token_is_renewed_once() {
    let cloud = cloud(|state| state.nova.max_microversion = scs_simcloud::Version(2, 38)).await;
    cloud.plant(Fault::new(Failure::ExpireToken).path("os-extra_specs").nth(12));
    assert_complete(&run_calls(&settings(&cloud, &json!({}))).await);
    assert_eq!(cloud.tokens_issued(), 2);
}

#[tokio::test]
async fn a_service_that_refuses_every_token_costs_only_itself() {
    let cloud = cloud(|_| {}).await;
    cloud.plant(Fault::new(Failure::status(401)).service(Service::BlockStorage));
    let report = run_calls(&settings(&cloud, &json!({}))).await;
    let message = assert_aborted(&report, Service::BlockStorage, ReasonCode::CredentialsRefused);
    assert!(message.contains("the service refuses a valid token"), "{message}");
    assert_eq!(cloud.count(|request| request.service == Some(Service::BlockStorage)), 10);
    assert_eq!(cloud.tokens_issued(), 5);
}

/// The password was changed meanwhile: one attempt to renew, not one for each service.
#[tokio::test]
async fn a_renewal_that_fails_is_not_repeated() {
    let cloud = cloud(|state| state.network.latency_ms = 100).await;
    cloud.plant(Fault::new(Failure::ExpireToken).method("GET"));
    cloud.plant(Fault::new(Failure::status(401)).service(Service::Identity).from(2));
    let report = run_calls(&settings(&cloud, &json!({}))).await;
    assert_eq!(report.subject.state, SubjectState::Tested);
    assert_eq!(reasons(&report, Verdict::Abort), [ReasonCode::CredentialsRefused]);
    assert_eq!(report.testcases["scs-0123-service-compute"].verdict, Verdict::Pass, "the catalog is known");
    assert_eq!(with_verdict(&report, Verdict::Fail), [""; 0]);
    assert_eq!(cloud.count(|request| request.service == Some(Service::Identity)), 2);
}

#[tokio::test]
async fn a_token_that_was_given_cannot_be_renewed_once_it_expired() {
    let cloud = cloud(|_| {}).await;
    let auth = json!({"auth_url": cloud.auth_url(), "token": token(&cloud).await,
        "project_name": "demo"});
    cloud.plant(Fault::new(Failure::ExpireToken).service(Service::Image).nth(1));
    // The token that was given lives on, so the next one can be had for it.
    assert_complete(&run_calls(&json!({"auth_type": "v3token", "auth": auth})).await);
    assert_eq!(cloud.tokens_issued(), 3);
}
