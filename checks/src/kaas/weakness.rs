//! Reads from a vulnerability record if it concerns Kubernetes itself, and which versions.

use super::affected_range::{Affected, IsAffected};
use super::kubernetes_version::Version;
use crate::accepts::is_default;
use crate::facts::{AffectedProduct, Vulnerability};
use crate::non_empty::NonEmpty;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The products of a record that are Kubernetes itself. Of names, only letters and digits count, without `kubernetes` before them.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Products {
    /// The names by which records mean Kubernetes itself, or a component of it.
    components: NonEmpty<Vec<String>>,
    /// The vendors whose products may be components even if their names are unknown.
    vendors: NonEmpty<Vec<String>>,
    /// Products of these vendors that run in no cluster, or have versions of their own.
    #[serde(default, skip_serializing_if = "is_default")]
    others: Vec<String>,
}

/// The role of a product.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Role {
    /// Kubernetes itself, or a component of it.
    Component,
    /// Something else.
    Other,
    /// It may be a component.
    Unknown,
}

/// Placeholders in the place of a name.
const NAMELESS: [&str; 5] = ["", "na", "unknown", "unspecified", "none"];

impl Products {
    /// Returns true if a record names Kubernetes itself, or a component of it.
    pub(super) fn are_in(&self, record: &Vulnerability) -> bool {
        record.affected.iter().any(|affected| self.role(affected) == Role::Component)
    }

    /// Returns the role of a product of a record.
    pub fn role(&self, affected: &AffectedProduct) -> Role {
        let name = plain(&affected.product);
        let vendor = letters(affected.vendor.as_deref().unwrap_or_default());
        let is_one_of = |names: &[String]| names.iter().any(|known| plain(known) == name);
        let is_theirs = self.vendors.iter().any(|known| vendor.contains(&letters(known)));
        if is_one_of(&self.components) {
            Role::Component
        } else if is_one_of(&self.others) || !is_theirs && !NAMELESS.contains(&vendor.as_str()) {
            Role::Other
        } else {
            Role::Unknown
        }
    }
}

fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Cuts the maker from a name: `Kubernetes kubelet`, `k8s.io/kubernetes`.
fn plain(name: &str) -> String {
    let mut name = letters(name);
    while let Some(rest) =
        ["kubernetes", "k8sio"].iter().find_map(|who| name.strip_prefix(who)).filter(|r| !r.is_empty())
    {
        name = rest.to_owned();
    }
    name
}

/// A record that may be about Kubernetes itself and may weigh enough.
pub struct Weakness<'a> {
    /// The record.
    pub record: &'a Vulnerability,
    /// The largest base score, in whichever version of CVSS its CNA used; none if it is not known.
    pub score: Option<f64>,
    affected: Vec<Part<'a>>,
}

/// A product of a record that is not something else.
struct Part<'a> {
    role: Role,
    name: &'a str,
    versions: Affected<'a>,
}

/// The longest quotation from foreign text in a message, in characters.
const QUOTED: usize = 200;

impl<'a> Weakness<'a> {
    /// Reads a record. None if it is certainly about something else, or weighs less than `least`.
    pub fn new(record: &'a Vulnerability, products: &Products, least: f64) -> Option<Self> {
        let known = record.scores.iter().map(|score| score.base).max_by(f64::total_cmp);
        let is_light = known.is_some_and(|score| score < least) && record.unread_scores.is_empty();
        let parts: Vec<Part<'_>> = record.affected.iter().filter_map(|affected| part(affected, products)).collect();
        let is_elsewhere = parts.is_empty() && !record.affected.is_empty();
        if record.rejected || is_light || is_elsewhere {
            return None;
        }
        Some(Self { record, score: known.filter(|score| *score >= least), affected: parts })
    }

    /// Returns the answer of the record for a version.
    pub fn has(&self, version: Version) -> IsAffected {
        let certain = |role: Role| role == Role::Component && self.score.is_some() && self.record.problem.is_none();
        let said = self.affected.iter().map(|part| match part.versions.has(version) {
            IsAffected::Yes if !certain(part.role) => IsAffected::Unread,
            has => has,
        });
        let said: Vec<IsAffected> = said.collect();
        if said.contains(&IsAffected::Yes) {
            IsAffected::Yes
        } else if said.is_empty() || self.record.problem.is_some() || said.contains(&IsAffected::Unread) {
            IsAffected::Unread
        } else {
            IsAffected::No
        }
    }

    /// Reports that it affects a version, with its score.
    pub fn affects(&self, version: Version) -> String {
        let score = self.score.map_or_else(|| "not known".to_owned(), |score| score.to_string());
        format!("{version} is affected by {} (base score {score})", self.record.id)
    }

    /// Explains why it is unknown whether a version is affected.
    pub fn why_unread(&self, version: Version) -> String {
        let record = self.record;
        if let Some(problem) = &record.problem {
            return format!("{} could not be read: {problem}", record.id);
        }
        let mut why = Vec::new();
        if self.score.is_none() {
            why.push(format!("its base score is not known{}", quoted(&record.unread_scores.join(", "))));
        }
        if self.affected.is_empty() {
            why.push("it names no product".to_owned());
        }
        for part in self.affected.iter().filter(|part| part.versions.has(version) != IsAffected::No) {
            if part.role == Role::Unknown {
                why.push(format!("it is not known whether a cluster has this product{}", quoted(part.name)));
            }
            if part.versions.has(version) == IsAffected::Unread {
                let texts: Vec<&str> = part.versions.unread(version).collect();
                why.push(format!("its versions are not understood{}", quoted(&texts.join(", "))));
            }
        }
        format!("{}: {}", record.id, why.join("; "))
    }
}

fn part<'a>(affected: &'a AffectedProduct, products: &Products) -> Option<Part<'a>> {
    let role = products.role(affected);
    (role != Role::Other).then(|| Part { role, name: &affected.product, versions: Affected::of(affected) })
}

fn quoted(text: &str) -> String {
    match text.char_indices().nth(QUOTED) {
        None if text.is_empty() => String::new(),
        None => format!(" ({text:?})"),
        Some((end, _)) => format!(" ({:?}…)", &text[..end]),
    }
}
