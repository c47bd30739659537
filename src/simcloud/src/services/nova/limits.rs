//! Nova's limits, quotas and keypairs.

use super::dialect::Dialect;
use super::errors::error;
use crate::http::{Call, Reply};
use crate::state::{Flavor, Keypair, Server, fits};
use crate::tokens::Token;
use crate::world::World;
use hyper::Method;
use serde_json::{Value, json};

/// Returns the room that the servers of a project take: servers, virtual CPUs, memory.
fn used(world: &World, project: &str) -> (u64, u64, u64) {
    let own = world.state.resources.servers.iter().filter(|server| server.project == project);
    own.fold((0, 0, 0), |(servers, cores, ram), server| {
        let flavor = flavor(world, server);
        (servers + 1, cores + flavor.map_or(0, |it| it.vcpus), ram + flavor.map_or(0, |it| it.ram))
    })
}

fn flavor<'a>(world: &'a World, server: &Server) -> Option<&'a Flavor> {
    world.state.flavors.iter().find(|flavor| flavor.id == server.flavor)
}

/// Refuses a server for which the project has no room.
pub(super) fn over_quota(world: &World, server: &Server) -> Option<Reply> {
    let (servers, cores, ram) = used(world, &server.project);
    let quotas = &world.state.quotas;
    let flavor = flavor(world, server);
    let checks = [
        ("instances", quotas.instances, servers, 1),
        ("cores", quotas.cores, cores, flavor.map_or(0, |it| it.vcpus)),
        ("ram", quotas.ram, ram, flavor.map_or(0, |it| it.ram)),
    ];
    let (name, limit, have, more) = checks.into_iter().find(|(_, limit, have, more)| !fits(*limit, *have, *more))?;
    let message = format!("Quota exceeded for {name}: Requested {more}, but already used {have} of {limit} {name}");
    Some(error("forbidden", 403, &message))
}

/// Serves the limits and what is used of them; returns nothing where there is no route.
pub(super) fn limits(world: &World, call: &Call, token: &Token, dialect: &Dialect, rest: &[&str]) -> Option<Reply> {
    if !call.is_get() || !rest.is_empty() {
        return None;
    }
    let quotas = &world.state.quotas;
    let (servers, cores, ram) = used(world, token.project_id().unwrap_or_default());
    let mut absolute = json!({
        "maxTotalInstances": quotas.instances, "maxTotalCores": quotas.cores, "maxTotalRAMSize": quotas.ram,
        "maxServerMeta": 128, "maxTotalKeypairs": 100, "maxServerGroups": 10, "maxServerGroupMembers": 10,
        "totalInstancesUsed": servers, "totalCoresUsed": cores, "totalRAMUsed": ram, "totalServerGroupsUsed": 0,
    });
    let mut until = |minor: u16, pairs: &[(&str, i64)]| {
        if !dialect.has(minor) {
            pairs.iter().for_each(|(key, value)| absolute[*key] = json!(value));
        }
    };
    until(36, &[("maxTotalFloatingIps", -1), ("maxSecurityGroups", -1), ("maxSecurityGroupRules", -1)]);
    until(36, &[("totalFloatingIpsUsed", 0), ("totalSecurityGroupsUsed", 0)]);
    until(39, &[("maxImageMeta", 128)]);
    until(57, &[("maxPersonality", 5), ("maxPersonalitySize", 10_240)]);
    Some(Reply::json(200, &json!({"limits": {"rate": [], "absolute": absolute}})))
}

/// Serves the keypairs of the user; returns nothing where there is no route.
pub(super) fn keypairs(
    world: &mut World,
    call: &Call,
    token: &Token,
    dialect: &Dialect,
    rest: &[&str],
) -> Option<Reply> {
    let own = |pair: &&Keypair| pair.user == token.user.id;
    match (&call.method, rest) {
        (&Method::GET, []) => {
            let all = world.state.resources.keypairs.iter().filter(own);
            let all: Vec<Value> = all.map(|pair| json!({"keypair": wire(pair, dialect)})).collect();
            Some(Reply::json(200, &json!({"keypairs": all})))
        }
        (&Method::GET, [name]) => {
            let known = world.state.resources.keypairs.iter().filter(own).find(|pair| pair.name == *name);
            Some(known.map_or_else(
                || unknown(token, name),
                |pair| Reply::json(200, &json!({"keypair": wire(pair, dialect)})),
            ))
        }
        (&Method::DELETE, [name]) => {
            let pairs = &mut world.state.resources.keypairs;
            let before = pairs.len();
            pairs.retain(|pair| pair.user != token.user.id || pair.name != *name);
            let done = Reply::empty(if dialect.has(2) { 204 } else { 202 });
            Some(if pairs.len() < before { done } else { unknown(token, name) })
        }
        _ => None,
    }
}

fn unknown(token: &Token, name: &str) -> Reply {
    error("itemNotFound", 404, &format!("Keypair {name} not found for user {}", token.user.id))
}

fn wire(pair: &Keypair, dialect: &Dialect) -> Value {
    let mut body = json!({
        "name": pair.name, "public_key": pair.public_key,
        "fingerprint": "d4:1d:8c:d9:8f:00:b2:04:e9:80:09:98:ec:f8:42:7e",
    });
    if dialect.has(2) {
        body["type"] = json!("ssh");
    }
    body
}
