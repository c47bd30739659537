//! `e2e.log`: what ginkgo and the tests print.

use super::budget::lines;
use super::error::ContentError;
use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use regex::Regex;
use std::collections::BTreeSet;
use std::io::BufRead;
use std::sync::LazyLock;

/// The content of a log.
#[derive(Debug, Default)]
pub(super) struct Log {
    /// `kube-apiserver version: v1.29.0`
    pub server_versions: BTreeSet<String>,
    /// `e2e test version: v1.29.0`
    pub test_versions: BTreeSet<String>,
    /// `Will run 388 of 7407 specs`
    pub will_run: BTreeSet<(usize, usize)>,
    /// `Ran 388 of 7407 Specs in 6222.099 seconds`
    pub ran: BTreeSet<(usize, usize)>,
    /// True if ginkgo was called with `--dry-run`.
    pub dry_run: bool,
    seconds: f64,
    /// `Random Seed: 1656948025`, which is the time of the beginning unless somebody chose it.
    seed: Option<i64>,
    /// Month, day and time of the first line that has them.
    first: Option<(u32, u32, String)>,
}

static VERSION: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(kube-apiserver|e2e test) version: "?(v?\d+\.\d+\.\d+[0-9A-Za-z.+_-]*)"#).ok());
static COUNT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^(Will run|Ran) (\d{1,9}) of (\d{1,9}) [Ss]pecs(?: in (\d+(?:\.\d+)?) seconds)?").ok()
});
static SEED: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^Random Seed: (\d{1,12})\b").ok());
static STAMP: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^[IWEF](\d{2})(\d{2}) (\d{2}:\d{2}:\d{2})[. ]").ok());
static DRY: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?i)dry[-_]?run(=\S+)?").ok());
static COLOR: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new("\u{1b}\\[[0-9;]*m").ok());

/// The most by which the first line may differ from the beginning: a day, whatever the time zone of the log is.
const APART: TimeDelta = TimeDelta::hours(25);

impl Log {
    /// Reads a log.
    ///
    /// # Errors
    /// It breaks off.
    pub fn read(text: impl BufRead) -> Result<Self, ContentError> {
        let mut log = Self::default();
        lines(text, |line| log.line(line)).map_err(ContentError::Unreadable)?;
        Ok(log)
    }

    fn line(&mut self, line: &str) {
        let plain = match &*COLOR {
            Some(color) if line.contains('\u{1b}') => color.replace_all(line, ""),
            _ => line.into(),
        };
        let line = plain.trim_start();
        let found = |regex: &'static LazyLock<Option<Regex>>| regex.as_ref().and_then(|regex| regex.captures(line));
        if self.first.is_none()
            && let Some(found) = found(&STAMP)
        {
            let number = |index: usize| found[index].parse().unwrap_or_default();
            self.first = Some((number(1), number(2), found[3].to_owned()));
        }
        if line.contains(" version: ")
            && let Some(found) = found(&VERSION)
        {
            let versions = if &found[1] == "e2e test" { &mut self.test_versions } else { &mut self.server_versions };
            versions.insert(found[2].to_owned());
        } else if let Some(found) = found(&COUNT) {
            let number = |index: usize| found[index].parse().unwrap_or_default();
            let counts = if &found[1] == "Ran" { &mut self.ran } else { &mut self.will_run };
            counts.insert((number(2), number(3)));
            self.seconds = found.get(4).and_then(|text| text.as_str().parse().ok()).unwrap_or(self.seconds);
        } else if let Some(found) = found(&SEED) {
            self.seed = found[1].parse().ok();
        } else if line.starts_with("Args (comma-delimited)") {
            self.dry_run |= is_dry(line);
        }
    }

    /// Returns when the run ended: the seed tells the year, if the first line has the same day.
    pub fn finished_at(&self) -> Option<DateTime<Utc>> {
        let began = DateTime::from_timestamp(self.seed?, 0)?;
        let (month, day, time) = self.first.as_ref()?;
        let is_first = |year: i32| {
            let day = NaiveDate::from_ymd_opt(year, *month, *day)?;
            let first = NaiveDateTime::new(day, time.parse().ok()?).and_utc();
            (first.signed_duration_since(began).abs() <= APART).then_some(())
        };
        let year = began.year();
        [year.checked_sub(1)?, year, year.checked_add(1)?].into_iter().find_map(is_first)?;
        super::junit::after(began, self.seconds)
    }
}

/// Returns true if arguments of ginkgo have it only list the tests.
pub(super) fn is_dry(arguments: &str) -> bool {
    let Some(dry) = &*DRY else { return true };
    dry.captures_iter(arguments).any(|found| !found.get(1).is_some_and(|value| value.as_str().starts_with("=false")))
}
