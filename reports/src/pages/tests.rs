use super::parts::{cell, escaped};
use super::*;
use scs_checks::definition::Source;

const STANDARD: &str = "\
standard: scs-0001
title: Things
defaults: {url: 'https://example.org/w1', section: light, remedy: 'Run `x` | y.', given: 'catalog: {interface: public, region: A}'}
testcases:
  - id: scs-0001-thing
    description: There is a <thing>.
    clauses: [thing, extra]
    check: {service-present: {types: [compute]}}
    examples:
      - title: there is *no* service
        facts: |
          catalog:
            known: {services: []}
        verdict: FAIL
        names: compute
  - id: scs-0001-idle
    description: Nobody asks.
    untargeted: it was a draft
    check: {image-present: {name: X}}
  - id: scs-0001-paper
    description: It is written down.
    clauses: [paper]
    check: {manual: {evidence: papers}}
versions:
  v1:
    title: Things v1
    url: https://example.org/v1
    clauses:
      - {id: thing, level: must, text: There is *a* thing | two.}
      - {id: extra, level: should, text: There is more.}
      - {id: paper, level: must, text: It is written down.}
      - {id: hidden, level: must, text: It is hidden., gap: nobody can see it}
    targets:
      main: [scs-0001-thing]
      preview: [scs-0001-paper]
";

const SCOPE: &str = "\
scope: scs-test
name: Test
uuid: x
url: https://example.org/scope
timeline: [{date: 2026-06-11, versions: {v1: effective}}]
versions: {v1: {include: [scs-0001-v1]}}
";

fn made() -> BTreeMap<String, String> {
    let sources = [("a.yaml", STANDARD), ("b.yaml", SCOPE)];
    let sources = sources.map(|(path, text)| Source::new(path, text.as_bytes()).unwrap());
    pages(&Definitions::load(&sources).unwrap())
}

#[test]
fn a_standard_has_a_page() {
    insta::assert_snapshot!(made()["scs-0001.md"]);
}

#[test]
fn a_table_traces_clauses_to_checks() {
    insta::assert_snapshot!(made()["README.md"]);
}

#[test]
fn markdown_takes_nothing_for_its_own() {
    let text = "a|b *c* [d] <e>\n\\ `[f]|<g>`";
    assert_eq!(escaped(text), "a|b \\*c\\* \\[d\\] &lt;e> \\\\ `[f]|<g>`");
    assert_eq!(cell(text), "a\\|b \\*c\\* \\[d\\] &lt;e> \\\\ `[f]\\|<g>`");
}
