//! Examples are read and asked about as they are written, and a mistake in one is told with its place.

use super::super::tests::{SCOPE, STANDARD};
use super::super::{Definitions, Remark, lint};
use super::*;
use rstest::rstest;

const CHECK: &str = "    check: {service-present: {types: [compute]}}\n";

const EXAMPLES: &str = "    examples:
      - title: the catalog has it
        facts: |
          catalog:
            known: {services: [{type: compute, name: nova, endpoints: [{interface: public, region: A, url: 'https://n'}]}]}
        verdict: PASS
      - title: the catalog lacks it
        facts: 'catalog: {known: {services: []}}'
        verdict: FAIL
        names: compute
";

/// Returns a standard whose first testcase has examples.
fn standard() -> String {
    let given = "Register it., given: 'catalog: {interface: public, region: A}'}";
    STANDARD.replace("Register it.}", given).replace(CHECK, &format!("{CHECK}{EXAMPLES}"))
}

fn sources(standard: &str) -> [Source; 2] {
    [("iaas/a.yaml", standard), ("scopes/b.yaml", SCOPE)]
        .map(|(path, text)| Source::new(path, text.as_bytes()).unwrap())
}

fn changed(piece: &str, replacement: &str) -> [Source; 2] {
    assert!(standard().contains(piece), "nothing is replaced");
    sources(&standard().replacen(piece, replacement, 1))
}

/// Returns the remarks on the first testcase, without the help.
fn remarks(sources: &[Source]) -> Vec<String> {
    let remarks = lint(sources, None, None).into_iter().filter(|remark| (6..19).contains(&remark.problem.line));
    remarks
        .map(|Remark { is_error, problem: it }| format!("{is_error} {}:{} {}", it.line, it.column, it.message))
        .collect()
}

#[test]
fn sound_examples_are_read_and_hold() {
    let definitions = Definitions::load(&sources(&standard())).unwrap();
    let titles = |id: &str| definitions.testcase(id).unwrap().examples.iter().map(|it| it.title.to_string()).collect();
    let titles: Vec<String> = titles("scs-0123-service-compute");
    assert_eq!(titles, ["the catalog has it", "the catalog lacks it"]);
    assert_eq!(remarks(&sources(&standard())), Vec::<String>::new());
}

#[rstest]
#[case::unknown_fact(
    "     catalog:\n",
    "     catalogue:\n",
    "12:11",
    "the rule needs no fact \"catalogue\"",
    "catalog"
)]
#[case::fact_of_another_rule(
    "     catalog:\n",
    "     images:\n",
    "12:11",
    "the rule needs no fact \"images\"",
    "catalog"
)]
#[case::unknown_field("{services: [{", "{servces: [{", "13:21", "unknown word \"servces\"", "services")]
#[case::on_the_same_line("{services: []}", "{servces: []}", "16:35", "unknown word \"servces\"", "services")]
#[case::unknown_state("known: {services: []}", "knwon: {services: []}", "16:27", "unknown word \"knwon\"", "known")]
#[case::missing_field("name: nova, ", "", "13:21", "missing field `name`", "")]
#[case::another_type("type: compute,", "type: 7,", "13:33", "invalid type", "")]
#[case::no_yaml("[{type: compute", "{[type: compute", "13:", "", "")]
#[case::given_for_no_fact("'catalog: {interface", "'catlog: {interface", "3:89", "no fact \"catlog\"", "catalog")]
#[case::unknown_field_in_given(
    "{interface: public, region: A}'}",
    "{interfac: public}'}",
    "3:99",
    "unknown word \"interfac\"",
    "interface"
)]
#[case::nothing_named("        names: compute\n", "", "15:16", "does not say what is found", "add names")]
#[case::needless_date(
    "verdict: PASS",
    "verdict: PASS\n        now: 2026-11-20T12:00:00Z",
    "10:16",
    "does not ask for the date",
    "remove now"
)]
#[case::no_verdict("verdict: PASS", "verdict: GREEN", "14:18", "unknown word \"GREEN\"", "known names: PASS")]
fn a_mistake_in_an_example_is_told_with_its_place(
    #[case] piece: &str,
    #[case] replacement: &str,
    #[case] place: &str,
    #[case] message: &str,
    #[case] help: &str,
) {
    let problems = Definitions::load(&changed(piece, replacement)).unwrap_err();
    let problem = &problems.0[0];
    assert!(format!("{}:{}", problem.line, problem.column).starts_with(place), "{problems}");
    assert!(problem.message.contains(message), "{problems}");
    assert!(problem.help.as_deref().unwrap_or_default().contains(help), "{problems}");
}

#[rstest]
#[case::verdict(
    "verdict: FAIL\n        names: compute",
    "verdict: PASS",
    "true 15:16 example \"the catalog lacks it\": the verdict is FAIL, not PASS: "
)]
#[case::names(
    "names: compute",
    "names: image",
    "true 15:16 example \"the catalog lacks it\": nothing that is found names \"image\": "
)]
#[case::no_facts(
    "{known: {services: []}}'",
    "{not-collected: {code: not-selected, message: x}}'",
    "true 15:16 example \"the catalog lacks it\": the verdict is MISS, not FAIL: x"
)]
fn an_example_that_the_rule_contradicts_is_an_error(
    #[case] piece: &str,
    #[case] replacement: &str,
    #[case] start: &str,
) {
    let remarks = remarks(&changed(piece, replacement));
    assert!(remarks[0].starts_with(start), "{remarks:?}");
}

#[rstest]
#[case::of_both(EXAMPLES, "")]
#[case::of_fail("verdict: FAIL", "verdict: MISS")]
#[case::of_pass("verdict: PASS", "verdict: MISS")]
fn a_testcase_that_lacks_an_example_is_worth_a_warning(#[case] piece: &str, #[case] replacement: &str) {
    let remarks = lint(&changed(piece, replacement), None, None);
    let lacking =
        |id: &str| remarks.iter().any(|it| !it.is_error && it.problem.message.starts_with(&format!("\"{id}\" lacks")));
    assert!(lacking("scs-0123-service-compute") && lacking("scs-0123-service-image"), "{remarks:?}");
}

#[test]
fn a_pass_over_nothing_is_no_example() {
    let check: CheckKind = serde_yaml::from_str("image-property: {name: hw_disk_bus}").unwrap();
    let example: Example = serde_yaml::from_str("{title: x, facts: 'images: {known: []}', verdict: PASS}").unwrap();
    let source = Source { path: "x.yaml".into(), text: String::new() };
    let problem = Examples::new(&source, None).unwrap().contradiction(&check, &example).unwrap();
    assert!(problem.message.ends_with("it passes because there is nothing to examine"), "{problem}");
}

/// Whoever leaves the examples out has the same definitions otherwise, also in the places of mistakes.
#[test]
fn examples_can_be_left_out() {
    let [with, _] = sources(&standard());
    let without = without_examples(&with);
    assert!(!without.text.contains("catalog has it") && without.text.contains("scs-0123-service-image"));
    assert_eq!(with.text.lines().count(), without.text.lines().count());
    let definitions = Definitions::load_without_examples(&sources(&standard())).unwrap();
    assert!(definitions.testcases().all(|testcase| testcase.examples.is_empty()));
    assert_eq!(definitions.digest, Definitions::load(&sources(&standard())).unwrap().digest);
    let error = Definitions::load_without_examples(&changed("types: [image]", "type: [image]")).unwrap_err();
    assert_eq!(error.0[0].line, 22);
}
