//! The HTTP client itself: TLS from the configuration, and what its errors mean.

use super::error::{Error, ErrorKind, Unreachable, chain, io_kind};
use crate::openstack::config::{Tls, Trust};
use crate::wire::certificate::{self, CertificateProblem};
use crate::wire::route::Route;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use reqwest::header::{ACCEPT_ENCODING, HeaderMap, HeaderValue};
use reqwest::{Certificate, Client, Identity};
use secrecy::{ExposeSecret, SecretString};
use std::io;
use std::time::Duration;
use url::Url;

/// Creates one client for a whole run, so that connections are reused.
///
/// # Errors
/// [`ErrorKind::Unusable`]: a certificate or key cannot be used.
pub(super) fn client(tls: &Tls, connect_timeout: Duration) -> Result<Client, Error> {
    let base = || {
        Client::builder()
            .user_agent(concat!("scs-conformance/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            // The client would pass over whatever follows the first part of what is compressed; see `unpack`.
            .no_gzip()
            .default_headers(HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static("gzip"))]))
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
    // Errors about authorities speak of the route's certificate; the rest is about our own.
    // An authority of version 1 is taken, so that one is ours as well.
    .map_err(|error| match certificate::is_of_other_side(&error) && !certificate::is_too_old(&error) {
        true => unusable("cacert", error),
        false => unusable("cert", error),
    })
}

fn identity(pem: &SecretString) -> Result<Identity, Error> {
    Identity::from_pem(pem.expose_secret().as_bytes()).map_err(|error| unusable("cert", error))
}

fn authorities(pem: &[u8]) -> Result<Vec<Certificate>, Error> {
    Certificate::from_pem_bundle(pem).map_err(|error| unusable("cacert", error))
}

fn unusable(key: &str, error: reqwest::Error) -> Error {
    if key == "cert" && certificate::is_too_old(&error) {
        let what = format!("`cert` cannot be used: the certificate {}", certificate::TOO_OLD);
        return Error::new(ErrorKind::Unusable, what).help(certificate::REISSUE).caused_by(error);
    }
    Error::new(ErrorKind::Unusable, format!("`{key}` cannot be used: {}", chain(&error)))
        .help(format!("check the PEM file that `{key}` names"))
        .caused_by(error)
}

/// The proxies that the environment names, as the client itself reads it.
pub(super) struct Proxies(Matcher);

impl Proxies {
    /// Returns the proxies of this process.
    pub fn from_environment() -> Self {
        Self(Matcher::from_system())
    }

    /// Returns the route at a URL.
    pub fn route(&self, url: &Url) -> Route {
        let proxy = url.as_str().parse().ok().and_then(|uri| self.0.intercept(&uri));
        Route::new(url, proxy.as_ref().map(Intercept::uri))
    }
}

/// Explains an error of the HTTP client.
pub(super) fn meaning(error: reqwest::Error, route: &Route) -> Error {
    // The URL is shown by our own rules, not by the client's.
    let error = error.without_url();
    let text = chain(&error);
    if let Some(problem) = CertificateProblem::from_error(&error) {
        return explain_certificate(problem, &text, route).caused_by(error);
    }
    let (how, what, help) = match io_kind(&error) {
        _ if error.is_dns() => (
            Unreachable::Dns,
            format!("the host name of {} is not known ({text})", route.next()),
            route.settings("check the name and the DNS of this machine"),
        ),
        Some(io::ErrorKind::ConnectionRefused) => (
            Unreachable::Refused,
            format!("nothing listens on {}", route.next()),
            route.settings("check host, port and proxy settings, and whether the service runs"),
        ),
        _ if route.is_refused_by_proxy(&text) => (
            Unreachable::Refused,
            format!("no connection from {}: {text}", route.next()),
            "check the logs of the proxy, or correct the proxy settings (https_proxy, http_proxy, no_proxy)",
        ),
        _ if error.is_timeout() => (
            Unreachable::Timeout,
            format!("no connection to {route} in time"),
            "check the network, firewalls and proxy settings",
        ),
        _ if certificate::is_without_tls(&error) => {
            (Unreachable::Broken, format!("{route} does not speak TLS"), "is it an http:// endpoint?")
        }
        _ => (
            Unreachable::Broken,
            format!("the connection to {route} failed: {text}"),
            "check the network and proxy settings",
        ),
    };
    Error::new(ErrorKind::Unreachable(how), what).help(help).caused_by(error)
}

/// Explains a problem of a certificate, and names the setting of clouds.yaml to look at.
fn explain_certificate(problem: CertificateProblem, text: &str, route: &Route) -> Error {
    let help = match problem {
        CertificateProblem::Expired => "the provider must renew it",
        CertificateProblem::NotYetValid => "check the clocks of both machines",
        CertificateProblem::UnknownIssuer => "set `cacert` to the PEM file of the cloud's authority",
        CertificateProblem::TooOld => "the provider must issue it again as version 3",
        CertificateProblem::OtherName => "use the name in the certificate, or let the provider correct it",
        CertificateProblem::Unacceptable => {
            "set `cacert` to the PEM file of the cloud's authority, or let the provider correct it"
        }
        CertificateProblem::ClientMissing => "set `cert` and `key`",
        CertificateProblem::ClientRefused => "check `cert` and `key`",
    };
    Error::new(ErrorKind::CertificateInvalid, format!("{route}: {problem} ({text})")).help(help)
}
