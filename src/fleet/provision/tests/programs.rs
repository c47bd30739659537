//! `exec` and `kind`, with shell scripts in the place of programs.

use super::api::{Api, kubeconfig};
use super::fixture::{Fixture, printed};
use crate::provision::ProvisionError;
use rstest::rstest;
use scs_checks::verdict::ReasonCode;
use serde_json::Value;
use std::time::Duration;

const EXEC: &str = "{exec: {create: [make-cluster, create], delete: [make-cluster, delete], secrets: {TOKEN: {env: KEY}}, \
                    deadlines: DEADLINES}}";
const WITH_KUBECONFIG: &str = "{exec: {create: [make-cluster, create], kubeconfig: [make-cluster, kubeconfig], \
                               delete: [make-cluster, delete], deadlines: DEADLINES}}";

/// Returns a script that does this for each of its words, and notes the words.
fn script(fixture: &Fixture, api: &Api, create: &str, kubeconfig_word: &str, delete: &str) -> String {
    let folder = fixture.folder.path().display();
    std::fs::write(fixture.folder.path().join("made.yaml"), kubeconfig(&format!("{}/made", api.address))).unwrap();
    format!(
        "F={folder}; echo \"$1\" >> $F/words; env > $F/env-$1\nwrite() {{ cp $F/made.yaml \"$SCS_KUBECONFIG_OUT\"; }}\n\
         case $1 in create) {create};; kubeconfig) {kubeconfig_word};; delete) {delete};; esac"
    )
}

fn words(fixture: &Fixture) -> String {
    let words = std::fs::read_to_string(fixture.folder.path().join("words")).unwrap_or_default();
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[rstest]
#[case::at_once(EXEC, "write", "exit 9", "exit 0", "create delete")]
#[case::own_kubeconfig(WITH_KUBECONFIG, "exit 0", "write", "exit 0", "create kubeconfig delete")]
#[case::create_later(
    EXEC,
    "[ -e $F/once ] || { touch $F/once; exit 75; }; write",
    "",
    "exit 0",
    "create create delete"
)]
#[case::kubeconfig_later(
    WITH_KUBECONFIG,
    "exit 0",
    "[ -e $F/once ] || { touch $F/once; exit 75; }; write",
    "exit 0",
    "create kubeconfig kubeconfig delete"
)]
#[case::delete_later(EXEC, "write", "", "[ -e $F/once ] || { touch $F/once; exit 75; }", "create delete delete")]
#[case::open_file(EXEC, "write; chmod 644 $SCS_KUBECONFIG_OUT", "", "exit 0", "create delete")]
#[case::talkative(EXEC, "write; yes | head -c 3000000", "", "yes | head -c 3000000 >&2", "create delete")]
#[tokio::test]
async fn programs_make_and_remove_a_cluster(
    #[case] provisioner: &str,
    #[case] create: &str,
    #[case] kubeconfig_word: &str,
    #[case] delete: &str,
    #[case] expected: &str,
) {
    let api = Api::start(|_| {}).await;
    let fixture = Fixture::new(provisioner, None);
    fixture.program("make-cluster", &script(&fixture, &api, create, kubeconfig_word, delete));
    let made = fixture.make().await.unwrap_or_else(|error| panic!("{error}"));
    let mode = std::os::unix::fs::PermissionsExt::mode(&made.kubeconfig.metadata().unwrap().permissions());
    assert_eq!((made.version.as_str(), mode & 0o777), ("v1.35.10", 0o600));
    fixture.remove().await.unwrap();
    assert_eq!((words(&fixture).as_str(), fixture.files()), (expected, vec![]));
}

#[tokio::test]
async fn programs_are_told_everything_by_variables() {
    let api = Api::start(|_| {}).await;
    let fixture = Fixture::new(EXEC, None);
    fixture.program("make-cluster", &script(&fixture, &api, "write", "", "exit 0"));
    fixture.make().await.unwrap();
    let record = fixture.record().await.unwrap();
    fixture.remove().await.unwrap();
    for word in ["create", "delete"] {
        let text = std::fs::read_to_string(fixture.folder.path().join(format!("env-{word}"))).unwrap();
        let variables = printed(&text);
        let expected = [
            ("SCS_CLUSTER", "kaas-1-35"),
            ("SCS_KUBERNETES_VERSION", "1.35"),
            ("SCS_RUN", record.run.as_str()),
            ("SCS_SUBJECT", "kaas-1.35"),
            ("SCS_VAR_SLA", "none"),
            ("TOKEN", "sesame-of-the-template"),
        ];
        for (name, value) in expected {
            assert_eq!(variables.get(name).map(String::as_str), Some(value), "{word}: {name}");
        }
        assert!(variables["SCS_KUBECONFIG_OUT"].ends_with("clusters/kaas-1.35.kubeconfig"));
    }
}

#[rstest]
#[case::fails(
    "echo no quota, $TOKEN >&2; exit 1",
    "`make-cluster` (create) failed (exit status: 1); it said last: no quota, [secret]",
    ReasonCode::SuiteFailed
)]
#[case::foreign("exit 73", "as `create` says with exit code 73", ReasonCode::Configuration)]
#[case::killed("kill -9 $$", "failed (signal: 9 (SIGKILL))", ReasonCode::SuiteFailed)]
#[case::hangs("sleep 600", "the creation of the cluster kaas-1-35 did not end within", ReasonCode::Deadline)]
#[case::never_ready("exit 75", "the creation of the cluster kaas-1-35 did not end within", ReasonCode::Deadline)]
#[case::no_kubeconfig(
    "exit 0",
    "has to write the kubeconfig to the path in SCS_KUBECONFIG_OUT",
    ReasonCode::RequestFailed
)]
#[case::bad_kubeconfig("echo nonsense > $SCS_KUBECONFIG_OUT", "kaas-1.35.kubeconfig", ReasonCode::Configuration)]
#[tokio::test]
async fn failing_program_is_named(#[case] create: &str, #[case] expected: &str, #[case] code: ReasonCode) {
    let api = Api::start(|_| {}).await;
    let mut fixture = Fixture::new(EXEC, None);
    fixture.hurry(|provisioner| provisioner.deadlines.create = Duration::from_secs(1));
    fixture.program("make-cluster", &script(&fixture, &api, create, "", "exit 0"));
    let error = fixture.make().await.unwrap_err();
    assert!(error.to_string().contains(expected), "{error}");
    assert_eq!(error.reason().code, code, "{error}");
    let is_foreign = matches!(error, ProvisionError::Foreign { .. });
    fixture.remove().await.unwrap();
    assert_eq!(words(&fixture).contains("delete"), !is_foreign, "{}", words(&fixture));
    assert_eq!(fixture.files(), [""; 0]);
}

#[rstest]
#[case::fails("exit 1", "`make-cluster` (delete) failed (exit status: 1)")]
#[case::hangs("sleep 600", "the removal of the cluster kaas-1-35 did not end within")]
#[case::never_gone("exit 75", "the removal of the cluster kaas-1-35 did not end within")]
#[tokio::test]
async fn cluster_that_a_program_does_not_remove_is_left(#[case] delete: &str, #[case] expected: &str) {
    let api = Api::start(|_| {}).await;
    let fixture = Fixture::new(EXEC, None);
    fixture.program("make-cluster", &script(&fixture, &api, "write", "", delete));
    fixture.make().await.unwrap();
    let error = fixture.remove_within(Duration::from_secs(1)).await.unwrap_err().to_string();
    assert!(error.contains(expected), "{error}");
    assert!(fixture.record().await.is_some());
    fixture.program("make-cluster", &script(&fixture, &api, "", "", "exit 0"));
    assert!(fixture.sweep().await[0].left.is_none());
    assert_eq!(fixture.files(), [""; 0]);
}

/// A program that is late can still leave things in order.
#[tokio::test]
async fn late_program_is_asked_to_end_before_it_is_killed() {
    let api = Api::start(|_| {}).await;
    let mut fixture = Fixture::new(EXEC, None);
    fixture.hurry(|provisioner| provisioner.deadlines.create = Duration::from_secs(4));
    let create = "trap 'touch $F/unlocked; exit 1' TERM; while :; do sleep 0.05; done";
    fixture.program("make-cluster", &script(&fixture, &api, create, "", "exit 0"));
    let error = fixture.make().await.unwrap_err();
    assert_eq!(error.reason().code, ReasonCode::Deadline, "{error}");
    assert!(fixture.folder.path().join("unlocked").exists());
    fixture.remove().await.unwrap();
}

/// The cluster that a killed night has left is removed before another one is made.
#[tokio::test]
async fn cluster_that_programs_left_is_removed_first() {
    let api = Api::start(|_| {}).await;
    let fixture = Fixture::new(EXEC, None);
    fixture.program("make-cluster", &script(&fixture, &api, "write", "", "exit 0"));
    fixture.make().await.unwrap();
    fixture.make().await.unwrap();
    assert_eq!(words(&fixture), "create delete create");
    fixture.remove().await.unwrap();
}

#[tokio::test]
async fn missing_program_and_secret_are_named() {
    let mut fixture = Fixture::new(EXEC, None);
    let error = fixture.make().await.unwrap_err().to_string();
    assert!(error.contains("the program `make-cluster` (create of the provisioner) is not installed"), "{error}");
    fixture.journal().erase().await.unwrap();
    fixture.environment.vars.remove("KEY");
    let error = fixture.make().await.unwrap_err();
    assert_eq!(
        (error.to_string().as_str(), error.reason().code),
        ("the variable KEY is not set", ReasonCode::Configuration)
    );
}

const KIND: &str = "{kind: {image: \"node@sha256:1\", config: kind.yaml, deadlines: DEADLINES}}";

/// A script that keeps a list of clusters as kind does.
const KIND_SCRIPT: &str = r#"echo "$@" >> $F/calls
case "$1 $2" in
  "get clusters") cat $F/clusters 2>/dev/null || true;;
  "create cluster") grep -qx "$4" $F/clusters 2>/dev/null && { echo "node(s) already exist for a cluster with the name" >&2; exit 1; }
    echo "$4" >> $F/clusters; CREATE; cp $F/made.yaml "$6";;
  "delete cluster") DELETE; grep -vx "$4" $F/clusters > $F/rest; mv $F/rest $F/clusters; rm -f "$6";;
esac"#;

fn kind(fixture: &Fixture, api: &Api, create: &str, delete: &str) {
    std::fs::write(fixture.folder.path().join("made.yaml"), kubeconfig(&format!("{}/made", api.address))).unwrap();
    let script = KIND_SCRIPT.replace("CREATE", create).replace("DELETE", delete);
    fixture.program("kind", &format!("F={}\n{script}", fixture.folder.path().display()));
}

fn calls(fixture: &Fixture) -> String {
    std::fs::read_to_string(fixture.folder.path().join("calls")).unwrap_or_default()
}

#[tokio::test]
async fn kind_makes_and_removes_a_cluster() {
    let api = Api::start(|_| {}).await;
    let fixture = Fixture::new(KIND, None);
    kind(&fixture, &api, ":", ":");
    let made = fixture.make().await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(made.version, "v1.35.10");
    fixture.remove().await.unwrap();
    let calls = calls(&fixture);
    assert!(calls.contains("create cluster --name kaas-1-35 --kubeconfig /"), "{calls}");
    assert!(
        calls.contains("--image node@sha256:1 --config /") && calls.contains("delete cluster --name kaas-1-35"),
        "{calls}"
    );
    assert_eq!(fixture.files(), [""; 0]);
}

#[tokio::test]
async fn kind_cluster_that_is_not_ours_is_left_alone() {
    let api = Api::start(|_| {}).await;
    let fixture = Fixture::new(KIND, None);
    kind(&fixture, &api, ":", ":");
    std::fs::write(fixture.folder.path().join("clusters"), "kaas-1-35\n").unwrap();
    let error = fixture.make().await.unwrap_err();
    assert!(matches!(error, ProvisionError::Foreign { .. }), "{error}");
    fixture.remove().await.unwrap();
    assert!(!calls(&fixture).contains("delete"), "{}", calls(&fixture));
}

#[rstest]
#[case::fails("exit 1", "`kind` (kind) failed (exit status: 1)")]
#[case::hangs("sleep 600", "the creation of the cluster kaas-1-35 did not end within")]
#[tokio::test]
async fn half_a_kind_cluster_is_removed(#[case] create: &str, #[case] expected: &str) {
    let api = Api::start(|_| {}).await;
    let mut fixture = Fixture::new(KIND, None);
    fixture.hurry(|provisioner| provisioner.deadlines.create = Duration::from_secs(1));
    kind(&fixture, &api, create, ":");
    let error = fixture.make().await.unwrap_err().to_string();
    assert!(error.contains(expected), "{error}");
    fixture.remove().await.unwrap();
    assert_eq!(std::fs::read_to_string(fixture.folder.path().join("clusters")).unwrap(), "");
}

#[tokio::test]
async fn kind_cluster_that_is_still_listed_is_left() {
    let api = Api::start(|_| {}).await;
    let fixture = Fixture::new(KIND, None);
    kind(&fixture, &api, ":", "exit 0");
    fixture.make().await.unwrap();
    let error = fixture.remove().await.unwrap_err().to_string();
    assert!(error.contains("still lists it"), "{error}");
    assert!(fixture.record().await.is_some());
}

#[rstest]
#[case::as_asked("1.35", None)]
#[case::other("1.34", Some("was asked for with Kubernetes 1.34, and v1.35.10 answers"))]
#[tokio::test]
async fn static_cluster_is_compared_and_stays(#[case] version: &str, #[case] expected: Option<&str>) {
    let api = Api::start(|_| {}).await;
    let text = format!("{{static: {{kubeconfig: made.yaml, version: \"{version}\", deadlines: DEADLINES}}}}");
    let fixture = Fixture::new(&text, None);
    std::fs::write(fixture.folder.path().join("made.yaml"), kubeconfig(&format!("{}/made", api.address))).unwrap();
    let made = fixture.make().await.map(|made| made.version).map_err(|error| error.to_string());
    match expected {
        None => assert_eq!(made.as_deref(), Ok("v1.35.10")),
        Some(expected) => assert!(made.as_ref().is_err_and(|error| error.contains(expected)), "{made:?}"),
    }
    fixture.remove().await.unwrap();
    assert!(fixture.folder.path().join("made.yaml").exists() && fixture.files().is_empty());
    assert_eq!(api.clusters(), Vec::<Value>::new());
}
