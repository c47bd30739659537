//! A cloud in memory: what it does at each request can be scripted. Time is that of Tokio, so a test may pause it.

use crate::ledger::{
    Created, Entry, Journal, Kind, Ledger, Leftover, Patience, Place, PlannedResource, ResourceStatus, ResourceWriter,
    Run, State, Warrant,
};
use crate::openstack::{Error, ErrorKind, Writer};
use crate::watch::Pace;
use chrono::TimeDelta;
use std::collections::VecDeque;
use std::future::pending;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

/// The behavior of the cloud at one request.
#[derive(Clone, Debug, Default)]
pub enum Act {
    /// It does as it was asked.
    #[default]
    Well,
    /// Nothing, and says so.
    Refuses(ErrorKind),
    /// It does as it was asked, but answers with an error.
    DoesBut(ErrorKind),
    /// Nothing; it never answers.
    Hangs,
    /// It does as it was asked, and never answers.
    DoesAndHangs,
    /// An error now, and what it was asked for after this time.
    Later(Duration),
    /// A deletion is accepted; it is seen so many times before it is gone.
    Slowly(u32),
    /// A deletion is accepted, but then the resource has this status and stays.
    GivesUp(&'static str),
}

/// A resource of the cloud.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Thing {
    pub kind: Kind,
    pub id: String,
    pub name: String,
    pub uses: Vec<String>,
    pub status: &'static str,
    /// The number of looks that still see it before it is gone; none while nobody deletes it.
    pub fades: Option<u32>,
    /// Since when it is there.
    pub since: Instant,
}

/// The cloud. Each kind of request follows its script and does well once that is over.
#[derive(Default)]
pub struct World {
    pub things: Vec<Thing>,
    pub create: VecDeque<Act>,
    pub delete: VecDeque<Act>,
    pub look: VecDeque<Act>,
    pub list: VecDeque<Act>,
    /// Every request: `delete server id-1`.
    pub asked: Vec<String>,
    /// The journal, which is looked into whenever something is created.
    pub journal: PathBuf,
    made: usize,
}

/// The order to this cloud.
#[derive(Clone, Default)]
pub struct Fake(pub Arc<Mutex<World>>);

/// Something to create: of a kind, using others.
#[derive(Clone)]
pub struct Wish(pub Kind, pub Vec<String>);

impl Fake {
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap()
    }

    /// Adds a resource that is there, whoever made it, and returns its id.
    pub fn has(&self, kind: Kind, name: &str, uses: &[&str]) -> String {
        self.world().add(kind, name, uses.iter().map(|id| (*id).to_owned()).collect(), Instant::now())
    }

    /// Returns the requests of this sort so far.
    pub fn asked(&self, verb: &str) -> Vec<String> {
        self.world().asked.iter().filter(|asked| asked.starts_with(verb)).cloned().collect()
    }

    /// Returns the resources that are there now.
    pub fn names(&self) -> Vec<String> {
        self.world().things.iter().map(|thing| thing.name.clone()).collect()
    }

    /// Performs the next act of a script; whatever is no answer ends here.
    async fn act(&self, take: impl FnOnce(&mut World) -> &mut VecDeque<Act>) -> Result<Act, Error> {
        sleep(LATENCY).await;
        let act = take(&mut self.world()).pop_front().unwrap_or_default();
        match act {
            Act::Refuses(kind) => Err(error(kind)),
            Act::Hangs => pending().await,
            other => Ok(other),
        }
    }
}

impl World {
    fn add(&mut self, kind: Kind, name: &str, uses: Vec<String>, since: Instant) -> String {
        self.made += 1;
        let id = format!("id-{}", self.made);
        self.things.push(Thing { kind, id: id.clone(), name: name.to_owned(), uses, status: "ok", fades: None, since });
        id
    }

    fn find(&mut self, kind: Kind, id: &str) -> Option<&mut Thing> {
        self.things.iter_mut().find(|thing| thing.kind == kind && thing.id == id && thing.since <= Instant::now())
    }

    fn delete(&mut self, kind: Kind, id: &str, act: &Act) -> Result<(), Error> {
        if self.things.iter().any(|other| other.uses.iter().any(|used| used == id)) {
            return Err(error(ErrorKind::UnexpectedStatus(409)));
        }
        let thing = self.find(kind, id).ok_or_else(|| error(ErrorKind::NotFound))?;
        match act {
            Act::Slowly(times) => (thing.status, thing.fades) = ("deleting", Some(*times)),
            Act::GivesUp(status) => thing.status = status,
            _ => self.things.retain(|thing| thing.id != id),
        }
        Ok(())
    }

    fn look(&mut self, kind: Kind, id: &str) -> Option<ResourceStatus> {
        let thing = self.find(kind, id)?;
        match &mut thing.fades {
            Some(0) => {
                self.things.retain(|thing| thing.id != id);
                return None;
            }
            Some(times) => *times -= 1,
            None => {}
        }
        self.find(kind, id).map(|thing| ResourceStatus {
            status: thing.status.to_owned(),
            is_leaving: kind == Kind::Server && thing.status != "error" || thing.status == "deleting",
        })
    }

    /// Asserts that the intent is on disk before the cloud is asked, and is not answered yet.
    fn assert_intended(&self, kind: Kind, name: &str) {
        let journal = std::fs::read_to_string(&self.journal).unwrap_or_default();
        let intent = format!(r#""kind":"{kind}","name":"{name}""#);
        let line = journal.lines().last().unwrap_or_default();
        assert!(line.starts_with(r#"{"intent":"#) && line.contains(&intent), "not announced: {name} in {journal}");
    }
}

/// The time that every request takes.
const LATENCY: Duration = Duration::from_millis(10);

/// Returns the answer to a request after the cloud has acted.
async fn answer<T>(act: Act, value: T) -> Result<T, Error> {
    match act {
        Act::DoesBut(kind) => Err(error(kind)),
        Act::Later(_) => Err(error(ErrorKind::ServerError(504))),
        Act::DoesAndHangs => pending().await,
        _ => Ok(value),
    }
}

pub fn error(kind: ErrorKind) -> Error {
    let what = format!("scripted {kind:?}");
    Error::new(kind, what)
}

impl ResourceWriter for Fake {
    type Order = Wish;

    const PREFIX: &'static str = "_scs-";
    const LATE: TimeDelta = Writer::LATE;
    const KINDS: &'static [Kind] = Writer::KINDS;

    fn may_yield(kind: Kind, refusal: &Error) -> bool {
        Writer::may_yield(kind, refusal)
    }

    fn opens(kind: Kind) -> Option<Kind> {
        Writer::opens(kind)
    }

    fn planned(Wish(kind, uses): &Wish, _: &str) -> PlannedResource {
        PlannedResource { kind: *kind, uses: uses.clone(), id: None, survives_refusal: *kind == Kind::Snapshot }
    }

    async fn create(&self, _: &Warrant, Wish(kind, uses): &Wish, name: &str, note: &str) -> Result<Created, Error> {
        assert!(note.contains("scs-conformance"));
        self.world().assert_intended(*kind, name);
        self.world().asked.push(format!("create {kind} {name}"));
        let act = self.act(|world| &mut world.create).await?;
        let delay = if let Act::Later(delay) = act { delay } else { Duration::ZERO };
        let id = self.world().add(*kind, name, uses.clone(), Instant::now() + delay);
        answer(act, Created { id }).await
    }

    async fn delete(&self, _: &Warrant, kind: Kind, id: &str) -> Result<(), Error> {
        self.world().asked.push(format!("delete {kind} {id}"));
        let act = self.act(|world| &mut world.delete).await?;
        self.world().delete(kind, id, &act)?;
        answer(act, ()).await
    }

    async fn look(&self, kind: Kind, id: &str) -> Result<Option<ResourceStatus>, Error> {
        self.world().asked.push(format!("look {kind} {id}"));
        let act = self.act(|world| &mut world.look).await?;
        let status = self.world().look(kind, id);
        answer(act, status).await
    }

    async fn list(&self, kind: Kind, _: Option<&str>) -> Result<Vec<Leftover>, Error> {
        self.world().asked.push(format!("list {kind}"));
        let act = self.act(|world| &mut world.list).await?;
        let leftover =
            |thing: &Thing| Leftover { kind, id: thing.id.clone(), name: thing.name.clone(), created_at: None };
        let found = |thing: &&Thing| thing.kind == kind && thing.since <= Instant::now();
        let list = self.world().things.iter().filter(found).map(leftover).collect();
        answer(act, list).await
    }
}

/// A run with a journal, a cloud and a ledger.
pub struct Desk {
    pub fake: Fake,
    pub run: Run,
    pub ledger: Ledger<Fake>,
    pub folder: TempDir,
}

pub fn place() -> Place {
    Place::Project { cloud: "c".into(), auth_url: "https://keystone/v3".into(), project: "p".into(), region: None }
}

/// Patience as a run has it, but for less long.
pub const PATIENCE: Patience = Patience {
    limit: Duration::from_secs(60),
    looks: &[Duration::from_secs(2), Duration::from_secs(5), Duration::from_secs(10)],
    pace: Pace { first: Duration::from_millis(250), longest: Duration::from_secs(5) },
};

impl Desk {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let id = "20261120t153045-k3f9".parse().unwrap();
        let journal = Journal::begin(folder.path(), &id, &place(), "test").unwrap();
        Self::with(folder, Run { id, journal: Arc::new(journal) })
    }

    pub fn with(folder: TempDir, run: Run) -> Self {
        let fake = Fake::default();
        fake.world().journal = folder.path().join(format!("{}.journal", run.id));
        Self { ledger: Ledger::new(run.clone(), fake.clone()), fake, run, folder }
    }

    /// Returns the content of the journal.
    pub fn journal(&self) -> String {
        std::fs::read_to_string(&self.fake.world().journal).unwrap()
    }

    /// Creates something; whether the cloud says so is its own matter.
    pub async fn create(&self, label: &str, kind: Kind, uses: &[&str]) -> Result<String, Error> {
        let uses = uses.iter().map(|id| (*id).to_owned()).collect();
        self.ledger.create(label, &Wish(kind, uses)).await.map(|created| created.id)
    }

    /// Removes everything, in no hurry.
    pub async fn unwind(&self) {
        self.ledger.unwind(PATIENCE, pending(), &crate::watch::Events::none()).await;
    }

    /// Returns the states of the entries, in the order of creation.
    pub fn states(&self) -> Vec<State> {
        self.ledger.all().into_iter().map(|entry| entry.state).collect()
    }

    pub fn entry(&self, index: usize) -> Entry {
        self.ledger.all()[index].clone()
    }
}
