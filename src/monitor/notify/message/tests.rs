use super::*;
use crate::notify::item::{Cause, CertificateItem, ConclusionItem, EvidenceItem};
use crate::notify::memory::State;
use crate::registry::Registry;
use scs_checks::definition::Source;
use scs_checks::score::Tally;
use serde_json::Value;

const REGISTRY: &str = "\
issuer: {name: Forum, url: 'https://forum.example/'}
operators:
  - {name: acme, contacts: [{email: ops@acme.example, language: de}]}
subjects:
  - {name: cloud, title: ACME Cloud, operator: acme}
  - name: lab
    operator: acme
    contacts: [{email: lab@acme.example}, {webhook: 'https://hooks.acme.example/x'}]
  - {name: lonely, operator: none}
";

fn registry() -> Registry {
    let text = REGISTRY.replace("subjects:", "  - {name: none}\nsubjects:");
    let source = Source::new("registry.yaml", text.as_bytes()).unwrap();
    Registry::parse(&source, &scs_standards::embedded().unwrap()).map_err(|problems| problems.to_string()).unwrap()
}

fn config() -> Config {
    Config::parse(&Source::new("notify.yaml", b"base_url: https://monitor.example/").unwrap()).unwrap()
}

fn now() -> DateTime<Utc> {
    "2026-11-30T06:00:00Z".parse().unwrap()
}

fn message(subject: &str) -> Message {
    let conclusion = ConclusionItem {
        cause: Cause::Changed,
        tested: "r1".to_owned(),
        scope: "scs-compatible-iaas".to_owned(),
        scope_name: "SCS-compatible IaaS".to_owned(),
        version: "v5.1".to_owned(),
        before: Some(State::Conformant),
        conclusion: State::Violation,
        since: Some("2026-11-18".parse().unwrap()),
        counts: Tally { passed: 52, failed: 2, ..Tally::default() },
        failing: vec!["scs-0100-syntax-check".to_owned()],
        tested_at: Some(now()),
        changes: 1,
        new_rules: true,
    };
    let certificate = CertificateItem {
        certificate: "c-1".to_owned(),
        scope_name: "SCS-compatible IaaS".to_owned(),
        version: "v5.1".to_owned(),
        last_day: "2026-12-30".parse().unwrap(),
        days: 30,
        revoked: None,
    };
    let evidence = EvidenceItem {
        tested: "r1".to_owned(),
        testcase: "availability-zones-check".to_owned(),
        last_day: "2026-11-29".parse().unwrap(),
        days: -1,
    };
    let items = vec![
        Item::CertificateEnds(certificate),
        Item::EvidenceOverdue(evidence),
        Item::Conclusion(Box::new(conclusion)),
    ];
    Message { subject: subject.to_owned(), items }
}

#[test]
fn mail_is_in_the_language_of_the_contact() {
    let found = notices(&message("cloud"), &registry(), &config(), now());
    let [german] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(
        german.title,
        "[SCS] ACME Cloud: 2 von 54 Pflichtprüfungen nicht bestanden seit 18. November 2026 (und 2 weitere)"
    );
    let expected = "\
ACME Cloud
https://monitor.example/s/cloud

* r1 – SCS-compatible IaaS v5.1
  2 von 54 Pflichtprüfungen nicht bestanden seit 18. November 2026 (vorher: erfüllt).
  Nicht bestanden: scs-0100-syntax-check und 1 weitere
  Das kommt von neuen Regeln: Nach den bisherigen hätten dieselben Ergebnisse nichts geändert.

* r1 – availability-zones-check
  Der Nachweis zu availability-zones-check galt bis 29. November 2026 und ist zu erneuern.

* Zertifikat c-1 – SCS-compatible IaaS v5.1
  Zertifikat für v5.1 gilt bis 30. Dezember 2026, in 30 Tagen.

-- \n\
Automatisch versandt (scs-0004, Regel 8b) an die Kontakte, die das Register für ACME Cloud nennt.
Änderungen nimmt Forum vor.
";
    assert_eq!(german.body, expected);
    assert_eq!((german.recipient.as_str(), german.channel), ("ops@acme.example", Channel::Mail));
}

#[test]
fn contacts_of_a_subject_count_instead_of_those_of_its_operator() {
    let found = notices(&message("lab"), &registry(), &config(), now());
    let to: Vec<&str> = found.iter().map(|notice| notice.recipient.as_str()).collect();
    assert_eq!(to, ["lab@acme.example", "https://hooks.acme.example/x"]);
    assert!(found[0].body.contains("2 of 54 mandatory checks failing since 18 November 2026 (before: compliant)."));
    let json: Value = serde_json::from_str(&found[1].body).unwrap();
    assert_eq!(
        (json["data"]["subject"].as_str(), json["data"]["items"][0]["kind"].as_str()),
        (Some("lab"), Some("conclusion"))
    );
    assert_eq!(
        (&json["data"]["items"][0]["conclusion"], &json["data"]["items"][0]["new_rules"]),
        (&"violation".into(), &true.into())
    );
    assert!(json["text"].as_str().unwrap().starts_with("[SCS] lab: 2 of 54 mandatory checks failing"));
    assert_ne!(found[0].id, found[1].id);
}

#[test]
fn message_without_a_contact_is_in_the_log() {
    let found = notices(&message("lonely"), &registry(), &config(), now());
    assert_eq!((found.len(), found[0].channel, found[0].recipient.as_str()), (1, Channel::Nobody, ""));
}
