//! The sections about the resources that the run created and those that are left.

use super::words::{machine, moment};
use crate::cleanup::{Cleanup, LEFT};
use crate::report::{CreatedResource, Report};
use crate::text::capital;

/// The resources that the run created.
pub(super) struct Made<'a> {
    pub(super) run: &'a str,
    pub(super) sentence: String,
    pub(super) all: Vec<Created<'a>>,
    pub(super) left: Vec<Created<'a>>,
    pub(super) command: Option<&'a str>,
    /// `cloud` or `cluster`.
    pub(super) noun: &'static str,
}

/// Something that it made.
#[derive(Clone, Copy)]
pub(super) struct Created<'a>(pub(super) &'a CreatedResource);

/// Returns the resources that the run created, if it created any.
pub(super) fn made(report: &Report) -> Option<Made<'_>> {
    let cleanup = Cleanup::of(report)?;
    Some(Made {
        run: cleanup.run,
        sentence: capital(&format!("{}.", cleanup.sentence())),
        all: cleanup.all.iter().map(Created).collect(),
        left: cleanup.left.iter().copied().map(Created).collect(),
        command: cleanup.command,
        noun: cleanup.noun,
    })
}

impl Made<'_> {
    pub(super) fn word(&self) -> &'static str {
        LEFT
    }

    /// Returns the caption over what is left.
    pub(super) fn left_where(&self) -> String {
        format!("Left in the {}", self.noun)
    }

    /// Returns the color and the word that the list of facts shows for it.
    pub(super) fn state(&self) -> (&'static str, &'static str) {
        if self.left.is_empty() { ("plain", "removed") } else { ("warning", "left behind") }
    }
}

impl<'a> Created<'a> {
    pub(super) fn id(self) -> &'a str {
        self.0.id.as_deref().unwrap_or("id unknown")
    }

    pub(super) fn state(self) -> &'a str {
        self.0.left.as_deref().unwrap_or("removed")
    }

    /// Returns the instant of its creation, for programs and for people.
    pub(super) fn created(self) -> (String, String) {
        (machine(&self.0.created_at), moment(&self.0.created_at))
    }
}
