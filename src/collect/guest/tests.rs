//! Consoles: the one that was recorded, and all that can happen to it.

mod damage;
mod values;

use super::framing::SECTIONS;
use super::{Console, SCRIPT, read, user_data};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// What `script.py` printed in a plain Debian: `tests/guest/run --record`.
const RECORDED: &str = include_str!("../../../tests/fixtures/guest/console.txt");

/// One copy of it.
fn copy() -> &'static str {
    let end = RECORDED.find("_scs-test end").unwrap();
    &RECORDED[..=end + RECORDED[end..].find('\n').unwrap()]
}

/// What it says, found without the reader.
fn truth(section: &str) -> Vec<String> {
    let prefix = format!("_scs-test {section} ok ");
    let lines = copy().lines().filter_map(|line| line.strip_prefix(&prefix));
    lines.map(|line| line.splitn(4, ' ').nth(3).unwrap().to_owned()).collect()
}

fn assert_complete(console: &Console) {
    assert!(console.finished && console.failed.is_none(), "{console:?}");
    for section in SECTIONS {
        assert_eq!(console.sections[section], Ok(truth(section)), "{section}");
    }
}

#[test]
fn what_was_recorded_is_read() {
    assert_eq!(RECORDED, copy().repeat(3));
    assert_complete(&read(RECORDED));
    assert_complete(&read(copy()));
    assert_eq!(truth("entropy-avail"), ["256"]);
    assert_eq!(truth("random-test").len(), 8);
}

#[test]
fn the_user_data_is_the_script() {
    let encoded = user_data();
    assert!(encoded.len() < 65_535, "Nova takes no more: {}", encoded.len());
    assert_eq!(STANDARD.decode(encoded).unwrap(), SCRIPT.as_bytes());
    assert!(SCRIPT.starts_with("#!/usr/bin/env python3\n") && SCRIPT.len() < 16 << 10);
    assert!(SCRIPT.is_ascii());
}

#[test]
fn the_script_tells_what_is_read() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/src/collect/guest/script.py");
    let Ok(run) = std::process::Command::new("python3").args([script, "--once"]).output() else {
        eprintln!("there is no python3 here");
        return;
    };
    let output = String::from_utf8(run.stdout).unwrap();
    let console = read(&output);
    assert!(console.finished, "{output}");
    // What this machine knows of its kernel and its CPU is its own affair, but each section has come.
    for (section, lines) in &console.sections {
        let known = lines.as_ref().map_or_else(|why| why.contains("could not find it out"), |lines| !lines.is_empty());
        assert!(known, "{section}: {lines:?}");
    }
}
