//! The past of a subject on both databases: late reports, silence, changed rules, and scopes that become known later.

use crate::server::{Database, SCOPE, Server, at, report};
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::StatusCode;
use rstest::rstest;
use scs_monitor::http::App;
use scs_monitor::store::Store;
use serde_json::Value;
use std::fs;
use uuid::Uuid;

/// Uploads a report that was checked at an instant.
async fn upload(server: &Server, instant: &str, results: &[(&str, i8)]) {
    let instant: DateTime<Utc> = instant.parse().unwrap();
    let text = report(&Uuid::new_v4().to_string(), "cloud-a", instant, results);
    let (status, body) = server.upload("cloud-a", &text).await;
    assert_eq!(status, StatusCode::OK, "{body}");
}

/// Returns the entries of a list of the history about a version, as texts.
async fn history(server: &Server, list: &str, version: &str) -> Vec<String> {
    let history = server.json("/history/cloud-a/small-scope").await;
    let entries = history[list].as_array().unwrap().iter().filter(|entry| entry["version"] == version);
    let text = |entry: &Value, key: &str| entry[key].as_str().unwrap_or_default().to_owned();
    let line = |entry: &Value| {
        let notes = [("expired", "expired"), ("new_rules", "new rules")].map(|(key, note)| (entry[key] == true, note));
        let late = (!entry["changed_by_report_of"].is_null(), "late");
        let notes: String =
            notes.into_iter().chain([late]).filter(|(is, _)| *is).map(|(_, note)| format!(", {note}")).collect();
        format!("{} {}{}{notes}", text(entry, "night"), text(entry, "to"), text(entry, "conclusion"))
    };
    entries.map(line).collect()
}

const GOOD: &[(&str, i8)] = &[("a", 1), ("b", 1)];

#[rstest]
#[tokio::test]
async fn a_provider_erases_no_violation_afterwards(#[values(Database::Sqlite, Database::Postgres)] database: Database) {
    let noon = |settings| at(settings, "2026-11-20T12:00:00Z");
    let Some(server) = Server::start_with(database, noon).await else { return };
    upload(&server, "2026-11-19T03:00:00Z", &[("a", 1), ("b", -1)]).await;
    upload(&server, "2026-11-20T03:00:00Z", &[("a", 1), ("b", -1)]).await;
    let violations = ["2026-11-20 violation", "2026-11-19 violation"];
    assert_eq!(history(&server, "nights", "v2").await, violations);
    // The same server, twelve days later.
    let settings = at(server.app.settings.clone(), "2026-12-02T12:00:00Z");
    let later = App::new(Store::connect(&server.address).await.unwrap(), settings).await.unwrap();
    let later = server.again(later).await;
    for time in ["2026-11-19T23:00:00Z", "2026-11-20T23:00:00Z", "2026-11-21T23:00:00Z"] {
        upload(&later, time, GOOD).await;
    }
    let nights = history(&later, "nights", "v2").await;
    assert_eq!(nights, ["2026-11-21 violation, late", "2026-11-20 violation", "2026-11-19 violation"]);
    let changes = history(&later, "transitions", "v2").await;
    assert_eq!(changes, ["2026-11-22 undecided, expired"]);
    let page = later.text("/page/history/cloud-a/small-scope").await;
    assert!(page.contains("changed by a report that arrived 2026-12-02 12:0"), "{page}");
}

#[rstest]
#[tokio::test]
async fn silence_shows(#[values(Database::Sqlite, Database::Postgres)] database: Database) {
    let noon = |settings| at(settings, "2026-11-20T12:00:00Z");
    let Some(server) = Server::start_with(database, noon).await else { return };
    upload(&server, "2026-05-04T03:00:00Z", GOOD).await;
    upload(&server, "2026-11-18T03:00:00Z", GOOD).await;
    let changes = history(&server, "transitions", "v2").await;
    let expected = ["2026-11-20 undecided, expired", "2026-11-18 conformant, late", "2026-05-06 undecided, expired"];
    assert_eq!(changes, expected);
    assert_eq!(
        history(&server, "transitions", "v1").await,
        ["2026-11-18 conformant, late", "2026-05-18 undecided, expired"]
    );
    let page = server.text("/page/history/cloud-a/small-scope").await;
    assert!(page.contains("v2 from conformant to undecided (results expired, and no report came)"), "{page}");
}

#[rstest]
#[tokio::test]
async fn new_rules_excuse_no_failure(#[values(Database::Sqlite, Database::Postgres)] database: Database) {
    let noon = |settings| at(settings, "2026-11-20T12:00:00Z");
    let Some(server) = Server::start_with(database, noon).await else { return };
    let path = server.folder.path().join("scopes/scs-small.yaml");
    let rules = fs::read_to_string(&path).unwrap();
    upload(&server, "2026-11-19T03:00:00Z", GOOD).await;
    let etag = server.text("/page/detail/cloud-a/small-scope").await;
    fs::write(&path, rules.replace("Does <a>.", "Does another thing.")).unwrap();
    server.app.reload().await.unwrap();
    assert!(server.text("/page/detail/cloud-a/small-scope").await != etag, "the page has the new description");
    upload(&server, "2026-11-20T03:00:00Z", &[("a", -1), ("b", 1)]).await;
    assert_eq!(history(&server, "transitions", "v2").await, ["2026-11-20 violation"]);
    // Rules that ask for more.
    fs::write(
        &path,
        rules.replace("recommended: [c]", "main: [c]").replace("include: [m1, m2]", "include: [m1, m2, m3]"),
    )
    .unwrap();
    server.app.reload().await.unwrap();
    server.report("cloud-a", "cloud-a", TimeDelta::zero(), GOOD).await;
    let changes = history(&server, "transitions", "v2").await;
    assert_eq!(changes, ["2026-11-20 undecided, new rules"]);
    assert!(history(&server, "transitions", "v1").await.is_empty());
}

#[rstest]
#[tokio::test]
async fn a_scope_that_becomes_known_has_a_past(#[values(Database::Sqlite, Database::Postgres)] database: Database) {
    let noon = |settings| at(settings, "2026-11-20T12:00:00Z");
    let Some(server) = Server::start_with(database, noon).await else { return };
    let other = "99999999-2222-4333-8444-555555555555";
    for time in ["2026-11-19T03:00:00Z", "2026-11-20T03:00:00Z"] {
        let text = report(&Uuid::new_v4().to_string(), "cloud-a", time.parse().unwrap(), GOOD).replace(SCOPE, other);
        assert_eq!(server.upload("cloud-a", &text).await.0, StatusCode::OK);
    }
    assert_eq!(server.get("/history/cloud-a/other-scope").await.status(), StatusCode::NOT_FOUND);
    let folder = server.folder.path().join("scopes");
    let rules = fs::read_to_string(folder.join("scs-small.yaml")).unwrap();
    fs::write(folder.join("scs-other.yaml"), rules.replace(SCOPE, other).replace("Small scope", "Other scope"))
        .unwrap();
    server.app.reload().await.unwrap();
    let history = server.json("/history/cloud-a/other-scope").await;
    let conformant = history["nights"].as_array().unwrap().iter().filter(|night| night["conclusion"] == "conformant");
    assert_eq!(conformant.count(), 6, "three versions on two nights: {history}");
    assert!(server.text("/page/table").await.contains("Other scope"));
}

#[rstest]
#[tokio::test]
async fn reports_are_listed_in_pages(#[values(Database::Sqlite, Database::Postgres)] database: Database) {
    let Some(server) = Server::start(database).await else { return };
    let reports: String = (0..503)
        .map(|number| {
            let time = server.app.now() - TimeDelta::minutes(number);
            report(&Uuid::new_v4().to_string(), "cloud-a", time, &[("a", 1)])
        })
        .collect();
    assert_eq!(server.upload("cloud-a", &reports).await.0, StatusCode::OK);
    let count = |history: &Value| history["reports"].as_array().unwrap().len();
    let first = server.json("/history/cloud-a/small-scope").await;
    assert_eq!((count(&first), &first["older"]), (500, &500.into()));
    let rest = server.json("/history/cloud-a/small-scope?skip=500").await;
    assert_eq!((count(&rest), &rest["older"]), (3, &Value::Null));
    assert_eq!((&rest["nights"], first["nights"].as_array().unwrap().is_empty()), (&Value::Array(Vec::new()), false));
    for form in ["page", "fragment", "markdown"] {
        let older = server.text(&format!("/{form}/history/cloud-a/small-scope?skip=500")).await;
        assert!(older.contains("Reports") && !older.contains("Nights"), "{older}");
        let page = server.text(&format!("/{form}/history/cloud-a/small-scope")).await;
        assert!(page.contains(&format!("/{form}/history/cloud-a/{SCOPE}?skip=500")), "{form}");
    }
    assert_eq!(server.get("/history/cloud-a/small-scope?skip=x").await.status().as_u16(), 422);
}
