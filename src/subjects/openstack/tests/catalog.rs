//! From a catalog to the URL of an API.

use super::*;
use crate::openstack::catalog::Preference;
use rstest::rstest;

fn catalog(entries: &[(&str, &str, &str, &str)]) -> Catalog {
    let services = entries.iter().map(|(service, interface, region, url)| {
        json!({"type": service, "endpoints": [{"interface": interface, "region_id": region, "region": region, "url": url}]})
    });
    serde_json::from_value(services.collect()).unwrap()
}

#[rstest]
#[case::unversioned(Service::Image, "http://h:9292", "http://h:9292/v2")]
#[case::trailing_slash(Service::Image, "http://h:9292/", "http://h:9292/v2")]
#[case::prefix(Service::Image, "https://h/image", "https://h/image/v2")]
#[case::versioned(Service::Image, "https://h/image/v2", "https://h/image/v2")]
#[case::versioned_slash(Service::Compute, "https://h/v2.1/", "https://h/v2.1/")]
#[case::legacy_project(Service::Compute, "https://h/v2/p1", "https://h/v2/p1")]
#[case::not_a_version(Service::Network, "https://h/vnet/v", "https://h/vnet/v/v2.0")]
#[case::volume(Service::BlockStorage, "https://h/volume", "https://h/volume/v3/p1")]
#[case::volume_versioned(Service::BlockStorage, "https://h/volume/v3/p1", "https://h/volume/v3/p1")]
#[case::identity(Service::Identity, "https://h/identity", "https://h/identity/v3")]
#[case::swift(Service::ObjectStore, "https://h/swift/v1/AUTH_p1", "https://h/swift/v1/AUTH_p1")]
#[case::key_manager(Service::KeyManager, "https://h:9311", "https://h:9311/v1")]
#[case::ipv6(Service::Image, "http://[2001:db8::1]:9292", "http://[2001:db8::1]:9292/v2")]
#[case::query_is_dropped(Service::Image, "http://h/?x=1#y", "http://h/v2")]
fn base_urls(#[case] service: Service, #[case] url: &str, #[case] expected: &str) {
    let catalog = catalog(&[(service.as_str(), "public", "R", url)]);
    let base = catalog.base_url(service, &Preference::default(), "p1").unwrap();
    assert_eq!(base.as_str(), expected);
}

#[rstest]
#[case::any_region(
    None,
    Interface::Public,
    "the catalog has several endpoints of image where one is expected, and only one could be checked; the provider must correct it, or set image_endpoint_override to choose"
)]
#[case::region(Some("R2"), Interface::Public, "https://r2")]
#[case::interface(Some("R1"), Interface::Internal, "https://internal")]
#[case::no_such_interface(Some("R1"), Interface::Admin, "image has no admin endpoint in region R1")]
#[case::no_such_region(Some("R3"), Interface::Public, "image has no public endpoint in region R3")]
fn endpoints(#[case] region: Option<&str>, #[case] interface: Interface, #[case] expected: &str) {
    let catalog = catalog(&[
        ("image", "public", "R1", "https://r1"),
        ("image", "public", "R2", "https://r2"),
        ("image", "internal", "R1", "https://internal"),
        ("compute", "public", "R1", "https://c"),
    ]);
    let preference = Preference { region: region.map(str::to_owned), interface, ..Preference::default() };
    let found = catalog.endpoint(Service::Image, &preference);
    let found = found.map_or_else(|error| error.to_string(), |url| url.as_str().trim_end_matches('/').to_owned());
    assert_eq!(found, expected);
}

#[test]
fn the_canonical_type_goes_before_its_aliases() {
    let preference = Preference::default();
    let url = |entries: &[(&str, &str, &str, &str)]| {
        catalog(entries).endpoint(Service::BlockStorage, &preference).unwrap().to_string()
    };
    let [old, new] = [("volumev2", "public", "R", "https://old"), ("volumev3", "public", "R", "https://new")];
    assert_eq!(url(&[old]), "https://old/");
    assert_eq!(url(&[old, new]), "https://new/");
    assert_eq!(url(&[new, ("block-storage", "public", "R", "https://canonical")]), "https://canonical/");
}

#[rstest]
#[case::first(Interface::Internal, &[Interface::Public], "https://internal")]
#[case::next(Interface::Admin, &[Interface::Internal, Interface::Public], "https://internal")]
#[case::none(Interface::Admin, &[], "image has no admin endpoint")]
fn of_several_interfaces_the_first_that_is_there_counts(
    #[case] interface: Interface,
    #[case] others: &[Interface],
    #[case] expected: &str,
) {
    let catalog =
        catalog(&[("image", "public", "R1", "https://public/v2"), ("image", "internal", "R1", "https://internal/v2")]);
    let preference = Preference { interface, other_interfaces: others.to_vec(), ..Preference::default() };
    let found = match catalog.endpoint(Service::Image, &preference) {
        Ok(url) => url.to_string(),
        Err(error) => error.to_string(),
    };
    assert!(found.starts_with(expected), "{found}");
}

#[rstest]
#[case("block_storage")]
#[case("volumev3")]
fn overrides_replace_the_catalog(#[case] key: &str) {
    let overrides = BTreeMap::from([(key.to_owned(), Url::parse("https://own/v3").unwrap())]);
    let preference = Preference { overrides, ..Preference::default() };
    let url = Catalog::default().base_url(Service::BlockStorage, &preference, "p1").unwrap();
    assert_eq!(url.as_str(), "https://own/v3");
}

#[test]
fn endpoints_without_a_region_count_everywhere() {
    let catalog = catalog(&[("image", "public", "", "https://i"), ("compute", "public", "R", "https://c")]);
    assert_eq!(catalog.regions(), ["R"]);
    let preference = Preference { region: Some("R".to_owned()), ..Preference::default() };
    assert!(catalog.endpoint(Service::Image, &preference).is_ok());
}

#[test]
fn a_shared_identity_region_is_no_choice() {
    let catalog = catalog(&[("identity", "public", "global", "https://k"), ("compute", "public", "R", "https://c")]);
    assert!(catalog.check_region(None).is_ok());
    assert!(catalog.check_region(Some("R")).is_ok());
}

#[rstest]
#[case("not a url")]
#[case("ftp://h/")]
#[case("https://")]
fn unusable_urls(#[case] url: &str) {
    let error = catalog(&[("image", "public", "R", url)]).endpoint(Service::Image, &Preference::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the catalog's endpoint of image is not a usable URL; the provider must correct it, or set image_endpoint_override"
    );
}

#[test]
fn a_bad_entry_spoils_nothing_else() {
    let json = json!([
        {"type": "a", "name": null, "endpoints": [{"url": null, "interface": null, "region": null}]},
        {"type": "b"},
        {"type": 7, "name": {}, "endpoints": {}},
        {"type": "c", "endpoints": [null, 7, {"url": 5, "interface": "public", "region_id": ["R"]}]},
    ]);
    let catalog: Catalog = serde_json::from_value(json).unwrap();
    assert_eq!(catalog.services.len(), 4);
    let odd = &catalog.services[3].endpoints[2];
    assert_eq!((odd.url.as_str(), odd.region()), ("5", Some("[\"R\"]")));
}

/// An endpoint without a region is where users look as well.
#[rstest]
#[case("https://b", false)]
#[case("https://a/", true)]
fn a_second_endpoint_without_a_region_is_no_choice(#[case] other: &str, #[case] clear: bool) {
    let catalog = catalog(&[("compute", "public", "R", "https://a"), ("compute", "public", "", other)]);
    let preference = Preference { region: Some("R".to_owned()), ..Preference::default() };
    assert_eq!(catalog.endpoint(Service::Compute, &preference).is_ok(), clear);
}

/// Of two services of a type only one is asked, and the other one is named.
#[rstest]
#[case::two(&[("compute", "public", "R", "https://a"), ("compute", "public", "R", "https://b/")], &["compute https://b/"])]
#[case::the_same_twice(&[("compute", "public", "R", "https://a"), ("compute", "public", "R", "https://a/")], &[])]
#[case::another_region(&[("compute", "public", "R", "https://a"), ("compute", "public", "S", "https://b")], &[])]
#[case::another_interface(&[("compute", "public", "R", "https://a"), ("compute", "admin", "R", "https://b")], &[])]
#[case::no_url_at_all(&[("image", "public", "R", "https://a"), ("image", "public", "R", "")], &["image "])]
#[case::an_older_version(&[("volumev3", "public", "R", "https://a/v3"), ("volumev2", "public", "R", "https://a/v2")], &[])]
#[case::under_an_older_name(&[("volumev3", "public", "R", "https://a/v3"), ("volume", "public", "R", "https://b/v3")], &["block-storage https://b/v3"])]
fn services_that_are_not_asked(#[case] entries: &[(&str, &str, &str, &str)], #[case] expected: &[&str]) {
    let catalog = catalog(entries);
    let preference = Preference { region: Some("R".to_owned()), ..Preference::default() };
    let found: Vec<_> = catalog.not_asked(&preference).map(|(s, url)| format!("{} {url}", s.as_str())).collect();
    assert_eq!(found, expected);
}
