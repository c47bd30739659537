//! The filter of `list testcases`.

use crate::cli::error::CliError;
use crate::cli::selection::KindOptions;
use chrono::NaiveDate;
use clap::Args;
use scs_checks::definition::{Changes, Definitions, Scope, ScopeVersion, Target, Testcase, nearest};
use scs_reports::judge::{counts, decides_clause};

/// The filter; whatever is given has to hold.
#[derive(Args)]
pub(super) struct Filter {
    /// Only testcases of this version of the scope; may be repeated
    #[arg(long = "scope-version", alias = "version", value_name = "VERSION")]
    versions: Vec<String>,

    /// Only testcases of this standard; may be repeated
    #[arg(long = "standard", value_name = "ID")]
    of_standards: Vec<String>,

    #[command(flatten)]
    kinds: KindOptions,

    /// Only testcases that create resources, or may have to
    #[arg(long)]
    mutating: bool,
}

impl Filter {
    /// Returns true if everything is listed.
    pub(super) fn is_empty(&self) -> bool {
        let KindOptions { targets, levels, deciding, sections } = &self.kinds;
        let has_kinds = targets.is_empty() && levels.is_empty() && !deciding && sections.is_empty();
        has_kinds && self.versions.is_empty() && self.of_standards.is_empty() && !self.mutating
    }

    /// Returns the testcases of the scope that are listed, in the order of the standards.
    ///
    /// # Errors
    /// A version or standard is unknown.
    pub(super) fn apply<'a>(
        &self,
        definitions: &'a Definitions,
        scope: &'a Scope,
        today: NaiveDate,
    ) -> Result<Vec<&'a Testcase>, CliError> {
        for version in &self.versions {
            known(&format!("version of {}", scope.name), version, scope.versions.keys())?;
        }
        for standard in &self.of_standards {
            known("standard", standard, definitions.standards.keys())?;
        }
        let in_scope = definitions.testcases().filter(|testcase| scope.testcases.contains(&testcase.id));
        Ok(in_scope.filter(|testcase| self.takes(definitions, scope, testcase, today)).collect())
    }

    fn takes(&self, definitions: &Definitions, scope: &Scope, testcase: &Testcase, today: NaiveDate) -> bool {
        let KindOptions { targets, levels, deciding, sections } = &self.kinds;
        (self.of_standards.is_empty() || self.of_standards.contains(&testcase.standard))
            && (sections.is_empty() || sections.contains(&testcase.section))
            && (!self.mutating || testcase.changes() != Changes::No)
            && (self.versions.is_empty() && targets.is_empty() || self.counts(scope, &testcase.id))
            && (levels.is_empty() || self.decides_clause(definitions, scope, testcase))
            && (!deciding || self.decides(scope, &testcase.id, today))
    }

    /// Returns the named versions, or all.
    fn versions<'a>(&self, scope: &'a Scope) -> impl Iterator<Item = (&'a String, &'a ScopeVersion)> {
        scope.versions.iter().filter(|(name, _)| self.versions.is_empty() || self.versions.contains(name))
    }

    /// Returns true if one of the versions counts it, in one of the targets.
    fn counts(&self, scope: &Scope, id: &str) -> bool {
        let targets = if self.kinds.targets.is_empty() { &Target::ALL } else { self.kinds.targets.as_slice() };
        self.versions(scope).any(|(_, version)| counts(version, id, targets))
    }

    /// Returns true if it decides a clause of the levels, in the named versions of the scope or else in any.
    fn decides_clause(&self, definitions: &Definitions, scope: &Scope, testcase: &Testcase) -> bool {
        decides_clause(definitions, testcase, &self.kinds.levels, |id| {
            self.versions.is_empty()
                || self.versions(scope).any(|(_, version)| version.includes.iter().any(|it| it == id))
        })
    }

    /// Returns true if conformance depends on it, to a named version or else to one that decides today.
    fn decides(&self, scope: &Scope, id: &str, today: NaiveDate) -> bool {
        let decides = |name: &String| self.versions.contains(name) || scope.timeline.validity(name, today).decides();
        self.versions(scope).any(|(name, version)| decides(name) && counts(version, id, &[Target::Main]))
    }
}

fn known<'a>(what: &str, name: &str, all: impl Iterator<Item = &'a String>) -> Result<(), CliError> {
    let all: Vec<&str> = all.map(String::as_str).collect();
    if all.contains(&name) {
        return Ok(());
    }
    let hint = nearest(name, all.iter().copied()).map_or(String::new(), |near| format!("; did you mean {near}?"));
    Err(format!("there is no {what} \"{name}\"; known are: {}{hint}", all.join(", ")).into())
}
