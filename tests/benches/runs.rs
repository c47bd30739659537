//! Cost of a read-only run: requests, bytes and time by the size of the cloud and the latency
//! of its services, and what evaluating and rendering cost.
//!
//! `cargo bench --bench runs`; results in `docs/performance.md`.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a benchmark may panic")]
#![allow(missing_docs, reason = "a program")]

use chrono::Utc;
use scs_checks::facts::Now;
use scs_reports::judge::{self, Collected, Selection};
use scs_reports::{Format, console, render};
use scs_simcloud::{SimCloud, State};
use scs_standards as definitions;
use scs_subjects::openstack::Limits;
use scs_subjects::openstack::config::Cloud;
use scs_subjects::openstack::config::{self, CloudChoice};
use scs_subjects::run::{self, CollectRequest};
use scs_subjects::settings::Environment;
use scs_subjects::watch::Stop;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

const SCOPE: &str = "scs-compatible-iaas";

fn tool() -> scs_reports::Tool {
    scs_reports::Tool { name: "bench".to_owned(), version: "0".to_owned(), commit: None }
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    println!(
        "{:>8} {:>8} {:>9} {:>12} {:>10} {:>12}",
        "images", "flavors", "latency", "requests", "MB read", "collect ms"
    );
    for size in [10, 1_000, 10_000] {
        for latency in [0, 50] {
            runtime.block_on(collecting(size, latency));
        }
    }
    println!();
    println!("{:>8} {:>14} {:>10} {:>10} {:>10}", "images", "evaluate ms", "format", "render ms", "MB");
    for size in [1_000, 10_000] {
        runtime.block_on(evaluating(size));
    }
}

/// Returns a cloud with so many images and flavors; all images lack a property if they offend.
fn cloud_of(size: usize, latency: u64, offend: bool) -> State {
    let yesterday = Utc::now().date_naive().pred_opt().unwrap();
    let mut state = State::conformant(yesterday);
    state.network.latency_ms = latency;
    state.grow(size, offend);
    state
}

fn configured(cloud: &SimCloud) -> Cloud {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clouds.yaml");
    std::fs::write(&path, cloud.clouds_yaml("sim").unwrap()).unwrap();
    let environment = Environment {
        vars: BTreeMap::from([("OS_CLIENT_CONFIG_FILE".to_owned(), path.display().to_string())]),
        home: None,
        cwd: folder.path().to_owned(),
        system: folder.path().to_owned(),
    };
    config::load(&environment, CloudChoice { cloud: Some("sim"), region: None }).unwrap()
}

fn everything() -> Selection {
    Selection::everything(Utc::now())
}

async fn collected(cloud: &SimCloud) -> Collected {
    let definitions = definitions::embedded().unwrap();
    let plan = judge::plan(&definitions, &definitions.scopes[SCOPE], &everything()).unwrap();
    let request = CollectRequest {
        subject: Some("sim".to_owned()),
        deadline: Some(Duration::from_secs(300)),
        limits: Limits::default(),
        ..CollectRequest::new(configured(cloud))
    };
    run::collect(request, plan.needs, &scs_subjects::watch::Events::none(), Stop::default()).await
}

async fn collecting(size: usize, latency: u64) {
    let cloud = SimCloud::start(cloud_of(size, latency, false)).await.unwrap();
    let mut times = Vec::new();
    let mut bytes = 0;
    let mut requests = 0;
    for _ in 0..3 {
        let began = Instant::now();
        let collected = collected(&cloud).await;
        times.push(began.elapsed());
        let all = || collected.records.values().flat_map(|record| &record.requests);
        bytes = all().map(|request| request.bytes).sum::<u64>();
        requests = all().count();
    }
    times.sort();
    let (megabytes, time) = (mega(bytes), times[1].as_millis());
    println!("{size:>8} {size:>8} {latency:>6} ms {requests:>12} {megabytes:>10.1} {time:>12}");
}

async fn evaluating(size: usize) {
    let cloud = SimCloud::start(cloud_of(size, 0, true)).await.unwrap();
    let collected = collected(&cloud).await;
    let definitions = definitions::embedded().unwrap();
    let plan = judge::plan(&definitions, &definitions.scopes[SCOPE], &everything()).unwrap();
    let now = Now::from_clock(plan.reference, collected.clock);
    let began = Instant::now();
    let report = judge::evaluate(&definitions, &plan, collected, now, tool());
    let evaluation = began.elapsed().as_millis();
    for format in Format::ALL {
        let began = Instant::now();
        let text = render(format, &report).unwrap();
        let (time, megabytes) = (began.elapsed().as_millis(), mega(text.len() as u64));
        println!("{size:>8} {evaluation:>14} {format:>10} {time:>10} {megabytes:>10.1}");
    }
    let began = Instant::now();
    let text = console::render(&report, console::Options::default());
    println!(
        "{size:>8} {evaluation:>14} {:>10} {:>10} {:>10.1}",
        "console",
        began.elapsed().as_millis(),
        mega(text.len() as u64)
    );
}

#[allow(clippy::cast_precision_loss, reason = "megabytes for people")]
fn mega(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
