//! `demo`.

use super::failure::Failure;
use super::options::DemoOptions;
use super::serve::{run_until, stop};
use scs_monitor::demo;
use scs_monitor::http::{App, ConnectionLimits, Settings};
use scs_monitor::store::Store;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// A file that is removed at the end.
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", self.0.display()));
        }
    }
}

/// Serves simulated subjects until a signal ends it.
pub async fn run(options: &DemoOptions) -> Result<(), Failure> {
    let (hangup, stop) = (signal(SignalKind::hangup())?, stop()?);
    let file = Temporary(std::env::temp_dir().join(format!("scs-monitor-demo-{}.db", std::process::id())));
    let store = Store::connect(&format!("sqlite:{}", file.0.display())).await?;
    let app = Arc::new(App::new(store, Settings { demo: true, ..Settings::default() }).await?);
    demo::fill(&app.store, &app.rulebook(), app.now()).await?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await?;
    run_until(listener, app, ConnectionLimits::default(), hangup, stop).await;
    Ok(())
}
