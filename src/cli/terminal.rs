//! Prints on stderr, and cleans all text that leaves the process: without secrets, and with invisible characters spelled
//! out.

use super::style::LogFormat;
use scs_checks::visible::{is_invisible, visible, visible_lines};
use scs_subjects::secrets::Secrets;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};
use tracing_subscriber::fmt::MakeWriter;

/// The secrets of all subjects of this process: errors and log lines come from everywhere.
static SUBJECTS: Mutex<Vec<Secrets>> = Mutex::new(Vec::new());

/// Keeps these secrets out of everything that is printed from now on.
pub(super) fn keep(secrets: &Secrets) {
    SUBJECTS.lock().unwrap_or_else(PoisonError::into_inner).push(secrets.clone());
}

/// Returns a text without the secrets of this process.
pub(super) fn without_secrets(text: &str) -> String {
    let subjects = SUBJECTS.lock().unwrap_or_else(PoisonError::into_inner);
    subjects.iter().fold(text.to_owned(), |text, secrets| secrets.hide(&text).into_owned())
}

/// Returns a text as it may be printed on a terminal.
pub(super) fn printable(text: &str) -> String {
    visible_lines(&without_secrets(text)).into_owned()
}

/// Prints a line on stderr. Nobody may be reading it any more; that must not end the program.
pub(super) fn note(line: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{}", printable(line));
}

/// The writer of log lines.
pub(super) struct Log(pub LogFormat);

impl<'a> MakeWriter<'a> for Log {
    type Writer = LogLine;

    fn make_writer(&'a self) -> LogLine {
        LogLine { format: self.0, text: Vec::new() }
    }
}

/// One log line, written as a whole when it is complete.
pub(super) struct LogLine {
    format: LogFormat,
    text: Vec<u8>,
}

impl Write for LogLine {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for LogLine {
    fn drop(&mut self) {
        let text = without_secrets(&String::from_utf8_lossy(&self.text));
        let line = match self.format {
            LogFormat::Text => visible(text.trim_end_matches('\n')).into_owned() + "\n",
            LogFormat::Json => text.split_inclusive('\n').map(escaped).collect(),
        };
        // Where nobody reads stderr any more, complaining there would end the program.
        let _ = io::stderr().lock().write_all(line.as_bytes());
    }
}

/// Escapes what cannot be seen in JSON on one line.
fn escaped(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '\n' => escaped.push(c),
            c if is_invisible(c) => {
                // Writing to a text cannot fail.
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(escaped, "\\u{unit:04x}");
                }
            }
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_printed_repeats_a_secret_or_hides_what_it_says() {
        let secrets = Secrets::default();
        secrets.add("Zq7pass-of-this-test");
        keep(&secrets);
        assert_eq!(printable("a\u{202e}Zq7pass-of-this-test\nb"), "a\\u{202e}[secret]\nb");
        secrets.add("born-later-than-the-run");
        assert_eq!(without_secrets("born-later-than-the-run"), "[secret]");
    }

    #[test]
    fn a_json_line_stays_json() {
        let line = escaped("{\"a\":\"x\u{202e}\u{e0041}\"}\n");
        assert_eq!(line, "{\"a\":\"x\\u202e\\udb40\\udc41\"}\n");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&line).unwrap()["a"], "x\u{202e}\u{e0041}");
    }
}
