//! `demo`.

use super::failure::Failure;
use super::options::DemoOptions;
use super::serve::{run_until, stop};
use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};
use scs_monitor::demo;
use scs_monitor::http::{App, ConnectionLimits, Settings};
use scs_monitor::store::Store;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
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

/// The beginning and the end of the name of a database; the number of the process stands between them.
const NAME: (&str, &str) = ("scs-monitor-demo-", ".db");

/// Removes the databases of demonstrations that were killed.
fn remove_leftovers(folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let process = name.to_str().and_then(|name| name.strip_prefix(NAME.0)?.strip_suffix(NAME.1)?.parse().ok());
        if let Some(process) = process.and_then(Pid::from_raw)
            && test_kill_process(process) == Err(Errno::SRCH)
        {
            drop(Temporary(entry.path()));
        }
    }
}

/// Serves simulated subjects until a signal ends it.
pub async fn run(options: &DemoOptions) -> Result<(), Failure> {
    let (hangup, stop) = (signal(SignalKind::hangup())?, stop()?);
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
    let listener = TcpListener::bind(address).await.map_err(|error| {
        format!("{address} cannot be listened on: {error}; end what listens there, or choose another port with --port")
    })?;
    remove_leftovers(&std::env::temp_dir());
    let name = format!("{}{}{}", NAME.0, std::process::id(), NAME.1);
    let file = Temporary(std::env::temp_dir().join(name));
    let store = Store::connect(&format!("sqlite:{}", file.0.display())).await?;
    let app = Arc::new(App::new(store, Settings { demo: true, ..Settings::default() }).await?);
    demo::fill(&app.store, &app.rulebook(), app.now()).await?;
    run_until(listener, app, ConnectionLimits::default(), hangup, stop).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_demonstration_left_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let file = |process: &str| folder.path().join(format!("{}{process}{}", NAME.0, NAME.1));
        let mut ended = std::process::Command::new("true").spawn().unwrap();
        ended.wait().unwrap();
        let (gone, own) = (ended.id().to_string(), std::process::id().to_string());
        for path in [file(&gone), file(&own), file("x"), folder.path().join("other.db")] {
            std::fs::write(path, "").unwrap();
        }
        std::fs::write(format!("{}-wal", file(&gone).display()), "").unwrap();
        remove_leftovers(folder.path());
        let mut left: Vec<String> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().path().display().to_string())
            .collect();
        left.sort();
        let mut expected =
            [file(&own), file("x"), folder.path().join("other.db")].map(|path| path.display().to_string());
        expected.sort();
        assert_eq!(left, expected);
    }
}
