//! The decided behaviour for single names, row by row (scs-0100 and the recorded upstream quirks).

use super::*;
use rstest::rstest;

fn parsed(name: &str) -> Parsed {
    FlavorName::parse(name).unwrap_or_else(|why| panic!("{name}: {why}"))
}

fn error(name: &str) -> NameError {
    match FlavorName::parse(name) {
        Err(NotParsed::Error(error)) => error,
        other => panic!("{name}: {other:?}"),
    }
}

/// Accepted as it stands: canonical, and nothing to remark.
#[rstest]
#[case("SCS-4V-16-50", "SCS-4V-16-50")]
#[case("SCS-1L-1", "SCS-1L-1")]
#[case("SCS-2C-3.5", "SCS-2C-3.5")]
#[case("SCS-2Ti-4uo-3x10s", "SCS-2Ti-4uo-3x10s")]
#[case("SCS-2C-4o", "SCS-2C-4o")]
#[case("SCS-2C-4-", "SCS-2C-4-")]
#[case("SCS-2C-4-n", "SCS-2C-4-n")]
#[case("SCS-2C-4-_bms_z3", "SCS-2C-4-")]
#[case("SCS-2C-4_i", "SCS-2C-4")]
#[case("SCS-2C-4_i6hhh", "SCS-2C-4")]
#[case("SCS-2C-4_ihh", "SCS-2C-4")]
#[case("SCS-2C-4_z6", "SCS-2C-4")]
#[case("SCS-2C-4_a5", "SCS-2C-4_a")]
#[case("SCS-2C-4_a5h", "SCS-2C-4_a")]
#[case("SCS-2C-4_r", "SCS-2C-4_r")]
#[case("SCS-2C-4_chy_hwv_i3", "SCS-2C-4")]
#[case("SCS-2C-4_ib", "SCS-2C-4_ib")]
#[case("SCS-2C-4_GN", "SCS-2C-4_GN")]
#[case("SCS-2C-4_GNa", "SCS-2C-4_GNa")]
#[case("SCS-2C-4_GNa-64_ib", "SCS-2C-4_GNa-64_ib")]
#[case("SCS-2C-4_GNa-64hh-24hh_ib", "SCS-2C-4_GNa-64-24_ib")]
#[case("SCS-2C-4_GA0.4-96-12h", "SCS-2C-4_GA0.4-96-12")]
#[case("SCS-2C-4_GI0.95", "SCS-2C-4_GI0.95")]
#[case("SCS-16T-64-3x10s_xen_hwv_z5hh_gA5.1-96h-48_ib", "SCS-16T-64-3x10s_gA5.1-96-48_ib")]
// Q-0100-1: the standard makes generation and units optional, and lets `ib` follow.
#[case("SCS-2C-4_GN_ib", "SCS-2C-4_GN_ib")]
#[case("SCS-2C-4_GNa_ib", "SCS-2C-4_GNa_ib")]
fn canonical_names(#[case] name: &str, #[case] short: &str) {
    let parsed = parsed(name);
    assert_eq!(parsed.notes, []);
    assert_eq!(parsed.syntax, Syntax::V3);
    assert_eq!(parsed.name.to_string(), name);
    assert_eq!(parsed.name.short().to_string(), short);
}

/// Accepted with a remark (Q-0100-2, -4, -5, -9).
#[rstest]
#[case("SCS-2C-.5", "SCS-2C-0.5", "canonical")]
#[case("SCS-2C-4.0", "SCS-2C-4", "canonical")]
#[case("SCS-2C-4.", "SCS-2C-4", "canonical")]
#[case("SCS-2C-4.50", "SCS-2C-4.5", "canonical")]
#[case("SCS-2C-04", "SCS-2C-4", "canonical")]
#[case("SCS-02C-4", "SCS-2C-4", "canonical")]
#[case("SCS-2C-4-010", "SCS-2C-4-10", "canonical")]
#[case("SCS-2C-4_i0", "SCS-2C-4_i", "canonical")]
#[case("SCS-2C-4_i01", "SCS-2C-4_i1", "canonical")]
#[case("SCS-2C-4-x10", "SCS-2C-4-10", "single disk")]
#[case("SCS-2C-4-1x10", "SCS-2C-4-10", "single disk")]
#[case("SCS-2C-4-x", "SCS-2C-4-", "single disk")]
#[case("SCS-2C-4-3x", "SCS-2C-4-3x", "without a size")]
#[case("SCS-2C-4-3xs", "SCS-2C-4-3xs", "without a size")]
#[case("SCS-2C-4_GNh", "SCS-2C-4_GNh", "`h`")]
#[case("SCS-2C-4_GN-14", "SCS-2C-4_GN-14", "generation")]
#[case("SCS-2C:4", "SCS-2C-4", "v1")]
fn tolerated_names(#[case] name: &str, #[case] canonical: &str, #[case] note: &str) {
    let parsed = parsed(name);
    let [only] = parsed.notes.as_slice() else { panic!("{:?}", parsed.notes) };
    assert!(only.to_string().contains(note), "{only}");
    if note == "canonical" || note == "single disk" || note == "v1" {
        assert!(only.to_string().contains(canonical), "{only}");
    }
    assert_eq!(parsed.name.to_string(), canonical);
}

/// The short name drops the memory with the `h`: in `_GNah-6` it would read as a number of units.
#[test]
fn memory_without_units() {
    let parsed = parsed("SCS-2C-4_GNah-6");
    assert_eq!(parsed.notes, [Note::GpuPerformanceWithoutUnits, Note::GpuMemoryWithoutUnits]);
    let gpu = parsed.name.gpu().unwrap();
    assert_eq!((gpu.units, gpu.memory.map(|memory| memory.gib)), (None, Some(6)));
    assert_eq!(parsed.name.to_string(), "SCS-2C-4_GNah-6");
    assert_eq!(parsed.name.short().to_string(), "SCS-2C-4_GNa");
}

/// Refused: the character that is pointed at (from 1), and a piece of what is said about it.
#[rstest]
#[case("SCS-", 5, "number of vCPUs")]
#[case("SCS-C-4", 5, "number of vCPUs")]
#[case("SCS-0C-4", 5, "1 or more")]
#[case("SCS-2-4", 6, "vCPU type")]
#[case("SCS-2v-4", 6, "uppercase")]
#[case("SCS-2iT-4", 6, "`i` (insecure) comes after it")]
#[case("SCS-2C", 7, "`-` and the RAM")]
#[case("SCS-2C_4", 7, "`-` and the RAM")]
#[case("SCS-2C-", 8, "RAM in GiB")]
#[case("SCS-2C-.", 9, "RAM in GiB")]
#[case("SCS-2C-0", 8, "at least 0.5")]
#[case("SCS-2C-0.0", 8, "at least 0.5")]
#[case("SCS-2C-3.25", 10, "multiple of 0.5 GiB")]
#[case("SCS-2C-3.55", 11, "multiple of 0.5 GiB")]
#[case("SCS-2C-4..5", 10, "the end of the name")]
#[case("SCS-2C-4,5", 9, "a point")]
#[case("SCS-2C-4ou", 10, "`u` (no ECC) to come before `o`")]
#[case("SCS-2C-4 ", 9, "the end of the name")]
#[case("SCS-2C-4-0", 10, "1 or more")]
#[case("SCS-2C-4-0x10", 10, "1 or more")]
#[case("SCS-2C-4-1.5n", 11, "whole number of GB")]
#[case("SCS-2C-4-10x5x", 14, "disk type")]
#[case("SCS-2C-4-10S", 12, "disk type")]
#[case("SCS-2C-4-10sn", 13, "`_` and an extension")]
#[case("SCS-2C-4-10-20", 12, "disk type")]
#[case("SCS-2C-4_", 10, "a hypervisor (`kvm`, `chy`")]
#[case("SCS-2C-4_10", 10, "a disk follows the RAM with `-`")]
#[case("SCS-2C-4_KVM", 10, "lowercase")]
#[case("SCS-2C-4_nvme", 10, "a hypervisor")]
#[case("SCS-2C-4_kvmx", 13, "the end of the name")]
// The message completes the extension that was begun, and lists no others.
#[case("SCS-2C-4_kvn", 12, "`m`, to make it `kvm`")]
#[case("SCS-2C-4_hyperv", 12, "`v`, to make it `hyv`")]
#[case("SCS-2C-4_hw", 12, "`v`, to make it `hwv`")]
#[case("SCS-2C-4_kvm_hwx", 16, "`v`, to make it `hwv`")]
#[case("SCS-2C-4_hwv_kv", 14, "a CPU (`i`, `z`, `a`, `r`)")]
#[case("SCS-2C:4-ch", 10, "a hypervisor (`kvm`")]
#[case("SCS-2C-4_hwv_xen", 14, "the hypervisor comes before `hwv`")]
#[case("SCS-2C-4_hwv_hwv", 14, "only once")]
#[case("SCS-2C-4_ib_i", 13, "nothing more after `ib`; the CPU comes before `ib`")]
#[case("SCS-2C-4_GNa_i3", 14, "`ib` after the GPU")]
#[case("SCS-2C-4_i7", 11, "known for Intel (`i`): 0 to 6")]
#[case("SCS-2C-4_a6", 11, "known for Arm (`a`): 0 to 5")]
#[case("SCS-2C-4_r1", 11, "RISC-V")]
#[case("SCS-2C-4_ihhhh", 14, "at most 3 `h`")]
#[case("SCS-2C-4_i99999999999999999999", 11, "0 to 6")]
// Q-0100-10: an example in the standard's own text that its grammar does not allow.
#[case("SCS-2C-4-n_bms_3", 16, "`hwv`, a CPU")]
#[case("SCS-2C-4_G", 11, "GPU brand")]
#[case("SCS-2C-4_GX", 11, "GPU brand")]
#[case("SCS-2C-4_ib-10", 12, "nothing follows `ib`")]
#[case("SCS-2C-4_ibx", 12, "nothing follows `ib`")]
#[case("SCS-2C-4_i3-10", 12, "a disk comes directly after the RAM")]
#[case("SCS-2C-4_amd", 11, "known for Arm")]
#[case("SCS-2C-4_rx", 11, "`h`, `_`")]
#[case("SCS-2C-4_GNa-", 14, "number of GPU units (SMs)")]
#[case("SCS-2C-4_GNa64", 13, "`-` and the number of SMs")]
#[case("SCS-2C-4_GNa-64x", 16, "video memory")]
#[case("SCS-2C-4_GNa-0", 14, "1 or more")]
#[case("SCS-2C-4_GNa-64-0", 17, "1 or more")]
#[case("SCS-2C-4_GNa-64hhh", 18, "at most 2 `h`")]
#[case("SCS-2C-4_GNah-6-4", 16, "the end of the name")]
#[case("SCS-2C-4_GNx-1", 12, "known for Nvidia")]
#[case("SCS-2C-4_GN3", 12, "known for Nvidia")]
#[case("SCS-2C-4_GA1.2-96", 12, "known for AMD GPUs")]
#[case("SCS-2C-4_GA01", 12, "known for AMD GPUs")]
#[case("SCS-2C-4:10", 9, "v1 spelling")]
#[case("SCS-2C:4-i_ib", 11, "spelled wholly")]
#[case("SCS-2C:4_i", 9, "spelled wholly")]
#[case("SCS-2C:4-10", 10, "with `:`")]
#[case("SCS-2C:4-chy", 10, "no `chy`")]
#[case("SCS-2C-4_GNa:64", 13, "v1 spelling")]
#[case("SCS-2C-4\u{e9}", 9, "the end of the name")]
#[case("SCS-\u{1f600}C-4", 5, "number of vCPUs")]
#[case("SCS-2C-4\n", 9, "the end of the name")]
#[case("SCS-2C-4\0", 9, "the end of the name")]
fn refused_names(#[case] name: &str, #[case] character: usize, #[case] expected: &str) {
    let error = error(name);
    assert_eq!(error.character, character, "{error}");
    assert!(error.expected.contains(expected), "{error}");
}

#[rstest]
#[case("")]
#[case("SCS")]
#[case("scs-2C-4")]
#[case(" SCS-2C-4")]
#[case("SCS_2C_4")]
#[case("m1.tiny")]
fn names_the_standard_does_not_speak_about(#[case] name: &str) {
    assert_eq!(FlavorName::parse(name), Err(NotParsed::NotScs));
}

#[test]
fn absurd_numbers_are_syntax_errors() {
    let digits = "9".repeat(100_000);
    for name in [
        format!("SCS-{digits}C-4"),
        format!("SCS-2C-{digits}"),
        format!("SCS-2C-4-{digits}"),
        format!("SCS-2C-4-{digits}x10"),
        format!("SCS-2C-4_GNa-{digits}"),
        format!("SCS-2C-4_GNa-1-{digits}"),
    ] {
        let error = error(&name);
        assert!(error.expected.contains("at most 999999999"), "{error}");
        assert!(error.to_string().len() < 200);
    }
    assert!(error(&format!("SCS-2C-0.{digits}")).expected.contains("multiple"));
    assert_eq!(parsed("SCS-2C-999999999.5").name.ram().half_gib(), 1_999_999_999);
}

#[test]
fn error_text_points_at_the_place() {
    let wrong = error("SCS-2C-4_i77");
    assert_eq!(wrong.to_string(), "at character 11: expected a generation known for Intel (`i`): 0 to 6, found \"77\"");
    assert_eq!(wrong.point_at("SCS-2C-4_i77"), "SCS-2C-4_i77\n          ^^");
    let short = error("SCS-2C-");
    assert!(short.to_string().ends_with("found the end of the name"), "{short}");
    assert_eq!(short.point_at("SCS-2C-"), "SCS-2C-\n       ^");
    assert_eq!(error("SCS-2C-4\n").point_at("SCS-2C-4\n"), "SCS-2C-4\\n\n        ^^");
    let long = format!("SCS-2C-4{}", "\u{e9}".repeat(300));
    assert!(error(&long).point_at(&long).chars().count() < 200);
    let far = format!("SCS-2C-{}4!", "0".repeat(300));
    let shown = error(&far).point_at(&far);
    assert!(shown.starts_with('…') && shown.lines().next().is_some_and(|line| line.ends_with("4!")));
}

#[rstest]
#[case("SCS-4V-16-50", "SCS-4V:16:50")]
#[case("SCS-2C-4-3x10s_kvm_hwv_i3h_GNa-64h-24h_ib", "SCS-2C:4:3x10s-kvm-hwv-i3h-GNa:64h:24h-ib")]
fn both_spellings(#[case] v3: &str, #[case] v1: &str) {
    let old = parsed(v1);
    assert_eq!(old.syntax, Syntax::V1);
    assert_eq!(old.name, parsed(v3).name);
    assert_eq!(old.notes, [Note::V1Spelling(old.name)]);
    assert_eq!(old.name.to_v1().as_deref(), Some(v1));
    assert_eq!(FlavorName::parse_as(v1, Syntax::V1).unwrap().notes, []);
    for syntax in [Syntax::V2, Syntax::V3] {
        assert_eq!(FlavorName::parse_as(v3, syntax).unwrap().syntax, syntax);
        assert!(FlavorName::parse_as(v1, syntax).is_err());
    }
    let wrong = FlavorName::parse_as(v3, Syntax::V1).unwrap_err().to_string();
    assert!(wrong.contains("character 7") && wrong.contains("spelling of v2 and v3"), "{wrong}");
}

#[test]
fn cloud_hypervisor_has_no_v1_spelling() {
    assert_eq!(parsed("SCS-2C-4_chy").name.to_v1(), None);
}

#[test]
fn figures_for_the_rules() {
    let name = parsed("SCS-8T-3.5-2x100p").name;
    assert_eq!((name.cpus(), name.cpu_type()), (8, CpuType::Thread));
    assert_eq!((name.ram().gib(), name.ram().half_gib(), name.ram().mib()), (3.5, 7, 3584));
    assert_eq!(name.disk_size(), Some(100));
    assert_eq!(parsed("SCS-2C-4-n").name.disk_size(), None);
    assert_eq!(parsed("SCS-2C-4").name.disk_size(), None);
}

#[rstest]
#[case("SCS-4V-16-50", "4 generic x86-64 vCPUs on shared cores, 16 GiB RAM, disk of 50 GB")]
#[case("SCS-1L-1", "1 generic x86-64 vCPU on a heavily oversubscribed core, 1 GiB RAM, no disk (boots from a volume)")]
#[case(
    "SCS-2Ti-4uo-3x10s",
    "2 generic x86-64 vCPUs on dedicated threads without full protection against CPU flaws, 4 GiB RAM (without error correction, oversubscribed), 3 local SSDs of 10 GB each"
)]
#[case("SCS-2C-4-", "2 generic x86-64 vCPUs on dedicated cores, 4 GiB RAM, disk whose size and type the cloud chooses")]
#[case(
    "SCS-2C-4-3xn",
    "2 generic x86-64 vCPUs on dedicated cores, 4 GiB RAM, 3 network disks whose size the cloud chooses"
)]
#[case(
    "SCS-2C-4_bms_hwv_z3hh_GNa-64h-24h_ib",
    "2 very fast (over 3.25 GHz) AMD Zen 3 (Milan) vCPUs on dedicated cores, 4 GiB RAM, bare metal (no hypervisor), hardware virtualization for the guest, no disk (boots from a volume), pass-through Nvidia Ampere GPU (64 SMs, high frequency, 24 GiB high-bandwidth video memory), Infiniband"
)]
#[case("SCS-2C-4_a_gA", "2 Arm vCPUs on dedicated cores, 4 GiB RAM, no disk (boots from a volume), virtual AMD GPU")]
fn descriptions(#[case] name: &str, #[case] description: &str) {
    assert_eq!(parsed(name).name.describe(), description);
}

#[test]
fn serialised_as_text() {
    let name: FlavorName = serde_json::from_str("\"SCS-4V:16:050\"").unwrap();
    assert_eq!(serde_json::to_string(&name).unwrap(), "\"SCS-4V-16-50\"");
    let why = serde_yaml::from_str::<FlavorName>("SCS-2C-3.25").unwrap_err().to_string();
    assert!(why.contains("multiple of 0.5 GiB") && why.contains("SCS-2C-3.25"), "{why}");
}
