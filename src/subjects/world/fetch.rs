//! Fetches public documents, within bounds of time and size.

use super::cache::Fetched;
use super::documents::short;
use crate::wire::address::shown;
use crate::wire::evidence::{AttemptTrace, RequestTrace};
use chrono::{DateTime, Utc};
use reqwest::header::{
    ACCEPT, AUTHORIZATION, ETAG, HeaderMap, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED,
};
use reqwest::{Client, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use std::error::Error as _;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use thiserror::Error;
use tokio::time::Instant as Deadline;
use url::Url;

/// Bounds of fetching.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The longest that one request may take.
    pub request: Duration,
    /// The longest that everything may take.
    pub all: Duration,
    /// The most requests for records at a time: the service asks for restraint.
    pub records_at_a_time: usize,
    /// The pause before the only repetition.
    pub pause: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            request: Duration::from_secs(10),
            all: Duration::from_secs(45),
            records_at_a_time: 5,
            pause: Duration::from_millis(500),
        }
    }
}

/// A token for one origin, which raises the number of requests that it allows. It goes nowhere else.
#[derive(Clone, Debug)]
pub struct Token {
    /// Scheme, host and port, for example `https://api.github.com`.
    pub origin: String,
    /// The token.
    pub secret: SecretString,
}

/// The response of a server.
#[derive(Debug, PartialEq)]
pub(super) enum Response {
    /// The document.
    Document(String, Fetched),
    /// The document that is known is still the present one.
    Unchanged,
}

/// A reason why a document cannot be fetched.
// Errors of the client are kept as texts only: as sources they would have the address in them, which has its own rules.
#[derive(Clone, Debug, Error)]
pub(super) enum FetchError {
    /// There is no client, for example because the machine has no usable certificates.
    #[error("nothing can be fetched: {0}")]
    NoClient(String),
    /// The request failed.
    #[error("{0}")]
    Failed(String),
    /// All documents together took too long.
    #[error("the time for all documents is over")]
    TooLate,
    /// The server says that a document has not changed of which nothing is known.
    #[error("HTTP 304 without being asked")]
    Unasked,
}

pub(super) struct Fetcher {
    client: Client,
    limits: Limits,
    token: Option<Token>,
    deadline: Deadline,
    requests: Mutex<Vec<RequestTrace>>,
}

impl Fetcher {
    /// Makes a client that uses the proxy of the environment, unless it shall connect `direct`ly.
    ///
    /// # Errors
    /// The machine has no usable certificates.
    pub fn new(limits: Limits, token: Option<Token>, direct: bool) -> Result<Self, FetchError> {
        let builder = Client::builder()
            .user_agent(concat!("scs-conformance/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::limited(5))
            .referer(false)
            .timeout(limits.request);
        let client = if direct { builder.no_proxy() } else { builder }
            .build()
            .map_err(|error| FetchError::NoClient(chain(&error)))?;
        Ok(Self { client, limits, token, deadline: Deadline::now() + limits.all, requests: Mutex::default() })
    }

    /// Returns the requests that were made.
    pub fn requests(self) -> Vec<RequestTrace> {
        self.requests.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gets a document, unless it is still the one that is known. What fails for a moment is tried once more.
    ///
    /// # Errors
    /// It cannot be fetched; the message does not have the address.
    pub async fn get(
        &self,
        url: &Url,
        known: Option<&Fetched>,
        largest: usize,
        now: DateTime<Utc>,
    ) -> Result<Response, FetchError> {
        let began = Instant::now();
        let mut attempts = Vec::new();
        let both = async {
            loop {
                let result = self.attempt(url, known, largest, now).await;
                attempts.push(trace(&result));
                match &result {
                    Err(failure) if failure.for_a_moment && attempts.len() == 1 => {
                        tokio::time::sleep(self.limits.pause).await;
                    }
                    _ => return result.map_err(|failure| FetchError::Failed(failure.message)),
                }
            }
        };
        let result = tokio::time::timeout_at(self.deadline, both).await;
        let result = result.unwrap_or(Err(FetchError::TooLate));
        let bytes = if let Ok(Response::Document(text, _)) = &result { text.len() } else { 0 };
        self.record(url, attempts, began.elapsed(), bytes);
        result
    }

    async fn attempt(
        &self,
        url: &Url,
        known: Option<&Fetched>,
        largest: usize,
        now: DateTime<Utc>,
    ) -> Result<Response, Failure> {
        let request = self.client.get(url.clone()).headers(self.headers(url, known));
        let response = request.send().await.map_err(|error| Failure::from_error(&error))?;
        let status = response.status();
        if status == StatusCode::NOT_MODIFIED && known.is_some() {
            return Ok(Response::Unchanged);
        }
        if status != StatusCode::OK {
            return Err(Failure::from_status(status));
        }
        let text_of = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (etag, last_modified) = (text_of(ETAG), text_of(LAST_MODIFIED));
        let text = body(response, largest).await?;
        Ok(Response::Document(text, Fetched { address: url.to_string(), at: now, etag, last_modified }))
    }

    fn headers(&self, url: &Url, known: Option<&Fetched>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/vnd.github+json, application/json, */*"));
        let mut add = |name, value: Option<&String>| {
            if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
                headers.insert(name, value);
            }
        };
        add(IF_NONE_MATCH, known.and_then(|known| known.etag.as_ref()));
        add(IF_MODIFIED_SINCE, known.and_then(|known| known.last_modified.as_ref()));
        let ours = self.token.as_ref().filter(|token| url.origin().ascii_serialization() == token.origin);
        let bearer = ours.map(|token| format!("Bearer {}", token.secret.expose_secret()));
        if let Some(mut value) = bearer.and_then(|bearer| HeaderValue::from_str(&bearer).ok()) {
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        headers
    }

    fn record(&self, url: &Url, attempts: Vec<AttemptTrace>, time: Duration, bytes: usize) {
        let request = RequestTrace {
            method: "GET".into(),
            url: shown(url),
            attempts,
            milliseconds: u64::try_from(time.as_millis()).unwrap_or(u64::MAX),
            bytes: bytes as u64,
        };
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).push(request);
    }
}

/// Reads no more than any plausible document has.
async fn body(mut response: reqwest::Response, largest: usize) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| Failure::from_error(&error))? {
        if bytes.len() + chunk.len() > largest {
            return Err(Failure { message: format!("it is larger than {largest} bytes"), ..Failure::NONE });
        }
        bytes.extend_from_slice(&chunk);
    }
    let broken = |_| Failure { message: "it is not UTF-8 text".into(), ..Failure::NONE };
    String::from_utf8(bytes).map_err(broken)
}

#[derive(Debug)]
struct Failure {
    message: String,
    status: Option<u16>,
    for_a_moment: bool,
}

impl Failure {
    const NONE: Self = Self { message: String::new(), status: None, for_a_moment: false };

    fn from_status(status: StatusCode) -> Self {
        let help = match status.as_u16() {
            403 | 429 => "; the server limits requests (for GitHub, GITHUB_TOKEN raises the limit)",
            _ => "",
        };
        let for_a_moment = matches!(status.as_u16(), 500 | 502 | 503 | 504);
        Self { message: format!("HTTP {}{help}", status.as_u16()), status: Some(status.as_u16()), for_a_moment }
    }

    fn from_error(error: &reqwest::Error) -> Self {
        let message = match error.is_timeout() {
            true => "no complete answer in time".to_owned(),
            false => short(&chain(error)),
        };
        // A slow server would only be slow again.
        Self { message, status: None, for_a_moment: !error.is_timeout() }
    }
}

fn trace(result: &Result<Response, Failure>) -> AttemptTrace {
    let status = match result {
        Ok(Response::Document(..)) => Some(200),
        Ok(Response::Unchanged) => Some(304),
        Err(failure) => failure.status,
    };
    AttemptTrace { status, request_id: None, clock_ahead: None }
}

/// Returns an error with its causes, without the address: that is told by our own rules.
fn chain(error: &reqwest::Error) -> String {
    let mut text = String::new();
    let mut next = error.source();
    while let Some(cause) = next {
        text = if text.is_empty() { cause.to_string() } else { format!("{text}: {cause}") };
        next = cause.source();
    }
    if text.is_empty() { "the request failed".into() } else { text }
}
