//! Every fault at every request: it may cost verdicts, but it never makes or breaks a pass.

use crate::support::{check, conformant};
use rstest::rstest;
use scs_checks::verdict::Verdict;
use scs_reports::Report;
use scs_simcloud::{Failure, Fault, Service, SimCloud};

/// Starts a cloud with something right and something wrong, so that verdicts can flip in both directions.
async fn mixed() -> SimCloud {
    let state = conformant(|state| {
        state.remove_flavor("SCS-1V-4");
        state.images[0].properties.shift_remove("os_distro");
        state.volume_types[0].description = Some("[scs:turbo] fast".to_owned());
    });
    SimCloud::start(state).await.unwrap()
}

/// The request that looks for S3 accepts any answer; one that is not S3 decides as well.
const S3: &str = "scs-0123-swift-s3";

/// So it is with the address at which a service should show its versions: something else may answer there, or nothing at all.
const VERSIONS: &str = "scs-0123-version-documents";

fn is_another_document(failure: &Failure) -> bool {
    match failure {
        Failure::Status { status, .. } => *status == 404,
        Failure::Json(text) => serde_json::from_str::<serde_json::Value>(text).is_ok(),
        Failure::Html | Failure::EndlessList | Failure::LoopingList => true,
        _ => false,
    }
}

fn is_an_answer(failure: &Failure) -> bool {
    match failure {
        Failure::Status { status, .. } => *status < 500,
        Failure::Json(_) | Failure::Html | Failure::WrongContentLength(..0) => true,
        _ => false,
    }
}

fn assert_no_flip(failure: &Failure, undisturbed: &Report, report: &Report) {
    for (id, result) in &report.testcases {
        let before = undisturbed.testcases[id].verdict;
        let tolerable = result.verdict == before
            || result.verdict == Verdict::Abort
            || (id == "scs-0115-default-rules" && result.verdict == Verdict::Miss)
            || (id == S3 && result.verdict == Verdict::Fail && is_an_answer(failure))
            || (id == VERSIONS && result.verdict == Verdict::Fail && is_another_document(failure));
        assert!(tolerable, "{failure:?}: {id} was {before}, is {}", result.verdict);
    }
}

#[rstest]
#[case(Service::Identity)]
#[case(Service::Image)]
#[case(Service::Compute)]
#[case(Service::BlockStorage)]
#[case(Service::Network)]
#[case(Service::S3)]
#[tokio::test]
async fn a_fault_of_a_service_never_flips_a_verdict(#[case] service: Service) {
    let cloud = mixed().await;
    let undisturbed = check(&cloud).await;
    for failure in Failure::every() {
        cloud.clear_faults();
        cloud.plant(Fault::new(failure.clone()).service(service));
        assert_no_flip(&failure, &undisturbed, &check(&cloud).await);
    }
}

/// Requests of a run: the token, then five lists and answers in any order; a seventh renews the token.
#[rstest]
#[tokio::test]
async fn a_fault_of_one_request_never_flips_a_verdict(#[values(1, 2, 3, 4, 5, 6, 7)] number: u64) {
    let cloud = mixed().await;
    let undisturbed = check(&cloud).await;
    for failure in Failure::every() {
        cloud.clear_faults();
        cloud.plant(Fault::new(Failure::ExpireToken).service(Service::Image).first(1));
        cloud.plant(Fault::new(failure.clone()).nth(number));
        assert_no_flip(&failure, &undisturbed, &check(&cloud).await);
    }
}

/// From some request on nothing works any more, as when a gateway fails in the middle of a run.
#[rstest]
#[tokio::test]
async fn a_fault_of_all_further_requests_never_flips_a_verdict(#[values(2, 4, 6)] number: u64) {
    let cloud = mixed().await;
    let undisturbed = check(&cloud).await;
    for failure in Failure::every() {
        cloud.clear_faults();
        cloud.plant(Fault::new(failure.clone()).from(number));
        assert_no_flip(&failure, &undisturbed, &check(&cloud).await);
    }
}
