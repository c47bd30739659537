//! The commands around a night: `history`, `diff`, `init`, `import-config`, `subject add`, `sweep nightly`.

use super::{Fleet, private, subject, summary};
use crate::program::Program;
use crate::support::conformant;
use scs_simcloud::SimCloud;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn history_shows_what_changed_from_night_to_night() {
    let mut fleet = Fleet::start(vec![conformant(|_| {})], "").await;
    let night = |fleet: &Fleet, date: &str| {
        fleet.command("nightly --data none --section light --quiet").argument("--night").argument(date)
    };
    night(&fleet, "2026-11-28").run().await.assert_code(0);
    fleet.clouds.clear();
    fleet
        .configure(
            vec![conformant(|state| {
                state.remove_flavor("SCS-1V-4");
            })],
            "",
        )
        .await;
    night(&fleet, "2026-11-29").run().await.assert_code(1);
    let shown = fleet.command("history --data none --subject cloud-1").run().await.assert_code(0);
    let page = &shown.stdout;
    assert!(page.starts_with("cloud-1, scs-compatible-iaas: 2 nights from 2026-11-28 to 2026-11-29\n"), "{page}");
    let line = page.lines().find(|line| line.starts_with("scs-0103-flavor-1v-4 ")).unwrap();
    assert!(line.contains("    P     F  last pass 2026-11-28"), "{page}");
    assert!(!page.contains("scs-0100-syntax-check"), "{page}");
    let all = fleet.command("history --data none --subject cloud-1 --all").run().await.assert_code(0);
    assert!(all.stdout.contains("scs-0100-syntax-check"), "{}", all.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn init_examines_a_cloud_and_writes_a_configuration_that_runs() {
    let cloud = SimCloud::start(conformant(|_| {})).await.unwrap();
    let yaml = cloud.clouds_yaml("sim").unwrap();
    let ended = Program::new("init --cloud sim").clouds(&yaml).run().await.assert_code(0);
    assert!(
        ended.stdout.contains("Next:\n  scs-conformance config check --config scs-conformance.yaml"),
        "{}",
        ended.stdout
    );
    let config = ended.file("scs-conformance.yaml");
    let checked =
        Program::new("config check --data none").clouds(&yaml).file("scs-conformance.yaml", &config).run().await;
    assert!(checked.assert_code(0).stdout.contains("1 of 1 subjects run"));
    let night = Program::new("nightly --data none --state-dir state --section light").clouds(&yaml);
    let night = night.file("scs-conformance.yaml", &config).run().await.assert_code(0);
    assert!(night.stdout.contains("1 of 1 subjects tested"), "{}", night.stdout);
    let again = Program::new("init --cloud sim").clouds(&yaml).file("scs-conformance.yaml", &config).run().await;
    assert!(again.assert_code(2).stderr.contains("is there already"));
    let by_variable = Program::new("init").clouds(&yaml).env("OS_CLOUD", "sim").run().await.assert_code(0);
    assert_eq!(by_variable.file("scs-conformance.yaml"), config);
    let nothing = Program::new("init").run().await.assert_code(2);
    assert!(nothing.stderr.contains("name the first subject"), "{}", nothing.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn configuration_of_todays_suite_is_taken_over() {
    let today = "[secrets]\nkeyfile = 'k'\ntokenfile = 't'\n[presets.iaas]\nscopes = ['scs-compatible-iaas']\nsubjects = ['sim']\n\
        [subjects.sim.mapping]\nregion = 'R'\n";
    let ended = Program::new("import-config config.toml").file("config.toml", today).run().await.assert_code(0);
    assert!(ended.stderr.contains("note: sim: the variable region is not known here"), "{}", ended.stderr);
    let cloud = SimCloud::start(conformant(|_| {})).await.unwrap();
    let check = Program::new("config check --data none").file("scs-conformance.yaml", &ended.stdout);
    let check = check.clouds(&cloud.clouds_yaml("sim").unwrap());
    super::new_key(check.folder());
    std::fs::rename(check.folder().join("key"), check.folder().join("k")).unwrap();
    private(&check.folder().join("t.decoded"), "sesame\n");
    assert!(check.run().await.assert_code(0).stdout.contains("sim  scs-compatible-iaas"));
    let broken = Program::new("import-config config.toml").file("config.toml", "[x").run().await.assert_code(2);
    assert!(broken.stderr.contains("config.toml"), "{}", broken.stderr);
}

/// What `import-config` says about the tokenfile is what makes a file with the token.
#[tokio::test(flavor = "multi_thread")]
async fn tokenfile_of_todays_suite_lets_in() {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    let fleet = Fleet::start(vec![conformant(|_| {})], "").await;
    private(&fleet.path("tokenfile"), &STANDARD.encode(format!("{}:{}", super::ACCOUNT, super::TOKEN)));
    let today = "[secrets]\nkeyfile = 'key'\ntokenfile = 'tokenfile'\n";
    let ended = Program::new("import-config config.toml").file("config.toml", today).run().await.assert_code(0);
    let (_, command) = ended.stderr.split_once("into a file: ").unwrap();
    let (command, _) = command.split_once(". The key").unwrap();
    let made = std::process::Command::new("sh").arg("-c").arg(command).current_dir(fleet.folder.path()).status();
    assert!(made.unwrap().success(), "{command}");
    let config = std::fs::read_to_string(fleet.path("scs-conformance.yaml")).unwrap();
    let config = config.replace("token: {file: token}", "token: {file: tokenfile.decoded}");
    assert!(ended.stdout.contains("token: {file: 'tokenfile.decoded'}"), "{}", ended.stdout);
    std::fs::write(fleet.path("scs-conformance.yaml"), config).unwrap();
    fleet.nightly("--section light").run().await.assert_code(0);
    assert_eq!(fleet.server.subjects(), ["cloud-1"]);
}

/// The lines that `subject add` prints are YAML, whatever the folder is called.
#[tokio::test(flavor = "multi_thread")]
async fn new_account_is_printed_as_yaml() {
    let ended = Program::new("subject add provider-b --dir").argument("a: {b").run().await.assert_code(0);
    let lines: String =
        ended.stdout.lines().filter(|line| line.starts_with("s")).map(|line| format!("{line}\n")).collect();
    let lines: serde_json::Value = serde_yaml::from_str(&lines).unwrap();
    assert_eq!(lines["signing"]["key"]["file"], "a: {b/provider-b.key");
    assert_eq!(lines["servers"][0]["token"]["file"], "a: {b/provider-b.token");
}

#[tokio::test(flavor = "multi_thread")]
async fn new_account_has_a_key_that_signs_and_a_token_that_lets_in() {
    let ended = Program::new("subject add provider-b").run().await.assert_code(0);
    assert!(ended.stdout.contains("subject: provider-b") && ended.stdout.contains("$argon2id$"), "{}", ended.stdout);
    let token = ended.file("secrets/provider-b.token");
    assert!(!ended.stdout.contains(token.trim()), "the token is not printed");
    for name in ["key", "token"] {
        let mode = std::fs::metadata(ended.path(&format!("secrets/provider-b.{name}"))).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let signed = std::process::Command::new("ssh-keygen")
        .args(["-q", "-Y", "sign", "-n", "report", "-f"])
        .arg(ended.path("secrets/provider-b.key"))
        .arg(ended.path("secrets/provider-b.token"))
        .status();
    assert!(signed.unwrap().success(), "ssh-keygen takes the key");
    for (name, message) in [("a b", "cannot be the name of an account"), ("provider-b", "is there already")] {
        let program = Program::new("subject add").argument(name).file("secrets/provider-b.key", "x").run().await;
        assert!(program.assert_code(2).stderr.contains(message));
    }
}

/// The reports of a night say what is known, where no history does: only what is new makes the next one fail.
#[tokio::test(flavor = "multi_thread")]
async fn baseline_takes_the_place_of_a_history() {
    let violating = || conformant(|state| assert!(state.remove_flavor("SCS-1V-4")));
    let fleet = Fleet::start(vec![violating(), conformant(|_| {})], "").await;
    let arguments = "nightly --data none --section light --fail-on new --summary night.json";
    let fresh = |state: &str, night: &str, more: &str| {
        let program = fleet.with_state(&fleet.path(state), arguments).arguments(&format!("--night {night}"));
        program.arguments(more)
    };
    let first = fresh("state-1", "2026-11-29", "").run().await.assert_code(1);
    assert_eq!(summary(&first)["counts"]["new_failures"], 1, "a failure without a history is new");
    let folder = fleet.path("results/2026-11-29");
    let known = format!("--baseline {}", folder.display());
    let second = fresh("state-2", "2026-11-30", &known).run().await.assert_code(0);
    assert_eq!(summary(&second)["counts"]["new_failures"], 0);
    assert_eq!(subject(&summary(&second), "cloud-1")["verdict"], "FAIL", "a known failure stays a failure");
    fleet.clouds[1].update(|state| assert!(state.remove_flavor("SCS-1V-4")));
    let third = fresh("state-3", "2026-12-01", &known).run().await.assert_code(1);
    assert!(third.stdout.contains("New failures\n  cloud-2: scs-0103-flavor-1v-4\n"), "{}", third.stdout);

    for (wrong, message) in [
        (fleet.path("state-1"), "there is no report.json in"),
        (fleet.path("nowhere"), "cannot be read"),
        (folder.join("cloud-1/report.html"), "report.html"),
    ] {
        let ended = fresh("state-4", "2026-12-02", &format!("--baseline {}", wrong.display())).run().await;
        assert!(ended.stderr.contains(message), "{}", ended.stderr);
        ended.assert_code(2);
    }
    let stranger = format!("--subject cloud-2 --baseline {}", folder.join("cloud-1/report.json").display());
    let ended = fresh("state-4", "2026-12-02", &stranger).run().await.assert_code(2);
    assert!(ended.stderr.contains("none of its reports is of a subject of this night"), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nights_are_compared() {
    let fleet = Fleet::start(vec![conformant(|_| {}), conformant(|_| {})], "").await;
    let night = |date: &str, more: &str| {
        let arguments = format!("nightly --data none --section light --night {date} {more}");
        fleet.command(&arguments)
    };
    night("2026-11-29", "").run().await.assert_code(0);
    fleet.clouds[0].update(|state| assert!(state.remove_flavor("SCS-1V-4")));
    night("2026-11-30", "--subject cloud-1").run().await.assert_code(1);
    let state = fleet.path("state");
    let diff = |arguments: &str| Program::new(arguments).argument("--state-dir").argument(&state);
    let worse = diff("diff 2026-11-29 2026-11-30").run().await.assert_code(1);
    let line = "cloud-1, scs-compatible-iaas\n  New failures: scs-0103-flavor-1v-4 (PASS before, FAIL now)\n";
    assert!(worse.stdout.contains(line), "{}", worse.stdout);
    assert!(
        worse.stdout.contains("cloud-2, scs-compatible-iaas\n  The later night has decided nothing"),
        "{}",
        worse.stdout
    );
    diff("diff 2026-11-29 2026-11-30 --subject cloud-2").run().await.assert_code(3);
    let worse = diff("diff 2026-11-29 2026-11-30 --subject cloud-1 --json").run().await.assert_code(1);
    let worse: serde_json::Value = serde_json::from_str(&worse.stdout).unwrap();
    assert_eq!(worse["subjects"][0]["failing"][0]["id"], "scs-0103-flavor-1v-4");
    for (arguments, message) in [
        ("diff yesterday 2026-11-30", "yesterday cannot be read"),
        ("diff 2026-11-30 2026-11-29", "is not after that of 2026-11-30"),
        ("diff 2025-11-29 2025-11-30", "has a report neither of 2025-11-29 nor of 2025-11-30"),
        ("diff 2026-11-29 2026-11-30 --subject cloud-3", "no history of the subject cloud-3"),
    ] {
        let ended = diff(arguments).run().await.assert_code(2);
        assert!(ended.stderr.contains(message), "{}", ended.stderr);
    }
}

/// A subject leaves the configuration while something of it is left: each night says so, and the sweep tells what to do.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_of_a_former_subject_is_told() {
    let slow = conformant(|state| state.network.latency_ms = 100);
    let fleet = Fleet::start(vec![conformant(|_| {}), slow], "").await;
    let whole = std::fs::read_to_string(fleet.path("scs-conformance.yaml")).unwrap();
    let changing = whole.replace("deadline: 20s", "deadline: 60s, changes: true");
    std::fs::write(fleet.path("scs-conformance.yaml"), &changing).unwrap();
    let before = fleet.clouds[1].inventory();
    let mut running = fleet.nightly("--subject cloud-2").start();
    while fleet.clouds[1].inventory().len() < before.len() + 2 {
        assert!(running.child.try_wait().unwrap().is_none(), "it ended before");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    running.child.kill().await.unwrap();
    let without = whole.lines().filter(|line| !line.contains("name: cloud-2")).collect::<Vec<_>>().join("\n");
    std::fs::write(fleet.path("scs-conformance.yaml"), without).unwrap();
    let night = fleet.nightly("--section light").run().await.assert_code(4);
    assert!(night.stdout.contains("cloud-2: an earlier run may have left something"), "{}", night.stdout);
    let swept = fleet.command("sweep nightly --data none").run().await.assert_code(4);
    assert!(swept.stderr.contains("something may be left of the subject cloud-2"), "{}", swept.stderr);
    fleet.age_journals();
    std::fs::write(fleet.path("scs-conformance.yaml"), changing).unwrap();
    fleet.command("sweep nightly --data none").run().await;
    assert_eq!(fleet.clouds[1].inventory(), before);
}
