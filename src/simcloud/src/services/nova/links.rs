//! Links to the resources of Nova.

use serde_json::{Value, json};

/// The addresses below which links point.
pub(super) struct Links {
    pub(super) here: String,
    pub(super) bookmarks: String,
}

impl Links {
    /// Returns the two links to the resource with this path.
    pub(super) fn to(&self, path: &str) -> Value {
        json!([
            {"rel": "self", "href": format!("{}/{path}", self.here)},
            {"rel": "bookmark", "href": format!("{}/{path}", self.bookmarks)},
        ])
    }
}
