//! Flavor names: nothing panics, what is understood keeps its meaning when it is printed, and errors point at
//! characters of the name.

#![no_main]

use libfuzzer_sys::fuzz_target;
use scs_checks::iaas::flavor_name::{FlavorName, FlavorReport, NameError, NotParsed, Parsed, Syntax, extra_specs};

fuzz_target!(|name: &str| {
    let read = [
        FlavorName::parse(name),
        FlavorName::parse_as(name, Syntax::V1),
        FlavorName::parse_as(name, Syntax::V2),
        FlavorName::parse_as(name, Syntax::V3),
    ];
    for result in &read {
        match result {
            Ok(parsed) => understood(name, parsed),
            Err(NotParsed::NotScs) => assert!(!name.starts_with("SCS-")),
            Err(NotParsed::Error(error)) => refused(name, error),
        }
    }
    assert_eq!(read[2].is_ok(), read[3].is_ok(), "v2 and v3 have one grammar");
    assert_eq!(read[0].is_ok(), read[1].is_ok() || read[3].is_ok(), "a name is read in v3, else in v1");
    // Names of one flavor, separated by spaces.
    let names: Vec<FlavorName> = name.split(' ').filter_map(|name| name.parse().ok()).collect();
    let derived = extra_specs(&names);
    assert_eq!(derived.specs.is_empty(), names.is_empty());
    report(name);
});

fn understood(name: &str, parsed: &Parsed) {
    let flavor = parsed.name;
    let canonical = flavor.to_string();
    let again =
        FlavorName::parse_as(&canonical, Syntax::V3).unwrap_or_else(|why| panic!("{name} as {canonical}: {why}"));
    assert_eq!(again.name, flavor, "{name} as {canonical}");
    assert_eq!(again.name.to_string(), canonical);
    let short = flavor.short();
    assert_eq!(short.short(), short);
    assert_eq!(short.to_string().parse().as_ref(), Ok(&short), "the short form of {name}");
    assert_eq!((short.cpus(), short.ram(), short.disk()), (flavor.cpus(), flavor.ram(), flavor.disk()));
    if let Some(v1) = flavor.to_v1() {
        let again = FlavorName::parse_as(&v1, Syntax::V1).unwrap_or_else(|why| panic!("{name} as {v1}: {why}"));
        assert_eq!(again.name, flavor, "{name} as {v1}");
    }
    assert_eq!(flavor.ram().mib(), u64::from(flavor.ram().half_gib()) * 512);
    assert!(flavor.cpus() > 0 && flavor.ram().half_gib() > 0);
    assert!(!flavor.describe().is_empty());
    let specs = flavor.extra_specs();
    assert!(specs.keys().all(|key| key.starts_with("scs:")));
    assert!(specs.values().any(|value| *value == canonical));
    for note in &parsed.notes {
        assert!(!note.to_string().is_empty() && !note.expected().is_empty());
    }
}

fn refused(name: &str, error: &NameError) {
    assert!(name.is_char_boundary(error.offset), "{name:?} at {}", error.offset);
    assert_eq!(error.character, name[..error.offset].chars().count() + 1, "{name:?}");
    assert!(name[error.offset..].starts_with(error.found.as_str()), "{name:?}: found {:?}", error.found);
    assert!(!error.expected.is_empty());
    assert!(error.to_string().len() < 1000, "a hostile name must not make a long message");
    let pointer = error.point_at(name);
    let lines: Vec<&str> = pointer.lines().collect();
    assert_eq!(lines.len(), 2, "{pointer}");
    assert!(lines[1].ends_with('^'), "{pointer}");
    assert!(pointer.chars().filter(|c| *c != '\n').all(|c| !c.is_control()), "{pointer:?}");
    assert!(lines[1].chars().count() <= lines[0].chars().count() + 1, "the caret points behind the name: {pointer}");
}

fn report(name: &str) {
    let report = FlavorReport::of(name);
    let text = report.to_text();
    assert!(text.ends_with('\n') && text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
    let json = serde_json::to_string(&report).unwrap();
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value["name"], name);
    assert_eq!(value["error"].is_object(), matches!(FlavorName::parse(name), Err(NotParsed::Error(_))));
    assert_eq!(value["description"].is_string(), FlavorName::parse(name).is_ok());
}
