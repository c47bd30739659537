//! Reading journals: what a run that was killed left is found, and nothing else is taken for it.

use super::fake::{Act, Desk, place};
use crate::ledger::journal::Line;
use crate::ledger::{FoundJournals, Journal, JournalError, Kind, Place, PlaceMatch, RunId, Unfinished, unfinished};
use crate::openstack::ErrorKind;
use rstest::rstest;
use std::fs;
use std::path::Path;

fn run() -> RunId {
    "20261120t153045-k3f9".parse().unwrap()
}

/// Writes the journal of a run that was killed, with these lines after the first, and returns its text.
fn killed(folder: &Path, lines: &[Line]) -> String {
    let journal = Journal::begin(folder, &run(), &place(), "test").unwrap();
    lines.iter().for_each(|line| journal.note(line).unwrap());
    fs::read_to_string(path(folder)).unwrap()
}

fn path(folder: &Path) -> std::path::PathBuf {
    folder.join(format!("{}.journal", run()))
}

fn intent(entry: usize, at: &str) -> Line {
    Line::Intent { entry, kind: Kind::Volume, name: "n".into(), at: at.parse().unwrap() }
}

#[test]
fn the_journal_of_a_killed_run_is_found() {
    let folder = tempfile::tempdir().unwrap();
    killed(folder.path(), &[]);
    let expected = Unfinished {
        run: run(),
        place: place(),
        unanswered_since: None,
        before: Vec::new(),
        path: path(folder.path()),
    };
    assert_eq!(unfinished(folder.path()), FoundJournals { unfinished: vec![expected], unread: vec![] });
}

#[test]
fn the_journal_of_a_run_that_goes_on_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::begin(folder.path(), &run(), &place(), "test").unwrap();
    assert_eq!(unfinished(folder.path()), FoundJournals::default());
    drop(journal);
    assert_eq!(unfinished(folder.path()).unfinished.len(), 1);
}

#[test]
fn a_finished_journal_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    Journal::begin(folder.path(), &run(), &place(), "test").unwrap().finish();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn the_last_request_without_an_answer_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let exists = Line::Exists { entry: 2, id: "i".into() };
    let lines = [
        intent(0, "2026-11-20T15:00:00Z"),
        intent(1, "2026-11-20T15:00:05Z"),
        intent(2, "2026-11-20T15:00:09Z"),
        intent(3, "2026-11-20T15:00:08Z"),
        exists,
        Line::Gone { entry: 3 },
        Line::Left { entry: 1, why: "stuck".into() },
    ];
    killed(folder.path(), &lines);
    let found = unfinished(folder.path()).unfinished;
    assert_eq!(found[0].unanswered_since, "2026-11-20T15:00:05Z".parse().ok());
}

/// Wherever the power failed, the run is found as soon as its first line is whole; a longer one never becomes another.
#[test]
fn a_journal_may_end_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    let whole = killed(folder.path(), &[intent(0, "2026-11-20T15:00:00Z"), Line::Gone { entry: 0 }]);
    let first = whole.find('\n').unwrap();
    let last = whole.trim_end().rfind('\n').unwrap();
    for length in 0..=whole.len() {
        fs::write(path(folder.path()), &whole[..length]).unwrap();
        let FoundJournals { unfinished: found, unread } = unfinished(folder.path());
        match length {
            _ if length < first => assert_eq!((found, unread[0].run.clone()), (vec![], Some(run())), "{length}"),
            _ => assert_eq!((found[0].run.clone(), unread), (run(), vec![]), "{length}"),
        }
        if (last..whole.trim_end().len()).contains(&length) {
            assert!(unfinished(folder.path()).unfinished[0].unanswered_since.is_some(), "{length}");
        }
    }
}

/// The last requests in it count: something may still come into being.
#[rstest]
#[case::a_torn_line("{\"intent\":{\"entry\":0,\"ki\n")]
#[case::another_kind("{\"paused\":{\"entry\":0}}\n")]
#[case::an_empty_line("\n")]
#[case::no_text("\u{fffd}")]
fn a_journal_with_a_line_that_is_not_understood_is_not_read(#[case] line: &str) {
    let folder = tempfile::tempdir().unwrap();
    let whole = killed(folder.path(), &[]);
    let line = if line == "\u{fffd}" { b"\xff".to_vec() } else { line.as_bytes().to_vec() };
    let end = "{\"gone\":{\"entry\":0}}\n";
    fs::write(path(folder.path()), [whole.as_bytes(), &line, end.as_bytes()].concat()).unwrap();
    let found = unfinished(folder.path());
    assert_eq!((found.unfinished, found.unread[0].run.clone()), (vec![], Some(run())), "{:?}", found.unread);
}

#[rstest]
#[case("nothing of ours\n")]
#[case("{}\n")]
#[case(r#"{"gone":{"entry":0}}"#)]
#[case(r#"{"begins":{"version":2,"run":"20261120t153045-k3f9","place":{"cloud":"c","auth_url":"u","project":"p","region":null},"tool":"t","at":"2026-11-20T15:00:00Z"}}"#)]
#[case(r#"{"begins":{"version":2,"run":"../../etc","place":{"project":{"cloud":"c","auth_url":"u","project":"p","region":null}},"tool":"t","at":"2026-11-20T15:00:00Z"}}"#)]
#[case(r#"{"begins":{"version":99,"run":"20261120t153045-k3f9","place":{"project":{"cloud":"c","auth_url":"u","project":"p","region":null}},"tool":"t","at":"2026-11-20T15:00:00Z"}}"#)]
#[case(r#"{"begins":{"version":2,"run":"20261120t153045-aaaa","place":{"project":{"cloud":"c","auth_url":"u","project":"p","region":null}},"tool":"t","at":"2026-11-20T15:00:00Z"}}"#)]
#[case("")]
fn of_a_journal_that_cannot_be_read_the_name_tells_the_run(#[case] content: &str) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(path(folder.path()), content).unwrap();
    let found = unfinished(folder.path());
    assert_eq!((found.unfinished, found.unread.len()), (vec![], 1), "{:?}", found.unread);
    let unread = &found.unread[0];
    assert_eq!(unread.run, Some(run()));
    assert!(
        unread.changed_at.is_some() && unread.why.contains("20261120t153045-k3f9.journal cannot be read"),
        "{unread:?}"
    );
}

#[rstest]
#[case::device("/dev/zero")]
#[case::folder("/")]
#[case::nothing("/nonexistent")]
fn what_is_not_a_file_is_not_read(#[case] target: &str) {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(target, path(folder.path())).unwrap();
    assert_eq!(unfinished(folder.path()).unread[0].run, Some(run()));
}

#[test]
fn a_folder_of_journals_that_cannot_be_read_is_told() {
    let file = tempfile::NamedTempFile::new().unwrap();
    assert_eq!(unfinished(file.path()).unread.len(), 1);
}

#[test]
fn only_the_owner_can_look_into_journals() {
    use std::os::unix::fs::PermissionsExt;
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("journals");
    killed(&folder, &[]);
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(&path(&folder))), (0o700, 0o600));
}

#[test]
fn other_files_are_nobody_s_business() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("notes.txt"), "x").unwrap();
    fs::write(folder.path().join("journal"), "x").unwrap();
    assert_eq!(unfinished(folder.path()), FoundJournals::default());
    assert_eq!(unfinished(&folder.path().join("nowhere")), FoundJournals::default());
    fs::create_dir(folder.path().join("a.journal")).unwrap();
    fs::write(folder.path().join("b.journal"), [0xff, 0xfe]).unwrap();
    assert_eq!(unfinished(folder.path()).unread.len(), 2, "what is called a journal is told");
}

fn project(cloud: &str, auth_url: &str, project: &str, region: Option<&str>) -> Place {
    let (cloud, auth_url, project) = (cloud.into(), auth_url.into(), project.into());
    Place::Project { cloud, auth_url, project, region: region.map(str::to_owned) }
}

fn cluster(cluster: &str, server: &str, uid: Option<&str>) -> Place {
    let (cluster, server, uid) = (cluster.into(), server.into(), uid.map(str::to_owned));
    Place::Cluster { cluster, server, uid, kubeconfig: None, context: None }
}

const ID: &str = "cc13c1d50a4b4f559b0a0c4d7e2f11aa";

#[rstest]
#[case(project("d", "https://keystone/v3", ID, None), PlaceMatch::Same)]
#[case(project("c", "https://keystone/v3", ID, Some("R")), PlaceMatch::Same)]
#[case(project("c", "https://keystone/v3", ID, Some("r")), PlaceMatch::Same)]
#[case(project("c", "https://KEYSTONE:443/v3/", ID, None), PlaceMatch::Same)]
#[case(project("c", "https://keystone", ID, None), PlaceMatch::Same)]
#[case(project("c", "https://keystone/v3", "CC13C1D5-0A4B-4F55-9B0A-0C4D7E2F11AA", None), PlaceMatch::Same)]
#[case(project("c", "https://keystone:5000/v3", ID, None), PlaceMatch::Unclear)]
#[case(project("c", "http://keystone/v3", ID, None), PlaceMatch::Unclear)]
#[case(project("c", "https://keystone/v3", "demo", None), PlaceMatch::Unclear)]
#[case(project("c", "https://keystone/v3", "aaaac1d50a4b4f559b0a0c4d7e2f11aa", None), PlaceMatch::Other)]
#[case(project("c", "https://elsewhere/v3", "demo", None), PlaceMatch::Other)]
#[case(project("c", "https://keystone/v3", ID, Some("S")), PlaceMatch::Other)]
#[case(cluster("c", "https://keystone/v3", None), PlaceMatch::Other)]
fn a_place_is_a_project_however_it_is_spelled(#[case] other: Place, #[case] expected: PlaceMatch) {
    let region = Some("R").filter(|_| !matches!(&other, Place::Project { region: None, .. }));
    let place = project("c", "https://keystone/v3", ID, region);
    assert_eq!((place.compare(&other), other.compare(&place)), (expected, expected));
}

#[rstest]
#[case::renamed(cluster("b", "https://api/", Some("1")), true)]
#[case::by_another_address(cluster("a", "https://elsewhere/", Some("1")), true)]
#[case::another_one_at_its_address(cluster("a", "https://api/", Some("2")), false)]
#[case::of_an_old_journal(cluster("b", "https://api/", None), true)]
#[case::elsewhere_in_an_old_journal(cluster("a", "https://elsewhere/", None), false)]
fn a_place_is_a_cluster_whatever_it_is_called(#[case] other: Place, #[case] same: bool) {
    let place = cluster("a", "https://api/", Some("1"));
    let expected = if same { PlaceMatch::Same } else { PlaceMatch::Other };
    assert_eq!((place.compare(&other), other.compare(&place)), (expected, expected));
}

#[test]
fn journals_without_the_uid_of_the_cluster_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let place = r#"{"cluster":{"cluster":"c","server":"https://api/"}}"#;
    let begins = format!(
        r#"{{"begins":{{"version":2,"run":"20261120t153045-k3f9","place":{place},"tool":"t","at":"2026-11-20T15:30:45Z"}}}}"#
    );
    fs::write(path(folder.path()), begins).unwrap();
    assert_eq!(unfinished(folder.path()).unfinished[0].place, cluster("c", "https://api/", None));
}

#[rstest]
#[case::a_file("/dev/null/journals")]
#[case::read_only("/proc/journals")]
fn where_no_journal_can_be_no_run_begins(#[case] folder: &str) {
    for refused in [
        Journal::begin(Path::new(folder), &run(), &place(), "test").map(drop).unwrap_err(),
        Journal::try_out(Path::new(folder)).unwrap_err(),
    ] {
        let refused = refused.to_string();
        assert!(refused.contains(folder) && refused.contains("--journal"), "{refused}");
    }
}

#[test]
fn trying_out_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let below = folder.path().join("state/scs-conformance");
    Journal::try_out(&below).unwrap();
    assert_eq!(fs::read_dir(below).unwrap().count(), 0);
}

#[test]
fn no_run_takes_the_journal_of_another() {
    let folder = tempfile::tempdir().unwrap();
    let before = killed(folder.path(), &[]);
    Journal::begin(folder.path(), &run(), &place(), "test").map(drop).unwrap_err();
    assert_eq!(fs::read_to_string(path(folder.path())).unwrap(), before);
}

/// Others read the folder whenever they like; that must not keep a run from beginning.
#[test]
fn a_run_begins_while_others_look_for_journals() {
    let folder = tempfile::tempdir().unwrap();
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                assert_eq!(unfinished(folder.path()).unread, []);
            }
        });
        let begun: Result<Vec<()>, JournalError> = (0..300)
            .map(|_| {
                let journal = Journal::begin(folder.path(), &RunId::new(chrono::Utc::now()), &place(), "test")?;
                journal.finish();
                Ok(())
            })
            .collect();
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        assert_eq!(begun.unwrap().len(), 300);
    });
}

#[tokio::test(start_paused = true)]
async fn the_journal_of_a_run_tells_what_was_never_answered() {
    let desk = Desk::new();
    desk.fake.world().create.push_back(Act::Well);
    desk.fake.world().create.push_back(Act::DoesBut(ErrorKind::ServerError(500)));
    desk.create("volume", Kind::Volume, &[]).await.unwrap();
    desk.create("server", Kind::Server, &[]).await.unwrap_err();
    let Desk { folder, run, ledger, fake, .. } = desk;
    drop((run, ledger, fake));
    assert!(unfinished(folder.path()).unfinished[0].unanswered_since.is_some());
}
