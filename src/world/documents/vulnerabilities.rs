//! Which vulnerabilities there are, and what their records say.

use super::{json, published, short};
use chrono::{DateTime, Utc};
use scs_checks::facts::{AffectedProduct, AffectedVersions, CvssScore, Vulnerability};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// What the official feed lists.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Feed {
    /// The ids.
    pub ids: BTreeSet<String>,
    /// What stands where an id should.
    pub odd: Vec<String>,
    /// When the feed was last changed, if it says so.
    pub updated_at: Option<DateTime<Utc>>,
}

/// The official CVE feed of kubernetes.io. An item can have several ids, between commas.
///
/// # Errors
/// It is no such document, or no id is in it.
pub fn feed(text: &str) -> Result<Feed, String> {
    #[derive(Deserialize)]
    struct Document {
        #[serde(rename = "_kubernetes_io")]
        about: Option<About>,
        items: Vec<Item>,
    }
    #[derive(Deserialize)]
    struct About {
        updated_at: Option<String>,
    }
    #[derive(Deserialize)]
    struct Item {
        id: String,
    }
    let document: Document = json(text)?;
    let texts = document.items.iter().flat_map(|item| item.id.split(',')).map(|id| id.trim().to_owned());
    let (ids, odd): (BTreeSet<String>, BTreeSet<String>) = texts.partition(|id| is_cve_id(id));
    if ids.is_empty() {
        return Err("it lists no vulnerabilities".into());
    }
    let updated_at = document.about.and_then(|about| about.updated_at).and_then(|text| text.parse().ok());
    Ok(Feed { ids, odd: odd.iter().map(|id| short(id)).collect(), updated_at })
}

/// `CVE-2024-10220`. Nothing else gets into an address or the name of a file.
pub fn is_cve_id(text: &str) -> bool {
    let digits = |text: &str, lengths: std::ops::RangeInclusive<usize>| {
        lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let parts = text.strip_prefix("CVE-").and_then(|rest| rest.split_once('-'));
    parts.is_some_and(|(year, number)| digits(year, 4..=4) && digits(number, 4..=19))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    cve_metadata: Metadata,
    containers: Containers,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    cve_id: String,
    state: Option<String>,
    date_updated: Option<String>,
}

#[derive(Deserialize)]
struct Containers {
    cna: Cna,
}

/// What the numbering authority says. What others add (ADP) is not read: it can differ (Q-0210-10).
#[derive(Deserialize)]
struct Cna {
    #[serde(default)]
    metrics: Vec<Map<String, Value>>,
    #[serde(default)]
    affected: Vec<Product>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Product {
    product: Option<String>,
    package_name: Option<String>,
    default_status: Option<String>,
    #[serde(default)]
    versions: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    version: String,
    status: String,
    less_than: Option<String>,
    less_than_or_equal: Option<String>,
}

/// A CVE record of the format 5.x. One that was rejected affects nothing.
///
/// # Errors
/// It is no such record, or that of another id.
pub fn record(text: &str, id: &str, from: &str) -> Result<Vulnerability, String> {
    let Record { cve_metadata, containers: Containers { cna } } = json(text)?;
    if cve_metadata.cve_id != id {
        return Err(short(&format!("it is the record of {:?}", cve_metadata.cve_id)));
    }
    let rejected = cve_metadata.state.as_deref() == Some("REJECTED");
    Ok(Vulnerability {
        id: id.to_owned(),
        from: from.to_owned(),
        updated_at: cve_metadata.date_updated.and_then(|text| published(&text).ok()),
        scores: if rejected { Vec::new() } else { cna.metrics.iter().flat_map(scores).collect() },
        affected: if rejected { Vec::new() } else { cna.affected.into_iter().map(product).collect() },
        problem: None,
    })
}

/// The base scores under `cvssV3_1` and the like.
fn scores(metric: &Map<String, Value>) -> impl Iterator<Item = CvssScore> {
    metric.iter().filter_map(|(key, value)| {
        let version = key.to_ascii_lowercase().strip_prefix("cvssv")?.replace('_', ".");
        let base = value.get("baseScore")?.as_f64()?;
        version.starts_with(|first: char| first.is_ascii_digit()).then_some(CvssScore { cvss: version, base })
    })
}

fn product(product: Product) -> AffectedProduct {
    let named = product.product.filter(|name| !name.trim().is_empty());
    let entry = |entry: Entry| AffectedVersions {
        version: entry.version,
        status: entry.status,
        less_than: entry.less_than,
        less_than_or_equal: entry.less_than_or_equal,
    };
    AffectedProduct {
        product: named.or(product.package_name).unwrap_or_default(),
        default_status: product.default_status,
        versions: product.versions.into_iter().map(entry).collect(),
    }
}
