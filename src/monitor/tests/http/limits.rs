//! Bounds that no flood, no large report and no full disk may break.

use crate::server::{Database, SCOPE, Server, YAML, password, report};
use chrono::{TimeDelta, Utc};
use reqwest::Method;
use rstest::rstest;
use scs_monitor::http::{ConnectionLimits, Settings, serve};
use serde_json::json;
use sqlx::{AnyConnection, Connection, Executor};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use uuid::Uuid;

fn id() -> String {
    Uuid::new_v4().to_string()
}

#[tokio::test]
async fn a_page_of_a_large_report_is_small_and_says_so() {
    let server = Server::start(Database::Sqlite).await.unwrap();
    let (one, many) = (id(), id());
    let text = |uuid: &str| report(uuid, "cloud-a", Utc::now(), &[("a", 1)]);
    let line = text(&one).replace("WARNING: <b>public</b>", &format!("WARNING: {}", "<".repeat(4 << 20)));
    assert_eq!(server.upload("cloud-a", &line).await.0, 200);
    let lines =
        text(&many).replace("      - 'a: PASS'\n", &format!("      - '{}: PASS'\n", "<&>".repeat(200)).repeat(9_000));
    assert_eq!(server.upload("cloud-a", &lines).await.0, 200);
    for uuid in [one, many] {
        for view in ["page", "fragment", "markdown"] {
            let page = server.text(&format!("/{view}/report/{uuid}")).await;
            assert!(page.len() < 1_100_000, "{view}: {} bytes", page.len());
            assert!(page.contains(&format!("/reports/{uuid}")) && page.contains("a part of the report"), "{view}");
        }
        let whole = server.get_as("cloud-a", &format!("/reports/{uuid}")).await.text().await.unwrap();
        assert!(whole.len() > 4 << 20, "the whole is still there");
        let full = server.get_as("cloud-a", &format!("/page/report_full/{uuid}")).await.text().await.unwrap();
        assert!(full.len() < 1_100_000, "{} bytes", full.len());
    }
    let small = server.report("cloud-a", "cloud-a", TimeDelta::zero(), &[("a", 1)]).await;
    assert!(!server.text(&format!("/page/report/{small}")).await.contains("a part of the report"));
}

#[tokio::test]
async fn arguments_and_results_as_they_count_take_room_as_well() {
    let server = Server::start(Database::Sqlite).await.unwrap();
    let (long, many) = (id(), id());
    let text = |uuid: &str| report(uuid, "cloud-a", Utc::now(), &[("a", 1)]);
    let arguments = text(&long).replace("secret-argument", &format!("'{}'", "<".repeat(4 << 20)));
    assert_eq!(server.upload("cloud-a", &arguments).await.0, 200);
    let names: String = (0..9_000).map(|number| format!("  '{}{number}': 1\n", "<".repeat(190))).collect();
    assert_eq!(server.upload("cloud-a", &format!("{}versions:\n v2:\n{names}", text(&many))).await.0, 200);
    for (uuid, shown) in [(long, "Arguments"), (many, "Results as they count")] {
        for view in ["page", "fragment", "markdown"] {
            let full = server.get_as("cloud-a", &format!("/{view}/report_full/{uuid}")).await.text().await.unwrap();
            assert!(full.len() < 1_100_000, "{view}: {} bytes", full.len());
            assert!(full.contains(shown) && full.contains("a part of the report"), "{view}: {shown}");
        }
        assert!(server.text(&format!("/page/report/{uuid}")).await.len() < 1_100_000);
    }
}

#[rstest]
#[tokio::test]
async fn each_document_of_an_upload_is_found(#[values(Database::Sqlite, Database::Postgres)] database: Database) {
    let Some(server) = Server::start(database).await else { return };
    let uuids: Vec<String> = (0..3).map(|_| id()).collect();
    let documents = uuids.iter().zip([1_i8, -1, 0]).map(|(uuid, number)| {
        report(uuid, "cloud-a", Utc::now(), &[("a", number)]).replace("secret-stdout", &format!("ä of {uuid}"))
    });
    // A directive before a document: none of them can be read alone.
    let texts = [documents.collect::<String>(), format!("%YAML 1.1\n{}", report(&id(), "cloud-a", Utc::now(), &[]))];
    for text in &texts {
        assert_eq!(server.upload("cloud-a", text).await.0, 200);
    }
    for (uuid, number) in uuids.iter().zip([1, -1, 0]) {
        let found = server.json_as("cloud-a", &format!("/reports/{uuid}")).await;
        assert_eq!(found["run"]["uuid"], json!(uuid));
        assert_eq!(found["run"]["invocations"]["inv-0"]["results"]["a"], number);
        let row = server.app.store.report(uuid).await.unwrap().unwrap();
        let (from, to) = row.place.range.unwrap();
        assert!(to - from < row.place.size / 2, "only its own bytes are read");
    }
    let raw = server.get_as("cloud-a", &format!("/reports/{}/raw", uuids[2])).await;
    assert_eq!(raw.headers()["content-length"], texts[0].len().to_string().as_str());
    assert_eq!(raw.text().await.unwrap(), texts[0]);
    assert_eq!(server.json_as("cloud-a", "/reports").await.as_array().unwrap().len(), 4);
}

#[rstest]
#[tokio::test]
async fn a_retired_report_keeps_its_place_in_lists(#[values(Database::Sqlite, Database::Postgres)] database: Database) {
    let Some(server) = Server::start(database).await else { return };
    let old = server.report("cloud-a", "cloud-a", TimeDelta::hours(1), &[("a", 1), ("b", -1)]).await;
    let archive = server.folder.path().join("archive");
    let retired =
        server.app.store.retire(server.app.now(), server.app.now(), &archive, &BTreeSet::new()).await.unwrap();
    assert_eq!(retired.uploads, 1);
    let new = server.report("cloud-a", "cloud-a", TimeDelta::zero(), &[("a", 1)]).await;
    let list = server.json_as("cloud-a", "/reports").await;
    assert_eq!((&list[0]["run"]["uuid"], &list[1]["run"]["uuid"]), (&json!(new), &json!(old)));
    assert_eq!((&list[0]["retired"], &list[1]["retired"]), (&json!(null), &json!(true)));
    assert_eq!((&list[1]["subject"], &list[1]["spec"]["uuid"]), (&json!("cloud-a"), &json!(SCOPE)));
    assert_eq!(list[1]["versions"], json!({"*": {"a": 1, "b": -1}}));
    for path in [format!("/reports/{old}"), format!("/reports/{old}/raw")] {
        assert_eq!(server.get_as("cloud-a", &path).await.status(), 404, "{path}");
    }
    assert_eq!(server.get(&format!("/page/report/{old}")).await.status(), 404);
    assert_eq!(server.app.store.revive(&archive, Some("cloud-a"), server.app.now()).await.unwrap(), retired);
    let found = server.json_as("cloud-a", &format!("/reports/{old}")).await;
    assert_eq!(found["run"]["invocations"]["inv-0"]["results"], json!({"a": 1, "b": -1}));
}

#[tokio::test]
async fn memory_of_small_bodies_is_bounded() {
    let server = Server::start(Database::Sqlite).await.unwrap();
    let text = report(&id(), "cloud-a", Utc::now(), &[("a", 1)]);
    for unit in ["[[[[[[[[[[1]]]]]]]]]], ", "{a: {a: {a: {a: 1}}}}, ", "&a 1, "] {
        let (status, answer) = server.upload("cloud-a", &format!("{text}x: [{}]\n", unit.repeat(200_000))).await;
        assert!(status == 413 && answer.contains("too much memory"), "{unit}: {status} {answer}");
    }
}

#[tokio::test]
async fn an_account_that_announces_much_and_sends_nothing_blocks_nobody() {
    let server = Server::start(Database::Sqlite).await.unwrap();
    let mut slow = Vec::new();
    for _ in 0..4 {
        let mut stream = TcpStream::connect(server.url.strip_prefix("http://").unwrap()).await.unwrap();
        let head = format!(
            "POST /reports HTTP/1.1\r\nHost: x\r\nContent-Type: {YAML}\r\nContent-Length: {}\r\nAuthorization: Basic {}\r\n\r\n",
            64 << 20,
            "bG9uZTpsb25lOnBhc3M="
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        slow.push(stream);
    }
    // Each is within its read of the body when a later request of the account is answered.
    assert_eq!(server.get_as("lone", "/reports").await.status(), 200);
    let upload = server.report("cloud-a", "cloud-a", TimeDelta::zero(), &[("a", 1)]);
    tokio::time::timeout(Duration::from_secs(10), upload).await.expect("it waits for those who send nothing");
}

#[tokio::test]
async fn refusals_that_are_recorded_have_a_bound() {
    let server = Server::start(Database::Sqlite).await.unwrap();
    for _ in 0..100 {
        assert_eq!(server.post("lone", "text/plain", b"x".to_vec()).await.0, 415);
    }
    let records = server.json_as("admin", "/audit?limit=1000").await;
    let refused = records.as_array().unwrap().iter().filter(|record| record["outcome"] == "415").count();
    assert!((10..90).contains(&refused), "{refused} of 100");
}

#[rstest]
#[tokio::test]
async fn a_refusal_with_a_zero_character_is_recorded(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let Some(server) = Server::start(database).await else { return };
    let text = report(&id(), "cloud-a", Utc::now(), &[("a", 1)]).replace("a: 1", "\"x\\0y\": 1\n        \"x\\0y\": 1");
    assert_eq!(server.upload("cloud-a", &text).await.0, 422);
    let records = server.json_as("admin", "/audit").await;
    assert!(records[0]["detail"].as_str().unwrap().contains("twice"), "{records}");
}

#[rstest]
#[tokio::test]
async fn a_server_that_cannot_store_is_not_ready(#[values(Database::Sqlite, Database::Postgres)] database: Database) {
    let Some(server) = Server::start(database).await else { return };
    let mut connection = AnyConnection::connect(&server.address).await.unwrap();
    // As a full disk would, this refuses every write.
    let full: &[&str] = match database {
        Database::Sqlite => &[
            "CREATE TRIGGER full_meta BEFORE INSERT ON meta BEGIN SELECT RAISE(ABORT, 'disk full'); END",
            "CREATE TRIGGER full_upload BEFORE INSERT ON upload BEGIN SELECT RAISE(ABORT, 'disk full'); END",
        ],
        Database::Postgres => &[
            "ALTER TABLE meta ADD CONSTRAINT full_meta CHECK (key <> 'written')",
            "ALTER TABLE upload ADD CONSTRAINT full_upload CHECK (size < 0)",
        ],
    };
    for statement in full {
        connection.execute(*statement).await.unwrap();
    }
    let text = report(&id(), "cloud-a", Utc::now(), &[("a", 1)]);
    assert_eq!(server.upload("cloud-a", &text).await.0, 503);
    let ready = server.get("/readyz").await;
    assert_eq!((ready.status().as_u16(), ready.text().await.unwrap().contains("free space")), (503, true));
    let free: &[&str] = match database {
        Database::Sqlite => &["DROP TRIGGER full_meta", "DROP TRIGGER full_upload"],
        Database::Postgres => {
            &["ALTER TABLE meta DROP CONSTRAINT full_meta", "ALTER TABLE upload DROP CONSTRAINT full_upload"]
        }
    };
    for statement in free {
        connection.execute(*statement).await.unwrap();
    }
    assert_eq!(server.upload("cloud-a", &text).await.0, 200);
    assert_eq!(server.text("/readyz").await, "ready\n");
}

#[tokio::test]
async fn the_path_of_a_proxy_may_be_cut_off_or_not() {
    for base in ["/monitor/", "/a/b/"] {
        let server = Server::start_with(Database::Sqlite, |mut settings| {
            settings.base = base.to_owned();
            settings
        });
        let server = server.await.unwrap();
        let uuid = server.report("cloud-a", "cloud-a", TimeDelta::zero(), &[("a", 1)]).await;
        for path in [base, base.trim_end_matches('/')] {
            let root = server.get(path).await;
            let place = root.headers()["location"].to_str().unwrap().to_owned();
            assert_eq!((root.status().as_u16(), place), (307, format!("{base}en/")), "{path}");
        }
        for path in ["page/table", &format!("page/report/{uuid}"), "status?subject=cloud-a", "healthz"] {
            assert_eq!(server.get(&format!("{base}{path}")).await.status(), 200, "{base}{path}");
            assert_eq!(server.get(&format!("/{path}")).await.status(), 200, "{path}");
        }
        let request = server.request(Method::GET, &format!("{base}reports?limit=1"));
        let list = request.basic_auth("cloud-a", Some(password("cloud-a"))).send().await.unwrap();
        assert_eq!(list.status(), 200);
        assert_eq!(server.get("/monitors/page/table").await.status(), 404);
    }
    // The program refuses such a path; a server that has one nevertheless starts.
    let colliding =
        Server::start_with(Database::Sqlite, |settings| Settings { base: "/status/".to_owned(), ..settings });
    assert_eq!(colliding.await.unwrap().get("/status/page/table").await.status(), 200);
}

#[tokio::test]
async fn one_network_does_not_take_all_connections() {
    let server = Server::start(Database::Sqlite).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let limits = ConnectionLimits { of_one: 3, ..ConnectionLimits::default() };
    tokio::spawn(serve(listener, Arc::clone(&server.app), limits, std::future::pending()));
    let mut idle = Vec::new();
    for _ in 0..3 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200");
        idle.push(stream);
    }
    let mut fourth = TcpStream::connect(address).await.unwrap();
    let _ = fourth.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await;
    let mut answer = Vec::new();
    let _ = fourth.read_to_end(&mut answer).await;
    assert!(answer.is_empty(), "{}", String::from_utf8_lossy(&answer));
}
