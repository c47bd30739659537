//! Secrets, which stand in a file of their own or in a variable, and are never shown.

use schemars::JsonSchema;
use serde::Deserialize;
use std::fmt;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The largest file of a secret, in bytes.
const LARGEST: u64 = 4_096;

/// A reference to a secret.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Reference {
    /// The file that holds it, and nothing else; nobody but its owner may read it.
    pub file: Option<PathBuf>,
    /// The environment variable that holds it.
    pub env: Option<String>,
}

/// A secret.
#[derive(Clone, Eq, PartialEq)]
pub(super) struct Secret(String);

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("(secret)")
    }
}

/// A problem of a reference, and the remedy.
pub(super) type Problem = (String, String);

impl Secret {
    /// Returns the secret, for whoever sends it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl Reference {
    /// Reads the secret; without the line break at its end.
    ///
    /// # Errors
    /// It names no place or two, the place does not exist or is empty, or others may read the file.
    pub fn read(&self) -> Result<Secret, Problem> {
        let text = match (&self.file, &self.env) {
            (Some(path), None) => read_file(path)?,
            (None, Some(name)) => std::env::var(name)
                .map_err(|_| (format!("the variable {name} is not set"), format!("set {name}, or name a file")))?,
            _ => {
                let help = "write {file: PATH} or {env: NAME}".to_owned();
                return Err(("a secret stands either in a file or in a variable".to_owned(), help));
            }
        };
        let text = text.trim_end_matches(['\r', '\n']);
        if text.is_empty() {
            return Err(("the secret is empty".to_owned(), "write it there".to_owned()));
        }
        Ok(Secret(text.to_owned()))
    }
}

fn read_file(path: &Path) -> Result<String, Problem> {
    let shown = path.display();
    let unreadable = |error: &dyn fmt::Display| {
        (format!("{shown}: the secret cannot be read: {error}"), "name a file that exists".to_owned())
    };
    let metadata = fs::metadata(path).map_err(|error| unreadable(&error))?;
    let mode = metadata.permissions().mode() & 0o777;
    if metadata.is_file() && mode & 0o077 != 0 {
        return Err((
            format!("{shown}: others may read this secret (mode {mode:o})"),
            format!("run chmod 600 {shown}"),
        ));
    }
    let mut text = String::new();
    let file = File::open(path).map_err(|error| unreadable(&error))?;
    file.take(LARGEST + 1).read_to_string(&mut text).map_err(|error| unreadable(&error))?;
    if text.len() as u64 > LARGEST {
        return Err(unreadable(&"it is larger than 4 KiB"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::Permissions;

    #[test]
    fn secret_is_read_from_a_file_of_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let reference = Reference { file: Some(path.clone()), env: None };
        assert!(reference.read().unwrap_err().0.contains("cannot be read"));
        fs::write(&path, "s3cret\n").unwrap();
        for (mode, expected) in [(0o644, Some("mode 644")), (0o640, Some("mode 640")), (0o600, None), (0o400, None)] {
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            match (reference.read(), expected) {
                (Ok(secret), None) => {
                    assert_eq!((secret.reveal(), format!("{secret:?}").as_str()), ("s3cret", "(secret)"));
                }
                (Err((message, help)), Some(expected)) => {
                    assert!(message.contains(expected) && help.contains("chmod 600"), "{message}: {help}");
                }
                (found, _) => panic!("{mode:o}: {found:?}"),
            }
        }
        fs::write(&path, "\n").unwrap();
        assert!(reference.read().unwrap_err().0.contains("empty"));
        fs::write(&path, "x".repeat(5_000)).unwrap();
        assert!(reference.read().unwrap_err().0.contains("4 KiB"));
    }

    #[test]
    fn reference_names_one_place() {
        let both = Reference { file: Some("x".into()), env: Some("X".to_owned()) };
        for reference in [both, Reference { file: None, env: None }] {
            assert!(reference.read().unwrap_err().1.contains("{file: PATH}"));
        }
        let unset = Reference { file: None, env: Some("SCS_NO_SUCH_VARIABLE".to_owned()) };
        assert!(unset.read().unwrap_err().0.contains("SCS_NO_SUCH_VARIABLE is not set"));
    }
}
