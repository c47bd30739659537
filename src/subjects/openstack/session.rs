//! One user's session with one cloud: the token, its renewal, and requests that carry it.

use super::catalog::{Preference, Service, extended};
use super::error::{Error, ErrorKind, one_line};
use super::evidence::RequestContext;
use super::http::{Call, Http, Reply, RequestBody, Retry};
use super::login::{self, Login, Persona};
use crate::ledger::Place;
use crate::openstack::config::{Auth, Cloud, Interface, Trust};
use crate::secrets::Secrets;
use crate::wire::address::shown;
use crate::wire::limits::Limits;
use reqwest::Method;
use reqwest::header::{ACCEPT, HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::RwLock;
use url::Url;

/// A request to a service, before it gets its token.
#[derive(Clone)]
pub(super) struct ServiceRequest {
    pub method: Method,
    pub service: Service,
    pub url: Url,
    pub headers: HeaderMap,
    pub body: Option<RequestBody>,
    pub retry: Retry,
}

impl ServiceRequest {
    /// Asks for something.
    pub fn get(service: Service, url: Url) -> Self {
        Self { method: Method::GET, service, url, headers: HeaderMap::new(), body: None, retry: Retry::Idempotent }
    }
}

/// A successful login. Shared by all readers of a run.
pub struct Session {
    pub(super) http: Http,
    token_url: Url,
    auth: Auth,
    persona: Persona,
    preference: Preference,
    login: Login,
    token: RwLock<Token>,
    trust: Trust,
}

/// The token, and what became of the last attempt to renew it.
struct Token {
    secret: Arc<SecretString>,
    failed: Option<Failure>,
}

/// A renewal that failed.
struct Failure {
    at: Instant,
    error: Error,
    /// True if another attempt cannot do better: everyone who needs a token is told the same.
    is_final: bool,
}

/// The number of times that one request may wait for a new token: where each dies after a few uses, others use it up meanwhile.
const NEW_TOKENS: u32 = 4;
/// The number of attempts at a renewal, beside the repetitions of each request.
const RENEWALS: u32 = 3;

impl Session {
    /// Logs in: one request. Nothing follows it if the user's roles are too high or too low.
    ///
    /// # Errors
    /// Every way a login can fail has its own kind; see [`ErrorKind`].
    pub async fn connect(cloud: &Cloud, limits: Limits, context: &RequestContext) -> Result<Arc<Self>, Error> {
        Self::connect_as(cloud, Persona::Member, limits, context).await
    }

    /// Logs in as the manager of a domain.
    ///
    /// # Errors
    /// As [`Session::connect`].
    pub async fn connect_manager(cloud: &Cloud, limits: Limits, context: &RequestContext) -> Result<Arc<Self>, Error> {
        Self::connect_as(cloud, Persona::DomainManager, limits, context).await
    }

    pub(super) async fn connect_as(
        cloud: &Cloud,
        persona: Persona,
        limits: Limits,
        context: &RequestContext,
    ) -> Result<Arc<Self>, Error> {
        let limits = Limits { attempt_timeout: cloud.api_timeout.unwrap_or(limits.attempt_timeout), ..limits };
        cloud.secrets.add(cloud.auth.secret().expose_secret());
        let http = Http::new(&cloud.tls, limits, cloud.secrets.clone())?;
        let token_url = extended(cloud.auth_url.clone(), &["auth", "tokens"]);
        let (token, login) = log_in(&http, &token_url, &cloud.auth, persona, context).await?;
        login.catalog.check_region(cloud.region.as_deref())?;
        Ok(Arc::new(Self {
            http,
            token_url,
            auth: cloud.auth.clone(),
            persona,
            preference: Preference {
                region: cloud.region.clone(),
                interface: cloud.interface,
                other_interfaces: cloud.other_interfaces.clone(),
                overrides: cloud.endpoint_overrides.clone(),
            },
            login,
            token: RwLock::new(Token { secret: Arc::new(token), failed: None }),
            trust: cloud.tls.trust.clone(),
        }))
    }

    /// Returns the project in which this login creates things.
    pub fn place(&self, cloud: &Cloud) -> Place {
        Place::Project {
            cloud: cloud.name.clone(),
            auth_url: cloud.auth_url.to_string(),
            project: cloud.secrets.hide(&self.login.project.id).into_owned(),
            region: cloud.region.clone(),
        }
    }

    /// Returns the secrets that no output may repeat.
    #[must_use]
    pub fn secrets(&self) -> &Secrets {
        &self.http.sender.secrets
    }

    /// Returns the content of the token: user, project, roles, catalog.
    #[must_use]
    pub fn login(&self) -> &Login {
        &self.login
    }

    /// Returns the way in which it logs in.
    pub(crate) fn auth(&self) -> &Auth {
        &self.auth
    }

    /// Returns the URL of Keystone, with its version.
    pub(crate) fn identity_url(&self) -> Url {
        let mut url = self.token_url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            // They are `auth` and `tokens`.
            segments.pop().pop();
        }
        url
    }

    /// Returns the interface of the endpoints that it uses.
    #[must_use]
    pub fn interface(&self) -> Interface {
        self.preference.interface
    }

    /// Returns those that it uses where a service lacks that one.
    #[must_use]
    pub fn other_interfaces(&self) -> &[Interface] {
        &self.preference.other_interfaces
    }

    /// Returns the region that was chosen, if one was.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        self.preference.region.as_deref()
    }

    /// Returns the URL a service's API answers at, with its version.
    ///
    /// # Errors
    /// [`ErrorKind::ServiceAbsent`], or [`ErrorKind::EndpointAbsent`] if there is none in the region and interface.
    pub fn base_url(&self, service: Service) -> Result<Url, Error> {
        self.login.catalog.base_url(service, &self.preference, &self.login.project.id)
    }

    /// Returns services of the catalog that are not asked, as there is another one of their type: type and address.
    #[must_use]
    pub fn not_asked(&self) -> Vec<(Service, String)> {
        let shown = |url: &str| Url::parse(url).map_or_else(|_| one_line(url), |url| shown(&url));
        self.login.catalog.not_asked(&self.preference).map(|(service, url)| (service, shown(url))).collect()
    }

    /// Returns the authorities whose certificates it accepts.
    #[must_use]
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    /// Returns the bounds of its requests.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.http.sender.limits
    }

    /// Returns true if requests to an address go through a proxy.
    #[must_use]
    pub fn is_proxied(&self, url: &Url) -> bool {
        self.http.is_proxied(url)
    }

    /// Asks for an address of the cloud without the token, and returns the headers of the answer, whatever its status: only one
    /// that asks for patience is asked for again.
    ///
    /// # Errors
    /// There is no answer.
    pub async fn get_anonymously(&self, url: Url, context: &RequestContext) -> Result<HeaderMap, Error> {
        Ok(self.ask_anonymously(url, context).await?.headers)
    }

    /// Asks for an address of the cloud without the token, as [`Self::get_anonymously`], and returns all of the answer.
    pub(super) async fn ask_anonymously(&self, url: Url, context: &RequestContext) -> Result<Reply, Error> {
        let (method, headers, retry) = (Method::GET, HeaderMap::new(), Retry::NonIdempotent);
        let call = Call { method, url, service: Service::Identity, headers, body: None, retry };
        self.http.send(&call, context).await
    }

    /// Returns the address below which S3 has its buckets: that of its own service, or else the host of the object store.
    pub(super) fn s3_root(&self) -> Result<Url, Error> {
        match self.endpoint(Service::S3) {
            Err(error) if matches!(error.kind, ErrorKind::ServiceAbsent { .. }) => {
                let mut url = self.endpoint(Service::ObjectStore)?;
                url.set_path("/");
                Ok(url)
            }
            other => other,
        }
    }

    /// Returns the endpoint as the catalog has it.
    pub(super) fn endpoint(&self, service: Service) -> Result<Url, Error> {
        self.login.catalog.endpoint(service, &self.preference)
    }

    /// Sends a request with the token; a token that expired meanwhile is renewed. Any other status is `Ok`.
    ///
    /// The URL must come from [`Self::base_url`]: the token goes wherever it points.
    pub(super) async fn send(&self, request: ServiceRequest, context: &RequestContext) -> Result<Reply, Error> {
        let mut token = context.limit("waiting for a token", self.token()).await?;
        let mut reply = self.send_with(&token, request.clone(), context).await?;
        for _ in 0..NEW_TOKENS {
            if reply.status != 401 {
                break;
            }
            token = context.limit("waiting for a new token", self.renewed(&token, context)).await?;
            reply = self.send_with(&token, request.clone(), context).await?;
        }
        Ok(reply)
    }

    async fn send_with(
        &self,
        token: &SecretString,
        request: ServiceRequest,
        context: &RequestContext,
    ) -> Result<Reply, Error> {
        let ServiceRequest { method, service, url, mut headers, body, retry } = request;
        let mut value = HeaderValue::from_str(token.expose_secret())
            .map_err(|_| Error::new(ErrorKind::NotAnApi, "Keystone's token cannot be sent as an HTTP header"))?;
        value.set_sensitive(true);
        headers.insert("x-auth-token", value);
        headers.entry(ACCEPT).or_insert(HeaderValue::from_static("application/json"));
        let call = Call { method, url, service, headers, body, retry };
        self.http.send(&call, context).await
    }

    async fn token(&self) -> Result<Arc<SecretString>, Error> {
        let token = self.token.read().await;
        match &token.failed {
            Some(Failure { is_final: true, error, .. }) => Err(error.clone()),
            _ => Ok(Arc::clone(&token.secret)),
        }
    }

    /// Returns a newer token than `old`. Whoever comes first asks for it, the others wait for the same one, or for the
    /// same failure; whoever comes later tries again.
    async fn renewed(&self, old: &Arc<SecretString>, context: &RequestContext) -> Result<Arc<SecretString>, Error> {
        let since = Instant::now();
        let mut token = self.token.write().await;
        match &token.failed {
            Some(failed) if failed.is_final || failed.at >= since => return Err(failed.error.clone()),
            _ if !Arc::ptr_eq(&token.secret, old) => return Ok(Arc::clone(&token.secret)),
            _ => {}
        }
        match self.renew(context).await {
            Ok(secret) => {
                *token = Token { secret: Arc::new(secret), failed: None };
                Ok(Arc::clone(&token.secret))
            }
            // This fact's time is no reason to deny the others a token.
            Err((error, _)) if error.kind == ErrorKind::Deadline => Err(error),
            Err((error, is_final)) => {
                token.failed = Some(Failure { at: Instant::now(), error: error.clone(), is_final });
                Err(error)
            }
        }
    }

    /// Logs in again, as the same user and for the same project; what passes is tried again.
    async fn renew(&self, context: &RequestContext) -> Result<SecretString, (Error, bool)> {
        let mut attempt = 1;
        loop {
            match log_in(&self.http, &self.token_url, &self.auth, self.persona, context).await {
                Ok((secret, login)) => return self.login.same(&login).map(|()| secret).map_err(|error| (error, true)),
                Err(error) if !is_passing(&error.kind) => return Err((error, true)),
                Err(error) => match self.http.sender.limits.pause(None, attempt) {
                    Some(pause) if attempt < RENEWALS && pause < context.time_left() => tokio::time::sleep(pause).await,
                    _ => return Err((error, false)),
                },
            }
            attempt += 1;
        }
    }
}

/// Returns true if another attempt to log in may succeed: everything but what Keystone says of the credentials.
fn is_passing(kind: &ErrorKind) -> bool {
    !matches!(
        kind,
        ErrorKind::CredentialsRefused
            | ErrorKind::RoleMissing { .. }
            | ErrorKind::RoleTooHigh { .. }
            | ErrorKind::ScopeMissing
            | ErrorKind::Forbidden
    )
}

async fn log_in(
    http: &Http,
    url: &Url,
    auth: &Auth,
    persona: Persona,
    context: &RequestContext,
) -> Result<(SecretString, Login), Error> {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    let call = Call {
        method: Method::POST,
        url: url.clone(),
        service: Service::Identity,
        headers,
        body: Some(RequestBody::json(login::request_body(auth))),
        // A second token does no harm.
        retry: Retry::Idempotent,
    };
    login::accept(http.send(&call, context).await?, auth, persona)
}
