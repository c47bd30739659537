//! The one who signs: a key, or an agent that has it.

use crate::config::{SecretError, Signing, SigningKeySource};
use scs_signatures::{AgentKey, REPORT, SigningError, SigningKey};
use std::io;
use std::path::PathBuf;
use std::time::Duration;
use thiserror::Error;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

/// A key, or an agent that has one.
pub enum SigningAgent {
    /// A key.
    Key(Box<SigningKey>),
    /// An agent, and the public half of the key that it has.
    Agent {
        /// The socket.
        socket: PathBuf,
        /// The public half.
        key: AgentKey,
    },
}

/// Nobody who signs.
#[derive(Debug, Error)]
pub enum SignerError {
    /// The key or its passphrase cannot be had.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The public key cannot be read.
    #[error(transparent)]
    File(#[from] scs_files::ReadError),
    /// The key cannot sign.
    #[error("{name}: {source}")]
    Key {
        /// The name of the key, without any of it.
        name: String,
        /// The reason.
        source: SigningError,
    },
    /// There is no agent.
    #[error("SSH_AUTH_SOCK is not set, so there is no agent; start one and `ssh-add` the key, or name a key instead")]
    NoAgent,
    /// The agent does not answer as it should.
    #[error("the agent at {socket} does not sign: {reason}", socket = socket.display())]
    Agent {
        /// The socket.
        socket: PathBuf,
        /// The reason.
        reason: String,
    },
}

/// Finds the one who signs.
///
/// # Errors
/// A key, a passphrase or an agent cannot be had.
pub async fn signer(signing: &Signing, variable: impl Fn(&str) -> Option<String>) -> Result<SigningAgent, SignerError> {
    match &signing.key {
        SigningKeySource::Key(secret) => {
            let text = secret.read(&variable).await?;
            let passphrase = match &signing.passphrase {
                Some(passphrase) => Some(passphrase.read(&variable).await?),
                None => None,
            };
            // To decrypt a key takes a second, on purpose of its format.
            let parsing =
                tokio::task::spawn_blocking(move || SigningKey::parse(text.as_bytes(), passphrase.as_deref()));
            let key = parsing.await.unwrap_or_else(|_| Err(SigningError::Refused("it met a defect".to_owned())));
            key.map(|key| SigningAgent::Key(Box::new(key)))
                .map_err(|source| SignerError::Key { name: secret.name(), source })
        }
        SigningKeySource::Agent(file) => {
            let socket = variable("SSH_AUTH_SOCK").ok_or(SignerError::NoAgent)?.into();
            let line = scs_files::read_text(file, 64 * 1024)?;
            let named = |source| SignerError::Key { name: file.display().to_string(), source };
            Ok(SigningAgent::Agent { socket, key: AgentKey::parse(&line).map_err(named)? })
        }
    }
}

/// The time limit of the agent. People confirm keys of some agents by hand, but nobody is there at night.
const PATIENCE: Duration = Duration::from_secs(30);

/// The largest answer of an agent, in bytes.
const LARGEST: u32 = 256 * 1024;

const SIGN_REQUEST: u8 = 13;
const SIGN_RESPONSE: u8 = 14;

impl SigningAgent {
    /// Signs a report, as `ssh-keygen -Y sign -n report` does.
    ///
    /// # Errors
    /// The key cannot sign, or the agent does not.
    pub async fn sign(&self, report: &str) -> Result<String, SignerError> {
        let failed = |source| SignerError::Key { name: "the key".to_owned(), source };
        match self {
            Self::Key(key) => key.sign(REPORT, report.as_bytes()).map_err(failed),
            Self::Agent { socket, key } => {
                let content = AgentKey::request(REPORT, report.as_bytes()).map_err(failed)?;
                let request = request(&key.blob().map_err(failed)?, &content);
                let silent = |reason: String| SignerError::Agent { socket: socket.clone(), reason };
                let answer = tokio::time::timeout(PATIENCE, ask(socket, &request)).await;
                let answer = answer.map_err(|_| silent("no answer in time".to_owned()))?;
                let answer = answer.map_err(|error| silent(error.to_string()))?;
                let signature = response(&answer).ok_or_else(|| {
                    silent("it refuses; `ssh-add -l` shows the keys that it has, and it may be locked".to_owned())
                })?;
                key.signature(REPORT, report.as_bytes(), signature).map_err(failed)
            }
        }
    }
}

/// Writes a request to sign (draft-ietf-sshm-ssh-agent, 3.6).
fn request(key: &[u8], content: &[u8]) -> Vec<u8> {
    let mut body = vec![SIGN_REQUEST];
    for part in [key, content] {
        body.extend(length(part));
        body.extend(part);
    }
    body.extend([0; 4]);
    [length(&body).as_slice(), &body].concat()
}

fn length(part: &[u8]) -> [u8; 4] {
    u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes()
}

/// Returns the signature in an answer.
fn response(answer: &[u8]) -> Option<&[u8]> {
    let rest = answer.strip_prefix(&[SIGN_RESPONSE])?;
    let (length, rest) = rest.split_first_chunk()?;
    rest.get(..usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

async fn ask(socket: &PathBuf, request: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = UnixStream::connect(socket).await?;
    stream.write_all(request).await?;
    let length = stream.read_u32().await?;
    if length > LARGEST {
        return Err(io::Error::other("its answer is too large"));
    }
    let mut answer = vec![0; usize::try_from(length).map_err(io::Error::other)?];
    stream.read_exact(&mut answer).await?;
    Ok(answer)
}
