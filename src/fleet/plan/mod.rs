//! The plan of a night: which subjects run, what of each, and why.

mod branches;
mod choice;
mod due;
mod missing;
mod night;
mod score_card;
mod shard;
mod tonight;

pub use branches::{expand, subject_named};
pub(crate) use choice::is_meant;
pub use choice::{Choice, ChoiceError, choose};
pub use due::{DueTestcase, Why, due};
pub use missing::{DecidedBy, ServedNight, ServedSubject};
pub use night::{NightPlan, NightTerms, PlannedSubject, Work, chosen, plan_night};
pub use score_card::{LatestResult, ScoreCard};
pub use shard::{Shard, ShardError};
pub use tonight::{Tonight, scheduled};

#[cfg(test)]
mod tests;
