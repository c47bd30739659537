//! Results that will expire, and were not renewed by the last night.

use crate::judge::{Latest, Rules};
use chrono::{DateTime, TimeDelta, Utc};

/// The time that is looked ahead.
const AHEAD: TimeDelta = TimeDelta::days(7);

/// The age from which on a result was not renewed by the last night.
const OLD: TimeDelta = TimeDelta::hours(24);

/// Returns the mandatory testcases of versions in force whose results count now and expire soon, the earliest first.
pub fn expiring(rules: &Rules, latest: &Latest, now: DateTime<Utc>) -> Vec<(String, DateTime<Utc>)> {
    let listed = rules.listed(now.date_naive());
    let deciding = listed.iter().filter(|(_, _, validity)| validity.decides());
    let mandatory: Vec<&String> = deciding.filter_map(|(_, rule, _)| rule.targets.get("main")).flatten().collect();
    let expires = |id: &String| {
        let result = latest.0.get(id).filter(|result| result.checked_at < now - OLD)?;
        let end = rules.testcases.get(id)?.lifetime.expires_at(result.checked_at)?;
        (now < end && end <= now + AHEAD).then(|| (id.clone(), end))
    };
    let mut found: Vec<(String, DateTime<Utc>)> = mandatory.into_iter().filter_map(expires).collect();
    found.sort_by(|one, other| (one.1, &one.0).cmp(&(other.1, &other.0)));
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::{Results, rules_of};

    const SCOPE: &str = "
uuid: 11111111-2222-4333-8444-555555555555
name: Small scope
url: https://example.org/scope.yaml
scripts: [{executable: x.py, testcases: [{id: a, lifetime: day}, {id: b, lifetime: week}, {id: c, lifetime: month}]}]
modules: [{id: m, targets: {main: [a, b, c]}}]
timeline: [{date: 2025-01-01, versions: {v2: effective, v1: effective}}]
versions: [{version: v2, include: [m]}, {version: v1, include: [m]}]
";

    #[test]
    fn only_what_counts_and_was_not_renewed_expires() {
        let (rules, mut latest, mut results) = (rules_of(SCOPE), Latest::default(), Results::default());
        ["a", "b", "c"].into_iter().for_each(|id| results.add("*", id, 1));
        // A Monday: the results count until Wednesday, until Monday in two weeks, and until January.
        latest.add("2026-11-16T03:00:00Z".parse().unwrap(), "report", &results);
        let names = |now: &str| -> Vec<String> {
            expiring(&rules, &latest, now.parse().unwrap()).into_iter().map(|(id, _)| id).collect()
        };
        assert!(names("2026-11-16T12:00:00Z").is_empty(), "it was renewed last night");
        assert_eq!(names("2026-11-17T12:00:00Z"), ["a"]);
        assert!(names("2026-11-18T12:00:00Z").is_empty(), "a is over, and b has time");
        assert_eq!(names("2026-11-23T12:00:00Z"), ["b"]);
        assert_eq!(names("2026-12-31T12:00:00Z"), ["c"]);
    }
}
