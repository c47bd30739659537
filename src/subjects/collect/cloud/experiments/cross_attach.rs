//! scs-0121: starts a server in one availability zone, and tries to attach a volume of another.
//!
//! A volume of the server's own zone is attached first: where that fails, a refusal of the other one says nothing about zones.

use super::choice::ServerChoice;
use super::context::{ExperimentContext, WaitState, is_about, text};
use super::quota::{Demand, Quota};
use crate::ledger::Kind;
use crate::openstack::{Error, ErrorKind, Item, Order, Resource, Service};
use scs_checks::facts::{AttachOutcome, ComputeZones, CrossAttach, StorageZones, Zone, zone_names};
use serde_json::Value;

/// The smallest volume there is, in GiB.
const SIZE: u64 = 1;

/// Two availability zones.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct ZonePair {
    /// The zone of the server; storage has one of that name.
    pub server: String,
    /// The zone of the volume that is to be refused.
    pub volume: String,
}

impl ZonePair {
    /// Chooses them by name: the first zone that both services have, and the first other one of storage. None if there are no
    /// such zones that can be used.
    pub fn choose(compute: &ComputeZones, storage: &StorageZones) -> Option<Self> {
        let usable = |zones: &[Zone]| zones.iter().filter(|zone| zone.available).cloned().collect::<Vec<_>>();
        let (compute, storage) = (usable(&compute.0), usable(&storage.0));
        let (compute, storage) = (zone_names(&compute), zone_names(&storage));
        let server = *compute.intersection(&storage).next()?;
        let volume = *storage.iter().find(|name| **name != server)?;
        Some(Self { server: server.to_owned(), volume: volume.to_owned() })
    }
}

/// Returns the quotas that it takes: a server with its boot volume, and two volumes to attach.
pub(super) fn demand(choice: &ServerChoice) -> Demand {
    Demand::from([
        (Quota::Servers, 1),
        (Quota::Cores, choice.flavor.vcpus),
        (Quota::Memory, choice.flavor.ram),
        (Quota::Volumes, 3),
        (Quota::Gigabytes, choice.gib.saturating_add(2 * SIZE)),
    ])
}

/// Tries it. Only what Nova or the volume shows is a fact; what could not be tried is an error.
pub(super) async fn cross_attach(
    context: &ExperimentContext<'_>,
    choice: &ServerChoice,
    zones: &ZonePair,
) -> Result<CrossAttach, Error> {
    let image = Some(choice.image.id.as_str());
    let (boot, near, far) = tokio::try_join!(
        volume(context, "zone-boot-volume", choice.gib, image, &zones.server),
        volume(context, "near-volume", SIZE, None, &zones.server),
        volume(context, "far-volume", SIZE, None, &zones.volume),
    )?;
    let server = server(context, choice, zones, boot, [&near, &far]).await?;
    if let AttachOutcome::Refused(how) = attach(context, &server, &near).await? {
        let what = format!("not even a volume of the server's own zone can be attached to it: {how}");
        return Err(Error::new(ErrorKind::Failed, what));
    }
    let outcome = attach(context, &server, &far).await?;
    Ok(CrossAttach { server_zone: zones.server.clone(), volume_zone: zones.volume.clone(), outcome })
}

/// Makes a volume in a zone, and returns its id.
async fn volume(
    context: &ExperimentContext<'_>,
    label: &str,
    gib: u64,
    image: Option<&str>,
    zone: &str,
) -> Result<String, Error> {
    let order = Order::Volume { gib, image: image.map(str::to_owned), zone: Some(zone.to_owned()) };
    let id = context.ledger.create(label, &order).await?.id;
    let what = format!("a volume in zone {zone}");
    let volume = context.volume(&what, &id).await?.done(&format!("{what} cannot be made"))?;
    is_in(&volume, "availability_zone", zone)?;
    Ok(id)
}

/// Starts a server in its zone without a network, to which the volumes will be attached, and returns its id.
async fn server(
    context: &ExperimentContext<'_>,
    choice: &ServerChoice,
    zones: &ZonePair,
    boot: String,
    others: [&String; 2],
) -> Result<String, Error> {
    let order = Order::ZonedServer {
        flavor: choice.flavor.id.clone(),
        volume: boot,
        zone: zones.server.clone(),
        others: others.map(Clone::clone).to_vec(),
    };
    let id = context.ledger.create("zone-server", &order).await?.id;
    let path = ["servers", &id];
    let resource = Resource { microversion: Some("2.61"), ..Resource::new(Service::Compute, &path) };
    let fault = |item: &_| text(item, &["fault", "message"]);
    let what = format!("a server in zone {}", zones.server);
    let server = context.status(&what, resource, "server", "ACTIVE", fault).await?;
    is_in(&server.done(&format!("{what} does not start"))?, "OS-EXT-AZ:availability_zone", &zones.server)?;
    Ok(id)
}

/// Refuses what stands in another zone than it was asked for: services may fall back on a zone of their own choice.
fn is_in(item: &Item, key: &str, zone: &str) -> Result<(), Error> {
    let found = text(item, &[key]).unwrap_or_default();
    if found == zone {
        return Ok(());
    }
    let what = format!(
        "zone {zone} was asked for, and the service chose {found:?}, so nothing shows what happens across zones"
    );
    Err(Error::new(ErrorKind::Failed, what))
}

/// Attaches a volume to the server.
async fn attach(context: &ExperimentContext<'_>, server: &str, volume: &str) -> Result<AttachOutcome, Error> {
    let attach =
        context.ledger.with(Kind::Server, server, async |writer, warrant| writer.attach(warrant, server, volume).await);
    match attach.await {
        // Nova says so where the zones differ. Everything else is no answer to this question.
        Err(error) if error.kind == ErrorKind::UnexpectedStatus(400) => {
            return Ok(AttachOutcome::Refused(error.to_string()));
        }
        other => other?,
    }
    let path = ["volumes", volume];
    let attached = context.wait("the attachment of a volume", async || {
        let document: Item = context.reader.get_json(Resource::new(Service::BlockStorage, &path)).await?;
        let volume_of = document.get("volume").and_then(Value::as_object).cloned().unwrap_or_default();
        is_about(&volume_of, volume)?;
        let status = text(&volume_of, &["status"]).unwrap_or_default();
        Ok(match status.as_str() {
            "in-use" => WaitState::Done(AttachOutcome::Attached),
            "available" => {
                let what = "Nova took the request, but the volume is not attached";
                WaitState::Done(AttachOutcome::Refused(what.to_owned()))
            }
            status if status.contains("error") => WaitState::Broken(format!("the volume's status is {status}")),
            status => WaitState::Pending(format!("status {status}")),
        })
    });
    attached.await?.done("the volume is neither attached nor free")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn zones(names: &[&str]) -> Vec<Zone> {
        // Names in capitals are of zones that cannot be used.
        let zone = |name: &&str| Zone { name: name.to_lowercase(), available: **name == name.to_lowercase() };
        names.iter().map(zone).collect()
    }

    #[rstest]
    #[case(&["a", "b"], &["b", "a"], Some(("a", "b")))]
    #[case(&["nova"], &["ceph", "nova"], Some(("nova", "ceph")))]
    #[case(&["a", "b"], &["A", "b", "c"], Some(("b", "c")))]
    #[case::compute_has_another(&["nova"], &["a", "b"], None)]
    #[case::one_of_storage(&["a", "b"], &["a"], None)]
    #[case::one_that_can_be_used(&["a", "b"], &["a", "B"], None)]
    fn the_pair_is_of_one_zone_that_both_have_and_another(
        #[case] compute: &[&str],
        #[case] storage: &[&str],
        #[case] expected: Option<(&str, &str)>,
    ) {
        let pair = ZonePair::choose(&ComputeZones(zones(compute)), &StorageZones(zones(storage)));
        let expected = expected.map(|(server, volume)| ZonePair { server: server.into(), volume: volume.into() });
        assert_eq!(pair, expected);
    }
}
