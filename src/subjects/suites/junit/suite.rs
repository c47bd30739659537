//! A suite of a JUnit file: its tests, and what it says of all of them together.

use super::attributes::{after, attribute, instant, text};
use super::test::{Specs, Test};
use crate::suites::error::ContentError;
use crate::suites::states::{Contradictions, States};
use chrono::{DateTime, Utc};
use quick_xml::events::BytesStart;

/// A suite, or all suites of a file.
#[derive(Debug, Default)]
pub(super) struct Suite {
    name: String,
    pub states: States,
    pub succeeded: Option<bool>,
    began: Option<DateTime<Utc>>,
    seconds: f64,
    said: Totals,
    seen: Counts,
    focus: Option<String>,
    leaves_out: bool,
}

/// The totals in the attributes.
#[derive(Debug, Default)]
struct Totals {
    tests: Option<usize>,
    failures: Option<usize>,
    errors: Option<usize>,
    skipped: Option<usize>,
    disabled: Option<usize>,
}

/// The numbers of listed tests.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    all: usize,
    failed: usize,
    skipped: usize,
    /// Tests whose names begin with `[It]`, and with `[sig-`.
    its: Specs,
    sigs: Specs,
}

impl Suite {
    /// Begins a suite.
    ///
    /// # Errors
    /// An attribute cannot be read.
    pub fn open(tag: &BytesStart<'_>) -> Result<Self, ContentError> {
        let number =
            |name: &str| Ok::<_, ContentError>(attribute(tag, name)?.and_then(|text| text.trim().parse().ok()));
        let seconds = attribute(tag, "time")?.map(|text| text.trim().parse::<f64>().unwrap_or(f64::NAN));
        Ok(Self {
            name: text(tag, "name")?,
            began: attribute(tag, "timestamp")?.and_then(|text| instant(&text)),
            seconds: seconds.unwrap_or_default(),
            said: Totals {
                tests: number("tests")?,
                failures: number("failures")?,
                errors: number("errors")?,
                skipped: number("skipped")?,
                disabled: number("disabled")?,
            },
            ..Self::default()
        })
    }

    /// Takes in a property; its name is written in small letters.
    pub fn property(&mut self, name: &str, value: &str) {
        match name {
            "suitesucceeded" => self.succeeded = Some(value == "true"),
            "focusstrings" => self.focus = Some(value.to_owned()),
            "skipstrings" | "skipfiles" | "focusfiles" | "labelfilter" | "semverfilter" => {
                self.leaves_out |= !value.is_empty();
            }
            _ => {}
        }
    }

    /// Returns which tests were chosen, if none of these was left out.
    pub fn focus(&self) -> Option<String> {
        self.focus.clone().filter(|_| !self.leaves_out)
    }

    /// Returns true if it was written by ginkgo 2, which lists each test once, and tells when the suite began.
    fn is_of_two(&self) -> bool {
        self.began.is_some() || self.said.skipped.is_some()
    }

    /// Takes in a test.
    ///
    /// # Errors
    /// There are too many tests, or its name is too long.
    pub fn add(&mut self, test: Test, contradictions: &mut Contradictions) -> Result<(), ContentError> {
        let state = test.state(contradictions);
        let (status, micros, is_of_two) = (state.status.clone(), state.micros, self.is_of_two());
        if let Some(known) = self.states.add(&test.name, state)?
            && known.status != status
        {
            if !is_of_two && known.status == "failed" && status == "passed" {
                // Ginkgo 1 lists each attempt (`--flakeAttempts=2`); the totals of the suite count the last one.
                (known.status, known.micros) = (status, micros);
                self.seen.failed = self.seen.failed.saturating_sub(1);
                return Ok(());
            }
            contradictions.add(format!("{:?} is {} and {status} in one suite", test.name, known.status));
            if known.status == "skipped" {
                (known.status, known.micros) = (status.clone(), micros);
            }
        }
        let (listed, ran) = (1, usize::from(status != "skipped"));
        let seen = &mut self.seen;
        seen.all += 1;
        seen.skipped += usize::from(status == "skipped");
        seen.failed += usize::from(!matches!(status.as_str(), "passed" | "skipped"));
        if test.name.starts_with("[It]") {
            seen.its = seen.its.and(Specs { listed, ran });
        } else if test.name.starts_with("[sig-") {
            seen.sigs = seen.sigs.and(Specs { listed, ran });
        }
        Ok(())
    }

    /// Counts the tests of a suite within this one.
    pub fn count(&mut self, inner: &Self) {
        let (seen, more) = (&mut self.seen, &inner.seen);
        seen.all += more.all;
        seen.failed += more.failed;
        seen.skipped += more.skipped;
        seen.its = seen.its.and(more.its);
        seen.sigs = seen.sigs.and(more.sigs);
    }

    /// Returns the numbers of tests, without what ginkgo 2 lists beside them: what is done before and after all tests.
    pub fn specs(&self) -> Specs {
        let Counts { all, skipped, its, sigs, .. } = self.seen;
        match () {
            () if its.listed > 0 => its,
            () if self.is_of_two() && sigs.listed > 0 => sigs,
            () => Specs { listed: all, ran: all - skipped },
        }
    }

    /// Returns true if the suite lists tests that were left out, and its total is that of the listed tests or of those
    /// that were run.
    pub fn lists_skipped(&self) -> bool {
        let Counts { all, skipped, .. } = self.seen;
        skipped > 0 && (self.said.tests == Some(all) || self.said.tests == Some(all - skipped))
    }

    /// Compares what the attributes say with what is listed.
    pub fn check_totals(&self, contradictions: &mut Contradictions) {
        let Counts { all, failed, skipped, .. } = self.seen;
        let listed = format!("what {:?} lists", self.name);
        let mut compare = |said: Option<usize>, what: &str, seen: usize| {
            if let Some(said) = said {
                contradictions.compare((said, &format!("{what} of the suite {:?}", self.name)), (seen, &listed));
            }
        };
        // Ginkgo 1 counts the tests that were run.
        let is_of_one = !self.is_of_two() && self.said.disabled.is_none();
        let tests = if is_of_one && self.said.tests != Some(all) { all - skipped } else { all };
        compare(self.said.tests, "the number of tests", tests);
        if self.said.failures.is_some() {
            let failures =
                self.said.failures.map(|failures| failures.saturating_add(self.said.errors.unwrap_or_default()));
            compare(failures, "the number of failures and errors", failed);
        }
        if self.said.skipped.is_some() || self.said.disabled.is_some() {
            let left_out = self.said.skipped.unwrap_or_default().saturating_add(self.said.disabled.unwrap_or_default());
            compare(Some(left_out), "the number of skipped and disabled tests", skipped);
        }
        if self.succeeded == Some(true) && failed > 0 {
            contradictions
                .add(format!("the suite {:?} says that it succeeded, and lists {failed} failed tests", self.name));
        }
    }

    /// Returns when it ended.
    pub fn finished_at(&self) -> Option<DateTime<Utc>> {
        after(self.began?, self.seconds)
    }
}
