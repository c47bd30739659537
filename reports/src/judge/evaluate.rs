//! Turns facts into the report: every planned testcase gets its outcome, every version its
//! verdict. Pure but for the panic that a defect of a rule would be.

use super::plan::{Plan, PlannedTestcase, PlannedVersion};
use crate::report::{
    Changes, ClauseReference, CollectionRecord, CollectionState, DefinitionsReference, Report, RunBy, SCHEMA_VERSION,
    ScopeReference, Subject, SubjectState, TargetResult, TestcaseResult, Tool, VersionResult,
};
use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use schemars::JsonSchema;
use scs_checks::check::CheckKind;
use scs_checks::definition::{Basis, Definitions, Evidence, Target, Testcase};
use scs_checks::facts::{
    Fact, FactKind, Facts, KubernetesWorld, LocalClock, Needs, Now, Slot, SubjectKind, WorldSource,
};
use scs_checks::schema::keys;
use scs_checks::verdict::{Outcome, Reason, ReasonCode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The facts of a subject, and the records of how they were collected.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Collected {
    /// The facts.
    pub facts: Facts,
    /// The instant at which they were observed: the begin of the run, or its end where tests took hours.
    pub observed_at: DateTime<Utc>,
    /// The local clock, compared with the answers of the subject.
    pub clock: LocalClock,
    /// The record of how each was collected.
    #[schemars(transform = keys(FactKind::NAMES))]
    pub records: IndexMap<FactKind, CollectionRecord>,
    /// The person or CI job that collected it.
    pub run_by: RunBy,
    /// The subject as it showed itself.
    pub subject: Subject,
    /// The reason why nothing could be asked of the subject at all.
    pub refused: Option<Reason>,
    /// The reason why the run ended early.
    pub interrupted: Option<Reason>,
    /// The resources that experiments created, and those that are still there; none if nothing was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<Changes>,
    /// Statements of people about testcases that they judge, by testcase.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub evidence: IndexMap<String, Evidence>,
    /// The end of the application credential that logged in, if a night asked for it and there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential_ends_at: Option<DateTime<Utc>>,
    /// The instant at which the run began.
    pub started_at: DateTime<Utc>,
    /// The instant at which collecting ended.
    pub finished_at: DateTime<Utc>,
}

impl Collected {
    /// Returns what is known of a subject that nobody has asked, for this reason: nothing.
    pub fn nothing(name: &str, kind: SubjectKind, reason: Reason, run_by: RunBy, began: DateTime<Utc>) -> Self {
        let state = SubjectState::from_reason(reason.code);
        let (name, details) = (name.to_owned(), BTreeMap::new());
        Self {
            facts: Facts::failed(kind, &reason),
            observed_at: began,
            clock: LocalClock::NotCompared,
            records: IndexMap::new(),
            run_by,
            subject: Subject { name, kind, simulated: false, details, state, reason: Some(reason.clone()) },
            refused: Some(reason),
            interrupted: None,
            changes: None,
            evidence: IndexMap::new(),
            credential_ends_at: None,
            started_at: began,
            finished_at: began,
        }
    }

    /// Returns true if the subject let us in, the run was not interrupted, and no fact has failed.
    pub fn is_complete(&self) -> bool {
        let has_failed = |record: &CollectionRecord| record.state == CollectionState::Failed;
        self.refused.is_none() && self.interrupted.is_none() && !self.records.values().any(has_failed)
    }
}

/// Evaluates the plan, as of an instant that counts as now; `tool` is the program that does it.
pub fn evaluate(definitions: &Definitions, plan: &Plan<'_>, mut collected: Collected, now: Now, tool: Tool) -> Report {
    if let Some(record) = collected.records.get_mut(&FactKind::KubernetesWorld) {
        record.documents = documents(&collected.facts, now);
    }
    let testcases: IndexMap<String, TestcaseResult> = plan
        .testcases
        .iter()
        .map(|planned| (planned.id.to_owned(), testcase_result(definitions, plan, planned, &collected, now)))
        .collect();
    let versions =
        plan.versions.iter().map(|planned| (planned.name.to_owned(), version_result(planned, &testcases))).collect();
    let report = Report {
        schema_version: SCHEMA_VERSION,
        id: uuid::Uuid::new_v4().to_string(),
        tool,
        definitions: DefinitionsReference {
            digest: definitions.digest.clone(),
            origin: definitions.origin,
            publisher: definitions.publisher.clone(),
        },
        run_by: collected.run_by,
        subject: collected.subject,
        scope: ScopeReference {
            id: plan.scope.id.clone(),
            name: plan.scope.name.clone(),
            uuid: plan.scope.uuid.clone(),
            url: plan.scope.url.clone(),
        },
        started_at: collected.started_at,
        finished_at: collected.finished_at,
        reference: now.instant,
        expires_at: None,
        marks: Vec::new(),
        clock: now.clock,
        selection: plan.selection.clone(),
        interrupted: collected.interrupted,
        changes: collected.changes,
        versions,
        standards: titles(definitions, &testcases),
        testcases,
        facts: collected.records,
    };
    report.completed()
}

/// Lists the documents that tell what is publicly known of Kubernetes, and how old they are.
fn documents(facts: &Facts, now: Now) -> Vec<String> {
    let Some(Slot::Known(world)) = KubernetesWorld::slot(facts) else { return Vec::new() };
    let document = |source: &WorldSource| {
        let days = (now.instant - source.as_of).num_days().max(0);
        let as_of = source.as_of.format("%Y-%m-%dT%H:%M:%SZ");
        format!("{} as of {as_of} ({days} days old): {} ({}), {}", source.data, source.name, source.way, source.address)
    };
    world.sources.iter().map(document).collect()
}

fn titles(definitions: &Definitions, testcases: &IndexMap<String, TestcaseResult>) -> IndexMap<String, String> {
    let title = |result: &TestcaseResult| {
        let standard = definitions.standards.get(&result.standard)?;
        Some((standard.id.clone(), standard.title.clone()))
    };
    testcases.values().filter_map(title).collect()
}

/// Returns the evidence that decides a testcase. That of one which is left out, which a program decides, or of a subject that
/// let nobody in decides nothing.
fn evidence<'a>(planned: &PlannedTestcase<'_>, collected: &'a Collected, now: Now) -> Option<&'a Evidence> {
    let is_asked = planned.selected && collected.refused.is_none();
    let evidence = collected.evidence.get(planned.id).filter(|_| is_asked)?;
    let check = planned.testcase.map(|testcase| &testcase.check).filter(|check| check.takes_evidence())?;
    let is_left_to_people =
        by_rule(check, collected, now).reason.is_some_and(|reason| reason.code == ReasonCode::Manual);
    is_left_to_people.then_some(evidence)
}

/// Returns the outcome of a rule, also of one that has a defect.
fn by_rule(check: &CheckKind, collected: &Collected, now: Now) -> Outcome {
    let outcome = catch_unwind(AssertUnwindSafe(|| check.rule().evaluate(&collected.facts, now)));
    outcome.unwrap_or_else(|_| {
        let message = "the rule has a defect; please report this with the JSON report";
        Outcome::abort(Reason::new(ReasonCode::InternalError, message))
    })
}

fn outcome(planned: &PlannedTestcase<'_>, collected: &Collected, now: Now) -> Outcome {
    if !planned.selected {
        return Outcome::miss(Reason::new(ReasonCode::NotSelected, "not selected"));
    }
    if let Some(reason) = &collected.refused {
        return Outcome::abort(reason.clone());
    }
    let Some(testcase) = planned.testcase else {
        return Outcome::miss(Reason::new(ReasonCode::UnknownTestcase, "unknown to this version of the suite"));
    };
    if let Some(evidence) = evidence(planned, collected, now) {
        return evidence.outcome(now);
    }
    let outcome = by_rule(&testcase.check, collected, now);
    match &outcome.reason {
        // It is selected now, but was not when the facts were recorded. What nobody left out
        // of this run counts against it.
        Some(reason) if reason.code == ReasonCode::NotSelected => {
            let message = "the recording was made for a selection of testcases and does not have the facts; \
                           record the subject again, without --select and --section";
            Outcome::miss(Reason::new(ReasonCode::NotRecorded, message))
        }
        _ => outcome,
    }
}

fn testcase_result(
    definitions: &Definitions,
    plan: &Plan<'_>,
    planned: &PlannedTestcase<'_>,
    collected: &Collected,
    now: Now,
) -> TestcaseResult {
    let outcome = outcome(planned, collected, now);
    let testcase = planned.testcase;
    let text = |of: fn(&Testcase) -> &String| testcase.map(of).cloned().unwrap_or_default();
    let all = testcase.map_or(Needs::NONE, |testcase| testcase.check.rule().needs());
    let needs: Vec<FactKind> = all.iter().collect();
    let fallbacks = needs.iter().copied().filter(|kind| !all.requires(*kind)).collect();
    let records: Vec<&CollectionRecord> = needs.iter().filter_map(|kind| collected.records.get(kind)).collect();
    let lifetime = testcase.map(|testcase| testcase.lifetime).unwrap_or_default();
    let evidence = evidence(planned, collected, now).cloned();
    let mut result = TestcaseResult {
        verdict: outcome.verdict,
        reason: outcome.reason,
        examined: outcome.examined,
        vacuous: outcome.vacuous,
        findings: outcome.findings,
        evidence,
        standard: text(|testcase| &testcase.standard),
        description: text(|testcase| &testcase.description),
        url: text(|testcase| &testcase.url),
        remedy: text(|testcase| &testcase.remedy),
        clauses: testcase.map(|testcase| clauses(definitions, plan, testcase)).unwrap_or_default(),
        check: testcase.map(|testcase| testcase.check.name().to_owned()).unwrap_or_default(),
        targets: plan
            .versions
            .iter()
            .filter_map(|version| Some((version.name.to_owned(), target_of(version, planned.id)?)))
            .collect(),
        section: testcase.map(|testcase| testcase.section),
        lifetime,
        expires_at: None,
        duration_ms: records.iter().map(|record| record.duration_ms).max().unwrap_or_default(),
        attempts: CollectionRecord::attempts(&records),
        needs,
        fallbacks,
    };
    result.expires_at = result.expiry(collected.started_at);
    result
}

fn target_of(planned: &PlannedVersion<'_>, id: &str) -> Option<Target> {
    planned.version.targets.iter().find(|(_, ids)| ids.iter().any(|other| other == id)).map(|(target, _)| *target)
}

/// Returns the clauses that a testcase decides: those of the included versions of its standard, or, for a testcase that
/// no planned version includes, those of the newest version that has them.
fn clauses(definitions: &Definitions, plan: &Plan<'_>, testcase: &Testcase) -> Vec<ClauseReference> {
    let Some(standard) = definitions.standards.get(&testcase.standard) else { return Vec::new() };
    let named = |version: &str| format!("{}-{version}", standard.id);
    let included =
        |version: &str| plan.versions.iter().any(|planned| planned.version.includes.contains(&named(version)));
    let mut references = Vec::new();
    for clause_id in &testcase.clauses {
        let having = standard.versions.iter().filter_map(|(name, version)| {
            let clause = version.clauses.iter().find(|clause| clause.id.value == *clause_id)?;
            Some((name, version, clause))
        });
        let mut found: Vec<_> = having.collect();
        if found.iter().any(|(name, ..)| included(name)) {
            found.retain(|(name, ..)| included(name));
        } else if found.len() > 1 {
            found.drain(..found.len() - 1);
        }
        references.extend(found.into_iter().map(|(name, version, clause)| ClauseReference {
            standard: named(name),
            id: clause.id.value.clone(),
            level: clause.level,
            text: clause.text.clone(),
            url: version.url.clone(),
        }));
    }
    references
}

fn version_result(planned: &PlannedVersion<'_>, testcases: &IndexMap<String, TestcaseResult>) -> VersionResult {
    let targets = planned.version.targets.iter();
    let targets: BTreeMap<Target, TargetResult> =
        targets.map(|(target, ids)| (*target, TargetResult::of(ids, testcases))).collect();
    VersionResult {
        validity: planned.validity,
        decides: planned.decides,
        stabilized_at: planned.version.stabilized_at,
        includes: planned.version.includes.clone(),
        verdict: TargetResult::roll_up(&targets, Basis::Main),
        verdict_by_text: TargetResult::roll_up(&targets, Basis::Text),
        targets,
    }
}
