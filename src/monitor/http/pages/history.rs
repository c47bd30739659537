//! The past of a subject: each night by the rules of its day, each change of a conclusion, and the reports in pages.

use super::find::{find_scope, find_subject};
use super::form::{Content, Form, plain, render, segment};
use crate::http::answer::Answer;
use crate::http::app::App;
use crate::http::cache::Page;
use crate::http::path::Path;
use crate::http::query::Query;
use crate::judge::Rules;
use crate::store::{NightRow, ReportCounts};
use crate::transitions::{Transition, transitions};
use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use chrono::TimeDelta;
use serde::Serialize;
use std::sync::Arc;

/// The time that is shown: eighteen months.
const SHOWN: TimeDelta = TimeDelta::days(548);

/// The most reports that are listed at once.
const PAGE: i64 = 500;

/// The form of times.
const TIME: &str = "%Y-%m-%d %H:%M";

#[derive(Serialize, Template)]
#[template(path = "history.html")]
struct History {
    subject: String,
    scope: String,
    scopeuuid: String,
    transitions: Vec<Transition>,
    nights: Vec<NightRow>,
    reports: Vec<ReportCounts>,
    /// The value of `skip` that lists the reports before these.
    older: Option<usize>,
    #[serde(skip)]
    base: String,
    #[serde(skip)]
    form: &'static str,
    #[serde(skip)]
    link: String,
    /// True for the page with nights and changes.
    #[serde(skip)]
    is_first: bool,
}

/// Shows the history of a subject.
pub async fn page(
    State(app): State<Arc<App>>,
    Path((view, subject, scope)): Path<(String, String, String)>,
    query: Query,
    headers: HeaderMap,
) -> Result<Response, Answer> {
    let form = Form::parse(&view)?;
    let (rules, generation, skip) = asked(&app, &subject, &scope, &query).await?;
    let base_form = if form == Form::Markdown { "page" } else { form.name() };
    let make = || async { render(&app, form, &history(&app, &subject, &rules, base_form, skip).await?) };
    if skip > 0 {
        return Ok(make().await?.response(&headers));
    }
    let key = format!("history {} {subject} {}", form.name(), rules.uuid);
    Ok(app.page(generation, key, make).await?.response(&headers))
}

/// Returns the history of a subject as JSON.
pub async fn json(
    State(app): State<Arc<App>>,
    Path((subject, scope)): Path<(String, String)>,
    query: Query,
    headers: HeaderMap,
) -> Result<Response, Answer> {
    let (rules, generation, skip) = asked(&app, &subject, &scope, &query).await?;
    let make = || async {
        let history = history(&app, &subject, &rules, "", skip).await?;
        Ok::<_, Answer>(Page::new("application/json", serde_json::to_string(&history).unwrap_or_default()))
    };
    if skip > 0 {
        return Ok(make().await?.response(&headers));
    }
    let key = format!("history json {subject} {}", rules.uuid);
    Ok(app.page(generation, key, make).await?.response(&headers))
}

/// Returns the rules, the number of the view of the standings, and the number of newer reports to leave out.
async fn asked(app: &App, subject: &str, scope: &str, query: &Query) -> Result<(Arc<Rules>, u64, usize), Answer> {
    let (rules, skip) = (find_scope(app, scope)?, query.skip()?);
    let view = app.board.view(&app.store).await?;
    find_subject(app, &view, subject).await?;
    Ok((rules, view.generation, skip))
}

async fn history(app: &App, subject: &str, rules: &Rules, form: &'static str, skip: usize) -> Result<History, Answer> {
    let (now, at) = (app.now(), i64::try_from(skip).unwrap_or(i64::MAX));
    // Nights and changes stand beside the newest reports only; older reports are a list alone, which costs little.
    let nights = match skip {
        0 => app.store.nights(subject, &rules.uuid, (now - SHOWN).date_naive()).await?,
        _ => Vec::new(),
    };
    // One more than are shown tells that there are older ones.
    let mut reports = app.store.report_counts(subject, &rules.uuid, PAGE + 1, at).await?;
    let most = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let has_older = reports.len() > most;
    reports.truncate(most);
    Ok(History {
        subject: subject.to_owned(),
        scope: rules.name.clone(),
        scopeuuid: rules.uuid.clone(),
        transitions: transitions(&nights, rules, now),
        nights,
        reports,
        older: has_older.then(|| skip.saturating_add(most)),
        base: app.settings.base.clone(),
        form,
        link: segment(subject),
        is_first: skip == 0,
    })
}

impl History {
    /// Writes changes and nights as Markdown.
    fn markdown_of_nights(&self, text: &mut String) {
        text.push_str("\n## Changes\n\n");
        for change in &self.transitions {
            text.push_str(&format!("- {}: {}\n", change.night, plain(&change.words())));
        }
        text.push_str(
            "\n## Nights\n\n| Night | Version | Conclusion | Passed | Failed | Undecided | Not tested | Late |\n",
        );
        text.push_str("|---|---|---|---|---|---|---|---|\n");
        for night in &self.nights {
            let late = self.late(night);
            let NightRow { night, version, conclusion, passed, failed, aborted, missing, .. } = night;
            let version = plain(version);
            text.push_str(&format!(
                "| {night} | {version} | {conclusion} | {passed} | {failed} | {aborted} | {missing} | {late} |\n"
            ));
        }
    }

    /// Returns the note on a night that looks otherwise because of a late report.
    fn late(&self, night: &NightRow) -> String {
        let arrived = night.changed_by_report_of;
        arrived.map(|time| format!("changed by a report that arrived {}", time.format(TIME))).unwrap_or_default()
    }
}

impl Content for History {
    fn title(&self) -> String {
        format!("History of {} – {}", self.subject, self.scope)
    }

    fn markdown(&self) -> String {
        let mut text = format!("# {}\n", plain(&self.title()));
        if self.is_first {
            self.markdown_of_nights(&mut text);
        }
        text.push_str("\n## Reports\n\n| Checked at | Arrived at | Report | Passed | Failed | Undecided |\n");
        text.push_str("|---|---|---|---|---|---|\n");
        for report in &self.reports {
            let ReportCounts { report: uuid, checked_at, arrived_at, passed, failed, aborted, .. } = report;
            let link = format!("[{uuid}]({}page/report/{uuid})", self.base);
            let (checked, arrived) = (checked_at.format(TIME), arrived_at.format(TIME));
            text.push_str(&format!("| {checked} | {arrived} | {link} | {passed} | {failed} | {aborted} |\n"));
        }
        if let Some(older) = self.older {
            let path = format!("{}markdown/history/{}/{}?skip={older}", self.base, self.link, self.scopeuuid);
            text.push_str(&format!("\n[Older reports]({path})\n"));
        }
        text
    }
}
