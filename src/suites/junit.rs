//! The JUnit file that the end-to-end tests write, read as a stream.

mod suite;

use super::states::{Contradictions, State, States};
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use std::io::BufRead;
use suite::Suite;

/// How deep elements may stand in each other; those of real files stand four deep.
const DEEPEST: usize = 50;

/// What a JUnit file says.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub states: States,
    pub contradictions: Contradictions,
    /// How many tests are listed, and how many of them were run, without what ginkgo does before and after them.
    pub specs: Specs,
    /// When the last suite ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// Whether a suite says of itself that it only listed the tests.
    pub dry_run: bool,
    /// Whether the file ends as it should, and no suite was interrupted.
    pub complete: bool,
    /// Whether each suite says that it succeeded; none where none says anything.
    pub succeeded: Option<bool>,
    /// Which tests each suite was told to choose: none where it does not say, or leaves any out.
    pub focus: Vec<Option<String>>,
    /// Whether the totals of each suite are those of tests that were run and of tests that were left out.
    pub lists_skipped: bool,
}

/// Numbers of tests.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Specs {
    pub listed: usize,
    pub ran: usize,
}

/// The test that is being read.
#[derive(Debug, Default)]
struct Test {
    name: String,
    /// What its attribute says, if it has one.
    says: Option<String>,
    /// What is in it.
    has: Option<&'static str>,
    micros: Option<u64>,
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
    pub fn read(file: impl BufRead) -> Result<Self, String> {
        let mut reader = Reader::from_reader(file);
        let (mut reading, mut depth, mut buffer) = (Reading::default(), 0usize, Vec::new());
        loop {
            buffer.clear();
            let event = reader
                .read_event_into(&mut buffer)
                .map_err(|error| format!("it is not a JUnit file, at byte {}: {error}", reader.error_position()))?;
            match event {
                Event::Eof => break,
                Event::Start(tag) => {
                    depth += 1;
                    if depth > DEEPEST {
                        return Err(format!("it is not a JUnit file: it has elements more than {DEEPEST} deep"));
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
    fn open(&mut self, tag: &BytesStart<'_>) -> Result<(), String> {
        match tag.local_name().as_ref() {
            b"testsuites" | b"testsuite" => self.suites.push(Suite::open(tag)?),
            b"property" => self.property(&text(tag, "name")?, &text(tag, "value")?),
            b"testcase" if self.test.is_some() => return Err("it has a test within another".to_owned()),
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

    fn case(&mut self, tag: &BytesStart<'_>) -> Result<Test, String> {
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

    fn close(&mut self, tag: &[u8]) -> Result<(), String> {
        match tag {
            b"testcase" => match (self.test.take(), self.suites.last_mut()) {
                (Some(test), Some(suite)) => suite.add(test, &mut self.report.contradictions),
                (Some(_), None) => Err("it has a test that belongs to no suite".to_owned()),
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
    fn leave(&mut self, suite: Suite, has_tests: bool) -> Result<(), String> {
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

/// Returns what a status means, in the words of states.
fn meaning(status: &str) -> &str {
    match status {
        "failed" | "timedout" | "panicked" | "interrupted" | "aborted" => "failed",
        "skipped" | "pending" | "disabled" => "skipped",
        other => other,
    }
}

impl Test {
    /// Returns its state; what it says has to be what it has.
    fn state(&self, contradictions: &mut Contradictions) -> State {
        let has = self.has.unwrap_or("passed");
        let says = self.says.as_deref().map(meaning).filter(|says| !says.is_empty()).unwrap_or(has);
        let status = match (says, has) {
            (says, has) if says == has => says,
            // A word that ginkgo does not know.
            (says, "passed") if !matches!(says, "failed" | "skipped") => says,
            (says, has) => {
                contradictions.add(format!("{:?} says that it is {says}, and is {has}", self.name));
                "failed"
            }
        };
        State { status: status.to_owned(), micros: self.micros }
    }
}

fn micros(time: &str) -> Option<u64> {
    let seconds: f64 = time.trim().parse().ok()?;
    (0.0..1e9).contains(&seconds).then_some((seconds * 1e6) as u64)
}

fn text(tag: &BytesStart<'_>, name: &str) -> Result<String, String> {
    Ok(attribute(tag, name)?.unwrap_or_default())
}

fn attribute(tag: &BytesStart<'_>, name: &str) -> Result<Option<String>, String> {
    let unreadable = |error: &dyn std::fmt::Display| format!("it is not a JUnit file: {error}");
    let Some(attribute) = tag.try_get_attribute(name).map_err(|error| unreadable(&error))? else { return Ok(None) };
    let value = attribute.normalized_value(XmlVersion::default()).map_err(|error| unreadable(&error))?;
    Ok(Some(value.into_owned()))
}

/// Reads an instant. Ginkgo leaves out the time zone; end-to-end tests run in containers that know UTC only.
fn instant(text: &str) -> Option<DateTime<Utc>> {
    let zoned = text.parse::<DateTime<Utc>>().ok();
    zoned.or_else(|| Some(text.parse::<NaiveDateTime>().ok()?.and_utc()))
}

/// Returns the instant so many seconds later; none where there is none.
pub(super) fn after(began: DateTime<Utc>, seconds: f64) -> Option<DateTime<Utc>> {
    if !(0.0..1e9).contains(&seconds) {
        return None;
    }
    began.checked_add_signed(TimeDelta::milliseconds((seconds * 1e3) as i64))
}
