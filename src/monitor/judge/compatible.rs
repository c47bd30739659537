//! The view of today's server: whatever is not FAIL counts as passed there. Kept for those who read `/status` and its pages; nothing
//! else of this server judges by it.

use super::latest::{Latest, LatestResult};
use super::rollup::Judgement;
use super::rules::{MAIN, Rules, VersionRule};
use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use scs_checks::definition::Validity;
use scs_checks::score::Conclusion;
use serde::{Serialize, Serializer};

/// A result as today's server numbers it: 1, 0, -1, or nothing.
type Number = Option<i8>;

/// The evaluation of a subject by the rules of one scope.
#[derive(Clone, Debug, Serialize)]
pub struct Evaluation {
    /// The name of the scope.
    pub name: String,
    /// The testcases of the relevant versions, with their descriptions.
    pub testcases: IndexMap<String, TestcaseText>,
    /// The results that still count.
    pub results: IndexMap<String, CountedResult>,
    /// The testcases of the relevant versions by result.
    pub buckets: Buckets,
    /// The versions that are listed today.
    pub versions: IndexMap<String, VersionEvaluation>,
    /// The versions that were looked at, the newest first.
    pub relevant: Vec<String>,
    /// The result of the last version that was looked at.
    pub result: Number,
    /// The versions that count as passed.
    pub passed: Vec<String>,
    /// The same as one text, with marks for their standing.
    pub passed_str: String,
    /// The first of them.
    pub best_passed: Option<String>,
    /// The standing of the version that counts, or `deprecated`.
    pub validity: Validity,
}

/// The description of a testcase.
#[derive(Clone, Debug, Serialize)]
pub struct TestcaseText {
    /// The requirement.
    pub description: String,
    /// The address of the test's documentation.
    pub url: String,
    /// The validity of a result.
    pub lifetime: String,
    /// The weight of the test.
    pub section: Option<String>,
    /// The number of stable versions that demand it.
    pub attn: usize,
}

/// A result that still counts.
#[derive(Clone, Debug, Serialize)]
pub struct CountedResult {
    /// The result.
    pub result: i8,
    /// The instant of the check, without an offset, in UTC.
    #[serde(serialize_with = "naive")]
    pub checked_at: DateTime<Utc>,
    /// The id of the report.
    pub report: String,
}

/// Testcases by result, those first that most stable versions demand.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Buckets {
    /// FAIL.
    pub failed: Vec<String>,
    /// Without a result that still counts.
    pub missing: Vec<String>,
    /// ABORT.
    pub aborted: Vec<String>,
    /// PASS.
    pub passed: Vec<String>,
}

/// The evaluation of a version.
#[derive(Clone, Debug, Serialize)]
pub struct VersionEvaluation {
    /// The result of target `main`.
    pub result: Number,
    /// The result of each target.
    pub targets: IndexMap<String, Number>,
    /// The target of each testcase.
    pub tc_target: IndexMap<String, String>,
    /// The standing today.
    pub validity: Validity,
}

/// Writes a time as today's server does.
fn naive<S: Serializer>(time: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&time.naive_utc().format("%Y-%m-%dT%H:%M:%S%.f"))
}

/// Evaluates the latest results of a subject.
pub fn evaluate(rules: &Rules, latest: &Latest, now: DateTime<Utc>, drafts: bool) -> Evaluation {
    let counted = super::rollup::counted(rules, latest, now);
    let listed = rules.listed(now.date_naive());
    let versions: IndexMap<String, VersionEvaluation> =
        listed.iter().map(|(name, rule, validity)| ((*name).to_owned(), version(rule, *validity, &counted))).collect();
    let (mut relevant, mut passed, mut winner, mut result) = (Vec::new(), Vec::new(), None, None);
    for (name, version) in &versions {
        if version.validity == Validity::Draft && !drafts {
            continue;
        }
        relevant.push(name.clone());
        result = version.result;
        if version.result != Some(-1) {
            passed.push(name.clone());
            if version.validity != Validity::Draft {
                winner = Some(version.validity);
                break;
            }
        }
    }
    let testcases = texts(rules, &relevant);
    Evaluation {
        name: rules.name.clone(),
        results: counted.iter().map(|(id, result)| ((*id).to_owned(), counted_result(result))).collect(),
        buckets: Buckets::new(&testcases, |id| counted.get(id).map(|result| result.result)),
        testcases,
        passed_str: passed_text(&passed, &versions),
        best_passed: passed.first().cloned(),
        versions,
        relevant,
        result,
        passed,
        validity: winner.unwrap_or(Validity::Deprecated),
    }
}

fn counted_result(result: &LatestResult) -> CountedResult {
    CountedResult { result: result.result, checked_at: result.checked_at, report: result.report.clone() }
}

fn version(rule: &VersionRule, validity: Validity, counted: &IndexMap<&str, &LatestResult>) -> VersionEvaluation {
    let number = |id: &String| counted.get(id.as_str()).map(|result| result.result);
    let targets: IndexMap<String, Number> =
        rule.targets.iter().map(|(target, ids)| (target.clone(), first_that_applies(ids.iter().map(number)))).collect();
    let tc_target = rule.targets.iter().flat_map(|(target, ids)| ids.iter().map(|id| (id.clone(), target.clone())));
    let result = targets.get(MAIN).copied().unwrap_or(Some(1));
    VersionEvaluation { result, tc_target: tc_target.collect(), targets, validity }
}

/// Returns the first of FAIL, missing and ABORT that occurs, or else PASS, also for nothing at all.
fn first_that_applies(numbers: impl Iterator<Item = Number> + Clone) -> Number {
    let occurs = |wanted: Number| numbers.clone().any(|number| number == wanted);
    [Some(-1), None, Some(0)].into_iter().find(|wanted| occurs(*wanted)).unwrap_or(Some(1))
}

fn texts(rules: &Rules, relevant: &[String]) -> IndexMap<String, TestcaseText> {
    let versions = relevant.iter().filter_map(|name| rules.versions.get(name));
    let mut ids: Vec<&String> = versions.flat_map(|version| version.targets.values().flatten()).collect();
    ids.sort_by_key(|id| (std::cmp::Reverse(rules.testcases.get(*id).map_or(0, |testcase| testcase.attn)), *id));
    ids.dedup();
    let text = |id: &String| {
        let testcase = rules.testcases.get(id).cloned().unwrap_or_default();
        let lifetime = testcase.lifetime.to_string();
        let (description, url, section, attn) = (testcase.description, testcase.url, testcase.section, testcase.attn);
        (id.clone(), TestcaseText { description, url, lifetime, section, attn })
    };
    ids.into_iter().map(text).collect()
}

impl Buckets {
    fn new(testcases: &IndexMap<String, TestcaseText>, number: impl Fn(&str) -> Number) -> Self {
        let mut buckets = Self::default();
        for id in testcases.keys() {
            let bucket = match number(id) {
                Some(1) => &mut buckets.passed,
                Some(0) => &mut buckets.aborted,
                Some(_) => &mut buckets.failed,
                None => &mut buckets.missing,
            };
            bucket.push(id.clone());
        }
        buckets
    }
}

fn passed_text(passed: &[String], versions: &IndexMap<String, VersionEvaluation>) -> String {
    let mark = |name: &String| match versions.get(name).map(|version| version.validity) {
        Some(Validity::Draft) => "*",
        Some(Validity::Warn) => "†",
        Some(Validity::Effective) => "",
        Some(Validity::Deprecated) | None => "††",
    };
    passed.iter().map(|name| format!("{name}{}", mark(name))).collect::<Vec<_>>().join(", ")
}

/// Returns the judgements on versions that today's server counts as passed, but on which the roll-up does not conclude that.
pub fn passed_by_the_old_rule_alone<'j>(evaluation: &Evaluation, judged: &'j [Judgement]) -> Vec<&'j Judgement> {
    let differs = |judgement: &&Judgement| {
        judgement.conclusion != Conclusion::Conformant && evaluation.passed.contains(&judgement.version)
    };
    judged.iter().filter(differs).collect()
}

#[cfg(test)]
mod tests {
    use super::super::rules::tests::rules;
    use super::*;
    use crate::judge::{Results, judge};
    use rstest::rstest;

    /// Judges results of `a`, `b`, `c` of a Monday.
    fn evaluation(results: &[(&str, i8)], now: &str, drafts: bool) -> Evaluation {
        let mut uploaded = Results::default();
        results.iter().for_each(|(id, number)| uploaded.add("*", id, *number));
        let mut latest = Latest::default();
        latest.add("2026-11-16T10:00:00Z".parse().unwrap(), "report", &uploaded);
        evaluate(&rules(), &latest, now.parse().unwrap(), drafts)
    }

    #[rstest]
    #[case::one_is_passed_by_both_the_other_by_none(&[("a", 1), ("b", -1)], &[])]
    #[case::something_is_missing(&[("a", 1)], &["v2"])]
    #[case::another_version_is_not_looked_at(&[("b", 1)], &["v2"])]
    #[case::the_older_one_is_missing(&[("b", -1)], &["v1"])]
    #[case::something_is_undecided(&[("a", 1), ("b", 0)], &["v2"])]
    #[case::all_is_tested(&[("a", 1), ("b", 1)], &[])]
    fn only_versions_on_which_the_two_rules_disagree_are_named(
        #[case] results: &[(&str, i8)],
        #[case] expected: &[&str],
    ) {
        let mut uploaded = Results::default();
        results.iter().for_each(|(id, number)| uploaded.add("*", id, *number));
        let (now, mut latest) = ("2026-11-16T10:00:00Z".parse().unwrap(), Latest::default());
        latest.add(now, "report", &uploaded);
        let judged = judge(&rules(), &latest, now);
        let found = passed_by_the_old_rule_alone(&evaluate(&rules(), &latest, now, false), &judged);
        assert_eq!(found.iter().map(|judged| judged.version.as_str()).collect::<Vec<_>>(), expected);
    }

    const TUESDAY: &str = "2026-11-17T00:00:00Z";

    #[rstest]
    #[case::all_pass(&[("a", 1), ("b", 1), ("c", 1)], TUESDAY, Some(1), "v2", Validity::Effective)]
    #[case::newest_fails(&[("a", 1), ("b", -1), ("c", 1)], TUESDAY, Some(1), "v1†", Validity::Warn)]
    #[case::all_fail(&[("a", -1), ("b", 1), ("c", 1)], TUESDAY, Some(-1), "", Validity::Deprecated)]
    #[case::missing_counts_as_passed(&[("a", 1)], TUESDAY, None, "v2", Validity::Effective)]
    #[case::abort_counts_as_passed(&[("a", 0), ("b", 1)], TUESDAY, Some(0), "v2", Validity::Effective)]
    #[case::missing_before_abort(&[("a", 0)], TUESDAY, None, "v2", Validity::Effective)]
    #[case::nothing(&[], TUESDAY, None, "v2", Validity::Effective)]
    #[case::day_expired(&[("a", 1), ("b", -1)], "2026-11-18T00:00:00Z", None, "v2", Validity::Effective)]
    #[case::week_expired(&[("a", -1)], "2026-11-30T00:00:00Z", None, "v2", Validity::Effective)]
    #[case::week_counts(&[("a", -1)], "2026-11-29T23:59:59Z", Some(-1), "", Validity::Deprecated)]
    fn it_counts_as_today_s_server_does(
        #[case] results: &[(&str, i8)],
        #[case] now: &str,
        #[case] result: Number,
        #[case] passed: &str,
        #[case] validity: Validity,
    ) {
        let found = evaluation(results, now, false);
        assert_eq!((found.result, found.passed_str.as_str(), found.validity), (result, passed, validity));
    }

    #[test]
    fn drafts_are_looked_at_on_request() {
        let results = [("a", 1), ("b", 1), ("c", 1)];
        let found = evaluation(&results, TUESDAY, true);
        assert_eq!(found.passed_str, "next*, v2");
        assert_eq!(found.relevant, ["next", "v2"]);
        assert_eq!(found.best_passed.as_deref(), Some("next"));
        assert_eq!(evaluation(&results, TUESDAY, false).relevant, ["v2"]);
    }

    #[test]
    fn unknown_testcases_are_dropped_and_the_rest_is_in_buckets() {
        let found = evaluation(&[("a", 1), ("b", -1), ("x", -1)], TUESDAY, true);
        assert_eq!(found.results.keys().collect::<Vec<_>>(), ["a", "b"]);
        let Buckets { failed, missing, aborted, passed } = &found.buckets;
        assert_eq!(
            (failed.join(","), missing.join(","), aborted.len(), passed.join(",")),
            ("b".into(), "c".into(), 0, "a".into())
        );
        assert_eq!(found.versions["next"].tc_target["c"], "recommended");
        assert_eq!(found.versions["next"].targets["recommended"], None);
        let json = serde_json::to_value(&found).unwrap();
        assert_eq!(json["results"]["a"]["checked_at"], "2026-11-16T10:00:00");
        assert_eq!(json["validity"], "warn");
    }
}
