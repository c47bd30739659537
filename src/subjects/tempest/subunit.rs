//! Subunit streams, version 2: packets of events, each with a checksum.

use super::error::ContentError;
use super::outcomes::Outcomes;
use chrono::{DateTime, Utc};
use scs_checks::facts::TempestOutcome;

/// The byte that begins a packet.
const SIGNATURE: u8 = 0xB3;
/// The length of the checksum at the end of a packet.
const CHECKSUM: usize = 4;
/// The largest packet that the format allows, in bytes.
const LARGEST: usize = 4 << 20;
/// The size of the pieces in which a whole stream is read.
const PIECE: usize = 1 << 16;

const VERSION: u16 = 0x2000;
const VERSION_MASK: u16 = 0xF000;
const TEST_ID: u16 = 0x0800;
const TIMESTAMP: u16 = 0x0200;
const TAGS: u16 = 0x0080;
const FILE: u16 = 0x0040;
const MIME: u16 = 0x0020;
const STATUS: u16 = 0x0007;

/// The attachment that says why a test failed.
const TRACEBACK: &str = "traceback";

/// Parses a stream. One that ends within a packet is cut off, not refused.
///
/// # Errors
/// It is not such a stream, or has more tests than any real one.
pub(super) fn parse(bytes: &[u8]) -> Result<Outcomes, ContentError> {
    let mut stream = Stream::default();
    bytes.chunks(PIECE).try_for_each(|piece| stream.feed(piece))?;
    Ok(stream.end())
}

/// A stream that is read as it comes; nothing but a packet that has only begun is kept of it.
#[derive(Default)]
pub(super) struct Stream {
    pending: Vec<u8>,
    offset: usize,
    is_mixed: bool,
    pub outcomes: Outcomes,
}

impl Stream {
    /// Returns a stream that may have other output between its packets, as that of a program that runs.
    pub fn mixed() -> Self {
        Self { is_mixed: true, ..Self::default() }
    }

    /// Reads the next piece.
    ///
    /// # Errors
    /// As [`parse`].
    pub fn feed(&mut self, piece: &[u8]) -> Result<(), ContentError> {
        self.pending.extend_from_slice(piece);
        let mut read = 0;
        loop {
            let rest = &self.pending[read..];
            if self.is_mixed {
                let text = rest.iter().position(|byte| *byte == SIGNATURE).unwrap_or(rest.len());
                if text > 0 {
                    read += text;
                    continue;
                }
            }
            let offset = self.offset + read;
            let refused = |problem| ContentError::Subunit { offset, problem };
            let Some((packet, length)) = Packet::parse(rest).map_err(refused)? else { break };
            packet.note(&mut self.outcomes)?;
            read += length;
        }
        self.pending.drain(..read);
        self.offset += read;
        Ok(())
    }

    /// Returns the outcomes; they are complete unless the stream ended within a packet.
    pub fn end(mut self) -> Outcomes {
        self.outcomes.complete = self.pending.is_empty();
        self.outcomes
    }
}

/// The part of a packet that counts.
struct Packet<'a> {
    flags: u16,
    at: Option<DateTime<Utc>>,
    test: Option<&'a str>,
    /// The name and the content of an attachment.
    file: Option<(&'a str, &'a [u8])>,
}

impl<'a> Packet<'a> {
    /// Parses the packet at the beginning, and returns it with its length; none if it is cut off.
    fn parse(bytes: &'a [u8]) -> Result<Option<(Self, usize)>, &'static str> {
        let mut header = Fields(bytes);
        let Some([signature]) = header.take() else { return Ok(None) };
        if signature != SIGNATURE {
            return Err("no packet begins");
        }
        let (Some(flags), Some(length)) = (header.take().map(u16::from_be_bytes), header.number()) else {
            return Ok(None);
        };
        if flags & VERSION_MASK != VERSION {
            return Err("the version of a packet is not 2");
        }
        if length > LARGEST {
            return Err("a packet is larger than 4 MiB");
        }
        let Some(packet) = bytes.get(..length) else { return Ok(None) };
        let read = bytes.len() - header.0.len();
        let Some((content, checksum)) = length.checked_sub(CHECKSUM).and_then(|end| packet.split_at_checked(end))
        else {
            return Err("a packet is too short");
        };
        if crc32fast::hash(content).to_be_bytes() != checksum {
            return Err("the checksum of a packet is wrong");
        }
        let fields = content.get(read..).ok_or("a packet is too short")?;
        Ok(Some((Self::of(flags, Fields(fields)).ok_or("a packet has a field that is cut off")?, length)))
    }

    fn of(flags: u16, mut fields: Fields<'a>) -> Option<Self> {
        let has = |flag| flags & flag != 0;
        let at = if has(TIMESTAMP) { Some(fields.instant()?) } else { None };
        let test = if has(TEST_ID) { Some(fields.text()?) } else { None };
        for _ in 0..if has(TAGS) { fields.number()? } else { 0 } {
            fields.text()?;
        }
        if has(MIME) {
            fields.text()?;
        }
        let file = if has(FILE) { Some((fields.text()?, fields.bytes()?)) } else { None };
        Some(Self { flags, at, test, file })
    }

    fn note(&self, outcomes: &mut Outcomes) -> Result<(), ContentError> {
        self.at.into_iter().for_each(|at| outcomes.seen_at(at));
        if let (Some(test), Some((TRACEBACK, content))) = (self.test, self.file) {
            outcomes.add_traceback(test, content);
        }
        let outcome = match self.flags & STATUS {
            1 => TempestOutcome::Listed,
            2 => TempestOutcome::InProgress,
            // An expected failure is what the test wants.
            3 | 7 => TempestOutcome::Passed,
            4 | 6 => TempestOutcome::Failed,
            5 => TempestOutcome::Skipped,
            _ => return Ok(()),
        };
        self.test.map_or(Ok(()), |test| outcomes.add(test, outcome))
    }
}

/// The rest of the fields of a packet.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    /// Takes so many bytes.
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    /// Takes a number of one to four bytes; the first two bits tell how many follow the first.
    fn number(&mut self) -> Option<usize> {
        let [first] = self.take()?;
        let mut number = usize::from(first & 0x3F);
        for _ in 0..first >> 6 {
            let [next] = self.take()?;
            number = number << 8 | usize::from(next);
        }
        Some(number)
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.number()?;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    fn instant(&mut self) -> Option<DateTime<Utc>> {
        let seconds = u32::from_be_bytes(self.take()?);
        let nanoseconds = u32::try_from(self.number()?).ok()?;
        DateTime::from_timestamp(seconds.into(), nanoseconds)
    }
}
