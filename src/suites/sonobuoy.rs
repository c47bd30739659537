//! `sonobuoy_results.yaml`: files, in them suites, in them tests.

use super::Counts;
use scs_checks::facts::SuiteResults;
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

/// The results in the text of the file.
pub(super) fn results(text: &str) -> Result<SuiteResults, String> {
    let root: Node = serde_yaml::from_str(text).map_err(|error| format!("it is no sonobuoy_results.yaml: {error}"))?;
    let mut counts = Counts::default();
    let suites = root.items.iter().flat_map(|file| &file.items);
    for test in suites.flat_map(|suite| &suite.items) {
        // Sonobuoy's own reader takes a test without a state for skipped.
        counts.add(&test.name, if test.status.is_empty() { "skipped" } else { &test.status });
    }
    let mut results = SuiteResults {
        tool: "sonobuoy".to_owned(),
        status: (!root.status.is_empty()).then(|| root.status.clone()),
        complete: ENDED.contains(&root.status.as_str()),
        ..SuiteResults::default()
    };
    counts.fill(&mut results);
    Ok(results)
}
