//! Taking over a database of today's server.

use crate::postgres;
use crate::server::{Database, SCOPE, Server};
use scs_monitor::http::rulebook;
use scs_monitor::import::Legacy;

const TABLES: &str = "
CREATE TABLE meta (key text PRIMARY KEY, value text);
INSERT INTO meta VALUES ('version', 'v4');
CREATE TABLE account (accountid serial PRIMARY KEY, subject text UNIQUE, roles int, \"group\" text);
CREATE TABLE apikey (apikeyid serial PRIMARY KEY, apikeyhash text, accountid int);
CREATE TABLE publickey (keyid serial PRIMARY KEY, key text, keytype text, keyname text, accountid int);
CREATE TABLE delegation (delegateid int, accountid int);
CREATE TABLE report (reportid serial PRIMARY KEY, reportuuid text UNIQUE, checked_at timestamp, subject text, data jsonb);
CREATE TABLE result2 (resultid serial PRIMARY KEY, checked_at timestamp, subject text, scopeuuid text, version text,
                      testcase text, result int, approval bool, reportid int);
INSERT INTO account (subject, roles, \"group\") VALUES ('old-cloud', 0, 'olds'), ('zuul_ci', 2, NULL);
INSERT INTO apikey (apikeyhash, accountid) VALUES ('$2b$04$x', 1);
INSERT INTO delegation VALUES (2, 1);
INSERT INTO report (reportuuid, checked_at, subject, data) VALUES
  ('00000000-0000-4000-8000-000000000001', now() at time zone 'utc', 'old-cloud',
   '{\"subject\": \"old-cloud\", \"run\": {\"invocations\": {}}}'),
  ('no-uuid', '2026-08-17 12:00:00', 'old-cloud', '{}'),
  ('00000000-0000-4000-8000-000000000003', '2999-01-01 00:00:00', 'old-cloud', '{}'),
  ('00000000-0000-4000-8000-000000000004', '2026-08-17 12:00:00', 'old-cloud', '{}'),
  ('00000000-0000-4000-8000-000000000005', '2026-08-17 12:00:00', 'no name', '{}');
INSERT INTO result2 (checked_at, subject, scopeuuid, version, testcase, result, approval, reportid) VALUES
  (now(), 'old-cloud', '11111111-2222-4333-8444-555555555555', '*', 'a', 1, true, 1),
  (now(), 'old-cloud', '11111111-2222-4333-8444-555555555555', '*', 'b', -1, false, 1),
  (now(), 'old-cloud', '11111111-2222-4333-8444-555555555555', '*', 'a', 1, true, 3),
  (now(), 'old-cloud', '11111111-2222-4333-8444-555555555555', '*', 'a', 7, true, 4),
  (now(), 'no name', '11111111-2222-4333-8444-555555555555', '*', 'a', 1, true, 5);
";

#[tokio::test]
async fn a_database_of_today_is_taken_over() {
    let Some(address) = postgres::new_database() else { return };
    postgres::run(&address, TABLES);
    let server = Server::start(Database::Sqlite).await.unwrap();
    let rules = rulebook(server.app.settings.scopes.as_deref()).unwrap();
    let legacy = Legacy::connect(&address).await.unwrap();
    let before = server.app.store.accounts().await.unwrap();
    let counted = legacy.count(Some(&server.app.store)).await.unwrap();
    assert_eq!((counted.accounts, counted.accounts_kept, counted.reports, counted.results), (1, 1, 1, 2));
    let reasons: Vec<&str> = counted.left_out.keys().map(String::as_str).collect();
    let expected =
        ["its id is no UUID", "its subject is no name", "its time is before 2020 or in the future", "it has a result"];
    assert!(expected.iter().all(|expected| reasons.iter().any(|reason| reason.starts_with(expected))), "{reasons:?}");
    assert_eq!(server.json("/status").await, serde_json::json!({}), "counting changes nothing");
    assert_eq!(server.app.store.accounts().await.unwrap(), before);
    assert_eq!(legacy.count(None).await.unwrap().accounts, 2);
    assert_eq!(legacy.import(&server.app.store, &rules).await.unwrap(), counted);
    server.app.board.note_change();
    let found = server.json("/status").await["old-cloud"][SCOPE].clone();
    assert_eq!((&found["results"]["a"]["result"], &found["results"]["b"]["result"]), (&1.into(), &(-1).into()));
    let accounts = server.app.store.accounts().await.unwrap();
    assert!(before.iter().all(|account| accounts.contains(account)), "accounts that are there stay as they are");
    let old = accounts.iter().find(|account| account.subject == "old-cloud").unwrap();
    assert_eq!((old.delegates.join(" "), old.group.as_deref()), ("zuul_ci".to_owned(), Some("olds")));
    let again = legacy.import(&server.app.store, &rules).await.unwrap();
    assert_eq!((again.reports, again.known, again.accounts), (0, 1, 0));
    let uuid = "00000000-0000-4000-8000-000000000001";
    assert_eq!(server.get(&format!("/page/report/{uuid}")).await.status().as_u16(), 200);
    assert_eq!(server.get(&format!("/reports/{uuid}/signature")).await.status().as_u16(), 404);
}

#[tokio::test]
async fn other_versions_are_refused_with_their_number() {
    let Some(address) = postgres::new_database() else { return };
    postgres::run(
        &address,
        "CREATE TABLE meta (key text PRIMARY KEY, value text); INSERT INTO meta VALUES ('version', 'v3')",
    );
    assert!(Legacy::connect(&address).await.unwrap_err().to_string().contains("v3"));
    assert!(Legacy::connect("sqlite:x").await.unwrap_err().to_string().contains("postgres://"));
}
