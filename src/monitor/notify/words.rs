//! The words of messages, in English and in German.

use super::item::{Cause, CertificateItem, ConclusionItem, EvidenceItem, Item};
use super::memory::State;
use crate::language::Language;
use crate::standing::Standing;
use chrono::NaiveDate;

/// Returns the rank of a part: what is worse comes first.
pub(super) fn rank(item: &Item) -> u8 {
    match item {
        Item::Conclusion(item) if item.conclusion == State::Violation => 0,
        Item::CertificateRevoked(_) | Item::CertificateEnded(_) => 1,
        Item::Conclusion(item) if item.conclusion == State::Undecided => 2,
        Item::EvidenceOverdue(_) => 3,
        Item::CertificateEnds(_) | Item::EvidenceDue(_) => 4,
        Item::Conclusion(_) | Item::CertificateReinstated(_) => 5,
    }
}

/// Returns the short sentence of a part, for the title of a message.
pub(super) fn short(item: &Item, today: NaiveDate, language: Language) -> String {
    match item {
        Item::Conclusion(item) if item.cause == Cause::Unstable => {
            language.text("The conclusion keeps changing", "Das Ergebnis wechselt ständig").to_owned()
        }
        Item::Conclusion(item) => standing(item, today).sentence(language),
        Item::CertificateEnds(item) | Item::CertificateEnded(item) | Item::CertificateRevoked(item) => {
            certificate(item, language)
        }
        Item::CertificateReinstated(item) => reinstated(item, language),
        Item::EvidenceDue(item) => due(item, language),
        Item::EvidenceOverdue(item) => overdue(item, language),
    }
}

/// Returns a part in lines, the first of which says what it is about.
pub(super) fn lines(item: &Item, today: NaiveDate, language: Language) -> Vec<String> {
    let of_certificate = |item: &CertificateItem, verb: String| {
        let word = language.text("Certificate", "Zertifikat");
        vec![format!("{word} {} – {} {}", item.certificate, item.scope_name, item.version), verb]
    };
    match item {
        Item::Conclusion(item) => conclusion(item, today, language),
        Item::CertificateEnds(item) | Item::CertificateEnded(item) | Item::CertificateRevoked(item) => {
            of_certificate(item, format!("{}.", certificate(item, language)))
        }
        Item::CertificateReinstated(item) => of_certificate(item, format!("{}.", reinstated(item, language))),
        Item::EvidenceDue(item) => {
            vec![format!("{} – {}", item.tested, item.testcase), format!("{}.", due(item, language))]
        }
        Item::EvidenceOverdue(item) => {
            vec![format!("{} – {}", item.tested, item.testcase), format!("{}.", overdue(item, language))]
        }
    }
}

fn standing(item: &ConclusionItem, today: NaiveDate) -> Standing {
    Standing {
        version: item.version.clone(),
        conclusion: item.conclusion.into(),
        since: item.since,
        counts: item.counts,
        tested: item.tested_at.map(|at| at.date_naive()),
        today,
    }
}

fn conclusion(item: &ConclusionItem, today: NaiveDate, language: Language) -> Vec<String> {
    let of = standing(item, today);
    let mut lines = vec![format!("{} – {} {}", item.tested, item.scope_name, item.version)];
    lines.push(cause(item, &of.sentence(language), language));
    if !item.failing.is_empty() {
        let word = language.text("Failing", "Nicht bestanden");
        let rest = item.counts.failed.saturating_sub(item.failing.len());
        let more = match (rest, language) {
            (0, _) => String::new(),
            (rest, Language::En) => format!(" and {rest} more"),
            (rest, Language::De) => format!(" und {rest} weitere"),
        };
        lines.push(format!("{word}: {}{more}", item.failing.join(", ")));
    }
    if item.new_rules {
        lines.push(
            language
                .text(
                    "This comes from new rules: by the rules before, the same results would have changed nothing.",
                    "Das kommt von neuen Regeln: Nach den bisherigen hätten dieselben Ergebnisse nichts geändert.",
                )
                .to_owned(),
        );
    }
    if item.changes > 1 && item.cause == Cause::Changed {
        lines.push(match language {
            Language::En => format!("It has changed {} times since the last message.", item.changes),
            Language::De => format!("Seit der letzten Nachricht hat sich das {}-mal geändert.", item.changes),
        });
    }
    lines.extend(of.silence_sentence(language).map(|sentence| format!("{sentence}.")));
    lines
}

/// Says a conclusion with the reason for which it is told.
fn cause(item: &ConclusionItem, sentence: &str, language: Language) -> String {
    let changes = item.changes;
    match (item.cause, language) {
        (Cause::Changed, _) => match item.before.filter(|before| *before != item.conclusion) {
            None => format!("{sentence}."),
            Some(before) => {
                format!("{sentence} ({}: {}).", language.text("before", "vorher"), word(before, language))
            }
        },
        (Cause::Interrupted, Language::En) => format!("{sentence}. There was a violation in between, which is over."),
        (Cause::Interrupted, Language::De) => {
            format!("{sentence}. Zwischenzeitlich gab es einen Verstoß; er ist behoben.")
        }
        (Cause::Unstable, Language::En) => format!(
            "The conclusion keeps changing: {changes} times lately. Now: {sentence}. The next message comes when it is stable."
        ),
        (Cause::Unstable, Language::De) => format!(
            "Das Ergebnis wechselt ständig: zuletzt {changes}-mal. Jetzt: {sentence}. Die nächste Nachricht kommt, wenn es beständig ist."
        ),
        (Cause::Stable, Language::En) => format!("Stable again after {changes} changes: {sentence}."),
        (Cause::Stable, Language::De) => format!("Nach {changes} Wechseln wieder beständig: {sentence}."),
        (Cause::Reminder, Language::En) => format!("Reminder: {sentence}."),
        (Cause::Reminder, Language::De) => format!("Zur Erinnerung: {sentence}."),
    }
}

fn word(state: State, language: Language) -> &'static str {
    match state {
        State::Conformant => language.text("compliant", "erfüllt"),
        State::Violation => language.text("failing", "nicht bestanden"),
        State::Undecided => language.text("undecided", "nicht entschieden"),
    }
}

fn certificate(item: &CertificateItem, language: Language) -> String {
    let (version, last_day) = (&item.version, language.date(item.last_day));
    match (&item.revoked, language) {
        (Some((from, reason)), Language::En) => {
            format!("Certificate for {version} revoked since {}: {reason}", language.date(*from))
        }
        (Some((from, reason)), Language::De) => {
            format!("Zertifikat für {version} seit {} widerrufen: {reason}", language.date(*from))
        }
        (None, Language::En) if item.days < 0 => format!("Certificate for {version} expired on {last_day}"),
        (None, Language::De) if item.days < 0 => format!("Zertifikat für {version} abgelaufen am {last_day}"),
        (None, Language::En) => {
            format!("Certificate for {version} holds until {last_day}, {}", left(item.days, language))
        }
        (None, Language::De) => format!("Zertifikat für {version} gilt bis {last_day}, {}", left(item.days, language)),
    }
}

fn reinstated(item: &CertificateItem, language: Language) -> String {
    let (version, last_day) = (&item.version, language.date(item.last_day));
    match language {
        Language::En => format!("Certificate for {version} holds again, until {last_day}"),
        Language::De => format!("Zertifikat für {version} gilt wieder, bis {last_day}"),
    }
}

fn due(item: &EvidenceItem, language: Language) -> String {
    let (testcase, last_day, left) = (&item.testcase, language.date(item.last_day), left(item.days, language));
    match language {
        Language::En => format!("The statement about {testcase} has to be repeated by {last_day}, {left}"),
        Language::De => format!("Der Nachweis zu {testcase} ist bis {last_day} zu erneuern, {left}"),
    }
}

fn overdue(item: &EvidenceItem, language: Language) -> String {
    let (testcase, last_day) = (&item.testcase, language.date(item.last_day));
    match language {
        Language::En => format!("The statement about {testcase} counted until {last_day}, and has to be repeated"),
        Language::De => format!("Der Nachweis zu {testcase} galt bis {last_day} und ist zu erneuern"),
    }
}

/// Says how many days are left.
fn left(days: i64, language: Language) -> String {
    match (days, language) {
        (0, Language::En) => "today".to_owned(),
        (0, Language::De) => "heute".to_owned(),
        (_, Language::En) => format!("in {}", language.days(days)),
        (_, Language::De) => format!("in {}", language.days(days)),
    }
}
