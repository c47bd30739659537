//! Thirty nights of six subjects: exactly the expected messages, on both databases, through a real SMTP server.

use crate::server::Database;
use crate::smtp::{SCOPE, Site, Smtp, clock, notices, report};
use chrono::{DateTime, TimeDelta, Utc};
use rstest::rstest;
use scs_monitor::http::{App, notify};
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
    ("silent", "CCCCC.........................C"),
    ("gaps", "CC.CC.CCC.CC..CCCC.CCC.CC.CCCC"),
    ("ruled", "CCCCCCCCCCCCCCCCCCCCCCCCCCCCCC"),
    ("certified", "CCCCCCCCCCCCCCCCCCCCCCCCCCCCCC"),
];

/// The messages: the time, the address and the title, or a part of it.
const EXPECTED: &[(&str, &str, &str)] = &[("11-02 04:00", "o…@acme.example", "certified: The statement")];

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
        if day == 15 {
            site.write("scopes/scs-small.yaml", &SCOPE.replace("RULE", "b, c"));
            app.settings.clock = clock(first + TimeDelta::days(15));
            app.reload().await.unwrap();
        }
        app.settings.clock = clock(first + TimeDelta::days(day));
        night(&app, usize::try_from(day).unwrap()).await;
        for hour in [1, 13] {
            app.settings.clock = clock(first + TimeDelta::days(day) + TimeDelta::hours(hour));
            notify(&app).await.unwrap();
        }
        // A restart changes nothing.
        if day % 7 == 3 {
            app.store.close().await;
            app = site.app(&app.now().to_rfc3339()).await;
        }
    }
    let log = notices(&app).await;
    let lines: Vec<(String, String, String)> = log
        .iter()
        .map(|one| {
            let title = one.title.trim_start_matches("[SCS] ").to_owned();
            let to = one.to.split(' ').next().unwrap().to_owned();
            (one.made_at.format("%m-%d %H:%M").to_string(), to, title)
        })
        .collect();
    for (at, to, title) in &lines {
        println!("    (\"{at}\", \"{to}\", \"{title}\"),");
    }
    let lines: Vec<(&str, &str, &str)> =
        lines.iter().map(|(at, to, title)| (at.as_str(), to.as_str(), title.as_str())).collect();
    let sorted = |lines: &[(&'static str, &'static str, &'static str)]| {
        lines.iter().map(|line| format!("{line:?}")).collect::<BTreeSet<_>>()
    };
    let found: BTreeSet<String> = lines.iter().map(|line| format!("{line:?}")).collect();
    assert_eq!(found, sorted(EXPECTED));
    assert!(log.iter().all(|one| one.state == "sent" && one.attempts == 1 && one.answer == "250 2.0.0 taken"));
    let sent: BTreeSet<String> = log.iter().map(|one| format!("<{}@monitor.example>", one.id)).collect();
    let received: Vec<String> =
        smtp.messages().iter().map(|one| one["headers"]["Message-ID"].as_str().unwrap().to_owned()).collect();
    assert_eq!((received.len(), received.into_iter().collect::<BTreeSet<_>>()), (sent.len(), sent));
}
