//! Good and broken files of the draft.

use super::*;
use crate::definition::{Date, Validity};
use rstest::rstest;

const FILE: &str = include_str!("../../../../tests/fixtures/upstream/scs-compatible-iaas-2026-07.yaml");

const KNOWN: [&str; 6] = [
    "key-manager-docs-check",
    "scs-0100-semantics-check",
    "scs-0100-syntax-check",
    "scs-0123-service-compute",
    "scs-0123-service-image",
    "scs-0123-service-network",
];

fn read(text: &str) -> Result<(Scope, Vec<Problem>), Vec<Problem>> {
    let source = Source::new("scope.yaml", text.as_bytes()).unwrap();
    assert!(is_grouped(&source));
    load(&source, &KNOWN.iter().map(|id| (*id, *id)).collect())
}

/// Returns the file with a piece replaced.
fn edited(piece: &str, replacement: &str) -> String {
    assert!(FILE.contains(piece), "nothing is replaced");
    FILE.replacen(piece, replacement, 1)
}

const V5_1: [&str; 4] =
    ["scs-0100-syntax-check", "scs-0100-semantics-check", "scs-0123-service-compute", "scs-0123-service-image"];

#[test]
fn groups_of_groups_become_a_version() {
    let (scope, warnings) = read(FILE).unwrap();
    assert_eq!(warnings, []);
    assert_eq!((scope.id.as_str(), scope.versions.len(), scope.testcases.len()), ("scs-compatible-iaas", 2, 6));
    let [next, v5_1] = ["next", "v5.1"].map(|name| &scope.versions[name]);
    assert_eq!(v5_1.target(Target::Main), V5_1);
    assert_eq!(v5_1.targets.len(), 1, "a flag shows nothing");
    assert_eq!(v5_1.includes, ["iaas-v5.1", "scs-0100-v3.1", "scs-0121-v1", "scs-0123-v1", "scs-0123-v1-compute"]);
    assert_eq!(next.target(Target::Main)[4..], ["scs-0123-service-network"]);
    assert_eq!(next.target(Target::Preview), ["key-manager-docs-check"], "what is tested anyway is not shown again");
    let day = "2026-11-20".parse::<Date>().unwrap().0;
    assert_eq!(scope.timeline.validity("v5.1", day), Validity::Effective);
}

#[rstest]
#[case::list_in_lines("test: iaas-v5.1", "test:\n      - iaas-v5.1", &V5_1)]
#[case::single_testcase("test: iaas-v5.1", "test: scs-0100-syntax-check", &V5_1[..1])]
#[case::twice("test: iaas-v5.1", "test: [iaas-v5.1, scs-0100-v3.1, scs-0123-service-image]", &V5_1)]
#[case::number("attn: true", "attn: 1", &V5_1)]
#[case::no_attention("    attn: true\n", "", &V5_1)]
#[case::nothing_behind("attn: true", "attn:", &V5_1)]
#[case::prerequisite("groups:\n", "prerequisite: x\ngroups:\n", &V5_1)]
#[case::variables("groups:\n", "variables: [os_cloud]\ngroups:\n", &V5_1)]
#[case::scripts("groups:\n", "scripts: [{executable: x, testcases: [{id: scs-0100-syntax-check}]}]\ngroups:\n", &V5_1)]
#[case::circle_of_nobody("groups:\n", "groups:\n  - id: empty\n    include: []\n", &V5_1)]
fn other_ways_to_say_the_same_are_read(#[case] piece: &str, #[case] replacement: &str, #[case] expected: &[&str]) {
    let (scope, _) = read(&edited(piece, replacement)).unwrap();
    assert_eq!(scope.versions["v5.1"].target(Target::Main), expected);
}

/// The testcase stays in the version, where it can only be MISS.
#[rstest]
#[case::in_a_group(
    "include: [scs-0100-syntax-check,",
    "include: [scs-0100-syntax-chek,",
    "10:15",
    "scs-0100-syntax-check"
)]
#[case::in_a_version("test: iaas-v5.1", "test: [iaas-v5.1, scs-0999-check]", "30:23", "")]
fn an_unknown_testcase_gets_a_warning(
    #[case] piece: &str,
    #[case] replacement: &str,
    #[case] place: &str,
    #[case] help: &str,
) {
    let (scope, warnings) = read(&edited(piece, replacement)).unwrap();
    let [warning] = warnings.as_slice() else { panic!("{warnings:?}") };
    assert!(warning.message.contains("will be MISS"), "{warning}");
    assert_eq!(format!("{}:{}", warning.line, warning.column), place, "{warning}");
    assert!(warning.help.as_deref().unwrap_or_default().contains(help), "{warning}");
    let unknown = |id: &String| !KNOWN.contains(&id.as_str());
    assert!(scope.versions["v5.1"].target(Target::Main).iter().any(unknown));
}

#[rstest]
#[case::script_that_lacks_it(
    "scripts: [{testcases: [{id: scs-0100-syntax-check}]}]",
    11,
    "no script declares the testcase \"scs-0100-semantics-check\""
)]
#[case::prerequisite("prerequisite: x", 6, "`prerequisite` has no effect")]
fn what_has_no_effect_gets_a_warning(#[case] added: &str, #[case] line: usize, #[case] expected: &str) {
    let (_, warnings) = read(&edited("groups:\n", &format!("{added}\ngroups:\n"))).unwrap();
    assert!(warnings[0].message.contains(expected) && warnings[0].line == line, "{}", warnings[0]);
}

#[rstest]
#[case::unknown_key("uuid:", "uid:", "3:1", "unknown key \"uid\"", "uuid")]
#[case::no_versions(
    "versions:\n  - version: next",
    "version:\n  - version: next",
    "23:1",
    "unknown key \"version\"",
    "versions"
)]
#[case::key_of_today("groups:\n", "modules: []\ngroups:\n", "6:1", "unknown key \"modules\"", "")]
#[case::targets_of_today(
    "    name: Flavor naming v3.1",
    "    targets: {main: []}",
    "8:5",
    "unknown key \"targets\"",
    ""
)]
#[case::stabilized("    attn: true", "    stabilized_at: 2024-12-19", "31:5", "unknown key \"stabilized_at\"", "")]
#[case::include_of_today("    test: iaas-v5.1", "    include: [iaas-v5.1]", "30:5", "unknown key \"include\"", "")]
#[case::no_test("    test: iaas-v5.1\n", "", "30:5", "\"test\" is missing", "add test")]
#[case::empty_test("test: iaas-v5.1", "test: []", "30:11", "the version \"v5.1\" tests nothing", "name a group")]
#[case::flag_as_test("test: iaas-v5.1", "test: true", "30:11", "the version \"v5.1\" tests nothing", "name a group")]
#[case::no_id(
    "      - id: scs-0123-v1-compute\n        include",
    "      - include",
    "15:9",
    "\"id\" is missing",
    "add id"
)]
#[case::nested_key(
    "        include: [scs-0123-service-compute]",
    "        includes: [x]",
    "16:9",
    "unknown key \"includes\"",
    "include"
)]
#[case::no_list(
    "include: [key-manager-docs-check]",
    "include: key-manager-docs-check",
    "19:14",
    "a list is expected here",
    ""
)]
#[case::group_twice(
    "- id: scs-0121-v1",
    "- id: scs-0100-v3.1",
    "11:9",
    "the group \"scs-0100-v3.1\" appears here twice",
    ""
)]
#[case::nested_twice("- id: scs-0123-v1-compute", "- id: scs-0121-v1", "15:13", "appears here twice", "")]
#[case::version_twice("- version: v5.1", "- version: next", "29:14", "the version \"next\" appears here twice", "")]
#[case::circle(
    "- scs-0123-service-image",
    "- iaas-v5.1",
    "13:9",
    "the group \"scs-0123-v1\" includes itself",
    "take it out"
)]
#[case::itself("[key-manager-docs-check]", "[scs-0116-v1-manual]", "18:9", "includes itself", "take it out")]
#[case::confusing("- id: scs-0121-v1", "- id: scs-0123-service-image", "11:9", "is the id of a testcase", "another id")]
#[case::unknown_version("      next: draft", "      nxt: draft", "35:7", "names an unknown version \"nxt\"", "next")]
#[case::unknown_validity("next: draft", "next: drafty", "35:13", "unknown word \"drafty\"", "draft")]
#[case::two_dates("date: 2024-12-19", "date: 2026-06-11", "37:11", "two entries of the timeline begin", "merge")]
#[case::mapping_as_attention("attn: true", "attn: {x: y}", "31:11", "", "")]
fn a_broken_file_is_refused_with_its_place(
    #[case] piece: &str,
    #[case] replacement: &str,
    #[case] place: &str,
    #[case] message: &str,
    #[case] help: &str,
) {
    let problems = read(&edited(piece, replacement)).unwrap_err();
    let problem = &problems[0];
    assert!(problem.message.contains(message), "{problem}");
    assert_eq!(format!("{}:{}", problem.line, problem.column), place, "{problem}");
    assert!(problem.help.as_deref().unwrap_or_default().contains(help), "{problem}");
}

/// Each group includes the next one twice: entered each time, there would be 2^200 of them.
#[test]
fn a_wide_file_does_not_multiply() {
    let group = |n: usize| format!("  - {{id: g{n}, include: [g{0}, g{0}]}}\n", n + 1);
    let groups: String = (0..200).map(group).collect();
    let file = format!("uuid: x\nname: x\nurl: x\ngroups:\n{groups}versions: [{{version: v1, test: g0}}]\n");
    let (scope, warnings) = read(&file).unwrap();
    assert_eq!((scope.versions["v1"].target(Target::Main), warnings.len()), (&["g200".to_owned()][..], 1));
}
