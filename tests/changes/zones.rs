//! A volume of one availability zone and a server of another: refused where Nova is told so, attached where it is not, and
//! whatever goes wrong, nothing is left that is not named.

use crate::bench::{self, Trial, impatient};
use crate::kills::age;
use crate::program::{Program, files_in};
use crate::simulated::{asked, until_struck};
use futures_util::stream::{self, StreamExt};
use rstest::rstest;
use scs_checks::verdict::{ReasonCode, Verdict};
use scs_simcloud::{Failure, Fault, Service, SimCloud, State};

const TESTCASE: &str = "scs-0121-cross-attach";

/// Starts a cloud with two zones, in which Nova refuses volumes of the other one.
async fn cloud(change: impl FnOnce(&mut State)) -> SimCloud {
    bench::cloud(|state| {
        let zones = ["east", "west"].map(str::to_owned).to_vec();
        (state.zones.compute, state.zones.storage, state.zones.cross_attach) = (zones.clone(), zones, false);
        change(state);
    })
    .await
}

/// Returns the fault at the second attachment, that of the volume of another zone.
fn at_the_second_attachment(failure: Failure) -> Fault {
    Fault::new(failure).service(Service::Compute).method("POST").path("os-volume_attachments").nth(2)
}

#[rstest]
#[case::refused(false, Verdict::Pass)]
#[case::attached(true, Verdict::Fail)]
#[tokio::test]
async fn nova_decides_and_nothing_is_left(#[case] cross_attach: bool, #[case] expected: Verdict) {
    let cloud = cloud(|state| state.zones.cross_attach = cross_attach).await;
    let before = cloud.inventory();
    let outcome = Trial::of(&[TESTCASE]).run(&cloud).await;
    let result = &outcome.report.testcases[TESTCASE];
    assert_eq!(result.verdict, expected, "{result:?}; {:#?}", asked(&cloud));
    let message = &result.findings[0].message;
    assert!(message.contains("east") && message.contains("west"), "{message}");
    assert_eq!(cloud.inventory(), before);
    let changes = outcome.report.changes.as_ref().unwrap();
    let mut kinds: Vec<&str> = changes.resources.iter().map(|one| one.kind.as_str()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["server", "volume", "volume", "volume"]);
}

/// Nova would choose another zone than that of the volume that the test server boots from.
#[tokio::test]
async fn test_server_is_in_the_zone_of_its_volume() {
    let cloud = cloud(|state| state.zones.compute.reverse()).await;
    let before = cloud.inventory();
    let outcome = Trial::of(&["scs-0101-entropy-avail"]).run(&cloud).await;
    let result = &outcome.report.testcases["scs-0101-entropy-avail"];
    assert_eq!(result.verdict, Verdict::Pass, "{result:?}; {:#?}", asked(&cloud));
    assert_eq!(cloud.inventory(), before);
}

#[rstest]
#[case::one_zone(&["nova"], &["nova"], Verdict::Miss, ReasonCode::NotApplicable)]
#[case::no_zone(&["nova"], &[], Verdict::Abort, ReasonCode::Inconclusive)]
#[case::names_that_do_not_meet(&["nova"], &["ceph", "tape"], Verdict::Abort, ReasonCode::Prerequisite)]
#[tokio::test]
async fn without_two_zones_nothing_is_created(
    #[case] compute: &[&str],
    #[case] storage: &[&str],
    #[case] verdict: Verdict,
    #[case] code: ReasonCode,
) {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let cloud = cloud(|state| (state.zones.compute, state.zones.storage) = (names(compute), names(storage))).await;
    let outcome = Trial::of(&[TESTCASE]).run(&cloud).await;
    let result = &outcome.report.testcases[TESTCASE];
    assert_eq!((result.verdict, result.reason.as_ref().map(|reason| reason.code)), (verdict, Some(code)), "{result:?}");
    assert_eq!(cloud.count(|record| record.method != "GET"), 1, "only the token: {:#?}", asked(&cloud));
}

#[rstest]
#[case::not_even_its_own_zone(
    Fault::new(Failure::status(400)).path("os-volume_attachments").first(1),
    "not even a volume of the server's own zone"
)]
#[case::conflict(at_the_second_attachment(Failure::status(409)), "409")]
#[case::forbidden(at_the_second_attachment(Failure::status(403)), "403")]
#[case::broken(at_the_second_attachment(Failure::status(500)), "500")]
#[case::lost_answer(at_the_second_attachment(Failure::LostAnswer), "")]
#[tokio::test]
async fn what_is_no_refusal_of_the_zone_decides_nothing(#[case] fault: Fault, #[case] expected: &str) {
    let cloud = cloud(|_| {}).await;
    let before = cloud.inventory();
    cloud.plant(fault);
    let outcome = Trial::of(&[TESTCASE]).run(&cloud).await;
    let result = &outcome.report.testcases[TESTCASE];
    let reason = result.reason.as_ref().map(|reason| reason.message.clone()).unwrap_or_default();
    assert_eq!(result.verdict, Verdict::Abort, "{result:?}");
    assert!(reason.contains(expected), "{reason}");
    outcome.assert_accounted_for(&before, &cloud, expected);
    assert_eq!(cloud.inventory(), before);
}

async fn disturbed(number: u64, failure: &Failure) -> u64 {
    let cloud = cloud(|_| {}).await;
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

/// Every third request meets a failure, each failure others than the one before.
#[rstest]
#[tokio::test]
async fn a_fault_at_any_request_leaves_nothing_unnamed(
    #[values(
        (0, Failure::status(500)),
        (1, Failure::status(403)),
        (2, Failure::answer_status(504)),
        (0, Failure::Hang),
        (1, Failure::LostAnswer),
        (2, Failure::Html)
    )]
    fault: (u64, Failure),
) {
    let (share, failure) = fault;
    let requests = disturbed(1, &Failure::Delay(0)).await;
    assert!(requests > 15, "{requests}");
    println!("{requests} requests, every third with {failure:?}");
    let runs = (1..=requests).filter(|number| number % 3 == share).map(|number| disturbed(number, &failure));
    stream::iter(runs).buffer_unordered(16).for_each(|_| async {}).await;
}

/// A kill when the volumes are attached: the sweep finds a server that has all three.
#[rstest]
#[case::before_the_server(Fault::new(Failure::Drip(100_000)).method("POST").path("/volumes").nth(2))]
#[case::before_it_is_attached(Fault::new(Failure::Hang).path("os-volume_attachments").nth(1))]
#[case::after_it_was_attached(Fault::new(Failure::Drip(100_000)).path("os-volume_attachments").nth(1))]
#[tokio::test]
async fn a_sweep_removes_everything_after_a_kill(#[case] fault: Fault) {
    let cloud = cloud(|_| {}).await;
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
