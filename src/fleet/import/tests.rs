use super::*;
use crate::config::{Access, Config, ProvisionerKind};
use scs_checks::definition::Source;
use std::sync::LazyLock;

static DEFINITIONS: LazyLock<Definitions> = LazyLock::new(|| scs_standards::embedded().unwrap());

/// Written after the tables of today's runner.
const TODAY: &str = r#"
[secrets]
keyfile = ".secret/keyfile"
tokenfile = ".secret/tokenfile"

[presets.iaas]
scopes = ["scs-compatible-iaas"]
subjects = ["cloud-a", "cloud-b"]
workers = 16

[presets.kaas]
scopes = ["scs-compatible-kaas"]
subjects = ["k-1.34", "k-1.35", "other"]
workers = 4

[presets.odd]
scopes = ["strange"]
subjects = ["cloud-c"]

[scopes.scs-compatible-iaas]
spec = "../Tests/scs-compatible-iaas.yaml"
[scopes.scs-compatible-kaas]
spec = "../Tests/scs-compatible-kaas.yaml"
[scopes.strange]
spec = "../Tests/strange.yaml"

[subjects._.mapping]
os_cloud = "c-{subject}"

[subjects.cloud-b.mapping]
os_cloud = "it's"
flavor = "big"
"#;

fn imported(clusters: Option<&str>) -> (Config, Vec<String>) {
    let imported = import(TODAY, clusters, &DEFINITIONS).unwrap();
    let source = Source::new("scs-conformance.yaml", imported.text.as_bytes()).unwrap();
    let config = Config::load(&source, Path::new(""), &DEFINITIONS);
    (config.unwrap_or_else(|problems| panic!("{problems}\n{}", imported.text)), imported.remarks)
}

#[test]
fn what_is_written_is_a_configuration_with_the_same_subjects() {
    let (config, _) = imported(None);
    let names: Vec<&str> = config.subjects.iter().map(|subject| subject.name.as_str()).collect();
    assert_eq!(names, ["cloud-a", "cloud-b", "k-1.34", "k-1.35", "other"]);
    let cloud = |name: &str| Access::Cloud { cloud: name.to_owned(), region: None };
    assert_eq!(config.subjects[0].access, cloud("c-cloud-a"));
    assert_eq!(config.subjects[1].access, cloud("it's"));
    let kubeconfig = Access::Cluster { kubeconfig: "k-1.34/kubeconfig.yaml".into(), context: None };
    assert_eq!(config.subjects[2].access, kubeconfig);
    assert_eq!(config.presets.keys().collect::<Vec<_>>(), ["iaas", "kaas"]);
    assert_eq!(config.limits.subjects, 16);
    assert_eq!(config.servers.len(), 1);
    assert!(config.signing.is_some());
}

#[test]
fn what_could_not_be_mapped_is_said() {
    let (_, remarks) = imported(Some("clusters: {k-1.34: {kind: gardener, config: {name: x}}}\n"));
    for words in [
        "the scope strange (../Tests/strange.yaml) is none of ours",
        "cloud-b: the variable flavor is not known here",
        "k-1.34 is made by the plugin gardener",
        "k-1.34, k-1.35 can be one entry, k-{branch}",
        "chmod 600",
    ] {
        assert!(remarks.iter().any(|remark| remark.contains(words)), "{words}: {remarks:#?}");
    }
}

#[test]
fn plugins_that_need_no_management_cluster_are_taken_over() {
    let clusters = "clusters:
  k-1.34: {kind: static, config: {kubeconfig: there.yaml}}
  k-1.35: {kind: kind, config: {name: it, image: 'kindest/node:v1.35.0', cluster: kind.yaml}}
  other: {kind: kind}
";
    let (config, remarks) = imported(Some(clusters));
    let access = Access::Cluster { kubeconfig: "there.yaml".into(), context: None };
    assert_eq!(config.subjects[2].access, access);
    let Access::Provisioned(made) = &config.subjects[3].access else { panic!("{:?}", config.subjects[3]) };
    let kind = ProvisionerKind::Kind { image: Some("kindest/node:v1.35.0".into()), config: Some("kind.yaml".into()) };
    assert_eq!((&made.kind, made.name.as_deref()), (&kind, Some("it")));
    let Access::Provisioned(made) = &config.subjects[4].access else { panic!("{:?}", config.subjects[4]) };
    assert_eq!((&made.kind, &made.name), (&ProvisionerKind::Kind { image: None, config: None }, &None));
    assert!(remarks.iter().any(|remark| remark.contains("k-1.35: paths in clusters.yaml")), "{remarks:#?}");
}

#[test]
fn broken_files_are_named_with_the_place() {
    let error = import("[presets\n", None, &DEFINITIONS).unwrap_err().to_string();
    assert!(error.starts_with("config.toml: ") && error.contains("line 1"), "{error}");
    let error = import("", Some("clusters: {a: {}}\n"), &DEFINITIONS).unwrap_err().to_string();
    assert!(error.contains("clusters.yaml:1:"), "{error}");
}
