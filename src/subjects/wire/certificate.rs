//! Problems of certificates, found among the causes of an error.

use super::error::{chain, find};
use std::error::Error as StdError;
use std::fmt;
use tokio_rustls::rustls::{self, AlertDescription, CertificateError, InvalidMessage};

/// A problem of a certificate.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum CertificateProblem {
    /// It was valid once.
    Expired,
    /// It will be valid.
    NotYetValid,
    /// Nobody vouches for it whom we trust.
    UnknownIssuer,
    /// It is for another host.
    OtherName,
    /// It is of a version before 3, which has no names for hosts.
    TooOld,
    /// Anything else.
    Unacceptable,
    /// The server wants one from us.
    ClientMissing,
    /// The server does not like ours.
    ClientRefused,
}

/// The message about an own certificate of version 1: the TLS library takes version 3 only, whatever the key is like.
pub(crate) const TOO_OLD: &str = "is of X.509 version 1; only version 3 is supported";
/// Advice on version 3: a request that is signed with any extension gets it.
pub(crate) const REISSUE: &str = "sign its request again with an extension: openssl x509 -req -extfile FILE, where FILE has extendedKeyUsage=clientAuth";

/// Returns true if an error of the TLS library is about the version of a certificate. It says so in text only: the type of
/// the error belongs to a library below it, which it does not pass on.
pub(crate) fn is_too_old(error: &(dyn StdError + 'static)) -> bool {
    chain(error).to_lowercase().contains("unsupportedcertversion")
}

/// Returns true if an error says that a certificate of the other side is not accepted.
pub(crate) fn is_of_other_side(error: &(dyn StdError + 'static)) -> bool {
    matches!(find(error), Some(rustls::Error::InvalidCertificate(_)))
}

/// Returns true if the other side does not speak TLS. That it closed the connection at once is told in text only: by its type
/// it is the end of any stream.
pub(crate) fn is_without_tls(error: &(dyn StdError + 'static)) -> bool {
    matches!(find(error), Some(rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType)))
        || chain(error).contains("tls handshake eof")
}

impl CertificateProblem {
    /// Finds a problem of a certificate among the causes of an error; none if it is about something else.
    pub fn from_error(error: &(dyn StdError + 'static)) -> Option<Self> {
        match find(error)? {
            rustls::Error::InvalidCertificate(_) if is_too_old(error) => Some(Self::TooOld),
            rustls::Error::InvalidCertificate(reason) => Some(Self::from_reason(reason)),
            rustls::Error::AlertReceived(alert) => Self::from_alert(*alert),
            _ => None,
        }
    }

    fn from_reason(reason: &CertificateError) -> Self {
        match reason {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Self::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Self::NotYetValid,
            CertificateError::UnknownIssuer | CertificateError::BadSignature => Self::UnknownIssuer,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => Self::OtherName,
            _ => Self::Unacceptable,
        }
    }

    /// Reads the alert by which a server refuses a client certificate.
    fn from_alert(alert: AlertDescription) -> Option<Self> {
        match alert {
            AlertDescription::CertificateRequired => Some(Self::ClientMissing),
            AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied
            | AlertDescription::DecryptError => Some(Self::ClientRefused),
            _ => None,
        }
    }
}

impl fmt::Display for CertificateProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Expired => "the certificate has expired",
            Self::NotYetValid => "the certificate is not valid yet",
            Self::UnknownIssuer => "the certificate is from an authority that is not trusted here",
            Self::OtherName => "the certificate is for another host name",
            Self::TooOld => "the certificate is of X.509 version 1, which is not supported",
            Self::Unacceptable => "the certificate is not acceptable",
            Self::ClientMissing => "the server asks for a client certificate",
            Self::ClientRefused => "the server does not accept our client certificate",
        })
    }
}
