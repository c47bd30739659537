//! Documents that somebody brought along.

use super::{DATES, FEED, GITHUB, good, known, now, options, record, record_of};
use crate::openstack::tests::server::Server;
use crate::world::cache::{Fetched, Folder};
use crate::world::{Document, bundle};
use chrono::TimeDelta;
use rstest::rstest;
use scs_checks::facts::WorldData;
use std::fs;

#[tokio::test]
async fn a_folder_is_used_instead_of_the_network() {
    let server = Server::start(good).await;
    let place = tempfile::tempdir().unwrap();
    let folder = Folder::new(place.path());
    let at = now() - TimeDelta::days(3);
    let fetched = Fetched { address: "https://example.org/feed".into(), at, etag: None, last_modified: None };
    folder.write(&Document::Feed, FEED, &fetched).unwrap();
    fs::create_dir(place.path().join("cve")).unwrap();
    for id in ["CVE-2026-0001", "CVE-2026-0003"] {
        fs::write(place.path().join(format!("cve/{id}.json")), record_of(id)).unwrap();
    }
    fs::write(place.path().join("github-releases.json"), GITHUB).unwrap();
    fs::write(place.path().join("schedule.yaml"), "garbage").unwrap();
    let mut options = options(&server, None);
    options.folder = Some(place.path().to_owned());
    let world = known(&options, now()).await;
    assert!(server.requests().is_empty());
    assert_eq!(world.problems.len(), 1);
    assert!(world.problems[0].starts_with("schedule.yaml: not the YAML"), "{:?}", world.problems);
    // Nobody wrote down when the releases were fetched: not before the newest of them.
    assert_eq!(world.as_of(WorldData::Releases), Some("2026-11-10T07:08:09Z".parse().unwrap()));
    assert_eq!(world.as_of(WorldData::Vulnerabilities), Some(at));
    // A note of the future does not make it fresh.
    let at = now() + TimeDelta::days(365);
    folder.write(&Document::ReleaseDates, DATES, &Fetched { at, ..fetched }).unwrap();
    let future = known(&options, now()).await;
    assert!(
        future
            .problems
            .iter()
            .any(|problem| problem.starts_with("release-data-kubernetes.json.fetched says 2027-11-20"))
    );
    let as_of = |name: &str| future.sources.iter().find(|source| source.name == name).unwrap().as_of.to_rfc3339();
    assert_eq!(as_of("release-dates"), "2026-08-21T00:00:00+00:00");
    let problem = |id: &str| record(&world, id).unwrap().problem.as_deref();
    assert_eq!([problem("CVE-2026-0001"), problem("CVE-2026-0003")], [None, None]);
    assert_eq!(problem("CVE-2026-0002"), Some("there is no record of it"));
}

/// Records hold, but nobody knows whether they are all.
#[rstest]
#[case::missing(None)]
#[case::garbage(Some("garbage"))]
#[case::of_several(Some(r#"{"items": [{"id": "CVE-2026-0001"}], "next_url": "https://example.org/2"}"#))]
#[tokio::test]
async fn records_without_the_feed_are_not_current(#[case] feed: Option<&str>) {
    let server = Server::start(good).await;
    let place = tempfile::tempdir().unwrap();
    fs::create_dir(place.path().join("cve")).unwrap();
    fs::write(place.path().join("cve/CVE-2026-0001.json"), record_of("CVE-2026-0001")).unwrap();
    feed.iter().for_each(|feed| fs::write(place.path().join(Document::Feed.file()), feed).unwrap());
    let mut options = options(&server, None);
    options.folder = Some(place.path().to_owned());
    let world = known(&options, now()).await;
    assert_eq!(record(&world, "CVE-2026-0001").unwrap().problem, None);
    assert_eq!(world.as_of(WorldData::Vulnerabilities), bundle().unwrap().as_of(WorldData::Vulnerabilities));
    assert!(world.problems.iter().any(|problem| problem.contains("without the CVE feed")), "{:?}", world.problems);
}
