//! The plan of a night: which subjects run, what of each, and why.

mod branches;
mod choice;
mod due;
mod score_card;
mod shard;
mod tonight;

pub use branches::expand;
pub use choice::{Choice, ChoiceError, choose};
pub use due::{DueTestcase, Why, due};
pub use score_card::{LatestResult, ScoreCard};
pub use shard::{Shard, ShardError};
pub use tonight::{Tonight, scheduled};

#[cfg(test)]
mod tests;
