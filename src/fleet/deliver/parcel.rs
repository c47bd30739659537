//! A parcel: a signed report on its way to a server. Its body may be large, so it is read only when its turn comes.

use chrono::{DateTime, Utc};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::io::Read;
use std::path::{Path, PathBuf};

/// A signed report on its way to a server. It holds no secret.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Parcel {
    /// The address of the server.
    pub server: String,
    /// The account.
    pub account: String,
    /// The subject.
    pub subject: String,
    /// The id of the report.
    pub report: String,
    /// The instant at which it was signed.
    pub signed_at: DateTime<Utc>,
    /// The reason why the server does not take it, if it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
    /// The signature, `&`, and the report.
    pub body: String,
}

/// A parcel in the spool, without its body.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Spooled {
    /// The file.
    pub file: PathBuf,
    /// The address of the server.
    pub server: String,
    /// The account.
    pub account: String,
    /// The subject.
    pub subject: String,
    /// The id of the report.
    pub report: String,
    /// The instant at which it was signed.
    pub signed_at: DateTime<Utc>,
    /// The reason why the server does not take it, if it was refused.
    pub refusal: Option<String>,
}

/// A parcel whose body is passed over.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    server: String,
    account: String,
    subject: String,
    report: String,
    signed_at: DateTime<Utc>,
    #[serde(default)]
    refusal: Option<String>,
    #[serde(rename = "body")]
    _body: IgnoredAny,
}

impl Parcel {
    /// Joins a signature and a report as servers want them (digest of today's contract, 3.3).
    pub fn body(signature: &str, report: &str) -> String {
        format!("{}\n&{report}", signature.trim_end())
    }

    /// Returns the name of its file: the same report to the same account has one name.
    pub(super) fn file_name(&self) -> String {
        let digest = Sha256::digest(format!("{}\n{}", self.server, self.account));
        let place: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        format!("{}.{place}.json", self.report)
    }

    /// Returns it without its body.
    pub(super) fn spooled(&self, file: PathBuf) -> Spooled {
        Spooled {
            file,
            server: self.server.clone(),
            account: self.account.clone(),
            subject: self.subject.clone(),
            report: self.report.clone(),
            signed_at: self.signed_at,
            refusal: self.refusal.clone(),
        }
    }
}

impl Spooled {
    /// Reads a parcel without keeping its body.
    pub(super) fn read(file: &Path, content: impl Read) -> Result<Self, serde_json::Error> {
        let Head { server, account, subject, report, signed_at, refusal, _body } = serde_json::from_reader(content)?;
        Ok(Self { file: file.to_owned(), server, account, subject, report, signed_at, refusal })
    }
}
