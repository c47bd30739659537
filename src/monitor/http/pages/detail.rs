//! `/{view}/detail/{subject}/{scope}`: every testcase of a subject, or of each subject of a group.

use super::find::{find_scope, find_subjects};
use super::form::{Content, Form, plain, render, safe_url, segment};
use crate::http::answer::Answer;
use crate::http::app::App;
use crate::http::path::Path;
use crate::http::words::{Badge, MARKS, difference, result, sentence};
use crate::judge::{Evaluation, Latest, Rules, evaluate, judge};
use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use chrono::{DateTime, Utc};
use std::sync::Arc;

#[derive(Template)]
#[template(path = "detail.html")]
struct Detail<'a> {
    base: &'a str,
    form: &'static str,
    name: String,
    scope: String,
    scope_uuid: String,
    subjects: Vec<Subject>,
    marks: &'static str,
}

struct Subject {
    name: String,
    link: String,
    badge: Badge,
    words: String,
    difference: Option<String>,
    versions: Vec<String>,
    rows: Vec<Row>,
}

struct Row {
    id: String,
    url: String,
    sign: &'static str,
    word: &'static str,
    date: String,
    report: String,
    /// `X` in the column of each version whose target `main` has it.
    demanded: Vec<&'static str>,
    description: String,
    last_pass: String,
}

/// Shows a subject or a group.
pub async fn detail(
    State(app): State<Arc<App>>,
    Path((view, subject, scope)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Result<Response, Answer> {
    show(&app, &view, &subject, &scope, false, &headers).await
}

/// Shows a subject or a group, with drafts.
pub async fn detail_full(
    State(app): State<Arc<App>>,
    Path((view, subject, scope)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Result<Response, Answer> {
    show(&app, &view, &subject, &scope, true, &headers).await
}

async fn show(
    app: &App,
    form: &str,
    name: &str,
    scope: &str,
    drafts: bool,
    headers: &HeaderMap,
) -> Result<Response, Answer> {
    let form = Form::parse(form)?;
    let rules = find_scope(app, scope)?;
    let view = app.board.view(&app.store).await?;
    let subjects = find_subjects(app, &view, name).await?;
    let make = || async {
        let nothing = Latest::default();
        let subjects = subjects.iter().map(|subject| {
            let latest = view.latest(subject, &rules.uuid);
            subject_of(subject, &rules, latest.unwrap_or(&nothing), latest.is_some(), app.now(), drafts)
        });
        let detail = Detail {
            base: &app.settings.base,
            form: if form == Form::Markdown { "page" } else { form.name() },
            name: name.strip_prefix("group-").unwrap_or(name).to_owned(),
            scope: rules.name.clone(),
            scope_uuid: rules.uuid.clone(),
            subjects: subjects.collect(),
            marks: MARKS,
        };
        render(app, form, &detail)
    };
    let key = format!("detail {} {drafts} {name} {}", form.name(), rules.uuid);
    Ok(app.page(view.generation, key, make).await?.response(headers))
}

fn subject_of(
    name: &str,
    rules: &Rules,
    latest: &Latest,
    has_results: bool,
    now: DateTime<Utc>,
    drafts: bool,
) -> Subject {
    let evaluation = evaluate(rules, latest, now, drafts);
    let judged = judge(rules, latest, now);
    let mut rows: Vec<(u8, Row)> = evaluation.testcases.keys().map(|id| row(id, &evaluation, latest)).collect();
    // The testcases are sorted by their weight and id already.
    rows.sort_by_key(|(order, _)| *order);
    Subject {
        name: name.to_owned(),
        link: segment(name),
        badge: if has_results { Badge::new(&evaluation) } else { Badge::nothing() },
        words: if has_results { sentence(&judged) } else { "no result".to_owned() },
        difference: difference(&evaluation, &judged).filter(|_| has_results),
        versions: evaluation.relevant.clone(),
        rows: rows.into_iter().map(|(_, row)| row).collect(),
    }
}

/// Returns a row with its place in the order FAIL, MISSING, DNF, PASS.
fn row(id: &str, evaluation: &Evaluation, latest: &Latest) -> (u8, Row) {
    let counted = evaluation.results.get(id);
    let number = counted.map(|result| result.result);
    let order = match number {
        Some(1) => 3,
        Some(0) => 2,
        None => 1,
        Some(_) => 0,
    };
    let testcase = evaluation.testcases.get(id);
    let (sign, word) = result(number, testcase.map_or(0, |testcase| testcase.attn));
    let is_main = |version: &String| {
        let version = evaluation.versions.get(version);
        version.and_then(|version| version.tc_target.get(id)).is_some_and(|target| target == "main")
    };
    let last_pass = latest.0.get(id).filter(|_| number != Some(1)).and_then(|result| result.passed_at);
    let row = Row {
        id: id.to_owned(),
        url: testcase.map(|testcase| safe_url(&testcase.url).to_owned()).unwrap_or_default(),
        sign,
        word,
        date: counted.map(|result| result.checked_at.format("%Y-%m-%d").to_string()).unwrap_or_default(),
        report: counted.map(|result| result.report.clone()).unwrap_or_default(),
        demanded: evaluation.relevant.iter().map(|version| if is_main(version) { "X" } else { "" }).collect(),
        description: testcase.map(|testcase| testcase.description.clone()).unwrap_or_default(),
        last_pass: last_pass.map(|time| time.format("%Y-%m-%d").to_string()).unwrap_or_default(),
    };
    (order, row)
}

impl Content for Detail<'_> {
    fn title(&self) -> String {
        format!("{} – {}", self.name, self.scope)
    }

    fn markdown(&self) -> String {
        let mut text = format!("# {}\n\nBehind versions: {}\n", plain(&self.title()), plain(self.marks));
        for subject in &self.subjects {
            let badge = format!("{} {}", subject.badge.sign, plain(&subject.badge.versions));
            text.push_str(&format!("\n## {}\n\n{badge}: {}\n", plain(&subject.name), plain(&subject.words)));
            if let Some(difference) = &subject.difference {
                text.push_str(&format!("\n{}\n", plain(difference)));
            }
            let versions: String = subject.versions.iter().map(|version| format!(" {} |", plain(version))).collect();
            let rule: String = subject.versions.iter().map(|_| "---|").collect();
            text.push_str(&format!("\n| Testcase | Result |{versions} Description |\n|---|---|{rule}---|\n"));
            for row in &subject.rows {
                let id = if row.url.is_empty() { plain(&row.id) } else { format!("[{}]({})", plain(&row.id), row.url) };
                let date = match row.report.as_str() {
                    "" => String::new(),
                    report => format!(" [{}]({}page/report/{report})", row.date, self.base),
                };
                let demanded: String = row.demanded.iter().map(|x| format!(" {x} |")).collect();
                let description = plain(&row.description);
                text.push_str(&format!("| {id} | {} {}{date} |{demanded} {description} |\n", row.sign, row.word));
            }
        }
        text
    }
}
