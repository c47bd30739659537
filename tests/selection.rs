//! Selection of versions and testcases, by the built-in definitions.

use rstest::rstest;
use scs_checks::definition::{Definitions, Section, Target};
use scs_checks::facts::FactKind;
use scs_reports::judge::{Plan, PlanError, Selection, plan};
use scs_standards as definitions;

fn selection(date: &str) -> Selection {
    Selection::everything(format!("{date}T12:00:00Z").parse().unwrap())
}

fn planned<'a>(definitions: &'a Definitions, selection: &Selection) -> Result<Plan<'a>, PlanError> {
    plan(definitions, &definitions.scopes["scs-compatible-iaas"], selection)
}

fn versions(plan: &Plan<'_>) -> String {
    let told = plan.versions.iter().map(|planned| {
        let decides = if planned.decides { "!" } else { "" };
        format!("{} {}{decides}", planned.name, planned.validity)
    });
    told.collect::<Vec<_>>().join(", ")
}

#[rstest]
#[case("2026-11-20", &[], "next draft, v6 draft, v5.1 effective!")]
#[case("2026-09-01", &[], "next draft, v5.1 effective!")]
#[case("2025-02-01", &[], "v5.1 effective!, v4 warn!, v3 deprecated")]
#[case("2025-01-31", &[], "v5.1 effective!, v4 effective!, v3 deprecated")]
#[case("2026-11-20", &["v4"], "v4 deprecated!")]
#[case("2026-11-20", &["v5.1", "next"], "next draft!, v5.1 effective!")]
fn the_timeline_or_the_user_chooses_versions(#[case] date: &str, #[case] named: &[&str], #[case] expected: &str) {
    let definitions = definitions::embedded().unwrap();
    let selection = Selection { versions: named.iter().map(|name| (*name).to_owned()).collect(), ..selection(date) };
    assert_eq!(versions(&planned(&definitions, &selection).unwrap()), expected);
}

#[test]
fn by_default_every_testcase_of_every_target_is_selected() {
    let definitions = definitions::embedded().unwrap();
    let plan = planned(&definitions, &selection("2026-11-20")).unwrap();
    assert!(plan.testcases.iter().all(|planned| planned.selected));
    assert!(!plan.selection.partial);
    assert!(plan.testcases.iter().any(|planned| planned.id == "scs-0103-flavor-16v-128"));
    assert!(!plan.testcases.iter().any(|planned| planned.id == "scs-0104-image-debian-13"), "in no target");
}

#[test]
fn a_pattern_chooses_from_all_testcases_and_needs_only_their_facts() {
    let definitions = definitions::embedded().unwrap();
    let selection = Selection { select: vec!["scs-0104-image-debian-*".into()], ..selection("2026-11-20") };
    let plan = planned(&definitions, &selection).unwrap();
    let selected: Vec<&str> =
        plan.testcases.iter().filter(|planned| planned.selected).map(|planned| planned.id).collect();
    assert_eq!(selected.len(), 4, "{selected:?}");
    assert!(selected.contains(&"scs-0104-image-debian-13"));
    assert_eq!(plan.needs.iter().collect::<Vec<_>>(), [FactKind::Images]);
    assert!(plan.selection.partial);
}

/// No security group is created for the testcase that can be decided by reading.
#[rstest]
#[case("scs-0115-default-rules", false)]
#[case("scs-0115-*", true)]
fn a_fallback_is_not_required_unless_another_testcase_requires_it(#[case] pattern: &str, #[case] required: bool) {
    let definitions = definitions::embedded().unwrap();
    let selection = Selection { select: vec![pattern.into()], ..selection("2026-11-20") };
    let needs = planned(&definitions, &selection).unwrap().needs;
    assert!(needs.has(FactKind::FreshSecurityGroup) && needs.requires(FactKind::DefaultSecurityGroupRules));
    assert_eq!(needs.requires(FactKind::FreshSecurityGroup), required);
}

#[test]
fn a_section_narrows() {
    let definitions = definitions::embedded().unwrap();
    let selection = Selection { sections: vec![Section::Medium], ..selection("2026-11-20") };
    let plan = planned(&definitions, &selection).unwrap();
    let selected: Vec<&str> =
        plan.testcases.iter().filter(|planned| planned.selected).map(|planned| planned.id).collect();
    assert_eq!(
        selected,
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
            "scs-0121-zones",
            "scs-0121-cross-attach",
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
        ]
    );
}

#[rstest]
#[case::no_version(Selection { ..selection("2024-01-01") }, "its timeline begins on 2024-12-19")]
#[case::unknown_version(Selection { versions: vec!["v5".into()], ..selection("2026-11-20") }, "has no version \"v5\"")]
#[case::no_match(Selection { select: vec!["scs-0123-service-compte".into()], ..selection("2026-11-20") }, "did you mean scs-0123-service-compute?")]
#[case::no_match_at_all(Selection { select: vec!["zzz*".into()], ..selection("2026-11-20") }, "matches no testcase")]
#[case::no_pattern(Selection { select: vec!["scs-[".into()], ..selection("2026-11-20") }, "is not a valid pattern")]
#[case::nothing(
    Selection { sections: vec![Section::Heavy], targets: vec![Target::Main], ..selection("2026-11-20") },
    "nothing is selected"
)]
#[case::nothing_left(
    Selection { sections: vec![Section::Medium], select: vec!["scs-0114-*".into()], ..selection("2026-11-20") },
    "nothing is selected"
)]
fn a_selection_that_selects_nothing_is_refused(#[case] selection: Selection, #[case] message: &str) {
    let definitions = definitions::embedded().unwrap();
    let error = planned(&definitions, &selection).unwrap_err().to_string();
    assert!(error.contains(message), "{error}");
}
