//! A bucket of S3 and an object in it, with credentials that Keystone keeps: what comes back decides, and whatever goes wrong,
//! nothing is left that is not named.

use crate::bench::{self, Trial, impatient};
use crate::kills::age;
use crate::program::{Program, files_in};
use crate::simulated::{asked, until_struck};
use futures_util::stream::{self, StreamExt};
use rstest::rstest;
use scs_checks::verdict::{ReasonCode, Verdict};
use scs_simcloud::{Failure, Fault, S3Mode, Service, State};

const TESTCASE: &str = "scs-0123-s3-round-trip";

#[rstest]
#[case::ceph(|_: &mut State| {})]
#[case::swift(|state: &mut State| state.s3.mode = S3Mode::Swift)]
#[case::a_region_of_its_own(|state: &mut State| (state.s3.mode, state.s3.region) = (S3Mode::Swift, "north".to_owned()))]
#[case::only_an_object_store(|state: &mut State| assert!(state.remove_service("object-store-s3")))]
#[tokio::test]
async fn the_object_comes_back_and_nothing_is_left(#[case] change: fn(&mut State)) {
    let cloud = bench::cloud(change).await;
    let before = cloud.inventory();
    let outcome = Trial::of(&[TESTCASE]).run(&cloud).await;
    assert_eq!(outcome.verdict(TESTCASE), Verdict::Pass, "{:?}; {:#?}", outcome.verdicts(), asked(&cloud));
    assert_eq!(cloud.inventory(), before);
    let changes = outcome.report.changes.as_ref().unwrap();
    let mut kinds: Vec<&str> = changes.resources.iter().map(|one| one.kind.as_str()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["bucket", "ec2-credential"]);
}

#[rstest]
#[case::another_object(Fault::new(Failure::Json("{}".to_owned())).service(Service::S3).method("GET").path("/object"), Verdict::Fail, "SHA-256")]
#[case::a_web_page(Fault::new(Failure::Html).service(Service::S3).method("GET").path("/object"), Verdict::Abort, "web page")]
#[case::no_answer_of_s3(Fault::new(Failure::status(403)).service(Service::S3).method("PUT"), Verdict::Abort, "no answer of S3")]
#[case::no_credentials(Fault::new(Failure::status(403)).service(Service::Identity).path("credentials").method("POST"), Verdict::Abort, "unrestricted")]
#[tokio::test]
async fn only_what_s3_says_decides(#[case] fault: Fault, #[case] verdict: Verdict, #[case] expected: &str) {
    let cloud = bench::cloud(|_| {}).await;
    let before = cloud.inventory();
    cloud.plant(fault);
    let outcome = Trial::of(&[TESTCASE]).run(&cloud).await;
    let (_, found, why) = outcome.verdicts().remove(0);
    assert_eq!(found, verdict, "{why}; {:#?}", asked(&cloud));
    assert!(why.contains(expected), "{why}");
    outcome.assert_accounted_for(&before, &cloud, expected);
}

#[rstest]
#[case::credentials_of_others(|state: &mut State| state.s3.takes_keystone = false, ReasonCode::RequestFailed)]
#[case::no_object_store(|state: &mut State| assert!(state.remove_service("object-store-s3") && state.remove_service("object-store")), ReasonCode::ServiceAbsent)]
#[tokio::test]
async fn what_cannot_be_tried_is_undecided(#[case] change: fn(&mut State), #[case] code: ReasonCode) {
    let cloud = bench::cloud(change).await;
    let before = cloud.inventory();
    let outcome = Trial::of(&[TESTCASE]).run(&cloud).await;
    let result = &outcome.report.testcases[TESTCASE];
    assert_eq!(
        (result.verdict, result.reason.as_ref().map(|reason| reason.code)),
        (Verdict::Abort, Some(code)),
        "{result:?}"
    );
    assert_eq!(cloud.inventory(), before);
}

/// Whoever sweeps needs the credentials to find the bucket.
#[tokio::test]
async fn a_bucket_that_is_left_keeps_its_credentials() {
    let cloud = bench::cloud(|_| {}).await;
    let before = cloud.inventory();
    cloud.plant(Fault::new(Failure::status(500)).service(Service::S3).method("DELETE"));
    let mut trial = Trial { limits: impatient(), ..Trial::of(&[TESTCASE]) };
    trial.terms.patience.limit = std::time::Duration::from_millis(500);
    let outcome = trial.run(&cloud).await;
    assert_eq!(outcome.verdict(TESTCASE), Verdict::Abort);
    outcome.assert_accounted_for(&before, &cloud, "no deletion");
    let changes = outcome.report.changes.as_ref().unwrap();
    assert_eq!(changes.residue().count(), 2, "{changes:?}");
    cloud.clear_faults();
    let journals = outcome.journals.path();
    age(journals);
    let sweep = Program::new("sweep iaas --cloud sim").clouds(&cloud.clouds_yaml("sim").unwrap());
    sweep.argument("--journal").argument(journals).run().await.assert_code(0);
    assert_eq!(cloud.inventory(), before);
}

/// A restricted application credential may make no credentials.
#[rstest]
#[case::restricted("sim-appcred", Some("unrestricted"))]
#[case::password("sim", None)]
#[tokio::test]
async fn credentials_are_made_where_the_account_may(#[case] name: &str, #[case] refusal: Option<&str>) {
    let cloud = bench::cloud(|_| {}).await;
    let arguments = format!("check iaas --cloud {name} --allow-changes --journal j --select {TESTCASE} -o r.json");
    let ended = Program::new(&arguments).clouds(&cloud.clouds_yaml("sim").unwrap()).run().await;
    let report = ended.json("r.json");
    let result = &report["testcases"][TESTCASE];
    match refusal {
        Some(refusal) => {
            assert_eq!((&result["verdict"], &result["reason"]["code"]), (&"ABORT".into(), &"forbidden".into()));
            assert!(result["reason"]["message"].as_str().unwrap().contains(refusal), "{result}");
        }
        None => assert_eq!(result["verdict"], "PASS", "{result}"),
    }
    assert!(cloud.inventory().iter().all(|item| !item.name.starts_with("_scs-")));
}

async fn disturbed(number: u64, failure: &Failure) -> u64 {
    let cloud = bench::cloud(|_| {}).await;
    let before = cloud.inventory();
    cloud.plant(Fault::new(failure.clone()).nth(number));
    let outcome = Trial { limits: impatient(), ..Trial::of(&[TESTCASE]) }.run(&cloud).await;
    let what = format!("{failure:?} at request {number}");
    outcome.assert_accounted_for(&before, &cloud, &what);
    outcome.assert_no_pass_without_facts(&what);
    for (id, verdict, why) in outcome.verdicts() {
        let tolerable = matches!(verdict, Verdict::Pass | Verdict::Abort);
        assert!(tolerable, "{what}: {id} is {verdict}: {why}; {:#?}", asked(&cloud));
    }
    cloud.requests().len() as u64
}

#[rstest]
#[tokio::test]
async fn a_fault_at_any_request_leaves_nothing_unnamed(
    #[values(
        Failure::status(500),
        Failure::status(403),
        Failure::answer_status(504),
        Failure::LostAnswer,
        Failure::Html
    )]
    failure: Failure,
) {
    let requests = disturbed(1, &Failure::Delay(0)).await;
    assert!(requests > 8, "{requests}");
    let runs = (1..=requests).map(|number| disturbed(number, &failure));
    stream::iter(runs).buffer_unordered(16).for_each(|_| async {}).await;
}

#[rstest]
#[case::after_the_credentials(Fault::new(Failure::Drip(100_000)).method("POST").path("credentials"))]
#[case::after_the_bucket(Fault::new(Failure::Drip(100_000)).service(Service::S3).method("PUT").nth(1))]
#[case::with_an_object(Fault::new(Failure::Hang).service(Service::S3).method("GET").path("/object"))]
#[tokio::test]
async fn a_sweep_removes_everything_after_a_kill(#[case] fault: Fault) {
    let cloud = bench::cloud(|_| {}).await;
    let before = cloud.inventory();
    let journals = tempfile::tempdir().unwrap();
    let journaled = |program: Program| program.argument("--journal").argument(journals.path());
    cloud.plant(fault.clone());
    let arguments = format!("--quiet --allow-changes --select {TESTCASE}");
    let mut running = journaled(Program::check(&cloud, &arguments)).start();
    until_struck(&cloud, &mut running.child).await;
    running.child.kill().await.unwrap();
    assert!(cloud.inventory() != before && !files_in(journals.path()).is_empty(), "{fault:?}");
    age(journals.path());
    cloud.clear_faults();
    let sweep = Program::new("sweep iaas --cloud sim").clouds(&cloud.clouds_yaml("sim").unwrap());
    let ended = journaled(sweep).run().await.assert_code(0);
    assert_eq!(cloud.inventory(), before, "{fault:?}: {}\n{}", ended.stdout, ended.stderr);
    assert!(files_in(journals.path()).is_empty(), "{fault:?}");
}
