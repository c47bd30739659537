//! Which testcases are listed.

use clap::Args;
use scs_checks::definition::{Changes, Definitions, Level, Scope, Section, Target, Testcase, nearest};

/// Whatever is given has to hold.
#[derive(Args)]
pub(super) struct Filter {
    /// Only testcases that count in this version of the scope; may be repeated
    #[arg(long = "version", value_name = "VERSION")]
    versions: Vec<String>,

    /// Only testcases of this target: main, recommended, preview
    #[arg(long, value_name = "TARGET", value_parser = target)]
    target: Option<Target>,

    /// Only testcases of this standard; may be repeated
    #[arg(long = "standard", value_name = "ID")]
    of_standards: Vec<String>,

    /// Only testcases that decide a clause of this level: must, should, may
    #[arg(long, value_name = "LEVEL", value_parser = level)]
    level: Option<Level>,

    /// Only testcases of these sections: light, medium, heavy
    #[arg(long = "section", value_name = "SECTION", value_delimiter = ',', value_parser = section)]
    sections: Vec<Section>,

    /// Only testcases that change the cloud or cluster, or may have to
    #[arg(long)]
    mutating: bool,
}

impl Filter {
    /// True if everything is listed.
    pub(super) fn is_empty(&self) -> bool {
        self.versions.is_empty()
            && self.target.is_none()
            && self.of_standards.is_empty()
            && self.level.is_none()
            && self.sections.is_empty()
            && !self.mutating
    }

    /// The testcases of the scope that are listed, in the order of the standards.
    ///
    /// # Errors
    /// An unknown version or standard, in one sentence.
    pub(super) fn apply<'a>(
        &self,
        definitions: &'a Definitions,
        scope: &'a Scope,
    ) -> Result<Vec<&'a Testcase>, String> {
        for version in &self.versions {
            known(&format!("version of {}", scope.name), version, scope.versions.keys())?;
        }
        for standard in &self.of_standards {
            known("standard", standard, definitions.standards.keys())?;
        }
        let in_scope = definitions.testcases().filter(|testcase| scope.testcases.contains(&testcase.id));
        Ok(in_scope.filter(|testcase| self.takes(definitions, scope, testcase)).collect())
    }

    fn takes(&self, definitions: &Definitions, scope: &Scope, testcase: &Testcase) -> bool {
        (self.of_standards.is_empty() || self.of_standards.contains(&testcase.standard))
            && (self.sections.is_empty() || self.sections.contains(&testcase.section))
            && (!self.mutating || testcase.changes() != Changes::No)
            && (self.versions.is_empty() && self.target.is_none() || self.counts(scope, &testcase.id))
            && self.level.is_none_or(|level| self.decides(definitions, scope, testcase, level))
    }

    /// True if one of the versions counts it, in the target.
    fn counts(&self, scope: &Scope, id: &str) -> bool {
        scope.versions.iter().filter(|(name, _)| self.versions.is_empty() || self.versions.contains(name)).any(
            |(_, version)| {
                let targets = version.targets.iter().filter(|(target, _)| self.target.is_none_or(|it| it == **target));
                targets.flat_map(|(_, ids)| ids).any(|other| other == id)
            },
        )
    }

    /// True if it decides a clause of the level, in the named versions of the scope or else in any.
    fn decides(&self, definitions: &Definitions, scope: &Scope, testcase: &Testcase, level: Level) -> bool {
        let included = |name: &str| {
            let id = format!("{}-{name}", testcase.standard);
            let named = scope.versions.iter().filter(|(name, _)| self.versions.contains(name));
            self.versions.is_empty() || named.flat_map(|(_, version)| &version.includes).any(|other| *other == id)
        };
        definitions.standards.get(&testcase.standard).is_some_and(|standard| {
            standard.versions.iter().filter(|(name, _)| included(name)).any(|(_, version)| {
                version
                    .clauses
                    .iter()
                    .any(|clause| clause.level == level && testcase.clauses.contains(&clause.id.value))
            })
        })
    }
}

fn known<'a>(what: &str, name: &str, all: impl Iterator<Item = &'a String>) -> Result<(), String> {
    let all: Vec<&str> = all.map(String::as_str).collect();
    if all.contains(&name) {
        return Ok(());
    }
    let hint = nearest(name, all.iter().copied()).map_or(String::new(), |near| format!("did you mean {near}? "));
    Err(format!("there is no {what} \"{name}\"; {hint}Known are: {}", all.join(", ")))
}

fn target(text: &str) -> Result<Target, String> {
    text.parse().map_err(|_| "targets are main, recommended and preview".into())
}

fn level(text: &str) -> Result<Level, String> {
    text.parse().map_err(|_| "levels are must, should and may".into())
}

fn section(text: &str) -> Result<Section, String> {
    text.parse().map_err(|_| "sections are light, medium and heavy".into())
}
