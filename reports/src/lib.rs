//! The report of a conformance run: [`judge`] makes it of what was collected, renderers show it.
//!
//! A [`Report`] says everything about one run against one subject. Renderers are functions
//! from a report to text; none of them decides anything.

mod cleanup;
mod conclusion;
mod consistency;
pub mod console;
mod derived;
mod difference;
mod evidence;
mod exit_code;
mod explain;
mod format;
mod html;
mod json;
pub mod judge;
mod junit;
mod markdown;
mod marks;
mod pages;
mod report;
#[cfg(test)]
mod samples;
mod style;
mod text;
mod upstream;
mod upstream_2026_07;
mod wording;

pub use cleanup::{quoted, residue_lines};
pub use conclusion::summary;
pub use consistency::Contradiction;
pub use difference::{Change, Difference, Side};
pub use exit_code::ExitCode;
pub use explain::{Counted, Demand, Explanation, Needed, VerdictExplanation};
pub use format::{Format, RenderError, UnknownFormat, render};
pub use junit::{JointJunit, Untested};
pub use pages::pages;
pub use report::{
    Brought, Changes, CiJob, CiSystem, ClauseReference, CollectionRecord, CollectionState, CreatedResource,
    DefinitionsReference, MarkKind, Report, RequestRecord, RunBy, SCHEMA_VERSION, ScopeReference, SelectionRecord,
    Subject, SubjectState, TargetResult, TestcaseResult, Tool, VersionResult,
};
pub use scs_checks::score::Conclusion;
pub use style::{ICONS, THEME};
pub use text::visible;
pub use upstream::{upload_refusal, voiding_word};
