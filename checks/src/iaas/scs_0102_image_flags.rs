//! scs-0102: what images say about licences and subscriptions.

use super::scs_0102_image_metadata::{NOT_SET, each_image, label};
use crate::accepts::Accepts;
use crate::facts::{Image, Images};
use crate::non_empty::NonEmpty;
use crate::rule::Check;
use crate::verdict::{Finding, Findings};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// scs-0102: some properties of images are true or false, and at most one of a group is true.
/// A property that is not set counts as false; one that is empty is neither.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ImageFlags {
    /// The properties.
    names: NonEmpty<Vec<String>>,
    /// The spellings of true.
    means_true: Accepts,
    /// The spellings of false.
    means_false: Accepts,
    /// The properties of which at most one may be true.
    exclusive: Vec<String>,
    /// Values of other properties with which an image gets a warning, if it sets none of the exclusive ones.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    expected_where: BTreeMap<String, Accepts>,
}

impl Check for ImageFlags {
    type Facts<'a> = &'a Images;

    fn examine(&self, images: &Images) -> Findings {
        each_image(images, |image, findings| {
            let list = self.malformed(image).into_iter().chain(self.contradiction(image)).chain(self.silent(image));
            findings.list.extend(list.map(|finding| finding.on(image.resource())));
        })
    }
}

impl ImageFlags {
    /// Reports flags that are neither true nor false.
    fn malformed(&self, image: &Image) -> Vec<Finding> {
        let bad = |name: &String| {
            let value = image.property(name)?;
            if self.means_true.accepts(value) || self.means_false.accepts(value) {
                return None;
            }
            let message = format!("{} has {name} {value:?}, which is neither true nor false", label(image));
            let expected = format!("{}, or {}", self.means_true, self.means_false);
            Some(Finding::violation(message).property(name).expected(expected).observed(format!("{value:?}")))
        };
        self.names.iter().filter_map(bad).collect()
    }

    fn contradiction(&self, image: &Image) -> Option<Finding> {
        let is_true = |name: &&String| image.property(name).is_some_and(|value| self.means_true.accepts(value));
        let names: Vec<&str> = self.exclusive.iter().filter(is_true).map(String::as_str).collect();
        let finding = Finding::violation(format!("{} claims {} at once", label(image), names.join(" and ")))
            .property(names.join(", "))
            .expected("at most one of them true")
            .observed(format!("{} of them true", names.len()));
        (names.len() > 1).then_some(finding)
    }

    /// Reports an image that probably needs a license, and does not say who provides it.
    fn silent(&self, image: &Image) -> Option<Finding> {
        let (name, value) = self
            .expected_where
            .iter()
            .find_map(|(name, accepts)| Some((name, image.property(name).filter(|value| accepts.accepts(value))?)))?;
        if self.exclusive.iter().any(|flag| image.property(flag).is_some()) {
            return None;
        }
        let message = format!("{} has {name} {value:?}, but does not say who provides the license", label(image));
        Some(
            Finding::warning(message)
                .property(self.exclusive.join(", "))
                .expected("one of them true")
                .observed(NOT_SET),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::scs_0102_image_metadata::tests::{image, judge, only, weights, with};
    use crate::verdict::{
        Severity::{self, Violation, Warning},
        Verdict,
    };
    use rstest::rstest;

    const FLAGS: &str = "scs-0102-license-flags";

    #[rstest]
    #[case(&[], &[])]
    #[case(&[("license_included", "true")], &[])]
    #[case(&[("license_included", "True"), ("license_required", "false")], &[])]
    #[case(&[("license_included", "false"), ("license_required", "false")], &[])]
    #[case(&[("license_included", "true"), ("license_required", "true")], &[(Violation, "license_included, license_required")])]
    #[case(&[("license_included", "TRUE"), ("license_required", "True")], &[(Violation, "license_included, license_required")])]
    // The subscription flags do not exclude each other.
    #[case(&[("subscription_included", "true"), ("subscription_required", "true")], &[])]
    #[case(&[("subscription_required", "yes")], &[(Violation, "subscription_required")])]
    #[case(&[("license_required", "1"), ("license_included", "true")], &[(Violation, "license_required")])]
    // An empty property is set, to neither.
    #[case(&[("license_required", "")], &[(Violation, "license_required")])]
    #[case(&[("os_distro", "windows")], &[(Warning, "license_included, license_required")])]
    #[case(&[("os_distro", "Windows")], &[(Warning, "license_included, license_required")])]
    #[case(&[("os_type", "windows")], &[(Warning, "license_included, license_required")])]
    #[case(&[("os_type", "linux")], &[])]
    #[case(&[("os_distro", "windows"), ("license_included", "true")], &[])]
    #[case(&[("os_distro", "windows"), ("license_required", "true")], &[])]
    #[case(&[("os_distro", "windows"), ("subscription_included", "true")], &[(Warning, "license_included, license_required")])]
    fn licence_flags_are_plain_and_consistent(
        #[case] properties: &[(&str, &str)],
        #[case] expected: &[(Severity, &str)],
    ) {
        let image = properties.iter().fold(image("Windows 2022"), |image, (name, value)| with(image, name, *value));
        let outcome = judge(FLAGS, vec![image]);
        let seen: Vec<_> = outcome.findings.iter().map(|f| (f.severity, f.property.as_deref().unwrap())).collect();
        assert_eq!(seen, expected);
        let violated = expected.iter().any(|(severity, _)| *severity == Violation);
        assert_eq!(outcome.verdict, if violated { Verdict::Fail } else { Verdict::Pass });
    }

    #[test]
    fn evidence_names_the_wrong_flags() {
        let both = with(with(image("a"), "license_included", "true"), "license_required", "true");
        let outcome = judge(FLAGS, vec![image("b"), both]);
        let finding = only(&outcome);
        assert_eq!(finding.message, "image \"a\" claims license_included and license_required at once");
        assert_eq!(finding.observed.as_deref(), Some("2 of them true"));
        let odd = judge(FLAGS, vec![with(image("a"), "license_included", "yes")]);
        assert_eq!(
            only(&odd).expected.as_deref(),
            Some("\"true\", \"True\" or \"TRUE\", or \"false\", \"False\" or \"FALSE\"")
        );
        assert_eq!(weights(&odd), [Violation]);
    }
}
