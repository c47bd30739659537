//! The frame of all pages: navigation, language, who is responsible.

use crate::http::answer::Answer;
use crate::http::app::App;
use crate::http::cache::Page;
use crate::language::Language;
use crate::registry::Issuer;
use askama::Template;

/// A place of the navigation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Place {
    /// The overview.
    Overview,
    /// A subject, which the navigation does not name.
    Subject,
    /// The scopes and their versions.
    Scopes,
    /// The changes that come.
    Forecast,
    /// The log of certificates.
    Revocations,
    /// The dashboard of those who log in.
    Dashboard,
    /// The explanation of the pages.
    Help,
}

/// A page: its title, and its path without the language.
#[derive(Clone, Debug)]
pub struct Head {
    /// The title.
    pub title: String,
    /// The path behind `/en/` or `/de/`.
    pub path: String,
    /// The place of the navigation that is marked.
    pub place: Place,
}

#[derive(Template)]
#[template(path = "site/frame.html")]
struct Frame<'a> {
    t: Language,
    base: &'a str,
    head: &'a Head,
    demo: bool,
    /// True unless the page is written to a file: it leads to what needs a login.
    live: bool,
    issuer: Option<&'a Issuer>,
    icons: &'static str,
    content: &'a str,
}

/// Renders a page with its frame.
///
/// # Errors
/// Those of the template, which texts do not have.
pub fn render(app: &App, language: Language, head: &Head, content: &impl Template) -> Result<Page, Answer> {
    let (inner, registry) = (content.render()?, app.registry());
    let frame = Frame {
        t: language,
        base: &app.settings.base,
        head,
        demo: app.settings.demo,
        live: !app.settings.as_files,
        issuer: registry.issuer.as_ref(),
        icons: scs_reports::ICONS,
        content: &inner,
    };
    Ok(Page::new("text/html; charset=utf-8", frame.render()?))
}
