//! State, tokens and operations together.

use crate::http::Call;
use crate::ids::Ids;
use crate::operations::Operation;
use crate::service::Service;
use crate::state::{End, State, Task, take_course};
use crate::tokens::{Token, Tokens};
use std::collections::BTreeMap;

/// Everything the services know. It is public only as a part of [`crate::SimCloud`].
#[derive(Debug)]
pub struct World {
    pub(crate) state: State,
    pub(crate) tokens: Tokens,
    pub(crate) ids: Ids,
    /// The tasks that are under way.
    pub(crate) operations: Vec<Operation>,
    /// The data of images, by id.
    pub(crate) uploads: BTreeMap<String, Vec<u8>>,
    /// Scheme, host and port of the listener, for the catalog.
    pub(crate) base: String,
}

impl World {
    /// Returns a cloud to which nothing has happened yet.
    pub(crate) fn new(state: State, ids: Ids, base: &str) -> Self {
        let (tokens, uploads) = (Tokens::default(), BTreeMap::new());
        Self { state, tokens, ids, operations: Vec::new(), uploads, base: base.to_owned() }
    }

    /// Returns the token that the request carries, if it is good.
    pub(crate) fn bearer(&self, call: &Call) -> Option<&Token> {
        self.tokens.get(call.header("x-auth-token")?)
    }

    /// Returns the address to log in at, as services tell those who did not.
    pub(crate) fn auth_uri(&self) -> String {
        format!("{}{}/v3", self.base, self.state.prefix(Service::Identity).unwrap_or_default())
    }

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

    /// Tells whether an operation of this resource will fail.
    pub(crate) fn broken(&self, subject: &str) -> bool {
        self.operations.iter().any(|operation| operation.subject == subject && operation.failure().is_some())
    }
}
