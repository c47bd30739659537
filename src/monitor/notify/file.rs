//! The form of the file, as it is written.

use super::secret::Reference;
use schemars::{JsonSchema, Schema};
use scs_checks::definition::Located;
use scs_checks::schema::of_definition;
use serde::Deserialize;
use std::path::PathBuf;

/// Returns the JSON Schema of the file.
pub(super) fn schema() -> Schema {
    of_definition::<NotifyFile>()
}

/// The notifications of a result server: how operators are told, and when.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "The notifications of a result server")]
pub(super) struct NotifyFile {
    /// The address under which the server is seen, for links.
    pub base_url: Located<String>,
    /// The server that takes e-mail; without it none is sent.
    pub smtp: Option<SmtpEntry>,
    /// The settings of webhooks; without them none is called.
    pub webhook: Option<WebhookEntry>,
    /// The time in which a subject gets one message, with everything in it; 24h.
    pub window: Option<Located<String>>,
    /// The time after which a violation of a certified subject is told once more; 7days.
    pub reminder_after: Option<Located<String>>,
    /// The time for which a subject has to be undecided or untested before that is told; 2days.
    pub undecided_after: Option<Located<String>>,
    /// The changes that make a conclusion an unstable one.
    #[serde(default)]
    pub unstable: UnstableEntry,
    /// The times in which no message is made, in UTC.
    #[serde(default)]
    pub quiet: QuietEntry,
}

/// The server that takes e-mail.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SmtpEntry {
    /// The name of the server.
    pub host: Located<String>,
    /// The port; 587 for starttls, 465 for tls, 25 for none.
    pub port: Option<u16>,
    /// The encryption; starttls.
    #[serde(default)]
    pub tls: Encryption,
    /// A file with further certificates (PEM) that are trusted.
    pub ca: Option<Located<PathBuf>>,
    /// The user; without one nobody logs in.
    pub user: Option<Located<String>>,
    /// The password of the user.
    pub password: Option<Located<Reference>>,
    /// The sender, as in "SCS monitor <monitor@example.org>".
    pub from: Located<String>,
    /// The longest time for one message; 30s.
    pub timeout: Option<Located<String>>,
}

/// The encryption of a connection.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Encryption {
    /// None; for a server on this machine only.
    None,
    /// TLS after a plain beginning; a server that does not offer it gets nothing.
    #[default]
    Starttls,
    /// TLS from the beginning.
    Tls,
}

/// The settings of webhooks.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WebhookEntry {
    /// The secret that signs requests: whsec_ and 24 to 64 bytes in Base64.
    pub secret: Located<Reference>,
    /// True if receivers may have private addresses, such as 10.0.0.1.
    #[serde(default)]
    pub private_addresses: bool,
    /// A file with further certificates (PEM) that are trusted.
    pub ca: Option<Located<PathBuf>>,
    /// The longest time for one call; 15s.
    pub timeout: Option<Located<String>>,
}

/// The changes that make a conclusion an unstable one: it is told once, and then once more when it is stable again.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UnstableEntry {
    /// The number of changes; 3.
    pub changes: Option<Located<usize>>,
    /// The time within which they have to come; 7days.
    pub within: Option<Located<String>>,
    /// The time without a change after which it is stable again; 3days.
    pub stable_after: Option<Located<String>>,
}

/// The times in which no message is made.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct QuietEntry {
    /// The beginning of the hours, as in "20:00".
    pub from: Option<Located<String>>,
    /// The end of the hours, as in "06:00".
    pub to: Option<Located<String>>,
    /// False if Saturdays and Sundays are days like all others.
    pub weekends: Option<bool>,
}
