//! Lists of many pages are read to their end, which is where the offender stands.

use super::{assert_complete, cloud, run_calls, settings};
use crate::support::with_verdict;
use rstest::rstest;
use scs_checks::facts::FactKind;
use scs_checks::verdict::Verdict;
use scs_simcloud::{Service, State, ids};
use serde_json::json;

/// Adds images until there are so many; the last one lacks a property.
fn images(state: &mut State, number: usize) {
    let mut sample = state.images[0].clone();
    while state.images.len() < number {
        sample.id = ids::uuid(&format!("image {}", state.images.len()));
        sample.name = Some(format!("Image {}", state.images.len()));
        // Glance begins with the newest.
        sample.created_at -= chrono::TimeDelta::seconds(1);
        state.images.push(sample.clone());
    }
    state.images.last_mut().unwrap().properties.shift_remove("os_version");
}

#[rstest]
#[case::one_page(999, 1)]
#[case::a_full_page(1000, 2)]
#[case::three_pages(2500, 3)]
#[case::full_last_page(2000, 3)]
#[tokio::test]
async fn all_images_are_read(#[case] number: usize, #[case] pages: usize) {
    let cloud = cloud(|state| images(state, number)).await;
    let report = run_calls(&settings(&cloud, &json!({}))).await;
    assert_eq!(report.facts[&FactKind::Images].items, Some(number));
    assert_eq!(report.facts[&FactKind::Images].requests.len(), pages);
    assert_eq!(cloud.count(|request| request.service == Some(Service::Image)), pages);
    let findings = &report.testcases["scs-0102-prop-os_version"].findings;
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].resource.as_ref().unwrap().name, format!("Image {}", number - 1));
}

#[rstest]
#[case::modern(scs_simcloud::Version(2, 96), 1500, 2)]
#[case::full_last_page(scs_simcloud::Version(2, 96), 2000, 3)]
#[case::old(scs_simcloud::Version(2, 1), 1100, 2)]
#[tokio::test]
async fn all_flavors_are_read(#[case] version: scs_simcloud::Version, #[case] number: usize, #[case] pages: usize) {
    let cloud = cloud(|state| {
        state.nova.max_microversion = version;
        let mut sample = state.flavors[0].clone();
        while state.flavors.len() < number {
            sample.id = format!("z{:05}", state.flavors.len());
            sample.name = format!("other-{}", state.flavors.len());
            sample.extra_specs.clear();
            state.flavors.push(sample.clone());
        }
        state.flavors.last_mut().unwrap().name = "SCS-1V-x".to_owned();
    })
    .await;
    let report = run_calls(&settings(&cloud, &json!({}))).await;
    assert_eq!(report.facts[&FactKind::Flavors].items, Some(number), "{:?}", report.facts[&FactKind::Flavors].reason);
    assert_eq!(
        cloud.count(|request| request.path().ends_with("/flavors/detail") && request.status == Some(200)),
        pages
    );
    assert_eq!(with_verdict(&report, Verdict::Fail), ["scs-0100-syntax-check"]);
    assert!(cloud.peak_concurrency_of(Service::Compute) <= 8);
}

#[rstest]
#[case(1, 4)]
#[case(2, 2)]
#[case(3, 2)]
#[case(4, 1)]
#[tokio::test]
async fn all_volume_types_and_rules_are_read(#[case] size: usize, #[case] at_least: usize) {
    let cloud = cloud(|state| {
        state.cinder.max_page = size;
        state.neutron.max_page = Some(size);
    })
    .await;
    let report = run_calls(&settings(&cloud, &json!({}))).await;
    assert_complete(&report);
    for kind in [FactKind::VolumeTypes, FactKind::DefaultSecurityGroupRules] {
        assert_eq!(report.facts[&kind].items, Some(4));
        assert!(report.facts[&kind].requests.len() >= at_least, "{kind}");
    }
}
