//! Embeds the definitions of `standards/`, and the commit that is being built with its date.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=standards");
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    // The commit, and whether the sources differ from it, is asked anew when any of these changes.
    for source in ["src", "checks/src", "reports/src", "Cargo.lock"] {
        println!("cargo::rerun-if-changed={source}");
    }
    if let Some(log) = git(&root, &["rev-parse", "--git-path", "logs/HEAD"]) {
        println!("cargo::rerun-if-changed={log}");
    }
    let mut files = Vec::new();
    yaml_files(&root.join("standards"), &mut files)?;
    files.sort();
    let mut code = String::from("&[\n");
    for file in &files {
        let name = file.strip_prefix(root.join("standards")).unwrap_or(file);
        let _ = writeln!(code, "    ({:?}, include_str!({:?})),", name.display().to_string(), file);
    }
    code.push(']');
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("standards.rs"), code)?;
    let commit = commit(&root).unwrap_or_default();
    let note = if commit.is_empty() { String::new() } else { format!(" (commit {commit})") };
    println!("cargo::rustc-env=SCS_COMMIT={commit}");
    println!("cargo::rustc-env=SCS_COMMIT_NOTE={note}");
    let date = git(&root, &["show", "--no-patch", "--format=%cs", "HEAD"]).unwrap_or_default();
    println!("cargo::rustc-env=SCS_COMMIT_DATE={date}");
    Ok(())
}

fn yaml_files(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.ends_with("standards/data") {
            // A snapshot of the world, which is no definition.
            continue;
        }
        if path.is_dir() {
            yaml_files(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            files.push(path);
        }
    }
    Ok(())
}

/// The commit, with a mark if the working tree differs from it. Empty outside a repository.
fn commit(root: &Path) -> Option<String> {
    let hash = git(root, &["rev-parse", "--short=12", "HEAD"])?;
    let changed = !git(root, &["status", "--porcelain", "--untracked-files=no"])?.is_empty();
    Some(if changed { format!("{hash}-changed") } else { hash })
}

fn git(root: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).current_dir(root).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
