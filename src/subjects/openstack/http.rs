//! The HTTP client of OpenStack services: one attempt of a request. `wire/send.rs` repeats it within all limits.

use super::catalog::Service;
use super::error::Error;
use super::evidence::RequestContext;
use super::transport::{self, Proxies};
use crate::openstack::config::Tls;
use crate::secrets::Secrets;
use crate::wire::address::shown;
use crate::wire::limits::Limits;
use crate::wire::reply::Dialect;
pub(super) use crate::wire::reply::Reply;
pub(super) use crate::wire::send::Retry;
use crate::wire::send::{Outgoing, Sender};
use http::Response;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Client, Method};
use tokio::sync::Semaphore;
use url::Url;

/// The body of a request.
#[derive(Clone, Debug)]
pub(super) struct RequestBody {
    pub content_type: &'static str,
    pub bytes: Vec<u8>,
}

impl RequestBody {
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
    pub body: Option<RequestBody>,
    pub retry: Retry,
}

impl Call {
    /// Returns method and URL as they may be shown.
    pub fn shown(&self) -> String {
        format!("{} {}", self.method, shown(&self.url))
    }
}

/// The headers and the advice of OpenStack services.
pub(super) static DIALECT: Dialect = Dialect {
    request_ids: &["x-openstack-request-id", "x-compute-request-id", "x-amz-request-id"],
    unauthorized: "the service refuses a valid token: check its own Keystone settings",
    forbidden: "the user may not do this; check its roles and the service's policy",
    rate_limited: "the service limits requests; try again later",
    too_slow: "the service is too slow or hangs; api_timeout allows more time",
    failed: "the service failed; check its logs",
    redirected: "redirects are not followed, as they would forward the token: correct the endpoint",
    stranger: "",
    correct: "the endpoint is wrong, or a proxy answers in its place",
    has_no_pages: false,
};

/// A client for all services of one cloud.
pub(super) struct Http {
    client: Client,
    proxies: Proxies,
    pub sender: Sender,
    services: [Semaphore; Service::COUNT],
}

impl Http {
    pub fn new(tls: &Tls, limits: Limits, secrets: Secrets) -> Result<Self, Error> {
        Ok(Self {
            client: transport::client(tls, limits.connect_timeout)?,
            proxies: Proxies::from_environment(),
            services: std::array::from_fn(|_| Semaphore::new(limits.concurrent_per_service.max(1))),
            sender: Sender::new(limits, secrets, &DIALECT),
        })
    }

    /// Returns true if requests to an address go through a proxy.
    pub fn is_proxied(&self, url: &Url) -> bool {
        self.proxies.route(url).has_proxy()
    }

    /// Sends a request; see [`Sender::send`].
    pub async fn send(&self, call: &Call, context: &RequestContext) -> Result<Reply, Error> {
        let request = call.shown();
        let outgoing = Outgoing {
            method: &call.method,
            url: &call.url,
            request: &request,
            service: self.services.get(call.service as usize),
            retry: call.retry,
            timeout: self.sender.limits.attempt_timeout,
        };
        self.sender.send(&outgoing, context, || self.exchange(call, &request)).await
    }

    async fn exchange(&self, call: &Call, request: &str) -> Result<Reply, Error> {
        let mut builder = self.client.request(call.method.clone(), call.url.clone()).headers(call.headers.clone());
        if let Some(body) = &call.body {
            builder = builder.header(CONTENT_TYPE, body.content_type).body(body.bytes.clone());
        }
        let route = self.proxies.route(&call.url);
        let meaning = |error| transport::meaning(error, &route);
        let response = builder.send().await.map_err(meaning)?;
        self.sender.receive(request, Response::<reqwest::Body>::from(response), meaning).await
    }
}
