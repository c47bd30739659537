//! The words of the pages for customers, in two languages.

use super::state::{Mood, ScopeState};
use crate::judge::{Day, Failure, Flapping, Judgement, Strip};
use crate::language::Language;
use crate::registry::{Certificate, CertificateState, Evidence};
use crate::standing::{Standing, certificate_sentence};
use crate::transitions::Transition;
use chrono::NaiveDate;
use scs_checks::definition::Validity;
use scs_checks::verdict::Verdict;

/// The sentence on a subject by a scope without a version that decides.
pub fn no_version(language: Language) -> &'static str {
    language
        .text("No version of this scope is in force today", "Heute ist keine Version dieses Geltungsbereichs in Kraft")
}

/// Says what a version of a scope is today.
pub fn validity(validity: Validity, language: Language) -> &'static str {
    match validity {
        Validity::Effective => language.text("in force", "in Kraft"),
        Validity::Warn => language.text("in force, about to expire", "in Kraft, läuft bald aus"),
        Validity::Draft => language.text("draft, does not decide yet", "Entwurf, entscheidet noch nicht"),
        Validity::Deprecated => language.text("no longer in force", "nicht mehr in Kraft"),
    }
}

/// Says until when a version is in force that is about to expire, which scs-0003 demands beside a PASS.
pub fn expiry(judged: &Judgement, language: Language) -> Option<String> {
    if judged.validity != Validity::Warn {
        return None;
    }
    let version = &judged.version;
    let last_day = judged.ends.and_then(|ends| ends.pred_opt()).map(|day| language.date(day));
    Some(match (last_day, language) {
        (Some(day), Language::En) => format!("{version} is about to expire: it is in force until {day}"),
        (Some(day), Language::De) => format!("{version} läuft bald aus: in Kraft bis {day}"),
        (None, Language::En) => format!("{version} is about to expire: the day is not known yet"),
        (None, Language::De) => format!("{version} läuft bald aus: der Tag steht noch nicht fest"),
    })
}

/// Returns the word of a mood in filters.
pub fn mood(mood: Mood, language: Language) -> &'static str {
    match mood {
        Mood::Conformant => language.text("compliant", "konform"),
        Mood::CertifiedFailing => language.text("certified, but failing", "zertifiziert, aber nicht konform"),
        Mood::Failing => language.text("failing", "nicht konform"),
        Mood::Untested => language.text("not (fully) tested", "nicht (vollständig) getestet"),
        Mood::Undecided => language.text("not decided", "nicht entschieden"),
    }
}

/// Returns the word of a conclusion of the past.
pub fn conclusion(word: &str, language: Language) -> &'static str {
    match word {
        "conformant" => language.text("compliant", "erfüllt"),
        "violation" => language.text("failing", "nicht bestanden"),
        _ => language.text("not proven", "nicht nachgewiesen"),
    }
}

/// Says how the conclusion on a version changed.
pub fn change(transition: &Transition, language: Language) -> String {
    let Transition { version, from, to, .. } = transition;
    let (from, to) = (conclusion(from, language), conclusion(to, language));
    let mut text = match language {
        Language::En => format!("{version}: from {from} to {to}"),
        Language::De => format!("{version}: von „{from}“ zu „{to}“"),
    };
    if transition.expired {
        text.push_str(language.text(
            ", because results expired and no report came",
            ", weil Ergebnisse abgelaufen sind und kein Bericht kam",
        ));
    }
    if transition.new_rules {
        text.push_str(language.text(
            ", with new rules: by the old ones nothing would have changed",
            ", mit neuen Regeln: nach den alten hätte sich nichts geändert",
        ));
    }
    if let Some(arrived) = transition.changed_by_report_of {
        let date = language.date(arrived.date_naive());
        text.push_str(&match language {
            Language::En => format!(", by a report that arrived late, on {date}"),
            Language::De => format!(", durch einen Bericht, der erst am {date} eintraf"),
        });
    }
    text
}

/// Returns the word of a result.
pub fn verdict(verdict: Verdict, language: Language) -> &'static str {
    match verdict {
        Verdict::Pass => language.text("passed", "bestanden"),
        Verdict::Fail => language.text("failing", "nicht bestanden"),
        Verdict::Abort => language.text("not decided", "nicht entschieden"),
        Verdict::Miss => language.text("not tested", "nicht getestet"),
    }
}

/// Returns the word of a standard's state.
pub fn standard(verdict: Option<Verdict>, language: Language) -> &'static str {
    match verdict {
        Some(Verdict::Pass) => language.text("achieved", "erreicht"),
        Some(Verdict::Fail) => language.text("failing", "nicht erreicht"),
        Some(Verdict::Abort) => language.text("not decided", "nicht entschieden"),
        Some(Verdict::Miss) => language.text("not fully tested", "nicht vollständig getestet"),
        None => language.text("nothing to test here", "hier ist nichts zu prüfen"),
    }
}

/// Returns the class of a result in the style sheet, which is also the name of its sign.
pub fn class(verdict: Option<Verdict>) -> &'static str {
    match verdict {
        Some(Verdict::Pass) => "pass",
        Some(Verdict::Fail) => "fail",
        Some(Verdict::Abort) => "abort",
        Some(Verdict::Miss) => "miss",
        None => "plain",
    }
}

/// Returns the name of a day's result.
pub fn day(day: Day) -> &'static str {
    match day {
        Day::Untested => "–",
        Day::Passed => "PASS",
        Day::Undecided => "ABORT",
        Day::Failed => "FAIL",
    }
}

/// Returns the class of a day's result.
pub fn day_class(day: Day) -> &'static str {
    match day {
        Day::Untested => "miss",
        Day::Passed => "pass",
        Day::Undecided => "abort",
        Day::Failed => "fail",
    }
}

/// A certificate in words.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CertificateWords {
    /// The class in the style sheet.
    pub class: &'static str,
    /// The id.
    pub id: String,
    /// The sentence on its validity.
    pub sentence: String,
    /// The sentence on those whom it covers who do not conform; none if all do.
    pub state: Option<String>,
    /// The members that it covers, if these are not all.
    pub covers: Option<String>,
}

/// Says what a certificate states, and what is true of those whom it covers.
pub fn certificate(scope: &ScopeState, certificate: &Certificate, language: Language) -> CertificateWords {
    let standing = scope.certified(certificate);
    let mood = standing.as_ref().map(Mood::of);
    let class = match (certificate.state_on(scope.today), mood) {
        (CertificateState::Valid { .. }, Some(Mood::Failing)) => "fail",
        (CertificateState::Valid { .. }, Some(Mood::Conformant) | None) => "pass",
        (CertificateState::Valid { .. }, Some(_)) | (CertificateState::Revoked { .. }, _) => "warning",
        (CertificateState::NotYet { .. } | CertificateState::Expired { .. }, _) => "plain",
    };
    let is_covered = |name: &str| certificate.covers.iter().any(|covered| covered == name);
    let covers_all = scope.members.iter().all(|member| is_covered(&member.name));
    CertificateWords {
        class,
        id: certificate.id.clone(),
        sentence: certificate_sentence(certificate, scope.today, language),
        state: standing.as_ref().and_then(|standing| certified_but(standing, language)),
        covers: (!covers_all).then(|| certificate.covers.join(", ")),
    }
}

/// Says that a certified subject does not conform (scs-0004, regulation 8a).
fn certified_but(standing: &Standing, language: Language) -> Option<String> {
    let since = |day: Option<NaiveDate>| match (day.map(|day| language.date(day)), language) {
        (Some(date), Language::En) => format!(" since {date}"),
        (Some(date), Language::De) => format!(" seit {date}"),
        (None, _) => String::new(),
    };
    let text = match Mood::of(standing) {
        Mood::Conformant => return None,
        Mood::CertifiedFailing | Mood::Failing => language.text("Certified, failing", "Zertifiziert, nicht konform"),
        Mood::Untested => language.text("Certified, not fully tested", "Zertifiziert, nicht vollständig getestet"),
        Mood::Undecided => language.text("Certified, not decided", "Zertifiziert, nicht entschieden"),
    };
    Some(format!("{text}{}", since(standing.since)))
}

/// Returns the word of a verdict with the day since which it holds, unless all is well.
pub fn since(verdict: Verdict, strip: Option<&Strip>, language: Language) -> String {
    let word = self::verdict(verdict, language);
    let since = match verdict {
        Verdict::Fail => strip.and_then(Strip::failing_since),
        Verdict::Abort => strip.and_then(|strip| strip.changes.last()).map(|change| change.day),
        Verdict::Miss | Verdict::Pass => None,
    };
    match (since, language) {
        (Some(day), Language::En) => format!("{word} since {}", language.date(day)),
        (Some(day), Language::De) => format!("{word} seit {}", language.date(day)),
        (None, _) => word.to_owned(),
    }
}

/// Says from when to when a testcase failed, and how long the fix took (scs-0004, regulation 8c).
pub fn failure(failure: &Failure, language: Language) -> String {
    let from = language.date(failure.from);
    let fixed = failure.fixed.map(|day| (language.date(day), language.days((day - failure.from).num_days())));
    match (fixed, language) {
        (Some((to, days)), Language::En) => format!("failed from {from}, fixed on {to}, after {days}"),
        (Some((to, days)), Language::De) => format!("nicht bestanden ab {from}, behoben am {to}, nach {days}"),
        (None, Language::En) => format!("failing since {from}, not fixed yet"),
        (None, Language::De) => format!("nicht bestanden seit {from}, noch nicht behoben"),
    }
}

/// Says that a result changed so often that it says little.
pub fn flapping(flapping: &Flapping, language: Language) -> String {
    let (from, to, changes) = (language.date(flapping.from), language.date(flapping.to), flapping.changes);
    match language {
        Language::En => format!("Unstable: {changes} changes from {from} to {to}"),
        Language::De => format!("Unbeständig: {changes} Wechsel vom {from} bis {to}"),
    }
}

/// Returns the class of a statement, and what it says and for how long.
pub fn evidence(
    evidence: &Evidence,
    last_day: Option<NaiveDate>,
    today: NaiveDate,
    is_newest: bool,
    language: Language,
) -> (&'static str, String) {
    let date = language.date(evidence.date);
    let stated = match (evidence.conforms, language) {
        (true, Language::En) => format!("Stated on {date}: it conforms"),
        (true, Language::De) => format!("Erklärung vom {date}: konform"),
        (false, Language::En) => format!("Stated on {date}: it does not conform"),
        (false, Language::De) => format!("Erklärung vom {date}: nicht konform"),
    };
    if !is_newest {
        let replaced = language.text("replaced by a newer statement", "durch eine neuere Erklärung ersetzt");
        return ("plain", format!("{stated}; {replaced}"));
    }
    let class = if evidence.conforms { "pass" } else { "fail" };
    match (last_day.map(|day| (language.date(day), today <= day)), language) {
        (Some((day, true)), Language::En) => (class, format!("{stated}; valid until {day}")),
        (Some((day, true)), Language::De) => (class, format!("{stated}; gültig bis {day}")),
        (Some((day, false)), Language::En) => ("warning", format!("{stated}; overdue: it was valid until {day}")),
        (Some((day, false)), Language::De) => ("warning", format!("{stated}; überfällig: gültig war sie bis {day}")),
        (None, _) => (class, stated),
    }
}

/// Says when a subject was tested last.
pub fn tested(standing: &Standing, language: Language) -> String {
    match (standing.tested, standing.silence_sentence(language), language) {
        (None, ..) => language.text("Not tested yet", "Noch nicht getestet").to_owned(),
        (_, Some(sentence), _) => sentence,
        (Some(day), None, Language::En) => format!("Last tested on {}", language.date(day)),
        (Some(day), None, Language::De) => format!("Zuletzt am {} getestet", language.date(day)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn transition(expired: bool, new_rules: bool, late: Option<&str>) -> Transition {
        Transition {
            night: "2026-11-03".to_owned(),
            version: "v5.1".to_owned(),
            from: "conformant".to_owned(),
            to: if expired { "undecided" } else { "violation" }.to_owned(),
            new_rules,
            expired,
            changed_by_report_of: late.map(|time| time.parse().unwrap()),
        }
    }

    #[rstest]
    #[case(false, false, None, "v5.1: from compliant to failing", "v5.1: von „erfüllt“ zu „nicht bestanden“")]
    #[case(
        true,
        false,
        None,
        "v5.1: from compliant to not proven, because results expired and no report came",
        "v5.1: von „erfüllt“ zu „nicht nachgewiesen“, weil Ergebnisse abgelaufen sind und kein Bericht kam"
    )]
    #[case(
        false,
        true,
        Some("2026-11-20T10:00:00Z"),
        "v5.1: from compliant to failing, with new rules: by the old ones nothing would have changed, by a report that arrived late, on 20 November 2026",
        "v5.1: von „erfüllt“ zu „nicht bestanden“, mit neuen Regeln: nach den alten hätte sich nichts geändert, durch einen Bericht, der erst am 20. November 2026 eintraf"
    )]
    fn a_change_is_told(
        #[case] expired: bool,
        #[case] new_rules: bool,
        #[case] late: Option<&str>,
        #[case] english: &str,
        #[case] german: &str,
    ) {
        let transition = transition(expired, new_rules, late);
        assert_eq!(change(&transition, Language::En), english);
        assert_eq!(change(&transition, Language::De), german);
    }
}
