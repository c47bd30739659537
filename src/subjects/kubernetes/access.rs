//! From a kubeconfig to one cluster: where it is, whom to trust, who we are. Files only, no network.

use super::entries::Entries;
use super::holder::holder;
use super::kubeconfig::{self, ClusterChoice, Origin, explain_kubeconfig};
use super::{LARGEST_FILE, credentials, proxy};
use crate::ledger;
use crate::secrets::{Secrets, is_telling, names_a_secret};
use crate::settings::{ConfigError, Environment, Location, warn_of};
use base64::Engine;
use chrono::{DateTime, Utc};
use kube::Config;
use kube::config::{self, AuthInfo, ExecConfig, Kubeconfig, KubeconfigError};
use secrecy::ExposeSecret;
use std::path::PathBuf;
use std::sync::Arc;
use url::Url;

/// The access to one cluster. It holds secrets, so it has no `Debug`.
#[derive(Clone)]
pub struct Cluster {
    /// The cluster's name in the kubeconfig.
    pub name: String,
    /// The context; none in a pod of the cluster.
    pub context: Option<String>,
    /// The URL of the API server.
    pub server: Url,
    /// The source of the configuration, for messages.
    pub origin: String,
    /// The kubeconfig, if it is one file.
    pub file: Option<String>,
    /// The configuration for the library; a credential plugin is taken out.
    pub(super) config: Config,
    /// The credential plugin.
    pub(super) exec: Option<ExecConfig>,
    /// The same as a kubeconfig, for programs of others.
    pub(super) kubeconfig: Kubeconfig,
    /// The secrets that no output may repeat.
    pub secrets: Secrets,
    /// Variables that those need to find the same way.
    pub(super) variables: Vec<(String, String)>,
}

impl Cluster {
    /// Returns the name that the configuration gives it: that of the context, or else of the cluster.
    pub fn configured_name(&self) -> &str {
        self.context.as_deref().unwrap_or(&self.name)
    }

    /// Returns the end of the client certificate that logs in; none if there is none that can be read.
    pub fn certificate_end(&self) -> Option<DateTime<Utc>> {
        holder(&self.config.auth_info)?.end
    }

    /// Returns the cluster as a place to create things in; `uid` is that of its namespace `kube-system`.
    pub fn place(&self, uid: String) -> ledger::Place {
        ledger::Place::Cluster {
            cluster: self.name.clone(),
            server: self.server.to_string(),
            uid: Some(self.secrets.hide(&uid).into_owned()),
            kubeconfig: self.file.clone(),
            context: self.context.clone(),
        }
    }
}

/// Finds and resolves the chosen cluster. What is odd, but no reason to refuse it, is a warning in the log.
///
/// # Errors
/// The first thing that is wrong, with its place, key and what to do.
pub fn load(environment: &Environment, choice: ClusterChoice<'_>) -> Result<Cluster, ConfigError> {
    let mut notes = Vec::new();
    let cluster = match kubeconfig::find(environment, choice, &mut notes) {
        Ok(Origin::Files(entries, paths)) => from_files(&entries, &paths, environment, choice, &mut notes),
        Ok(Origin::InCluster) => in_cluster(environment),
        Err(error) => Err(error),
    };
    warn_of(&notes);
    cluster
}

fn from_files(
    entries: &Entries,
    paths: &[PathBuf],
    environment: &Environment,
    choice: ClusterChoice<'_>,
    notes: &mut Vec<ConfigError>,
) -> Result<Cluster, ConfigError> {
    let place = Location::Path(Arc::from(paths.first().map(PathBuf::as_path).unwrap_or_else(|| "kubeconfig".as_ref())));
    let mut kubeconfig = kubeconfig::chosen(entries, choice, &place)?;
    // Those of the chosen context have none.
    notes.extend(entries.faults().cloned());
    let context = kubeconfig.contexts.first().and_then(|named| named.context.clone()).unwrap_or_default();
    let of_cluster = |error: ConfigError| error.at(&place).key(format!("clusters[{}]", context.cluster));
    let of_user =
        |error: ConfigError| error.at(&place).key(format!("users[{}]", context.user.as_deref().unwrap_or_default()));
    let own_proxy = match kubeconfig.clusters.first_mut().and_then(|named| named.cluster.as_mut()) {
        Some(cluster) => {
            settle(cluster).map_err(of_cluster)?;
            cluster.proxy_url.take()
        }
        None => None,
    };
    if let Some(user) = kubeconfig.auth_infos.first_mut().and_then(|named| named.auth_info.as_mut()) {
        credentials::settle(user, Utc::now()).map_err(of_user)?;
    }
    let mut config = configured(&kubeconfig).map_err(|error| {
        of_cluster(ConfigError::new(explain_kubeconfig(&error)).help("correct it, or get a new kubeconfig"))
    })?;
    let server = server(&config.cluster_url.to_string()).map_err(of_cluster)?;
    if config.root_cert.as_ref().is_some_and(Vec::is_empty) {
        let error = ConfigError::new("the certificate authority holds no certificate");
        return Err(of_cluster(error.help("correct it, or get a new kubeconfig")));
    }
    let secrets = environment.secrets();
    add_secrets(&config.auth_info, &secrets);
    let mut exec = config.auth_info.exec.take();
    if let Some(cluster) = exec.as_mut().and_then(|exec| exec.cluster.as_mut()) {
        cluster.proxy_url.clone_from(&own_proxy);
    }
    config.proxy_url = match own_proxy {
        Some(own) => Some(proxy::own(&own).map_err(of_cluster)?),
        None => proxy::from_environment(environment, &server)?,
    };
    if let Some(cluster) = kubeconfig.clusters.first_mut().and_then(|named| named.cluster.as_mut()) {
        cluster.proxy_url = config.proxy_url.as_ref().map(ToString::to_string);
    }
    config.proxy_url.iter().for_each(|proxy| secrets.add_addresses_in(&proxy.to_string()));
    let variables = proxy::variables_without(environment, config.proxy_url.as_ref(), &server);
    let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    let (origin, file) = (paths.join(", "), paths.first().filter(|_| paths.len() == 1).cloned());
    let (name, context) = (context.cluster, kubeconfig.current_context.clone());
    Ok(Cluster { name, context, server, origin, file, config, exec, kubeconfig, secrets, variables })
}

/// Adds all that must not be shown of the credentials of a user.
pub(super) fn add_secrets(user: &AuthInfo, secrets: &Secrets) {
    for secret in [&user.token, &user.password].into_iter().flatten() {
        secrets.add(secret.expose_secret());
    }
    if let Some(data) = &user.client_key_data {
        secrets.add(data.expose_secret());
        let pem = base64::engine::general_purpose::STANDARD.decode(data.expose_secret()).unwrap_or_default();
        secrets.add_keys(&String::from_utf8_lossy(&pem));
    }
    let file = |path: &Option<String>| scs_files::read_text(path.as_deref()?.as_ref(), LARGEST_FILE).ok();
    file(&user.client_key).iter().for_each(|pem| secrets.add_keys(pem));
    file(&user.token_file).iter().for_each(|token| secrets.add(token));
    let provider = user.auth_provider.iter().flat_map(|provider| &provider.config);
    provider.filter(|(name, _)| names_a_secret(name)).for_each(|(_, value)| secrets.add(value));
    user.exec.iter().for_each(|exec| add_secrets_of_plugin(exec, secrets));
}

/// Adds what a credential plugin is given as `--client-secret=SECRET`, as `--client-secret SECRET`, or in its environment.
fn add_secrets_of_plugin(exec: &ExecConfig, secrets: &Secrets) {
    let variables = exec.env.iter().flatten().filter_map(|pair| Some((pair.get("name")?, pair.get("value")?)));
    variables.filter(|(name, _)| is_telling(name)).for_each(|(_, value)| secrets.add(value));
    let arguments: Vec<&str> = exec.args.iter().flatten().map(String::as_str).collect();
    for (at, argument) in arguments.iter().enumerate().filter(|(_, argument)| argument.starts_with('-')) {
        let next = arguments.get(at + 1).copied().unwrap_or_default();
        let (name, value) = argument.split_once('=').unwrap_or((argument, next));
        if names_a_secret(name) && !value.starts_with('-') {
            secrets.add(value);
        }
    }
}

/// Makes the library's configuration. It looks for a proxy in the environment of the process where the kubeconfig names
/// none, so it is given one, which is replaced afterwards.
fn configured(kubeconfig: &Kubeconfig) -> Result<Config, KubeconfigError> {
    let mut spared = kubeconfig.clone();
    for cluster in spared.clusters.iter_mut().filter_map(|named| named.cluster.as_mut()) {
        cluster.proxy_url = Some("http://proxy.invalid".to_owned());
    }
    Config::try_from(spared)
}

/// Reads the certificate authority, and refuses what kubectl refuses as well.
fn settle(cluster: &mut config::Cluster) -> Result<(), ConfigError> {
    // The library forgets a fragment.
    cluster.server.as_deref().map_or(Ok(()), check_end)?;
    if let Some(path) = cluster.certificate_authority.take() {
        let encoded = credentials::encoded("`certificate-authority`:", &path)?;
        cluster.certificate_authority_data.get_or_insert(encoded);
    }
    if cluster.insecure_skip_tls_verify == Some(true) && cluster.certificate_authority_data.is_some() {
        let error = ConfigError::new("`insecure-skip-tls-verify` and a certificate authority contradict each other");
        return Err(error.help("keep one of them, preferably the authority"));
    }
    Ok(())
}

/// Returns the cluster of the service account of the pod that this program runs in.
fn in_cluster(environment: &Environment) -> Result<Cluster, ConfigError> {
    let config = Config::incluster().map_err(|error| {
        ConfigError::new(format!("the service account of this pod cannot be used: {error}"))
            .at(&Location::Variable(kubeconfig::IN_CLUSTER.to_owned()))
            .help("let the pod mount a service account token, or name a kubeconfig with --kubeconfig")
    })?;
    let server = server(&config.cluster_url.to_string())?;
    Ok(Cluster {
        name: "in-cluster".to_owned(),
        context: None,
        kubeconfig: kubeconfig::from_pod(server.as_str()),
        variables: Vec::new(),
        secrets: environment.secrets(),
        server,
        origin: "the service account of this pod".to_owned(),
        file: None,
        config,
        exec: None,
    })
}

/// Parses the address of the API server. The message does not quote it: it may hold a password by mistake.
fn server(text: &str) -> Result<Url, ConfigError> {
    let help = "write it like https://cluster.example.com:6443";
    let url =
        Url::parse(text).map_err(|error| ConfigError::new(format!("`server` is not a URL: {error}")).help(help))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(ConfigError::new("`server` must begin with https:// or http://").help(help));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(ConfigError::new("`server` holds a user name or password").help("credentials belong under `users`"));
    }
    Ok(url)
}

/// Checks that an address ends with host, port or path: it goes into journals and reports, and nothing that may be
/// secret does.
fn check_end(server: &str) -> Result<(), ConfigError> {
    let help = "end it with host, port or path; a token belongs under `users`";
    match server.find(['?', '#']) {
        Some(_) => Err(ConfigError::new("`server` holds a query or a fragment, after `?` or `#`").help(help)),
        None => Ok(()),
    }
}
