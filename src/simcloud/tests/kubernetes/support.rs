//! A cluster, and users of it.

use crate::support::{Answer, client, today};
use reqwest::{Client, Method};
use scs_simcloud::kubernetes::{ClusterState, SimCluster};
use serde_json::Value;

pub fn conformant() -> ClusterState {
    ClusterState::conformant(today())
}

/// A cluster, and somebody to ask it.
pub struct Asked {
    pub sim: SimCluster,
    pub client: Client,
}

pub async fn start(state: ClusterState) -> Asked {
    Asked { sim: SimCluster::start(state).await.unwrap(), client: client() }
}

impl Asked {
    /// Sends a request as this user; an empty name sends no credentials.
    pub async fn call(&self, user: &str, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let mut request = self.client.request(method, format!("{}{path}", self.sim.base_url()));
        if !user.is_empty() {
            request = request.bearer_auth(self.sim.token_of(user).unwrap_or("wrong".to_owned()));
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        Answer::of(request.send().await.unwrap()).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call("admin", Method::GET, path, None).await
    }

    pub async fn get_as(&self, user: &str, path: &str) -> Answer {
        self.call(user, Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.call("admin", Method::POST, path, Some(body)).await
    }

    pub async fn post_as(&self, user: &str, path: &str, body: &Value) -> Answer {
        self.call(user, Method::POST, path, Some(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.call("admin", Method::DELETE, path, None).await
    }
}

/// Returns the names in a list.
pub fn names(list: &Value) -> Vec<String> {
    let items = list["items"].as_array().unwrap_or_else(|| panic!("no list: {list}")).iter();
    items.map(|item| item["metadata"]["name"].as_str().unwrap().to_owned()).collect()
}
