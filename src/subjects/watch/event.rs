//! The events of a run, for progress, logs and whoever follows many runs at the same time.

use crate::secrets::Secrets;
use chrono::{DateTime, Utc};
use scs_checks::facts::FactKind;
use scs_checks::verdict::Reason;
use serde::{Serialize, Serializer};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Something that happens during a run against one subject.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Event {
    /// The name of the subject, as reports call it.
    pub subject: String,
    /// The instant at which it happened.
    pub at: DateTime<Utc>,
    /// The kind of event, with what belongs to it.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// Kinds of events.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum EventKind {
    /// A step of the run has come to another state.
    Step {
        /// The step.
        step: Step,
        /// Its state.
        state: StepState,
    },
    /// The run ends early.
    Stopping {
        /// The reason.
        reason: Reason,
    },
    /// Something that was created is about to be removed.
    Removing {
        /// Each thing.
        what: Vec<String>,
        /// The time within which that is tried, in seconds where it is serialised.
        #[serde(serialize_with = "seconds")]
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
    Warning {
        /// One sentence.
        message: String,
    },
    /// Something that helps the user, whatever becomes of the run.
    Note {
        /// One sentence.
        message: String,
    },
}

/// A step of a run.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(tag = "step", content = "name", rename_all = "kebab-case")]
pub enum Step {
    /// The login, or the first requests to a cluster.
    Login,
    /// The collection of a fact by reading.
    Fact(FactKind),
    /// An experiment, which creates something.
    Experiment(String),
    /// Something in the subject that is waited for, such as a backup.
    Wait(String),
    /// A suite of tests that takes hours.
    Suite(String),
    /// The public data about Kubernetes.
    PublicData,
    /// A question of a doctor.
    Question(String),
    /// Resources that may still appear after a request that was never answered.
    LateArrivals,
}

/// The state of a step.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum StepState {
    /// It began.
    Began,
    /// It has not ended yet, and was just looked at.
    Pending {
        /// Its state, as just seen.
        seen: String,
    },
    /// It ended.
    Ended {
        /// Its result.
        how: String,
    },
}

fn seconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_secs_f64())
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Login => f.write_str("login"),
            Self::Fact(fact) => fact.fmt(f),
            Self::Experiment(what) | Self::Wait(what) | Self::Suite(what) | Self::Question(what) => f.write_str(what),
            Self::PublicData => f.write_str("releases and vulnerabilities of Kubernetes"),
            Self::LateArrivals => f.write_str("what may still come into being"),
        }
    }
}

impl Step {
    fn map_texts(&self, change: &impl Fn(&str) -> String) -> Self {
        match self {
            Self::Login | Self::Fact(_) | Self::PublicData | Self::LateArrivals => self.clone(),
            Self::Experiment(what) => Self::Experiment(change(what)),
            Self::Wait(what) => Self::Wait(change(what)),
            Self::Suite(what) => Self::Suite(change(what)),
            Self::Question(what) => Self::Question(change(what)),
        }
    }
}

impl Event {
    /// Returns the same event with each of its texts changed.
    #[must_use]
    pub fn map_texts(&self, change: impl Fn(&str) -> String) -> Self {
        let kind = match &self.kind {
            EventKind::Step { step, state } => {
                let state = match state {
                    StepState::Began => StepState::Began,
                    StepState::Pending { seen } => StepState::Pending { seen: change(seen) },
                    StepState::Ended { how } => StepState::Ended { how: change(how) },
                };
                EventKind::Step { step: step.map_texts(&change), state }
            }
            EventKind::Stopping { reason } => {
                EventKind::Stopping { reason: Reason::new(reason.code, change(&reason.message)) }
            }
            EventKind::Removing { what, limit } => {
                EventKind::Removing { what: what.iter().map(|one| change(one)).collect(), limit: *limit }
            }
            EventKind::Removed { what, how } => EventKind::Removed { what: change(what), how: change(how) },
            EventKind::Warning { message } => EventKind::Warning { message: change(message) },
            EventKind::Note { message } => EventKind::Note { message: change(message) },
        };
        Self { subject: change(&self.subject), at: self.at, kind }
    }
}

/// The events of one run, on their way to whoever follows it. Clones lead to the same place.
#[derive(Clone)]
pub struct Events {
    subject: Arc<str>,
    sink: Arc<dyn Fn(Event) + Send + Sync>,
}

impl Events {
    /// Returns the events of a run against a subject of this name; `sink` is given each of them, from any thread.
    pub fn new(subject: &str, sink: impl Fn(Event) + Send + Sync + 'static) -> Self {
        Self { subject: Arc::from(subject), sink: Arc::new(sink) }
    }

    /// Returns events that nobody follows.
    pub fn none() -> Self {
        Self::new("", drop)
    }

    /// Returns the same events, changed or left out on their way.
    #[must_use]
    pub fn with_filter(&self, filter: impl Fn(Event) -> Option<Event> + Send + Sync + 'static) -> Self {
        let sink = Arc::clone(&self.sink);
        let filtered = move |event| {
            if let Some(event) = filter(event) {
                sink(event);
            }
        };
        Self { subject: Arc::clone(&self.subject), sink: Arc::new(filtered) }
    }

    /// Returns the same events without secrets.
    #[must_use]
    pub fn without(&self, secrets: &Secrets) -> Self {
        let secrets = secrets.clone();
        self.with_filter(move |event| Some(event.map_texts(|text| secrets.hide(text).into_owned())))
    }

    /// Tells that something has happened just now.
    pub fn tell(&self, kind: EventKind) {
        (self.sink)(Event { subject: self.subject.to_string(), at: Utc::now(), kind });
    }

    /// Tells that a step began.
    pub fn began(&self, step: &Step) {
        self.step(step, StepState::Began);
    }

    /// Tells what was seen of a step that has not ended yet.
    pub fn pending(&self, step: &Step, seen: impl Into<String>) {
        self.step(step, StepState::Pending { seen: seen.into() });
    }

    /// Tells that a step ended, and with which result.
    pub fn ended(&self, step: &Step, how: impl Into<String>) {
        self.step(step, StepState::Ended { how: how.into() });
    }

    fn step(&self, step: &Step, state: StepState) {
        self.tell(EventKind::Step { step: step.clone(), state });
    }

    /// Tells what the user has to know.
    pub fn warn(&self, message: impl Into<String>) {
        self.tell(EventKind::Warning { message: message.into() });
    }

    /// Tells what helps the user.
    pub fn note(&self, message: impl Into<String>) {
        self.tell(EventKind::Note { message: message.into() });
    }
}

#[cfg(test)]
impl Events {
    /// Returns events, and the place where they are kept.
    pub(crate) fn recorded(subject: &str) -> (Self, Arc<std::sync::Mutex<Vec<Event>>>) {
        let kept = Arc::<std::sync::Mutex<Vec<Event>>>::default();
        let into = Arc::clone(&kept);
        (Self::new(subject, move |event| into.lock().unwrap().push(event)), kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn events_are_data_with_subject_time_kind_and_state() {
        let (events, kept) = Events::recorded("cloud-a");
        events.pending(&Step::Wait("the backup".to_owned()), "status creating");
        events.began(&Step::Fact(FactKind::Nodes));
        events.tell(EventKind::Removing { what: vec!["volume x".to_owned()], limit: Duration::from_secs(5) });
        let mut seen: Vec<Value> = kept.lock().unwrap().iter().map(|one| serde_json::to_value(one).unwrap()).collect();
        for event in &mut seen {
            assert!(event["at"].as_str().unwrap().ends_with('Z'), "{event}");
            event.as_object_mut().unwrap().remove("at");
        }
        let expected = [
            json!({"subject": "cloud-a", "kind": "step", "step": {"step": "wait", "name": "the backup"},
                   "state": {"state": "pending", "seen": "status creating"}}),
            json!({"subject": "cloud-a", "kind": "step", "step": {"step": "fact", "name": "nodes"},
                   "state": {"state": "began"}}),
            json!({"subject": "cloud-a", "kind": "removing", "what": ["volume x"], "limit": 5.0}),
        ];
        assert_eq!(seen, expected);
    }
}
