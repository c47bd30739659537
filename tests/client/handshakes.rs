//! scs-0125 through a whole run: the simulated cloud behind TLS, and what is planted in it.

use super::tls::authority;
use super::{clouds, settings};
use crate::program::{Program, verdicts};
use crate::support::{conformant, now};
use chrono::{Datelike, TimeDelta};
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rstest::rstest;
use scs_simcloud::{Interface, SimCloud, State, Tls};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Runs scs-0125 on a cloud whose certificate is as the profile demands, with more settings and variables.
async fn report(change: impl FnOnce(&mut State), more: &Value, variables: &[(&str, &str)]) -> Value {
    let authority = authority();
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let day = |days| {
        let day = now() + TimeDelta::days(days);
        date_time_ymd(day.year(), u8::try_from(day.month()).unwrap(), u8::try_from(day.day()).unwrap())
    };
    (params.not_before, params.not_after) = (day(-1), day(80));
    let certificate = params.signed_by(&key, &authority).unwrap().pem();
    let tls = Tls { certificate, key: key.serialize_pem(), client_ca: None, http2: false };
    let state = conformant(|state| {
        state.network.hsts = Some("max-age=63072000; includeSubDomains".to_owned());
        change(state);
    });
    let cloud = SimCloud::builder(state).tls(tls).start().await.unwrap();
    let mut settings = settings(&cloud, &json!({"cacert": "ca.pem"}));
    if !more["verify"].is_null() {
        settings.as_object_mut().unwrap().remove("cacert");
        settings["verify"] = more["verify"].clone();
    }
    let program = Program::new("check iaas --cloud sim --select scs-0125-* --output json=- --quiet")
        .clouds(&clouds(&settings))
        .file("ca.pem", authority.pem());
    let program = variables.iter().fold(program, |program, (name, value)| program.env(name, value));
    let ended = program.run().await;
    serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {ended:?}"))
}

/// Returns the testcases of scs-0125 that did not pass.
fn not_passed(report: &Value) -> BTreeMap<String, String> {
    let own = verdicts(report)
        .into_iter()
        .filter_map(|(id, verdict)| Some((id.strip_prefix("scs-0125-")?.to_owned(), verdict)));
    let own: Vec<(String, String)> = own.collect();
    assert_eq!(own.len(), 7, "{own:?}");
    own.into_iter().filter(|(_, verdict)| verdict != "PASS").collect()
}

fn plant(state: &mut State, interface: Interface, url: &str) {
    let compute = state.catalog.iter_mut().find(|entry| entry.service_type == "compute").unwrap();
    let endpoints = compute.endpoints.iter_mut().filter(|endpoint| endpoint.interface == interface);
    endpoints.for_each(|endpoint| url.clone_into(&mut endpoint.url));
}

const UNSEEN: &str = "certificate hsts tls-ciphers tls-ciphers-5.8 tls-versions";

#[rstest]
#[case::conformant(|_: &mut State| {}, &[])]
#[case::internal_in_the_clear(|state: &mut State| plant(state, Interface::Internal, "http://192.0.2.1:8774/v2.1"), &[("FAIL", "https-internal")])]
#[case::public_in_the_clear(|state: &mut State| plant(state, Interface::Public, "http://192.0.2.1:8774/v2.1"), &[("FAIL", "https-public")])]
#[case::no_policy(|state: &mut State| state.network.hsts = None, &[("FAIL", "hsts")])]
#[case::short_policy(|state: &mut State| state.network.hsts = Some("max-age=300".to_owned()), &[("FAIL", "hsts")])]
#[case::one_does_not_answer(|state: &mut State| plant(state, Interface::Public, "https://127.0.0.1:1/v2.1"), &[("ABORT", UNSEEN)])]
#[case::one_has_no_host(|state: &mut State| plant(state, Interface::Public, "https://%(host)s/v2.1"), &[("FAIL", "https-public"), ("ABORT", UNSEEN)])]
#[tokio::test]
async fn each_deviation_flips_its_testcases(#[case] change: fn(&mut State), #[case] expected: &[(&str, &str)]) {
    let report = report(change, &json!({}), &[]).await;
    let rows =
        expected.iter().flat_map(|(verdict, ids)| ids.split(' ').map(|id| (id.to_owned(), (*verdict).to_owned())));
    assert_eq!(not_passed(&report), rows.collect(), "{report:#}");
}

/// Of twenty endpoints on one host and port only one is looked at, and the record tells how often.
#[tokio::test]
async fn each_host_and_port_is_looked_at_once() {
    let report = report(|_| {}, &json!({}), &[]).await;
    let record = &report["facts"]["tls-endpoints"];
    assert_eq!(record["items"], 1, "{record:#}");
    let requests: Vec<&str> =
        record["requests"].as_array().unwrap().iter().filter_map(|one| one["method"].as_str()).collect();
    assert_eq!(requests, ["TLS", "GET"]);
    assert!(record["requests"][0]["attempts"].as_u64().unwrap() > 20, "{record:#}");
}

#[tokio::test]
async fn certificates_are_not_judged_where_verification_is_disabled() {
    let report = report(|_| {}, &json!({"verify": false}), &[]).await;
    assert_eq!(not_passed(&report), BTreeMap::from([("certificate".to_owned(), "ABORT".to_owned())]), "{report:#}");
}

#[tokio::test]
async fn nothing_is_seen_through_a_proxy() {
    let (address, _) = super::proxy::proxy().await;
    let report = report(|_| {}, &json!({}), &[("https_proxy", &format!("http://{address}"))]).await;
    let expected: BTreeMap<_, _> = UNSEEN.split(' ').map(|id| (id.to_owned(), "ABORT".to_owned())).collect();
    assert_eq!(not_passed(&report), expected, "{report:#}");
    let reason = &report["testcases"]["scs-0125-tls-versions"]["reason"]["message"];
    assert!(reason.as_str().unwrap().contains("is reached through a proxy"), "{reason}");
}

#[tokio::test]
async fn a_cloud_without_tls_shows_nothing() {
    let cloud = SimCloud::start(conformant(|_| {})).await.unwrap();
    let ended = Program::check(&cloud, "--select scs-0125-* --output json=- --quiet").run().await;
    let found = not_passed(&serde_json::from_str(&ended.stdout).unwrap());
    let expected = [("FAIL", "https-internal https-public"), ("ABORT", UNSEEN)];
    let rows =
        expected.iter().flat_map(|(verdict, ids)| ids.split(' ').map(|id| (id.to_owned(), (*verdict).to_owned())));
    assert_eq!(found, rows.collect());
    assert_eq!(cloud.requests().len(), 1, "only the token");
}
