//! The ledger: the only way to change a cloud, and the guarantee that nothing stays behind.
//!
//! It names what it creates after the run, notes the intent in the [`Journal`] before it asks the
//! cloud, and removes everything afterwards, whatever happened. It knows resources by kind, id and
//! name only; the requests are those of [`Hands`], which nobody can move without a [`Warrant`].

mod journal;
mod kind;
mod name;
mod sweep;
#[cfg(test)]
mod tests;
mod unwind;

pub use journal::{Journal, Place, Unfinished, unfinished};
pub use kind::Kind;
pub use name::RunId;
pub use sweep::{Broom, Leftover, Swept};
pub(crate) use sweep::{find, sweep};
pub use unwind::Patience;

use crate::openstack::{Error, ErrorKind};
use chrono::{DateTime, Utc};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The permission to change a cloud. Only ledgers issue it, so nothing else can.
#[derive(Debug)]
pub struct Warrant(());

/// What came into being.
#[derive(Clone, Debug)]
pub struct Created {
    /// Its id.
    pub id: String,
}

/// A resource as it stands in the cloud while it is awaited that it goes.
#[derive(Clone, Debug)]
pub struct Sighting {
    /// Its status in the service's words; empty if it has none.
    pub status: String,
}

/// What a ledger knows of an order before it is carried out.
#[derive(Clone, Debug)]
pub struct Outlook {
    /// What comes into being.
    pub kind: Kind,
    /// The ids of what it will use, which therefore can go only after it.
    pub uses: Vec<String>,
    /// Its id, where that is known beforehand.
    pub id: Option<String>,
    /// True if the service may leave something behind even where it refuses.
    pub survives_refusal: bool,
}

/// Does in one cloud what a ledger decides.
pub(crate) trait Hands {
    /// Something to create.
    type Order;

    /// What the order comes to.
    fn outlook(order: &Self::Order) -> Outlook;

    /// Creates it, once: a creating request is not repeated when it is unclear what became of it.
    async fn create(&self, warrant: &Warrant, order: &Self::Order, name: &str, note: &str) -> Result<Created, Error>;

    /// Sends data into an image.
    async fn fill(&self, warrant: &Warrant, image: &str, data: &[u8]) -> Result<(), Error>;

    /// Asks for its removal; one that is gone already is an error of kind `NotFound`.
    async fn delete(&self, warrant: &Warrant, kind: Kind, id: &str) -> Result<(), Error>;

    /// Looks whether it is still there.
    async fn look(&self, kind: Kind, id: &str) -> Result<Option<Sighting>, Error>;

    /// All resources of a kind that the project has; of this name, or also others, if one is given.
    async fn list(&self, kind: Kind, name: Option<&str>) -> Result<Vec<Leftover>, Error>;
}

/// What all ledgers of a run share.
#[derive(Clone, Debug)]
pub struct Run {
    /// The run.
    pub id: RunId,
    /// Its journal.
    pub journal: Arc<Journal>,
}

/// What one experiment creates.
#[derive(Debug)]
pub(crate) struct Ledger<H> {
    run: Run,
    hands: H,
    entries: Mutex<Vec<Entry>>,
}

/// One resource.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its number in the journal.
    number: usize,
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// When the request for it was sent.
    pub created_at: DateTime<Utc>,
    /// The ids of what it uses.
    uses: Vec<String>,
    /// Its id, as far as it is known.
    pub id: Option<String>,
    /// What became of it.
    pub state: State,
}

/// What became of a resource.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum State {
    /// A request for it was sent; whether it exists is not known.
    Unclear,
    /// It exists.
    Exists,
    /// It never came into being.
    Nothing,
    /// It is gone again.
    Gone,
    /// It could not be removed: why.
    Left(String),
}

impl State {
    /// Nothing remains to be done about it.
    fn is_settled(&self) -> bool {
        !matches!(self, Self::Unclear | Self::Exists)
    }
}

impl<H: Hands> Ledger<H> {
    /// A ledger with nothing in it.
    pub fn new(run: Run, hands: H) -> Self {
        Self { run, hands, entries: Mutex::default() }
    }

    /// Creates something; the label becomes part of its name. Before the cloud is asked the intent is on disk.
    ///
    /// # Errors
    /// Those of the request; and where the journal cannot be written nothing is asked.
    pub async fn create(&self, label: &str, order: &H::Order) -> Result<Created, Error> {
        let Outlook { kind, uses, id, survives_refusal } = H::outlook(order);
        let name = self.run.id.name(label);
        let number = self.run.journal.intend(kind, &name).map_err(unjournaled)?;
        let index = {
            let mut entries = self.entries();
            let (name, state) = (name.clone(), State::Unclear);
            entries.push(Entry { number, kind, name, created_at: Utc::now(), uses, id, state });
            entries.len() - 1
        };
        let result = self.hands.create(&Warrant(()), order, &name, &self.note()).await;
        match &result {
            Ok(created) => {
                self.update(index, |entry| {
                    entry.id = Some(created.id.clone());
                    entry.state = State::Exists;
                });
                let exists = journal::Line::Exists { entry: number, id: created.id.clone() };
                self.run.journal.note(&exists).map_err(unjournaled)?;
            }
            Err(error) if !survives_refusal && !error.may_have_happened() => self.settle(index, State::Nothing),
            Err(_) => {}
        }
        result
    }

    /// Asks for the removal of something that this ledger created, where removing it is what is tested. Unwinding makes
    /// sure that it went.
    ///
    /// # Errors
    /// Those of the request, and `NotFound` for what is not this ledger's.
    pub async fn delete(&self, kind: Kind, id: &str) -> Result<(), Error> {
        self.check_own(kind, id)?;
        self.hands.delete(&Warrant(()), kind, id).await
    }

    /// Sends data into an image that this ledger created.
    ///
    /// # Errors
    /// As [`Ledger::delete`].
    pub async fn fill(&self, image: &str, data: &[u8]) -> Result<(), Error> {
        self.check_own(Kind::Image, image)?;
        self.hands.fill(&Warrant(()), image, data).await
    }

    fn check_own(&self, kind: Kind, id: &str) -> Result<(), Error> {
        let is_own = |entry: &Entry| entry.kind == kind && entry.id.as_deref() == Some(id);
        match self.entries().iter().any(is_own) {
            true => Ok(()),
            false => Err(Error::new(ErrorKind::NotFound, format!("the {kind} {id} is not of this run"))),
        }
    }

    /// What the ledger knows now, in the order of creation.
    pub fn all(&self) -> Vec<Entry> {
        self.entries().clone()
    }

    /// What stands in the description of everything that the run creates.
    fn note(&self) -> String {
        let (tool, run) = (concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")), &self.run.id);
        format!("Created by {tool}, run {run}, {}. It may be deleted once that run has ended.", Utc::now().to_rfc3339())
    }

    fn entries(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn update(&self, index: usize, change: impl FnOnce(&mut Entry)) {
        if let Some(entry) = self.entries().get_mut(index) {
            change(entry);
        }
    }

    /// Notes what became of an entry in the end. A journal that cannot be written any more only makes `sweep` look
    /// once too often.
    fn settle(&self, index: usize, state: State) {
        let Some(entry) = self.entries().get(index).map(|entry| entry.number) else { return };
        let line = match &state {
            State::Left(why) => journal::Line::Left { entry, why: why.clone() },
            _ => journal::Line::Gone { entry },
        };
        if let Err(why) = self.run.journal.note(&line) {
            tracing::debug!(why, "the journal could not be written");
        }
        self.update(index, |entry| entry.state = state);
    }
}

fn unjournaled(why: String) -> Error {
    Error::new(ErrorKind::JournalUnwritable, why)
}
