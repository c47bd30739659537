//! `POST /reports`: an upload is accepted as a whole or refused as a whole, and refused with the field and the remedy.

use super::answer::Answer;
use super::app::App;
use super::login::Login;
use crate::accept::{Bounds, Envelope, Media, MissingSignature, Upload};
use crate::accounts::Account;
use crate::store::{AuditEntry, Compressed, NewUpload, StoreError, compressed};
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, TimeDelta, Utc};
use scs_signatures::{REPORT, Signature};
use std::sync::Arc;
use tokio::task::spawn_blocking;
use uuid::Uuid;

/// The time for which refusals are kept in the audit log.
const KEPT: TimeDelta = TimeDelta::days(90);

/// Accepts an upload, or refuses it.
pub async fn post(State(app): State<Arc<App>>, login: Login, headers: HeaderMap, body: Body) -> Response {
    match accept(&app, &login, &headers, body).await {
        Ok(reports) => {
            app.metrics.accepted(reports);
            let text = if reports == 0 { "\"empty reports\"" } else { "null" };
            ([(CONTENT_TYPE, "application/json")], text).into_response()
        }
        Err(answer) => {
            app.metrics.refused();
            record(&app, &login, &answer).await;
            answer.into_response()
        }
    }
}

/// Accepts an upload, and returns the number of its reports.
async fn accept(app: &App, login: &Login, headers: &HeaderMap, body: Body) -> Result<usize, Answer> {
    if !app.uploads.take(&login.account.subject) {
        return Err(Answer::later("too many uploads by this account; send several reports in one upload", 1));
    }
    let media = media_of(headers)?;
    let received = app.bodies.read(&login.account.subject, body, content_length(headers)?).await?;
    let bounds = Bounds { now: app.now(), simulated: app.settings.demo };
    let turn = app.turns.upload(received.bytes.len()).await?;
    let login = login.clone();
    let checked = spawn_blocking(move || check(received.bytes, media, &login, bounds)).await;
    drop(turn);
    let upload =
        checked.map_err(|_| Answer::invalid("the upload cannot be read; send it as the check tool wrote it"))??;
    let Some((upload, entry)) = upload else { return Ok(0) };
    let stored = store(app, &upload, &entry).await;
    app.note_writing(!matches!(stored, Err(ref error) if !matches!(error, StoreError::Duplicate(_))));
    stored?;
    app.board.note_change();
    tracing::info!(account = entry.account, address = entry.address, reports = upload.reports.len(), "upload accepted");
    Ok(upload.reports.len())
}

/// Stores an upload; once more where the database has ended the first try for the sake of another one.
async fn store(app: &App, upload: &NewUpload, entry: &AuditEntry) -> Result<(), StoreError> {
    let rulebook = app.rulebook();
    match app.store.accept(upload, &rulebook, entry).await {
        Err(StoreError::Database(sqlx::Error::Database(error))) => {
            tracing::warn!(%error, "an upload is stored once more");
            app.store.accept(upload, &rulebook, entry).await
        }
        other => other,
    }
}

fn media_of(headers: &HeaderMap) -> Result<Media, Answer> {
    let named = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    Media::from_header(named).ok_or_else(|| {
        let detail = format!("Content-Type: use {} or {}", Media::Yaml.name(), Media::Json.name());
        Answer::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail)
    })
}

fn content_length(headers: &HeaderMap) -> Result<Option<usize>, Answer> {
    let Some(value) = headers.get(CONTENT_LENGTH) else { return Ok(None) };
    let length = value.to_str().ok().and_then(|text| text.parse::<u64>().ok());
    let length = length.ok_or_else(|| Answer::new(StatusCode::BAD_REQUEST, "Content-Length: is no number"))?;
    Ok(Some(usize::try_from(length).unwrap_or(usize::MAX)))
}

/// Checks a body completely, beside the runtime; none for one without documents.
fn check(
    body: Vec<u8>,
    media: Media,
    login: &Login,
    bounds: Bounds,
) -> Result<Option<(NewUpload, AuditEntry)>, Answer> {
    let envelope = Envelope::split(&body).map_err(|MissingSignature| {
        Answer::unauthorized(
            "missing signature; send the output of `ssh-keygen -Y sign -n report`, an ampersand, and the signed report",
        )
    })?;
    let fingerprint = verify(&envelope, &login.account, bounds.now)?;
    let parsed = media.parse_new(envelope.data)?;
    let upload = Upload::read(&parsed.documents, bounds)?;
    let documents = parsed.ranges;
    drop(parsed.documents);
    if upload.0.is_empty() {
        return Ok(None);
    }
    for report in &upload.0 {
        if let Some(refusal) = login.accounts.upload_refusal(&login.account, &report.subject) {
            return Err(Answer::unauthorized(format!("subject: {refusal}")));
        }
    }
    let content = compressed(envelope.data)
        .map_err(|error| Answer::new(StatusCode::BAD_REQUEST, format!("the upload cannot be kept: {error}")))?;
    let content = Compressed { documents, ..content };
    let new = NewUpload {
        id: Uuid::new_v4().to_string(),
        arrived_at: bounds.now,
        uploader: login.account.subject.clone(),
        fingerprint,
        signature: String::from_utf8_lossy(envelope.signature).replace('\0', ""),
        media_type: media.name(),
        content,
        reports: upload.0,
    };
    let entry = entry(login, "accepted".to_owned(), detail_of(&new));
    Ok(Some((new, entry)))
}

/// Checks the signature against the keys of the account, and returns the fingerprint of the key.
fn verify(envelope: &Envelope<'_>, account: &Account, now: DateTime<Utc>) -> Result<String, Answer> {
    let refuse = |refusal: scs_signatures::Refusal| Answer::unauthorized(format!("bad signature: {refusal}"));
    let signature = Signature::parse(envelope.signature).map_err(refuse)?;
    account.signers.verify(REPORT, envelope.data, &signature, now).map_err(refuse)?;
    Ok(signature.fingerprint())
}

fn detail_of(upload: &NewUpload) -> String {
    let shown: Vec<String> =
        upload.reports.iter().take(20).map(|report| format!("{} {}", report.subject, report.uuid)).collect();
    format!("{} reports, {} bytes: {}", upload.reports.len(), upload.content.size, shown.join(", "))
}

fn entry(login: &Login, outcome: String, detail: String) -> AuditEntry {
    let (account, address) = (login.account.subject.clone(), login.address.to_string());
    AuditEntry { account, address, action: "upload", outcome, detail }
}

/// Records a refusal of somebody who has logged in, within bounds: whoever sends nothing but garbage fills no disk.
async fn record(app: &App, login: &Login, answer: &Answer) {
    tracing::warn!(account = login.account.subject, address = %login.address, detail = answer.detail, "upload refused");
    if answer.status.is_server_error() || answer.status == StatusCode::TOO_MANY_REQUESTS {
        return;
    }
    if !app.refusals.take(&login.account.subject) {
        return;
    }
    let entry = entry(login, answer.status.as_u16().to_string(), answer.detail.chars().take(1_000).collect());
    let now = app.now();
    if app.is_due_to_forget()
        && let Err(error) = app.store.forget_refusals(now - KEPT).await
    {
        tracing::error!(%error, "old refusals were not forgotten");
    }
    if let Err(error) = app.store.record(&entry, now).await {
        tracing::error!(%error, "a refusal was not recorded");
    }
}
