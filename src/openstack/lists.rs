//! The lists the checks need, each with the fewest requests that give all of it.

use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde_json::Value;

use super::catalog::Service;
use super::error::{Error, ErrorKind};
use super::reader::{Item, Reader, Resource};

/// Since this microversion Nova tells extra specs with the flavors, to everyone.
const NOVA_WITH_EXTRA_SPECS: &str = "2.61";

impl Reader {
    /// What is to be kept of all images the user sees. Glance leaves out hidden ones, and other projects' community
    /// images.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub async fn images<T>(&self, keep: &dyn Fn(Item) -> T) -> Result<Vec<T>, Error> {
        // Glance gives 25 images a page unless asked, and never more than 1000.
        let query = [("limit", "1000")];
        let resource = Resource { query: &query, ..Resource::new(Service::Image, &["images"]) };
        self.list_of(resource, "images", keep).await
    }

    /// What is to be kept of all flavors the user sees, each with its `extra_specs`. A Nova that does not know the
    /// microversion is asked for them flavor by flavor.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub async fn flavors<T>(&self, keep: &dyn Fn(Item) -> T) -> Result<Vec<T>, Error> {
        let plain = Resource::new(Service::Compute, &["flavors", "detail"]);
        let modern = Resource { microversion: Some(NOVA_WITH_EXTRA_SPECS), ..plain };
        let complete = |flavor: Item| if has_extra_specs(&flavor) { Ok(keep(flavor)) } else { Err(flavor) };
        let flavors = match self.list_of(modern, "flavors", &complete).await {
            Err(Error { kind: ErrorKind::UnexpectedStatus(406), .. }) => {
                self.list_of(plain, "flavors", &complete).await?
            }
            other => other?,
        };
        // Errors end the stream; the order stays that of the list.
        let completed = stream::iter(flavors.into_iter().map(async |flavor| match flavor {
            Ok(kept) => Ok(kept),
            Err(incomplete) => self.with_extra_specs(incomplete).await.map(keep),
        }));
        let width = self.session.http.limits.concurrent_per_service.max(1);
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

    /// All volume types the user sees.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub async fn volume_types(&self) -> Result<Vec<Item>, Error> {
        self.list(Resource::new(Service::BlockStorage, &["types"]), "volume_types").await
    }

    /// The rules new security groups begin with; `None` if this Neutron has no such API.
    ///
    /// # Errors
    /// See [`ErrorKind`]. A network service that is absent is an error, not `None`.
    pub async fn default_security_group_rules(&self) -> Result<Option<Vec<Item>>, Error> {
        let resource = Resource::new(Service::Network, &["default-security-group-rules"]);
        match self.list(resource, "default_security_group_rules").await {
            Err(Error { kind: ErrorKind::NotFound, .. }) => Ok(None),
            other => other.map(Some),
        }
    }
}

fn has_extra_specs(flavor: &Item) -> bool {
    flavor.get("extra_specs").is_some_and(Value::is_object)
}
