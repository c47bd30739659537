//! Templates of what is asked for: minijinja makes YAML of them, in which a name that is not defined is an error.

use super::error::ProvisionError;
use super::journal::aside;
use indexmap::IndexMap;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use scs_subjects::secrets::Secrets;
use serde::Serialize;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The largest template, in bytes.
const LARGEST: u64 = 1 << 20;

/// The number of steps after which a template is not rendered any further.
const FUEL: u64 = 1_000_000;

/// The values that a template can use.
#[derive(Debug, Serialize)]
pub(super) struct Values<'a> {
    /// The name of the cluster.
    pub name: &'a str,
    /// The namespace of the object.
    pub namespace: &'a str,
    /// The name of the subject.
    pub subject: &'a str,
    /// The version of Kubernetes, such as 1.35.2.
    pub version: &'a str,
    /// Its branch, such as 1.35.
    pub branch: &'a str,
    /// The version of the API, such as v1beta2.
    pub api_version: &'a str,
    /// The class of the cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<&'a str>,
    /// The profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<&'a str>,
    /// The kind of the profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile_kind: Option<&'a str>,
    /// The variables of the subject.
    pub variables: &'a IndexMap<String, String>,
    /// The secrets of the provisioner.
    pub secrets: &'a IndexMap<String, String>,
}

/// A template that was read.
pub(super) struct Template {
    file: PathBuf,
    text: String,
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// It cannot be read.
    pub async fn read(file: &Path) -> Result<Self, ProvisionError> {
        let path = file.to_owned();
        let text = aside(move || scs_files::read_text(&path, LARGEST)).await;
        let text =
            text.map_err(|error| ProvisionError::Configuration(format!("the template {error}; {}", error.help())))?;
        Ok(Self { file: file.to_owned(), text })
    }

    /// Returns a template of this program.
    pub fn built_in(text: &str) -> Self {
        Self { file: "(built in)".into(), text: text.to_owned() }
    }

    /// Renders it; the result is one YAML document, a mapping.
    ///
    /// # Errors
    /// The template is not valid, uses what is not defined, or does not make such a document.
    pub fn render(&self, values: &Values<'_>, secrets: &Secrets) -> Result<Value, ProvisionError> {
        let problem = |problem: String| {
            let problem = secrets.hide(&problem).into_owned();
            ProvisionError::Template { file: self.file.clone(), problem }
        };
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        environment.set_fuel(Some(FUEL));
        let rendered = environment.render_named_str("template", &self.text, values).map_err(|error| {
            let line = error.line().map_or(String::new(), |line| format!("line {line}: "));
            problem(format!("{line}{}", explained(&error)))
        })?;
        // The library quotes the text, in which secrets may stand.
        match serde_yaml::from_str::<Value>(&rendered) {
            Ok(object @ Value::Object(_)) => Ok(object),
            Ok(_) => Err(problem("it does not make a mapping of keys and values".to_owned())),
            Err(_) => Err(problem("it does not make one valid YAML document; quote values with \"\"".to_owned())),
        }
    }
}

fn explained(error: &minijinja::Error) -> String {
    let known = "name, namespace, subject, version, branch, api_version, class, profile, profile_kind, variables.NAME and \
                 secrets.NAME are defined";
    match error.kind() {
        minijinja::ErrorKind::UndefinedError => format!("a name in it is not defined; {known}"),
        kind => error.detail().map_or_else(|| kind.to_string(), |detail| format!("{kind}: {detail}")),
    }
}
