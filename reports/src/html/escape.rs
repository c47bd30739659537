//! The only way for text onto the page.

use crate::text::visible;
use askama::filters::{Escaper, Html};
use std::fmt;

/// Spells out what cannot be seen, then escapes what HTML would read as markup.
///
/// `askama.toml` names it for every template, so no expression can be forgotten.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Escape;

impl Escaper for Escape {
    fn write_escaped_str<W: fmt::Write>(&self, dest: W, text: &str) -> fmt::Result {
        Html.write_escaped_str(dest, &visible(text))
    }
}
