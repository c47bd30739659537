//! Bodies that come compressed: all parts of them, to the end.

use super::error::{Error, ErrorKind, Unreachable};
use flate2::write::MultiGzDecoder;
use reqwest::header::{CONTENT_ENCODING, HeaderMap};
use std::io::Write;

/// The most bytes that are unpacked at a time, as each byte may become a thousand.
const PIECE: usize = 4 << 10;

/// Unpacks a body, if it is compressed.
pub(crate) struct Unpack {
    decoder: Option<MultiGzDecoder<Vec<u8>>>,
    is_empty: bool,
}

impl Unpack {
    /// Creates an unpacker for a body with these headers.
    pub fn from_headers(headers: &HeaderMap) -> Self {
        let encoding = headers.get(CONTENT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let is_gzip = matches!(encoding.trim().to_ascii_lowercase().as_str(), "gzip" | "x-gzip");
        Self { decoder: is_gzip.then(|| MultiGzDecoder::new(Vec::new())), is_empty: true }
    }

    /// Returns the pieces in which a chunk is to be taken.
    pub fn pieces<'a>(&self, chunk: &'a [u8]) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let size = if self.decoder.is_some() { PIECE } else { chunk.len().max(1) };
        chunk.chunks(size)
    }

    /// Unpacks a piece.
    ///
    /// # Errors
    /// It is not what its headers say.
    pub fn piece(&mut self, piece: &[u8]) -> Result<Vec<u8>, Error> {
        self.is_empty = false;
        let Some(decoder) = &mut self.decoder else { return Ok(piece.to_vec()) };
        decoder.write_all(piece).and_then(|()| decoder.flush()).map_err(broken)?;
        Ok(std::mem::take(decoder.get_mut()))
    }

    /// Unpacks the rest, once the body has ended. An answer without content has no end of it either.
    ///
    /// # Errors
    /// The end is missing, or is another one.
    pub fn end(self) -> Result<Vec<u8>, Error> {
        let Some(decoder) = self.decoder.filter(|_| !self.is_empty) else { return Ok(Vec::new()) };
        decoder.finish().map_err(broken)
    }
}

fn broken(error: std::io::Error) -> Error {
    let what = format!("the answer is compressed, but cannot be unpacked: {error}");
    Error::new(ErrorKind::Unreachable(Unreachable::Broken), what)
        .help("check the network and proxy settings")
        .caused_by(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use rstest::rstest;

    fn packed(text: &str) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    fn unpacked(encoding: &str, body: &[u8]) -> Result<String, Error> {
        let headers = HeaderMap::from_iter([(CONTENT_ENCODING, encoding.parse().unwrap())]);
        let mut unpack = Unpack::from_headers(&headers);
        let mut all = Vec::new();
        for piece in unpack.pieces(body) {
            all.extend(unpack.piece(piece)?);
        }
        all.extend(unpack.end()?);
        Ok(String::from_utf8(all).unwrap())
    }

    #[rstest]
    #[case::plain("identity", b"one".to_vec(), "one")]
    #[case::nothing("gzip", Vec::new(), "")]
    #[case::one_part("gzip", packed("one"), "one")]
    #[case::two_parts("GZIP", [packed("one"), packed("two")].concat(), "onetwo")]
    #[case::long("x-gzip", packed(&"one".repeat(10_000)), &"one".repeat(10_000))]
    fn all_parts_of_a_body_count(#[case] encoding: &str, #[case] body: Vec<u8>, #[case] text: &str) {
        assert_eq!(unpacked(encoding, &body).unwrap(), text);
    }

    #[rstest]
    #[case::not_compressed(b"{}".repeat(20))]
    #[case::without_its_end(packed("one")[..20].to_vec())]
    #[case::without_its_length(packed("one")[..packed("one").len() - 4].to_vec())]
    #[case::with_something_behind(b"and more than ten bytes behind".iter().fold(packed("one"), |mut all, byte| { all.push(*byte); all }))]
    #[case::with_half_a_part_behind([packed("one"), packed("two")[..12].to_vec()].concat())]
    #[case::with_a_wrong_checksum({ let mut body = packed("one"); let at = body.len() - 6; body[at] ^= 1; body })]
    fn what_cannot_be_unpacked_is_no_answer(#[case] body: Vec<u8>) {
        let error = unpacked("gzip", &body).unwrap_err();
        assert!(error.what.starts_with("the answer is compressed, but cannot be unpacked"), "{error}");
    }
}
