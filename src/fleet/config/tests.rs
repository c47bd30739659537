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

/// Returns a configuration with this provisioner of a subject of this name.
fn provisioned(name: &str, provisioner: &str) -> Result<Config, Problems> {
    load(&format!("subjects:\n  - {{name: \"{name}\", scope: scs-compatible-kaas, provisioner: {provisioner}}}\n"))
}

const EXEC: &str = "{exec: {create: [bin/make, up], delete: [make, down], secrets: {TOKEN: {file: token}}}}";
const STACKS: &str = "{clusterstacks: {kubeconfig: m.yaml, namespace: kaas}}";
const GARDENER: &str =
    "{gardener: {kubeconfig: m.yaml, namespace: garden-a, profile: openstack, template: shoot.yaml}}";

#[rstest]
#[case::static_cluster("a", "{static: {kubeconfig: k.yaml, context: c}}", "static", None)]
#[case::kind("kaas-{branch}", "{kind: {}}", "kind", Some("{branch}"))]
#[case::kind_without_a_branch("a", "{kind: {image: x}}", "kind", None)]
#[case::exec("a", EXEC, "exec", None)]
#[case::cluster_stacks("kaas-{branch}", STACKS, "clusterstacks", Some("{branch}"))]
#[case::gardener("kaas-{branch}", GARDENER, "gardener", Some("{branch}"))]
#[case::t8s("a", "{t8s: {kubeconfig: m.yaml, template: r.yaml, version: v1.35.2}}", "t8s", Some("1.35.2"))]
fn provisioners_are_bound(#[case] name: &str, #[case] text: &str, #[case] kind: &str, #[case] version: Option<&str>) {
    let config = provisioned(name, text).unwrap_or_else(|error| panic!("{error}"));
    let Access::Provisioned(provisioner) = &config.subjects[0].access else { panic!("{:?}", config.subjects) };
    assert_eq!((provisioner.kind.name(), provisioner.version.as_deref()), (kind, version));
    assert_eq!(provisioner.deadlines.delete, Duration::from_secs(1800));
}

#[test]
fn paths_and_the_branch_of_a_provisioner_are_resolved() {
    let text = "{gardener: {name: \"c-{branch}\", kubeconfig: \"m-{branch}.yaml\", namespace: g, profile: \"p-{branch}\", \
                template: shoot.yaml, secrets: {key: {file: key}}, deadlines: {ready: 40m}}}";
    let config = provisioned("kaas-{branch}", text).unwrap_or_else(|error| panic!("{error}"));
    let subjects = crate::plan::expand(&config.subjects, &["1.35".to_owned()]);
    let Access::Provisioned(provisioner) = &subjects[0].access else { panic!("{subjects:?}") };
    let ProvisionerKind::Gardener { management, profile, profile_kind, .. } = &provisioner.kind else { panic!() };
    assert_eq!((provisioner.name.as_deref(), provisioner.version.as_deref()), (Some("c-1.35"), Some("1.35")));
    assert_eq!((profile.as_str(), profile_kind.as_str()), ("p-1.35", "CloudProfile"));
    assert_eq!(management.kubeconfig, Path::new("/etc/scs/m-1.35.yaml"));
    assert_eq!(management.template.as_deref(), Some(Path::new("/etc/scs/shoot.yaml")));
    assert_eq!(management.secrets["key"], Secret::File("/etc/scs/key".into()));
    assert_eq!(provisioner.deadlines.ready, Duration::from_secs(2400));
    let Access::Provisioned(exec) = &provisioned("a", EXEC).unwrap().subjects[0].access else { panic!() };
    let ProvisionerKind::Exec { create, delete, .. } = &exec.kind else { panic!() };
    assert_eq!((create[0].as_str(), delete[0].as_str()), ("/etc/scs/bin/make", "make"));
}

#[rstest]
#[case::unknown_kind("a", "{kinds: {}}", "kinds", "kind")]
#[case::unknown_key("a", "{kind: {imag: x}}", "unknown key \"imag\"", "did you mean image?")]
#[case::two_kinds("a", "{kind: {}, static: {kubeconfig: k}}", "", "")]
#[case::no_program("a", "{exec: {create: [], delete: [x]}}", "", "")]
#[case::empty_program(
    "a",
    "{exec: {create: ['', up], delete: [x]}}",
    "create names no program",
    "write create: [PROGRAM"
)]
#[case::no_version("a", STACKS, "no version of Kubernetes is asked for", "add version: X.Y")]
#[case::version("a", "{kind: {version: newest}}", "\"newest\" is not a version of Kubernetes", "1.35")]
#[case::version_of_one_part("a", "{kind: {version: \"1\"}}", "\"1\" is not a version", "1.35.2")]
#[case::name("a", "{kind: {name: My_Cluster}}", "\"My_Cluster\" cannot be a name in Kubernetes", "small letters")]
#[case::name_with_a_branch_that_is_none("a", "{kind: {name: \"a-{branch}\"}}", "cannot be a name in Kubernetes", "")]
#[case::namespace(
    "kaas-{branch}",
    "{clusterstacks: {kubeconfig: m, namespace: \"-a\"}}",
    "\"-a\" cannot be a name",
    ""
)]
#[case::class(
    "kaas-{branch}",
    "{clusterstacks: {kubeconfig: m, namespace: a, class: c}}",
    "a class is named without its version",
    "X.Y.Z"
)]
#[case::secret_as_text("a", "{exec: {create: [x], delete: [x], secrets: {TOKEN: sesame}}}", "", "")]
#[case::with_a_cloud("a", "{kind: {}}, cloud: c", "a subject with a provisioner has no cloud", "remove it")]
#[case::with_a_kubeconfig(
    "a",
    "{kind: {}}, kubeconfig: c",
    "a subject with a provisioner has no kubeconfig",
    "remove it"
)]
#[case::with_a_context("a", "{kind: {}}, context: c", "a subject with a provisioner has no context", "remove it")]
fn mistake_in_a_provisioner_is_named(
    #[case] name: &str,
    #[case] text: &str,
    #[case] message: &str,
    #[case] help: &str,
) {
    let error = provisioned(name, text).unwrap_err().to_string();
    assert!(error.contains(message) && error.contains(help) && error.contains("scs-conformance.yaml:2"), "{error}");
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
#[case::scope_of_another_kind(
    "scope: scs-compatible-iaas",
    "scope: scs-compatible-kaas",
    "this subject is a cloud, but the scope scs-compatible-kaas is about a cluster",
    "choose a scope for it"
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
#[case::empty_cloud("cloud: cloud-a, region", "cloud: '', region", "cloud is empty", "say which")]
#[case::empty_exclusive("exclusive: kaas", "exclusive: ''", "exclusive is empty", "say which")]
#[case::empty_kubeconfig("\"kaas-{branch}/kubeconfig.yaml\"", "''", "kubeconfig is empty", "name the file")]
#[case::empty_identity("identity: provider-a}", "identity: ''}", "identity is empty", "say by which name")]
#[case::empty_file("token: {file: secrets/token}", "token: {file: ''}", "names no secret: it is empty", "")]
#[case::empty_variable("token: {file: secrets/token}", "token: {env: ''}", "names no secret: it is empty", "")]
#[case::no_program("token: {file: secrets/token}", "token: {command: []}", "there is no program to run", "")]
#[case::path_as_a_group(
    "group: provider-a, cloud",
    "group: '../../esc', cloud",
    "\"../../esc\" cannot be the name of a group",
    "letters, digits"
)]
#[case::moment("deadline: 20m", "deadline: 1ns", "not a time limit between 1s and 7days", "")]
#[case::query("compliance.example.org\"", "compliance.example.org/?a=b\"", "has no query", "remove it")]
#[case::same_server(
    "token: {file: secrets/token}}]",
    "token: {file: secrets/token}}, {url: \"https://compliance.example.org/\", account: b, token: {env: T}}]",
    "there is a second server https://compliance.example.org/",
    "remove one of them"
)]
#[case::variables_of_a_cloud("region: R1, ", "region: R1, variables: {a: b}, ", "this subject has none", "remove them")]
fn error_names_place_and_remedy(#[case] old: &str, #[case] new: &str, #[case] message: &str, #[case] help: &str) {
    assert!(WHOLE.contains(old), "{old}");
    let error = load(&WHOLE.replacen(old, new, 1)).unwrap_err().to_string();
    assert!(error.contains(message) && error.contains(help) && error.contains("scs-conformance.yaml"), "{error}");
    assert!(!error.contains("sesame") || message.is_empty(), "{error}");
}

/// Two subjects, by name and provisioner, get in each other's way, or do not.
#[rstest]
#[case::template_before(
    "k-{branch}",
    "{kind: {}}",
    "k-1.35",
    "{static: {kubeconfig: k}}",
    "\"k-1.35\" and \"k-{branch}\" (line 2)"
)]
#[case::template_after(
    "k-1.35",
    "{static: {kubeconfig: k}}",
    "k-{branch}",
    "{kind: {}}",
    "\"k-{branch}\" and \"k-1.35\" (line 2)"
)]
#[case::no_branch("k-{branch}", "{kind: {}}", "k-old", "{kind: {}}", "")]
#[case::dot_and_hyphen(
    "a.b",
    "{kind: {}}",
    "a-B",
    "{kind: {}}",
    "the clusters of \"a-B\" and \"a.b\" (line 2) would have the same name"
)]
#[case::branch_with_hyphen("k.{branch}", "{kind: {}}", "k-1-35", "{kind: {}}", "would have the same name")]
#[case::named_the_same("a", "{kind: {name: c}}", "b", "{kind: {name: c}}", "would have the same name")]
#[case::other_kind("a.b", "{kind: {}}", "a-b", "{exec: {create: [x], delete: [y]}}", "")]
#[case::other_program("a.b", "{exec: {create: [x], delete: [y]}}", "a-b", "{exec: {create: [z], delete: [y]}}", "")]
#[case::one_cluster_for_all_branches(
    "k-{branch}",
    "{kind: {name: c}}",
    "b",
    "{kind: {}}",
    "the clusters of all branches"
)]
#[case::nothing_but_signs("-", "{kind: {}}", "b", "{kind: {}}", "cannot be the name of a subject")]
fn subjects_keep_out_of_each_others_way(
    #[case] first: &str,
    #[case] its: &str,
    #[case] second: &str,
    #[case] of_second: &str,
    #[case] expected: &str,
) {
    let entry =
        |name: &str, how: &str| format!("  - {{name: \"{name}\", scope: scs-compatible-kaas, provisioner: {how}}}\n");
    let loaded = load(&format!("subjects:\n{}{}", entry(first, its), entry(second, of_second)));
    let error = loaded.err().map_or(String::new(), |error| error.to_string());
    assert!(error.is_empty() == expected.is_empty() && error.contains(expected), "{error}");
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
