//! The pages of today's contract: overview, subject, history, report, scope; each as a page, a fragment, or Markdown.

mod detail;
mod find;
mod form;
mod history;
mod overview;
mod redaction;
mod report;
mod scope;

pub use form::{Form, safe_url, segment};
pub use history::json as history_json;

use super::app::App;
use axum::Router;
use axum::routing::get;
use std::sync::Arc;

/// Returns the paths of all pages.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/{view}/table", get(overview::table))
        .route("/{view}/table_full", get(overview::table_full))
        .route("/{view}/detail/{subject}/{scope}", get(detail::detail))
        .route("/{view}/detail_full/{subject}/{scope}", get(detail::detail_full))
        .route("/{view}/history/{subject}/{scope}", get(history::page))
        .route("/{view}/report/{uuid}", get(report::public))
        .route("/{view}/report_full/{uuid}", get(report::full))
        .route("/{view}/scope/{scope}", get(scope::page))
}
