//! Options that choose versions and testcases.

use chrono::{DateTime, NaiveTime, Utc};
use clap::Args;
use scs_checks::definition::{Date, Section};
use scs_checks::facts::{LocalClock, Now};
use scs_reports::judge::Selection;

/// Which versions and testcases.
#[derive(Args)]
pub(super) struct SelectionOptions {
    /// Take this version of the scope instead of those in force; may be repeated
    #[arg(long = "version", value_name = "VERSION")]
    versions: Vec<String>,

    /// Take only testcases whose id matches, for example 'scs-0102-*'; may be repeated
    #[arg(long, value_name = "GLOB")]
    select: Vec<String>,

    /// Take only testcases of these sections: light, medium, heavy
    #[arg(long = "section", value_name = "SECTION", value_delimiter = ',', value_parser = section)]
    sections: Vec<Section>,

    /// The day (its last second, UTC) or RFC 3339 instant that counts as now
    #[arg(long, value_name = "DATE", value_parser = instant)]
    date: Option<DateTime<Utc>>,
}

impl SelectionOptions {
    /// The selection; where no date is given, `now` counts as now.
    pub(super) fn selection(&self, now: DateTime<Utc>) -> Selection {
        Selection {
            reference: self.date.unwrap_or(now),
            versions: self.versions.clone(),
            select: self.select.clone(),
            sections: self.sections.clone(),
        }
    }

    /// Returns the instant that counts as now: the one that the user has named, or else this one, by the local clock.
    pub(super) fn now(&self, instant: DateTime<Utc>, clock: LocalClock) -> Now {
        self.date.map_or(Now::from_clock(instant, clock), Now::named)
    }

    /// True if it asks for other versions or another day than those of the recording.
    pub(super) fn is_forecast(&self) -> bool {
        self.date.is_some() || !self.versions.is_empty()
    }
}

fn section(text: &str) -> Result<Section, String> {
    text.parse().map_err(|_| "sections are light, medium and heavy".into())
}

fn instant(text: &str) -> Result<DateTime<Utc>, String> {
    if let Ok(day) = text.parse::<Date>() {
        let end = NaiveTime::from_hms_opt(23, 59, 59).unwrap_or_default();
        return Ok(day.0.and_time(end).and_utc());
    }
    DateTime::parse_from_rfc3339(text)
        .map(|instant| instant.to_utc())
        .map_err(|_| "write a day (2026-11-20) or an instant (2026-11-20T15:30:00Z)".into())
}
