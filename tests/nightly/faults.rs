//! Nights in which something around them is wrong: keys, disks, clocks, names, servers.

use super::server::TOKEN;
use super::{Fleet, assert_no_secret, new_key, private, refusing, subject, summary};
use crate::program::Ended;
use crate::support::conformant;
use rstest::rstest;
use scs_simcloud::{Failure, Fault, Service};
use serde_json::json;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

async fn fleet() -> Fleet {
    Fleet::start(vec![conformant(|_| {})], "").await
}

/// Replaces a part of the configuration.
fn reconfigure(fleet: &Fleet, from: &str, to: &str) {
    let config = std::fs::read_to_string(fleet.path("scs-conformance.yaml")).unwrap();
    assert!(config.contains(from), "{config}");
    std::fs::write(fleet.path("scs-conformance.yaml"), config.replace(from, to)).unwrap();
}

#[track_caller]
fn assert_said(ended: &Ended, words: &[&str]) {
    let all = format!("{}{}", ended.stdout, ended.stderr);
    for word in words {
        assert!(all.contains(word), "{word} is not in {all}");
    }
    assert_no_secret(ended);
}

/// Encrypts the key of the fleet.
fn encrypt(folder: &Path) {
    let mut keygen = Command::new("ssh-keygen");
    let status = keygen.args(["-q", "-p", "-P", "", "-N", "right horse", "-f"]).arg(folder.join("key")).status();
    assert!(status.unwrap().success());
}

/// Without a key nothing can be signed, so nothing begins: no cloud is asked.
#[rstest]
#[case::missing("key: {file: key}", "key: {file: nowhere}", &["nowhere"])]
#[case::not_a_key("key: {file: key}", "key: {file: token}", &["token"])]
#[case::no_passphrase("key: {file: key}", "key: {file: encrypted/key}", &["passphrase"])]
#[case::wrong_passphrase(
    "key: {file: key}",
    "key: {file: encrypted/key}, passphrase: {file: wrong}",
    &["the passphrase is not the one of the key"]
)]
#[case::passphrase_is_missing(
    "key: {file: key}",
    "key: {file: encrypted/key}, passphrase: {env: NOWHERE}",
    &["NOWHERE"]
)]
#[case::no_agent("key: {file: key}", "agent: key.pub", &["SSH_AUTH_SOCK is not set", "ssh-add"])]
#[tokio::test(flavor = "multi_thread")]
async fn key_that_cannot_sign_is_told_before_anything_is_tested(
    #[case] from: &str,
    #[case] to: &str,
    #[case] words: &[&str],
) {
    let fleet = fleet().await;
    std::fs::create_dir(fleet.path("encrypted")).unwrap();
    new_key(&fleet.path("encrypted"));
    encrypt(&fleet.path("encrypted"));
    private(&fleet.path("wrong"), "wrong horse");
    reconfigure(&fleet, from, to);
    let ended = fleet.nightly("--section light").run().await.assert_code(2);
    assert_said(&ended, words);
    assert_eq!((fleet.clouds[0].requests().len(), fleet.server.requests()), (0, 0));
}

/// An agent that is gone when the first report is there: the report stays.
#[tokio::test(flavor = "multi_thread")]
async fn reports_stay_when_the_agent_is_gone() {
    let fleet = fleet().await;
    reconfigure(&fleet, "key: {file: key}", "agent: key.pub");
    let socket = fleet.path("agent.socket");
    drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
    let night = fleet.nightly("--section light").env("SSH_AUTH_SOCK", socket.to_str().unwrap());
    let ended = night.run().await.assert_code(4);
    assert_said(&ended, &["the agent at", "agent.socket does not sign"]);
    assert_eq!(fleet.report("cloud-1")["subject"]["state"], "tested");
    assert_eq!(summary(&ended)["counts"]["undelivered"], 1);
}

/// Each answer has its own sentence, the report stays on the disk, and the exit code says that it was not delivered.
#[rstest]
#[case::expired_token(401, r#"{"detail": "Incorrect email or password"}"#, &["HTTP 401", "account"])]
#[case::forbidden(403, "no", &["HTTP 403"])]
#[case::too_large(413, "too large", &["HTTP 413"])]
#[case::wrong_type(415, "what is this", &["HTTP 415"])]
#[case::unknown_field(422, r#"{"detail": "unknown scope"}"#, &["HTTP 422", "unknown scope"])]
#[case::login_page(200, "<html><title>Log in</title></html>", &["this is not the answer of a result server"])]
#[case::nonsense(200, "{", &["this is not the answer of a result server"])]
#[case::elsewhere(302, "", &["302"])]
#[tokio::test(flavor = "multi_thread")]
async fn answer_of_a_server_is_explained(#[case] status: u16, #[case] text: &str, #[case] words: &[&str]) {
    let fleet = fleet().await;
    fleet.server.answer(status, text);
    let ended = fleet.nightly("--section light").run().await.assert_code(4);
    assert_said(&ended, words);
    assert_eq!(subject(&summary(&ended), "cloud-1")["state"], "tested");
    assert!(fleet.path("results/2026-11-30/cloud-1/report.yaml.sig").exists(), "it can be sent later");
}

/// A server that never answers holds up neither the night nor its end.
#[tokio::test(flavor = "multi_thread")]
async fn server_that_never_answers_is_given_up() {
    let fleet = fleet().await;
    fleet.server.fall_silent();
    let ended = fleet.nightly("--section light --deadline 12s").run().await.assert_code(4);
    assert_eq!(summary(&ended)["deliveries"][0]["outcome"], "spooled", "{}", ended.stdout);
    assert_eq!(subject(&summary(&ended), "cloud-1")["state"], "tested");
}

/// No name is known: neither that of the cloud nor that of the server.
#[tokio::test(flavor = "multi_thread")]
async fn names_that_nobody_knows_are_told() {
    let fleet = fleet().await;
    let clouds = std::fs::read_to_string(fleet.path("clouds.yaml")).unwrap();
    std::fs::write(fleet.path("clouds.yaml"), clouds.replace("http://127.0.0.1", "http://cloud.invalid")).unwrap();
    reconfigure(&fleet, &format!("'{}'", fleet.server.url), "'https://results.invalid/'");
    let ended = fleet.nightly("--section light --deadline 20s").run().await.assert_code(4);
    assert_said(&ended, &["cloud.invalid", "results.invalid"]);
    assert_eq!(subject(&summary(&ended), "cloud-1")["state"], "unreachable");
    assert_eq!(summary(&ended)["counts"]["not_tested"], 1);
}

/// Our clock is off: an object store looks at no signature of another hour, what takes "now" is not decided by two hours, and the
/// night says why.
#[rstest]
#[case::an_hour(3600)]
#[case::two_hours(2 * 3600)]
#[tokio::test(flavor = "multi_thread")]
async fn clock_that_deviates_is_told(#[case] ahead: i64) {
    let fleet = Fleet::start(vec![conformant(|state| state.network.clock_ahead_s = ahead)], "").await;
    let ended = fleet.nightly("--section light --fail-on undecided").run().await;
    assert_said(&ended, &["Limits of the results\n  cloud-1: The local clock is"]);
    let undecided = subject(&summary(&ended), "cloud-1")["undecided"].to_string();
    assert!(undecided.contains("scs-0123-swift-s3"), "{}", ended.stdout);
    assert_eq!(undecided.contains("scs-0102-image-recency"), ahead > 3600, "{}", ended.stdout);
    ended.assert_code(3);
}

/// Every file that the night writes may have so many blocks of 512 bytes: as on a disk that is full.
#[rstest]
#[case::nothing_fits(0, 2)]
#[case::no_report_fits(8, 4)]
#[tokio::test(flavor = "multi_thread")]
async fn full_disk_is_told_and_nothing_is_called_delivered(#[case] blocks: u32, #[case] code: i32) {
    let fleet = fleet().await;
    let night = fleet.nightly("--section light");
    let limited = night.through("sh", &["-c", &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"")]);
    let ended = limited.run().await.assert_code(code);
    assert_said(&ended, &[fleet.folder.path().to_str().unwrap(), "File too large"]);
    assert_eq!(fleet.server.requests(), 0, "what is not on the disk is not sent");
}

/// A state folder that cannot be written, or that is a file.
#[rstest]
#[case::proc("/proc/state")]
#[case::file("/dev/null/state")]
#[tokio::test(flavor = "multi_thread")]
async fn state_folder_that_cannot_be_written_is_told(#[case] state: &str) {
    let fleet = fleet().await;
    let ended = fleet.with_state(Path::new(state), "nightly --data none").run().await.assert_code(2);
    assert_said(&ended, &[state]);
    assert_eq!(fleet.clouds[0].requests().len(), 0);
}

/// Neither the list of processes nor the most talkative log has a secret.
#[tokio::test(flavor = "multi_thread")]
async fn no_process_and_no_log_shows_a_secret() {
    let slow = conformant(|state| state.network.latency_ms = 150);
    let fleet = Fleet::start(vec![slow], "").await;
    reconfigure(
        &fleet,
        "token: {file: token}",
        &format!("token: {{command: [cat, {}]}}", fleet.path("token").display()),
    );
    let password = fleet.clouds[0].clouds_yaml("a").unwrap();
    let password = password.split("password: ").nth(1).unwrap().split([',', '\n', '}']).next().unwrap().trim();
    let running = fleet.nightly("--section light -vvv").start();
    let pid = running.child.id().unwrap();
    let mut looks = 0;
    while let Ok(line) = std::fs::read_to_string(format!("/proc/{pid}/cmdline")) {
        assert!(!line.contains(TOKEN) && !line.contains(password), "{line}");
        looks += 1;
        if line.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let ended = running.ended().await.assert_code(0);
    assert!(looks > 1);
    assert_no_secret(&ended);
    assert!(!ended.stderr.contains(password) && !ended.stdout.contains(password), "{}", ended.stderr);
}

/// The retry after exit code 3 must not turn violations green: what an earlier attempt has found stays found.
#[tokio::test(flavor = "multi_thread")]
async fn second_attempt_keeps_the_violations_of_the_first() {
    let violating = conformant(|state| assert!(state.remove_flavor("SCS-1V-4")));
    let fleet = Fleet::start(vec![violating, refusing()], "").await;
    let first = fleet.nightly("--section light --fail-on new").run().await.assert_code(3);
    assert_eq!(summary(&first)["counts"]["failing"], 1);
    fleet.clouds[1].clear_faults();
    let second = fleet.nightly("--section light --only-missing --fail-on new --junit night.xml").run().await;
    let second = second.assert_code(1);
    let violated = subject(&summary(&second), "cloud-1").clone();
    assert_eq!((&violated["state"], &violated["verdict"]), (&json!("nothing-due"), &json!("FAIL")), "{violated:#}");
    assert_eq!(violated["new"], json!(["scs-0103-flavor-1v-4"]), "new in this night");
    assert!(second.file("night.xml").contains("these fail since an earlier attempt: scs-0103-flavor-1v-4"));
}

/// A cloud that lets in and then answers nothing was not tested.
#[tokio::test(flavor = "multi_thread")]
async fn services_that_are_down_are_no_success() {
    let mut state = conformant(|_| {});
    let down = |service| Fault { service: Some(service), ..Fault::new(Failure::status(503)) };
    state.faults = [Service::Compute, Service::Image, Service::Network].map(down).to_vec();
    let fleet = Fleet::start(vec![state], "").await;
    let ended = fleet.nightly("--section light").run().await.assert_code(3);
    assert_eq!(subject(&summary(&ended), "cloud-1")["state"], "incomplete");
    assert!(ended.stdout.contains("Not tested\n  cloud-1: tried, but not decided: scs-0100-"), "{}", ended.stdout);
}

/// The night after a kill removes what was left, also if it changes nothing itself.
#[tokio::test(flavor = "multi_thread")]
async fn next_night_removes_what_a_killed_one_has_left() {
    let slow = conformant(|state| state.network.latency_ms = 100);
    let fleet = Fleet::start(vec![slow], "").await;
    reconfigure(&fleet, "deadline: 20s", "deadline: 60s, changes: true");
    let before = fleet.clouds[0].inventory();
    let mut running = fleet.nightly("").start();
    while fleet.clouds[0].inventory().len() < before.len() + 2 {
        assert!(running.child.try_wait().unwrap().is_none(), "it ended before");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    running.child.kill().await.unwrap();
    fleet.age_journals();
    reconfigure(&fleet, ", changes: true", "");
    let ended = fleet.nightly("--section light").run().await.assert_code(0);
    assert_eq!(fleet.clouds[0].inventory(), before, "{}", ended.stdout);
}

/// A report that no attempt has signed is sent by a later night.
#[tokio::test(flavor = "multi_thread")]
async fn report_that_is_still_owed_is_sent_on_another_date() {
    let fleet = fleet().await;
    let night = |date: &str| {
        fleet
            .command(&format!("nightly --data none --section light --night {date} --deadline 20s --summary night.json"))
    };
    fleet.server.answer(503, "down");
    night("2026-11-28").run().await.assert_code(4);
    // As if the night had been killed between its history and its signature.
    std::fs::remove_dir_all(fleet.path("state/spool")).unwrap();
    std::fs::remove_file(fleet.path("results/2026-11-28/cloud-1/report.yaml.sig")).unwrap();
    fleet.server.answer_as_usual();
    let ended = night("2026-11-29").run().await.assert_code(0);
    assert_eq!(summary(&ended)["deliveries"].as_array().unwrap().len(), 2, "{}", ended.stdout);
    assert_eq!(fleet.server.subjects(), ["cloud-1", "cloud-1"]);
}

/// A history that is lost replaces no report of the same night.
#[tokio::test(flavor = "multi_thread")]
async fn lost_history_replaces_no_report() {
    let fleet = fleet().await;
    fleet.nightly("--section light").run().await.assert_code(0);
    let first = fleet.report("cloud-1");
    std::fs::remove_dir_all(fleet.path("state")).unwrap();
    fleet.nightly("--section light").run().await.assert_code(0);
    assert_eq!(fleet.report("cloud-1")["id"], first["id"]);
    assert!(fleet.path("results/2026-11-30/cloud-1~2/report.json").exists());
    assert_eq!(fleet.server.subjects(), ["cloud-1", "cloud-1"], "both have an id of their own");
}
