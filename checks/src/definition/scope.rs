//! A scope: a certificate's versions, what they include, and when they count.

use super::date::Date;
use super::lifetime::Lifetime;
use super::located::Located;
use super::problem::{Problem, Source};
use super::regime::Regime;
use super::standard::{Standard, StandardVersion, Target, Testcase};
use super::timeline::{Entry, Timeline};
use super::yaml;
use crate::non_empty::NonEmpty;
use crate::schema::absolute_https;
use chrono::{DateTime, NaiveDate, Utc};
use indexmap::{IndexMap, IndexSet};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A scope, for example SCS-compatible IaaS.
#[derive(Debug)]
pub struct Scope {
    /// Its short name, for example `scs-compatible-iaas`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its identifier in reports.
    pub uuid: String,
    /// The address at which today's definition is published.
    pub url: String,
    /// Its versions, in the order of the file (newest first).
    pub versions: IndexMap<String, ScopeVersion>,
    /// The days on which they count.
    pub timeline: Timeline,
    /// The longest time between two tests of those standards that are not tested weekly, by id.
    pub regime: IndexMap<String, Regime>,
    /// Every testcase of the standards that some version includes, also those in no target.
    pub testcases: IndexSet<String>,
    /// Details of testcases and modules that the file states itself. Only the forms of today's suite have them.
    pub declared: Declared,
}

/// Details that a scope file of today's suite states itself, where ours leaves them to the standards.
#[derive(Debug, Default)]
pub struct Declared {
    /// The testcases by id.
    pub testcases: IndexMap<String, DeclaredTestcase>,
    /// The modules by id.
    pub modules: IndexMap<String, DeclaredModule>,
}

/// A testcase as a scope file of today's suite declares it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct DeclaredTestcase {
    /// The validity of a result; a week if none is named.
    pub lifetime: Lifetime,
    /// The weight of the test.
    pub section: Option<String>,
    /// The requirement.
    pub description: Option<String>,
    /// The address of the test's documentation.
    pub url: Option<String>,
}

/// A module as a scope file of today's suite declares it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct DeclaredModule {
    /// Its name.
    pub name: Option<String>,
    /// The address of its text.
    pub url: Option<String>,
    /// Its testcases, whatever the target.
    pub testcases: Vec<String>,
}

impl Scope {
    /// Returns the longest time between two tests of a standard: a week, unless the scope says otherwise.
    pub fn regime_of(&self, standard: &str) -> Regime {
        self.regime.get(standard).copied().unwrap_or_default()
    }

    /// Returns the instant at which a testcase has to be tested again after a test of `checked_at`. None only at the end of
    /// the calendar.
    pub fn next_test(&self, testcase: &Testcase, checked_at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.regime_of(&testcase.standard).next_test(testcase.lifetime, checked_at)
    }
}

/// A version of a scope.
#[derive(Debug, Default)]
pub struct ScopeVersion {
    /// Since when it may no longer change.
    pub stabilized_at: Option<NaiveDate>,
    /// The versions of standards that it includes, as `scs-0102-v1`.
    pub includes: Vec<String>,
    /// Its testcases by target: the union of what it includes.
    pub targets: BTreeMap<Target, Vec<String>>,
}

impl ScopeVersion {
    fn add(&mut self, include: &str, included: &StandardVersion) {
        self.includes.push(include.to_owned());
        for (target, ids) in &included.targets {
            self.targets.entry(*target).or_default().extend(ids.iter().cloned());
        }
    }

    /// Returns the testcases of a target.
    pub fn target(&self, target: Target) -> &[String] {
        self.targets.get(&target).map_or(&[], Vec::as_slice)
    }
}

/// A scope: what a certificate depends on, and when.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "A scope")]
pub(super) struct ScopeFile {
    /// Its short name, for example scs-compatible-iaas.
    pub scope: Located<String>,
    /// Its name.
    pub name: Located<String>,
    /// Its identifier in reports.
    #[schemars(extend("format" = "uuid"))]
    pub uuid: String,
    /// The address at which today's definition is published.
    #[schemars(transform = absolute_https)]
    pub url: Located<String>,
    /// The versions that count, from each date on.
    pub timeline: Vec<Entry>,
    /// The longest time between two tests of a standard, for example scs-0210: day. A standard that is not named is tested
    /// weekly.
    #[serde(default)]
    pub regime: IndexMap<Located<String>, Regime>,
    /// Its versions, the newest first.
    pub versions: IndexMap<Located<String>, VersionEntry>,
}

/// A version of the scope.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct VersionEntry {
    /// Since when it may no longer change.
    pub stabilized_at: Option<Date>,
    /// The versions of standards that it includes, for example scs-0102-v1.
    pub include: NonEmpty<Vec<Located<String>>>,
}

/// Reads a scope and binds it to the standards.
///
/// # Errors
/// All problems that were found.
pub(super) fn load(source: &Source, standards: &IndexMap<String, Standard>) -> Result<Scope, Vec<Problem>> {
    let file: ScopeFile = yaml::read(source).map_err(|problem| vec![problem])?;
    let mut problems = Vec::new();
    let names: Vec<&str> = file.versions.keys().map(|name| name.as_str()).collect();
    let timeline = Timeline::checked(file.timeline, &names, source, &mut problems);
    let mut versions = IndexMap::new();
    let mut testcases = IndexSet::new();
    for (name, entry) in &file.versions {
        let mut version = ScopeVersion { stabilized_at: entry.stabilized_at.map(|date| date.0), ..Default::default() };
        for include in entry.include.iter() {
            match find(include, standards) {
                Some((standard, _)) if version.includes.iter().any(|other| version_name(other, standard).is_some()) => {
                    let message = format!("this version already includes a version of {}", standard.id);
                    problems.push(source.problem_at(include, message));
                }
                Some((standard, included)) => {
                    version.add(include, included);
                    testcases.extend(standard.testcases.iter().map(|testcase| testcase.id.clone()));
                }
                None => problems.push(unknown_include(include, source, standards)),
            }
        }
        versions.insert(name.value.clone(), version);
    }
    refuse_foreign_regime(&file.regime, &versions, source, standards, &mut problems);
    if problems.is_empty() {
        let ScopeFile { scope, name, uuid, url, regime, .. } = file;
        let regime = regime.into_iter().map(|(standard, regime)| (standard.value, regime)).collect();
        let declared = Declared::default();
        let (id, name, url) = (scope.value, name.value, url.value);
        Ok(Scope { id, name, uuid, url, versions, timeline, regime, testcases, declared })
    } else {
        Err(problems)
    }
}

/// Refuses a regime of a standard that no version includes: most likely it is misspelled, and the one that is meant would be
/// tested weekly.
fn refuse_foreign_regime(
    regime: &IndexMap<Located<String>, Regime>,
    versions: &IndexMap<String, ScopeVersion>,
    source: &Source,
    standards: &IndexMap<String, Standard>,
    problems: &mut Vec<Problem>,
) {
    let is_included = |standard: &Standard| {
        versions.values().flat_map(|version| &version.includes).any(|include| version_name(include, standard).is_some())
    };
    let included: Vec<&str> =
        standards.values().filter(|standard| is_included(standard)).map(|standard| standard.id.as_str()).collect();
    for standard in regime.keys().filter(|standard| !included.contains(&standard.as_str())) {
        let message = format!("the regime names \"{standard}\", of which no version of the scope includes any version");
        problems.push(source.problem_at(standard, message).suggest(standard, included.iter().copied()));
    }
}

/// Finds the version that a name means: `scs-0104-v1-2` is version `v1-2` of `scs-0104`.
fn find<'a>(include: &str, standards: &'a IndexMap<String, Standard>) -> Option<(&'a Standard, &'a StandardVersion)> {
    standards
        .values()
        .find_map(|standard| standard.versions.get(version_name(include, standard)?).map(|version| (standard, version)))
}

fn version_name<'a>(include: &'a str, standard: &Standard) -> Option<&'a str> {
    include.strip_prefix(standard.id.as_str())?.strip_prefix('-')
}

fn unknown_include(include: &Located<String>, source: &Source, standards: &IndexMap<String, Standard>) -> Problem {
    let known: Vec<String> = standards
        .values()
        .flat_map(|standard| standard.versions.keys().map(|version| format!("{}-{version}", standard.id)))
        .collect();
    source
        .problem_at(include, format!("unknown version of a standard \"{include}\""))
        .suggest(include, known.iter().map(String::as_str))
}
