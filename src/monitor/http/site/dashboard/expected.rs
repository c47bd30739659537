//! The reports that are expected, and did not come.

use crate::http::board::View;
use crate::judge::Rulebook;
use crate::registry::Registry;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeSet;

/// The time after which a report is missing: a night.
const NIGHT: TimeDelta = TimeDelta::hours(24);

/// The time for which further reports of a subject are expected that the registry does not know.
const EXPECTED: TimeDelta = TimeDelta::days(30);

/// A subject of reports from which nothing came.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Silent {
    /// The subject of reports.
    pub tested: String,
    /// The name of the scope; empty if nothing ever came.
    pub scope: String,
    /// The instant of the newest check; none if nothing ever came.
    pub newest: Option<DateTime<Utc>>,
}

/// Returns the subjects of reports from which nothing came for a night, those first that have been silent for longest.
pub fn silent(
    registry: &Registry,
    rulebook: &Rulebook,
    view: &View,
    now: DateTime<Utc>,
    may_see: impl Fn(&str) -> bool,
) -> Vec<Silent> {
    let of_registry: BTreeSet<&str> =
        registry.subjects.values().flat_map(|subject| &subject.tested).map(String::as_str).collect();
    let mut found: Vec<Silent> = Vec::new();
    for ((tested, scope), standing) in view.standings.iter().filter(|((tested, _), _)| may_see(tested)) {
        let (Some(rules), Some(newest)) = (rulebook.scopes.get(scope), standing.latest.newest()) else { continue };
        let is_expected = of_registry.contains(tested.as_str()) || newest >= now - EXPECTED;
        if is_expected && newest < now - NIGHT {
            found.push(Silent { tested: tested.clone(), scope: rules.name.clone(), newest: Some(newest) });
        }
    }
    let never = of_registry.into_iter().filter(|tested| may_see(tested) && !view.knows(tested));
    found.extend(never.map(|tested| Silent { tested: tested.to_owned(), scope: String::new(), newest: None }));
    found.sort_by(|one, other| (one.newest, &one.tested).cmp(&(other.newest, &other.tested)));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::{Latest, Results, rulebook_of};
    use crate::registry::{Section, Subject, TestedBy};

    const SCOPE: &str = "
uuid: 11111111-2222-4333-8444-555555555555
name: Small scope
url: https://example.org/scope.yaml
scripts: [{executable: x.py, testcases: [{id: a}]}]
modules: [{id: m, targets: {main: [a]}}]
timeline: [{date: 2025-01-01, versions: {v1: effective}}]
versions: [{version: v1, include: [m]}]
";

    #[test]
    fn expected_minus_arrived_is_silent() {
        let now: DateTime<Utc> = "2026-11-30T12:00:00Z".parse().unwrap();
        let latest = |tested: &str, hours: i64| {
            let (mut results, mut latest) = (Results::default(), Latest::default());
            results.add("*", "a", 1);
            latest.add(now - TimeDelta::hours(hours), "report", &results);
            ((tested.to_owned(), "11111111-2222-4333-8444-555555555555".to_owned()), latest)
        };
        let reports =
            [("tonight", 23), ("late", 25), ("long-gone", 24 * 31), ("known-gone", 24 * 40), ("of-others", 48)];
        let view = View::of_results(reports.into_iter().map(|(tested, hours)| latest(tested, hours)));
        let subject = Subject {
            title: "Known".to_owned(),
            operator: "acme".to_owned(),
            section: Section::Listed,
            tested: vec!["known-gone".to_owned(), "never".to_owned(), "tonight".to_owned()],
            technology: None,
            certificate_url: None,
            health_url: None,
            tested_by: TestedBy::Operator,
            contacts: Vec::new(),
        };
        let registry =
            Registry { subjects: [("known".to_owned(), subject)].into_iter().collect(), ..Registry::default() };
        let found = silent(&registry, &rulebook_of(SCOPE), &view, now, |tested| tested != "of-others");
        let names: Vec<&str> = found.iter().map(|silent| silent.tested.as_str()).collect();
        assert_eq!(names, ["never", "known-gone", "late"]);
        assert_eq!((found[0].newest, found[2].scope.as_str()), (None, "Small scope"));
    }
}
