//! Takes out of a recording what does not concern others, so that it can be attached to a bug
//! report. Everything that a rule reads stays; the same original always gets the same stand-in.
//! `docs/recordings.md` says field by field what becomes of it.
//!
//! Of a cloud stays: names of images and flavors, extra specs, properties that describe an image and its
//! origin, service types, roles that every cloud has, statuses, times. Goes: addresses, ids,
//! regions, projects, users, owners, names of services and volume types, tags, properties of the
//! provider's own, and all free text. For clusters see `cluster.rs`.

mod cluster;
mod stand_ins;

use super::recording::Recording;
use scs_checks::facts::{BackupTrial, Facts, GroupRule, Image, ImageUpload, Slot, SubjectKind, VolumeType};
use scs_checks::verdict::{Reason, ReasonCode};
use scs_reports::Changes;
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
    if is_cluster {
        cluster::redact(collected, &mut names);
    } else {
        names.know_addresses(recording);
        facts(&mut collected.facts, &mut names);
        subject(&mut collected.subject.details, &mut names);
    }
    for record in collected.records.values_mut() {
        record.reason.iter_mut().for_each(wordless);
        for request in &mut record.requests {
            request.request_id = request.request_id.take().map(|id| names.of("request", &id));
        }
    }
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

fn facts(facts: &mut Facts, names: &mut StandIns) {
    known(&mut facts.catalog, |catalog| {
        for service in &mut catalog.services {
            service.name.clone_from(&service.service_type);
            for endpoint in &mut service.endpoints {
                endpoint.region = names.of("region", &endpoint.region);
            }
        }
    });
    known(&mut facts.flavors, |flavors| {
        flavors.0.iter_mut().for_each(|flavor| flavor.id = names.of("flavor", &flavor.id))
    });
    known(&mut facts.images, |images| images.0.iter_mut().for_each(|image| redact_image(image, names)));
    known(&mut facts.volume_types, |types| types.0.iter_mut().for_each(|one| volume_type(one, names)));
    known(&mut facts.default_security_group_rules, |rules| {
        rules.0.iter_mut().for_each(|rule| group_rule(&mut rule.rule, names));
    });
    known(&mut facts.s3_answer, |answer| answer.excerpt = REDACTED.to_owned());
    experiments(facts, names);
}

/// A guest's console may tell anything, and so may a service that refuses.
fn experiments(facts: &mut Facts, names: &mut StandIns) {
    known(&mut facts.entropy_pool, |pool| pool.console.clear());
    known(&mut facts.random_blocks, |blocks| blocks.console.clear());
    known(&mut facts.cpu_instructions, |cpu| cpu.console.clear());
    known(&mut facts.fresh_security_group, |rules| rules.0.iter_mut().for_each(|rule| group_rule(rule, names)));
    known(&mut facts.secret_trial, |trial| trial.forbidden.iter_mut().for_each(redacted));
    known(&mut facts.secret_payload, |payload| {
        payload.sent = names.of("payload", &payload.sent);
        payload.received = names.of("payload", &payload.received);
    });
    known(&mut facts.backup_trial, |trial| match trial {
        BackupTrial::Refused { how, .. } => redacted(how),
        BackupTrial::Restored { .. } => {}
    });
    known(&mut facts.image_upload, |upload| match upload {
        ImageUpload::Refused { how, .. } => redacted(how),
        ImageUpload::Uploaded { .. } => {}
    });
}

fn group_rule(rule: &mut GroupRule, names: &mut StandIns) {
    rule.id = names.of("rule", &rule.id);
    rule.remote_group_id = rule.remote_group_id.take().map(|id| match id.as_str() {
        "PARENT" => id,
        _ => names.of("group", &id),
    });
    rule.remote_address_group_id = rule.remote_address_group_id.take().map(|id| names.of("address-group", &id));
    rule.remote_ip_prefix = rule.remote_ip_prefix.take().map(|prefix| match prefix.as_str() {
        "0.0.0.0/0" | "::/0" => prefix,
        v6 if v6.contains(':') => "2001:db8::/32".to_owned(),
        _ => "192.0.2.0/24".to_owned(),
    });
}

/// What experiments made keeps its kind and its name, which is ours; ids and the words of services go.
fn changes(changes: &mut Changes, names: &mut StandIns) {
    for resource in &mut changes.resources {
        resource.id = resource.id.take().map(|id| names.of("resource", &id));
        resource.left.iter_mut().for_each(redacted);
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
    image.id = names.of("image", &image.id);
    image.tags = image.tags.iter().map(|tag| names.of("tag", tag)).collect();
    image.properties = std::mem::take(&mut image.properties)
        .into_iter()
        .map(|(name, value)| match name.as_str() {
            kept if is_kept(kept) => (name, value),
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
    volume_type.id = names.of("volume-type", &volume_type.id);
    volume_type.name = match volume_type.name.as_str() {
        "__DEFAULT__" => volume_type.name.clone(),
        name => names.of("volume-type", name),
    };
    volume_type.description = only_aspects(&volume_type.description);
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
            "interface" | "auth_url" | "certificate" => {}
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
