use super::super::tests::{SCOPE, STANDARD};
use super::*;
use rstest::rstest;

fn sources(standard: &str, scope: &str) -> [Source; 2] {
    [("iaas/a.yaml", standard), ("scopes/b.yaml", scope)]
        .map(|(path, text)| Source::new(path, text.as_bytes()).unwrap())
}

/// Returns the digests of the definitions as they were.
fn recorded() -> Source {
    let text = Definitions::load(&sources(STANDARD, SCOPE)).unwrap().stable_record();
    Source { path: stable::FILE.into(), text }
}

/// Returns the numbers of clauses as they were.
fn counted() -> Source {
    Source::new("data/clauses.yaml", b"scs-0123-v1: {must: 1, should: 1}\n").unwrap()
}

/// Returns the remarks but for those on kinds of checks, which a small definition cannot use all, and on examples.
fn remarks(standard: &str, scope: &str) -> Vec<Remark> {
    let mut remarks = lint(&sources(standard, scope), Some(&recorded()), Some(&counted()));
    let is_other =
        |message: &str| !message.starts_with("no testcase uses the check") && !message.contains("lacks an example");
    remarks.retain(|remark| is_other(&remark.problem.message));
    remarks
}

#[test]
fn sound_definitions_are_clean() {
    assert_eq!(remarks(STANDARD, SCOPE), []);
}

/// A piece is replaced; then a remark with this place, message and help is made.
#[rstest]
#[case::broken("title: Services\n", "titel: Services\n", "2:1", "unknown key \"titel\"", "title")]
#[case::untargeted(
    "versions:\n  v1:",
    "  - id: scs-0123-x\n    description: X.\n    check: {service-present: {types: [x]}}\nversions:\n  v1:",
    "13:9",
    "\"scs-0123-x\" is in no target of any version",
    "untargeted: "
)]
#[case::untargeted_for_no_reason(
    "versions:\n  v1:",
    "  - id: scs-0123-x\n    description: X.\n    untargeted: ' '\n    check: {service-present: {types: [x]}}\nversions:\n  v1:",
    "15:17",
    "this untargeted is empty",
    ""
)]
#[case::targeted_after_all(
    "    clauses: [presence]\n",
    "    clauses: [presence]\n    untargeted: no reason\n",
    "8:17",
    "marked `untargeted`, but is in a target",
    "remove the mark"
)]
#[case::blank_remedy("Register it.", "' '", "3:67", "this remedy is empty", "write a sentence")]
#[case::blank_description("There is a compute service.", "''", "6:18", "this description is empty", "")]
#[case::blank_title("title: Services v1", "title: ''", "15:12", "this title is empty", "")]
#[case::blank_clause("text: There is more.", "text: ''", "19:14", "the clause \"more\" has no text", "")]
#[case::blank_name("name: SCS-compatible IaaS", "name: ''", "2:7", "this name is empty", "")]
#[case::plain_http(
    "'https://example.org/w1'",
    "'http://example.org/w1'",
    "3:17",
    "is not a usable address",
    "https://"
)]
#[case::no_scheme("url: https://example.org/v1", "url: example.org/v1", "16:10", "is not a usable address", "https://")]
#[case::no_host("url: https://example.org/v1", "url: 'https://'", "16:10", "is not a usable address", "https://")]
#[case::with_user(
    "url: https://example.org/v1",
    "url: 'https://u@example.org/v1'",
    "16:10",
    "is not a usable address",
    ""
)]
#[case::with_blank(
    "url: https://example.org/scope",
    "url: https://example.org/a b",
    "4:6",
    "is not a usable address",
    ""
)]
#[case::blank_word("types: [compute]", "types: [compute, '']", "5:9", "has an empty parameter: types[1]", "remove")]
#[case::blank_pattern(
    "service-present: {types: [compute]}",
    "image-property: {name: x, accepts: {patterns: ['']}}",
    "5:9",
    "has an empty parameter: accepts.patterns[0]",
    ""
)]
#[case::must_outside_main(
    "id: more, level: should",
    "id: more, level: must",
    "19:14",
    "\"more\" is a must, but only testcases outside the targets main and text decide it",
    "outside_main"
)]
#[case::level_copied_wrongly(
    "id: more, level: should",
    "id: more, level: may",
    "14:3",
    "scs-0123-v1 has 1 must, 0 should, 1 may, but by clauses.yaml its text has 1 must, 1 should, 0 may",
    "compare the level of each clause"
)]
#[case::outside_main_for_nothing(
    "text: It is there.",
    "text: It is there., outside_main: why",
    "18:14",
    "\"presence\" is marked `outside_main`, but need not be",
    "remove the mark"
)]
#[case::changed(
    "types: [compute]",
    "types: [compute, nova]",
    "14:3",
    "scs-0123-v1 has changed, but is part of a stable version: SCS-compatible IaaS v5.1",
    "make a new version"
)]
#[case::reworded("text: There is more.", "text: There is much more.", "14:3", "scs-0123-v1 has changed", "record it")]
#[case::moved_to_another_day(
    "stabilized_at: 2024-12-19",
    "stabilized_at: 2024-12-20",
    "10:3",
    "scs-compatible-iaas/v5.1 is stable, but has changed",
    "make a new version"
)]
#[case::newly_stable(
    "next: {include",
    "next: {stabilized_at: 2026-01-01, include",
    "9:3",
    "scs-compatible-iaas/next is stable, but not recorded",
    "--update-digests"
)]
#[case::no_longer_stable("stabilized_at: 2024-12-19, ", "", "3:67", "scs-0123-v1 was stable, but now is not", "")]
fn each_problem_is_reported_with_its_place(
    #[case] piece: &str,
    #[case] replacement: &str,
    #[case] place: &str,
    #[case] message: &str,
    #[case] help: &str,
) {
    assert!(STANDARD.contains(piece) || SCOPE.contains(piece), "nothing is replaced");
    let remarks = remarks(&STANDARD.replacen(piece, replacement, 1), &SCOPE.replacen(piece, replacement, 1));
    let told: String = remarks.iter().map(|remark| format!("{remark}\n")).collect();
    let found = remarks.iter().find(|remark| remark.problem.message.contains(message)).expect(&told);
    assert_eq!(format!("{}:{}", found.problem.line, found.problem.column), place, "{told}");
    assert!(found.is_error && found.problem.snippet.is_some(), "{told}");
    assert!(found.problem.help.as_deref().unwrap_or_default().contains(help), "{told}");
}

/// Words around a demand, and testcases outside every certificate, may change at any time.
#[rstest]
#[case::remedy("Register it.", "Register it soon.")]
#[case::description("There is a compute service.", "A compute service is there.")]
#[case::address("https://example.org/v1", "https://example.org/version/1")]
#[case::draft("next: {include: [scs-0123-v1]}", "other: {include: [scs-0123-v1]}")]
fn other_changes_to_stable_versions_are_accepted(#[case] piece: &str, #[case] replacement: &str) {
    assert!(STANDARD.contains(piece) || SCOPE.contains(piece), "nothing is replaced");
    let scope = SCOPE.replacen(piece, replacement, 1).replace("{next: draft, ", "{");
    assert_eq!(remarks(&STANDARD.replacen(piece, replacement, 1), &scope), []);
}

/// A reason in the data silences the remark on a must that only a preview decides. The digest of the stable version
/// stays: neither previews nor gaps are part of what it demands.
#[test]
fn a_reason_excuses_a_must_outside_main() {
    let gap = STANDARD
        .replace("      recommended: [scs-0123-service-image]\n", "")
        .replace("[presence, more]", "[presence]")
        .replace("level: should, text: There is more.", "level: must, text: There is more., gap: no testcase yet")
        .replace("description: There is an image", "untargeted: none asks for it\n    description: There is an image");
    let preview = STANDARD
        .replace("recommended:", "preview:")
        .replace("level: should, text: There is more.", "level: must, text: There is more., outside_main: it is new");
    let before = Definitions::load(&sources(&gap, SCOPE)).unwrap();
    let record = Source { path: stable::FILE.into(), text: before.stable_record() };
    let remarks = lint(&sources(&preview, SCOPE), Some(&record), None);
    assert_eq!(remarks.iter().filter(|remark| remark.is_error).collect::<Vec<_>>(), Vec::<&Remark>::new());
}

/// Clauses that people judge are not expected in main.
#[test]
fn people_decide_outside_main() {
    let standard = STANDARD.replace("level: should", "level: must").replace("recommended:", "preview:").replace(
        "clauses: [presence, more]\n    check: {service-present: {types: [image]}}",
        "clauses: [more]\n    check: {manual: {evidence: papers}}",
    );
    let remarks = lint(&sources(&standard, SCOPE), None, None);
    assert!(remarks.iter().all(|remark| !remark.is_error), "{remarks:?}");
}

#[test]
fn unused_kinds_and_a_missing_record_are_warnings() {
    let remarks = lint(&sources(STANDARD, SCOPE), None, None);
    let texts: Vec<String> = remarks.iter().map(ToString::to_string).collect();
    for start in ["no testcase uses the check flavor-name-syntax, ", "stable versions are not recorded"] {
        let start = format!("warning: {start}");
        assert_eq!(texts.iter().filter(|text| text.starts_with(&start)).count(), 1, "{texts:?}");
    }
    assert!(remarks.iter().all(|remark| !remark.is_error));
}

#[rstest]
#[case::unknown_version("scs-0123-v2: {must: 1}\n", 1, "there is no version \"scs-0123-v2\"", "scs-0123-v1")]
#[case::unknown_level("scs-0123-v1: {must: 1, shall: 1}\n", 1, "unknown key \"shall\"", "must, should, may")]
#[case::no_number("scs-0123-v1: {must: one}\n", 1, "a whole number of 0 or more is expected here", "")]
#[case::twice("scs-0123-v1: {must: 1}\nscs-0123-v1: {must: 1}\n", 2, "appears here twice", "")]
fn malformed_numbers_of_clauses_are_reported(
    #[case] text: &str,
    #[case] line: usize,
    #[case] message: &str,
    #[case] help: &str,
) {
    let counted = Source::new("data/clauses.yaml", text.as_bytes()).unwrap();
    let remarks = lint(&sources(STANDARD, SCOPE), Some(&recorded()), Some(&counted));
    let found = remarks.iter().find(|remark| remark.problem.path == "data/clauses.yaml").unwrap();
    assert!(found.is_error && found.problem.line == line && found.problem.message.contains(message), "{found}");
    assert!(found.problem.help.as_deref().unwrap_or_default().contains(help), "{found}");
}

#[test]
fn a_version_that_nobody_has_counted_is_reported() {
    let counted = Source::new("data/clauses.yaml", b"{}\n").unwrap();
    let remarks = lint(&sources(STANDARD, SCOPE), Some(&recorded()), Some(&counted));
    let found = remarks.iter().find(|remark| remark.is_error).unwrap();
    assert!(found.problem.message.starts_with("scs-0123-v1 is not in clauses.yaml"), "{found}");
    assert_eq!((found.problem.line, found.problem.column), (14, 3));
}

#[rstest]
#[case("scs-0123-v1\n")]
#[case("abc  scs-0123-v1\n")]
#[case("<<<<<<< HEAD\n")]
fn malformed_record_is_reported(#[case] line: &str) {
    let record = Source { path: stable::FILE.into(), text: format!("# Digests\n{line}") };
    let remarks = lint(&sources(STANDARD, SCOPE), Some(&record), None);
    let found = remarks.iter().find(|remark| remark.is_error).unwrap();
    assert_eq!((found.problem.path.as_str(), found.problem.line), (stable::FILE, 2));
}
