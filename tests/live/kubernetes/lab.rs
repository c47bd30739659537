//! The lab: whose turn it is, how it is seeded, and a run of the program against it.

use scs_checks::verdict::Verdict;
use scs_reports::{Report, TestcaseResult};
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Testcases with their verdicts.
pub type Verdicts = BTreeMap<String, Verdict>;

/// The seed of the lab (`seed.sh`): nodes, storage classes, network policies, workload.
pub type Seed = [&'static str; 4];

/// The seed that the lab is left with.
pub const USUAL: Seed = ["ha", "one", "none", "none"];

/// The lab, for as long as this lives. Afterwards it is seeded as usual again, whatever happened.
pub struct Lab {
    is_usual: bool,
    /// The turn, among threads and processes: `flock lab.lock COMMAND` keeps the tests away as well.
    _lock: File,
}

impl Lab {
    /// Waits for the turn and seeds the lab.
    pub fn seeded(seed: Seed) -> Self {
        let lock = File::create(root().join("lab.lock")).expect("the lab is up: tests/lab/kubernetes/up.sh");
        lock.lock().unwrap();
        let lab = Self { is_usual: seed == USUAL, _lock: lock };
        sow(seed);
        lab
    }

    /// Checks the lab as one of its users, all testcases of all standards.
    pub fn check(&self, user: User) -> Run {
        self.check_with(user, &["--select=*"])
    }

    /// Does the same, with these options.
    pub fn check_with(&self, user: User, options: &[&str]) -> Run {
        let folder = tempfile::tempdir().unwrap();
        let arguments = [&["check", "kaas", "--output=json=report.json"], options].concat();
        let output = program(folder.path(), user, &arguments).output().unwrap();
        let read = |text: &[u8]| String::from_utf8(text.to_vec()).unwrap();
        let (stdout, stderr) = (read(&output.stdout), read(&output.stderr));
        let report = std::fs::read_to_string(folder.path().join("report.json")).unwrap_or_else(|_| panic!("{stderr}"));
        for text in [&stdout, &stderr, &report] {
            assert!(!text.contains("PRIVATE KEY"), "{text}");
        }
        Run { code: output.status.code(), stdout, report: serde_json::from_str(&report).unwrap() }
    }

    /// Collects every fact that can be read of the lab, also those that no testcase needs.
    pub fn collect(&self) {
        let folder = tempfile::tempdir().unwrap();
        let output = program(folder.path(), User::Admin, &["collect", "kaas", "--output=facts.json"]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

/// Returns the program as a user of the lab runs it, in a clean environment and without internet.
fn program(folder: &Path, user: User, arguments: &[&str]) -> Command {
    let mut command = bare(folder, user, arguments);
    command.arg("--data=none");
    command
}

/// Returns the same, for what needs to know nothing of the world.
pub fn bare(folder: &Path, user: User, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_scs-conformance"));
    command.args(arguments).arg("--kubeconfig").arg(root().join(user.kubeconfig()));
    command.env_clear().current_dir(folder);
    command
}

/// Lists all namespaces and volumes, as somebody else sees them.
pub fn inventory() -> Vec<String> {
    let kubectl = Command::new(root().join("bin/kubectl"))
        .args(["get", "namespaces,persistentvolumes", "--output=name", "--kubeconfig"])
        .arg(root().join(User::Admin.kubeconfig()))
        .output()
        .unwrap();
    assert!(kubectl.status.success(), "{}", String::from_utf8_lossy(&kubectl.stderr));
    let mut names: Vec<String> = String::from_utf8(kubectl.stdout).unwrap().lines().map(str::to_owned).collect();
    names.sort();
    names
}

impl Drop for Lab {
    fn drop(&mut self) {
        if !self.is_usual {
            sow(USUAL);
        }
    }
}

fn sow(seed: Seed) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lab/kubernetes/seed.sh");
    let output = Command::new(script).args(seed).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    // Where a test fails already, another panic would only hide why.
    assert!(output.status.success() || std::thread::panicking(), "{seed:?}: {text}");
}

/// Returns the folder of the lab.
pub fn root() -> PathBuf {
    std::env::var_os("K8SLAB").unwrap_or_else(|| "/tmp/k8slab".into()).into()
}

/// The users who can log in, and those who cannot.
#[derive(Clone, Copy, Debug)]
pub enum User {
    /// May do everything.
    Admin,
    /// May look at the namespace `lab`.
    Restricted,
    /// Is known, and may do nothing.
    NoAccess,
    /// Has a certificate of another authority.
    Untrusted,
}

impl User {
    fn kubeconfig(self) -> &'static str {
        match self {
            Self::Admin => "kubeconfig.yaml",
            Self::Restricted => "kubeconfig-restricted.yaml",
            Self::NoAccess => "kubeconfig-noaccess.yaml",
            Self::Untrusted => "kubeconfig-untrusted.yaml",
        }
    }
}

/// The result of a run.
pub struct Run {
    /// The exit code.
    pub code: Option<i32>,
    pub stdout: String,
    pub report: Report,
}

impl Run {
    pub fn testcase(&self, id: &str) -> &TestcaseResult {
        self.report.testcases.get(id).unwrap_or_else(|| panic!("no testcase {id}"))
    }

    /// Returns the names of what the findings of a testcase blame, each once.
    pub fn blamed(&self, id: &str) -> Vec<&str> {
        let findings = self.testcase(id).findings.iter();
        let mut names: Vec<&str> = findings.filter_map(|f| f.resource.as_ref()).map(|r| r.name.as_str()).collect();
        names.dedup();
        names
    }

    /// Returns the reason of a testcase that has no verdict, in words.
    pub fn reason(&self, id: &str) -> &str {
        self.testcase(id).reason.as_ref().map_or("", |reason| reason.message.as_str())
    }

    /// Returns all verdicts that are known beforehand.
    fn verdicts(&self) -> Verdicts {
        let all = self.report.testcases.iter().filter(|(id, _)| !id.starts_with("scs-0217-"));
        all.map(|(id, result)| (id.clone(), result.verdict)).collect()
    }

    /// Asserts that every testcase has the verdict that is known for the usual seed, but for these.
    pub fn assert_verdicts(&self, exceptions: &[(&str, Verdict)]) {
        let mut known: Verdicts = serde_yaml::from_str(include_str!("../../fixtures/live/kubernetes.yaml")).unwrap();
        for (id, verdict) in exceptions {
            assert!(known.insert((*id).to_owned(), *verdict).is_some(), "{id} is no testcase");
        }
        let found = self.verdicts();
        let told = |id: &String| format!("{id}: known {:?}, is {:?} {}", known.get(id), found.get(id), self.told(id));
        let differences: Vec<String> =
            known.keys().chain(found.keys()).filter(|id| known.get(*id) != found.get(*id)).map(told).collect();
        assert!(differences.is_empty(), "{differences:#?}");
    }

    fn told(&self, id: &str) -> String {
        self.report
            .testcases
            .get(id)
            .map_or(String::new(), |result| format!("{:?} {:?}", result.reason, result.findings))
    }
}
