//! Reads files of the configuration, and notes which other users may change or read.

use super::error::{ConfigError, Location};
use std::path::Path;
use std::sync::Arc;

/// Largest file that is read, in bytes.
const MAX_FILE: u64 = 1 << 20;

/// The name, without its ending, of the file that holds the secrets of clouds.
pub const SECRET_FILE: &str = "secure";

/// Reads the whole file as text; `None` if it does not exist.
///
/// # Errors
/// It cannot be read, is a directory, too large or not UTF-8.
pub(crate) fn read_text(path: &Path) -> Result<Option<String>, ConfigError> {
    let Some(bytes) = read_bytes(path)? else {
        return Ok(None);
    };
    let text = String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let line = 1 + error.as_bytes()[..good].iter().filter(|byte| **byte == b'\n').count();
        let place = Location::Path(Arc::from(path));
        ConfigError::new(format!("line {line} is not UTF-8")).at(&place).help("save the file as UTF-8")
    })?;
    Ok(Some(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)))
}

/// Reads the whole file; `None` if it does not exist. Every file of the configuration is read here.
///
/// # Errors
/// It cannot be read, is not a file, or too large.
pub(crate) fn read_bytes(path: &Path) -> Result<Option<Vec<u8>>, ConfigError> {
    match scs_files::read_named(path, MAX_FILE) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.is_missing() => Ok(None),
        Err(error) => {
            let place = Location::Path(Arc::from(path));
            Err(ConfigError::new(error.problem.to_string()).at(&place).help(error.help()))
        }
    }
}

/// Notes that others may write a file of the configuration, or read one whose name says that it is secret.
///
/// The own primary group may write: where each user has a group of their own, that is the usual mode of files. Files with
/// passwords that others may read are usual as well (`clouds.yaml` with mode 0644), and no other client minds them.
#[cfg(unix)]
pub(crate) fn exposure(path: &Path) -> Option<ConfigError> {
    use std::os::unix::fs::MetadataExt;
    let file = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?;
    let mode = file.mode();
    let of_others = mode & 0o020 != 0 && file.gid() != rustix::process::getegid().as_raw();
    let secret = path.file_stem().is_some_and(|stem| stem == SECRET_FILE);
    let (what, remedy) = match () {
        () if mode & 0o002 != 0 => ("may be written by every user of this machine", "go-w"),
        () if of_others => ("may be written by other users of this machine", "go-w"),
        () if secret && mode & 0o004 != 0 => ("may be read by every user of this machine", "o-r"),
        () => return None,
    };
    let what = format!("{what} (mode {:04o})", mode & 0o7777);
    let help = format!("run `chmod {remedy} {}`", path.display());
    Some(ConfigError::new(what).at(&Location::Path(Arc::from(path))).help(help))
}

#[cfg(not(unix))]
pub(crate) fn exposure(_: &Path) -> Option<ConfigError> {
    None
}
