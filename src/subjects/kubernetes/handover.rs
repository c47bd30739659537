//! Kubeconfigs for the tools that this program starts: one cluster each, and nothing else of the user's file.

use super::Cluster;
use crate::programs::SecretFile;
use std::io;
use std::path::Path;
use thiserror::Error;

/// A kubeconfig with one context, which only we may read, and which goes when this is dropped.
pub struct Handover {
    file: SecretFile,
    /// The context.
    pub context: String,
    /// Variables that a program needs to find the same way: that no proxy leads to a cluster where we use none.
    pub variables: Vec<(String, String)>,
}

/// A kubeconfig for a tool that cannot be written.
#[derive(Debug, Error)]
#[error("the kubeconfig for the tool cannot be written: {0}")]
pub struct HandoverError(#[from] io::Error);

impl Handover {
    /// Returns the path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.file.path()
    }
}

impl Cluster {
    /// Writes down the way to this cluster.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn handover(&self) -> Result<Handover, HandoverError> {
        // JSON is YAML.
        let text = serde_json::to_string(&self.kubeconfig).map_err(io::Error::from);
        let file = text.and_then(|text| SecretFile::new("kubeconfig", &text))?;
        let context = self.kubeconfig.current_context.clone().unwrap_or_default();
        Ok(Handover { file, context, variables: self.variables.clone() })
    }
}
