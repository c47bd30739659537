//! A server as Nova shows it in each microversion.

use super::dialect::Dialect;
use super::links::Links;
use crate::ids::hex_id;
use crate::state::{Flavor, Port, Server};
use crate::world::World;
use serde_json::{Map, Value, json};

/// The context in which a server is shown.
pub(super) struct Shown<'a> {
    pub(super) world: &'a World,
    pub(super) dialect: &'a Dialect,
    pub(super) links: &'a Links,
    /// True if it is shown alone, and not in a list.
    pub(super) alone: bool,
}

/// Returns the entry of a list without details.
pub(super) fn brief(links: &Links, server: &Server) -> Value {
    json!({"id": server.id, "name": server.name, "links": links.to(&format!("servers/{}", server.id))})
}

/// Returns everything a user may see.
pub(super) fn full(shown: &Shown, server: &Server) -> Value {
    const TIME: &str = "%Y-%m-%dT%H:%M:%SZ";
    let created = server.created_at.format(TIME).to_string();
    let launched = server.launched_at.map(|time| time.format("%Y-%m-%dT%H:%M:%S.000000").to_string());
    let (active, building) = (server.status == "ACTIVE", server.status == "BUILD");
    let volumes = server.volumes.iter().map(|attached| {
        let mut volume = json!({"id": attached.volume});
        if shown.dialect.has(3) {
            volume["delete_on_termination"] = json!(attached.delete_on_termination);
        }
        volume
    });
    let mut body = json!({
        "id": server.id, "name": server.name, "status": server.status, "tenant_id": server.project,
        "user_id": server.user, "metadata": server.metadata, "image": image(shown, server),
        "hostId": if active { format!("{0}{1}", hex_id("host"), &hex_id("host")[..24]) } else { String::new() },
        "flavor": flavor(shown, server), "created": created, "updated": created,
        "addresses": addresses(shown.world, server), "accessIPv4": "", "accessIPv6": "",
        "links": brief(shown.links, server)["links"], "OS-DCF:diskConfig": "MANUAL",
        "OS-EXT-AZ:availability_zone": if active { shown.world.state.zones.of_server(server) } else { String::new() },
        "config_drive": if server.config_drive { "True" } else { "" }, "key_name": server.key_name,
        "OS-SRV-USG:launched_at": launched, "OS-SRV-USG:terminated_at": null,
        "OS-EXT-STS:task_state": server.task_state, "OS-EXT-STS:vm_state": vm_state(server),
        "OS-EXT-STS:power_state": u8::from(active),
        "os-extended-volumes:volumes_attached": volumes.collect::<Vec<_>>(),
    });
    if active || building {
        body["progress"] = json!(0);
    }
    if active && !addresses(shown.world, server).is_empty() {
        body["security_groups"] = groups(server);
    }
    if let Some(message) = &server.fault {
        body["fault"] = json!({"code": 500, "created": created, "message": message});
    }
    newer(shown, server, &mut body);
    body
}

/// Adds the attributes that came with microversions.
fn newer(shown: &Shown, server: &Server, body: &mut Value) {
    let mut since = |minor: u16, key: &str, value: Value| {
        if shown.dialect.has(minor) {
            body[key] = value;
        }
    };
    since(9, "locked", json!(false));
    since(19, "description", json!(server.description));
    since(26, "tags", json!([]));
    since(63, "trusted_image_certificates", Value::Null);
    if shown.alone {
        since(71, "server_groups", json!([]));
    }
    since(73, "locked_reason", Value::Null);
    since(90, "OS-EXT-SRV-ATTR:hostname", json!(server.name.to_lowercase().replace(['_', ' '], "-")));
    since(96, "pinned_availability_zone", Value::Null);
    since(100, "scheduler_hints", json!({}));
}

fn vm_state(server: &Server) -> &'static str {
    match server.status.as_str() {
        "ACTIVE" => "active",
        "BUILD" => "building",
        "ERROR" => "error",
        _ => "stopped",
    }
}

fn image(shown: &Shown, server: &Server) -> Value {
    match &server.image {
        None => json!(""),
        Some(id) => {
            let href = format!("{}/images/{id}", shown.links.bookmarks);
            json!({"id": id, "links": [{"rel": "bookmark", "href": href}]})
        }
    }
}

/// Returns the flavor: up to 2.46 a link, from then on what the flavor was when the server was built.
fn flavor(shown: &Shown, server: &Server) -> Value {
    if !shown.dialect.has(47) {
        let href = format!("{}/flavors/{}", shown.links.bookmarks, server.flavor);
        return json!({"id": server.flavor, "links": [{"rel": "bookmark", "href": href}]});
    }
    let known = shown.world.state.flavors.iter().find(|flavor| flavor.id == server.flavor);
    known.map_or(json!({}), |flavor| embedded(flavor, shown.world.state.nova.shows_extra_specs))
}

fn embedded(flavor: &Flavor, extra_specs: bool) -> Value {
    let mut body = json!({
        "vcpus": flavor.vcpus, "ram": flavor.ram, "disk": flavor.disk, "ephemeral": flavor.ephemeral,
        "swap": flavor.swap, "original_name": flavor.name,
    });
    if extra_specs {
        body["extra_specs"] = json!(flavor.extra_specs);
    }
    body
}

fn groups(server: &Server) -> Value {
    let names: Vec<Value> = server.security_groups.iter().map(|name| json!({"name": name})).collect();
    if names.is_empty() { json!([{"name": "default"}]) } else { json!(names) }
}

/// Returns the addresses of the server by the name of the network; Nova learns them when the server is built.
fn addresses(world: &World, server: &Server) -> Map<String, Value> {
    let mut all = Map::new();
    if server.launched_at.is_none() {
        return all;
    }
    let mine = |port: &&Port| server.ports.contains(&port.id) || server.own_ports.contains(&port.id);
    for port in world.state.resources.ports.iter().filter(mine) {
        let network = world.state.resources.networks.iter().find(|network| network.id == port.network_id);
        let name = network.map(|network| network.name.clone()).unwrap_or_default();
        let list = all.entry(name).or_insert_with(|| json!([]));
        for fixed in &port.fixed_ips {
            let version = if fixed.ip_address.contains(':') { 6 } else { 4 };
            if let Value::Array(list) = list {
                list.push(json!({
                    "addr": fixed.ip_address, "version": version, "OS-EXT-IPS:type": "fixed",
                    "OS-EXT-IPS-MAC:mac_addr": port.mac_address,
                }));
            }
        }
    }
    all
}
