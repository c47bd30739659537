//! The resources that a project had before a program of others began to make its own: what is new afterwards, and bears the names
//! of that program, is its leftover.

use super::kind::Kind;
use super::writer::{Leftover, ResourceWriter};
use crate::wire::error::{Error, ErrorKind};
use chrono::{DateTime, Utc};
use futures_util::stream::{self, StreamExt};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// The number of lists that are asked for at the same time.
const AT_ONCE: usize = 8;
/// The beginning of the names that Tempest gives to what it makes.
const TEMPEST: &str = "tempest-";

/// The time after its limit until which a program may make things: it is ended, and clocks differ.
const MARGIN: Duration = Duration::from_secs(10 * 60);

/// The resources that a project had.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// The instant by which the other program has ended: whatever was made later, as far as services tell, is of somebody else.
    until: DateTime<Utc>,
    /// The ids of the resources by kind; kinds that the project cannot have are missing.
    known: BTreeMap<Kind, BTreeSet<String>>,
}

impl Baseline {
    /// Lists all resources that there are, before a program begins that takes at most so long.
    ///
    /// # Errors
    /// A list cannot be read: then nobody could tell afterwards what is new.
    pub(super) async fn read<H: ResourceWriter>(writer: &H, limit: Duration) -> Result<Self, Error> {
        let lists = H::KINDS.iter().map(|kind| async { (*kind, writer.list(*kind, None).await) });
        let lists: Vec<_> = stream::iter(lists).buffered(AT_ONCE).collect().await;
        let mut known = BTreeMap::new();
        for (kind, list) in lists {
            match list {
                Ok(list) => drop(known.insert(kind, list.into_iter().map(|one| one.id).collect())),
                Err(error) if is_absent(&error) && !kind.is_everywhere() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Self { until: Utc::now() + limit + MARGIN, known })
    }

    /// Returns true for what has come since, and bears a name of Tempest.
    pub fn takes(&self, one: &Leftover) -> bool {
        self.is_new(one) && is_of_tempest(&one.name)
    }

    /// Returns what has come since, but bears no name by which anybody could tell whose it is.
    pub(crate) async fn unclaimed<H: ResourceWriter>(&self, writer: &H) -> Vec<Leftover> {
        let lists = self.known.keys().map(|kind| writer.list(*kind, None));
        let lists: Vec<_> = stream::iter(lists).buffered(AT_ONCE).collect().await;
        // A list that cannot be read shows nothing; that it may hold a leftover was told by whoever removed those.
        let all = lists.into_iter().filter_map(Result::ok).flatten();
        all.filter(|one| self.is_new(one) && !is_of_tempest(&one.name)).collect()
    }

    /// Returns a sentence about something that is left alone.
    pub(crate) fn about_unclaimed(one: &Leftover) -> String {
        let Leftover { kind, name, id, .. } = one;
        format!("the {kind} {name} ({id}) is new since Tempest began, but bears none of its names; it is left alone")
    }

    fn is_new(&self, one: &Leftover) -> bool {
        let in_time = one.created_at.is_none_or(|created_at| created_at <= self.until);
        in_time && self.known.get(&one.kind).is_some_and(|known| !known.contains(&one.id))
    }
}

/// Returns true if there is no such service, or one without this API: nothing can be there.
pub(super) fn is_absent(error: &Error) -> bool {
    matches!(error.kind, ErrorKind::ServiceAbsent { .. } | ErrorKind::NotFound)
}

/// Returns true for a name as Tempest makes them: `tempest-`, words, and a random number, in any order behind it.
fn is_of_tempest(name: &str) -> bool {
    name.trim().strip_prefix(TEMPEST).is_some_and(|rest| rest.bytes().any(|c| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("tempest-ServersTestJSON-server-1234567", true)]
    #[case("tempest-ServersTestJSON-instance-17", true)]
    #[case("tempest-12345", true)]
    #[case(" tempest-securitygroup -12345 ", true)]
    #[case("tempest-keypair-9-renamed", true)]
    #[case("tempest-", false)]
    #[case("tempest-results", false)]
    #[case("my-tempest-server-1", false)]
    #[case("Tempest-server-1", false)]
    #[case("tempest", false)]
    #[case("New_network", false)]
    #[case("", false)]
    fn names_of_tempest_are_known(#[case] name: &str, #[case] expected: bool) {
        assert_eq!(is_of_tempest(name), expected);
    }

    fn one(kind: Kind, id: &str, name: &str) -> Leftover {
        Leftover { kind, id: id.to_owned(), name: name.to_owned(), created_at: None }
    }

    #[rstest]
    #[case::new(one(Kind::Server, "b", "tempest-x-1"), true)]
    #[case::old(one(Kind::Server, "a", "tempest-x-1"), false)]
    #[case::other_name(one(Kind::Server, "b", "x"), false)]
    #[case::in_time(Leftover { created_at: "2026-11-20T12:00:00Z".parse().ok(), ..one(Kind::Server, "b", "tempest-x-1") }, true)]
    #[case::later(Leftover { created_at: "2026-11-20T12:00:01Z".parse().ok(), ..one(Kind::Server, "b", "tempest-x-1") }, false)]
    #[case::kind_that_could_not_be_listed(one(Kind::Volume, "b", "tempest-x-1"), false)]
    fn only_what_is_new_and_bears_the_name_is_taken(#[case] one: Leftover, #[case] expected: bool) {
        let known = BTreeMap::from([(Kind::Server, BTreeSet::from(["a".to_owned()]))]);
        let baseline = Baseline { until: "2026-11-20T12:00:00Z".parse().unwrap(), known };
        assert_eq!(baseline.takes(&one), expected);
        let text = serde_json::to_string(&baseline).unwrap();
        assert_eq!(text, r#"{"until":"2026-11-20T12:00:00Z","known":{"server":["a"]}}"#);
        assert_eq!(serde_json::from_str::<Baseline>(&text).unwrap(), baseline);
    }
}
