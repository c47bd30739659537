//! An HTTP/1.1 server for tests: one answer per connection, and it can misbehave.

use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    /// Path without query.
    pub path: String,
    pub query: String,
    /// Names in lower case.
    pub headers: HashMap<String, String>,
    /// The how-manieth request to this path it is, from 1.
    pub count: usize,
    /// The server's own address as a URL without path.
    pub base: String,
}

impl Request {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// The answer to a request.
pub enum Answer {
    Reply {
        status: u16,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    },
    /// Promise more bytes than follow.
    Truncated,
    /// Close at once, with a reset.
    Reset,
    /// Say nothing.
    Hang,
    /// Endless body.
    Flood,
    /// Answer after this time.
    Later(Duration, Box<Answer>),
}

impl Answer {
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("Content-Type".to_owned(), content_type.to_owned())];
        Self::Reply { status, headers, body: body.into() }
    }

    pub fn json(status: u16, body: &Value) -> Self {
        Self::new(status, "application/json", body.to_string())
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let Self::Reply { headers, .. } = &mut self {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }
}

type Handler = dyn Fn(&Request) -> Answer + Send + Sync;

struct State {
    base: String,
    handler: Box<Handler>,
    requests: Mutex<Vec<Request>>,
}

/// A running server; it ends with the test's runtime.
pub struct Server {
    state: Arc<State>,
}

impl Server {
    pub async fn start(handler: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        Self::start_on("127.0.0.1:0", handler).await
    }

    pub async fn start_on(address: &str, handler: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let state = Arc::new(State {
            base: format!("http://{}", listener.local_addr().unwrap()),
            handler: Box::new(handler),
            requests: Mutex::default(),
        });
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self { state }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.state.base)
    }

    /// Returns everything that arrived, in order.
    pub fn requests(&self) -> Vec<Request> {
        self.state.requests.lock().unwrap().clone()
    }

    /// Returns `METHOD path?query` of everything that arrived after the login.
    pub fn seen(&self) -> Vec<String> {
        let all = self.requests();
        let after_login = all.iter().filter(|r| r.method == "GET");
        after_login
            .map(|r| if r.query.is_empty() { r.path.clone() } else { format!("{}?{}", r.path, r.query) })
            .collect()
    }

    pub fn logins(&self) -> usize {
        self.requests().iter().filter(|request| request.method == "POST").count()
    }
}

async fn serve(mut stream: TcpStream, state: Arc<State>) {
    let Some(mut request) = read(&mut stream, &state.base).await else {
        return;
    };
    let answer = {
        let mut requests = state.requests.lock().unwrap();
        request.count = 1 + requests.iter().filter(|r| r.path == request.path).count();
        requests.push(request.clone());
        drop(requests);
        (state.handler)(&request)
    };
    write(&mut stream, answer).await;
}

async fn read(stream: &mut TcpStream, base: &str) -> Option<Request> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            break at;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: HashMap<String, String> =
        lines.filter_map(|line| line.split_once(": ")).map(|(k, v)| (k.to_lowercase(), v.to_owned())).collect();
    let length: usize = headers.get("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    while bytes.len() < end + 4 + length {
        stream.read_buf(&mut bytes).await.ok()?;
    }
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    Some(Request { method, path: path.to_owned(), query: query.to_owned(), headers, count: 0, base: base.to_owned() })
}

async fn write(stream: &mut TcpStream, answer: Answer) {
    match answer {
        Answer::Reply { status, headers, body } => {
            let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
            let head =
                format!("HTTP/1.1 {status} X\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            let _ = stream.write_all(head.as_bytes()).await;
            let _ = stream.write_all(&body).await;
        }
        Answer::Truncated => {
            let _ = stream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n\r\n{\"images\": [")
                .await;
        }
        Answer::Reset => {
            // Closing without lingering sends a reset instead of an orderly end.
            let _ = stream.set_zero_linger();
        }
        Answer::Hang => tokio::time::sleep(Duration::from_secs(600)).await,
        Answer::Flood => {
            let _ = stream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n[")
                .await;
            while stream.write_all(&[b' '; 65536]).await.is_ok() {}
        }
        Answer::Later(time, answer) => {
            tokio::time::sleep(time).await;
            Box::pin(write(stream, *answer)).await;
        }
    }
}
