//! Reads the list of vulnerabilities, and their records.

use super::error::DocumentError;
use super::rows::{Pairs, Row};
use super::{UNREAD, json, published, short};
use chrono::{DateTime, Utc};
use scs_checks::facts::{AffectedProduct, AffectedVersions, CvssScore, StatusChange, Vulnerability};
use serde::de::{Error as _, IgnoredAny};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The list of the official CVE feed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CveFeed {
    /// The ids.
    pub ids: BTreeSet<String>,
    /// Entries that are not ids.
    pub odd: Vec<String>,
    /// The time of the feed's last change, if it says so.
    pub updated_at: Option<DateTime<Utc>>,
}

/// Reads the official CVE feed of kubernetes.io. An item can have several ids, between commas.
///
/// # Errors
/// It is no such document, or no id is in it.
pub fn feed(text: &str) -> Result<CveFeed, DocumentError> {
    #[derive(Deserialize)]
    struct Document {
        #[serde(rename = "_kubernetes_io")]
        about: Option<About>,
        items: Vec<Row<Item>>,
        next_url: Option<String>,
    }
    #[derive(Deserialize)]
    struct About {
        updated_at: Option<String>,
    }
    #[derive(Deserialize)]
    struct Item {
        id: Option<Value>,
    }
    let document: Document = json(text)?;
    if document.next_url.is_some_and(|next| !next.is_empty()) {
        return Err("it goes on at another address (next_url), and only the whole list counts".into());
    }
    let id = |Row(item): &Row<Item>| match item.as_ref().and_then(|item| item.id.as_ref()) {
        Some(Value::String(id)) => id.clone(),
        other => format!("({} instead of an id)", other.unwrap_or(&Value::Null)).replace(',', " "),
    };
    let items: Vec<String> = document.items.iter().map(id).collect();
    let texts = items.iter().flat_map(|id| id.split(',')).map(|id| id.trim().to_owned());
    let (ids, odd): (BTreeSet<String>, BTreeSet<String>) = texts.partition(|id| is_cve_id(id));
    if ids.is_empty() {
        return Err(DocumentError::Empty("vulnerabilities"));
    }
    let updated_at = document.about.and_then(|about| about.updated_at).and_then(|text| text.parse().ok());
    Ok(CveFeed { ids, odd: odd.iter().take(UNREAD).map(|id| short(id)).collect(), updated_at })
}

/// Returns true for ids such as `CVE-2024-10220`. Nothing else gets into an address or the name of a file.
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

/// The container of the numbering authority. Those of others (ADP) are not read: they can differ (Q-0210-10).
#[derive(Deserialize)]
struct Cna {
    #[serde(default)]
    metrics: Vec<Pairs<Row<Metric>>>,
    #[serde(default)]
    affected: Vec<Product>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metric {
    base_score: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Product {
    #[serde(default, deserialize_with = "word")]
    vendor: Option<String>,
    #[serde(default, deserialize_with = "word")]
    product: Option<String>,
    #[serde(default, deserialize_with = "word")]
    package_name: Option<String>,
    #[serde(default, deserialize_with = "word")]
    default_status: Option<String>,
    #[serde(default)]
    versions: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    #[serde(default, deserialize_with = "word")]
    version: Option<String>,
    #[serde(default, deserialize_with = "word")]
    status: Option<String>,
    #[serde(default, deserialize_with = "word")]
    less_than: Option<String>,
    #[serde(default, deserialize_with = "word")]
    less_than_or_equal: Option<String>,
    #[serde(default, deserialize_with = "word")]
    version_type: Option<String>,
    #[serde(default)]
    changes: Vec<Change>,
    /// Unknown keys, which may limit or widen what is affected.
    #[serde(flatten)]
    others: BTreeMap<String, IgnoredAny>,
}

#[derive(Deserialize)]
struct Change {
    #[serde(default, deserialize_with = "word")]
    at: Option<String>,
    #[serde(default, deserialize_with = "word")]
    status: Option<String>,
}

/// Reads a text, or a number as it is written.
fn word<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text)),
        Value::Number(number) => Ok(Some(number.to_string())),
        other => Err(D::Error::custom(short(&format!("{other} is not a text")))),
    }
}

/// Reads a CVE record of the format 5.x. One that was rejected affects nothing.
///
/// # Errors
/// It is not such a record, or that of another id.
pub fn record(text: &str, id: &str, from: &str) -> Result<Vulnerability, DocumentError> {
    let Record { cve_metadata, containers: Containers { cna } } = json(text)?;
    if cve_metadata.cve_id != id {
        return Err(format!("it is the record of {:?}", cve_metadata.cve_id).into());
    }
    let rejected = cve_metadata.state.is_some_and(|state| state.eq_ignore_ascii_case("REJECTED"));
    let metrics =
        cna.metrics.into_iter().flat_map(|Pairs(metrics)| metrics).filter_map(|(key, Row(metric))| score(key, metric));
    let (scores, unread): (Vec<_>, Vec<_>) = metrics.filter(|_| !rejected).partition(Result::is_ok);
    Ok(Vulnerability {
        id: id.to_owned(),
        from: from.to_owned(),
        updated_at: cve_metadata.date_updated.and_then(|text| published(&text).ok()),
        rejected,
        scores: scores.into_iter().flatten().collect(),
        unread_scores: unread.into_iter().filter_map(Result::err).take(UNREAD).collect(),
        affected: if rejected { Vec::new() } else { cna.affected.into_iter().map(product).collect() },
        problem: None,
    })
}

/// Reads the base score under `cvssV3_1` and the like; where there is one that is not understood, its text (which is data: it
/// is reported beside the scores, and no error ends anything).
fn score(key: String, metric: Option<Metric>) -> Option<Result<CvssScore, String>> {
    let key = key.to_ascii_lowercase();
    let base = metric.and_then(|metric| metric.base_score);
    if base.is_none() && !key.starts_with("cvs") {
        return None;
    }
    let number = match &base {
        Some(Value::Number(number)) => number.as_f64(),
        Some(Value::String(text)) => text.trim().parse().ok(),
        _ => None,
    };
    let cvss = key.strip_prefix("cvssv").unwrap_or(&key).replace('_', ".");
    let score = number.filter(|number| (0.0..=10.0).contains(number)).map(|base| CvssScore { cvss, base });
    Some(score.ok_or_else(|| short(&format!("{key}: {}", base.unwrap_or_default()))))
}

/// Returns a version, with the names of what stands beside it and is not known, which makes it one that is not
/// understood.
fn version(text: String, others: &BTreeMap<String, IgnoredAny>) -> String {
    match others.is_empty() {
        true => text,
        false => format!("{text} ({})", short(&others.keys().map(String::as_str).collect::<Vec<_>>().join(", "))),
    }
}

fn product(product: Product) -> AffectedProduct {
    let named = product.product.filter(|name| !name.trim().is_empty());
    let change =
        |change: Change| StatusChange { at: change.at.unwrap_or_default(), status: change.status.unwrap_or_default() };
    let entry = |entry: Entry| AffectedVersions {
        version: version(entry.version.unwrap_or_default(), &entry.others),
        status: entry.status.unwrap_or_default(),
        less_than: entry.less_than,
        less_than_or_equal: entry.less_than_or_equal,
        version_type: entry.version_type,
        changes: entry.changes.into_iter().map(change).collect(),
    };
    AffectedProduct {
        product: named.or(product.package_name).unwrap_or_default(),
        vendor: product.vendor,
        default_status: product.default_status,
        versions: product.versions.into_iter().map(entry).collect(),
    }
}
