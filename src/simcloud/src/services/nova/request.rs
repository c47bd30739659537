//! Requests for new servers, and Nova's validation of them.

use super::dialect::Dialect;
use super::errors::error;
use crate::http::Reply;
use crate::state::{AttachedVolume, Server, WantedVolume};
use crate::tokens::Token;
use crate::world::World;
use serde_json::Value;

/// A server to be built, and the networks on which Nova shall make ports for it.
pub(super) struct Wanted {
    pub(super) server: Server,
    pub(super) networks: Vec<String>,
}

fn bad(message: &str) -> Reply {
    error("badRequest", 400, message)
}

/// Reads the request; the error is the whole refusal.
pub(super) fn read(world: &World, body: &Value, token: &Token, dialect: &Dialect) -> Result<Wanted, Reply> {
    let asked = &body["server"];
    let Some(name) = asked["name"].as_str().filter(|name| !name.trim().is_empty()) else {
        return Err(bad("Invalid input for field/attribute server. 'name' is a required property"));
    };
    if asked.get("description").is_some() && !dialect.has(19) {
        let message = "Invalid input for field/attribute server. Additional properties are not allowed ('description' \
                       was unexpected)";
        return Err(bad(message));
    }
    let mut server = Server {
        id: world.ids.uuid(),
        name: name.to_owned(),
        project: token.project_id().unwrap_or_default().to_owned(),
        user: token.user.id.clone(),
        description: asked["description"].as_str().map(str::to_owned),
        flavor: flavor(world, asked)?,
        status: "BUILD".to_owned(),
        task_state: Some("scheduling".to_owned()),
        metadata: metadata(asked)?,
        config_drive: asked["config_drive"] == true || asked["config_drive"] == "true",
        user_data: user_data(asked)?,
        key_name: key(world, asked, token)?,
        zone: zone(world, asked)?,
        security_groups: names(&asked["security_groups"]),
        ..Server::default()
    };
    disks(world, asked, &mut server)?;
    let networks = networks(world, asked, dialect, &mut server)?;
    Ok(Wanted { server, networks })
}

fn zone(world: &World, asked: &Value) -> Result<Option<String>, Reply> {
    let zone = asked["availability_zone"].as_str().map(str::to_owned);
    match zone.as_ref().is_none_or(|zone| world.state.zones.compute.contains(zone)) {
        true => Ok(zone),
        false => Err(bad("The requested availability zone is not available")),
    }
}

fn names(list: &Value) -> Vec<String> {
    let items = list.as_array().into_iter().flatten();
    items.filter_map(|item| item["name"].as_str()).map(str::to_owned).collect()
}

/// Returns the flavor, given by id or by address.
fn flavor(world: &World, asked: &Value) -> Result<String, Reply> {
    let Some(reference) = asked["flavorRef"].as_str() else {
        return Err(bad("Invalid input for field/attribute server. 'flavorRef' is a required property"));
    };
    let id = reference.rsplit('/').next().unwrap_or(reference);
    match world.state.flavors.iter().any(|flavor| flavor.id == id && !flavor.disabled) {
        true => Ok(id.to_owned()),
        false => Err(bad(&format!("Flavor {id} could not be found."))),
    }
}

fn metadata(asked: &Value) -> Result<indexmap::IndexMap<String, String>, Reply> {
    match asked.get("metadata") {
        None => Ok(indexmap::IndexMap::new()),
        Some(given) => serde_json::from_value(given.clone())
            .map_err(|_| bad("Invalid input for field/attribute metadata. Values must be strings")),
    }
}

/// Returns the user data; it must be Base64, of 65535 characters at most.
fn user_data(asked: &Value) -> Result<Option<String>, Reply> {
    let Some(text) = asked["user_data"].as_str() else {
        return Ok(None);
    };
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    if text.len() > 65_535 || !text.len().is_multiple_of(4) || !text.bytes().all(fits) {
        return Err(bad("Invalid input for field/attribute user_data."));
    }
    Ok(Some(text.to_owned()))
}

fn key(world: &World, asked: &Value, token: &Token) -> Result<Option<String>, Reply> {
    let Some(name) = asked["key_name"].as_str() else {
        return Ok(None);
    };
    let known = world.state.resources.keypairs.iter().any(|pair| pair.name == name && pair.user == token.user.id);
    if known { Ok(Some(name.to_owned())) } else { Err(bad("Invalid key_name provided.")) }
}

/// Reads the disk that the server starts from: an image, a volume, or a volume that Nova makes from an image.
fn disks(world: &World, asked: &Value, server: &mut Server) -> Result<(), Reply> {
    if let Some(image) = asked["imageRef"].as_str().filter(|image| !image.is_empty()) {
        image_there(world, image)?;
        server.image = Some(image.to_owned());
    }
    for disk in asked["block_device_mapping_v2"].as_array().into_iter().flatten() {
        let id = disk["uuid"].as_str().unwrap_or_default();
        let delete_on_termination = disk["delete_on_termination"] == true;
        match (disk["source_type"].as_str(), disk["destination_type"].as_str()) {
            (Some("volume"), _) => {
                let boots = disk["boot_index"] == 0 || disk["boot_index"] == "0";
                volume_there(world, id, server, boots)?;
                server.volumes.push(AttachedVolume { volume: id.to_owned(), delete_on_termination });
            }
            (Some("image"), Some("volume")) => {
                image_there(world, id)?;
                let Some(size) = size(&disk["volume_size"]) else {
                    let message = "Block Device Mapping is Invalid: Images with destination_type 'volume' need to \
                                   have a non-zero size specified";
                    return Err(bad(message));
                };
                server.wanted_volumes.push(WantedVolume { image: id.to_owned(), size, delete_on_termination });
            }
            (Some("image"), _) => server.image = Some(id.to_owned()),
            _ => return Err(bad("Block Device Mapping is Invalid: Invalid source_type field.")),
        }
    }
    if server.image.is_none() && server.volumes.is_empty() && server.wanted_volumes.is_empty() {
        return Err(bad("Invalid imageRef provided."));
    }
    Ok(())
}

fn size(value: &Value) -> Option<u64> {
    let size = value.as_u64().or_else(|| value.as_str().and_then(|text| text.parse().ok()));
    size.filter(|size| *size > 0)
}

fn image_there(world: &World, id: &str) -> Result<(), Reply> {
    match world.state.images.iter().find(|image| image.id == id) {
        Some(image) if image.status == "active" => Ok(()),
        Some(_) => Err(bad(&format!("Image {id} is not active."))),
        None => Err(bad("Can not find requested image")),
    }
}

/// Checks a volume to start from. It must be bootable: made from an image, or restored from a backup of such a one.
fn volume_there(world: &World, id: &str, server: &Server, boots: bool) -> Result<(), Reply> {
    let own = world.state.resources.volumes.iter().find(|volume| volume.id == id && volume.project == server.project);
    match own {
        Some(volume) if boots && volume.image.is_none() => Err(bad(&format!("Block Device {id} is not bootable."))),
        Some(volume) if volume.status == "available" => Ok(()),
        Some(volume) => {
            let message = format!(
                "Invalid volume: volume {id} status must be 'available' or 'in-use' with multiattach. Currently in '{}' \
                 status.",
                volume.status
            );
            Err(bad(&message))
        }
        None => Err(bad(&format!("Block Device Mapping is Invalid: failed to get volume {id}."))),
    }
}

/// Reads the networks of the server. From 2.37 on a request must say so.
fn networks(world: &World, asked: &Value, dialect: &Dialect, server: &mut Server) -> Result<Vec<String>, Reply> {
    let mut networks = Vec::new();
    let list = match &asked["networks"] {
        Value::Array(list) => list.as_slice(),
        Value::String(word) if dialect.has(37) && (word == "none" || word == "auto") => &[],
        Value::Null if !dialect.has(37) => &[],
        Value::Null => {
            return Err(bad("Invalid input for field/attribute server. 'networks' is a required property"));
        }
        _ => return Err(bad("Invalid input for field/attribute networks.")),
    };
    for wanted in list {
        if let Some(port) = wanted["port"].as_str() {
            port_free(world, port, server)?;
            server.ports.push(port.to_owned());
        } else {
            let id = wanted["uuid"].as_str().unwrap_or_default();
            network_there(world, id, server)?;
            networks.push(id.to_owned());
        }
    }
    Ok(networks)
}

fn port_free(world: &World, id: &str, server: &Server) -> Result<(), Reply> {
    let own = |port: &&crate::state::Port| port.id == id && port.project_id == server.project;
    match world.state.resources.ports.iter().find(own) {
        None => Err(bad(&format!("Port id {id} could not be found."))),
        Some(port) if !port.device_id.is_empty() => {
            Err(error("conflictingRequest", 409, &format!("Port {id} is still in use.")))
        }
        Some(port) if port.fixed_ips.is_empty() => {
            Err(bad(&format!("Port {id} requires a FixedIP in order to be used.")))
        }
        Some(_) => Ok(()),
    }
}

fn network_there(world: &World, id: &str, server: &Server) -> Result<(), Reply> {
    let network = world.state.resources.networks.iter().find(|network| network.id == id);
    match network {
        Some(network) if network.project_id == server.project || network.shared => {
            let subnets = world.state.resources.subnets.iter().any(|subnet| subnet.network_id == id);
            let message = format!("Network {id} requires a subnet in order to boot instances on.");
            if subnets { Ok(()) } else { Err(bad(&message)) }
        }
        Some(network) if network.external => {
            let message = format!("It is not allowed to create an interface on external network {id}");
            Err(error("forbidden", 403, &message))
        }
        _ => Err(bad(&format!("Network {id} could not be found."))),
    }
}
