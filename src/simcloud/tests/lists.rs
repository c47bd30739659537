//! Contents, order and pages of lists.

use crate::support::{Cloud, conformant, start, today};
use rstest::rstest;
use scs_simcloud::{Failure, Fault, Image, ImageMember, SimCloud, State, Version, Visibility, ids::uuid};
use serde_json::Value;

fn names(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
}

/// Follows the pages of a list; gives the names on each. `link` finds the next page in a body.
async fn pages(cloud: &Cloud, start: &str, key: &str, link: impl Fn(&Value) -> Option<String>) -> Vec<Vec<String>> {
    let token = cloud.token().await;
    let (mut pages, mut next) = (Vec::new(), Some(start.to_owned()));
    while let Some(path) = next {
        let body = cloud.ask(&path, &[("x-auth-token", &token)]).await.json();
        pages.push(names(&body[key]));
        next = link(&body);
        assert!(pages.len() < 20, "no end");
    }
    pages
}

fn with_images(count: usize) -> State {
    let mut state = conformant();
    let pattern = state.images[0].clone();
    let copy = |number: usize| Image {
        id: uuid(&number.to_string()),
        name: Some(format!("image {number:02}")),
        ..pattern.clone()
    };
    state.images = (0..count).map(copy).collect();
    state
}

#[rstest]
#[case::some("", 60, vec![25, 25, 10])]
#[case::exactly_two_pages("", 50, vec![25, 25, 0])]
#[case::limited("?limit=30", 60, vec![30, 30, 0])]
#[case::one_page("?limit=1000", 60, vec![60])]
#[tokio::test]
async fn glance_pages_by_25_and_links_without_the_prefix(
    #[case] query: &str,
    #[case] count: usize,
    #[case] expected: Vec<usize>,
) {
    let cloud = start(with_images(count)).await;
    let link = |body: &Value| body["next"].as_str().map(|next| format!("/image{next}"));
    let pages = pages(&cloud, &format!("/image/v2/images{query}"), "images", link).await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), expected);
    let mut all: Vec<String> = pages.concat();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), count, "every image once");
}

#[tokio::test]
async fn glance_caps_the_page() {
    let mut state = with_images(60);
    state.glance.max_page = 40;
    let cloud = start(state).await;
    let body = cloud.get("/image/v2/images?limit=1000&sort=name:desc").await.json();
    assert_eq!(names(&body["images"]).len(), 40);
    assert_eq!(names(&body["images"])[0], "image 59");
    assert!(body["next"].as_str().unwrap().starts_with("/v2/images?limit=1000&sort=name%3Adesc&marker="));
}

fn with_neighbours() -> State {
    let mut state = conformant();
    let (me, other) = (state.identity.projects[0].id.clone(), "somebody".to_owned());
    let pattern = state.images[0].clone();
    state.images.clear();
    let mut add = |name: &str, visibility: Visibility, owner: &str, hidden: bool| {
        let members = match name.strip_prefix("shared ") {
            Some(status) => vec![ImageMember { project: me.clone(), status: status.to_owned() }],
            None => Vec::new(),
        };
        let image = Image {
            id: uuid(name),
            name: Some(name.to_owned()),
            visibility,
            owner: owner.to_owned(),
            os_hidden: hidden,
            members,
            ..pattern.clone()
        };
        state.images.push(image);
    };
    let me = me.clone();
    add("my private", Visibility::Private, &me, false);
    add("my community", Visibility::Community, &me, false);
    add("their private", Visibility::Private, &other, false);
    add("their community", Visibility::Community, &other, false);
    add("their hidden", Visibility::Public, &other, true);
    add("shared accepted", Visibility::Shared, &other, false);
    add("shared pending", Visibility::Shared, &other, false);
    state
}

#[rstest]
#[case::default("", vec!["my community", "my private", "shared accepted"])]
#[case::any_member_status("&member_status=all", vec!["my community", "my private", "shared accepted", "shared pending"])]
#[case::community("&visibility=community", vec!["my community", "their community"])]
#[case::private("&visibility=private", vec!["my private"])]
#[case::all("&visibility=all", vec!["my community", "my private", "shared accepted", "their community"])]
#[case::hidden("&os_hidden=true", vec!["their hidden"])]
#[case::by_name("&name=my%20private", vec!["my private"])]
#[case::by_property("&os_distro=debian", vec![])]
#[tokio::test]
async fn glance_shows_what_a_user_may_see(#[case] query: &str, #[case] expected: Vec<&str>) {
    let cloud = start(with_neighbours()).await;
    let body = cloud.get(&format!("/image/v2/images?sort=name:asc{query}")).await.json();
    assert_eq!(names(&body["images"]), expected);
}

fn absolute(cloud: &SimCloud, body: &Value, key: &str) -> Option<String> {
    let link = body[key].as_array()?.iter().find(|link| link["rel"] == "next")?["href"].as_str()?.to_owned();
    Some(link.strip_prefix(cloud.base_url()).expect("an absolute link").to_owned())
}

#[tokio::test]
async fn nova_links_pages_with_whole_urls() {
    let mut state = conformant();
    state.nova.max_page = 15;
    let cloud = start(state).await;
    let link = |body: &Value| absolute(&cloud.sim, body, "flavors_links");
    let pages = pages(&cloud, "/compute/v2.1/flavors/detail?limit=1000", "flavors", link).await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [15, 15, 1]);
}

#[tokio::test]
async fn cinder_pages_on_request() {
    let cloud = start(conformant()).await;
    let link = |body: &Value| absolute(&cloud.sim, body, "volume_type_links");
    let project = cloud.sim.state().identity.projects[0].id.clone();
    let pages = pages(&cloud, &format!("/volume/v3/{project}/types?limit=3"), "volume_types", link).await;
    assert_eq!(pages, [vec!["__DEFAULT__", "standard", "LUKS"], vec!["mirror"]]);
}

#[tokio::test]
async fn nova_hides_private_and_disabled_flavors() {
    let mut state = conformant();
    let me = state.identity.projects[0].id.clone();
    state.flavor_mut("SCS-1V-2").unwrap().is_public = false;
    let granted = state.flavor_mut("SCS-1V-4").unwrap();
    (granted.is_public, granted.access) = (false, vec![me]);
    state.flavor_mut("SCS-1V-8").unwrap().disabled = true;
    let cloud = start(state).await;
    let shown = names(&cloud.get("/compute/v2.1/flavors").await.json()["flavors"]);
    assert_eq!(shown.len(), 29);
    assert!(shown.contains(&"SCS-1V-4".to_owned()));
}

#[rstest]
#[case::current(Version(2, 96), "compute 2.61", 200, true)]
#[case::exactly(Version(2, 61), "compute 2.61", 200, true)]
#[case::too_old(Version(2, 60), "compute 2.61", 406, false)]
#[case::latest_is_too_old(Version(2, 60), "compute latest", 200, false)]
#[case::header_not_known(Version(2, 26), "compute 2.61", 200, false)]
#[tokio::test]
async fn nova_speaks_up_to_its_microversion(
    #[case] highest: Version,
    #[case] asked: &str,
    #[case] status: u16,
    #[case] specs: bool,
) {
    let mut state = conformant();
    state.nova.max_microversion = highest;
    let cloud = start(state).await;
    let token = cloud.token().await;
    let headers = [("x-auth-token", token.as_str()), ("openstack-api-version", asked)];
    let answer = cloud.ask("/compute/v2.1/flavors/detail", &headers).await;
    assert_eq!(answer.status, status);
    if status == 406 {
        let message = format!("Version 2.61 is not supported by the API. Minimum is 2.1 and maximum is {highest}.");
        assert_eq!(answer.json()["computeFault"]["message"], message);
        assert_eq!(answer.header("openstack-api-version").as_deref(), Some("compute 2.61"));
    } else {
        assert_eq!(answer.json()["flavors"][0].get("extra_specs").is_some(), specs);
        let id = answer.json()["flavors"][0]["id"].as_str().unwrap().to_owned();
        let specs = cloud.ask(&format!("/compute/v2.1/flavors/{id}/os-extra_specs"), &headers).await.json();
        assert!(specs["extra_specs"]["scs:name-v2"].is_string());
    }
}

#[tokio::test]
async fn a_nova_without_microversions_ignores_them() {
    let mut state = conformant();
    state.nova.knows_microversions = false;
    let cloud = start(state).await;
    let token = cloud.token().await;
    let headers = [("x-auth-token", token.as_str()), ("openstack-api-version", "compute 2.999")];
    let answer = cloud.ask("/compute/v2.1/flavors/detail?limit=1", &headers).await;
    assert_eq!((answer.status, answer.header("vary"), answer.header("openstack-api-version")), (200, None, None));
}

#[tokio::test]
async fn a_policy_can_hide_extra_specs() {
    let mut state = conformant();
    state.nova.shows_extra_specs = false;
    let cloud = start(state).await;
    let token = cloud.token().await;
    let headers = [("x-auth-token", token.as_str()), ("openstack-api-version", "compute 2.61")];
    let flavor = cloud.ask("/compute/v2.1/flavors/detail?limit=1", &headers).await.json()["flavors"][0].clone();
    assert!(flavor.get("extra_specs").is_none());
    let path = format!("/compute/v2.1/flavors/{}/os-extra_specs", flavor["id"].as_str().unwrap());
    assert_eq!(cloud.ask(&path, &headers).await.status, 403);
}

#[tokio::test]
async fn an_old_neutron_does_not_know_default_rules() {
    let mut state = conformant();
    state.neutron.default_rules_extension = false;
    let cloud = start(state).await;
    let answer = cloud.get("/network/v2.0/default-security-group-rules").await;
    assert_eq!((answer.status, answer.json()["NeutronError"]["type"].as_str()), (404, Some("HTTPNotFound")));
}

#[test]
fn a_scenario_says_only_what_deviates() {
    let text = "s3: {mode: swift}\nnova: {max_microversion: '2.38'}\nvolume_types: []\n\
                faults: [{service: image, times: {nth: 2}, what: {status: {status: 502}}}, {what: hang}]\n";
    let state = State::from_yaml(text, today()).unwrap();
    assert_eq!((state.flavors.len(), state.volume_types.len()), (31, 0));
    assert_eq!((state.nova.max_microversion, state.nova.max_page), (Version(2, 38), 1000));
    assert_eq!(state.faults[1], Fault::new(Failure::Hang));
    let again = State::from_yaml(&state.to_yaml().unwrap(), today()).unwrap();
    assert_eq!(again.to_yaml().unwrap(), state.to_yaml().unwrap());
    assert!(State::from_yaml("novva: {}", today()).unwrap_err().to_string().contains("novva"));
    assert_eq!(State::from_yaml("", today()).unwrap().images.len(), conformant().images.len());
}

#[test]
fn a_scenario_changes_single_items_of_a_list() {
    let text = "flavors: {SCS-1V-4: {ram: 2048}, SCS-1V-2: ~}\nimages: {Debian 12: {properties: {os_distro: ~}}}\n\
                catalog: {load-balancer: ~}\n";
    let mut state = State::from_yaml(text, today()).unwrap();
    assert_eq!((state.flavors.len(), state.catalog.len()), (30, 9));
    assert_eq!(state.flavor_mut("SCS-1V-4").unwrap().ram, 2048);
    assert_eq!(state.flavor_mut("SCS-1V-4").unwrap().vcpus, 1);
    assert!(!state.image_mut("Debian 12").unwrap().properties.contains_key("os_distro"));
    assert!(State::from_yaml("flavors: {SCS-9V-9: {ram: 2048}}", today()).is_err());
}

#[test]
fn the_scenarios_of_the_crate_can_be_read() {
    for (name, _) in scs_simcloud::SCENARIOS {
        State::scenario(name, today()).unwrap().unwrap();
    }
    assert!(State::scenario("perfect", today()).is_none());
}
