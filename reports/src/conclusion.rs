//! What a run comes to: one word for scripts (the exit code), one sentence for people.

#[cfg(test)]
mod tests;

use crate::cleanup::left_behind;
use crate::report::{Report, SubjectState, VersionResult};
use crate::text::{count, thousands};
use crate::wording::{because};
use indexmap::IndexMap;
use scs_checks::definition::Target;
use scs_checks::facts::SubjectKind;
use scs_checks::verdict::{ReasonCode, Verdict};

/// What a run comes to. The first that applies counts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Conclusion {
    /// A violation in target `main` of a deciding version.
    Violation,
    /// No violation, but something that decides was not, or could not be, tested.
    Undecided,
    /// Everything that was selected and decides has passed, but the run has left something behind.
    Residue,
    /// Everything that was selected and decides has passed.
    Conformant,
}

impl Conclusion {
    /// The exit code of the program.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Violation => 1,
            Self::Undecided => 3,
            Self::Residue => 4,
            Self::Conformant => 0,
        }
    }

    /// What the testcases in `main` of one version come to, whether it decides or not. What the
    /// run has left behind is no matter of a version.
    pub fn of_version(report: &Report, version: &VersionResult) -> Self {
        Standing::of(report, version).conclusion(report)
    }

    /// What a report comes to.
    ///
    /// A testcase that the user's selection left out does not count here. But a version that
    /// decides without any PASS over something shows nothing, whatever the others do: be its
    /// `main` empty or left out, or the cloud so empty that nothing could be wrong.
    pub fn of(report: &Report) -> Self {
        let deciding = report.versions.values().filter(|version| version.decides);
        let standings: Vec<Standing> = deciding.map(|version| Standing::of(report, version)).collect();
        let hollow = standings.iter().any(|standing| standing.substantial == 0);
        match standings.into_iter().fold(Standing::default(), Standing::and).conclusion(report) {
            Self::Conformant if hollow => Self::Undecided,
            Self::Conformant if report.residue().next().is_some() => Self::Residue,
            conclusion => conclusion,
        }
    }
}

/// One sentence on a version of the scope: what its target `main` comes to, and from what.
///
/// `50 of 54 passed, 4 not run: they change the cloud; allow it with --allow-changes` is what a perfect cloud gets from a
/// run that only reads. It says "conformant" only if every testcase of `main` has passed.
pub fn summary(report: &Report, version: &str) -> String {
    let Some(result) = report.versions.get(version) else {
        return format!("{version} was not looked at");
    };
    let standing = Standing::of(report, result);
    let mut sentence = standing.sentence(version, standing.conclusion(report), report.subject.kind);
    if report.interrupted.is_some() && !standing.open.contains_key(&Open::Interrupted) {
        sentence.push_str("; the run ended early");
    }
    if let Some(left) = left_behind(report) {
        sentence.push_str(&format!("; {left}"));
    }
    sentence
}

/// Why a testcase is open, as far as the sentence tells.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
enum Open {
    Interrupted,
    NotRun(Option<ReasonCode>),
    Undecided(Option<ReasonCode>),
}

/// How the testcases of some targets `main` ended.
#[derive(Default)]
struct Standing {
    passed: usize,
    /// How many of the passed ones have examined something.
    substantial: usize,
    failed: usize,
    not_selected: usize,
    open: IndexMap<Open, usize>,
}

impl Standing {
    fn of(report: &Report, version: &VersionResult) -> Self {
        let mut standing = Self::default();
        for id in version.targets.get(&Target::Main).into_iter().flat_map(|target| &target.testcases) {
            // A testcase without a result was not tested.
            let result = report.testcases.get(id);
            let code = result.and_then(|result| result.reason.as_ref()).map(|reason| reason.code);
            match (result.map_or(Verdict::Miss, |result| result.verdict), code) {
                (Verdict::Fail, _) => standing.failed += 1,
                (Verdict::Pass, _) => {
                    standing.passed += 1;
                    standing.substantial += usize::from(result.is_some_and(|result| !result.vacuous));
                }
                (Verdict::Miss, Some(ReasonCode::NotSelected)) => standing.not_selected += 1,
                (_, Some(ReasonCode::Interrupted)) => standing.add(Open::Interrupted, 1),
                (Verdict::Miss, code) => standing.add(Open::NotRun(code), 1),
                (Verdict::Abort, code) => standing.add(Open::Undecided(code), 1),
            }
        }
        standing
    }

    fn add(&mut self, open: Open, number: usize) {
        *self.open.entry(open).or_default() += number;
    }

    fn and(mut self, other: Self) -> Self {
        self.passed += other.passed;
        self.substantial += other.substantial;
        self.failed += other.failed;
        self.not_selected += other.not_selected;
        other.open.into_iter().for_each(|(open, number)| self.add(open, number));
        self
    }

    fn total(&self) -> usize {
        self.passed + self.failed + self.not_selected + self.open.values().sum::<usize>()
    }

    fn conclusion(&self, report: &Report) -> Conclusion {
        let whole = report.interrupted.is_none() && report.subject.state == SubjectState::Tested;
        if self.failed > 0 {
            Conclusion::Violation
        } else if self.substantial > 0 && self.open.is_empty() && whole {
            Conclusion::Conformant
        } else {
            Conclusion::Undecided
        }
    }

    fn sentence(&self, version: &str, conclusion: Conclusion, subject: SubjectKind) -> String {
        let counts = self.counts(subject);
        match conclusion {
            Conclusion::Violation => {
                let violated = count(self.failed, "testcase");
                format!("not conformant to {version}: {violated} violated; {counts}")
            }
            Conclusion::Residue | Conclusion::Conformant if self.not_selected > 0 => {
                format!("{version} was tested in part, without a violation: {counts}")
            }
            Conclusion::Residue | Conclusion::Conformant => format!("conformant to {version}: {counts}"),
            Conclusion::Undecided if self.total() == 0 => format!("undecided for {version}: there is nothing to test"),
            Conclusion::Undecided => format!("undecided for {version}: {counts}"),
        }
    }

    /// `50 of 54 passed, 4 not run: they change the cloud; allow it with --allow-changes`.
    fn counts(&self, subject: SubjectKind) -> String {
        let mut text = format!("{} of {} passed", thousands(self.passed), thousands(self.total()));
        if self.passed > 0 && self.substantial == 0 {
            text.push_str(", but there was nothing to examine");
        }
        if self.not_selected > 0 {
            text.push_str(&format!(", {} not selected", thousands(self.not_selected)));
        }
        let changing = Open::NotRun(Some(ReasonCode::ChangesTheCloud));
        let mut open: Vec<(&Open, &usize)> = self.open.iter().collect();
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
        if self.open.contains_key(&changing) {
            text.push_str("; allow it with --allow-changes");
        }
        text
    }
}
