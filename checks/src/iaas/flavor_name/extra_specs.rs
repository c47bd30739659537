//! Derives from flavor names the extra specs that scs-0103 wants on the flavor.

use super::name::{FlavorName, Ram};
use super::tables::DiskType;
use std::collections::BTreeMap;
use std::fmt;

/// For how many disks a type is derived. A name may claim any number of disks, but no hypervisor attaches
/// more than this, and a hostile name must not make us write a thousand million lines.
const DISKS_AT_MOST: u32 = 256;

/// The extra specs of a flavor, derived from all its names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DerivedSpecs {
    /// Extra specs, all with the prefix `scs:`.
    pub specs: BTreeMap<String, String>,
    /// In plain language, what the names contradict each other about. The larger claim was taken.
    pub conflicts: Vec<String>,
}

impl FlavorName {
    /// Returns the extra specs of a flavor that has only this name (scs-0103 v1: `scs:name-vN`, `scs:cpu-type`,
    /// `scs:diskN-type`).
    pub fn extra_specs(&self) -> BTreeMap<String, String> {
        extra_specs(std::slice::from_ref(self)).specs
    }
}

/// Returns the extra specs of a flavor that has all these names; empty without a name.
pub fn extra_specs(names: &[FlavorName]) -> DerivedSpecs {
    let mut derived = DerivedSpecs::default();
    // Odd numbers are spelled as in v1, even ones as in v2; what v1 cannot express leaves a gap, which the text allows.
    for (i, (v1, v2)) in spellings(names).into_iter().enumerate() {
        if let Some(v1) = v1 {
            derived.set(format!("name-v{}", 2 * i + 1), v1);
        }
        derived.set(format!("name-v{}", 2 * i + 2), v2);
    }
    if let Some(cpu_type) = names.iter().map(FlavorName::cpu_type).max() {
        derived.set("cpu-type".to_owned(), cpu_type.extra_spec().to_owned());
    }
    let counts = names.iter().filter_map(FlavorName::disk).map(|disk| disk.count);
    for i in 0..counts.max().unwrap_or(0).min(DISKS_AT_MOST) {
        let kind = names.iter().filter_map(|name| disk_type(name, i)).max();
        // Nothing is promised about an unspecified type, and network storage promises least (Q-0100-6).
        let kind = kind.unwrap_or(DiskType::Network);
        derived.set(format!("disk{i}-type"), kind.extra_spec().to_owned());
    }
    derived.conflicts = conflicts(names);
    derived
}

impl DerivedSpecs {
    fn set(&mut self, key: String, value: String) {
        self.specs.insert(format!("scs:{key}"), value);
    }
}

/// Returns the specified type of the disk with this index.
fn disk_type(name: &FlavorName, index: u32) -> Option<DiskType> {
    name.disk().filter(|disk| index < disk.count).and_then(|disk| disk.kind)
}

/// Returns the spellings by v1 and v2 of every name, long and short, once each: longest first.
///
/// So the short form comes last, and for a name without extensions `scs:name-v1` and `scs:name-v2` are the v1 and the v2
/// spelling, as scs-0103 demands for standard flavors.
fn spellings(names: &[FlavorName]) -> Vec<(Option<String>, String)> {
    let forms = names.iter().flat_map(|name| [*name, name.short()]);
    let mut all: Vec<_> = forms.map(|form| (form.to_v1(), form.to_string())).collect();
    all.sort_by(|(_, a), (_, b)| (b.len(), a).cmp(&(a.len(), b)));
    all.dedup();
    all
}

/// Lists the figures about which several names of one flavor disagree. A name that leaves something open does not
/// contradict one that gives it.
fn conflicts(names: &[FlavorName]) -> Vec<String> {
    let all = names.iter();
    [
        differ("the number of vCPUs", all.clone().map(FlavorName::cpus)),
        differ("the vCPU type", all.clone().map(|name| name.cpu_type().extra_spec())),
        differ("the RAM in GiB", all.clone().map(FlavorName::ram).map(|ram: Ram| ram.to_string())),
        differ("the number of disks", all.clone().map(|name| name.disk().map_or(0, |disk| disk.count))),
        differ("the disk size in GB", all.clone().filter_map(FlavorName::disk_size)),
        differ("the disk type", all.filter_map(|name| disk_type(name, 0)).map(DiskType::extra_spec)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn differ<T: PartialEq + fmt::Display>(what: &str, claims: impl Iterator<Item = T>) -> Option<String> {
    let mut claims = claims;
    let first = claims.next()?;
    let other = claims.find(|claim| *claim != first)?;
    Some(format!("the names disagree about {what}: {first} and {other}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(name: &str) -> FlavorName {
        name.parse().unwrap_or_else(|why| panic!("{name}: {why}"))
    }

    fn specs(names: &[&str]) -> Vec<(String, String)> {
        let names: Vec<FlavorName> = names.iter().map(|name| parsed(name)).collect();
        extra_specs(&names).specs.into_iter().map(|(key, value)| (key.replace("scs:", ""), value)).collect()
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn extra_specs_of_one_name() {
        assert_eq!(
            specs(&["SCS-4V-16-2x100s"]),
            pairs(&[
                ("cpu-type", "shared-core"),
                ("disk0-type", "ssd"),
                ("disk1-type", "ssd"),
                ("name-v1", "SCS-4V:16:2x100s"),
                ("name-v2", "SCS-4V-16-2x100s"),
            ])
        );
        assert_eq!(
            specs(&["SCS-1L-1-5_kvm_i"]),
            pairs(&[
                ("cpu-type", "crowded-core"),
                ("disk0-type", "network"),
                ("name-v1", "SCS-1L:1:5-kvm-i"),
                ("name-v2", "SCS-1L-1-5_kvm_i"),
                ("name-v3", "SCS-1L:1:5"),
                ("name-v4", "SCS-1L-1-5"),
            ])
        );
        assert_eq!(
            specs(&["SCS-6L-256-5_chy"])[2..],
            pairs(&[("name-v2", "SCS-6L-256-5_chy"), ("name-v3", "SCS-6L:256:5"), ("name-v4", "SCS-6L-256-5")])
        );
        assert_eq!(specs(&["SCS-1T-1"]).len(), 3);
        assert_eq!(specs(&["SCS-1T-1-999999999x10"]).len(), 3 + 256);
    }

    /// The same holds if several names are equally long.
    #[test]
    fn odd_numbers_are_spelled_as_in_v1_and_even_ones_as_in_v2() {
        for names in
            [&["SCS-4V-16-50_kvm", "SCS-4V-16-50_xen_ib"][..], &["SCS-4V-16", "SCS-4T-16"], &["SCS-4V-16_chy_hwv"]]
        {
            for (key, name) in specs(names).iter().filter_map(|(key, name)| Some((key.strip_prefix("name-v")?, name))) {
                assert_eq!(name.contains(':'), key.parse::<u32>().unwrap() % 2 == 1, "{names:?}: name-v{key} = {name}");
            }
        }
    }

    #[test]
    fn extra_specs_of_several_names() {
        let names = [parsed("SCS-4V-16-100s"), parsed("SCS-4C-16-100_i")];
        let derived = extra_specs(&names);
        assert_eq!(derived.specs["scs:cpu-type"], "dedicated-core");
        assert_eq!(derived.specs["scs:disk0-type"], "ssd");
        assert_eq!(derived.specs["scs:name-v1"], "SCS-4C:16:100-i");
        assert_eq!(derived.conflicts, ["the names disagree about the vCPU type: shared-core and dedicated-core"]);
        assert_eq!(specs(&["SCS-4V-16", "SCS-4V:16"]).len(), 3);
        assert_eq!(extra_specs(&[]), DerivedSpecs::default());
    }
}
