//! Shared by these tests: a cluster, the stand-in under the names of the tools, and the assertions after every run.

use crate::program::{Ended, LONGEST, Program, Running, files_in};
use chrono::{DateTime, TimeDelta, Utc};
use scs_simcloud::kubernetes::{ClusterItem, ClusterState, SimCluster};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::time::Duration;
use tempfile::TempDir;

/// Both suites, and what they decide.
pub const SUITES: [(&str, &str); 2] =
    [("conformance", "cncf-k8s-conformance"), ("network-policies", "kaas-networking-check")];

/// The program that stands in for Sonobuoy, hydrophone and Tempest. Cargo builds examples for a whole test run only; where one target is
/// chosen, it is told to. With the whole workspace it takes the features of a whole test run, and builds nothing anew.
pub static STAND_IN: LazyLock<PathBuf> = LazyLock::new(|| {
    let program = std::env::current_exe().unwrap();
    let folder = program.parent().and_then(Path::parent).unwrap().join("examples");
    if let Some(cargo) = std::env::var_os("CARGO") {
        let built =
            Command::new(cargo).args(["build", "--quiet", "--workspace", "--example", "stand_in"]).status().unwrap();
        assert!(built.success(), "the stand-in cannot be built");
    }
    folder.join("stand_in")
});

/// A cluster, and a machine with one of the tools.
pub struct Scene {
    pub cluster: SimCluster,
    /// The PATH, the journals, the results.
    pub folder: TempDir,
    before: Vec<ClusterItem>,
    rights_before: usize,
}

impl Scene {
    /// Starts a conformant cluster with a change; both tools are installed.
    pub async fn new(change: impl FnOnce(&mut ClusterState)) -> Self {
        let cluster = crate::kaas::cluster(change).await;
        let folder = tempfile::tempdir().unwrap();
        for tool in ["sonobuoy", "hydrophone"] {
            let path = folder.path().join("bin").join(tool);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::os::unix::fs::symlink(&*STAND_IN, path).unwrap();
        }
        let (before, rights_before) = (cluster.inventory(), rights(&cluster));
        Self { cluster, folder, before, rights_before }
    }

    pub async fn plain() -> Self {
        Self::new(|_| {}).await
    }

    /// Returns a command for the cluster.
    pub fn command(&self, arguments: &str) -> Program {
        let program = Program::new(arguments).file("k.yaml", self.cluster.kubeconfig().unwrap());
        let path = self.folder.path().join("bin").display().to_string();
        let program = program.arguments("--kubeconfig k.yaml").env("PATH", &path);
        program.argument("--journal").argument(self.folder.path().join("journals"))
    }

    /// Returns a run of one suite by one of the tools, which acts as the script says.
    pub fn check(&self, suite: usize, tool: &str, script: &str) -> Program {
        let program = self.command("check kaas --data none --allow-changes --output json=r.json --cleanup-limit 20s");
        let program = program.argument("--select").argument(SUITES[suite].1).argument("--runner").argument(tool);
        program.argument("--results-dir").argument(self.folder.path().join("results")).env("STAND_IN", script)
    }

    /// Asserts that the cluster is as it was.
    #[track_caller]
    pub fn assert_clean(&self) {
        self.cluster.settle();
        assert_eq!(self.cluster.inventory(), self.before);
        assert_eq!(rights(&self.cluster), self.rights_before, "roles or bindings are left");
    }

    /// Returns the names of all namespaces.
    pub fn namespaces(&self) -> Vec<String> {
        let state = self.cluster.state();
        let all = state.objects.get("namespaces").into_iter().flatten();
        all.map(|space| space["metadata"]["name"].as_str().unwrap().to_owned()).collect()
    }

    /// Lets time pass in the cluster: the tests were begun so much earlier.
    pub fn pass(&self, time: TimeDelta) {
        const BEGAN: &str = "stand-in/began";
        self.cluster.update(|state| {
            for pod in state.objects.get_mut("pods").into_iter().flatten() {
                let notes = &mut pod["metadata"]["annotations"];
                if let Some(began) = notes.get(BEGAN).and_then(Value::as_str) {
                    let began: DateTime<Utc> = began.parse().unwrap();
                    notes[BEGAN] = (began - time).to_rfc3339().into();
                }
            }
        });
    }

    /// Waits until the tests of an earlier run are waited for.
    pub async fn resumed(&self, running: &mut Running, tool: &str) {
        let (results, journals) = (self.folder.path().join("results"), self.folder.path().join("journals"));
        let folder = || results.join(&files_in(&results)[0]).join("resumed");
        let is_taken_over = |name: &String| {
            std::fs::read_to_string(journals.join(name)).is_ok_and(|journal| journal.contains("\"exists\""))
        };
        let resumed = async {
            while match tool {
                "hydrophone" => !folder().exists(),
                _ => files_in(&journals).iter().filter(|name| is_taken_over(name)).count() < 2,
            } {
                assert!(running.child.try_wait().unwrap().is_none(), "it ended before");
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(LONGEST, resumed).await.expect("nothing is waited for");
    }

    /// Waits until the tests are going on.
    pub async fn begun(&self, running: &mut Running) {
        let begun = async {
            while !self.namespaces().iter().any(|name| name == "netpol-1002") {
                assert!(running.child.try_wait().unwrap().is_none(), "it ended before");
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(LONGEST, begun).await.expect("no test begins");
    }
}

/// Returns the number of roles and bindings of the whole cluster.
fn rights(cluster: &SimCluster) -> usize {
    let state = cluster.state();
    let count = |plural: &str| state.objects.get(plural).map_or(0, Vec::len);
    count("clusterroles") + count("clusterrolebindings")
}

/// Returns the result of a suite in the report.
pub fn result(ended: &Ended, suite: usize) -> Value {
    ended.json("r.json")["testcases"][SUITES[suite].1].clone()
}

/// Asserts a verdict; and that something is said with these words.
#[track_caller]
pub fn assert_verdict(ended: &Ended, suite: usize, verdict: &str, words: &[&str]) {
    let result = result(ended, suite);
    assert_eq!(result["verdict"], verdict, "{result:#}\n{}", ended.stderr);
    let text = result.to_string();
    for word in words {
        assert!(text.contains(word), "{word:?} in {result:#}");
    }
}
