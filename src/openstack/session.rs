//! One user's session with one cloud: the token, its renewal, and requests that carry it.

use std::sync::Arc;

use reqwest::Method;
use reqwest::header::{ACCEPT, HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::RwLock;
use url::Url;

use super::catalog::{Preference, Service, extended};
use super::error::{Error, ErrorKind};
use super::evidence::Errand;
use super::http::{Body, Call, Http, Reply};
use super::login::{self, Login};
use crate::config::{Auth, Cloud, Interface};
use crate::wire::limits::Limits;

/// A request to a service, before it gets its token.
#[derive(Clone)]
pub(super) struct Request {
    pub method: Method,
    pub service: Service,
    pub url: Url,
    pub headers: HeaderMap,
    pub body: Option<Body>,
    /// As in [`Call`].
    pub once: bool,
}

impl Request {
    /// Asks for something.
    pub fn get(service: Service, url: Url) -> Self {
        Self { method: Method::GET, service, url, headers: HeaderMap::new(), body: None, once: false }
    }
}

/// A successful login. Shared by all readers of a run.
pub struct Session {
    pub(super) http: Http,
    token_url: Url,
    auth: Auth,
    preference: Preference,
    login: Login,
    /// The token, or why there is none any more: everyone who needs it is told the same.
    token: RwLock<Result<Arc<SecretString>, Error>>,
}

impl Session {
    /// Logs in: one request. Nothing follows it if the user's roles are too high or too low.
    ///
    /// # Errors
    /// Every way a login can fail has its own kind; see [`ErrorKind`].
    pub async fn connect(cloud: &Cloud, limits: Limits, errand: &Errand) -> Result<Arc<Self>, Error> {
        let limits = Limits { attempt_timeout: cloud.api_timeout.unwrap_or(limits.attempt_timeout), ..limits };
        let http = Http::new(&cloud.tls, limits)?;
        let token_url = extended(cloud.auth_url.clone(), &["auth", "tokens"]);
        let (token, login) = log_in(&http, &token_url, &cloud.auth, errand).await?;
        login.catalog.check_region(cloud.region.as_deref())?;
        Ok(Arc::new(Self {
            http,
            token_url,
            auth: cloud.auth.clone(),
            preference: Preference {
                region: cloud.region.clone(),
                interface: cloud.interface,
                overrides: cloud.endpoint_overrides.clone(),
            },
            login,
            token: RwLock::new(Ok(Arc::new(token))),
        }))
    }

    /// What the token says: user, project, roles, catalog.
    #[must_use]
    pub fn login(&self) -> &Login {
        &self.login
    }

    /// Returns the interface of the endpoints that it uses.
    #[must_use]
    pub fn interface(&self) -> Interface {
        self.preference.interface
    }

    /// Returns the region that was chosen, if one was.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        self.preference.region.as_deref()
    }

    /// The URL a service's API answers at, with its version.
    ///
    /// # Errors
    /// [`ErrorKind::ServiceAbsent`], or [`ErrorKind::EndpointAbsent`] if there is none in the region and interface.
    pub fn base_url(&self, service: Service) -> Result<Url, Error> {
        self.login.catalog.base_url(service, &self.preference, &self.login.project.id)
    }

    /// The endpoint as the catalog has it.
    pub(super) fn endpoint(&self, service: Service) -> Result<Url, Error> {
        self.login.catalog.endpoint(service, &self.preference)
    }

    /// Sends a request with the token; a token that expired meanwhile is renewed once. Any other status is `Ok`.
    ///
    /// The URL must come from [`Self::base_url`]: the token goes wherever it points.
    pub(super) async fn send(&self, request: Request, errand: &Errand) -> Result<Reply, Error> {
        let token = errand.limit("waiting for a token", self.token()).await?;
        let reply = self.send_with(&token, request.clone(), errand).await?;
        if reply.status != 401 {
            return Ok(reply);
        }
        let token = errand.limit("waiting for a new token", self.renewed(&token, errand)).await?;
        self.send_with(&token, request, errand).await
    }

    async fn send_with(&self, token: &SecretString, request: Request, errand: &Errand) -> Result<Reply, Error> {
        let Request { method, service, url, mut headers, body, once } = request;
        let mut value = HeaderValue::from_str(token.expose_secret())
            .map_err(|_| Error::new(ErrorKind::NotAnApi, "Keystone's token is no valid header value"))?;
        value.set_sensitive(true);
        headers.insert("x-auth-token", value);
        headers.entry(ACCEPT).or_insert(HeaderValue::from_static("application/json"));
        let call = Call { method, url, service, headers, body, once, secret: Some(token) };
        self.http.send(&call, errand).await
    }

    async fn token(&self) -> Result<Arc<SecretString>, Error> {
        self.token.read().await.clone()
    }

    /// A newer token than `old`. Whoever comes first asks for it, the others wait for the same one.
    async fn renewed(&self, old: &Arc<SecretString>, errand: &Errand) -> Result<Arc<SecretString>, Error> {
        let mut current = self.token.write().await;
        match &*current {
            Ok(token) if Arc::ptr_eq(token, old) => {}
            settled => return settled.clone(),
        }
        let result = log_in(&self.http, &self.token_url, &self.auth, errand).await;
        let result = result.map(|(token, _)| Arc::new(token));
        // This fact's time is no reason to deny the others a token.
        if !matches!(&result, Err(Error { kind: ErrorKind::Deadline, .. })) {
            *current = result.clone();
        }
        result
    }
}

async fn log_in(http: &Http, url: &Url, auth: &Auth, errand: &Errand) -> Result<(SecretString, Login), Error> {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    let call = Call {
        method: Method::POST,
        url: url.clone(),
        service: Service::Identity,
        headers,
        body: Some(Body::json(login::request_body(auth))),
        // A second token does no harm.
        once: false,
        secret: Some(login::secret(auth)),
    };
    login::accept(http.send(&call, errand).await?, auth)
}
