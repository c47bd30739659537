//! Evidence: the record of every request, kept per fact, and the fact's deadline.

use super::address::shown;
use super::error::{Error, ErrorKind};
use super::reply::Reply;
use chrono::Utc;
use serde::Serialize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::time::Instant as Deadline;
use url::Url;

/// One request with all its attempts. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RequestTrace {
    /// GET or POST.
    pub method: String,
    /// The URL without user info and with secret query values masked.
    pub url: String,
    /// Every attempt, the first first; empty while none has ended.
    pub attempts: Vec<AttemptTrace>,
    /// Milliseconds from the first byte sent to the last received, waiting between attempts included.
    pub milliseconds: u64,
    /// Bytes of the last answer's body, decompressed.
    pub bytes: u64,
}

/// The end of one attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AttemptTrace {
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// The service's own id of this request.
    pub request_id: Option<String>,
    /// The seconds by which the local clock was ahead of the `Date` of the answer; none without a `Date`.
    pub clock_ahead: Option<i64>,
}

/// Collects the requests made for one fact. A cheap handle: clones share one record, which stays
/// readable when the future that fills it is dropped.
#[derive(Clone, Debug, Default)]
pub struct Trace(Arc<Mutex<Vec<RequestTrace>>>);

impl Trace {
    /// Returns the requests recorded so far.
    #[must_use]
    pub fn requests(&self) -> Vec<RequestTrace> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Adds what somebody else has sent for the same fact.
    pub(crate) fn extend(&self, requests: Vec<RequestTrace>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(requests);
    }

    pub(crate) fn begin(&self, method: &str, url: &Url) -> Recorder {
        let mut requests = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        requests.push(RequestTrace {
            method: method.to_owned(),
            url: shown(url),
            attempts: Vec::new(),
            milliseconds: 0,
            bytes: 0,
        });
        Recorder { trace: self.clone(), index: requests.len() - 1, started: Instant::now() }
    }
}

/// Fills in one [`RequestTrace`]; the time stops when it is dropped, also by cancellation.
pub(crate) struct Recorder {
    trace: Trace,
    index: usize,
    started: Instant,
}

impl Recorder {
    pub fn attempt(&self, attempt: AttemptTrace, bytes: usize) {
        self.update(|request| {
            request.attempts.push(attempt);
            request.bytes = bytes as u64;
        });
    }

    /// Notes how an attempt ended.
    pub fn note(&self, outcome: &Result<Reply, Error>) {
        let attempt = match outcome {
            Ok(reply) => AttemptTrace {
                status: Some(reply.status),
                request_id: reply.request_id(),
                clock_ahead: reply.clock_ahead(Utc::now()),
            },
            Err(_) => AttemptTrace { status: None, request_id: None, clock_ahead: None },
        };
        self.attempt(attempt, outcome.as_ref().map_or(0, |reply| reply.body.len()));
    }

    fn update(&self, change: impl FnOnce(&mut RequestTrace)) {
        let mut requests = self.trace.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(request) = requests.get_mut(self.index) {
            change(request);
            request.milliseconds = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.update(|_| {});
    }
}

/// One fact to be collected: until when, and where its requests are recorded.
#[derive(Clone, Debug)]
pub struct RequestContext {
    /// Nothing for this fact goes on after this instant.
    pub deadline: Deadline,
    /// The record of its requests.
    pub trace: Trace,
}

impl RequestContext {
    /// Creates a context that may take this long from now.
    #[must_use]
    pub fn within(time: Duration) -> Self {
        Self { deadline: Deadline::now() + time, trace: Trace::default() }
    }

    pub(crate) fn time_left(&self) -> Duration {
        self.deadline.saturating_duration_since(Deadline::now())
    }

    /// Runs a future until the deadline.
    pub async fn limit<T>(&self, what: &str, future: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        match tokio::time::timeout_at(self.deadline, future).await {
            Ok(result) => result,
            Err(_) => Err(Error::new(ErrorKind::Deadline, "the time for this fact is over")
                .during(what)
                .help("find out why the service is slow")),
        }
    }
}
