//! Damage to a console on its way. It may cost sections, but never makes up anything.

use super::{RECORDED, assert_complete, copy, read, truth};
use crate::collect::cloud::guest::Console;
use crate::collect::cloud::guest::framing::SECTIONS;
use proptest::prelude::*;
use rstest::rstest;

/// Asserts that all that is trusted is true.
fn assert_true(console: &Console) {
    for section in SECTIONS {
        let lines = &console.sections[section];
        assert!(lines.is_err() || *lines == Ok(truth(section)), "{section}: {lines:?}");
    }
    assert!(console.finished || console.sections.values().all(Result::is_err));
}

/// Returns each copy with another one of its lines changed.
fn with_lines(change: impl Fn(usize, &str) -> String) -> String {
    RECORDED.lines().enumerate().map(|(number, line)| change(number, line) + "\n").collect()
}

const BOOT: &str = "[    0.000000] Linux version 6.1.0-37-cloud-amd64 (debian-kernel@lists.debian.org)\n\
    [    2.318244] EXT4-fs (vda1): mounted filesystem with ordered data mode. Quota mode: none.\n\
    [\u{1b}[0;32m  OK  \u{1b}[0m] Started \u{1b}[0;1;39mcloud-final.service\u{1b}[0m - Cloud-init: Final Stage.\n\
    \n\
    Debian GNU/Linux 12 test ttyS0\n\
    \n\
    test login: ";

#[rstest]
#[case::boot_before(format!("{BOOT}{RECORDED}"))]
#[case::boot_after(format!("{RECORDED}{BOOT}"))]
#[case::prefixes(with_lines(|n, line| format!("[   {n}.345678] cloud-init[612]: {line}")))]
#[case::suffixes(with_lines(|_, line| format!("{line}[   12.345678] random: crng init done")))]
#[case::carriage_returns(RECORDED.replace('\n', "\r\n"))]
#[case::doubled_carriage_returns(RECORDED.replace('\n', "\r\r\n"))]
#[case::nul_bytes(RECORDED.replace(' ', "\0 \0"))]
#[case::colours(with_lines(|_, line| format!("\u{1b}[0m\u{1b}[1;31m{}\u{1b}[0m", line.replace("ok", "\u{1b}[32mok\u{1b}[m"))))]
#[case::terminal_titles(with_lines(|n, line| format!("\u{1b}]3008;start={n};machineid=0\u{1b}\\{line}\u{1b}]0;title\u{7}")))]
#[case::line_feeds_lost(RECORDED.replace('\n', ""))]
#[case::head_lost(RECORDED[copy().len() + 300..].to_owned())]
#[case::tail_lost(RECORDED[..copy().len() + 500].to_owned())]
#[case::both_lost(RECORDED[700..copy().len() * 2 + 100].to_owned())]
#[case::every_third_line_garbled(with_lines(|n, line| if n % 3 == 0 { line.replace(' ', "#") } else { line.to_owned() }))]
#[case::kernel_in_lines(with_lines(|n, line| if n % 5 == 0 {
    format!("{}\n[   13.370000] audit: type=1400\n{}", &line[..20], &line[20..])
} else {
    line.to_owned()
}))]
fn it_is_still_read(#[case] console: String) {
    assert_complete(&read(&console));
}

#[rstest]
#[case::no_end_line(RECORDED.replace(" end ", " eng "), "no intact end line")]
#[case::cut_before_the_end(copy()[..copy().len() - 9].to_owned(), "no intact end line")]
#[case::nothing(String::new(), "no intact end line")]
#[case::a_line_lost_in_all(RECORDED.replace("failures: 0", "failures: 1"), "line 3 of 8 is intact in no copy")]
#[case::all_lines_lost(RECORDED.replace(" random-test ", " random-text "), "no intact line of it")]
fn it_says_why_a_section_is_not_trusted(#[case] console: String, #[case] why: &str) {
    let read = read(&console);
    assert_true(&read);
    let said = read.sections["random-test"].as_ref().unwrap_err().to_string();
    assert!(said.contains(why) && said.starts_with("section random-test of the console: "), "{said}");
}

#[test]
fn two_copies_char_by_char_in_each_other_say_nothing() {
    let mixed: String = copy().chars().zip(copy().chars().skip(3)).flat_map(|(a, b)| [a, b]).collect();
    assert_true(&read(&mixed));
    assert!(!read(&mixed).finished);
    assert_complete(&read(&format!("{mixed}{}", copy())));
}

#[test]
fn a_hostile_console_is_read_in_bounded_time() {
    for piece in
        ["_scs-test ", "_scs-test cpu ok 1/2 400 00000000 ", "\u{1b}[", "\u{1b}]", "\0", "ü", "_scs-test end ok 1/1 "]
    {
        let console = piece.repeat((4 << 20) / piece.len());
        assert!(!read(&console).finished);
        assert_complete(&read(&format!("{console}\n{RECORDED}")));
    }
}

/// Something that happens to a text, with places in 65536ths of its length.
#[derive(Clone, Debug)]
enum Damage {
    Replace(u16, u8),
    Insert(u16, String),
    Remove(u16, u16),
    Repeat(u16, u16, u16),
    CutHead(u16),
    CutTail(u16),
}

fn damage() -> impl Strategy<Value = Damage> {
    let noise = prop_oneof![
        Just("\n[   13.370000] audit: type=1400 ".to_owned()),
        Just("\u{1b}[0m".to_owned()),
        Just("_scs-test ".to_owned()),
        "[0-9a-f /\r\n\0]{1,12}",
    ];
    prop_oneof![
        12 => any::<(u16, u8)>().prop_map(|(at, byte)| Damage::Replace(at, byte)),
        4 => (any::<u16>(), noise).prop_map(|(at, noise)| Damage::Insert(at, noise)),
        2 => (any::<u16>(), 0..4000_u16).prop_map(|(at, length)| Damage::Remove(at, length)),
        2 => (any::<u16>(), 0..9000_u16, any::<u16>()).prop_map(|(at, length, to)| Damage::Repeat(at, length, to)),
        1 => (0..20_000_u16).prop_map(Damage::CutHead),
        1 => (0..20_000_u16).prop_map(Damage::CutTail),
    ]
}

impl Damage {
    fn apply(self, text: &mut Vec<u8>) {
        let length = text.len();
        let place = |part: u16| length * usize::from(part) / 65_536;
        let span = |at: u16, part: u16| place(at)..(place(at) + place(part)).min(length);
        match self {
            Self::Replace(at, byte) => text.iter_mut().skip(place(at)).take(1).for_each(|old| *old = byte),
            Self::Insert(at, noise) => drop(text.splice(place(at)..place(at), noise.into_bytes())),
            Self::Remove(at, part) => drop(text.drain(span(at, part))),
            Self::Repeat(at, part, to) => {
                let copied = text[span(at, part)].to_vec();
                drop(text.splice(place(to)..place(to), copied));
            }
            Self::CutHead(part) => drop(text.drain(..place(part))),
            Self::CutTail(part) => text.truncate(length - place(part)),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn damage_never_makes_other_values(single in any::<bool>(), damages in prop::collection::vec(damage(), 0..60)) {
        let mut text = if single { copy() } else { RECORDED }.as_bytes().to_vec();
        for damage in damages {
            damage.apply(&mut text);
        }
        assert_true(&read(&String::from_utf8_lossy(&text)));
    }

    #[test]
    fn one_changed_byte_is_harmless(at in 0..RECORDED.len(), byte in any::<u8>()) {
        let mut text = RECORDED.as_bytes().to_vec();
        text[at] = byte;
        assert_complete(&read(&String::from_utf8_lossy(&text)));
    }

    #[test]
    fn anything_is_read(text in "\\PC*") {
        assert_true(&read(&text));
    }
}
