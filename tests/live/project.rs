//! Inventory of a project of the lab, without the program: plain GETs with a token of our own. Also how a test puts
//! something there itself, and takes it away.

use crate::lab::settings;
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Something that a project has.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Thing {
    pub kind: &'static str,
    pub id: String,
    /// Its name; a floating IP has a description only.
    pub name: String,
}

pub type Inventory = BTreeSet<Thing>;

/// A kind of resource and its list: its name, the service's type in the catalog, the path of the list, the list's key.
type Listing = (&'static str, &'static str, &'static str, &'static str);

const LISTINGS: [Listing; 13] = [
    ("server", "compute", "/servers", "servers"),
    ("keypair", "compute", "/os-keypairs", "keypairs"),
    ("volume", "volumev3", "/volumes", "volumes"),
    ("snapshot", "volumev3", "/snapshots", "snapshots"),
    ("backup", "volumev3", "/backups", "backups"),
    ("network", "network", "/v2.0/networks", "networks"),
    ("subnet", "network", "/v2.0/subnets", "subnets"),
    ("router", "network", "/v2.0/routers", "routers"),
    ("port", "network", "/v2.0/ports", "ports"),
    ("security-group", "network", "/v2.0/security-groups", "security_groups"),
    ("floating-ip", "network", "/v2.0/floatingips", "floatingips"),
    ("image", "image", "/v2/images", "images"),
    ("secret", "key-manager", "/v1/secrets", "secrets"),
];

/// The time limit for the lab to finish a request of a test.
const LONGEST: Duration = Duration::from_secs(120);

/// A login to a project of the lab.
pub struct Project {
    pub id: String,
    client: Client,
    token: String,
    /// The public endpoints by type of service.
    urls: BTreeMap<String, String>,
}

impl Project {
    /// Logs in as this cloud of the lab's clouds.yaml says, with a password.
    pub async fn of(cloud: &str) -> Self {
        let auth = settings(cloud)["auth"].clone();
        let user = json!({"name": auth["username"], "domain": {"name": "Default"}, "password": auth["password"]});
        let body = json!({"auth": {
            "identity": {"methods": ["password"], "password": {"user": user}},
            "scope": {"project": {"name": auth["project_name"], "domain": {"name": "Default"}}},
        }});
        let client = Client::builder().timeout(LONGEST).build().unwrap();
        let url = format!("{}/auth/tokens", auth["auth_url"].as_str().unwrap());
        let answer = client.post(url).json(&body).send().await.unwrap();
        let token = answer.headers()["x-subject-token"].to_str().unwrap().to_owned();
        let body: Value = answer.json().await.unwrap();
        let urls = body["token"]["catalog"].as_array().unwrap().iter().filter_map(endpoint).collect();
        Self { id: text(&body["token"]["project"]["id"]), client, token, urls }
    }

    /// Lists everything that the project has, of every kind that a run creates or could.
    pub async fn inventory(&self) -> Inventory {
        let mut all = Inventory::new();
        for listing in LISTINGS {
            all.extend(self.list(listing).await);
        }
        all
    }

    async fn list(&self, (kind, service, path, key): Listing) -> Vec<Thing> {
        let body = self.ask(Method::GET, service, &format!("{path}?limit=100"), None).await;
        // Half a list would make two inventories equal that are not.
        let links = body[format!("{key}_links")].as_array();
        let goes_on = links.into_iter().flatten().any(|link| link["rel"] == "next") || !body["next"].is_null();
        assert!(!goes_on, "more than one page of {kind}");
        let items = body[key].as_array().unwrap_or_else(|| panic!("{kind}: {body}"));
        items.iter().filter(|item| self.has(item)).map(|item| thing(kind, item)).collect()
    }

    /// Returns true if the project has the item: Neutron and Glance also list what everybody may use.
    fn has(&self, item: &Value) -> bool {
        let owner = ["project_id", "owner"].into_iter().find_map(|field| item[field].as_str());
        owner.is_none_or(|owner| owner == self.id)
    }

    /// Creates something of this kind from a body without its envelope, and waits until it is ready.
    pub async fn create(&self, kind: &'static str, body: Value) -> Thing {
        let (_, service, path, key) = listing(kind);
        let envelope = key.trim_end_matches('s');
        let sent = if kind == "secret" { body.clone() } else { json!({envelope: body}) };
        let answer = self.ask(Method::POST, service, path, Some(sent)).await;
        let item = if kind == "secret" { &answer } else { &answer[envelope] };
        let made = Thing { name: text(&body["name"]), ..thing(kind, item) };
        if matches!(kind, "volume" | "backup" | "server") {
            self.wait_until_ready(&made, envelope).await;
        }
        made
    }

    async fn wait_until_ready(&self, thing: &Thing, envelope: &str) {
        let (_, service, path, _) = listing(thing.kind);
        let ready = async {
            loop {
                let answer = self.ask(Method::GET, service, &format!("{path}/{}", thing.id), None).await;
                match answer[envelope]["status"].as_str().unwrap() {
                    "available" | "ACTIVE" => return,
                    status => assert!(!status.to_lowercase().contains("error"), "{answer}"),
                }
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        };
        tokio::time::timeout(LONGEST, ready).await.unwrap_or_else(|_| panic!("{thing:?} does not get ready"));
    }

    /// Gives a router an interface in a subnet.
    pub async fn connect(&self, router: &Thing, subnet: &Thing) {
        let path = format!("/v2.0/routers/{}/add_router_interface", router.id);
        self.ask(Method::PUT, "network", &path, Some(json!({"subnet_id": subnet.id}))).await;
    }

    /// Takes these away again, which nothing uses, and waits until they are gone.
    pub async fn remove(&self, things: impl IntoIterator<Item = &Thing>) {
        let things: Inventory = things.into_iter().cloned().collect();
        for thing in &things {
            let (_, service, path, _) = listing(thing.kind);
            self.ask(Method::DELETE, service, &format!("{path}/{}", thing.id), None).await;
        }
        let gone = async {
            while !self.inventory().await.is_disjoint(&things) {
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        };
        tokio::time::timeout(LONGEST, gone).await.expect("what the test created goes away");
    }

    /// Reads a quota of this project in Cinder, and sets it. Only for the administrator.
    pub async fn volume_quota(&self, project: &Self, what: &str, value: Value) -> Value {
        let path = format!("/os-quota-sets/{}", project.id);
        let before = self.ask(Method::GET, "volumev3", &path, None).await;
        self.ask(Method::PUT, "volumev3", &path, Some(json!({"quota_set": {what: value}}))).await;
        before["quota_set"][what].clone()
    }

    async fn ask(&self, method: Method, service: &str, path: &str, body: Option<Value>) -> Value {
        let url = format!("{}{path}", self.urls[service]);
        let request = self.client.request(method.clone(), &url).header("X-Auth-Token", &self.token);
        let request = match &body {
            Some(body) => request.json(body),
            None => request,
        };
        let answer = request.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        // What Nova or the test has removed meanwhile is gone, which is what was asked for.
        let is_gone = method == Method::DELETE && status == StatusCode::NOT_FOUND;
        assert!(status.is_success() || is_gone, "{method} {url}: {status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }
}

fn listing(kind: &str) -> Listing {
    LISTINGS.into_iter().find(|(name, ..)| *name == kind).unwrap()
}

fn endpoint(service: &Value) -> Option<(String, String)> {
    let endpoints = service["endpoints"].as_array()?;
    let public = endpoints.iter().find(|endpoint| endpoint["interface"] == "public")?;
    Some((text(&service["type"]), text(&public["url"])))
}

fn thing(kind: &'static str, item: &Value) -> Thing {
    // Keypairs have an envelope of their own, and their name for an id; secrets have an address.
    let item = item.get("keypair").unwrap_or(item);
    let id = ["id", "secret_ref", "name"].into_iter().find_map(|field| item[field].as_str()).unwrap();
    let name = if kind == "floating-ip" { &item["description"] } else { &item["name"] };
    Thing { kind, id: id.rsplit('/').next().unwrap_or_default().to_owned(), name: text(name) }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
