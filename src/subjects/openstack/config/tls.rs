//! Trusted authorities and client certificates: reads the PEM files that settings and variables name.

use super::cloud::{Tls, Trust};
use super::settings::{Settings, Text};
use crate::secrets::Secrets;
use crate::settings::Environment;
use crate::settings::{ConfigError, Location};
use secrecy::{ExposeSecret, SecretString};
use std::path::PathBuf;

/// Variables that requests takes for `cacert`, in this order.
const BUNDLES: &[&str] = &["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"];

/// Resolves `insecure`, `verify`, `cacert`, `cert` and `key`; without them the variables for certificate bundles.
///
/// # Errors
/// A file does not exist, cannot be read, or holds no PEM of the kind it should.
pub(super) fn resolve(
    settings: &Settings,
    environment: &Environment,
    encrypted: bool,
    secrets: &Secrets,
    notes: &mut Vec<ConfigError>,
) -> Result<Tls, ConfigError> {
    let trust = match trust(settings, environment, notes) {
        // Whoever is asked in the clear needs no authority; those of the system are not taken instead.
        Err(error) if !encrypted && settings.flag("verify").is_ok() && settings.flag("insecure").is_ok() => {
            notes.push(error);
            Trust::Only(Vec::new())
        }
        other => other?,
    };
    let identity_pem = identity(settings, environment, notes)?;
    identity_pem.iter().for_each(|pem| secrets.add_keys(pem.expose_secret()));
    Ok(Tls { trust, identity_pem })
}

fn trust(settings: &Settings, environment: &Environment, notes: &mut Vec<ConfigError>) -> Result<Trust, ConfigError> {
    let cacert = settings.text(&["cacert"])?;
    if settings.flag("insecure")? == Some(true) || verify(settings)? == Some(false) {
        if let Some(cacert) = cacert {
            notes.push(settings.refuse(cacert, "has no effect, as certificate verification is disabled"));
        }
        return Ok(Trust::Anyone);
    }
    if let Some(text) = cacert.map_or_else(|| path_to_verify(settings), |text| Ok(Some(text)))? {
        let pem = read(settings, environment, text)?;
        return authorities(pem).ok_or_else(|| no_certificate(settings.refuse(text, "")));
    }
    let Some((name, value)) = BUNDLES.iter().find_map(|name| Some((*name, environment.var(name)?))) else {
        return Ok(Trust::System);
    };
    let path = environment.resolve(value);
    let refuse = |what: String| ConfigError::new(what).at(&Location::Variable(name.to_owned()));
    let pem =
        crate::settings::read_text(&path).map_err(|error| refuse(format!("{} {}", path.display(), error.what)))?;
    let pem =
        pem.ok_or_else(|| refuse(format!("{} does not exist", path.display())).help("correct or unset the variable"))?;
    authorities(pem).ok_or_else(|| no_certificate(refuse(String::new())))
}

fn authorities(pem: String) -> Option<Trust> {
    pem.contains("-----BEGIN CERTIFICATE-----").then(|| Trust::Only(pem.into_bytes()))
}

fn no_certificate(error: ConfigError) -> ConfigError {
    ConfigError { what: "the file holds no PEM certificate".to_owned(), ..error }
        .help("it must contain `-----BEGIN CERTIFICATE-----`")
}

/// Reads `verify` as true or false; none if it is not set, or the path of a bundle.
fn verify(settings: &Settings) -> Result<Option<bool>, ConfigError> {
    match path_to_verify(settings)? {
        Some(_) => Ok(None),
        None => settings.flag("verify"),
    }
}

/// Reads `verify: FILE`, which means the same as `cacert: FILE`, as in requests.
fn path_to_verify(settings: &Settings) -> Result<Option<Text<'_>>, ConfigError> {
    Ok(settings.text(&["verify"])?.filter(|text| text.value.contains(['/', '\\', '.'])))
}

fn identity(
    settings: &Settings,
    environment: &Environment,
    notes: &mut Vec<ConfigError>,
) -> Result<Option<SecretString>, ConfigError> {
    let Some(cert) = settings.text(&["cert"])? else {
        if let Some(key) = settings.text(&["key"])? {
            let note = settings.refuse(key, "a key without `cert` is not used");
            notes.push(note.help("add `cert` with the client certificate"));
        }
        return Ok(None);
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
    let content = crate::settings::read_text(&path)
        .map_err(|error| settings.refuse(text, format!("{} {}", path.display(), error.what)))?;
    content.ok_or_else(|| {
        settings
            .refuse(text, format!("{} does not exist", path.display()))
            .help("relative paths count from the current directory")
    })
}
