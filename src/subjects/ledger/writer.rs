//! The interface to a cloud or a cluster: what a ledger decides, a client does.

use super::kind::Kind;
use crate::wire::error::Error;
use chrono::{DateTime, TimeDelta, Utc};

/// The permission to change the subject. Only ledgers issue it, so nothing else can.
#[derive(Debug)]
pub struct Warrant(pub(super) ());

/// A resource that was created.
#[derive(Clone, Debug)]
pub struct Created {
    /// Its id.
    pub id: String,
}

/// A resource as it stands while it is awaited that it goes.
#[derive(Clone, Debug)]
pub struct ResourceStatus {
    /// Its status in the service's words; empty if it has none.
    pub status: String,
    /// True while the service is still at its removal, so that it need not be asked again.
    pub is_leaving: bool,
}

/// The resource that an order will create, as far as it is known beforehand.
#[derive(Clone, Debug)]
pub struct PlannedResource {
    /// The kind of the resource.
    pub kind: Kind,
    /// The ids of what it will use, which therefore can go only after it.
    pub uses: Vec<String>,
    /// Its id, where that is known beforehand.
    pub id: Option<String>,
    /// True if the service may leave something behind even where it refuses.
    pub survives_refusal: bool,
}

/// Does in one cloud or cluster what a ledger decides.
pub(crate) trait ResourceWriter {
    /// Something to create.
    type Order;

    /// The prefix of every name here.
    const PREFIX: &'static str;

    /// The time after a request without an answer in which its resource may still come into being.
    const LATE: TimeDelta;

    /// The kinds that a killed run can leave and that have to be looked for; the others go with one of these.
    const KINDS: &'static [Kind];

    /// Returns the resource that the order creates under this name.
    fn planned(order: &Self::Order, name: &str) -> PlannedResource;

    /// Returns true if a refusal to delete something may end after a while, although it says that it is forbidden.
    fn may_yield(_kind: Kind, _refusal: &Error) -> bool {
        false
    }

    /// Returns the kind of what can be found and removed only by means of one of this kind, which therefore stays as long as any of
    /// that is left.
    fn opens(_kind: Kind) -> Option<Kind> {
        None
    }

    /// Creates it, once: a creating request is not repeated when it is unclear what became of it.
    async fn create(&self, warrant: &Warrant, order: &Self::Order, name: &str, note: &str) -> Result<Created, Error>;

    /// Asks for its removal; one that is gone already is an error of kind `NotFound`.
    async fn delete(&self, warrant: &Warrant, kind: Kind, id: &str) -> Result<(), Error>;

    /// Looks whether it is still there.
    async fn look(&self, kind: Kind, id: &str) -> Result<Option<ResourceStatus>, Error>;

    /// Lists all resources of a kind that the project has; of this name, or also others, if one is given.
    async fn list(&self, kind: Kind, name: Option<&str>) -> Result<Vec<Leftover>, Error>;
}

/// A resource that a project has.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Leftover {
    /// Its kind.
    pub kind: Kind,
    /// Its id.
    pub id: String,
    /// Its name; for what has none (floating IPs) its description, where a name of ours would stand.
    pub name: String,
    /// The instant of its creation, where the service tells.
    pub created_at: Option<DateTime<Utc>>,
}

impl Leftover {
    /// Returns kind and name.
    pub(super) fn shown(&self) -> String {
        format!("{} {}", self.kind, self.name)
    }
}
