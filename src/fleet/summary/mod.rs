//! The summary of a night: what became of each subject, what is new, what was delivered, and the exit code that hides nothing.

mod baseline;
mod compared;
mod metrics;
mod model;
mod nights;
mod outcome;
mod text;
mod waiving;

#[cfg(test)]
mod tests;

pub use baseline::Baseline;
pub use compared::{NightDifference, SubjectDifference, VerdictChange};
pub use metrics::metrics;
pub use model::{
    Counts, DeliveryOutcome, DeliveryRecord, NightRecords, NightSummary, OutcomeState, SubjectOutcome, Waived,
};
pub use nights::Nights;
pub use outcome::{Basis, left_out, outcome};
pub use text::page;
pub use waiving::expired_waivers;
