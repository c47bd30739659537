//! The report in the form of the draft "revamp testing" of July 2026, for the result server to come. docs/formats.md says how
//! the draft is read here.

use crate::report::{Report, Tool};
use crate::text::visible;
use crate::upstream::{Content, checked_at, yaml};
use indexmap::IndexMap;
use serde::Serialize;

/// Renders the report as one YAML document with an explicit start, so that several can be joined.
///
/// # Errors
/// Those of the YAML library, which strings, numbers, lists and maps do not have.
pub(crate) fn render(report: &Report) -> Result<String, serde_yaml::ser::Error> {
    let Content { results, verdicts, log } = Content::of(report);
    let head = Head { uuid: &report.id, creator: creator(report), scope: &report.scope.uuid };
    let tests = results.into_iter().map(|(id, result)| (id, Test { result })).collect();
    let tail = Tail { subject: &report.subject.name, tests, log: verdicts.into_iter().chain(log).collect() };
    // The time stands unquoted, or else Python would read text.
    Ok(format!("---\n{}checked_at: {}\n{}", yaml(&head)?, checked_at(report), yaml(&tail)?))
}

#[derive(Serialize)]
struct Head<'a> {
    uuid: &'a str,
    creator: String,
    scope: &'a str,
}

#[derive(Serialize)]
struct Tail<'a> {
    subject: &'a str,
    tests: IndexMap<&'a str, Test>,
    log: Vec<String>,
}

#[derive(Serialize)]
struct Test {
    result: i8,
}

/// Names the program, with its version, and the definitions that it applied.
fn creator(report: &Report) -> String {
    let Tool { name, version, commit } = &report.tool;
    let commit = commit.as_ref().map(|commit| format!(" (commit {commit})")).unwrap_or_default();
    let definitions = &report.definitions;
    let digest = definitions.name(&definitions.digest);
    let creator = format!("{name} {version}{commit}, {} definitions {digest}", definitions.origin);
    visible(&creator).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{self, Builder};
    use crate::{Format, upstream};
    use proptest::prelude::*;
    use rstest::rstest;
    use serde_json::Value;

    fn read(text: &str) -> Value {
        serde_yaml::from_str(text).unwrap()
    }

    fn old(report: &Report) -> Value {
        read(&upstream::render(report).unwrap())["run"]["invocations"]["inv-0"].clone()
    }

    #[test]
    fn it_has_the_form_of_the_draft() {
        insta::assert_snapshot!(render(&samples::violations().build()).unwrap());
    }

    #[rstest]
    fn both_forms_say_the_same(
        #[values(
            Builder::conformant,
            Builder::empty,
            samples::violations,
            samples::hostile,
            samples::refused,
            samples::interrupted,
            samples::partial,
            samples::text,
            samples::residue
        )]
        sample: fn() -> Builder,
    ) {
        let report = sample().build();
        let (new, old) = (read(&render(&report).unwrap()), old(&report));
        let of_new = new["tests"].as_object().unwrap().iter().map(|(id, test)| (id, &test["result"]));
        assert!(of_new.eq(old["results"].as_object().unwrap()));
        let lines = [&old["stdout"], &old["stderr"]].into_iter().flat_map(|lines| lines.as_array().unwrap());
        assert!(lines.eq(new["log"].as_array().unwrap()));
        assert_eq!((&new["uuid"], &new["scope"]), (&report.id.clone().into(), &report.scope.uuid.clone().into()));
    }

    #[test]
    fn no_testcase_of_the_target_text_is_sent() {
        let mut report = samples::text().build();
        report.testcases["scs-0102-prop-hash_algo"].targets.shift_remove("next");
        assert_eq!(read(&render(&report).unwrap())["tests"]["scs-0102-prop-hash_algo"], Value::Null);
    }

    #[test]
    fn the_creator_names_program_and_definitions() {
        let mut report = Builder::conformant().build();
        report.tool.commit = Some("1a2b3c4d5e6f".to_owned());
        let creator = read(&render(&report).unwrap())["creator"].as_str().unwrap().to_owned();
        let Tool { name, version, .. } = &report.tool;
        let expected =
            format!("{name} {version} (commit 1a2b3c4d5e6f), official definitions {}", report.definitions.digest);
        assert_eq!(creator, expected);
    }

    #[test]
    fn both_forms_are_for_uploading_and_no_other_is() {
        let uploads: Vec<&str> =
            Format::ALL.into_iter().filter(|format| format.is_for_upload()).map(Format::name).collect();
        assert_eq!(uploads, ["yaml", "yaml-2026-07"]);
    }

    proptest! {
        #[test]
        fn any_subject_stays_what_it_is(name in any::<String>()) {
            let text = render(&samples::small().named(&name).build()).unwrap();
            prop_assert_eq!(&read(&text)["subject"], name.as_str());
            prop_assert!(text.chars().all(|c| c == '\n' || !c.is_control()));
        }
    }
}
