//! What is under way behind the answers of the services, and how looking at it takes it further.

use crate::services::{cinder_backups, cinder_snapshots, cinder_volumes, glance_data, nova_servers};
use crate::state::{End, Task, take_course};
use crate::world::World;

/// Something that a service does behind its answer.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) task: Task,
    /// Id of the resource.
    pub(crate) subject: String,
    /// Ids of other resources that take part: the volume of a backup. Whoever looks at any of them drives all.
    pub(crate) partners: Vec<String>,
    /// States passed so far.
    pub(crate) stage: u32,
    pub(crate) end: End,
    /// Observations of the present state, and how many there must be.
    seen: u32,
    steps: u32,
}

impl World {
    /// Starts a task; whatever else was under way with the resource ends.
    pub(crate) fn begin(&mut self, task: Task, subject: &str, partners: &[String], name: &str) {
        let usual = if task == Task::ImageUpload { 0 } else { self.state.steps };
        let (steps, end) = take_course(&mut self.state.courses, task, name, usual);
        self.begin_as(task, subject, partners, steps, end);
    }

    /// Starts a task whose course is known already.
    pub(crate) fn begin_as(&mut self, task: Task, subject: &str, partners: &[String], steps: u32, end: End) {
        self.operations.retain(|operation| operation.subject != subject);
        let (subject, partners) = (subject.to_owned(), partners.to_vec());
        self.operations.push(Operation { task, subject, partners, stage: 0, end, seen: 0, steps });
    }

    /// Somebody looks at these resources.
    pub(crate) fn observe<'a>(&mut self, ids: impl IntoIterator<Item = &'a str>) {
        let ids: Vec<&str> = ids.into_iter().collect();
        let concerned = |operation: &Operation| {
            ids.contains(&operation.subject.as_str())
                || operation.partners.iter().any(|partner| ids.contains(&partner.as_str()))
        };
        let (due, rest) = std::mem::take(&mut self.operations).into_iter().partition(concerned);
        self.operations = rest;
        let due: Vec<Operation> = due;
        for operation in due {
            self.look_at(operation);
        }
    }

    /// Whether what is under way with this resource will fail.
    pub(crate) fn broken(&self, subject: &str) -> bool {
        self.operations.iter().any(|operation| operation.subject == subject && operation.failure().is_some())
    }

    /// Takes further what does not wait for an observation, without being one.
    pub(crate) fn settle(&mut self, subject: &str) {
        let waits = |operation: &Operation| operation.subject != subject || operation.steps > 0;
        let (rest, due) = std::mem::take(&mut self.operations).into_iter().partition(waits);
        self.operations = rest;
        let due: Vec<Operation> = due;
        for operation in due {
            self.look_at(operation);
        }
    }

    fn look_at(&mut self, mut operation: Operation) {
        while operation.seen >= operation.steps && operation.end != End::Never {
            if self.advance(&operation) {
                return;
            }
            operation.stage += 1;
            operation.seen = 0;
        }
        operation.seen = operation.seen.saturating_add(1);
        self.operations.push(operation);
    }

    /// Takes a resource to its next state; tells whether that was the last one.
    fn advance(&mut self, operation: &Operation) -> bool {
        match operation.task {
            Task::ServerCreate => nova_servers::built(self, operation),
            Task::ServerDelete => nova_servers::deleted(self, operation),
            Task::VolumeCreate => return cinder_volumes::created(self, operation),
            Task::VolumeDelete => cinder_volumes::deleted(self, operation),
            Task::BackupCreate => cinder_backups::created(self, operation),
            Task::BackupDelete => cinder_backups::deleted(self, operation),
            Task::BackupRestore => cinder_backups::restored(self, operation),
            Task::SnapshotDelete => cinder_snapshots::deleted(self, operation),
            Task::ImageUpload => glance_data::stored(self, operation),
        }
        true
    }
}

impl Operation {
    /// Why it fails, if it does.
    pub(crate) fn failure(&self) -> Option<&str> {
        match &self.end {
            End::Fails(why) => Some(why),
            End::Well | End::Never => None,
        }
    }
}
