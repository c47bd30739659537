//! `/results`: the results of the last seven days, and their approval, which decides nothing any more.

use super::answer::Answer;
use super::app::App;
use super::login::Login;
use super::query::Query;
use crate::accounts::Role;
use crate::store::{Approval, AuditEntry, ResultFilter};
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use std::sync::Arc;
use uuid::Uuid;

/// The largest list of approvals, in bytes.
const LARGEST: usize = 1 << 20;

/// Lists results.
pub async fn list(State(app): State<Arc<App>>, login: Login, query: Query) -> Result<Response, Answer> {
    if !login.account.roles.has(Role::ReadAny) {
        return Err(Answer::unauthorized("reading results takes the role read_any"));
    }
    let filter = ResultFilter {
        approved: query.flag("approved")?,
        subject: query.text("subject").map(str::to_owned),
        scope: query.uuid("scopeuuid")?,
        limit: query.limit()?,
        skip: query.skip()?,
    };
    let rows = app.store.results(&filter, app.now()).await?;
    let text = serde_json::to_string(&rows).unwrap_or_default();
    Ok(([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")], text).into_response())
}

/// Sets the approval of one result or of several.
pub async fn post(
    State(app): State<Arc<App>>,
    login: Login,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Answer> {
    if !login.account.roles.has(Role::Approve) {
        return Err(Answer::unauthorized("approving results takes the role approve"));
    }
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json") {
        return Err(Answer::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Content-Type: use application/json"));
    }
    let bytes = axum::body::to_bytes(body, LARGEST)
        .await
        .map_err(|_| Answer::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is larger than 1 MiB, or was cut short"))?;
    let approvals = approvals(&bytes)?;
    let entry = AuditEntry {
        account: login.account.subject,
        address: login.address.to_string(),
        action: "approve",
        outcome: "accepted".to_owned(),
        detail: format!("{} results", approvals.len()),
    };
    if let Some(index) = app.store.approve(&approvals, &entry, app.now()).await? {
        let detail = format!("entry {}: there is no such result; list them with GET /results", index + 1);
        return Err(Answer::not_found(detail));
    }
    Ok(([(CONTENT_TYPE, "application/json")], "null").into_response())
}

fn approvals(bytes: &[u8]) -> Result<Vec<Approval>, Answer> {
    let value: Value = serde_json::from_slice(bytes)
        .map_err(|error| Answer::new(StatusCode::BAD_REQUEST, format!("the body is not valid JSON: {error}")))?;
    let values = match value {
        Value::Array(values) => values,
        value => vec![value],
    };
    let approval = |(number, value): (usize, Value)| {
        let read = serde_json::from_value::<Approval>(value);
        let mut approval = read.map_err(|error| Answer::invalid(format!("entry {number}: {error}")))?;
        let texts = [&approval.reportuuid, &approval.scopeuuid, &approval.version, &approval.check];
        if texts.iter().any(|text| text.contains('\0')) {
            return Err(Answer::invalid(format!("entry {number}: has a zero character; leave it out")));
        }
        for id in [&mut approval.reportuuid, &mut approval.scopeuuid] {
            // They are stored in one form, and may be written in others.
            if let Ok(uuid) = Uuid::parse_str(id) {
                *id = uuid.to_string();
            }
        }
        Ok(approval)
    };
    (1..).zip(values).map(approval).collect()
}
