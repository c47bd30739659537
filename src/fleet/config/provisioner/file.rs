//! The form of a provisioner in the file.

use crate::config::secret::Secret;
use crate::config::time::Time;
use indexmap::IndexMap;
use schemars::JsonSchema;
use scs_checks::definition::Located;
use scs_checks::non_empty::NonEmpty;
use serde::Deserialize;
use std::path::PathBuf;

/// The way in which the cluster is made for each night, and removed afterwards.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::config) enum ProvisionerEntry {
    /// A cluster that is there already, and stays.
    Static(StaticEntry),
    /// A cluster in containers of this machine, made by kind.
    Kind(KindEntry),
    /// A cluster that programs of yours make and remove.
    Exec(ExecEntry),
    /// A cluster that Cluster API makes by a class of a Cluster Stack.
    ClusterStacks(ClusterStacksEntry),
    /// A shoot of a Gardener.
    Gardener(GardenerEntry),
    /// A Helm release of Flux, from which t8s makes a cluster.
    T8s(T8sEntry),
}

/// The time limits of the steps in the life of a cluster.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct DeadlinesEntry {
    /// Asking for it (5m; 60m where that also waits until it is ready).
    pub create: Option<Time>,
    /// Waiting until it is ready (60m).
    pub ready: Option<Time>,
    /// Getting its kubeconfig and version (10m).
    pub kubeconfig: Option<Time>,
    /// Removing it (30m).
    pub delete: Option<Time>,
}

/// A cluster that is there already.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct StaticEntry {
    /// The kubeconfig.
    pub kubeconfig: PathBuf,
    /// The context of the kubeconfig.
    pub context: Option<String>,
    /// The version of Kubernetes that has to answer.
    pub version: Option<Located<String>>,
    /// Time limits.
    #[serde(default)]
    pub deadlines: DeadlinesEntry,
}

/// A cluster made by kind.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct KindEntry {
    /// The name of the cluster; made of the name of the subject if none.
    pub name: Option<Located<String>>,
    /// The image of the nodes, best with its digest.
    pub image: Option<String>,
    /// The configuration file for kind.
    pub config: Option<PathBuf>,
    /// The version of Kubernetes that has to answer.
    pub version: Option<Located<String>>,
    /// Time limits.
    #[serde(default)]
    pub deadlines: DeadlinesEntry,
}

/// A cluster made by programs of the user. No shell reads their arguments.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct ExecEntry {
    /// The name of the cluster; made of the name of the subject if none.
    pub name: Option<Located<String>>,
    /// The program that makes the cluster, with its arguments.
    pub create: NonEmpty<Vec<String>>,
    /// The program that writes its kubeconfig; `create` does that if there is none.
    pub kubeconfig: Option<NonEmpty<Vec<String>>>,
    /// The program that removes it, whatever state it is in.
    pub delete: NonEmpty<Vec<String>>,
    /// Secrets for variables of the programs, by the name of the variable.
    #[serde(default)]
    pub secrets: IndexMap<String, Secret>,
    /// The version of Kubernetes that is asked for.
    pub version: Option<Located<String>>,
    /// Time limits.
    #[serde(default)]
    pub deadlines: DeadlinesEntry,
}

/// A cluster made by Cluster API.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct ClusterStacksEntry {
    /// The name of the cluster; made of the name of the subject if none.
    pub name: Option<Located<String>>,
    /// The kubeconfig of the management cluster.
    pub kubeconfig: PathBuf,
    /// The context of that kubeconfig.
    pub context: Option<String>,
    /// The namespace of the cluster.
    pub namespace: Located<String>,
    /// The class of the cluster, with a version of three parts; that of the newest release if none.
    pub class: Option<Located<String>>,
    /// The template of the Cluster; the built-in one if none.
    pub template: Option<PathBuf>,
    /// Secrets for the template.
    #[serde(default)]
    pub secrets: IndexMap<String, Secret>,
    /// The version of Kubernetes that is asked for; the branch of the subject if none.
    pub version: Option<Located<String>>,
    /// Time limits.
    #[serde(default)]
    pub deadlines: DeadlinesEntry,
}

/// A shoot of a Gardener.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct GardenerEntry {
    /// The name of the cluster; made of the name of the subject if none.
    pub name: Option<Located<String>>,
    /// The kubeconfig of the garden.
    pub kubeconfig: PathBuf,
    /// The context of that kubeconfig.
    pub context: Option<String>,
    /// The namespace of the project.
    pub namespace: Located<String>,
    /// The kind of the profile (CloudProfile).
    #[serde(default)]
    pub profile_kind: ProfileKind,
    /// The profile, which lists the versions.
    pub profile: String,
    /// The template of the Shoot.
    pub template: PathBuf,
    /// Secrets for the template.
    #[serde(default)]
    pub secrets: IndexMap<String, Secret>,
    /// The lifetime that is asked for the kubeconfig (8h).
    pub lifetime: Option<Time>,
    /// The version of Kubernetes that is asked for; the branch of the subject if none.
    pub version: Option<Located<String>>,
    /// Time limits.
    #[serde(default)]
    pub deadlines: DeadlinesEntry,
}

/// A kind of profiles of a Gardener.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, strum::Display)]
pub(in crate::config) enum ProfileKind {
    /// One for all projects.
    #[default]
    CloudProfile,
    /// One of the project.
    NamespacedCloudProfile,
}

/// A Helm release of Flux.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct T8sEntry {
    /// The name of the release; made of the name of the subject if none.
    pub name: Option<Located<String>>,
    /// The kubeconfig of the management cluster.
    pub kubeconfig: PathBuf,
    /// The context of that kubeconfig.
    pub context: Option<String>,
    /// The namespace of the release (scs-kaas-certification).
    pub namespace: Option<Located<String>>,
    /// The template of the HelmRelease.
    pub template: PathBuf,
    /// Secrets for the template.
    #[serde(default)]
    pub secrets: IndexMap<String, Secret>,
    /// The version of Kubernetes that is asked for; the branch of the subject if none.
    pub version: Option<Located<String>>,
    /// Time limits.
    #[serde(default)]
    pub deadlines: DeadlinesEntry,
}
