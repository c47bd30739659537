//! `GET /reports` and what is below it: reports as JSON, as they were signed, and their signatures.

use super::answer::Answer;
use super::app::App;
use super::login::Login;
use super::query::Query;
use crate::accept::Media;
use crate::store::{ReportRow, UploadRow};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde_json::Value;
use std::io;
use std::sync::Arc;
use tokio::task::spawn_blocking;
use uuid::Uuid;

/// The header with the fingerprint of the key that signed.
const FINGERPRINT: &str = "x-scs-key-fingerprint";
const DIGEST: &str = "x-scs-sha256";

/// Lists reports with everything in them, the newest first.
pub async fn list(State(app): State<Arc<App>>, login: Login, query: Query) -> Result<Response, Answer> {
    let subject = query.text("subject").unwrap_or(&login.account.subject).to_owned();
    if !login.account.may_read(&subject) {
        return Err(Answer::unauthorized("subject: reading reports of others takes the role read_any"));
    }
    let (limit, skip) = (query.limit()?, query.skip()?);
    let as_number = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let subject = Some(subject.as_str()).filter(|subject| !subject.is_empty());
    let rows = app.store.reports(subject, as_number(limit), as_number(skip)).await?;
    // One after the other: a report may be as large as an upload.
    let parts = stream::unfold((app, rows.into_iter(), true), |(app, mut rows, is_first)| async move {
        let row = rows.next()?;
        let begin = if is_first { "[" } else { "," };
        let text = document(&app, &row).await.map(|value| format!("{begin}{value}"));
        Some((text.map_err(|answer| io::Error::other(answer.detail)), (app, rows, false)))
    });
    let end = stream::once(async move { Ok::<_, io::Error>("]".to_owned()) });
    let body = if limit == 0 { Body::from("[]") } else { list_body(parts, end) };
    Ok(([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")], body).into_response())
}

/// Joins the parts of a list; a list without parts is `[]`.
fn list_body(
    parts: impl stream::Stream<Item = io::Result<String>> + Send + 'static,
    end: impl stream::Stream<Item = io::Result<String>> + Send + 'static,
) -> Body {
    use futures_util::StreamExt;
    let mut is_empty = true;
    let all = parts.chain(end).map(move |part| {
        let part = part?;
        let part = if is_empty && part == "]" { "[]".to_owned() } else { part };
        is_empty = false;
        Ok::<_, io::Error>(part)
    });
    Body::from_stream(all)
}

/// Returns a report as JSON.
pub async fn get(State(app): State<Arc<App>>, login: Login, Path(uuid): Path<String>) -> Result<Response, Answer> {
    let row = find(&app, &uuid).await?;
    if !login.account.may_read(&row.subject) {
        return Err(Answer::unauthorized("this report is of another subject; reading it takes the role read_any"));
    }
    let value = document(&app, &row).await?;
    let text = serde_json::to_string_pretty(&value).unwrap_or_default();
    Ok(([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")], text).into_response())
}

/// Returns the bytes that were signed: the whole upload, with the reports of others in it.
pub async fn raw(State(app): State<Arc<App>>, login: Login, Path(uuid): Path<String>) -> Result<Response, Answer> {
    let row = find(&app, &uuid).await?;
    let upload = upload(&app, &row).await?;
    if let Some(other) = upload.subjects.iter().find(|subject| !login.account.may_read(subject)) {
        let detail = format!("the signed file has a report of {other} as well; reading it takes the role read_any");
        return Err(Answer::unauthorized(detail));
    }
    let bytes = content(&app, &row).await?;
    let headers = [
        (CONTENT_TYPE.as_str(), "application/octet-stream".to_owned()),
        (CACHE_CONTROL.as_str(), "no-store".to_owned()),
        (FINGERPRINT, upload.fingerprint),
        (DIGEST, upload.sha256),
    ];
    Ok((headers, bytes).into_response())
}

/// Returns the signature of the upload that a report came in.
pub async fn signature(State(app): State<Arc<App>>, Path(uuid): Path<String>) -> Result<Response, Answer> {
    let row = find(&app, &uuid).await?;
    let upload = upload(&app, &row).await?;
    let headers = [
        (CONTENT_TYPE.as_str(), "text/plain; charset=utf-8".to_owned()),
        (FINGERPRINT, upload.fingerprint),
        (DIGEST, upload.sha256),
    ];
    Ok((headers, format!("{}\n", upload.signature.trim_end())).into_response())
}

/// Finds a report by its id.
///
/// # Errors
/// There is none, or the database does not answer.
pub async fn find(app: &App, uuid: &str) -> Result<ReportRow, Answer> {
    let uuid = Uuid::parse_str(uuid).map_err(|_| Answer::not_found("no report has this id: it is not a UUID"))?;
    app.store.report(&uuid.to_string()).await?.ok_or_else(|| Answer::not_found(format!("there is no report {uuid}")))
}

async fn upload(app: &App, row: &ReportRow) -> Result<UploadRow, Answer> {
    let found = app.store.upload(&row.upload).await?.filter(|upload| !upload.signature.is_empty());
    found.ok_or_else(|| Answer::not_found("this report was taken over without its signature"))
}

async fn content(app: &App, row: &ReportRow) -> Result<Vec<u8>, Answer> {
    let found = app.store.content(&row.upload).await?;
    found.ok_or_else(|| Answer::not_found("the content of this report was retired; its results are kept"))
}

/// Returns a report with everything in it.
///
/// # Errors
/// It was retired, or the database does not answer.
pub async fn document(app: &App, row: &ReportRow) -> Result<Value, Answer> {
    let upload = app.store.upload(&row.upload).await?;
    let upload = upload.ok_or_else(|| Answer::not_found("the content of this report cannot be found"))?;
    let _place = app.bodies.place(usize::try_from(upload.size).unwrap_or_default()).await?;
    let media = Media::from_header(&upload.media_type).unwrap_or(Media::Yaml);
    let (bytes, index) = (content(app, row).await?, row.document);
    let read = move || -> Option<Value> { media.parse(&bytes).ok()?.get(index).map(crate::accept::Node::to_json) };
    let value = spawn_blocking(read).await.ok().flatten();
    value.ok_or_else(|| Answer::not_found("the content of this report cannot be read"))
}
