//! From a socket to a service and back: connections, requests, the clock.

use crate::body::ScriptedBody;
use crate::fault::{Failure, Fault, Planted};
use crate::http::{Call, Query, Reply};
use crate::ids::Ids;
use crate::inject;
use crate::network::Network;
use crate::observe::{Log, RequestRecord, kept};
use crate::service::Service;
use chrono::{TimeDelta, Utc};
use hyper::body::{Body, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use socket2::SockRef;
use std::convert::Infallible;
use std::fmt;
use std::future::{pending, poll_fn};
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;

/// Longest body of a request: a small image fits.
const LONGEST_REQUEST: usize = 64 << 20;

/// A simulation behind a listener: a cloud, or a cluster.
pub(crate) trait Answering: fmt::Debug + Send + 'static {
    /// Returns the behavior of the wire.
    fn network(&self) -> &Network;
    /// Returns the source of fresh ids.
    fn ids(&self) -> &Ids;
    /// Returns the service that answers under this path, and its prefix.
    fn route(&self, path: &str) -> Option<(Service, String)>;
    /// Returns the failures that befall this request by themselves, without any fault planted.
    fn befalls(&self, _call: &Call) -> Vec<Failure> {
        Vec::new()
    }
    /// Returns the refusal for a client that shall come back later.
    fn busy(&self, status: u16) -> Reply;
    /// Makes the token of a request worthless.
    fn expire(&mut self, call: &Call);
    /// Lets the service answer.
    fn answer(&mut self, call: &Call) -> Reply;
}

/// The things that all connections share.
#[derive(Debug)]
pub(crate) struct Shared<W> {
    pub(crate) world: Mutex<W>,
    pub(crate) planted: Mutex<Planted>,
    pub(crate) log: Arc<Log>,
    /// Scheme, host and port of the listener.
    pub(crate) base: String,
}

impl<W> Shared<W> {
    pub(crate) fn new(world: W, faults: &[Fault], base: String) -> Self {
        let mut planted = Planted::default();
        faults.iter().cloned().for_each(|fault| planted.plant(fault));
        Self { world: Mutex::new(world), planted: Mutex::new(planted), log: Arc::new(Log::new()), base }
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, W> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn planted(&self) -> MutexGuard<'_, Planted> {
        self.planted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns scheme, host and port as the client wrote them.
    fn base_of(&self, request: &Request<Incoming>) -> String {
        let authority = request.uri().authority().map(|authority| authority.as_str());
        let host = request.headers().get("host").and_then(|host| host.to_str().ok());
        let scheme = self.base.split("://").next().unwrap_or("http");
        host.or(authority).map_or_else(|| self.base.clone(), |host| format!("{scheme}://{host}"))
    }
}

/// Accepts connections until it is aborted; all connections end with it.
pub(crate) async fn listen<W: Answering>(listener: TcpListener, tls: Option<TlsAcceptor>, shared: Arc<Shared<W>>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((socket, _)) => {
                    shared.log.connected();
                    connections.spawn(connection(socket, tls.clone(), Arc::clone(&shared)));
                }
                // Out of file descriptors, mostly: wait for some to come back.
                Err(_) => sleep(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// The handle by which a request ends its own connection.
#[derive(Debug, Default)]
struct Line {
    cut: Notify,
    reset: AtomicBool,
}

impl Line {
    /// Ends the connection; never returns, because nobody is left to answer to.
    async fn end(&self, reset: bool) -> Infallible {
        self.reset.store(reset, Ordering::Relaxed);
        self.cut.notify_one();
        pending().await
    }
}

async fn connection<W: Answering>(socket: TcpStream, tls: Option<TlsAcceptor>, shared: Arc<Shared<W>>) {
    // A second handle on the socket: it outlives hyper's, and so decides how the connection closes.
    let Ok(handle) = SockRef::from(&socket).try_clone() else {
        return;
    };
    let line = Arc::new(Line::default());
    match tls {
        None => talk(socket, &line, shared).await,
        Some(acceptor) => {
            // A client that does not like the certificate just goes away.
            let Ok(stream) = acceptor.accept(socket).await else {
                return;
            };
            talk(stream, &line, shared).await;
        }
    }
    if line.reset.load(Ordering::Relaxed) {
        // Closing with a linger time of zero sends RST. If it fails the client sees FIN instead.
        let _ = handle.set_linger(Some(Duration::ZERO));
    }
}

async fn talk<S, W>(stream: S, line: &Arc<Line>, shared: Arc<Shared<W>>)
where
    W: Answering,
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(|request| serve(Arc::clone(&shared), Arc::clone(line), request));
    let builder = Builder::new(TokioExecutor::new());
    let serving = builder.serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        // How a connection ends is the client's business.
        _ = serving => {}
        () = line.cut.notified() => {}
    }
}

/// Serves one request, from its head to the head of its answer.
async fn serve<W: Answering>(
    shared: Arc<Shared<W>>,
    line: Arc<Line>,
    request: Request<Incoming>,
) -> Result<Response<ScriptedBody>, Infallible> {
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str()).to_owned();
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let base = shared.base_of(&request);
    let route = shared.world().route(path);
    let entry = shared.log.arrive(record(&request, &target, route.as_ref().map(|(service, _)| *service)));
    let (head, body) = request.into_parts();
    let Some(body) = read(body).await else {
        return Ok(inject::respond(Reply::empty(413), &[], false, entry));
    };
    let network = shared.world().network().clone();
    let Some((service, prefix)) = route else {
        sleep(Duration::from_millis(network.latency_ms)).await;
        return Ok(inject::respond(secured(Reply::unavailable(), &network), &[], network.keep_alive, entry));
    };
    let mut call = Call {
        method: head.method,
        path: path[prefix.len()..].to_owned(),
        query: Query::parse(query),
        headers: head.headers,
        target,
        base,
        service,
        prefix,
        body,
    };
    let mut failures = shared.planted().due(&call);
    failures.extend(shared.world().befalls(&call));
    entry.befallen(failures.iter().map(Failure::name).collect());
    sleep(wait(&failures, network.latency_ms)).await;
    let reply = answer(&shared, &line, &mut call, &failures).await;
    let reply = secured(dated(reply, network.clock_ahead_s), &network);
    Ok(inject::respond(reply, &failures, network.keep_alive, entry))
}

/// Returns the service's answer, or what comes in its place; does not return if the connection ends instead.
async fn answer<W: Answering>(shared: &Shared<W>, line: &Line, call: &mut Call, failures: &[Failure]) -> Reply {
    let any = |wanted: &Failure| failures.contains(wanted);
    if any(&Failure::Hang) {
        return pending().await;
    }
    if any(&Failure::Reset) || any(&Failure::Close) {
        match line.end(any(&Failure::Reset)).await {}
    }
    if let Some(reply) = inject::instead(failures, |status| shared.world().busy(status)) {
        return reply;
    }
    if any(&Failure::ExpireToken) {
        shared.world().expire(call);
    }
    inject::disturb(call, failures);
    let reply = {
        let mut world = shared.world();
        let reply = world.answer(call);
        inject::distort(reply, failures, call, world.ids())
    };
    if any(&Failure::LostAnswer) {
        match line.end(true).await {}
    }
    reply
}

/// Gives an answer the date of a clock that differs from ours.
fn dated(reply: Reply, ahead: i64) -> Reply {
    let date = Utc::now() + TimeDelta::try_seconds(ahead).unwrap_or_default();
    if ahead == 0 { reply } else { reply.header("date", date.format("%a, %d %b %Y %H:%M:%S GMT").to_string()) }
}

/// Tells browsers to insist on HTTPS, where the network is set so.
fn secured(reply: Reply, network: &Network) -> Reply {
    match &network.hsts {
        Some(policy) => reply.header("strict-transport-security", policy.clone()),
        None => reply,
    }
}

/// Adds up latency and planted delays.
fn wait(failures: &[Failure], latency: u64) -> Duration {
    let delays = failures.iter().filter_map(|failure| match failure {
        Failure::Delay(time) => Some(*time),
        _ => None,
    });
    Duration::from_millis(delays.fold(latency, u64::saturating_add))
}

fn record(request: &Request<Incoming>, target: &str, service: Option<Service>) -> RequestRecord {
    RequestRecord {
        sequence: 0,
        at: Duration::ZERO,
        took: None,
        service,
        method: request.method().to_string(),
        target: target.to_owned(),
        headers: kept(request.headers()),
        status: None,
        failures: Vec::new(),
        request_bytes: request.body().size_hint().exact().unwrap_or(0),
        response_bytes: 0,
    }
}

/// Reads the whole body; returns nothing if it breaks off or is far too long.
async fn read(mut body: Incoming) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        if let Ok(data) = frame.ok()?.into_data() {
            whole.extend_from_slice(&data);
        }
        if whole.len() > LONGEST_REQUEST {
            return None;
        }
    }
    Some(whole)
}

/// Opens the socket.
pub(crate) async fn bind(ipv6: bool) -> io::Result<TcpListener> {
    if ipv6 { TcpListener::bind("[::1]:0").await } else { TcpListener::bind("127.0.0.1:0").await }
}
