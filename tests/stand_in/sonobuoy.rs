//! `sonobuoy run`, `status`, `retrieve`, `delete` and `version`.

use super::report::Report;
use super::script::Script;
use super::{Arguments, Outcome, hang, scene};
use serde_json::json;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

const POD: &str = "sonobuoy";
const ACCOUNT: &str = "sonobuoy-serviceaccount";

pub async fn run(arguments: &Arguments) -> Outcome<ExitCode> {
    let command = arguments.words.first().map(String::as_str).unwrap_or_default();
    if command == "version" {
        println!("v0.57.3");
        return Ok(ExitCode::SUCCESS);
    }
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
        "run" => {
            let exists = arguments.get("skip-preflight").is_ok_and(|value| value.contains("existingnamespace"));
            cluster.prepare(&space, exists, ACCOUNT, names, "sonobuoy").await?;
            cluster.start(&space, POD, arguments.has("e2e.E2E_DRYRUN")).await?;
        }
        "status" => {
            let (elapsed, _) = cluster.elapsed(&space, POD).await?;
            if elapsed < script.blind {
                return Err("pod has status \"Pending\"".to_owned());
            }
            let is_over = elapsed >= script.lasts;
            if is_over && !script.leaves {
                cluster.tidy().await?;
            }
            println!("{}", status(&script, elapsed));
        }
        "retrieve" => {
            let folder = arguments.words.get(1).ok_or("no folder for the results")?;
            let (_, dry) = cluster.elapsed(&space, POD).await?;
            let report = Report { script: &script, version: cluster.version().await?, dry };
            let archive = Path::new(folder).join("202611201000_sonobuoy_8c2f.tar.gz");
            report.archive(&archive)?;
            println!("{}", archive.display());
        }
        "delete" => cluster.remove(&space, names).await?,
        _ => return Err(format!("unknown command {command:?}")),
    }
    Ok(ExitCode::SUCCESS)
}

fn status(script: &Script, elapsed: Duration) -> serde_json::Value {
    let is_over = elapsed >= script.lasts;
    let state = match (is_over, script.crashes.as_str()) {
        (false, _) => "running",
        (true, "tests") => "failed",
        (true, _) => "complete",
    };
    let completed = script.completed(elapsed);
    let failures: Vec<&String> = script.failed.iter().take(completed).collect();
    let progress = json!({"name": "e2e", "node": "global", "timestamp": "2026-11-20T10:00:00Z", "msg": "",
        "total": script.total(), "completed": completed, "failures": failures});
    json!({
        "plugins": [
            {"plugin": "e2e", "node": "global", "status": state, "result-status": "", "result-counts": null, "progress": progress},
            {"plugin": "systemd-logs", "node": "node-1", "status": "complete", "result-status": "", "result-counts": null},
        ],
        "status": state,
        "tar-info": {"name": "", "created": "0001-01-01T00:00:00Z", "sha256": "", "size": 0},
    })
}
