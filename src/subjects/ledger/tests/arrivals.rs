//! Resources that another program makes during a run: each goes before what it uses, and nothing else goes with it.

use super::fake::{Act, Desk};
use crate::ledger::{Entry, Kind, State, unfinished};
use crate::openstack::ErrorKind;
use rstest::rstest;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(3600);
const LEFT: &str = "tempest-ServersTestJSON-server-1234567";

/// Begins to answer for Tempest, in a project with a resource that looks like its own, and a network of ours.
async fn begun(desk: &Desk) -> String {
    desk.fake.has(Kind::Volume, "tempest-older-1", &[]);
    let network = desk.create("network", Kind::Network, &[]).await.unwrap();
    desk.ledger.expect_arrivals("tempest", vec![network.clone()], LIMIT).await.unwrap();
    network
}

#[rstest]
#[case::by_itself(true)]
#[case::because_it_was_stopped(false)]
#[tokio::test(start_paused = true)]
async fn what_is_new_and_bears_the_name_goes_first(#[case] by_itself: bool) {
    let desk = Desk::new();
    let network = begun(&desk).await;
    desk.fake.has(Kind::Network, "New_network", &[]);
    let server = desk.fake.has(Kind::Server, LEFT, &[&network]);
    if by_itself {
        desk.ledger.end_arrivals();
    }
    desk.unwind().await;
    let deleted = desk.fake.asked("delete");
    assert_eq!(deleted, [format!("delete server {server}"), format!("delete network {network}")]);
    assert_eq!(desk.fake.names(), ["tempest-older-1", "New_network"]);
    let entries = desk.ledger.all();
    let (_, arrivals) = Entry::arrivals(&entries).unwrap();
    let arrivals: Vec<(&str, &State)> = arrivals.map(|entry| (entry.name.as_str(), &entry.state)).collect();
    assert_eq!(arrivals, [(LEFT, &State::Gone)]);
    assert_eq!(desk.states(), [State::Gone, State::Nothing, State::Gone]);
}

/// A service may still be at a request of a program that was ended.
#[tokio::test(start_paused = true)]
async fn what_comes_a_moment_later_goes_as_well() {
    let desk = Desk::new();
    begun(&desk).await;
    let late = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        desk.fake.has(Kind::Server, LEFT, &[]);
    };
    tokio::join!(desk.unwind(), late);
    assert_eq!(desk.fake.names(), ["tempest-older-1"]);
}

#[tokio::test(start_paused = true)]
async fn what_stays_is_named_and_remains_in_the_journal() {
    let desk = Desk::new();
    begun(&desk).await;
    desk.fake.has(Kind::Server, LEFT, &[]);
    desk.ledger.end_arrivals();
    desk.fake.world().delete.push_front(Act::Refuses(ErrorKind::Forbidden));
    desk.unwind().await;
    let states = desk.states();
    assert!(matches!(&states[1], State::Left(why) if why == "1 of its resources were not removed"), "{states:?}");
    assert!(matches!(&states[2], State::Left(why) if why.contains("Forbidden")), "{states:?}");
    let folder = desk.folder;
    drop((desk.ledger, desk.run));
    let known = unfinished(folder.path()).unfinished;
    assert_eq!((known.len(), known[0].before.len()), (1, 1), "{known:?}");
}

/// If nobody can tell what is there, nobody could tell afterwards what is new.
#[tokio::test(start_paused = true)]
async fn nothing_begins_where_the_project_cannot_be_listed() {
    let desk = Desk::new();
    desk.fake.world().list.push_front(Act::Refuses(ErrorKind::ServerError(500)));
    let error = desk.ledger.expect_arrivals("tempest", Vec::new(), LIMIT).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::ServerError(500));
    assert!(desk.ledger.all().is_empty());
}
