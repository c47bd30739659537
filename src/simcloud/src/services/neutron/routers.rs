//! Neutron's routers, their interfaces and gateways, and floating IPs.

use super::errors::error;
use super::resources::{ApiRequest, not_found, over_quota, wire};
use super::{ports, quotas};
use crate::http::Reply;
use crate::state::{FixedIp, FloatingIp, Gateway, Port, Router, Subnet};
use crate::world::World;
use hyper::Method;
use serde_json::{Value, json};

const INTERFACE: &str = "network:router_interface";
const GATEWAY: &str = "network:router_gateway";

/// Requests below `/routers`; nothing where there is no route.
pub(super) fn routers(world: &mut World, asked: &ApiRequest, rest: &[&str]) -> Option<Reply> {
    let own = |router: &&Router| router.project_id == asked.project();
    let all = &world.state.resources.routers;
    if let Some(id) = rest.first()
        && !all.iter().filter(own).any(|router| router.id == **id)
    {
        return Some(not_found("Router", id));
    }
    Some(match (&asked.call.method, rest) {
        (&Method::GET, []) => {
            let routers = all.iter().filter(own).map(router_wire).collect();
            asked.list(world, "routers", &["external_gateway_info"], routers)
        }
        (&Method::GET, [id]) => show(world, asked, id),
        (&Method::POST, []) => create(world, asked),
        (&Method::PUT, [id]) => change(world, asked, id),
        (&Method::DELETE, [id]) => delete(world, id),
        (&Method::PUT, [id, "add_router_interface"]) => add_interface(world, asked, id).unwrap_or_else(|reply| reply),
        (&Method::PUT, [id, "remove_router_interface"]) => {
            remove_interface(world, asked, id).unwrap_or_else(|reply| reply)
        }
        _ => return None,
    })
}

fn router_wire(router: &Router) -> Value {
    let more = json!({"routes": [], "availability_zones": ["nova"], "availability_zone_hints": [], "flavor_id": null});
    wire(router, more)
}

fn show(world: &World, asked: &ApiRequest, id: &str) -> Reply {
    match world.state.resources.routers.iter().find(|router| router.id == id) {
        Some(router) => asked.one(200, "router", router_wire(router)),
        None => not_found("Router", id),
    }
}

fn create(world: &mut World, asked: &ApiRequest) -> Reply {
    if quotas::full(world, asked.project(), "router") {
        return over_quota("router");
    }
    let mut router = Router {
        id: world.ids.uuid(),
        name: asked.text("name"),
        project_id: asked.project().to_owned(),
        description: asked.text("description"),
        admin_state_up: asked.switch("admin_state_up", true),
        ..Router::default()
    };
    if let Some(wanted) = asked.wanted.get("external_gateway_info") {
        match gateway(world, asked, &router.id, wanted) {
            Ok(gateway) => router.external_gateway_info = gateway,
            Err(reply) => return reply,
        }
    }
    let reply = asked.one(201, "router", router_wire(&router));
    world.state.resources.routers.push(router);
    reply
}

fn change(world: &mut World, asked: &ApiRequest, id: &str) -> Reply {
    let new_gateway = match asked.wanted.get("external_gateway_info") {
        None => None,
        Some(wanted) => match gateway(world, asked, id, wanted) {
            Ok(gateway) => Some(gateway),
            Err(reply) => return reply,
        },
    };
    if let Some(router) = world.state.resources.routers.iter_mut().find(|router| router.id == id) {
        if let Some(gateway) = new_gateway {
            router.external_gateway_info = gateway;
        }
        if let Some(name) = asked.wanted["name"].as_str() {
            name.clone_into(&mut router.name);
        }
        if let Some(text) = asked.wanted["description"].as_str() {
            text.clone_into(&mut router.description);
        }
        router.admin_state_up = asked.switch("admin_state_up", router.admin_state_up);
    }
    show(world, asked, id)
}

/// Sets or clears the gateway. Its port belongs to nobody, so users do not see it.
fn gateway(world: &mut World, asked: &ApiRequest, router: &str, wanted: &Value) -> Result<Option<Gateway>, Reply> {
    let old = |port: &Port| port.device_id == router && port.device_owner == GATEWAY;
    let Some(id) = wanted["network_id"].as_str() else {
        world.state.resources.ports.retain(|port| !old(port));
        return Ok(None);
    };
    match world.state.resources.networks.iter().find(|network| network.id == id) {
        Some(network) if network.external => {}
        Some(network) if asked.sees(network) => {
            let message = format!("Bad router request: Network {id} is not an external network.");
            return Err(error(400, "BadRequest", &message));
        }
        _ => return Err(not_found("Network", id)),
    }
    world.state.resources.ports.retain(|port| !old(port));
    let external_fixed_ips = ports::one_of_each(world, id);
    let port = Port {
        network_id: id.to_owned(),
        status: "ACTIVE".to_owned(),
        device_id: router.to_owned(),
        device_owner: GATEWAY.to_owned(),
        fixed_ips: external_fixed_ips.clone(),
        ..Port::default()
    };
    ports::make(world, port);
    let enable_snat = wanted["enable_snat"].as_bool().unwrap_or(true);
    Ok(Some(Gateway { network_id: id.to_owned(), enable_snat, external_fixed_ips }))
}

fn delete(world: &mut World, id: &str) -> Reply {
    let all = &mut world.state.resources;
    if all.ports.iter().any(|port| port.device_id == id && port.device_owner == INTERFACE) {
        return error(409, "RouterInUse", &format!("Router {id} still has ports"));
    }
    all.ports.retain(|port| port.device_id != id);
    all.routers.retain(|router| router.id != id);
    Reply::empty(204)
}

/// Returns the subnet that an interface is asked for.
fn subnet(world: &World, asked: &ApiRequest) -> Result<Subnet, Reply> {
    let id = asked.text("subnet_id");
    if id.is_empty() {
        return Err(error(400, "BadRequest", "Bad router request: Either subnet_id or port_id must be specified"));
    }
    let own = |subnet: &&Subnet| subnet.id == id && subnet.project_id == asked.project();
    world.state.resources.subnets.iter().find(own).cloned().ok_or_else(|| not_found("Subnet", &id))
}

fn interface_of(world: &World, router: &str, subnet: &str) -> Option<usize> {
    world.state.resources.ports.iter().position(|port| {
        port.device_id == router
            && port.device_owner == INTERFACE
            && port.fixed_ips.iter().any(|fixed| fixed.subnet_id == subnet)
    })
}

fn interface_body(asked: &ApiRequest, router: &str, port: &str, subnet: &Subnet) -> Reply {
    let body = json!({
        "id": router, "tenant_id": asked.project(), "project_id": asked.project(), "port_id": port,
        "network_id": subnet.network_id, "subnet_id": subnet.id, "subnet_ids": [subnet.id], "tags": [],
    });
    Reply::json(200, &body)
}

fn add_interface(world: &mut World, asked: &ApiRequest, router: &str) -> Result<Reply, Reply> {
    let subnet = subnet(world, asked)?;
    let bad = |text: String| error(400, "BadRequest", &format!("Bad router request: {text}"));
    let Some(address) = subnet.gateway_ip.clone() else {
        return Err(bad("Subnet for router interface must have a gateway IP.".to_owned()));
    };
    if interface_of(world, router, &subnet.id).is_some() {
        return Err(bad(format!("Router already has a port on subnet {}.", subnet.id)));
    }
    let mut taken = world.state.resources.ports.iter().flat_map(|port| &port.fixed_ips);
    if taken.any(|fixed| fixed.subnet_id == subnet.id && fixed.ip_address == address) {
        let message = format!("IP address {address} already allocated in subnet {}", subnet.id);
        return Err(error(409, "IpAddressAlreadyAllocated", &message));
    }
    if quotas::full(world, asked.project(), "port") {
        return Err(over_quota("port"));
    }
    let port = Port {
        project_id: asked.project().to_owned(),
        network_id: subnet.network_id.clone(),
        status: "ACTIVE".to_owned(),
        device_id: router.to_owned(),
        device_owner: INTERFACE.to_owned(),
        fixed_ips: vec![FixedIp { subnet_id: subnet.id.clone(), ip_address: address }],
        ..Port::default()
    };
    let port = ports::make(world, port);
    Ok(interface_body(asked, router, &port, &subnet))
}

fn remove_interface(world: &mut World, asked: &ApiRequest, router: &str) -> Result<Reply, Reply> {
    let subnet = match asked.text("port_id") {
        port if port.is_empty() => subnet(world, asked)?,
        port => subnet_at(world, router, &port)?,
    };
    let Some(at) = interface_of(world, router, &subnet.id) else {
        let message = format!("Router {router} has no interface on subnet {}", subnet.id);
        return Err(error(404, "RouterInterfaceNotFoundForSubnet", &message));
    };
    let port = world.state.resources.ports.remove(at);
    Ok(interface_body(asked, router, &port.id, &subnet))
}

/// Returns the subnet of an interface that is told by its port.
fn subnet_at(world: &World, router: &str, port: &str) -> Result<Subnet, Reply> {
    let all = &world.state.resources;
    let is_it = |other: &&Port| other.id == port && other.device_id == router && other.device_owner == INTERFACE;
    let address = all.ports.iter().find(is_it).and_then(|port| port.fixed_ips.first());
    let subnet = address.and_then(|address| all.subnets.iter().find(|subnet| subnet.id == address.subnet_id));
    subnet.cloned().ok_or_else(|| {
        let message = format!("Router {router} does not have an interface with id {port}");
        error(404, "RouterInterfaceNotFound", &message)
    })
}

/// Requests below `/floatingips`; nothing where there is no route.
pub(super) fn floating_ips(world: &mut World, asked: &ApiRequest, rest: &[&str]) -> Option<Reply> {
    let own = |floating: &FloatingIp| floating.project_id == asked.project();
    let show = |floating: &FloatingIp| wire(floating, json!({"port_details": null, "qos_policy_id": null}));
    let all = &mut world.state.resources.floating_ips;
    Some(match (&asked.call.method, rest) {
        (&Method::GET, []) => {
            let filters = ["floating_network_id", "floating_ip_address", "port_id", "router_id", "fixed_ip_address"];
            let floating = all.iter().filter(|floating| own(floating)).map(show).collect();
            asked.list(world, "floatingips", &filters, floating)
        }
        (&Method::GET, [id]) => match all.iter().find(|floating| floating.id == *id && own(floating)) {
            Some(floating) => asked.one(200, "floatingip", show(floating)),
            None => not_found("FloatingIP", id),
        },
        (&Method::DELETE, [id]) => match all.iter().position(|floating| floating.id == *id && own(floating)) {
            Some(at) => {
                all.remove(at);
                Reply::empty(204)
            }
            None => not_found("FloatingIP", id),
        },
        _ => return None,
    })
}
