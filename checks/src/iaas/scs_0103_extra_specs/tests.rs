use super::*;
use crate::verdict::{
    Outcome,
    Severity::{self, Violation, Warning},
    Verdict,
};
use rstest::rstest;

/// Returns a flavor with 4 vCPUs, 16 GiB of RAM and a disk of 50 GB.
fn flavor(name: &str, specs: &[(&str, &str)]) -> Flavor {
    let extra_specs = specs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Flavor {
        id: format!("id of {name}"),
        name: name.into(),
        vcpus: 4,
        ram: 16384,
        disk: 50,
        extra_specs,
        ..Flavor::default()
    }
}

fn judge(flavor: Flavor) -> Outcome {
    let drafts = [("scs:required".to_owned(), vec!["mandatoryv1".to_owned(), "optional".to_owned()])].into();
    Outcome::of(ScsExtraSpecs { ram_tolerance: 51, drafts }.examine(&Flavors(vec![flavor])))
}

fn said(outcome: &Outcome) -> Vec<(Severity, &str)> {
    outcome.findings.iter().map(|finding| (finding.severity, finding.property.as_deref().unwrap())).collect()
}

/// Asserts the findings about a flavor without an SCS name.
#[track_caller]
fn assert_said(flavor: Flavor, expected: &[(Severity, &str)]) -> Outcome {
    let outcome = judge(flavor);
    assert_eq!(said(&outcome), expected, "{:#?}", outcome.findings);
    let violated = expected.iter().any(|(severity, _)| *severity == Violation);
    assert_eq!(outcome.verdict, if violated { Verdict::Fail } else { Verdict::Pass });
    for finding in &outcome.findings {
        assert!(finding.resource.is_some() && finding.expected.is_some() && finding.observed.is_some(), "{finding:?}");
    }
    outcome
}

#[rstest]
#[case("scs:name-v1", Key::Name)]
#[case("scs:name-v17", Key::Name)]
#[case("scs:name-v99999999999999999999", Key::Name)]
#[case("scs:name-v0", Key::Unknown)]
#[case("scs:name-v01", Key::Unknown)]
#[case("scs:name-v", Key::Unknown)]
#[case("scs:name-v+1", Key::Unknown)]
#[case("scs:name", Key::Unknown)]
#[case("scs:cpu-type", Key::CpuType)]
#[case("scs:cpu-types", Key::Unknown)]
#[case("scs:disk0-type", Key::DiskType(0))]
#[case("scs:disk12-type", Key::DiskType(12))]
#[case("scs:disk00-type", Key::Unknown)]
#[case("scs:disk-type", Key::Unknown)]
#[case("scs:disk99999999999-type", Key::Unknown)]
#[case("cpu-type", Key::Unknown)]
fn keys_are_recognised(#[case] key: &str, #[case] expected: Key) {
    assert_eq!(Key::of(key), expected);
}

#[rstest]
#[case("SCS-4V-16-50", &[])]
#[case("SCS-4V:16:50", &[(Warning, "scs:name-vN")])]
#[case("SCS-4V-16", &[])]
#[case("SCS-2V-8-20", &[])] // understated
#[case("SCS-4V-16-n", &[])]
#[case("SCS-5V-16-50", &[(Violation, "vcpus")])]
#[case("SCS-4V-16.5-50", &[(Violation, "ram")])]
#[case("SCS-4V-16-51", &[(Violation, "disk")])]
#[case("SCS-8V-32-100", &[(Violation, "vcpus"), (Violation, "ram"), (Violation, "disk")])]
#[case("SCS-4V-016", &[(Warning, "scs:name-v3")])]
#[case("SCS-4X-16", &[(Violation, "scs:name-v3")])]
#[case("m1.large", &[(Violation, "scs:name-v3")])]
#[case("", &[(Violation, "scs:name-v3")])]
fn names_are_valid_and_kept(#[case] value: &str, #[case] expected: &[(Severity, &str)]) {
    assert_said(flavor("large", &[("scs:name-v3", value)]), expected);
}

#[rstest]
#[case(16384 - 51, &[])]
#[case(16384 - 52, &[(Violation, "ram")])]
fn a_little_ram_may_be_missing(#[case] ram: u64, #[case] expected: &[(Severity, &str)]) {
    assert_said(Flavor { ram, ..flavor("large", &[("scs:name-v2", "SCS-4V-16")]) }, expected);
}

#[test]
fn two_spellings_of_a_name_are_one_promise() {
    let specs = [("scs:name-v1", "SCS-8V:16:50"), ("scs:name-v2", "SCS-8V-16-50")];
    let outcome = assert_said(flavor("large", &specs), &[(Violation, "vcpus")]);
    assert_eq!(
        outcome.findings[0].message,
        "flavor \"large\" promises more vcpus in scs:name-v1 \"SCS-8V:16:50\" and scs:name-v2 \"SCS-8V-16-50\" than it delivers"
    );
}

/// A broken promise of the own name is reported by scs-0100-semantics-check.
#[test]
fn the_own_name_is_judged_elsewhere() {
    assert_said(flavor("SCS-64V-64", &[("scs:name-v2", "SCS-4V-16-50")]), &[]);
}

#[rstest]
#[case("large", &[], "dedicated-core", &[])]
#[case("large", &[], "fast-core", &[(Violation, "scs:cpu-type")])]
#[case("large", &[], "Shared-Core", &[(Violation, "scs:cpu-type")])]
#[case("large", &["SCS-4V-16"], "shared-core", &[])]
#[case("large", &["SCS-4V-16"], "crowded-core", &[(Violation, "scs:cpu-type")])]
#[case("large", &["SCS-4V-16"], "dedicated-thread", &[(Warning, "scs:cpu-type")])]
// Of several names, the one that promises most is to be kept.
#[case("large", &["SCS-4V-16", "SCS-4T-16"], "dedicated-thread", &[])]
#[case("large", &["SCS-4T-16", "SCS-4V-16"], "shared-core", &[(Violation, "scs:cpu-type")])]
#[case("SCS-4C-16", &[], "dedicated-thread", &[(Violation, "scs:cpu-type")])]
#[case("SCS-4C-16", &[], "dedicated-core", &[])]
fn the_kind_of_vcpu_agrees_with_the_names(
    #[case] own_name: &str,
    #[case] names: &[&str],
    #[case] cpu_type: &str,
    #[case] expected: &[(Severity, &str)],
) {
    let keys = ["scs:name-v2", "scs:name-v4"];
    let specs: Vec<_> = keys.into_iter().zip(names.iter().copied()).chain([("scs:cpu-type", cpu_type)]).collect();
    assert_said(flavor(own_name, &specs), expected);
}

#[rstest]
#[case("SCS-4V-16-50s", "scs:disk0-type", "ssd", &[])]
#[case("SCS-4V-16-50s", "scs:disk0-type", "hdd", &[(Violation, "scs:disk0-type")])]
#[case("SCS-4V-16-50s", "scs:disk0-type", "nvme", &[(Warning, "scs:disk0-type")])]
#[case("SCS-4V-16-50s", "scs:disk0-type", "SSD", &[(Violation, "scs:disk0-type")])]
#[case("SCS-4V-16-50", "scs:disk0-type", "network", &[])]
#[case("SCS-4V-16-50", "scs:disk0-type", "nvme", &[])]
#[case("SCS-4V-16-50s", "scs:disk1-type", "hdd", &[])]
#[case("SCS-4V-16-2x50s", "scs:disk1-type", "hdd", &[(Violation, "scs:disk1-type")])]
#[case("SCS-4V-16-2x50s", "scs:disk2-type", "hdd", &[])]
// The flavor has a disk, whether its name tells of it or not.
#[case("SCS-4V-16", "scs:disk0-type", "ssd", &[])]
fn the_type_of_a_disk_agrees_with_the_names(
    #[case] name: &str,
    #[case] key: &str,
    #[case] disk_type: &str,
    #[case] expected: &[(Severity, &str)],
) {
    assert_said(flavor("large", &[("scs:name-v2", name), (key, disk_type)]), expected);
    assert_said(flavor(name, &[(key, disk_type)]), expected);
}

#[rstest]
#[case("SCS-4V-16", "scs:disk0-type", &[(Violation, "scs:disk0-type")])]
#[case("SCS-4V-16", "scs:disk1-type", &[])] // an ephemeral disk, which is not the root disk
#[case("SCS-4V-16-n", "scs:disk0-type", &[])]
#[case("large", "scs:disk0-type", &[])] // no name says that there is none: it may be as large as the image
fn without_a_disk_there_is_no_type_of_it(#[case] name: &str, #[case] key: &str, #[case] expected: &[(Severity, &str)]) {
    assert_said(Flavor { disk: 0, ..flavor(name, &[(key, "network")]) }, expected);
}

#[test]
fn unknown_extra_specs_get_a_warning() {
    let specs = [("scs:name-v0", "SCS-99V-99"), ("scs:gpu", "yes"), ("hw:cpu_policy", "dedicated")];
    assert_said(flavor("large", &specs), &[(Warning, "scs:gpu"), (Warning, "scs:name-v0")]);
}

#[rstest]
#[case("mandatoryv1", &[])]
#[case("optional", &[])]
#[case("yes", &[(Warning, "scs:required")])]
fn extra_specs_of_drafts_are_known(#[case] value: &str, #[case] expected: &[(Severity, &str)]) {
    let outcome = assert_said(flavor("large", &[("scs:required", value)]), expected);
    assert!(outcome.findings.iter().all(|one| one.expected.as_deref() == Some("one of mandatoryv1, optional")));
}

#[test]
fn flavors_without_such_extra_specs_are_not_concerned() {
    let outcome = judge(flavor("SCS-99V-99", &[("hw_rng:allowed", "True"), ("SCS:cpu-type", "x")]));
    assert!(outcome.vacuous && outcome.findings.is_empty(), "{outcome:?}");
}

/// The extra specs that the tool derives from a name satisfy this rule.
#[rstest]
#[case("SCS-4V-16-50")]
#[case("SCS-4C-16-2x50p_kvm_i3_GNa-14h-6h_ib")]
#[case("SCS-4Li-15.5uo-n")]
fn derived_extra_specs_are_fine(#[case] name: &str) {
    let extra_specs = name.parse::<FlavorName>().unwrap().extra_specs();
    let outcome = judge(Flavor { extra_specs, ..flavor(name, &[]) });
    assert_eq!((outcome.verdict, outcome.examined, said(&outcome)), (Verdict::Pass, 1, vec![]));
}
