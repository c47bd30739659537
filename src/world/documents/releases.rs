//! When releases were published.

use super::{json, published, short};
use scs_checks::facts::{KubernetesRelease, Published};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The releases of GitHub's API (`/repos/kubernetes/kubernetes/releases`), without drafts and
/// pre-releases.
///
/// # Errors
/// It is no such list, a release has no time, or nothing is in it.
pub fn github_releases(text: &str, from: &str) -> Result<Vec<KubernetesRelease>, String> {
    #[derive(Deserialize)]
    struct Release {
        tag_name: String,
        #[serde(default)]
        draft: bool,
        #[serde(default)]
        prerelease: bool,
        published_at: Option<String>,
    }
    let list: Vec<Release> = json(text)?;
    let stable =
        list.into_iter().filter(|release| !release.draft && !release.prerelease && is_stable(&release.tag_name));
    let releases = stable.map(|release| {
        let time = release.published_at.ok_or_else(|| short(&format!("{:?} has no published_at", release.tag_name)))?;
        Ok(KubernetesRelease { version: release.tag_name, published_at: published(&time)?, from: from.to_owned() })
    });
    some(releases.collect::<Result<_, String>>()?)
}

/// The dates of tags as endoflife.date collects them (`releases/kubernetes.json`): by version an
/// object with `date`, or in older files the date itself.
///
/// # Errors
/// It is no such document, something is no date, or nothing is in it.
pub fn release_dates(text: &str, from: &str) -> Result<Vec<KubernetesRelease>, String> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Document {
        Nested { versions: BTreeMap<String, Dated> },
        Flat(BTreeMap<String, String>),
    }
    #[derive(Deserialize)]
    struct Dated {
        date: String,
    }
    let dates: BTreeMap<String, String> = match json(text)? {
        Document::Nested { versions } => versions.into_iter().map(|(version, dated)| (version, dated.date)).collect(),
        Document::Flat(dates) => dates,
    };
    let releases = dates.into_iter().filter(|(version, _)| is_stable(version)).map(|(version, date)| {
        let published_at: Published = published(&date)?;
        Ok(KubernetesRelease { version, published_at, from: from.to_owned() })
    });
    some(releases.collect::<Result<_, String>>()?)
}

/// A tag with anything behind a hyphen is no release that people should run.
fn is_stable(tag: &str) -> bool {
    !tag.contains('-')
}

fn some(releases: Vec<KubernetesRelease>) -> Result<Vec<KubernetesRelease>, String> {
    if releases.is_empty() { Err("it lists no releases".into()) } else { Ok(releases) }
}
