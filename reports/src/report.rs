//! The report: one run, one subject, everything that is known about it.

mod collection;
mod run_by;

pub use collection::{Brought, CollectionRecord, CollectionState, RequestRecord};
pub use run_by::{CiJob, CiSystem, RunBy};

use chrono::{DateTime, NaiveDate, Utc};
use indexmap::IndexMap;
use schemars::JsonSchema;
use scs_checks::definition::{Basis, Evidence, Level, Lifetime, Origin, Publisher, Section, Target, Validity};
use scs_checks::facts::{FactKind, LocalClock, SubjectKind};
use scs_checks::schema::keys;
use scs_checks::score::{Score, Tally};
use scs_checks::verdict::{Finding, Reason, ReasonCode, Verdict};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of the JSON format that this crate writes.
pub const SCHEMA_VERSION: u32 = 5;

/// One run against one subject.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// The version of this format.
    pub schema_version: u32,
    /// The identifier of the run (a UUID).
    pub id: String,
    /// The program that made the report.
    pub tool: Tool,
    /// The definitions that were applied.
    pub definitions: DefinitionsReference,
    /// The person or CI job that ran it.
    pub run_by: RunBy,
    /// The cloud or cluster that was tested.
    pub subject: Subject,
    /// The scope that it was tested against.
    pub scope: ScopeReference,
    /// The beginning of the run.
    pub started_at: DateTime<Utc>,
    /// The end of the run.
    pub finished_at: DateTime<Utc>,
    /// The instant that rules and timeline took for "now".
    pub reference: DateTime<Utc>,
    /// The first instant at which a result that the conclusion rests on no longer counts; none if nothing was decided.
    pub expires_at: Option<DateTime<Utc>>,
    /// The local clock, as far as the reference rests on it.
    pub clock: LocalClock,
    /// The marks: everything that limits what the verdicts prove, the heaviest first.
    pub marks: Vec<MarkKind>,
    /// The selection by the user.
    pub selection: SelectionRecord,
    /// The reason if the run ended early.
    pub interrupted: Option<Reason>,
    /// The resources that the run created, and those of them that are left; none if it created nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<Changes>,
    /// The versions of the scope that were looked at, in the order of the scope.
    pub versions: IndexMap<String, VersionResult>,
    /// The titles of the standards that the testcases belong to, by id.
    pub standards: IndexMap<String, String>,
    /// The testcases, in the order of the standards.
    pub testcases: IndexMap<String, TestcaseResult>,
    /// The records of how the facts were collected.
    #[schemars(transform = keys(FactKind::NAMES))]
    pub facts: IndexMap<FactKind, CollectionRecord>,
}

/// A kind of mark: something that limits what the verdicts of a report prove.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MarkKind {
    /// Nothing real was tested. The verdicts prove nothing.
    Simulated,
    /// The definitions are not the official ones. The verdicts prove nothing about the published standards.
    AlteredDefinitions,
    /// The local clock was not confirmed.
    Clock,
    /// Testcases were left out by the selection.
    Partial,
    /// Facts were read from a file that nothing binds to the subject.
    BroughtAlongNotBound,
    /// Facts were read from a file that names the subject.
    BroughtAlong,
    /// Verdicts rest on what a person stated.
    ByEvidence,
    /// Something that the run created may still be in the subject.
    LeftBehind,
}

impl Report {
    /// Returns the score of a testcase for the roll-up.
    pub fn score(&self, id: &str) -> Score {
        score_of(&self.testcases, id)
    }

    /// Returns the resources that the run created and that are left.
    pub fn residue(&self) -> impl Iterator<Item = &CreatedResource> {
        self.changes.iter().flat_map(Changes::residue)
    }
}

/// The program that made a report.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The commit that it was built from; none if that is unknown.
    pub commit: Option<String>,
}

/// The definitions that a report applies.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DefinitionsReference {
    /// SHA-256 over the content of all files, in hexadecimal digits.
    pub digest: String,
    /// Their origin.
    pub origin: Origin,
    /// Their publisher, if they are official and not those of the program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publisher: Option<Publisher>,
}

impl DefinitionsReference {
    /// Returns the digest, behind it the publisher and the date if they are not those of the program.
    pub(crate) fn name(&self, digest: &str) -> String {
        let publisher = self.publisher.as_ref().map(|publisher| format!(" {publisher}")).unwrap_or_default();
        format!("{digest}{publisher}")
    }
}

/// The cloud or cluster under test.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// Its name in reports.
    pub name: String,
    /// Its kind.
    pub kind: SubjectKind,
    /// True for a simulation made by `demo`: the verdicts prove nothing about a real cloud or cluster.
    pub simulated: bool,
    /// Details about it for people, for example the region. Never a secret.
    pub details: BTreeMap<String, String>,
    /// The state: tested, refused or unreachable.
    pub state: SubjectState,
    /// The reason why it was not tested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

/// The state of a subject: could it be tested?
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SubjectState {
    /// It granted access.
    Tested,
    /// It refused access, or the suite must not use that account.
    Refused,
    /// It gave no usable answer.
    Unreachable,
}

impl SubjectState {
    /// Returns the state of a subject that could not be tested, for this reason.
    pub fn from_reason(code: ReasonCode) -> Self {
        match code {
            ReasonCode::CredentialsRefused
            | ReasonCode::RoleMissing
            | ReasonCode::RoleTooHigh
            | ReasonCode::Configuration
            | ReasonCode::Forbidden => Self::Refused,
            _ => Self::Unreachable,
        }
    }
}

/// A scope, as named in reports.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ScopeReference {
    /// Its short name.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its identifier.
    pub uuid: String,
    /// The page of its definition.
    pub url: String,
}

/// The selection by the user.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SelectionRecord {
    /// Versions that were named, instead of those that the timeline lists.
    pub versions: Vec<String>,
    /// Patterns of testcase ids.
    pub select: Vec<String>,
    /// Sections.
    pub sections: Vec<Section>,
    /// Targets of the versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<Target>,
    /// Levels of clauses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<Level>,
    /// True if the testcases of target `text` decide as well as those of `main`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_text: bool,
    /// True if only testcases were selected that decide about conformance.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deciding: bool,
    /// True if testcases of the versions were left out.
    pub partial: bool,
}

/// The resources that a run created. All of them carry the name of the run.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Changes {
    /// The name of the run, for example `20261120t153045-k3f9`: UTC time and randomness.
    pub run: String,
    /// All resources that were created, in the order of their creation.
    pub resources: Vec<CreatedResource>,
    /// The command that removes what is left; none where nothing can, as after a demo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sweep: Option<String>,
}

impl Changes {
    /// Returns the resources that are left.
    pub fn residue(&self) -> impl Iterator<Item = &CreatedResource> {
        self.resources.iter().filter(|resource| resource.left.is_some())
    }
}

/// A resource that a run created.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CreatedResource {
    /// Its kind: `server`, `volume`, `backup` …
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its identifier; none if the service never returned one.
    pub id: Option<String>,
    /// The instant of its creation.
    pub created_at: DateTime<Utc>,
    /// The reason why it is still there; none if it was removed.
    pub left: Option<String>,
}

/// The state of a version of the scope.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct VersionResult {
    /// Its validity on the reference day.
    pub validity: Validity,
    /// True if the conclusion of this run depends on it.
    pub decides: bool,
    /// The day since which it may no longer change.
    pub stabilized_at: Option<NaiveDate>,
    /// The versions of standards that it includes.
    pub includes: Vec<String>,
    /// The verdict: that of its target `main`. None if that is empty.
    pub verdict: Option<Verdict>,
    /// The verdict as the text of the standards demands: that of its targets `main` and `text` together. None if both are
    /// empty.
    pub verdict_by_text: Option<Verdict>,
    /// Its targets.
    #[schemars(transform = keys(Target::NAMES))]
    pub targets: BTreeMap<Target, TargetResult>,
}

/// The state of a target.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TargetResult {
    /// The verdict. None for an empty target.
    pub verdict: Option<Verdict>,
    /// The number of testcases for each verdict.
    pub tally: Tally,
    /// Its testcases.
    pub testcases: Vec<String>,
}

impl SelectionRecord {
    /// Returns the testcases that the conclusion of the run rests on.
    pub fn basis(&self) -> Basis {
        Basis::from_by_text(self.by_text)
    }
}

impl VersionResult {
    /// Returns the testcases that a conclusion on this version rests on.
    pub fn testcases(&self, basis: Basis) -> impl Iterator<Item = &String> {
        basis.targets().iter().filter_map(|target| self.targets.get(target)).flat_map(|target| &target.testcases)
    }

    /// Returns true if the text of the standards demands more than today's suite tests.
    pub fn has_text(&self) -> bool {
        self.targets.get(&Target::Text).is_some_and(|target| target.tally.total() > 0)
    }
}

impl TargetResult {
    /// Rolls up the testcases of a target. One without a result was not tested.
    pub fn of(ids: &[String], results: &IndexMap<String, TestcaseResult>) -> Self {
        let tally = Tally::of(ids.iter().map(|id| score_of(results, id)));
        Self { verdict: tally.verdict(), tally, testcases: ids.to_vec() }
    }

    /// Returns the verdict on all testcases of a basis; none if there are none.
    pub fn roll_up(targets: &BTreeMap<Target, Self>, basis: Basis) -> Option<Verdict> {
        let tallies = basis.targets().iter().filter_map(|target| targets.get(target)).map(|target| target.tally);
        tallies.fold(Tally::default(), Tally::and).verdict()
    }
}

fn score_of(results: &IndexMap<String, TestcaseResult>, id: &str) -> Score {
    results.get(id).map_or(Score::ABSENT, |result| Score {
        verdict: result.verdict,
        vacuous: result.vacuous,
        reason: result.reason.as_ref().map(|reason| reason.code),
    })
}

/// The result of a testcase.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TestcaseResult {
    /// The verdict.
    pub verdict: Verdict,
    /// The reason why it was not decided or not tested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// The number of things that were examined.
    pub examined: usize,
    /// True for a PASS over nothing.
    pub vacuous: bool,
    /// The findings.
    pub findings: Vec<Finding>,
    /// The statement of a person that the result follows from; none where a program decides, or nobody has stated anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
    /// The standard; empty for a testcase that this suite does not know.
    pub standard: String,
    /// The requirement.
    pub description: String,
    /// The page that documents the test.
    pub url: String,
    /// The remedy for a failure.
    pub remedy: String,
    /// The clauses that it decides, in the versions that were looked at.
    pub clauses: Vec<ClauseReference>,
    /// The kind of check; empty for a testcase that this suite does not know.
    pub check: String,
    /// The facts that it rests on.
    pub needs: Vec<FactKind>,
    /// Those of them that are asked only where another one is absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fallbacks: Vec<FactKind>,
    /// The targets that it counts towards, by version.
    pub targets: IndexMap<String, Target>,
    /// The section: the effort of the test.
    pub section: Option<Section>,
    /// The lifetime of the result.
    pub lifetime: Lifetime,
    /// The first instant at which the result no longer counts.
    pub expires_at: Option<DateTime<Utc>>,
    /// The time that collecting the slowest of its facts took, in milliseconds.
    pub duration_ms: u64,
    /// The number of HTTP attempts for its facts; facts are shared between testcases.
    pub attempts: u32,
}

/// A clause, as named in reports.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ClauseReference {
    /// The version of the standard, for example `scs-0102-v1`.
    pub standard: String,
    /// Its name there.
    pub id: String,
    /// The level: `must`, `should` …
    pub level: Level,
    /// The demand, in the words of this suite.
    pub text: String,
    /// The text of the standard.
    pub url: String,
}
