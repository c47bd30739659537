//! Paging, and the lists the checks need.

use super::*;
use rstest::rstest;

/// Serves three pages of images; `BASE` and `MARKER` in the link are filled in.
async fn paged(link: &'static str) -> Server {
    serve(move |request| {
        let link = |marker| link.replace("BASE", &request.base).replace("MARKER", marker);
        let page = match request.query.as_str() {
            "limit=1000" => json!({"images": [{"id": "1"}, {"id": "2"}], "next": link("2")}),
            "limit=1000&marker=2" => json!({"images": [{"id": "3"}], "next": link("3")}),
            "limit=1000&marker=3" => json!({"images": [], "next": null}),
            other => panic!("{other}"),
        };
        Answer::json(200, &page)
    })
    .await
}

#[rstest]
#[case::relative_without_prefix("/v2/images?limit=1000&marker=MARKER")]
#[case::relative_with_prefix("/image/v2/images?limit=1000&marker=MARKER")]
#[case::absolute("BASE/image/v2/images?limit=1000&marker=MARKER")]
#[case::absolute_without_prefix("BASE/v2/images?limit=1000&marker=MARKER")]
#[case::lost_its_port_and_scheme("https://127.0.0.1/v2/images?limit=1000&marker=MARKER")]
#[case::query_only("?limit=1000&marker=MARKER")]
#[tokio::test]
async fn pages_follow_every_kind_of_link(#[case] link: &'static str) {
    let server = paged(link).await;
    let images = reader(&server).await.images(whole).await.unwrap();
    let ids: Vec<_> = images.iter().map(|image| image["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["1", "2", "3"]);
    let prefix = "/image/v2/images?limit=1000";
    assert_eq!(server.seen(), [prefix.to_owned(), format!("{prefix}&marker=2"), format!("{prefix}&marker=3")]);
}

/// Nothing is left out in silence: which of them a user gets is for the service to say.
#[rstest]
#[case::in_one_page(json!({"images": [{"id": "1"}, {"id": "1", "name": "x"}]}), None, "images[1]: two items with the id 1 that differ")]
#[case::in_two_pages(json!({"images": [{"id": "1"}], "next": "?marker=1"}), Some(json!({"images": [{"id": "2"}, {"id": "1", "name": "x"}]})), "images[1]: two items with the id 1 that differ")]
#[case::duplicate_key_of_the_page(json!("{\"images\": [{\"id\": \"1\"}], \"images\": []}"), None, "duplicate key `images`")]
#[case::duplicate_key_of_an_item(json!("{\"images\": [{\"id\": \"1\", \"name\": \"a\", \"name\": \"b\"}]}"), None, "at images[0]: duplicate key `name`")]
#[case::links_that_are_no_list(json!({"images": [{"id": "1"}], "images_links": {"rel": "next", "href": "?marker=1"}}), None, "the link to the next page is not a string")]
#[case::another_spelling_of_next(json!({"images": [{"id": "1"}], "images_links": [{"rel": "Next", "href": "?marker=1"}]}), None, "its relation is not clear")]
#[tokio::test]
async fn a_list_that_contradicts_itself_aborts(#[case] first: Value, #[case] second: Option<Value>, #[case] why: &str) {
    let server = serve(move |request| {
        let page = if request.query.contains("marker") { second.as_ref().unwrap_or(&first) } else { &first };
        Answer::new(200, "application/json", page.as_str().map_or(page.to_string(), str::to_owned))
    })
    .await;
    let error = reader(&server).await.images(whole).await.unwrap_err();
    assert_eq!(kind_name(&error.kind).as_str(), "invalid-answer");
    assert!(error.what.contains(why), "{error}");
}

/// No service was asked for a part, and none says in the head that there is more.
#[rstest]
#[case(203, "x", "x")]
#[case(204, "x", "x")]
#[case(205, "x", "x")]
#[case(206, "Content-Range", "items 0-14/200")]
#[case(207, "x", "x")]
#[case(226, "x", "x")]
#[case(299, "x", "x")]
#[case(201, "x", "x")]
#[case::a_part_by_its_head(200, "Content-Range", "items 0-14/200")]
#[case::a_link_in_its_head(200, "Link", "<?marker=1>; rel=\"next\"")]
#[case::another_word_in_its_head(200, "X-Next-Marker", "1")]
#[case::more_in_its_head(200, "X-Has-More", "true")]
#[case::a_total_in_its_head(200, "X-Total-Count", "2")]
#[tokio::test]
async fn a_part_of_a_list_is_not_the_list(
    #[case] status: u16,
    #[case] header: &'static str,
    #[case] value: &'static str,
) {
    let server = serve(move |_| Answer::json(status, &json!({"images": [{"id": "1"}]})).header(header, value)).await;
    let error = reader(&server).await.images(whole).await.unwrap_err();
    let expected = if status == 200 { "invalid-answer" } else { "unexpected-status" };
    assert_eq!((kind_name(&error.kind).as_str(), server.seen().len()), (expected, 1), "{error}");
}

/// Of two headers of one name, each counts; and what says that this was all is no reason to doubt it.
#[tokio::test]
async fn a_list_is_whole_unless_something_says_otherwise() {
    let page = |total: u64| Answer::json(200, &json!({"images": [{"id": "1"}], "total": total}));
    let links =
        move |_: &Request| page(1).header("Link", "<a>; rel=\"self\"").header("Link", "<?marker=1>; rel=\"next\"");
    assert!(reader(&serve(links).await).await.images(whole).await.is_err());
    let error = reader(&serve(move |_| page(2)).await).await.images(whole).await.unwrap_err();
    assert!(error.what.ends_with("the list has 1 items, but says that there are 2"), "{error}");
    let all = move |_: &Request| page(1).header("X-Total-Count", "1").header("X-Has-More", "false");
    assert_eq!(reader(&serve(all).await).await.images(whole).await.unwrap().len(), 1);
}

/// Items are counted while they are read, and none is made of a page that has too many.
#[rstest]
#[case::numbers("1,")]
#[case::objects("{},")]
#[case::small_objects("{\"a\":1},")]
#[case::lists("[],")]
#[tokio::test]
async fn a_page_of_many_small_things_is_refused_early(#[case] item: &'static str) {
    let server =
        serve(move |_| Answer::new(200, "application/json", format!("{{\"images\":[{}1]}}", item.repeat(200_000))))
            .await;
    let error = reader(&server).await.images(whole).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::TooLarge, "{error}");
    assert!(error.what.contains("more than 15000 items"), "{error}");
}

/// An image that was created between two pages pushes the last item of the first on to the second.
#[tokio::test]
async fn items_that_move_on_to_the_next_page_count_once() {
    let server = serve(|request| match request.query.contains("marker") {
        false => Answer::json(200, &json!({"images": [{"id": "1"}, {"id": "2"}], "next": "/v2/images?marker=1"})),
        true => Answer::json(200, &json!({"images": [{"id": "2"}, {"id": "3"}]})),
    })
    .await;
    let images = reader(&server).await.images(whole).await.unwrap();
    assert_eq!(images.iter().map(|image| image["id"].as_str().unwrap()).collect::<Vec<_>>(), ["1", "2", "3"]);
}

#[tokio::test]
async fn pages_work_over_ipv6() {
    let server = Server::start_on("[::1]:0", |request| match request.path.as_str() {
        "/v3/auth/tokens" => issued(&request.base, 1),
        _ if request.query.contains("marker") => Answer::json(200, &json!({"images": []})),
        _ => Answer::json(200, &json!({"images": [{"id": "1"}], "next": "/v2/images?marker=1"})),
    })
    .await;
    let session = Session::connect(&cloud(&server.url("/v3")), limits(), &context()).await.unwrap();
    assert_eq!(Reader::new(session, context()).images(whole).await.unwrap().len(), 1);
    assert!(server.requests()[1].header("host").starts_with("[::1]:"));
}

#[rstest]
#[case::nova("flavors_links")]
#[case::cinder("volume_type_links")]
#[tokio::test]
async fn pages_of_links_lists(#[case] key: &'static str) {
    let server = serve(move |request| {
        let links = json!([{"rel": "self", "href": "x"}, {"rel": "next", "href": format!("{}/v2.1/things?marker=1", request.base)}]);
        match request.query.as_str() {
            "" => Answer::json(200, &json!({"things": [{"id": "1"}], key: links})),
            _ => Answer::json(200, &json!({"things": [{"id": "2"}]})),
        }
    })
    .await;
    let things = reader(&server).await.list(Resource::new(Service::Compute, &["things"]), "things").await;
    assert_eq!(things.unwrap().len(), 2);
}

#[rstest]
#[case::foreign_host(
    "http://evil.example/v2/images?marker=1",
    "[invalid-answer] GET BASE/image/v2/images?limit=1000: the link to the next page points to another host, evil.example; the token is not sent there; the service's public address is configured wrongly"
)]
#[case::foreign_port_is_never_asked(
    "http://127.0.0.1:1/v2/images?marker=1",
    "[endless-list] GET BASE/image/v2/images?marker=1: the pages of this list repeat themselves; the service's paging is broken"
)]
#[case::foreign_resource(
    "/v2/secrets?marker=1",
    "[invalid-answer] GET BASE/image/v2/images?limit=1000: the link to the next page points to another resource, /v2/secrets; the service's public address is configured wrongly"
)]
#[case::no_url(
    "http://[",
    "[invalid-answer] GET BASE/image/v2/images?limit=1000: the link to the next page is not a valid URL: invalid IPv6 address; the service's public address is configured wrongly"
)]
#[case::user_info(
    "http://evil.example@127.0.0.1/v2/images?limit=1000",
    "[endless-list] GET BASE/image/v2/images?limit=1000: the pages of this list repeat themselves; the service's paging is broken"
)]
#[case::itself(
    "/v2/images?limit=1000",
    "[endless-list] GET BASE/image/v2/images?limit=1000: the pages of this list repeat themselves; the service's paging is broken"
)]
#[tokio::test]
async fn links_that_lead_astray(#[case] link: &'static str, #[case] expected: &str) {
    let server = serve(move |_| Answer::json(200, &json!({"images": [{"id": "1"}], "next": link}))).await;
    let error = reader(&server).await.images(whole).await.unwrap_err();
    let text = format!("[{}] {error}", kind_name(&error.kind)).replace(&server.url(""), "BASE");
    assert_eq!(text, expected);
    assert!(server.requests().iter().all(|request| !request.path.contains("secrets")));
}

/// A link that cannot be read is not the end of the list.
#[rstest]
#[case::number(json!({"images": [{"id": "1"}], "next": 2}))]
#[case::object(json!({"images": [{"id": "1"}], "links": {"next": {"href": "?marker=1"}}}))]
#[case::no_href(json!({"images": [{"id": "1"}], "images_links": [{"rel": "next"}]}))]
#[tokio::test]
async fn links_that_are_no_links(#[case] page: Value) {
    let server = serve(move |_| Answer::json(200, &page)).await;
    let error = reader(&server).await.images(whole).await.unwrap_err();
    assert_eq!(kind_name(&error.kind).as_str(), "invalid-answer");
    assert!(error.what.contains("the link to the next page is not a string"), "{error}");
}

#[tokio::test]
async fn lists_that_never_end() {
    // Ever new links and ever new items.
    let server =
        serve(|r| Answer::json(200, &json!({"images": [{"id": r.count}], "next": format!("?marker={}", r.count)})))
            .await;
    let few = Limits { pages: 5, ..limits() };
    let error = reader_with(&server, few).await.images(whole).await.unwrap_err();
    assert_eq!((error.kind, server.seen().len()), (ErrorKind::EndlessList, 5));
    // More items than plausible.
    let few = Limits { items: 3, ..limits() };
    let error = reader_with(&server, few).await.images(whole).await.unwrap_err();
    assert_eq!((error.kind, server.seen().len()), (ErrorKind::TooLarge, 5 + 4));
}

#[rstest]
#[case::page_fails(500, json!({}), "server-error")]
#[case::no_key(200, json!({"image": []}), "invalid-answer")]
#[case::no_list(200, json!({"images": {}}), "invalid-answer")]
#[case::no_objects(200, json!({"images": [1]}), "invalid-answer")]
#[tokio::test]
async fn a_page_that_fails_fails_the_list(#[case] status: u16, #[case] body: Value, #[case] code: &str) {
    let server = serve(move |request| match request.count {
        1 => Answer::json(200, &json!({"images": [{"id": "1"}], "next": "?marker=1"})),
        _ => Answer::json(status, &body),
    })
    .await;
    let error = reader(&server).await.images(whole).await.unwrap_err();
    assert_eq!(kind_name(&error.kind), code);
}

#[tokio::test]
async fn flavors_come_with_extra_specs_in_one_request() {
    let server = serve(|request| {
        assert_eq!(request.header("openstack-api-version"), "compute 2.61");
        assert_eq!(request.header("x-openstack-nova-api-version"), "2.61");
        Answer::json(200, &json!({"flavors": [{"id": "a", "extra_specs": {"k": "v"}}]}))
    })
    .await;
    let flavors = reader(&server).await.flavors(whole).await.unwrap();
    assert_eq!(flavors[0]["extra_specs"]["k"], "v");
    assert_eq!(server.seen(), ["/compute/v2.1/flavors/detail"]);
}

#[rstest]
#[case::refuses_the_microversion(true)]
#[case::ignores_the_microversion(false)]
#[tokio::test]
async fn flavors_of_an_old_nova(#[case] refuses: bool) {
    let server = serve(move |request| match request.path.as_str() {
        "/compute/v2.1/flavors/detail" if refuses && !request.header("openstack-api-version").is_empty() => {
            Answer::json(406, &json!({"computeFault": {"message": "Version 2.61 is not supported"}}))
        }
        "/compute/v2.1/flavors/detail" => Answer::json(200, &json!({"flavors": [{"id": "a b/c"}, {"id": "d"}]})),
        path => Answer::json(200, &json!({"extra_specs": {"of": path}})),
    })
    .await;
    let flavors = reader(&server).await.flavors(whole).await.unwrap();
    let specs: Vec<_> = flavors.iter().map(|flavor| flavor["extra_specs"]["of"].as_str().unwrap()).collect();
    assert_eq!(specs, ["/compute/v2.1/flavors/a%20b%2Fc/os-extra_specs", "/compute/v2.1/flavors/d/os-extra_specs"]);
    assert_eq!(server.seen().len(), if refuses { 4 } else { 3 });
}

#[tokio::test]
async fn extra_specs_that_fail_fail_the_flavors() {
    let server = serve(|request| match request.path.as_str() {
        "/compute/v2.1/flavors/detail" => Answer::json(200, &json!({"flavors": [{"id": "a"}, {"id": "b"}]})),
        path if path.contains("/b/") => Answer::json(403, &json!({"forbidden": {"message": "policy"}})),
        _ => Answer::json(200, &json!({"extra_specs": {}})),
    })
    .await;
    let error = reader(&server).await.flavors(whole).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Forbidden);
}

/// That an API is absent is a fact only if Neutron itself says so: a 404 may come from anything on the way.
#[rstest]
#[case::proxy_that_knows_nothing(404, json!("no such page"), "not-found", "so it is not known whether")]
#[case::extension_is_loaded(200, json!({"extensions": [{"alias": "security-groups-default-rules"}]}), "not-found", "Neutron lists")]
#[case::list_forbidden(403, json!({}), "forbidden", "so it is not known whether")]
#[case::list_broken(200, json!({"extensions": {}}), "invalid-answer", "so it is not known whether")]
#[case::extension_without_alias(200, json!({"extensions": [{"name": "x"}]}), "invalid-answer", "so it is not known whether")]
#[tokio::test]
async fn an_unexplained_404_is_no_absent_api(
    #[case] status: u16,
    #[case] extensions: Value,
    #[case] code: &str,
    #[case] help: &str,
) {
    let server = serve(move |request| match request.path.as_str() {
        "/network/v2.0/extensions" => Answer::json(status, &extensions),
        _ => Answer::new(404, "text/html", "<h1>404</h1>"),
    })
    .await;
    let error = reader(&server).await.default_security_group_rules(whole).await.unwrap_err();
    assert_eq!(kind_name(&error.kind).as_str(), code, "{error}");
    assert!(error.to_string().contains(help), "{error}");
}

#[tokio::test]
async fn absent_apis_differ_from_absent_services() {
    let server = serve(|request| match request.path.as_str() {
        "/network/v2.0/default-security-group-rules" => Answer::new(404, "text/plain", "404 Not Found"),
        "/network/v2.0/extensions" => Answer::json(200, &json!({"extensions": [{"alias": "security-group"}]})),
        "/volume/v3/p1/types" => Answer::json(200, &json!({"volume_types": [{"id": "1"}]})),
        other => panic!("{other}"),
    })
    .await;
    let reader = reader(&server).await;
    assert_eq!(reader.default_security_group_rules(whole).await.unwrap(), None);
    assert_eq!(reader.volume_types(whole).await.unwrap().len(), 1);
    let error = reader.get_json::<Value>(Resource::new(Service::KeyManager, &["secrets"])).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::ServiceAbsent { service: "key-manager" });
    assert_eq!(error.to_string(), "the catalog has no service of type key-manager");
}

#[tokio::test]
async fn s3_is_asked_at_the_root_without_the_token() {
    let server = serve(|request| {
        assert_eq!(request.path, "/");
        assert_eq!(request.header("x-auth-token"), "");
        assert_eq!(request.header("accept"), "application/xml");
        assert!(request.header("authorization").starts_with("AWS4-HMAC-SHA256 Credential=doesnotexist/"));
        Answer::new(403, "application/xml", "<Error><Code>InvalidAccessKeyId</Code></Error>")
    })
    .await;
    let answer = reader(&server).await.probe_s3().await.unwrap();
    assert_eq!(answer, S3Reply::Error { status: 403, code: "InvalidAccessKeyId".to_owned(), message: String::new() });
    assert_eq!(server.seen(), ["/"]);
}

#[rstest]
#[case::no_s3(412, "Bad URL", Ok(()))]
#[case::busy(503, "<Error><Code>SlowDown</Code></Error>", Err("server-error"))]
#[case::failed(500, "<h1>oops</h1>", Err("server-error"))]
#[case::limited(429, "", Err("rate-limited"))]
#[case::asked_a_proxy(407, "<html>log in</html>", Err("unreachable"))]
#[tokio::test]
async fn a_busy_object_store_has_not_answered(
    #[case] status: u16,
    #[case] body: &'static str,
    #[case] expected: Result<(), &str>,
) {
    let server = serve(move |_| Answer::new(status, "text/plain", body)).await;
    let answer = reader(&server).await.probe_s3().await;
    let found = answer.map(|answer| assert!(matches!(answer, S3Reply::NotS3 { .. })));
    assert_eq!(found.map_err(|error| kind_name(&error.kind)), expected.map_err(str::to_owned));
}
