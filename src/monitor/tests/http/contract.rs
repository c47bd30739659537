//! The contract of today's result server.

use crate::server::{Database, JSON, SCOPE, Server, YAML, at, password, report, sign};
use chrono::{TimeDelta, Utc};
use reqwest::header::{ACCEPT, CONTENT_TYPE, WWW_AUTHENTICATE};
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};
use std::process::{Command, Stdio};
use std::{fs, io::Write};
use uuid::Uuid;

fn id() -> String {
    Uuid::new_v4().to_string()
}

#[rstest]
#[tokio::test]
async fn an_upload_is_accepted_and_shown(#[values(Database::Sqlite, Database::Postgres)] database: Database) {
    let Some(server) = Server::start(database).await else { return };
    let uuid = server.report("cloud-a", "cloud-a", TimeDelta::hours(1), &[("a", 1), ("b", -1)]).await;
    let status = server.json("/status").await;
    let found = &status["cloud-a"][SCOPE];
    assert_eq!(
        (&found["result"], &found["passed_str"], &found["validity"]),
        (&json!(1), &json!("v1†"), &json!("warn"))
    );
    assert_eq!(found["results"]["b"]["result"], -1);
    assert_eq!(found["results"]["a"]["report"], json!(uuid));
    assert_eq!(found["versions"]["v2"]["targets"], json!({"main": -1}));
    let reports = server.json_as("cloud-a", "/reports").await;
    assert_eq!(reports[0]["run"]["uuid"], json!(uuid));
    assert_eq!(reports[0]["run"]["invocations"]["inv-0"]["results"], json!({"a": 1, "b": -1}));
    let one = server.json_as("cloud-a", &format!("/reports/{uuid}")).await;
    assert_eq!(one, reports[0]);
    let subjects = server.json("/subjects").await;
    assert_eq!(
        (&subjects[0]["subject"], &subjects[0]["scopes"][0]["conclusion"]),
        (&json!("cloud-a"), &json!("violation"))
    );
    assert_eq!(subjects[0]["scopes"][0]["counted_as_passed_by_the_old_rule"], false, "both say v1");
    assert_eq!(server.json("/groups").await, json!({"twins": ["cloud-a", "cloud-b"]}));
}

#[rstest]
#[case::nobody(None, StatusCode::UNAUTHORIZED)]
#[case::wrong(Some(("cloud-a", "wrong")), StatusCode::UNAUTHORIZED)]
#[case::unknown(Some(("nobody", "x")), StatusCode::UNAUTHORIZED)]
#[case::empty(Some(("", "")), StatusCode::UNAUTHORIZED)]
#[tokio::test]
async fn a_wrong_login_is_challenged(#[case] login: Option<(&str, &str)>, #[case] expected: StatusCode) {
    let server = Server::start(Database::Sqlite).await.unwrap();
    for (method, path) in [
        (Method::GET, "/reports".to_owned()),
        (Method::POST, "/reports".to_owned()),
        (Method::GET, format!("/reports/{}", id())),
        (Method::GET, "/results".to_owned()),
        (Method::POST, "/results".to_owned()),
        (Method::GET, format!("/page/report_full/{}", id())),
        (Method::GET, "/audit".to_owned()),
    ] {
        let mut request = server.request(method, &path);
        if let Some((name, password)) = login {
            request = request.basic_auth(name, Some(password));
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), expected, "{path}");
        let challenge = response.headers()[WWW_AUTHENTICATE].to_str().unwrap();
        assert!(challenge.contains("realm=\"Compliance monitor\""), "{challenge}");
    }
}

#[rstest]
#[case::for_oneself("cloud-a", "cloud-a", true)]
#[case::delegate_with_role("zuul_ci", "cloud-a", true)]
#[case::delegate_without_role("cloud-b", "cloud-a", false)]
#[case::role_without_delegation("zuul_ci", "lone", false)]
#[case::unknown_subject("zuul_ci", "nobody", false)]
#[case::neither("no-role", "cloud-a", false)]
#[tokio::test]
async fn uploading_for_others_takes_role_and_delegation(
    #[case] account: &str,
    #[case] subject: &str,
    #[case] accepted: bool,
) {
    let server = Server::start(Database::Sqlite).await.unwrap();
    let text = report(&id(), subject, Utc::now(), &[("a", 1)]);
    let (status, body) = server.upload(account, &text).await;
    assert_eq!(status, if accepted { StatusCode::OK } else { StatusCode::UNAUTHORIZED }, "{body}");
}

#[rstest]
#[tokio::test]
async fn an_upload_is_atomic(#[values(Database::Sqlite, Database::Postgres)] database: Database) {
    let Some(server) = Server::start(database).await else { return };
    let stored = server.report("zuul_ci", "cloud-a", TimeDelta::hours(2), &[("a", 1)]).await;
    let new = id();
    let texts = [
        report(&new, "cloud-b", Utc::now(), &[("a", 1)]) + &report(&stored, "cloud-a", Utc::now(), &[("a", -1)]),
        report(&new, "cloud-b", Utc::now(), &[("a", 1)]) + &report(&id(), "lone", Utc::now(), &[("a", 1)]),
        report(&new, "cloud-b", Utc::now(), &[("a", 1)]) + &report(&id(), "cloud-a", Utc::now(), &[("a", 7)]),
    ];
    for (text, expected) in
        texts.iter().zip([StatusCode::CONFLICT, StatusCode::UNAUTHORIZED, StatusCode::UNPROCESSABLE_ENTITY])
    {
        let (status, body) = server.upload("zuul_ci", text).await;
        assert_eq!(status, expected, "{body}");
        assert_eq!(server.get_as("admin", &format!("/reports/{new}")).await.status(), StatusCode::NOT_FOUND);
    }
    assert_eq!(server.json("/status?subject=cloud-a").await["cloud-a"][SCOPE]["results"]["a"]["result"], 1);
    let twice = report(&new, "cloud-b", Utc::now(), &[("a", 1)]).repeat(2);
    assert_eq!(server.upload("zuul_ci", &twice).await.0, StatusCode::CONFLICT);
    let both = report(&new, "cloud-b", Utc::now(), &[("a", 1)]) + &report(&id(), "cloud-a", Utc::now(), &[("a", 1)]);
    assert_eq!(server.upload("zuul_ci", &both).await.0, StatusCode::OK);
    assert_eq!(server.json_as("admin", "/reports?subject=").await.as_array().unwrap().len(), 3);
}

#[rstest]
#[tokio::test]
async fn of_eight_equal_uploads_at_once_one_is_accepted(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let Some(server) = Server::start(database).await else { return };
    let text = report(&id(), "cloud-a", Utc::now(), &[("a", 1)]);
    let body = server.signed("cloud-a", text.as_bytes());
    let uploads = (0..8).map(|_| server.post("cloud-a", YAML, body.clone()));
    let answers = futures_util::future::join_all(uploads).await;
    let mut statuses: Vec<u16> = answers.iter().map(|(status, _)| status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409, 409, 409, 409, 409, 409, 409]);
}

#[tokio::test]
async fn signatures_are_checked_against_the_keys_of_the_account() {
    let server = Server::start(Database::Sqlite).await.unwrap();
    let text = report(&id(), "cloud-a", Utc::now(), &[("a", 1)]);
    let data = text.as_bytes();
    let with = |signature: &[u8], data: &[u8]| [signature, b"&", data].concat();
    let own = sign(&server.key("cloud-a"), "report", data);
    let cases = [
        (data.to_vec(), "missing signature"),
        ([own.as_slice(), data].concat(), "missing signature"),
        (with(&sign(&server.key("lone"), "report", data), data), "none of those that may sign"),
        (with(&sign(&server.key("cloud-a"), "file", data), data), "namespace"),
        (with(&own, text.replace("a: 1", "a: 0").as_bytes()), "not over this content"),
        (with(&own, format!("{text}\n").as_bytes()), "not over this content"),
        (with(b"-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n", data), "bad signature"),
        (Vec::new(), "missing signature"),
    ];
    for (body, expected) in cases {
        let (status, answer) = server.post("cloud-a", YAML, body).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{answer}");
        assert!(answer.contains(expected), "{answer}");
    }
    assert_eq!(server.post("cloud-a", YAML, with(&own, data)).await.0, StatusCode::OK);
    assert_eq!(server.upload("cloud-b", &report(&id(), "cloud-b", Utc::now(), &[("a", 1)])).await.0, StatusCode::OK);
    let (status, answer) = server.upload("cloud-a", "").await;
    assert_eq!((status, answer.as_str()), (StatusCode::OK, "\"empty reports\""));
}

#[tokio::test]
async fn other_media_types_are_refused() {
    let server = Server::start(Database::Sqlite).await.unwrap();
    for kind in ["application/yaml", "application/json", "text/plain", ""] {
        let body = server.signed("cloud-a", b"");
        assert_eq!(server.post("cloud-a", kind, body).await.0, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{kind}");
    }
    let text = json!({
        "spec": {"uuid": SCOPE}, "checked_at": Utc::now().format("%Y-%m-%dT%H:%M:%S").to_string(), "subject": "cloud-a",
        "run": {"uuid": id(), "invocations": {"i": {"results": {"a": 1}, "stdout": [], "stderr": []}}},
    });
    let body = server.signed("cloud-a", text.to_string().as_bytes());
    assert_eq!(server.post("cloud-a", JSON, body).await.0, StatusCode::OK);
    let body = server.signed("cloud-a", b"{} {}");
    assert_eq!(server.post("cloud-a", JSON, body).await.0, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn the_form_of_the_draft_is_accepted() {
    let server = Server::start(Database::Sqlite).await.unwrap();
    let (uuid, time) = (id(), Utc::now().format("%Y-%m-%d %H:%M:%S"));
    let text = format!(
        "---\nuuid: {uuid}\ncreator: scs-conformance 0.1.0\nscope: {SCOPE}\nchecked_at: {time}\nsubject: cloud-a\n\
         tests:\n  a: {{result: 1}}\n  b: {{result: 0}}\nlog:\n- 'a: PASS'\n- 'INFO: secret-log'\n"
    );
    assert_eq!(server.upload("cloud-a", &text).await.0, StatusCode::OK);
    assert_eq!(server.json("/status").await["cloud-a"][SCOPE]["result"], 0);
    let page = server.text(&format!("/page/report/{uuid}")).await;
    assert!(
        page.contains("scs-conformance 0.1.0") && page.contains("a: PASS") && !page.contains("secret-log"),
        "{page}"
    );
}

#[rstest]
#[tokio::test]
async fn reading_of_others_takes_a_role(#[values(Database::Sqlite, Database::Postgres)] database: Database) {
    let Some(server) = Server::start(database).await else { return };
    let uuid = server.report("cloud-a", "cloud-a", TimeDelta::zero(), &[("a", 1), ("b", -1)]).await;
    for (account, path, expected) in [
        ("cloud-b", format!("/reports/{uuid}"), 401),
        ("cloud-a", format!("/reports/{uuid}"), 200),
        ("admin", format!("/reports/{uuid}"), 200),
        ("cloud-b", format!("/reports/{uuid}/raw"), 401),
        ("admin", format!("/reports/{}", id()), 404),
        ("admin", "/reports/x".to_owned(), 404),
        ("cloud-b", "/reports?subject=cloud-a".to_owned(), 401),
        ("cloud-b", "/reports?subject=".to_owned(), 401),
        ("cloud-b", "/reports".to_owned(), 200),
        ("admin", "/reports?subject=cloud-a".to_owned(), 200),
        ("admin", "/reports?subject=&limit=-1".to_owned(), 422),
        ("admin", "/reports?limit=x".to_owned(), 422),
        ("cloud-a", "/results".to_owned(), 401),
        ("admin", "/results?approved=perhaps".to_owned(), 422),
        ("admin", "/results?scopeuuid=x".to_owned(), 422),
        ("cloud-b", format!("/page/report_full/{uuid}"), 401),
        ("cloud-a", format!("/page/report_full/{uuid}"), 200),
        ("cloud-a", "/audit".to_owned(), 401),
        ("admin", "/audit".to_owned(), 200),
    ] {
        assert_eq!(server.get_as(account, &path).await.status().as_u16(), expected, "{account} {path}");
    }
    let results = server.json_as("admin", "/results").await;
    assert_eq!(results.as_array().unwrap().len(), 2);
    assert_eq!(
        (&results[0]["check"], &results[0]["version"], &results[0]["approval"]),
        (&json!("a"), &json!("*"), &json!(true))
    );
    assert_eq!(server.json_as("admin", "/results?approved=false").await.as_array().unwrap().len(), 1);
    assert_eq!(server.json_as("admin", "/results?subject=cloud-b").await, json!([]));
    assert_eq!(server.json_as("admin", "/results?limit=1&skip=1").await[0]["check"], "b");
}

#[tokio::test]
async fn approvals_can_be_set_and_decide_nothing() {
    let server = Server::start(Database::Sqlite).await.unwrap();
    let uuid = server.report("cloud-a", "cloud-a", TimeDelta::zero(), &[("a", -1)]).await;
    let row = json!({"reportuuid": uuid, "scopeuuid": SCOPE, "version": "*", "check": "a", "approval": true});
    let other = json!({"reportuuid": uuid, "scopeuuid": SCOPE, "version": "*", "check": "x", "approval": true});
    let post = |account: &'static str, kind: &'static str, body: String| {
        let request = server.request(Method::POST, "/results").basic_auth(account, Some(password(account)));
        let request = request.header(CONTENT_TYPE, kind).body(body);
        async move { request.send().await.unwrap().status().as_u16() }
    };
    assert_eq!(post("cloud-a", "application/json", row.to_string()).await, 401);
    assert_eq!(post("admin", "text/plain", row.to_string()).await, 415);
    assert_eq!(post("admin", "application/json", "{".to_owned()).await, 400);
    assert_eq!(post("admin", "application/json", json!({"check": "a"}).to_string()).await, 422);
    assert_eq!(post("admin", "application/json", json!([row, other]).to_string()).await, 404);
    assert_eq!(server.json_as("admin", "/results?approved=true").await, json!([]));
    assert_eq!(post("admin", "application/json; charset=utf-8", json!([row]).to_string()).await, 200);
    assert_eq!(server.json_as("admin", "/results?approved=true").await[0]["result"], -1);
    assert_eq!(server.json_as("admin", "/results?limit=0").await, json!([]));
    let mut listed = server.json_as("admin", "/results").await;
    listed[0]["approval"] = json!(false);
    assert_eq!(post("admin", "application/json", listed.to_string()).await, 200, "a row as it was listed");
    let mut upper = row.clone();
    upper["reportuuid"] = json!(uuid.to_uppercase());
    upper["scopeuuid"] = json!(SCOPE.to_uppercase());
    assert_eq!(post("admin", "application/json", upper.to_string()).await, 200);
    assert_eq!(server.json_as("admin", "/results").await[0]["approval"], true);
    assert_eq!(server.json("/status").await["cloud-a"][SCOPE]["result"], -1);
}

#[tokio::test]
async fn status_is_filtered_and_only_json() {
    let server = Server::start(Database::Sqlite).await.unwrap();
    server.report("cloud-a", "cloud-a", TimeDelta::zero(), &[("a", 1)]).await;
    server.report("lone", "lone", TimeDelta::zero(), &[("a", 1)]).await;
    let keys = |value: Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(keys(server.json("/status").await), "cloud-a lone");
    assert_eq!(keys(server.json("/status?subject=lone").await), "lone");
    assert_eq!(keys(server.json("/status?subject=nobody").await), "");
    assert_eq!(keys(server.json(&format!("/status?scopeuuid={SCOPE}")).await), "cloud-a lone");
    assert_eq!(keys(server.json(&format!("/status?scopeuuid={}", id())).await), "");
    assert_eq!(server.get("/status?scopeuuid=x").await.status().as_u16(), 422);
    for (accept, expected) in
        [("Application/JSON", 200), ("text/html, */*;q=0.1", 200), ("text/html", 406), ("application/json;q=0", 406)]
    {
        let response = server.request(Method::GET, "/status").header(ACCEPT, accept).send().await.unwrap();
        assert_eq!(response.status().as_u16(), expected, "{accept}");
    }
}

#[rstest]
#[case("2026-11-17T23:50:00Z", json!(1), "v2")]
#[case("2026-11-18T00:00:00Z", json!(null), "v2")]
#[case("2026-11-29T23:50:00Z", json!(null), "v2")]
#[tokio::test]
async fn results_expire_by_their_lifetimes(#[case] now: &str, #[case] result: Value, #[case] passed: &str) {
    let server = Server::start_with(Database::Sqlite, |settings| at(settings, now)).await.unwrap();
    let checked_at = "2026-11-16T12:00:00Z".parse().unwrap();
    let text = report(&id(), "cloud-a", checked_at, &[("a", 1), ("b", 1)]);
    assert_eq!(server.upload("cloud-a", &text).await.0, StatusCode::OK);
    let found = server.json("/status").await["cloud-a"][SCOPE].clone();
    assert_eq!((&found["result"], &found["passed_str"]), (&result, &json!(passed)));
}

#[tokio::test]
async fn anyone_can_verify_what_was_signed() {
    let server = Server::start(Database::Sqlite).await.unwrap();
    let uuid = server.report("cloud-a", "cloud-a", TimeDelta::zero(), &[("a", 1)]).await;
    let raw = server.get_as("cloud-a", &format!("/reports/{uuid}/raw")).await.bytes().await.unwrap();
    let signature = server.text(&format!("/reports/{uuid}/signature")).await;
    let path = server.folder.path().join("report.sig");
    fs::write(&path, signature).unwrap();
    let key = fs::read_to_string(server.key("cloud-a").with_extension("pub")).unwrap();
    let signers = server.folder.path().join("signers");
    fs::write(&signers, format!("mail@csp.eu {key}")).unwrap();
    let mut child = Command::new("ssh-keygen")
        .args(["-Y", "verify", "-n", "report", "-I", "mail@csp.eu", "-f"])
        .arg(&signers)
        .arg("-s")
        .arg(&path)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&raw).unwrap();
    assert!(child.wait().unwrap().success());
}

#[tokio::test]
async fn accounts_and_scopes_are_read_again() {
    let server = Server::start(Database::Sqlite).await.unwrap();
    let path = server.folder.path().join("bootstrap.yaml");
    let text = fs::read_to_string(&path).unwrap();
    server.report("lone", "lone", TimeDelta::zero(), &[("a", 1)]).await;
    fs::write(&path, "accounts: [{subject: a, delegates: [nobody]}]").unwrap();
    assert!(server.app.reload().await.unwrap_err().to_string().contains("nobody"));
    assert_eq!(server.get_as("lone", "/reports").await.status(), StatusCode::OK);
    fs::write(&path, text.split("  - subject: lone").next().unwrap()).unwrap();
    server.app.reload().await.unwrap();
    assert_eq!(server.get_as("lone", "/reports").await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(server.json_as("admin", "/reports?subject=lone").await.as_array().unwrap().len(), 1, "reports stay");
    let scope = server.folder.path().join("scopes/scs-small.yaml");
    let scopes = fs::read_to_string(&scope).unwrap();
    fs::write(&scope, "uuid: [").unwrap();
    assert!(server.app.reload().await.is_err());
    assert_eq!(server.json("/status").await["lone"][SCOPE]["name"], "Small scope");
    fs::write(&scope, scopes.replace("Small scope", "Other scope")).unwrap();
    server.app.reload().await.unwrap();
    assert_eq!(server.json("/status").await["lone"][SCOPE]["name"], "Other scope");
}

#[tokio::test]
async fn two_servers_share_one_database() {
    let Some(server) = Server::start(Database::Postgres).await else { return };
    let settings = server.app.settings.clone();
    let store = scs_monitor::store::Store::connect(&server.address).await.unwrap();
    let other = scs_monitor::http::App::new(store, settings).await.unwrap();
    assert!(other.board.view(&other.store).await.unwrap().standings.is_empty());
    server.report("cloud-a", "cloud-a", TimeDelta::zero(), &[("a", 1)]).await;
    assert!(other.board.view(&other.store).await.unwrap().knows("cloud-a"));
}

#[tokio::test]
async fn health_and_interface_are_described() {
    let server = Server::start(Database::Sqlite).await.unwrap();
    assert_eq!(server.text("/healthz").await, "");
    assert_eq!(server.text("/readyz").await, "ready\n");
    let root = server.get("/").await;
    assert_eq!((root.status().as_u16(), root.headers()["location"].to_str().unwrap()), (307, "/en/"));
    server.report("cloud-a", "cloud-a", TimeDelta::zero(), &[("a", 1), ("b", 1)]).await;
    let metrics = server.text("/metrics").await;
    for line in [
        "scs_monitor_uploads_total{outcome=\"accepted\"} 1",
        "scs_monitor_conformant{subject=\"cloud-a\",scope=\"small-scope\",version=\"v2\"} 1",
    ] {
        assert!(metrics.contains(line), "{metrics}");
    }
    let described = server.json("/openapi.json").await;
    for (path, methods) in described["paths"].as_object().unwrap() {
        let filled = path.replace("{view}", "page").replace("{subject}", "cloud-a").replace("{scope}", SCOPE);
        let filled = filled.replace("{language}", "en").replace("{testcase}", "a");
        for method in methods.as_object().unwrap().keys() {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let response = server.request(method.clone(), &filled.replace("{uuid}", &id())).send().await.unwrap();
            let status = response.status().as_u16();
            let text = response.text().await.unwrap();
            assert!(
                status < 500 && status != 405 && !text.contains("no such path"),
                "{method} {path}: {status} {text}"
            );
        }
    }
}

#[test]
fn the_published_description_is_that_of_the_server() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let text = format!("{:#}\n", scs_monitor::http::openapi());
    if std::env::var_os("SCS_UPDATE").is_some() {
        fs::write(&path, &text).unwrap();
    }
    assert!(fs::read_to_string(&path).unwrap_or_default() == text, "run the tests with SCS_UPDATE=1");
}
