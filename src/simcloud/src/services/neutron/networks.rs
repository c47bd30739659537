//! Neutron's networks and subnets.

use super::addresses::Cidr;
use super::errors::error;
use super::resources::{ApiRequest, forbidden, not_found, over_quota, wire};
use super::{groups, ports, quotas};
use crate::http::Reply;
use crate::state::{Net, Port, Subnet};
use crate::world::World;
use hyper::Method;
use serde_json::{Value, json};

/// The ports that go with their network without a word.
const AUTOMATIC: [&str; 2] = ["network:dhcp", "network:distributed"];

/// Requests below `/networks`; nothing where there is no route.
pub(super) fn networks(world: &mut World, asked: &ApiRequest, rest: &[&str]) -> Option<Reply> {
    let all = &world.state.resources.networks;
    Some(match (&asked.call.method, rest) {
        (&Method::GET, []) => {
            let seen = all.iter().filter(|network| asked.sees(network));
            let seen = seen.map(|network| network_wire(world, network)).collect();
            let own = ["router:external", "shared", "is_default", "mtu", "port_security_enabled", "subnets"];
            asked.list(world, "networks", &own, seen)
        }
        (&Method::GET, [id]) => match all.iter().find(|network| network.id == *id && asked.sees(network)) {
            Some(network) => asked.one(200, "network", network_wire(world, network)),
            None => not_found("Network", id),
        },
        (&Method::POST, []) => create_network(world, asked),
        (&Method::DELETE, [id]) => delete_network(world, asked, id),
        _ => return None,
    })
}

fn network_wire(world: &World, network: &Net) -> Value {
    let subnets = world.state.resources.subnets.iter().filter(|subnet| subnet.network_id == network.id);
    let more = json!({
        "subnets": subnets.map(|subnet| &subnet.id).collect::<Vec<_>>(), "availability_zones": [],
        "availability_zone_hints": [], "ipv4_address_scope": null, "ipv6_address_scope": null,
    });
    let mut all = wire(network, more);
    if let (false, Some(all)) = (network.external, all.as_object_mut()) {
        all.remove("is_default");
    }
    all
}

fn create_network(world: &mut World, asked: &ApiRequest) -> Reply {
    for key in ["shared", "router:external"] {
        if asked.switch(key, false) {
            return forbidden(&format!("(rule:create_network and rule:create_network:{key})"));
        }
    }
    groups::ensure_default(world, asked.project());
    if quotas::full(world, asked.project(), "network") {
        return over_quota("network");
    }
    let network = Net {
        id: world.ids.uuid(),
        name: asked.text("name"),
        project_id: asked.project().to_owned(),
        description: asked.text("description"),
        admin_state_up: asked.switch("admin_state_up", true),
        port_security_enabled: asked.switch("port_security_enabled", true),
        ..Net::default()
    };
    let reply = asked.one(201, "network", network_wire(world, &network));
    world.state.resources.networks.push(network);
    reply
}

fn automatic(port: &Port) -> bool {
    AUTOMATIC.contains(&port.device_owner.as_str())
}

fn delete_network(world: &mut World, asked: &ApiRequest, id: &str) -> Reply {
    let all = &mut world.state.resources;
    match all.networks.iter().find(|network| network.id == id && asked.sees(network)) {
        None => return not_found("Network", id),
        Some(network) if network.project_id != asked.project() => return forbidden("rule:delete_network"),
        Some(_) => {}
    }
    let users = all.ports.iter().filter(|port| port.network_id == id && !automatic(port));
    let users: Vec<&str> = users.map(|port| port.id.as_str()).collect();
    if !users.is_empty() {
        let message = format!(
            "Unable to complete operation on network {id}. There are one or more ports still in use on the network, id \
             for these ports is: {}.",
            users.join(",")
        );
        return error(409, "NetworkInUse", &message);
    }
    all.ports.retain(|port| port.network_id != id);
    all.subnets.retain(|subnet| subnet.network_id != id);
    all.networks.retain(|network| network.id != id);
    Reply::empty(204)
}

/// Requests below `/subnets`; nothing where there is no route.
pub(super) fn subnets(world: &mut World, asked: &ApiRequest, rest: &[&str]) -> Option<Reply> {
    let seen = |subnet: &&Subnet| {
        let shared = |network: &Net| network.id == subnet.network_id && network.shared;
        subnet.project_id == asked.project() || world.state.resources.networks.iter().any(shared)
    };
    let all = &world.state.resources.subnets;
    Some(match (&asked.call.method, rest) {
        (&Method::GET, []) => {
            let own = ["network_id", "ip_version", "cidr", "gateway_ip", "enable_dhcp", "subnetpool_id"];
            asked.list(world, "subnets", &own, all.iter().filter(seen).map(subnet_wire).collect())
        }
        (&Method::GET, [id]) => match all.iter().filter(seen).find(|subnet| subnet.id == *id) {
            Some(subnet) => asked.one(200, "subnet", subnet_wire(subnet)),
            None => not_found("Subnet", id),
        },
        (&Method::POST, []) => create_subnet(world, asked).unwrap_or_else(|reply| reply),
        (&Method::DELETE, [id]) => delete_subnet(world, asked, id),
        _ => return None,
    })
}

fn subnet_wire(subnet: &Subnet) -> Value {
    let cidr = Cidr::parse(&subnet.cidr);
    let start = cidr.and_then(|cidr| cidr.nth(2)).unwrap_or_default();
    let end = cidr.and_then(Cidr::last).unwrap_or_default();
    let more = json!({
        "allocation_pools": [{"start": start, "end": end}], "host_routes": [], "ipv6_address_mode": null,
        "ipv6_ra_mode": null, "segment_id": null, "service_types": [], "subnetpool_id": null,
        "dns_publish_fixed_ip": false, "router:external": false,
    });
    wire(subnet, more)
}

fn create_subnet(world: &mut World, asked: &ApiRequest) -> Result<Reply, Reply> {
    let network = asked.text("network_id");
    let known = world.state.resources.networks.iter().find(|known| known.id == network && asked.sees(known));
    match known {
        None => return Err(not_found("Network", &network)),
        Some(known) if known.project_id != asked.project() => return Err(forbidden("rule:create_subnet")),
        Some(_) => {}
    }
    let text = asked.text("cidr");
    let Some(cidr) = Cidr::parse(&text) else {
        let message = format!("Invalid input for cidr. Reason: '{text}' is not a valid IP subnet.");
        return Err(error(400, "HTTPBadRequest", &message));
    };
    if asked.wanted["ip_version"].as_u64() != Some(u64::from(cidr.version())) {
        let message = format!("Invalid input for operation: cidr '{text}' does not match the ip_version.");
        return Err(error(400, "InvalidInput", &message));
    }
    no_overlap(world, &network, &text, cidr)?;
    if quotas::full(world, asked.project(), "subnet") {
        return Err(over_quota("subnet"));
    }
    let gateway_ip = match asked.wanted.get("gateway_ip") {
        None => cidr.nth(1),
        Some(given) => given.as_str().map(str::to_owned),
    };
    let servers = asked.wanted["dns_nameservers"].as_array().into_iter().flatten();
    let subnet = Subnet {
        id: world.ids.uuid(),
        name: asked.text("name"),
        project_id: asked.project().to_owned(),
        description: asked.text("description"),
        network_id: network,
        ip_version: cidr.version(),
        cidr: text,
        gateway_ip,
        enable_dhcp: asked.switch("enable_dhcp", true),
        dns_nameservers: servers.filter_map(|server| server.as_str().map(str::to_owned)).collect(),
        ..Subnet::default()
    };
    let reply = asked.one(201, "subnet", subnet_wire(&subnet));
    world.state.resources.subnets.push(subnet.clone());
    ports::serve_dhcp(world, &subnet);
    Ok(reply)
}

fn no_overlap(world: &World, network: &str, text: &str, cidr: Cidr) -> Result<(), Reply> {
    let mut others = world.state.resources.subnets.iter().filter(|subnet| subnet.network_id == network);
    match others.any(|subnet| Cidr::parse(&subnet.cidr).is_some_and(|other| other.overlaps(cidr))) {
        false => Ok(()),
        true => {
            let message = format!(
                "Invalid input for operation: Requested subnet with cidr: {text} for network: {network} overlaps with \
                 another subnet."
            );
            Err(error(400, "InvalidInput", &message))
        }
    }
}

fn delete_subnet(world: &mut World, asked: &ApiRequest, id: &str) -> Reply {
    let all = &mut world.state.resources;
    if !all.subnets.iter().any(|subnet| subnet.id == id && subnet.project_id == asked.project()) {
        return not_found("Subnet", id);
    }
    let here = |port: &Port| port.fixed_ips.iter().any(|fixed| fixed.subnet_id == id);
    if all.ports.iter().any(|port| here(port) && !automatic(port)) {
        let message = format!(
            "Unable to complete operation on subnet {id}: One or more ports have an IP allocation from this subnet."
        );
        return error(409, "SubnetInUse", &message);
    }
    for port in &mut all.ports {
        port.fixed_ips.retain(|fixed| fixed.subnet_id != id);
    }
    all.ports.retain(|port| !(automatic(port) && port.fixed_ips.is_empty()));
    all.subnets.retain(|subnet| subnet.id != id);
    Reply::empty(204)
}
