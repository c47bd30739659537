//! Services repeat secrets where data belong: nothing that leaves the program repeats them, and no fact that holds one is
//! judged.

use super::{cloud, clouds, credential};
use crate::program::Program;
use crate::support::{configured, embedded, hasty};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rstest::rstest;
use scs_checks::facts::FactKind;
use scs_checks::verdict::Verdict;
use scs_reports::judge::{self as judging, Collected, Recording, Selection, redact};
use scs_reports::{CollectionState, Format, render};
use scs_simcloud::{Failure, Fault, Service, SimCloud, State};
use scs_subjects::run::{self as running, CollectRequest};
use scs_subjects::watch::{EventKind, Events, Step, StepState, Stop};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const PASSWORD: &str = "Zq7pass/W0rd+ä\"42";

/// Puts a text somewhere into the answers of a cloud.
type Place = fn(&mut State, &str);

/// Each place, with the fact that cannot be judged then.
const PLACES: &[(&str, FactKind, Place)] = &[
    ("name of an image", FactKind::Images, |state, text| state.images[0].name = Some(text.into())),
    ("part of a name", FactKind::Images, |state, text| state.images[1].name = Some(format!("Debian-{text}-13"))),
    ("id of an image", FactKind::Images, |state, text| state.images[0].id = text.into()),
    ("status of an image", FactKind::Images, |state, text| state.images[0].status = text.into()),
    ("tag of an image", FactKind::Images, |state, text| state.images[0].tags.push(text.into())),
    ("owner of an image", FactKind::Images, |state, text| state.images[0].owner = text.into()),
    ("known property", FactKind::Images, |state, text| property(state, "os_distro", text)),
    ("unknown property", FactKind::Images, |state, text| property(state, "anything", text)),
    ("name of a property", FactKind::Images, |state, text| property(state, text, "x")),
    ("source of an image", FactKind::Images, |state, text| {
        property(state, "image_source", &format!("https://h.example/?a={text}"));
    }),
    ("name of a flavor", FactKind::Flavors, |state, text| state.flavors[0].name = text.into()),
    ("id of a flavor", FactKind::Flavors, |state, text| state.flavors[0].id = text.into()),
    ("extra spec", FactKind::Flavors, |state, text| spec(state, "scs:name-v2", text)),
    ("name of an extra spec", FactKind::Flavors, |state, text| spec(state, text, "x")),
    ("name of a volume type", FactKind::VolumeTypes, |state, text| state.volume_types[0].name = text.into()),
    ("description", FactKind::VolumeTypes, |state, text| {
        state.volume_types[0].description = Some(format!("[scs:encrypted] {text}"));
    }),
    ("spec of a volume type", FactKind::VolumeTypes, |state, text| {
        state.volume_types[0].extra_specs.insert("multiattach".into(), text.into());
    }),
    ("direction", FactKind::DefaultSecurityGroupRules, |state, text| state.default_rules[0].direction = text.into()),
    ("ethertype", FactKind::DefaultSecurityGroupRules, |state, text| state.default_rules[0].ethertype = text.into()),
    ("protocol", FactKind::DefaultSecurityGroupRules, |state, text| {
        state.default_rules[0].protocol = Some(text.into());
    }),
    ("prefix", FactKind::DefaultSecurityGroupRules, |state, text| {
        state.default_rules[0].remote_ip_prefix = Some(text.into());
    }),
    ("group", FactKind::DefaultSecurityGroupRules, |state, text| {
        state.default_rules[0].remote_group_id = Some(text.into());
    }),
];

/// Places in the answer of Keystone; it knows the token only after that.
const PLACES_OF_LOGIN: &[(&str, FactKind, Place)] = &[
    ("name of a service", FactKind::Catalog, |state, text| state.catalog[0].name = text.into()),
    ("type of a service", FactKind::Catalog, |state, text| {
        let mut other = state.catalog[0].clone();
        other.service_type = text.into();
        state.catalog.push(other);
    }),
];

fn property(state: &mut State, name: &str, value: &str) {
    state.images[0].properties.insert(name.to_owned(), value.to_owned());
}

fn spec(state: &mut State, name: &str, value: &str) {
    state.flavors[0].extra_specs.insert(name.to_owned(), value.to_owned());
}

/// Answers in which a value is of another type than the API promises, so that the error quotes it.
const MISFITS: &[(Service, FactKind, &str)] = &[
    (Service::Image, FactKind::Images, r#"{"images": "S"}"#),
    (Service::Image, FactKind::Images, r#"{"images": ["S"]}"#),
    (Service::Image, FactKind::Images, r#"{"images": [{"id": "i", "name": "n", "visibility": "S"}]}"#),
    (Service::Image, FactKind::Images, r#"{"images": [{"id": "i", "name": "n", "min_ram": "S"}]}"#),
    (Service::Image, FactKind::Images, r#"{"images": [{"id": "i", "name": "n", "created_at": "S"}]}"#),
    (Service::Image, FactKind::Images, r#"{"images": [{"id": "i", "tags": "S"}]}"#),
    (Service::Image, FactKind::Images, r#"{"images": [], "next": "/v2/S"}"#),
    (Service::Image, FactKind::Images, r#"{"S": []}"#),
    (Service::Image, FactKind::Images, r#"S"#),
    (Service::Compute, FactKind::Flavors, r#"{"flavors": [{"id": "i", "name": "n", "vcpus": "S"}]}"#),
    (Service::Compute, FactKind::Flavors, r#"{"flavors": [{"id": "i", "name": "n", "ram": {"S": 1}}]}"#),
    (Service::Compute, FactKind::Flavors, r#"{"flavors": {"S": "S"}}"#),
    (
        Service::Compute,
        FactKind::Flavors,
        r#"{"flavors": [], "flavors_links": [{"rel": "next", "href": "http://S/"}]}"#,
    ),
    (Service::BlockStorage, FactKind::VolumeTypes, r#"{"volume_types": [{"id": 1, "name": "S"}]}"#),
    (Service::BlockStorage, FactKind::VolumeTypes, r#"{"volume_types": [{"id": "i", "extra_specs": "S"}]}"#),
    (
        Service::Network,
        FactKind::DefaultSecurityGroupRules,
        r#"{"default_security_group_rules": [{"id": "i", "direction": "S"}]}"#,
    ),
    (
        Service::Network,
        FactKind::DefaultSecurityGroupRules,
        r#"{"default_security_group_rules": [{"id": "i", "direction": "ingress", "ethertype": "S"}]}"#,
    ),
    (Service::S3, FactKind::S3Answer, "<Error><Code>S</Code></Error>"),
    (Service::S3, FactKind::S3Answer, "<Error><Code>AccessDenied</Code><Message>S</Message></Error>"),
    (Service::S3, FactKind::S3Answer, "<html>S</html>"),
];

/// Returns the ways in which a service may write a secret: as it is, and so that only a program reads it.
fn spellings(secret: &str) -> Vec<String> {
    let every = |by: &str, n: usize| {
        let letters: Vec<char> = secret.chars().collect();
        letters.chunks(n).map(String::from_iter).collect::<Vec<_>>().join(by)
    };
    vec![
        secret.to_owned(),
        url::form_urlencoded::byte_serialize(secret.as_bytes()).collect(),
        STANDARD.encode(secret),
        URL_SAFE_NO_PAD.encode(format!("demo:{secret}")),
        hex::encode_upper(secret),
        every("\n", 5),
        every(" ", 4),
        every("-", 3),
    ]
}

/// Returns the parts of a secret that were not hidden, however they are written.
#[track_caller]
fn assert_silent(text: &str, secret: &str, when: &str) {
    let bare = |text: &str| text.replace(|c: char| !c.is_ascii_alphanumeric(), "");
    let core = |text: &str| bare(text).chars().take(24).collect::<String>();
    let text = text.replace("\\u{a}", "").replace("\\n", "");
    let squeezed = bare(&text);
    let mut words = vec![core(secret.split(['/', '+', 'ä']).next().unwrap()), core(&hex::encode_upper(secret))];
    words.extend(["", "1", "12"].map(|before| core(&STANDARD.encode(format!("{before}{secret}"))[4..])));
    for word in words {
        assert!(!squeezed.contains(&word), "{when}: {word} is in\n{}", text.chars().take(3000).collect::<String>());
    }
}

fn settings(cloud: &SimCloud) -> String {
    let auth = json!({"auth_url": cloud.auth_url(), "username": "demo", "password": PASSWORD, "project_name": "demo"});
    clouds(&json!({"auth": auth}))
}

/// Runs against a cloud that is changed once there is a token; returns what was collected, everything that was told,
/// and the token.
async fn collected(
    cloud: &Arc<SimCloud>,
    change: impl Fn(&str) + Send + Sync + 'static,
) -> (Collected, String, String) {
    let known = cloud.tokens();
    let (token, told) = (Arc::new(Mutex::new(String::new())), Arc::new(Mutex::new(String::new())));
    let events = Events::new("sim", {
        let (cloud, token, told) = (Arc::clone(cloud), Arc::clone(&token), Arc::clone(&told));
        move |event| {
            told.lock().unwrap().push_str(&format!("{event:?}\n"));
            if matches!(event.kind, EventKind::Step { step: Step::Login, state: StepState::Ended { .. } }) {
                let new = cloud.tokens().into_iter().find(|token| !known.contains(token)).unwrap_or_default();
                change(&new);
                *token.lock().unwrap() = new;
            }
        }
    });
    let request = CollectRequest {
        subject: Some("sim".to_owned()),
        deadline: Some(Duration::from_secs(60)),
        limits: hasty(),
        ..CollectRequest::new(configured(&settings(cloud), "sim"))
    };
    let collected = running::collect(request, plan().needs, &events, Stop::default()).await;
    let (told, token) = (told.lock().unwrap().clone(), token.lock().unwrap().clone());
    (collected, told, token)
}

fn plan() -> judging::Plan<'static> {
    let selection = Selection::everything(crate::support::now());
    judging::plan(embedded(), &embedded().scopes["scs-compatible-iaas"], &selection).unwrap()
}

/// Looks through everything that is made of what was collected.
#[track_caller]
fn assert_nothing_leaks(collected: Collected, told: &str, secret: &str, fact: FactKind, when: &str) {
    assert_silent(told, secret, when);
    let record = &collected.records[&fact];
    assert_eq!(record.state, CollectionState::Failed, "{when}: {record:?}");
    let recording = Recording::of(collected, crate::support::tool());
    assert_silent(&recording.to_json().unwrap(), secret, when);
    assert_silent(&redact(&recording).unwrap().to_json().unwrap(), secret, when);
    let report = crate::support::evaluated(&plan(), recording.collected);
    for format in Format::ALL {
        assert_silent(&render(format, &report).unwrap(), secret, &format!("{when}, {format}"));
    }
    let judged = report.testcases.values().filter(|result| result.needs.contains(&fact));
    for result in judged {
        assert!(!matches!(result.verdict, Verdict::Pass | Verdict::Fail), "{when}: {result:?}");
    }
}

async fn secretive() -> SimCloud {
    cloud(|state| state.identity.users[0].password = PASSWORD.to_owned()).await
}

#[tokio::test]
async fn a_password_in_data_is_neither_shown_nor_judged() {
    for (number, (place, fact, put)) in PLACES.iter().chain(PLACES_OF_LOGIN).enumerate() {
        let cloud = Arc::new(secretive().await);
        let spelled = spellings(PASSWORD).swap_remove(number % spellings(PASSWORD).len());
        cloud.update(|state| put(state, &spelled));
        let (collected, told, _) = collected(&cloud, |_| {}).await;
        assert_nothing_leaks(collected, &told, PASSWORD, *fact, &format!("{place}: {spelled}"));
    }
}

#[tokio::test]
async fn a_token_in_data_is_neither_shown_nor_judged() {
    for (place, fact, put) in PLACES {
        let cloud = Arc::new(secretive().await);
        let (collected, told, token) = {
            let of = Arc::clone(&cloud);
            collected(&cloud, move |token| of.update(|state| put(state, token))).await
        };
        assert_nothing_leaks(collected, &told, &token, *fact, place);
    }
}

#[tokio::test]
async fn errors_about_values_quote_no_token() {
    for (service, fact, body) in MISFITS {
        let cloud = Arc::new(secretive().await);
        let of = Arc::clone(&cloud);
        let plant = move |token: &str| {
            of.plant(Fault::new(answer(200, &body.replace('S', token))).service(*service));
        };
        let (collected, told, token) = collected(&cloud, plant).await;
        assert_silent(&told, &token, body);
        assert_silent(&format!("{collected:?}"), &token, body);
        // A page of a web server is known not to be S3, and its excerpt hides the token.
        let expected = if body.starts_with("<html>") { CollectionState::Known } else { CollectionState::Failed };
        assert_eq!(collected.records[fact].state, expected, "{body}");
    }
}

fn answer(status: u16, body: &str) -> Failure {
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    Failure::Status { status, headers, body: body.to_owned() }
}

/// Names of the account are shown when it logs in.
#[tokio::test]
async fn a_password_that_is_a_name_does_not_show() {
    let cloud = Arc::new(secretive().await);
    cloud.update(|state| {
        state.identity.users[0].assignments[0].roles.push(PASSWORD.to_owned());
    });
    let (collected, told, _) = collected(&cloud, |_| {}).await;
    assert!(told.contains("roles member"), "{told}");
    assert_silent(&format!("{told}{collected:?}"), PASSWORD, "roles");
}

/// Every channel of the program: what it prints, logs and writes.
#[rstest]
#[case("text")]
#[case("json")]
#[tokio::test]
async fn no_channel_of_the_program_shows_what_another_service_was_sent(#[case] log: &str) {
    let cloud = Arc::new(secretive().await);
    let outputs = format!(
        "check iaas --cloud sim -vv --log-format {log} -o json=r.json -o junit=r.xml -o yaml=r.yaml -o html=r.html \
         -o markdown=r.md --record facts.json --deadline 20s"
    );
    for spelled in spellings(PASSWORD) {
        cloud.clear_faults();
        let said = json!({"error": {"message": format!("LDAP refuses {spelled} of demo")}}).to_string();
        let listed = json!({"volume_types": [{"id": "i", "name": spelled, "description": spelled, "extra_specs": {}}]});
        cloud.plant(Fault::new(answer(400, &said)).service(Service::Compute));
        cloud.plant(Fault::new(answer(200, &listed.to_string())).service(Service::BlockStorage));
        cloud.plant(Fault::new(answer(403, &spelled)).service(Service::S3));
        let program = Program::new(&outputs).clouds(&settings(&cloud)).env("RUST_LOG", "trace");
        let ended = program.run().await;
        let files = ["r.json", "r.xml", "r.yaml", "r.html", "r.md", "facts.json"].map(|name| ended.file(name));
        for text in [ended.stdout.clone(), ended.stderr.clone()].into_iter().chain(files) {
            assert_silent(&text, PASSWORD, &spelled);
        }
        let refusal = ended.stderr.lines().find(|line| line.contains("LDAP refuses"));
        assert!(refusal.is_some_and(|line| line.contains("[secret]")), "{}", ended.stderr);
    }
}

/// Addresses of a catalog come with credentials and tokens now and then.
#[tokio::test]
async fn addresses_of_a_catalog_show_no_credentials() {
    let cloud = Arc::new(secretive().await);
    cloud.update(|state| {
        let entry = state.catalog_mut("placement").map(|entry| &mut entry.endpoints[0].url);
        let Some(url) = entry else { panic!("no placement") };
        *url = url_with_secrets();
    });
    let (collected, told, _) = collected(&cloud, |_| {}).await;
    let recording = Recording::of(collected, crate::support::tool());
    let report = crate::support::evaluated(&plan(), recording.collected.clone());
    let texts = [
        told,
        recording.to_json().unwrap(),
        redact(&recording).unwrap().to_json().unwrap(),
        render(Format::Html, &report).unwrap(),
    ];
    for text in texts {
        for secret in ["sup3r-s3cret", "gAAAAABtoken", "f8agment"] {
            assert!(!text.contains(secret), "{secret} in {}", text.chars().take(2000).collect::<String>());
        }
    }
    assert!(
        recording.to_json().unwrap().contains("http://h.example/placement?token=***&a=b"),
        "the address itself is shown"
    );
}

fn url_with_secrets() -> String {
    "http://adm:sup3r-s3cret@h.example/placement?token=gAAAAABtoken&a=b#f8agment".to_owned()
}

#[tokio::test]
async fn a_secret_of_the_configuration_that_is_not_used_does_not_show() {
    let cloud = Arc::new(secretive().await);
    let id = credential(&cloud.state());
    let auth = json!({"auth_url": cloud.auth_url(), "application_credential_id": id,
        "application_credential_secret": "simulated-secret", "password": "Zq7pass-unused"});
    cloud.update(|state| state.images[0].name = Some("Zq7pass-unused".into()));
    let program = Program::new("check iaas --cloud sim -o json=r.json").clouds(&clouds(&json!({"auth": auth})));
    let report: Value = program.run().await.json("r.json");
    assert!(!report.to_string().contains("Zq7pass"));
    assert_eq!(report["facts"]["images"]["state"], "failed");
}
