//! Logins that fail, and those that must: one request, and nothing is green.

use crate::lab::{Lab, Seed, check, cloud_of, settings};
use rstest::rstest;
use scs_checks::facts::FactKind;
use scs_checks::verdict::{ReasonCode, Verdict};
use scs_reports::{Report, SubjectState};
use serde_json::{Value, json};

#[rstest]
#[case::administrator("scs-lab-admin", |_: &mut Value| (), ReasonCode::RoleTooHigh)]
#[case::reader_only("scs-lab-reader", |_: &mut Value| (), ReasonCode::RoleMissing)]
#[case::wrong_password("scs-lab", |settings: &mut Value| settings["auth"]["password"] = json!("wrong"), ReasonCode::CredentialsRefused)]
#[case::unknown_user("scs-lab", |settings: &mut Value| settings["auth"]["username"] = json!("nobody"), ReasonCode::CredentialsRefused)]
#[case::foreign_project("scs-lab", |settings: &mut Value| settings["auth"]["project_name"] = json!("admin"), ReasonCode::CredentialsRefused)]
#[case::wrong_secret("scs-lab-appcred", |settings: &mut Value| settings["auth"]["application_credential_secret"] = json!("wrong"), ReasonCode::CredentialsRefused)]
#[case::unknown_credential("scs-lab-appcred", |settings: &mut Value| settings["auth"]["application_credential_id"] = json!("0".repeat(32)), ReasonCode::CredentialsRefused)]
#[case::unknown_region("scs-lab", |settings: &mut Value| settings["region_name"] = json!("RegionTwo"), ReasonCode::Configuration)]
#[tokio::test]
#[ignore = "needs the lab: tests/lab/openstack/up.sh"]
async fn refused(#[case] name: &str, #[case] change: fn(&mut Value), #[case] code: ReasonCode) {
    let _lab = Lab::seeded(Seed::Clean).await;
    let mut settings = settings(name);
    change(&mut settings);
    let report = check(cloud_of(&settings)).await;
    assert_nothing_is_green(&report, code, SubjectState::Refused);
    let requests: Vec<_> = report.facts.values().flat_map(|record| &record.requests).collect();
    assert_eq!(requests.len(), 1, "{requests:#?}");
    assert_eq!(requests[0].attempts, 1, "a refusal is an answer");
}

#[tokio::test]
#[ignore = "needs the lab: tests/lab/openstack/up.sh"]
async fn another_service_in_the_place_of_keystone() {
    let _lab = Lab::seeded(Seed::Clean).await;
    let mut settings = settings("scs-lab");
    settings["auth"]["auth_url"] = json!("http://127.0.0.1:18080/v3");
    let report = check(cloud_of(&settings)).await;
    assert_nothing_is_green(&report, ReasonCode::NotAnApi, SubjectState::Unreachable);
}

/// Asserts that every testcase is ABORT for this one reason, the exit code is 3, and only the login was tried.
pub fn assert_nothing_is_green(report: &Report, code: ReasonCode, state: SubjectState) {
    assert_eq!(report.subject.state, state);
    assert_eq!(report.subject.reason.as_ref().map(|reason| reason.code), Some(code), "{:?}", report.subject);
    assert!(!report.testcases.is_empty());
    for (id, result) in &report.testcases {
        assert_eq!(result.verdict, Verdict::Abort, "{id}");
        assert_eq!(result.reason.as_ref().map(|reason| reason.code), Some(code), "{id}");
    }
    // A version of drafts alone has no verdict.
    assert!(report.versions.values().all(|version| matches!(version.verdict, Some(Verdict::Abort) | None)));
    assert!(report.versions.values().any(|version| version.decides && version.verdict.is_some()));
    assert_eq!(report.exit_code().code(), 3);
    assert_eq!(report.facts.keys().collect::<Vec<_>>(), [&FactKind::Catalog]);
}
