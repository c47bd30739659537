//! `data update --distributions`: renews the releases of distributions, by which rules about images and nodes decide, in a folder
//! of definitions.

use super::error::CliError;
use super::sink::{Sink, to_stdout};
use chrono::NaiveDate;
use clap::Args;
use scs_checks::definition::{Source, distributions_of};
use scs_checks::distributions::{Distribution, Distributions};
use scs_reports::ExitCode;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The files to take, their origin, and the folder to write to.
#[derive(Args)]
pub(super) struct DistributionOptions {
    /// Instead of Kubernetes data, renew the releases of distributions in --standards by debian.csv and ubuntu.csv in this folder
    #[arg(long, value_name = "DIR", requires_all = ["source", "as_of", "standards"])]
    distributions: Option<PathBuf>,

    /// Package and version of these files, for example "distro-info-data 0.66"
    #[arg(long, value_name = "TEXT", requires = "distributions")]
    source: Option<String>,

    /// Day of that version of the package
    #[arg(long, value_name = "YYYY-MM-DD", requires = "distributions")]
    as_of: Option<NaiveDate>,

    /// Folder with definitions, in which --distributions writes data/distributions.yaml
    #[arg(long, value_name = "DIR")]
    standards: Option<PathBuf>,
}

/// The largest file of releases that is read, in bytes.
const LARGEST: u64 = 1 << 20;

impl DistributionOptions {
    /// Renews the releases, if that is wanted.
    ///
    /// # Errors
    /// The definitions or the files cannot be read, or the result cannot be written.
    pub(super) fn run(&self) -> Result<Option<ExitCode>, CliError> {
        let (Some(files), Some(source), Some(as_of), Some(standards)) =
            (&self.distributions, &self.source, self.as_of, &self.standards)
        else {
            return Ok(None);
        };
        let known = known(standards)?;
        let renewed = known.renewed(source, as_of, &read(files, &known)?)?;
        let path = standards.join(scs_standards::DISTRIBUTIONS);
        let target = Sink::Path(path.clone());
        target.prepare()?;
        target.write(renewed.to_yaml())?;
        to_stdout(&page(&path, &renewed))?;
        Ok(Some(ExitCode::Success))
    }
}

/// Returns the releases in a folder of definitions; where it has none, those that are built in.
fn known(standards: &Path) -> Result<Distributions, CliError> {
    let own = distributions_of(&scs_standards::files_of(standards)?.standards)?;
    let known = match own {
        Some(known) => Some(known),
        None => distributions_of(&scs_standards::embedded_files()?.standards)?,
    };
    known.ok_or_else(|| CliError::usage("there are no releases of distributions to renew"))
}

/// Reads the file of each distribution that is known.
fn read(folder: &Path, known: &Distributions) -> Result<BTreeMap<String, Source>, CliError> {
    let read = |name: &String| -> Result<(String, Source), CliError> {
        let path = folder.join(format!("{name}.csv"));
        let text = scs_files::read_text(&path, LARGEST).map_err(|error| format!("{error}; {}", error.help()))?;
        Ok((name.clone(), Source { path: path.display().to_string(), text }))
    };
    known.distributions.keys().map(read).collect()
}

/// Returns what was written, one distribution a line.
fn page(path: &Path, data: &Distributions) -> String {
    let line = |(name, distribution): (&String, &Distribution)| {
        let released = distribution.releases.iter().filter(|release| release.released.is_some());
        let newest = released.max_by_key(|release| release.released);
        let newest = newest.map_or("none".to_owned(), |release| format!("{} ({})", release.version, release.series));
        let (count, until) = (distribution.releases.len(), distribution.trusted_until);
        format!("{name:<8} {count} releases, newest {newest}; can be trusted until {until}\n")
    };
    let lines: String = data.distributions.iter().map(line).collect();
    format!("{}: {} as of {}\n{lines}", path.display(), data.source, data.as_of)
}
