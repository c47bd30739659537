//! Progress of what is under way: one step, and the last one.

use super::objects::{Cluster, uid};
use serde_json::Value;

/// Finalizers that the cluster itself takes away in time.
const OWN_FINALIZERS: [&str; 3] = ["kubernetes.io/pvc-protection", "kubernetes.io/pv-protection", "kubernetes"];

/// The outcome of taking something further.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Next {
    /// There is more to come.
    More,
    /// Something else has to happen first.
    Waits,
    /// This is how it stays.
    Ends,
}

/// Tells whether somebody asked that the object must not vanish yet.
pub(crate) fn held(object: &Value) -> bool {
    let finalizers = object["metadata"]["finalizers"].as_array().into_iter().flatten();
    finalizers.filter_map(Value::as_str).any(|finalizer| !OWN_FINALIZERS.contains(&finalizer))
}

impl Cluster {
    /// Takes an object away, unless it is held.
    pub(crate) fn vanish(&mut self, plural: &str, object: &Value) -> Next {
        if held(object) {
            return Next::Waits;
        }
        self.drop_object(plural, &uid(object));
        Next::Ends
    }
}
