//! Counts of requests and uploads, as Prometheus reads them.

use axum::http::StatusCode;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};

/// The counters of this process.
#[derive(Debug, Default)]
pub struct Metrics {
    classes: [AtomicU64; 5],
    accepted: AtomicU64,
    reports: AtomicU64,
    refused: AtomicU64,
    logins: AtomicU64,
    wrong_logins: AtomicU64,
}

impl Metrics {
    /// Counts an answer.
    pub fn answered(&self, status: StatusCode) {
        let class = usize::from(status.as_u16() / 100).saturating_sub(1);
        if let Some(counter) = self.classes.get(class) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts an upload of so many reports.
    pub fn accepted(&self, reports: usize) {
        self.accepted.fetch_add(1, Ordering::Relaxed);
        self.reports.fetch_add(reports as u64, Ordering::Relaxed);
    }

    /// Counts a refused upload.
    pub fn refused(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a login.
    pub fn login(&self, right: bool) {
        if right { &self.logins } else { &self.wrong_logins }.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns the counters as text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let mut family = |name: &str, help: &str, samples: &[(&str, u64)]| {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "# HELP scs_monitor_{name} {help}\n# TYPE scs_monitor_{name} counter");
            for (labels, value) in samples {
                let _ = writeln!(text, "scs_monitor_{name}{labels} {value}");
            }
        };
        let classes = ["{class=\"1xx\"}", "{class=\"2xx\"}", "{class=\"3xx\"}", "{class=\"4xx\"}", "{class=\"5xx\"}"];
        let answers: Vec<(&str, u64)> = classes.into_iter().zip(self.classes.iter().map(read)).collect();
        family("answers_total", "Answers by class of their status.", &answers);
        let uploads =
            [("{outcome=\"accepted\"}", read(&self.accepted)), ("{outcome=\"refused\"}", read(&self.refused))];
        family("uploads_total", "Uploads by outcome.", &uploads);
        family("reports_total", "Reports that were accepted.", &[("", read(&self.reports))]);
        let logins = [("{outcome=\"right\"}", read(&self.logins)), ("{outcome=\"wrong\"}", read(&self.wrong_logins))];
        family("logins_total", "Logins by outcome.", &logins);
        text
    }
}
