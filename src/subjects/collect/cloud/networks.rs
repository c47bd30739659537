//! Observes what the provider offers of networks, pools of addresses and quotas.

use super::{convert, list};
use crate::collect::observe::Observed;
use crate::openstack::{Error, ErrorKind, Item, Reader, Resource, Service};
use scs_checks::facts::{NetworkQuotas, ProviderNetworks, Slot, SubnetPools};
use serde_json::Value;

/// Reads the networks of the provider.
pub(super) async fn provider_networks(reader: Reader) -> Observed<ProviderNetworks> {
    let networks = Resource::new(Service::Network, &["networks"]);
    let kept = reader.list_of(networks, "networks", convert::provider_network).await?;
    list(kept, |kept| convert::all(kept).map(ProviderNetworks))
}

/// Reads the pools of addresses.
pub(super) async fn subnet_pools(reader: Reader) -> Observed<SubnetPools> {
    let pools = Resource::new(Service::Network, &["subnetpools"]);
    let kept = reader.list_of(pools, "subnetpools", convert::subnet_pool).await?;
    list(kept, |kept| convert::all(kept).map(SubnetPools))
}

/// Reads the quotas of the project.
pub(super) async fn network_quotas(reader: Reader) -> Observed<NetworkQuotas> {
    let project = reader.session().login().project.id.clone();
    let document: Item = reader.get_json(Resource::new(Service::Network, &["quotas", &project])).await?;
    let limit = document.get("quota").and_then(|quota| quota.get("floatingip")).and_then(Value::as_i64);
    match limit {
        Some(floating_ips) => Ok((Slot::Known(NetworkQuotas { floating_ips }), None)),
        None => {
            let kind = ErrorKind::InvalidAnswer { path: "quota.floatingip".to_owned() };
            Err(Error::new(
                kind,
                "the quotas of Neutron do not say how many floating IP addresses the project may have",
            ))
        }
    }
}
