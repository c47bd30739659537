//! Reading a folder of definitions, within bounds.

use scs_checks::definition::{Problem, Problems, Source};
use scs_files::{ReadError, ReadProblem};
use std::path::Path;
use std::{fs, io};

/// The folder with facts about the world and the texts, in which nothing is a definition.
pub(super) const DATA_FOLDER: &str = "data";

/// The only file in it that definitions rest on: releases of distributions.
pub const DISTRIBUTIONS: &str = "data/distributions.yaml";

/// The largest definition that is read, in bytes.
const LARGEST: u64 = 4 * 1024 * 1024;

/// The most files and folders that are looked at: links may lead round in circles, or out into the whole disk.
pub(super) const MOST: usize = 2_000;

/// Reads the standards and scopes of a folder, with the releases of distributions.
pub(super) fn standards_of(folder: &Path) -> Result<Vec<Source>, Problems> {
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

pub(super) fn read_as(path: &Path, shown: &Path) -> Result<Source, Problem> {
    Source::new(shown.display().to_string(), &bytes_of(path, shown)?)
}

pub(super) fn bytes_of(path: &Path, shown: &Path) -> Result<Vec<u8>, Problem> {
    scs_files::read(path, LARGEST).map_err(|error| about(shown, &said(&error), error.help()))
}

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

pub(super) fn about(path: &Path, message: &str, help: &str) -> Problem {
    Problem::of_file(path.display().to_string(), message).help(help)
}

pub(super) fn one(problem: Problem) -> Problems {
    Problems(vec![problem])
}
