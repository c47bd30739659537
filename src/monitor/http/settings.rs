//! The settings of a server, and its clock.

use chrono::{DateTime, TimeDelta, Utc};
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

/// The settings of a server.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The file with all accounts.
    pub bootstrap: Option<PathBuf>,
    /// The folder with scope files that replace the built-in ones.
    pub scopes: Option<PathBuf>,
    /// The file with operators, subjects and certificates.
    pub registry: Option<PathBuf>,
    /// The file that says how operators are told.
    pub notify: Option<PathBuf>,
    /// The path under which the server is seen, with `/` at its end.
    pub base: String,
    /// The whole address under which the public sees the server, with `/` at its end; none if only its path is known.
    pub public: Option<String>,
    /// True for pages that are written to files: they have no forms and lead to nothing that needs a login.
    pub as_files: bool,
    /// The proxies whose `X-Forwarded-For` is believed.
    pub proxies: Vec<IpAddr>,
    /// The user and the password of the health check that may see errors.
    pub health: Option<(String, String)>,
    /// The time for which a right login is remembered.
    pub login_life: Duration,
    /// The number of passwords that are checked at a time.
    pub logins_at_a_time: usize,
    /// The wrong logins that an address may make at once, and then each second.
    pub logins: (u32, f64),
    /// The uploads that an account may make at once, and then each second.
    pub uploads: (u32, f64),
    /// True for a demonstration: simulated reports are accepted, and every page says so.
    pub demo: bool,
    /// The clock.
    pub clock: Clock,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            bootstrap: None,
            scopes: None,
            registry: None,
            notify: None,
            base: "/".to_owned(),
            public: None,
            as_files: false,
            proxies: Vec::new(),
            health: None,
            login_life: Duration::from_secs(300),
            logins_at_a_time: std::thread::available_parallelism().map_or(1, |cores| (cores.get() / 2).max(1)),
            logins: (120, 2.0),
            uploads: (2_000, 1_000.0),
            demo: false,
            clock: Clock::default(),
        }
    }
}

impl Settings {
    /// Returns the address of a path: a whole one if the public address is known.
    pub fn address(&self, path: &str) -> String {
        format!("{}{path}", self.public.as_ref().unwrap_or(&self.base))
    }
}

/// The clock, which rehearsals shift.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock(pub TimeDelta);

impl Clock {
    /// Returns the instant.
    pub fn now(self) -> DateTime<Utc> {
        Utc::now() + self.0
    }
}
