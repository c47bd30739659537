//! A page of text: words of several colors, wrapped at the width of the terminal.
//!
//! Every text comes in through [`Span`], which makes it harmless; nothing else reaches the
//! terminal. Color is added here and only here.

use crate::text::{clipped, visible};
use anstyle::{AnsiColor, Style};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The longest text that one value may take.
const LONGEST: usize = 2000;

/// The look of a text where there is color.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Ink {
    Plain,
    Strong,
    Faint,
    Pass,
    Fail,
    Abort,
    Miss,
    Warning,
}

impl Ink {
    fn style(self) -> Style {
        let colored = |color: AnsiColor| Style::new().fg_color(Some(color.into())).bold();
        match self {
            Self::Plain => Style::new(),
            Self::Strong => Style::new().bold(),
            Self::Faint => Style::new().dimmed(),
            Self::Pass => colored(AnsiColor::Green),
            Self::Fail => colored(AnsiColor::Red),
            Self::Abort => colored(AnsiColor::Magenta),
            Self::Miss => colored(AnsiColor::Cyan),
            Self::Warning => colored(AnsiColor::Yellow),
        }
    }
}

/// Some text of one color, on one line and without anything that steers a terminal.
#[derive(Clone, Debug)]
pub(crate) struct Span {
    text: String,
    ink: Ink,
}

impl Span {
    pub(crate) fn new(ink: Ink, text: impl AsRef<str>) -> Self {
        Self { text: visible(&clipped(text.as_ref(), LONGEST)).into_owned(), ink }
    }

    pub(crate) fn plain(text: impl AsRef<str>) -> Self {
        Self::new(Ink::Plain, text)
    }

    pub(crate) fn strong(text: impl AsRef<str>) -> Self {
        Self::new(Ink::Strong, text)
    }

    pub(crate) fn faint(text: impl AsRef<str>) -> Self {
        Self::new(Ink::Faint, text)
    }

    /// Returns the number of columns that it takes.
    pub(crate) fn width(&self) -> usize {
        self.text.width()
    }
}

/// Text under construction.
pub(crate) struct Page {
    text: String,
    width: usize,
    color: bool,
    /// The line under construction, as runs of one ink.
    line: Vec<(String, Ink)>,
    column: usize,
}

impl Page {
    pub(crate) fn new(width: usize, color: bool) -> Self {
        Self { text: String::new(), width: width.max(40), color, line: Vec::new(), column: 0 }
    }

    pub(crate) fn width(&self) -> usize {
        self.width
    }

    pub(crate) fn finish(self) -> String {
        self.text
    }

    /// Adds an empty line, but never two.
    pub(crate) fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// Adds a paragraph, all of whose lines begin at `indent`.
    pub(crate) fn paragraph(&mut self, indent: usize, body: &[Span]) {
        self.labelled(indent, &Span::plain(""), indent, body);
    }

    /// Adds a label at `indent`, and a paragraph beside it, whose lines begin at `column`. A label that is too long
    /// stands above it.
    pub(crate) fn labelled(&mut self, indent: usize, label: &Span, column: usize, body: &[Span]) {
        self.pad(indent);
        self.flow(std::slice::from_ref(label), indent);
        if self.column > column || (self.column == column && column > indent) {
            self.end_line();
        }
        self.pad(column);
        self.flow(body, column);
        self.end_line();
    }

    /// Adds a line of cells at fixed columns, unwrapped.
    pub(crate) fn cells(&mut self, cells: impl IntoIterator<Item = (usize, Span)>) {
        for (column, cell) in cells {
            self.pad(column);
            self.put(&cell.text, cell.ink);
        }
        self.end_line();
    }

    fn flow(&mut self, spans: &[Span], indent: usize) {
        for (number, word) in words(spans).into_iter().enumerate() {
            let width: usize = word.iter().map(|(text, _)| text.width()).sum();
            let space = usize::from(number > 0);
            if number > 0 && self.column + space + width > self.width && self.column > indent {
                self.end_line();
                self.pad(indent);
            } else {
                let ink = self.line.last().map_or(Ink::Plain, |(_, ink)| *ink);
                self.put(&" ".repeat(space), ink);
            }
            for (text, ink) in word {
                self.put_broken(text, ink, indent);
            }
        }
    }

    /// Writes a word; one that fits on no line is broken. Addresses stay whole, so that a
    /// terminal can open them.
    fn put_broken(&mut self, text: &str, ink: Ink, indent: usize) {
        let room = self.width.saturating_sub(indent).max(1);
        if self.column + text.width() <= self.width || text.starts_with("https://") || text.starts_with("http://") {
            return self.put(text, ink);
        }
        let mut begin = 0;
        let mut taken = 0;
        let mut free = self.width.saturating_sub(self.column);
        for (at, c) in text.char_indices() {
            let wide = c.width().unwrap_or_default();
            if taken + wide > free {
                self.put(&text[begin..at], ink);
                self.end_line();
                self.pad(indent);
                (begin, taken, free) = (at, 0, room);
            }
            taken += wide;
        }
        self.put(&text[begin..], ink);
    }

    fn put(&mut self, text: &str, ink: Ink) {
        self.column += text.width();
        match self.line.last_mut() {
            Some((run, last)) if *last == ink => run.push_str(text),
            _ => self.line.push((text.to_owned(), ink)),
        }
    }

    fn pad(&mut self, column: usize) {
        self.put(&" ".repeat(column.saturating_sub(self.column)), Ink::Plain);
    }

    fn end_line(&mut self) {
        while let Some((run, _)) = self.line.last_mut() {
            run.truncate(run.trim_end_matches(' ').len());
            if !run.is_empty() {
                break;
            }
            self.line.pop();
        }
        for (run, ink) in self.line.drain(..) {
            let style = ink.style();
            if self.color && !style.is_plain() && !run.is_empty() {
                self.text.push_str(&format!("{style}{run}{style:#}"));
            } else {
                self.text.push_str(&run);
            }
        }
        self.text.push('\n');
        self.column = 0;
    }
}

/// Splits the spans into words. A word goes on from one span to the next where no space divides them.
fn words(spans: &[Span]) -> Vec<Vec<(&str, Ink)>> {
    let mut words: Vec<Vec<(&str, Ink)>> = Vec::new();
    for span in spans {
        for (number, part) in span.text.split(' ').enumerate() {
            match words.last_mut() {
                Some(last) if number == 0 => last.push((part, span.ink)),
                _ => words.push(vec![(part, span.ink)]),
            }
        }
    }
    words
}
