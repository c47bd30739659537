//! Where results stand: in an archive, in an unpacked one, or in a folder of a CNCF submission.

use crate::files::{self, Trouble};
use flate2::read::GzDecoder;
use serde_json::Value;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The largest archive that is looked at, unpacked, in bytes; a certified run has some 100 MB, nearly all of it logs.
const LARGEST_ARCHIVE: u64 = 4 << 30;
/// The largest file in it that is read.
const LARGEST_FILE: u64 = 64 << 20;

/// The files that matter.
#[derive(Debug, Default)]
pub(super) struct Source {
    /// `plugins/e2e/sonobuoy_results.yaml`.
    pub summary: Option<String>,
    /// JUnit files.
    pub reports: Vec<String>,
    /// `serverversion.json`, the answer of `/version`.
    server_version: Option<String>,
    /// `e2e.log`.
    log: Option<String>,
    /// The plugin's definition, which tells how it was run.
    definition: Option<String>,
    /// The archive breaks off.
    pub truncated: bool,
}

impl Source {
    /// Opens results.
    ///
    /// # Errors
    /// One sentence.
    pub fn open(path: &Path) -> Result<Self, String> {
        let text = |error: io::Error| format!("it cannot be read: {error}");
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        files::open(path).map_err(|error| match error.trouble {
            Trouble::Folder => {
                "it is a folder; name the archive, the sonobuoy_results.yaml or the JUnit file in it".to_owned()
            }
            trouble => format!("it {trouble}"),
        })?;
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("gz" | "tgz") => Self::of_archive(path).map_err(text),
            Some("yaml" | "yml") => Self::of_summary(path, name).map_err(text),
            Some("xml") => Self::of_report(path).map_err(text),
            _ => {
                Err("it is neither a Sonobuoy archive (.tar.gz), nor a sonobuoy_results.yaml, nor a JUnit file (.xml)"
                    .to_owned())
            }
        }
    }

    fn of_archive(path: &Path) -> io::Result<Self> {
        let mut source = Self::default();
        let file = GzDecoder::new(files::open(path).map_err(io::Error::other)?).take(LARGEST_ARCHIVE);
        let mut archive = tar::Archive::new(file);
        for entry in archive.entries()? {
            // An archive that breaks off may still hold what matters, but nobody can rely on it.
            let Ok(mut entry) = entry else {
                source.truncated = true;
                break;
            };
            let name = entry.path()?.to_string_lossy().trim_start_matches("./").to_owned();
            if !matters(&name) {
                continue;
            }
            let mut text = Vec::new();
            match entry.by_ref().take(LARGEST_FILE).read_to_end(&mut text) {
                Ok(_) => source.keep(&name, String::from_utf8_lossy(&text).into_owned()),
                Err(_) => source.truncated = true,
            }
        }
        Ok(source)
    }

    /// A summary alone, or in the place that it has in an unpacked archive.
    fn of_summary(path: &Path, name: &str) -> io::Result<Self> {
        let mut source = Self { summary: Some(read(path)?), ..Self::default() };
        let plugin = path.parent().filter(|folder| name == "sonobuoy_results.yaml" && folder.ends_with("plugins/e2e"));
        if let Some((plugin, root)) = plugin.and_then(|plugin| Some((plugin, plugin.parent()?.parent()?))) {
            source.keep_file("serverversion.json", &root.join("serverversion.json"));
            source.keep_file("plugins/e2e/definition.json", &plugin.join("definition.json"));
            for report in files(&plugin.join("results/global")) {
                let name = report.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                source.keep_file(&format!("plugins/e2e/results/global/{name}"), &report);
            }
        }
        Ok(source)
    }

    fn of_report(path: &Path) -> io::Result<Self> {
        let mut source = Self { reports: vec![read(path)?], ..Self::default() };
        source.keep_file("e2e.log", &path.with_file_name("e2e.log"));
        Ok(source)
    }

    fn keep_file(&mut self, name: &str, path: &Path) {
        if let Ok(text) = read(path) {
            self.keep(name, text);
        }
    }

    fn keep(&mut self, name: &str, text: String) {
        match name.rsplit('/').next().unwrap_or_default() {
            "sonobuoy_results.yaml" => self.summary = Some(text),
            "serverversion.json" => self.server_version = Some(text),
            "e2e.log" => self.log = Some(text),
            "definition.json" => self.definition = Some(text),
            file if file.ends_with(".xml") => self.reports.push(text),
            _ => {}
        }
    }

    /// The version of the cluster that was tested.
    pub fn kubernetes_version(&self) -> Option<String> {
        let told = self.server_version.as_deref().and_then(|text| serde_json::from_str::<Value>(text).ok());
        let told = told.and_then(|version| Some(version.get("gitVersion")?.as_str()?.to_owned()));
        told.or_else(|| {
            let log = self.log.as_deref()?;
            let line = log.lines().find_map(|line| line.split_once("kube-apiserver version: "))?;
            Some(line.1.trim().trim_end_matches('"').to_owned())
        })
    }

    /// Whether the plugin was told only to list the tests.
    pub fn is_dry_run(&self) -> bool {
        let Some(definition) = self.definition.as_deref() else { return false };
        let definition: Value = serde_json::from_str(definition).unwrap_or_default();
        let mut environments = Vec::new();
        collect_environments(&definition, &mut environments);
        environments.iter().any(|(name, value)| name == "E2E_DRYRUN" && !matches!(value.as_str(), "" | "false"))
    }
}

/// Every `{name, value}` in a document, wherever it stands: the definition has changed its shape over time.
fn collect_environments(value: &Value, found: &mut Vec<(String, String)>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect_environments(item, found)),
        Value::Object(map) => {
            if let (Some(Value::String(name)), Some(Value::String(value))) = (map.get("name"), map.get("value")) {
                found.push((name.clone(), value.clone()));
            }
            map.values().for_each(|item| collect_environments(item, found));
        }
        _ => {}
    }
}

/// Of an archive, which holds every log of the cluster, only these.
fn matters(name: &str) -> bool {
    name == "serverversion.json"
        || name == "plugins/e2e/sonobuoy_results.yaml"
        || name == "plugins/e2e/definition.json"
        || (name.starts_with("plugins/e2e/results/") && (name.ends_with(".xml") || name.ends_with("/e2e.log")))
}

fn read(path: &Path) -> io::Result<String> {
    let mut text = Vec::new();
    files::open(path).map_err(io::Error::other)?.take(LARGEST_FILE).read_to_end(&mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort();
    files
}
