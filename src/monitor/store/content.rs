//! The signed bytes: compressed when they arrive, and cut into parts, so that no query carries all of them at once.

use super::{Store, StoreError};
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use sha2::{Digest, Sha256};
use sqlx::Row;
use std::io::{self, Read, Write};

/// The size of a part, in bytes.
const PART: usize = 1 << 20;

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
}

/// Compresses bytes.
///
/// # Errors
/// None that memory does not have.
pub fn compressed(bytes: &[u8]) -> io::Result<Compressed> {
    let mut encoder = ZlibEncoder::new(Parts::default(), Compression::new(LEVEL));
    encoder.write_all(bytes)?;
    let parts = encoder.finish()?.0;
    Ok(Compressed { parts, size: bytes.len(), sha256: hex::encode(Sha256::digest(bytes)) })
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

impl Store {
    /// Returns the signed bytes of an upload; none if they were retired.
    ///
    /// # Errors
    /// The database does not answer, or holds something else than was written.
    pub async fn content(&self, upload: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let mut parts = Vec::new();
        loop {
            let number = i64::try_from(parts.len()).unwrap_or(i64::MAX);
            let row = sqlx::query("SELECT content FROM upload_part WHERE upload = $1 AND part = $2")
                .bind(upload)
                .bind(number)
                .fetch_optional(&self.pool)
                .await?;
            match row {
                Some(row) => parts.push(row.try_get::<Vec<u8>, _>(0)?),
                None if parts.is_empty() => return Ok(None),
                None => break,
            }
        }
        tokio::task::spawn_blocking(move || decompressed(&parts))
            .await
            .map_err(|error| StoreError::Content(error.to_string()))?
            .map(Some)
            .map_err(|error| StoreError::Content(format!("upload {error}")))
    }
}

fn decompressed(parts: &[Vec<u8>]) -> io::Result<Vec<u8>> {
    let chained = parts.iter().fold(Box::new(io::empty()) as Box<dyn Read>, |all, part| Box::new(all.chain(&part[..])));
    let mut bytes = Vec::new();
    ZlibDecoder::new(chained).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_as_they_were() {
        let noise: Vec<u8> =
            (0..3_000_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 11).to_le_bytes()[0]).collect();
        for bytes in [Vec::new(), b"---\na: 1\n".to_vec(), noise] {
            let compressed = compressed(&bytes).unwrap();
            assert!(compressed.parts.iter().all(|part| part.len() <= PART));
            assert_eq!(decompressed(&compressed.parts).unwrap(), bytes);
        }
    }
}
