//! Tells people what is going on: a moving line on a terminal, plain lines elsewhere.

use crate::run::Event;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Shows progress on stderr.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    quiet: bool,
    waiting: Mutex<Vec<String>>,
}

impl Progress {
    /// Progress for this run; none at all if `quiet`.
    pub(super) fn new(quiet: bool) -> Self {
        let bar = (!quiet && std::io::stderr().is_terminal()).then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            bar.set_style(ProgressStyle::with_template("{spinner} [{elapsed}] {wide_msg}").unwrap_or_else(|_| ProgressStyle::default_spinner()));
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Self { bar, quiet, waiting: Mutex::new(Vec::new()) }
    }

    /// Shows what has happened.
    pub(super) fn show(&self, event: &Event) {
        if self.quiet {
            return;
        }
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Began(what) => waiting.push(what.clone()),
            Event::Ended { what, how } => {
                waiting.retain(|other| other != what);
                self.line(&format!("{what}: {how}"));
            }
            Event::Stopping(reason) => self.line(&format!("stopping: {}", reason.message)),
        }
        if let Some(bar) = &self.bar {
            bar.set_message(format!("waiting for {}", waiting.join(", ")));
        }
    }

    fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.println(format!("  {text}")),
            None => eprintln!("{text}"),
        }
    }

    /// Takes the moving line away.
    pub(super) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
