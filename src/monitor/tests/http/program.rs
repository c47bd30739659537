//! The program itself: options, signals, kills, copies.

use crate::postgres;
use crate::server::{SCOPE, quick_hash, report, sign};
use chrono::Utc;
use reqwest::{Client, StatusCode};
use rstest::rstest;
use scs_monitor::store::Store;
use sqlx::{AnyConnection, Connection, Executor};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;
use uuid::Uuid;

const PROGRAM: &str = env!("CARGO_BIN_EXE_scs-monitor");

/// A running program, killed at the end.
struct Running {
    child: Child,
    url: String,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key).status().unwrap();
    assert!(made.success());
    let line = fs::read_to_string(key.with_extension("pub")).unwrap();
    let mut parts = line.split(' ');
    let (kind, key) = (parts.next().unwrap(), parts.next().unwrap());
    let text = format!(
        "accounts:\n  - subject: cloud-a\n    roles: [read_any]\n    api_keys: ['{}']\n    keys: [{{public_key: {key}, public_key_type: {kind}, public_key_name: k}}]\n",
        quick_hash("pass")
    );
    fs::write(folder.path().join("bootstrap.yaml"), text).unwrap();
    folder
}

fn database(folder: &TempDir) -> String {
    format!("sqlite:{}", folder.path().join("monitor.db").display())
}

fn serve(folder: &TempDir, database: &str) -> Running {
    let mut child = Command::new(PROGRAM)
        .args(["serve", "--listen", "127.0.0.1:0", "--database", database, "--bootstrap"])
        .arg(folder.path().join("bootstrap.yaml"))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    let line = lines.find(|line| line.contains("listening on ")).expect("the program does not start");
    // The rest of the log is read, or the program would wait for its reader.
    std::thread::spawn(move || lines.for_each(drop));
    let url =
        line.split("listening on ").nth(1).unwrap().split_whitespace().next().unwrap().trim_end_matches('/').to_owned();
    Running { child, url }
}

fn run(arguments: &[&str]) -> Output {
    Command::new(PROGRAM).args(arguments).output().unwrap()
}

fn body(folder: &Path, uuid: &str) -> Vec<u8> {
    let text = report(uuid, "cloud-a", Utc::now(), &[("a", 1)]);
    [sign(&folder.join("key"), "report", text.as_bytes()).as_slice(), b"&", text.as_bytes()].concat()
}

async fn upload(url: &str, body: Vec<u8>) -> Result<StatusCode, reqwest::Error> {
    let request = Client::new().post(format!("{url}/reports")).basic_auth("cloud-a", Some("pass"));
    Ok(request.header("content-type", "application/x-signed-yaml").body(body).send().await?.status())
}

fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
}

#[rstest]
#[tokio::test]
async fn every_acknowledged_report_survives_kills(#[values("sqlite", "postgres")] kind: &str) {
    let folder = folder();
    let address = if kind == "sqlite" {
        database(&folder)
    } else {
        let Some(address) = postgres::new_database() else { return };
        address
    };
    let rounds: usize = std::env::var("SCS_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(5);
    let (mut acknowledged, mut all) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        let mut running = serve(&folder, &address);
        let bodies: Vec<(String, Vec<u8>)> = (0..8)
            .map(|_| Uuid::new_v4().to_string())
            .map(|uuid| {
                let body = body(folder.path(), &uuid);
                (uuid, body)
            })
            .collect();
        let (sender, mut answers) = tokio::sync::mpsc::unbounded_channel();
        for (uuid, body) in bodies {
            let (url, sender) = (running.url.clone(), sender.clone());
            all.push(uuid.clone());
            tokio::spawn(async move {
                let is_acknowledged = upload(&url, body).await.is_ok_and(|status| status == 200);
                sender.send((uuid, is_acknowledged)).unwrap();
            });
        }
        drop(sender);
        // The kill comes while some are answered and others are under way.
        let mut before = round % 8;
        while before > 0
            && let Some((uuid, is_acknowledged)) = answers.recv().await
        {
            assert!(is_acknowledged, "nothing was wrong with {uuid}");
            acknowledged.push(uuid);
            before -= 1;
        }
        running.child.kill().unwrap();
        while let Some((uuid, is_acknowledged)) = answers.recv().await {
            acknowledged.extend(is_acknowledged.then_some(uuid));
        }
    }
    assert!(rounds < 2 || !acknowledged.is_empty(), "nothing was acknowledged: this proves nothing");
    let running = serve(&folder, &address);
    let client = Client::new();
    let mut found = 0;
    for uuid in &all {
        let request = client.get(format!("{}/reports/{uuid}", running.url)).basic_auth("cloud-a", Some("pass"));
        let response = request.send().await.unwrap();
        let is_there = response.status() == StatusCode::OK;
        assert!(is_there || !acknowledged.contains(uuid), "{uuid} was acknowledged and is lost");
        if is_there {
            let text = response.text().await.unwrap();
            assert!(text.contains(uuid) && text.contains(SCOPE), "half a report: {text}");
            found += 1;
        }
    }
    let mut listed = 0;
    loop {
        let url = format!("{}/reports?subject=&limit=1000&skip={listed}", running.url);
        let list = client.get(url).basic_auth("cloud-a", Some("pass")).send().await.unwrap();
        let list: serde_json::Value = serde_json::from_str(&list.text().await.unwrap()).unwrap();
        match list.as_array().unwrap().len() {
            0 => break,
            some => listed += some,
        }
    }
    assert_eq!(listed, found);
}

#[tokio::test]
async fn signals_reload_and_stop() {
    let folder = folder();
    let mut running = serve(&folder, &database(&folder));
    assert_eq!(upload(&running.url, body(folder.path(), &Uuid::new_v4().to_string())).await.unwrap(), 200);
    fs::write(folder.path().join("bootstrap.yaml"), "accounts: []").unwrap();
    signal(&running.child, "-HUP");
    let mut status = StatusCode::OK;
    while status != StatusCode::UNAUTHORIZED {
        let body = body(folder.path(), &Uuid::new_v4().to_string());
        status = upload(&running.url, body).await.unwrap();
    }
    signal(&running.child, "-TERM");
    assert!(running.child.wait().unwrap().success());
}

#[tokio::test]
async fn a_configuration_is_checked() {
    let folder = folder();
    let database = database(&folder);
    let bootstrap = folder.path().join("bootstrap.yaml");
    let bootstrap = bootstrap.to_str().unwrap();
    let check = |extra: &[&str]| {
        let arguments = ["serve", "--check-config", "--database", &database, "--bootstrap", bootstrap];
        run(&[&arguments, extra].concat())
    };
    let fine = check(&[]);
    assert!(fine.status.success(), "{}", String::from_utf8_lossy(&fine.stderr));
    let text = String::from_utf8_lossy(&fine.stdout).into_owned();
    assert!(text.contains("1 accounts, scopes: SCS-compatible IaaS") && text.contains("serve makes it"), "{text}");
    assert!(!folder.path().join("monitor.db").exists(), "checking makes nothing");
    for (extra, expected) in [
        (["--scopes", "/nonexistent"], "cannot be read"),
        (["--scopes", "/"], "no scope file"),
        (["--base-url", "monitor"], "--base-url"),
        (["--bootstrap", "/dev/zero"], "the argument"),
    ] {
        let output = check(&extra);
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(2) && text.contains(expected), "{text}");
    }
    drop(serve(&folder, &database));
    fs::write(bootstrap, "accounts: [{subject: other}]").unwrap();
    let text = String::from_utf8_lossy(&check(&[]).stdout).into_owned();
    assert!(text.contains("1 accounts") && text.contains("the tables of the database are up to date"), "{text}");
    let store = Store::open_to_read(&database).await.unwrap();
    assert_eq!(store.accounts().await.unwrap()[0].subject, "cloud-a", "checking replaces no accounts");
    store.close().await;
    for (base, expected) in [("/reports", "a path of the server itself"), ("/monitor", "")] {
        assert!(String::from_utf8_lossy(&check(&["--base-url", base]).stderr).contains(expected), "{base}");
    }
    fs::write(bootstrap, "accounts:\n  - subject: a\n    delegates: [b]\n").unwrap();
    let output = check(&[]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("the delegate \"b\" is no account"));
}

#[tokio::test]
async fn a_backup_of_a_running_server_is_restored_into_the_other_kind() {
    let Some(other) = postgres::new_database() else { return };
    let folder = folder();
    let running = serve(&folder, &database(&folder));
    let uuid = Uuid::new_v4().to_string();
    assert_eq!(upload(&running.url, body(folder.path(), &uuid)).await.unwrap(), 200);
    let file = folder.path().join("backup.db");
    let file = file.to_str().unwrap();
    let output = run(&["backup", "--database", &database(&folder), "--to", file]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!run(&["backup", "--database", &database(&folder), "--to", file]).status.success(), "it exists");
    let output = run(&["restore", "--database", &other, "--from", file]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!run(&["restore", "--database", &other, "--from", file]).status.success(), "it is not empty");
    let restored = serve(&folder, &other);
    let request = Client::new().get(format!("{}/reports/{uuid}/raw", restored.url)).basic_auth("cloud-a", Some("pass"));
    assert!(request.send().await.unwrap().text().await.unwrap().contains(&uuid));
    let output = run(&["retire", "--database", &other, "--dry-run"]);
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("0 uploads"));
}

#[tokio::test]
async fn a_mistyped_or_foreign_file_is_named_and_stays_as_it_is() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (wrong, garbage, backup) = (path("wrong.db"), path("garbage.db"), path("backup.db"));
    fs::write(&garbage, "garbage ".repeat(100)).unwrap();
    drop(serve(&folder, &database(&folder)));
    let refused = |arguments: &[&str], expected: &str| {
        let output = run(arguments);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && text.contains(expected), "{arguments:?}: {text}");
    };
    let mistyped = format!("sqlite:{wrong}");
    refused(&["backup", "--database", &mistyped, "--to", &backup], "wrong.db");
    refused(&["retire", "--database", &mistyped, "--dry-run"], "wrong.db");
    refused(&["retire", "--database", &database(&folder)], "--archive");
    refused(&["retire", "--database", &database(&folder), "--dry-run", "--older-than", "700"], "762");
    refused(&["revive", "--database", &mistyped, "--archive", &wrong], "wrong.db");
    refused(&["restore", "--database", &mistyped, "--from", &garbage], "no database of SQLite");
    refused(&["backup", "--database", &format!("sqlite:{garbage}"), "--to", &backup], "no database of SQLite");
    assert!(!Path::new(&wrong).exists() && !Path::new(&backup).exists());
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                 VALUES (9999, 'newer', true, x'00', 0)";
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(&database(&folder)).await.unwrap();
    connection.execute(newer).await.unwrap();
    connection.close().await.unwrap();
    refused(&["backup", "--database", &database(&folder), "--to", &backup], "9999");
    let left: Vec<String> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("backup"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn a_backup_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    drop(serve(&folder, &database(&folder)));
    let backup = folder.path().join("backup.db");
    assert!(run(&["backup", "--database", &database(&folder), "--to", backup.to_str().unwrap()]).status.success());
    for name in ["monitor.db", "backup.db"] {
        let mode = fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let left = ["backup.db.partial", "backup.db-wal"].map(|name| folder.path().join(name).exists());
    assert_eq!(left, [false, false]);
}
