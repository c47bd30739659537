//! Answers of services: a JSON list of `{"status", "headers", "body"}`, whose body is JSON, or a string that is the body
//! itself. Each is read as a document, a token and an answer to S3, all together as the pages of each list. What is wrong
//! with them is told in one line that is not too long and holds no secret.

#![no_main]

#[path = "shared/json.rs"]
mod json;

use chrono::DateTime;
use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use scs_checks::facts::{DefaultSecurityGroupRules, Flavors, Images, VolumeTypes};
use scs_subjects::collect::cloud::convert::{self, ConversionError};
use scs_subjects::collect::reason_of;
use scs_subjects::openstack::config::{ApplicationCredential, Auth, Domain, Project, User};
use scs_subjects::openstack::fuzzing::{RawReply, base_url, list};
use scs_subjects::openstack::{Error, ErrorKind, Item, Login, S3Reply, Service};
use serde_json::Value;
use std::time::Duration;
use url::Url;

/// A password that JSON writes in another way than it is.
const SECRET: &str = "g\u{e9}heim\"canary";

/// The limit of a message in characters.
const LONGEST: usize = 2000;

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| { json::mutate(data, size, max_size, seed) });

fuzz_target!(|input: &[u8]| {
    let answers: Vec<Recorded> = match serde_json::from_slice(input) {
        Ok(Value::Array(answers)) => answers.iter().filter_map(Recorded::of).collect(),
        // Anything else is the body of an answer.
        _ => vec![
            Recorded { status: 200, headers: Vec::new(), body: input.to_vec() },
            Recorded { status: 403, headers: Vec::new(), body: input.to_vec() },
        ],
    };
    for answer in &answers {
        if let Err(error) = answer.get().document() {
            told(&error);
            secret_is_kept(&error);
        }
        one_line(&format!("{:?}", answer.get().retry_after(DateTime::UNIX_EPOCH).unwrap_or(Duration::ZERO)));
        match answer.get().s3() {
            Err(error) => told(&error),
            Ok(S3Reply::Error { code, message, .. }) => one_line(&(code + &message)),
            Ok(S3Reply::NotS3 { excerpt, .. }) => one_line(&excerpt),
            Ok(S3Reply::Buckets { .. }) => {}
        }
        for auth in [password(), token(), application_credential()] {
            match answer.get().login(&auth) {
                Err(error) => {
                    told(&error);
                    // A login that is refused for its roles is told with names. That one of them is the secret, only a
                    // fuzzer knows.
                    if !matches!(error.kind, ErrorKind::RoleMissing { .. } | ErrorKind::RoleTooHigh { .. }) {
                        secret_is_kept(&error);
                    }
                }
                Ok(login) => endpoints(&login),
            }
        }
    }
    lists(&answers);
});

/// An answer that can be given several times.
struct Recorded {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Recorded {
    fn of(json: &Value) -> Option<Self> {
        let headers = json["headers"].as_object().into_iter().flatten();
        Some(Self {
            status: u16::try_from(json["status"].as_u64()?).ok().filter(|status| (100..1000).contains(status))?,
            headers: headers.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect(),
            body: match &json["body"] {
                Value::String(text) => text.clone().into_bytes(),
                other => other.to_string().into_bytes(),
            },
        })
    }

    fn get(&self) -> RawReply {
        let headers = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        RawReply::new(self.status, headers, self.body.clone(), SECRET)
    }
}

fn lists(answers: &[Recorded]) {
    let first = Url::parse("https://cloud.example.com:8774/v2.1/flavors/detail?limit=1000").unwrap();
    for key in ["flavors", "images", "volume_types", "default_security_group_rules"] {
        let items = match list(&first, answers.iter().map(Recorded::get), key, 500) {
            Ok(items) => items,
            Err(error) => {
                told(&error);
                continue;
            }
        };
        assert!(items.len() <= 500);
        match key {
            "flavors" => converted(items, convert::flavors, |Flavors(all)| all.len()),
            "images" => converted(items, convert::images, |Images(all)| all.len()),
            "volume_types" => converted(items, convert::volume_types, |VolumeTypes(all)| all.len()),
            _ => converted(items, convert::default_rules, |DefaultSecurityGroupRules(all)| all.len()),
        }
    }
}

fn converted<T>(items: Vec<Item>, convert: fn(Vec<Item>) -> Result<T, ConversionError>, length: fn(&T) -> usize) {
    let count = items.len();
    match convert(items) {
        Ok(fact) => assert!(length(&fact) <= count),
        Err(misfit) => assert!(misfit.path.starts_with('[')),
    }
}

fn endpoints(login: &Login) {
    assert!(!login.catalog.services.is_empty() && login.roles.iter().any(|role| role.eq_ignore_ascii_case("member")));
    let services = [
        Service::Identity,
        Service::Compute,
        Service::Image,
        Service::Network,
        Service::BlockStorage,
        Service::KeyManager,
        Service::ObjectStore,
    ];
    for service in services {
        for region in [None, Some("RegionOne")] {
            match base_url(login, service, region) {
                Ok(url) => assert!(matches!(url.scheme(), "http" | "https") && url.host().is_some()),
                Err(error) => told(&error),
            }
        }
    }
}

fn told(error: &Error) {
    let text = error.to_string();
    one_line(&text);
    assert_eq!(reason_of(error).message, text);
}

/// Asserts that a service that repeats what it was sent does not bring it into our messages, in whatever spelling.
fn secret_is_kept(error: &Error) {
    let text = error.to_string();
    let spellings = [SECRET, "g\u{e9}heim\\\"canary", "g\\u00e9heim\\\"canary"];
    assert!(!spellings.iter().any(|spelling| text.contains(spelling)), "a secret in: {text}");
}

fn one_line(text: &str) {
    assert!(text.chars().all(|c| !c.is_control()), "disturbs a terminal: {text:?}");
    assert!(text.chars().count() <= LONGEST, "too long: {text}");
}

fn password() -> Auth {
    Auth::Password { user: User::Id("u".to_owned()), password: SECRET.into(), project: Project::Id("p".to_owned()) }
}

fn token() -> Auth {
    let project = Project::Name { name: "p".to_owned(), domain: Domain::Id("default".to_owned()) };
    Auth::Token { token: SECRET.into(), project }
}

fn application_credential() -> Auth {
    Auth::ApplicationCredential { credential: ApplicationCredential::Id("a".to_owned()), secret: SECRET.into() }
}
