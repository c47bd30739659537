//! Collects from one subject, within its bounds; what is known comes out, whatever happens.

mod brought;
mod cloud;
mod cluster;
mod job;
mod login;
mod secrets;

pub use job::{Job, Target};

use crate::watch::{Event, Stop};
use login::Login;
use scs_reports::judge::Collected;
use std::time::Duration;

/// Collects; the result says what is known, whatever happens.
pub async fn collect(mut job: Job<'_>, stop: Stop) -> Collected {
    let brought = std::mem::take(&mut job.brought);
    job.needs = brought.spare(job.needs);
    let timer = tokio::spawn({
        let (stop, deadline) = (stop.clone(), job.deadline);
        async move {
            tokio::time::sleep(deadline).await;
            stop.throw(&deadline_is_over(deadline));
        }
    });
    let (secrets, events) = (job.target.secrets().clone(), job.events);
    let told = |event: &Event| events(&secrets.event(event));
    let job = Job { events: &told, ..job };
    let login = Login::begin(&job, &stop);
    let collecting = async {
        match &job.target {
            Target::Cloud(of) => Box::pin(cloud::collect(of, login)).await,
            Target::Cluster(of, world) => Box::pin(cluster::collect(of, world, login)).await,
        }
    };
    let answering = async {
        (job.events)(&Event::Stopping(stop.thrown().await));
        std::future::pending().await
    };
    let mut collected = tokio::select! {
        biased;
        collected = answering => collected,
        collected = collecting => collected,
    };
    timer.abort();
    brought::bring(&mut collected, brought);
    secrets.keep_out_of(&mut collected);
    collected
}

/// Returns the reason why a run ends at its deadline.
pub fn deadline_is_over(allowed: Duration) -> String {
    format!("the deadline of the run ({}) is over", humantime::format_duration(allowed))
}
