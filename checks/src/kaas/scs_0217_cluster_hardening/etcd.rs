//! Checks the connection from API servers to etcd.

use super::server::{every_server, is_set, undecided, violation};
use crate::facts::{ApiServerFlags, ApiServerProcess};
use crate::non_empty::NonEmpty;
use crate::rule::Check;
use crate::verdict::Findings;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// scs-0217 v1: every API server connects to etcd by TLS, with certificates on both sides.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct EtcdTls {
    /// Flags that have to be set: certificate, key, authority.
    files: NonEmpty<Vec<String>>,
}

const SERVERS: &str = "etcd-servers";
/// The flag that gives some kinds of objects an etcd of their own: `/events#https://a:2379;https://b:2379`.
const OVERRIDES: &str = "etcd-servers-overrides";

impl Check for EtcdTls {
    type Facts<'a> = &'a ApiServerFlags;

    fn examine(&self, flags: &ApiServerFlags) -> Findings {
        let by: Vec<&str> = [SERVERS, OVERRIDES].into_iter().chain(self.files.iter().map(String::as_str)).collect();
        every_server(flags, &by, |server, findings| {
            let servers = servers(server);
            let in_the_clear = |(_, address): &&(&str, &str)| address.starts_with("http://");
            if let Some((flag, _)) = servers.iter().find(in_the_clear) {
                let finding = violation(server, flag, "it connects to etcd without TLS");
                // The address may have a password in it.
                return findings.push(finding.expected("https").observed("http"));
            }
            if let Some((flag, _)) = servers.iter().find(|(_, address)| !address.starts_with("https://")) {
                let why = "it connects to etcd by neither https nor http, so it is unknown whether TLS protects the connection";
                return undecided(server, flag, why, findings);
            }
            if servers.is_empty() {
                return undecided(server, SERVERS, "it does not set the address of etcd", findings);
            }
            let missing = self.files.iter().filter(|flag| !is_set(server, flag));
            findings.list.extend(missing.map(|flag| {
                violation(server, flag, "it lacks a file for mutual TLS with etcd").expected("the path of a file")
            }));
        })
    }
}

/// Returns all addresses of etcd, with the flag that has them.
fn servers(server: &ApiServerProcess) -> Vec<(&'static str, &str)> {
    let plain = server.items(SERVERS).into_iter().map(|address| (SERVERS, address));
    let others = server.items(OVERRIDES).into_iter().filter_map(|item| Some(item.split_once('#')?.1));
    plain.chain(others.flat_map(|list| list.split(';')).map(|address| (OVERRIDES, address.trim()))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::server::tests::judged;
    use super::*;
    use crate::verdict::Verdict;
    use rstest::rstest;

    const FILES: [&str; 3] = ["--etcd-certfile=/c", "--etcd-keyfile=/k", "--etcd-cafile=/a"];

    fn examined(words: &[&str]) -> Findings {
        let rule: EtcdTls = serde_yaml::from_str("files: [etcd-certfile, etcd-keyfile, etcd-cafile]").unwrap();
        rule.examine(&ApiServerFlags(vec![ApiServerProcess::of_words("p", words.iter().copied())]))
    }

    #[rstest]
    #[case::https(&["--etcd-servers=https://a:2379"], (Verdict::Pass, 0))]
    #[case::several(&["--etcd-servers=https://a:2379,https://b:2379"], (Verdict::Pass, 0))]
    #[case::one_in_the_clear(&["--etcd-servers=https://a:2379,http://b:2379"], (Verdict::Fail, 0))]
    #[case::events(&["--etcd-servers=https://a:2379", "--etcd-servers-overrides=/events#https://b:2379;http://c:2379"], (Verdict::Fail, 0))]
    #[case::events_as_well(&["--etcd-servers=https://a:2379", "--etcd-servers-overrides=/events#https://b:2379"], (Verdict::Pass, 0))]
    #[case::socket(&["--etcd-servers=unix:///run/kine.sock"], (Verdict::Abort, 1))]
    #[case::socket_and_clear(&["--etcd-servers=unix:///run/kine.sock,http://b:2379"], (Verdict::Fail, 0))]
    #[case::nothing(&["--etcd-servers="], (Verdict::Abort, 1))]
    #[case::from_the_environment(&["--etcd-servers=$(ETCD)"], (Verdict::Abort, 1))]
    #[case::unknown(&[], (Verdict::Abort, 1))]
    fn the_way_to_etcd_decides(#[case] words: &[&str], #[case] expected: (Verdict, usize)) {
        assert_eq!(judged(examined(&[words, &FILES].concat())), expected);
    }

    #[rstest]
    #[case(&FILES, Verdict::Pass, 0)]
    #[case(&FILES[1..], Verdict::Fail, 1)]
    #[case(&FILES[2..], Verdict::Fail, 2)]
    #[case(&[], Verdict::Fail, 3)]
    fn every_file_is_named(#[case] files: &[&str], #[case] verdict: Verdict, #[case] violations: usize) {
        let findings = examined(&[&["--etcd-servers=https://a:2379"], files].concat());
        assert_eq!(findings.list.len(), violations);
        assert_eq!(judged(findings), (verdict, 0));
    }

    #[test]
    fn no_password_is_shown() {
        let findings = examined(&["--etcd-servers=http://user:secret@a:2379"]);
        assert!(!format!("{findings:?}").contains("secret"));
    }
}
