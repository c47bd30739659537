//! The archive that Sonobuoy makes of a run.

use super::catalog::State;
use super::report::Report;
use super::{Cluster, Outcome};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use std::path::Path;

/// The properties of the cluster.
pub struct Surroundings {
    version: Value,
    nodes: Value,
    namespaces: Value,
}

impl Surroundings {
    pub async fn look(cluster: &Cluster) -> Outcome<Self> {
        let list =
            async |plural: &str| Ok::<_, String>(cluster.get(&format!("/api/v1/{plural}")).await?.unwrap_or_default());
        Ok(Self {
            version: cluster.version().await?,
            nodes: list("nodes").await?,
            namespaces: list("namespaces").await?,
        })
    }
}

/// Writes the archive of a run in a namespace.
pub fn archive(report: &Report<'_>, around: &Surroundings, namespace: &str, path: &Path) -> Outcome {
    let text = |error: std::io::Error| error.to_string();
    let config = json!({"Description": "DEFAULT", "UUID": UUID, "Version": "v0.57.3", "ResultsDir": "/tmp/sonobuoy/results",
        "Namespace": namespace, "WorkerImage": "sonobuoy/sonobuoy:v0.57.3"});
    let ended = report.began + chrono::TimeDelta::milliseconds((report.seconds() * 1e3) as i64);
    let log = [(report.began, "Starting aggregation server"), (ended, "Log lines after this point will not appear")];
    let line = |(at, message): (chrono::DateTime<chrono::Utc>, &str)| {
        json!({"level": "info", "msg": message, "time": at.format("%Y-%m-%dT%H:%M:%SZ").to_string()}).to_string() + "\n"
    };
    let summary = serde_yaml::to_string(&summary(report)).map_err(|error| error.to_string())?;
    let files = [
        ("meta/config.json", config.to_string()),
        ("meta/info.json", json!({"plugins": ["e2e"]}).to_string()),
        ("meta/run.log", log.map(line).concat()),
        ("plugins/e2e/definition.json", definition(report, namespace, &around.version).to_string()),
        ("plugins/e2e/results/global/e2e.log", report.log()),
        ("plugins/e2e/results/global/junit_01.xml", report.junit()),
        ("plugins/e2e/sonobuoy_results.yaml", summary),
        ("resources/cluster/core_v1_namespaces.json", around.namespaces.to_string()),
        ("resources/cluster/core_v1_nodes.json", around.nodes.to_string()),
        ("servergroups.json", json!({"groups": []}).to_string()),
        ("serverversion.json", around.version.to_string()),
    ];
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, content.as_bytes()).map_err(text)?;
    }
    let mut archive = builder.into_inner().and_then(GzEncoder::finish).map_err(text)?;
    if report.script.truncated {
        archive.truncate(archive.len() * 2 / 3);
    }
    std::fs::write(path, archive).map_err(text)
}

const UUID: &str = "467e722c-0000-4000-8000-000000000000";

/// Returns `sonobuoy_results.yaml`.
fn summary(report: &Report<'_>) -> Value {
    let item = |(name, state): (String, State)| match state {
        State::Passed => json!({"name": name, "status": "passed"}),
        State::Skipped => json!({"name": name, "status": "skipped"}),
        State::Failed => json!({"name": name, "status": "failed", "details": {"failure": "[FAILED] timed out"}}),
    };
    let (status, items) = (report.status(), report.cases().map(item).collect::<Vec<_>>());
    let suite = json!({"name": "Kubernetes e2e suite", "status": status, "items": items});
    let file = json!({"name": "junit_01.xml", "status": status, "items": [suite],
        "meta": {"file": "results/global/junit_01.xml", "type": "file"}});
    json!({"name": "e2e", "status": status, "meta": {"type": "summary"}, "items": [file]})
}

/// Returns the definition of the plugin that was run.
fn definition(report: &Report<'_>, namespace: &str, version: &Value) -> Value {
    let env: Vec<Value> =
        report.environment.0.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
    let image = format!("registry.k8s.io/conformance:{}", version["gitVersion"].as_str().unwrap_or_default());
    json!({
        "Definition": {
            "sonobuoy-config": {"driver": "Job", "plugin-name": "e2e", "result-format": "junit"},
            "spec": {"name": "e2e", "image": image, "command": ["/run_e2e.sh"], "env": env, "resources": {}},
            "podSpec": {"containers": [], "restartPolicy": "Never", "serviceAccountName": "sonobuoy-serviceaccount"},
        },
        "SessionID": "5acf857a4b364cb6", "Namespace": namespace, "CleanedUp": true,
    })
}
