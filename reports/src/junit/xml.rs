//! Writes suites of testcases as JUnit XML. Texts have to be [`super::safe::xml_safe`] before.

use quick_xml::Writer;
use quick_xml::events::{BytesCData, BytesDecl, Event};
use quick_xml::writer::ElementWriter;
use std::io;

/// A suite of testcases.
pub(super) struct Suite {
    pub(super) name: String,
    pub(super) package: String,
    pub(super) hostname: String,
    pub(super) timestamp: String,
    pub(super) properties: Vec<(String, String)>,
    pub(super) cases: Vec<Case>,
}

/// A testcase with its result.
pub(super) struct Case {
    pub(super) name: String,
    pub(super) classname: String,
    pub(super) milliseconds: u64,
    pub(super) outcome: Outcome,
    pub(super) output: Option<String>,
}

/// The result of a testcase.
pub(super) enum Outcome {
    Success,
    Failure(Detail),
    Error(Detail),
    Skipped(Detail),
}

/// The reason of a result that is not a success.
pub(super) struct Detail {
    pub(super) kind: String,
    pub(super) message: String,
    pub(super) text: String,
}

impl Outcome {
    /// Returns the element that says so, and its content.
    fn element(&self) -> Option<(&'static str, &Detail)> {
        match self {
            Self::Success => None,
            Self::Failure(detail) => Some(("failure", detail)),
            Self::Error(detail) => Some(("error", detail)),
            Self::Skipped(detail) => Some(("skipped", detail)),
        }
    }

    /// Returns true for what viewers show as a problem.
    pub(super) fn is_red(&self) -> bool {
        matches!(self, Self::Failure(_) | Self::Error(_))
    }
}

/// The numbers that a suite or a document has in its attributes.
#[derive(Default)]
struct Totals {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
    milliseconds: u64,
}

impl Totals {
    fn of<'a>(cases: impl Iterator<Item = &'a Case>) -> Self {
        cases.fold(Self::default(), |mut totals, case| {
            totals.tests += 1;
            match case.outcome {
                Outcome::Success => {}
                Outcome::Failure(_) => totals.failures += 1,
                Outcome::Error(_) => totals.errors += 1,
                Outcome::Skipped(_) => totals.skipped += 1,
            }
            totals.milliseconds = totals.milliseconds.saturating_add(case.milliseconds);
            totals
        })
    }
}

impl Totals {
    fn add(&mut self, other: &Self) {
        self.tests += other.tests;
        self.failures += other.failures;
        self.errors += other.errors;
        self.skipped += other.skipped;
        self.milliseconds = self.milliseconds.saturating_add(other.milliseconds);
    }
}

type Xml = Writer<Vec<u8>>;

/// Writes a document that took so long.
///
/// # Errors
/// Those of the library; writing to memory has none.
pub(super) fn document(name: &str, milliseconds: u64, suites: &[Suite]) -> io::Result<String> {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 1);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let totals = Totals::of(suites.iter().flat_map(|suite| &suite.cases));
    let element = counted(xml.create_element("testsuites").with_attribute(("name", name)), &totals, milliseconds);
    element.write_inner_content(|xml| suites.iter().try_for_each(|suite| write_suite(xml, suite)))?;
    String::from_utf8(xml.into_inner()).map(|text| text + "\n").map_err(io::Error::other)
}

/// Suites of several documents on their way into one.
#[derive(Default)]
pub(super) struct Joint {
    suites: Vec<u8>,
    totals: Totals,
}

impl Joint {
    /// Adds suites.
    ///
    /// # Errors
    /// Those of the library; writing to memory has none.
    pub(super) fn add(&mut self, suites: &[Suite]) -> io::Result<()> {
        let mut xml = Writer::new(std::mem::take(&mut self.suites));
        suites.iter().try_for_each(|suite| {
            write_suite(&mut xml, suite)?;
            xml.get_mut().push(b'\n');
            Ok::<_, io::Error>(())
        })?;
        self.suites = xml.into_inner();
        self.totals.add(&Totals::of(suites.iter().flat_map(|suite| &suite.cases)));
        Ok(())
    }

    /// Returns the document that took so long.
    ///
    /// # Errors
    /// Those of the library; writing to memory has none.
    pub(super) fn document(self, name: &str, milliseconds: u64) -> io::Result<String> {
        let mut xml = Writer::new(Vec::new());
        xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        xml.get_mut().push(b'\n');
        let element = xml.create_element("testsuites").with_attribute(("name", name));
        counted(element, &self.totals, milliseconds).write_inner_content(|xml| {
            xml.get_mut().push(b'\n');
            xml.get_mut().extend_from_slice(&self.suites);
            Ok(())
        })?;
        String::from_utf8(xml.into_inner()).map(|text| text + "\n").map_err(io::Error::other)
    }
}

fn write_suite(xml: &mut Xml, suite: &Suite) -> io::Result<()> {
    let totals = Totals::of(suite.cases.iter());
    let element = xml.create_element("testsuite").with_attributes([
        ("name", suite.name.as_str()),
        ("package", &suite.package),
        ("hostname", &suite.hostname),
        ("timestamp", &suite.timestamp),
        ("skipped", &totals.skipped.to_string()),
    ]);
    counted(element, &totals, totals.milliseconds).write_inner_content(|xml| {
        if !suite.properties.is_empty() {
            xml.create_element("properties").write_inner_content(|xml| {
                suite.properties.iter().try_for_each(|(name, value)| {
                    let attributes = [("name", name.as_str()), ("value", value)];
                    xml.create_element("property").with_attributes(attributes).write_empty().map(drop)
                })
            })?;
        }
        suite.cases.iter().try_for_each(|case| write_case(xml, case))
    })?;
    Ok(())
}

fn write_case(xml: &mut Xml, case: &Case) -> io::Result<()> {
    let element = xml.create_element("testcase").with_attributes([
        ("name", case.name.as_str()),
        ("classname", &case.classname),
        ("time", &seconds(case.milliseconds)),
    ]);
    let (result, output) = (case.outcome.element(), case.output.as_deref());
    if result.is_none() && output.is_none() {
        return element.write_empty().map(drop);
    }
    element.write_inner_content(|xml| {
        if let Some((name, detail)) = result {
            let attributes = [("type", detail.kind.as_str()), ("message", &detail.message)];
            write_text(xml.create_element(name).with_attributes(attributes), &detail.text)?;
        }
        output.map_or(Ok(()), |output| write_text(xml.create_element("system-out"), output))
    })?;
    Ok(())
}

fn write_text(element: ElementWriter<'_, Vec<u8>>, text: &str) -> io::Result<()> {
    element.write_cdata_content(BytesCData::new(text)).map(drop)
}

fn counted<'a>(element: ElementWriter<'a, Vec<u8>>, totals: &Totals, milliseconds: u64) -> ElementWriter<'a, Vec<u8>> {
    let Totals { tests, failures, errors, .. } = totals;
    element
        .with_attribute(("tests", tests.to_string().as_str()))
        .with_attribute(("failures", failures.to_string().as_str()))
        .with_attribute(("errors", errors.to_string().as_str()))
        .with_attribute(("time", seconds(milliseconds).as_str()))
}

/// Returns a time in seconds, at most a year.
fn seconds(milliseconds: u64) -> String {
    let milliseconds = milliseconds.min(31_536_000_000);
    format!("{}.{:03}", milliseconds / 1000, milliseconds % 1000)
}
