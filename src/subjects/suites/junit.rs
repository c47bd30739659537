//! The JUnit file that the end-to-end tests write, read as a stream.

mod attributes;
mod suite;
mod test;

pub(super) use attributes::after;
pub(super) use test::Specs;

use super::error::ContentError;
use super::states::{Contradictions, States};
use attributes::{attribute, micros, text};
use chrono::{DateTime, Utc};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::io::BufRead;
use suite::Suite;
use test::Test;

/// The deepest nesting of elements; real files have four levels.
const DEEPEST: usize = 50;

/// The content of a JUnit file.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub states: States,
    pub contradictions: Contradictions,
    /// The numbers of tests that are listed and were run, without the steps of ginkgo before and after them.
    pub specs: Specs,
    /// The end of the last suite.
    pub finished_at: Option<DateTime<Utc>>,
    /// True if a suite says that it only listed the tests.
    pub dry_run: bool,
    /// True if the file is complete, and no suite was interrupted.
    pub complete: bool,
    /// True if each suite says that it succeeded; none if no suite says anything.
    pub succeeded: Option<bool>,
    /// The focus of each suite; none if it does not say it, or leaves tests out.
    pub focus: Vec<Option<String>>,
    /// True if the totals of each suite are those of tests that were run and of tests that were left out.
    pub lists_skipped: bool,
}

/// A file that is being read.
#[derive(Default)]
struct Reading {
    report: Report,
    /// The suites that are open, the outermost first.
    suites: Vec<Suite>,
    test: Option<Test>,
    any_suite: bool,
    interrupted: bool,
}

impl Report {
    /// Reads a file.
    ///
    /// # Errors
    /// It is not XML: where; or it has too many tests.
    pub fn read(file: impl BufRead) -> Result<Self, ContentError> {
        let mut reader = Reader::from_reader(file);
        let (mut reading, mut depth, mut buffer) = (Reading::default(), 0usize, Vec::new());
        loop {
            buffer.clear();
            let event = reader
                .read_event_into(&mut buffer)
                .map_err(|source| ContentError::Xml { position: reader.error_position(), source })?;
            match event {
                Event::Eof => break,
                Event::Start(tag) => {
                    depth += 1;
                    if depth > DEEPEST {
                        let why = format!("it is not a JUnit file: it has elements more than {DEEPEST} deep");
                        return Err(ContentError::Malformed(why));
                    }
                    reading.open(&tag)?;
                }
                Event::Empty(tag) => {
                    reading.open(&tag)?;
                    reading.close(tag.local_name().as_ref())?;
                }
                Event::End(tag) => {
                    depth = depth.saturating_sub(1);
                    reading.close(tag.local_name().as_ref())?;
                }
                _ => {}
            }
        }
        let Reading { mut report, any_suite, interrupted, .. } = reading;
        report.complete = depth == 0 && any_suite && !interrupted;
        report.lists_skipped &= any_suite;
        Ok(report)
    }
}

impl Reading {
    fn open(&mut self, tag: &BytesStart<'_>) -> Result<(), ContentError> {
        match tag.local_name().as_ref() {
            b"testsuites" | b"testsuite" => self.suites.push(Suite::open(tag)?),
            b"property" => self.property(&text(tag, "name")?, &text(tag, "value")?),
            b"testcase" if self.test.is_some() => {
                return Err(ContentError::Malformed("it has a test within another".to_owned()));
            }
            b"testcase" => self.test = Some(self.case(tag)?),
            b"failure" | b"error" => self.has("failed"),
            b"skipped" => self.has("skipped"),
            b"properties" | b"system-out" | b"system-err" => {}
            other => {
                if let Some(test) = &self.test {
                    let (name, other) = (&test.name, String::from_utf8_lossy(other));
                    self.report.contradictions.add(format!("{name:?} has a <{other}>, which may mean anything"));
                }
            }
        }
        Ok(())
    }

    fn case(&mut self, tag: &BytesStart<'_>) -> Result<Test, ContentError> {
        let name = text(tag, "name")?;
        let time = attribute(tag, "time")?;
        let micros = time.as_deref().and_then(micros);
        if let (Some(time), None) = (&time, micros) {
            self.report.contradictions.add(format!("{name:?} has taken {time:?} seconds"));
        }
        Ok(Test { name, says: attribute(tag, "status")?, has: None, micros })
    }

    fn has(&mut self, what: &'static str) {
        match &mut self.test {
            Some(test) if test.has.is_none_or(|had| had == what) => test.has = Some(what),
            Some(test) => {
                self.report.contradictions.add(format!("{:?} is failed and skipped in one file", test.name));
                test.has = Some("failed");
            }
            None => self.report.contradictions.add("a failure belongs to no test"),
        }
    }

    fn property(&mut self, name: &str, value: &str) {
        let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        match plain.as_str() {
            "dryrun" => self.report.dry_run |= !matches!(value, "" | "false"),
            "specialsuitefailurereason" => self.interrupted |= !value.is_empty(),
            _ => {
                if let Some(suite) = self.suites.last_mut() {
                    suite.property(&plain, value);
                }
            }
        }
    }

    fn close(&mut self, tag: &[u8]) -> Result<(), ContentError> {
        match tag {
            b"testcase" => match (self.test.take(), self.suites.last_mut()) {
                (Some(test), Some(suite)) => suite.add(test, &mut self.report.contradictions),
                (Some(_), None) => Err(ContentError::Malformed("it has a test that belongs to no suite".to_owned())),
                (None, _) => Ok(()),
            },
            b"testsuites" | b"testsuite" => match self.suites.pop() {
                Some(suite) => self.leave(suite, tag == b"testsuite"),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// Takes in a suite that is read to its end.
    fn leave(&mut self, suite: Suite, has_tests: bool) -> Result<(), ContentError> {
        let report = &mut self.report;
        suite.check_totals(&mut report.contradictions);
        if let Some(parent) = self.suites.last_mut() {
            parent.count(&suite);
        }
        if !has_tests {
            return Ok(());
        }
        report.lists_skipped = suite.lists_skipped() && (report.lists_skipped || !self.any_suite);
        self.any_suite = true;
        report.finished_at = report.finished_at.max(suite.finished_at());
        report.succeeded = match (report.succeeded, suite.succeeded) {
            (Some(one), Some(other)) => Some(one && other),
            (one, other) => one.or(other),
        };
        report.focus.push(suite.focus());
        let specs = suite.specs();
        report.specs.listed += specs.listed;
        report.specs.ran += specs.ran;
        report.states.join(suite.states, &mut report.contradictions)
    }
}
