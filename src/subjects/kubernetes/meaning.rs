//! Explains the errors of the library: it says little itself, the reason stands somewhere among the causes.

use super::kubeconfig::explain_kubeconfig;
use super::{Error, ErrorKind};
use crate::wire::certificate::{self, CertificateProblem};
use crate::wire::error::{Unreachable, chain, io_kind};
use crate::wire::route::Route;
use std::error::Error as StdError;
use std::io;

/// Explains an error of the client.
pub(super) fn meaning(error: impl StdError + Send + Sync + 'static, route: &Route) -> Error {
    let any: &(dyn StdError + 'static) = &error;
    if let Some(error) = any.downcast_ref::<kube::Error>().and_then(explain_client) {
        return error;
    }
    let text = chain(any);
    if let Some(problem) = CertificateProblem::from_error(any) {
        return explain_certificate(problem, &text, route).caused_by(error);
    }
    let (how, what, help) = match io_kind(any) {
        _ if is_of_name(&text) => (
            Unreachable::Dns,
            format!("the host name of {} is not known ({text})", route.next()),
            route.settings("check `server` in the kubeconfig, and the DNS of this machine"),
        ),
        Some(io::ErrorKind::ConnectionRefused) => (
            Unreachable::Refused,
            format!("nothing listens on {}", route.next()),
            route.settings("check `server` in the kubeconfig, proxy settings, and whether the cluster runs"),
        ),
        _ if route.is_refused_by_proxy(&text) => (
            Unreachable::Refused,
            format!("no connection from {}: {text}", route.next()),
            "check the logs of the proxy, or correct `proxy-url` or https_proxy",
        ),
        Some(io::ErrorKind::TimedOut) => (
            Unreachable::Timeout,
            format!("no connection to {route} in time"),
            "check the network, firewalls and proxy settings",
        ),
        _ if certificate::is_without_tls(any) => {
            (Unreachable::Broken, format!("{route} does not speak TLS"), "is it an http:// address?")
        }
        _ => (
            Unreachable::Broken,
            format!("the connection to {route} failed: {text}"),
            "check the network and proxy settings",
        ),
    };
    Error::new(ErrorKind::Unreachable(how), what).help(help).caused_by(error)
}

/// Returns true if a host name is not known. The library tells so in text only: its error of the resolver has no public type.
fn is_of_name(text: &str) -> bool {
    let text = text.to_lowercase();
    text.contains("failed to lookup address") || text.contains("dns error")
}

/// Explains a problem of a certificate, and names the key of the kubeconfig to look at.
fn explain_certificate(problem: CertificateProblem, text: &str, route: &Route) -> Error {
    let help = match problem {
        CertificateProblem::Expired => "the provider must renew it",
        CertificateProblem::NotYetValid => "check the clocks of both machines",
        CertificateProblem::UnknownIssuer => "the kubeconfig must have the cluster's own `certificate-authority-data`",
        CertificateProblem::TooOld => "the provider must issue it again as version 3",
        CertificateProblem::OtherName => "use the name in the certificate as `server`, or set `tls-server-name`",
        CertificateProblem::Unacceptable => {
            "check `certificate-authority-data`, or let the provider correct the certificate"
        }
        CertificateProblem::ClientMissing => "the kubeconfig's user needs a client certificate",
        CertificateProblem::ClientRefused => {
            "get a new kubeconfig: this client certificate is not, or no longer, valid"
        }
    };
    Error::new(ErrorKind::CertificateInvalid, format!("{route}: {problem} ({text})")).help(help)
}

/// Explains why no client could be created, in terms of the kubeconfig.
fn explain_client(error: &kube::Error) -> Option<Error> {
    let (what, help) = match error {
        kube::Error::InferKubeconfig(error) => (explain_kubeconfig(error), "correct it, or get a new kubeconfig"),
        kube::Error::RustlsTls(error) if certificate::is_too_old(error) => {
            (format!("the client certificate of the kubeconfig {}", certificate::TOO_OLD), certificate::REISSUE)
        }
        kube::Error::RustlsTls(error) => {
            (format!("the certificates of the kubeconfig cannot be used: {}", chain(error)), "get a new kubeconfig")
        }
        // What it says may quote what must not be shown.
        kube::Error::Auth(_) => ("the credentials of the kubeconfig cannot be used".to_owned(), "get a new kubeconfig"),
        kube::Error::ProxyProtocolUnsupported { .. } | kube::Error::ProxyProtocolDisabled { .. } => {
            ("the proxy is of a kind that is not supported".to_owned(), "use a proxy for HTTP")
        }
        _ => return None,
    };
    Some(Error::new(ErrorKind::Unusable, what).help(help))
}
