//! Runs that change the lab: what its real node shows, what nodes in name only do not, and that nothing is left.
//!
//! They need the real node: `tests/lab/kubernetes/node.sh`.

use super::audit::{Entry, Mark};
use super::lab::{Lab, Run, USUAL, User, bare, inventory};
use rstest::rstest;
use scs_checks::verdict::Verdict;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

const VOLUME: &str = "scs-0211-rwo-volume";
const POLICY: &str = "scs-0219-network-policy-probe";
const PRIVILEGED: &str = "scs-0217-privileged-pod";

/// The testcases that change a cluster.
const SELECTED: [&str; 3] =
    ["--select=scs-0211-rwo-volume", "--select=scs-0219-network-policy-probe", "--select=scs-0217-privileged-pod"];

/// Returns the arguments of every run here: its journals, and the image that the lab has.
fn options(journals: &Path, node: &str, more: &[&str]) -> Vec<String> {
    let mut options = vec!["--allow-changes".to_owned(), "--probe-image=lab.test/busybox:1".to_owned()];
    options.push(format!("--journal={}", journals.display()));
    options.push(format!("--probe-nodes=kubernetes.io/hostname={node}"));
    options.extend(SELECTED.iter().chain(more).map(|&text| text.to_owned()));
    options
}

/// Performs a run after which nothing is left, whoever looks.
fn tried(lab: &Lab, user: User, node: &str, more: &[&str]) -> Run {
    let journals = tempfile::tempdir().unwrap();
    let before = inventory();
    let options = options(journals.path(), node, more);
    let run = lab.check_with(user, &options.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(inventory(), before);
    assert_eq!(run.report.residue().count(), 0);
    assert_eq!(std::fs::read_dir(journals.path()).unwrap().count(), 0, "a journal is left");
    run
}

#[test]
#[ignore = "needs the lab: tests/lab/kubernetes/up.sh and node.sh"]
fn the_real_node_shows_what_the_cluster_does() {
    let lab = Lab::seeded(USUAL);
    let mark = Mark::now();
    let run = tried(&lab, User::Admin, "real-1", &[]);
    assert_eq!(run.testcase(VOLUME).verdict, Verdict::Pass, "{:?}", run.testcase(VOLUME));
    let told: Vec<&str> = run.testcase(VOLUME).findings.iter().map(|finding| finding.message.as_str()).collect();
    assert!(told.iter().any(|message| message.contains("only one node")), "{told:?}");
    // Nothing in the lab enforces policies.
    assert_eq!(run.testcase(POLICY).verdict, Verdict::Fail, "{:?}", run.testcase(POLICY));
    assert_eq!(run.testcase(POLICY).findings.len(), 2);
    assert_eq!(run.testcase(PRIVILEGED).verdict, Verdict::Abort);
    assert!(run.reason(PRIVILEGED).contains("1.20"), "{}", run.reason(PRIVILEGED));
    // Everything that was changed is in namespaces of this run, and these were deleted.
    let entries = mark.entries();
    let name = format!("scs-{}-", run.report.changes.as_ref().unwrap().run);
    let changing: Vec<&Entry> = entries.iter().filter(|entry| !entry.only_reads()).collect();
    let foreign = |entry: &&&Entry| entry.uri != "/api/v1/namespaces" && !entry.uri.contains(&name);
    assert_eq!(changing.iter().filter(foreign).count(), 0, "{changing:#?}");
    println!("{} requests, {} of them change something", entries.len(), changing.len());
}

#[test]
#[ignore = "needs the lab: tests/lab/kubernetes/up.sh and node.sh"]
fn a_node_in_name_only_proves_nothing() {
    let lab = Lab::seeded(USUAL);
    let run = tried(&lab, User::Admin, "worker-1", &["--step-limit=20s"]);
    for id in [VOLUME, POLICY] {
        assert_eq!(run.testcase(id).verdict, Verdict::Abort, "{:?}", run.testcase(id));
        assert!(run.reason(id).contains("its log cannot be read"), "{id}: {}", run.reason(id));
    }
}

#[rstest]
#[case::none("none", "no class")]
#[case::nodefault("nodefault", "no class")]
#[case::two("two", "2 default StorageClasses were found")]
#[case::noprovisioner("noprovisioner", "didn't find available persistent volumes to bind")]
#[ignore = "needs the lab: tests/lab/kubernetes/up.sh and node.sh"]
fn a_claim_without_storage_is_not_bound(#[case] storage: &'static str, #[case] words: &str) {
    let lab = Lab::seeded(["ha", storage, "none", "none"]);
    let run = tried(&lab, User::Admin, "real-1", &["--step-limit=10s"]);
    assert_eq!(run.testcase(VOLUME).verdict, Verdict::Fail, "{:?}", run.testcase(VOLUME));
    let finding = &run.testcase(VOLUME).findings[0];
    assert_eq!(finding.property.as_deref(), Some("bind"));
    assert!(finding.observed.as_ref().unwrap().contains(words), "{finding:?}");
}

#[rstest]
#[ignore = "needs the lab: tests/lab/kubernetes/up.sh"]
fn without_permissions_nothing_is_changed(#[values(User::Restricted, User::NoAccess)] user: User) {
    let lab = Lab::seeded(USUAL);
    let mark = Mark::now();
    let run = tried(&lab, user, "real-1", &[]);
    assert!(mark.entries().iter().all(Entry::only_reads));
    for id in [VOLUME, POLICY, PRIVILEGED] {
        assert_eq!(run.testcase(id).verdict, Verdict::Abort, "{id}");
        assert!(run.reason(id).contains("the permission to get namespaces"), "{id}: {}", run.reason(id));
    }
}

/// Starts a run that goes on.
fn started(folder: &Path, journals: &Path) -> Child {
    let options = options(journals, "real-1", &["--quiet", "--data=none"]);
    let arguments: Vec<&str> = ["check", "kaas"].into_iter().chain(options.iter().map(String::as_str)).collect();
    let mut command = bare(folder, User::Admin, &arguments);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Killed at ten instants of the first ten seconds, in which everything comes into being.
#[rstest]
#[ignore = "needs the lab: tests/lab/kubernetes/up.sh and node.sh"]
fn leftovers_of_a_killed_run_are_swept(#[values(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)] seconds: u64) {
    let _lab = Lab::seeded(USUAL);
    let (folder, journals) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let before = inventory();
    let mut run = started(folder.path(), journals.path());
    std::thread::sleep(Duration::from_millis(seconds * 1000 - 700));
    run.kill().unwrap();
    run.wait().unwrap();
    let left = inventory().len() - before.len();
    let journal = format!("--journal={}", journals.path().display());
    let swept = bare(folder.path(), User::Admin, &["sweep", "kaas", &journal]).output().unwrap();
    assert!(swept.status.success(), "{}", String::from_utf8_lossy(&swept.stderr));
    assert_eq!(inventory(), before);
    println!("{left} left, {}", String::from_utf8_lossy(&swept.stdout));
}

#[test]
#[ignore = "needs the lab: tests/lab/kubernetes/up.sh and node.sh"]
fn a_signal_ends_a_run_with_everything_removed() {
    let _lab = Lab::seeded(USUAL);
    let (folder, journals) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let before = inventory();
    let mut run = started(folder.path(), journals.path());
    let began = Instant::now();
    while inventory() == before {
        assert!(began.elapsed() < Duration::from_secs(30), "nothing comes into being");
        std::thread::sleep(Duration::from_millis(100));
    }
    let kill = std::process::Command::new("kill").args(["-TERM", &run.id().to_string()]).status().unwrap();
    assert!(kill.success());
    assert_eq!(run.wait().unwrap().code(), Some(3));
    assert_eq!(inventory(), before);
}
