//! scs-0126 in a simulated cloud: each planted deviation fails exactly its testcase.

use crate::support::{Run, conformant, of, with_verdict};
use rstest::rstest;
use scs_checks::verdict::{ReasonCode, Verdict};
use scs_reports::Report;
use scs_simcloud::{Failure, Fault, Net, Service, SimCloud, State};

async fn drafts(cloud: &SimCloud) -> Report {
    let mut run = Run::default();
    run.selection.versions = vec!["drafts".to_owned()];
    run.selection.select = vec!["scs-0126-*".to_owned()];
    run.check(of(cloud)).await
}

/// Checks scs-0126 against a cloud with a change.
async fn checked(change: impl FnOnce(&mut State)) -> Report {
    let cloud = SimCloud::start(conformant(change)).await.unwrap();
    let report = drafts(&cloud).await;
    assert_eq!(cloud.requests().len(), 4, "the token, networks, pools, quotas: {:?}", cloud.requests());
    report
}

fn standard_network(state: &mut State) -> &mut Net {
    state.resources.networks.iter_mut().find(|network| network.is_default).unwrap()
}

fn another_network(state: &mut State, is_default: bool) {
    let other = Net { id: "other".into(), name: "other".into(), is_default, ..standard_network(state).clone() };
    state.resources.networks.push(other);
}

#[rstest]
#[case::conformant(|_: &mut State| {}, &[])]
#[case::two_networks(|state: &mut State| another_network(state, false), &["scs-0126-single-network"])]
#[case::two_defaults(|state: &mut State| another_network(state, true), &["scs-0126-standard-network", "scs-0126-single-network"])]
#[case::shared_without_security(
    |state: &mut State| { let net = standard_network(state); (net.shared, net.port_security_enabled) = (true, false) },
    &["scs-0126-port-security"]
)]
#[case::no_pool(|state: &mut State| state.subnet_pools.clear(), &["scs-0126-ipv6-pool"])]
#[case::small_subnets(
    |state: &mut State| (state.subnet_pools[0].default_prefixlen, state.subnet_pools[0].min_prefixlen) = (80, 80),
    &["scs-0126-ipv6-pool"]
)]
#[case::a_pool_of_ipv4_that_is_not_the_default(
    |state: &mut State| {
        let pool = scs_simcloud::SubnetPool { id: "v4".into(), ip_version: 4, is_default: false, ..state.subnet_pools[0].clone() };
        state.subnet_pools.push(pool);
    },
    &["scs-0126-ipv4-pool"]
)]
#[case::no_floating_ips(|state: &mut State| state.quotas.floating_ips = 0, &["scs-0126-floating-ips"])]
#[tokio::test]
async fn each_deviation_fails_its_testcase(#[case] change: fn(&mut State), #[case] expected: &[&str]) {
    let report = checked(change).await;
    assert_eq!(with_verdict(&report, Verdict::Fail), expected);
    assert_eq!(with_verdict(&report, Verdict::Abort), [""; 0]);
}

/// Nobody knows then which one is held to rules for the standard network.
#[tokio::test]
async fn without_a_standard_network_its_port_security_is_undecided() {
    let report = checked(|state| standard_network(state).is_default = false).await;
    assert_eq!(with_verdict(&report, Verdict::Fail), ["scs-0126-standard-network"]);
    assert_eq!(with_verdict(&report, Verdict::Abort), ["scs-0126-port-security"]);
}

/// Users are not told whose a shared network is.
#[tokio::test]
async fn a_shared_network_may_be_another_one_of_the_provider() {
    let report = checked(|state| {
        let shared =
            Net { id: "s".into(), external: false, is_default: false, shared: true, ..standard_network(state).clone() };
        state.resources.networks.push(shared);
    })
    .await;
    assert_eq!(with_verdict(&report, Verdict::Fail), [""; 0]);
    assert_eq!(with_verdict(&report, Verdict::Abort), ["scs-0126-single-network"]);
}

#[rstest]
#[case::networks("/networks", &["scs-0126-standard-network", "scs-0126-single-network", "scs-0126-port-security"])]
#[case::pools("/subnetpools", &["scs-0126-ipv6-pool", "scs-0126-ipv4-pool"])]
#[case::quotas("/quotas", &["scs-0126-floating-ips"])]
#[tokio::test]
async fn what_nobody_may_read_is_undecided(#[case] path: &str, #[case] expected: &[&str]) {
    let cloud = SimCloud::start(conformant(|_| {})).await.unwrap();
    cloud.plant(Fault::new(Failure::status(403)).service(Service::Network).path(path));
    let report = drafts(&cloud).await;
    assert_eq!(with_verdict(&report, Verdict::Abort), expected);
    assert_eq!(with_verdict(&report, Verdict::Fail), [""; 0]);
    for id in expected {
        assert_eq!(report.testcases[*id].reason.as_ref().unwrap().code, ReasonCode::Forbidden, "{id}");
    }
}

#[tokio::test]
async fn what_does_not_concern_a_cloud_is_said_so() {
    let report = checked(|_| {}).await;
    for id in ["scs-0126-port-security", "scs-0126-ipv4-pool"] {
        let result = &report.testcases[id];
        let code = result.reason.as_ref().map(|reason| reason.code);
        assert_eq!((result.verdict, code), (Verdict::Miss, Some(ReasonCode::NotApplicable)), "{id}");
    }
}
