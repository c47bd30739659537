//! A bundle: a report and the facts that it follows from, as one document that proves a run without any server.
//!
//! The facts are redacted, and the report is the one that follows from them as they are, so that whoever has the definitions
//! can judge again and compare everything. Who vouches for a bundle is said by a signature in front of it.

use super::document::{DocumentError, DocumentKind, DocumentProblem};
use super::plan::Selection;
use super::recording::Recording;
use super::redact::{RedactionError, redact};
use super::request::{JudgeError, JudgeRequest};
use crate::consistency::ensure;
use crate::report::{Report, SCHEMA_VERSION, Subject, TestcaseResult};
use chrono::{DateTime, TimeDelta, Utc};
use indexmap::IndexMap;
use schemars::JsonSchema;
use scs_checks::definition::{Definitions, Origin};
use scs_checks::verdict::Verdict;
use serde::{Deserialize, Serialize};
use std::fmt;
use thiserror::Error;

/// The format that this program writes.
const KIND: DocumentKind = DocumentKind { name: "bundle", version: 1 };

/// A report and the facts that it follows from.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(title = "A report and the facts that it follows from")]
pub struct Bundle {
    /// The version of the format.
    pub schema_version: u32,
    /// The report, as it follows from the recording by the definitions with the digest that it names.
    pub report: Report,
    /// The facts and the evidence, redacted but for the name of the subject.
    pub recording: Recording,
}

/// A reason why no bundle can be made.
#[derive(Debug, Error)]
pub enum BundleError {
    /// The report proves nothing.
    #[error("no bundle is made: {0}")]
    Void(&'static str),
    /// The report was judged by other definitions.
    #[error("no bundle is made: the report was judged by other definitions ({0}); name them with --standards")]
    OtherDefinitions(String),
    /// The facts are those of another run.
    #[error("no bundle is made: the facts are not those of the run of this report")]
    OtherRun,
    /// The facts do not lead to the report.
    #[error("no bundle is made: the report does not follow from these facts: {0}")]
    Differs(BundleDifference),
    /// The facts cannot be redacted.
    #[error("no bundle is made: {0}")]
    Redaction(#[from] RedactionError),
    /// The facts cannot be judged.
    #[error("no bundle is made: {0}")]
    Judge(#[from] JudgeError),
}

/// A difference between the report of a bundle and the one that follows from its facts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum BundleDifference {
    /// A testcase has another verdict; none on a side that does not have it.
    Verdict {
        /// The testcase.
        testcase: String,
        /// The verdict in the report.
        reported: Option<Verdict>,
        /// The verdict from the facts.
        from_facts: Option<Verdict>,
    },
    /// A testcase has the same verdict, but not the same reason, findings or texts.
    Details {
        /// The testcase.
        testcase: String,
        /// The verdict of both.
        verdict: Verdict,
    },
    /// Another part of the report is different.
    Part(&'static str),
}

/// The worth of a bundle, whose signature has been checked before.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Proof {
    /// The report follows from the facts by official definitions.
    Follows,
    /// The report follows from the facts, but nobody vouches here for the definitions.
    NotOfficial,
    /// The definitions are not here, so that nothing can be judged again.
    UnknownDefinitions,
    /// The report does not follow from the facts.
    Differs(Vec<BundleDifference>),
    /// The report proves nothing, whatever the facts are.
    Void(String),
}

/// The time by which the clock of another machine may be ahead.
const FAST: TimeDelta = TimeDelta::days(1);

impl Bundle {
    /// The usual name of the file.
    pub const USUAL_NAME: &str = "report.bundle";

    /// Makes the bundle of a report and the facts of its run.
    ///
    /// # Errors
    /// The report proves nothing, or does not follow from the facts once they are redacted.
    pub fn new(definitions: &Definitions, report: &Report, recording: &Recording) -> Result<Self, BundleError> {
        if let Some(why) = void(report) {
            return Err(BundleError::Void(why));
        }
        if report.definitions.digest != definitions.digest {
            return Err(BundleError::OtherDefinitions(report.definitions.digest.clone()));
        }
        let run = |subject: &Subject, begin: DateTime<Utc>, end: DateTime<Utc>| (subject.kind, begin, end);
        let collected = &recording.collected;
        let of_facts = run(&collected.subject, collected.started_at, collected.finished_at);
        if of_facts != run(&report.subject, report.started_at, report.finished_at) {
            return Err(BundleError::OtherRun);
        }
        let mut recording = redact(recording)?;
        recording.collected.subject.name.clone_from(&report.subject.name);
        let judged = judged(definitions, report, &recording)?;
        if let Some(difference) = verdicts(report, &judged).or_else(|| clock(report, &judged)) {
            return Err(BundleError::Differs(difference));
        }
        Ok(Self { schema_version: KIND.version, report: judged, recording })
    }

    /// Renders the bundle as JSON, without a signature.
    ///
    /// # Errors
    /// Those of serde, which such values do not have.
    pub fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self).map(|json| json + "\n")
    }

    /// Parses a bundle without its signature; `source` names it in messages.
    ///
    /// # Errors
    /// It is not a bundle that this program understands, or its recording contradicts itself.
    pub fn from_json(text: &str, source: &str) -> Result<Self, DocumentError> {
        let bundle: Self = KIND.parse(text, source)?;
        let (report, recording) = (bundle.report.schema_version, bundle.recording.schema_version);
        let versions = ensure((report, recording) == (SCHEMA_VERSION, Recording::VERSION), || {
            format!(
                "its report has the version {report} and its recording {recording}, which no bundle of this version has"
            )
        });
        versions
            .and_then(|()| bundle.recording.verify())
            .map_err(|contradiction| KIND.error(source, DocumentProblem::Contradicts(contradiction)))?;
        Ok(bundle)
    }

    /// Judges the facts again, and compares what comes of them with the report.
    pub fn prove(&self, definitions: &Definitions, now: DateTime<Utc>) -> Proof {
        let report = &self.report;
        if let Some(why) = void(report) {
            return Proof::Void(why.to_owned());
        }
        if report.finished_at > now + FAST {
            return Proof::Void(format!("it is of the future, {}", report.finished_at));
        }
        if report.definitions.digest != definitions.digest {
            return Proof::UnknownDefinitions;
        }
        let judged = match judged(definitions, report, &self.recording) {
            Ok(judged) => judged,
            Err(error) => return Proof::Void(format!("its facts cannot be judged as it says: {error}")),
        };
        if let Err(contradiction) = judged.verify() {
            return Proof::Void(format!("its facts contradict themselves: {contradiction}"));
        }
        match differences(report, &judged) {
            differences if !differences.is_empty() => Proof::Differs(differences),
            _ if definitions.origin == Origin::Altered => Proof::NotOfficial,
            _ => Proof::Follows,
        }
    }
}

/// Returns the reason why a report proves nothing about a real subject and the published standards.
fn void(report: &Report) -> Option<&'static str> {
    if report.subject.simulated {
        return Some("the report is of a simulation, which proves nothing about a real cloud or cluster");
    }
    let altered =
        "the report was judged by definitions that are not the official ones, so it proves nothing about the standards";
    (report.definitions.origin == Origin::Altered).then_some(altered)
}

/// Returns the report that follows from facts, with what the given one says of itself: id, program, origin of the definitions.
fn judged(definitions: &Definitions, report: &Report, recording: &Recording) -> Result<Report, JudgeError> {
    let collected = recording.collected.clone();
    let reference = collected.observed_at;
    let request = JudgeRequest {
        definitions,
        scope: &report.scope.id,
        selection: Selection::from_record(&report.selection, reference),
        is_date_named: false,
        tool: report.tool.clone(),
    };
    let plan = request.plan()?;
    let judged = request.judge(&plan, collected, reference);
    Ok(Report { id: report.id.clone(), definitions: report.definitions.clone(), ..judged }.completed())
}

/// Returns the first testcase with another verdict.
fn verdicts(report: &Report, judged: &Report) -> Option<BundleDifference> {
    let is_verdict = |difference: &BundleDifference| matches!(difference, BundleDifference::Verdict { .. });
    testcases(&report.testcases, &judged.testcases).into_iter().find(is_verdict)
}

/// Compares the clocks: a report as of a day that somebody has named rests on none.
fn clock(report: &Report, judged: &Report) -> Option<BundleDifference> {
    (report.clock != judged.clock).then_some(BundleDifference::Part("clock"))
}

fn differences(report: &Report, judged: &Report) -> Vec<BundleDifference> {
    let parts = differing_parts(report, judged).into_iter().map(BundleDifference::Part);
    testcases(&report.testcases, &judged.testcases).into_iter().chain(parts).collect()
}

/// Compares all testcases, those of the report first.
fn testcases(
    reported: &IndexMap<String, TestcaseResult>,
    judged: &IndexMap<String, TestcaseResult>,
) -> Vec<BundleDifference> {
    let added = judged.keys().filter(|id| !reported.contains_key(*id));
    let compare = |id: &String| match (reported.get(id), judged.get(id)) {
        (Some(one), Some(other)) if one == other => None,
        (Some(one), Some(other)) if one.verdict == other.verdict => {
            Some(BundleDifference::Details { testcase: id.clone(), verdict: one.verdict })
        }
        (one, other) => Some(BundleDifference::Verdict {
            testcase: id.clone(),
            reported: one.map(|result| result.verdict),
            from_facts: other.map(|result| result.verdict),
        }),
    };
    reported.keys().chain(added).filter_map(compare).collect()
}

/// Returns the names of all other parts that are different, as they stand in the JSON.
fn differing_parts(one: &Report, other: &Report) -> Vec<&'static str> {
    let Report {
        schema_version,
        id,
        tool,
        definitions,
        run_by,
        subject,
        scope,
        started_at,
        finished_at,
        reference,
        expires_at,
        clock,
        marks,
        selection,
        interrupted,
        changes,
        versions,
        standards,
        testcases: _,
        facts,
    } = one;
    let parts = [
        ("schema_version", *schema_version == other.schema_version),
        ("id", *id == other.id),
        ("tool", *tool == other.tool),
        ("definitions", *definitions == other.definitions),
        ("run_by", *run_by == other.run_by),
        ("subject", *subject == other.subject),
        ("scope", *scope == other.scope),
        ("started_at", *started_at == other.started_at),
        ("finished_at", *finished_at == other.finished_at),
        ("reference", *reference == other.reference),
        ("expires_at", *expires_at == other.expires_at),
        ("clock", *clock == other.clock),
        ("marks", *marks == other.marks),
        ("selection", *selection == other.selection),
        ("interrupted", *interrupted == other.interrupted),
        ("changes", *changes == other.changes),
        ("versions", *versions == other.versions),
        ("standards", *standards == other.standards),
        ("facts", *facts == other.facts),
    ];
    parts.into_iter().filter(|(_, same)| !same).map(|(name, _)| name).collect()
}

impl fmt::Display for BundleDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |verdict: &Option<Verdict>| verdict.map_or("absent".to_owned(), |verdict| verdict.to_string());
        match self {
            Self::Verdict { testcase, reported, from_facts } => {
                write!(f, "{testcase} is {} in the report, and {} from the facts", word(reported), word(from_facts))
            }
            Self::Details { testcase, verdict } => {
                write!(f, "{testcase} is {verdict} in both, but with another reason, other findings or other texts")
            }
            Self::Part(name) => write!(f, "{name} is not as the facts say"),
        }
    }
}
