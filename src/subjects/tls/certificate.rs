//! Reads certificates, and judges the trust in them by authorities that are handed in.

use super::handshake::Failure;
use crate::wire::certificate::CertificateProblem;
use chrono::{DateTime, Utc};
use scs_checks::facts::{ChainTrust, PublicKey, ServerCertificate};
use scs_checks::verdict::{Reason, ReasonCode};
use std::time::Duration;
use tokio_rustls::rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::server::ParsedCertificate;
use tokio_rustls::rustls::{Error, RootCertStore};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey as Parsed;
use x509_parser::time::ASN1Time;
use x509_parser::x509::SubjectPublicKeyInfo;

/// The most names of a certificate that are kept, and the most characters of each text.
const MOST_NAMES: usize = 100;
const LONGEST: usize = 300;

/// The authorities to trust.
#[derive(Clone, Debug)]
pub struct Authorities(Result<RootCertStore, Reason>);

impl Authorities {
    /// Reads those of the system, which waits for a disk.
    #[must_use]
    pub fn from_system() -> Self {
        Self::from_certificates(rustls_native_certs::load_native_certs().certs, "the system has no authorities")
    }

    /// Reads those of a PEM bundle.
    #[must_use]
    pub fn from_pem(pem: &[u8]) -> Self {
        let certificates: Vec<_> = CertificateDer::pem_slice_iter(pem).filter_map(Result::ok).collect();
        Self::from_certificates(certificates, "the configured authorities cannot be read")
    }

    /// Returns no authorities at all: nobody is to judge certificates.
    #[must_use]
    pub fn none() -> Self {
        let message = "certificates cannot be judged: their verification is disabled (insecure, verify)";
        Self(Err(Reason::new(ReasonCode::Configuration, message)))
    }

    fn from_certificates(certificates: Vec<CertificateDer<'static>>, otherwise: &str) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(certificates);
        if roots.is_empty() {
            return Self(Err(Reason::new(ReasonCode::Configuration, otherwise)));
        }
        Self(Ok(roots))
    }

    /// Judges a chain, at an instant.
    fn judge(
        &self,
        certificate: &ParsedCertificate<'_>,
        others: &[CertificateDer<'_>],
        at: DateTime<Utc>,
    ) -> ChainTrust {
        let roots = match &self.0 {
            Ok(roots) => roots,
            Err(reason) => return ChainTrust::Unknown(reason.clone()),
        };
        let algorithms = default_provider().signature_verification_algorithms.all;
        let at = UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(at.timestamp()).unwrap_or_default()));
        match verify_server_cert_signed_by_trust_anchor(certificate, roots, others, at, algorithms) {
            Ok(()) => ChainTrust::Trusted,
            Err(error) => ChainTrust::Untrusted(explained(&error)),
        }
    }
}

fn explained(error: &Error) -> String {
    match CertificateProblem::from_error(error) {
        // The instant is one at which the server's own certificate is valid.
        Some(CertificateProblem::Expired) => "a certificate of its chain has expired".to_owned(),
        Some(CertificateProblem::Unacceptable) | None => bounded(&error.to_string()),
        Some(problem) => problem.to_string(),
    }
}

/// Returns an instant of a certificate.
pub(crate) fn instant(time: ASN1Time) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(time.timestamp(), 0)
}

/// Describes the certificate that stands first in a chain.
pub(super) fn described(
    chain: &[Vec<u8>],
    host: &str,
    authorities: &Authorities,
    now: DateTime<Utc>,
) -> Result<ServerCertificate, Failure> {
    let unreadable = || Failure::Inconclusive("its certificate cannot be read".to_owned());
    let own = chain.first().ok_or_else(unreadable)?;
    let (_, certificate) = X509Certificate::from_der(own).map_err(|_| unreadable())?;
    let not_before = instant(certificate.validity().not_before).ok_or_else(unreadable)?;
    let not_after = instant(certificate.validity().not_after).ok_or_else(unreadable)?;
    // An expired certificate is told by its dates; whether it would be trusted otherwise is another question.
    let at = now.min(not_after).max(not_before);
    let (trust, name_matches) = verified(chain, host, authorities, at);
    Ok(ServerCertificate {
        subject: bounded(&certificate.subject().to_string()),
        names: names(&certificate),
        issuer: bounded(&certificate.issuer().to_string()),
        not_before,
        not_after,
        key: key(certificate.public_key()),
        signature: signature(&certificate.signature_algorithm.algorithm.to_id_string()),
        chain: chain.len(),
        trust,
        name_matches,
    })
}

fn verified(chain: &[Vec<u8>], host: &str, authorities: &Authorities, at: DateTime<Utc>) -> (ChainTrust, bool) {
    let ders: Vec<CertificateDer<'_>> = chain.iter().map(|der| CertificateDer::from(der.as_slice())).collect();
    let Some((own, others)) = ders.split_first() else {
        return (ChainTrust::Untrusted("there is none".to_owned()), false);
    };
    match ParsedCertificate::try_from(own) {
        Err(error) => (ChainTrust::Untrusted(explained(&error)), false),
        Ok(parsed) => {
            let name = ServerName::try_from(host).ok();
            let name_matches = name.is_some_and(|name| verify_server_name(&parsed, &name).is_ok());
            (authorities.judge(&parsed, others, at), name_matches)
        }
    }
}

fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let extension = certificate.subject_alternative_name().ok().flatten();
    let names = extension.iter().flat_map(|extension| &extension.value.general_names);
    let shown = names.filter_map(|name| match name {
        GeneralName::DNSName(name) => Some(bounded(name)),
        GeneralName::IPAddress(bytes) => address(bytes),
        _ => None,
    });
    shown.take(MOST_NAMES).collect()
}

fn address(bytes: &[u8]) -> Option<String> {
    let v4 = <[u8; 4]>::try_from(bytes).ok().map(|bytes| std::net::Ipv4Addr::from(bytes).to_string());
    v4.or_else(|| Some(std::net::Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?).to_string()))
}

fn key(info: &SubjectPublicKeyInfo<'_>) -> PublicKey {
    let kind = match info.algorithm.algorithm.to_id_string().as_str() {
        "1.2.840.113549.1.1.1" => "rsa".to_owned(),
        "1.2.840.113549.1.1.10" => "rsassa-pss".to_owned(),
        "1.2.840.10045.2.1" => "ecdsa".to_owned(),
        "1.2.840.10040.4.1" => "dsa".to_owned(),
        "1.3.101.112" => "ed25519".to_owned(),
        "1.3.101.113" => "ed448".to_owned(),
        other => bounded(other),
    };
    let bits = match info.parsed() {
        Ok(Parsed::RSA(key)) => bits(key.modulus),
        _ => None,
    };
    let named = || info.algorithm.parameters.as_ref()?.as_oid().ok();
    let curve = (kind == "ecdsa").then(named).flatten().map(|oid| curve(&oid.to_id_string()));
    PublicKey { kind, bits, curve }
}

/// Returns the size of a number in bits.
fn bits(number: &[u8]) -> Option<u32> {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let first = number.get(zeros)?;
    u32::try_from((number.len() - zeros) * 8).ok()?.checked_sub(first.leading_zeros())
}

fn curve(oid: &str) -> String {
    let name = match oid {
        "1.2.840.10045.3.1.1" => "secp192r1",
        "1.3.132.0.33" => "secp224r1",
        "1.2.840.10045.3.1.7" => "secp256r1",
        "1.3.132.0.10" => "secp256k1",
        "1.3.132.0.34" => "secp384r1",
        "1.3.132.0.35" => "secp521r1",
        other => other,
    };
    bounded(name)
}

/// Returns the name of an algorithm of signatures, as OpenSSL and Mozilla's guideline have it, or its number.
fn signature(oid: &str) -> String {
    let name = match oid {
        "1.2.840.113549.1.1.4" => "md5WithRSAEncryption",
        "1.2.840.113549.1.1.5" => "sha1WithRSAEncryption",
        "1.2.840.113549.1.1.10" => "rsassaPss",
        "1.2.840.113549.1.1.11" => "sha256WithRSAEncryption",
        "1.2.840.113549.1.1.12" => "sha384WithRSAEncryption",
        "1.2.840.113549.1.1.13" => "sha512WithRSAEncryption",
        "1.2.840.10045.4.1" => "ecdsa-with-SHA1",
        "1.2.840.10045.4.3.2" => "ecdsa-with-SHA256",
        "1.2.840.10045.4.3.3" => "ecdsa-with-SHA384",
        "1.2.840.10045.4.3.4" => "ecdsa-with-SHA512",
        "1.3.101.112" => "ED25519",
        "1.3.101.113" => "ED448",
        other => other,
    };
    bounded(name)
}

fn bounded(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}
