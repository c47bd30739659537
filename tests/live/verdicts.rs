//! The complete verdict maps, whichever way one logs in and S3 answers.

use crate::lab::{Lab, REQUESTS, S3, Seed, assert_known, check, cloud, cloud_of, requests, settings, verdicts};
use rstest::rstest;
use scs_subjects::openstack::{Limits, Reader, RequestContext, S3Reply, Session};
use serde_json::{Value, json};
use std::time::Duration;

/// Switching S3 takes a while, and so does seeding; hence all in one test, in the cheapest order.
#[tokio::test]
#[ignore = "needs the lab: tests/lab/openstack/up.sh"]
async fn both_seeds_by_both_logins_with_both_ways_of_s3() {
    let mut lab = Lab::seeded(Seed::Clean).await;
    let before = S3::of_lab();
    // Last the one that was there, so that it stays.
    for (s3, seeds) in [(before.other(), [Seed::Clean, Seed::Mostly]), (before, [Seed::Mostly, Seed::Clean])] {
        lab.switch_s3(s3);
        assert_eq!(s3_refusal().await, s3.refusal());
        for seed in seeds {
            lab.seed(seed);
            for name in ["scs-lab", "scs-lab-appcred"] {
                let report = check(cloud(name)).await;
                assert_known(seed, &verdicts(&report), &format!("{name}, {s3:?}"));
                assert_eq!(requests(&report), REQUESTS, "{:#?}", report.facts);
            }
        }
    }
}

async fn s3_refusal() -> String {
    let errand = RequestContext::within(Duration::from_secs(60));
    let session = Session::connect(&cloud("scs-lab"), Limits::default(), &errand).await.unwrap();
    match Reader::new(session, errand).probe_s3().await.unwrap() {
        S3Reply::Error { code, .. } => code,
        other => panic!("{other:?}"),
    }
}

/// The ways to log in, besides the two in the lab's clouds.yaml.
#[derive(Debug)]
enum Login {
    ApplicationCredentialByName,
    ProjectById,
    Token,
}

#[rstest]
#[tokio::test]
#[ignore = "needs the lab: tests/lab/openstack/up.sh"]
async fn every_login_gives_the_same_verdicts(
    #[values(Login::ApplicationCredentialByName, Login::ProjectById, Login::Token)] login: Login,
) {
    let _lab = Lab::seeded(Seed::Clean).await;
    let report = check(cloud_of(&settings_of(&login).await)).await;
    assert_known(Seed::Clean, &verdicts(&report), &format!("{login:?}: {:?}", report.subject));
    assert_eq!(requests(&report), REQUESTS, "{:#?}", report.facts);
}

async fn settings_of(login: &Login) -> Value {
    let mut password = settings("scs-lab");
    match login {
        Login::ApplicationCredentialByName => {
            let mut settings = settings("scs-lab-appcred");
            let auth = settings["auth"].as_object_mut().unwrap();
            auth.remove("application_credential_id");
            auth.insert("application_credential_name".to_owned(), "scs-lab".into());
            auth.insert("username".to_owned(), password["auth"]["username"].clone());
            auth.insert("user_domain_name".to_owned(), "Default".into());
            settings
        }
        Login::ProjectById => {
            let (_, project) = token(&password["auth"]).await;
            let auth = password["auth"].as_object_mut().unwrap();
            auth.retain(|key, _| !key.starts_with("project_"));
            auth.insert("project_id".to_owned(), project.into());
            // That address has been written without the version by many.
            auth["auth_url"] = auth["auth_url"].as_str().unwrap().trim_end_matches("/v3").into();
            password
        }
        Login::Token => {
            let (token, project) = token(&password["auth"]).await;
            let auth_url = &password["auth"]["auth_url"];
            json!({
                "auth_type": "v3token",
                "region_name": "RegionOne",
                "auth": {"auth_url": auth_url, "token": token, "project_id": project},
            })
        }
    }
}

/// Requests a token for these settings; returns it and the id of their project.
async fn token(auth: &Value) -> (String, String) {
    let user = json!({"name": auth["username"], "domain": {"name": "Default"}, "password": auth["password"]});
    let body = json!({"auth": {
        "identity": {"methods": ["password"], "password": {"user": user}},
        "scope": {"project": {"name": auth["project_name"], "domain": {"name": "Default"}}},
    }});
    let url = format!("{}/auth/tokens", auth["auth_url"].as_str().unwrap());
    let answer = reqwest::Client::new().post(url).json(&body).send().await.unwrap();
    let token = answer.headers()["x-subject-token"].to_str().unwrap().to_owned();
    let body: Value = answer.json().await.unwrap();
    (token, body["token"]["project"]["id"].as_str().unwrap().to_owned())
}
