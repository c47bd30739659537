//! The roll-up of scs-checks over the latest results that still count.

use super::latest::{Latest, LatestResult};
use super::rules::{MAIN, Rules};
use chrono::{DateTime, NaiveDate, Utc};
use indexmap::IndexMap;
use scs_checks::definition::Validity;
use scs_checks::score::{Conclusion, Score, Standing, Tally};
use scs_checks::verdict::Verdict;

/// The judgement on a version.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The name of the version.
    pub version: String,
    /// Its standing on that day.
    pub validity: Validity,
    /// The counts of its target `main`.
    pub counts: Tally,
    /// The same as the roll-up takes it.
    pub standing: Standing,
    /// The conclusion on target `main`.
    pub conclusion: Conclusion,
    /// The instant from which on nothing is concluded any more, if no further report comes; none if nothing is concluded now.
    pub until: Option<DateTime<Utc>>,
    /// The first day on which the version no longer decides, as far as the timeline knows one.
    pub ends: Option<NaiveDate>,
}

/// Returns the results of known testcases that have not expired, in the order of the rules.
pub(super) fn counted<'l>(
    rules: &Rules,
    latest: &'l Latest,
    now: DateTime<Utc>,
) -> IndexMap<&'l str, &'l LatestResult> {
    let counts = |(id, result): &(&'l String, &'l LatestResult)| {
        expires_at(rules, id, result).is_some_and(|expires_at| now < expires_at)
    };
    latest.0.iter().filter(counts).map(|(id, result)| (id.as_str(), result)).collect()
}

/// Returns the end of the lifetime of a result; none for an unknown testcase.
fn expires_at(rules: &Rules, id: &str, result: &LatestResult) -> Option<DateTime<Utc>> {
    rules.testcases.get(id)?.lifetime.expires_at(result.checked_at)
}

/// Returns the instant at which a conclusion ends by expiry alone: with the first result of a version that conforms, and with the
/// last failure of one that does not. What is left is undecided either way.
fn until<'l>(
    rules: &Rules,
    conclusion: Conclusion,
    results: impl Iterator<Item = (&'l str, &'l LatestResult)>,
) -> Option<DateTime<Utc>> {
    let of = |(id, result)| expires_at(rules, id, result);
    match conclusion {
        Conclusion::Conformant => results.filter_map(of).min(),
        Conclusion::Violation => results.filter(|(_, result)| result.result < 0).filter_map(of).max(),
        Conclusion::Undecided | Conclusion::Residue => None,
    }
}

/// Returns the score of a testcase: MISS without a result that counts.
fn score(result: Option<&&LatestResult>) -> Score {
    let verdict = match result.map(|result| result.result) {
        None => return Score::ABSENT,
        Some(1) => Verdict::Pass,
        Some(0) => Verdict::Abort,
        Some(_) => Verdict::Fail,
    };
    Score { verdict, vacuous: false, reason: None }
}

/// Judges each version that is listed on that day, the newest first.
pub fn judge(rules: &Rules, latest: &Latest, now: DateTime<Utc>) -> Vec<Judgement> {
    let counted = counted(rules, latest, now);
    let judged = rules.listed(now.date_naive()).into_iter().map(|(name, version, validity)| {
        let main = || version.targets.get(MAIN).into_iter().flatten();
        let scores: Vec<Score> = main().map(|id| score(counted.get(id.as_str()))).collect();
        let standing = Standing::of(scores.iter().copied());
        let conclusion = standing.conclusion(true);
        let results = main().filter_map(|id| Some((id.as_str(), *counted.get(id.as_str())?)));
        let until = until(rules, conclusion, results);
        let (version, ends) = (name.to_owned(), rules.ends(name, now.date_naive()));
        Judgement { version, validity, counts: Tally::of(scores), standing, conclusion, until, ends }
    });
    judged.collect()
}

/// Returns the testcases of target `main` of a version that fail, in the order of the rules.
pub fn failing(rules: &Rules, version: &str, latest: &Latest, now: DateTime<Utc>) -> Vec<String> {
    let counted = counted(rules, latest, now);
    let main = rules.versions.get(version).and_then(|version| version.targets.get(MAIN)).into_iter().flatten();
    main.filter(|id| counted.get(id.as_str()).is_some_and(|result| result.result < 0)).cloned().collect()
}

/// Concludes on all versions that decide.
pub fn overall(judgements: &[Judgement]) -> Conclusion {
    let deciding = judgements.iter().filter(|judgement| judgement.validity.decides());
    let standings: Vec<Standing> = deciding.map(|judgement| judgement.standing.clone()).collect();
    Conclusion::of(&standings, true, false)
}

/// Returns the word of a conclusion in tables and interfaces.
pub fn conclusion_word(conclusion: Conclusion) -> &'static str {
    match conclusion {
        Conclusion::Violation => "violation",
        Conclusion::Conformant => "conformant",
        Conclusion::Undecided | Conclusion::Residue => "undecided",
    }
}

/// Returns true if the first of two such words is worse than the second: a violation is worse than what is undecided.
pub fn is_worse(one: &str, other: &str) -> bool {
    let rank = |word: &str| match word {
        "violation" => 0,
        "conformant" => 2,
        _ => 1,
    };
    rank(one) < rank(other)
}

#[cfg(test)]
mod tests {
    use super::super::rules::tests::rules;
    use super::*;
    use crate::judge::Results;
    use rstest::rstest;

    fn judged(results: &[(&str, i8)], now: &str) -> Vec<Judgement> {
        let mut uploaded = Results::default();
        results.iter().for_each(|(id, number)| uploaded.add("*", id, *number));
        let mut latest = Latest::default();
        latest.add("2026-11-16T10:00:00Z".parse().unwrap(), "report", &uploaded);
        judge(&rules(), &latest, now.parse().unwrap())
    }

    #[rstest]
    #[case(&[("a", 1), ("b", 1)], "2026-11-17T00:00:00Z", Conclusion::Conformant)]
    #[case(&[("a", 1)], "2026-11-17T00:00:00Z", Conclusion::Undecided)]
    #[case(&[("a", 1), ("b", -1)], "2026-11-17T00:00:00Z", Conclusion::Violation)]
    #[case(&[("a", -1), ("b", 1)], "2026-11-17T00:00:00Z", Conclusion::Violation)]
    #[case(&[("a", 0), ("b", 1)], "2026-11-17T00:00:00Z", Conclusion::Undecided)]
    #[case(&[], "2026-11-17T00:00:00Z", Conclusion::Undecided)]
    #[case(&[("a", 1), ("b", 1)], "2026-11-30T00:00:00Z", Conclusion::Undecided)]
    #[case(&[("a", 1), ("b", 1)], "2020-01-01T00:00:00Z", Conclusion::Undecided)]
    fn nothing_is_conformant_that_was_not_tested(
        #[case] results: &[(&str, i8)],
        #[case] now: &str,
        #[case] expected: Conclusion,
    ) {
        assert_eq!(overall(&judged(results, now)), expected);
    }

    #[rstest]
    #[case(&[("a", 1), ("b", 1)], Some("2026-11-18T00:00:00Z"), Some("2026-11-30T00:00:00Z"))]
    #[case(&[("a", -1), ("b", 1)], Some("2026-11-30T00:00:00Z"), Some("2026-11-30T00:00:00Z"))]
    #[case(&[("a", 1), ("b", -1)], Some("2026-11-18T00:00:00Z"), Some("2026-11-30T00:00:00Z"))]
    #[case(&[("a", -1), ("b", -1)], Some("2026-11-30T00:00:00Z"), Some("2026-11-30T00:00:00Z"))]
    #[case(&[("a", 0), ("b", 1)], None, None)]
    #[case(&[("b", 1)], None, None)]
    fn a_conclusion_ends_with_the_results_that_it_rests_on(
        #[case] results: &[(&str, i8)],
        #[case] v2: Option<&str>,
        #[case] v1: Option<&str>,
    ) {
        let found = judged(results, "2026-11-17T00:00:00Z");
        for (version, expected) in [("v2", v2), ("v1", v1)] {
            let judged = found.iter().find(|judged| judged.version == version).unwrap();
            assert_eq!(judged.until, expected.map(|time| time.parse().unwrap()), "{version}");
            for (instant, word) in judged.until.iter().flat_map(|until| {
                [(*until - chrono::TimeDelta::seconds(1), judged.conclusion), (*until, Conclusion::Undecided)]
            }) {
                let then = self::judged(results, &instant.to_rfc3339());
                assert_eq!(then.iter().find(|then| then.version == version).unwrap().conclusion, word, "{version}");
            }
        }
    }

    #[test]
    fn each_listed_version_is_judged_by_its_main_target() {
        let found = judged(&[("a", 1), ("b", -1)], "2026-11-17T00:00:00Z");
        let shown: Vec<(&str, &str, usize)> = found
            .iter()
            .map(|judged| (judged.version.as_str(), conclusion_word(judged.conclusion), judged.counts.total()))
            .collect();
        assert_eq!(shown, [("next", "violation", 2), ("v2", "violation", 2), ("v1", "conformant", 1)]);
    }
}
