//! Stands in for Sonobuoy, hydrophone or Tempest, whichever it is called as: takes the same arguments, makes the same objects in the
//! cluster or such things in the cloud, says and leaves the same things as the real ones (Sonobuoy 0.57, hydrophone 0.7, tests of
//! Kubernetes 1.25 and later, Tempest 47). It runs no test; `STAND_IN` says what shall come of it, see `script.rs`.

mod archive;
mod catalog;
mod cluster;
mod hydrophone;
mod report;
mod script;
mod sonobuoy;
mod tempest;

use cluster::Cluster;
use script::Script;
use std::collections::BTreeMap;
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

/// A result whose error is printed before the program fails.
type Outcome<T = ()> = Result<T, String>;

/// The arguments: words, and options with their values.
struct Arguments {
    words: Vec<String>,
    options: BTreeMap<String, String>,
}

/// Options that stand alone, without a value behind them.
const ALONE: [&str; 11] = [
    "wait",
    "json",
    "short",
    "version",
    "conformance",
    "continue",
    "dry-run",
    "all",
    "list-tests",
    "subunit",
    "serial",
];

impl Arguments {
    fn from_process() -> Self {
        let (mut words, mut options) = (Vec::new(), BTreeMap::new());
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            match argument.strip_prefix("--") {
                None => words.push(argument),
                Some(option) => match option.split_once('=') {
                    // Variables of plugins may be given several times.
                    Some(("plugin-env", value)) => {
                        let (name, value) = value.split_once('=').unwrap_or((value, ""));
                        options.insert(name.to_owned(), value.to_owned());
                    }
                    // What is a list may be given piece by piece.
                    Some((name, value)) => {
                        let known = options.remove(name).map_or(String::new(), |known: String| known + ",");
                        options.insert(name.to_owned(), known + value);
                    }
                    None if ALONE.contains(&option) => drop(options.insert(option.to_owned(), String::new())),
                    None => drop(options.insert(option.to_owned(), arguments.next().unwrap_or_default())),
                },
            }
        }
        Self { words, options }
    }

    fn has(&self, option: &str) -> bool {
        self.options.contains_key(option)
    }

    fn get(&self, option: &str) -> Outcome<&str> {
        self.options.get(option).map(String::as_str).ok_or_else(|| format!("--{option} is missing"))
    }

    /// Refuses options that the real program does not know. Variables of plugins have a dot in their names.
    fn only(&self, known: &[&str]) -> Outcome {
        let unknown = self.options.keys().find(|name| !name.contains('.') && !known.contains(&name.as_str()));
        unknown.map_or(Ok(()), |name| Err(format!("unknown flag: --{name}")))
    }
}

/// Prints a line. Who reads it may be gone, which is no reason to end: what runs in the cluster goes on.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Prints a line of a log.
fn complain(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let name = std::env::args().next().unwrap_or_default();
    let arguments = Arguments::from_process();
    let outcome = match name.rsplit('/').next().unwrap_or_default() {
        name if name.contains("hydrophone") => hydrophone::run(&arguments).await,
        name if name.contains("tempest") => tempest::run(&arguments).await,
        _ => sonobuoy::run(&arguments).await,
    };
    outcome.unwrap_or_else(|why| {
        complain(&format!("time=\"2026-11-20T10:00:00Z\" level=error msg={why:?}"));
        ExitCode::FAILURE
    })
}

/// Returns the cluster and namespace that the arguments name, and what is to happen.
fn scene(arguments: &Arguments) -> Outcome<(Cluster, String, Script)> {
    let cluster = Cluster::of_kubeconfig(arguments.get("kubeconfig")?)?;
    Ok((cluster, arguments.get("namespace")?.to_owned(), Script::of_environment()?))
}

/// Does nothing any more, and does not listen to a gentle word either.
async fn hang() -> ! {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).ok();
    loop {
        match &mut terminate {
            Some(terminate) => drop(terminate.recv().await),
            None => tokio::time::sleep(Duration::from_secs(1)).await,
        }
    }
}
