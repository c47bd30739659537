//! Proxies, as environment variables name them.

use super::tls::{authority, serving};
use super::{cloud, clouds, settings};
use crate::program::Program;
use rstest::rstest;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

/// Starts a proxy that forwards plain requests and tunnels TLS, and counts its connections.
pub async fn proxy() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            counter.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(forward(stream));
        }
    });
    (address, count)
}

async fn forward(mut client: TcpStream) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await?);
    }
    let text = String::from_utf8_lossy(&head).into_owned();
    let target = text.split(' ').nth(1).unwrap_or_default();
    let host = target.trim_start_matches("http://").split('/').next().unwrap_or_default();
    // Names of examples are those of this machine.
    let (name, port) = host.rsplit_once(':').unwrap_or((host, "80"));
    let name = if name.ends_with(".example") { "127.0.0.1" } else { name };
    let mut server = TcpStream::connect(format!("{name}:{port}")).await?;
    if text.starts_with("CONNECT ") {
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
    } else {
        server.write_all(&head).await?;
    }
    copy_bidirectional(&mut client, &mut server).await.map(drop)
}

#[rstest]
#[case::taken("HTTP_PROXY", "", true)]
#[case::in_small_letters("http_proxy", "", true)]
#[case::for_everything("ALL_PROXY", "", true)]
#[case::not_for_this_host("HTTP_PROXY", "127.0.0.1", false)]
#[case::for_https_only("HTTPS_PROXY", "", false)]
#[tokio::test]
async fn plain_requests_go_through_a_proxy(#[case] variable: &str, #[case] exception: &str, #[case] taken: bool) {
    let cloud = cloud(|_| {}).await;
    let (address, count) = proxy().await;
    let program = Program::check(&cloud, "--quiet").env(variable, &format!("http://{address}"));
    program.env("NO_PROXY", exception).run().await.assert_code(3);
    assert_eq!(count.load(Ordering::SeqCst) > 0, taken);
    assert_eq!(cloud.requests().len(), 18);
}

#[rstest]
#[case::taken("", true)]
#[case::not_for_this_host("127.0.0.1", false)]
#[tokio::test]
async fn tls_goes_through_a_proxy_as_it_is(#[case] exception: &str, #[case] taken: bool) {
    let authority = authority();
    let cloud = serving(&authority, "127.0.0.1", (2020, 2100), None, false).await;
    let (address, count) = proxy().await;
    let program = Program::new("check iaas --cloud sim --quiet").file("ca.pem", authority.pem());
    let program = program.clouds(&clouds(&settings(&cloud, &json!({"cacert": "ca.pem"}))));
    let ended = program.env("HTTPS_PROXY", &address).env("NO_PROXY", exception).run().await.assert_code(3);
    assert!(ended.stdout.contains("50 of 54 passed"), "{}", ended.stdout);
    assert_eq!(count.load(Ordering::SeqCst) > 0, taken);
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_a_cloud_that_cannot_be_reached() {
    let cloud = cloud(|_| {}).await;
    let program = Program::check(&cloud, "--output json=r.json").env("HTTP_PROXY", "http://someone:hush@127.0.0.1:1");
    let ended = program.run().await.assert_code(3);
    assert_eq!(ended.json("r.json")["subject"]["reason"]["code"], "unreachable");
    let message = ended.json("r.json")["subject"]["reason"]["message"].to_string();
    assert!(message.contains("nothing listens on the proxy 127.0.0.1:1, which leads to 127.0.0.1:"), "{message}");
    assert!(message.contains("correct the proxy settings"), "{message}");
    for text in [ended.file("r.json"), ended.stdout, ended.stderr] {
        assert!(!text.contains("hush"), "{text}");
    }
}

#[rstest]
#[case::used("HTTP_PROXY", true)]
#[case::for_everything("all_proxy", true)]
#[case::for_https_only("HTTPS_PROXY", false)]
#[tokio::test]
async fn invalid_proxy_is_not_ignored(#[case] variable: &str, #[case] refused: bool) {
    let cloud = cloud(|_| {}).await;
    let program = Program::check(&cloud, "--quiet").env(variable, "nonsense://someone:hush@proxy");
    let ended = program.run().await.assert_code(if refused { 2 } else { 3 });
    let words = format!("environment variable {variable}: must be the URL of a proxy");
    assert!(ended.stderr.contains(&words) && !ended.stderr.contains("hush"), "{}", ended.stderr);
    assert_eq!(cloud.requests().is_empty(), refused);
}
