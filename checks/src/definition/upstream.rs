//! Reads the scope files of today's suite unchanged (digest section 2.1).
//!
//! Their scripts and parameters mean nothing here: a testcase id binds to our testcase of the
//! same id, and an id that we do not know stays in its target, where it can only be MISS.

use super::date::Date;
use super::lifetime::Lifetime;
use super::located::Located;
use super::problem::{Problem, Source, nearest};
use super::scope::{Declared, DeclaredModule, DeclaredTestcase, Scope, ScopeVersion};
use super::standard::Target;
use super::timeline::{Entry, Timeline};
use super::yaml;
use indexmap::{IndexMap, IndexSet};
use serde::de::{Error, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::collections::HashSet;
use std::fmt;
use strum::VariantNames;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScopeFile {
    uuid: String,
    name: String,
    url: String,
    versions: Vec<VersionEntry>,
    prerequisite: Option<Located<Value>>,
    #[serde(rename = "variables")]
    _variables: Option<Value>,
    #[serde(default)]
    scripts: Vec<Script>,
    #[serde(default)]
    modules: Vec<Module>,
    #[serde(default)]
    timeline: Vec<Entry>,
}

/// A script, and the testcases that it decides.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Script {
    #[serde(rename = "executable")]
    _executable: Option<String>,
    #[serde(rename = "env")]
    _env: Option<Value>,
    #[serde(rename = "args")]
    _args: Option<Value>,
    testcases: Option<Vec<TestcaseEntry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TestcaseEntry {
    id: Located<String>,
    lifetime: Option<Lifetime>,
    section: Option<String>,
    description: Option<String>,
    url: Option<String>,
}

/// Testcase ids by target; there may be nothing behind a target's name.
type Targets = IndexMap<Located<String>, Option<Vec<Located<String>>>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Module {
    id: Located<String>,
    targets: Option<Targets>,
    url: Option<String>,
    name: Option<String>,
    #[serde(rename = "parameters")]
    _parameters: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VersionEntry {
    version: Located<String>,
    include: Option<Vec<Located<Include>>>,
    targets: Option<Located<Value>>,
    stabilized_at: Option<Date>,
}

/// A module's id, or a mapping with `ref` and `parameters`.
struct Include(String);

impl<'de> Deserialize<'de> for Include {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct IncludeVisitor;
        impl<'de> Visitor<'de> for IncludeVisitor {
            type Value = Include;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a module's id, or a mapping with `ref` and `parameters`")
            }

            fn visit_str<E: Error>(self, id: &str) -> Result<Include, E> {
                Ok(Include(id.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Include, A::Error> {
                let mut id = None;
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "ref" => id = Some(map.next_value()?),
                        "parameters" => drop(map.next_value::<IgnoredAny>()?),
                        other => return Err(A::Error::unknown_field(other, &["ref", "parameters"])),
                    }
                }
                id.map(Include).ok_or_else(|| A::Error::missing_field("ref"))
            }
        }
        deserializer.deserialize_any(IncludeVisitor)
    }
}

/// Returns true if the file has the form of today's scope files rather than ours.
pub(super) fn is_upstream(source: &Source) -> bool {
    source.text.lines().any(|line| line.starts_with("modules:") || line.starts_with("scripts:"))
}

/// Reads a scope of today's suite. The second part are warnings: what is tolerated there, but
/// most likely a mistake. Known are the ids and aliases of testcases, each with the id that counts.
///
/// # Errors
/// All problems that were found.
pub(super) fn load(source: &Source, known: &IndexMap<&str, &str>) -> Result<(Scope, Vec<Problem>), Vec<Problem>> {
    let file: ScopeFile = yaml::read_foreign(source).map_err(|problem| vec![problem])?;
    let mut reader = Reader::new(source, known);
    let in_modules = file
        .modules
        .iter()
        .flat_map(|module| module.targets.iter().flatten())
        .flat_map(|(_, ids)| ids.iter().flatten());
    let testcases = reader.testcases(Some(&file.scripts), in_modules);
    reader.unique("module", file.modules.iter().map(|module| &module.id));
    reader.unique("version", file.versions.iter().map(|version| &version.version));
    let names: Vec<&str> = file.versions.iter().map(|version| version.version.as_str()).collect();
    let timeline = Timeline::checked(file.timeline, &names, source, &mut reader.problems);
    reader.ignore_prerequisite(file.prerequisite.as_ref());
    let versions =
        file.versions.iter().map(|version| (version.version.value.clone(), reader.version(version, &file.modules)));
    let versions = versions.collect();
    let modules = file.modules.iter().map(|module| {
        let ids = module.targets.iter().flatten().flat_map(|(_, ids)| ids.iter().flatten());
        let testcases = ids.map(|id| reader.id(id)).collect();
        let declared = DeclaredModule { name: module.name.clone(), url: module.url.clone(), testcases };
        (module.id.value.clone(), declared)
    });
    let declared = Declared { testcases: reader.declared(&file.scripts), modules: modules.collect() };
    let Reader { problems, warnings, .. } = reader;
    if !problems.is_empty() {
        return Err(problems);
    }
    let id = id_from_name(&file.name);
    let ScopeFile { name, uuid, url, .. } = file;
    let scope = Scope { id, name, uuid, url, versions, timeline, regime: IndexMap::new(), testcases, declared };
    Ok((scope, warnings))
}

/// Returns the id of a scope that only has a name.
pub(super) fn id_from_name(name: &str) -> String {
    name.to_lowercase().replace(char::is_whitespace, "-")
}

/// The problems and warnings of a file.
pub(super) struct Reader<'a> {
    source: &'a Source,
    known: &'a IndexMap<&'a str, &'a str>,
    pub problems: Vec<Problem>,
    pub warnings: Vec<Problem>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(source: &'a Source, known: &'a IndexMap<&'a str, &'a str>) -> Self {
        Self { source, known, problems: Vec::new(), warnings: Vec::new() }
    }

    /// Returns all ids of the file: those that scripts declare, then those that are only named. A file without scripts
    /// declares none.
    pub(super) fn testcases<'b>(
        &mut self,
        scripts: Option<&'b [Script]>,
        named: impl Iterator<Item = &'b Located<String>>,
    ) -> IndexSet<String> {
        let declared = || {
            let scripts = scripts.into_iter().flatten();
            scripts.flat_map(|script| script.testcases.iter().flatten()).map(|entry| &entry.id)
        };
        self.unique("testcase", declared());
        let by_scripts: HashSet<&str> = declared().map(|id| id.as_str()).collect();
        let mut all = IndexSet::new();
        for id in declared().chain(named) {
            if !all.insert(self.id(id)) {
                continue;
            }
            if !self.known.contains_key(id.as_str()) {
                let message =
                    format!("the testcase \"{id}\" is unknown to this version of the suite, and will be MISS");
                self.warnings.push(self.source.problem_at(id, message).suggest(id, self.known.keys().copied()));
            } else if scripts.is_some() && !by_scripts.contains(id.as_str()) {
                let message = format!("no script declares the testcase \"{id}\", so today's suite does not run it");
                self.warnings.push(self.source.problem_at(id, message));
            }
        }
        all
    }

    /// Returns the details of the testcases that scripts declare.
    pub(super) fn declared(&self, scripts: &[Script]) -> IndexMap<String, DeclaredTestcase> {
        let entries = scripts.iter().flat_map(|script| script.testcases.iter().flatten());
        let declared = entries.map(|entry| {
            let declared = DeclaredTestcase {
                lifetime: entry.lifetime.unwrap_or_default(),
                section: entry.section.clone(),
                description: entry.description.as_deref().map(str::trim).map(str::to_owned),
                url: entry.url.clone(),
            };
            (self.id(&entry.id), declared)
        });
        declared.collect()
    }

    /// Returns the id of our testcase that an id of the file means; that id itself if there is none.
    fn id(&self, id: &str) -> String {
        self.known.get(id).copied().unwrap_or(id).to_owned()
    }

    /// Warns of a key that means nothing here, as it means nothing in today's suite.
    pub(super) fn ignore_prerequisite(&mut self, prerequisite: Option<&Located<Value>>) {
        let warn = |place| self.source.problem_at(place, "`prerequisite` has no effect");
        self.warnings.extend(prerequisite.map(warn));
    }

    pub(super) fn unique<'b>(&mut self, what: &str, ids: impl Iterator<Item = &'b Located<String>>) {
        let mut seen = HashSet::new();
        for id in ids {
            if !seen.insert(id.as_str()) {
                self.problems.push(self.source.problem_at(id, format!("the {what} \"{id}\" appears here twice")));
            }
        }
    }

    fn version(&mut self, entry: &VersionEntry, modules: &[Module]) -> ScopeVersion {
        if let Some(targets) = &entry.targets {
            let message = "`targets` of a version has no effect: the modules' targets count";
            self.warnings.push(self.source.problem_at(targets, message));
        }
        let mut version = ScopeVersion { stabilized_at: entry.stabilized_at.map(|date| date.0), ..Default::default() };
        for include in entry.include.iter().flatten() {
            let Some(module) = modules.iter().find(|module| module.id.value == include.0) else {
                let known = modules.iter().map(|module| module.id.as_str());
                let message = format!("unknown module \"{}\"", include.0);
                self.problems.push(self.source.problem_at(include, message).suggest(&include.0, known));
                continue;
            };
            version.includes.push(include.0.clone());
            self.add(&mut version, module);
        }
        version
    }

    fn add(&mut self, version: &mut ScopeVersion, module: &Module) {
        for (name, ids) in module.targets.iter().flatten() {
            let Ok(target) = name.parse::<Target>() else {
                let message = format!("the target \"{name}\" is unknown and will be ignored");
                let problem = self.source.problem_at(name, message).suggest(name, Target::VARIANTS.iter().copied());
                // A misspelt `main` would take its testcases out of the verdict.
                let misspelt = nearest(name, Target::VARIANTS.iter().copied()).is_some();
                let list = if misspelt { &mut self.problems } else { &mut self.warnings };
                if !list.contains(&problem) {
                    list.push(problem);
                }
                continue;
            };
            for id in ids.iter().flatten() {
                let own = self.id(id);
                let earlier = version.targets.iter().find(|(_, ids)| ids.contains(&own)).map(|(target, _)| *target);
                match earlier {
                    None => version.targets.entry(target).or_default().push(own),
                    Some(earlier) if earlier == target => {}
                    Some(earlier) => self.problems.push(
                        self.source
                            .problem_at(
                                id,
                                format!("\"{id}\" is in target {target} and, by another module, in {earlier}"),
                            )
                            .help("leave it in one target"),
                    ),
                }
            }
        }
    }
}
