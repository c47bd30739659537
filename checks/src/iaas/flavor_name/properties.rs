//! Properties of every flavor name and of every other string.

use super::*;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

fn number() -> impl Strategy<Value = u32> {
    prop_oneof![1..200_u32, 1..=scanner::LARGEST]
}

fn ram() -> impl Strategy<Value = Ram> {
    prop_oneof![1..200_u32, 1..=scanner::LARGEST * 2 + 1].prop_map(|half_gib| Ram { half_gib })
}

fn disk() -> impl Strategy<Value = Disk> {
    let count = prop_oneof![Just(1), number()];
    (count, option::of(number()), option::of(select(&DiskType::ALL[..]))).prop_map(|(count, size, kind)| Disk {
        count,
        size,
        kind,
    })
}

fn cpu() -> impl Strategy<Value = CpuBrand> {
    select(&CpuVendor::ALL[..])
        .prop_flat_map(|vendor| (Just(vendor), 0..=vendor.newest_generation(), 0..=3_u8))
        .prop_map(|(vendor, generation, performance)| CpuBrand { vendor, generation, performance })
}

fn gpu() -> impl Strategy<Value = Gpu> {
    let memory = (number(), 0..=2_u8).prop_map(|(gib, performance)| GpuMemory { gib, performance });
    let model =
        select(&GpuBrand::ALL[..]).prop_flat_map(|brand| (Just(brand), option::of(select(brand.generations()))));
    (any::<bool>(), model, option::of(number()), 0..=2_u8, option::of(memory)).prop_map(
        |(pass_through, (brand, generation), units, performance, memory)| Gpu {
            pass_through,
            brand,
            generation,
            units,
            performance,
            // Without units and without `h` there is no way to spell it.
            memory: memory.filter(|_| units.is_some() || performance > 0),
        },
    )
}

prop_compose! {
    fn flavor_name()(
        cpus in number(),
        cpu_type in select(&CpuType::ALL[..]),
        [insecure, no_ecc, oversubscribed, hw_virt, infiniband] in any::<[bool; 5]>(),
        ram in ram(),
        disk in option::of(disk()),
        hypervisor in option::of(select(&Hypervisor::ALL[..])),
        cpu in option::of(cpu()),
        gpu in option::of(gpu()),
    ) -> FlavorName {
        FlavorName {
            cpus, cpu_type, insecure, ram, no_ecc, oversubscribed, disk, hypervisor, hw_virt, cpu, gpu, infiniband,
        }
    }
}

/// Generates anything, and nearly valid names, which reach deeper into the scanner.
fn any_text() -> impl Strategy<Value = String> {
    let near = "SCS-[0-9]{0,2}[LVTCx]?i?[-:_][0-9.]{0,4}[uo]{0,2}([-:_][0-9xnhspkvmbizaGNAIé.]{0,6}){0,5}";
    let damaged = (flavor_name(), any::<prop::sample::Index>(), any::<char>()).prop_map(|(name, at, c)| {
        let mut chars: Vec<char> = name.to_string().chars().collect();
        let at = at.index(chars.len());
        chars[at] = c;
        chars.into_iter().collect()
    });
    prop_oneof![any::<String>(), near, any::<String>().prop_map(|s| format!("SCS-{s}")), damaged]
}

/// Returns true if the note is about the contents of a name, so that no other spelling avoids it.
fn inherent(note: &Note) -> bool {
    !matches!(note, Note::V1Spelling(_) | Note::OddNumber(_) | Note::NeedlessDiskCount(_))
}

proptest! {
    #[test]
    fn printing_and_reading_are_inverse(name in flavor_name()) {
        let text = name.to_string();
        let parsed = FlavorName::parse(&text).unwrap();
        prop_assert_eq!(parsed.name, name);
        prop_assert_eq!(parsed.syntax, Syntax::V3);
        prop_assert!(parsed.notes.iter().all(inherent), "{:?}", parsed.notes);
        prop_assert_eq!(parsed.name.to_string(), text);
    }

    #[test]
    fn v1_says_the_same(name in flavor_name()) {
        let Some(text) = name.to_v1() else {
            prop_assert_eq!(name.hypervisor, Some(Hypervisor::CloudHypervisor));
            return Ok(());
        };
        prop_assert_eq!(FlavorName::parse(&text).unwrap().name, name);
        // The mechanical conversion that providers use.
        let (prefix, rest) = text.split_at(4);
        prop_assert_eq!(format!("{prefix}{}", rest.replace('-', "_").replace(':', "-")), name.to_string());
    }

    #[test]
    fn the_short_name_is_short(name in flavor_name()) {
        let short = name.short();
        prop_assert_eq!(short.short(), short);
        prop_assert!(short.to_string().len() <= name.to_string().len());
        prop_assert_eq!(FlavorName::parse(&short.to_string()).unwrap().name, short);
    }

    #[test]
    fn any_text_is_understood_or_refused_at_a_place(text in any_text()) {
        match FlavorName::parse(&text) {
            Ok(parsed) => {
                let canonical = parsed.name.to_string();
                let again = FlavorName::parse(&canonical).unwrap();
                prop_assert_eq!(again.name, parsed.name);
                prop_assert!(again.notes.iter().all(inherent));
                // A remark on the spelling is made exactly where the spelling is not canonical.
                let remarked = parsed.notes.iter().any(|note| !inherent(note));
                prop_assert_eq!(remarked, text != canonical);
            }
            Err(NotParsed::NotScs) => prop_assert!(!text.starts_with("SCS-")),
            Err(NotParsed::Error(error)) => {
                prop_assert!(error.offset <= text.len() && text.is_char_boundary(error.offset));
                prop_assert!(text[error.offset..].starts_with(&error.found));
                prop_assert_eq!(error.found.is_empty(), error.offset == text.len());
                prop_assert_eq!(error.character, text[..error.offset].chars().count() + 1);
                prop_assert!(!error.expected.is_empty());
                prop_assert_eq!(error.point_at(&text).lines().count(), 2);
            }
        }
    }

    #[test]
    fn reports_never_fail(text in any_text()) {
        let report = FlavorReport::of(&text);
        prop_assert!(report.to_text().ends_with('\n'));
        prop_assert!(serde_json::to_string(&report).is_ok());
    }
}
