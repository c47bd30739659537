//! The marks of objects in management clusters: who made them, for which subject, and how long they are in use.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

/// The label that tells who made something, and its value.
const MANAGED_BY: (&str, &str) = ("app.kubernetes.io/managed-by", "scs-conformance");
/// The label with the run, and the annotations with the subject and the instant after which nobody uses the cluster.
const RUN: &str = "scs-conformance/run";
const SUBJECT: &str = "scs-conformance/subject";
const UNTIL: &str = "scs-conformance/until";

/// Adds our marks to the metadata of an object.
pub(super) fn mark(metadata: &mut Value, run: &str, subject: &str, until: DateTime<Utc>) {
    let own = [
        ("labels", MANAGED_BY.0, MANAGED_BY.1.to_owned()),
        ("labels", RUN, run.to_owned()),
        ("annotations", SUBJECT, subject.to_owned()),
        ("annotations", UNTIL, until.to_rfc3339()),
    ];
    for (place, key, value) in own {
        if !metadata[place].is_object() {
            metadata[place] = json!({});
        }
        metadata[place][key] = value.into();
    }
}

/// An object that has the name of the cluster.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Occupant {
    /// Its UID.
    pub uid: Option<String>,
    /// The run in its label, if it is ours.
    pub run: Option<String>,
    /// The subject that it was made for, if it is ours.
    pub subject: Option<String>,
    /// The instant after which nobody uses it, if it is ours.
    pub until: Option<DateTime<Utc>>,
}

impl Occupant {
    /// Reads the marks of an object.
    pub fn from_object(object: &Value) -> Self {
        let key = |place: &str, key: &str| object["metadata"][place][key].as_str().map(str::to_owned);
        let is_ours = key("labels", MANAGED_BY.0).as_deref() == Some(MANAGED_BY.1);
        let ours = |value: Option<String>| value.filter(|_| is_ours);
        Self {
            uid: object["metadata"]["uid"].as_str().map(str::to_owned),
            run: ours(key("labels", RUN)),
            subject: ours(key("annotations", SUBJECT)),
            until: ours(key("annotations", UNTIL)).and_then(|text| text.parse().ok()),
        }
    }

    /// Returns true if this program has made it for the subject, and nobody uses it any more.
    pub fn is_abandoned(&self, subject: &str, now: DateTime<Utc>) -> bool {
        self.run.is_some() && self.subject.as_deref() == Some(subject) && self.until.is_some_and(|until| until < now)
    }

    /// Returns the owner, for messages.
    pub fn owner(&self) -> String {
        match (&self.run, &self.subject, self.until) {
            (Some(run), Some(subject), Some(until)) => {
                let until = until.format("%Y-%m-%d %H:%M UTC");
                format!("which the run {run} has made for the subject {subject} and may use until {until}")
            }
            _ => "which this program has not made".to_owned(),
        }
    }
}
