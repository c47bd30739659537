//! The pages for customers, in English under `/en/` and in German under `/de/`.

mod frame;
mod help;
mod listed;

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
        router.nest(&format!("/{}", language.code()), pages().layer(Extension(language)))
    });
    pages.route("/static/site.css", get(style))
}

/// Returns the pages of one language, without the name of the language.
fn pages() -> Router<Arc<App>> {
    Router::new().route("/help", get(help::page))
}

async fn style() -> Response {
    let headers = [(CONTENT_TYPE, "text/css; charset=utf-8"), (CACHE_CONTROL, "public, max-age=3600")];
    (headers, format!("{}{}", scs_reports::THEME, include_str!("../../templates/site/site.css"))).into_response()
}
