//! The end of the page: a row for each version and target, and what it all comes to.

use super::Console;
use super::page::{Ink, Span};
use crate::conclusion::{Summary, Tone};
use crate::report::{TargetResult, VersionResult};
use crate::text::{capital, thousands};
use scs_checks::definition::Target;

/// The titles of the columns.
const TITLES: [&str; 7] = ["version", "target", "verdict", "passed", "failed", "aborted", "missing"];

/// The remark on a row that decides, where there is no room for words.
const STAR: &str = "*";

/// A row: what stands in its columns, and how important it is.
struct Row {
    cells: [Span; 7],
    decides: bool,
    remark: Option<Span>,
}

impl Console<'_> {
    pub(super) fn summary(&mut self) {
        self.page.gap();
        self.page.paragraph(0, &[Span::strong("Summary")]);
        let rows = self.rows();
        if !rows.is_empty() {
            self.table(&rows);
            self.page.gap();
        }
        self.conclusion();
    }

    fn rows(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        for (name, version) in &self.report.versions {
            let targets = version.targets.iter().filter(|(_, result)| result.tally.total() > 0);
            rows.extend(targets.map(|(target, result)| self.row(name, version, *target, result)));
        }
        rows
    }

    fn row(&self, name: &str, version: &VersionResult, target: Target, result: &TargetResult) -> Row {
        let decides = self.report.rests_on(version, target);
        let name = format!("{name} {}", version.validity);
        let ink = if decides { Ink::Strong } else { Ink::Plain };
        let tally = result.tally;
        let verdict = result.verdict.map_or(Span::plain("-"), |verdict| {
            let word = verdict.to_string();
            if decides { Span::new(self.ink(verdict), word) } else { Span::plain(word) }
        });
        let cells = [
            Span::new(ink, name),
            Span::new(ink, target.to_string()),
            verdict,
            Span::new(ink, format!("{}/{}", thousands(tally.passed), thousands(tally.total()))),
            Span::new(ink, thousands(tally.failed)),
            Span::new(ink, thousands(tally.aborted)),
            Span::new(ink, thousands(tally.missing)),
        ];
        let remark = if decides { Span::strong("decides") } else { Span::faint("does not decide") };
        Row { cells, decides, remark: Some(remark) }
    }

    fn table(&mut self, rows: &[Row]) {
        let titles = Row { cells: TITLES.map(Span::faint), decides: false, remark: None };
        let all: Vec<&Row> = std::iter::once(&titles).chain(rows).collect();
        let mut columns = [0; TITLES.len() + 1];
        let mut column = 2;
        for (index, begin) in columns.iter_mut().enumerate() {
            *begin = column;
            let cells = all.iter().filter_map(|row| row.cells.get(index));
            column += cells.map(Span::width).max().unwrap_or_default() + 2;
        }
        let width = self.page.width();
        let remarks = columns[TITLES.len()];
        let remark = rows.iter().filter_map(|row| row.remark.as_ref()).map(Span::width).max().unwrap_or_default();
        if remarks + STAR.len() > width {
            return self.narrow(rows);
        }
        let is_wide = remarks + remark <= width;
        for row in all {
            let remark = if is_wide { row.remark.clone() } else { row.decides.then(|| Span::strong(STAR)) };
            self.page.cells(columns.into_iter().zip(row.cells.iter().cloned().chain(remark)));
        }
        if !is_wide && rows.iter().any(|row| row.decides) {
            self.page.paragraph(2, &[Span::strong(STAR), Span::plain(" decides; the others do not decide")]);
        }
    }

    /// Writes the same in sentences, where the table does not fit.
    fn narrow(&mut self, rows: &[Row]) {
        for Row { cells, remark, .. } in rows {
            let [version, target, verdict, passed, failed, aborted, missing] = cells.clone();
            let mut line = vec![version, Span::plain(" "), target, Span::plain(": "), verdict, Span::plain(", ")];
            for (number, title) in
                [(passed, "passed, "), (failed, "failed, "), (aborted, "aborted, "), (missing, "missing")]
            {
                line.extend([number, Span::plain(format!(" {title}"))]);
            }
            line.extend(remark.iter().flat_map(|remark| [Span::plain("; "), remark.clone()]));
            self.page.paragraph(2, &line);
        }
    }

    /// Writes the sentence on a version; one that the conclusion does not rest on is less conspicuous.
    fn sentence(&mut self, summary: &Summary, decides: bool) {
        let ink = match summary.tone {
            _ if !decides => Ink::Plain,
            Tone::Good => Ink::Pass,
            Tone::InPart => Ink::Plain,
            Tone::Void | Tone::Undecided => Ink::Warning,
            Tone::Bad => Ink::Fail,
        };
        let counts = format!(": {}", summary.counts);
        let counts = if decides { Span::strong(counts) } else { Span::plain(counts) };
        self.page.paragraph(0, &[Span::new(ink, capital(&summary.marked())), counts]);
    }

    /// Writes a sentence for each version that decides, and another one where the text of the standards demands more.
    fn conclusion(&mut self) {
        let report = self.report;
        let mut decided = false;
        for (name, version) in report.versions.iter().filter(|(_, version)| version.decides) {
            for (index, summary) in Summary::all(report, name, version).iter().enumerate() {
                self.sentence(summary, index == 0);
            }
            decided = true;
        }
        if !decided {
            let what = Span::new(Ink::Warning, "Undecided");
            self.page.paragraph(0, &[what, Span::strong(": no version that decides was looked at")]);
        }
    }
}
