//! A complete answer, and what it means: the same for every kind of API but for a few words.

use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION};
use serde::de::DeserializeOwned;
use url::Url;

use super::error::{Error, ErrorKind, one_line};
use super::evidence::shown;
use super::fault;
use crate::secrets::Secrets;

/// How one kind of API speaks, and what users of it can do about its refusals.
pub(crate) struct Dialect {
    /// The headers in which it tells its own id of a request, the best first.
    pub request_ids: &'static [&'static str],
    pub unauthorized: &'static str,
    pub forbidden: &'static str,
    pub rate_limited: &'static str,
    pub failed: &'static str,
    pub redirected: &'static str,
    /// What is said first where something else answers; may be empty.
    pub stranger: &'static str,
    /// What to do then.
    pub correct: &'static str,
    /// True where its own 404 is never a web page, so that a page is somebody else's.
    pub has_no_pages: bool,
}

/// A complete answer of any status.
pub(crate) struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// Method and URL of the request, as they may be shown.
    pub request: String,
    /// What no message about the answer may repeat.
    pub secrets: Secrets,
    pub dialect: &'static Dialect,
}

impl Reply {
    /// The service's id of the request.
    pub fn request_id(&self) -> Option<String> {
        let value = self.dialect.request_ids.iter().find_map(|name| self.headers.get(*name))?;
        Some(one_line(&self.secrets.hide(value.to_str().ok()?)))
    }

    /// An error about this answer. A service may repeat what it was sent, so here secrets are hidden, before anything is cut off.
    pub fn error(&self, kind: ErrorKind, what: impl AsRef<str>) -> Error {
        Error::new(kind, self.secrets.hide(what.as_ref())).during(&self.request).request_id(self.request_id())
    }

    /// What the answer says, for people.
    pub fn text(&self) -> String {
        fault::text(&self.body, &self.secrets)
    }

    fn content_type(&self) -> &str {
        self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    fn is_html(&self) -> bool {
        fault::is_html(self.content_type(), &self.body)
    }

    /// This answer if its status is a success.
    pub fn success(self) -> Result<Self, Error> {
        if (200..300).contains(&self.status) { Ok(self) } else { Err(self.refusal()) }
    }

    /// What a status that is no success means.
    pub fn refusal(&self) -> Error {
        let (text, dialect) = (self.text(), self.dialect);
        let told = if text.is_empty() { String::new() } else { format!(": {text}") };
        let what = format!("HTTP {}{told}", self.status);
        match self.status {
            300..=399 => self.redirected(),
            401 => self.error(ErrorKind::Unauthorized, what).help(dialect.unauthorized),
            403 => self.error(ErrorKind::Forbidden, what).help(dialect.forbidden),
            404 if dialect.has_no_pages && self.is_html() => self.stranger(&what),
            404 => self.error(ErrorKind::NotFound, what),
            429 => self.error(ErrorKind::RateLimited, what).help(dialect.rate_limited),
            status @ 500..=599 => self.error(ErrorKind::ServerError(status), what).help(dialect.failed),
            status => self.error(ErrorKind::UnexpectedStatus(status), what),
        }
    }

    fn redirected(&self) -> Error {
        let target = self.headers.get(LOCATION).and_then(|value| value.to_str().ok());
        let shown = target.and_then(|target| Url::parse(target).ok()).map(|url| shown(&url));
        let where_to = shown.map_or("elsewhere".to_owned(), |target| format!("to {target}"));
        let what = format!("HTTP {}: points {where_to}", self.status);
        self.error(ErrorKind::Redirected, what).help(self.dialect.redirected)
    }

    /// Something else answers.
    pub fn stranger(&self, what: &str) -> Error {
        let what = format!("{}{what}", self.dialect.stranger);
        self.error(ErrorKind::NotAnApi, what).help(self.dialect.correct)
    }

    /// The body as it is, unless it is a web page: no service gives back one that it was not given.
    pub fn bytes(self) -> Result<Vec<u8>, Error> {
        match fault::is_page(self.content_type(), &self.body) {
            true => Err(self.page_instead_of("data")),
            false => Ok(self.body),
        }
    }

    fn page_instead_of(&self, wanted: &str) -> Error {
        self.stranger(&format!("a web page instead of {wanted}: {}", self.text()))
    }

    /// The body as JSON of this shape.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        if self.is_html() {
            return Err(self.page_instead_of("JSON"));
        }
        let mut json = serde_json::Deserializer::from_slice(&self.body);
        let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
            let path = error.path().to_string();
            self.invalid(if path.starts_with(['.', '?']) { "" } else { &path }, &error.into_inner().to_string())
        })?;
        json.end().map_err(|error| self.invalid("", &error.to_string()))?;
        Ok(value)
    }

    /// The answer is not what the API promises at this place of its JSON.
    pub fn invalid(&self, path: &str, why: &str) -> Error {
        let place = if path.is_empty() { String::new() } else { format!(" at {path}") };
        let kind = ErrorKind::InvalidAnswer { path: path.to_owned() };
        self.error(kind, format!("not the JSON the API promises{place}: {why}"))
    }
}
