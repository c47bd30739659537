//! Subjects that stand for one cluster of each supported branch of Kubernetes.

use super::choice::is_meant;
use crate::config::{Access, BRANCH, Config, Subject};
use std::path::PathBuf;

/// Replaces each subject with a branch in its name by one for each of these branches (such as `1.35`), in their order. A
/// branch that has ended leaves by itself, and a new one appears by itself.
pub fn expand(subjects: &[Subject], branches: &[String]) -> Vec<Subject> {
    let all = |subject: &Subject| match subject.name.contains(BRANCH) {
        true => branches.iter().map(|branch| with_branch(subject, branch)).collect(),
        false => vec![subject.clone()],
    };
    subjects.iter().flat_map(all).collect()
}

/// Returns the subject of this name, also if its branch is no longer supported.
pub fn subject_named(config: &Config, name: &str) -> Option<Subject> {
    let subject = config.subjects.iter().find(|subject| is_meant(name, &subject.name))?;
    let Some((before, after)) = subject.name.split_once(BRANCH) else { return Some(subject.clone()) };
    Some(with_branch(subject, name.strip_prefix(before)?.strip_suffix(after)?))
}

fn with_branch(subject: &Subject, branch: &str) -> Subject {
    let replaced = |text: &str| text.replace(BRANCH, branch);
    let access = match &subject.access {
        Access::Cluster { kubeconfig, context } => Access::Cluster {
            kubeconfig: PathBuf::from(replaced(&kubeconfig.to_string_lossy())),
            context: context.as_deref().map(replaced),
        },
        Access::Provisioned(provisioner) => Access::Provisioned(Box::new(provisioner.map_texts(&replaced))),
        cloud @ Access::Cloud { .. } => cloud.clone(),
    };
    Subject {
        name: replaced(&subject.name),
        exclusive: subject.exclusive.as_deref().map(replaced),
        variables: subject.variables.iter().map(|(name, value)| (name.clone(), replaced(value))).collect(),
        access,
        ..subject.clone()
    }
}
