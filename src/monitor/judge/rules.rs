//! The rules that results are judged by: scopes with their testcases, lifetimes and timelines, in a form that is archived.

use chrono::NaiveDate;
use indexmap::IndexMap;
use scs_checks::definition::{Definitions, Lifetime, Scope, Target, Timeline, Validity, sha256};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use uuid::Uuid;

/// The rules of one scope.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Rules {
    /// The id of the scope in reports.
    pub uuid: String,
    /// Its short name.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The address of its text.
    pub url: String,
    /// Its testcases by id.
    pub testcases: IndexMap<String, TestcaseRule>,
    /// Its versions, the newest first.
    pub versions: IndexMap<String, VersionRule>,
    /// Its modules by id.
    pub modules: IndexMap<String, ModuleRule>,
    /// The versions that count on each day.
    pub timeline: Timeline,
    /// The digest of all that.
    #[serde(skip)]
    pub digest: String,
}

/// A testcase.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct TestcaseRule {
    /// The validity of its results.
    pub lifetime: Lifetime,
    /// The weight of the test.
    pub section: Option<String>,
    /// The requirement.
    pub description: String,
    /// The address of the test's documentation.
    pub url: String,
    /// The number of stable versions whose target `main` lists it.
    pub attn: usize,
}

/// A version of a scope.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct VersionRule {
    /// The day from which it may no longer change.
    pub stabilized_at: Option<NaiveDate>,
    /// The modules that it includes.
    pub includes: Vec<String>,
    /// Its testcases by target.
    pub targets: IndexMap<String, Vec<String>>,
}

/// A module: most often a version of a standard.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct ModuleRule {
    /// Its name.
    pub name: String,
    /// The address of its text.
    pub url: String,
}

impl Rules {
    /// Makes the rules of a scope.
    pub fn new(scope: &Scope, definitions: &Definitions) -> Self {
        let versions = scope.versions.iter().map(|(name, version)| {
            // No upload has results of the target `text`: today's suite does not know it.
            let targets = version.targets.iter().filter(|(target, _)| **target != Target::Text);
            let targets = targets.map(|(target, ids)| (target.to_string(), sorted(ids)));
            let includes = version.includes.clone();
            let rule = VersionRule { stabilized_at: version.stabilized_at, includes, targets: targets.collect() };
            (name.clone(), rule)
        });
        let mut rules = Self {
            uuid: scope.uuid.to_lowercase(),
            id: scope.id.clone(),
            name: scope.name.clone(),
            url: scope.url.clone(),
            testcases: scope.testcases.iter().map(|id| (id.clone(), testcase(id, scope, definitions))).collect(),
            versions: versions.collect(),
            modules: modules(scope, definitions),
            timeline: scope.timeline.clone(),
            digest: String::new(),
        };
        rules.count_attention();
        rules.digest = sha256(rules.to_json().as_bytes());
        rules
    }

    /// Parses archived rules.
    ///
    /// # Errors
    /// It is not what [`Self::to_json`] makes.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        let rules: Self = serde_json::from_str(text)?;
        Ok(Self { digest: sha256(text.as_bytes()), ..rules })
    }

    /// Returns the form in which rules are archived.
    pub fn to_json(&self) -> String {
        // Texts, lists and maps with texts as keys can always be written.
        serde_json::to_string(self).unwrap_or_default()
    }

    fn count_attention(&mut self) {
        for version in self.versions.values().filter(|version| version.stabilized_at.is_some()) {
            for id in version.targets.get(MAIN).into_iter().flatten() {
                if let Some(testcase) = self.testcases.get_mut(id) {
                    testcase.attn += 1;
                }
            }
        }
    }

    /// Returns the versions that are listed on a day, the newest first, with their standing.
    pub fn listed(&self, day: NaiveDate) -> Vec<(&str, &VersionRule, Validity)> {
        let listed = self.timeline.at(day);
        let versions = self.versions.iter();
        versions.filter_map(|(name, rule)| Some((name.as_str(), rule, *listed?.get(name)?))).collect()
    }
}

/// The target that decides.
pub(super) const MAIN: &str = "main";

fn sorted(ids: &[String]) -> Vec<String> {
    let mut ids = ids.to_vec();
    ids.sort();
    ids.dedup();
    ids
}

fn testcase(id: &str, scope: &Scope, definitions: &Definitions) -> TestcaseRule {
    let known = definitions.testcase(id);
    let declared = scope.declared.testcases.get(id);
    let text = |declared: Option<&String>, known: Option<&String>| declared.or(known).cloned().unwrap_or_default();
    TestcaseRule {
        lifetime: declared
            .map(|declared| declared.lifetime)
            .or(known.map(|testcase| testcase.lifetime))
            .unwrap_or_default(),
        section: match declared {
            Some(declared) => declared.section.clone(),
            None => known.map(|testcase| testcase.section.to_string()),
        },
        description: text(
            declared.and_then(|declared| declared.description.as_ref()),
            known.map(|testcase| &testcase.description),
        ),
        url: text(declared.and_then(|declared| declared.url.as_ref()), known.map(|testcase| &testcase.url)),
        attn: 0,
    }
}

fn modules(scope: &Scope, definitions: &Definitions) -> IndexMap<String, ModuleRule> {
    let mut modules = IndexMap::new();
    for include in scope.versions.values().flat_map(|version| &version.includes) {
        let declared = scope.declared.modules.get(include);
        let standard = definitions.standards.values().find_map(|standard| {
            let version = include.strip_prefix(standard.id.as_str())?.strip_prefix('-')?;
            standard.versions.get(version)
        });
        let name = declared.and_then(|module| module.name.clone()).or(standard.map(|version| version.title.clone()));
        let url = declared.and_then(|module| module.url.clone()).or(standard.map(|version| version.url.clone()));
        let rule = ModuleRule { name: name.unwrap_or_else(|| include.clone()), url: url.unwrap_or_default() };
        modules.insert(include.clone(), rule);
    }
    modules
}

/// The rules of all scopes, by their UUIDs.
#[derive(Clone, Debug, Default)]
pub struct Rulebook {
    /// The rules, in the order of the definitions.
    pub scopes: IndexMap<String, Arc<Rules>>,
}

impl Rulebook {
    /// Makes the rules of all scopes.
    pub fn new(definitions: &Definitions) -> Self {
        Self::from_scopes(definitions, definitions.scopes.values())
    }

    /// Makes the rules of these scopes.
    pub fn from_scopes<'s>(definitions: &Definitions, scopes: impl Iterator<Item = &'s Scope>) -> Self {
        let scopes = scopes.map(|scope| (scope.uuid.to_lowercase(), Arc::new(Rules::new(scope, definitions))));
        Self { scopes: scopes.collect() }
    }

    /// Finds the rules of a scope by its UUID or its short name.
    pub fn find(&self, name: &str) -> Option<&Arc<Rules>> {
        let by_uuid = Uuid::parse_str(name).ok().and_then(|uuid| self.scopes.get(&uuid.to_string()));
        by_uuid.or_else(|| self.scopes.values().find(|rules| rules.id == name))
    }

    /// Returns one digest of all rules.
    pub fn digest(&self) -> String {
        let digests: Vec<&str> = self.scopes.values().map(|rules| rules.digest.as_str()).collect();
        sha256(digests.join("\n").as_bytes())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use scs_checks::definition::Source;

    const SCOPE: &str = "
uuid: 11111111-2222-4333-8444-555555555555
name: Small scope
url: https://example.org/scope.yaml
scripts:
  - executable: x.py
    testcases:
      - {id: a, lifetime: week, description: Does a., url: https://example.org/a}
      - {id: b, lifetime: day, section: light}
      - {id: c}
modules:
  - {id: m1, name: First, url: https://example.org/m1, targets: {main: [a]}}
  - {id: m2, targets: {main: [b]}}
  - {id: m3, targets: {recommended: [c]}}
timeline:
  - {date: 2026-06-01, versions: {next: draft, v2: effective, v1: warn}}
  - {date: 2025-01-01, versions: {v1: effective}}
versions:
  - {version: next, include: [m1, m2, m3]}
  - {version: v2, stabilized_at: 2026-05-01, include: [m1, m2]}
  - {version: v1, stabilized_at: 2025-01-01, include: [m1]}
";

    /// Returns the rules of a scope with the testcases `a` (a week), `b` (a day) and `c`.
    pub(crate) fn rules() -> Rules {
        let mut definitions = Definitions::load(&[]).unwrap();
        definitions.add_scope(&Source::new("scope.yaml", SCOPE.as_bytes()).unwrap()).unwrap();
        Rules::new(&definitions.scopes[0], &definitions)
    }

    #[test]
    fn a_scope_file_of_today_keeps_its_own_words() {
        let rules = rules();
        assert_eq!((rules.id.as_str(), rules.testcases["a"].description.as_str()), ("small-scope", "Does a."));
        assert_eq!((rules.testcases["a"].attn, rules.testcases["b"].attn, rules.testcases["c"].attn), (2, 1, 0));
        assert_eq!(rules.testcases["b"].lifetime, Lifetime::Day);
        assert_eq!((rules.modules["m1"].name.as_str(), rules.modules["m2"].name.as_str()), ("First", "m2"));
        let listed: Vec<&str> = rules.listed("2026-11-17".parse().unwrap()).iter().map(|(name, ..)| *name).collect();
        assert_eq!(listed, ["next", "v2", "v1"]);
        assert!(rules.listed("2024-12-31".parse().unwrap()).is_empty());
    }

    #[test]
    fn archived_rules_are_the_same_rules() {
        let rules = rules();
        let archived = Rules::from_json(&rules.to_json()).unwrap();
        assert_eq!((archived.digest.len(), &archived.digest), (64, &rules.digest));
        assert_eq!(archived.to_json(), rules.to_json());
    }
}
