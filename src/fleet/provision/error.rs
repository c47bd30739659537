//! Clusters that could not be made or removed.

use crate::config::SecretError;
use crate::state::StateError;
use scs_checks::verdict::{Reason, ReasonCode};
use scs_subjects::collect::reason_of;
use scs_subjects::kubernetes::Error;
use std::path::PathBuf;
use std::time::Duration;
use thiserror::Error as ThisError;

/// A cluster that could not be made or removed. No message holds a secret.
#[derive(Debug, ThisError)]
pub enum ProvisionError {
    /// The configuration cannot be used.
    #[error("{0}")]
    Configuration(String),
    /// A secret cannot be had.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// A template cannot be used.
    #[error("the template {file}: {problem}", file = file.display())]
    Template {
        /// The template.
        file: PathBuf,
        /// The problem.
        problem: String,
    },
    /// A request to a management cluster failed, or a program of a provisioner.
    #[error(transparent)]
    Request(#[from] Error),
    /// The state folder cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// There is a cluster of this name that this program has not made for this subject.
    #[error(
        "there is already a cluster {name} in {place}, {owner}; it was left alone: remove it, or give the provisioner another \
         name"
    )]
    Foreign {
        /// The name.
        name: String,
        /// The place.
        place: String,
        /// The owner, as far as it is known.
        owner: String,
    },
    /// No version of the branch can be had.
    #[error("{place} has no {what} of Kubernetes {asked}; it has: {known}")]
    NoVersion {
        /// The place.
        place: String,
        /// The kind of entry that was looked for.
        what: &'static str,
        /// The version that is asked for.
        asked: String,
        /// The versions that can be had.
        known: String,
    },
    /// The cluster has failed for good.
    #[error("the cluster {name} has failed: {why}")]
    Failed {
        /// The name.
        name: String,
        /// The reason.
        why: String,
    },
    /// A step took too long.
    #[error("{step} of the cluster {name} did not end within {limit}; last seen: {seen}", limit = shown(*limit))]
    Deadline {
        /// The step.
        step: &'static str,
        /// The name.
        name: String,
        /// The time limit.
        limit: Duration,
        /// The state that was seen last.
        seen: String,
    },
    /// Another version answers than was asked for.
    #[error("the cluster {name} was asked for with Kubernetes {asked}, and {found} answers; nothing was tested")]
    OtherVersion {
        /// The name.
        name: String,
        /// The version that was asked for.
        asked: String,
        /// The version that answers.
        found: String,
    },
    /// The night was stopped.
    #[error("{}", .0.message)]
    Stopped(Reason),
    /// This program has a defect.
    #[error("making or removing the cluster met a defect of this program; please report it, with the log")]
    Defect,
}

fn shown(limit: Duration) -> String {
    let whole = Duration::from_secs(limit.as_secs());
    humantime::format_duration(if whole.is_zero() { limit } else { whole }).to_string()
}

impl ProvisionError {
    /// Returns the reason why the subject was not tested.
    pub fn reason(&self) -> Reason {
        let code = match self {
            Self::Configuration(_)
            | Self::Secret(_)
            | Self::Template { .. }
            | Self::State(_)
            | Self::Foreign { .. }
            | Self::NoVersion { .. } => ReasonCode::Configuration,
            Self::Request(error) => reason_of(error).code,
            Self::Failed { .. } | Self::OtherVersion { .. } => ReasonCode::RequestFailed,
            Self::Deadline { .. } => ReasonCode::Deadline,
            Self::Stopped(reason) => reason.code,
            Self::Defect => ReasonCode::InternalError,
        };
        Reason::new(code, self.to_string())
    }
}
