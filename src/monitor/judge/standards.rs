//! The state of each standard that a version of a scope includes.

use super::latest::Latest;
use super::rollup::counted;
use super::rules::{MAIN, Rules};
use chrono::{DateTime, Utc};
use scs_checks::score::{Score, Tally};
use scs_checks::verdict::Verdict;
use std::collections::{BTreeMap, HashSet};

/// The state of a standard.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StandardState {
    /// The id of the module; empty for testcases of the version that no module lists.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The address of its text.
    pub url: String,
    /// Its testcases in target `main` of the version. One that several modules list stands with the first of them.
    pub testcases: Vec<String>,
    /// The counts of all its testcases in target `main`.
    pub counts: Tally,
}

/// Returns the verdict of each testcase of the rules that has a result that still counts.
pub fn verdicts<'l>(rules: &Rules, latest: &'l Latest, now: DateTime<Utc>) -> BTreeMap<&'l str, Verdict> {
    let verdict = |number| match number {
        1 => Verdict::Pass,
        0 => Verdict::Abort,
        _ => Verdict::Fail,
    };
    counted(rules, latest, now).into_iter().map(|(id, result)| (id, verdict(result.result))).collect()
}

/// Returns the standards that a version includes, in its order. What has no result that counts was not tested.
pub fn standards(rules: &Rules, version: &str, verdicts: &BTreeMap<&str, Verdict>) -> Vec<StandardState> {
    let Some(version) = rules.versions.get(version) else { return Vec::new() };
    let main: HashSet<&str> = version.targets.get(MAIN).into_iter().flatten().map(String::as_str).collect();
    let score = |id: &&str| {
        let verdict = verdicts.get(*id).copied();
        verdict.map_or(Score::ABSENT, |verdict| Score { verdict, vacuous: false, reason: None })
    };
    let mut seen = HashSet::new();
    let mut state = |id: &str, name: &str, url: &str, all: Vec<&str>| StandardState {
        id: id.to_owned(),
        name: name.to_owned(),
        url: url.to_owned(),
        counts: Tally::of(all.iter().map(score)),
        testcases: all.into_iter().filter(|id| seen.insert((*id).to_owned())).map(str::to_owned).collect(),
    };
    let mut found = Vec::new();
    for id in &version.includes {
        let Some(module) = rules.modules.get(id) else { continue };
        let all = module.testcases.iter().map(String::as_str).filter(|id| main.contains(id)).collect();
        found.push(state(id, &module.name, &module.url, all));
    }
    let listed: HashSet<&str> = found.iter().flat_map(|one| one.testcases.iter().map(String::as_str)).collect();
    let mut rest: Vec<&str> = main.iter().copied().filter(|id| !listed.contains(id)).collect();
    rest.sort_unstable();
    if !rest.is_empty() {
        let rest = state("", "", "", rest);
        found.push(rest);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::results::Results;
    use super::super::rules::tests::rules_of;
    use super::*;
    use rstest::rstest;

    const SCOPE: &str = "
uuid: 11111111-2222-4333-8444-555555555555
name: Small scope
url: https://example.org/scope.yaml
scripts: [{executable: x.py, testcases: [{id: a}, {id: b}, {id: c}, {id: d, lifetime: day}]}]
modules:
  - {id: m1, name: First, url: https://example.org/m1, targets: {main: [a, b]}}
  - {id: m2, targets: {main: [b, d], recommended: [c]}}
  - {id: m3, targets: {recommended: [c]}}
timeline: [{date: 2025-01-01, versions: {v1: effective}}]
versions: [{version: v1, stabilized_at: 2025-01-01, include: [m1, m2, m3]}]
";

    #[rstest]
    #[case(&[("a", 1), ("b", 1), ("d", 1)], [Some(Verdict::Pass), Some(Verdict::Pass), None])]
    #[case(&[("a", 1), ("b", -1), ("d", 1)], [Some(Verdict::Fail), Some(Verdict::Fail), None])]
    #[case(&[("a", 0), ("b", 1), ("d", -1)], [Some(Verdict::Abort), Some(Verdict::Fail), None])]
    #[case::recommended_decides_nothing(&[("a", 1), ("b", 1), ("c", -1)], [Some(Verdict::Pass), Some(Verdict::Miss), None])]
    #[case(&[], [Some(Verdict::Miss), Some(Verdict::Miss), None])]
    fn each_standard_has_its_own_state(#[case] results: &[(&str, i8)], #[case] expected: [Option<Verdict>; 3]) {
        let (rules, mut uploaded, mut latest) = (rules_of(SCOPE), Results::default(), Latest::default());
        results.iter().for_each(|(id, number)| uploaded.add("*", id, *number));
        let now = "2026-11-16T10:00:00Z".parse().unwrap();
        latest.add(now, "report", &uploaded);
        let found = standards(&rules, "v1", &verdicts(&rules, &latest, now));
        assert_eq!(found.iter().map(|one| one.counts.verdict()).collect::<Vec<_>>(), expected);
        let testcases: Vec<String> = found.iter().map(|one| one.testcases.join(" ")).collect();
        assert_eq!(testcases, ["a b", "d", ""], "a testcase stands once");
        assert_eq!((found[0].name.as_str(), found[1].name.as_str()), ("First", "m2"));
        assert!(standards(&rules, "v2", &BTreeMap::new()).is_empty());
    }

    #[test]
    fn testcases_of_no_module_stand_at_the_end() {
        let mut rules = rules_of(SCOPE);
        rules.modules.values_mut().for_each(|module| module.testcases.clear());
        let found = standards(&rules, "v1", &BTreeMap::new());
        let last = found.last().unwrap();
        assert_eq!((last.id.as_str(), last.testcases.join(" "), last.counts.missing), ("", "a b d".to_owned(), 3));
    }

    #[test]
    fn expired_results_are_no_verdicts() {
        let (rules, mut uploaded, mut latest) = (rules_of(SCOPE), Results::default(), Latest::default());
        [("a", 1), ("d", 1)].into_iter().for_each(|(id, number)| uploaded.add("*", id, number));
        latest.add("2026-11-16T10:00:00Z".parse().unwrap(), "report", &uploaded);
        let found = verdicts(&rules, &latest, "2026-11-18T00:00:00Z".parse().unwrap());
        assert_eq!(found.into_iter().collect::<Vec<_>>(), [("a", Verdict::Pass)]);
    }
}
