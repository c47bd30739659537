//! Audit log of the API server during a run, one JSON object a line.

use super::lab::root;
use serde::Deserialize;
use std::collections::HashSet;
use std::path::PathBuf;

/// A place in the audit log.
pub struct Mark(u64);

/// A request.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    #[serde(rename = "auditID")]
    pub id: String,
    pub verb: String,
    #[serde(rename = "requestURI")]
    pub uri: String,
    #[serde(default)]
    user_agent: String,
}

impl Mark {
    /// Returns the end of the log.
    pub fn now() -> Self {
        Self(std::fs::metadata(log()).unwrap().len())
    }

    /// Returns the requests of this program since then.
    pub fn entries(&self) -> Vec<Entry> {
        let bytes = std::fs::read(log()).unwrap();
        // A log that is too long is begun anew.
        let since = usize::try_from(self.0).unwrap().min(bytes.len());
        let text = std::str::from_utf8(&bytes[since..]).unwrap();
        let entries = text.lines().map(|line| serde_json::from_str::<Entry>(line).unwrap());
        let mut ours: Vec<_> = entries.filter(|entry| entry.user_agent.starts_with("scs-conformance/")).collect();
        // What goes on to a node is noted when its answer begins and when it ends; what is refused, only when it begins.
        let mut seen = HashSet::new();
        ours.retain(|entry| seen.insert(entry.id.clone()));
        ours
    }
}

impl Entry {
    /// Returns true if it asks for the settings of a kubelet.
    pub fn is_of_kubelet(&self) -> bool {
        self.uri.starts_with("/api/v1/nodes/") && self.uri.ends_with("/proxy/configz")
    }

    /// Returns true if it only reads, or reviews the account itself and its permissions.
    pub fn only_reads(&self) -> bool {
        let path = self.uri.split('?').next().unwrap();
        match self.verb.as_str() {
            "get" | "list" => true,
            "create" => path.contains("/selfsubject") && path.ends_with("reviews"),
            _ => false,
        }
    }
}

fn log() -> PathBuf {
    root().join("logs/audit.log")
}
