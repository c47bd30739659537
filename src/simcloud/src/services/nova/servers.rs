//! Nova's servers: create, list, show, delete, read the console.

use super::api_request::ApiRequest;
use super::errors::error;
use super::links::Links;
use super::server_wire::{Shown, brief, full};
use super::{guest, limits};
use crate::http::Reply;
use crate::services::neutron::ports;
use crate::services::replies;
use crate::state::{AttachedVolume, Console, Server, Task};
use crate::tasks::attachments::{attach_volume, bind_port};
use crate::tokens::Token;
use crate::world::World;
use hyper::Method;
use serde_json::{Value, json};

/// The parameters that the query of a list may hold.
const PARAMETERS: [&str; 8] = ["limit", "marker", "name", "status", "sort_key", "sort_dir", "all_tenants", "deleted"];

/// Requests below `/servers`; nothing where there is no route.
pub(super) fn answer(world: &mut World, request: &ApiRequest, rest: &[&str]) -> Option<Reply> {
    Some(match (&request.call.method, rest) {
        (&Method::GET, []) => list(world, request, false),
        (&Method::GET, ["detail"]) => list(world, request, true),
        (&Method::POST, []) => create(world, request),
        (&Method::GET, [id]) => show(world, request, id),
        (&Method::DELETE, [id]) => delete(world, request, id),
        (&Method::POST, [id, "action"]) => act(world, request, id),
        (&Method::POST, [id, "os-volume_attachments"]) => attach(world, request, id),
        _ => return None,
    })
}

fn unknown(id: &str) -> Reply {
    error("itemNotFound", 404, &format!("Instance {id} could not be found."))
}

/// Returns the place of a server of this project.
fn place(world: &World, token: &Token, id: &str) -> Option<usize> {
    let own = |server: &Server| server.id == id && Some(server.project.as_str()) == token.project_id();
    world.state.resources.servers.iter().position(own)
}

fn list(world: &mut World, request: &ApiRequest, detail: bool) -> Reply {
    let &ApiRequest { call, token, dialect, links } = request;
    let own = |server: &&Server| Some(server.project.as_str()) == token.project_id();
    let ids: Vec<String> = world.state.resources.servers.iter().filter(own).map(|server| server.id.clone()).collect();
    world.observe(ids.iter().map(String::as_str));
    let query = &call.query;
    let limit = match query.get("limit").map(str::parse::<usize>) {
        None => world.state.nova.max_page,
        Some(Ok(limit)) => limit.min(world.state.nova.max_page),
        Some(Err(_)) => return error("badRequest", 400, "limit param must be an integer"),
    };
    // Newest first.
    let mut servers: Vec<&Server> = world.state.resources.servers.iter().rev().filter(own).collect();
    servers.retain(|server| query.get("name").is_none_or(|pattern| matches(pattern, &server.name)));
    servers.retain(|server| query.get("status").is_none_or(|status| server.status.eq_ignore_ascii_case(status)));
    let start = match query.get("marker") {
        None => 0,
        Some(marker) => match servers.iter().position(|server| server.id == marker) {
            Some(at) => at + 1,
            None => return error("badRequest", 400, &format!("marker [{marker}] not found")),
        },
    };
    let servers = replies::page(servers, start, limit);
    let shown = Shown { world, dialect, links, alone: false };
    let items: Vec<Value> =
        servers.iter().map(|server| if detail { full(&shown, server) } else { brief(links, server) }).collect();
    let mut body = json!({"servers": items});
    if let Some(last) = servers.last().filter(|_| servers.len() == limit) {
        let path = if detail { "servers/detail" } else { "servers" };
        let query = query.clone().only(&PARAMETERS).without("marker").sorted().with("marker", &last.id);
        body["servers_links"] = json!([{"rel": "next", "href": query.behind(&format!("{}/{path}", links.here))}]);
    }
    Reply::json(200, &body)
}

/// Returns true if the name matches. Nova takes the filter for a regular expression of the database. Of those, anchors
/// and escaped characters are known here; everything else stands for itself.
fn matches(pattern: &str, name: &str) -> bool {
    let (start, pattern) = pattern.strip_prefix('^').map_or((false, pattern), |rest| (true, rest));
    let (end, pattern) = pattern.strip_suffix('$').map_or((false, pattern), |rest| (true, rest));
    let plain = pattern.replace('\\', "").to_lowercase();
    let name = name.to_lowercase();
    match (start, end) {
        (true, true) => name == plain,
        (true, false) => name.starts_with(&plain),
        (false, true) => name.ends_with(&plain),
        (false, false) => name.contains(&plain),
    }
}

fn show(world: &mut World, request: &ApiRequest, id: &str) -> Reply {
    let &ApiRequest { token, dialect, links, .. } = request;
    if place(world, token, id).is_some() {
        world.observe([id]);
    }
    match place(world, token, id) {
        None => unknown(id),
        Some(at) => {
            let shown = Shown { world, dialect, links, alone: true };
            Reply::json(200, &json!({"server": full(&shown, &world.state.resources.servers[at])}))
        }
    }
}

fn create(world: &mut World, request: &ApiRequest) -> Reply {
    let &ApiRequest { call, token, dialect, links } = request;
    let wanted = match super::request::read(world, &call.json(), token, dialect) {
        Ok(wanted) => wanted,
        Err(reply) => return reply,
    };
    if let Some(reply) = limits::over_quota(world, &wanted.server) {
        return reply;
    }
    let mut server = wanted.server;
    for network in &wanted.networks {
        match ports::make_for_server(world, network, &server) {
            Ok(port) => server.own_ports.push(port),
            Err(exceeded) => return error("forbidden", 403, &exceeded.to_string()),
        }
    }
    for port in server.ports.iter().chain(&server.own_ports) {
        bind_port(world, port, Some(&server.id));
    }
    for attached in &server.volumes {
        attach_volume(world, &attached.volume, &server.id, "reserved");
    }
    let body = created_body(&server, links);
    let partners = partners(&server);
    world.begin(Task::ServerCreate, &server.id, &partners, &server.name);
    let location = format!("{}/servers/{}", links.here, server.id);
    world.state.resources.servers.push(server);
    Reply::json(202, &body).header("location", location)
}

/// Attaches a volume at once.
fn attach(world: &mut World, request: &ApiRequest, id: &str) -> Reply {
    let Some(at) = place(world, request.token, id) else {
        return unknown(id);
    };
    let server = world.state.resources.servers[at].clone();
    if server.status != "ACTIVE" || server.task_state.is_some() {
        let message = format!("Cannot 'attach_volume' instance {id} while it is in vm_state {}", server.status);
        return error("conflictingRequest", 409, &message);
    }
    let body = request.call.json();
    let wanted = body["volumeAttachment"]["volumeId"].as_str().unwrap_or_default();
    let own = |volume: &&crate::state::Volume| volume.id == wanted && volume.project == server.project;
    let Some(volume) = world.state.resources.volumes.iter().find(own) else {
        return error("itemNotFound", 404, &format!("Volume {wanted} could not be found."));
    };
    if volume.status != "available" {
        let message =
            format!("Invalid volume: volume {wanted} status must be 'available'. Currently in '{}'", volume.status);
        return error("badRequest", 400, &message);
    }
    if let Some(message) = world.state.zones.refusal(&server, volume) {
        return error("badRequest", 400, &message);
    }
    attach_volume(world, wanted, id, "in-use");
    let attached = AttachedVolume { volume: wanted.to_owned(), delete_on_termination: false };
    world.state.resources.servers[at].volumes.push(attached);
    let attachment = json!({"id": wanted, "volumeId": wanted, "serverId": id, "device": "/dev/vdb"});
    Reply::json(200, &json!({"volumeAttachment": attachment}))
}

fn created_body(server: &Server, links: &Links) -> Value {
    let groups: Vec<Value> = server.security_groups.iter().map(|name| json!({"name": name})).collect();
    let groups = if groups.is_empty() { vec![json!({"name": "default"})] } else { groups };
    json!({"server": {
        "id": server.id, "links": brief(links, server)["links"], "OS-DCF:diskConfig": "MANUAL",
        "security_groups": groups, "adminPass": "simulatedPass",
    }})
}

/// Returns the ids of what a server brings along: whoever waits for its volume to be free drives it, too.
fn partners(server: &Server) -> Vec<String> {
    let volumes = server.volumes.iter().map(|attached| attached.volume.clone());
    volumes.chain(server.ports.iter().cloned()).chain(server.own_ports.iter().cloned()).collect()
}

fn delete(world: &mut World, request: &ApiRequest, id: &str) -> Reply {
    let Some(at) = place(world, request.token, id) else {
        return unknown(id);
    };
    let reclaims = world.state.nova.reclaims;
    let server = &mut world.state.resources.servers[at];
    if reclaims {
        // It stays, with all it has, until it is reclaimed or somebody forces its deletion.
        server.status = "SOFT_DELETED".to_owned();
        return Reply::empty(204);
    }
    really_delete(world, at, id)
}

fn really_delete(world: &mut World, at: usize, id: &str) -> Reply {
    let server = &mut world.state.resources.servers[at];
    // Who deletes twice is not told.
    if server.task_state.as_deref() != Some("deleting") {
        server.task_state = Some("deleting".to_owned());
        let (name, partners) = (server.name.clone(), partners(server));
        world.begin(Task::ServerDelete, id, &partners, &name);
    }
    Reply::empty(204)
}

fn act(world: &mut World, request: &ApiRequest, id: &str) -> Reply {
    let &ApiRequest { call, token, .. } = request;
    let body = call.json();
    if body.get("forceDelete").is_some() {
        return place(world, token, id)
            .map_or_else(|| unknown(id), |at| Reply { status: 202, ..really_delete(world, at, id) });
    }
    let Some(asked) = body.get("os-getConsoleOutput") else {
        let action = body.as_object().and_then(|body| body.keys().next().cloned()).unwrap_or_default();
        return error("badRequest", 400, &format!("There is no such action: {action}"));
    };
    let length = match &asked["length"] {
        Value::Null => None,
        Value::String(text) => text.parse::<i64>().ok(),
        number => number.as_i64(),
    };
    match place(world, token, id) {
        None => unknown(id),
        Some(at) => console(world, at, length),
    }
}

/// Shows the console, which grows with every look; the server must be there.
fn console(world: &mut World, at: usize, length: Option<i64>) -> Reply {
    let (steps, text) = (world.state.nova.console_steps, world.state.console.clone());
    let server = &mut world.state.resources.servers[at];
    if server.status != "ACTIVE" {
        return error("conflictingRequest", 409, &format!("Instance {} is not ready", server.id));
    }
    let text = match world.state.nova.console {
        Console::Absent => return error("itemNotFound", 404, "Guest does not have a console available."),
        Console::Unsupported => {
            return error("notImplemented", 501, "The requested functionality is not supported.");
        }
        Console::Works => guest::printed(&text, server.user_data.as_deref()),
        Console::Replayed => text,
    };
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let there = if server.console_reads >= steps {
        lines.len()
    } else {
        lines.len() * server.console_reads as usize / steps as usize
    };
    server.console_reads = server.console_reads.saturating_add(1);
    let last = length.and_then(|length| usize::try_from(length).ok()).unwrap_or(usize::MAX);
    // Control characters are left out, carriage returns among them.
    let mut output = lines[there.saturating_sub(last)..there].concat();
    output.retain(|letter| !letter.is_control() || matches!(letter, '\t' | '\n' | '\u{7f}'..));
    Reply::json(200, &json!({"output": output}))
}
