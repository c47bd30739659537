//! Shared by all tests: a cloud, a client, a token.

use chrono::NaiveDate;
use reqwest::{Client, Method, Response};
use scs_simcloud::{SimCloud, State};
use serde_json::{Value, json};
use std::time::Duration;

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

    /// Returns all values of a header in one line.
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

    /// Sends a token request with this body.
    pub async fn log_in(&self, body: &Value) -> Answer {
        let request = self.client.post(self.url("/identity/v3/auth/tokens")).json(body);
        Answer::of(request.send().await.unwrap()).await
    }

    /// Requests a token for the project of the user.
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

    /// Returns somebody with a token, who may change things.
    pub async fn member(&self) -> Member<'_> {
        let token = self.token().await;
        Member { cloud: self, token, project: self.sim.state().own_project() }
    }

    /// Sends a GET with a fresh token; panics if the connection fails.
    pub async fn get(&self, path: &str) -> Answer {
        let token = self.token().await;
        self.ask(path, &[("x-auth-token", &token)]).await
    }

    /// Sends a GET with these headers; panics if the connection fails.
    pub async fn ask(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.try_ask(path, headers).await.unwrap()
    }

    /// Sends a GET with these headers, and reads up to the end of the body.
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

/// A member of the first project.
pub struct Member<'a> {
    pub cloud: &'a Cloud,
    pub token: String,
    pub project: String,
}

impl Member<'_> {
    /// Returns the request that goes out; `{project}` in the path is the own one.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let url = self.cloud.url(&path.replace("{project}", &self.project));
        let request = self.cloud.client.request(method, url).header("x-auth-token", &self.token);
        request.header("openstack-api-version", "compute 2.61, volume 3.67")
    }

    pub async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, path).send().await.unwrap()).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        Answer::of(self.request(Method::POST, path).json(body).send().await.unwrap()).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        Answer::of(self.request(Method::PUT, path).json(body).send().await.unwrap()).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::DELETE, path).send().await.unwrap()).await
    }

    /// Creates something that must come into being; gives it as in the answer.
    pub async fn create(&self, path: &str, body: &Value) -> Value {
        let answer = self.post(path, body).await;
        assert!(matches!(answer.status, 201 | 202), "{path}: {} {}", answer.status, answer.text);
        match answer.json() {
            Value::Object(all) if all.len() == 1 => all.into_iter().next().unwrap().1,
            whole => whole,
        }
    }

    /// Returns the states that a resource goes through until it stays in one, or is gone.
    pub async fn states(&self, path: &str) -> Vec<String> {
        let (mut states, mut same) = (Vec::<String>::new(), 0);
        while same < 5 {
            let answer = self.get(path).await;
            let state = match answer.status {
                200 => {
                    answer.json().as_object().unwrap().values().next().unwrap()["status"].as_str().unwrap().to_owned()
                }
                status => status.to_string(),
            };
            same = if states.last() == Some(&state) { same + 1 } else { 0 };
            states.push(state);
        }
        states.dedup();
        states
    }
}

/// Returns the id of a resource.
pub fn id(resource: &Value) -> String {
    resource["id"].as_str().unwrap_or_else(|| panic!("no id: {resource}")).to_owned()
}
