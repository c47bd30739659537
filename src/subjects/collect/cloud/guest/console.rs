//! Reads what the test server printed, out of all copies of it.

use super::Nonce;
use super::framing::{END, Line, SECTIONS, checksum, is_of_another_run, lines, plain};
use std::collections::BTreeMap;
use thiserror::Error;

/// The content of a console so far.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Console {
    /// True if the test server has printed its whole report at least once.
    pub finished: bool,
    /// The line of the console that shows that no report will come; none if it is finished.
    pub failed: Option<String>,
    /// True if it shows only the complete report of another run's test server.
    pub of_another_run: bool,
    /// The lines of each section, or the reason why they cannot be trusted. All sections are there, also those that the
    /// console does not have.
    pub sections: BTreeMap<String, Result<Vec<String>, Untrusted>>,
}

/// A section of a console that cannot be trusted.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("section {section} of the console: {problem}")]
pub struct Untrusted {
    /// The name of the section.
    pub section: String,
    /// The reason.
    #[source]
    pub problem: SectionProblem,
}

/// Reasons why a section of a console, or its end line, cannot be trusted.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum SectionProblem {
    /// Another run's test server printed it.
    #[error("{OF_ANOTHER_RUN}")]
    OfAnotherRun,
    /// No end line vouches for any section.
    #[error("the console has no intact end line")]
    NoEnd,
    /// The end line is damaged itself.
    #[error("the end line cannot be trusted, {0}")]
    End(#[source] Box<SectionProblem>),
    /// All copies are damaged.
    #[error("the console has no intact line of it")]
    Missing,
    /// Two copies differ.
    #[error("two copies of it are intact, but contradict each other")]
    Contradictory,
    /// A line is damaged in all copies.
    #[error("line {line} of {lines} is intact in no copy")]
    Line {
        /// The number of the line, from 1 on.
        line: usize,
        /// The number of lines of the section.
        lines: usize,
    },
    /// The end line promises something else.
    #[error("its lines do not have the checksum that the end line tells")]
    Checksum,
    /// The test server itself failed to find it out.
    #[error("the server could not find it out: {0}")]
    Server(String),
}

/// Reads the console of a run: all of it, or the last lines of it.
///
/// Each line is taken from any copy in which it is intact. A section is trusted only if it is
/// complete, no two intact lines contradict each other, and an end line vouches for it.
pub fn read(console: &str, nonce: &Nonce) -> Console {
    let console = plain(console);
    let mut gathered: BTreeMap<&str, Gathered<'_>> = BTreeMap::new();
    for line in lines(&console, nonce) {
        gathered.entry(line.section).or_insert_with(|| Gathered::like(&line)).add(&line);
    }
    let of_another_run = gathered.is_empty() && is_of_another_run(&console, nonce);
    let end = gathered.remove(END);
    let finished = end.is_some();
    let ending = if of_another_run { Err(SectionProblem::OfAnotherRun) } else { ending(end) };
    let sections = SECTIONS.map(|section| {
        let trusted = ending.as_ref().map_err(Clone::clone).and_then(|ending| {
            let gathered = gathered.get(section).ok_or(SectionProblem::Missing)?;
            gathered.trusted(ending.get(section).copied())
        });
        (section.to_owned(), trusted.map_err(|problem| Untrusted { section: section.to_owned(), problem }))
    });
    let failed = if finished { None } else { failure(&console) };
    Console { finished, failed, of_another_run, sections: sections.into() }
}

/// The reason that is given for a console that proves nothing about this run.
pub const OF_ANOTHER_RUN: &str = "console output of another run, which proves nothing";

/// The intact lines of a section, from all copies.
struct Gathered<'a> {
    ok: bool,
    texts: Vec<Option<&'a str>>,
    contradictory: bool,
}

impl<'a> Gathered<'a> {
    /// Makes room for a section with as many lines.
    fn like(line: &Line<'_>) -> Self {
        Self { ok: line.ok, texts: vec![None; line.lines], contradictory: false }
    }

    fn add(&mut self, line: &Line<'a>) {
        let fits = self.ok == line.ok && self.texts.len() == line.lines;
        match self.texts.get_mut(line.index) {
            Some(text) if fits => self.contradictory |= *text.get_or_insert(line.text) != line.text,
            _ => self.contradictory = true,
        }
    }

    /// Returns all lines in their order.
    fn complete(&self) -> Result<Vec<&'a str>, SectionProblem> {
        if self.contradictory {
            return Err(SectionProblem::Contradictory);
        }
        let lines = self.texts.len();
        let numbered = self.texts.iter().enumerate();
        numbered.map(|(index, text)| text.ok_or(SectionProblem::Line { line: index + 1, lines })).collect()
    }

    /// Returns all lines, if they are what the end line promised.
    fn trusted(&self, promised: Option<&str>) -> Result<Vec<String>, SectionProblem> {
        let texts = self.complete()?;
        let state = if self.ok { "ok" } else { "error" };
        let all = [&[state], texts.as_slice()].concat().join("\n");
        if promised != Some(&format!("{}:{}", texts.len(), checksum(&[&all]))) {
            return Err(SectionProblem::Checksum);
        }
        if !self.ok {
            return Err(SectionProblem::Server(texts.join(" ")));
        }
        Ok(texts.into_iter().map(str::to_owned).collect())
    }
}

/// Returns the checksum that the end line promises for each section.
fn ending<'a>(end: Option<Gathered<'a>>) -> Result<BTreeMap<&'a str, &'a str>, SectionProblem> {
    let end = end.ok_or(SectionProblem::NoEnd)?;
    let lines = end.complete().map_err(|problem| SectionProblem::End(Box::new(problem)))?;
    Ok(lines.iter().flat_map(|line| line.split(' ')).filter_map(|promise| promise.split_once('=')).collect())
}

/// Returns the first line that says that the script of the test server failed.
fn failure(console: &str) -> Option<String> {
    console.lines().find(|line| says_failure(line)).map(|line| line.trim().chars().take(200).collect())
}

/// Returns true for lines of a failure. Without Python the script does not start; else cloud-init says that it failed:
/// old ones call the module `scripts-user`, new ones `scripts_user`.
fn says_failure(line: &str) -> bool {
    let has = |part| line.contains(part);
    let no_python = has("env:") && has("python3") && has("No such file or directory");
    let our_module = has("scripts-user") || has("scripts_user");
    no_python || our_module && (has("Failed to run module") || has("Running module") && has("failed"))
}
