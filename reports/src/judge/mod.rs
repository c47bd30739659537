//! Judges what was collected: makes a plan of a scope, evaluates it over facts, and reads and redacts what was recorded.
//!
//! One evaluator serves a run, a recording, a fleet and a server; nothing is collected here.

mod bundle;
mod document;
mod evaluate;
mod plan;
mod recording;
mod redact;
mod request;
mod verify;

pub use bundle::{Bundle, BundleDifference, BundleError, Proof};
pub use document::{DocumentError, DocumentKind, DocumentProblem};
pub use evaluate::{Collected, evaluate};
pub use plan::{Plan, PlanError, PlannedTestcase, PlannedVersion, Selection, counts, decides_clause, plan};
pub use recording::Recording;
pub use redact::{Level, PUBLISHERS, RedactionError, redact, redact_report};
pub use request::{JudgeError, JudgeRequest, Reevaluation};
pub use verify::{Known, ReportError, report_from_json};
