//! One upload: a signed report in one request, repeated while that can help.

use super::answer::{Answer, Refusal, Verdict, judge};
use super::parcel::Parcel;
use crate::server::{self, path_of};
use reqwest::header::CONTENT_TYPE;
use scs_subjects::secrets::Secrets;
use scs_subjects::wire::error::chain;
use std::time::Duration;
use thiserror::Error;
use url::Url;

/// The content type of a signed report in YAML.
const SIGNED_YAML: &str = "application/x-signed-yaml";

/// The times between two tries.
const PAUSES: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(20)];

/// The largest answer that is read, in bytes.
const LARGEST: usize = 16 * 1024;

/// Sends reports to result servers.
#[derive(Clone, Debug)]
pub struct Client {
    client: reqwest::Client,
    pauses: [Duration; 3],
    /// The secrets that no message repeats, whatever a server says.
    secrets: Secrets,
}

/// An upload that did not succeed.
#[derive(Debug, Error)]
pub enum UploadError {
    /// The address is none of a result server.
    #[error("{0} is no address of a result server")]
    Address(String),
    /// The server does not take the report.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The server has another report with the id of this one, which was never sent before.
    #[error(
        "the server has another report with this id (HTTP 409); the state folder must stay from night to night, so that \
         attempts have numbers of their own"
    )]
    Conflict,
    /// The server cannot be reached, or cannot answer now.
    #[error(
        "the server did not take the report: {reason}; it stays in the spool, and `publish --spool` sends it later"
    )]
    NotNow {
        /// The reason.
        reason: String,
        /// True if it did not answer at all.
        is_silent: bool,
    },
    /// There is no request that could be sent.
    #[error("no request can be made: {0}")]
    Request(String),
}

impl Client {
    /// Creates a client whose requests end within this time each.
    ///
    /// # Errors
    /// The machine has no usable certificates or name servers.
    pub fn new(limit: Duration, secrets: Secrets) -> Result<Self, reqwest::Error> {
        let client = server::client(limit)?;
        Ok(Self { client, pauses: PAUSES, secrets })
    }

    /// Sends a report. That the server has it already is no mistake if it may have been sent before, be it by an earlier try.
    ///
    /// # Errors
    /// The server refuses it, has another one, or does not answer within a few tries.
    pub async fn send(&self, parcel: Parcel, token: &str, is_new: bool) -> Result<Answer, UploadError> {
        let request = self.request(parcel, token)?;
        let (mut last, mut is_silent, mut is_first) = (String::new(), false, true);
        for pause in self.pauses.map(Some).into_iter().chain([None]) {
            match self.once(&request).await {
                Ok(Verdict::Over(Answer::AlreadyThere)) if is_new && is_first => return Err(UploadError::Conflict),
                Ok(Verdict::Over(answer)) => return Ok(answer),
                Ok(Verdict::Refused(refusal)) => return Err(refusal.into()),
                Ok(Verdict::Again(reason)) => (last, is_silent) = (reason, false),
                Err(error) => (is_silent, last) = (error.is_timeout(), server::reason(error)),
            }
            is_first = false;
            if let Some(pause) = pause {
                tokio::time::sleep(pause).await;
            }
        }
        Err(UploadError::NotNow { reason: last, is_silent })
    }

    fn request(&self, parcel: Parcel, token: &str) -> Result<reqwest::Request, UploadError> {
        let url = address(&parcel.server)?;
        let request = self.client.post(url).header(CONTENT_TYPE, SIGNED_YAML);
        let request = request.basic_auth(&parcel.account, Some(token)).body(parcel.body);
        request.build().map_err(|error| UploadError::Request(chain(&error.without_url())))
    }

    async fn once(&self, request: &reqwest::Request) -> Result<Verdict, reqwest::Error> {
        // A body that is a text can always be sent again.
        let Some(request) = request.try_clone() else {
            return Ok(Verdict::Again("it cannot be sent twice".to_owned()));
        };
        let response = self.client.execute(request).await?;
        let status = response.status().as_u16();
        let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).map(str::to_owned);
        let body = beginning(response).await?;
        Ok(judge(status, kind.as_deref(), &self.secrets.hide(&body)))
    }
}

async fn beginning(mut response: reqwest::Response) -> Result<String, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        body.extend_from_slice(&chunk);
        if body.len() >= LARGEST {
            body.truncate(LARGEST);
            break;
        }
    }
    Ok(String::from_utf8_lossy(&body).into_owned())
}

fn address(server: &str) -> Result<Url, UploadError> {
    let wrong = || UploadError::Address(server.to_owned());
    let server = Url::parse(server).map_err(|_| wrong())?;
    path_of(&server, "reports").ok_or_else(wrong)
}
