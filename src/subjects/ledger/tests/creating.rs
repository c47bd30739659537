//! Creating: nothing without a journal, and everything with a name of ours.

use super::fake::{Act, Desk, Wish};
use crate::ledger::{Journal, Kind, Run, RunId, State};
use crate::openstack::{ErrorKind, Unreachable};
use rstest::rstest;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

#[tokio::test]
async fn what_is_created_bears_the_name_of_its_run_and_is_announced_and_noted() {
    let desk = Desk::new();
    // That the intent is on disk before the cloud is asked is asserted by the cloud.
    let id = desk.create("boot-volume", Kind::Volume, &[]).await.unwrap();
    assert_eq!(desk.fake.names(), ["_scs-20261120t153045-k3f9-boot-volume"]);
    let journal = desk.journal();
    let lines: Vec<&str> = journal.lines().collect();
    assert_eq!(lines.len(), 3, "{journal}");
    assert!(lines[0].starts_with(r#"{"begins":{"version":2,"run":"20261120t153045-k3f9""#), "{journal}");
    assert_eq!(lines[2], format!(r#"{{"exists":{{"entry":0,"id":"{id}"}}}}"#));
    assert_eq!(desk.states(), [State::Exists]);
    assert_eq!(RunId::from_name("_scs-", &desk.entry(0).name).as_ref(), Some(&desk.run.id));
}

#[rstest]
#[case(ErrorKind::Forbidden, State::Nothing)]
#[case(ErrorKind::UnexpectedStatus(409), State::Nothing)]
#[case(ErrorKind::RateLimited, State::Nothing)]
#[case(ErrorKind::Unreachable(Unreachable::Refused), State::Nothing)]
#[case(ErrorKind::ServerError(500), State::Unclear)]
#[case(ErrorKind::Unreachable(Unreachable::Timeout), State::Unclear)]
#[case(ErrorKind::Unreachable(Unreachable::Broken), State::Unclear)]
#[case(ErrorKind::InvalidAnswer { path: String::new() }, State::Unclear)]
#[case(ErrorKind::NotAnApi, State::Unclear)]
#[tokio::test]
async fn only_a_refusal_means_that_there_is_nothing(#[case] kind: ErrorKind, #[case] state: State) {
    let desk = Desk::new();
    desk.fake.world().create.push_back(Act::Refuses(kind.clone()));
    assert_eq!(desk.create("server", Kind::Server, &[]).await.unwrap_err().kind, kind);
    let noted = desk.journal().lines().last().unwrap().contains("gone");
    assert_eq!((desk.states(), noted), (vec![state.clone()], state == State::Nothing));
}

#[tokio::test]
async fn only_what_is_its_own_is_deleted_or_touched() {
    let desk = Desk::new();
    let foreign = desk.fake.has(Kind::Image, "somebody's", &[]);
    let own = desk.create("image", Kind::Image, &[]).await.unwrap();
    assert_eq!(desk.ledger.delete(Kind::Image, &foreign).await.unwrap_err().kind, ErrorKind::NotFound);
    let touched = async |id: &str| desk.ledger.with(Kind::Image, id, async |_, _| Ok("touched")).await;
    assert_eq!(touched(&foreign).await.unwrap_err().kind, ErrorKind::NotFound);
    assert_eq!(desk.ledger.delete(Kind::Volume, &own).await.unwrap_err().kind, ErrorKind::NotFound);
    assert!(desk.fake.asked("delete").is_empty());
    assert_eq!(touched(&own).await, Ok("touched"));
    desk.ledger.delete(Kind::Image, &own).await.unwrap();
    assert_eq!(desk.fake.names(), ["somebody's"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_adopted_is_noted_before_it_is_there_and_goes_afterwards() {
    let desk = Desk::new();
    let own = desk.create("suite", Kind::Network, &[]).await.unwrap();
    for id in ["id-2", "never-made"] {
        desk.ledger.adopt(Kind::Port, id, (Kind::Network, &own)).await.unwrap();
        assert!(desk.journal().contains(&format!(r#""id":"{id}""#)), "{}", desk.journal());
    }
    assert_eq!(desk.fake.has(Kind::Port, "made by a tool", &[]), "id-2");
    desk.unwind().await;
    assert!(desk.fake.names().is_empty());
    assert_eq!(desk.fake.asked("delete")[0], format!("delete network {own}"));
    assert_eq!(desk.states(), vec![State::Gone; 3]);
    let foreign = desk.ledger.adopt(Kind::Port, "id-3", (Kind::Network, "somebody's")).await;
    assert_eq!(foreign.unwrap_err().kind, ErrorKind::NotFound);
}

#[rstest]
#[case("_scs-20261101t000000-aaaa-suite", true)]
#[case("_scs-20261101t000000-aaaa", false)]
#[case("somebody's", false)]
#[tokio::test]
async fn only_what_is_ours_is_taken_over(#[case] id: &str, #[case] ours: bool) {
    let desk = Desk::new();
    assert_eq!(desk.ledger.take_over(Kind::Network, id).await.is_ok(), ours);
    assert_eq!(desk.journal().contains(id), ours);
}

/// Returns a journal on a disk that is full, as `/dev/full` is.
fn full_disk() -> Desk {
    let folder = tempfile::tempdir().unwrap();
    let journal = Arc::new(Journal::on(Path::new("/dev/full")).unwrap());
    Desk::with(folder, Run { id: "20261120t153045-k3f9".parse().unwrap(), journal })
}

#[tokio::test]
async fn nothing_is_created_when_the_disk_is_full() {
    let desk = full_disk();
    let error = desk.create("server", Kind::Server, &[]).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::JournalUnwritable);
    assert!(error.what.contains("nothing is created") && error.what.contains("--journal"), "{error}");
    assert!(desk.fake.world().asked.is_empty() && desk.ledger.all().is_empty());
}

#[tokio::test]
async fn nothing_is_created_when_the_folder_of_the_journal_was_removed() {
    let desk = Desk::new();
    std::fs::remove_dir_all(desk.folder.path()).unwrap();
    let error = desk.create("server", Kind::Server, &[]).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::JournalUnwritable);
    assert!(desk.fake.world().asked.is_empty());
}

/// The folder vanishes while the cloud is at work: what came into being is known all the same, and removed.
#[tokio::test(start_paused = true)]
async fn what_exists_is_removed_also_when_its_answer_cannot_be_noted() {
    let desk = Desk::new();
    let (folder, fake) = (desk.folder.path().to_owned(), desk.fake.clone());
    let wish = Wish(Kind::Server, vec![]);
    let create = desk.ledger.create("server", &wish);
    let watch = async {
        while fake.world().things.is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    desk.fake.world().create.push_back(Act::DoesAndHangs);
    tokio::select! { _ = create => panic!("it hangs"), () = watch => {} }
    std::fs::remove_dir_all(folder).unwrap();
    desk.unwind().await;
    assert_eq!((desk.states(), desk.fake.names()), (vec![State::Gone], vec![]));
}
