//! Requests and answers as the simulated services see them: whole, in memory, without any network in sight.

use crate::service::Service;
use hyper::{HeaderMap, Method};
use serde_json::Value;
use url::form_urlencoded::{Serializer, parse};

/// The parameters of a query, in the order in which they were given.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn parse(text: &str) -> Self {
        Self(parse(text.as_bytes()).into_owned().collect())
    }

    /// Returns the value of a parameter; of several, the last one, as the services take it.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Returns all values of a parameter.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub(crate) fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.0.retain(|(key, _)| key != name);
        self
    }

    pub(crate) fn only(mut self, names: &[&str]) -> Self {
        self.0.retain(|(key, _)| names.contains(&key.as_str()));
        self
    }

    pub(crate) fn with(self, name: &str, value: &str) -> Self {
        let mut query = self.without(name);
        query.0.push((name.to_owned(), value.to_owned()));
        query
    }

    pub(crate) fn sorted(mut self) -> Self {
        self.0.sort();
        self
    }

    /// Returns the path with this query behind it.
    pub(crate) fn behind(&self, path: &str) -> String {
        if self.0.is_empty() {
            return path.to_owned();
        }
        format!("{path}?{}", Serializer::new(String::new()).extend_pairs(&self.0).finish())
    }
}

/// A request.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) method: Method,
    /// Path and query as they came.
    pub(crate) target: String,
    /// Scheme, host and port as the client knows them.
    pub(crate) base: String,
    /// The service that is asked.
    pub(crate) service: Service,
    /// The path prefix under which the service answers.
    pub(crate) prefix: String,
    /// The path below that prefix, without the query.
    pub(crate) path: String,
    pub(crate) query: Query,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Call {
    /// Returns the value of a header, if it is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Cuts the path at its slashes; the root is one empty piece.
    pub(crate) fn segments(&self) -> Vec<&str> {
        self.path.strip_prefix('/').unwrap_or(&self.path).split('/').collect()
    }

    /// Returns the address of the service, as the client knows it.
    pub(crate) fn root(&self) -> String {
        format!("{}{}", self.base, self.prefix)
    }

    /// Parses the body as JSON; null if it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    pub(crate) fn is_get(&self) -> bool {
        self.method == Method::GET
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    pub(crate) fn json(status: u16, value: &Value) -> Self {
        Self::typed(status, "application/json", value.to_string())
    }

    pub(crate) fn typed(status: u16, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into() }.header("content-type", kind)
    }

    /// Returns the plain text that the WebOb library makes of an error.
    pub(crate) fn webob(status: u16, title: &str, detail: &str) -> Self {
        Self::typed(status, "text/plain; charset=UTF-8", format!("{status} {title}\n\n{detail}\n\n   "))
    }

    /// Returns the answer of WebOb where a route leads nowhere.
    pub(crate) fn no_route() -> Self {
        Self::webob(404, "Not Found", "The resource could not be found.")
    }

    /// Returns the page of the load balancer where no service is behind it.
    pub(crate) fn unavailable() -> Self {
        let page = "<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n</body></html>\n";
        Self::typed(503, "text/html", page).header("cache-control", "no-cache")
    }

    pub(crate) fn redirect(to: String) -> Self {
        Self::typed(302, "text/plain; charset=utf8", "").header("location", to)
    }

    /// Adds a header.
    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Adds several headers.
    pub(crate) fn headers(mut self, more: &[(&str, String)]) -> Self {
        self.headers.extend(more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        self
    }

    /// Puts one value in the place of all there are of this header.
    pub(crate) fn replace_header(&mut self, name: &str, value: &str) {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
    }
}
