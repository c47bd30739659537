//! Tells people what is going on: a moving line on a terminal, plain lines elsewhere, log lines for programs.

use super::removals::{Removals, span};
use super::style::{LogFormat, OutputStyle};
use super::terminal::note;
use super::terminal::without_secrets;
use scs_checks::visible::visible;
use scs_subjects::watch::{Event, EventKind, Events, Step, StepState};
use std::io::{IsTerminal, Write};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Shows progress on stderr.
pub(super) struct Progress(Arc<Shown>);

/// The state of a run, and the form in which it is shown.
struct Shown {
    form: Form,
    board: Arc<Mutex<RunState>>,
    /// The earliest instant at which anything is printed: what is quick needs no progress.
    quiet_until: Instant,
}

/// The state of a run.
#[derive(Default)]
struct RunState {
    waiting: Vec<Awaited>,
    removals: Removals,
    /// True if the run ends early, so that removals are announced at once.
    stopping: bool,
}

impl RunState {
    /// Returns the text of a line that moves.
    fn brief(&self) -> String {
        let waiting: Vec<String> = self.waiting.iter().map(Awaited::brief).collect();
        let removing = self.removals.brief(Instant::now());
        match (removing, waiting.is_empty()) {
            (Some(removing), _) => removing,
            (None, true) => String::new(),
            (None, false) => format!("waiting for {}", waiting.join(", ")),
        }
    }
}

/// The interval at which a line says that something is still awaited, where lines do not move; longer for what takes hours.
const REMINDER: Duration = Duration::from_secs(30);
const LONGEST_REMINDER: Duration = Duration::from_secs(60);

/// Something that is awaited.
struct Awaited {
    what: String,
    /// The last observation.
    seen: Option<String>,
    since: Instant,
    /// The time of the last line about it.
    reminded: Instant,
}

impl Awaited {
    fn new(what: &str, now: Instant) -> Self {
        Self { what: what.to_owned(), seen: None, since: now, reminded: now }
    }

    /// Notes what is seen of it; a line about that if the last one was long ago.
    fn look(&mut self, seen: &str, now: Instant) -> Option<String> {
        self.seen = Some(seen.to_owned());
        let elapsed = now.duration_since(self.since);
        let is_due = now.duration_since(self.reminded) >= (elapsed / 20).clamp(REMINDER, LONGEST_REMINDER);
        is_due.then(|| {
            self.reminded = now;
            format!("still waiting for {} ({}): {seen}", self.what, span(elapsed))
        })
    }

    /// Returns the text of a line that moves.
    fn brief(&self) -> String {
        self.seen.as_ref().map_or_else(|| self.what.clone(), |seen| format!("{} ({seen})", self.what))
    }
}

enum Form {
    None,
    Moving(MovingLine),
    Lines(Ticker),
    Log(Ticker),
}

impl Progress {
    /// Creates the progress of this run.
    pub(super) fn new(style: &OutputStyle) -> Self {
        Self::after(style, Duration::ZERO)
    }

    /// Creates progress that is only shown once it has gone on for so long.
    pub(super) fn after(style: &OutputStyle, delay: Duration) -> Self {
        let quiet_until = Instant::now() + delay;
        let board = Arc::<Mutex<RunState>>::default();
        // A moving line and log lines would overwrite each other.
        let form = match style {
            OutputStyle { quiet: true, .. } => Form::None,
            OutputStyle { format: LogFormat::Json, .. } => {
                Form::Log(reminding(&board, |line| tracing::info!("{line}")))
            }
            OutputStyle { verbose: 0 | 1, .. } if is_terminal() => Form::Moving(MovingLine::new(&board, quiet_until)),
            _ => Form::Lines(reminding(&board, note)),
        };
        Self(Arc::new(Shown { form, board, quiet_until }))
    }

    /// Returns the events of a run against a subject of this name, which are shown.
    pub(super) fn events(&self, subject: &str) -> Events {
        let shown = Arc::clone(&self.0);
        Events::new(subject, move |event| shown.show(&event))
    }

    /// Takes the moving line away; what follows on the same screen is set off.
    pub(super) fn finish(&self) {
        match &self.0.form {
            Form::None => {}
            Form::Moving(moving) => moving.finish(std::io::stdout().is_terminal()),
            Form::Lines(ticker) | Form::Log(ticker) => ticker.end(),
        }
    }
}

impl Shown {
    /// Shows what has happened.
    fn show(&self, event: &Event) {
        let event = &shown(event);
        let mut board = lock(&self.board);
        let line = board.note(event);
        drop(board);
        match line {
            None => {}
            Some(ProgressLine::Progress(line)) => self.line(&line),
            Some(ProgressLine::Reminder(line)) => self.remind(&line),
            Some(ProgressLine::Answer(line)) => self.answer(&line),
            Some(ProgressLine::Warning(line)) => self.warn(&line),
        }
        if let Form::Moving(moving) = &self.form {
            moving.draw();
        }
    }

    /// Prints a warning, even with `--quiet`.
    fn warn(&self, warning: &str) {
        match &self.form {
            Form::Moving(moving) => moving.print(&format!("warning: {warning}")),
            Form::None | Form::Lines(_) => note(&format!("warning: {warning}")),
            Form::Log(_) => tracing::warn!("{warning}"),
        }
    }

    /// Prints a reminder, unless a moving line tells all the time what is awaited.
    fn remind(&self, reminder: &str) {
        match &self.form {
            Form::None | Form::Moving(_) => {}
            Form::Lines(_) => note(reminder),
            Form::Log(_) => tracing::info!("{reminder}"),
        }
    }

    fn line(&self, line: &str) {
        if Instant::now() >= self.quiet_until && !matches!(self.form, Form::None) {
            self.answer(line);
        }
    }

    /// Prints a line that answers the user, who may want no progress.
    fn answer(&self, line: &str) {
        match &self.form {
            Form::Moving(moving) => moving.print(line),
            Form::None | Form::Lines(_) => note(line),
            Form::Log(_) => tracing::info!("{line}"),
        }
    }
}

/// Returns an event as it may be printed: each text on one line, whatever a service calls things.
fn shown(event: &Event) -> Event {
    event.map_texts(|text| visible(&without_secrets(text)).into_owned())
}

/// A line, and for whom it is.
enum ProgressLine {
    Progress(String),
    Reminder(String),
    Answer(String),
    Warning(String),
}

impl RunState {
    /// Notes an event; returns the line that it is worth.
    fn note(&mut self, event: &Event) -> Option<ProgressLine> {
        let now = Instant::now();
        match &event.kind {
            EventKind::Step { step, state } => self.step(step, state, now),
            EventKind::Stopping { reason } => {
                self.stopping = true;
                Some(self.stopped(&reason.message))
            }
            EventKind::Removing { what, limit } => {
                self.removals.add(what, *limit, now);
                self.removals.announcement().filter(|_| self.stopping).map(ProgressLine::Answer)
            }
            EventKind::Removed { what, how } => {
                self.removals.end(what);
                Some(ProgressLine::Progress(format!("removing {what}: {how}")))
            }
            EventKind::Warning { message } => Some(ProgressLine::Warning(message.clone())),
            EventKind::Note { message } => Some(ProgressLine::Answer(message.clone())),
        }
    }

    /// Notes the state of a step; returns the line that it is worth.
    fn step(&mut self, step: &Step, state: &StepState, now: Instant) -> Option<ProgressLine> {
        let what = step.to_string();
        match state {
            StepState::Began => {
                self.waiting.push(Awaited::new(&what, now));
                None
            }
            StepState::Pending { seen } => {
                let awaited = self.waiting.iter_mut().find(|awaited| awaited.what == what);
                awaited.and_then(|awaited| awaited.look(seen, now)).map(ProgressLine::Reminder)
            }
            StepState::Ended { how } => {
                self.waiting.retain(|awaited| awaited.what != what);
                Some(ProgressLine::Progress(format!("{what}: {how}")))
            }
        }
    }

    /// Returns the line that says why the run ends; what is being removed already belongs to the answer.
    fn stopped(&self, why: &str) -> ProgressLine {
        let line = format!("the run ends early: {why}");
        match self.removals.announcement() {
            Some(removing) => ProgressLine::Answer(format!("{line}\n{removing}")),
            None => ProgressLine::Progress(line),
        }
    }
}

/// Something that is done again and again in a thread of its own, until it is ended.
struct Ticker {
    /// Dropped to end it, once.
    running: Mutex<Option<(Sender<()>, JoinHandle<()>)>>,
}

impl Ticker {
    fn start(pause: Duration, mut tick: impl FnMut() + Send + 'static) -> Self {
        let (alive, ended) = mpsc::channel::<()>();
        let thread = thread::spawn(move || {
            while ended.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                tick();
            }
        });
        Self { running: Mutex::new(Some((alive, thread))) }
    }

    fn end(&self) {
        let Some((alive, thread)) = lock(&self.running).take() else { return };
        drop(alive);
        // It ends with its tick; if it panicked there is nothing to tell any more.
        let _ = thread.join();
    }
}

/// Says now and then what is being removed, where lines do not move.
fn reminding(board: &Arc<Mutex<RunState>>, tell: fn(&str)) -> Ticker {
    let board = Arc::clone(board);
    Ticker::start(Duration::from_secs(1), move || {
        let reminder = lock(&board).removals.reminder(Instant::now());
        reminder.iter().for_each(|line| tell(line));
    })
}

/// Returns true if lines on stderr can move.
pub(super) fn is_terminal() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("TERM").is_some_and(|name| name != "dumb")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A line at the bottom of a terminal that says what is awaited and for how long. The cursor stays right behind it: what
/// the terminal itself writes there, such as `^C`, goes away with it.
struct MovingLine {
    state: Arc<Mutex<State>>,
    ticker: Ticker,
}

struct State {
    board: Arc<Mutex<RunState>>,
    quiet_until: Instant,
    began: Instant,
    tick: usize,
}

const FRAMES: [char; 10] = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const TICK: Duration = Duration::from_millis(120);
/// Back to the beginning of the line, and everything in it gone.
const CLEAR: &str = "\r\u{1b}[2K";

impl MovingLine {
    fn new(board: &Arc<Mutex<RunState>>, quiet_until: Instant) -> Self {
        let state = State { board: Arc::clone(board), quiet_until, began: Instant::now(), tick: 0 };
        let state = Arc::new(Mutex::new(state));
        let ticking = Arc::clone(&state);
        let ticker = Ticker::start(TICK, move || {
            let mut state = lock(&ticking);
            state.tick += 1;
            write(&state.drawn());
        });
        Self { state, ticker }
    }

    fn draw(&self) {
        write(&lock(&self.state).drawn());
    }

    /// Prints a line above the moving one.
    fn print(&self, line: &str) {
        let state = lock(&self.state);
        write(&format!("{CLEAR}{line}\n{}", state.drawn()));
    }

    fn finish(&self, set_off: bool) {
        self.ticker.end();
        if lock(&self.state).is_quiet() {
            return;
        }
        write(&format!("{CLEAR}{}", if set_off { "\n" } else { "" }));
    }
}

impl State {
    fn is_quiet(&self) -> bool {
        Instant::now() < self.quiet_until
    }

    fn drawn(&self) -> String {
        if self.is_quiet() {
            return String::new();
        }
        let brief = lock(&self.board).brief();
        if brief.is_empty() {
            return CLEAR.to_owned();
        }
        let frame = FRAMES[self.tick % FRAMES.len()];
        let line = format!("{frame} [{}s] {brief}", self.began.elapsed().as_secs());
        format!("{CLEAR}{}", fitting(&line))
    }
}

/// Cuts a line so that it leaves room for a `^C` behind it; a line that wraps could not be taken away again.
fn fitting(line: &str) -> String {
    const ROOM: usize = 4;
    let width = terminal_size::terminal_size_of(std::io::stderr()).map_or(80, |(width, _)| usize::from(width.0));
    match line.char_indices().nth(width.saturating_sub(ROOM)) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

/// Writes to stderr and ignores errors: nobody may be looking any more, which is no reason to end.
pub(super) fn write(text: &str) {
    let mut stderr = std::io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_wait_is_reported_from_time_to_time() {
        let began = Instant::now();
        let at = |seconds| began + Duration::from_secs(seconds);
        let mut backup = Awaited::new("the backup", began);
        let lines: Vec<(u64, String)> = (0..=100)
            .step_by(4)
            .filter_map(|second| Some((second, backup.look("status creating", at(second))?)))
            .collect();
        let line = |seconds| (seconds, format!("still waiting for the backup ({seconds} s): status creating"));
        assert_eq!(lines, [line(32), line(64), line(96)]);
    }

    #[test]
    fn wait_of_hours_is_reported_less_often() {
        let began = Instant::now();
        let mut tests = Awaited::new("the tests", began);
        let lines: Vec<String> = (0..=4 * 3600)
            .step_by(30)
            .filter_map(|second| tests.look("31 of 402 tests", began + Duration::from_secs(second)))
            .collect();
        assert!((240..300).contains(&lines.len()), "{}", lines.len());
        assert_eq!(lines.last().unwrap(), "still waiting for the tests (240 min): 31 of 402 tests");
    }

    #[test]
    fn moving_line_shows_the_last_observation() {
        let now = Instant::now();
        let mut backup = Awaited::new("the backup", now);
        assert_eq!(backup.brief(), "the backup");
        assert_eq!(backup.look("status creating", now), None);
        assert_eq!(backup.brief(), "the backup (status creating)");
    }
}
