//! The kind of subject that a scope is about.

use scs_checks::definition::Definitions;
use scs_checks::facts::SubjectKind;

/// Returns the kind of subject that the testcases of a scope look at; none for a scope without testcases that are known.
pub(crate) fn kind_of(definitions: &Definitions, scope: &str) -> Option<SubjectKind> {
    let scope = definitions.scopes.get(scope)?;
    let mut ids = scope.versions.values().flat_map(|version| version.targets.values()).flatten();
    ids.find_map(|id| Some(definitions.testcase(id)?.check.rule().needs().iter().next()?.subject()))
}
