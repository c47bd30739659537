//! Removes by their names what runs left behind that were killed, and nothing that is not ours.

use super::baseline::{Baseline, is_absent};
use super::kind::Kind;
use super::name::RunId;
use super::removal::{remove_and_wait, with_time_of_its_own};
use super::writer::{Leftover, ResourceWriter};
use crate::watch::{EventKind, Events, Pace, Step};
use crate::wire::error::Error;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::stream::{self, StreamExt};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// The names that today's suite gives to what it creates (digest 2.6), by kind; whole names, as anything that only begins
/// like them may be somebody's own.
const UPSTREAM: &[(Kind, &str)] = &[
    (Kind::Server, "_scs-0101-server"),
    (Kind::Router, "_scs-0101-router"),
    (Kind::Subnet, "_scs-0101-subnet"),
    (Kind::Network, "_scs-0101-net"),
    (Kind::Volume, "scs-test-volume"),
    (Kind::Volume, "scs-test-restored-backup"),
    (Kind::Backup, "scs-test-volume-backup"),
    (Kind::SecurityGroup, "scs-test-default-sg"),
    (Kind::Secret, "scs-member-role-test-secret"),
];

/// The selection of leftovers to remove.
#[derive(Clone, Debug, Default)]
pub struct SweepFilter {
    /// Everything of these runs.
    pub runs: BTreeSet<RunId>,
    /// Everything of runs that began before this instant.
    pub before: Option<DateTime<Utc>>,
    /// Also what today's suite leaves.
    pub upstream: bool,
    /// Also what Tempest has made since, in runs of this program.
    pub arrivals: Vec<Baseline>,
    /// The instant of the last request of these runs that was never answered.
    pub unanswered_since: Option<DateTime<Utc>>,
}

impl SweepFilter {
    /// Returns true if it takes nothing at all.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty() && self.before.is_none() && !self.upstream && self.arrivals.is_empty()
    }

    /// Returns true if it is ours by its name, which begins as ours do there, and meant.
    pub fn takes(&self, prefix: &str, leftover: &Leftover) -> bool {
        match RunId::from_name(prefix, &leftover.name) {
            Some(run) => self.runs.contains(&run) || self.before.is_some_and(|before| run.began_at() < before),
            None if self.arrivals.iter().any(|baseline| baseline.takes(leftover)) => true,
            None => self.upstream && self.is_old_upstream(leftover),
        }
    }

    /// Returns true for a leftover with one of those names that is old enough. The names tell no age; where an age is
    /// asked for, the service has to know it.
    fn is_old_upstream(&self, leftover: &Leftover) -> bool {
        let named = UPSTREAM.contains(&(leftover.kind, leftover.name.as_str()));
        named && self.before.is_none_or(|before| leftover.created_at.is_some_and(|created| created < before))
    }
}

/// The result of a sweep.
#[derive(Clone, Debug, Default)]
pub struct Swept {
    /// The leftovers that were removed.
    pub removed: Vec<Leftover>,
    /// The leftovers that are still there, with the reason.
    pub left: Vec<(Leftover, String)>,
    /// Kinds that could not be looked for, and why.
    pub unseen: Vec<(Kind, Error)>,
}

impl Swept {
    /// Returns true if nothing of ours is there any more.
    pub fn is_clean(&self) -> bool {
        self.left.is_empty() && self.unseen.is_empty()
    }

    /// Returns true if something of a kind is left, or may be.
    fn may_have_left(&self, kind: Kind) -> bool {
        self.left.iter().any(|(one, _)| one.kind == kind) || self.unseen.iter().any(|(unseen, _)| *unseen == kind)
    }
}

/// Finds the leftovers to remove, and the kinds that could not be listed.
pub(crate) async fn find<H: ResourceWriter>(writer: &H, filter: &SweepFilter) -> (Vec<Leftover>, Vec<(Kind, Error)>) {
    let lists = H::KINDS.iter().map(|kind| async { (*kind, writer.list(*kind, None).await) });
    let lists: Vec<_> = stream::iter(lists).buffered(AT_ONCE).collect().await;
    let (mut found, mut unseen) = (Vec::new(), Vec::new());
    for (kind, list) in lists {
        match list {
            Ok(list) => found.extend(list.into_iter().filter(|leftover| filter.takes(H::PREFIX, leftover))),
            // No such service, or one without this API: nothing can be there.
            Err(error) if is_absent(&error) && !kind.is_everywhere() => {}
            Err(error) => unseen.push((kind, error)),
        }
    }
    (found, unseen)
}

/// Returns how long something may still come into being. A request cannot have been sent in the future, whatever the clock
/// said by which it was noted.
fn lateness<H: ResourceWriter>(filter: &SweepFilter, now: DateTime<Utc>) -> Duration {
    let since = filter.unanswered_since.map(|since| now.signed_duration_since(since).max(TimeDelta::zero()));
    since.and_then(|since| (H::LATE - since).to_std().ok()).unwrap_or_default()
}

/// The number of leftovers that are listed or removed at the same time.
const AT_ONCE: usize = 8;

/// Removes everything that the filter takes, and looks again until nothing is found or the time is over.
pub(crate) async fn sweep<H: ResourceWriter>(
    writer: &H,
    filter: &SweepFilter,
    limit: Duration,
    pace: Pace,
    events: &Events,
) -> Swept {
    let deadline = Instant::now() + limit;
    let lateness = lateness::<H>(filter, Utc::now());
    let settled = deadline.min(Instant::now() + lateness);
    let announce = |how: String| {
        if !lateness.is_zero() {
            events.ended(&Step::LateArrivals, how);
        }
    };
    announce(format!("waited for, up to {} s", lateness.as_secs() + 1));
    let mut swept = Swept::default();
    loop {
        let (found, unseen) = find(writer, filter).await;
        swept.unseen = unseen;
        // A list may still show what is gone.
        let dealt_with = swept.removed.iter().chain(swept.left.iter().map(|(left, _)| left));
        let known = |one: &Leftover| dealt_with.clone().any(|other| (other.kind, &other.id) == (one.kind, &one.id));
        let new: Vec<Leftover> = found.into_iter().filter(|one| !known(one)).collect();
        if new.is_empty() && Instant::now() >= settled {
            announce("nothing more is expected".to_owned());
            return swept;
        }
        if new.is_empty() {
            sleep(Duration::from_secs(2).min(settled.saturating_duration_since(Instant::now()))).await;
        }
        if !new.is_empty() {
            events.tell(EventKind::Removing { what: new.iter().map(Leftover::shown).collect(), limit });
        }
        for kind in H::KINDS {
            if let Some(other) = H::opens(*kind).filter(|other| swept.may_have_left(*other)) {
                let why = format!("it stays, as a {other} may be left that can be removed only with it");
                swept.left.extend(new.iter().filter(|one| one.kind == *kind).map(|one| (one.clone(), why.clone())));
                continue;
            }
            let removals = new.iter().filter(|one| one.kind == *kind).map(|one| async {
                let deadline = with_time_of_its_own(deadline, limit);
                let removed = remove_and_wait(writer, one.kind, &one.id, pace, deadline).await;
                let result = removed.map_err(|error| error.to_string());
                let how = result.as_ref().err().cloned().unwrap_or_else(|| "removed".to_owned());
                events.tell(EventKind::Removed { what: one.shown(), how });
                (one.clone(), result)
            });
            for (one, result) in stream::iter(removals).buffer_unordered(AT_ONCE).collect::<Vec<_>>().await {
                match result {
                    Ok(()) => swept.removed.push(one),
                    Err(why) => swept.left.push((one, why)),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn leftover(kind: Kind, name: &str) -> Leftover {
        let created_at = "2026-11-20T10:00:00Z".parse().ok();
        Leftover { kind, id: "id".into(), name: name.into(), created_at }
    }

    const PREFIX: &str = "_scs-";
    const OURS: &str = "_scs-20261120t100000-k3f9-server";

    #[rstest]
    #[case(OURS, true)]
    #[case("_scs-20261120t100000-aaaa-server", false)]
    #[case("_scs-20261120t100000-k3f9", false)]
    #[case("_scs-other", false)]
    #[case("_scs-0101-server", false)]
    fn a_run_takes_its_own(#[case] name: &str, #[case] taken: bool) {
        let filter = SweepFilter { runs: ["20261120t100000-k3f9".parse().unwrap()].into(), ..SweepFilter::default() };
        assert_eq!(filter.takes(PREFIX, &leftover(Kind::Server, name)), taken);
    }

    #[rstest]
    #[case("2026-11-20T10:00:00Z", false)]
    #[case("2026-11-20T10:00:01Z", true)]
    fn age_is_told_by_the_name(#[case] before: &str, #[case] taken: bool) {
        let filter = SweepFilter { before: before.parse().ok(), ..SweepFilter::default() };
        assert_eq!(filter.takes(PREFIX, &leftover(Kind::Server, OURS)), taken);
        assert!(!filter.takes(PREFIX, &leftover(Kind::Server, "_scs-0101-server")));
        assert!(!filter.takes(PREFIX, &leftover(Kind::Server, "")));
    }

    #[rstest]
    #[case(Kind::Server, "_scs-0101-server", None, true)]
    #[case(Kind::Server, "_scs-0101-server", Some("2026-11-20T11:00:00Z"), true)]
    #[case(Kind::Server, "_scs-0101-server", Some("2026-11-20T09:00:00Z"), false)]
    #[case(Kind::Volume, "_scs-0101-server", None, false)]
    #[case(Kind::Volume, "scs-test-volume", None, true)]
    #[case(Kind::Volume, "scs-test-prod", None, false)]
    #[case(Kind::Volume, "scs-test-volume2", None, false)]
    #[case(Kind::Server, OURS, None, false)]
    fn today_s_suite_is_known_by_whole_names(
        #[case] kind: Kind,
        #[case] name: &str,
        #[case] before: Option<&str>,
        #[case] taken: bool,
    ) {
        let before = before.map(|text| text.parse().unwrap());
        let filter = SweepFilter { upstream: true, before, ..SweepFilter::default() };
        // What is ours by its name is taken only by its age.
        let taken = taken || (name == OURS && before.is_some());
        assert_eq!(filter.takes(PREFIX, &leftover(kind, name)), taken);
    }
}
