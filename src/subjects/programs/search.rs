//! Finds programs that are installed, and reads their versions.

use crate::settings::Environment;
use std::path::{Path, PathBuf};

/// Returns the program of this name; a name with a slash is a path, which counts from the current folder.
pub fn find(environment: &Environment, name: &str) -> Option<PathBuf> {
    if name.contains('/') {
        return Some(environment.resolve(name)).filter(|path| is_program(path));
    }
    folders(environment).map(|folder| folder.join(name)).find(|path| is_program(path))
}

/// Returns the folders in which programs are looked for.
pub(crate) fn folders(environment: &Environment) -> impl Iterator<Item = PathBuf> {
    let path = environment.var("PATH").unwrap_or_default();
    let listed: Vec<PathBuf> = std::env::split_paths(path).filter(|folder| folder.is_absolute()).collect();
    listed.into_iter().chain(environment.home.as_ref().map(|home| home.join(".local/bin")))
}

/// Returns true for a file that may be executed.
pub(crate) fn is_program(path: &Path) -> bool {
    let Ok(data) = path.metadata() else { return false };
    #[cfg(unix)]
    let runs = std::os::unix::fs::PermissionsExt::mode(&data.permissions()) & 0o111 != 0;
    #[cfg(not(unix))]
    let runs = true;
    data.is_file() && runs
}

/// Returns the first version among what was printed, but not that of the compiler.
pub(crate) fn version(said: &str) -> Option<String> {
    let of_us = said.lines().filter(|line| !line.trim_start().to_ascii_lowercase().starts_with("go"));
    of_us.flat_map(str::split_whitespace).find_map(|word| {
        let digits = word.strip_prefix('v').unwrap_or(word);
        let parts: Vec<&str> = digits.splitn(3, '.').collect();
        let numbers = parts.len() == 3 && parts.iter().all(|part| part.starts_with(|c: char| c.is_ascii_digit()));
        let plain = digits.chars().all(|c| c.is_ascii_alphanumeric() || ".+-".contains(c));
        (numbers && plain).then(|| format!("v{digits}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("v0.57.3\n", Some("v0.57.3"))]
    #[case("Sonobuoy Version: v0.57.3\nMinimumKubeVersion: 1.17.0", Some("v0.57.3"))]
    #[case(
        "hydrophone version   module:   sigs.k8s.io/hydrophone\n  version:  v0.7.0\n  go:       go1.24.1",
        Some("v0.7.0")
    )]
    #[case("  go:  1.24.1\n", None)]
    #[case("(devel)", None)]
    #[case("", None)]
    fn versions_are_found(#[case] said: &str, #[case] found: Option<&str>) {
        assert_eq!(version(said).as_deref(), found);
    }
}
