//! A table in columns.

/// The cells of a line.
pub(in crate::cli) type Row = Vec<String>;

/// The blanks between columns.
const GAP: usize = 2;

/// Renders columns as wide as their longest cell. Where that exceeds the width of a terminal, cells take several lines;
/// only the first column, which has the names, stays as it is.
pub(in crate::cli) fn render(rows: &[Row], width: Option<usize>) -> String {
    let widths = widths(rows, width.unwrap_or(usize::MAX));
    let mut text = String::new();
    for row in rows {
        push_row(&mut text, row, &widths);
    }
    text
}

fn push_row(text: &mut String, row: &Row, widths: &[usize]) {
    let cells: Vec<Vec<String>> = row.iter().zip(widths).map(|(cell, width)| wrapped(cell, *width)).collect();
    let lines = cells.iter().map(Vec::len).max().unwrap_or(0);
    for line in 0..lines {
        let parts = cells.iter().zip(widths).map(|(cell, width)| {
            let part = cell.get(line).map_or("", String::as_str);
            format!("{part:width$}")
        });
        text.push_str(parts.collect::<Vec<_>>().join(&" ".repeat(GAP)).trim_end());
        text.push('\n');
    }
}

/// Renders rows, each with a line below it; lines take several where they must.
pub(in crate::cli) fn render_with_lines<'a>(
    rows: &[Row],
    below: impl Iterator<Item = &'a str>,
    width: usize,
) -> String {
    const INDENT: &str = "  ";
    let widths = widths(rows, width);
    let mut text = String::new();
    for (row, below) in rows.iter().zip(below) {
        push_row(&mut text, row, &widths);
        for line in wrapped(below, width.saturating_sub(INDENT.len())) {
            text.push_str(format!("{INDENT}{line}").trim_end());
            text.push('\n');
        }
    }
    text
}

fn widths(rows: &[Row], available: usize) -> Vec<usize> {
    let columns = rows.first().map_or(0, Vec::len);
    let longest =
        |column: usize, measure: fn(&str) -> usize| rows.iter().map(|row| measure(&row[column])).max().unwrap_or(0);
    let mut widths: Vec<usize> = (0..columns).map(|column| longest(column, |cell| cell.chars().count())).collect();
    let least: Vec<usize> = (0..columns)
        .map(|column| longest(column, |cell| cell.split(' ').map(|word| word.chars().count()).max().unwrap_or(0)))
        .collect();
    let total = |widths: &[usize]| widths.iter().sum::<usize>() + GAP * columns.saturating_sub(1);
    while total(&widths) > available {
        let shrinkable = (1..columns).filter(|&column| widths[column] > least[column]);
        let Some(widest) = shrinkable.max_by_key(|&column| widths[column]) else { break };
        widths[widest] -= 1;
    }
    widths
}

/// Wraps the words of a cell to lines of at most this width.
fn wrapped(cell: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    let mut room = width;
    for (number, word) in cell.split(' ').enumerate() {
        let length = word.chars().count();
        match lines.last_mut() {
            Some(line) if number == 0 => {
                line.push_str(word);
                room = width.saturating_sub(length);
            }
            Some(line) if room > length => {
                line.push(' ');
                line.push_str(word);
                room -= length + 1;
            }
            _ => {
                lines.push(word.to_owned());
                room = width.saturating_sub(length);
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Row> {
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        vec![row(["ID", "IN", "TEXT"]), row(["a-long-name", "next, v5.1", "one two three four"]), row(["b", "-", ""])]
    }

    #[test]
    fn without_a_width_each_entry_is_a_line() {
        assert_eq!(
            render(&rows(), None),
            "ID           IN          TEXT\na-long-name  next, v5.1  one two three four\nb            -\n"
        );
    }

    #[test]
    fn cells_take_several_lines_where_they_must() {
        assert_eq!(
            render(&rows(), Some(32)),
            "ID           IN         TEXT\na-long-name  next,      one two\n             v5.1       three\n                        four\n\
             b            -\n"
        );
    }

    #[test]
    fn words_stay_whole_however_narrow_it_is() {
        let text = render(&rows(), Some(1));
        for word in ["a-long-name", "next,", "v5.1", "three"] {
            assert!(text.contains(word), "{text}");
        }
    }

    #[test]
    fn nothing_is_nothing() {
        assert_eq!(render(&[], Some(80)), "");
    }
}
