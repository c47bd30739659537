//! Reads the dates of releases.

use super::error::DocumentError;
use super::rows::{Pairs, Row};
use super::{json, published, unread};
use scs_checks::facts::{KubernetesRelease, Published, UnreadEntry, WorldData};
use scs_checks::kaas::kubernetes_version::{Spelled, Version};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The content of a list of releases.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Releases {
    /// The releases, each once.
    pub list: Vec<KubernetesRelease>,
    /// The entries that are not understood.
    pub unread: Vec<UnreadEntry>,
}

/// The date of a release, or the problem of its entry.
type Dated = Result<Published, DocumentError>;

/// Reads the releases of GitHub's API (`/repos/kubernetes/kubernetes/releases`), without drafts and
/// pre-releases.
///
/// # Errors
/// It is not such a list, or it has no release that is understood.
pub fn github_releases(text: &str, from: &str) -> Result<Releases, DocumentError> {
    #[derive(Deserialize)]
    struct Release {
        tag_name: Option<Value>,
        draft: Option<Value>,
        prerelease: Option<Value>,
        published_at: Option<Value>,
    }
    let list: Vec<Row<Release>> = json(text)?;
    let entries = list.into_iter().filter_map(|Row(release)| {
        let Some(release) = release else { return Some((None, Err("it is not an object".into()))) };
        let is_set = |flag: &Option<Value>| flag.as_ref().is_some_and(|flag| flag == &Value::Bool(true));
        if is_set(&release.draft) || is_set(&release.prerelease) {
            return None;
        }
        let name = release.tag_name.as_ref().and_then(Value::as_str).map(str::to_owned);
        let dated = match release.published_at {
            Some(Value::String(time)) => published(&time),
            Some(other) => Err(format!("its published_at is {other}").into()),
            None => Err("it has no published_at".into()),
        };
        Some((name, dated))
    });
    gathered(entries, from)
}

/// Reads the dates of tags as endoflife.date collects them (`releases/kubernetes.json`): by version an
/// object with `date`, or in older files the date itself.
///
/// # Errors
/// It is not such a document, or it has no release that is understood.
pub fn release_dates(text: &str, from: &str) -> Result<Releases, DocumentError> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Document {
        Nested { versions: Pairs<Value> },
        Flat(Pairs<Value>),
    }
    let (Document::Nested { versions: Pairs(dates) } | Document::Flat(Pairs(dates))) = json(text)?;
    let entries = dates.into_iter().map(|(version, dated)| {
        let date = dated.get("date").unwrap_or(&dated).as_str();
        (Some(version), date.map_or_else(|| Err("it has no date".into()), published))
    });
    gathered(entries, from)
}

/// Reads the releases of a list. A tag with anything behind a hyphen is not a release that people should run.
fn gathered(entries: impl Iterator<Item = (Option<String>, Dated)>, from: &str) -> Result<Releases, DocumentError> {
    let mut dates: BTreeMap<Version, (String, Published)> = BTreeMap::new();
    let (mut odd, mut disputed) = (Vec::new(), BTreeSet::new());
    for (name, dated) in entries {
        let version = name.as_deref().and_then(|name| name.parse().ok()).map(|Spelled { version, .. }| version);
        match (name, version, dated) {
            (Some(name), Some(_), _) if name.contains('-') => {}
            (Some(name), Some(version), Ok(date)) => {
                let known = dates.entry(version).or_insert_with(|| (name.clone(), date));
                if known.1 != date && disputed.insert(version) {
                    odd.push((Some(name), "it is listed twice, with different dates".into()));
                }
            }
            (Some(name), None, Ok(_)) => {
                let problem = format!("{name:?} is not a version");
                odd.push((Some(name), problem.into()));
            }
            (None, _, Ok(_)) => odd.push((None, "it names no version".into())),
            (name, _, Err(problem)) => odd.push((name, problem)),
        }
    }
    dates.retain(|version, _| !disputed.contains(version));
    let unread = unread(WorldData::Releases, odd, from);
    let release = |(version, published_at)| KubernetesRelease { version, published_at, from: from.to_owned() };
    let list: Vec<KubernetesRelease> = dates.into_values().map(release).collect();
    match unread.first() {
        _ if !list.is_empty() => Ok(Releases { list, unread }),
        Some(first) => Err(first.problem.as_str().into()),
        None => Err(DocumentError::Empty("releases")),
    }
}
