//! The report in the form of today's suite, which today's result server reads.
//!
//! That suite runs programs and records what they print. This one runs none, so the report
//! tells of one made-up invocation that prints what those programs would print.

use crate::cleanup::{Cleanup, LEFT, named, why};
use crate::evidence::one_line;
use crate::marks::{VOIDING, marks, of_testcase};
use crate::report::{MarkKind, Report, SubjectState, TestcaseResult};
use crate::text::visible;
use chrono::SubsecRound;
use indexmap::IndexMap;
use scs_checks::definition::{Origin, Target};
use scs_checks::facts::SubjectKind;
use scs_checks::verdict::{Severity, Verdict};
use serde::Serialize;
use serde_yaml::SerializerOptions;
use std::fmt;

/// Returns the reason why a report must not be uploaded as a result of its scope; none for one that may. The operator may
/// permit the upload of a report by altered definitions, never that of a simulation.
pub fn upload_refusal(simulated: bool, origin: Origin, altered_is_permitted: bool) -> Option<&'static str> {
    if simulated {
        return Some("the report is of a simulation, which proves nothing; check a real cloud or cluster");
    }
    if origin == Origin::Altered && !altered_is_permitted {
        return Some(
            "the definitions are not the official ones, and a result server cannot tell the difference; omit --standards \
             and --scope, or permit it with --upload-altered",
        );
    }
    None
}

/// Returns the word of the mark that takes all meaning from an upload, if this line of its log states one: a result server must
/// not take it.
pub fn voiding_word(line: &str) -> Option<&'static str> {
    let (word, _) = line.strip_prefix("CRITICAL: ")?.split_once(": ")?;
    VOIDING.into_iter().find(|voiding| *voiding == word)
}

/// Renders the report as one YAML document with an explicit start, so that several can be joined.
///
/// # Errors
/// Those of the YAML library, which strings, numbers, lists and maps do not have.
pub(crate) fn render(report: &Report) -> Result<String, serde_yaml::ser::Error> {
    // The two times stand unquoted, or else Python would read text. Whatever a cloud or a
    // user may have written is left to the serializer.
    Ok(format!(
        "---\n{}checked_at: {}\nreference_date: {}\n{}",
        yaml(&Head { spec: Spec { uuid: &report.scope.uuid, name: &report.scope.name, url: &report.scope.url } })?,
        checked_at(report),
        report.reference.date_naive().format("%Y-%m-%d"),
        yaml(&Tail { subject: &report.subject.name, run: Run::of(report) })?,
    ))
}

/// Returns the beginning of the run, as Python reads times.
pub(crate) fn checked_at(report: &Report) -> impl fmt::Display {
    report.started_at.naive_utc().trunc_subsecs(0).format("%Y-%m-%d %H:%M:%S")
}

#[derive(Serialize)]
struct Head<'a> {
    spec: Spec<'a>,
}

#[derive(Serialize)]
struct Spec<'a> {
    uuid: &'a str,
    name: &'a str,
    url: &'a str,
}

#[derive(Serialize)]
struct Tail<'a> {
    subject: &'a str,
    run: Run<'a>,
}

#[derive(Serialize)]
struct Run<'a> {
    uuid: &'a str,
    argv: Vec<String>,
    assignment: IndexMap<String, String>,
    sections: Option<Vec<String>>,
    forced_version: Option<String>,
    forced_tests: Option<String>,
    invocations: IndexMap<&'static str, Invocation<'a>>,
}

#[derive(Serialize)]
struct Invocation<'a> {
    id: &'static str,
    cmd: String,
    results: IndexMap<&'a str, i8>,
    rc: u8,
    stdout: Vec<String>,
    stderr: Vec<String>,
    info: usize,
    warning: usize,
    error: usize,
    critical: usize,
}

/// The name of the made-up invocation.
const INVOCATION: &str = "inv-0";

impl<'a> Run<'a> {
    fn of(report: &'a Report) -> Self {
        let selection = &report.selection;
        let sections: Vec<String> = selection.sections.iter().map(ToString::to_string).collect();
        let argv = argv(report);
        let invocation = Invocation::of(report, argv.join(" "));
        Self {
            uuid: &report.id,
            argv,
            assignment: IndexMap::new(),
            sections: (!sections.is_empty()).then_some(sections),
            forced_version: joined(&selection.versions),
            forced_tests: joined(&selection.select),
            invocations: IndexMap::from([(INVOCATION, invocation)]),
        }
    }
}

fn joined(words: &[String]) -> Option<String> {
    (!words.is_empty()).then(|| words.join(" "))
}

/// Returns the command line as far as the report knows it. It is not the real one, which could hold paths, names of
/// clouds and secrets.
fn argv(report: &Report) -> Vec<String> {
    let kind = match report.subject.kind {
        SubjectKind::Cloud => "iaas",
        SubjectKind::Cluster => "kaas",
    };
    let mut argv = vec![report.tool.name.clone(), "check".to_owned(), kind.to_owned()];
    let selection = &report.selection;
    let sections: Vec<String> = selection.sections.iter().map(ToString::to_string).collect();
    let targets: Vec<String> = selection.targets.iter().map(ToString::to_string).collect();
    let levels: Vec<String> = selection.levels.iter().map(ToString::to_string).collect();
    let flags = [
        ("--scope-version", &selection.versions),
        ("--select", &selection.select),
        ("--section", &sections),
        ("--target", &targets),
        ("--level", &levels),
    ];
    for (flag, values) in flags {
        argv.extend(values.iter().flat_map(|value| [flag.to_owned(), value.clone()]));
    }
    argv.extend(selection.by_text.then(|| "--by-text".to_owned()));
    argv.extend(selection.deciding.then(|| "--deciding".to_owned()));
    argv.extend(["--subject".to_owned(), report.subject.name.clone()]);
    argv.iter().map(|word| visible(word).into_owned()).collect()
}

impl<'a> Invocation<'a> {
    fn of(report: &'a Report, cmd: String) -> Self {
        let Content { results, verdicts: stdout, log: stderr } = Content::of(report);
        let signal = |word: &str| {
            let begins = |line: &&String| line.get(..word.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(word));
            stdout.iter().chain(&stderr).filter(begins).count()
        };
        let ended = report.subject.state == SubjectState::Tested && report.interrupted.is_none();
        let (info, warning) = (signal("info"), signal("warning"));
        let (error, critical) = (signal("error"), signal("critical"));
        let rc = u8::from(!ended);
        Self { id: INVOCATION, cmd, results, rc, stdout, stderr, info, warning, error, critical }
    }
}

/// The part of a report that result servers read, whatever its form.
pub(crate) struct Content<'a> {
    /// The numbers of what was tested, by testcase.
    pub results: IndexMap<&'a str, i8>,
    /// A line for each of them, with its verdict.
    pub verdicts: Vec<String>,
    /// All other lines for people.
    pub log: Vec<String>,
}

impl<'a> Content<'a> {
    pub(crate) fn of(report: &'a Report) -> Self {
        let known = report.testcases.iter().filter(|(_, result)| is_known_to_today_s_suite(result));
        let tested = known.filter_map(|(id, result)| Some((id.as_str(), result, number(result)?)));
        let mut content = Self { results: IndexMap::new(), verdicts: Vec::new(), log: preflight(report) };
        for (id, result, number) in tested {
            content.results.insert(id, number);
            content.verdicts.push(format!("{}: {}", visible(id), result.verdict));
            content.log.extend(explanation(report, id, result));
        }
        content.log.extend(cleanup(report));
        content
    }
}

/// Returns true unless only the target `text` counts it: today's suite does not know that target.
fn is_known_to_today_s_suite(result: &TestcaseResult) -> bool {
    result.targets.is_empty() || result.targets.values().any(|target| *target != Target::Text)
}

/// Returns the number that the result server stores for a verdict; none for MISS, which it concludes from the absence.
fn number(result: &TestcaseResult) -> Option<i8> {
    match result.verdict {
        Verdict::Pass => Some(1),
        Verdict::Abort => Some(0),
        Verdict::Fail => Some(-1),
        Verdict::Miss => None,
    }
}

/// Says why nothing, or not everything, could be tested, and what limits the meaning of the verdicts.
fn preflight(report: &Report) -> Vec<String> {
    let reasons = report.subject.reason.iter().chain(&report.interrupted);
    let reasons = reasons.map(|reason| format!("CRITICAL: {}", visible(&reason.message)));
    // What is left behind is told at the end.
    let marks = marks(report).into_iter().filter(|mark| mark.kind != MarkKind::LeftBehind);
    let marks = marks.map(|mark| {
        let level = if mark.voids() { "CRITICAL" } else { "WARNING" };
        format!("{level}: {}: {}", mark.word, visible(&mark.sentence))
    });
    reasons.chain(marks).collect()
}

/// Returns one line if everything that the run created is gone, else one for each resource that is left.
fn cleanup(report: &Report) -> Vec<String> {
    let Some(made) = Cleanup::of(report) else { return Vec::new() };
    if made.left.is_empty() {
        return vec![format!("INFO: {} (run {})", made.sentence(), visible(made.run))];
    }
    let left = made.left.iter().map(|resource| {
        let about = format!("{}: {}", named(resource), why(resource));
        format!("CRITICAL: {LEFT} in the {}: {}", made.noun, visible(&about))
    });
    let command = made.command.iter().map(|command| format!("INFO: remove it with: {}", visible(command)));
    let sentence = std::iter::once(format!("INFO: {}", made.sentence()));
    left.chain(sentence).chain(command).collect()
}

/// Returns one line for each finding, or for the reason where there is no verdict. A reason that stands for the whole
/// subject was told already.
fn explanation(report: &Report, id: &str, result: &TestcaseResult) -> Vec<String> {
    let told = result.reason.is_some() && result.reason == report.subject.reason;
    let reason = result.reason.iter().filter(|_| !told);
    let reasons = reason.map(|reason| format!("ERROR: {}: {}", visible(id), visible(&reason.message)));
    let findings = result.findings.iter().map(|finding| {
        let level = match finding.severity {
            Severity::Info => "INFO",
            Severity::Warning => "WARNING",
            Severity::Violation => "ERROR",
        };
        format!("{level}: {}: {}", visible(id), one_line(finding))
    });
    let marks = of_testcase(report, id, result).into_iter().map(|mark| format!("WARNING: {}: {mark}", visible(id)));
    reasons.chain(findings).chain(marks).collect()
}

/// Writes a mapping in block style, each string on one line.
pub(crate) fn yaml(value: &impl Serialize) -> Result<String, serde_yaml::ser::Error> {
    let mut options = SerializerOptions::default();
    options.prefer_block_scalars = false;
    serde_yaml::to_string_with_options(value, options)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{self, Builder};
    use proptest::prelude::*;
    use rstest::rstest;
    use serde_json::{Value, json};

    fn read(text: &str) -> Value {
        serde_yaml::from_str(text).unwrap()
    }

    fn invocation(report: &Report) -> Value {
        read(&render(report).unwrap())["run"]["invocations"][INVOCATION].clone()
    }

    #[test]
    fn it_has_the_form_of_todays_suite() {
        insta::assert_snapshot!(render(&samples::violations().build()).unwrap());
    }

    #[test]
    fn hostile_strings_stay_strings() {
        let report = samples::hostile().build();
        let text = render(&report).unwrap();
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "a reader would refuse control characters");
        let document = read(&text);
        assert_eq!(document["subject"], report.subject.name.as_str());
        let invocation = &document["run"]["invocations"][INVOCATION];
        assert_eq!(invocation["results"].as_object().unwrap().len(), invocation["stdout"].as_array().unwrap().len());
        assert!(invocation["error"].as_u64().unwrap() > 2000);
        for line in invocation["stdout"].as_array().unwrap().iter().chain(invocation["stderr"].as_array().unwrap()) {
            assert!(!line.as_str().unwrap().contains('\n'));
        }
    }

    #[test]
    fn documents_can_be_joined() {
        let texts = [samples::violations(), samples::hostile(), samples::refused(), Builder::empty()];
        let all: String = texts.into_iter().map(|sample| render(&sample.build()).unwrap()).collect();
        let documents: Vec<Value> = serde_yaml::from_multiple(&all).unwrap();
        assert_eq!(documents.len(), 4);
    }

    #[test]
    fn untested_testcase_is_not_written() {
        let text = render(&Builder::conformant().build()).unwrap();
        assert!(!text.contains("MISS") && !text.contains("scs-0117-test-backup"));
        assert!(text.contains("\nchecked_at: 2026-11-20 15:30:45\nreference_date: 2026-11-20\n"));
    }

    #[test]
    fn counters_count_lines() {
        let found = invocation(&samples::interrupted().build());
        let lines = |word: &str| {
            let stderr = found["stderr"].as_array().unwrap().iter();
            stderr.filter(|line| line.as_str().unwrap().starts_with(word)).count()
        };
        for (counter, word) in
            [("info", "INFO: "), ("warning", "WARNING: "), ("error", "ERROR: "), ("critical", "CRITICAL: ")]
        {
            assert_eq!(found[counter], lines(word), "{counter}");
        }
        assert_eq!(found["critical"], 1);
        assert_eq!(found["rc"], 1);
    }

    #[test]
    fn a_refused_subject_has_one_reason_and_nothing_green() {
        let found = invocation(&samples::refused().build());
        assert_eq!(found["stderr"].as_array().unwrap().len(), 1);
        assert!(found["results"].as_object().unwrap().values().all(|number| *number == 0));
    }

    #[test]
    fn a_voided_report_is_known_by_its_log() {
        let word = |report: &Report| Content::of(report).log.iter().find_map(|line| voiding_word(line));
        let mut report = samples::violations().build();
        assert_eq!(word(&report), None);
        report.definitions.origin = Origin::Altered;
        assert_eq!(word(&report), Some("ALTERED DEFINITIONS"));
        report.subject.simulated = true;
        assert_eq!(word(&report), Some("SIMULATED"));
        assert_eq!(word(&samples::hostile().build()), None);
    }

    #[test]
    fn residue_is_critical() {
        let found = invocation(&samples::residue().build());
        let stderr: Vec<&str> = found["stderr"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
        let told = [
            "CRITICAL: LEFT BEHIND in the cloud: volume _scs-20261120t153045-k3f9-source \
             (2b0c7d2e-11aa-4a55-9b0a-0c4d7e2f0000): DELETE answered 409 until the deadline: \
             the volume has a dependent backup.",
            "CRITICAL: LEFT BEHIND in the cloud: network _scs-20261120t153045-k3f9-net: the run was killed while this was made",
            "INFO: 2 of 5 resources that the run created may still be in the cloud",
            "INFO: remove it with: scs-conformance sweep iaas --cloud lab --run 20261120t153045-k3f9",
        ];
        assert!(stderr.ends_with(&told), "{stderr:#?}");
        assert_eq!((&found["critical"], &found["rc"]), (&2.into(), &0.into()));
        let gone = invocation(&samples::changed().build());
        let last = gone["stderr"].as_array().unwrap().last().unwrap();
        assert_eq!(*last, "INFO: created and removed 7 resources (run 20261120t153045-k3f9)");
        assert_eq!(gone["critical"], 0);
    }

    #[test]
    fn today_s_server_gets_no_testcase_of_the_target_text() {
        let mut report = samples::text().by_text().build();
        report.testcases["scs-0102-prop-hash_algo"].targets.shift_remove("next");
        let run = read(&render(&report).unwrap())["run"].clone();
        let results = &run["invocations"][INVOCATION]["results"];
        assert_eq!((&results["scs-0102-prop-min_ram"], &results["scs-0102-prop-hash_algo"]), (&json!(1), &Value::Null));
        assert!(run["argv"].as_array().unwrap().contains(&json!("--by-text")));
    }

    #[test]
    fn the_selection_is_recorded() {
        let mut report = samples::partial().build();
        report.selection.versions = vec!["v5.1".to_owned()];
        report.selection.sections = vec![scs_checks::definition::Section::Light];
        let run = read(&render(&report).unwrap())["run"].clone();
        assert_eq!(run["forced_version"], "v5.1");
        assert_eq!(run["forced_tests"], "scs-0123-*");
        assert_eq!(run["sections"], json!(["light"]));
        let words: Vec<&str> = run["argv"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
        let expected =
            "scs-conformance check iaas --scope-version v5.1 --select scs-0123-* --section light --subject lab-member";
        assert_eq!(words.join(" "), expected);
        assert_eq!(run["invocations"][INVOCATION]["cmd"], expected);
    }

    #[rstest]
    #[case(false, Origin::Official, false, "")]
    #[case(false, Origin::Altered, false, "--upload-altered")]
    #[case(false, Origin::Altered, true, "")]
    #[case(true, Origin::Official, true, "simulation")]
    fn a_simulation_is_never_uploaded_and_altered_definitions_only_with_permission(
        #[case] simulated: bool,
        #[case] origin: Origin,
        #[case] permitted: bool,
        #[case] expected: &str,
    ) {
        let refusal = upload_refusal(simulated, origin, permitted);
        assert_eq!(refusal.is_none(), expected.is_empty());
        assert!(refusal.unwrap_or_default().contains(expected));
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
