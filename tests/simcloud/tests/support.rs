//! What all tests need: a cloud, a client, a token.

use std::time::Duration;

use chrono::NaiveDate;
use reqwest::{Client, Response};
use scs_simcloud::{SimCloud, State};
use serde_json::{Value, json};

pub fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 20).unwrap()
}

pub fn conformant() -> State {
    State::conformant(today())
}

pub async fn start(state: State) -> Cloud {
    Cloud { sim: SimCloud::start(state).await.unwrap(), client: client() }
}

pub fn client() -> Client {
    Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(20))
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}

/// A cloud and somebody to ask it.
pub struct Cloud {
    pub sim: SimCloud,
    pub client: Client,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub text: String,
}

impl Answer {
    pub async fn of(response: Response) -> Self {
        let status = response.status().as_u16();
        let pairs = response.headers().iter();
        let headers = pairs.map(|(k, v)| (k.to_string(), v.to_str().unwrap().to_owned())).collect();
        Self { status, headers, text: response.text().await.unwrap() }
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// All values of a header in one line.
    pub fn header(&self, name: &str) -> Option<String> {
        let values: Vec<&str> =
            self.headers.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect();
        if values.is_empty() { None } else { Some(values.join(", ")) }
    }
}

impl Cloud {
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.sim.base_url())
    }

    /// A token request with this body.
    pub async fn log_in(&self, body: &Value) -> Answer {
        let request = self.client.post(self.url("/identity/v3/auth/tokens")).json(body);
        Answer::of(request.send().await.unwrap()).await
    }

    /// A token for the project of the user.
    pub async fn token(&self) -> String {
        let state = self.sim.state();
        let user = &state.identity.users[0];
        let project = &user.assignments[0].project;
        let answer = self
            .log_in(&json!({"auth": {
                "identity": {"methods": ["password"], "password": {"user": {"id": user.id, "password": user.password}}},
                "scope": {"project": {"id": project}},
            }}))
            .await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.header("x-subject-token").unwrap()
    }

    /// A GET with a fresh token; panics if the connection fails.
    pub async fn get(&self, path: &str) -> Answer {
        let token = self.token().await;
        self.ask(path, &[("x-auth-token", &token)]).await
    }

    /// A GET with these headers; panics if the connection fails.
    pub async fn ask(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.try_ask(path, headers).await.unwrap()
    }

    /// A GET with these headers, up to the end of the body.
    pub async fn try_ask(&self, path: &str, headers: &[(&str, &str)]) -> reqwest::Result<Answer> {
        let mut request = self.client.get(self.url(path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await?;
        let status = response.status().as_u16();
        let pairs = response.headers().iter();
        let headers = pairs.map(|(k, v)| (k.to_string(), v.to_str().unwrap().to_owned())).collect();
        Ok(Answer { status, headers, text: response.text().await? })
    }
}
