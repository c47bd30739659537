//! The client against a tiny HTTP server that answers as each test says. Behaviour that needs a whole
//! cloud is tested over the simulated one.

mod catalog;
mod faults;
mod lists;
mod login;
pub(crate) mod server;
mod tls;

use self::server::{Answer, Request, Server};
use super::*;
use crate::openstack::config::{Auth, Cloud, Domain, Interface, Project, Tls, User};
use crate::secrets::Secrets;
use secrecy::SecretString;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

const PASSWORD: &str = "geheim";

fn password_auth() -> Auth {
    Auth::Password {
        user: User::Name { name: "u".to_owned(), domain: Domain::Name("Default".to_owned()) },
        password: SecretString::from(PASSWORD),
        project: Project::Name { name: "p".to_owned(), domain: Domain::Id("default".to_owned()) },
    }
}

fn cloud(auth_url: &str) -> Cloud {
    Cloud {
        name: "test".to_owned(),
        origin: "test".to_owned(),
        auth_url: Url::parse(auth_url).unwrap(),
        auth: password_auth(),
        region: None,
        interface: Interface::Public,
        other_interfaces: Vec::new(),
        endpoint_overrides: BTreeMap::new(),
        tls: Tls::default(),
        secrets: Secrets::default(),
        api_timeout: None,
        domain_managers: Vec::new(),
    }
}

/// Waits of milliseconds instead of seconds.
fn limits() -> Limits {
    Limits { attempt_timeout: Duration::from_secs(5), backoff: Duration::from_millis(4), ..Limits::default() }
}

/// Keeps an item of a list as it was sent.
fn whole(item: Item) -> Item {
    item
}

/// Returns the name of a kind of error, without what it holds: `not-an-api`.
fn kind_name(kind: &ErrorKind) -> String {
    let debug = format!("{kind:?}");
    let name = debug.split(|c: char| !c.is_alphanumeric()).next().unwrap();
    let spelled = name.chars().flat_map(|c| c.is_uppercase().then_some('-').into_iter().chain(c.to_lowercase()));
    spelled.collect::<String>().trim_start_matches('-').to_owned()
}

fn context() -> RequestContext {
    RequestContext::within(Duration::from_secs(20))
}

/// Returns a token's answer for an ordinary user of a cloud whose services all live below `base`.
fn token(base: &str) -> Value {
    let service = |name: &str, path: &str| json!({"type": name, "name": name, "endpoints": [{"interface": "public", "region": "R", "region_id": "R", "url": format!("{base}{path}")}]});
    json!({"token": {
        "user": {"id": "u1", "name": "u", "domain": {"id": "default"}},
        "project": {"id": "p1", "name": "p"},
        "roles": [{"id": "1", "name": "member"}, {"id": "2", "name": "reader"}],
        "expires_at": "2030-01-01T00:00:00.000000Z",
        "catalog": [
            service("identity", "/identity/v3"),
            service("image", "/image"),
            service("compute", "/compute/v2.1"),
            service("network", "/network"),
            service("volumev3", "/volume/v3/p1"),
            service("object-store", "/swift/v1/AUTH_p1"),
        ],
    }})
}

/// Returns the answer to the `n`th login, with token `token-n`.
fn issued(base: &str, n: usize) -> Answer {
    Answer::json(201, &token(base))
        .header("X-Subject-Token", &format!("token-{n}"))
        .header("x-openstack-request-id", "req-login")
}

/// Starts a server that lets everyone log in and leaves everything else to `answer`.
async fn serve(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Server {
    Server::start(move |request| {
        if request.path == "/identity/v3/auth/tokens" { issued(&request.base, request.count) } else { answer(request) }
    })
    .await
}

async fn session(server: &Server, limits: Limits) -> Arc<Session> {
    Session::connect(&cloud(&server.url("/identity/v3")), limits, &context()).await.unwrap()
}

/// Returns a reader with its trace, on a fresh session.
async fn reader(server: &Server) -> Reader {
    reader_with(server, limits()).await
}

async fn reader_with(server: &Server, limits: Limits) -> Reader {
    Reader::new(session(server, limits).await, context())
}
