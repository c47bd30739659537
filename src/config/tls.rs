//! Whom to trust and how to identify ourselves on TLS: reads the PEM files the settings name.

use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};

use super::Environment;
use super::cloud::{Tls, Trust};
use super::error::ConfigError;
use super::files;
use super::settings::{Settings, Text};
use crate::secrets::Secrets;

/// `insecure`, `verify`, `cacert`, `cert` and `key`.
///
/// # Errors
/// A file does not exist, cannot be read, or holds no PEM of the kind it should.
pub(super) fn resolve(settings: &Settings, environment: &Environment, secrets: &Secrets) -> Result<Tls, ConfigError> {
    let identity_pem = identity(settings, environment)?;
    identity_pem.iter().for_each(|pem| secrets.add_keys(pem.expose_secret()));
    Ok(Tls { trust: trust(settings, environment)?, identity_pem })
}

fn trust(settings: &Settings, environment: &Environment) -> Result<Trust, ConfigError> {
    let insecure = settings.flag("insecure")?;
    let verify = settings.flag("verify")?;
    if insecure == Some(true) || verify == Some(false) {
        return Ok(Trust::Anyone);
    }
    let Some(text) = settings.text(&["cacert"])? else {
        return Ok(Trust::System);
    };
    let pem = read(settings, environment, text)?;
    if !pem.contains("-----BEGIN CERTIFICATE-----") {
        return Err(settings
            .refuse(text, "the file holds no PEM certificate")
            .help("it must contain `-----BEGIN CERTIFICATE-----`"));
    }
    Ok(Trust::Only(pem.into_bytes()))
}

fn identity(settings: &Settings, environment: &Environment) -> Result<Option<SecretString>, ConfigError> {
    let Some(cert) = settings.text(&["cert"])? else {
        return match settings.text(&["key"])? {
            None => Ok(None),
            Some(key) => {
                Err(settings.refuse(key, "a key without `cert`").help("add `cert` with the client certificate"))
            }
        };
    };
    let mut pem = read(settings, environment, cert)?;
    let mut holder = cert;
    if let Some(key) = settings.text(&["key"])? {
        holder = key;
        pem.push('\n');
        pem.push_str(&read(settings, environment, key)?);
    }
    if !pem.contains("-----BEGIN CERTIFICATE-----") {
        return Err(settings.refuse(cert, "the file holds no PEM certificate"));
    }
    if pem.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----") {
        return Err(settings.refuse(holder, "the private key is encrypted").help("decrypt it with `openssl pkey`"));
    }
    if !pem.contains("PRIVATE KEY-----") {
        return Err(settings.refuse(holder, "the file holds no PEM private key").help("name its file with `key`"));
    }
    Ok(Some(SecretString::from(pem)))
}

fn read(settings: &Settings, environment: &Environment, text: Text<'_>) -> Result<String, ConfigError> {
    let path: PathBuf = environment.resolve(text.value);
    let content =
        files::read_text(&path).map_err(|error| settings.refuse(text, format!("{} {}", path.display(), error.what)))?;
    content.ok_or_else(|| {
        settings
            .refuse(text, format!("{} does not exist", path.display()))
            .help("relative paths count from the current directory")
    })
}
