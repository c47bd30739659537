//! Load: 50 subjects with 548 nights of 60 testcases; pages for 16 clients, then uploads by 16 clients and pages beside them, and the
//! memory of the server, at last with the largest body that it accepts.
//!
//! `cargo bench -p scs-monitor` prints the figures; `SCS_DATABASE=postgres://…` measures an empty database of PostgreSQL.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a benchmark may panic")]

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Client;
use scs_monitor::accept::UploadedReport;
use scs_monitor::accounts::{AccountEntry, KeyEntry};
use scs_monitor::http::{App, Settings};
use scs_monitor::judge::{Results, Rules};
use scs_monitor::store::{AuditEntry, NewUpload, Store, compressed};
use scs_signatures::{REPORT, SigningKey};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use uuid::Uuid;

const SUBJECTS: usize = 50;
const CLIENTS: usize = 16;

fn number(name: &str, default: i64) -> i64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn testcases(rules: &Rules) -> Vec<String> {
    rules.testcases.keys().take(60).cloned().collect()
}

fn uploaded(subject: usize, at: DateTime<Utc>, rules: &Rules) -> UploadedReport {
    let mut results = Results::default();
    for (index, id) in testcases(rules).iter().enumerate() {
        results.add("*", id, if (subject + index).is_multiple_of(97) { -1 } else { 1 });
    }
    let scope = Uuid::parse_str(&rules.uuid).unwrap();
    UploadedReport {
        uuid: Uuid::new_v4(),
        subject: format!("cloud-{subject}"),
        scope,
        checked_at: at,
        creator: None,
        results,
    }
}

async fn fill(app: &App, rules: &Rules, nights: i64) {
    for ago in (1..=nights).rev() {
        let at = Utc::now() - TimeDelta::days(ago);
        let upload = NewUpload {
            id: Uuid::new_v4().to_string(),
            arrived_at: at,
            uploader: "ci".to_owned(),
            fingerprint: String::new(),
            signature: String::new(),
            media_type: "application/x-signed-yaml",
            content: compressed(b"---\n").unwrap(),
            reports: (0..SUBJECTS).map(|subject| uploaded(subject, at, rules)).collect(),
        };
        let entry = AuditEntry {
            account: "ci".to_owned(),
            address: String::new(),
            action: "upload",
            outcome: "accepted".to_owned(),
            detail: String::new(),
        };
        app.store.accept(&upload, &app.rulebook(), &entry).await.unwrap();
    }
}

/// Measures requests of all clients for a path, and prints the slowest one of a hundred.
async fn measure(url: &str, path: &str, requests: usize) {
    let tasks: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let (client, address) = (Client::new(), format!("{url}{path}"));
            tokio::spawn(async move {
                let mut times = Vec::new();
                for _ in 0..requests {
                    let start = Instant::now();
                    let response = client.get(&address).send().await.unwrap();
                    assert_eq!(response.status().as_u16(), 200);
                    response.bytes().await.unwrap();
                    times.push(start.elapsed());
                }
                times
            })
        })
        .collect();
    let mut times: Vec<Duration> = Vec::new();
    for task in tasks {
        times.extend(task.await.unwrap());
    }
    times.sort_unstable();
    println!("{path:60} p50 {:>10.1?}  p99 {:>10.1?}", times[times.len() / 2], times[times.len() * 99 / 100]);
}

fn body(key: &SigningKey, subject: usize, rules: &Rules) -> Vec<u8> {
    let results: String = testcases(rules).iter().map(|id| format!("        {id}: 1\n")).collect();
    let lines: String = testcases(rules).iter().map(|id| format!("      - '{id}: PASS'\n")).collect();
    let text = format!(
        "---\nspec: {{uuid: {}}}\nchecked_at: {}\nsubject: cloud-{subject}\nrun:\n  uuid: {}\n  invocations:\n    i:\n      results:\n{results}      stdout:\n{lines}      stderr: []\n",
        rules.uuid,
        Utc::now().format("%Y-%m-%d %H:%M:%S%.6f"),
        Uuid::new_v4()
    );
    let signature = key.sign(REPORT, text.as_bytes()).unwrap();
    [signature.trim_end().as_bytes(), b"\n&", text.as_bytes()].concat()
}

async fn uploads(url: &str, key: &SigningKey, rules: &Rules, each: usize) {
    let bodies: Vec<Vec<Vec<u8>>> =
        (0..CLIENTS).map(|client| (0..each).map(|_| body(key, client % SUBJECTS, rules)).collect()).collect();
    let done = Arc::new(AtomicUsize::new(0));
    let start = Instant::now();
    let tasks: Vec<_> = bodies
        .into_iter()
        .enumerate()
        .map(|(number, bodies)| {
            let (client, address, done) = (Client::new(), format!("{url}/reports"), Arc::clone(&done));
            tokio::spawn(async move {
                for body in bodies {
                    let request = client.post(&address).basic_auth(format!("cloud-{number}"), Some("pass"));
                    let response =
                        request.header("content-type", "application/x-signed-yaml").body(body).send().await.unwrap();
                    assert_eq!(response.status().as_u16(), 200);
                    done.fetch_add(1, Ordering::SeqCst);
                }
            })
        })
        .collect();
    measure(url, "/page/table", each).await;
    for task in tasks {
        task.await.unwrap();
    }
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{} uploads in {seconds:.1} s: {:.0} a second",
        done.load(Ordering::SeqCst),
        f64::from(u32::try_from(done.load(Ordering::SeqCst)).unwrap()) / seconds
    );
}

/// A server in a process of its own, so that its memory is that of nobody else.
struct Server {
    child: Child,
    url: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Server {
    fn start(database: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_scs-monitor"))
            .args(["serve", "--listen", "127.0.0.1:0", "--database", database])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let line = lines.find(|line| line.contains("listening on ")).expect("the server does not start");
        std::thread::spawn(move || lines.for_each(drop));
        let url = line.split("listening on ").nth(1).unwrap().split_whitespace().next().unwrap();
        let url = url.trim_end_matches('/').to_owned();
        Self { child, url }
    }

    fn memory(&self, what: &str) {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let megabytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
            let kilobytes: u32 = line.trim().trim_end_matches(" kB").parse().unwrap_or_default();
            f64::from(kilobytes) / 1024.0
        };
        println!("memory {what}: {:.1} MiB, at most {:.1} MiB so far", megabytes("VmRSS:"), megabytes("VmHWM:"));
    }
}

/// Uploads a body as large as it may be: its report has lines without end.
async fn largest(url: &str, key: &SigningKey, rules: &Rules) {
    const LARGEST: usize = 64 << 20;
    let id = testcases(rules).into_iter().next().unwrap();
    let mut text = format!(
        "---\nspec: {{uuid: {}}}\nchecked_at: {}\nsubject: cloud-0\nrun:\n  uuid: {}\n  invocations:\n    i:\n      results: {{{id}: 1}}\n      stdout: []\n      stderr:\n",
        rules.uuid,
        Utc::now().format("%Y-%m-%d %H:%M:%S%.6f"),
        Uuid::new_v4()
    );
    let line = format!("      - 'INFO: {}'\n", "x".repeat(1_000));
    while text.len() + line.len() + 1_000 < LARGEST {
        text.push_str(&line);
    }
    let signature = key.sign(REPORT, text.as_bytes()).unwrap();
    let body = [signature.trim_end().as_bytes(), b"\n&", text.as_bytes()].concat();
    let (size, start) = (body.len(), Instant::now());
    let request = Client::new().post(format!("{url}/reports")).basic_auth("cloud-0", Some("pass"));
    let response = request.header("content-type", "application/x-signed-yaml").body(body).send().await.unwrap();
    println!("largest body: {size} bytes, HTTP {} after {:.1?}", response.status().as_u16(), start.elapsed());
}

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let address =
        std::env::var("SCS_DATABASE").unwrap_or_else(|_| format!("sqlite:{}", folder.path().join("db").display()));
    let key = SigningKey::from_seed(&[7; 32]);
    let rules = prepared(&address, &key).await;
    let server = Server::start(&address);
    let requests = usize::try_from(number("SCS_REQUESTS", 200)).unwrap();
    for path in [
        "/page/table",
        "/page/detail/cloud-3/scs-compatible-iaas",
        "/status",
        "/page/history/cloud-3/scs-compatible-iaas",
        "/en/",
        "/en/s/cloud-3",
    ] {
        measure(&server.url, path, requests).await;
    }
    uploads(&server.url, &key, &rules, requests).await;
    server.memory("after the benchmark");
    largest(&server.url, &key, &rules).await;
    server.memory("with the largest body");
}

/// Fills an empty database, and returns the rules of its scope.
async fn prepared(address: &str, key: &SigningKey) -> Arc<Rules> {
    let line = key.public_line().unwrap();
    let mut parts = line.split(' ');
    let (kind, public) = (parts.next().unwrap().to_owned(), parts.next().unwrap().trim().to_owned());
    let account = |subject: usize| AccountEntry {
        subject: format!("cloud-{subject}"),
        api_keys: vec![bcrypt::hash("pass", 4).unwrap()],
        keys: vec![KeyEntry {
            public_key: public.clone(),
            public_key_type: kind.clone(),
            public_key_name: "k".to_owned(),
        }],
        ..AccountEntry::default()
    };
    let app = App::new(Store::connect(address).await.unwrap(), Settings::default()).await.unwrap();
    app.store.replace_accounts(&(0..SUBJECTS).map(account).collect::<Vec<_>>()).await.unwrap();
    app.reload().await.unwrap();
    let rules = app.rulebook().find("scs-compatible-iaas").cloned().unwrap();
    let start = Instant::now();
    fill(&app, &rules, number("SCS_NIGHTS", 548)).await;
    println!("filled in {:.1?}", start.elapsed());
    app.store.close().await;
    rules
}
