//! The API server, as a program in Go would use it.

use super::Outcome;
use super::catalog::Environment;
use chrono::{DateTime, Utc};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;

/// The way to the API server.
pub struct Cluster {
    client: Client,
    server: String,
    token: String,
}

const RBAC: &str = "/apis/rbac.authorization.k8s.io/v1";

impl Cluster {
    /// Reads the current context of a kubeconfig.
    pub fn of_kubeconfig(path: &str) -> Outcome<Self> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
        let config: Value = serde_yaml::from_str(&text).map_err(|error| format!("{path}: {error}"))?;
        let named = |list: &str, name: &Value| {
            let all = config[list].as_array().into_iter().flatten();
            all.into_iter().find(|one| one["name"] == *name).cloned().unwrap_or_default()
        };
        let context = named("contexts", &config["current-context"]);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let server = text(&named("clusters", &context["context"]["cluster"])["cluster"]["server"]);
        let token = text(&named("users", &context["context"]["user"])["user"]["token"]);
        let client = Client::builder().timeout(Duration::from_secs(20)).build().map_err(|error| error.to_string())?;
        Ok(Self { client, server: server.trim_end_matches('/').to_owned(), token })
    }

    async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Outcome<(StatusCode, Value)> {
        let request = self.client.request(method, format!("{}{path}", self.server)).bearer_auth(&self.token);
        let request = body.into_iter().fold(request, |request, body| request.json(body));
        let answer = request.send().await.map_err(|error| error.to_string())?;
        let status = answer.status();
        Ok((status, answer.json().await.unwrap_or_default()))
    }

    /// Returns the object at a path; none if there is nothing.
    pub async fn get(&self, path: &str) -> Outcome<Option<Value>> {
        match self.ask(Method::GET, path, None).await? {
            (StatusCode::NOT_FOUND, _) => Ok(None),
            (status, object) if status.is_success() => Ok(Some(object)),
            (status, object) => Err(format!("{path}: {status}: {}", object["message"])),
        }
    }

    /// Creates an object; true if it was there already.
    pub async fn create(&self, path: &str, object: &Value) -> Outcome<bool> {
        match self.ask(Method::POST, path, Some(object)).await? {
            (StatusCode::CONFLICT, _) => Ok(true),
            (status, _) if status.is_success() => Ok(false),
            (status, answer) => Err(format!("failed to create object: {path}: {status}: {}", answer["message"])),
        }
    }

    pub async fn delete(&self, path: &str) -> Outcome {
        match self.ask(Method::DELETE, path, None).await? {
            (StatusCode::NOT_FOUND, _) => Ok(()),
            (status, _) if status.is_success() => Ok(()),
            (status, answer) => Err(format!("failed to delete {path}: {status}: {}", answer["message"])),
        }
    }

    /// Creates what comes before the pod in both programs: the namespace unless it has to exist, an account, and its rights.
    /// The names of role and binding tell the namespace.
    pub async fn prepare(
        &self,
        space: &str,
        exists: bool,
        account: &str,
        names: [&str; 2],
        component: &str,
    ) -> Outcome {
        let object = |kind: &str, api: &str, name: &str| {
            let labels = json!({"component": component, "namespace": space});
            json!({"apiVersion": api, "kind": kind, "metadata": {"name": name, "labels": labels}})
        };
        if self.create("/api/v1/namespaces", &object("Namespace", "v1", space)).await? && !exists {
            return Err("namespace already exists".to_owned());
        }
        let accounts = format!("/api/v1/namespaces/{space}/serviceaccounts");
        if self.create(&accounts, &object("ServiceAccount", "v1", account)).await? {
            return Err(format!("serviceaccounts {account} already exists"));
        }
        let [role, binding] = names;
        let mut rights = object("ClusterRole", "rbac.authorization.k8s.io/v1", role);
        rights["rules"] = json!([{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]);
        self.create(&format!("{RBAC}/clusterroles"), &rights).await?;
        let mut bound = object("ClusterRoleBinding", "rbac.authorization.k8s.io/v1", binding);
        bound["roleRef"] = json!({"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role});
        bound["subjects"] = json!([{"kind": "ServiceAccount", "name": account, "namespace": space}]);
        self.create(&format!("{RBAC}/clusterrolebindings"), &bound).await.map(drop)
    }

    /// Returns true if there are pods of the DNS with the labels that Sonobuoy looks for.
    pub async fn has_dns(&self) -> Outcome<bool> {
        let pods = self.get("/api/v1/namespaces/kube-system/pods?labelSelector=k8s-app%3Dkube-dns").await?;
        Ok(pods.is_some_and(|pods| pods["items"].as_array().is_some_and(|items| !items.is_empty())))
    }

    /// Starts the pod that runs the tests; when it began, and with which environment, stands in it.
    pub async fn start(&self, space: &str, pod: &str, environment: &Environment) -> Outcome {
        let notes = json!({BEGAN: Utc::now().to_rfc3339(), ENVIRONMENT: json!(environment.0).to_string()});
        let object = json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": pod, "annotations": notes},
            "spec": {"containers": [{"name": "tests", "image": "registry.k8s.io/conformance:v1.34.0", "securityContext": {
                "allowPrivilegeEscalation": false, "runAsNonRoot": true, "capabilities": {"drop": ["ALL"]},
                "seccompProfile": {"type": "RuntimeDefault"}}}]},
        });
        self.create(&format!("/api/v1/namespaces/{space}/pods"), &object).await.map(drop)?;
        for name in OF_TESTS {
            let labels =
                json!({"e2e-framework": name.split('-').next(), "e2e-run": "8c2f1f0e-0000-4000-8000-000000000000"});
            let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}});
            self.create("/api/v1/namespaces", &object).await?;
        }
        Ok(())
    }

    /// Returns the progress of the tests, as the pod has it.
    pub async fn going(&self, space: &str, pod: &str) -> Outcome<Going> {
        let path = format!("/api/v1/namespaces/{space}/pods/{pod}");
        let object = self.get(&path).await?.ok_or_else(|| format!("pods {pod:?} not found"))?;
        let note = |name: &str| object["metadata"]["annotations"][name].as_str().unwrap_or_default();
        let began: DateTime<Utc> = note(BEGAN).parse().map_err(|error| format!("{BEGAN}: {error}"))?;
        let environment = Environment::of_json(&serde_json::from_str(note(ENVIRONMENT)).unwrap_or_default());
        Ok(Going { began, elapsed: (Utc::now() - began).to_std().unwrap_or_default(), environment })
    }

    /// Removes the namespaces of the tests, as they do in the end.
    pub async fn tidy(&self) -> Outcome {
        for name in OF_TESTS {
            self.delete(&format!("/api/v1/namespaces/{name}")).await?;
        }
        Ok(())
    }

    /// Removes what [`Cluster::prepare`] made, and waits until the namespace is gone.
    pub async fn remove(&self, space: &str, names: [&str; 2]) -> Outcome {
        let [role, binding] = names;
        self.delete(&format!("{RBAC}/clusterrolebindings/{binding}")).await?;
        self.delete(&format!("{RBAC}/clusterroles/{role}")).await?;
        self.delete(&format!("/api/v1/namespaces/{space}")).await?;
        while self.get(&format!("/api/v1/namespaces/{space}")).await?.is_some() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    /// Returns the version that `/version` answers.
    pub async fn version(&self) -> Outcome<Value> {
        Ok(self.get("/version").await?.unwrap_or_default())
    }
}

/// Tests that were begun.
pub struct Going {
    pub began: DateTime<Utc>,
    pub elapsed: Duration,
    pub environment: Environment,
}

const BEGAN: &str = "stand-in/began";
const ENVIRONMENT: &str = "stand-in/environment";
/// The namespaces that the tests make.
const OF_TESTS: [&str; 2] = ["pods-1001", "netpol-1002"];
