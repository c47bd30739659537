//! One testcase on the page.

use super::findings::Findings;
use super::look::Look;
use super::words::{anchor, machine, moment, span};
use crate::evidence::how_many;
use crate::marks::of_testcase;
use crate::report::{ClauseReference, Report, TestcaseResult};
use crate::text::{count, thousands};
use crate::wording::{alike, because, decides};
use scs_checks::definition::Target;
use scs_checks::facts::SubjectKind;
use scs_checks::verdict::{Reason, ReasonCode, Severity, Verdict};

/// One testcase.
pub(super) struct Case<'a> {
    pub(super) id: &'a str,
    pub(super) anchor: String,
    pub(super) look: Look,
    /// True if its body is unfolded at first.
    pub(super) open: bool,
    pub(super) decides: bool,
    /// The marks to be shown beside the verdict.
    pub(super) marks: Vec<&'static str>,
    pub(super) subject: SubjectKind,
    pub(super) result: &'a TestcaseResult,
    pub(super) standard: String,
    pub(super) findings: Findings<'a>,
    pub(super) clauses: Vec<Clause<'a>>,
    pub(super) counts: Vec<Counts<'a>>,
}

/// A demand, and the clauses that have these words.
pub(super) struct Clause<'a> {
    pub(super) level: String,
    pub(super) text: &'a str,
    pub(super) places: Vec<&'a ClauseReference>,
}

/// A version and target in which a testcase counts.
pub(super) struct Counts<'a> {
    pub(super) target: Target,
    pub(super) version: &'a str,
    pub(super) state: String,
    pub(super) decides: bool,
}

impl<'a> Case<'a> {
    pub(super) fn of(report: &'a Report, id: &'a str, result: &'a TestcaseResult) -> Self {
        let title = report.standards.get(&result.standard);
        Self {
            id,
            anchor: anchor(id),
            look: Look::of(report, Some(result.verdict)),
            open: result.verdict == Verdict::Fail,
            decides: decides(report, id),
            marks: of_testcase(report, id, result),
            subject: report.subject.kind,
            result,
            standard: title.map(|title| format!("{} {title}", result.standard)).unwrap_or(result.standard.clone()),
            findings: Findings::of(&result.findings),
            clauses: clauses(&result.clauses),
            counts: counts(report, result),
        }
    }

    /// Returns the hints on the line of a testcase, each with a class for its looks.
    pub(super) fn hints(&self) -> Vec<(&'static str, String)> {
        let mut hints = Vec::new();
        let result = self.result;
        for (severity, noun, class) in
            [(Severity::Violation, "violation", "fail"), (Severity::Warning, "warning", "warning")]
        {
            let number = how_many(&result.findings, severity);
            if number > 0 {
                hints.push((class, count(number, noun)));
            }
        }
        if result.reason.as_ref().is_some_and(|reason| reason.code == ReasonCode::NotApplicable) {
            hints.push(("", "not applicable".to_owned()));
        }
        hints.extend(self.marks.iter().map(|mark| ("warning", (*mark).to_owned())));
        if result.vacuous {
            hints.push(("warning", "vacuous: nothing to examine".to_owned()));
        } else if result.verdict == Verdict::Pass {
            hints.push(("", format!("{} examined", thousands(result.examined))));
        }
        hints
    }

    /// Returns why there is no verdict, in a few words.
    pub(super) fn because(&self) -> Option<&'static str> {
        self.result.reason.as_ref().map(|reason| because(reason.code, true, self.subject))
    }

    pub(super) fn reason(&self) -> Option<&'a Reason> {
        self.result.reason.as_ref()
    }

    /// Returns the instant at which the result ceases to count, for programs and for people.
    pub(super) fn expires(&self) -> Option<(String, String)> {
        self.result.expires_at.as_ref().map(|time| (machine(time), moment(time)))
    }

    /// Returns the effort of collecting the facts; nothing if nothing was asked.
    pub(super) fn effort(&self) -> Option<String> {
        let attempts = usize::try_from(self.result.attempts).unwrap_or(usize::MAX);
        let effort = format!("{}, {}", count(attempts, "HTTP request"), span(self.result.duration_ms));
        (attempts > 0).then_some(effort)
    }

    pub(super) fn examined(&self) -> String {
        thousands(self.result.examined)
    }
}

fn clauses(clauses: &[ClauseReference]) -> Vec<Clause<'_>> {
    let alike = alike(clauses).into_iter();
    alike.map(|(clause, places)| Clause { level: clause.level.to_string(), text: &clause.text, places }).collect()
}

fn counts<'a>(report: &'a Report, result: &'a TestcaseResult) -> Vec<Counts<'a>> {
    let state = |name: &String, target: &Target| {
        let version = report.versions.get(name);
        let state = version.map(|version| version.validity.to_string()).unwrap_or_default();
        (state, version.is_some_and(|version| report.rests_on(version, *target)))
    };
    let states = result.targets.iter().map(|(name, target)| (name, target, state(name, target)));
    let states = states.map(|(version, target, (state, decides))| Counts { target: *target, version, state, decides });
    let mut counts: Vec<Counts<'_>> = states.collect();
    counts.sort_by_key(|counts| !counts.decides);
    counts
}
