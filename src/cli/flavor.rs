//! `flavor parse`: explains flavor names, from the command line or as a stream.
//!
//! The stream may be the flavor list of a whole fleet, or garbage. So it is read line by line into one bounded
//! buffer, and a line that is no text becomes an answer like any other instead of ending the run.

use scs_checks::iaas::flavor_name::{ErrorReport, FlavorReport};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};

/// Stands for the standard input among the names.
const STDIN: &str = "-";
/// Longer lines are refused unread. Nova allows 255 characters.
const LINE_AT_MOST: u64 = 4096;
/// The number of characters of a refused line that are repeated.
const SHOWN_AT_MOST: usize = 60;
const BUFFER: usize = 64 * 1024;

/// Explains each name (`-`: each line of `stdin`) on `out`, as text or as one JSON object per line.
///
/// Returns how many could not be read. A name to which scs-0100 does not apply is no error; empty lines are
/// skipped. If nobody reads the output any more, the rest is left out without complaint.
///
/// # Errors
/// If `stdin` cannot be read or `out` cannot be written.
pub fn parse<N: AsRef<str>>(
    names: impl IntoIterator<Item = N>,
    stdin: impl Read,
    json: bool,
    out: &mut impl Write,
) -> Result<usize, StreamError> {
    let mut answers = Answers { out: BufWriter::with_capacity(BUFFER, out), json, errors: 0 };
    match answers.all(names, stdin) {
        Err(StreamError::Write(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(answers.errors),
        Err(error) => Err(error),
        Ok(()) => Ok(answers.errors),
    }
}

/// An error of a stream: names cannot be read, or answers not written.
#[derive(Debug)]
pub enum StreamError {
    /// The names cannot be read.
    Read(io::Error),
    /// The answers cannot be written.
    Write(io::Error),
}

impl From<io::Error> for StreamError {
    /// Converts the error of everything but `next`: it comes from writing.
    fn from(error: io::Error) -> Self {
        Self::Write(error)
    }
}

/// The writer of the answers.
struct Answers<W: Write> {
    out: BufWriter<W>,
    json: bool,
    errors: usize,
}

impl<W: Write> Answers<W> {
    fn all<N: AsRef<str>>(&mut self, names: impl IntoIterator<Item = N>, stdin: impl Read) -> Result<(), StreamError> {
        let mut stdin = BufReader::with_capacity(BUFFER, stdin);
        for name in names {
            match name.as_ref() {
                STDIN => self.stream(&mut stdin)?,
                name => self.one(&FlavorReport::of(name))?,
            }
        }
        Ok(self.out.flush()?)
    }

    fn stream(&mut self, stdin: &mut BufReader<impl Read>) -> Result<(), StreamError> {
        let mut line = Vec::new();
        while let Some(report) = next(stdin, &mut line).map_err(StreamError::Read)? {
            if let Some(report) = report {
                self.one(&report)?;
            }
            // Whoever feeds us name by name gets each answer before the next question.
            if stdin.buffer().is_empty() {
                self.out.flush()?;
            }
        }
        Ok(())
    }

    fn one(&mut self, report: &FlavorReport) -> io::Result<()> {
        self.errors += usize::from(report.error.is_some());
        if self.json {
            serde_json::to_writer(&mut self.out, report)?;
            self.out.write_all(b"\n")
        } else {
            self.out.write_all(report.to_text().as_bytes())
        }
    }
}

/// Reads and answers the next line: `None` at the end of the input, `Some(None)` for an empty line.
fn next(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Option<Option<FlavorReport>>> {
    line.clear();
    let length = input.by_ref().take(LINE_AT_MOST + 1).read_until(b'\n', line)?;
    if length == 0 {
        return Ok(None);
    }
    let complete = line.ends_with(b"\n");
    let name = line.strip_suffix(b"\n").unwrap_or(line);
    if !complete && name.len() as u64 > LINE_AT_MOST {
        input.skip_until(b'\n')?;
        return Ok(Some(Some(too_long(name))));
    }
    let name = name.strip_suffix(b"\r").unwrap_or(name);
    if name.is_empty() {
        return Ok(Some(None));
    }
    Ok(Some(Some(match str::from_utf8(name) {
        Ok(name) => FlavorReport::of(name),
        Err(error) => not_text(name, error.valid_up_to()),
    })))
}

fn too_long(start: &[u8]) -> FlavorReport {
    let text = String::from_utf8_lossy(start);
    let mut name: String = text.chars().take(SHOWN_AT_MOST).collect();
    name.push('…');
    let expected = format!("a line of at most {LINE_AT_MOST} bytes");
    let message = format!("in this line: expected {expected}, found a longer one");
    let error = ErrorReport { position: text.chars().count(), expected, found: "a longer one".to_owned(), message };
    FlavorReport::unreadable(&name, error)
}

fn not_text(line: &[u8], good: usize) -> FlavorReport {
    let (text, rest) = line.split_at_checked(good).unwrap_or((line, &[]));
    let position = String::from_utf8_lossy(text).chars().count() + 1;
    let expected = "text in UTF-8".to_owned();
    let found = format!("the byte 0x{:02x}", rest.first().copied().unwrap_or_default());
    let message = format!("at character {position}: expected {expected}, found {found}");
    let error = ErrorReport { position, expected, found, message };
    FlavorReport::unreadable(&String::from_utf8_lossy(line), error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn run(names: &[&str], stdin: &[u8], json: bool) -> (usize, String) {
        let mut out = Vec::new();
        let errors = parse(names, stdin, json, &mut out).unwrap();
        (errors, String::from_utf8(out).unwrap())
    }

    fn objects(stdin: &[u8]) -> (usize, Vec<Value>) {
        let (errors, text) = run(&["-"], stdin, true);
        let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
        (errors, lines.collect())
    }

    #[test]
    fn names_and_stream_in_the_order_given() {
        let (errors, text) = run(&["m1.tiny", "-", "SCS-1V-x"], b"SCS-1L-1\r\n\nSCS-1V-2", false);
        let starts: Vec<&str> =
            text.lines().filter(|line| !line.starts_with(' ')).filter_map(|line| line.split(':').next()).collect();
        assert_eq!(starts, ["m1.tiny", "SCS-1L-1", "SCS-1V-2", "SCS-1V-x"]);
        assert_eq!(errors, 1);
    }

    #[test]
    fn lines_that_are_no_text_are_answered() {
        let (errors, answers) = objects(b"SCS-2C-\xff4\n\xfe\nSCS-1V-1\n");
        assert_eq!(errors, 2);
        assert_eq!(answers[0]["error"]["position"], 8);
        assert_eq!(answers[0]["error"]["found"], "the byte 0xff");
        assert_eq!(answers[0]["name"], "SCS-2C-\u{fffd}4");
        assert_eq!(answers[1]["scs"], false);
        assert_eq!(answers[2]["canonical"], "SCS-1V-1");
    }

    #[test]
    fn lines_without_end_are_bounded() {
        let limit = usize::try_from(LINE_AT_MOST).unwrap();
        for (length, refused) in [(limit, false), (limit + 1, true), (1_000_000, true)] {
            for end in ["", "\nSCS-1V-1\n"] {
                let stdin = format!("{}{end}", "x".repeat(length));
                let (errors, answers) = objects(stdin.as_bytes());
                assert_eq!(errors, usize::from(refused), "{length}");
                assert_eq!(answers.len(), 1 + usize::from(!end.is_empty()));
                let shown = answers[0]["name"].as_str().unwrap();
                assert!(!refused || shown.chars().count() == SHOWN_AT_MOST + 1);
            }
        }
    }

    /// Accepts some bytes, then has no reader any more.
    struct Closing(usize);

    impl Write for Closing {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.0 == 0 {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            self.0 -= 1;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_closed_output_ends_quietly() {
        for (writes, json) in [(0, true), (0, false), (2, true)] {
            let stdin = "SCS-1V-1\n".repeat(100_000);
            parse(["-"], stdin.as_bytes(), json, &mut Closing(writes)).unwrap();
        }
    }

    /// A reader that breaks is an error, not the end of the list.
    struct Broken;

    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("gone"))
        }
    }

    #[test]
    fn unreadable_input_is_an_error() {
        assert!(matches!(parse(["-"], Broken, true, &mut Vec::new()), Err(StreamError::Read(_))));
    }
}
