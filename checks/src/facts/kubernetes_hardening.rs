//! What can be seen of how well a cluster is locked: its kubelets, its API server, its ports.
//!
//! What nobody could look at stays in sight here as unknown, node by node and flag by flag, so
//! that no rule takes it for harmless.

use super::kubernetes::node_resource;
use crate::verdict::{Reason, Resource, ResourceKind};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use strum::Display;

/// The settings of the kubelets, one entry for each node of the cluster
/// (`GET /api/v1/nodes/NODE/proxy/configz`).
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(transparent)]
pub struct KubeletConfigs(pub Vec<KubeletConfig>);

/// The settings of one kubelet.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct KubeletConfig {
    /// The node.
    pub node: String,
    /// Its settings, or why they are unknown.
    pub config: KubeletSettings,
}

impl KubeletConfig {
    /// The node as the subject of a finding.
    pub fn resource(&self) -> Resource {
        node_resource(&self.node)
    }
}

/// What a kubelet said of its settings.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum KubeletSettings {
    /// It answered. What is none was not in the answer.
    Read {
        /// `authentication.anonymous.enabled`
        anonymous_auth: Option<bool>,
        /// `authorization.mode`
        authorization_mode: Option<String>,
        /// `readOnlyPort`, which a kubelet leaves out of its answer where it is 0, that is, off.
        read_only_port: Option<i64>,
    },
    /// It did not answer, or nobody let us ask it.
    Unreadable(Reason),
}

/// What the API endpoint shows to whoever connects.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ApiServer {
    /// The address, as the kubeconfig has it.
    pub url: String,
    /// True if it was reached by HTTPS, with a certificate that the kubeconfig's authority vouches for.
    pub https: bool,
    /// The connection; none where it is not known, or there is none.
    pub tls: Option<Tls>,
    /// The answers to requests without credentials; each path at most once.
    pub anonymous: Vec<AnonymousAnswer>,
}

/// A TLS connection.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The version, for example `TLSv1.3`.
    pub version: Option<String>,
    /// Who has signed the certificate.
    pub issuer: Option<String>,
    /// From when on the certificate is valid.
    pub not_before: Option<DateTime<Utc>>,
    /// Until when the certificate is valid.
    pub not_after: Option<DateTime<Utc>>,
}

/// The answer to a GET request without credentials.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AnonymousAnswer {
    /// The path, for example `/api`.
    pub path: String,
    /// The HTTP status; none if there was no answer.
    pub status: Option<u16>,
}

/// The API servers that run as pods in `kube-system`, one entry for each container.
///
/// Where none is visible, the control plane is hosted elsewhere or runs without pods: the fact
/// is absent then, which proves nothing about the flags (Q-0217-1).
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(transparent)]
pub struct ApiServerFlags(pub Vec<ApiServerProcess>);

/// An API server that runs as a pod.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ApiServerProcess {
    /// The name of its pod.
    pub pod: String,
    /// Its flags by name, without the leading hyphens, with every value given, in order. They
    /// are those of `command` and of `args` (Q-0217-6).
    pub flags: BTreeMap<String, Vec<String>>,
}

impl ApiServerProcess {
    /// Reads the flags from the words of a command line, that is, `command` and then `args`.
    ///
    /// `--name=value`, `--name value` and `--name` (which means `true`) are understood; words
    /// that belong to no flag, such as the program itself, are left out.
    pub fn of_words<'a>(pod: impl Into<String>, words: impl IntoIterator<Item = &'a str>) -> Self {
        let mut flags: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut words = words.into_iter().peekable();
        while let Some(word) = words.next() {
            let Some(flag) = word.strip_prefix("--").filter(|flag| !flag.is_empty()) else { continue };
            let (name, value) = match flag.split_once('=') {
                Some((name, value)) => (name, value),
                None => (flag, words.next_if(|next| !next.starts_with('-')).unwrap_or("true")),
            };
            flags.entry(name.to_owned()).or_default().push(value.to_owned());
        }
        Self { pod: pod.into(), flags }
    }

    /// The value that counts: the last one that was given.
    pub fn flag(&self, name: &str) -> Option<&str> {
        self.flags.get(name)?.last().map(String::as_str)
    }

    /// The items of a flag that is a list; repeated flags add up.
    pub fn items(&self, name: &str) -> Vec<&str> {
        let values = self.flags.get(name).into_iter().flatten();
        values.flat_map(|value| value.split(',')).map(str::trim).filter(|item| !item.is_empty()).collect()
    }

    /// The pod as the subject of a finding.
    pub fn resource(&self) -> Resource {
        Resource::without_id(ResourceKind::Pod, self.pod.clone())
    }
}

/// What answers on ports of nodes, tried from where the suite runs, on external addresses.
///
/// The list has every port that was tried. Ports that a cluster may well open (6443) are tried
/// as well: an answer of any kind shows that the way there is free.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(transparent)]
pub struct OpenPorts(pub Vec<PortProbe>);

/// One port of one address, tried by TCP.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PortProbe {
    /// The node that the address belongs to.
    pub node: String,
    /// The external address.
    pub address: String,
    /// The port.
    pub port: u16,
    /// What happened.
    pub state: PortState,
}

/// What happened when a port was tried.
#[derive(Clone, Copy, Debug, Deserialize, Display, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum PortState {
    /// A connection came about.
    Open,
    /// The host refused it.
    Closed,
    /// Nothing came back in time: a packet filter, or no way there.
    NoAnswer,
}

/// What the API server said to a privileged pod that it was asked to create as a dry run, in a
/// namespace that was made for it and labelled `pod-security.kubernetes.io/enforce: baseline`.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum PrivilegedPod {
    /// It would create the pod.
    Admitted,
    /// It would not. The account may create pods there: one without privileges was admitted.
    Refused {
        /// Its words, which tell who refused: Pod Security, or something else before or after it.
        message: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(&["--a=b"], Some("b"))]
    #[case(&["kube-apiserver", "--x", "--a", "b"], Some("b"))]
    #[case(&["--a"], Some("true"))]
    #[case(&["--a", "--b=c"], Some("true"))]
    #[case(&["--a=b", "--a=c"], Some("c"))]
    #[case(&["--a="], Some(""))]
    #[case(&["--a=b=c"], Some("b=c"))]
    #[case(&["--", "a"], None)]
    #[case(&["a", "-a", "b"], None)]
    #[case(&["--aa=b"], None)]
    fn flags_are_read_as_they_are_written(#[case] words: &[&str], #[case] value: Option<&str>) {
        assert_eq!(ApiServerProcess::of_words("p", words.iter().copied()).flag("a"), value);
    }

    #[rstest]
    #[case(&["--a=x,y"], &["x", "y"])]
    #[case(&["--a= x , y,", "--a=z"], &["x", "y", "z"])]
    #[case(&["--a="], &[])]
    #[case(&[], &[])]
    fn lists_add_up(#[case] words: &[&str], #[case] items: &[&str]) {
        assert_eq!(ApiServerProcess::of_words("p", words.iter().copied()).items("a"), items);
    }
}
