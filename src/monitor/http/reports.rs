//! `GET /reports` and what is below it: reports as JSON, as they were signed, and their signatures.

use super::answer::Answer;
use super::app::App;
use super::body::Place;
use super::documents::{find, json};
use super::download;
use super::login::Login;
use super::path::Path;
use super::query::Query;
use crate::store::{ContentReader, ReportRow, UploadRow};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream};
use futures_util::{StreamExt, TryStreamExt};
use std::io;
use std::pin::Pin;
use std::sync::Arc;

/// The header with the fingerprint of the key that signed.
const FINGERPRINT: &str = "x-scs-key-fingerprint";
const DIGEST: &str = "x-scs-sha256";

/// The bytes that sending an upload takes at most: a stored part, and some chunks.
const SENDING: usize = 2 << 20;

/// Chunks of a response.
type Chunks = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// Lists reports with everything in them, the newest first; of retired ones what is kept.
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
    let account = login.account.subject;
    let documents = stream::iter(rows.into_iter().enumerate()).then(move |(index, row)| {
        let (app, account) = (Arc::clone(&app), account.clone());
        async move {
            let begin = if index == 0 { "" } else { "," };
            let entry = entry(&app, &account, &row).await.map_err(|answer| io::Error::other(answer.detail))?;
            Ok::<_, io::Error>(text(begin.to_owned()).chain(entry))
        }
    });
    let chunks = text("[".to_owned()).chain(documents.try_flatten()).chain(text("]".to_owned()));
    let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")];
    Ok((headers, download::body(chunks)).into_response())
}

/// Returns a report as an entry of a list: with all of it, or what is kept where that is gone.
async fn entry(app: &App, account: &str, row: &ReportRow) -> Result<Chunks, Answer> {
    match json(app, account, row, false).await {
        Ok(chunks) => Ok(Box::pin(chunks)),
        Err(answer) if answer.status == StatusCode::NOT_FOUND => {
            let kept = serde_json::json!({
                "spec": {"uuid": row.scope},
                "subject": row.subject,
                "checked_at": row.checked_at.naive_utc().format("%Y-%m-%d %H:%M:%S%.6f").to_string(),
                "run": {"uuid": row.uuid},
                "versions": row.results,
                "retired": true,
            });
            Ok(Box::pin(text(kept.to_string())))
        }
        Err(answer) => Err(answer),
    }
}

/// Returns a stream of one text.
fn text(text: String) -> impl Stream<Item = io::Result<Bytes>> + Send {
    stream::iter([Ok(Bytes::from(text))])
}

/// Returns a report as JSON.
pub async fn get(State(app): State<Arc<App>>, login: Login, Path(uuid): Path<String>) -> Result<Response, Answer> {
    let row = find(&app, &uuid).await?;
    if !login.account.may_read(&row.subject) {
        return Err(Answer::unauthorized("this report is of another subject; reading it takes the role read_any"));
    }
    let chunks = json(&app, &login.account.subject, &row, true).await?;
    let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")];
    Ok((headers, download::body(chunks)).into_response())
}

/// Returns the bytes that were signed: the whole upload, with the reports of others in it.
pub async fn raw(State(app): State<Arc<App>>, login: Login, Path(uuid): Path<String>) -> Result<Response, Answer> {
    let row = find(&app, &uuid).await?;
    let upload = upload(&app, &row).await?;
    if let Some(other) = upload.subjects.iter().find(|subject| !login.account.may_read(subject)) {
        let detail = format!("the signed file has a report of {other} as well; reading it takes the role read_any");
        return Err(Answer::unauthorized(detail));
    }
    if row.place.retired {
        return Err(Answer::not_found("the content of this report was retired; its results are kept"));
    }
    let mut place = Place::default();
    app.downloads.raise(&mut place, &login.account.subject, SENDING).await?;
    let headers = [
        (CONTENT_TYPE.as_str(), "application/octet-stream".to_owned()),
        (CONTENT_LENGTH.as_str(), upload.size.to_string()),
        (CACHE_CONTROL.as_str(), "no-store".to_owned()),
        (FINGERPRINT, upload.fingerprint),
        (DIGEST, upload.sha256),
    ];
    let reader = ContentReader::new(&row.upload);
    let chunks = stream::try_unfold((app, reader, place), |(app, mut reader, place)| async move {
        let chunk = app.store.read(&mut reader).await.map_err(io::Error::other)?;
        Ok(chunk.map(|chunk| (Bytes::from(chunk), (app, reader, place))))
    });
    Ok((headers, download::body(chunks)).into_response())
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

async fn upload(app: &App, row: &ReportRow) -> Result<UploadRow, Answer> {
    let found = app.store.upload(&row.upload).await?.filter(|upload| !upload.signature.is_empty());
    found.ok_or_else(|| Answer::not_found("this report was taken over without its signature"))
}
