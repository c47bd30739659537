//! The one place that sends requests to an API server: concurrency, time, retries, sizes, evidence.

use std::time::{Duration, Instant};

use chrono::Utc;
use http::header::{ACCEPT, CONTENT_TYPE, USER_AGENT};
use http::{Method, Request};
use http_body_util::BodyExt;
use kube::Client;
use kube::client::Body;
use serde_json::Value;
use tokio::sync::Semaphore;
use url::Url;
use url::form_urlencoded::{Serializer, byte_serialize};

use super::meaning::meaning;
use super::reply::{DIALECT, Reply};
use super::{Error, ErrorKind, Limits, RequestContext};
use crate::secrets::Secrets;
use crate::wire::address::shown;
use crate::wire::budget::{Body as Received, Intake, MemoryBudget};
use crate::wire::error::Unreachable;
use crate::wire::evidence::Recorder;
use crate::wire::limits::retry_after;
use crate::wire::peer::Peer;

/// One request.
pub(super) struct Call {
    pub method: Method,
    /// Without the server's own path.
    pub path: Path,
    /// JSON.
    pub body: Option<String>,
    /// What is to be answered, if not plain JSON.
    pub accept: &'static str,
    /// True for what goes through the API server to a node, which may be gone.
    pub to_node: bool,
    /// True for what must not be asked for again while it is unclear what became of it.
    pub once: bool,
}

impl Call {
    pub fn get(path: Path) -> Self {
        Self { method: Method::GET, path, body: None, accept: JSON, to_node: false, once: false }
    }

    /// With a body, and another method.
    pub fn with(method: Method, path: Path, body: &Value) -> Self {
        Self { method, body: Some(body.to_string()), ..Self::get(path) }
    }
}

const JSON: &str = "application/json";
/// How long a node may take to tell its settings: it either does at once, or it does not.
const NODE_TIMEOUT: Duration = Duration::from_secs(10);

/// A path below an API server, with its query, encoded.
#[derive(Clone)]
pub(super) struct Path(String);

impl Path {
    /// These segments, unencoded.
    pub fn of(segments: &[&str]) -> Self {
        let encoded = segments.iter().map(|segment| {
            let text: String = byte_serialize(segment.as_bytes()).collect();
            format!("/{}", text.replace('+', "%20"))
        });
        Self(encoded.collect())
    }

    /// What stands below it by this name.
    pub fn below(self, name: &str) -> Self {
        Self(self.0 + &Self::of(&[name]).0)
    }

    /// With one more pair in its query, unencoded.
    pub fn with(self, key: &str, value: &str) -> Self {
        let sign = if self.0.contains('?') { '&' } else { '?' };
        let pair = Serializer::new(String::new()).append_pair(key, value).finish();
        Self(format!("{}{sign}{pair}", self.0))
    }
}

/// A client of one API server, as one user or as nobody.
pub(super) struct Http {
    client: Client,
    server: Url,
    peer: Peer,
    pub limits: Limits,
    pub budget: MemoryBudget,
    run: Semaphore,
    /// Hidden should an answer repeat one.
    secrets: Secrets,
}

impl Http {
    pub fn new(client: Client, server: Url, peer: Peer, limits: Limits, secrets: Secrets) -> Self {
        let run = Semaphore::new(limits.concurrent.max(1));
        Self { client, server, peer, limits, budget: MemoryBudget::default(), run, secrets }
    }

    /// Sends a request until it is answered, the repetitions are used up, or the errand's deadline is over.
    /// An answer of any status is `Ok`; [`Reply::whole`] judges it.
    pub async fn send(&self, call: &Call, errand: &RequestContext) -> Result<Reply, Error> {
        let url = self.url(call);
        let recorder = errand.trace.begin(call.method.as_str(), &url);
        let request = format!("{} {}", call.method, shown(&url));
        errand.limit(&request, self.attempts(call, &request, errand, &recorder)).await
    }

    /// Where it goes, for people.
    fn url(&self, call: &Call) -> Url {
        let base = self.server.path().trim_end_matches('/');
        let text = format!("{}{base}{}", &self.server[..url::Position::BeforePath], call.path.0);
        Url::parse(&text).unwrap_or_else(|_| self.server.clone())
    }

    async fn attempts(
        &self,
        call: &Call,
        request: &str,
        errand: &RequestContext,
        recorder: &Recorder,
    ) -> Result<Reply, Error> {
        let mut attempt = 0;
        loop {
            let began = Instant::now();
            let outcome = self.attempt(call, request).await;
            recorder.note(&outcome);
            attempt += 1;
            log(request, attempt, began.elapsed(), &outcome);
            match self.pause(call, &outcome, attempt) {
                Some(pause) if pause < errand.time_left() => {
                    tracing::debug!(request, attempt, ?pause, "trying again after a pause");
                    tokio::time::sleep(pause).await;
                }
                _ => return outcome,
            }
        }
    }

    async fn attempt(&self, call: &Call, request: &str) -> Result<Reply, Error> {
        let _place = self.run.acquire().await.map_err(|_| Error::interrupted())?;
        let usual = self.limits.attempt_timeout;
        let timeout = if call.to_node { usual.min(NODE_TIMEOUT) } else { usual };
        let result = match tokio::time::timeout(timeout, self.exchange(call, request)).await {
            Ok(result) => result,
            Err(_) => {
                let what = format!("no complete answer within {} s", timeout.as_secs_f64());
                let kind = ErrorKind::Unreachable(Unreachable::Timeout);
                Err(Error::new(kind, what).help("it is too slow, or hangs; check the network and the cluster"))
            }
        };
        result.map_err(|error| error.during(request))
    }

    async fn exchange(&self, call: &Call, request: &str) -> Result<Reply, Error> {
        let body = call.body.clone().map_or_else(Body::empty, |text| Body::from(text.into_bytes()));
        let asked = Request::builder()
            .method(call.method.clone())
            .uri(&call.path.0)
            .header(ACCEPT, call.accept)
            .header(CONTENT_TYPE, JSON)
            .header(USER_AGENT, concat!("scs-conformance/", env!("CARGO_PKG_VERSION")))
            .body(body)
            .map_err(|_| Error::new(ErrorKind::Unusable, "a request that cannot be sent"))?;
        let response = self.client.send(asked).await.map_err(|error| meaning(&error, &self.peer))?;
        let (parts, body) = response.into_parts();
        let status = parts.status.as_u16();
        let body = self.body(status, body).await?;
        Ok(Reply {
            status,
            headers: parts.headers,
            body,
            request: request.to_owned(),
            secrets: self.secrets.clone(),
            dialect: &DIALECT,
        })
    }

    /// The body of an answer with this status.
    async fn body(&self, status: u16, mut body: Body) -> Result<Received, Error> {
        let mut intake = Intake::new(&self.budget, status, self.limits.body);
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| meaning(&error, &self.peer))?;
            let Ok(chunk) = frame.into_data() else { continue };
            if !intake.take(&chunk).await? {
                break;
            }
        }
        Ok(intake.body)
    }

    /// How long to wait before trying again; `None` if trying again is pointless or no longer allowed.
    fn pause(&self, call: &Call, outcome: &Result<Reply, Error>, attempt: u32) -> Option<Duration> {
        let asked = match outcome {
            Ok(reply) if call.once && !reply.is_rate_limit() => return None,
            Err(error) if call.once && error.may_have_happened() => return None,
            // That a node is gone is no trouble of the API server's.
            Ok(reply) if call.to_node && !reply.is_rate_limit() => return None,
            Err(_) if call.to_node && attempt > 1 => return None,
            Ok(reply) if reply.may_pass() => retry_after(&reply.headers, Utc::now()),
            // What hangs gets one more chance; each costs the whole time limit of an attempt.
            Err(Error { kind: ErrorKind::Unreachable(Unreachable::Timeout), .. }) if attempt > 1 || call.to_node => {
                return None;
            }
            Err(Error { kind: ErrorKind::Unreachable(_), .. }) => None,
            _ => return None,
        };
        self.limits.pause(asked, attempt)
    }
}

fn log(request: &str, attempt: u32, time: Duration, outcome: &Result<Reply, Error>) {
    let milliseconds = time.as_millis();
    match outcome {
        Ok(reply) => {
            let (status, bytes, request_id) = (reply.status, reply.body.len(), reply.request_id());
            tracing::debug!(request, attempt, status, bytes, milliseconds, request_id, "answered");
        }
        Err(error) => tracing::debug!(request, attempt, milliseconds, error = %error.what, "failed"),
    }
}
