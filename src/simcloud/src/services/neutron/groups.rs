//! Neutron's security groups and their rules.

use super::errors::error;
use super::quotas;
use super::resources::{ApiRequest, not_found, over_quota, wire};
use crate::http::Reply;
use crate::state::{DefaultRule, GroupRule, SecurityGroup};
use crate::world::World;
use hyper::Method;
use serde_json::{Value, json};

/// Requests below `/security-groups`; nothing where there is no route.
pub(super) fn groups(world: &mut World, asked: &ApiRequest, rest: &[&str]) -> Option<Reply> {
    ensure_default(world, asked.project());
    let own = |group: &&SecurityGroup| group.project_id == asked.project();
    let all = &world.state.resources.security_groups;
    Some(match (&asked.call.method, rest) {
        (&Method::GET, []) => {
            let groups = all.iter().filter(own).map(group_wire).collect();
            asked.list(world, "security_groups", &["stateful", "shared"], groups)
        }
        (&Method::GET, [id]) => match all.iter().filter(own).find(|group| group.id == *id) {
            Some(group) => asked.one(200, "security_group", group_wire(group)),
            None => not_found("SecurityGroup", id),
        },
        (&Method::POST, []) => create(world, asked),
        (&Method::DELETE, [id]) => delete(world, asked, id),
        _ => return None,
    })
}

/// Requests below `/security-group-rules`; nothing where there is no route.
pub(super) fn rules(world: &mut World, asked: &ApiRequest, rest: &[&str]) -> Option<Reply> {
    ensure_default(world, asked.project());
    let groups = world.state.resources.security_groups.iter().filter(|group| group.project_id == asked.project());
    let all = groups.flat_map(|group| group.security_group_rules.iter().map(|rule| rule_wire(group, rule)));
    let all: Vec<Value> = all.collect();
    match (&asked.call.method, rest) {
        (&Method::GET, []) => {
            let filters = [
                "security_group_id",
                "direction",
                "ethertype",
                "protocol",
                "port_range_min",
                "port_range_max",
                "remote_ip_prefix",
                "remote_group_id",
                "remote_address_group_id",
            ];
            Some(asked.list(world, "security_group_rules", &filters, all))
        }
        (&Method::GET, [id]) => Some(match all.into_iter().find(|rule| rule["id"] == *id) {
            Some(rule) => asked.one(200, "security_group_rule", rule),
            None => error(404, "SecurityGroupRuleNotFound", &format!("Security group rule {id} does not exist")),
        }),
        _ => None,
    }
}

fn group_wire(group: &SecurityGroup) -> Value {
    let rules: Vec<Value> = group.security_group_rules.iter().map(|rule| rule_wire(group, rule)).collect();
    wire(group, json!({"security_group_rules": rules, "shared": false}))
}

fn rule_wire(group: &SecurityGroup, rule: &GroupRule) -> Value {
    let created = json!(group)["created_at"].clone();
    let more = json!({
        "security_group_id": group.id, "project_id": group.project_id, "tenant_id": group.project_id,
        "normalized_cidr": rule.remote_ip_prefix, "belongs_to_default_sg": group.name == "default",
    });
    let mut all = wire(rule, more);
    let time = format!("{}Z", created.as_str().and_then(|text| text.get(..19)).unwrap_or_default());
    all["created_at"] = json!(time);
    all["updated_at"] = json!(time);
    all
}

/// Makes sure that the project has its default group; gives its id. Without a project there is none.
pub(super) fn ensure_default(world: &mut World, project: &str) -> Option<String> {
    if project.is_empty() {
        return None;
    }
    let groups = &world.state.resources.security_groups;
    let known = groups.iter().find(|group| group.project_id == project && group.name == "default");
    if let Some(group) = known {
        return Some(group.id.clone());
    }
    let mut group = SecurityGroup {
        id: world.ids.uuid(),
        name: "default".to_owned(),
        project_id: project.to_owned(),
        description: "Default security group".to_owned(),
        ..SecurityGroup::default()
    };
    group.security_group_rules = template(world, &group.id, true);
    let id = group.id.clone();
    world.state.resources.security_groups.push(group);
    Some(id)
}

/// Returns the rules that a group starts with: from the template, or those that are built in where there is none.
fn template(world: &World, group: &str, default: bool) -> Vec<GroupRule> {
    let state = &world.state;
    let rules: Vec<&DefaultRule> = if default {
        state.default_rules.iter().filter(|rule| rule.used_in_default_sg).collect()
    } else if state.neutron.default_rules_extension {
        state.default_rules.iter().filter(|rule| rule.used_in_non_default_sg).collect()
    } else {
        state.neutron.fixed_rules.iter().collect()
    };
    rules.into_iter().map(|rule| copy(rule, world.ids.uuid(), group)).collect()
}

fn copy(rule: &DefaultRule, id: String, group: &str) -> GroupRule {
    let remote = rule.remote_group_id.clone();
    GroupRule {
        id,
        ethertype: rule.ethertype.clone(),
        direction: rule.direction.clone(),
        protocol: rule.protocol.clone(),
        port_range_min: rule.port_range_min,
        port_range_max: rule.port_range_max,
        remote_ip_prefix: rule.remote_ip_prefix.clone(),
        remote_address_group_id: rule.remote_address_group_id.clone(),
        remote_group_id: remote.map(|remote| if remote == "PARENT" { group.to_owned() } else { remote }),
        description: rule.description.clone(),
    }
}

fn create(world: &mut World, asked: &ApiRequest) -> Reply {
    let name = asked.text("name");
    if name == "default" {
        return error(409, "SecurityGroupDefaultAlreadyExists", "Default security group already exists.");
    }
    if quotas::full(world, asked.project(), "security_group") {
        return over_quota("security_group");
    }
    let mut group = SecurityGroup {
        id: world.ids.uuid(),
        name,
        project_id: asked.project().to_owned(),
        description: asked.text("description"),
        stateful: asked.switch("stateful", true),
        ..SecurityGroup::default()
    };
    group.security_group_rules = template(world, &group.id, false);
    let reply = asked.one(201, "security_group", group_wire(&group));
    world.state.resources.security_groups.push(group);
    reply
}

fn delete(world: &mut World, asked: &ApiRequest, id: &str) -> Reply {
    let all = &mut world.state.resources;
    let own = |group: &&SecurityGroup| group.id == id && group.project_id == asked.project();
    match all.security_groups.iter().find(own) {
        None => return not_found("SecurityGroup", id),
        Some(group) if group.name == "default" => {
            let message = "Insufficient rights for removing default security group.";
            return error(409, "SecurityGroupCannotRemoveDefault", message);
        }
        Some(_) => {}
    }
    if all.ports.iter().any(|port| port.security_groups.iter().any(|group| group == id)) {
        return error(409, "SecurityGroupInUse", &format!("Security Group {id} in use."));
    }
    all.security_groups.retain(|group| group.id != id);
    Reply::empty(204)
}
