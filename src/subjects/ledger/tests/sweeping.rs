//! Sweeping: exactly what is meant goes, however the cloud behaves, and what could not be looked for is told.

use super::fake::{Act, Fake};
use crate::ledger::{Kind, ResourceWriter, SweepFilter, Swept, find, sweep};
use crate::openstack::{Error, ErrorKind, Unreachable};
use crate::watch::{Event, EventKind, Events, Pace, StepState};
use chrono::{DateTime, TimeDelta, Utc};
use std::time::Duration;
use tokio::time::timeout;

const RUN: &str = "20261120t153045-k3f9";
const LIMIT: Duration = Duration::from_secs(600);

fn filter() -> SweepFilter {
    SweepFilter { runs: [RUN.parse().unwrap()].into(), ..SweepFilter::default() }
}

async fn swept(fake: &Fake, filter: &SweepFilter) -> Swept {
    let events = Events::none();
    let sweeping = sweep(fake, filter, LIMIT, Pace::default(), &events);
    timeout(LIMIT * 2, sweeping).await.expect("it ends")
}

/// Names that are like ours, but are not; also one of another run.
const FOREIGN: [&str; 7] = [
    "_scs",
    "_scs-other",
    "scs-test-prod",
    "_scs-20261120t153045-k3f9",
    "_SCS-20261120T153045-K3F9-volume",
    "_scs-20261120t153045-aaaa-volume",
    "",
];

fn ours(label: &str) -> String {
    format!("_scs-{RUN}-{label}")
}

/// Returns something of ours and something foreign of every kind.
fn filled() -> Fake {
    let fake = Fake::default();
    for kind in Fake::KINDS {
        fake.has(*kind, &ours("x"), &[]);
        FOREIGN.iter().for_each(|name| drop(fake.has(*kind, name, &[])));
    }
    fake
}

#[tokio::test(start_paused = true)]
async fn exactly_what_is_meant_goes() {
    let fake = filled();
    let before = fake.world().things.clone();
    let swept = swept(&fake, &filter()).await;
    assert!(swept.is_clean());
    assert_eq!(swept.removed.len(), Fake::KINDS.len());
    let foreign: Vec<_> = before.into_iter().filter(|thing| thing.name != ours("x")).collect();
    assert_eq!(fake.world().things, foreign);
    assert_eq!(fake.asked("delete").len(), swept.removed.len());
}

#[tokio::test(start_paused = true)]
async fn looking_for_it_changes_nothing() {
    let fake = filled();
    let (found, unseen) = find(&fake, &filter()).await;
    assert_eq!((found.len(), unseen.len()), (Fake::KINDS.len(), 0));
    assert!(fake.world().asked.iter().all(|asked| asked.starts_with("list ")));
}

#[tokio::test(start_paused = true)]
async fn by_age_runs_go_that_began_before() {
    let fake = filled();
    let before: DateTime<Utc> = "2026-11-20T15:30:46Z".parse().unwrap();
    fake.has(Kind::Volume, "_scs-20261120t153046-k3f9-x", &[]);
    let swept = swept(&fake, &SweepFilter { before: Some(before), ..SweepFilter::default() }).await;
    assert_eq!(swept.removed.len(), 2 * Fake::KINDS.len(), "those of k3f9 and of aaaa");
    assert!(fake.names().iter().any(|name| name == "_scs-20261120t153046-k3f9-x"), "this one began later");
}

#[tokio::test(start_paused = true)]
async fn what_uses_others_goes_first() {
    let fake = Fake::default();
    let network = fake.has(Kind::Network, &ours("network"), &[]);
    let port = fake.has(Kind::Port, &ours("port"), &[&network]);
    let volume = fake.has(Kind::Volume, &ours("volume"), &[]);
    fake.has(Kind::Backup, &ours("backup"), &[&volume]);
    fake.has(Kind::Server, &ours("server"), &[&port, &volume]);
    fake.world().delete.extend([Act::Slowly(5), Act::Slowly(5)]);
    assert!(swept(&fake, &filter()).await.is_clean());
    assert_eq!(fake.asked("delete").len(), 5, "none was refused");
}

/// The removal of a server may reveal others behind it; and services list late what exists.
#[tokio::test(start_paused = true)]
async fn it_looks_again_until_nothing_is_found() {
    let fake = filled();
    fake.world().create.push_back(Act::Well);
    let late = fake.has(Kind::Volume, &ours("late"), &[]);
    // It shows itself only when the first round is nearly over.
    fake.world().things.iter_mut().filter(|thing| thing.id == late).for_each(|thing| {
        thing.since += Duration::from_secs(3);
    });
    fake.world().delete.push_back(Act::Slowly(12));
    let swept = swept(&fake, &filter()).await;
    assert!(swept.is_clean() && swept.removed.iter().any(|one| one.id == late), "{:?}", swept.removed);
}

#[tokio::test(start_paused = true)]
async fn what_comes_late_is_awaited_where_a_request_was_never_answered() {
    let fake = Fake::default();
    let late = fake.has(Kind::Server, &ours("server"), &[]);
    let since = tokio::time::Instant::now() + Fake::LATE.to_std().unwrap() - Duration::from_secs(5);
    fake.world().things[0].since = since;
    let filter = SweepFilter { unanswered_since: Some(Utc::now()), ..filter() };
    let swept = swept(&fake, &filter).await;
    assert!(swept.is_clean());
    assert_eq!(swept.removed.iter().map(|one| one.id.clone()).collect::<Vec<_>>(), [late]);
}

#[tokio::test(start_paused = true)]
async fn that_something_is_awaited_is_told_at_once() {
    let fake = Fake::default();
    let (events, kept) = Events::recorded("cloud");
    let filter = SweepFilter { unanswered_since: Some(Utc::now()), ..filter() };
    sweep(&fake, &filter, LIMIT, Pace::default(), &events).await;
    let how = |event: &Event| match &event.kind {
        EventKind::Step { step, state: StepState::Ended { how } } => Some(format!("{step}: {how}")),
        _ => None,
    };
    let told: Vec<String> = kept.lock().unwrap().iter().filter_map(how).collect();
    let begin = "what may still come into being: waited for, up to ";
    assert!(told.len() == 2 && told[0].starts_with(begin) && told[1].ends_with("nothing more is expected"), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_where_every_request_was_answered_or_is_long_ago() {
    for unanswered_since in [None, Some(Utc::now() - TimeDelta::seconds(71))] {
        let fake = Fake::default();
        let began = tokio::time::Instant::now();
        assert!(swept(&fake, &SweepFilter { unanswered_since, ..filter() }).await.is_clean());
        assert!(began.elapsed() < Duration::from_secs(1));
        assert_eq!(fake.asked("list").len(), Fake::KINDS.len());
    }
}

/// The clock by which it was noted may have been wrong.
#[tokio::test(start_paused = true)]
async fn a_request_of_the_future_is_awaited_as_one_of_just_now() {
    for unanswered_since in ["2099-01-01T00:00:00Z", "+262142-12-31T23:59:59Z"] {
        let fake = Fake::default();
        let began = tokio::time::Instant::now();
        let filter = SweepFilter { unanswered_since: unanswered_since.parse().ok(), ..filter() };
        assert!(swept(&fake, &filter).await.is_clean());
        let late = Fake::LATE.to_std().unwrap();
        assert!(began.elapsed() >= late && began.elapsed() < late + Duration::from_secs(5), "{:?}", began.elapsed());
    }
}

fn errors() -> [ErrorKind; 4] {
    [
        ErrorKind::Forbidden,
        ErrorKind::ServerError(500),
        ErrorKind::Unreachable(Unreachable::Timeout),
        ErrorKind::InvalidAnswer { path: String::new() },
    ]
}

#[tokio::test(start_paused = true)]
async fn a_kind_that_cannot_be_listed_is_told() {
    for kind in errors() {
        let fake = Fake::default();
        fake.world().list.extend(vec![Act::Refuses(kind.clone()); 100]);
        let swept = swept(&fake, &filter()).await;
        assert!(!swept.is_clean());
        assert_eq!(swept.unseen.len(), Fake::KINDS.len());
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_not_there_has_nothing() {
    for kind in [ErrorKind::ServiceAbsent { service: "key-manager" }, ErrorKind::NotFound] {
        let fake = Fake::default();
        fake.world().list.push_back(Act::Refuses(kind));
        assert!(swept(&fake, &filter()).await.is_clean());
    }
}

#[tokio::test(start_paused = true)]
async fn what_does_not_go_is_told_once_and_the_rest_goes() {
    let fake = filled();
    fake.world().delete.push_back(Act::Refuses(ErrorKind::Forbidden));
    let swept = swept(&fake, &filter()).await;
    assert!(!swept.is_clean());
    assert_eq!((swept.left.len(), swept.removed.len()), (1, Fake::KINDS.len() - 1));
    assert!(swept.left[0].1.contains("Forbidden"), "{:?}", swept.left);
}

#[tokio::test(start_paused = true)]
async fn what_is_stuck_does_not_keep_the_rest_from_going() {
    let fake = filled();
    // The others take some seconds, which the first one must not use up.
    fake.world().delete.extend([Act::Slowly(u32::MAX), Act::Slowly(15), Act::Slowly(15)]);
    let swept = swept(&fake, &filter()).await;
    assert_eq!((swept.left.len(), swept.removed.len()), (1, Fake::KINDS.len() - 1), "{:?}", swept.left);
}

/// Without its credentials nobody could find the bucket again.
#[tokio::test(start_paused = true)]
async fn credentials_stay_as_long_as_a_bucket_does() {
    let fake = Fake::default();
    fake.has(Kind::Bucket, &ours("bucket"), &[]);
    fake.has(Kind::Ec2Credential, &ours("s3-credential"), &[]);
    fake.world().delete.push_back(Act::Refuses(ErrorKind::Forbidden));
    let first = swept(&fake, &filter()).await;
    let left: Vec<Kind> = first.left.iter().map(|(one, _)| one.kind).collect();
    assert_eq!((left, first.removed.len()), (vec![Kind::Bucket, Kind::Ec2Credential], 0), "{:?}", first.left);
    assert_eq!(fake.asked("delete ec2-credential").len(), 0);
    let second = swept(&fake, &filter()).await;
    assert!(second.is_clean() && fake.names().is_empty(), "{second:?}");
}

/// Nor could anybody tell whether there is a bucket.
#[tokio::test(start_paused = true)]
async fn credentials_stay_if_buckets_cannot_be_listed() {
    let fake = Fake::default();
    fake.has(Kind::Ec2Credential, &ours("s3-credential"), &[]);
    let before = Fake::KINDS.iter().position(|kind| *kind == Kind::Bucket).unwrap();
    fake.world().list.extend((0..before).map(|_| Act::Well));
    fake.world().list.push_back(Act::Refuses(ErrorKind::ServerError(500)));
    let first = swept(&fake, &filter()).await;
    assert_eq!((first.left.len(), first.removed.len()), (1, 0), "{first:?}");
    assert!(swept(&fake, &filter()).await.is_clean() && fake.names().is_empty());
}

/// A service whose lists show for a while what is gone already must not be asked for it again and again.
#[tokio::test(start_paused = true)]
async fn a_list_that_still_shows_what_is_gone_ends() {
    #[derive(Clone)]
    struct Stale(Fake);
    impl ResourceWriter for Stale {
        type Order = super::fake::Wish;

        const PREFIX: &'static str = Fake::PREFIX;
        const LATE: TimeDelta = Fake::LATE;
        const KINDS: &'static [Kind] = Fake::KINDS;

        fn planned(order: &Self::Order, name: &str) -> crate::ledger::PlannedResource {
            Fake::planned(order, name)
        }

        async fn create(
            &self,
            warrant: &crate::ledger::Warrant,
            order: &Self::Order,
            name: &str,
            note: &str,
        ) -> Result<crate::ledger::Created, Error> {
            self.0.create(warrant, order, name, note).await
        }

        async fn delete(&self, warrant: &crate::ledger::Warrant, kind: Kind, id: &str) -> Result<(), Error> {
            assert!(self.0.asked("delete").len() < 50, "again and again");
            self.0.delete(warrant, kind, id).await
        }

        async fn look(&self, kind: Kind, id: &str) -> Result<Option<crate::ledger::ResourceStatus>, Error> {
            self.0.look(kind, id).await
        }

        async fn list(&self, kind: Kind, _: Option<&str>) -> Result<Vec<crate::ledger::Leftover>, Error> {
            let (id, name) = ("id-9".to_owned(), ours("server"));
            let server = crate::ledger::Leftover { kind, id, name, created_at: None };
            Ok(if kind == Kind::Server { vec![server] } else { vec![] })
        }
    }
    let swept = sweep(&Stale(Fake::default()), &filter(), LIMIT, Pace::default(), &Events::none()).await;
    assert_eq!(swept.removed.len(), 1);
}
