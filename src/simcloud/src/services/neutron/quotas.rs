//! Neutron's quotas.

use super::errors::error;
use super::resources::{ApiRequest, forbidden};
use crate::http::Reply;
use crate::state::fits;
use crate::world::World;
use serde_json::{Value, json};

/// Returns resource, limit and number in use.
fn all(world: &World, project: &str) -> [(&'static str, i64, u64); 9] {
    let (quotas, there) = (&world.state.quotas, &world.state.resources);
    let own = |id: &String| id == project;
    let count = |ids: &mut dyn Iterator<Item = &String>| ids.filter(|id| own(id)).count() as u64;
    let groups = there.security_groups.iter().filter(|group| own(&group.project_id));
    let rules = groups.map(|group| group.security_group_rules.len() as u64).sum();
    [
        ("network", quotas.networks, count(&mut there.networks.iter().map(|it| &it.project_id))),
        ("subnet", quotas.subnets, count(&mut there.subnets.iter().map(|it| &it.project_id))),
        ("subnetpool", -1, 0),
        ("port", quotas.ports, count(&mut there.ports.iter().map(|it| &it.project_id))),
        ("router", quotas.routers, count(&mut there.routers.iter().map(|it| &it.project_id))),
        ("floatingip", quotas.floating_ips, count(&mut there.floating_ips.iter().map(|it| &it.project_id))),
        ("security_group", quotas.security_groups, count(&mut there.security_groups.iter().map(|it| &it.project_id))),
        ("security_group_rule", quotas.security_group_rules, rules),
        ("rbac_policy", 10, 0),
    ]
}

/// Tells whether the project may have no more of this resource.
pub(super) fn full(world: &World, project: &str, resource: &str) -> bool {
    all(world, project).into_iter().any(|(name, limit, used)| name == resource && !fits(limit, used, 1))
}

/// Requests below `/quotas`; nothing where there is no route.
pub(super) fn quotas(world: &World, asked: &ApiRequest, rest: &[&str]) -> Option<Reply> {
    let (project, details) = match rest {
        [project] => (project, false),
        [project, "details"] => (project, true),
        _ => return None,
    };
    if !asked.call.is_get() {
        return Some(forbidden("rule:update_quota"));
    }
    if *project != asked.project() {
        let message = "User does not have admin privileges: Only admin is authorized to access quotas for another \
                       project.";
        return Some(error(403, "AdminRequired", message));
    }
    let entry = |(name, limit, used): (&'static str, i64, u64)| {
        let value = if details { json!({"limit": limit, "used": used, "reserved": 0}) } else { json!(limit) };
        (name.to_owned(), value)
    };
    let quota: serde_json::Map<String, Value> = all(world, project).into_iter().map(entry).collect();
    Some(Reply::json(200, &json!({"quota": quota})))
}
