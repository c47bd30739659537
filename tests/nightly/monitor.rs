//! Nights from the cloud to the history on the result server: five simulated clouds, `nightly`, and `scs-monitor` itself.
//!
//! `faketime` (Debian) shifts the clock of the program, `serve --now` that of the server, and clouds say the same time. Ten nights,
//! or as many as `SCS_NIGHTS` names.

use crate::program::{Ended, Program};
use chrono::{DateTime, Duration as Span, Utc};
use scs_simcloud::{Failure, Fault, SimCloud, State};
use serde_json::Value;
use std::fmt::Write;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

const ACCOUNT: &str = "provider-a";
const CLOUDS: usize = 5;

/// The console output of a real guest.
const GUEST: &str = include_str!("../fixtures/guest/console.txt");

/// The program that keeps reports: `cargo test --workspace` builds it beside this one.
fn monitor() -> PathBuf {
    let path = Path::new(env!("CARGO_BIN_EXE_scs-conformance")).with_file_name("scs-monitor");
    assert!(path.exists(), "{} is not built; run the tests with --workspace", path.display());
    path
}

/// Returns true if the clock of programs can be shifted.
fn can_shift_clocks() -> bool {
    let found = Command::new("faketime").arg("--version").output().is_ok();
    if !found {
        assert!(std::env::var_os("SCS_REQUIRE_FAKETIME").is_none(), "faketime is not installed");
        eprintln!("SKIPPED: faketime is not installed (apt-get install faketime); this test proves nothing");
    }
    found
}

/// The folder of a provider, and the files of a server.
struct Stage {
    folder: TempDir,
    port: u16,
}

/// A result server that ends with the night.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

impl Stage {
    /// Makes a key, and accounts that know it.
    async fn set() -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let stage = Self { folder: tempfile::tempdir().unwrap(), port };
        let made = Program::new("subject add").argument(ACCOUNT).argument("--dir").argument(stage.path("secrets"));
        let told = made.run().await.assert_code(0).stdout;
        let (_, accounts) = told.split_once("accounts:\n").unwrap();
        let mut bootstrap = format!("accounts:\n{accounts}\n    roles: [append_any]\n");
        for number in 1..=CLOUDS {
            writeln!(bootstrap, "  - {{subject: cloud-{number}, delegates: [{ACCOUNT}]}}").unwrap();
        }
        std::fs::write(stage.path("bootstrap.yaml"), bootstrap).unwrap();
        stage
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Starts the server at an instant.
    fn serve(&self, now: DateTime<Utc>) -> Server {
        let mut child = Command::new(monitor())
            .args(["serve", "--listen", &format!("127.0.0.1:{}", self.port), "--now", &now.to_rfc3339()])
            .arg("--database")
            .arg(format!("sqlite:{}", self.path("monitor.db").display()))
            .arg("--bootstrap")
            .arg(self.path("bootstrap.yaml"))
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        assert!(lines.any(|line| line.contains("listening on ")), "the server does not start");
        // The rest of the log is read, or the server would wait for its reader.
        std::thread::spawn(move || lines.for_each(drop));
        Server(child)
    }

    /// Runs a night over these clouds.
    async fn night(&self, at: DateTime<Utc>, clouds: &[(usize, State)]) -> Ended {
        let mut files = ("clouds:\n".to_owned(), String::new(), Vec::new());
        for (number, state) in clouds {
            let (cloud, name) = (SimCloud::start(state.clone()).await.unwrap(), format!("cloud-{number}"));
            files.0.push_str(cloud.clouds_yaml(&name).unwrap().strip_prefix("clouds:\n").unwrap());
            writeln!(files.1, "  - {{name: {name}, cloud: {name}}}").unwrap();
            files.2.push(cloud);
        }
        let config = format!(
            "defaults: {{scope: scs-compatible-iaas, changes: true, deadline: 2m}}\n\
             signing: {{key: {{file: secrets/{ACCOUNT}.key}}, identity: {ACCOUNT}}}\n\
             servers: [{{url: 'http://127.0.0.1:{}/', account: {ACCOUNT}, token: {{file: secrets/{ACCOUNT}.token}}}}]\n\
             subjects:\n{}",
            self.port, files.1
        );
        super::private(&self.path("clouds.yaml"), &files.0);
        std::fs::write(self.path("scs-conformance.yaml"), config).unwrap();
        let program =
            Program::new("nightly --data none --quiet --section light,medium --state-dir").argument(self.path("state"));
        let program = program.argument("--config").argument(self.path("scs-conformance.yaml"));
        let program = program.env("OS_CLIENT_CONFIG_FILE", self.path("clouds.yaml").to_str().unwrap());
        let program = program.env("PATH", &std::env::var("PATH").unwrap()).env("TZ", "UTC");
        let program = program.env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        let clock = at.format("%Y-%m-%d %H:%M:%S").to_string();
        program.through("faketime", &[&clock]).run().await
    }

    async fn get(&self, path: &str) -> Value {
        let url = format!("http://127.0.0.1:{}/{path}", self.port);
        reqwest::get(url).await.unwrap().error_for_status().unwrap().json().await.unwrap()
    }
}

/// Returns the clouds of a night. The second one lacks a flavor on three nights, the third lets nobody in on three, the fourth lacks
/// a flavor every other night, and nobody tests the fifth any more after the fourth night.
fn clouds(night: i64, at: DateTime<Utc>) -> Vec<(usize, State)> {
    let conformant = || {
        let mut state = State::conformant((at - Span::days(1)).date_naive());
        GUEST.clone_into(&mut state.console);
        state.network.clock_ahead_s = (at - Utc::now()).num_seconds();
        state
    };
    let lacking = |is_lacking: bool| {
        let mut state = conformant();
        if is_lacking {
            assert!(state.remove_flavor("SCS-1V-4"));
        }
        state
    };
    let mut closed = conformant();
    if (2..5).contains(&night) {
        closed.faults = vec![Fault::new(Failure::status(401))];
    }
    let all = [conformant(), lacking((3..6).contains(&night)), closed, lacking(night % 2 == 1), conformant()];
    let tested = (1..).zip(all).filter(|(number, _)| *number != CLOUDS || night < 4);
    tested.collect()
}

/// Returns the changes that the script makes, the newest first: the number of the night, and the conclusion since.
fn expected(cloud: usize, nights: i64) -> Vec<(i64, &'static str)> {
    let all: Vec<(i64, &'static str)> = match cloud {
        2 => vec![(3, "violation"), (6, "conformant")],
        3 => vec![(2, "undecided"), (5, "conformant")],
        4 => (1..nights).map(|night| (night, if night % 2 == 1 { "violation" } else { "conformant" })).collect(),
        _ => Vec::new(),
    };
    all.into_iter().filter(|(night, _)| *night < nights).rev().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn history_on_the_server_is_that_of_the_clouds() {
    if !can_shift_clocks() {
        return;
    }
    let nights: i64 = std::env::var("SCS_NIGHTS").ok().map_or(10, |text| text.parse().unwrap());
    // At two in the morning, as nights are.
    let first = (Utc::now().date_naive() - Span::days(nights)).and_hms_opt(2, 0, 0).unwrap().and_utc();
    let stage = Stage::set().await;
    for night in 0..nights {
        let at = first + Span::days(night);
        let _server = stage.serve(at + Span::minutes(1));
        let ended = stage.night(at, &clouds(night, at)).await;
        let wanted = if (2..5).contains(&night) { 3 } else { i32::from(night == 5 || night % 2 == 1) };
        assert_eq!(ended.code, Some(wanted), "night {night}: {}\n{}", ended.stdout, ended.stderr);
    }
    let _server = stage.serve(first + Span::days(nights - 1) + Span::hours(1));
    for cloud in 1..=CLOUDS {
        let history = stage.get(&format!("history/cloud-{cloud}/scs-compatible-iaas")).await;
        let changes = history["transitions"].as_array().unwrap().iter().filter(|change| change["version"] == "v5.1");
        let silence = |change: &&Value| change["expired"] == true;
        let told: Vec<(String, String)> = changes
            .clone()
            .filter(|change| !silence(change))
            .map(|change| (change["night"].as_str().unwrap().into(), change["to"].as_str().unwrap().into()))
            .collect();
        let day = |night: i64| (first + Span::days(night)).date_naive().to_string();
        let script: Vec<(String, String)> =
            expected(cloud, nights).into_iter().map(|(night, to)| (day(night), to.to_owned())).collect();
        assert_eq!(told, script, "cloud-{cloud}");
        // A result of a week counts until the end of the next one.
        let has_expired = cloud == CLOUDS && nights > 18;
        assert_eq!(changes.filter(silence).count(), usize::from(has_expired), "cloud-{cloud}");
        let tested = history["reports"].as_array().unwrap().len();
        assert_eq!(tested, usize::try_from(if cloud == CLOUDS { 4 } else { nights }).unwrap(), "cloud-{cloud}");
    }
}
