//! The pages, in their three forms, and the headers of all answers.

use crate::server::{Database, SCOPE, Server, at, report};
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
#[case::an_account_like_nobody("/page/detail/admin/small-scope", 404)]
#[case::in_the_history_as_well("/page/history/admin/small-scope", 404)]
#[case::and_for_programs("/history/admin/small-scope", 404)]
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
    assert!(text.contains("compliant with v1 (this version is about to expire: the day is not known yet)"), "{text}");
    let full = server.text("/fragment/table_full").await;
    assert!(full.contains("next*") && full.contains("detail_full"), "{full}");
    let detail = server.text("/fragment/detail/cloud-a/small-scope").await;
    assert!(detail.contains("counted as passed by the old rule: v2; by the roll-up: undecided about v2"), "{detail}");
    let subjects = server.json("/subjects").await;
    let differs = |index: usize| subjects[index]["scopes"][0]["counted_as_passed_by_the_old_rule"].clone();
    assert_eq!((differs(0), differs(1)), (true.into(), false.into()));
}

#[tokio::test]
async fn a_group_is_no_better_than_its_worst_member() {
    let server = Server::start(Database::Sqlite).await.unwrap();
    server.report("cloud-a", "cloud-a", TimeDelta::zero(), &[("a", 1), ("b", 1)]).await;
    // It fails the version in force, and passes the one that is about to expire.
    server.report("cloud-b", "cloud-b", TimeDelta::zero(), &[("a", 1), ("b", -1)]).await;
    let text = server.text("/fragment/table").await;
    assert!(text.contains("🟧 v1†") && !text.contains("✅"), "{text}");
    server.report("cloud-a", "cloud-a", TimeDelta::zero(), &[("a", 1), ("b", 0)]).await;
    let text = server.text("/fragment/table").await;
    assert!(text.contains("🟧 v1†") && !text.contains("✅"), "{text}");
    let detail = server.text("/fragment/detail/group-twins/small-scope").await;
    assert!(detail.contains("† about to expire") && detail.contains("about to expire: the day"), "{detail}");
    assert!(!detail.split("cloud-b").last().unwrap().contains("counted as passed by the old rule"), "{detail}");
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
    for secret in
        ["secret-command", "secret-stdout", "secret-stderr", "secret-critical", "secret-argument", "secret-assignment"]
    {
        assert!(text.contains(secret), "{secret}");
    }
    assert!(!text.contains("<script"), "{text}");
    assert!(text.contains("Forced version") && text.contains("Sections"), "{text}");
}

#[rstest]
#[case::by_version_alone("", "versions: {v2: {a: 1, b: -1}}\n", "b</td><td>🛑 FAIL")]
#[case::both_and_the_worse_counts("a: 1", "versions: {v2: {a: -1}}\n", "a</td><td>🛑 FAIL")]
#[tokio::test]
async fn a_report_shows_its_results_as_they_count(
    #[case] result: &str,
    #[case] versions: &str,
    #[case] expected: &str,
) {
    let server = Server::start(Database::Sqlite).await.unwrap();
    let (uuid, results) = (Uuid::new_v4().to_string(), if result.is_empty() { vec![] } else { vec![("a", 1)] });
    let text = report(&uuid, "cloud-a", server.app.now(), &results) + versions;
    assert_eq!(server.upload("cloud-a", &text).await.0, StatusCode::OK);
    let page = server.text(&format!("/page/report/{uuid}")).await;
    assert!(page.contains("Results as they count") && page.contains(expected), "{page}");
    assert_eq!(server.json("/subjects").await[0]["scopes"][0]["conclusion"], "violation");
    let usual = server.report("cloud-a", "cloud-a", TimeDelta::zero(), &[("a", 1), ("b", -1)]).await;
    assert!(!server.text(&format!("/page/report/{usual}")).await.contains("as they count"), "each stands there once");
}

#[tokio::test]
async fn characters_that_turn_the_text_are_spelled_out() {
    let server = Server::start(Database::Sqlite).await.unwrap();
    let uuid = server.report("cloud-a", "cloud-a", TimeDelta::zero(), &[("a\u{202e}b", 1)]).await;
    for form in ["page", "fragment", "markdown"] {
        let text = server.text(&format!("/{form}/report/{uuid}")).await;
        assert!(!text.contains('\u{202e}') && text.contains("202e"), "{text}");
    }
}

#[tokio::test]
async fn a_path_that_is_no_text_is_refused_like_anything_else() {
    let server = Server::start(Database::Sqlite).await.unwrap();
    for path in ["/page/detail/%ff/small-scope", "/%ff/table", "/history/%ff/x", "/page/report/%ff"] {
        let response = server.get(path).await;
        assert_eq!(response.status().as_u16(), 400, "{path}");
        assert_eq!(response.headers()[CONTENT_TYPE], "application/json", "{path}");
        assert!(response.text().await.unwrap().starts_with("{\"detail\":\"path: "), "{path}");
    }
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
    assert_eq!(server.get("/").await.headers()["location"], "/monitor/en/");
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
    let page = server.text("/page/history/cloud-a/small-scope").await;
    assert!(page.contains("Arrived at") && page.matches("<td>2026-11-20 12:").count() == 3, "{page}");
    let rest = server.json("/history/cloud-a/small-scope?skip=2").await;
    assert_eq!((rest["reports"].as_array().unwrap().len(), &rest["older"]), (1, &serde_json::Value::Null));
    assert_eq!(history["nights"].as_array().unwrap().len(), 9);
}

#[tokio::test]
async fn a_demonstration_says_so_everywhere() {
    let demo = |settings: Settings| Settings { demo: true, bootstrap: None, scopes: None, ..settings };
    let server = Server::start_with(Database::Sqlite, demo).await.unwrap();
    scs_monitor::demo::fill(&server.app.store, &server.app.rulebook(), server.app.now()).await.unwrap();
    let subjects = server.json("/subjects").await;
    assert_eq!(subjects.as_array().unwrap().len(), 13);
    for path in ["/status", "/subjects", "/groups", "/metrics", "/page/table"] {
        assert_eq!(server.get(path).await.headers()["x-scs-demonstration"], "all subjects are simulated", "{path}");
    }
    assert!(server.text("/metrics").await.starts_with("# This is a demonstration."));
    let conclusion = |name: &str| {
        let mut all = subjects.as_array().unwrap().iter();
        all.find(|subject| subject["subject"] == name).unwrap()["scopes"][0]["conclusion"].as_str().unwrap().to_owned()
    };
    assert_eq!(conclusion("demo-atlas"), "conformant");
    assert_eq!(conclusion("demo-jetty"), "undecided", "it does not test the new version");
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
    let silent = server.json(&format!("/history/demo-ember/{scope}")).await;
    assert!(silent["transitions"].as_array().unwrap().iter().any(|change| change["expired"] == true), "{silent}");
    let table = server.text("/page/table").await;
    assert!(table.contains("this version is about to expire: it is in force until"), "{table}");
}
