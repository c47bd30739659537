//! One upload: a signed report in one request, repeated while that can help.

use super::answer::{Answer, Refusal, Verdict, judge};
use super::spool::Parcel;
use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
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
    /// The server cannot be reached, or cannot answer now.
    #[error("the server did not take the report: {0}; it stays in the spool, and `publish --spool` sends it later")]
    NotNow(String),
}

impl Client {
    /// Creates a client whose requests end within this time each.
    ///
    /// # Errors
    /// The machine has no usable certificates or name servers.
    pub fn new(limit: Duration) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .timeout(limit)
            .connect_timeout(limit.min(Duration::from_secs(10)))
            .redirect(Policy::none())
            .user_agent(concat!("scs-conformance/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client, pauses: PAUSES })
    }

    /// Sends a report.
    ///
    /// # Errors
    /// The server refuses it, or does not answer within a few tries.
    pub async fn send(&self, parcel: &Parcel, token: &str) -> Result<Answer, UploadError> {
        let url = address(&parcel.server)?;
        let mut last = String::new();
        for pause in self.pauses.map(Some).into_iter().chain([None]) {
            match self.once(&url, parcel, token).await {
                Verdict::Over(answer) => return Ok(answer),
                Verdict::Refused(refusal) => return Err(refusal.into()),
                Verdict::Again(reason) => last = reason,
            }
            if let Some(pause) = pause {
                tokio::time::sleep(pause).await;
            }
        }
        Err(UploadError::NotNow(last))
    }

    async fn once(&self, url: &Url, parcel: &Parcel, token: &str) -> Verdict {
        let request = self.client.post(url.clone()).header(CONTENT_TYPE, SIGNED_YAML);
        match request.basic_auth(&parcel.account, Some(token)).body(parcel.body.clone()).send().await {
            Ok(response) => {
                let status = response.status().as_u16();
                let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).map(str::to_owned);
                match beginning(response).await {
                    Ok(body) => judge(status, kind.as_deref(), &body),
                    Err(error) => Verdict::Again(plain(&error)),
                }
            }
            Err(error) => Verdict::Again(plain(&error)),
        }
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

/// Returns the reason of a failure, without the address.
fn plain(error: &reqwest::Error) -> String {
    if error.is_timeout() { "no answer in time".to_owned() } else { chain(error) }
}

fn address(server: &str) -> Result<Url, UploadError> {
    let wrong = || UploadError::Address(server.to_owned());
    let mut url = Url::parse(server).map_err(|_| wrong())?;
    url.path_segments_mut().map_err(|()| wrong())?.pop_if_empty().push("reports");
    Ok(url)
}
