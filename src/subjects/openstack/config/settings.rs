//! One cloud's settings as layers: `OS_*` variables win over what a region says, that over `secure.yaml`, that over
//! `clouds.yaml`, that over the profile. Each lookup goes through the layers in this order.

use crate::settings::yaml::{MapEntry, Node, Value};
use crate::settings::{ConfigError, Location, did_you_mean};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// A setting's text and where it stands. The text may be a secret, so it has no `Debug`.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    pub value: &'a str,
    pub place: &'a Location,
    /// `auth.` if it stands there, else empty.
    pub section: &'static str,
    /// The key as it is spelled in our messages, below the section.
    pub key: &'a str,
}

/// The origin of the cloud; it decides how keys are spelled in messages.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// `OS_*` variables.
    Variables,
    /// A cloud in a file, and where its name stands.
    File(Location),
}

pub(super) struct Settings {
    pub name: String,
    pub source: Source,
    /// Maps, the strongest first.
    pub layers: Vec<Node>,
    /// The reason why the profile that the cloud names adds nothing, if so.
    pub no_profile: Option<ConfigError>,
    /// The variables that a lookup has found.
    pub used: RefCell<BTreeSet<String>>,
}

impl Settings {
    pub fn new(name: &str, source: Source, layers: Vec<Node>) -> Self {
        Self { name: name.to_owned(), source, layers, no_profile: None, used: RefCell::default() }
    }

    /// Counts the layers that are variables, beside which there are files.
    pub fn variables(&self) -> usize {
        let are_variables = |layer: &&Node| matches!(layer.place, Location::Variable(_));
        match self.source {
            Source::Variables => 0,
            Source::File(_) => self.layers.iter().take_while(are_variables).count(),
        }
    }

    /// Returns the first of `keys` that is set to a non-empty text; each key is looked up in all layers before the next key.
    pub fn text(&self, keys: &[&'static str]) -> Result<Option<Text<'_>>, ConfigError> {
        self.first(keys, "", |layer, key| layer.get(key))
    }

    /// Returns texts like [`Self::text`], but a list is good as well.
    pub fn texts(&self, keys: &[&'static str]) -> Result<Vec<Text<'_>>, ConfigError> {
        for key in keys {
            for layer in &self.layers {
                let Some(node) = layer.get(key) else { continue };
                let items = if let Value::List(items) = &node.value { items } else { std::slice::from_ref(node) };
                let found = items.iter().map(|item| self.as_text(item, "", key)).collect::<Result<Vec<_>, _>>()?;
                if found.iter().any(Option::is_some) {
                    found.iter().flatten().for_each(|text| self.note_use(text.place));
                    return Ok(found.into_iter().flatten().collect());
                }
            }
        }
        Ok(Vec::new())
    }

    /// Remembers that a variable counts.
    pub fn note_use(&self, place: &Location) {
        if let Location::Variable(name) = place {
            self.used.borrow_mut().insert(name.clone());
        }
    }

    /// Returns a text like [`Self::text`], for keys below `auth`; they may also stand beside it, and then win, as with
    /// openstacksdk.
    pub fn auth_text(&self, keys: &[&'static str]) -> Result<Option<Text<'_>>, ConfigError> {
        for key in keys {
            if let Some(beside) = self.text(&[key])? {
                return Ok(Some(beside));
            }
            let below = self.first(&[key], "auth.", |layer, key| layer.get("auth").and_then(|auth| auth.get(key)))?;
            if below.is_some() {
                return Ok(below);
            }
        }
        Ok(None)
    }

    /// Returns the text of a key below `auth` without which nothing works.
    pub fn require_auth(&self, keys: &[&'static str]) -> Result<Text<'_>, ConfigError> {
        self.auth_text(keys)?.ok_or_else(|| self.missing_auth(keys[0]))
    }

    pub fn missing_auth(&self, key: &'static str) -> ConfigError {
        match (&self.source, &self.no_profile) {
            // It would have had it.
            (Source::File(_), Some(no_profile)) if key == "auth_url" => no_profile.clone(),
            (Source::Variables, _) => ConfigError::new(format!("OS_{} is not set", key.to_uppercase()))
                .help("set it, or choose a cloud of clouds.yaml with --cloud or OS_CLOUD"),
            (Source::File(place), _) => ConfigError::new("is missing")
                .key(self.label(&format!("auth.{key}")))
                .at(place)
                .help(self.help_for_missing(key)),
        }
    }

    /// Names a key that is empty or looks like a misspelling, else says where to write the missing one.
    fn help_for_missing(&self, key: &str) -> String {
        let auths = self.layers.iter().filter_map(|layer| layer.get("auth"));
        let similar = auths.flat_map(Node::entries).find(|entry| strsim::damerau_levenshtein(&entry.key, key) <= 2);
        match similar {
            Some(MapEntry { key: found, place, .. }) if found == key => format!("it is empty at {place}"),
            Some(MapEntry { key: found, place, .. }) => {
                format!("`{found}` at {place} looks like it; rename it")
            }
            None if ["password", "secret", "token"].iter().any(|word| key.ends_with(word)) => {
                "add it to secure.yaml or clouds.yaml".to_owned()
            }
            None => "add it".to_owned(),
        }
    }

    pub fn flag(&self, key: &'static str) -> Result<Option<bool>, ConfigError> {
        let Some(text) = self.text(&[key])? else {
            return Ok(None);
        };
        match text.value.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "1" | "y" | "t" => Ok(Some(true)),
            "false" | "no" | "off" | "0" | "n" | "f" => Ok(Some(false)),
            _ => Err(self.refuse(text, format!("must be true or false, not `{}`", text.value))),
        }
    }

    /// Parses a positive number of seconds, at most an hour.
    pub fn seconds(&self, keys: &[&'static str]) -> Result<Option<Duration>, ConfigError> {
        let Some(text) = self.text(keys)? else {
            return Ok(None);
        };
        let seconds = text.value.parse::<f64>().ok().filter(|s| *s > 0.0 && *s <= 3600.0);
        match seconds.and_then(|s| Duration::try_from_secs_f64(s).ok()) {
            Some(duration) => Ok(Some(duration)),
            None => Err(self.refuse(text, format!("must be seconds from above 0 to 3600, not `{}`", text.value))),
        }
    }

    /// Returns the list of this key from the strongest layer that has it.
    pub fn list(&self, key: &'static str) -> Result<Option<&[Node]>, ConfigError> {
        match self.layers.iter().find_map(|layer| layer.get(key).filter(|node| !node.is_null())) {
            None => Ok(None),
            Some(Node { value: Value::List(items), .. }) => Ok(Some(items)),
            Some(node) => Err(ConfigError::new(format!("must be a list, but is {}", node.description()))
                .at(&node.place)
                .key(self.label(key))),
        }
    }

    /// Returns every text setting whose key ends in `suffix`, by what precedes it (with `_` for `-`).
    pub fn ending_in(&self, suffix: &'static str) -> Result<BTreeMap<String, Text<'_>>, ConfigError> {
        let mut found = BTreeMap::new();
        for entry in self.layers.iter().flat_map(Node::entries) {
            let name = entry.key.replace('-', "_");
            let Some(prefix) = name.strip_suffix(suffix).filter(|prefix| !prefix.is_empty()) else {
                continue;
            };
            if let Some(text) = self.as_text(&entry.node, "", &entry.key)? {
                found.entry(prefix.to_owned()).or_insert(text);
            }
        }
        Ok(found)
    }

    /// Returns an error about a setting that is there; `what` must not quote secrets.
    pub fn refuse(&self, text: Text<'_>, what: impl Into<String>) -> ConfigError {
        let error = ConfigError::new(what).at(text.place);
        match text.place {
            Location::Variable(_) | Location::Flag(_) => error,
            Location::File { .. } | Location::Path(_) => {
                error.key(self.label(&format!("{}{}", text.section, text.key)))
            }
        }
    }

    /// Returns the full path of a key of this cloud.
    pub fn label(&self, key: &str) -> String {
        format!("clouds.{}.{key}", self.name)
    }

    fn first<'a>(
        &'a self,
        keys: &[&'static str],
        section: &'static str,
        get: impl Fn(&'a Node, &str) -> Option<&'a Node>,
    ) -> Result<Option<Text<'a>>, ConfigError> {
        for key in keys {
            for layer in &self.layers {
                if let Some(node) = get(layer, key)
                    && let Some(text) = self.as_text(node, section, key)?
                {
                    self.note_use(text.place);
                    return Ok(Some(text));
                }
            }
        }
        Ok(None)
    }

    /// Returns a scalar as text; nothing and the empty text count as not set, as exported empty variables do.
    fn as_text<'a>(
        &self,
        node: &'a Node,
        section: &'static str,
        key: &'a str,
    ) -> Result<Option<Text<'a>>, ConfigError> {
        match &node.value {
            Value::Null => Ok(None),
            Value::Text(value) if value.is_empty() => Ok(None),
            Value::Text(value) => Ok(Some(Text { value, place: &node.place, section, key })),
            Value::Faulty(error) => Err(ConfigError::clone(error).key(self.label(&format!("{section}{key}")))),
            Value::List(_) | Value::Map(_) => {
                Err(ConfigError::new(format!("must be a plain value, but is {}", node.description()))
                    .at(&node.place)
                    .key(self.label(&format!("{section}{key}")))
                    .help("quote it if it contains special characters"))
            }
        }
    }
}

/// Returns true if one of these layers sets a key, below `auth` or beside it.
pub(super) fn sets(layers: &[Node], key: &str) -> bool {
    let is_set = |node: Option<&Node>| {
        node.is_some_and(|node| !node.is_null() && !matches!(&node.value, Value::Text(text) if text.is_empty()))
    };
    let below = |layer: &Node| is_set(layer.get("auth").and_then(|auth| auth.get(key)));
    layers.iter().any(|layer| is_set(layer.get(key)) || below(layer))
}

/// Returns the entry of `name` in a map of clouds or profiles.
pub(super) fn entry<'a>(map: &'a Node, name: &str) -> Option<&'a MapEntry> {
    map.entries().iter().find(|entry| entry.key == name)
}

/// Returns the error "unknown X" with what is known and the nearest name.
pub(super) fn unknown(what: &str, name: &str, known: &[String]) -> ConfigError {
    let guess = did_you_mean(name, known.iter().map(String::as_str));
    let list = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    let error = ConfigError::new(format!("{what} `{name}` is unknown; known: {list}"));
    if guess.is_empty() { error } else { error.help(guess) }
}
