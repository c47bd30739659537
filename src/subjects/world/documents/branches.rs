//! Reads the ends of life of branches.

use super::error::DocumentError;
use super::rows::Row;
use super::{day, unread, yaml};
use chrono::NaiveDate;
use scs_checks::facts::{KubernetesBranch, UnreadEntry, WorldData};
use scs_checks::kaas::kubernetes_version::Branch;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::{BTreeMap, BTreeSet};

/// Branches, and the newest day that their document speaks of as past.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Branches {
    /// The branches, each once.
    pub list: Vec<KubernetesBranch>,
    /// The entries that are not understood.
    pub unread: Vec<UnreadEntry>,
    /// The days that the document speaks of as past: it is not older than these.
    pub days: Vec<NaiveDate>,
}

/// A row: the name of the branch, its end of life, and the day from which on it only gets urgent fixes.
#[derive(Default)]
struct BranchRow {
    name: Option<String>,
    end: Option<String>,
    maintenance: Option<String>,
}

/// Reads the branches of kubernetes.io's `data/releases/schedule.yaml`, in all its forms since 2021:
/// only `release`, `endOfLifeDate` and `maintenanceModeStartDate` matter here. Its dates of releases
/// are targets: they only show how old the document is at most.
///
/// # Errors
/// It is not such a document, or it has no branch that is understood.
pub fn schedule(text: &str, from: &str) -> Result<Branches, DocumentError> {
    #[derive(Deserialize)]
    struct Document {
        schedules: Vec<Row<Schedule>>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Schedule {
        release: Option<String>,
        end_of_life_date: Option<String>,
        maintenance_mode_start_date: Option<String>,
        #[serde(default)]
        previous_patches: Vec<Row<Patch>>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Patch {
        target_date: Option<String>,
    }
    let document: Document = yaml(text)?;
    let schedules = document.schedules.iter().filter_map(|Row(schedule)| schedule.as_ref());
    let patches = schedules.flat_map(|schedule| &schedule.previous_patches).filter_map(|Row(patch)| patch.as_ref());
    let days = patches.filter_map(|patch| day(patch.target_date.as_deref()?).ok()).collect();
    let rows = document.schedules.into_iter().map(|Row(schedule)| {
        schedule.map_or_else(BranchRow::default, |row| BranchRow {
            name: row.release,
            end: row.end_of_life_date,
            maintenance: row.maintenance_mode_start_date,
        })
    });
    gathered(rows, Several::Dispute, days, from)
}

/// Reads the branches of kubernetes.io's `data/releases/eol.yaml`. Of several rows for a branch, which
/// got a release after its end, the latest counts.
///
/// # Errors
/// As [`schedule`].
pub fn ends_of_life(text: &str, from: &str) -> Result<Branches, DocumentError> {
    #[derive(Deserialize)]
    struct Document {
        branches: Vec<Row<Ended>>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Ended {
        release: Option<String>,
        end_of_life_date: Option<String>,
    }
    let document: Document = yaml(text)?;
    let rows = document.branches.into_iter().map(|Row(row)| {
        row.map_or_else(BranchRow::default, |row| BranchRow {
            name: row.release,
            end: row.end_of_life_date,
            maintenance: None,
        })
    });
    let mut branches = gathered(rows, Several::Latest, Vec::new(), from)?;
    branches.days = branches.list.iter().map(|branch| branch.end_of_life).collect();
    Ok(branches)
}

/// Reads the branches of endoflife.date's `products/kubernetes.md`: YAML between two lines `---`. One that has no end
/// yet says nothing.
///
/// # Errors
/// As [`schedule`].
pub fn product(text: &str, from: &str) -> Result<Branches, DocumentError> {
    #[derive(Deserialize)]
    struct Document {
        releases: Vec<Row<Cycle>>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Cycle {
        release_cycle: Option<String>,
        eol: Option<DayOrNot>,
        eoas: Option<DayOrNot>,
        latest_release_date: Option<String>,
    }
    let document: Document = yaml(front_matter(text).ok_or("it has no part between two lines ---")?)?;
    let cycles = document.releases.iter().filter_map(|Row(cycle)| cycle.as_ref());
    let days = cycles.filter_map(|cycle| day(cycle.latest_release_date.as_deref()?).ok()).collect();
    let rows = document.releases.into_iter().filter_map(|Row(cycle)| {
        let Some(cycle) = cycle else { return Some(BranchRow::default()) };
        let has_no_end = matches!(cycle.eol, Some(DayOrNot::Flag(false)));
        let text = |day: Option<DayOrNot>| if let Some(DayOrNot::Day(text)) = day { Some(text) } else { None };
        let row = BranchRow { name: cycle.release_cycle, end: text(cycle.eol), maintenance: text(cycle.eoas) };
        (!has_no_end).then_some(row)
    });
    gathered(rows, Several::Dispute, days, from)
}

/// A day, or only whether there is one.
#[derive(Deserialize)]
#[serde(untagged)]
enum DayOrNot {
    Flag(bool),
    Day(String),
    Other(IgnoredAny),
}

fn front_matter(text: &str) -> Option<&str> {
    let rest = text.trim_start_matches('\u{feff}').strip_prefix("---\n")?;
    rest.split_once("\n---").map(|(inside, _)| inside)
}

/// The meaning of several rows for one branch, if their ends of life differ.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Several {
    /// The latest end counts.
    Latest,
    /// They contradict each other.
    Dispute,
}

/// Returns each branch once, with its end of life.
fn gathered(
    rows: impl Iterator<Item = BranchRow>,
    several: Several,
    days: Vec<NaiveDate>,
    from: &str,
) -> Result<Branches, DocumentError> {
    let mut each: BTreeMap<Branch, KubernetesBranch> = BTreeMap::new();
    let (mut odd, mut disputed) = (Vec::new(), BTreeSet::new());
    for row in rows {
        let named = row.name.clone();
        match branch(row, from) {
            Err(problem) => odd.push((named, problem)),
            Ok((name, branch)) => {
                let known = each.entry(name).or_insert_with(|| branch.clone());
                if several == Several::Dispute && known.end_of_life != branch.end_of_life && disputed.insert(name) {
                    odd.push((named, "it is listed twice, with different ends of life".into()));
                }
                if known.end_of_life < branch.end_of_life {
                    *known = branch;
                }
            }
        }
    }
    each.retain(|name, _| !disputed.contains(name));
    let unread = unread(WorldData::Branches, odd, from);
    match unread.first() {
        _ if !each.is_empty() => Ok(Branches { list: each.into_values().collect(), unread, days }),
        Some(first) => Err(first.problem.as_str().into()),
        None => Err(DocumentError::Empty("branches")),
    }
}

fn branch(
    BranchRow { name, end, maintenance }: BranchRow,
    from: &str,
) -> Result<(Branch, KubernetesBranch), DocumentError> {
    let name = name.ok_or("it names no branch")?;
    let parsed = name.parse::<Branch>().map_err(|error| error.to_string())?;
    let end_of_life = day(&end.ok_or("it has no end of life")?)?;
    let maintenance_from = maintenance.and_then(|text| day(&text).ok());
    Ok((parsed, KubernetesBranch { branch: name, end_of_life, maintenance_from, from: from.to_owned() }))
}
