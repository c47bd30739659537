//! Finds the program that runs the end-to-end tests.

use crate::programs::{Call, LogRedactor, folders, is_program, version};
use crate::settings::Environment;
use std::path::{Path, PathBuf};
use std::time::Duration;
use strum::{Display, EnumString, VariantArray};
use thiserror::Error;

/// The programs that can run the tests.
#[derive(Clone, Copy, Debug, Display, EnumString, Eq, PartialEq, VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum ToolKind {
    /// <https://sonobuoy.io>
    Sonobuoy,
    /// <https://github.com/kubernetes-sigs/hydrophone>
    Hydrophone,
}

/// One of them, as it is installed here.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Tool {
    /// The kind.
    pub kind: ToolKind,
    /// The program.
    pub path: PathBuf,
}

/// A reason why no program can run the tests.
#[derive(Debug, Error)]
pub enum ToolError {
    /// The program is not installed.
    #[error("{0} is neither on the PATH nor in ~/.local/bin: install it, or {OTHERWISE}")]
    NotInstalled(ToolKind),
    /// None of the programs is.
    #[error("neither sonobuoy nor hydrophone is on the PATH or in ~/.local/bin: install one, or {OTHERWISE}")]
    NoneInstalled,
    /// A path names a program that is neither of them.
    #[error(
        "--runner is sonobuoy, hydrophone, auto, or the path of one of them whose name tells which it is; {} does not",
        .0.display()
    )]
    UnknownName(PathBuf),
    /// A path leads to no program.
    #[error("--runner {}: there is no such program", .0.display())]
    NoProgram(PathBuf),
}

/// The value of `--runner` for any of them.
const ANY: &str = "auto";
/// The longest time for a program to print its version.
const LIMIT: Duration = Duration::from_secs(20);

impl Tool {
    /// Finds the program that the user wants: by its name on the `PATH` or in `~/.local/bin`, by its path, or, as
    /// `auto`, whichever is installed.
    ///
    /// # Errors
    /// There is none: where it was looked for, and what to do.
    pub fn find(wanted: &str, environment: &Environment) -> Result<Self, ToolError> {
        let installed = |kind: ToolKind| {
            let path =
                folders(environment).map(|folder| folder.join(kind.to_string())).find(|path| is_program(path))?;
            Some(Self { kind, path })
        };
        if let Ok(kind) = wanted.parse::<ToolKind>() {
            return installed(kind).ok_or(ToolError::NotInstalled(kind));
        }
        if wanted == ANY {
            let found = ToolKind::VARIANTS.iter().find_map(|kind| installed(*kind));
            return found.ok_or(ToolError::NoneInstalled);
        }
        Self::at(&environment.resolve(wanted))
    }

    fn at(path: &Path) -> Result<Self, ToolError> {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let kind = ToolKind::VARIANTS.iter().find(|kind| name.contains(&kind.to_string()));
        let Some(kind) = kind else { return Err(ToolError::UnknownName(path.to_owned())) };
        match is_program(path) {
            true => Ok(Self { kind: *kind, path: path.to_owned() }),
            false => Err(ToolError::NoProgram(path.to_owned())),
        }
    }

    /// Returns its name, with its version if it tells one, for example `sonobuoy v0.57.3`.
    pub(super) async fn title(&self) -> String {
        let arguments: &[&str] = match self.kind {
            ToolKind::Sonobuoy => &["version", "--short"],
            ToolKind::Hydrophone => &["--version"],
        };
        let call = Call {
            program: &self.path,
            name: format!("{} {}", self.kind, arguments[0]),
            arguments: arguments.iter().map(Into::into).collect(),
            variables: &[],
            folder: None,
            bound: false,
            option: "--runner",
            limit: LIMIT,
            redactor: &LogRedactor::default(),
        };
        let said = call.succeed().await.ok();
        match said.and_then(|said| version(&said.stdout)) {
            Some(version) => format!("{} {version}", self.kind),
            None => self.kind.to_string(),
        }
    }
}

const OTHERWISE: &str = "name the program with --runner PATH, or bring results along with --results";

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use rstest::rstest;
    use std::collections::BTreeMap;
    use std::os::unix::fs::PermissionsExt;

    /// Returns a home with an empty folder on the PATH, and these programs.
    fn home(programs: &[&str]) -> (tempfile::TempDir, Environment) {
        let home = tempfile::tempdir().unwrap();
        for program in programs {
            let path = home.path().join(program);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, "").unwrap();
            let mode = if program.ends_with("plain") { 0o644 } else { 0o755 };
            std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
        }
        let path = home.path().join("bin").display().to_string();
        let environment = Environment {
            vars: BTreeMap::from([("PATH".to_owned(), format!("relative:{path}"))]),
            home: Some(home.path().to_owned()),
            cwd: home.path().to_owned(),
            system: PathBuf::from("/nonexistent"),
        };
        (home, environment)
    }

    #[rstest]
    #[case(&["bin/sonobuoy"], "sonobuoy", "bin/sonobuoy")]
    #[case(&[".local/bin/sonobuoy"], "sonobuoy", ".local/bin/sonobuoy")]
    #[case(&[".local/bin/sonobuoy", "bin/sonobuoy"], "sonobuoy", "bin/sonobuoy")]
    #[case(&["bin/hydrophone"], "auto", "bin/hydrophone")]
    #[case(&["bin/hydrophone", ".local/bin/sonobuoy"], "auto", ".local/bin/sonobuoy")]
    #[case(&["x/sonobuoy-0.57"], "x/sonobuoy-0.57", "x/sonobuoy-0.57")]
    #[case(&["x/hydrophone"], "~/x/hydrophone", "x/hydrophone")]
    fn programs_are_found(#[case] programs: &[&str], #[case] wanted: &str, #[case] found: &str) {
        let (home, environment) = home(programs);
        assert_eq!(Tool::find(wanted, &environment).unwrap().path, home.path().join(found));
    }

    #[rstest]
    #[case(&[], "auto", "neither sonobuoy nor hydrophone")]
    #[case(&["bin/hydrophone"], "sonobuoy", "sonobuoy is neither on the PATH")]
    #[case(&["relative/hydrophone"], "hydrophone", "hydrophone is neither on the PATH")]
    #[case(&["bin/tool"], "bin/tool", "whose name tells which it is")]
    #[case(&["bin/sonobuoy-plain"], "bin/sonobuoy-plain", "no such program")]
    #[case(&[], "bin/sonobuoy", "no such program")]
    fn what_is_no_program_is_refused(#[case] programs: &[&str], #[case] wanted: &str, #[case] redactor: &str) {
        let (_home, environment) = home(programs);
        let message = Tool::find(wanted, &environment).unwrap_err().to_string();
        assert!(message.contains(redactor), "{message}");
    }
}
