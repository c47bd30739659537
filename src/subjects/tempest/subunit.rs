//! Subunit streams, version 2: packets of events, each with a checksum.

use super::error::ContentError;
use super::outcomes::Outcomes;
use chrono::{DateTime, Utc};
use scs_checks::facts::TempestOutcome;

/// The byte that begins a packet.
const SIGNATURE: u8 = 0xB3;
/// The length of the checksum at the end of a packet.
const CHECKSUM: usize = 4;

const VERSION: u16 = 0x2000;
const VERSION_MASK: u16 = 0xF000;
const TEST_ID: u16 = 0x0800;
const TIMESTAMP: u16 = 0x0200;
const STATUS: u16 = 0x0007;

/// Parses a stream. One that ends within a packet is cut off, not refused.
///
/// # Errors
/// It is not such a stream, or has more tests than any real one.
pub(super) fn parse(bytes: &[u8]) -> Result<Outcomes, ContentError> {
    let mut outcomes = Outcomes::default();
    let mut offset = 0;
    while offset < bytes.len() {
        let refused = |problem| ContentError::Subunit { offset, problem };
        match Packet::parse(&bytes[offset..]).map_err(refused)? {
            None => return Ok(outcomes),
            Some((packet, length)) => {
                packet.note(&mut outcomes)?;
                offset += length;
            }
        }
    }
    outcomes.complete = true;
    Ok(outcomes)
}

/// The part of a packet that counts.
struct Packet<'a> {
    flags: u16,
    at: Option<DateTime<Utc>>,
    test: Option<&'a str>,
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
        Some(Self { flags, at, test })
    }

    fn note(&self, outcomes: &mut Outcomes) -> Result<(), ContentError> {
        self.at.into_iter().for_each(|at| outcomes.seen_at(at));
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

    fn text(&mut self) -> Option<&'a str> {
        let length = self.number()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        std::str::from_utf8(text).ok()
    }

    fn instant(&mut self) -> Option<DateTime<Utc>> {
        let seconds = u32::from_be_bytes(self.take()?);
        let nanoseconds = u32::try_from(self.number()?).ok()?;
        DateTime::from_timestamp(seconds.into(), nanoseconds)
    }
}
