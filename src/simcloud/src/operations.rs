//! Operations: what is under way behind the answers of the services.

use crate::state::{End, Task};

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
    pub(crate) seen: u32,
    pub(crate) steps: u32,
}

impl Operation {
    /// Returns the reason for its failure, if it fails.
    pub(crate) fn failure(&self) -> Option<&str> {
        match &self.end {
            End::Fails(why) => Some(why),
            End::Well | End::Never => None,
        }
    }
}
