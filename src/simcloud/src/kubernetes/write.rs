//! Creating, changing and deleting objects.

use super::objects::{Cluster, Entry, now, uid, whole};
use super::resources::Resource;
use super::target::Target;
use super::{admission, body, life, list, status};
use crate::http::{Call, Reply};
use serde_json::{Map, Value, json};

/// The kinds that are kept in a form of their own, and can only be read.
const READ_ONLY: [&str; 2] = ["nodes", "storageclasses"];
/// Letters of generated names.
const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
/// Namespaces that cannot be deleted.
const IMMORTAL: [&str; 3] = ["default", "kube-system", "kube-public"];

/// Answers a request that changes something.
pub(crate) fn answer(cluster: &mut Cluster, call: &Call, resource: &'static Resource, target: &Target) -> Reply {
    let plain = matches!(target.sub.as_deref(), None | Some("status"));
    if !plain || READ_ONLY.contains(&resource.plural) || (resource.namespaced && target.namespace.is_none()) {
        return status::no_method();
    }
    let done = match (target.verb, target.name.as_deref()) {
        ("create", None) => create(cluster, call, resource, target),
        ("delete", Some(name)) => delete(cluster, call, resource, target, name),
        ("deletecollection", None) => delete_all(cluster, call, resource, target),
        ("patch" | "update", Some(name)) => change(cluster, call, resource, target, name),
        _ => return status::no_method(),
    };
    done.unwrap_or_else(|refusal| *refusal)
}

/// The answer, or the refusal.
type Done = Result<Reply, Box<Reply>>;

/// Tells whether nothing shall be kept.
fn is_dry(call: &Call, options: &Value) -> bool {
    call.query.get("dryRun") == Some("All") || options["dryRun"][0] == "All"
}

fn create(cluster: &mut Cluster, call: &Call, resource: &'static Resource, target: &Target) -> Done {
    let mut object = body::read(call, resource)?;
    let namespace = target.namespace.as_deref();
    let name = name_of(cluster, resource, &object)?;
    let own = object["metadata"]["namespace"].as_str();
    if own.is_some_and(|own| Some(own) != namespace) {
        let message = "the namespace of the provided object does not match the namespace sent on the request";
        return Err(Box::new(status::bad_request(message)));
    }
    object["metadata"]["name"] = json!(name);
    if let Some(namespace) = namespace {
        object["metadata"]["namespace"] = json!(namespace);
        open(cluster, resource, namespace, &name)?;
    }
    admission::admit(cluster, resource, &mut object, &name)?;
    if cluster.find(resource, namespace, &name).is_some() {
        return Err(Box::new(status::exists(resource, &name)));
    }
    let dry = is_dry(call, &Value::Null);
    let object = stamped(cluster, object, dry);
    if !dry {
        keep(cluster, resource, &name, &object);
    }
    Ok(Reply::json(201, &list::shaped(call, resource, whole(resource, object))))
}

/// Returns the name that was given, or one that is made up from the given start.
fn name_of(cluster: &Cluster, resource: &Resource, object: &Value) -> Result<String, Box<Reply>> {
    let text = |key: &str| object["metadata"][key].as_str().unwrap_or_default().to_owned();
    let (name, start) = (text("name"), text("generateName"));
    let name = if name.is_empty() && !start.is_empty() { start + &suffix(cluster) } else { name };
    if name.is_empty() {
        let complaint = "Required value: name or generateName is required";
        return Err(Box::new(status::invalid(resource, "", "metadata.name", complaint)));
    }
    // Roles and bindings may be called whatever a path can hold.
    if resource.group == "rbac.authorization.k8s.io" && !name.contains(['/', '%']) && name != "." && name != ".." {
        return Ok(name);
    }
    let dots = resource.plural != "namespaces";
    let good = |letter: char| {
        letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-' || (dots && letter == '.')
    };
    let ends = |name: &str| name.starts_with(['-', '.']) || name.ends_with(['-', '.']);
    let longest = if dots { 253 } else { 63 };
    if !name.chars().all(good) || ends(&name) || name.len() > longest {
        let rule = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start \
                    and end with an alphanumeric character";
        let complaint = format!("Invalid value: {name:?}: {rule}");
        return Err(Box::new(status::invalid(resource, &name, "metadata.name", &complaint)));
    }
    Ok(name)
}

fn suffix(cluster: &Cluster) -> String {
    let id = cluster.ids.uuid();
    let digits = id.bytes().filter(u8::is_ascii_alphanumeric).take(10).collect::<Vec<_>>();
    let letter = |pair: &[u8]| {
        let number = pair.iter().fold(0_usize, |sum, byte| sum * 31 + usize::from(*byte));
        char::from(LETTERS[number % LETTERS.len()])
    };
    digits.chunks(2).map(letter).collect()
}

/// Checks that a namespace takes new objects.
fn open(cluster: &Cluster, resource: &Resource, namespace: &str, name: &str) -> Result<(), Box<Reply>> {
    let Some(spaces) = Resource::by_plural("namespaces") else {
        return Ok(());
    };
    let Some(Entry::Other(space)) = cluster.find(spaces, None, namespace) else {
        return Err(Box::new(status::not_found(spaces, namespace)));
    };
    if space["metadata"]["deletionTimestamp"].is_null() {
        return Ok(());
    }
    let message = format!(
        "{} {name:?} is forbidden: unable to create new content in namespace {namespace} because it is being terminated",
        resource.qualified()
    );
    let mut details = status::details(resource, Some(name));
    details["causes"] = json!([{
        "reason": "NamespaceTerminating", "message": format!("namespace {namespace} is being terminated"),
        "field": "metadata.namespace",
    }]);
    Err(Box::new(status::failure(403, "Forbidden", &message, Some(details))))
}

/// Returns the object as the server keeps it: what it gives itself replaces what the client may have sent.
fn stamped(cluster: &mut Cluster, object: Value, dry: bool) -> Value {
    let uid = cluster.ids.uuid();
    let mut rest = match object {
        Value::Object(map) => map,
        _ => Map::new(),
    };
    rest.retain(|key, _| !matches!(key.as_str(), "kind" | "apiVersion"));
    let mut metadata = rest.remove("metadata").unwrap_or_default();
    metadata["uid"] = json!(uid);
    metadata["creationTimestamp"] = json!(now());
    if let Some(metadata) = metadata.as_object_mut() {
        metadata.retain(|key, _| !matches!(key.as_str(), "resourceVersion" | "managedFields" | "deletionTimestamp"));
    }
    if !dry {
        cluster.revision += 1;
        metadata["resourceVersion"] = json!(cluster.revision.to_string());
    }
    let mut object = Map::from_iter([("metadata".to_owned(), metadata)]);
    object.extend(rest);
    Value::Object(object)
}

/// Takes a new object in. A namespace comes with what every namespace has.
fn keep(cluster: &mut Cluster, resource: &Resource, name: &str, object: &Value) {
    if resource.plural == "namespaces" {
        let state = &mut cluster.state;
        state.add_namespace(name, &[]);
        state.objects_mut("namespaces").pop();
    }
    cluster.state.objects_mut(resource.plural).push(object.clone());
    cluster.complete();
    if matches!(resource.plural, "pods" | "persistentvolumeclaims") {
        cluster.looks.insert(uid(object), 0);
    }
}

fn delete(cluster: &mut Cluster, call: &Call, resource: &'static Resource, target: &Target, name: &str) -> Done {
    let found = cluster.find(resource, target.namespace.as_deref(), name);
    let Some(Entry::Other(object)) = found else {
        return Err(Box::new(status::not_found(resource, name)));
    };
    let object = object.clone();
    let options = call.json();
    let expected = options["preconditions"]["uid"].as_str();
    if expected.is_some_and(|expected| expected != uid(&object)) {
        let why = format!(
            "Precondition failed: UID in precondition: {}, UID in object meta: {}",
            expected.unwrap_or_default(),
            uid(&object)
        );
        return Err(Box::new(status::conflict(resource, name, &why)));
    }
    if resource.plural == "namespaces" && IMMORTAL.contains(&name) {
        return Err(Box::new(status::forbidden(resource, Some(name), "this namespace may not be deleted")));
    }
    if is_dry(call, &options) {
        return Ok(Reply::json(200, &whole(resource, object)));
    }
    let grace = call.query.get("gracePeriodSeconds").and_then(|text| text.parse().ok());
    let grace = grace.or(options["gracePeriodSeconds"].as_i64());
    Ok(match remove(cluster, resource, object, grace) {
        Some(object) => Reply::json(200, &whole(resource, object)),
        None => status::success(resource, name, &cluster.last_uid()),
    })
}

/// Deletes an object, or begins to; gives it as it is afterwards if the answer shows it.
fn remove(cluster: &mut Cluster, resource: &Resource, mut object: Value, grace: Option<i64>) -> Option<Value> {
    let lingers = life::lingers(resource, &object, grace);
    if !lingers {
        cluster.drop_object(resource.plural, &uid(&object));
        return if resource.plural == "pods" { Some(object) } else { None };
    }
    if object["metadata"]["deletionTimestamp"].is_null() {
        object["metadata"]["deletionTimestamp"] = json!(now());
        if resource.plural == "pods" {
            object["metadata"]["deletionGracePeriodSeconds"] = json!(grace.unwrap_or(30));
        }
        if resource.plural == "namespaces" {
            object["status"]["phase"] = json!("Terminating");
        }
        cluster.looks.insert(uid(&object), 0);
        cluster.replace(resource.plural, &mut object);
    }
    Some(object)
}

fn delete_all(cluster: &mut Cluster, call: &Call, resource: &'static Resource, target: &Target) -> Done {
    let labels = call.query.get("labelSelector").unwrap_or_default();
    let space = target.namespace.as_deref().unwrap_or_default();
    let fits = |entry: &Entry<'_>| entry.namespace() == space && list::selected(labels, |key| entry.label(key));
    let all = cluster.entries(resource).into_iter().filter(fits);
    let all: Vec<Value> = all.map(|entry| entry.item(&cluster.state)).collect();
    let mut items = Vec::new();
    for object in all {
        let before = object.clone();
        items.push(remove(cluster, resource, object, None).unwrap_or(before));
    }
    let metadata = json!({"resourceVersion": cluster.revision.to_string()});
    let kind = format!("{}List", resource.kind);
    Ok(Reply::json(
        200,
        &json!({"kind": kind, "apiVersion": resource.api_version(), "metadata": metadata, "items": items}),
    ))
}

/// Changes an object: a patch is merged, an update replaces all but what the server gave.
fn change(cluster: &mut Cluster, call: &Call, resource: &'static Resource, target: &Target, name: &str) -> Done {
    let given = body::read(call, resource)?;
    let Some(Entry::Other(old)) = cluster.find(resource, target.namespace.as_deref(), name) else {
        return Err(Box::new(status::not_found(resource, name)));
    };
    let old = old.clone();
    let version = given["metadata"]["resourceVersion"].as_str();
    if version.is_some_and(|version| old["metadata"]["resourceVersion"] != version) {
        let why = "the object has been modified; please apply your changes to the latest version and try again";
        return Err(Box::new(status::conflict(resource, name, why)));
    }
    let mut new = if target.verb == "patch" { old.clone() } else { json!({}) };
    merge(&mut new, given);
    for key in ["name", "namespace", "uid", "creationTimestamp", "deletionTimestamp"] {
        match old["metadata"].get(key) {
            Some(value) => new["metadata"][key] = value.clone(),
            None => drop(new["metadata"].as_object_mut().and_then(|metadata| metadata.remove(key))),
        }
    }
    if let Some(new) = new.as_object_mut() {
        new.retain(|key, _| !matches!(key.as_str(), "kind" | "apiVersion"));
    }
    if !is_dry(call, &Value::Null) {
        cluster.replace(resource.plural, &mut new);
    }
    Ok(Reply::json(200, &whole(resource, new)))
}

/// Merges as RFC 7396 says: mappings are merged, nothing takes a key away, everything else replaces.
fn merge(whole: &mut Value, given: Value) {
    match (whole, given) {
        (Value::Object(whole), Value::Object(given)) => {
            for (key, value) in given {
                match value {
                    Value::Null => drop(whole.remove(&key)),
                    value => merge(whole.entry(key).or_insert(Value::Null), value),
                }
            }
        }
        (whole, Value::Object(given)) => {
            *whole = json!({});
            merge(whole, Value::Object(given));
        }
        (whole, given) => *whole = given,
    }
}
