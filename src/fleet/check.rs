//! Looks for what a configuration names, without asking a cloud and without running anything: files and their modes, entries of
//! `clouds.yaml`, contexts, variables.
//!
//! A night reads all of this when the turn of a subject comes, so that the fault of one stops no other. This tells the evening before.

use crate::config::{
    Access, Config, Management, Provisioner, ProvisionerKind, Secret, SecretError, SigningKeySource, Subject,
};
use crate::run::{KeepSecrets, read_access};
use scs_subjects::settings::Environment;
use std::fs::File;
use std::path::Path;

/// The things that were looked for and not found.
#[derive(Debug, Default)]
pub struct Missing {
    /// Those without which a night goes wrong, a sentence each.
    pub problems: Vec<String>,
    /// Those that may be there when the night comes, such as variables, a sentence each.
    pub remarks: Vec<String>,
}

/// Looks for what the configuration names for all, and for these subjects.
pub fn look(config: &Config, subjects: &[&Subject], environment: &Environment, keep: &KeepSecrets) -> Missing {
    let mut looking = Looking { environment, keep, missing: Missing::default() };
    looking.signing(config);
    for server in &config.servers {
        looking.secret(&format!("the token for {}", server.url), &server.token);
    }
    for subject in subjects {
        looking.subject(subject);
    }
    looking.missing
}

struct Looking<'a> {
    environment: &'a Environment,
    keep: &'a KeepSecrets,
    missing: Missing,
}

impl Looking<'_> {
    fn signing(&mut self, config: &Config) {
        let Some(signing) = &config.signing else { return };
        match &signing.key {
            SigningKeySource::Key(key) => self.secret("the key that signs", key),
            SigningKeySource::Agent(public) => self.file("the public key that signs", public),
        }
        if let Some(passphrase) = &signing.passphrase {
            self.secret("the passphrase of the key", passphrase);
        }
    }

    fn secret(&mut self, owner: &str, secret: &Secret) {
        match secret.look(|name| self.environment.var(name).map(str::to_owned)) {
            Ok(()) => {}
            Err(error @ SecretError::NotSet(_)) => self.missing.remarks.push(format!("{owner}: {error}")),
            Err(error) => self.missing.problems.push(format!("{owner}: {error}")),
        }
    }

    fn file(&mut self, owner: &str, path: &Path) {
        let opened = File::open(path).and_then(|file| file.metadata());
        match opened {
            Ok(metadata) if metadata.is_dir() => {
                self.missing.problems.push(format!("{owner}: {} is a folder", path.display()));
            }
            Ok(_) => {}
            Err(error) => self.missing.problems.push(format!("{owner}: {} cannot be read: {error}", path.display())),
        }
    }

    fn subject(&mut self, subject: &Subject) {
        match &subject.access {
            Access::Provisioned(provisioner) => self.provisioner(&subject.name, provisioner),
            access => self.access(&subject.name, access),
        }
    }

    fn access(&mut self, owner: &str, access: &Access) {
        match read_access(self.environment.clone(), access) {
            Ok(entrance) => (self.keep)(entrance.secrets()),
            Err(message) => self.missing.problems.push(format!("{owner}: {message}")),
        }
    }

    fn provisioner(&mut self, owner: &str, provisioner: &Provisioner) {
        for (name, secret) in provisioner.kind.secrets().into_iter().flatten() {
            self.secret(&format!("{owner}: the secret {name}"), secret);
        }
        match &provisioner.kind {
            ProvisionerKind::Static { kubeconfig, context } => {
                let (kubeconfig, context) = (kubeconfig.clone(), context.clone());
                self.access(owner, &Access::Cluster { kubeconfig, context });
            }
            ProvisionerKind::Kind { config, .. } => {
                config.iter().for_each(|config| self.file(&format!("{owner}: the configuration of kind"), config));
            }
            ProvisionerKind::Exec { create, kubeconfig, delete, .. } => {
                let programs = [Some(create), kubeconfig.as_ref(), Some(delete)].into_iter().flatten();
                for program in programs.filter_map(|command| command.first()).filter(|program| program.contains('/')) {
                    self.file(&format!("{owner}: the program"), Path::new(program));
                }
            }
            ProvisionerKind::ClusterStacks { management, .. }
            | ProvisionerKind::Gardener { management, .. }
            | ProvisionerKind::T8s { management } => self.management(owner, management),
        }
    }

    fn management(&mut self, owner: &str, management: &Management) {
        let (kubeconfig, context) = (management.kubeconfig.clone(), management.context.clone());
        self.access(owner, &Access::Cluster { kubeconfig, context });
        if let Some(template) = &management.template {
            self.file(&format!("{owner}: the template"), template);
        }
    }
}
