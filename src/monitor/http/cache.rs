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
use std::collections::{BTreeMap, HashMap};
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

/// The pages that are kept; the oldest go first.
#[derive(Debug, Default)]
struct Kept {
    state: State,
    pages: HashMap<String, Entry>,
    /// The keys by the numbers of their entries, in the order in which they came.
    order: BTreeMap<u64, String>,
    next: u64,
    bytes: usize,
}

/// A page, with its number, and its bytes once it is made.
#[derive(Debug)]
struct Entry {
    cell: Cell,
    number: u64,
    bytes: usize,
}

impl Kept {
    fn cell(&mut self, key: String) -> (Cell, u64) {
        if let Some(entry) = self.pages.get(&key) {
            return (Arc::clone(&entry.cell), entry.number);
        }
        if self.pages.len() >= MOST {
            self.forget_oldest();
        }
        let (cell, number) = (Cell::default(), self.next);
        self.next += 1;
        self.order.insert(number, key.clone());
        self.pages.insert(key, Entry { cell: Arc::clone(&cell), number, bytes: 0 });
        (cell, number)
    }

    fn forget_oldest(&mut self) {
        if let Some((_, key)) = self.order.pop_first()
            && let Some(entry) = self.pages.remove(&key)
        {
            self.bytes -= entry.bytes;
        }
    }
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

    /// Counts the bytes of a new page; the oldest are forgotten while they are too many.
    fn count(&self, number: u64, bytes: usize) {
        let mut kept = self.kept();
        let Kept { pages, order, .. } = &mut *kept;
        if let Some(entry) = order.get(&number).and_then(|key| pages.get_mut(key)) {
            entry.bytes = bytes;
            kept.bytes += bytes;
        }
        while kept.bytes > BUDGET {
            kept.forget_oldest();
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
        let (cell, number) = {
            let mut kept = self.kept();
            if kept.state != state {
                // Numbers go on: a page of the last state that is still made is not counted here.
                *kept = Kept { state, next: kept.next, ..Kept::default() };
            }
            kept.cell(key)
        };
        let make = || async {
            let page = Arc::new(make().await?);
            self.count(number, page.size());
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
    #[tokio::test]
    async fn the_oldest_pages_are_forgotten_first() {
        let cache = Cache::default();
        let made = std::sync::atomic::AtomicUsize::new(0);
        let ask = async |key: usize, size: usize| {
            let make = || async {
                made.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                Ok::<_, ()>(Page::new("text/html", "x".repeat(size)))
            };
            cache.page(State::default(), key.to_string(), make).await.unwrap();
            made.load(std::sync::atomic::Ordering::SeqCst)
        };
        for key in 0..=MOST {
            ask(key, 1).await;
        }
        assert_eq!(ask(MOST, 1).await, MOST + 1, "the newest is there");
        assert_eq!(ask(1, 1).await, MOST + 1, "all but the oldest are there");
        assert_eq!(ask(0, 1).await, MOST + 2, "the oldest is gone");
        ask(1_000, BUDGET).await;
        let kept = cache.kept();
        assert!(kept.bytes <= BUDGET && kept.pages.len() <= 1 && kept.order.len() == kept.pages.len());
    }
}
