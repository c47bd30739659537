use super::*;
use crate::accept::UploadedReport;
use crate::accounts::{AccountEntry, KeyEntry, Role};
use crate::judge::{Results, Rulebook, is_worse};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use scs_checks::definition::{Definitions, Source};
use std::sync::Arc;
use uuid::Uuid;

const SCOPE: &str = "
uuid: 11111111-2222-4333-8444-555555555555
name: Small scope
url: https://example.org/scope.yaml
scripts: [{executable: x.py, testcases: [{id: a}, {id: b, lifetime: day}]}]
modules: [{id: m, targets: {main: [a, b]}}]
timeline: [{date: 2025-01-01, versions: {v1: effective}}]
versions: [{version: v1, stabilized_at: 2025-01-01, include: [m]}]
";

fn rulebook() -> Rulebook {
    let mut definitions = Definitions::load(&[]).unwrap();
    definitions.add_scope(&Source::new("scope.yaml", SCOPE.as_bytes()).unwrap()).unwrap();
    Rulebook::new(&definitions)
}

async fn sqlite(folder: &tempfile::TempDir, name: &str) -> Store {
    let store = Store::connect(&format!("sqlite:{}", folder.path().join(name).display())).await.unwrap();
    store.migrate().await.unwrap();
    store
}

fn upload(uuid: u128, subject: &str, checked_at: &str, results: &[(&str, i8)]) -> NewUpload {
    let mut uploaded = Results::default();
    results.iter().for_each(|(id, number)| uploaded.add("*", id, *number));
    NewUpload {
        id: Uuid::new_v4().to_string(),
        arrived_at: now(),
        uploader: "ci".to_owned(),
        fingerprint: "SHA256:x".to_owned(),
        signature: "-----BEGIN SSH SIGNATURE-----".to_owned(),
        media_type: "application/x-signed-yaml",
        content: compressed(b"---\nsigned: bytes\n").unwrap(),
        reports: vec![UploadedReport {
            uuid: Uuid::from_u128(uuid),
            subject: subject.to_owned(),
            scope: Uuid::parse_str("11111111-2222-4333-8444-555555555555").unwrap(),
            checked_at: checked_at.parse().unwrap(),
            creator: None,
            results: uploaded,
        }],
    }
}

fn entry() -> AuditEntry {
    AuditEntry {
        account: "ci".to_owned(),
        address: "127.0.0.1".to_owned(),
        action: "upload",
        outcome: "accepted".to_owned(),
        detail: String::new(),
    }
}

fn now() -> DateTime<Utc> {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

const SCOPE_UUID: &str = "11111111-2222-4333-8444-555555555555";

async fn conclusions(store: &Store) -> Vec<String> {
    let nights = store.nights("s", SCOPE_UUID, "2020-01-01".parse().unwrap()).await.unwrap();
    nights.iter().map(|night| format!("{} {}", night.night, night.conclusion)).collect()
}

#[tokio::test]
async fn an_upload_is_stored_with_all_that_follows_from_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = sqlite(&folder, "a b?.db").await;
    let rulebook = rulebook();
    store.archive(&rulebook, now()).await.unwrap();
    let first = upload(1, "s", "2026-11-18T03:00:00Z", &[("a", 1), ("b", 1)]);
    store.accept(&first, &rulebook, &entry()).await.unwrap();
    let (revision, latest) = store.standing("s", SCOPE_UUID).await.unwrap().unwrap();
    assert_eq!((revision, latest.0.len()), (1, 2));
    assert_eq!(conclusions(&store).await, ["2026-11-18 conformant"]);
    let report = store.report(&Uuid::from_u128(1).to_string()).await.unwrap().unwrap();
    assert_eq!(store.content(&report.upload).await.unwrap().unwrap(), b"---\nsigned: bytes\n");
    assert_eq!(store.upload(&report.upload).await.unwrap().unwrap().subjects, ["s"]);
    assert_eq!(store.audit(10, 0).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_late_report_changes_the_nights_since() {
    let folder = tempfile::tempdir().unwrap();
    let store = sqlite(&folder, "db").await;
    let rulebook = rulebook();
    store.archive(&rulebook, now()).await.unwrap();
    for (uuid, time, results) in [
        (1, "2026-11-16T03:00:00Z", vec![("a", 1), ("b", 1)]),
        (2, "2026-11-18T03:00:00Z", vec![("b", 1)]),
        (3, "2026-11-17T03:00:00Z", vec![("a", -1), ("b", 1)]),
    ] {
        store.accept(&upload(uuid, "s", time, &results), &rulebook, &entry()).await.unwrap();
    }
    assert_eq!(conclusions(&store).await, ["2026-11-18 violation", "2026-11-17 violation", "2026-11-16 conformant"]);
    assert_eq!(store.standing("s", SCOPE_UUID).await.unwrap().unwrap().0, 3);
}

/// Returns an upload that arrived so many hours after its check.
fn arrived(hours: i64, upload: NewUpload) -> NewUpload {
    NewUpload { arrived_at: upload.reports[0].checked_at + TimeDelta::hours(hours), ..upload }
}

#[tokio::test]
async fn late_reports_erase_no_violation() {
    let folder = tempfile::tempdir().unwrap();
    let store = sqlite(&folder, "db").await;
    let rulebook = rulebook();
    store.archive(&rulebook, now() - TimeDelta::days(90)).await.unwrap();
    for (uuid, day) in [(1, 10), (2, 11), (3, 12)] {
        let upload = upload(uuid, "s", &format!("2026-11-{day}T03:00:00Z"), &[("a", -1), ("b", 1)]);
        store.accept(&arrived(1, upload), &rulebook, &entry()).await.unwrap();
    }
    let violations = ["2026-11-12 violation", "2026-11-11 violation", "2026-11-10 violation"];
    assert_eq!(conclusions(&store).await, violations);
    for (uuid, day) in [(4, 12), (5, 10), (6, 11)] {
        let upload = upload(uuid, "s", &format!("2026-11-{day}T23:00:00Z"), &[("a", 1), ("b", 1)]);
        store.accept(&arrived(240, upload), &rulebook, &entry()).await.unwrap();
        assert_eq!(conclusions(&store).await, violations);
    }
    // Nor does a report in time, whose nights are judged once more with the late ones among the rest.
    let between = upload(7, "s", "2026-11-11T05:00:00Z", &[("b", 1)]);
    store.accept(&arrived(1, between), &rulebook, &entry()).await.unwrap();
    assert_eq!(conclusions(&store).await, violations);
}

#[tokio::test]
async fn a_late_failure_changes_a_night_and_is_named_and_stays() {
    let folder = tempfile::tempdir().unwrap();
    let store = sqlite(&folder, "db").await;
    let rulebook = rulebook();
    store.archive(&rulebook, now() - TimeDelta::days(90)).await.unwrap();
    let good = upload(1, "s", "2026-11-10T03:00:00Z", &[("a", 1), ("b", 1)]);
    store.accept(&arrived(1, good), &rulebook, &entry()).await.unwrap();
    let nights = || async { store.nights("s", SCOPE_UUID, "2020-01-01".parse().unwrap()).await.unwrap() };
    assert_eq!(nights().await[0].changed_by_report_of, None);
    let failed = arrived(50, upload(2, "s", "2026-11-10T05:00:00Z", &[("a", -1)]));
    store.accept(&failed, &rulebook, &entry()).await.unwrap();
    let late = Some("2026-11-12T07:00:00Z".parse().unwrap());
    for repair in [arrived(60, upload(3, "s", "2026-11-10T06:00:00Z", &[("a", 1)])), {
        arrived(1, upload(4, "s", "2026-11-10T07:00:00Z", &[("a", 1), ("b", 1)]))
    }] {
        let found = nights().await;
        assert_eq!((found[0].conclusion.as_str(), found[0].changed_by_report_of), ("violation", late));
        store.accept(&repair, &rulebook, &entry()).await.unwrap();
    }
    assert_eq!(nights().await[0].conclusion, "violation");
}

#[tokio::test]
async fn a_very_late_report_changes_its_own_night_and_those_of_the_last_three_months() {
    let folder = tempfile::tempdir().unwrap();
    let store = sqlite(&folder, "db").await;
    let rulebook =
        other_rules(&SCOPE.replace("{id: a}", "{id: a, lifetime: year}").replace("main: [a, b]", "main: [a]"));
    store.archive(&rulebook, now() - TimeDelta::days(400)).await.unwrap();
    let good = [("a", 1)];
    let other = [("b", 1)];
    let first = arrived(1, upload(1, "s", "2026-02-01T03:00:00Z", &good));
    store.accept(&first, &rulebook, &entry()).await.unwrap();
    for (uuid, day) in [(2, "02-03"), (3, "06-01"), (4, "11-19")] {
        let upload = arrived(1, upload(uuid, "s", &format!("2026-{day}T03:00:00Z"), &other));
        store.accept(&upload, &rulebook, &entry()).await.unwrap();
    }
    store.accept(&upload(5, "s", "2026-02-03T05:00:00Z", &[("a", -1)]), &rulebook, &entry()).await.unwrap();
    let expected = ["11-19 violation", "06-01 conformant", "02-03 violation", "02-01 conformant"];
    assert_eq!(conclusions(&store).await, expected.map(|text| format!("2026-{text}")));
}

/// Returns rules of the same scope by which `v1` demands `a` alone, and others by which it demands `a`, `b` and `c`.
fn other_rules(text: &str) -> Rulebook {
    let mut definitions = Definitions::load(&[]).unwrap();
    definitions.add_scope(&Source::new("scope.yaml", text.as_bytes()).unwrap()).unwrap();
    Rulebook::new(&definitions)
}

#[tokio::test]
async fn a_late_night_is_judged_by_the_rules_that_were_in_force() {
    let folder = tempfile::tempdir().unwrap();
    let store = sqlite(&folder, "db").await;
    let (one, other) = (rulebook(), other_rules(&SCOPE.replace("main: [a, b]", "main: [a]")));
    let day = |text: &str| format!("2026-{text}T00:00:00Z").parse::<DateTime<Utc>>().unwrap();
    // In force: the one, the other, and the one again.
    for (since, rules) in [("03-01", &one), ("05-01", &other), ("05-02", &other), ("07-01", &one)] {
        store.archive(rules, day(since)).await.unwrap();
    }
    for (uuid, time) in [(1, "02-01"), (2, "04-01"), (3, "06-01"), (4, "08-01")] {
        let upload = upload(uuid, "s", &format!("2026-{time}T03:00:00Z"), &[("a", 1)]);
        store.accept(&upload, &one, &entry()).await.unwrap();
    }
    let expected = ["08-01 undecided", "06-01 conformant", "04-01 undecided", "02-01 undecided"];
    assert_eq!(conclusions(&store).await, expected.map(|text| format!("2026-{text}")));
    // Before all rules that are known, those of the nearest night count, not those of today.
    store.archive(&other, day("11-01")).await.unwrap();
    for (uuid, time) in [(5, "02-02"), (6, "01-30"), (7, "11-10")] {
        let upload = upload(uuid, "s", &format!("2026-{time}T03:00:00Z"), &[("a", 1)]);
        store.accept(&upload, &other, &entry()).await.unwrap();
    }
    let found = conclusions(&store).await;
    for night in ["2026-02-02 undecided", "2026-01-30 undecided", "2026-11-10 conformant"] {
        assert!(found.contains(&night.to_owned()), "{night}: {found:?}");
    }
}

#[tokio::test]
async fn nights_of_a_scope_that_becomes_known_later_are_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let store = sqlite(&folder, "db").await;
    for (uuid, day) in [(1, 10), (2, 11)] {
        let upload = upload(uuid, "s", &format!("2026-11-{day}T03:00:00Z"), &[("a", 1), ("b", 1)]);
        store.accept(&arrived(1, upload), &Rulebook::default(), &entry()).await.unwrap();
    }
    assert!(conclusions(&store).await.is_empty());
    let rulebook = rulebook();
    store.archive(&rulebook, now()).await.unwrap();
    assert_eq!(store.catch_up(&rulebook, now()).await.unwrap(), 1);
    assert_eq!(conclusions(&store).await, ["2026-11-11 conformant", "2026-11-10 conformant"]);
    assert_eq!(store.standing("s", SCOPE_UUID).await.unwrap().unwrap().1.0.len(), 2);
    assert_eq!(store.catch_up(&rulebook, now()).await.unwrap(), 0, "once is enough");
}

#[tokio::test]
async fn records_of_the_first_form_are_completed() {
    let folder = tempfile::tempdir().unwrap();
    let store = sqlite(&folder, "db").await;
    let rulebook = rulebook();
    store.archive(&rulebook, now() - TimeDelta::days(90)).await.unwrap();
    for (uuid, day, number) in [(1, 10, 1), (2, 11, -1), (3, 12, 0)] {
        let upload = upload(uuid, "s", &format!("2026-11-{day}T03:00:00Z"), &[("a", number), ("b", 1)]);
        store.accept(&arrived(1, upload), &rulebook, &entry()).await.unwrap();
    }
    let nights = || async { store.nights("s", SCOPE_UUID, "2020-01-01".parse().unwrap()).await.unwrap() };
    let complete = nights().await;
    assert_eq!(complete.iter().filter(|night| night.until.is_some()).count(), 2);
    sqlx::query("UPDATE night SET until_at = NULL").execute(&store.pool).await.unwrap();
    assert_eq!(store.catch_up(&rulebook, now()).await.unwrap(), 1);
    assert_eq!(nights().await, complete);
    assert_eq!(store.catch_up(&rulebook, now()).await.unwrap(), 0);
}

#[tokio::test]
async fn of_eight_equal_uploads_one_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(sqlite(&folder, "db").await);
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                let upload = upload(7, "s", "2026-11-18T03:00:00Z", &[("a", 1)]);
                store.accept(&upload, &rulebook(), &entry()).await
            })
        })
        .collect();
    let mut stored = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(()) => stored += 1,
            Err(error) => assert!(matches!(error, StoreError::Duplicate(_)), "{error}"),
        }
    }
    assert_eq!(stored, 1);
    assert_eq!(store.standing("s", SCOPE_UUID).await.unwrap().unwrap().0, 1, "refused uploads leave no trace");
    assert_eq!(store.audit(10, 0).await.unwrap().len(), 1);
}

#[tokio::test]
async fn accounts_come_back_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let store = sqlite(&folder, "db").await;
    let key = KeyEntry {
        public_key: "AAAA".to_owned(),
        public_key_type: "ssh-ed25519".to_owned(),
        public_key_name: "primary".to_owned(),
    };
    let entries = [
        AccountEntry { subject: "ci".to_owned(), roles: vec![Role::AppendAny], ..AccountEntry::default() },
        AccountEntry {
            subject: "a".to_owned(),
            api_keys: vec!["y".to_owned(), "x".to_owned()],
            keys: vec![key],
            delegates: vec!["ci".to_owned()],
            group: Some("g".to_owned()),
            ..AccountEntry::default()
        },
    ];
    store.replace_accounts(&entries).await.unwrap();
    let revision = store.accounts_revision().await.unwrap();
    let found = store.accounts().await.unwrap();
    assert_eq!((found[0].subject.as_str(), found[0].api_keys.join("")), ("a", "xy".to_owned()));
    assert_eq!((&found[0].delegates, &found[1].roles), (&vec!["ci".to_owned()], &vec![Role::AppendAny]));
    store.replace_accounts(&entries).await.unwrap();
    assert_eq!(store.accounts_revision().await.unwrap(), revision, "nothing has changed");
    store.replace_accounts(&entries[..1]).await.unwrap();
    assert_ne!(store.accounts_revision().await.unwrap(), revision);
    assert_eq!(store.accounts().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_backup_restores_everything() {
    let folder = tempfile::tempdir().unwrap();
    let (store, copy) = (sqlite(&folder, "one").await, sqlite(&folder, "two").await);
    let rulebook = rulebook();
    store.archive(&rulebook, now()).await.unwrap();
    store.accept(&upload(1, "s", "2026-11-18T03:00:00Z", &[("a", 1)]), &rulebook, &entry()).await.unwrap();
    let copied = store.copy_to(&copy).await.unwrap();
    assert!(copied.iter().any(|copied| copied.table == "upload_part" && copied.rows == 1));
    let report = copy.report(&Uuid::from_u128(1).to_string()).await.unwrap().unwrap();
    assert_eq!(copy.content(&report.upload).await.unwrap().unwrap(), b"---\nsigned: bytes\n");
    let since = "2020-01-01".parse().unwrap();
    let nights = store.nights("s", SCOPE_UUID, since).await.unwrap();
    assert!(nights.iter().any(|night| night.changed_by_report_of.is_some()));
    assert_eq!(copy.nights("s", SCOPE_UUID, since).await.unwrap(), nights);
    assert!(matches!(store.copy_to(&copy).await, Err(BackupError::NotEmpty(_))));
}

#[tokio::test]
async fn retired_content_is_gone_and_results_stay() {
    let folder = tempfile::tempdir().unwrap();
    let store = sqlite(&folder, "db").await;
    store.accept(&upload(1, "s", "2026-11-18T03:00:00Z", &[("a", 1)]), &rulebook(), &entry()).await.unwrap();
    assert_eq!(store.retire(now(), now()).await.unwrap().uploads, 0);
    let later = now() + TimeDelta::seconds(1);
    assert_eq!(store.retirable(later).await.unwrap(), Retired { uploads: 1, bytes: 18 });
    assert_eq!(store.retire(later, now()).await.unwrap().uploads, 1);
    let report = store.report(&Uuid::from_u128(1).to_string()).await.unwrap().unwrap();
    assert_eq!(store.content(&report.upload).await.unwrap(), None);
}

#[tokio::test]
async fn results_are_listed_in_pages_with_approvals() {
    let folder = tempfile::tempdir().unwrap();
    let store = sqlite(&folder, "db").await;
    for uuid in 1..=3 {
        let upload = upload(uuid, "s", "2026-11-18T03:00:00Z", &[("a", 1), ("b", -1)]);
        store.accept(&upload, &rulebook(), &entry()).await.unwrap();
    }
    let all = ResultFilter { limit: 100, ..ResultFilter::default() };
    assert_eq!(store.results(&all, now()).await.unwrap().len(), 6);
    assert_eq!(store.results(&ResultFilter { limit: 2, skip: 3, ..all.clone() }, now()).await.unwrap().len(), 2);
    let approved = ResultFilter { approved: Some(true), ..all.clone() };
    assert_eq!(store.results(&approved, now()).await.unwrap().len(), 3);
    let approval = |check: &str| Approval {
        reportuuid: Uuid::from_u128(2).to_string(),
        scopeuuid: SCOPE_UUID.to_owned(),
        version: "*".to_owned(),
        check: check.to_owned(),
        approval: true,
    };
    assert_eq!(store.approve(&[approval("b"), approval("x")], &entry(), now()).await.unwrap(), Some(1));
    assert_eq!(store.results(&approved, now()).await.unwrap().len(), 3, "all or none");
    assert_eq!(store.approve(&[approval("b")], &entry(), now()).await.unwrap(), None);
    assert_eq!(store.results(&approved, now()).await.unwrap().len(), 4);
    assert_eq!(store.audit(10, 0).await.unwrap().len(), 4, "three uploads and one approval");
    assert!(store.results(&ResultFilter { limit: 0, ..all.clone() }, now()).await.unwrap().is_empty());
    let other = ResultFilter { subject: Some("x".to_owned()), ..all };
    assert!(store.results(&other, now()).await.unwrap().is_empty());
    let late = now() + TimeDelta::days(8);
    assert!(store.results(&approved, late).await.unwrap().is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// The law of the record, for any order of arrival: a late upload makes no recorded night better.
    #[test]
    fn no_late_upload_makes_a_recorded_night_better(
        uploads in prop::collection::vec((0_i64..96, any::<bool>(), -1_i8..=1, any::<bool>()), 1..14)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let (store, rulebook) = (sqlite(&folder, "db").await, rulebook());
            store.archive(&rulebook, now() - TimeDelta::days(90)).await.unwrap();
            let nights = || async { store.nights("s", SCOPE_UUID, "2020-01-01".parse().unwrap()).await.unwrap() };
            for (number, (hour, is_late, result, has_b)) in uploads.iter().enumerate() {
                let time = now() - TimeDelta::days(8) + TimeDelta::hours(*hour);
                let both = [("a", *result), ("b", 1)];
                let results = if *has_b { &both[..] } else { &both[..1] };
                let upload = upload(number as u128 + 1, "s", &time.to_rfc3339(), results);
                let before = nights().await;
                let upload = arrived(if *is_late { 300 } else { 1 }, upload);
                store.accept(&upload, &rulebook, &entry()).await.unwrap();
                let after = nights().await;
                for old in before.iter().filter(|old| *is_late || old.changed_by_report_of.is_some()) {
                    let new = after.iter().find(|new| (&new.night, &new.version) == (&old.night, &old.version)).unwrap();
                    assert!(!is_worse(&old.conclusion, &new.conclusion), "{old:?} {new:?}");
                }
            }
        });
    }
}

#[test]
fn an_address_without_a_database_is_refused_without_its_password() {
    for address in ["mysql://user:secret@host/db", "file.db", ""] {
        let message = address_of(address).unwrap_err().to_string();
        assert!(!message.contains("secret") && message.contains("sqlite:PATH"), "{message}");
    }
}
