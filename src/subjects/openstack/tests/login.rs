//! The token request, its refusals and its renewal.

use super::*;
use crate::openstack::config::ApplicationCredential;
use crate::openstack::login::request_body;
use futures_util::future::join_all;
use rstest::rstest;

fn password(user: User, project: Project) -> Auth {
    Auth::Password { user, password: SecretString::from(PASSWORD), project }
}

fn credential(credential: ApplicationCredential) -> Auth {
    Auth::ApplicationCredential { credential, secret: SecretString::from(PASSWORD) }
}

fn text(text: &str) -> String {
    text.to_owned()
}

#[rstest]
#[case::password_by_names(
    password_auth(),
    json!({"identity": {"methods": ["password"], "password": {"user": {"name": "u", "domain": {"name": "Default"}, "password": PASSWORD}}},
        "scope": {"project": {"name": "p", "domain": {"id": "default"}}}})
)]
#[case::password_by_ids(
    password(User::Id(text("1")), Project::Id(text("2"))),
    json!({"identity": {"methods": ["password"], "password": {"user": {"id": "1", "password": PASSWORD}}}, "scope": {"project": {"id": "2"}}})
)]
#[case::credential_by_id(
    credential(ApplicationCredential::Id(text("i"))),
    json!({"identity": {"methods": ["application_credential"], "application_credential": {"id": "i", "secret": PASSWORD}}})
)]
#[case::credential_by_name(
    credential(ApplicationCredential::Name { name: text("n"), user: User::Name { name: text("u"), domain: Domain::Id(text("d")) } }),
    json!({"identity": {"methods": ["application_credential"],
        "application_credential": {"name": "n", "user": {"name": "u", "domain": {"id": "d"}}, "secret": PASSWORD}}})
)]
#[case::token(
    Auth::Token { token: SecretString::from(PASSWORD), project: Project::Id(text("2")) },
    json!({"identity": {"methods": ["token"], "token": {"id": PASSWORD}}, "scope": {"project": {"id": "2"}}})
)]
#[case::password_without_a_project(
    password(User::Id(text("1")), Project::Default),
    json!({"identity": {"methods": ["password"], "password": {"user": {"id": "1", "password": PASSWORD}}}})
)]
#[case::token_without_a_project(
    Auth::Token { token: SecretString::from(PASSWORD), project: Project::Default },
    json!({"identity": {"methods": ["token"], "token": {"id": PASSWORD}}})
)]
fn request_bodies(#[case] auth: Auth, #[case] expected: Value) {
    let body: Value = serde_json::from_str(&request_body(&auth)).unwrap();
    assert_eq!(body, json!({"auth": expected}));
}

#[tokio::test]
async fn a_login_is_one_request() {
    let server = serve(|_| Answer::json(500, &json!({}))).await;
    let context = context();
    let session = Session::connect(&cloud(&server.url("/identity/v3")), limits(), &context).await.unwrap();
    let login = session.login();
    assert_eq!((login.user.name.as_str(), login.project.id.as_str()), ("u", "p1"));
    assert_eq!(login.roles, ["member", "reader"]);
    assert_eq!(login.expires_at.unwrap().to_rfc3339(), "2030-01-01T00:00:00+00:00");
    let trace = context.trace.requests();
    assert_eq!(trace.len(), 1);
    assert_eq!(trace[0].url, server.url("/identity/v3/auth/tokens"));
    assert_eq!(
        trace[0].attempts,
        [AttemptTrace { status: Some(201), request_id: Some("req-login".to_owned()), clock_ahead: None }]
    );
    let request = &server.requests()[0];
    assert_eq!(request.header("user-agent"), concat!("scs-conformance/", env!("CARGO_PKG_VERSION")));
    assert_eq!(request.header("accept"), "application/json");
}

/// Returns the token's answer with one part changed.
fn token_with(change: impl FnOnce(&mut Value)) -> Answer {
    let mut answer = token("http://x");
    change(&mut answer["token"]);
    Answer::json(201, &answer).header("X-Subject-Token", "t")
}

fn roles(names: &[&str]) -> Answer {
    token_with(|token| token["roles"] = names.iter().map(|name| json!({"name": name})).collect())
}

#[rstest]
#[case::wrong_password(|| Answer::json(401, &json!({"error": {"code": 401, "message": "The request you have made requires authentication.", "title": "Unauthorized"}})), "[credentials-refused] POST BASE/v3/auth/tokens: HTTP 401: The request you have made requires authentication; check user name, password, domains and project; the user may also be disabled or locked")]
#[case::second_factor(|| Answer::json(401, &json!({"receipt": {"methods": ["password"], "expires_at": "2030-01-01T00:00:00.000000Z"}, "required_auth_methods": [["totp", "password"]]})).header("Openstack-Auth-Receipt", "gAAAA"), "[credentials-refused] POST BASE/v3/auth/tokens: HTTP 401: Keystone asks this user for a second factor; use an application credential, which needs none: openstack application credential create NAME")]
#[case::admin(|| roles(&["member", "admin"]), "[role-too-high] the role admin is privileged; roles of user u in project p: member, admin; use an account that has the role member and nothing privileged")]
#[case::manager(|| roles(&["Manager", "member"]), "[role-too-high] the role manager is privileged; roles of user u in project p: Manager, member; use an account that has the role member and nothing privileged")]
#[case::another_project(|| token_with(|token| token["project"]["name"] = json!("q")), "[invalid-answer] Keystone was asked for a token of project p, and returned one of project q; the provider must check Keystone")]
#[case::another_user(|| token_with(|token| token["user"]["name"] = json!("v")), "[invalid-answer] Keystone was asked for a token of user u, and returned one of user v; the provider must check Keystone")]
#[case::reader(|| roles(&["reader"]), "[role-missing] the role member is missing; roles of user u in project p: reader; give the user the role member in this project")]
#[case::no_roles(|| token_with(|token| { token.as_object_mut().unwrap().remove("roles"); }), "[role-missing] the role member is missing; roles of user u in project p: none; give the user the role member in this project")]
#[case::unscoped(|| token_with(|token| { token.as_object_mut().unwrap().remove("project"); }), "[scope-missing] the token is not for a project; set project_name or project_id; a system or domain token is of no use")]
#[case::no_catalog(|| token_with(|token| { token.as_object_mut().unwrap().remove("catalog"); }), "[scope-missing] the token comes without a service catalog; the provider must register its services for this project")]
#[case::empty_catalog(|| token_with(|token| token["catalog"] = json!([])), "[scope-missing] the token comes without a service catalog; the provider must register its services for this project")]
#[case::web_page(|| Answer::new(200, "text/html", "<html><head><title>Welcome</title></head></html>"), "[not-an-api] POST BASE/v3/auth/tokens: a web page instead of JSON: Welcome; auth_url points to a web page: auth_url must point to Keystone, like https://cloud.example.com:5000/v3")]
#[case::other_json(|| Answer::json(200, &json!({"hello": "world"})), "[not-an-api] POST BASE/v3/auth/tokens: not the JSON the API promises: missing field `token` at line 1 column 17; auth_url must point to Keystone, like https://cloud.example.com:5000/v3")]
#[case::no_token_header(|| Answer::json(201, &token("http://x")), "[not-an-api] POST BASE/v3/auth/tokens: the answer has no X-Subject-Token header; auth_url must point to Keystone, like https://cloud.example.com:5000/v3")]
#[case::not_found(|| Answer::new(404, "text/html", "<html><style>h1 {}</style><h1>Not Found</h1></html>"), "[not-an-api] POST BASE/v3/auth/tokens: HTTP 404: Not Found; auth_url must point to Keystone, like https://cloud.example.com:5000/v3")]
#[case::unknown_token(|| Answer::json(404, &json!({"error": {"code": 404, "message": "Could not recognize Fernet token"}})), "[credentials-refused] POST BASE/v3/auth/tokens: HTTP 404: Could not recognize Fernet token; check user name, password, domains and project; the user may also be disabled or locked")]
#[case::another_api(|| Answer::json(404, &json!({"message": "The resource could not be found.", "code": "404 Not Found"})), "[not-an-api] POST BASE/v3/auth/tokens: HTTP 404: The resource could not be found; auth_url must point to Keystone, like https://cloud.example.com:5000/v3")]
#[case::versions(|| Answer::json(300, &json!({"versions": []})), "[not-an-api] POST BASE/v3/auth/tokens: HTTP 300: points elsewhere; auth_url must point to Keystone, like https://cloud.example.com:5000/v3")]
#[case::redirect(|| Answer::new(301, "text/html", "").header("Location", "https://u:p@other/v3/auth/tokens?x=1#y"), "[redirected] POST BASE/v3/auth/tokens: HTTP 301: points to https://other/v3/auth/tokens?x=1; set auth_url to it, without /auth/tokens")]
#[case::https_port(|| Answer::new(400, "text/plain", "Client sent an HTTP request to an HTTPS server."), "[not-an-api] POST BASE/v3/auth/tokens: HTTP 400: Client sent an HTTP request to an HTTPS server; write https:// instead of http://")]
#[case::bad_request(|| Answer::json(400, &json!({"error": {"message": "Expecting to find domain in user."}})), "[unexpected-status] POST BASE/v3/auth/tokens: HTTP 400: Expecting to find domain in user")]
#[case::forbidden(|| Answer::json(403, &json!({"error": {"message": "no"}})), "[forbidden] POST BASE/v3/auth/tokens: HTTP 403: no; Keystone does not let this user have such a token")]
#[case::broken(|| Answer::json(500, &json!({"error": {"message": "An unexpected error", "title": "Internal"}})), "[server-error] POST BASE/v3/auth/tokens: HTTP 500: An unexpected error; the service failed; check its logs")]
#[case::busy(|| Answer::new(503, "text/html", "<h1>busy</h1>"), "[server-error] POST BASE/v3/auth/tokens: HTTP 503: busy; the service failed; check its logs")]
#[case::limited(|| Answer::new(429, "text/plain", "slow\u{1b}[31m\r\ndown"), "[rate-limited] POST BASE/v3/auth/tokens: HTTP 429: slow [31m down; the service limits requests; try again later")]
#[case::repeats_password(|| Answer::json(400, &json!({"error": {"message": format!("bad password {PASSWORD}")}})), "[unexpected-status] POST BASE/v3/auth/tokens: HTTP 400: bad password [secret]")]
#[tokio::test]
async fn refusals(#[case] answer: fn() -> Answer, #[case] expected: &str) {
    let server = Server::start(move |_| answer()).await;
    let result = Session::connect(&cloud(&server.url("/v3")), limits(), &context()).await;
    let error = result.err().unwrap();
    let text = format!("[{}] {error}", kind_name(&error.kind)).replace(&server.url(""), "BASE");
    assert_eq!(text, expected);
    assert!(server.requests().iter().all(|request| request.method == "POST"), "no request follows the token");
}

/// Keystone may compare names without regard to case.
#[rstest]
#[case("/user/name", "U")]
#[case("/project/name", "P ")]
#[case("/project/name", "")]
#[tokio::test]
async fn a_name_in_another_spelling_is_the_same(#[case] place: &'static str, #[case] name: &'static str) {
    let server = Server::start(move |_| token_with(|token| *token.pointer_mut(place).unwrap() = json!(name))).await;
    assert!(Session::connect(&cloud(&server.url("/v3")), limits(), &context()).await.is_ok());
}

/// One bad entry of a catalog is no reason to refuse the login.
#[rstest]
#[case("/catalog/1/endpoints")]
#[case("/catalog/1/name")]
#[case("/catalog/1/type")]
#[case("/catalog/1/endpoints/0/url")]
#[case("/catalog/1/endpoints/0/interface")]
#[case("/catalog/1/endpoints/0/region")]
#[tokio::test]
async fn nothing_in_a_catalog_may_be_null_and_forbid_the_login(#[case] place: &'static str) {
    let server = Server::start(move |_| token_with(|token| *token.pointer_mut(place).unwrap() = Value::Null)).await;
    assert!(Session::connect(&cloud(&server.url("/v3")), limits(), &context()).await.is_ok());
}

#[rstest]
#[case::unknown(Some("X"), "the cloud has no region `X`; it has: R, S; correct region_name or --region")]
#[case::ask(None, "the cloud has several regions and none is chosen: R, S; set region_name or --region")]
#[tokio::test]
async fn regions(#[case] region: Option<&str>, #[case] message: &str) {
    let server =
        Server::start(|_| token_with(|token| token["catalog"][1]["endpoints"][0]["region_id"] = json!("S"))).await;
    let cloud = Cloud { region: region.map(str::to_owned), ..cloud(&server.url("/v3")) };
    let error = Session::connect(&cloud, limits(), &context()).await.err().unwrap();
    assert_eq!((kind_name(&error.kind).as_str(), error.to_string().as_str()), ("region-unclear", message));
}

#[tokio::test]
async fn an_expired_token_is_renewed_once_for_all() {
    let server = serve(|request| match request.header("x-auth-token") {
        "token-1" => Answer::Later(Duration::from_millis(20), Box::new(Answer::json(401, &json!({})))),
        "token-2" => Answer::json(200, &json!({"images": []})),
        other => panic!("{other}"),
    })
    .await;
    let reader = reader(&server).await;
    let results = join_all((0..8).map(|_| reader.images(whole))).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!(server.logins(), 2);
    // Later requests use the new token at once.
    reader.images(whole).await.unwrap();
    assert_eq!(server.requests().len(), 2 + 8 + 8 + 1);
}

#[tokio::test]
async fn a_refused_renewal_is_remembered() {
    let server = Server::start(|request| match (request.method.as_str(), request.count) {
        ("POST", 1) => issued(&format!("{}/x", request.base), 1),
        _ => Answer::json(401, &json!({"error": {"message": "gone"}})),
    })
    .await;
    let session = Session::connect(&cloud(&server.url("/v3")), limits(), &context()).await.unwrap();
    let reader = Reader::new(session, context());
    for _ in 0..3 {
        assert_eq!(reader.images(whole).await.unwrap_err().kind, ErrorKind::CredentialsRefused);
    }
    assert_eq!(server.logins(), 2);
    assert_eq!(server.requests().len(), 3, "once it is known, nothing is sent");
}

/// Other requests may have used it up meanwhile.
#[tokio::test]
async fn a_new_token_that_is_used_up_is_renewed_again() {
    let server = serve(|request| match request.header("x-auth-token") {
        "token-4" => Answer::json(200, &json!({"images": []})),
        _ => Answer::json(401, &json!({})),
    })
    .await;
    assert!(reader(&server).await.images(whole).await.is_ok());
    assert_eq!(server.logins(), 4);
}

/// Whoever comes later tries again.
#[tokio::test]
async fn a_renewal_that_failed_for_a_while_does_not_poison_the_session() {
    // One login, then as many failures as a renewal has attempts, each with all its repetitions.
    let server = Server::start(|request| match (request.method.as_str(), request.count) {
        ("POST", 2..=13) => Answer::new(503, "text/plain", "busy"),
        ("POST", n) => issued(&format!("{}/x", request.base), n),
        _ if request.header("x-auth-token") == "token-1" => Answer::json(401, &json!({})),
        _ => Answer::json(200, &json!({"images": []})),
    })
    .await;
    let session = Session::connect(&cloud(&server.url("/v3")), limits(), &context()).await.unwrap();
    let reader = Reader::new(session, context());
    assert_eq!(reader.images(whole).await.unwrap_err().kind, ErrorKind::ServerError(503));
    assert!(reader.images(whole).await.is_ok());
}

#[tokio::test]
async fn a_renewal_is_tried_again() {
    let server = Server::start(|request| match (request.method.as_str(), request.count) {
        ("POST", 2..=5) => Answer::new(503, "text/plain", "busy"),
        ("POST", n) => issued(&format!("{}/x", request.base), n),
        _ if request.header("x-auth-token") == "token-1" => Answer::json(401, &json!({})),
        _ => Answer::json(200, &json!({"images": []})),
    })
    .await;
    let session = Session::connect(&cloud(&server.url("/v3")), limits(), &context()).await.unwrap();
    assert!(Reader::new(session, context()).images(whole).await.is_ok());
}

/// Facts of two projects are a picture of neither.
#[rstest]
#[case::project("/project/id", "the renewed token is for another project: other instead of p1")]
#[case::user("/user/id", "the renewed token is for another user: other instead of u1")]
#[case::domain("/user/domain/id", "the renewed token is for another user domain: other instead of default")]
#[tokio::test]
async fn a_renewed_token_of_somebody_else_ends_the_session(#[case] place: &'static str, #[case] what: &str) {
    let server = Server::start(move |request| match (request.method.as_str(), request.count) {
        ("POST", 1) => issued(&format!("{}/x", request.base), 1),
        ("POST", n) => {
            let mut answer = token(&format!("{}/x", request.base));
            *answer["token"].pointer_mut(place).unwrap() = json!("other");
            Answer::json(201, &answer).header("X-Subject-Token", &format!("token-{n}"))
        }
        _ if request.header("x-auth-token") == "token-1" => Answer::json(401, &json!({})),
        _ => Answer::json(200, &json!({"images": []})),
    })
    .await;
    let session = Session::connect(&cloud(&server.url("/v3")), limits(), &context()).await.unwrap();
    let reader = Reader::new(session, context());
    for _ in 0..2 {
        assert_eq!(reader.images(whole).await.unwrap_err().what, what);
    }
    assert_eq!(server.requests().len(), 3, "once it is known, nothing is sent");
}

#[tokio::test]
async fn a_service_that_refuses_every_token() {
    let server = serve(|_| Answer::json(401, &json!({"error": {"message": "no"}}))).await;
    let reader = reader(&server).await;
    assert_eq!(reader.images(whole).await.unwrap_err().kind, ErrorKind::Unauthorized);
    assert_eq!((server.logins(), server.seen().len()), (5, 5));
}

#[tokio::test]
async fn secrets_never_show() {
    let server = serve(|request| {
        Answer::json(404, &json!({"error": {"message": format!("token {}", request.header("x-auth-token"))}}))
    })
    .await;
    let reader = reader(&server).await;
    let error = reader.images(whole).await.unwrap_err();
    let shown = format!("{error} {error:?} {:?} {:?}", reader.context, cloud("https://k"));
    assert!(shown.contains("token [secret]"), "{shown}");
    assert!(!shown.contains("token-1") && !shown.contains(PASSWORD), "{shown}");
}
