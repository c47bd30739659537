//! The parts of a message.

use super::memory::State;
use chrono::{DateTime, NaiveDate, Utc};
use scs_checks::score::Tally;
use serde::Serialize;

/// A message that is due: everything that is new about one subject of the registry.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Message {
    /// The name of the subject.
    pub subject: String,
    /// The parts.
    pub items: Vec<Item>,
}

/// A part of a message.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub(super) enum Item {
    /// A conclusion.
    Conclusion(Box<ConclusionItem>),
    /// A certificate that ends soon.
    CertificateEnds(CertificateItem),
    /// A certificate that has ended.
    CertificateEnded(CertificateItem),
    /// A certificate that was revoked.
    CertificateRevoked(CertificateItem),
    /// A certificate that holds again.
    CertificateReinstated(CertificateItem),
    /// A statement of a person that has to be repeated soon.
    EvidenceDue(EvidenceItem),
    /// A statement of a person that no longer counts.
    EvidenceOverdue(EvidenceItem),
}

/// The reason for which a conclusion is told.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Cause {
    /// It is another one than was told.
    Changed,
    /// It is the same as was told, but there was a violation in between.
    Interrupted,
    /// It keeps changing.
    Unstable,
    /// It kept changing, and does no longer.
    Stable,
    /// It goes on.
    Reminder,
}

/// A conclusion on a tested subject by a version of a scope.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(super) struct ConclusionItem {
    /// The reason.
    pub cause: Cause,
    /// The subject of reports.
    pub tested: String,
    /// The short name of the scope.
    pub scope: String,
    /// The name of the scope.
    pub scope_name: String,
    /// The version of the scope.
    pub version: String,
    /// The conclusion that was told before.
    pub before: Option<State>,
    /// The conclusion now.
    pub conclusion: State,
    /// Its first day, as far as it is known.
    pub since: Option<NaiveDate>,
    /// The counts of the mandatory testcases.
    pub counts: Tally,
    /// The mandatory testcases that fail; the first ones of many.
    pub failing: Vec<String>,
    /// The instant of the newest result.
    pub tested_at: Option<DateTime<Utc>>,
    /// The number of changes since the last message.
    pub changes: usize,
    /// True if it comes from new rules: by those of before, the same results would have left it as it was.
    pub new_rules: bool,
}

/// A certificate.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(super) struct CertificateItem {
    /// Its id.
    pub certificate: String,
    /// The name of the scope.
    pub scope_name: String,
    /// The version of the scope.
    pub version: String,
    /// The last day on which it holds.
    pub last_day: NaiveDate,
    /// The number of days until then.
    pub days: i64,
    /// The first day on which it does not hold, and the reason, if it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked: Option<(NaiveDate, String)>,
}

/// The statement of a person about a testcase.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(super) struct EvidenceItem {
    /// The subject of reports.
    pub tested: String,
    /// The testcase.
    pub testcase: String,
    /// The last day on which it counts.
    pub last_day: NaiveDate,
    /// The number of days until then.
    pub days: i64,
}
