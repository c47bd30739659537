//! Keys that sign, and agents that do it for them.

use ssh_key::encoding::Decode;
use ssh_key::private::PrivateKey;
use ssh_key::public::KeyData;
use ssh_key::{Algorithm, HashAlg, LineEnding, PublicKey, SshSig};
use thiserror::Error;

/// The largest private key that is read, in bytes.
const LARGEST: usize = 64 * 1024;

/// The hash that `ssh-keygen` takes if nobody names another one.
const HASH: HashAlg = HashAlg::Sha512;

/// A private key. Nothing prints it.
pub struct SigningKey(PrivateKey);

/// A public key that an agent has the private half of.
#[derive(Clone, Debug)]
pub struct AgentKey(KeyData);

/// A reason why nothing can be signed with a key.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum SigningError {
    /// The text is no private key.
    #[error("this is not a private key of ssh-keygen (-----BEGIN OPENSSH PRIVATE KEY-----): {0}")]
    NotAKey(String),
    /// The key is encrypted, and there is no passphrase.
    #[error("the key is encrypted; give its passphrase by reference, or load it into an agent")]
    PassphraseMissing,
    /// The passphrase is not the one of the key.
    #[error("the passphrase is not the one of the key")]
    WrongPassphrase,
    /// The kind of the key is not supported.
    #[error("keys of the kind {0} cannot sign here; make one with `ssh-keygen -t ed25519`")]
    Unsupported(String),
    /// The library refused.
    #[error("nothing can be signed with this key: {0}")]
    Refused(String),
}

impl SigningKey {
    /// Parses a key as `ssh-keygen` writes it. To decrypt one takes a second or so, on purpose of its format.
    ///
    /// # Errors
    /// The text is no key, its passphrase is missing or wrong, or its kind cannot sign.
    pub fn parse(text: &[u8], passphrase: Option<&str>) -> Result<Self, SigningError> {
        if text.len() > LARGEST {
            return Err(SigningError::NotAKey(format!("it is larger than {LARGEST} bytes")));
        }
        let key = PrivateKey::from_openssh(text).map_err(|error| SigningError::NotAKey(error.to_string()))?;
        let key = match passphrase {
            _ if !key.is_encrypted() => key,
            None => return Err(SigningError::PassphraseMissing),
            Some(passphrase) => key.decrypt(passphrase).map_err(|_| SigningError::WrongPassphrase)?,
        };
        check_kind(&key.algorithm())?;
        Ok(Self(key))
    }

    /// Makes a new Ed25519 key from 32 random bytes.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(PrivateKey::from(ssh_key::private::Ed25519Keypair::from_seed(seed)))
    }

    /// Returns the key as `ssh-keygen` writes it, without a passphrase.
    ///
    /// # Errors
    /// [`SigningError::Refused`].
    pub fn to_openssh(&self) -> Result<String, SigningError> {
        self.0.to_openssh(LineEnding::LF).map(|text| text.to_string()).map_err(refused)
    }

    /// Returns the public half, as one line.
    ///
    /// # Errors
    /// [`SigningError::Refused`].
    pub fn public_line(&self) -> Result<String, SigningError> {
        self.0.public_key().to_openssh().map_err(refused)
    }

    /// Signs bytes for a namespace; the text is that of `ssh-keygen -Y sign`.
    ///
    /// # Errors
    /// [`SigningError::Refused`].
    pub fn sign(&self, namespace: &str, content: &[u8]) -> Result<String, SigningError> {
        armored(&self.0.sign(namespace, HASH, content).map_err(refused)?)
    }
}

impl AgentKey {
    /// Parses the public key of a line like that in a `.pub` file.
    ///
    /// # Errors
    /// It is no public key, or its kind cannot sign.
    pub fn parse(line: &str) -> Result<Self, SigningError> {
        let key = PublicKey::from_openssh(line).map_err(|error| SigningError::NotAKey(error.to_string()))?;
        check_kind(&key.algorithm())?;
        Ok(Self(key.key_data().clone()))
    }

    /// Returns the bytes by which an agent knows the key.
    ///
    /// # Errors
    /// [`SigningError::Refused`].
    pub fn blob(&self) -> Result<Vec<u8>, SigningError> {
        PublicKey::from(self.0.clone()).to_bytes().map_err(refused)
    }

    /// Returns the bytes that the agent has to sign for a content.
    ///
    /// # Errors
    /// [`SigningError::Refused`].
    pub fn request(namespace: &str, content: &[u8]) -> Result<Vec<u8>, SigningError> {
        SshSig::signed_data(namespace, HASH, content).map_err(refused)
    }

    /// Makes a signature from the answer of the agent, which has to fit the key and the content.
    ///
    /// # Errors
    /// [`SigningError::Refused`].
    pub fn signature(&self, namespace: &str, content: &[u8], mut answer: &[u8]) -> Result<String, SigningError> {
        let signature = ssh_key::Signature::decode(&mut answer).map_err(refused)?;
        let signature = SshSig::new(self.0.clone(), namespace, HASH, signature).map_err(refused)?;
        PublicKey::from(self.0.clone()).verify(namespace, content, &signature).map_err(refused)?;
        armored(&signature)
    }
}

/// Checks that keys of this kind can sign here. One on a FIDO token waits for a finger.
fn check_kind(algorithm: &Algorithm) -> Result<(), SigningError> {
    match algorithm {
        Algorithm::Ed25519 | Algorithm::Ecdsa { .. } => Ok(()),
        other => Err(SigningError::Unsupported(other.to_string())),
    }
}

fn armored(signature: &SshSig) -> Result<String, SigningError> {
    signature.to_pem(LineEnding::LF).map_err(refused)
}

fn refused(error: impl ToString) -> SigningError {
    SigningError::Refused(error.to_string())
}
