//! The report in Markdown, for merge requests and issues of GitLab and GitHub.
//!
//! It tells what is wrong and leaves the rest to the other formats: descriptions of merge
//! requests have a limited length, and their readers have limited time.

mod escape;
#[cfg(test)]
mod tests;

use crate::cleanup::{Cleanup, LEFT, why};
use crate::conclusion::{Summary, Tone};
use crate::evidence::{by_weight, how_many, value};
use crate::marks::{marks, of_testcase};
use crate::report::{MarkKind, Report, TestcaseResult};
use crate::text::{capital, count, thousands};
use crate::wording::{alike, because, decides, not_tested, noun, ran_by};
use escape::{code, link, prose, text};
use indexmap::IndexMap;
use scs_checks::verdict::{Finding, ReasonCode, Resource, Severity, Verdict};

/// The number of findings of a testcase that are shown.
const MOST: usize = 20;
/// The number of testcases with the same reason that are named.
const NAMED: usize = 40;

/// Renders the report in Markdown.
pub(crate) fn render(report: &Report) -> String {
    let mut page = Page { report, text: String::new() };
    page.header();
    page.versions();
    page.violations();
    page.open(Verdict::Abort, "Could not be decided");
    page.open(Verdict::Miss, "Not run");
    page.warnings();
    page.footer();
    page.text
}

struct Page<'a> {
    report: &'a Report,
    text: String,
}

impl<'a> Page<'a> {
    /// Adds a block, with an empty line behind it.
    fn block(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push_str("\n\n");
    }

    fn header(&mut self) {
        let report = self.report;
        self.block(&format!("## {}: {}", text(&report.scope.name), code(&report.subject.name)));
        let details: Vec<String> =
            report.subject.details.iter().map(|(name, value)| format!("{} {}", text(name), code(value))).collect();
        self.block(&format!(
            "Tested {} {}: {}.",
            noun(report.subject.kind),
            code(&report.subject.name),
            details.join(", ")
        ));
        if let Some((what, reason)) = not_tested(report) {
            let why = reason.map(|reason| format!(" {} ({})", text(&reason.message), code(&reason.code.to_string())));
            let why = why.unwrap_or_default();
            self.block(&format!("> ⛔ **Not tested:** {what}.{why} Nothing is known about its conformance."));
        }
        if let Some(reason) = &report.interrupted {
            self.block(&format!("> ⚠️ **Interrupted:** {}", text(&reason.message)));
        }
        // What is left behind has a block of its own.
        for mark in marks(report).into_iter().filter(|mark| mark.kind != MarkKind::LeftBehind) {
            self.block(&format!("> ⚠️ **{}:** {}", mark.word, text(&mark.sentence)));
        }
        self.residue();
        for (name, version) in report.versions.iter().filter(|(_, version)| version.decides) {
            for (index, summary) in Summary::all(report, name, version).into_iter().enumerate() {
                let sentence = text(&format!("{}: {}", capital(&summary.marked()), summary.counts));
                let sentence = if index == 0 { format!("**{sentence}**") } else { sentence };
                self.block(&format!("{} {sentence}", icon(summary.tone)));
            }
        }
        if !report.versions.values().any(|version| version.decides) {
            self.block("❔ **Undecided: no version that decides was looked at**");
        }
    }

    /// Writes what the run has left in the subject, with the command that removes it.
    fn residue(&mut self) {
        let Some(made) = Cleanup::of(self.report).filter(|made| !made.left.is_empty()) else { return };
        self.block(&format!("> 🧹 **{LEFT}:** {} (run {}).", made.sentence(), code(made.run)));
        let mut table = "| Kind | Name | Id | Why it is still there |\n|---|---|---|---|\n".to_owned();
        for resource in made.left.iter().take(MOST) {
            let id = resource.id.as_deref().map(code).unwrap_or_default();
            let cells = [text(&resource.kind), code(&resource.name), id, text(why(resource))];
            table.push_str(&format!("| {} |\n", cells.join(" | ")));
        }
        self.block(table.trim_end());
        if made.left.len() > MOST {
            self.block(&format!("… and {} more.", thousands(made.left.len() - MOST)));
        }
        if let Some(command) = made.command {
            self.block(&format!("Remove with {}", code(command)));
        }
    }

    /// Adds a row for each version and target.
    fn versions(&mut self) {
        let mut rows = String::new();
        for (name, version) in &self.report.versions {
            let state = if version.decides { "decides" } else { "does not decide" };
            let name = format!("{} ({}, {state})", text(name), version.validity);
            for (target, result) in version.targets.iter().filter(|(_, result)| result.tally.total() > 0) {
                let tally = result.tally;
                let verdict = result.verdict.map_or("none".to_owned(), |verdict| self.verdict(verdict));
                let numbers = [tally.passed, tally.failed, tally.aborted, tally.missing].map(thousands).join(" | ");
                rows.push_str(&format!("| {name} | {target} | {verdict} | {numbers} |\n"));
            }
        }
        if !rows.is_empty() {
            let head =
                "| Version | Target | Verdict | Passed | Failed | Aborted | Missing |\n|---|---|---|--:|--:|--:|--:|\n";
            self.block(&format!("{head}{}", rows.trim_end()));
        }
    }

    /// Returns the verdict with its icon. Nothing is green if the subject could not be tested.
    fn verdict(&self, verdict: Verdict) -> String {
        let icon = match verdict {
            Verdict::Pass if not_tested(self.report).is_some() => "",
            Verdict::Pass => "✅ ",
            Verdict::Fail => "❌ ",
            Verdict::Abort => "⚠️ ",
            Verdict::Miss => "⏭️ ",
        };
        format!("{icon}{verdict}")
    }

    fn violations(&mut self) {
        let report = self.report;
        let failed = report.testcases.iter().filter(|(_, result)| result.verdict == Verdict::Fail);
        let (deciding, others): (Vec<_>, Vec<_>) = failed.partition(|(id, _)| decides(report, id));
        for (title, cases) in [("Violations", deciding), ("Violations that do not decide", others)] {
            if !cases.is_empty() {
                self.block(&format!("### {title} ({})", thousands(cases.len())));
            }
            for (id, result) in cases {
                self.violation(id, result);
            }
        }
    }

    fn violation(&mut self, id: &str, result: &TestcaseResult) {
        self.block(&format!("#### ❌ {}{}", code(id), self.ties(id, result)));
        self.block(&prose(&result.description));
        self.findings(&result.findings);
        let mut notes = String::new();
        for (clause, all) in alike(&result.clauses) {
            let places = all.iter().map(|clause| link(&format!("{} {}", clause.standard, clause.id), &clause.url));
            let places = places.collect::<Vec<_>>().join(", ");
            notes.push_str(&format!(
                "- **{}** {} ({places})\n",
                clause.level.to_string().to_uppercase(),
                prose(&clause.text)
            ));
        }
        if !result.remedy.is_empty() {
            notes.push_str(&format!("- **Remedy:** {}\n", prose(&result.remedy)));
        }
        if !result.url.is_empty() {
            notes.push_str(&format!("- {}\n", link("Test description", &result.url)));
        }
        if !notes.is_empty() {
            self.block(notes.trim_end());
        }
    }

    /// Adds a table of the findings, the heaviest first, with the columns that have something to show.
    fn findings(&mut self, findings: &[Finding]) {
        let shown: Vec<&Finding> = by_weight(findings).into_iter().take(MOST).collect();
        if shown.is_empty() {
            return;
        }
        let all: [Column; 5] = [
            ("Resource", |finding| finding.resource.as_ref().map(about)),
            ("Property", |finding| finding.property.as_deref().map(code)),
            ("Expected", |finding| finding.expected.as_deref().map(|expected| text(&value(expected)))),
            ("Observed", |finding| finding.observed.as_deref().map(|observed| code(&value(observed)))),
            ("Finding", |finding| Some(message(finding))),
        ];
        let filled = |column: &Column| shown.iter().any(|finding| column.1(finding).is_some());
        let columns: Vec<Column> = all.into_iter().filter(filled).collect();
        let titles: Vec<&str> = columns.iter().map(|(title, _)| *title).collect();
        let mut table = format!("| {} |\n|{}\n", titles.join(" | "), "---|".repeat(columns.len()));
        for finding in shown {
            let cells: Vec<String> = columns.iter().map(|(_, cell)| cell(finding).unwrap_or_default()).collect();
            table.push_str(&format!("| {} |\n", cells.join(" | ")));
        }
        self.block(table.trim_end());
        if findings.len() > MOST {
            self.block(&format!("… and {} more.", thousands(findings.len() - MOST)));
        }
    }

    /// Adds the testcases without a verdict, by reason.
    fn open(&mut self, verdict: Verdict, title: &str) {
        let report = self.report;
        let mut by_reason: IndexMap<Option<(ReasonCode, &str)>, Vec<&str>> = IndexMap::new();
        for (id, result) in report.testcases.iter().filter(|(_, result)| result.verdict == verdict) {
            let reason = result.reason.as_ref().map(|reason| (reason.code, reason.message.as_str()));
            by_reason.entry(reason).or_default().push(id);
        }
        let number: usize = by_reason.values().map(Vec::len).sum();
        if number == 0 {
            return;
        }
        self.block(&format!("### {title} ({})", thousands(number)));
        let lines = by_reason.into_iter().map(|(reason, ids)| self.reason(verdict, reason, &ids));
        let lines: Vec<String> = lines.collect();
        self.block(&lines.join("\n"));
    }

    fn reason(&self, verdict: Verdict, reason: Option<(ReasonCode, &str)>, ids: &[&str]) -> String {
        let icon = self.verdict(verdict);
        let Some((code_of, message)) = reason else {
            return format!("- {icon}: for an unknown reason. {}", names(ids));
        };
        let why = because(code_of, ids.len() == 1, self.report.subject.kind);
        // What the head of the page says is not repeated.
        let known = self.report.subject.reason.as_ref().is_some_and(|reason| reason.message == message);
        let message = if known { String::new() } else { format!(" {}", text(&capital(message))) };
        format!("- {icon}: {why}.{message} {}", names(ids))
    }

    /// Returns the marks of a testcase, in brackets.
    fn ties(&self, id: &str, result: &TestcaseResult) -> String {
        of_testcase(self.report, id, result).into_iter().map(|mark| format!(" ({mark})")).collect()
    }

    /// Writes what passed with remarks, such as a test that failed and is excused.
    fn warnings(&mut self) {
        let report = self.report;
        let is_warning = |finding: &&Finding| finding.severity == Severity::Warning;
        let warned = |id: &str, result: &TestcaseResult| {
            let remarkable = how_many(&result.findings, Severity::Warning) > 0 || !self.ties(id, result).is_empty();
            result.verdict == Verdict::Pass && remarkable
        };
        let cases: Vec<_> = report.testcases.iter().filter(|(id, result)| warned(id, result)).collect();
        if cases.is_empty() {
            return;
        }
        self.block(&format!("### Passed, with remarks ({})", thousands(cases.len())));
        for (id, result) in cases {
            let found: Vec<&Finding> = result.findings.iter().filter(is_warning).collect();
            let mut list = format!("{} {}{}\n\n", self.verdict(result.verdict), code(id), self.ties(id, result));
            for finding in found.iter().take(MOST) {
                let about =
                    finding.resource.as_ref().map(|resource| format!("{}: ", about(resource))).unwrap_or_default();
                list.push_str(&format!("- {about}{}\n", text(&finding.message)));
            }
            if found.len() > MOST {
                list.push_str(&format!("- … and {} more\n", thousands(found.len() - MOST)));
            }
            self.block(list.trim_end());
        }
    }

    fn footer(&mut self) {
        let report = self.report;
        let warned = report.testcases.values().map(|result| how_many(&result.findings, Severity::Warning)).sum();
        let passed = report.testcases.values().filter(|result| result.verdict == Verdict::Pass).count();
        let vacuous = report.testcases.values().filter(|result| result.vacuous).count();
        let mut line = format!("{} passed", count(passed, "testcase"));
        if vacuous > 0 {
            line.push_str(&format!(", {} of them with nothing to examine", thousands(vacuous)));
        }
        if warned > 0 {
            line.push_str(&format!("; {}", count(warned, "warning")));
        }
        if let Some(made) = Cleanup::of(report).filter(|made| made.left.is_empty()) {
            line.push_str(&format!("; the run {} (run {})", made.sentence(), code(made.run)));
        }
        self.block(&format!("{line}."));
        let tool = &report.tool;
        let commit = tool.commit.as_ref().map(|commit| format!(" (commit {})", code(commit))).unwrap_or_default();
        let definitions: String = report.definitions.digest.chars().take(12).collect();
        let publisher = report.definitions.publisher.as_ref();
        let publisher = publisher
            .map(|publisher| format!(" of {} by {}", publisher.date, text(&publisher.name)))
            .unwrap_or_default();
        let times = [report.started_at, report.reference].map(|time| time.format("%Y-%m-%d %H:%M UTC").to_string());
        let by = ran_by(&report.run_by).map(|name| format!(" by {}", text(&name))).unwrap_or_default();
        let until = report.expires_at.map(|time| time.format(", valid until %Y-%m-%d %H:%M UTC").to_string());
        let until = until.unwrap_or_default();
        self.text.push_str(&format!(
            "<sub>Checked {}{by} with {} {}{commit}, definitions {}{publisher}, judged as of {}{until}. Run {}.</sub>\n",
            times[0],
            text(&tool.name),
            text(&tool.version),
            code(&definitions),
            times[1],
            code(&report.id),
        ));
    }
}

/// The title of a column and what it shows of a finding.
type Column = (&'static str, fn(&Finding) -> Option<String>);

fn about(resource: &Resource) -> String {
    let kind = resource.kind.to_string().replace('-', " ");
    let id = if resource.id == resource.name { "" } else { &resource.id };
    let named = [resource.name.as_str(), id].into_iter().filter(|text| !text.is_empty());
    named.fold(kind, |name, text| format!("{name} {}", code(text)))
}

fn message(finding: &Finding) -> String {
    match finding.severity {
        Severity::Violation => text(&finding.message),
        lighter => format!("_{lighter}:_ {}", text(&finding.message)),
    }
}

fn names(ids: &[&str]) -> String {
    let named: Vec<String> = ids.iter().take(NAMED).map(|id| code(id)).collect();
    let more = ids.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" … and {} more", thousands(more)) } else { String::new() };
    format!("{}{more}", named.join(", "))
}

fn icon(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "✅",
        Tone::InPart => "☑️",
        Tone::Void | Tone::Undecided => "❔",
        Tone::Bad => "❌",
    }
}
