//! The address of each kind of resource, and the lists of all that a project has of a kind.

use super::catalog::Service;
use super::error::{Error, ErrorKind};
use super::reader::{Item, Reader, Resource};
use crate::ledger::{Kind, Leftover};
use chrono::{DateTime, NaiveDateTime, Utc};
use serde_json::Value;

/// The address of a kind of resource.
pub(super) struct Collection {
    pub service: Service,
    /// The collection, below which each one stands by its id.
    pub path: &'static str,
    /// The path behind it of the list that includes names.
    detail: Option<&'static str>,
    /// Under which key the list stands.
    key: &'static str,
}

/// Returns the collection of a kind.
///
/// # Errors
/// `NotFound` for what only clusters have.
pub(super) fn collection(kind: Kind) -> Result<Collection, Error> {
    let (service, path, detail, key) = match kind {
        Kind::Server => (Service::Compute, "servers", Some("detail"), "servers"),
        Kind::Keypair => (Service::Compute, "os-keypairs", None, "keypairs"),
        Kind::Snapshot => (Service::BlockStorage, "snapshots", Some("detail"), "snapshots"),
        Kind::Backup => (Service::BlockStorage, "backups", Some("detail"), "backups"),
        Kind::Volume => (Service::BlockStorage, "volumes", Some("detail"), "volumes"),
        Kind::FloatingIp => (Service::Network, "floatingips", None, "floatingips"),
        // An interface is a port, but it is removed by its router.
        Kind::RouterInterface | Kind::Port => (Service::Network, "ports", None, "ports"),
        Kind::Router => (Service::Network, "routers", None, "routers"),
        Kind::Subnet => (Service::Network, "subnets", None, "subnets"),
        Kind::Network => (Service::Network, "networks", None, "networks"),
        Kind::SecurityGroup => (Service::Network, "security-groups", None, "security_groups"),
        Kind::Image => (Service::Image, "images", None, "images"),
        Kind::Secret => (Service::KeyManager, "secrets", None, "secrets"),
        Kind::Ec2Credential => (Service::Identity, "credentials", None, "credentials"),
        Kind::Bucket => {
            return Err(Error::new(ErrorKind::NotFound, "buckets are in S3, which has addresses of its own"));
        }
        Kind::User | Kind::Group | Kind::Project | Kind::Role | Kind::TempestResources => {
            return Err(Error::new(ErrorKind::NotFound, format!("no project of a cloud has a {kind}")));
        }
        Kind::Pod
        | Kind::Claim
        | Kind::NetworkPolicy
        | Kind::Namespace
        | Kind::PersistentVolume
        | Kind::TestNamespaces
        | Kind::ClusterRoleBinding
        | Kind::ClusterRole => {
            return Err(Error::new(ErrorKind::NotFound, format!("no cloud has a {kind}")));
        }
    };
    Ok(Collection { service, path, detail, key })
}

impl Reader {
    /// Lists all resources of a kind that the project has; only those with this name, as far as the service can choose.
    ///
    /// # Errors
    /// See [`super::ErrorKind`].
    pub(crate) async fn leftovers(&self, kind: Kind, name: Option<&str>) -> Result<Vec<Leftover>, Error> {
        let Collection { service, path, detail, key } = collection(kind)?;
        let path: Vec<&str> = [path].into_iter().chain(detail).collect();
        let project = self.session().login().project.id.clone();
        let mut query: Vec<(&str, &str)> = match kind {
            // Networks, and what stands in them, may be other projects' and shared with this one.
            Kind::Router | Kind::Port | Kind::Subnet | Kind::Network | Kind::SecurityGroup | Kind::FloatingIp => {
                vec![("project_id", &project)]
            }
            // Glance makes images shared unless it is told otherwise, so the visibility says nothing.
            Kind::Image => vec![("owner", &project), ("limit", "1000")],
            Kind::Secret => vec![("limit", "100")],
            _ => vec![],
        };
        let by_name = !matches!(kind, Kind::Keypair | Kind::FloatingIp | Kind::RouterInterface);
        query.extend(name.filter(|_| by_name).map(|name| ("name", name)));
        let resource = Resource { query: &query, ..Resource::new(service, &path) };
        let items = self.list(resource, key).await?;
        Ok(items
            .iter()
            .filter(|item| kind != Kind::Image || is_of(item, &project))
            .filter_map(|item| leftover(kind, item))
            .collect())
    }
}

/// Returns true if the image belongs to the project: Glance also lists what others share with it.
fn is_of(image: &Item, project: &str) -> bool {
    image.get("owner").and_then(Value::as_str).is_none_or(|owner| owner == project)
}

/// Reads one resource of a list; none if it has no id.
fn leftover(kind: Kind, item: &Item) -> Option<Leftover> {
    let item = item.get("keypair").and_then(Value::as_object).unwrap_or(item);
    let text = |key: &str| item.get(key).and_then(Value::as_str);
    let reference = text("secret_ref").and_then(|reference| reference.trim_end_matches('/').rsplit('/').next());
    let name = text("name").or_else(|| text("description")).unwrap_or_default().to_owned();
    // A pair of keys is known by its name.
    let id = text("id").or(reference).or(text("name"))?.to_owned();
    let created_at = text("created_at").or(text("created")).and_then(instant);
    Some(Leftover { kind, id, name, created_at })
}

/// Parses an instant. Cinder, Nova and Barbican leave out the time zone now and then; it is always UTC.
fn instant(text: &str) -> Option<DateTime<Utc>> {
    let zoned = text.parse::<DateTime<Utc>>().ok();
    zoned.or_else(|| Some(text.parse::<NaiveDateTime>().ok()?.and_utc()))
}
