//! The report of a conformance run and its renderers.
//!
//! A [`Report`] says everything about one run against one subject. Renderers are functions
//! from a report to text; none of them decides anything.

mod conclusion;
mod report;

pub use conclusion::Conclusion;
pub use report::{
    ClauseReference, CollectionRecord, CollectionState, Report, RequestRecord, SCHEMA_VERSION, ScopeReference,
    SelectionRecord, Subject, SubjectState, TargetResult, TestcaseResult, Tool, VersionResult,
};
