//! Findings as tables.

use crate::evidence::{by_weight, says_its_kind, value};
use crate::text::thousands;
use scs_checks::verdict::{Finding, Severity};
use std::borrow::Cow;

/// The number of rows that are unfolded. A few more than that are not worth folding.
const OPEN: usize = 20;
/// The number of rows of a folded table. A browser lays out only the tables in sight.
const CHUNK: usize = 500;
/// The number of characters of a value that are unfolded.
const LONG: usize = 300;

/// Rows, the first in sight, the rest folded.
pub(super) struct Folded<T> {
    pub(super) first: Rows<T>,
    pub(super) rest: Vec<Rows<T>>,
}

/// Some rows of a table.
pub(super) struct Rows<T> {
    /// Their numbers, `21 to 520 of 2,000`; empty if these are all.
    pub(super) range: String,
    pub(super) rows: Vec<T>,
}

impl<T: Copy> Folded<T> {
    pub(super) fn of(all: &[T]) -> Self {
        let open = if all.len() <= OPEN + OPEN / 2 { all.len() } else { OPEN };
        let (first, rest) = all.split_at(open);
        let rows = |begin: usize, rows: &[T]| {
            let numbers = [begin + 1, begin + rows.len(), all.len()].map(thousands);
            let range = if rows.len() == all.len() { String::new() } else { numbers_of(&numbers) };
            Rows { range, rows: rows.to_vec() }
        };
        let rest = rest.chunks(CHUNK).enumerate().map(|(index, chunk)| rows(open + index * CHUNK, chunk));
        Self { rest: rest.collect(), first: rows(0, first) }
    }

    /// Returns the number of rows that are folded.
    pub(super) fn more(&self) -> String {
        thousands(self.rest.iter().map(|rows| rows.rows.len()).sum())
    }
}

fn numbers_of([first, last, all]: &[String; 3]) -> String {
    format!("{first} to {last} of {all}")
}

/// The evidence of a testcase.
pub(super) struct Findings<'a> {
    pub(super) columns: Columns,
    pub(super) folded: Folded<Row<'a>>,
}

/// The columns that have something to show.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Columns {
    pub(super) resource: bool,
    pub(super) property: bool,
    pub(super) expected: bool,
    pub(super) observed: bool,
}

impl<'a> Findings<'a> {
    pub(super) fn of(findings: &'a [Finding]) -> Self {
        let columns = Columns {
            resource: findings.iter().any(|finding| finding.resource.is_some()),
            property: findings.iter().any(|finding| finding.property.is_some()),
            expected: findings.iter().any(|finding| finding.expected.is_some()),
            observed: findings.iter().any(|finding| finding.observed.is_some()),
        };
        let rows: Vec<Row<'a>> = by_weight(findings).into_iter().map(Row).collect();
        Self { columns, folded: Folded::of(&rows) }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.folded.first.rows.is_empty()
    }
}

/// One finding.
#[derive(Clone, Copy)]
pub(super) struct Row<'a>(&'a Finding);

impl<'a> Row<'a> {
    pub(super) fn severity(self) -> Severity {
        self.0.severity
    }

    pub(super) fn about(self) -> Option<About<'a>> {
        let resource = self.0.resource.as_ref()?;
        let kind = if says_its_kind(resource) { String::new() } else { resource.kind.to_string().replace('-', " ") };
        // The same twice would say nothing more.
        let id = if resource.id == resource.name { "" } else { resource.id.as_str() };
        Some(About { kind, name: Value::of(&resource.name), id })
    }

    pub(super) fn property(self) -> Option<Value<'a>> {
        self.0.property.as_deref().map(Value::of)
    }

    pub(super) fn expected(self) -> Option<Value<'a>> {
        self.0.expected.as_deref().map(Value::of)
    }

    pub(super) fn observed(self) -> Option<Value<'a>> {
        self.0.observed.as_deref().map(Value::of)
    }

    pub(super) fn message(self) -> Value<'a> {
        Value::of(&self.0.message)
    }
}

/// The resource that a finding is about.
pub(super) struct About<'a> {
    pub(super) kind: String,
    pub(super) name: Value<'a>,
    pub(super) id: &'a str,
}

/// A value; of a long one the beginning stands open.
pub(super) struct Value<'a> {
    pub(super) begin: Cow<'a, str>,
    pub(super) rest: &'a str,
}

impl<'a> Value<'a> {
    fn of(text: &'a str) -> Self {
        match text.char_indices().nth(LONG) {
            None => Self { begin: value(text), rest: "" },
            Some((index, _)) => Self { begin: Cow::Borrowed(&text[..index]), rest: &text[index..] },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(0, 0, &[])]
    #[case(30, 30, &[])]
    #[case(31, 20, &[11])]
    #[case(2000, 20, &[500, 500, 500, 480])]
    fn many_rows_are_folded(#[case] all: usize, #[case] first: usize, #[case] rest: &[usize]) {
        let folded = Folded::of(&vec![(); all]);
        assert_eq!(folded.first.rows.len(), first);
        assert_eq!(folded.rest.iter().map(|rows| rows.rows.len()).collect::<Vec<_>>(), rest);
    }

    #[test]
    fn folded_tables_say_which_rows_they_have() {
        let folded = Folded::of(&[(); 2000]);
        assert_eq!(folded.first.range, "1 to 20 of 2,000");
        assert_eq!(folded.rest[3].range, "1,521 to 2,000 of 2,000");
        assert_eq!(folded.more(), "1,980");
        assert_eq!(Folded::of(&[(); 3]).first.range, "");
    }

    #[test]
    fn long_values_are_cut_between_characters() {
        let text = "ä".repeat(LONG + 1);
        let value = Value::of(&text);
        assert_eq!((value.begin.chars().count(), value.rest), (LONG, "ä"));
    }
}
