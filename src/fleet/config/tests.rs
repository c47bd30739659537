use super::*;
use rstest::rstest;
use scs_checks::definition::{Problems, Source};
use scs_reports::Format;
use std::path::{Path, PathBuf};
use std::time::Duration;

const WHOLE: &str = r#"
defaults: {scope: scs-compatible-iaas, changes: false, deadline: 20m, contact: ops@example.org}
limits: {subjects: 4, requests_per_host: 2, deadline: 3h}
outputs: {dir: "out/{night}/{subject}", formats: [junit, yaml]}
signing: {key: {file: keys/report.key}, passphrase: {env: PASSPHRASE}, identity: provider-a}
servers: [{url: "https://compliance.example.org", account: provider-a, token: {file: secrets/token}}]
schedule: [{days: [sat], sections: [light, medium, heavy]}, {sections: [light]}]
subjects:
  - {name: cloud-a-r1, group: provider-a, cloud: cloud-a, region: R1, changes: true}
  - {name: "kaas-{branch}", scope: scs-compatible-kaas, kubeconfig: "kaas-{branch}/kubeconfig.yaml", deadline: 2h, exclusive: kaas}
presets: {iaas: {subjects: [cloud-a-r1]}}
waivers: [{subject: cloud-a-r1, testcase: scs-0102-image-recency, resource: "Debian*", reason: next week, owner: erika, expires: 2026-12-31}]
fail_on: new
"#;

fn load(text: &str) -> Result<Config, Problems> {
    let source = Source::new("scs-conformance.yaml", text.as_bytes()).map_err(|problem| Problems(vec![problem]))?;
    Config::load(&source, Path::new("/etc/scs"), &scs_standards::embedded().unwrap())
}

#[test]
fn whole_configuration_is_bound() {
    let config = load(WHOLE).unwrap();
    let [cloud, cluster] = config.subjects.as_slice() else { panic!("{:?}", config.subjects) };
    assert_eq!((cloud.name.as_str(), cloud.scope.as_str(), cloud.changes), ("cloud-a-r1", "scs-compatible-iaas", true));
    assert_eq!(cloud.access, Access::Cloud { cloud: "cloud-a".into(), region: Some("R1".into()) });
    assert_eq!(cloud.deadline, Duration::from_secs(20 * 60));
    let kubeconfig = PathBuf::from("/etc/scs/kaas-{branch}/kubeconfig.yaml");
    assert_eq!(cluster.access, Access::Cluster { kubeconfig, context: None });
    assert_eq!((cluster.changes, cluster.deadline), (false, Duration::from_secs(7200)));
    assert_eq!(cluster.contact.as_deref(), Some("ops@example.org"));
    assert_eq!(config.outputs.dir, "/etc/scs/out/{night}/{subject}");
    assert_eq!(config.outputs.formats, [Format::Json, Format::Junit, Format::Yaml], "JSON is always written");
    let signing = config.signing.unwrap();
    assert_eq!(signing.key, SigningKeySource::Key(Secret::File("/etc/scs/keys/report.key".into())));
    assert_eq!(config.servers[0].token, Secret::File("/etc/scs/secrets/token".into()));
    assert_eq!((config.fail_on, config.limits.subjects), (FailOn::New, 4));
    assert_eq!(config.waivers[0].testcase, "scs-0102-image-recency");
}

#[test]
fn smallest_configuration_has_usual_limits() {
    let config = load("subjects: [{name: a, scope: scs-compatible-iaas, cloud: a}]").unwrap();
    assert_eq!(
        config.limits,
        NightLimits { subjects: 16, requests_per_host: 8, deadline: Duration::from_secs(18_000) }
    );
    assert!(!config.subjects[0].changes && config.fail_on == FailOn::Violation);
    assert_eq!(config.outputs.dir, "/etc/scs/results/{night}/{subject}");
}

#[rstest]
#[case::unknown_key("fail_on: new", "fail_in: new", "unknown key \"fail_in\"", "did you mean fail_on?")]
#[case::unknown_word("fail_on: new", "fail_on: news", "unknown word \"news\"", "did you mean new?")]
#[case::unknown_scope(
    "scope: scs-compatible-kaas",
    "scope: scs-compatible-kas",
    "no scope \"scs-compatible-kas\"",
    "did you mean scs-compatible-kaas?"
)]
#[case::no_scope("scope: scs-compatible-iaas, ", "", "the subject \"cloud-a-r1\" has no scope", "under defaults")]
#[case::unknown_subject(
    "subjects: [cloud-a-r1]",
    "subjects: [cloud-a]",
    "there is no subject \"cloud-a\"",
    "did you mean cloud-a-r1?"
)]
#[case::no_access(
    "cloud: cloud-a, region: R1, ",
    "",
    "says not how it is reached",
    "add cloud: NAME, kubeconfig: FILE"
)]
#[case::both(
    "cloud: cloud-a, region: R1, ",
    "cloud: cloud-a, kubeconfig: k, ",
    "a subject is a cloud or a cluster",
    "make two"
)]
#[case::region_of_a_cluster("deadline: 2h, ", "region: R1, ", "a cluster has no region", "remove it")]
#[case::context_of_a_cloud("region: R1, ", "context: prod, ", "a cloud has no context", "remove it")]
#[case::branch_of_a_cloud(
    "name: cloud-a-r1, group",
    "name: \"cloud-{branch}\", group",
    "a cloud has no branch",
    "remove {branch}"
)]
#[case::path_as_a_name(
    "name: cloud-a-r1, group",
    "name: ../x, group",
    "\"../x\" cannot be the name of a subject",
    "letters, digits"
)]
#[case::twice(
    "name: \"kaas-{branch}\"",
    "name: cloud-a-r1",
    "there is a second subject \"cloud-a-r1\"",
    "rename one of them"
)]
#[case::time("deadline: 20m", "deadline: soon", "\"soon\" is not a time limit", "")]
#[case::no_time("deadline: 20m", "deadline: 0s", "not a time limit between 1s and 7days", "")]
#[case::folder_of_all("{night}/{subject}", "{night}", "the folder needs {subject}", "results/{night}/{subject}")]
#[case::unknown_part("{night}/{subject}", "{nigth}/{night}/{subject}", "{nigth} is unknown", "did you mean night?")]
#[case::plain_http("https://compliance", "http://compliance", "without encryption", "use https")]
#[case::no_address("\"https://compliance.example.org\"", "compliance", "is not an address", "https://")]
#[case::password_in_the_address(
    "https://compliance",
    "https://a:b@compliance",
    "a password in the address",
    "account and token"
)]
#[case::no_key(
    "signing: {key: {file: keys/report.key}, passphrase: {env: PASSPHRASE}, identity: provider-a}",
    "",
    "signed reports only",
    "add signing"
)]
#[case::key_and_agent("passphrase: {env: PASSPHRASE}", "agent: key.pub", "either a key or an agent", "")]
#[case::nothing_to_deliver("[junit, yaml]", "[junit]", "none is written", "add yaml")]
#[case::secret_as_text("token: {file: secrets/token}", "token: sesame", "", "")]
#[case::waiver_of_nothing(
    "testcase: scs-0102-image-recency",
    "testcase: scs-0102-image-recencies",
    "no testcase \"scs-0102-image-recencies\"",
    "did you mean scs-0102-image-recency?"
)]
#[case::waiver_without_an_owner("owner: erika", "owner: \" \"", "a waiver needs its owner", "")]
#[case::limit("subjects: 4,", "subjects: 0,", "0 is not a number between 1 and 256", "")]
fn error_names_place_and_remedy(#[case] old: &str, #[case] new: &str, #[case] message: &str, #[case] help: &str) {
    assert!(WHOLE.contains(old), "{old}");
    let error = load(&WHOLE.replacen(old, new, 1)).unwrap_err().to_string();
    assert!(error.contains(message) && error.contains(help) && error.contains("scs-conformance.yaml"), "{error}");
    assert!(!error.contains("sesame") || message.is_empty(), "{error}");
}

#[test]
fn schema_describes_the_whole_file() {
    let schema = serde_json::to_value(Config::schema()).unwrap();
    for key in
        ["defaults", "subjects", "presets", "schedule", "limits", "outputs", "signing", "servers", "waivers", "fail_on"]
    {
        assert!(schema["properties"][key].is_object(), "{key}");
    }
}

fn no_variable(_: &str) -> Option<String> {
    None
}

#[tokio::test]
async fn secrets_are_read_from_files_variables_and_commands() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "sesame\n").unwrap();
    set_mode(&file, 0o600);
    assert_eq!(Secret::File(file.clone()).read(no_variable).await.unwrap(), "sesame");
    let variable = |name: &str| (name == "TOKEN").then(|| "sesame".to_owned());
    assert_eq!(Secret::Env("TOKEN".into()).read(variable).await.unwrap(), "sesame");
    let command = Secret::Command(vec!["printf".into(), "sesame\\n".into()]);
    assert_eq!(command.read(no_variable).await.unwrap(), "sesame");
    set_mode(&file, 0o640);
    let error = Secret::File(file).read(no_variable).await.unwrap_err().to_string();
    assert!(
        error.contains("others may read this file (mode 640); run `chmod 600") && !error.contains("sesame"),
        "{error}"
    );
}

#[rstest]
#[case::missing_file(Secret::File("/nonexistent/token".into()), "/nonexistent/token")]
#[case::missing_variable(Secret::Env("TOKEN".into()), "the variable TOKEN is not set")]
#[case::missing_program(Secret::Command(vec!["/nonexistent/program".into()]), "`/nonexistent/program` printed no secret")]
#[case::failing_program(Secret::Command(vec!["false".into()]), "`false` printed no secret: exit status: 1")]
#[case::silent_program(Secret::Command(vec!["true".into()]), "the output of `true` is empty")]
#[case::endless_program(Secret::Command(vec!["yes".into()]), "`yes` printed no secret")]
#[case::no_program(Secret::Command(Vec::new()), "printed no secret")]
#[tokio::test]
async fn missing_secret_is_named(#[case] secret: Secret, #[case] expected: &str) {
    let error = secret.read(no_variable).await.unwrap_err().to_string();
    assert!(error.contains(expected), "{error}");
}

fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}
