//! Unwinding: everything goes, or is named with the reason.

use super::fake::{Act, Desk, PATIENCE};
use crate::ledger::{Kind, Patience, State};
use crate::openstack::{ErrorKind, Unreachable};
use crate::watch::Events;
use rstest::rstest;
use std::future::{pending, ready};
use std::time::Duration;
use tokio::time::timeout;

/// Creates a network, a subnet in it, a port of both, a volume, and a server with port and volume; returns all ids in
/// this order.
async fn installation(desk: &Desk) -> Vec<String> {
    let network = desk.create("network", Kind::Network, &[]).await.unwrap();
    let subnet = desk.create("subnet", Kind::Subnet, &[&network]).await.unwrap();
    let port = desk.create("port", Kind::Port, &[&network, &subnet]).await.unwrap();
    let volume = desk.create("volume", Kind::Volume, &[]).await.unwrap();
    let server = desk.create("server", Kind::Server, &[&port, &volume]).await.unwrap();
    vec![network, subnet, port, volume, server]
}

fn left(state: &State) -> &str {
    match state {
        State::Left(why) => why,
        other => panic!("it is {other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn what_uses_others_goes_first_and_is_waited_for() {
    let desk = Desk::new();
    installation(&desk).await;
    desk.fake.world().delete.extend([Act::Slowly(3), Act::Slowly(2), Act::Slowly(1)]);
    desk.unwind().await;
    let deleted = desk.fake.asked("delete");
    // Nothing was asked for twice: had the port been asked for before the server was gone, that would have been a 409.
    assert_eq!(deleted.len(), 5, "{deleted:?}");
    let place = |kind: &str| deleted.iter().position(|asked| asked.starts_with(&format!("delete {kind} "))).unwrap();
    assert_eq!((place("server"), place("subnet"), place("network")), (0, 3, 4));
    assert_eq!(desk.fake.asked("look server").len(), 4);
    assert_eq!((desk.states(), desk.fake.names()), (vec![State::Gone; 5], vec![]));
    assert_eq!(desk.journal().matches(r#"{"gone":"#).count(), 5);
}

#[rstest]
#[case(Act::Refuses(ErrorKind::UnexpectedStatus(409)), 3)]
#[case(Act::Refuses(ErrorKind::UnexpectedStatus(400)), 3)]
#[case(Act::Refuses(ErrorKind::ServerError(500)), 3)]
#[case(Act::Refuses(ErrorKind::RateLimited), 3)]
#[case(Act::Refuses(ErrorKind::Unreachable(Unreachable::Timeout)), 3)]
#[case(Act::Refuses(ErrorKind::Unreachable(Unreachable::Refused)), 3)]
#[case(Act::DoesBut(ErrorKind::ServerError(500)), 1)]
#[case(Act::GivesUp("error_deleting"), 3)]
#[case(Act::GivesUp("ERROR"), 3)]
#[case(Act::GivesUp("available"), 3)]
#[tokio::test(start_paused = true)]
async fn what_does_not_go_at_first_is_tried_again(#[case] act: Act, #[case] requests: usize) {
    let desk = Desk::new();
    desk.create("volume", Kind::Volume, &[]).await.unwrap();
    desk.fake.world().delete.extend([act.clone(), act]);
    desk.unwind().await;
    assert_eq!((desk.states(), desk.fake.names()), (vec![State::Gone], vec![]));
    assert_eq!(desk.fake.asked("delete").len(), requests);
}

#[rstest]
#[case(Act::Refuses(ErrorKind::UnexpectedStatus(409)), "UnexpectedStatus(409)")]
#[case(Act::Refuses(ErrorKind::ServerError(503)), "ServerError(503)")]
#[case(Act::Refuses(ErrorKind::ServerError(503)), "its status is \"ok\"")]
#[case(Act::GivesUp("error_deleting"), "error_deleting")]
#[case(Act::Slowly(u32::MAX), "its status is \"deleting\"")]
#[tokio::test(start_paused = true)]
async fn what_does_not_go_at_all_is_left_once_the_time_is_over(#[case] act: Act, #[case] why: &str) {
    let desk = Desk::new();
    desk.create("volume", Kind::Volume, &[]).await.unwrap();
    desk.fake.world().delete.extend(vec![act; 1000]);
    let limit = Duration::from_secs(60);
    timeout(limit + Duration::from_secs(1), desk.unwind()).await.expect("it ends in time");
    assert!(left(&desk.states()[0]).contains(why), "{:?}", desk.states());
    assert!(desk.journal().contains(r#"{"left":"#));
}

#[tokio::test(start_paused = true)]
async fn a_request_that_hangs_ends_with_the_time() {
    let desk = Desk::new();
    desk.create("volume", Kind::Volume, &[]).await.unwrap();
    desk.fake.world().delete.push_back(Act::Hangs);
    timeout(Duration::from_secs(61), desk.unwind()).await.expect("it ends in time");
    assert!(left(&desk.states()[0]).contains("the time for cleanup is over"), "{:?}", desk.states());
}

#[tokio::test(start_paused = true)]
async fn what_may_not_be_deleted_is_left_at_once() {
    let desk = Desk::new();
    desk.create("secret", Kind::Secret, &[]).await.unwrap();
    desk.fake.world().delete.extend(vec![Act::Refuses(ErrorKind::Forbidden); 2]);
    desk.unwind().await;
    assert!(left(&desk.states()[0]).contains("Forbidden"));
    assert_eq!(desk.fake.asked("delete").len(), 1);
}

/// Neutron (seen in 2025.1) forbids a member to delete the port of a server; and Nova gives the port of a server that was
/// deleted while it was built back only after it has told that the server is gone.
#[tokio::test(start_paused = true)]
async fn a_port_is_asked_for_until_nova_has_let_it_go() {
    let desk = Desk::new();
    desk.create("port", Kind::Port, &[]).await.unwrap();
    desk.fake.world().delete.extend(vec![Act::Refuses(ErrorKind::Forbidden); 5]);
    desk.unwind().await;
    assert_eq!(desk.states(), [State::Gone]);
}

#[tokio::test(start_paused = true)]
async fn a_port_that_may_not_be_deleted_is_left_in_the_end() {
    let desk = Desk::new();
    desk.create("port", Kind::Port, &[]).await.unwrap();
    desk.fake.world().delete.extend(vec![Act::Refuses(ErrorKind::Forbidden); 1000]);
    desk.unwind().await;
    assert!(left(&desk.states()[0]).contains("Forbidden"), "{:?}", desk.states());
}

/// A resource that is stuck must not keep the rest from being removed, as far as the rest can go.
#[tokio::test(start_paused = true)]
async fn what_is_stuck_does_not_hold_up_the_rest() {
    let desk = Desk::new();
    let volume = desk.create("volume", Kind::Volume, &[]).await.unwrap();
    let backup = desk.create("backup", Kind::Backup, &[&volume]).await.unwrap();
    desk.create("restored-volume", Kind::Volume, &[&backup]).await.unwrap();
    // The cloud knows of no such bond between them: a restored volume stands alone.
    desk.fake.world().things.iter_mut().for_each(|thing| thing.uses.clear());
    // The others take some seconds, which the first one must not use up.
    desk.fake.world().delete.extend([Act::Slowly(u32::MAX), Act::Slowly(15), Act::Slowly(15)]);
    let patience = Patience { limit: Duration::from_secs(600), ..PATIENCE };
    desk.ledger.unwind(patience, pending(), &Events::none()).await;
    let states = desk.states();
    left(&states[2]);
    assert_eq!(states[..2], [State::Gone, State::Gone]);
}

#[rstest]
#[case(Act::DoesBut(ErrorKind::ServerError(500)))]
#[case(Act::DoesBut(ErrorKind::Unreachable(Unreachable::Timeout)))]
#[case(Act::DoesBut(ErrorKind::Unreachable(Unreachable::Broken)))]
#[case(Act::DoesBut(ErrorKind::InvalidAnswer { path: "server.id".into() }))]
#[case(Act::Later(Duration::from_secs(15)))]
#[tokio::test(start_paused = true)]
async fn what_may_have_come_into_being_is_looked_for_by_its_exact_name(#[case] act: Act) {
    let desk = Desk::new();
    for name in ["server", "_scs-20261120t153045-k3f9-server2", "_scs-20261120t153045-k3f9-serve"] {
        desk.fake.has(Kind::Server, name, &[]);
    }
    // Another kind of the same name is not what was created.
    desk.fake.has(Kind::Volume, "_scs-20261120t153045-k3f9-server", &[]);
    desk.fake.world().create.push_back(act);
    desk.create("server", Kind::Server, &[]).await.unwrap_err();
    desk.unwind().await;
    assert_eq!(desk.states(), [State::Gone]);
    assert_eq!(desk.fake.names().len(), 4, "{:?}", desk.fake.names());
}

#[tokio::test(start_paused = true)]
async fn all_of_one_name_go() {
    let desk = Desk::new();
    desk.fake.world().create.push_back(Act::DoesBut(ErrorKind::ServerError(500)));
    desk.create("server", Kind::Server, &[]).await.unwrap_err();
    desk.fake.has(Kind::Server, &desk.entry(0).name, &[]);
    desk.unwind().await;
    assert_eq!((desk.states(), desk.fake.names()), (vec![State::Gone], vec![]));
}

#[tokio::test(start_paused = true)]
async fn one_of_several_of_one_name_that_stays_is_told() {
    let desk = Desk::new();
    desk.fake.world().create.push_back(Act::DoesBut(ErrorKind::ServerError(500)));
    desk.create("server", Kind::Server, &[]).await.unwrap_err();
    desk.fake.has(Kind::Server, &desk.entry(0).name, &[]);
    desk.fake.world().delete.push_back(Act::Refuses(ErrorKind::Forbidden));
    desk.unwind().await;
    left(&desk.states()[0]);
    assert_eq!(desk.fake.names().len(), 1, "the other one goes");
    assert_eq!(desk.entry(0).id.as_deref(), Some("id-1"), "and this one is told");
}

#[tokio::test(start_paused = true)]
async fn where_nothing_is_found_there_was_nothing() {
    let desk = Desk::new();
    desk.fake.world().create.push_back(Act::Refuses(ErrorKind::ServerError(500)));
    desk.create("server", Kind::Server, &[]).await.unwrap_err();
    desk.unwind().await;
    assert_eq!(desk.states(), [State::Nothing]);
    assert_eq!(desk.fake.asked("list server").len(), 4, "once at first and once after each pause");
}

#[rstest]
#[case(Act::Refuses(ErrorKind::ServerError(500)), 3, true)]
#[case(Act::Refuses(ErrorKind::Unreachable(Unreachable::Timeout)), 1000, false)]
#[case(Act::Refuses(ErrorKind::Forbidden), 1, false)]
#[case(Act::Hangs, 1, false)]
#[tokio::test(start_paused = true)]
async fn what_cannot_be_looked_for_is_never_nothing(#[case] act: Act, #[case] times: usize, #[case] gone: bool) {
    let desk = Desk::new();
    desk.fake.world().create.push_back(Act::DoesBut(ErrorKind::ServerError(500)));
    desk.create("server", Kind::Server, &[]).await.unwrap_err();
    desk.fake.world().list.extend(vec![act; times]);
    desk.unwind().await;
    match gone {
        true => assert_eq!(desk.states(), [State::Gone]),
        false => assert!(left(&desk.states()[0]).contains("it is not known whether it exists"), "{:?}", desk.states()),
    }
}

/// A creation that nobody waits for any more, as when a run is stopped.
#[rstest]
#[case(Act::DoesAndHangs, State::Gone)]
#[case(Act::Hangs, State::Nothing)]
#[tokio::test(start_paused = true)]
async fn a_creation_that_was_given_up_is_looked_for(#[case] act: Act, #[case] state: State) {
    let desk = Desk::new();
    desk.fake.world().create.push_back(act);
    timeout(Duration::from_secs(1), desk.create("server", Kind::Server, &[])).await.unwrap_err();
    assert_eq!(desk.states(), [State::Unclear]);
    desk.unwind().await;
    assert_eq!((desk.states(), desk.fake.names()), (vec![state], vec![]));
}

#[tokio::test(start_paused = true)]
async fn who_is_in_a_hurry_is_told_what_is_left() {
    let desk = Desk::new();
    installation(&desk).await;
    desk.fake.world().delete.extend([Act::Well, Act::Hangs, Act::Hangs]);
    desk.ledger.unwind(PATIENCE, tokio::time::sleep(Duration::from_secs(1)), &Events::none()).await;
    let states = desk.states();
    assert_eq!(states[4], State::Gone);
    assert!(states[..4].iter().all(|state| left(state).contains("second signal")), "{states:?}");
    assert_eq!(desk.journal().matches(r#"{"left":"#).count(), 4);
}

#[tokio::test(start_paused = true)]
async fn what_was_removed_before_is_gone() {
    let desk = Desk::new();
    let id = desk.create("secret", Kind::Secret, &[]).await.unwrap();
    desk.ledger.delete(Kind::Secret, &id).await.unwrap();
    desk.unwind().await;
    assert_eq!(desk.states(), [State::Gone]);
}

#[tokio::test(start_paused = true)]
async fn a_hurry_from_the_start_asks_for_nothing_more_than_it_must() {
    let desk = Desk::new();
    installation(&desk).await;
    desk.fake.world().delete.push_back(Act::Hangs);
    let patience = Patience { limit: Duration::from_secs(600), ..PATIENCE };
    let events = Events::none();
    let unwinding = desk.ledger.unwind(patience, ready(()), &events);
    timeout(Duration::from_secs(1), unwinding).await.expect("it ends at once");
    assert!(desk.states().iter().all(|state| matches!(state, State::Left(_))));
}

#[tokio::test(start_paused = true)]
async fn the_whole_is_limited_however_much_there_is() {
    let desk = Desk::new();
    for number in 0..20 {
        desk.create(&format!("volume-{number}"), Kind::Volume, &[]).await.unwrap();
    }
    desk.fake.world().delete.extend(vec![Act::Hangs; 20]);
    let events = Events::none();
    let unwinding = desk.ledger.unwind(PATIENCE, pending(), &events);
    timeout(Duration::from_secs(61), unwinding).await.expect("it ends in time");
}

/// Cinder says so of a backup when its backup service is away.
#[tokio::test(start_paused = true)]
async fn not_found_is_not_gone() {
    let desk = Desk::new();
    desk.create("backup", Kind::Backup, &[]).await.unwrap();
    desk.fake.world().delete.extend([Act::Refuses(ErrorKind::NotFound), Act::Refuses(ErrorKind::NotFound)]);
    desk.unwind().await;
    assert_eq!((desk.fake.names(), desk.states()), (vec![], vec![State::Gone]));
    assert_eq!(desk.fake.asked("delete").len(), 3);
}

/// As a volume that Cinder makes before it refuses to restore a backup into it.
#[tokio::test(start_paused = true)]
async fn what_a_refusal_leaves_behind_is_looked_for() {
    let desk = Desk::new();
    desk.fake.world().create.push_back(Act::DoesBut(ErrorKind::UnexpectedStatus(400)));
    assert!(desk.create("restored-volume", Kind::Snapshot, &[]).await.is_err());
    assert_eq!(desk.states(), [State::Unclear]);
    desk.unwind().await;
    assert_eq!((desk.fake.names(), desk.states()), (vec![], vec![State::Gone]));
}

/// As a pod that may not be deleted, but goes with its namespace.
#[tokio::test(start_paused = true)]
async fn what_went_with_what_it_was_in_is_gone() {
    let (gone, left) = (State::Gone, State::Left("scripted Forbidden".to_owned()));
    for (goes_with_it, expected) in [(true, [gone.clone(), gone.clone()]), (false, [gone, left])] {
        let desk = Desk::new();
        let space = desk.create("space", Kind::Namespace, &[]).await.unwrap();
        let pod = desk.create("pod", Kind::Pod, &[&space]).await.unwrap();
        // The namespace does not wait for what is in it.
        desk.fake.world().things.iter_mut().for_each(|thing| thing.uses.clear());
        desk.fake.world().delete.push_back(Act::Refuses(ErrorKind::Forbidden));
        if goes_with_it {
            desk.fake.world().things.retain(|thing| thing.id != pod);
        }
        desk.unwind().await;
        assert_eq!(desk.states(), expected, "{goes_with_it}");
        assert_eq!(desk.fake.asked("delete").len(), 2);
        assert_eq!(desk.journal().lines().last().unwrap().starts_with(r#"{"gone":{"entry":1"#), goes_with_it);
    }
}

/// As a claim whose volume outlives both.
#[tokio::test(start_paused = true)]
async fn what_is_not_known_to_have_gone_is_left() {
    let desk = Desk::new();
    let space = desk.create("space", Kind::Namespace, &[]).await.unwrap();
    let pod = desk.create("pod", Kind::Pod, &[&space]).await.unwrap();
    desk.fake.world().things.iter_mut().for_each(|thing| thing.uses.clear());
    desk.fake.world().things.retain(|thing| thing.id != pod);
    desk.fake.world().delete.push_back(Act::Refuses(ErrorKind::Forbidden));
    desk.fake.world().look.extend([Act::Well, Act::Refuses(ErrorKind::ServerError(500))]);
    desk.unwind().await;
    assert_eq!(desk.states()[0], State::Gone);
    assert!(left(&desk.states()[1]).contains("Forbidden"), "{:?}", desk.states());
}

/// A sweep needs them to find the bucket.
#[tokio::test(start_paused = true)]
async fn credentials_stay_with_a_bucket_that_is_left() {
    let desk = Desk::new();
    let credential = desk.create("s3-credential", Kind::Ec2Credential, &[]).await.unwrap();
    desk.create("bucket", Kind::Bucket, &[&credential]).await.unwrap();
    desk.fake.world().delete.push_back(Act::Refuses(ErrorKind::Forbidden));
    desk.unwind().await;
    let states = desk.states();
    assert!(left(&states[0]).contains("bucket") && left(&states[1]).contains("Forbidden"), "{states:?}");
    assert_eq!(desk.fake.asked("delete ec2-credential").len(), 0);
}
