//! `/notifications`: the messages to operators, as evidence (scs-0004, regulation 8b). Addresses are not shown.

use super::answer::Answer;
use super::app::App;
use super::login::Login;
use super::query::Query;
use crate::accounts::Role;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// Lists messages, the newest first.
pub async fn list(State(app): State<Arc<App>>, login: Login, query: Query) -> Result<Response, Answer> {
    if !login.account.roles.has(Role::Admin) {
        return Err(Answer::unauthorized("reading the messages to operators takes the role admin"));
    }
    let as_number = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let records = app.store.notices(as_number(query.limit()?), as_number(query.skip()?)).await?;
    let text = serde_json::to_string(&records).unwrap_or_default();
    Ok(([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")], text).into_response())
}
