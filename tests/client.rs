//! The client over a simulated cloud, from the text of a clouds.yaml to the report.

mod endpoints;
mod handshakes;
mod leaks;
mod lists;
pub mod proxy;
mod secrets;
mod tls;
mod tokens;
mod trouble;

use crate::support::{Run, configured, conformant, embedded, reasons, with_verdict};
use rstest::rstest;
use scs_checks::definition::Target;
use scs_checks::verdict::{ReasonCode, Verdict};
use scs_reports::{Report, SubjectState, judge};
use scs_simcloud::{Service, SimCloud, State};
use serde_json::{Value, json};

async fn cloud(change: impl FnOnce(&mut State)) -> SimCloud {
    SimCloud::start(conformant(change)).await.unwrap()
}

/// Returns the settings of a cloud in a clouds.yaml: login by password, and `more`.
fn settings(cloud: &SimCloud, more: &Value) -> Value {
    let mut settings = json!({"region_name": "RegionOne", "auth": {
        "auth_url": cloud.auth_url(), "username": "demo", "password": cloud.state().identity.users[0].password,
        "user_domain_name": "Default", "project_name": "demo", "project_domain_name": "Default",
    }});
    for (key, value) in more.as_object().unwrap() {
        settings[key] = value.clone();
    }
    settings
}

/// Returns a run of everything but the version documents: for them each endpoint is asked once more, without a token and whatever
/// the configuration says of its address.
fn calls() -> Run {
    let mut run = Run::default();
    let all = judge::plan(embedded(), &embedded().scopes["scs-compatible-iaas"], &run.selection).unwrap();
    let selected =
        all.testcases.iter().filter(|planned| planned.selected && planned.id != "scs-0123-version-documents");
    run.selection.select = selected.map(|planned| planned.id.to_owned()).collect();
    run
}

/// Runs with these settings.
async fn run(settings: &Value) -> Report {
    Run::default().check(configured(&clouds(settings), "sim")).await
}

/// Runs all of [`calls`] with these settings.
async fn run_calls(settings: &Value) -> Report {
    calls().check(configured(&clouds(settings), "sim")).await
}

/// Returns a clouds.yaml; JSON is YAML.
fn clouds(settings: &Value) -> String {
    json!({"clouds": {"sim": settings}}).to_string()
}

#[track_caller]
fn assert_complete(report: &Report) {
    assert_eq!(report.subject.state, SubjectState::Tested, "{:?}", report.subject);
    assert_eq!(with_verdict(report, Verdict::Fail), [""; 0]);
    let aborted = report.testcases.values().find(|result| result.verdict == Verdict::Abort);
    assert_eq!(aborted.map(|result| &result.reason), None);
    assert_eq!(report.versions["v5.1"].targets[&Target::Main].tally.passed, 50);
}

/// Asserts that all that is not known is unknown for this reason, and that it is what depends on one service.
#[track_caller]
fn assert_aborted(report: &Report, service: Service, code: ReasonCode) -> String {
    let standards: &[&str] = match service {
        Service::Image => &["scs-0102", "scs-0104"],
        Service::Compute => &["scs-0100", "scs-0103", "scs-0121-zones"],
        Service::BlockStorage => &["scs-0114", "scs-0121-cross-attach"],
        Service::Network => &["scs-0115"],
        _ => &["scs-0123-swift-s3"],
    };
    let aborted = with_verdict(report, Verdict::Abort);
    assert!(!aborted.is_empty());
    for id in &aborted {
        assert!(standards.iter().any(|standard| id.starts_with(standard)), "{id}: {:?}", report.testcases[*id].reason);
    }
    // A service that cannot be asked may be one that users cannot find.
    let failed = with_verdict(report, Verdict::Fail);
    assert!(failed.iter().all(|id| *id == format!("scs-0123-service-{}", service_type(service))), "{failed:?}");
    assert_eq!(reasons(report, Verdict::Abort), [code], "{:?}", report.testcases[aborted[0]].reason);
    report.testcases[aborted[0]].reason.as_ref().unwrap().message.clone()
}

fn service_type(service: Service) -> &'static str {
    match service {
        Service::Image => "image",
        Service::Compute => "compute",
        Service::Network => "network",
        _ => "none",
    }
}

/// Asserts that nothing is known, for this reason; returns what is said about it.
#[track_caller]
fn assert_not_let_in(report: &Report, code: ReasonCode) -> String {
    assert_ne!(report.subject.state, SubjectState::Tested);
    assert!(report.testcases.values().all(|result| result.verdict == Verdict::Abort));
    let reason = report.subject.reason.as_ref().unwrap();
    assert_eq!(reason.code, code, "{}", reason.message);
    reason.message.clone()
}

fn user(state: &State) -> String {
    state.identity.users[0].id.clone()
}

fn project(state: &State) -> String {
    state.identity.projects[0].id.clone()
}

fn credential(state: &State) -> String {
    state.identity.application_credentials[0].id.clone()
}

const SECRET: &str = "simulated-secret";

#[rstest]
#[case::by_id(|state: &State| json!({"auth_type": "password", "auth": {
    "user_id": user(state), "password": "simulated-password", "project_id": project(state)}}))]
#[case::v3password(|_: &State| json!({"auth_type": "v3password", "auth": {
    "username": "demo", "password": "simulated-password", "user_domain_id": "default",
    "project_name": "demo", "project_domain_id": "default"}}))]
#[case::default_domain(|_: &State| json!({"auth": {
    "username": "demo", "password": "simulated-password", "project_name": "demo"}}))]
#[case::one_domain_for_both(|state: &State| json!({"auth": {
    "username": "demo", "password": "simulated-password", "domain_name": "Default", "project_id": project(state)}}))]
#[case::tenant(|state: &State| json!({"auth": {
    "username": "demo", "password": "simulated-password", "tenant_id": project(state)}}))]
#[case::credential_by_id(|state: &State| json!({"auth_type": "v3applicationcredential", "auth": {
    "application_credential_id": credential(state), "application_credential_secret": SECRET}}))]
#[case::credential_by_name(|_: &State| json!({"auth_type": "v3applicationcredential", "auth": {
    "application_credential_name": "demo", "username": "demo", "user_domain_name": "Default",
    "application_credential_secret": SECRET}}))]
#[case::credential_by_name_and_user_id(|state: &State| json!({"auth_type": "v3applicationcredential", "auth": {
    "application_credential_name": "demo", "user_id": user(state), "application_credential_secret": SECRET}}))]
#[case::credential_without_type(|state: &State| json!({"auth": {
    "application_credential_id": credential(state), "application_credential_secret": SECRET}}))]
#[tokio::test]
async fn every_way_to_log_in_works(#[case] settings: fn(&State) -> Value) {
    let cloud = cloud(|_| {}).await;
    let mut settings = settings(&cloud.state());
    settings["auth"]["auth_url"] = json!(cloud.auth_url());
    assert_complete(&run(&settings).await);
    assert_eq!(cloud.tokens_issued(), 1);
}

/// Requests a token as `openstack token issue` would give it.
async fn token(cloud: &SimCloud) -> String {
    let auth = json!({"auth": {
        "identity": {"methods": ["password"], "password": {"user": {
            "id": user(&cloud.state()), "password": cloud.state().identity.users[0].password}}},
        "scope": {"project": {"id": project(&cloud.state())}},
    }});
    let url = format!("{}/auth/tokens", cloud.auth_url());
    let answer = reqwest::Client::new().post(url).json(&auth).send().await.unwrap();
    answer.headers()["x-subject-token"].to_str().unwrap().to_owned()
}

#[rstest]
#[case("token")]
#[case("v3token")]
#[tokio::test]
async fn a_token_is_as_good_as_a_password(#[case] auth_type: &str) {
    let cloud = cloud(|_| {}).await;
    let auth =
        json!({"auth_url": cloud.auth_url(), "token": token(&cloud).await, "project_id": project(&cloud.state())});
    assert_complete(&run(&json!({"auth_type": auth_type, "auth": auth})).await);
    cloud.expire_tokens();
    cloud.clear_requests();
    let message =
        assert_not_let_in(&run(&json!({"auth_type": auth_type, "auth": auth})).await, ReasonCode::CredentialsRefused);
    assert!(message.contains("the token may have expired"), "{message}");
    assert_eq!(cloud.requests().len(), 1);
}

#[rstest]
#[case::password("password", "wrong", "check user name, password")]
#[case::user("username", "nobody", "check user name, password")]
#[case::user_domain("user_domain_name", "Elsewhere", "domains")]
#[case::project("project_name", "nothing", "project")]
#[case::no_role_there("project_name", "service", "project")]
#[tokio::test]
async fn wrong_credentials_are_refused_at_once(#[case] key: &str, #[case] value: &str, #[case] words: &str) {
    let cloud = cloud(|_| {}).await;
    let mut settings = settings(&cloud, &json!({}));
    settings["auth"][key] = json!(value);
    let message = assert_not_let_in(&run(&settings).await, ReasonCode::CredentialsRefused);
    assert!(message.contains(words), "{message}");
    assert_eq!(cloud.requests().len(), 1, "a wrong password must not lock the account");
}

#[rstest]
#[case::secret(|state: &State| json!({"application_credential_id": credential(state), "application_credential_secret": "x"}))]
#[case::id(|_: &State| json!({"application_credential_id": "x", "application_credential_secret": SECRET}))]
#[case::name(|state: &State| json!({
    "application_credential_name": "x", "user_id": user(state), "application_credential_secret": SECRET}))]
#[tokio::test]
async fn a_wrong_application_credential_is_refused_at_once(#[case] auth: fn(&State) -> Value) {
    let cloud = cloud(|_| {}).await;
    let mut auth = auth(&cloud.state());
    auth["auth_url"] = json!(cloud.auth_url());
    let message = assert_not_let_in(&run(&json!({"auth": auth})).await, ReasonCode::CredentialsRefused);
    assert!(message.contains("the application credential may have expired"), "{message}");
    assert_eq!(cloud.requests().len(), 1);
}

#[rstest]
#[case::disabled(|state: &mut State| state.identity.users[0].enabled = false)]
#[case::expired(|state: &mut State| {
    state.identity.application_credentials[0].expires_at = Some("2020-01-01T00:00:00Z".parse().unwrap());
})]
#[tokio::test]
async fn credentials_that_no_longer_count_are_refused(#[case] change: fn(&mut State)) {
    let cloud = cloud(change).await;
    let auth = json!({"auth_url": cloud.auth_url(), "application_credential_id": credential(&cloud.state()),
        "application_credential_secret": SECRET});
    assert_not_let_in(&run(&json!({"auth": auth})).await, ReasonCode::CredentialsRefused);
}
