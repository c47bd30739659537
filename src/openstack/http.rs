//! The one place that sends HTTP: concurrency limits, time limits, retries, size limits, evidence.

use std::time::{Duration, Instant};

use chrono::Utc;
use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION};
use reqwest::{Client, Method, Response};
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;
use url::Url;

use super::blotter::Blotter;
use super::catalog::Service;
use super::error::{Error, ErrorKind, Unreachable};
use super::evidence::{AttemptTrace, Errand, Recorder, shown};
use super::fault;
use super::transport;
use crate::config::Tls;
use crate::wire::limits::{Limits, retry_after};

/// What a request carries besides its headers.
#[derive(Clone, Debug)]
pub(super) struct Body {
    pub content_type: &'static str,
    pub bytes: Vec<u8>,
}

impl Body {
    pub fn json(text: String) -> Self {
        Self { content_type: "application/json", bytes: text.into_bytes() }
    }
}

/// One request to send.
pub(super) struct Call<'a> {
    pub method: Method,
    pub url: Url,
    pub service: Service,
    pub headers: HeaderMap,
    pub body: Option<Body>,
    /// True for what must not happen twice: it is repeated only where the service certainly did nothing.
    pub once: bool,
    /// The secret it carries; blotted out should an answer repeat it.
    pub secret: Option<&'a SecretString>,
}

impl Call<'_> {
    /// Method and URL as they may be shown.
    pub fn shown(&self) -> String {
        format!("{} {}", self.method, shown(&self.url))
    }
}

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

pub(super) struct Http {
    client: Client,
    pub limits: Limits,
    run: Semaphore,
    services: [Semaphore; Service::COUNT],
}

impl Http {
    pub fn new(tls: &Tls, limits: Limits) -> Result<Self, Error> {
        Ok(Self {
            client: transport::client(tls, limits.connect_timeout)?,
            limits,
            run: Semaphore::new(limits.concurrent.max(1)),
            services: std::array::from_fn(|_| Semaphore::new(limits.concurrent_per_service.max(1))),
        })
    }

    /// Sends a request until it is answered, the repetitions are used up, or the errand's deadline is over.
    /// An answer of any status is `Ok`; [`Reply::success`] judges it.
    pub async fn send(&self, call: &Call<'_>, errand: &Errand) -> Result<Reply, Error> {
        let recorder = errand.trace.begin(call.method.as_str(), &call.url);
        errand.limit(&call.shown(), self.attempts(call, errand, &recorder)).await
    }

    async fn attempts(&self, call: &Call<'_>, errand: &Errand, recorder: &Recorder) -> Result<Reply, Error> {
        let mut attempt = 0;
        loop {
            let began = Instant::now();
            let outcome = self.attempt(call).await;
            record(recorder, &outcome);
            attempt += 1;
            log(call, attempt, began.elapsed(), &outcome);
            match self.pause(call, &outcome, attempt) {
                Some(pause) if pause < errand.time_left() => {
                    tracing::debug!(request = call.shown(), attempt, ?pause, "trying again after a pause");
                    tokio::time::sleep(pause).await;
                }
                _ => return outcome,
            }
        }
    }

    async fn attempt(&self, call: &Call<'_>) -> Result<Reply, Error> {
        // The service's place first: whoever waits for a busy service must not hold up the others.
        let closed = |_| Error::interrupted();
        let _service = self.services[call.service as usize].acquire().await.map_err(closed)?;
        let _run = self.run.acquire().await.map_err(closed)?;
        let exchange = self.exchange(call);
        let timeout = self.limits.attempt_timeout;
        let result = match tokio::time::timeout(timeout, exchange).await {
            Ok(result) => result,
            Err(_) => Err(Error::new(
                ErrorKind::Unreachable(Unreachable::Timeout),
                format!("no complete answer within {} s", timeout.as_secs_f64()),
            )
            .help("the service is too slow or hangs; api_timeout allows more time")),
        };
        result.map_err(|error| error.during(&call.shown()))
    }

    async fn exchange(&self, call: &Call<'_>) -> Result<Reply, Error> {
        let mut request = self.client.request(call.method.clone(), call.url.clone()).headers(call.headers.clone());
        if let Some(body) = &call.body {
            request = request.header(CONTENT_TYPE, body.content_type).body(body.bytes.clone());
        }
        let host = || call.url[url::Position::BeforeHost..url::Position::AfterPort].to_owned();
        let response = request.send().await.map_err(|error| transport::meaning(error, &host()))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = self.body(response, &host).await?;
        Ok(Reply { status, headers, body, request: call.shown(), secret: call.secret.cloned() })
    }

    /// The body, decompressed; reading stops as soon as it is larger than any plausible answer.
    async fn body(&self, mut response: Response, host: &impl Fn() -> String) -> Result<Vec<u8>, Error> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| transport::meaning(error, &host()))? {
            if body.len() + chunk.len() > self.limits.body {
                let what = format!("the answer is larger than {} bytes", self.limits.body);
                return Err(Error::new(ErrorKind::TooLarge, what));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// How long to wait before trying again; `None` if trying again is pointless or no longer allowed.
    fn pause(&self, call: &Call<'_>, outcome: &Result<Reply, Error>, attempt: u32) -> Option<Duration> {
        let asked = match outcome {
            Ok(reply) if call.once && reply.status != 429 => return None,
            Err(error) if call.once && error.may_have_happened() => return None,
            Ok(reply) if matches!(reply.status, 429 | 502 | 503 | 504) => retry_after(&reply.headers, Utc::now()),
            // A hanging service gets one more chance; each costs the whole time limit of an attempt.
            Err(Error { kind: ErrorKind::Unreachable(Unreachable::Timeout), .. }) if attempt > 1 => return None,
            Err(Error { kind: ErrorKind::Unreachable(_), .. }) => None,
            _ => return None,
        };
        self.limits.pause(asked, attempt)
    }
}

fn record(recorder: &Recorder, outcome: &Result<Reply, Error>) {
    let attempt = match outcome {
        Ok(reply) => AttemptTrace { status: Some(reply.status), error: None, request_id: reply.request_id() },
        Err(error) => AttemptTrace { status: None, error: Some(error.kind.code()), request_id: None },
    };
    recorder.attempt(attempt, outcome.as_ref().map_or(0, |reply| reply.body.len()));
}

fn log(call: &Call<'_>, attempt: u32, time: Duration, outcome: &Result<Reply, Error>) {
    let (method, url, milliseconds) = (call.method.as_str(), shown(&call.url), time.as_millis());
    match outcome {
        Ok(reply) => {
            let (status, bytes, request_id) = (reply.status, reply.body.len(), reply.request_id());
            tracing::debug!(method, url, attempt, status, bytes, milliseconds, request_id, "answered");
        }
        Err(error) => tracing::debug!(method, url, attempt, milliseconds, error = %error.what, "failed"),
    }
}

impl Reply {
    /// The service's id of the request.
    pub fn request_id(&self) -> Option<String> {
        let names = ["x-openstack-request-id", "x-compute-request-id", "x-amz-request-id"];
        let value = names.iter().find_map(|name| self.headers.get(*name))?;
        Some(super::error::one_line(&self.blotter().clean(value.to_str().ok()?)))
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

    fn content_type(&self) -> &str {
        self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default()
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
                .help("the service refuses a valid token: look at its own Keystone settings"),
            403 => self
                .error(ErrorKind::Forbidden, what)
                .help("the user may not do this; check its roles and the service's policy"),
            404 => self.error(ErrorKind::NotFound, what),
            429 => self.error(ErrorKind::RateLimited, what).help("the service limits requests; try again later"),
            status @ 500..=599 => self
                .error(ErrorKind::ServerError(status), what)
                .help("the service failed; the request id finds it in its logs"),
            status => self.error(ErrorKind::UnexpectedStatus(status), what),
        }
    }

    fn redirected(&self) -> Error {
        let target = self.headers.get(LOCATION).and_then(|value| value.to_str().ok());
        let shown = target.and_then(|target| Url::parse(target).ok()).map(|url| shown(&url));
        let what = match shown {
            Some(target) => format!("HTTP {}: points to {target}", self.status),
            None => format!("HTTP {}: points elsewhere", self.status),
        };
        self.error(ErrorKind::Redirected, what)
            .help("redirects are not followed, they would carry the token along: correct the endpoint")
    }

    /// The body as it is, unless it is a web page: no service gives back one that it was not given.
    pub fn bytes(self) -> Result<Vec<u8>, Error> {
        match fault::is_page(self.content_type(), &self.body) {
            true => Err(self.page_instead_of("data")),
            false => Ok(self.body),
        }
    }

    fn page_instead_of(&self, wanted: &str) -> Error {
        let what = format!("a web page instead of {wanted}: {}", self.text());
        self.error(ErrorKind::NotAnApi, what).help("the endpoint is wrong, or a proxy answers in its place")
    }

    /// The body as JSON of this shape.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        if fault::is_html(self.content_type(), &self.body) {
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
