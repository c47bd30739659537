//! Public pages, made once and kept until something changes that they show.

use axum::body::{Body, Bytes};
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderMap, IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::OnceCell;

/// The most pages that are kept, and the bytes that they may take together.
const MOST: usize = 400;
const BUDGET: usize = 16 << 20;

/// The size from which on a page is compressed, in bytes.
const WORTHWHILE: usize = 1024;

/// A page as it is sent.
#[derive(Clone, Debug)]
pub struct Page {
    kind: &'static str,
    etag: String,
    body: Bytes,
    gzip: Option<Bytes>,
}

/// Everything that pages depend on: a page of another state is not shown again.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct State {
    /// The number of the view of the standings.
    pub generation: u64,
    /// The digest of the rules, accounts and the day.
    pub rest: String,
}

/// A page that is made once, whoever asks first.
type Cell = Arc<OnceCell<Arc<Page>>>;

/// The pages of the current state.
#[derive(Debug, Default)]
pub struct Cache(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    state: State,
    pages: HashMap<String, Cell>,
    bytes: usize,
}

impl Page {
    /// Makes a page of a text.
    pub fn new(kind: &'static str, text: String) -> Self {
        let digest = hex::encode(Sha256::digest(text.as_bytes()));
        let gzip = (text.len() >= WORTHWHILE).then(|| gzip(text.as_bytes())).flatten();
        let etag = format!("\"{}\"", digest.get(..32).unwrap_or_default());
        Self { kind, etag, body: text.into(), gzip }
    }

    /// Returns the response that fits the headers of a request.
    pub fn response(&self, headers: &HeaderMap) -> Response {
        let mut response = Response::new(Body::empty());
        let etag = HeaderValue::from_str(&self.etag).unwrap_or(HeaderValue::from_static("\"\""));
        if self.is_known(headers) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        } else {
            let zipped = self.gzip.as_ref().filter(|_| accepts_gzip(headers));
            if zipped.is_some() {
                response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            }
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(self.kind));
            *response.body_mut() = Body::from(zipped.unwrap_or(&self.body).clone());
        }
        let headers = response.headers_mut();
        headers.insert(ETAG, etag);
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers.insert(VARY, HeaderValue::from_static("Accept, Accept-Encoding"));
        response
    }

    fn size(&self) -> usize {
        self.body.len() + self.gzip.as_ref().map_or(0, Bytes::len)
    }

    fn is_known(&self, headers: &HeaderMap) -> bool {
        let known = headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
        known.split(',').map(str::trim).any(|tag| tag == "*" || tag.trim_start_matches("W/") == self.etag)
    }
}

fn gzip(bytes: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(4));
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok().map(Bytes::from)
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.split(',').map(|part| part.replace(' ', "")).any(|part| {
        let (name, quality) = part.split_once(";q=").unwrap_or((&part, "1"));
        matches!(name, "gzip" | "*") && quality.parse::<f32>().is_ok_and(|quality| quality > 0.0)
    })
}

impl Cache {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts the bytes of a new page; all are forgotten when they become too many.
    fn count(&self, state: &State, bytes: usize) {
        let mut kept = self.kept();
        kept.bytes += bytes;
        if kept.bytes > BUDGET {
            *kept = Kept { state: state.clone(), ..Kept::default() };
        }
    }

    /// Returns a page of a state: the one that was made already, or a new one. Of several that ask at once one makes it.
    ///
    /// # Errors
    /// Those of making it.
    pub async fn page<E, F: Future<Output = Result<Page, E>>>(
        &self,
        state: State,
        key: String,
        make: impl FnOnce() -> F,
    ) -> Result<Arc<Page>, E> {
        let cell = {
            let mut kept = self.kept();
            if kept.state != state || kept.pages.len() >= MOST {
                *kept = Kept { state: state.clone(), ..Kept::default() };
            }
            Arc::clone(kept.pages.entry(key).or_default())
        };
        let make = || async {
            let page = Arc::new(make().await?);
            self.count(&state, page.size());
            Ok(page)
        };
        let page = cell.get_or_try_init(make).await?;
        Ok(Arc::clone(page))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn headers(name: axum::http::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[rstest]
    #[case("gzip, deflate", true)]
    #[case("br, *", true)]
    #[case("gzip;q=0", false)]
    #[case("identity", false)]
    #[case("gzip;q=x", false)]
    fn a_page_is_compressed_for_those_who_accept_it(#[case] accepted: &'static str, #[case] expected: bool) {
        let page = Page::new("text/html", "x".repeat(WORTHWHILE));
        let response = page.response(&headers(ACCEPT_ENCODING, accepted));
        assert_eq!(response.headers().contains_key(CONTENT_ENCODING), expected);
    }

    #[test]
    fn a_known_page_is_not_sent_again() {
        let page = Page::new("text/html", "x".to_owned());
        let etag: &'static str = page.etag.clone().leak();
        assert_eq!(page.response(&headers(IF_NONE_MATCH, etag)).status(), StatusCode::NOT_MODIFIED);
        assert_eq!(page.response(&headers(IF_NONE_MATCH, "\"other\"")).status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn a_page_is_made_once_for_each_state() {
        let cache = Cache::default();
        let made = std::sync::atomic::AtomicUsize::new(0);
        for generation in [1, 1, 2, 2, 1] {
            let make = || async {
                made.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                Ok::<_, ()>(Page::new("text/html", "x".to_owned()))
            };
            cache.page(State { generation, rest: String::new() }, "key".to_owned(), make).await.unwrap();
        }
        assert_eq!(made.into_inner(), 3);
    }
}
