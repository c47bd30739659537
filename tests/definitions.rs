//! The built-in definitions say what the published scope says.

use rstest::rstest;
use scs_checks::definition::{Definitions, Regime, Source, Target};
use scs_standards as definitions;
use std::collections::BTreeSet;

const PUBLISHED: &str = include_str!("fixtures/upstream/scs-compatible-iaas.yaml");

/// Ids that today's suite implements without declaring them.
const UNDECLARED: [&str; 4] =
    ["scs-0104-image-debian-10", "scs-0104-image-debian-11", "scs-0104-image-ubuntu-2004", "scs-0104-source-debian-10"];

/// What the second text of scs-0104 demands; the published file of 2026-08-21 has none of it.
const SECOND_TEXT: [&str; 8] = [
    "scs-0104-generic-source-ubuntu",
    "scs-0104-generic-source-debian",
    "scs-0104-capi-properties",
    "scs-0104-latest-ubuntu-lts",
    "scs-0104-previous-ubuntu-lts",
    "scs-0104-latest-debian",
    "scs-0104-previous-debian",
    "scs-0104-capi-present",
];

/// Rules of our own, which are shown and never decide.
const PREVIEW: [&str; 21] = [
    "scs-0100-naming-quality",
    "scs-0101-cpu-entropy-instructions",
    "scs-0102-strict-os_version",
    "scs-0102-strict-os_distro",
    "scs-0102-strict-hw_disk_bus",
    "scs-0102-strict-hypervisor_type",
    "scs-0102-strict-image_build_date",
    "scs-0102-strict-image_original_user",
    "scs-0102-strict-image_source",
    "scs-0102-strict-provided_until",
    "scs-0102-strict-uuid_validity",
    "scs-0102-license-flags",
    "scs-0102-maintained_until",
    "scs-0102-l1_support_contact",
    "scs-0103-extra-specs-all",
    "scs-0104-image-upload",
    "scs-0115-parent-ingress",
    "scs-0115-custom-group",
    "scs-0116-payload-roundtrip",
    "scs-0121-cross-attach",
    "scs-0123-canonical-type",
];

/// Testcases of what the texts of included standards demand, which the published scope does not have.
const TEXT: [&str; 13] = [
    "scs-0121-zones",
    "scs-0123-version-documents",
    "scs-0123-s3-round-trip",
    "scs-0302-role",
    "scs-0302-users",
    "scs-0302-projects",
    "scs-0302-groups",
    "scs-0302-assignments",
    "scs-0302-foreign-domain",
    "scs-0302-no-role-changes",
    "scs-0302-no-admin",
    "scs-0302-no-escalation",
    "scs-0302-scope",
];

fn published(definitions: &mut Definitions) -> String {
    let source = Source::new("scs-compatible-iaas.yaml", PUBLISHED.as_bytes()).unwrap();
    let (id, warnings) = definitions.add_scope(&source).unwrap();
    assert_eq!(warnings, [], "every published testcase is known");
    id
}

fn main_of(definitions: &Definitions, scope: &str, version: &str) -> BTreeSet<String> {
    definitions.scopes[scope].versions[version].target(Target::Main).iter().cloned().collect()
}

#[test]
fn every_published_testcase_is_defined() {
    let mut definitions = definitions::embedded().unwrap();
    let own: BTreeSet<String> = definitions.testcases().map(|testcase| testcase.id.clone()).collect();
    let scope = published(&mut definitions);
    let mut expected: BTreeSet<String> = definitions.scopes[&scope].testcases.iter().cloned().collect();
    assert_eq!(expected.len(), 91);
    expected.extend(UNDECLARED.into_iter().chain(PREVIEW).chain(SECOND_TEXT).chain(TEXT).map(str::to_owned));
    let missing: Vec<&String> = expected.difference(&own).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// Only the second text of scs-0104 makes one of them decide: the upload of an image.
#[test]
fn our_own_rules_are_only_in_preview() {
    let definitions = definitions::embedded().unwrap();
    let in_second_text = |id: &str| id == "scs-0104-image-upload" || SECOND_TEXT.contains(&id);
    for (name, version) in &definitions.scopes["scs-compatible-iaas"].versions {
        let is_draft = ["next", "v6"].contains(&name.as_str());
        for target in [Target::Main, Target::Recommended] {
            let own = |id: &&String| PREVIEW.contains(&id.as_str()) || SECOND_TEXT.contains(&id.as_str());
            let deciding = version.target(target).iter().filter(own);
            let deciding: Vec<&String> = deciding.filter(|id| !is_draft || !in_second_text(id)).collect();
            assert_eq!(deciding, [""; 0], "{name} {target}");
        }
    }
    let of_texts = definitions.scopes["scs-compatible-iaas"].versions["v5.1"].target(Target::Text);
    assert!(TEXT.iter().all(|id| of_texts.iter().any(|shown| shown == id)));
    let next = &definitions.scopes["scs-compatible-iaas"].versions["next"];
    assert!(PREVIEW.iter().all(|id| next.targets.values().flatten().any(|shown| shown == id)));
}

#[rstest]
#[case("scs-compatible-iaas", "scs-0128", Regime::Year)]
#[case("scs-compatible-iaas", "scs-0102", Regime::Week)]
#[case("scs-compatible-kaas", "scs-0201", Regime::Year)]
#[case("scs-compatible-kaas", "scs-0210", Regime::Day)]
#[case("scs-compatible-kaas", "scs-0214", Regime::Week)]
#[case("scs-compatible-kaas", "scs-0219", Regime::Year)]
fn standards_are_tested_as_often_as_the_scope_says(
    #[case] scope: &str,
    #[case] standard: &str,
    #[case] regime: Regime,
) {
    assert_eq!(definitions::embedded().unwrap().scopes[scope].regime_of(standard), regime);
}

/// No standard of a certificate is there for its name alone: each has a testcase in `main` or `text` that a run, or a person with
/// evidence, decides.
#[rstest]
#[case("scs-compatible-iaas", "v5.1")]
#[case("scs-compatible-iaas", "v6")]
#[case("scs-compatible-kaas", "v1")]
fn every_standard_of_a_certificate_is_decided_by_something(#[case] scope: &str, #[case] version: &str) {
    let definitions = definitions::embedded().unwrap();
    let version = &definitions.scopes[scope].versions[version];
    let demanding = |target: &&Target| matches!(target, Target::Main | Target::Text);
    let ids = version.targets.iter().filter(|(target, _)| demanding(target)).flat_map(|(_, ids)| ids);
    let decided: BTreeSet<&str> =
        ids.filter_map(|id| definitions.testcase(id)).map(|testcase| testcase.standard.as_str()).collect();
    for included in &version.includes {
        let (standard, _) = included.rsplit_once("-v").unwrap();
        assert!(decided.contains(standard), "{included} decides nothing");
    }
}

/// A result of the version policy counts for more than a week, but the policy is tested daily.
#[test]
fn the_version_policy_is_due_on_the_next_day() {
    let definitions = definitions::embedded().unwrap();
    let testcase = definitions.testcase("version-policy-check").unwrap();
    let checked_at = "2026-11-30T03:00:00Z".parse().unwrap();
    let due = definitions.scopes["scs-compatible-kaas"].next_test(testcase, checked_at).unwrap();
    assert_eq!(due.to_string(), "2026-12-01 03:00:00 UTC");
    assert!(due < testcase.lifetime.expires_at(checked_at).unwrap());
}

#[test]
fn every_version_demands_what_the_published_one_demands() {
    let mut definitions = definitions::embedded().unwrap();
    let versions = ["v5.1", "v4", "v3"];
    let own = versions.map(|version| main_of(&definitions, "scs-compatible-iaas", version));
    let next = main_of(&definitions, "scs-compatible-iaas", "next");
    assert_eq!(next, main_of(&definitions, "scs-compatible-iaas", "v6"));
    let scope = published(&mut definitions);
    let expected = versions.map(|version| main_of(&definitions, &scope, version));
    assert_eq!(own, expected);
    assert_eq!(own.map(|main| main.len()), [54, 39, 16]);
    // What is newest in draft has gone on since: it has the second text of scs-0104.
    let without_images = |main: BTreeSet<String>| -> BTreeSet<String> {
        main.into_iter().filter(|id| !id.starts_with("scs-0104-")).collect()
    };
    assert_eq!(next.len(), 51);
    assert_eq!(without_images(next), without_images(main_of(&definitions, &scope, "next")));
}

#[test]
fn the_timeline_is_the_published_one() {
    let mut definitions = definitions::embedded().unwrap();
    let history = |definitions: &Definitions| {
        let timeline = &definitions.scopes["scs-compatible-iaas"].timeline;
        let mut dates: Vec<_> = timeline.dates().collect();
        dates.sort();
        dates
            .into_iter()
            .map(|date| {
                let mut listed: Vec<String> = timeline
                    .at(date)
                    .unwrap()
                    .iter()
                    .map(|(version, validity)| format!("{version} {validity}"))
                    .collect();
                listed.sort();
                format!("{date}: {}", listed.join(", "))
            })
            .collect::<Vec<_>>()
    };
    let mut own = history(&definitions);
    published(&mut definitions);
    // v6 was merged later.
    assert_eq!(own.pop().as_deref(), Some("2026-09-02: next draft, v5.1 effective, v6 draft"));
    assert_eq!(own, history(&definitions));
    assert_eq!(own.len(), 5);
}

#[test]
fn changing_testcases_are_known_by_their_facts() {
    let definitions = definitions::embedded().unwrap();
    let changing: Vec<&str> = definitions
        .testcases()
        .filter(|testcase| testcase.changes_the_subject())
        .map(|testcase| testcase.id.as_str())
        .collect();
    assert_eq!(
        changing,
        [
            "scs-0101-entropy-avail",
            "scs-0101-fips-test",
            "scs-0101-cpu-entropy-instructions",
            "scs-0104-image-upload",
            "scs-0115-default-rules",
            "scs-0115-custom-group",
            "scs-0116-permissions",
            "scs-0116-payload-roundtrip",
            "scs-0117-test-backup",
            "scs-0121-cross-attach",
            "scs-0123-s3-round-trip",
            "scs-0128-e2e",
            "cncf-k8s-conformance",
            "scs-0211-rwo-volume",
            "scs-0217-privileged-pod",
            "kaas-networking-check",
            "scs-0219-network-policy-probe",
            "scs-0302-role",
            "scs-0302-users",
            "scs-0302-projects",
            "scs-0302-groups",
            "scs-0302-assignments",
            "scs-0302-foreign-domain",
            "scs-0302-no-role-changes",
            "scs-0302-no-admin",
            "scs-0302-no-escalation",
            "scs-0302-scope",
        ]
    );
}

/// A newcomer adds a testcase of an existing kind: one entry and one target line in one file.
#[test]
fn a_testcase_of_a_known_kind_needs_no_rust() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scs-0104-standard-images.yaml");
    let text = include_str!("../standards/iaas/scs-0104-standard-images.yaml");
    let entry = "testcases:\n  - id: scs-0104-image-debian-14\n    description: An image Debian 14 exists.\n    \
                 clauses: [recommended-images]\n    check: {image-present: {name: Debian 14}}\n";
    let text = text.replacen("testcases:\n", entry, 1);
    let preview = "      preview:\n        - scs-0104-image-upload\n";
    let text = text.replacen(preview, &format!("{preview}        - scs-0104-image-debian-14\n"), 1);
    std::fs::write(&path, text).unwrap();
    let definitions = definitions::from_folder(folder.path(), None).unwrap().0;
    assert!(definitions.testcase("scs-0104-image-debian-14").is_some());
}

/// That each example holds is seen by `lint`.
#[test]
fn examples_are_left_out_of_what_is_built_in_unless_they_are_wanted() {
    let (with, without) = (definitions::embedded_with_examples().unwrap(), definitions::embedded().unwrap());
    let number =
        |definitions: &Definitions| definitions.testcases().map(|testcase| testcase.examples.len()).sum::<usize>();
    assert!(number(&with) > 250, "{}", number(&with));
    assert_eq!(number(&without), 0);
    assert_eq!((&with.digest, with.stable_record()), (&without.digest, without.stable_record()));
}
