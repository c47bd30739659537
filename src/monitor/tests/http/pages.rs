//! The pages, in their three forms, and the headers of all answers.

use crate::server::{Database, SCOPE, Server, at};
use chrono::TimeDelta;
use reqwest::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use reqwest::{Method, StatusCode};
use rstest::rstest;
use scs_monitor::http::Settings;
use uuid::Uuid;

#[rstest]
#[case("page", "text/html; charset=utf-8")]
#[case("fragment", "text/html; charset=utf-8")]
#[case("markdown", "text/markdown; charset=utf-8")]
#[tokio::test]
async fn every_page_has_three_forms(#[case] form: &str, #[case] kind: &str) {
    let server = Server::start(Database::Sqlite).await.unwrap();
    let uuid = server.report("cloud-a", "cloud-a", TimeDelta::zero(), &[("a", 1), ("b", -1)]).await;
    for path in [
        "table".to_owned(),
        "table_full".to_owned(),
        format!("detail/cloud-a/{SCOPE}"),
        "detail/cloud-b/small-scope".to_owned(),
        "detail/group-twins/small-scope".to_owned(),
        format!("detail_full/cloud-a/{SCOPE}"),
        "history/cloud-a/small-scope".to_owned(),
        format!("report/{uuid}"),
        "scope/small-scope".to_owned(),
    ] {
        let path = format!("/{form}/{path}");
        let response = server.get(&path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(response.headers()[CONTENT_TYPE], kind, "{path}");
        let text = response.text().await.unwrap();
        assert_eq!(text.contains("<html"), form == "page", "{path}");
        assert!(!text.contains("<script") && !text.contains("javascript:") && !text.contains("<img"), "{path}: {text}");
    }
}

#[rstest]
#[case("/other/table", 422)]
#[case("/page/detail/nobody/small-scope", 404)]
#[case("/page/detail/group-nobody/small-scope", 404)]
#[case("/page/detail/cloud-a/nothing", 404)]
#[case("/page/history/nobody/small-scope", 404)]
#[case("/page/scope/nothing", 404)]
#[case("/page/report/nothing", 404)]
#[case("/page/report/00000000-0000-4000-8000-000000000000", 404)]
#[case("/page/nothing", 404)]
#[case("/page/detail/%ff/small-scope", 400)]
#[case("/page/detail/..%2f..%2fetc/small-scope", 404)]
#[tokio::test]
async fn what_does_not_exist_is_not_found(#[case] path: &str, #[case] expected: u16) {
    let server = Server::start(Database::Sqlite).await.unwrap();
    assert_eq!(server.get(path).await.status().as_u16(), expected);
}

#[tokio::test]
async fn the_overview_says_what_was_tested() {
    let server = Server::start(Database::Sqlite).await.unwrap();
    server.report("cloud-a", "cloud-a", TimeDelta::zero(), &[("a", 1)]).await;
    let text = server.text("/fragment/table").await;
    assert!(text.contains("🟧 v2") && text.contains("cloud-b: no result"), "the worst member shows: {text}");
    server.report("cloud-b", "cloud-b", TimeDelta::zero(), &[("a", 1), ("b", 1)]).await;
    let text = server.text("/fragment/table").await;
    assert!(text.contains("🟧 v2") && text.contains("twins"), "{text}");
    assert!(text.contains("cloud-a: undecided about v2 (1 of 2 not tested)"), "{text}");
    assert!(text.contains("cloud-b: compliant with v2; compliant with v1"), "{text}");
    let full = server.text("/fragment/table_full").await;
    assert!(full.contains("next*") && full.contains("detail_full"), "{full}");
    let detail = server.text("/fragment/detail/cloud-a/small-scope").await;
    assert!(detail.contains("counted as passed by the old rule: v2"), "{detail}");
}

#[tokio::test]
async fn testcases_come_in_the_order_of_their_results() {
    let server = Server::start(Database::Sqlite).await.unwrap();
    server.report("cloud-a", "cloud-a", TimeDelta::zero(), &[("a", 1), ("b", -1)]).await;
    let text = server.text("/fragment/detail_full/cloud-a/small-scope").await;
    let place = |what: &str| text.find(what).unwrap_or_else(|| panic!("{what} in {text}"));
    assert!(place("🛑 FAIL") < place("❓ MISSING") && place("❓ MISSING") < place("✅ PASS"));
    assert!(text.contains("<a href=\"https://example.org/a\">a</a>"), "{text}");
    assert!(text.contains("Does &#60;a&#62;.") || text.contains("Does &lt;a&gt;."), "{text}");
}

#[tokio::test]
async fn a_public_report_holds_no_secret() {
    let server = Server::start(Database::Sqlite).await.unwrap();
    let uuid = server.report("cloud-a", "cloud-a", TimeDelta::zero(), &[("a", 1)]).await;
    for form in ["page", "fragment", "markdown"] {
        let text = server.text(&format!("/{form}/report/{uuid}")).await;
        assert!(!text.contains("secret-"), "{text}");
        assert!(text.contains("public") && text.contains("a: PASS") || text.contains("a\\: PASS"), "{text}");
    }
    let full = server.get_as("cloud-a", &format!("/page/report_full/{uuid}")).await;
    assert_eq!(full.headers()[CACHE_CONTROL], "no-store");
    let text = full.text().await.unwrap();
    for secret in ["secret-command", "secret-stdout", "secret-stderr", "secret-critical"] {
        assert!(text.contains(secret), "{secret}");
    }
    assert!(!text.contains("<script"), "{text}");
}

#[tokio::test]
async fn every_answer_has_safe_headers() {
    let server = Server::start(Database::Sqlite).await.unwrap();
    for path in ["/page/table", "/status", "/nothing", "/reports", "/healthz", "/static/style.css", "/page/scope/x"] {
        let response = server.get(path).await;
        let headers = response.headers();
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        let policy = headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        assert!(headers.contains_key(CACHE_CONTROL), "{path}");
    }
}

#[tokio::test]
async fn a_page_is_sent_once_and_compressed() {
    let server = Server::start(Database::Sqlite).await.unwrap();
    server.report("cloud-a", "cloud-a", TimeDelta::zero(), &[("a", 1)]).await;
    let etag = server.get("/page/table").await.headers()[ETAG].clone();
    let again = server.request(Method::GET, "/page/table").header(IF_NONE_MATCH, &etag).send().await.unwrap();
    assert_eq!((again.status().as_u16(), again.bytes().await.unwrap().len()), (304, 0));
    server.report("cloud-a", "cloud-a", TimeDelta::zero(), &[("a", -1)]).await;
    let changed = server.request(Method::GET, "/page/table").header(IF_NONE_MATCH, &etag).send().await.unwrap();
    assert_eq!(changed.status().as_u16(), 200);
    let plain = reqwest::Client::builder().no_gzip().build().unwrap();
    let path = format!("{}/page/detail_full/group-twins/small-scope", server.url);
    let zipped = plain.get(path).header(ACCEPT_ENCODING, "gzip").send().await.unwrap();
    assert_eq!(zipped.headers()["content-encoding"], "gzip");
    let head = server.request(Method::HEAD, "/page/table").send().await.unwrap();
    assert_eq!(head.status().as_u16(), 200);
}

#[tokio::test]
async fn links_begin_with_the_base() {
    let base = |settings: Settings| Settings { base: "/monitor/".to_owned(), ..settings };
    let server = Server::start_with(Database::Sqlite, base).await.unwrap();
    server.report("cloud-a", "cloud-a", TimeDelta::zero(), &[("a", 1)]).await;
    for path in ["/page/table", "/monitor/page/table"] {
        let text = server.text(path).await;
        assert!(text.contains("href=\"/monitor/page/detail/group-twins/") && !text.contains("href=\"/page"), "{text}");
    }
    assert_eq!(server.get("/").await.headers()["location"], "/monitor/page/table");
}

#[tokio::test]
async fn history_tells_nights_and_changes() {
    let noon = |settings| at(settings, "2026-11-20T12:00:00Z");
    let server = Server::start_with(Database::Sqlite, noon).await.unwrap();
    for (days, b) in [(3, 1), (2, -1), (1, 1)] {
        server.report("cloud-a", "cloud-a", TimeDelta::days(days), &[("a", 1), ("b", b)]).await;
    }
    let history = server.json("/history/cloud-a/small-scope").await;
    let changes: Vec<String> = history["transitions"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|change| change["version"] == "v2")
        .map(|change| format!("{} {}", change["night"].as_str().unwrap(), change["to"].as_str().unwrap()))
        .collect();
    assert_eq!(changes, ["2026-11-19 conformant", "2026-11-18 violation"]);
    assert_eq!(history["reports"].as_array().unwrap().len(), 3);
    assert_eq!(history["nights"].as_array().unwrap().len(), 9);
}

#[tokio::test]
async fn a_demonstration_says_so_everywhere() {
    let demo = |settings: Settings| Settings { demo: true, bootstrap: None, scopes: None, ..settings };
    let server = Server::start_with(Database::Sqlite, demo).await.unwrap();
    scs_monitor::demo::fill(&server.app.store, &server.app.rulebook(), server.app.now()).await.unwrap();
    let subjects = server.json("/subjects").await;
    assert_eq!(subjects.as_array().unwrap().len(), 12);
    let conclusion = |name: &str| {
        let mut all = subjects.as_array().unwrap().iter();
        all.find(|subject| subject["subject"] == name).unwrap()["scopes"][0]["conclusion"].as_str().unwrap().to_owned()
    };
    assert_eq!(conclusion("demo-atlas"), "conformant");
    assert_eq!((conclusion("demo-boreal"), conclusion("demo-ember")), ("violation".to_owned(), "undecided".to_owned()));
    let scope = subjects[0]["scopes"][0]["scope"].as_str().unwrap().to_owned();
    for path in [
        "/page/table".to_owned(),
        format!("/page/detail/demo-delta/{scope}"),
        format!("/page/history/demo-delta/{scope}"),
    ] {
        assert!(server.text(&path).await.contains("This is a demonstration"), "{path}");
    }
    let reports = server.json(&format!("/history/demo-delta/{scope}")).await;
    let uuid: Uuid = reports["reports"][0]["report"].as_str().unwrap().parse().unwrap();
    assert!(server.text(&format!("/page/report/{uuid}")).await.contains("This is a demonstration"));
    assert!(reports["transitions"].as_array().unwrap().len() > 20, "it flaps");
}
