//! What a run made in the subject and what is left of it, in the words that all reports share.

use crate::report::{CreatedResource, Report};
use crate::text::{count, thousands, visible};
use crate::wording::{noun};
use scs_checks::facts::SubjectKind;
use std::borrow::Cow;

/// The word for what is still there.
pub(crate) const LEFT: &str = "LEFT BEHIND";

/// What a run made in the subject; there is none where it made nothing.
pub(crate) struct Cleanup<'a> {
    /// The name of the run.
    pub run: &'a str,
    /// Everything that was made.
    pub all: &'a [CreatedResource],
    /// What is still there.
    pub left: Vec<&'a CreatedResource>,
    /// The command that removes it, where the report knows how to reach the subject.
    pub command: Option<String>,
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
            command: command(report, &changes.run),
            noun: noun(report.subject.kind),
        })
    }

    /// `created and removed 7 resources`, or how many of them are still there.
    pub(crate) fn sentence(&self) -> String {
        let (made, noun) = (self.all.len(), self.noun);
        match self.left.len() {
            0 => format!("created and removed {}", count(made, "resource")),
            1 => format!("1 of {} that the run created is still in the {noun}", count(made, "resource")),
            left => format!(
                "{} of {} that the run created are still in the {noun}",
                thousands(left),
                count(made, "resource")
            ),
        }
    }
}

/// The end of a sentence about a version: `2 resources are left in the cloud`.
pub(crate) fn left_behind(report: &Report) -> Option<String> {
    let noun = noun(report.subject.kind);
    match report.residue().count() {
        0 => None,
        1 => Some(format!("1 resource is left in the {noun}")),
        left => Some(format!("{} are left in the {noun}", count(left, "resource"))),
    }
}

/// What is left in the subject, a line for each resource, and how to remove it; safe for a terminal. Nothing where nothing
/// is left.
pub fn residue_lines(report: &Report) -> Vec<String> {
    let Some(cleanup) = Cleanup::of(report).filter(|cleanup| !cleanup.left.is_empty()) else { return Vec::new() };
    let left = cleanup.left.iter().map(|resource| format!("left behind: {}: {}", named(resource), why(resource)));
    let command = cleanup.command.iter().map(|command| format!("remove it with: {command}"));
    left.chain(command).map(|line| visible(&line).into_owned()).collect()
}

/// `server NAME (ID)`: unescaped, for a line of plain text.
pub(crate) fn named(resource: &CreatedResource) -> String {
    let id = resource.id.as_ref().map(|id| format!(" ({id})")).unwrap_or_default();
    format!("{} {}{id}", resource.kind, resource.name)
}

/// Why it is still there.
pub(crate) fn why(resource: &CreatedResource) -> &str {
    resource.left.as_deref().unwrap_or_default()
}

fn command(report: &Report, run: &str) -> Option<String> {
    let (kind, names): (_, &[&str]) = match report.subject.kind {
        SubjectKind::Cloud => ("iaas", &["cloud"]),
        SubjectKind::Cluster => ("kaas", &["kubeconfig", "context"]),
    };
    let named = |name: &&str| Some(format!("--{name} {}", quoted(report.subject.details.get(*name)?)));
    let options: Vec<String> = names.iter().filter_map(named).collect();
    if options.is_empty() {
        return None;
    }
    Some(format!("{} sweep {kind} {} --run {}", report.tool.name, options.join(" "), quoted(run)))
}

/// A word as a shell reads it. Names of clouds may be anything.
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
        Some("1 of 1 resource that the run created is still in the cloud"),
        Some("1 resource is left in the cloud")
    )]
    #[case(
        samples::residue(),
        Some("2 of 5 resources that the run created are still in the cloud"),
        Some("2 resources are left in the cloud")
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
    fn the_command_can_be_pasted(#[case] cloud: &str, #[case] word: &str) {
        let mut report = samples::residue().build();
        report.subject.details.insert("cloud".into(), cloud.into());
        let expected = format!("scs-conformance sweep iaas --cloud {word} --run 20261120t153045-k3f9");
        assert_eq!(Cleanup::of(&report).unwrap().command, Some(expected));
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
    fn a_report_without_a_cloud_has_no_command() {
        let mut report = samples::residue().build();
        report.subject.details.remove("cloud");
        assert_eq!(Cleanup::of(&report).unwrap().command, None);
    }
}
