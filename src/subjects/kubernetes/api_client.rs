//! A client for any API of a cluster, for programs that make clusters by means of another one.

use super::access::Cluster;
use super::http::{ApiPath, Call, Http};
use super::session::{client, signed_in};
use super::{Error, Limits, RequestContext};
use crate::wire::route::Route;
use crate::wire::send::Retry;
use http::Method;
use scs_checks::json::OVERVIEW;
use serde_json::{Value, json};

/// A client of the API server of a management cluster, which is no subject: its caller keeps the journal of what it creates.
pub struct ApiClient {
    http: Http,
}

/// The media types of the two kinds of patches.
const APPLY: &str = "application/apply-patch+yaml";
const MERGE: &str = "application/merge-patch+json";

impl ApiClient {
    /// Creates a client. Nothing is sent, but a credential plugin may run.
    ///
    /// # Errors
    /// The credentials cannot be used.
    pub async fn connect(cluster: &Cluster, limits: Limits, context: &RequestContext) -> Result<Self, Error> {
        let config = signed_in(cluster, &limits, context).await?;
        let server = cluster.server.clone();
        let route = Route::new(&server, config.proxy_url.as_ref());
        let client = client(config, &route)?;
        Ok(Self { http: Http::new(client, server, route, limits, cluster.secrets.clone()) })
    }

    /// Reads an object or a list at this path, whose segments are unencoded.
    ///
    /// # Errors
    /// See [`super::ErrorKind`].
    pub async fn get(&self, path: &[&str], context: &RequestContext) -> Result<Value, Error> {
        let call = Call::get(ApiPath::from_segments(path));
        self.http.send(&call, context).await?.whole()?.json_within(OVERVIEW)
    }

    /// Creates an object in the collection at this path; the request is not repeated if it may have had an effect.
    ///
    /// # Errors
    /// See [`super::ErrorKind`].
    pub async fn create(&self, path: &[&str], object: &Value, context: &RequestContext) -> Result<Value, Error> {
        let call = Call::with(Method::POST, ApiPath::from_segments(path), object);
        self.change(&Call { retry: Retry::NonIdempotent, ..call }, context).await
    }

    /// Creates or changes the object at this path by server-side apply. Fields that somebody else owns are a conflict.
    ///
    /// # Errors
    /// See [`super::ErrorKind`].
    pub async fn apply(
        &self,
        path: &[&str],
        manager: &str,
        object: &Value,
        context: &RequestContext,
    ) -> Result<Value, Error> {
        let path = ApiPath::from_segments(path).with("fieldManager", manager);
        self.change(&Call { content: APPLY, ..Call::with(Method::PATCH, path, object) }, context).await
    }

    /// Changes the fields of the object at this path that are in the patch.
    ///
    /// # Errors
    /// See [`super::ErrorKind`].
    pub async fn merge(&self, path: &[&str], patch: &Value, context: &RequestContext) -> Result<Value, Error> {
        let call = Call::with(Method::PATCH, ApiPath::from_segments(path), patch);
        self.change(&Call { content: MERGE, ..call }, context).await
    }

    /// Asks for the removal of the object at this path, if it has this UID.
    ///
    /// # Errors
    /// See [`super::ErrorKind`].
    pub async fn delete(&self, path: &[&str], uid: &str, context: &RequestContext) -> Result<(), Error> {
        let options = json!({"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": uid}});
        let call = Call::with(Method::DELETE, ApiPath::from_segments(path), &options);
        self.http.send(&call, context).await?.done().map(drop)
    }

    async fn change(&self, call: &Call, context: &RequestContext) -> Result<Value, Error> {
        self.http.send(call, context).await?.done()?.json_within(OVERVIEW)
    }
}
