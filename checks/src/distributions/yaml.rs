//! The file with releases of distributions, as this program writes it: one release a line, for people who compare two versions.

use super::{Distribution, Distributions, NextRelease, Release, Rhythm};
use std::fmt::Write;

const HEAD: &str = "\
# yaml-language-server: $schema=../../docs/schemas/distributions.json
# Releases of distributions, made of debian.csv and ubuntu.csv of Debian's package distro-info-data by
# `scs-conformance data update --distributions`. On the day after `trusted_until` a release may count that is not listed.
";

impl Distributions {
    /// Returns the text of the file.
    pub fn to_yaml(&self) -> String {
        let mut text = format!("{HEAD}source: {}\nas_of: {}\ndistributions:\n", quoted(&self.source), self.as_of);
        for (name, distribution) in &self.distributions {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "  {name}:");
            distribution.write(&mut text);
        }
        text
    }
}

impl Distribution {
    fn write(&self, text: &mut String) {
        if let Some(Rhythm { why, next }) = &self.rhythm {
            let next = match next {
                NextRelease::AfterMonths(months) => format!("{{after-months: {months}}}"),
                NextRelease::LtsAfterYears { years, month, day } => {
                    format!("{{lts-after-years: {{years: {years}, month: {month}, day: {day}}}}}")
                }
            };
            let _ = writeln!(text, "    rhythm:\n      why: {}\n      next: {next}", quoted(why));
        }
        let _ = writeln!(text, "    trusted_until: {}\n    releases:", self.trusted_until);
        self.releases.iter().for_each(|release| release.write(text));
    }
}

impl Release {
    fn write(&self, text: &mut String) {
        let Self { version, series, lts, released, eol, eol_lts, eol_esm } = self;
        let lts = if *lts { ", lts: true" } else { "" };
        let _ = write!(text, "      - {{version: '{version}', series: {series}{lts}");
        let days = [("released", released), ("eol", eol), ("eol_lts", eol_lts), ("eol_esm", eol_esm)];
        for (name, day) in days.into_iter().filter_map(|(name, day)| Some((name, (*day)?))) {
            let _ = write!(text, ", {name}: {day}");
        }
        text.push_str("}\n");
    }
}

/// Returns a text in double quotes: what is quoted for JSON is quoted for YAML as well.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
