//! What a run is about to do: which versions count, which testcases are asked, and so which
//! facts are needed. Pure; nothing is collected here.

use chrono::{DateTime, Utc};
use globset::{Glob, GlobMatcher};
use indexmap::IndexSet;
use scs_checks::definition::{Definitions, Scope, ScopeVersion, Section, Testcase, Validity, nearest};
use scs_checks::facts::Needs;
use scs_reports::SelectionRecord;
use std::collections::HashSet;

/// What the user asked for.
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
    /// What was selected, for the report.
    pub selection: SelectionRecord,
    /// The instant as of which the timeline was read.
    pub reference: DateTime<Utc>,
}

/// A version that is looked at.
#[derive(Debug)]
pub struct PlannedVersion<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it includes.
    pub version: &'a ScopeVersion,
    /// What it is good for on the reference day.
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

/// Makes a plan.
///
/// # Errors
/// One sentence: an unknown version, a pattern that is none or matches nothing, no version on
/// that day, or nothing selected.
pub fn plan<'a>(definitions: &'a Definitions, scope: &'a Scope, selection: &Selection) -> Result<Plan<'a>, String> {
    let versions = versions(scope, selection)?;
    let patterns = patterns(scope, &selection.select)?;
    let in_versions: HashSet<&str> =
        versions.iter().flat_map(|planned| planned.version.targets.values().flatten()).map(String::as_str).collect();
    let chosen = |id: &str, testcase: Option<&Testcase>| {
        let by_pattern = selection.select.is_empty() || patterns.iter().any(|pattern| pattern.is_match(id));
        let by_section = selection.sections.is_empty()
            || testcase.is_some_and(|testcase| selection.sections.contains(&testcase.section));
        by_pattern && by_section && (!selection.select.is_empty() || in_versions.contains(id))
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
        partial: testcases.iter().any(|planned| !planned.selected),
    };
    Ok(Plan { scope, versions, testcases, needs, selection: selection_record, reference: selection.reference })
}

/// The ids of the scope in the order of the standards, then those that nobody knows.
fn all_ids<'a>(definitions: &'a Definitions, scope: &'a Scope) -> IndexSet<&'a str> {
    let known = definitions.testcases().map(|testcase| testcase.id.as_str()).filter(|id| scope.testcases.contains(*id));
    known.chain(scope.testcases.iter().map(String::as_str)).collect()
}

fn versions<'a>(scope: &'a Scope, selection: &Selection) -> Result<Vec<PlannedVersion<'a>>, String> {
    let day = selection.reference.date_naive();
    let known = || scope.versions.keys().map(String::as_str);
    for name in &selection.versions {
        if !scope.versions.contains_key(name) {
            let hint = nearest(name, known()).map_or(String::new(), |near| format!("; did you mean {near}?"));
            let known: Vec<&str> = known().collect();
            return Err(format!("{} has no version \"{name}\"; known are: {}{hint}", scope.name, known.join(", ")));
        }
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
        let first = scope.timeline.dates().min().map_or("never".to_owned(), |date| date.to_string());
        let known: Vec<&str> = known().collect();
        return Err(format!(
            "on {day} no version of {} is in force: its timeline begins on {first}. Choose another --date, or name a version \
             whatever the date: --version {}",
            scope.name,
            known.join(" or ")
        ));
    }
    Ok(versions)
}

fn patterns(scope: &Scope, select: &[String]) -> Result<Vec<GlobMatcher>, String> {
    let compiled = select.iter().map(|pattern| {
        let matcher = Glob::new(pattern)
            .map_err(|error| format!("--select \"{pattern}\" is no pattern: {}", error.kind()))?
            .compile_matcher();
        if scope.testcases.iter().any(|id| matcher.is_match(id)) {
            return Ok(matcher);
        }
        let near = nearest(pattern, scope.testcases.iter().map(String::as_str));
        let hint = near.map_or("`list testcases` shows all ids".to_owned(), |near| format!("did you mean {near}?"));
        Err(format!("--select \"{pattern}\" matches no testcase of {}; {hint}", scope.name))
    });
    compiled.collect()
}

fn nothing_selected(selection: &Selection, versions: &[PlannedVersion]) -> String {
    let names: Vec<&str> = versions.iter().map(|planned| planned.name).collect();
    let sections: Vec<String> = selection.sections.iter().map(Section::to_string).collect();
    format!(
        "nothing is selected: no testcase of {} is in section {}{}",
        names.join(", "),
        sections.join(", "),
        if selection.select.is_empty() {
            String::new()
        } else {
            format!(" and matches {}", selection.select.join(", "))
        }
    )
}
