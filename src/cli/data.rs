//! `data`: what is publicly known of Kubernetes, and how old it is.

use super::output::{to_stdout, unwritten};
use super::progress::Progress;
use super::subject::complete;
use super::{Manner, exit, fail, note};
use crate::config::Environment;
use crate::files;
use crate::run::Event;
use crate::world::{Sources, WorldOptions, world};
use chrono::{NaiveTime, Utc};
use clap::Args;
use scs_checks::facts::{KubernetesWorld, WorldData, WorldSource, WorldWay};
use std::path::PathBuf;
use std::time::Duration;

/// Where data about the world comes from, for all commands that need it.
#[derive(Args, Debug, Default)]
pub(super) struct DataOptions {
    /// Use the documents of this folder about Kubernetes, and fetch nothing (see `data update`)
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,

    /// Fetch documents about Kubernetes from the addresses in this YAML file, for example of mirrors
    #[arg(long, value_name = "FILE")]
    data_sources: Option<PathBuf>,
}

/// The largest file of addresses that is read, in bytes.
const LARGEST: u64 = 1 << 20;

impl DataOptions {
    /// The options for [`world`].
    ///
    /// # Errors
    /// One sentence: the file of addresses cannot be used, or the folder is none.
    pub(super) fn options(&self) -> Result<WorldOptions, String> {
        let environment = Environment::of_process().map_err(|error| format!("no current directory: {error}"))?;
        let mut options = WorldOptions::of_environment(&environment);
        if let Some(folder) = self.data.as_ref().filter(|folder| folder.exists() && !folder.is_dir()) {
            return Err(format!("{} is no folder", folder.display()));
        }
        options.folder.clone_from(&self.data);
        if let Some(path) = &self.data_sources {
            let shown = path.display();
            let bytes = files::read_named(path, LARGEST).map_err(|error| format!("{error}; {}", error.help()))?;
            let text = String::from_utf8(bytes).map_err(|_| format!("{shown} is not text (UTF-8)"))?;
            options.sources = Sources::from_yaml(&text).map_err(|error| format!("{shown}: {error}"))?;
        }
        Ok(options)
    }
}

pub(super) const EXAMPLES: &str = "\
Examples:
  scs-conformance data update                  keep it where checks look for it
  scs-conformance data update --data kubernetes-data     for a machine without internet
  scs-conformance data show --data kubernetes-data

GITHUB_TOKEN, if set, raises the number of requests that GitHub allows. It is sent to GitHub only.

Exit codes: 0 done; 2 usage; 3 releases, branches or vulnerabilities could not be fetched; 4 the result
could not be printed";

/// `data update`
#[derive(Args)]
pub(super) struct Update {
    #[command(flatten)]
    options: DataOptions,
}

/// `data show`
#[derive(Args)]
pub(super) struct Show {
    #[command(flatten)]
    options: DataOptions,
}

/// What is quick needs no progress.
const QUICK: Duration = Duration::from_secs(1);

impl Update {
    pub(super) fn run(&self, manner: &Manner) -> u8 {
        let options = self.options.options().and_then(fetching);
        match options.and_then(|options| complete(fetch(&options, manner))) {
            Ok(world) => publish(&world, if all_live(&world) { exit::DONE } else { exit::UNDECIDED }),
            Err(message) => fail(message, exit::USAGE),
        }
    }
}

/// The folder of `--data` is filled here instead of being used.
fn fetching(options: WorldOptions) -> Result<WorldOptions, String> {
    let cache = options.folder.or(options.cache);
    if cache.is_none() {
        return Err("there is no home directory to keep data in; name a folder with --data".into());
    }
    Ok(WorldOptions { folder: None, cache, ..options })
}

async fn fetch(options: &WorldOptions, manner: &Manner) -> KubernetesWorld {
    let progress = Progress::after(manner, QUICK);
    // Problems are told once, by `publish`.
    let show = |event: &Event| match event {
        Event::Warning(_) => {}
        event => progress.show(event),
    };
    let (world, _) = world(options, Utc::now(), &show).await;
    progress.finish();
    world
}

/// True if there is a document of each kind that was fetched just now.
fn all_live(world: &KubernetesWorld) -> bool {
    let live = |data: WorldData| world.sources.iter().any(|s| s.data == data && s.way == WorldWay::Live);
    [WorldData::Releases, WorldData::Branches, WorldData::Vulnerabilities].into_iter().all(live)
}

impl Show {
    pub(super) fn run(&self) -> u8 {
        let offline = self.options.options().map(|options| WorldOptions { offline: true, ..options });
        let known = offline.and_then(|options| complete(async move { world(&options, Utc::now(), &|_| {}).await.0 }));
        match known {
            Ok(world) => publish(&world, exit::DONE),
            Err(message) => fail(message, exit::USAGE),
        }
    }
}

fn publish(world: &KubernetesWorld, code: u8) -> u8 {
    world.problems.iter().for_each(|problem| note(&format!("warning: {problem}")));
    match unwritten(to_stdout(&page(world))) {
        Err(message) => fail(message, exit::PUBLISHING),
        Ok(()) => code,
    }
}

/// Where everything is from and how old it is, and how much it is.
fn page(world: &KubernetesWorld) -> String {
    let line = |source: &WorldSource| {
        let as_of = source.as_of.format("%Y-%m-%d %H:%M UTC");
        format!("{:<16} as of {as_of}  {} ({}): {}\n", source.data.to_string(), source.name, source.way, source.address)
    };
    let mut text: String = world.sources.iter().map(line).collect();
    let today = Utc::now();
    let alive = world.branches.iter().filter(|branch| today < branch.end_of_life.and_time(NaiveTime::MIN).and_utc());
    let supported: Vec<String> =
        alive.map(|branch| format!("{} until {} ({})", branch.branch, branch.end_of_life, branch.from)).collect();
    let unread = world.vulnerabilities.iter().filter(|record| record.problem.is_some()).count();
    text.push_str(&format!(
        "\n{} releases\n{} branches, supported: {}\n{} vulnerabilities, {unread} of them could not be read\n",
        world.releases.len(),
        world.branches.len(),
        supported.join(", "),
        world.vulnerabilities.len(),
    ));
    for newest in newest(world) {
        text.push_str(&format!("newest release of {newest}\n"));
    }
    text
}

/// The last release of each supported branch. The list is sorted.
fn newest(world: &KubernetesWorld) -> impl Iterator<Item = String> {
    let today = Utc::now();
    let alive = world.branches.iter().filter(move |b| today < b.end_of_life.and_time(NaiveTime::MIN).and_utc());
    alive.filter_map(|branch| {
        let of_it = |version: &str| {
            let rest = version.trim_start_matches('v').strip_prefix(&branch.branch)?;
            rest.strip_prefix('.').map(drop)
        };
        let last = world.releases.iter().rfind(|release| of_it(&release.version).is_some())?;
        let version = last.version.trim_start_matches('v');
        Some(format!("{}: {version}, published {} ({})", branch.branch, last.published_at, last.from))
    })
}
