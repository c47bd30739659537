//! The holder of a client certificate.

use super::LARGEST_FILE;
use crate::tls::certificate::instant;
use base64::Engine;
use chrono::{DateTime, Utc};
use kube::config::AuthInfo;
use x509_parser::pem::Pem;

/// The holder of a client certificate.
pub(super) struct Holder {
    /// The name that Kubernetes knows the holder by.
    pub name: Option<String>,
    /// Until when the certificate is valid.
    pub end: Option<DateTime<Utc>>,
}

/// Returns the holder of a user's client certificate; none if there is none that can be read.
pub(super) fn holder(user: &AuthInfo) -> Option<Holder> {
    let pem = match (&user.client_certificate_data, &user.client_certificate) {
        (Some(data), _) => base64::engine::general_purpose::STANDARD.decode(data).ok()?,
        (None, Some(path)) => scs_files::read(path.as_ref(), LARGEST_FILE).ok()?,
        (None, None) => return None,
    };
    let first = Pem::iter_from_buffer(&pem).next()?.ok()?;
    let certificate = first.parse_x509().ok()?;
    let name = certificate.subject().iter_common_name().next().and_then(|name| name.as_str().ok());
    Some(Holder { name: name.map(str::to_owned), end: instant(certificate.validity().not_after) })
}
