//! Tasks that services do behind their answers: looking at a resource takes them further.

pub(crate) mod attachments;
mod backups;
mod images;
mod servers;
mod snapshots;
mod volumes;

use crate::operations::Operation;
use crate::state::{End, Task};
use crate::world::World;

impl World {
    /// Takes further what waits until somebody looks at these resources.
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
            Task::ServerCreate => servers::built(self, operation),
            Task::ServerDelete => servers::deleted(self, operation),
            Task::VolumeCreate => return volumes::created(self, operation),
            Task::VolumeDelete => volumes::deleted(self, operation),
            Task::BackupCreate => backups::created(self, operation),
            Task::BackupDelete => backups::deleted(self, operation),
            Task::BackupRestore => backups::restored(self, operation),
            Task::SnapshotDelete => snapshots::deleted(self, operation),
            Task::ImageUpload => images::stored(self, operation),
        }
        true
    }
}
