//! Tells people what is going on: a moving line on a terminal, plain lines elsewhere, log lines for programs.

use super::{LogFormat, Manner, note};
use crate::run::Event;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Shows progress on stderr.
pub(super) struct Progress {
    form: Form,
    waiting: Mutex<Vec<String>>,
}

enum Form {
    None,
    /// A line at the bottom that moves, and a line above it for all that is done.
    Bar(ProgressBar),
    Lines,
    Log,
}

impl Progress {
    /// Progress for this run.
    pub(super) fn new(manner: &Manner) -> Self {
        // A moving line and log lines would overwrite each other.
        let form = match manner {
            Manner { quiet: true, .. } => Form::None,
            Manner { format: LogFormat::Json, .. } => Form::Log,
            Manner { verbose: 0 | 1, .. } if std::io::stderr().is_terminal() => Form::Bar(bar()),
            _ => Form::Lines,
        };
        Self { form, waiting: Mutex::new(Vec::new()) }
    }

    /// Shows what has happened.
    pub(super) fn show(&self, event: &Event) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Began(what) => waiting.push(what.clone()),
            Event::Ended { what, how } => {
                waiting.retain(|other| other != what);
                self.line(what, how);
            }
            Event::Stopping(reason) => self.line("stopping", &reason.message),
        }
        if let Form::Bar(bar) = &self.form {
            let names = waiting.join(", ");
            bar.set_message(if names.is_empty() { names } else { format!("waiting for {names}") });
        }
    }

    fn line(&self, what: &str, how: &str) {
        match &self.form {
            Form::None => {}
            Form::Bar(bar) => bar.println(format!("{what}: {how}")),
            Form::Lines => note(&format!("{what}: {how}")),
            Form::Log => tracing::info!("{what}: {how}"),
        }
    }

    /// Takes the moving line away.
    pub(super) fn finish(&self) {
        if let Form::Bar(bar) = &self.form {
            bar.finish_and_clear();
        }
    }
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("{spinner} [{elapsed}] {wide_msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}
