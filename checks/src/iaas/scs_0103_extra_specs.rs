//! scs-0103: whatever a flavor says in extra specs of SCS is in the standard's words, and fits the flavor.

use super::scs_0100_flavor_naming::{Promise, promises};
use crate::accepts::is_default;
use crate::facts::{Flavor, Flavors};
use crate::iaas::flavor_name::{CpuType, DiskType, FlavorName, NotParsed, Note, Parsed, Syntax};
use crate::rule::Check;
use crate::verdict::{Finding, Findings};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// scs-0103 v1: extra specs `scs:…` of all flavors, standard or not. Names may understate.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ScsExtraSpecs {
    /// The memory that a flavor may lack, in MiB, as for the names of flavors (quirk Q-0100-8).
    ram_tolerance: u64,
    /// Further extra specs that drafts of the standard define, with their values. They are no reason for a finding.
    #[serde(default, skip_serializing_if = "is_default")]
    drafts: BTreeMap<String, Vec<String>>,
}

/// The prefix of the extra specs of SCS.
const PREFIX: &str = "scs:";

impl Check for ScsExtraSpecs {
    type Facts<'a> = &'a Flavors;

    fn examine(&self, flavors: &Flavors) -> Findings {
        let concerned = flavors.0.iter().filter(|flavor| flavor.extra_specs.keys().any(|key| key.starts_with(PREFIX)));
        Findings::each(concerned, |flavor, findings| self.judge(flavor, findings))
    }
}

/// The subject of an extra spec.
#[derive(Debug, Eq, PartialEq)]
enum Key {
    /// `scs:name-vN`: a name, whatever the number (variant N).
    Name,
    /// `scs:cpu-type`
    CpuType,
    /// `scs:diskN-type`
    DiskType(u32),
    /// A key that the standard does not define.
    Unknown,
}

impl Key {
    fn of(key: &str) -> Self {
        let plain = key.strip_prefix(PREFIX).unwrap_or_default();
        let disk = || plain.strip_prefix("disk")?.strip_suffix("-type").filter(|text| is_number(text))?.parse().ok();
        match plain.strip_prefix("name-v") {
            Some(variant) if is_number(variant) && variant != "0" => Self::Name,
            _ if plain == "cpu-type" => Self::CpuType,
            _ => disk().map_or(Self::Unknown, Self::DiskType),
        }
    }
}

/// Returns true for digits without a superfluous zero.
fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'))
}

/// A name of the flavor, with its origin; several spellings of one name are one.
struct Named {
    name: FlavorName,
    places: Vec<String>,
}

impl ScsExtraSpecs {
    fn judge(&self, flavor: &Flavor, findings: &mut Findings) {
        let mut names = Vec::new();
        let mut current = None;
        for (key, value) in flavor.extra_specs.iter().filter(|(key, _)| Key::of(key) == Key::Name) {
            match FlavorName::parse(value) {
                Ok(parsed) => {
                    findings.list.extend(spelling(flavor, key, value, &parsed));
                    current = Some(current.unwrap_or(false) | (parsed.syntax == Syntax::V3));
                    add(&mut names, parsed.name, format!("{key} {value:?}"));
                }
                Err(why) => findings.push(unreadable(flavor, key, value, &why)),
            }
        }
        findings.list.extend(names.iter().flat_map(|named| self.overpromised(flavor, named)));
        findings.list.extend((current == Some(false)).then(|| outdated(flavor)));
        // What the flavor is called says as much about its vCPUs and disks as the extra specs do.
        if let Ok(parsed) = FlavorName::parse(&flavor.name) {
            add(&mut names, parsed.name, format!("its own name {:?}", flavor.name));
        }
        for (key, value) in flavor.extra_specs.iter().filter(|(key, _)| key.starts_with(PREFIX)) {
            findings.list.extend(match Key::of(key) {
                Key::Name => None,
                Key::CpuType => cpu_type(flavor, key, value, &names),
                Key::DiskType(index) => disk_type(flavor, (key, index), value, &names),
                Key::Unknown => self.unknown(flavor, key, value),
            });
        }
    }

    /// Warns of an extra spec with this prefix that neither the standard nor a draft of it defines. The text does not forbid it,
    /// but it is probably a slip.
    fn unknown(&self, flavor: &Flavor, key: &str, value: &str) -> Option<Finding> {
        let (what, expected) = match self.drafts.get(key) {
            None => (String::new(), "scs:name-vN, scs:cpu-type or scs:diskN-type".to_owned()),
            Some(words) if words.iter().any(|word| word == value) => return None,
            Some(words) => (format!(" {value:?}"), format!("one of {}", words.join(", "))),
        };
        let message =
            format!("flavor {:?} has an extra spec {key}{what}, which the standard does not define", flavor.name);
        Some(on_spec(flavor, key, value, Finding::warning(message)).expected(expected))
    }

    fn overpromised(&self, flavor: &Flavor, named: &Named) -> Vec<Finding> {
        let lacking = promises(flavor, &named.name, self.ram_tolerance);
        let finding = |promise: Promise| {
            let places = named.places.join(" and ");
            let message =
                format!("flavor {:?} promises more {} in {places} than it delivers", flavor.name, promise.property);
            Finding::violation(message)
                .on(flavor.resource())
                .property(promise.property)
                .expected(promise.expected)
                .observed(promise.observed)
        };
        lacking.into_iter().filter(|promise| promise.delivered == Ordering::Less).map(finding).collect()
    }
}

fn add(names: &mut Vec<Named>, name: FlavorName, place: String) {
    match names.iter_mut().find(|named| named.name == name) {
        Some(named) => named.places.push(place),
        None => names.push(Named { name, places: vec![place] }),
    }
}

/// Attaches an extra spec to a finding about it.
fn on_spec(flavor: &Flavor, key: &str, value: &str, finding: Finding) -> Finding {
    finding.on(flavor.resource()).property(key).observed(format!("{value:?}"))
}

fn unreadable(flavor: &Flavor, key: &str, value: &str, why: &NotParsed) -> Finding {
    let (expected, place) = match why {
        NotParsed::NotScs => ("a name that begins with SCS-".to_owned(), String::new()),
        NotParsed::Error(error) => {
            (error.expected.clone(), format!(" at character {}, where it has {:?}", error.character, error.found))
        }
    };
    let message =
        format!("{key} of flavor {:?} is not a valid name in any version of the naming standard{place}", flavor.name);
    on_spec(flavor, key, value, Finding::violation(message)).expected(expected)
}

/// Returns findings on tolerated spellings of a name. That of v1 is a spelling like any other here.
fn spelling(flavor: &Flavor, key: &str, value: &str, parsed: &Parsed) -> Vec<Finding> {
    let warn = |note: &Note| {
        let message = format!("{key} of flavor {:?} is tolerated, but should change: {note}", flavor.name);
        on_spec(flavor, key, value, Finding::warning(message)).expected(note.expected())
    };
    parsed.notes.iter().filter(|note| !matches!(note, Note::V1Spelling(_))).map(warn).collect()
}

/// Recommends a name by the newest version of the naming standard among the others, as the text does.
fn outdated(flavor: &Flavor) -> Finding {
    Finding::warning(format!("flavor {:?} has only names in v1 spelling in its extra specs", flavor.name))
        .on(flavor.resource())
        .property("scs:name-vN")
        .expected("also a name in the spelling of v3")
        .observed("only names in the spelling of v1")
}

fn cpu_type(flavor: &Flavor, key: &str, value: &str, names: &[Named]) -> Option<Finding> {
    let Some(specified) = CpuType::ALL.into_iter().find(|kind| kind.extra_spec() == value) else {
        return Some(no_word(flavor, key, value, &CpuType::ALL.map(CpuType::extra_spec)));
    };
    let best = names.iter().max_by_key(|named| named.name.cpu_type())?;
    let promised = best.name.cpu_type();
    disagreement(flavor, key, value, (promised.cmp(&specified), promised.extra_spec(), best))
}

fn disk_type(flavor: &Flavor, (key, index): (&str, u32), value: &str, names: &[Named]) -> Option<Finding> {
    let Some(specified) = DiskType::ALL.into_iter().find(|kind| kind.extra_spec() == value) else {
        return Some(no_word(flavor, key, value, &DiskType::ALL.map(DiskType::extra_spec)));
    };
    let diskless = flavor.disk == 0 && !names.is_empty() && names.iter().all(|named| named.name.disk().is_none());
    if index == 0 && diskless {
        let message = format!("flavor {:?} gives a type for a disk that it does not have", flavor.name);
        return Some(on_spec(flavor, key, value, Finding::violation(message)).expected("not set"));
    }
    let kind = |named: &Named| named.name.disk().filter(|disk| index < disk.count).and_then(|disk| disk.kind);
    let (promised, best) =
        names.iter().filter_map(|named| Some((kind(named)?, named))).max_by_key(|(kind, _)| *kind)?;
    disagreement(flavor, key, value, (promised.cmp(&specified), promised.extra_spec(), best))
}

/// Reports a value other than the promise of the names. They may promise less, which is worth a warning: users who
/// trust the name do not learn of it.
fn disagreement(
    flavor: &Flavor,
    key: &str,
    value: &str,
    (order, promised, named): (Ordering, &str, &Named),
) -> Option<Finding> {
    let places = named.places.join(" and ");
    let finding = match order {
        Ordering::Equal => return None,
        Ordering::Greater => {
            Finding::violation(format!("flavor {:?} promises more in {places} than in {key}", flavor.name))
        }
        Ordering::Less => Finding::warning(format!("flavor {:?} promises less in {places} than in {key}", flavor.name)),
    };
    Some(on_spec(flavor, key, value, finding).expected(format!("{promised:?}, as in {places}")))
}

fn no_word(flavor: &Flavor, key: &str, value: &str, words: &[&str]) -> Finding {
    let message = format!("flavor {:?} has {key} {value:?}, which the standard does not define", flavor.name);
    on_spec(flavor, key, value, Finding::violation(message)).expected(format!("one of {}", words.join(", ")))
}

#[cfg(test)]
mod tests;
