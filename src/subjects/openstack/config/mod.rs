//! Configuration as every OpenStack user knows it: `clouds.yaml`, `secure.yaml`, `clouds-public.yaml`
//! and `OS_*` variables become one [`Cloud`], or one clear [`ConfigError`]. No network.

mod auth;
mod choice;
mod cloud;
mod files;
mod select;
mod settings;
#[cfg(test)]
mod tests;
mod tls;

use crate::secrets::{Secrets, names_a_secret};
use crate::settings::yaml::{Node, Value};
use crate::settings::{ConfigError, Environment, proxy, warn_of};
pub use choice::{CloudChoice, ENVVARS};
pub use cloud::{ApplicationCredential, Auth, Cloud, Domain, Interface, Project, Tls, Trust, User};
use secrecy::ExposeSecret;
use settings::{Settings, Source, Text};
use std::collections::BTreeMap;
use url::Url;

/// Finds and resolves the chosen cloud. What is odd, but no reason to refuse it, is a warning in the log.
///
/// # Errors
/// The first thing that is wrong, with its place, key and what to do.
pub fn load(environment: &Environment, choice: CloudChoice<'_>) -> Result<Cloud, ConfigError> {
    let (mut notes, secrets) = (Vec::new(), environment.secrets());
    let cloud = resolve(environment, choice, auth::resolve, &secrets, &mut notes);
    warn_of(&notes.into_iter().map(|note| note.without(&secrets)).collect::<Vec<_>>());
    cloud.map_err(|error| error.without(&secrets))
}

/// Adds the managers of two domains to a cloud, by the names of their entries. `OS_*` variables do not count for them:
/// they would be the same for both.
///
/// # Errors
/// As [`load`]; one manager or more than two, or one of another cloud.
pub fn add_domain_managers(environment: &Environment, cloud: &mut Cloud, names: &[String]) -> Result<(), ConfigError> {
    if !matches!(names.len(), 0 | 2) {
        return Err(ConfigError::new("--domain-manager has to be given twice")
            .help("name the entries of the managers of two domains, as each must not reach the domain of the other"));
    }
    let environment = select::without_logins(environment);
    for name in names {
        let mut notes = Vec::new();
        let choice = CloudChoice { cloud: Some(name), region: None };
        let manager = resolve(&environment, choice, auth::resolve_manager, &cloud.secrets, &mut notes);
        warn_of(&notes.into_iter().map(|note| note.without(&cloud.secrets)).collect::<Vec<_>>());
        let manager = manager.map_err(|error| error.without(&cloud.secrets))?;
        if manager.auth_url != cloud.auth_url {
            let what = format!("the domain manager `{name}` has another auth_url than the cloud `{}`", cloud.name);
            return Err(
                ConfigError::new(what).help("both have to be of the cloud that is checked: write the same auth_url")
            );
        }
        cloud.secrets.add(manager.auth.secret().expose_secret());
        cloud.domain_managers.push(manager);
    }
    Ok(())
}

fn resolve(
    environment: &Environment,
    choice: CloudChoice<'_>,
    login: fn(&Settings) -> Result<Auth, ConfigError>,
    secrets: &Secrets,
    notes: &mut Vec<ConfigError>,
) -> Result<Cloud, ConfigError> {
    let mut settings = select::settings(environment, choice, notes)?;
    settings.layers.iter().for_each(|layer| add_secrets(layer, secrets));
    let region = select::region(&mut settings, environment, choice)?;
    refuse_identity_v2(&settings)?;
    let (interface, other_interfaces) = interfaces(&settings)?;
    let auth_url = auth_url(&settings, region.as_deref())?;
    let cloud = Cloud {
        name: settings.name.clone(),
        origin: match &settings.source {
            Source::Variables => "environment variables".to_owned(),
            Source::File(place) => place.to_string(),
        },
        auth: login(&settings)?,
        interface,
        other_interfaces,
        endpoint_overrides: endpoint_overrides(&settings)?,
        tls: tls::resolve(&settings, environment, auth_url.scheme() == "https", secrets, notes)?,
        secrets: secrets.clone(),
        api_timeout: settings.seconds(&["api_timeout", "timeout"])?,
        domain_managers: Vec::new(),
        auth_url,
        region,
    };
    proxy::check(environment, cloud.auth_url.scheme(), notes)?;
    notes.extend(select::say_of_variables(&settings, environment));
    notes.extend(single_service_notes(&settings));
    Ok(cloud)
}

/// Notes the settings with which other clients find a single service and this one does not: they would find it elsewhere.
fn single_service_notes(settings: &Settings) -> Vec<ConfigError> {
    const WHAT: [&str; 4] = ["_interface", "_region_name", "_service_type", "_service_name"];
    let found = WHAT.into_iter().filter_map(|suffix| settings.ending_in(suffix).ok()).flatten();
    let note = |(service, text): (String, Text<'_>)| {
        settings
            .refuse(text, "has no effect: services are looked for at the interface and in the region of the cloud")
            .help(format!("set {service}_endpoint_override"))
    };
    found.map(note).collect()
}

/// Returns the names of all configured clouds, sorted; `envvars` if `OS_AUTH_URL` is set.
///
/// # Errors
/// A configuration file that is broken.
pub fn cloud_names(environment: &Environment) -> Result<Vec<String>, ConfigError> {
    let mut names = select::CloudFiles::find(environment, &mut Vec::new())?.names();
    if environment.var("OS_AUTH_URL").is_some() {
        names.push(ENVVARS.to_owned());
    }
    names.sort_unstable();
    names.dedup();
    Ok(names)
}

/// Adds what stands under keys that name a secret, used or not, and passwords in addresses.
fn add_secrets(node: &Node, secrets: &Secrets) {
    match &node.value {
        Value::Text(text) => secrets.add_addresses_in(text),
        Value::List(items) => items.iter().for_each(|item| add_secrets(item, secrets)),
        Value::Map(entries) => entries.iter().for_each(|entry| match &entry.node.value {
            Value::Text(text) if names_a_secret(&entry.key) => secrets.add(text),
            _ => add_secrets(&entry.node, secrets),
        }),
        // Its text is not kept, so no message can repeat it.
        Value::Null | Value::Faulty(_) => {}
    }
}

fn refuse_identity_v2(settings: &Settings) -> Result<(), ConfigError> {
    match settings.text(&["identity_api_version"])? {
        Some(text) if text.value.trim_start_matches('v').starts_with('2') => Err(settings
            .refuse(text, "version 2 of the Identity API is not supported")
            .help("use 3; version 2 was removed from OpenStack in 2018")),
        _ => Ok(()),
    }
}

/// Returns the Identity endpoint with `/v3` at its end, whatever way it was written.
fn auth_url(settings: &Settings, region: Option<&str>) -> Result<Url, ConfigError> {
    let text = settings.require_auth(&["auth_url"])?;
    let mut url = parse_url(settings, text, &text.value.replace("{region_name}", region.unwrap_or_default()))?;
    let mut segments: Vec<String> = url.path().split('/').filter(|s| !s.is_empty()).map(str::to_owned).collect();
    // The last one: whatever stands before it belongs to the prefix.
    match segments.iter().rposition(|segment| is_version(segment)) {
        Some(at) if segments[at].starts_with("v2") => {
            return Err(settings.refuse(text, "points to version 2 of the Identity API").help("end it with /v3"));
        }
        Some(at) => segments.truncate(at + 1),
        None => segments.push("v3".to_owned()),
    }
    url.set_path(&segments.join("/"));
    Ok(url)
}

/// Returns true for `v3` and `v2.0`; not for `v3-old`, which is part of a prefix.
fn is_version(segment: &str) -> bool {
    let digits = segment.strip_prefix('v').unwrap_or_default();
    digits.starts_with(|c: char| c.is_ascii_digit()) && digits.chars().all(|c| c.is_ascii_digit() || c == '.')
}

/// Parses an http or https URL with a host and nothing secret in it. The message does not quote it: it may hold a
/// password by mistake.
fn parse_url(settings: &Settings, text: Text<'_>, value: &str) -> Result<Url, ConfigError> {
    let url = Url::parse(value.trim()).map_err(|error| {
        settings.refuse(text, format!("not a URL: {error}")).help("write it like https://cloud.example.com:5000/v3")
    })?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(settings.refuse(text, "must begin with https:// or http://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(settings
            .refuse(text, "holds a user name or password")
            .help("remove it from the URL; credentials belong under `auth`"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(settings.refuse(text, "must not have a `?` or `#` part"));
    }
    Ok(url)
}

/// Reads the interface to use, and those for services that lack it: one of them or a list, also spelled `publicURL`.
fn interfaces(settings: &Settings) -> Result<(Interface, Vec<Interface>), ConfigError> {
    let mut all = settings.texts(&["interface", "endpoint_type"])?.into_iter().map(|text| interface(settings, text));
    let first = all.next().transpose()?.unwrap_or_default();
    Ok((first, all.collect::<Result<_, _>>()?))
}

fn interface(settings: &Settings, text: Text<'_>) -> Result<Interface, ConfigError> {
    match text.value.trim_end_matches("URL").to_ascii_lowercase().as_str() {
        "public" => Ok(Interface::Public),
        "internal" => Ok(Interface::Internal),
        "admin" => Ok(Interface::Admin),
        _ => Err(settings.refuse(text, format!("must be public, internal or admin, not `{}`", text.value))),
    }
}

fn endpoint_overrides(settings: &Settings) -> Result<BTreeMap<String, Url>, ConfigError> {
    let found = settings.ending_in("_endpoint_override")?;
    let parsed = found.into_iter().map(|(service, text)| Ok((service, parse_url(settings, text, text.value)?)));
    parsed.collect()
}
