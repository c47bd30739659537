//! Whole runs against the simulated cloud: what is planted shows, and nothing else does.

use crate::program::Program;
use crate::support::{Run, check, conformant, of, reasons, with_verdict};
use rstest::rstest;
use scs_checks::definition::{Section, Target};
use scs_checks::facts::FactKind;
use scs_checks::verdict::{ReasonCode, Severity, Verdict};
use scs_reports::{CollectionState, SubjectState};
use scs_simcloud::{Failure, Fault, Interface, S3Mode, Service, SimCloud, State, Version};
use scs_subjects::watch::Stop;
use std::time::{Duration, Instant};

#[tokio::test]
async fn conformant_cloud_passes_all_that_can_be_tested() {
    let cloud = SimCloud::start(conformant(|_| {})).await.unwrap();
    let report = check(&cloud).await;
    assert_eq!(with_verdict(&report, Verdict::Fail), [""; 0]);
    assert_eq!(with_verdict(&report, Verdict::Abort), [""; 0]);
    let tally = |version: &str| report.versions[version].targets[&Target::Main].tally;
    assert_eq!((tally("v5.1").passed, tally("v5.1").missing), (50, 4));
    assert_eq!((tally("next").passed, tally("next").missing), (46, 5));
    assert_eq!(tally("v6"), tally("next"), "both include the same");
    let preview = |version: &str| report.versions[version].targets[&Target::Preview].tally;
    assert_eq!((preview("v5.1").passed, preview("v5.1").missing), (15, 7));
    assert_eq!((preview("next").passed, preview("next").missing), (16, 6));
    assert_eq!(report.exit_code().code(), 3);
    assert!(report.testcases.values().all(|result| !result.vacuous || result.verdict == Verdict::Pass));
}

/// What takes a connection more (availability zones, say) is of section medium.
#[rstest]
#[case::light(vec![Section::Light], 6)]
#[case::all(Vec::new(), 18)]
#[tokio::test]
async fn a_run_sends_one_token_request_and_then_everything_at_once(
    #[case] sections: Vec<Section>,
    #[case] number: usize,
) {
    let cloud = SimCloud::start(conformant(|state| state.network.latency_ms = 20)).await.unwrap();
    let mut run = Run::default();
    run.selection.sections = sections;
    run.check(of(&cloud)).await;
    let requests = cloud.requests();
    assert_eq!(requests.len(), number, "{requests:?}");
    assert_eq!(requests[0].method, "POST");
    assert_eq!(cloud.tokens_issued(), 1);
    // A run has at most sixteen requests at the same time.
    assert_eq!(cloud.peak_concurrency(), (number - 1).min(16), "all but the token request overlap");
    assert!(requests.iter().skip(1).all(|request| request.method == "GET"));
    assert!(requests.iter().all(|request| request.user_agent().unwrap().starts_with("scs-conformance/")));
}

/// Nothing has to be told apart where there is one zone; where there are several, a person has to judge, and no testcase passes.
#[rstest]
#[case::one(&["nova"], ReasonCode::NotApplicable, Some(ReasonCode::NotApplicable))]
#[case::two(&["east", "west"], ReasonCode::Manual, Some(ReasonCode::ChangesTheSubject))]
#[tokio::test]
async fn one_availability_zone_does_not_count(
    #[case] names: &[&str],
    #[case] zones: ReasonCode,
    #[case] cross_attach: Option<ReasonCode>,
) {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let cloud = SimCloud::start(conformant(|state| {
        (state.zones.compute, state.zones.storage) = (names.clone(), names.clone());
    }))
    .await
    .unwrap();
    let report = check(&cloud).await;
    let code = |id: &str| report.testcases[id].reason.as_ref().map(|reason| reason.code);
    assert_eq!((code("scs-0121-zones"), code("scs-0121-cross-attach")), (Some(zones), cross_attach));
    let text = report.versions["v5.1"].targets[&Target::Text].tally;
    assert_eq!(text.not_applicable, usize::from(zones == ReasonCode::NotApplicable), "{text:?}");
    let message = &report.testcases["scs-0121-zones"].reason.as_ref().unwrap().message;
    assert!(
        names.iter().all(|name| message.contains(name)) && message.contains("for load balancers: none"),
        "{message}"
    );
}

/// Mistakes of providers, and the testcases that have to show them.
#[rstest]
#[case::flavor_missing(|state: &mut State| { state.remove_flavor("SCS-4V-16-100s"); }, &["scs-0103-flavor-4v-16-100s"])]
#[case::flavor_too_small(|state: &mut State| state.flavor_mut("SCS-1V-4").unwrap().ram = 2048, &["scs-0100-semantics-check", "scs-0103-flavor-1v-4", "scs-0103-extra-specs-all"])]
#[case::flavor_misnamed(|state: &mut State| state.flavor_mut("SCS-8V-32").unwrap().name = "SCS-8V-32x".into(), &["scs-0100-syntax-check"])]
#[case::extra_spec_wrong(|state: &mut State| drop(state.flavor_mut("SCS-2V-4-20s").unwrap().extra_specs.insert("scs:disk0-type".into(), "hdd".into())), &["scs-0103-flavor-2v-4-20s", "scs-0103-extra-specs-all"])]
#[case::property_missing(|state: &mut State| drop(state.image_mut("Debian 12").unwrap().properties.shift_remove("os_distro")), &["scs-0102-prop-os_distro", "scs-0102-strict-os_distro", "scs-0104-previous-debian"])]
#[case::property_wrong(|state: &mut State| drop(state.image_mut("Debian 12").unwrap().properties.insert("hw_disk_bus".into(), "ide".into())), &["scs-0102-prop-hw_disk_bus"])]
#[case::min_ram_unset(|state: &mut State| state.image_mut("Debian 13").unwrap().min_ram = 0, &["scs-0102-prop-min_ram"])]
#[case::foreign_source(|state: &mut State| drop(state.image_mut("Ubuntu 22.04").unwrap().properties.insert("image_source".into(), "https://example.org/x".into())), &["scs-0104-source-ubuntu-2204", "scs-0104-generic-source-ubuntu"])]
#[case::image_missing(|state: &mut State| { state.remove_image("Ubuntu 24.04"); }, &["scs-0104-image-ubuntu-2404", "scs-0104-previous-ubuntu-lts"])]
#[case::source_with_dot_segments(|state: &mut State| drop(state.image_mut("Ubuntu 22.04").unwrap().properties.insert("image_source".into(), "https://cloud-images.ubuntu.com/releases/jammy/../../evil.img".into())), &["scs-0104-source-ubuntu-2204", "scs-0104-generic-source-ubuntu"])]
#[case::image_deactivated(|state: &mut State| state.image_mut("Ubuntu 24.04").unwrap().status = "deactivated".into(), &["scs-0104-image-ubuntu-2404", "scs-0104-previous-ubuntu-lts"])]
#[case::image_without_data(|state: &mut State| state.image_mut("Ubuntu 24.04").unwrap().status = "queued".into(), &["scs-0104-image-ubuntu-2404", "scs-0104-previous-ubuntu-lts"])]
#[case::no_latest_lts(|state: &mut State| { state.remove_image("Ubuntu 26.04"); }, &["scs-0104-latest-ubuntu-lts"])]
#[case::node_image_described_otherwise(|state: &mut State| drop(state.image_mut("ubuntu-capi-image-v1.33.1").unwrap().properties.insert("image_description".into(), "Kubernetes".into())), &["scs-0104-capi-properties"])]
#[case::blank_description(|state: &mut State| drop(state.image_mut("Debian 12").unwrap().properties.insert("image_description".into(), "\u{200b} ".into())), &["scs-0102-prop-image_description"])]
#[case::empty_disk_bus(|state: &mut State| drop(state.image_mut("Debian 12").unwrap().properties.insert("hw_disk_bus".into(), "".into())), &["scs-0102-prop-hw_disk_bus", "scs-0102-strict-hw_disk_bus"])]
#[case::type_of_no_disk(|state: &mut State| drop(state.flavor_mut("SCS-1V-4").unwrap().extra_specs.insert("scs:disk0-type".into(), "ssd".into())), &["scs-0103-flavor-1v-4", "scs-0103-extra-specs-all"])]
#[case::blank_aspect(|state: &mut State| state.volume_types[0].description = Some("[scs: ] fast".into()), &["scs-0114-syntax-check"])]
#[case::unknown_aspect(|state: &mut State| state.volume_types[0].description = Some("[scs:turbo] fast".into()), &["scs-0114-syntax-check"])]
#[case::ingress_allowed(|state: &mut State| { let rule = state.default_rules.iter_mut().find(|rule| rule.direction == "egress").unwrap(); rule.direction = "ingress".into(); }, &["scs-0115-default-rules"])]
#[case::no_load_balancer(|state: &mut State| { state.remove_service("load-balancer"); }, &["scs-0123-service-load-balancer"])]
#[case::load_balancer_without_endpoint(|state: &mut State| state.catalog_mut("load-balancer").unwrap().endpoints.clear(), &["scs-0123-service-load-balancer"])]
#[case::load_balancer_without_address(|state: &mut State| state.catalog_mut("load-balancer").unwrap().endpoints.iter_mut().for_each(|endpoint| endpoint.url.clear()), &["scs-0123-service-load-balancer"])]
#[case::load_balancer_for_administrators(|state: &mut State| state.catalog_mut("load-balancer").unwrap().endpoints.retain(|endpoint| endpoint.interface == Interface::Admin), &["scs-0123-service-load-balancer"])]
#[case::load_balancer_in_another_region(|state: &mut State| state.catalog_mut("load-balancer").unwrap().endpoints.iter_mut().for_each(|endpoint| endpoint.region = "Elsewhere".into()), &["scs-0123-service-load-balancer"])]
#[case::no_s3(|state: &mut State| state.s3.mode = S3Mode::NotS3, &["scs-0123-swift-s3"])]
#[case::no_key_manager(|state: &mut State| { state.remove_service("key-manager"); }, &["scs-0116-presence"])]
#[tokio::test]
async fn a_planted_deviation_shows_in_its_testcases_and_nowhere_else(
    #[case] plant: fn(&mut State),
    #[case] expected: &[&str],
) {
    let cloud = SimCloud::start(conformant(plant)).await.unwrap();
    let report = check(&cloud).await;
    assert_eq!(with_verdict(&report, Verdict::Fail), expected);
    // Who finds no address of a service cannot ask it for its versions.
    let unasked = expected.contains(&"scs-0123-service-load-balancer").then_some("scs-0123-version-documents");
    assert_eq!(with_verdict(&report, Verdict::Abort), Vec::from_iter(unasked));
    for id in expected {
        let result = &report.testcases[*id];
        assert!(result.findings.iter().any(|finding| finding.expected.is_some()), "{id}: {:?}", result.findings);
        assert!(!result.remedy.is_empty() && !result.clauses.is_empty(), "{id}");
    }
}

/// Demands of the texts beyond today's suite show in `preview`, and change nothing that decides.
#[rstest]
#[case::version_by_code_name(property("os_version", Some("noble")), "scs-0102-strict-os_version")]
#[case::distro_with_capital(property("os_distro", Some("Ubuntu")), "scs-0102-strict-os_distro")]
#[case::no_disk_bus(property("hw_disk_bus", None), "scs-0102-strict-hw_disk_bus")]
#[case::foreign_hypervisor(property("hypervisor_type", Some("kvm")), "scs-0102-strict-hypervisor_type")]
#[case::odd_build_date(property("image_build_date", Some("2024-1-5")), "scs-0102-strict-image_build_date")]
#[case::two_users(property("image_original_user", Some("ubuntu or root")), "scs-0102-strict-image_original_user")]
#[case::no_host(property("image_source", Some("https://")), "scs-0102-strict-image_source")]
#[case::until_some_day(property("provided_until", Some("some day")), "scs-0102-strict-provided_until")]
#[case::no_promise(property("uuid_validity", None), "scs-0102-strict-uuid_validity")]
#[case::no_boolean(property("license_required", Some("maybe")), "scs-0102-license-flags")]
#[case::no_date(property("maintained_until", Some("2029")), "scs-0102-maintained_until")]
#[case::no_uri(property("l1_support_contact", Some("call us")), "scs-0102-l1_support_contact")]
#[case::empty_promise(flavor_spec("scs:name-v3", "SCS-64V-4"), "scs-0103-extra-specs-all")]
#[case::no_way_in(|state: &mut State| state.default_rules.retain(|rule| rule.direction == "egress"), "scs-0115-parent-ingress")]
#[case::alias(|state: &mut State| state.catalog_mut("block-storage").unwrap().service_type = "volumev3".into(), "scs-0123-canonical-type")]
#[tokio::test]
async fn a_deviation_from_the_text_alone_shows_in_preview(#[case] plant: impl FnOnce(&mut State), #[case] id: &str) {
    let cloud = SimCloud::start(conformant(plant)).await.unwrap();
    let report = check(&cloud).await;
    assert_eq!(with_verdict(&report, Verdict::Fail), [id]);
    assert_eq!(with_verdict(&report, Verdict::Abort), [""; 0]);
    assert_eq!(report.versions["next"].targets[&Target::Preview].verdict, Some(Verdict::Fail));
    assert_eq!(report.versions["next"].verdict, Some(Verdict::Miss), "what changes the cloud was not run");
    assert_eq!(report.exit_code().code(), 3);
    let result = &report.testcases[id];
    assert!(result.findings.iter().any(|finding| finding.expected.is_some()), "{:?}", result.findings);
    assert!(!result.remedy.is_empty() && !result.clauses.is_empty());
}

/// Returns a change of an image that no other testcase asks for by its name.
fn property(name: &'static str, value: Option<&'static str>) -> impl FnOnce(&mut State) {
    move |state| {
        let mut image = state.images[0].clone();
        image.id = scs_simcloud::ids::uuid("image of its own");
        image.name = Some("Own image".into());
        image.properties.insert("os_purpose".into(), "custom".into());
        image.properties.insert("replace_frequency".into(), "never".into());
        match value {
            Some(value) => drop(image.properties.insert(name.into(), value.into())),
            None => drop(image.properties.shift_remove(name)),
        }
        state.images.push(image);
    }
}

fn flavor_spec(key: &'static str, value: &'static str) -> impl FnOnce(&mut State) {
    move |state| drop(state.flavor_mut("SCS-1V-4").unwrap().extra_specs.insert(key.into(), value.into()))
}

/// Quality of names is no requirement: the testcase passes, with warnings.
#[tokio::test]
async fn poor_names_are_warned_of() {
    let cloud = SimCloud::start(conformant(|state| {
        let mut long = state.flavor_mut("SCS-4V-16-50").unwrap().clone();
        long.id = scs_simcloud::ids::uuid("flavor with a long name");
        long.name = "SCS-4V:16:30-kvm".into();
        state.flavors.push(long);
    }))
    .await
    .unwrap();
    let report = check(&cloud).await;
    let result = &report.testcases["scs-0100-naming-quality"];
    let warnings: Vec<&str> = result
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Warning)
        .filter_map(|finding| finding.expected.as_deref())
        .collect();
    let sizes = "one of 5, 10, 20, 50, 100, 200, 500, 1000, 2000 GB";
    assert_eq!(warnings, ["SCS-4V-16-30_kvm", sizes, "also a flavor SCS-4V-16-30"]);
    assert_eq!(result.verdict, Verdict::Pass);
}

/// Only the template tells of default groups.
#[tokio::test]
async fn an_old_neutron_cannot_tell_of_default_groups() {
    let cloud = SimCloud::start(conformant(|state| state.neutron.default_rules_extension = false)).await.unwrap();
    let result = &check(&cloud).await.testcases["scs-0115-parent-ingress"];
    assert_eq!(result.verdict, Verdict::Abort);
    assert_eq!(result.reason.as_ref().unwrap().code, ReasonCode::ServiceAbsent);
}

#[tokio::test]
async fn twenty_offending_images_are_twenty_findings() {
    let state = conformant(|state| {
        let sample = state.images[0].clone();
        for number in 0..20 {
            let mut image = sample.clone();
            image.id = scs_simcloud::ids::uuid(&format!("twenty-{number}"));
            image.name = Some(format!("Bad {number}"));
            image.properties.shift_remove("os_version");
            state.images.push(image);
        }
    });
    let cloud = SimCloud::start(state).await.unwrap();
    let report = check(&cloud).await;
    assert_eq!(report.testcases["scs-0102-prop-os_version"].findings.len(), 20);
}

#[tokio::test]
async fn an_old_nova_is_asked_flavor_by_flavor() {
    let cloud = SimCloud::start(conformant(|state| state.nova.max_microversion = Version(2, 38))).await.unwrap();
    let report = check(&cloud).await;
    assert_eq!(with_verdict(&report, Verdict::Fail), [""; 0]);
    let asked = cloud.count(|request| request.path().ends_with("/os-extra_specs"));
    assert_eq!(asked, cloud.state().flavors.len());
    assert!(cloud.peak_concurrency_of(Service::Compute) > 1);
}

#[tokio::test]
async fn extra_specs_that_may_not_be_seen_are_no_verdict() {
    let cloud = SimCloud::start(conformant(|state| state.nova.shows_extra_specs = false)).await.unwrap();
    let report = check(&cloud).await;
    assert!(with_verdict(&report, Verdict::Abort).contains(&"scs-0103-flavor-1v-4"));
    assert_eq!(with_verdict(&report, Verdict::Fail), [""; 0]);
}

/// A proxy that knows nothing of Neutron is no Neutron without that API: no experiment may decide instead.
#[tokio::test]
async fn unexplained_404_is_not_taken_for_an_old_neutron() {
    let cloud = SimCloud::start(conformant(|_| {})).await.unwrap();
    cloud.plant(Fault::new(Failure::status(404)).service(Service::Network));
    let report = check(&cloud).await;
    assert_eq!(report.facts[&FactKind::DefaultSecurityGroupRules].state, CollectionState::Failed);
    let result = &report.testcases["scs-0115-default-rules"];
    assert_eq!(result.verdict, Verdict::Abort);
    assert_eq!(result.reason.as_ref().unwrap().code, ReasonCode::RequestFailed);
}

#[tokio::test]
async fn an_old_neutron_has_no_verdict_without_an_experiment() {
    let cloud = SimCloud::start(conformant(|state| state.neutron.default_rules_extension = false)).await.unwrap();
    let report = check(&cloud).await;
    let result = &report.testcases["scs-0115-default-rules"];
    assert_eq!(result.verdict, Verdict::Miss);
    assert_eq!(result.reason.as_ref().unwrap().code, ReasonCode::ChangesTheSubject);
    assert_eq!(report.facts[&FactKind::DefaultSecurityGroupRules].state, CollectionState::Absent);
}

#[tokio::test]
async fn cloud_without_a_key_manager_passes_testcases_that_presuppose_one() {
    let cloud = SimCloud::start(conformant(|state| {
        state.remove_service("key-manager");
    }))
    .await
    .unwrap();
    let report = check(&cloud).await;
    let result = &report.testcases["scs-0116-permissions"];
    assert_eq!((result.verdict, result.vacuous), (Verdict::Pass, true));
}

/// An object store that is registered, but not where we are told to look, was not tested.
#[tokio::test]
async fn an_object_store_out_of_reach_is_no_pass() {
    let state = conformant(|state| {
        for endpoint in &mut state.catalog_mut("object-store").unwrap().endpoints {
            endpoint.interface = Interface::Admin;
        }
    });
    let cloud = SimCloud::start(state).await.unwrap();
    let result = &check(&cloud).await.testcases["scs-0123-swift-s3"];
    assert_eq!(result.verdict, Verdict::Abort);
    assert_eq!(result.reason.as_ref().unwrap().code, ReasonCode::ServiceAbsent);
}

/// The role of the account, and the reason of its refusal.
#[rstest]
#[case(&["member", "admin"], ReasonCode::RoleTooHigh)]
#[case(&["member", "manager"], ReasonCode::RoleTooHigh)]
#[case(&["reader"], ReasonCode::RoleMissing)]
#[tokio::test]
async fn an_account_with_the_wrong_roles_is_refused(#[case] roles: &[&str], #[case] code: ReasonCode) {
    let state = conformant(|state| {
        state.identity.users[0].assignments[0].roles = roles.iter().map(|role| (*role).to_owned()).collect();
    });
    let cloud = SimCloud::start(state).await.unwrap();
    let report = check(&cloud).await;
    assert_eq!(report.subject.state, SubjectState::Refused);
    assert_nothing_is_green(&report, code);
    assert_eq!(cloud.requests().len(), 1, "no request follows the token");
}

#[rstest]
#[case::wrong_password(Failure::status(401), ReasonCode::CredentialsRefused, SubjectState::Refused)]
#[case::html(Failure::Html, ReasonCode::NotAnApi, SubjectState::Unreachable)]
#[case::broken(Failure::Reset, ReasonCode::Unreachable, SubjectState::Unreachable)]
#[case::failing(Failure::status(500), ReasonCode::RequestFailed, SubjectState::Unreachable)]
#[case::nonsense(Failure::Json("{}".into()), ReasonCode::NotAnApi, SubjectState::Unreachable)]
#[tokio::test]
async fn a_login_that_fails_leaves_nothing_green(
    #[case] failure: Failure,
    #[case] code: ReasonCode,
    #[case] state: SubjectState,
) {
    let cloud = SimCloud::start(conformant(|_| {})).await.unwrap();
    cloud.plant(Fault::new(failure).service(Service::Identity));
    let report = check(&cloud).await;
    assert_eq!(report.subject.state, state);
    assert_nothing_is_green(&report, code);
    assert_eq!(cloud.count(|request| request.service != Some(Service::Identity)), 0);
}

#[tokio::test]
async fn a_closed_port_is_unreachable() {
    let cloud = SimCloud::start(conformant(|_| {})).await.unwrap();
    let config = of(&cloud);
    drop(cloud);
    let report = Run::default().check(config).await;
    assert_eq!(report.subject.state, SubjectState::Unreachable);
    assert_nothing_is_green(&report, ReasonCode::Unreachable);
}

fn assert_nothing_is_green(report: &scs_reports::Report, code: ReasonCode) {
    assert_eq!(with_verdict(report, Verdict::Abort).len(), report.testcases.len());
    assert_eq!(reasons(report, Verdict::Abort), [code]);
    assert_eq!(report.exit_code().code(), 3);
    assert!(report.versions.values().all(|version| version.verdict == Some(Verdict::Abort)));
}

#[tokio::test]
async fn hanging_service_costs_only_testcases_that_depend_on_it() {
    let cloud = SimCloud::start(conformant(|_| {})).await.unwrap();
    cloud.plant(Fault::new(Failure::Hang).service(Service::Image));
    let began = Instant::now();
    let report = Run { deadline: Duration::from_secs(2), ..Run::default() }.check(of(&cloud)).await;
    assert!(began.elapsed() < Duration::from_secs(30), "the deadline ends it, not the time-out of a request");
    assert_eq!(report.interrupted.as_ref().unwrap().code, ReasonCode::Interrupted);
    assert_eq!(reasons(&report, Verdict::Abort), [ReasonCode::Interrupted]);
    let of_images =
        |id: &str| id.starts_with("scs-0102") || id.starts_with("scs-0104") || id == "scs-0123-version-documents";
    assert!(with_verdict(&report, Verdict::Abort).into_iter().all(of_images));
    assert_eq!(report.testcases["scs-0123-service-compute"].verdict, Verdict::Pass);
    assert_eq!(report.exit_code().code(), 3);
}

#[tokio::test]
async fn stopped_run_reports_its_facts() {
    let cloud = SimCloud::start(conformant(|_| {})).await.unwrap();
    cloud.plant(Fault::new(Failure::Hang).service(Service::BlockStorage));
    let stop = Stop::default();
    let run = Run { stop: stop.clone(), ..Run::default() }.check(of(&cloud));
    let stopper = async {
        while cloud.requests().len() < 6 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        stop.throw("stopped by the test");
    };
    let (report, ()) = tokio::join!(run, stopper);
    assert_eq!(report.interrupted.as_ref().unwrap().message, "stopped by the test");
    assert_eq!(
        with_verdict(&report, Verdict::Abort),
        [
            "scs-0114-syntax-check",
            "scs-0114-encrypted-type",
            "scs-0114-replicated-type",
            "scs-0121-cross-attach",
            "scs-0123-version-documents"
        ]
    );
    assert_eq!(report.testcases["scs-0102-prop-os_distro"].verdict, Verdict::Pass);
}

/// The extra spec by which flavors say which list they are on is a proposal, which no version includes.
#[rstest]
#[case::on_their_lists(|_: &mut State| {}, "PASS")]
#[case::silent(|state: &mut State| drop(state.flavor_mut("SCS-1V-4").unwrap().extra_specs.shift_remove("scs:required")), "FAIL")]
#[case::pretending(|state: &mut State| drop(state.flavor_mut("SCS-8V-64").unwrap().extra_specs.insert("scs:required".into(), "mandatoryv1".into())), "FAIL")]
#[tokio::test]
async fn flavors_say_which_list_they_are_on(#[case] change: fn(&mut State), #[case] verdict: &str) {
    let cloud = SimCloud::start(conformant(change)).await.unwrap();
    let program = Program::check(&cloud, "--scope-version drafts --select scs-0103-* --output json=-");
    let ended = program.run().await;
    let report: serde_json::Value =
        serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {ended:?}"));
    assert_eq!(report["testcases"]["scs-0103-required-spec"]["verdict"], verdict, "{report}");
}
