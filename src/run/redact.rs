//! Takes out of a recording what does not concern others, so that it can be attached to a bug
//! report. Everything that a rule reads stays; the same original always gets the same stand-in.
//! `docs/recordings.md` says field by field what becomes of it.
//!
//! Stays: names of images and flavors, extra specs, properties that describe an image and its
//! origin, service types, roles that every cloud has, statuses, times. Goes: addresses, ids,
//! regions, projects, users, owners, names of services and volume types, tags, properties of the
//! provider's own, and all free text.

use super::recording::Recording;
use indexmap::IndexMap;
use scs_checks::facts::{BackupTrial, Facts, GroupRule, Image, ImageUpload, Slot, VolumeType};
use scs_checks::verdict::{Reason, ReasonCode};
use scs_reports::Changes;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use url::Url;

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
    names.know_addresses(recording);
    let collected = &mut redacted.collected;
    facts(&mut collected.facts, &mut names);
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
    subject(&mut collected.subject.details, &mut names);
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
    if !matches!(reason.code, ReasonCode::ChangesTheCloud | ReasonCode::NotSelected | ReasonCode::Interrupted) {
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
            "interface" | "auth_url" => {}
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

/// What stands in for what.
#[derive(Default)]
struct StandIns {
    by_original: IndexMap<(String, String), String>,
    counts: BTreeMap<String, usize>,
}

impl StandIns {
    /// The stand-in of an original; nothing needs none.
    fn of(&mut self, kind: &str, original: &str) -> String {
        if original.is_empty() {
            return String::new();
        }
        let key = (kind.to_owned(), original.to_owned());
        if let Some(known) = self.by_original.get(&key) {
            return known.clone();
        }
        let count = self.counts.entry(kind.to_owned()).or_default();
        *count += 1;
        let stand_in = if kind == "host" { format!("host-{count}.example.org") } else { format!("{kind}-{count}") };
        self.by_original.insert(key, stand_in.clone());
        stand_in
    }

    /// Hosts of all addresses, and the project in their paths.
    fn know_addresses(&mut self, recording: &Recording) {
        let collected = &recording.collected;
        let mut addresses: Vec<&str> =
            collected.subject.details.get("auth_url").map(String::as_str).into_iter().collect();
        if let Slot::Known(catalog) = &collected.facts.catalog {
            addresses.extend(
                catalog.services.iter().flat_map(|service| &service.endpoints).map(|endpoint| endpoint.url.as_str()),
            );
        }
        if let Slot::Known(answer) = &collected.facts.s3_answer {
            addresses.push(&answer.url);
        }
        addresses
            .extend(collected.records.values().flat_map(|record| &record.requests).map(|request| request.url.as_str()));
        for address in addresses {
            if let Some(host) = Url::parse(address).ok().and_then(|url| url.host_str().map(str::to_owned)) {
                self.of("host", &host);
            }
        }
        if let Some(project) = collected.subject.details.get("project") {
            self.of("project", project);
        }
    }

    /// Replaces hosts and ids wherever else they occur: in addresses, in texts, in properties.
    /// Names are left to the fields that hold them: a project may be called `debian`.
    fn replace_everywhere(&self, recording: &Recording) -> serde_json::Result<Recording> {
        let originals = self
            .by_original
            .iter()
            .filter(|((kind, original), _)| {
                original.len() >= Finder::SHORTEST
                    && !matches!(kind.as_str(), "property" | "value" | "tag" | "role" | "cloud" | "region" | "payload")
            })
            .map(|((_, original), stand_in)| (original.as_str(), stand_in.as_str()));
        let mut value = serde_json::to_value(recording)?;
        Finder::of(originals).replace_in(&mut value);
        serde_json::from_value(value)
    }
}

/// Finds originals in texts, however many there are: a cloud with 10,000 images and flavors has 20,000 ids, and each of
/// them may occur in each of 500,000 texts. So each text is read once, and originals are looked up by how they begin.
struct Finder<'a> {
    /// The longest first, as a shorter one may be the beginning of it.
    by_beginning: HashMap<&'a [u8], Vec<(&'a str, &'a str)>>,
}

impl<'a> Finder<'a> {
    /// Shorter originals occur anywhere by chance.
    const SHORTEST: usize = 6;

    fn of(originals: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut by_beginning: HashMap<_, Vec<_>> = HashMap::new();
        for (original, stand_in) in originals {
            if let Some(beginning) = original.as_bytes().get(..Self::SHORTEST) {
                by_beginning.entry(beginning).or_default().push((original, stand_in));
            }
        }
        for same in by_beginning.values_mut() {
            same.sort_by_key(|(original, _)| std::cmp::Reverse(original.len()));
        }
        Self { by_beginning }
    }

    fn replace_in(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.replaced(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.replace_in(item)),
            Value::Object(fields) => fields.values_mut().for_each(|field| self.replace_in(field)),
            _ => {}
        }
    }

    fn replaced(&self, text: &str) -> String {
        let (mut replaced, mut rest, mut at) = (String::new(), text, 0);
        while at < rest.len() {
            match self.at(rest.as_bytes(), at) {
                None => at += 1,
                Some((original, stand_in)) => {
                    // An original begins and ends with whole characters, so these places are never within one.
                    replaced.push_str(rest.get(..at).unwrap_or_default());
                    replaced.push_str(stand_in);
                    rest = rest.get(at + original.len()..).unwrap_or_default();
                    at = 0;
                }
            }
        }
        replaced + rest
    }

    /// The longest original that stands at this place.
    fn at(&self, text: &[u8], at: usize) -> Option<(&'a str, &'a str)> {
        let same = self.by_beginning.get(text.get(at..at + Self::SHORTEST)?)?;
        let here = text.get(at..)?;
        same.iter().find(|(original, _)| here.starts_with(original.as_bytes())).copied()
    }
}
