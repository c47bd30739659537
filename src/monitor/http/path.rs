//! The parts of a path, refused in the form of all refusals.

use super::answer::Answer;
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

/// The parts of a path.
#[derive(Clone, Debug)]
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Answer;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Answer> {
        let read = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        let refused =
            |_| Answer::new(StatusCode::BAD_REQUEST, "path: a part of it is not UTF-8; escape its bytes as UTF-8");
        read.map(|axum::extract::Path(found)| Self(found)).map_err(refused)
    }
}
