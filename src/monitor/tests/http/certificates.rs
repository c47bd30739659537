//! Certificates and standings outside of the pages: the log, feeds, badges, QR codes.

use crate::server::{Database, Server, at, words};
use chrono::TimeDelta;
use reqwest::StatusCode;
use rstest::rstest;
use scs_monitor::http::{App, Settings};
use scs_monitor::store::Store;

const REGISTRY: &str = "
issuer: {name: Test Board, url: https://board.example/}
operators: [{name: acme, title: ACME Clouds, contacts: [{email: secret-contact@acme.example}]}]
subjects:
  - {name: acme-cloud, title: ACME <Cloud>, operator: acme, section: certified, regions: [cloud-a, cloud-b]}
  - {name: lonely, title: Lonely Cloud, operator: acme, regions: [lone]}
certificates:
  - {id: 2026-017, subject: acme-cloud, scope: small-scope, version: v2, issued: 2026-03-12, revocations: [{from: 2026-05-01, until: 2026-06-01, reason: old <images>}, {from: 2026-11-29, reason: no tests}]}
  - {id: 2025-001, subject: lonely, scope: small-scope, version: v1, issued: 2025-06-01}
  - {id: 2026-100, subject: lonely, scope: small-scope, version: v2, issued: 2026-12-24}
";

const NOON: &str = "2026-11-30T12:00:00Z";

const GOOD: &[(&str, i8)] = &[("a", 1), ("b", 1)];

#[rstest]
#[tokio::test]
async fn revocations_are_a_log_of_beginnings_and_ends(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let Some(server) = Server::start_with_registry(database, REGISTRY, NOON).await else { return };
    let page = server.text("/en/revocations").await;
    assert!(page.contains("ACME &#60;Cloud&#62;") && !page.contains("<images>"), "{page}");
    let text = words(&page);
    for expected in [
        "certificate 2026-017: revoked since 29 November 2026 (no tests)",
        "1 June 2026 Revocation ends, valid again",
        "1 May 2026 Revocation begins",
        "valid again from 1 June 2026",
        "12 March 2026 Issued",
        "1 June 2026 Validity ended",
        "last day: 31 May 2026",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    assert!(!text.contains("2026-100") && !text.contains("secret"), "what is announced has not happened: {text}");
    let german = words(&server.text("/de/revocations").await);
    assert!(german.contains("Widerruf beginnt") && german.contains("widerrufen seit 29. November 2026"), "{german}");
    let log = server.json("/revocations.json").await;
    let entries: Vec<String> = log["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            [&entry["day"], &entry["event"], &entry["certificate"]].map(|part| part.as_str().unwrap()).join(" ")
        })
        .collect();
    assert_eq!(entries[0], "2026-11-29 revocation-begins 2026-017");
    assert_eq!((entries.len(), entries.last().unwrap().as_str()), (6, "2025-06-01 issued 2025-001"));
    assert!(entries.is_sorted_by(|one, other| one[..10] >= other[..10]), "{entries:?}");
    assert_eq!((&log["revoked"], &log["issuer"]), (&serde_json::json!(["2026-017"]), &serde_json::json!("Test Board")));
}

/// Returns the texts of all elements of a name.
fn elements<'t>(xml: &'t str, name: &str) -> Vec<&'t str> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    xml.split(&open).skip(1).map(|part| part.split(&close).next().unwrap()).collect()
}

#[rstest]
#[tokio::test]
async fn feeds_change_only_when_something_happens(#[values(Database::Sqlite, Database::Postgres)] database: Database) {
    let Some(server) = Server::start_with_registry(database, REGISTRY, NOON).await else { return };
    let kind = server.get("/feed.atom").await.headers()["content-type"].to_str().unwrap().to_owned();
    assert_eq!(kind, "application/atom+xml; charset=utf-8");
    server.report("lone", "lone", TimeDelta::days(1), GOOD).await;
    let before = server.text("/s/lonely/feed.atom").await;
    server.report("lone", "lone", TimeDelta::hours(2), GOOD).await;
    assert_eq!(server.text("/s/lonely/feed.atom").await, before, "nothing has changed");
    server.report("lone", "lone", TimeDelta::zero(), &[("a", 1), ("b", -1)]).await;
    let after = server.text("/s/lonely/feed.atom").await;
    let (old, new) = (elements(&before, "id"), elements(&after, "id"));
    assert_eq!(new.len(), old.len() + 1, "{after}");
    assert!(old.iter().all(|id| new.contains(id)), "ids stay: {old:?} {new:?}");
    assert_eq!(new.iter().collect::<std::collections::BTreeSet<_>>().len(), new.len(), "each id is there once");
    assert!(after.contains("Lonely Cloud: Small scope v2 failing") && after.contains("2026-11-30T00:00:00"), "{after}");
    assert!(elements(&after, "updated").iter().is_sorted_by(|one, other| one >= other), "{after}");
    let all = server.text("/feed.atom").await;
    assert!(all.contains("Lonely Cloud: Small scope v2 failing") && all.contains("Revocation begins"), "{all}");
    assert!(all.contains("ACME &lt;Cloud&gt;") && !all.contains("<Cloud>"), "{all}");
    let german = server.text("/de/feed.atom").await;
    assert!(german.contains("nicht bestanden") && german.contains("xml:lang=\"de\""), "{german}");
    assert!(server.text("/en/revocations.atom").await.contains("old &lt;images&gt;"));
    assert_eq!(server.get("/s/nobody/feed.atom").await.status(), StatusCode::NOT_FOUND);
}

#[rstest]
#[tokio::test]
async fn badges_say_in_words_what_was_tested(#[values(Database::Sqlite, Database::Postgres)] database: Database) {
    let Some(server) = Server::start_with_registry(database, REGISTRY, NOON).await else { return };
    let badge = async |path: &str| server.text(path).await;
    assert!(badge("/s/lonely/badge.svg").await.contains("<title>Small scope: v2 not tested</title>"));
    server.report("cloud-a", "cloud-a", TimeDelta::zero(), GOOD).await;
    let half = badge("/s/acme-cloud/badge.svg").await;
    assert!(half.contains("not tested") && !half.contains("#15693a"), "one region is no cloud: {half}");
    server.report("cloud-b", "cloud-b", TimeDelta::zero(), GOOD).await;
    let whole = badge("/s/acme-cloud/badge.svg").await;
    assert!(whole.contains("<title>Small scope: v2 compliant</title>") && whole.contains("#15693a"), "{whole}");
    assert!(badge("/de/s/acme-cloud/badge.svg").await.contains("Small scope: v2 erfüllt"));
    server.report("cloud-b", "cloud-b", TimeDelta::zero(), &[("a", -1)]).await;
    assert!(badge("/s/acme-cloud/badge.svg?scope=small-scope").await.contains("v2 failing"));
    let shield = server.json("/s/acme-cloud/badge.json").await;
    assert_eq!(
        shield,
        serde_json::json!({"schemaVersion": 1, "label": "Small scope", "message": "v2 failing", "color": "#ad1f1f", "cacheSeconds": 3600})
    );
    let logo = badge("/s/acme-cloud/logo.svg").await;
    assert!(logo.contains("<title>Small scope v2: revoked since 29 November 2026</title>"), "{logo}");
    let logo = badge("/s/lonely/logo.svg").await;
    assert!(logo.contains("Small scope v1: was certified until 31 May 2026") && !logo.contains("#15693a"), "{logo}");
    let response = server.get("/s/lonely/badge.svg").await;
    for (name, value) in
        [("content-type", "image/svg+xml; charset=utf-8"), ("cross-origin-resource-policy", "cross-origin")]
    {
        assert_eq!(response.headers()[name], value);
    }
    assert_eq!(response.headers()["access-control-allow-origin"], "*");
}

#[rstest]
#[case("/s/nobody/badge.svg")]
#[case("/s/nobody/badge.json")]
#[case("/s/nobody/logo.svg")]
#[case("/s/nobody/qr.svg")]
#[case::a_region_is_no_subject("/s/cloud-a/badge.svg")]
#[case("/s/lonely/badge.svg?scope=nothing")]
#[tokio::test]
async fn unknown_badges_are_not_found(#[case] path: &str) {
    let server = Server::start_with_registry(Database::Sqlite, REGISTRY, NOON).await.unwrap();
    assert_eq!(server.get(path).await.status(), StatusCode::NOT_FOUND, "{path}");
}

#[tokio::test]
async fn qr_code_needs_an_address_that_is_certain() {
    let server = Server::start_with_registry(Database::Sqlite, REGISTRY, NOON).await.unwrap();
    let response = server.request(reqwest::Method::GET, "/s/lonely/qr.svg").header("host", "evil.example");
    let response = response.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert!(response.text().await.unwrap().contains("--base-url https://HOST/PATH"));
    let settings = Settings { public: Some("https://monitor.example/".to_owned()), ..server.app.settings.clone() };
    let app = App::new(Store::connect(&server.address).await.unwrap(), settings).await.unwrap();
    let server = server.again(app).await;
    let code = server.text("/s/lonely/qr.svg").await;
    assert!(code.contains("<title>https://monitor.example/s/lonely</title>"), "{code}");
    let feed = server.text("/feed.atom").await;
    assert!(feed.contains("href=\"https://monitor.example/en/feed.atom\""), "{feed}");
    assert!(server.text("/en/s/lonely").await.contains("https://monitor.example/s/lonely"));
}

/// The page of a subject stays for three months after the validity of its certificate, and its content for twelve (scs-0004, 4b, 4c).
#[rstest]
#[case::on_the_last_day("2026-05-31T12:00:00Z", true)]
#[case::three_months_later("2026-08-31T12:00:00Z", true)]
#[case::twelve_months_later("2027-05-31T12:00:00Z", true)]
#[case::a_day_more("2027-06-01T12:00:00Z", false)]
#[tokio::test]
async fn page_stays_longer_than_the_certificate(#[case] instant: &str, #[case] is_kept: bool) {
    let registry: String = REGISTRY.lines().filter(|line| !line.contains("2026-100")).collect::<Vec<_>>().join("\n");
    let server = Server::start_with_registry(Database::Sqlite, &registry, "2026-05-01T12:00:00Z").await.unwrap();
    server.report("lone", "lone", TimeDelta::zero(), GOOD).await;
    let settings = at(server.app.settings.clone(), instant);
    let later = App::new(Store::connect(&server.address).await.unwrap(), settings).await.unwrap();
    let server = server.again(later).await;
    for path in ["/en/s/lonely", "/s/lonely/logo.svg", "/s/lonely/feed.atom", "/en/s/lonely/small-scope/a"] {
        assert_eq!(server.get(path).await.status(), StatusCode::OK, "{path}");
    }
    let kept = server.app.registry().kept_on(server.app.now().date_naive());
    assert_eq!(kept.contains_key("lone"), is_kept, "{kept:?}");
}

/// The content of certified subjects is not retired, however old it is (scs-0004, 4c).
#[tokio::test]
async fn retire_says_whose_content_stays() {
    let issued = chrono::Utc::now().date_naive() - TimeDelta::days(300);
    let registry = REGISTRY.replace("issued: 2025-06-01", &format!("issued: {issued}"));
    let server = Server::start_with_registry(Database::Sqlite, &registry, NOON).await.unwrap();
    let folder = server.folder.path();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_scs-monitor"));
    command
        .args(["retire", "--dry-run", "--database", &server.address, "--registry"])
        .arg(folder.join("registry.yaml"));
    let output = command.arg("--scopes").arg(folder.join("scopes")).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && text.contains("content of lone is kept until"), "{text}");
    assert!(text.contains("0 uploads with 0 bytes would be retired"), "{text}");
}
