//! Digests of the demands of stable versions, kept in a file, so that they are not changed by accident.

use super::located::Located;
use super::problem::{Problem, Source};
use super::standard::{Standard, StandardVersion, Target};
use super::{Definitions, sha256};
use crate::schema::sorted;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// The name of the file beside the definitions. It does not end in `.yaml`, as it is not a definition.
pub const FILE: &str = "stable.sha256";

const HEAD: &str = "\
# What the stable versions of scopes demand. `scs-conformance lint` compares it with the definitions,
# `scs-conformance lint --update-digests standards` writes it anew.
";

/// Returns the name of a scope's version in the file.
pub(super) fn name_of(scope: &str, version: &str) -> String {
    format!("{scope}/{version}")
}

impl Definitions {
    /// Returns the content of the file that records stable versions.
    pub fn stable_record(&self) -> String {
        let mut text = HEAD.to_owned();
        for (name, digest) in self.stable_digests() {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{digest}  {name}");
        }
        text
    }

    /// Returns a digest for each stable version of a scope, and for each version of a standard that one of
    /// these includes.
    pub(super) fn stable_digests(&self) -> BTreeMap<String, String> {
        let mut digests = BTreeMap::new();
        let mut included = BTreeSet::new();
        for scope in self.scopes.values() {
            for (name, version) in &scope.versions {
                let Some(since) = version.stabilized_at else { continue };
                let includes: BTreeSet<&str> = version.includes.iter().map(String::as_str).collect();
                let content = json!({"stabilized_at": since.to_string(), "includes": includes});
                digests.insert(name_of(&scope.id, name), digest(&content));
                included.extend(includes);
            }
        }
        for standard in self.standards.values() {
            for (name, version) in &standard.versions {
                let name = format!("{}-{name}", standard.id);
                if included.contains(name.as_str()) {
                    digests.insert(name, digest(&demands(standard, version)));
                }
            }
        }
        digests
    }
}

fn digest(content: &Value) -> String {
    sha256(sorted(content).to_string().as_bytes())
}

/// Returns the demands of a version: its clauses, and the decisions of those targets that travel with a
/// certificate. Previews may come and go, and the gaps with them; remedies, descriptions and addresses may be
/// corrected.
fn demands(standard: &Standard, version: &StandardVersion) -> Value {
    let clauses: BTreeMap<&str, Value> = version
        .clauses
        .iter()
        .map(|clause| (clause.id.as_str(), json!({"level": clause.level, "text": clause.text})))
        .collect();
    let mut targets = BTreeMap::new();
    let mut testcases = BTreeMap::new();
    for (target, ids) in version.targets.iter().filter(|(target, _)| **target != Target::Preview) {
        let ids: BTreeSet<&str> = ids.iter().map(String::as_str).collect();
        for testcase in standard.testcases.iter().filter(|testcase| ids.contains(testcase.id.as_str())) {
            let decides: BTreeSet<&str> =
                testcase.clauses.iter().map(String::as_str).filter(|id| clauses.contains_key(id)).collect();
            testcases.insert(
                testcase.id.as_str(),
                json!({"check": without_exceptions(json!(testcase.check)), "clauses": decides, "lifetime": testcase.lifetime}),
            );
        }
        targets.insert(target.to_string(), ids);
    }
    json!({"clauses": clauses, "targets": targets, "testcases": testcases})
}

/// Tests that may fail come and go without a new version of a standard (scs-0201 v1).
fn without_exceptions(mut check: Value) -> Value {
    let parameters = check.as_object_mut().into_iter().flat_map(|kinds| kinds.values_mut());
    for parameters in parameters.filter_map(Value::as_object_mut) {
        parameters.remove("exceptions");
    }
    check
}

/// The recorded digests by name.
pub(super) struct Record(Vec<(Located<String>, String)>);

impl Record {
    /// Reads the file.
    ///
    /// # Errors
    /// A line is not of the form of the file.
    pub fn read(source: &Source) -> Result<Self, Problem> {
        let mut entries = Vec::new();
        for (index, line) in source.text.lines().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let is_digest = |text: &str| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
            match line.split_once("  ").map(|(digest, name)| (digest, name.trim())) {
                Some((digest, name)) if is_digest(digest) && !name.is_empty() => {
                    let name = Located { value: name.to_owned(), line: index + 1, column: digest.len() + 3 };
                    entries.push((name, digest.to_owned()));
                }
                _ => {
                    let problem = source.problem(index + 1, 1, "this line is not a digest, two blanks and a name");
                    return Err(problem.help("restore the file from git"));
                }
            }
        }
        Ok(Self(entries))
    }

    /// Returns the digest of a version.
    pub fn digest(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(other, _)| other.value == name).map(|(_, digest)| digest.as_str())
    }

    /// Returns the versions that it names.
    pub fn names(&self) -> impl Iterator<Item = &Located<String>> {
        self.0.iter().map(|(name, _)| name)
    }
}
