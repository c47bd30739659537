//! One handshake: a connection, a ClientHello, and the first answer.

use super::answer::{Answer, Flight, Malformed};
use super::hello::{Offer, client_hello};
use scs_checks::verdict::{Reason, ReasonCode};
use std::io;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// The reason why nothing is known of a server, or of a part of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Failure {
    /// No connection.
    Unreachable(String),
    /// No complete answer in time.
    Silent,
    /// The answer is not as it should be.
    Malformed(Malformed),
    /// The answers contradict each other, or do not suffice.
    Inconclusive(String),
}

impl Failure {
    /// Returns the reason for a report.
    pub fn reason(&self, place: &str) -> Reason {
        let (code, what) = match self {
            Self::Unreachable(what) => (ReasonCode::Unreachable, what.clone()),
            Self::Silent => (ReasonCode::Deadline, "it does not answer a TLS handshake in time".to_owned()),
            Self::Malformed(malformed) => (ReasonCode::InvalidAnswer, malformed.to_string()),
            Self::Inconclusive(what) => (ReasonCode::Inconclusive, what.clone()),
        };
        Reason::new(code, format!("{place}: {what}"))
    }
}

/// The result of a handshake with a server that can be reached.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Reply {
    /// It answered.
    Answer(Answer),
    /// It closed the connection without an answer.
    Closed,
}

/// Opens a connection.
pub(super) async fn connect(address: (&str, u16), patience: Duration) -> Result<TcpStream, Failure> {
    match timeout(patience, TcpStream::connect(address)).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => {
            Err(Failure::Unreachable("nothing listens there".to_owned()))
        }
        Ok(Err(error)) => Err(Failure::Unreachable(format!("no connection: {error}"))),
        Err(_) => Err(Failure::Unreachable("no connection in time".to_owned())),
    }
}

/// Offers something to a server, and reads the answer.
pub(super) async fn shake(address: (&str, u16), offer: &Offer<'_>, patience: Duration) -> Result<Reply, Failure> {
    let mut stream = connect(address, patience).await?;
    timeout(patience, talk(&mut stream, offer)).await.unwrap_or(Err(Failure::Silent))
}

async fn talk(stream: &mut TcpStream, offer: &Offer<'_>) -> Result<Reply, Failure> {
    let hello = client_hello(offer, rand::random());
    let mut flight = Flight::default();
    let mut buffer = [0; 4096];
    if stream.write_all(&hello).await.is_err() {
        return Ok(Reply::Closed);
    }
    loop {
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) if flight.has_begun() => {
                return Err(Failure::Inconclusive("its answer breaks off in the middle".to_owned()));
            }
            Ok(0) | Err(_) => return Ok(Reply::Closed),
            Ok(count) => match flight.take(buffer.get(..count).unwrap_or_default()) {
                Ok(Some(answer)) => return Ok(Reply::Answer(answer)),
                Ok(None) => {}
                Err(malformed) => return Err(Failure::Malformed(malformed)),
            },
        }
    }
}
