//! scs-0123: behind the endpoints of the catalog are the services that it names.

use crate::facts::{Probed, VersionDocument, VersionDocuments};
use crate::non_empty::NonEmpty;
use crate::rule::Check;
use crate::verdict::{Finding, Findings};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// scs-0123: the root of each endpoint answers with the version document of its service.
///
/// A catalog entry alone proves little: nothing needs to stand behind it, or something else.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct EndpointVersions {
    /// For each service type the versions of which its document has at least one: `v3` stands for `v3.14` as well.
    services: NonEmpty<BTreeMap<String, Vec<String>>>,
}

impl Check for EndpointVersions {
    type Facts<'a> = &'a VersionDocuments;

    fn examine(&self, documents: &VersionDocuments) -> Findings {
        let named = documents.0.iter().filter_map(|one| Some((one, self.services.get(&one.service_type)?)));
        let mut findings = Findings::default();
        for (document, expected) in named {
            findings.examined += 1;
            match &document.answer {
                Probed::Unknown(reason) => findings.unknown(reason.clone()),
                Probed::Seen(answer) if answer.versions.iter().any(|id| is_one_of(id, expected)) => {}
                Probed::Seen(answer) => findings.push(stranger(document, answer.status, &answer.versions, expected)),
            }
        }
        match findings.examined {
            0 => Findings::undecided("none of the endpoints of these services could be asked"),
            _ => findings,
        }
    }
}

fn is_one_of(id: &str, expected: &[String]) -> bool {
    expected
        .iter()
        .any(|version| id.strip_prefix(version.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
}

fn stranger(document: &VersionDocument, status: u16, versions: &[String], expected: &[String]) -> Finding {
    let (what, observed) = match versions.is_empty() {
        true => ("no version document", format!("HTTP {status} without a list of versions")),
        false => ("the version document of something else", format!("HTTP {status}, versions {}", versions.join(", "))),
    };
    Finding::violation(format!("the root of the endpoint of {} answers with {what}", document.service_type))
        .on(document.resource())
        .property("versions")
        .expected(format!("a version document with {}", expected.join(" or ")))
        .observed(observed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::VersionAnswer;
    use crate::verdict::{Outcome, Reason, ReasonCode, Verdict};
    use rstest::rstest;

    fn rule() -> EndpointVersions {
        serde_yaml::from_str("services: {compute: [v2.1], identity: [v3], network: [v2.0]}").unwrap()
    }

    fn document(service_type: &str, answer: Probed<VersionAnswer>) -> VersionDocument {
        VersionDocument { service_type: service_type.into(), url: "https://h/".into(), answer }
    }

    fn seen(versions: &[&str]) -> Probed<VersionAnswer> {
        Probed::Seen(VersionAnswer { status: 200, versions: versions.iter().map(|id| (*id).to_owned()).collect() })
    }

    fn silent() -> Probed<VersionAnswer> {
        Probed::Unknown(Reason::new(ReasonCode::Unreachable, "no connection"))
    }

    #[rstest]
    #[case::nova("compute", &["v2.0", "v2.1"], Verdict::Pass)]
    #[case::only_an_old_one("compute", &["v2.0"], Verdict::Fail)]
    #[case::a_longer_number("compute", &["v2.10"], Verdict::Fail)]
    #[case::keystone("identity", &["v3.14"], Verdict::Pass)]
    #[case::no_document("network", &[], Verdict::Fail)]
    #[case::something_else("network", &["v2.1"], Verdict::Fail)]
    fn the_document_is_that_of_the_service(
        #[case] service_type: &str,
        #[case] versions: &[&str],
        #[case] verdict: Verdict,
    ) {
        let documents = VersionDocuments(vec![document(service_type, seen(versions))]);
        assert_eq!(Outcome::of(rule().examine(&documents)).verdict, verdict);
    }

    #[rstest]
    #[case::silent(vec![document("compute", seen(&["v2.1"])), document("identity", silent())], Verdict::Abort)]
    #[case::silent_and_strange(vec![document("compute", seen(&[])), document("identity", silent())], Verdict::Fail)]
    #[case::nothing(vec![], Verdict::Abort)]
    #[case::others(vec![document("dns", seen(&["v2"]))], Verdict::Abort)]
    #[case::others_beside(vec![document("dns", seen(&[])), document("compute", seen(&["v2.1"]))], Verdict::Pass)]
    fn what_nobody_saw_is_never_a_pass(#[case] documents: Vec<VersionDocument>, #[case] verdict: Verdict) {
        let outcome = Outcome::of(rule().examine(&VersionDocuments(documents)));
        assert_eq!((outcome.verdict, outcome.vacuous), (verdict, false));
    }
}
