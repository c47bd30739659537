//! Sends a request until it is answered: permits, time, repetitions, size and evidence, the same for every client.
//!
//! A client hands in one attempt as an async function, and the few differences between clients as data.

use super::budget::{BodyReader, MemoryBudget};
use super::error::{Error, ErrorKind, Unreachable};
use super::evidence::{Recorder, RequestContext};
use super::limits::{Limits, retry_after};
use super::reply::{Dialect, Reply};
use super::unpack::Unpack;
use crate::secrets::Secrets;
use chrono::Utc;
use http::{Method, Response};
use http_body_util::BodyExt;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use url::Url;

/// The cases in which a request is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Retry {
    /// Whenever it may succeed later: sending it twice does no harm.
    Idempotent,
    /// Only if the service certainly did nothing: it must not happen twice.
    NonIdempotent,
    /// If the API server limits requests, and once if the connection failed: the node behind it may be gone, which does
    /// not pass.
    ToNode,
}

impl Retry {
    fn permits(self, outcome: &Result<Reply, Error>, attempt: u32) -> bool {
        match (self, outcome) {
            (Self::Idempotent, _) => true,
            (_, Ok(reply)) => reply.is_rate_limit(),
            (Self::NonIdempotent, Err(error)) => !error.may_have_happened(),
            (Self::ToNode, Err(error)) => attempt == 1 && error.kind != ErrorKind::Unreachable(Unreachable::Timeout),
        }
    }
}

/// One request on its way out.
pub(crate) struct Outgoing<'a> {
    pub method: &'a Method,
    pub url: &'a Url,
    /// Method and URL as they may be shown.
    pub request: &'a str,
    /// The permits of the service, if it has some of its own.
    pub service: Option<&'a Semaphore>,
    pub retry: Retry,
    /// Longest time for one attempt.
    pub timeout: Duration,
}

/// The sending half of a client, one for each session.
pub(crate) struct Sender {
    pub limits: Limits,
    pub budget: MemoryBudget,
    /// Hidden should an answer repeat one.
    pub secrets: Secrets,
    dialect: &'static Dialect,
    run: Semaphore,
}

impl Sender {
    /// Creates a sender with permits and memory of its own; those of the hosts come with the limits.
    pub fn new(limits: Limits, secrets: Secrets, dialect: &'static Dialect) -> Self {
        let run = Semaphore::new(limits.concurrent.max(1));
        Self { limits, budget: MemoryBudget::default(), secrets, dialect, run }
    }

    /// Sends a request until it is answered, the repetitions are used up, or the deadline of the context is over.
    /// An answer of any status is `Ok`; [`Reply::whole`] judges it.
    pub async fn send<F>(
        &self,
        outgoing: &Outgoing<'_>,
        context: &RequestContext,
        exchange: impl Fn() -> F,
    ) -> Result<Reply, Error>
    where
        F: Future<Output = Result<Reply, Error>>,
    {
        let recorder = context.trace.begin(outgoing.method.as_str(), outgoing.url);
        // Whoever reads a list awaits many of these: the future of each must be small.
        let attempts = Box::pin(self.attempts(outgoing, context, &recorder, exchange));
        context.limit(outgoing.request, attempts).await
    }

    async fn attempts<F>(
        &self,
        outgoing: &Outgoing<'_>,
        context: &RequestContext,
        recorder: &Recorder,
        exchange: impl Fn() -> F,
    ) -> Result<Reply, Error>
    where
        F: Future<Output = Result<Reply, Error>>,
    {
        let request = outgoing.request;
        let mut attempt = 0;
        loop {
            let began = Instant::now();
            let outcome = self.attempt(outgoing, exchange()).await;
            recorder.note(&outcome);
            attempt += 1;
            log(request, attempt, began.elapsed(), &outcome);
            match self.pause(outgoing.retry, &outcome, attempt) {
                Some(pause) if pause < context.time_left() => {
                    tracing::debug!(request, attempt, ?pause, "trying again after a pause");
                    tokio::time::sleep(pause).await;
                }
                _ => return outcome,
            }
        }
    }

    /// Waits for all permits, and then for the answer. The service's permit comes first, so that waiting for a busy
    /// service does not hold up the others, and the host's last, as other sessions wait for it too.
    async fn attempt(
        &self,
        outgoing: &Outgoing<'_>,
        exchange: impl Future<Output = Result<Reply, Error>>,
    ) -> Result<Reply, Error> {
        let closed = |_| Error::interrupted();
        let _service = match outgoing.service {
            Some(service) => Some(service.acquire().await.map_err(closed)?),
            None => None,
        };
        let _run = self.run.acquire().await.map_err(closed)?;
        let _host = self.limits.hosts.acquire(outgoing.url).await?;
        let result = match tokio::time::timeout(outgoing.timeout, exchange).await {
            Ok(result) => result,
            Err(_) => Err(self.too_slow(outgoing.timeout)),
        };
        result.map_err(|error| error.during(outgoing.request))
    }

    fn too_slow(&self, timeout: Duration) -> Error {
        let what = format!("no complete answer within {} s", timeout.as_secs_f64());
        Error::new(ErrorKind::Unreachable(Unreachable::Timeout), what).help(self.dialect.too_slow)
    }

    /// Reads an answer to its end; `meaning` tells what a broken connection means.
    pub async fn receive<B>(
        &self,
        request: &str,
        response: Response<B>,
        meaning: impl Fn(B::Error) -> Error,
    ) -> Result<Reply, Error>
    where
        B: BodyExt<Data: AsRef<[u8]>> + Unpin,
    {
        let (head, body) = response.into_parts();
        let status = head.status.as_u16();
        let mut reader = BodyReader::new(&self.budget, status, self.limits.body);
        take_in(&mut reader, body, Unpack::from_headers(&head.headers), meaning).await?;
        Ok(Reply {
            status,
            headers: head.headers,
            body: reader.body,
            request: request.to_owned(),
            secrets: self.secrets.clone(),
            dialect: self.dialect,
        })
    }

    /// Returns how long to wait before trying again; none if trying again is pointless or no longer allowed.
    fn pause(&self, retry: Retry, outcome: &Result<Reply, Error>, attempt: u32) -> Option<Duration> {
        if !retry.permits(outcome, attempt) {
            return None;
        }
        let asked = match outcome {
            Ok(reply) if reply.may_pass() => retry_after(&reply.headers, Utc::now()),
            // A hanging service gets one more chance; each costs the whole time limit of an attempt.
            Err(Error { kind: ErrorKind::Unreachable(Unreachable::Timeout), .. }) if attempt > 1 => return None,
            Err(Error { kind: ErrorKind::Unreachable(_), .. }) => None,
            _ => return None,
        };
        self.limits.pause(asked, attempt)
    }
}

/// Reads a body, decompressed, until it ends or there is enough of it.
async fn take_in<B>(
    reader: &mut BodyReader<'_>,
    mut body: B,
    mut unpack: Unpack,
    meaning: impl Fn(B::Error) -> Error,
) -> Result<(), Error>
where
    B: BodyExt<Data: AsRef<[u8]>> + Unpin,
{
    while let Some(frame) = body.frame().await {
        let Ok(chunk) = frame.map_err(&meaning)?.into_data() else { continue };
        for piece in unpack.pieces(chunk.as_ref()) {
            if !reader.take(&unpack.piece(piece)?).await? {
                return Ok(());
            }
        }
    }
    reader.take(&unpack.end()?).await?;
    Ok(())
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
