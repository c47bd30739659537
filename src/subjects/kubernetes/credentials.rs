//! Reads the user of a kubeconfig as kubectl does: the combinations that it refuses, and the credentials that count.

use crate::settings::{ConfigError, read_bytes, read_text};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use kube::config::{AuthInfo, AuthProviderConfig, ExecConfig};
use secrecy::SecretString;
use serde::Deserialize;
use std::path::Path;

/// Versions in which credential plugins may be asked.
const PLUGIN: &str = "client.authentication.k8s.io/v1";
const PLUGIN_BETA: &str = "client.authentication.k8s.io/v1beta1";

/// Leaves of a user's credentials those that count.
///
/// # Errors
/// Refuses credentials that kubectl refuses as well, and those that have expired.
pub(super) fn settle(user: &mut AuthInfo, now: DateTime<Utc>) -> Result<(), ConfigError> {
    refuse_contradictions(user)?;
    user.exec.as_ref().map_or(Ok(()), check_plugin)?;
    read_certificate(user)?;
    if let Some(provider) = user.auth_provider.take() {
        let token = id_token(&provider, now, has_token(user) || has_basic(user))?;
        user.token = user.token.take().or(token);
    }
    choose_token(user)?;
    if has_basic(user) {
        user.password.get_or_insert_with(SecretString::default);
    }
    if has_basic(user) || has_token(user) || user.client_certificate_data.is_some() {
        user.exec = None;
    }
    Ok(())
}

fn has_basic(user: &AuthInfo) -> bool {
    user.username.is_some() || user.password.is_some()
}

fn has_token(user: &AuthInfo) -> bool {
    user.token.is_some() || user.token_file.is_some()
}

fn refuse_contradictions(user: &AuthInfo) -> Result<(), ConfigError> {
    let refuse = |what: &str, help: &str| Err(ConfigError::new(what).help(help));
    let plain = user.impersonate.is_none();
    if has_basic(user) && has_token(user) {
        return refuse("has a token and a user name or password", "keep one of them");
    }
    if user.exec.is_some() && user.auth_provider.is_some() {
        return refuse("has `exec` and `auth-provider`", "keep one of them");
    }
    if plain && (user.impersonate_uid.is_some() || user.impersonate_groups.is_some()) {
        return refuse("has `as-uid` or `as-groups` without `as`", "add `as`, or remove them");
    }
    if plain && user.impersonate_user_extra.is_some() {
        return refuse("has `as-user-extra` without `as`", "add `as`, or remove it");
    }
    Ok(())
}

/// Checks how a credential plugin is to be asked.
fn check_plugin(exec: &ExecConfig) -> Result<(), ConfigError> {
    let refuse = |what: String, help: &str| Err(ConfigError::new(what).help(help));
    if exec.command.is_none() {
        return refuse("`exec` has no `command`".to_owned(), "name the program");
    }
    match exec.api_version.as_deref() {
        Some(PLUGIN) if exec.interactive_mode.is_none() => {
            return refuse(format!("`exec` of {PLUGIN} has no `interactiveMode`"), "add `interactiveMode: Never`");
        }
        Some(PLUGIN | PLUGIN_BETA) => {}
        Some("client.authentication.k8s.io/v1alpha1") => {
            let help = "Kubernetes has removed v1alpha1 in 1.24: get a newer plugin, and set v1 or v1beta1";
            return refuse("`exec` asks for version v1alpha1 of client.authentication.k8s.io".to_owned(), help);
        }
        Some(_) => return refuse(format!("`exec.apiVersion` must be {PLUGIN} or {PLUGIN_BETA}"), "correct it"),
        None => return refuse("`exec` has no `apiVersion`".to_owned(), "set the version that the plugin speaks"),
    }
    let named =
        |pair: &std::collections::HashMap<String, String>| pair.get("name").is_some_and(|name| !name.is_empty());
    if !exec.env.iter().flatten().all(named) {
        return refuse("a variable of `exec.env` has no `name`".to_owned(), "name it, or remove it");
    }
    Ok(())
}

/// Reads client certificate and key, which must be there together. A file that is named must be readable, also where the
/// data beside it counts.
fn read_certificate(user: &mut AuthInfo) -> Result<(), ConfigError> {
    let certificate = user.client_certificate.take().map(|path| encoded("`client-certificate`:", &path)).transpose()?;
    let key = user.client_key.take().map(|path| encoded("`client-key`:", &path)).transpose()?;
    user.client_certificate_data = user.client_certificate_data.take().or(certificate);
    user.client_key_data = user.client_key_data.take().or(key.map(SecretString::from));
    match (&user.client_certificate_data, &user.client_key_data) {
        (Some(_), None) => Err(ConfigError::new("the client key is missing").help("add `client-key-data`")),
        (None, Some(_)) => {
            Err(ConfigError::new("the client certificate is missing").help("add `client-certificate-data`"))
        }
        _ => Ok(()),
    }
}

/// Returns the content of a file, in Base64; `what` names it in messages.
///
/// # Errors
/// It cannot be read.
pub(super) fn encoded(what: &str, path: &str) -> Result<String, ConfigError> {
    Ok(STANDARD.encode(content(what, path, read_bytes(Path::new(path)))?))
}

fn content<T>(what: &str, path: &str, read: Result<Option<T>, ConfigError>) -> Result<T, ConfigError> {
    let refuse =
        |why: &str| ConfigError::new(format!("{what} {path} {why}")).help("check the path and its permissions");
    read.map_err(|error| refuse(&error.what))?.ok_or_else(|| refuse("cannot be read: it does not exist"))
}

/// Takes a token file before a token beside it, unless it is empty or cannot be read.
fn choose_token(user: &mut AuthInfo) -> Result<(), ConfigError> {
    let Some(path) = &user.token_file else { return Ok(()) };
    let text = content("`tokenFile`:", path, read_text(Path::new(path)));
    match (text, &user.token) {
        (Ok(text), Some(_)) if text.trim().is_empty() => user.token_file = None,
        (Ok(_), _) => user.token = None,
        (Err(_), Some(_)) => user.token_file = None,
        (Err(error), None) => return Err(error),
    }
    Ok(())
}

/// Returns the token that an auth-provider has stored; none where other credentials count.
fn id_token(
    provider: &AuthProviderConfig,
    now: DateTime<Utc>,
    has_others: bool,
) -> Result<Option<SecretString>, ConfigError> {
    let refuse = |what: String, help: &str| Err(ConfigError::new(what).help(help));
    let setting = |key: &str| provider.config.get(key).filter(|value| !value.is_empty());
    match provider.name.as_str() {
        "oidc" => {}
        "gcp" | "azure" => {
            let help = "Kubernetes has removed it in 1.26: use a credential plugin (`exec`)";
            return refuse(format!("the auth-provider `{}` is not supported", provider.name), help);
        }
        other => {
            return refuse(format!("the auth-provider `{other}` is not supported"), "use a credential plugin (`exec`)");
        }
    }
    if let Some(key) = ["idp-issuer-url", "client-id"].into_iter().find(|key| setting(key).is_none()) {
        return refuse(format!("the auth-provider `oidc` has no `{key}`"), "add it, as kubectl needs it as well");
    }
    if has_others {
        return Ok(None);
    }
    let renewal = match setting("refresh-token") {
        Some(_) => "this program does not renew it: run any kubectl command with this context, which does",
        None => "log in again, and get a new kubeconfig",
    };
    let Some(token) = setting("id-token") else {
        return refuse("the auth-provider `oidc` has no `id-token`".to_owned(), renewal);
    };
    match expiry(token) {
        None => refuse("the `id-token` of the auth-provider `oidc` is not a token with a date".to_owned(), renewal),
        Some(end) if end <= now => {
            refuse(format!("the `id-token` of the auth-provider `oidc` expired on {}", end.format("%F")), renewal)
        }
        Some(_) => Ok(Some(SecretString::from(token.clone()))),
    }
}

/// Returns until when a JSON Web Token is good.
fn expiry(token: &str) -> Option<DateTime<Utc>> {
    #[derive(Deserialize)]
    struct Claims {
        exp: f64,
    }
    let mut parts = token.split('.');
    let (_, claims, _) = (parts.next()?, parts.next()?, parts.next()?);
    let claims: Claims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
    // Far more than any date has.
    let seconds = Some(claims.exp).filter(|exp| exp.abs() < 1e12)?;
    #[expect(clippy::cast_possible_truncation, reason = "it is checked above")]
    DateTime::from_timestamp(seconds as i64, 0)
}
