//! The visible security settings of a cluster: its kubelets, its API server, its ports.
//!
//! Settings that could not be read stay here as unknown, node by node and flag by flag, so that
//! no rule takes them for harmless.

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
    /// Returns the node as the subject of a finding.
    pub fn resource(&self) -> Resource {
        node_resource(&self.node)
    }
}

/// The settings that a kubelet reported.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum KubeletSettings {
    /// It answered. What is none was not in the answer.
    Read {
        /// `authentication.anonymous.enabled`
        anonymous_auth: Option<bool>,
        /// `authorization.mode`
        authorization_mode: Option<String>,
        /// `readOnlyPort`, which a kubelet leaves out of its answer if it is 0, that is, off.
        read_only_port: Option<i64>,
    },
    /// No answer, or no permission to ask.
    Unreadable(Reason),
}

/// The API endpoint as anonymous clients see it.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ApiServer {
    /// The address, as the kubeconfig has it.
    pub url: String,
    /// True if it was reached by HTTPS, with a certificate that the kubeconfig's authority vouches for.
    pub https: bool,
    /// The connection; none if it is not known, or there is none.
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
    /// The issuer of the certificate.
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
/// If none is visible, the control plane is hosted elsewhere or runs without pods: the fact
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
    /// Its flags by name, without the leading hyphens and with `-` for `_`, with every value given, in order. They
    /// are those of `command` and of `args` (Q-0217-6).
    pub flags: BTreeMap<String, Vec<String>>,
    /// The words of its command line that are not flags: behind them, flags may be hidden.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<String>,
}

impl ApiServerProcess {
    /// Reads the flags from the words of a command line, that is, `command` and then `args`, as the server does.
    ///
    /// `--name=value`, `--name value` and `--name` (which means `true`) are understood, with `_` or `-` in names. What stands
    /// before the program itself is not for it.
    pub fn of_words<'a>(pod: impl Into<String>, words: impl IntoIterator<Item = &'a str>) -> Self {
        let mut process = Self { pod: pod.into(), ..Self::default() };
        let words: Vec<&str> = words.into_iter().collect();
        let called = words.first().is_some_and(|first| !first.starts_with('-'));
        let program = words.iter().position(|word| called && is_program(word));
        let mut words = words[program.map_or(0, |at| at + 1)..].iter().copied().peekable();
        while let Some(word) = words.next() {
            match word.strip_prefix("--") {
                Some("") => process.unread.extend(words.by_ref().map(str::to_owned)),
                Some(flag) if !flag.contains("$(") || flag.contains('=') && !flag.starts_with("$(") => {
                    let (name, value) = match flag.split_once('=') {
                        Some((name, value)) => (name, value),
                        None => (flag, words.next_if(|next| !next.starts_with('-')).unwrap_or("true")),
                    };
                    process.flags.entry(name.replace('_', "-")).or_default().push(value.to_owned());
                }
                None if is_verbosity(word) => {
                    words.next_if(|next| word == "-v" && is_number(next));
                }
                _ => process.unread.push(word.to_owned()),
            }
        }
        process
    }

    /// Returns true if a value of a flag comes from the environment of its container, where it cannot be seen.
    pub fn is_from_environment(&self, name: &str) -> bool {
        let refers = |value: &String| value.replace("$$", "").contains("$(");
        self.flags.get(name).is_some_and(|values| values.iter().any(refers))
    }

    /// Returns the value that counts: the last one that was given.
    pub fn flag(&self, name: &str) -> Option<&str> {
        self.flags.get(name)?.last().map(String::as_str)
    }

    /// Returns the items of a flag that is a list; repeated flags add up.
    pub fn items(&self, name: &str) -> Vec<&str> {
        let values = self.flags.get(name).into_iter().flatten();
        values.flat_map(|value| value.split(',')).map(str::trim).filter(|item| !item.is_empty()).collect()
    }

    /// Returns the pod as the subject of a finding.
    pub fn resource(&self) -> Resource {
        Resource::without_id(ResourceKind::Pod, self.pod.clone())
    }
}

fn is_program(word: &str) -> bool {
    matches!(word.rsplit('/').next(), Some("kube-apiserver" | "apiserver"))
}

/// Recognizes the only short flag, for logs: `-v`, `-v2`, `-v=2`.
fn is_verbosity(word: &str) -> bool {
    word.strip_prefix("-v").is_some_and(|level| is_number(level.strip_prefix('=').unwrap_or(level)))
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The state of ports of nodes, tried from where the suite runs, on external addresses.
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
    /// The result of the attempt.
    pub state: PortState,
}

/// The result of trying a port.
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

/// The answer of the API server to a privileged pod that it was asked to create as a dry run, in a
/// namespace that was made for it and labelled `pod-security.kubernetes.io/enforce: baseline`.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum PrivilegedPod {
    /// It would create the pod.
    Admitted {
        /// The account that sent the request, if the server can tell it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account: Option<String>,
    },
    /// It would not. The account may create pods there: one without privileges was admitted.
    Refused {
        /// The message, from which it shows if the refusal came from Pod Security, or from something before or after it.
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
    #[case(&["kube-apiserver", "--", "--a=b"], None)]
    #[case(&["/go-runner", "--a=c", "--also-stdout", "/usr/local/bin/kube-apiserver", "--a=b"], Some("b"))]
    fn flags_are_read_as_they_are_written(#[case] words: &[&str], #[case] value: Option<&str>) {
        assert_eq!(ApiServerProcess::of_words("p", words.iter().copied()).flag("a"), value);
    }

    #[rstest]
    #[case("--a_b=c")]
    #[case("--a-b=c")]
    #[case("--a_b")]
    fn names_of_flags_have_hyphens(#[case] word: &str) {
        let process =
            ApiServerProcess::of_words("p", [word, "c"].into_iter().take(if word.contains('=') { 1 } else { 2 }));
        assert_eq!((process.flag("a-b"), process.unread.len()), (Some("c"), 0));
    }

    #[rstest]
    #[case::plain(&["kube-apiserver", "--a=b"], &[])]
    #[case::hyperkube(&["/hyperkube", "apiserver", "--a=b"], &[])]
    #[case::verbosity(&["kube-apiserver", "-v", "2", "-v=3", "-v4", "--a=b"], &[])]
    #[case::value_from_the_environment(&["kube-apiserver", "--a=$(B)"], &[])]
    #[case::after_two_hyphens(&["kube-apiserver", "--", "--a=b"], &["--a=b"])]
    #[case::one_hyphen(&["kube-apiserver", "-a=b"], &["-a=b"])]
    #[case::a_word(&["kube-apiserver", "--a=b", "c"], &["c"])]
    #[case::from_the_environment(&["kube-apiserver", "$(FLAGS)"], &["$(FLAGS)"])]
    #[case::name_from_the_environment(&["kube-apiserver", "--$(NAME)=b"], &["--$(NAME)=b"])]
    #[case::shell(&["sh", "-c", "exec kube-apiserver --a=b", "--a=c"], &["sh", "-c", "exec kube-apiserver --a=b"])]
    #[case::another_program(&["/start", "--a=b"], &["/start"])]
    fn words_that_are_not_flags_are_kept(#[case] words: &[&str], #[case] unread: &[&str]) {
        assert_eq!(ApiServerProcess::of_words("p", words.iter().copied()).unread, unread);
    }

    #[rstest]
    #[case("--a=$(B)", true)]
    #[case("--a=x,$(B)", true)]
    #[case("--a=$$(B)", false)]
    #[case("--a=$B", false)]
    #[case("--b=$(B)", false)]
    fn values_from_the_environment_are_noticed(#[case] word: &str, #[case] expected: bool) {
        assert_eq!(ApiServerProcess::of_words("p", [word]).is_from_environment("a"), expected);
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
