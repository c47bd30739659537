//! Messages on their way: servers that fail, restarts, kills, several servers of one database, webhooks.

use crate::server::{Database, Server};
use crate::smtp::{Site, Smtp, clock, notices, report};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use rstest::rstest;
use scs_monitor::http::{App, notify};
use scs_monitor::store::NoticeRecord;
use serde_json::Value;
use sha2::Sha256;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const PROGRAM: &str = env!("CARGO_BIN_EXE_scs-monitor");

const REGISTRY: &str = "\
operators: [{name: acme, contacts: [CONTACT]}]
subjects: [{name: cloud, operator: acme}, {name: second, operator: acme}, {name: third, operator: acme}]
";

/// A Monday.
const NOW: &str = "2026-11-30T10:00:00Z";

fn registry(contact: &str) -> String {
    REGISTRY.replace("CONTACT", contact)
}

fn mail_settings(port: u16, more: &str) -> String {
    format!(
        "base_url: https://monitor.example/\nsmtp: {{host: 127.0.0.1, port: {port}, from: 'SCS <m@monitor.example>', timeout: 2s{more}}}\n"
    )
}

/// A server with an SMTP server, and a failure that is to be told.
async fn failing(database: Database) -> Option<(Site, Smtp, App, tempfile::TempDir)> {
    let folder = tempfile::tempdir().unwrap();
    let smtp = Smtp::start(folder.path(), None)?;
    let site = Site::new(database, &registry("{email: ops@acme.example}"), &mail_settings(smtp.port, ", tls: none"))?;
    let app = site.app(NOW).await;
    report(&app, "cloud", &[("a", -1), ("b", 1)]).await;
    Some((site, smtp, app, folder))
}

fn after(minutes: i64) -> String {
    (NOW.parse::<DateTime<Utc>>().unwrap() + TimeDelta::minutes(minutes)).to_rfc3339()
}

/// Starts the server once more at another instant, and takes a turn.
async fn again(site: &Site, app: App, minutes: i64) -> (App, Vec<NoticeRecord>) {
    app.store.close().await;
    let app = site.app(&after(minutes)).await;
    notify(&app).await.unwrap();
    let found = notices(&app).await;
    (app, found)
}

#[rstest]
#[case::rejected_for_now("rcpt-451", "451")]
#[case::unknown_user("rcpt-550", "550")]
#[case::later("data-451", "451")]
#[case::refused_for_good("data-554", "554")]
#[case::hangs("hang", "no answer within 2s")]
#[case::drops("drop", "127.0.0.1: ")]
#[tokio::test]
async fn failing_server_gets_the_message_later(#[case] mode: &str, #[case] answer: &str) {
    let Some((site, smtp, app, _folder)) = failing(Database::Sqlite).await else { return };
    smtp.set(mode);
    notify(&app).await.unwrap();
    let waiting = notices(&app).await;
    let [first] = waiting.as_slice() else { panic!("{waiting:?}") };
    assert_eq!((first.state.as_str(), first.attempts), ("waiting", 1));
    assert!(first.answer.contains(answer), "{}", first.answer);
    notify(&app).await.unwrap();
    assert_eq!(notices(&app).await[0].attempts, 1, "the pause is kept");
    smtp.set("ok");
    let (_, found) = again(&site, app, 2).await;
    assert_eq!(
        (found.len(), found[0].state.as_str(), found[0].attempts, found[0].id.as_str()),
        (1, "sent", 2, first.id.as_str())
    );
    assert_eq!(smtp.messages().len(), 1);
}

#[tokio::test]
async fn server_that_is_gone_gets_the_message_later() {
    let Some((site, smtp, app, _folder)) = failing(Database::Sqlite).await else { return };
    let settings = std::fs::read_to_string(site.path("notify.yaml")).unwrap();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    site.write("notify.yaml", &settings.replace(&smtp.port.to_string(), &free.to_string()));
    app.reload().await.unwrap();
    notify(&app).await.unwrap();
    assert!(notices(&app).await[0].answer.contains("refused"), "{:?}", notices(&app).await);
    site.write("notify.yaml", &settings);
    let (_, found) = again(&site, app, 2).await;
    assert_eq!((found[0].state.as_str(), smtp.messages().len()), ("sent", 1));
}

#[tokio::test]
async fn message_that_was_accepted_is_sent_no_more() {
    let Some((site, smtp, app, _folder)) = failing(Database::Sqlite).await else { return };
    smtp.set("accept-and-drop");
    notify(&app).await.unwrap();
    let (_, found) = again(&site, app, 600).await;
    assert_eq!((found.len(), found[0].state.as_str(), found[0].attempts), (1, "sent", 1));
    assert_eq!(smtp.messages().len(), 1, "the server went away after its answer");
}

#[tokio::test]
async fn repeated_message_is_recognized_by_its_id() {
    let Some((site, smtp, app, _folder)) = failing(Database::Sqlite).await else { return };
    smtp.set("keep-and-hang");
    notify(&app).await.unwrap();
    smtp.set("ok");
    let (_, found) = again(&site, app, 2).await;
    let messages = smtp.messages();
    let ids: BTreeSet<&str> = messages.iter().map(|one| one["headers"]["Message-ID"].as_str().unwrap()).collect();
    assert_eq!((messages.len(), ids.len(), found[0].state.as_str()), (2, 1, "sent"));
    let headers = &messages[1]["headers"];
    assert_eq!(messages[0], messages[1], "nothing else differs either");
    assert_eq!(headers["Auto-Submitted"], "auto-generated");
    assert_eq!(headers["List-Id"], "SCS compliance of cloud <cloud.scs-monitor.monitor.example>");
    assert_eq!(
        (&messages[1]["from"], &messages[1]["to"][0]),
        (&"m@monitor.example".into(), &"ops@acme.example".into())
    );
    let body = messages[1]["body"].as_str().unwrap();
    assert!(body.contains("* cloud – Small scope v2\n  1 of 2 mandatory checks failing.\n  Failing: a\n"), "{body}");
    assert!(body.contains("https://monitor.example/s/cloud\n"), "{body}");
}

#[tokio::test]
async fn message_is_given_up_after_days_and_may_be_tried_again() {
    let Some((site, smtp, mut app, _folder)) = failing(Database::Sqlite).await else { return };
    smtp.set("data-554");
    for round in 0..25 {
        app.settings.clock = clock(after(round * 400).parse().unwrap());
        notify(&app).await.unwrap();
    }
    let found = notices(&app).await;
    assert_eq!((found.len(), found[0].state.as_str(), found[0].attempts), (1, "failed", 20));
    assert!(found[0].answer.contains("554") && found[0].done_at.is_some());
    smtp.set("ok");
    assert_eq!(app.store.retry_notices(app.now()).await.unwrap(), 1);
    let (_, found) = again(&site, app, 11_000).await;
    assert_eq!((found[0].state.as_str(), smtp.messages().len()), ("sent", 1));
}

#[tokio::test]
async fn of_several_servers_one_sends_each_message() {
    let Some((site, smtp, first, _folder)) = failing(Database::Postgres).await else { return };
    let (mut one, mut other) = (first, site.app(NOW).await);
    for round in 0_i64..6 {
        for app in [&mut one, &mut other] {
            app.settings.clock = clock(after(round * 24 * 60 * 4).parse().unwrap());
        }
        for subject in ["cloud", "second", "third"] {
            report(&one, subject, &[("a", if round % 2 == 0 { -1 } else { 1 }), ("b", 1)]).await;
        }
        let (left, right) = tokio::join!(notify(&one), notify(&other));
        left.unwrap();
        right.unwrap();
        let (left, right) = tokio::join!(notify(&one), notify(&other));
        left.unwrap();
        right.unwrap();
    }
    let found = notices(&one).await;
    // Thursdays to Mondays and back: the days of two rounds are at a weekend, and what they bring is over with the next ones.
    assert!(found.len() >= 9 && found.iter().all(|one| one.state == "sent" && one.attempts == 1), "{found:?}");
    let ids: BTreeSet<String> =
        smtp.messages().iter().map(|one| one["headers"]["Message-ID"].as_str().unwrap().to_owned()).collect();
    assert_eq!((smtp.messages().len(), ids.len()), (found.len(), found.len()));
}

/// A running program, killed at the end.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn serve(site: &Site, now: &str) -> Running {
    let mut command = Command::new(PROGRAM);
    command.args(["serve", "--listen", "127.0.0.1:0", "--database", &site.address, "--now", now]);
    for (option, file) in [("--scopes", "scopes"), ("--registry", "registry.yaml"), ("--notify", "notify.yaml")] {
        command.arg(option).arg(site.path(file));
    }
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    lines.find(|line| line.contains("listening on ")).expect("the program does not start");
    std::thread::spawn(move || lines.for_each(drop));
    Running(child)
}

#[rstest]
#[case::sqlite(Database::Sqlite)]
#[case::postgres(Database::Postgres)]
#[tokio::test]
async fn kill_loses_nothing_and_repeats_nothing_but_what_was_under_way(#[case] database: Database) {
    let Some((site, smtp, app, _folder)) = failing(database).await else { return };
    app.store.close().await;
    for mode in ["hang", "keep-and-hang"] {
        smtp.set(mode);
        let mut running = serve(&site, &after(if mode == "hang" { 0 } else { 6 }));
        smtp.wait_until_it_hangs();
        running.0.kill().unwrap();
        running.0.wait().unwrap();
    }
    smtp.set("ok");
    let (app, found) = again(&site, site.app(NOW).await, 8).await;
    assert_eq!(
        (found.len(), found[0].state.as_str(), found[0].attempts),
        (1, "waiting", 2),
        "somebody may be sending it"
    );
    let (app, found) = again(&site, app, 12).await;
    assert_eq!((found.len(), found[0].state.as_str(), found[0].attempts), (1, "sent", 3));
    let (_, found) = again(&site, app, 24).await;
    assert_eq!(found.len(), 1, "it was told");
    let ids: Vec<Value> = smtp.messages().iter().map(|one| one["headers"]["Message-ID"].clone()).collect();
    assert_eq!(
        (ids.len(), &ids[0]),
        (2, &ids[1]),
        "the one that the server had got, and the one that was acknowledged"
    );
}

#[tokio::test]
async fn server_that_hangs_does_not_keep_the_program_from_stopping() {
    let Some((site, smtp, app, _folder)) = failing(Database::Sqlite).await else { return };
    app.store.close().await;
    let settings = std::fs::read_to_string(site.path("notify.yaml")).unwrap();
    site.write("notify.yaml", &settings.replace("timeout: 2s", "timeout: 30s"));
    smtp.set("hang");
    let mut running = serve(&site, NOW);
    smtp.wait_until_it_hangs();
    let start = std::time::Instant::now();
    assert!(Command::new("kill").args(["-TERM", &running.0.id().to_string()]).status().unwrap().success());
    assert!(running.0.wait().unwrap().success());
    assert!(start.elapsed() < std::time::Duration::from_secs(10), "far less than the time limit of a message");
}

/// A receiver of webhooks that answers as it is told, and keeps what it got.
struct Receiver {
    address: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Receiver {
    async fn start(answers: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/hook/secret-path", listener.local_addr().unwrap());
        let mut answers: Vec<String> = answers.iter().rev().map(|&text| text.to_owned()).collect();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let receiver = Self { address, requests: Arc::clone(&requests) };
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (mut text, mut buffer) = (String::new(), [0; 4096]);
                while !is_whole(&text) {
                    let size = stream.read(&mut buffer).await.unwrap();
                    text.push_str(std::str::from_utf8(&buffer[..size]).unwrap());
                }
                requests.lock().unwrap().push(text);
                let answer = answers.pop().unwrap_or_else(|| "204 No Content".to_owned());
                if answer == "hang" {
                    tokio::spawn(async move {
                        std::future::pending::<()>().await;
                        drop(stream);
                    });
                    continue;
                }
                let (status, more) = answer.split_once('|').unwrap_or((&answer, ""));
                let text = format!("HTTP/1.1 {status}\r\n{more}content-length: 0\r\nconnection: close\r\n\r\n");
                let _ = stream.write_all(text.as_bytes()).await;
            }
        });
        receiver
    }
}

/// Returns true once a request has its body.
fn is_whole(text: &str) -> bool {
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    header(head, "content-length").is_some_and(|length| length.parse::<usize>().unwrap() <= body.len())
}

fn header<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    head.lines()
        .find_map(|line| line.split_once(": ").filter(|(known, _)| known.eq_ignore_ascii_case(name)))
        .map(|(_, value)| value)
}

const HOOKS: &str =
    "base_url: https://monitor.example/\nwebhook: {secret: {file: WEBHOOK}, private_addresses: true, timeout: 2s}\n";

#[rstest]
#[case::accepts(&[], &[])]
#[case::fails_twice(&["500 Oops", "429 Slowly"], &["HTTP 500", "HTTP 429"])]
#[case::leads_elsewhere(&["302 Found|location: http://127.0.0.1:1/\r\n"], &["HTTP 302"])]
#[case::hangs(&["hang"], &["timed out"])]
#[tokio::test]
async fn webhook_is_signed_and_tried_again(#[case] answers: &[&str], #[case] problems: &[&str]) {
    let receiver = Receiver::start(answers).await;
    let contact = format!("{{webhook: '{}'}}", receiver.address);
    let site = Site::new(Database::Sqlite, &registry(&contact), HOOKS).unwrap();
    let mut app = site.app(NOW).await;
    report(&app, "cloud", &[("a", -1), ("b", 1)]).await;
    for (round, problem) in (0..).zip(problems) {
        app.settings.clock = clock(after(round * 10).parse().unwrap());
        notify(&app).await.unwrap();
        let found = &notices(&app).await[0];
        assert!(found.state == "waiting" && found.answer.contains(problem), "{found:?}");
    }
    let (_, found) = again(&site, app, 100).await;
    assert_eq!((found.len(), found[0].state.as_str(), found[0].answer.as_str()), (1, "sent", "HTTP 204 No Content"));
    assert!(!found[0].to.contains("secret-path"), "{}", found[0].to);
    let requests = receiver.requests.lock().unwrap().clone();
    assert_eq!(requests.len(), answers.len() + 1);
    let ids: BTreeSet<&str> = requests.iter().map(|text| header(text, "webhook-id").unwrap()).collect();
    assert_eq!(ids, BTreeSet::from([found[0].id.as_str()]), "receivers recognize a repetition");
    for text in &requests {
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let signed =
            format!("{}.{}.{body}", header(head, "webhook-id").unwrap(), header(head, "webhook-timestamp").unwrap());
        let key = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        mac.update(signed.as_bytes());
        let expected = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
        assert_eq!(header(head, "webhook-signature"), Some(expected.as_str()));
        let body: Value = serde_json::from_str(body).unwrap();
        assert_eq!((&body["data"]["subject"], &body["data"]["items"][0]["failing"][0]), (&"cloud".into(), &"a".into()));
    }
}

#[tokio::test]
async fn private_address_is_not_called_unless_the_file_permits_it() {
    let receiver = Receiver::start(&[]).await;
    let contact = format!("{{webhook: '{}'}}", receiver.address);
    let site =
        Site::new(Database::Sqlite, &registry(&contact), &HOOKS.replace("private_addresses: true, ", "")).unwrap();
    let app = site.app(NOW).await;
    report(&app, "cloud", &[("a", -1), ("b", 1)]).await;
    notify(&app).await.unwrap();
    let found = notices(&app).await;
    assert!(found[0].state == "waiting" && found[0].answer.contains("private address"), "{found:?}");
    assert!(receiver.requests.lock().unwrap().is_empty());
}

fn openssl(folder: &Path, arguments: &str) {
    let output = Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn test_message(site: &Site, to: &str) -> Output {
    Command::new(PROGRAM).args(["notify-test", "--to", to, "--notify"]).arg(site.path("notify.yaml")).output().unwrap()
}

#[tokio::test]
async fn test_message_goes_through_tls_with_a_login() {
    let folder = tempfile::tempdir().unwrap();
    let ca = "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=ca -days 2";
    openssl(folder.path(), ca);
    openssl(folder.path(), "req -newkey rsa:2048 -nodes -keyout key.pem -out request.pem -subj /CN=localhost");
    std::fs::write(folder.path().join("names"), "subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n").unwrap();
    openssl(
        folder.path(),
        "x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -out cert.pem -extfile names -days 2",
    );
    let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    let Some(smtp) = Smtp::start(folder.path(), Some((&certificate, &key))) else { return };
    let Some(plain) = Smtp::start(folder.path(), None) else { return };
    let site =
        Site::new(Database::Sqlite, &registry("{email: ops@acme.example}"), "base_url: https://x.example/").unwrap();
    let ca = folder.path().join("ca.pem").display().to_string();
    let settings = |port: u16, ca: &str, password: &str| {
        site.write("password", password);
        let login = format!("user: monitor, password: {{file: {}}}", site.path("password").display());
        let ca = if ca.is_empty() { String::new() } else { format!("ca: {ca}, ") };
        let smtp = format!("{{host: localhost, port: {port}, {ca}{login}, from: m@monitor.example, timeout: 10s}}");
        site.write("notify.yaml", &format!("base_url: https://x.example/\nsmtp: {smtp}\n"));
    };
    for (port, ca, password, expected) in [
        (smtp.port, "", "secret", "certificate"),
        (smtp.port, ca.as_str(), "wrong", "535"),
        (plain.port, ca.as_str(), "secret", "does not offer STARTTLS"),
    ] {
        settings(port, ca, password);
        let output = test_message(&site, "ops@acme.example");
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && text.contains(expected), "{text}");
        assert!(!text.contains("secret") && !text.contains("wrong"), "{text}");
    }
    assert!(smtp.messages().is_empty());
    settings(smtp.port, &ca, "secret");
    let output = test_message(&site, "ops@acme.example");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "accepted: 250 2.0.0 taken\n");
    assert_eq!(smtp.messages()[0]["headers"]["Subject"], "[SCS] Test of notifications");
    let text = String::from_utf8_lossy(&test_message(&site, "https://hooks.example/x").stderr).into_owned();
    assert!(text.contains("no secret for webhooks is configured"), "{text}");
}

#[tokio::test]
async fn log_is_for_admins_and_shows_no_address() {
    let folder = tempfile::tempdir().unwrap();
    let registry = registry("{email: ops.team@acme.example}");
    std::fs::write(folder.path().join("registry.yaml"), registry.replace("cloud", "cloud-a")).unwrap();
    std::fs::write(folder.path().join("notify.yaml"), "base_url: https://monitor.example/").unwrap();
    let (files, quiet) = (folder.path().to_owned(), NOW);
    let server = Server::start_with(Database::Sqlite, |settings| {
        let (registry, notify) = (Some(files.join("registry.yaml")), Some(files.join("notify.yaml")));
        crate::server::at(scs_monitor::http::Settings { registry, notify, ..settings }, quiet)
    });
    let server = server.await.unwrap();
    server.report("cloud-a", "cloud-a", TimeDelta::zero(), &[("a", -1), ("b", 1)]).await;
    // The task of the server tells it by itself after the upload.
    let mut found = server.json_as("admin", "/notifications").await;
    while found[0]["attempts"] != 1 || found[0]["answer"] == "" {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        found = server.json_as("admin", "/notifications").await;
    }
    assert_eq!((&found[0]["subject"], &found[0]["state"]), (&"cloud-a".into(), &"waiting".into()));
    assert!(found[0]["answer"].as_str().unwrap().contains("add smtp"), "{found}");
    assert!(found[0]["to"].as_str().unwrap().starts_with("o…@acme.example (sha256 "), "{found}");
    assert!(!found.to_string().contains("ops.team"));
    let metrics = server.text("/metrics").await;
    assert!(metrics.contains("notifications{state=\"waiting\"} 1\nscs_monitor_notifications{state=\"failed\"} 0\n"));
    assert_eq!(server.json_as("admin", "/notifications?skip=5").await, serde_json::json!([]));
    for path in ["/notifications"] {
        assert_eq!(server.get(path).await.status(), 401);
        assert_eq!(server.get_as("cloud-a", path).await.status(), 401);
    }
    assert_eq!(server.get_as("admin", "/notifications?limit=x").await.status(), 422);
    let listed = Command::new(PROGRAM).args(["notifications", "--database", &server.address]).output().unwrap();
    let text = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert!(text.contains("cloud-a  waiting  o…@acme.example") && text.contains("add smtp"), "{text}");
    assert!(!text.contains("ops.team"), "{text}");
}
