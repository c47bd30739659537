//! Explains a testcase: what it asks by its definition, and why a report says what it says.

mod definition;
#[cfg(test)]
mod tests;
mod verdict;

pub use definition::{Counted, Demand, Explanation, Needed};
pub use verdict::VerdictExplanation;

use crate::console::page::{Page, Span};

/// The column of the texts, behind their labels.
const TEXT: usize = 12;

/// Sections of a page: a label, and text beside it.
struct ExplanationPage(Page);

impl ExplanationPage {
    fn new(width: usize) -> Self {
        Self(Page::new(width, true))
    }

    /// Writes text beside a label; nothing if there is no text.
    fn about(&mut self, label: &str, text: impl AsRef<str>) {
        let text = Span::plain(text);
        if text.width() > 0 {
            self.0.labelled(0, &Span::faint(label), TEXT, &[text]);
        }
    }

    /// Writes lines that stay as they are.
    fn verbatim(&mut self, text: &str) {
        for line in text.lines() {
            self.0.cells([(TEXT, Span::plain(line))]);
        }
    }
}
