//! Shared by tests of changes: the lab with a guest that prints results, the program, and the assertions after it.

use crate::lab::{Lab, S3, Seed, Verdicts, clouds_yaml, console, verdicts};
use crate::project::{Inventory, Project};
use scs_checks::verdict::Verdict;
use scs_reports::Report;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::process::{Child, Command};

/// The recorded console output of a real test server.
pub const CONSOLE: &str = include_str!("../fixtures/guest/console.txt");

/// The testcases that a run decides only if it may change the cloud.
pub const CHANGING: [&str; 9] = [
    "scs-0101-entropy-avail",
    "scs-0101-fips-test",
    "scs-0101-cpu-entropy-instructions",
    "scs-0104-image-upload",
    "scs-0115-custom-group",
    "scs-0116-permissions",
    "scs-0116-payload-roundtrip",
    "scs-0117-test-backup",
    "scs-0123-s3-round-trip",
];

/// Keystone makes no credentials for S3 for those who come with an application credential, so these verdicts differ for them.
pub fn of_login(cloud: &str) -> &'static [(&'static str, Verdict)] {
    if cloud.ends_with("appcred") { &[("scs-0123-s3-round-trip", Verdict::Abort)] } else { &[] }
}

/// The longest time that a program takes here, whatever it does; Tempest takes ten minutes, and the lab may have a busy machine.
const LONGEST: Duration = Duration::from_secs(1800);

/// The lab as it has to be, the project as it was, and a folder for journals.
pub struct Scene {
    pub project: Project,
    pub before: Inventory,
    journals: TempDir,
    lab: Lab,
}

/// A program that was started.
pub struct Running {
    child: Child,
    folder: TempDir,
    began: Instant,
}

/// The result of a program that has ended.
#[derive(Debug)]
pub struct Ended {
    /// The exit code; none if it was killed.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    pub took: Duration,
    pub report: Option<Report>,
}

impl Scene {
    /// Sets the scene: the seed `clean`, S3 as Ceph has it, and a guest that tells good news.
    pub async fn set() -> Self {
        let lab = Lab::seeded(Seed::Clean).await;
        if S3::of_lab() != S3::Rgw {
            lab.switch_s3(S3::Rgw);
        }
        console(CONSOLE);
        let project = Project::of("scs-lab").await;
        let before = project.inventory().await;
        Self { project, before, journals: tempfile::tempdir().unwrap(), lab }
    }

    /// Starts the program as a user does, in a clean environment.
    pub fn start(&self, arguments: &[&str]) -> Running {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| Stdio::from(std::fs::File::create(folder.path().join(name)).unwrap());
        let mut command = Command::new(env!("CARGO_BIN_EXE_scs-conformance"));
        command.args(arguments).arg("--journal").arg(self.journals.path());
        command.env_clear().env("OS_CLIENT_CONFIG_FILE", clouds_yaml()).current_dir(folder.path());
        command.stdin(Stdio::null()).stdout(file("stdout")).stderr(file("stderr")).kill_on_drop(true);
        Running { child: command.spawn().unwrap(), folder, began: Instant::now() }
    }

    /// Starts a run that may change the cloud.
    pub fn start_check(&self, cloud: &str, more: &[&str]) -> Running {
        let usual = ["check", "iaas", "--cloud", cloud, "--allow-changes", "--output=json=report.json"];
        self.start(&[&usual, more].concat())
    }

    /// Makes a run that may change the cloud.
    pub async fn check(&self, more: &[&str]) -> Ended {
        self.start_check("scs-lab", more).ended().await
    }

    /// Sweeps; that works, or else the test fails.
    pub async fn sweep(&self, more: &[&str]) -> Ended {
        let ended = self.start(&[&["sweep", "iaas", "--cloud", "scs-lab"], more].concat()).ended().await;
        assert_eq!(ended.code, Some(0), "{ended:#?}");
        ended
    }

    /// Returns the items that the project did not have at first.
    pub async fn more(&self) -> Inventory {
        self.project.inventory().await.difference(&self.before).cloned().collect()
    }

    /// Asserts that nothing is left, nothing is missing, and no journal says that something might be.
    pub async fn assert_as_before(&self, context: &str) {
        let now = self.project.inventory().await;
        let differences: Inventory = now.symmetric_difference(&self.before).cloned().collect();
        assert!(differences.is_empty(), "{context}: {differences:#?}");
        assert_eq!(self.journals(), Vec::<String>::new(), "{context}");
    }

    /// Returns the files in the folder of the journals.
    pub fn journals(&self) -> Vec<String> {
        let files = std::fs::read_dir(self.journals.path()).unwrap();
        files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
    }

    /// Asserts the verdicts of a run that may change the lab: those of one that may not, and of the rest these, else PASS.
    pub fn assert_verdicts(&self, report: &Report, exceptions: &[(&str, Verdict)]) {
        let mut known = Seed::Clean.verdicts();
        known.extend(CHANGING.map(|id| (id.to_owned(), Verdict::Pass)));
        known.extend(exceptions.iter().map(|(id, verdict)| ((*id).to_owned(), *verdict)));
        let found = verdicts(report);
        // A run leaves out what only old versions have.
        assert!(CHANGING.iter().all(|id| found.contains_key(*id)), "{found:?}");
        let unexpected: Verdicts =
            found.iter().filter(|(id, verdict)| known[*id] != **verdict).map(|(id, v)| (id.clone(), *v)).collect();
        let told = |id: &String| (id.clone(), report.testcases[id].reason.clone());
        let reasons: Vec<_> = unexpected.keys().map(told).collect();
        assert!(unexpected.is_empty(), "seed {}: {unexpected:#?}, {reasons:#?}", self.lab.name());
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        console(CONSOLE);
    }
}

impl Running {
    /// Sends a signal, by its name without SIG.
    pub fn signal(&self, name: &str) {
        let id = self.child.id().expect("it still runs").to_string();
        let kill = std::process::Command::new("sh").args(["-c", &format!("kill -{name} {id}")]).status();
        assert!(kill.unwrap().success());
    }

    /// Returns true if it still runs.
    pub fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits for its end.
    pub async fn ended(mut self) -> Ended {
        let status = tokio::time::timeout(LONGEST, self.child.wait()).await.expect("it ends").unwrap();
        let took = self.began.elapsed();
        let read = |name: &str| std::fs::read_to_string(self.folder.path().join(name));
        let report = read("report.json").ok().map(|text| serde_json::from_str(&text).unwrap());
        let (stdout, stderr) = (read("stdout").unwrap(), read("stderr").unwrap());
        assert!(!stderr.contains("panicked"), "{stderr}");
        Ended { code: status.code(), stdout, stderr, took, report }
    }
}

impl Ended {
    /// Asserts that it ended with this code, and returns its report.
    pub fn report_of(&self, code: i32) -> &Report {
        assert_eq!(self.code, Some(code), "{}\n{}", self.stdout, self.stderr);
        self.report.as_ref().expect("a run writes its report")
    }
}

/// Returns true if a text names each of these by its id.
pub fn names_all(text: &str, things: &Inventory) -> bool {
    things.iter().all(|thing| text.contains(&thing.id))
}
