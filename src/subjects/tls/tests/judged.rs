//! From a server to verdicts: each deviation flips exactly its testcases.

use super::look;
use super::peer::{Authority, authority, folder, serve, signed};
use crate::tls::{Authorities, Seen};
use chrono::Utc;
use rcgen::KeyPair;
use rstest::rstest;
use scs_checks::facts::{Facts, Now, Probed, Slot, SubjectKind, TlsEndpoint, TlsEndpoints};
use scs_checks::verdict::{Reason, ReasonCode, Verdict};

/// A configuration as Mozilla's generator writes it.
const PROFILE: &str = "-min_protocol TLSv1.2 -groups X25519:P-256:P-384 -cipher ECDHE-ECDSA-AES128-GCM-SHA256:\
                       ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305";

/// Returns the testcases of the standard that do not pass, with their verdicts.
fn not_passed(seen: Seen) -> Vec<String> {
    let endpoint = TlsEndpoint {
        host: "127.0.0.1".to_owned(),
        port: 443,
        protocols: seen.protocols,
        certificates: seen.certificates,
        hsts: Probed::Seen(Some("max-age=63072000".to_owned())),
    };
    let reason = Reason::new(ReasonCode::NotSelected, "not selected");
    let Facts::Cloud(mut facts) = Facts::none(SubjectKind::Cloud, &reason) else { panic!() };
    facts.tls_endpoints = Slot::Known(TlsEndpoints(vec![endpoint]));
    let (facts, definitions) = (facts.into(), scs_standards::embedded().unwrap());
    let judged = definitions.standards["scs-0125"]
        .testcases
        .iter()
        .map(|testcase| (testcase.id.as_str(), testcase.check.rule().evaluate(&facts, Now::named(Utc::now())).verdict));
    let judged = judged.filter(|(id, verdict)| !id.contains("https") && *verdict != Verdict::Pass);
    judged.map(|(id, verdict)| format!("{} {verdict}", id.trim_start_matches("scs-0125-"))).collect()
}

async fn judge(own: &Authority, trusted: &Authority, name: &str, days: (i64, i64), options: &str) -> Vec<String> {
    let folder = folder();
    signed(&folder, own, name, &KeyPair::generate().unwrap(), days);
    let server = serve(folder, options);
    not_passed(look(server.port, &Authorities::from_pem(trusted.pem().as_bytes())).await)
}

#[rstest]
#[case::of_the_profile("", "127.0.0.1", (-1, 80), &[])]
#[case::older_cipher_suites("-cipher ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-SHA", "127.0.0.1", (-1, 80), &["tls-ciphers FAIL", "tls-ciphers-5.8 FAIL"])]
#[case::other_curve("-groups X25519:P-521", "127.0.0.1", (-1, 80), &["tls-ciphers FAIL", "tls-ciphers-5.8 FAIL"])]
#[case::prime_field("-groups X25519:ffdhe2048", "127.0.0.1", (-1, 80), &["tls-ciphers-5.8 FAIL"])]
#[case::other_name("", "other.example", (-1, 80), &["certificate FAIL"])]
#[case::expired("", "127.0.0.1", (-80, -1), &["certificate FAIL"])]
#[case::not_yet_valid("", "127.0.0.1", (2, 80), &["certificate FAIL"])]
#[case::valid_for_too_long("", "127.0.0.1", (-1, 400), &["certificate FAIL"])]
#[tokio::test]
async fn a_deviation_flips_its_testcases(
    #[case] options: &str,
    #[case] name: &str,
    #[case] days: (i64, i64),
    #[case] expected: &[&str],
) {
    let authority = authority();
    let found = judge(&authority, &authority, name, days, &format!("{PROFILE} {options}")).await;
    assert_eq!(found, expected);
}

#[tokio::test]
async fn an_older_version_flips_the_versions() {
    let authority = authority();
    // All cipher suites of older versions are outside of the profile, but it is the version that counts there.
    let options = "-tls1_1 -cipher ALL:@SECLEVEL=0";
    let found = judge(&authority, &authority, "127.0.0.1", (-1, 80), options).await;
    assert_eq!(found, ["tls-versions FAIL", "tls-ciphers ABORT", "tls-ciphers-5.8 ABORT"]);
}

#[tokio::test]
async fn another_authority_flips_the_certificate() {
    let options = PROFILE;
    let found = judge(&authority(), &authority(), "127.0.0.1", (-1, 80), options).await;
    assert_eq!(found, ["certificate FAIL"]);
}
