//! Turns the configuration of today's suite (`config.toml`, `clusters.yaml`) into ours, and says what it could not map.

mod file;
mod page;
mod subject;
#[cfg(test)]
mod tests;

pub use file::ImportError;

use crate::config::kind_of;
use file::{Clusters, Today};
use indexmap::IndexMap;
use scs_checks::definition::Definitions;
use scs_checks::facts::SubjectKind;
use std::collections::BTreeSet;
use std::path::Path;
use subject::{ImportedAccess, ImportedSubject};

/// The server that today's suite sends reports to unless another one is named.
const SERVER: &str = "https://compliance.sovereignit.cloud/";

/// A configuration made of today's.
#[derive(Debug, PartialEq, Eq)]
pub struct Imported {
    /// The text of `scs-conformance.yaml`.
    pub text: String,
    /// Settings that could not be mapped, or have to be looked at, a sentence each.
    pub remarks: Vec<String>,
}

/// Turns `config.toml`, and `clusters.yaml` where there is one, into our configuration.
///
/// # Errors
/// A file is not as today's suite reads it, with the place.
pub fn import(config: &str, clusters: Option<&str>, definitions: &Definitions) -> Result<Imported, ImportError> {
    let today = Today::parse(config)?;
    let clusters = clusters.map_or(Ok(Clusters::default()), Clusters::parse)?;
    let mut importer = Importer { today: &today, clusters: &clusters, definitions, remarks: Vec::new() };
    let subjects = importer.subjects();
    let presets = importer.presets(&subjects);
    importer.secrets();
    importer.branches(&subjects);
    let remarks = importer.remarks;
    Ok(Imported { text: page::page(&today, &subjects, &presets, SERVER), remarks })
}

struct Importer<'a> {
    today: &'a Today,
    clusters: &'a Clusters,
    definitions: &'a Definitions,
    remarks: Vec<String>,
}

impl Importer<'_> {
    /// Returns each subject once, in the scope of the presets that name it.
    fn subjects(&mut self) -> Vec<ImportedSubject> {
        let mut wanted: IndexMap<&str, BTreeSet<&str>> = IndexMap::new();
        for preset in self.today.presets.values() {
            for subject in &preset.subjects {
                wanted.entry(subject).or_default().extend(preset.scopes.iter().map(String::as_str));
            }
        }
        let mut subjects = Vec::new();
        for (name, scopes) in wanted {
            let known: IndexMap<String, SubjectKind> = scopes.iter().filter_map(|scope| self.scope(scope)).collect();
            if known.len() > 1 {
                self.remarks.push(format!(
                    "{name} is in {} scopes; a subject has one here, so it appears once for each, with a number",
                    known.len()
                ));
            }
            for (number, (scope, kind)) in (1..).zip(known) {
                let own = if number == 1 { name.to_owned() } else { format!("{name}-{number}") };
                let access = self.access(name, kind);
                subjects.push(ImportedSubject { name: own, scope, access });
            }
        }
        subjects
    }

    /// Returns our scope for one of today's: by the name of the file of its `spec`, or its own.
    fn scope(&mut self, name: &str) -> Option<(String, SubjectKind)> {
        let spec = self.today.scopes.get(name).map(|scope| scope.spec.as_str());
        let stem = Path::new(spec.unwrap_or(name)).file_stem().map(|stem| stem.to_string_lossy().into_owned());
        let kind = |id: &str| Some((id.to_owned(), kind_of(self.definitions, id)?));
        let found = stem.as_deref().and_then(kind).or_else(|| kind(name));
        if found.is_none() {
            let known: Vec<&str> = self.definitions.scopes.keys().map(String::as_str).collect();
            self.remarks.push(format!(
                "the scope {name} ({}) is none of ours ({}); its subjects are left out",
                spec.unwrap_or("without a spec"),
                known.join(", ")
            ));
        }
        found
    }

    fn access(&mut self, name: &str, kind: SubjectKind) -> ImportedAccess {
        let plugin = self.clusters.clusters.get(name);
        if let Some(access) = plugin.and_then(|cluster| self.made(name, cluster)) {
            return access;
        }
        let key = match kind {
            SubjectKind::Cloud => "os_cloud",
            SubjectKind::Cluster => "kubeconfig",
        };
        let value = self.today.mapped(name, key);
        for other in self.today.mapping(name) {
            if !["os_cloud", "kubeconfig", "subject_root"].contains(&other) {
                self.remarks.push(format!("{name}: the variable {other} is not known here"));
            }
        }
        match kind {
            SubjectKind::Cloud => ImportedAccess::Cloud(value),
            SubjectKind::Cluster => ImportedAccess::Kubeconfig(value),
        }
    }

    /// Returns the way to a cluster that a plugin makes; none if that cannot be taken over.
    fn made(&mut self, name: &str, cluster: &file::Cluster) -> Option<ImportedAccess> {
        let config = &cluster.config;
        let relative =
            "paths in clusters.yaml are relative to ~/.config/scs, and here to the folder of the configuration";
        match (cluster.kind.as_str(), &config.kubeconfig) {
            ("static", Some(kubeconfig)) => {
                self.remarks.push(format!("{name}: {relative}"));
                Some(ImportedAccess::Kubeconfig(kubeconfig.clone()))
            }
            ("kind", _) => {
                if config.cluster.is_some() {
                    self.remarks.push(format!("{name}: {relative}"));
                }
                Some(ImportedAccess::Kind {
                    name: config.name.clone(),
                    image: config.image.clone(),
                    config: config.cluster.clone(),
                })
            }
            (kind, _) => {
                self.remarks.push(format!(
                    "{name} is made by the plugin {kind}, which needs a kubeconfig and a namespace here; docs/provisioners.md \
                     says how provisioner: {{{kind}: …}} replaces it"
                ));
                None
            }
        }
    }

    fn presets(&self, subjects: &[ImportedSubject]) -> IndexMap<String, Vec<String>> {
        let known = |name: &String| subjects.iter().any(|subject| subject.name == *name);
        let preset = |(name, preset): (&String, &file::Preset)| {
            (name.clone(), preset.subjects.iter().filter(|name| known(name)).cloned().collect::<Vec<_>>())
        };
        self.today.presets.iter().map(preset).filter(|(_, names)| !names.is_empty()).collect()
    }

    fn secrets(&mut self) {
        let secrets = &self.today.secrets;
        let (Some(key), Some(token)) = (&secrets.keyfile, &secrets.tokenfile) else {
            self.remarks.push("there is no keyfile or no tokenfile, so nothing is signed or sent".to_owned());
            return;
        };
        self.remarks.push(format!(
            "the tokenfile holds account and password in base64; write the account in place of provider-a, and the password into a \
             file: (umask 077; base64 -d '{token}' | cut -d: -f2- >'{}'). The key must be readable for you alone: chmod 600 '{key}'",
            page::token_file(token),
        ));
    }

    /// Names subjects that differ by a branch of Kubernetes alone.
    fn branches(&mut self, subjects: &[ImportedSubject]) {
        let mut families: IndexMap<&str, Vec<&str>> = IndexMap::new();
        for subject in subjects.iter().filter(|subject| matches!(subject.access, ImportedAccess::Kubeconfig(_))) {
            if let Some((family, branch)) = subject.name.rsplit_once('-')
                && branch
                    .split_once('.')
                    .is_some_and(|(major, minor)| major.parse::<u32>().is_ok() && minor.parse::<u32>().is_ok())
            {
                families.entry(family).or_default().push(branch);
            }
        }
        for (family, branches) in families {
            self.remarks.push(format!(
                "{family}-{} can be one entry, {family}-{{branch}}: ended branches leave by themselves, and new ones appear",
                branches.join(&format!(", {family}-"))
            ));
        }
    }
}
