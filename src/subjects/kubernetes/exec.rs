//! Credential plugins: programs that the kubeconfig names, and that print a token or a certificate.
//!
//! Not left to the library: it waits for a plugin without end, and repeats what the plugin says in its errors.

use super::{Error, ErrorKind};
use kube::config::{ExecConfig, ExecInteractiveMode};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};

/// Longest time for a plugin; some ask a service for a token.
const LIMIT: Duration = Duration::from_secs(30);
/// The longest answer, in bytes.
const LONGEST: u64 = 1 << 20;

/// The credential that a plugin gave. Has no `Debug`.
pub(super) enum Credential {
    /// A token.
    Token(SecretString),
    /// A client certificate and its key, PEM.
    Certificate(String, SecretString),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PluginOutput {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    api_version: String,
    status: Option<PluginStatus>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PluginStatus {
    token: Option<String>,
    client_certificate_data: Option<String>,
    client_key_data: Option<String>,
}

/// Runs a plugin.
///
/// # Errors
/// It cannot be started, fails, takes too long, or does not answer as a plugin.
pub(super) async fn credential(exec: &ExecConfig) -> Result<Credential, Error> {
    run(exec, LIMIT).await
}

async fn run(exec: &ExecConfig, limit: Duration) -> Result<Credential, Error> {
    let name = exec.command.as_deref().filter(|command| !command.is_empty()).ok_or_else(|| {
        Error::new(ErrorKind::Unusable, "the kubeconfig has a credential plugin (`exec`) without a `command`")
    })?;
    if exec.interactive_mode == Some(ExecInteractiveMode::Always) {
        let what = format!("the credential plugin `{name}` insists on asking questions (interactiveMode: Always)");
        return Err(Error::new(ErrorKind::Unusable, what).help("use a kubeconfig with a token or a certificate"));
    }
    let mut child = command(exec, name)?.spawn().map_err(|error| {
        let what = format!("the credential plugin `{name}` cannot be started: {error}");
        let hint = exec.install_hint.as_deref().unwrap_or("install it, or correct `exec.command` in the kubeconfig");
        Error::new(ErrorKind::Unusable, what).help(hint)
    })?;
    // A plugin that goes on is killed when it is dropped.
    match tokio::time::timeout(limit, answer(&mut child, name, asked(exec))).await {
        Ok(answer) => answer,
        Err(_) => {
            let what = format!("the credential plugin `{name}` did not end within {} s", limit.as_secs_f64());
            Err(Error::new(ErrorKind::Unusable, what).help(format!("run `{name}` by hand: it may wait for a login")))
        }
    }
}

/// Returns the version in which a plugin is asked, and has to answer.
fn asked(exec: &ExecConfig) -> &str {
    exec.api_version.as_deref().unwrap_or("client.authentication.k8s.io/v1")
}

fn command(exec: &ExecConfig, name: &str) -> Result<Command, Error> {
    let mut spec = json!({"interactive": false});
    if let Some(cluster) = &exec.cluster {
        let cluster = serde_json::to_value(cluster);
        spec["cluster"] = cluster
            .map_err(|_| Error::new(ErrorKind::Unusable, "the cluster cannot be described to the credential plugin"))?;
    }
    let info = json!({"kind": "ExecCredential", "apiVersion": asked(exec), "spec": spec});
    let mut command = Command::new(name);
    command.args(exec.args.iter().flatten()).env("KUBERNETES_EXEC_INFO", info.to_string());
    for pair in exec.env.iter().flatten() {
        if let (Some(name), Some(value)) = (pair.get("name"), pair.get("value")) {
            command.env(name, value);
        }
    }
    // What it complains about may hold secrets.
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    Ok(command)
}

async fn answer(child: &mut Child, name: &str, asked: &str) -> Result<Credential, Error> {
    let broken = |what: String| Error::new(ErrorKind::Unusable, format!("the credential plugin `{name}` {what}"));
    let mut text = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        let read = stdout.take(LONGEST + 1).read_to_end(&mut text).await;
        read.map_err(|error| broken(format!("cannot be read: {error}")))?;
    }
    if text.len() as u64 > LONGEST {
        return Err(broken("printed more than any credential holds".to_owned()));
    }
    let status = child.wait().await.map_err(|error| broken(format!("was lost: {error}")))?;
    if !status.success() {
        let what = format!("the credential plugin `{name}` failed ({status})");
        let help = format!("run `{name}` by hand to see why; its output is not shown here, as it may be secret");
        return Err(Error::new(ErrorKind::CredentialsRefused, what).help(help));
    }
    // What is wrong with its JSON would quote it.
    let answer: PluginOutput = serde_json::from_slice(&text)
        .map_err(|_| broken("printed something that is not an ExecCredential".to_owned()))?;
    if answer.kind != "ExecCredential" {
        return Err(broken("printed something that is not an ExecCredential".to_owned()));
    }
    if answer.api_version != asked {
        let what = format!("was asked for version {asked} and answered in another one");
        return Err(broken(what).help("set `exec.apiVersion` to the version that the plugin speaks"));
    }
    let status = answer.status.unwrap_or_default();
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    match (given(status.client_certificate_data), given(status.client_key_data), given(status.token)) {
        (Some(certificate), Some(key), _) => Ok(Credential::Certificate(certificate, key.into())),
        (None, None, Some(token)) => Ok(Credential::Token(token.into())),
        (None, None, None) => Err(broken("printed neither a token nor a certificate with its key".to_owned())),
        _ => Err(broken("printed a certificate without its key, or a key without its certificate".to_owned())),
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use secrecy::ExposeSecret;

    fn plugin(script: &str) -> ExecConfig {
        let args = Some(vec!["-c".to_owned(), script.to_owned()]);
        ExecConfig { command: Some("sh".to_owned()), args, ..ExecConfig::default() }
    }

    #[tokio::test]
    async fn a_token_is_taken_and_the_plugin_knows_what_it_is_for() {
        let script = r#"case "$KUBERNETES_EXEC_INFO" in *'"kind":"ExecCredential"'*) ;; *) exit 9;; esac
            printf '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"%s"}}' "$WHAT""#;
        let env = [("name", "WHAT"), ("value", "sesame")].map(|(key, value)| (key.to_owned(), value.to_owned()));
        let exec = ExecConfig { env: Some(vec![env.into()]), ..plugin(script) };
        let Ok(Credential::Token(token)) = credential(&exec).await else { panic!("no token") };
        assert_eq!(token.expose_secret(), "sesame");
    }

    #[rstest]
    #[case("echo hidden >&2; exit 3", "failed (exit status: 3)")]
    #[case("echo hidden", "printed something that is not an ExecCredential")]
    #[case("echo '{\"status\":{\"token\":\"hidden\"}}'", "printed something that is not an ExecCredential")]
    #[case(r#"echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1","status":{"token":"hidden"}}'"#, "was asked for version client.authentication.k8s.io/v1 and answered in another one")]
    #[case(r#"echo '{"kind":"ExecCredential","status":{"token":"hidden"}}'"#, "answered in another one")]
    #[case(
        r#"echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1"}'"#,
        "printed neither a token nor a certificate"
    )]
    #[case(
        r#"echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":""}}'"#,
        "printed neither a token nor a certificate"
    )]
    #[case(r#"echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"hidden","clientCertificateData":"hidden"}}'"#, "printed a certificate without its key")]
    #[case("sleep 60", "did not end within 0.2 s")]
    #[tokio::test]
    async fn each_failure_has_its_words_and_none_shows_what_was_printed(#[case] script: &str, #[case] words: &str) {
        let Err(error) = run(&plugin(script), Duration::from_millis(200)).await else { panic!("a credential") };
        let text = error.to_string();
        assert!(text.contains(words) && !text.contains("hidden"), "{text}");
    }

    #[tokio::test]
    async fn a_plugin_that_is_not_there_comes_with_the_hint() {
        let exec = ExecConfig {
            command: Some("/nonexistent/plugin".to_owned()),
            install_hint: Some("get it from example.com".to_owned()),
            ..ExecConfig::default()
        };
        let Err(error) = credential(&exec).await else { panic!("a credential") };
        assert!(error.to_string().contains("get it from example.com"), "{error}");
        assert_eq!(error.kind, ErrorKind::Unusable);
    }
}
