//! `hydrophone --conformance` and `--focus`, and with `--continue`.

use super::report::Report;
use super::{Arguments, Outcome, hang, scene};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

const POD: &str = "e2e-conformance-test";

pub async fn run(arguments: &Arguments) -> Outcome<ExitCode> {
    if arguments.has("version") {
        println!("hydrophone version\n  module:   sigs.k8s.io/hydrophone\n  version:  v0.7.0\n  go:       go1.24.1");
        return Ok(ExitCode::SUCCESS);
    }
    let (cluster, space, script) = scene(arguments)?;
    let folder = Path::new(arguments.get("output-dir")?);
    if arguments.has("conformance") == arguments.has("focus") {
        return Err("one of --conformance and --focus is needed".to_owned());
    }
    if script.hangs == "run" {
        hang().await;
    }
    if script.crashes == "run" {
        return Err("failed to create Pod: Unauthorized: token=abcdefgh".to_owned());
    }
    if !arguments.has("continue") {
        let names = [format!("conformance-serviceaccount:{space}"), format!("conformance-serviceaccount-role:{space}")];
        let exists = arguments.get("skip-preflight").is_ok_and(|value| !value.is_empty());
        let names = [names[0].as_str(), names[1].as_str()];
        cluster.prepare(&space, exists, "conformance-serviceaccount", names, "conformance").await?;
        cluster.start(&space, POD, arguments.has("dry-run")).await?;
    }
    println!("Will run {} of 7197 specs", script.total());
    if script.hangs == "tests" {
        hang().await;
    }
    let mut shown = 0;
    let dry = loop {
        let (elapsed, dry) = cluster.elapsed(&space, POD).await?;
        let completed = script.completed(elapsed);
        while shown < completed {
            shown += 1;
            println!("• {}[1.234 seconds]", if shown <= script.failed.len() { "[FAILED] " } else { "" });
        }
        if elapsed >= script.lasts {
            break dry;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    if script.crashes == "tests" {
        return Err("download failed: container not found".to_owned());
    }
    if !script.leaves {
        cluster.tidy().await?;
    }
    let report = Report { script: &script, version: cluster.version().await?, dry };
    report.files(folder)?;
    Ok(if script.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
