//! The resources that the run created: one line if all are gone, a block if something is left.

use super::Console;
use super::page::{Ink, Span};
use crate::cleanup::{Cleanup, LEFT, named, why};
use crate::text::capital;

impl Console<'_> {
    pub(super) fn cleanup(&mut self) {
        let Some(cleanup) = Cleanup::of(self.report) else { return };
        self.page.gap();
        let run = format!(" (run {})", cleanup.run);
        let sentence = cleanup.sentence();
        if cleanup.left.is_empty() {
            return self.page.paragraph(0, &[Span::plain(capital(&sentence)), Span::faint(run)]);
        }
        self.page.paragraph(0, &[Span::new(Ink::Fail, format!("{LEFT}: ")), Span::strong(sentence), Span::faint(run)]);
        for resource in &cleanup.left {
            self.page.paragraph(2, &[Span::strong(named(resource))]);
            self.page.paragraph(4, &[Span::plain(why(resource))]);
        }
        if let Some(command) = cleanup.command {
            // On one line, however long, so that it can be copied.
            self.page.cells([(2, Span::faint("Remove with")), (15, Span::strong(command))]);
        }
    }
}
