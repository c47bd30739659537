//! The three forms of a page.

use crate::http::answer::Answer;
use crate::http::app::App;
use crate::http::cache::Page;
use askama::Template;
use scs_reports::visible;
use strum::VariantArray;

/// A form.
#[derive(Clone, Copy, Debug, Eq, PartialEq, VariantArray)]
pub enum Form {
    /// A complete page of HTML.
    Page,
    /// The part of it that others put into their pages.
    Fragment,
    /// Markdown.
    Markdown,
}

impl Form {
    /// Parses the part of a path that names a form.
    ///
    /// # Errors
    /// It names none.
    pub fn parse(text: &str) -> Result<Self, Answer> {
        let named = Self::VARIANTS.iter().find(|form| form.name() == text).copied();
        named.ok_or_else(|| Answer::invalid("view: is none of page, fragment, markdown; use one of them"))
    }

    /// Returns the name in paths.
    pub fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Fragment => "fragment",
            Self::Markdown => "markdown",
        }
    }
}

/// Content that exists in all forms.
pub trait Content: Template {
    /// Returns the title.
    fn title(&self) -> String;

    /// Returns the content as Markdown.
    fn markdown(&self) -> String;
}

#[derive(Template)]
#[template(path = "page.html")]
struct Frame<'a> {
    title: &'a str,
    base: &'a str,
    demo: bool,
    content: &'a str,
}

/// The sentence on everything that a demonstration shows.
const DEMO: &str =
    "This is a demonstration. All subjects are simulated, and nothing here says anything about a real cloud.";

/// Renders content in a form.
///
/// # Errors
/// Those of the template, which texts do not have.
pub fn render(app: &App, form: Form, content: &impl Content) -> Result<Page, Answer> {
    let demo = app.settings.demo;
    Ok(match form {
        Form::Markdown => {
            let banner = if demo { format!("**{DEMO}**\n\n") } else { String::new() };
            Page::new("text/markdown; charset=utf-8", format!("{banner}{}", content.markdown()))
        }
        Form::Fragment => {
            let banner = if demo { format!("<p><strong>{DEMO}</strong></p>\n") } else { String::new() };
            Page::new("text/html; charset=utf-8", format!("{banner}{}", content.render()?))
        }
        Form::Page => {
            let (title, inner) = (content.title(), content.render()?);
            let frame = Frame { title: &title, base: &app.settings.base, demo, content: &inner };
            Page::new("text/html; charset=utf-8", frame.render()?)
        }
    })
}

/// Returns a text for Markdown, in which nothing of it has a meaning.
pub fn plain(text: &str) -> String {
    let mut escaped = String::new();
    for c in visible(text).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '#' | '|' | '!' | '~' | ':' => {
                escaped.push('\\');
                escaped.push(c);
            }
            c => escaped.push(c),
        }
    }
    escaped
}

/// Returns an address if a browser may follow it; nothing for any other.
pub fn safe_url(url: &str) -> &str {
    let is_safe = ["https://", "http://"].iter().any(|start| url.starts_with(start))
        && !url.contains(|c: char| c.is_whitespace() || c.is_control() || "<>\"'()\\".contains(c));
    if is_safe { url } else { "" }
}

/// Returns a part of a path, with everything escaped that has a meaning in one.
pub fn segment(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("<script>", "&lt;script&gt;")]
    #[case("[x](javascript:1)", "\\[x\\]\\(javascript\\:1\\)")]
    #[case("a|b\nc", "a\\|b\\\\nc")]
    fn markdown_of_others_means_nothing(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(plain(text), expected);
    }

    #[test]
    fn only_addresses_of_the_web_are_links() {
        assert_eq!(safe_url("https://example.org/a#b"), "https://example.org/a#b");
        for url in ["javascript:alert(1)", "https://a\"onclick=x", "//example.org", "data:text/html,x", "https://a b"] {
            assert_eq!(safe_url(url), "", "{url}");
        }
        assert_eq!(segment("a/b ?#ä"), "a%2Fb%20%3F%23%C3%A4");
    }
}
