//! The lab as a state: what the recordings say is there.

use crate::support::conformant;
use chrono::{DateTime, NaiveDateTime, Utc};
use scs_simcloud::{
    CatalogEntry, DefaultRule, Endpoint, Flavor, Image, Interface, Mount, S3Mode, Service, State, Version, Visibility,
    VolumeType,
};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::path::PathBuf;

/// The address of the cloud in recordings.
pub const RECORDED_BASE: &str = "http://cloud.example";

/// A request to the lab and its answer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recording {
    pub service: String,
    pub method: String,
    pub path: String,
    pub token: Option<String>,
    pub request_headers: Map<String, Value>,
    pub request_body: Option<Value>,
    pub status: u16,
    pub headers: Map<String, Value>,
    pub body: Value,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/recorded")
}

pub fn recording(name: &str) -> Recording {
    let text = std::fs::read_to_string(folder().join(format!("{name}.json"))).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Returns name and content of all of them.
pub fn recordings() -> Vec<(String, Recording)> {
    let names = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let names = names.filter(|path| path.is_file());
    let mut names: Vec<String> = names.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    names.sort();
    names.into_iter().map(|name| (name.clone(), recording(&name))).collect()
}

/// Returns the path under which the mirror serves what the recording calls by its catalog type.
pub fn prefix(service: &str) -> String {
    if service == "object-store-s3" { String::new() } else { format!("/{service}") }
}

pub fn lab() -> State {
    let mut state = conformant();
    let mount = |service: Service, name: &str| Mount { prefix: prefix(name), service };
    state.mounts = vec![
        mount(Service::Identity, "identity"),
        mount(Service::Image, "image"),
        mount(Service::Compute, "compute"),
        mount(Service::BlockStorage, "volumev3"),
        mount(Service::Network, "network"),
        mount(Service::ObjectStore, "object-store"),
        mount(Service::S3, "object-store-s3"),
    ];
    state.nova.max_microversion = Version(2, 104);
    state.s3.mode = S3Mode::Swift;
    identity(&mut state);
    state.images = list("images", "images").iter().map(image).collect();
    state.flavors = list("flavors-detail-2.61", "flavors").iter().map(flavor).collect();
    state.volume_types = list("types", "volume_types").iter().map(volume_type).collect();
    let rules = list("default-rules", "default_security_group_rules");
    state.default_rules = rules.into_iter().map(|rule| serde_json::from_value::<DefaultRule>(rule).unwrap()).collect();
    state
}

fn list(name: &str, key: &str) -> Vec<Value> {
    recording(name).body[key].as_array().unwrap().clone()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn optional(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn identity(state: &mut State) {
    let token = recording("token-appcred").body["token"].clone();
    let (project, user) = (text(&token["project"]["id"]), text(&token["user"]["id"]));
    let identity = &mut state.identity;
    identity.projects[0].id = project.clone();
    identity.projects[0].name = text(&token["project"]["name"]);
    identity.users[0].id = user.clone();
    identity.users[0].name = text(&token["user"]["name"]);
    identity.users[0].password = "<password>".to_owned();
    identity.users[0].default_project = Some(project.clone());
    identity.users[0].assignments[0].project = project.clone();
    let credential = &mut identity.application_credentials[0];
    credential.id = text(&token["application_credential"]["id"]);
    credential.name = text(&token["application_credential"]["name"]);
    credential.secret = "<secret>".to_owned();
    credential.user = user;
    credential.project = project.clone();
    let entries = token["catalog"].as_array().unwrap();
    state.catalog = entries.iter().map(|entry| catalog_entry(entry, &project)).collect();
}

fn catalog_entry(entry: &Value, project: &str) -> CatalogEntry {
    let endpoints = entry["endpoints"].as_array().unwrap().iter().map(|endpoint| Endpoint {
        interface: serde_json::from_value::<Interface>(endpoint["interface"].clone()).unwrap(),
        region: text(&endpoint["region"]),
        url: text(&endpoint["url"]).replace(RECORDED_BASE, "{base}").replace(project, "{project_id}"),
    });
    CatalogEntry { service_type: text(&entry["type"]), name: text(&entry["name"]), endpoints: endpoints.collect() }
}

fn image(wire: &Value) -> Image {
    const ATTRIBUTES: [&str; 23] = [
        "name",
        "disk_format",
        "container_format",
        "visibility",
        "size",
        "virtual_size",
        "status",
        "checksum",
        "protected",
        "min_ram",
        "min_disk",
        "owner",
        "os_hidden",
        "os_hash_algo",
        "os_hash_value",
        "id",
        "created_at",
        "updated_at",
        "tags",
        "self",
        "file",
        "schema",
        "stores",
    ];
    let properties = wire.as_object().unwrap().iter().filter(|(key, _)| !ATTRIBUTES.contains(&key.as_str()));
    Image {
        id: text(&wire["id"]),
        name: optional(&wire["name"]),
        status: text(&wire["status"]),
        visibility: serde_json::from_value::<Visibility>(wire["visibility"].clone()).unwrap(),
        os_hidden: wire["os_hidden"].as_bool().unwrap(),
        protected: wire["protected"].as_bool().unwrap(),
        min_disk: wire["min_disk"].as_u64().unwrap(),
        min_ram: wire["min_ram"].as_u64().unwrap(),
        size: wire["size"].as_u64(),
        virtual_size: wire["virtual_size"].as_u64(),
        checksum: optional(&wire["checksum"]),
        os_hash_algo: optional(&wire["os_hash_algo"]),
        os_hash_value: optional(&wire["os_hash_value"]),
        disk_format: optional(&wire["disk_format"]),
        container_format: optional(&wire["container_format"]),
        updated_at: time(&wire["updated_at"]),
        stores: optional(&wire["stores"]),
        properties: properties.map(|(key, value)| (key.clone(), text(value))).collect(),
        ..Image::bare(time(&wire["created_at"]), &text(&wire["owner"]))
    }
}

fn time(value: &Value) -> DateTime<Utc> {
    NaiveDateTime::parse_from_str(&text(value), "%Y-%m-%dT%H:%M:%SZ").unwrap().and_utc()
}

fn flavor(wire: &Value) -> Flavor {
    Flavor {
        id: text(&wire["id"]),
        name: text(&wire["name"]),
        description: optional(&wire["description"]),
        vcpus: wire["vcpus"].as_u64().unwrap(),
        ram: wire["ram"].as_u64().unwrap(),
        disk: wire["disk"].as_u64().unwrap(),
        ephemeral: wire["OS-FLV-EXT-DATA:ephemeral"].as_u64().unwrap(),
        swap: wire["swap"].as_u64().unwrap_or(0),
        is_public: wire["os-flavor-access:is_public"].as_bool().unwrap(),
        access: Vec::new(),
        disabled: false,
        extra_specs: serde_json::from_value(wire["extra_specs"].clone()).unwrap(),
    }
}

fn volume_type(wire: &Value) -> VolumeType {
    VolumeType {
        id: text(&wire["id"]),
        name: text(&wire["name"]),
        description: optional(&wire["description"]),
        is_public: wire["is_public"].as_bool().unwrap(),
        access: Vec::new(),
        extra_specs: [("volume_backend_name".to_owned(), "file".to_owned())].into(),
        encrypted: false,
    }
}
