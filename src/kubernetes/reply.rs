//! A complete answer of an API server, and what it means.

use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION};
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use url::Url;

use super::{Error, ErrorKind};
use crate::wire::blotter::Blotter;
use crate::wire::error::one_line;
use crate::wire::evidence::shown;
use crate::wire::fault;

/// A complete answer of any status.
pub(super) struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// Method and URL of the request, as they may be shown.
    pub request: String,
    /// What the request carried and no message about the answer may repeat.
    pub secret: Option<SecretString>,
}

impl Reply {
    /// The server's id of the request, as in its audit log.
    pub fn request_id(&self) -> Option<String> {
        let value = self.headers.get("audit-id")?.to_str().ok()?;
        Some(one_line(&self.blotter().clean(value)))
    }

    /// An error about this answer. A service may repeat what it was sent, so here the secret is blotted out.
    pub fn error(&self, kind: ErrorKind, what: impl AsRef<str>) -> Error {
        Error::new(kind, self.blotter().clean(what.as_ref())).during(&self.request).request_id(self.request_id())
    }

    fn blotter(&self) -> Blotter {
        Blotter::of(self.secret.as_ref())
    }

    /// What the answer says, for people.
    fn text(&self) -> String {
        fault::text(&self.body, &self.blotter())
    }

    fn is_html(&self) -> bool {
        let content_type = self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        fault::is_html(content_type.unwrap_or_default(), &self.body)
    }

    /// This answer if its status is a success.
    pub fn success(self) -> Result<Self, Error> {
        if (200..300).contains(&self.status) { Ok(self) } else { Err(self.refusal()) }
    }

    /// What a status that is no success means.
    pub fn refusal(&self) -> Error {
        let text = self.text();
        let told = if text.is_empty() { String::new() } else { format!(": {text}") };
        let what = format!("HTTP {}{told}", self.status);
        match self.status {
            300..=399 => self.redirected(),
            401 => self
                .error(ErrorKind::Unauthorized, what)
                .help("the token or client certificate is wrong, has expired, or is for another cluster: get a new kubeconfig"),
            403 => self.error(ErrorKind::Forbidden, what).help(GRANT),
            404 if self.is_html() => self.no_api(&what),
            404 => self.error(ErrorKind::NotFound, what),
            429 => self.error(ErrorKind::RateLimited, what).help("the API server limits requests; try again later"),
            status @ 500..=599 => self
                .error(ErrorKind::ServerError(status), what)
                .help("look into the logs of the API server"),
            status => self.error(ErrorKind::UnexpectedStatus(status), what),
        }
    }

    fn redirected(&self) -> Error {
        let target = self.headers.get(LOCATION).and_then(|value| value.to_str().ok());
        let shown = target.and_then(|target| Url::parse(target).ok()).map(|url| shown(&url));
        let where_to = shown.map_or("elsewhere".to_owned(), |target| format!("to {target}"));
        self.error(ErrorKind::Redirected, format!("HTTP {}: points {where_to}", self.status)).help(
            "redirects are not followed, they would carry the credentials along: correct `server` in the kubeconfig",
        )
    }

    /// Something else answers.
    pub fn no_api(&self, what: &str) -> Error {
        self.error(ErrorKind::NotAnApi, format!("this is no Kubernetes API server: {what}"))
            .help("correct `server` in the kubeconfig, or the proxy settings")
    }

    /// The body as JSON of this shape.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        if self.is_html() {
            return Err(self.no_api(&format!("a web page instead of JSON: {}", self.text())));
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
    fn invalid(&self, path: &str, why: &str) -> Error {
        let place = if path.is_empty() { String::new() } else { format!(" at {path}") };
        let kind = ErrorKind::InvalidAnswer { path: path.to_owned() };
        self.error(kind, format!("not the JSON the API promises{place}: {why}"))
    }
}

/// What to do where a permission is missing.
pub(super) const GRANT: &str = "`scs-conformance doctor kaas` prints the role that suffices";
