//! Clusters that are objects in a management cluster: the same steps for all, with the states of each kind.

use super::conditions::{Progress, is_leaving, text};
use super::error::ProvisionError;
use super::journal::ClusterRecord;
use super::management::{ManagementApi, may_pass};
use super::marks::{Occupant, mark};
use super::task::{Deadline, Task};
use super::template::{Template, Values};
use super::version::branch;
use super::{clusterstacks, gardener, t8s};
use crate::config::{Management, ProvisionerKind};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use scs_subjects::kubernetes::{Error, ErrorKind};
use serde_json::{Value, json};

/// The kinds of such clusters.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Plugin {
    ClusterStacks,
    Gardener,
    T8s,
}

impl Plugin {
    /// Returns the name of the collection of its objects.
    fn resource(self) -> &'static str {
        match self {
            Self::ClusterStacks => "clusters",
            Self::Gardener => "shoots",
            Self::T8s => "helmreleases",
        }
    }
}

/// A cluster that is an object in a management cluster.
pub(super) struct Managed<'a> {
    task: &'a Task<'a>,
    api: ManagementApi,
    management: &'a Management,
    plugin: Plugin,
    api_version: &'static str,
}

/// The cluster that is asked for.
pub(super) struct Order {
    /// The version of Kubernetes, whole if it was chosen.
    pub version: Option<String>,
    /// The object.
    pub object: Value,
}

impl<'a> Managed<'a> {
    /// Connects to the management cluster, and chooses the version of its API.
    ///
    /// # Errors
    /// It cannot be reached, or does not serve the API.
    pub async fn open(task: &'a Task<'a>) -> Result<Option<Self>, ProvisionError> {
        let (management, plugin, group, versions): (_, _, _, &[&'static str]) = match &task.provisioner.kind {
            ProvisionerKind::ClusterStacks { management, .. } => {
                (management, Plugin::ClusterStacks, clusterstacks::GROUP, &clusterstacks::VERSIONS)
            }
            ProvisionerKind::Gardener { management, .. } => {
                (management, Plugin::Gardener, gardener::GROUP, &gardener::VERSIONS)
            }
            ProvisionerKind::T8s { management } => (management, Plugin::T8s, t8s::GROUP, &t8s::VERSIONS),
            ProvisionerKind::Static { .. } | ProvisionerKind::Kind { .. } | ProvisionerKind::Exec { .. } => {
                return Ok(None);
            }
        };
        let api = ManagementApi::connect(management, task).await?;
        let api_version = api.version(group, plugin.resource(), versions).await?;
        Ok(Some(Self { task, api, management, plugin, api_version }))
    }

    /// Returns the place, for messages and records.
    pub fn place(&self) -> &str {
        &self.api.place
    }

    fn group(&self) -> &'static str {
        match self.plugin {
            Plugin::ClusterStacks => clusterstacks::GROUP,
            Plugin::Gardener => gardener::GROUP,
            Plugin::T8s => t8s::GROUP,
        }
    }

    fn collection(&self) -> [&str; 6] {
        let resource = self.plugin.resource();
        ["apis", self.group(), self.api_version, "namespaces", &self.management.namespace, resource]
    }

    fn path(&self) -> [&str; 7] {
        let [a, b, c, d, e, f] = self.collection();
        [a, b, c, d, e, f, &self.task.name]
    }

    /// Chooses the version, and makes the object that is asked for.
    ///
    /// # Errors
    /// There is no such version, or the template cannot be used.
    pub async fn order(&self, until: DateTime<Utc>) -> Result<Order, ProvisionError> {
        let asked = self.task.provisioner.version.as_deref().unwrap_or_default();
        let (mut version, mut of_release) = (asked.to_owned(), None);
        let (mut profile, mut kind_of_profile) = (None, None);
        match &self.task.provisioner.kind {
            ProvisionerKind::ClusterStacks { class: Some(class), .. } => of_release = Some(class.clone()),
            ProvisionerKind::ClusterStacks { .. } => {
                let (class, newest) = self.release(asked).await?;
                (of_release, version) = (Some(class), newest);
            }
            ProvisionerKind::Gardener { profile_kind, profile: name, .. } => {
                version = self.offer(profile_kind, name, asked).await?;
                (profile, kind_of_profile) = (Some(name.as_str()), Some(profile_kind.as_str()));
            }
            _ => {}
        }
        let values = Values {
            name: &self.task.name,
            namespace: &self.management.namespace,
            subject: &self.task.subject.name,
            version: &version,
            branch: &branch(&version),
            api_version: self.api_version,
            class: of_release.as_deref(),
            profile,
            profile_kind: kind_of_profile,
            variables: &self.task.subject.variables,
            secrets: &self.task.values,
        };
        let template = match &self.management.template {
            Some(file) => Template::read(file).await?,
            None => Template::built_in(clusterstacks::TEMPLATE),
        };
        let object = self.labelled(template.render(&values, &self.task.secrets)?, until)?;
        Ok(Order { version: Some(version), object })
    }

    async fn release(&self, asked: &str) -> Result<(String, String), ProvisionError> {
        let versions = self.api.versions(clusterstacks::RELEASES).await?;
        let version = versions.first().map(String::as_str).unwrap_or_default();
        let namespace = self.management.namespace.as_str();
        let path = ["apis", clusterstacks::RELEASES, version, "namespaces", namespace, "clusterstackreleases"];
        let list = self.api.find(&path).await?.unwrap_or_default();
        clusterstacks::newest_release(&list, asked).map_err(|known| self.no_version("ready release", asked, known))
    }

    async fn offer(&self, kind: &str, name: &str, asked: &str) -> Result<String, ProvisionError> {
        let of_project = ["apis", gardener::GROUP, self.api_version, "namespaces", &self.management.namespace];
        let path = match kind {
            "CloudProfile" => vec!["apis", gardener::GROUP, self.api_version, "cloudprofiles", name],
            _ => of_project.into_iter().chain(["namespacedcloudprofiles", name]).collect(),
        };
        let missing = || ProvisionError::Configuration(format!("there is no {kind} {name} in {}", self.api.place));
        let profile = self.api.find(&path).await?.ok_or_else(missing)?;
        gardener::newest_version(&profile, asked, Utc::now())
            .map_err(|known| self.no_version("supported version", asked, known))
    }

    fn no_version(&self, what: &'static str, asked: &str, known: String) -> ProvisionError {
        let known = if known.is_empty() { "none".to_owned() } else { known };
        ProvisionError::NoVersion { place: self.api.place.clone(), what, asked: asked.to_owned(), known }
    }

    /// Adds name, namespace, labels and annotations to what a template makes.
    fn labelled(&self, mut object: Value, until: DateTime<Utc>) -> Result<Value, ProvisionError> {
        let kind = match self.plugin {
            Plugin::ClusterStacks => "Cluster",
            Plugin::Gardener => "Shoot",
            Plugin::T8s => "HelmRelease",
        };
        let api_version = format!("{}/{}", self.group(), self.api_version);
        for (key, own) in [("apiVersion", api_version.as_str()), ("kind", kind)] {
            if let Some(written) = object[key].as_str().filter(|written| *written != own) {
                let what = format!("the template says {key} {written}, and {} has {own}", self.api.place);
                return Err(ProvisionError::Configuration(format!("{what}; remove the key, or correct it")));
            }
            object[key] = own.into();
        }
        if !object["metadata"].is_object() {
            object["metadata"] = json!({});
        }
        let metadata = &mut object["metadata"];
        metadata["name"] = self.task.name.as_str().into();
        metadata["namespace"] = self.management.namespace.as_str().into();
        mark(metadata, &self.task.run, &self.task.subject.name, until);
        Ok(object)
    }

    /// Returns the object that has the name of the cluster, if there is one.
    ///
    /// # Errors
    /// It cannot be looked for.
    pub async fn occupant(&self) -> Result<Option<Occupant>, ProvisionError> {
        Ok(self.api.find(&self.path()).await?.as_ref().map(Occupant::from_object))
    }

    /// Asks for the cluster; its UID.
    ///
    /// # Errors
    /// It is refused; [`is_certainly_refused`] tells if nothing can have come of it.
    pub async fn create(&self, order: &Order) -> Result<Option<String>, ProvisionError> {
        let created = match self.plugin {
            Plugin::T8s => self.api.apply(&self.path(), &order.object).await,
            Plugin::ClusterStacks | Plugin::Gardener => self.api.create(&self.collection(), &order.object).await,
        };
        match created {
            Ok(object) => Ok(object["metadata"]["uid"].as_str().map(str::to_owned)),
            Err(Error { kind: ErrorKind::UnexpectedStatus(409), .. }) => match self.occupant().await? {
                Some(Occupant { run: Some(run), uid, .. }) if run == self.task.run => Ok(uid),
                other => Err(ProvisionError::Foreign {
                    name: self.task.name.clone(),
                    place: self.api.place.clone(),
                    owner: other.map_or("which has just gone".to_owned(), |occupant| occupant.owner()),
                }),
            },
            Err(error) => Err(error.into()),
        }
    }

    /// Waits until the cluster is ready.
    ///
    /// # Errors
    /// It fails for good, or the time is over.
    pub async fn wait(&self, deadline: Deadline) -> Result<(), ProvisionError> {
        loop {
            let progress = match self.api.find(&self.path()).await {
                Ok(Some(object)) => self.progress(&object),
                Ok(None) => Progress::Failed("somebody else has removed it".to_owned()),
                Err(error) if may_pass(&error) => Progress::Waiting(error.to_string()),
                Err(error) => return Err(error.into()),
            };
            match progress {
                Progress::Ready => return Ok(()),
                Progress::Failed(why) => return Err(self.task.failed(&why)),
                Progress::Waiting(state) => self.task.see(&state),
            }
            self.task.pause(deadline).await?;
        }
    }

    fn progress(&self, object: &Value) -> Progress {
        match self.plugin {
            Plugin::ClusterStacks => clusterstacks::progress(object, self.api_version),
            Plugin::Gardener => gardener::progress(object),
            Plugin::T8s => t8s::progress(object),
        }
    }

    /// Writes the kubeconfig of the cluster; the instant at which it expires, if that is told.
    ///
    /// # Errors
    /// It cannot be had in time.
    pub async fn kubeconfig(&self, deadline: Deadline) -> Result<Option<DateTime<Utc>>, ProvisionError> {
        loop {
            match self.ask_for_kubeconfig().await {
                Ok(Some((text, expires_at))) => {
                    self.task.write_kubeconfig(text).await?;
                    return Ok(expires_at);
                }
                Ok(None) => self.task.see("there is no kubeconfig yet"),
                Err(ProvisionError::Request(error)) if may_pass(&error) => self.task.see(&error.to_string()),
                Err(error) => return Err(error),
            }
            self.task.pause(deadline).await?;
        }
    }

    async fn ask_for_kubeconfig(&self) -> Result<Option<(String, Option<DateTime<Utc>>)>, ProvisionError> {
        let decoded = |encoded: &str| {
            let bytes = STANDARD.decode(encoded.trim()).ok()?;
            String::from_utf8(bytes).ok().filter(|text| !text.trim().is_empty())
        };
        if let ProvisionerKind::Gardener { lifetime, .. } = &self.task.provisioner.kind {
            let [a, b, c, d, e, f, name] = self.path();
            let request = json!({
                "apiVersion": "authentication.gardener.cloud/v1alpha1",
                "kind": "AdminKubeconfigRequest",
                "spec": {"expirationSeconds": lifetime.as_secs()},
            });
            let answer = self.api.create(&[a, b, c, d, e, f, name, "adminkubeconfig"], &request).await?;
            let expires_at = text(&answer, "/status/expirationTimestamp").parse().ok();
            return Ok(decoded(text(&answer, "/status/kubeconfig")).map(|text| (text, expires_at)));
        }
        let name = format!("{}-kubeconfig", self.task.name);
        let secret = self.api.find(&["api", "v1", "namespaces", &self.management.namespace, "secrets", &name]).await?;
        Ok(secret.and_then(|secret| decoded(text(&secret, "/data/value"))).map(|text| (text, None)))
    }

    /// Removes the cluster of a record, and waits until it is gone. An object that is not the recorded one is left alone.
    ///
    /// # Errors
    /// It cannot be removed in time.
    pub async fn remove(&self, record: &ClusterRecord, deadline: Deadline) -> Result<(), ProvisionError> {
        let mut was_seen = record.uid.is_some();
        loop {
            match self.api.find(&self.path()).await {
                Ok(None) if was_seen || self.is_late(record) => return Ok(()),
                Ok(None) => self.task.see("it is not there; the request for it may still take effect"),
                Ok(Some(object)) => {
                    let occupant = Occupant::from_object(&object);
                    let is_it = match (&record.uid, &occupant.uid) {
                        (Some(recorded), Some(found)) => recorded == found,
                        _ => occupant.run.as_deref() == Some(record.run.as_str()),
                    };
                    was_seen |= is_it;
                    match occupant.uid {
                        Some(uid) if is_it => self.ask_for_removal(&object, &uid).await?,
                        _ => return Ok(()),
                    }
                }
                Err(error) if may_pass(&error) => self.task.see(&error.to_string()),
                Err(error) => return Err(error.into()),
            }
            self.task.pause(deadline).await?;
        }
    }

    /// Returns true if a request of that time cannot have an effect any more.
    fn is_late(&self, record: &ClusterRecord) -> bool {
        let age = Utc::now().signed_duration_since(record.created_at);
        age.to_std().is_ok_and(|age| age >= self.task.pace.late)
    }

    async fn ask_for_removal(&self, object: &Value, uid: &str) -> Result<(), ProvisionError> {
        let state = match self.plugin {
            Plugin::ClusterStacks => clusterstacks::leaving(object),
            Plugin::Gardener => gardener::leaving(object),
            Plugin::T8s => t8s::leaving(object),
        };
        self.task.see(&format!("being removed: {state}"));
        if is_leaving(object) {
            return Ok(());
        }
        let asking = async {
            if self.plugin == Plugin::Gardener {
                let confirmed = json!({"metadata": {"uid": uid, "annotations": {gardener::CONFIRMATION: "true"}}});
                match self.api.merge(&self.path(), &confirmed).await {
                    Err(Error { kind: ErrorKind::NotFound | ErrorKind::UnexpectedStatus(409), .. }) => return Ok(()),
                    other => other?,
                };
            }
            self.api.delete(&self.path(), uid).await
        };
        match asking.await {
            Err(error) if may_pass(&error) => self.task.see(&error.to_string()),
            other => other?,
        }
        Ok(())
    }
}

/// Returns true if a request for a cluster was refused, so that nothing can come of it.
pub(super) fn is_certainly_refused(error: &ProvisionError) -> bool {
    match error {
        ProvisionError::Request(error) => !error.may_have_happened(),
        ProvisionError::Foreign { .. } => true,
        _ => false,
    }
}
