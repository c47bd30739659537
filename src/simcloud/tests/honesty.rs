//! The simulated services against the recordings of the real ones: same request, same answer, but for what must differ.

use crate::mirror::{RECORDED_BASE, Recording, lab, prefix, recordings};
use crate::support::{Answer, Cloud, start};
use chrono::Utc;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Values that are new each time, or that our cloud makes up in its own way.
const VOLATILE: [&str; 3] = ["audit_ids", "expires_at", "issued_at"];

struct Tokens {
    valid: String,
    unscoped: String,
}

#[tokio::test]
async fn simulated_services_answer_as_the_real_ones() {
    let cloud = start(lab()).await;
    let unscoped = json!({"auth": {"scope": "unscoped", "identity": {
        "methods": ["password"],
        "password": {"user": {"name": "scs", "domain": {"id": "default"}, "password": "<password>"}},
    }}});
    let unscoped = cloud.log_in(&unscoped).await.header("x-subject-token").unwrap();
    let tokens = Tokens { valid: cloud.token().await, unscoped };
    let all = recordings();
    assert!(all.len() > 100, "only {} recordings", all.len());
    let mut differences = Vec::new();
    for (name, recording) in &all {
        let answer = replay(&cloud, recording, &tokens).await;
        let found = compare(&cloud, recording, &answer);
        differences.extend(found.into_iter().map(|difference| format!("{name}: {difference}")));
    }
    assert!(differences.is_empty(), "{} differences\n{}", differences.len(), differences.join("\n"));
}

async fn replay(cloud: &Cloud, recording: &Recording, tokens: &Tokens) -> Answer {
    let url = cloud.url(&format!("{}{}", prefix(&recording.service), recording.path));
    let method = Method::from_bytes(recording.method.as_bytes()).unwrap();
    let mut request = cloud.client.request(method, url);
    for (name, value) in &recording.request_headers {
        // A signature is refused for its age before anything else.
        let now = Utc::now().format("%Y%m%dT%H%M%SZ").to_string();
        let value = if name == "x-amz-date" { &now } else { value.as_str().unwrap() };
        request = request.header(name, value);
    }
    match recording.token.as_deref() {
        Some("valid") => request = request.header("x-auth-token", &tokens.valid),
        Some("unscoped") => request = request.header("x-auth-token", &tokens.unscoped),
        Some(_) => request = request.header("x-auth-token", "gAAAAABunknown"),
        None => {}
    }
    if let Some(body) = &recording.request_body {
        let body = body.to_string().replace("<token>", &tokens.valid);
        request = request.header("content-type", "application/json").body(body);
    }
    Answer::of(request.send().await.unwrap()).await
}

fn compare(cloud: &Cloud, recording: &Recording, answer: &Answer) -> Vec<String> {
    let mut found = Vec::new();
    if answer.status != recording.status {
        found.push(format!("status {} instead of {}", answer.status, recording.status));
    }
    headers(cloud, recording, answer, &mut found);
    let text = answer.text.replace(cloud.sim.base_url(), RECORDED_BASE);
    match &recording.body {
        Value::String(recorded) if recorded.starts_with("<?xml") => {
            if elements(recorded) != elements(&text) {
                found.push(format!("elements {:?} instead of {:?}", elements(&text), elements(recorded)));
            }
        }
        Value::String(recorded) if *recorded != text => found.push(format!("body {text:?} instead of {recorded:?}")),
        Value::String(_) => {}
        recorded => match serde_json::from_str(&text) {
            Ok(simulated) => values("", recorded, &simulated, &mut found),
            Err(error) => found.push(format!("no JSON ({error}): {text}")),
        },
    }
    found
}

/// Checks that the recorder kept the headers that a client may look at: of those, all and no others; with the same
/// values but for ids and tokens.
fn headers(cloud: &Cloud, recording: &Recording, answer: &Answer, found: &mut Vec<String>) {
    const KEPT: [&str; 12] = [
        "content-type",
        "vary",
        "www-authenticate",
        "x-openstack-request-id",
        "x-compute-request-id",
        "location",
        "allow",
        "openstack-api-version",
        "x-openstack-nova-api-version",
        "x-subject-token",
        "x-amz-request-id",
        "x-trans-id",
    ];
    let plain = |text: &str| text.to_lowercase().replace(cloud.sim.base_url(), RECORDED_BASE).replace(' ', "");
    for name in KEPT {
        let recorded = recording.headers.get(name).and_then(Value::as_str);
        let simulated = answer.header(name);
        let unlike = match (recorded, &simulated) {
            (Some(_), Some(_)) if name.ends_with("-id") || name.ends_with("-token") => false,
            (Some(recorded), Some(simulated)) => plain(recorded) != plain(simulated),
            (recorded, simulated) => recorded.is_some() != simulated.is_some(),
        };
        if unlike {
            found.push(format!("header {name}: {simulated:?} instead of {recorded:?}"));
        }
    }
}

/// Returns the names of the elements of an XML document, in order.
fn elements(xml: &str) -> Vec<&str> {
    xml.split('<').skip(2).map(|part| part.split(['>', ' ']).next().unwrap()).collect()
}

/// Compares two values: same keys, same types, same values.
fn values(path: &str, recorded: &Value, simulated: &Value, found: &mut Vec<String>) {
    match (recorded, simulated) {
        (Value::Object(left), Value::Object(right)) => {
            let (left_keys, right_keys): (BTreeSet<_>, BTreeSet<_>) = (left.keys().collect(), right.keys().collect());
            if left_keys != right_keys {
                let missing: Vec<_> = left_keys.difference(&right_keys).collect();
                let foreign: Vec<_> = right_keys.difference(&left_keys).collect();
                found.push(format!("{path}: missing {missing:?}, foreign {foreign:?}"));
            }
            for (key, value) in left {
                if let Some(other) = right.get(key) {
                    values(&format!("{path}.{key}"), value, other, found);
                }
            }
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            let (mut left, mut right) = (left.clone(), right.clone());
            // Keystone's roles and Glance's versions come in no order.
            if path.ends_with(".roles") || path.ends_with(".versions") {
                let key = |value: &Value| {
                    format!("{}{}", value["name"], if value["name"].is_null() { &value["id"] } else { &Value::Null })
                };
                left.sort_by_key(key);
                right.sort_by_key(key);
            }
            for (place, (left, right)) in left.iter().zip(&right).enumerate() {
                values(&format!("{path}[{place}]"), left, right, found);
            }
        }
        _ if std::mem::discriminant(recorded) != std::mem::discriminant(simulated)
            || (!volatile(path) && first_line(recorded) != first_line(simulated)) =>
        {
            found.push(format!("{path}: {simulated} instead of {recorded}"));
        }
        _ => {}
    }
}

fn volatile(path: &str) -> bool {
    let made_up = path.contains(".catalog") || path.contains(".roles");
    VOLATILE.iter().any(|key| path.contains(key)) || (made_up && path.ends_with(".id"))
}

/// Returns the first line of a text: Keystone's schema check prints its whole schema behind it.
fn first_line(value: &Value) -> Value {
    value.as_str().map_or_else(|| value.clone(), |text| json!(text.lines().next()))
}
