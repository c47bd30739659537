//! Cinder's snapshots: list, show, delete. Nothing of this project creates any, but they keep volumes from going.

use super::errors::{bad, missing};
use super::request::{ApiRequest, time};
use crate::http::Reply;
use crate::state::{Snapshot, Task};
use crate::world::World;
use hyper::Method;
use serde_json::{Value, json};

/// Requests below `/snapshots`; nothing where there is no route.
pub(super) fn answer(world: &mut World, asked: &ApiRequest, rest: &[&str]) -> Option<Reply> {
    Some(match (&asked.call.method, rest) {
        (&Method::GET, [] | ["detail"]) => list(world, asked),
        (&Method::GET, [id]) => show(world, asked, id),
        (&Method::DELETE, [id]) => delete(world, asked, id),
        _ => return None,
    })
}

fn find<'a>(world: &'a mut World, asked: &ApiRequest, id: &str) -> Option<&'a mut Snapshot> {
    let project = asked.project();
    world.state.resources.snapshots.iter_mut().find(|snapshot| snapshot.id == id && snapshot.project == project)
}

fn list(world: &mut World, asked: &ApiRequest) -> Reply {
    let own = |snapshot: &&Snapshot| snapshot.project == asked.project();
    let ids: Vec<String> = world.state.resources.snapshots.iter().filter(own).map(|it| it.id.clone()).collect();
    world.observe(ids.iter().map(String::as_str));
    let query = &asked.call.query;
    let mut snapshots: Vec<&Snapshot> = world.state.resources.snapshots.iter().filter(own).collect();
    snapshots.retain(|snapshot| query.get("name").is_none_or(|name| snapshot.name.as_deref() == Some(name)));
    snapshots.retain(|snapshot| query.get("volume_id").is_none_or(|volume| snapshot.volume == volume));
    asked.page(world, "snapshots", snapshots, |snapshot| &snapshot.id, |snapshot| wire(asked, snapshot))
}

fn show(world: &mut World, asked: &ApiRequest, id: &str) -> Reply {
    if find(world, asked, id).is_some() {
        world.observe([id]);
    }
    match find(world, asked, id) {
        Some(snapshot) => Reply::json(200, &json!({"snapshot": wire(asked, snapshot)})),
        None => missing("snapshots", id),
    }
}

fn delete(world: &mut World, asked: &ApiRequest, id: &str) -> Reply {
    let Some(snapshot) = find(world, asked, id) else {
        return missing("snapshots", id);
    };
    if !["available", "error"].contains(&snapshot.status.as_str()) {
        return bad("Invalid snapshot: Snapshot status must be available or error");
    }
    snapshot.status = "deleting".to_owned();
    let name = snapshot.name.clone().unwrap_or_default();
    world.begin(Task::SnapshotDelete, id, &[], &name);
    Reply::empty(202)
}

fn wire(asked: &ApiRequest, snapshot: &Snapshot) -> Value {
    let created = time(&snapshot.created_at);
    let mut body = json!({
        "id": snapshot.id, "name": snapshot.name, "description": snapshot.description, "status": snapshot.status,
        "size": snapshot.size, "volume_id": snapshot.volume, "created_at": created, "updated_at": created,
        "metadata": {}, "os-extended-snapshot-attributes:project_id": snapshot.project,
        "os-extended-snapshot-attributes:progress": "100%",
    });
    if asked.has(14) {
        body["group_snapshot_id"] = Value::Null;
    }
    if asked.has(41) {
        body["user_id"] = json!(asked.token.user.id);
    }
    body
}
