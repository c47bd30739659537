//! Certificates that end soon, and statements of people that are to be repeated.

use crate::http::site::revocations::scope_name;
use crate::judge::Rulebook;
use crate::registry::{Certificate, Evidence, Registry};
use chrono::{Days, NaiveDate};
use std::collections::BTreeMap;

/// The number of days that are looked ahead.
pub const AHEAD: u64 = 90;

/// A certificate that ends soon.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EndingCertificate {
    /// The id.
    pub id: String,
    /// The name of the subject.
    pub subject: String,
    /// The name of the subject for people.
    pub title: String,
    /// The name of the scope, and the version.
    pub scope: String,
    /// The last day.
    pub last: NaiveDate,
    /// The number of days that are left after today.
    pub left: i64,
    /// True if another certificate for the same scope goes on after it.
    pub is_renewed: bool,
}

/// A statement of a person that is to be repeated.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EvidenceDue {
    /// The name of the subject.
    pub subject: String,
    /// The name of the subject for people.
    pub title: String,
    /// The subject of reports.
    pub tested: String,
    /// The testcase.
    pub testcase: String,
    /// The last day on which the statement counts.
    pub last: NaiveDate,
    /// True if it no longer counts.
    pub is_over: bool,
}

/// Returns the certificates whose last day is near, the earliest first.
pub fn ending_certificates(registry: &Registry, rulebook: &Rulebook, today: NaiveDate) -> Vec<EndingCertificate> {
    let horizon = today.checked_add_days(Days::new(AHEAD)).unwrap_or(NaiveDate::MAX);
    let is_near = |one: &&Certificate| one.issued <= today && (today..=horizon).contains(&one.last_day());
    let goes_on = |one: &Certificate| {
        let same = |other: &&Certificate| other.subject == one.subject && other.scope == one.scope;
        registry.certificates.iter().filter(same).any(|other| other.last_day() > one.last_day())
    };
    let ending = |one: &Certificate| EndingCertificate {
        id: one.id.clone(),
        subject: one.subject.clone(),
        title: title(registry, &one.subject),
        scope: format!("{} {}", scope_name(rulebook, &one.scope), one.version),
        last: one.last_day(),
        left: (one.last_day() - today).num_days(),
        is_renewed: goes_on(one),
    };
    let mut found: Vec<EndingCertificate> = registry.certificates.iter().filter(is_near).map(ending).collect();
    found.sort_by(|one, other| (one.last, &one.id).cmp(&(other.last, &other.id)));
    found
}

/// Returns the statements that end soon or have ended, the earliest first. Of several about one testcase the newest counts.
pub fn evidence_due(registry: &Registry, today: NaiveDate) -> Vec<EvidenceDue> {
    let horizon = today.checked_add_days(Days::new(AHEAD)).unwrap_or(NaiveDate::MAX);
    let mut newest: BTreeMap<(&str, &str), &Evidence> = BTreeMap::new();
    for one in &registry.evidence {
        let known = newest.entry((&one.subject, &one.testcase)).or_insert(one);
        if one.date >= known.date {
            *known = one;
        }
    }
    let due = |one: &Evidence| {
        let last = one.expires_at()?.date_naive().pred_opt()?;
        let subject = registry.subject_of(&one.subject).map_or(one.subject.as_str(), |(name, _)| name);
        (last <= horizon).then(|| EvidenceDue {
            subject: subject.to_owned(),
            title: title(registry, subject),
            tested: one.subject.clone(),
            testcase: one.testcase.clone(),
            last,
            is_over: last < today,
        })
    };
    let mut found: Vec<EvidenceDue> = newest.into_values().filter_map(due).collect();
    found.sort_by(|one, other| {
        (one.last, &one.tested, &one.testcase).cmp(&(other.last, &other.tested, &other.testcase))
    });
    found
}

fn title(registry: &Registry, subject: &str) -> String {
    registry.subjects.get(subject).map_or_else(|| subject.to_owned(), |found| found.title.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use scs_checks::definition::Source;

    const REGISTRY: &str = "
operators: [{name: acme}]
subjects: [{name: cloud, operator: acme, regions: [r1]}]
certificates:
  - {id: over, subject: cloud, scope: scs-compatible-iaas, version: v5.1, issued: 2024-11-30}
  - {id: today, subject: cloud, scope: scs-compatible-iaas, version: v5.1, issued: 2025-12-01}
  - {id: near, subject: cloud, scope: scs-compatible-iaas, version: v5.1, issued: 2026-02-28}
  - {id: far, subject: cloud, scope: scs-compatible-iaas, version: v5.1, issued: 2026-03-02}
evidence:
  - {subject: r1, testcase: availability-zones-check, conforms: true, document: 'https://acme.example/a', sha256: SHA, person: E, date: 2026-01-03}
  - {subject: r1, testcase: availability-zones-check, conforms: true, document: 'https://acme.example/a', sha256: SHA, person: E, date: 2026-07-03}
";

    fn registry(text: &str) -> Registry {
        let text = text.replace("SHA", &"a".repeat(64));
        let definitions = scs_standards::embedded().unwrap();
        Registry::parse(&Source::new("registry.yaml", text.as_bytes()).unwrap(), &definitions).unwrap()
    }

    #[test]
    fn certificates_end_with_their_last_day() {
        let found = ending_certificates(&registry(REGISTRY), &Rulebook::default(), "2026-11-30".parse().unwrap());
        let shown: Vec<(&str, i64, bool)> =
            found.iter().map(|one| (one.id.as_str(), one.left, one.is_renewed)).collect();
        assert_eq!(shown, [("today", 0, true), ("near", 89, true)]);
    }

    #[test]
    fn newest_statement_counts_until_the_end_of_the_next_quarter() {
        let registry = registry(REGISTRY);
        let due = |today: &str| evidence_due(&registry, today.parse().unwrap());
        let found = due("2026-11-30");
        assert_eq!((found.len(), found[0].last.to_string(), found[0].is_over), (1, "2026-12-31".to_owned(), false));
        assert!(due("2027-01-01")[0].is_over);
        assert!(due("2026-10-01").is_empty(), "it is more than 90 days away");
    }
}
