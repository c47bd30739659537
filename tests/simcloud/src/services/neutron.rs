//! Neutron: version document, extensions, default rules for security groups.

use serde_json::{Map, Value, json};

use crate::http::{Call, Query, Reply};
use crate::state::DefaultRule;
use crate::world::World;

const ALIAS: &str = "security-groups-default-rules";
const RULES: &str = "default_security_group_rules";
/// Parameters that are no filters.
const CONTROLS: [&str; 6] = ["fields", "limit", "marker", "page_reverse", "sort_dir", "sort_key"];
const ATTRIBUTES: [&str; 12] = [
    "id",
    "ethertype",
    "direction",
    "protocol",
    "port_range_min",
    "port_range_max",
    "remote_ip_prefix",
    "remote_address_group_id",
    "remote_group_id",
    "description",
    "used_in_default_sg",
    "used_in_non_default_sg",
];

pub(crate) fn answer(world: &World, call: &Call) -> Reply {
    let segments = call.segments();
    match segments.as_slice() {
        [""] => return Reply::json(200, &versions(call)),
        ["v2.0", ..] => {}
        _ => return Reply::no_route(),
    }
    let reply = match (world.bearer(call), &segments[1..]) {
        (None, _) => super::unauthorized(world),
        (Some(_), _) if call.method == hyper::Method::HEAD => Reply::typed(405, "application/json", ""),
        (Some(_), [""]) => Reply::json(200, &resources(call)),
        (Some(_), ["extensions"]) => Reply::json(200, &json!({"extensions": extensions(world)})),
        (Some(_), ["extensions", alias]) => extension(world, alias),
        (Some(token), ["default-security-group-rules" | "default-security-group-rules.json"])
            if offers_rules(world, call) =>
        {
            // Without a project Neutron answers with an empty list instead of a refusal.
            let rules = if token.project.is_some() { world.state.default_rules.as_slice() } else { &[] };
            list(call, rules, world.state.neutron.max_page)
        }
        (Some(_), ["default-security-group-rules", id]) if offers_rules(world, call) => show(world, id),
        _ => error(404, "HTTPNotFound", "The resource could not be found."),
    };
    reply.header("x-openstack-request-id", world.ids.request())
}

fn offers_rules(world: &World, call: &Call) -> bool {
    call.is_get() && world.state.neutron.default_rules_extension
}

fn error(code: u16, kind: &str, message: &str) -> Reply {
    Reply::json(code, &json!({"NeutronError": {"type": kind, "message": message, "detail": ""}}))
}

fn versions(call: &Call) -> Value {
    let link = format!("{}/v2.0/", call.root());
    json!({"versions": [{"id": "v2.0", "status": "CURRENT", "links": [{"rel": "self", "href": link}]}]})
}

fn resources(call: &Call) -> Value {
    let resource = |name: &str| {
        let link = format!("{}/v2.0/{name}s", call.root());
        json!({"name": name, "collection": format!("{name}s"), "links": [{"rel": "self", "href": link}]})
    };
    let all = ["network", "subnet", "subnetpool", "port"].map(resource);
    json!({"resources": all})
}

fn extensions(world: &World) -> Vec<Value> {
    let entry = |name: &str, alias: &str, description: &str, updated: &str| json!({"name": name, "alias": alias, "description": description, "updated": updated, "links": []});
    let mut all =
        vec![entry("security-group", "security-group", "The security groups extension.", "2012-10-05T10:00:00-00:00")];
    if world.state.neutron.default_rules_extension {
        let description = "Configure set of security group rules used as default rules for every new security group";
        all.push(entry("Default rules for security groups", ALIAS, description, "2022-12-19T10:00:00-00:00"));
    }
    all
}

fn extension(world: &World, alias: &str) -> Reply {
    match extensions(world).into_iter().find(|extension| extension["alias"] == alias) {
        Some(extension) => Reply::json(200, &json!({"extension": extension})),
        None => {
            let detail = format!("The resource could not be found.\n\n Extension with alias {alias} does not exist  ");
            Reply::typed(404, "text/plain; charset=UTF-8", format!("404 Not Found\n\n{detail}"))
        }
    }
}

fn show(world: &World, id: &str) -> Reply {
    match world.state.default_rules.iter().find(|rule| rule.id == id) {
        Some(rule) => Reply::json(200, &json!({"default_security_group_rule": rule})),
        None => {
            let message = format!("Default Security Group rule {id} does not exist");
            error(404, "DefaultSecurityGroupRuleNotFound", &message)
        }
    }
}

/// Rules by id. There are pages only if the client or the operator asks for them; an unknown marker is ignored.
fn list(call: &Call, rules: &[DefaultRule], most: Option<usize>) -> Reply {
    let limit = match limit(&call.query, most) {
        Ok(limit) => limit,
        Err(message) => return error(400, "BadRequest", &message),
    };
    if let Some((key, _)) = call
        .query
        .pairs()
        .iter()
        .find(|(key, _)| !CONTROLS.contains(&key.as_str()) && !ATTRIBUTES.contains(&key.as_str()))
    {
        return error(400, "HTTPBadRequest", &format!("['{key}'] is invalid attribute for filtering"));
    }
    let mut chosen: Vec<Value> =
        rules.iter().map(|rule| json!(rule)).filter(|rule| passes(rule, &call.query)).collect();
    chosen.sort_by(|left, right| left["id"].as_str().cmp(&right["id"].as_str()));
    let Some(limit) = limit else {
        return Reply::json(200, &json!({RULES: fields(&chosen, &call.query)}));
    };
    let marked = chosen.iter().position(|rule| rule["id"].as_str() == call.query.get("marker"));
    let chosen = super::page(chosen, marked.map_or(0, |place| place + 1), limit);
    let body = json!({RULES: fields(&chosen, &call.query), format!("{RULES}_links"): links(call, &chosen, limit)});
    Reply::json(200, &body)
}

/// How many to a page, if there are pages; zero means no limit.
fn limit(query: &Query, most: Option<usize>) -> Result<Option<usize>, String> {
    let asked = match query.get("limit") {
        None => 0,
        Some(text) => text
            .parse::<usize>()
            .map_err(|_| format!("Bad limit request: Limit must be an integer 0 or greater and not '{text}'."))?,
    };
    Ok(match (asked, most) {
        (0, most) => most,
        (asked, Some(most)) => Some(asked.min(most)),
        (asked, None) => Some(asked),
    })
}

fn links(call: &Call, page: &[Value], limit: usize) -> Value {
    let here = format!("{}{}", call.root(), call.path);
    let query = call.query.clone().without("marker");
    let at = |place: Option<&Value>| match place.and_then(|rule| rule["id"].as_str()) {
        Some(id) => query.clone().with("marker", id),
        None => query.clone(),
    };
    let mut links = Vec::new();
    if page.len() == limit {
        links.push(json!({"rel": "next", "href": at(page.last()).behind(&here)}));
    }
    let back = at(page.first()).with("page_reverse", "True").behind(&here);
    links.push(json!({"rel": "previous", "href": back}));
    json!(links)
}

/// Each attribute that is asked for must have one of the values given.
fn passes(rule: &Value, query: &Query) -> bool {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned).to_lowercase();
    ATTRIBUTES
        .iter()
        .filter(|key| query.has(key))
        .all(|key| query.all(key).any(|wanted| wanted.to_lowercase() == text(&rule[*key])))
}

/// Leaves only the fields that are asked for.
fn fields(rules: &[Value], query: &Query) -> Vec<Value> {
    let wanted: Vec<&str> = query.all("fields").collect();
    let cut = |rule: &Value| match rule {
        Value::Object(all) if !wanted.is_empty() => {
            let kept = all.iter().filter(|(key, _)| wanted.contains(&key.as_str()));
            Value::Object(kept.map(|(key, value)| (key.clone(), value.clone())).collect::<Map<_, _>>())
        }
        whole => whole.clone(),
    };
    rules.iter().map(cut).collect()
}
