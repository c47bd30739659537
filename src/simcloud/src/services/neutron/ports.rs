//! Neutron's ports: of users, of servers, of routers, of DHCP.

use super::errors::error;
use super::resources::{ApiRequest, not_found, over_quota, wire};
use super::{addresses, groups, quotas};
use crate::http::Reply;
use crate::state::{FixedIp, Port, Server, Subnet};
use crate::world::World;
use hyper::Method;
use serde_json::{Value, json};

/// Requests below `/ports`; nothing where there is no route.
pub(super) fn ports(world: &mut World, asked: &ApiRequest, rest: &[&str]) -> Option<Reply> {
    let own = |port: &&Port| !port.project_id.is_empty() && port.project_id == asked.project();
    if asked.call.is_get() {
        let ids: Vec<String> = world.state.resources.ports.iter().filter(own).map(|port| port.id.clone()).collect();
        let seen = |id: &&String| rest.first().is_none_or(|wanted| wanted == id);
        world.observe(ids.iter().filter(seen).map(String::as_str));
    }
    let all = &world.state.resources.ports;
    Some(match (&asked.call.method, rest) {
        (&Method::GET, []) => {
            let filters = ["network_id", "device_id", "device_owner", "mac_address", "fixed_ips", "security_groups"];
            asked.list(world, "ports", &filters, all.iter().filter(own).map(port_wire).collect())
        }
        (&Method::GET, [id]) => match all.iter().filter(own).find(|port| port.id == *id) {
            Some(port) => asked.one(200, "port", port_wire(port)),
            None => not_found("Port", id),
        },
        (&Method::POST, []) => create(world, asked).unwrap_or_else(|reply| reply),
        (&Method::DELETE, [id]) => delete(world, asked, id),
        _ => return None,
    })
}

fn port_wire(port: &Port) -> Value {
    let more = json!({
        "binding:vnic_type": "normal", "allowed_address_pairs": [], "extra_dhcp_opts": [],
        "port_security_enabled": !port.device_owner.starts_with("network:"), "propagate_uplink_status": true,
        "qos_policy_id": null, "qos_network_policy_id": null,
    });
    wire(port, more)
}

/// Returns a fresh hardware address.
fn mac(world: &World) -> String {
    let id = world.ids.uuid();
    let digits: Vec<&str> = (0..3).filter_map(|place| id.get(24 + 2 * place..26 + 2 * place)).collect();
    format!("fa:16:3e:{}", digits.join(":"))
}

fn create(world: &mut World, asked: &ApiRequest) -> Result<Reply, Reply> {
    let network = asked.text("network_id");
    let known = world.state.resources.networks.iter().find(|known| known.id == network);
    if !known.is_some_and(|known| asked.sees(known)) {
        return Err(not_found("Network", &network));
    }
    let default = groups::ensure_default(world, asked.project());
    let security_groups = match asked.wanted["security_groups"].as_array() {
        Some(list) => groups(world, asked, list)?,
        None => default.into_iter().collect(),
    };
    if quotas::full(world, asked.project(), "port") {
        return Err(over_quota("port"));
    }
    let fixed_ips = fixed_ips(world, asked, &network)?;
    let port = Port {
        id: world.ids.uuid(),
        name: asked.text("name"),
        project_id: asked.project().to_owned(),
        description: asked.text("description"),
        network_id: network,
        admin_state_up: asked.switch("admin_state_up", true),
        device_id: asked.text("device_id"),
        device_owner: asked.text("device_owner"),
        mac_address: mac(world),
        fixed_ips,
        security_groups,
        ..Port::default()
    };
    let reply = asked.one(201, "port", port_wire(&port));
    world.state.resources.ports.push(port);
    Ok(reply)
}

fn groups(world: &World, asked: &ApiRequest, list: &[Value]) -> Result<Vec<String>, Reply> {
    let ids: Vec<String> = list.iter().filter_map(|id| id.as_str().map(str::to_owned)).collect();
    let known = |id: &String| {
        let groups = &world.state.resources.security_groups;
        groups.iter().any(|group| group.id == *id && group.project_id == asked.project())
    };
    match ids.iter().find(|id| !known(id)) {
        Some(unknown) => Err(not_found("SecurityGroup", unknown)),
        None => Ok(ids),
    }
}

/// Returns the addresses asked for, or one of each IP version.
fn fixed_ips(world: &World, asked: &ApiRequest, network: &str) -> Result<Vec<FixedIp>, Reply> {
    let Some(list) = asked.wanted["fixed_ips"].as_array() else {
        return Ok(one_of_each(world, network));
    };
    list.iter().map(|wanted| fixed_ip(world, network, wanted)).collect()
}

fn fixed_ip(world: &World, network: &str, wanted: &Value) -> Result<FixedIp, Reply> {
    let id = wanted["subnet_id"].as_str();
    let subnets = &world.state.resources.subnets;
    let mut subnets = subnets.iter().filter(|subnet| subnet.network_id == network);
    let Some(subnet) = subnets.find(|subnet| id.is_none_or(|id| subnet.id == id)) else {
        let message = format!("Invalid input for operation: Failed to create port on network {network}.");
        return Err(error(400, "InvalidInput", &message));
    };
    let taken = |address: &str| {
        let mut used = world.state.resources.ports.iter().flat_map(|port| &port.fixed_ips);
        used.any(|fixed| fixed.subnet_id == subnet.id && fixed.ip_address == address)
    };
    match wanted["ip_address"].as_str() {
        Some(address) if taken(address) => {
            let message = format!("IP address {address} already allocated in subnet {}", subnet.id);
            Err(error(409, "IpAddressAlreadyAllocated", &message))
        }
        Some(address) => Ok(FixedIp { subnet_id: subnet.id.clone(), ip_address: address.to_owned() }),
        None => next(world, subnet).ok_or_else(|| {
            let message = format!("No more IP addresses available on network {network}.");
            error(409, "IpAddressGenerationFailure", &message)
        }),
    }
}

fn next(world: &World, subnet: &Subnet) -> Option<FixedIp> {
    let ip_address = addresses::next_free(world, subnet)?;
    Some(FixedIp { subnet_id: subnet.id.clone(), ip_address })
}

/// Returns an address of each IP version that the network has.
pub(super) fn one_of_each(world: &World, network: &str) -> Vec<FixedIp> {
    let subnets = &world.state.resources.subnets;
    let first =
        |version: u8| subnets.iter().find(|subnet| subnet.network_id == network && subnet.ip_version == version);
    [first(4), first(6)].into_iter().flatten().filter_map(|subnet| next(world, subnet)).collect()
}

/// Deletes a port; the ports of routers are not deleted as ports.
fn delete(world: &mut World, asked: &ApiRequest, id: &str) -> Reply {
    let ports = &mut world.state.resources.ports;
    let Some(at) = ports.iter().position(|port| port.id == id && port.project_id == asked.project()) else {
        return not_found("Port", id);
    };
    let owner = &ports[at].device_owner;
    if ["network:router_interface", "network:router_gateway", "network:floatingip"].contains(&owner.as_str()) {
        let message = format!("Port {id} cannot be deleted directly via the port API: has device owner {owner}.");
        return error(409, "ServicePortInUse", &message);
    }
    ports.remove(at);
    Reply::empty(204)
}

/// Makes a port that nobody asked for by itself; gives its id.
pub(super) fn make(world: &mut World, port: Port) -> String {
    let port = Port { id: world.ids.uuid(), mac_address: mac(world), ..port };
    let id = port.id.clone();
    world.state.resources.ports.push(port);
    id
}

/// Creates the port for DHCP, one to a network.
pub(super) fn serve_dhcp(world: &mut World, subnet: &Subnet) {
    if !subnet.enable_dhcp || !world.state.neutron.dhcp_ports {
        return;
    }
    let Some(fixed) = next(world, subnet) else {
        return;
    };
    let dhcp = |port: &&mut Port| port.network_id == subnet.network_id && port.device_owner == "network:dhcp";
    if let Some(port) = world.state.resources.ports.iter_mut().find(dhcp) {
        return port.fixed_ips.push(fixed);
    }
    let port = Port {
        project_id: subnet.project_id.clone(),
        network_id: subnet.network_id.clone(),
        status: "ACTIVE".to_owned(),
        device_id: format!("dhcp-{}", subnet.network_id),
        device_owner: "network:dhcp".to_owned(),
        fixed_ips: vec![fixed],
        ..Port::default()
    };
    make(world, port);
}

/// The project may have no more ports.
#[derive(Debug, thiserror::Error)]
#[error("Maximum number of ports exceeded")]
pub(in crate::services) struct PortQuotaExceeded;

/// Makes the port that Nova wants for a server.
pub(in crate::services) fn make_for_server(
    world: &mut World,
    network: &str,
    server: &Server,
) -> Result<String, PortQuotaExceeded> {
    let default = groups::ensure_default(world, &server.project);
    if quotas::full(world, &server.project, "port") {
        return Err(PortQuotaExceeded);
    }
    let named = |name: &String| {
        let mut groups = world.state.resources.security_groups.iter();
        let group = groups.find(|it| it.project_id == server.project && (it.name == *name || it.id == *name));
        group.map(|group| group.id.clone())
    };
    let mut security_groups: Vec<String> = server.security_groups.iter().filter_map(named).collect();
    if security_groups.is_empty() {
        security_groups.extend(default);
    }
    let port = Port {
        project_id: server.project.clone(),
        network_id: network.to_owned(),
        fixed_ips: one_of_each(world, network),
        security_groups,
        ..Port::default()
    };
    Ok(make(world, port))
}
