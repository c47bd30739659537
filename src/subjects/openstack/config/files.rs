//! Finds and reads `clouds.yaml`, `secure.yaml` and `clouds-public.yaml` where every OpenStack tool
//! looks for them.

use crate::settings::yaml::{self, Documents, Node, Value};
use crate::settings::{ConfigError, Environment, Location, SECRET_FILE, exposure, read_text};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The three kinds of configuration file.
#[derive(Clone, Copy)]
pub(super) enum FileKind {
    Clouds,
    Secure,
    Public,
}

impl FileKind {
    fn stem(self) -> &'static str {
        match self {
            Self::Clouds => "clouds",
            Self::Secure => SECRET_FILE,
            Self::Public => "clouds-public",
        }
    }

    /// Returns the variable that names the file, before any search.
    fn variable(self) -> &'static str {
        match self {
            Self::Clouds => "OS_CLIENT_CONFIG_FILE",
            Self::Secure => "OS_CLIENT_SECURE_FILE",
            Self::Public => "OS_CLIENT_VENDOR_FILE",
        }
    }

    /// Returns the key under which the file lists its clouds.
    pub fn top_key(self) -> &'static str {
        match self {
            Self::Clouds | Self::Secure => "clouds",
            Self::Public => "public-clouds",
        }
    }
}

/// One file that was found; its clouds are in `clouds`, a map.
pub(super) struct CloudFile {
    pub path: Arc<Path>,
    pub clouds: Node,
}

/// Finds and reads the first file of this kind. `clouds.yaml` has to be right as a whole; the other two only
/// add to it, so that one that cannot be used is left out and noted, as with openstacksdk.
///
/// # Errors
/// A file that a variable names does not exist; `clouds.yaml` cannot be read or is not what it should be.
pub(super) fn find(
    kind: FileKind,
    environment: &Environment,
    notes: &mut Vec<ConfigError>,
) -> Result<Option<CloudFile>, ConfigError> {
    let Some(path) = path(kind, environment)? else { return Ok(None) };
    let found = read(&path, notes).and_then(|text| document(kind, &path, &text, notes));
    match (found, kind) {
        (Ok(found), _) => Ok(Some(found)),
        (Err(error), FileKind::Clouds) => Err(error),
        (Err(error), FileKind::Secure | FileKind::Public) => {
            notes.push(ConfigError { help: "this file is left out".to_owned(), ..error });
            Ok(None)
        }
    }
}

/// Returns the file that a variable names, else the first one that exists.
fn path(kind: FileKind, environment: &Environment) -> Result<Option<PathBuf>, ConfigError> {
    let Some(named) = environment.var(kind.variable()) else {
        return Ok(candidates(kind, environment).into_iter().find(|path| may_exist(path)));
    };
    let path = environment.resolve(named);
    if !may_exist(&path) {
        return Err(ConfigError::new(format!("{} does not exist", path.display()))
            .at(&Location::Variable(kind.variable().to_owned()))
            .help("correct or unset the variable"));
    }
    Ok(Some(path))
}

/// Returns false only where a file certainly does not exist: one that may not be looked at is not passed over in silence.
fn may_exist(path: &Path) -> bool {
    path.try_exists().unwrap_or_else(|error| error.kind() != ErrorKind::NotADirectory)
}

/// Reads the text of a file that exists, and notes if others may write it, or read what is meant to be secret.
fn read(path: &Path, notes: &mut Vec<ConfigError>) -> Result<String, ConfigError> {
    let text = read_text(path)?.unwrap_or_default();
    notes.extend(exposure(path));
    Ok(text)
}

/// Returns the paths at which a file of this kind is looked for, in order.
pub(super) fn candidates(kind: FileKind, environment: &Environment) -> Vec<PathBuf> {
    let with_suffix =
        |folder: PathBuf| [".yaml", ".yml", ".json"].map(|suffix| folder.join(format!("{}{suffix}", kind.stem())));
    environment.config_folders().into_iter().flat_map(with_suffix).collect()
}

/// Checks the outermost shape: a map with the kind's key, which holds a map of clouds.
fn document(kind: FileKind, path: &Path, text: &str, notes: &mut Vec<ConfigError>) -> Result<CloudFile, ConfigError> {
    let path: Arc<Path> = Arc::from(path);
    let place = Location::Path(Arc::clone(&path));
    let key = kind.top_key();
    let help = format!("it must begin with `{key}:` and list each cloud below it");
    let root = yaml::parse(&path, text, Documents::One, notes)?;
    match root.value {
        Value::Map(_) => {}
        Value::Null => return Err(ConfigError::new("the file is empty").at(&place).help(help)),
        _ => {
            let what = format!("is {}, not a map", root.description());
            return Err(ConfigError::new(what).at(&root.place).help(help));
        }
    }
    let clouds = root.get(key).ok_or_else(|| {
        let keys: Vec<&str> = root.entries().iter().map(|entry| entry.key.as_str()).collect();
        let found = format!("has no key `{key}` (it has: {})", keys.join(", "));
        ConfigError::new(found).at(&place).help(help.clone())
    })?;
    if !matches!(clouds.value, Value::Map(_)) {
        let what = format!("must be a map of clouds, but is {}", clouds.description());
        return Err(ConfigError::new(what).at(&clouds.place).key(key).help("indent each cloud's name below it"));
    }
    Ok(CloudFile { clouds: clouds.clone(), path })
}
