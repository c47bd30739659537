//! `data`: fetches public data about Kubernetes, and shows its sources and age.

use super::distributions::DistributionOptions;
use super::error::CliError;
use super::form::ResultOptions;
use super::progress::Progress;
use super::style::OutputStyle;
use super::subject::{complete, environment};
use super::terminal::note;
use chrono::Utc;
use clap::Args;
use scs_checks::facts::{KubernetesWorld, WorldSource};
use scs_reports::ExitCode;
use scs_subjects::watch::{EventKind, Events};
use scs_subjects::world::{Sources, WorldOptions, world};
use std::path::PathBuf;
use std::time::Duration;

/// The sources of public data, for all commands that need it.
#[derive(Args, Debug, Default)]
pub(super) struct DataOptions {
    /// Use the Kubernetes data in this folder (see `data update`) instead of fetching it; `none` uses only the built-in data
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,

    #[command(flatten)]
    addresses: Addresses,
}

/// The addresses from which documents are fetched.
#[derive(Args, Debug, Default)]
struct Addresses {
    /// Fetch Kubernetes data from the addresses in this YAML file, for example of mirrors
    #[arg(long, value_name = "FILE")]
    data_sources: Option<PathBuf>,
}

/// The largest file of addresses that is read, in bytes.
const LARGEST: u64 = 1 << 20;

/// The value of `--data` that stands for no folder: the built-in data alone.
const NONE: &str = "none";

impl Addresses {
    /// Returns the options for [`world`], without a folder.
    ///
    /// # Errors
    /// The file of addresses cannot be used.
    fn options(&self) -> Result<WorldOptions, CliError> {
        let mut options = WorldOptions::from_environment(&environment()?);
        if let Some(path) = &self.data_sources {
            let shown = path.display();
            let bytes = scs_files::read_named(path, LARGEST).map_err(|error| format!("{error}; {}", error.help()))?;
            let text = String::from_utf8(bytes).map_err(|_| format!("{shown} is not text (UTF-8)"))?;
            options.sources = Sources::from_yaml(&text).map_err(|error| format!("{shown}: {error}"))?;
        }
        Ok(options)
    }
}

impl DataOptions {
    /// Returns the options for [`world`].
    ///
    /// # Errors
    /// The file of addresses cannot be used, or there is no such folder.
    pub(super) fn options(&self) -> Result<WorldOptions, CliError> {
        let options = self.addresses.options()?;
        match &self.data {
            None => Ok(options),
            Some(folder) if folder.as_os_str() == NONE => Ok(WorldOptions { offline: true, cache: None, ..options }),
            Some(folder) if folder.is_dir() => Ok(WorldOptions { folder: Some(folder.clone()), ..options }),
            Some(folder) if folder.exists() => Err(format!("--data {} is not a folder", folder.display()).into()),
            Some(folder) => Err(CliError::usage(format!(
                "--data {}: there is no such folder; fill one with `scs-conformance data update --data DIR`",
                folder.display()
            ))),
        }
    }
}

pub(super) const EXAMPLES: &str = "\
Examples:
  scs-conformance data update              where checks look for it
  scs-conformance data update --data kubernetes-data       for offline use
  scs-conformance data update --distributions /usr/share/distro-info \\
    --source 'distro-info-data 0.66' --as-of 2026-10-20 --standards mine
  scs-conformance data show --data kubernetes-data
  scs-conformance data show --data none    only the built-in data

GITHUB_TOKEN, if set, raises the number of requests that GitHub allows. It is sent to GitHub only.

Exit codes: 0 done; 2 usage; 3 releases, branches or vulnerabilities could not be fetched; 4 the result could not be \
printed";

/// `data update`
#[derive(Args)]
#[command(after_help = "\
Examples:
  scs-conformance data update
  scs-conformance data update --data kubernetes-data
  scs-conformance data update --distributions /usr/share/distro-info \\
    --source 'distro-info-data 0.66' --as-of 2026-10-20 --standards mine")]
pub(super) struct Update {
    /// Write the Kubernetes data to this folder, which is created if needed, instead of to the folder where checks look for it
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,

    #[command(flatten)]
    addresses: Addresses,

    #[command(flatten)]
    distributions: DistributionOptions,
}

/// `data show`
#[derive(Args)]
#[command(after_help = "\
Examples:
  scs-conformance data show
  scs-conformance data show --data kubernetes-data -o json")]
pub(super) struct Show {
    #[command(flatten)]
    options: DataOptions,

    #[command(flatten)]
    output: ResultOptions,
}

/// Fetching is quick; progress is shown only if it is not.
const QUICK: Duration = Duration::from_secs(1);

impl Update {
    pub(super) fn run(&self, style: &OutputStyle) -> Result<ExitCode, CliError> {
        if let Some(code) = self.distributions.run()? {
            return Ok(code);
        }
        let options = self.keeping(self.addresses.options()?)?;
        let world = complete(fetch(&options, style))?;
        publish(&world, &ResultOptions::default())?;
        Ok(if world.is_live() { ExitCode::Success } else { ExitCode::Undecided })
    }

    /// Sets the folder to fill: that of `--data`, which is not read here, or the one where checks look.
    fn keeping(&self, options: WorldOptions) -> Result<WorldOptions, CliError> {
        let cache = self.data.clone().or(options.cache);
        match &cache {
            None => Err("there is no home directory to keep data in; name a folder with --data".into()),
            Some(folder) if folder.as_os_str() == NONE => {
                Err(format!("--data {NONE} stands for no folder; for one with that name, say --data ./{NONE}").into())
            }
            Some(folder) if folder.exists() && !folder.is_dir() => {
                Err(format!("--data {} is not a folder", folder.display()).into())
            }
            Some(_) => Ok(WorldOptions { cache, ..options }),
        }
    }
}

async fn fetch(options: &WorldOptions, style: &OutputStyle) -> KubernetesWorld {
    let progress = Progress::after(style, QUICK);
    // Problems are told once, by `publish`.
    let events = progress.events("Kubernetes").with_filter(|event| match event.kind {
        EventKind::Warning { .. } => None,
        _ => Some(event),
    });
    let (world, _) = world(options, Utc::now(), &events).await;
    progress.finish();
    world
}

impl Show {
    pub(super) fn run(&self) -> Result<ExitCode, CliError> {
        self.output.prepare()?;
        let options = WorldOptions { offline: true, ..self.options.options()? };
        let (known, _) = complete(async move { world(&options, Utc::now(), &Events::none()).await })?;
        publish(&known, &self.output)?;
        Ok(ExitCode::Success)
    }
}

fn publish(world: &KubernetesWorld, output: &ResultOptions) -> Result<(), CliError> {
    let unread = world.unread.iter().map(|entry| format!("{}: {}", entry.from, entry.problem));
    world.problems.iter().cloned().chain(unread).for_each(|problem| note(&format!("warning: {problem}")));
    output.write(if output.is_json() { serde_json::to_string_pretty(world)? + "\n" } else { page(world) })
}

/// Returns the sources, their age, and how much each holds.
fn page(world: &KubernetesWorld) -> String {
    let line = |source: &WorldSource| {
        let as_of = source.as_of.format("%Y-%m-%d %H:%M UTC");
        format!("{:<16} as of {as_of}  {} ({}): {}\n", source.data.to_string(), source.name, source.way, source.address)
    };
    let mut text: String = world.sources.iter().map(line).collect();
    let now = Utc::now();
    let supported: Vec<String> =
        world.supported_at(now).map(|one| format!("{} until {} ({})", one.branch, one.end_of_life, one.from)).collect();
    let unread = world.vulnerabilities.iter().filter(|record| record.problem.is_some()).count();
    text.push_str(&format!(
        "\n{} releases\n{} branches, supported: {}\n{} entries of these lists could not be read\n\
         {} vulnerabilities, {unread} of them could not be read\n",
        world.releases.len(),
        world.branches.len(),
        supported.join(", "),
        world.unread.len(),
        world.vulnerabilities.len(),
    ));
    for branch in world.supported_at(now) {
        if let Some(last) = world.newest_release(branch) {
            let (version, day) = (last.version.trim_start_matches('v'), last.published_at);
            text.push_str(&format!(
                "newest release of {}: {version}, published {day} ({})\n",
                branch.branch, last.from
            ));
        }
    }
    text
}
