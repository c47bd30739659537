//! A server of a test, with accounts whose keys `ssh-keygen` made, and what talks to it.

use crate::postgres;
use argon2::password_hash::{PasswordHasher, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use scs_monitor::http::{App, Clock, ConnectionLimits, Settings, serve};
use scs_monitor::store::Store;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::{fs, io::Write};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use uuid::Uuid;

pub const SCOPE: &str = "11111111-2222-4333-8444-555555555555";

const SCOPE_FILE: &str = "
uuid: 11111111-2222-4333-8444-555555555555
name: Small scope
url: https://example.org/scope.yaml
scripts:
  - executable: x.py
    testcases:
      - {id: a, lifetime: week, description: Does <a>., url: https://example.org/a}
      - {id: b, lifetime: day, url: 'javascript:alert(1)'}
      - {id: c, description: '<script>alert(1)</script>'}
modules:
  - {id: m1, name: First module, url: https://example.org/m1, targets: {main: [a]}}
  - {id: m2, targets: {main: [b]}}
  - {id: m3, targets: {recommended: [c]}}
timeline:
  - {date: 2020-06-01, versions: {next: draft, v2: effective, v1: warn}}
versions:
  - {version: next, include: [m1, m2, m3]}
  - {version: v2, stabilized_at: 2020-05-01, include: [m1, m2]}
  - {version: v1, stabilized_at: 2020-01-01, include: [m1]}
";

/// The database of a test.
#[derive(Clone, Copy, Debug)]
pub enum Database {
    Sqlite,
    Postgres,
}

/// A running server.
pub struct Server {
    pub url: String,
    pub app: Arc<App>,
    pub folder: TempDir,
    pub address: String,
    client: Client,
    stop: Option<oneshot::Sender<()>>,
    task: Option<JoinHandle<()>>,
}

/// Returns a hash that takes little time.
pub fn quick_hash(password: &str) -> String {
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(8, 1, 1, None).unwrap());
    let salt = SaltString::encode_b64(b"0123456789abcdef").unwrap();
    argon.hash_password(password.as_bytes(), &salt).unwrap().to_string()
}

/// Returns the password of an account.
pub fn password(account: &str) -> String {
    format!("{account}:pass")
}

/// Makes a key, and returns its kind and its content.
fn make_key(folder: &Path, name: &str, kind: &str) -> (String, String) {
    let path = folder.join(name);
    let made =
        Command::new("ssh-keygen").args(["-q", "-t", kind, "-N", "", "-C", name, "-f"]).arg(&path).status().unwrap();
    assert!(made.success(), "ssh-keygen");
    let line = fs::read_to_string(path.with_extension("pub")).unwrap();
    let mut parts = line.split(' ').map(str::to_owned);
    (parts.next().unwrap(), parts.next().unwrap())
}

/// The accounts: name, kind of key, and the rest of the entry.
const ACCOUNTS: [(&str, &str, &str); 6] = [
    ("cloud-a", "ed25519", "delegates: [zuul_ci, cloud-b]\n    group: twins"),
    ("cloud-b", "ecdsa", "group: twins\n    delegates: [zuul_ci]"),
    ("zuul_ci", "ed25519", "roles: [append_any]"),
    ("admin", "ed25519", "roles: [read_any, approve, admin]"),
    ("lone", "ed25519", "roles: []"),
    ("no-role", "ed25519", "roles: []"),
];

fn bootstrap(folder: &Path) -> String {
    let mut text = "accounts:\n".to_owned();
    for (name, kind, rest) in ACCOUNTS {
        let (kind, key) = make_key(folder, name, kind);
        // One account has a hash of bcrypt, as older ones do.
        let hash =
            if name == "cloud-b" { bcrypt::hash(password(name), 4).unwrap() } else { quick_hash(&password(name)) };
        text.push_str(&format!(
            "  - subject: {name}\n    api_keys: ['{hash}']\n    keys:\n      - {{public_key: {key}, public_key_type: {kind}, public_key_name: primary}}\n    {rest}\n"
        ));
    }
    text
}

impl Server {
    /// Starts a server; none where its database is not installed.
    pub async fn start(database: Database) -> Option<Self> {
        Self::start_with(database, |settings| settings).await
    }

    /// Starts a server with other settings.
    pub async fn start_with(database: Database, adjust: impl FnOnce(Settings) -> Settings) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let address = match database {
            Database::Sqlite => format!("sqlite:{}", folder.path().join("monitor.db").display()),
            Database::Postgres => postgres::new_database()?,
        };
        Some(Self::start_at(address, folder, adjust).await)
    }

    /// Starts a server over a database, with its files in a folder.
    pub async fn start_at(address: String, folder: TempDir, adjust: impl FnOnce(Settings) -> Settings) -> Self {
        fs::create_dir(folder.path().join("scopes")).unwrap();
        fs::write(folder.path().join("scopes/scs-small.yaml"), SCOPE_FILE).unwrap();
        fs::write(folder.path().join("bootstrap.yaml"), bootstrap(folder.path())).unwrap();
        let settings = adjust(Settings {
            bootstrap: Some(folder.path().join("bootstrap.yaml")),
            scopes: Some(folder.path().join("scopes")),
            ..Settings::default()
        });
        let app = App::new(Store::connect(&address).await.unwrap(), settings).await.unwrap();
        Self::serve(app, folder, address).await
    }

    /// Starts a server with a registry at an instant; none where its database is not installed.
    pub async fn start_with_registry(database: Database, registry: &str, instant: &str) -> Option<Self> {
        let adjust = |settings: Settings| {
            let path = settings.bootstrap.as_ref().unwrap().with_file_name("registry.yaml");
            fs::write(&path, registry).unwrap();
            at(Settings { registry: Some(path), ..settings }, instant)
        };
        Self::start_with(database, adjust).await
    }

    /// Serves the same database and files once more, by another state.
    pub async fn again(mut self, app: App) -> Self {
        self.stop().await;
        Self::serve(app, self.folder, self.address).await
    }

    async fn serve(app: App, folder: TempDir, address: String) -> Self {
        let app = Arc::new(app);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel();
        let limits = ConnectionLimits { head: std::time::Duration::from_secs(1), ..ConnectionLimits::default() };
        let task = tokio::spawn(serve(listener, Arc::clone(&app), limits, async move { drop(stopped.await) }));
        let client = Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { url, app, folder, address, client, stop: Some(stop), task: Some(task) }
    }

    /// Stops the server, and waits until it has ended.
    pub async fn stop(&mut self) {
        drop(self.stop.take());
        if let Some(task) = self.task.take() {
            task.await.unwrap();
        }
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url))
    }

    pub async fn get(&self, path: &str) -> Response {
        self.request(Method::GET, path).send().await.unwrap()
    }

    pub async fn get_as(&self, account: &str, path: &str) -> Response {
        self.request(Method::GET, path).basic_auth(account, Some(password(account))).send().await.unwrap()
    }

    pub async fn text(&self, path: &str) -> String {
        let response = self.get(path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        response.text().await.unwrap()
    }

    pub async fn json(&self, path: &str) -> Value {
        serde_json::from_str(&self.text(path).await).unwrap()
    }

    pub async fn json_as(&self, account: &str, path: &str) -> Value {
        let response = self.get_as(account, path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        serde_json::from_str(&response.text().await.unwrap()).unwrap()
    }

    /// Returns the path of the private key of an account.
    pub fn key(&self, account: &str) -> PathBuf {
        self.folder.path().join(account)
    }

    /// Returns the body of an upload that an account signs.
    pub fn signed(&self, account: &str, data: &[u8]) -> Vec<u8> {
        let signature = sign(&self.key(account), "report", data);
        [signature.as_slice(), b"&", data].concat()
    }

    /// Uploads a body as it is.
    pub async fn post(&self, account: &str, kind: &str, body: Vec<u8>) -> (StatusCode, String) {
        let request = self.request(Method::POST, "/reports").basic_auth(account, Some(password(account)));
        let response = request.header(CONTENT_TYPE, kind).body(body).send().await.unwrap();
        (response.status(), response.text().await.unwrap())
    }

    /// Signs data and uploads it.
    pub async fn upload(&self, account: &str, data: &str) -> (StatusCode, String) {
        self.post(account, YAML, self.signed(account, data.as_bytes())).await
    }

    /// Uploads a report with these results, and returns its id.
    pub async fn report(&self, account: &str, subject: &str, ago: TimeDelta, results: &[(&str, i8)]) -> String {
        let uuid = Uuid::new_v4().to_string();
        let text = report(&uuid, subject, self.app.now() - ago, results);
        let (status, body) = self.upload(account, &text).await;
        assert_eq!((status, body.as_str()), (StatusCode::OK, "null"));
        uuid
    }
}

pub const YAML: &str = "application/x-signed-yaml";
pub const JSON: &str = "application/x-signed-json";

/// Signs bytes with the real `ssh-keygen`.
pub fn sign(key: &Path, namespace: &str, data: &[u8]) -> Vec<u8> {
    let mut child = Command::new("ssh-keygen")
        .args(["-q", "-Y", "sign", "-n", namespace, "-f"])
        .arg(key)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(data).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "ssh-keygen");
    output.stdout
}

/// Returns a report as today's suite writes it.
pub fn report(uuid: &str, subject: &str, at: DateTime<Utc>, results: &[(&str, i8)]) -> String {
    let results: String = results.iter().map(|(id, number)| format!("        {id}: {number}\n")).collect();
    let results = if results.is_empty() { " {}\n".to_owned() } else { format!("\n{results}") };
    format!(
        "---
spec:
  uuid: {SCOPE}
  name: Small scope
  url: https://example.org/scope.yaml
checked_at: {at}
reference_date: {date}
subject: {subject}
run:
  uuid: {uuid}
  argv: [-s, {subject}, secret-argument]
  assignment: {{os_cloud: secret-assignment}}
  sections: null
  forced_version: null
  forced_tests: null
  invocations:
    inv-0:
      id: inv-0
      cmd: check secret-command
      results:{results}      rc: 0
      stdout:
      - 'a: PASS'
      - 'secret-stdout <script>alert(1)</script>'
      - '<img src=x onerror=alert(1)>: FAIL'
      stderr:
      - 'WARNING: <b>public</b> warning'
      - 'INFO: secret-stderr'
      - 'CRITICAL: secret-critical'
      info: 1
      warning: 1
      error: 0
      critical: 1
",
        at = at.naive_utc().format("%Y-%m-%d %H:%M:%S%.6f"),
        date = at.date_naive(),
    )
}

/// Returns settings whose clock stands at another instant.
pub fn at(settings: Settings, instant: &str) -> Settings {
    let instant: DateTime<Utc> = instant.parse().unwrap();
    Settings { clock: Clock(instant - Utc::now()), ..settings }
}

/// Returns the text of a page without its marks, with single blanks.
pub fn words(page: &str) -> String {
    let mut words = String::new();
    for part in page.split('<') {
        words.push_str(part.split_once('>').map_or(part, |(_, text)| text));
        words.push(' ');
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}
