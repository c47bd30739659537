//! A standard: its testcases, and its versions with their clauses and targets.

use super::example::{Example, Examples};
use super::lifetime::Lifetime;
use super::located::Located;
use super::problem::{Problem, Source};
use super::section::Section;
use super::yaml;
use crate::check::CheckKind;
use crate::distributions::Distributions;
use crate::non_empty::NonEmpty;
use crate::schema::{absolute_https, keys};
use indexmap::{IndexMap, IndexSet};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};
use strum::{Display, EnumString, VariantNames};

/// A standard, for example scs-0102.
#[derive(Debug)]
pub struct Standard {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its testcases, in the order of the file.
    pub testcases: Vec<Testcase>,
    /// Its versions, by name.
    pub versions: IndexMap<String, StandardVersion>,
    /// Fields that entries of facts in examples have unless they say otherwise, as YAML.
    pub given: Option<String>,
}

/// A testcase: one question that has one answer.
#[derive(Debug)]
pub struct Testcase {
    /// Its id; it never changes its meaning.
    pub id: String,
    /// Other ids under which scope files may name it.
    pub aliases: Vec<String>,
    /// The id of its standard.
    pub standard: String,
    /// The requirement, in one sentence.
    pub description: String,
    /// The address of the test's documentation.
    pub url: String,
    /// The weight of the test.
    pub section: Section,
    /// The validity of a result.
    pub lifetime: Lifetime,
    /// The remedy for a failure.
    pub remedy: String,
    /// The clauses that it decides, in any version that has them.
    pub clauses: Vec<String>,
    /// The reason why it is in no target of any version.
    pub untargeted: Option<String>,
    /// The check that decides it.
    pub check: CheckKind,
    /// Facts, and the verdicts on them; none where definitions were loaded without them.
    pub examples: Vec<Example>,
}

impl Testcase {
    /// Returns the id and each alias, each with the id.
    pub fn names(&self) -> impl Iterator<Item = (&str, &str)> {
        std::iter::once(&self.id).chain(&self.aliases).map(|name| (name.as_str(), self.id.as_str()))
    }

    /// Returns true if it can only be decided by creating something in the subject.
    pub fn changes_the_subject(&self) -> bool {
        self.check.rule().needs().iter().any(crate::facts::FactKind::changes_the_subject)
    }

    /// Tells when deciding it creates something in the subject: always, or only if reading does not
    /// suffice.
    pub fn changes(&self) -> Changes {
        let needs = self.check.rule().needs();
        let experiments = || needs.iter().filter(|fact| fact.changes_the_subject());
        if experiments().any(|fact| needs.requires(fact)) {
            Changes::Yes
        } else if experiments().next().is_some() {
            Changes::Maybe
        } else {
            Changes::No
        }
    }
}

/// The changes that deciding a testcase makes in the subject.
#[derive(Clone, Copy, Debug, Display, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Changes {
    /// It only reads.
    No,
    /// Only if reading does not suffice.
    Maybe,
    /// Always.
    Yes,
}

/// A version of a standard.
#[derive(Debug)]
pub struct StandardVersion {
    /// Its title.
    pub title: String,
    /// Its text.
    pub url: String,
    /// The demands of the text.
    pub clauses: Vec<Clause>,
    /// The testcases that count towards each target.
    pub targets: BTreeMap<Target, Vec<String>>,
}

/// A demand of a standard's text.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Clause {
    /// Its name within the standard.
    pub id: Located<String>,
    /// The requirement level.
    pub level: Level,
    /// The demand, in our own words.
    pub text: String,
    /// The reason why no testcase decides it.
    pub gap: Option<String>,
    /// The reason why only testcases outside the target `main` decide it, though it is a must.
    pub outside_main: Option<String>,
}

/// The requirement level of a clause (RFC 2119).
#[derive(Clone, Copy, Debug, Deserialize, Display, EnumString, Eq, Hash, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Level {
    /// MUST, MUST NOT, REQUIRED.
    Must,
    /// SHOULD, SHOULD NOT, RECOMMENDED.
    Should,
    /// MAY, OPTIONAL.
    May,
}

/// A group of testcases within a version. `main` decides about conformance; with `--by-text`, `text` as well.
#[derive(
    Clone,
    Copy,
    Debug,
    Deserialize,
    Display,
    EnumString,
    Eq,
    Hash,
    JsonSchema,
    Ord,
    PartialEq,
    PartialOrd,
    Serialize,
    VariantNames,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Target {
    /// Required for a certificate.
    Main,
    /// Demanded by the text of the standard, but not tested by today's suite.
    Text,
    /// Recommended.
    Recommended,
    /// Planned, or judged by people.
    Preview,
}

/// The testcases that a conclusion rests on.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Basis {
    /// Those of target `main`: as today's suite decides, and the certificate with it.
    #[default]
    Main,
    /// Those of targets `main` and `text`: as the text of the standards demands.
    Text,
}

impl Basis {
    /// Returns the basis that `--by-text` chooses, or the usual one.
    pub fn from_by_text(by_text: bool) -> Self {
        if by_text { Self::Text } else { Self::Main }
    }

    /// Returns the targets whose testcases decide.
    pub fn targets(self) -> &'static [Target] {
        match self {
            Self::Main => &[Target::Main],
            Self::Text => &[Target::Main, Target::Text],
        }
    }
}

impl Target {
    /// All targets, in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Main, Self::Text, Self::Recommended, Self::Preview];

    /// The names of all targets, as written in YAML.
    pub const NAMES: &'static [&'static str] = Self::VARIANTS;
}

/// A standard: its testcases, and its versions with their clauses and targets.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "A standard")]
pub(super) struct StandardFile {
    /// The id, for example scs-0102.
    pub standard: Located<String>,
    /// The subject of the standard, in a few words.
    pub title: String,
    /// The values that testcases have in common; each may override them.
    pub defaults: Defaults,
    /// The testcases of this standard.
    pub testcases: Vec<TestcaseEntry>,
    /// The versions of its text, by name.
    pub versions: IndexMap<Located<String>, VersionEntry>,
}

/// The values that testcases have in common; each may override them.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Defaults {
    /// The address of the tests' documentation.
    #[schemars(transform = absolute_https)]
    pub url: Option<Located<String>>,
    /// The weight of the tests.
    pub section: Option<Section>,
    /// The validity of a result.
    pub lifetime: Option<Lifetime>,
    /// The remedy for a failure.
    pub remedy: Option<Located<String>>,
    /// Fields that entries of facts in examples have unless they say otherwise, as YAML: `images: {status: active}`.
    pub given: Option<Located<String>>,
}

/// A testcase: one question that has one answer.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TestcaseEntry {
    /// Its id; it never changes its meaning. A stricter rule gets a new one.
    pub id: Located<String>,
    /// Other ids under which scope files of today's suite may name it.
    #[serde(default)]
    pub aliases: Vec<Located<String>>,
    /// The requirement, in one sentence.
    pub description: Located<String>,
    /// The address of the test's documentation.
    #[schemars(transform = absolute_https)]
    pub url: Option<Located<String>>,
    /// The weight of the test.
    pub section: Option<Section>,
    /// The validity of a result.
    pub lifetime: Option<Lifetime>,
    /// The remedy for a failure.
    pub remedy: Option<Located<String>>,
    /// The clauses that it decides, in any version that has them.
    #[serde(default)]
    pub clauses: Vec<Located<String>>,
    /// The reason why it is in no target of any version.
    pub untargeted: Option<Located<String>>,
    /// The check that decides it: its kind, with parameters.
    pub check: CheckKind,
    /// Facts, and the verdicts on them: documentation that is tested.
    #[serde(default)]
    pub examples: Vec<Example>,
}

/// A version of the standard's text.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct VersionEntry {
    /// The standard's title and version.
    pub title: Located<String>,
    /// The address at which the text is published.
    #[schemars(transform = absolute_https)]
    pub url: Located<String>,
    /// The demands of the text.
    pub clauses: Vec<Clause>,
    /// The testcases that count towards each target.
    #[schemars(transform = keys(Target::NAMES))]
    pub targets: IndexMap<Target, NonEmpty<Vec<Located<String>>>>,
}

/// A standard that was read, with the places of its testcases for errors across files.
pub(super) struct Loaded {
    pub standard: Standard,
    pub id: Located<String>,
    pub testcase_ids: Vec<Located<String>>,
}

impl TestcaseEntry {
    /// Returns the id and each alias.
    fn names(&self) -> impl Iterator<Item = &Located<String>> {
        std::iter::once(&self.id).chain(&self.aliases)
    }
}

/// Reads the file of a standard, and binds its testcases to the releases of distributions that they name. Without data they
/// know no releases, and decide nothing.
///
/// # Errors
/// The file is not of the expected form, or names a distribution that the data does not have.
pub(super) fn read(source: &Source, data: Option<&Distributions>) -> Result<StandardFile, Problem> {
    let mut file: StandardFile = yaml::read(source)?;
    let Some(data) = data else { return Ok(file) };
    for testcase in &mut file.testcases {
        let mut named = testcase.check.releases_mut().into_iter();
        if let Some(unknown) = named.find_map(|releases| (!releases.bind(data)).then_some(releases)) {
            let (id, name) = (&testcase.id, unknown.name());
            let message = format!("\"{id}\" names a distribution of which there are no releases: \"{name}\"");
            let known = data.distributions.keys().map(String::as_str);
            return Err(source.problem_at(id, message).suggest(name, known));
        }
    }
    Ok(file)
}

/// Reads a standard and checks everything that concerns this file alone.
///
/// # Errors
/// All problems that were found.
pub(super) fn load(source: &Source, data: Option<&Distributions>) -> Result<Loaded, Vec<Problem>> {
    let file = read(source, data).map_err(|problem| vec![problem])?;
    let mut problems = Vec::new();
    check_testcases(&file, source, &mut problems);
    match Examples::new(source, file.defaults.given.as_ref()) {
        Ok(examples) => problems.extend(file.testcases.iter().flat_map(|testcase| {
            testcase.examples.iter().filter_map(|example| examples.problem(&testcase.check, example))
        })),
        Err(problem) => problems.push(problem),
    }
    for version in file.versions.values() {
        check_version(version, &file.testcases, source, &mut problems);
    }
    let id = file.standard.clone();
    let testcase_ids = file.testcases.iter().flat_map(TestcaseEntry::names).cloned().collect();
    match resolve(file, source, &mut problems) {
        Some(standard) if problems.is_empty() => Ok(Loaded { standard, id, testcase_ids }),
        _ => Err(problems),
    }
}

fn check_testcases(file: &StandardFile, source: &Source, problems: &mut Vec<Problem>) {
    let clauses: IndexSet<&str> =
        file.versions.values().flat_map(|version| &version.clauses).map(|clause| clause.id.as_str()).collect();
    let mut seen = HashSet::new();
    for testcase in &file.testcases {
        for name in testcase.names().filter(|name| !seen.insert(name.as_str())) {
            problems.push(source.problem_at(name, format!("the id \"{name}\" appears here twice")));
        }
        for clause in testcase.clauses.iter().filter(|clause| !clauses.contains(clause.as_str())) {
            let message = format!("no version has a clause \"{clause}\"");
            problems.push(source.problem_at(clause, message).suggest(clause, clauses.iter().copied()));
        }
    }
}

fn check_version(version: &VersionEntry, testcases: &[TestcaseEntry], source: &Source, problems: &mut Vec<Problem>) {
    let mut seen: IndexMap<&str, Target> = IndexMap::new();
    for (target, ids) in &version.targets {
        for id in ids.iter() {
            if let Some(other) = seen.insert(id.as_str(), *target) {
                let message = format!("\"{id}\" is in target {target} and before that in target {other}");
                problems.push(source.problem_at(id, message).help("leave it in one target"));
            }
            match testcases.iter().find(|testcase| testcase.id == *id) {
                None => problems.push(
                    source
                        .problem_at(id, format!("unknown testcase \"{id}\" in target {target}"))
                        .suggest(id, testcases.iter().map(|testcase| testcase.id.as_str())),
                ),
                Some(testcase) if !decides_any(testcase, &version.clauses) => problems.push(
                    source
                        .problem_at(id, format!("\"{id}\" decides none of the clauses of this version"))
                        .help(format!("name one under its `clauses`: {}", ids_of(&version.clauses))),
                ),
                Some(_) => {}
            }
        }
    }
    check_clauses(version, testcases, &seen, source, problems);
}

fn check_clauses(
    version: &VersionEntry,
    testcases: &[TestcaseEntry],
    targeted: &IndexMap<&str, Target>,
    source: &Source,
    problems: &mut Vec<Problem>,
) {
    let mut seen = HashSet::new();
    for clause in &version.clauses {
        if !seen.insert(clause.id.as_str()) {
            problems.push(source.problem_at(&clause.id, format!("the clause \"{}\" appears here twice", clause.id)));
        }
        let decided = testcases
            .iter()
            .any(|testcase| targeted.contains_key(testcase.id.as_str()) && testcase.clauses.contains(&clause.id));
        let marked = clause.gap.as_ref().is_some_and(|reason| !reason.trim().is_empty());
        match (marked, decided) {
            (false, false) => problems.push(
                source
                    .problem_at(&clause.id, format!("no testcase of this version decides the clause \"{}\"", clause.id))
                    .help("let a testcase name it, or say why there is none with `gap: …`"),
            ),
            (true, true) => problems.push(
                source
                    .problem_at(&clause.id, format!("the clause \"{}\" is marked `gap`, but is decided", clause.id))
                    .help("remove the gap, or the clause from the testcases"),
            ),
            _ => {}
        }
    }
}

fn decides_any(testcase: &TestcaseEntry, clauses: &[Clause]) -> bool {
    testcase.clauses.iter().any(|id| clauses.iter().any(|clause| clause.id == *id))
}

fn ids_of(clauses: &[Clause]) -> String {
    clauses.iter().map(|clause| clause.id.as_str()).collect::<Vec<_>>().join(", ")
}

/// Applies the defaults. None if one is missing, which is then among the problems.
fn resolve(file: StandardFile, source: &Source, problems: &mut Vec<Problem>) -> Option<Standard> {
    let StandardFile { standard, title, defaults, testcases, versions } = file;
    let mut resolved = Vec::new();
    for entry in testcases {
        let url = entry.url.or_else(|| defaults.url.clone());
        let remedy = entry.remedy.or_else(|| defaults.remedy.clone());
        let section = entry.section.or(defaults.section);
        let (Some(url), Some(remedy), Some(section)) = (url, remedy, section) else {
            let message = format!("\"{}\" lacks a url, a section or a remedy", entry.id);
            problems.push(source.problem_at(&entry.id, message).help("write it here or under `defaults`"));
            continue;
        };
        resolved.push(Testcase {
            id: entry.id.value,
            aliases: entry.aliases.into_iter().map(|alias| alias.value).collect(),
            standard: standard.value.clone(),
            description: entry.description.value,
            url: url.value,
            section,
            lifetime: entry.lifetime.or(defaults.lifetime).unwrap_or_default(),
            remedy: remedy.value,
            clauses: entry.clauses.into_iter().map(|clause| clause.value).collect(),
            untargeted: entry.untargeted.map(|reason| reason.value),
            check: entry.check,
            examples: entry.examples,
        });
    }
    let versions = versions.into_iter().map(|(name, version)| (name.value, resolve_version(version)));
    let given = defaults.given.map(|given| given.value);
    Some(Standard { id: standard.value, title, testcases: resolved, versions: versions.collect(), given })
}

fn resolve_version(version: VersionEntry) -> StandardVersion {
    let ids = |ids: NonEmpty<Vec<Located<String>>>| ids.into_inner().into_iter().map(|id| id.value).collect();
    StandardVersion {
        title: version.title.value,
        url: version.url.value,
        clauses: version.clauses,
        targets: version.targets.into_iter().map(|(target, list)| (target, ids(list))).collect(),
    }
}
