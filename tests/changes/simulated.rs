//! The operations that these tests need of every simulated subject, and the assertions that hold for clouds and clusters.

use crate::program::{LONGEST, files_in};
use scs_checks::facts::FactKind;
use scs_checks::verdict::Verdict;
use scs_reports::{CollectionState, CreatedResource, Report};
use scs_simcloud::kubernetes::{ClusterItem, SimCluster};
use scs_simcloud::{Item, RequestRecord, SimCloud, Simulator};
use std::fmt::Debug;
use std::time::Duration;
use tempfile::TempDir;
use tokio::process::Child;

/// A simulated cloud or cluster, of which everything that exists can be listed.
pub trait Inventory {
    /// Something that exists in it.
    type Item: Debug + PartialEq;

    /// Returns everything that exists.
    fn items(&self) -> Vec<Self::Item>;

    /// Returns true if a resource that a report names is this item, or contains it.
    fn is_named(item: &Self::Item, named: &CreatedResource) -> bool;
}

impl Inventory for SimCloud {
    type Item = Item;

    fn items(&self) -> Vec<Item> {
        self.inventory()
    }

    /// Returns true if the report names the item. An id that the service never answered is not known.
    fn is_named(item: &Item, named: &CreatedResource) -> bool {
        let kind = item.kind.as_str().replace(' ', "-").to_lowercase();
        // A bucket cannot begin with the underscore of our names.
        let is_called = named.name == item.name || kind == "bucket" && named.name.trim_start_matches('_') == item.name;
        named.kind == kind && is_called && named.id.as_ref().is_none_or(|id| *id == item.id)
    }
}

impl Inventory for SimCluster {
    type Item = ClusterItem;

    fn items(&self) -> Vec<ClusterItem> {
        self.inventory()
    }

    /// Returns true if the report names the item. A namespace contains what is in it.
    fn is_named(item: &ClusterItem, named: &CreatedResource) -> bool {
        let space = named.kind == "namespace" && (named.name == item.namespace || named.name == item.name);
        space || named.name == item.name || item.plural == "persistentvolumes" && named.kind == "claim"
    }
}

/// The result of a run that may change its subject.
pub struct Outcome<Facts = ()> {
    pub report: Report,
    pub journals: TempDir,
    /// The facts themselves, where tests look at them.
    pub facts: Facts,
}

impl<Facts> Outcome<Facts> {
    /// Returns the resources that are left, as the report says.
    pub fn residue(&self) -> Vec<&CreatedResource> {
        self.report.residue().collect()
    }

    /// Asserts that everything is removed, or else named; and that nothing else was touched.
    pub fn assert_accounted_for<W>(
        &self,
        before: &[<Simulator<W> as Inventory>::Item],
        subject: &Simulator<W>,
        what: &str,
    ) where
        Simulator<W>: Inventory,
    {
        let after = subject.items();
        for item in before {
            assert!(after.contains(item), "{what}: {item:?} is gone");
        }
        let residue = self.residue();
        for item in after.iter().filter(|item| !before.contains(item)) {
            let is_named = residue.iter().any(|named| Simulator::<W>::is_named(item, named));
            assert!(is_named, "{what}: {item:?} is not named in {residue:?}; {:#?}", asked(subject));
        }
        let journals = files_in(self.journals.path());
        assert_eq!(journals.is_empty(), residue.is_empty(), "{what}: {journals:?}, {residue:?}");
    }

    /// Asserts that no testcase passed without the facts that it needs.
    pub fn assert_no_pass_without_facts(&self, what: &str) {
        for (id, result) in self.report.testcases.iter().filter(|(_, result)| result.verdict == Verdict::Pass) {
            let known =
                |kind: &FactKind| self.report.facts.get(kind).is_some_and(|it| it.state == CollectionState::Known);
            assert!(result.needs.iter().all(known), "{what}: {id} passed without {:?}", result.needs);
        }
    }
}

/// Returns the requests so far, for messages.
pub fn asked<W>(subject: &Simulator<W>) -> Vec<String> {
    let line = |record: &RequestRecord| {
        let status = record.status.map_or("-".to_owned(), |status| status.to_string());
        format!("{} {} {} {} {:?}", record.sequence, record.method, record.target, status, record.failures)
    };
    subject.requests().iter().map(line).collect()
}

/// Waits until this many requests of a kind have come.
pub async fn until_asked<W>(subject: &Simulator<W>, count: usize, kind: impl Fn(&RequestRecord) -> bool) {
    let asked_for = async {
        while subject.count(&kind) < count {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(LONGEST, asked_for).await.unwrap_or_else(|_| panic!("{:#?}", asked(subject)));
}

/// Waits until the fault has struck; or the run is over, if the order of its requests was another one.
pub async fn until_struck<W>(subject: &Simulator<W>, child: &mut Child) {
    let struck = async {
        while subject.count(|record| !record.failures.is_empty()) == 0 && child.try_wait().unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(LONGEST, struck).await.unwrap_or_else(|_| panic!("{:#?}", asked(subject)));
}
