//! The versions of a scope on a day: their states, their dates and their standards.

use crate::http::pages::safe_url;
use crate::judge::{Rules, VersionRule};
use crate::language::Language;
use chrono::NaiveDate;
use scs_checks::definition::Validity;

/// The target whose testcases are mandatory.
const MAIN: &str = "main";

/// A version of a scope on a day.
#[derive(Clone, Debug)]
pub struct Version<'r> {
    /// Its name.
    pub name: &'r str,
    /// Its rules.
    pub rule: &'r VersionRule,
    /// Its standing.
    pub validity: Validity,
    /// The first day of this standing; none before the timeline begins.
    pub since: Option<NaiveDate>,
    /// The first day on which it is no longer in force; none if the timeline has no such day, or it is not in force.
    pub ends: Option<NaiveDate>,
}

impl<'r> Version<'r> {
    /// Returns all versions that the timeline knows, the newest first.
    pub fn all(rules: &'r Rules, today: NaiveDate) -> Vec<Self> {
        let version = |(name, rule): (&'r String, &'r VersionRule)| {
            let validity = rules.timeline.validity(name, today);
            let ends = validity.decides().then(|| rules.ends(name, today)).flatten();
            Self { name, rule, validity, since: since(rules, name, today), ends }
        };
        let lists = |day, name: &str| rules.timeline.at(day).is_some_and(|listed| listed.contains_key(name));
        let is_known = |(name, _): &(&String, &VersionRule)| rules.timeline.dates().any(|day| lists(day, name));
        rules.versions.iter().filter(is_known).map(version).collect()
    }

    /// Returns the versions that are listed on that day, the newest first.
    pub fn listed(rules: &'r Rules, today: NaiveDate) -> Vec<Self> {
        let listed = rules.timeline.at(today);
        let is_listed = |version: &Self| listed.is_some_and(|listed| listed.contains_key(version.name));
        Self::all(rules, today).into_iter().filter(is_listed).collect()
    }

    /// Returns the mandatory testcases.
    pub fn mandatory(&self) -> &'r [String] {
        self.rule.targets.get(MAIN).map(Vec::as_slice).unwrap_or_default()
    }

    /// Returns the class of the color of its state.
    pub fn class(&self) -> &'static str {
        match self.validity {
            Validity::Warn => "warning",
            Validity::Effective | Validity::Draft | Validity::Deprecated => "plain",
        }
    }

    /// Says until when it is in force; scs-0003 demands the date beside a version that is about to expire.
    pub fn end(&self, language: Language) -> String {
        match (self.ends.and_then(|day| day.pred_opt()), self.validity.decides()) {
            (Some(last), _) => format!("{} {}", language.text("in force until", "in Kraft bis"), language.date(last)),
            (None, true) => language.text("no end is known", "ein Ende ist nicht bekannt").to_owned(),
            (None, false) => String::new(),
        }
    }
}

/// A version as tables show it.
#[derive(Clone, Debug)]
pub struct VersionRow<'r> {
    /// Its name.
    pub name: &'r str,
    /// The class of the color of its state.
    pub class: &'static str,
    /// The words for its state.
    pub state: &'static str,
    /// The first day of this state.
    pub since: String,
    /// The words on its end.
    pub end: String,
    /// The day from which on it may no longer change.
    pub stable: String,
    /// The number of mandatory testcases.
    pub mandatory: usize,
}

impl<'r> Version<'r> {
    /// Returns the version as tables show it.
    pub fn row(&self, language: Language) -> VersionRow<'r> {
        let date = |day: Option<NaiveDate>| day.map(|day| language.date(day)).unwrap_or_default();
        VersionRow {
            name: self.name,
            class: self.class(),
            state: state(self.validity, language),
            since: date(self.since),
            end: self.end(language),
            stable: date(self.rule.stabilized_at),
            mandatory: self.mandatory().len(),
        }
    }
}

/// Returns the words for the state of a version: the one of the timeline, and what it means.
pub fn state(validity: Validity, language: Language) -> &'static str {
    match validity {
        Validity::Effective => language.text("in force (effective)", "in Kraft (effective)"),
        Validity::Warn => language.text("in force, about to expire (warn)", "in Kraft, läuft bald aus (warn)"),
        Validity::Draft => language.text("not in force yet (draft)", "noch nicht in Kraft (draft)"),
        Validity::Deprecated => language.text("no longer in force (deprecated)", "nicht mehr in Kraft (deprecated)"),
    }
}

/// Returns the first day since which a version has had the standing of this day.
fn since(rules: &Rules, version: &str, today: NaiveDate) -> Option<NaiveDate> {
    let now = rules.timeline.validity(version, today);
    let mut days: Vec<NaiveDate> = rules.timeline.dates().filter(|day| *day <= today).collect();
    days.sort_unstable();
    days.into_iter().rev().take_while(|day| rules.timeline.validity(version, *day) == now).last()
}

/// A standard in some version, with a link to its text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Standard<'r> {
    /// The id, such as `scs-0103-v1`.
    pub id: &'r str,
    /// The title.
    pub title: &'r str,
    /// The address of its text; empty if there is none.
    pub url: &'r str,
}

impl<'r> Standard<'r> {
    /// Returns a standard that versions of a scope include.
    pub fn new(rules: &'r Rules, id: &'r str) -> Self {
        let module = rules.modules.get(id);
        let (title, url) = (module.map_or(id, |module| &module.name), module.map_or("", |module| &module.url));
        Self { id, title, url: safe_url(url) }
    }

    /// Returns the part of the id that is the same for all its versions, such as `scs-0103`.
    pub fn number(&self) -> &'r str {
        number(self.id)
    }
}

/// Returns an id without its version.
pub fn number(id: &str) -> &str {
    id.rsplit_once("-v").map_or(id, |(number, _)| number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::rules_of;
    use rstest::rstest;

    const SCOPE: &str = "
uuid: 11111111-2222-4333-8444-555555555555
name: Small scope
url: https://example.org/scope.yaml
scripts: [{executable: x.py, testcases: [{id: a}, {id: b}]}]
modules: [{id: scs-0001-v1, name: One, url: 'javascript:x', targets: {main: [a], preview: [b]}}]
timeline:
  - {date: 2027-02-01, versions: {v2: effective}}
  - {date: 2026-10-01, versions: {v2: effective, v1: warn}}
  - {date: 2026-09-01, versions: {v2: draft, v1: effective}}
  - {date: 2025-01-01, versions: {v1: effective, v0: effective}}
versions:
  - {version: unknown, include: [scs-0001-v1]}
  - {version: v2, include: [scs-0001-v1]}
  - {version: v1, include: [scs-0001-v1]}
  - {version: v0}
";

    #[rstest]
    #[case("2026-11-30", &["v2 effective 2026-10-01 -", "v1 warn 2026-10-01 2027-02-01", "v0 deprecated 2026-09-01 -"])]
    #[case("2026-09-30", &["v2 draft 2026-09-01 -", "v1 effective 2025-01-01 2027-02-01", "v0 deprecated 2026-09-01 -"])]
    #[case("2027-02-01", &["v2 effective 2026-10-01 -", "v1 deprecated 2027-02-01 -", "v0 deprecated 2026-09-01 -"])]
    #[case("2024-01-01", &["v2 deprecated - -", "v1 deprecated - -", "v0 deprecated - -"])]
    fn dates_come_from_the_timeline(#[case] today: &str, #[case] expected: &[&str]) {
        let rules = rules_of(SCOPE);
        let day = |day: Option<NaiveDate>| day.map_or_else(|| "-".to_owned(), |day| day.to_string());
        let line = |version: &Version<'_>| {
            format!("{} {} {} {}", version.name, version.validity, day(version.since), day(version.ends))
        };
        let today = today.parse().unwrap();
        assert_eq!(Version::all(&rules, today).iter().map(line).collect::<Vec<_>>(), expected);
        let listed = Version::listed(&rules, today);
        assert!(listed.iter().all(|version| version.validity != Validity::Deprecated), "{listed:?}");
    }

    #[test]
    fn last_day_stands_beside_a_version_that_expires() {
        let rules = rules_of(SCOPE);
        let versions = Version::all(&rules, "2026-11-30".parse().unwrap());
        assert_eq!(versions[1].end(Language::En), "in force until 31 January 2027");
        assert_eq!(versions[0].end(Language::De), "ein Ende ist nicht bekannt");
        assert_eq!((versions[1].mandatory(), versions[2].end(Language::En).as_str()), (&["a".to_owned()][..], ""));
    }

    #[test]
    fn standards_have_numbers_and_safe_links() {
        let rules = rules_of(SCOPE);
        let standard = Standard::new(&rules, "scs-0001-v1");
        assert_eq!((standard.title, standard.url, standard.number()), ("One", "", "scs-0001"));
        assert_eq!((number("scs-0104-v1-2"), number("m1")), ("scs-0104", "m1"));
    }
}
