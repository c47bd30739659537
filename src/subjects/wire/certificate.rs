//! Problems of certificates. The TLS library tells its reasons in text only; these are its words.

use std::fmt;

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

/// The alerts by which a server refuses a client certificate, as the TLS library spells it.
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

/// What is said of an own certificate of version 1: the TLS library takes version 3 only, whatever the key is like.
pub(crate) const TOO_OLD: &str = "is of X.509 version 1; only version 3 is supported";
/// Advice on version 3: a request that is signed with any extension gets it.
pub(crate) const REISSUE: &str = "sign its request again with an extension: openssl x509 -req -extfile FILE, where FILE has extendedKeyUsage=clientAuth";

/// Returns true if an error of the TLS library is about the version of a certificate.
pub(crate) fn is_too_old(text: &str) -> bool {
    text.to_lowercase().contains("unsupportedcertversion")
}

impl CertificateProblem {
    /// Reads the error of the TLS library; none if it is about something else.
    pub fn of(text: &str) -> Option<Self> {
        let text = text.to_lowercase();
        let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
        if says(&["invalid peer certificate"]) {
            return Some(match () {
                () if is_too_old(&text) => Self::TooOld,
                () if says(&["expired"]) => Self::Expired,
                () if says(&["not valid yet", "notvalidyet"]) => Self::NotYetValid,
                () if says(&["unknownissuer", "badsignature"]) => Self::UnknownIssuer,
                () if says(&["not valid for name", "notvalidforname"]) => Self::OtherName,
                () => Self::Unacceptable,
            });
        }
        if says(&["certificaterequired", "certificate_required"]) {
            return Some(Self::ClientMissing);
        }
        let refused = REFUSALS.iter().any(|alert| text.contains(&format!("fatal alert: {alert}")));
        refused.then_some(Self::ClientRefused)
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
