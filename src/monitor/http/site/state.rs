//! The state of a listed subject by one scope: its members, the version that speaks for it, and its certificates. The worst member
//! speaks for the subject.

use super::listed::Listed;
use crate::http::answer::Answer;
use crate::http::app::App;
use crate::http::board::View;
use crate::http::past::{Asked, Conclusions};
use crate::judge::{Judgement, Latest, Rules, judge};
use crate::registry::{Certificate, CertificateState};
use crate::standing::Standing;
use chrono::NaiveDate;
use scs_checks::definition::Validity;
use scs_checks::score::Conclusion;
use std::cmp::Reverse;
use std::sync::Arc;

/// The state of a listed subject by one scope.
#[derive(Debug)]
pub struct ScopeState {
    /// The rules of the scope.
    pub rules: Arc<Rules>,
    /// The subjects of reports that stand for it.
    pub members: Vec<Member>,
    /// Its certificates by this scope, the newest first.
    pub certificates: Vec<Certificate>,
    /// The day that counts as today.
    pub today: NaiveDate,
}

/// A subject of reports by one scope.
#[derive(Debug)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// The judgement on each version that is listed today, the newest first.
    pub judged: Vec<Judgement>,
    /// Its past.
    pub conclusions: Arc<Conclusions>,
    /// The day of the newest result.
    pub tested: Option<NaiveDate>,
    /// The number that grows with each upload; 0 if there was none.
    pub revision: i64,
}

/// The state of a subject in one word, for signs and filters.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mood {
    /// It conforms.
    Conformant,
    /// It is certified, and fails: the certificate is not revoked at once (scs-0004, regulation 8a).
    CertifiedFailing,
    /// It fails.
    Failing,
    /// Something was not tested.
    Untested,
    /// Something could not be decided.
    Undecided,
}

impl Mood {
    /// Returns the mood of a standing.
    pub fn of(standing: &Standing) -> Self {
        match standing.conclusion {
            _ if standing.tested.is_none() => Self::Untested,
            Conclusion::Conformant => Self::Conformant,
            Conclusion::Violation => Self::Failing,
            Conclusion::Undecided | Conclusion::Residue if standing.counts.missing > 0 => Self::Untested,
            Conclusion::Undecided | Conclusion::Residue => Self::Undecided,
        }
    }

    /// Returns the class in the style sheet, which is also the name of the sign.
    pub fn class(self) -> &'static str {
        match self {
            Self::Conformant => "pass",
            Self::CertifiedFailing | Self::Failing => "fail",
            Self::Untested => "miss",
            Self::Undecided => "abort",
        }
    }

    /// Returns the name in addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Conformant => "conformant",
            Self::CertifiedFailing => "certified-failing",
            Self::Failing => "failing",
            Self::Untested => "untested",
            Self::Undecided => "undecided",
        }
    }
}

/// Returns the states of a subject by all scopes that it was tested or certified by.
///
/// # Errors
/// The database does not answer.
pub async fn states(app: &App, view: &View, listed: &Listed) -> Result<Vec<ScopeState>, Answer> {
    let (rulebook, registry, mut found) = (app.rulebook(), app.registry(), Vec::new());
    for rules in rulebook.scopes.values() {
        let certificates: Vec<Certificate> =
            registry.certificates_of(&listed.name).filter(|one| one.scope == rules.id).cloned().collect();
        let is_tested = listed.tested.iter().any(|tested| view.standing(tested, &rules.uuid).is_some());
        if !is_tested && certificates.is_empty() {
            continue;
        }
        let mut members = Vec::new();
        for tested in &listed.tested {
            members.push(member(app, view, rules, tested).await?);
        }
        found.push(ScopeState { rules: Arc::clone(rules), members, certificates, today: app.now().date_naive() });
    }
    Ok(found)
}

async fn member(app: &App, view: &View, rules: &Arc<Rules>, name: &str) -> Result<Member, Answer> {
    let (standing, now, nothing) = (view.standing(name, &rules.uuid), app.now(), Latest::default());
    let latest = standing.map_or(&nothing, |standing| &standing.latest);
    let revision = standing.map_or(0, |standing| standing.revision());
    let conclusions = app.pasts.conclusions(&app.store, Asked { subject: name, rules, revision, now }).await?;
    Ok(Member {
        name: name.to_owned(),
        judged: judge(rules, latest, now),
        conclusions,
        tested: latest.newest().map(|time| time.date_naive()),
        revision,
    })
}

impl Member {
    /// Returns the judgement on a version; none if it is not listed today.
    pub fn judgement(&self, version: &str) -> Option<&Judgement> {
        self.judged.iter().find(|judged| judged.version == version)
    }

    /// Returns the standing by a version; none if it is not listed today.
    pub fn standing(&self, version: &str, today: NaiveDate) -> Option<Standing> {
        let judged = self.judgement(version)?;
        Some(Standing {
            version: version.to_owned(),
            conclusion: judged.conclusion,
            since: self.conclusions.since(version, judged.conclusion),
            counts: judged.counts,
            tested: self.tested,
            today,
        })
    }
}

impl ScopeState {
    /// Returns the versions that decide today, the newest first.
    pub fn deciding(&self) -> Vec<&Judgement> {
        let judged = self.members.first().map(|member| member.judged.as_slice()).unwrap_or_default();
        judged.iter().filter(|judged| judged.validity.decides()).collect()
    }

    /// Returns the version that speaks for the subject: that of a valid certificate; else the newest one in force that it fulfills; else
    /// the newest one in force.
    pub fn speaking(&self) -> Option<&str> {
        let is_valid = |one: &&Certificate| matches!(one.state_on(self.today), CertificateState::Valid { .. });
        let mut certified = self.certificates.iter().filter(is_valid).map(|one| one.version.as_str());
        let is_listed = |version: &&str| self.members.iter().any(|member| member.judgement(version).is_some());
        let deciding = self.deciding();
        let names = || deciding.iter().map(|judged| judged.version.as_str());
        let is_fulfilled =
            |version: &&str| self.worst(version).is_some_and(|worst| Mood::of(&worst) == Mood::Conformant);
        let in_force = deciding.iter().find(|judged| judged.validity == Validity::Effective);
        let certified = certified.find(is_listed);
        let found = certified.or_else(|| names().find(is_fulfilled));
        found.or(in_force.map(|judged| judged.version.as_str())).or_else(|| names().next())
    }

    /// Returns the standing of the worst member by a version.
    pub fn worst(&self, version: &str) -> Option<Standing> {
        self.worst_of(version, |_| true)
    }

    /// Returns the standing of the worst one of some members by a version. If all conform, they do since the last of them does.
    pub fn worst_of(&self, version: &str, is_meant: impl Fn(&str) -> bool) -> Option<Standing> {
        let members = self.members.iter().filter(|member| is_meant(&member.name));
        let standings: Vec<Standing> = members.filter_map(|member| member.standing(version, self.today)).collect();
        let mut worst = standings.iter().min_by_key(|standing| badness(standing))?.clone();
        if Mood::of(&worst) == Mood::Conformant {
            let since: Option<Vec<NaiveDate>> = standings.iter().map(|standing| standing.since).collect();
            worst.since = since.and_then(|days| days.into_iter().max());
            worst.tested = standings.iter().filter_map(|standing| standing.tested).min();
        }
        Some(worst)
    }

    /// Returns the members with their standings by a version if they do not all have the same one.
    pub fn differing(&self, version: &str) -> Vec<(&str, Standing)> {
        let all: Vec<(&str, Standing)> = self
            .members
            .iter()
            .filter_map(|member| Some((member.name.as_str(), member.standing(version, self.today)?)))
            .collect();
        let same = |pair: &[(&str, Standing)]| match pair {
            [(_, one), (_, other)] => Mood::of(one) == Mood::of(other) && one.counts == other.counts,
            _ => true,
        };
        if all.windows(2).all(same) { Vec::new() } else { all }
    }

    /// Returns the standing of those whom a valid certificate covers, by its version; none if it does not hold today.
    pub fn certified(&self, certificate: &Certificate) -> Option<Standing> {
        let CertificateState::Valid { .. } = certificate.state_on(self.today) else { return None };
        self.worst_of(&certificate.version, |name| certificate.covers.iter().any(|covered| covered == name))
    }

    /// Returns the mood of the subject by the version that speaks for it. Where a certified member fails, that is a state of its own.
    pub fn mood(&self) -> Mood {
        let is_failing = |one: &Certificate| self.certified(one).is_some_and(|found| Mood::of(&found) == Mood::Failing);
        if self.certificates.iter().any(is_failing) {
            return Mood::CertifiedFailing;
        }
        let worst = self.speaking().and_then(|version| self.worst(version));
        worst.map_or(Mood::Untested, |worst| Mood::of(&worst))
    }
}

/// Returns the order in which standings speak: the worst first; of equal ones that with more failures, then the one tested longer ago.
fn badness(standing: &Standing) -> (u8, Reverse<usize>, Option<NaiveDate>) {
    let rank = match Mood::of(standing) {
        Mood::CertifiedFailing | Mood::Failing => 0,
        Mood::Untested => 1,
        Mood::Undecided => 2,
        Mood::Conformant => 3,
    };
    (rank, Reverse(standing.counts.failed), standing.tested)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::{Results, rules_of};
    use rstest::rstest;

    const SCOPE: &str = "
uuid: 11111111-2222-4333-8444-555555555555
name: Small scope
url: https://example.org/scope.yaml
scripts: [{executable: x.py, testcases: [{id: a}, {id: b}]}]
modules: [{id: m1, targets: {main: [a]}}, {id: m2, targets: {main: [b]}}]
timeline: [{date: 2025-01-01, versions: {next: draft, v2: effective, v1: warn}}]
versions:
  - {version: next, include: [m1, m2]}
  - {version: v2, stabilized_at: 2025-01-01, include: [m1, m2]}
  - {version: v1, stabilized_at: 2024-01-01, include: [m1]}
";

    const TODAY: &str = "2026-11-30";

    /// Makes a member of results of `a` and `b`; 7 stands for none.
    fn member(name: &str, a: i8, b: i8) -> Member {
        let (mut results, mut latest) = (Results::default(), Latest::default());
        for (id, number) in [("a", a), ("b", b)].into_iter().filter(|(_, number)| *number != 7) {
            results.add("*", id, number);
        }
        let now = format!("{TODAY}T10:00:00Z").parse().unwrap();
        latest.add(now, "report", &results);
        let judged = judge(&rules_of(SCOPE), &latest, now);
        let tested = latest.newest().map(|time| time.date_naive());
        Member { name: name.to_owned(), judged, conclusions: Arc::default(), tested, revision: 1 }
    }

    fn certificate(version: &str, covers: &[&str], issued: &str) -> Certificate {
        Certificate {
            id: "c".to_owned(),
            subject: "s".to_owned(),
            covers: covers.iter().map(|name| (*name).to_owned()).collect(),
            scope: "small-scope".to_owned(),
            version: version.to_owned(),
            issued: issued.parse().unwrap(),
            revocations: Vec::new(),
        }
    }

    fn state(members: Vec<Member>, certificates: Vec<Certificate>) -> ScopeState {
        ScopeState { rules: Arc::new(rules_of(SCOPE)), members, certificates, today: TODAY.parse().unwrap() }
    }

    #[rstest]
    #[case::newest_that_is_fulfilled(1, 1, &[], Some("v2"))]
    #[case::older_that_is_fulfilled(1, -1, &[], Some("v1"))]
    #[case::nothing_is_fulfilled(-1, -1, &[], Some("v2"))]
    #[case::certificate(1, 1, &[("v1", "2026-01-01")], Some("v1"))]
    #[case::expired_certificate(1, 1, &[("v1", "2025-01-01")], Some("v2"))]
    #[case::certificate_of_what_is_not_listed(1, 1, &[("v0", "2026-01-01")], Some("v2"))]
    fn a_version_speaks_for_the_subject(
        #[case] a: i8,
        #[case] b: i8,
        #[case] certificates: &[(&str, &str)],
        #[case] expected: Option<&str>,
    ) {
        let certificates = certificates.iter().map(|(version, issued)| certificate(version, &["r"], issued)).collect();
        assert_eq!(state(vec![member("r", a, b)], certificates).speaking(), expected);
    }

    #[rstest]
    #[case::all_conform(&[(1, 1), (1, 1)], Mood::Conformant, 0)]
    #[case::one_fails(&[(1, 1), (1, -1), (7, 7)], Mood::Failing, 3)]
    #[case::one_is_undecided(&[(1, 1), (1, 0)], Mood::Undecided, 2)]
    #[case::missing_is_worse_than_undecided(&[(1, 0), (1, 7)], Mood::Untested, 2)]
    #[case::never_tested(&[(1, 1), (7, 7)], Mood::Untested, 2)]
    #[case::nobody(&[], Mood::Untested, 0)]
    fn the_worst_member_speaks(#[case] members: &[(i8, i8)], #[case] expected: Mood, #[case] named: usize) {
        let members = members.iter().enumerate().map(|(index, (a, b))| member(&format!("r{index}"), *a, *b)).collect();
        let state = state(members, Vec::new());
        let worst = state.worst("v2");
        assert_eq!(worst.map_or(Mood::Untested, |worst| Mood::of(&worst)), expected);
        assert_eq!(state.differing("v2").len(), named, "those who differ are named");
    }

    #[rstest]
    #[case::covered_member_fails(&["r1"], "2026-01-01", Mood::CertifiedFailing)]
    #[case::other_member_fails(&["r0"], "2026-01-01", Mood::Failing)]
    #[case::expired(&["r1"], "2025-01-01", Mood::Failing)]
    fn a_certificate_covers_exactly_what_it_lists(
        #[case] covers: &[&str],
        #[case] issued: &str,
        #[case] expected: Mood,
    ) {
        let members = vec![member("r0", 1, 1), member("r1", -1, 1)];
        assert_eq!(state(members, vec![certificate("v2", covers, issued)]).mood(), expected);
    }
}
