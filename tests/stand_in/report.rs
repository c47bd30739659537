//! The results: an archive as Sonobuoy makes it, or the files that hydrophone fetches.

use super::Outcome;
use super::script::Script;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::Path;

/// The results of a run.
pub struct Report<'a> {
    pub script: &'a Script,
    /// What the cluster says of its version.
    pub version: Value,
    /// Whether tests were only listed.
    pub dry: bool,
}

impl Report<'_> {
    /// Names and states. Each test counts for both suites, so that any of them finds enough.
    fn tests(&self) -> impl Iterator<Item = (String, &'static str)> {
        let passed = (0..self.script.passed)
            .map(|number| (format!("[It] test {number} of NetworkPolicy [Conformance]"), "passed"));
        let failed =
            self.script.failed.iter().map(|name| (format!("[It] {name} NetworkPolicy [Conformance]"), "failed"));
        passed.chain(failed)
    }

    fn junit(&self) -> String {
        // A moment ago, as the cluster has it; in seconds since the epoch, or a date would have to be computed here.
        let at = chrono::Utc::now() - chrono::TimeDelta::seconds(2);
        let (at, time) = (at.format("%Y-%m-%dT%H:%M:%S"), if self.dry { "0" } else { "0.001" });
        let mut text = format!(
            "<?xml version=\"1.0\"?>\n<testsuites tests=\"{}\"><testsuite name=\"Kubernetes e2e suite\" timestamp=\"{at}\" \
             time=\"1\"><properties><property name=\"DryRun\" value=\"{}\"></property></properties>\n",
            self.script.total(),
            self.dry
        );
        for (name, state) in self.tests() {
            let failure = if state == "failed" { "<failure>no</failure>" } else { "" };
            let _ = writeln!(text, "<testcase name=\"{name}\" status=\"{state}\" time=\"{time}\">{failure}</testcase>");
        }
        if self.script.truncated {
            text.truncate(text.len() / 2);
            text.truncate(text.rfind('\n').unwrap_or_default());
            return text;
        }
        text + "</testsuite></testsuites>\n"
    }

    fn summary(&self) -> String {
        let status = if self.script.failed.is_empty() { "passed" } else { "failed" };
        let items: Vec<Value> = self.tests().map(|(name, status)| json!({"name": name, "status": status})).collect();
        let suite = json!({"name": "Kubernetes e2e suite", "status": status, "items": items});
        let file = json!({"name": "junit_01.xml", "status": status, "items": [suite]});
        json!({"name": "e2e", "status": status, "items": [file]}).to_string()
    }

    /// Writes an archive.
    pub fn archive(&self, path: &Path) -> Outcome {
        let text = |error: std::io::Error| error.to_string();
        let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        let dry = if self.dry { "true" } else { "" };
        let definition = json!({"spec": {"env": [{"name": "E2E_DRYRUN", "value": dry}]}}).to_string();
        let files = [
            ("serverversion.json", self.version.to_string()),
            ("plugins/e2e/sonobuoy_results.yaml", self.summary()),
            ("plugins/e2e/definition.json", definition),
            ("plugins/e2e/results/global/junit_01.xml", self.junit()),
        ];
        for (name, content) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(content.len() as u64);
            header.set_mode(0o644);
            builder.append_data(&mut header, name, content.as_bytes()).map_err(text)?;
        }
        let mut archive = builder.into_inner().and_then(GzEncoder::finish).map_err(text)?;
        if self.script.truncated {
            archive.truncate(archive.len() * 2 / 3);
        }
        std::fs::write(path, archive).map_err(text)
    }

    /// Writes a report and a log.
    pub fn files(&self, folder: &Path) -> Outcome {
        let log = format!(
            "I1120 10:00:00 e2e.go:124] kube-apiserver version: {}\n",
            self.version["gitVersion"].as_str().unwrap_or_default()
        );
        for (name, content) in [("e2e.log", log), ("junit_01.xml", self.junit())] {
            std::fs::write(folder.join(name), content).map_err(|error| error.to_string())?;
        }
        Ok(())
    }
}
