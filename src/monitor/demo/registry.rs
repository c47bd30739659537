//! The registry of a demonstration, with dates that count from today.

use super::nights::{odd_one, versions};
use crate::judge::Rulebook;
use crate::registry::Registry;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use scs_checks::definition::{Problems, Source};

const TEXT: &str = include_str!("registry.yaml");

/// Returns the registry; an empty one without a scope.
///
/// # Errors
/// The file and the definitions do not fit together.
pub fn registry(rulebook: &Rulebook, now: DateTime<Utc>) -> Result<Registry, Problems> {
    let Some(rules) = rulebook.scopes.values().next() else { return Ok(Registry::default()) };
    let Some((old, new)) = versions(rules, now.date_naive()) else { return Ok(Registry::default()) };
    let odd_one = odd_one(rules, now.date_naive()).map(String::as_str).unwrap_or_default();
    let names = [("SCOPE", rules.id.as_str()), ("OLD", old), ("NEW", new), ("TESTCASE", odd_one)];
    let text = names.iter().fold(with_dates(TEXT, now.date_naive()), |text, (name, value)| text.replace(name, value));
    let source = Source::new("registry.yaml", text.as_bytes()).map_err(|problem| Problems(vec![problem]))?;
    Registry::parse(&source, &scs_standards::embedded()?)
}

/// Replaces `DAY-3` by the day three days before today.
fn with_dates(text: &str, today: NaiveDate) -> String {
    let mut parts = text.split("DAY");
    let mut dated = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| !"+-0123456789".contains(c)).unwrap_or(part.len());
        let (offset, rest) = part.split_at(end);
        match offset.parse() {
            Ok(days) => dated.push_str(&(today + TimeDelta::days(days)).to_string()),
            Err(_) => dated.push_str(&format!("DAY{offset}")),
        }
        dated.push_str(rest);
    }
    dated
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_count_from_today() {
        let today = NaiveDate::from_ymd_opt(2026, 3, 1).unwrap();
        assert_eq!(with_dates("a: DAY-1, b: DAY+31}, DAYS", today), "a: 2026-02-28, b: 2026-04-01}, DAYS");
    }

    #[test]
    fn registry_of_a_demonstration_fits_the_definitions() {
        let now = "2026-11-30T10:00:00Z".parse().unwrap();
        let rulebook = super::super::rules(&Rulebook::new(&scs_standards::embedded().unwrap()), now);
        let registry = registry(&rulebook, now).unwrap();
        assert_eq!((registry.subjects.len(), registry.certificates.len()), (10, 8));
    }
}
