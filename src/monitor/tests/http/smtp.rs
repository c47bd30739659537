//! A real SMTP server (python3-aiosmtpd of Debian), and servers whose clock moves, which tell operators.

use crate::postgres;
use crate::server::Database;
use chrono::{DateTime, Utc};
use scs_monitor::accept::UploadedReport;
use scs_monitor::http::{App, Clock, Settings};
use scs_monitor::judge::Results;
use scs_monitor::store::{AuditEntry, NewUpload, NoticeRecord, Store, compressed};
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;
use uuid::Uuid;

/// The Python of Debian, to which the package belongs.
const PYTHON: &str = "/usr/bin/python3";

const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/smtp/server.py");

/// A running SMTP server. It ends when this process does: it waits for the end of its input.
pub struct Smtp {
    pub port: u16,
    folder: PathBuf,
    child: Child,
}

impl Drop for Smtp {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Smtp {
    /// Starts a server; none where it is not installed.
    pub fn start(folder: &Path, certificate: Option<(&Path, &Path)>) -> Option<Self> {
        let is_there = Command::new(PYTHON).args(["-c", "import aiosmtpd"]).output();
        if !is_there.is_ok_and(|output| output.status.success()) {
            assert!(std::env::var_os("SCS_REQUIRE_SMTP").is_none(), "python3-aiosmtpd is not installed");
            eprintln!("SKIPPED: there is no SMTP server (apt-get install python3-aiosmtpd); this test proves nothing");
            return None;
        }
        let mut command = Command::new(PYTHON);
        command.arg(PROGRAM).arg(folder);
        if let Some((certificate, key)) = certificate {
            command.arg(certificate).arg(key);
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Some(Self { port: line.trim().parse().unwrap(), folder: folder.to_owned(), child })
    }

    /// Says how it behaves from now on; `server.py` lists the ways.
    pub fn set(&self, mode: &str) {
        fs::write(self.folder.join("mode"), mode).unwrap();
    }

    /// Returns what it has accepted.
    pub fn messages(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.folder.join("messages")).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Waits until it hangs with a message that it has got.
    pub fn wait_until_it_hangs(&self) {
        while !self.folder.join("hanging").exists() {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        fs::remove_file(self.folder.join("hanging")).unwrap();
    }
}

/// The scope of these tests; `RULE` is what module m2 asks for.
pub const SCOPE: &str = "
uuid: 11111111-2222-4333-8444-555555555555
name: Small scope
url: https://example.org/scope.yaml
scripts: [{executable: x.py, testcases: [{id: a, lifetime: week}, {id: b, lifetime: day}, {id: c, lifetime: day}]}]
modules: [{id: m1, targets: {main: [a]}}, {id: m2, targets: {main: [RULE]}}]
timeline: [{date: 2020-06-01, versions: {v2: effective}}]
versions: [{version: v2, stabilized_at: 2020-05-01, include: [m1, m2]}]
";

/// A folder with the files of a server.
pub struct Site {
    pub folder: TempDir,
    pub address: String,
}

impl Site {
    /// Writes the files; none where the database is not installed.
    pub fn new(database: Database, registry: &str, notify: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let address = match database {
            Database::Sqlite => format!("sqlite:{}", folder.path().join("monitor.db").display()),
            Database::Postgres => postgres::new_database()?,
        };
        fs::create_dir(folder.path().join("scopes")).unwrap();
        let site = Self { folder, address };
        site.write("scopes/scs-small.yaml", &SCOPE.replace("RULE", "b"));
        site.write("registry.yaml", registry);
        site.write("webhook", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n");
        site.write("notify.yaml", &notify.replace("WEBHOOK", &site.path("webhook").display().to_string()));
        Some(site)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file that is for its owner only.
    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// Starts a server at an instant, without its task.
    pub async fn app(&self, now: &str) -> App {
        let settings = Settings {
            scopes: Some(self.path("scopes")),
            registry: Some(self.path("registry.yaml")),
            notify: Some(self.path("notify.yaml")),
            clock: clock(now.parse().unwrap()),
            ..Settings::default()
        };
        App::new(Store::connect(&self.address).await.unwrap(), settings).await.unwrap()
    }
}

/// Returns a clock that stands at an instant.
pub fn clock(now: DateTime<Utc>) -> Clock {
    Clock(now - Utc::now())
}

/// Stores a report as of now.
pub async fn report(app: &App, subject: &str, results: &[(&str, i8)]) {
    let mut uploaded = Results::default();
    results.iter().for_each(|(id, number)| uploaded.add("*", id, *number));
    let report = UploadedReport {
        uuid: Uuid::new_v4(),
        subject: subject.to_owned(),
        scope: Uuid::parse_str("11111111-2222-4333-8444-555555555555").unwrap(),
        checked_at: app.now(),
        creator: None,
        results: uploaded,
    };
    let upload = NewUpload {
        id: Uuid::new_v4().to_string(),
        arrived_at: app.now(),
        uploader: "ci".to_owned(),
        fingerprint: "SHA256:x".to_owned(),
        signature: "-----BEGIN SSH SIGNATURE-----".to_owned(),
        media_type: "application/x-signed-yaml",
        content: compressed(b"---\nsigned: bytes\n").unwrap(),
        reports: vec![report],
    };
    let entry = AuditEntry {
        account: "ci".to_owned(),
        address: "127.0.0.1".to_owned(),
        action: "upload",
        outcome: "accepted".to_owned(),
        detail: String::new(),
    };
    app.store.accept(&upload, &app.rulebook(), &entry).await.unwrap();
    app.board.note_change();
}

/// Returns all messages, the oldest first.
pub async fn notices(app: &App) -> Vec<NoticeRecord> {
    let mut found = app.store.notices(1_000, 0).await.unwrap();
    found.reverse();
    found
}
