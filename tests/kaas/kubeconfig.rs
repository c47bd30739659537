//! Errors in kubeconfigs: each message names the place, and shows no secret.

use super::{assert_refused, collected, environment, loaded};
use crate::program::Program;
use rstest::rstest;
use scs_checks::verdict::ReasonCode;
use scs_subjects::kubernetes::{self, ClusterChoice};
use serde_json::{Value, json};
use std::path::Path;

/// Returns a kubeconfig that is good.
fn good() -> Value {
    json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "prod",
        "clusters": [{"name": "one", "cluster": {"server": "https://127.0.0.1:1"}}],
        "users": [{"name": "me", "user": {"token": "sesame"}}],
        "contexts": [
            {"name": "prod", "context": {"cluster": "one", "user": "me"}},
            {"name": "production-2", "context": {"cluster": "one", "user": "me"}},
        ],
    })
}

/// Returns a message about the kubeconfig with this text.
fn message(text: &str, context: Option<&str>) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("k.yaml"), text).unwrap();
    let choice = ClusterChoice { kubeconfig: Some(Path::new("k.yaml")), context };
    let Err(error) = kubernetes::load(&environment(folder.path(), &[]), choice) else { panic!("it is good") };
    let text = error.to_string();
    assert!(!text.contains("sesame"), "{text}");
    text
}

#[rstest]
#[case::empty("", &["k.yaml", "the file is empty"])]
#[case::list("- 1", &["k.yaml:1:1", "is a list, not a map"])]
#[case::other("a: 1", &["neither `clusters` nor `contexts`"])]
#[case::broken("clusters:\n  - name: [", &["k.yaml:2"])]
#[case::tab("clusters:\n\t- a", &["k.yaml:2"])]
#[case::no_list("clusters: 3", &["k.yaml:1:11", "clusters: must be a list"])]
#[case::deep("users:\n- name: a\n  user:\n    token: [sesame]", &["k.yaml:4", "this value does not fit a kubeconfig"])]
#[case::no_contexts("clusters: []", &["current-context", "no context is chosen", "no contexts at all"])]
fn broken_kubeconfig_is_reported_with_the_place(#[case] text: &str, #[case] words: &[&str]) {
    let message = message(text, None);
    for word in words {
        assert!(message.contains(word), "{word:?} in {message}");
    }
}

#[rstest]
#[case::context("/current-context", json!("prot"), &["k.yaml", "current-context", "there is no context `prot`", "did you mean `prod`?"])]
#[case::no_context("/current-context", json!(""), &["no context is chosen", "--context: prod, production-2"])]
#[case::cluster("/contexts/0/context/cluster", json!("onne"), &["contexts[prod].cluster", "`onne`", "did you mean `one`?"])]
#[case::user("/contexts/0/context/user", json!("nobody"), &["contexts[prod].user", "`nobody`", "there are: me"])]
#[case::server("/clusters/0/cluster", json!({}), &["clusters[one]", "has no `server`"])]
#[case::scheme("/clusters/0/cluster/server", json!("ftp://a"), &["clusters[one]", "must begin with https:// or http://"])]
#[case::password("/clusters/0/cluster/server", json!("https://me:sesame@a"), &["holds a user name or password"])]
#[case::query("/clusters/0/cluster/server", json!("https://a?token=sesame"), &["k.yaml", "clusters[one]", "holds a query or a fragment", "under `users`"])]
#[case::fragment("/clusters/0/cluster/server", json!("https://a/b#sesame"), &["clusters[one]", "holds a query or a fragment"])]
#[case::no_scheme("/clusters/0/cluster/server", json!("me:sesame@a"), &["clusters[one]", "`server`"])]
#[case::base64("/clusters/0/cluster/certificate-authority-data", json!("???"), &["certificate authority is not Base64"])]
#[case::no_pem("/clusters/0/cluster/certificate-authority-data", json!("aGVsbG8="), &["the certificate authority holds no certificate"])]
#[case::no_ca("/clusters/0/cluster/certificate-authority", json!("ca.pem"), &["certificate-authority", "ca.pem cannot be read"])]
#[case::proxy("/clusters/0/cluster/proxy-url", json!("socks5://a:sesame@b"), &["proxy-url", "SOCKS proxy", "HTTP"])]
#[case::other_proxy("/clusters/0/cluster/proxy-url", json!("ftp://a:sesame@b"), &["proxy-url", "http://"])]
#[case::no_client_key("/users/0/user", json!({"client-certificate-data": "aGVsbG8="}), &["users[me]", "client key is missing"])]
#[case::provider("/users/0/user", json!({"auth-provider": {"name": "gcp"}}), &["users[me]", "auth-provider `gcp`", "exec"])]
#[case::token_file("/users/0/user", json!({"tokenFile": "t"}), &["users[me]", "tokenFile", "cannot be read"])]
#[case::key_file("/users/0/user", json!({"client-certificate": "c", "client-key": "k"}), &["users[me]", "client-certificate"])]
fn errors_name_their_place(#[case] pointer: &str, #[case] value: Value, #[case] words: &[&str]) {
    let mut config = good();
    match config.pointer_mut(pointer) {
        Some(place) => *place = value,
        None => {
            let (parent, key) = pointer.rsplit_once('/').unwrap();
            config.pointer_mut(parent).unwrap()[key] = value;
        }
    }
    let message = message(&config.to_string(), None);
    for word in words {
        assert!(message.contains(word), "{word:?} in {message}");
    }
}

#[test]
fn a_context_that_is_not_there_names_the_nearest() {
    let message = message(&good().to_string(), Some("production-3"));
    assert!(message.starts_with("--context: there is no context `production-3`"), "{message}");
    assert!(message.contains("did you mean `production-2`?"), "{message}");
}

#[rstest]
#[case(Some("no.yaml"), &[], "--kubeconfig: ")]
#[case(None, &[("KUBECONFIG", "no.yaml:neither.yaml")], "environment variable KUBECONFIG: ")]
#[case(None, &[], "no kubeconfig: KUBECONFIG is not set, and ")]
fn a_missing_kubeconfig_is_named_with_its_source(
    #[case] path: Option<&str>,
    #[case] vars: &[(&str, &str)],
    #[case] start: &str,
) {
    let folder = tempfile::tempdir().unwrap();
    let choice = ClusterChoice { kubeconfig: path.map(Path::new), context: None };
    let Err(error) = kubernetes::load(&environment(folder.path(), vars), choice) else { panic!("there is one") };
    let text = error.to_string();
    assert!(text.starts_with(start) && text.contains("does not exist"), "{text}");
}

#[test]
fn files_are_merged_and_the_first_one_counts() {
    let folder = tempfile::tempdir().unwrap();
    let mut second = good();
    second["current-context"] = json!("production-2");
    second["clusters"][0]["cluster"]["server"] = json!("https://127.0.0.1:2");
    std::fs::write(folder.path().join("first.yaml"), "current-context: prod\nclusters: null\n").unwrap();
    std::fs::write(folder.path().join("second.yaml"), second.to_string()).unwrap();
    std::fs::write(folder.path().join("third.yaml"), good().to_string()).unwrap();
    let environment = environment(folder.path(), &[("KUBECONFIG", "first.yaml:gone.yaml:second.yaml:third.yaml")]);
    let cluster = kubernetes::load(&environment, ClusterChoice::default()).unwrap();
    assert_eq!(cluster.context.as_deref(), Some("prod"));
    assert_eq!(cluster.server.as_str(), "https://127.0.0.1:2/");
}

#[test]
fn the_usual_file_is_found() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join(".kube")).unwrap();
    std::fs::write(folder.path().join(".kube/config"), good().to_string()).unwrap();
    let cluster = kubernetes::load(&environment(folder.path(), &[]), ClusterChoice::default()).unwrap();
    assert_eq!((cluster.name.as_str(), cluster.context.as_deref()), ("one", Some("prod")));
}

#[rstest]
#[case(json!({"client-certificate-data": "aGVsbG8=", "client-key-data": "c2VzYW1l"}), "certificates of the kubeconfig cannot be used")]
#[case(json!({"token": "a\nb"}), "the token cannot be sent")]
#[tokio::test]
async fn errors_of_the_client_library_are_configuration_errors(#[case] user: Value, #[case] words: &str) {
    let mut config = good();
    config["users"][0]["user"] = user;
    let collected = collected(loaded(&config.to_string())).await;
    assert_refused(&collected, ReasonCode::Configuration, &[words]);
}

/// Returns a client certificate of X.509 version 1, as a plain `openssl x509 -req` makes it.
fn old_certificate() -> Value {
    let (certificate, key) = include_str!("x509-v1.pem").split_once("\n\n").unwrap();
    json!({"client-certificate-data": base64(certificate), "client-key-data": base64(key)})
}

fn base64(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(text)
}

#[tokio::test]
async fn a_certificate_of_version_1_is_not_blamed_on_its_key() {
    let mut config = good();
    config["users"][0]["user"] = old_certificate();
    let collected = collected(loaded(&config.to_string())).await;
    let words = "the client certificate of the kubeconfig is of X.509 version 1; only version 3 is supported";
    assert_refused(&collected, ReasonCode::Configuration, &[words, "openssl x509 -req -extfile"]);
}

#[tokio::test]
async fn unusual_settings_are_warnings_and_the_cluster_is_checked() {
    let cluster = super::cluster(|_| {}).await;
    let mut config: Value = serde_yaml::from_str(&cluster.kubeconfig().unwrap()).unwrap();
    config["users"].as_array_mut().unwrap().push(json!({"name": "other", "user": {"token": ["sesame"]}}));
    let program = Program::new("doctor kaas --kubeconfig k.yaml").file("k.yaml", config.to_string());
    let ended = program.run().await;
    assert!(ended.stderr.contains("users[other]: this value does not fit a kubeconfig"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("sesame") && ended.code != Some(2), "{ended:?}");
}

#[test]
fn external_tool_gets_access_to_one_cluster_only() {
    let text = "{apiVersion: v1, kind: Config, current-context: a,
        clusters: [{name: one, cluster: {server: 'https://one.example:6443'}}, {name: two, cluster: {server: 'https://two.example'}}],
        users: [{name: me, user: {token: sesame}}, {name: you, user: {token: hidden}}],
        contexts: [{name: a, context: {cluster: one, user: me}}, {name: b, context: {cluster: two, user: you}}]}";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("k.yaml");
    std::fs::write(&path, text).unwrap();
    let vars = [("HTTPS_PROXY", "http://proxy.example:3128"), ("NO_PROXY", ".example")];
    for (context, vars, proxy) in [("a", &vars[..1], true), ("a", &vars[..], false)] {
        let choice = ClusterChoice { kubeconfig: Some(&path), context: Some(context) };
        let cluster = kubernetes::load(&environment(folder.path(), vars), choice).unwrap();
        let handover = cluster.handover().unwrap();
        let written = std::fs::read_to_string(handover.path()).unwrap();
        assert!(
            written.contains("sesame") && !written.contains("hidden") && !written.contains("two.example"),
            "{written}"
        );
        assert_eq!((handover.context.as_str(), written.contains("proxy.example")), ("a", proxy));
        let exempt =
            handover.variables.iter().any(|(name, value)| name == "NO_PROXY" && value == ".example,one.example");
        assert_eq!(exempt, !proxy, "{:?}", handover.variables);
        assert_readable_by_us_until_dropped(handover);
    }
}

#[cfg(unix)]
fn assert_readable_by_us_until_dropped(handover: kubernetes::Handover) {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let path = handover.path().to_owned();
    let before = std::fs::metadata(&path).unwrap();
    assert_eq!(before.permissions().mode() & 0o777, 0o600);
    drop(handover);
    // The path names a descriptor, and its number may be that of another test's file by now.
    let after = std::fs::metadata(&path).ok();
    assert_ne!(after.map(|after| (after.dev(), after.ino())), Some((before.dev(), before.ino())));
}
