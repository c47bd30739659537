//! Endpoints of services: addresses as catalogs have them, overrides, regions, interfaces, IPv6.

use super::{assert_aborted, assert_complete, assert_not_let_in, calls, cloud, clouds, run, run_calls, settings};
use crate::support::{conformant, environment, with_verdict};
use rstest::rstest;
use scs_checks::verdict::{ReasonCode, Verdict};
use scs_simcloud::{Interface, Service, SimCloud, State};
use scs_subjects::openstack::config::{self, CloudChoice};
use serde_json::json;

/// Sets the address of a service in the catalog, for all interfaces.
fn set_url(state: &mut State, service_type: &str, url: &str) {
    for endpoint in &mut state.catalog_mut(service_type).unwrap().endpoints {
        endpoint.url = url.to_owned();
    }
}

#[rstest]
#[case("image", "{base}/image/")]
#[case("image", "{base}/image/v2")]
#[case("image", "{base}/image/v2/")]
#[case("compute", "{base}/compute")]
#[case("compute", "{base}/compute/")]
#[case("compute", "{base}/compute/v2.1/")]
#[case("compute", "{base}/compute/v2.1/{project_id}")]
#[case("block-storage", "{base}/volume")]
#[case("block-storage", "{base}/volume/")]
#[case("block-storage", "{base}/volume/v3/{project_id}/")]
#[case("network", "{base}/network/")]
#[case("network", "{base}/network/v2.0")]
#[case("network", "{base}/network/v2.0/")]
#[case("object-store", "{base}/swift/v1")]
#[case("object-store", "{base}")]
#[tokio::test]
async fn addresses_come_in_many_spellings(#[case] service_type: &str, #[case] url: &str) {
    let cloud = cloud(|state| set_url(state, service_type, url)).await;
    assert_complete(&run_calls(&settings(&cloud, &json!({}))).await);
}

#[rstest]
#[case("volumev3", &["scs-0123-canonical-type"])]
#[case("block-storage", &[])]
#[tokio::test]
async fn block_storage_has_many_names(#[case] name: &str, #[case] failing: &[&str]) {
    let cloud = cloud(|state| state.catalog_mut("block-storage").unwrap().service_type = name.to_owned()).await;
    let report = run_calls(&settings(&cloud, &json!({}))).await;
    assert_eq!(with_verdict(&report, Verdict::Fail), failing);
    assert_eq!(with_verdict(&report, Verdict::Abort), [""; 0]);
}

#[rstest]
#[case::deep("/a/b", "/a/b/c/d")]
#[case::almost_a_version("/v9x/identity", "/api-v2/nova")]
#[case::a_version("/v2/identity", "/api/v2x/nova")]
#[tokio::test]
async fn services_stand_below_any_prefix(#[case] identity: &str, #[case] compute: &str) {
    let cloud = cloud(|state| {
        for mount in &mut state.mounts {
            match mount.service {
                Service::Identity => mount.prefix = identity.to_owned(),
                Service::Compute => mount.prefix = compute.to_owned(),
                _ => {}
            }
        }
        set_url(state, "compute", &format!("{{base}}{compute}/v2.1"));
        state.nova.max_page = 10;
    })
    .await;
    assert_complete(&run_calls(&settings(&cloud, &json!({}))).await);
}

#[rstest]
#[case("", "/v3")]
#[case("", "/v3/")]
#[case("/v3", "")]
#[case("/v3/auth/tokens", "")]
#[tokio::test]
async fn the_address_of_keystone_is_taken_as_written(#[case] more: &str, #[case] less: &str) {
    let cloud = cloud(|_| {}).await;
    let mut settings = settings(&cloud, &json!({}));
    let root = cloud.auth_url().trim_end_matches("/v3").to_owned();
    settings["auth"]["auth_url"] = json!(format!("{root}{more}{less}"));
    assert_complete(&run_calls(&settings).await);
}

#[rstest]
#[case("image", "image_endpoint_override", "/image")]
#[case("block-storage", "volumev3_endpoint_override", "/volume/v3/{project_id}")]
#[case("block-storage", "block_storage_endpoint_override", "/volume")]
#[case("compute", "compute_endpoint_override", "/compute/v2.1")]
#[case("object-store", "object_store_endpoint_override", "/")]
#[tokio::test]
async fn an_override_wins_over_the_catalog(#[case] service_type: &str, #[case] key: &str, #[case] path: &str) {
    let cloud = cloud(|state| set_url(state, service_type, "http://127.0.0.1:1/nothing")).await;
    let path = path.replace("{project_id}", &super::project(&cloud.state()));
    let more = json!({key: format!("{}{path}", cloud.base_url())});
    assert_complete(&run_calls(&settings(&cloud, &more)).await);
}

#[rstest]
#[case("http://127.0.0.1:1/image", ReasonCode::Unreachable, "nothing listens on 127.0.0.1:1")]
#[case("not a url", ReasonCode::InvalidAnswer, "image_endpoint_override")]
#[case("", ReasonCode::InvalidAnswer, "image_endpoint_override")]
#[tokio::test]
async fn invalid_address_costs_one_service(#[case] url: &str, #[case] code: ReasonCode, #[case] words: &str) {
    let cloud = cloud(|state| set_url(state, "image", url)).await;
    let message = assert_aborted(&run_calls(&settings(&cloud, &json!({}))).await, Service::Image, code);
    assert!(message.contains(words), "{message}");
}

/// Adds a second region, and lets no service answer in the first one.
fn two_regions(state: &mut State) {
    state.add_region("RegionTwo");
    for entry in state.catalog.iter_mut().filter(|entry| entry.service_type != "identity") {
        entry.endpoints.iter_mut().filter(|endpoint| endpoint.region == "RegionOne").for_each(|endpoint| {
            endpoint.url = "http://127.0.0.1:1".to_owned();
        });
    }
}

#[tokio::test]
async fn the_chosen_region_is_asked() {
    let cloud = cloud(two_regions).await;
    assert_complete(&run_calls(&settings(&cloud, &json!({"region_name": "RegionTwo"}))).await);
    let folder = tempfile::tempdir().unwrap();
    let text = clouds(&settings(&cloud, &json!({})));
    let choice = CloudChoice { cloud: Some("sim"), region: Some("RegionTwo") };
    let chosen = config::load(&environment(folder.path(), &text), choice).unwrap();
    assert_complete(&calls().check(chosen).await);
}

#[rstest]
#[case::none(json!({"region_name": ""}), "several regions and none is chosen: RegionOne, RegionTwo")]
#[case::unknown(json!({"region_name": "RegionThree"}), "no region `RegionThree`; it has: RegionOne, RegionTwo")]
#[case::case_matters(json!({"region_name": "regiontwo"}), "it has: RegionOne, RegionTwo")]
#[tokio::test]
async fn a_region_that_is_not_clear_is_asked_for(#[case] more: serde_json::Value, #[case] words: &str) {
    let cloud = cloud(two_regions).await;
    let message = assert_not_let_in(&run(&settings(&cloud, &more)).await, ReasonCode::Configuration);
    assert!(message.contains(words) && message.contains("--region"), "{message}");
    assert_eq!(cloud.requests().len(), 1);
}

#[tokio::test]
async fn one_region_need_not_be_chosen() {
    let cloud = cloud(|_| {}).await;
    assert_complete(&run_calls(&settings(&cloud, &json!({"region_name": null}))).await);
}

#[rstest]
#[case(json!({"interface": "internal"}))]
#[case(json!({"endpoint_type": "internalURL"}))]
#[tokio::test]
async fn the_chosen_interface_is_asked(#[case] more: serde_json::Value) {
    let cloud = cloud(|state| {
        for endpoint in state.catalog.iter_mut().flat_map(|entry| &mut entry.endpoints) {
            if endpoint.interface != Interface::Internal {
                endpoint.url = "http://127.0.0.1:1".to_owned();
            }
        }
    })
    .await;
    assert_complete(&run_calls(&settings(&cloud, &more)).await);
}

#[tokio::test]
async fn a_service_without_the_interface_is_no_verdict() {
    let cloud = cloud(|state| {
        let endpoints = &mut state.catalog_mut("image").unwrap().endpoints;
        endpoints.retain(|endpoint| endpoint.interface == Interface::Internal);
    })
    .await;
    let report = run_calls(&settings(&cloud, &json!({}))).await;
    let message = assert_aborted(&report, Service::Image, ReasonCode::ServiceAbsent);
    assert!(message.contains("image has no public endpoint"), "{message}");
}

/// Adds a second service beside the first, with what is at another place there.
fn second(service_type: &'static str, url: &'static str) -> impl FnOnce(&mut State) {
    move |state| {
        let mut entry = state.catalog_mut(service_type).unwrap().clone();
        entry.name = "second".to_owned();
        entry.endpoints.iter_mut().for_each(|endpoint| endpoint.url = url.to_owned());
        state.catalog.push(entry);
    }
}

/// Only one of them could be looked at, and which one is chance.
#[rstest]
#[case("image", Service::Image)]
#[case("compute", Service::Compute)]
#[case("network", Service::Network)]
#[case("block-storage", Service::BlockStorage)]
#[case("object-store", Service::ObjectStore)]
#[tokio::test]
async fn two_services_of_a_type_are_no_choice(#[case] service_type: &'static str, #[case] service: Service) {
    let cloud = cloud(second(service_type, "http://127.0.0.1:1/second")).await;
    let message = assert_aborted(&run_calls(&settings(&cloud, &json!({}))).await, service, ReasonCode::InvalidAnswer);
    assert!(message.contains("several endpoints") && message.contains("_endpoint_override"), "{message}");
}

#[tokio::test]
async fn an_override_chooses_among_two_services_of_a_type() {
    let cloud = cloud(second("image", "http://127.0.0.1:1/second")).await;
    let more = json!({"image_endpoint_override": format!("{}/image", cloud.base_url())});
    let report = run_calls(&settings(&cloud, &more)).await;
    assert_complete(&report);
    let findings = &report.testcases["scs-0123-service-image"].findings;
    assert!(findings[0].observed.as_ref().unwrap().contains("http://127.0.0.1:1/second"), "{findings:?}");
}

#[tokio::test]
async fn one_service_that_is_listed_twice_is_one() {
    let cloud = cloud(second("image", "{base}/image")).await;
    assert_complete(&run_calls(&settings(&cloud, &json!({}))).await);
}

#[tokio::test]
async fn ipv6_works() {
    let cloud = SimCloud::builder(conformant(|state| state.glance.max_page = 2)).ipv6().start().await.unwrap();
    assert!(cloud.auth_url().starts_with("http://[::1]:"));
    assert_complete(&run_calls(&settings(&cloud, &json!({}))).await);
}

#[tokio::test]
async fn host_names_work() {
    let cloud = SimCloud::builder(conformant(|_| {})).host("localhost").start().await.unwrap();
    assert_complete(&run_calls(&settings(&cloud, &json!({}))).await);
}
