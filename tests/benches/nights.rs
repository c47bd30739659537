//! Cost of a night over many clouds beside that of a night over one: time and memory.
//!
//! `cargo bench --workspace --bench nights`; results in `docs/performance.md`.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a benchmark may panic")]
#![allow(missing_docs, reason = "a program")]

use chrono::Utc;
use scs_simcloud::{SimCloud, State};
use std::fmt::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const CLOUDS: usize = 20;

/// The time that each answer takes, in milliseconds.
const LATENCY: u64 = 50;

/// The nights of each kind; the median counts.
const NIGHTS: usize = 7;

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let _clouds = clouds(folder.path()).await;
    println!("{:>8} {:>9} {:>18} {:>10}", "clouds", "wall s", "range s", "peak MiB");
    let of_one = night(folder.path(), &["--subject", "cloud-0"]);
    let of_all = night(folder.path(), &[]);
    for (number, (walls, peak)) in [(1, &of_one), (CLOUDS, &of_all)] {
        let range = format!("{:.2} to {:.2}", walls[0], walls[NIGHTS - 1]);
        println!("{number:>8} {:>9.2} {range:>18} {peak:>10.1}", walls[NIGHTS / 2]);
    }
    println!("{CLOUDS} clouds take {:.2} times the time of one", of_all.0[NIGHTS / 2] / of_one.0[NIGHTS / 2]);
}

/// Starts the clouds, and writes the configuration of a night.
async fn clouds(folder: &Path) -> Vec<SimCloud> {
    let (mut clouds, mut started) = ("clouds:\n".to_owned(), Vec::new());
    let mut config = format!(
        "defaults: {{scope: scs-compatible-iaas}}\noutputs: {{formats: [json]}}\n\
         limits: {{subjects: {CLOUDS}, requests_per_host: 256}}\nsubjects:\n"
    );
    for number in 0..CLOUDS {
        let mut state = State::conformant(Utc::now().date_naive().pred_opt().unwrap());
        state.network.latency_ms = LATENCY;
        let (cloud, name) = (SimCloud::start(state).await.unwrap(), format!("cloud-{number}"));
        clouds.push_str(cloud.clouds_yaml(&name).unwrap().strip_prefix("clouds:\n").unwrap());
        writeln!(config, "  - {{name: {name}, cloud: {name}}}").unwrap();
        started.push(cloud);
    }
    std::fs::write(folder.join("clouds.yaml"), clouds).unwrap();
    std::fs::set_permissions(folder.join("clouds.yaml"), PermissionsExt::from_mode(0o600)).unwrap();
    std::fs::write(folder.join("scs-conformance.yaml"), config).unwrap();
    started
}

/// Returns the times in seconds, the shortest first, and the peak of memory in MiB.
fn night(folder: &Path, options: &[&str]) -> (Vec<f64>, f64) {
    let (mut walls, mut peak) = (Vec::new(), 0.0_f64);
    for _ in 0..NIGHTS {
        let state = tempfile::tempdir().unwrap();
        drop(std::fs::remove_dir_all(folder.join("results")));
        let began = Instant::now();
        let mut running = Command::new(env!("CARGO_BIN_EXE_scs-conformance"))
            .args(["nightly", "--config", "scs-conformance.yaml", "--section", "light,medium", "--state-dir"])
            .arg(state.path())
            .args(options)
            .env("OS_CLIENT_CONFIG_FILE", folder.join("clouds.yaml"))
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let status = loop {
            peak = peak.max(memory(running.id()));
            match running.try_wait().unwrap() {
                Some(status) => break status,
                None => std::thread::sleep(Duration::from_millis(2)),
            }
        };
        walls.push(began.elapsed().as_secs_f64());
        assert!(status.success(), "{status}");
    }
    walls.sort_by(f64::total_cmp);
    (walls, peak)
}

/// Returns the peak of memory of a process so far, in MiB; nothing of one that has ended.
fn memory(process: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<f64>().ok()).unwrap_or_default() / 1024.0
}
