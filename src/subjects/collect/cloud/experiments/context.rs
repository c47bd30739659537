//! The context of an experiment in a cloud, which waits for the work of OpenStack.

use crate::collect::context;
pub(super) use crate::collect::context::{NotDelivered, Wait, WaitState};
use crate::openstack::{Error, ErrorKind, Item, Reader, Resource, Service, Writer};
use serde_json::Value;

/// The context of an experiment in a cloud.
pub(super) type ExperimentContext<'a> = context::ExperimentContext<'a, Reader, Writer>;

impl ExperimentContext<'_> {
    /// Waits until something has a status. `why` finds the reason in its document where the status is one of an error.
    pub async fn status(
        &self,
        what: &str,
        resource: Resource<'_>,
        key: &str,
        wanted: &str,
        why: impl Fn(&Item) -> Option<String>,
    ) -> Result<Wait<Item>, Error> {
        self.wait(what, async || {
            let mut document: Item = self.reader.get_json(resource).await?;
            // Glance has no envelope.
            let item = match document.remove(key) {
                Some(Value::Object(item)) => item,
                _ => document,
            };
            is_about(&item, resource.path.last().copied().unwrap_or_default())?;
            let status = item.get("status").and_then(Value::as_str).unwrap_or_default().to_owned();
            Ok(if status.eq_ignore_ascii_case(wanted) {
                WaitState::Done(item)
            } else if is_terminal(&status) {
                let why = why(&item).filter(|why| !why.is_empty()).map_or(String::new(), |why| format!(": {why}"));
                WaitState::Broken(format!("its status is {status}{why}"))
            } else {
                WaitState::Pending(format!("status {status}"))
            })
        })
        .await
    }

    /// Waits until a volume is available.
    pub async fn volume(&self, what: &str, id: &str) -> Result<Wait<Item>, Error> {
        let path = ["volumes", id];
        self.status(what, Resource::new(Service::BlockStorage, &path), "volume", "available", |_| None).await
    }
}

/// Refuses a document of something else than what was asked for: it proves nothing about what this run has made.
pub(super) fn is_about(item: &Item, id: &str) -> Result<(), Error> {
    let found = text(item, &["id"]).unwrap_or_default();
    if found == id {
        return Ok(());
    }
    let kind = ErrorKind::InvalidAnswer { path: "id".to_owned() };
    Err(Error::new(kind, format!("the service was asked about {id} and answers about something else, {found:?}")))
}

/// Returns true for statuses that nothing leads out of: those of Nova, Cinder and Glance.
fn is_terminal(status: &str) -> bool {
    let status = status.to_ascii_lowercase();
    status.contains("error") || matches!(status.as_str(), "killed" | "deleted" | "soft_deleted" | "unmanaging")
}

/// Returns a text in a document.
pub(super) fn text(item: &Item, pointer: &[&str]) -> Option<String> {
    let (last, way) = pointer.split_last()?;
    let mut at = item;
    for key in way {
        at = at.get(*key)?.as_object()?;
    }
    at.get(*last)?.as_str().map(str::to_owned)
}
