//! The events of a run, for progress and logs.

use scs_checks::verdict::Reason;
use std::time::Duration;

/// Something that happens during a run.
#[derive(Clone, Debug)]
pub enum Event {
    /// Something began.
    Began(String),
    /// It has not ended yet; somebody has just looked.
    Pending {
        /// The step that began.
        what: String,
        /// Its state, as just seen.
        seen: String,
    },
    /// It ended.
    Ended {
        /// The step that began.
        what: String,
        /// Its result.
        how: String,
    },
    /// The run ends early.
    Stopping(Reason),
    /// Something that was created is about to be removed.
    Removing {
        /// Each thing.
        what: Vec<String>,
        /// The time within which that is tried.
        limit: Duration,
    },
    /// It was removed, or could not be.
    Removed {
        /// The thing.
        what: String,
        /// The result of removing it.
        how: String,
    },
    /// Something that the user has to know, whatever becomes of the run.
    Warning(String),
    /// Something that helps the user, whatever becomes of the run.
    Note(String),
}

impl Event {
    /// Returns the same event with each of its texts changed.
    #[must_use]
    pub fn map_texts(&self, change: impl Fn(&str) -> String) -> Self {
        match self {
            Self::Began(what) => Self::Began(change(what)),
            Self::Pending { what, seen } => Self::Pending { what: change(what), seen: change(seen) },
            Self::Ended { what, how } => Self::Ended { what: change(what), how: change(how) },
            Self::Stopping(reason) => Self::Stopping(Reason::new(reason.code, change(&reason.message))),
            Self::Removing { what, limit } => {
                Self::Removing { what: what.iter().map(|one| change(one)).collect(), limit: *limit }
            }
            Self::Removed { what, how } => Self::Removed { what: change(what), how: change(how) },
            Self::Warning(warning) => Self::Warning(change(warning)),
            Self::Note(note) => Self::Note(change(note)),
        }
    }
}
