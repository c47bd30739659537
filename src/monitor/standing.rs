//! The sentences that a customer reads first: does this subject conform, since when, what is wrong, is it certified.

use crate::language::Language;
use crate::registry::{Certificate, CertificateState};
use chrono::NaiveDate;
use scs_checks::score::{Conclusion, Tally};

/// The number of days after which a test is no longer recent: certified subjects are tested at least once a week.
const RECENT: i64 = 7;

/// The standing of a subject by one version of a scope.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The version of the scope.
    pub version: String,
    /// The conclusion of today.
    pub conclusion: Conclusion,
    /// The first day of this conclusion; none if it is not known.
    pub since: Option<NaiveDate>,
    /// The counts of the mandatory testcases.
    pub counts: Tally,
    /// The day of the newest report; none if there never was one.
    pub tested: Option<NaiveDate>,
    /// The day that counts as today.
    pub today: NaiveDate,
}

impl Standing {
    /// Returns the number of days since the last test.
    fn silence(&self) -> Option<i64> {
        self.tested.map(|tested| (self.today - tested).num_days())
    }

    /// Says whether the subject conforms, and since when.
    pub fn sentence(&self, language: Language) -> String {
        match (self.conclusion, self.silence()) {
            (_, None) => language.text("Not tested yet", "Noch nicht getestet").to_owned(),
            (Conclusion::Conformant, _) => self.conformant(language),
            (Conclusion::Violation, _) => self.open(language, self.counts.failed, " failing", " nicht bestanden"),
            (_, Some(days)) if days > RECENT => match language {
                Language::En => format!("Not tested for {}", language.days(days)),
                Language::De => format!("Seit {} nicht getestet", language.days(days)),
            },
            _ if self.counts.missing > 0 => self.open(language, self.counts.missing, " not tested", " nicht getestet"),
            _ => self.open(language, self.counts.aborted, " not decided", " nicht entschieden"),
        }
    }

    fn conformant(&self, language: Language) -> String {
        let Self { version, .. } = self;
        match language {
            Language::En => format!("Compliant with {version}{}", self.since(language)),
            Language::De => format!("Erfüllt {version}{}", self.since(language)),
        }
    }

    /// Says how many testcases are open, and since when.
    fn open(&self, language: Language, number: usize, english: &str, german: &str) -> String {
        let (total, since) = (self.counts.total(), self.since(language));
        match language {
            Language::En => format!("{number} of {total} mandatory checks{english}{since}"),
            Language::De => format!("{number} von {total} Pflichtprüfungen{german}{since}"),
        }
    }

    fn since(&self, language: Language) -> String {
        let Some(since) = self.since else { return String::new() };
        let date = language.date(since);
        match language {
            Language::En => format!(" since {date}"),
            Language::De => format!(" seit {date}"),
        }
    }

    /// Says when the subject was tested last, if that was not lately. A conclusion still holds then, but not for long.
    pub fn silence_sentence(&self, language: Language) -> Option<String> {
        let days = self.silence().filter(|days| *days > 1)?;
        Some(match language {
            Language::En => format!("Last tested {} ago", language.days(days)),
            Language::De => format!("Zuletzt vor {} getestet", language.days(days)),
        })
    }
}

/// Says for how long a certificate holds.
pub fn certificate_sentence(certificate: &Certificate, today: NaiveDate, language: Language) -> String {
    let (version, date) = (&certificate.version, |day| language.date(day));
    match (certificate.state_on(today), language) {
        (CertificateState::NotYet { from }, Language::En) => format!("Certified for {version} from {}", date(from)),
        (CertificateState::NotYet { from }, Language::De) => format!("Zertifiziert für {version} ab {}", date(from)),
        (CertificateState::Valid { until }, Language::En) => format!("Certified for {version} until {}", date(until)),
        (CertificateState::Valid { until }, Language::De) => format!("Zertifiziert für {version} bis {}", date(until)),
        (CertificateState::Revoked { since, reason }, Language::En) => {
            format!("Certificate for {version} revoked since {}: {reason}", date(since))
        }
        (CertificateState::Revoked { since, reason }, Language::De) => {
            format!("Zertifikat für {version} seit {} widerrufen: {reason}", date(since))
        }
        (CertificateState::Expired { since }, Language::En) => {
            format!("Certificate for {version} expired on {}", date(since))
        }
        (CertificateState::Expired { since }, Language::De) => {
            format!("Zertifikat für {version} abgelaufen am {}", date(since))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn standing(conclusion: Conclusion, [passed, failed, aborted, missing]: [usize; 4], tested: &str) -> Standing {
        let counts = Tally { passed, failed, aborted, missing, ..Tally::default() };
        let tested = (!tested.is_empty()).then(|| day(tested));
        let (version, since, today) = ("v5.1".to_owned(), Some(day("2026-11-18")), day("2026-11-30"));
        Standing { version, conclusion, since, counts, tested, today }
    }

    #[rstest]
    #[case(Conclusion::Conformant, [54, 0, 0, 0], "2026-11-30", "Compliant with v5.1 since 18 November 2026", "Erfüllt v5.1 seit 18. November 2026")]
    #[case(Conclusion::Violation, [53, 1, 0, 0], "2026-11-30", "1 of 54 mandatory checks failing since 18 November 2026", "1 von 54 Pflichtprüfungen nicht bestanden seit 18. November 2026")]
    #[case(Conclusion::Violation, [53, 1, 0, 0], "2026-11-20", "1 of 54 mandatory checks failing since 18 November 2026", "1 von 54 Pflichtprüfungen nicht bestanden seit 18. November 2026")]
    #[case(Conclusion::Undecided, [0, 0, 0, 54], "2026-11-21", "Not tested for 9 days", "Seit 9 Tagen nicht getestet")]
    #[case(Conclusion::Undecided, [50, 0, 0, 4], "2026-11-30", "4 of 54 mandatory checks not tested since 18 November 2026", "4 von 54 Pflichtprüfungen nicht getestet seit 18. November 2026")]
    #[case(Conclusion::Undecided, [52, 0, 2, 0], "2026-11-30", "2 of 54 mandatory checks not decided since 18 November 2026", "2 von 54 Pflichtprüfungen nicht entschieden seit 18. November 2026")]
    #[case(Conclusion::Undecided, [0, 0, 0, 54], "", "Not tested yet", "Noch nicht getestet")]
    #[case(Conclusion::Conformant, [54, 0, 0, 0], "", "Not tested yet", "Noch nicht getestet")]
    fn first_sentence_answers_the_customer(
        #[case] conclusion: Conclusion,
        #[case] counts: [usize; 4],
        #[case] tested: &str,
        #[case] english: &str,
        #[case] german: &str,
    ) {
        let standing = standing(conclusion, counts, tested);
        assert_eq!(standing.sentence(Language::En), english);
        assert_eq!(standing.sentence(Language::De), german);
    }

    #[test]
    fn old_test_is_told_beside_a_conclusion() {
        let standing = |tested| standing(Conclusion::Conformant, [54, 0, 0, 0], tested);
        assert_eq!(standing("2026-11-29").silence_sentence(Language::En), None);
        assert_eq!(standing("2026-11-25").silence_sentence(Language::En).unwrap(), "Last tested 5 days ago");
        assert_eq!(standing("2026-11-25").silence_sentence(Language::De).unwrap(), "Zuletzt vor 5 Tagen getestet");
    }
}
