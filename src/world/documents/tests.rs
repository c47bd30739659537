//! The parsers, on real documents and on broken ones.

use super::*;
use proptest::prelude::*;
use rstest::rstest;
use scs_checks::facts::{KubernetesBranch, KubernetesRelease};
use std::fs;
use std::path::{Path, PathBuf};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/kubernetes")
}

fn fixture(name: &str) -> String {
    fs::read_to_string(fixtures().join(name)).unwrap()
}

fn published_of(releases: &[KubernetesRelease], version: &str) -> Option<String> {
    releases.iter().find(|release| release.version == version).map(|release| release.published_at.to_string())
}

fn end_of(branches: &[KubernetesBranch], name: &str) -> Option<String> {
    branches.iter().find(|branch| branch.branch == name).map(|branch| branch.end_of_life.to_string())
}

#[rstest]
#[case("release-data-kubernetes.json", 511, "1.36.4", Some("2026-08-20"))]
#[case("release-data-kubernetes.json", 511, "1.0.0", Some("2015-07-10"))]
#[case("release-data-kubernetes.json", 511, "1.37.0", None)]
#[case("release-data-kubernetes-2023-12-13.json", 389, "1.29.0", Some("2023-12-13"))]
fn the_days_of_releases(#[case] file: &str, #[case] count: usize, #[case] version: &str, #[case] day: Option<&str>) {
    let releases = release_dates(&fixture(file), "dates").unwrap();
    assert_eq!((releases.len(), published_of(&releases, version).as_deref()), (count, day));
    assert!(releases.iter().all(|release| release.from == "dates"));
}

const GITHUB: &str = r#"[
    {"tag_name": "v1.36.4", "draft": false, "prerelease": false, "published_at": "2026-08-20T07:08:09Z", "id": 1},
    {"tag_name": "v1.37.0-rc.1", "draft": false, "prerelease": true, "published_at": "2026-08-12T07:08:09Z"},
    {"tag_name": "v1.37.0-rc.0", "draft": false, "prerelease": false, "published_at": "2026-08-11T07:08:09Z"},
    {"tag_name": "v1.36.5", "draft": true, "prerelease": false, "published_at": null}
]"#;

#[test]
fn drafts_and_pre_releases_are_no_releases() {
    let releases = github_releases(GITHUB, "github").unwrap();
    assert_eq!(releases.len(), 1);
    assert_eq!(published_of(&releases, "v1.36.4").as_deref(), Some("2026-08-20T07:08:09Z"));
}

#[rstest]
#[case("schedule.yaml", 4, "1.36", "2027-06-28", "2026-06-09")]
#[case("schedule.yaml", 4, "1.33", "2026-06-28", "2026-06-09")]
#[case("schedule-2024-09-19.yaml", 4, "1.30", "2025-06-28", "2024-09-11")]
#[case("schedule-2023-06-21.yaml", 4, "1.27", "2024-06-28", "2023-06-14")]
#[case("schedule-2021-09-24.yaml", 4, "1.20", "2022-02-28", "2021-09-15")]
fn schedules(#[case] file: &str, #[case] count: usize, #[case] branch: &str, #[case] end: &str, #[case] newest: &str) {
    let schedule = schedule(&fixture(file), "s").unwrap();
    assert_eq!((schedule.list.len(), end_of(&schedule.list, branch).as_deref()), (count, Some(end)));
    assert_eq!(schedule.newest.unwrap().to_string(), newest);
}

#[rstest]
#[case("eol.yaml", "1.32", "2026-02-28")]
#[case("eol-2024-07-17.yaml", "1.22", "2022-12-08")]
#[case("eol-2024-07-17.yaml", "1.18", "2021-06-18")]
fn of_several_ends_the_last_counts(#[case] file: &str, #[case] branch: &str, #[case] end: &str) {
    let ended = ends_of_life(&fixture(file), "e").unwrap();
    assert_eq!(end_of(&ended.list, branch).as_deref(), Some(end));
    let names: std::collections::BTreeSet<&str> = ended.list.iter().map(|branch| branch.branch.as_str()).collect();
    assert_eq!(names.len(), ended.list.len());
}

#[test]
fn the_product_page_has_its_branches_in_front() {
    let product = product(&fixture("kubernetes.md"), "p").unwrap();
    assert_eq!((product.list.len(), end_of(&product.list, "1.34").as_deref()), (21, Some("2026-10-27")));
    assert_eq!(product.newest.unwrap().to_string(), "2026-08-20");
    let maintenance = product.list.iter().find(|branch| branch.branch == "1.36").unwrap().maintenance_from;
    assert_eq!(maintenance.unwrap().to_string(), "2027-04-28");
}

#[test]
fn an_item_of_the_feed_can_have_two_ids() {
    let feed = feed(&fixture("official-cve-feed-2023-07-01.json")).unwrap();
    assert_eq!((feed.ids.len(), feed.odd.len()), (8, 0));
    assert!(feed.ids.contains("CVE-2023-2727") && feed.ids.contains("CVE-2023-2728"));
    assert_eq!(feed.updated_at.unwrap().to_rfc3339(), "2023-07-01T22:37:44+00:00");
}

#[test]
fn every_real_record_can_be_read() {
    let mut count = 0;
    for entry in fs::read_dir(fixtures().join("cve")).unwrap() {
        let path = entry.unwrap().path();
        let id = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let record = record(&fs::read_to_string(&path).unwrap(), &id, "r").unwrap();
        assert!(!record.affected.is_empty() && record.updated_at.is_some(), "{id}");
        assert_eq!(record.scores.is_empty(), id == "CVE-2021-3121", "{id}");
        count += 1;
    }
    assert_eq!(count, 48);
}

#[rstest]
#[case("CVE-2024-10220", 8.1, "kubelet", 7)]
#[case("CVE-2024-0793", 7.7, "kube-controller-manager", 1)]
#[case("CVE-2018-1002105", 9.8, "Kubernetes", 13)]
fn records_say_what_the_numbering_authority_says(
    #[case] id: &str,
    #[case] base: f64,
    #[case] product: &str,
    #[case] versions: usize,
) {
    let record = record(&fixture(&format!("cve/{id}.json")), id, "r").unwrap();
    assert!(record.scores.iter().all(|score| (score.base - base).abs() < f64::EPSILON), "{:?}", record.scores);
    let affected = &record.affected[0];
    assert_eq!((affected.product.as_str(), affected.versions.len()), (product, versions));
}

#[test]
fn a_rejected_record_affects_nothing() {
    let text = fixture("cve/CVE-2024-10220.json").replacen("PUBLISHED", "REJECTED", 1);
    let record = record(&text, "CVE-2024-10220", "r").unwrap();
    assert!(record.affected.is_empty() && record.scores.is_empty());
}

/// What each parser says to a text.
fn problem(parser: &str, text: &str) -> Option<String> {
    match parser {
        "github" => github_releases(text, "f").err(),
        "dates" => release_dates(text, "f").err(),
        "schedule" => schedule(text, "f").err(),
        "ends" => ends_of_life(text, "f").err(),
        "product" => product(text, "f").err(),
        "feed" => feed(text).err(),
        _ => record(text, "CVE-2024-0001", "f").err(),
    }
}

const PARSERS: [&str; 7] = ["github", "dates", "schedule", "ends", "product", "feed", "record"];

#[rstest]
#[case("github", "[]", "it lists no releases")]
#[case("github", r#"{"message": "API rate limit exceeded"}"#, "not the JSON that was expected")]
#[case("github", r#"[{"tag_name": "v1.36.4", "published_at": null}]"#, "\"v1.36.4\" has no published_at")]
#[case("github", r#"[{"tag_name": "v1.36.4", "published_at": "soon"}]"#, "\"soon\" is no day")]
#[case("github", r#"[{"tag_name": 4}]"#, "at [0].tag_name")]
#[case("dates", r#"{"versions": {}}"#, "it lists no releases")]
#[case("dates", r#"{"1.36.4": "2026-02-30"}"#, "\"2026-02-30\" is no day")]
#[case("dates", r#"{"1.36.4": 3}"#, "not the JSON that was expected")]
#[case("schedule", "schedules: []", "it lists no branches")]
#[case("schedule", "schedules: [{release: 1.36}]", "not the YAML that was expected")]
#[case("schedule", "schedules: [{release: x, endOfLifeDate: 2027-06-28}]", "\"x\" is no branch")]
#[case("schedule", "schedules: [{release: 1.36, endOfLifeDate: TBD}]", "\"TBD\" is no day")]
#[case("ends", "branches: [{release: 1.36, endOfLifeDate: 2027-06-31}]", "\"2027-06-31\" is no day")]
#[case("ends", "schedules: []", "not the YAML that was expected")]
#[case("product", "# Kubernetes", "it has no part between two lines ---")]
#[case("product", "---\nreleases: []\n---\n", "it lists no branches")]
#[case("product", "---\nreleases: [{releaseCycle: 1.36, eol: false}]\n---\n", "it lists no branches")]
#[case("feed", r#"{"items": []}"#, "it lists no vulnerabilities")]
#[case("feed", r#"{"items": [{"id": "CVE-2024-1"}]}"#, "it lists no vulnerabilities")]
#[case("feed", r#"{"items": [{"id": "../../etc/passwd"}]}"#, "it lists no vulnerabilities")]
#[case("record", r#"{"error": "RECORD_NOT_FOUND"}"#, "missing field `cveMetadata`")]
#[case("record", r#"{"cveMetadata": {"cveId": "CVE-2024-0001"}, "containers": {}}"#, "missing field `cna`")]
#[case(
    "record",
    r#"{"cveMetadata": {"cveId": "CVE-2024-0002"}, "containers": {"cna": {}}}"#,
    "it is the record of \"CVE-2024-0002\""
)]
#[case(
    "record",
    r#"{"cveMetadata": {"cveId": "CVE-2024-0001"}, "containers": {"cna": {"affected": [{"versions": [{"version": 1}]}]}}}"#,
    "at containers.cna.affected[0].versions[0].version"
)]
fn what_is_wrong_is_said(#[case] parser: &str, #[case] text: &str, #[case] expected: &str) {
    let problem = problem(parser, text).unwrap();
    assert!(problem.contains(expected), "{problem}");
}

#[rstest]
#[case("")]
#[case("<html><body>Please log in</body></html>")]
#[case("null")]
#[case("[[[[[[")]
#[case("\u{0}\u{1}")]
fn garbage_is_refused_by_all(#[case] text: &str) {
    for parser in PARSERS {
        assert!(problem(parser, text).is_some(), "{parser}");
    }
}

#[test]
fn every_real_document_that_is_cut_off_is_refused() {
    let files = [
        "release-data-kubernetes.json",
        "release-data-kubernetes-2023-12-13.json",
        "official-cve-feed-2023-07-01.json",
    ];
    for (file, parser) in files.into_iter().zip(["dates", "dates", "feed"]) {
        let text = fixture(file);
        for part in 1..20 {
            assert!(problem(parser, &text[..text.floor_char_boundary(text.len() * part / 20)]).is_some());
        }
    }
}

#[rstest]
#[case("CVE-2024-10220", true)]
#[case("CVE-2018-1002105", true)]
#[case("CVE-2024-123", false)]
#[case("CVE-24-1234", false)]
#[case("cve-2024-1234", false)]
#[case("CVE-2024-1234/..", false)]
#[case("CVE-2024-12345678901234567890", false)]
fn ids_have_one_form(#[case] text: &str, #[case] good: bool) {
    assert_eq!(is_cve_id(text), good);
}

proptest! {
    #[test]
    fn no_text_is_too_odd(text in ".*", of in 0..PARSERS.len()) {
        if let Some(problem) = problem(PARSERS[of], &text) {
            prop_assert!(problem.chars().count() <= QUOTED + 100 && !problem.contains('\n'), "{problem}");
        }
    }
}
