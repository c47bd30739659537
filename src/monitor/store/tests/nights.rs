//! The record of nights: late reports, other rules, scopes that become known.

use super::{SCOPE, SCOPE_UUID, conclusions, entry, now, rulebook, sqlite, upload};
use crate::judge::{Rulebook, is_worse, rulebook_of};
use crate::store::NewUpload;
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

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
        rulebook_of(&SCOPE.replace("{id: a}", "{id: a, lifetime: year}").replace("main: [a, b]", "main: [a]"));
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

#[tokio::test]
async fn a_late_night_is_judged_by_the_rules_that_were_in_force() {
    let folder = tempfile::tempdir().unwrap();
    let store = sqlite(&folder, "db").await;
    let (one, other) = (rulebook(), rulebook_of(&SCOPE.replace("main: [a, b]", "main: [a]")));
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
async fn catching_up_finds_reports_without_a_standing_and_leaves_out_what_is_made_up() {
    let folder = tempfile::tempdir().unwrap();
    let store = sqlite(&folder, "db").await;
    let made_up: Vec<String> = (0..50).map(|number| format!("made-up-{number}")).collect();
    let results: Vec<(&str, i8)> = made_up.iter().map(|id| (id.as_str(), -1)).chain([("a", 1), ("b", 1)]).collect();
    let upload = upload(1, "s", "2026-11-18T03:00:00Z", &results);
    store.accept(&upload, &Rulebook::default(), &entry()).await.unwrap();
    assert_eq!(store.standing("s", SCOPE_UUID).await.unwrap(), None);
    let rulebook = rulebook();
    store.archive(&rulebook, now()).await.unwrap();
    assert_eq!(store.catch_up(&rulebook, now()).await.unwrap(), 1);
    let latest = store.standing("s", SCOPE_UUID).await.unwrap().unwrap().1;
    assert_eq!(latest.0.keys().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(conclusions(&store).await, ["2026-11-18 conformant"]);
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
async fn a_report_that_is_very_late_changes_few_nights() {
    let folder = tempfile::tempdir().unwrap();
    let store = sqlite(&folder, "db").await;
    let rulebook = rulebook();
    store.archive(&rulebook, now()).await.unwrap();
    for (uuid, time, results) in [
        (1, "2026-06-01T03:00:00Z", vec![("a", 1), ("b", 1)]),
        (2, "2026-11-18T03:00:00Z", vec![("a", 1), ("b", 1)]),
        (3, "2026-05-31T03:00:00Z", vec![("a", -1)]),
    ] {
        store.accept(&upload(uuid, "s", time, &results), &rulebook, &entry()).await.unwrap();
    }
    let expected = ["11-18 conformant", "06-01 conformant", "05-31 violation"];
    assert_eq!(conclusions(&store).await, expected.map(|text| format!("2026-{text}")), "its own alone");
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
