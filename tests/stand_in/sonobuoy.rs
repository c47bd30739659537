//! `sonobuoy run`, `status`, `retrieve`, `delete` and `version`.

use super::archive::{Surroundings, archive};
use super::catalog::{Environment, State};
use super::cluster::{Cluster, Going};
use super::report::Report;
use super::script::Script;
use super::{Arguments, Outcome, complain, hang, say, scene};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

const POD: &str = "sonobuoy";
const ACCOUNT: &str = "sonobuoy-serviceaccount";
/// The options of every command, and of `run`.
const OPTIONS: [&str; 6] = ["kubeconfig", "context", "namespace", "wait", "json", "short"];
const OF_RUN: [&str; 7] = ["skip-preflight", "plugin", "mode", "e2e-focus", "e2e-skip", "e2e-parallel", "timeout"];

pub async fn run(arguments: &Arguments) -> Outcome<ExitCode> {
    let command = arguments.words.first().map(String::as_str).unwrap_or_default();
    if command == "version" {
        say("v0.57.3");
        return Ok(ExitCode::SUCCESS);
    }
    let of_run: &[&str] = if command == "run" { &OF_RUN } else { &[] };
    arguments.only(&[&OPTIONS, of_run].concat())?;
    let (cluster, space, script) = scene(arguments)?;
    arguments.get("context")?;
    if script.hangs == command {
        hang().await;
    }
    if script.crashes == command {
        return Err(format!("sonobuoy {command} crashed: Unauthorized: token=abcdefgh"));
    }
    let names = format!("{ACCOUNT}-{space}");
    let names = [names.as_str(), names.as_str()];
    match command {
        "run" => begin(arguments, &cluster, &space, names).await?,
        "status" => return status(&cluster, &space, &script).await,
        "retrieve" => {
            let folder = arguments.words.get(1).ok_or("no folder for the results")?;
            let going = cluster.going(&space, POD).await?;
            let report = Report::new(&script, &going.environment, going.began);
            let path = Path::new(folder).join("202611201000_sonobuoy_467e722c-0000-4000-8000-000000000000.tar.gz");
            archive(&report, &Surroundings::look(&cluster).await?, &space, &path)?;
            say(&path.display().to_string());
        }
        "delete" => cluster.remove(&space, names).await?,
        _ => return Err(format!("unknown command {command:?} for \"sonobuoy\"")),
    }
    Ok(ExitCode::SUCCESS)
}

async fn begin(arguments: &Arguments, cluster: &Cluster, space: &str, names: [&str; 2]) -> Outcome {
    let skips: Vec<&str> = arguments.get("skip-preflight").unwrap_or_default().split(',').collect();
    if !skips.contains(&"dnscheck") && !cluster.has_dns().await? {
        return Err(
            "Preflight checks failed: no dns pods found with the labels [k8s-app=kube-dns] in namespace kube-system"
                .into(),
        );
    }
    cluster.prepare(space, skips.contains(&"existingnamespace"), ACCOUNT, names, "sonobuoy").await?;
    cluster.start(space, POD, &environment(arguments)?).await?;
    complain("time=\"2026-11-20T10:00:00Z\" level=info msg=\"create request issued\" name=sonobuoy resource=pods");
    Ok(())
}

/// Returns the environment of the plugin. Without a mode, disruptive tests are left out.
fn environment(arguments: &Arguments) -> Outcome<Environment> {
    let skip = match arguments.get("mode") {
        Ok("certified-conformance") => "",
        Ok(mode) => return Err(format!("unknown mode {mode}")),
        Err(_) => r"\[Disruptive\]|NoExecuteTaintManager",
    };
    let mut environment = BTreeMap::from([
        ("E2E_FOCUS".to_owned(), arguments.get("e2e-focus").unwrap_or(r"\[Conformance\]").to_owned()),
        ("E2E_SKIP".to_owned(), arguments.get("e2e-skip").unwrap_or(skip).to_owned()),
        ("E2E_PARALLEL".to_owned(), arguments.get("e2e-parallel").unwrap_or("false").to_owned()),
        ("E2E_USE_GO_RUNNER".to_owned(), "true".to_owned()),
        ("SONOBUOY_PLUGINS".to_owned(), arguments.get("plugin").unwrap_or("e2e,systemd-logs").to_owned()),
    ]);
    let given = arguments.options.iter().filter_map(|(name, value)| Some((name.strip_prefix("e2e.")?, value)));
    environment.extend(given.map(|(name, value)| (name.to_owned(), value.clone())));
    Ok(Environment(environment))
}

/// Prints the status, or why there is none.
async fn status(cluster: &Cluster, space: &str, script: &Script) -> Outcome<ExitCode> {
    let going = cluster.going(space, POD).await?;
    if going.elapsed < script.blind {
        return Err(
            "error checking sonobuoy status: failed to get namespace: dial tcp: connect: connection refused".into()
        );
    }
    const PENDING: &str = "The Sonobuoy aggregator is in the 'Pending' state";
    if script.unpullable {
        let why = "Back-off pulling image \"sonobuoy/sonobuoy:v0.57.3\"";
        say(&format!(
            "{PENDING} and the container seems unable to pull the image.\n\nPod has the attached message: {why}"
        ));
        return Err(format!("unable to pull sonobuoy image: {why}"));
    }
    if !script.runs(going.elapsed) {
        say(&format!(
            "{PENDING}. This is normal as the pod is created and begins to run, but if this state persists, use kubectl to \
             debug further."
        ));
        return Ok(ExitCode::SUCCESS);
    }
    if going.elapsed >= script.lasts && !script.leaves {
        cluster.tidy().await?;
    }
    let status = json(script, &going);
    say(&status.to_string());
    Ok(if status["status"] == "failed" { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Returns the status in JSON. The aggregator fails by itself only; a plugin that failed lets it go on.
fn json(script: &Script, going: &Going) -> Value {
    let report = Report::new(script, &going.environment, going.began);
    let is_over = going.elapsed >= script.lasts;
    let (all, plugin) = match (is_over, script.crashes.as_str()) {
        (true, "aggregator") => ("failed", "running"),
        (true, "tests") => ("running", "failed"),
        (true, _) => ("complete", "complete"),
        (false, _) => ("running", "running"),
    };
    let completed = script.completed(report.total(), going.elapsed);
    let failed = report.tests.iter().filter(|test| test.state == State::Failed).take(completed);
    let failures: Vec<&str> = failed.map(|test| test.name.as_str()).collect();
    let mut progress = json!({"name": "e2e", "node": "global", "timestamp": going.began, "msg": "",
        "total": report.total(), "completed": completed});
    if !failures.is_empty() {
        progress["failures"] = json!(failures);
    }
    let result = if plugin == "complete" { report.status() } else { "" };
    let mut plugins = vec![json!({"plugin": "e2e", "node": "global", "status": plugin, "result-status": result,
        "result-counts": null, "progress": progress})];
    if going.environment.get("SONOBUOY_PLUGINS").contains("systemd-logs") {
        plugins
            .push(json!({"plugin": "systemd-logs", "node": "node-1", "status": "complete", "result-status": "passed",
            "result-counts": null}));
    }
    json!({"plugins": plugins, "status": all,
        "tar-info": {"name": "", "created": "0001-01-01T00:00:00Z", "sha256": "", "size": 0}})
}
