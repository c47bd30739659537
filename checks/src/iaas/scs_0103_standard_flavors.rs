//! scs-0103: the standard flavors exist with exactly their properties.

use crate::accepts::is_default;
use crate::facts::{Access, Flavor, Flavors};
use crate::iaas::flavor_name::{DiskType, FlavorName};
use crate::rule::Check;
use crate::verdict::{Finding, Findings, Resource, ResourceKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// scs-0103 v1: a flavor with this `scs:name-v2` has the size and extra specs that follow from it.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct StandardFlavor {
    /// The recommended name, from which all properties follow.
    name: FlavorName,
    /// True if any disk type is accepted (deviation Q-0103-1).
    #[serde(default, skip_serializing_if = "is_default")]
    any_disk_type: bool,
}

/// The extra spec by which a standard flavor is recognized.
pub(super) const NAME_SPEC: &str = "scs:name-v2";
const NOT_SET: &str = "not set";

impl Check for StandardFlavor {
    type Facts<'a> = &'a Flavors;

    fn examine(&self, flavors: &Flavors) -> Findings {
        let name = self.name.to_string();
        let claims = |flavor: &&Flavor| flavor.extra_specs.get(NAME_SPEC) == Some(&name);
        let named = |flavor: &&Flavor| flavor.name == name && !claims(flavor);
        let all = &flavors.0;
        let candidates: Vec<Candidate<'_>> = all
            .iter()
            .filter(claims)
            .chain(all.iter().filter(named))
            .map(|flavor| Candidate { flavor, differences: self.differences(flavor) })
            .collect();
        let mut findings = Findings { examined: candidates.len(), ..Findings::default() };
        // Deviation Q-0103-3: any good candidate suffices. The first of the nearest ones is
        // judged, which prefers those that say what they are.
        let nearness =
            |candidate: &&Candidate<'_>| (candidate.differences.len(), candidate.flavor.access != Access::Public);
        match candidates.iter().min_by_key(nearness) {
            None => findings.push(self.missing(&name, all)),
            Some(nearest) if nearest.differences.is_empty() => {
                let impostors =
                    candidates.iter().filter(|other| !other.differences.is_empty() && claims(&other.flavor));
                findings.list.extend(impostors.map(|other| other.impostor(&name)));
                findings.list.extend(private(nearest.flavor));
            }
            Some(nearest) => findings.list.extend(nearest.judge(&name)),
        }
        findings
    }
}

/// A flavor that may be the required one.
struct Candidate<'a> {
    flavor: &'a Flavor,
    differences: Vec<Difference>,
}

/// A property with a wrong value.
struct Difference {
    property: String,
    expected: String,
    observed: String,
    /// True if the disk is of a better type than required.
    understated: bool,
}

impl StandardFlavor {
    fn differences(&self, flavor: &Flavor) -> Vec<Difference> {
        let found = [flavor.vcpus, flavor.ram, flavor.disk];
        let sizes = self.sizes().into_iter().zip(found).filter(|((_, expected), observed)| expected != observed).map(
            |((property, expected), observed)| Difference {
                property: property.to_owned(),
                expected: expected.to_string(),
                observed: observed.to_string(),
                understated: false,
            },
        );
        let specs = self.name.extra_specs().into_iter().filter_map(|(key, expected)| {
            let observed = flavor.extra_specs.get(&key).map(String::as_str);
            self.differs(&key, &expected, observed)
        });
        sizes.chain(specs).chain(self.superfluous_disk_type(flavor)).chain(disabled(flavor)).collect()
    }

    /// Reports a type of disk on a flavor that should have no disk (deviation Q-0103-7).
    fn superfluous_disk_type(&self, flavor: &Flavor) -> Option<Difference> {
        const KEY: &str = "scs:disk0-type";
        let observed = flavor.extra_specs.get(KEY).filter(|_| self.name.disk().is_none())?;
        Some(Difference {
            property: KEY.to_owned(),
            expected: NOT_SET.to_owned(),
            observed: format!("{observed:?}"),
            understated: false,
        })
    }

    /// Returns vCPUs, RAM in MiB and root disk in GB, as Nova counts; no disk part means no disk.
    fn sizes(&self) -> [(&'static str, u64); 3] {
        let disk = self.name.disk_size().unwrap_or(0);
        [("vcpus", self.name.cpus().into()), ("ram", self.name.ram().mib()), ("disk", disk.into())]
    }

    fn differs(&self, key: &str, expected: &str, observed: Option<&str>) -> Option<Difference> {
        let disk_type = observed.filter(|_| key.starts_with("scs:disk")).and_then(disk_type);
        let any = self.any_disk_type && key.starts_with("scs:disk");
        if observed == Some(expected) || any && disk_type.is_some() {
            return None;
        }
        Some(Difference {
            property: key.to_owned(),
            expected: if any { any_of_the_types() } else { format!("{expected:?}") },
            observed: observed.map_or(NOT_SET.to_owned(), |observed| format!("{observed:?}")),
            understated: disk_type.is_some() && disk_type > self::disk_type(expected),
        })
    }

    fn missing(&self, name: &str, all: &[Flavor]) -> Finding {
        let wanted = self.sizes();
        let unit = |property| match property {
            "ram" => " MiB",
            "disk" => " GB",
            _ => "",
        };
        let sizes = wanted.map(|(property, value)| format!("{property} = {value}{}", unit(property)));
        let specs = self.name.extra_specs().into_iter().map(|(key, value)| {
            let any = self.any_disk_type && key.starts_with("scs:disk");
            format!("{key} = {}", if any { any_of_the_types() } else { value })
        });
        let expected: Vec<String> = sizes.into_iter().chain(specs).collect();
        let same_size =
            all.iter().find(|flavor| wanted.map(|(_, value)| value) == [flavor.vcpus, flavor.ram, flavor.disk]);
        let hint = same_size.map_or(String::new(), |flavor| {
            format!("; flavor {:?} has its size and lacks extra spec {NAME_SPEC} = {name}", flavor.name)
        });
        Finding::violation(format!("there is no flavor {name}{hint}"))
            .on(Resource::without_id(ResourceKind::Flavor, name))
            .property(format!("name, or extra spec {NAME_SPEC}"))
            .expected(format!("a flavor with {}", expected.join(", ")))
            .observed(format!("none of {} flavors", all.len()))
    }
}

/// Reports a flavor that is disabled, as users cannot use it.
fn disabled(flavor: &Flavor) -> Option<Difference> {
    (flavor.access == Access::Disabled).then(|| Difference {
        property: "OS-FLV-DISABLED:disabled".to_owned(),
        expected: "false".to_owned(),
        observed: "true".to_owned(),
        understated: false,
    })
}

/// Warns of a private flavor: other projects may not see it.
fn private(flavor: &Flavor) -> Option<Finding> {
    (flavor.access == Access::Private).then(|| {
        Finding::warning(format!("flavor {:?} is private: only projects with access can use it", flavor.name))
            .on(flavor.resource())
            .property("os-flavor-access:is_public")
            .expected("true")
            .observed("false")
    })
}

impl Candidate<'_> {
    /// Returns one finding for each property that is wrong.
    fn judge(&self, name: &str) -> Vec<Finding> {
        let mut list = Vec::new();
        for difference in &self.differences {
            let Difference { property, expected, observed, understated } = difference;
            let finding = |finding: Finding| {
                finding.on(self.flavor.resource()).property(property).expected(expected).observed(observed)
            };
            let message = format!("flavor {:?} claims to be {name}, but differs in {property}", self.flavor.name);
            list.push(finding(Finding::violation(message)));
            if *understated {
                // Quirk Q-0103-2.
                let message = format!(
                    "{observed} is better than {expected}; the standard allows understatement, so {property} may be set to {expected}"
                );
                list.push(finding(Finding::warning(message)));
            }
        }
        list
    }

    /// Reports a second flavor that claims the name, beside one that is right.
    fn impostor(&self, name: &str) -> Finding {
        let properties: Vec<&str> = self.differences.iter().map(|difference| difference.property.as_str()).collect();
        let message = format!("flavor {:?} claims to be {name} as well, but is not", self.flavor.name);
        let expected: Vec<&str> = self.differences.iter().map(|difference| difference.expected.as_str()).collect();
        let observed: Vec<&str> = self.differences.iter().map(|difference| difference.observed.as_str()).collect();
        Finding::warning(message)
            .on(self.flavor.resource())
            .property(properties.join(", "))
            .expected(expected.join(", "))
            .observed(observed.join(", "))
    }
}

fn disk_type(value: &str) -> Option<DiskType> {
    DiskType::ALL.into_iter().find(|disk_type| disk_type.extra_spec() == value)
}

fn any_of_the_types() -> String {
    format!("one of {}", DiskType::ALL.map(DiskType::extra_spec).join(", "))
}

#[cfg(test)]
mod tests;
