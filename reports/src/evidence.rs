//! Findings in words, for the reports that are plain text inside (JUnit, today's YAML).

use crate::text::{clipped, visible};
use scs_checks::verdict::{Finding, Resource, Severity};
use std::borrow::Cow;

/// Returns the name of a resource: `image "Ubuntu 22.04" (3f2a9c81)`. Of a UUID the first part is
/// enough for people (`short`).
pub(crate) fn resource(resource: &Resource, short: bool) -> String {
    let kind = resource.kind.to_string().replace('-', " ");
    let id = if short && is_uuid(&resource.id) { &resource.id[..8] } else { &resource.id };
    match (resource.name.as_str(), id) {
        ("", "") => kind,
        (name, _) if says_its_kind(resource) => visible(name).into_owned(),
        ("", id) => format!("{kind} {}", visible(id)),
        (name, id) if id.is_empty() || name == resource.id => format!("{kind} \"{}\"", visible(name)),
        (name, id) => format!("{kind} \"{}\" ({})", visible(name), visible(id)),
    }
}

/// Returns true if the name says the kind already, as in `cluster` and `default storage class`.
pub(crate) fn says_its_kind(resource: &Resource) -> bool {
    let kind = resource.kind.to_string().replace('-', " ");
    let before = resource.name.strip_suffix(kind.as_str());
    resource.id.is_empty() && before.is_some_and(|before| before.is_empty() || before.ends_with(' '))
}

fn is_uuid(id: &str) -> bool {
    id.len() == 36 && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// Returns a value for reading; an empty one can be seen.
pub(crate) fn value(text: &str) -> Cow<'_, str> {
    if text.is_empty() { Cow::Borrowed("\"\"") } else { visible(text) }
}

/// Returns `image_description: expected any text; observed ""`, as far as that is known. Each value
/// is cut to `limit` characters, so that a long one does not push out the other.
pub(crate) fn comparison(finding: &Finding, limit: usize) -> Option<String> {
    let shown =
        |label, text: &Option<String>| text.as_deref().map(|text| format!("{label} {}", value(&clipped(text, limit))));
    let (expected, observed) = (shown("expected", &finding.expected), shown("observed", &finding.observed));
    let both = [expected, observed].into_iter().flatten().collect::<Vec<_>>().join("; ");
    match (finding.property.as_deref(), both.as_str()) {
        (None, "") => None,
        (None, both) => Some(both.to_owned()),
        (Some(property), "") => Some(visible(property).into_owned()),
        (Some(property), both) => Some(format!("{}: {both}", visible(property))),
    }
}

/// Returns the message of a finding without the resource at its beginning, which stands before it anyway.
pub(crate) fn statement(finding: &Finding) -> &str {
    let repeated = finding.resource.as_ref().and_then(|about| {
        let kind = about.kind.to_string().replace('-', " ");
        let quoted = finding.message.strip_prefix(format!("{kind} {:?} ", about.name).as_str());
        quoted.or_else(|| finding.message.strip_prefix(format!("{kind} {} ", about.name).as_str()))
    });
    repeated.unwrap_or(&finding.message)
}

/// Returns the whole finding on one line.
pub(crate) fn one_line(finding: &Finding) -> String {
    let about = finding.resource.as_ref().map(|about| format!("{}: ", resource(about, false))).unwrap_or_default();
    let compared = comparison(finding, usize::MAX).map(|compared| format!(" ({compared})")).unwrap_or_default();
    format!("{about}{}{compared}", visible(statement(finding)))
}

/// Returns the findings by weight, the heaviest first, else in their order.
pub(crate) fn by_weight(findings: &[Finding]) -> Vec<&Finding> {
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    sorted
}

/// Returns the number of findings of this weight.
pub(crate) fn how_many(findings: &[Finding], severity: Severity) -> usize {
    findings.iter().filter(|finding| finding.severity == severity).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use rstest::rstest;
    use scs_checks::verdict::ResourceKind;

    #[rstest]
    #[case("node \"cp-1\" lacks a label", "lacks a label")]
    #[case("node cp-1 lacks a label", "lacks a label")]
    #[case("node cp-10 lacks a label", "node cp-10 lacks a label")]
    #[case("cp-1 lacks a label", "cp-1 lacks a label")]
    fn prefix_of_a_message_is_not_repeated(#[case] message: &str, #[case] told: &str) {
        let finding = Finding::violation(message).on(samples::resource(ResourceKind::Node, "cp-1", "cp-1"));
        assert_eq!(statement(&finding), told);
    }

    #[rstest]
    #[case("3f2a9c81-5a0e-4a55-9b0a-0c4d7e2f11aa", "Ubuntu", "volume type \"Ubuntu\" (3f2a9c81)")]
    #[case("7", "fast", "volume type \"fast\" (7)")]
    #[case("fast", "fast", "volume type \"fast\"")]
    #[case("", "fast", "volume type \"fast\"")]
    #[case("7", "", "volume type 7")]
    #[case("", "", "volume type")]
    #[case("", "volume type", "volume type")]
    #[case("", "default volume type", "default volume type")]
    #[case("volume type", "volume type", "volume type \"volume type\"")]
    #[case("", "myvolume type", "volume type \"myvolume type\"")]
    #[case("ä\0", "\x1b", "volume type \"\\u{1b}\" (ä\\u{0})")]
    fn a_resource_is_named(#[case] id: &str, #[case] name: &str, #[case] text: &str) {
        assert_eq!(resource(&samples::resource(ResourceKind::VolumeType, id, name), true), text);
    }

    #[test]
    fn a_finding_fits_on_a_line() {
        let finding =
            Finding::violation("The property\nis missing.").property("os_distro").expected("a word").observed("");
        assert_eq!(one_line(&finding), "The property\\nis missing. (os_distro: expected a word; observed \"\")");
        assert_eq!(one_line(&Finding::info("Fine.")), "Fine.");
    }
}
