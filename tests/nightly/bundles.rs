//! Bundles that nights write: they are verified without any server, by this program and by the real `ssh-keygen`.

use super::{Fleet, private, refusing};
use crate::program::{Ended, Program};
use crate::support::conformant;
use rstest::rstest;
use scs_signatures::{REPORT, SigningKey, attach};
use scs_simcloud::State;
use std::path::PathBuf;
use std::process::Command;

const BUNDLE: &str = "results/2026-11-30/cloud-1/report.bundle";
const OUTPUTS: &str = "outputs: {formats: [yaml, bundle]}\n";

const PASSES: &str = "\"scs-0100-syntax-check\": {\n        \"verdict\": \"PASS\"";

fn violating() -> State {
    conformant(|state| {
        state.remove_flavor("SCS-1V-4");
    })
}

/// Returns a fleet after a night that has written bundles.
async fn fleet(states: Vec<State>, code: i32) -> Fleet {
    let fleet = Fleet::start(states, OUTPUTS).await;
    fleet.nightly("--section light").run().await.assert_code(code);
    fleet
}

async fn verify(fleet: &Fleet, file: PathBuf, arguments: &str) -> Ended {
    let program = Program::new("verify").argument(file).arguments(arguments);
    program.argument("--allowed-signers").argument(fleet.path("allowed_signers")).run().await
}

/// Signs another content with the key of the fleet.
fn signed_anew(fleet: &Fleet, content: &str) -> PathBuf {
    let key = SigningKey::parse(&std::fs::read(fleet.path("key")).unwrap(), None).unwrap();
    let file = fleet.path("other.bundle");
    std::fs::write(&file, attach(&key.sign(REPORT, content.as_bytes()).unwrap(), content)).unwrap();
    file
}

/// Returns the document in a bundle.
fn document(fleet: &Fleet) -> String {
    let text = std::fs::read_to_string(fleet.path(BUNDLE)).unwrap();
    text.split_once("-----END SSH SIGNATURE-----\n").unwrap().1.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn night_leaves_a_proof_of_each_subject() {
    let fleet = fleet(vec![violating(), refusing()], 3).await;
    for subject in ["cloud-1", "cloud-2"] {
        let file = fleet.path("results/2026-11-30").join(subject).join("report.bundle");
        let ended = verify(&fleet, file, "").await.assert_code(0);
        assert!(ended.stdout.contains("signed by provider-a (namespace report"), "{}", ended.stdout);
        assert!(ended.stdout.contains("the report follows from its facts"), "{}", ended.stdout);
        assert!(ended.stdout.contains(&format!("  {subject}, scs-compatible-iaas, ")), "{}", ended.stdout);
        assert!(!ended.stdout.contains("  CONFORMANT"), "{}", ended.stdout);
    }
    let bundle: serde_json::Value = serde_json::from_str(&document(&fleet)).unwrap();
    let report = fleet.report("cloud-1");
    assert_eq!(bundle["report"]["id"], report["id"]);
    assert_eq!(bundle["report"]["testcases"]["scs-0103-flavor-1v-4"]["verdict"], "FAIL");
    let auth_url = report["subject"]["details"]["auth_url"].as_str().unwrap();
    assert!(!document(&fleet).contains(auth_url), "facts are redacted");
}

#[tokio::test(flavor = "multi_thread")]
async fn ssh_keygen_verifies_a_bundle() {
    let fleet = fleet(vec![conformant(|_| {})], 0).await;
    let command = format!(
        "sed '1,/^-----END SSH SIGNATURE-----$/d' {BUNDLE} | \
         ssh-keygen -Y verify -n report -f allowed_signers -I provider-a -s {BUNDLE}"
    );
    let page = std::fs::read_to_string(crate::program::in_repository("docs/running-nightly.md")).unwrap();
    assert!(page.contains(&command.replace(BUNDLE, "report.bundle").replace(" | ", " |\n  ")), "{command}");
    let asked = Command::new("sh").arg("-c").arg(command).current_dir(fleet.folder.path()).output().unwrap();
    assert!(asked.status.success(), "{}", String::from_utf8_lossy(&asked.stderr));
}

/// The bundle is changed without a new signature.
#[rstest]
#[case::one_byte(|text: &str| text.replacen("\"PASS\"", "\"pASS\"", 1), 1, "the signature is not over this content")]
#[case::cut_off(|text: &str| text[..text.len() / 2].to_owned(), 1, "the signature is not over this content")]
#[case::cut_off_early(|text: &str| text[..100].to_owned(), 2, "the signature in front of it has no end")]
#[case::broken_signature(|text: &str| text.replacen("U1NIU0lH", "AAAAAAAA", 1), 2, "this is not a signature of ssh-keygen")]
#[case::no_signature(|text: &str| text[1..].to_owned(), 2, "is no bundle, as no signature stands in front")]
#[case::empty(|_: &str| String::new(), 2, "is no bundle, as no signature stands in front")]
#[tokio::test(flavor = "multi_thread")]
async fn damage_is_told_in_one_message(#[case] damage: fn(&str) -> String, #[case] code: i32, #[case] expected: &str) {
    let fleet = fleet(vec![conformant(|_| {})], 0).await;
    let file = fleet.path("damaged.bundle");
    std::fs::write(&file, damage(&std::fs::read_to_string(fleet.path(BUNDLE)).unwrap())).unwrap();
    let ended = verify(&fleet, file, "").await.assert_code(code);
    let told = format!("{}{}", ended.stdout, ended.stderr);
    assert!(told.contains(expected) && told.lines().count() == 1, "{told}");
}

/// The content is changed by one who may sign.
#[rstest]
#[case::verdict(
    |text: &str| text.replacen(PASSES, &PASSES.replace("PASS", "FAIL"), 1),
    1,
    "scs-0100-syntax-check is FAIL in the report, and PASS from the facts"
)]
#[case::simulated(
    |text: &str| text.replacen("\"simulated\": false", "\"simulated\": true", 1),
    1,
    "it proves nothing: the report is of a simulation"
)]
#[case::altered(
    |text: &str| text.replacen("\"origin\": \"official\"", "\"origin\": \"altered\"", 1),
    1,
    "it proves nothing: the report was judged by definitions that are not the official ones"
)]
#[case::digest(
    |text: &str| text.replacen("\"digest\": \"", "\"digest\": \"x", 1),
    3,
    "are not here; name their folder with --standards"
)]
#[case::facts(|text: &str| text.replacen("\"recording\"", "\"recordings\"", 1), 2, "unknown field `recordings`")]
#[case::something_else(|_: &str| "---\nreport: 1\n".to_owned(), 2, "it is not a JSON object")]
#[tokio::test(flavor = "multi_thread")]
async fn signature_does_not_make_it_true(#[case] alter: fn(&str) -> String, #[case] code: i32, #[case] expected: &str) {
    let fleet = fleet(vec![conformant(|_| {})], 0).await;
    let altered = alter(&document(&fleet));
    assert_ne!(altered, document(&fleet));
    let ended = verify(&fleet, signed_anew(&fleet, &altered), "").await.assert_code(code);
    assert!(format!("{}{}", ended.stdout, ended.stderr).contains(expected), "{ended:?}");
    assert!(!ended.stdout.contains("CONFORMANT"), "{}", ended.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_signer_is_refused_before_anything_is_read() {
    let fleet = fleet(vec![conformant(|_| {})], 0).await;
    let ended = verify(&fleet, fleet.path(BUNDLE), "--identity somebody").await.assert_code(1);
    assert!(ended.stdout.contains("signed by provider-a, and not by the one who must have signed"), "{}", ended.stdout);
    std::fs::write(fleet.path("allowed_signers"), "").unwrap();
    let ended = verify(&fleet, fleet.path(BUNDLE), "").await.assert_code(1);
    assert!(ended.stdout.contains("is none of those that may sign"), "{}", ended.stdout);
    assert!(!ended.stdout.contains("follows"), "{}", ended.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn bundle_is_made_of_a_report_and_its_facts() {
    let mut fleet = Fleet::start(vec![violating(), conformant(|_| {})], "").await;
    let check = |cloud: &str| {
        let program = Program::new(&format!("check iaas --cloud {cloud} -o {cloud}.json --record {cloud}-facts.json"));
        program.env("OS_CLIENT_CONFIG_FILE", fleet.path("clouds.yaml").to_str().unwrap())
    };
    let (one, two) = (check("cloud-1").run().await.assert_code(1), check("cloud-2").run().await);
    let bundle = |facts: &Ended, name: &str| {
        let program = Program::new("bundle").argument(one.path("cloud-1.json")).argument(facts.path(name));
        program.argument("--config").argument(fleet.path("scs-conformance.yaml"))
    };
    let made = bundle(&one, "cloud-1-facts.json").run().await.assert_code(0);
    let ended = verify(&fleet, made.path("report.bundle"), "").await.assert_code(0);
    assert!(ended.stdout.contains("the report follows from its facts"), "{}", ended.stdout);
    let other = bundle(&two, "cloud-2-facts.json").run().await.assert_code(2);
    assert!(other.stderr.contains("the facts are not those of the run of this report"), "{}", other.stderr);
    assert_eq!(other.files(), Vec::<String>::new(), "nothing is written");
    let both = verify(&fleet, made.path("report.bundle"), "--signature x").await.assert_code(2);
    assert!(both.stderr.contains("has its signature in it"), "{}", both.stderr);
    fleet.clouds.clear();
}

/// Without a key nothing begins.
#[tokio::test(flavor = "multi_thread")]
async fn bundles_need_a_key() {
    let fleet = Fleet::start(vec![], "").await;
    let text = "outputs: {formats: [bundle]}\nsubjects:\n  - {name: a, scope: scs-compatible-iaas, cloud: a}\n";
    private(&fleet.path("scs-conformance.yaml"), text);
    let ended = fleet.command("config check --data none").run().await.assert_code(2);
    assert!(ended.stderr.contains("bundles are signed, and there is no key"), "{}", ended.stderr);
}
