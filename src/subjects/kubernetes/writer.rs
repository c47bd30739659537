//! The writer of a ledger in a cluster: creates, deletes, and looks whether something is still there.

use super::e2e::{Footprint, LIST_BINDINGS, LIST_ROLES, TOOLS, TestNamespace, tests_of};
use super::http::Call;
use super::objects::ClaimReference;
use super::orders::{self, MANAGED_BY, Order, PREFIX, STORAGE, is_ours};
use super::reader::{LIST_NAMESPACES, Reader};
use super::reply::Reply;
use super::session::Session;
use super::{Error, ErrorKind, RequestContext};
use crate::ledger::{Created, Kind, Leftover, PlannedResource, ResourceStatus, ResourceWriter, RunId, Warrant};
use crate::wire::send::Retry;
use chrono::{DateTime, TimeDelta, Utc};
use http::Method;
use serde_json::{Value, json};
use std::sync::Arc;

/// Changes a cluster, for one experiment. Only a ledger has the warrant that every change takes.
#[derive(Clone)]
pub(crate) struct Writer {
    reader: Reader,
}

/// The decision of the API server about a pod.
pub(crate) enum Admission {
    Admitted,
    /// It is refused, in these words.
    Refused(String),
}

/// The grace period of pods, in seconds: ours have nothing to finish.
const GRACE: u32 = 1;

impl Writer {
    /// Creates a writer for one context.
    pub fn new(session: Arc<Session>, context: RequestContext) -> Self {
        Self { reader: Reader::new(session, context) }
    }

    /// Asks by a dry run whether the API server admits a pod in a namespace.
    ///
    /// # Errors
    /// Nothing was decided; see [`ErrorKind`].
    pub async fn admits(&self, _: &Warrant, namespace: &str, spec: &Value) -> Result<Admission, Error> {
        let order = Order::Pod { namespace: namespace.to_owned(), labels: json!({}), spec: spec.clone(), claim: None };
        let path = orders::collection(Kind::Pod, Some(namespace))?.with("dryRun", "All");
        let name = format!("{namespace}-dry-run");
        let call = Call::with(Method::POST, path, &order.object(&name, ""));
        match self.reader.ask(&call).await {
            Ok(reply) => named_as(&reply, &name).map(|()| Admission::Admitted),
            Err(refusal) if is_of_admission(&refusal.kind) => Ok(Admission::Refused(refusal.what)),
            Err(other) => Err(other),
        }
    }

    /// Lists the namespaces that tests of a run made, by the namespace that they were run in.
    ///
    /// # Errors
    /// They cannot be listed; or somebody else runs tests as well, so that nobody can tell whose they are.
    async fn namespaces_of_tests(&self, id: &str) -> Result<Vec<TestNamespace>, Error> {
        let run = id.split('/').next().and_then(|namespace| RunId::from_name(PREFIX, namespace));
        let run = run
            .ok_or_else(|| Error::new(ErrorKind::NotFound, format!("{id} does not belong to a run of this program")))?;
        let traces = self.reader.traces().await?;
        let found: Vec<TestNamespace> = traces.since(run.began_at()).into_iter().cloned().collect();
        match (found.first(), traces.of_others.first()) {
            (Some(first), Some(other)) => {
                let what = format!(
                    "tests also run in the namespace {other}, so it is unclear which run created the test namespaces ({} of \
                     them, such as {})",
                    found.len(),
                    first.name
                );
                Err(Error::new(ErrorKind::Forbidden, what).help("remove them when no tests are running"))
            }
            _ => Ok(found),
        }
    }

    async fn delete_namespaces_of_tests(&self, id: &str) -> Result<(), Error> {
        let options = json!({"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background"});
        for space in self.namespaces_of_tests(id).await?.into_iter().filter(|space| !space.is_leaving) {
            let call = Call::with(Method::DELETE, orders::object(Kind::Namespace, &space.name)?, &options);
            match self.reader.ask(&call).await {
                Err(error) if error.kind != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    async fn look_at_namespaces_of_tests(&self, id: &str) -> Result<Option<ResourceStatus>, Error> {
        let left = self.namespaces_of_tests(id).await?;
        let names: Vec<&str> = left.iter().take(3).map(|space| space.name.as_str()).collect();
        let status = format!("{} namespaces of tests are still there, such as {}", left.len(), names.join(", "));
        Ok(left.first().map(|_| ResourceStatus { status, is_leaving: left.iter().all(|space| space.is_leaving) }))
    }

    /// Lists the leftovers of tools in the whole cluster, each with the run whose namespace is in its name. An account that may
    /// not list them cannot have made them, as that takes more rights.
    async fn left_by_tools(&self, kind: Kind) -> Result<Vec<Leftover>, Error> {
        let permission = if kind == Kind::ClusterRole { LIST_ROLES } else { LIST_BINDINGS };
        let found: Vec<Value> = match self.reader.list(&permission, "v1", Some(TOOLS)).await {
            Err(Error { kind: ErrorKind::Forbidden, .. }) => Vec::new(),
            other => other?,
        };
        let ours = found.iter().filter_map(|object| {
            let found = leftover(kind, object)?;
            let name = Footprint::namespace(kind, &found.name)?.to_owned();
            Some(Leftover { name, ..found })
        });
        Ok(ours.collect())
    }

    /// Returns one leftover for each run of ours whose tool has been in the cluster: what its tests may have made has
    /// to be looked for.
    async fn runs_of_tools(&self) -> Result<Vec<Leftover>, Error> {
        let left_by_tools = self.left_by_tools(Kind::ClusterRoleBinding).await?;
        let ours = left_by_tools.into_iter().filter(|found| RunId::from_name(PREFIX, &found.name).is_some());
        Ok(ours.map(|found| Leftover { kind: Kind::TestNamespaces, id: tests_of(&found.name), ..found }).collect())
    }

    async fn found(&self, kind: Kind, id: &str) -> Result<Option<Value>, Error> {
        match self.reader.object(&orders::object(kind, id)?).await {
            Err(Error { kind: ErrorKind::NotFound, .. }) => Ok(None),
            other => other.map(Some),
        }
    }

    async fn namespaces(&self, name: Option<&str>) -> Result<Vec<Leftover>, Error> {
        let found: Vec<Value> = match name {
            Some(name) => self.found(Kind::Namespace, name).await?.into_iter().collect(),
            None => {
                let selector = format!("{}={}", MANAGED_BY.0, MANAGED_BY.1);
                self.reader.list(&LIST_NAMESPACES, "v1", Some(&selector)).await?
            }
        };
        Ok(found
            .iter()
            .filter(|object| is_ours(object))
            .filter_map(|object| leftover(Kind::Namespace, object))
            .collect())
    }

    /// Lists volumes as leftovers. A volume belongs to the run that its claim was made for; the claim may be gone, its
    /// namespace tells the run.
    async fn volumes(&self) -> Result<Vec<Leftover>, Error> {
        let of_claims = self.reader.volumes().await?.into_iter().filter_map(|volume| {
            let created_at = volume.metadata.creation_timestamp.and_then(|text| text.parse().ok());
            let (kind, name) = (Kind::PersistentVolume, volume.spec.claim_ref?.namespace);
            Some(Leftover { kind, id: volume.metadata.name, name, created_at })
        });
        Ok(of_claims.collect())
    }

    /// Finds a volume that outlives the claim or the namespace that it was made for, as long as who made it has not
    /// removed it.
    async fn volume_of(&self, kind: Kind, id: &str) -> Result<Option<ResourceStatus>, Error> {
        let is_it = |claim: &ClaimReference| match kind {
            Kind::Claim => format!("{}/{}", claim.namespace, claim.name) == id,
            _ => claim.namespace == id,
        };
        let volumes = self.reader.volumes().await?;
        let volume = volumes.iter().find(|volume| volume.spec.claim_ref.as_ref().is_some_and(is_it));
        Ok(volume.map(|volume| {
            let kept = volume.spec.persistent_volume_reclaim_policy == "Retain";
            let hint = if kept { "; it is kept (Retain) until it is deleted by hand" } else { "" };
            let (name, phase) = (&volume.metadata.name, &volume.status.phase);
            ResourceStatus { status: format!("its volume {name} is still there, {phase}{hint}"), is_leaving: true }
        }))
    }
}

impl ResourceWriter for Writer {
    type Order = Order;

    const PREFIX: &'static str = PREFIX;

    // An API server gives a request up after 60 seconds, unless it was told otherwise.
    const LATE: TimeDelta = TimeDelta::seconds(70);

    // Everything else goes with its namespace. Tools go before what they and their tests made.
    const KINDS: &'static [Kind] =
        &[Kind::Namespace, Kind::PersistentVolume, Kind::TestNamespaces, Kind::ClusterRoleBinding, Kind::ClusterRole];

    fn planned(order: &Order, name: &str) -> PlannedResource {
        order.planned(name)
    }

    async fn create(&self, _: &Warrant, order: &Order, name: &str, note: &str) -> Result<Created, Error> {
        let path = orders::collection(order.kind(), order.namespace())?;
        let call = Call { retry: Retry::NonIdempotent, ..Call::with(Method::POST, path, &order.object(name, note)) };
        named_as(&self.reader.ask(&call).await?, name)?;
        Ok(Created { id: order.planned(name).id.unwrap_or_else(|| name.to_owned()) })
    }

    async fn delete(&self, _: &Warrant, kind: Kind, id: &str) -> Result<(), Error> {
        let options = match kind {
            Kind::TestNamespaces => return self.delete_namespaces_of_tests(id).await,
            // Who made it removes it, once its claim is gone; somebody else's hand would only lose track of what is stored.
            Kind::PersistentVolume => return Ok(()),
            Kind::Pod => json!({"apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": GRACE}),
            _ => json!({"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background"}),
        };
        let call = Call::with(Method::DELETE, orders::object(kind, id)?, &options);
        self.reader.ask(&call).await.map(drop)
    }

    async fn look(&self, kind: Kind, id: &str) -> Result<Option<ResourceStatus>, Error> {
        if kind == Kind::TestNamespaces {
            return self.look_at_namespaces_of_tests(id).await;
        }
        match self.found(kind, id).await? {
            Some(object) => Ok(Some(resource_status(kind, &object))),
            // A volume may also come late, when its claim is gone already.
            None if kind == Kind::Claim || kind == Kind::Namespace && id.ends_with(STORAGE) => {
                self.volume_of(kind, id).await
            }
            None => Ok(None),
        }
    }

    async fn list(&self, kind: Kind, name: Option<&str>) -> Result<Vec<Leftover>, Error> {
        match kind {
            Kind::Namespace => self.namespaces(name).await,
            Kind::PersistentVolume => self.volumes().await,
            Kind::ClusterRole | Kind::ClusterRoleBinding => self.left_by_tools(kind).await,
            Kind::TestNamespaces => self.runs_of_tools().await,
            other => Err(Error::new(ErrorKind::NotFound, format!("a {other} is removed with its namespace"))),
        }
    }
}

/// Checks that the answer is the object that was asked for: something before the API server may answer well, too.
fn named_as(reply: &Reply, name: &str) -> Result<(), Error> {
    let object: Value = reply.json()?;
    match object["metadata"]["name"] == name {
        true => Ok(()),
        false => Err(reply.invalid("metadata.name", "the answer is not what was asked for")),
    }
}

/// Returns true if the API server understood the request, and an admission check refused it. An account without
/// permission, or a server that is busy, says nothing about the pod.
fn is_of_admission(kind: &ErrorKind) -> bool {
    matches!(kind, ErrorKind::Forbidden | ErrorKind::UnexpectedStatus(400 | 422))
}

fn leftover(kind: Kind, object: &Value) -> Option<Leftover> {
    let text = |key: &str| object["metadata"][key].as_str().map(str::to_owned);
    let created_at = text("creationTimestamp").and_then(|text| text.parse::<DateTime<Utc>>().ok());
    let name = text("name")?;
    Some(Leftover { kind, id: name.clone(), name, created_at })
}

/// Returns the status of an object that is being removed, with its finalizers.
fn resource_status(kind: Kind, object: &Value) -> ResourceStatus {
    let conditions = object["status"]["conditions"].as_array().into_iter().flatten();
    let hindrances = conditions
        .filter(|condition| kind == Kind::Namespace && condition["status"] == "True")
        .filter_map(|condition| condition["message"].as_str());
    let phase = object["status"]["phase"].as_str().unwrap_or_default();
    let status = std::iter::once(phase).chain(hindrances).collect::<Vec<_>>().join("; ");
    let is_leaving = kind == Kind::PersistentVolume || object["metadata"]["deletionTimestamp"].is_string();
    ResourceStatus { status, is_leaving }
}
