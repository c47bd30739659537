//! A result server as today's behaves (digest of its contract, 3.3): it verifies each upload with the real `ssh-keygen`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The account and the password that the server knows.
pub const ACCOUNT: &str = "provider-a";
pub const TOKEN: &str = "wonderland-7Qx";

/// A running server.
pub struct ResultServer {
    pub url: String,
    state: Arc<Mutex<State>>,
    task: tokio::task::JoinHandle<()>,
}

#[derive(Default)]
struct State {
    /// The ids of runs that are stored.
    runs: BTreeSet<String>,
    /// The names of the subjects of all accepted uploads, in their order.
    subjects: Vec<String>,
    /// Subjects that nobody may upload.
    refused: BTreeSet<String>,
    /// True if it answers 503 to everything.
    down: bool,
    /// The answer to the next questions for results, instead of the right one.
    status: Option<(u16, String)>,
    /// The results of accepted uploads, by subject, scope and testcase.
    results: BTreeMap<(String, String), BTreeMap<String, Value>>,
    /// The values of `Authorization` of questions for results.
    logins: Vec<Option<String>>,
    /// True if it never answers.
    silent: bool,
    /// The answer to everything, in place of its own.
    answer: Option<(u16, String)>,
    requests: usize,
}

impl Drop for ResultServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl ResultServer {
    /// Starts it; `signers` is the list of keys that it knows.
    pub async fn start(signers: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let state = Arc::<Mutex<State>>::default();
        let (shared, signers) = (Arc::clone(&state), signers.to_owned());
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (state, signers) = (Arc::clone(&shared), signers.clone());
                tokio::spawn(async move { drop(serve(stream, &state, signers).await) });
            }
        });
        Self { url, state, task }
    }

    /// Returns the subjects of accepted uploads, sorted.
    pub fn subjects(&self) -> Vec<String> {
        let mut subjects = self.state.lock().unwrap().subjects.clone();
        subjects.sort();
        subjects
    }

    pub fn requests(&self) -> usize {
        self.state.lock().unwrap().requests
    }

    pub fn refuse(&self, subject: &str) {
        self.state.lock().unwrap().refused.insert(subject.to_owned());
    }

    /// Answers questions for results with this from now on.
    pub fn say(&self, status: u16, body: &str) {
        self.state.lock().unwrap().status = Some((status, body.to_owned()));
    }

    /// Returns how often results were asked for, and if always with the right account and password.
    pub fn questions(&self) -> (usize, bool) {
        let logins = &self.state.lock().unwrap().logins;
        (logins.len(), logins.iter().all(|login| login.as_deref() == Some(&basic())))
    }

    /// Gives this answer to everything from now on.
    pub fn answer(&self, status: u16, text: &str) {
        self.state.lock().unwrap().answer = Some((status, text.to_owned()));
    }

    /// Answers nothing from now on.
    pub fn fall_silent(&self) {
        self.state.lock().unwrap().silent = true;
    }

    pub fn set_down(&self, down: bool) {
        self.state.lock().unwrap().down = down;
    }
}

async fn serve(mut stream: TcpStream, state: &Mutex<State>, signers: PathBuf) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8(head).unwrap();
    let header = |name: &str| {
        let mut lines = head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
    };
    let mut body = vec![0; header("content-length").map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).await?;
    if state.lock().unwrap().silent {
        state.lock().unwrap().requests += 1;
        std::future::pending::<()>().await;
    }
    let (authorization, kind) = (header("authorization"), header("content-type"));
    let line = head.lines().next().unwrap().to_owned();
    let body = String::from_utf8(body).unwrap();
    let answer = tokio::task::block_in_place(|| {
        answered(&line, authorization.as_deref(), kind.as_deref(), &body, state, &signers)
    });
    let (status, text) = answer;
    let reply = format!(
        "HTTP/1.1 {status} x\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{text}",
        text.len()
    );
    stream.write_all(reply.as_bytes()).await
}

fn answered(
    line: &str,
    authorization: Option<&str>,
    kind: Option<&str>,
    body: &str,
    state: &Mutex<State>,
    signers: &Path,
) -> (u16, String) {
    state.lock().unwrap().requests += 1;
    let detail = |text: &str| serde_json::json!({"detail": text}).to_string();
    if let Some(answer) = state.lock().unwrap().answer.clone() {
        return answer;
    }
    if state.lock().unwrap().down {
        return (503, detail("down for maintenance"));
    }
    if let Some(query) = line.strip_prefix("GET /status?").and_then(|rest| rest.strip_suffix(" HTTP/1.1")) {
        return status(query, authorization, &mut state.lock().unwrap());
    }
    if line != "POST /reports HTTP/1.1" {
        return (404, detail("Not Found"));
    }
    if authorization != Some(&basic()) {
        return (401, detail("Incorrect email or password"));
    }
    if kind != Some("application/x-signed-yaml") {
        return (415, detail("Unsupported Media Type"));
    }
    let Some((signature, report)) = body.split_once("-----END SSH SIGNATURE-----\n&") else {
        return (401, detail("missing signature"));
    };
    if !is_signed(&format!("{signature}-----END SSH SIGNATURE-----\n"), report, signers) {
        return (401, detail("bad signature"));
    }
    let report: Value = serde_saphyr_value(report);
    let (subject, run) = (report["subject"].as_str().unwrap(), report["run"]["uuid"].as_str().unwrap());
    let mut state = state.lock().unwrap();
    if state.refused.contains(subject) {
        return (401, detail(&format!("no delegation for {subject}")));
    }
    if !state.runs.insert(run.to_owned()) {
        return (409, detail("Conflict: report already present"));
    }
    state.subjects.push(subject.to_owned());
    let (scope, checked_at) = (report["spec"]["uuid"].as_str().unwrap(), report["checked_at"].as_str().unwrap());
    let known = state.results.entry((subject.to_owned(), scope.to_owned())).or_default();
    for (id, result) in report["run"]["invocations"]["inv-0"]["results"].as_object().unwrap() {
        let result = json!({"result": result, "checked_at": checked_at.replace(' ', "T"), "report": run});
        known.insert(id.clone(), result);
    }
    (200, "null".to_owned())
}

fn basic() -> String {
    format!("Basic {}", STANDARD.encode(format!("{ACCOUNT}:{TOKEN}")))
}

/// Answers as 3.5 of the digest says: by subject and scope, what there is of it.
fn status(query: &str, authorization: Option<&str>, state: &mut State) -> (u16, String) {
    state.logins.push(authorization.map(str::to_owned));
    if let Some(told) = &state.status {
        return told.clone();
    }
    let parameter = |name: &str| {
        let mut parts = query.split('&').filter_map(|part| part.split_once('='));
        parts.find(|(key, _)| *key == name).unwrap().1.to_owned()
    };
    let key = (parameter("subject"), parameter("scopeuuid"));
    let answer = match state.results.get(&key) {
        Some(results) => json!({key.0: {key.1: {"name": "x", "results": results, "result": 1, "passed": ["v1"]}}}),
        None => json!({}),
    };
    (200, answer.to_string())
}

fn serde_saphyr_value(text: &str) -> Value {
    serde_yaml::from_str(text).unwrap()
}

fn is_signed(signature: &str, report: &str, signers: &Path) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let (file, content) = (folder.path().join("sig"), folder.path().join("report"));
    std::fs::write(&file, signature).unwrap();
    std::fs::write(&content, report).unwrap();
    let mut verify = Command::new("ssh-keygen");
    verify.args(["-Y", "verify", "-I", ACCOUNT, "-n", "report", "-f"]).arg(signers).arg("-s").arg(file);
    let verify = verify.stdin(std::fs::File::open(content).unwrap()).stdout(Stdio::null()).stderr(Stdio::null());
    verify.status().unwrap().success()
}
