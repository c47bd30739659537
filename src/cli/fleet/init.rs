//! `init`: writes the beginning of a configuration, for a subject that was examined.

use crate::cli::changes::JournalOptions;
use crate::cli::doctor;
use crate::cli::error::CliError;
use crate::cli::form::ResultOptions;
use crate::cli::sink::to_stdout;
use crate::cli::style::OutputStyle;
use crate::cli::subject::{CloudOptions, ClusterOptions};
use clap::Args;
use scs_fleet::config::quoted;
use scs_reports::ExitCode;
use scs_subjects::doctor::{DoctorRequest, ExaminedSubject};
use scs_subjects::openstack::Limits;
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
    #[command(flatten)]
    cloud: CloudOptions,

    #[command(flatten)]
    cluster: ClusterOptions,

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
        let (entry, scope) = self.entry()?;
        let code = doctor::run(|| self.request(), &self.output, style)?;
        scs_files::replace(&self.config, &text(&entry, scope))?;
        let next = format!(
            "\n{file} is written. Next:\n  scs-conformance config check --config {file}\n  scs-conformance nightly --config {file} --state-dir state\n",
            file = self.config.display()
        );
        to_stdout(&next)?;
        Ok(code)
    }

    /// Returns the entry of the subject, and its scope.
    fn entry(&self) -> Result<(String, &'static str), CliError> {
        match (self.cloud.name(), self.cluster.file()) {
            (Some(_), Some(_)) => Err("name either --cloud or --kubeconfig".into()),
            (_, Some(kubeconfig)) => {
                let context =
                    self.cluster.context().map_or(String::new(), |name| format!(", context: {}", quoted(name)));
                let path = quoted(&kubeconfig.display().to_string());
                Ok((format!("{{name: {}, kubeconfig: {path}{context}}}", name(kubeconfig)), "scs-compatible-kaas"))
            }
            (Some(cloud), None) => {
                let region = self.cloud.region().map_or(String::new(), |name| format!(", region: {}", quoted(name)));
                let name = plain(cloud);
                Ok((format!("{{name: {name}, cloud: {}{region}}}", quoted(cloud)), "scs-compatible-iaas"))
            }
            (None, None) => Err("name the first subject: --cloud NAME (of clouds.yaml) or --kubeconfig FILE".into()),
        }
    }

    fn request(&self) -> Result<DoctorRequest, CliError> {
        let subject = match self.cluster.file() {
            Some(_) => ExaminedSubject::Cluster(Box::new(self.cluster.cluster()?)),
            None => ExaminedSubject::Cloud {
                cloud: Box::new(self.cloud.cloud()?),
                external_network: None,
                tempest: None,
                journals: self.journal.folder()?,
            },
        };
        Ok(DoctorRequest { subject, changes: false, limits: Limits::default() })
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
        assert_eq!((plain("a b/c"), quoted("it's")), ("a-b-c".to_owned(), "'it''s'".to_owned()));
    }
}
