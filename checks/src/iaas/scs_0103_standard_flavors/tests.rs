use super::*;
use crate::check::CheckKind;
use crate::definition::{Definitions, Source};
use crate::verdict::Severity::{Violation, Warning};
use crate::verdict::{Outcome, Severity, Verdict};
use rstest::rstest;

fn check(name: &str, any_disk_type: bool) -> StandardFlavor {
    StandardFlavor { name: name.parse().unwrap(), any_disk_type }
}

/// Returns the flavor exactly as the standard wants it.
fn good(name: &str) -> Flavor {
    let parsed: FlavorName = name.parse().unwrap();
    Flavor {
        id: format!("id of {name}"),
        name: name.to_owned(),
        vcpus: parsed.cpus().into(),
        ram: parsed.ram().mib(),
        disk: parsed.disk_size().unwrap_or(0).into(),
        extra_specs: parsed.extra_specs(),
        ..Flavor::default()
    }
}

fn changed(mut flavor: Flavor, change: impl FnOnce(&mut Flavor)) -> Flavor {
    change(&mut flavor);
    flavor
}

fn set(flavor: &mut Flavor, key: &str, value: &str) {
    flavor.extra_specs.insert(key.to_owned(), value.to_owned());
}

fn judge(check: &StandardFlavor, flavors: &[Flavor]) -> Outcome {
    Outcome::of(check.examine(&Flavors(flavors.to_vec())))
}

/// Returns severity, property, expected and observed value of each finding.
fn said(outcome: &Outcome) -> Vec<(Severity, &str, &str, &str)> {
    fn text(value: &Option<String>) -> &str {
        value.as_deref().unwrap()
    }
    outcome.findings.iter().map(|f| (f.severity, text(&f.property), text(&f.expected), text(&f.observed))).collect()
}

#[rstest]
#[case("SCS-1V-4", |f: &mut Flavor| f.access = Access::Disabled, &[(Violation, "OS-FLV-DISABLED:disabled", "false", "true")])]
#[case("SCS-1V-4", |f: &mut Flavor| f.vcpus = 2, &[(Violation, "vcpus", "1", "2")])]
#[case("SCS-2V-8", |f: &mut Flavor| f.vcpus = 1, &[(Violation, "vcpus", "2", "1")])]
#[case("SCS-1V-4", |f: &mut Flavor| f.ram = 4095, &[(Violation, "ram", "4096", "4095")])]
#[case("SCS-1V-4", |f: &mut Flavor| f.ram = 4097, &[(Violation, "ram", "4096", "4097")])]
#[case("SCS-1V-4", |f: &mut Flavor| f.disk = 1, &[(Violation, "disk", "0", "1")])]
#[case("SCS-2V-4-20s", |f: &mut Flavor| f.disk = 19, &[(Violation, "disk", "20", "19")])]
#[case("SCS-2V-4-20s", |f: &mut Flavor| f.disk = 21, &[(Violation, "disk", "20", "21")])]
#[case(
    "SCS-1L-1",
    |f: &mut Flavor| set(f, "scs:cpu-type", "shared-core"),
    &[(Violation, "scs:cpu-type", "\"crowded-core\"", "\"shared-core\"")]
)]
#[case(
    "SCS-1V-4",
    |f: &mut Flavor| drop(f.extra_specs.remove("scs:name-v1")),
    &[(Violation, "scs:name-v1", "\"SCS-1V:4\"", "not set")]
)]
#[case(
    "SCS-1V-4",
    |f: &mut Flavor| drop(f.extra_specs.remove("scs:name-v2")),
    &[(Violation, "scs:name-v2", "\"SCS-1V-4\"", "not set")]
)]
#[case(
    "SCS-2V-4-20s",
    |f: &mut Flavor| set(f, "scs:disk0-type", "hdd"),
    &[(Violation, "scs:disk0-type", "\"ssd\"", "\"hdd\"")]
)]
#[case(
    "SCS-2V-4-20s",
    |f: &mut Flavor| set(f, "scs:disk0-type", "nvme"),
    &[(Violation, "scs:disk0-type", "\"ssd\"", "\"nvme\""), (Warning, "scs:disk0-type", "\"ssd\"", "\"nvme\"")]
)]
// Without a disk there is no type of it, whatever it says.
#[case(
    "SCS-1V-4",
    |f: &mut Flavor| set(f, "scs:disk0-type", "ssd"),
    &[(Violation, "scs:disk0-type", "not set", "\"ssd\"")]
)]
#[case(
    "SCS-1V-4",
    |f: &mut Flavor| set(f, "scs:disk0-type", ""),
    &[(Violation, "scs:disk0-type", "not set", "\"\"")]
)]
#[case(
    "SCS-2V-4-20s",
    |f: &mut Flavor| { f.vcpus = 1; set(f, "scs:disk0-type", "floppy"); },
    &[(Violation, "vcpus", "2", "1"), (Violation, "scs:disk0-type", "\"ssd\"", "\"floppy\"")]
)]
fn each_property_has_to_be_exact(
    #[case] name: &str,
    #[case] change: fn(&mut Flavor),
    #[case] expected: &[(Severity, &str, &str, &str)],
) {
    let outcome = judge(&check(name, false), &[changed(good(name), change)]);
    assert_eq!((outcome.verdict, said(&outcome)), (Verdict::Fail, expected.to_vec()));
    assert_eq!(outcome.findings[0].resource.as_ref().unwrap().id, format!("id of {name}"));
}

/// Other projects may not see the flavors that this project sees.
#[test]
fn a_private_flavor_counts_with_a_warning_unless_there_is_a_public_one() {
    let private = changed(good("SCS-1V-4"), |flavor| flavor.access = Access::Private);
    let outcome = judge(&check("SCS-1V-4", false), std::slice::from_ref(&private));
    let expected = vec![(Warning, "os-flavor-access:is_public", "true", "false")];
    assert_eq!((outcome.verdict, said(&outcome)), (Verdict::Pass, expected));
    assert_eq!(judge(&check("SCS-1V-4", false), &[private, good("SCS-1V-4")]).findings, []);
}

#[rstest]
#[case(|f: &mut Flavor| f.name = "m1.small".into())]
#[case(|f: &mut Flavor| set(f, "hw:cpu_policy", "shared"))]
#[case(|f: &mut Flavor| set(f, "scs:name-v3", "SCS-1V-3"))]
#[case(|f: &mut Flavor| set(f, "scs:disk1-type", "ssd"))] // an ephemeral disk, which is not the root disk
fn the_name_and_further_extra_specs_are_free(#[case] change: fn(&mut Flavor)) {
    let outcome = judge(&check("SCS-1V-4", false), &[changed(good("SCS-1V-4"), change)]);
    assert_eq!((outcome.verdict, outcome.findings, outcome.examined), (Verdict::Pass, vec![], 1));
}

#[test]
fn missing_flavor_is_one_finding_with_all_requirements() {
    let others = [good("SCS-2V-8"), changed(good("SCS-1V-4-10"), |f| f.name = "m1".into())];
    let outcome = judge(&check("SCS-2V-4-20s", false), &others);
    assert_eq!((outcome.verdict, outcome.findings.len()), (Verdict::Fail, 1));
    let finding = &outcome.findings[0];
    assert_eq!(finding.message, "there is no flavor SCS-2V-4-20s");
    assert_eq!(
        finding.expected.as_deref(),
        Some(
            "a flavor with vcpus = 2, ram = 4096 MiB, disk = 20 GB, scs:cpu-type = shared-core, scs:disk0-type = ssd, \
             scs:name-v1 = SCS-2V:4:20s, scs:name-v2 = SCS-2V-4-20s"
        )
    );
    assert_eq!(finding.observed.as_deref(), Some("none of 2 flavors"));
    assert_eq!(finding.resource.as_ref().map(|r| (r.id.as_str(), r.name.as_str())), Some(("", "SCS-2V-4-20s")));
}

#[test]
fn a_flavor_of_the_right_size_is_hinted_at() {
    let bare = Flavor { extra_specs: [].into(), name: "m1.small".into(), ..good("SCS-1V-4") };
    let outcome = judge(&check("SCS-1V-4", false), &[bare]);
    assert_eq!((outcome.verdict, outcome.findings.len()), (Verdict::Fail, 1));
    assert!(outcome.findings[0].message.contains("flavor \"m1.small\" has its size"), "{:?}", outcome.findings);
}

#[test]
fn any_good_candidate_suffices() {
    let wrong = changed(good("SCS-1V-4"), |f| (f.id, f.ram) = ("wrong".into(), 2048));
    for order in [[wrong.clone(), good("SCS-1V-4")], [good("SCS-1V-4"), wrong.clone()]] {
        let outcome = judge(&check("SCS-1V-4", false), &order);
        assert_eq!((outcome.verdict, said(&outcome)), (Verdict::Pass, vec![(Warning, "ram", "4096", "2048")]));
        assert_eq!(outcome.findings[0].resource.as_ref().unwrap().id, "wrong");
    }
}

#[test]
fn the_nearest_candidate_is_judged() {
    let bare = changed(good("SCS-1V-4"), |f| f.extra_specs.clear());
    let near = changed(good("SCS-1V-4"), |f| (f.name, f.disk) = ("m1".into(), 10));
    let outcome = judge(&check("SCS-1V-4", false), &[bare, near]);
    assert_eq!(said(&outcome), [(Violation, "disk", "0", "10")]);
}

#[rstest]
#[case("ssd", true, Verdict::Pass)]
#[case("nvme", true, Verdict::Pass)]
#[case("hdd", true, Verdict::Pass)]
#[case("network", true, Verdict::Pass)]
#[case("floppy", true, Verdict::Fail)]
#[case("", true, Verdict::Fail)]
#[case("ssd", false, Verdict::Fail)]
#[case("network", false, Verdict::Pass)]
fn recommended_flavors_may_have_any_disk(#[case] kind: &str, #[case] any: bool, #[case] verdict: Verdict) {
    let flavor = changed(good("SCS-1V-4-10"), |f| set(f, "scs:disk0-type", kind));
    assert_eq!(judge(&check("SCS-1V-4-10", any), &[flavor]).verdict, verdict);
}

#[test]
fn disk_type_is_required_even_if_any_is_accepted() {
    let flavor = changed(good("SCS-1V-4-10"), |f| drop(f.extra_specs.remove("scs:disk0-type")));
    let outcome = judge(&check("SCS-1V-4-10", true), &[flavor]);
    assert_eq!(said(&outcome), [(Violation, "scs:disk0-type", "one of network, hdd, ssd, nvme", "not set")]);
    let missing = judge(&check("SCS-1V-4-10", true), &[]);
    assert!(said(&missing)[0].2.contains("scs:disk0-type = one of network"), "{:?}", said(&missing));
}

/// Each testcase of the definition: the flavor of its name passes; without it, the testcase fails.
#[test]
fn the_defined_flavors_are_found_and_missed() {
    let text = include_str!("../../../../standards/iaas/scs-0103-standard-flavors.yaml");
    let definitions = Definitions::load(&[Source::new("scs-0103", text.as_bytes()).unwrap()]).unwrap();
    let checks: Vec<(&str, &StandardFlavor)> = definitions
        .testcases()
        .filter_map(|testcase| match &testcase.check {
            CheckKind::StandardFlavor(check) => Some((testcase.id.as_str(), check)),
            _ => None,
        })
        .collect();
    let all: Vec<Flavor> = checks.iter().map(|(_, check)| good(&check.name.to_string())).collect();
    assert_eq!(all.len(), 31);
    for (i, (id, check)) in checks.into_iter().enumerate() {
        assert_eq!(id.strip_prefix("scs-0103-flavor-"), all[i].name.to_lowercase().strip_prefix("scs-"));
        assert_eq!(judge(check, &all).verdict, Verdict::Pass, "{id}");
        let others: Vec<Flavor> = all.iter().filter(|flavor| flavor.name != all[i].name).cloned().collect();
        assert_eq!(judge(check, &others).verdict, Verdict::Fail, "{id}");
        // Another type of disk only matters where the name tells one, or where there is no disk.
        let hdd = changed(all[i].clone(), |f| set(f, "scs:disk0-type", "hdd"));
        let diskless = check.name.disk().is_none();
        let expected = if id.ends_with('s') || diskless { Verdict::Fail } else { Verdict::Pass };
        assert_eq!(judge(check, &[hdd]).verdict, expected, "{id}");
    }
}
