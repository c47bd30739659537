//! The languages of pages and messages, and how dates are written in them.

use chrono::{Datelike, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{Display, VariantArray};

/// A language of pages and messages.
#[derive(Clone, Copy, Debug, Default, Deserialize, Display, Eq, JsonSchema, PartialEq, Serialize, VariantArray)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// German.
    De,
}

const ENGLISH: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const GERMAN: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];

impl Language {
    /// Returns the first language of an `Accept-Language` header that is known, by weight; English if there is none.
    pub fn accepted(header: &str) -> Self {
        let mut wishes: Vec<(f32, Self)> = header.split(',').filter_map(wish).collect();
        // The sort is stable, so of equal weights the first one counts.
        wishes.sort_by(|one, other| other.0.total_cmp(&one.0));
        wishes.first().map_or(Self::En, |(_, language)| *language)
    }

    /// Returns the name in paths and in HTML.
    pub fn code(self) -> &'static str {
        self.text("en", "de")
    }

    /// Returns the text of this language.
    pub fn text<'t>(self, english: &'t str, german: &'t str) -> &'t str {
        match self {
            Self::En => english,
            Self::De => german,
        }
    }

    /// Returns the other language.
    pub fn other(self) -> Self {
        match self {
            Self::En => Self::De,
            Self::De => Self::En,
        }
    }

    /// Writes a date, as "12 March 2026".
    pub fn date(self, day: NaiveDate) -> String {
        let month = |names: [&'static str; 12]| names.get(day.month0() as usize).copied().unwrap_or_default();
        match self {
            Self::En => format!("{} {} {}", day.day(), month(ENGLISH), day.year()),
            Self::De => format!("{}. {} {}", day.day(), month(GERMAN), day.year()),
        }
    }

    /// Writes a number of days, as "9 days".
    pub fn days(self, days: i64) -> String {
        match (self, days) {
            (Self::En, 1) => "1 day".to_owned(),
            (Self::En, _) => format!("{days} days"),
            (Self::De, 1) => "1 Tag".to_owned(),
            (Self::De, _) => format!("{days} Tagen"),
        }
    }

    /// Writes a number of days that stands alone, as "9 days" and "9 Tage".
    pub fn number_of_days(self, days: i64) -> String {
        match (self, days) {
            (Self::De, 2.. | 0 | ..0) => format!("{days} Tage"),
            _ => self.days(days),
        }
    }
}

/// Reads one wish, as `de-DE;q=0.8`; none if it is of no known language, or unwanted.
fn wish(text: &str) -> Option<(f32, Language)> {
    let (tag, parameters) = text.split_once(';').unwrap_or((text, ""));
    let weight = match parameters.trim().strip_prefix("q=") {
        Some(weight) => weight.trim().parse().ok().filter(|weight| *weight > 0.0)?,
        None => 1.0,
    };
    let language = match tag.trim().split('-').next()?.to_ascii_lowercase().as_str() {
        "de" => Language::De,
        "en" => Language::En,
        _ => return None,
    };
    Some((weight, language))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("", Language::En)]
    #[case("de", Language::De)]
    #[case("de-AT,de;q=0.9,en;q=0.5", Language::De)]
    #[case("en-US,en;q=0.9,de;q=0.8", Language::En)]
    #[case("en;q=0.3, DE;q=0.8", Language::De)]
    #[case("fr,de;q=0.1", Language::De)]
    #[case("de;q=0", Language::En)]
    #[case("de;q=x,en", Language::En)]
    #[case("*", Language::En)]
    fn language_of_a_browser_is_known(#[case] header: &str, #[case] expected: Language) {
        assert_eq!(Language::accepted(header), expected);
    }

    #[test]
    fn numbers_of_days_are_declined() {
        let shown = [0, 1, 9].map(|days| Language::De.number_of_days(days));
        assert_eq!(shown, ["0 Tage", "1 Tag", "9 Tage"]);
        assert_eq!((Language::En.number_of_days(1), Language::De.days(9)), ("1 day".to_owned(), "9 Tagen".to_owned()));
    }

    #[test]
    fn dates_are_written_out() {
        let day = NaiveDate::from_ymd_opt(2026, 3, 12).unwrap();
        assert_eq!((Language::En.date(day), Language::De.date(day)), ("12 March 2026".into(), "12. März 2026".into()));
    }
}
