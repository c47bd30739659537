//! The JUnit file that the end-to-end tests write.

use super::Counts;
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

/// What one or several JUnit files say.
#[derive(Debug, Default)]
pub(super) struct Summary {
    pub counts: Counts,
    /// How many entries there are.
    pub tests: usize,
    /// How long all of them took together.
    pub seconds: f64,
    /// When the last suite ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// Whether a suite says of itself that it only listed the tests.
    pub dry_run: bool,
    /// Whether every file ends as it should, and no suite was interrupted.
    pub complete: bool,
}

/// The test that is being read.
#[derive(Default)]
struct Test {
    name: String,
    status: Option<&'static str>,
}

impl Summary {
    /// Adds a file.
    ///
    /// # Errors
    /// It is no XML: where.
    pub fn add(&mut self, text: &str) -> Result<(), String> {
        let first = self.tests == 0 && self.finished_at.is_none();
        let mut reader = Reader::from_str(text);
        let (mut depth, mut test, mut interrupted) = (0usize, Test::default(), false);
        loop {
            let event = reader
                .read_event()
                .map_err(|error| format!("it is no JUnit file, at byte {}: {error}", reader.error_position()))?;
            match event {
                Event::Eof => break,
                Event::Start(tag) => {
                    depth += 1;
                    self.open(&tag, &mut test, &mut interrupted);
                }
                Event::Empty(tag) => {
                    self.open(&tag, &mut test, &mut interrupted);
                    self.close(tag.name().as_ref(), &mut test);
                }
                Event::End(tag) => {
                    depth = depth.saturating_sub(1);
                    self.close(tag.name().as_ref(), &mut test);
                }
                _ => {}
            }
        }
        let whole = depth == 0 && !interrupted;
        self.complete = if first { whole } else { self.complete && whole };
        Ok(())
    }

    fn open(&mut self, tag: &BytesStart<'_>, test: &mut Test, interrupted: &mut bool) {
        let value = |name: &str| attribute(tag, name);
        match tag.name().as_ref() {
            b"testsuite" => {
                let began = value("timestamp").and_then(|text| instant(&text));
                let seconds = value("time").and_then(|time| time.parse::<f64>().ok()).unwrap_or_default();
                let ended = began.map(|began| began + TimeDelta::milliseconds((seconds.clamp(0.0, 1e9) * 1e3) as i64));
                self.finished_at = self.finished_at.max(ended);
            }
            b"property" => match (value("name").as_deref(), value("value").as_deref()) {
                (Some("DryRun"), Some("true")) => self.dry_run = true,
                (Some("SpecialSuiteFailureReason"), Some(reason)) if !reason.is_empty() => *interrupted = true,
                _ => {}
            },
            b"testcase" => {
                self.tests += 1;
                self.seconds += value("time").and_then(|time| time.parse::<f64>().ok()).unwrap_or_default();
                *test = Test { name: value("name").unwrap_or_default(), status: None };
            }
            b"failure" | b"error" => test.status = Some("failed"),
            b"skipped" => test.status = Some("skipped"),
            _ => {}
        }
    }

    fn close(&mut self, tag: &[u8], test: &mut Test) {
        if tag == b"testcase" {
            self.counts.add(&test.name, test.status.unwrap_or("passed"));
        }
    }
}

fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute = tag.try_get_attribute(name).ok()??;
    Some(attribute.normalized_value(XmlVersion::default()).ok()?.into_owned())
}

/// Ginkgo leaves out the time zone; end-to-end tests run in containers that know UTC only.
fn instant(text: &str) -> Option<DateTime<Utc>> {
    let zoned = text.parse::<DateTime<Utc>>().ok();
    zoned.or_else(|| Some(text.parse::<NaiveDateTime>().ok()?.and_utc()))
}
