//! Reading journals: what a run that was killed left is found, and nothing else is taken for it.

use super::fake::{Act, Desk, place};
use crate::ledger::journal::Line;
use crate::ledger::{Journal, Kind, Place, RunId, Unfinished, unfinished};
use crate::openstack::ErrorKind;
use rstest::rstest;
use std::fs;
use std::path::Path;

fn run() -> RunId {
    "20261120t153045-k3f9".parse().unwrap()
}

/// A journal of a run that was killed, with these lines after the first.
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
    let (found, problems) = unfinished(folder.path());
    let expected = Unfinished { run: run(), place: place(), unanswered_since: None, path: path(folder.path()) };
    assert_eq!((found, problems), (vec![expected], vec![]));
}

#[test]
fn the_journal_of_a_run_that_goes_on_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::begin(folder.path(), &run(), &place(), "test").unwrap();
    assert_eq!(unfinished(folder.path()), (vec![], vec![]));
    drop(journal);
    assert_eq!(unfinished(folder.path()).0.len(), 1);
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
    let (found, _) = unfinished(folder.path());
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
        let (found, problems) = unfinished(folder.path());
        match length {
            // Nothing was on disk, so nothing was created.
            0 => assert_eq!((found, problems), (vec![], vec![])),
            _ if length < first => assert_eq!((found.len(), problems.len()), (0, 1), "{length}"),
            _ => assert_eq!((found[0].run.clone(), problems), (run(), vec![]), "{length}"),
        }
        if (last..whole.trim_end().len()).contains(&length) {
            assert!(unfinished(folder.path()).0[0].unanswered_since.is_some(), "{length}");
        }
    }
}

#[rstest]
#[case("nothing of ours\n")]
#[case("{}\n")]
#[case(r#"{"gone":{"entry":0}}"#)]
#[case(r#"{"begins":{"version":2,"run":"20261120t153045-k3f9","place":{"cloud":"c","auth_url":"u","project":"p","region":null},"tool":"t","at":"2026-11-20T15:00:00Z"}}"#)]
#[case(r#"{"begins":{"version":2,"run":"../../etc","place":{"project":{"cloud":"c","auth_url":"u","project":"p","region":null}},"tool":"t","at":"2026-11-20T15:00:00Z"}}"#)]
fn what_is_no_journal_of_ours_is_told(#[case] content: &str) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(path(folder.path()), content).unwrap();
    let (found, problems) = unfinished(folder.path());
    assert_eq!((found.len(), problems.len()), (0, 1), "{problems:?}");
    assert!(problems[0].contains("20261120t153045-k3f9.journal cannot be read"), "{problems:?}");
}

#[test]
fn other_files_are_nobody_s_business() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("notes.txt"), "x").unwrap();
    fs::write(folder.path().join("journal"), "x").unwrap();
    assert_eq!(unfinished(folder.path()), (vec![], vec![]));
    assert_eq!(unfinished(&folder.path().join("nowhere")), (vec![], vec![]));
    fs::create_dir(folder.path().join("a.journal")).unwrap();
    fs::write(folder.path().join("b.journal"), [0xff, 0xfe]).unwrap();
    assert_eq!(unfinished(folder.path()).1.len(), 2, "what is called a journal is told");
}

fn project(cloud: &str, auth_url: &str, project: &str, region: Option<&str>) -> Place {
    let (cloud, auth_url, project) = (cloud.into(), auth_url.into(), project.into());
    Place::Project { cloud, auth_url, project, region: region.map(str::to_owned) }
}

fn cluster(cluster: &str, server: &str, uid: Option<&str>) -> Place {
    let (cluster, server, uid) = (cluster.into(), server.into(), uid.map(str::to_owned));
    Place::Cluster { cluster, server, uid, kubeconfig: None, context: None }
}

#[rstest]
#[case(project("c", "https://keystone/v3", "p", None), true)]
#[case(project("d", "https://keystone/v3", "p", None), true)]
#[case(project("c", "https://elsewhere/v3", "p", None), false)]
#[case(project("c", "https://keystone/v3", "q", None), false)]
#[case(project("c", "https://keystone/v3", "p", Some("R")), false)]
#[case(cluster("c", "https://keystone/v3", None), false)]
fn a_place_is_a_project_whatever_it_is_called(#[case] other: Place, #[case] same: bool) {
    assert_eq!((place().is_same(&other), other.is_same(&place())), (same, same));
}

#[rstest]
#[case::renamed(cluster("b", "https://api/", Some("1")), true)]
#[case::by_another_address(cluster("a", "https://elsewhere/", Some("1")), true)]
#[case::another_one_at_its_address(cluster("a", "https://api/", Some("2")), false)]
#[case::of_an_old_journal(cluster("b", "https://api/", None), true)]
#[case::elsewhere_in_an_old_journal(cluster("a", "https://elsewhere/", None), false)]
fn a_place_is_a_cluster_whatever_it_is_called(#[case] other: Place, #[case] same: bool) {
    let place = cluster("a", "https://api/", Some("1"));
    assert_eq!((place.is_same(&other), other.is_same(&place)), (same, same));
}

#[test]
fn journals_without_the_uid_of_the_cluster_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let place = r#"{"cluster":{"cluster":"c","server":"https://api/"}}"#;
    let begins = format!(
        r#"{{"begins":{{"version":2,"run":"20261120t153045-k3f9","place":{place},"tool":"t","at":"2026-11-20T15:30:45Z"}}}}"#
    );
    fs::write(path(folder.path()), begins).unwrap();
    let (found, problems) = unfinished(folder.path());
    assert_eq!((found[0].place.clone(), problems), (cluster("c", "https://api/", None), vec![]));
}

#[rstest]
#[case(None, None, "sweep kaas --run 20261120t153045-k3f9")]
#[case(None, Some("lab"), "sweep kaas --context lab --run 20261120t153045-k3f9")]
#[case(
    Some("/a b/k.yaml"),
    Some("it's"),
    r"sweep kaas --kubeconfig '/a b/k.yaml' --context 'it'\''s' --run 20261120t153045-k3f9"
)]
fn the_command_leads_to_the_same_cluster(
    #[case] kubeconfig: Option<&str>,
    #[case] context: Option<&str>,
    #[case] command: &str,
) {
    let (kubeconfig, context) = (kubeconfig.map(str::to_owned), context.map(str::to_owned));
    let place = Place::Cluster { cluster: "c".into(), server: "s".into(), uid: None, kubeconfig, context };
    let run = "20261120t153045-k3f9".parse().unwrap();
    assert_eq!(place.sweep(&run), format!("scs-conformance {command}"));
    let cloud = project("my cloud", "u", "p", None).sweep(&run);
    assert_eq!(cloud, format!("scs-conformance sweep iaas --cloud 'my cloud' --run {run}"));
}

#[rstest]
#[case::a_file("/dev/null/journals")]
#[case::read_only("/proc/journals")]
fn where_no_journal_can_be_no_run_begins(#[case] folder: &str) {
    for refused in [
        Journal::begin(Path::new(folder), &run(), &place(), "test").map(drop).unwrap_err(),
        Journal::try_out(Path::new(folder)).unwrap_err(),
    ] {
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
                let (_, problems) = unfinished(folder.path());
                assert_eq!(problems, Vec::<String>::new());
            }
        });
        let begun: Result<Vec<()>, String> = (0..300)
            .map(|_| {
                let journal = Journal::begin(folder.path(), &RunId::new(chrono::Utc::now()), &place(), "test")?;
                journal.finish();
                Ok(())
            })
            .collect();
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        assert_eq!(begun.map(|all| all.len()), Ok(300));
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
    assert!(unfinished(folder.path()).0[0].unanswered_since.is_some());
}
