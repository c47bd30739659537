//! The commands around a night: `history`, `init`, `import-config`, `subject add`.

use super::{Fleet, private};
use crate::program::Program;
use crate::support::conformant;
use scs_simcloud::SimCloud;
use std::os::unix::fs::PermissionsExt;

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
    let checked = Program::new("config check --data none").file("scs-conformance.yaml", &config).run().await;
    assert!(checked.assert_code(0).stdout.contains("1 of 1 subjects run"));
    let night = Program::new("nightly --data none --state-dir state --section light").clouds(&yaml);
    let night = night.file("scs-conformance.yaml", &config).run().await.assert_code(0);
    assert!(night.stdout.contains("1 of 1 subjects tested"), "{}", night.stdout);
    let again = Program::new("init --cloud sim").clouds(&yaml).file("scs-conformance.yaml", &config).run().await;
    assert!(again.assert_code(2).stderr.contains("is there already"));
    let nothing = Program::new("init").run().await.assert_code(2);
    assert!(nothing.stderr.contains("name the first subject"), "{}", nothing.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn configuration_of_todays_suite_is_taken_over() {
    let today = "[secrets]\nkeyfile = 'k'\ntokenfile = 't'\n[presets.iaas]\nscopes = ['scs-compatible-iaas']\nsubjects = ['sim']\n\
        [subjects.sim.mapping]\nregion = 'R'\n";
    let ended = Program::new("import-config config.toml").file("config.toml", today).run().await.assert_code(0);
    assert!(ended.stderr.contains("note: sim: the variable region is not known here"), "{}", ended.stderr);
    let checked = Program::new("config check --data none").file("scs-conformance.yaml", &ended.stdout).run().await;
    assert!(checked.assert_code(0).stdout.contains("sim  scs-compatible-iaas"));
    let broken = Program::new("import-config config.toml").file("config.toml", "[x").run().await.assert_code(2);
    assert!(broken.stderr.contains("config.toml"), "{}", broken.stderr);
}

/// The token of a tokenfile of today's suite is found by the command that stands for it.
#[tokio::test(flavor = "multi_thread")]
async fn tokenfile_of_todays_suite_lets_in() {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    let fleet = Fleet::start(vec![conformant(|_| {})], "").await;
    let file = fleet.path("tokenfile");
    private(&file, &STANDARD.encode(format!("{}:{}", super::ACCOUNT, super::TOKEN)));
    let config = std::fs::read_to_string(fleet.path("scs-conformance.yaml")).unwrap();
    let command = format!("token: {{command: [sh, -c, 'base64 -d \"$0\" | cut -d: -f2-', '{}']}}", file.display());
    std::fs::write(fleet.path("scs-conformance.yaml"), config.replace("token: {file: token}", &command)).unwrap();
    fleet.nightly("--section light").env("PATH", "/usr/bin:/bin").run().await.assert_code(0);
    assert_eq!(fleet.server.subjects(), ["cloud-1"]);
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
