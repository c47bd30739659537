//! The pages for customers, in English under `/en/` and in German under `/de/`.

mod chart;
mod first;
mod frame;
mod help;
mod listed;
mod overview;
mod part;
mod shortcut;
mod state;
mod status;
mod testcase;
mod words;

use super::app::App;
use crate::language::Language;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use std::sync::Arc;

/// Returns the paths of all pages.
pub fn routes() -> Router<Arc<App>> {
    let languages = [Language::En, Language::De].into_iter();
    let pages = languages.fold(Router::new(), |router, language| {
        let overview = get(overview::page).layer(Extension(language));
        let router = router.route(&format!("/{}/", language.code()), overview);
        router.nest(&format!("/{}", language.code()), pages().layer(Extension(language)))
    });
    pages
        .route("/", get(shortcut::root))
        .route("/s/{subject}", get(shortcut::subject))
        .route("/static/site.css", get(style))
        .route("/static/site.js", get(script))
}

/// Returns the pages of one language, without the name of the language.
fn pages() -> Router<Arc<App>> {
    Router::new()
        .route("/help", get(help::page))
        .route("/s/{subject}", get(status::page))
        .route("/s/{subject}/{scope}/{testcase}", get(testcase::page))
}

/// The style sheet: the theme that reports share, the frame, and the pages.
const STYLE: [&str; 4] = [
    scs_reports::THEME,
    include_str!("../../templates/site/site.css"),
    include_str!("../../templates/site/overview.css"),
    include_str!("../../templates/site/status.css"),
];

async fn style() -> Response {
    let headers = [(CONTENT_TYPE, "text/css; charset=utf-8"), (CACHE_CONTROL, "public, max-age=3600")];
    (headers, STYLE.concat()).into_response()
}

async fn script() -> Response {
    let headers = [(CONTENT_TYPE, "text/javascript; charset=utf-8"), (CACHE_CONTROL, "public, max-age=3600")];
    (headers, include_str!("../../templates/site/site.js")).into_response()
}
