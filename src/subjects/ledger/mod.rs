//! The ledger: the only way to change a cloud or a cluster, and the guarantee that nothing stays behind.
//!
//! It names what it creates after the run, notes the intent in the [`Journal`] before it asks, and removes everything
//! afterwards, whatever happened. It knows resources by kind, id and name only; the requests are those of
//! `ResourceWriter`, which nobody can move without a [`Warrant`].

mod baseline;
mod command;
mod entries;
mod journal;
mod kind;
mod name;
mod place;
mod removal;
mod sweep;
#[cfg(test)]
pub(crate) mod tests;
mod unwind;
mod writer;

pub use baseline::Baseline;
pub use command::{Journals, SweepScope};
pub(crate) use entries::Ledger;
pub use entries::{Entry, Run, State};
pub use journal::{FoundJournals, Journal, JournalError, Unfinished, Unread, unfinished};
pub use kind::Kind;
pub use name::{InvalidRunId, RunId};
pub use place::{Place, PlaceMatch};
pub use sweep::{SweepFilter, Swept};
pub(crate) use sweep::{find, sweep};
pub use unwind::Patience;
pub(crate) use writer::ResourceWriter;
pub use writer::{Created, Leftover, PlannedResource, ResourceStatus, Warrant};
