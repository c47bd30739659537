//! Opens results: in an archive of Sonobuoy, packed or not, or in a folder of a CNCF submission.

use super::budget::{Budget, Reading};
use super::cluster::{Config, ServerVersion, json, last_time, names, whole};
use super::error::ContentError;
use super::junit::Report;
use super::log::{Log, is_dry};
use super::sonobuoy::Summary;
use super::states::Contradictions;
use chrono::{DateTime, Utc};
use flate2::read::MultiGzDecoder;
use regex::Regex;
use scs_checks::facts::TestedCluster;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Instant;

/// The most files of a folder that are looked at.
const MOST_FILES: usize = 1_000;

/// The observed value.
#[derive(Debug, Default)]
pub(super) struct Source {
    pub summaries: Vec<Summary>,
    pub reports: Vec<Report>,
    pub logs: Vec<Log>,
    /// The version of the cluster by its `/version`.
    pub server_version: Option<String>,
    /// The version of the tests, as their image has it.
    pub image_version: Option<String>,
    pub cluster: TestedCluster,
    /// The time at which Sonobuoy wrote the archive.
    pub packed_at: Option<DateTime<Utc>>,
    /// The version of Sonobuoy.
    pub tool_version: Option<String>,
    pub dry_run: bool,
    /// Something of it is missing, or breaks off.
    pub truncated: bool,
    pub contradictions: Contradictions,
    seen: BTreeSet<String>,
    budget: Budget,
}

const SUMMARY: &str = "plugins/e2e/sonobuoy_results.yaml";
const DEFINITION: &str = "plugins/e2e/definition.json";
const RESULTS: &str = "plugins/e2e/results/";
const NODES: &str = "resources/cluster/core_v1_nodes.json";
const NAMESPACES: &str = "resources/cluster/core_v1_namespaces.json";

/// The files of an archive that matter, beside those in [`RESULTS`].
const FILES: [&str; 7] =
    [SUMMARY, DEFINITION, NODES, NAMESPACES, "serverversion.json", "meta/run.log", "meta/config.json"];

impl Source {
    /// Opens results; a JUnit file comes with these logs, or else with the one beside it.
    ///
    /// # Errors
    /// One sentence.
    pub fn open(path: &Path, logs: &[PathBuf]) -> Result<Self, ContentError> {
        let opened = Self::opened(path, logs);
        // What was not read to its end tells nothing, not even what is wrong with it.
        if is_late() { Err(ContentError::TooLate) } else { opened }
    }

    fn opened(path: &Path, logs: &[PathBuf]) -> Result<Self, ContentError> {
        let mut source = Self::default();
        for log in logs {
            source.file("e2e.log", log)?;
        }
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_ascii_lowercase();
        let ends = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
        let kind = fs::metadata(path).map_err(ContentError::Unreadable)?;
        match () {
            () if kind.is_dir() => source.folder(path)?,
            () if ends(&[".xml", ".xml.gz"]) => source.report(path, logs.is_empty())?,
            () if ends(&[".yaml", ".yml"]) => source.summary(path, &name)?,
            () if ends(&[".gz", ".tgz"]) => source.archive(path)?,
            () => return Err(ContentError::NotResults),
        }
        Ok(source)
    }

    fn folder(&mut self, path: &Path) -> Result<(), ContentError> {
        if path.join("plugins/e2e").is_dir() {
            return self.unpacked(path);
        }
        let all = files_in(path)?;
        let is = |name: &str, ends: [&str; 2]| ends.iter().any(|end| name.ends_with(end));
        for (name, file) in &all {
            let is_report = is(name, [".xml", ".xml.gz"]) && name.starts_with("junit");
            if !is_report && !is(name, ["e2e.log", "e2e.log.gz"]) {
                continue;
            }
            let plain = name.trim_end_matches(".gz");
            if plain != name && all.iter().any(|(other, _)| other == plain) {
                self.contradictions.add(format!("the folder has {plain} and {name}; remove one of them"));
                continue;
            }
            self.file(if is_report { plain } else { "e2e.log" }, file)?;
        }
        match self.reports.is_empty() {
            true => Err(ContentError::EmptyFolder),
            false => Ok(()),
        }
    }

    /// Reads a summary alone, or in the place that it has in an unpacked archive.
    fn summary(&mut self, path: &Path, name: &str) -> Result<(), ContentError> {
        let plugin = path.parent().filter(|folder| name == "sonobuoy_results.yaml" && folder.ends_with("plugins/e2e"));
        match plugin.and_then(|plugin| plugin.parent()?.parent()) {
            Some(root) => self.unpacked(if root.as_os_str().is_empty() { Path::new(".") } else { root }),
            None => self.file(SUMMARY, path),
        }
    }

    fn unpacked(&mut self, root: &Path) -> Result<(), ContentError> {
        for name in FILES {
            let path = root.join(name);
            if path.exists() {
                self.file(name, &path)?;
            }
        }
        let results = root.join(RESULTS);
        for (name, file) in if results.is_dir() { files_below(&results)? } else { Vec::new() } {
            let name = format!("{RESULTS}{name}");
            if matters(&name) {
                self.file(&name, &file)?;
            }
        }
        Ok(())
    }

    /// Reads a JUnit file.
    fn report(&mut self, path: &Path, with_log: bool) -> Result<(), ContentError> {
        self.file("junit.xml", path)?;
        for name in ["e2e.log", "e2e.log.gz"] {
            let log = path.with_file_name(name);
            if with_log && log.exists() && self.logs.is_empty() {
                self.file("e2e.log", &log)?;
            }
        }
        Ok(())
    }

    /// Reads a file, packed or not, as if it had this name in an archive.
    fn file(&mut self, name: &str, path: &Path) -> Result<(), ContentError> {
        let shown = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let file = scs_files::open(path)
            .map_err(|error| ContentError::Unopened { name: shown.clone(), trouble: error.problem })?;
        let was_truncated = std::mem::take(&mut self.truncated);
        let kept = self.keep(name, unpacked(&shown, Timely(file)));
        if std::mem::replace(&mut self.truncated, was_truncated) {
            return Err(ContentError::BrokenOff(shown));
        }
        kept
    }

    fn archive(&mut self, path: &Path) -> Result<(), ContentError> {
        let file = scs_files::open(path)
            .map_err(|error| ContentError::Unopened { name: "it".to_owned(), trouble: error.problem })?;
        super::archive::each_file(MultiGzDecoder::new(BufReader::new(Timely(file))), |entry| match entry {
            Some((name, _)) if !matters(name) => Ok(()),
            Some((name, Some(content))) => self.keep(name, unpacked(name, content)),
            Some((name, None)) => {
                self.contradictions.add(format!("{name} is not a file in the archive"));
                Ok(())
            }
            None => {
                self.truncated = true;
                Ok(())
            }
        })
    }

    fn keep(&mut self, name: &str, content: impl Read) -> Result<(), ContentError> {
        if matters(name) && !self.seen.insert(name.to_owned()) {
            self.contradictions.add(format!("the archive has {name} twice"));
        }
        macro_rules! parse {
            ($parse:expr) => {
                match self.budget.parse(content, $parse).map_err(|why| why.within(name))? {
                    Reading::Done(done) => done,
                    Reading::BrokenOff => {
                        self.truncated = true;
                        return Ok(());
                    }
                }
            };
        }
        match name {
            SUMMARY => self.summaries.push(parse!(|file| Summary::read(file))),
            DEFINITION => {
                let definition = parse!(|file| whole(file));
                self.definition(&definition);
            }
            NODES => self.cluster.nodes = parse!(|file| names(file)),
            NAMESPACES => {
                let mut systems = parse!(|file| names(file)).into_iter().filter(|one| one.name == "kube-system");
                self.cluster.kube_system_uid = systems.next().and_then(|system| system.uid);
                if systems.next().is_some() {
                    self.contradictions.add(format!("{name} has kube-system twice"));
                }
            }
            "serverversion.json" => {
                let ServerVersion { git_version } = parse!(|file| json(file));
                self.server_version = Some(git_version);
            }
            "meta/run.log" => self.packed_at = parse!(|file| last_time(file)),
            "meta/config.json" => {
                let Config { version } = parse!(|file| json(file));
                self.tool_version = Some(version).filter(|version| !version.is_empty());
            }
            _ if plain(name).ends_with(".xml") => self.reports.push(parse!(|file| Report::read(file))),
            _ => self.logs.push(parse!(|file| Log::read(file))),
        }
        Ok(())
    }

    /// Looks at how the plugin was run: its definition has changed its shape over time.
    fn definition(&mut self, definition: &Value) {
        let mut texts = Vec::new();
        collect_texts(definition, &mut texts);
        self.dry_run |= texts.iter().any(|(name, text)| match *name {
            Some("E2E_DRYRUN") => !matches!(*text, "" | "false"),
            _ => is_dry(text),
        });
        let version = texts.iter().find_map(|(_, text)| Some(IMAGE.as_ref()?.captures(text)?[1].to_owned()));
        self.image_version = version.or_else(|| self.image_version.take());
    }
}

static IMAGE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"/conformance:(v\d+\.\d+\.\d+)").ok());

/// Collects every text in a document, with the name of the variable that has it.
fn collect_texts<'a>(value: &'a Value, found: &mut Vec<(Option<&'a str>, &'a str)>) {
    match value {
        Value::String(text) => found.push((None, text)),
        Value::Array(items) => items.iter().for_each(|item| collect_texts(item, found)),
        Value::Object(map) => match (map.get("name"), map.get("value")) {
            (Some(Value::String(name)), Some(Value::String(value))) => found.push((Some(name), value)),
            _ => map.values().for_each(|item| collect_texts(item, found)),
        },
        _ => {}
    }
}

/// Returns true if a file of an archive matters; archives also hold every log of the cluster.
fn matters(name: &str) -> bool {
    let is_result = |name: &str| name.ends_with(".xml") || name.ends_with("/e2e.log");
    FILES.contains(&name) || (name.starts_with(RESULTS) && is_result(&plain(name)))
}

/// Returns a name in small letters, without the ending of what is packed.
fn plain(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    name.strip_suffix(".gz").unwrap_or(&name).to_owned()
}

/// A file that is read no further after the deadline.
struct Timely(File);

impl Read for Timely {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if is_late() { Err(io::Error::other("the deadline is over")) } else { self.0.read(buffer) }
    }
}

fn is_late() -> bool {
    scs_files::deadline().is_some_and(|end| Instant::now() >= end)
}

/// Unpacks a file that is packed by its name.
fn unpacked<'a>(name: &str, file: impl Read + 'a) -> Box<dyn Read + 'a> {
    match name.to_ascii_lowercase().ends_with(".gz") {
        true => Box::new(MultiGzDecoder::new(BufReader::new(file))),
        false => Box::new(file),
    }
}

/// Returns what is in a folder, by name.
fn files_in(folder: &Path) -> Result<Vec<(String, PathBuf)>, ContentError> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(ContentError::Unreadable)? {
        let entry = entry.map_err(ContentError::Unreadable)?;
        files.push((entry.file_name().to_string_lossy().into_owned(), entry.path()));
        few(&files)?;
    }
    files.sort();
    Ok(files)
}

/// Returns the files in a folder and in those below it, by name.
fn files_below(folder: &Path) -> Result<Vec<(String, PathBuf)>, ContentError> {
    let (mut files, mut folders) = (Vec::new(), vec![(String::new(), folder.to_owned())]);
    while let Some((above, folder)) = folders.pop() {
        for (name, path) in files_in(&folder)? {
            let name = format!("{above}{name}");
            if path.is_dir() { folders.push((format!("{name}/"), path)) } else { files.push((name, path)) }
        }
        few(&files)?;
        few(&folders)?;
    }
    Ok(files)
}

fn few(files: &[(String, PathBuf)]) -> Result<(), ContentError> {
    match files.len() > MOST_FILES {
        true => Err(ContentError::TooLarge(format!("it has a folder with more than {MOST_FILES} files"))),
        false => Ok(()),
    }
}
