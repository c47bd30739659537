//! The resources that a run created and those that are left, in the words that all reports share.

use crate::report::{CreatedResource, Report};
use crate::text::{count, thousands, visible};
use crate::wording::noun;
use std::borrow::Cow;

/// The word for what is still there.
pub(crate) const LEFT: &str = "LEFT BEHIND";

/// The resources that a run created, and those that are left.
pub(crate) struct Cleanup<'a> {
    /// The name of the run.
    pub run: &'a str,
    /// All resources that were created.
    pub all: &'a [CreatedResource],
    /// The resources that are left.
    pub left: Vec<&'a CreatedResource>,
    /// The command that removes it, as the run wrote it down.
    pub command: Option<&'a str>,
    /// `cloud` or `cluster`.
    pub noun: &'static str,
}

impl<'a> Cleanup<'a> {
    pub(crate) fn of(report: &'a Report) -> Option<Self> {
        let changes = report.changes.as_ref().filter(|changes| !changes.resources.is_empty())?;
        Some(Self {
            run: &changes.run,
            all: &changes.resources,
            left: changes.residue().collect(),
            command: changes.sweep.as_deref(),
            noun: noun(report.subject.kind),
        })
    }

    /// Returns `created and removed 7 resources`, or how many of them may still be there.
    pub(crate) fn sentence(&self) -> String {
        let (made, noun) = (self.all.len(), self.noun);
        match self.left.len() {
            0 => format!("created and removed {}", count(made, "resource")),
            left => {
                let made = count(made, "resource");
                format!("{} of {made} that the run created may still be in the {noun}", thousands(left))
            }
        }
    }
}

/// Returns the end of a sentence about a version: `2 resources may be left in the cloud`.
pub(crate) fn left_behind(report: &Report) -> Option<String> {
    let noun = noun(report.subject.kind);
    match report.residue().count() {
        0 => None,
        left => Some(format!("{} may be left in the {noun}", count(left, "resource"))),
    }
}

/// Returns a line for each resource that is left, and one with the command that removes them; safe for a terminal.
pub fn residue_lines(report: &Report) -> Vec<String> {
    let Some(cleanup) = Cleanup::of(report).filter(|cleanup| !cleanup.left.is_empty()) else { return Vec::new() };
    let left = cleanup.left.iter().map(|resource| format!("left behind: {}: {}", named(resource), why(resource)));
    let command = cleanup.command.iter().map(|command| format!("remove it with: {command}"));
    left.chain(command).map(|line| visible(&line).into_owned()).collect()
}

/// Returns `server NAME (ID)`: unescaped, for a line of plain text.
pub(crate) fn named(resource: &CreatedResource) -> String {
    let id = resource.id.as_ref().map(|id| format!(" ({id})")).unwrap_or_default();
    format!("{} {}{id}", resource.kind, resource.name)
}

/// Returns the reason why it is still there.
pub(crate) fn why(resource: &CreatedResource) -> &str {
    resource.left.as_deref().unwrap_or_default()
}

/// Quotes a word for a shell. Names of clouds may be anything.
pub fn quoted(word: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | ':' | '@');
    if !word.is_empty() && word.chars().all(is_plain) {
        return Cow::Borrowed(word);
    }
    Cow::Owned(format!("'{}'", word.replace('\'', "'\\''")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{self, Builder};
    use rstest::rstest;

    #[rstest]
    #[case(Builder::conformant(), None, None)]
    #[case(Builder::conformant().created(&[]), None, None)]
    #[case(Builder::conformant().created(&[None]), Some("created and removed 1 resource"), None)]
    #[case(Builder::conformant().created(&[None; 3]), Some("created and removed 3 resources"), None)]
    #[case(
        Builder::conformant().created(&[Some("409")]),
        Some("1 of 1 resource that the run created may still be in the cloud"),
        Some("1 resource may be left in the cloud")
    )]
    #[case(
        samples::residue(),
        Some("2 of 5 resources that the run created may still be in the cloud"),
        Some("2 resources may be left in the cloud")
    )]
    fn it_is_told_in_one_sentence(#[case] sample: Builder, #[case] sentence: Option<&str>, #[case] left: Option<&str>) {
        let report = sample.build();
        assert_eq!(Cleanup::of(&report).map(|cleanup| cleanup.sentence()).as_deref(), sentence);
        assert_eq!(left_behind(&report).as_deref(), left);
    }

    #[rstest]
    #[case("lab", "lab")]
    #[case("my cloud", "'my cloud'")]
    #[case("", "''")]
    #[case("$(rm -rf ~)", "'$(rm -rf ~)'")]
    #[case("it's; #1", "'it'\\''s; #1'")]
    #[case("wölke", "'wölke'")]
    fn word_can_be_pasted_into_a_shell(#[case] word: &str, #[case] expected: &str) {
        assert_eq!(quoted(word), expected);
    }

    #[test]
    fn each_thing_that_is_left_has_a_line() {
        let report = samples::residue().build();
        let lines = residue_lines(&report);
        assert_eq!(lines.len(), 3, "{lines:?}");
        for (line, resource) in lines.iter().zip(report.residue()) {
            let (name, why) = (&resource.name, resource.left.as_ref().unwrap());
            assert!(line.starts_with("left behind: ") && line.contains(name) && line.ends_with(why), "{line}");
        }
        let command = "scs-conformance sweep iaas --cloud lab --run 20261120t153045-k3f9";
        assert_eq!(lines[2].strip_prefix("remove it with: "), Some(command));
        assert_eq!(residue_lines(&Builder::conformant().created(&[None; 3]).build()), [""; 0]);
    }

    #[test]
    fn names_do_not_steer_a_terminal() {
        let mut report = samples::residue().build();
        report.changes.as_mut().unwrap().resources.iter_mut().for_each(|resource| resource.name = "a\x1b[2Jb\n".into());
        assert!(residue_lines(&report).iter().all(|line| !line.contains(char::is_control)));
    }

    #[test]
    fn a_report_has_the_command_of_its_run_or_none() {
        let mut report = samples::residue().build();
        let command = "scs-conformance sweep iaas --cloud lab --region 'R 1' --run x";
        report.changes.as_mut().unwrap().sweep = Some(command.into());
        assert_eq!(Cleanup::of(&report).unwrap().command, Some(command));
        report.changes.as_mut().unwrap().sweep = None;
        assert_eq!(Cleanup::of(&report).unwrap().command, None);
    }
}
