//! The files of today's suite, as it reads them.

use indexmap::IndexMap;
use scs_checks::definition::{Problem, Source};
use serde::Deserialize;
use thiserror::Error;

/// A file that is not as today's suite reads it.
#[derive(Debug, Error)]
pub enum ImportError {
    /// The configuration.
    #[error("config.toml: {0}")]
    Config(#[from] toml::de::Error),
    /// The clusters.
    #[error("{0}")]
    Clusters(Problem),
}

/// `config.toml`.
#[derive(Debug, Deserialize)]
pub(super) struct Today {
    #[serde(default)]
    pub secrets: Secrets,
    #[serde(default)]
    pub presets: IndexMap<String, Preset>,
    #[serde(default)]
    pub scopes: IndexMap<String, Scope>,
    #[serde(default)]
    pub subjects: IndexMap<String, Subject>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Secrets {
    pub keyfile: Option<String>,
    pub tokenfile: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Preset {
    #[serde(default)]
    pub scopes: Vec<String>,
    #[serde(default)]
    pub subjects: Vec<String>,
    pub workers: Option<usize>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Scope {
    pub spec: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Subject {
    #[serde(default)]
    pub mapping: IndexMap<String, String>,
}

impl Today {
    pub fn parse(text: &str) -> Result<Self, ImportError> {
        Ok(toml::from_str(text)?)
    }

    /// Returns the value of a variable for a subject: its own, that of all subjects, or that of today's suite.
    pub fn mapped(&self, subject: &str, key: &str) -> String {
        let own = self.subjects.get(subject).and_then(|it| it.mapping.get(key));
        if let Some(own) = own {
            return own.clone();
        }
        let common = self.subjects.get("_").and_then(|it| it.mapping.get(key)).map(String::as_str);
        let usual = if key == "kubeconfig" { "{subject}/kubeconfig.yaml" } else { "{subject}" };
        common.unwrap_or(usual).replace("{subject}", subject)
    }

    /// Returns the variables of a subject.
    pub fn mapping(&self, subject: &str) -> impl Iterator<Item = &str> {
        self.subjects.get(subject).into_iter().flat_map(|it| it.mapping.keys()).map(String::as_str)
    }
}

/// `clusters.yaml`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Clusters {
    #[serde(default)]
    pub clusters: IndexMap<String, Cluster>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Cluster {
    pub kind: String,
    #[serde(default)]
    pub config: ClusterConfig,
}

/// The keys of plugins that can be taken over.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ClusterConfig {
    pub name: Option<String>,
    /// Of `static`.
    pub kubeconfig: Option<String>,
    /// Of `kind`: the image of the nodes.
    pub image: Option<String>,
    /// Of `kind`: the configuration file.
    pub cluster: Option<String>,
}

impl Clusters {
    pub fn parse(text: &str) -> Result<Self, ImportError> {
        let source = Source::new("clusters.yaml", text.as_bytes());
        source.and_then(|source| source.parse()).map_err(ImportError::Clusters)
    }
}
