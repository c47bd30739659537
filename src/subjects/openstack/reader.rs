//! The only face observers see: it reads, and offers nothing that could change a cloud.

use super::catalog::{Service, extended};
use super::error::{Error, ErrorKind};
use super::evidence::RequestContext;
use super::http::{Reply, RequestBody};
use super::paging::Pages;
use super::session::{ServiceRequest, Session};
use crate::wire::address::shown;
use crate::wire::budget::aside;
pub use crate::wire::list::Item;
use reqwest::Method;
use reqwest::header::{ACCEPT, HeaderMap, HeaderName, HeaderValue};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use url::Url;

/// A resource to read, below the versioned endpoint of a service.
#[derive(Clone, Copy, Debug)]
pub struct Resource<'a> {
    /// The service.
    pub service: Service,
    /// Path segments below its version, unencoded.
    pub path: &'a [&'a str],
    /// Query pairs, unencoded.
    pub query: &'a [(&'a str, &'a str)],
    /// The microversion to ask for, if any.
    pub microversion: Option<&'a str>,
}

impl<'a> Resource<'a> {
    /// Creates a resource without query and microversion.
    #[must_use]
    pub fn new(service: Service, path: &'a [&'a str]) -> Self {
        Self { service, path, query: &[], microversion: None }
    }

    /// Returns its URL.
    pub(super) fn url(&self, session: &Session) -> Result<Url, Error> {
        let mut url = extended(session.base_url(self.service)?, self.path);
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(self.query);
        }
        Ok(url)
    }
}

/// A type that can be kept of an item of a list.
pub trait Keepable: Serialize + Send + 'static {}

impl<T: Serialize + Send + 'static> Keepable for T {}

/// A function that converts an item of a list; long pages are read beside the runtime.
pub trait Keep<T>: Fn(Item) -> T + Copy + Send + 'static {}

impl<T, F: Fn(Item) -> T + Copy + Send + 'static> Keep<T> for F {}

/// Reads for one fact, within its deadline and into its record.
#[derive(Clone)]
pub struct Reader {
    pub(super) session: Arc<Session>,
    pub(super) context: RequestContext,
}

impl Reader {
    /// Creates a reader for one context.
    #[must_use]
    pub fn new(session: Arc<Session>, context: RequestContext) -> Self {
        Self { session, context }
    }

    /// Returns the session it reads with.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Returns the context it reads for.
    #[must_use]
    pub fn context(&self) -> &RequestContext {
        &self.context
    }

    /// Reads one document.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub async fn get_json<T: DeserializeOwned>(&self, resource: Resource<'_>) -> Result<T, Error> {
        self.get(resource, self.url(resource)?).await?.json()
    }

    /// Reads all pages of a list, whose items stand under `key`. A page that fails fails the list.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub async fn list(&self, resource: Resource<'_>, key: &str) -> Result<Vec<Item>, Error> {
        Ok(self.pages(resource, key, |item| item).await?.into_items(false))
    }

    /// Reads all pages of a list, and keeps of each item only what is to be kept, for as long as the session lives.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub async fn list_of<T: Keepable>(
        &self,
        resource: Resource<'_>,
        key: &str,
        keep: impl Keep<T>,
    ) -> Result<Vec<T>, Error> {
        Ok(self.pages(resource, key, keep).await?.into_items(true))
    }

    async fn pages<T: Keepable>(
        &self,
        resource: Resource<'_>,
        key: &str,
        keep: impl Keep<T>,
    ) -> Result<Pages<T>, Error> {
        let sender = &self.session.http.sender;
        let mut url = self.url(resource)?;
        let mut pages = Pages::from(url.clone(), key, &sender.budget, sender.limits.items);
        for _ in 0..sender.limits.pages {
            let reply = self.get(resource, url.clone()).await?;
            let taken = aside(reply.body.len(), move || {
                let next = pages.take(&url, &reply, &keep);
                (pages, next)
            });
            let (after, next) = taken.await?;
            pages = after;
            match next? {
                None => return Ok(pages),
                Some(next) => url = next,
            }
        }
        let what = format!("the list has more than {} pages", sender.limits.pages);
        Err(Error::new(ErrorKind::EndlessList, what).during(&format!("GET {}", shown(&pages.first))))
    }

    /// Reads the bytes of something that is no JSON.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub async fn get_bytes(&self, resource: Resource<'_>, accept: &'static str) -> Result<Vec<u8>, Error> {
        let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]);
        let request = ServiceRequest { headers, ..ServiceRequest::get(resource.service, self.url(resource)?) };
        let reply = self.session.send(request, &self.context).await?;
        // An image without data has no content.
        if reply.status == 204 { reply.done()?.bytes() } else { reply.whole()?.bytes() }
    }

    /// Reads the console output of a server. Nova calls it an action, and wants a POST, but it changes nothing.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub async fn console(&self, server: &str) -> Result<String, Error> {
        #[derive(Deserialize)]
        struct Console {
            #[serde(default)]
            output: Option<String>,
        }
        let path = ["servers", server, "action"];
        let url = self.url(Resource::new(Service::Compute, &path))?;
        let body = Some(RequestBody::json(r#"{"os-getConsoleOutput": {"length": null}}"#.to_owned()));
        let request = ServiceRequest { method: Method::POST, body, ..ServiceRequest::get(Service::Compute, url) };
        let console: Console = self.session.send(request, &self.context).await?.whole()?.json()?;
        Ok(console.output.unwrap_or_default())
    }

    async fn get(&self, resource: Resource<'_>, url: Url) -> Result<Reply, Error> {
        let headers = microversion_headers(resource)?;
        let request = ServiceRequest { headers, ..ServiceRequest::get(resource.service, url) };
        self.session.send(request, &self.context).await?.whole()
    }

    fn url(&self, resource: Resource<'_>) -> Result<Url, Error> {
        resource.url(&self.session)
    }
}

/// Returns the microversion in the header all services know, and in Nova's own older one.
pub(super) fn microversion_headers(resource: Resource<'_>) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::new();
    let Some(version) = resource.microversion else {
        return Ok(headers);
    };
    let value = |text: &str| {
        HeaderValue::from_str(text).map_err(|_| Error::new(ErrorKind::Unusable, "a microversion that cannot be sent"))
    };
    headers.insert(
        HeaderName::from_static("openstack-api-version"),
        value(&format!("{} {version}", resource.service.as_str()))?,
    );
    if resource.service == Service::Compute {
        headers.insert(HeaderName::from_static("x-openstack-nova-api-version"), value(version)?);
    }
    Ok(headers)
}
