//! scs-0201 and scs-0219: what the end-to-end tests of Kubernetes found.

use super::kubernetes_version::Spelled;
use crate::accepts::is_default;
use crate::check::Check;
use crate::facts::{ClusterVersion, E2eResults, NetworkPolicyResults, SuiteResults};
use crate::verdict::{Finding, Findings, Resource, ResourceKind};
use chrono::{DateTime, Days, TimeDelta, Utc};
use regex::Regex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// scs-0201 v1: no conformance test fails but for the exceptions.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(transparent)]
pub struct ConformanceSuite(Demands);

impl Check for ConformanceSuite {
    type Facts<'a> = ((&'a E2eResults, &'a ClusterVersion), DateTime<Utc>);

    fn examine(&self, ((results, cluster), now): Self::Facts<'_>) -> Findings {
        self.0.judge(&results.0, cluster, now)
    }
}

/// scs-0219 v1: no test of network policies fails but for the exceptions.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(transparent)]
pub struct NetworkPolicySuite(Demands);

impl Check for NetworkPolicySuite {
    type Facts<'a> = ((&'a NetworkPolicyResults, &'a ClusterVersion), DateTime<Utc>);

    fn examine(&self, ((results, cluster), now): Self::Facts<'_>) -> Findings {
        self.0.judge(&results.0, cluster, now)
    }
}

/// What is demanded of the results.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct Demands {
    /// How many tests have to have passed, or too little was tested for a verdict (Q-0201-1).
    at_least: std::num::NonZeroU64,
    /// How many days old the results may be.
    max_age_days: u64,
    /// Tests that may fail.
    #[serde(default, skip_serializing_if = "is_default")]
    exceptions: Vec<Exception>,
}

/// A test that may fail, and why.
#[derive(Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    /// A regular expression that matches somewhere in the name of the test (Q-0201-3).
    pattern: Fragment,
    /// Why it may fail.
    reason: String,
    /// Where that is discussed.
    link: String,
    /// The clusters that it is meant for, for example those with a certain network plugin; all without it.
    #[serde(default, skip_serializing_if = "is_default")]
    profile: Option<String>,
}

/// A regular expression that is looked for anywhere in a text.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
struct Fragment(Regex);

impl Clone for Fragment {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl PartialEq for Fragment {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl TryFrom<String> for Fragment {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Err("an empty pattern would excuse every test".to_owned());
        }
        Regex::new(&text).map(Self).map_err(|error| format!("the pattern cannot be read: {error}"))
    }
}

impl From<Fragment> for String {
    fn from(fragment: Fragment) -> Self {
        fragment.0.as_str().to_owned()
    }
}

/// How far the clocks of nodes, which tell when tests ended, may be ahead.
const SKEW: TimeDelta = TimeDelta::minutes(10);

impl Demands {
    fn judge(&self, results: &SuiteResults, cluster: &ClusterVersion, now: DateTime<Utc>) -> Findings {
        if let Some(why) = self.unusable(results, cluster, now) {
            return Findings::undecided(format!("{}: {why}", results.source));
        }
        let others = results.others.iter().map(|test| (test.name.as_str(), test.status.as_str()));
        let failed: Vec<(&str, &str)> =
            results.failed.iter().map(|name| (name.as_str(), "failed")).chain(others).collect();
        let passed = usize::try_from(results.passed).unwrap_or(usize::MAX);
        let mut findings = Findings::over(passed.saturating_add(failed.len()));
        let (told, tool) =
            (format!("{} tests passed, {} were skipped", results.passed, results.skipped), &results.tool);
        findings.push(Finding::info(format!("{told}, run by {tool} ({})", results.source)));
        findings.list.extend(failed.iter().map(|(name, status)| self.failure(name, status)));
        if failed.is_empty() && results.status.as_deref() == Some("failed") {
            findings.unknown = Findings::undecided("the run failed, but no test says why").unknown;
        }
        if results.passed < self.at_least.get() {
            let why = format!("only {} tests passed, at least {} are demanded", results.passed, self.at_least);
            findings.unknown = Findings::undecided(why).unknown;
        }
        findings
    }

    /// Why the results prove nothing about this cluster today, not even a violation.
    fn unusable(&self, results: &SuiteResults, cluster: &ClusterVersion, now: DateTime<Utc>) -> Option<String> {
        if results.dry_run {
            return Some("the tests were only listed (dry run)".to_owned());
        }
        if !results.complete {
            return Some("the run did not come to its end, or its results are not all there".to_owned());
        }
        let Some(tested) = &results.kubernetes_version else {
            return Some("nothing tells which version of Kubernetes was tested".to_owned());
        };
        let branch = |text: &str| text.parse::<Spelled>().ok().map(|spelled| spelled.version.branch);
        if branch(tested).is_none() || branch(tested) != branch(&cluster.git_version) {
            return Some(format!("{tested} was tested, but the cluster runs {}", cluster.git_version));
        }
        let Some(finished) = results.finished_at else {
            return Some("nothing tells when the tests were run".to_owned());
        };
        let oldest = now.checked_sub_days(Days::new(self.max_age_days));
        if oldest.is_none_or(|oldest| finished < oldest) {
            return Some(format!("the tests ended on {finished}, more than {} days ago", self.max_age_days));
        }
        let latest = now.checked_add_signed(SKEW);
        latest.is_none_or(|latest| finished > latest).then(|| format!("the tests end in the future, on {finished}"))
    }

    /// A test in any state but passed and skipped has failed (Q-0201-2).
    fn failure(&self, name: &str, status: &str) -> Finding {
        let finding = match self.exceptions.iter().find(|exception| exception.pattern.0.is_match(name)) {
            Some(Exception { reason, link, profile, .. }) => {
                let whose = profile.as_ref().map(|profile| format!(" (for {profile})")).unwrap_or_default();
                Finding::warning(format!("{name} is excused{whose}: {reason}, see {link}"))
            }
            None => Finding::violation(format!("{name} did not pass")),
        };
        finding
            .on(Resource::without_id(ResourceKind::E2eTest, name))
            .property("status")
            .expected("passed")
            .observed(status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::TestState;
    use crate::verdict::{Outcome, Severity, Verdict};
    use rstest::rstest;

    const RULE: &str = "{at_least: 3, max_age_days: 31, exceptions: [\
        {pattern: 'a.c', reason: known, link: 'https://example.org', profile: cilium}]}";

    fn now() -> DateTime<Utc> {
        "2026-11-20T12:00:00Z".parse().unwrap()
    }

    fn results() -> SuiteResults {
        SuiteResults {
            kubernetes_version: Some("v1.33.2".into()),
            finished_at: Some(now()),
            passed: 3,
            skipped: 9,
            complete: true,
            ..SuiteResults::default()
        }
    }

    fn judged(results: &SuiteResults) -> Outcome {
        let demands: Demands = serde_yaml::from_str(RULE).unwrap();
        let cluster = ClusterVersion { git_version: "v1.33.5-gke.1".into(), ..ClusterVersion::default() };
        Outcome::of(demands.judge(results, &cluster, now()))
    }

    fn failed(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    fn other(name: &str) -> Vec<TestState> {
        vec![TestState { name: name.into(), status: "timeout".into() }]
    }

    #[rstest]
    #[case::enough(results(), Verdict::Pass)]
    #[case::too_few(SuiteResults { passed: 2, ..results() }, Verdict::Abort)]
    #[case::nothing(SuiteResults { passed: 0, skipped: 0, ..results() }, Verdict::Abort)]
    #[case::dry(SuiteResults { dry_run: true, ..results() }, Verdict::Abort)]
    #[case::dry_failed(SuiteResults { dry_run: true, failed: failed(&["x"]), ..results() }, Verdict::Abort)]
    #[case::crashed(SuiteResults { complete: false, failed: failed(&["x"]), ..results() }, Verdict::Abort)]
    #[case::failed(SuiteResults { failed: failed(&["x"]), ..results() }, Verdict::Fail)]
    #[case::failed_few(SuiteResults { passed: 2, failed: failed(&["x"]), ..results() }, Verdict::Fail)]
    #[case::excused(SuiteResults { failed: failed(&["[it] abc"]), ..results() }, Verdict::Pass)]
    #[case::excused_few(SuiteResults { passed: 2, failed: failed(&["abc"]), ..results() }, Verdict::Abort)]
    #[case::case_matters(SuiteResults { failed: failed(&["ABC"]), ..results() }, Verdict::Fail)]
    #[case::one_of_two(SuiteResults { failed: failed(&["abc", "x"]), ..results() }, Verdict::Fail)]
    #[case::timeout(SuiteResults { others: other("x"), ..results() }, Verdict::Fail)]
    #[case::timeout_excused(SuiteResults { others: other("abc"), ..results() }, Verdict::Pass)]
    #[case::unexplained(SuiteResults { status: Some("failed".into()), ..results() }, Verdict::Abort)]
    #[case::explained(SuiteResults { status: Some("failed".into()), failed: failed(&["abc"]), ..results() }, Verdict::Pass)]
    #[case::other_branch(SuiteResults { kubernetes_version: Some("v1.32.5".into()), ..results() }, Verdict::Abort)]
    #[case::no_version(SuiteResults { kubernetes_version: None, ..results() }, Verdict::Abort)]
    #[case::no_number(SuiteResults { kubernetes_version: Some("?".into()), ..results() }, Verdict::Abort)]
    #[case::no_date(SuiteResults { finished_at: None, ..results() }, Verdict::Abort)]
    fn results_decide(#[case] results: SuiteResults, #[case] verdict: Verdict) {
        assert_eq!(judged(&results).verdict, verdict);
    }

    #[rstest]
    #[case("2026-10-20T12:00:00Z", Verdict::Pass)]
    #[case("2026-10-20T11:59:59Z", Verdict::Abort)]
    #[case("2026-11-20T12:10:00Z", Verdict::Pass)]
    #[case("2026-11-20T12:10:01Z", Verdict::Abort)]
    fn results_age(#[case] finished: &str, #[case] verdict: Verdict) {
        let results = SuiteResults { finished_at: Some(finished.parse().unwrap()), ..results() };
        assert_eq!(judged(&results).verdict, verdict);
    }

    #[test]
    fn each_excused_test_is_listed_with_its_reason() {
        let outcome = judged(&SuiteResults { failed: failed(&["abc", "axc"]), ..results() });
        let warned: Vec<&str> = outcome
            .findings
            .iter()
            .filter(|finding| finding.severity == Severity::Warning)
            .map(|finding| finding.message.as_str())
            .collect();
        let expected =
            ["abc", "axc"].map(|name| format!("{name} is excused (for cilium): known, see https://example.org"));
        assert_eq!(warned, expected);
    }

    #[rstest]
    #[case("{at_least: 0, max_age_days: 1}")]
    #[case("{at_least: 1, max_age_days: 1, exceptions: [{pattern: '', reason: r, link: l}]}")]
    #[case("{at_least: 1, max_age_days: 1, exceptions: [{pattern: '(', reason: r, link: l}]}")]
    #[case("{at_least: 1, max_age_days: 1, exceptions: [{pattern: x, link: l}]}")]
    fn what_would_make_it_void_is_refused(#[case] yaml: &str) {
        assert!(serde_yaml::from_str::<Demands>(yaml).is_err());
    }
}
