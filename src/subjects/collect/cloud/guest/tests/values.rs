//! Consoles with all kinds of values, also such that no test server ought to print.

use super::{RECORDED, copy, read};
use crate::collect::cloud::guest::Console;
use crate::collect::cloud::guest::framing::checksum;
use rstest::rstest;
use scs_checks::facts::{CpuInstructions, EntropyPool, RandomBlocks};

/// Returns one copy of what a test server prints that found out these sections.
fn printed(sections: &[(&str, &str, &[&str])]) -> String {
    let mut console = String::new();
    let mut ending = vec!["run=none".to_owned()];
    for (section, state, lines) in sections {
        for (index, text) in lines.iter().enumerate() {
            console += &framed(&format!("{section} {state} {}/{}", index + 1, lines.len()), text);
        }
        let all = [&[*state], *lines].concat().join("\n");
        ending.push(format!("{section}={}:{}", lines.len(), checksum(&[&all])));
    }
    console + &framed("end ok 1/1", &ending.join(" "))
}

fn framed(head: &str, text: &str) -> String {
    format!("_scs-test {head} {} {} {text}\n", text.len(), checksum(&["none", head, " ", text]))
}

fn random_test(lines: &[&str]) -> Console {
    read(&printed(&[("random-test", "ok", lines)]))
}

#[test]
fn what_was_recorded_is_understood() {
    let console = read(RECORDED);
    let lines = |section: &str| console.sections[section].clone().unwrap();
    let pool = EntropyPool { line: "256".into(), console: lines("entropy-avail") };
    assert_eq!(console.entropy_pool(), Ok(pool));
    let blocks = RandomBlocks { source: "own".into(), blocks: 1000, failures: 0, console: lines("random-test") };
    assert_eq!(console.random_blocks(), Ok(blocks));
    let instructions = vec!["rdrand".to_owned(), "rdseed".to_owned()];
    let cpu = CpuInstructions { architecture: "x86_64".into(), instructions, console: lines("cpu") };
    assert_eq!(console.cpu_instructions(), Ok(cpu));
}

const FAILED: [&str; 8] = [
    "source: rngtest",
    "blocks: 1000",
    "failures: 7",
    "Monobit failures: 3",
    "Poker failures: 0",
    "Runs failures: 4",
    "Long run failures: 1",
    "Continuous run failures: 0",
];

#[test]
fn failed_blocks_are_counted_once() {
    let blocks = random_test(&FAILED).random_blocks().unwrap();
    assert_eq!((blocks.source.as_str(), blocks.blocks, blocks.failures), ("rngtest", 1000, 7));
}

#[rstest]
#[case::more_than_by_test(2, "failures: 9", "9 failed blocks do not fit")]
#[case::fewer_than_of_a_test(2, "failures: 3", "3 failed blocks do not fit")]
#[case::no_number(2, "failures: none", "says \"none\" for its failures")]
#[case::negative(2, "failures: -1", "not a number")]
#[case::no_total(2, "failed: 7", "does not say its failures")]
#[case::no_test(3, "failures: 3", "does not say its Monobit failures")]
#[case::huge(3, "Monobit failures: 18446744073709551615", "do not fit")]
#[case::too_few_blocks(1, "blocks: 999", "tested 999 blocks")]
#[case::no_block(1, "blocks: 0", "tested 0 blocks")]
#[case::no_source(0, "", "does not say its source")]
fn numbers_that_do_not_fit_are_no_answer(#[case] at: usize, #[case] line: &str, #[case] why: &str) {
    let mut lines = FAILED;
    lines[at] = line;
    let said = random_test(&lines).random_blocks().unwrap_err().to_string();
    assert!(said.contains(why), "{said}");
}

#[rstest]
#[case("instructions: none", &[])]
#[case("instructions: rng", &["rng"])]
fn instructions_are_a_list(#[case] line: &str, #[case] expected: &[&str]) {
    let console = read(&printed(&[("cpu", "ok", &["architecture: aarch64", line])]));
    let cpu = console.cpu_instructions().unwrap();
    assert_eq!(
        (cpu.architecture.as_str(), cpu.instructions),
        ("aarch64", expected.iter().map(|i| (*i).into()).collect())
    );
}

#[test]
fn what_the_server_could_not_find_out_is_no_answer() {
    let console = read(&printed(&[("entropy-avail", "error", &["PermissionError: [Errno 13] Permission denied"])]));
    assert!(console.finished);
    let said = console.entropy_pool().unwrap_err().to_string();
    assert_eq!(
        said,
        "section entropy-avail of the console: the server could not find it out: \
         PermissionError: [Errno 13] Permission denied"
    );
}

#[test]
fn copies_that_contradict_each_other_are_no_answer() {
    let [a, b] = ["256", "255"].map(|pool| printed(&[("entropy-avail", "ok", &[pool])]));
    let said = read(&format!("{a}{b}")).entropy_pool().unwrap_err().to_string();
    assert!(said.contains("the end line cannot be trusted"), "{said}");
    let without_end = b.lines().next().unwrap();
    for console in [format!("{a}{without_end}"), format!("{without_end}\n{a}")] {
        let said = read(&console).entropy_pool().unwrap_err().to_string();
        assert!(said.contains("contradict each other"), "{said}");
    }
    let error = printed(&[("entropy-avail", "error", &["256"])]);
    assert!(read(&format!("{a}{}", error.lines().next().unwrap())).entropy_pool().is_err());
}

#[test]
fn lines_of_two_servers_do_not_make_a_section() {
    let mut other = FAILED;
    other[2] = "failures: 8";
    let [a, b] = [FAILED, other].map(|lines| printed(&[("random-test", "ok", &lines)]));
    let all_but_the_third = a.lines().enumerate().filter(|(n, _)| *n != 2).map(|(_, line)| line);
    let mixed: Vec<_> = all_but_the_third.chain(b.lines().nth(2)).collect();
    let said = read(&mixed.join("\n")).random_blocks().unwrap_err().to_string();
    assert!(said.contains("do not have the checksum"), "{said}");
}

#[test]
fn a_section_that_no_end_line_names_is_no_answer() {
    let console = framed("entropy-avail ok 1/1", "256") + &printed(&[]);
    assert!(read(&console).finished);
    assert!(read(&console).entropy_pool().is_err());
}

#[rstest]
#[case("cc_scripts_user.py[WARNING]: Failed to run module scripts-user (scripts in /var/lib/cloud/instance/scripts)")]
#[case("cc_scripts_user.py[WARNING]: Failed to run module scripts_user (scripts in /var/lib/cloud/instance/scripts)")]
#[case("util.py[WARNING]: Running module scripts-user (<module 'cloudinit.config.cc_scripts_user'>) failed")]
#[case("/usr/bin/env: \u{2018}python3\u{2019}: No such file or directory")]
#[case("/usr/bin/env: 'python3': No such file or directory")]
#[case("env: can't execute 'python3': No such file or directory")]
fn failures_of_cloud_init_end_the_waiting(#[case] line: &str) {
    let console = format!("[   20.1] cloud-init[612]: starting\r\n[   21.5] cloud-init[612]: {line}\r\nlogin: ");
    let read = read(&console);
    assert!(!read.finished);
    let failed = read.failed.unwrap();
    assert!(failed.starts_with("[   21.5] cloud-init[612]: "), "{failed}");
    // What was printed before is worth more than what happened afterwards.
    assert_eq!(super::read(&format!("{console}{}", copy())).failed, None);
}

#[rstest]
#[case("Failed to run module scripts-vendor (scripts in /var/lib/cloud/instance/scripts)")]
#[case("cloud-init[612]: Running module scripts-user")]
#[case("python3: No such file or directory")]
#[case("env: 'perl': No such file or directory")]
fn other_failures_do_not(#[case] line: &str) {
    assert_eq!(read(line).failed, None);
}
