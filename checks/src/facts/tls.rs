//! The TLS of the catalog's public endpoints, tried by handshakes.
//!
//! Each part of an endpoint is either seen or unknown with the reason, so that no rule takes what nobody saw for harmless.

use crate::verdict::{Reason, Resource, ResourceKind};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{Display, VariantArray};

/// The TLS of the public endpoints, one entry for each host and port of the whole catalog that an `https://` address names.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(transparent)]
pub struct TlsEndpoints(pub Vec<TlsEndpoint>);

/// The TLS of one host and port.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TlsEndpoint {
    /// The host, an IPv6 address in brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// One entry for each protocol version that was tried, the oldest first.
    pub protocols: Probed<Vec<TlsProtocol>>,
    /// The certificates that it shows, each once: servers may have one for each kind of key.
    pub certificates: Probed<Vec<ServerCertificate>>,
    /// The header `Strict-Transport-Security` of the answer to `GET /`; null if the answer has none.
    pub hsts: Probed<Option<String>>,
}

impl TlsEndpoint {
    /// Returns the endpoint as the subject of a finding.
    pub fn resource(&self) -> Resource {
        let address = format!("https://{}:{}", self.host, self.port);
        Resource { kind: ResourceKind::Endpoint, id: address.clone(), name: address }
    }
}

/// A part of an endpoint.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Probed<T> {
    /// It was seen.
    Seen(T),
    /// It could not be seen.
    Unknown(Reason),
}

/// A version of the protocol, the older ones first.
#[derive(
    Clone, Copy, Debug, Deserialize, Display, Eq, Hash, JsonSchema, Ord, PartialEq, PartialOrd, Serialize, VariantArray,
)]
pub enum ProtocolVersion {
    /// SSL 3.0.
    #[serde(rename = "SSLv3")]
    #[strum(serialize = "SSLv3")]
    Ssl3,
    /// TLS 1.0.
    #[serde(rename = "TLSv1.0")]
    #[strum(serialize = "TLSv1.0")]
    Tls10,
    /// TLS 1.1.
    #[serde(rename = "TLSv1.1")]
    #[strum(serialize = "TLSv1.1")]
    Tls11,
    /// TLS 1.2.
    #[serde(rename = "TLSv1.2")]
    #[strum(serialize = "TLSv1.2")]
    Tls12,
    /// TLS 1.3.
    #[serde(rename = "TLSv1.3")]
    #[strum(serialize = "TLSv1.3")]
    Tls13,
}

/// The answers of a server to one version of the protocol.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TlsProtocol {
    /// The version.
    pub version: ProtocolVersion,
    /// The cipher suites that it accepts, in the order in which it chose them; none if it refuses the version.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ciphers: Vec<TlsCode>,
    /// The groups that it agrees keys in: elliptic curves, hybrids, and in TLS 1.3 also finite fields.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<TlsCode>,
    /// The size of the smallest Diffie-Hellman prime that it chose itself, in bits; none if it chose none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dh_bits: Option<u32>,
}

/// A cipher suite or a group.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TlsCode {
    /// Its number, as IANA assigns it.
    pub id: u16,
    /// Its name at IANA, or its number in hexadecimal digits.
    pub name: String,
}

/// A certificate that a server shows for itself.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ServerCertificate {
    /// Its subject.
    pub subject: String,
    /// The host names and addresses that it is for.
    pub names: Vec<String>,
    /// Its issuer.
    pub issuer: String,
    /// From when on it is valid.
    pub not_before: DateTime<Utc>,
    /// Until when it is valid.
    pub not_after: DateTime<Utc>,
    /// Its public key.
    pub key: PublicKey,
    /// The algorithm of its signature, for example `sha256WithRSAEncryption`.
    pub signature: String,
    /// The number of certificates that the server sends, this one included.
    pub chain: usize,
    /// The trust in the chain, on a day on which this certificate is valid.
    pub trust: ChainTrust,
    /// True if it is for the host of the endpoint.
    pub name_matches: bool,
}

/// A public key.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PublicKey {
    /// Its kind: `rsa`, `ecdsa`, or the name or number of another algorithm.
    pub kind: String,
    /// Its size in bits, if it is an RSA key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bits: Option<u32>,
    /// Its curve, if it is on one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub curve: Option<String>,
}

/// The trust in a chain of certificates, by the authorities of the configuration, or else of the system.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChainTrust {
    /// It leads to an authority that is trusted.
    Trusted,
    /// It does not, with the reason.
    Untrusted(String),
    /// No authorities are configured to judge it by.
    Unknown(Reason),
}
