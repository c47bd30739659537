//! The settings of notifications, checked and with their secrets.

use super::calendar::{Quiet, Times};
use super::file::{self, Encryption, NotifyFile, QuietEntry, SmtpEntry, WebhookEntry};
use super::secret::{Reference, Secret};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{NaiveTime, TimeDelta};
use lettre::message::Mailbox;
use schemars::Schema;
use scs_checks::definition::{Located, Problem, Problems, Source};
use std::fs;
use std::path::PathBuf;
use std::time::Duration;
use url::Url;

/// The settings of notifications.
#[derive(Clone, Debug)]
pub struct Config {
    /// The address of the server, with `/` at its end.
    pub(super) base_url: String,
    /// The server that takes e-mail.
    pub(super) smtp: Option<Smtp>,
    /// The settings of webhooks.
    pub(super) webhook: Option<Webhook>,
    /// The times.
    pub(super) times: Times,
}

/// The server that takes e-mail.
#[derive(Clone, Debug)]
pub(super) struct Smtp {
    pub host: String,
    pub port: u16,
    pub tls: Encryption,
    /// Further certificates that are trusted, as PEM.
    pub ca: Option<Vec<u8>>,
    /// The user with its password.
    pub login: Option<(String, Secret)>,
    pub from: Mailbox,
    /// The longest time for one message.
    pub timeout: Duration,
}

/// The settings of webhooks.
#[derive(Clone, Debug)]
pub(super) struct Webhook {
    /// The key that signs.
    pub key: Key,
    pub private_addresses: bool,
    /// Further certificates that are trusted, as PEM.
    pub ca: Option<Vec<u8>>,
    /// The longest time for one call.
    pub timeout: Duration,
}

/// The bytes of a key, which are not shown.
#[derive(Clone)]
pub(super) struct Key(pub Vec<u8>);

impl std::fmt::Debug for Key {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("(secret)")
    }
}

/// Collects problems while the parts are bound.
struct Binder<'a> {
    source: &'a Source,
    problems: Vec<Problem>,
}

impl Config {
    /// Parses a file, and reads the secrets that it refers to.
    ///
    /// # Errors
    /// Every problem in the file, with its place.
    pub fn parse(source: &Source) -> Result<Self, Problems> {
        let file: NotifyFile = source.parse().map_err(|problem| Problems(vec![problem]))?;
        let mut binder = Binder { source, problems: Vec::new() };
        let base_url = binder.base_url(&file.base_url);
        let smtp = file.smtp.as_ref().and_then(|entry| binder.smtp(entry));
        let webhook = file.webhook.as_ref().and_then(|entry| binder.webhook(entry));
        let times = binder.times(&file);
        match (base_url, binder.problems) {
            (Some(base_url), problems) if problems.is_empty() => Ok(Self { base_url, smtp, webhook, times }),
            (_, problems) => Err(Problems(problems)),
        }
    }

    /// Returns the JSON Schema of the file.
    pub fn schema() -> Schema {
        file::schema()
    }
}

impl Binder<'_> {
    fn problem<T>(&mut self, at: &Located<T>, message: impl Into<String>, help: impl Into<String>) {
        self.problems.push(self.source.problem_at(at, message).help(help));
    }

    /// Keeps a value, or the problem of it.
    fn keep<T, P>(&mut self, at: &Located<P>, read: Result<T, (String, String)>) -> Option<T> {
        read.map_err(|(message, help)| self.problem(at, message, help)).ok()
    }

    fn base_url(&mut self, entry: &Located<String>) -> Option<String> {
        match Url::parse(entry) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() && url.query().is_none() => {
                let text = url.to_string();
                Some(if text.ends_with('/') { text } else { format!("{text}/") })
            }
            _ => {
                self.problem(entry, format!("\"{}\" is not an address", **entry), "write https://HOST/PATH/");
                None
            }
        }
    }

    fn smtp(&mut self, entry: &SmtpEntry) -> Option<Smtp> {
        let is_name = |c: char| c.is_ascii_alphanumeric() || "-._:".contains(c);
        if entry.host.is_empty() || !entry.host.chars().all(is_name) {
            let message = format!("\"{}\" is not the name of a server", *entry.host);
            self.problem(&entry.host, message, "write its name without scheme and port");
        }
        let login = match (&entry.user, &entry.password) {
            (None, None) => None,
            (Some(user), Some(password)) => self.secret(password).map(|password| (user.value.clone(), password)),
            (Some(user), None) => {
                self.problem(user, "the user has no password", "add password: {file: PATH}");
                None
            }
            (None, Some(password)) => {
                self.problem(password, "the password has no user", "add user: NAME");
                None
            }
        };
        let is_local = ["localhost", "127.0.0.1", "::1"].contains(&entry.host.as_str());
        if entry.tls == Encryption::None && !is_local {
            let message = "contacts would cross the network in the clear";
            self.problem(&entry.host, message, "use tls: starttls or tls: tls, or a server on this machine");
        }
        let from = entry.from.parse::<Mailbox>().map_err(|_| {
            let message = format!("\"{}\" is not a sender", *entry.from);
            (message, "write NAME <NAME@HOST>".to_owned())
        });
        let from = self.keep(&entry.from, from)?;
        let usual = match entry.tls {
            Encryption::None => 25,
            Encryption::Starttls => 587,
            Encryption::Tls => 465,
        };
        let (host, port) = (entry.host.value.clone(), entry.port.unwrap_or(usual));
        let (ca, timeout) = (self.certificates(entry.ca.as_ref()), self.timeout(entry.timeout.as_ref(), 30));
        Some(Smtp { host, port, tls: entry.tls, ca, login, from, timeout })
    }

    fn webhook(&mut self, entry: &WebhookEntry) -> Option<Webhook> {
        let (ca, timeout) = (self.certificates(entry.ca.as_ref()), self.timeout(entry.timeout.as_ref(), 15));
        let secret = self.secret(&entry.secret)?;
        let bytes = secret.reveal().strip_prefix("whsec_").and_then(|text| STANDARD.decode(text).ok());
        let Some(key) = bytes.filter(|bytes| (24..=64).contains(&bytes.len())) else {
            let message = "the secret does not have the form of a webhook's: whsec_ and 24 to 64 bytes in Base64";
            self.problem(&entry.secret, message, "make one with: echo whsec_$(openssl rand -base64 32)");
            return None;
        };
        Some(Webhook { key: Key(key), private_addresses: entry.private_addresses, ca, timeout })
    }

    fn secret(&mut self, reference: &Located<Reference>) -> Option<Secret> {
        self.keep(reference, reference.read())
    }

    fn certificates(&mut self, path: Option<&Located<PathBuf>>) -> Option<Vec<u8>> {
        let path = path?;
        let read = fs::read(&**path).map_err(|error| error.to_string());
        let read = read.and_then(|bytes| match bytes.windows(27).any(|some| some == b"-----BEGIN CERTIFICATE-----") {
            true => Ok(bytes),
            false => Err("there is no certificate in it".to_owned()),
        });
        let named =
            |problem| (format!("{}: {problem}", path.display()), "name a file with certificates (PEM)".to_owned());
        self.keep(path, read.map_err(named))
    }

    fn times(&mut self, file: &NotifyFile) -> Times {
        let usual = Times::default();
        let unstable = &file.unstable;
        if let Some(changes) = unstable.changes.as_ref().filter(|changes| !(2..=50).contains(&changes.value)) {
            self.problem(changes, "this number of changes is too small or too large", "use 2 to 50");
        }
        Times {
            window: self.span(file.window.as_ref(), usual.window),
            reminder_after: self.span(file.reminder_after.as_ref(), usual.reminder_after),
            undecided_after: self.span(file.undecided_after.as_ref(), usual.undecided_after),
            unstable_changes: unstable.changes.as_ref().map_or(usual.unstable_changes, |changes| changes.value),
            unstable_within: self.span(unstable.within.as_ref(), usual.unstable_within),
            stable_after: self.span(unstable.stable_after.as_ref(), usual.stable_after),
            quiet: self.quiet(&file.quiet),
        }
    }

    /// Reads a span of time: at most a quarter, or nobody would ever be told.
    fn span(&mut self, entry: Option<&Located<String>>, usual: TimeDelta) -> TimeDelta {
        let Some(entry) = entry else { return usual };
        let span = humantime::parse_duration(entry).ok().and_then(|span| TimeDelta::from_std(span).ok());
        match span.filter(|span| *span <= TimeDelta::days(92)) {
            Some(span) => span,
            None => {
                self.problem(
                    entry,
                    format!("\"{}\" is not a span of time", **entry),
                    "write 24h or 7days; at most 92days",
                );
                usual
            }
        }
    }

    /// Reads a time limit: at most half a minute, so that a turn of messages ends before another server may send them, too.
    fn timeout(&mut self, entry: Option<&Located<String>>, usual: u64) -> Duration {
        let Some(entry) = entry else { return Duration::from_secs(usual) };
        let limits = Duration::from_secs(1)..=Duration::from_secs(30);
        match humantime::parse_duration(entry).ok().filter(|time| limits.contains(time)) {
            Some(time) => time,
            None => {
                self.problem(entry, format!("\"{}\" is not a time limit", **entry), "write 1s to 30s");
                Duration::from_secs(usual)
            }
        }
    }

    fn quiet(&mut self, entry: &QuietEntry) -> Quiet {
        let hours = match (&entry.from, &entry.to) {
            (None, None) => None,
            (Some(from), Some(to)) => self.time(from).zip(self.time(to)),
            (Some(one), None) | (None, Some(one)) => {
                self.problem(one, "quiet hours have a beginning and an end", "write both from and to");
                None
            }
        };
        if let (Some((from, to)), Some(at)) = (hours, &entry.to)
            && from == to
        {
            self.problem(at, "these hours never end", "write another end, or leave both out");
        }
        Quiet { hours, weekends: entry.weekends.unwrap_or(true) }
    }

    fn time(&mut self, entry: &Located<String>) -> Option<NaiveTime> {
        let time = NaiveTime::parse_from_str(entry, "%H:%M");
        let wrong = |_| (format!("\"{}\" is not a time", **entry), "write it like \"20:00\", in UTC".to_owned());
        self.keep(entry, time.map_err(wrong))
    }
}

#[cfg(test)]
mod tests;
