//! The words and colors of badges.

use super::draw::Line;
use crate::http::site::listed::Listed;
use crate::http::site::revocations::scope_name;
use crate::http::site::state::{Mood, ScopeState};
use crate::judge::Rulebook;
use crate::language::Language;
use crate::registry::{Certificate, CertificateState, Registry};
use chrono::{DateTime, Utc};
use scs_checks::definition::Validity;

/// Colors on which white letters have enough contrast.
const GREEN: &str = "#15693a";
const RED: &str = "#ad1f1f";
const BROWN: &str = "#7a4e00";
const VIOLET: &str = "#76309a";
const BLUE: &str = "#345a86";
const GRAY: &str = "#525c66";

/// Returns the color of the worst line, for those who show one color only. It is green only if all lines are.
pub fn worst_color(lines: &[Line]) -> &'static str {
    let worst =
        [RED, BLUE, VIOLET, GRAY, BROWN].into_iter().find(|color| lines.iter().any(|line| line.color == *color));
    worst.unwrap_or(GREEN)
}

/// Everything that a badge depends on.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// The subject.
    pub subject: &'a Listed,
    /// The rules of all scopes.
    pub rulebook: &'a Rulebook,
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

/// Returns a line for each scope: the version that speaks for the subject, and its worst region or configuration. Only one scope is shown
/// if it is named.
pub fn standing_lines(asked: Asked<'_>, states: &[ScopeState], scope: Option<&str>) -> Vec<Line> {
    let wanted = states.iter().filter(|state| scope.is_none_or(|scope| state.rules.id == scope));
    let lines: Vec<Line> = wanted.map(|state| standing_line(asked, state)).collect();
    if lines.is_empty() {
        let label = scope.map_or_else(|| "SCS".to_owned(), |scope| scope_name(asked.rulebook, scope));
        return vec![asked.line(&label, word(Mood::Untested, asked.language).to_owned(), BLUE)];
    }
    lines
}

fn standing_line(asked: Asked<'_>, state: &ScopeState) -> Line {
    let language = asked.language;
    let spoken = state.speaking().and_then(|version| Some((version, state.worst(version)?)));
    let Some((version, worst)) = spoken else {
        let message = language.text("no version in force", "keine Version in Kraft").to_owned();
        return asked.line(&state.rules.name, message, GRAY);
    };
    let mood = Mood::of(&worst);
    let mut message = format!("{version} {}", word(mood, language));
    let color = match (mood, state.rules.timeline.validity(version, state.today)) {
        (Mood::Conformant, Validity::Effective) => GREEN,
        (Mood::Conformant, Validity::Warn) => {
            let until = language.text("until", "bis");
            let last = state.rules.ends(version, state.today).and_then(|day| day.pred_opt());
            let last = last.map(|day| format!(" {until} {}", language.date(day)));
            let soon = || language.text(", about to expire", ", läuft bald aus").to_owned();
            message.push_str(&last.unwrap_or_else(soon));
            BROWN
        }
        (Mood::Conformant, Validity::Draft | Validity::Deprecated) => {
            message.push_str(language.text(", not in force", ", nicht in Kraft"));
            GRAY
        }
        (Mood::Failing | Mood::CertifiedFailing, _) => RED,
        (Mood::Undecided, _) => VIOLET,
        (Mood::Untested, _) => BLUE,
    };
    asked.line(&state.rules.name, message, color)
}

/// Returns the short word for a mood.
fn word(mood: Mood, language: Language) -> &'static str {
    match mood {
        Mood::Conformant => language.text("compliant", "erfüllt"),
        Mood::Failing | Mood::CertifiedFailing => language.text("failing", "nicht erfüllt"),
        Mood::Undecided => language.text("not decided", "nicht entschieden"),
        Mood::Untested => language.text("not tested", "nicht getestet"),
    }
}

/// Returns a line for each scope and version that the subject has a certificate for: the one that holds, or else the newest.
pub fn certificate_lines(asked: Asked<'_>, registry: &Registry, states: &[ScopeState]) -> Vec<Line> {
    let today = asked.now.date_naive();
    let is_valid = |one: &Certificate| matches!(one.state_on(today), CertificateState::Valid { .. });
    let mut shown: Vec<&Certificate> = Vec::new();
    for certificate in registry.certificates_of(&asked.subject.name).filter(|one| one.issued <= today) {
        let what = |one: &Certificate| (one.scope.clone(), one.version.clone(), one.covers.clone());
        let same = |one: &&mut &Certificate| what(one) == what(certificate);
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
    shown.into_iter().map(|one| certificate_line(asked, one, states)).collect()
}

/// A certificate that holds is green only if everything that it covers conforms today.
fn certificate_line(asked: Asked<'_>, certificate: &Certificate, states: &[ScopeState]) -> Line {
    let language = asked.language;
    let of_scope = states.iter().find(|state| state.rules.id == certificate.scope);
    let standing = of_scope.and_then(|state| state.certified(certificate));
    let (today, today_color) = match standing.map(|standing| Mood::of(&standing)) {
        Some(Mood::Conformant) => (None, GREEN),
        Some(mood @ (Mood::Failing | Mood::CertifiedFailing)) => (Some(word(mood, language)), RED),
        Some(mood) => (Some(word(mood, language)), GRAY),
        None => (Some(word(Mood::Untested, language)), GRAY),
    };
    let words = |english: &str, german: &str, day| format!("{} {}", language.text(english, german), language.date(day));
    let (mut message, color) = match certificate.state_on(asked.now.date_naive()) {
        CertificateState::Valid { until } => {
            let now = today.map(|word| format!(", {} {word}", language.text("now", "jetzt"))).unwrap_or_default();
            (words("certified until", "zertifiziert bis", until) + &now, today_color)
        }
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
    use crate::http::site::state::Member;
    use crate::judge::{Latest, Results, judge, rulebook_of};
    use crate::registry::{Revocation, Section};
    use rstest::rstest;
    use std::sync::Arc;

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
    fn lines(regions: &[(i8, i8)], now: &str, certificates: Vec<Certificate>) -> Vec<Line> {
        with_state(regions, now, certificates, |asked, states| standing_lines(asked, states, None))
    }

    fn with_state<T>(
        regions: &[(i8, i8)],
        now: &str,
        certificates: Vec<Certificate>,
        show: impl Fn(Asked<'_>, &[ScopeState]) -> T,
    ) -> T {
        let rulebook = rulebook_of(SCOPE);
        let now: DateTime<Utc> = format!("{now}T12:00:00Z").parse().unwrap();
        let rules = Arc::clone(&rulebook.scopes["11111111-2222-4333-8444-555555555555"]);
        let member = |(number, (a, b)): (usize, &(i8, i8))| {
            let (mut results, mut latest) = (Results::default(), Latest::default());
            [("a", *a), ("b", *b)].into_iter().filter(|(_, n)| *n != 7).for_each(|(id, n)| results.add("*", id, n));
            latest.add("2026-11-16T03:00:00Z".parse().unwrap(), "report", &results);
            Member {
                name: format!("r{number}"),
                judged: judge(&rules, &latest, now),
                conclusions: Arc::default(),
                tested: latest.newest().map(|time| time.date_naive()),
                revision: 1,
            }
        };
        let members: Vec<Member> = regions.iter().enumerate().map(member).collect();
        let subject = subject(&["r0", "r1"]);
        let state = ScopeState { rules: Arc::clone(&rules), members, certificates, today: now.date_naive() };
        let asked = Asked { subject: &subject, rulebook: &rulebook, now, language: Language::En, demo: false };
        show(asked, &[state])
    }

    fn certificate(version: &str) -> Certificate {
        Certificate {
            id: "1".to_owned(),
            subject: "cloud".to_owned(),
            covers: vec!["r0".to_owned()],
            scope: "small-scope".to_owned(),
            version: version.to_owned(),
            issued: "2026-03-12".parse().unwrap(),
            revocations: vec![Revocation {
                from: "2026-06-01".parse().unwrap(),
                until: Some("2026-07-01".parse().unwrap()),
                reason: "x".to_owned(),
            }],
        }
    }

    #[rstest]
    #[case(&[(1, 1)], "2026-11-16", "v2 compliant", GREEN)]
    #[case(&[(1, -1)], "2026-11-16", "v1 compliant until 31 January 2027", BROWN)]
    #[case(&[(-1, 1)], "2026-11-16", "v2 failing", RED)]
    #[case(&[(0, 1)], "2026-11-16", "v2 not decided", VIOLET)]
    #[case(&[(7, 1)], "2026-11-16", "v2 not tested", BLUE)]
    #[case(&[(1, 1)], "2026-11-18", "v2 not tested", BLUE)]
    #[case(&[(1, 1), (7, 7)], "2026-11-16", "v2 not tested", BLUE)]
    #[case(&[(1, 1), (-1, 1)], "2026-11-16", "v2 failing", RED)]
    #[case(&[(7, 7)], "2026-11-16", "v2 not tested", BLUE)]
    #[case(&[(1, 1)], "2024-11-16", "no version in force", GRAY)]
    fn green_is_only_what_was_tested_everywhere(
        #[case] regions: &[(i8, i8)],
        #[case] now: &str,
        #[case] message: &str,
        #[case] color: &str,
    ) {
        let found = lines(regions, now, Vec::new());
        assert_eq!((found.len(), found[0].message.as_str(), found[0].color), (1, message, color));
        assert_eq!(worst_color(&found), color);
    }

    #[test]
    fn version_of_a_certificate_speaks() {
        let found = lines(&[(1, -1)], "2026-11-16", vec![certificate("v2")]);
        assert_eq!((found[0].message.as_str(), found[0].color), ("v2 failing", RED), "v1 hides nothing");
    }

    #[test]
    fn one_color_is_that_of_the_worst_line() {
        let [green, violet] = [[(1, 1)], [(0, 1)]].map(|one| lines(&one, "2026-11-16", Vec::new()).remove(0));
        assert_eq!((worst_color(std::slice::from_ref(&green)), worst_color(&[green, violet])), (GREEN, VIOLET));
    }

    #[rstest]
    #[case::conforms((1, 1), "2026-11-16", &["certified until 11 March 2027 (r0)"], GREEN)]
    #[case::fails((1, -1), "2026-11-16", &["certified until 11 March 2027, now failing (r0)"], RED)]
    #[case::undecided((0, 1), "2026-11-16", &["certified until 11 March 2027, now not decided (r0)"], GRAY)]
    #[case::not_tested((7, 7), "2026-11-16", &["certified until 11 March 2027, now not tested (r0)"], GRAY)]
    #[case::revoked((1, 1), "2026-06-15", &["revoked since 1 June 2026 (r0)"], RED)]
    #[case::ended((1, 1), "2027-03-12", &["was certified until 11 March 2027 (r0)"], GRAY)]
    #[case::not_issued((1, 1), "2026-03-11", &[], "")]
    fn logo_says_what_holds(
        #[case] region: (i8, i8),
        #[case] now: &str,
        #[case] messages: &[&str],
        #[case] color: &str,
    ) {
        let registry = Registry { certificates: vec![certificate("v2")], ..Registry::default() };
        let show = |asked: Asked<'_>, states: &[ScopeState]| certificate_lines(asked, &registry, states);
        let found = with_state(&[region], now, vec![certificate("v2")], show);
        assert_eq!(found.iter().map(|line| line.message.as_str()).collect::<Vec<_>>(), messages);
        assert!(found.iter().all(|line| line.color == color && line.label == "Small scope v2"), "{found:?}");
    }
}
