//! A provisioner as it is after reading.

use crate::config::secret::Secret;
use indexmap::IndexMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The way in which a cluster is made for a night, and removed afterwards.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Provisioner {
    /// The kind, with what only it needs.
    pub kind: ProvisionerKind,
    /// The name of the cluster; made of the name of the subject if none.
    pub name: Option<String>,
    /// The version of Kubernetes that is asked for, with two parts or three; any if none.
    pub version: Option<String>,
    /// The time limit of each step.
    pub deadlines: StepDeadlines,
}

/// The time limits of the steps in the life of a cluster.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct StepDeadlines {
    /// Asking for the cluster.
    pub create: Duration,
    /// Waiting until it is ready.
    pub ready: Duration,
    /// Getting its kubeconfig, and the version that answers.
    pub kubeconfig: Duration,
    /// Removing it.
    pub delete: Duration,
}

/// Kinds of provisioners.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ProvisionerKind {
    /// A cluster that is there already, and stays.
    Static {
        /// The kubeconfig.
        kubeconfig: PathBuf,
        /// The context in it, if not the current one.
        context: Option<String>,
    },
    /// A cluster in containers of this machine, made by kind.
    Kind {
        /// The image of the nodes, if not that of kind.
        image: Option<String>,
        /// The configuration file for kind.
        config: Option<PathBuf>,
    },
    /// A cluster that programs of the user make and remove.
    Exec {
        /// The program that makes it, with its arguments.
        create: Vec<String>,
        /// The program that writes its kubeconfig; the first one does that if there is none.
        kubeconfig: Option<Vec<String>>,
        /// The program that removes it.
        delete: Vec<String>,
        /// Secrets for the variables of all three.
        secrets: IndexMap<String, Secret>,
    },
    /// A cluster that Cluster API makes by a class of a Cluster Stack.
    ClusterStacks {
        /// The management cluster.
        management: Management,
        /// The class of the cluster; that of the newest release of the version if none.
        class: Option<String>,
    },
    /// A shoot of a Gardener.
    Gardener {
        /// The garden.
        management: Management,
        /// The kind of the profile: CloudProfile or NamespacedCloudProfile.
        profile_kind: String,
        /// The profile, which lists the versions.
        profile: String,
        /// The lifetime that is asked for the kubeconfig.
        lifetime: Duration,
    },
    /// A Helm release of Flux, from which t8s makes a cluster.
    T8s {
        /// The management cluster.
        management: Management,
    },
}

/// A cluster whose API makes other clusters.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Management {
    /// Its kubeconfig.
    pub kubeconfig: PathBuf,
    /// The context in it, if not the current one.
    pub context: Option<String>,
    /// The namespace in which clusters are asked for.
    pub namespace: String,
    /// The template of what is asked for; the built-in one if none.
    pub template: Option<PathBuf>,
    /// Secrets for the template.
    pub secrets: IndexMap<String, Secret>,
}

/// The longest name of a cluster: that of a label's value.
pub(super) const LONGEST: usize = 63;

impl ProvisionerKind {
    /// Returns the place in which no two clusters have one name; none if no cluster is made.
    pub(in crate::config) fn place(&self) -> Option<Vec<String>> {
        match self {
            Self::Static { .. } => None,
            Self::Kind { .. } => Some(vec![self.name().to_owned()]),
            Self::Exec { create, .. } => Some(create.iter().take(1).cloned().collect()),
            Self::ClusterStacks { management, .. } | Self::Gardener { management, .. } | Self::T8s { management } => {
                let Management { kubeconfig, context, namespace, .. } = management;
                let kubeconfig = kubeconfig.display().to_string();
                Some(vec![self.name().to_owned(), kubeconfig, context.clone().unwrap_or_default(), namespace.clone()])
            }
        }
    }

    /// Returns the word for it in configurations and journals.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Static { .. } => "static",
            Self::Kind { .. } => "kind",
            Self::Exec { .. } => "exec",
            Self::ClusterStacks { .. } => "clusterstacks",
            Self::Gardener { .. } => "gardener",
            Self::T8s { .. } => "t8s",
        }
    }

    /// Returns the secrets that it needs, by name.
    pub fn secrets(&self) -> Option<&IndexMap<String, Secret>> {
        match self {
            Self::Static { .. } | Self::Kind { .. } => None,
            Self::Exec { secrets, .. } => Some(secrets),
            Self::ClusterStacks { management, .. } | Self::Gardener { management, .. } | Self::T8s { management } => {
                Some(&management.secrets)
            }
        }
    }

    /// Returns the same, with each text and path in it changed.
    #[must_use]
    fn map_texts(&self, change: &impl Fn(&str) -> String) -> Self {
        let path = |path: &Path| PathBuf::from(change(&path.to_string_lossy()));
        let all = |texts: &[String]| texts.iter().map(|text| change(text)).collect();
        match self {
            Self::Static { kubeconfig, context } => {
                Self::Static { kubeconfig: path(kubeconfig), context: context.as_deref().map(change) }
            }
            Self::Kind { image, config } => {
                Self::Kind { image: image.as_deref().map(change), config: config.as_deref().map(path) }
            }
            Self::Exec { create, kubeconfig, delete, secrets } => Self::Exec {
                create: all(create),
                kubeconfig: kubeconfig.as_deref().map(all),
                delete: all(delete),
                secrets: secrets.clone(),
            },
            Self::ClusterStacks { management, class } => Self::ClusterStacks {
                management: management.map_texts(change, &path),
                class: class.as_deref().map(change),
            },
            Self::Gardener { management, profile_kind, profile, lifetime } => Self::Gardener {
                management: management.map_texts(change, &path),
                profile_kind: profile_kind.clone(),
                profile: change(profile),
                lifetime: *lifetime,
            },
            Self::T8s { management } => Self::T8s { management: management.map_texts(change, &path) },
        }
    }
}

impl Management {
    fn map_texts(&self, change: &impl Fn(&str) -> String, path: &impl Fn(&Path) -> PathBuf) -> Self {
        Self {
            kubeconfig: path(&self.kubeconfig),
            context: self.context.as_deref().map(change),
            namespace: change(&self.namespace),
            template: self.template.as_deref().map(path),
            secrets: self.secrets.clone(),
        }
    }
}

impl Provisioner {
    /// Returns the name of the cluster of a subject: that of the provisioner, or else that of the subject, as Kubernetes takes it.
    pub fn cluster_name(&self, subject: &str) -> String {
        let name = self.name.as_deref().unwrap_or(subject);
        let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
        let name: String = name.chars().map(plain).take(LONGEST).collect();
        name.trim_matches('-').to_owned()
    }

    /// Returns the same, with each text and path in it changed. References to secrets stay as they are.
    #[must_use]
    pub fn map_texts(&self, change: &impl Fn(&str) -> String) -> Self {
        Self {
            kind: self.kind.map_texts(change),
            name: self.name.as_deref().map(change),
            version: self.version.as_deref().map(change),
            deadlines: self.deadlines,
        }
    }
}
