//! `--only-missing=URL`: a result server says what the night has decided already.

use super::{Fleet, refusing, subject, summary};
use crate::program::Program;
use crate::support::conformant;
use chrono::Utc;
use rstest::rstest;

/// A night of today by another machine, which knows nothing but what the server says.
fn elsewhere(fleet: &Fleet, arguments: &str) -> Program {
    let program =
        fleet.with_state(&fleet.path("elsewhere"), "nightly --data none --section light --summary night.json");
    program.arguments(arguments).argument("--night").argument(Utc::now().date_naive().to_string())
}

fn asking(fleet: &Fleet) -> String {
    format!("--only-missing={}", fleet.server.url)
}

/// Runs the first attempt of the night, on a machine that is lost afterwards.
async fn attempted(fleet: &Fleet, code: i32) {
    let night = fleet.command("nightly --data none --section light --quiet").argument("--night");
    night.argument(Utc::now().date_naive().to_string()).run().await.assert_code(code);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_has_of_this_night_is_not_run_again() {
    let fleet = Fleet::start(vec![conformant(|_| {}), refusing()], "").await;
    attempted(&fleet, 3).await;
    fleet.clouds[1].clear_faults();
    let before = fleet.clouds[0].requests().len();
    let ended = elsewhere(&fleet, &asking(&fleet)).run().await.assert_code(0);
    let summary = summary(&ended);
    assert_eq!(subject(&summary, "cloud-1")["state"], "nothing-due", "{summary:#}");
    assert_eq!(subject(&summary, "cloud-2")["state"], "tested");
    assert_eq!(subject(&summary, "cloud-2")["attempt"], 2, "the report of the first attempt is there");
    assert_eq!(summary["problems"], serde_json::json!([]));
    assert_eq!(fleet.clouds[0].requests().len(), before, "what is decided is not asked again");
    assert_eq!(fleet.server.subjects(), ["cloud-1", "cloud-2", "cloud-2"], "each attempt has an id of its own");
    assert_eq!(fleet.server.questions(), (2, true), "the account is that of the configured server");
    let page = elsewhere_check(&fleet).run().await.assert_code(0).stdout;
    assert!(page.contains("cloud-1  scs-compatible-iaas: nothing is due"), "{page}");
}

fn elsewhere_check(fleet: &Fleet) -> Program {
    let program = fleet.with_state(&fleet.path("nowhere"), "config check --data none --section light");
    program.arguments(&asking(fleet)).argument("--night").argument(Utc::now().date_naive().to_string())
}

/// The server does not say what it has: this is one message, and everything is run.
#[rstest]
#[case::nonsense(200, "<html>", "this is not the answer of a result server")]
#[case::login(401, "", "HTTP 401: check account and token of this server in the configuration")]
#[case::redirect(307, "", "HTTP 307: it redirects")]
#[case::nothing_there(404, "", "HTTP 404: there is no result server at this address")]
#[case::too_large(200, &"x".repeat(5 << 20), "larger than")]
#[case::down(503, "", "HTTP 503")]
#[tokio::test(flavor = "multi_thread")]
async fn silent_server_counts_as_one_that_has_nothing(#[case] status: u16, #[case] body: &str, #[case] expected: &str) {
    let fleet = Fleet::start(vec![conformant(|_| {}), conformant(|_| {})], "").await;
    attempted(&fleet, 0).await;
    fleet.server.say(status, body);
    let ended = elsewhere(&fleet, &asking(&fleet)).run().await;
    let summary = summary(&ended);
    let problems = summary["problems"].as_array().unwrap();
    assert_eq!(problems.len(), 1, "{summary:#}");
    let told = problems[0].as_str().unwrap();
    assert!(told.contains(expected) && told.contains("counts as missing, and is run"), "{told}");
    assert_eq!(summary["counts"]["tested"], 2, "{summary:#}");
    assert_eq!(subject(&summary, "cloud-1")["state"], "tested");
    assert!(ended.stdout.contains(expected), "{}", ended.stdout);
    let (asked, _) = fleet.server.questions();
    assert!(asked <= 6, "{asked} questions");
}

#[tokio::test(flavor = "multi_thread")]
async fn server_that_is_not_there_is_named() {
    let fleet = Fleet::start(vec![conformant(|_| {})], "").await;
    let ended = elsewhere(&fleet, "--only-missing=http://127.0.0.1:1/").run().await.assert_code(0);
    let problem = summary(&ended)["problems"][0].as_str().unwrap().to_owned();
    assert!(problem.starts_with("the result server http://127.0.0.1:1/ did not say what it has: "), "{problem}");
    assert_eq!(summary(&ended)["subjects"][0]["state"], "tested");
}

/// A server that the configuration does not name gets no account.
#[tokio::test(flavor = "multi_thread")]
async fn other_server_gets_no_password() {
    let fleet = Fleet::start(vec![conformant(|_| {})], "").await;
    let config = std::fs::read_to_string(fleet.path("scs-conformance.yaml")).unwrap();
    let other = config.replace(&fleet.server.url, "http://127.0.0.1:1/");
    std::fs::write(fleet.path("scs-conformance.yaml"), other).unwrap();
    elsewhere_check(&fleet).run().await.assert_code(0);
    assert_eq!(fleet.server.questions(), (1, false));
}

#[rstest]
#[case::plain("--only-missing=http://s.example", "the server would be asked without encryption; use https")]
#[case::no_address("--only-missing=s.example", "this is not an address")]
#[tokio::test(flavor = "multi_thread")]
async fn unsafe_address_is_refused(#[case] arguments: &str, #[case] expected: &str) {
    let fleet = Fleet::start(vec![conformant(|_| {})], "").await;
    let ended = elsewhere(&fleet, arguments).run().await.assert_code(2);
    assert!(ended.stderr.contains(expected), "{}", ended.stderr);
    assert_eq!(fleet.clouds[0].requests().len(), 0);
}

/// A server that never answers takes a part of the night only.
#[tokio::test(flavor = "multi_thread")]
async fn slow_server_takes_a_fifth_of_the_night() {
    let fleet = Fleet::start(vec![conformant(|_| {})], "").await;
    fleet.server.fall_silent();
    let ended = elsewhere(&fleet, &format!("{} --deadline 10s", asking(&fleet))).run().await.assert_code(4);
    let summary = summary(&ended);
    assert!(summary["problems"][0].as_str().unwrap().contains("it took longer than 2s"), "{summary:#}");
    assert_eq!(summary["subjects"][0]["state"], "tested");
}
