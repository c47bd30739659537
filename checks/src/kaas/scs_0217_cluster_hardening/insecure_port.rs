//! Checks for the insecure port of old API servers, which served without authentication.

use super::super::kubernetes_version::Branch;
use super::server::{branch_of, every_server, violation};
use crate::facts::{ApiServerFlags, ClusterVersion};
use crate::rule::Check;
use crate::verdict::Findings;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// scs-0217 v1: no API server has a port without TLS.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct InsecurePort {
    /// The branch of Kubernetes from which on there is no such port unless the flag opens it.
    off_since: Branch,
}

const PORT: &str = "insecure-port";

impl Check for InsecurePort {
    type Facts<'a> = (&'a ClusterVersion, &'a ApiServerFlags);

    fn examine(&self, (cluster, flags): Self::Facts<'_>) -> Findings {
        every_server(flags, &[PORT], |server, findings| {
            let message = match (server.flag(PORT), branch_of(cluster)) {
                (Some("0"), _) => return,
                (Some(_), _) => "it has a port without TLS",
                (None, Ok(branch)) if branch >= self.off_since => return,
                (None, Ok(_)) => "it has a port without TLS, which is the default in its version",
                (None, Err(reason)) => return findings.unknown(reason),
            };
            findings.push(violation(server, PORT, message).expected("0"));
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::server::tests::{flags, judged, version};
    use super::*;
    use crate::verdict::Verdict;
    use rstest::rstest;

    #[rstest]
    #[case("v1.36.4", &[], Verdict::Pass)]
    #[case("v1.20.2", &[], Verdict::Pass)]
    #[case("v1.19.16", &[], Verdict::Fail)]
    #[case("v1.19.16", &["--insecure-port=0"], Verdict::Pass)]
    #[case("v1.36.4", &["--insecure-port=8080"], Verdict::Fail)]
    #[case("unknown", &["--insecure-port=8080"], Verdict::Fail)]
    #[case("unknown", &["--insecure-port=0"], Verdict::Pass)]
    #[case("unknown", &[], Verdict::Abort)]
    fn no_port_is_without_tls(#[case] git_version: &str, #[case] words: &[&str], #[case] verdict: Verdict) {
        let rule: InsecurePort = serde_yaml::from_str("off_since: '1.20'").unwrap();
        assert_eq!(judged(rule.examine((&version(git_version), &flags(words)))), (verdict, 0));
    }
}
