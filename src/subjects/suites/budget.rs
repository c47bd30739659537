//! Bounds the reading of results: one budget for all files of a run.

use super::error::ContentError;
use std::io::{self, BufRead, BufReader, Read};

/// The most bytes of all files that matter together; those of real runs have up to 20 MiB.
const MOST_BYTES: u64 = 160 << 20;
/// The most bytes of one of them.
const LARGEST_FILE: u64 = 64 << 20;
/// The most tests that all files list together; real files list 7,400 each.
pub(super) const MOST_TESTS: usize = 60_000;
/// The longest name of a test, in bytes; real ones have up to 400.
pub(super) const LONGEST_NAME: usize = 1_000;

/// The most that is read of a line, in bytes.
const LONGEST_LINE: u64 = 16 << 10;

/// The rest of the budget.
#[derive(Debug)]
pub(super) struct Budget {
    bytes: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Self { bytes: MOST_BYTES }
    }
}

/// A reason why a file was not read to its end.
enum BoundProblem {
    TooLarge(String),
    Unreadable,
}

/// The result of reading a file.
pub(super) enum Reading<T> {
    Done(T),
    /// It breaks off.
    BrokenOff,
}

struct Bounded<'a, R> {
    inner: R,
    left: u64,
    budget: &'a mut Budget,
    problem: Option<BoundProblem>,
}

impl Budget {
    /// Parses a file while it is read.
    ///
    /// # Errors
    /// It is too large, or the parser refuses it.
    pub fn parse<R: Read, T>(
        &mut self,
        file: R,
        parse: impl FnOnce(&mut BufReader<&mut dyn Read>) -> Result<T, ContentError>,
    ) -> Result<Reading<T>, ContentError> {
        let mut bounded = Bounded { inner: file, left: LARGEST_FILE, budget: self, problem: None };
        let parsed = parse(&mut BufReader::new(&mut bounded));
        match bounded.problem {
            Some(BoundProblem::TooLarge(why)) => Err(ContentError::TooLarge(why)),
            Some(BoundProblem::Unreadable) => Ok(Reading::BrokenOff),
            None => parsed.map(Reading::Done),
        }
    }
}

impl<R: Read> Bounded<'_, R> {
    fn stop(&mut self, problem: BoundProblem) -> io::Error {
        self.problem = Some(problem);
        io::Error::other("it is not read any further")
    }
}

impl<R: Read> Read for Bounded<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = match self.inner.read(buffer) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
            Err(_) => return Err(self.stop(BoundProblem::Unreadable)),
        };
        let bytes = count as u64;
        if bytes > self.left {
            return Err(
                self.stop(BoundProblem::TooLarge(format!("it has a file of more than {} MiB", LARGEST_FILE >> 20)))
            );
        }
        if bytes > self.budget.bytes {
            let why = format!("what has to be read of it is more than {} MiB together", MOST_BYTES >> 20);
            return Err(self.stop(BoundProblem::TooLarge(why)));
        }
        self.left -= bytes;
        self.budget.bytes -= bytes;
        Ok(count)
    }
}

/// Reads the lines of a text, one after the other, and of very long ones only the beginning.
///
/// # Errors
/// The text breaks off.
pub(super) fn lines(mut text: impl BufRead, mut look: impl FnMut(&str)) -> io::Result<()> {
    let (mut line, mut is_rest) = (Vec::new(), false);
    loop {
        line.clear();
        if text.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        if !is_rest {
            look(String::from_utf8_lossy(&line).trim_end());
        }
        is_rest = line.last() != Some(&b'\n');
    }
}
