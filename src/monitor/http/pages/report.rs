//! `/{view}/report/{uuid}`: one report, redacted for the public, and complete for its owner.

use super::form::{Content, Form, plain, render};
use super::redaction;
use crate::accept::Node;
use crate::http::answer::Answer;
use crate::http::app::App;
use crate::http::cache::State as Kept;
use crate::http::login::Login;
use crate::http::path::Path;
use crate::http::reports::{find, load};
use crate::http::words::result;
use crate::store::ReportRow;
use askama::Template;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use scs_reports::visible;
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
    /// The selection and the arguments of the run, for those who may see them.
    facts: Vec<(&'static str, String)>,
    /// The results as they were judged, where no invocation shows them that way.
    judged: Vec<Shown>,
    parts: Vec<Part>,
}

/// A result: testcase, sign and word.
type Shown = (String, &'static str, &'static str);

/// An invocation, or the whole log of the draft's form.
struct Part {
    name: String,
    command: String,
    rc: String,
    counts: String,
    results: Vec<Shown>,
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
    let make = || async { render(&app, form, &report_page(&app, &row, true).await?) };
    // A report never changes; only the name of its scope may.
    let state = Kept { generation: 0, rest: app.rulebook().digest() };
    let page = app.report_pages.page(state, format!("{} {}", form.name(), row.uuid), make).await?;
    Ok(page.response(&headers))
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
    let read =
        move |document: &Node<'_>| (parts(document, redacted), if redacted { Vec::new() } else { facts(document) });
    let (parts, facts) = load(app, row).await?.read(read).await?;
    let judged = judged(row, &parts);
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
        facts,
        judged,
        parts,
    })
}

/// Returns what was asked of the run.
fn facts(document: &Node<'_>) -> Vec<(&'static str, String)> {
    let run = document.get("run");
    let fact = |(key, name)| Some((name, run?.get(key).map(shown)?));
    let names = [
        ("argv", "Arguments"),
        ("assignment", "Assignment"),
        ("sections", "Sections"),
        ("forced_version", "Forced version"),
        ("forced_tests", "Forced tests"),
    ];
    names.into_iter().filter_map(fact).collect()
}

/// Returns the results as they were judged, unless each stands in one invocation exactly so.
fn judged(row: &ReportRow, parts: &[Part]) -> Vec<Shown> {
    let shown = |(id, number): (&str, i8)| {
        let (sign, word) = result(Some(number), 1);
        (visible(id).into_owned(), sign, word)
    };
    let mut judged: Vec<Shown> = row.results.by_testcase().into_iter().map(shown).collect();
    let mut of_invocations: Vec<Shown> = parts.iter().flat_map(|part| part.results.clone()).collect();
    judged.sort_unstable();
    of_invocations.sort_unstable();
    if judged == of_invocations { Vec::new() } else { judged }
}

fn parts(document: &Node<'_>, redacted: bool) -> Vec<Part> {
    match document.get("run").and_then(|run| run.get("invocations")) {
        Some(invocations) => {
            invocations.entries().iter().map(|(name, value)| invocation(name, value, redacted)).collect()
        }
        None => vec![log(document, redacted)],
    }
}

fn invocation(name: &str, value: &Node<'_>, redacted: bool) -> Part {
    let field = |key: &str| value.get(key).map(shown).unwrap_or_default();
    let is_noisy = ["critical", "error", "warning"].iter().any(|level| !matches!(field(level).as_str(), "" | "0"));
    let counts: Vec<String> =
        ["critical", "error", "warning"].iter().map(|level| format!("{level}: {}", field(level))).collect();
    Part {
        name: visible(name).into_owned(),
        command: if redacted { String::new() } else { field("cmd") },
        rc: field("rc"),
        counts: counts.join(", "),
        results: value.get("results").map(|results| number_of_each(results, |value| value)).unwrap_or_default(),
        channels: vec![
            Channel::new("stdout", value.get("stdout"), redacted.then_some(redaction::stdout), false),
            Channel::new("stderr", value.get("stderr"), redacted.then_some(redaction::stderr), is_noisy),
        ],
    }
}

fn log(document: &Node<'_>, redacted: bool) -> Part {
    let results = document.get("tests").map(|tests| number_of_each(tests, |test| test.get("result").unwrap_or(test)));
    Part {
        name: "tests".to_owned(),
        command: String::new(),
        rc: String::new(),
        counts: String::new(),
        results: results.unwrap_or_default(),
        channels: vec![Channel::new("log", document.get("log"), redacted.then_some(redaction::log), true)],
    }
}

fn number_of_each<'n>(results: &'n Node<'_>, number: impl Fn(&'n Node<'_>) -> &'n Node<'n>) -> Vec<Shown> {
    let entries = results.entries().iter().map(|(id, value)| {
        let number = number(value).text().and_then(|text| text.parse().ok());
        let (sign, word) = result(number, 1);
        (visible(id).into_owned(), sign, word)
    });
    entries.collect()
}

/// Returns a value as one line.
fn shown(value: &Node<'_>) -> String {
    match value.text() {
        Some(text) if !value.is_null() => visible(text).into_owned(),
        Some(_) => String::new(),
        None => visible(&serde_json::to_string(value).unwrap_or_default()).into_owned(),
    }
}

impl Channel {
    fn new(name: &'static str, lines: Option<&Node<'_>>, public: Option<fn(&str) -> Option<&str>>, open: bool) -> Self {
        let mark = public.map(|_| redaction::MARK.to_owned());
        let all = lines.map(Node::items).unwrap_or_default().iter().filter_map(Node::text);
        let mut shown = all.filter_map(|line| public.map_or(Some(line), |public| public(line)));
        let first: Vec<String> = shown.by_ref().take(MOST_LINES).map(|line| visible(line).into_owned()).collect();
        let cut = shown.count();
        Self { name, lines: mark.into_iter().chain(first).collect(), open, cut }
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
        for (name, value) in &self.facts {
            text.push_str(&format!("- {name}: {}\n", plain(value)));
        }
        if !self.judged.is_empty() {
            text.push_str("\n## Results as they count\n\n| Testcase | Result |\n|---|---|\n");
            for (id, sign, word) in &self.judged {
                text.push_str(&format!("| {} | {sign} {word} |\n", plain(id)));
            }
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
