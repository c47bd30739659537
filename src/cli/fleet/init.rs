//! `init`: writes the beginning of a configuration, for a subject that was examined.

use super::options::named_in;
use crate::cli::changes::JournalOptions;
use crate::cli::doctor;
use crate::cli::error::CliError;
use crate::cli::form::ResultOptions;
use crate::cli::sink::to_stdout;
use crate::cli::style::OutputStyle;
use crate::cli::subject::{environment, load_cloud, load_cluster};
use crate::cli::terminal::printable;
use clap::Args;
use scs_fleet::config::quoted;
use scs_reports::ExitCode;
use scs_subjects::doctor::{DoctorRequest, ExaminedSubject};
use scs_subjects::kubernetes::ClusterChoice;
use scs_subjects::openstack::Limits;
use scs_subjects::openstack::config::{CloudChoice, cloud_names};
use scs_subjects::settings::Environment;
use std::io::{IsTerminal, Write, stderr, stdin};
use std::path::{Path, PathBuf};

/// `init`
#[derive(Args)]
#[command(after_help = "\
Examples:
  scs-conformance init --cloud mycloud
  scs-conformance init --kubeconfig kubeconfig.yaml

Exit codes: 0 written, and everything suffices; 2 usage or configuration; 3 written, but something does not suffice, as the \
list says")]
pub(in crate::cli) struct Init {
    /// Cloud in clouds.yaml [default: $OS_CLOUD; without, a terminal is asked]
    #[arg(long, visible_alias = "os-cloud", value_name = "NAME")]
    cloud: Option<String>,

    /// Region (needed if the cloud has several)
    #[arg(long, value_name = "NAME")]
    region: Option<String>,

    /// Kubeconfig of a cluster, in place of a cloud
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,

    /// Context in the kubeconfig [default: its current-context]
    #[arg(long, value_name = "NAME")]
    context: Option<String>,

    /// File to write; one that is there is left alone
    #[arg(long, value_name = "FILE", default_value = "scs-conformance.yaml")]
    config: PathBuf,

    #[command(flatten)]
    output: ResultOptions,

    #[command(flatten)]
    journal: JournalOptions,
}

impl Init {
    pub(in crate::cli) fn run(&self, style: &OutputStyle) -> Result<ExitCode, CliError> {
        if self.config.exists() {
            return Err(CliError::usage(format!(
                "{} is there already; name another file with --config",
                self.config.display()
            )));
        }
        let first = self.first(&environment()?)?;
        let (entry, scope) = self.entry(&first)?;
        let code = doctor::run(|| self.request(&first), &self.output, style)?;
        scs_files::replace(&self.config, &text(&entry, scope))?;
        let next = format!(
            "\n{file} is written. Next:\n  scs-conformance config check --config {file}\n  scs-conformance nightly --config {file} --state-dir state\n",
            file = self.config.display()
        );
        to_stdout(&next)?;
        Ok(code)
    }

    /// Returns the first subject: the one that is named, or else the one that a terminal is asked for.
    fn first(&self, environment: &Environment) -> Result<FirstSubject, CliError> {
        match (&self.cloud, &self.kubeconfig) {
            (Some(_), Some(_)) => Err("name either --cloud or --kubeconfig".into()),
            (_, Some(kubeconfig)) => Ok(FirstSubject::Cluster(kubeconfig.clone())),
            (Some(cloud), None) => Ok(FirstSubject::Cloud(cloud.clone())),
            (None, None) => match environment.var("OS_CLOUD") {
                Some(cloud) => Ok(FirstSubject::Cloud(cloud.to_owned())),
                None => asked(environment),
            },
        }
    }

    /// Returns the entry of the subject, and its scope.
    fn entry(&self, first: &FirstSubject) -> Result<(String, &'static str), CliError> {
        let more = |key: &str, value: &Option<String>| {
            value.as_ref().map_or(String::new(), |value| format!(", {key}: {}", quoted(value)))
        };
        match first {
            FirstSubject::Cluster(kubeconfig) => {
                let path = quoted(&named_in(&self.config, kubeconfig)?.display().to_string());
                let context = more("context", &self.context);
                Ok((format!("{{name: {}, kubeconfig: {path}{context}}}", name(kubeconfig)), "scs-compatible-kaas"))
            }
            FirstSubject::Cloud(cloud) => {
                let (name, region) = (plain(cloud), more("region", &self.region));
                Ok((format!("{{name: {name}, cloud: {}{region}}}", quoted(cloud)), "scs-compatible-iaas"))
            }
        }
    }

    fn request(&self, first: &FirstSubject) -> Result<DoctorRequest, CliError> {
        let subject = match first {
            FirstSubject::Cluster(kubeconfig) => {
                let choice = ClusterChoice { kubeconfig: Some(kubeconfig), context: self.context.as_deref() };
                ExaminedSubject::Cluster(Box::new(load_cluster(choice)?))
            }
            FirstSubject::Cloud(name) => {
                let choice = CloudChoice { cloud: Some(name), region: self.region.as_deref() };
                ExaminedSubject::Cloud {
                    cloud: Box::new(load_cloud(choice, &[])?),
                    external_network: None,
                    tempest: None,
                    journals: self.journal.folder()?,
                }
            }
        };
        Ok(DoctorRequest { subject, changes: false, limits: Limits::default() })
    }
}

/// The subject with which a configuration begins.
#[derive(Debug, Eq, PartialEq)]
enum FirstSubject {
    /// An entry of clouds.yaml.
    Cloud(String),
    /// A kubeconfig.
    Cluster(PathBuf),
}

/// Asks for the first subject, if somebody is there to answer.
fn asked(environment: &Environment) -> Result<FirstSubject, CliError> {
    let nobody = "name the first subject: --cloud NAME (of clouds.yaml), or --kubeconfig FILE";
    if !stdin().is_terminal() || !stderr().is_terminal() {
        return Err(nobody.into());
    }
    let clouds = cloud_names(environment).unwrap_or_default();
    let known = if clouds.is_empty() { String::new() } else { format!(" ({})", printable(&clouds.join(", "))) };
    // Without a terminal that shows it, nobody would answer.
    let _ = write!(stderr(), "Cloud in clouds.yaml{known}, or path of a kubeconfig: ");
    let mut line = String::new();
    stdin().read_line(&mut line).map_err(|error| CliError::usage(format!("no answer can be read: {error}")))?;
    answered(line.trim(), &clouds).ok_or_else(|| nobody.into())
}

/// Returns the subject that an answer means: a cloud of this name, or else a file that is there.
fn answered(answer: &str, clouds: &[String]) -> Option<FirstSubject> {
    let is_cloud = clouds.iter().any(|cloud| cloud == answer);
    match answer {
        "" => None,
        path if !is_cloud && Path::new(path).is_file() => Some(FirstSubject::Cluster(PathBuf::from(path))),
        cloud => Some(FirstSubject::Cloud(cloud.to_owned())),
    }
}

/// Returns the name of a subject for a file.
fn name(path: &Path) -> String {
    plain(&path.file_stem().map_or("cluster".into(), |stem| stem.to_string_lossy()))
}

/// Returns a text with the letters that the name of a subject may have.
fn plain(text: &str) -> String {
    let plain: String =
        text.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' }).collect();
    if plain.is_empty() { "subject".to_owned() } else { plain }
}

fn text(entry: &str, scope: &str) -> String {
    format!(
        "# The fleet of scs-conformance: the clouds and clusters that are checked every night. docs/running-nightly.md explains
# each key; `scs-conformance config schema` prints the JSON Schema for editors.
defaults:
  scope: {scope}
  # true permits tests that create resources, and remove them again.
  changes: false
  # The time limit of each subject.
  deadline: 10m

subjects:
  - {entry}

outputs:
  dir: \"results/{{night}}/{{subject}}\"
  formats: [json, junit, yaml, html]

# Result servers take signed reports: `scs-conformance subject add NAME` makes a key and a token.
# signing: {{key: {{file: keys/report.key}}, identity: my-account}}
# servers:
#   - {{url: 'https://compliance.example.org', account: my-account, token: {{file: secrets/token}}}}
"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use scs_checks::definition::Source;
    use scs_fleet::config::Config;

    #[test]
    fn what_is_written_is_a_configuration() {
        let definitions = scs_standards::embedded().unwrap();
        for entry in ["{name: a, cloud: 'it''s'}", "{name: k, kubeconfig: 'k.yaml', context: 'c'}"] {
            let text = text(entry, "scs-compatible-iaas");
            let source = Source::new("scs-conformance.yaml", text.as_bytes()).unwrap();
            let config = Config::load(&source, Path::new(""), &definitions);
            // A cluster has another scope.
            assert_eq!(config.is_ok(), entry.contains("cloud"), "{text}");
        }
        assert_eq!(answered("a", &["a".to_owned()]), Some(FirstSubject::Cloud("a".to_owned())));
        assert_eq!(answered("Cargo.toml", &[]), Some(FirstSubject::Cluster("Cargo.toml".into())));
        assert_eq!(answered("nothing", &[]), Some(FirstSubject::Cloud("nothing".to_owned())));
        assert_eq!(answered("", &["a".to_owned()]), None);
        assert_eq!((plain("a b/c"), quoted("it's")), ("a-b-c".to_owned(), "'it''s'".to_owned()));
    }
}
