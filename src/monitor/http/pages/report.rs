//! `/{view}/report/{uuid}`: one report, redacted for the public, and complete for its owner.

use super::form::{Content, Form, plain, render};
use super::redaction;
use crate::accept::Node;
use crate::http::answer::Answer;
use crate::http::app::App;
use crate::http::cache::{Page, State as Kept};
use crate::http::documents::{find, load};
use crate::http::login::Login;
use crate::http::path::Path;
use crate::http::words::result;
use crate::judge::Results;
use crate::store::ReportRow;
use askama::Template;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use scs_reports::visible;
use std::sync::Arc;
use tokio::task::spawn_blocking;

/// The most lines of a channel that a page shows, the bytes of each, and those of everything that a page shows of a report.
const MOST_LINES: usize = 5_000;
const LONGEST_LINE: usize = 4 << 10;
const LARGEST: usize = 1 << 20;

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
    /// The place of the whole report, if this page has less.
    whole: String,
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
    let make = || rendered(&app, form, &row, true);
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
    let mut response = rendered(&app, form, &row, false).await?.response(&headers);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Renders a report beside the runtime: it may be a large one.
async fn rendered(app: &Arc<App>, form: Form, row: &ReportRow, redacted: bool) -> Result<Page, Answer> {
    let page = report_page(app, row, redacted).await?;
    let app = Arc::clone(app);
    let task = spawn_blocking(move || render(&app, form, &page));
    task.await.unwrap_or_else(|_| Err(Answer::not_found("the content of this report cannot be shown")))
}

async fn report_page(app: &App, row: &ReportRow, redacted: bool) -> Result<ReportPage, Answer> {
    let results = row.results.clone();
    let read = move |document: &Node<'_>| {
        let mut room = Room::default();
        let facts = if redacted { Vec::new() } else { facts(document, &mut room) };
        let judged = judged(&results, document, &mut room);
        (facts, judged, parts(document, redacted, &mut room), room.is_cut)
    };
    let (facts, judged, parts, is_cut) = load(app, row).await?.read(read).await?;
    let rules = app.rules(&row.scope);
    Ok(ReportPage {
        whole: if is_cut { format!("{}reports/{}", app.settings.base, row.uuid) } else { String::new() },
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

/// The room that a page has for what stands in a report.
#[derive(Default)]
struct Room {
    taken: usize,
    is_cut: bool,
}

impl Room {
    /// Takes room for a text as it stands in a page; a text that is too long is cut.
    fn take(&mut self, text: &str) -> Option<String> {
        let mut shown = String::new();
        for c in text.chars() {
            if shown.len() >= LONGEST_LINE {
                shown.push('…');
                self.is_cut = true;
                break;
            }
            shown.push(c);
        }
        // Each of the others may become as much as `&quot;`.
        let plain =
            shown.bytes().filter(|byte| byte.is_ascii_alphanumeric() || *byte == b' ' || !byte.is_ascii()).count();
        self.taken += plain + 6 * (shown.len() - plain) + 1;
        self.is_cut |= self.taken > LARGEST;
        (self.taken <= LARGEST).then_some(shown)
    }
}

/// Returns what was asked of the run, as far as there is room.
fn facts(document: &Node<'_>, room: &mut Room) -> Vec<(&'static str, String)> {
    let run = document.get("run");
    let names = [
        ("argv", "Arguments"),
        ("assignment", "Assignment"),
        ("sections", "Sections"),
        ("forced_version", "Forced version"),
        ("forced_tests", "Forced tests"),
    ];
    let mut fact = |(key, name)| Some((name, room.take(&run?.get(key).map(shown)?)?));
    names.into_iter().filter_map(&mut fact).collect()
}

/// Returns the results as they were judged, unless each stands in one invocation exactly so.
fn judged(results: &Results, document: &Node<'_>, room: &mut Room) -> Vec<Shown> {
    let counted = results.by_testcase();
    // A report may state many more results than count; one more tells enough.
    let mut stated = stated(document, counted.len() + 1);
    stated.sort_unstable();
    if stated.iter().copied().eq(counted.iter().map(|(id, number)| (*id, Some(*number)))) {
        return Vec::new();
    }
    counted.into_iter().map_while(|(id, number)| row(id, Some(number), room)).collect()
}

/// Returns the first results in the order in which they stand in the report.
fn stated<'n>(document: &'n Node<'_>, most: usize) -> Vec<(&'n str, Option<i8>)> {
    match document.get("run").and_then(|run| run.get("invocations")) {
        Some(invocations) => {
            let results = invocations.entries().iter().filter_map(|(_, value)| value.get("results"));
            let results = results.flat_map(Node::entries).take(most);
            results.map(|(id, value)| (id.as_ref(), number(value))).collect()
        }
        None => {
            let tests = document.get("tests").map(Node::entries).unwrap_or_default().iter().take(most);
            tests.map(|(id, test)| (id.as_ref(), number(test.get("result").unwrap_or(test)))).collect()
        }
    }
}

fn number(value: &Node<'_>) -> Option<i8> {
    value.text().and_then(|text| text.parse().ok())
}

/// Returns the row of a result; nothing where there is no room for it.
fn row(id: &str, number: Option<i8>, room: &mut Room) -> Option<Shown> {
    let (sign, word) = result(number, 1);
    let id = visible(id);
    // It stands in its row twice, with some words.
    let row = room.take(&format!("{id}{id}{:<40}", ""))?;
    Some((row.get(..id.len()).unwrap_or(&id).to_owned(), sign, word))
}

fn parts(document: &Node<'_>, redacted: bool, room: &mut Room) -> Vec<Part> {
    match document.get("run").and_then(|run| run.get("invocations")) {
        Some(invocations) => {
            let invocations = invocations.entries().iter();
            invocations.map_while(|(name, value)| invocation(name, value, redacted, room)).collect()
        }
        None => vec![log(document, redacted, room)],
    }
}

/// Returns what a page shows of an invocation; nothing where there is no room for it.
fn invocation(name: &str, value: &Node<'_>, redacted: bool, room: &mut Room) -> Option<Part> {
    let mut field = |key: &str| room.take(&value.get(key).map(shown).unwrap_or_default());
    let counts = [("critical", field("critical")?), ("error", field("error")?), ("warning", field("warning")?)];
    let (rc, command) = (field("rc")?, if redacted { String::new() } else { field("cmd")? });
    let is_noisy = counts.iter().any(|(_, number)| !matches!(number.as_str(), "" | "0"));
    let counts: Vec<String> = counts.iter().map(|(level, number)| format!("{level}: {number}")).collect();
    Some(Part {
        // The table and its head take room as well.
        name: room.take(&format!("{:<200}", visible(name))).map(|name| name.trim_end().to_owned())?,
        command,
        rc,
        counts: counts.join(", "),
        results: value.get("results").map(|results| number_of_each(results, |value| value, room)).unwrap_or_default(),
        channels: vec![
            Channel::new("stdout", value.get("stdout"), redacted.then_some(redaction::stdout), false, room),
            Channel::new("stderr", value.get("stderr"), redacted.then_some(redaction::stderr), is_noisy, room),
        ],
    })
}

fn log(document: &Node<'_>, redacted: bool, room: &mut Room) -> Part {
    let results =
        document.get("tests").map(|tests| number_of_each(tests, |test| test.get("result").unwrap_or(test), room));
    Part {
        name: "tests".to_owned(),
        command: String::new(),
        rc: String::new(),
        counts: String::new(),
        results: results.unwrap_or_default(),
        channels: vec![Channel::new("log", document.get("log"), redacted.then_some(redaction::log), true, room)],
    }
}

fn number_of_each<'n>(
    results: &'n Node<'_>,
    holder: impl Fn(&'n Node<'_>) -> &'n Node<'n>,
    room: &mut Room,
) -> Vec<Shown> {
    results.entries().iter().map_while(|(id, value)| row(id, number(holder(value)), room)).collect()
}

/// Returns a value as one line; of a longer one than fits, the start and a little more.
fn shown(value: &Node<'_>) -> String {
    match value.text() {
        Some(text) if !value.is_null() => visible(&start(text)).into_owned(),
        Some(_) => String::new(),
        None => {
            let mut bytes = vec![0; LONGEST_LINE + 4];
            let mut rest = bytes.as_mut_slice();
            // It ends with an error where the rest is full.
            let _ = serde_json::to_writer(&mut rest, value);
            let left = rest.len();
            bytes.truncate(LONGEST_LINE + 4 - left);
            visible(&String::from_utf8_lossy(&bytes)).into_owned()
        }
    }
}

/// Returns the start of a text, and one character more than fits.
fn start(text: &str) -> String {
    text.chars().take(LONGEST_LINE + 1).collect()
}

impl Channel {
    fn new(
        name: &'static str,
        lines: Option<&Node<'_>>,
        public: Option<fn(&str) -> Option<&str>>,
        open: bool,
        room: &mut Room,
    ) -> Self {
        let mark = public.map(|_| redaction::MARK.to_owned());
        let all = lines.map(Node::items).unwrap_or_default().iter().filter_map(Node::text);
        let shown = all.filter_map(|line| public.map_or(Some(line), |public| public(line)));
        let (mut first, mut cut) = (Vec::new(), 0);
        for line in shown {
            let is_shown = cut == 0 && first.len() < MOST_LINES;
            match is_shown.then(|| room.take(&visible(&start(line)))).flatten() {
                Some(text) => first.push(text),
                None => cut += 1,
            }
        }
        room.is_cut |= cut > 0;
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
        if !self.whole.is_empty() {
            text.push_str(&format!(
                "\nThis page has a part of the report; [all of it]({}) needs a login.\n",
                self.whole
            ));
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
