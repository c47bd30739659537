use super::*;
use crate::language::Language;
use chrono::NaiveDate;
use rstest::rstest;
use scs_checks::definition::{Definitions, Source};
use std::sync::LazyLock;

static DEFINITIONS: LazyLock<Definitions> = LazyLock::new(|| scs_standards::embedded().unwrap());

const WHOLE: &str = "\
issuer: {name: Forum, url: https://forum.example/}
operators:
  - name: acme
    title: ACME Clouds
    contacts:
      - {email: ops@acme.example, language: de}
      - {webhook: https://hooks.acme.example/scs}
subjects:
  - {name: acme-cloud, title: ACME Cloud, operator: acme, section: certified, regions: [acme-r1, acme-r2]}
  - {name: acme-kaas, operator: acme, configurations: [acme-cilium], technology: Gardener, tested_by: body}
  - {name: lab, operator: acme, contacts: [{email: lab@acme.example}, {webhook: 'http://127.0.0.1:9/x'}]}
certificates:
  - {id: c-1, subject: acme-cloud, scope: scs-compatible-iaas, version: v5.1, issued: 2025-03-12}
  - id: c-2
    subject: acme-cloud
    covers: [acme-r1]
    scope: scs-compatible-iaas
    version: v5.1
    issued: 2026-03-12
    revocations:
      - {from: 2026-05-01, until: 2026-06-01, reason: images without dates}
      - {from: 2026-11-01, reason: not tested}
evidence:
  - subject: acme-r1
    testcase: availability-zones-check
    conforms: true
    document: https://acme.example/zones.pdf
    sha256: ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015AD
    person: Erika Mustermann
    date: 2026-11-03
waivers:
  - {subject: lab, testcase: scs-0100-syntax-check, reason: old names, owner: acme, expires: 2026-12-31}
";

fn parse(text: &str) -> Result<Registry, String> {
    let source = Source::new("registry.yaml", text.as_bytes()).map_err(|problem| problem.to_string())?;
    Registry::parse(&source, &DEFINITIONS).map_err(|problems| problems.to_string())
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[test]
fn everything_is_read() {
    let registry = parse(WHOLE).unwrap();
    let (name, subject) = registry.subject_of("acme-r2").unwrap();
    assert_eq!((name, subject.title.as_str(), subject.section), ("acme-cloud", "ACME Cloud", Section::Certified));
    assert_eq!(registry.subject_of("lab").unwrap().1.tested, ["lab"]);
    assert_eq!(registry.subject_of("acme-cloud"), None, "its regions are tested, not it");
    assert_eq!(registry.subjects["acme-kaas"].tested_by, TestedBy::Body);
    let ids: Vec<&str> = registry.certificates_of("acme-cloud").map(|one| one.id.as_str()).collect();
    assert_eq!(ids, ["c-2", "c-1"]);
    assert_eq!(registry.certificates[1].covers, ["acme-r1", "acme-r2"]);
    assert_eq!(registry.operators["acme"].contacts.len(), 2);
    assert_eq!(registry.contacts_of("acme-kaas"), registry.operators["acme"].contacts);
    let own = Contact::Email { address: "lab@acme.example".to_owned(), language: Language::En };
    assert_eq!(registry.contacts_of("lab"), [own, Contact::Webhook("http://127.0.0.1:9/x".to_owned())]);
    assert!(registry.contacts_of("other").is_empty());
    assert_eq!(registry.evidence[0].expires_at().unwrap().to_rfc3339(), "2027-04-01T00:00:00+00:00");
    assert_eq!(registry.waivers[0].expires, day("2026-12-31"));
}

#[rstest]
#[case("2026-03-11", "not-yet")]
#[case("2026-03-12", "valid")]
#[case("2026-04-30", "valid")]
#[case("2026-05-01", "revoked")]
#[case("2026-05-31", "revoked")]
#[case("2026-06-01", "valid")]
#[case("2026-10-31", "valid")]
#[case("2026-11-01", "revoked")]
#[case("2027-03-11", "revoked")]
#[case("2027-03-12", "expired")]
fn certificate_has_a_state_on_each_day(#[case] on: &str, #[case] expected: &str) {
    let state = parse(WHOLE).unwrap().certificates[0].state_on(day(on));
    assert_eq!(serde_json::to_value(state).unwrap()["state"], expected);
}

#[rstest]
#[case("2025-03-12", "2026-03-11", "2026-06-11", "2027-03-11")]
#[case("2024-02-29", "2025-02-27", "2025-05-27", "2026-02-27")]
fn pages_outlive_the_certificate(#[case] issued: &str, #[case] last: &str, #[case] online: &str, #[case] kept: &str) {
    let registry = parse(&WHOLE.replace("2025-03-12", issued)).unwrap();
    let certificate = registry.certificates.iter().find(|one| one.id == "c-1").unwrap();
    assert_eq!(
        (certificate.last_day(), certificate.online_until(), certificate.kept_until()),
        (day(last), day(online), day(kept))
    );
}

#[test]
fn revocation_for_good_ends_the_validity() {
    let registry = parse(WHOLE).unwrap();
    assert_eq!(registry.certificates[0].online_until(), day("2027-01-31"));
    assert_eq!(registry.certificates[0].kept_until(), day("2027-10-31"));
}

#[rstest]
#[case("2026-01-10", Some(60))]
#[case("2026-02-09", Some(30))]
#[case("2026-02-10", None)]
#[case("2026-02-25", Some(14))]
#[case("2026-03-04", Some(7))]
#[case("2026-03-11", None)]
fn end_of_a_certificate_is_told_before(#[case] on: &str, #[case] expected: Option<u64>) {
    assert_eq!(parse(WHOLE).unwrap().certificates[1].reminder_on(day(on)), expected);
}

#[test]
fn agreed_day_of_a_statement_counts() {
    let registry = parse(&WHOLE.replace("date: 2026-11-03", "date: 2026-11-03\n    due: 2026-12-10")).unwrap();
    assert_eq!(registry.evidence[0].expires_at().unwrap().to_rfc3339(), "2026-12-11T00:00:00+00:00");
}

#[rstest]
#[case("name: acme\n    title", "nam: acme\n    title", "unknown key \"nam\"", "registry.yaml:3")]
#[case("operator: acme, contacts", "operator: acm, contacts", "there is no operator \"acm\"", "did you mean acme?")]
#[case("name: lab", "name: acme-kaas", "second subject \"acme-kaas\"; the first is in line 10", "rename")]
#[case("name: lab", "name: acme-r1", "second subject of reports \"acme-r1\"", "rename")]
#[case("name: lab", "name: 'a b'", "\"a b\" cannot be the name of a subject", "use letters")]
#[case("regions: [acme-r1, acme-r2]", "regions: []", "", "registry.yaml:9")]
#[case(
    "regions: [acme-r1, acme-r2]",
    "regions: [x], configurations: [y]",
    "regions and configurations",
    "two subjects"
)]
#[case(
    "covers: [acme-r1]",
    "covers: [acme-r3]",
    "no region or configuration of \"acme-cloud\" named \"acme-r3\"",
    "acme-r"
)]
#[case("version: v5.1, issued", "version: v5.2, issued", "there is no version \"v5.2\"", "v5.1")]
#[case("scope: scs-compatible-iaas, ", "scope: scs-compatible-iaaS, ", "there is no scope", "did you mean")]
#[case("id: c-2", "id: c-1", "second certificate \"c-1\"", "rename")]
#[case("until: 2026-06-01", "until: 2026-05-01", "ends before it begins", "correct until")]
#[case("from: 2026-11-01", "from: 2026-05-31", "before the end of the one above", "correct from")]
#[case("from: 2026-05-01", "from: 2026-03-01", "begins before the issue", "correct from")]
#[case("issued: 2026-03-12", "issued: 2026-03-32", "", "registry.yaml:19")]
#[case("email: ops@acme.example", "email: ops", "not an address for e-mail", "NAME@HOST")]
#[case("http://127.0.0.1:9", "http://10.0.0.1:9", "not the address of a webhook", "https://HOST")]
#[case("lab@acme.example", "lab", "not an address for e-mail", "NAME@HOST")]
#[case("webhook: https:", "webhook: http:", "not the address of a webhook", "https://HOST")]
#[case(
    "{email: ops@acme.example, ",
    "{email: ops@acme.example, webhook: https://a.example/, ",
    "either an e-mail or a webhook",
    "two contacts"
)]
#[case("https://forum.example/", "forum.example", "\"forum.example\" is not an address", "https://HOST/PATH")]
#[case(
    "availability-zones-check",
    "availability-zone-check",
    "there is no testcase",
    "did you mean availability-zones-check?"
)]
#[case("testcase: availability-zones-check", "testcase: scs-0100-syntax-check", "decided by a program", "remove")]
#[case("ba7816bf", "ba78", "64 hexadecimal digits", "sha256sum")]
#[case("subject: acme-r1", "subject: acme-cloud", "there is no subject of reports \"acme-cloud\"", "")]
fn mistake_is_named_with_its_place(#[case] from: &str, #[case] to: &str, #[case] message: &str, #[case] help: &str) {
    assert!(WHOLE.contains(from), "{from}");
    let error = parse(&WHOLE.replacen(from, to, 1)).unwrap_err();
    assert!(error.contains(message) && error.contains(help) && error.contains("registry.yaml:"), "{error}");
}

#[test]
fn example_in_the_docs_is_right() {
    let page = include_str!("../../../docs/registry.md");
    let (_, rest) = page.split_once("```yaml\n").unwrap();
    let registry = parse(rest.split_once("```").unwrap().0).unwrap();
    assert_eq!((registry.subjects.len(), registry.certificates.len(), registry.waivers.len()), (3, 1, 1));
}

/// The schema in `docs/` is that of this program; `SCS_UPDATE=1 cargo test` writes it anew.
#[test]
fn schema_is_fresh() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/registry.schema.json");
    let schema = scs_checks::schema::sorted(Registry::schema().as_value());
    let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
    if std::env::var_os("SCS_UPDATE").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap_or_default(), text, "not fresh; run SCS_UPDATE=1 cargo test");
}
