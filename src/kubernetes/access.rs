//! From a kubeconfig to one cluster: where it is, whom to trust, who we are. Files only, no network.

use std::path::PathBuf;
use std::sync::Arc;

use kube::Config;
use kube::config::{ExecConfig, Kubeconfig};
use url::Url;

use super::kubeconfig::{self, Choice, Found, of_kubeconfig};
use super::{LARGEST_FILE, handover, proxy};
use crate::config::{ConfigError, Environment, Place};
use crate::files;

/// How to reach one cluster. It holds secrets, so it has no `Debug`.
#[derive(Clone)]
pub struct Cluster {
    /// What the kubeconfig calls the cluster.
    pub name: String,
    /// The context; none in a pod of the cluster.
    pub context: Option<String>,
    /// Where the API server is.
    pub server: Url,
    /// Where this is written.
    pub origin: String,
    /// The kubeconfig, if it is one file.
    pub file: Option<String>,
    /// What the library makes of it; a credential plugin is taken out.
    pub(super) config: Config,
    /// The credential plugin.
    pub(super) exec: Option<ExecConfig>,
    /// The same as a kubeconfig, for programs of others.
    pub(super) kubeconfig: Kubeconfig,
    /// Variables that those need to find the same way.
    pub(super) variables: Vec<(String, String)>,
}

/// Finds and resolves the chosen cluster.
///
/// # Errors
/// The first thing that is wrong, with its place, key and what to do.
pub fn load(environment: &Environment, choice: Choice<'_>) -> Result<Cluster, ConfigError> {
    match kubeconfig::find(environment, choice)? {
        Found::Files(config, paths) => of_files(*config, &paths, environment, choice),
        Found::InCluster => in_cluster(),
    }
}

fn of_files(
    mut kubeconfig: Kubeconfig,
    paths: &[PathBuf],
    environment: &Environment,
    choice: Choice<'_>,
) -> Result<Cluster, ConfigError> {
    let place = Place::Path(Arc::from(paths.first().map(PathBuf::as_path).unwrap_or_else(|| "kubeconfig".as_ref())));
    let (name, context) = kubeconfig::context(&kubeconfig, choice, &place)?;
    let of_cluster = |error: ConfigError| error.at(&place).key(format!("clusters[{}]", context.cluster));
    let of_user =
        |error: ConfigError| error.at(&place).key(format!("users[{}]", context.user.as_deref().unwrap_or_default()));
    kubeconfig.current_context = Some(name.clone());
    let own = kubeconfig.clusters.iter().find(|named| named.name == context.cluster);
    let own = own.and_then(|named| named.cluster.as_ref());
    let own_proxy = own.and_then(|cluster| cluster.proxy_url.clone());
    // The library forgets a fragment.
    own.and_then(|cluster| cluster.server.as_deref()).map_or(Ok(()), check_end).map_err(of_cluster)?;
    let authority = own.filter(|cluster| cluster.certificate_authority_data.is_none());
    let authority = authority.and_then(|cluster| cluster.certificate_authority.as_deref());
    authority.map_or(Ok(()), |path| readable("certificate-authority", path)).map_err(of_cluster)?;
    let whole = kubeconfig.clone();
    let mut config = Config::try_from(kubeconfig).map_err(|error| {
        of_cluster(ConfigError::new(of_kubeconfig(&error)).help("correct it, or get a new kubeconfig"))
    })?;
    let server = server(&config.cluster_url.to_string()).map_err(of_cluster)?;
    if config.root_cert.as_ref().is_some_and(Vec::is_empty) {
        let error = ConfigError::new("the certificate authority holds no certificate");
        return Err(of_cluster(error.help("correct it, or get a new kubeconfig")));
    }
    config.proxy_url = proxy::of(environment, own_proxy.as_deref(), &server).map_err(of_cluster)?;
    if let Some(provider) = &config.auth_info.auth_provider {
        let error = ConfigError::new(format!("the auth-provider `{}` is not supported", provider.name));
        return Err(of_user(error.help("Kubernetes has removed it in 1.26: use a credential plugin (`exec`)")));
    }
    let exec = config.auth_info.exec.take();
    check_identity(&config).map_err(of_user)?;
    let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    let (origin, file) = (paths.join(", "), paths.first().filter(|_| paths.len() == 1).cloned());
    let kubeconfig = handover::part(&whole, &name, config.proxy_url.as_ref().map(ToString::to_string));
    let variables = handover::variables(environment, config.proxy_url.as_ref(), &server);
    let (context, cluster) = (Some(name), context.cluster);
    Ok(Cluster { name: cluster, context, server, origin, file, config, exec, kubeconfig, variables })
}

/// The service account of the pod that this program runs in.
fn in_cluster() -> Result<Cluster, ConfigError> {
    let config = Config::incluster().map_err(|error| {
        ConfigError::new(format!("the service account of this pod cannot be used: {error}"))
            .at(&Place::Variable(kubeconfig::IN_CLUSTER.to_owned()))
            .help("let the pod mount a service account token, or name a kubeconfig with --kubeconfig")
    })?;
    let server = server(&config.cluster_url.to_string())?;
    Ok(Cluster {
        name: "in-cluster".to_owned(),
        context: None,
        kubeconfig: handover::of_pod(server.as_str()),
        variables: Vec::new(),
        server,
        origin: "the service account of this pod".to_owned(),
        file: None,
        config,
        exec: None,
    })
}

/// The address of the API server. The message does not quote it: it may hold a password by mistake.
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

/// An address goes into journals and reports, and nothing that may be secret does.
fn check_end(server: &str) -> Result<(), ConfigError> {
    let help = "end it with host, port or path; a token belongs under `users`";
    match server.find(['?', '#']) {
        Some(_) => Err(ConfigError::new("`server` holds a query or a fragment, after `?` or `#`").help(help)),
        None => Ok(()),
    }
}

/// Checks that the library, which reads without a bound, will read a regular file of a plausible size.
fn readable(key: &str, path: &str) -> Result<(), ConfigError> {
    let refuse = |error| ConfigError::new(format!("`{key}`: {error}")).help("check the path and its permissions");
    files::read(path.as_ref(), LARGEST_FILE).map(drop).map_err(refuse)
}

/// Whether client certificate, key and token file can be read. Whether they fit, the first connection shows.
fn check_identity(config: &Config) -> Result<(), ConfigError> {
    let user = &config.auth_info;
    let files = [
        ("client-certificate", user.client_certificate.as_ref().filter(|_| user.client_certificate_data.is_none())),
        ("client-key", user.client_key.as_ref().filter(|_| user.client_key_data.is_none())),
        ("tokenFile", user.token_file.as_ref().filter(|_| user.token.is_none())),
    ];
    for (key, path) in files.into_iter().filter_map(|(key, path)| Some((key, path?))) {
        readable(key, path)?;
    }
    Ok(())
}
