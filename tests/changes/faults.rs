//! Every fault at every request of every experiment.

use super::bench::{EXPERIMENTS, Outcome, Trial, cloud, impatient};
use futures_util::stream::{self, StreamExt};
use rstest::rstest;
use scs_checks::verdict::Verdict;
use scs_simcloud::{Failure, Fault, SimCloud};

/// What goes wrong, each once at every request.
pub fn failures() -> Vec<Failure> {
    let after = "0".to_owned();
    let mut all: Vec<Failure> = [500, 409, 403].map(Failure::status).into();
    all.extend([500, 504].map(Failure::answer_status));
    all.extend([Failure::Hang, Failure::Reset, Failure::LostAnswer, Failure::Truncate, Failure::Html]);
    all.push(Failure::RetryAfter { status: 429, after });
    all
}

/// Where the standard wants a member to be allowed something, being forbidden it is a violation.
fn may_fail(experiment: &str, failure: &Failure) -> bool {
    let forbidden = matches!(failure, Failure::Status { status: 403, .. });
    forbidden && matches!(experiment, "secret" | "backup" | "image")
}

fn check(
    experiment: &str,
    number: u64,
    failure: &Failure,
    before: &[scs_simcloud::Item],
    cloud: &SimCloud,
    outcome: &Outcome,
) {
    let what = format!("{experiment}, {failure:?} at request {number}");
    outcome.assert_accounted_for(before, cloud, &what);
    outcome.assert_no_pass_without_facts(&what);
    for (id, verdict, why) in outcome.verdicts() {
        let tolerable = match verdict {
            Verdict::Pass | Verdict::Abort => true,
            Verdict::Fail => may_fail(experiment, failure),
            Verdict::Miss => false,
        };
        assert!(tolerable, "{what}: {id} is {verdict}: {why}; {:#?}", super::bench::asked(cloud));
    }
}

/// A run with one fault; the number of requests that it made.
async fn disturbed(experiment: &str, testcases: &[&str], router: bool, number: u64, failure: Failure) -> usize {
    let cloud = cloud(|state| state.seed_all("somebody's", &state.own_project())).await;
    let before = cloud.inventory();
    cloud.plant(Fault::new(failure.clone()).nth(number));
    let mut trial = Trial::of(testcases);
    trial.limits = impatient();
    trial.terms.external_network = router.then(|| "public".to_owned());
    let outcome = trial.run(&cloud).await;
    check(experiment, number, &failure, &before, &cloud, &outcome);
    cloud.requests().len()
}

#[rstest]
#[case::server(0, false)]
#[case::server_with_router(0, true)]
#[case::group(1, false)]
#[case::secret(2, false)]
#[case::backup(3, false)]
#[case::image(4, false)]
#[tokio::test]
async fn whatever_goes_wrong_nothing_is_lost(#[case] experiment: usize, #[case] router: bool) {
    let (name, testcases) = EXPERIMENTS[experiment];
    let requests = disturbed(name, testcases, router, 1, Failure::Delay(0)).await as u64;
    assert!(requests > 5, "{name}: {requests}");
    let faults = (1..=requests).flat_map(|number| failures().into_iter().map(move |failure| (number, failure)));
    let runs = faults.map(|(number, failure)| disturbed(name, testcases, router, number, failure));
    stream::iter(runs).buffer_unordered(6).for_each(|_| async {}).await;
}
