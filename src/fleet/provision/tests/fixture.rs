//! A subject with a provisioner, its state folder, and the steps of its turn.

use super::api::{Api, kubeconfig};
use crate::config::{Access, Config, Provisioner, Subject};
use crate::provision::{
    ClusterJournal, ClusterRecord, ClusterSweep, ProvisionError, ProvisionPace, Provisioning, ReadyCluster,
    SweptCluster, sweep_clusters,
};
use crate::state::StateFolder;
use scs_checks::definition::Source;
use scs_subjects::kubernetes::Limits;
use scs_subjects::settings::Environment;
use scs_subjects::watch::Events;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;
use tokio::time::Instant;

pub(super) const SHOOT: &str = "spec: {region: eu, kubernetes: {version: \"{{ version }}\"}, profile: {{ profile }}}\n";
pub(super) const RELEASE: &str =
    "spec: {values: {version: \"{{ version }}\", sla: \"{{ variables.sla }}\", key: \"{{ secrets.key }}\"}}\n";

/// The configuration of each kind in the tests.
pub(super) fn provisioner(kind: &str) -> &'static str {
    match kind {
        "clusterstacks" => "{clusterstacks: {kubeconfig: m.yaml, namespace: kaas, deadlines: DEADLINES}}",
        "gardener" => {
            "{gardener: {kubeconfig: m.yaml, namespace: kaas, profile: p, template: shoot.yaml, deadlines: DEADLINES}}"
        }
        "t8s" => {
            "{t8s: {kubeconfig: m.yaml, namespace: kaas, template: release.yaml, secrets: {key: {env: KEY}}, \
             deadlines: DEADLINES}}"
        }
        other => panic!("{other}"),
    }
}

pub(super) struct Fixture {
    pub folder: tempfile::TempDir,
    pub config: Config,
    pub state: StateFolder,
    pub environment: Environment,
    pub subject: Subject,
    pub late: Duration,
}

impl Fixture {
    /// Prepares the subject `kaas-1.35` of `kaas-{branch}`.
    pub fn new(provisioner: &str, api: Option<&Api>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("shoot.yaml", SHOOT);
        write("release.yaml", RELEASE);
        if let Some(api) = api {
            write("m.yaml", &kubeconfig(&api.address));
        }
        let config = Self::config(&folder, provisioner);
        let state = StateFolder::open(&folder.path().join("state")).unwrap();
        let subject = crate::plan::expand(&config.subjects, &["1.35".to_owned()]).remove(0);
        let path = format!("{}:/usr/bin:/bin", folder.path().display());
        let vars = [("PATH", path.as_str()), ("KEY", "sesame-of-the-template")];
        let environment = Environment {
            vars: vars.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            home: None,
            cwd: folder.path().to_owned(),
            system: PathBuf::from("/nonexistent"),
        };
        Self { folder, config, state, environment, subject, late: Duration::from_millis(100) }
    }

    fn config(folder: &tempfile::TempDir, provisioner: &str) -> Config {
        let deadlines = "{create: 5s, ready: 5s, kubeconfig: 5s, delete: 5s}";
        let provisioner = provisioner.replace("DEADLINES", deadlines);
        let text = format!(
            "subjects: [{{name: \"kaas-{{branch}}\", scope: scs-compatible-kaas, variables: {{sla: none}}, \
             provisioner: {provisioner}}}]"
        );
        let source = Source::new("scs-conformance.yaml", text.as_bytes()).unwrap();
        let definitions = scs_standards::embedded().unwrap();
        Config::load(&source, folder.path(), &definitions).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Puts a program into the folder that is first in PATH.
    pub fn program(&self, name: &str, script: &str) {
        use std::os::unix::fs::PermissionsExt;
        let file = self.folder.path().join(name);
        std::fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Changes the time limits of the steps.
    pub fn hurry(&mut self, change: impl Fn(&mut Provisioner)) {
        if let Access::Provisioned(provisioner) = &mut self.subject.access {
            change(provisioner);
        }
        for subject in &mut self.config.subjects {
            if let Access::Provisioned(provisioner) = &mut subject.access {
                change(provisioner);
            }
        }
    }

    fn pace(&self) -> ProvisionPace {
        ProvisionPace { poll: Duration::from_millis(5), late: self.late }
    }

    fn limits() -> Limits {
        Limits { backoff: Duration::from_millis(1), retries: 1, ..Limits::default() }
    }

    async fn with<T>(&self, work: impl AsyncFnOnce(&Provisioning<'_>) -> T) -> T {
        let Access::Provisioned(provisioner) = &self.subject.access else { panic!("{:?}", self.subject.access) };
        let events = Events::none();
        let provisioning = Provisioning {
            subject: &self.subject,
            provisioner,
            night: chrono::NaiveDate::from_ymd_opt(2026, 11, 30).unwrap(),
            state: &self.state,
            environment: &self.environment,
            limits: Self::limits(),
            pace: self.pace(),
            keep: &|_| {},
            events: &events,
        };
        work(&provisioning).await
    }

    pub async fn make(&self) -> Result<ReadyCluster, ProvisionError> {
        self.make_within(Duration::from_secs(60)).await
    }

    pub async fn make_within(&self, time: Duration) -> Result<ReadyCluster, ProvisionError> {
        self.with(async |provisioning| provisioning.make(Instant::now() + time).await).await
    }

    pub async fn remove(&self) -> Result<(), ProvisionError> {
        self.remove_within(Duration::from_secs(10)).await
    }

    pub async fn remove_within(&self, time: Duration) -> Result<(), ProvisionError> {
        self.with(async |provisioning| provisioning.remove(time).await).await
    }

    pub async fn sweep(&self) -> Vec<SweptCluster> {
        let sweep = ClusterSweep {
            config: &self.config,
            state: &self.state,
            environment: &self.environment,
            limits: Self::limits(),
            pace: self.pace(),
            keep: &|_| {},
            limit: None,
            events: &|_| Events::none(),
        };
        sweep_clusters(&sweep, |_| false).await.unwrap()
    }

    pub fn journal(&self) -> ClusterJournal {
        ClusterJournal::new(&self.state, &self.subject.name)
    }

    pub async fn record(&self) -> Option<ClusterRecord> {
        self.journal().read().await.unwrap()
    }

    /// Returns the names of the files in the journal of clusters.
    pub fn files(&self) -> Vec<String> {
        let files = std::fs::read_dir(self.state.clusters()).unwrap();
        files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
    }
}

/// Returns variables as a map.
pub(super) fn printed(text: &str) -> BTreeMap<String, String> {
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}
