//! Texts, names and times for the page.

pub(super) use crate::wording::ran_by;

use crate::report::RunBy;
use chrono::{DateTime, Utc};
use std::fmt::Write;

/// A part of a sentence.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Part<'a> {
    /// True for what stands between backticks.
    pub(super) code: bool,
    pub(super) text: &'a str,
}

/// Splits a sentence of the definitions, in which backticks mark code.
pub(super) fn prose(text: &str) -> Vec<Part<'_>> {
    if text.matches('`').count() % 2 == 1 {
        return vec![Part { code: false, text }];
    }
    let parts = text.split('`').enumerate().map(|(index, text)| Part { code: index % 2 == 1, text });
    parts.filter(|part| !part.text.is_empty()).collect()
}

/// Returns true for an address that a browser may open: no script, no file.
pub(super) fn is_link(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

/// Returns the page of the CI job that ran the tool.
pub(super) fn page_of(run_by: &RunBy) -> Option<&str> {
    run_by.ci.as_ref().and_then(|job| job.url.as_deref())
}

/// The name of a testcase's place on the page. Ids of testcases stay as they are; any other
/// text gives a name that fits into an address and that no other text gives.
pub(super) fn anchor(id: &str) -> String {
    let mut name = String::with_capacity(id.len());
    for c in id.chars() {
        match c {
            c if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') => name.push(c),
            // Writing to a string cannot fail.
            c => drop(write!(name, "~{:x}~", u32::from(c))),
        }
    }
    if name.is_empty() { "~".to_owned() } else { name }
}

/// Formats a time to the second.
pub(super) fn moment(time: &DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// Formats a time for programs.
pub(super) fn machine(time: &DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Formats a span of time: `187 ms`, `12.3 s`, `4 min 5 s`.
pub(super) fn span(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        _ => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("Run `a b` now", &[(false, "Run "), (true, "a b"), (false, " now")])]
    #[case("`a`", &[(true, "a")])]
    #[case("one ` only", &[(false, "one ` only")])]
    #[case("", &[])]
    fn backticks_mark_code(#[case] text: &str, #[case] parts: &[(bool, &str)]) {
        let found: Vec<(bool, &str)> = prose(text).into_iter().map(|part| (part.code, part.text)).collect();
        assert_eq!(found, parts);
    }

    #[rstest]
    #[case("scs-0102-prop-os_distro", "scs-0102-prop-os_distro")]
    #[case("a b", "a~20~b")]
    #[case("a~20~b", "a~7e~20~7e~b")]
    #[case("", "~")]
    fn testcases_have_anchors(#[case] id: &str, #[case] name: &str) {
        assert_eq!(anchor(id), name);
    }

    #[rstest]
    #[case("https://a", true)]
    #[case("http://a", true)]
    #[case("javascript:alert(1)", false)]
    #[case(" https://a", false)]
    #[case("data:text/html,x", false)]
    fn only_web_addresses_are_links(#[case] url: &str, #[case] link: bool) {
        assert_eq!(is_link(url), link);
    }

    #[rstest]
    #[case(0, "0 ms")]
    #[case(999, "999 ms")]
    #[case(12_345, "12.3 s")]
    #[case(245_000, "4 min 5 s")]
    fn spans_read_well(#[case] ms: u64, #[case] text: &str) {
        assert_eq!(span(ms), text);
    }

    proptest! {
        #[test]
        fn anchors_fit_into_addresses(one in any::<String>(), other in any::<String>()) {
            let name = anchor(&one);
            prop_assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.~".contains(&b)));
            prop_assert_eq!(name == anchor(&other), one == other);
        }
    }
}
