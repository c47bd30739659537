//! The tests that there are, and which of them are run: as the conformance image chooses them from its environment.

use super::script::Script;
use serde_json::Value;
use std::collections::BTreeMap;

/// The environment of the tests.
#[derive(Clone, Debug, Default)]
pub struct Environment(pub BTreeMap<String, String>);

impl Environment {
    /// Reads the environment of a pod.
    pub fn of_json(value: &Value) -> Self {
        let entries = value.as_object().into_iter().flatten();
        Self(entries.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect())
    }

    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map(String::as_str).unwrap_or_default()
    }

    /// Returns true if tests are only listed.
    pub fn is_dry(&self) -> bool {
        self.get("E2E_DRYRUN") == "true"
    }

    /// Returns the value of an argument of ginkgo.
    pub fn ginkgo(&self, name: &str) -> Option<&str> {
        let mut arguments = self.get("E2E_EXTRA_GINKGO_ARGS").split(' ');
        arguments.find_map(|argument| argument.strip_prefix(name)?.strip_prefix('='))
    }

    /// Returns true if a test is run. In the image's own parallel mode, `[Serial]` is skipped, unless something else is.
    fn takes(&self, name: &str) -> bool {
        let parallel = ["y", "Y", "true"].contains(&self.get("E2E_PARALLEL"));
        let skip = match self.get("E2E_SKIP") {
            "" if parallel => r"\[Serial\]",
            skip => skip,
        };
        let any = |expression: &str| {
            let words = expression.split('|').map(|word| word.replace('\\', "")).filter(|word| !word.is_empty());
            words.into_iter().any(|word| name.contains(&word))
        };
        any(self.get("E2E_FOCUS")) && !any(skip)
    }
}

/// The result of a test.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum State {
    Passed,
    Failed,
    Skipped,
}

/// A test.
pub struct Test {
    pub name: String,
    pub state: State,
}

/// The number of tests that belong to neither suite.
const OTHERS: usize = 40;
/// One of so many conformance tests must run alone.
const SERIAL: usize = 15;

/// Returns all tests, those that fail first. Each suite has as many that pass as the script says.
pub fn tests(script: &Script, environment: &Environment) -> Vec<Test> {
    let conformance = (0..script.passed).map(|number| match number % SERIAL {
        0 => format!("[sig-scheduling] Workload {number} [Serial] should be placed where it fits [Conformance]"),
        _ => format!("[sig-apps] Workload {number} should keep it's promise [NodeConformance] [Conformance]"),
    });
    let policies = (0..script.passed)
        .map(|number| format!("[sig-network] Netpol NetworkPolicy between server and client should enforce {number}"));
    let others = (0..OTHERS)
        .map(|number| format!("[sig-storage] In-tree Volumes [Driver: local] {number} should store data [Serial]"));
    let failed = script.failed.iter().flat_map(|name| {
        [format!("[sig-network] {name} [Conformance]"), format!("[sig-network] Netpol NetworkPolicy {name}")]
    });
    let well = conformance.chain(policies).chain(others).map(|name| (name, State::Passed));
    let all = failed.map(|name| (name, State::Failed)).chain(well);
    let state = |name: &str, state| if environment.takes(name) { state } else { State::Skipped };
    all.map(|(name, outcome)| Test { state: state(&name, outcome), name }).collect()
}
