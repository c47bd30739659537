//! `/` and `/s/{subject}`: addresses that last, and lead to the pages in the language of the browser.

use crate::http::app::App;
use crate::http::pages::segment;
use crate::http::path::Path;
use crate::language::Language;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT_LANGUAGE, VARY};
use axum::response::{IntoResponse, Redirect, Response};
use std::sync::Arc;

/// Leads to the overview.
pub async fn root(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    lead(&app, &headers, "")
}

/// Leads to the status page of a subject.
pub async fn subject(State(app): State<Arc<App>>, Path(subject): Path<String>, headers: HeaderMap) -> Response {
    lead(&app, &headers, &format!("s/{}", segment(&subject)))
}

fn lead(app: &App, headers: &HeaderMap, path: &str) -> Response {
    let lines = headers.get_all(ACCEPT_LANGUAGE).iter().filter_map(|line| line.to_str().ok());
    let language = Language::accepted(&lines.collect::<Vec<_>>().join(","));
    let target = Redirect::temporary(&format!("{}{}/{path}", app.settings.base, language.code()));
    ([(VARY, "Accept-Language")], target).into_response()
}
