//! `/{view}/report/{uuid}`: one report, redacted for the public, and complete for its owner.

use super::form::{Content, Form, plain, render};
use super::redaction;
use crate::http::answer::Answer;
use crate::http::app::App;
use crate::http::login::Login;
use crate::http::reports::{document, find};
use crate::http::words::result;
use crate::store::ReportRow;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use scs_reports::visible;
use serde_json::{Map, Value};
use std::sync::Arc;

/// The most lines of a channel that a page shows.
const MOST_LINES: usize = 5_000;

#[derive(Template)]
#[template(path = "report.html")]
struct ReportPage {
    base: String,
    uuid: String,
    subject: String,
    scope: String,
    checked_at: String,
    arrived_at: String,
    uploader: String,
    creator: String,
    redacted: bool,
    full_path: String,
    parts: Vec<Part>,
}

/// An invocation, or the whole log of the draft's form.
struct Part {
    name: String,
    command: String,
    rc: String,
    counts: String,
    results: Vec<(String, &'static str, &'static str)>,
    channels: Vec<Channel>,
}

struct Channel {
    name: &'static str,
    lines: Vec<String>,
    open: bool,
    cut: usize,
}

/// Shows the redacted report.
pub async fn public(
    State(app): State<Arc<App>>,
    Path((view, uuid)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Answer> {
    let form = Form::parse(&view)?;
    let row = find(&app, &uuid).await?;
    let page = report_page(&app, &row, true).await?;
    Ok(render(&app, form, &page)?.response(&headers))
}

/// Shows the complete report.
pub async fn full(
    State(app): State<Arc<App>>,
    login: Login,
    Path((view, uuid)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Answer> {
    let form = Form::parse(&view)?;
    let row = find(&app, &uuid).await?;
    if !login.account.may_read(&row.subject) {
        return Err(Answer::unauthorized("this report is of another subject; reading it takes the role read_any"));
    }
    let page = report_page(&app, &row, false).await?;
    let mut response = render(&app, form, &page)?.response(&headers);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

async fn report_page(app: &App, row: &ReportRow, redacted: bool) -> Result<ReportPage, Answer> {
    let document = document(app, row).await?;
    let invocations = document["run"]["invocations"].as_object();
    let parts = match invocations {
        Some(invocations) => invocations.iter().map(|(name, value)| invocation(name, value, redacted)).collect(),
        None => vec![log(&document, redacted)],
    };
    let rules = app.rules(&row.scope);
    Ok(ReportPage {
        base: app.settings.base.clone(),
        uuid: row.uuid.clone(),
        subject: row.subject.clone(),
        scope: rules.map_or_else(|| format!("{} (unknown here)", row.scope), |rules| rules.name.clone()),
        checked_at: row.checked_at.format("%Y-%m-%d %H:%M:%S UTC").to_string(),
        arrived_at: row.arrived_at.format("%Y-%m-%d %H:%M:%S UTC").to_string(),
        uploader: row.uploader.clone(),
        creator: row.creator.clone().unwrap_or_default(),
        redacted,
        full_path: format!("{}page/report_full/{}", app.settings.base, row.uuid),
        parts,
    })
}

fn invocation(name: &str, value: &Value, redacted: bool) -> Part {
    let (out, err) = (lines(&value["stdout"]), lines(&value["stderr"]));
    let is_noisy = ["critical", "error", "warning"].iter().any(|level| value[*level].as_u64().unwrap_or(0) > 0);
    let counts: Vec<String> =
        ["critical", "error", "warning"].iter().map(|level| format!("{level}: {}", shown(&value[*level]))).collect();
    let (out, err) = if redacted { (redaction::stdout(&out), redaction::stderr(&err)) } else { (out, err) };
    Part {
        name: name.to_owned(),
        command: if redacted { String::new() } else { shown(&value["cmd"]) },
        rc: shown(&value["rc"]),
        counts: counts.join(", "),
        results: results(value["results"].as_object(), |value| value.as_i64()),
        channels: vec![Channel::new("stdout", out, false), Channel::new("stderr", err, is_noisy)],
    }
}

fn log(document: &Value, redacted: bool) -> Part {
    let lines = lines(&document["log"]);
    let lines = if redacted { redaction::log(&lines) } else { lines };
    let entries = document["tests"].as_object().or(document["versions"].as_object());
    Part {
        name: "tests".to_owned(),
        command: String::new(),
        rc: String::new(),
        counts: String::new(),
        results: results(entries, |value| value["result"].as_i64()),
        channels: vec![Channel::new("log", lines, true)],
    }
}

fn results(
    entries: Option<&Map<String, Value>>,
    number: impl Fn(&Value) -> Option<i64>,
) -> Vec<(String, &'static str, &'static str)> {
    let shown = |(id, value): (&String, &Value)| {
        let number = number(value).and_then(|number| i8::try_from(number).ok());
        let (sign, word) = result(number, 1);
        (id.clone(), sign, word)
    };
    entries.into_iter().flatten().map(shown).collect()
}

fn lines(value: &Value) -> Vec<String> {
    value.as_array().map(|lines| lines.iter().map(shown).collect()).unwrap_or_default()
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => visible(text).into_owned(),
        other => visible(&other.to_string()).into_owned(),
    }
}

impl Channel {
    fn new(name: &'static str, mut lines: Vec<String>, open: bool) -> Self {
        let cut = lines.len().saturating_sub(MOST_LINES);
        lines.truncate(MOST_LINES);
        Self { name, lines, open, cut }
    }
}

impl Content for ReportPage {
    fn title(&self) -> String {
        format!("Report {} of {}", self.uuid, self.subject)
    }

    fn markdown(&self) -> String {
        let mut text = format!("# {}\n\n", plain(&self.title()));
        for (name, value) in [
            ("Scope", &self.scope),
            ("Checked at", &self.checked_at),
            ("Arrived at", &self.arrived_at),
            ("Uploaded by", &self.uploader),
            ("Made by", &self.creator),
        ] {
            text.push_str(&format!("- {name}: {}\n", plain(value)));
        }
        if self.redacted {
            text.push_str(&format!("\n{}\n", plain(redaction::MARK)));
        }
        for part in &self.parts {
            text.push_str(&format!("\n## {}\n\n| Testcase | Result |\n|---|---|\n", plain(&part.name)));
            for (id, sign, word) in &part.results {
                text.push_str(&format!("| {} | {sign} {word} |\n", plain(id)));
            }
            for channel in &part.channels {
                text.push_str(&format!("\n### {}\n\n", channel.name));
                for line in &channel.lines {
                    text.push_str(&format!("- {}\n", plain(line)));
                }
            }
        }
        text
    }
}
