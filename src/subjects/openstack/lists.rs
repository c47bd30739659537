//! The lists the checks need, each with the fewest requests that give all of it.

use super::catalog::Service;
use super::error::{Error, ErrorKind};
use super::reader::{Item, Keep, Keepable, Reader, Resource};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde_json::Value;

/// Since this microversion Nova tells extra specs with the flavors, to everyone.
const NOVA_WITH_EXTRA_SPECS: &str = "2.61";

/// The extension of Neutron (2023.2 and later) that serves the rules new security groups begin with.
const DEFAULT_RULES: &str = "security-groups-default-rules";

/// The extension of Neutron that serves availability zones.
const ZONES: &str = "availability_zone";

impl Reader {
    /// Returns the kept parts of all images the user sees. Glance leaves out hidden ones, and other projects' community
    /// images.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub async fn images<T: Keepable>(&self, keep: impl Keep<T>) -> Result<Vec<T>, Error> {
        // Glance gives 25 images a page unless asked, and never more than 1000.
        let query = [("limit", "1000")];
        let resource = Resource { query: &query, ..Resource::new(Service::Image, &["images"]) };
        self.list_of(resource, "images", keep).await
    }

    /// Returns the kept parts of all flavors the user sees, each with its `extra_specs`. A Nova that does not know the
    /// microversion is asked for them flavor by flavor.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub async fn flavors<T: Keepable>(&self, keep: impl Keep<T>) -> Result<Vec<T>, Error> {
        let plain = Resource::new(Service::Compute, &["flavors", "detail"]);
        let modern = Resource { microversion: Some(NOVA_WITH_EXTRA_SPECS), ..plain };
        let complete =
            move |flavor: Item| if has_extra_specs(&flavor) { Ok(keep(flavor)) } else { Err(needed_keys(flavor)) };
        let flavors = match self.list_of(modern, "flavors", complete).await {
            Err(Error { kind: ErrorKind::UnexpectedStatus(406), .. }) => {
                self.list_of(plain, "flavors", complete).await?
            }
            other => other?,
        };
        // Errors end the stream; the order stays that of the list.
        let completed = stream::iter(flavors.into_iter().map(async |flavor| match flavor {
            Ok(kept) => Ok(kept),
            Err(incomplete) => self.with_extra_specs(incomplete).await.map(keep),
        }));
        let width = self.session.http.sender.limits.concurrent_per_service.max(1);
        completed.buffered(width).try_collect().await
    }

    async fn with_extra_specs(&self, mut flavor: Item) -> Result<Item, Error> {
        let Some(id) = flavor.get("id").and_then(Value::as_str) else {
            let kind = ErrorKind::InvalidAnswer { path: "flavors.id".to_owned() };
            return Err(Error::new(kind, "a flavor without an id"));
        };
        let path = ["flavors", id, "os-extra_specs"];
        let mut answer: Item = self.get_json(Resource::new(Service::Compute, &path)).await?;
        let specs = answer.remove("extra_specs").filter(Value::is_object).ok_or_else(|| {
            let kind = ErrorKind::InvalidAnswer { path: "extra_specs".to_owned() };
            Error::new(kind, format!("no extra specs in the answer about flavor {id}"))
        })?;
        flavor.insert("extra_specs".to_owned(), specs);
        Ok(flavor)
    }

    /// Returns the kept parts of all volume types the user sees.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub async fn volume_types<T: Keepable>(&self, keep: impl Keep<T>) -> Result<Vec<T>, Error> {
        self.list_of(Resource::new(Service::BlockStorage, &["types"]), "volume_types", keep).await
    }

    /// Returns the kept parts of the availability zones of Nova or Cinder, which both tell them in the same way.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub async fn zones<T: Keepable>(&self, service: Service, keep: impl Keep<T>) -> Result<Vec<T>, Error> {
        self.list_of(Resource::new(service, &["os-availability-zone"]), "availabilityZoneInfo", keep).await
    }

    /// Returns the kept parts of the availability zones for networks and routers; `None` if this Neutron has no such API.
    ///
    /// # Errors
    /// As [`Reader::default_security_group_rules`].
    pub async fn network_zones<T: Keepable>(&self, keep: impl Keep<T>) -> Result<Option<Vec<T>>, Error> {
        let resource = Resource::new(Service::Network, &["availability_zones"]);
        self.of_extension(ZONES, self.list_of(resource, "availability_zones", keep).await).await
    }

    /// Returns the kept parts of the availability zones for load balancers; `None` for an Octavia that has no such API, as
    /// before its version 2.14.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub async fn load_balancer_zones<T: Keepable>(&self, keep: impl Keep<T>) -> Result<Option<Vec<T>>, Error> {
        let resource = Resource::new(Service::LoadBalancer, &["lbaas", "availabilityzones"]);
        match self.list_of(resource, "availability_zones", keep).await {
            Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
            other => other.map(Some),
        }
    }

    /// Returns the kept parts of the rules that new security groups begin with; `None` if this Neutron says that it has
    /// no such API.
    ///
    /// # Errors
    /// See [`ErrorKind`]. A network service that is absent is an error, not `None`; so is a 404 that Neutron's list of
    /// extensions does not explain: it may be that of a proxy.
    pub async fn default_security_group_rules<T: Keepable>(&self, keep: impl Keep<T>) -> Result<Option<Vec<T>>, Error> {
        let resource = Resource::new(Service::Network, &["default-security-group-rules"]);
        self.of_extension(DEFAULT_RULES, self.list_of(resource, "default_security_group_rules", keep).await).await
    }

    /// Returns a list that an extension of Neutron serves; `None` where it is not there, and Neutron does not list the extension.
    async fn of_extension<T>(&self, alias: &str, list: Result<Vec<T>, Error>) -> Result<Option<Vec<T>>, Error> {
        match list {
            Err(error) if error.kind == ErrorKind::NotFound => match self.has_extension(alias).await {
                Ok(false) => Ok(None),
                Ok(true) => {
                    Err(error.help("Neutron lists the extension that serves it; the provider must investigate"))
                }
                Err(why) => Err(why.help(format!("so it is not known whether this Neutron has the extension {alias}"))),
            },
            other => other.map(Some),
        }
    }

    async fn has_extension(&self, wanted: &str) -> Result<bool, Error> {
        let extensions = self.list(Resource::new(Service::Network, &["extensions"]), "extensions").await?;
        let alias = |extension: &Item| extension.get("alias").and_then(Value::as_str).map(str::to_owned);
        let aliases: Option<Vec<String>> = extensions.iter().map(alias).collect();
        let aliases = aliases.ok_or_else(|| {
            let kind = ErrorKind::InvalidAnswer { path: "extensions.alias".to_owned() };
            Error::new(kind, "Neutron's list of extensions has one without an alias")
        })?;
        Ok(aliases.iter().any(|alias| alias == wanted))
    }
}

/// Returns the keys of a flavor that are needed until its extra specs are known.
fn needed_keys(mut flavor: Item) -> Item {
    const NEEDED: [&str; 7] =
        ["id", "name", "vcpus", "ram", "disk", "OS-FLV-DISABLED:disabled", "os-flavor-access:is_public"];
    flavor.retain(|key, _| NEEDED.contains(&key.as_str()));
    flavor
}

fn has_extra_specs(flavor: &Item) -> bool {
    flavor.get("extra_specs").is_some_and(Value::is_object)
}
