//! No password, secret or token shows anywhere, whatever services do with it and however much is logged.

use super::{cloud, clouds, credential, project, run, token};
use crate::program::Program;
use crate::support::{configured, embedded, environment, hasty};
use rstest::rstest;
use scs_reports::judge::{self as judging, Selection};
use scs_simcloud::{Failure, Fault, Service, SimCloud};
use scs_subjects::openstack::config::{self, CloudChoice};
use scs_subjects::run::{self as running, CollectRequest};
use scs_subjects::watch::{EventKind, Events, Step, StepState, Stop};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// Characters that JSON, HTML, YAML and URLs each write in another way, around a core that none of them changes.
const PASSWORD: &str = "p\"ä\\ Zq7pass <b>&  'x%41";
const SECRET: &str = "{s\"\\} Wk3secret #é";
const CORES: [&str; 2] = ["Zq7pass", "Wk3secret"];

async fn secretive() -> SimCloud {
    cloud(|state| {
        state.identity.users[0].password = PASSWORD.to_owned();
        state.identity.application_credentials[0].secret = SECRET.to_owned();
    })
    .await
}

fn escaped(text: &str) -> String {
    let named = [('&', "&amp;"), ('<', "&lt;"), ('>', "&gt;"), ('"', "&quot;"), ('\'', "&#x27;")];
    named.iter().fold(text.to_owned(), |text, (character, name)| text.replace(*character, name))
}

fn ascii(text: &str) -> String {
    let text = json!(text).to_string();
    text.chars().map(|c| if c.is_ascii() { c.to_string() } else { format!("\\u{:04x}", c as u32) }).collect()
}

/// Returns answers that repeat a secret in all the ways that services do it.
fn repeating(secret: &str) -> Vec<Failure> {
    let typed = |status: u16, kind: &str, body: String| Failure::Status {
        status,
        headers: vec![("content-type".into(), kind.into()), ("x-openstack-request-id".into(), secret.into())],
        body,
    };
    let percent: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let mut all = Vec::new();
    for status in [200, 401, 500] {
        let message = format!("you sent {secret} to me");
        all.push(typed(status, "application/json", json!({"error": {"message": message}}).to_string()));
        all.push(typed(status, "application/json", format!("{{\"error\": {{\"message\": {}}}}}", ascii(&message))));
        all.push(typed(status, "application/json", json!(message).to_string()));
        all.push(typed(
            status,
            "application/json",
            json!({"token": {"catalog": message, "roles": message}}).to_string(),
        ));
        all.push(typed(status, "text/html", format!("<html><body>You sent <pre>{secret}</pre></body></html>")));
        all.push(typed(
            status,
            "text/html",
            format!("<html><body>You sent <pre>{}</pre></body></html>", escaped(secret)),
        ));
        all.push(typed(status, "text/plain", format!("You sent {secret}")));
        all.push(typed(status, "text/plain", format!("You sent {percent}")));
        all.push(typed(status, "text/plain", format!("You sent {secret:?}")));
    }
    for place in [format!("http://x:{percent}@evil.example/"), format!("http://evil.example/{percent}?a={percent}")] {
        all.push(Failure::Status { status: 302, headers: vec![("location".into(), place)], body: String::new() });
    }
    all
}

#[track_caller]
fn assert_silent(text: &str, words: &[String], when: &str) {
    for word in CORES.map(str::to_owned).iter().chain(words) {
        assert!(!text.contains(word.as_str()), "{when}: {word} in {text}");
    }
}

fn by_password(cloud: &SimCloud) -> Value {
    json!({"auth": {"auth_url": cloud.auth_url(), "username": "demo", "password": PASSWORD, "project_name": "demo"}})
}

fn by_credential(cloud: &SimCloud) -> Value {
    json!({"auth": {"auth_url": cloud.auth_url(), "application_credential_id": credential(&cloud.state()),
        "application_credential_secret": SECRET}})
}

#[rstest]
#[case::password(PASSWORD, by_password)]
#[case::application_credential(SECRET, by_credential)]
#[tokio::test]
async fn secrets_repeated_by_keystone_are_hidden(#[case] secret: &str, #[case] settings: fn(&SimCloud) -> Value) {
    let cloud = Arc::new(secretive().await);
    for failure in repeating(secret) {
        cloud.clear_faults();
        cloud.plant(Fault::new(failure.clone()).service(Service::Identity));
        let report = run(&settings(&cloud)).await;
        assert_silent(&format!("{report:?}"), &[], &format!("{failure:?}"));
    }
}

#[tokio::test]
async fn a_token_that_was_given_does_not_show() {
    let cloud = Arc::new(secretive().await);
    let token = token(&cloud).await;
    let settings = json!({"auth_type": "v3token", "auth": {"auth_url": cloud.auth_url(), "token": token,
        "project_id": project(&cloud.state())}});
    for failure in repeating(&token) {
        cloud.clear_faults();
        cloud.plant(Fault::new(failure.clone()).service(Service::Identity));
        let report = run(&settings).await;
        assert_silent(&format!("{report:?}"), &cloud.tokens(), &format!("{failure:?}"));
    }
}

/// As soon as there is a token, services repeat it.
#[tokio::test]
async fn secrets_repeated_by_services_are_hidden() {
    let cloud = Arc::new(secretive().await);
    let definitions = embedded();
    let selection = Selection::everything(chrono::Utc::now());
    let plan = judging::plan(definitions, &definitions.scopes["scs-compatible-iaas"], &selection).unwrap();
    for number in 0..repeating("").len() {
        if matches!(repeating("")[number], Failure::Status { status: 401, .. }) {
            continue; // the next request carries another token, which the planted answer does not repeat
        }
        cloud.clear_faults();
        let before = cloud.tokens();
        let watched = Arc::clone(&cloud);
        let events = Events::new("sim", move |event| {
            if matches!(event.kind, EventKind::Step { step: Step::Login, state: StepState::Ended { .. } }) {
                let token = watched.tokens().into_iter().find(|token| !before.contains(token)).unwrap();
                for service in [Service::Image, Service::Compute, Service::BlockStorage, Service::Network] {
                    watched.plant(Fault::new(repeating(&token)[number].clone()).service(service));
                }
            }
        });
        let request = CollectRequest {
            subject: Some("sim".to_owned()),
            deadline: Some(Duration::from_secs(60)),
            limits: hasty(),
            ..CollectRequest::new(configured(&clouds(&by_password(&cloud)), "sim"))
        };
        let report =
            crate::support::evaluated(&plan, running::collect(request, plan.needs, &events, Stop::default()).await);
        assert_silent(&format!("{report:?}"), &cloud.tokens(), &format!("number {number}"));
    }
}

/// Returns situations in which the program has much to say.
fn situations(secret: &str) -> Vec<Vec<Fault>> {
    let mut all: Vec<Vec<Fault>> = vec![vec![]];
    for failure in [Failure::status(401), Failure::Html, Failure::Truncate] {
        all.push(vec![Fault::new(failure.clone()).service(Service::Identity).first(1)]);
        all.push(vec![Fault::new(failure).method("GET").first(1)]);
    }
    for failure in repeating(secret).into_iter().step_by(19) {
        all.push(vec![Fault::new(failure).service(Service::Identity)]);
    }
    let expiring = || Fault::new(Failure::ExpireToken).service(Service::Image);
    all.push(vec![expiring()]);
    all.push(vec![expiring(), Fault::new(Failure::status(401)).service(Service::Identity).from(2)]);
    all
}

#[rstest]
#[case::password(PASSWORD, by_password)]
#[case::application_credential(SECRET, by_credential)]
#[tokio::test]
async fn verbose_program_shows_no_secret(#[case] secret: &str, #[case] settings: fn(&SimCloud) -> Value) {
    let cloud = Arc::new(secretive().await);
    let settings = clouds(&settings(&cloud));
    for (number, faults) in situations(secret).into_iter().enumerate() {
        cloud.clear_faults();
        let shown = format!("{faults:?}");
        faults.into_iter().for_each(|fault| cloud.plant(fault));
        let outputs = "check iaas --cloud sim -vvv -o json=r.json -o junit=r.xml -o yaml=r.yaml --deadline 5s";
        let program = Program::new(outputs).clouds(&settings);
        let ended = program.env("SCS_LOG", if number % 2 == 0 { "trace" } else { "" }).run().await;
        for text in [&ended.stdout, &ended.stderr, &ended.file("r.json"), &ended.file("r.xml"), &ended.file("r.yaml")] {
            assert_silent(text, &cloud.tokens(), &shown);
        }
    }
}

#[tokio::test]
async fn a_debug_form_shows_no_secret() {
    let cloud = Arc::new(secretive().await);
    let given = token(&cloud).await;
    for settings in [
        by_password(&cloud),
        by_credential(&cloud),
        json!({"auth_type": "token", "auth": {"auth_url": cloud.auth_url(), "token": given, "project_id": "p"}}),
    ] {
        let cloud_debug = format!("{:#?}", configured(&clouds(&settings), "sim"));
        assert_silent(&cloud_debug, std::slice::from_ref(&given), "Debug of Cloud");
        assert!(cloud_debug.contains("REDACTED"), "{cloud_debug}");
    }
}

/// Configurations that are wrong around a secret.
#[rstest]
#[case("clouds:\n  sim:\n    auth:\n      auth_url: http://h\n      username: u\n      password: [Zq7pass]\n")]
#[case("clouds:\n  sim:\n    auth:\n      auth_url: http://h\n      username: u\n      password: {Zq7pass: Zq7pass}\n")]
#[case("clouds:\n  sim:\n    auth:\n      auth_url: http://h\n      username: u\n      password: \"Zq7pass\n")]
#[case("clouds:\n  sim:\n    auth:\n      auth_url: http://h\n      username: u\n      password: 'Zq7pass' x\n")]
#[case("clouds:\n  sim:\n    auth:\n      auth_url: http://h\n      username: u\n      password: *Zq7pass\n")]
#[case("clouds:\n  sim:\n    auth:\n      auth_url: http://h\n      username: u\n      password: Zq7pass: x\n")]
#[case("clouds:\n  sim:\n    auth:\n      auth_url: http://u:Zq7pass@h/v3\n      username: u\n      password: x\n")]
#[case("clouds:\n  sim:\n    auth:\n      auth_url: 'Zq7pass'\n      username: u\n      password: x\n")]
#[case("clouds:\n  sim:\n    auth:\n      auth_url: http://h\n      username: u\n      passwort: Zq7pass\n")]
#[case("clouds:\n  sim:\n    auth:\n      auth_url: http://h\n      application_credential_secret: Zq7pass\n")]
#[case("clouds:\n  sim:\n    auth: Zq7pass\n")]
#[case("clouds:\n  sim: Zq7pass\n")]
#[case("clouds: Zq7pass\n")]
#[case("Zq7pass\n")]
#[case(
    "clouds:\n  sim:\n    auth_type: Zq7pass\n    auth:\n      auth_url: http://h\n      username: u\n      password: Zq7pass\n      project_name: p\n"
)]
#[case(
    "clouds:\n  sim:\n    verify: Zq7pass\n    auth:\n      auth_url: http://h\n      username: u\n      password: Zq7pass\n      project_name: p\n"
)]
#[case(
    "clouds:\n  sim:\n    interface: Zq7pass\n    auth:\n      auth_url: http://h\n      username: u\n      password: Zq7pass\n      project_name: p\n"
)]
#[case(
    "clouds:\n  sim:\n    api_timeout: Zq7pass\n    auth:\n      auth_url: http://h\n      username: u\n      password: Zq7pass\n      project_name: p\n"
)]
#[case(
    "clouds:\n  sim:\n    image_endpoint_override: http://u:Zq7pass@h/\n    auth:\n      auth_url: http://h\n      username: u\n      password: x\n      project_name: p\n"
)]
#[tokio::test]
async fn a_broken_configuration_shows_no_secret(#[case] yaml: &str) {
    let folder = tempfile::tempdir().unwrap();
    let choice = CloudChoice { cloud: Some("sim"), region: None };
    let error = config::load(&environment(folder.path(), yaml), choice).unwrap_err();
    assert_silent(&format!("{error} {error:?}"), &[], yaml);
    let ended = Program::new("check iaas --cloud sim -vvv").clouds(yaml).run().await.assert_code(2);
    assert_silent(&ended.stderr, &[], yaml);
}

#[rstest]
#[case(&[("OS_AUTH_URL", "http://h"), ("OS_USERNAME", "u"), ("OS_PASSWORD", "Zq7pass")], 3)]
#[case(&[("OS_AUTH_URL", "http://u:Zq7pass@h"), ("OS_USERNAME", "u")], 2)]
#[case(&[("OS_AUTH_URL", "http://h"), ("OS_TOKEN", "Zq7pass"), ("OS_AUTH_TYPE", "v3oidc")], 2)]
#[case(&[("OS_PASSWORD", "Zq7pass")], 2)]
#[tokio::test]
async fn a_broken_environment_shows_no_secret(#[case] variables: &[(&str, &str)], #[case] code: i32) {
    let program = Program::new("check iaas -vvv");
    let program = variables.iter().fold(program, |program, (name, value)| program.env(name, value));
    assert_silent(&program.run().await.assert_code(code).stderr, &[], "environment");
}
