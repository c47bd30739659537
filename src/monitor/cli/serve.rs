//! `serve` and `migrate`.

use super::check;
use super::failure::Failure;
use super::options::{DatabaseOptions, ServeOptions};
use chrono::Utc;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use scs_monitor::http::{App, Clock, ConnectionLimits, Settings, first_parts, serve};
use scs_monitor::store::Store;
use std::future::Future;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use url::Url;

/// Serves until a signal ends it.
pub async fn run(options: ServeOptions) -> Result<(), Failure> {
    // The signals are taken before anything else, so that none of them ends a server that has just begun.
    let (hangup, stop) = (signal(SignalKind::hangup())?, stop()?);
    let settings = settings(&options)?;
    if options.check_config {
        return check::run(&options, &settings).await;
    }
    let store = Store::connect(&options.database.database).await?;
    let app = Arc::new(App::new(store, settings).await?);
    let listener = TcpListener::bind(options.listen)
        .await
        .map_err(|error| format!("{} cannot be listened on: {error}; choose another with --listen", options.listen))?;
    let connections = options.connections.min(possible_connections(options.connections));
    let defaults = ConnectionLimits::default();
    let of_one = defaults.of_one.min(connections.div_ceil(2));
    let limits = ConnectionLimits { connections, of_one, ..defaults };
    run_until(listener, app, limits, hangup, stop).await;
    Ok(())
}

/// The open files that are no connections.
const OTHER_FILES: u64 = 100;

/// Asks the system for as many open files as the connections take, and returns the number of connections that it permits.
fn possible_connections(wanted: usize) -> usize {
    let limits = getrlimit(Resource::Nofile);
    let needed = u64::try_from(wanted).unwrap_or(u64::MAX).saturating_add(OTHER_FILES);
    let current = limits.maximum.map_or(needed, |maximum| maximum.min(needed)).max(limits.current.unwrap_or(needed));
    let raised = Rlimit { current: Some(current), maximum: limits.maximum };
    let files = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => current,
        Err(_) => limits.current.unwrap_or(u64::MAX),
    };
    let possible = usize::try_from(files.saturating_sub(OTHER_FILES)).unwrap_or(usize::MAX).max(1);
    if possible < wanted {
        tracing::warn!("the system permits {possible} connections only; raise its limit of open files (ulimit -n)");
    }
    possible
}

/// Serves until the future ends, and reloads at each hangup.
pub async fn run_until(
    listener: TcpListener,
    app: Arc<App>,
    limits: ConnectionLimits,
    hangup: Signal,
    stop: impl Future<Output = ()>,
) {
    if let Ok(address) = listener.local_addr() {
        tracing::info!(%address, "listening on http://{address}{}", app.settings.base);
    }
    let reloader = tokio::spawn(reload_at(hangup, Arc::clone(&app)));
    serve(listener, app, limits, stop).await;
    reloader.abort();
    tracing::info!("stopped");
}

async fn reload_at(mut hangup: Signal, app: Arc<App>) {
    while hangup.recv().await.is_some() {
        match app.reload().await {
            Ok(()) => {
                tracing::info!("accounts, scopes, the registry and the settings of notifications were read again")
            }
            Err(error) => tracing::error!("nothing was reloaded, what was read before still holds: {error}"),
        }
    }
}

/// Returns a future that ends with SIGTERM or SIGINT.
pub fn stop() -> Result<impl Future<Output = ()>, Failure> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

fn settings(options: &ServeOptions) -> Result<Settings, Failure> {
    let defaults = Settings::default();
    let health = options.health_user.clone().zip(options.health_password.clone());
    Ok(Settings {
        bootstrap: options.bootstrap.clone(),
        scopes: options.scopes.clone(),
        registry: options.registry.clone(),
        notify: options.notify.clone(),
        base: base(&options.base_url)?,
        public: public(&options.base_url),
        proxies: options.trusted_proxy.clone(),
        health,
        login_life: options.login_life,
        logins_at_a_time: options.logins_at_a_time.unwrap_or(defaults.logins_at_a_time),
        clock: options.now.map_or(defaults.clock, |now| Clock(now - Utc::now())),
        ..defaults
    })
}

/// Returns the path of an address or a path, with `/` at both ends.
pub fn base(text: &str) -> Result<String, Failure> {
    let path = match Url::parse(text) {
        Ok(url) => url.path().to_owned(),
        Err(_) if text.starts_with('/') => text.to_owned(),
        Err(_) => return Err(format!("--base-url \"{text}\" is neither an address nor a path like /monitor/").into()),
    };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~/".contains(c);
    if !path.chars().all(is_plain) {
        return Err(format!("--base-url \"{text}\" has other characters than letters, digits, -, ., _, ~ and /").into());
    }
    let path = path.trim_matches('/');
    let first = path.split('/').next().unwrap_or_default();
    if first_parts().contains(first) {
        let problem = "begins like a path of the server itself; choose another, such as /monitor/";
        return Err(format!("--base-url \"{text}\" {problem}").into());
    }
    Ok(if path.is_empty() { "/".to_owned() } else { format!("/{path}/") })
}

/// Returns a whole address with `/` at its end; none for a path.
pub fn public(text: &str) -> Option<String> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())?;
    let path = url.path().trim_matches('/');
    let end = if path.is_empty() { String::new() } else { format!("{path}/") };
    Some(format!("{}/{end}", url.origin().ascii_serialization()))
}

/// Brings the tables of a database to this version.
pub async fn migrate(options: &DatabaseOptions) -> Result<(), Failure> {
    let store = Store::connect(&options.database).await?;
    store.migrate().await?;
    store.close().await;
    println!("the tables are up to date");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_address_is_public() {
        for (text, expected) in [
            ("https://example.org", Some("https://example.org/")),
            ("https://example.org:8443/a/b/", Some("https://example.org:8443/a/b/")),
            ("https://user:secret@example.org/a?b#c", Some("https://example.org/a/")),
            ("/monitor/", None),
            ("javascript:alert(1)", None),
        ] {
            assert_eq!(public(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_base_has_slashes_at_both_ends() {
        for (text, expected) in
            [("/", "/"), ("/monitor", "/monitor/"), ("https://example.org", "/"), ("https://example.org/a/b/", "/a/b/")]
        {
            assert_eq!(base(text).unwrap(), expected, "{text}");
        }
        for text in ["/reports", "/status/", "https://example.org/results/x", "/notifications", "/de/x"] {
            assert!(base(text).unwrap_err().to_string().contains("a path of the server itself"), "{text}");
        }
        assert!(base("monitor").is_err() && base("/a\"b").is_err());
    }
}
