//! Broken definitions: each mistake is reported with its place and a remedy.

use super::*;
use rstest::rstest;

/// A small standard and a scope of it; the places that are expected below are those in these files.
pub(super) const STANDARD: &str = include_str!("../../../tests/fixtures/definitions/standard.yaml");
pub(super) const SCOPE: &str = include_str!("../../../tests/fixtures/definitions/scope.yaml");

fn load(standard: &str, scope: &str) -> Result<Definitions, Problems> {
    let source = |path: &str, text: &str| Source::new(path, text.as_bytes()).map_err(|problem| Problems(vec![problem]));
    Definitions::load(&[source("iaas/a.yaml", standard)?, source("scopes/b.yaml", scope)?])
}

#[test]
fn sound_definitions_bind() {
    let definitions = load(STANDARD, SCOPE).unwrap();
    let scope = &definitions.scopes["scs-compatible-iaas"];
    assert_eq!(scope.versions["next"].target(Target::Main), ["scs-0123-service-compute"]);
    assert_eq!(scope.versions["v5.1"].target(Target::Recommended), ["scs-0123-service-image"]);
    assert_eq!(scope.testcases.len(), 2);
    assert_eq!(definitions.digest.len(), 64);
}

#[rstest]
#[case("2024-12-18", None)]
#[case("2024-12-19", Some("v5.1 effective"))]
#[case("2026-06-10", Some("v5.1 effective"))]
#[case("2026-06-11", Some("next draft, v5.1 effective"))]
fn the_last_entry_that_has_begun_counts(#[case] day: Date, #[case] expected: Option<&str>) {
    let definitions = load(STANDARD, SCOPE).unwrap();
    let listed = definitions.scopes["scs-compatible-iaas"].timeline.at(day.0).map(|versions| {
        versions.iter().map(|(version, validity)| format!("{version} {validity}")).collect::<Vec<_>>().join(", ")
    });
    assert_eq!(listed.as_deref(), expected);
}

/// Replaces a piece of the standard or of the scope; `line:column` and a piece of the message
/// are expected, and a piece of the help.
#[rstest]
#[case::unknown_key("title: Services\n", "titel: Services\n", "2:1", "unknown key \"titel\"", "title")]
#[case::unknown_check(
    "service-present: {types: [compute]}",
    "service-presnt: {types: [compute]}",
    "8:13",
    "unknown word \"service-presnt\"",
    "service-present"
)]
#[case::unknown_parameter("types: [compute]", "type: [compute]", "8:31", "unknown key \"type\"", "types")]
#[case::missing_parameter("{types: [compute]}", "{}", "8:30", "\"types\" is missing", "add types")]
#[case::missing_description(
    "    description: There is a compute service.\n",
    "",
    "7:5",
    "\"description\" is missing",
    "add description"
)]
#[case::unknown_target("recommended: [scs", "recomended: [scs", "22:7", "unknown word \"recomended\"", "recommended")]
#[case::unknown_testcase(
    "main: [scs-0123-service-compute]",
    "main: [scs-0123-service-compte]",
    "21:14",
    "unknown testcase \"scs-0123-service-compte\"",
    "scs-0123-service-compute"
)]
#[case::unknown_section("section: light", "section: lite", "3:52", "unknown word \"lite\"", "light")]
#[case::unknown_lifetime("section: light", "lifetime: weak", "3:53", "unknown word \"weak\"", "week")]
#[case::unknown_level("level: must", "level: shall", "18:31", "unknown word \"shall\"", "must")]
#[case::unknown_clause(
    "clauses: [presence]",
    "clauses: [presense]",
    "7:15",
    "no version has a clause \"presense\"",
    "presence"
)]
#[case::undecided_clause(
    "[presence, more]",
    "[presence]",
    "19:14",
    "no testcase of this version decides the clause \"more\"",
    "gap"
)]
#[case::decided_gap(
    "text: There is more.",
    "text: There is more., gap: why",
    "19:14",
    "marked `gap`, but is decided",
    "remove the gap"
)]
#[case::idle_testcase("clauses: [presence]", "clauses: []", "21:14", "decides none of the clauses", "presence, more")]
#[case::two_targets(
    "recommended: [",
    "recommended: [scs-0123-service-compute, ",
    "22:21",
    "is in target recommended and before that in target main",
    "one target"
)]
#[case::clause_twice(
    "id: more, level: should, text: There is more.}",
    "id: more, level: should, text: There is more.}\n      - {id: more, level: may, text: Again.}",
    "20:14",
    "appears here twice",
    ""
)]
#[case::duplicate_id(
    "id: scs-0123-service-image\n",
    "id: scs-0123-service-image\n    description: x\n    check: {service-present: {types: [x]}}\n  - id: scs-0123-service-image\n",
    "12:9",
    "appears here twice",
    ""
)]
#[case::no_remedy(", remedy: Register it.", "", "5:9", "lacks a url, a section or a remedy", "defaults")]
#[case::nothing("main: [scs-0123-service-compute]", "main:", "21:11", "there is no value here", "[]")]
#[case::tag("main: [", "main: !x [", "21:16", "YAML tags are not supported here", "remove")]
#[case::duplicate_key(
    "title: Services\n",
    "title: A\ntitle: Services\n",
    "3:1",
    "the key \"title\" appears here twice",
    "rename"
)]
#[case::no_text("title: Services\n", "title: [Services]\n", "2:8", "title: a text is expected here", "")]
#[case::two_checks(
    "{service-present: {types: [compute]}}",
    "{service-present: {types: [compute]}, manual: {evidence: x}}",
    "8:50",
    "a single key is expected here",
    ""
)]
#[case::no_check("{service-present: {types: [compute]}}", "{}", "8:13", "a single key is expected here", "")]
#[case::no_number(
    "service-present: {types: [compute]}",
    "image-number: {name: min_ram, at_least: -1}",
    "8:53",
    "a whole number of 0 or more is expected here",
    ""
)]
#[case::no_pattern(
    "service-present: {types: [compute]}",
    "image-property: {name: x, accepts: {patterns: ['last-(']}}",
    "8:60",
    "the pattern cannot be read: unclosed group",
    ""
)]
#[case::second_document(
    "recommended: [scs-0123-service-image]\n",
    "recommended: [scs-0123-service-image]\n---\ntitle: More\n",
    "24:1",
    "a second YAML document begins here",
    "file of its own"
)]
#[case::not_a_list("main: [scs-0123-service-compute]", "main: 7", "21:13", "a list is expected here", "")]
#[case::empty_parameter("types: [compute]", "types: []", "8:38", "at least one entry is needed here", "")]
#[case::nothing_accepted(
    "service-present: {types: [compute]}",
    "image-property: {name: x, accepts: {}}",
    "8:48",
    "at least one entry is needed here",
    ""
)]
#[case::empty_target("main: [scs-0123-service-compute]", "main: []", "21:13", "at least one entry is needed here", "")]
#[case::empty_include(
    "next: {include: [scs-0123-v1]}",
    "next: {include: []}",
    "9:19",
    "at least one entry is needed here",
    ""
)]
#[case::tab("title: Services\n", "title: Services\n\tx: y\n", "2:8", "found a tab", "")]
#[case::unknown_version(
    "v5.1: effective}}\n  - ",
    "v5.2: effective}}\n  - ",
    "6:48",
    "the timeline names an unknown version \"v5.2\"",
    "v5.1"
)]
#[case::two_dates(
    "date: 2024-12-19",
    "date: 2026-06-11",
    "7:12",
    "two entries of the timeline begin on 2026-06-11",
    "merge"
)]
#[case::bad_date(
    "date: 2024-12-19",
    "date: 2024-12-32",
    "7:12",
    "\"2024-12-32\" is not a date of the form YYYY-MM-DD",
    ""
)]
#[case::short_date("date: 2024-12-19", "date: 2024-12-9", "7:12", "not a date of the form YYYY-MM-DD", "")]
#[case::unknown_validity("next: draft", "next: drafty", "6:41", "unknown word \"drafty\"", "draft")]
#[case::unknown_include(
    "next: {include: [scs-0123-v1]}",
    "next: {include: [scs-0123-v2]}",
    "9:20",
    "unknown version of a standard \"scs-0123-v2\"",
    "scs-0123-v1"
)]
#[case::unknown_regime(
    "versions:\n  next:",
    "regime: {scs-0123: weak}\nversions:\n  next:",
    "8:20",
    "unknown word \"weak\"",
    "week"
)]
#[case::regime_of_nothing(
    "versions:\n  next:",
    "regime: {scs-0132: day}\nversions:\n  next:",
    "8:10",
    "the regime names \"scs-0132\", of which no version of the scope includes any version",
    "scs-0123"
)]
#[case::included_twice(
    "next: {include: [scs-0123-v1]}",
    "next: {include: [scs-0123-v1, scs-0123-v1]}",
    "9:33",
    "already includes a version of scs-0123",
    ""
)]
fn each_mistake_is_reported_with_its_place(
    #[case] piece: &str,
    #[case] replacement: &str,
    #[case] place: &str,
    #[case] message: &str,
    #[case] help: &str,
) {
    assert!(STANDARD.contains(piece) || SCOPE.contains(piece), "nothing is replaced");
    let problems = load(&STANDARD.replacen(piece, replacement, 1), &SCOPE.replacen(piece, replacement, 1)).unwrap_err();
    let problem = &problems.0[0];
    let text = problems.to_string();
    assert!(problem.message.contains(message), "{text}");
    assert_eq!(format!("{}:{}", problem.line, problem.column), place, "{text}");
    assert!(problem.snippet.is_some(), "{text}");
    assert!(problem.help.as_deref().unwrap_or_default().contains(help), "{text}");
}

/// Even if anything is allowed, a bomb of aliases and a tower of brackets are refused.
#[rstest]
#[case::alias_bomb(alias_bomb(), "the file is too large, or its aliases multiply it")]
#[case::unknown_alias("variables: *x\n".to_owned(), "unknown anchor")]
#[case::tower(format!("variables: {}\n", "[".repeat(100_000)), "it is nested too deeply")]
#[case::long_file(format!("variables:\n{}", "- x\n".repeat(300_000)), "the file is too large")]
fn a_hostile_scope_file_is_refused(#[case] text: String, #[case] message: &str) {
    let source = Source::new("a.yaml", format!("modules: []\n{text}").as_bytes()).unwrap();
    let problem = upstream::load(&source, &IndexMap::new()).unwrap_err().remove(0);
    assert!(problem.message.contains(message) && problem.line > 0 && problem.snippet.is_some(), "{problem}");
}

fn alias_bomb() -> String {
    let mut bomb = String::from("variables:\n  a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let before = format!("*a{}", level - 1);
        bomb.push_str(&format!("  a{level}: &a{level} [{}]\n", vec![before; 9].join(", ")));
    }
    bomb
}

#[rstest]
#[case(b"title: \xff\xfe", "1:8", "title: \u{fffd}\u{fffd}")]
#[case(b"a: b\nc: \xc3\xa4\x80\n\xff", "2:5", "c: \u{e4}\u{fffd}")]
fn bytes_that_are_no_text_are_refused(#[case] bytes: &[u8], #[case] place: &str, #[case] snippet: &str) {
    let problem = Source::new("a.yaml", bytes).unwrap_err();
    assert!(problem.message.contains("not valid UTF-8") && problem.help.is_some());
    assert_eq!(
        (format!("{}:{}", problem.line, problem.column).as_str(), problem.snippet.as_deref()),
        (place, Some(snippet))
    );
}

#[rstest]
#[case(b"")]
#[case(b" \n\n")]
#[case(b"\xef\xbb\xbf")]
#[case(b"# a comment\n\n   # another\n")]
#[case(b"---\n# a comment\n...\n")]
fn a_file_without_content_is_refused(#[case] bytes: &[u8]) {
    let problem = Source::new("a.yaml", bytes).unwrap_err();
    assert!(problem.message.contains("the file has no content") && problem.help.is_some(), "{problem}");
}

/// Editors on Windows put a mark before the text and a carriage return behind each line.
#[test]
fn files_from_windows_bind() {
    let windows = |text: &str| format!("\u{feff}{}", text.replace('\n', "\r\n"));
    let definitions = load(&windows(STANDARD), &windows(SCOPE)).unwrap();
    assert_eq!((definitions.standards.len(), definitions.scopes.len()), (1, 1));
    let problems = load(&windows(&STANDARD.replace("title: S", "titel: S")), SCOPE).unwrap_err();
    assert_eq!(
        (problems.0[0].line, problems.0[0].column, problems.0[0].snippet.as_deref()),
        (2, 1, Some("titel: Services"))
    );
}

#[test]
fn an_id_of_another_standard_is_refused() {
    let other = STANDARD.replace("standard: scs-0123", "standard: scs-0124");
    let sources =
        [("a.yaml", STANDARD), ("b.yaml", &other)].map(|(path, text)| Source::new(path, text.as_bytes()).unwrap());
    let problem = Definitions::load(&sources).unwrap_err().0.remove(0);
    assert_eq!(problem.message, "the id \"scs-0123-service-compute\" is already taken in a.yaml");
    assert_eq!((problem.path.as_str(), problem.line, problem.column), ("b.yaml", 5, 9));
}

#[test]
fn a_problem_is_printed_with_its_line() {
    let problems = load(&STANDARD.replace("recommended:", "recomended:"), SCOPE).unwrap_err();
    insta::assert_snapshot!(problems);
}

#[test]
fn a_gap_without_a_reason_is_none() {
    let standard = STANDARD.replace("[presence, more]", "[presence]").replace("is more.}", "is more., gap: ' '}");
    let problem = load(&standard, SCOPE).unwrap_err().0.remove(0);
    assert_eq!(problem.message, "no testcase of this version decides the clause \"more\"");
}

#[test]
fn all_semantic_problems_are_reported_at_once() {
    let standard = STANDARD.replace("main: [scs", "main: [scz").replace("clauses: [presence]", "clauses: [presense]");
    assert!(load(&standard, SCOPE).unwrap_err().0.len() >= 2);
}

const UPSTREAM: &str = include_str!("../../../tests/fixtures/upstream/scs-compatible-iaas.yaml");

fn load_upstream(text: &str) -> Result<(Scope, Vec<Problem>), Vec<Problem>> {
    let source = Source::new("scs-compatible-iaas.yaml", text.as_bytes()).unwrap();
    assert!(upstream::is_upstream(&source));
    upstream::load(&source, &["scs-0123-service-compute", "scs-0100-syntax-check"].map(|id| (id, id)).into())
}

#[rstest]
#[case("next", 55)]
#[case("v5.1", 54)]
#[case("v4", 39)]
#[case("v3", 16)]
fn a_scope_file_of_today_loads_unchanged(#[case] version: &str, #[case] main: usize) {
    let (scope, warnings) = load_upstream(UPSTREAM).unwrap();
    assert_eq!((scope.id.as_str(), scope.name.as_str()), ("scs-compatible-iaas", "SCS-compatible IaaS"));
    assert_eq!(scope.versions[version].target(Target::Main).len(), main);
    assert_eq!(scope.testcases.len(), 91);
    assert_eq!(warnings.len(), 89, "all but the two known testcases are named");
    let day = "2026-11-20".parse::<Date>().unwrap().0;
    assert_eq!(scope.timeline.validity("v5.1", day), Validity::Effective);
    assert_eq!(scope.timeline.validity("v4", day), Validity::Deprecated);
}

#[test]
fn an_unknown_id_is_named_with_the_nearest_known_one() {
    let text = UPSTREAM.replacen("- id: scs-0123-service-compute", "- id: scs-0123-service-compte", 1);
    let (_, warnings) = load_upstream(&text).unwrap();
    let warning = warnings.iter().find(|warning| warning.message.contains("scs-0123-service-compte")).unwrap();
    assert_eq!(warning.help.as_deref(), Some("did you mean scs-0123-service-compute?"));
    assert!(warning.line > 0);
}

/// Q-SPEC-6
#[test]
fn testcase_without_a_script_gets_a_warning() {
    let declared = "      - id: scs-0123-service-compute\n";
    assert!(UPSTREAM.contains(declared));
    let (scope, warnings) =
        load_upstream(&UPSTREAM.replacen(declared, "      - id: scs-0123-service-other\n", 1)).unwrap();
    let warning = warnings.iter().find(|warning| warning.message.contains("no script declares")).unwrap();
    assert!(warning.message.contains("\"scs-0123-service-compute\"") && warning.line > 0, "{warning}");
    assert!(scope.testcases.contains("scs-0123-service-compute"));
}

#[rstest]
#[case::unknown_key("uuid:", "uid:", "unknown key \"uid\"")]
#[case::unknown_script_key("    env:", "    environment:", "unknown key \"environment\"")]
#[case::testcase_twice("- id: scs-0100-semantics-check", "- id: scs-0100-syntax-check", "appears here twice")]
#[case::unknown_module("      - scs-0302-v1", "      - scs-0302-v9", "unknown module \"scs-0302-v9\"")]
#[case::unknown_version("      next: draft", "      nxt: draft", "names an unknown version \"nxt\"")]
#[case::unknown_validity("next: draft", "next: drafty", "unknown word \"drafty\"")]
#[case::two_dates("date: 2025-09-09", "date: 2026-06-11", "two entries of the timeline begin on 2026-06-11")]
#[case::unknown_lifetime("lifetime: quarter", "lifetime: decade", "unknown word \"decade\"")]
#[case::version_twice("- version: v4", "- version: v3", "appears here twice")]
#[case::misspelt_target("      main:\n", "      mian:\n", "the target \"mian\" is unknown")]
#[case::unknown_include_key("- ref: scs-0104-v1-2", "- rf: scs-0104-v1-2", "unknown key \"rf\"")]
fn a_broken_scope_file_of_today_is_refused(#[case] piece: &str, #[case] replacement: &str, #[case] message: &str) {
    assert!(UPSTREAM.contains(piece), "nothing is replaced");
    let problems = load_upstream(&UPSTREAM.replacen(piece, replacement, 1)).unwrap_err();
    assert!(problems[0].message.contains(message), "{}", problems[0]);
    assert!(problems[0].line > 0, "{}", problems[0]);
}

/// Found by fuzzing: the known clauses stood in any order, so that two runs said different things about one file.
#[test]
fn same_mistake_gets_the_same_message() {
    let standard = STANDARD.replace("clauses: [presence]", "clauses: [zzz]");
    for _ in 0..20 {
        let problems = load(&standard, SCOPE).unwrap_err();
        assert_eq!(problems.0[0].help.as_deref(), Some("known names: presence, more"));
    }
}

/// Upstream may call a testcase otherwise.
#[test]
fn scope_file_of_today_finds_a_testcase_by_an_alias() {
    let id = "  - id: scs-0123-service-compute\n";
    let standard = STANDARD.replacen(id, &format!("{id}    aliases: [scs-0100-syntax-check]\n"), 1);
    let mut definitions = load(&standard, SCOPE).unwrap();
    let source = Source::new("scope.yaml", UPSTREAM.as_bytes()).unwrap();
    let (scope, warnings) = definitions.add_scope(&source).unwrap();
    assert!(!warnings.iter().any(|warning| warning.message.contains("scs-0100-syntax-check")));
    let main = definitions.scopes[&scope].versions["v5.1"].target(Target::Main);
    assert!(main.iter().any(|id| id == "scs-0123-service-compute"));
    assert!(!main.iter().any(|id| id == "scs-0100-syntax-check"), "the id counts, not the alias");
    assert_eq!(definitions.testcase("scs-0100-syntax-check").unwrap().id, "scs-0123-service-compute");
}

#[rstest]
#[case::own_id("scs-0123-service-compute", "the id \"scs-0123-service-compute\" appears here twice")]
#[case::id_of_another("scs-0123-service-image", "the id \"scs-0123-service-image\" appears here twice")]
fn alias_is_the_name_of_one_testcase(#[case] alias: &str, #[case] message: &str) {
    let id = "  - id: scs-0123-service-compute\n";
    let standard = STANDARD.replacen(id, &format!("{id}    aliases: [{alias}]\n"), 1);
    let problem = load(&standard, SCOPE).unwrap_err().0.remove(0);
    assert!(problem.message == message && problem.line > 0, "{problem}");
}

#[test]
fn alias_of_another_standard_is_refused() {
    let alias = |id: &str, alias: &str| {
        STANDARD.replace(&format!("id: {id}\n"), &format!("id: {id}\n    aliases: [{alias}]\n"))
    };
    let first = alias("scs-0123-service-compute", "x");
    let second = alias("scs-0123-service-compute", "x").replace("scs-0123", "scs-0124");
    let sources =
        [("a.yaml", &first), ("b.yaml", &second)].map(|(path, text)| Source::new(path, text.as_bytes()).unwrap());
    let problem = Definitions::load(&sources).unwrap_err().0.remove(0);
    assert_eq!(problem.message, "the id \"x\" is already taken in a.yaml");
}
