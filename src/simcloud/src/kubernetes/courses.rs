//! Courses that pods take.

use super::objects::Cluster;
use super::state::{PodCourse, PodEnd};
use serde_json::Value;

impl Cluster {
    /// Returns the course that a pod takes, if it is not the usual one.
    pub(crate) fn course(&self, pod: &Value) -> Option<PodCourse> {
        let name = pod["metadata"]["name"].as_str().unwrap_or_default();
        let images =
            || pod["spec"]["containers"].as_array().into_iter().flatten().filter_map(|it| it["image"].as_str());
        let fits = |course: &&PodCourse| {
            name.contains(&course.name)
                && (course.image.is_empty() || images().any(|image| image.contains(&course.image)))
                && course.node.as_deref().is_none_or(|node| pod["spec"]["nodeName"] == node)
        };
        self.state.pod_courses.iter().find(fits).cloned()
    }

    /// Returns the end of a pod.
    pub(crate) fn end_of(&self, pod: &Value) -> PodEnd {
        self.course(pod).map(|course| course.end).unwrap_or_default()
    }
}
