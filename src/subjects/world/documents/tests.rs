//! The parsers, on real documents and on broken ones.

use super::text::QUOTED;
use super::*;
use proptest::prelude::*;
use rstest::rstest;
use scs_checks::facts::{KubernetesBranch, KubernetesRelease, UnreadEntry};
use std::fs;
use std::path::{Path, PathBuf};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/kubernetes")
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
    let releases = release_dates(&fixture(file), "dates").unwrap().list;
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
    let releases = github_releases(GITHUB, "github").unwrap().list;
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
    assert_eq!(schedule.days.iter().max().unwrap().to_string(), newest);
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
    assert_eq!(product.days.iter().max().unwrap().to_string(), "2026-08-20");
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
        let mut entries = record.affected.iter().flat_map(|affected| &affected.versions);
        assert!(!entries.any(|entry| entry.version.contains('(')), "{id} has keys that are not known");
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

/// The first of three dates is not better than the second one, however a version is spelled.
#[rstest]
#[case(&["v1.36.4", "v1.36.4", "v1.36.4"])]
#[case(&["v1.36.4", "1.36.4"])]
#[case(&["V1.36.4", "v1.36.4+x"])]
fn of_disputed_dates_none_counts(#[case] names: &[&str]) {
    let entries: Vec<String> = (1..)
        .zip(names)
        .map(|(day, name)| format!(r#"{{"tag_name": "{name}", "published_at": "2026-08-0{day}"}}"#))
        .collect();
    let text = format!(r#"[{{"tag_name": "v1.35.8", "published_at": "2026-08-20"}}, {}]"#, entries.join(", "));
    let releases = github_releases(&text, "f").unwrap();
    assert_eq!(releases.list.iter().map(|release| release.version.as_str()).collect::<Vec<_>>(), ["v1.35.8"]);
    assert!(releases.unread[0].problem.ends_with("listed twice, with different dates"), "{:?}", releases.unread);
}

#[rstest]
#[case("1.40", 1)]
#[case("v1.40", 1)]
fn of_disputed_ends_of_life_none_counts(#[case] name: &str, #[case] problems: usize) {
    let rows = format!("{{release: 1.40, endOfLifeDate: 2026-06-28}}, {{release: {name}, endOfLifeDate: 2027-06-28}}");
    let text = format!("schedules: [{{release: 1.30, endOfLifeDate: 2025-06-28}}, {rows}, {rows}]");
    let branches = schedule(&text, "f").unwrap();
    assert_eq!((branches.list.len(), branches.unread.len()), (1, problems));
    assert!(branches.unread[0].problem.contains("different ends of life"), "{:?}", branches.unread);
}

/// `lessthan` may be `lessThan`.
#[test]
fn an_entry_with_something_unknown_is_not_understood() {
    let text = r#"{"cveMetadata": {"cveId": "CVE-2024-0001"}, "containers": {"cna": {"affected": [{"product": "kubelet",
        "versions": [{"version": "1.50.0", "lessthan": "1.50.5", "status": "affected"}]}]}}}"#;
    let version = &record(text, "CVE-2024-0001", "f").unwrap().affected[0].versions[0].version;
    assert_eq!(version, "1.50.0 (lessthan)");
}

fn named(unread: &[UnreadEntry]) -> Vec<(Option<&str>, &str)> {
    unread.iter().map(|entry| (entry.name.as_deref(), entry.problem.as_str())).collect()
}

/// Beside a good entry, a bad one is kept by its name.
#[rstest]
#[case(r#"{"tag_name": "v1.36.5"}"#, Some("v1.36.5"), "v1.36.5: it has no published_at")]
#[case(r#"{"tag_name": "v1.36.5", "published_at": 7}"#, Some("v1.36.5"), "v1.36.5: its published_at is 7")]
#[case(r#"{"tag_name": "v1.36.5", "published_at": "soon"}"#, Some("v1.36.5"), "v1.36.5: \"soon\" is not a date")]
#[case(
    r#"{"tag_name": "newest", "published_at": "2026-08-20"}"#,
    Some("newest"),
    "newest: \"newest\" is not a version"
)]
#[case(r#"{"published_at": "2026-08-20"}"#, None, "it names no version")]
#[case("[[7]]", None, "it is not an object")]
#[case(
    r#"{"tag_name": "v1.36.4", "published_at": "2026-08-21"}"#,
    Some("v1.36.4"),
    "v1.36.4: it is listed twice, with different dates"
)]
fn a_bad_release_is_kept_by_its_name(#[case] entry: &str, #[case] name: Option<&str>, #[case] problem: &str) {
    let text = format!(
        r#"[{{"tag_name": "v1.36.4", "published_at": "2026-08-20"}}, {{"tag_name": "v1.35.8", "published_at": "2026-08-20"}}, {entry}]"#
    );
    let releases = github_releases(&text, "f").unwrap();
    assert!(releases.list.iter().any(|release| release.version == "v1.35.8"));
    assert_eq!(named(&releases.unread), [(name, problem)]);
}

#[rstest]
#[case(r#""1.36.5": 3"#, Some("1.36.5"), "1.36.5: it has no date")]
#[case(r#""1.36": "2026-08-20""#, Some("1.36"), "1.36: \"1.36\" is not a version")]
#[case(r#""1.36.4": "2026-08-21""#, Some("1.36.4"), "1.36.4: it is listed twice, with different dates")]
fn a_bad_date_of_a_release_is_kept_by_its_name(#[case] entry: &str, #[case] name: Option<&str>, #[case] problem: &str) {
    for text in [
        r#"{"versions": {"1.36.4": "2026-08-20", "1.35.8": {"date": "2026-08-20"}, ENTRY}}"#,
        r#"{"1.36.4": "2026-08-20", "1.35.8": "2026-08-20", ENTRY}"#,
    ] {
        let releases = release_dates(&text.replace("ENTRY", entry), "f").unwrap();
        assert_eq!(published_of(&releases.list, "1.35.8").as_deref(), Some("2026-08-20"));
        assert_eq!(named(&releases.unread), [(name, problem)]);
    }
}

#[rstest]
#[case("{release: 1.40, endOfLifeDate: TBD}", Some("1.40"), "1.40: \"TBD\" is not a date")]
#[case("{release: 1.40}", Some("1.40"), "1.40: it has no end of life")]
#[case("{release: soon, endOfLifeDate: 2027-06-28}", Some("soon"), "soon: \"soon\" is not a branch of the form 1.36")]
#[case("{endOfLifeDate: 2027-06-28}", None, "it names no branch")]
#[case("1.40", None, "it names no branch")]
#[case("[1.40]", None, "it names no branch")]
fn a_bad_branch_is_kept_by_its_name(#[case] row: &str, #[case] name: Option<&str>, #[case] problem: &str) {
    for (parser, key) in [(schedule as fn(&str, &str) -> _, "schedules"), (ends_of_life, "branches")] {
        let text = format!("{key}: [{{release: 1.30, endOfLifeDate: 2025-06-28}}, {row}]");
        let branches: Branches = parser(&text, "f").unwrap();
        assert_eq!(end_of(&branches.list, "1.30").as_deref(), Some("2025-06-28"));
        assert_eq!(named(&branches.unread), [(name, problem)]);
    }
}

#[test]
fn of_very_many_bad_entries_some_are_kept() {
    let bad = r#"{"tag_name": "x"}, "#.repeat(1000);
    let text = format!(r#"[{bad} {{"tag_name": "v1.36.4", "published_at": "2026-08-20"}}]"#);
    let unread = github_releases(&text, "f").unwrap().unread;
    assert_eq!(named(&unread)[UNREAD], (None, "900 more entries are not understood"));
    assert_eq!(unread.len(), UNREAD + 1);
}

#[rstest]
#[case(r#"{"cvssV3_1": {"baseScore": 9.8}}"#, &[("3.1", 9.8)], &[])]
#[case(r#"{"cvssV3_1": {"baseScore": " 9.8 "}}"#, &[("3.1", 9.8)], &[])]
#[case(r#"{"CVSSV3_0": {"baseScore": 9}, "cvssV4_0": {"baseScore": 7}}"#, &[("3.0", 9.0), ("4.0", 7.0)], &[])]
#[case(r#"{"cvsV3": {"baseScore": 8}}"#, &[("cvsv3", 8.0)], &[])]
#[case(r#"{"cvssV3_1": {"baseScore": "high"}}"#, &[], &["cvssv3_1: \"high\""])]
#[case(r#"{"cvssV3_1": {"baseScore": 98}}"#, &[], &["cvssv3_1: 98"])]
#[case(r#"{"cvssV3_1": {"vectorString": "x"}}"#, &[], &["cvssv3_1: null"])]
#[case(r#"{"cvssV3_1": 9.8}"#, &[], &["cvssv3_1: null"])]
#[case(r#"{"cvssV3_1": {"baseScore": 9.8}, "cvssV3_1": {"baseScore": 1}}"#, &[("3.1", 9.8), ("3.1", 1.0)], &[])]
#[case(r#"{"format": "CVSS", "scenarios": [{"lang": "en"}], "other": {"type": "ssvc", "content": {}}}"#, &[], &[])]
fn scores_are_read_or_kept_as_unread(#[case] metric: &str, #[case] scores: &[(&str, f64)], #[case] unread: &[&str]) {
    let text = format!(
        r#"{{"cveMetadata": {{"cveId": "CVE-2024-0001"}}, "containers": {{"cna": {{"metrics": [{metric}]}}}}}}"#
    );
    let record = record(&text, "CVE-2024-0001", "f").unwrap();
    let read: Vec<(&str, f64)> = record.scores.iter().map(|score| (score.cvss.as_str(), score.base)).collect();
    assert_eq!(
        (read.as_slice(), record.unread_scores),
        (scores, unread.iter().map(|text| (*text).to_owned()).collect())
    );
}

#[test]
fn a_range_keeps_its_changes_and_its_kind() {
    let text = r#"{"cveMetadata": {"cveId": "CVE-2024-0001"}, "containers": {"cna": {"affected": [{"vendor": "Kubernetes",
        "product": "kubelet", "versions": [{"version": 1.5, "lessThan": "*", "versionType": "semver", "status": "affected",
        "changes": [{"at": "1.50.2", "status": "unaffected"}]}]}]}}}"#;
    let affected = &record(text, "CVE-2024-0001", "f").unwrap().affected[0];
    let entry = &affected.versions[0];
    assert_eq!(
        (affected.vendor.as_deref(), entry.version.as_str(), entry.version_type.as_deref()),
        (Some("Kubernetes"), "1.5", Some("semver"))
    );
    assert_eq!((entry.changes[0].at.as_str(), entry.changes[0].status.as_str()), ("1.50.2", "unaffected"));
}

#[test]
fn a_rejected_record_affects_nothing() {
    let text = fixture("cve/CVE-2024-10220.json").replacen("PUBLISHED", "REJECTED", 1);
    let record = record(&text, "CVE-2024-10220", "r").unwrap();
    assert!(record.rejected && record.affected.is_empty() && record.scores.is_empty());
}

/// Returns the problem that a parser has with a text.
fn problem(parser: &str, text: &str) -> Option<String> {
    match parser {
        "github" => github_releases(text, "f").err().map(|error| error.to_string()),
        "dates" => release_dates(text, "f").err().map(|error| error.to_string()),
        "schedule" => schedule(text, "f").err().map(|error| error.to_string()),
        "ends" => ends_of_life(text, "f").err().map(|error| error.to_string()),
        "product" => product(text, "f").err().map(|error| error.to_string()),
        "feed" => feed(text).err().map(|error| error.to_string()),
        _ => record(text, "CVE-2024-0001", "f").err().map(|error| error.to_string()),
    }
}

const PARSERS: [&str; 7] = ["github", "dates", "schedule", "ends", "product", "feed", "record"];

#[rstest]
#[case("github", "[]", "it lists no releases")]
#[case("github", r#"{"message": "API rate limit exceeded"}"#, "not the JSON that was expected")]
#[case("github", r#"[{"tag_name": "v1.36.4", "published_at": null}]"#, "v1.36.4: it has no published_at")]
#[case("github", r#"[{"tag_name": "v1.36.4", "published_at": "soon"}]"#, "\"soon\" is not a date")]
#[case("github", r#"[{"tag_name": 4, "published_at": "2026-08-20"}]"#, "it names no version")]
#[case("github", r#"[4]"#, "it is not an object")]
#[case("dates", r#"{"versions": {}}"#, "it lists no releases")]
#[case("dates", r#"{"1.36.4": "2026-02-30"}"#, "\"2026-02-30\" is not a date")]
#[case("dates", r#"{"1.36.4": 3}"#, "1.36.4: it has no date")]
#[case("schedule", "schedules: []", "it lists no branches")]
#[case("schedule", "schedules: [{release: 1.36}]", "1.36: it has no end of life")]
#[case("schedule", "schedules: [{release: x, endOfLifeDate: 2027-06-28}]", "\"x\" is not a branch")]
#[case("schedule", "schedules: [{release: 1.36, endOfLifeDate: TBD}]", "\"TBD\" is not a date")]
#[case("ends", "branches: [{release: 1.36, endOfLifeDate: 2027-06-31}]", "\"2027-06-31\" is not a date")]
#[case("ends", "schedules: []", "not the YAML that was expected")]
#[case("product", "# Kubernetes", "it has no part between two lines ---")]
#[case("product", "---\nreleases: []\n---\n", "it lists no branches")]
#[case("product", "---\nreleases: [{releaseCycle: 1.36, eol: false}]\n---\n", "it lists no branches")]
#[case("feed", r#"{"items": []}"#, "it lists no vulnerabilities")]
#[case("feed", r#"{"items": [{"id": "CVE-2024-1001"}], "next_url": "https://x/2"}"#, "it goes on at another address")]
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
    r#"{"cveMetadata": {"cveId": "CVE-2024-0001"}, "containers": {"cna": {"affected": [{"versions": [{"version": []}]}]}}}"#,
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
