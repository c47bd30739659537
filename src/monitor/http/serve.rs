//! Accepts connections: so many at most, none of them slow or for ever, and all ended within two seconds at the end.

use super::app::App;
use super::limits::{Counted, Counts, network};
use super::notifier;
use super::router::router;
use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tower::ServiceExt;

/// The limits of connections.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The most at a time; more wait.
    pub connections: usize,
    /// The most of one network, trusted proxies aside; more are ended at once.
    pub of_one: usize,
    /// The longest time for the head of a request, and between two of them.
    pub head: Duration,
    /// The longest life of a connection.
    pub life: Duration,
    /// The longest time for what is under way when the server stops.
    pub farewell: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 4_096,
            of_one: 512,
            head: Duration::from_secs(10),
            life: Duration::from_secs(600),
            farewell: Duration::from_millis(1_800),
        }
    }
}

/// The largest head of a request, in bytes.
const LARGEST_HEAD: usize = 64 << 10;

/// Serves until `stop` is over; then ends what is under way within a short time.
pub async fn serve(listener: TcpListener, app: Arc<App>, limits: Limits, stop: impl Future<Output = ()>) {
    let router = router(&app);
    let (places, counts) = (Arc::new(Semaphore::new(limits.connections)), Counts::default());
    let graceful = GracefulShutdown::new();
    let (ending, ended) = watch::channel(false);
    let mut notifier = tokio::spawn(notifier::run(Arc::clone(&app), ended));
    tokio::pin!(stop);
    loop {
        let next = async { (Arc::clone(&places).acquire_owned().await, listener.accept().await) };
        let accepted = tokio::select! {
            accepted = next => accepted,
            () = &mut stop => break,
        };
        let (Ok(place), accepted) = accepted else { break };
        match accepted {
            Ok((stream, address)) => {
                let is_proxy =
                    app.settings.proxies.iter().any(|proxy| proxy.to_canonical() == address.ip().to_canonical());
                let most = if is_proxy { usize::MAX } else { limits.of_one };
                match counts.take(network(address.ip()), most) {
                    Some(counted) => connect(stream, address, &router, limits, &graceful, (place, counted)),
                    None => tracing::debug!(%address, "too many connections of one network"),
                }
            }
            Err(error) => pause(&error).await,
        }
    }
    drop(listener);
    let _ = ending.send(true);
    let farewell = async { tokio::join!(graceful.shutdown(), &mut notifier) };
    if tokio::time::timeout(limits.farewell, farewell).await.is_err() {
        tracing::warn!("requests and messages under way were cut");
        notifier.abort();
    }
    app.store.close().await;
}

/// Waits a little where the system has no more files; everything else concerns one connection only.
async fn pause(error: &io::Error) {
    tracing::warn!(%error, "a connection could not be accepted");
    tokio::time::sleep(Duration::from_millis(50)).await;
}

fn connect(
    stream: TcpStream,
    address: SocketAddr,
    router: &Router,
    limits: Limits,
    graceful: &GracefulShutdown,
    place: (OwnedSemaphorePermit, Counted),
) {
    // Answers are small, and wait for nothing.
    let _ = stream.set_nodelay(true);
    let router = router.clone();
    let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(address));
        router.clone().oneshot(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(LARGEST_HEAD)
        .serve_connection(TokioIo::new(stream), service);
    let connection = graceful.watch(connection);
    tokio::spawn(async move {
        let _place = place;
        // A client that never reads its answer ends here.
        match tokio::time::timeout(limits.life, connection).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(%address, %error, "connection ended"),
            Err(_) => tracing::debug!(%address, "connection ended by age"),
        }
    });
}
