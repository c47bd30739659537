//! The summary for programs, as JSON.

use crate::config::FailOn;
use crate::run::SeenCertificate;
use chrono::{DateTime, NaiveDate, Utc};
use indexmap::IndexMap;
use schemars::JsonSchema;
use scs_checks::verdict::{Reason, Verdict};
use scs_reports::ExitCode;
use serde::Serialize;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;

/// The summary of a night. Jobs read its counts: the exit code names only the first thing that applies.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[schemars(title = "The summary of a night")]
pub struct NightSummary {
    /// The name of this format.
    pub format: &'static str,
    /// The version of this format.
    pub version: u32,
    /// The date that the night belongs to, in UTC.
    pub night: NaiveDate,
    /// The beginning.
    pub started_at: DateTime<Utc>,
    /// The end.
    pub finished_at: DateTime<Utc>,
    /// The exit code.
    pub exit_code: u8,
    /// The results with which the night fails.
    pub fail_on: FailOn,
    /// The numbers.
    pub counts: Counts,
    /// The subjects, in the order of the configuration.
    pub subjects: Vec<SubjectOutcome>,
    /// The deliveries.
    pub deliveries: Vec<DeliveryRecord>,
    /// The instants as of which the data is known that rules rest on, by its name, as far as a run has seen it.
    pub data: BTreeMap<&'static str, DateTime<Utc>>,
    /// Everything else that went wrong, a sentence each.
    pub problems: Vec<String>,
}

/// The numbers of a night.
#[derive(Clone, Copy, Debug, Default, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Counts {
    /// Subjects that were planned.
    pub subjects: usize,
    /// Subjects that were tested, or of which nothing was due.
    pub tested: usize,
    /// Subjects that should have been tested and were not, or not completely.
    pub not_tested: usize,
    /// Subjects with a mandatory testcase that fails and is not waived.
    pub failing: usize,
    /// Subjects without such a testcase, but with a mandatory one that is not decided.
    pub undecided: usize,
    /// Testcases that fail and are waived.
    pub waived: usize,
    /// Mandatory testcases that fail, and did not fail before.
    pub new_failures: usize,
    /// Mandatory testcases that pass, and failed before.
    pub fixed: usize,
    /// Resources that are left in subjects.
    pub left_behind: usize,
    /// Reports that were not delivered, or not written.
    pub undelivered: usize,
}

/// The state of a subject at the end of a night.
#[derive(Clone, Copy, Debug, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutcomeState {
    /// It was tested.
    Tested,
    /// It was tested, but mandatory testcases could not be decided that were tried.
    Incomplete,
    /// It was tested until the run ended early.
    Interrupted,
    /// It refused access.
    Refused,
    /// It gave no usable answer.
    Unreachable,
    /// Nothing of it was due.
    NothingDue,
    /// It could not be planned or judged.
    NotTested,
}

/// The outcome of one subject.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct SubjectOutcome {
    /// The name.
    pub name: String,
    /// The group.
    pub group: Option<String>,
    /// The scope.
    pub scope: String,
    /// The person or address to turn to.
    pub contact: Option<String>,
    /// The number of the attempt within the night; none if it was not run.
    pub attempt: Option<u32>,
    /// The folder with the files of the report.
    pub folder: Option<PathBuf>,
    /// The id of the report.
    pub report: Option<String>,
    /// The state.
    pub state: OutcomeState,
    /// The reason why it was not tested, or not until its end.
    pub reason: Option<Reason>,
    /// The verdict on the mandatory testcases of the versions that decide, with the latest results that still count.
    pub verdict: Option<Verdict>,
    /// The mandatory testcases that fail, without those that are waived.
    pub failed: Vec<String>,
    /// Those of them that did not fail before.
    pub new: Vec<String>,
    /// The mandatory testcases that pass tonight, and failed before.
    pub fixed: Vec<String>,
    /// The mandatory testcases that nothing decides.
    pub undecided: Vec<String>,
    /// Those of them that were tried tonight.
    pub aborted: Vec<String>,
    /// The testcases that fail and are waived.
    pub waived: Vec<Waived>,
    /// Circumstances that limit the verdicts of this run, such as a clock that deviates, a sentence each.
    pub limits: Vec<String>,
    /// The number of testcases of this run, by verdict.
    pub testcases: IndexMap<Verdict, usize>,
    /// The number of resources that are left in it.
    pub left_behind: usize,
    /// The number of requests.
    pub requests: u64,
    /// The duration of the run, in seconds.
    pub seconds: f64,
    /// The first instant at which a result of this run no longer counts.
    pub expires_at: Option<DateTime<Utc>>,
    /// The end of the application credential that the run logged in with, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential_expires_at: Option<DateTime<Utc>>,
    /// The certificates that the run has seen, with their ends.
    pub certificates: Vec<SeenCertificate>,
}

/// A testcase that fails and that somebody answers for. It stays a FAIL.
#[derive(Clone, Debug, JsonSchema, PartialEq, Serialize)]
pub struct Waived {
    /// The testcase.
    pub testcase: String,
    /// The person who answers for it.
    pub owner: String,
    /// The reason.
    pub reason: String,
    /// The last day on which the waiver counts.
    pub expires: NaiveDate,
}

/// A report on its way to a server.
#[derive(Clone, Debug, JsonSchema, PartialEq, Serialize)]
pub struct DeliveryRecord {
    /// The subject.
    pub subject: String,
    /// The address of the server.
    pub server: String,
    /// The outcome.
    pub outcome: DeliveryOutcome,
    /// The answer of the server, or the reason why it was not asked.
    pub message: Option<String>,
}

/// The outcome of a delivery.
#[derive(Clone, Copy, Debug, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeliveryOutcome {
    /// The server has it.
    Accepted,
    /// The server had it before.
    AlreadyThere,
    /// The server does not take it.
    Refused,
    /// The server has another report with its id.
    Conflict,
    /// It waits in the spool.
    Spooled,
    /// It was not signed, so nothing could be sent.
    NotSigned,
}

impl DeliveryOutcome {
    /// Returns true if the server has the report.
    pub fn is_there(self) -> bool {
        matches!(self, Self::Accepted | Self::AlreadyThere)
    }
}

impl SubjectOutcome {
    /// Returns true if it should have been tested and was not, or not completely.
    pub fn is_not_tested(&self) -> bool {
        !matches!(self.state, OutcomeState::Tested | OutcomeState::NothingDue)
    }
}

/// The result of a night.
#[derive(Clone, Debug, Default)]
pub struct NightRecords {
    /// The outcome of each subject, in the order of the configuration.
    pub subjects: Vec<SubjectOutcome>,
    /// The deliveries.
    pub deliveries: Vec<DeliveryRecord>,
    /// The number of reports that are not on the disk.
    pub unwritten: usize,
    /// The number of clusters that are left of subjects whose turn it was not.
    pub clusters_left: usize,
    /// The instants as of which data is known, by its name.
    pub data: BTreeMap<&'static str, DateTime<Utc>>,
    /// The number of journals of which nobody knows what is left.
    pub unclear_journals: usize,
    /// The number of reports in the spool, or still to be put there, that cannot be read.
    pub unreadable_reports: usize,
    /// Everything else that went wrong, a sentence each.
    pub problems: Vec<String>,
}

impl NightRecords {
    /// Adds the dates of data that a run has seen; of two dates of one kind the older counts.
    pub fn add_data(&mut self, seen: &BTreeMap<&'static str, DateTime<Utc>>) {
        for (name, as_of) in seen {
            self.data.entry(name).and_modify(|known| *known = (*known).min(*as_of)).or_insert(*as_of);
        }
    }
}

impl NightSummary {
    /// The name of the format.
    pub const FORMAT: &'static str = "scs-conformance-night";

    /// Sums up a night.
    pub fn new(night: NaiveDate, times: Range<DateTime<Utc>>, fail_on: FailOn, records: NightRecords) -> Self {
        let counts = counts(&records);
        let NightRecords { subjects, deliveries, problems, data, .. } = records;
        Self {
            format: Self::FORMAT,
            version: 1,
            night,
            started_at: times.start,
            finished_at: times.end,
            exit_code: exit_code(&counts, fail_on).code(),
            fail_on,
            counts,
            subjects,
            deliveries,
            data,
            problems,
        }
    }

    /// Returns the exit code.
    pub fn exit(&self) -> ExitCode {
        exit_code(&self.counts, self.fail_on)
    }
}

fn counts(records: &NightRecords) -> Counts {
    let NightRecords { subjects, deliveries, unwritten, unreadable_reports, clusters_left, unclear_journals, .. } =
        records;
    let number = |is: fn(&SubjectOutcome) -> bool| subjects.iter().filter(|one| is(one)).count();
    let sum = |of: fn(&SubjectOutcome) -> usize| subjects.iter().map(of).sum();
    Counts {
        subjects: subjects.len(),
        tested: number(|one| !one.is_not_tested()),
        not_tested: number(SubjectOutcome::is_not_tested),
        failing: number(|one| !one.failed.is_empty()),
        undecided: number(|one| one.failed.is_empty() && !one.undecided.is_empty()),
        waived: sum(|one| one.waived.len()),
        new_failures: sum(|one| one.new.len()),
        fixed: sum(|one| one.fixed.len()),
        left_behind: sum(|one| one.left_behind) + clusters_left + unclear_journals,
        undelivered: deliveries.iter().filter(|one| !one.outcome.is_there()).count() + unwritten + unreadable_reports,
    }
}

/// Returns the exit code, the first that applies: 4 something is left or was not delivered; 3 a subject that should have been
/// tested was not; 1 what the user names; 0.
fn exit_code(counts: &Counts, fail_on: FailOn) -> ExitCode {
    if counts.left_behind > 0 || counts.undelivered > 0 {
        return ExitCode::Unfinished;
    }
    if counts.not_tested > 0 {
        return ExitCode::Undecided;
    }
    let fails = match fail_on {
        FailOn::None => false,
        FailOn::New => counts.new_failures > 0,
        FailOn::Violation => counts.failing > 0,
        FailOn::Undecided => counts.failing + counts.undecided > 0,
    };
    if fails { ExitCode::Violation } else { ExitCode::Success }
}
