//! Reads one kubeconfig file, entry by entry, as kubectl does: a fault in an entry matters only to those who need it.
//!
//! A message never quotes a value: any of them may be a secret that stands in the wrong place.

use crate::settings::{ConfigError, Location, exposure, read_text, yaml};
use kube::config::{AuthInfo, Cluster, Context};
use serde::de::DeserializeOwned;
use serde_json::{Map, Number, Value as Json};
use std::path::Path;
use std::sync::Arc;
use yaml::{Documents, Node, Value};

/// A cluster, a user or a context with its name, or why it cannot be used.
#[derive(Clone)]
pub(super) struct NamedItem<T> {
    pub name: String,
    pub value: Result<T, ConfigError>,
}

/// The merged content of all files: of each name, the first file that has it counts.
#[derive(Clone, Default)]
pub(super) struct Entries {
    pub current_context: Option<(String, Location)>,
    pub clusters: Vec<NamedItem<Cluster>>,
    pub users: Vec<NamedItem<AuthInfo>>,
    pub contexts: Vec<NamedItem<Context>>,
}

impl Entries {
    /// Adds what a later file says.
    pub fn add(&mut self, later: Self) {
        self.current_context = self.current_context.take().or(later.current_context);
        add(&mut self.clusters, later.clusters);
        add(&mut self.users, later.users);
        add(&mut self.contexts, later.contexts);
    }

    /// Returns the faults of entries, with their places.
    pub fn faults(&self) -> impl Iterator<Item = &ConfigError> {
        let clusters = self.clusters.iter().filter_map(|entry| entry.value.as_ref().err());
        let users = self.users.iter().filter_map(|entry| entry.value.as_ref().err());
        clusters.chain(users).chain(self.contexts.iter().filter_map(|entry| entry.value.as_ref().err()))
    }
}

fn add<T>(first: &mut Vec<NamedItem<T>>, later: Vec<NamedItem<T>>) {
    for entry in later {
        if !first.iter().any(|known| known.name == entry.name) {
            first.push(entry);
        }
    }
}

/// Reads what one file says; none if it does not exist. Paths in it count from its folder.
///
/// # Errors
/// It cannot be read, or is not a kubeconfig.
pub(super) fn read(path: &Path, notes: &mut Vec<ConfigError>) -> Result<Option<Entries>, ConfigError> {
    let Some(text) = read_text(path)? else { return Ok(None) };
    notes.extend(exposure(path));
    let shared: Arc<Path> = Arc::from(path);
    let root = yaml::parse(&shared, &text, Documents::First, notes)?;
    check_shape(&root, &shared)?;
    let folder = path.parent().unwrap_or(path);
    let current = root.get("current-context").map(|node| (node, &node.value));
    let current_context = match current {
        Some((node, Value::Text(name))) if !name.is_empty() => Some((name.clone(), node.place.clone())),
        _ => None,
    };
    Ok(Some(Entries {
        current_context,
        clusters: list(&root, "clusters", "cluster", |cluster: &mut Cluster| {
            rebase(folder, [&mut cluster.certificate_authority]);
        })?,
        users: list(&root, "users", "user", |user: &mut AuthInfo| {
            rebase(folder, [&mut user.client_certificate, &mut user.client_key, &mut user.token_file]);
            // A bare word is looked for on the PATH.
            let command = user.exec.iter_mut().map(|exec| &mut exec.command);
            rebase(folder, command.filter(|command| command.as_ref().is_some_and(|text| text.contains('/'))));
        })?,
        contexts: list(&root, "contexts", "context", |_: &mut Context| {})?,
    }))
}

/// Makes paths absolute.
fn rebase<'a>(folder: &Path, paths: impl IntoIterator<Item = &'a mut Option<String>>) {
    for path in paths.into_iter().flatten() {
        *path = folder.join(&*path).to_string_lossy().into_owned();
    }
}

/// The message about an empty file.
pub(super) const EMPTY: &str = "the file is empty";

const SHAPE: &str = "compare it with the output of `kubectl config view`";

/// Checks the outermost shape: a map with lists of named things.
fn check_shape(root: &Node, path: &Arc<Path>) -> Result<(), ConfigError> {
    let place = Location::Path(Arc::clone(path));
    match &root.value {
        Value::Map(_) => {}
        Value::Null => return Err(ConfigError::new(EMPTY).at(&place).help("write a kubeconfig into it")),
        _ => {
            let what = format!("is {}, not a map, and so not a kubeconfig", root.description());
            return Err(ConfigError::new(what).at(&root.place).help(SHAPE));
        }
    }
    for (key, usual) in [("kind", "Config"), ("apiVersion", "v1")] {
        let Some(node) = root.get(key) else { continue };
        if !matches!(&node.value, Value::Null | Value::Text(_))
            || matches!(&node.value, Value::Text(text) if !text.is_empty() && text != usual)
        {
            return Err(ConfigError::new(format!("must be `{usual}`")).at(&node.place).key(key).help(SHAPE));
        }
    }
    if !["clusters", "contexts", "users", "current-context"].iter().any(|key| root.get(key).is_some()) {
        let what = "has neither `clusters` nor `contexts`, and so is not a kubeconfig";
        return Err(ConfigError::new(what).at(&place).help(SHAPE));
    }
    Ok(())
}

/// Reads the entries of a list: the value of `inner`, by `name`. One without a name cannot be meant by anything.
///
/// # Errors
/// It is not a list, or has one name twice.
fn list<T: DeserializeOwned + Default>(
    root: &Node,
    key: &str,
    inner: &str,
    finish: impl Fn(&mut T),
) -> Result<Vec<NamedItem<T>>, ConfigError> {
    let items = match root.get(key).map(|node| (node, &node.value)) {
        None | Some((_, Value::Null)) => return Ok(Vec::new()),
        Some((_, Value::List(items))) => items,
        Some((node, _)) => {
            let what = format!("must be a list, but is {}", node.description());
            return Err(ConfigError::new(what).at(&node.place).key(key).help(SHAPE));
        }
    };
    let mut entries: Vec<NamedItem<T>> = Vec::new();
    for item in items {
        let Some(Value::Text(name)) = item.get("name").map(|node| &node.value) else { continue };
        if entries.iter().any(|known| known.name == *name) {
            let what = format!("the name `{name}` is given twice");
            let help = "kubectl refuses that as well: rename one of them, or remove it";
            return Err(ConfigError::new(what).at(&item.place).key(key).help(help));
        }
        let value = item.get(inner).map_or_else(|| Ok(T::default()), typed);
        let value = value.map_err(|error| error.key(format!("{key}[{name}]")));
        let value = value.map(|mut value| {
            finish(&mut value);
            value
        });
        entries.push(NamedItem { name: name.clone(), value });
    }
    Ok(entries)
}

/// Reads an entry as the library knows it. An error points to the place in the file.
fn typed<T: DeserializeOwned + Default>(node: &Node) -> Result<T, ConfigError> {
    if node.is_null() {
        return Ok(T::default());
    }
    let json = json(node)?;
    serde_path_to_error::deserialize(json).map_err(|error| {
        let keys = error.path().iter().map(ToString::to_string);
        let place = keys.into_iter().fold(node, |at, key| below(at, &key).unwrap_or(at)).place.clone();
        ConfigError::new("this value does not fit a kubeconfig").at(&place).help(SHAPE)
    })
}

fn below<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    match &node.value {
        Value::List(items) => items.get(key.trim_matches(['[', ']']).parse::<usize>().ok()?),
        _ => node.get(key),
    }
}

/// Returns the same as JSON. As with kubectl, an empty text counts as not set, and line breaks in Base64 do not count.
fn json(node: &Node) -> Result<Json, ConfigError> {
    Ok(match &node.value {
        Value::Null => Json::Null,
        Value::Text(text) if node.plain => scalar(text),
        Value::Text(text) => Json::String(text.clone()),
        Value::List(items) => Json::Array(items.iter().map(json).collect::<Result<_, _>>()?),
        Value::Map(entries) => {
            let mut map = Map::new();
            for entry in entries {
                let value = match json(&entry.node)? {
                    Json::String(text) if text.is_empty() => continue,
                    Json::String(text) if entry.key.ends_with("-data") => text.replace(['\n', '\r'], "").into(),
                    other => other,
                };
                map.insert(entry.key.clone(), value);
            }
            Json::Object(map)
        }
        Value::Faulty(error) => return Err(ConfigError::clone(error)),
    })
}

/// Reads a scalar without quotes: a boolean or a number where it looks like one.
fn scalar(text: &str) -> Json {
    match text {
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "y" | "Y" => return Json::Bool(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "n" | "N" => {
            return Json::Bool(false);
        }
        _ => {}
    }
    let whole = text.parse::<i64>().map(Number::from).ok();
    let is_number = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'));
    let decimal = || text.parse::<f64>().ok().filter(|_| is_number).and_then(Number::from_f64);
    whole.or_else(decimal).map_or_else(|| Json::String(text.to_owned()), Json::Number)
}
