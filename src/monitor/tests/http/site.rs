//! The pages for customers: overview, status pages, histories of testcases.

use crate::server::{Database, SCOPE, Server, report};
use chrono::{DateTime, TimeDelta, Utc};
use flate2::read::GzDecoder;
use reqwest::Method;
use reqwest::header::{ACCEPT_ENCODING, ACCEPT_LANGUAGE, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use rstest::rstest;
use scs_monitor::accept::UploadedReport;
use scs_monitor::http::Settings;
use scs_monitor::judge::{Results, Rules};
use scs_monitor::store::{AuditEntry, NewUpload, compressed};
use std::fs;
use std::io::Read;
use uuid::Uuid;

const REGISTRY: &str = "
issuer: {name: Test Board, url: https://board.example/}
operators:
  - {name: acme, title: ACME Clouds, url: https://acme.example/, contacts: [{email: secret-contact@acme.example}]}
subjects:
  - {name: acme-cloud, title: ACME <Cloud>, operator: acme, section: certified, regions: [cloud-a, cloud-b], health_url: https://health.example/}
  - {name: lonely, title: Lonely Cloud, operator: acme, regions: [lone], tested_by: body}
  - {name: silent, operator: acme, regions: [never]}
certificates:
  - {id: 2026-017, subject: acme-cloud, covers: [cloud-a], scope: small-scope, version: v2, issued: 2026-03-12}
  - {id: 2026-018, subject: lonely, scope: small-scope, version: v1, issued: 2025-10-01}
";

const NOON: &str = "2026-11-30T12:00:00Z";

/// Starts a server with the registry at noon of a day; none where its database is not installed.
async fn server(database: Database) -> Option<Server> {
    Server::start_with_registry(database, REGISTRY, NOON).await
}

/// Uploads a report of each day; the days count back from today.
async fn nights(server: &Server, subject: &str, nights: &[(i64, &[(&str, i8)])]) {
    for (ago, results) in nights {
        let instant: DateTime<Utc> = NOON.parse().unwrap();
        let instant = instant - TimeDelta::days(*ago) - TimeDelta::hours(9);
        let text = report(&Uuid::new_v4().to_string(), subject, instant, results);
        let (status, body) = server.upload(subject, &text).await;
        assert_eq!(status, 200, "{body}");
    }
}

const GOOD: &[(&str, i8)] = &[("a", 1), ("b", 1), ("c", 1)];
const BAD: &[(&str, i8)] = &[("a", 1), ("b", -1), ("c", 1)];

/// Returns the text of a page without its marks, with single blanks.
fn words(page: &str) -> String {
    let (mut words, mut in_tag) = (String::new(), false);
    for c in page.chars() {
        match c {
            '<' => in_tag = true,
            '>' => {
                in_tag = false;
                words.push(' ');
            }
            c if !in_tag => words.push(c),
            _ => (),
        }
    }
    let words = words.replace("&#60;", "<").replace("&#62;", ">").replace("&lt;", "<").replace("&gt;", ">");
    words.split_whitespace().collect::<Vec<_>>().join(" ").replace(" :", ":").replace(" .", ".").replace(" ,", ",")
}

fn assert_contains(text: &str, expected: &[&str]) {
    for expected in expected {
        assert!(text.contains(expected), "\"{expected}\" is missing in: {text}");
    }
}

#[rstest]
#[case("/", None, "/en/")]
#[case("/", Some("de-DE,de;q=0.9,en;q=0.5"), "/de/")]
#[case("/s/acme-cloud", Some("de"), "/de/s/acme-cloud")]
#[case("/s/acme-cloud", Some("fr, en;q=0.5"), "/en/s/acme-cloud")]
#[case("/s/..%2F..%2F%2Fevil.example", None, "/en/s/..%2F..%2F%2Fevil.example")]
#[case("/s/a%0D%0Ab", None, "/en/s/a%0D%0Ab")]
#[tokio::test]
async fn short_addresses_lead_to_the_language_of_the_browser(
    #[case] path: &str,
    #[case] language: Option<&str>,
    #[case] expected: &str,
) {
    let server = server(Database::Sqlite).await.unwrap();
    let mut request = server.request(Method::GET, path);
    if let Some(language) = language {
        request = request.header(ACCEPT_LANGUAGE, language);
    }
    let response = request.send().await.unwrap();
    assert_eq!((response.status().as_u16(), response.headers()["location"].to_str().unwrap()), (307, expected));
    assert_eq!(response.headers()[VARY], "Accept-Language");
}

#[rstest]
#[tokio::test]
async fn first_screen_of_a_conforming_cloud_answers_all_questions(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let Some(server) = server(database).await else { return };
    nights(&server, "cloud-a", &[(20, GOOD), (11, BAD), (8, GOOD), (0, GOOD)]).await;
    nights(&server, "cloud-b", &[(20, GOOD), (0, GOOD)]).await;
    let english = words(&server.text("/en/s/acme-cloud").await);
    assert_contains(
        &english,
        &[
            "ACME <Cloud>",
            "Operated by ACME Clouds",
            "Compliant with v2 since",
            "Does it conform? Yes: all 2 mandatory checks of v2 were passed.",
            "Since when? Since",
            "What was wrong? b: cloud-a: failed from 19 November 2026, fixed on 22 November 2026, after 3 days",
            "Who says so? The tests are run by the operator, ACME Clouds. The newest report is of 30 November 2026. The account",
            "Certified for v2 until 11 March 2027 (number 2026-017; covers only cloud-a)",
        ],
    );
    let german = words(&server.text("/de/s/acme-cloud").await);
    assert_contains(
        &german,
        &[
            "Ist das Angebot konform? Ja: alle 2 Pflichtprüfungen von v2 sind bestanden.",
            "Seit wann?",
            "Was war nicht in Ordnung? b: cloud-a: nicht bestanden ab 19. November 2026, behoben am 22. November 2026, nach 3 Tagen",
            "Wer sagt das? Die Prüfungen führt der Betreiber durch: ACME Clouds.",
            "Zertifiziert für v2 bis 11. März 2027",
        ],
    );
    assert!(!english.contains("secret") && !german.contains("secret"), "no contact is shown");
}

#[rstest]
#[tokio::test]
async fn certified_but_failing_is_a_state_of_its_own(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let Some(server) = server(database).await else { return };
    nights(&server, "cloud-a", &[(20, GOOD), (2, BAD), (0, BAD)]).await;
    nights(&server, "cloud-b", &[(20, GOOD), (0, GOOD)]).await;
    let page = words(&server.text("/en/s/acme-cloud").await);
    assert_contains(
        &page,
        &[
            "1 of 2 mandatory checks failing since 28 November 2026",
            "Does it conform? No: 1 of 2 mandatory checks of v2 fail. The certificate still holds: it is not revoked at once.",
            "Since when? Since 28 November 2026, that is for 2 days.",
            "What is wrong? b: cloud-a: failing since 28 November 2026",
            "Certified, failing since 28 November 2026.",
            "cloud-b: Compliant with v2 since",
        ],
    );
    let overview = server.text("/en/").await;
    assert!(overview.contains("data-operator=\"acme\" data-scope=\"small-scope\" data-state=\"certified-failing\""));
    let overview = words(&overview);
    assert_contains(
        &overview,
        &[
            "Certified, failing since 28 November 2026 Certified for v2 until 11 March 2027 (covers only cloud-a)",
            "cloud-a: 1 of 2 mandatory checks failing since 28 November 2026",
            "cloud-b: Compliant with v2",
        ],
    );
    let german = words(&server.text("/de/").await);
    assert_contains(&german, &["Zertifiziert, nicht konform seit 28. November 2026", "1 von 2 Pflichtprüfungen"]);
}

#[rstest]
#[tokio::test]
async fn overview_has_sections_and_every_subject(#[values(Database::Sqlite, Database::Postgres)] database: Database) {
    let Some(server) = server(database).await else { return };
    nights(&server, "cloud-a", &[(0, GOOD)]).await;
    nights(&server, "lone", &[(0, GOOD)]).await;
    nights(&server, "no-role", &[(0, BAD)]).await;
    let page = server.text("/en/").await;
    let text = words(&page);
    assert_contains(
        &text,
        &[
            "Which clouds conform?",
            "ACME <Cloud> ACME Clouds Small scope v2 2 regions or configurations",
            "Not tested yet",
            "cloud-b: Not tested yet",
            "Certificate for v1 expired on 30 September 2026",
            "Lonely Cloud",
            "silent",
            "no-role",
        ],
    );
    let place = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part}: {text}"));
    assert!(place("Certified ACME") < place("Tested, not certified"), "{text}");
    assert!(place("Tested, not certified") < place("no-role"), "{text}");
    assert!(page.contains("id=\"filters\" hidden") && page.contains("<script src=\"/static/site.js\" defer>"));
    assert!(!page.contains("cloud-a</a>"), "a region has no row of its own");
    let script = server.get("/static/site.js").await;
    assert_eq!(script.headers()[CONTENT_TYPE], "text/javascript; charset=utf-8");
    assert!(server.text("/static/site.css").await.contains(".strip .f"));
}

#[rstest]
#[tokio::test]
async fn status_page_tells_standards_strips_changes_and_warnings(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let Some(server) = server(database).await else { return };
    nights(&server, "lone", &[(40, GOOD), (2, GOOD), (1, BAD), (0, BAD)]).await;
    let page = server.text("/en/s/lonely").await;
    let text = words(&page);
    assert_contains(
        &text,
        &[
            "The tests are run by the body that certifies: Test Board.",
            "v2 (in force): 1 of 2 mandatory checks failing since 29 November 2026",
            "1 of 2 standards achieved.",
            "All mandatory checks passed last on 28 November 2026",
            "First module achieved, 1/1",
            "m2 failing, 0/1",
            "v1 (in force, about to expire): Compliant with v1",
            "v1 is about to expire: the day is not known yet",
            "next (draft, does not decide yet)",
            "b: failing since 29 November 2026, last passed on 28 November 2026.",
            "full height: failed",
            "Days: 2 passed, 2 failed, 0 not decided, 544 not tested",
            "29 November 2026 v2: from compliant to failing",
            "1 passed",
            "Certificate for v1 expired on 30 September 2026",
        ],
    );
    for link in [
        "/page/history/lone/",
        "\"/history/lone/",
        "/s/lonely/badge.svg",
        "/s/lonely/feed.atom",
        "/en/s/lonely/small-scope/b",
        "/page/report/",
    ] {
        assert!(page.contains(link), "{link}");
    }
    assert!(!page.contains("style=\"") && !page.contains("javascript:"));
}

#[rstest]
#[tokio::test]
async fn history_of_a_testcase_marks_flapping_and_the_time_to_fix(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let Some(server) = server(database).await else { return };
    let flapping: &[(i64, &[(&str, i8)])] = &[(9, GOOD), (8, BAD), (7, GOOD), (6, BAD), (5, GOOD), (0, GOOD)];
    nights(&server, "lone", flapping).await;
    let page = server.text("/en/s/lonely/small-scope/b").await;
    let text = words(&page);
    assert_contains(
        &text,
        &[
            "Mandatory for next, v2.",
            "lone: passed",
            "Unstable: 4 changes from 22 November 2026 to 25 November 2026",
            "changes more than three times within 14 days says little",
            "failed from 24 November 2026, fixed on 25 November 2026, after 1 day",
            "25 November 2026: FAIL → PASS Report",
            "21 November 2026: – → PASS Report",
        ],
    );
    let german = words(&server.text(&format!("/de/s/lonely/{SCOPE}/b")).await);
    assert_contains(&german, &["Unbeständig: 4 Wechsel vom 22. November 2026 bis 25. November 2026", "nach 1 Tag"]);
    let calm = words(&server.text("/en/s/lonely/small-scope/a").await);
    assert_contains(&calm, &["Does <a>.", "First module", "It has not failed in these 18 months.", "About the test"]);
    assert!(!calm.contains("Unstable"), "{calm}");
    let hostile = server.text("/en/s/lonely/small-scope/c").await;
    assert!(!hostile.contains("<script>") && hostile.contains("alert(1)"), "{hostile}");
}

#[rstest]
#[tokio::test]
async fn change_of_rules_is_told_in_the_history_of_a_testcase(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let Some(server) = server(database).await else { return };
    nights(&server, "lone", &[(1, &[("a", 1), ("b", 1)])]).await;
    let path = server.folder.path().join("scopes/scs-small.yaml");
    let stricter = fs::read_to_string(&path).unwrap().replace("targets: {main: [b]}", "targets: {main: [b, c]}");
    let stricter = stricter.replace("targets: {recommended: [c]}", "targets: {}");
    fs::write(&path, stricter).unwrap();
    server.app.reload().await.unwrap();
    server.report("lone", "lone", TimeDelta::zero(), &[("a", 1), ("b", 1)]).await;
    let text = words(&server.text("/en/s/lonely/small-scope/c").await);
    let expected = "v2: from compliant to not proven, with new rules: by the old ones nothing would have changed";
    assert_contains(&text, &["New rules", expected]);
    assert!(words(&server.text("/en/s/lonely").await).contains(expected));
}

#[rstest]
#[case("/en/s/nobody")]
#[case::a_region_has_no_page_of_its_own("/en/s/cloud-a")]
#[case::an_account_like_nobody("/en/s/admin")]
#[case("/en/s/lonely/nothing/a")]
#[case("/en/s/lonely/small-scope/nothing")]
#[case("/en/s/nobody/small-scope/a")]
#[case("/fr/")]
#[tokio::test]
async fn unknown_pages_are_not_found(#[case] path: &str) {
    let server = server(Database::Sqlite).await.unwrap();
    nights(&server, "cloud-a", &[(0, GOOD)]).await;
    assert_eq!(server.get(path).await.status(), 404);
}

#[rstest]
#[tokio::test]
async fn subjects_without_reports_have_a_page_too(#[values(Database::Sqlite, Database::Postgres)] database: Database) {
    let Some(server) = server(database).await else { return };
    for (path, expected) in [
        ("/en/s/silent", "Not tested yet"),
        ("/en/s/lonely", "Not tested yet"),
        ("/en/s/lonely/small-scope/a", "lone: not tested"),
        ("/de/", "Noch nicht getestet"),
    ] {
        let text = words(&server.text(path).await);
        assert!(text.contains(expected), "{path}: {text}");
        assert!(!text.contains("Compliant with") && !text.contains("Erfüllt"), "{path}: {text}");
    }
}

#[rstest]
#[tokio::test]
async fn an_upload_shows_at_once(#[values(Database::Sqlite, Database::Postgres)] database: Database) {
    let Some(server) = server(database).await else { return };
    nights(&server, "lone", &[(1, GOOD)]).await;
    assert!(words(&server.text("/en/s/lonely").await).contains("Compliant with v2"));
    nights(&server, "lone", &[(0, BAD)]).await;
    for path in ["/en/s/lonely", "/en/"] {
        assert!(words(&server.text(path).await).contains("failing since 30 November 2026"), "{path}");
    }
}

#[tokio::test]
async fn demonstration_has_waivers_statements_and_revocations() {
    let demo = |settings: Settings| Settings { demo: true, bootstrap: None, scopes: None, ..settings };
    let server = Server::start_with(Database::Sqlite, demo).await.unwrap();
    scs_monitor::demo::fill(&server.app.store, &server.app.rulebook(), server.app.now()).await.unwrap();
    let page = async |name: &str| words(&server.text(&format!("/en/s/{name}")).await);
    let boreal = page("boreal").await;
    assert_contains(&boreal, &["Borealis Cloud Services answers for it until", "It does not count as passed"]);
    assert!(!boreal.contains("Does it conform? Yes"), "a waiver is no PASS");
    let atlas = page("atlas").await;
    assert_contains(&atlas, &["it conforms; valid until", "Document", "Health monitor", "About the certificate"]);
    assert!(!atlas.contains("Mustermann"), "persons are not shown");
    assert_contains(&page("ember").await, &["overdue: it was valid until"]);
    assert_contains(&page("island").await, &["revoked since", "no tests in one region"]);
    assert_contains(&page("delta").await, &["Unstable:"]);
    for path in ["/en/", "/de/"] {
        assert!(server.text(path).await.contains("class=\"banner\""), "{path}");
    }
}

/// Stores a report of each of 548 nights about a subject, whose results change by chance.
async fn fill(server: &Server, rules: &Rules, subject: &str, nights: i64) {
    let (now, mut seed) = (server.app.now(), 1_u64);
    let mut random = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        seed >> 33
    };
    let reports = (0..nights).map(|ago| {
        let mut results = Results::default();
        for id in rules.testcases.keys() {
            results.add("*", id, [1, 1, 0, -1][usize::try_from(random() % 4).unwrap()]);
        }
        UploadedReport {
            uuid: Uuid::new_v4(),
            subject: subject.to_owned(),
            scope: Uuid::parse_str(&rules.uuid).unwrap(),
            checked_at: now - TimeDelta::days(ago) - TimeDelta::minutes(1),
            creator: None,
            results,
        }
    });
    let upload = NewUpload {
        id: Uuid::new_v4().to_string(),
        arrived_at: now,
        uploader: "ci".to_owned(),
        fingerprint: String::new(),
        signature: String::new(),
        media_type: "application/x-signed-yaml",
        content: compressed(b"---\n").unwrap(),
        reports: reports.collect(),
    };
    let entry = AuditEntry {
        account: "ci".to_owned(),
        address: String::new(),
        action: "upload",
        outcome: "accepted".to_owned(),
        detail: String::new(),
    };
    server.app.store.accept(&upload, &server.app.rulebook(), &entry).await.unwrap();
    server.app.board.note_change();
}

/// Returns a page, and the number of its bytes on the wire.
async fn weighed(server: &Server, path: &str) -> (String, usize) {
    let plain = reqwest::Client::builder().no_gzip().build().unwrap();
    let request = plain.get(format!("{}{path}", server.url)).header(ACCEPT_ENCODING, "gzip");
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200, "{path}");
    assert_eq!(response.headers()[CONTENT_ENCODING], "gzip");
    let (bytes, mut text) = (response.bytes().await.unwrap(), String::new());
    GzDecoder::new(bytes.as_ref()).read_to_string(&mut text).unwrap();
    (text, bytes.len())
}

const BUDGET: usize = 150_000;

#[tokio::test]
async fn pages_stay_within_their_budget() {
    let whole = |settings: Settings| Settings { scopes: None, ..settings };
    let server = Server::start_with(Database::Sqlite, whole).await.unwrap();
    let rulebook = server.app.rulebook();
    let rules = rulebook.scopes.values().max_by_key(|rules| rules.testcases.len()).unwrap();
    fill(&server, rules, "busy", 548).await;
    for number in 1..50 {
        fill(&server, rules, &format!("cloud-{number}"), 3).await;
    }
    let (page, bytes) = weighed(&server, "/en/s/busy").await;
    println!("status page: {} testcases, {bytes} of {} bytes", rules.testcases.len(), page.len());
    assert!(bytes < BUDGET, "the status page has {bytes} bytes");
    // Four more stand in the legend.
    assert_eq!(page.matches("class=\"strip\"").count(), rules.testcases.len() + 4, "all strips are there");
    fill(&server, rules, "cloud-1", 1).await;
    let began = std::time::Instant::now();
    weighed(&server, "/en/s/busy").await;
    println!("status page after an upload about another subject: {:?}", began.elapsed());
    let (page, bytes) = weighed(&server, "/en/").await;
    println!("overview: {bytes} of {} bytes", page.len());
    assert_eq!(page.matches("data-state=").count(), 50);
    assert!(bytes < BUDGET, "the overview has {bytes} bytes");
}
