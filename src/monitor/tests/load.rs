//! Load: 50 subjects with 548 nights of 60 testcases; pages for 16 clients, then uploads by 16 clients, and pages beside them.
//!
//! `cargo bench -p scs-monitor` prints the figures; `SCS_DATABASE=postgres://…` measures an empty database of PostgreSQL.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a benchmark may panic")]

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Client;
use scs_monitor::accept::UploadedReport;
use scs_monitor::accounts::{AccountEntry, KeyEntry};
use scs_monitor::http::{App, ConnectionLimits, Settings, serve};
use scs_monitor::judge::{Results, Rules};
use scs_monitor::store::{AuditEntry, NewUpload, Store, compressed};
use scs_signatures::{REPORT, SigningKey};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
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

fn memory(what: &str) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let lines: Vec<&str> =
        status.lines().filter(|line| line.starts_with("VmRSS") || line.starts_with("VmHWM")).collect();
    println!("{what}: {}", lines.join(", "));
}

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let address =
        std::env::var("SCS_DATABASE").unwrap_or_else(|_| format!("sqlite:{}", folder.path().join("db").display()));
    let key = SigningKey::from_seed(&[7; 32]);
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
    let settings = Settings { uploads: (1_000_000, 1_000.0), ..Settings::default() };
    let app = Arc::new(App::new(Store::connect(&address).await.unwrap(), settings).await.unwrap());
    app.store.replace_accounts(&(0..SUBJECTS).map(account).collect::<Vec<_>>()).await.unwrap();
    app.reload().await.unwrap();
    let rules = app.rulebook().find("scs-compatible-iaas").cloned().unwrap();
    let start = Instant::now();
    fill(&app, &rules, number("SCS_NIGHTS", 548)).await;
    println!("filled in {:.1?}", start.elapsed());
    memory("after filling");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(serve(listener, Arc::clone(&app), ConnectionLimits::default(), std::future::pending()));
    let requests = usize::try_from(number("SCS_REQUESTS", 200)).unwrap();
    for path in [
        "/page/table",
        "/page/detail/cloud-3/scs-compatible-iaas",
        "/status",
        "/page/history/cloud-3/scs-compatible-iaas",
    ] {
        measure(&url, path, requests).await;
    }
    uploads(&url, &key, &rules, requests).await;
    memory("after the benchmark");
}
