//! Shapes of kubeconfigs that kubectl 1.32 was tried with: what it accepts is accepted, with the same precedence, and what
//! it refuses is refused. Where we differ, docs/configuration.md says why.

use super::*;
use crate::settings::Environment;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rstest::rstest;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const PLUGIN: &str = "client.authentication.k8s.io/v1";

fn environment(folder: &Path, vars: &[(&str, &str)]) -> Environment {
    let vars = vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Environment {
        vars: vars.collect::<BTreeMap<_, _>>(),
        home: Some(folder.to_owned()),
        cwd: folder.to_owned(),
        system: PathBuf::from("/nonexistent"),
    }
}

/// Makes a folder with files that kubeconfigs may name.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let authority =
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode("authority"));
    for (name, text) in
        [("t", "of-file\n"), ("empty", "\n"), ("c.pem", "certificate"), ("k.pem", "key"), ("ca.pem", &authority)]
    {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// Returns the cluster that a kubeconfig and these variables lead to, in short, or the message.
fn outcome(folder: &Path, vars: &[(&str, &str)]) -> String {
    let cluster = match load(&environment(folder, vars), ClusterChoice::default()) {
        Ok(cluster) => cluster,
        Err(error) => return error.to_string().replace(folder.to_str().unwrap(), "ROOT"),
    };
    let user = &cluster.config.auth_info;
    let mut found = Vec::new();
    if let (Some(name), Some(password)) = (&user.username, &user.password) {
        found.push(format!("basic {name}:{}", password.expose_secret()));
    }
    found.extend(user.token.iter().map(|token| format!("token {}", token.expose_secret())));
    found.extend(user.token_file.iter().map(|path| format!("file {}", path.replace(folder.to_str().unwrap(), "ROOT"))));
    found.extend(user.client_certificate_data.iter().map(|_| "certificate".to_owned()));
    found.extend(cluster.exec.iter().map(|exec| format!("exec {}", exec.command.as_deref().unwrap_or_default())));
    found.extend(user.impersonate.iter().map(|name| format!("as {name}")));
    found.extend(cluster.config.root_cert.iter().map(|_| "authority".to_owned()));
    found.extend(cluster.config.proxy_url.iter().map(|proxy| format!("proxy {proxy}")));
    found.join(", ").replace(folder.to_str().unwrap(), "ROOT")
}

fn kubeconfig(user: &Value, cluster: &Value) -> Value {
    let mut whole = json!({"server": "https://cluster.example:6443"});
    whole.as_object_mut().unwrap().extend(cluster.as_object().unwrap().clone());
    json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "x",
        "clusters": [{"name": "c", "cluster": whole}],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
    })
}

fn of(config: &Value) -> String {
    of_text(&config.to_string())
}

fn of_text(text: &str) -> String {
    let folder = folder();
    std::fs::write(folder.path().join("k.yaml"), text).unwrap();
    outcome(folder.path(), &[("KUBECONFIG", "k.yaml")])
}

fn exec(changes: &Value) -> Value {
    let mut exec = json!({"apiVersion": PLUGIN, "command": "plugin", "interactiveMode": "Never"});
    exec.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    json!({ "exec": exec })
}

fn with(mut one: Value, other: &Value) -> Value {
    one.as_object_mut().unwrap().extend(other.as_object().unwrap().clone());
    one
}

fn id_token(end: i64) -> String {
    let part = |json: Value| URL_SAFE_NO_PAD.encode(json.to_string());
    format!("{}.{}.x", part(json!({"alg": "none"})), part(json!({ "exp": end })))
}

fn oidc(more: &Value) -> Value {
    let config = with(json!({"idp-issuer-url": "https://i.example", "client-id": "me"}), more);
    json!({"auth-provider": {"name": "oidc", "config": config}})
}

const LONG_AGO: i64 = 1_000_000_000;

#[rstest]
#[case::token(json!({"token": "t"}), "token t")]
#[case::file_before_token(json!({"token": "t", "tokenFile": "t"}), "file ROOT/t")]
#[case::token_before_a_missing_file(json!({"token": "t", "tokenFile": "nowhere"}), "token t")]
#[case::token_before_an_empty_file(json!({"token": "t", "tokenFile": "empty"}), "token t")]
#[case::missing_file(json!({"tokenFile": "nowhere"}), "ROOT/k.yaml: users[u]: `tokenFile`: ROOT/nowhere cannot be read: it does not exist")]
#[case::token_before_exec(with(json!({"token": "t"}), &exec(&json!({}))), "token t")]
#[case::file_before_exec(with(json!({"tokenFile": "t"}), &exec(&json!({}))), "file ROOT/t")]
#[case::basic_before_exec(with(json!({"username": "a", "password": "b"}), &exec(&json!({}))), "basic a:b")]
#[case::certificate_before_exec(with(json!({"client-certificate": "c.pem", "client-key": "k.pem"}), &exec(&json!({}))), "certificate")]
#[case::certificate_and_token(json!({"client-certificate": "c.pem", "client-key": "k.pem", "token": "t"}), "token t, certificate")]
#[case::user_without_password(json!({"username": "a"}), "basic a:")]
#[case::basic_and_token(json!({"username": "a", "password": "b", "token": "t"}), "has a token and a user name or password")]
#[case::basic_and_file(json!({"username": "a", "password": "b", "tokenFile": "t"}), "has a token and a user name or password")]
#[case::empty_texts_count_as_unset(json!({"token": "t", "tokenFile": "", "username": "", "client-certificate": "", "client-key-data": ""}), "token t")]
#[case::exec(exec(&json!({})), "exec plugin")]
#[case::exec_below_the_folder(exec(&json!({"command": "./plugin"})), "exec ROOT/./plugin")]
#[case::exec_without_mode(exec(&json!({"interactiveMode": null})), "has no `interactiveMode`")]
#[case::exec_beta_without_mode(exec(&json!({"apiVersion": format!("{PLUGIN}beta1"), "interactiveMode": null})), "exec plugin")]
#[case::exec_alpha(exec(&json!({"apiVersion": format!("{PLUGIN}alpha1")})), "version v1alpha1")]
#[case::exec_alpha_beside_a_token(with(json!({"token": "t"}), &exec(&json!({"apiVersion": format!("{PLUGIN}alpha1")}))), "version v1alpha1")]
#[case::exec_of_another_kind(exec(&json!({"apiVersion": "foo/v9"})), "`exec.apiVersion` must be")]
#[case::exec_without_version(exec(&json!({"apiVersion": null})), "`exec` has no `apiVersion`")]
#[case::exec_without_command(exec(&json!({"command": null})), "`exec` has no `command`")]
#[case::exec_with_a_mode_of_its_own(exec(&json!({"interactiveMode": "Sometimes"})), "this value does not fit a kubeconfig")]
#[case::exec_with_a_nameless_variable(exec(&json!({"env": [{"value": "x"}]})), "a variable of `exec.env` has no `name`")]
#[case::exec_and_provider(with(exec(&json!({})), &oidc(&json!({}))), "has `exec` and `auth-provider`")]
#[case::certificate_without_key(json!({"client-certificate": "c.pem"}), "the client key is missing")]
#[case::key_without_certificate(json!({"client-key": "k.pem"}), "the client certificate is missing")]
#[case::certificate_missing(json!({"client-certificate": "nowhere", "client-key": "k.pem"}), "`client-certificate`: ROOT/nowhere cannot be read")]
#[case::data_beside_a_missing_file(json!({"client-certificate": "nowhere", "client-certificate-data": "YQ==", "client-key-data": "YQ=="}), "`client-certificate`: ROOT/nowhere cannot be read")]
#[case::oidc(oidc(&json!({"id-token": id_token(4_000_000_000)})), "token ey")]
#[case::oidc_expired(oidc(&json!({"id-token": id_token(LONG_AGO)})), "the `id-token` of the auth-provider `oidc` expired on 2001-09-09; log in again")]
#[case::oidc_to_be_renewed(oidc(&json!({"id-token": id_token(LONG_AGO), "refresh-token": "hush"})), "run any kubectl command with this context, which does")]
#[case::oidc_without_token(oidc(&json!({})), "has no `id-token`")]
#[case::oidc_without_date(oidc(&json!({"id-token": "abc"})), "is not a token with a date")]
#[case::oidc_with_an_endless_date(oidc(&json!({"id-token": id_token(i64::MAX)})), "is not a token with a date")]
#[case::oidc_without_issuer(json!({"auth-provider": {"name": "oidc", "config": {"id-token": id_token(4_000_000_000)}}}), "has no `idp-issuer-url`")]
#[case::token_before_oidc(with(json!({"token": "t"}), &oidc(&json!({"id-token": id_token(LONG_AGO)}))), "token t")]
#[case::gcp(json!({"auth-provider": {"name": "gcp"}}), "the auth-provider `gcp` is not supported; Kubernetes has removed it in 1.26")]
#[case::gcp_beside_a_token(json!({"token": "t", "auth-provider": {"name": "gcp"}}), "the auth-provider `gcp` is not supported")]
#[case::unknown_provider(json!({"auth-provider": {"name": "foo"}}), "the auth-provider `foo` is not supported; use")]
#[case::in_the_name_of_another(json!({"token": "t", "as": "other"}), "token t, as other")]
#[case::groups_of_nobody(json!({"token": "t", "as-groups": ["g"]}), "without `as`")]
#[case::unknown_field(json!({"token": "t", "foo": "bar"}), "token t")]
#[case::number_as_token(json!({"token": 12345}), "this value does not fit a kubeconfig")]
fn users(#[case] user: Value, #[case] expected: &str) {
    let found = of(&kubeconfig(&user, &json!({})));
    let is_message = found.contains("users[u]");
    assert!(if is_message { found.contains(expected) } else { found.starts_with(expected) }, "{found}");
    assert!(!found.contains("hush"), "{found}");
}

#[test]
fn what_does_not_count_is_not_kept() {
    for (user, expected) in [
        (json!({"token": "t", "tokenFile": "t"}), "file ROOT/t"),
        (json!({"token": "t", "tokenFile": "empty"}), "token t"),
    ] {
        assert_eq!(of(&kubeconfig(&user, &json!({}))), expected);
    }
}

fn wrapped(separator: &str) -> String {
    let authority =
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode("authority"));
    let encoded = STANDARD.encode(authority);
    format!("{}{separator}{}", &encoded[..8], &encoded[8..])
}

#[rstest]
#[case::file(json!({"certificate-authority": "ca.pem"}), "token t, authority")]
#[case::data(json!({"certificate-authority-data": wrapped("")}), "token t, authority")]
#[case::data_with_line_breaks(json!({"certificate-authority-data": wrapped("\r\n") + "\n"}), "token t, authority")]
#[case::data_with_spaces(json!({"certificate-authority-data": wrapped(" ")}), "the certificate authority is not Base64")]
#[case::data_beside_a_missing_file(json!({"certificate-authority-data": wrapped(""), "certificate-authority": "nowhere"}), "`certificate-authority`: ROOT/nowhere cannot be read")]
#[case::empty_data(json!({"certificate-authority-data": ""}), "token t")]
#[case::insecure(json!({"insecure-skip-tls-verify": true}), "token t")]
#[case::insecure_with_data(json!({"insecure-skip-tls-verify": true, "certificate-authority-data": wrapped("")}), "`insecure-skip-tls-verify` and a certificate authority contradict each other")]
#[case::insecure_with_a_file(json!({"insecure-skip-tls-verify": true, "certificate-authority": "ca.pem"}), "contradict each other")]
#[case::a_text_as_boolean(json!({"insecure-skip-tls-verify": "false"}), "this value does not fit a kubeconfig")]
#[case::proxy(json!({"proxy-url": "http://p:1"}), "token t, proxy http://p:1/")]
#[case::socks(json!({"proxy-url": "socks5://p:1"}), "token t, proxy socks5://p:1/")]
#[case::another_proxy(json!({"proxy-url": "ftp://p:1"}), "`proxy-url` must be a URL")]
#[case::a_proxy_without_scheme(json!({"proxy-url": "p:1"}), "`proxy-url` must be a URL")]
#[case::no_server(json!({"server": ""}), "has no `server`")]
fn clusters(#[case] cluster: Value, #[case] expected: &str) {
    let found = of(&kubeconfig(&json!({"token": "t"}), &cluster));
    assert!(if found.contains("clusters[c]") { found.contains(expected) } else { found == expected }, "{found}");
}

#[test]
fn a_plugin_is_told_the_proxy_of_the_kubeconfig_only() {
    let folder = folder();
    for (cluster, expected) in [(json!({}), None), (json!({"proxy-url": "http://p:1"}), Some("http://p:1"))] {
        let config = kubeconfig(&exec(&json!({"provideClusterInfo": true})), &cluster);
        std::fs::write(folder.path().join("k.yaml"), config.to_string()).unwrap();
        let vars = [("KUBECONFIG", "k.yaml"), ("HTTPS_PROXY", "http://q:1")];
        let cluster = load(&environment(folder.path(), &vars), ClusterChoice::default()).unwrap();
        let told = cluster.exec.and_then(|exec| exec.cluster).unwrap();
        assert_eq!(
            (told.server.as_deref(), told.proxy_url.as_deref()),
            (Some("https://cluster.example:6443"), expected)
        );
    }
}

const CLUSTER: &str = "clusters:\n- name: c\n  cluster: {server: 'https://cluster.example'}\n";
const CONTEXT: &str = "current-context: x\ncontexts:\n- name: x\n  context: {cluster: c, user: u}\n";
const USER: &str = "users:\n- name: u\n  user: {token: t}\n";

/// Texts after a kubeconfig that is good.
#[rstest]
#[case::key_twice("- name: o\n  user: {token: a, token: b}\n", "token t")]
#[case::wrong_type("- name: o\n  user: {token: [a]}\n", "token t")]
#[case::text_as_user("- name: o\n  user: hello\n", "token t")]
#[case::no_name("- user: {token: a}\n", "token t")]
#[case::nothing("-\n", "token t")]
#[case::text_as_item("- hello\n", "token t")]
#[case::no_user("- name: o\n", "token t")]
#[case::tag("- name: o\n  user: {token: !vault a}\n", "token t")]
#[case::old_plugin(
    "- name: o\n  user: {exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: x}}\n",
    "token t"
)]
#[case::unknown_mode("- name: o\n  user: {exec: {command: x, interactiveMode: Foo}}\n", "token t")]
#[case::missing_files("- name: o\n  user: {client-certificate: nowhere, client-key: nowhere}\n", "token t")]
#[case::second_document("---\nkind: Pod\n", "token t")]
#[case::broken_second_document("---\na: [\n", "token t")]
#[case::name_twice(
    "- name: u\n  user: {token: second}\n",
    "ROOT/k.yaml:11:3: users: the name `u` is given twice; kubectl refuses that as well: rename one of them, or remove it"
)]
#[case::other_name_twice("- name: o\n- name: o\n", "users: the name `o` is given twice")]
#[case::another_list("users:\n- name: u\n  user: {token: last}\n", "token last")]
#[case::another_kind("kind: Pod\n", "kind: must be `Config`")]
#[case::another_version("apiVersion: v2\n", "apiVersion: must be `v1`")]
#[case::tab("\tfoo: 1\n", "not valid YAML")]
fn a_fault_that_kubectl_does_not_mind(#[case] after: &str, #[case] expected: &str) {
    let found = of_text(&format!("{CLUSTER}{CONTEXT}{USER}{after}"));
    assert!(found == expected || (!expected.starts_with("token") && found.contains(expected)), "{found}");
}

#[rstest]
#[case::byte_order_mark(format!("\u{feff}{CLUSTER}{CONTEXT}{USER}"), "token t")]
#[case::windows_lines(format!("{CLUSTER}{CONTEXT}{USER}").replace('\n', "\r\n"), "token t")]
#[case::own_key_twice(format!("{CLUSTER}{CONTEXT}{USER}").replace("{token: t}", "{token: a, token: b}"), "token b")]
#[case::merged(format!("x: &x {{token: t}}\n{CLUSTER}{CONTEXT}{USER}").replace("{token: t}\n", "{<<: *x}\n").replacen("&x {<<: *x}", "&x {token: t}", 1), "token t")]
#[case::yes_is_a_boolean(format!("{CLUSTER}{CONTEXT}{USER}").replace("example'", "example', insecure-skip-tls-verify: yes"), "token t")]
#[case::a_number_is_no_name(format!("{CLUSTER}{CONTEXT}{USER}").replace("token: t", "token: 12345"), "k.yaml:10:17: users[u]: this value does not fit a kubeconfig")]
#[case::context_without_cluster_elsewhere(format!("{CLUSTER}{CONTEXT}- name: o\n  context: {{user: u}}\n{USER}"), "token t")]
#[case::dangling_context_elsewhere(format!("{CLUSTER}{CONTEXT}- name: o\n  context: {{cluster: z, user: z}}\n{USER}"), "token t")]
#[case::own_tag(format!("{CLUSTER}{CONTEXT}{USER}").replace("token: t", "token: !vault t"), "users[u]: a value that begins with `!` is a YAML tag")]
#[case::empty(String::new(), "ROOT/k.yaml: the file is empty")]
fn whole_files(#[case] text: String, #[case] expected: &str) {
    let found = of_text(&text);
    assert!(found.contains(expected), "{found}");
}

#[rstest]
#[case::missing("gone.yaml:k.yaml", "token t")]
#[case::empty_file("empty:k.yaml", "token t")]
#[case::without_lists("none.yaml:k.yaml", "token t")]
#[case::empty_names(":k.yaml:", "token t")]
#[case::first_user("user.yaml:k.yaml", "token first")]
#[case::first_user_again("k.yaml:user.yaml", "token t")]
#[case::whole_entries_count("certificate.yaml:k.yaml", "certificate")]
#[case::context_of_the_first("context.yaml:k.yaml", "there is no context `nope`")]
#[case::empty_context("no-context.yaml:k.yaml", "token t")]
#[case::relative_to_its_file("sub/file.yaml:k.yaml", "file ROOT/sub/t")]
#[case::broken("broken.yaml:k.yaml", "ROOT/broken.yaml:1:11: not valid YAML")]
#[case::broken_later("k.yaml:broken.yaml", "ROOT/broken.yaml:1:11: not valid YAML")]
#[case::fault_in_another_part("fault.yaml:k.yaml", "token t")]
#[case::fault_in_the_own_part(
    "own-fault.yaml:k.yaml",
    "ROOT/own-fault.yaml:3:17: users[u]: this value does not fit a kubeconfig"
)]
#[case::folder("sub:k.yaml", "ROOT/sub: is a folder")]
#[case::twice("k.yaml:k.yaml", "token t")]
fn several_files(#[case] list: &str, #[case] expected: &str) {
    let folder = folder();
    std::fs::create_dir(folder.path().join("sub")).unwrap();
    for (name, text) in [
        ("k.yaml", &*format!("{CLUSTER}{CONTEXT}{USER}")),
        ("none.yaml", "apiVersion: v1\nkind: Config\nclusters: []\n"),
        ("user.yaml", "users:\n- name: u\n  user: {token: first}\n"),
        ("certificate.yaml", "users:\n- name: u\n  user: {client-certificate: c.pem, client-key: k.pem}\n"),
        ("context.yaml", "current-context: nope\n"),
        ("no-context.yaml", "current-context: ''\n"),
        ("sub/file.yaml", "users:\n- name: u\n  user: {tokenFile: t}\n"),
        ("sub/t", "in-sub"),
        ("broken.yaml", "clusters: ["),
        ("fault.yaml", "users:\n- name: o\n  user: {token: [a]}\n"),
        ("own-fault.yaml", "users:\n- name: u\n  user: {token: [a]}\n"),
    ] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let found = outcome(folder.path(), &[("KUBECONFIG", list)]);
    assert!(found == expected || (!expected.starts_with("token") && found.contains(expected)), "{found}");
}

#[rstest]
#[case::remote("https://cluster.example", &[("HTTPS_PROXY", "p:1")], "proxy http://p:1/")]
#[case::capitals_first("https://cluster.example", &[("HTTPS_PROXY", "p:1"), ("https_proxy", "q:1")], "proxy http://p:1/")]
#[case::socks("https://cluster.example", &[("HTTPS_PROXY", "socks5://p:1")], "proxy socks5://p:1/")]
#[case::nonsense("https://cluster.example", &[("https_proxy", "nonsense://p:1")], "environment variable https_proxy: must be the URL of a proxy")]
#[case::nonsense_for_others("https://cluster.example", &[("http_proxy", "nonsense://p:1")], "token t")]
#[case::all_is_not_known_to_go("https://cluster.example", &[("ALL_PROXY", "http://p:1")], "token t")]
#[case::loopback("https://127.0.0.1:6443", &[("HTTPS_PROXY", "p:1")], "token t")]
#[case::loopback_network("https://127.3.0.1:6443", &[("HTTPS_PROXY", "p:1")], "token t")]
#[case::localhost("https://localhost:6443", &[("HTTPS_PROXY", "p:1")], "token t")]
#[case::loopback_of_ipv6("https://[::1]:6443", &[("HTTPS_PROXY", "p:1")], "token t")]
#[case::exempt("https://cluster.example", &[("HTTPS_PROXY", "p:1"), ("NO_PROXY", ".example")], "token t")]
fn proxies_of_the_environment(#[case] server: &str, #[case] vars: &[(&str, &str)], #[case] expected: &str) {
    let folder = folder();
    let config = kubeconfig(&json!({"token": "t"}), &json!({"server": server}));
    std::fs::write(folder.path().join("k.yaml"), config.to_string()).unwrap();
    let vars: Vec<(&str, &str)> = vars.iter().chain(&[("KUBECONFIG", "k.yaml")]).copied().collect();
    let found = outcome(folder.path(), &vars);
    assert!(
        found == expected
            || found == format!("token t, {expected}")
            || found.starts_with(expected) && found.contains("variable"),
        "{found}"
    );
}

#[cfg(unix)]
#[rstest]
#[case(0o600, 0)]
#[case(0o644, 0)]
#[case(0o666, 1)]
fn a_file_that_others_may_write_is_noted(#[case] mode: u32, #[case] expected: usize) {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    let path = folder.path().join("k.yaml");
    std::fs::write(&path, format!("{CLUSTER}{CONTEXT}{USER}")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    let mut notes = Vec::new();
    entries::read(&path, &mut notes).unwrap();
    assert_eq!(notes.len(), expected, "{notes:?}");
}
