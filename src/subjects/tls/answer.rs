//! Reads a server's answer to a ClientHello: records, messages, and of those what a probe needs.
//!
//! Nothing here trusts a length or a number: what does not fit is an error, and what is too much as well.

use super::codes::{EXPLICIT_CURVE, KeyExchange, key_exchange};
use std::fmt;

/// The most bytes of an answer: a long chain of certificates has 20,000.
const LARGEST: usize = 128 << 10;
/// The most bytes of one record, with what encryption may add.
const LARGEST_RECORD: usize = (1 << 14) + 2048;

/// The random value of a HelloRetryRequest (RFC 8446, 4.1.3).
const RETRY: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11,
    0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/// The end of an answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Answer {
    /// The server agrees.
    Hello(Hello),
    /// It refuses, with the number of the alert.
    Alert(u8),
}

/// The choice of a server that agrees.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Hello {
    /// The version on the wire.
    pub version: u16,
    /// The cipher suite.
    pub cipher: u16,
    /// The group in which keys are agreed, if any.
    pub group: Option<u16>,
    /// The size of the prime in bits, where keys are agreed over a finite field.
    pub dh_bits: Option<u32>,
    /// Its certificates in DER; TLS 1.3 encrypts them.
    pub certificates: Vec<Vec<u8>>,
}

/// An answer that is none.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Malformed {
    /// It is not TLS at all.
    NotTls,
    /// It breaks the rules of TLS.
    Broken(&'static str),
    /// It does not end.
    TooLarge,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotTls => f.write_str("it does not speak TLS"),
            Self::Broken(what) => write!(f, "its answer is not TLS as it should be: {what}"),
            Self::TooLarge => f.write_str("its answer is too large"),
        }
    }
}

/// The bytes of an answer, as far as they have come.
#[derive(Debug, Default)]
pub struct Flight {
    received: usize,
    records: Vec<u8>,
    messages: Vec<u8>,
    alert: Vec<u8>,
    hello: Option<Hello>,
}

impl Flight {
    /// Returns true if anything has come at all.
    pub fn has_begun(&self) -> bool {
        self.received > 0
    }

    /// Takes in more bytes; returns the answer once it is complete.
    ///
    /// # Errors
    /// The answer is not TLS, or too large.
    pub fn take(&mut self, bytes: &[u8]) -> Result<Option<Answer>, Malformed> {
        self.received = self.received.saturating_add(bytes.len());
        if self.received > LARGEST {
            return Err(Malformed::TooLarge);
        }
        self.records.extend_from_slice(bytes);
        while let Some((kind, content)) = self.next_record()? {
            let answer = match kind {
                21 => self.alert(&content),
                22 => self.handshake(&content)?,
                // A change of the cipher, which TLS 1.3 sends for the sake of devices on the way.
                20 => None,
                _ => return Err(Malformed::Broken("data before the handshake")),
            };
            if answer.is_some() {
                return Ok(answer);
            }
        }
        Ok(None)
    }

    fn next_record(&mut self) -> Result<Option<(u8, Vec<u8>)>, Malformed> {
        let Some(&kind) = self.records.first() else { return Ok(None) };
        if !(20..=23).contains(&kind) || self.records.get(1).is_some_and(|major| *major != 3) {
            return Err(Malformed::NotTls);
        }
        let Some(&[_, _, _, high, low]) = self.records.first_chunk::<5>() else { return Ok(None) };
        let length = usize::from(u16::from_be_bytes([high, low]));
        if length > LARGEST_RECORD {
            return Err(Malformed::Broken("a record that is too long"));
        }
        if self.records.len() < 5 + length {
            return Ok(None);
        }
        let content = self.records.drain(..5 + length).skip(5).collect();
        Ok(Some((kind, content)))
    }

    /// Reads an alert; a warning that the name of the host is not known is none.
    fn alert(&mut self, content: &[u8]) -> Option<Answer> {
        const WARNING: u8 = 1;
        const UNRECOGNIZED_NAME: u8 = 112;
        self.alert.extend_from_slice(content);
        let [level, number] = *self.alert.first_chunk::<2>()?;
        self.alert.clear();
        (level != WARNING || number != UNRECOGNIZED_NAME).then_some(Answer::Alert(number))
    }

    fn handshake(&mut self, content: &[u8]) -> Result<Option<Answer>, Malformed> {
        self.messages.extend_from_slice(content);
        while let Some(&[kind, a, b, c]) = self.messages.first_chunk::<4>() {
            let length = u32::from_be_bytes([0, a, b, c]) as usize;
            if length > LARGEST {
                return Err(Malformed::TooLarge);
            }
            if self.messages.len() < 4 + length {
                return Ok(None);
            }
            let body: Vec<u8> = self.messages.drain(..4 + length).skip(4).collect();
            if let Some(hello) = self.message(kind, &body)? {
                return Ok(Some(Answer::Hello(hello)));
            }
        }
        Ok(None)
    }

    /// Reads one message; returns the server's choice once it is all there.
    fn message(&mut self, kind: u8, body: &[u8]) -> Result<Option<Hello>, Malformed> {
        const SERVER_HELLO: u8 = 2;
        const CERTIFICATE: u8 = 11;
        const SERVER_KEY_EXCHANGE: u8 = 12;
        const SERVER_HELLO_DONE: u8 = 14;
        match (kind, &mut self.hello) {
            (SERVER_HELLO, None) => {
                let hello = server_hello(body).ok_or(Malformed::Broken("ServerHello"))?;
                // What follows in TLS 1.3 is encrypted.
                if hello.version >= 0x0304 {
                    return Ok(Some(hello));
                }
                self.hello = Some(hello);
            }
            (_, None) | (SERVER_HELLO, Some(_)) => return Err(Malformed::Broken("the order of its messages")),
            (CERTIFICATE, Some(hello)) => {
                hello.certificates = certificates(body).ok_or(Malformed::Broken("Certificate"))?;
            }
            (SERVER_KEY_EXCHANGE, Some(hello)) => {
                own_part(hello, body).ok_or(Malformed::Broken("ServerKeyExchange"))?;
            }
            (SERVER_HELLO_DONE, hello) => return complete(hello.take()).map(Some),
            // Whatever else servers say between.
            (_, Some(_)) => {}
        }
        Ok(None)
    }
}

/// Returns a choice if it names what its cipher suite agrees keys in.
fn complete(hello: Option<Hello>) -> Result<Hello, Malformed> {
    let hello = hello.ok_or(Malformed::Broken("the order of its messages"))?;
    let is_complete = match key_exchange(hello.cipher).0 {
        KeyExchange::Curve => hello.group.is_some(),
        KeyExchange::Field => hello.dh_bits.is_some(),
        KeyExchange::Other => true,
    };
    is_complete.then_some(hello).ok_or(Malformed::Broken("no ServerKeyExchange"))
}

/// Bytes that are read from their beginning.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    /// Takes a number of so many bytes.
    fn number(&mut self, width: usize) -> Option<usize> {
        Some(self.take(width)?.iter().fold(0, |number, byte| number << 8 | usize::from(*byte)))
    }

    fn short(&mut self) -> Option<u16> {
        self.take(2).and_then(|bytes| Some(u16::from_be_bytes(*bytes.first_chunk()?)))
    }

    /// Takes bytes behind their number, which has so many bytes itself.
    fn sized(&mut self, width: usize) -> Option<Bytes<'a>> {
        let count = self.number(width)?;
        self.take(count).map(Bytes)
    }
}

fn server_hello(body: &[u8]) -> Option<Hello> {
    let mut body = Bytes(body);
    let legacy = body.short()?;
    let random = body.take(32)?;
    body.sized(1).filter(|session| session.0.len() <= 32)?;
    let cipher = body.short()?;
    body.take(1)?;
    let mut hello = Hello { version: legacy, cipher, ..Hello::default() };
    let mut extensions = if body.0.is_empty() { Bytes(&[]) } else { body.sized(2)? };
    while !extensions.0.is_empty() {
        let kind = extensions.short()?;
        let mut content = extensions.sized(2)?;
        match kind {
            43 => hello.version = content.short()?,
            51 => {
                hello.group = Some(content.short()?);
                // Whoever asks for a key names only the group of it.
                ((random == RETRY) == content.0.is_empty()).then_some(())?;
            }
            _ => {}
        }
    }
    (0x0300..=0x0304).contains(&hello.version).then_some(hello)
}

fn certificates(body: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut list = Bytes(body).sized(3)?;
    let mut all = Vec::new();
    while !list.0.is_empty() {
        all.push(list.sized(3)?.0.to_vec());
    }
    Some(all)
}

/// Reads the server's part of the key exchange, as far as it says in what keys are agreed.
fn own_part(hello: &mut Hello, body: &[u8]) -> Option<()> {
    let mut body = Bytes(body);
    let (form, has_hint) = key_exchange(hello.cipher);
    if has_hint {
        body.sized(2)?;
    }
    match form {
        KeyExchange::Curve => {
            let named = body.number(1)? == 3;
            hello.group = Some(if named { body.short()? } else { EXPLICIT_CURVE });
        }
        KeyExchange::Field => {
            let prime = body.sized(2)?.0;
            let zeros = prime.iter().take_while(|byte| **byte == 0).count();
            let first = prime.get(zeros)?;
            hello.dh_bits = u32::try_from((prime.len() - zeros) * 8).ok()?.checked_sub(first.leading_zeros());
        }
        KeyExchange::Other => {}
    }
    Some(())
}
