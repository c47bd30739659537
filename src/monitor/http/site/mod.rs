//! The pages for customers, in English under `/en/` and in German under `/de/`.

mod badge;
mod chart;
mod compare;
mod dashboard;
mod feed;
mod feeds;
mod first;
mod forecast;
mod frame;
mod help;
mod listed;
mod mark;
mod nights;
mod overview;
mod part;
mod revocations;
mod scopes;
mod shortcut;
mod state;
mod status;
mod testcase;
mod versions;
mod words;

pub use listed::listed;

use super::app::App;
use crate::language::Language;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use std::sync::Arc;
use strum::VariantArray;

/// The names of the files beside a subject's page.
pub const FILES_OF_SUBJECT: [&str; 4] = ["badge.json", "badge.svg", "feed.atom", "logo.svg"];

/// Returns the paths of all pages.
pub fn routes() -> Router<Arc<App>> {
    let pages = Language::VARIANTS.iter().fold(Router::new(), |router, &language| {
        let overview = get(overview::page).layer(Extension(language));
        let router = router.route(&format!("/{}/", language.code()), overview);
        router.nest(&format!("/{}", language.code()), pages().layer(Extension(language)))
    });
    pages
        .merge(files().layer(Extension(Language::En)))
        .route("/", get(shortcut::root))
        .route("/s/{subject}", get(shortcut::subject))
        .route("/static/site.css", get(style))
        .route("/static/site.js", get(script))
}

/// Returns the pages of one language, without the name of the language.
fn pages() -> Router<Arc<App>> {
    let router = Router::new()
        .route("/dashboard", get(dashboard::page))
        .route("/forecast", get(forecast::page))
        .route("/help", get(help::page))
        .route("/revocations", get(revocations::page))
        .route("/s/{subject}", get(status::page))
        .route("/s/{subject}/{scope}/{testcase}", get(testcase::page))
        .route("/s/{subject}/{scope}/compare", get(compare::page))
        .route("/scopes", get(scopes::page));
    router.merge(feeds())
}

/// Returns the feeds and pictures of one language.
fn feeds() -> Router<Arc<App>> {
    Router::new()
        .route("/feed.atom", get(feeds::all))
        .route("/s/{subject}/feed.atom", get(feeds::one))
        .route("/revocations.atom", get(revocations::atom))
        .route("/s/{subject}/badge.json", get(badge::json))
        .route("/s/{subject}/badge.svg", get(badge::svg))
        .route("/s/{subject}/logo.svg", get(badge::logo))
}

/// Returns what other sites show or read, under addresses without a language.
fn files() -> Router<Arc<App>> {
    feeds().route("/revocations.json", get(revocations::json)).route("/s/{subject}/qr.svg", get(badge::qr))
}

/// The style sheet: the theme that reports share, the frame, and the pages.
const STYLE: [&str; 5] = [
    scs_reports::THEME,
    include_str!("../../templates/site/site.css"),
    include_str!("../../templates/site/overview.css"),
    include_str!("../../templates/site/status.css"),
    include_str!("../../templates/site/more.css"),
];

async fn style() -> Response {
    let headers = [(CONTENT_TYPE, "text/css; charset=utf-8"), (CACHE_CONTROL, "public, max-age=3600")];
    (headers, STYLE.concat()).into_response()
}

async fn script() -> Response {
    let headers = [(CONTENT_TYPE, "text/javascript; charset=utf-8"), (CACHE_CONTROL, "public, max-age=3600")];
    (headers, include_str!("../../templates/site/site.js")).into_response()
}
