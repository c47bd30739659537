//! Finds and reads `clouds.yaml`, `secure.yaml` and `clouds-public.yaml` where every OpenStack tool
//! looks for them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Environment;
use super::error::{ConfigError, Place};
use super::yaml::{self, Node, Value};
use crate::files;

/// Largest file that is read, in bytes.
const MAX_FILE: u64 = 1 << 20;

/// The three kinds of configuration file.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Clouds,
    Secure,
    Public,
}

impl Kind {
    fn stem(self) -> &'static str {
        match self {
            Self::Clouds => "clouds",
            Self::Secure => "secure",
            Self::Public => "clouds-public",
        }
    }

    /// The variable that names the file, before any search.
    fn variable(self) -> &'static str {
        match self {
            Self::Clouds => "OS_CLIENT_CONFIG_FILE",
            Self::Secure => "OS_CLIENT_SECURE_FILE",
            Self::Public => "OS_CLIENT_VENDOR_FILE",
        }
    }

    /// The key under which the file lists its clouds.
    pub fn top_key(self) -> &'static str {
        match self {
            Self::Clouds | Self::Secure => "clouds",
            Self::Public => "public-clouds",
        }
    }
}

/// One file that was found; its clouds are in `clouds`, a map.
pub(super) struct Document {
    pub path: Arc<Path>,
    pub clouds: Node,
}

/// The first file of this kind, or `None` if there is none.
///
/// # Errors
/// A file that a variable names does not exist; a file cannot be read or is not what it should be.
pub(super) fn find(kind: Kind, environment: &Environment) -> Result<Option<Document>, ConfigError> {
    if let Some(named) = environment.var(kind.variable()) {
        let path = environment.resolve(named);
        let text = read_text(&path)?.ok_or_else(|| {
            ConfigError::new(format!("{} does not exist", path.display()))
                .at(&Place::Variable(kind.variable().to_owned()))
                .help("correct or unset the variable")
        })?;
        return document(kind, path, &text).map(Some);
    }
    for path in candidates(kind, environment) {
        if let Some(text) = read_text(&path)? {
            return document(kind, path, &text).map(Some);
        }
    }
    Ok(None)
}

/// Where a file of this kind is looked for, in order.
pub(super) fn candidates(kind: Kind, environment: &Environment) -> Vec<PathBuf> {
    let with_suffix =
        |folder: PathBuf| [".yaml", ".yml", ".json"].map(|suffix| folder.join(format!("{}{suffix}", kind.stem())));
    environment.config_folders().into_iter().flat_map(with_suffix).collect()
}

/// The whole file as text; `None` if it does not exist.
///
/// # Errors
/// It cannot be read, is a directory, too large or not UTF-8.
pub(crate) fn read_text(path: &Path) -> Result<Option<String>, ConfigError> {
    let place = Place::Path(Arc::from(path));
    let Some(bytes) = read_bytes(path, &place)? else {
        return Ok(None);
    };
    let text = String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let line = 1 + error.as_bytes()[..good].iter().filter(|byte| **byte == b'\n').count();
        ConfigError::new(format!("line {line} is not UTF-8")).at(&place).help("save the file as UTF-8")
    })?;
    Ok(Some(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)))
}

fn read_bytes(path: &Path, place: &Place) -> Result<Option<Vec<u8>>, ConfigError> {
    match files::read_named(path, MAX_FILE) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.is_missing() => Ok(None),
        Err(error) => Err(ConfigError::new(error.trouble.to_string()).at(place).help(error.help())),
    }
}

/// Checks the outermost shape: a map with the kind's key, which holds a map of clouds.
fn document(kind: Kind, path: PathBuf, text: &str) -> Result<Document, ConfigError> {
    let path: Arc<Path> = Arc::from(path);
    let place = Place::Path(Arc::clone(&path));
    let key = kind.top_key();
    let help = format!("it must begin with `{key}:` and list each cloud below it");
    let root = yaml::parse(&path, text)?;
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
    Ok(Document { clouds: clouds.clone(), path })
}
