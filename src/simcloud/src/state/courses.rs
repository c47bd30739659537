//! Duration and end of tasks.
//!
//! The work of a service behind its answer (building a server, copying a backup) advances when somebody looks: so many
//! observations show the state before, the next one shows the state after. A test thereby decides how often a client has
//! to ask, and no test waits for a clock.

use serde::{Deserialize, Serialize};

/// The tasks of services behind their answers.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// `BUILD`, then `ACTIVE` or `ERROR`.
    ServerCreate,
    /// Task state `deleting`, then gone, or `ERROR`.
    ServerDelete,
    /// `creating` (and `downloading`, from an image), then `available` or `error`.
    VolumeCreate,
    /// `deleting`, then gone, or `error_deleting`.
    VolumeDelete,
    /// `creating`, then `available` or `error`. The volume is `backing-up` meanwhile.
    BackupCreate,
    /// `deleting`, then gone, or `error_deleting`.
    BackupDelete,
    /// `restoring` (the volume: `restoring-backup`), then `available`, or the volume `error_restoring`.
    BackupRestore,
    /// `deleting`, then gone, or `error_deleting`.
    SnapshotDelete,
    /// Glance is done when it answers. A course makes the image `saving` for a while; a failing one is answered with
    /// 500, and the image is `queued` again.
    ImageUpload,
}

/// The end of a task.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// As it should.
    #[default]
    Well,
    /// Not at all.
    Never,
    /// In an error, with this explanation where the service gives one.
    Fails(String),
}

/// The course that a task takes, in place of the usual one. Of several that fit, the first one counts.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Course {
    /// The task.
    pub task: Task,
    /// Only where the name of the resource contains this. A restore goes by the name of the backup.
    #[serde(default)]
    pub name: Option<String>,
    /// Only so many times from now on.
    #[serde(default)]
    pub times: Option<u32>,
    /// Observations until the next state; as in [`crate::State::steps`] if absent.
    #[serde(default)]
    pub steps: Option<u32>,
    /// The end of the task.
    #[serde(default)]
    pub end: End,
}

impl Course {
    /// Creates the usual course of a task, to be changed.
    #[must_use]
    pub fn new(task: Task) -> Self {
        Self { task, name: None, times: None, steps: None, end: End::Well }
    }

    /// Restricts the course to resources whose name contains this.
    #[must_use]
    pub fn named(self, part: &str) -> Self {
        Self { name: Some(part.to_owned()), ..self }
    }

    /// Restricts the course to the next so many times.
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self { times: Some(times), ..self }
    }

    /// Sets how many observations pass until the next state.
    #[must_use]
    pub fn steps(self, steps: u32) -> Self {
        Self { steps: Some(steps), ..self }
    }

    /// Makes the task never end.
    #[must_use]
    pub fn never(self) -> Self {
        Self { end: End::Never, ..self }
    }

    /// Makes the task end in an error.
    #[must_use]
    pub fn fails(self, why: &str) -> Self {
        Self { end: End::Fails(why.to_owned()), ..self }
    }

    fn fits(&self, task: Task, name: &str) -> bool {
        self.task == task && self.times != Some(0) && self.name.as_ref().is_none_or(|part| name.contains(part.as_str()))
    }
}

/// Takes the course of a task from those that are planted: observations until the next state, and the end.
pub(crate) fn take(courses: &mut [Course], task: Task, name: &str, usual: u32) -> (u32, End) {
    let Some(course) = courses.iter_mut().find(|course| course.fits(task, name)) else {
        return (usual, End::Well);
    };
    if let Some(times) = &mut course.times {
        *times -= 1;
    }
    (course.steps.unwrap_or(usual), course.end.clone())
}
