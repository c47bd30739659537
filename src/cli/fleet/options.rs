//! Options that the commands for a fleet share.

use crate::cli::data::DataOptions;
use crate::cli::error::CliError;
use crate::cli::options::StandardsOptions;
use crate::cli::subject::complete;
use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc, Weekday};
use clap::Args;
use scs_checks::definition::{Definitions, Section};
use scs_fleet::config::{Config, Subject};
use scs_fleet::nightly::branches;
use scs_fleet::plan::{Choice, DecidedBy, NightTerms, Shard, choose, expand};
use scs_fleet::state::StateFolder;
use scs_subjects::wire::address::is_local;
use scs_subjects::world::SharedWorld;
use std::path::{Path, PathBuf};
use url::Url;

/// The configuration of the fleet.
#[derive(Args)]
pub(super) struct FleetOptions {
    /// Configuration of the fleet
    #[arg(long, value_name = "FILE", default_value = "scs-conformance.yaml")]
    config: PathBuf,

    #[command(flatten)]
    standards: StandardsOptions,
}

impl FleetOptions {
    /// Returns the file.
    pub(super) fn config(&self) -> &Path {
        &self.config
    }

    /// Reads the configuration and the definitions.
    ///
    /// # Errors
    /// Every problem in either, with its place.
    pub(super) fn load(&self) -> Result<(Config, Definitions), CliError> {
        let definitions = self.standards.definitions()?;
        let source = scs_standards::read(&self.config)?;
        let folder = self.config.parent().unwrap_or(Path::new(""));
        Ok((Config::load(&source, folder, &definitions)?, definitions))
    }
}

/// The state folder.
#[derive(Args)]
pub(super) struct StateOptions {
    /// Folder with the history, the journals and what is still to be delivered; one night at a time works with it
    #[arg(long, value_name = "DIR")]
    state_dir: PathBuf,
}

impl StateOptions {
    /// Returns the folder.
    pub(super) fn folder(&self) -> &Path {
        &self.state_dir
    }

    /// Opens the folder.
    ///
    /// # Errors
    /// It cannot be used, or another process works with it.
    pub(super) fn open(&self) -> Result<StateFolder, CliError> {
        Ok(StateFolder::open(&self.state_dir)?)
    }
}

/// The subjects that are wanted.
#[derive(Args)]
pub(super) struct SubjectsOptions {
    /// Only the subjects of this preset
    #[arg(long, value_name = "NAME")]
    preset: Option<String>,

    /// Only this subject; may be repeated. kaas-{branch} stands for all branches
    #[arg(long = "subject", value_name = "NAME")]
    subjects: Vec<String>,

    /// Only subjects with this scope; may be repeated
    #[arg(long = "scope", value_name = "NAME")]
    scopes: Vec<String>,

    /// Only part K of N of the subjects, such as 2/8 [default: $JOB_COMPLETION_INDEX + 1 of $SCS_SHARDS]
    #[arg(long, value_name = "K/N")]
    shard: Option<Shard>,
}

impl SubjectsOptions {
    /// Returns true if no name chooses among the subjects.
    pub(super) fn are_all(&self) -> bool {
        self.choice() == Choice::default()
    }

    /// Returns the names.
    pub(super) fn choice(&self) -> Choice {
        Choice { preset: self.preset.clone(), subjects: self.subjects.clone(), scopes: self.scopes.clone() }
    }

    /// Returns the subjects of a configuration that are meant, one for each branch of Kubernetes.
    ///
    /// # Errors
    /// A name is unknown, the variables name no part, or the data about Kubernetes cannot be used.
    pub(super) fn subjects(&self, config: &Config, data: &DataOptions) -> Result<Vec<Subject>, CliError> {
        let world = SharedWorld::from(data.options()?);
        let branches = complete(branches(config, &world, Utc::now()))?;
        let mut subjects = choose(config, expand(&config.subjects, &branches), &self.choice())?;
        if let Some(shard) = self.shard()? {
            subjects.retain(|subject| shard.has(subject));
        }
        Ok(subjects)
    }

    /// Returns the part, also that of an indexed job of Kubernetes.
    ///
    /// # Errors
    /// The variables name no part.
    pub(super) fn shard(&self) -> Result<Option<Shard>, CliError> {
        let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        match (self.shard, variable("SCS_SHARDS"), variable("JOB_COMPLETION_INDEX")) {
            (Some(shard), ..) => Ok(Some(shard)),
            (None, Some(of), Some(index)) => shard_of(&index, &of).map(Some),
            (None, Some(_), None) => {
                Err("SCS_SHARDS is set, but JOB_COMPLETION_INDEX is not: nobody says which part".into())
            }
            (None, None, _) => Ok(None),
        }
    }
}

/// Returns the part by the variables of an indexed job, which counts from 0.
fn shard_of(index: &str, of: &str) -> Result<Shard, CliError> {
    let wrong = || CliError::usage(format!("JOB_COMPLETION_INDEX {index} of SCS_SHARDS {of} is no part"));
    let number = index.parse::<u32>().ok().and_then(|index| index.checked_add(1)).ok_or_else(wrong)?;
    Shard::new(number, of.parse().map_err(|_| wrong())?).map_err(|_| wrong())
}

/// The testcases that are wanted.
#[derive(Args)]
pub(super) struct DueOptions {
    /// Run these sections, whatever is due: light,medium,heavy; .auto is light,medium, and heavy on Saturdays
    #[arg(long = "section", value_name = "LIST", value_parser = sections)]
    sections: Option<Sections>,

    /// Only run what is not decided in this night yet, by the state folder, or by the result server at URL
    #[arg(long, value_name = "URL", num_args = 0..=1, require_equals = true, default_missing_value = STATE)]
    #[arg(value_parser = missing_at)]
    only_missing: Option<MissingAt>,

    /// Run what expires within so many hours [default: before the next night is over]
    #[arg(long, value_name = "HOURS", conflicts_with = "sections")]
    expiring: Option<u32>,

    /// Date that the night belongs to, in UTC; the parts of one night name the same [default: today]
    #[arg(long, value_name = "DATE")]
    night: Option<NaiveDate>,
}

/// The place where it is looked up what is missing.
#[derive(Clone, Debug, Eq, PartialEq)]
enum MissingAt {
    State,
    Server(Url),
}

/// The value that stands for the state folder.
const STATE: &str = "state";

fn missing_at(text: &str) -> Result<MissingAt, CliError> {
    if text == STATE {
        return Ok(MissingAt::State);
    }
    match Url::parse(text) {
        Err(_) => Err("this is not an address; write one like https://compliance.example.org".into()),
        Ok(url) if !url.username().is_empty() || url.password().is_some() => {
            Err("there is a password in the address; name the server, with account and token, in the configuration"
                .into())
        }
        Ok(url) if url.scheme() != "https" && !(url.scheme() == "http" && is_local(&url)) => {
            Err("the server would be asked without encryption; use https".into())
        }
        Ok(url) => Ok(MissingAt::Server(url)),
    }
}

/// A choice of sections.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Sections {
    Auto,
    These(Vec<Section>),
}

fn sections(text: &str) -> Result<Sections, CliError> {
    if text == ".auto" {
        return Ok(Sections::Auto);
    }
    let parse = |word: &str| word.trim().parse::<Section>();
    let parsed: Result<Vec<Section>, _> = text.split(',').map(parse).collect();
    parsed
        .map(Sections::These)
        .map_err(|_| "sections are light, medium and heavy, with commas between; or .auto".into())
}

impl DueOptions {
    /// Returns the result server that says what is missing, if one does.
    pub(super) fn server(&self) -> Option<&Url> {
        match &self.only_missing {
            Some(MissingAt::Server(url)) => Some(url),
            Some(MissingAt::State) | None => None,
        }
    }

    /// Returns what is planned as of an instant.
    ///
    /// # Errors
    /// The variables name no shard.
    pub(super) fn terms(&self, subjects: &SubjectsOptions, now: DateTime<Utc>) -> Result<NightTerms, CliError> {
        let date = self.night.unwrap_or_else(|| now.date_naive());
        let sections = self.sections.clone().map(|sections| match sections {
            Sections::These(sections) => sections,
            Sections::Auto if date.weekday() == Weekday::Sat => vec![Section::Light, Section::Medium, Section::Heavy],
            Sections::Auto => vec![Section::Light, Section::Medium],
        });
        Ok(NightTerms {
            date,
            now,
            choice: subjects.choice(),
            shard: subjects.shard()?,
            sections,
            only_missing: self.only_missing.as_ref().map(|_| DecidedBy::State),
            horizon: self.expiring.map(|hours| TimeDelta::hours(hours.into())),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(".auto", Some(Sections::Auto))]
    #[case("light, heavy", Some(Sections::These(vec![Section::Light, Section::Heavy])))]
    #[case("lite", None)]
    #[case("", None)]
    fn sections_are_a_list_or_auto(#[case] text: &str, #[case] expected: Option<Sections>) {
        assert_eq!(sections(text).ok(), expected);
    }

    #[rstest]
    #[case("state", Ok(MissingAt::State))]
    #[case("https://s.example/base", Ok(MissingAt::Server(Url::parse("https://s.example/base").unwrap())))]
    #[case("http://127.0.0.1:1", Ok(MissingAt::Server(Url::parse("http://127.0.0.1:1").unwrap())))]
    #[case("http://s.example", Err("without encryption"))]
    #[case("ftp://localhost", Err("without encryption"))]
    #[case("https://a:b@s.example", Err("a password in the address"))]
    #[case("s.example", Err("not an address"))]
    fn missing_is_looked_up_in_a_safe_place(#[case] text: &str, #[case] expected: Result<MissingAt, &str>) {
        match (missing_at(text), expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found, expected),
            (Err(error), Err(expected)) => assert!(error.to_string().contains(expected), "{error}"),
            (found, expected) => panic!("{found:?} instead of {expected:?}"),
        }
    }

    #[rstest]
    #[case("0", "8", Some("1/8"))]
    #[case("7", "8", Some("8/8"))]
    #[case("8", "8", None)]
    #[case("x", "8", None)]
    #[case("0", "0", None)]
    fn indexed_jobs_count_from_zero(#[case] index: &str, #[case] of: &str, #[case] expected: Option<&str>) {
        assert_eq!(shard_of(index, of).ok().map(|shard| shard.to_string()).as_deref(), expected);
    }
}
