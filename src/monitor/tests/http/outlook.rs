//! Scopes, forecast and help.

use crate::server::{Database, Server, words};
use chrono::TimeDelta;
use rstest::rstest;
use std::fs;

const REGISTRY: &str = "
issuer: {name: Test Board, url: https://board.example/}
operators: [{name: acme, title: ACME Clouds}]
subjects:
  - {name: acme-cloud, title: ACME Cloud, operator: acme, regions: [cloud-a, cloud-b]}
  - {name: lonely, title: Lonely Cloud, operator: acme, regions: [lone]}
certificates:
  - {id: ends-soon, subject: lonely, scope: small-scope, version: v1, issued: 2025-12-10}
  - {id: ends-late, subject: acme-cloud, scope: small-scope, version: v2, issued: 2026-11-01}
evidence:
  - {subject: lone, testcase: availability-zones-check, conforms: true, document: 'https://acme.example/zones.pdf', sha256: ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad, person: Erika Mustermann, date: 2026-05-03}
";

const NOON: &str = "2026-11-30T12:00:00Z";

/// Starts a server that has three reports.
async fn server(database: Database) -> Option<Server> {
    let server = Server::start_with_registry(database, REGISTRY, NOON).await?;
    server.report("cloud-a", "cloud-a", TimeDelta::hours(9), &[("a", 1), ("b", 1)]).await;
    server.report("cloud-b", "cloud-b", TimeDelta::hours(9), &[("a", 1), ("b", 0)]).await;
    server.report("lone", "lone", TimeDelta::hours(9), &[("a", 1), ("b", -1)]).await;
    Some(server)
}

fn assert_contains(text: &str, expected: &[&str]) {
    for expected in expected {
        assert!(text.contains(expected), "\"{expected}\" is missing in: {text}");
    }
}

#[rstest]
#[tokio::test]
async fn scopes_show_versions_standards_and_subjects(
    #[values(Database::Sqlite, Database::Postgres)] database: Database,
) {
    let Some(server) = server(database).await else { return };
    let page = server.text("/en/scopes").await;
    assert!(!page.contains("javascript:") && page.contains("href=\"https://example.org/m1\""), "{page}");
    let text = words(&page);
    assert_contains(
        &text,
        &[
            "v2 in force (effective) 1 June 2020 no end is known 1 May 2020 2",
            "v1 in force, about to expire (warn) 1 June 2020 no end is known 1 January 2020 1",
            "next not in force yet (draft)",
            "m1 First module 1 1 1",
            "m2 1 1 not part",
            "m3 0 not part not part",
            "ACME Cloud not decided 1 of 2 not decided 1 of 2 compliant 2 of 2",
            "Lonely Cloud failing failing compliant",
        ],
    );
    assert_contains(&words(&server.text("/de/scopes").await), &["noch nicht in Kraft (draft)", "nicht erfüllt"]);
}

#[rstest]
#[tokio::test]
async fn forecast_tells_what_changes_and_ends(#[values(Database::Sqlite, Database::Postgres)] database: Database) {
    let Some(server) = server(database).await else { return };
    let path = server.folder.path().join("scopes/scs-small.yaml");
    let rules = fs::read_to_string(&path).unwrap();
    let timeline = "timeline:\n  - {date: 2027-02-01, versions: {next: effective, v2: warn}}\n";
    let rules = rules.replace("timeline:\n", timeline).replace("targets: {recommended: [c]}", "targets: {main: [c]}");
    fs::write(&path, rules).unwrap();
    server.app.reload().await.unwrap();
    let text = words(&server.text("/en/forecast").await);
    assert_contains(
        &text,
        &[
            "v1: in force, about to expire (warn), in force until 31 January 2027",
            "from 1 February 2027: next in force (effective)",
            "from 1 February 2027: v1 no longer in force (deprecated)",
            "Draft next",
            "Compared with v2: 3 mandatory testcases, 1 of them new, 0 dropped.",
            "m3 is new",
            "ACME Cloud cloud-a not tested 2 0 0 1 not tested c",
            "ACME Cloud cloud-b not tested 1 0 1 1",
            "Lonely Cloud failing 1 1 0 1 failed b not tested c",
            "Lonely Cloud Small scope v1 ends-soon 9 December 2026 9 days",
            "Lonely Cloud lone availability-zones-check 30 September 2026 overdue, no longer counts",
        ],
    );
    assert!(!text.contains("ends-late") && !text.contains("Mustermann"), "{text}");
    assert_contains(&words(&server.text("/de/forecast").await), &["Entwurf next", "m3 ist neu", "9 Tage"]);
}

#[tokio::test]
async fn help_explains_every_word_in_both_languages() {
    let server = Server::start_with_registry(Database::Sqlite, REGISTRY, NOON).await.unwrap();
    let english = words(&server.text("/en/help").await);
    for word in [
        "compliant",
        "failing",
        "not decided",
        "not tested",
        "Certified",
        "Listed",
        "Waiver",
        "flapping",
        "Strip",
        "Evidence",
        "draft",
        "effective",
        "warn",
        "deprecated",
        "main",
        "recommended",
        "text",
        "preview",
        "Who uploads",
        "What a signature proves",
        "How long a result counts",
        "Certified and failing",
        "Test Board",
        "Transition",
        "Badge",
        "where to complain",
        "Not proven",
        "Unstable",
    ] {
        assert!(english.contains(word), "{word}");
    }
    let german = words(&server.text("/de/help").await);
    for word in [
        "erfüllt",
        "nicht erfüllt",
        "konform",
        "nicht entschieden",
        "nicht getestet",
        "Zertifiziert",
        "Gelistet",
        "Ausnahme",
        "Unbeständig",
        "Streifen",
        "Nachweise",
        "Entwurf",
        "Wer hochlädt",
        "Was eine Signatur beweist",
        "Wie lange ein Ergebnis zählt",
        "Zertifiziert und nicht konform",
        "Test Board",
        "Plakette",
        "Beschwerden",
    ] {
        assert!(german.contains(word), "{word}");
    }
    for (page, language) in [(server.text("/en/help").await, "en"), (server.text("/de/help").await, "de")] {
        for target in page.split("href=\"#").skip(1).map(|part| part.split('"').next().unwrap()) {
            let exists = target.starts_with(':') || page.contains(&format!("id=\"{target}\""));
            assert!(exists, "{language}: #{target} leads nowhere");
        }
    }
}
