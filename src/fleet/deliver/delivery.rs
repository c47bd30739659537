//! Delivers reports: signs, keeps in the spool, sends. Each server has a queue of its own, so that none waits for another. A server
//! that does not answer is given up for the night after a few reports; what waits in the spool is sent later.

use super::answer::Answer;
use super::parcel::{Parcel, Spooled};
use super::queue::{Age, Queue};
use super::spool::{Contents, Spool, SpoolError};
use super::upload::{Client, UploadError};
use crate::config::{Config, Server};
use crate::run::KeepSecrets;
use crate::server::keep_login;
use crate::sign::{SignerError, SigningAgent, signer};
use crate::summary::{DeliveryOutcome, DeliveryRecord};
use chrono::Utc;
use futures_util::future::join_all;
use scs_reports::{Format, RenderError, Report, render, upload_refusal, visible};
use scs_subjects::secrets::Secrets;
use scs_subjects::watch::Stop;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The time limit of one request to a result server.
const LIMIT: Duration = Duration::from_secs(30);

/// The number of reports that one server may fail to take in a row before it is given up for the night.
const PATIENCE: usize = 2;

/// The reason why a parcel is not sent whose server nobody names any more.
const NOT_NAMED: &str = "the configuration does not name this server and account any more";

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
    /// The secrets that no message repeats.
    secrets: Secrets,
    /// The servers, each with its queue.
    queues: Vec<(&'a Server, Queue)>,
    /// The files of all parcels that were put into a queue.
    queued: Mutex<BTreeSet<PathBuf>>,
}

/// The result of putting a report into the queues.
#[derive(Debug, Default)]
pub struct Queued {
    /// The servers that do not get it, with the reason.
    pub records: Vec<DeliveryRecord>,
    /// The file with the signature, if it could not be written.
    pub unwritten: Option<String>,
}

/// The result of looking into the spool.
#[derive(Debug, Default)]
pub struct Sent {
    /// The parcels that no server gets.
    pub records: Vec<DeliveryRecord>,
    /// The parcels that cannot be read, a sentence each.
    pub problems: Vec<String>,
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

/// The experience with a server in this night.
#[derive(Debug, Default)]
struct Health {
    /// The number of reports in a row that it did not take.
    failures: usize,
    /// The reason why it gets nothing more tonight.
    given_up: Option<String>,
}

impl Health {
    fn is_in_trouble(&self) -> bool {
        self.failures > 0 || self.given_up.is_some()
    }

    fn note(&mut self, sent: &Result<Answer, UploadError>) {
        match sent {
            Err(UploadError::NotNow { is_silent, .. }) => {
                self.failures += 1;
                if *is_silent || self.failures >= PATIENCE {
                    self.give_up("the server did not take the reports before".to_owned());
                }
            }
            _ => self.failures = 0,
        }
    }

    fn give_up(&mut self, why: String) {
        self.given_up = Some(format!("not sent, as {why}"));
    }
}

impl<'a> Deliverer<'a> {
    /// Prepares deliveries; reads the key that signs. `keep` is told of all secrets.
    ///
    /// # Errors
    /// The key cannot be had, or no connection can be made at all.
    pub async fn new(
        config: &'a Config,
        spool: &Path,
        stop: Stop,
        variable: &'a Variable,
        keep: &KeepSecrets,
    ) -> Result<Self, DeliveryError> {
        let secrets = Secrets::default();
        keep(&secrets);
        let signer = match &config.signing {
            Some(signing) => Some(signer(signing, variable, &secrets, stop.clone()).await?),
            None => None,
        };
        let client = Client::new(LIMIT, secrets.clone())?;
        let queues = config.servers.iter().map(|server| (server, Queue::default())).collect();
        let (spool, queued) = (Spool::new(spool), Mutex::default());
        Ok(Self { config, signer, spool, client, stop, variable, secrets, queues, queued })
    }

    /// Returns the one who signs, if the configuration names one.
    pub fn signer(&self) -> Option<&SigningAgent> {
        self.signer.as_ref()
    }

    /// Signs a report, puts it into the spool and the signature into a folder; [`Self::send`] sends it. A new report has an id that
    /// no server can have; of another one a server may have it already.
    pub async fn deliver(&self, report: &Report, folder: &Path, is_new: bool) -> Queued {
        let Some(signer) = &self.signer else { return Queued::default() };
        let failed =
            |outcome, message: String| Queued { records: self.each(report, outcome, &message), unwritten: None };
        if let Some(why) = upload_refusal(report.subject.simulated, report.definitions.origin, false) {
            return failed(DeliveryOutcome::Refused, why.to_owned());
        }
        let (text, signature) = match self.signed(report, signer).await {
            Ok(signed) => signed,
            Err(why) => return failed(DeliveryOutcome::NotSigned, why.to_string()),
        };
        let (mut spooled, mut records) = (Vec::new(), Vec::new());
        for (server, queue) in &self.queues {
            match self.spool.add(&parcel(server, report, Parcel::body(&signature, &text))) {
                Ok(parcel) => spooled.push((queue, parcel)),
                Err(error) => records.push(self.record(
                    &report.subject.name,
                    server.url.as_str(),
                    DeliveryOutcome::NotSigned,
                    Some(error.to_string()),
                )),
            }
        }
        // Whoever finds it knows that the report is in the spool, or has left it.
        let unwritten = match records.is_empty() {
            true => scs_files::replace(&self.mark(folder), &signature).err().map(|error| error.to_string()),
            false => None,
        };
        for (queue, parcel) in spooled {
            self.queue(queue, parcel, if is_new { Age::New } else { Age::Again });
        }
        Queued { records, unwritten }
    }

    /// Puts what waits in the spool into the queues, behind the reports of tonight. What no server is named for is put among
    /// the refused, and taken from there when it is named again.
    ///
    /// # Errors
    /// The spool cannot be read.
    pub async fn queue_spooled(&self) -> Result<Sent, DeliveryError> {
        let Contents { parcels, problems } = self.contents(Spool::waiting).await?;
        let refused = self.contents(Spool::refused).await?;
        let mut sent = Sent { problems: problems.iter().map(ToString::to_string).collect(), ..Sent::default() };
        for parcel in parcels.into_iter().filter(|parcel| !self.is_queued(&parcel.file)) {
            match self.queue_of(&parcel) {
                Some(queue) => self.queue(queue, parcel, Age::Earlier),
                None => sent.records.push(self.refused(&parcel, DeliveryOutcome::Refused, NOT_NAMED)),
            }
        }
        for parcel in refused.parcels.into_iter().filter(|parcel| parcel.refusal.as_deref() == Some(NOT_NAMED)) {
            let Some(queue) = self.queue_of(&parcel) else { continue };
            match self.spool.restore(&parcel) {
                Ok(parcel) => self.queue(queue, parcel, Age::Earlier),
                Err(error) => sent.problems.push(error.to_string()),
            }
        }
        Ok(sent)
    }

    /// Notes that nothing more is to be delivered; [`Self::send`] ends when the queues are empty.
    pub fn close(&self) {
        self.queues.iter().for_each(|(_, queue)| queue.close());
    }

    /// Sends what comes into the queues, to all servers side by side, until they are closed and empty.
    pub async fn send(&self) -> Vec<DeliveryRecord> {
        let serving = self.queues.iter().map(|(server, queue)| self.serve(server, queue));
        join_all(serving).await.into_iter().flatten().collect()
    }

    /// Returns true if the report in a folder has to be signed and sent, and was not: its night was killed before.
    pub fn is_owed(&self, folder: &Path) -> bool {
        self.signer.is_some() && !self.mark(folder).exists()
    }

    /// Returns the form in which servers take reports.
    fn format(&self) -> Format {
        let mut formats = self.config.outputs.formats.iter().copied();
        formats.find(|format| format.is_for_upload()).unwrap_or(Format::Yaml)
    }

    fn each(&self, report: &Report, outcome: DeliveryOutcome, message: &str) -> Vec<DeliveryRecord> {
        let name = &report.subject.name;
        let of = |server: &Server| self.record(name, server.url.as_str(), outcome, Some(message.to_owned()));
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

    async fn contents(
        &self,
        list: impl FnOnce(&Spool) -> Result<Contents, SpoolError> + Send + 'static,
    ) -> Result<Contents, SpoolError> {
        let spool = self.spool.clone();
        match tokio::task::spawn_blocking(move || list(&spool)).await {
            Ok(contents) => contents,
            Err(defect) => std::panic::resume_unwind(defect.into_panic()),
        }
    }

    fn queue_of(&self, parcel: &Spooled) -> Option<&Queue> {
        let is_its = |server: &Server| server.url.as_str() == parcel.server && server.account == parcel.account;
        self.queues.iter().find(|(server, _)| is_its(server)).map(|(_, queue)| queue)
    }

    fn queue(&self, queue: &Queue, parcel: Spooled, age: Age) {
        self.queued.lock().unwrap_or_else(PoisonError::into_inner).insert(parcel.file.clone());
        queue.add(parcel, age);
    }

    fn is_queued(&self, file: &Path) -> bool {
        self.queued.lock().unwrap_or_else(PoisonError::into_inner).contains(file)
    }

    /// Sends one server what comes into its queue.
    async fn serve(&self, server: &Server, queue: &Queue) -> Vec<DeliveryRecord> {
        let (mut health, mut records) = (Health::default(), Vec::new());
        while let Some((parcel, age)) = queue.next(health.is_in_trouble()).await {
            records.push(self.send_one(server, &parcel, age, &mut health).await);
        }
        records
    }

    /// Sends a parcel that is in the spool, and takes it out when the server has it.
    async fn send_one(&self, server: &Server, parcel: &Spooled, age: Age, health: &mut Health) -> DeliveryRecord {
        let spooled = |why| self.record(&parcel.subject, &parcel.server, DeliveryOutcome::Spooled, Some(why));
        if let Some(why) = &health.given_up {
            return spooled(why.clone());
        }
        let stopped = tokio::select! {
            biased;
            reason = self.stop.thrown() => reason,
            sent = self.sent(server, parcel, age, health) => return sent,
        };
        spooled(format!("not sent, as the night was stopped ({})", stopped.message))
    }

    async fn sent(&self, server: &Server, parcel: &Spooled, age: Age, health: &mut Health) -> DeliveryRecord {
        let record = |outcome, why| self.record(&parcel.subject, &parcel.server, outcome, Some(why));
        let token = match server.token.read(self.variable).await {
            Ok(token) => token,
            Err(error) => {
                health.give_up(format!("there is no token: {error}"));
                return record(DeliveryOutcome::Spooled, format!("not sent, as there is no token: {error}"));
            }
        };
        keep_login(&self.secrets, &server.account, &token);
        let whole = match self.spool.open(parcel) {
            Ok(whole) => whole,
            Err(error) => return record(DeliveryOutcome::Spooled, format!("not sent, as {error}")),
        };
        let sent = self.client.send(whole, &token, age == Age::New).await;
        health.note(&sent);
        match sent {
            Ok(answer) => self.done(parcel, answer),
            Err(error @ UploadError::Conflict) => self.refused(parcel, DeliveryOutcome::Conflict, &error.to_string()),
            Err(UploadError::Refused(refusal)) if refusal.is_final => {
                self.refused(parcel, DeliveryOutcome::Refused, &refusal.to_string())
            }
            Err(UploadError::Refused(refusal)) => record(
                DeliveryOutcome::Refused,
                format!("{refusal}; it stays in the spool, and is sent again; {}", dropping(parcel)),
            ),
            Err(error) => record(DeliveryOutcome::Spooled, error.to_string()),
        }
    }

    fn done(&self, parcel: &Spooled, answer: Answer) -> DeliveryRecord {
        let outcome = match answer {
            Answer::Accepted => DeliveryOutcome::Accepted,
            Answer::AlreadyThere => DeliveryOutcome::AlreadyThere,
        };
        let problem = self.spool.remove(parcel).err().map(|error| error.to_string());
        self.record(&parcel.subject, &parcel.server, outcome, problem)
    }

    /// Puts a parcel aside that is not sent again.
    fn refused(&self, parcel: &Spooled, outcome: DeliveryOutcome, why: &str) -> DeliveryRecord {
        let why = match self.spool.refuse(parcel, why) {
            Ok(()) => format!("{why}; it is not sent again: `publish REPORT` does, and {}", dropping(parcel)),
            Err(error) => format!("{why}; it stays in the spool: {error}"),
        };
        self.record(&parcel.subject, &parcel.server, outcome, Some(why))
    }

    fn record(&self, subject: &str, server: &str, outcome: DeliveryOutcome, message: Option<String>) -> DeliveryRecord {
        let message = message.map(|message| visible(&self.secrets.hide(&message)).into_owned());
        DeliveryRecord { subject: subject.to_owned(), server: server.to_owned(), outcome, message }
    }
}

fn parcel(server: &Server, report: &Report, body: String) -> Parcel {
    Parcel {
        server: server.url.to_string(),
        account: server.account.clone(),
        subject: report.subject.name.clone(),
        report: report.id.clone(),
        signed_at: Utc::now(),
        refusal: None,
        body,
    }
}

/// Says how to get rid of a parcel.
fn dropping(parcel: &Spooled) -> String {
    format!("`publish --spool --drop {}` removes it", parcel.report)
}
