use crate::definition::{Definitions, Problem, Source, lint};
use rstest::rstest;

const STANDARD: &str = "\
standard: scs-0104
title: Images
defaults: {url: 'https://example.org/w1', section: light, remedy: Upload it.}
testcases:
  - id: scs-0104-source
    description: Images come from Ubuntu.
    clauses: [source]
    check: {generic-source: {distribution: ubuntu, prefixes: ['https://example.org/{codename}/']}}
    examples:
      - title: from there
        facts: '{images: {known: [{id: a, name: a, visibility: public, hidden: false, status: active, size: 1, min_disk: 1, min_ram: 1, created_at: 2026-01-01T00:00:00Z, tags: [], properties: {os_distro: ubuntu, os_version: \"24.04\", os_purpose: generic, image_source: https://example.org/noble/a}}]}}'
        verdict: PASS
versions:
  v2:
    title: Images v2
    url: https://example.org/v2
    clauses: [{id: source, level: must, text: They do.}]
    targets: {main: [scs-0104-source]}
";

const DATA: &str = "\
source: package 1
as_of: 2026-04-25
distributions:
  ubuntu:
    trusted_until: 2028-04-29
    releases:
      - {version: '22.04', series: jammy, lts: true, released: 2022-04-21}
      - {version: '24.04', series: noble, lts: true, released: 2024-04-25}
";

fn sources(files: &[(&str, &str)]) -> Vec<Source> {
    files.iter().map(|(path, text)| Source::new(*path, text.as_bytes()).unwrap()).collect()
}

fn problem(files: &[(&str, &str)]) -> Problem {
    Definitions::load(&sources(files)).unwrap_err().0.remove(0)
}

#[rstest]
#[case::unknown_key("series: jammy", "codename: jammy", "unknown key \"codename\"")]
#[case::no_day("released: 2022-04-21", "released: 2022-04-31", "")]
#[case::twice("'24.04', series: noble", "'22.04', series: jammy", "ubuntu 22.04 appears here twice")]
#[case::backwards("'24.04', series: noble", "'20.04', series: focal", "ubuntu 20.04 is not newer than 22.04")]
#[case::endless("trusted_until: 2028-04-29", "trusted_until: always", "")]
fn broken_data_is_refused(#[case] piece: &str, #[case] replacement: &str, #[case] message: &str) {
    let data = DATA.replacen(piece, replacement, 1);
    assert_ne!(data, DATA);
    let problem = problem(&[("a.yaml", STANDARD), ("data.yaml", &data)]);
    assert!(problem.path == "data.yaml" && problem.line > 0 && problem.message.contains(message), "{problem}");
}

#[test]
fn second_file_of_releases_is_refused() {
    let problem = problem(&[("a.yaml", STANDARD), ("b.yaml", DATA), ("c.yaml", DATA)]);
    assert_eq!(
        (problem.path.as_str(), problem.message.as_str()),
        ("c.yaml", "the releases of distributions are already in b.yaml")
    );
}

#[test]
fn distribution_without_releases_is_refused_with_the_nearest_name() {
    let standard = STANDARD.replace("distribution: ubuntu", "distribution: ubunto");
    let problem = problem(&[("a.yaml", &standard), ("data.yaml", DATA)]);
    assert_eq!((problem.line, problem.help.as_deref()), (5, Some("did you mean ubuntu?")));
}

/// The releases decide as much as the parameters do.
#[test]
fn releases_are_part_of_the_digest() {
    let digest = |data: &str| Definitions::load(&sources(&[("a.yaml", STANDARD), ("data.yaml", data)])).unwrap().digest;
    assert_ne!(digest(DATA), digest(&DATA.replace("2028", "2030")));
}

/// An example of PASS shows if the rule knows the releases.
#[rstest]
#[case::with(&[("a.yaml", STANDARD), ("data.yaml", DATA)], true)]
#[case::without(&[("a.yaml", STANDARD)], false)]
fn rule_knows_nothing_without_data(#[case] files: &[(&str, &str)], #[case] passes: bool) {
    let remarks = lint(&sources(files), None, None);
    let says_otherwise = remarks.iter().any(|remark| remark.problem.message.contains("the verdict is ABORT, not PASS"));
    assert_eq!(says_otherwise, !passes, "{remarks:?}");
}
