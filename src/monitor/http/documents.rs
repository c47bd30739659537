//! Loads stored reports: one document of an upload, in a turn of its own, and never more of it than that.

use super::answer::Answer;
use super::app::App;
use super::body::Place;
use super::download::Written;
use super::turns::Turn;
use crate::accept::{Media, Node};
use crate::store::ReportRow;
use axum::body::Bytes;
use futures_util::stream::Stream;
use std::io;
use tokio::task::spawn_blocking;
use uuid::Uuid;

/// Finds a report by its id.
///
/// # Errors
/// There is none, or the database does not answer.
pub async fn find(app: &App, uuid: &str) -> Result<ReportRow, Answer> {
    let uuid = Uuid::parse_str(uuid).map_err(|_| Answer::not_found("no report has this id: it is not a UUID"))?;
    app.store.report(&uuid.to_string()).await?.ok_or_else(|| Answer::not_found(format!("there is no report {uuid}")))
}

/// A stored document, with the turn to read it.
pub struct Loaded {
    bytes: Vec<u8>,
    media: Media,
    index: usize,
    _turn: Turn,
}

/// Loads a report with everything in it.
///
/// # Errors
/// It was retired, too much is read at once, or the database does not answer.
pub async fn load(app: &App, row: &ReportRow) -> Result<Loaded, Answer> {
    let retired = || Answer::not_found("the content of this report was retired; its results are kept");
    if row.place.retired {
        return Err(retired());
    }
    let (from, to, index) = match row.place.range {
        Some((from, to)) => (from, to, 0),
        None => (0, row.place.size, row.document),
    };
    let turn = app.turns.reading(to.saturating_sub(from)).await?;
    let bytes = app.store.content_between(&row.upload, from, to).await?.ok_or_else(retired)?;
    let media = Media::from_header(&row.place.media_type).unwrap_or(Media::Yaml);
    Ok(Loaded { bytes, media, index, _turn: turn })
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
}

/// Returns a report as JSON, in chunks, with a place in the budget of downloads.
///
/// # Errors
/// It was retired, too much is read at once, or the database does not answer.
pub async fn json(
    app: &App,
    account: &str,
    row: &ReportRow,
    pretty: bool,
) -> Result<impl Stream<Item = io::Result<Bytes>> + Send + use<>, Answer> {
    let write = move |node: &Node<'_>| {
        Written::new(|writer| match pretty {
            true => Ok(serde_json::to_writer_pretty(writer, node)?),
            false => Ok(serde_json::to_writer(writer, node)?),
        })
    };
    let written = load(app, row).await?.read(write).await?;
    let written = written.map_err(|_| Answer::not_found("the content of this report cannot be written as JSON"))?;
    let mut place = Place::default();
    app.downloads.raise(&mut place, account, written.size()).await?;
    Ok(written.chunks(place))
}
