//! Compares the quotas of a project, as Nova, Cinder and Neutron tell limits and usage, with the needs of a run.

use crate::collect::Quota;
use crate::doctor::finding::{DoctorFinding, Numbers, State};
use crate::openstack::Item;
use serde_json::Value;
use std::collections::BTreeMap;

/// The limit and usage of a quota.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum QuotaRoom {
    /// The limit, where -1 is none, and how much is taken.
    Known {
        /// The limit.
        limit: i64,
        /// The amount that is used.
        used: u64,
    },
    /// Only the limit.
    Limit(i64),
    /// Nothing: why.
    Unknown(String),
}

impl QuotaRoom {
    /// Judges if there is room for so much more.
    pub fn judge(&self, quota: Quota, takes: u64) -> DoctorFinding {
        let finding = |state, found: String| DoctorFinding::new(state, quota.as_str(), found).needed(takes.to_string());
        let judged = match self {
            Self::Known { limit: -1, .. } | Self::Limit(-1) => finding(State::Ok, "no limit".to_owned()),
            Self::Known { limit, used } => {
                let fits = used.saturating_add(takes) <= limit.unsigned_abs();
                let state = if fits { State::Ok } else { State::Missing };
                finding(state, format!("{used} of {limit} taken"))
            }
            Self::Limit(limit) if takes > limit.unsigned_abs() => finding(State::Missing, format!("at most {limit}")),
            Self::Limit(limit) => finding(State::Unknown, format!("at most {limit}; how much is taken is not known")),
            Self::Unknown(why) => finding(State::Unknown, why.clone()),
        };
        let remedy = if judged.state == State::Missing {
            "remove something, or ask the provider for a larger quota"
        } else {
            ""
        };
        DoctorFinding { numbers: self.numbers(takes), ..judged }.remedy(remedy)
    }

    fn numbers(&self, takes: u64) -> Option<Numbers> {
        match *self {
            Self::Known { limit, used } => Some(Numbers { limit, used: Some(used), takes }),
            Self::Limit(limit) => Some(Numbers { limit, used: None, takes }),
            Self::Unknown(_) => None,
        }
    }

    /// Reads two members of an answer; unlimited needs no second one.
    fn from_members(limit: Option<&Value>, used: Option<u64>) -> Self {
        match (limit.and_then(Value::as_i64), used) {
            (Some(limit @ ..-1), _) => Self::Unknown(format!("the service reports a limit of {limit}")),
            (Some(limit), Some(used)) => Self::Known { limit, used },
            (Some(limit), None) => Self::Limit(limit),
            (None, _) => Self::Unknown("the service does not report it".to_owned()),
        }
    }
}

/// The names that a limit and what is taken of it have in the answer of a service.
type Names = (Quota, &'static str, &'static str);

pub(super) const NOVA: &[Names] = &[
    (Quota::Servers, "maxTotalInstances", "totalInstancesUsed"),
    (Quota::Cores, "maxTotalCores", "totalCoresUsed"),
    (Quota::Memory, "maxTotalRAMSize", "totalRAMUsed"),
];

pub(super) const CINDER: &[Names] = &[
    (Quota::Volumes, "maxTotalVolumes", "totalVolumesUsed"),
    (Quota::Gigabytes, "maxTotalVolumeGigabytes", "totalGigabytesUsed"),
    (Quota::Backups, "maxTotalBackups", "totalBackupsUsed"),
    (Quota::BackupGigabytes, "maxTotalBackupGigabytes", "totalBackupGigabytesUsed"),
];

const NEUTRON: &[(Quota, &str)] = &[
    (Quota::Networks, "network"),
    (Quota::Subnets, "subnet"),
    (Quota::Ports, "port"),
    (Quota::Routers, "router"),
    (Quota::SecurityGroups, "security_group"),
    (Quota::SecurityGroupRules, "security_group_rule"),
];

/// Reads the limits of Nova or Cinder.
pub(super) fn from_limits(names: &[Names], answer: &Item) -> BTreeMap<Quota, QuotaRoom> {
    let absolute = answer.get("limits").and_then(|limits| limits.get("absolute")).unwrap_or(&Value::Null);
    let room = |limit: &str, used: &str| {
        QuotaRoom::from_members(absolute.get(limit), absolute.get(used).and_then(Value::as_u64))
    };
    names.iter().map(|(quota, limit, used)| (*quota, room(limit, used))).collect()
}

/// Reads Neutron's quotas: with details an object for each, without them the limit alone.
pub(super) fn from_neutron(answer: &Item) -> BTreeMap<Quota, QuotaRoom> {
    let room = |name: &str| match answer.get("quota").and_then(|quota| quota.get(name)) {
        Some(Value::Object(details)) => {
            let number = |key: &str| details.get(key).and_then(Value::as_u64);
            // What is reserved is about to be taken.
            let used = number("used").map(|used| used.saturating_add(number("reserved").unwrap_or_default()));
            QuotaRoom::from_members(details.get("limit"), used)
        }
        limit => QuotaRoom::from_members(limit, None),
    };
    NEUTRON.iter().map(|(quota, name)| (*quota, room(name))).collect()
}

/// Returns unknown room for all quotas of a service that could not be asked.
pub(super) fn unknown(quotas: impl IntoIterator<Item = Quota>, why: &str) -> BTreeMap<Quota, QuotaRoom> {
    quotas.into_iter().map(|quota| (quota, QuotaRoom::Unknown(why.to_owned()))).collect()
}

pub(super) fn neutron_quotas() -> impl Iterator<Item = Quota> {
    NEUTRON.iter().map(|(quota, _)| *quota)
}
