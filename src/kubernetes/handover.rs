//! The way to one cluster, written down for programs of others.

use std::io::Write;
use std::path::Path;

use http::Uri;
use kube::config::{AuthInfo, Kubeconfig, NamedAuthInfo, NamedCluster, NamedContext};
use tempfile::NamedTempFile;
use url::Url;

use super::Cluster;
use crate::config::Environment;

/// A kubeconfig with one context, in a file that only we may read and that goes when this is dropped.
pub struct Handover {
    file: NamedTempFile,
    /// The context.
    pub context: String,
    /// Variables that a program needs to find the same way: that no proxy leads to a cluster where we use none.
    pub variables: Vec<(String, String)>,
}

impl Handover {
    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.file.path()
    }
}

impl Cluster {
    /// Writes down the way to this cluster.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn handover(&self) -> Result<Handover, String> {
        let unwritten = |why: String| format!("the kubeconfig for the tool cannot be written: {why}");
        // JSON is YAML.
        let text = serde_json::to_string(&self.kubeconfig).map_err(|error| unwritten(error.to_string()))?;
        let mut file = tempfile::Builder::new()
            .prefix(".scs-kubeconfig-")
            .tempfile()
            .map_err(|error| unwritten(error.to_string()))?;
        file.write_all(text.as_bytes()).map_err(|error| unwritten(error.to_string()))?;
        let context = self.kubeconfig.current_context.clone().unwrap_or_default();
        Ok(Handover { file, context, variables: self.variables.clone() })
    }
}

/// Where we go without a proxy, a program goes without one as well, whatever it makes of the environment.
pub(super) fn variables(environment: &Environment, proxy: Option<&Uri>, server: &Url) -> Vec<(String, String)> {
    if proxy.is_some() {
        return Vec::new();
    }
    let host = server.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let with = |name: &str| {
        let value = environment.var(name).map_or(host.to_owned(), |known| format!("{known},{host}"));
        (name.to_owned(), value)
    };
    ["NO_PROXY", "no_proxy"].map(with).into()
}

/// What every pod with a service account finds.
const ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// A kubeconfig for the service account of a pod.
pub(super) fn of_pod(server: &str) -> Kubeconfig {
    use kube::config::{Cluster, Context};
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
