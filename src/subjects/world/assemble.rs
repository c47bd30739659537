//! Makes one picture of several documents: exact dates before days, official ones before others.

use super::documents::CveFeed;
use super::parsed::{Attempt, ObtainedDocument, Parsed};
use super::sources::Document;
use scs_checks::facts::{
    KubernetesBranch, KubernetesRelease, KubernetesWorld, UnreadEntry, Vulnerability, WorldData, WorldSource, WorldWay,
};
use scs_checks::kaas::kubernetes_version::{Branch, Spelled, Version};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

const WITHOUT_FEED: &str = "without the CVE feed these records may be incomplete: they do not count as current";

/// Documents that were had, in the order of their weight.
#[derive(Default)]
pub(super) struct Assembly {
    sources: Vec<WorldSource>,
    problems: Vec<String>,
    unread: Vec<UnreadEntry>,
    releases: BTreeMap<Version, KubernetesRelease>,
    branches: BTreeMap<Branch, KubernetesBranch>,
    feed: Option<(CveFeed, WorldSource)>,
    records: BTreeMap<String, Vulnerability>,
    /// The records that could not be had, with the reason.
    lost: BTreeMap<String, String>,
    /// Of the records that were had: how many, and the newest.
    had: Option<(usize, WorldSource)>,
    /// True if the records are all that matter, even without the feed: those of the snapshot were chosen so.
    pub records_are_all: bool,
}

impl Assembly {
    /// Returns the ids that the feed lists.
    pub fn ids(&self) -> BTreeSet<String> {
        self.feed.as_ref().map(|(feed, _)| feed.ids.clone()).unwrap_or_default()
    }

    /// Takes what came of a document. What was taken before weighs more.
    pub fn take(&mut self, document: &Document, Attempt { obtained, problem }: Attempt) {
        match (document, obtained) {
            (Document::Record(id), None) => {
                let problem = problem.unwrap_or_else(|| "there is no record of it".into());
                self.lost.insert(id.clone(), problem);
            }
            (_, obtained) => {
                self.problems.extend(problem);
                if let Some(obtained) = obtained {
                    self.add(document, obtained);
                }
            }
        }
    }

    fn add(&mut self, document: &Document, ObtainedDocument { parsed, way, address, as_of }: ObtainedDocument) {
        let source = WorldSource { name: document.name().into(), data: parsed.data(), address, way, as_of };
        match parsed {
            Parsed::Releases(releases) => {
                self.sources.push(source);
                self.unread.extend(releases.unread);
                self.add_releases(releases.list);
            }
            Parsed::Branches(branches) => {
                self.sources.push(source);
                self.unread.extend(branches.unread);
                self.add_branches(branches.list);
            }
            Parsed::Feed(feed) => {
                let odd =
                    feed.odd.iter().map(|id| (id.clone(), "the CVE feed lists it, and it is not an id".to_owned()));
                self.lost.extend(odd);
                self.feed = Some((feed, source));
            }
            Parsed::Record(record) => {
                self.add_record_source(source);
                self.records.insert(record.id.clone(), *record);
            }
        }
    }

    fn add_releases(&mut self, releases: Vec<KubernetesRelease>) {
        for release in releases {
            match release.version.parse::<Spelled>() {
                Ok(Spelled { version, .. }) => {
                    self.releases.entry(version).or_insert(release);
                }
                Err(problem) => {
                    self.unread.push(unread(WorldData::Releases, release.version, problem.to_string(), release.from))
                }
            }
        }
    }

    fn add_branches(&mut self, branches: Vec<KubernetesBranch>) {
        for branch in branches {
            match branch.branch.parse::<Branch>() {
                Ok(name) => {
                    self.branches.entry(name).or_insert(branch);
                }
                Err(problem) => {
                    self.unread.push(unread(WorldData::Branches, branch.branch, problem.to_string(), branch.from))
                }
            }
        }
    }

    /// Adds one line of evidence for all records: the newest stands for them.
    fn add_record_source(&mut self, source: WorldSource) {
        self.had = Some(match self.had.take() {
            None => (1, source),
            Some((count, other)) if other.as_of >= source.as_of => (count + 1, other),
            Some((count, _)) => (count + 1, source),
        });
    }

    /// Returns the whole picture. What no document tells is filled in from `rest`, the snapshot.
    pub fn finish<E: Display>(mut self, rest: Result<KubernetesWorld, E>) -> KubernetesWorld {
        self.add_vulnerability_sources();
        let rest = rest.unwrap_or_else(|problem| {
            self.problems.push(problem.to_string());
            KubernetesWorld::default()
        });
        self.add_releases(rest.releases);
        self.add_branches(rest.branches);
        self.unread.extend(rest.unread);
        for record in rest.vulnerabilities {
            self.lost.remove(&record.id);
            if self.records.get(&record.id).is_none_or(says_nothing) {
                self.records.insert(record.id.clone(), record);
            }
        }
        for (id, problem) in std::mem::take(&mut self.lost) {
            let from = Document::Record(String::new()).name().to_owned();
            self.records
                .insert(id.clone(), Vulnerability { id, from, problem: Some(problem), ..Vulnerability::default() });
        }
        let mut world = KubernetesWorld {
            sources: self.sources,
            problems: self.problems,
            unread: self.unread,
            releases: self.releases.into_values().collect(),
            branches: self.branches.into_values().collect(),
            vulnerabilities: self.records.into_values().collect(),
        };
        add_used_sources(&mut world, rest.sources);
        world
    }

    /// Adds the sources of records. The feed only counts if at least one record of it could be had: ids alone tell
    /// nothing. Nor do records alone: without the feed nobody knows whether they are all.
    fn add_vulnerability_sources(&mut self) {
        let listed = self.feed.take();
        if self.had.is_none() && listed.is_some() {
            let problem = format!("none of the {} records of the CVE feed could be had", self.lost.len());
            self.problems.push(problem);
        }
        let Some((count, mut newest)) = self.had.take() else { return };
        newest.address = format!("{} and {} more", newest.address, count - 1);
        match listed {
            // Records are as complete as the list that names them.
            Some((_, feed)) => {
                newest.as_of = newest.as_of.min(feed.as_of);
                self.sources.extend([feed, newest]);
            }
            None if self.records_are_all => self.sources.push(newest),
            None => self.problems.push(format!("{}: {WITHOUT_FEED}", newest.address)),
        }
    }
}

/// Returns true for a record that names neither a product nor a score, as some old ones do (`n/a`): what is known from
/// a text instead tells more.
fn says_nothing(record: &Vulnerability) -> bool {
    let is_nameless = |name: &str| matches!(name.trim().to_ascii_lowercase().as_str(), "" | "n/a");
    let has_no_score = record.scores.is_empty() && record.unread_scores.is_empty();
    !record.rejected && has_no_score && record.affected.iter().all(|affected| is_nameless(&affected.product))
}

/// Returns the sources of the snapshot that anything is from, or that tell of what nothing else tells.
fn add_used_sources(world: &mut KubernetesWorld, sources: Vec<WorldSource>) {
    let mut used: BTreeSet<String> = world.releases.iter().map(|release| release.from.clone()).collect();
    used.extend(world.branches.iter().map(|branch| branch.from.clone()));
    used.extend(world.vulnerabilities.iter().map(|record| record.from.clone()));
    let told: BTreeSet<WorldData> = world.sources.iter().map(|source| source.data).collect();
    world
        .sources
        .extend(sources.into_iter().filter(|source| used.contains(&source.name) || !told.contains(&source.data)));
}

fn unread(data: WorldData, name: String, problem: String, from: String) -> UnreadEntry {
    UnreadEntry { data, name: Some(name), problem, from }
}

/// Marks what was built in, wherever it is named.
pub(super) fn marked_as_bundle(mut world: KubernetesWorld) -> KubernetesWorld {
    let mark = |name: &mut String| name.push_str(" (built in)");
    for source in &mut world.sources {
        mark(&mut source.name);
        source.way = WorldWay::Bundle;
    }
    world.releases.iter_mut().for_each(|release| mark(&mut release.from));
    world.branches.iter_mut().for_each(|branch| mark(&mut branch.from));
    world.unread.iter_mut().for_each(|entry| mark(&mut entry.from));
    world.vulnerabilities.iter_mut().for_each(|record| mark(&mut record.from));
    world
}
