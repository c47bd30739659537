//! The definitions of the SCS standards and scopes: those built into the program, or those of a folder. Also built in is what
//! the program takes for known of Kubernetes until it can ask.

use scs_checks::definition::{CLAUSES_FILE, Definitions, Origin, Problem, Problems, STABLE_FILE, Source, digest};
use scs_files::{ReadError, ReadProblem};
use std::path::Path;
use std::{fs, io};

/// The definitions of `standards/` as they were when the program was built.
const EMBEDDED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/standards.rs"));

/// The digests of stable versions at that time.
const STABLE: &str = include_str!("stable.sha256");

/// The number of demands in the text of each version of a standard.
const CLAUSES: &str = include_str!("data/clauses.yaml");

/// The snapshot of what is publicly known of Kubernetes, as YAML, made from real documents (`data/kubernetes.yaml`).
pub const KUBERNETES: &str = include_str!("data/kubernetes.yaml");

/// The names of the conformance tests of Kubernetes, one a line, by branch; their origin stands in
/// `data/kubernetes/conformance/README.md`.
pub const CONFORMANCE_TESTS: [(&str, &str); 7] = [
    ("1.24", include_str!("data/kubernetes/conformance/v1.24.txt")),
    ("1.25", include_str!("data/kubernetes/conformance/v1.25.txt")),
    ("1.26", include_str!("data/kubernetes/conformance/v1.26.txt")),
    ("1.27", include_str!("data/kubernetes/conformance/v1.27.txt")),
    ("1.28", include_str!("data/kubernetes/conformance/v1.28.txt")),
    ("1.29", include_str!("data/kubernetes/conformance/v1.29.txt")),
    ("1.36", include_str!("data/kubernetes/conformance/v1.36.txt")),
];

/// The names of the tests of Tempest that scs-0128 v1 lists, one a line, with their tags; as of 2026-08-21. The names are Tempest's
/// own (Apache-2.0).
pub const TEMPEST_TESTS: &str = include_str!("data/tempest/scs-0128-v1.txt");

/// The folder with facts about the world and the texts, in which nothing is a definition.
const DATA_FOLDER: &str = "data";

/// The only file in it that definitions rest on: releases of distributions.
pub const DISTRIBUTIONS: &str = "data/distributions.yaml";

/// The largest definition that is read, in bytes.
const LARGEST: u64 = 4 * 1024 * 1024;

/// Loads the definitions that are built into the program, without their examples.
///
/// # Errors
/// Only if the program was built from broken definitions, which its tests prevent.
pub fn embedded() -> Result<Definitions, Problems> {
    official(Definitions::load_without_examples)
}

/// Loads the definitions that are built into the program, with their examples.
///
/// # Errors
/// Only if the program was built from broken definitions, which its tests prevent.
pub fn embedded_with_examples() -> Result<Definitions, Problems> {
    official(Definitions::load)
}

fn official(load: fn(&[Source]) -> Result<Definitions, Problems>) -> Result<Definitions, Problems> {
    let mut definitions = load(&embedded_files().map_err(one)?.standards)?;
    definitions.origin = Origin::Official;
    Ok(definitions)
}

/// The files of a folder of definitions.
#[derive(Debug)]
pub struct Files {
    /// The standards and scopes.
    pub standards: Vec<Source>,
    /// The digests of stable versions, if they are recorded.
    pub stable: Option<Source>,
    /// The number of demands in the texts, if they were counted.
    pub clauses: Option<Source>,
}

/// Returns the files that are built into the program.
///
/// # Errors
/// Only if the program was built from broken definitions, which its tests prevent.
pub fn embedded_files() -> Result<Files, Problem> {
    let standards: Result<Vec<Source>, Problem> =
        EMBEDDED.iter().map(|(path, text)| Source::new(*path, text.as_bytes())).collect();
    let clauses = Some(Source::new(format!("{DATA_FOLDER}/{CLAUSES_FILE}"), CLAUSES.as_bytes())?);
    Ok(Files { standards: standards?, stable: Some(stable(STABLE.as_bytes())), clauses })
}

/// Reads the definitions of a folder and the folders in it: all files that end in `.yaml`, and of `data` the releases of
/// distributions. A copy of the built-in ones is official, everything else is altered.
///
/// # Errors
/// The folder cannot be read, holds no definition or a file that ends in `.yml`, or a definition is broken.
pub fn from_folder(folder: &Path) -> Result<Definitions, Problems> {
    let mut definitions = Definitions::load(&standards_of(folder)?)?;
    if definitions.digest == digest(&embedded_files().map_err(one)?.standards) {
        definitions.origin = Origin::Official;
    }
    Ok(definitions)
}

/// Reads the files of a folder and the folders in it.
///
/// # Errors
/// The folder or a file in it cannot be read, or it holds no definition.
pub fn files_of(folder: &Path) -> Result<Files, Problems> {
    let standards = standards_of(folder)?;
    let path = folder.join(STABLE_FILE);
    let read = || bytes_of(&path, STABLE_FILE.as_ref()).map(|bytes| stable(&bytes)).map_err(one);
    let stable = if path.exists() { Some(read()?) } else { None };
    let counted = Path::new(DATA_FOLDER).join(CLAUSES_FILE);
    let path = folder.join(&counted);
    let clauses = if path.exists() { Some(read_as(&path, &counted).map_err(one)?) } else { None };
    Ok(Files { standards, stable, clauses })
}

/// Returns the digests as they are. Where nothing is stable, there are none.
fn stable(bytes: &[u8]) -> Source {
    Source { path: STABLE_FILE.to_owned(), text: String::from_utf8_lossy(bytes).into_owned() }
}

fn standards_of(folder: &Path) -> Result<Vec<Source>, Problems> {
    let mut sources = Vec::new();
    let mut problems = Vec::new();
    let mut looked_at = 0;
    add_folder(folder, folder, &mut looked_at, &mut sources, &mut problems);
    if looked_at >= MOST {
        let message = format!("there are {MOST} files and folders or more in this folder");
        return Err(one(about(folder, &message, "name a folder that holds definitions only, without links to others")));
    }
    if sources.is_empty() && problems.is_empty() {
        problems.push(about(folder, "there is no definition (*.yaml) in this folder", "name a folder like standards/"));
    }
    let data = folder.join(DISTRIBUTIONS);
    match definition(folder, &data).filter(|_| data.exists()) {
        Some(Ok(source)) => sources.push(source),
        Some(Err(problem)) => problems.push(problem),
        None => {}
    }
    if problems.is_empty() { Ok(sources) } else { Err(Problems(problems)) }
}

/// Reads one file that the user has named, which may be a pipe.
///
/// # Errors
/// It cannot be read, is too large, empty, or not UTF-8.
pub fn read(path: &Path) -> Result<Source, Problem> {
    let bytes = scs_files::read_named(path, LARGEST).map_err(|error| about(path, &said(&error), error.help()))?;
    Source::new(path.display().to_string(), &bytes)
}

/// Returns the reason without the file, which a problem shows in front of it.
fn said(error: &ReadError) -> String {
    match &error.problem {
        ReadProblem::Folder => "this is a folder, not a file".to_owned(),
        problem => format!("the file {problem}"),
    }
}

fn read_as(path: &Path, shown: &Path) -> Result<Source, Problem> {
    Source::new(shown.display().to_string(), &bytes_of(path, shown)?)
}

fn bytes_of(path: &Path, shown: &Path) -> Result<Vec<u8>, Problem> {
    scs_files::read(path, LARGEST).map_err(|error| about(shown, &said(&error), error.help()))
}

/// The most files and folders that are looked at: links may lead round in circles, or out into the whole disk.
const MOST: usize = 2_000;

fn add_folder(
    root: &Path,
    folder: &Path,
    looked_at: &mut usize,
    sources: &mut Vec<Source>,
    problems: &mut Vec<Problem>,
) {
    let entries = fs::read_dir(folder).and_then(|entries| {
        entries.take(MOST).map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()
    });
    let mut paths = match entries {
        Ok(paths) => paths,
        Err(error) => {
            problems.push(about(folder, &format!("the folder cannot be read: {error}"), advice(&error)));
            return;
        }
    };
    paths.sort();
    for path in paths {
        if path == root.join(DATA_FOLDER) {
            continue;
        }
        *looked_at += 1;
        if *looked_at >= MOST {
            return;
        }
        if path.is_dir() {
            add_folder(root, &path, looked_at, sources, problems);
        } else {
            match definition(root, &path) {
                Some(Ok(source)) => sources.push(source),
                Some(Err(problem)) => problems.push(problem),
                None => {}
            }
        }
    }
}

/// Reads the definition in a file, if it is meant to hold one. What is named almost like one must not be left out in
/// silence: the testcases in it would be missing, and nobody would know why.
fn definition(root: &Path, path: &Path) -> Option<Result<Source, Problem>> {
    let shown = path.strip_prefix(root).unwrap_or(path);
    let extension = path.extension()?.to_str()?;
    match extension.to_lowercase().as_str() {
        _ if extension == "yaml" => Some(read_as(path, shown)),
        "yaml" | "yml" => {
            let message = format!("a file that ends in .{extension} is not read as a definition");
            let name = path.with_extension("yaml").file_name().unwrap_or_default().display().to_string();
            Some(Err(about(shown, &message, &format!("rename it to {name}, or move it elsewhere"))))
        }
        _ => None,
    }
}

fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => "check the spelling of the path",
        io::ErrorKind::PermissionDenied => "grant yourself permission to read it",
        _ => "check the path",
    }
}

fn about(path: &Path, message: &str, help: &str) -> Problem {
    Problem::of_file(path.display().to_string(), message).help(help)
}

fn one(problem: Problem) -> Problems {
    Problems(vec![problem])
}
