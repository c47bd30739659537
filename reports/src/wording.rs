//! The words for states and reasons, the same in every report for people.

use crate::report::{CiJob, ClauseReference, Report, RunBy, SubjectState};
use scs_checks::facts::{FactKind, SubjectKind};
use scs_checks::verdict::{Reason, ReasonCode};

/// Returns the kind of subjects that the facts of a testcase are observed of: clouds where it needs none.
pub(crate) fn kind_of(facts: impl IntoIterator<Item = FactKind>) -> SubjectKind {
    facts.into_iter().next().map_or(SubjectKind::Cloud, FactKind::subject)
}

/// Returns the noun for a subject: `cloud` or `cluster`.
pub(crate) fn noun(subject: SubjectKind) -> &'static str {
    match subject {
        SubjectKind::Cloud => "cloud",
        SubjectKind::Cluster => "cluster",
    }
}

/// Returns why something has no verdict, as the end of a sentence about one or several testcases.
pub(crate) fn because(code: ReasonCode, one: bool, subject: SubjectKind) -> &'static str {
    let is_cluster = subject == SubjectKind::Cluster;
    match code {
        ReasonCode::ChangesTheSubject if is_cluster && one => "it changes the cluster",
        ReasonCode::ChangesTheSubject if is_cluster => "they change the cluster",
        ReasonCode::ChangesTheSubject if one => "it changes the cloud",
        ReasonCode::ChangesTheSubject => "they change the cloud",
        ReasonCode::DomainManagersMissing => "--domain-manager did not name the managers of two domains",
        ReasonCode::ResultsMissing if one => "neither --runner nor --results was given for it",
        ReasonCode::ResultsMissing => "neither --runner nor --results was given for them",
        ReasonCode::NotSelected if one => "the selection leaves it out",
        ReasonCode::NotSelected => "the selection leaves them out",
        ReasonCode::NotRecorded => "the recording does not have the facts",
        ReasonCode::OtherSubject if one => "it concerns another kind of subject",
        ReasonCode::OtherSubject => "they concern another kind of subject",
        ReasonCode::UnknownTestcase => "unknown to this version of the suite",
        ReasonCode::Withdrawn if one => "the standard no longer demands it",
        ReasonCode::Withdrawn => "the standard no longer demands them",
        ReasonCode::Manual => "a person has to judge",
        ReasonCode::NotApplicable if one => "it does not apply here",
        ReasonCode::NotApplicable => "they do not apply here",
        ReasonCode::Interrupted => "the run ended early",
        ReasonCode::Unreachable => "no connection",
        ReasonCode::BadCertificate => "the TLS certificate is not acceptable",
        ReasonCode::NotAnApi => "the answer does not come from the API",
        ReasonCode::Configuration => "the configuration does not fit the subject",
        ReasonCode::CredentialsRefused => "the credentials were refused",
        ReasonCode::RoleMissing => "the account lacks a role",
        ReasonCode::RoleTooHigh => "the account has a privileged role",
        ReasonCode::ServiceAbsent if is_cluster => "the cluster has no such service",
        ReasonCode::ServiceAbsent => "the cloud has no such service",
        ReasonCode::Prerequisite if is_cluster => "the cluster lacks what the test itself needs",
        ReasonCode::Prerequisite => "the cloud lacks what the test itself needs",
        ReasonCode::SuiteFailed => "the tests could not be run to their end",
        ReasonCode::Inconclusive => "the observations are not sufficient",
        ReasonCode::Forbidden => "the account may not read what is needed",
        ReasonCode::Deadline => "no answer in time",
        ReasonCode::RateLimited => "the service limits the request rate",
        ReasonCode::RequestFailed => "the service answered with an error",
        ReasonCode::InvalidAnswer => "the answer could not be understood",
        ReasonCode::OutdatedData => "the data about releases is too old, or lacks what is needed",
        ReasonCode::ClockDeviates => "the local clock is wrong",
        ReasonCode::TooLarge => "the answer exceeds the limits of the suite",
        ReasonCode::InternalError => "a defect of this suite",
    }
}

/// Returns why the subject could not be tested; none if it was.
pub(crate) fn not_tested(report: &Report) -> Option<(&'static str, Option<&Reason>)> {
    let code = report.subject.reason.as_ref().map(|reason| reason.code);
    let what = match report.subject.state {
        SubjectState::Tested => return None,
        SubjectState::Refused if code == Some(ReasonCode::Configuration) => {
            "the configuration does not fit the subject"
        }
        SubjectState::Refused => "the subject refused access, or the suite must not use this account",
        SubjectState::Unreachable if code == Some(ReasonCode::Interrupted) => "the run ended before the login",
        SubjectState::Unreachable => "the subject could not be reached, or gave no usable answer",
    };
    Some((what, report.subject.reason.as_ref()))
}

/// Returns who ran the tool: `erika on ops-1`, or `GitLab job nightly of scs/checks (build 42)`; none if that is unknown.
pub(crate) fn ran_by(run_by: &RunBy) -> Option<String> {
    let RunBy { user, host, ci } = run_by;
    match (ci, user, host) {
        (Some(job), ..) => Some(ci_job(job)),
        (None, Some(user), Some(host)) => Some(format!("{user} on {host}")),
        (None, Some(user), None) => Some(user.clone()),
        (None, None, Some(host)) => Some(format!("an unknown user on {host}")),
        (None, None, None) => None,
    }
}

fn ci_job(job: &CiJob) -> String {
    let CiJob { system, project, job, build, url: _ } = job;
    let named = |before: &str, text: &Option<String>, after: &str| {
        text.as_ref().map(|text| format!("{before}{text}{after}")).unwrap_or_default()
    };
    let (job, project, build) = (named(" ", job, ""), named(" of ", project, ""), named(" (build ", build, ")"));
    format!("{} job{job}{project}{build}", system.name())
}

/// Returns true for a testcase on which the conclusion of the run depends.
pub(crate) fn decides(report: &Report, id: &str) -> bool {
    let basis = report.selection.basis();
    report.versions.values().any(|version| version.decides && version.testcases(basis).any(|other| other == id))
}

/// Groups the clauses that have the same words in several versions of a standard: the first, with all of them.
pub(crate) fn alike(clauses: &[ClauseReference]) -> Vec<(&ClauseReference, Vec<&ClauseReference>)> {
    let mut alike: Vec<(&ClauseReference, Vec<&ClauseReference>)> = Vec::new();
    for clause in clauses {
        let same = |other: &&ClauseReference| (other.level, &other.text) == (clause.level, &clause.text);
        match alike.iter_mut().find(|(other, _)| same(other)) {
            Some((_, all)) => all.push(clause),
            None => alike.push((clause, vec![clause])),
        }
    }
    alike
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conclusion::summary;
    use crate::report::CiSystem;
    use crate::samples::{self, Builder};
    use crate::{Format, render};
    use rstest::rstest;

    #[rstest]
    #[case(None, Some("erika"), Some("ops-1"), Some("erika on ops-1"))]
    #[case(None, Some("erika"), None, Some("erika"))]
    #[case(None, None, Some("ops-1"), Some("an unknown user on ops-1"))]
    #[case(None, None, None, None)]
    #[case(Some("nightly"), None, None, Some("Zuul job nightly (build 42)"))]
    fn runner_is_named(
        #[case] job: Option<&str>,
        #[case] user: Option<&str>,
        #[case] host: Option<&str>,
        #[case] expected: Option<&str>,
    ) {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let build = owned(Some("42"));
        let ci =
            job.map(|job| CiJob { system: CiSystem::Zuul, project: None, job: owned(Some(job)), build, url: None });
        assert_eq!(ran_by(&RunBy { user: owned(user), host: owned(host), ci }).as_deref(), expected);
    }

    /// Returns the same report, of a cluster.
    fn of_cluster(sample: Builder) -> Report {
        let mut report = sample.build();
        report.subject.kind = SubjectKind::Cluster;
        report.subject.details.insert("context".into(), "lab".into());
        report
    }

    #[test]
    fn a_cluster_is_not_called_a_cloud() {
        let report = of_cluster(Builder::conformant());
        let sentence = summary(&report, "v5.1");
        assert!(sentence.ends_with("they change the cluster; allow it with --allow-changes"), "{sentence}");
        for format in [Format::Markdown, Format::Html] {
            let text = render(format, &report).unwrap();
            assert!(text.contains("change the cluster") && !text.contains("change the cloud"), "{format:?}");
        }
    }

    #[test]
    fn residue_of_a_cluster_is_in_the_cluster() {
        let report = of_cluster(samples::residue());
        let sentence = summary(&report, "v5.1");
        assert!(sentence.ends_with("2 resources may be left in the cluster"), "{sentence}");
        for format in [Format::Markdown, Format::Html, Format::Yaml, Format::Yaml2026July, Format::Junit] {
            let text = render(format, &report).unwrap().to_lowercase();
            assert!(!text.contains("left in the cloud") && !text.contains("still in the cloud"), "{format:?}");
        }
    }
}
