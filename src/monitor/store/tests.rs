//! The store, on SQLite.

mod nights;

use super::*;
use crate::accept::UploadedReport;
use crate::accounts::{AccountEntry, KeyEntry, Role};
use crate::judge::{Results, Rulebook, rulebook_of};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeSet;
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
    rulebook_of(SCOPE)
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
    let (store, archive) = (sqlite(&folder, "db").await, folder.path().join("archive"));
    let nobody = BTreeSet::new();
    store.accept(&upload(1, "s", "2026-11-18T03:00:00Z", &[("a", 1)]), &rulebook(), &entry()).await.unwrap();
    assert_eq!(store.retire(now(), now(), &archive, &nobody).await.unwrap().uploads, 0);
    let later = now() + TimeDelta::seconds(1);
    let certified = BTreeSet::from(["s".to_owned()]);
    let kept = Retired { kept: 1, ..Retired::default() };
    assert_eq!(store.retirable(later, &certified).await.unwrap(), kept);
    assert_eq!(store.retire(later, now(), &archive, &certified).await.unwrap(), kept);
    assert_eq!(store.retirable(later, &nobody).await.unwrap(), Retired { uploads: 1, bytes: 18, kept: 0 });
    assert_eq!(
        store.retire(later, now(), &archive, &nobody).await.unwrap(),
        Retired { uploads: 1, bytes: 18, kept: 0 }
    );
    let report = store.report(&Uuid::from_u128(1).to_string()).await.unwrap().unwrap();
    assert!(report.place.retired);
    assert_eq!(store.content(&report.upload).await.unwrap(), None);
    assert_eq!(store.revive(&archive, Some("other"), now()).await.unwrap(), Retired::default());
    let file = archive.join(format!("{}.zlib", report.upload));
    let kept = std::fs::read(&file).unwrap();
    std::fs::write(&file, &kept[1..]).unwrap();
    let refused = store.revive(&archive, None, now()).await.unwrap_err().to_string();
    assert!(refused.contains(&report.upload) && refused.contains("--archive"), "{refused}");
    std::fs::write(&file, kept).unwrap();
    assert_eq!(store.revive(&archive, Some("s"), now()).await.unwrap(), Retired { uploads: 1, bytes: 18, kept: 0 });
    assert_eq!(store.content(&report.upload).await.unwrap().unwrap(), b"---\nsigned: bytes\n");
    let actions: Vec<String> = store.audit(10, 0).await.unwrap().into_iter().map(|record| record.action).collect();
    assert!(actions.contains(&"retire".to_owned()) && actions.contains(&"revive".to_owned()), "{actions:?}");
}

#[tokio::test]
async fn content_is_read_in_chunks_and_from_one_place_to_another() {
    let folder = tempfile::tempdir().unwrap();
    let store = sqlite(&folder, "db").await;
    let noise: Vec<u8> = (0..3_000_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 11).to_le_bytes()[0]).collect();
    let content = Compressed { documents: std::iter::once(5..2_500_000).collect(), ..compressed(&noise).unwrap() };
    let upload = NewUpload { content, ..upload(1, "s", "2026-11-18T03:00:00Z", &[("a", 1)]) };
    store.accept(&upload, &rulebook(), &entry()).await.unwrap();
    assert_eq!(store.content(&upload.id).await.unwrap().unwrap(), noise);
    let report = store.report(&Uuid::from_u128(1).to_string()).await.unwrap().unwrap();
    assert_eq!((report.place.range, report.place.size), (Some((5, 2_500_000)), 3_000_000));
    for (from, to) in [(5, 2_500_000), (0, 1), (2_999_999, 3_000_000), (65_535, 65_537), (7, 7)] {
        assert_eq!(store.content_between(&upload.id, from, to).await.unwrap().unwrap(), noise[from..to]);
    }
    let mut reader = ContentReader::new(&upload.id);
    while let Some(chunk) = store.read(&mut reader).await.unwrap() {
        assert!(chunk.len() <= 64 << 10);
    }
    assert!(store.read(&mut reader).await.unwrap().is_none());
    assert_eq!(store.content("other").await.unwrap(), None);
}

#[tokio::test]
async fn what_is_not_judged_takes_no_room_in_standings_until_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let store = sqlite(&folder, "db").await;
    let nothing = Rulebook::default();
    store.accept(&upload(1, "s", "2026-11-18T03:00:00Z", &[("a", 1), ("b", -1)]), &nothing, &entry()).await.unwrap();
    assert!(store.revisions().await.unwrap().is_empty(), "the scope is unknown");
    let rulebook = rulebook();
    let made_up: Vec<String> = (0..50).map(|number| format!("made-up-{number}")).collect();
    let results: Vec<(&str, i8)> = made_up.iter().map(|id| (id.as_str(), -1)).chain([("a", 1)]).collect();
    store.accept(&upload(2, "t", "2026-11-18T03:00:00Z", &results), &rulebook, &entry()).await.unwrap();
    assert_eq!(store.standing("t", SCOPE_UUID).await.unwrap().unwrap().1.0.len(), 1);
    assert_eq!(store.report(&Uuid::from_u128(2).to_string()).await.unwrap().unwrap().results.len(), 51, "all is kept");
    assert_eq!(store.new_scopes(&rulebook).await.unwrap(), [SCOPE_UUID]);
    store.archive(&rulebook, now()).await.unwrap();
    assert!(store.new_scopes(&rulebook).await.unwrap().is_empty());
    store.complete_standings(&rulebook.scopes[SCOPE_UUID], now()).await.unwrap();
    assert_eq!(store.standing("s", SCOPE_UUID).await.unwrap().unwrap().1.0.len(), 2, "the scope is known now");
}

#[tokio::test]
async fn rules_that_come_back_find_what_was_reported_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let store = sqlite(&folder, "db").await;
    let less = SCOPE.replace(", {id: b, lifetime: day}", "").replace("main: [a, b]", "main: [a]");
    let (all, less) = (rulebook(), rulebook_of(&less));
    for (uuid, hours, rules, b) in [(1, 2, &all, 1), (2, 1, &less, -1)] {
        store.archive(rules, now() - TimeDelta::hours(hours)).await.unwrap();
        let time = (now() - TimeDelta::hours(hours)).to_rfc3339();
        store.accept(&upload(uuid, "s", &time, &[("a", 1), ("b", b)]), rules, &entry()).await.unwrap();
    }
    let result = || async { store.standing("s", SCOPE_UUID).await.unwrap().unwrap().1.0["b"].result };
    assert_eq!(result().await, 1, "nobody asked for the newer one");
    assert_eq!(store.new_scopes(&all).await.unwrap(), [SCOPE_UUID]);
    store.archive(&all, now()).await.unwrap();
    assert!(store.new_scopes(&all).await.unwrap().is_empty());
    store.complete_standings(&all.scopes[SCOPE_UUID], now()).await.unwrap();
    assert_eq!(result().await, -1);
}

#[tokio::test]
async fn refusals_are_recorded_whatever_is_in_them_and_forgotten_in_time() {
    let folder = tempfile::tempdir().unwrap();
    let store = sqlite(&folder, "db").await;
    let refusal = AuditEntry { outcome: "422".to_owned(), detail: "the key \"a\0b\" twice".to_owned(), ..entry() };
    store.record(&refusal, now()).await.unwrap();
    store.record(&entry(), now()).await.unwrap();
    assert!(store.audit(10, 0).await.unwrap().iter().all(|record| !record.detail.contains('\0')));
    assert_eq!(store.forget_refusals(now()).await.unwrap(), 0);
    assert_eq!(store.forget_refusals(now() + TimeDelta::seconds(1)).await.unwrap(), 1);
    assert_eq!(store.audit(10, 0).await.unwrap()[0].outcome, "accepted");
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
