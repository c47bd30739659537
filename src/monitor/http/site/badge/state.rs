//! The words and colors of badges.

use super::draw::Line;
use crate::http::board::View;
use crate::http::site::listed::Listed;
use crate::http::site::mark::Mark;
use crate::http::site::revocations::scope_name;
use crate::judge::{Latest, Rulebook, Rules, judge};
use crate::language::Language;
use crate::registry::{Certificate, CertificateState, Registry};
use chrono::{DateTime, NaiveDate, Utc};
use scs_checks::definition::Validity;
use std::sync::Arc;

/// Colors on which white letters have enough contrast.
const GREEN: &str = "#15693a";
const RED: &str = "#ad1f1f";
const BROWN: &str = "#7a4e00";
const VIOLET: &str = "#76309a";
const BLUE: &str = "#345a86";
const GRAY: &str = "#525c66";

/// Returns the color of the worst line, for those who show one color only. It is green only if all lines are.
pub fn worst_color(lines: &[Line]) -> &'static str {
    let worst = [RED, BLUE, VIOLET, GRAY, BROWN].into_iter().find(|color| lines.iter().any(|line| line.color == *color));
    worst.unwrap_or(GREEN)
}

/// Everything that a badge depends on.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// The subject.
    pub subject: &'a Listed,
    /// The rules of all scopes.
    pub rulebook: &'a Rulebook,
    /// The standings.
    pub view: &'a View,
    /// The instant.
    pub now: DateTime<Utc>,
    /// The language.
    pub language: Language,
    /// True for a demonstration.
    pub demo: bool,
}

impl Asked<'_> {
    /// Returns a line, which says so in a demonstration.
    fn line(&self, label: &str, message: String, color: &'static str) -> Line {
        let label = if self.demo {
            format!("{} – {label}", self.language.text("SIMULATED", "SIMULIERT"))
        } else {
            label.to_owned()
        };
        Line { label, message, color }
    }
}

/// Returns a line for each scope in which the subject has results: the newest version in force that all its regions or configurations
/// conform to, or what keeps them from the newest one. Only one scope is shown if it is named.
pub fn standing_lines(asked: Asked<'_>, scope: Option<&str>) -> Vec<Line> {
    let is_wanted = |rules: &&Rules| scope.is_none_or(|scope| rules.id == scope || rules.uuid == scope);
    let has_results =
        |rules: &&Rules| asked.subject.tested.iter().any(|one| asked.view.standing(one, &rules.uuid).is_some());
    let rules = asked.rulebook.scopes.values().map(Arc::as_ref).filter(is_wanted).filter(has_results);
    let lines: Vec<Line> = rules.map(|rules| standing_line(asked, rules)).collect();
    if lines.is_empty() {
        let label = scope.map_or_else(|| "SCS".to_owned(), |scope| scope_name(asked.rulebook, scope));
        return vec![asked.line(&label, Mark::NotTested.of_version_word(asked.language).to_owned(), BLUE)];
    }
    lines
}

/// A version in force, with the worst mark of all regions or configurations.
struct Standing {
    version: String,
    mark: Mark,
    validity: Validity,
    last: Option<NaiveDate>,
}

fn standing_line(asked: Asked<'_>, rules: &Rules) -> Line {
    let standings = standings(asked, rules);
    let passed = standings.iter().find(|standing| standing.mark == Mark::Passes);
    let Some(standing) = passed.or(standings.first()) else {
        let message = asked.language.text("no version in force", "keine Version in Kraft").to_owned();
        return asked.line(&rules.name, message, GRAY);
    };
    let mut message = format!("{} {}", standing.version, standing.mark.of_version_word(asked.language));
    let color = match standing.mark {
        Mark::Passes if standing.validity == Validity::Warn => {
            let until = asked.language.text("until", "bis");
            let last = standing.last.map(|day| format!(" {until} {}", asked.language.date(day)));
            let soon = || asked.language.text(", about to expire", ", läuft bald aus").to_owned();
            message.push_str(&last.unwrap_or_else(soon));
            BROWN
        }
        Mark::Passes => GREEN,
        Mark::Fails => RED,
        Mark::NotDecided => VIOLET,
        Mark::NotTested => BLUE,
    };
    asked.line(&rules.name, message, color)
}

fn standings(asked: Asked<'_>, rules: &Rules) -> Vec<Standing> {
    let nothing = Latest::default();
    let mut found: Vec<Standing> = Vec::new();
    for tested in &asked.subject.tested {
        for judged in judge(rules, asked.view.latest(tested, &rules.uuid).unwrap_or(&nothing), asked.now) {
            if !judged.validity.decides() {
                continue;
            }
            let mark = Mark::of_version(&judged);
            match found.iter_mut().find(|standing| standing.version == judged.version) {
                Some(standing) => standing.mark = standing.mark.min(mark),
                None => found.push(Standing {
                    mark,
                    validity: judged.validity,
                    last: judged.ends.and_then(|day| day.pred_opt()),
                    version: judged.version,
                }),
            }
        }
    }
    found
}

/// Returns a line for each scope and version that the subject has a certificate for: the one that holds, or else the newest.
pub fn certificate_lines(asked: Asked<'_>, registry: &Registry) -> Vec<Line> {
    let today = asked.now.date_naive();
    let is_valid = |one: &Certificate| matches!(one.state_on(today), CertificateState::Valid { .. });
    let mut shown: Vec<&Certificate> = Vec::new();
    for certificate in registry.certificates_of(&asked.subject.name).filter(|one| one.issued <= today) {
        let same = |one: &&mut &Certificate| one.scope == certificate.scope && one.version == certificate.version;
        match shown.iter_mut().find(same) {
            None => shown.push(certificate),
            Some(known) if is_valid(certificate) && !is_valid(known) => *known = certificate,
            Some(_) => {}
        }
    }
    if shown.iter().any(|one| is_valid(one)) {
        // Beside one that holds, those that have ended tell nothing; a revocation always does.
        shown.retain(|one| !matches!(one.state_on(today), CertificateState::Expired { .. }));
    }
    shown.into_iter().map(|one| certificate_line(asked, one)).collect()
}

fn certificate_line(asked: Asked<'_>, certificate: &Certificate) -> Line {
    let language = asked.language;
    let words = |english: &str, german: &str, day| format!("{} {}", language.text(english, german), language.date(day));
    let (mut message, color) = match certificate.state_on(asked.now.date_naive()) {
        CertificateState::Valid { until } => (words("certified until", "zertifiziert bis", until), GREEN),
        CertificateState::Revoked { since, .. } => (words("revoked since", "widerrufen seit", since), RED),
        CertificateState::Expired { since } => (words("was certified until", "war zertifiziert bis", since), GRAY),
        CertificateState::NotYet { from } => (words("certified from", "zertifiziert ab", from), GRAY),
    };
    if certificate.covers.len() < asked.subject.tested.len() {
        message.push_str(&format!(" ({})", certificate.covers.join(", ")));
    }
    asked.line(&format!("{} {}", scope_name(asked.rulebook, &certificate.scope), certificate.version), message, color)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::{Results, rulebook_of};
    use crate::registry::{Revocation, Section};
    use rstest::rstest;

    const SCOPE: &str = "
uuid: 11111111-2222-4333-8444-555555555555
name: Small scope
url: https://example.org/scope.yaml
scripts: [{executable: x.py, testcases: [{id: a, lifetime: day}, {id: b}]}]
modules: [{id: m1, targets: {main: [a]}}, {id: m2, targets: {main: [b]}}]
timeline:
  - {date: 2027-02-01, versions: {v2: effective}}
  - {date: 2025-01-01, versions: {next: draft, v2: effective, v1: warn}}
versions: [{version: next, include: [m1]}, {version: v2, include: [m1, m2]}, {version: v1, include: [m1]}]
";

    fn subject(tested: &[&str]) -> Listed {
        Listed {
            name: "cloud".to_owned(),
            title: "Cloud".to_owned(),
            operator: None,
            section: Section::Listed,
            tested: tested.iter().map(|name| (*name).to_owned()).collect(),
            technology: None,
            certificate_url: None,
            health_url: None,
            tested_by: None,
        }
    }

    /// Returns the lines of a subject whose regions have these results of `a` and `b`; 7 stands for none.
    fn lines(regions: &[(i8, i8)], now: &str) -> Vec<Line> {
        let rulebook = rulebook_of(SCOPE);
        let names: Vec<String> = (0..regions.len()).map(|number| format!("r{number}")).collect();
        let view = View::of_results(regions.iter().zip(&names).filter(|(one, _)| **one != (7, 7)).map(|((a, b), name)| {
            let mut results = Results::default();
            [("a", *a), ("b", *b)].into_iter().filter(|(_, n)| *n != 7).for_each(|(id, n)| results.add("*", id, n));
            let mut latest = Latest::default();
            latest.add("2026-11-16T03:00:00Z".parse().unwrap(), "report", &results);
            ((name.clone(), "11111111-2222-4333-8444-555555555555".to_owned()), latest)
        }));
        let subject = subject(&names.iter().map(String::as_str).collect::<Vec<_>>());
        let now = format!("{now}T12:00:00Z").parse().unwrap();
        let language = Language::En;
        standing_lines(Asked { subject: &subject, rulebook: &rulebook, view: &view, now, language, demo: false }, None)
    }

    #[rstest]
    #[case(&[(1, 1)], "2026-11-16", "v2 conformant", GREEN)]
    #[case(&[(1, -1)], "2026-11-16", "v1 conformant until 31 January 2027", BROWN)]
    #[case(&[(-1, 1)], "2026-11-16", "v2 failing", RED)]
    #[case(&[(0, 1)], "2026-11-16", "v2 not decided", VIOLET)]
    #[case(&[(7, 1)], "2026-11-16", "v2 not tested", BLUE)]
    #[case(&[(1, 1)], "2026-11-18", "v2 not tested", BLUE)]
    #[case(&[(1, 1), (7, 7)], "2026-11-16", "v2 not tested", BLUE)]
    #[case(&[(1, 1), (-1, 1)], "2026-11-16", "v2 failing", RED)]
    #[case(&[(7, 7)], "2026-11-16", "not tested", BLUE)]
    #[case(&[(1, 1)], "2024-11-16", "no version in force", GRAY)]
    fn green_is_only_what_was_tested_everywhere(
        #[case] regions: &[(i8, i8)],
        #[case] now: &str,
        #[case] message: &str,
        #[case] color: &str,
    ) {
        let found = lines(regions, now);
        assert_eq!((found.len(), found[0].message.as_str(), found[0].color), (1, message, color));
    }

    #[rstest]
    #[case("2026-05-01", &["certified until 11 March 2027 (r0)"], GREEN)]
    #[case("2026-06-15", &["revoked since 1 June 2026 (r0)"], RED)]
    #[case("2027-03-12", &["was certified until 11 March 2027 (r0)"], GRAY)]
    #[case("2026-03-11", &[], "")]
    fn logo_says_what_holds(#[case] now: &str, #[case] messages: &[&str], #[case] color: &str) {
        let certificate = Certificate {
            id: "1".to_owned(),
            subject: "cloud".to_owned(),
            covers: vec!["r0".to_owned()],
            scope: "small-scope".to_owned(),
            version: "v2".to_owned(),
            issued: "2026-03-12".parse().unwrap(),
            revocations: vec![Revocation {
                from: "2026-06-01".parse().unwrap(),
                until: Some("2026-07-01".parse().unwrap()),
                reason: "x".to_owned(),
            }],
        };
        let registry = Registry { certificates: vec![certificate], ..Registry::default() };
        let (subject, rulebook, view) = (subject(&["r0", "r1"]), rulebook_of(SCOPE), View::default());
        let now = format!("{now}T12:00:00Z").parse().unwrap();
        let language = Language::En;
        let asked = Asked { subject: &subject, rulebook: &rulebook, view: &view, now, language, demo: false };
        let found = certificate_lines(asked, &registry);
        assert_eq!(found.iter().map(|line| line.message.as_str()).collect::<Vec<_>>(), messages);
        assert!(found.iter().all(|line| line.color == color && line.label == "Small scope v2"), "{found:?}");
    }
}
