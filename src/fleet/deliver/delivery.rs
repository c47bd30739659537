//! Delivers reports: signs, keeps in the spool, sends. A server that does not answer is given up for the night after a few
//! reports, so that a dead one costs minutes and not hours; what waits in the spool is sent later.

use super::answer::Answer;
use super::spool::{Parcel, Spool, SpoolError};
use super::upload::{Client, UploadError};
use crate::config::{Config, Server};
use crate::sign::{SignerError, SigningAgent, signer};
use crate::summary::{DeliveryOutcome, DeliveryRecord};
use chrono::Utc;
use scs_reports::{Format, RenderError, Report, render, upload_refusal};
use scs_subjects::watch::Stop;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The time limit of one request to a result server.
const LIMIT: Duration = Duration::from_secs(30);

/// The number of reports that one server may fail to take in a row before it is given up for the night.
const PATIENCE: usize = 2;

/// Reads a variable of the environment.
pub type Variable = dyn Fn(&str) -> Option<String> + Send + Sync;

/// The way of reports to their servers.
pub struct Deliverer<'a> {
    config: &'a Config,
    signer: Option<SigningAgent>,
    spool: Spool,
    client: Client,
    stop: Stop,
    variable: &'a Variable,
    /// The number of reports in a row that a server did not take, by its address.
    failures: Mutex<BTreeMap<String, usize>>,
}

/// A night that cannot deliver anything.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// Nobody signs.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// There is no client.
    #[error("no connection can be made: {0}")]
    Client(#[from] reqwest::Error),
    /// The spool cannot be read.
    #[error(transparent)]
    Spool(#[from] SpoolError),
}

/// A report that is not signed.
#[derive(Debug, thiserror::Error)]
enum NotSigned {
    /// A format cannot hold it.
    #[error(transparent)]
    Format(#[from] RenderError),
    /// Nobody signs it.
    #[error(transparent)]
    Signer(#[from] SignerError),
}

impl<'a> Deliverer<'a> {
    /// Prepares deliveries; reads the key that signs.
    ///
    /// # Errors
    /// The key cannot be had, or no connection can be made at all.
    pub async fn new(
        config: &'a Config,
        spool: &Path,
        stop: Stop,
        variable: &'a Variable,
    ) -> Result<Self, DeliveryError> {
        let signer = match &config.signing {
            Some(signing) => Some(signer(signing, variable).await?),
            None => None,
        };
        let client = Client::new(LIMIT)?;
        Ok(Self { config, signer, spool: Spool::new(spool), client, stop, variable, failures: Mutex::default() })
    }

    /// Returns the one who signs, if the configuration names one.
    pub fn signer(&self) -> Option<&SigningAgent> {
        self.signer.as_ref()
    }

    /// Signs a report, puts the signature into a folder, and sends both to each server.
    pub async fn deliver(&self, report: &Report, folder: &Path) -> Vec<DeliveryRecord> {
        let Some(signer) = &self.signer else { return Vec::new() };
        let failed = |outcome, message: String| self.each(&report.subject.name, outcome, &message);
        if let Some(why) = upload_refusal(report.subject.simulated, report.definitions.origin, false) {
            return failed(DeliveryOutcome::Refused, why.to_owned());
        }
        let (text, signature) = match self.signed(report, signer).await {
            Ok(signed) => signed,
            Err(why) => return failed(DeliveryOutcome::NotSigned, why.to_string()),
        };
        let parcel = |server: &Server| Parcel {
            server: server.url.to_string(),
            account: server.account.clone(),
            subject: report.subject.name.clone(),
            report: report.id.clone(),
            signed_at: Utc::now(),
            body: Parcel::body(&signature, &text),
        };
        let parcels: Vec<(&Server, Parcel)> =
            self.config.servers.iter().map(|server| (server, parcel(server))).collect();
        if let Err(error) = parcels.iter().try_for_each(|(_, parcel)| self.spool.add(parcel)) {
            return failed(DeliveryOutcome::NotSigned, error.to_string());
        }
        // Whoever finds it knows that the report is in the spool, or has left it.
        if let Err(error) = scs_files::replace(&self.mark(folder), &signature) {
            return failed(DeliveryOutcome::NotSigned, error.to_string());
        }
        let mut records = Vec::new();
        for (server, parcel) in &parcels {
            records.push(self.send(server, parcel).await);
        }
        records
    }

    /// Sends what waits in the spool, the oldest first. Problems are parcels that cannot be read.
    ///
    /// # Errors
    /// The spool cannot be read.
    pub async fn send_spooled(&self) -> Result<(Vec<DeliveryRecord>, Vec<SpoolError>), DeliveryError> {
        let (parcels, problems) = self.spool.parcels()?;
        let mut records = Vec::new();
        for parcel in &parcels {
            let is_its = |server: &&Server| server.url.as_str() == parcel.server && server.account == parcel.account;
            records.push(match self.config.servers.iter().find(is_its) {
                Some(server) => self.send(server, parcel).await,
                None => {
                    let message = "the configuration does not name this server and account any more";
                    record(&parcel.subject, &parcel.server, DeliveryOutcome::Spooled, Some(message.to_owned()))
                }
            });
        }
        Ok((records, problems))
    }

    /// Returns the form in which servers take reports.
    fn format(&self) -> Format {
        let mut formats = self.config.outputs.formats.iter().copied();
        formats.find(|format| format.is_for_upload()).unwrap_or(Format::Yaml)
    }

    fn each(&self, subject: &str, outcome: DeliveryOutcome, message: &str) -> Vec<DeliveryRecord> {
        let of = |server: &Server| record(subject, server.url.as_str(), outcome, Some(message.to_owned()));
        self.config.servers.iter().map(of).collect()
    }

    async fn signed(&self, report: &Report, signer: &SigningAgent) -> Result<(String, String), NotSigned> {
        let text = render(self.format(), report)?;
        let signature = signer.sign(&text).await?;
        Ok((text, signature))
    }

    /// Returns the file with the signature of the report in a folder.
    fn mark(&self, folder: &Path) -> PathBuf {
        folder.join(format!("{}.sig", self.format().usual_name()))
    }

    /// Returns true if the report in a folder has to be signed and sent, and was not: its night was killed before.
    pub fn is_owed(&self, folder: &Path) -> bool {
        self.signer.is_some() && !self.mark(folder).exists()
    }

    /// Sends a parcel that is in the spool, and takes it out when the server has it.
    async fn send(&self, server: &Server, parcel: &Parcel) -> DeliveryRecord {
        let spooled = |why: String| record(&parcel.subject, &parcel.server, DeliveryOutcome::Spooled, Some(why));
        if let Some(reason) = self.stop.reason() {
            return spooled(format!("not sent, as the night was stopped ({})", reason.message));
        }
        if self.failures_of(&parcel.server) >= PATIENCE {
            return spooled("not sent, as the server did not take the reports before".to_owned());
        }
        let token = match server.token.read(self.variable).await {
            Ok(token) => token,
            Err(error) => return spooled(format!("not sent, as there is no token: {error}")),
        };
        let sent = tokio::select! {
            sent = self.client.send(parcel, &token) => sent,
            reason = self.stop.thrown() => return spooled(format!("not sent, as the night was stopped ({})", reason.message)),
        };
        self.note(&parcel.server, matches!(sent, Err(UploadError::NotNow(_))));
        match sent {
            Ok(answer) => self.done(parcel, answer),
            Err(UploadError::NotNow(_)) => spooled(sent.err().map_or(String::new(), |error| error.to_string())),
            Err(error) => record(&parcel.subject, &parcel.server, DeliveryOutcome::Refused, Some(error.to_string())),
        }
    }

    fn done(&self, parcel: &Parcel, answer: Answer) -> DeliveryRecord {
        let outcome = match answer {
            Answer::Accepted => DeliveryOutcome::Accepted,
            Answer::AlreadyThere => DeliveryOutcome::AlreadyThere,
        };
        let problem = self.spool.remove(parcel).err().map(|error| error.to_string());
        record(&parcel.subject, &parcel.server, outcome, problem)
    }

    fn failures_of(&self, server: &str) -> usize {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner).get(server).copied().unwrap_or_default()
    }

    fn note(&self, server: &str, failed: bool) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let count = failures.entry(server.to_owned()).or_default();
        *count = if failed { *count + 1 } else { 0 };
    }
}

fn record(subject: &str, server: &str, outcome: DeliveryOutcome, message: Option<String>) -> DeliveryRecord {
    DeliveryRecord { subject: subject.to_owned(), server: server.to_owned(), outcome, message }
}
