use super::*;
use crate::judge::Rulebook;
use crate::notify::calendar::Quiet;
use crate::notify::item::CertificateItem;
use crate::notify::memory::Key;
use crate::registry::Registry;
use crate::store::ToldRow;
use chrono::{NaiveTime, TimeDelta};
use proptest::prelude::*;
use rstest::rstest;
use scs_checks::definition::{Definitions, Source};
use scs_checks::score::Tally;
use std::sync::LazyLock;

static DEFINITIONS: LazyLock<Definitions> = LazyLock::new(|| scs_standards::embedded().unwrap());

const REGISTRY: &str = "\
operators: [{name: acme}]
subjects: [{name: cloud, operator: acme, regions: [r1]}, {name: other, operator: acme}]
";

fn registry(text: &str) -> Registry {
    let source = Source::new("registry.yaml", text.as_bytes()).unwrap();
    Registry::parse(&source, &DEFINITIONS).map_err(|problems| problems.to_string()).unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// The first night of all tables, a Monday.
fn first() -> DateTime<Utc> {
    at("2026-11-02T03:00:00Z")
}

/// Returns the usual times, without weekends.
fn times() -> Times {
    Times { quiet: Quiet::default(), ..Times::default() }
}

fn seen(letter: char, now: DateTime<Utc>, is_certified: bool) -> Seen {
    let conclusion = match letter {
        'C' => State::Conformant,
        'V' => State::Violation,
        _ => State::Undecided,
    };
    Seen {
        key: Key { tested: "r1".to_owned(), scope: "uuid".to_owned(), version: "v1".to_owned() },
        subject: "cloud".to_owned(),
        scope: "scope".to_owned(),
        scope_name: "Scope".to_owned(),
        conclusion,
        counts: Tally::default(),
        failing: Vec::new(),
        tested_at: (letter != 'U').then_some(now),
        is_certified,
        rules: "rules".to_owned(),
        by_old_rules: None,
    }
}

fn word(state: State) -> char {
    match state {
        State::Conformant => 'C',
        State::Violation => 'V',
        State::Undecided => 'U',
    }
}

/// Returns a message as words.
fn words(message: &Message) -> String {
    let of_certificate = |word: &str, item: &CertificateItem| format!("{} {word} {}", item.certificate, item.days);
    let item = |item: &Item| match item {
        Item::Conclusion(item) => {
            let before = item.before.map_or('-', word);
            format!("{:?} {before}{} {}", item.cause, word(item.conclusion), item.changes)
        }
        Item::CertificateEnds(item) => of_certificate("ends", item),
        Item::CertificateEnded(item) => of_certificate("ended", item),
        Item::CertificateRevoked(item) => of_certificate("revoked", item),
        Item::CertificateReinstated(item) => of_certificate("reinstated", item),
        Item::EvidenceDue(item) => format!("{} due {}", item.testcase, item.days),
        Item::EvidenceOverdue(item) => format!("{} overdue {}", item.testcase, item.days),
    };
    message.items.iter().map(item).collect::<Vec<_>>().join(", ")
}

/// A server that plans, and may be restarted at any time.
struct Rehearsal {
    registry: Registry,
    rulebook: Rulebook,
    times: Times,
    memory: Memory,
    rows: Vec<ToldRow>,
}

impl Rehearsal {
    fn new(text: &str, times: Times) -> Self {
        let (rulebook, memory) = (Rulebook::default(), Memory::default());
        Self { registry: registry(text), rulebook, times, memory, rows: Vec::new() }
    }

    /// Plans at an instant; what is remembered goes through the rows of the database.
    fn plan(&mut self, seen: Vec<Seen>, now: DateTime<Utc>) -> Vec<Message> {
        let known = Known { registry: &self.registry, rulebook: &self.rulebook, seen };
        let (next, messages) = plan(&known, &self.memory, &self.times, now);
        let change = next.change_from(&self.memory);
        self.rows.retain(|row| !change.removed.contains(&row.key));
        self.rows.retain(|row| change.written.iter().all(|written| written.key != row.key));
        self.rows.extend(change.written);
        self.memory = Memory::from_rows(self.rows.clone()).unwrap();
        assert_eq!(self.memory, next, "the database holds everything");
        let (again, none) = plan(&known, &next, &self.times, now);
        assert_eq!((again == next, none), (true, Vec::new()), "nothing is told twice");
        messages
    }

    /// Plans each night, and returns the messages with the number of the night.
    fn nights(&mut self, letters: &str, is_certified: bool) -> Vec<String> {
        let mut told = Vec::new();
        for (day, letter) in (1..).zip(letters.chars()) {
            let now = first() + TimeDelta::days(day - 1);
            for message in self.plan(vec![seen(letter, now, is_certified)], now) {
                told.push(format!("{day}: {}", words(&message)));
            }
        }
        told
    }
}

#[rstest]
#[case::all_is_well("CCCCCCCCCC", &[])]
#[case::failure_and_repair("CVVC", &["2: Changed CV 1", "4: Changed VC 1"])]
#[case::failure_at_first_sight("VVVV", &["1: Changed -V 0"])]
#[case::silence_at_first_sight("UUUUUUUUUU", &[])]
#[case::one_night_is_missing("CUCCUUC", &[])]
#[case::failure_after_a_missing_night("CUV", &["3: Changed CV 1"])]
#[case::failing_with_a_missing_night("CVUVUUV", &["2: Changed CV 1"])]
#[case::silence_that_lasts("CUUUUUUU", &["4: Changed CU 0"])]
#[case::end_of_silence("CUUUUC", &["4: Changed CU 0", "6: Changed UC 0"])]
#[case::flapping("CVCVCVCCCCCC", &["2: Changed CV 1", "3: Changed VC 1", "4: Unstable CV 3", "10: Stable VC 6"])]
#[case::flapping_with_a_bad_end("CVCVVVVVVV", &["2: Changed CV 1", "3: Changed VC 1", "4: Unstable CV 3", "7: Stable VV 3"])]
#[case::slow_changes_are_no_flapping("CVVVVCCCCVVVV", &["2: Changed CV 1", "6: Changed VC 1", "10: Changed CV 1"])]
fn nights_become_messages(#[case] nights: &str, #[case] expected: &[&str]) {
    assert_eq!(Rehearsal::new(REGISTRY, times()).nights(nights, false), expected);
}

#[rstest]
#[case("CVVVVVVVVVVVVVVVVVVVV", true, &["2: Changed CV 1", "9: Reminder VV 0"])]
#[case("CVVVVVVVVVVVVVVVVVVVV", false, &["2: Changed CV 1"])]
#[case("CUUUUUUUUUUUUUUUUUUU", true, &["4: Changed CU 0", "11: Reminder UU 0"])]
#[case("CCCCCCCCCCCCCCCCCCCC", true, &[])]
#[case("CVVVVVVVCVVVVVVVVVVVV", true, &["2: Changed CV 1", "9: Changed VC 1", "10: Changed CV 1", "17: Reminder VV 0"])]
fn certified_subjects_get_one_reminder(#[case] nights: &str, #[case] certified: bool, #[case] expected: &[&str]) {
    assert_eq!(Rehearsal::new(REGISTRY, times()).nights(nights, certified), expected);
}

#[test]
fn one_message_in_a_window_has_everything_in_it() {
    let mut rehearsal = Rehearsal::new(REGISTRY, times());
    let mut told = Vec::new();
    for (hour, letter) in [(0, 'C'), (1, 'V'), (2, 'C'), (3, 'V'), (4, 'C'), (24, 'C'), (25, 'C'), (26, 'C')] {
        let now = first() + TimeDelta::hours(hour);
        let other = Seen {
            subject: "other".to_owned(),
            key: Key { tested: "other".to_owned(), ..seen('C', now, false).key },
            ..seen(letter, now, false)
        };
        for message in rehearsal.plan(vec![seen(letter, now, false), other], now) {
            told.push(format!("{hour} {}: {}", message.subject, words(&message)));
        }
    }
    let expected =
        ["1 cloud: Changed CV 1", "1 other: Changed CV 1", "25 cloud: Unstable VC 4", "25 other: Unstable VC 4"];
    assert_eq!(told, expected);
}

#[rstest]
#[case::failure_waits_for_monday("CVVV", &["2026-11-09T06:00 Changed CV 1"])]
#[case::failure_that_is_over_is_told_too("CVCC", &["2026-11-09T06:00 Interrupted CC 2"])]
fn next_working_day_is_early_enough(#[case] nights: &str, #[case] expected: &[&str]) {
    let time = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
    let quiet = Quiet { hours: Some((time(20), time(6))), weekends: true };
    let mut rehearsal = Rehearsal::new(REGISTRY, Times { quiet, ..times() });
    let friday = at("2026-11-06T12:00:00Z");
    let mut told = Vec::new();
    for hour in 0..96 {
        let now = friday + TimeDelta::hours(hour);
        let night = usize::try_from((now.date_naive() - friday.date_naive()).num_days()).unwrap().min(3);
        let seen = seen(nights.chars().nth(night).unwrap(), now, true);
        for message in rehearsal.plan(vec![seen], now) {
            told.push(format!("{} {}", now.format("%Y-%m-%dT%H:%M"), words(&message)));
        }
    }
    assert_eq!(told, expected);
}

#[rstest]
#[case::the_rules_made_it('V', Some(State::Conformant), true)]
#[case::the_old_rules_say_the_same('V', Some(State::Violation), false)]
#[case::the_rules_are_the_same('V', None, false)]
fn change_by_new_rules_is_told_as_such(#[case] letter: char, #[case] by_old: Option<State>, #[case] expected: bool) {
    let mut rehearsal = Rehearsal::new(REGISTRY, times());
    rehearsal.nights("C", false);
    let now = first() + TimeDelta::days(1);
    let seen = Seen { by_old_rules: by_old, rules: "new".to_owned(), ..seen(letter, now, false) };
    let messages = rehearsal.plan(vec![seen], now);
    let Item::Conclusion(item) = &messages[0].items[0] else { panic!("{messages:?}") };
    assert_eq!(item.new_rules, expected);
}

#[test]
fn what_ends_is_told_once_for_each_step() {
    const TEXT: &str = "\
operators: [{name: acme}]
subjects: [{name: cloud, operator: acme, regions: [r1]}]
certificates:
  - {id: a, subject: cloud, scope: scs-compatible-iaas, version: v5.1, issued: 2026-03-12}
  - {id: old, subject: cloud, scope: scs-compatible-iaas, version: v5.1, issued: 2025-12-01}
  - id: r
    subject: cloud
    scope: scs-compatible-kaas
    version: v1
    issued: 2026-03-12
    revocations: [{from: 2026-05-01, until: 2026-06-01, reason: x}, {from: 2026-11-01, reason: y}]
evidence:
  - {subject: r1, testcase: availability-zones-check, conforms: true, document: 'https://a.example/', sha256: DIGEST, person: E, date: 2026-11-03}
";
    let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    let mut rehearsal = Rehearsal::new(&TEXT.replace("DIGEST", digest), times());
    let mut told = Vec::new();
    for day in 0..500 {
        let now = at("2026-03-20T00:00:00Z") + TimeDelta::days(day);
        for message in rehearsal.plan(Vec::new(), now) {
            told.push(format!("{} {}", now.date_naive(), words(&message)));
        }
    }
    let expected = [
        "2026-05-01 r revoked 314",
        "2026-06-01 r reinstated 283",
        "2026-11-01 r revoked 130",
        "2027-01-10 a ends 60",
        "2027-02-09 a ends 30",
        "2027-02-25 a ends 14",
        "2027-03-04 a ends 7",
        "2027-03-12 a ended -1, r ended -1",
        "2027-03-17 availability-zones-check due 14",
        "2027-04-01 availability-zones-check overdue -1",
    ];
    assert_eq!(told, expected, "the old certificate is followed by another one");
}

#[test]
fn what_the_registry_does_not_name_is_forgotten() {
    let mut rehearsal = Rehearsal::new(REGISTRY, times());
    rehearsal.nights("CV", false);
    assert_eq!((rehearsal.memory.conclusions.len(), rehearsal.memory.subjects.len()), (1, 1));
    rehearsal.registry = registry("operators: [{name: acme}]\nsubjects: [{name: other, operator: acme}]");
    rehearsal.plan(Vec::new(), first() + TimeDelta::days(5));
    assert_eq!(rehearsal.rows, []);
}

proptest! {
    /// After any past, what lasts is told; at most one message comes in a window.
    #[test]
    fn what_lasts_is_told(past in "[CVU]{0,30}", last in "[CVU]", certified in any::<bool>()) {
        let mut rehearsal = Rehearsal::new(REGISTRY, times());
        let nights = past + &last.repeat(12);
        let told = rehearsal.nights(&nights, certified);
        let letter = last.chars().next().unwrap();
        let told_now = rehearsal.memory.conclusions.values().next().unwrap();
        prop_assert_eq!((told_now.told.map(word), told_now.unstable), (Some(letter), false), "{:?}", told);
        prop_assert!(!told_now.violated);
    }
}
