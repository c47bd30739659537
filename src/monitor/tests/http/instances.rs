//! Several servers on one PostgreSQL behind a balancer, and a PostgreSQL that crashes under load.

use crate::postgres;
use crate::server::{Server, YAML, password, report};
use chrono::Utc;
use reqwest::{Client, StatusCode};
use scs_monitor::http::{App, ConnectionLimits, serve};
use scs_monitor::store::Store;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use uuid::Uuid;

/// Starts a second server on the database and the files of another one, and returns its address.
async fn second(first: &Server) -> String {
    let store = Store::connect(&first.address).await.unwrap();
    let app = Arc::new(App::new(store, first.app.settings.clone()).await.unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(serve(listener, app, ConnectionLimits::default(), std::future::pending()));
    address
}

/// Starts a balancer that gives each connection to the next server, and returns its address.
async fn balancer(servers: [String; 2]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let turn = AtomicUsize::new(0);
        while let Ok((mut client, _)) = listener.accept().await {
            let server = servers[turn.fetch_add(1, Ordering::SeqCst) % 2].clone();
            tokio::spawn(async move {
                let mut server = TcpStream::connect(server).await.unwrap();
                drop(copy_bidirectional(&mut client, &mut server).await);
            });
        }
    });
    url
}

/// Returns a client that opens a connection for each request, so that the balancer changes servers.
fn client() -> Client {
    Client::builder().pool_max_idle_per_host(0).build().unwrap()
}

/// Uploads a body as `cloud-a`.
async fn upload(client: &Client, url: &str, body: Vec<u8>) -> Result<StatusCode, reqwest::Error> {
    let request = client.post(format!("{url}/reports")).basic_auth("cloud-a", Some(password("cloud-a")));
    Ok(request.header("content-type", YAML).body(body).send().await?.status())
}

fn signed(server: &Server, uuid: &str) -> Vec<u8> {
    let text = report(uuid, "cloud-a", Utc::now(), &[("a", 1), ("b", 1)]);
    server.signed("cloud-a", text.as_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_behind_a_balancer_are_one() {
    let Some(database) = postgres::new_database() else { return };
    let first = Server::start_at(database, tempfile::tempdir().unwrap(), |settings| settings).await;
    let own = first.url.strip_prefix("http://").unwrap().to_owned();
    let other = second(&first).await;
    let url = balancer([own, other.clone()]).await;
    let client = client();
    for _ in 0..10 {
        let uuid = Uuid::new_v4().to_string();
        assert_eq!(upload(&client, &url, signed(&first, &uuid)).await.unwrap(), StatusCode::OK);
        // Whichever server answers knows it at once.
        for _ in 0..2 {
            let page = client.get(format!("{url}/page/detail/cloud-a/small-scope")).send().await.unwrap();
            assert!(page.text().await.unwrap().contains(&uuid), "{uuid}");
        }
    }
    let same = signed(&first, &Uuid::new_v4().to_string());
    let attempts = (0..8).map(|_| upload(&client, &url, same.clone()));
    let mut answers: Vec<u16> =
        futures_util::future::join_all(attempts).await.into_iter().map(|answer| answer.unwrap().as_u16()).collect();
    answers.sort_unstable();
    assert_eq!(answers, [200, 409, 409, 409, 409, 409, 409, 409], "of eight at once one is accepted");
    for path in ["/status", "/subjects", "/history/cloud-a/small-scope"] {
        let of_other = client.get(format!("http://{other}{path}")).send().await.unwrap().text().await.unwrap();
        assert_eq!(first.text(path).await, of_other, "{path}");
    }
}

/// Uploads reports until it is told to stop, each until it is accepted. Returns their ids.
async fn uploader(server: Arc<Server>, stopped: Arc<AtomicBool>, refused: Arc<AtomicUsize>) -> Vec<String> {
    let (client, mut acknowledged) = (client(), Vec::new());
    while !stopped.load(Ordering::SeqCst) {
        let uuid = Uuid::new_v4().to_string();
        let body = signed(&server, &uuid);
        loop {
            match upload(&client, &server.url, body.clone()).await.unwrap().as_u16() {
                // What was stored before the answer was lost is there already.
                200 | 409 => break acknowledged.push(uuid),
                503 => drop(refused.fetch_add(1, Ordering::SeqCst)),
                other => panic!("{other}"),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    acknowledged
}

/// The database crashes three times while eight clients upload, and comes back once somebody has noticed.
#[tokio::test(flavor = "multi_thread")]
async fn crash_of_the_database_loses_nothing_that_was_acknowledged() {
    let Some(own) = postgres::of_its_own() else { return };
    let server = Server::start_at(own.database(), tempfile::tempdir().unwrap(), |settings| settings).await;
    let server = Arc::new(server);
    let (stopped, refused) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
    let uploader = || tokio::spawn(uploader(Arc::clone(&server), Arc::clone(&stopped), Arc::clone(&refused)));
    let uploaders: Vec<_> = (0..8).map(|_| uploader()).collect();
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let before = refused.load(Ordering::SeqCst);
        tokio::task::block_in_place(|| own.crash());
        let noticed = async {
            while refused.load(Ordering::SeqCst) == before {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), noticed).await.expect("nobody noticed the crash");
        tokio::task::block_in_place(|| own.recover());
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    stopped.store(true, Ordering::SeqCst);
    let mut all = Vec::new();
    for uploader in uploaders {
        all.extend(uploader.await.unwrap());
    }
    assert!(all.len() >= 8, "{} reports prove nothing", all.len());
    for uuid in &all {
        assert_eq!(server.get_as("cloud-a", &format!("/reports/{uuid}")).await.status(), StatusCode::OK, "{uuid}");
    }
    let history = server.json("/history/cloud-a/small-scope").await;
    let listed = history["reports"].as_array().unwrap().len();
    assert_eq!(listed, all.len().min(500), "each is there once");
}
