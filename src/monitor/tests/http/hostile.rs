//! Uploads and requests that were made to do harm.

use crate::server::{Database, SCOPE, Server, YAML, password, report};
use chrono::{TimeDelta, Utc};
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::json;
use uuid::Uuid;

fn good() -> String {
    report(&Uuid::new_v4().to_string(), "cloud-a", Utc::now(), &[("a", 1), ("b", 1)])
}

fn bomb() -> String {
    let level = |n: usize| format!("l{n}: &l{n} [{}]\n", vec![format!("*l{}", n - 1); 10].join(", "));
    format!("l0: &l0 [lol, lol, lol]\n{}", (1..10).map(level).collect::<String>())
}

/// Each replaces a part of a good report.
const REPLACED: &[(&str, &str)] = &[
    ("a: 1", "a: 2"),
    ("a: 1", "a: -2"),
    ("a: 1", "a: '1'"),
    ("a: 1", "a: 1.5"),
    ("a: 1", "a: 99999999999999999999999999"),
    ("a: 1", "a: .inf"),
    ("a: 1", "a: true"),
    ("a: 1", "a: null"),
    ("a: 1", "a:"),
    ("a: 1", "a: {result: 2}"),
    ("a: 1", "a: {results: 1}"),
    ("a: 1", "a: [1]"),
    ("a: 1", "a: !!int 1"),
    ("a: 1", "'': 1"),
    ("a: 1", "\"a\\nb\": 1"),
    ("a: 1", "\"a b\": 1"),
    ("a: 1", "a: 1\n        a: 1"),
    ("subject: cloud-a", "subject: !!python/object/apply:os.system ['id']"),
    ("subject: cloud-a", "subject: {}"),
    ("subject: cloud-a", "subject: ''"),
    ("subject: cloud-a", "subject: null"),
    ("subject: cloud-a", "subject: \"cloud-a\\0\""),
    ("subject: cloud-a", "subject: \"cloud-a\\n\""),
    ("run:", "Run:"),
    ("spec:", "specs:"),
    ("  uuid: ", "  uuid: x"),
    ("  invocations:", "  invocations: []\n  x:"),
    ("      results:", "      results: 7\n      x:"),
    ("      stdout:", "      stdout: 7\n      x:"),
    ("      stderr:", "      stderr: {a: b}\n      x:"),
    ("- 'a: PASS'", "- 'CRITICAL: SIMULATED: nothing is real.'"),
    ("- 'a: PASS'", "- 'CRITICAL: ALTERED DEFINITIONS: nothing is official.'"),
    ("---", "--- !tag"),
    ("---", "%TAG ! tag:x,2000:\n--- !x"),
    ("---", "--- &a\nx: *a"),
    ("---", "---\n<<: {a: b}"),
    ("---", "---\n? [a]\n: b"),
];

#[tokio::test]
async fn hostile_reports_are_refused_by_field() {
    let server = Server::start(Database::Sqlite).await.unwrap();
    for (from, to) in REPLACED {
        let text = good().replacen(from, to, 1);
        let (status, answer) = server.upload("cloud-a", &text).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{to}: {answer}");
        assert!(answer.starts_with("{\"detail\":\"") && answer.contains(';'), "field and remedy: {answer}");
    }
    assert_eq!(server.json("/status").await, serde_json::json!({}), "nothing of them is stored");
}

#[rstest]
#[case::future(&Utc::now().checked_add_signed(TimeDelta::minutes(6)).unwrap().format("%F %T").to_string())]
#[case::past("2019-12-31 23:59:59")]
#[case::far("9999-12-31 23:59:59")]
#[case::farther("99999-01-01 00:00:00")]
#[case::negative("-0001-01-01 00:00:00")]
#[case::no_day("2026-02-30 00:00:00")]
#[case::date("2026-11-20")]
#[case::words("now")]
#[case::number("1700000000")]
#[case::nothing("")]
#[case::list("[2026-11-20 00:00:00]")]
#[tokio::test]
async fn other_times_are_refused(#[case] time: &str) {
    let server = Server::start(Database::Sqlite).await.unwrap();
    let text = good();
    let line = text.lines().find(|line| line.starts_with("checked_at")).unwrap();
    let (status, answer) = server.upload("cloud-a", &text.replace(line, &format!("checked_at: {time}"))).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
    assert!(answer.contains("checked_at"), "{answer}");
}

#[tokio::test]
async fn bombs_and_garbage_are_refused() {
    let server = Server::start(Database::Sqlite).await.unwrap();
    let bodies: Vec<(Vec<u8>, &[u16])> = vec![
        (bomb().into_bytes(), &[413]),
        ("[".repeat(1_000_000).into_bytes(), &[422]),
        ("a: ".repeat(100_000).into_bytes(), &[422]),
        ("- ".repeat(100_000).into_bytes(), &[422]),
        (b"\xff\xfe\x00".to_vec(), &[422]),
        (vec![0; 1_000], &[422]),
        (b"--- \n".repeat(3_000), &[413]),
        ("'x': ".repeat(10).into_bytes(), &[422]),
        (format!("- '{}\n", "x".repeat(1_000_000)).into_bytes(), &[422]),
    ];
    for (data, expected) in bodies {
        let start: String = String::from_utf8_lossy(&data).chars().take(20).collect();
        let (status, answer) = server.post("cloud-a", YAML, server.signed("cloud-a", &data)).await;
        assert!(expected.contains(&status.as_u16()), "{start}: {status} {answer}");
    }
    let huge = vec![b'x'; (64 << 20) + 1];
    assert_eq!(server.post("cloud-a", YAML, huge).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(server.text("/healthz").await, "");
}

#[tokio::test]
async fn the_largest_body_is_accepted_and_comes_back() {
    let server = Server::start(Database::Sqlite).await.unwrap();
    let uuid = Uuid::new_v4().to_string();
    let line = format!("      - '{}'\n", "noise ".repeat(20));
    let text = report(&uuid, "cloud-a", Utc::now(), &[("a", 1)]);
    let lines = line.repeat(((64 << 20) - text.len() - 1_000) / line.len());
    let text = text.replace("      - 'a: PASS'\n", &lines);
    assert_eq!(server.upload("cloud-a", &text).await.0, StatusCode::OK);
    let raw = server.get_as("cloud-a", &format!("/reports/{uuid}/raw")).await.bytes().await.unwrap();
    assert!(raw == text.as_bytes(), "{} and {} bytes", raw.len(), text.len());
    assert_eq!(server.get(&format!("/page/report/{uuid}")).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn aliases_as_pyyaml_writes_them_are_accepted() {
    let server = Server::start(Database::Sqlite).await.unwrap();
    let text = good().replace("  argv: [", "  argv: &id001 [").replace("  sections: null", "  sections: *id001");
    assert_eq!(server.upload("cloud-a", &text).await.0, StatusCode::OK);
}

#[tokio::test]
async fn unknown_scopes_and_testcases_are_kept_and_not_judged() {
    let server = Server::start(Database::Sqlite).await.unwrap();
    let uuid = Uuid::new_v4().to_string();
    let text = report(&uuid, "cloud-a", Utc::now(), &[("a", 1)]).replace(SCOPE, "99999999-2222-4333-8444-555555555555");
    assert_eq!(server.upload("cloud-a", &text).await.0, StatusCode::OK);
    server.report("cloud-a", "cloud-a", TimeDelta::zero(), &[("a", 1), ("unknown", -1)]).await;
    let found = server.json("/status").await;
    assert_eq!(found["cloud-a"].as_object().unwrap().len(), 1);
    assert_eq!(found["cloud-a"][SCOPE]["results"].as_object().unwrap().len(), 1);
    assert!(server.text(&format!("/page/report/{uuid}")).await.contains("unknown here"));
}

#[tokio::test]
async fn a_client_that_sends_first_sees_the_refusal() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let server = Server::start(Database::Sqlite).await.unwrap();
    let body = vec![b'x'; (64 << 20) + 1_000];
    // Without a login, and as an account (lone:lone:pass).
    for (login, expected) in [("", "HTTP/1.1 401"), ("Authorization: Basic bG9uZTpsb25lOnBhc3M=\r\n", "HTTP/1.1 413")] {
        let mut stream = tokio::net::TcpStream::connect(server.url.strip_prefix("http://").unwrap()).await.unwrap();
        let kind = "Content-Type: application/x-signed-yaml";
        let head =
            format!("POST /reports HTTP/1.1\r\nHost: x\r\n{kind}\r\n{login}Content-Length: {}\r\n\r\n", body.len());
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&body).await.unwrap();
        let mut answer = vec![0; 12];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(String::from_utf8_lossy(&answer), expected);
    }
}

/// Requests that no contract knows.
const ODD: &[&str] = &[
    "/status?subject='%20OR%201=1--",
    "/status?subject=%00",
    "/status?scopeuuid='",
    "/page/detail/'%20OR%201=1--/small-scope",
    "/page/detail/%3Cscript%3E/small-scope",
    "/page/detail/cloud-a%00/small-scope",
    "/page/table?x=%ff",
    "/page/history/%F0%9F%98%80/small-scope",
    "/reports/..%2f..%2fetc%2fpasswd",
    "/reports/'/signature",
    "/static/../main.rs",
    "/%2e%2e/%2e%2e/etc/passwd",
    "//page//table",
    "/page/table/",
    "/PAGE/table",
    "/page/report/%00",
    "/history/cloud-a/%ff",
];

#[rstest]
#[tokio::test]
async fn odd_requests_are_answered(#[values(Database::Sqlite, Database::Postgres)] database: Database) {
    let Some(server) = Server::start(database).await else { return };
    server.report("cloud-a", "cloud-a", TimeDelta::zero(), &[("a", 1)]).await;
    for path in ODD {
        for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"] {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let response =
                server.request(method.clone(), path).basic_auth("admin", Some(password("admin"))).send().await.unwrap();
            let status = response.status().as_u16();
            let text = response.text().await.unwrap();
            assert!(status < 500, "{method} {path}: {status} {text}");
            assert!(!text.contains("<script"), "{text}");
        }
    }
    let zero = json!({"reportuuid": "\0", "scopeuuid": "", "version": "", "check": "", "approval": true});
    let request = server.request(Method::POST, "/results").basic_auth("admin", Some(password("admin")));
    let request = request.header("content-type", "application/json").body(zero.to_string());
    assert_eq!(request.send().await.unwrap().status().as_u16(), 422);
    let text = good().replace("run:", "creator: \"a\\0b\"\nrun:");
    let body = [b"\0 preamble \n".as_slice(), &server.signed("cloud-a", text.as_bytes())].concat();
    assert_eq!(server.post("cloud-a", YAML, body).await.0, StatusCode::OK);
    let text = good().replace("a: 1", "\"\\0\": 1\n        \"\\0\": 1");
    assert_eq!(server.upload("cloud-a", &text).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    for path in ["/reports?subject=%00", "/reports?subject='&limit=1", "/results?subject=%00%27", "/reports?limit=0"] {
        let status = server.get_as("admin", path).await.status().as_u16();
        assert!(status < 500, "{path}: {status}");
    }
}

#[tokio::test]
async fn wrong_logins_are_slowed_and_right_ones_go_on() {
    let server = Server::start_with(Database::Sqlite, |mut settings| {
        settings.logins = (10, 0.0);
        settings
    });
    let server = server.await.unwrap();
    assert_eq!(server.get_as("lone", "/reports").await.status(), StatusCode::OK);
    let mut statuses = Vec::new();
    for number in 0..20 {
        let request = server.request(Method::GET, "/reports").basic_auth("lone", Some(format!("wrong{number}")));
        statuses.push(request.send().await.unwrap().status().as_u16());
    }
    assert!(statuses.starts_with(&[401]) && statuses.ends_with(&[429]), "{statuses:?}");
    assert_eq!(server.get_as("lone", "/reports").await.status(), StatusCode::OK, "a known login is no guess");
    assert_eq!(server.text("/healthz").await, "");
}
