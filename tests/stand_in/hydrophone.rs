//! `hydrophone --conformance` and `--focus`, and with `--continue`.

use super::catalog::{Environment, State};
use super::cluster::Cluster;
use super::report::Report;
use super::script::Script;
use super::{Arguments, Outcome, complain, hang, say, scene};
use chrono::Utc;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

const POD: &str = "e2e-conformance-test";
const OPTIONS: [&str; 11] = [
    "kubeconfig",
    "namespace",
    "output-dir",
    "conformance",
    "focus",
    "skip-preflight",
    "startup-timeout",
    "extra-ginkgo-args",
    "parallel",
    "dry-run",
    "continue",
];

pub async fn run(arguments: &Arguments) -> Outcome<ExitCode> {
    if arguments.has("version") {
        say("hydrophone version\n  module:   sigs.k8s.io/hydrophone\n  version:  v0.7.0\n  go:       go1.24.1");
        return Ok(ExitCode::SUCCESS);
    }
    arguments.only(&OPTIONS)?;
    let (cluster, space, script) = scene(arguments)?;
    let folder = Path::new(arguments.get("output-dir")?);
    if arguments.has("conformance") == arguments.has("focus") {
        return Err("one of --conformance and --focus is needed".to_owned());
    }
    std::fs::create_dir_all(folder).map_err(|error| error.to_string())?;
    if script.hangs == "run" {
        hang().await;
    }
    if script.crashes == "run" {
        return Err("failed to create Pod: Unauthorized: token=abcdefgh".to_owned());
    }
    let names = [format!("conformance-serviceaccount:{space}"), format!("conformance-serviceaccount-role:{space}")];
    let names = [names[0].as_str(), names[1].as_str()];
    if !arguments.has("continue") {
        let exists = arguments.get("skip-preflight").is_ok_and(|value| !value.is_empty());
        cluster.prepare(&space, exists, "conformance-serviceaccount", names, "conformance").await?;
        cluster.start(&space, POD, &environment(arguments)).await?;
        await_start(arguments, &cluster, &space, &script).await?;
    }
    let code = follow(&cluster, &space, &script, folder).await?;
    // It removes what it has made, whoever waits for it.
    cluster.remove(&space, names).await?;
    Ok(code)
}

fn environment(arguments: &Arguments) -> Environment {
    let mut ginkgo: Vec<String> =
        arguments.get("extra-ginkgo-args").into_iter().flat_map(|all| all.split(',')).map(str::to_owned).collect();
    ginkgo.extend(arguments.get("parallel").ok().map(|count| format!("--procs={count}")));
    let focus = arguments.get("focus").unwrap_or(r"\[Conformance\]");
    let all = [
        ("E2E_FOCUS", focus.to_owned()),
        ("E2E_EXTRA_GINKGO_ARGS", ginkgo.join(" ")),
        ("E2E_DRYRUN", arguments.has("dry-run").to_string()),
    ];
    Environment(BTreeMap::from(all.map(|(name, value)| (name.to_owned(), value))))
}

/// Waits until the pod runs.
async fn await_start(arguments: &Arguments, cluster: &Cluster, space: &str, script: &Script) -> Outcome {
    let limit = arguments.get("startup-timeout").unwrap_or("5m0s");
    complain(&format!("{} INF Waiting up to {limit} for Pod to start...", Utc::now().format("%H:%M:%S")));
    if script.unpullable {
        return Err("failed to deploy tests: Back-off pulling image \"registry.k8s.io/conformance:v1.34.2\"".to_owned());
    }
    while !script.runs(cluster.going(space, POD).await?.elapsed) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

/// The interval of progress messages.
const PROGRESS: Duration = Duration::from_millis(100);

/// Prints the log until the tests have ended, and fetches their results. The marks of tests stand in one line, which comes
/// only when it is complete.
async fn follow(cluster: &Cluster, space: &str, script: &Script, folder: &Path) -> Outcome<ExitCode> {
    let mut going = cluster.going(space, POD).await?;
    let environment = going.environment.clone();
    let report = Report::new(script, &environment, going.began);
    say(report.preface().trim_end());
    if script.hangs == "tests" {
        hang().await;
    }
    let mut failed = report.tests.iter().filter(|test| test.state == State::Failed);
    while going.elapsed < script.lasts {
        failed.by_ref().take(1).for_each(|test| say(&Report::failure(&test.name)));
        let (completed, total) = (script.completed(report.total(), going.elapsed), report.total());
        let percent = 100.0 * completed as f64 / (total as f64).max(1.0);
        let at = Utc::now().format("%H:%M:%S");
        say(&format!("[{at}] Progress: {completed}/{total} tests completed ({percent:.1}%)"));
        tokio::time::sleep(PROGRESS).await;
        going = cluster.going(space, POD).await?;
    }
    if script.crashes == "tests" {
        return Err("failed to download results: container not found".to_owned());
    }
    failed.for_each(|test| say(&Report::failure(&test.name)));
    say(report.end().trim_end());
    if !script.leaves {
        cluster.tidy().await?;
    }
    let report = Report { began: going.began, ..report };
    for (name, content) in [("e2e.log", report.log()), ("junit_01.xml", report.junit())] {
        std::fs::write(folder.join(name), content).map_err(|error| error.to_string())?;
    }
    Ok(if report.has_failed() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
