//! Nights of a fleet of simulated clouds, whose reports go to a server that verifies them as today's does.

mod bundles;
mod commands;
mod dates;
mod examples;
mod faults;
mod missing;
mod monitor;
mod places;
mod scale;
mod server;
mod spool;

use crate::program::{Ended, Program, files_in};
use crate::support::conformant;
use chrono::Datelike;
use rstest::rstest;
use scs_simcloud::{Failure, Fault, SimCloud, State};
use serde_json::{Value, json};
use server::{ACCOUNT, ResultServer, TOKEN};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

/// Clouds, a result server, and a folder with the configuration and the state.
struct Fleet {
    folder: TempDir,
    clouds: Vec<SimCloud>,
    server: ResultServer,
}

impl Fleet {
    /// Starts clouds with these states, named `cloud-1` and so on; `more` is added to the configuration.
    async fn start(states: Vec<State>, more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = new_key(folder.path());
        let public = std::fs::read_to_string(key.with_extension("pub")).unwrap();
        let signers = folder.path().join("allowed_signers");
        std::fs::write(&signers, format!("{ACCOUNT} {public}")).unwrap();
        private(&folder.path().join("token"), &format!("{TOKEN}\n"));
        let server = ResultServer::start(&signers).await;
        let mut fleet = Self { folder, clouds: Vec::new(), server };
        fleet.configure(states, more).await;
        fleet
    }

    async fn configure(&mut self, states: Vec<State>, more: &str) {
        let mut clouds = "clouds:\n".to_owned();
        let mut config = format!(
            "defaults: {{scope: scs-compatible-iaas, deadline: 20s}}
signing: {{key: {{file: key}}, identity: {ACCOUNT}}}
servers: [{{url: '{}', account: {ACCOUNT}, token: {{file: token}}}}]
{more}subjects:
",
            self.server.url
        );
        for (number, state) in (1..).zip(states) {
            let cloud = SimCloud::start(state).await.unwrap();
            let name = format!("cloud-{number}");
            clouds.push_str(cloud.clouds_yaml(&name).unwrap().strip_prefix("clouds:\n").unwrap());
            writeln!(config, "  - {{name: {name}, group: provider-a, cloud: {name}}}").unwrap();
            self.clouds.push(cloud);
        }
        std::fs::write(self.path("clouds.yaml"), clouds).unwrap();
        std::fs::write(self.path("scs-conformance.yaml"), config).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Returns a command with the configuration and the state folder of this fleet.
    fn command(&self, arguments: &str) -> Program {
        self.with_state(&self.path("state"), arguments)
    }

    fn with_state(&self, state: &Path, arguments: &str) -> Program {
        let program = Program::new(arguments).argument("--config").argument(self.path("scs-conformance.yaml"));
        let program = program.argument("--state-dir").argument(state);
        program.env("OS_CLIENT_CONFIG_FILE", self.path("clouds.yaml").to_str().unwrap())
    }

    /// Makes journals look as if their run had been killed long ago, so that a sweep does not wait for what may still come.
    fn age_journals(&self) {
        let year = chrono::Utc::now().year();
        if !self.path("state/journals").exists() {
            return;
        }
        let folders = files_in(&self.path("state/journals")).into_iter();
        let folders = folders.map(|name| self.path("state/journals").join(name));
        for path in folders.flat_map(|folder| files_in(&folder).into_iter().map(move |name| folder.join(name))) {
            let text = std::fs::read_to_string(&path).unwrap();
            std::fs::write(&path, text.replace(&format!(r#""at":"{year}-"#), &format!(r#""at":"{}-"#, year - 1)))
                .unwrap();
        }
    }

    fn nightly(&self, arguments: &str) -> Program {
        self.command("nightly --data none --night 2026-11-30 --summary night.json").arguments(arguments)
    }

    fn report(&self, subject: &str) -> Value {
        let path = self.path("results/2026-11-30").join(subject).join("report.json");
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    }
}

fn new_key(folder: &Path) -> PathBuf {
    let key = folder.join("key");
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-C", "", "-f"]).arg(&key).status();
    assert!(made.unwrap().success());
    key
}

fn private(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

fn refusing() -> State {
    let mut state = conformant(|_| {});
    state.faults = vec![Fault::new(Failure::status(401))];
    state
}

fn summary(ended: &Ended) -> Value {
    ended.json("night.json")
}

fn subject<'a>(summary: &'a Value, name: &str) -> &'a Value {
    summary["subjects"].as_array().unwrap().iter().find(|one| one["name"] == name).unwrap()
}

/// The beginning of every key of ssh-keygen, in base64.
const BEGINNING_OF_A_KEY: &str = "b3BlbnNzaC1rZXktdjE";

#[track_caller]
fn assert_no_secret(ended: &Ended) {
    let mut all = vec![ended.stdout.clone(), ended.stderr.clone()];
    all.extend(ended.files().iter().map(|name| ended.file(name)));
    for text in all {
        assert!(!text.contains(TOKEN) && !text.contains(BEGINNING_OF_A_KEY), "a secret is shown: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_night_tests_signs_and_delivers_each_subject() {
    let violating = conformant(|state| {
        state.remove_flavor("SCS-1V-4");
    });
    let fleet = Fleet::start(vec![conformant(|_| {}), violating], "").await;
    let ended = fleet.nightly("--junit night.xml --metrics night.prom --section light").run().await.assert_code(1);
    assert_eq!(fleet.server.subjects(), ["cloud-1", "cloud-2"]);
    let summary = summary(&ended);
    assert_eq!(summary["counts"]["tested"], 2, "{summary:#}");
    assert_eq!(summary["counts"]["undelivered"], 0);
    assert_eq!(subject(&summary, "cloud-2")["verdict"], "FAIL");
    assert_eq!(subject(&summary, "cloud-2")["new"], json!(["scs-0103-flavor-1v-4"]));
    assert_eq!(subject(&summary, "cloud-2")["group"], "provider-a");
    assert!(ended.stdout.contains("New failures\n  cloud-2: scs-0103-flavor-1v-4\n"), "{}", ended.stdout);
    let metrics = ended.file("night.prom");
    assert!(metrics.contains("scs_conformance_failed_testcases{subject=\"cloud-2\",group=\"provider-a\""), "{metrics}");
    let junit = ended.file("night.xml");
    assert!(
        junit.contains("<testsuite name=\"cloud-1 scs-0100\"") && junit.contains("name=\"night of 2026-11-30\""),
        "{junit}"
    );
    assert_eq!(fleet.report("cloud-1")["subject"]["name"], "cloud-1");
    let verified = Program::new("verify").argument(fleet.path("results/2026-11-30/cloud-1/report.yaml"));
    let verified = verified.argument("--allowed-signers").argument(fleet.path("allowed_signers")).run().await;
    assert!(verified.assert_code(0).stdout.contains("signed by provider-a"));
    assert_no_secret(&ended);
}

/// The second attempt of a night has a report and a folder of its own; a repeated upload is no mistake.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_fixed_is_told_by_the_next_attempt() {
    let violating = conformant(|state| {
        state.remove_flavor("SCS-1V-4");
    });
    let mut fleet = Fleet::start(vec![violating], "").await;
    fleet.nightly("--section light").run().await.assert_code(1);
    let again = fleet.nightly("--section light --fail-on new").run().await.assert_code(1);
    assert!(
        again.stdout.contains("New failures\n  cloud-1: scs-0103-flavor-1v-4"),
        "new in this night: {}",
        again.stdout
    );
    fleet.clouds.clear();
    fleet.configure(vec![conformant(|_| {})], "").await;
    let fixed = fleet.nightly("--section light").run().await.assert_code(0);
    assert_eq!(summary(&fixed)["subjects"][0]["fixed"], json!(["scs-0103-flavor-1v-4"]));
    assert!(fleet.path("results/2026-11-30/cloud-1~3/report.json").exists());
    assert_eq!(fleet.server.subjects().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_is_missing_is_run_again() {
    let fleet = Fleet::start(vec![conformant(|_| {}), refusing()], "").await;
    let ended = fleet.nightly("--section light").run().await.assert_code(3);
    assert_eq!(subject(&summary(&ended), "cloud-2")["state"], "refused");
    assert!(ended.stdout.contains("Not tested\n  cloud-2: "), "{}", ended.stdout);
    fleet.clouds[1].clear_faults();
    let before = fleet.clouds[0].requests().len();
    let ended = fleet.nightly("--section light --only-missing").run().await.assert_code(0);
    let summary = summary(&ended);
    assert_eq!(subject(&summary, "cloud-1")["state"], "nothing-due");
    assert_eq!(subject(&summary, "cloud-2")["state"], "tested");
    assert_eq!(fleet.clouds[0].requests().len(), before, "what is decided is not asked again");
    assert_eq!(fleet.server.subjects(), ["cloud-1", "cloud-2", "cloud-2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_delivered_waits_and_is_sent_later() {
    let fleet = Fleet::start(vec![conformant(|_| {})], "").await;
    fleet.server.set_down(true);
    let stopped = async {
        // Four tries take half a minute; a signal ends them.
        let running = fleet.nightly("--section light").start();
        while fleet.server.requests() == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        running.signal("TERM");
        running.ended().await
    };
    let ended = stopped.await.assert_code(4);
    assert_eq!(summary(&ended)["deliveries"][0]["outcome"], "spooled");
    assert_eq!(summary(&ended)["subjects"][0]["state"], "tested", "it had ended before");
    fleet.server.set_down(false);
    let sent = fleet.command("publish --spool").run().await.assert_code(0);
    assert!(sent.stdout.contains("cloud-1 to http://127.0.0.1:"), "{}", sent.stdout);
    assert_eq!(fleet.server.subjects(), ["cloud-1"]);
    let sent = fleet.command("publish --spool").run().await.assert_code(0);
    assert_eq!(sent.stdout, "nothing waits to be delivered\n");
    let again = fleet.command("publish").argument(fleet.path("results/2026-11-30/cloud-1/report.json")).run().await;
    assert!(again.assert_code(0).stdout.contains("already there"));
}

/// One unknown name rejects one report.
#[tokio::test(flavor = "multi_thread")]
async fn refused_report_rejects_no_other() {
    let fleet = Fleet::start(vec![conformant(|_| {}), conformant(|_| {})], "").await;
    fleet.server.refuse("cloud-1");
    let ended = fleet.nightly("--section light").run().await.assert_code(4);
    assert_eq!(fleet.server.subjects(), ["cloud-2"]);
    assert!(ended.stdout.contains("no delegation for cloud-1"), "{}", ended.stdout);
}

#[rstest]
#[case::key("key", 0o644, "others may read this file")]
#[case::token("token", 0o644, "others may read this file")]
#[tokio::test(flavor = "multi_thread")]
async fn secret_that_others_may_read_is_refused(#[case] file: &str, #[case] mode: u32, #[case] message: &str) {
    use std::os::unix::fs::PermissionsExt;
    let fleet = Fleet::start(vec![conformant(|_| {})], "").await;
    std::fs::set_permissions(fleet.path(file), std::fs::Permissions::from_mode(mode)).unwrap();
    let ended = fleet.nightly("--section light").run().await;
    // Without a key nothing could be signed, so nothing begins; without a token the reports wait.
    let code = if file == "key" { 2 } else { 4 };
    assert!(format!("{}{}", ended.stdout, ended.stderr).contains(message), "{ended:?}");
    assert_eq!(ended.code, Some(code), "{}", ended.stderr);
    assert_eq!(fleet.server.requests(), 0);
    assert_no_secret(&ended);
}

#[rstest]
#[case::subject("--subject cloud-9", "there is no subject \"cloud-9\"; did you mean cloud-1?")]
#[case::preset("--preset iaas", "there is no preset \"iaas\"")]
#[case::section("--section lite", "sections are light, medium and heavy")]
#[case::shard("--shard 9/8", "is not a shard")]
#[case::fail_on("--fail-on red", "none, new, violation or undecided")]
#[tokio::test(flavor = "multi_thread")]
async fn wrong_option_is_told_before_anything_is_asked(#[case] arguments: &str, #[case] message: &str) {
    let fleet = Fleet::start(vec![conformant(|_| {})], "").await;
    let ended = fleet.nightly(arguments).run().await.assert_code(2);
    assert!(ended.stderr.contains(message), "{}", ended.stderr);
    assert_eq!(fleet.clouds[0].requests().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nights_at_once_are_told_apart() {
    let slow = conformant(|state| state.network.latency_ms = 2000);
    let fleet = Fleet::start(vec![slow], "").await;
    let first = fleet.nightly("--section light").start();
    while fleet.clouds[0].requests().is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let second = fleet.nightly("--section light").run().await.assert_code(2);
    assert!(second.stderr.contains("another night works with this state folder (process "), "{}", second.stderr);
    first.ended().await.assert_code(0);
}

#[rstest]
#[case("TERM")]
#[case("INT")]
#[tokio::test(flavor = "multi_thread")]
async fn a_signal_ends_a_night_with_a_report_of_each_subject(#[case] signal: &str) {
    let hanging = || {
        let mut state = conformant(|_| {});
        state.faults = vec![Fault::new(Failure::Hang)];
        state
    };
    let fleet = Fleet::start(vec![hanging(), hanging(), conformant(|_| {})], "limits: {subjects: 2}\n").await;
    let running = fleet.nightly("--section light").start();
    while fleet.clouds[0].requests().is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    running.signal(signal);
    let ended = running.ended().await.assert_code(4);
    let summary = summary(&ended);
    assert_eq!(summary["counts"]["not_tested"], 3, "{summary:#}");
    for name in ["cloud-1", "cloud-2", "cloud-3"] {
        assert_ne!(subject(&summary, name)["verdict"], "PASS");
        assert!(fleet.report(name)["testcases"].as_object().unwrap().values().all(|one| one["verdict"] != "PASS"));
    }
}

/// The time of the night is over while a subject hangs: there is still time to deliver, also what is known of that one.
#[tokio::test(flavor = "multi_thread")]
async fn the_deadline_of_a_night_leaves_time_to_deliver() {
    let mut hanging = conformant(|_| {});
    hanging.faults = vec![Fault::new(Failure::Hang)];
    let fleet = Fleet::start(vec![conformant(|_| {}), hanging], "").await;
    let ended = fleet.nightly("--section light --deadline 10s").run().await;
    let summary = summary(&ended);
    assert_eq!(subject(&summary, "cloud-1")["state"], "tested", "{summary:#}");
    assert_ne!(subject(&summary, "cloud-2")["state"], "tested");
    assert!(ended.stdout.contains("the time of the night (10s) is nearly over"), "{}", ended.stdout);
    assert_eq!(fleet.server.subjects(), ["cloud-1", "cloud-2"]);
    ended.assert_code(3);
}

#[tokio::test(flavor = "multi_thread")]
async fn configuration_is_checked_without_touching_a_cloud() {
    let fleet = Fleet::start(vec![conformant(|_| {}), conformant(|_| {})], "").await;
    let ended = fleet.command("config check --data none").run().await.assert_code(0);
    assert!(ended.stdout.contains("2 of 2 subjects run; the night ends within 20s"), "{}", ended.stdout);
    assert!(ended.stdout.contains("cloud-1  scs-compatible-iaas: "), "{}", ended.stdout);
    fleet.nightly("--section light").run().await;
    let ended = fleet.command("config check --data none").run().await.assert_code(0);
    assert!(ended.stdout.contains(" missing"), "{}", ended.stdout);
    assert_eq!(fleet.server.requests(), 2);
    let shards = [1, 2].map(|shard| fleet.command(&format!("config check --json --data none --shard {shard}/2")));
    let mut names = Vec::new();
    for shard in shards {
        let list: Value = serde_json::from_str(&shard.run().await.assert_code(0).stdout).unwrap();
        names.extend(list.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()));
    }
    names.sort();
    assert_eq!(names, ["cloud-1", "cloud-2"], "each subject is in one part");
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_configuration_names_the_place() {
    let fleet = Fleet::start(vec![], "").await;
    let text = "subjects:\n  - {name: a, scope: scs-compatible-iass, cloud: a}\n";
    std::fs::write(fleet.path("scs-conformance.yaml"), text).unwrap();
    let ended = fleet.command("config check").run().await.assert_code(2);
    assert!(
        ended.stderr.contains("scs-conformance.yaml:2:") && ended.stderr.contains("scs-compatible-iaas"),
        "{}",
        ended.stderr
    );
}

/// A night that is killed in the middle of its changes leaves journals, by which everything is found.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_night_leaves_is_swept() {
    let slow = conformant(|state| state.network.latency_ms = 100);
    let fleet = Fleet::start(vec![slow], "").await;
    let config = std::fs::read_to_string(fleet.path("scs-conformance.yaml")).unwrap();
    std::fs::write(fleet.path("scs-conformance.yaml"), config.replace("deadline: 20s", "deadline: 60s, changes: true"))
        .unwrap();
    let before = fleet.clouds[0].inventory();
    let mut running = fleet.nightly("").start();
    while fleet.clouds[0].inventory().len() < before.len() + 2 {
        assert!(running.child.try_wait().unwrap().is_none(), "it ended before");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    running.child.kill().await.unwrap();
    fleet.age_journals();
    let ended = fleet.command("sweep nightly --data none").run().await;
    assert_eq!(fleet.clouds[0].inventory(), before, "{}", ended.stderr);
    fleet.command("sweep nightly --data none").run().await.assert_code(0);
}
