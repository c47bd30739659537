//! The redaction of clouds. Names of images and flavors stay, extra specs, properties that describe an image and its
//! origin, service types, roles that every cloud has, statuses, times. Addresses, ids, regions, zones, projects, users, owners, names
//! of services and volume types, tags, properties of the provider's own, and all free text go.

use super::address::{address, without_credentials};
use super::stand_ins::StandIns;
use super::text::{KNOWN_ROLES, REDACTED, is_word, known, redacted, wordless};
use scs_checks::facts::{
    AttachOutcome, BackupTrial, Catalog, CatalogService, ChainTrust, CloudFacts, CpuInstructions, CrossAttach,
    DefaultRule, Endpoint, EntropyPool, Flavor, GroupRule, Image, ImageUpload, NetworkQuotas, Probed, ProviderNetwork,
    PublicKey, RandomBlocks, S3Answer, S3RoundTrip, SecretPayload, SecretTrial, ServerCertificate, StepOutcome,
    SubnetPool, TempestResults, TempestRun, TlsEndpoint, VersionAnswer, VersionDocument, VolumeType, Zone,
};
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

/// The description that scs-0104 v2 demands of images for Kubernetes nodes, word by word: it says nothing about a provider.
const NODE_IMAGES: &str = "https://github.com/osism/k8s-capi-images";

/// Redacts the facts of a cloud.
pub(super) fn facts(facts: &mut CloudFacts, names: &mut StandIns) {
    // Without `..`, so that the compiler asks about a new fact.
    let CloudFacts {
        catalog,
        flavors,
        images,
        volume_types,
        default_security_group_rules,
        s3_answer,
        tls_endpoints,
        version_documents,
        compute_zones,
        storage_zones,
        network_zones,
        load_balancer_zones,
        provider_networks,
        subnet_pools,
        network_quotas,
        entropy_pool,
        random_blocks,
        cpu_instructions,
        fresh_security_group,
        secret_trial,
        secret_payload,
        backup_trial,
        image_upload,
        s3_round_trip,
        cross_attach,
        tempest_results,
        domain_manager_trial,
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
    known(tls_endpoints, |endpoints| endpoints.0.iter_mut().for_each(|one| endpoint(one, names)));
    known(version_documents, |documents| documents.0.iter_mut().for_each(|one| version_document(one, names)));
    known(s3_round_trip, |trip| match trip {
        S3RoundTrip::Refused { step: _, how } => redacted(how),
        S3RoundTrip::Completed { .. } => {}
    });
    known(compute_zones, |all| zones(&mut all.0, names));
    known(storage_zones, |all| zones(&mut all.0, names));
    known(network_zones, |all| zones(&mut all.0, names));
    known(load_balancer_zones, |all| zones(&mut all.0, names));
    known(provider_networks, |networks| networks.0.iter_mut().for_each(|one| provider_network(one, names)));
    known(subnet_pools, |pools| pools.0.iter_mut().for_each(|one| subnet_pool(one, names)));
    known(network_quotas, |NetworkQuotas { floating_ips: _ }| {});
    known(cross_attach, |trial| {
        let CrossAttach { server_zone, volume_zone, outcome } = trial;
        [server_zone, volume_zone].into_iter().for_each(|name| zone_name(name, names));
        match outcome {
            AttachOutcome::Attached => {}
            AttachOutcome::Refused(how) => redacted(how),
        }
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
    known(tempest_results, |results| {
        // Names of tests are public, unless they are not those of Tempest.
        let TempestResults {
            source,
            of_this_cloud: _,
            finished_at: _,
            complete: _,
            expected: _,
            tests,
            contradictions,
            reasons,
            run,
        } = results;
        // What runs here is called by its name and version.
        if run.is_none() {
            redacted(source);
        }
        reasons.retain(|name, _| name.contains("tempest."));
        reasons.values_mut().for_each(redacted);
        run.iter_mut().for_each(tempest_run);
        tests.retain(|name, _| name.contains("tempest."));
        contradictions.iter_mut().for_each(redacted);
    });
    known(domain_manager_trial, |trial| {
        for outcome in trial.0.values_mut().flat_map(|steps| steps.values_mut()) {
            match outcome {
                StepOutcome::Effective => {}
                StepOutcome::Refused(how) | StepOutcome::Ineffective(how) => redacted(how),
                StepOutcome::Unknown(reason) => wordless(reason),
            }
        }
    });
}

fn version_document(document: &mut VersionDocument, names: &mut StandIns) {
    let VersionDocument { service_type, url, answer } = document;
    if !is_word(service_type) {
        *service_type = names.of("type", service_type);
    }
    *url = address(url, names);
    match answer {
        Probed::Unknown(reason) => wordless(reason),
        Probed::Seen(VersionAnswer { status: _, versions }) => {
            let is_version = |id: &&mut String| id.chars().all(|c| c.is_ascii_digit() || matches!(c, 'v' | '.'));
            versions.iter_mut().filter(|id| !is_version(id)).for_each(redacted);
        }
    }
}

fn provider_network(network: &mut ProviderNetwork, names: &mut StandIns) {
    let ProviderNetwork { id, name, external: _, is_default: _, shared: _, port_security_enabled: _ } = network;
    *id = names.of("network", id);
    name.clone_from(id);
}

fn subnet_pool(pool: &mut SubnetPool, names: &mut StandIns) {
    let SubnetPool {
        id,
        name,
        shared: _,
        is_default: _,
        ip_version: _,
        default_prefixlen: _,
        min_prefixlen: _,
        max_prefixlen: _,
        default_quota: _,
    } = pool;
    *id = names.of("subnet-pool", id);
    name.clone_from(id);
}

fn zones(zones: &mut [Zone], names: &mut StandIns) {
    for Zone { name, available: _ } in zones {
        zone_name(name, names);
    }
}

/// Replaces the name of a zone, unless it is the one that OpenStack begins with.
fn zone_name(name: &mut String, names: &mut StandIns) {
    if name != "nova" {
        *name = names.of("zone", name);
    }
}

fn tempest_run(run: &mut TempestRun) {
    let TempestRun { cut_short, not_begun, left, unclaimed } = run;
    let texts = cut_short.iter_mut().chain(not_begun.values_mut()).chain(left).chain(unclaimed);
    texts.for_each(redacted);
}

fn service(service: &mut CatalogService, names: &mut StandIns) {
    let CatalogService { service_type, name, endpoints } = service;
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

/// Redacts what is known of a server's TLS: what it agrees to stays, and of certificates what a rule reads.
fn endpoint(endpoint: &mut TlsEndpoint, names: &mut StandIns) {
    let TlsEndpoint { host, port: _, protocols, certificates, hsts } = endpoint;
    *host = names.of("host", host);
    if let Probed::Unknown(reason) = protocols {
        wordless(reason);
    }
    match certificates {
        Probed::Unknown(reason) => wordless(reason),
        Probed::Seen(certificates) => certificates.iter_mut().for_each(|one| certificate(one, names)),
    }
    match hsts {
        Probed::Unknown(reason) => wordless(reason),
        // A policy with its own words would be no policy.
        Probed::Seen(header) => header.iter_mut().filter(|header| !is_policy(header)).for_each(redacted),
    }
}

fn is_policy(header: &str) -> bool {
    let known = ["max-age", "includesubdomains", "preload"];
    header.split(';').map(str::trim).filter(|directive| !directive.is_empty()).all(|directive| {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        let is_plain = value.trim().bytes().all(|byte| byte.is_ascii_digit() || byte == b'"');
        is_plain && known.contains(&name.trim().to_lowercase().as_str())
    })
}

fn certificate(certificate: &mut ServerCertificate, names: &mut StandIns) {
    let ServerCertificate {
        subject,
        names: hosts,
        issuer,
        not_before: _,
        not_after: _,
        key: PublicKey { kind: _, bits: _, curve: _ },
        signature: _,
        chain: _,
        trust,
        name_matches: _,
    } = certificate;
    *subject = names.of("subject", subject);
    *issuer = names.of("issuer", issuer);
    hosts.iter_mut().for_each(|host| *host = names.of("host", host));
    match trust {
        ChainTrust::Trusted => {}
        ChainTrust::Untrusted(why) => redacted(why),
        ChainTrust::Unknown(reason) => wordless(reason),
    }
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
            "image_description" if value == NODE_IMAGES => (name, value),
            redactor if WORDS.contains(&redactor) => (name, without_words(&value)),
            "owner" => (name, names.of("project", &value)),
            _ => (names.of("property", &name), names.of("value", &value)),
        })
        .collect();
}

fn is_kept(property: &str) -> bool {
    KEPT_PROPERTIES.contains(&property) || KEPT_PREFIXES.iter().any(|prefix| property.starts_with(prefix))
}

/// Redacts a value so that an address stays an address, and nothing stays nothing.
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

/// Keeps what looks like a list of aspects; other words go.
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

/// Redacts the details of a cloud.
pub(super) fn subject(details: &mut BTreeMap<String, String>, names: &mut StandIns) {
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
