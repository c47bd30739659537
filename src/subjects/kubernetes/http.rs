//! The HTTP client of an API server: one attempt of a request. `wire/send.rs` repeats it within all limits.

use super::meaning::meaning;
use super::reply::{DIALECT, Reply};
use super::{Error, ErrorKind, Limits, RequestContext};
use crate::secrets::Secrets;
use crate::wire::address::shown;
use crate::wire::route::Route;
use crate::wire::send::{Outgoing, Retry, Sender};
use http::header::{ACCEPT, CONTENT_TYPE, USER_AGENT};
use http::{Method, Request};
use kube::Client;
use kube::client::Body;
use serde_json::Value;
use std::time::Duration;
use url::Url;
use url::form_urlencoded::{Serializer, byte_serialize};

/// One request.
pub(super) struct Call {
    pub method: Method,
    /// Without the server's own path.
    pub path: ApiPath,
    /// JSON.
    pub body: Option<String>,
    /// The media type of the body.
    pub content: &'static str,
    /// The media type that is asked for.
    pub accept: &'static str,
    pub retry: Retry,
}

impl Call {
    pub fn get(path: ApiPath) -> Self {
        Self { method: Method::GET, path, body: None, content: JSON, accept: JSON, retry: Retry::Idempotent }
    }

    /// Creates a call with a body, and another method.
    pub fn with(method: Method, path: ApiPath, body: &Value) -> Self {
        Self { method, body: Some(body.to_string()), ..Self::get(path) }
    }
}

const JSON: &str = "application/json";
/// Longest time for an answer of a node: it comes at once, or not at all.
const NODE_TIMEOUT: Duration = Duration::from_secs(10);

/// A path below an API server, with its query, encoded.
#[derive(Clone)]
pub(super) struct ApiPath(String);

impl ApiPath {
    /// Joins these segments, unencoded, to a path.
    pub fn from_segments(segments: &[&str]) -> Self {
        let encoded = segments.iter().map(|segment| {
            let text: String = byte_serialize(segment.as_bytes()).collect();
            format!("/{}", text.replace('+', "%20"))
        });
        Self(encoded.collect())
    }

    /// Appends one segment, unencoded.
    pub fn below(self, name: &str) -> Self {
        Self(self.0 + &Self::from_segments(&[name]).0)
    }

    /// Adds one more pair to the query, unencoded.
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
    route: Route,
    pub sender: Sender,
}

impl Http {
    pub fn new(client: Client, server: Url, route: Route, limits: Limits, secrets: Secrets) -> Self {
        Self { client, server, route, sender: Sender::new(limits, secrets, &DIALECT) }
    }

    /// Sends a request; see [`Sender::send`].
    pub async fn send(&self, call: &Call, context: &RequestContext) -> Result<Reply, Error> {
        let url = self.url(call);
        let request = format!("{} {}", call.method, shown(&url));
        let outgoing = Outgoing {
            method: &call.method,
            url: &url,
            request: &request,
            service: None,
            retry: call.retry,
            timeout: self.timeout(call.retry),
        };
        self.sender.send(&outgoing, context, || self.exchange(call, &request)).await
    }

    /// Returns the URL of a request, for evidence and messages.
    fn url(&self, call: &Call) -> Url {
        let base = self.server.path().trim_end_matches('/');
        let text = format!("{}{base}{}", &self.server[..url::Position::BeforePath], call.path.0);
        Url::parse(&text).unwrap_or_else(|_| self.server.clone())
    }

    fn timeout(&self, retry: Retry) -> Duration {
        let usual = self.sender.limits.attempt_timeout;
        if retry == Retry::ToNode { usual.min(NODE_TIMEOUT) } else { usual }
    }

    async fn exchange(&self, call: &Call, request: &str) -> Result<Reply, Error> {
        let body = call.body.clone().map_or_else(Body::empty, |text| Body::from(text.into_bytes()));
        let outgoing = Request::builder()
            .method(call.method.clone())
            .uri(&call.path.0)
            .header(ACCEPT, call.accept)
            .header(CONTENT_TYPE, call.content)
            .header(USER_AGENT, concat!("scs-conformance/", env!("CARGO_PKG_VERSION")))
            .body(body)
            .map_err(|_| Error::new(ErrorKind::Unusable, "the request is not valid HTTP"))?;
        let response = self.client.send(outgoing).await.map_err(|error| meaning(error, &self.route))?;
        self.sender.receive(request, response, |error| meaning(error, &self.route)).await
    }
}
