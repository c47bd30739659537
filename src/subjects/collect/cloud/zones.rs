//! Observes the availability zones that each service lists.

use super::convert;
use super::list::list;
use crate::collect::observe::Observed;
use crate::openstack::{Reader, Service};
use scs_checks::facts::{ComputeZones, LoadBalancerZones, NetworkZones, Slot, StorageZones};

/// Reads the zones in which Nova starts servers.
pub(super) async fn compute(reader: Reader) -> Observed<ComputeZones> {
    list(reader.zones(Service::Compute, convert::zone).await?, |kept| convert::all(kept).map(ComputeZones))
}

/// Reads the zones in which Cinder keeps volumes.
pub(super) async fn storage(reader: Reader) -> Observed<StorageZones> {
    list(reader.zones(Service::BlockStorage, convert::zone).await?, |kept| convert::all(kept).map(StorageZones))
}

/// Reads the zones of Neutron's agents.
pub(super) async fn network(reader: Reader) -> Observed<NetworkZones> {
    match reader.network_zones(convert::network_zone).await? {
        Some(kept) => list(kept, |kept| convert::all(kept).map(NetworkZones)),
        None => Ok((Slot::Absent("this Neutron has no availability zones".to_owned()), None)),
    }
}

/// Reads the zones in which Octavia makes load balancers.
pub(super) async fn load_balancer(reader: Reader) -> Observed<LoadBalancerZones> {
    match reader.load_balancer_zones(convert::load_balancer_zone).await? {
        Some(kept) => list(kept, |kept| convert::all(kept).map(LoadBalancerZones)),
        None => Ok((Slot::Absent("this Octavia has no availability zones".to_owned()), None)),
    }
}
