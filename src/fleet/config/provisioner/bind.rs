//! Checks a provisioner of the file, and resolves its paths.

use super::file::{DeadlinesEntry, ExecEntry, ProvisionerEntry};
use super::model::{LONGEST, Management, Provisioner, ProvisionerKind, StepDeadlines};
use crate::config::secret::Secret;
use indexmap::IndexMap;
use scs_checks::definition::{Located, Problem, Source};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The namespace that t8s has for certification.
const T8S_NAMESPACE: &str = "scs-kaas-certification";

const MINUTE: Duration = Duration::from_secs(60);

/// The surroundings of a provisioner in the file.
struct Binder<'a> {
    source: &'a Source,
    folder: &'a Path,
    /// The placeholder of the branch, if the subject has one.
    branch: Option<&'a str>,
    problems: Vec<Problem>,
}

/// Binds the provisioner of a subject. `branch` is the placeholder of the branch, if the subject stands for several; paths are
/// relative to the folder.
///
/// # Errors
/// Every problem in it, with its place.
pub(in crate::config) fn bind(
    entry: &Located<ProvisionerEntry>,
    source: &Source,
    folder: &Path,
    branch: Option<&str>,
) -> Result<Provisioner, Vec<Problem>> {
    let mut binder = Binder { source, folder, branch, problems: Vec::new() };
    let provisioner = binder.provisioner(entry);
    if binder.problems.is_empty() { Ok(provisioner) } else { Err(binder.problems) }
}

impl Binder<'_> {
    fn problem<T>(&mut self, at: &Located<T>, message: impl Into<String>, help: impl Into<String>) {
        self.problems.push(self.source.problem_at(at, message).help(help));
    }

    fn provisioner(&mut self, entry: &Located<ProvisionerEntry>) -> Provisioner {
        let (kind, name, version, deadlines) = match &entry.value {
            ProvisionerEntry::Static(of) => {
                let kubeconfig = self.folder.join(&of.kubeconfig);
                let kind = ProvisionerKind::Static { kubeconfig, context: of.context.clone() };
                (kind, &None, &of.version, &of.deadlines)
            }
            ProvisionerEntry::Kind(of) => {
                let config = of.config.as_ref().map(|path| self.folder.join(path));
                (ProvisionerKind::Kind { image: of.image.clone(), config }, &of.name, &of.version, &of.deadlines)
            }
            ProvisionerEntry::Exec(of) => {
                self.check_programs(entry, of);
                let kind = ProvisionerKind::Exec {
                    create: self.command(&of.create),
                    kubeconfig: of.kubeconfig.as_ref().map(|command| self.command(command)),
                    delete: self.command(&of.delete),
                    secrets: self.secrets(&of.secrets),
                };
                (kind, &of.name, &of.version, &of.deadlines)
            }
            ProvisionerEntry::ClusterStacks(of) => {
                let template = of.template.as_ref();
                let management = self.management((&of.kubeconfig, &of.context), &of.namespace, template, &of.secrets);
                let class = of.class.as_ref().map(|class| class.value.clone());
                if let Some(class) = &of.class
                    && of.version.as_ref().is_none_or(|version| version.matches('.').count() != 2)
                {
                    self.problem(class, "a class is named without its version", "add version: X.Y.Z");
                }
                (ProvisionerKind::ClusterStacks { management, class }, &of.name, &of.version, &of.deadlines)
            }
            ProvisionerEntry::Gardener(of) => {
                let template = Some(&of.template);
                let management = self.management((&of.kubeconfig, &of.context), &of.namespace, template, &of.secrets);
                let kind = ProvisionerKind::Gardener {
                    management,
                    profile_kind: of.profile_kind.to_string(),
                    profile: of.profile.clone(),
                    lifetime: of.lifetime.map_or(8 * 60 * MINUTE, |time| time.0),
                };
                (kind, &of.name, &of.version, &of.deadlines)
            }
            ProvisionerEntry::T8s(of) => {
                let usual = Located { value: T8S_NAMESPACE.to_owned(), line: entry.line, column: entry.column };
                let namespace = of.namespace.as_ref().unwrap_or(&usual);
                let template = Some(&of.template);
                let management = self.management((&of.kubeconfig, &of.context), namespace, template, &of.secrets);
                (ProvisionerKind::T8s { management }, &of.name, &of.version, &of.deadlines)
            }
        };
        let is_managed = !matches!(entry.value, ProvisionerEntry::Static(_) | ProvisionerEntry::Exec(_))
            && !matches!(entry.value, ProvisionerEntry::Kind(_));
        let version = self.version(version);
        if version.is_none() && is_managed {
            let help = "add version: X.Y, or {branch} to the name of the subject";
            self.problem(entry, "no version of Kubernetes is asked for", help);
        }
        let name = name.as_ref().map(|name| self.cluster_name(name));
        let usual = if is_managed { 5 * MINUTE } else { 60 * MINUTE };
        Provisioner { kind, name, version, deadlines: deadlines_of(deadlines, usual) }
    }

    /// Makes sure that each command names a program.
    fn check_programs(&mut self, entry: &Located<ProvisionerEntry>, of: &ExecEntry) {
        let kubeconfig = of.kubeconfig.iter().map(|command| ("kubeconfig", command));
        for (field, command) in [("create", &of.create), ("delete", &of.delete)].into_iter().chain(kubeconfig) {
            if command.first().is_none_or(|program| program.trim().is_empty()) {
                let help = format!("write {field}: [PROGRAM, ARGUMENT, ...]");
                self.problem(entry, format!("{field} names no program"), help);
            }
        }
    }

    /// Resolves the program of a command if it is a relative path, as other paths in the file.
    fn command(&self, command: &[String]) -> Vec<String> {
        let mut command = command.to_vec();
        if let Some(program) = command.first_mut().filter(|program| program.contains('/')) {
            *program = self.folder.join(&*program).display().to_string();
        }
        command
    }

    fn secrets(&self, secrets: &IndexMap<String, Secret>) -> IndexMap<String, Secret> {
        secrets.iter().map(|(name, secret)| (name.clone(), secret.clone().within(self.folder))).collect()
    }

    fn management(
        &mut self,
        (kubeconfig, context): (&PathBuf, &Option<String>),
        namespace: &Located<String>,
        template: Option<&PathBuf>,
        secrets: &IndexMap<String, Secret>,
    ) -> Management {
        Management {
            kubeconfig: self.folder.join(kubeconfig),
            context: context.clone(),
            namespace: self.name(namespace),
            template: template.map(|path| self.folder.join(path)),
            secrets: self.secrets(secrets),
        }
    }

    /// Checks the name of a cluster, of which each branch needs one.
    fn cluster_name(&mut self, name: &Located<String>) -> String {
        if let Some(branch) = self.branch.filter(|branch| !name.contains(branch)) {
            let message = format!("the clusters of all branches would be named \"{}\"", **name);
            self.problem(name, message, format!("add {branch} to it"));
        }
        self.name(name)
    }

    /// Checks a name of Kubernetes: a label of DNS, in which the branch may stand.
    fn name(&mut self, name: &Located<String>) -> String {
        let plain = self.branch.map_or_else(|| name.value.clone(), |branch| name.replace(branch, "1-99"));
        let is_fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let is_whole = !plain.is_empty() && !plain.starts_with('-') && !plain.ends_with('-');
        if !is_whole || plain.len() > LONGEST || !plain.chars().all(is_fine) {
            let help = format!("use at most {LONGEST} small letters, digits and -, neither first nor last");
            self.problem(name, format!("\"{}\" cannot be a name in Kubernetes", **name), help);
        }
        name.value.clone()
    }

    /// Checks a version; that of a subject with a branch is the branch.
    fn version(&mut self, version: &Option<Located<String>>) -> Option<String> {
        let Some(version) = version else { return self.branch.map(str::to_owned) };
        let plain = version.strip_prefix('v').unwrap_or(version);
        let plain = self.branch.map_or_else(|| plain.to_owned(), |branch| plain.replace(branch, "1.99"));
        let parts: Vec<&str> = plain.split('.').collect();
        if !matches!(parts.len(), 2 | 3) || parts.iter().any(|part| part.parse::<u32>().is_err()) {
            let help = "write one like \"1.35\" or \"1.35.2\"";
            self.problem(version, format!("\"{}\" is not a version of Kubernetes", **version), help);
        }
        Some(version.trim_start_matches('v').to_owned())
    }
}

fn deadlines_of(entry: &DeadlinesEntry, create: Duration) -> StepDeadlines {
    StepDeadlines {
        create: entry.create.map_or(create, |time| time.0),
        ready: entry.ready.map_or(60 * MINUTE, |time| time.0),
        kubeconfig: entry.kubeconfig.map_or(10 * MINUTE, |time| time.0),
        delete: entry.delete.map_or(30 * MINUTE, |time| time.0),
    }
}
