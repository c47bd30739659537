//! The TLS of the API endpoint, and the dates of its certificate.

use super::session::Session;
use crate::tls::certificate::instant;
use chrono::{DateTime, Utc};
use kube::client::ConfigExt;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ProtocolVersion;
use tokio_rustls::rustls::pki_types::ServerName;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

/// A TLS connection that came about, with a certificate that was accepted.
#[derive(Clone, Debug, PartialEq)]
pub struct Connection {
    /// For example `TLSv1.3`.
    pub version: Option<String>,
    /// The issuer of the certificate.
    pub issuer: Option<String>,
    /// From when on the certificate is valid.
    pub not_before: Option<DateTime<Utc>>,
    /// Until when the certificate is valid.
    pub not_after: Option<DateTime<Utc>>,
}

/// Connects once more, to look at the connection, which the client does not show; none where that is not possible, as
/// behind a proxy. Nothing is sent.
pub(super) async fn look(session: &Session, time: Duration) -> Option<Connection> {
    if !session.is_verified() || session.config.proxy_url.is_some() {
        return None;
    }
    tokio::time::timeout(time, connection(session)).await.ok().flatten()
}

async fn connection(session: &Session) -> Option<Connection> {
    let server = session.server();
    let host = server.host_str()?.trim_matches(['[', ']']).to_owned();
    let port = server.port_or_known_default()?;
    let name = session.config.tls_server_name.clone().unwrap_or_else(|| host.clone());
    let tls = TlsConnector::from(Arc::new(session.config.rustls_client_config().ok()?));
    let stream = TcpStream::connect((host, port)).await.ok()?;
    let stream = tls.connect(ServerName::try_from(name).ok()?, stream).await.ok()?;
    let (_, state) = stream.get_ref();
    let version = state.protocol_version().map(|version| match version {
        ProtocolVersion::TLSv1_3 => "TLSv1.3".to_owned(),
        ProtocolVersion::TLSv1_2 => "TLSv1.2".to_owned(),
        other => format!("{other:?}"),
    });
    let first = state.peer_certificates().and_then(<[_]>::first);
    let certificate = first.and_then(|der| Some(X509Certificate::from_der(der).ok()?.1));
    let validity = certificate.as_ref().map(|certificate| certificate.validity());
    Some(Connection {
        version,
        issuer: certificate.as_ref().map(|certificate| certificate.issuer().to_string()),
        not_before: validity.and_then(|validity| instant(validity.not_before)),
        not_after: validity.and_then(|validity| instant(validity.not_after)),
    })
}
