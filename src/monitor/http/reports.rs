//! `GET /reports` and what is below it: reports as JSON, as they were signed, and their signatures.

use super::answer::Answer;
use super::app::App;
use super::login::Login;
use super::path::Path;
use super::query::Query;
use crate::accept::{Media, Node};
use crate::store::{ReportRow, UploadRow};
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream};
use futures_util::{StreamExt, TryStreamExt};
use std::io::{self, BufWriter, Write};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::task::spawn_blocking;
use tokio::time::timeout;
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
    let documents = stream::iter(rows.into_iter().enumerate()).then(move |(index, row)| {
        let app = Arc::clone(&app);
        async move {
            let begin = if index == 0 { "" } else { "," };
            let loaded = load(&app, &row).await.map_err(|answer| io::Error::other(answer.detail))?;
            Ok::<_, io::Error>(text(begin).chain(loaded.json(false)))
        }
    });
    let body = text("[").chain(documents.try_flatten()).chain(text("]"));
    Ok(([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")], Body::from_stream(body)).into_response())
}

/// Returns a stream of one text.
fn text(text: &'static str) -> impl Stream<Item = io::Result<Bytes>> + Send {
    stream::iter([Ok(Bytes::from_static(text.as_bytes()))])
}

/// Returns a report as JSON.
pub async fn get(State(app): State<Arc<App>>, login: Login, Path(uuid): Path<String>) -> Result<Response, Answer> {
    let row = find(&app, &uuid).await?;
    if !login.account.may_read(&row.subject) {
        return Err(Answer::unauthorized("this report is of another subject; reading it takes the role read_any"));
    }
    let body = Body::from_stream(load(&app, &row).await?.json(true));
    Ok(([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")], body).into_response())
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

/// A stored document, with its place in the budget of bodies.
pub struct Loaded {
    bytes: Vec<u8>,
    media: Media,
    index: usize,
    _place: OwnedSemaphorePermit,
}

/// Loads a report with everything in it.
///
/// # Errors
/// It was retired, or the database does not answer.
pub async fn load(app: &App, row: &ReportRow) -> Result<Loaded, Answer> {
    let upload = app.store.upload(&row.upload).await?;
    let upload = upload.ok_or_else(|| Answer::not_found("the content of this report cannot be found"))?;
    let place = app.bodies.place(usize::try_from(upload.size).unwrap_or_default()).await?;
    let media = Media::from_header(&upload.media_type).unwrap_or(Media::Yaml);
    Ok(Loaded { bytes: content(app, row).await?, media, index: row.document, _place: place })
}

impl Loaded {
    /// Reads the document beside the runtime.
    ///
    /// # Errors
    /// It cannot be read any more.
    pub async fn read<T: Send + 'static>(
        self,
        read: impl FnOnce(&Node<'_>) -> T + Send + 'static,
    ) -> Result<T, Answer> {
        let task = spawn_blocking(move || {
            let documents = self.media.parse(&self.bytes).ok()?;
            documents.get(self.index).map(read)
        });
        task.await.ok().flatten().ok_or_else(|| Answer::not_found("the content of this report cannot be read"))
    }

    /// Returns the document as JSON, in parts: it is never in memory as a whole.
    fn json(self, pretty: bool) -> impl Stream<Item = io::Result<Bytes>> + Send {
        let (sender, receiver) = mpsc::channel(4);
        let writer = Parts { sender, runtime: Handle::current() };
        tokio::spawn(self.read(move |node| {
            let mut writer = BufWriter::with_capacity(PART, writer);
            let written = match pretty {
                true => serde_json::to_writer_pretty(&mut writer, node),
                false => serde_json::to_writer(&mut writer, node),
            };
            if written.is_err() || writer.flush().is_err() {
                tracing::debug!("a client left before the end of a report");
            }
        }));
        stream::unfold(receiver, |mut receiver| async move { Some((Ok(receiver.recv().await?), receiver)) })
    }
}

/// The size of a part, and the longest wait for a client that does not take it.
const PART: usize = 64 << 10;
const PATIENCE: Duration = Duration::from_secs(15);

/// A writer whose parts a response sends.
struct Parts {
    sender: mpsc::Sender<Bytes>,
    runtime: Handle,
}

impl Write for Parts {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let sent = timeout(PATIENCE, self.sender.send(Bytes::copy_from_slice(bytes)));
        match self.runtime.block_on(sent) {
            Ok(Ok(())) => Ok(bytes.len()),
            _ => Err(io::ErrorKind::TimedOut.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
