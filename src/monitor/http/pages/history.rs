//! The past of a subject: each night by the rules of its day, each change of a conclusion, and the newest reports.

use super::detail::find_scope;
use super::form::{Content, Form, plain, render};
use crate::http::answer::Answer;
use crate::http::app::App;
use crate::http::cache::Page;
use crate::judge::Rules;
use crate::store::{NightRow, ReportCounts};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use chrono::TimeDelta;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The time that is shown: eighteen months.
const SHOWN: TimeDelta = TimeDelta::days(548);

/// The most reports that are listed.
const MOST: i64 = 500;

/// A change of the conclusion on a version from one night to the next.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Transition {
    night: String,
    version: String,
    from: String,
    to: String,
    /// True if the rules changed at the same time.
    new_rules: bool,
}

#[derive(Serialize, Template)]
#[template(path = "history.html")]
struct History {
    subject: String,
    scope: String,
    scopeuuid: String,
    transitions: Vec<Transition>,
    nights: Vec<NightRow>,
    reports: Vec<ReportCounts>,
    #[serde(skip)]
    base: String,
}

/// Shows the history of a subject.
pub async fn page(
    State(app): State<Arc<App>>,
    Path((view, subject, scope)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Result<Response, Answer> {
    let form = Form::parse(&view)?;
    let rules = find_scope(&app, &scope)?;
    let view = known(&app, &subject).await?;
    let make = || async { render(&app, form, &history(&app, &subject, &rules).await?) };
    let key = format!("history {} {subject} {}", form.name(), rules.uuid);
    Ok(app.pages.page(app.state(view).await, key, make).await?.response(&headers))
}

/// Returns the history of a subject as JSON.
pub async fn json(
    State(app): State<Arc<App>>,
    Path((subject, scope)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Answer> {
    let rules = find_scope(&app, &scope)?;
    let view = known(&app, &subject).await?;
    let make = || async {
        let history = history(&app, &subject, &rules).await?;
        Ok::<_, Answer>(Page::new("application/json", serde_json::to_string(&history).unwrap_or_default()))
    };
    let key = format!("history json {subject} {}", rules.uuid);
    Ok(app.pages.page(app.state(view).await, key, make).await?.response(&headers))
}

/// Returns the number of the view of the standings, if the subject is known there.
async fn known(app: &App, subject: &str) -> Result<u64, Answer> {
    let view = app.board.view(&app.store).await?;
    if view.knows(subject) || app.accounts().await?.get(subject).is_some() {
        return Ok(view.generation);
    }
    Err(Answer::not_found("subject: nothing is known of it; /subjects lists all"))
}

async fn history(app: &App, subject: &str, rules: &Rules) -> Result<History, Answer> {
    let since = (app.now() - SHOWN).date_naive();
    let nights = app.store.nights(subject, &rules.uuid, since).await?;
    Ok(History {
        subject: subject.to_owned(),
        scope: rules.name.clone(),
        scopeuuid: rules.uuid.clone(),
        transitions: transitions(&nights),
        nights,
        reports: app.store.report_counts(subject, &rules.uuid, MOST).await?,
        base: app.settings.base.clone(),
    })
}

/// Returns the changes of conclusions, the newest first. The nights come the newest first, too.
fn transitions(nights: &[NightRow]) -> Vec<Transition> {
    let mut last: BTreeMap<&str, &NightRow> = BTreeMap::new();
    let mut found = Vec::new();
    for night in nights.iter().rev() {
        if let Some(before) = last.insert(&night.version, night)
            && before.conclusion != night.conclusion
        {
            found.push(Transition {
                night: night.night.clone(),
                version: night.version.clone(),
                from: before.conclusion.clone(),
                to: night.conclusion.clone(),
                new_rules: before.rules != night.rules,
            });
        }
    }
    found.reverse();
    found
}

impl Content for History {
    fn title(&self) -> String {
        format!("History of {} – {}", self.subject, self.scope)
    }

    fn markdown(&self) -> String {
        let mut text = format!("# {}\n\n## Changes\n\n", plain(&self.title()));
        for Transition { night, version, from, to, new_rules } in &self.transitions {
            let rules = if *new_rules { ", with new rules" } else { "" };
            text.push_str(&format!("- {night}: {} from {from} to {to}{rules}\n", plain(version)));
        }
        text.push_str("\n## Nights\n\n| Night | Version | Conclusion | Passed | Failed | Undecided | Not tested |\n");
        text.push_str("|---|---|---|---|---|---|---|\n");
        for night in &self.nights {
            let NightRow { night, version, conclusion, passed, failed, aborted, missing, .. } = night;
            let version = plain(version);
            text.push_str(&format!(
                "| {night} | {version} | {conclusion} | {passed} | {failed} | {aborted} | {missing} |\n"
            ));
        }
        text.push_str("\n## Reports\n\n| Checked at | Report | Passed | Failed | Undecided |\n|---|---|---|---|---|\n");
        for report in &self.reports {
            let ReportCounts { report: uuid, checked_at, passed, failed, aborted, .. } = report;
            let link = format!("[{uuid}]({}page/report/{uuid})", self.base);
            let time = checked_at.format("%Y-%m-%d %H:%M");
            text.push_str(&format!("| {time} | {link} | {passed} | {failed} | {aborted} |\n"));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn night(night: &str, version: &str, conclusion: &str, rules: &str) -> NightRow {
        let [night, version, conclusion, rules] = [night, version, conclusion, rules].map(str::to_owned);
        NightRow { night, version, conclusion, passed: 0, failed: 0, aborted: 0, missing: 0, rules }
    }

    #[test]
    fn a_change_that_comes_with_new_rules_says_so() {
        let nights = [
            night("2026-11-04", "v1", "violation", "b"),
            night("2026-11-03", "v1", "conformant", "a"),
            night("2026-11-02", "v2", "conformant", "a"),
            night("2026-11-02", "v1", "violation", "a"),
            night("2026-11-01", "v1", "violation", "a"),
        ];
        let found: Vec<(String, bool)> = transitions(&nights)
            .into_iter()
            .map(|change| (format!("{} {}", change.night, change.to), change.new_rules))
            .collect();
        assert_eq!(found, [("2026-11-04 violation".to_owned(), true), ("2026-11-03 conformant".to_owned(), false)]);
    }
}
