//! Takes out of a recording what does not concern others, so that it can be attached to a bug
//! report. Everything that a rule reads stays; the same original always gets the same stand-in.
//! `docs/recordings.md` says field by field what becomes of it.
//!
//! Of a cloud stays: names of images and flavors, extra specs, properties that describe an image and its
//! origin, service types, roles that every cloud has, statuses, times. Goes: addresses, ids,
//! regions, projects, users, owners, names of services and volume types, tags, properties of the
//! provider's own, and all free text. For clusters see `cluster.rs`.

mod address;
mod cluster;
mod cluster_address;
mod report;
mod stand_ins;

use super::recording::Recording;
use address::{address, without_credentials};
pub use report::{Level, redact_report};
use scs_checks::facts::{
    BackupTrial, Catalog, CpuInstructions, DefaultRule, Endpoint, EntropyPool, Facts, Flavor, GroupRule, Image,
    ImageUpload, RandomBlocks, S3Answer, SecretPayload, SecretTrial, Service, Slot, SubjectKind, VolumeType,
};
use scs_checks::verdict::{Reason, ReasonCode};
use scs_reports::{Changes, CollectionRecord, CreatedResource, RequestRecord};
use stand_ins::StandIns;
use std::collections::BTreeMap;

/// Properties of images whose values stay, besides those that begin with [`KEPT_PREFIXES`].
const KEPT_PROPERTIES: &[&str] = &[
    "architecture",
    "container_format",
    "disk_format",
    "hotfix_hours",
    "hypervisor_type",
    "image_build_date",
    "image_original_user",
    "image_source",
    "license_included",
    "license_required",
    "maintained_until",
    "patchlevel",
    "provided_until",
    "replace_frequency",
    "subscription_included",
    "subscription_required",
    "uuid_validity",
    "virtual_size",
];

/// Beginnings of properties whose values stay: OpenStack's own.
const KEPT_PREFIXES: &[&str] =
    &["hw_", "os_distro", "os_hash_algo", "os_purpose", "os_secure_boot", "os_version", "trait:"];

/// Properties that the provider writes for people: their form stays, their words go.
const WORDS: &[&str] = &["image_description", "l1_support_contact"];

/// Stands for words that are gone.
const REDACTED: &str = "redacted";

/// Roles that every cloud has.
const KNOWN_ROLES: &[&str] = &["member", "reader", "admin", "manager", "creator", "load-balancer_member"];

/// The recording without what does not concern others.
///
/// # Errors
/// Only by a defect of this program; rather no recording than one that says too much.
pub fn redact(recording: &Recording) -> Result<Recording, String> {
    let mut redacted = recording.clone();
    let mut names = StandIns::default();
    let collected = &mut redacted.collected;
    let is_cluster = collected.subject.kind == SubjectKind::Cluster;
    collected.facts = recording.collected.facts.clone().of(collected.subject.kind);
    if is_cluster {
        cluster::redact(collected, &mut names);
    } else {
        names.know_addresses(recording);
        facts(&mut collected.facts, &mut names);
        subject(&mut collected.subject.details, &mut names);
        let requests = collected.records.values_mut().flat_map(|record| &mut record.requests);
        requests.for_each(|request| request.url = address(&request.url, &mut names));
    }
    let mut identify = |_: &mut String, id: &mut Option<String>| *id = id.take().map(|id| names.of("request", &id));
    collected.records.values_mut().for_each(|one| record(one, &mut identify));
    collected.refused.iter_mut().for_each(wordless);
    collected.changes.iter_mut().for_each(|made| changes(made, &mut names));
    collected.subject.reason.iter_mut().for_each(wordless);
    collected.subject.name = "subject".to_owned();
    if is_cluster {
        // Its fields say all of it: names like `worker` stand in texts that rules read.
        return Ok(redacted);
    }
    names.replace_everywhere(&redacted).map_err(|error| format!("the recording cannot be redacted: {error}"))
}

/// Redacts how a fact came about: what this program says of itself stays. What is done with address and id of each request
/// is up to the caller.
fn record(record: &mut CollectionRecord, request: &mut impl FnMut(&mut String, &mut Option<String>)) {
    let CollectionRecord { state: _, reason, items: _, started_at: _, duration_ms: _, requests, documents, brought: _ } =
        record;
    reason.iter_mut().for_each(wordless);
    documents.iter_mut().for_each(redacted);
    for one in requests {
        let RequestRecord {
            method: _,
            url,
            status: _,
            attempts: _,
            request_id,
            duration_ms: _,
            bytes: _,
            clock_ahead_seconds: _,
        } = one;
        request(url, request_id);
    }
}

fn facts(facts: &mut Facts, names: &mut StandIns) {
    // A new fact has to be named here, and so be thought of.
    let Facts {
        reference: _,
        clock: _,
        catalog,
        flavors,
        images,
        volume_types,
        default_security_group_rules,
        s3_answer,
        entropy_pool,
        random_blocks,
        cpu_instructions,
        fresh_security_group,
        secret_trial,
        secret_payload,
        backup_trial,
        image_upload,
        cluster_version: _,
        kubernetes_world: _,
        nodes: _,
        storage_classes: _,
        namespaces: _,
        kubelet_configs: _,
        api_server: _,
        api_server_flags: _,
        open_ports: _,
        ingress_classes: _,
        policy_apis: _,
        e2e_results: _,
        network_policy_results: _,
        storage_trial: _,
        privileged_pod: _,
        network_policy_probe: _,
    } = facts;
    known(catalog, |catalog| {
        let Catalog { services, interface: _, other_interfaces: _, region } = catalog;
        region.iter_mut().for_each(|region| *region = names.of("region", region));
        services.iter_mut().for_each(|one| service(one, names));
    });
    known(flavors, |flavors| {
        for flavor in &mut flavors.0 {
            let Flavor { id, name: _, vcpus: _, ram: _, disk: _, extra_specs: _, access: _ } = flavor;
            *id = names.of("flavor", id);
        }
    });
    known(images, |images| images.0.iter_mut().for_each(|image| redact_image(image, names)));
    known(volume_types, |types| types.0.iter_mut().for_each(|one| volume_type(one, names)));
    known(default_security_group_rules, |rules| {
        for DefaultRule { rule, used_in_default_sg: _, used_in_non_default_sg: _ } in &mut rules.0 {
            group_rule(rule, names);
        }
    });
    known(s3_answer, |answer| {
        let S3Answer { url, status: _, error_code, excerpt } = answer;
        *url = address(url, names);
        // The codes of S3 are single words.
        error_code.iter_mut().filter(|code| !is_word(code)).for_each(redacted);
        redacted(excerpt);
    });
    // A guest's console may tell anything, and so may a service that refuses.
    known(entropy_pool, |pool| {
        let EntropyPool { line, console } = pool;
        if !line.trim().bytes().all(|b| b.is_ascii_digit()) {
            redacted(line);
        }
        console.clear();
    });
    known(random_blocks, |blocks| {
        let RandomBlocks { source: _, blocks: _, failures: _, console } = blocks;
        console.clear();
    });
    known(cpu_instructions, |cpu| {
        let CpuInstructions { architecture: _, instructions: _, console } = cpu;
        console.clear();
    });
    known(fresh_security_group, |rules| rules.0.iter_mut().for_each(|rule| group_rule(rule, names)));
    known(secret_trial, |trial| {
        let SecretTrial { forbidden, listed: _ } = trial;
        forbidden.iter_mut().for_each(redacted);
    });
    known(secret_payload, |payload| {
        let SecretPayload { sent, received } = payload;
        [sent, received].into_iter().for_each(|text| *text = names.of("payload", text));
    });
    known(backup_trial, |trial| match trial {
        BackupTrial::Refused { how, .. } => redacted(how),
        BackupTrial::Restored { .. } => {}
    });
    known(image_upload, |upload| match upload {
        ImageUpload::Refused { how, .. } => redacted(how),
        ImageUpload::Uploaded { .. } => {}
    });
}

fn service(service: &mut Service, names: &mut StandIns) {
    let Service { service_type, name, endpoints } = service;
    if !is_word(service_type) {
        *service_type = names.of("type", service_type);
    }
    name.clone_from(service_type);
    for Endpoint { interface, region, url } in endpoints {
        if !matches!(interface.as_str(), "public" | "internal" | "admin") {
            *interface = names.of("interface", interface);
        }
        *region = names.of("region", region);
        *url = address(url, names);
    }
}

/// True for what looks like a word of a protocol: a type of a service, an error code.
fn is_word(text: &str) -> bool {
    text.len() <= 40
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        && text.chars().filter(char::is_ascii_digit).count() <= 2
}

fn group_rule(rule: &mut GroupRule, names: &mut StandIns) {
    let GroupRule {
        id,
        direction: _,
        ethertype: _,
        protocol,
        port_range_min: _,
        port_range_max: _,
        remote_group_id,
        remote_address_group_id,
        remote_ip_prefix,
    } = rule;
    *id = names.of("rule", id);
    *protocol = protocol.take().map(|word| if is_word(&word) { word } else { names.of("protocol", &word) });
    *remote_group_id = remote_group_id.take().map(|id| match id.as_str() {
        "PARENT" => id,
        _ => names.of("group", &id),
    });
    *remote_address_group_id = remote_address_group_id.take().map(|id| names.of("address-group", &id));
    *remote_ip_prefix = remote_ip_prefix.take().map(|prefix| match prefix.as_str() {
        "0.0.0.0/0" | "::/0" => prefix,
        v6 if v6.contains(':') => "2001:db8::/32".to_owned(),
        _ => "192.0.2.0/24".to_owned(),
    });
}

/// What experiments made keeps its kind and its name, which is ours; ids and the words of services go, and so does the
/// command that names the subject.
fn changes(changes: &mut Changes, names: &mut StandIns) {
    let Changes { run: _, resources, sweep } = changes;
    *sweep = None;
    for CreatedResource { kind: _, name: _, id, created_at: _, left } in resources {
        *id = id.take().map(|id| names.of("resource", &id));
        left.iter_mut().for_each(redacted);
    }
}

fn redacted(words: &mut String) {
    REDACTED.clone_into(words);
}

/// Changes a known fact, and takes the words out of the reason of one that failed.
fn known<T>(slot: &mut Slot<T>, change: impl FnOnce(&mut T)) {
    match slot {
        Slot::Known(fact) => change(fact),
        Slot::Failed(reason) => wordless(reason),
        // Both are this program's own words.
        Slot::Absent(_) | Slot::NotCollected(_) => {}
    }
}

/// The messages of services may say anything. What this program says of itself stays.
fn wordless(reason: &mut Reason) {
    let own = matches!(
        reason.code,
        ReasonCode::ChangesTheCloud | ReasonCode::ResultsMissing | ReasonCode::NotSelected | ReasonCode::Interrupted
    );
    if !own {
        reason.message = format!("redacted ({})", reason.code);
    }
}

fn redact_image(image: &mut Image, names: &mut StandIns) {
    let Image {
        id,
        name: _,
        visibility: _,
        hidden: _,
        status,
        size: _,
        min_disk: _,
        min_ram: _,
        created_at: _,
        tags,
        properties,
    } = image;
    *id = names.of("image", id);
    if !is_word(status) {
        *status = names.of("status", status);
    }
    *tags = tags.iter().map(|tag| names.of("tag", tag)).collect();
    *properties = std::mem::take(properties)
        .into_iter()
        .map(|(name, value)| match name.as_str() {
            kept if is_kept(kept) => (name, without_credentials(&value)),
            words if WORDS.contains(&words) => (name, without_words(&value)),
            "owner" => (name, names.of("project", &value)),
            _ => (names.of("property", &name), names.of("value", &value)),
        })
        .collect();
}

fn is_kept(property: &str) -> bool {
    KEPT_PROPERTIES.contains(&property) || KEPT_PREFIXES.iter().any(|prefix| property.starts_with(prefix))
}

/// An address stays an address, and nothing stays nothing.
fn without_words(value: &str) -> String {
    match value.split_once(':') {
        _ if value.trim().is_empty() => value.to_owned(),
        Some(("http" | "https", _)) => "https://example.org/redacted".to_owned(),
        Some(("mailto", _)) => "mailto:redacted@example.org".to_owned(),
        _ => REDACTED.to_owned(),
    }
}

fn volume_type(volume_type: &mut VolumeType, names: &mut StandIns) {
    let VolumeType { id, name, description, extra_specs: _ } = volume_type;
    *id = names.of("volume-type", id);
    if name != "__DEFAULT__" {
        *name = names.of("volume-type", name);
    }
    *description = only_aspects(description);
}

/// What looks like a list of aspects stays where it is; other words go.
fn only_aspects(description: &str) -> String {
    let lower = description.to_lowercase();
    let Some(start) = lower.find("scs").and_then(|at| lower.get(..at)?.rfind('[')) else {
        return without_words(description);
    };
    let list = description.get(start..).unwrap_or_default();
    let list = list.find(']').and_then(|end| list.get(..=end)).unwrap_or(list);
    let before = if start == 0 { "" } else { "redacted " };
    let after = if description.len() > start + list.len() { " redacted" } else { "" };
    format!("{before}{list}{after}")
}

fn subject(details: &mut BTreeMap<String, String>, names: &mut StandIns) {
    for (what, value) in details {
        match what.as_str() {
            "certificate" => {}
            "interface" if matches!(value.as_str(), "public" | "internal" | "admin") => {}
            "auth_url" => *value = address(value, names),
            "region" => *value = names.of("region", value),
            "roles" => {
                let roles = value.split(", ").map(|role| match role {
                    known if KNOWN_ROLES.contains(&known) => known.to_owned(),
                    other => names.of("role", other),
                });
                *value = roles.collect::<Vec<_>>().join(", ");
            }
            _ => *value = names.of(what, value),
        }
    }
}
