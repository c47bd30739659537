//! Nova's servers: from creation to deletion, with what they hold meanwhile.

use crate::support::{Cloud, Member, conformant, id, start};
use rstest::rstest;
use scs_simcloud::{Console, Course, Item, Kind, State, Task};
use serde_json::{Value, json};

const SERVERS: &str = "/compute/v2.1/servers";
const VOLUMES: &str = "/volume/v3/{project}/volumes";
const NETWORK: &str = "/network/v2.0";

/// The flavor, volume, network and port of a server.
struct Parts {
    flavor: String,
    volume: String,
    network: String,
    port: String,
}

async fn parts(member: &Member<'_>) -> Parts {
    let network = id(&member.create(&format!("{NETWORK}/networks"), &json!({"network": {"name": "n"}})).await);
    let subnet = json!({"subnet": {"network_id": network, "cidr": "10.1.0.0/24", "ip_version": 4}});
    member.create(&format!("{NETWORK}/subnets"), &subnet).await;
    let port = json!({"port": {"network_id": network, "name": "p"}});
    let port = id(&member.create(&format!("{NETWORK}/ports"), &port).await);
    let image = member.cloud.sim.state().images[0].id.clone();
    let volume = id(&member.create(VOLUMES, &json!({"volume": {"name": "v", "size": 10, "imageRef": image}})).await);
    member.states(&format!("{VOLUMES}/{volume}")).await;
    let flavor = member.cloud.sim.state().flavors[0].id.clone();
    Parts { flavor, volume, network, port }
}

fn wanted(parts: &Parts) -> Value {
    json!({"server": {
        "name": "s", "flavorRef": parts.flavor, "networks": [{"port": parts.port}], "config_drive": true,
        "description": "why", "metadata": {"k": "v"}, "user_data": "I2Nsb3VkLWNvbmZpZwo=",
        "block_device_mapping_v2": [{
            "boot_index": 0, "source_type": "volume", "destination_type": "volume", "uuid": parts.volume,
            "delete_on_termination": false,
        }],
    }})
}

async fn field(member: &Member<'_>, path: &str, kind: &str, key: &str) -> Value {
    member.get(path).await.json()[kind][key].clone()
}

#[tokio::test]
async fn a_server_lives() {
    let cloud = start(conformant()).await;
    let member = cloud.member().await;
    let parts = parts(&member).await;
    let before = cloud.sim.inventory();
    let (volume, port) = (format!("{VOLUMES}/{}", parts.volume), format!("{NETWORK}/ports/{}", parts.port));
    let made = member.post(SERVERS, &wanted(&parts)).await;
    assert_eq!(made.status, 202, "{}", made.text);
    let server = format!("{SERVERS}/{}", id(&made.json()["server"]));
    assert_eq!(made.header("location").unwrap(), cloud.url(&server));
    assert_eq!(field(&member, &port, "port", "device_id").await, made.json()["server"]["id"]);
    assert_eq!(field(&member, &server, "server", "status").await, "ACTIVE", "the port was looked at before");
    let shown = member.get(&server).await.json()["server"].clone();
    assert_eq!(
        (&shown["description"], &shown["config_drive"], &shown["image"]),
        (&json!("why"), &json!("True"), &json!(""))
    );
    assert_eq!(shown["addresses"]["n"][0]["addr"], "10.1.0.3");
    assert_eq!(shown["flavor"]["original_name"], "SCS-1V-4");
    assert_eq!(shown["os-extended-volumes:volumes_attached"][0]["id"], parts.volume.as_str());
    assert_eq!(field(&member, &volume, "volume", "status").await, "in-use");
    assert_eq!(member.delete(&volume).await.status, 400);
    assert_eq!(field(&member, &port, "port", "device_owner").await, "compute:nova");
    let again = member.post(SERVERS, &wanted(&parts)).await;
    assert_eq!(again.status, 400, "the volume is taken");

    assert_eq!(member.delete(&server).await.status, 204);
    assert_eq!(field(&member, &server, "server", "OS-EXT-STS:task_state").await, "deleting");
    assert_eq!(member.delete(&server).await.status, 204, "twice");
    assert_eq!(member.states(&server).await, ["404"]);
    assert_eq!(field(&member, &volume, "volume", "status").await, "available");
    assert_eq!(field(&member, &port, "port", "device_id").await, "");
    assert_eq!(cloud.sim.inventory(), before);
    assert_eq!(member.delete(&volume).await.status, 202);
    assert_eq!(member.delete(&port).await.status, 204);
}

#[tokio::test]
async fn a_server_starts_from_what_is_bootable() {
    let cloud = start(conformant()).await;
    let member = cloud.member().await;
    let parts = parts(&member).await;
    let empty = id(&member.create(VOLUMES, &json!({"volume": {"name": "empty", "size": 10}})).await);
    member.states(&format!("{VOLUMES}/{empty}")).await;
    let mut asked = wanted(&parts);
    asked["server"]["block_device_mapping_v2"][0]["uuid"] = json!(empty);
    let refused = member.post(SERVERS, &asked).await;
    assert_eq!(refused.json()["badRequest"]["message"], format!("Block Device {empty} is not bootable."));
    let backups = "/volume/v3/{project}/backups";
    let backup = id(&member.create(backups, &json!({"backup": {"volume_id": parts.volume}})).await);
    member.states(&format!("{backups}/{backup}")).await;
    let restore = json!({"restore": {"volume_id": empty}});
    assert_eq!(member.post(&format!("{backups}/{backup}/restore"), &restore).await.status, 202);
    assert_eq!(member.states(&format!("{VOLUMES}/{empty}")).await, ["restoring-backup", "available"]);
    assert_eq!(member.post(SERVERS, &asked).await.status, 202);
}

#[tokio::test]
async fn a_server_is_built_and_goes_for_those_who_wait_for_its_volume() {
    let cloud = start(conformant()).await;
    let member = cloud.member().await;
    let parts = parts(&member).await;
    let server = member.create(SERVERS, &wanted(&parts)).await;
    let volume = format!("{VOLUMES}/{}", parts.volume);
    assert_eq!(member.states(&volume).await, ["reserved", "in-use"]);
    member.delete(&format!("{SERVERS}/{}", id(&server))).await;
    assert_eq!(member.states(&volume).await, ["in-use", "available"]);
}

#[tokio::test]
async fn nova_makes_ports_and_volumes_and_takes_them_away() {
    let cloud = start(conformant()).await;
    let member = cloud.member().await;
    let parts = parts(&member).await;
    let before = cloud.sim.inventory();
    let image = cloud.sim.state().images[0].id.clone();
    let wanted = json!({"server": {
        "name": "s", "flavorRef": parts.flavor, "networks": [{"uuid": parts.network}],
        "block_device_mapping_v2": [{
            "boot_index": 0, "source_type": "image", "destination_type": "volume", "uuid": image, "volume_size": 10,
            "delete_on_termination": true,
        }],
    }});
    let server = format!("{SERVERS}/{}", id(&member.create(SERVERS, &wanted).await));
    assert_eq!(member.states(&server).await, ["BUILD", "ACTIVE"]);
    let new: Vec<Kind> =
        cloud.sim.inventory().into_iter().filter(|item| !before.contains(item)).map(|item| item.kind).collect();
    assert_eq!(new, [Kind::Server, Kind::Volume, Kind::Port]);
    member.delete(&server).await;
    assert_eq!(member.states(&server).await, ["ACTIVE", "404"]);
    member.get(&format!("{VOLUMES}/detail")).await;
    member.get(&format!("{VOLUMES}/detail")).await;
    assert_eq!(cloud.sim.inventory(), before);
}

#[tokio::test]
async fn a_server_fails_and_says_why() {
    let mut state = conformant();
    state.courses.push(Course::new(Task::ServerCreate).fails("No valid host was found."));
    let cloud = start(state).await;
    let member = cloud.member().await;
    let parts = parts(&member).await;
    let server = format!("{SERVERS}/{}", id(&member.create(SERVERS, &wanted(&parts)).await));
    assert_eq!(member.states(&server).await, ["BUILD", "ERROR"]);
    let fault = field(&member, &server, "server", "fault").await;
    assert_eq!((&fault["code"], &fault["message"]), (&json!(500), &json!("No valid host was found.")));
    assert!(fault["created"].is_string());
    let volume = format!("{VOLUMES}/{}", parts.volume);
    assert_eq!(field(&member, &volume, "volume", "status").await, "reserved");
    member.delete(&server).await;
    assert_eq!(member.states(&server).await, ["ERROR", "404"]);
    assert_eq!(field(&member, &volume, "volume", "status").await, "available");
}

#[rstest]
#[case::stuck(Course::new(Task::ServerCreate).never(), &["BUILD"], &["BUILD", "404"])]
#[case::not_deleted(Course::new(Task::ServerDelete).fails("no"), &["BUILD", "ACTIVE"], &["ACTIVE", "ERROR"])]
#[case::never_deleted(Course::new(Task::ServerDelete).never(), &["BUILD", "ACTIVE"], &["ACTIVE"])]
#[tokio::test]
async fn servers_take_other_courses(#[case] course: Course, #[case] born: &[&str], #[case] gone: &[&str]) {
    let mut state = conformant();
    state.courses.push(course);
    let cloud = start(state).await;
    let member = cloud.member().await;
    let parts = parts(&member).await;
    let server = format!("{SERVERS}/{}", id(&member.create(SERVERS, &wanted(&parts)).await));
    assert_eq!(member.states(&server).await, born);
    assert_eq!(member.delete(&server).await.status, 204);
    assert_eq!(member.states(&server).await, gone);
}

#[rstest]
#[case::flavor("/server/flavorRef", json!("nothing"), 400)]
#[case::no_name("/server/name", json!(""), 400)]
#[case::volume("/server/block_device_mapping_v2/0/uuid", json!("nothing"), 400)]
#[case::port("/server/networks/0/port", json!("nothing"), 400)]
#[case::no_networks("/server/networks", Value::Null, 400)]
#[case::user_data("/server/user_data", json!("not base64!"), 400)]
#[case::nowhere("/server/networks", json!("none"), 202)]
#[tokio::test]
async fn invalid_requests_are_refused(#[case] pointer: &str, #[case] value: Value, #[case] status: u16) {
    let cloud = start(conformant()).await;
    let member = cloud.member().await;
    let mut wanted = wanted(&parts(&member).await);
    *wanted.pointer_mut(pointer).unwrap() = value;
    let answer = member.post(SERVERS, &wanted).await;
    assert_eq!(answer.status, status, "{}", answer.text);
    if status == 400 {
        assert_eq!(answer.json()["badRequest"]["code"], 400);
    }
}

#[tokio::test]
async fn servers_are_not_plugged_into_the_network_outside() {
    let cloud = start(conformant()).await;
    let member = cloud.member().await;
    let mut wanted = wanted(&parts(&member).await);
    wanted["server"]["networks"] = json!([{"uuid": cloud.sim.state().resources.networks[0].id}]);
    assert_eq!(member.post(SERVERS, &wanted).await.status, 403);
}

#[rstest]
#[case::instances(|state: &mut State| state.quotas.instances = 0, "instances: Requested 1, but already used 0 of 0 instances")]
#[case::cores(|state: &mut State| state.quotas.cores = 0, "cores: Requested 1, but already used 0 of 0 cores")]
#[case::ram(|state: &mut State| state.quotas.ram = 100, "ram: Requested 4096, but already used 0 of 100 ram")]
#[tokio::test]
async fn servers_have_quotas(#[case] change: fn(&mut State), #[case] expected: &str) {
    let mut state = conformant();
    change(&mut state);
    let cloud = start(state).await;
    let member = cloud.member().await;
    let answer = member.post(SERVERS, &wanted(&parts(&member).await)).await;
    assert_eq!(answer.status, 403);
    assert_eq!(answer.json()["forbidden"]["message"], format!("Quota exceeded for {expected}"));
}

#[tokio::test]
async fn limits_say_what_is_used() {
    let cloud = start(conformant()).await;
    let member = cloud.member().await;
    member.create(SERVERS, &wanted(&parts(&member).await)).await;
    let limits = member.get("/compute/v2.1/limits").await.json()["limits"]["absolute"].clone();
    let used = ["totalInstancesUsed", "totalCoresUsed", "totalRAMUsed"].map(|key| limits[key].as_u64().unwrap());
    assert_eq!(used, [1, 1, 4096]);
    assert_eq!((&limits["maxTotalCores"], limits.get("maxImageMeta")), (&json!(20), None));
}

async fn with_server(change: impl FnOnce(&mut State)) -> (Cloud, String) {
    let mut state = conformant();
    let project = state.own_project();
    let server = state.seed(Kind::Server, "s", &project);
    change(&mut state);
    (start(state).await, format!("{SERVERS}/{server}/action"))
}

#[tokio::test]
async fn a_console_grows() {
    let (cloud, action) = with_server(|state| state.console = "one\ntwo\nthree\nfour\n".to_owned()).await;
    let member = cloud.member().await;
    let mut seen = Vec::new();
    for _ in 0..4 {
        let answer = member.post(&action, &json!({"os-getConsoleOutput": {"length": null}})).await;
        seen.push(answer.json()["output"].as_str().unwrap().to_owned());
    }
    assert_eq!(seen, ["", "one\ntwo\n", "one\ntwo\nthree\nfour\n", "one\ntwo\nthree\nfour\n"]);
    let answer = member.post(&action, &json!({"os-getConsoleOutput": {"length": 1}})).await;
    assert_eq!(answer.json()["output"], "four\n");
}

/// Measurements are printed in the name of the run whose user data the server has; what is damaged stays damaged.
#[tokio::test]
async fn a_console_is_of_the_run_that_the_user_data_names() {
    const MEASURED: &str = "_scs-test cpu ok 1/1 1 891ef6fc x\n_scs-test cpu ok 1/1 1 00000000 x\n_scs-test end ok 1/1 8 92569cb3 run=none\nlogin: ";
    let sealed = "[1.0] _scs-test cpu ok 1/1 1 ccd693e7 x\n_scs-test cpu ok 1/1 1 00000000 x\n_scs-test end ok 1/1 7 b6509ee5 run=abc\nlogin: ";
    let measured = format!("[1.0] {MEASURED}");
    let user_data = "IyEvdXNyL2Jpbi9lbnYgcHl0aG9uMwpOT05DRSA9ICJhYmMiICAjIHgK".to_owned();
    for (user_data, how, expected) in [
        (Some(user_data.clone()), Console::Works, sealed),
        (Some(user_data), Console::Replayed, &*measured),
        (None, Console::Works, &*measured),
    ] {
        let (cloud, action) = with_server(|state| {
            (state.console, state.nova.console, state.nova.console_steps) = (measured.clone(), how, 0);
            state.resources.servers[0].user_data = user_data;
        })
        .await;
        let answer = cloud.member().await.post(&action, &json!({"os-getConsoleOutput": {}})).await;
        assert_eq!(answer.json()["output"], expected);
    }
}

#[rstest]
#[case::absent(Console::Absent, 404, "itemNotFound")]
#[case::unsupported(Console::Unsupported, 501, "notImplemented")]
#[tokio::test]
async fn some_servers_have_no_console(#[case] console: Console, #[case] status: u16, #[case] kind: &str) {
    let (cloud, action) = with_server(|state| state.nova.console = console).await;
    let answer = cloud.member().await.post(&action, &json!({"os-getConsoleOutput": {}})).await;
    assert_eq!((answer.status, &answer.json()[kind]["code"]), (status, &json!(status)));
}

#[tokio::test]
async fn a_server_that_is_not_there_yet_has_no_console() {
    let (cloud, action) = with_server(|state| state.resources.servers[0].status = "BUILD".to_owned()).await;
    let answer = cloud.member().await.post(&action, &json!({"os-getConsoleOutput": {}})).await;
    assert_eq!((answer.status, &answer.json()["conflictingRequest"]["code"]), (409, &json!(409)));
}

#[tokio::test]
async fn servers_come_in_pages_and_by_name() {
    let mut state = conformant();
    let (own, other) = (state.own_project(), state.other_project());
    for name in ["a1", "a2", "b1", "b2", "b3"] {
        state.seed(Kind::Server, name, &own);
    }
    state.seed(Kind::Server, "theirs", &other);
    let cloud = start(state).await;
    let member = cloud.member().await;
    let names = |body: &Value| -> Vec<String> {
        body["servers"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect()
    };
    let first = member.get(&format!("{SERVERS}/detail?limit=3")).await.json();
    assert_eq!(names(&first), ["b3", "b2", "b1"]);
    let next = first["servers_links"][0]["href"].as_str().unwrap().replace(cloud.sim.base_url(), "");
    let second = member.get(&next).await.json();
    assert_eq!((names(&second), second.get("servers_links")), (vec!["a2".to_owned(), "a1".to_owned()], None));
    assert_eq!(names(&member.get(&format!("{SERVERS}/detail?name=^a")).await.json()), ["a2", "a1"]);
    assert_eq!(names(&member.get(&format!("{SERVERS}?name=2")).await.json()), ["b2", "a2"]);
    assert_eq!(member.get(&format!("{SERVERS}/detail?marker=nothing")).await.status, 400);
}

#[tokio::test]
async fn keypairs_are_the_users_own() {
    let mut state = conformant();
    state.seed(Kind::Keypair, "mine", "");
    let cloud = start(state).await;
    let member = cloud.member().await;
    let all = member.get("/compute/v2.1/os-keypairs").await.json();
    assert_eq!(all["keypairs"][0]["keypair"]["name"], "mine");
    assert!(cloud.sim.inventory().iter().any(|item: &Item| item.kind == Kind::Keypair));
    assert_eq!(member.delete("/compute/v2.1/os-keypairs/mine").await.status, 204);
    assert_eq!(member.delete("/compute/v2.1/os-keypairs/mine").await.status, 404);
}
