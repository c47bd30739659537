//! Sends what is read a little at a time: a client that does not take it loses the connection, and holds no memory until then but some
//! chunks.

use axum::body::{Body, Bytes};
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use futures_util::stream::{self, Stream};
use futures_util::{StreamExt, pin_mut};
use std::io::{self, BufWriter, Cursor, Read, Write};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// The largest chunk, in bytes.
const CHUNK: usize = 64 << 10;

/// The longest wait for a client that does not take a chunk.
const PATIENCE: Duration = Duration::from_secs(15);

/// The chunks that wait for a client.
const WAITING: usize = 2;

/// A text that was written, compressed, so that many of them may wait for their clients.
#[derive(Debug)]
pub struct Written(Vec<u8>);

impl Written {
    /// Writes a text.
    ///
    /// # Errors
    /// Those of writing it.
    pub fn new(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<Self> {
        let mut writer = BufWriter::with_capacity(CHUNK, ZlibEncoder::new(Vec::new(), flate2::Compression::fast()));
        write(&mut writer)?;
        let encoder = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
        let mut bytes = encoder.finish()?;
        bytes.shrink_to_fit();
        Ok(Self(bytes))
    }

    /// Returns the number of bytes that it takes.
    pub fn size(&self) -> usize {
        self.0.len()
    }

    /// Returns the text in chunks, and drops what was kept for it at the end.
    pub fn chunks<K: Send + 'static>(self, kept: K) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
        let decoder = ZlibDecoder::new(Cursor::new(self.0));
        stream::unfold(Some((decoder, kept)), |state| async move {
            let (mut decoder, kept) = state?;
            let mut chunk = Vec::with_capacity(CHUNK);
            match Read::by_ref(&mut decoder).take(CHUNK as u64).read_to_end(&mut chunk) {
                Ok(0) => None,
                Ok(_) => Some((Ok(chunk.into()), Some((decoder, kept)))),
                Err(error) => Some((Err(error), None)),
            }
        })
    }
}

/// Returns a body that sends chunks. It ends with an error where they do, or where the client does not take them.
pub fn body(chunks: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> Body {
    let (sender, receiver) = mpsc::channel::<Option<io::Result<Bytes>>>(WAITING);
    tokio::spawn(async move {
        pin_mut!(chunks);
        loop {
            let chunk = chunks.next().await;
            let is_last = !matches!(chunk, Some(Ok(_)));
            let is_taken = matches!(timeout(PATIENCE, sender.send(chunk)).await, Ok(Ok(())));
            if is_last || !is_taken {
                return;
            }
        }
    });
    Body::from_stream(stream::unfold(Some(receiver), |receiver| async move {
        let mut receiver = receiver?;
        match receiver.recv().await {
            Some(Some(Ok(chunk))) => Some((Ok(chunk), Some(receiver))),
            Some(Some(Err(error))) => Some((Err(error), None)),
            Some(None) => None,
            None => Some((Err(io::ErrorKind::TimedOut.into()), None)),
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::to_bytes;
    use std::sync::Arc;

    #[tokio::test]
    async fn a_text_comes_back_in_small_chunks() {
        let text = "0123456789".repeat(100_000);
        let written = Written::new(|writer| writer.write_all(text.as_bytes())).unwrap();
        assert!(written.size() < text.len() / 10);
        let kept = Arc::new(());
        let chunks: Vec<Bytes> = written.chunks(Arc::clone(&kept)).map(Result::unwrap).collect().await;
        assert!(chunks.iter().all(|chunk| chunk.len() <= CHUNK));
        assert_eq!(chunks.concat(), text.as_bytes());
        assert_eq!(Arc::strong_count(&kept), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_nothing_ends_the_download() {
        let kept = Arc::new(());
        let endless = stream::unfold(Arc::clone(&kept), |kept| async { Some((Ok(Bytes::from_static(b"x")), kept)) });
        let unread = body(endless);
        tokio::time::sleep(PATIENCE * 2).await;
        assert_eq!(Arc::strong_count(&kept), 1, "nothing is kept for it");
        assert!(to_bytes(unread, usize::MAX).await.is_err(), "a cut text is no whole one");
        let broken = stream::iter([Ok(Bytes::from_static(b"x")), Err(io::Error::other("broken"))]);
        assert!(to_bytes(body(broken), usize::MAX).await.is_err());
    }
}
