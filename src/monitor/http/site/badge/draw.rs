//! Draws badges: words on two fields, in lines below each other.

use askama::Template;

/// The size of the letters, and the units of a letter's width in a size of one.
const SIZE: usize = 11;
const UNITS: usize = 2048;

/// The room beside words, and the height of a line.
const ROOM: usize = 6;
const HEIGHT: usize = 20;

/// The most characters of a field.
const LONGEST: usize = 120;

/// The widths of the letters from space to tilde in DejaVu Sans and Verdana, which differ little.
const WIDTHS: [u16; 95] = [
    720, 806, 940, 1676, 1302, 2204, 1488, 550, 930, 930, 1302, 1676, 745, 930, 745, 930, 1302, 1302, 1302, 1302, 1302,
    1302, 1302, 1302, 1302, 1302, 930, 930, 1676, 1676, 1676, 1117, 2048, 1400, 1404, 1430, 1578, 1295, 1177, 1588,
    1539, 862, 931, 1419, 1140, 1726, 1532, 1612, 1235, 1612, 1424, 1400, 1262, 1499, 1400, 2025, 1403, 1260, 1403,
    930, 930, 930, 1676, 1302, 1302, 1230, 1276, 1067, 1276, 1220, 720, 1276, 1296, 562, 705, 1212, 562, 1992, 1296,
    1243, 1276, 1276, 874, 1067, 807, 1296, 1212, 1676, 1212, 1212, 1076, 1300, 930, 1300, 1676,
];

/// The width of any other letter; those of East Asia are as wide as high.
const OTHER: usize = 1400;

/// A line of a badge.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Line {
    /// The words on the left.
    pub label: String,
    /// The words on the right.
    pub message: String,
    /// The color of the right field.
    pub color: &'static str,
}

/// A field as it is drawn.
struct Field {
    words: String,
    /// The place of the words.
    x: usize,
    /// The width of the words.
    length: usize,
}

struct Drawn {
    label: Field,
    message: Field,
    color: &'static str,
    y: usize,
    baseline: usize,
    /// The place at which the right field begins.
    split: usize,
}

#[derive(Template)]
#[template(path = "site/badge.svg")]
struct Badge {
    title: String,
    width: usize,
    height: usize,
    lines: Vec<Drawn>,
}

/// Draws lines.
pub fn draw(lines: &[Line]) -> String {
    let left = lines.iter().map(|line| width(&line.label)).max().unwrap_or_default() + 2 * ROOM;
    let right = lines.iter().map(|line| width(&line.message)).max().unwrap_or_default() + 2 * ROOM;
    let drawn = lines.iter().enumerate().map(|(number, line)| Drawn {
        label: field(&line.label, ROOM),
        message: field(&line.message, left + ROOM),
        color: line.color,
        y: number * HEIGHT,
        baseline: number * HEIGHT + 14,
        split: left,
    });
    let badge =
        Badge { title: title(lines), width: left + right, height: lines.len() * HEIGHT, lines: drawn.collect() };
    // Words and numbers can always be written.
    badge.render().unwrap_or_default()
}

/// Returns the words of all lines, for screen readers.
pub fn title(lines: &[Line]) -> String {
    lines.iter().map(|line| format!("{}: {}", line.label, line.message)).collect::<Vec<_>>().join("; ")
}

fn field(words: &str, x: usize) -> Field {
    Field { words: shown(words), x, length: width(words) }
}

/// Returns the words that are drawn: no more than fit into a badge.
fn shown(words: &str) -> String {
    let words = scs_reports::visible(words);
    let is_long = words.chars().count() > LONGEST;
    let shown: String = words.chars().take(LONGEST).collect();
    if is_long { format!("{shown}…") } else { shown }
}

/// Returns the width of words in pixels.
fn width(words: &str) -> usize {
    let units: usize = shown(words).chars().map(units).sum();
    (units * SIZE).div_ceil(UNITS)
}

fn units(letter: char) -> usize {
    let place = u32::from(letter).checked_sub(u32::from(' ')).and_then(|place| usize::try_from(place).ok());
    match place.and_then(|place| WIDTHS.get(place)) {
        Some(width) => usize::from(*width),
        None if letter >= '\u{1100}' => UNITS,
        None => OTHER,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(label: &str, message: &str) -> Line {
        Line { label: label.to_owned(), message: message.to_owned(), color: "#15693a" }
    }

    #[test]
    fn words_have_room() {
        assert!(width("iiii") < width("mmmm") && width("ä") > 0 && width("") == 0);
        let drawn = draw(&[line("SCS", "conformant")]);
        let total = width("SCS") + width("conformant") + 4 * ROOM;
        assert!(drawn.contains(&format!("width=\"{total}\" height=\"20\"")), "{drawn}");
        assert!(drawn.contains("<title>SCS: conformant</title>"), "{drawn}");
        assert!(!drawn.contains("style"), "the policy of pages permits no style in a picture: {drawn}");
    }

    #[test]
    fn lines_stand_below_each_other_and_words_mean_nothing() {
        let drawn = draw(&[line("a", "b"), line("<script>", &"x".repeat(1_000))]);
        assert!(drawn.contains("height=\"40\"") && !drawn.contains("<script>"), "{drawn}");
        assert!(drawn.len() < 4_000, "{}", drawn.len());
    }
}
