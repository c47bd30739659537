//! The HTTP client itself: TLS from the configuration, and what its errors mean.

use std::io;
use std::time::Duration;

use reqwest::{Certificate, Client, Identity};
use secrecy::{ExposeSecret, SecretString};

use super::error::{Error, ErrorKind, Unreachable, chain};
use crate::config::{Tls, Trust};

/// One client for a whole run, so that connections are reused.
///
/// # Errors
/// [`ErrorKind::Unusable`]: a certificate or key cannot be used.
pub(super) fn client(tls: &Tls, connect_timeout: Duration) -> Result<Client, Error> {
    let base = || {
        Client::builder()
            .user_agent(concat!("scs-conformance/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .connect_timeout(connect_timeout)
            .pool_idle_timeout(Duration::from_secs(30))
    };
    let identity = tls.identity_pem.as_ref().map(identity).transpose()?;
    let builder = || match &identity {
        Some(identity) => base().identity(identity.clone()),
        None => base(),
    };
    match &tls.trust {
        Trust::Anyone => builder().tls_danger_accept_invalid_certs(true).build(),
        Trust::Only(pem) => builder().tls_certs_only(authorities(pem)?).build(),
        // A machine without any authorities can still talk plain HTTP; TLS then says what is missing.
        Trust::System => builder().build().or_else(|_| builder().tls_certs_only([]).build()),
    }
    // Errors about authorities speak of the peer's certificate; the rest is about our own.
    .map_err(|error| match chain(&error).contains("peer certificate") {
        true => unusable("cacert", &error),
        false => unusable("cert", &error),
    })
}

fn identity(pem: &SecretString) -> Result<Identity, Error> {
    Identity::from_pem(pem.expose_secret().as_bytes()).map_err(|error| unusable("cert", &error))
}

fn authorities(pem: &[u8]) -> Result<Vec<Certificate>, Error> {
    Certificate::from_pem_bundle(pem).map_err(|error| unusable("cacert", &error))
}

fn unusable(key: &str, error: &reqwest::Error) -> Error {
    Error::new(ErrorKind::Unusable, format!("`{key}` cannot be used: {}", chain(error)))
        .help(format!("check the PEM file that `{key}` names"))
}

/// What an error of the HTTP client means. `host` is the host and port that was asked.
pub(super) fn meaning(error: reqwest::Error, host: &str) -> Error {
    // The URL is shown by our own rules, not by the client's.
    let error = error.without_url();
    let text = chain(&error);
    if let Some(certificate) = certificate(&text, host) {
        return certificate;
    }
    let (how, what, help) = match io_kind(&error) {
        _ if error.is_dns() => (
            Unreachable::Dns,
            format!("the host name of {host} is not known ({text})"),
            "check the name and the DNS of this machine",
        ),
        Some(io::ErrorKind::ConnectionRefused) => (
            Unreachable::Refused,
            format!("nothing listens on {host}"),
            "check host, port and proxy settings, and whether the service runs",
        ),
        _ if error.is_timeout() => (
            Unreachable::Timeout,
            format!("no connection to {host} in time"),
            "check the network, firewalls and proxy settings",
        ),
        _ if text.contains("InvalidContentType") || text.contains("tls handshake eof") => {
            (Unreachable::Broken, format!("{host} does not speak TLS"), "is it an http:// endpoint?")
        }
        _ => (
            Unreachable::Broken,
            format!("the connection to {host} failed: {text}"),
            "check the network and proxy settings",
        ),
    };
    Error::new(ErrorKind::Unreachable(how), what).help(help)
}

/// What a server says about a client certificate it does not like, as the TLS library spells it.
const REFUSALS: &[&str] = &[
    "badcertificate",
    "unsupportedcertificate",
    "certificaterevoked",
    "certificateexpired",
    "certificateunknown",
    "unknownca",
    "accessdenied",
    "decrypterror",
];

/// The TLS library tells its reasons in text only; these are its words.
fn certificate(text: &str, host: &str) -> Option<Error> {
    let lower = text.to_lowercase();
    let (what, help) = if lower.contains("invalid peer certificate") {
        if lower.contains("expired") {
            ("the certificate has expired", "the provider must renew it")
        } else if lower.contains("not valid yet") || lower.contains("notvalidyet") {
            ("the certificate is not valid yet", "check the clocks of both machines")
        } else if lower.contains("unknownissuer") || lower.contains("badsignature") {
            (
                "the certificate is from an authority that is not trusted here",
                "set `cacert` to the PEM file of the cloud's authority",
            )
        } else if lower.contains("not valid for name") || lower.contains("notvalidforname") {
            (
                "the certificate is for another host name",
                "use the name in the certificate, or let the provider correct it",
            )
        } else {
            (
                "the certificate is not acceptable",
                "set `cacert` to the PEM file of the cloud's authority, or let the provider correct it",
            )
        }
    } else if lower.contains("certificaterequired") || lower.contains("certificate_required") {
        ("the server asks for a client certificate", "set `cert` and `key`")
    } else if REFUSALS.iter().any(|alert| lower.contains(&format!("fatal alert: {alert}"))) {
        ("the server does not accept our client certificate", "check `cert` and `key`")
    } else {
        return None;
    };
    Some(Error::new(ErrorKind::CertificateInvalid, format!("{host}: {what} ({text})")).help(help))
}

fn io_kind(error: &reqwest::Error) -> Option<io::ErrorKind> {
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(cause) = next {
        if let Some(io) = cause.downcast_ref::<io::Error>() {
            return Some(io.kind());
        }
        next = cause.source();
    }
    None
}
