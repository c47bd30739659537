//! The files that a night writes, and those that its configuration names.

use super::{Fleet, summary};
use crate::program::Program;
use crate::support::conformant;
use rstest::rstest;
use scs_fleet::state::StateFolder;

async fn fleet() -> Fleet {
    Fleet::start(vec![conformant(|_| {})], "").await
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_of_outputs_are_made() {
    let fleet = fleet().await;
    let state = fleet.path("new/state");
    let output = |name: &str| state.join("deep").join(name);
    let program = fleet.with_state(&state, "nightly --data none --section light");
    let program = program.argument("--summary").argument(output("summary.json"));
    program.argument("--junit").argument(output("junit.xml")).run().await.assert_code(0);
    assert!(output("summary.json").is_file() && output("junit.xml").is_file());
}

/// An output would replace the configuration or another output: nothing is run, and nothing is replaced.
#[rstest]
#[case::configuration("--summary CONFIG", "this file is read by the run")]
#[case::same_file("--summary same --junit ./same", "--summary and --junit go to the same file")]
#[case::both_to_stdout("--summary - --metrics -", "only one of --summary, --junit and --metrics can go to stdout")]
#[tokio::test(flavor = "multi_thread")]
async fn outputs_replace_nothing(#[case] arguments: &str, #[case] expected: &str) {
    let fleet = fleet().await;
    let config = fleet.path("scs-conformance.yaml");
    let before = std::fs::read_to_string(&config).unwrap();
    let arguments = arguments.replace("CONFIG", config.to_str().unwrap());
    let ended = fleet.command("nightly --data none --section light").arguments(&arguments).run().await.assert_code(2);
    assert!(ended.stderr.contains(expected), "{}", ended.stderr);
    assert_eq!(std::fs::read_to_string(&config).unwrap(), before);
    assert_eq!(fleet.clouds[0].requests().len(), 0, "nothing is run in vain");
}

/// A key is read in the course of the night; the summary does not replace it.
#[tokio::test(flavor = "multi_thread")]
async fn summary_replaces_no_key() {
    let fleet = fleet().await;
    let before = std::fs::read_to_string(fleet.path("key")).unwrap();
    let program = fleet.command("nightly --data none --section light").argument("--summary");
    let program = program.argument(fleet.path("key"));
    let ended = program.run().await.assert_code(4);
    assert!(ended.stderr.contains("this file is read by the run"), "{}", ended.stderr);
    assert_eq!(std::fs::read_to_string(fleet.path("key")).unwrap(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn configuration_is_checked_while_a_night_runs() {
    let fleet = fleet().await;
    fleet.command("config check --data none").run().await.assert_code(0);
    assert!(!fleet.path("state").exists(), "looking makes nothing");
    let _held = StateFolder::open(&fleet.path("state")).unwrap();
    fleet.command("config check --data none").run().await.assert_code(0);
}

/// A replacement in the configuration, and what `config check` says about it.
#[rstest]
#[case::key("key: {file: key}", "key: {file: no-key}", "the key that signs: ")]
#[case::token("token: {file: token}", "token: {file: no-token}", "the token for http")]
#[case::open_token("token: {file: token}", "token: {file: clouds.yaml}", "others may read this file")]
#[case::agent("key: {file: key}", "agent: no-key.pub", "the public key that signs: ")]
#[case::cloud("cloud: cloud-1}", "cloud: cloud-2}", "cloud-1: ")]
#[case::kubeconfig("cloud: cloud-1}", "scope: scs-compatible-kaas, kubeconfig: no.yaml}", "no.yaml")]
#[case::template(
    "cloud: cloud-1}",
    "scope: scs-compatible-kaas, provisioner: {t8s: {kubeconfig: m, template: no.yaml, version: v1.35.1}}}",
    "the template: "
)]
#[case::program(
    "cloud: cloud-1}",
    "scope: scs-compatible-kaas, provisioner: {exec: {create: [bin/no, up], delete: ['true']}}}",
    "cloud-1: the program: "
)]
#[tokio::test(flavor = "multi_thread")]
async fn what_the_configuration_names_has_to_be_there(#[case] old: &str, #[case] new: &str, #[case] expected: &str) {
    let fleet = fleet().await;
    let config = std::fs::read_to_string(fleet.path("scs-conformance.yaml")).unwrap();
    assert!(config.contains(old), "{config}");
    std::fs::write(fleet.path("scs-conformance.yaml"), config.replace(old, new)).unwrap();
    let ended = fleet.command("config check --data none").run().await.assert_code(2);
    assert!(ended.stderr.contains(expected), "{}", ended.stderr);
    assert_eq!(fleet.clouds[0].requests().len() + fleet.server.requests(), 0, "nobody is asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn variable_that_is_not_set_is_a_warning() {
    let fleet = fleet().await;
    let config = std::fs::read_to_string(fleet.path("scs-conformance.yaml")).unwrap();
    std::fs::write(fleet.path("scs-conformance.yaml"), config.replace("{file: token}", "{env: LATER}")).unwrap();
    let ended = fleet.command("config check --data none").run().await.assert_code(0);
    assert!(ended.stderr.contains("warning: the token for http") && ended.stderr.contains("LATER is not set"));
}

#[tokio::test(flavor = "multi_thread")]
async fn summary_for_programs_has_the_contact() {
    let fleet = Fleet::start(vec![conformant(|_| {})], "").await;
    let config = std::fs::read_to_string(fleet.path("scs-conformance.yaml")).unwrap();
    std::fs::write(
        fleet.path("scs-conformance.yaml"),
        config.replace("deadline: 20s", "deadline: 20s, contact: ops@a"),
    )
    .unwrap();
    let ended = fleet.nightly("--section light").run().await.assert_code(0);
    assert_eq!(summary(&ended)["subjects"][0]["contact"], "ops@a");
    assert!(!fleet.report("cloud-1").to_string().contains("ops@a"));
}

/// Programs of a provisioner may change their folder, wherever the state folder is.
#[tokio::test(flavor = "multi_thread")]
async fn programs_of_a_provisioner_get_an_absolute_path() {
    let create = "create: [sh, -c, 'cd / && echo \"$SCS_KUBECONFIG_OUT\" >\"$HOME/seen\"; exit 1']";
    let config = format!(
        "subjects:\n  - {{name: a, scope: scs-compatible-kaas, provisioner: {{exec: {{{create}, delete: ['true']}}}}}}\n"
    );
    let program = Program::new("nightly --data none --state-dir state --section light");
    let program = program.env("PATH", "/usr/bin:/bin").file("scs-conformance.yaml", config);
    let state = program.folder().join("state");
    let ended = program.run().await.assert_code(3);
    assert_eq!(ended.file("seen").trim(), state.join("clusters/a.kubeconfig").to_str().unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_configuration_says_what_it_needs() {
    let program = Program::new("config check").file("scs-conformance.yaml", "# nothing\n");
    let ended = program.run().await.assert_code(2);
    assert!(ended.stderr.contains("name a subject with its scope"), "{}", ended.stderr);
}

/// Numbers with which no date can be calculated are no crash.
#[rstest]
#[case("--expiring 4294967295", "at most 8784")]
#[case("--night +262142-12-31", "of the years 2020 to 2100")]
#[tokio::test(flavor = "multi_thread")]
async fn absurd_times_are_refused(#[case] arguments: &str, #[case] expected: &str) {
    let ended = Program::new("nightly --state-dir state").arguments(arguments).run().await.assert_code(2);
    assert!(ended.stderr.contains(expected), "{}", ended.stderr);
}
