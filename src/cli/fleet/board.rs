//! Shows a night while it goes on: a table on a terminal, a line for each event elsewhere, log lines for programs.

use crate::cli::output::known_width;
use crate::cli::progress::{is_terminal, write};
use crate::cli::style::{LogFormat, OutputStyle};
use crate::cli::terminal::{note, printable, without_secrets};
use indexmap::IndexMap;
use scs_checks::visible::visible;
use scs_fleet::summary::SubjectOutcome;
use scs_subjects::watch::{Event, EventKind, StepState};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The most rows of the table: those that began last.
const ROWS: usize = 15;

/// The shortest time between two drawings.
const PAUSE: Duration = Duration::from_millis(100);

/// The state of a night for those who watch.
pub(super) struct Board {
    form: Form,
    state: Mutex<State>,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Form {
    None,
    Table,
    Lines,
    Log,
}

struct State {
    /// The step of each subject that runs, and the time since when it runs.
    running: IndexMap<String, (String, Instant)>,
    ended: usize,
    failing: usize,
    began: Instant,
    drawn: usize,
    drawn_at: Option<Instant>,
}

impl Board {
    /// Creates a board.
    pub(super) fn new(style: &OutputStyle) -> Self {
        let form = match style {
            OutputStyle { quiet: true, .. } => Form::None,
            OutputStyle { format: LogFormat::Json, .. } => Form::Log,
            OutputStyle { verbose: 0, .. } if is_terminal() => Form::Table,
            _ => Form::Lines,
        };
        let state =
            State { running: IndexMap::new(), ended: 0, failing: 0, began: Instant::now(), drawn: 0, drawn_at: None };
        Self { form, state: Mutex::new(state) }
    }

    /// Shows what has happened to a subject.
    pub(super) fn show(&self, event: &Event) {
        let event = event.map_texts(|text| visible(&without_secrets(text)).into_owned());
        let Some((line, matters)) = line(&event.kind) else { return };
        let mut state = self.lock();
        let row = state.running.entry(event.subject.clone()).or_insert_with(|| (String::new(), Instant::now()));
        row.0.clone_from(&line);
        match self.form {
            Form::Table => state.draw(false),
            Form::Lines if matters => note(&format!("{}: {line}", event.subject)),
            Form::Log if matters => tracing::info!(subject = event.subject, "{line}"),
            Form::Lines | Form::Log | Form::None => {}
        }
    }

    /// Shows that the turn of a subject is over.
    pub(super) fn done(&self, outcome: &SubjectOutcome) {
        let mut state = self.lock();
        state.running.shift_remove(&outcome.name);
        state.ended += 1;
        state.failing += usize::from(!outcome.failed.is_empty());
        let verdict = outcome.verdict.map_or("not tested".to_owned(), |verdict| verdict.to_string());
        let number = state.ended;
        match self.form {
            Form::Table => state.draw(true),
            Form::Lines => note(&format!("{}: {verdict} [{number}]", outcome.name)),
            Form::Log => tracing::info!(subject = outcome.name, "{verdict}"),
            Form::None => {}
        }
    }

    /// Takes the table away.
    pub(super) fn finish(&self) {
        let mut state = self.lock();
        state.running.clear();
        if self.form == Form::Table {
            write(&state.erased());
            state.drawn = 0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the line of an event; true if it is worth a line of its own where lines do not move.
fn line(kind: &EventKind) -> Option<(String, bool)> {
    match kind {
        EventKind::Step { step, state } => Some(match state {
            StepState::Began => (step.to_string(), false),
            StepState::Pending { seen } => (format!("{step}: {seen}"), false),
            StepState::Ended { how } => (format!("{step}: {how}"), true),
        }),
        EventKind::Stopping { reason } => Some((format!("the run ends early: {}", reason.message), true)),
        EventKind::Removing { what, .. } => Some((format!("removing {}", what.join(", ")), false)),
        EventKind::Removed { what, how } => Some((format!("removing {what}: {how}"), true)),
        EventKind::Warning { message } => Some((format!("warning: {message}"), true)),
        EventKind::Note { message } => Some((message.clone(), true)),
    }
}

impl State {
    /// Draws the table, unless that was done a moment ago.
    fn draw(&mut self, at_once: bool) {
        let now = Instant::now();
        if !at_once && self.drawn_at.is_some_and(|at| now.duration_since(at) < PAUSE) {
            return;
        }
        let rows = self.rows(now);
        write(&format!("{}{}", self.erased(), rows.iter().map(|row| format!("{row}\n")).collect::<String>()));
        self.drawn = rows.len();
        self.drawn_at = Some(now);
    }

    fn rows(&self, now: Instant) -> Vec<String> {
        let width = known_width().unwrap_or(80);
        let names = self.running.keys().map(|name| name.chars().count()).max().unwrap_or_default().min(30);
        let elapsed = |since: &Instant| now.duration_since(*since).as_secs();
        let last = self.running.iter().skip(self.running.len().saturating_sub(ROWS));
        let row = |(name, (phase, since)): (&String, &(String, Instant))| {
            format!("{name:names$}  {:>4} s  {phase}", elapsed(since))
        };
        let head = format!(
            "[{} s] {} done, {} running, {} failing",
            elapsed(&self.began),
            self.ended,
            self.running.len(),
            self.failing
        );
        let cut = |row: String| printable(&row).chars().take(width.saturating_sub(1)).collect();
        [head].into_iter().chain(last.map(row)).map(cut).collect()
    }

    /// Returns the sequence that takes away what was drawn.
    fn erased(&self) -> String {
        match self.drawn {
            0 => String::new(),
            rows => format!("\u{1b}[{rows}A\u{1b}[J"),
        }
    }
}
