//! The record by which a further attempt of a night leaves out what the night has decided already.

use crate::config::Subject;
use scs_checks::definition::{Changes, Definitions, Target};
use scs_reports::judge::counts;
use std::collections::{BTreeMap, BTreeSet};

/// A record of what a night has decided already.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum DecidedBy {
    /// The history in the state folder.
    State,
    /// A result server.
    Server(ServedNight),
}

/// The results of a night that a result server has, by the name and the scope of subjects. Nothing is known of others.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ServedNight(pub BTreeMap<(String, String), ServedSubject>);

/// The results of a night that a result server has of one subject.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ServedSubject {
    /// The testcases that are decided.
    pub decided: BTreeSet<String>,
    /// The number of the latest attempt that it has a report of; 0 if it has none.
    pub attempt: u32,
}

impl ServedSubject {
    /// Returns the testcases that are settled, of these. Those that no server ever gets are settled with all others, and are
    /// run along with what is missing otherwise.
    pub(super) fn settled<'a>(
        &self,
        definitions: &Definitions,
        subject: &Subject,
        due: &[&'a str],
    ) -> BTreeSet<&'a str> {
        let is_decided = |id: &&str| self.decided.contains(*id);
        let mut for_servers = due.iter().filter(|id| reaches_servers(definitions, subject, id)).peekable();
        let everything = for_servers.peek().is_some() && for_servers.all(is_decided);
        due.iter().copied().filter(|id| everything || is_decided(id)).collect()
    }
}

/// The targets whose testcases are in an upload: today's suite does not know `text`.
const UPLOADED: [Target; 3] = [Target::Main, Target::Recommended, Target::Preview];

/// Returns false for a testcase of which no upload ever tells a result: it only stands in the target `text`, people judge it,
/// or it changes a subject that must not be changed.
fn reaches_servers(definitions: &Definitions, subject: &Subject, id: &str) -> bool {
    let can_be_decided = definitions.testcase(id).is_none_or(|testcase| {
        !testcase.check.takes_evidence() && (subject.changes || testcase.changes() != Changes::Yes)
    });
    let versions = definitions.scopes.get(&subject.scope).map(|scope| scope.versions.values());
    can_be_decided && versions.is_none_or(|mut versions| versions.any(|version| counts(version, id, &UPLOADED)))
}
