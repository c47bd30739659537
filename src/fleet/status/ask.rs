//! The questions: one for each subject, side by side, and none any more once the server has failed.

use super::answer::Question;
use crate::config::{Config, Subject};
use crate::plan::{ServedNight, ServedSubject};
use crate::server::{self, path_of};
use chrono::{DateTime, NaiveDate, Utc};
use futures_util::{StreamExt, stream};
use reqwest::header::ACCEPT;
use reqwest::{Client, StatusCode};
use scs_checks::definition::Definitions;
use scs_reports::visible;
use scs_subjects::secrets::Secrets;
use scs_subjects::wire::error::chain;
use std::time::Duration;
use url::Url;

/// The time limit of one request.
const LIMIT: Duration = Duration::from_secs(20);

/// The times between the tries of one question.
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(3)];

/// The largest answer that is read, in bytes.
const LARGEST: usize = 4 << 20;

/// The number of questions at the same time.
const SIDE_BY_SIDE: usize = 8;

/// The question which results of a night a server has.
pub struct StatusRequest<'a> {
    /// The address of the server.
    pub server: &'a Url,
    /// The configuration: if it names the server, account and token are those of it.
    pub config: &'a Config,
    /// The definitions.
    pub definitions: &'a Definitions,
    /// The date of the night.
    pub night: NaiveDate,
    /// The instant that counts as now.
    pub now: DateTime<Utc>,
    /// The time limit of all questions.
    pub limit: Duration,
}

/// The answers of a server.
#[derive(Debug, Default)]
pub struct Asked {
    /// The results that it has.
    pub served: ServedNight,
    /// The reason why it did not say everything. What it did not say counts as missing.
    pub problem: Option<String>,
}

/// An account with its password.
type Login = Option<(String, String)>;

/// A question that was not answered.
enum Silence {
    /// The same question can be asked again.
    NotNow(String),
    /// The server does not answer it.
    Final(String),
}

impl StatusRequest<'_> {
    /// The usual time limit of all questions.
    pub const LIMIT: Duration = Duration::from_secs(120);

    /// Asks for these subjects; `variable` reads the environment, for the token.
    pub async fn ask(&self, subjects: &[Subject], variable: impl Fn(&str) -> Option<String>) -> Asked {
        let mut asked = Asked::default();
        let (client, login) = match self.prepared(variable).await {
            Ok(prepared) => prepared,
            Err(why) => return Asked { problem: Some(self.problem(&why, None)), ..asked },
        };
        let answers = stream::iter(subjects).map(|subject| self.one(&client, login.as_ref(), subject));
        let mut answers = answers.buffer_unordered(SIDE_BY_SIDE);
        let collecting = async {
            while let Some(answer) = answers.next().await {
                let (key, served) = answer?;
                asked.served.0.insert(key, served);
            }
            Ok(())
        };
        let ended = tokio::time::timeout(self.limit, collecting).await;
        let all = humantime::format_duration(self.limit);
        let ended: Result<(), String> = ended.unwrap_or_else(|_| Err(format!("it took longer than {all}")));
        asked.problem = ended.err().map(|why| self.problem(&why, login.as_ref()));
        asked
    }

    fn problem(&self, why: &str, login: Option<&(String, String)>) -> String {
        let secrets = Secrets::default();
        if let Some((account, token)) = login {
            server::keep_login(&secrets, account, token);
        }
        let why = secrets.hide(why);
        let why = visible(&why);
        format!(
            "the result server {} did not say what it has: {why}; what is not known to be there counts as missing, and is run",
            self.server
        )
    }

    async fn prepared(&self, variable: impl Fn(&str) -> Option<String>) -> Result<(Client, Login), String> {
        let client = server::client(LIMIT).map_err(|error| chain(&error))?;
        let same = |url: &Url| url.as_str().trim_end_matches('/') == self.server.as_str().trim_end_matches('/');
        let login = match self.config.servers.iter().find(|server| same(&server.url)) {
            None => None,
            Some(server) => {
                let token = server.token.read(variable).await;
                Some((server.account.clone(), token.map_err(|error| format!("there is no token: {error}"))?))
            }
        };
        Ok((client, login))
    }

    /// Asks for one subject, again where that can help.
    async fn one(
        &self,
        client: &Client,
        login: Option<&(String, String)>,
        subject: &Subject,
    ) -> Result<((String, String), ServedSubject), String> {
        let scope_uuid = self.definitions.scopes.get(&subject.scope).map_or("", |scope| &scope.uuid);
        let question =
            Question { subject: &subject.name, scope: &subject.scope, scope_uuid, night: self.night, now: self.now };
        let mut last = String::new();
        for pause in PAUSES.map(Some).into_iter().chain([None]) {
            match self.once(client, login, &question).await {
                Ok(served) => return Ok(((subject.name.clone(), subject.scope.clone()), served)),
                Err(Silence::Final(why)) => return Err(why),
                Err(Silence::NotNow(why)) => last = why,
            }
            if let Some(pause) = pause {
                tokio::time::sleep(pause).await;
            }
        }
        Err(last)
    }

    async fn once(
        &self,
        client: &Client,
        login: Option<&(String, String)>,
        question: &Question<'_>,
    ) -> Result<ServedSubject, Silence> {
        let no_server = || Silence::Final("this is no address of a result server".to_owned());
        let mut url = path_of(self.server, "status").ok_or_else(no_server)?;
        url.query_pairs_mut().append_pair("subject", question.subject).append_pair("scopeuuid", question.scope_uuid);
        let request = client.get(url).header(ACCEPT, "application/json");
        let request = match login {
            Some((account, token)) => request.basic_auth(account, Some(token)),
            None => request,
        };
        let response = request.send().await.map_err(not_now)?;
        refusal(response.status())?;
        let body = body(response).await?;
        let nonsense =
            |why| Silence::Final(format!("this is not the answer of a result server ({why}); check the address"));
        question.served(&body).map_err(nonsense)
    }
}

/// Returns an error for every status but 200.
fn refusal(status: StatusCode) -> Result<(), Silence> {
    let code = status.as_u16();
    let refused = |remedy: &str| Err(Silence::Final(format!("HTTP {code}: {remedy}")));
    match code {
        200 => Ok(()),
        300..=399 => refused("it redirects; use the address that it names"),
        401 | 403 => refused("check account and token of this server in the configuration"),
        404 | 405 => refused("there is no result server at this address; check it"),
        408 | 425 | 429 | 500..=599 => Err(Silence::NotNow(format!("HTTP {code}"))),
        _ => refused("this is not the answer of a result server; check the address"),
    }
}

async fn body(mut response: reqwest::Response) -> Result<Vec<u8>, Silence> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(not_now)? {
        body.extend_from_slice(&chunk);
        if body.len() > LARGEST {
            return Err(Silence::Final(format!("its answer is larger than {LARGEST} bytes")));
        }
    }
    Ok(body)
}

fn not_now(error: reqwest::Error) -> Silence {
    Silence::NotNow(server::reason(error))
}
