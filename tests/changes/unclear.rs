//! Journals that do not say clearly what to sweep, and the command that reports print: nothing unknown is reported as clean.

use super::bench::{cloud, files};
use crate::program::Program;
use rstest::rstest;
use scs_simcloud::{Failure, Fault, Kind, Service, SimCloud};
use serde_json::json;
use std::path::Path;
use std::time::SystemTime;

const RUN: &str = "20201120t153045-k3f9";
const OURS: &str = "_scs-20201120t153045-k3f9-thing";

/// Starts a cloud in which a run has left a volume.
async fn littered() -> SimCloud {
    cloud(|state| {
        state.steps = 0;
        let own = state.own_project();
        state.seed(Kind::Volume, OURS, &own);
    })
    .await
}

fn sweep(cloud: &SimCloud, journals: &Path) -> Program {
    let program = Program::new("sweep iaas --cloud sim").clouds(&cloud.clouds_yaml("sim").unwrap());
    program.argument("--journal").argument(journals)
}

fn has_ours(cloud: &SimCloud) -> bool {
    cloud.inventory().iter().any(|item| item.name == OURS)
}

/// Dates a journal as if it had been written long ago: nobody has to wait for what may still come.
fn age(path: &Path) {
    std::fs::File::open(path).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
}

const CUT: &str = r#"{"begins":{"version":2,"run":"20201120t153045-k3f9","place":{"pro"#;
const NEWER: &str = r#"{"begins":{"version":99,"run":"20201120t153045-k3f9"}}"#;

#[rstest]
#[case::empty("")]
#[case::cut(CUT)]
#[case::garbage("garbage")]
#[case::newer(NEWER)]
#[tokio::test]
async fn a_journal_that_cannot_be_read_is_swept_by_its_name_and_never_called_clean(#[case] content: &str) {
    let cloud = littered().await;
    let journals = tempfile::tempdir().unwrap();
    let path = journals.path().join(format!("{RUN}.journal"));
    std::fs::write(&path, content).unwrap();
    age(&path);
    let dry = sweep(&cloud, journals.path()).arguments("--dry-run").run().await.assert_code(4);
    assert!(dry.stdout.contains(OURS), "{}", dry.stdout);
    let ended = sweep(&cloud, journals.path()).run().await.assert_code(4);
    assert!(ended.stderr.contains(&format!("the run {RUN} is looked for here, by the name")), "{}", ended.stderr);
    assert!(!has_ours(&cloud));
    sweep(&cloud, journals.path()).run().await.assert_code(4);
    assert_eq!(files(journals.path()).len(), 1, "where it was made is still not known");
}

#[tokio::test]
async fn a_folder_in_the_place_of_a_journal_is_swept_by_its_name() {
    let cloud = littered().await;
    let journals = tempfile::tempdir().unwrap();
    let path = journals.path().join(format!("{RUN}.journal"));
    std::fs::create_dir(&path).unwrap();
    age(&path);
    sweep(&cloud, journals.path()).run().await.assert_code(4);
    assert!(!has_ours(&cloud));
}

/// Returns the journal of this run, of a place that differs from the cloud's own in its spelling, or in more.
fn journal(run: &str, auth_url: &str, project: &str, region: Option<&str>) -> String {
    let place = json!({"project": {"cloud": "old", "auth_url": auth_url, "project": project, "region": region}});
    json!({"begins": {"version": 2, "run": run, "place": place, "tool": "t", "at": "2020-11-20T15:30:45Z"}}).to_string()
}

#[tokio::test]
async fn a_journal_of_another_run_than_its_name_says_is_neither_followed_nor_removed() {
    let cloud = littered().await;
    let journals = tempfile::tempdir().unwrap();
    let path = journals.path().join("20201120t153045-aaaa.journal");
    std::fs::write(&path, journal(RUN, &cloud.auth_url(), &cloud.state().own_project(), None)).unwrap();
    age(&path);
    sweep(&cloud, journals.path()).run().await.assert_code(4);
    assert!(has_ours(&cloud) && path.exists());
}

#[tokio::test]
async fn another_spelling_of_the_same_place_is_the_same_place() {
    for spelling in [0, 1, 2] {
        let cloud = littered().await;
        let (url, project) = (cloud.auth_url(), cloud.state().own_project());
        let text = match spelling {
            0 => journal(RUN, &url, &project, None),
            1 => journal(RUN, &format!("{}/", url.trim_end_matches('/')), &project.to_uppercase(), None),
            _ => journal(RUN, url.trim_end_matches("/v3"), &project, None),
        };
        let journals = tempfile::tempdir().unwrap();
        std::fs::write(journals.path().join(format!("{RUN}.journal")), text).unwrap();
        sweep(&cloud, journals.path()).run().await.assert_code(0);
        assert!(!has_ours(&cloud) && files(journals.path()).is_empty(), "{spelling}");
    }
}

#[rstest]
#[case::address(Some("https://keystone.elsewhere.example:5000/v3"), None)]
#[case::project(None, Some("demo"))]
#[tokio::test]
async fn a_place_that_may_be_the_same_is_swept_and_never_called_clean(
    #[case] auth_url: Option<&str>,
    #[case] project: Option<&str>,
) {
    let cloud = littered().await;
    let auth_url = auth_url.map_or_else(|| cloud.auth_url().to_string(), str::to_owned);
    let project = project.map_or_else(|| cloud.state().own_project(), str::to_owned);
    let journals = tempfile::tempdir().unwrap();
    let path = journals.path().join(format!("{RUN}.journal"));
    std::fs::write(&path, journal(RUN, &auth_url, &project, None)).unwrap();
    let ended = sweep(&cloud, journals.path()).run().await.assert_code(4);
    assert!(ended.stderr.contains("may be this place in another spelling"), "{}", ended.stderr);
    assert!(!has_ours(&cloud) && path.exists());
}

/// The cloud has no region in its configuration; the run was told one, and so has to be the command.
#[tokio::test]
async fn printed_command_removes_the_residue_in_a_region_too() {
    let cloud = cloud(|_| {}).await;
    let before = cloud.inventory();
    let region = cloud.state().catalog[0].endpoints[0].region.clone();
    let yaml = cloud.clouds_yaml("sim").unwrap();
    let yaml: String =
        yaml.lines().filter(|line| !line.contains("region_name")).map(|line| format!("{line}\n")).collect();
    cloud.plant(Fault::new(Failure::status(403)).service(Service::KeyManager).method("DELETE"));
    let program =
        Program::new("check iaas --cloud sim --allow-changes --journal j --select scs-0116-permissions --quiet");
    let ended = program.clouds(&yaml).arguments("--region").argument(&region).run().await;
    let command = printed_command(&ended.stderr);
    assert!(command.contains(&format!("--region {region}")) && command.contains("/j --run "), "{command}");
    cloud.clear_faults();
    Program::new(&command).clouds(&yaml).run().await.assert_code(0);
    assert_eq!(cloud.inventory(), before);
    assert!(!ended.files().contains(&"j".to_owned()) || ended.files_in("j").is_empty(), "the journal is gone");
}

/// Returns the command that a run printed, without the name of the program.
pub fn printed_command(stderr: &str) -> String {
    let line = stderr.lines().find_map(|line| line.split_once("remove it with: scs-conformance "));
    line.unwrap_or_else(|| panic!("{stderr}")).1.to_owned()
}
