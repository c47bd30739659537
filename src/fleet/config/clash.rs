//! Subjects that would get in each other's way: two of one name, or two with one cluster.

use super::branch::{BRANCH, is_meant};
use super::model::{Access, Subject};
use super::provisioner::Provisioner;

/// Returns true if two subjects have one name, or one stands for the other.
pub(super) fn share_name(one: &Subject, other: &Subject) -> bool {
    is_either(&one.name, &other.name)
}

/// Returns true if the clusters that are made for two subjects have one name in one place.
pub(super) fn share_cluster(one: &Subject, other: &Subject) -> bool {
    let (Access::Provisioned(first), Access::Provisioned(second)) = (&one.access, &other.access) else { return false };
    let place = first.kind.place();
    place.is_some() && place == second.kind.place() && is_either(&comparable(one, first), &comparable(other, second))
}

fn is_either(one: &str, other: &str) -> bool {
    is_meant(one, other) || is_meant(other, one)
}

/// Returns the name of the cluster of a subject, in which the branch is still to be put. A dot stands for everything that becomes
/// a hyphen, as it does in branches.
fn comparable(subject: &Subject, provisioner: &Provisioner) -> String {
    let name = provisioner.name.as_deref().unwrap_or(&subject.name);
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '.' };
    let parts: Vec<String> = name.split(BRANCH).map(|part| part.chars().map(plain).collect()).collect();
    parts.join(BRANCH).trim_matches('.').to_owned()
}
