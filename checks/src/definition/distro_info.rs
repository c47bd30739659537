//! Reads the files of Debian's package `distro-info-data`, and renews the releases of distributions by them.
//!
//! A file has a line of column names and a line for each release, with commas between fields and without quotes. Fields at the
//! end of a line may be missing.

use super::problem::{Problem, Source};
use crate::distributions::{Distribution, Distributions, Release, number};
use chrono::NaiveDate;
use std::collections::BTreeMap;

#[cfg(test)]
mod tests;

/// The columns that every file has.
const COLUMNS: [&str; 4] = ["version", "series", "release", "eol"];

impl Distributions {
    /// Returns the data with the releases in newer files, by the name of each distribution.
    ///
    /// # Errors
    /// A file is missing, cannot be read, or lacks a release that is known; the files are older than what is known.
    pub fn renewed(&self, source: &str, as_of: NaiveDate, files: &BTreeMap<String, Source>) -> Result<Self, Problem> {
        let renewed = self.distributions.iter().map(|(name, known)| {
            let file = files.get(name).ok_or_else(|| {
                let message = format!("there is no file {name}.csv, and {name} is known");
                Problem::of_file(format!("{name}.csv"), message)
                    .help("take all files of one version of distro-info-data")
            })?;
            if as_of < self.as_of {
                let message = format!("these files are as of {as_of}, and what is known is as of {}", self.as_of);
                return Err(Problem::of_file(&file.path, message).help("take a newer version of distro-info-data"));
            }
            Ok((name.clone(), known.renewed(name, file)?))
        });
        let data = Self { distributions: renewed.collect::<Result<_, Problem>>()?, source: source.to_owned(), as_of };
        match data.contradiction() {
            Some(message) => Err(Problem::of_file("distro-info-data", message)),
            None => Ok(data),
        }
    }
}

impl Distribution {
    fn renewed(&self, name: &str, file: &Source) -> Result<Self, Problem> {
        let oldest = self.releases.first().map(|release| release.version.as_str());
        let all = releases(file)?.into_iter();
        let releases: Vec<Release> = all.skip_while(|release| oldest.is_some_and(|it| it != release.version)).collect();
        let lost = self.releases.iter().find(|known| !releases.iter().any(|release| release.version == known.version));
        if let Some(lost) = lost {
            let message = format!("{name} {} is not listed, and is known", lost.version);
            return Err(file.problem(0, 0, message).help("take the whole file; releases are never taken out of it"));
        }
        let rhythm = self.rhythm.clone();
        let trusted_until = rhythm.as_ref().and_then(|rhythm| rhythm.trusted_until(&releases)).ok_or_else(|| {
            let message = format!("until when a list of releases of {name} can be trusted is unknown");
            file.problem(0, 0, message)
                .help("write its `rhythm` into data/distributions.yaml, or set `trusted_until` there by hand")
        })?;
        Ok(Self { rhythm, trusted_until, releases })
    }
}

/// Reads the releases in a file, in their order.
///
/// # Errors
/// A column or a field is not as expected.
fn releases(file: &Source) -> Result<Vec<Release>, Problem> {
    let mut lines = file.text.lines().zip(1..);
    let names: Vec<&str> = lines.next().map_or(Vec::new(), |(line, _)| line.split(',').map(str::trim).collect());
    if let Some(missing) = COLUMNS.iter().find(|column| !names.contains(column)) {
        let message = format!("the first line names no column \"{missing}\"");
        return Err(file.problem(1, 1, message).help("take a file such as /usr/share/distro-info/debian.csv"));
    }
    let rows = lines.filter(|(text, _)| !text.trim().is_empty());
    rows.filter_map(|(text, line)| Row::read(file, line, &names, text).and_then(|row| row.release()).transpose())
        .collect()
}

/// A line of a file.
struct Row<'a> {
    file: &'a Source,
    line: usize,
    fields: BTreeMap<&'a str, Field<'a>>,
}

/// A field, and the column in which it begins.
struct Field<'a> {
    column: usize,
    text: &'a str,
}

impl<'a> Row<'a> {
    fn read(file: &'a Source, line: usize, names: &[&'a str], text: &'a str) -> Result<Self, Problem> {
        let mut column = 1;
        let mut fields = BTreeMap::new();
        for (index, text) in text.split(',').enumerate() {
            let Some(name) = names.get(index) else {
                return Err(file.problem(line, column, "this field has no column: the first line names fewer"));
            };
            fields.insert(*name, Field { column, text: text.trim() });
            column += text.chars().count() + 1;
        }
        Ok(Self { file, line, fields })
    }

    /// Returns the release; none for what is never released, such as Debian's sid.
    fn release(&self) -> Result<Option<Release>, Problem> {
        let Some(version) = self.text("version") else { return Ok(None) };
        let (version, lts) = version.strip_suffix(" LTS").map_or((version, false), |version| (version, true));
        let is_word = |series: &&str| series.bytes().all(|byte| byte.is_ascii_lowercase());
        let release = Release {
            version: number(version)
                .map(|_| version.to_owned())
                .ok_or_else(|| self.wrong("version", "24.04, or 24.04 LTS"))?,
            series: self
                .text("series")
                .filter(is_word)
                .ok_or_else(|| self.wrong("series", "a word in lower case"))?
                .to_owned(),
            lts,
            released: self.day("release")?,
            eol: self.day("eol")?,
            eol_lts: self.day("eol-lts")?,
            eol_esm: self.day("eol-esm")?,
        };
        match release.eol < release.released && release.eol.is_some() {
            true => Err(self.wrong("eol", "a day after that of the release")),
            false => Ok(Some(release)),
        }
    }

    fn text(&self, name: &str) -> Option<&'a str> {
        self.fields.get(name).map(|field| field.text).filter(|text| !text.is_empty())
    }

    fn day(&self, name: &str) -> Result<Option<NaiveDate>, Problem> {
        let day = |text| {
            NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| self.wrong(name, "a day such as 2026-04-23"))
        };
        self.text(name).map(day).transpose()
    }

    fn wrong(&self, name: &str, expected: &str) -> Problem {
        let field = self.fields.get(name);
        let (column, text) = field.map_or((1, ""), |field| (field.column, field.text));
        self.file.problem(self.line, column, format!("the field {name} is \"{text}\", not {expected}"))
    }
}
