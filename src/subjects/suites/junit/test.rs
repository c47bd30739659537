//! A test of a JUnit file: what it says of itself, and its state.

use crate::suites::states::{Contradictions, State};

/// Numbers of tests.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(in crate::suites) struct Specs {
    pub listed: usize,
    pub ran: usize,
}

impl Specs {
    /// Returns the sums.
    pub fn and(self, more: Self) -> Self {
        Self { listed: self.listed + more.listed, ran: self.ran + more.ran }
    }
}

/// The test that is being read.
#[derive(Debug, Default)]
pub(super) struct Test {
    pub name: String,
    /// The state that its attribute says, if it has one.
    pub says: Option<String>,
    /// The state that an element in it says.
    pub has: Option<&'static str>,
    pub micros: Option<u64>,
}

impl Test {
    /// Returns its state; what it says has to be what it has.
    pub fn state(&self, contradictions: &mut Contradictions) -> State {
        let has = self.has.unwrap_or("passed");
        let says = self.says.as_deref().map(meaning).filter(|says| !says.is_empty()).unwrap_or(has);
        let status = match (says, has) {
            (says, has) if says == has => says,
            // A word that ginkgo does not know.
            (says, "passed") if !matches!(says, "failed" | "skipped") => says,
            (says, has) => {
                contradictions.add(format!("{:?} says that it is {says}, and is {has}", self.name));
                "failed"
            }
        };
        State { status: status.to_owned(), micros: self.micros }
    }
}

/// Returns what a status means, in the words of states.
fn meaning(status: &str) -> &str {
    match status {
        "failed" | "timedout" | "panicked" | "interrupted" | "aborted" => "failed",
        "skipped" | "pending" | "disabled" => "skipped",
        other => other,
    }
}
