//! Changes of a conclusion in words, in two languages.

use crate::language::Language;
use crate::transitions::Transition;

/// Returns the word of a conclusion, as nights are recorded with it.
pub fn conclusion(word: &str, language: Language) -> &'static str {
    match word {
        "conformant" => language.text("conformant", "erfüllt"),
        "violation" => language.text("failing", "nicht bestanden"),
        _ => language.text("not decided or not tested", "nicht entschieden oder nicht getestet"),
    }
}

/// Says what changed, without the day and the version.
pub fn sentence(change: &Transition, language: Language) -> String {
    let (from, to) = (conclusion(&change.from, language), conclusion(&change.to, language));
    let mut text = format!("{} → {to}", from);
    let mut add = |english: &str, german: &str| text.push_str(&format!("; {}", language.text(english, german)));
    if change.expired {
        add("results expired, and no report came", "Ergebnisse sind abgelaufen, und es kam kein Bericht");
    }
    if change.new_rules {
        add("only because of new rules", "nur wegen neuer Regeln");
    }
    if let Some(arrived) = change.changed_by_report_of {
        let words = language.text("changed by a report that arrived on", "geändert durch einen Bericht vom");
        text.push_str(&format!("; {words} {}", language.date(arrived.date_naive())));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn change_is_told_with_its_cause() {
        let change = Transition {
            night: "2026-11-02".to_owned(),
            version: "v1".to_owned(),
            from: "conformant".to_owned(),
            to: "undecided".to_owned(),
            new_rules: true,
            expired: false,
            changed_by_report_of: Some("2026-11-20T10:00:00Z".parse().unwrap()),
        };
        assert_eq!(
            sentence(&change, Language::En),
            "conformant → not decided or not tested; only because of new rules; changed by a report that arrived on 20 November 2026"
        );
        let expired = Transition { new_rules: false, expired: true, changed_by_report_of: None, ..change };
        assert_eq!(
            sentence(&expired, Language::De),
            "erfüllt → nicht entschieden oder nicht getestet; Ergebnisse sind abgelaufen, und es kam kein Bericht"
        );
    }
}
