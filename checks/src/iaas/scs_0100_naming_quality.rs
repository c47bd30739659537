//! scs-0100: names that are valid, but not as good as they should be. Nothing here violates the standard.

use super::scs_0100_flavor_naming::{coverage, on_name};
use crate::facts::{Flavor, Flavors};
use crate::iaas::flavor_name::{FlavorName, Note, Parsed};
use crate::rule::Check;
use crate::verdict::{Finding, Findings};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// scs-0100 v3: recommendations for flavor names. It only warns.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Quality {
    /// The recommended sizes of a disk in GB.
    disk_sizes: Vec<u32>,
    /// From this many GiB on, RAM should come in whole GiB.
    whole_ram_from: u32,
}

impl Check for Quality {
    type Facts<'a> = &'a Flavors;

    fn examine(&self, flavors: &Flavors) -> Findings {
        // What cannot be read is left to the syntax check.
        let parsed: Vec<(&Flavor, Parsed)> = flavors
            .0
            .iter()
            .filter_map(|flavor| FlavorName::parse(&flavor.name).ok().map(|parsed| (flavor, parsed)))
            .collect();
        let offered: HashSet<FlavorName> = parsed.iter().map(|(_, parsed)| parsed.name).collect();
        let mut findings = Findings { examined: parsed.len(), ..Findings::default() };
        for (flavor, parsed) in &parsed {
            findings.list.extend(spelling(flavor, parsed));
            let further = [
                self.odd_disk(flavor, &parsed.name),
                self.half_gib(flavor, &parsed.name),
                lonely(flavor, &parsed.name, &offered),
            ];
            findings.list.extend(further.into_iter().flatten());
        }
        findings.push(coverage(flavors.0.len(), findings.examined));
        findings
    }
}

impl Quality {
    fn odd_disk(&self, flavor: &Flavor, name: &FlavorName) -> Option<Finding> {
        let size = name.disk_size().filter(|size| !self.disk_sizes.contains(size))?;
        let sizes: Vec<String> = self.disk_sizes.iter().map(u32::to_string).collect();
        let message = format!("flavor {:?} has a disk of {size} GB, which is not a recommended size", flavor.name);
        Some(on_name(flavor, Finding::warning(message)).expected(format!("one of {} GB", sizes.join(", "))))
    }

    fn half_gib(&self, flavor: &Flavor, name: &FlavorName) -> Option<Finding> {
        let halves = name.ram().half_gib();
        let discouraged = halves % 2 == 1 && halves / 2 >= self.whole_ram_from;
        let message = format!(
            "flavor {:?}: RAM of {} GiB or more should be given in whole GiB",
            flavor.name, self.whole_ram_from
        );
        let expected = format!("whole GiB from {} GiB on", self.whole_ram_from);
        discouraged.then(|| on_name(flavor, Finding::warning(message)).expected(expected))
    }
}

/// Warns of each thing in the name that has a better spelling; that of v1 is among them.
fn spelling(flavor: &Flavor, parsed: &Parsed) -> Vec<Finding> {
    let warn = |note: &Note| {
        let message = format!("the name of flavor {:?} should be spelled differently: {note}", flavor.name);
        on_name(flavor, Finding::warning(message)).expected(note.expected())
    };
    parsed.notes.iter().map(warn).collect()
}

/// Warns of a long name without the short one that users look for.
fn lonely(flavor: &Flavor, name: &FlavorName, offered: &HashSet<FlavorName>) -> Option<Finding> {
    let short = name.short();
    if short == *name || offered.contains(&short) {
        return None;
    }
    let message = format!("flavor {:?} is not also offered under its short name {short}", flavor.name);
    Some(on_name(flavor, Finding::warning(message)).expected(format!("also a flavor {short}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::{Outcome, Severity, Verdict};
    use rstest::rstest;

    fn quality() -> Quality {
        Quality { disk_sizes: vec![5, 10, 20, 50, 100, 200, 500, 1000, 2000], whole_ram_from: 10 }
    }

    /// Returns the expected spellings, by warning, without the count of flavors.
    fn warned(names: &[&str]) -> Vec<String> {
        let flavor = |name: &&str| Flavor { id: format!("id of {name}"), name: (*name).into(), ..Flavor::default() };
        let outcome = Outcome::of(quality().examine(&Flavors(names.iter().map(flavor).collect())));
        assert_eq!(outcome.verdict, Verdict::Pass, "it only warns");
        let (count, warnings) = outcome.findings.split_last().unwrap();
        assert_eq!(count.severity, Severity::Info);
        let expected = |finding: &Finding| {
            assert_eq!((finding.severity, finding.property.as_deref()), (Severity::Warning, Some("name")));
            assert!(finding.resource.is_some() && finding.observed.is_some());
            finding.expected.clone().unwrap()
        };
        warnings.iter().map(expected).collect()
    }

    const SIZES: &str = "one of 5, 10, 20, 50, 100, 200, 500, 1000, 2000 GB";

    #[rstest]
    #[case("SCS-4V-16-50", &[])]
    #[case("SCS-4V-16-2000s", &[])]
    #[case("SCS-4V-16-4", &[SIZES])]
    #[case("SCS-4V-16-51", &[SIZES])]
    #[case("SCS-4V-16-3x10s", &[])]
    #[case("SCS-4V-16-3x30s", &[SIZES])]
    // Without a size there is none to be odd.
    #[case("SCS-4V-16-n", &[])]
    #[case("SCS-4V-16-", &[])]
    #[case("SCS-4V-9.5", &[])]
    #[case("SCS-4V-10", &[])]
    #[case("SCS-4V-10.5", &["whole GiB from 10 GiB on"])]
    #[case("SCS-4V-16.5-7", &[SIZES, "whole GiB from 10 GiB on"])]
    #[case("SCS-04V-16", &["SCS-4V-16"])]
    #[case("SCS-4V:16", &["SCS-4V-16"])]
    #[case("SCS-4V-16-1x10", &["SCS-4V-16-10"])]
    #[case("SCS-4V-16_i0", &["SCS-4V-16_i", "also a flavor SCS-4V-16"])]
    #[case("SCS-4V-16_a", &[])]
    #[case("SCS-4V-16_a5", &["also a flavor SCS-4V-16_a"])]
    #[case("m1.tiny", &[])]
    #[case("SCS-4X-16-7", &[])]
    fn names_get_a_better_spelling(#[case] name: &str, #[case] expected: &[&str]) {
        assert_eq!(warned(&[name]), expected);
    }

    #[test]
    fn a_long_name_has_a_short_one_in_either_spelling() {
        assert_eq!(warned(&["SCS-4V-16_kvm_hwv_i3", "SCS-4V-16"]), [""; 0]);
        assert_eq!(warned(&["SCS-4V-16_kvm", "SCS-4V:16"]), ["SCS-4V-16"]);
        assert_eq!(warned(&["SCS-4V-16_kvm", "SCS-4V-8"]), ["also a flavor SCS-4V-16"]);
    }

    #[test]
    fn without_scs_names_nothing_is_proven() {
        let other = Flavor { name: "m1.tiny".into(), ..Flavor::default() };
        assert!(Outcome::of(quality().examine(&Flavors(vec![other]))).vacuous);
    }
}
