//! Which cloud, and which of its regions.

use std::path::PathBuf;

use super::environment::Environment;
use super::error::{ConfigError, Place};
use super::files::{self, Document, Kind};
use super::settings::{Settings, Source, entry, unknown};
use super::yaml::{Entry, Node, Value};
use super::{Choice, ENVVARS};

/// The two files that list clouds.
pub(super) struct Files {
    clouds: Option<Document>,
    secure: Option<Document>,
}

impl Files {
    pub fn find(environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Self { clouds: files::find(Kind::Clouds, environment)?, secure: files::find(Kind::Secure, environment)? })
    }

    /// Every cloud of both files, sorted.
    pub fn names(&self) -> Vec<String> {
        let all = [&self.clouds, &self.secure].into_iter().flatten();
        let mut names: Vec<String> = all.flat_map(|d| d.clouds.entries()).map(|e| e.key.clone()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The layers of one cloud, `secure.yaml` first, and the place of its name.
    fn cloud(&self, name: &str) -> Result<Option<(Place, Vec<Node>)>, ConfigError> {
        let mut place = None;
        let mut layers = Vec::new();
        for document in [&self.secure, &self.clouds].into_iter().flatten() {
            if let Some(found) = entry(&document.clouds, name) {
                if !matches!(found.node.value, Value::Map(_)) {
                    let what = format!("has no settings: it is {}, not a map", found.node.description());
                    return Err(ConfigError::new(what)
                        .at(&found.place)
                        .key(format!("clouds.{name}"))
                        .help("indent its settings below its name"));
                }
                place = Some(found.place.clone());
                layers.push(found.node.clone());
            }
        }
        Ok(place.map(|place| (place, layers)))
    }
}

/// The settings of the chosen cloud.
pub(super) fn settings(environment: &Environment, choice: Choice<'_>) -> Result<Settings, ConfigError> {
    let flag = choice.cloud.map(|name| (name, Place::Flag("--cloud")));
    let variable = environment.var("OS_CLOUD").map(|name| (name, Place::Variable("OS_CLOUD".to_owned())));
    if let Some((name, place)) = flag.or(variable) {
        return named(environment, name, &place);
    }
    if environment.var("OS_AUTH_URL").is_some() {
        return Ok(from_variables(environment));
    }
    let files = Files::find(environment)?;
    match files.names().as_slice() {
        [only] => from_files(environment, &files, only)?.ok_or_else(|| nothing_configured(environment)),
        [] if has_login_variables(environment) => Ok(from_variables(environment)),
        [] => Err(nothing_configured(environment)),
        several => {
            Err(ConfigError::new(format!("several clouds are configured and none is chosen: {}", several.join(", ")))
                .help("choose one with --cloud or OS_CLOUD"))
        }
    }
}

fn named(environment: &Environment, name: &str, place: &Place) -> Result<Settings, ConfigError> {
    let files = Files::find(environment)?;
    if let Some(settings) = from_files(environment, &files, name)? {
        return Ok(settings);
    }
    if name == ENVVARS {
        return Ok(from_variables(environment));
    }
    if files.clouds.is_none() && files.secure.is_none() {
        let error = nothing_configured(environment);
        return Err(ConfigError { what: format!("cloud `{name}` is unknown: {}", error.what), ..error }.at(place));
    }
    Err(unknown("cloud", name, &files.names()).at(place))
}

fn from_files(environment: &Environment, files: &Files, name: &str) -> Result<Option<Settings>, ConfigError> {
    let Some((place, layers)) = files.cloud(name)? else {
        return Ok(None);
    };
    let mut settings = Settings { name: name.to_owned(), source: Source::File(place), layers };
    if let Some(profile) = profile(environment, &settings)? {
        settings.layers.push(profile);
    }
    Ok(Some(settings))
}

/// The settings a cloud takes from `clouds-public.yaml`, the weakest layer.
fn profile(environment: &Environment, settings: &Settings) -> Result<Option<Node>, ConfigError> {
    let Some(text) = settings.text(&["profile", "cloud"])? else {
        return Ok(None);
    };
    let help = "the vendor profiles built into Python tools are not known here: write auth_url into clouds.yaml";
    let Some(document) = files::find(Kind::Public, environment)? else {
        let what = format!("profile `{}` is unknown: there is no clouds-public.yaml", text.value);
        return Err(settings.refuse(text, what).help(help));
    };
    match entry(&document.clouds, text.value) {
        Some(found) => Ok(Some(found.node.clone())),
        None => {
            let known: Vec<String> = document.clouds.entries().iter().map(|e| e.key.clone()).collect();
            let error = unknown("profile", text.value, &known);
            Err(settings.refuse(text, format!("{} in {}", error.what, document.path.display())).help(help))
        }
    }
}

/// `OS_PROJECT_NAME` is key `project_name`; all keys at one level, where lookups find them too.
fn from_variables(environment: &Environment) -> Settings {
    let own = ["OS_CLOUD", "OS_CLIENT_CONFIG_FILE", "OS_CLIENT_SECURE_FILE", "OS_CLIENT_VENDOR_FILE"];
    let variables = environment.vars.iter().filter(|(name, _)| !own.contains(&name.as_str()));
    let entries = variables.filter_map(|(name, value)| {
        let key = name.strip_prefix("OS_")?.to_ascii_lowercase();
        let place = Place::Variable(name.clone());
        let node = Node { place: place.clone(), value: Value::Text(value.clone()) };
        Some(Entry { key, place, node })
    });
    let layer = Node { place: Place::Variable("OS_*".to_owned()), value: Value::Map(entries.collect()) };
    Settings { name: ENVVARS.to_owned(), source: Source::Variables, layers: vec![layer] }
}

fn has_login_variables(environment: &Environment) -> bool {
    ["OS_USERNAME", "OS_USER_ID", "OS_PASSWORD", "OS_TOKEN", "OS_APPLICATION_CREDENTIAL_ID"]
        .iter()
        .any(|name| environment.var(name).is_some())
}

fn nothing_configured(environment: &Environment) -> ConfigError {
    let folders: Vec<PathBuf> = environment.config_folders();
    let list: Vec<String> = folders.iter().map(|folder| folder.display().to_string()).collect();
    ConfigError::new(format!(
        "no cloud is configured: no clouds.yaml with clouds in {}, and OS_AUTH_URL is not set",
        list.join(", ")
    ))
    .help("put a clouds.yaml there, name one with OS_CLIENT_CONFIG_FILE, or source an openrc file")
}

/// The region to use; settings of its own, if it has any, become the strongest layer.
///
/// # Errors
/// Several regions are configured and none is chosen, or an unknown one is.
pub(super) fn region(
    settings: &mut Settings,
    environment: &Environment,
    choice: Choice<'_>,
) -> Result<Option<String>, ConfigError> {
    let regions = regions(settings)?;
    let flag = choice.region.map(|name| (name.to_owned(), Place::Flag("--region")));
    let own = settings.text(&["region_name"])?.map(|text| (text.value.to_owned(), text.place.clone()));
    let variable =
        environment.var("OS_REGION_NAME").map(|name| (name.to_owned(), Place::Variable("OS_REGION_NAME".to_owned())));
    let known: Vec<String> = regions.iter().map(|(name, _)| name.clone()).collect();
    let chosen = flag.or(own).or(variable);
    let Some((name, place)) = chosen.or_else(|| match known.as_slice() {
        [only] => Some((only.clone(), Place::Flag("--region"))),
        _ => None,
    }) else {
        return if known.is_empty() { Ok(None) } else { Err(ask_for_region(settings, &known)) };
    };
    match regions.into_iter().find(|(region, _)| *region == name) {
        Some((_, Some(values))) => settings.layers.insert(0, values),
        None if !known.is_empty() => return Err(unknown("region", &name, &known).at(&place)),
        _ => {}
    }
    Ok(Some(name))
}

fn ask_for_region(settings: &Settings, known: &[String]) -> ConfigError {
    ConfigError::new(format!("several regions are configured and none is chosen: {}", known.join(", ")))
        .key(settings.label("regions"))
        .help("choose one with --region")
}

/// The `regions` list: plain names, or maps with `name` and `values`.
fn regions(settings: &Settings) -> Result<Vec<(String, Option<Node>)>, ConfigError> {
    let items = settings.list("regions")?.unwrap_or_default();
    let region = |item: &Node| match &item.value {
        Value::Text(name) => Ok((name.clone(), None)),
        Value::Map(_) => match item.get("name").map(|node| &node.value) {
            Some(Value::Text(name)) => Ok((name.clone(), item.get("values").cloned())),
            _ => Err(ConfigError::new("a region needs a `name`").at(&item.place).key(settings.label("regions"))),
        },
        _ => Err(ConfigError::new("a region must be a name, or a map with `name` and `values`")
            .at(&item.place)
            .key(settings.label("regions"))),
    };
    items.iter().map(region).collect()
}
