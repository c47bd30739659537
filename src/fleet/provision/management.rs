//! The API of a management cluster: which versions of a group it serves, and the objects of one collection.

use super::error::ProvisionError;
use super::task::Task;
use crate::config::Management;
use scs_subjects::kubernetes::{ApiClient, Error, ErrorKind, RequestContext};
use serde_json::Value;
use std::time::Duration;

/// The longest time for one request, with its repetitions.
const REQUEST: Duration = Duration::from_secs(60);

/// The API of a management cluster.
pub(super) struct ManagementApi {
    client: ApiClient,
    /// The server and the namespace, for messages and records.
    pub place: String,
}

impl ManagementApi {
    /// Reads the kubeconfig, and creates the client.
    ///
    /// # Errors
    /// The kubeconfig cannot be used.
    pub async fn connect(management: &Management, task: &Task<'_>) -> Result<Self, ProvisionError> {
        let cluster = task.cluster(&management.kubeconfig, management.context.as_deref()).await?;
        // It may repeat what a template was filled with.
        task.values.values().for_each(|secret| cluster.secrets.add(secret));
        let client = ApiClient::connect(&cluster, task.limits.clone(), &RequestContext::within(REQUEST)).await?;
        Ok(Self { client, place: format!("{} (namespace {})", cluster.server, management.namespace) })
    }

    /// Chooses the first of these versions of a group in which a resource is served. Other resources of the group may have
    /// other versions.
    ///
    /// # Errors
    /// It is served in none of them, or discovery fails.
    pub async fn version(
        &self,
        group: &str,
        resource: &str,
        wanted: &[&'static str],
    ) -> Result<&'static str, ProvisionError> {
        let versions = self.versions(group).await?;
        for wanted in wanted.iter().filter(|wanted| versions.iter().any(|version| version == **wanted)) {
            let list = self.find(&["apis", group, wanted]).await?.unwrap_or_default();
            let mut resources = list["resources"].as_array().into_iter().flatten();
            if resources.any(|one| one["name"] == resource) {
                return Ok(wanted);
            }
        }
        Err(ProvisionError::Configuration(format!(
            "{} serves {group} in the versions {}, and this program knows {resource} in {}",
            self.place,
            versions.join(", "),
            wanted.join(" and ")
        )))
    }

    /// Returns the versions of a group, the preferred one first.
    ///
    /// # Errors
    /// There is no such group, or discovery fails.
    pub async fn versions(&self, group: &str) -> Result<Vec<String>, ProvisionError> {
        let found = self.find(&["apis", group]).await?.ok_or_else(|| {
            let help =
                "check that the kubeconfig is that of the management cluster, and that its controllers are installed";
            ProvisionError::Configuration(format!("{} does not serve {group}; {help}", self.place))
        })?;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let preferred = text(&found["preferredVersion"]["version"]);
        let all = found["versions"].as_array().into_iter().flatten().filter_map(|one| text(&one["version"]));
        let mut versions: Vec<String> = all.collect();
        versions.sort_by_key(|version| Some(version) != preferred.as_ref());
        Ok(versions)
    }

    /// Reads an object or a list; none if it is not there.
    ///
    /// # Errors
    /// It cannot be read.
    pub async fn find(&self, path: &[&str]) -> Result<Option<Value>, Error> {
        match self.client.get(path, &RequestContext::within(REQUEST)).await {
            Err(Error { kind: ErrorKind::NotFound, .. }) => Ok(None),
            other => other.map(Some),
        }
    }

    /// Creates an object.
    ///
    /// # Errors
    /// It cannot be created.
    pub async fn create(&self, path: &[&str], object: &Value) -> Result<Value, Error> {
        self.client.create(path, object, &RequestContext::within(REQUEST)).await
    }

    /// Creates an object by server-side apply.
    ///
    /// # Errors
    /// It cannot be created, or somebody else has created it.
    pub async fn apply(&self, path: &[&str], object: &Value) -> Result<Value, Error> {
        self.client.apply(path, "scs-conformance", object, &RequestContext::within(REQUEST)).await
    }

    /// Changes fields of an object.
    ///
    /// # Errors
    /// It cannot be changed.
    pub async fn merge(&self, path: &[&str], patch: &Value) -> Result<Value, Error> {
        self.client.merge(path, patch, &RequestContext::within(REQUEST)).await
    }

    /// Asks for the removal of an object. One that is gone already is fine.
    ///
    /// # Errors
    /// The removal is refused.
    pub async fn delete(&self, path: &[&str], uid: &str) -> Result<(), Error> {
        match self.client.delete(path, uid, &RequestContext::within(REQUEST)).await {
            // With a conflict, another object has taken the place, or somebody has just changed it; the next look tells.
            Err(Error { kind: ErrorKind::NotFound | ErrorKind::UnexpectedStatus(409), .. }) => Ok(()),
            other => other,
        }
    }
}

/// Returns true for an error that may pass while a cluster is waited for.
pub(super) fn may_pass(error: &Error) -> bool {
    matches!(
        error.kind,
        ErrorKind::Unreachable(_)
            | ErrorKind::NotAnApi
            | ErrorKind::Deadline
            | ErrorKind::RateLimited
            | ErrorKind::ServerError(_)
            | ErrorKind::InvalidAnswer { .. }
    )
}
