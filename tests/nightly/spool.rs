//! What is in the spool from night to night, and what is refused.

use super::server::{ACCOUNT, TOKEN};
use super::{Fleet, assert_no_secret, summary};
use crate::program::{Ended, files_in};
use crate::support::conformant;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::time::Duration;

async fn fleet() -> Fleet {
    Fleet::start(vec![conformant(|_| {})], "").await
}

fn outcomes(ended: &Ended) -> Vec<String> {
    let summary = summary(ended);
    let deliveries = summary["deliveries"].as_array().unwrap();
    deliveries.iter().map(|delivery| delivery["outcome"].as_str().unwrap().to_owned()).collect()
}

/// What is refused is told in its night, and does not make each night fail.
#[tokio::test(flavor = "multi_thread")]
async fn refused_report_is_told_once_and_can_be_dropped() {
    let fleet = fleet().await;
    fleet.server.answer(422, "unknown scope");
    let night = fleet.nightly("--section light").run().await.assert_code(4);
    assert_eq!(outcomes(&night), ["refused"]);
    let id = fleet.report("cloud-1")["id"].as_str().unwrap().to_owned();
    assert!(night.stdout.contains(&format!("`publish --spool --drop {id}` removes it")), "{}", night.stdout);
    let listed = fleet.command("publish --spool").run().await.assert_code(0);
    let line =
        format!("  {id} cloud-1 to {}: the server refuses the report (HTTP 422): unknown scope", fleet.server.url);
    assert!(listed.stdout.contains(&line), "{}", listed.stdout);
    assert_eq!(fleet.server.requests(), 1, "it is not sent again");
    let dropped = fleet.command(&format!("publish --spool --drop {id}")).run().await.assert_code(0);
    assert_eq!(dropped.stdout, format!("cloud-1 to {}: removed\n", fleet.server.url));
    let again = fleet.command(&format!("publish --spool --drop {id}")).run().await.assert_code(2);
    assert!(again.stderr.contains(&format!("no parcel of the report {id} is in the spool")), "{}", again.stderr);
    assert_eq!(fleet.command("publish --spool").run().await.stdout, "nothing waits to be delivered\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_parcel_is_not_called_nothing() {
    let fleet = fleet().await;
    fleet.nightly("--section light").run().await.assert_code(0);
    std::fs::write(fleet.path("state/spool/x.json"), "{").unwrap();
    let sent = fleet.command("publish --spool").run().await.assert_code(4);
    assert!(sent.stderr.contains("x.json is no parcel") && sent.stderr.contains("move it away"), "{}", sent.stderr);
    assert!(!sent.stdout.contains("nothing waits"), "{}", sent.stdout);
    let night = fleet.nightly("--section light").run().await.assert_code(4);
    assert_eq!(summary(&night)["counts"]["undelivered"], 1);
    assert!(night.stdout.contains("x.json is no parcel"), "{}", night.stdout);
}

/// State and results are lost, so that the first attempt is made twice: the server keeps the first report.
#[tokio::test(flavor = "multi_thread")]
async fn other_report_with_the_same_id_is_a_conflict() {
    let fleet = fleet().await;
    fleet.nightly("--section light").run().await.assert_code(0);
    std::fs::remove_dir_all(fleet.path("state")).unwrap();
    std::fs::remove_dir_all(fleet.path("results")).unwrap();
    let ended = fleet.nightly("--section light").run().await.assert_code(4);
    assert_eq!(outcomes(&ended), ["conflict"]);
    assert!(ended.stdout.contains("the state folder must stay from night to night"), "{}", ended.stdout);
    assert_eq!(summary(&ended)["counts"]["undelivered"], 1);
}

/// The night was killed after the report was sent, before that was noted.
#[tokio::test(flavor = "multi_thread")]
async fn report_that_is_owed_may_be_there_already() {
    let fleet = fleet().await;
    fleet.nightly("--section light").run().await.assert_code(0);
    std::fs::remove_file(fleet.path("results/2026-11-30/cloud-1/report.yaml.sig")).unwrap();
    let ended = fleet.nightly("--section light").run().await.assert_code(0);
    assert_eq!(outcomes(&ended), ["already-there", "accepted"]);
}

/// The signature is in the parcel, so the report is delivered; the file that is missing is told.
#[tokio::test(flavor = "multi_thread")]
async fn report_is_sent_though_its_signature_cannot_be_written() {
    let fleet = Fleet::start(vec![conformant(|state| state.network.latency_ms = 100)], "").await;
    let running = fleet.nightly("--section light").start();
    while fleet.clouds[0].requests().is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    std::fs::create_dir_all(fleet.path("results/2026-11-30/cloud-1/report.yaml.sig/x")).unwrap();
    let ended = running.ended().await.assert_code(4);
    assert_eq!(outcomes(&ended), ["accepted"]);
    assert_eq!(summary(&ended)["counts"]["undelivered"], 1);
    assert!(ended.stdout.contains("report.yaml.sig"), "{}", ended.stdout);
    assert_eq!(fleet.server.subjects(), ["cloud-1"]);
    assert_eq!(files_in(&fleet.path("state/spool")), Vec::<String>::new());
}

/// A server repeats what it was sent, with an escape sequence of terminals.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_repeats_what_a_server_repeats() {
    let fleet = fleet().await;
    let login = STANDARD.encode(format!("{ACCOUNT}:{TOKEN}"));
    let said = format!("{TOKEN} Basic {login} \u{1b}[31m");
    let assert_hidden = |ended: &Ended| {
        assert_no_secret(ended);
        for text in [&ended.stdout, &ended.stderr] {
            assert!(!text.contains(&login) && !text.contains('\u{1b}'), "{text}");
        }
    };
    fleet.server.say(200, &serde_json::json!(said).to_string());
    fleet.server.answer(401, &said);
    let ended = fleet.nightly("--section light -vvv").run().await.assert_code(4);
    assert!(ended.stdout.contains("HTTP 401): [secret]"), "{}", ended.stdout);
    assert_hidden(&ended);
    assert!(!ended.file("night.json").contains(&login));
    assert_hidden(&fleet.command("publish --spool").run().await.assert_code(4));
    fleet.server.answer(200, &serde_json::json!(said).to_string());
    let ended = fleet.nightly(&format!("--section light --only-missing={}", fleet.server.url)).run().await;
    assert!(summary(&ended)["problems"][0].as_str().unwrap().contains("[secret]"), "{}", ended.stdout);
    assert_hidden(&ended);
}
