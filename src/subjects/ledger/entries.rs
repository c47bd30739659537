//! The ledger itself: it creates, and knows what became of each resource.

use super::baseline::Baseline;
use super::journal::{Journal, JournalError, Line};
use super::kind::Kind;
use super::name::RunId;
use super::writer::{Created, Leftover, PlannedResource, ResourceWriter, Warrant};
use crate::blocking::blocking;
use crate::wire::error::{Error, ErrorKind};
use chrono::{DateTime, Utc};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The parts that all ledgers of a run share.
#[derive(Clone, Debug)]
pub struct Run {
    /// The run.
    pub id: RunId,
    /// Its journal.
    pub journal: Arc<Journal>,
}

/// The resources that one experiment creates.
#[derive(Debug)]
pub(crate) struct Ledger<H> {
    pub(super) run: Run,
    pub(super) writer: H,
    entries: Mutex<Vec<Entry>>,
}

/// One resource.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its number in the journal.
    pub(super) number: usize,
    /// Its kind.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// The instant of the request for it.
    pub created_at: DateTime<Utc>,
    /// The ids of what it uses.
    pub(super) uses: Vec<String>,
    /// The resources that were there before, if this stands for everything that another program makes from now on.
    pub(crate) before: Option<Baseline>,
    /// Its id, as far as it is known.
    pub id: Option<String>,
    /// Its state.
    pub state: State,
}

impl Entry {
    /// Returns kind and name.
    pub(super) fn shown(&self) -> String {
        format!("{} {}", self.kind, self.name)
    }

    /// Returns the entry of something that is about to be created.
    fn intended(number: usize, kind: Kind, name: &str) -> Self {
        let (name, state) = (name.to_owned(), State::Unclear);
        Self { number, kind, name, created_at: Utc::now(), uses: Vec::new(), before: None, id: None, state }
    }

    /// Returns the entries of what another program has made, and what was there before it began; nothing if none was run.
    pub(crate) fn arrivals(entries: &[Self]) -> Option<(&Baseline, impl Iterator<Item = &Self>)> {
        let (number, baseline) = entries.iter().find_map(|entry| Some((entry.number, entry.before.as_ref()?)))?;
        Some((baseline, entries.iter().filter(move |entry| entry.number == number && entry.before.is_none())))
    }

    /// Returns the entry of something that another program has made, for which this one stands.
    pub(super) fn of_arrival(&self, one: Leftover, state: State) -> Self {
        let created_at = one.created_at.unwrap_or(self.created_at);
        let (uses, before) = (Vec::new(), None);
        Self { number: self.number, kind: one.kind, name: one.name, created_at, uses, before, id: Some(one.id), state }
    }
}

/// The state of a resource.
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
    /// Returns true if nothing remains to be done about it.
    pub(super) fn is_settled(&self) -> bool {
        !matches!(self, Self::Unclear | Self::Exists)
    }
}

impl<H: ResourceWriter> Ledger<H> {
    /// Creates a ledger with nothing in it.
    pub fn new(run: Run, writer: H) -> Self {
        Self { run, writer, entries: Mutex::default() }
    }

    /// Creates something; the label becomes part of its name. Before the subject is asked the intent is on disk.
    ///
    /// # Errors
    /// Those of the request; and where the journal cannot be written nothing is asked.
    pub async fn create(&self, label: &str, order: &H::Order) -> Result<Created, Error> {
        let name = self.run.id.name(H::PREFIX, label);
        let PlannedResource { kind, uses, id, survives_refusal } = H::planned(order, &name);
        let index = self.intend(kind, &name, uses, id).await?;
        let result = self.writer.create(&Warrant(()), order, &name, &self.note()).await;
        match &result {
            Ok(created) => self.exists(index, &created.id).await?,
            Err(error) if !survives_refusal && !error.may_have_happened() => self.settle(index, State::Nothing).await,
            Err(_) => {}
        }
        result
    }

    /// Takes responsibility for what somebody else's program makes because of an own resource, and what has to go after
    /// that: before it is there, so that nothing is forgotten.
    ///
    /// # Errors
    /// The journal cannot be written; and `NotFound` where that resource is not this ledger's.
    pub async fn adopt(&self, kind: Kind, id: &str, because_of: (Kind, &str)) -> Result<(), Error> {
        let own = self.own(because_of.0, because_of.1)?;
        let index = self.intend(kind, id, Vec::new(), Some(id.to_owned())).await?;
        self.update(own, |entry| entry.uses.push(id.to_owned()));
        self.exists(index, id).await
    }

    /// Takes over what an earlier run made, and has not removed; its name has to be a whole one of ours.
    ///
    /// # Errors
    /// The journal cannot be written; and `NotFound` for what is not ours.
    pub async fn take_over(&self, kind: Kind, id: &str) -> Result<(), Error> {
        if RunId::from_name(H::PREFIX, id).is_none() {
            return Err(Error::new(
                ErrorKind::NotFound,
                format!("the {kind} {id} does not belong to a run of this program"),
            ));
        }
        let index = self.intend(kind, id, Vec::new(), Some(id.to_owned())).await?;
        self.exists(index, id).await
    }

    /// Takes responsibility for everything that Tempest makes from now on, for so long; `uses` can go only after that.
    ///
    /// # Errors
    /// The resources that are there already cannot be listed, or the journal cannot be written.
    pub async fn expect_arrivals(&self, label: &str, uses: Vec<String>, limit: Duration) -> Result<(), Error> {
        let baseline = Baseline::read(&self.writer, limit).await?;
        let name = self.run.id.name(H::PREFIX, label);
        let entry = self.run.journal.next_entry();
        self.note_intent(entry, Kind::TempestResources, &name).await?;
        self.write(Line::Before { entry, baseline: baseline.clone() }).await.map_err(unjournaled)?;
        self.add(Entry { uses, before: Some(baseline), ..Entry::intended(entry, Kind::TempestResources, &name) });
        Ok(())
    }

    /// Notes that Tempest has ended by itself, so that nothing more comes.
    pub fn end_arrivals(&self) {
        self.entries().iter_mut().filter(|entry| entry.before.is_some()).for_each(|entry| entry.state = State::Exists);
    }

    /// Notes on disk what is about to be there; gives its place in the ledger back.
    async fn intend(&self, kind: Kind, name: &str, uses: Vec<String>, id: Option<String>) -> Result<usize, Error> {
        let number = self.run.journal.next_entry();
        self.note_intent(number, kind, name).await?;
        Ok(self.add(Entry { uses, id, ..Entry::intended(number, kind, name) }))
    }

    async fn note_intent(&self, entry: usize, kind: Kind, name: &str) -> Result<(), Error> {
        let line = Line::Intent { entry, kind, name: name.to_owned(), at: Utc::now() };
        self.write(line).await.map_err(unjournaled)
    }

    /// Adds an entry, and returns its index.
    fn add(&self, entry: Entry) -> usize {
        let mut entries = self.entries();
        entries.push(entry);
        entries.len() - 1
    }

    /// Notes that it is there.
    async fn exists(&self, index: usize, id: &str) -> Result<(), Error> {
        let mut number = 0;
        self.update(index, |entry| {
            entry.id = Some(id.to_owned());
            entry.state = State::Exists;
            number = entry.number;
        });
        self.write(Line::Exists { entry: number, id: id.to_owned() }).await.map_err(unjournaled)
    }

    /// Asks for the removal of something that this ledger created, where removing it is what is tested. Unwinding makes
    /// sure that it went.
    ///
    /// # Errors
    /// Those of the request, and `NotFound` for what is not this ledger's.
    pub async fn delete(&self, kind: Kind, id: &str) -> Result<(), Error> {
        self.own(kind, id)?;
        self.writer.delete(&Warrant(()), kind, id).await
    }

    /// Does something to what this ledger created that leaves nothing besides it.
    ///
    /// # Errors
    /// As [`Ledger::delete`].
    pub async fn with<T>(
        &self,
        kind: Kind,
        id: &str,
        act: impl AsyncFnOnce(&H, &Warrant) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.own(kind, id)?;
        act(&self.writer, &Warrant(())).await
    }

    /// Tries something of which nothing outlives what this ledger created, be it refused or not.
    ///
    /// # Errors
    /// Those of the request.
    pub async fn attempt<T>(&self, act: impl AsyncFnOnce(&H, &Warrant) -> Result<T, Error>) -> Result<T, Error> {
        act(&self.writer, &Warrant(())).await
    }

    /// Returns the index of something that this ledger created.
    fn own(&self, kind: Kind, id: &str) -> Result<usize, Error> {
        let is_own = |entry: &Entry| entry.kind == kind && entry.id.as_deref() == Some(id);
        let not_own = || Error::new(ErrorKind::NotFound, format!("the {kind} {id} does not belong to this run"));
        self.entries().iter().position(is_own).ok_or_else(not_own)
    }

    /// Returns all entries, in the order of creation.
    pub fn all(&self) -> Vec<Entry> {
        self.entries().clone()
    }

    /// Returns the description of everything that the run creates.
    fn note(&self) -> String {
        let (tool, run) = (concat!("scs-conformance ", env!("CARGO_PKG_VERSION")), &self.run.id);
        format!("Created by {tool}, run {run}, {}. It may be deleted once that run has ended.", Utc::now().to_rfc3339())
    }

    pub(super) fn entries(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn update(&self, index: usize, change: impl FnOnce(&mut Entry)) {
        if let Some(entry) = self.entries().get_mut(index) {
            change(entry);
        }
    }

    /// Notes what became of an entry in the end. A journal that cannot be written any more only makes `sweep` look
    /// once too often.
    pub(super) async fn settle(&self, index: usize, state: State) {
        let Some(entry) = self.entries().get(index).map(|entry| entry.number) else { return };
        let line = match &state {
            State::Left(why) => Line::Left { entry, why: why.clone() },
            _ => Line::Gone { entry },
        };
        // First of all the entry, so that one that is settled stays so, even if nobody awaits the journal any more.
        self.update(index, |entry| entry.state = state);
        if let Err(error) = self.write(line).await {
            tracing::debug!(%error, "the journal could not be written");
        }
    }

    /// Writes a line of the journal, and returns when it is on disk.
    async fn write(&self, line: Line) -> Result<(), JournalError> {
        let journal = Arc::clone(&self.run.journal);
        blocking(move || journal.note(&line)).await
    }
}

fn unjournaled(error: JournalError) -> Error {
    Error::new(ErrorKind::JournalUnwritable, error.to_string()).caused_by(error)
}
