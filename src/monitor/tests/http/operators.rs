//! Comparing nights, and the dashboard of those who run tests.

use crate::server::{Database, Server, words};
use chrono::TimeDelta;
use reqwest::StatusCode;
use rstest::rstest;

const REGISTRY: &str = "
operators: [{name: acme, title: ACME Clouds}]
subjects:
  - {name: acme-cloud, title: ACME Cloud, operator: acme, regions: [cloud-a, cloud-b]}
  - {name: lonely, title: Lonely Cloud, operator: acme, regions: [lone]}
  - {name: silent, operator: acme, regions: [never]}
certificates:
  - {id: ends-soon, subject: lonely, scope: small-scope, version: v1, issued: 2025-12-10}
";

const NOON: &str = "2026-11-30T12:00:00Z";

const GOOD: &[(&str, i8)] = &[("a", 1), ("b", 1)];
const BAD: &[(&str, i8)] = &[("a", 1), ("b", -1)];

fn assert_contains(text: &str, expected: &[&str]) {
    for expected in expected {
        assert!(text.contains(expected), "\"{expected}\" is missing in: {text}");
    }
}

#[rstest]
#[tokio::test]
async fn two_nights_stand_side_by_side(#[values(Database::Sqlite, Database::Postgres)] database: Database) {
    let Some(server) = Server::start_with_registry(database, REGISTRY, NOON).await else { return };
    let path = "/en/s/lonely/small-scope/compare";
    assert!(words(&server.text(path).await).contains("There is no night with a report yet."));
    server.report("lone", "lone", TimeDelta::hours(9 + 72), GOOD).await;
    server.report("lone", "lone", TimeDelta::hours(9), BAD).await;
    let page = server.text(path).await;
    assert!(page.contains("method=\"get\"") && page.contains("<option value=\"2026-11-27\" selected>"), "{page}");
    let text = words(&page);
    assert_contains(
        &text,
        &[
            "27 November 2026 and 30 November 2026",
            "v2 compliant failing",
            "What differs (1)",
            "b passed failed",
            "What is the same (2)",
            "a passed",
        ],
    );
    let silent = words(&server.text(&format!("{path}?a=2026-11-29&b=2026-11-30")).await);
    assert_contains(
        &silent,
        &[
            "Nothing was reported for the night of 29 November 2026",
            "a not tested passed",
            "nothing was recorded failing",
        ],
    );
    let german = words(&server.text("/de/s/lonely/small-scope/compare").await);
    assert_contains(&german, &["Was sich unterscheidet (1)", "b bestanden nicht bestanden"]);
    let regions = words(&server.text("/en/s/acme-cloud/small-scope/compare?a=2026-11-29&b=2026-11-30").await);
    assert_contains(&regions, &["no night with a report"]);
    let policy = server.get(path).await.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("form-action 'self'"), "{policy}");
}

#[rstest]
#[case("/en/s/lonely/small-scope/compare?a=yesterday", 422)]
#[case("/en/s/lonely/small-scope/compare?b=2026-13-01", 422)]
#[case("/en/s/lonely/nothing/compare", 404)]
#[case("/en/s/nobody/small-scope/compare", 404)]
#[case::any_day_is_fine("/en/s/lonely/small-scope/compare?a=1900-01-01&b=9999-12-31", 200)]
#[case::the_other_way_round("/en/s/lonely/small-scope/compare?a=2026-11-30&b=2026-11-29", 200)]
#[case::the_same("/en/s/lonely/small-scope/compare?a=2026-11-30&b=2026-11-30", 200)]
#[case::empty("/en/s/lonely/small-scope/compare?a=&b=", 200)]
#[tokio::test]
async fn days_are_read_strictly(#[case] path: &str, #[case] expected: u16) {
    let server = Server::start_with_registry(Database::Sqlite, REGISTRY, NOON).await.unwrap();
    server.report("lone", "lone", TimeDelta::zero(), GOOD).await;
    assert_eq!(server.get(path).await.status().as_u16(), expected);
}

#[rstest]
#[tokio::test]
async fn dashboard_shows_each_account_its_own(#[values(Database::Sqlite, Database::Postgres)] database: Database) {
    let Some(server) = Server::start_with_registry(database, REGISTRY, NOON).await else { return };
    assert_eq!(server.get("/en/dashboard").await.status(), StatusCode::UNAUTHORIZED);
    server.report("lone", "lone", TimeDelta::hours(9 + 72), GOOD).await;
    server.report("lone", "lone", TimeDelta::hours(9 + 48), BAD).await;
    server.report("cloud-a", "cloud-a", TimeDelta::hours(9), GOOD).await;
    server.report("zuul_ci", "cloud-b", TimeDelta::hours(9), GOOD).await;
    let (status, _) = server.upload("no-role", "---\nnonsense: true\n").await;
    assert!(status.is_client_error());
    let page = async |account: &str| {
        let response = server.get_as(account, "/en/dashboard").await;
        assert_eq!(
            (response.status(), &response.headers()["cache-control"]),
            (StatusCode::OK, &"no-store".parse().unwrap())
        );
        words(&response.text().await.unwrap())
    };
    let lone = page("lone").await;
    assert_contains(
        &lone,
        &[
            "Expected, and not arrived (1)",
            "lone Small scope 2026-11-28 03:00",
            "Difference to the night before (1)",
            "b: passed → failed",
            "lone, Small scope: a (2026-12-07 00:00)",
            "ends-soon (Small scope v1) 9 December 2026",
            "Accepted uploads of the last 7 days (2)",
            "Refused uploads of the last 7 days (0)",
        ],
    );
    assert!(!lone.contains("cloud-a") && !lone.contains("never") && !lone.contains("zuul_ci"), "{lone}");
    let delegate = page("zuul_ci").await;
    assert_contains(&delegate, &["Expected, and not arrived (0)", "Accepted uploads of the last 7 days (1)"]);
    assert!(!delegate.contains("lone"), "{delegate}");
    let refused = page("no-role").await;
    assert_contains(&refused, &["Refused uploads of the last 7 days (1)", "Accepted uploads of the last 7 days (0)"]);
    let all = page("admin").await;
    assert_contains(
        &all,
        &[
            "all subjects",
            "Expected, and not arrived (2)",
            "never",
            "Accepted uploads of the last 7 days (4)",
            "no-role",
        ],
    );
    let again = server.get("/en/dashboard").await;
    assert_eq!(again.status(), StatusCode::UNAUTHORIZED, "nothing is kept for others");
    let german = server.get_as("lone", "/de/dashboard").await.text().await.unwrap();
    assert_contains(&words(&german), &["Erwartet und nicht eingetroffen (1)", "Arbeitsübersicht"]);
}
