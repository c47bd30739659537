//! JUnit files that were made of subunit streams (`subunit2junitxml`). They do not tell when the tests were run.

use super::error::ContentError;
use super::outcomes::Outcomes;
use chrono::{DateTime, Utc};
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use scs_checks::facts::TempestOutcome;

/// The deepest nesting of elements; real files have four levels.
const DEEPEST: usize = 20;

/// Parses a file. One that ends within an element is cut off, not refused.
///
/// # Errors
/// It is not XML, or has more tests than any real one.
pub(super) fn parse(bytes: &[u8]) -> Result<Outcomes, ContentError> {
    let mut reader = Reader::from_reader(bytes);
    let (mut outcomes, mut test, mut depth, mut suites) = (Outcomes::default(), None, 0, 0);
    loop {
        match reader.read_event().map_err(|error| ContentError::Xml(error.to_string()))? {
            Event::Eof => break,
            Event::Start(tag) => {
                depth += 1;
                if depth > DEEPEST {
                    return Err(ContentError::TooLarge("20 levels of elements"));
                }
                suites += usize::from(is_suite(&tag));
                open(&tag, &mut test, &mut outcomes)?;
            }
            Event::Empty(tag) => {
                let is_test = is_test(&tag);
                open(&tag, &mut test, &mut outcomes)?;
                if is_test {
                    close(&mut test, &mut outcomes)?;
                }
            }
            Event::End(tag) => {
                depth -= 1;
                if tag.local_name().as_ref() == b"testcase" {
                    close(&mut test, &mut outcomes)?;
                }
            }
            _ => {}
        }
    }
    outcomes.complete = depth == 0 && suites > 0;
    Ok(outcomes)
}

fn is_suite(tag: &BytesStart<'_>) -> bool {
    matches!(tag.local_name().as_ref(), b"testsuite" | b"testsuites")
}

fn is_test(tag: &BytesStart<'_>) -> bool {
    tag.local_name().as_ref() == b"testcase"
}

fn open(
    tag: &BytesStart<'_>,
    test: &mut Option<(String, TempestOutcome)>,
    outcomes: &mut Outcomes,
) -> Result<(), ContentError> {
    match (tag.local_name().as_ref(), test) {
        (b"testsuite", _) => {
            let at = attribute(tag, "timestamp")?.and_then(|text| text.parse::<DateTime<Utc>>().ok());
            at.into_iter().for_each(|at| outcomes.seen_at(at));
        }
        (b"testcase", test) => {
            let [class, name] = [attribute(tag, "classname")?, attribute(tag, "name")?].map(Option::unwrap_or_default);
            let name = if class.is_empty() { name } else { format!("{class}.{name}") };
            *test = Some((name, TempestOutcome::Passed));
        }
        (b"failure" | b"error", Some((_, outcome))) => *outcome = TempestOutcome::Failed,
        (b"skipped", Some((_, outcome))) if *outcome == TempestOutcome::Passed => *outcome = TempestOutcome::Skipped,
        _ => {}
    }
    Ok(())
}

fn close(test: &mut Option<(String, TempestOutcome)>, outcomes: &mut Outcomes) -> Result<(), ContentError> {
    test.take().map_or(Ok(()), |(name, outcome)| outcomes.add(&name, outcome))
}

fn attribute(tag: &BytesStart<'_>, name: &str) -> Result<Option<String>, ContentError> {
    let refused = |error: String| ContentError::Xml(error);
    let found = tag.try_get_attribute(name).map_err(|error| refused(error.to_string()))?;
    let value = found.map(|found| found.normalized_value(XmlVersion::default())).transpose();
    Ok(value.map_err(|error| refused(error.to_string()))?.map(|value| value.into_owned()))
}
