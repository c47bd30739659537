//! `sonobuoy_results.yaml`: files, in them suites, in them tests.

use super::Counts;
use serde::Deserialize;

/// A node of the tree. Other keys (`meta`, `details`) are of no use here.
#[derive(Debug, Deserialize)]
struct Node {
    #[serde(default)]
    name: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    items: Vec<Node>,
}

/// The states in which Sonobuoy ends a plugin that came to its end.
const ENDED: [&str; 2] = ["passed", "failed"];

/// What the file says.
pub(super) struct Summary {
    /// The state of the run as a whole, if it tells one.
    pub status: Option<String>,
    /// Whether the plugin came to its end.
    pub has_ended: bool,
    pub counts: Counts,
}

impl Summary {
    /// Reads the text of the file.
    ///
    /// # Errors
    /// It is no such file.
    pub fn read(text: &str) -> Result<Self, String> {
        let root: Node =
            serde_yaml::from_str(text).map_err(|error| format!("it is no sonobuoy_results.yaml: {error}"))?;
        let mut counts = Counts::default();
        let suites = root.items.iter().flat_map(|file| &file.items);
        for test in suites.flat_map(|suite| &suite.items) {
            // Sonobuoy's own reader takes a test without a state for skipped.
            counts.add(&test.name, if test.status.is_empty() { "skipped" } else { &test.status });
        }
        let has_ended = ENDED.contains(&root.status.as_str());
        Ok(Self { has_ended, status: Some(root.status).filter(|status| !status.is_empty()), counts })
    }
}
