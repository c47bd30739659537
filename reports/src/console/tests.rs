//! The tests of what the terminal shows.

use super::*;
use crate::samples::{self, Builder};
use proptest::prelude::*;
use rstest::rstest;
use scs_checks::verdict::{Finding, ReasonCode};
use unicode_width::UnicodeWidthStr;

fn plain(sample: Builder) -> String {
    render(&sample.build(), Options::default())
}

fn colored(sample: Builder) -> String {
    render(&sample.build(), Options { color: true, ..Options::default() })
}

/// Returns the text without colors.
fn stripped(text: &str) -> String {
    let mut parts = text.split("\x1b[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once('m').unwrap().1)
}

#[test]
fn all_pass() {
    insta::assert_snapshot!(plain(Builder::conformant()));
}

#[test]
fn several_failures() {
    insta::assert_snapshot!(plain(samples::violations()));
}

#[test]
fn several_failures_in_color() {
    insta::assert_snapshot!(colored(samples::violations()).replace('\x1b', "␛"));
}

/// The usual width of a terminal.
#[test]
fn summary_is_a_table_at_80_columns() {
    let text = render(&samples::violations().build(), Options { width: 80, ..Options::default() });
    insta::assert_snapshot!(&text[text.find("Summary").unwrap()..]);
}

#[test]
fn several_failures_on_a_narrow_terminal() {
    insta::assert_snapshot!(render(&samples::violations().build(), Options { width: 60, ..Options::default() }));
}

#[test]
fn everything_when_verbose() {
    insta::assert_snapshot!(render(&samples::violations().build(), Options { verbose: true, ..Options::default() }));
}

#[test]
fn a_refused_subject() {
    insta::assert_snapshot!(plain(samples::refused()));
}

#[test]
fn an_interrupted_run() {
    insta::assert_snapshot!(plain(samples::interrupted()));
}

#[test]
fn a_partial_selection() {
    insta::assert_snapshot!(plain(samples::partial()));
}

#[test]
fn the_text_demands_more() {
    insta::assert_snapshot!(plain(samples::text()));
}

#[test]
fn an_empty_report() {
    insta::assert_snapshot!(plain(Builder::empty()));
}

#[test]
fn a_run_that_changed_the_cloud() {
    let text = plain(samples::changed());
    assert!(text.contains("\n\nCreated and removed 7 resources (run 20261120t153045-k3f9)\n\nSummary\n"), "{text}");
    assert!(!text.contains("LEFT BEHIND") && !text.contains("sweep"));
}

#[test]
fn something_is_left() {
    insta::assert_snapshot!(plain(samples::residue()));
}

#[test]
fn sweep_command_stays_on_one_line() {
    let text = render(&samples::residue().build(), Options { width: 40, ..Options::default() });
    assert!(text.contains("  scs-conformance sweep iaas --cloud lab --run 20261120t153045-k3f9\n"), "{text}");
}

#[test]
fn hostile_strings() {
    insta::assert_snapshot!(plain(samples::hostile()));
}

#[rstest]
fn color_only_repeats_words(
    #[values(
        Builder::conformant,
        Builder::empty,
        samples::violations,
        samples::hostile,
        samples::refused,
        samples::residue
    )]
    sample: fn() -> Builder,
) {
    assert_eq!(stripped(&colored(sample())), plain(sample()));
}

#[rstest]
fn nothing_is_green_unless_tested(#[values(SubjectState::Refused, SubjectState::Unreachable)] state: SubjectState) {
    const GREEN: &str = "\x1b[32m";
    assert!(colored(Builder::conformant()).contains(GREEN));
    assert!(!colored(samples::refused().state(state)).contains(GREEN));
    assert!(!colored(Builder::conformant().state(state)).contains(GREEN));
}

#[test]
fn a_run_that_shows_conformance_says_so() {
    let changing = ["scs-0101-entropy-avail", "scs-0101-fips-test", "scs-0116-permissions", "scs-0117-test-backup"];
    let complete = changing.into_iter().fold(Builder::conformant(), |sample, id| sample.found(id, []));
    assert!(plain(complete).ends_with("\n\nConformant to v5.1: 54 of 54 passed\n"));
}

#[test]
fn a_partial_run_never_claims_conformance() {
    assert!(!plain(samples::partial()).to_lowercase().contains("conformant"));
}

#[test]
fn violations_come_before_warnings_when_the_list_is_cut() {
    let many = (0..30).map(|_| Finding::warning("only a warning")).chain([Finding::violation("the violation")]);
    let text = plain(Builder::conformant().found("scs-0102-prop-os_distro", many));
    assert!(text.contains("the violation") && text.contains("… and 21 more, see the JSON report"));
}

#[rstest]
fn lines_keep_to_the_width(#[values(40, 50, 72, 100, 160)] width: usize) {
    for sample in [samples::violations(), samples::hostile(), samples::interrupted(), samples::residue()] {
        let text = render(&sample.build(), Options { width, verbose: true, ..Options::default() });
        // Addresses and the command that removes what is left are not broken.
        let is_whole = |line: &&str| line.contains("http") || line.contains("scs-conformance sweep");
        for line in text.lines().filter(|line| !is_whole(line)) {
            assert!(line.width() <= width, "{} columns: {line}", line.width());
        }
    }
}

proptest! {
    #[test]
    fn no_text_steers_the_terminal(text in any::<String>(), width in 0_usize..120) {
        let finding = Finding::violation(text.clone()).property(text.clone()).observed(text.clone());
        let sample = Builder::conformant()
            .named(&text)
            .found("scs-0100-syntax-check", [finding])
            .detail("cloud", &text)
            .left(&[&text])
            .aborted("scs-0102-prop-os_distro", ReasonCode::InvalidAnswer, &text);
        let shown = render(&sample.build(), Options { width, ..Options::default() });
        prop_assert!(shown.chars().all(|c| c == '\n' || !c.is_control()));
    }
}
