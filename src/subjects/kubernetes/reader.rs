//! The only face observers see: it reads, and offers nothing that could change a cluster.

use super::endpoint::{self, Connection};
use super::http::{ApiPath, Call};
use super::objects::{ApiResource, EventObject, Groups, PageMetadata, PageRest, Resources, VolumeObject};
use super::orders::{self, CONTAINER};
use super::reply::{GRANT, Reply};
use super::rights::{NAMESPACE, Permission};
use super::session::Session;
use super::{Error, ErrorKind, RequestContext};
use crate::ledger::Kind;
use crate::wire::budget::aside;
use crate::wire::list::{ConversionError, Item, List, ListReading};
use crate::wire::send::Retry;
use http::Method;
use scs_checks::json::{Flaw, OVERVIEW};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// The items of a page. A server may send fewer, and says where the next page begins.
const PER_PAGE: &str = "500";
/// The permission that identifies a cluster; whoever changes a cluster has it.
const GET_NAMESPACES: Permission = Permission::everywhere("get", "", "namespaces");
/// The number of times that a list is begun anew because it changed while it was read.
const RESTARTS: usize = 2;

/// A type that can be kept of an object of a list; long pages are read beside the runtime.
pub(crate) trait Object: DeserializeOwned + Serialize + Send + 'static {}

impl<T: DeserializeOwned + Serialize + Send + 'static> Object for T {}

/// Reads for one fact, within its deadline and into its record.
#[derive(Clone)]
pub struct Reader {
    session: Arc<Session>,
    context: RequestContext,
}

/// To see which namespaces there are.
pub(crate) const LIST_NAMESPACES: Permission = Permission::list("", "namespaces");
/// To see which volumes there are.
pub(crate) const LIST_VOLUMES: Permission = Permission::list("", "persistentvolumes");

/// The settings of a kubelet, as far as they are looked at.
#[derive(Debug, Deserialize)]
pub(crate) struct KubeletSettings {
    #[serde(rename = "kubeletconfig")]
    pub config: KubeletConfiguration,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KubeletConfiguration {
    #[serde(default)]
    pub authentication: Option<Authentication>,
    #[serde(default)]
    pub authorization: Option<Authorization>,
    #[serde(default)]
    pub read_only_port: Option<i64>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Authentication {
    #[serde(default)]
    pub anonymous: Option<Anonymous>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Anonymous {
    #[serde(default)]
    pub enabled: Option<bool>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Authorization {
    #[serde(default)]
    pub mode: Option<String>,
}

impl Reader {
    /// Creates a reader for one context.
    #[must_use]
    pub fn new(session: Arc<Session>, context: RequestContext) -> Self {
        Self { session, context }
    }

    /// Returns the session it reads with.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Makes sure that a permission is not known to be missing, so that nothing is asked in vain.
    ///
    /// # Errors
    /// It is missing.
    pub(crate) fn require(&self, permission: &Permission) -> Result<(), Error> {
        match self.session.rights().has(permission) {
            Some(false) => Err(missing(permission)),
            _ => Ok(()),
        }
    }

    /// Lists all objects that a permission to list allows to read; of some of them only if `selector` chooses labels.
    ///
    /// # Errors
    /// See [`ErrorKind`]; a missing permission is named.
    pub(crate) async fn list<T: Object>(
        &self,
        permission: &Permission,
        version: &str,
        selector: Option<&str>,
    ) -> Result<Vec<T>, Error> {
        self.require(permission)?;
        let path = list_path(permission, version);
        let path = selector.map_or(path.clone(), |selector| path.with("labelSelector", selector));
        for _ in 0..=RESTARTS {
            match self.pages(&path, true).await {
                Err(Error { kind: ErrorKind::UnexpectedStatus(GONE), .. }) => {}
                Err(error) if error.kind == ErrorKind::Forbidden => return Err(named(error, permission)),
                other => return other,
            }
        }
        let what = format!("the list changed faster than it could be read, {} times", RESTARTS + 1);
        Err(Error::new(ErrorKind::EndlessList, what).help("try again when the cluster is less busy"))
    }

    /// Reads all pages of a list; what is kept of it stays for as long as the session lives if `stay`.
    async fn pages<T: Object>(&self, path: &ApiPath, stay: bool) -> Result<Vec<T>, Error> {
        let sender = &self.session.http.sender;
        let mut list = List::new(&sender.budget, sender.limits.items);
        let mut token = String::new();
        for _ in 0..sender.limits.pages {
            let path = path.clone().with("limit", PER_PAGE);
            let path = if token.is_empty() { path } else { path.with("continue", &token) };
            let reply = self.get(path).await?;
            let taken = aside(reply.body.len(), move || {
                let next = take(&mut list, &reply, &token);
                (list, next)
            });
            let (after, next) = taken.await?;
            list = after;
            match next? {
                None => return Ok(list.into_items(stay)),
                Some(next) => token = next,
            }
        }
        Err(Error::new(ErrorKind::EndlessList, format!("the list has more than {} pages", sender.limits.pages)))
    }

    /// Reads the settings of the kubelet of a node, through the API server, which takes this permission.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub(crate) async fn kubelet_settings(&self, permission: &Permission, node: &str) -> Result<KubeletSettings, Error> {
        let path = ApiPath::from_segments(&["api", "v1", "nodes", node, "proxy", "configz"]);
        let call = Call { retry: Retry::ToNode, ..Call::get(path) };
        let reply = self.session.http.send(&call, &self.context).await?;
        reply.whole().and_then(|reply| reply.json()).map_err(|error| match error.kind {
            // The API server lets us, so it is the kubelet, or something on the way to it, that does not.
            ErrorKind::Forbidden if self.session.rights().has(permission) == Some(true) => {
                Error { help: "the kubelet, or a proxy in front of it, refuses the API server".to_owned(), ..error }
            }
            ErrorKind::Forbidden => named(error, permission),
            _ => error,
        })
    }

    /// Reads the kinds that are served in these groups.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub(crate) async fn kinds(&self, wanted: &[&str]) -> Result<Vec<ApiResource>, Error> {
        let call = Call { accept: DISCOVERY, ..Call::get(ApiPath::from_segments(&["apis"])) };
        let groups: Groups = self.session.http.send(&call, &self.context).await?.whole()?.json_within(OVERVIEW)?;
        let mut kinds = match groups {
            Groups::Whole { items } => {
                let wanted = items.into_iter().filter(|group| wanted.contains(&group.metadata.name.as_str()));
                wanted.flat_map(whole).collect()
            }
            Groups::Names { groups } => {
                let mut kinds = Vec::new();
                for group in groups.iter().filter(|group| wanted.contains(&group.name.as_str())) {
                    for version in &group.versions {
                        kinds.extend(self.kinds_of(&group.name, &version.version).await?);
                    }
                }
                kinds
            }
        };
        kinds.sort();
        kinds.dedup();
        Ok(kinds)
    }

    async fn kinds_of(&self, group: &str, version: &str) -> Result<Vec<ApiResource>, Error> {
        let resources: Resources =
            self.get(ApiPath::from_segments(&["apis", group, version])).await?.json_within(OVERVIEW)?;
        let whole = resources.resources.into_iter().filter(|resource| !resource.name.contains('/'));
        let kind = |kind| ApiResource { group: group.to_owned(), version: version.to_owned(), kind };
        Ok(whole.map(|resource| kind(resource.kind)).collect())
    }

    /// Returns the status of the answer to an anonymous request. What it would show is not wanted, so a list is kept short.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub(crate) async fn anonymous_status(&self, path: &[&str]) -> Result<u16, Error> {
        Ok(self
            .session
            .anonymous
            .send(&Call::get(ApiPath::from_segments(path).with("limit", "1")), &self.context)
            .await?
            .status)
    }

    /// Looks at the TLS connection to the server; returns none if it cannot be looked at.
    pub(crate) async fn connection(&self) -> Option<Connection> {
        const LIMIT: Duration = Duration::from_secs(10);
        endpoint::look(&self.session, LIMIT.min(self.context.time_left())).await
    }

    /// Returns true if the server was reached by HTTPS and its certificate was verified.
    pub(crate) fn is_verified(&self) -> bool {
        self.session.is_verified()
    }

    /// Returns the identity of this cluster, whatever address it is reached by: the UID of its namespace `kube-system`.
    ///
    /// # Errors
    /// See [`ErrorKind`]; a missing permission is named.
    pub(crate) async fn uid(&self) -> Result<String, Error> {
        let path = orders::object(Kind::Namespace, NAMESPACE)?;
        let found = self.object(&path).await.map_err(|error| match error.kind {
            ErrorKind::Forbidden => named(error, &GET_NAMESPACES),
            _ => error,
        })?;
        let uid = found["metadata"]["uid"].as_str().filter(|uid| !uid.is_empty());
        uid.map(str::to_owned).ok_or_else(|| {
            let what = format!("the namespace {NAMESPACE} has no UID, so the cluster cannot be identified");
            Error::new(ErrorKind::InvalidAnswer { path: "/metadata/uid".to_owned() }, what)
        })
    }

    /// Reads an object that an experiment created.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub(crate) async fn made(&self, kind: Kind, id: &str) -> Result<Value, Error> {
        self.object(&orders::object(kind, id)?).await
    }

    /// Reads the last lines of what a pod has printed.
    ///
    /// # Errors
    /// See [`ErrorKind`]; also where its node does not answer.
    pub(crate) async fn log(&self, pod: &str, lines: u32) -> Result<String, Error> {
        const BYTES: &str = "16384";
        let path = orders::object(Kind::Pod, pod)?.below("log");
        let path = path.with("container", CONTAINER);
        let path = path.with("tailLines", &lines.to_string()).with("limitBytes", BYTES);
        let reply = self.ask(&Call { retry: Retry::ToNode, ..Call::get(path) }).await?;
        Ok(String::from_utf8_lossy(&reply.body).into_owned())
    }

    /// Lists all volumes of the cluster.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub(crate) async fn volumes(&self) -> Result<Vec<VolumeObject>, Error> {
        self.list(&LIST_VOLUMES, "v1", None).await
    }

    /// Returns the events of an object of a namespace, oldest first: reason and message.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub(crate) async fn events(&self, namespace: &str, name: &str) -> Result<Vec<EventObject>, Error> {
        let path = ApiPath::from_segments(&["api", "v1", "namespaces", namespace, "events"]);
        self.pages(&path.with("fieldSelector", &format!("involvedObject.name={name}")), false).await
    }

    /// Reads an object, whole.
    pub(super) async fn object(&self, path: &ApiPath) -> Result<Value, Error> {
        self.get(path.clone()).await?.json()
    }

    async fn get(&self, path: ApiPath) -> Result<Reply, Error> {
        self.ask(&Call::get(path)).await
    }

    /// Sends any request. Only a writer has others than GETs.
    pub(super) async fn ask(&self, call: &Call) -> Result<Reply, Error> {
        let reply = self.session.http.send(call, &self.context).await?;
        if call.method == Method::GET { reply.whole() } else { reply.done() }
    }
}

/// Adds a page to a list; the token for the next one, if there is one. `token` is the one for this page.
fn take<T: Object>(list: &mut List<T>, reply: &Reply, token: &str) -> Result<Option<String>, Error> {
    reply.no_page()?;
    let manner = ListReading { key: "items", identity, null_is_empty: true, keep: &kept };
    let added = list.add::<PageRest>(&reply.body, &manner).map_err(|flaw| reply.flaw(&flaw))?;
    let PageMetadata { next, remaining_item_count } = added.rest.metadata;
    match next {
        next if next.is_empty() && remaining_item_count.is_some_and(|count| count != 0) => {
            Err(reply.invalid("metadata.remainingItemCount", "there are more items, but no next page is named"))
        }
        next if next.is_empty() => Ok(None),
        next if next == token => Err(reply.error(ErrorKind::EndlessList, "the pages of this list repeat themselves")),
        next => Ok(Some(next)),
    }
}

/// Returns the UID of an object, or else its name.
fn identity(object: &Item) -> Option<String> {
    let metadata = object.get("metadata")?;
    let text = |key: &str| metadata.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let named = || Some(format!("{}/{}", text("namespace").unwrap_or_default(), text("name")?));
    text("uid").map(str::to_owned).or_else(named)
}

fn kept<T: DeserializeOwned>(object: Item) -> Result<T, ConversionError> {
    serde_path_to_error::deserialize(Value::Object(object)).map_err(|error| match Flaw::of(error) {
        Flaw::Invalid { path, why } => ConversionError { path, why },
        Flaw::TooLarge(why) => ConversionError { path: String::new(), why },
    })
}

/// The page that was to come is no longer there.
const GONE: u16 = 410;

/// The whole of discovery in one answer, in the two versions of it, or else the names of the groups.
const DISCOVERY: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
                         application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

fn whole(group: super::objects::WholeGroup) -> impl Iterator<Item = ApiResource> {
    let name = group.metadata.name;
    group.versions.into_iter().flat_map(move |version| {
        let name = name.clone();
        version.resources.into_iter().map(move |resource| ApiResource {
            group: name.clone(),
            version: version.version.clone(),
            kind: resource.response_kind.kind,
        })
    })
}

/// Returns the path of the objects.
fn list_path(permission: &Permission, version: &str) -> ApiPath {
    let mut segments = if permission.group.is_empty() { vec!["api"] } else { vec!["apis", permission.group] };
    segments.push(version);
    if let Some(namespace) = permission.namespace {
        segments.extend(["namespaces", namespace]);
    }
    segments.push(permission.resource);
    ApiPath::from_segments(&segments)
}

fn missing(permission: &Permission) -> Error {
    Error::new(ErrorKind::Forbidden, format!("the permission to {permission} is missing")).help(GRANT)
}

/// Names the missing permission before the words of the server.
fn named(error: Error, permission: &Permission) -> Error {
    let what = format!("the permission to {permission} is missing: {}", error.what);
    Error { what, ..error }
}
