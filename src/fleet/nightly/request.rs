//! A night as data, and what becomes of it.

use crate::config::Config;
use crate::deliver::DeliveryError;
use crate::plan::{ChoiceError, NightTerms};
use crate::run::KeepSecrets;
use crate::state::{StateError, StateFolder};
use crate::summary::{Baseline, NightSummary};
use chrono::{DateTime, Utc};
use scs_checks::definition::Definitions;
use scs_reports::{JointJunit, RunBy, Tool};
use scs_subjects::settings::Environment;
use scs_subjects::watch::{Event, Stop};
use scs_subjects::world::SharedWorld;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use url::Url;

/// A night: what a user asks for, and what the process has.
pub struct NightRequest<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The definitions.
    pub definitions: &'a Definitions,
    /// The wishes.
    pub terms: NightTerms,
    /// The result server that says what of the night is missing, if not the state folder does.
    pub missing_at: Option<Url>,
    /// The state folder.
    pub state: &'a StateFolder,
    /// The results that count as known, if the user names any.
    pub baseline: Baseline,
    /// The time limit, if not that of the configuration.
    pub deadline: Option<Duration>,
    /// The program.
    pub tool: Tool,
    /// The person or CI job that runs it.
    pub run_by: RunBy,
    /// The environment.
    pub environment: Environment,
    /// Is told of the secrets of each subject.
    pub keep: KeepSecrets,
    /// The public data about Kubernetes.
    pub world: SharedWorld,
    /// True if the JUnit report of the whole night is wanted.
    pub wants_junit: bool,
    /// The switch that ends the night early.
    pub stop: Stop,
    /// The place where all events go; it is called from many threads.
    pub events: Arc<dyn Fn(Event) + Send + Sync>,
}

/// A night that cannot begin.
#[derive(Debug, Error)]
pub enum NightError {
    /// The user names something that the configuration does not have.
    #[error(transparent)]
    Choice(#[from] ChoiceError),
    /// The state folder cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// No report of the baseline is of a subject of this night.
    #[error("--baseline: none of its reports is of a subject of this night in its scope")]
    Baseline,
    /// It was stopped before anything was tested.
    #[error("the night was stopped before it began: {0}")]
    Stopped(String),
    /// Nothing could be signed or sent.
    #[error(transparent)]
    Delivery(#[from] DeliveryError),
}

/// A night that is over.
pub struct NightResult {
    /// The summary.
    pub summary: NightSummary,
    /// The JUnit report, if it was wanted.
    pub junit: Option<JointJunit>,
    /// The end of the last night in which everything was tested and delivered.
    pub last_success: Option<DateTime<Utc>>,
}
