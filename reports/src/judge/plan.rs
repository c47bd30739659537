//! The plan of a run: which versions count, which testcases are asked, and so which facts are needed. Pure; nothing is
//! collected here.

use crate::report::SelectionRecord;
use chrono::{DateTime, NaiveDate, Utc};
use globset::{Glob, GlobSet, GlobSetBuilder};
use indexmap::IndexSet;
use scs_checks::definition::{
    Basis, Definitions, Level, Scope, ScopeVersion, Section, Target, Testcase, Validity, nearest,
};
use scs_checks::facts::Needs;
use std::collections::HashSet;
use thiserror::Error;

/// The versions and testcases that the user has asked for.
#[derive(Clone, Debug)]
pub struct Selection {
    /// The instant that counts as now.
    pub reference: DateTime<Utc>,
    /// Only these versions, whether the timeline lists them or not.
    pub versions: Vec<String>,
    /// Only testcases whose id matches one of these patterns (`*`, `?`, `[ab]`, `{a,b}`).
    pub select: Vec<String>,
    /// Only testcases of these sections.
    pub sections: Vec<Section>,
    /// Only testcases that one of the versions counts in one of these targets.
    pub targets: Vec<Target>,
    /// Only testcases that decide a clause of one of these levels, in what one of the versions includes.
    pub levels: Vec<Level>,
    /// True if the testcases of target `text` decide as well as those of `main`.
    pub by_text: bool,
    /// Only testcases on which the conclusion of the run depends.
    pub deciding: bool,
}

impl Selection {
    /// Returns the selection that a report names, as of an instant.
    pub(super) fn from_record(record: &SelectionRecord, reference: DateTime<Utc>) -> Self {
        let SelectionRecord { versions, select, sections, targets, levels, by_text, deciding, partial: _ } =
            record.clone();
        Self { reference, versions, select, sections, targets, levels, by_text, deciding }
    }

    /// Returns the selection of everything that counts at an instant.
    pub fn everything(reference: DateTime<Utc>) -> Self {
        Self {
            reference,
            versions: Vec::new(),
            select: Vec::new(),
            sections: Vec::new(),
            targets: Vec::new(),
            levels: Vec::new(),
            by_text: false,
            deciding: false,
        }
    }

    /// Returns true if a testcase is of the sections, targets and levels that are named.
    fn takes(&self, definitions: &Definitions, versions: &[PlannedVersion<'_>], testcase: &Testcase) -> bool {
        let basis = Basis::from_by_text(self.by_text);
        let is_deciding =
            |planned: &PlannedVersion| planned.decides && counts(planned.version, &testcase.id, basis.targets());
        (self.sections.is_empty() || self.sections.contains(&testcase.section))
            && (self.targets.is_empty()
                || versions.iter().any(|planned| counts(planned.version, &testcase.id, &self.targets)))
            && (self.levels.is_empty()
                || decides_clause(definitions, testcase, &self.levels, |id| {
                    versions.iter().any(|planned| planned.version.includes.iter().any(|included| included == id))
                }))
            && (!self.deciding || versions.iter().any(is_deciding))
    }

    /// Returns true if testcases are left out for another reason than their id.
    fn is_filtered(&self) -> bool {
        !self.sections.is_empty() || !self.targets.is_empty() || !self.levels.is_empty() || self.deciding
    }

    /// Returns what a testcase has to be, for people.
    fn criteria(&self) -> String {
        let sections = ("is in section", self.sections.iter().map(ToString::to_string).collect::<Vec<_>>());
        let targets = ("is in target", self.targets.iter().map(ToString::to_string).collect());
        let levels = ("decides a clause of level", self.levels.iter().map(ToString::to_string).collect());
        let select = ("matches", self.select.clone());
        let named = [sections, targets, levels, select].into_iter().filter(|(_, values)| !values.is_empty());
        let named = named.map(|(what, values)| format!("{what} {}", values.join(", ")));
        let deciding = self.deciding.then(|| "decides about conformance".to_owned());
        named.chain(deciding).collect::<Vec<_>>().join(" and ")
    }
}

/// Returns true if a version counts a testcase in one of these targets.
pub fn counts(version: &ScopeVersion, id: &str, targets: &[Target]) -> bool {
    let named = version.targets.iter().filter(|(target, _)| targets.contains(target));
    named.flat_map(|(_, ids)| ids).any(|other| other == id)
}

/// Returns true if a testcase decides a clause of one of these levels in a version of its standard that is included.
pub fn decides_clause(
    definitions: &Definitions,
    testcase: &Testcase,
    levels: &[Level],
    is_included: impl Fn(&str) -> bool,
) -> bool {
    let Some(standard) = definitions.standards.get(&testcase.standard) else { return false };
    let versions = standard.versions.iter().filter(|(name, _)| is_included(&format!("{}-{name}", testcase.standard)));
    let mut clauses = versions.flat_map(|(_, version)| &version.clauses);
    clauses.any(|clause| levels.contains(&clause.level) && testcase.clauses.contains(&clause.id.value))
}

/// A plan.
#[derive(Debug)]
pub struct Plan<'a> {
    /// The scope.
    pub scope: &'a Scope,
    /// The versions that are looked at, in the order of the scope.
    pub versions: Vec<PlannedVersion<'a>>,
    /// The testcases that the report shows, in the order of the standards; unknown ones last.
    pub testcases: Vec<PlannedTestcase<'a>>,
    /// The facts that the selected testcases need.
    pub needs: Needs,
    /// The record of the selection, for the report.
    pub selection: SelectionRecord,
    /// The instant as of which the timeline was read.
    pub reference: DateTime<Utc>,
}

/// A version that is looked at.
#[derive(Debug)]
pub struct PlannedVersion<'a> {
    /// Its name.
    pub name: &'a str,
    /// The version itself.
    pub version: &'a ScopeVersion,
    /// The validity on the reference day.
    pub validity: Validity,
    /// True if the conclusion of the run depends on it.
    pub decides: bool,
}

/// A testcase that the report shows.
#[derive(Debug)]
pub struct PlannedTestcase<'a> {
    /// Its id.
    pub id: &'a str,
    /// The testcase; none if this suite does not know the id.
    pub testcase: Option<&'a Testcase>,
    /// False if the user's selection leaves it out.
    pub selected: bool,
}

/// A selection of which no plan can be made.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum PlanError {
    /// The scope has no such version.
    #[error("{scope} has no version \"{name}\"; known are: {}{}", .known.join(", "), did_you_mean(.near.as_ref()))]
    UnknownVersion {
        /// The name of the scope.
        scope: String,
        /// The version that was named.
        name: String,
        /// The versions of the scope.
        known: Vec<String>,
        /// The one that is spelled most alike.
        near: Option<String>,
    },
    /// No version is in force on the day of the reference.
    #[error(
        "on {day} no version of {scope} is in force: its timeline begins on {begin}. Choose another --date, or name a version \
         whatever the date: --scope-version {}", .known.join(" or ")
    )]
    NotInForce {
        /// The day of the reference.
        day: NaiveDate,
        /// The name of the scope.
        scope: String,
        /// The first day of the timeline, or `never`.
        begin: String,
        /// The versions of the scope.
        known: Vec<String>,
    },
    /// A pattern cannot be understood.
    #[error("--select \"{pattern}\" is not a valid pattern: {why}")]
    InvalidPattern {
        /// The pattern.
        pattern: String,
        /// The reason.
        why: String,
    },
    /// A pattern matches no testcase.
    #[error("--select \"{pattern}\" matches no testcase of {scope}; {hint}")]
    NoMatch {
        /// The pattern.
        pattern: String,
        /// The name of the scope.
        scope: String,
        /// The nearest id, or the way to all ids.
        hint: String,
    },
    /// Each testcase is left out by one option or another.
    #[error("nothing is selected: no testcase of {versions} {criteria}")]
    Nothing {
        /// The versions that are looked at.
        versions: String,
        /// The criteria of the options.
        criteria: String,
    },
}

fn did_you_mean(near: Option<&String>) -> String {
    near.map_or(String::new(), |near| format!("; did you mean {near}?"))
}

/// Makes a plan.
///
/// # Errors
/// An unknown version, a pattern that is not valid or matches nothing, no version on that day, or nothing selected.
pub fn plan<'a>(definitions: &'a Definitions, scope: &'a Scope, selection: &Selection) -> Result<Plan<'a>, PlanError> {
    let versions = versions(scope, selection)?;
    let patterns = patterns(scope, &selection.select)?;
    let in_versions: HashSet<&str> =
        versions.iter().flat_map(|planned| planned.version.targets.values().flatten()).map(String::as_str).collect();
    let chosen = |id: &str, testcase: Option<&Testcase>| {
        let by_pattern = selection.select.is_empty() || patterns.is_match(id);
        let by_kind = match testcase {
            Some(testcase) => selection.takes(definitions, &versions, testcase),
            None => !selection.is_filtered(),
        };
        by_pattern && by_kind && (!selection.select.is_empty() || in_versions.contains(id))
    };
    let testcases: Vec<PlannedTestcase> = all_ids(definitions, scope)
        .into_iter()
        .map(|id| (id, definitions.testcase(id)))
        .map(|(id, testcase)| PlannedTestcase { id, testcase, selected: chosen(id, testcase) })
        .filter(|planned| planned.selected || in_versions.contains(planned.id))
        .collect();
    if !testcases.iter().any(|planned| planned.selected) {
        return Err(nothing_selected(selection, &versions));
    }
    let needs = testcases
        .iter()
        .filter(|planned| planned.selected)
        .filter_map(|planned| planned.testcase)
        .fold(Needs::NONE, |needs, testcase| needs.and(testcase.check.rule().needs()));
    let selection_record = SelectionRecord {
        versions: selection.versions.clone(),
        select: selection.select.clone(),
        sections: selection.sections.clone(),
        targets: selection.targets.clone(),
        levels: selection.levels.clone(),
        by_text: selection.by_text,
        deciding: selection.deciding,
        partial: testcases.iter().any(|planned| !planned.selected),
    };
    Ok(Plan { scope, versions, testcases, needs, selection: selection_record, reference: selection.reference })
}

/// Returns the ids of the scope in the order of the standards, then those that nobody knows.
fn all_ids<'a>(definitions: &'a Definitions, scope: &'a Scope) -> IndexSet<&'a str> {
    let known = definitions.testcases().map(|testcase| testcase.id.as_str()).filter(|id| scope.testcases.contains(*id));
    known.chain(scope.testcases.iter().map(String::as_str)).collect()
}

fn versions<'a>(scope: &'a Scope, selection: &Selection) -> Result<Vec<PlannedVersion<'a>>, PlanError> {
    let day = selection.reference.date_naive();
    let known = || scope.versions.keys().cloned().collect();
    if let Some(name) = selection.versions.iter().find(|name| !scope.versions.contains_key(*name)) {
        let near = nearest(name, scope.versions.keys().map(String::as_str)).map(str::to_owned);
        return Err(PlanError::UnknownVersion { scope: scope.name.clone(), name: name.clone(), known: known(), near });
    }
    let listed = scope.timeline.at(day);
    let named = |name: &String| selection.versions.contains(name);
    let versions: Vec<PlannedVersion> = scope
        .versions
        .iter()
        .filter(|(name, _)| {
            if selection.versions.is_empty() {
                listed.is_some_and(|listed| listed.contains_key(*name))
            } else {
                named(name)
            }
        })
        .map(|(name, version)| {
            let validity = scope.timeline.validity(name, day);
            PlannedVersion { name, version, validity, decides: validity.decides() || named(name) }
        })
        .collect();
    if versions.is_empty() {
        let begin = scope.timeline.dates().min().map_or("never".to_owned(), |date| date.to_string());
        return Err(PlanError::NotInForce { day, scope: scope.name.clone(), begin, known: known() });
    }
    Ok(versions)
}

/// Compiles the patterns as one set, which compares plain ids as texts: a night selects dozens for each subject.
fn patterns(scope: &Scope, select: &[String]) -> Result<GlobSet, PlanError> {
    let mut set = GlobSetBuilder::new();
    for pattern in select {
        set.add(Glob::new(pattern).map_err(|error| invalid(pattern, &error))?);
    }
    let set = set.build().map_err(|error| invalid(&select.join(" "), &error))?;
    let matched: HashSet<usize> = scope.testcases.iter().flat_map(|id| set.matches(id)).collect();
    let Some((_, pattern)) = select.iter().enumerate().find(|(index, _)| !matched.contains(index)) else {
        return Ok(set);
    };
    let near = nearest(pattern, scope.testcases.iter().map(String::as_str));
    let hint = near.map_or("`list testcases` shows all ids".to_owned(), |near| format!("did you mean {near}?"));
    Err(PlanError::NoMatch { pattern: pattern.clone(), scope: scope.name.clone(), hint })
}

fn invalid(pattern: &str, error: &globset::Error) -> PlanError {
    PlanError::InvalidPattern { pattern: pattern.to_owned(), why: error.kind().to_string() }
}

fn nothing_selected(selection: &Selection, versions: &[PlannedVersion]) -> PlanError {
    let names: Vec<&str> = versions.iter().map(|planned| planned.name).collect();
    PlanError::Nothing { versions: names.join(", "), criteria: selection.criteria() }
}
