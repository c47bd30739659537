//! Texts as a configuration takes them.

/// Returns a text as YAML takes it in any place.
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
