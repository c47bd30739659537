//! Builders for the tests of the version policy, which are sorted by subject.

use super::*;
use crate::facts::{
    AffectedProduct, AffectedVersions, CvssScore, KubernetesBranch, Published, StatusChange, UnreadEntry,
    Vulnerability, WorldSource, WorldWay,
};
use crate::verdict::{Outcome, Severity, Verdict};
use chrono::TimeDelta;
use proptest::prelude::*;
use rstest::rstest;
use std::sync::LazyLock;

mod by_the_text;
mod data;
mod versions;
mod vulnerabilities;

const DAY: i64 = 86_400;

/// The products of records that are Kubernetes itself.
pub(in crate::kaas) const PRODUCTS: &str =
    "{components: [Kubernetes, kubelet, API server], vendors: [Kubernetes], others: [kubectl, csi-proxy]}";

pub(in crate::kaas) static POLICY: LazyLock<String> = LazyLock::new(|| {
    let critical = format!("{{score: 8, days: 14, recommended_days: 2, products: {PRODUCTS}}}");
    let branches = "{warn_below: 3, undecided_below: 2, unlisted_days: 365}";
    format!("{{patch_days: 31, critical: {critical}, branches: {branches}}}")
});

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub(in crate::kaas) fn now() -> DateTime<Utc> {
    instant("2026-11-20T12:00:00Z")
}

pub(in crate::kaas) fn release(version: &str, published_at: Published) -> KubernetesRelease {
    KubernetesRelease { version: version.into(), published_at, from: "github".into() }
}

pub(in crate::kaas) fn at(text: &str) -> Published {
    Published::At(instant(text))
}

fn ago(seconds: i64) -> Published {
    Published::At(now() - TimeDelta::seconds(seconds))
}

fn branch(name: &str, end: &str) -> KubernetesBranch {
    KubernetesBranch {
        branch: name.into(),
        end_of_life: end.parse().unwrap(),
        maintenance_from: None,
        from: "schedule".into(),
    }
}

fn source(data: WorldData, as_of: DateTime<Utc>) -> WorldSource {
    WorldSource {
        name: "github".into(),
        data,
        address: "https://example.org/releases".into(),
        way: WorldWay::Live,
        as_of,
    }
}

/// Returns a record that says: affected from `from` up to and including `to`.
pub(in crate::kaas) fn record(id: &str, product: &str, base: f64, from: &str, to: &str) -> Vulnerability {
    let versions = AffectedVersions {
        version: from.into(),
        status: "affected".into(),
        less_than_or_equal: Some(to.into()),
        ..AffectedVersions::default()
    };
    let vendor = Some("Kubernetes".into());
    let affected = AffectedProduct { product: product.into(), vendor, default_status: None, versions: vec![versions] };
    Vulnerability {
        id: id.into(),
        from: "cve".into(),
        scores: vec![CvssScore { cvss: "3.1".into(), base }],
        affected: vec![affected],
        ..Vulnerability::default()
    }
}

/// Returns a world in which three branches are supported, each with old releases, and nothing is affected.
pub(in crate::kaas) fn known_world() -> KubernetesWorld {
    KubernetesWorld {
        sources: vec![
            source(WorldData::Releases, now()),
            source(WorldData::Branches, now()),
            source(WorldData::Vulnerabilities, now()),
        ],
        problems: vec![],
        unread: vec![],
        releases: vec![
            release("v1.34.9", at("2026-06-11T00:00:00Z")),
            release("v1.35.8", at("2026-08-20T00:00:00Z")),
            release("v1.36.3", at("2026-07-22T00:00:00Z")),
            release("v1.36.4", at("2026-08-20T00:00:00Z")),
            release("v1.37.0", at("2026-08-26T00:00:00Z")),
            release("v1.37.1-rc.0", at("2026-08-26T00:00:00Z")),
        ],
        branches: vec![
            branch("1.34", "2026-10-27"),
            branch("1.35", "2027-02-28"),
            branch("1.36", "2027-06-28"),
            branch("1.37", "2027-10-28"),
        ],
        vulnerabilities: vec![record("CVE-0000-0001", "Kubernetes", 9.8, "1.10.0", "1.10.9")],
    }
}

fn judged(version: &str, world: &KubernetesWorld, now: DateTime<Utc>) -> Outcome {
    let policy: VersionPolicy = serde_yaml::from_str(&POLICY).unwrap();
    let cluster = ClusterVersion { git_version: version.into(), ..ClusterVersion::default() };
    Outcome::of(policy.examine((&cluster, (world, now))))
}

fn outcome(version: &str, world: &KubernetesWorld) -> Outcome {
    judged(version, world, now())
}

/// Returns the messages of one severity.
fn messages(outcome: &Outcome, severity: Severity) -> Vec<&str> {
    let list = outcome.findings.iter().filter(|finding| finding.severity == severity);
    list.map(|finding| finding.message.as_str()).collect()
}
