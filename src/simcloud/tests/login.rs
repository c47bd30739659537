//! Tokens: their issue, their content, and the refusal of requests without one.

use crate::support::{conformant, start};
use chrono::{TimeDelta, Utc};
use rstest::rstest;
use scs_simcloud::{Interface, S3Mode};
use serde_json::{Value, json};

fn by_password(user: Value, scope: Value) -> Value {
    json!({"auth": {"identity": {"methods": ["password"], "password": {"user": user}}, "scope": scope}})
}

fn by_credential(given: Value) -> Value {
    json!({"auth": {"identity": {"methods": ["application_credential"], "application_credential": given}}})
}

fn roles(token: &Value) -> Vec<&str> {
    token["token"]["roles"].as_array().unwrap().iter().map(|role| role["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_password_opens_a_project_named_in_any_way() {
    let cloud = start(conformant()).await;
    let identity = cloud.sim.state().identity;
    let (user, project) = (&identity.users[0], &identity.projects[0]);
    let by_name = json!({"name": "demo", "domain": {"name": "Default"}, "password": user.password});
    let by_id = json!({"id": user.id, "password": user.password});
    for user in [by_name, by_id] {
        for scope in [
            json!({"project": {"id": project.id}}),
            json!({"project": {"name": "demo", "domain": {"id": "default"}}}),
            json!(null),
        ] {
            let answer = cloud.log_in(&by_password(user.clone(), scope)).await;
            assert_eq!(answer.status, 201, "{}", answer.text);
            assert_eq!(answer.json()["token"]["project"]["id"], json!(project.id));
            assert_eq!(roles(&answer.json()), ["member", "load-balancer_member", "reader"]);
        }
    }
    assert_eq!(cloud.sim.tokens_issued(), 6);
}

#[tokio::test]
async fn without_a_scope_and_a_default_project_the_token_has_no_catalog() {
    let mut state = conformant();
    state.identity.users[0].default_project = None;
    let cloud = start(state).await;
    let user = cloud.sim.state().identity.users[0].clone();
    let body = json!({"auth": {"identity": {
        "methods": ["password"], "password": {"user": {"id": user.id, "password": user.password}},
    }}});
    let token = cloud.log_in(&body).await.json();
    assert!(token["token"].get("catalog").is_none() && token["token"].get("roles").is_none());
}

#[rstest]
#[case::wrong_password(json!({"name": "demo", "domain": {"id": "default"}, "password": "no"}), json!(null), 401)]
#[case::unknown_user(json!({"id": "nobody", "password": "no"}), json!(null), 401)]
#[case::no_domain(json!({"name": "demo", "password": "no"}), json!(null), 400)]
#[tokio::test]
async fn wrong_credentials_are_refused(#[case] user: Value, #[case] scope: Value, #[case] status: u16) {
    let cloud = start(conformant()).await;
    let answer = cloud.log_in(&by_password(user, scope)).await;
    assert_eq!((answer.status, &answer.json()["error"]["code"]), (status, &json!(status)));
    assert_eq!(answer.header("www-authenticate").is_some(), status == 401);
}

#[tokio::test]
async fn a_project_without_a_role_is_refused() {
    let cloud = start(conformant()).await;
    let identity = cloud.sim.state().identity;
    let user = json!({"id": identity.users[0].id, "password": identity.users[0].password});
    let answer = cloud.log_in(&by_password(user, json!({"project": {"id": identity.projects[1].id}}))).await;
    assert_eq!(answer.status, 401);
}

#[tokio::test]
async fn an_application_credential_works_until_it_expires() {
    let cloud = start(conformant()).await;
    let credential = cloud.sim.state().identity.application_credentials[0].clone();
    let by_id = by_credential(json!({"id": credential.id, "secret": credential.secret}));
    let by_name = by_credential(json!({
        "name": "demo", "secret": credential.secret, "user": {"name": "demo", "domain": {"id": "default"}},
    }));
    for body in [&by_id, &by_name] {
        let answer = cloud.log_in(body).await;
        assert_eq!(answer.status, 201);
        assert_eq!(answer.json()["token"]["application_credential"]["restricted"], json!(true));
    }
    let unknown = cloud.log_in(&by_credential(json!({"id": "0", "secret": "x"}))).await;
    assert_eq!(unknown.status, 404, "Keystone tells unknown credentials from wrong secrets");
    cloud.sim.update(|state| {
        state.identity.application_credentials[0].expires_at = Some(Utc::now() - TimeDelta::days(1));
    });
    assert_eq!(cloud.log_in(&by_id).await.status, 401);
}

#[rstest]
#[case::image("/image/v2/images", "401 Unauthorized\n\nThis server could not verify")]
#[case::compute("/compute/v2.1/flavors/detail", r#"{"error":{"code":401"#)]
#[case::block_storage("/volume/v3/types", r#"{"error":{"code":401"#)]
#[case::network("/network/v2.0/default-security-group-rules", r#"{"error":{"code":401"#)]
#[case::object_store("/swift/v1/AUTH_x", "<html><h1>Unauthorized</h1>")]
#[tokio::test]
async fn expired_tokens_are_refused_everywhere(#[case] path: &str, #[case] body: &str) {
    let cloud = start(conformant()).await;
    let token = cloud.token().await;
    let headers = [("x-auth-token", token.as_str())];
    let ask = || cloud.ask(path, &headers);
    assert_ne!(ask().await.status, 401);
    assert_eq!(cloud.sim.expire_tokens(), 1);
    let answer = ask().await;
    assert_eq!(answer.status, 401);
    assert!(answer.text.starts_with(body), "{}", answer.text);
    let challenge = answer.header("www-authenticate").unwrap();
    assert!(challenge.contains(&format!("Keystone uri=\"{}\"", cloud.sim.auth_url())), "{challenge}");
}

#[tokio::test]
async fn tokens_die_of_age() {
    let mut state = conformant();
    state.identity.token_seconds = 0;
    let cloud = start(state).await;
    assert_eq!(cloud.get("/image/v2/images").await.status, 401);
}

#[tokio::test]
async fn the_catalog_is_what_the_state_says() {
    let mut state = conformant();
    state.remove_service("key-manager");
    state.add_region("RegionTwo");
    state.catalog_mut("block-storage").unwrap().service_type = "volumev3".to_owned();
    let image = state.catalog_mut("image").unwrap();
    image.endpoints.retain(|endpoint| endpoint.interface == Interface::Public);
    image.endpoints[1].url = "http://127.0.0.1:1/image/v2".to_owned();
    let cloud = start(state).await;
    let token = cloud.token().await;
    let catalog = cloud.ask("/identity/v3/auth/catalog", &[("x-auth-token", &token)]).await.json();
    let entries = catalog["catalog"].as_array().unwrap();
    let types: Vec<&str> = entries.iter().map(|entry| entry["type"].as_str().unwrap()).collect();
    assert!(!types.contains(&"key-manager") && types.contains(&"volumev3"));
    let urls: Vec<String> = entries
        .iter()
        .filter(|entry| entry["type"] == "image")
        .flat_map(|entry| {
            entry["endpoints"]
                .as_array()
                .unwrap()
                .iter()
                .map(|endpoint| format!("{} {}", endpoint["region"], endpoint["url"]))
        })
        .collect();
    let first = format!("\"RegionOne\" \"{}/image\"", cloud.sim.base_url());
    assert_eq!(urls, [first, "\"RegionTwo\" \"http://127.0.0.1:1/image/v2\"".to_owned()]);
}

#[tokio::test]
async fn clouds_yaml_speaks_for_the_first_user() {
    let cloud = start(conformant()).await;
    let text = cloud.sim.clouds_yaml("sim").unwrap();
    assert!(text.contains("sim-appcred:") && text.contains(&cloud.sim.auth_url()), "{text}");
    assert!(text.contains("application_credential_secret: simulated-secret"), "{text}");
}

#[rstest]
#[case::rgw(S3Mode::Rgw, 403, "<Code>InvalidAccessKeyId</Code>")]
#[case::swift(S3Mode::Swift, 403, "<Code>SignatureDoesNotMatch</Code>")]
#[case::web_server(S3Mode::NotS3, 200, "<html>")]
#[case::web_server_404(S3Mode::NotS3NotFound, 404, "<html>")]
#[case::nobody(S3Mode::Absent, 503, "No server is available")]
#[tokio::test]
async fn s3_refuses_unknown_keys_in_its_own_words(#[case] mode: S3Mode, #[case] status: u16, #[case] body: &str) {
    let cloud = start(conformant()).await;
    cloud.sim.update(|state| state.s3.mode = mode);
    let now = Utc::now().format("%Y%m%dT%H%M%SZ").to_string();
    let signed = |region: &str| {
        format!(
            "AWS4-HMAC-SHA256 Credential=doesnotexist/20261120/{region}/s3/aws4_request, SignedHeaders=host, Signature=0"
        )
    };
    let answer = cloud.ask("/", &[("authorization", &signed("us-east-1")), ("x-amz-date", &now)]).await;
    assert_eq!(answer.status, status);
    assert!(answer.text.contains(body), "{}", answer.text);
    if mode == S3Mode::Swift {
        let answer = cloud.ask("/", &[("authorization", &signed("elsewhere")), ("x-amz-date", &now)]).await;
        assert!(answer.text.contains("AuthorizationHeaderMalformed"), "{}", answer.text);
    }
}
