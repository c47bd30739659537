//! Refusals: the status, what is wrong and the remedy, in the form of today's server (`detail`).

use crate::accept::{Fault, FieldError};
use crate::store::StoreError;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// The challenge of today's server.
const CHALLENGE: HeaderValue = HeaderValue::from_static("Basic realm=\"Compliance monitor\", charset=\"UTF-8\"");

/// A refusal.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The field, the problem and the remedy.
    pub detail: String,
    /// The seconds after which another try may succeed.
    pub retry_after: Option<u64>,
}

impl Answer {
    /// Creates a refusal.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), retry_after: None }
    }

    /// Refuses somebody who is not known, or may not do this.
    pub fn unauthorized(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, detail)
    }

    /// Says that something does not exist.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    /// Refuses a parameter.
    pub fn invalid(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
    }

    /// Puts somebody off.
    pub fn later(detail: impl Into<String>, seconds: u64) -> Self {
        Self { retry_after: Some(seconds), ..Self::new(StatusCode::TOO_MANY_REQUESTS, detail) }
    }
}

impl From<FieldError> for Answer {
    fn from(error: FieldError) -> Self {
        let status = match error.kind {
            Fault::Wrong => StatusCode::UNPROCESSABLE_ENTITY,
            Fault::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Fault::Repeated => StatusCode::CONFLICT,
        };
        Self::new(status, error.to_string())
    }
}

impl From<StoreError> for Answer {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Duplicate(uuid) => Self::new(
                StatusCode::CONFLICT,
                format!("run.uuid: the report {uuid} is stored already; send each report once"),
            ),
            error => {
                tracing::error!(error = %error, "the database failed");
                let detail = "the database does not answer now; try again later";
                Self { retry_after: Some(5), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, detail) }
            }
        }
    }
}

/// Templates fail only where something in them does, which texts do not.
impl From<askama::Error> for Answer {
    fn from(error: askama::Error) -> Self {
        tracing::error!(%error, "a page could not be rendered");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "the page could not be rendered")
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = (self.status, json!({ "detail": self.detail }).to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, CHALLENGE);
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
