//! One signature, and the reasons why it may not count.

use ssh_key::{HashAlg, SshSig};
use thiserror::Error;

/// The largest signature that is read, in bytes. Those of the supported keys take less than one thousand.
const LARGEST: usize = 16 * 1024;

/// A signature in the form of `ssh-keygen -Y sign`. It says nothing until [`Signers::verify`](super::Signers::verify) has
/// checked it: anyone can make one that fits.
#[derive(Clone, Debug)]
pub struct Signature(pub(super) SshSig);

/// A reason why a signature does not count.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum Refusal {
    /// The text is no signature.
    #[error("this is not a signature of ssh-keygen (-----BEGIN SSH SIGNATURE-----): {0}")]
    NotASignature(String),
    /// The signature is for another purpose.
    #[error("the signature is for the namespace \"{found}\", not \"{expected}\"; sign again with `-n {expected}`")]
    OtherNamespace {
        /// The namespace of the signature.
        found: String,
        /// The namespace that counts here.
        expected: String,
    },
    /// The key stands nowhere in the list.
    #[error("the key {fingerprint} is none of those that may sign")]
    UnknownKey {
        /// The fingerprint, as `ssh-keygen -l` shows it.
        fingerprint: String,
    },
    /// The key is that of somebody else.
    #[error("signed by {name}, and not by the one who must have signed")]
    OtherSigner {
        /// The name of the signer.
        name: String,
    },
    /// The content is not the one that was signed.
    #[error("the signature is not over this content: one of the two was changed")]
    OtherContent,
    /// The signer may sign other things only.
    #[error("{name} may not sign for the namespace \"{namespace}\"")]
    NotForThis {
        /// The name of the signer.
        name: String,
        /// The namespace that counts here.
        namespace: String,
    },
    /// The key is not valid yet, or no longer.
    #[error("the key of {name} is not valid at this time (valid-after, valid-before)")]
    NotValidNow {
        /// The name of the signer.
        name: String,
    },
}

impl Signature {
    /// Parses the text of a `.sig` file.
    ///
    /// # Errors
    /// [`Refusal::NotASignature`].
    pub fn parse(text: &[u8]) -> Result<Self, Refusal> {
        if text.len() > LARGEST {
            return Err(Refusal::NotASignature(format!("it is larger than {LARGEST} bytes")));
        }
        SshSig::from_pem(text).map(Self).map_err(|error| Refusal::NotASignature(error.to_string()))
    }

    /// Returns the fingerprint of the key that made it, as `ssh-keygen -l` shows it.
    pub fn fingerprint(&self) -> String {
        self.0.public_key().fingerprint(HashAlg::Sha256).to_string()
    }
}
