//! A complete answer, and what it means: the same for every kind of API but for a few words.

use super::address::shown;
use super::budget::ReplyBody;
use super::error::{Error, ErrorKind, Unreachable, one_line};
use super::fault;
use super::limits::clock_ahead;
use crate::secrets::Secrets;
use chrono::{DateTime, Utc};
use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION, RETRY_AFTER};
use scs_checks::json::{self, Bounds, DOCUMENT, Flaw};
use serde::de::DeserializeOwned;
use std::marker::PhantomData;
use url::Url;

/// The headers of one kind of API, and the advice about its refusals.
pub(crate) struct Dialect {
    /// The headers in which it tells its own id of a request, the best first.
    pub request_ids: &'static [&'static str],
    pub unauthorized: &'static str,
    pub forbidden: &'static str,
    pub rate_limited: &'static str,
    /// Advice where no complete answer comes in time.
    pub too_slow: &'static str,
    /// Advice where the service failed, before its id of the request.
    pub failed: &'static str,
    pub redirected: &'static str,
    /// The beginning of the message where something else answers; may be empty.
    pub stranger: &'static str,
    /// Advice for that case.
    pub correct: &'static str,
    /// True where its own 404 is never a web page, so that a page is somebody else's.
    pub has_no_pages: bool,
}

/// The most bytes of a document that is not a page of a list.
const LONGEST: usize = 16 << 20;

/// Advice where a proxy asks for credentials.
const CREDENTIALS_FOR_PROXY: &str = "a proxy asks for a user name and password; put them into the URL of the proxy";

/// A complete answer of any status.
pub(crate) struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: ReplyBody,
    /// Method and URL of the request, as they may be shown.
    pub request: String,
    /// The secrets that no message about the answer may repeat.
    pub secrets: Secrets,
    pub dialect: &'static Dialect,
}

impl Reply {
    /// Returns the service's id of the request.
    pub fn request_id(&self) -> Option<String> {
        let value = self.dialect.request_ids.iter().find_map(|name| self.headers.get(*name))?;
        Some(one_line(&self.secrets.hide(value.to_str().ok()?)))
    }

    /// Returns how far the local clock, which says `now`, is ahead of the `Date` of this answer, in seconds.
    pub fn clock_ahead(&self, now: DateTime<Utc>) -> Option<i64> {
        clock_ahead(&self.headers, now)
    }

    /// Returns an error about this answer. A service may repeat what it was sent, so here secrets are hidden, before
    /// anything is cut off.
    pub fn error(&self, kind: ErrorKind, what: impl AsRef<str>) -> Error {
        Error::new(kind, self.secrets.hide(what.as_ref())).during(&self.request).request_id(self.request_id())
    }

    /// Returns the human text of the answer.
    pub fn text(&self) -> String {
        fault::text(&self.body, &self.secrets)
    }

    fn content_type(&self) -> &str {
        self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    fn is_html(&self) -> bool {
        fault::is_html(self.content_type(), &self.body)
    }

    /// Returns this answer if it is the whole of what was asked for.
    pub fn whole(self) -> Result<Self, Error> {
        if self.status == 200 { Ok(self) } else { Err(self.refusal()) }
    }

    /// Returns this answer if what was to be done is done, or will be.
    pub fn done(self) -> Result<Self, Error> {
        if matches!(self.status, 200 | 201 | 202 | 204) { Ok(self) } else { Err(self.refusal()) }
    }

    /// Returns true if the service did nothing, but may do it later. Older services of OpenStack say so by 413 and a
    /// time, Swift by 498; Cinder says by 413 and no time at all that a quota is used up.
    pub fn is_rate_limit(&self) -> bool {
        let time = self.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        matches!(self.status, 429 | 498) || self.status == 413 && time.is_some_and(|time| time.trim() != "0")
    }

    /// Returns true if the answer may be another one later.
    pub fn may_pass(&self) -> bool {
        let asks_for_time = || (500..600).contains(&self.status) && self.headers.contains_key(RETRY_AFTER);
        self.is_rate_limit() || matches!(self.status, 502..=504) || asks_for_time()
    }

    /// Explains a status that is not a success.
    pub fn refusal(&self) -> Error {
        let (text, dialect) = (self.text(), self.dialect);
        let told = if text.is_empty() { String::new() } else { format!(": {text}") };
        let what = format!("HTTP {}{told}", self.status);
        match self.status {
            200..=299 => {
                let what = format!("HTTP {}, which is not a complete answer to this request{told}", self.status);
                self.error(ErrorKind::UnexpectedStatus(self.status), what)
            }
            300..=399 => self.redirected(),
            401 => self.error(ErrorKind::Unauthorized, what).help(dialect.unauthorized),
            403 => self.error(ErrorKind::Forbidden, what).help(dialect.forbidden),
            404 if dialect.has_no_pages && self.is_html() => self.stranger(&what),
            404 => self.error(ErrorKind::NotFound, what),
            // No service of the subject says so.
            407 => self.error(ErrorKind::Unreachable(Unreachable::Refused), what).help(CREDENTIALS_FOR_PROXY),
            _ if self.is_rate_limit() => self.error(ErrorKind::RateLimited, what).help(dialect.rate_limited),
            status @ 500..=599 => self.error(ErrorKind::ServerError(status), what).help(self.in_its_logs()),
            status => self.error(ErrorKind::UnexpectedStatus(status), what),
        }
    }

    /// Returns the advice about a failure of the service.
    fn in_its_logs(&self) -> String {
        let id = self.request_id().map_or(String::new(), |id| format!("; the id of the request is {id}"));
        format!("{}{id}", self.dialect.failed)
    }

    fn redirected(&self) -> Error {
        let target = self.headers.get(LOCATION).and_then(|value| value.to_str().ok());
        let shown = target.and_then(|target| Url::parse(target).ok()).map(|url| shown(&url));
        let where_to = shown.map_or("elsewhere".to_owned(), |target| format!("to {target}"));
        let what = format!("HTTP {}: points {where_to}", self.status);
        self.error(ErrorKind::Redirected, what).help(self.dialect.redirected)
    }

    /// Returns the error that something else answers.
    pub fn stranger(&self, what: &str) -> Error {
        let what = format!("{}{what}", self.dialect.stranger);
        self.error(ErrorKind::NotAnApi, what).help(self.dialect.correct)
    }

    /// Returns the body as it is, unless it is a web page: no service gives back one that it was not given.
    pub fn bytes(self) -> Result<Vec<u8>, Error> {
        match fault::is_page(self.content_type(), &self.body) {
            true => Err(self.page_instead_of("data")),
            false => Ok(self.body.into_bytes()),
        }
    }

    fn page_instead_of(&self, wanted: &str) -> Error {
        self.stranger(&format!("a web page instead of {wanted}: {}", self.text()))
    }

    /// Parses the body as JSON of this shape. No object in it has a key twice.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        self.json_within(DOCUMENT)
    }

    /// Parses the body as [`Self::json`] does, within bounds of its own.
    pub fn json_within<T: DeserializeOwned>(&self, bounds: Bounds) -> Result<T, Error> {
        self.no_page()?;
        if self.body.len() > LONGEST {
            let what = format!("the answer is larger than {LONGEST} bytes, which no single document is");
            return Err(self.error(ErrorKind::TooLarge, what));
        }
        let read = json::check(&self.body, bounds).and_then(|()| json::read(&self.body, PhantomData::<T>));
        read.map_err(|flaw| self.flaw(&flaw))
    }

    /// Makes sure that the body is not a web page.
    pub fn no_page(&self) -> Result<(), Error> {
        if self.is_html() { Err(self.page_instead_of("JSON")) } else { Ok(()) }
    }

    /// Explains a flaw of the JSON.
    pub fn flaw(&self, flaw: &Flaw) -> Error {
        match flaw {
            Flaw::TooLarge(what) => self.error(ErrorKind::TooLarge, what),
            Flaw::Invalid { path, why } => self.invalid(path, why),
        }
    }

    /// Returns the error that the answer is not what the API promises at this place of its JSON.
    pub fn invalid(&self, path: &str, why: &str) -> Error {
        let place = if path.is_empty() { String::new() } else { format!(" at {path}") };
        let kind = ErrorKind::InvalidAnswer { path: path.to_owned() };
        self.error(kind, format!("not the JSON the API promises{place}: {why}"))
    }
}
