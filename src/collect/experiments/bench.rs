//! What an experiment works with: a reader, its ledger, and patience.

use crate::ledger::Ledger;
use crate::openstack::{Error, ErrorKind, Item, Reader, Resource, Service, Writer};
use crate::run::{Event, Pace};
use serde_json::Value;
use std::time::{Duration, Instant};
use tokio::time::{Instant as Deadline, sleep};

/// The bench of one experiment.
pub(super) struct Bench<'a> {
    pub reader: Reader,
    pub ledger: &'a Ledger<Writer>,
    pub step_limit: Duration,
    pub pace: Pace,
    pub events: &'a dyn Fn(&Event),
}

/// How waiting for something ended.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Wait<T> {
    /// It happened.
    Done(T),
    /// The service says that it will not happen: how.
    Broken(String),
    /// It had not happened when the time for this step was over: what was seen last.
    TooLate(String),
}

/// What one look shows.
pub(super) enum Look<T> {
    Done(T),
    /// Not yet: what is seen, for people.
    Pending(String),
    /// Never: what is seen.
    Broken(String),
}

impl<T> Wait<T> {
    /// What happened, where not happening means that the experiment cannot go on.
    pub fn done(self, what: &str) -> Result<T, Error> {
        match self {
            Self::Done(value) => Ok(value),
            Self::Broken(how) => Err(Error::new(ErrorKind::Failed, format!("{what}: {how}"))),
            Self::TooLate(how) => Err(Error::new(ErrorKind::Deadline, format!("{what}: {how}"))),
        }
    }

    /// What happened, or how the service did not do it.
    pub fn or_how(self) -> Result<T, String> {
        match self {
            Self::Done(value) => Ok(value),
            Self::Broken(how) | Self::TooLate(how) => Err(how),
        }
    }
}

impl Bench<'_> {
    /// Looks again and again, gently, until it is done, broken or too late.
    pub async fn wait<T>(
        &self,
        what: &str,
        mut look: impl AsyncFnMut() -> Result<Look<T>, Error>,
    ) -> Result<Wait<T>, Error> {
        let (began, deadline) = (Instant::now(), Deadline::now() + self.step_limit);
        (self.events)(&Event::Began(what.to_owned()));
        let mut ended = Err(Error::interrupted());
        for pause in self.pace.pauses() {
            let seen = match look().await {
                Ok(Look::Done(value)) => {
                    ended = Ok(Wait::Done(value));
                    break;
                }
                Ok(Look::Broken(how)) => {
                    ended = Ok(Wait::Broken(how));
                    break;
                }
                Ok(Look::Pending(seen)) => {
                    (self.events)(&Event::Pending { what: what.to_owned(), seen: seen.clone() });
                    seen
                }
                Err(error) => {
                    ended = Err(error);
                    break;
                }
            };
            if Deadline::now() + pause >= deadline {
                let limit = humantime::format_duration(self.step_limit);
                ended = Ok(Wait::TooLate(format!("not done within {limit}, last seen: {seen}")));
                break;
            }
            sleep(pause).await;
        }
        let how = match &ended {
            Ok(Wait::Done(_)) => format!("done after {:.1} s", began.elapsed().as_secs_f64()),
            Ok(Wait::Broken(how) | Wait::TooLate(how)) => how.clone(),
            Err(error) => error.to_string(),
        };
        (self.events)(&Event::Ended { what: what.to_owned(), how });
        ended
    }

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
            let status = item.get("status").and_then(Value::as_str).unwrap_or_default().to_owned();
            Ok(if status.eq_ignore_ascii_case(wanted) {
                Look::Done(item)
            } else if is_terminal(&status) {
                let why = why(&item).filter(|why| !why.is_empty()).map_or(String::new(), |why| format!(": {why}"));
                Look::Broken(format!("its status is {status}{why}"))
            } else {
                Look::Pending(format!("status {status}"))
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

/// Statuses that nothing leads out of: those of Nova, Cinder and Glance.
fn is_terminal(status: &str) -> bool {
    let status = status.to_ascii_lowercase();
    status.contains("error") || matches!(status.as_str(), "killed" | "deleted" | "soft_deleted" | "unmanaging")
}

/// A text in a document.
pub(super) fn text(item: &Item, pointer: &[&str]) -> Option<String> {
    let (last, way) = pointer.split_last()?;
    let mut at = item;
    for key in way {
        at = at.get(*key)?.as_object()?;
    }
    at.get(*last)?.as_str().map(str::to_owned)
}
