//! Thirty nights of seven subjects: exactly the expected messages, on both databases, through a real SMTP server.

use crate::server::Database;
use crate::smtp::{SCOPE, Site, Smtp, clock, notices, report};
use chrono::{DateTime, TimeDelta, Utc};
use rstest::rstest;
use scs_monitor::http::{App, notify};
use scs_monitor::store::NoticeRecord;
use std::collections::BTreeSet;

/// The registry: certificates that end, are revoked and hold again, and a statement that falls due.
const REGISTRY: &str = "\
operators:
  - {name: acme, contacts: [{email: ops@acme.example}]}
subjects:
  - {name: calm, operator: acme}
  - {name: failing, operator: acme, contacts: [{email: failing@acme.example, language: de}]}
  - {name: flapping, operator: acme}
  - {name: silent, operator: acme}
  - {name: gaps, operator: acme}
  - {name: ruled, operator: acme}
  - {name: certified, operator: acme, section: certified}
certificates:
  - id: c-1
    subject: certified
    scope: small-scope
    version: v2
    issued: 2025-12-05
    revocations: [{from: 2026-11-10, until: 2026-11-12, reason: images without dates}]
  - {id: c-2, subject: failing, scope: small-scope, version: v2, issued: 2026-06-01}
evidence:
  - {subject: certified, testcase: availability-zones-check, conforms: true, document: 'https://acme.example/', sha256: ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad, person: E, date: 2026-08-01, due: 2026-11-27}
";

/// The nights from Monday, 2 November on: all passed, one failed, no report. From the night of the 17th on there are new rules, by
/// which `ruled` fails.
const NIGHTS: [(&str, &str); 7] = [
    ("calm", "CCCCCCCCCCCCCCCCCCCCCCCCCCCCCC"),
    ("failing", "CCCVVVVVVVVVVVVVCCCCCCCCCCCCCC"),
    ("flapping", "CVCVCVCVCCCCCCCCCCCCCCCCCCCCCC"),
    ("silent", "CCCCC........................C"),
    ("gaps", "CC.CC.CCC.CC..CCCC.CCC.CC.CCCC"),
    ("ruled", "CCCCCCCCCCCCCCCCCCCCCCCCCCCCCC"),
    ("certified", "CCCCCCCCCCCCCCCCCCCCCCCCCCCCCC"),
];

/// The messages: the day and hour, the address and the title.
const EXPECTED: [(&str, &str, &str); 18] = [
    ("11-02 04", "o…@acme.example", "certified: Certificate for v2 holds until 4 December 2026, in 32 days"),
    ("11-03 04", "o…@acme.example", "flapping: 1 of 2 mandatory checks failing since 3 November 2026"),
    ("11-04 04", "o…@acme.example", "certified: Certificate for v2 holds until 4 December 2026, in 30 days"),
    ("11-04 04", "o…@acme.example", "flapping: Compliant with v2 since 4 November 2026"),
    ("11-05 04", "f…@acme.example", "failing: 1 von 2 Pflichtprüfungen nicht bestanden seit 5. November 2026"),
    ("11-05 04", "o…@acme.example", "flapping: The conclusion keeps changing"),
    (
        "11-10 04",
        "o…@acme.example",
        "certified: Certificate for v2 revoked since 10 November 2026: images without dates",
    ),
    ("11-10 04", "o…@acme.example", "silent: 1 of 2 mandatory checks not tested since 8 November 2026"),
    ("11-12 04", "f…@acme.example", "failing: 1 von 2 Pflichtprüfungen nicht bestanden seit 5. November 2026"),
    ("11-12 04", "o…@acme.example", "certified: Certificate for v2 holds again, until 4 December 2026"),
    (
        "11-13 04",
        "o…@acme.example",
        "certified: The statement about availability-zones-check has to be repeated by 27 November 2026, in 14 days",
    ),
    ("11-13 04", "o…@acme.example", "flapping: Compliant with v2 since 10 November 2026"),
    ("11-17 04", "o…@acme.example", "ruled: 1 of 3 mandatory checks failing since 17 November 2026"),
    ("11-18 04", "f…@acme.example", "failing: Erfüllt v2 seit 18. November 2026"),
    ("11-20 04", "o…@acme.example", "certified: Certificate for v2 holds until 4 December 2026, in 14 days"),
    ("11-27 04", "o…@acme.example", "certified: Certificate for v2 holds until 4 December 2026, in 7 days"),
    (
        "11-30 04",
        "o…@acme.example",
        "certified: The statement about availability-zones-check counted until 27 November 2026, and has to be repeated",
    ),
    ("12-01 04", "o…@acme.example", "silent: Compliant with v2 since 1 December 2026"),
];

/// Sentences that bodies have to have: the day, the subject, and the sentence.
const SENTENCES: [(&str, &str, &str); 4] = [
    ("11-05", "flapping", "The conclusion keeps changing: 3 times lately."),
    ("11-12", "failing", "Zur Erinnerung: 1 von 2 Pflichtprüfungen"),
    ("11-13", "flapping", "Stable again after 8 changes: Compliant with v2"),
    ("11-17", "ruled", "This comes from new rules"),
];

async fn night(app: &App, day: usize) {
    for (subject, nights) in NIGHTS {
        let b = match nights.as_bytes().get(day) {
            Some(b'C') => 1,
            Some(b'V') => -1,
            _ => continue,
        };
        let c = if subject == "ruled" { -1 } else { 1 };
        report(app, subject, &[("a", 1), ("b", b), ("c", c)]).await;
    }
}

#[rstest]
#[tokio::test]
async fn thirty_nights(#[values(Database::Sqlite, Database::Postgres)] database: Database) {
    let mail = tempfile::tempdir().unwrap();
    let Some(smtp) = Smtp::start(mail.path(), None) else { return };
    let settings = format!(
        "base_url: https://monitor.example/\nsmtp: {{host: 127.0.0.1, port: {}, tls: none, from: 'SCS <m@monitor.example>'}}\n",
        smtp.port
    );
    let Some(site) = Site::new(database, REGISTRY, &settings) else { return };
    let first: DateTime<Utc> = "2026-11-02T03:00:00Z".parse().unwrap();
    let mut app = site.app("2026-11-02T03:00:00Z").await;
    for day in 0..30 {
        // Each day is a little later than the one before, so that spans of whole days are over.
        let midnight = first + TimeDelta::days(day) + TimeDelta::minutes(day);
        app.settings.clock = clock(midnight);
        if day == 15 {
            site.write("scopes/scs-small.yaml", &SCOPE.replace("RULE", "b, c"));
            app.reload().await.unwrap();
        }
        night(&app, usize::try_from(day).unwrap()).await;
        for hour in [1, 13] {
            app.settings.clock = clock(midnight + TimeDelta::hours(hour));
            notify(&app).await.unwrap();
        }
        // A restart changes nothing.
        if day % 7 == 3 {
            app.store.close().await;
            app = site.app(&app.now().to_rfc3339()).await;
        }
    }
    let log = notices(&app).await;
    let line = |one: &NoticeRecord| {
        let title = one.title.trim_start_matches("[SCS] ").to_owned();
        (one.made_at.format("%m-%d %H").to_string(), one.to.split(' ').next().unwrap().to_owned(), title)
    };
    let mut found: Vec<(String, String, String)> = log.iter().map(line).collect();
    found.sort();
    let owned = |(at, to, title): (&str, &str, &str)| (at.to_owned(), to.to_owned(), title.to_owned());
    assert_eq!(found, EXPECTED.map(owned), "{found:#?}");
    for (day, subject, sentence) in SENTENCES {
        let is_it = |one: &&NoticeRecord| one.subject == subject && one.made_at.format("%m-%d").to_string() == day;
        let one = log.iter().find(is_it).unwrap();
        assert!(one.body.contains(sentence), "{}", one.body);
    }
    assert!(log.iter().all(|one| one.state == "sent" && one.attempts == 1 && one.answer == "250 2.0.0 taken"));
    let sent: BTreeSet<String> = log.iter().map(|one| format!("<{}@monitor.example>", one.id)).collect();
    let received: Vec<String> =
        smtp.messages().iter().map(|one| one["headers"]["Message-ID"].as_str().unwrap().to_owned()).collect();
    assert_eq!((received.len(), received.into_iter().collect::<BTreeSet<_>>()), (sent.len(), sent));
}
