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
    /// The digest of what decides: testcases, lifetimes, versions, timeline. Another description is no other rule.
    #[serde(skip)]
    pub digest: String,
    /// The digest of everything, descriptions and addresses too.
    #[serde(skip)]
    pub revision: String,
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
    /// Its testcases, whatever the target. Rules that were archived earlier do not have them.
    #[serde(default)]
    pub testcases: Vec<String>,
}

impl VersionRule {
    /// Returns true if a conclusion on the version depends on a testcase.
    pub fn demands(&self, testcase: &str) -> bool {
        self.targets.get(MAIN).is_some_and(|ids| ids.iter().any(|id| id == testcase))
    }
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
            revision: String::new(),
        };
        rules.count_attention();
        rules.sealed()
    }

    /// Returns the rules with another name and another timeline.
    #[must_use]
    pub fn with_timeline(self, name: String, timeline: Timeline) -> Self {
        Self { name, timeline, ..self }.sealed()
    }

    /// Returns the rules with their digests.
    fn sealed(mut self) -> Self {
        self.revision = sha256(self.to_json().as_bytes());
        self.digest = self.digest_of_what_decides();
        self
    }

    /// Parses archived rules, which keep the digest under which they were archived.
    ///
    /// # Errors
    /// It is not what [`Self::to_json`] makes.
    pub fn from_json(text: &str, digest: &str) -> Result<Self, serde_json::Error> {
        let rules: Self = serde_json::from_str(text)?;
        Ok(Self { digest: digest.to_owned(), revision: sha256(text.as_bytes()), ..rules })
    }

    fn digest_of_what_decides(&self) -> String {
        let mut bare = self.clone();
        (bare.id, bare.name, bare.url, bare.modules) = Default::default();
        for testcase in bare.testcases.values_mut() {
            (testcase.description, testcase.url, testcase.section) = Default::default();
        }
        for version in bare.versions.values_mut() {
            version.includes = Vec::new();
        }
        sha256(bare.to_json().as_bytes())
    }

    /// Returns the form in which rules are archived.
    pub fn to_json(&self) -> String {
        // Texts, lists and maps with texts as keys can always be written.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Returns the first day after this one on which a version does not decide; none if the timeline has no such day.
    pub fn ends(&self, version: &str, day: NaiveDate) -> Option<NaiveDate> {
        let is_end = |date: &NaiveDate| *date > day && !self.timeline.validity(version, *date).decides();
        self.timeline.dates().filter(is_end).min()
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
        let of_standard = standard.map(|version| version.targets.values().flatten().cloned().collect());
        let testcases = declared.map(|module| module.testcases.clone()).or(of_standard).unwrap_or_default();
        let (name, url) = (name.unwrap_or_else(|| include.clone()), url.unwrap_or_default());
        let rule = ModuleRule { name, url, testcases: sorted(&testcases) };
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

    /// Returns one digest of all rules with their descriptions.
    pub fn digest(&self) -> String {
        let digests: Vec<&str> = self.scopes.values().map(|rules| rules.revision.as_str()).collect();
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
        rules_of(SCOPE)
    }

    /// Returns the rules of the scope that stands in a file like those of today's suite.
    pub(crate) fn rules_of(text: &str) -> Rules {
        let definitions = definitions_of(text);
        Rules::new(&definitions.scopes[0], &definitions)
    }

    /// Returns the rules of that scope as all that there are.
    pub(crate) fn rulebook_of(text: &str) -> Rulebook {
        Rulebook::new(&definitions_of(text))
    }

    fn definitions_of(text: &str) -> Definitions {
        let mut definitions = Definitions::load(&[]).unwrap();
        definitions.add_scope(&Source::new("scope.yaml", text.as_bytes()).unwrap()).unwrap();
        definitions
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
        let archived = Rules::from_json(&rules.to_json(), &rules.digest).unwrap();
        assert_eq!((archived.digest.len(), &archived.digest), (64, &rules.digest));
        assert_eq!((archived.to_json(), &archived.revision), (rules.to_json(), &rules.revision));
    }

    #[test]
    fn another_description_is_no_other_rule() {
        let rules = rules();
        for (from, to) in [
            ("Does a.", "Does A."),
            ("https://example.org/a", "https://example.org/b"),
            ("Small", "Larger"),
            ("First", "1"),
        ] {
            let other = rules_of(&SCOPE.replacen(from, to, 1));
            assert_eq!(other.digest, rules.digest, "{to}");
            assert_ne!(other.revision, rules.revision, "{to}");
        }
        for (from, to) in [
            ("lifetime: day", "lifetime: week"),
            ("targets: {recommended: [c]}", "targets: {main: [c]}"),
            ("v1: warn", "v1: deprecated"),
            ("2026-06-01", "2026-07-01"),
        ] {
            assert_ne!(rules_of(&SCOPE.replacen(from, to, 1)).digest, rules.digest, "{to}");
        }
    }

    #[test]
    fn a_version_ends_where_the_timeline_no_longer_has_it_in_force() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let rules = rules();
        assert_eq!(rules.ends("v1", day("2026-11-17")), None);
        let rules = rules_of(&SCOPE.replace("timeline:", "timeline:\n  - {date: 2027-02-01, versions: {v2: warn}}"));
        assert_eq!(rules.ends("v1", day("2026-11-17")), Some(day("2027-02-01")));
        assert_eq!((rules.ends("v2", day("2026-11-17")), rules.ends("v1", day("2027-02-01"))), (None, None));
    }
}
