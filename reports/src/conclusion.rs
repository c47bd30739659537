//! Says what a run comes to, for scripts (the exit code) and for people (a sentence for each version).
//!
//! The roll-up itself is that of [`scs_checks::score`].

#[cfg(test)]
mod tests;

use crate::cleanup::left_behind;
use crate::marks::prefixes;
use crate::report::{Report, SubjectState, VersionResult};
use crate::text::{count, thousands};
use crate::wording::because;
use scs_checks::definition::{Basis, Target};
use scs_checks::facts::SubjectKind;
use scs_checks::score::{Conclusion, Open, Standing};
use scs_checks::verdict::ReasonCode;

impl Report {
    /// Returns the conclusion of the run, on the basis that was chosen for it.
    pub fn conclusion(&self) -> Conclusion {
        let basis = self.selection.basis();
        let deciding = self.versions.values().filter(|version| version.decides);
        let standings: Vec<Standing> = deciding.map(|version| self.standing(version, basis)).collect();
        Conclusion::of(&standings, self.is_whole(), self.residue().next().is_some())
    }

    /// Returns the conclusion on one version, be it one that decides or not.
    pub(crate) fn conclusion_on(&self, version: &VersionResult, basis: Basis) -> Conclusion {
        self.standing(version, basis).conclusion(self.is_whole())
    }

    /// Returns true if the conclusion of the run depends on a target of a version.
    pub(crate) fn rests_on(&self, version: &VersionResult, target: Target) -> bool {
        version.decides && self.selection.basis().targets().contains(&target)
    }

    fn standing(&self, version: &VersionResult, basis: Basis) -> Standing {
        Standing::of(version.testcases(basis).map(|id| self.score(id)))
    }

    fn is_whole(&self) -> bool {
        self.interrupted.is_none() && self.subject.state == SubjectState::Tested
    }
}

/// One sentence on a version of the scope, in parts.
pub(crate) struct Summary {
    /// Marks that stand before everything else, for example `SIMULATED`.
    pub marks: Vec<&'static str>,
    /// The conclusion: `conformant to v5.1`.
    pub what: String,
    /// The numbers and reasons behind it: `50 of 54 passed, …`.
    pub counts: String,
    /// Its tone.
    pub tone: Tone,
}

/// The tone of a conclusion, for colors and pictures.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Tone {
    /// Every testcase of `main` was selected and has passed.
    Good,
    /// The same, but a mark of the report takes all meaning from it.
    Void,
    /// All selected testcases have passed.
    InPart,
    /// Nothing is violated, but not everything is decided.
    Undecided,
    /// Something is violated.
    Bad,
}

impl Summary {
    /// Describes a version on the basis of the run, and, where the text of the standards demands more, also on the other one.
    pub(crate) fn all(report: &Report, name: &str, version: &VersionResult) -> Vec<Self> {
        let basis = report.selection.basis();
        let other = match basis {
            Basis::Main => Basis::Text,
            Basis::Text => Basis::Main,
        };
        let bases = if version.has_text() { vec![basis, other] } else { vec![basis] };
        bases.into_iter().map(|basis| Self::of(report, name, version, basis)).collect()
    }

    /// Describes a version on a basis, and what that comes from.
    ///
    /// `50 of 54 passed, 4 not run: they change the cloud; allow it with --allow-changes` is what a perfect cloud gets from
    /// a run that only reads. It says "conformant" only if every testcase of `main` has passed.
    pub(crate) fn of(report: &Report, name: &str, version: &VersionResult, basis: Basis) -> Self {
        let standing = report.standing(version, basis);
        let conclusion = report.conclusion_on(version, basis);
        let name = match basis {
            Basis::Text if version.has_text() => format!("{name} as its text demands"),
            _ => name.to_owned(),
        };
        let what = what(&standing, &name, conclusion);
        let mut counts = match conclusion {
            Conclusion::Undecided if standing.total() == 0 => "there is nothing to test".to_owned(),
            _ => counts(&standing, report.subject.kind),
        };
        if conclusion == Conclusion::Violation {
            counts = format!("{} violated; {counts}", count(standing.failed, "testcase"));
        }
        if report.interrupted.is_some() && !standing.open.contains_key(&Open::Interrupted) {
            counts.push_str("; the run ended early");
        }
        if let Some(left) = left_behind(report) {
            counts.push_str(&format!("; {left}"));
        }
        let marks = prefixes(report);
        let tone = match conclusion {
            Conclusion::Violation => Tone::Bad,
            Conclusion::Undecided => Tone::Undecided,
            Conclusion::Residue | Conclusion::Conformant if standing.not_selected > 0 => Tone::InPart,
            Conclusion::Residue | Conclusion::Conformant if marks.is_empty() => Tone::Good,
            Conclusion::Residue | Conclusion::Conformant => Tone::Void,
        };
        Self { marks, what, counts, tone }
    }

    /// Returns the conclusion with its marks: `SIMULATED: conformant to v5.1`.
    pub(crate) fn marked(&self) -> String {
        let marks: String = self.marks.iter().map(|mark| format!("{mark}: ")).collect();
        format!("{marks}{}", self.what)
    }
}

/// Returns one sentence on a version of the scope, with the marks of the report before it.
pub fn summary(report: &Report, version: &str) -> String {
    let Some(result) = report.versions.get(version) else {
        return format!("{version} was not looked at");
    };
    let summary = Summary::of(report, version, result, report.selection.basis());
    format!("{}: {}", summary.marked(), summary.counts)
}

fn what(standing: &Standing, version: &str, conclusion: Conclusion) -> String {
    match conclusion {
        Conclusion::Violation => format!("not conformant to {version}"),
        Conclusion::Residue | Conclusion::Conformant if standing.not_selected > 0 => {
            format!("{version} was tested in part, without a violation")
        }
        Conclusion::Residue | Conclusion::Conformant => format!("conformant to {version}"),
        Conclusion::Undecided => format!("undecided for {version}"),
    }
}

/// Writes the counts: `50 of 54 passed, 4 not run: they change the cloud; allow it with --allow-changes`.
fn counts(standing: &Standing, subject: SubjectKind) -> String {
    let mut text = format!("{} of {} passed", thousands(standing.passed), thousands(standing.total()));
    if standing.passed > 0 && standing.substantial == 0 {
        text.push_str(", but there was nothing to examine");
    }
    if standing.not_selected > 0 {
        text.push_str(&format!(", {} not selected", thousands(standing.not_selected)));
    }
    if standing.not_applicable > 0 {
        text.push_str(&format!(", {} not applicable", thousands(standing.not_applicable)));
    }
    let changing = Open::NotRun(Some(ReasonCode::ChangesTheSubject));
    let mut open: Vec<(&Open, &usize)> = standing.open.iter().collect();
    // What can be done about it stands at the end, where it cannot be read as being about another.
    open.sort_by_key(|(open, _)| **open == changing);
    for (open, &number) in open {
        let (what, code) = match open {
            Open::Interrupted => ("not decided", Some(ReasonCode::Interrupted)),
            Open::NotRun(code) => ("not run", *code),
            Open::Undecided(code) => ("not decided", *code),
        };
        text.push_str(&format!(", {} {what}", thousands(number)));
        if let Some(code) = code {
            text.push_str(&format!(": {}", because(code, number == 1, subject)));
        }
    }
    if standing.open.contains_key(&changing) {
        text.push_str("; allow it with --allow-changes");
    }
    text
}
