//! Consoles: the one that was recorded, and all that can happen to it.

mod damage;
mod values;

use super::console::SectionProblem;
use super::framing::{SECTIONS, checksum};
use super::{Console, Nonce, SCRIPT, script, user_data};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The output of `script.py` in a plain Debian: `tests/guest/run --record`.
const RECORDED: &str = include_str!("../../../../../tests/fixtures/guest/console.txt");

/// Returns the nonce of what was recorded.
fn recorded() -> Nonce {
    Nonce("none".to_owned())
}

/// Reads a console of the run whose console was recorded.
fn read(console: &str) -> Console {
    super::read(console, &recorded())
}

/// Returns one copy of it.
fn copy() -> &'static str {
    let end = RECORDED.find("_scs-test end").unwrap();
    &RECORDED[..=end + RECORDED[end..].find('\n').unwrap()]
}

/// Returns the content of the recorded console, found without the reader.
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

fn assert_of_another_run(console: &Console) {
    assert!(console.of_another_run && !console.finished, "{console:?}");
    for (section, lines) in &console.sections {
        assert!(lines.as_ref().unwrap_err().problem == SectionProblem::OfAnotherRun, "{section}: {lines:?}");
    }
}

/// Returns lines as they were before there were nonces.
fn without_nonce(console: &str) -> String {
    let line = |line: &str| {
        let fields: Vec<&str> = line.splitn(7, ' ').collect();
        let text = fields[6].replace("run=none ", "");
        let head = fields[1..4].join(" ");
        format!("_scs-test {head} {} {} {text}\n", text.len(), checksum(&[&head, " ", &text]))
    };
    console.lines().map(line).collect()
}

#[test]
fn what_another_run_printed_proves_nothing() {
    let other = Nonce::random();
    for console in
        [RECORDED.to_owned(), without_nonce(RECORDED), RECORDED.replace("run=none", &format!("run={}", other.0))]
    {
        assert!(!super::read(&console, &other).finished);
    }
    assert_of_another_run(&super::read(RECORDED, &other));
    assert_of_another_run(&super::read(&without_nonce(RECORDED), &other));
    assert_of_another_run(&read(&without_nonce(RECORDED)));
    // Behind it the own output counts, all of it.
    assert_complete(&read(&format!("{}{RECORDED}", without_nonce(RECORDED))));
    let begun = RECORDED.lines().next().unwrap();
    assert!(!read(&format!("{}{begun}", without_nonce(RECORDED))).of_another_run);
}

#[test]
fn the_user_data_is_the_script_with_the_nonce_of_the_run() {
    let nonces = [Nonce::random(), Nonce::random()];
    assert_ne!(nonces[0], nonces[1]);
    assert_eq!(script(&recorded()), SCRIPT);
    for nonce in nonces {
        let encoded = user_data(&nonce);
        assert!(encoded.len() < 65_535, "Nova takes no more: {}", encoded.len());
        let decoded = String::from_utf8(STANDARD.decode(encoded).unwrap()).unwrap();
        assert_eq!(decoded.matches(&nonce.0).count(), 1);
        assert_eq!(decoded.replace(&nonce.0, "none"), SCRIPT);
    }
    assert!(SCRIPT.starts_with("#!/usr/bin/env python3\n") && SCRIPT.len() < 16 << 10);
    assert!(SCRIPT.is_ascii());
}

#[test]
fn the_script_tells_what_is_read() {
    let nonce = Nonce::random();
    let script = script(&nonce);
    let Ok(run) = std::process::Command::new("python3").args(["-c", &script, "--once"]).output() else {
        eprintln!("there is no python3 here");
        return;
    };
    let output = String::from_utf8(run.stdout).unwrap();
    let console = super::read(&output, &nonce);
    assert!(console.finished, "{output}");
    assert_of_another_run(&super::read(&output, &Nonce::random()));
    // What this machine knows of its kernel and its CPU is its own affair, but each section has come.
    for (section, lines) in &console.sections {
        let known = match lines {
            Ok(lines) => !lines.is_empty(),
            Err(error) => matches!(error.problem, SectionProblem::Server(_)),
        };
        assert!(known, "{section}: {lines:?}");
    }
}
