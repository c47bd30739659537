//! The options for what is publicly known of Kubernetes.

use super::fetch::{Limits, Token};
use super::sources::Sources;
use crate::settings::Environment;
use chrono::TimeDelta;
use std::path::PathBuf;

/// The places where data about Kubernetes comes from, and how it is fetched.
#[derive(Clone, Debug)]
pub struct WorldOptions {
    /// The addresses.
    pub sources: Sources,
    /// A folder of documents: they are used instead of fetching anything.
    pub folder: Option<PathBuf>,
    /// The folder in which documents are kept; nowhere if none.
    pub cache: Option<PathBuf>,
    /// True if nothing may be fetched.
    pub offline: bool,
    /// True if what is built in stands in for what no document tells. A simulated world stands alone.
    pub filled_in: bool,
    /// The time for which a document that was fetched stands in for one that cannot be fetched.
    pub fresh_for: TimeDelta,
    /// A token for GitHub.
    pub token: Option<Token>,
    /// Bounds of fetching.
    pub limits: Limits,
}

impl Default for WorldOptions {
    fn default() -> Self {
        Self {
            sources: Sources::default(),
            folder: None,
            cache: None,
            offline: false,
            filled_in: true,
            fresh_for: TimeDelta::hours(24),
            token: None,
            limits: Limits::default(),
        }
    }
}

impl WorldOptions {
    /// Returns the public sources, the user's cache (`$XDG_CACHE_HOME/scs-conformance/kubernetes/`), and the
    /// token in `GITHUB_TOKEN` if there is one.
    pub fn from_environment(environment: &Environment) -> Self {
        let base = environment.var("XDG_CACHE_HOME").filter(|path| path.starts_with('/')).map(PathBuf::from);
        let base = base.or_else(|| Some(environment.home.as_ref()?.join(".cache")));
        let token = environment.var("GITHUB_TOKEN");
        Self {
            cache: base.map(|base| base.join("scs-conformance/kubernetes")),
            token: token.map(|secret| Token { origin: "https://api.github.com".into(), secret: secret.trim().into() }),
            ..Self::default()
        }
    }
}
