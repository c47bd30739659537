//! The writer of a ledger in an OpenStack cloud: creates, deletes, and looks whether something is still there.

use super::catalog::Service;
use super::error::{Error, ErrorKind};
use super::evidence::RequestContext;
use super::http::{Reply, RequestBody, Retry};
use super::leftovers::{Collection, collection};
use super::orders::{Creation, NOVA, Order};
use super::reader::{Item, Reader, Resource, microversion_headers};
use super::s3_keys::{S3Access, S3Keys};
use super::session::{ServiceRequest, Session};
use crate::ledger::{Created, Kind, Leftover, PlannedResource, ResourceStatus, ResourceWriter, Warrant};
use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::Arc;

/// Changes a cloud, for one experiment. Only a ledger has the warrant that every change takes.
#[derive(Clone)]
pub(crate) struct Writer {
    pub(super) reader: Reader,
    /// The keys for S3, once there are any.
    pub(super) s3: Arc<S3Access>,
}

impl Writer {
    /// Creates a writer for one context.
    pub fn new(session: Arc<Session>, context: RequestContext) -> Self {
        Self { reader: Reader::new(session, context), s3: Arc::default() }
    }

    async fn send(
        &self,
        method: Method,
        resource: Resource<'_>,
        body: Option<RequestBody>,
        retry: Retry,
    ) -> Result<Reply, Error> {
        let headers = microversion_headers(resource)?;
        let url = resource.url(&self.reader.session)?;
        let request = ServiceRequest { method, service: resource.service, url, headers, body, retry };
        self.reader.session.send(request, &self.reader.context).await?.done()
    }

    /// Sends data into an image.
    ///
    /// # Errors
    /// Those of the request.
    pub async fn fill(&self, _: &Warrant, image: &str, data: &[u8]) -> Result<(), Error> {
        let path = ["images", image, "file"];
        let body = RequestBody { content_type: "application/octet-stream", bytes: data.to_vec() };
        self.send(Method::PUT, Resource::new(Service::Image, &path), Some(body), Retry::NonIdempotent).await.map(drop)
    }

    /// Attaches a volume to a server.
    ///
    /// # Errors
    /// Those of the request.
    pub async fn attach(&self, _: &Warrant, server: &str, volume: &str) -> Result<(), Error> {
        let path = ["servers", server, "os-volume_attachments"];
        let resource = with_nova_version(Resource::new(Service::Compute, &path));
        let body = Some(RequestBody::json(json!({"volumeAttachment": {"volumeId": volume}}).to_string()));
        self.send(Method::POST, resource, body, Retry::NonIdempotent).await.map(drop)
    }

    /// Changes a router; doing so twice is the same as once.
    async fn put_router(&self, router: &str, action: Option<&str>, body: Value) -> Result<(), Error> {
        let path: Vec<&str> = ["routers", router].into_iter().chain(action).collect();
        let body = Some(RequestBody::json(body.to_string()));
        self.send(Method::PUT, Resource::new(Service::Network, &path), body, Retry::Idempotent).await.map(drop)
    }

    /// Empties a router, which goes once it has neither interfaces nor a gateway.
    async fn empty_router(&self, router: &str) -> Result<(), Error> {
        for port in self.ports_of(router).await? {
            let text = |key: &str| port.get(key).and_then(Value::as_str).unwrap_or_default();
            // Also distributed and highly available ones.
            if text("device_owner").starts_with("network:") && text("device_owner").contains("router_interface") {
                self.put_router(router, Some("remove_router_interface"), json!({"port_id": text("id")})).await?;
            }
        }
        self.put_router(router, None, json!({"router": {"external_gateway_info": null}})).await
    }

    /// Returns true if a deleted server is kept for a while, with its volumes, as some clouds do.
    async fn is_kept(&self, server: &str) -> Result<bool, Error> {
        let path = ["servers", server];
        let document: Value = self.reader.get_json(with_nova_version(Resource::new(Service::Compute, &path))).await?;
        Ok(status(&document).eq_ignore_ascii_case(KEPT))
    }

    async fn force_delete(&self, server: &str) -> Result<(), Error> {
        let path = ["servers", server, "action"];
        let body = RequestBody::json(json!({"forceDelete": null}).to_string());
        self.send(
            Method::POST,
            with_nova_version(Resource::new(Service::Compute, &path)),
            Some(body),
            Retry::Idempotent,
        )
        .await
        .map(drop)
    }

    async fn ports_of(&self, device: &str) -> Result<Vec<Item>, Error> {
        let query = [("device_id", device)];
        let resource = Resource { query: &query, ..Resource::new(Service::Network, &["ports"]) };
        self.reader.list(resource, "ports").await
    }
}

impl ResourceWriter for Writer {
    type Order = Order;

    const PREFIX: &'static str = "_scs-";

    const LATE: TimeDelta = TimeDelta::seconds(30);

    // In the order in which they can go. An interface goes with its router.
    const KINDS: &'static [Kind] = &[
        Kind::Server,
        Kind::Keypair,
        Kind::Snapshot,
        Kind::Backup,
        Kind::Volume,
        Kind::FloatingIp,
        Kind::Router,
        Kind::Port,
        Kind::Subnet,
        Kind::Network,
        Kind::SecurityGroup,
        Kind::Image,
        Kind::Secret,
        Kind::Bucket,
        Kind::Ec2Credential,
    ];

    fn planned(order: &Order, name: &str) -> PlannedResource {
        order.planned(name)
    }

    /// Returns true if the refusal may pass. Neutron forbids a member to delete the port of a server, and Nova may tell
    /// that a server is gone some seconds before it gives the port back. Keystone forbids to delete a credential that is gone.
    fn may_yield(kind: Kind, refusal: &Error) -> bool {
        matches!(kind, Kind::Port | Kind::Ec2Credential) && refusal.kind == ErrorKind::Forbidden
    }

    /// Buckets are found and removed only with credentials of the project.
    fn opens(kind: Kind) -> Option<Kind> {
        (kind == Kind::Ec2Credential).then_some(Kind::Bucket)
    }

    async fn create(&self, _: &Warrant, order: &Order, name: &str, note: &str) -> Result<Created, Error> {
        let Some(Creation { method, service, path, microversion, body, id_at }) = order.creation(name, note) else {
            return self.create_bucket(name).await;
        };
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let resource = Resource { microversion, ..Resource::new(service, &path) };
        let reply =
            self.send(method, resource, Some(RequestBody::json(body.to_string())), Retry::NonIdempotent).await?;
        let document: Value = reply.json()?;
        if let Order::Ec2Credential { secret, .. } = order {
            self.s3.keep(Some(S3Keys { access: name.to_owned(), secret: secret.clone() }));
        }
        let told = document.pointer(id_at).and_then(Value::as_str).map(last_segment);
        let id = order.planned(name).id.or(told).filter(|id| !id.is_empty());
        let missing = || reply.invalid(id_at.trim_start_matches('/'), "the id of what was created is missing");
        Ok(Created { id: id.ok_or_else(missing)? })
    }

    async fn delete(&self, _: &Warrant, kind: Kind, id: &str) -> Result<(), Error> {
        match (kind, id.split_once('/')) {
            (Kind::RouterInterface, Some((router, subnet))) => {
                return self.put_router(router, Some("remove_router_interface"), json!({"subnet_id": subnet})).await;
            }
            (Kind::Bucket, _) => return self.delete_bucket(id).await,
            (Kind::Router, _) => self.empty_router(id).await?,
            (Kind::Server, _) if self.is_kept(id).await? => return self.force_delete(id).await,
            _ => {}
        }
        let Collection { service, path, .. } = collection(kind)?;
        let path = [path, id];
        let resource = with_nova_version(Resource::new(service, &path));
        let deleted = self.send(Method::DELETE, resource, None, Retry::Idempotent).await.map(drop);
        if kind == Kind::Ec2Credential {
            // They may be those that S3 was asked with.
            self.s3.keep(None);
        }
        deleted
    }

    async fn look(&self, kind: Kind, id: &str) -> Result<Option<ResourceStatus>, Error> {
        if let (Kind::RouterInterface, Some((router, subnet))) = (kind, id.split_once('/')) {
            let is_there = self.ports_of(router).await?.iter().any(|port| has_address_of(port, subnet));
            return Ok(is_there.then(|| resource_status(kind, String::new())));
        }
        if kind == Kind::Bucket {
            return Ok(self.has_bucket(id).await?.then(|| resource_status(kind, String::new())));
        }
        if kind == Kind::Ec2Credential {
            return Ok(self.has_credential(id).await?.then(|| resource_status(kind, String::new())));
        }
        let Collection { service, path, .. } = collection(kind)?;
        let found: Result<Value, Error> =
            self.reader.get_json(with_nova_version(Resource::new(service, &[path, id]))).await;
        match found {
            Err(Error { kind: ErrorKind::NotFound, .. }) => Ok(None),
            other => other.map(|document| status(&document)).map(|status| gone_or_not(kind, status)),
        }
    }

    async fn list(&self, kind: Kind, name: Option<&str>) -> Result<Vec<Leftover>, Error> {
        match kind {
            Kind::Bucket => self.buckets().await,
            Kind::Ec2Credential => self.credentials().await,
            _ => self.reader.leftovers(kind, name).await,
        }
    }
}

/// The status of a server that was deleted, but is kept.
const KEPT: &str = "soft_deleted";

fn with_nova_version(resource: Resource<'_>) -> Resource<'_> {
    let microversion = (resource.service == Service::Compute).then_some(NOVA);
    Resource { microversion, ..resource }
}

/// Returns the status of a resource, or nothing if it is gone: services that keep a record of what they deleted show it
/// for a while.
fn gone_or_not(kind: Kind, status: String) -> Option<ResourceStatus> {
    let deleted = matches!(kind, Kind::Image | Kind::Server) && status.eq_ignore_ascii_case("deleted");
    (!deleted).then(|| resource_status(kind, status))
}

/// Returns the status, and whether the service is still working on it or has to be asked again. Nova does not say so in
/// the status, unless it keeps the server for a while; Cinder takes back the status if it cannot delete a volume.
fn resource_status(kind: Kind, status: String) -> ResourceStatus {
    let said = status.to_lowercase();
    let gave_up = said.contains("error") || said == KEPT;
    ResourceStatus { is_leaving: !gave_up && (kind == Kind::Server || said.contains("delet")), status }
}

/// Returns the status in a document about one resource, which stands in it alone or under its kind.
fn status(document: &Value) -> String {
    let inner = document.as_object().filter(|map| map.len() == 1).and_then(|map| map.values().next());
    let status = inner.unwrap_or(document).get("status").or_else(|| document.get("status"));
    status.and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn has_address_of(port: &Item, subnet: &str) -> bool {
    let addresses = port.get("fixed_ips").and_then(Value::as_array);
    addresses.is_some_and(|all| all.iter().any(|one| one.get("subnet_id").and_then(Value::as_str) == Some(subnet)))
}

/// Returns the last segment of an id, as Barbican's ids are addresses.
fn last_segment(id: &str) -> String {
    id.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned()
}
