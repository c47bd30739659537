//! Signals and the deadline, which end a run. They are awaited in a thread of their own, so that nothing that blocks the run
//! can keep them from ending it.

use scs_subjects::run;
use scs_subjects::watch::Stop;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};
use tokio::time::{sleep, sleep_until};

/// The time that the program gets to end by itself once nothing more is awaited.
const GRACE: Duration = Duration::from_millis(1200);

/// Lets signals end the run: the first one with everything removed and reported, the second one at once. What does not end
/// even then, as a report that nobody reads, ends the program.
pub(super) fn throw_on_signals(stop: &Stop, deadline: Duration) {
    let (ready, is_ready) = mpsc::channel();
    let stop = stop.clone();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        if let Ok(runtime) = runtime {
            runtime.block_on(obey(&stop, deadline, ready));
        }
    });
    // From here on no signal is lost; if there can be no thread, signals end the program as they always do.
    let _ = is_ready.recv();
}

async fn obey(stop: &Stop, allowed: Duration, ready: mpsc::Sender<()>) {
    let Some(mut signals) = Signals::listen() else { return };
    drop(ready);
    let mut count = 0;
    loop {
        let (name, code) = tokio::select! {
            signal = signals.next() => signal,
            () = deadline(), if stop.reason().is_none() => {
                stop.throw(&run::deadline_is_over(allowed));
                continue;
            }
        };
        count += 1;
        match count {
            _ if stop.is_over() => end_soon(code).await,
            1 => stop.throw(&format!("stopped {name}")),
            2 => {
                stop.hurry();
                sleep(GRACE).await;
            }
            _ => end_soon(code).await,
        }
    }
}

async fn deadline() {
    match scs_files::deadline() {
        Some(end) => sleep_until(end.into()).await,
        None => std::future::pending().await,
    }
}

/// Ends the program unless it ends by itself in the meantime.
async fn end_soon(code: i32) {
    sleep(GRACE).await;
    #[expect(clippy::exit, reason = "something blocks the program that cannot be ended in another way")]
    std::process::exit(code);
}

/// Notes that the run is over: if it was stopped, what is still written has to be quick.
pub(super) fn run_is_over(stop: &Stop) {
    stop.end();
    if stop.reason().is_some() {
        scs_files::give_up_at(Instant::now() + GRACE);
    }
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hangup: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> Option<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let listen = |kind| signal(kind).ok();
        let (interrupt, terminate) = (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
        Some(Self { interrupt, terminate, hangup: listen(SignalKind::hangup())? })
    }

    /// Returns what the next signal means, and the exit code of a program that it ends.
    async fn next(&mut self) -> (&'static str, i32) {
        tokio::select! {
            _ = self.interrupt.recv() => ("by Ctrl-C", 130),
            _ = self.terminate.recv() => ("by SIGTERM", 143),
            _ = self.hangup.recv() => ("because the terminal was closed", 129),
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> Option<Self> {
        Some(Self)
    }

    async fn next(&mut self) -> (&'static str, i32) {
        let _ = tokio::signal::ctrl_c().await;
        ("by Ctrl-C", 130)
    }
}
