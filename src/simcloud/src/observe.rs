//! Log of the requests, in order, and of their concurrency.

use crate::service::Service;
use hyper::HeaderMap;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Headers of which only the presence is remembered.
const SECRET: [&str; 4] = ["x-auth-token", "x-subject-token", "authorization", "cookie"];

/// A request and what became of it.
#[derive(Clone, Debug)]
pub struct RequestRecord {
    /// Its number, counted from 1 in the order of arrival.
    pub sequence: u64,
    /// The time of its arrival, since the cloud started.
    pub at: Duration,
    /// The duration until the last byte of the answer; absent while it is going on.
    pub took: Option<Duration>,
    /// The service that was asked, if the path led to one.
    pub service: Option<Service>,
    /// The method.
    pub method: String,
    /// Path and query as they came.
    pub target: String,
    /// Headers, with lower-case names. Of tokens and signatures only that they were there.
    pub headers: BTreeMap<String, String>,
    /// The status of the answer; absent if there was none.
    pub status: Option<u16>,
    /// Names of the failures that befell it.
    pub failures: Vec<&'static str>,
    /// Length of its body.
    pub request_bytes: u64,
    /// Bytes of the answer's body that were handed to the network.
    pub response_bytes: u64,
}

impl RequestRecord {
    /// Returns the value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(&name.to_lowercase()).map(String::as_str)
    }

    /// Returns the `User-Agent` of the client.
    #[must_use]
    pub fn user_agent(&self) -> Option<&str> {
        self.header("user-agent")
    }

    /// Returns true if it carried a token.
    #[must_use]
    pub fn has_token(&self) -> bool {
        ["x-auth-token", "authorization"].into_iter().any(|name| self.headers.contains_key(name))
    }

    /// Returns the microversion it asked for, as it stood in the header.
    #[must_use]
    pub fn microversion(&self) -> Option<&str> {
        self.header("openstack-api-version").or(self.header("x-openstack-nova-api-version"))
    }

    /// Returns the path without the query.
    #[must_use]
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }
}

/// Returns the headers as they may be kept.
pub(crate) fn kept(headers: &HeaderMap) -> BTreeMap<String, String> {
    let mut kept: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in headers {
        let secret = SECRET.contains(&name.as_str());
        let text = if secret { "<present>".into() } else { String::from_utf8_lossy(value.as_bytes()).into_owned() };
        kept.entry(name.as_str().to_owned()).and_modify(|have| *have = format!("{have}, {text}")).or_insert(text);
    }
    kept
}

/// Everything observed so far.
#[derive(Debug)]
pub(crate) struct Log {
    started: Instant,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    records: BTreeMap<u64, RequestRecord>,
    last: u64,
    connections: u64,
    /// Requests now and at most, over all and per service.
    flying: BTreeMap<Option<Service>, (usize, usize)>,
}

impl Log {
    pub(crate) fn new() -> Self {
        Self { started: Instant::now(), inner: Mutex::default() }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn connected(&self) {
        self.inner().connections += 1;
    }

    pub(crate) fn connections(&self) -> u64 {
        self.inner().connections
    }

    /// Notes a request; number and time are filled in here. The entry lives as long as the request.
    pub(crate) fn arrive(self: &Arc<Self>, record: RequestRecord) -> Entry {
        let mut inner = self.inner();
        inner.last += 1;
        let (sequence, service) = (inner.last, record.service);
        inner.records.insert(sequence, RequestRecord { sequence, at: self.started.elapsed(), ..record });
        for key in groups(service) {
            let (now, peak) = inner.flying.entry(key).or_default();
            *now += 1;
            *peak = (*peak).max(*now);
        }
        Entry { log: Arc::clone(self), sequence, service, arrived: Instant::now() }
    }

    pub(crate) fn records(&self) -> Vec<RequestRecord> {
        self.inner().records.values().cloned().collect()
    }

    /// Forgets the requests so far, and the peaks.
    pub(crate) fn clear(&self) {
        let mut inner = self.inner();
        inner.records.clear();
        for (now, peak) in inner.flying.values_mut() {
            *peak = *now;
        }
    }

    pub(crate) fn peak(&self, service: Option<Service>) -> usize {
        self.inner().flying.get(&service).map_or(0, |(_, peak)| *peak)
    }
}

/// Returns the groups that a request counts for: all, and its service.
fn groups(service: Option<Service>) -> impl Iterator<Item = Option<Service>> {
    [Some(None), service.map(Some)].into_iter().flatten()
}

/// A request that is going on.
#[derive(Debug)]
pub(crate) struct Entry {
    log: Arc<Log>,
    sequence: u64,
    service: Option<Service>,
    arrived: Instant,
}

impl Entry {
    fn note(&self, change: impl FnOnce(&mut RequestRecord)) {
        if let Some(record) = self.log.inner().records.get_mut(&self.sequence) {
            change(record);
        }
    }

    pub(crate) fn befallen(&self, failures: Vec<&'static str>) {
        self.note(|record| record.failures = failures);
    }

    pub(crate) fn answered(&self, status: u16) {
        self.note(|record| record.status = Some(status));
    }

    pub(crate) fn sent(&self, bytes: u64) {
        self.note(|record| record.response_bytes += bytes);
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let took = self.arrived.elapsed();
        self.note(|record| record.took = Some(took));
        let mut inner = self.log.inner();
        for key in groups(self.service) {
            if let Some((now, _)) = inner.flying.get_mut(&key) {
                *now = now.saturating_sub(1);
            }
        }
    }
}
