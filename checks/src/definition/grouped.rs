//! Reads the scope files of the draft "revamp testing" of July 2026: groups of testcases and of other groups, no targets.
//!
//! The draft is not published as a standard. docs/scopes.md says how it is read here; anything else is refused.

use super::located::Located;
use super::problem::{Problem, Source};
use super::scope::{Declared, Scope, ScopeVersion};
use super::standard::Target;
use super::timeline::{Entry, Timeline};
use super::upstream::{Reader, Script, id_from_name};
use super::yaml;
use indexmap::{IndexMap, IndexSet};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScopeFile {
    uuid: String,
    name: String,
    url: String,
    groups: Vec<Group>,
    versions: Vec<VersionEntry>,
    #[serde(default)]
    timeline: Vec<Entry>,
    #[serde(default)]
    scripts: Vec<Script>,
    prerequisite: Option<Located<Value>>,
    #[serde(rename = "variables")]
    _variables: Option<Value>,
}

/// A group of testcases, most often those of a version of a standard.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    id: Located<String>,
    include: Option<Vec<Located<Item>>>,
    #[serde(rename = "name")]
    _name: Option<String>,
    #[serde(rename = "url")]
    _url: Option<String>,
    #[serde(rename = "description")]
    _description: Option<String>,
}

/// An entry of a group: the id of a testcase or of a group, or a group in its place.
enum Item {
    Id(String),
    Group(Group),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VersionEntry {
    version: Located<String>,
    test: Located<Named>,
    attn: Option<Located<Named>>,
}

/// The value of `test` or `attn`: ids of groups or testcases. `attn` may also be a flag or a number.
enum Named {
    Flag,
    One(String),
    Many(Vec<Located<String>>),
}

impl<'de> Deserialize<'de> for Item {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ItemVisitor;
        impl<'de> Visitor<'de> for ItemVisitor {
            type Value = Item;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the id of a testcase or of a group, or a group with `id` and `include`")
            }

            fn visit_str<E: Error>(self, id: &str) -> Result<Item, E> {
                Ok(Item::Id(id.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Item, A::Error> {
                Group::deserialize(MapAccessDeserializer::new(map)).map(Item::Group)
            }
        }
        deserializer.deserialize_any(ItemVisitor)
    }
}

impl<'de> Deserialize<'de> for Named {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NamedVisitor;
        impl<'de> Visitor<'de> for NamedVisitor {
            type Value = Named;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the id of a group or a testcase, or a list of them")
            }

            fn visit_bool<E: Error>(self, _: bool) -> Result<Named, E> {
                Ok(Named::Flag)
            }

            fn visit_i64<E: Error>(self, _: i64) -> Result<Named, E> {
                Ok(Named::Flag)
            }

            fn visit_u64<E: Error>(self, _: u64) -> Result<Named, E> {
                Ok(Named::Flag)
            }

            fn visit_str<E: Error>(self, id: &str) -> Result<Named, E> {
                Ok(Named::One(id.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Named, A::Error> {
                let mut ids = Vec::new();
                while let Some(id) = entries.next_element()? {
                    ids.push(id);
                }
                Ok(Named::Many(ids))
            }
        }
        deserializer.deserialize_any(NamedVisitor)
    }
}

impl Located<Named> {
    /// Returns the ids, each with its place.
    fn ids(&self) -> Vec<Located<String>> {
        match &self.value {
            Named::Flag => Vec::new(),
            Named::One(id) => vec![Located { value: id.clone(), line: self.line, column: self.column }],
            Named::Many(ids) => ids.clone(),
        }
    }
}

/// Returns true if the file has the form of the draft.
pub(super) fn is_grouped(source: &Source) -> bool {
    source.text.lines().any(|line| line.starts_with("groups:"))
}

/// Reads a scope of the draft. The second part are warnings: ids that are unknown, and keys without effect.
///
/// # Errors
/// All problems that were found.
pub(super) fn load(source: &Source, known: &IndexMap<&str, &str>) -> Result<(Scope, Vec<Problem>), Vec<Problem>> {
    let file: ScopeFile = yaml::read_foreign(source).map_err(|problem| vec![problem])?;
    let mut reader = Reader::new(source, known);
    let groups = Groups::new(&file.groups);
    reader.unique("group", groups.all.iter().map(|(id, _)| *id));
    reader.unique("version", file.versions.iter().map(|entry| &entry.version));
    reader.problems.extend(groups.confused_with(known, source));
    reader.problems.extend(groups.circles(source));
    let names: Vec<&str> = file.versions.iter().map(|entry| entry.version.as_str()).collect();
    let timeline = Timeline::checked(file.timeline, &names, source, &mut reader.problems);
    reader.ignore_prerequisite(file.prerequisite.as_ref());
    let by_versions: Vec<Located<String>> = file.versions.iter().flat_map(VersionEntry::ids).collect();
    let by_groups = groups.all.iter().flat_map(|(_, ids)| ids);
    let named = by_groups.chain(&by_versions).filter(|id| groups.group(id).is_none());
    let scripts = Some(file.scripts.as_slice()).filter(|scripts| !scripts.is_empty());
    let testcases = reader.testcases(scripts, named);
    let mut versions = IndexMap::new();
    for entry in &file.versions {
        reader.problems.extend(entry.without_tests(source));
        versions.insert(entry.version.value.clone(), groups.version(entry));
    }
    let declared = Declared { testcases: reader.declared(&file.scripts), ..Declared::default() };
    let Reader { problems, warnings, .. } = reader;
    if !problems.is_empty() {
        return Err(problems);
    }
    let id = id_from_name(&file.name);
    let ScopeFile { name, uuid, url, .. } = file;
    let regime = IndexMap::new();
    Ok((Scope { id, name, uuid, url, versions, timeline, regime, testcases, declared }, warnings))
}

impl VersionEntry {
    /// Returns all ids that it names.
    fn ids(&self) -> Vec<Located<String>> {
        self.test.ids().into_iter().chain(self.attn.iter().flat_map(Located::<Named>::ids)).collect()
    }

    /// Returns the problem of a version that tests nothing: it could not be told from one that has passed everything.
    fn without_tests(&self, source: &Source) -> Option<Problem> {
        let problem = || source.problem_at(&self.test, format!("the version \"{}\" tests nothing", self.version));
        self.test.ids().is_empty().then(|| problem().help("name a group, a testcase, or a list of them"))
    }
}

/// All groups of a file, nested ones included, with the ids in them.
struct Groups<'a> {
    all: Vec<(&'a Located<String>, Vec<Located<String>>)>,
}

/// The groups and testcases that an id stands for, each once, in the order of the file.
#[derive(Default)]
struct Reached {
    groups: IndexSet<String>,
    testcases: IndexSet<String>,
}

impl<'a> Groups<'a> {
    fn new(groups: &'a [Group]) -> Self {
        let mut all = Vec::new();
        groups.iter().for_each(|group| add(group, &mut all));
        Self { all }
    }

    fn group(&self, id: &str) -> Option<&[Located<String>]> {
        self.all.iter().find(|(group, _)| group.as_str() == id).map(|(_, ids)| ids.as_slice())
    }

    /// Returns what ids stand for. A group is entered once, so that circles end, and wide files do not multiply.
    fn reach(&self, ids: &[Located<String>]) -> Reached {
        let mut reached = Reached::default();
        let mut open: Vec<&str> = ids.iter().rev().map(|id| id.as_str()).collect();
        while let Some(id) = open.pop() {
            match self.group(id) {
                None => drop(reached.testcases.insert(id.to_owned())),
                Some(ids) if reached.groups.insert(id.to_owned()) => {
                    open.extend(ids.iter().rev().map(|id| id.as_str()));
                }
                Some(_) => {}
            }
        }
        reached
    }

    /// Returns a version. `test` decides; `attn` does not, and shows what `test` does not name.
    fn version(&self, entry: &VersionEntry) -> ScopeVersion {
        let tested = self.reach(&entry.test.ids());
        let attended = self.reach(&entry.attn.as_ref().map(Located::<Named>::ids).unwrap_or_default());
        let shown: Vec<String> = attended.testcases.into_iter().filter(|id| !tested.testcases.contains(id)).collect();
        let main: Vec<String> = tested.testcases.into_iter().collect();
        let targets = [(Target::Main, main), (Target::Preview, shown)];
        let targets: BTreeMap<_, _> = targets.into_iter().filter(|(_, ids)| !ids.is_empty()).collect();
        ScopeVersion { stabilized_at: None, includes: tested.groups.into_iter().collect(), targets }
    }

    /// Returns a problem for each group that has the id of a testcase, so that nobody knows which of them is meant.
    fn confused_with(&self, known: &IndexMap<&str, &str>, source: &Source) -> Vec<Problem> {
        let confused = self.all.iter().filter(|(id, _)| known.contains_key(id.as_str()));
        let problem = |id: &Located<String>| source.problem_at(id, format!("\"{id}\" is the id of a testcase"));
        confused.map(|(id, _)| problem(id).help("give the group another id")).collect()
    }

    /// Returns a problem for each group that includes itself, by whatever way.
    fn circles(&self, source: &Source) -> Vec<Problem> {
        let circular = self.all.iter().filter(|(id, ids)| self.reach(ids).groups.contains(&id.value));
        let problem = |id: &Located<String>| source.problem_at(id, format!("the group \"{id}\" includes itself"));
        circular.map(|(id, _)| problem(id).help("take it out of the groups below it")).collect()
    }
}

/// Adds a group and those in it.
fn add<'a>(group: &'a Group, all: &mut Vec<(&'a Located<String>, Vec<Located<String>>)>) {
    let items = || group.include.iter().flatten();
    let ids = items().map(|item| {
        let id = match &item.value {
            Item::Id(id) => id,
            Item::Group(nested) => &nested.id.value,
        };
        Located { value: id.clone(), line: item.line, column: item.column }
    });
    all.push((&group.id, ids.collect()));
    items().for_each(|item| {
        if let Item::Group(nested) = &item.value {
            add(nested, all);
        }
    });
}

#[cfg(test)]
mod tests;
