//! Selects the cloud, and the region in it.

use super::choice::{CloudChoice, ENVVARS};
use super::files::{self, CloudFile, FileKind};
use super::settings::{Settings, Source, entry, unknown};
use crate::settings::Environment;
use crate::settings::yaml::{MapEntry, Node, Value};
use crate::settings::{ConfigError, Location};
use std::path::PathBuf;

/// The two files that list clouds.
pub(super) struct CloudFiles {
    clouds: Option<CloudFile>,
    secure: Option<CloudFile>,
}

impl CloudFiles {
    pub fn find(environment: &Environment, notes: &mut Vec<ConfigError>) -> Result<Self, ConfigError> {
        let clouds = files::find(FileKind::Clouds, environment, notes)?;
        Ok(Self { clouds, secure: files::find(FileKind::Secure, environment, notes)? })
    }

    /// Returns the names of all clouds of both files, sorted.
    pub fn names(&self) -> Vec<String> {
        let all = [&self.clouds, &self.secure].into_iter().flatten();
        let mut names: Vec<String> = all.flat_map(|d| d.clouds.entries()).map(|e| e.key.clone()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Returns the layers of one cloud, `secure.yaml` first, and the place of its name.
    fn cloud(&self, name: &str) -> Result<Option<(Location, Vec<Node>)>, ConfigError> {
        let mut place = None;
        let mut layers = Vec::new();
        for document in [&self.secure, &self.clouds].into_iter().flatten() {
            if let Some(found) = entry(&document.clouds, name) {
                if let Value::Faulty(error) = &found.node.value {
                    return Err(ConfigError::clone(error).key(format!("clouds.{name}")));
                }
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

/// Returns the settings of the chosen cloud.
pub(super) fn settings(
    environment: &Environment,
    choice: CloudChoice<'_>,
    notes: &mut Vec<ConfigError>,
) -> Result<Settings, ConfigError> {
    let flag = choice.cloud.map(|name| (name, Location::Flag("--cloud")));
    let variable = environment.var("OS_CLOUD").map(|name| (name, Location::Variable("OS_CLOUD".to_owned())));
    if let Some((name, place)) = flag.or(variable) {
        return named(environment, name, &place, notes);
    }
    if environment.var("OS_AUTH_URL").is_some() {
        return Ok(from_variables(environment));
    }
    let files = CloudFiles::find(environment, notes)?;
    match files.names().as_slice() {
        [only] => from_files(environment, &files, only, notes)?.ok_or_else(|| nothing_configured(environment)),
        [] if has_login_variables(environment) => Ok(from_variables(environment)),
        [] => Err(nothing_configured(environment)),
        several => {
            Err(ConfigError::new(format!("several clouds are configured and none is chosen: {}", several.join(", ")))
                .help("choose one with --cloud or OS_CLOUD"))
        }
    }
}

fn named(
    environment: &Environment,
    name: &str,
    place: &Location,
    notes: &mut Vec<ConfigError>,
) -> Result<Settings, ConfigError> {
    let files = CloudFiles::find(environment, notes)?;
    if let Some(settings) = from_files(environment, &files, name, notes)? {
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

fn from_files(
    environment: &Environment,
    files: &CloudFiles,
    name: &str,
    notes: &mut Vec<ConfigError>,
) -> Result<Option<Settings>, ConfigError> {
    let Some((place, layers)) = files.cloud(name)? else {
        return Ok(None);
    };
    let mut settings = Settings::new(name, Source::File(place), layers);
    match profile(environment, &settings, notes)? {
        Ok(Some(profile)) => settings.layers.push(profile),
        Ok(None) => {}
        Err(unknown) => {
            notes.push(unknown.clone());
            settings.no_profile = Some(unknown);
        }
    }
    let variables = variables_beside(environment);
    settings.layers.insert(0, variables);
    Ok(Some(settings))
}

/// Returns the settings a cloud takes from `clouds-public.yaml`, the weakest layer; the inner error says why there are
/// none. They only add to the cloud's own, so that it may do without, as with openstacksdk.
fn profile(
    environment: &Environment,
    settings: &Settings,
    notes: &mut Vec<ConfigError>,
) -> Result<Result<Option<Node>, ConfigError>, ConfigError> {
    let Some(text) = settings.text(&["profile", "cloud"])? else {
        return Ok(Ok(None));
    };
    let help = "the vendor profiles built into Python tools are not known here: write auth_url into clouds.yaml";
    let refuse = |what: String| settings.refuse(text, what).help(help);
    let Some(document) = files::find(FileKind::Public, environment, notes)? else {
        return Ok(Err(refuse(format!("profile `{}` is unknown: there is no clouds-public.yaml", text.value))));
    };
    if let Some(found) = entry(&document.clouds, text.value) {
        return Ok(Ok(Some(found.node.clone())));
    }
    let known: Vec<String> = document.clouds.entries().iter().map(|e| e.key.clone()).collect();
    let error = unknown("profile", text.value, &known);
    Ok(Err(refuse(format!("{} in {}", error.what, document.path.display()))))
}

/// The variables that openstackclient takes as options: they win over what files say of a cloud.
const WINNING: &[&str] = &[
    "OS_APPLICATION_CREDENTIAL_ID",
    "OS_APPLICATION_CREDENTIAL_NAME",
    "OS_APPLICATION_CREDENTIAL_SECRET",
    "OS_AUTH_TYPE",
    "OS_AUTH_URL",
    "OS_CACERT",
    "OS_CERT",
    "OS_DEFAULT_DOMAIN",
    "OS_DEFAULT_DOMAIN_ID",
    "OS_DEFAULT_DOMAIN_NAME",
    "OS_DOMAIN_ID",
    "OS_DOMAIN_NAME",
    "OS_IDENTITY_API_VERSION",
    "OS_INTERFACE",
    "OS_KEY",
    "OS_PASSWORD",
    "OS_PROJECT_DOMAIN_ID",
    "OS_PROJECT_DOMAIN_NAME",
    "OS_PROJECT_ID",
    "OS_PROJECT_NAME",
    "OS_REGION_NAME",
    "OS_SYSTEM_SCOPE",
    "OS_TENANT_ID",
    "OS_TENANT_NAME",
    "OS_TOKEN",
    "OS_TRUST_ID",
    "OS_USERNAME",
    "OS_USER_DOMAIN_ID",
    "OS_USER_DOMAIN_NAME",
    "OS_USER_ID",
];

/// Variables that choose files and clouds, and say nothing of one.
const SELECTORS: &[&str] = &["OS_CLOUD", "OS_CLIENT_CONFIG_FILE", "OS_CLIENT_SECURE_FILE", "OS_CLIENT_VENDOR_FILE"];

/// Returns the environment without the variables that say how to log in.
pub(super) fn without_logins(environment: &Environment) -> Environment {
    let vars = environment.vars.iter().filter(|(name, _)| !WINNING.contains(&name.as_str()));
    Environment {
        vars: vars.map(|(name, value)| (name.clone(), value.clone())).collect(),
        home: environment.home.clone(),
        cwd: environment.cwd.clone(),
        system: environment.system.clone(),
    }
}

/// Returns the variables that count beside a cloud of a file.
fn variables_beside(environment: &Environment) -> Node {
    layer(environment, |name| WINNING.contains(&name))
}

fn from_variables(environment: &Environment) -> Settings {
    let layer = layer(environment, |name| !SELECTORS.contains(&name));
    Settings::new(ENVVARS, Source::Variables, vec![layer])
}

/// Makes a layer of variables: `OS_PROJECT_NAME` is key `project_name`; all keys are at one level, where lookups find
/// them too.
fn layer(environment: &Environment, wanted: impl Fn(&str) -> bool) -> Node {
    let entries = environment.vars.iter().filter(|(name, _)| wanted(name)).filter_map(|(name, value)| {
        let key = name.strip_prefix("OS_")?.to_ascii_lowercase();
        let place = Location::Variable(name.clone());
        let node = Node { place: place.clone(), value: Value::Text(value.clone()), plain: false };
        Some(MapEntry { key, place, node })
    });
    let value = Value::Map(entries.collect());
    Node { place: Location::Variable("OS_*".to_owned()), value, plain: false }
}

/// Says of variables that are set beside a cloud of a file which of them win, and which do nothing.
pub(super) fn say_of_variables(settings: &Settings, environment: &Environment) -> Vec<ConfigError> {
    let Source::File(place) = &settings.source else { return Vec::new() };
    let used = settings.used.borrow();
    let (wins, idle): (Vec<&str>, Vec<&str>) =
        WINNING.iter().filter(|name| environment.var(name).is_some()).partition(|name| used.contains(**name));
    let say = |names: &[&str], what: &str, help: &str| {
        let what = format!("{} {what} cloud `{}`", names.join(", "), settings.name);
        (!names.is_empty()).then(|| ConfigError::new(what).at(place).help(help))
    };
    let wins = say(&wins, "in the environment override the settings of", "unset what is not meant for this cloud");
    let idle = say(&idle, "in the environment have no effect on", "unset them, or choose their cloud");
    wins.into_iter().chain(idle).collect()
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

/// Chooses the region; settings of its own, if it has any, win over all but variables.
///
/// # Errors
/// Several regions are configured and none is chosen, or an unknown one is.
pub(super) fn region(
    settings: &mut Settings,
    environment: &Environment,
    choice: CloudChoice<'_>,
) -> Result<Option<String>, ConfigError> {
    let regions = regions(settings)?;
    let own = own_regions(settings)?;
    let flag = choice.region.map(|name| (name.to_owned(), Location::Flag("--region")));
    let is_free = flag.is_some() && regions.is_empty() && own.len() < 2;
    let variable = environment
        .var("OS_REGION_NAME")
        .map(|name| (name.to_owned(), Location::Variable("OS_REGION_NAME".to_owned())));
    let listed: Vec<(String, Location)> =
        regions.iter().map(|(name, _, place)| (name.clone(), place.clone())).collect();
    let known = if listed.is_empty() { &own } else { &listed };
    let names: Vec<String> = known.iter().map(|(name, _)| name.clone()).collect();
    let Some((name, place)) = flag.or(variable).or_else(|| only(&own)).or_else(|| only(&listed)) else {
        return if names.is_empty() { Ok(None) } else { Err(ask_for_region(settings, &names)) };
    };
    if !names.is_empty() && !names.contains(&name) && !is_free {
        return Err(unknown("region", &name, &names).at(&place));
    }
    settings.note_use(&place);
    let values = regions.into_iter().find(|(region, ..)| *region == name).and_then(|(_, values, _)| values);
    if let Some(values) = values {
        settings.layers.insert(settings.variables(), values);
    }
    Ok(Some(name))
}

fn only(regions: &[(String, Location)]) -> Option<(String, Location)> {
    match regions {
        [only] => Some(only.clone()),
        _ => None,
    }
}

/// Reads what the files say as `region_name`: one name, or several as a list or with commas.
fn own_regions(settings: &Settings) -> Result<Vec<(String, Location)>, ConfigError> {
    let of_files = &settings.layers[settings.variables()..];
    let Some(node) = of_files.iter().find_map(|layer| layer.get("region_name").filter(|node| !node.is_null())) else {
        return Ok(Vec::new());
    };
    let split = |node: &Node, text: &str| -> Vec<(String, Location)> {
        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        names.map(|name| (name.to_owned(), node.place.clone())).collect()
    };
    let items = if let Value::List(items) = &node.value { items.as_slice() } else { std::slice::from_ref(node) };
    let names = items.iter().map(|item| match &item.value {
        Value::Text(text) => Ok(split(item, text)),
        _ => Err(ConfigError::new("must be a name or a list of names")
            .at(&item.place)
            .key(settings.label("region_name"))),
    });
    Ok(names.collect::<Result<Vec<_>, _>>()?.concat())
}

fn ask_for_region(settings: &Settings, known: &[String]) -> ConfigError {
    ConfigError::new(format!("several regions are configured and none is chosen: {}", known.join(", ")))
        .key(settings.label("regions"))
        .help("choose one with --region")
}

/// One of the `regions`: its name, its settings, and where it stands.
type Region = (String, Option<Node>, Location);

/// Reads the `regions` list: plain names, or maps with `name` and `values`.
fn regions(settings: &Settings) -> Result<Vec<Region>, ConfigError> {
    let items = settings.list("regions")?.unwrap_or_default();
    let refuse = |item: &Node, what: &str| ConfigError::new(what).at(&item.place).key(settings.label("regions"));
    let region = |item: &Node| match &item.value {
        Value::Text(name) => Ok((name.clone(), None, item.place.clone())),
        Value::Map(entries) if entries.iter().any(|entry| !matches!(entry.key.as_str(), "name" | "values")) => {
            Err(refuse(item, "a region has `name` and `values` only"))
        }
        Value::Map(_) => match item.get("name").map(|node| &node.value) {
            Some(Value::Text(name)) => Ok((name.clone(), item.get("values").cloned(), item.place.clone())),
            _ => Err(refuse(item, "a region needs a `name`")),
        },
        _ => Err(refuse(item, "a region must be a name, or a map with `name` and `values`")),
    };
    items.iter().map(region).collect()
}
