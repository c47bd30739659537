//! Bounds what messages quote of documents.

/// The most that a message quotes of a document, in characters.
pub(super) const QUOTED: usize = 200;

/// Returns a text as one line that is not too long.
pub(in crate::world) fn short(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(QUOTED + 1).collect();
    match line.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
