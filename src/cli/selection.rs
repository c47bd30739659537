//! Options that choose versions and testcases.

use super::error::CliError;
use super::input::tool;
use chrono::{DateTime, NaiveTime, Utc};
use clap::Args;
use scs_checks::definition::{Date, Definitions, Level, Section, Target};
use scs_reports::judge::{JudgeRequest, Selection};

/// The versions and testcases that count.
#[derive(Args)]
pub(super) struct SelectionOptions {
    /// Only testcases whose id matches, for example '*-syntax-check'; may be repeated
    #[arg(long, value_name = "GLOB")]
    select: Vec<String>,

    #[command(flatten)]
    kinds: KindOptions,

    /// Use this version of the scope instead of those in force; may be repeated
    #[arg(long = "scope-version", alias = "version", value_name = "VERSION")]
    versions: Vec<String>,

    /// Let the conclusion and the exit code follow the text of the standards (targets main and text), not today's suite (main)
    #[arg(long)]
    by_text: bool,

    /// The day (its last second, UTC) or RFC 3339 instant that counts as now
    #[arg(long, value_name = "DATE", value_parser = instant)]
    date: Option<DateTime<Utc>>,
}

/// The kinds of testcases that are chosen, to check or to list.
#[derive(Args)]
pub(super) struct KindOptions {
    /// Only testcases of these targets: main, text, recommended, preview
    #[arg(long = "target", value_name = "TARGET", value_delimiter = ',', value_parser = target)]
    pub targets: Vec<Target>,

    /// Only testcases that decide a clause of these levels: must, should, may
    #[arg(long = "level", value_name = "LEVEL", value_delimiter = ',', value_parser = level)]
    pub levels: Vec<Level>,

    /// Only testcases on which conformance depends
    #[arg(long)]
    pub deciding: bool,

    /// Only testcases of these sections: light, medium, heavy
    #[arg(long = "section", value_name = "SECTION", value_delimiter = ',', value_parser = section)]
    pub sections: Vec<Section>,
}

impl SelectionOptions {
    fn selection(&self, now: DateTime<Utc>) -> Selection {
        Selection {
            reference: self.date.unwrap_or(now),
            versions: self.versions.clone(),
            select: self.select.clone(),
            sections: self.kinds.sections.clone(),
            targets: self.kinds.targets.clone(),
            levels: self.kinds.levels.clone(),
            by_text: self.by_text,
            deciding: self.kinds.deciding,
        }
    }

    /// Returns the request to judge by these definitions; if no date is given, `now` counts as now.
    pub(super) fn judge<'a>(
        &self,
        definitions: &'a Definitions,
        scope: &'a str,
        now: DateTime<Utc>,
    ) -> JudgeRequest<'a> {
        let (selection, is_date_named) = (self.selection(now), self.date.is_some());
        JudgeRequest { definitions, scope, selection, is_date_named, tool: tool() }
    }
}

fn target(text: &str) -> Result<Target, CliError> {
    text.parse().map_err(|_| "targets are main, text, recommended and preview".into())
}

fn level(text: &str) -> Result<Level, CliError> {
    text.parse().map_err(|_| "levels are must, should and may".into())
}

fn section(text: &str) -> Result<Section, CliError> {
    text.parse().map_err(|_| "sections are light, medium and heavy".into())
}

fn instant(text: &str) -> Result<DateTime<Utc>, CliError> {
    if let Ok(day) = text.parse::<Date>() {
        let end = NaiveTime::from_hms_opt(23, 59, 59).unwrap_or_default();
        return Ok(day.0.and_time(end).and_utc());
    }
    DateTime::parse_from_rfc3339(text)
        .map(|instant| instant.to_utc())
        .map_err(|_| "write a day (2026-11-20) or an instant (2026-11-20T15:30:00Z)".into())
}
