//! Connections that are slow or many, and the end of the server.

use crate::server::{Database, Server};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

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
    assert!(start.elapsed() < Duration::from_secs(10), "it waited for a client");
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
