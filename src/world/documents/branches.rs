//! Until when branches are supported.

use super::{day, short, yaml};
use chrono::NaiveDate;
use scs_checks::facts::KubernetesBranch;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;

/// Branches, and the newest day that their document speaks of as past.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Branches {
    /// The branches, each once.
    pub list: Vec<KubernetesBranch>,
    /// The document is not older than this day.
    pub newest: Option<NaiveDate>,
}

/// The branches of kubernetes.io's `data/releases/schedule.yaml`, in all its forms since 2021:
/// only `release`, `endOfLifeDate` and `maintenanceModeStartDate` matter here. Its dates of releases
/// are targets: they only show how old the document is at most.
///
/// # Errors
/// It is no such document, something is no date, or nothing is in it.
pub fn schedule(text: &str, from: &str) -> Result<Branches, String> {
    #[derive(Deserialize)]
    struct Document {
        schedules: Vec<Schedule>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Schedule {
        release: String,
        end_of_life_date: String,
        maintenance_mode_start_date: Option<String>,
        #[serde(default)]
        previous_patches: Vec<Patch>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Patch {
        target_date: Option<String>,
    }
    let document: Document = yaml(text)?;
    let patches = document.schedules.iter().flat_map(|schedule| &schedule.previous_patches);
    let newest = patches.filter_map(|patch| day(patch.target_date.as_deref()?).ok()).max();
    let branches = document.schedules.into_iter().map(|schedule| {
        let maintenance = schedule.maintenance_mode_start_date.filter(|date| !date.trim().is_empty());
        branch(schedule.release, day(&schedule.end_of_life_date)?, maintenance.as_deref().map(day).transpose()?, from)
    });
    Ok(Branches { list: one_each(branches)?, newest })
}

/// The branches of kubernetes.io's `data/releases/eol.yaml`. Of several rows for a branch, which
/// got a release after its end, the latest counts.
///
/// # Errors
/// As [`schedule`].
pub fn ends_of_life(text: &str, from: &str) -> Result<Branches, String> {
    #[derive(Deserialize)]
    struct Document {
        branches: Vec<Ended>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Ended {
        release: String,
        end_of_life_date: String,
    }
    let document: Document = yaml(text)?;
    let rows = document.branches.into_iter();
    let list = one_each(rows.map(|row| branch(row.release, day(&row.end_of_life_date)?, None, from)))?;
    let newest = list.iter().map(|branch| branch.end_of_life).max();
    Ok(Branches { list, newest })
}

/// The branches of endoflife.date's `products/kubernetes.md`: YAML between two lines `---`.
///
/// # Errors
/// As [`schedule`].
pub fn product(text: &str, from: &str) -> Result<Branches, String> {
    #[derive(Deserialize)]
    struct Document {
        releases: Vec<Cycle>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Cycle {
        release_cycle: String,
        eol: DayOrNot,
        eoas: Option<DayOrNot>,
        latest_release_date: Option<String>,
    }
    let document: Document = yaml(front_matter(text).ok_or("it has no part between two lines ---")?)?;
    let latest = document.releases.iter().filter_map(|cycle| cycle.latest_release_date.as_deref());
    let newest = latest.filter_map(|text| day(text).ok()).max();
    let dated = document.releases.into_iter().filter_map(|cycle| {
        let DayOrNot::Day(eol) = cycle.eol else { return None };
        let maintenance = match cycle.eoas {
            Some(DayOrNot::Day(text)) => day(&text).map(Some),
            _ => Ok(None),
        };
        Some(day(&eol).and_then(|eol| branch(cycle.release_cycle, eol, maintenance?, from)))
    });
    Ok(Branches { list: one_each(dated)?, newest })
}

/// A day, or only whether there is one.
#[derive(Deserialize)]
#[serde(untagged)]
enum DayOrNot {
    Day(String),
    Other(IgnoredAny),
}

fn front_matter(text: &str) -> Option<&str> {
    let rest = text.trim_start_matches('\u{feff}').strip_prefix("---\n")?;
    rest.split_once("\n---").map(|(inside, _)| inside)
}

fn branch(
    name: String,
    end_of_life: NaiveDate,
    maintenance_from: Option<NaiveDate>,
    from: &str,
) -> Result<KubernetesBranch, String> {
    let numbers = name.split_once('.').is_some_and(|(major, minor)| {
        let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        number(major) && number(minor)
    });
    if !numbers {
        return Err(short(&format!("{name:?} is no branch of the form 1.36")));
    }
    Ok(KubernetesBranch { branch: name, end_of_life, maintenance_from, from: from.to_owned() })
}

/// Each branch once, with its latest end of life.
fn one_each(branches: impl Iterator<Item = Result<KubernetesBranch, String>>) -> Result<Vec<KubernetesBranch>, String> {
    let mut each: BTreeMap<String, KubernetesBranch> = BTreeMap::new();
    for branch in branches {
        let branch = branch?;
        match each.get(&branch.branch) {
            Some(other) if other.end_of_life >= branch.end_of_life => {}
            _ => drop(each.insert(branch.branch.clone(), branch)),
        }
    }
    if each.is_empty() { Err("it lists no branches".into()) } else { Ok(each.into_values().collect()) }
}
