//! The paths, and the headers that every answer has.

use super::answer::Answer;
use super::app::App;
use super::body::shared;
use super::{notifications, pages, reports, results, service, site, status, uploads};
use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderValue, Method, Uri};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::get;
use std::sync::Arc;
use tower::util::MapRequest;

/// Nothing is loaded but our own style, script and pictures.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; \
                      frame-ancestors 'none'";

/// Headers that every answer has.
const HEADERS: [(HeaderName, HeaderValue); 5] = [
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
];

/// The header on everything that a demonstration answers.
const DEMONSTRATION: (HeaderName, HeaderValue) =
    (HeaderName::from_static("x-scs-demonstration"), HeaderValue::from_static("all subjects are simulated"));

/// Returns the router of a server.
pub fn router(app: &Arc<App>) -> Router {
    let routes = Router::new()
        .route("/reports", get(reports::list).post(uploads::post))
        .route("/reports/{uuid}", get(reports::get))
        .route("/reports/{uuid}/raw", get(reports::raw))
        .route("/reports/{uuid}/signature", get(reports::signature))
        .route("/status", get(status::status))
        .route("/subjects", get(status::subjects))
        .route("/groups", get(status::groups))
        .route("/results", get(results::list).post(results::post))
        .route("/history/{subject}/{scope}", get(pages::history_json))
        .route("/audit", get(service::audit))
        .route("/notifications", get(notifications::list))
        .route("/healthz", get(service::healthz))
        .route("/readyz", get(service::readyz))
        .route("/metrics", get(service::metrics))
        .route("/openapi.json", get(service::openapi))
        .route("/static/style.css", get(service::style))
        .merge(pages::routes())
        .merge(site::routes());
    let routes = routes
        .fallback(|| async { Answer::not_found("Not Found: there is no such path; /openapi.json lists all") })
        .method_not_allowed_fallback(|| async {
            Answer::new(axum::http::StatusCode::METHOD_NOT_ALLOWED, "this path has other methods; see /openapi.json")
        })
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn_with_state(Arc::clone(app), finish))
        .with_state(Arc::clone(app));
    let base = app.settings.base.trim_end_matches('/').to_owned();
    if base.is_empty() {
        return routes;
    }
    // Before anything is routed: a proxy may or may not cut the path off.
    Router::new().fallback_service(MapRequest::new(routes, move |request| without_base(request, &base)))
}

/// Removes the path under which a proxy shows the server.
fn without_base(mut request: Request, base: &str) -> Request {
    let rest = request.uri().path().strip_prefix(base).filter(|rest| rest.is_empty() || rest.starts_with('/'));
    if let Some(rest) = rest {
        let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
        let path = format!("{}{query}", if rest.is_empty() { "/" } else { rest });
        let mut parts = request.uri().clone().into_parts();
        parts.path_and_query = path.parse().ok();
        if let Ok(uri) = Uri::from_parts(parts) {
            *request.uri_mut() = uri;
        }
    }
    request
}

/// Adds the headers that every answer has, and counts it.
async fn finish(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let (parts, body) = request.into_parts();
    let (body, rest) = shared(body);
    let has_body = method == Method::POST;
    let request = Request::from_parts(parts, if has_body { body } else { Body::empty() });
    let mut response = next.run(request).await;
    if has_body && response.status().is_client_error() {
        rest.drain().await;
    }
    app.metrics.answered(response.status());
    tracing::debug!(%method, path, status = response.status().as_u16(), "answered");
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(value);
    }
    if app.settings.demo {
        response.headers_mut().insert(DEMONSTRATION.0, DEMONSTRATION.1);
    }
    response.headers_mut().entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-cache"));
    response
}
