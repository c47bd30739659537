//! The published schemas accept what we write, and refuse what the loader refuses.

use crate::generated::schemas;
use crate::support::{SCOPE, STANDARD, check, conformant};
use jsonschema::Validator;
use rstest::rstest;
use scs_reports::judge::{self, Recording};
use scs_simcloud::{Failure, Fault, Service, SimCloud};
use scs_subjects::run::{self, CollectRequest};
use scs_subjects::watch::Stop;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::time::Duration;

fn validator(name: &str) -> Validator {
    let schema: Value = serde_json::from_str(&schemas()[name]).unwrap();
    jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
}

/// Returns the violations of the schema.
pub fn objections(name: &str, instance: &Value) -> String {
    let validator = validator(name);
    let errors = validator.iter_errors(instance).map(|error| format!("{}: {error}\n", error.instance_path()));
    errors.collect()
}

fn assert_valid(name: &str, instance: &Value) {
    let objections = objections(name, instance);
    assert!(objections.is_empty(), "{objections}");
}

#[rstest]
#[case("iaas", "standard.json", 13)]
#[case("scopes", "scope.json", 1)]
fn every_definition_names_its_schema_and_fits(#[case] folder: &str, #[case] schema: &str, #[case] at_least: usize) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("standards").join(folder);
    let mut seen = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let modeline = text.lines().next().unwrap().strip_prefix("# yaml-language-server: $schema=").unwrap();
        assert!(folder.join(modeline).exists() && modeline.ends_with(schema), "{}: {modeline}", path.display());
        let objections = objections(schema, &serde_yaml::from_str(&text).unwrap());
        assert!(objections.is_empty(), "{}: {objections}", path.display());
        seen += 1;
    }
    assert!(seen >= at_least);
}

/// A piece of the standard is replaced, and the schema says something like this.
#[rstest]
#[case::as_it_is("", "", "")]
#[case::unknown_key("title: Services\n", "titel: Services\n", "'titel' was unexpected")]
#[case::missing_key("standard: scs-0123\n", "", "\"standard\" is a required property")]
#[case::unknown_check("service-present", "service-presnt", "'service-presnt' was unexpected")]
#[case::no_check("{service-present: {types: [compute]}}", "{}", "less than 1 property")]
#[case::unknown_parameter("types:", "type:", "'type' was unexpected")]
#[case::missing_parameter("{types: [compute]}", "{}", "\"types\" is a required property")]
#[case::empty_list("types: [compute]", "types: []", "less than 1 item")]
#[case::no_list("types: [compute]", "types: compute", "not of type \"array\"")]
#[case::nothing_accepted(
    "service-present: {types: [compute]}",
    "image-property: {name: x, accepts: {}}",
    "less than 1 property"
)]
#[case::no_image("service-present: {types: [compute]}", "image-present: {nam: Debian}", "'nam' was unexpected")]
#[case::no_number("service-present: {types: [compute]}", "image-number: {name: min_ram, at_least: -1}", "minimum")]
#[case::no_flavor("service-present: {types: [compute]}", "standard-flavor: {name: m1.tiny}", "does not match")]
#[case::unknown_word("section: light", "section: lite", "not valid under any of the schemas")]
#[case::unknown_level("level: must", "level: shall", "not valid under any of the schemas")]
#[case::unknown_target("main: [", "mian: [", "\"mian\" is not one of")]
#[case::empty_target("main: [scs-0123-service-compute]", "main: []", "less than 1 item")]
#[case::nothing_behind("title: Services v1", "title:", "not of type \"string\"")]
#[case::optional_but_nothing("clauses: [presence]\n", "clauses: [presence]\n    remedy:\n", "not of type \"string\"")]
#[case::plain_http("url: https://example.org/v1", "url: http://example.org/v1", "does not match")]
fn a_mistake_is_seen_in_the_editor(#[case] piece: &str, #[case] replacement: &str, #[case] expected: &str) {
    assert!(STANDARD.contains(piece), "nothing is replaced");
    let text = STANDARD.replacen(piece, replacement, 1);
    let objections = objections("standard.json", &serde_yaml::from_str(&text).unwrap());
    assert_eq!(objections.is_empty(), expected.is_empty(), "{objections}");
    assert!(objections.contains(expected), "{objections}");
}

#[rstest]
#[case::as_it_is("", "", "")]
#[case::bad_date("date: 2026-06-11", "date: 2026-6-11", "does not match")]
#[case::no_such_day("date: 2026-06-11", "date: 2026-06-31", "is not a \"date\"")]
#[case::unknown_validity("effective", "efective", "not valid under any of the schemas")]
#[case::nothing_included("include: [scs-0123-v1]", "include: []", "less than 1 item")]
#[case::no_uuid("50393e6f-2ae1", "50393e6f", "is not a \"uuid\"")]
fn a_mistake_in_a_scope_is_seen_too(#[case] piece: &str, #[case] replacement: &str, #[case] expected: &str) {
    assert!(SCOPE.contains(piece), "nothing is replaced");
    let text = SCOPE.replacen(piece, replacement, 1);
    let objections = objections("scope.json", &serde_yaml::from_str(&text).unwrap());
    assert_eq!(objections.is_empty(), expected.is_empty(), "{objections}");
    assert!(objections.contains(expected), "{objections}");
}

/// Starts a cloud with something of everything: passes, failures, what went wrong and what was not tested.
async fn mixed() -> SimCloud {
    let cloud = SimCloud::start(conformant(|state| {
        state.remove_flavor("SCS-1V-4");
    }))
    .await
    .unwrap();
    cloud.plant(Fault::new(Failure::status(500)).service(Service::BlockStorage));
    cloud
}

#[tokio::test]
async fn a_report_fits_its_schema() {
    let cloud = mixed().await;
    let report = serde_json::to_value(check(&cloud).await).unwrap();
    assert_valid("report.json", &report);
    for (pointer, expected) in [("/testcases", "a required property"), ("/tool/version", "a required property")] {
        let mut broken = report.clone();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        broken.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(key);
        assert!(objections("report.json", &broken).contains(expected), "{pointer}");
    }
    let mut broken = report;
    broken["facts"]["imagse"] = broken["facts"]["images"].clone();
    assert!(objections("report.json", &broken).contains("\"imagse\" is not one of"));
}

#[tokio::test]
async fn a_recording_fits_its_schema() {
    let cloud = mixed().await;
    let plan = judge::plan(
        crate::support::embedded(),
        &crate::support::embedded().scopes["scs-compatible-iaas"],
        &crate::support::Run::default().selection,
    )
    .unwrap();
    let request = CollectRequest {
        subject: Some("sim".to_owned()),
        deadline: Some(Duration::from_secs(60)),
        limits: crate::support::hasty(),
        ..CollectRequest::new(crate::support::of(&cloud))
    };
    let recording = Recording::of(
        run::collect(request, plan.needs, &scs_subjects::watch::Events::none(), Stop::default()).await,
        crate::support::tool(),
    );
    let mut json = serde_json::to_value(&recording).unwrap();
    assert_valid("facts.json", &json);
    json["collected"]["facts"]["cloud"]["images"]["known"][0]["colour"] = "red".into();
    assert!(!objections("facts.json", &json).is_empty());
}
