//! Where definitions come from: the ones built into the program, or a folder.

use scs_checks::definition::{Definitions, Problem, Problems, Source};
use std::path::Path;
use std::{fs, io};

/// The definitions of `standards/` as they were when the program was built.
const EMBEDDED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/standards.rs"));

/// How large a definition may be, in bytes.
const LARGEST: u64 = 4 * 1024 * 1024;

/// The definitions that are built into the program.
///
/// # Errors
/// Only if the program was built from broken definitions, which its tests prevent.
pub fn embedded() -> Result<Definitions, Problems> {
    let sources: Result<Vec<Source>, Problem> =
        EMBEDDED.iter().map(|(path, text)| Source::new(*path, text.as_bytes())).collect();
    Definitions::load(&sources.map_err(one)?)
}

/// The definitions of a folder and the folders in it: all files that end in `.yaml`.
///
/// # Errors
/// The folder cannot be read, holds no definition, or a definition is broken.
pub fn from_folder(folder: &Path) -> Result<Definitions, Problems> {
    let mut sources = Vec::new();
    let mut problems = Vec::new();
    add_folder(folder, folder, &mut sources, &mut problems);
    if sources.is_empty() && problems.is_empty() {
        problems.push(about(folder, "there is no definition (*.yaml) in this folder", "name a folder like standards/"));
    }
    if problems.is_empty() { Definitions::load(&sources) } else { Err(Problems(problems)) }
}

/// Reads one file.
///
/// # Errors
/// It cannot be read, is too large, empty, or not UTF-8.
pub fn read(path: &Path) -> Result<Source, Problem> {
    read_as(path, path)
}

fn read_as(path: &Path, shown: &Path) -> Result<Source, Problem> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => {
            return Err(about(shown, "this is a folder, not a file", "name the file in it"));
        }
        Ok(metadata) if metadata.len() > LARGEST => {
            return Err(about(shown, "the file is larger than 4 MiB", "name a definition"));
        }
        _ => {}
    }
    let bytes =
        fs::read(path).map_err(|error| about(shown, &format!("the file cannot be read: {error}"), advice(&error)))?;
    Source::new(shown.display().to_string(), &bytes)
}

fn add_folder(root: &Path, folder: &Path, sources: &mut Vec<Source>, problems: &mut Vec<Problem>) {
    let entries = fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>());
    let mut paths = match entries {
        Ok(paths) => paths,
        Err(error) => {
            problems.push(about(folder, &format!("the folder cannot be read: {error}"), advice(&error)));
            return;
        }
    };
    paths.sort();
    for path in paths {
        if path.is_dir() {
            add_folder(root, &path, sources, problems);
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            match read_as(&path, path.strip_prefix(root).unwrap_or(&path)) {
                Ok(source) => sources.push(source),
                Err(problem) => problems.push(problem),
            }
        }
    }
}

fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => "check the spelling of the path",
        io::ErrorKind::PermissionDenied => "give yourself the permission to read it",
        _ => "check the path",
    }
}

fn about(path: &Path, message: &str, help: &str) -> Problem {
    let problem = Problem {
        path: path.display().to_string(),
        line: 0,
        column: 0,
        snippet: None,
        message: message.to_owned(),
        help: None,
    };
    problem.help(help)
}

fn one(problem: Problem) -> Problems {
    Problems(vec![problem])
}
