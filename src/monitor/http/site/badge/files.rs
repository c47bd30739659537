//! `/s/{subject}/badge.svg`, `badge.json` and `logo.svg`: the standing and the certificates of a subject, for other sites.

use super::draw::{Line, draw};
use super::state::{Asked, certificate_lines, standing_lines, worst_color};
use crate::http::answer::Answer;
use crate::http::app::App;
use crate::http::cache::Page;
use crate::http::path::Path;
use crate::http::query::Query;
use crate::http::site::feed::for_everybody;
use crate::http::site::listed::find_listed;
use crate::http::site::state::{ScopeState, states};
use crate::language::Language;
use axum::Extension;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::json;
use std::sync::Arc;

/// The media type of pictures.
pub const SVG: &str = "image/svg+xml; charset=utf-8";

/// The seconds for which shields.io may keep an answer.
const KEPT: u32 = 3600;

/// Returns the badge of a subject.
pub async fn svg(
    State(app): State<Arc<App>>,
    Extension(language): Extension<Language>,
    Path(name): Path<String>,
    query: Query,
    headers: HeaderMap,
) -> Result<Response, Answer> {
    let write = |lines: &[Line]| Page::new(SVG, draw(lines));
    standing(&app, language, &name, &query, &headers, ("badge", write)).await
}

/// Returns the badge in the form that shields.io reads from an endpoint.
pub async fn json(
    State(app): State<Arc<App>>,
    Extension(language): Extension<Language>,
    Path(name): Path<String>,
    query: Query,
    headers: HeaderMap,
) -> Result<Response, Answer> {
    let write = |lines: &[Line]| Page::new("application/json", shield(lines).to_string());
    standing(&app, language, &name, &query, &headers, ("shield", write)).await
}

/// Returns the logo of a subject's certificates.
pub async fn logo(
    State(app): State<Arc<App>>,
    Extension(language): Extension<Language>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Answer> {
    let registry = app.registry();
    let write = |asked: Asked<'_>, states: &[ScopeState]| match certificate_lines(asked, &registry, states).as_slice() {
        [] => Err(Answer::not_found("the subject has no certificate; badge.svg shows its results")),
        lines => Ok(Page::new(SVG, draw(lines))),
    };
    file(&app, language, &name, "logo", &headers, write).await
}

/// Writes the standing by all scopes, or by the one that is asked for.
async fn standing(
    app: &App,
    language: Language,
    name: &str,
    query: &Query,
    headers: &HeaderMap,
    (kind, write): (&str, impl FnOnce(&[Line]) -> Page),
) -> Result<Response, Answer> {
    let scope = scope(app, query)?;
    let kind = format!("{kind} {}", scope.as_deref().unwrap_or_default());
    let write = |asked: Asked<'_>, states: &[ScopeState]| Ok(write(&standing_lines(asked, states, scope.as_deref())));
    file(app, language, name, &kind, headers, write).await
}

/// Returns the name of the scope that is asked for.
fn scope(app: &App, query: &Query) -> Result<Option<String>, Answer> {
    let Some(name) = query.text("scope") else { return Ok(None) };
    let rules = app.rules(name).ok_or_else(|| Answer::not_found("scope: there is none of this name; see /subjects"))?;
    Ok(Some(rules.id.clone()))
}

async fn file(
    app: &App,
    language: Language,
    name: &str,
    kind: &str,
    headers: &HeaderMap,
    write: impl FnOnce(Asked<'_>, &[ScopeState]) -> Result<Page, Answer>,
) -> Result<Response, Answer> {
    let (view, accounts) = (app.board.view(&app.store).await?, app.accounts().await?);
    let subject = find_listed(&app.registry(), &view, &accounts, name)?;
    let make = || async {
        let (rulebook, now, demo) = (app.rulebook(), app.now(), app.settings.demo);
        let states = states(app, &view, &subject).await?;
        write(Asked { subject: &subject, rulebook: &rulebook, now, language, demo }, &states)
    };
    let key = format!("{kind} {language} {name}");
    let page = app.page(view.generation, key, make).await?;
    Ok(for_everybody(&page, headers))
}

/// Returns the object that shields.io draws. Of several scopes all words stand there, and the color of the worst.
fn shield(lines: &[Line]) -> serde_json::Value {
    let (label, message) = match lines {
        [line] => (line.label.clone(), line.message.clone()),
        lines => {
            let words: Vec<String> = lines.iter().map(|line| format!("{} {}", line.label, line.message)).collect();
            ("SCS".to_owned(), words.join(" | "))
        }
    };
    let color = worst_color(lines);
    json!({"schemaVersion": 1, "label": label, "message": message, "color": color, "cacheSeconds": KEPT})
}
