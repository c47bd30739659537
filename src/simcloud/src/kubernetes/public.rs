//! Public data about Kubernetes in the simulation: releases, ends of life and vulnerabilities, as documents over HTTP.
//!
//! Everything in them is made up, relative to an instant, so that a simulated cluster does not grow old by itself. Addresses
//! have `simulated` in their path, and ids of vulnerabilities the year 0000, so that nobody takes them for the real ones.

use crate::http::{Call, Reply};
use crate::ids::Ids;
use crate::network::Network;
use crate::server::Answering;
use crate::service::Service;
use crate::simulator::{Simulator, SimulatorBuilder};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io;

/// Below this path stands everything.
const FOLDER: &str = "/simulated";

/// A branch of releases.
struct Branch {
    name: &'static str,
    /// In so many days it reaches its end of life; those that have are below zero.
    ends: i64,
    /// So many days ago its releases were published, from the first on.
    published: &'static [i64],
}

/// Three branches are supported, as always. The newest release of 1.34 is the one that the conformant cluster runs.
const BRANCHES: [Branch; 5] = [
    Branch { name: "1.35", ends: 330, published: &[75, 45] },
    Branch { name: "1.34", ends: 210, published: &[195, 110, 45] },
    Branch { name: "1.33", ends: 90, published: &[315, 230, 165, 110, 45] },
    Branch { name: "1.32", ends: -30, published: &[435, 350, 285, 230, 165, 110] },
    Branch { name: "1.20", ends: -1370, published: &[1820, 1790, 1760, 1730, 1700] },
];

/// The affected components, branches and releases, and the severity.
const VULNERABILITIES: [(&str, &str, u32, f64); 2] =
    [("CVE-0000-0001", "1.34", 1, 8.8), ("CVE-0000-0002", "1.20", 3, 9.8)];

/// The documents, by path. It is public only as a part of [`SimPublic`].
#[derive(Debug)]
pub struct Library {
    network: Network,
    ids: Ids,
    documents: BTreeMap<String, String>,
}

/// A server of documents on a free port of the loopback interface. It stops when it is dropped.
pub type SimPublic = Simulator<Library>;

impl SimPublic {
    /// Starts it, in the current Tokio runtime; the documents tell what is known at this instant.
    ///
    /// # Errors
    /// If no port is free.
    pub async fn start(now: DateTime<Utc>) -> io::Result<Self> {
        let network = Network { latency_ms: 0, keep_alive: true, clock_ahead_s: 0, hsts: None };
        let library = |documents, ids, _: &str| Library { network, ids, documents };
        SimulatorBuilder::new(documents(now)).serve(&[], library).await
    }

    /// Returns the addresses of the documents, as the option `--data-sources` reads them.
    #[must_use]
    pub fn data_sources(&self) -> String {
        let folder = format!("{}{FOLDER}", self.base_url());
        json!({
            "github-releases": format!("{folder}/github-releases.json"),
            "release-dates": format!("{folder}/release-dates.json"),
            "schedule": format!("{folder}/schedule.yaml"),
            "ends-of-life": format!("{folder}/eol.yaml"),
            "endoflife-date": format!("{folder}/kubernetes.md"),
            "cve-feed": format!("{folder}/official-cve-feed.json"),
            "cve-records": format!("{folder}/cve/"),
        })
        .to_string()
    }
}

impl Answering for Library {
    fn network(&self) -> &Network {
        &self.network
    }

    fn ids(&self) -> &Ids {
        &self.ids
    }

    fn route(&self, _path: &str) -> Option<(Service, String)> {
        Some((Service::Kubernetes, String::new()))
    }

    fn busy(&self, status: u16) -> Reply {
        Reply::empty(status)
    }

    fn expire(&mut self, _call: &Call) {}

    fn answer(&mut self, call: &Call) -> Reply {
        match self.documents.get(&call.path) {
            Some(text) if call.is_get() => Reply::typed(200, "text/plain; charset=utf-8", text.as_str()),
            _ => Reply::empty(404),
        }
    }
}

/// Returns all documents. JSON is YAML, too.
fn documents(now: DateTime<Utc>) -> BTreeMap<String, String> {
    let day = |days: i64| (now + TimeDelta::days(days)).format("%Y-%m-%d").to_string();
    let releases: Vec<(String, DateTime<Utc>)> = BRANCHES.iter().flat_map(|branch| releases(branch, now)).collect();
    let github = releases.iter().map(|(version, at)| {
        json!({"tag_name": format!("v{version}"), "draft": false, "prerelease": false, "published_at": instant(*at)})
    });
    let dates =
        releases.iter().map(|(version, at)| (version.clone(), json!({"date": at.format("%Y-%m-%d").to_string()})));
    let (supported, ended): (Vec<&Branch>, Vec<&Branch>) = BRANCHES.iter().partition(|branch| branch.ends > 0);
    let end = |branch: &&Branch| json!({"release": branch.name, "endOfLifeDate": day(branch.ends)});
    let cycle = |branch: &Branch| json!({"releaseCycle": branch.name, "eol": day(branch.ends)});
    let feed = json!({
        "_kubernetes_io": {"updated_at": instant(now)},
        "items": VULNERABILITIES.map(|(id, ..)| json!({"id": id})),
    });
    let mut all = vec![
        ("github-releases.json".to_owned(), Value::from_iter(github).to_string()),
        ("release-dates.json".to_owned(), json!({"versions": Value::from_iter(dates)}).to_string()),
        ("schedule.yaml".to_owned(), json!({"schedules": Value::from_iter(supported.iter().map(end))}).to_string()),
        ("eol.yaml".to_owned(), json!({"branches": Value::from_iter(ended.iter().map(end))}).to_string()),
        ("kubernetes.md".to_owned(), format!("---\n{}\n---\n", json!({"releases": BRANCHES.each_ref().map(cycle)}))),
        ("official-cve-feed.json".to_owned(), feed.to_string()),
    ];
    all.extend(VULNERABILITIES.map(|(id, branch, last, score)| {
        let text = record(id, branch, last, score, now - TimeDelta::days(40)).to_string();
        (format!("cve/{id}"), text)
    }));
    all.into_iter().map(|(name, text)| (format!("{FOLDER}/{name}"), text)).collect()
}

/// Returns the releases of a branch, and when they were published.
fn releases(branch: &Branch, now: DateTime<Utc>) -> impl Iterator<Item = (String, DateTime<Utc>)> {
    let numbered = branch.published.iter().enumerate();
    numbered.map(move |(patch, days)| (format!("{}.{patch}", branch.name), now - TimeDelta::days(*days)))
}

/// Returns the record of a vulnerability, in the format 5.1 of CVE.
fn record(id: &str, branch: &str, last: u32, score: f64, updated: DateTime<Utc>) -> Value {
    json!({
        "dataType": "CVE_RECORD",
        "dataVersion": "5.1",
        "cveMetadata": {"cveId": id, "state": "PUBLISHED", "dateUpdated": instant(updated)},
        "containers": {"cna": {
            "title": "Made up for a simulation",
            "affected": [{
                "vendor": "Kubernetes", "product": "Kubernetes", "defaultStatus": "unaffected",
                "versions": [{
                    "version": format!("{branch}.0"), "lessThanOrEqual": format!("{branch}.{last}"), "status": "affected",
                    "versionType": "semver",
                }],
            }],
            "metrics": [{"cvssV3_1": {"version": "3.1", "baseScore": score, "baseSeverity": "HIGH"}}],
        }},
    })
}

fn instant(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}
