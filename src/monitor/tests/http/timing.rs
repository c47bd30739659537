//! Connections that are slow or many, and the end of the server.

use crate::postgres;
use crate::server::{Database, Server, YAML, report};
use chrono::Utc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use uuid::Uuid;

async fn connect(server: &Server) -> TcpStream {
    TcpStream::connect(server.url.strip_prefix("http://").unwrap()).await.unwrap()
}

#[tokio::test]
async fn pages_are_served_beside_many_slow_clients() {
    let server = Server::start(Database::Sqlite).await.unwrap();
    let mut slow = Vec::new();
    for _ in 0..200 {
        let mut stream = connect(&server).await;
        stream.write_all(b"GET /page/table HTTP/1.1\r\nHost: x\r\n").await.unwrap();
        slow.push(stream);
    }
    assert!(server.text("/page/table").await.contains("SCS compliance"));
    // Each of them is ended by the server; without that, this would wait for ever.
    for mut stream in slow {
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
    }
}

#[tokio::test]
async fn a_stopping_server_does_not_wait_for_slow_clients() {
    let mut server = Server::start(Database::Sqlite).await.unwrap();
    let mut stream = connect(&server).await;
    let head =
        "POST /reports HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-signed-yaml\r\nContent-Length: 100\r\n";
    let login = "Authorization: Basic bG9uZTpsb25lOnBhc3M=\r\n\r\n";
    stream.write_all(format!("{head}{login}").as_bytes()).await.unwrap();
    assert_eq!(server.text("/healthz").await, "");
    let start = Instant::now();
    server.stop().await;
    // Two seconds are promised; the other tests take processors as well.
    assert!(start.elapsed() < Duration::from_secs(4), "it waited for a client");
}

#[tokio::test]
async fn broken_requests_are_answered_or_ended() {
    let server = Server::start(Database::Sqlite).await.unwrap();
    let long = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "x".repeat(200_000));
    let headers = format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", "X-A: b\r\n".repeat(5_000));
    for request in ["\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\x16\x03\x01\x02\x00", &long, &headers] {
        let mut stream = connect(&server).await;
        let _ = stream.write_all(request.as_bytes()).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
    assert_eq!(server.text("/healthz").await, "");
}

const CUT: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                   WHERE datname = current_database() AND pid <> pg_backend_pid()";

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_reports_survive_a_database_that_cuts_all_connections() {
    let Some(server) = Server::start(Database::Postgres).await else { return };
    let uuids: Vec<String> = (0..60).map(|_| Uuid::new_v4().to_string()).collect();
    let body = |uuid: &String| {
        let text = report(uuid, "cloud-a", Utc::now(), &[("a", 1), ("b", 1)]);
        server.signed("cloud-a", text.as_bytes())
    };
    let bodies: Vec<Vec<u8>> = uuids.iter().map(body).collect();
    let address = server.address.clone();
    let cutting = std::thread::spawn(move || (0..8).for_each(|_| postgres::run(&address, CUT)));
    let uploads = bodies.iter().map(|body| server.post("cloud-a", YAML, body.clone()));
    let answers = futures_util::future::join_all(uploads).await;
    cutting.join().unwrap();
    for ((uuid, body), (status, text)) in uuids.iter().zip(bodies).zip(answers) {
        assert!(matches!(status.as_u16(), 200 | 409 | 503), "{status} {text}");
        let again = server.post("cloud-a", YAML, body).await.0.as_u16();
        assert!(again == 409 || (again == 200 && status == 503), "{status}, and then {again}");
        let found = server.get_as("cloud-a", &format!("/reports/{uuid}")).await;
        assert_eq!(found.status().as_u16(), 200);
        assert!(found.text().await.unwrap().contains(uuid));
    }
}
