//! Finds, reads and merges kubeconfig files as `kubectl` does, and says where one is wrong.
//!
//! A message never quotes a value: any of them may be a secret that stands in the wrong place.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use kube::config::{Context, Kubeconfig, KubeconfigError, LoadDataError};

use crate::config::{ConfigError, Environment, Place, did_you_mean, read_text, yaml};
use crate::files;
use yaml::{Node, Value};

/// What the command line says about the cluster.
#[derive(Clone, Copy, Debug, Default)]
pub struct Choice<'a> {
    /// `--kubeconfig`; wins over `KUBECONFIG`.
    pub kubeconfig: Option<&'a Path>,
    /// `--context`; wins over `current-context`.
    pub context: Option<&'a str>,
}

/// Where the way to the cluster is described.
pub(super) enum Found {
    /// In these files, merged.
    Files(Box<Kubeconfig>, Vec<PathBuf>),
    /// In the pod that this program runs in.
    InCluster,
}

/// The variable that every pod has.
pub(super) const IN_CLUSTER: &str = "KUBERNETES_SERVICE_HOST";

/// The configuration that counts.
///
/// # Errors
/// There is none, or a file of it cannot be used.
pub(super) fn find(environment: &Environment, choice: Choice<'_>) -> Result<Found, ConfigError> {
    if let Some(path) = choice.kubeconfig {
        let path = environment.resolve(&path.to_string_lossy());
        return merged(vec![path.clone()])?.ok_or_else(|| missing(&path, &Place::Flag("--kubeconfig")));
    }
    if let Some(list) = environment.var("KUBECONFIG") {
        let paths: Vec<PathBuf> = std::env::split_paths(list).filter(|path| !path.as_os_str().is_empty()).collect();
        let paths: Vec<PathBuf> = paths.iter().map(|path| environment.cwd.join(path)).collect();
        // As with kubectl, some of them may be missing.
        let first = paths.first().cloned().unwrap_or_default();
        return merged(paths)?.ok_or_else(|| missing(&first, &Place::Variable("KUBECONFIG".to_owned())));
    }
    let usual = environment.home.as_deref().map(|home| home.join(".kube/config"));
    match merged(usual.iter().cloned().collect())? {
        Some(found) => Ok(found),
        None if choice.context.is_none() && environment.var(IN_CLUSTER).is_some() => Ok(Found::InCluster),
        None => Err(nothing(usual.as_deref())),
    }
}

fn missing(path: &Path, place: &Place) -> ConfigError {
    ConfigError::new(format!("{} does not exist", path.display())).at(place).help("correct the path of the kubeconfig")
}

fn nothing(usual: Option<&Path>) -> ConfigError {
    let usual =
        usual.map_or("there is no home directory".to_owned(), |path| format!("{} does not exist", path.display()));
    ConfigError::new(format!("no kubeconfig: KUBECONFIG is not set, and {usual}"))
        .help("name one with --kubeconfig FILE, or set KUBECONFIG")
}

/// Those of the files that exist, as one; none if there are none. What the first one says counts.
fn merged(paths: Vec<PathBuf>) -> Result<Option<Found>, ConfigError> {
    let mut whole = None;
    let mut read = Vec::new();
    for path in paths {
        let Some(one) = read_file(&path)? else { continue };
        whole = Some(match whole {
            None => one,
            Some(whole) => Kubeconfig::merge(whole, one).map_err(|error| {
                ConfigError::new(format!("cannot be merged with the files before it: {error}"))
                    .at(&Place::Path(Arc::from(path.as_path())))
            })?,
        });
        read.push(path);
    }
    Ok(whole.map(|whole| Found::Files(Box::new(whole), read)))
}

/// One file; none if it does not exist. Paths in it count from its folder.
fn read_file(path: &Path) -> Result<Option<Kubeconfig>, ConfigError> {
    match files::open(path) {
        // The library reads it once more, so it cannot be a pipe.
        Err(error) if !error.is_missing() => {
            let place = Place::Path(Arc::from(path));
            return Err(ConfigError::new(error.trouble.to_string()).at(&place).help(error.help()));
        }
        _ => {}
    }
    let Some(text) = read_text(path)? else { return Ok(None) };
    let shared: Arc<Path> = Arc::from(path);
    check_shape(&yaml::parse(&shared, &text)?, &shared)?;
    let config = Kubeconfig::read_from(path).map_err(|error| match error {
        KubeconfigError::Parse(error) => {
            let error = error.without_snippet();
            let place = error.location().map_or(Place::Path(Arc::clone(&shared)), |location| Place::File {
                path: Arc::clone(&shared),
                line: usize::try_from(location.line()).unwrap_or_default(),
                column: usize::try_from(location.column()).unwrap_or_default(),
            });
            ConfigError::new("this is not what a kubeconfig has here").at(&place).help(SHAPE)
        }
        other => {
            ConfigError::new(format!("cannot be read: {}", of_kubeconfig(&other))).at(&Place::Path(Arc::clone(&shared)))
        }
    })?;
    Ok(Some(config))
}

const SHAPE: &str = "compare it with the output of `kubectl config view`";

/// The outermost shape: a map with lists of named things.
fn check_shape(root: &Node, path: &Arc<Path>) -> Result<(), ConfigError> {
    let place = Place::Path(Arc::clone(path));
    match &root.value {
        Value::Map(_) => {}
        Value::Null => return Err(ConfigError::new("the file is empty").at(&place).help("write a kubeconfig into it")),
        _ => {
            let what = format!("is {}, not a map, and so no kubeconfig", root.description());
            return Err(ConfigError::new(what).at(&root.place).help(SHAPE));
        }
    }
    if !["clusters", "contexts", "users", "current-context"].iter().any(|key| root.get(key).is_some()) {
        let what = "has neither `clusters` nor `contexts`, and so is no kubeconfig";
        return Err(ConfigError::new(what).at(&place).help(SHAPE));
    }
    for key in ["clusters", "contexts", "users"] {
        let Some(node) = root.get(key) else { continue };
        match &node.value {
            Value::List(_) | Value::Null => {}
            _ => {
                let what = format!("must be a list, but is {}", node.description());
                return Err(ConfigError::new(what).at(&node.place).key(key).help(SHAPE));
            }
        }
    }
    Ok(())
}

/// The name of the chosen context, and what it says.
///
/// # Errors
/// None is chosen, or there is no such context, cluster or user.
pub(super) fn context(
    config: &Kubeconfig,
    choice: Choice<'_>,
    place: &Place,
) -> Result<(String, Context), ConfigError> {
    let (name, place, key) = match (choice.context, config.current_context.as_deref().filter(|name| !name.is_empty())) {
        (Some(name), _) => (name, Place::Flag("--context"), None),
        (None, Some(name)) => (name, place.clone(), Some("current-context")),
        (None, None) => return Err(no_context(config, place)),
    };
    let found = config.contexts.iter().find(|context| context.name == name).and_then(|named| named.context.clone());
    let Some(context) = found else {
        let names = config.contexts.iter().map(|context| context.name.as_str());
        let mut error = ConfigError::new(format!("there is no context `{name}`")).at(&place).help(hint(name, names));
        error.key = key.map(str::to_owned);
        return Err(error);
    };
    let refers = |what: &str, other: &str, names: Vec<&str>| {
        ConfigError::new(format!("refers to the {what} `{other}`, which there is not"))
            .at(&place)
            .key(format!("contexts[{name}].{what}"))
            .help(hint(other, names))
    };
    let clusters: Vec<&str> = config.clusters.iter().map(|cluster| cluster.name.as_str()).collect();
    if !clusters.contains(&context.cluster.as_str()) {
        return Err(refers("cluster", &context.cluster, clusters));
    }
    let users: Vec<&str> = config.auth_infos.iter().map(|user| user.name.as_str()).collect();
    match context.user.as_deref().filter(|user| !user.is_empty()) {
        Some(user) if !users.contains(&user) => Err(refers("user", user, users)),
        _ => Ok((name.to_owned(), context)),
    }
}

fn no_context(config: &Kubeconfig, place: &Place) -> ConfigError {
    let names: Vec<&str> = config.contexts.iter().map(|context| context.name.as_str()).collect();
    let help = match names.as_slice() {
        [] => "the file has no contexts at all".to_owned(),
        names => format!("choose one with --context: {}", names.join(", ")),
    };
    ConfigError::new("no context is chosen").at(place).key("current-context").help(help)
}

/// The nearest name, or else all of them.
fn hint<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    match did_you_mean(name, known.iter().copied()) {
        near if !near.is_empty() => near,
        _ if known.is_empty() => "the file has none at all".to_owned(),
        _ => format!("there are: {}", known.join(", ")),
    }
}

/// What an error of the library says, without values.
pub(super) fn of_kubeconfig(error: &KubeconfigError) -> String {
    let data = |what: &str, error: &LoadDataError| match error {
        LoadDataError::DecodeBase64(_) => format!("the {what} is not Base64"),
        LoadDataError::ReadFile(why, path) => format!("the {what} {} cannot be read: {why}", path.display()),
        LoadDataError::NoBase64DataOrFile => format!("the {what} is missing"),
    };
    match error {
        KubeconfigError::MissingClusterUrl => "the cluster has no `server`".to_owned(),
        KubeconfigError::ParseClusterUrl(why) => format!("`server` is not a URL: {why}"),
        KubeconfigError::ParseProxyUrl(why) => format!("`proxy-url` or HTTPS_PROXY is not a URL: {why}"),
        KubeconfigError::LoadCertificateAuthority(why) => data("certificate authority", why),
        KubeconfigError::LoadClientCertificate(why) => data("client certificate", why),
        KubeconfigError::LoadClientKey(why) => data("client key", why),
        KubeconfigError::ParseCertificates(_) => "the certificate authority is not PEM".to_owned(),
        KubeconfigError::ReadConfig(why, _) => why.to_string(),
        KubeconfigError::ParseNoProxy(_) => "NO_PROXY is not a list of hosts".to_owned(),
        other => other.to_string(),
    }
}
