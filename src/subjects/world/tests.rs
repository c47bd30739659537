//! The whole way from servers, folders and the snapshot to the fact.

mod folder;
mod sharing;

use super::*;
use crate::openstack::tests::server::{Answer, Request, Server};
use chrono::NaiveDate;
use chrono::TimeDelta;
use rstest::rstest;
use scs_checks::check::CheckKind;
use scs_checks::definition::Definitions;
use scs_checks::facts::{
    ClusterFacts, ClusterVersion, Facts, KubernetesRelease, Now, Published, Slot, SubjectKind, Vulnerability,
    WorldData, WorldWay,
};
use scs_checks::kaas::affected_range::IsAffected;
use scs_checks::kaas::kubernetes_version::{Spelled, Version};
use scs_checks::kaas::scs_0210_version_policy::VersionPolicy;
use scs_checks::kaas::weakness::Weakness;
use scs_checks::verdict::{Reason, ReasonCode, Verdict};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Returns the instant of all tests here.
fn now() -> DateTime<Utc> {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// Returns the rule of version-policy-check.
fn policy(definitions: &Definitions) -> &VersionPolicy {
    match &definitions.testcase("version-policy-check").unwrap().check {
        CheckKind::KubernetesVersionPolicy(policy) => policy,
        other => unreachable!("{}", other.name()),
    }
}

const HEAD: &str = "\
# What was publicly known of Kubernetes. Made of the documents in tests/fixtures/kubernetes/ (licences: README.md
# there) by `SCS_UPDATE=1 cargo test`. What no document has, but a text tells, is from `text-only`.
";

#[tokio::test]
async fn the_snapshot_is_what_the_documents_say() {
    let definitions = scs_standards::embedded().unwrap();
    let world =
        snapshot(&repository("tests/fixtures/kubernetes"), policy(&definitions).products(), now()).await.unwrap();
    let text = format!("{HEAD}{}", serde_yaml::to_string(&world).unwrap());
    let path = repository("standards/data/kubernetes.yaml");
    if std::env::var_os("SCS_UPDATE").is_some() {
        fs::write(&path, &text).unwrap();
    }
    assert!(fs::read_to_string(&path).unwrap() == text, "not fresh; run SCS_UPDATE=1 cargo test");
}

#[tokio::test]
async fn a_world_may_stand_alone() {
    let options = WorldOptions { offline: true, filled_in: false, ..WorldOptions::default() };
    assert_eq!(world(&options, now(), &Events::none()).await.0, KubernetesWorld::default());
}

fn release<'a>(world: &'a KubernetesWorld, version: &str) -> Option<&'a KubernetesRelease> {
    world.releases.iter().find(|release| release.version.trim_start_matches('v') == version)
}

fn record<'a>(world: &'a KubernetesWorld, id: &str) -> Option<&'a Vulnerability> {
    world.vulnerabilities.iter().find(|record| record.id == id)
}

#[test]
fn the_snapshot_says_where_it_is_from() {
    let world = bundle().unwrap();
    assert_eq!((world.releases.len(), world.problems.len()), (511 + 5, 0));
    assert!(world.sources.iter().all(|source| source.way == WorldWay::Bundle && source.address.contains("sha256:")));
    let from = |version: &str| release(&world, version).map(|release| release.from.as_str());
    assert_eq!(from("1.36.4"), Some("release-dates (built in)"));
    assert_eq!(from("1.37.0"), Some("text-only (built in)"));
    assert_eq!(from("1.37.2"), None);
    // The day of the tag beats the target date, which was 2026-07-14.
    let tagged = Published::On(NaiveDate::from_ymd_opt(2026, 7, 22).unwrap());
    assert_eq!(release(&world, "1.36.3").unwrap().published_at, tagged);
    let branches: Vec<(&str, &str)> =
        world.branches.iter().rev().take(3).map(|branch| (branch.branch.as_str(), branch.from.as_str())).collect();
    let expected = [("1.37", "text-only"), ("1.36", "schedule"), ("1.35", "schedule")];
    assert_eq!(branches, expected.map(|(name, from)| (name, format!("{from} (built in)").leak() as &str)));
    // Of what is not Kubernetes itself, only that is known.
    let versions =
        |id: &str| record(&world, id).unwrap().affected.iter().map(|part| part.versions.len()).sum::<usize>();
    assert_eq!(["CVE-2024-10220", "CVE-2025-1974"].map(versions), [7, 0]);
    let named: BTreeSet<&str> = world.sources.iter().map(|source| source.name.as_str()).collect();
    assert!(world.releases.iter().all(|release| named.contains(release.from.as_str())));
    assert_eq!(world.as_of(WorldData::Releases), Some("2026-08-20T00:00:00Z".parse().unwrap()));
    assert_eq!(world.as_of(WorldData::Vulnerabilities), Some("2026-08-21T00:00:00Z".parse().unwrap()));
}

/// The snapshot alone decides, three months after its newest document.
#[rstest]
// Past its end of life.
#[case("v1.20.4", Verdict::Fail)]
#[case("v1.34.12", Verdict::Fail)]
// Followed by releases that are long out, be it that only a text tells of the last one.
#[case("v1.36.2", Verdict::Fail)]
#[case("v1.36.4", Verdict::Fail)]
// Nothing newer is known, and nobody looked since.
#[case("v1.36.5", Verdict::Abort)]
#[case("v1.37.1", Verdict::Abort)]
#[case("v1.38.0", Verdict::Abort)]
fn what_the_snapshot_decides(#[case] version: &str, #[case] verdict: Verdict) {
    let reason = Reason::new(ReasonCode::NotSelected, "not asked");
    let cluster = ClusterVersion { git_version: version.into(), ..ClusterVersion::default() };
    let Facts::Cluster(none) = Facts::none(SubjectKind::Cluster, &reason) else { panic!("{reason:?}") };
    let facts = ClusterFacts {
        cluster_version: Slot::Known(cluster),
        kubernetes_world: Slot::Known(bundle().unwrap()),
        ..none
    };
    let definitions = scs_standards::embedded().unwrap();
    let outcome =
        definitions.testcase("version-policy-check").unwrap().check.rule().evaluate(&facts.into(), Now::named(now()));
    assert_eq!(outcome.verdict, verdict, "{outcome:?}");
}

/// Every real record is understood: of each release of a supported branch it is known whether it is affected, by all
/// that the snapshot holds and whatever a record weighs.
#[rstest]
#[case(0.0, &["CVE-2026-2270", "CVE-2020-8561", "CVE-2020-8562", "CVE-2021-25740"])]
#[case(7.0, &[])]
fn every_real_record_is_understood(#[case] least: f64, #[case] unread: &[&str]) {
    let definitions = scs_standards::embedded().unwrap();
    let world = bundle().unwrap();
    let branches = (33..=38).flat_map(|minor| (0..20).map(move |patch| Version::new(1, minor, patch)));
    let versions: Vec<Version> = branches.collect();
    let weaknesses =
        world.vulnerabilities.iter().filter_map(|record| Weakness::new(record, policy(&definitions).products(), least));
    let open =
        weaknesses.filter(|weakness| versions.iter().any(|version| weakness.has(*version) == IsAffected::Unread));
    let open: BTreeSet<&str> = open.map(|weakness| weakness.record.id.as_str()).collect();
    assert_eq!(open, unread.iter().copied().collect());
}

/// The number of the 516 releases that a severe record affects, as counted by another program in another language.
#[rstest]
#[case("CVE-2017-1002101", 97)]
#[case("CVE-2017-1002102", 97)]
#[case("CVE-2018-1002105", 134)]
#[case("CVE-2019-11253", 178)]
#[case("CVE-2021-25741", 276)]
#[case("CVE-2021-25749", 30)]
#[case("CVE-2023-3676", 371)]
#[case("CVE-2023-3955", 371)]
#[case("CVE-2023-5528", 384)]
#[case("CVE-2024-0793", 378)]
#[case("CVE-2024-10220", 417)]
fn severe_records_affect_as_many_releases_as_another_reader_counts(#[case] id: &str, #[case] expected: usize) {
    let definitions = scs_standards::embedded().unwrap();
    let world = bundle().unwrap();
    let weakness = Weakness::new(record(&world, id).unwrap(), policy(&definitions).products(), 7.0).unwrap();
    let version = |release: &KubernetesRelease| release.version.parse::<Spelled>().unwrap().version;
    let said: Vec<IsAffected> = world.releases.iter().map(|release| weakness.has(version(release))).collect();
    let count = |has: IsAffected| said.iter().filter(|said| **said == has).count();
    assert_eq!((count(IsAffected::Yes), count(IsAffected::Unread)), (expected, 0));
}

const GITHUB: &str = r#"[{"tag_name": "v1.36.6", "published_at": "2026-11-10T07:08:09Z"},
    {"tag_name": "v1.36.4", "published_at": "2026-08-20T07:08:09Z"}]"#;
const DATES: &str = r#"{"versions": {"1.36.4": {"date": "2026-08-21"}, "1.36.3": {"date": "2026-07-22"}}}"#;
const SCHEDULE: &str = "schedules: [{release: '1.38', endOfLifeDate: 2028-02-28}]";
const ENDS: &str = "branches: [{release: '1.34', endOfLifeDate: 2026-10-28}]";
const PRODUCT: &str =
    "---\nreleases: [{releaseCycle: '1.38', eol: 2028-01-01}, {releaseCycle: '1.0', eol: 2016-01-01}]\n---\n";
const FEED: &str = r#"{"items": [{"id": "CVE-2026-0001"}, {"id": "CVE-2026-0002, CVE-2024-10220"}]}"#;

/// Returns the record of an id, of which kubelet 1.36.5 and older are affected.
fn record_of(id: &str) -> String {
    format!(
        r#"{{"cveMetadata": {{"cveId": "{id}"}}, "containers": {{"cna": {{
            "metrics": [{{"cvssV3_1": {{"baseScore": 8.5}}}}],
            "affected": [{{"product": "kubelet", "versions": [{{"version": "<= v1.36.5", "status": "affected"}}]}}]
        }}}}}}"#
    )
}

/// Returns the responses of the real servers.
fn good(request: &Request) -> Answer {
    let text = match request.path.as_str() {
        "/releases" => GITHUB.to_owned(),
        "/dates" => DATES.to_owned(),
        "/schedule" => SCHEDULE.to_owned(),
        "/ends" => ENDS.to_owned(),
        "/product" => PRODUCT.to_owned(),
        "/feed" => FEED.to_owned(),
        path => match path.strip_prefix("/cve/") {
            Some(id) => record_of(id),
            None => return Answer::new(404, "text/plain", "no"),
        },
    };
    Answer::new(200, "application/json", text)
        .header("ETag", "\"1\"")
        .header("Last-Modified", "Fri, 20 Nov 2026 10:00:00 GMT")
}

fn options(server: &Server, cache: Option<&Path>) -> WorldOptions {
    let address = |path: &str| server.url(path).parse().unwrap();
    WorldOptions {
        sources: Sources {
            github_releases: address("/releases"),
            release_dates: address("/dates"),
            schedule: address("/schedule"),
            ends_of_life: address("/ends"),
            endoflife_date: address("/product"),
            cve_feed: address("/feed"),
            cve_records: address("/cve/"),
        },
        cache: cache.map(Path::to_owned),
        limits: Limits { request: Duration::from_millis(500), pause: Duration::from_millis(1), ..Limits::default() },
        ..WorldOptions::default()
    }
}

async fn known(options: &WorldOptions, now: DateTime<Utc>) -> KubernetesWorld {
    world(options, now, &Events::none()).await.0
}

/// Returns the way in which the first document of a kind was obtained.
fn way(world: &KubernetesWorld, name: &str) -> Option<WorldWay> {
    world.sources.iter().find(|source| source.name == name).map(|source| source.way)
}

#[tokio::test]
async fn what_is_live_comes_first_and_the_most_exact_of_it() {
    let server = Server::start(good).await;
    let (events, kept) = Events::recorded("cluster");
    let (world, requests) = world(&options(&server, None), now(), &events).await;
    assert_eq!(world.problems, [""; 0]);
    assert_eq!(requests.len(), 6 + 3);
    assert!(requests.iter().all(|request| request.attempts.len() == 1 && request.attempts[0].status == Some(200)));
    assert_eq!(kept.lock().unwrap().len(), 2);
    let at = |version: &str| release(&world, version).map(|release| release.published_at.to_string());
    assert_eq!(at("1.36.4").as_deref(), Some("2026-08-20T07:08:09Z"));
    assert_eq!(at("1.36.3").as_deref(), Some("2026-07-22"));
    assert_eq!(at("1.35.8").as_deref(), Some("2026-08-20"), "the snapshot fills the gaps");
    let end = |name: &str| {
        world.branches.iter().find(|branch| branch.branch == name).map(|branch| branch.end_of_life.to_string())
    };
    assert_eq!(end("1.38").as_deref(), Some("2028-02-28"));
    assert_eq!(end("1.34").as_deref(), Some("2026-10-28"));
    assert_eq!(end("1.0").as_deref(), Some("2016-01-01"));
    assert_eq!(record(&world, "CVE-2024-10220").unwrap().from, "cve-record");
    assert!(
        [WorldData::Releases, WorldData::Branches, WorldData::Vulnerabilities]
            .iter()
            .all(|data| world.as_of(*data) == Some(now()))
    );
}

/// Every way in which a server fails, for every document.
#[rstest]
#[case::missing(|| Answer::new(404, "text/plain", "no"), "HTTP 404")]
#[case::limited(|| Answer::new(429, "text/plain", "slow down"), "HTTP 429; the server limits requests")]
#[case::broken(|| Answer::new(500, "text/plain", "oh"), "HTTP 500")]
#[case::unasked(|| Answer::new(304, "text/plain", ""), "HTTP 304")]
#[case::garbage(|| Answer::new(200, "text/html", "<html>log in</html>"), "")]
#[case::empty(|| Answer::new(200, "text/plain", ""), "")]
#[case::binary(|| Answer::new(200, "text/plain", vec![0xff, 0xfe]), "it is not UTF-8 text")]
#[case::cut_off(|| Answer::Truncated, "")]
#[case::reset(|| Answer::Reset, "")]
#[case::hanging(|| Answer::Hang, "no complete answer in time")]
#[case::endless(|| Answer::Flood, "")]
#[tokio::test]
async fn whatever_fails_something_stands_in(#[case] failure: fn() -> Answer, #[case] told: &str) {
    let server = Server::start(move |_| failure()).await;
    let (world, requests) = world(&options(&server, None), now(), &Events::none()).await;
    assert_eq!((world.problems.len(), requests.len()), (6, 6), "{:?}", world.problems);
    assert!(
        world.problems.iter().all(|problem| problem.contains(told) && problem.starts_with("http://")),
        "{:?}",
        world.problems
    );
    assert!(world.problems.iter().all(|problem| problem.chars().count() < 400 && !problem.contains('\n')));
    let built_in = bundle().unwrap();
    assert_eq!((world.releases, world.branches), (built_in.releases, built_in.branches));
    assert!(world.sources.iter().all(|source| source.way == WorldWay::Bundle));
}

#[rstest]
#[case("/releases", WorldData::Releases, true)]
#[case("/schedule", WorldData::Branches, true)]
#[case("/feed", WorldData::Vulnerabilities, false)]
#[tokio::test]
async fn one_source_that_fails_leaves_the_others(
    #[case] path: &'static str,
    #[case] data: WorldData,
    #[case] current: bool,
) {
    let server = Server::start(move |request| match request.path == path {
        true => Answer::new(503, "text/plain", "no"),
        false => good(request),
    })
    .await;
    let world = known(&options(&server, None), now()).await;
    assert_eq!(world.problems.len(), 1);
    assert_eq!(world.as_of(data) == Some(now()), current);
    assert_eq!(server.requests().iter().filter(|request| request.path == path).count(), 2, "tried once more");
}

#[tokio::test]
async fn one_record_that_fails_is_a_problem_of_that_record() {
    let server = Server::start(|request| match request.path.as_str() {
        "/cve/CVE-2026-0001" => Answer::new(500, "text/plain", "no"),
        "/cve/CVE-2024-10220" => Answer::new(404, "text/plain", "no"),
        _ => good(request),
    })
    .await;
    let world = known(&options(&server, None), now()).await;
    assert_eq!(world.problems, [""; 0]);
    let problem = |id: &str| record(&world, id).unwrap().problem.clone();
    assert!(problem("CVE-2026-0001").unwrap().contains("HTTP 500"));
    assert_eq!(problem("CVE-2026-0002"), None);
    let built_in = record(&world, "CVE-2024-10220").unwrap();
    assert_eq!((built_in.from.as_str(), built_in.problem.as_ref()), ("cve-record (built in)", None));
}

#[tokio::test]
async fn a_list_of_ids_without_any_record_is_not_current() {
    let server = Server::start(|request| match request.path.starts_with("/cve/") {
        true => Answer::new(500, "text/plain", "no"),
        false => good(request),
    })
    .await;
    let world = known(&options(&server, None), now()).await;
    assert_eq!(world.problems, ["none of the 3 records of the CVE feed could be had"]);
    assert_eq!(world.as_of(WorldData::Vulnerabilities), bundle().unwrap().as_of(WorldData::Vulnerabilities));
}

#[tokio::test]
async fn what_is_kept_is_asked_for_by_its_name_and_stands_in_for_a_day() {
    let place = tempfile::tempdir().unwrap();
    let mode = Arc::new(AtomicUsize::new(0));
    let shared = Arc::clone(&mode);
    let server = Server::start(move |request| match shared.load(Ordering::SeqCst) {
        0 => good(request),
        1 if request.header("if-none-match") == "\"1\"" && !request.header("if-modified-since").is_empty() => {
            Answer::new(304, "text/plain", "")
        }
        _ => Answer::new(503, "text/plain", "no"),
    })
    .await;
    let options = options(&server, Some(place.path()));
    let first = known(&options, now()).await;
    mode.store(1, Ordering::SeqCst);
    let later = now() + TimeDelta::hours(30);
    let unchanged = known(&options, later).await;
    assert_eq!((unchanged.problems.len(), way(&unchanged, "github-releases")), (0, Some(WorldWay::Live)));
    assert_eq!((&unchanged.releases, unchanged.as_of(WorldData::Releases)), (&first.releases, Some(later)));
    mode.store(2, Ordering::SeqCst);
    let within = known(&options, later + TimeDelta::hours(24)).await;
    assert_eq!(
        (way(&within, "github-releases"), within.as_of(WorldData::Releases)),
        (Some(WorldWay::Cache), Some(later))
    );
    assert!(
        within.problems[0].ends_with("; what was fetched at 2026-11-21T18:00:00Z is used instead"),
        "{:?}",
        within.problems
    );
    assert_eq!((&within.releases, &within.vulnerabilities), (&first.releases, &first.vulnerabilities));
    let after = known(&options, later + TimeDelta::hours(24) + TimeDelta::seconds(1)).await;
    assert_eq!((way(&after, "github-releases"), after.releases), (None, bundle().unwrap().releases));
    // Offline, nothing is asked and nothing is wrong.
    let asked = server.requests().len();
    let offline = known(&WorldOptions { offline: true, ..options.clone() }, later).await;
    assert_eq!((offline.problems.len(), server.requests().len()), (0, asked));
    assert_eq!(way(&offline, "github-releases"), Some(WorldWay::Cache));
    // What was had from elsewhere does not count.
    let mut elsewhere = options;
    elsewhere.sources.github_releases = server.url("/mirror").parse().unwrap();
    assert_eq!(way(&known(&elsewhere, later).await, "github-releases"), None);
}

#[tokio::test]
async fn records_are_asked_for_a_few_at_a_time() {
    let running = Arc::new((AtomicUsize::new(0), AtomicUsize::new(0)));
    let ids: Vec<String> = (1000..1040).map(|number| format!(r#"{{"id": "CVE-2026-{number}"}}"#)).collect();
    let feed = format!(r#"{{"items": [{}]}}"#, ids.join(","));
    let shared = Arc::clone(&running);
    let server = Server::start(move |request| match request.path.as_str() {
        "/feed" => Answer::new(200, "application/json", feed.clone()),
        path if path.starts_with("/cve/") => {
            let at_once = shared.0.fetch_add(1, Ordering::SeqCst) + 1;
            shared.1.fetch_max(at_once, Ordering::SeqCst);
            let shared = Arc::clone(&shared);
            tokio::spawn(async move {
                // Long before the answer, so that the next request comes after it even on a busy machine.
                tokio::time::sleep(Duration::from_millis(20)).await;
                shared.0.fetch_sub(1, Ordering::SeqCst);
            });
            Answer::Later(Duration::from_millis(150), Box::new(good(request)))
        }
        _ => good(request),
    })
    .await;
    let world = known(&options(&server, None), now()).await;
    assert!((2..=5).contains(&running.1.load(Ordering::SeqCst)));
    assert_eq!(world.vulnerabilities.iter().filter(|record| record.from == "cve-record").count(), 40);
}

#[tokio::test]
async fn a_token_goes_to_its_origin_only_and_is_never_shown() {
    let ours = Server::start(good).await;
    let other = Server::start(good).await;
    let mut options = options(&other, None);
    options.sources.github_releases = ours.url("/releases").parse().unwrap();
    options.token = Some(Token { origin: ours.url(""), secret: "canary".into() });
    assert!(!format!("{options:?}").contains("canary"));
    let (world, requests) = world(&options, now(), &Events::none()).await;
    assert_eq!(ours.requests()[0].header("authorization"), "Bearer canary");
    assert!(other.requests().iter().all(|request| request.header("authorization").is_empty()));
    assert!(!format!("{world:?} {requests:?}").contains("canary"));
}

#[tokio::test]
async fn the_time_for_all_is_limited() {
    let server = Server::start(|_| Answer::Hang).await;
    let mut options = options(&server, None);
    options.limits = Limits { request: Duration::from_secs(300), all: Duration::from_millis(100), ..options.limits };
    let world = known(&options, now()).await;
    assert!(world.problems.iter().all(|problem| problem.contains("the time for all documents is over")));
    assert_eq!(world.problems.len(), 6);
}

/// The subject of one entry cannot be used; all others can.
#[tokio::test]
async fn one_bad_entry_of_a_document_is_kept_as_unread() {
    let server = Server::start(|request| {
        let text = match request.path.as_str() {
            "/releases" => GITHUB.replacen('[', r#"[{"tag_name": "v1.36.7", "published_at": "soon"}, 7, "#, 1),
            "/schedule" => SCHEDULE.replacen('[', "[{release: '1.39', endOfLifeDate: TBD}, ", 1),
            "/feed" => FEED.replacen('[', r#"[{"id": "GHSA-1"}, {"name": "x"}, "#, 1),
            _ => return good(request),
        };
        Answer::new(200, "application/json", text)
    })
    .await;
    let world = known(&options(&server, None), now()).await;
    assert_eq!(world.problems, [""; 0]);
    assert!(release(&world, "1.36.6").is_some() && record(&world, "CVE-2026-0001").unwrap().problem.is_none());
    let unread: Vec<(&str, Option<&str>)> =
        world.unread.iter().map(|entry| (entry.from.as_str(), entry.name.as_deref())).collect();
    let expected = [("github-releases", None), ("github-releases", Some("v1.36.7")), ("schedule", Some("1.39"))];
    assert_eq!(unread.into_iter().collect::<BTreeSet<_>>(), BTreeSet::from(expected));
    assert!(record(&world, "GHSA-1").unwrap().problem.as_ref().unwrap().contains("it is not an id"));
    assert_eq!(world.vulnerabilities.iter().filter(|record| record.problem.is_some()).count(), 2 + 1);
}

#[tokio::test]
async fn a_cache_that_cannot_be_written_is_only_a_problem() {
    let server = Server::start(good).await;
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("file");
    fs::write(&file, "").unwrap();
    let world = known(&options(&server, Some(&file)), now()).await;
    assert_eq!(way(&world, "github-releases"), Some(WorldWay::Live));
    assert!(world.problems.iter().all(|problem| problem.contains("cannot be written")) && !world.problems.is_empty());
}
