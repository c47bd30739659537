//! `explain` and `list`: what people ask of definitions and of reports.

use crate::program::Program;
use crate::support::{check, conformant};
use rstest::rstest;
use scs_simcloud::{Failure, Fault, Service, SimCloud};
use serde_json::Value;

#[tokio::test]
async fn a_testcase_is_explained_by_its_definition() {
    let ended = Program::new("explain scs-0102-prop-hw_disk_bus").run().await.assert_code(0);
    for words in
        ["image-property: A property of every image", "words: [virtio, scsi]", "needs       images: ", "remedy"]
    {
        assert!(ended.stdout.contains(words), "{words}: {}", ended.stdout);
    }
    assert!(!ended.stdout.contains('\u{1b}') && ended.stderr.is_empty());
    let ended = Program::new("explain scs-0117-test-backup --json").run().await.assert_code(0);
    let json: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(json["changes_the_subject"], "yes");
}

/// Without `--scope`, the scope counts to which the testcase belongs.
#[rstest]
#[case("scs-0102-prop-hw_disk_bus", "", "v5.1 (effective)")]
#[case("scs-0210-vulnerabilities", "", "v1 (effective)")]
#[case("scs-0210-vulnerabilities", "--scope scs-compatible-iaas", "in no version")]
#[tokio::test]
async fn it_tells_where_a_testcase_counts(#[case] id: &str, #[case] scope: &str, #[case] words: &str) {
    let ended = Program::new(&format!("explain {id} {scope}")).run().await.assert_code(0);
    assert!(ended.stdout.contains(words), "{}", ended.stdout);
}

/// Returns a report with every verdict.
async fn report() -> String {
    let cloud = SimCloud::start(conformant(|state| {
        state.remove_flavor("SCS-1V-4");
    }))
    .await
    .unwrap();
    cloud.plant(Fault::new(Failure::status(403)).service(Service::BlockStorage));
    serde_json::to_string(&check(&cloud).await).unwrap()
}

#[rstest]
#[case("scs-0103-flavor-1v-4", &["FAIL", "violation   flavor \"SCS-1V-4\"", "fact        flavors: known", "GET http"])]
#[case("scs-0103-flavor-2v-8", &["PASS", "examined, and nothing contradicts it"])]
#[case("scs-0114-syntax-check", &["ABORT", "(forbidden)", "answered 403"])]
#[case("scs-0117-test-backup", &["MISS", "(changes-the-subject)", "fact        backup-trial"])]
#[tokio::test]
async fn a_verdict_is_explained_by_the_report(#[case] id: &str, #[case] words: &[&str]) {
    let program = || Program::new("explain --report r.json").argument(id);
    let report = report().await;
    let ended = program().file("r.json", &report).run().await.assert_code(0);
    for word in words {
        assert!(ended.stdout.contains(word), "{word}: {}", ended.stdout);
    }
    let ended = program().argument("--json").file("r.json", &report).run().await.assert_code(0);
    let json: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(json["result"]["verdict"], words[0]);
    assert_eq!(json["facts"].as_object().unwrap().is_empty(), words[0] == "MISS");
}

#[rstest]
#[case("scs-0103-flavor-1v-5", r#"REPORT"#, "r.json has no testcase \"scs-0103-flavor-1v-5\"; did you mean scs-0103")]
#[case("x", r#"REPORT"#, "r.json has no testcase \"x\"; it has those of SCS-compatible IaaS next, v6, v5.1")]
#[case("x", r#"{"schema_version": 6}"#, "schema_version is 6, newer than 5; use a newer scs-conformance")]
#[case("x", r#"{"schema_version": 2}"#, "its schema_version is 2, older than 5")]
#[case("x", r#"{"a": 1}"#, "it has no schema_version")]
#[case("x", "<html>", "is not a report for this program")]
#[case("x", r#"{"schema_version": 5}"#, "r.json:1:21: this is not a report")]
#[tokio::test]
async fn a_report_that_cannot_answer_says_so(#[case] id: &str, #[case] content: &str, #[case] message: &str) {
    let content = if content == "REPORT" { report().await } else { content.to_owned() };
    let ended = Program::new("explain --report r.json").argument(id).file("r.json", content).run().await;
    let ended = ended.assert_code(2);
    assert!(ended.stderr.contains(message) && ended.stdout.is_empty(), "{}", ended.stderr);
}

/// The first testcase is listed, the second is not.
#[rstest]
#[case("--version next", "scs-0102-os_purpose-uniqueness", "scs-0104-image-debian-13")]
#[case("--version v3 --target main", "scs-0100-syntax-check", "scs-0102-prop-hash_algo")]
#[case("--target preview --version v5.1", "availability-zones-check", "scs-0100-syntax-check")]
#[case("--standard scs-0104 --standard scs-0114", "scs-0114-encrypted-type", "scs-0115-default-rules")]
#[case("--mutating", "scs-0115-default-rules", "scs-0116-presence")]
#[case("--section medium,heavy", "scs-0117-test-backup", "scs-0114-syntax-check")]
#[case("--level may", "scs-0102-prop-hotfix_hours", "scs-0100-syntax-check")]
#[case("--level must --version v4", "scs-0100-syntax-check", "scs-0114-syntax-check")]
#[case("--target main --mutating --level must", "scs-0117-test-backup", "scs-0100-syntax-check")]
#[tokio::test]
async fn testcases_are_filtered(#[case] arguments: &str, #[case] listed: &str, #[case] left_out: &str) {
    let ended = Program::new("list --json").arguments(arguments).run().await.assert_code(0);
    let entries: Vec<Value> = serde_json::from_str(&ended.stdout).unwrap();
    let ids: Vec<&str> = entries.iter().map(|testcase| testcase["id"].as_str().unwrap()).collect();
    assert!(ids.contains(&listed) && !ids.contains(&left_out), "{ids:?}");
    let table = Program::new("list").arguments(arguments).run().await.assert_code(0);
    assert_eq!(table.stdout.lines().count(), ids.len() + 1, "a line per testcase where no terminal is");
}

/// The testcases on which a certificate depends are fixed.
#[rstest]
#[case("--version v3 --target main", 16)]
#[case("--version v4 --version v3 --target main", 39)]
#[case("--version v5.1 --target main", 54)]
#[case("--version v5.1 --target main --mutating", 5)]
#[tokio::test]
async fn all_of_a_stable_version_is_listed(#[case] arguments: &str, #[case] expected: usize) {
    let ended = Program::new("list").arguments(arguments).run().await.assert_code(0);
    assert_eq!(ended.stdout.lines().count(), expected + 1, "{}", ended.stdout);
}

#[rstest]
#[case("scopes", "scope")]
#[case("standards", "title")]
#[case("testcases", "targets")]
#[case("checks", "testcases")]
#[tokio::test]
async fn lists_are_made_for_programs_too(#[case] what: &str, #[case] key: &str) {
    let ended = Program::new("list --json").arguments(what).run().await.assert_code(0);
    let listed: Vec<Value> = serde_json::from_str(&ended.stdout).unwrap();
    assert!(!listed.is_empty() && listed.iter().all(|entry| !entry[key].is_null()), "{}", ended.stdout);
}

#[tokio::test]
async fn shells_and_man_are_served() {
    for (arguments, beginning) in [
        ("completions bash", "_scs__conformance()"),
        ("completions zsh", "#compdef scs-conformance"),
        ("completions fish", "# Print an optspec"),
        ("manpage", ".ie"),
        ("manpage list", ".ie"),
    ] {
        let ended = Program::new(arguments).run().await.assert_code(0);
        assert!(ended.stdout.starts_with(beginning), "{arguments}: {}", &ended.stdout[..200]);
    }
}
