//! Builds sample reports from "everything passes" by changing results.

use super::catalog::{STANDARDS, Standard};
use crate::report::{
    Changes, ClauseReference, CollectionRecord, CollectionState, CreatedResource, DefinitionsReference, Report,
    RequestRecord, RunBy, SCHEMA_VERSION, ScopeReference, SelectionRecord, Subject, SubjectState, TargetResult,
    TestcaseResult, Tool, VersionResult,
};
use chrono::{DateTime, TimeDelta, Utc};
use indexmap::IndexMap;
use scs_checks::definition::{Basis, Evidence, Level, Lifetime, Origin, Section, Statement, Target, Validity};
use scs_checks::facts::{FactKind, LocalClock, Now, SubjectKind};
use scs_checks::verdict::{Finding, Findings, Outcome, Reason, ReasonCode, Resource, ResourceKind, Verdict};
use std::collections::BTreeMap;

/// A report under construction. The roll-up is made at the end, from the results.
pub struct Builder(Report);

impl Builder {
    /// Returns a read-only run against a cloud without deviations.
    pub fn conformant() -> Self {
        let mut report = Self::empty().0;
        for standard in &STANDARDS {
            report.standards.insert(standard.id.to_owned(), standard.title.to_owned());
            for testcase in standard.testcases {
                let id = if testcase.0.contains("zones") {
                    testcase.0.to_owned()
                } else {
                    format!("{}-{}", standard.id, testcase.0)
                };
                report.testcases.insert(id, passed(standard, testcase));
            }
        }
        let changing = ["scs-0101-entropy-avail", "scs-0101-fips-test", "scs-0116-permissions", "scs-0117-test-backup"];
        let manual = ["scs-0116-docs-check", "availability-zones-check"];
        let sample = changing.into_iter().fold(Self(report), |sample, id| {
            sample.missed(id, ReasonCode::ChangesTheSubject, "It changes the cloud; allow it with --allow-changes.")
        });
        let sample = manual.into_iter().fold(sample, |sample, id| {
            sample.missed(id, ReasonCode::Manual, "A person has to judge it: read what the provider publishes.")
        });
        sample.outcome("scs-0104-source-capi-1", Outcome::of(Findings::default()))
    }

    /// Returns a report without any testcase.
    pub fn empty() -> Self {
        let versions = [version("v5.1", Validity::Effective), version("next", Validity::Draft)];
        Self(Report {
            schema_version: SCHEMA_VERSION,
            id: "8d0b1c5e-3c1f-4a0f-9d58-2f6a7a3f10d4".to_owned(),
            tool: Tool {
                name: "scs-conformance".to_owned(),
                version: "0.1.0".to_owned(),
                commit: Some("e8b5576".to_owned()),
            },
            definitions: DefinitionsReference {
                digest: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned(),
                origin: Origin::Official,
                publisher: None,
            },
            run_by: RunBy { user: Some("erika".to_owned()), host: Some("ops-1".to_owned()), ci: None },
            subject: Subject {
                name: "lab-member".to_owned(),
                kind: SubjectKind::Cloud,
                simulated: false,
                details: BTreeMap::from([("region".to_owned(), "RegionOne".to_owned())]),
                state: SubjectState::Tested,
                reason: None,
            },
            scope: ScopeReference {
                id: "scs-compatible-iaas".to_owned(),
                name: "SCS-compatible IaaS".to_owned(),
                uuid: "50393e6f-2ae1-4c5c-a62c-3b75f2abef3f".to_owned(),
                url: "https://docs.scs.community/standards/scs-compatible-iaas".to_owned(),
            },
            started_at: instant(),
            finished_at: instant() + TimeDelta::milliseconds(412),
            reference: instant(),
            expires_at: None,
            marks: Vec::new(),
            clock: LocalClock::AheadBySeconds(0),
            selection: SelectionRecord::default(),
            interrupted: None,
            changes: None,
            versions: versions.into_iter().collect(),
            standards: IndexMap::new(),
            testcases: IndexMap::new(),
            facts: IndexMap::from([(FactKind::Images, images())]),
        })
    }

    /// Gives the subject another name.
    pub fn named(mut self, subject: &str) -> Self {
        self.0.subject.name = subject.to_owned();
        self
    }

    /// Counts a testcase in another target of `v5.1`.
    pub fn counted_in(mut self, target: Target, id: &str) -> Self {
        self.0.testcases[id].targets.insert("v5.1".to_owned(), target);
        self
    }

    /// Lets the text of the standards decide.
    pub fn by_text(mut self) -> Self {
        self.0.selection.by_text = true;
        self
    }

    /// Sets the findings of a testcase, and the verdict that follows.
    pub fn found(self, id: &str, findings: impl IntoIterator<Item = Finding>) -> Self {
        self.outcome(id, Outcome::of(Findings { examined: 12, list: findings.into_iter().collect(), unknown: None }))
    }

    /// Adds a testcase that could not be decided.
    pub fn aborted(self, id: &str, code: ReasonCode, message: &str) -> Self {
        self.outcome(id, Outcome::abort(Reason::new(code, message)))
    }

    /// Adds a testcase that was not tested.
    pub fn missed(self, id: &str, code: ReasonCode, message: &str) -> Self {
        self.outcome(id, Outcome::miss(Reason::new(code, message)))
    }

    /// Lets a person state something of a testcase, which the verdict follows from.
    pub fn stated(mut self, id: &str, statement: Statement) -> Self {
        let evidence = Evidence {
            statement,
            document: "papers/zones.pdf".to_owned(),
            sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad".to_owned(),
            verified: true,
            person: "Erika Mustermann".to_owned(),
            date: "2026-11-02".parse().unwrap(),
            note: Some("Both buildings were visited.".to_owned()),
        };
        let outcome = evidence.outcome(Now::from_clock(self.0.reference, self.0.clock));
        let result = self.0.testcases.get_mut(id).unwrap();
        (result.check, result.needs) = ("manual".to_owned(), Vec::new());
        (result.duration_ms, result.attempts, result.expires_at) = (0, 0, evidence.expires_at());
        result.evidence = Some(evidence);
        self.outcome(id, outcome)
    }

    fn outcome(mut self, id: &str, outcome: Outcome) -> Self {
        let result = self.0.testcases.get_mut(id).unwrap();
        result.verdict = outcome.verdict;
        result.reason = outcome.reason;
        result.examined = outcome.examined;
        result.vacuous = outcome.vacuous;
        result.findings = outcome.findings;
        self
    }

    /// Makes the subject refuse the suite: everything that was planned is ABORT.
    pub fn refused(mut self, code: ReasonCode, message: &str) -> Self {
        let reason = Reason::new(code, message);
        self.0.subject.state = SubjectState::Refused;
        self.0.subject.reason = Some(reason.clone());
        for id in self.0.testcases.keys().cloned().collect::<Vec<_>>() {
            self = self.outcome(&id, Outcome::abort(reason.clone()));
        }
        self
    }

    /// Sets another state of the subject.
    pub fn state(mut self, state: SubjectState) -> Self {
        self.0.subject.state = state;
        self
    }

    /// Ends the run early.
    pub fn interrupted(mut self, message: &str) -> Self {
        self.0.interrupted = Some(Reason::new(ReasonCode::Interrupted, message));
        self
    }

    /// Makes the run create something; each resource is gone, or left for a reason.
    pub fn created(mut self, left: &[Option<&str>]) -> Self {
        let run = "20261120t153045-k3f9";
        let parts = [("network", "net"), ("server", "entropy"), ("volume", "source"), ("backup", "copy")];
        let one = |(index, left): (usize, &Option<&str>)| {
            let (kind, label) = parts[index % parts.len()];
            CreatedResource {
                kind: kind.to_owned(),
                name: format!("_scs-{run}-{label}"),
                id: (index < 4).then(|| format!("{index}b0c7d2e-11aa-4a55-9b0a-0c4d7e2f0000")),
                created_at: instant() + TimeDelta::seconds(i64::try_from(index).unwrap()),
                left: left.map(str::to_owned),
            }
        };
        let resources = left.iter().enumerate().map(one).collect();
        let sweep = Some(format!("scs-conformance sweep iaas --cloud lab --run {run}"));
        self.0.changes = Some(Changes { run: run.to_owned(), resources, sweep });
        self
    }

    /// Makes the run create something and leave all of it behind; each resource is called so in all respects.
    pub fn left(self, texts: &[&str]) -> Self {
        let left: Vec<Option<&str>> = texts.iter().copied().map(Some).collect();
        let mut sample = self.created(&left);
        if let Some(changes) = &mut sample.0.changes {
            changes.run = texts.concat();
            for (resource, text) in changes.resources.iter_mut().zip(texts) {
                (resource.kind, resource.name) = ((*text).to_owned(), (*text).to_owned());
                resource.id = Some((*text).to_owned());
            }
        }
        sample
    }

    /// Sets a detail of the subject.
    pub fn detail(mut self, name: &str, value: &str) -> Self {
        self.0.subject.details.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Runs only testcases whose ids begin as the pattern does.
    pub fn selected(mut self, pattern: &str) -> Self {
        self.0.selection = SelectionRecord { select: vec![pattern.to_owned()], partial: true, ..Default::default() };
        let prefix = pattern.trim_end_matches('*').to_owned();
        for id in self.0.testcases.keys().filter(|id| !id.starts_with(&prefix)).cloned().collect::<Vec<_>>() {
            self = self.missed(&id, ReasonCode::NotSelected, "The selection left it out.");
        }
        self
    }

    /// Drops all other testcases.
    pub fn only(mut self, ids: &[&str]) -> Self {
        self.0.testcases.retain(|id, _| ids.contains(&id.as_str()));
        self
    }

    /// Lets the named versions decide, and no others.
    pub fn deciding(mut self, versions: &[&str]) -> Self {
        for (name, version) in &mut self.0.versions {
            version.decides = versions.contains(&name.as_str());
        }
        self
    }

    /// Returns the ids of the testcases of a standard.
    pub fn ids_of(&self, standard: &str) -> Vec<String> {
        let of_standard = self.0.testcases.iter().filter(|(_, result)| result.standard == standard);
        of_standard.map(|(id, _)| id.clone()).collect()
    }

    /// Returns the report, rolled up. Facts that testcases rest on were collected as far as these were decided.
    pub fn build(self) -> Report {
        let mut report = self.0;
        let mut results: Vec<&TestcaseResult> = report.testcases.values().collect();
        results.sort_by_key(|result| !matches!(result.verdict, Verdict::Pass | Verdict::Fail));
        for (need, result) in
            results.into_iter().flat_map(|result| result.needs.iter().map(move |need| (*need, result)))
        {
            report.facts.entry(need).or_insert_with(|| record(result));
        }
        for (name, version) in &mut report.versions {
            for target in Target::ALL {
                let members = report.testcases.iter().filter(|(_, result)| result.targets.get(name) == Some(&target));
                let ids: Vec<String> = members.map(|(id, _)| id.clone()).collect();
                version.targets.insert(target, TargetResult::of(&ids, &report.testcases));
            }
            version.verdict = TargetResult::roll_up(&version.targets, Basis::Main);
            version.verdict_by_text = TargetResult::roll_up(&version.targets, Basis::Text);
        }
        report.completed()
    }
}

/// Returns the record of a fact that a testcase rests on.
fn record(result: &TestcaseResult) -> CollectionRecord {
    match result.verdict {
        Verdict::Pass | Verdict::Fail => images(),
        Verdict::Abort => {
            CollectionRecord { state: CollectionState::Failed, reason: result.reason.clone(), ..images() }
        }
        Verdict::Miss => {
            CollectionRecord { state: CollectionState::NotCollected, reason: result.reason.clone(), ..images() }
        }
    }
}

/// Returns a resource of a cloud.
pub fn resource(kind: ResourceKind, id: &str, name: &str) -> Resource {
    Resource { kind, id: id.to_owned(), name: name.to_owned() }
}

fn instant() -> DateTime<Utc> {
    "2026-11-20T15:30:45Z".parse().unwrap()
}

fn version(name: &str, validity: Validity) -> (String, VersionResult) {
    let stabilized_at = validity.decides().then(|| "2024-12-19".parse().unwrap());
    let includes = STANDARDS.iter().map(|standard| standard.version.to_owned()).collect();
    let decides = validity.decides();
    let result = VersionResult {
        validity,
        decides,
        stabilized_at,
        includes,
        verdict: None,
        verdict_by_text: None,
        targets: BTreeMap::new(),
    };
    (name.to_owned(), result)
}

fn passed(standard: &Standard, &(name, v5, next): &(&str, Option<Target>, Option<Target>)) -> TestcaseResult {
    let targets = [("v5.1", v5), ("next", next)];
    let published = format!("https://docs.scs.community/standards/{}", standard.slug);
    TestcaseResult {
        verdict: Verdict::Pass,
        reason: None,
        examined: 12,
        vacuous: false,
        findings: Vec::new(),
        evidence: None,
        standard: standard.id.to_owned(),
        description: describe(standard, name),
        url: format!("{published}#automated-tests"),
        remedy: standard.remedy.to_owned(),
        clauses: vec![ClauseReference {
            standard: standard.version.to_owned(),
            id: "demand".to_owned(),
            level: Level::Must,
            text: standard.demand.to_owned(),
            url: published,
        }],
        check: standard.check.to_owned(),
        needs: vec![standard.needs],
        fallbacks: Vec::new(),
        targets: targets.into_iter().filter_map(|(name, target)| Some((name.to_owned(), target?))).collect(),
        section: Some(Section::Light),
        lifetime: Lifetime::Week,
        expires_at: Lifetime::Week.expires_at(instant()),
        duration_ms: 187,
        attempts: 1,
    }
}

/// Returns the description of a testcase.
fn describe(standard: &Standard, name: &str) -> String {
    if let Some(property) = name.strip_prefix("prop-") {
        format!("Each image has a valid {property}.")
    } else if let Some(flavor) = name.strip_prefix("flavor-") {
        format!("Flavor SCS-{} is offered, just as its name says.", flavor.to_uppercase())
    } else if let Some(service) = name.strip_prefix("service-") {
        format!("The catalog has a service of the type {service}.")
    } else {
        format!("{}: {}", name.replace(['-', '_'], " "), standard.demand)
    }
}

fn images() -> CollectionRecord {
    CollectionRecord {
        state: CollectionState::Known,
        reason: None,
        items: Some(12),
        started_at: Some(instant() + TimeDelta::milliseconds(95)),
        duration_ms: 187,
        requests: vec![RequestRecord {
            method: "GET".to_owned(),
            url: "https://image.example.org/v2/images?limit=1000&member_status=all".to_owned(),
            status: Some(200),
            attempts: 1,
            request_id: Some("req-b5f3c9a0-8f0b-4c1c-9a51-0d5a4bd9e1f2".to_owned()),
            duration_ms: 187,
            bytes: 21_733,
            clock_ahead_seconds: Some(0),
        }],
        documents: Vec::new(),
        brought: None,
    }
}
