//! scs-0101: boots a server that looks at its own random numbers, and reads what it prints on its console.

use super::super::guest;
use super::choice::ServerChoice;
use super::context::{ExperimentContext, Wait, WaitState, text};
use super::quota::{Demand, Quota};
use crate::openstack::{Error, ErrorKind, Order, Reader, Resource, Service};
use scs_checks::facts::{CpuInstructions, EntropyPool, RandomBlocks};
use scs_checks::verdict::{Reason, ReasonCode};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// The addresses of its network. Nothing is routed there, unless an external network was named.
const ADDRESSES: &str = "10.1.0.0/24";

/// The sections of the server's own report, each with its value or the reason why it has none.
pub(super) struct Guest {
    pub entropy_pool: Result<EntropyPool, Reason>,
    pub random_blocks: Result<RandomBlocks, Reason>,
    pub cpu_instructions: Result<CpuInstructions, Reason>,
}

/// Returns the quotas that it takes. Besides the server's port Neutron may make one for DHCP, and one where a router is.
pub(super) fn demand(choice: &ServerChoice, routed: bool) -> Demand {
    let routed = u64::from(routed);
    Demand::from([
        (Quota::Servers, 1),
        (Quota::Cores, choice.flavor.vcpus),
        (Quota::Memory, choice.flavor.ram),
        (Quota::Volumes, 1),
        (Quota::Gigabytes, choice.gib),
        (Quota::Networks, 1),
        (Quota::Subnets, 1),
        (Quota::Ports, 2 + routed),
        (Quota::Routers, routed),
    ])
}

/// Boots the server and listens.
pub(super) async fn test_server(
    context: &ExperimentContext<'_>,
    choice: &ServerChoice,
    external_network: Option<&str>,
) -> Result<Guest, Error> {
    let (port, (volume, zone)) = tokio::try_join!(plugged(context, external_network), boot_volume(context, choice))?;
    let nonce = guest::Nonce::random();
    let user_data = guest::user_data(&nonce);
    let order = Order::Server { flavor: choice.flavor.id.clone(), volume, port, zone, user_data };
    let server = context.ledger.create("server", &order).await?.id;
    let path = ["servers", &server];
    let resource = Resource { microversion: Some("2.61"), ..Resource::new(Service::Compute, &path) };
    let fault = |item: &_| text(item, &["fault", "message"]);
    context
        .status("the test server", resource, "server", "ACTIVE", fault)
        .await?
        .done("the test server does not start")?;
    let console = heard(context, &server, &nonce).await?;
    let code = if console.of_another_run { ReasonCode::Inconclusive } else { ReasonCode::InvalidAnswer };
    let unreadable = |error: guest::AnswerError| Reason::new(code, error.to_string());
    Ok(Guest {
        entropy_pool: console.entropy_pool().map_err(unreadable),
        random_blocks: console.random_blocks().map_err(unreadable),
        cpu_instructions: console.cpu_instructions().map_err(unreadable),
    })
}

/// Creates a port of a network of its own, and returns its id.
async fn plugged(context: &ExperimentContext<'_>, external: Option<&str>) -> Result<String, Error> {
    let network = context.ledger.create("network", &Order::Network).await?.id;
    let subnet = Order::Subnet { network: network.clone(), cidr: ADDRESSES };
    let subnet = context.ledger.create("subnet", &subnet).await?.id;
    if let Some(name) = external {
        let external = external_network(&context.reader, name).await?;
        let router = context.ledger.create("router", &Order::Router { external }).await?.id;
        context.ledger.create("router-interface", &Order::RouterInterface { router, subnet: subnet.clone() }).await?;
    }
    Ok(context.ledger.create("port", &Order::Port { network, subnet }).await?.id)
}

/// Returns the id of an external network of this name or id.
///
/// # Errors
/// [`ErrorKind::Unusable`] if the project sees none, and those of the list.
pub(crate) async fn external_network(reader: &Reader, name: &str) -> Result<String, Error> {
    let query = [("router:external", "true")];
    let resource = Resource { query: &query, ..Resource::new(Service::Network, &["networks"]) };
    let networks = reader.list(resource, "networks").await?;
    let fits = |key: &str, network: &&_| text(network, &[key]).as_deref() == Some(name);
    let found =
        networks.iter().find(|network| fits("id", network)).or_else(|| networks.iter().find(|n| fits("name", n)));
    let id = found.and_then(|network| text(network, &["id"]));
    id.ok_or_else(|| {
        let names: Vec<String> = networks.iter().filter_map(|network| text(network, &["name"])).collect();
        let known = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        Error::new(ErrorKind::Unusable, format!("there is no external network {name}; the project sees: {known}"))
    })
}

/// Creates a volume with the image, and returns its id, and the zone that its server has to be in.
async fn boot_volume(
    context: &ExperimentContext<'_>,
    choice: &ServerChoice,
) -> Result<(String, Option<String>), Error> {
    let order = Order::Volume { gib: choice.gib, image: Some(choice.image.id.clone()), zone: None };
    let volume = context.ledger.create("boot-volume", &order).await?.id;
    let what = format!("the boot volume from image {}", choice.image.name);
    let made = context.volume(&what, &volume).await?.done("the boot volume cannot be made")?;
    let zone = match text(&made, &["availability_zone"]) {
        Some(zone) => of_several(&context.reader, zone).await,
        None => None,
    };
    Ok((volume, zone))
}

/// Returns the zone of a volume if it is one of several in which Nova starts servers: where volumes are not attached across zones,
/// a server in any other one does not start. Nova chooses by itself where its zones cannot be read.
async fn of_several(reader: &Reader, zone: String) -> Option<String> {
    let resource = Resource::new(Service::Compute, &["os-availability-zone"]);
    let zones = reader.list(resource, "availabilityZoneInfo").await.ok()?;
    let names: BTreeSet<String> = zones.iter().filter_map(|zone| text(zone, &["zoneName"])).collect();
    (names.len() > 1 && names.contains(&zone)).then_some(zone)
}

/// Waits for everything that the server prints, once it says that this was all. It says everything several times; where
/// a line is garbled the next copy is waited for, and so is the own output where a console shows that of another run.
async fn heard(context: &ExperimentContext<'_>, server: &str, nonce: &guest::Nonce) -> Result<guest::Console, Error> {
    let mut finished_at = None;
    let mut foreign = None;
    let heard = context.wait("what the test server prints", async || {
        let output = match context.reader.console(server).await {
            Ok(output) => output,
            // Nova has no console for a server whose host has only just begun with it.
            Err(error) if error.kind == ErrorKind::UnexpectedStatus(409) => {
                return Ok(WaitState::Pending(error.to_string()));
            }
            Err(error) => return Err(error),
        };
        let console = guest::read(&output, nonce);
        foreign = Some(&console).filter(|console| console.of_another_run).cloned();
        Ok(match (&console.failed, console.finished) {
            (_, true) if is_clear(&console) || finished_at.get_or_insert_with(Instant::now).elapsed() > COPIES => {
                WaitState::Done(console)
            }
            (Some(why), false) => WaitState::Broken(why.clone()),
            _ if console.of_another_run => WaitState::Pending(guest::OF_ANOTHER_RUN.to_owned()),
            _ => WaitState::Pending(format!("{} characters on its console", output.len())),
        })
    });
    match (heard.await?, foreign) {
        (Wait::TooLate(_), Some(console)) => Ok(console),
        (heard, _) => heard.done("the test server printed no complete results"),
    }
}

/// The time within which all copies are printed.
const COPIES: Duration = Duration::from_secs(20);

fn is_clear(console: &guest::Console) -> bool {
    console.entropy_pool().is_ok() && console.random_blocks().is_ok() && console.cpu_instructions().is_ok()
}
