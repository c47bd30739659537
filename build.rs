//! Embeds the commit that is being built, with its date.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    // The commit, and whether the sources differ from it, is asked anew when any of these changes.
    for source in ["src", "checks/src", "reports/src", "standards", "Cargo.lock"] {
        println!("cargo::rerun-if-changed={source}");
    }
    if let Some(log) = git(&root, &["rev-parse", "--git-path", "logs/HEAD"]) {
        println!("cargo::rerun-if-changed={log}");
    }
    let commit = commit(&root).unwrap_or_default();
    let note = if commit.is_empty() { String::new() } else { format!(" (commit {commit})") };
    println!("cargo::rustc-env=SCS_COMMIT={commit}");
    println!("cargo::rustc-env=SCS_COMMIT_NOTE={note}");
    let date = git(&root, &["show", "--no-patch", "--format=%cs", "HEAD"]).unwrap_or_default();
    println!("cargo::rustc-env=SCS_COMMIT_DATE={date}");
}

/// Returns the commit, with a mark if the working tree differs from it; none outside a repository.
fn commit(root: &Path) -> Option<String> {
    let hash = git(root, &["rev-parse", "--short=12", "HEAD"])?;
    let changed = !git(root, &["status", "--porcelain", "--untracked-files=no"])?.is_empty();
    Some(if changed { format!("{hash}-changed") } else { hash })
}

fn git(root: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).current_dir(root).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
