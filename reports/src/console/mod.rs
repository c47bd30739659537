//! The report for a terminal: what failed and why, then what it comes to.

mod case;
mod cleanup;
mod findings;
mod header;
pub(crate) mod page;
mod standards;
mod summary;
#[cfg(test)]
mod tests;

use crate::report::{Report, SubjectState};
use page::{Ink, Page, Span};
use scs_checks::verdict::Verdict;

/// The options of the output for a terminal.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// True if colors are used. They only repeat what words say.
    pub color: bool,
    /// The number of columns of a line.
    pub width: usize,
    /// True if what has passed and what was not run is listed too.
    pub verbose: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { color: false, width: 100, verbose: false }
    }
}

/// Renders the report for a terminal.
pub fn render(report: &Report, options: Options) -> String {
    let mut console = Console { report, verbose: options.verbose, page: Page::new(options.width, options.color) };
    console.header();
    console.standards();
    console.not_run();
    console.cleanup();
    console.summary();
    console.page.finish()
}

/// A page for a report.
struct Console<'a> {
    report: &'a Report,
    verbose: bool,
    page: Page,
}

impl Console<'_> {
    /// Returns the ink of a verdict. Nothing is green if the subject could not be tested.
    fn ink(&self, verdict: Verdict) -> Ink {
        match verdict {
            Verdict::Pass if self.report.subject.state == SubjectState::Tested => Ink::Pass,
            Verdict::Pass => Ink::Plain,
            Verdict::Fail => Ink::Fail,
            Verdict::Abort => Ink::Abort,
            Verdict::Miss => Ink::Miss,
        }
    }

    fn word(&self, verdict: Verdict) -> Span {
        Span::new(self.ink(verdict), verdict.to_string())
    }
}
