//! The lab: whose turn it is, how it is seeded, and a run against it.

use chrono::Utc;
use scs_checks::facts::Now;
use scs_checks::verdict::Verdict;
use scs_reports::Report;
use scs_reports::judge::{self, Selection};
use scs_standards as definitions;
use scs_subjects::openstack::Limits;
use scs_subjects::openstack::config::{self, Cloud, CloudChoice};
use scs_subjects::run::{self, CollectRequest};
use scs_subjects::settings::Environment;
use scs_subjects::watch::Stop;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tokio::sync::{Mutex, MutexGuard};

/// Returns the program that the reports of these tests name.
fn tool() -> scs_reports::Tool {
    scs_reports::Tool { name: "scs-conformance".to_owned(), version: "0.0.0".to_owned(), commit: None }
}

/// Testcases with their verdicts.
pub type Verdicts = BTreeMap<String, Verdict>;

/// The number of requests of a run of every testcase where each list fits one page: four of them ask for zones, eight for version
/// documents, three for networks, pools and quotas (scs-0126, which no scope includes).
pub const REQUESTS: u32 = 21;

/// The seed of the lab (`seed.sh`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Seed {
    Clean,
    Mostly,
}

impl Seed {
    pub fn name(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Mostly => "mostly",
        }
    }

    /// Returns the known answers: every testcase with its verdict.
    pub fn verdicts(self) -> Verdicts {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/live/{}.yaml", self.name()));
        serde_yaml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    }
}

/// The answers of S3.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum S3 {
    /// As Ceph's RGW does.
    Rgw,
    /// As Swift's own.
    Swift,
}

impl S3 {
    /// Returns its answers now.
    pub fn of_lab() -> Self {
        match std::fs::read_to_string(root().join("state/s3")).unwrap().trim() {
            "rgw" => Self::Rgw,
            "swift" => Self::Swift,
            other => panic!("{other}"),
        }
    }

    pub fn other(self) -> Self {
        match self {
            Self::Rgw => Self::Swift,
            Self::Swift => Self::Rgw,
        }
    }

    /// Returns its answer to an access key that does not exist.
    pub fn refusal(self) -> &'static str {
        match self {
            Self::Rgw => "InvalidAccessKeyId",
            Self::Swift => "SignatureDoesNotMatch",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Rgw => "rgw",
            Self::Swift => "swift",
        }
    }
}

/// The seed that this process has used last; none if it has not looked yet.
static TURN: Mutex<Option<Seed>> = Mutex::const_new(None);

/// The lab, for as long as this lives. Afterwards it is seeded `clean` again, whatever happened.
pub struct Lab {
    seed: MutexGuard<'static, Option<Seed>>,
}

impl Lab {
    /// Waits for the turn and seeds the lab.
    pub async fn seeded(seed: Seed) -> Self {
        let mut lab = Self { seed: TURN.lock().await };
        lab.seed(seed);
        lab
    }

    /// Seeds the lab, unless it is seeded so.
    pub fn seed(&mut self, seed: Seed) {
        if *self.seed != Some(seed) {
            *self.seed = None;
            script(Command::new(scripts().join("seed.sh")).arg(seed.name()));
            *self.seed = Some(seed);
        }
    }

    /// Returns the name of the seed.
    pub fn name(&self) -> &'static str {
        self.seed.map_or("none", Seed::name)
    }

    /// Makes S3 answer so.
    pub fn switch_s3(&self, s3: S3) {
        script(Command::new(scripts().join("up.sh")).env("OSLAB_S3", s3.name()));
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // Whoever fails looks at the lab; whoever comes next seeds it.
            *self.seed = None;
        } else {
            self.seed(Seed::Clean);
        }
    }
}

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lab/openstack")
}

fn script(command: &mut Command) {
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {text}");
}

/// Returns the folder of the lab.
pub fn root() -> PathBuf {
    std::env::var_os("OSLAB_ROOT").unwrap_or_else(|| "/tmp/oslab".into()).into()
}

/// Returns the path of the lab's clouds.yaml; `$OS_CLIENT_CONFIG_FILE` wins, as everywhere.
pub fn clouds_yaml() -> PathBuf {
    std::env::var_os("OS_CLIENT_CONFIG_FILE").map_or_else(|| root().join("clouds.yaml"), PathBuf::from)
}

/// Returns the path of the accounts for Tempest, which the seed writes.
pub fn tempest_accounts() -> PathBuf {
    root().join("accounts.yaml")
}

/// Returns the entry of a cloud in clouds.yaml, to be changed.
pub fn settings(cloud: &str) -> Value {
    let text = std::fs::read_to_string(clouds_yaml()).expect("the lab is up: tests/lab/openstack/up.sh");
    let all: Value = serde_yaml::from_str(&text).unwrap();
    all["clouds"][cloud].clone()
}

/// Returns the configuration of a cloud of the lab.
pub fn cloud(name: &str) -> Cloud {
    load(&clouds_yaml(), name)
}

/// Returns the configuration that these settings make.
pub fn cloud_of(settings: &Value) -> Cloud {
    let folder = tempfile::tempdir().unwrap();
    load(&write(folder.path(), settings), "changed")
}

/// Writes a clouds.yaml with one cloud, `changed`.
pub fn write(folder: &Path, settings: &Value) -> PathBuf {
    let path = folder.join("clouds.yaml");
    // JSON is YAML.
    std::fs::write(&path, serde_json::json!({"clouds": {"changed": settings}}).to_string()).unwrap();
    path
}

fn load(clouds_yaml: &Path, name: &str) -> Cloud {
    let environment = Environment {
        vars: BTreeMap::from([("OS_CLIENT_CONFIG_FILE".to_owned(), clouds_yaml.display().to_string())]),
        home: None,
        cwd: PathBuf::from("/"),
        system: PathBuf::from("/nonexistent"),
    };
    config::load(&environment, CloudChoice { cloud: Some(name), region: None }).unwrap()
}

/// Runs every version of the scope, so that no testcase is left out.
pub async fn check(cloud: Cloud) -> Report {
    let definitions = definitions::embedded().unwrap();
    let scope = &definitions.scopes["scs-compatible-iaas"];
    let selection = Selection {
        versions: scope.versions.keys().cloned().collect(),
        select: vec!["*".to_owned()],
        ..Selection::everything(Utc::now())
    };
    let plan = judge::plan(&definitions, scope, &selection).unwrap();
    let deadline = Duration::from_secs(120);
    let subject = cloud.name.clone();
    let limits = Limits::default();
    let request =
        CollectRequest { subject: Some(subject), deadline: Some(deadline), limits, ..CollectRequest::new(cloud) };
    let collected = run::collect(request, plan.needs, &scs_subjects::watch::Events::none(), Stop::default()).await;
    let now = Now::from_clock(plan.reference, collected.clock);
    judge::evaluate(&definitions, &plan, collected, now, tool())
}

/// Returns the verdicts of a run.
pub fn verdicts(report: &Report) -> Verdicts {
    report.testcases.iter().map(|(id, result)| (id.clone(), result.verdict)).collect()
}

/// Asserts that every testcase has the verdict that is known for the seed; of the rest, only the differences are shown.
pub fn assert_known(seed: Seed, verdicts: &Verdicts, context: &str) {
    let known = seed.verdicts();
    let ids: BTreeSet<&String> = known.keys().chain(verdicts.keys()).collect();
    let differences: Vec<String> = ids
        .into_iter()
        .filter(|id| known.get(*id) != verdicts.get(*id))
        .map(|id| format!("{id}: known {:?}, is {:?}", known.get(id), verdicts.get(id)))
        .collect();
    assert!(differences.is_empty(), "seed {}, {context}: {differences:#?}", seed.name());
}

/// Counts the requests of a run; every attempt counts.
pub fn requests(report: &Report) -> u32 {
    report.facts.values().flat_map(|record| &record.requests).map(|request| request.attempts).sum()
}

/// Makes this what every server of the lab has measured, and prints in the name of its run. No guest runs there.
pub fn console(text: &str) {
    let _ = std::fs::remove_file(root().join("console.txt.replayed"));
    std::fs::write(root().join("console.txt"), text).unwrap();
}

/// Makes this the console of every server of the lab, as it stands.
pub fn replayed(text: &str) {
    std::fs::write(root().join("console.txt.replayed"), text).unwrap();
}
