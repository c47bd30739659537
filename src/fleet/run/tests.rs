use super::*;
use crate::config::folder_of;
use chrono::TimeDelta;
use scs_checks::definition::{Section, Source};
use scs_checks::verdict::{ReasonCode, Verdict};
use scs_reports::SubjectState;
use scs_simcloud::{Failure, Fault, SimCloud, State};
use scs_subjects::watch::EventKind;
use scs_subjects::world::WorldOptions;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

static DEFINITIONS: LazyLock<Definitions> = LazyLock::new(|| scs_standards::embedded().unwrap());

/// Clouds by name, and a configuration with all of them.
pub(super) struct Fleet {
    pub folder: tempfile::TempDir,
    _clouds: Vec<SimCloud>,
    pub config: Config,
}

impl Fleet {
    pub async fn start(states: impl IntoIterator<Item = (String, State)>, more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut clouds = Vec::new();
        let mut yaml = "clouds:\n".to_owned();
        let mut text = "defaults: {scope: scs-compatible-iaas, deadline: 20s}\nsubjects:\n".to_owned();
        for (name, state) in states {
            let cloud = SimCloud::start(state).await.unwrap();
            yaml.push_str(cloud.clouds_yaml(&name).unwrap().strip_prefix("clouds:\n").unwrap());
            writeln!(text, "  - {{name: {name}, cloud: {name}}}").unwrap();
            clouds.push(cloud);
        }
        std::fs::write(folder.path().join("clouds.yaml"), yaml).unwrap();
        let source = Source::new("scs-conformance.yaml", format!("{text}{more}").as_bytes()).unwrap();
        let config = Config::load(&source, folder.path(), &DEFINITIONS).unwrap();
        Self { folder, _clouds: clouds, config }
    }

    pub async fn run(&self, stop: Stop, events: impl Fn(Event) + Send + Sync + 'static) -> BTreeMap<String, Finished> {
        let state = StateFolder::open(&self.folder.path().join("state")).unwrap();
        let clouds_yaml = self.folder.path().join("clouds.yaml").display().to_string();
        let path = format!("{}:/usr/bin:/bin", self.folder.path().display());
        let night = Night {
            config: &self.config,
            definitions: &DEFINITIONS,
            date: Utc::now().date_naive(),
            now: Utc::now(),
            tool: Tool { name: "scs-conformance".to_owned(), version: "0.0.0".to_owned(), commit: None },
            run_by: RunBy::default(),
            environment: Environment {
                vars: BTreeMap::from([("OS_CLIENT_CONFIG_FILE".to_owned(), clouds_yaml), ("PATH".to_owned(), path)]),
                home: None,
                cwd: PathBuf::from("/"),
                system: PathBuf::from("/nonexistent"),
            },
            keep: Arc::new(|_| {}),
            signer: None,
            state: &state,
            hosts: HostPermits::new(self.config.limits.requests_per_host),
            pace: ProvisionPace { poll: Duration::from_millis(5), late: Duration::from_millis(100) },
            world: SharedWorld::from(WorldOptions { offline: true, ..WorldOptions::default() }),
            stop,
            events: Arc::new(events),
        };
        let jobs = self.config.subjects.iter().map(|subject| Job {
            subject: subject.clone(),
            testcases: read_only(&subject.scope),
            attempt: 1,
        });
        let mut all = BTreeMap::new();
        night.run(jobs.collect(), |finished| drop(all.insert(finished.subject.clone(), finished))).await;
        all
    }
}

/// Returns the testcases of a scope that change nothing.
fn read_only(scope: &str) -> Vec<String> {
    let versions = DEFINITIONS.scopes[scope].versions.values();
    let ids: BTreeSet<&String> = versions.flat_map(|version| version.targets.values().flatten()).collect();
    let is_read_only = |id: &&&String| DEFINITIONS.testcase(id).unwrap().section != Section::Heavy;
    ids.iter().filter(is_read_only).map(|id| (*id).clone()).collect()
}

fn conformant() -> State {
    State::conformant(Utc::now().date_naive())
}

fn hanging() -> State {
    let mut state = conformant();
    state.faults = vec![Fault::new(Failure::Hang)];
    state
}

pub(super) fn reason_of(finished: &Finished) -> Option<ReasonCode> {
    finished.report.as_ref().unwrap().subject.reason.as_ref().map(|reason| reason.code)
}

#[tokio::test]
async fn one_subject_in_trouble_touches_no_other() {
    let states =
        [("good".to_owned(), conformant()), ("panics".to_owned(), conformant()), ("hangs".to_owned(), hanging())];
    let more = "  - {name: unknown, cloud: nowhere}\n  - {name: late, cloud: hangs, deadline: 2s}\n";
    let fleet = Fleet::start(states, more).await;
    let all = fleet.run(Stop::default(), |event| assert_ne!(event.subject, "panics", "planted")).await;
    assert_eq!(all.keys().collect::<Vec<_>>(), ["good", "hangs", "late", "panics", "unknown"]);
    let good = all["good"].report.as_ref().unwrap();
    assert!(good.testcases.values().any(|result| result.verdict == Verdict::Pass), "{good:?}");
    assert_eq!(good.subject.state, SubjectState::Tested);
    assert_eq!(reason_of(&all["panics"]), Some(ReasonCode::InternalError));
    assert_eq!(reason_of(&all["unknown"]), Some(ReasonCode::Configuration));
    for name in ["hangs", "late", "panics", "unknown"] {
        let report = all[name].report.as_ref().unwrap();
        assert!(
            report.testcases.values().all(|result| !matches!(result.verdict, Verdict::Pass | Verdict::Fail)),
            "{name}"
        );
        assert_eq!(report.exit_code().code(), 3, "{name}");
    }
    for finished in all.values() {
        assert!(finished.unwritten.is_none(), "{finished:?}");
        for file in ["report.json", "junit.xml", "report.yaml", "report.html"] {
            assert!(finished.folder.join(file).exists(), "{file} of {}", finished.subject);
        }
        finished.report.as_ref().unwrap().verify().unwrap();
    }
}

#[tokio::test]
async fn stopped_night_has_a_report_of_each_subject() {
    let states = ["a", "b", "c"].map(|name| (name.to_owned(), hanging()));
    let fleet = Fleet::start(states, "limits: {subjects: 2}\n").await;
    let stop = Stop::default();
    let stopping = stop.clone();
    let all = fleet
        .run(stop, move |event| {
            if matches!(event.kind, EventKind::Step { .. }) {
                stopping.throw("SIGTERM was received");
            }
        })
        .await;
    assert_eq!(all.len(), 3);
    for finished in all.values() {
        let report = finished.report.as_ref().unwrap();
        assert!(report.testcases.values().all(|result| result.verdict != Verdict::Pass), "{}", finished.subject);
        assert!(finished.folder.join("report.json").exists());
    }
}

#[tokio::test]
async fn results_are_in_the_history_before_anybody_hears_of_them() {
    let fleet = Fleet::start([("a".to_owned(), conformant())], "").await;
    let all = fleet.run(Stop::default(), drop).await;
    let state = StateFolder::open(&fleet.folder.path().join("state")).unwrap();
    let attempts = state.history("a", "scs-compatible-iaas").attempts().unwrap();
    assert_eq!(attempts.len(), 1);
    let report = all["a"].report.as_ref().unwrap();
    assert_eq!(attempts[0].report, report.id);
    assert_eq!(attempts[0].verdict_of("scs-0100-syntax-check"), Some(Verdict::Pass));
    assert_eq!(attempts[0].versions.keys().collect::<Vec<_>>(), ["v5.1"]);
}

#[tokio::test]
async fn folder_that_cannot_be_written_is_named_and_hides_nothing() {
    let fleet = Fleet::start([("a".to_owned(), conformant())], "outputs: {dir: '/proc/{night}/{subject}'}\n").await;
    let all = fleet.run(Stop::default(), drop).await;
    let problem = all["a"].unwritten.as_ref().unwrap().to_string();
    assert!(problem.starts_with("/proc/"), "{problem}");
    assert!(all["a"].report.is_ok());
}

#[tokio::test]
async fn exclusive_subjects_run_one_after_another() {
    let fleet = Fleet::start([("x".to_owned(), conformant())], "").await;
    let job = |(name, exclusive): (&str, Option<&str>)| Job {
        subject: Subject {
            name: name.to_owned(),
            exclusive: exclusive.map(str::to_owned),
            ..fleet.config.subjects[0].clone()
        },
        testcases: vec!["scs-0100-syntax-check".to_owned()],
        attempt: 1,
    };
    let lanes = lanes([("a", Some("k")), ("b", None), ("c", Some("k"))].map(job).to_vec());
    let names = lanes.iter().map(|lane| lane.iter().map(|job| job.subject.name.as_str()).collect());
    assert_eq!(names.collect::<Vec<Vec<&str>>>(), [vec!["a", "c"], vec!["b"]]);
}

#[test]
fn each_attempt_has_an_id_and_a_folder_of_its_own() {
    let night = NaiveDate::from_ymd_opt(2026, 11, 30).unwrap();
    let first = report_id("a", "scope", night, 1);
    assert_eq!(first, report_id("a", "scope", night, 1));
    for other in [
        report_id("b", "scope", night, 1),
        report_id("a", "other", night, 1),
        report_id("a", "scope", night + TimeDelta::days(1), 1),
        report_id("a", "scope", night, 2),
    ] {
        assert_ne!(first, other);
    }
    let source = Source::new("c.yaml", b"subjects: [{name: a, scope: scs-compatible-iaas, cloud: a}]").unwrap();
    let config = Config::load(&source, Path::new(""), &DEFINITIONS).unwrap();
    let folder = |attempt| folder_of("r/{night}/{group}/{scope}/{subject}", &config.subjects[0], night, attempt);
    let expected =
        |name: &str| std::path::absolute(format!("r/2026-11-30/no-group/scs-compatible-iaas/{name}")).unwrap();
    assert_eq!((folder(1), folder(2)), (expected("a"), expected("a~2")));
}
