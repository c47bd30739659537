//! One account's session with one cluster: its clients, the version of the API server, and what the account may do.

use super::access::{Cluster, add_secrets};
use super::exec::{self, Credential};
use super::holder::holder;
use super::http::{ApiPath, Call, Http};
use super::meaning::meaning;
use super::reply::Reply;
use super::rights::{NAMESPACE, Permission, Review, Rights};
use super::{Error, ErrorKind, LARGEST_FILE, Limits, RequestContext};
use crate::wire::route::Route;
use chrono::Utc;
use http::Method;
use kube::config::AuthInfo;
use kube::{Client, Config};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use url::Url;

/// The version of an API server.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Version {
    /// For example `v1.34.2+vendor`.
    pub git_version: String,
    /// For example `linux/amd64`; empty if it does not say.
    #[serde(default)]
    pub platform: String,
}

impl Version {
    /// Returns true for this minor version of Kubernetes 1, or a later one.
    fn is_at_least(&self, minor: u32) -> bool {
        let mut parts = self.git_version.trim_start_matches('v').split('.');
        let mut next = || parts.next()?.parse::<u32>().ok();
        matches!((next(), next()), (Some(1), Some(found)) if found >= minor)
    }
}

/// A session. Shared by all readers of a run.
pub struct Session {
    pub(super) http: Http,
    /// The same server, asked by nobody.
    pub(super) anonymous: Http,
    pub(super) config: Config,
    server: Url,
    version: Result<Version, Error>,
    rights: Rights,
    user: Option<String>,
}

impl Session {
    /// Asks for version and permissions: two requests, and one for the name of the account where the server can tell it.
    ///
    /// # Errors
    /// Nobody answers, something else does, or the credentials are refused. A version that may not be read is no error
    /// here, but of [`Self::version`].
    pub async fn connect(cluster: &Cluster, limits: Limits, context: &RequestContext) -> Result<Arc<Self>, Error> {
        let config = signed_in(cluster, &limits, context).await?;
        let mut nobody = config.clone();
        nobody.auth_info = AuthInfo::default();
        let server = cluster.server.clone();
        let route = Route::new(&server, config.proxy_url.as_ref());
        let secrets = || cluster.secrets.clone();
        let http = Http::new(client(config.clone(), &route)?, server.clone(), route.clone(), limits.clone(), secrets());
        let anonymous = Http::new(client(nobody, &route)?, server.clone(), route, limits, secrets());
        let (version, rights) = tokio::join!(version(&http, context), rights(&http, context));
        let version = match version {
            Err(error) if error.kind != ErrorKind::Forbidden => return Err(explain_login(error, &config)),
            other => other,
        };
        let rights = match rights {
            Ok(rights) => rights,
            Err(error) => permitted(error, &config)?,
        };
        let user = match &version {
            Ok(version) if version.is_at_least(28) => user(&http, context).await,
            _ => None,
        };
        // An older server cannot tell; what it makes of a client certificate stands in that.
        let user = user.or_else(|| holder(&config.auth_info)?.name);
        Ok(Arc::new(Self { http, anonymous, config, server, version, rights, user }))
    }

    /// Returns the URL of the API server.
    #[must_use]
    pub fn server(&self) -> &Url {
        &self.server
    }

    /// Returns the version of the API server.
    ///
    /// # Errors
    /// It may not be read.
    pub fn version(&self) -> Result<&Version, Error> {
        self.version.as_ref().map_err(Clone::clone)
    }

    /// Returns the permissions of the account, as far as the API server tells them.
    #[must_use]
    pub fn rights(&self) -> &Rights {
        &self.rights
    }

    /// Returns the name of the account, if the API server can tell it.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// Asks if the account has a permission, one by one where the server cannot list its rules; and where a permission
    /// for the whole cluster is wanted, as the list does not tell what is granted in [`NAMESPACE`] only.
    ///
    /// # Errors
    /// It cannot be read; see [`ErrorKind`].
    pub(crate) async fn may(&self, permission: &Permission, context: &RequestContext) -> Result<bool, Error> {
        #[derive(Deserialize)]
        struct Answer {
            status: Status,
        }
        #[derive(Deserialize)]
        struct Status {
            allowed: bool,
        }
        match self.rights.has(permission) {
            Some(false) => return Ok(false),
            Some(true) if permission.namespace.is_some() => return Ok(true),
            _ => {}
        }
        let (resource, sub) = permission.resource.split_once('/').unwrap_or((permission.resource, ""));
        let spec = json!({"resourceAttributes": {
            "verb": permission.verb, "group": permission.group, "resource": resource, "subresource": sub,
            "namespace": permission.namespace.unwrap_or_default(),
        }});
        let reply = review(&self.http, context, "authorization.k8s.io", "SelfSubjectAccessReview", spec).await?;
        Ok(reply.json::<Answer>()?.status.allowed)
    }

    /// Returns true if the server's certificate is verified.
    pub(super) fn is_verified(&self) -> bool {
        self.server.scheme() == "https" && !self.config.accept_invalid_certs
    }
}

/// Returns the library's configuration, with our bounds and with credentials that can be sent.
pub(super) async fn signed_in(cluster: &Cluster, limits: &Limits, context: &RequestContext) -> Result<Config, Error> {
    let mut config = configured(cluster, limits, context).await?;
    read_token(&mut config.auth_info)?;
    add_secrets(&config.auth_info, &cluster.secrets);
    Ok(config)
}

/// Returns the library's configuration, with our bounds and with what a credential plugin gives.
async fn configured(cluster: &Cluster, limits: &Limits, context: &RequestContext) -> Result<Config, Error> {
    // Others use the same provider; where there is one already, that one stays.
    let _ = aws_lc_rs::default_provider().install_default();
    let mut config = cluster.config.clone();
    config.connect_timeout = Some(limits.connect_timeout);
    config.read_timeout = Some(limits.attempt_timeout);
    config.write_timeout = Some(limits.attempt_timeout);
    config.reset_reader_on_write = true;
    // Retries are ours, so that they are bounded, and told in the evidence.
    config.default_retry = false;
    let Some(plugin) = &cluster.exec else { return Ok(config) };
    match context.limit("waiting for the credential plugin", exec::credential(plugin)).await? {
        Credential::Token(token) => config.auth_info.token = Some(token),
        Credential::Certificate(certificate, key) => {
            let encoded = |pem: &str| base64::Engine::encode(&base64::engine::general_purpose::STANDARD, pem);
            config.auth_info.client_certificate_data = Some(encoded(&certificate));
            config.auth_info.client_key_data = Some(encoded(key.expose_secret()).into());
        }
    }
    Ok(config)
}

/// Looks whether the token can be sent. The library panics at a token that no header can hold, and takes the end of the
/// line in a token file for a part of it.
///
/// # Errors
/// The token cannot be read or sent.
fn read_token(user: &mut AuthInfo) -> Result<(), Error> {
    if let (None, Some(path)) = (&user.token, &user.token_file) {
        let text = scs_files::read_text(path.as_ref(), LARGEST_FILE).map_err(|error| {
            Error::new(ErrorKind::Unusable, format!("the token file {error}"))
                .help("check the path and its permissions")
        })?;
        let token = SecretString::from(text.trim());
        if text.trim() == text {
            // The library reads it again now and then, as it is replaced in pods.
            return sendable(&token);
        }
        user.token = Some(token);
    }
    user.token.iter().try_for_each(sendable)
}

fn sendable(token: &SecretString) -> Result<(), Error> {
    match http::HeaderValue::from_str(token.expose_secret()) {
        Ok(_) => Ok(()),
        Err(_) => {
            Err(Error::new(ErrorKind::Unusable, "the token cannot be sent: it holds characters that no token has")
                .help("get a new token, and look for line breaks in it"))
        }
    }
}

/// Creates the library's client.
pub(super) fn client(config: Config, route: &Route) -> Result<Client, Error> {
    Client::try_from(config).map_err(|error| match meaning(error, route) {
        Error { kind: ErrorKind::Unreachable(_), what, .. } => Error::new(ErrorKind::Unusable, what),
        other => other,
    })
}

async fn version(http: &Http, context: &RequestContext) -> Result<Version, Error> {
    let reply = http.send(&Call::get(ApiPath::from_segments(&["version"])), context).await?.whole()?;
    reply.json().map_err(|error| match error.kind {
        ErrorKind::InvalidAnswer { .. } => reply.stranger("what it says of its version is not what Kubernetes says"),
        _ => error,
    })
}

async fn rights(http: &Http, context: &RequestContext) -> Result<Rights, Error> {
    let spec = json!({"namespace": NAMESPACE});
    let review: Review = review(http, context, "authorization.k8s.io", "SelfSubjectRulesReview", spec).await?.json()?;
    Ok(Rights::from_review(review))
}

/// Asks for the name of the account; only for the report, so a failure does not matter.
async fn user(http: &Http, context: &RequestContext) -> Option<String> {
    #[derive(Deserialize)]
    struct Answer {
        status: Status,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Status {
        user_info: User,
    }
    #[derive(Deserialize)]
    struct User {
        username: String,
    }
    let reply = review(http, context, "authentication.k8s.io", "SelfSubjectReview", json!({})).await.ok()?;
    reply.json::<Answer>().ok().map(|answer| answer.status.user_info.username)
}

/// Asks about ourselves. Reviews are created, but nothing is kept of them.
async fn review(
    http: &Http,
    context: &RequestContext,
    group: &str,
    kind: &str,
    spec: serde_json::Value,
) -> Result<Reply, Error> {
    let plural = format!("{}s", kind.to_ascii_lowercase());
    let body = json!({"apiVersion": format!("{group}/v1"), "kind": kind, "spec": spec});
    let call = Call::with(Method::POST, ApiPath::from_segments(&["apis", group, "v1", &plural]), &body);
    http.send(&call, context).await?.done()
}

/// Explains why the own permissions were refused. Everybody who is known may ask for them; who may not either is
/// nobody, or the server is special.
fn permitted(error: Error, config: &Config) -> Result<Rights, Error> {
    match error.kind {
        ErrorKind::Forbidden if is_nobody(&config.auth_info) => {
            let what = format!(
                "the kubeconfig holds no credentials, and the API server treats us as anonymous: {}",
                error.what
            );
            Err(Error {
                kind: ErrorKind::CredentialsRefused,
                what,
                help: "get a kubeconfig with credentials".into(),
                ..error
            })
        }
        ErrorKind::Unauthorized => Err(explain_login(error, config)),
        // Then trying tells what is permitted.
        ErrorKind::Forbidden
        | ErrorKind::NotFound
        | ErrorKind::InvalidAnswer { .. }
        | ErrorKind::ServerError(_)
        | ErrorKind::UnexpectedStatus(_) => Ok(Rights::default()),
        _ => Err(error),
    }
}

fn is_nobody(user: &AuthInfo) -> bool {
    let secrets = user.token.is_none() && user.password.is_none() && user.client_key_data.is_none();
    secrets && user.token_file.is_none() && user.client_key.is_none()
}

/// Explains a refusal of the credentials by what may be wrong with them.
fn explain_login(error: Error, config: &Config) -> Error {
    if error.kind != ErrorKind::Unauthorized {
        return error;
    }
    let end = holder(&config.auth_info).and_then(|holder| holder.end);
    let expired = end.filter(|end| *end < Utc::now());
    let help = match expired {
        Some(end) => format!("the client certificate of the kubeconfig expired on {}: get a new one", end.format("%F")),
        None if is_nobody(&config.auth_info) => "the kubeconfig holds no credentials: get one that does".to_owned(),
        None => error.help,
    };
    Error { kind: ErrorKind::CredentialsRefused, help, ..error }
}
