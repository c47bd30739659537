//! scs-0100: flavors whose names begin with `SCS-` follow the naming syntax, and deliver at
//! least what their names promise.

use crate::facts::{Flavor, Flavors};
use crate::iaas::flavor_name::{FlavorName, NotParsed};
use crate::rule::Check;
use crate::verdict::{Finding, Findings};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// scs-0100 v3: every name that begins with `SCS-` can be parsed.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Syntax {}

impl Check for Syntax {
    type Facts<'a> = &'a Flavors;

    fn examine(&self, flavors: &Flavors) -> Findings {
        let mut findings = Findings::default();
        for flavor in &flavors.0 {
            match FlavorName::parse(&flavor.name) {
                // Any other name is free.
                Err(NotParsed::NotScs) => continue,
                Err(NotParsed::Error(error)) => {
                    let place = format!("at character {}, where it has {:?}", error.character, error.found);
                    let message = format!("the name of flavor {:?} breaks the naming syntax {place}", flavor.name);
                    findings.push(on_name(flavor, Finding::violation(message)).expected(error.expected));
                }
                Ok(parsed) => findings.list.extend(parsed.notes.iter().map(|note| {
                    let message =
                        format!("the name of flavor {:?} is tolerated, but should change: {note}", flavor.name);
                    on_name(flavor, Finding::warning(message)).expected(note.expected())
                })),
            }
            findings.examined += 1;
        }
        findings.push(coverage(flavors.0.len(), findings.examined));
        findings
    }
}

pub(super) fn on_name(flavor: &Flavor, finding: Finding) -> Finding {
    finding.on(flavor.resource()).property("name").observed(format!("{:?}", flavor.name))
}

/// Counts the judged flavors (quirk Q-0100-13): those that the project does not see are not among them.
pub(super) fn coverage(seen: usize, examined: usize) -> Finding {
    Finding::info(format!("the project sees {seen} flavors, of which {examined} were judged by their SCS names"))
}

/// scs-0100 v3: understating is allowed, overstating is not.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Semantics {
    /// The memory that a flavor may lack, in MiB (quirk Q-0100-8).
    ram_tolerance: u64,
}

impl Check for Semantics {
    type Facts<'a> = &'a Flavors;

    fn examine(&self, flavors: &Flavors) -> Findings {
        let mut findings = Findings::default();
        for flavor in &flavors.0 {
            // What cannot be read promises nothing; the syntax check tells of it.
            if let Ok(parsed) = FlavorName::parse(&flavor.name) {
                findings.examined += 1;
                self.judge(flavor, &parsed.name, &mut findings);
            }
        }
        findings.push(coverage(flavors.0.len(), findings.examined));
        findings
    }
}

impl Semantics {
    fn judge(&self, flavor: &Flavor, name: &FlavorName, findings: &mut Findings) {
        for promise in promises(flavor, name, self.ram_tolerance) {
            let finding = compare(flavor, promise.property, promise.delivered);
            findings.list.extend(finding.map(|finding| finding.expected(promise.expected).observed(promise.observed)));
        }
        findings.list.extend(discouraged_ram(flavor, tenths_of_gib(flavor.ram, self.ram_tolerance)));
    }
}

/// A figure that a name promises, with that of the flavor.
pub(super) struct Promise {
    /// The property of the flavor.
    pub property: &'static str,
    /// The comparison of the delivered to the promised.
    pub delivered: Ordering,
    /// The value that the name promises.
    pub expected: String,
    /// The value that the flavor has.
    pub observed: String,
}

/// Returns every figure that a name promises about a flavor. `ram_tolerance` is in MiB.
pub(super) fn promises(flavor: &Flavor, name: &FlavorName, ram_tolerance: u64) -> Vec<Promise> {
    let promise = |property, delivered, expected, observed| Promise { property, delivered, expected, observed };
    let (cpus, ram) = (u64::from(name.cpus()), name.ram());
    let ram_order = tenths_of_gib(flavor.ram, ram_tolerance).cmp(&(u64::from(ram.half_gib()) * 5));
    // No disk part promises no disk; one without a size promises no size (deviation Q-0100-3).
    let size = name.disk().map_or(Some(0), |disk| disk.size.map(u64::from));
    let disk =
        size.map(|size| promise("disk", flavor.disk.cmp(&size), format!("{size} GB"), format!("{} GB", flavor.disk)));
    [
        promise("vcpus", flavor.vcpus.cmp(&cpus), cpus.to_string(), flavor.vcpus.to_string()),
        promise("ram", ram_order, format!("{} MiB", ram.mib()), format!("{} MiB", flavor.ram)),
    ]
    .into_iter()
    .chain(disk)
    .collect()
}

/// Returns tenths of a GiB, rounded down after the tolerance was added: (MiB + 51) / 102.4 in today's suite.
fn tenths_of_gib(mib: u64, tolerance: u64) -> u64 {
    mib.saturating_add(tolerance).saturating_mul(10) / 1024
}

/// Returns the finding on a promise: nothing if it is kept exactly.
fn compare(flavor: &Flavor, property: &str, delivered: Ordering) -> Option<Finding> {
    let finding = match delivered {
        Ordering::Less => {
            Finding::violation(format!("flavor {:?} promises more {property} than it delivers", flavor.name))
        }
        Ordering::Equal => return None,
        Ordering::Greater => {
            Finding::info(format!("flavor {:?} delivers more {property} than its name says", flavor.name))
        }
    };
    Some(finding.on(flavor.resource()).property(property))
}

/// Warns of discouraged sizes (scs-0100 v3): halves of a GiB should only occur below 10 GiB, and nothing finer at all.
fn discouraged_ram(flavor: &Flavor, tenths: u64) -> Option<Finding> {
    let expected = match tenths {
        100.. if !tenths.is_multiple_of(10) => "a multiple of 1 GiB from 10 GiB on",
        _ if !tenths.is_multiple_of(5) => "a multiple of 0.5 GiB",
        _ => return None,
    };
    let finding = Finding::info(format!("flavor {:?} has a discouraged amount of RAM", flavor.name));
    Some(finding.on(flavor.resource()).property("ram").expected(expected).observed(format!("{} MiB", flavor.ram)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::Severity::{self, Info, Violation};
    use crate::verdict::{Outcome, Verdict};
    use rstest::rstest;

    fn flavor(name: &str, vcpus: u64, ram: u64, disk: u64) -> Flavor {
        Flavor { id: format!("id of {name}"), name: name.into(), vcpus, ram, disk, ..Flavor::default() }
    }

    /// Returns the findings besides the count of flavors.
    fn said(findings: &Findings) -> Vec<(Severity, &str)> {
        let (count, said) = findings.list.split_last().unwrap();
        assert_eq!(count.severity, Info);
        said.iter().map(|finding| (finding.severity, finding.property.as_deref().unwrap())).collect()
    }

    #[rstest]
    #[case("SCS-4V-16-50", Verdict::Pass, 0)]
    #[case("SCS-2C-4_GNa_ib", Verdict::Pass, 0)]
    #[case("SCS-2C-4-n", Verdict::Pass, 0)]
    #[case("SCS-4V:16:50", Verdict::Pass, 1)]
    #[case("SCS-2C-04", Verdict::Pass, 1)]
    #[case("SCS-2C-4-1x10", Verdict::Pass, 1)]
    #[case("SCS-2C-4_GN-14", Verdict::Pass, 1)]
    #[case("SCS-2C-3.25", Verdict::Fail, 1)]
    #[case("SCS-", Verdict::Fail, 1)]
    #[case("SCS-99999999999999999999V-1", Verdict::Fail, 1)]
    #[case("SCS-2C-4-n_bms_3", Verdict::Fail, 1)]
    fn names_are_parsed(#[case] name: &str, #[case] verdict: Verdict, #[case] findings: usize) {
        let flavors = Flavors(vec![flavor(name, 1, 1, 1)]);
        let found = Syntax {}.examine(&flavors);
        assert_eq!(said(&found).len(), findings, "{found:?}");
        assert_eq!(Outcome::of(found).verdict, verdict);
    }

    /// A finding that asks to change a name must not propose the same name.
    #[rstest]
    #[case("SCS-4V:16:50", "SCS-4V-16-50")]
    #[case("SCS-2C-04", "SCS-2C-4")]
    #[case("SCS-2C-4-1x10", "SCS-2C-4-10")]
    #[case("SCS-2C-4-3x", "as in `3x10`")]
    #[case("SCS-2C-4_GNh", "as in `GNa-64h`")]
    #[case("SCS-2C-4_GN-14", "as in `GNa-14`")]
    fn a_tolerated_name_is_shown_with_a_better_one(#[case] name: &str, #[case] better: &str) {
        let found = Syntax {}.examine(&Flavors(vec![flavor(name, 1, 1, 1)]));
        let expected = found.list[0].expected.as_deref().unwrap();
        assert!(expected.ends_with(better) && expected != name, "{expected}");
    }

    #[rstest]
    #[case("m1.tiny")]
    #[case("scs-2C-4")]
    #[case(" SCS-2C")]
    fn other_names_are_free(#[case] name: &str) {
        let flavors = Flavors(vec![flavor(name, 1, 1, 1)]);
        for found in [Syntax {}.examine(&flavors), Semantics { ram_tolerance: 51 }.examine(&flavors)] {
            assert!(found.list[0].message.contains("sees 1 flavors, of which 0"), "{:?}", found.list);
            assert!(Outcome::of(found).vacuous);
        }
    }

    #[test]
    fn each_broken_name_is_shown_with_its_place() {
        let flavors = Flavors(vec![flavor("SCS-2X-4", 1, 1, 1), flavor("ok", 1, 1, 1), flavor("SCS-2V-", 1, 1, 1)]);
        let found = Syntax {}.examine(&flavors);
        assert_eq!(said(&found).len(), 2);
        assert_eq!((found.examined, found.list[0].observed.as_deref()), (2, Some("\"SCS-2X-4\"")));
        assert!(found.list[0].message.contains("at character 6"), "{}", found.list[0].message);
        assert_eq!(found.list[0].resource.as_ref().unwrap().id, "id of SCS-2X-4");
    }

    #[rstest]
    #[case("SCS-4V-16-50", 4, 16384, 50, &[])]
    #[case("SCS-4V:16:50", 4, 16384, 50, &[])]
    #[case("SCS-4V-16-50", 3, 16384, 50, &[(Violation, "vcpus")])]
    #[case("SCS-4V-16-50", 5, 16384, 50, &[(Info, "vcpus")])]
    #[case("SCS-4V-16-50", 4, 16384, 49, &[(Violation, "disk")])]
    #[case("SCS-4V-16-50", 4, 16384, 51, &[(Info, "disk")])]
    #[case("SCS-4V-16-50", 3, 8192, 0, &[(Violation, "vcpus"), (Violation, "ram"), (Violation, "disk")])]
    // 51 MiB may be missing, 52 may not.
    #[case("SCS-1V-4", 1, 4096 - 51, 0, &[])]
    #[case("SCS-1V-4", 1, 4096 - 52, 0, &[(Violation, "ram"), (Info, "ram")])]
    #[case("SCS-1V-0.5", 1, 512 - 51, 0, &[])]
    #[case("SCS-1V-0.5", 1, 512 - 52, 0, &[(Violation, "ram"), (Info, "ram")])]
    // The next tenth of a GiB begins 51 MiB early, too.
    #[case("SCS-1V-4", 1, 4147, 0, &[])]
    #[case("SCS-1V-4", 1, 4148, 0, &[(Info, "ram"), (Info, "ram")])]
    #[case("SCS-1V-4", 1, 4608, 0, &[(Info, "ram")])]
    // Halves of a GiB are discouraged from 10 GiB on.
    #[case("SCS-1V-9.5", 1, 9728, 0, &[])]
    #[case("SCS-1V-10.5", 1, 10752, 0, &[(Info, "ram")])]
    #[case("SCS-1V-10", 1, 10240, 0, &[])]
    // Disks.
    #[case("SCS-1V-4", 1, 4096, 0, &[])]
    #[case("SCS-1V-4", 1, 4096, 1, &[(Info, "disk")])]
    #[case("SCS-1V-4-n", 1, 4096, 0, &[])]
    #[case("SCS-1V-4-", 1, 4096, 20, &[])]
    #[case("SCS-1V-4-2x10", 1, 4096, 10, &[])]
    #[case("SCS-1V-4", 1, u64::MAX, 0, &[(Info, "ram"), (Info, "ram")])]
    // Nothing is promised.
    #[case("SCS-1X-4", 0, 0, 0, &[])]
    #[case("m1.tiny", 0, 0, 0, &[])]
    fn promises_are_kept(
        #[case] name: &str,
        #[case] vcpus: u64,
        #[case] ram: u64,
        #[case] disk: u64,
        #[case] expected: &[(Severity, &str)],
    ) {
        let flavors = Flavors(vec![flavor(name, vcpus, ram, disk)]);
        let found = Semantics { ram_tolerance: 51 }.examine(&flavors);
        assert_eq!(said(&found), expected);
        let violated = expected.iter().any(|(severity, _)| *severity == Violation);
        assert_eq!(Outcome::of(found).verdict, if violated { Verdict::Fail } else { Verdict::Pass });
    }

    #[test]
    fn the_evidence_has_figures() {
        let flavors = Flavors(vec![flavor("SCS-2V-8-20", 1, 4096, 10)]);
        let found = Semantics { ram_tolerance: 51 }.examine(&flavors);
        let figures: Vec<_> =
            found.list.iter().filter_map(|f| f.expected.as_deref().zip(f.observed.as_deref())).collect();
        assert_eq!(figures, [("2", "1"), ("8192 MiB", "4096 MiB"), ("20 GB", "10 GB")]);
    }
}
