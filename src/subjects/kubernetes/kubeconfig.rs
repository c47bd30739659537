//! Finds, reads and merges kubeconfig files as `kubectl` does, and says where one is wrong.
//!
//! A message never quotes a value: any of them may be a secret that stands in the wrong place.

use super::entries::{self, Entries, NamedItem};
use crate::settings::{ConfigError, Environment, Location, did_you_mean};
use kube::config::{AuthInfo, Cluster, Kubeconfig, KubeconfigError, LoadDataError};
use kube::config::{NamedAuthInfo, NamedCluster, NamedContext};
use std::path::{Path, PathBuf};

/// The options of the command line that choose the cluster.
#[derive(Clone, Copy, Debug, Default)]
pub struct ClusterChoice<'a> {
    /// `--kubeconfig`; wins over `KUBECONFIG`.
    pub kubeconfig: Option<&'a Path>,
    /// `--context`; wins over `current-context`.
    pub context: Option<&'a str>,
}

/// The source of the configuration.
pub(super) enum Origin {
    /// In these files, merged.
    Files(Box<Entries>, Vec<PathBuf>),
    /// In the pod that this program runs in.
    InCluster,
}

/// The variable that every pod has.
pub(super) const IN_CLUSTER: &str = "KUBERNETES_SERVICE_HOST";

/// Finds the configuration that counts.
///
/// # Errors
/// There is none, or a file of it cannot be used.
pub(super) fn find(
    environment: &Environment,
    choice: ClusterChoice<'_>,
    notes: &mut Vec<ConfigError>,
) -> Result<Origin, ConfigError> {
    if let Some(path) = choice.kubeconfig {
        let path = environment.resolve(&path.to_string_lossy());
        return merged(vec![path.clone()], notes)?.ok_or_else(|| missing(&path, &Location::Flag("--kubeconfig")));
    }
    if let Some(list) = environment.var("KUBECONFIG") {
        let paths: Vec<PathBuf> = std::env::split_paths(list).filter(|path| !path.as_os_str().is_empty()).collect();
        let paths: Vec<PathBuf> = paths.iter().map(|path| environment.cwd.join(path)).collect();
        // As with kubectl, some of them may be missing.
        let first = paths.first().cloned().unwrap_or_default();
        return merged(paths, notes)?.ok_or_else(|| missing(&first, &Location::Variable("KUBECONFIG".to_owned())));
    }
    let usual = environment.home.as_deref().map(|home| home.join(".kube/config"));
    match merged(usual.iter().cloned().collect(), notes)? {
        Some(found) => Ok(found),
        None if choice.context.is_none() && environment.var(IN_CLUSTER).is_some() => Ok(Origin::InCluster),
        None => Err(nothing(usual.as_deref())),
    }
}

fn missing(path: &Path, place: &Location) -> ConfigError {
    ConfigError::new(format!("{} does not exist", path.display())).at(place).help("correct the path of the kubeconfig")
}

fn nothing(usual: Option<&Path>) -> ConfigError {
    let usual =
        usual.map_or("there is no home directory".to_owned(), |path| format!("{} does not exist", path.display()));
    ConfigError::new(format!("no kubeconfig: KUBECONFIG is not set, and {usual}"))
        .help("name one with --kubeconfig FILE, or set KUBECONFIG")
}

/// Merges those of the files that exist; returns none if there are none. What the first one says counts.
fn merged(paths: Vec<PathBuf>, notes: &mut Vec<ConfigError>) -> Result<Option<Origin>, ConfigError> {
    let mut whole = Entries::default();
    let mut read = Vec::new();
    let is_alone = paths.len() == 1;
    for path in paths {
        match entries::read(&path, notes) {
            Ok(Some(one)) => whole.add(one),
            Ok(None) => continue,
            // Beside others, a file may be empty.
            Err(error) if !is_alone && error.what == entries::EMPTY => notes.push(error),
            Err(error) => return Err(error),
        }
        read.push(path);
    }
    Ok((!read.is_empty()).then(|| Origin::Files(Box::new(whole), read)))
}

/// Returns the part of the files that the chosen context names: one context, one cluster and one user.
///
/// # Errors
/// None is chosen, there is no such context, cluster or user, or it is not what a kubeconfig has there.
pub(super) fn chosen(
    entries: &Entries,
    choice: ClusterChoice<'_>,
    place: &Location,
) -> Result<Kubeconfig, ConfigError> {
    let (name, place, key) = match (choice.context, &entries.current_context) {
        (Some(name), _) => (name, Location::Flag("--context"), None),
        (None, Some((name, at))) => (name.as_str(), at.clone(), Some("current-context")),
        (None, None) => return Err(no_context(entries, place)),
    };
    let Some(context) = by_name(&entries.contexts, name)? else {
        let names = entries.contexts.iter().map(|context| context.name.as_str());
        let mut error = ConfigError::new(format!("there is no context `{name}`")).at(&place).help(hint(name, names));
        error.key = key.map(str::to_owned);
        return Err(error);
    };
    let refers = |what: &str, other: &str, names: Vec<&str>| {
        ConfigError::new(format!("refers to the {what} `{other}`, which does not exist"))
            .at(&place)
            .key(format!("contexts[{name}].{what}"))
            .help(hint(other, names))
    };
    let Some(cluster) = by_name(&entries.clusters, &context.cluster)? else {
        return Err(refers("cluster", &context.cluster, names(&entries.clusters)));
    };
    let user = context.user.as_deref().filter(|user| !user.is_empty());
    let auth_info = match user.map(|user| by_name(&entries.users, user)).transpose()? {
        Some(None) => return Err(refers("user", user.unwrap_or_default(), names(&entries.users))),
        found => found.flatten().unwrap_or_default(),
    };
    Ok(whole(name, context, cluster, auth_info))
}

/// Makes a kubeconfig of one context.
fn whole(name: &str, context: kube::config::Context, cluster: Cluster, user: AuthInfo) -> Kubeconfig {
    let cluster = NamedCluster { name: context.cluster.clone(), cluster: Some(cluster), ..NamedCluster::default() };
    let user = NamedAuthInfo {
        name: context.user.clone().unwrap_or_default(),
        auth_info: Some(user),
        ..NamedAuthInfo::default()
    };
    let context = NamedContext { name: name.to_owned(), context: Some(context), ..NamedContext::default() };
    Kubeconfig {
        clusters: vec![cluster],
        auth_infos: vec![user],
        contexts: vec![context],
        current_context: Some(name.to_owned()),
        api_version: Some("v1".to_owned()),
        kind: Some("Config".to_owned()),
        ..Kubeconfig::default()
    }
}

fn by_name<T: Clone>(entries: &[NamedItem<T>], name: &str) -> Result<Option<T>, ConfigError> {
    entries.iter().find(|entry| entry.name == name).map(|entry| entry.value.clone()).transpose()
}

fn names<T>(entries: &[NamedItem<T>]) -> Vec<&str> {
    entries.iter().map(|entry| entry.name.as_str()).collect()
}

fn no_context(entries: &Entries, place: &Location) -> ConfigError {
    // A file without a usable context may have one that cannot be read.
    if let (true, Some(fault)) = (entries.contexts.is_empty(), entries.faults().next()) {
        return fault.clone();
    }
    let help = match names(&entries.contexts).as_slice() {
        [] => "the file has no contexts at all".to_owned(),
        names => format!("choose one with --context: {}", names.join(", ")),
    };
    ConfigError::new("no context is chosen").at(place).key("current-context").help(help)
}

/// Returns the nearest name, or else all of them.
fn hint<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    match did_you_mean(name, known.iter().copied()) {
        near if !near.is_empty() => near,
        _ if known.is_empty() => "the file has none at all".to_owned(),
        _ => format!("there are: {}", known.join(", ")),
    }
}

/// Returns the text of an error of the library, without values.
pub(super) fn explain_kubeconfig(error: &KubeconfigError) -> String {
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

/// The folder that every pod with a service account has.
const ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// Returns a kubeconfig for the service account of a pod.
pub(super) fn from_pod(server: &str) -> Kubeconfig {
    use kube::config::Context;
    let name = "in-cluster".to_owned();
    let cluster = Cluster {
        server: Some(server.to_owned()),
        certificate_authority: Some(format!("{ACCOUNT}/ca.crt")),
        ..Cluster::default()
    };
    let user = AuthInfo { token_file: Some(format!("{ACCOUNT}/token")), ..AuthInfo::default() };
    let context = Context { cluster: name.clone(), user: Some(name.clone()), ..Context::default() };
    Kubeconfig {
        clusters: vec![NamedCluster { name: name.clone(), cluster: Some(cluster), ..NamedCluster::default() }],
        auth_infos: vec![NamedAuthInfo { name: name.clone(), auth_info: Some(user), ..NamedAuthInfo::default() }],
        contexts: vec![NamedContext { name: name.clone(), context: Some(context), ..NamedContext::default() }],
        current_context: Some(name),
        api_version: Some("v1".to_owned()),
        kind: Some("Config".to_owned()),
        ..Kubeconfig::default()
    }
}
