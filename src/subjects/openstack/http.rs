//! The one place that sends HTTP: concurrency limits, time limits, retries, size limits, evidence.

use std::time::{Duration, Instant};

use chrono::Utc;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Client, Method, Response};
use tokio::sync::Semaphore;
use url::Url;

use super::catalog::Service;
use super::error::{Error, ErrorKind, Unreachable};
use super::evidence::{Recorder, RequestContext};
use super::transport::{self, Proxies};
use crate::openstack::config::Tls;
use crate::secrets::Secrets;
use crate::wire::address::shown;
use crate::wire::budget::{Body as Received, Intake, MemoryBudget};
use crate::wire::limits::{Limits, retry_after};
use crate::wire::peer::Peer;
use crate::wire::reply::Dialect;
pub(super) use crate::wire::reply::Reply;
use crate::wire::unpack::Unpack;

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
pub(super) struct Call {
    pub method: Method,
    pub url: Url,
    pub service: Service,
    pub headers: HeaderMap,
    pub body: Option<Body>,
    /// True for what must not happen twice: it is repeated only where the service certainly did nothing.
    pub once: bool,
}

impl Call {
    /// Method and URL as they may be shown.
    pub fn shown(&self) -> String {
        format!("{} {}", self.method, shown(&self.url))
    }
}

/// How the services of OpenStack speak.
pub(super) static DIALECT: Dialect = Dialect {
    request_ids: &["x-openstack-request-id", "x-compute-request-id", "x-amz-request-id"],
    unauthorized: "the service refuses a valid token: look at its own Keystone settings",
    forbidden: "the user may not do this; check its roles and the service's policy",
    rate_limited: "the service limits requests; try again later",
    failed: "the service failed; look into its logs",
    redirected: "redirects are not followed, they would carry the token along: correct the endpoint",
    stranger: "",
    correct: "the endpoint is wrong, or a proxy answers in its place",
    has_no_pages: false,
};

pub(super) struct Http {
    client: Client,
    proxies: Proxies,
    pub limits: Limits,
    pub budget: MemoryBudget,
    /// Hidden should an answer repeat one.
    pub secrets: Secrets,
    run: Semaphore,
    services: [Semaphore; Service::COUNT],
}

impl Http {
    pub fn new(tls: &Tls, limits: Limits, secrets: Secrets) -> Result<Self, Error> {
        Ok(Self {
            client: transport::client(tls, limits.connect_timeout)?,
            proxies: Proxies::of_environment(),
            limits,
            budget: MemoryBudget::default(),
            secrets,
            run: Semaphore::new(limits.concurrent.max(1)),
            services: std::array::from_fn(|_| Semaphore::new(limits.concurrent_per_service.max(1))),
        })
    }

    /// Sends a request until it is answered, the repetitions are used up, or the errand's deadline is over.
    /// An answer of any status is `Ok`; [`Reply::whole`] judges it.
    pub async fn send(&self, call: &Call, errand: &RequestContext) -> Result<Reply, Error> {
        let recorder = errand.trace.begin(call.method.as_str(), &call.url);
        errand.limit(&call.shown(), self.attempts(call, errand, &recorder)).await
    }

    async fn attempts(&self, call: &Call, errand: &RequestContext, recorder: &Recorder) -> Result<Reply, Error> {
        let mut attempt = 0;
        loop {
            let began = Instant::now();
            let outcome = self.attempt(call).await;
            recorder.note(&outcome);
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

    async fn attempt(&self, call: &Call) -> Result<Reply, Error> {
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

    async fn exchange(&self, call: &Call) -> Result<Reply, Error> {
        let mut request = self.client.request(call.method.clone(), call.url.clone()).headers(call.headers.clone());
        if let Some(body) = &call.body {
            request = request.header(CONTENT_TYPE, body.content_type).body(body.bytes.clone());
        }
        let peer = self.proxies.peer(&call.url);
        let response = request.send().await.map_err(|error| transport::meaning(error, &peer))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = self.body(response, &peer).await?;
        Ok(Reply { status, headers, body, request: call.shown(), secrets: self.secrets.clone(), dialect: &DIALECT })
    }

    /// The body, decompressed.
    async fn body(&self, mut response: Response, peer: &Peer) -> Result<Received, Error> {
        let mut intake = Intake::new(&self.budget, response.status().as_u16(), self.limits.body);
        let mut unpack = Unpack::of(response.headers());
        while let Some(chunk) = response.chunk().await.map_err(|error| transport::meaning(error, peer))? {
            for piece in unpack.pieces(&chunk) {
                if !intake.take(&unpack.piece(piece)?).await? {
                    return Ok(intake.body);
                }
            }
        }
        intake.take(&unpack.end()?).await?;
        Ok(intake.body)
    }

    /// How long to wait before trying again; `None` if trying again is pointless or no longer allowed.
    fn pause(&self, call: &Call, outcome: &Result<Reply, Error>, attempt: u32) -> Option<Duration> {
        let asked = match outcome {
            Ok(reply) if call.once && !reply.is_rate_limit() => return None,
            Err(error) if call.once && error.may_have_happened() => return None,
            Ok(reply) if reply.may_pass() => retry_after(&reply.headers, Utc::now()),
            // A hanging service gets one more chance; each costs the whole time limit of an attempt.
            Err(Error { kind: ErrorKind::Unreachable(Unreachable::Timeout), .. }) if attempt > 1 => return None,
            Err(Error { kind: ErrorKind::Unreachable(_), .. }) => None,
            _ => return None,
        };
        self.limits.pause(asked, attempt)
    }
}

fn log(call: &Call, attempt: u32, time: Duration, outcome: &Result<Reply, Error>) {
    let (method, url, milliseconds) = (call.method.as_str(), shown(&call.url), time.as_millis());
    match outcome {
        Ok(reply) => {
            let (status, bytes, request_id) = (reply.status, reply.body.len(), reply.request_id());
            tracing::debug!(method, url, attempt, status, bytes, milliseconds, request_id, "answered");
        }
        Err(error) => tracing::debug!(method, url, attempt, milliseconds, error = %error.what, "failed"),
    }
}
