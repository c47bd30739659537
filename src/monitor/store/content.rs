//! The signed bytes: compressed when they arrive, and cut into parts, so that no query carries all of them at once.

use super::{Store, StoreError};
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use flate2::{Compression, Decompress, FlushDecompress, Status};
use sha2::{Digest, Sha256};
use sqlx::Row;
use std::io::{self, Read, Write};
use std::ops::Range;

/// The size of a part, in bytes.
const PART: usize = 1 << 20;

/// The most bytes that are expanded at a time.
const CHUNK: usize = 64 << 10;

/// The level of compression: logs shrink to a tenth already.
const LEVEL: u32 = 4;

/// Bytes in the form in which they are stored.
#[derive(Clone, Debug, Default)]
pub struct Compressed {
    /// The parts, in their order.
    pub parts: Vec<Vec<u8>>,
    /// The number of bytes before.
    pub size: usize,
    /// The SHA-256 of the bytes before, in hexadecimal digits.
    pub sha256: String,
    /// The bytes of each document, if each can be read alone.
    pub documents: Vec<Range<usize>>,
}

/// Compresses bytes.
///
/// # Errors
/// None that memory does not have.
pub fn compressed(bytes: &[u8]) -> io::Result<Compressed> {
    let mut encoder = ZlibEncoder::new(Parts::default(), Compression::new(LEVEL));
    encoder.write_all(bytes)?;
    let parts = encoder.finish()?.0;
    Ok(Compressed { parts, size: bytes.len(), sha256: hex::encode(Sha256::digest(bytes)), documents: Vec::new() })
}

/// A writer that begins a new part whenever one is full.
#[derive(Default)]
struct Parts(Vec<Vec<u8>>);

impl Write for Parts {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let (free, last) = match self.0.last_mut().filter(|part| part.len() < PART) {
            Some(part) => (PART - part.len(), part),
            None => (PART, self.0.push_mut(Vec::new())),
        };
        let taken = bytes.get(..free.min(bytes.len())).unwrap_or_default();
        last.extend_from_slice(taken);
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Cuts a compressed stream into parts.
pub(super) fn parts_of(stream: &[u8]) -> impl Iterator<Item = &[u8]> {
    stream.chunks(PART)
}

/// Returns true if a compressed stream holds bytes of this SHA-256.
pub(super) fn is_upload(stream: &[u8], sha256: &str) -> bool {
    let (mut decoder, mut digest, mut chunk) = (ZlibDecoder::new(stream), Sha256::new(), vec![0; CHUNK]);
    loop {
        match decoder.read(&mut chunk) {
            Ok(0) => return hex::encode(digest.finalize()) == sha256,
            Ok(read) => digest.update(chunk.get(..read).unwrap_or_default()),
            Err(_) => return false,
        }
    }
}

/// A place in the signed bytes of an upload, which are read from there on, a little at a time.
#[derive(Debug)]
pub struct ContentReader {
    upload: String,
    inflater: Decompress,
    part: Vec<u8>,
    at: usize,
    next: i64,
    has_ended: bool,
}

impl ContentReader {
    /// Begins at the first byte of an upload.
    pub fn new(upload: &str) -> Self {
        let inflater = Decompress::new(true);
        Self { upload: upload.to_owned(), inflater, part: Vec::new(), at: 0, next: 0, has_ended: false }
    }

    /// Expands what is there; the bytes are full, or the part is used up.
    fn inflate(&mut self, bytes: &mut Vec<u8>) -> Result<(), StoreError> {
        let before = self.inflater.total_in();
        let rest = self.part.get(self.at..).unwrap_or_default();
        let status = self.inflater.decompress_vec(rest, bytes, FlushDecompress::None);
        let status = status.map_err(|error| StoreError::Content(format!("upload {}: {error}", self.upload)))?;
        self.at += usize::try_from(self.inflater.total_in() - before).unwrap_or_default();
        self.has_ended = status == Status::StreamEnd;
        Ok(())
    }
}

impl Store {
    /// Returns the next bytes of an upload, at most 64 KiB; none at its end, or if it was retired.
    ///
    /// # Errors
    /// The database does not answer, or holds something else than was written.
    pub async fn read(&self, reader: &mut ContentReader) -> Result<Option<Vec<u8>>, StoreError> {
        let mut bytes = Vec::with_capacity(CHUNK);
        while !reader.has_ended && bytes.len() < CHUNK {
            reader.inflate(&mut bytes)?;
            if reader.has_ended || bytes.len() >= CHUNK || reader.at < reader.part.len() {
                continue;
            }
            match self.part(&reader.upload, reader.next).await? {
                Some(part) => (reader.part, reader.at, reader.next) = (part, 0, reader.next + 1),
                None if reader.next == 0 => return Ok(None),
                None => return Err(StoreError::Content(format!("upload {} ends too early", reader.upload))),
            }
        }
        Ok(Some(bytes).filter(|bytes| !bytes.is_empty()))
    }

    /// Returns the signed bytes of an upload; none if they were retired.
    ///
    /// # Errors
    /// The database does not answer, or holds something else than was written.
    pub async fn content(&self, upload: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.content_between(upload, 0, usize::MAX).await
    }

    /// Returns the signed bytes of an upload from one place to another; none if they were retired.
    ///
    /// # Errors
    /// The database does not answer, or holds something else than was written.
    pub async fn content_between(&self, upload: &str, from: usize, to: usize) -> Result<Option<Vec<u8>>, StoreError> {
        let (mut reader, mut place, mut found) = (ContentReader::new(upload), 0_usize, Vec::new());
        while let Some(bytes) = self.read(&mut reader).await? {
            let (first, last) = (from.saturating_sub(place), to.saturating_sub(place).min(bytes.len()));
            found.extend_from_slice(bytes.get(first..last).unwrap_or_default());
            place += bytes.len();
            if place >= to {
                break;
            }
            // Expanding takes the processor; others have their turn between two chunks.
            tokio::task::yield_now().await;
        }
        Ok(Some(found).filter(|_| reader.next > 0))
    }

    pub(super) async fn part(&self, upload: &str, number: i64) -> Result<Option<Vec<u8>>, StoreError> {
        let row = sqlx::query("SELECT content FROM upload_part WHERE upload = $1 AND part = $2")
            .bind(upload)
            .bind(number)
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_cut_and_known_by_its_digest() {
        let noise: Vec<u8> =
            (0..3_000_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 11).to_le_bytes()[0]).collect();
        for bytes in [Vec::new(), b"---\na: 1\n".to_vec(), noise] {
            let compressed = compressed(&bytes).unwrap();
            assert!(compressed.parts.iter().all(|part| part.len() <= PART));
            let stream = compressed.parts.concat();
            assert!(parts_of(&stream).eq(compressed.parts.iter().map(Vec::as_slice)));
            assert!(is_upload(&stream, &compressed.sha256) && !is_upload(&stream, "other"));
            assert!(!is_upload(b"other", &compressed.sha256));
        }
    }
}
