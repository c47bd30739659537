//! scs-0201 and scs-0219: what the Kubernetes end-to-end tests found.
//!
//! A run that tested little is no proof, however green it is: too few tests, a dry run or a run that did not come to its end
//! leave the testcase undecided (quirks Q-0201-1 and Q-0201-2).

use super::kubernetes_version::Spelled;
use crate::check::Check;
use crate::facts::{ClusterVersion, E2eResults, NetworkPolicyResults, SuiteResults};
use crate::non_empty::NonEmpty;
use crate::verdict::{Finding, Findings, Reason, ReasonCode, Resource, ResourceKind};
use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// scs-0201 v1: the conformance tests of the CNCF pass.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(transparent)]
pub struct ConformanceResults(SuiteDemands);

/// scs-0219 v1: the tests of network policies pass.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(transparent)]
pub struct NetworkPolicySuite(SuiteDemands);

/// What a run of end-to-end tests has to show.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct SuiteDemands {
    /// How many tests have to pass, so that the run proves something.
    at_least: u64,
    /// For how many days a run counts.
    max_age_days: u32,
    /// Tests that may fail, each with its reason. The standard publishes them.
    exceptions: NonEmpty<Vec<Exception>>,
}

/// A test that may fail.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    /// A part of its name (quirk Q-0201-3: wherever it stands, in this case of letters).
    part: String,
    /// Why it may fail.
    reason: String,
    /// Where that is discussed.
    link: Option<String>,
    /// The kind of cluster that it is meant for; every kind if it names none.
    profile: Option<String>,
}

impl Check for ConformanceResults {
    type Facts<'a> = (&'a E2eResults, (&'a ClusterVersion, DateTime<Utc>));

    fn examine(&self, (results, (version, now)): Self::Facts<'_>) -> Findings {
        self.0.judge(&results.0, version, now)
    }
}

impl Check for NetworkPolicySuite {
    type Facts<'a> = (&'a NetworkPolicyResults, (&'a ClusterVersion, DateTime<Utc>));

    fn examine(&self, (results, (version, now)): Self::Facts<'_>) -> Findings {
        self.0.judge(&results.0, version, now)
    }
}

impl SuiteDemands {
    fn judge(&self, results: &SuiteResults, version: &ClusterVersion, now: DateTime<Utc>) -> Findings {
        let mut findings = Findings::default();
        if let Some(why) = foreign(results, version).or_else(|| self.untimely(results, now)) {
            // What failed elsewhere, or long ago, says nothing about this cluster either.
            findings.unknown(Reason::new(ReasonCode::OutdatedData, why));
            return findings;
        }
        let odd = results.others.iter().map(|test| (test.name.as_str(), test.status.as_str()));
        let failed = results.failed.iter().map(|name| (name.as_str(), "failed"));
        findings.examined = usize::try_from(results.passed).unwrap_or(usize::MAX);
        findings.examined = findings.examined.saturating_add(results.failed.len() + results.others.len());
        findings.list.extend(failed.chain(odd).map(|(name, status)| self.finding(name, status)));
        if let Some(why) = self.too_little(results) {
            findings.unknown(Reason::new(ReasonCode::OutdatedData, why));
        }
        findings
    }

    /// A test that did not pass: a violation, unless it is excused.
    fn finding(&self, name: &str, status: &str) -> Finding {
        let finding = match self.exceptions.iter().find(|exception| name.contains(&exception.part)) {
            None => Finding::violation(format!("the test {name:?} did not pass")),
            Some(exception) => {
                let profile = exception.profile.as_ref().map_or(String::new(), |profile| format!(" ({profile})"));
                let link = exception.link.as_ref().map_or(String::new(), |link| format!(", see {link}"));
                let reason = &exception.reason;
                Finding::warning(format!("the test {name:?} did not pass, which is excused{profile}: {reason}{link}"))
            }
        };
        finding
            .on(Resource::without_id(ResourceKind::E2eTest, name))
            .property("status")
            .expected("passed")
            .observed(status)
    }

    /// Why the run shows too little.
    fn too_little(&self, results: &SuiteResults) -> Option<String> {
        let SuiteResults { passed, source, .. } = results;
        if results.dry_run {
            Some(format!("{source} is of a dry run: the tests were only listed"))
        } else if !results.complete {
            Some(format!("{source} is of a run that did not come to its end, or is not whole"))
        } else if *passed < self.at_least {
            Some(format!(
                "only {passed} tests passed according to {source}; at least {} prove something",
                self.at_least
            ))
        } else {
            None
        }
    }

    /// Why the run says nothing about today.
    fn untimely(&self, results: &SuiteResults, now: DateTime<Utc>) -> Option<String> {
        let source = &results.source;
        match results.finished_at {
            None => Some(format!("{source} does not tell when the tests were run")),
            Some(at) if at > now => {
                Some(format!("{source} is of a run that ended at {at}, after the day of this report"))
            }
            Some(at) if now - at > TimeDelta::days(self.max_age_days.into()) => {
                let (days, most) = ((now - at).num_days(), self.max_age_days);
                Some(format!("{source} is of a run {days} days ago; it counts for {most} days"))
            }
            Some(_) => None,
        }
    }
}

/// Why the run is not of this cluster, or may not be. Patch releases of a branch count as the same.
fn foreign(results: &SuiteResults, version: &ClusterVersion) -> Option<String> {
    let source = &results.source;
    let Some(tested) = &results.kubernetes_version else {
        return Some(format!("{source} does not tell the version of Kubernetes that was tested"));
    };
    let branch = |text: &str| text.parse::<Spelled>().map(|spelled| spelled.version.branch);
    match (branch(tested), branch(&version.git_version)) {
        (Ok(tested), Ok(own)) if tested == own => None,
        (Ok(_), Ok(_)) => {
            Some(format!("{source} is of a cluster with Kubernetes {tested}, and this one has {}", version.git_version))
        }
        (Err(why), _) | (_, Err(why)) => Some(why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::TestState;
    use crate::verdict::{Outcome, Severity, Verdict};
    use rstest::rstest;

    fn now() -> DateTime<Utc> {
        "2026-11-20T12:00:00Z".parse().unwrap()
    }

    fn demands() -> SuiteDemands {
        let exception = Exception {
            part: "SCTP".into(),
            reason: "it is optional".into(),
            link: Some("https://example.com/1".into()),
            profile: Some("cilium".into()),
        };
        SuiteDemands { at_least: 300, max_age_days: 365, exceptions: NonEmpty::new(vec![exception]).unwrap() }
    }

    fn good() -> SuiteResults {
        SuiteResults {
            source: "results.tar.gz".into(),
            passed: 300,
            complete: true,
            kubernetes_version: Some("v1.34.2".into()),
            finished_at: Some(now() - TimeDelta::days(365)),
            ..SuiteResults::default()
        }
    }

    fn outcome(results: SuiteResults) -> Outcome {
        let version = ClusterVersion { git_version: "v1.34.5+k3s1".into(), ..ClusterVersion::default() };
        Outcome::of(ConformanceResults(demands()).examine((&E2eResults(results), (&version, now()))))
    }

    #[rstest]
    #[case::enough(good(), Verdict::Pass)]
    #[case::one_short(SuiteResults { passed: 299, ..good() }, Verdict::Abort)]
    #[case::none(SuiteResults { passed: 0, ..good() }, Verdict::Abort)]
    #[case::dry(SuiteResults { dry_run: true, ..good() }, Verdict::Abort)]
    #[case::broken_off(SuiteResults { complete: false, ..good() }, Verdict::Abort)]
    #[case::other_branch(SuiteResults { kubernetes_version: Some("v1.35.5".into()), ..good() }, Verdict::Abort)]
    #[case::no_version(SuiteResults { kubernetes_version: None, ..good() }, Verdict::Abort)]
    #[case::odd_version(SuiteResults { kubernetes_version: Some("latest".into()), ..good() }, Verdict::Abort)]
    #[case::no_time(SuiteResults { finished_at: None, ..good() }, Verdict::Abort)]
    #[case::too_old(SuiteResults { finished_at: Some(now() - TimeDelta::days(365) - TimeDelta::seconds(1)), ..good() }, Verdict::Abort)]
    #[case::future(SuiteResults { finished_at: Some(now() + TimeDelta::seconds(1)), ..good() }, Verdict::Abort)]
    #[case::failed(SuiteResults { failed: vec!["DNS".into()], ..good() }, Verdict::Fail)]
    #[case::failed_and_dry(SuiteResults { failed: vec!["DNS".into()], dry_run: true, ..good() }, Verdict::Fail)]
    #[case::failed_elsewhere(SuiteResults { failed: vec!["DNS".into()], kubernetes_version: Some("v1.33.1".into()), ..good() }, Verdict::Abort)]
    #[case::excused(SuiteResults { failed: vec!["x SCTP y".into()], ..good() }, Verdict::Pass)]
    #[case::other_case(SuiteResults { failed: vec!["x sctp y".into()], ..good() }, Verdict::Fail)]
    #[case::excused_and_not(SuiteResults { failed: vec!["SCTP".into(), "DNS".into()], ..good() }, Verdict::Fail)]
    fn a_run_proves_something_or_nothing(#[case] results: SuiteResults, #[case] verdict: Verdict) {
        let outcome = outcome(results);
        assert_eq!(outcome.verdict, verdict, "{outcome:?}");
    }

    #[test]
    fn a_test_that_ran_out_of_time_did_not_pass() {
        let others = vec![TestState { name: "DNS".into(), status: "timeout".into() }];
        let outcome = outcome(SuiteResults { others, ..good() });
        assert_eq!((outcome.verdict, outcome.findings[0].observed.as_deref()), (Verdict::Fail, Some("timeout")));
    }

    #[test]
    fn each_excused_test_is_shown_with_its_reason() {
        let failed = vec!["a SCTP".to_owned(), "b SCTP".to_owned()];
        let outcome = outcome(SuiteResults { failed, ..good() });
        let told: Vec<_> =
            outcome.findings.iter().map(|finding| (finding.severity, finding.message.as_str())).collect();
        let message =
            "the test \"a SCTP\" did not pass, which is excused (cilium): it is optional, see https://example.com/1";
        assert_eq!((told.len(), told[0]), (2, (Severity::Warning, message)));
    }
}
