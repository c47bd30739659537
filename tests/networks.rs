//! scs-0126 in a simulated cloud: each planted deviation fails exactly its testcase.

use crate::support::{Run, conformant, of, with_verdict};
use rstest::rstest;
use scs_checks::verdict::{ReasonCode, Verdict};
use scs_simcloud::{Net, SimCloud, State};

/// Checks the drafts against a cloud with a change, and returns what failed of scs-0126.
async fn checked(change: impl FnOnce(&mut State)) -> scs_reports::Report {
    let cloud = SimCloud::start(conformant(change)).await.unwrap();
    let mut run = Run::default();
    run.selection.versions = vec!["drafts".to_owned()];
    run.selection.select = vec!["scs-0126-*".to_owned()];
    let report = run.check(of(&cloud)).await;
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
#[case::no_default(|state: &mut State| standard_network(state).is_default = false, &["scs-0126-standard-network"])]
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

#[tokio::test]
async fn what_does_not_concern_a_cloud_is_said_so() {
    let report = checked(|_| {}).await;
    for id in ["scs-0126-port-security", "scs-0126-ipv4-pool"] {
        let result = &report.testcases[id];
        let code = result.reason.as_ref().map(|reason| reason.code);
        assert_eq!((result.verdict, code), (Verdict::Miss, Some(ReasonCode::NotApplicable)), "{id}");
    }
}
