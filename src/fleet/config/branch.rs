//! Names that stand for several subjects, one for each branch of Kubernetes.

/// The place of the branch in the names of subjects, their paths and variables.
pub(crate) const BRANCH: &str = "{branch}";

/// Returns true if a subject has this name, or one like `kaas-{branch}` that stands for it.
pub(crate) fn is_meant(subject: &str, name: &str) -> bool {
    match name.split_once(BRANCH) {
        None => subject == name,
        Some((before, after)) => subject
            .strip_prefix(before)
            .and_then(|rest| rest.strip_suffix(after))
            .is_some_and(|branch| !branch.is_empty() && branch.chars().all(|c| c.is_ascii_digit() || c == '.')),
    }
}
