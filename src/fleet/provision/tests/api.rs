//! A stand-in for the API server of a management cluster, with a controller that walks through states.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// The behaviour of the stand-in, and what it holds.
pub(super) struct State {
    /// The versions of each group that is served, the preferred one first.
    pub groups: BTreeMap<&'static str, Vec<&'static str>>,
    /// The versions in which the groups have other resources only.
    pub elsewhere: Vec<&'static str>,
    /// The objects by path.
    pub objects: BTreeMap<String, Value>,
    /// The status of a cluster at each look after its creation; the last one stays.
    pub course: Vec<Value>,
    /// The number of looks at a cluster that is being removed, until it is gone.
    pub looks_until_gone: usize,
    /// The number of times that the kubeconfig is not there yet.
    pub looks_without_kubeconfig: usize,
    /// The answer to the creation of a cluster.
    pub creation: Creation,
    /// The statuses with which the next looks at a cluster are answered instead.
    pub faults: Vec<u16>,
    /// The version of the clusters that are made.
    pub version: &'static str,
    /// The instant at which kubeconfigs of Gardener expire.
    pub expires_at: Option<String>,
    /// Methods and paths of all requests.
    pub requests: Vec<String>,
    looks: usize,
    uids: usize,
}

/// The answer to the creation of a cluster.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Creation {
    Usual,
    /// It is refused with this status.
    Refused(u16),
    /// It is done, and the connection breaks before the answer.
    AnswerLost,
    /// Somebody else is a moment earlier.
    Overtaken,
}

pub(super) struct Api {
    pub address: String,
    pub state: Arc<Mutex<State>>,
    _serving: Abort,
}

struct Abort(JoinHandle<()>);

impl Drop for Abort {
    fn drop(&mut self) {
        self.0.abort();
    }
}

const KINDS: [&str; 3] = ["clusters", "shoots", "helmreleases"];

impl Api {
    pub async fn start(change: impl FnOnce(&mut State)) -> Self {
        let groups = BTreeMap::from([
            ("cluster.x-k8s.io", vec!["v1beta2", "v1beta1"]),
            ("clusterstack.x-k8s.io", vec!["v1alpha1"]),
            ("core.gardener.cloud", vec!["v1beta1"]),
            ("helm.toolkit.fluxcd.io", vec!["v2"]),
        ]);
        let mut state = State {
            groups,
            elsewhere: Vec::new(),
            objects: BTreeMap::new(),
            course: Vec::new(),
            looks_until_gone: 1,
            looks_without_kubeconfig: 0,
            creation: Creation::Usual,
            faults: Vec::new(),
            version: "v1.35.10",
            expires_at: None,
            requests: Vec::new(),
            looks: 0,
            uids: 0,
        };
        change(&mut state);
        let state = Arc::new(Mutex::new(state));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (shared, own) = (Arc::clone(&state), address.clone());
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (shared, own) = (Arc::clone(&shared), own.clone());
                tokio::spawn(async move { answer(stream, &shared, &own).await });
            }
        });
        Self { address, state, _serving: Abort(serving) }
    }

    /// Returns the clusters, of whatever kind.
    pub fn clusters(&self) -> Vec<Value> {
        let state = self.state.lock().unwrap();
        state.objects.iter().filter(|(path, _)| is_cluster(path)).map(|(_, object)| object.clone()).collect()
    }

    pub fn requests(&self, method: &str) -> Vec<String> {
        let state = self.state.lock().unwrap();
        state.requests.iter().filter(|one| one.starts_with(method)).cloned().collect()
    }
}

/// Returns a kubeconfig for a server.
pub(super) fn kubeconfig(server: &str) -> String {
    json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "users": [{"name": "u", "user": {"token": "sesame-of-the-cluster"}}],
    })
    .to_string()
}

fn is_cluster(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    parts.len() == 8 && KINDS.contains(&parts[6])
}

async fn answer(mut stream: TcpStream, state: &Mutex<State>, address: &str) -> Option<()> {
    let (head, body) = read(&mut stream).await?;
    let mut words = head.split_whitespace();
    let (method, target) = (words.next()?, words.next()?);
    let path = target.split('?').next()?;
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let (status, reply) = state.lock().unwrap().reply(method, path, body, address)?;
    let text = reply.to_string();
    let head = format!(
        "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        text.len()
    );
    stream.write_all(head.as_bytes()).await.ok()?;
    stream.write_all(text.as_bytes()).await.ok()?;
    stream.shutdown().await.ok()
}

async fn read(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    loop {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        if let Some(end) = end {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let length = head.to_ascii_lowercase();
            let length = length.lines().find_map(|line| line.strip_prefix("content-length:"));
            let length: usize = length.map_or(0, |length| length.trim().parse().unwrap());
            if bytes.len() >= end + 4 + length {
                return Some((head, bytes[end + 4..].to_vec()));
            }
        }
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk).await.ok()? {
            0 => return None,
            length => bytes.extend_from_slice(&chunk[..length]),
        }
    }
}

fn refusal(status: u16, message: &str) -> Option<(u16, Value)> {
    Some((
        status,
        json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": status, "message": message}),
    ))
}

impl State {
    fn reply(&mut self, method: &str, path: &str, body: Value, address: &str) -> Option<(u16, Value)> {
        self.requests.push(format!("{method} {path}"));
        match (method, path) {
            ("GET", "/made/version") => Some((200, json!({"gitVersion": self.version, "platform": "linux/amd64"}))),
            ("POST", path) if path.ends_with("/adminkubeconfig") => self.admin(address),
            ("POST", path) => {
                let name = body["metadata"]["name"].as_str()?.to_owned();
                self.create(&format!("{path}/{name}"), body)
            }
            ("PATCH", path) if body["kind"].is_string() => self.create(path, body),
            ("PATCH", path) => self.annotate(path, &body),
            ("DELETE", path) => self.delete(path, &body),
            ("GET", path) if is_cluster(path) => self.look(path),
            ("GET", path) if path.ends_with("-kubeconfig") => self.secret(path, address),
            ("GET", path) => self.group(path).or_else(|| match self.objects.get(path) {
                Some(object) => Some((200, object.clone())),
                None => refusal(404, "not found"),
            }),
            _ => refusal(405, "not allowed"),
        }
    }

    fn group(&self, path: &str) -> Option<(u16, Value)> {
        let path = path.strip_prefix("/apis/")?;
        if let Some((group, version)) = path.split_once('/') {
            let is_served = self.groups.get(group)?.contains(&version) && !self.elsewhere.contains(&version);
            let served: &[&str] = if is_served { &KINDS } else { &["others"] };
            let resources: Vec<Value> = served.iter().map(|name| json!({"name": name})).collect();
            return (!version.contains('/')).then(|| (200, json!({"kind": "APIResourceList", "resources": resources})));
        }
        let versions = self.groups.get(path)?;
        let version = |version: &&str| json!({"groupVersion": version, "version": version});
        let all: Vec<Value> = versions.iter().map(version).collect();
        Some((200, json!({"kind": "APIGroup", "versions": all, "preferredVersion": all[0]})))
    }

    fn create(&mut self, path: &str, mut object: Value) -> Option<(u16, Value)> {
        if self.objects.contains_key(path) {
            return refusal(409, "already exists");
        }
        self.looks = 0;
        self.uids += 1;
        object["metadata"]["uid"] = format!("uid-{}", self.uids).into();
        object["metadata"]["generation"] = 1.into();
        match self.creation {
            Creation::Refused(status) => return refusal(status, "exceeded quota of sesame-of-the-template"),
            Creation::Overtaken => {
                object["metadata"]["labels"] = json!({});
                self.objects.insert(path.to_owned(), object);
                return refusal(409, "already exists");
            }
            Creation::Usual | Creation::AnswerLost => {}
        }
        self.objects.insert(path.to_owned(), object.clone());
        (self.creation == Creation::Usual).then_some((201, object))
    }

    fn look(&mut self, path: &str) -> Option<(u16, Value)> {
        if let Some(status) = self.faults.pop() {
            return refusal(status, "not now");
        }
        let Some(object) = self.objects.get_mut(path) else { return refusal(404, "not found") };
        if object["metadata"]["deletionTimestamp"].is_string() {
            self.looks += 1;
            if self.looks > self.looks_until_gone {
                self.objects.remove(path);
                return refusal(404, "not found");
            }
        } else if !self.course.is_empty() {
            let at = self.looks.min(self.course.len() - 1);
            object["status"] = self.course[at].clone();
            self.looks += 1;
        }
        Some((200, object.clone()))
    }

    fn secret(&mut self, path: &str, address: &str) -> Option<(u16, Value)> {
        if self.looks_without_kubeconfig > 0 {
            self.looks_without_kubeconfig -= 1;
            return refusal(404, "not found");
        }
        let _ = path;
        Some((200, json!({"kind": "Secret", "data": {"value": encoded(address)}})))
    }

    fn admin(&self, address: &str) -> Option<(u16, Value)> {
        let status = json!({"kubeconfig": encoded(address), "expirationTimestamp": self.expires_at});
        Some((201, json!({"kind": "AdminKubeconfigRequest", "status": status})))
    }

    fn annotate(&mut self, path: &str, patch: &Value) -> Option<(u16, Value)> {
        let Some(object) = self.objects.get_mut(path) else { return refusal(404, "not found") };
        if patch["metadata"]["uid"] != object["metadata"]["uid"] {
            return refusal(409, "another uid");
        }
        for (key, value) in patch["metadata"]["annotations"].as_object()? {
            object["metadata"]["annotations"][key] = value.clone();
        }
        Some((200, object.clone()))
    }

    fn delete(&mut self, path: &str, options: &Value) -> Option<(u16, Value)> {
        let Some(object) = self.objects.get_mut(path) else { return refusal(404, "not found") };
        if options["preconditions"]["uid"] != object["metadata"]["uid"] {
            return refusal(409, "another uid");
        }
        let confirmed = &object["metadata"]["annotations"]["confirmation.gardener.cloud/deletion"];
        if path.contains("/shoots/") && confirmed != "true" {
            return refusal(403, "not confirmed");
        }
        object["metadata"]["deletionTimestamp"] = "2026-11-30T03:00:00Z".into();
        self.looks = 0;
        Some((200, object.clone()))
    }
}

fn encoded(address: &str) -> String {
    base64::Engine::encode(&base64::engine::general_purpose::STANDARD, kubeconfig(&format!("{address}/made")))
}
