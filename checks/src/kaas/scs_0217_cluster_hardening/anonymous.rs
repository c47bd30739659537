//! Checks the access of anonymous requests to the API.

use crate::facts::{ApiServer, ClusterVersion};
use crate::non_empty::NonEmpty;
use crate::rule::Check;
use crate::verdict::{Finding, Findings, Reason, ReasonCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// scs-0217 v1: the API refuses requests without credentials.
///
/// An error, or no answer, is not a refusal: it does not show the API's decision.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AnonymousAccess {
    /// The paths that must be refused. Others may be readable, and are listed.
    refused: NonEmpty<Vec<String>>,
}

impl Check for AnonymousAccess {
    type Facts<'a> = &'a ApiServer;

    fn examine(&self, server: &ApiServer) -> Findings {
        let mut findings = Findings::each(self.refused.iter(), |path, findings| {
            let status = server.anonymous.iter().find(|answer| &answer.path == path).and_then(|answer| answer.status);
            let finding = match status {
                Some(401 | 403) => return,
                Some(status @ 200..=299) => Finding::violation(format!("{path} is readable without credentials"))
                    .observed(format!("HTTP {status}")),
                other => {
                    let seen = other.map_or_else(|| "no answer".to_owned(), |status| format!("HTTP {status}"));
                    let message = format!("{path} without credentials: {seen}, which is not a refusal");
                    findings.unknown(Reason::new(ReasonCode::Inconclusive, message.clone()));
                    Finding::warning(format!("not decided: {message}")).observed(seen)
                }
            };
            findings.push(finding.on(ClusterVersion::resource()).property(path).expected("HTTP 401 or 403"));
        });
        let shown = server.anonymous.iter().filter(|answer| !self.refused.contains(&answer.path));
        findings.list.extend(shown.filter(|answer| matches!(answer.status, Some(200..=299))).map(|answer| {
            let message = format!("{} is readable without credentials, which is allowed", answer.path);
            Finding::info(message).on(ClusterVersion::resource()).property(&answer.path)
        }));
        findings
    }
}

#[cfg(test)]
mod tests {
    use super::super::server::tests::judged;
    use super::*;
    use crate::facts::AnonymousAnswer;
    use crate::verdict::{Severity, Verdict};
    use rstest::rstest;

    fn server(answers: &[(&str, Option<u16>)]) -> ApiServer {
        let answer = |(path, status): &(&str, Option<u16>)| AnonymousAnswer { path: (*path).into(), status: *status };
        ApiServer { anonymous: answers.iter().map(answer).collect(), ..ApiServer::default() }
    }

    #[rstest]
    #[case(Some(401), (Verdict::Pass, 0))]
    #[case(Some(403), (Verdict::Pass, 0))]
    #[case(Some(200), (Verdict::Fail, 0))]
    #[case(Some(204), (Verdict::Fail, 0))]
    #[case(Some(302), (Verdict::Abort, 1))]
    #[case(Some(404), (Verdict::Abort, 1))]
    #[case(Some(503), (Verdict::Abort, 1))]
    #[case(None, (Verdict::Abort, 1))]
    fn only_a_refusal_is_one(#[case] status: Option<u16>, #[case] expected: (Verdict, usize)) {
        let rule: AnonymousAccess = serde_yaml::from_str("refused: [/api/v1/namespaces]").unwrap();
        let findings = rule.examine(&server(&[("/api", Some(200)), ("/api/v1/namespaces", status)]));
        assert!(findings.list.iter().any(|finding| finding.severity == Severity::Info));
        assert_eq!(judged(findings), expected);
    }

    #[test]
    fn unprobed_path_is_unknown() {
        let rule: AnonymousAccess = serde_yaml::from_str("refused: [/api/v1/namespaces]").unwrap();
        assert_eq!(judged(rule.examine(&server(&[("/api", Some(403))]))), (Verdict::Abort, 1));
    }
}
