//! `/{language}/help`: how to read the pages, and a glossary.

use super::frame::{Head, Place, render};
use crate::http::answer::Answer;
use crate::http::app::App;
use crate::language::Language;
use crate::registry::Issuer;
use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "site/help.html")]
struct Help<'a> {
    t: Language,
    base: &'a str,
    issuer: Option<&'a Issuer>,
}

/// Shows how to read the pages.
pub async fn page(
    State(app): State<Arc<App>>,
    Extension(language): Extension<Language>,
    headers: HeaderMap,
) -> Result<Response, Answer> {
    let view = app.board.view(&app.store).await?;
    let make = || async {
        let title = language.text("How to read this", "So liest man das").to_owned();
        let head = Head { title, path: "help".to_owned(), place: Place::Help };
        let registry = app.registry();
        let help = Help { t: language, base: &app.settings.base, issuer: registry.issuer.as_ref() };
        render(&app, language, &head, &help)
    };
    let key = format!("help {language}");
    Ok(app.page(view.generation, key, make).await?.response(&headers))
}
