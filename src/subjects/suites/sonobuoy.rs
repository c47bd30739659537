//! `sonobuoy_results.yaml`: files, in them suites, in them tests.

use super::error::ContentError;
use super::states::{Contradictions, State, States};
use serde::Deserialize;
use std::io::Read;

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
/// The largest such file, in bytes; real ones have up to 2 MiB.
const LARGEST: u64 = 24 << 20;

/// The content of the file.
#[derive(Debug)]
pub(super) struct Summary {
    /// The state of the run as a whole, if it tells one.
    pub status: Option<String>,
    /// True if the plugin came to its end.
    pub has_ended: bool,
    pub states: States,
    pub contradictions: Contradictions,
}

impl Summary {
    /// Reads the file.
    ///
    /// # Errors
    /// It is not such a file.
    pub fn read(file: impl Read) -> Result<Self, ContentError> {
        let mut text = Vec::new();
        let read = file.take(LARGEST + 1).read_to_end(&mut text);
        read.map_err(ContentError::Unreadable)?;
        if text.len() as u64 > LARGEST {
            let why = format!("its sonobuoy_results.yaml has more than {} MiB", LARGEST >> 20);
            return Err(ContentError::TooLarge(why));
        }
        let root: Node = serde_yaml::from_str(&String::from_utf8_lossy(&text)).map_err(ContentError::Summary)?;
        let mut summary = Self {
            has_ended: ENDED.contains(&root.status.as_str()),
            status: Some(root.status.clone()).filter(|status| !status.is_empty()),
            states: States::default(),
            contradictions: Contradictions::default(),
        };
        if !root.items.is_empty() {
            summary.group(&root)?;
        }
        Ok(summary)
    }

    /// Takes in what is below a node, at whatever depth; returns whether anything there failed.
    fn group(&mut self, node: &Node) -> Result<bool, ContentError> {
        let mut any_failed = false;
        for item in &node.items {
            any_failed |= if item.items.is_empty() { self.test(item)? } else { self.group(item)? };
        }
        let named = format!("{:?} in sonobuoy_results.yaml", node.name);
        match (node.status.as_str(), any_failed) {
            ("passed", true) => self.contradictions.add(format!("{named} is passed, but something below it is not")),
            ("" | "passed" | "skipped", _) | (_, true) => {}
            (status, false) => self.contradictions.add(format!("{named} is {status}, but nothing below it is failed")),
        }
        Ok(any_failed)
    }

    /// Takes in a test; returns whether it failed.
    fn test(&mut self, node: &Node) -> Result<bool, ContentError> {
        // Sonobuoy's own reader takes a test without a state for skipped.
        let status = if node.status.is_empty() { "skipped" } else { &node.status };
        let state = State { status: status.to_owned(), micros: None };
        if let Some(known) = self.states.add(&node.name, state)?
            && known.status != status
        {
            if known.status == "failed" && status == "passed" {
                // A test that was tried again (ginkgo 1); the JUnit file tells whether that is so.
                known.status = "passed".to_owned();
                return Ok(false);
            }
            let what = format!("{:?} is {} and {status} in sonobuoy_results.yaml", node.name, known.status);
            self.contradictions.add(what);
        }
        Ok(!matches!(status, "passed" | "skipped"))
    }
}
