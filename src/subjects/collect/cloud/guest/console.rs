//! Reads what the test server printed, out of all copies of it.

use super::Nonce;
use super::framing::{END, Line, SECTIONS, checksum, is_of_another_run, lines, plain};
use std::collections::BTreeMap;

/// The content of a console so far.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Console {
    /// True if the test server has printed its whole report at least once.
    pub finished: bool,
    /// The line of the console that shows that no report will come; none if it is finished.
    pub failed: Option<String>,
    /// True if it shows only the complete report of another run's test server.
    pub of_another_run: bool,
    /// The lines of each section, or one sentence that says why they cannot be trusted. All
    /// sections are there, also those that the console does not have.
    pub sections: BTreeMap<String, Result<Vec<String>, String>>,
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
    let ending = if of_another_run { Err(OF_ANOTHER_RUN.to_owned()) } else { ending(end) };
    let sections = SECTIONS.map(|section| {
        let trusted = ending.as_ref().map_err(Clone::clone).and_then(|ending| {
            let gathered = gathered.get(section).ok_or("the console has no intact line of it")?;
            gathered.trusted(ending.get(section).copied())
        });
        (section.to_owned(), trusted.map_err(|why| format!("section {section} of the console: {why}")))
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
    fn complete(&self) -> Result<Vec<&'a str>, String> {
        if self.contradictory {
            return Err("two copies of it are intact, but contradict each other".to_owned());
        }
        let lines = self.texts.len();
        let numbered = self.texts.iter().enumerate();
        numbered
            .map(|(index, text)| text.ok_or_else(|| format!("line {} of {lines} is intact in no copy", index + 1)))
            .collect()
    }

    /// Returns all lines, if they are what the end line promised.
    fn trusted(&self, promised: Option<&str>) -> Result<Vec<String>, String> {
        let texts = self.complete()?;
        let state = if self.ok { "ok" } else { "error" };
        let all = [&[state], texts.as_slice()].concat().join("\n");
        if promised != Some(&format!("{}:{}", texts.len(), checksum(&[&all]))) {
            return Err("its lines do not have the checksum that the end line tells".to_owned());
        }
        if !self.ok {
            return Err(format!("the server could not find it out: {}", texts.join(" ")));
        }
        Ok(texts.into_iter().map(str::to_owned).collect())
    }
}

/// Returns the checksum that the end line promises for each section.
fn ending<'a>(end: Option<Gathered<'a>>) -> Result<BTreeMap<&'a str, &'a str>, String> {
    let end = end.ok_or("the console has no intact end line")?;
    let lines = end.complete().map_err(|why| format!("the end line cannot be trusted, {why}"))?;
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
