//! Neutron: from creation to deletion, in the only order that works.

use crate::support::{Member, conformant, id, start};
use rstest::rstest;
use scs_simcloud::{Kind, State};
use serde_json::{Value, json};

const V2: &str = "/network/v2.0";

fn at(path: &str) -> String {
    format!("{V2}/{path}")
}

/// Creates a network with a subnet, and returns their ids.
async fn network(member: &Member<'_>) -> (String, String) {
    let network = json!({"network": {"name": "n", "description": "why"}});
    let network = id(&member.create(&at("networks"), &network).await);
    let subnet = json!({"subnet": {"name": "s", "network_id": network, "cidr": "10.1.0.0/24", "ip_version": 4}});
    let subnet = id(&member.create(&at("subnets"), &subnet).await);
    (network, subnet)
}

async fn refused(member: &Member<'_>, path: &str, kind: &str) {
    let answer = member.delete(path).await;
    assert_eq!(answer.status, 409, "{path}: {}", answer.text);
    assert_eq!(answer.json()["NeutronError"]["type"], kind);
}

#[tokio::test]
async fn networks_live_and_go_in_the_right_order() {
    let cloud = start(conformant()).await;
    let member = cloud.member().await;
    let before = cloud.sim.inventory();
    let (network, subnet) = network(&member).await;
    let group = json!({"security_group": {"name": "g", "description": "why"}});
    let group = id(&member.create(&at("security-groups"), &group).await);
    let port = json!({"port": {"network_id": network, "name": "p", "security_groups": [group], "description": "d"}});
    let port = member.create(&at("ports"), &port).await;
    assert_eq!((&port["description"], &port["fixed_ips"][0]["ip_address"]), (&json!("d"), &json!("10.1.0.3")));
    let router = id(&member.create(&at("routers"), &json!({"router": {"name": "r"}})).await);
    let outside = member.get(&at("networks?router:external=True&is_default=true")).await.json();
    let outside = id(&outside["networks"][0]);
    let gateway = json!({"router": {"external_gateway_info": {"network_id": outside}}});
    let changed = member.put(&at(&format!("routers/{router}")), &gateway).await.json();
    assert_eq!(changed["router"]["external_gateway_info"]["external_fixed_ips"][0]["ip_address"], "203.0.113.2");
    let interface =
        member.put(&at(&format!("routers/{router}/add_router_interface")), &json!({"subnet_id": subnet})).await;
    assert_eq!((interface.status, &interface.json()["subnet_id"]), (200, &json!(subnet)));
    let interface = interface.json()["port_id"].as_str().unwrap().to_owned();
    let ports = member.get(&at(&format!("ports?device_id={router}"))).await.json();
    assert_eq!((ports["ports"].as_array().unwrap().len(), &ports["ports"][0]["id"]), (1, &json!(interface)));

    refused(&member, &at(&format!("networks/{network}")), "NetworkInUse").await;
    refused(&member, &at(&format!("subnets/{subnet}")), "SubnetInUse").await;
    refused(&member, &at(&format!("routers/{router}")), "RouterInUse").await;
    refused(&member, &at(&format!("security-groups/{group}")), "SecurityGroupInUse").await;
    refused(&member, &at(&format!("ports/{interface}")), "ServicePortInUse").await;

    let gone =
        member.put(&at(&format!("routers/{router}/remove_router_interface")), &json!({"subnet_id": subnet})).await;
    assert_eq!(gone.status, 200);
    let gone =
        member.put(&at(&format!("routers/{router}/remove_router_interface")), &json!({"subnet_id": subnet})).await;
    assert_eq!(gone.status, 404);
    let again = member.put(&at(&format!("routers/{router}/add_router_interface")), &json!({"subnet_id": subnet})).await;
    let by_port = json!({"port_id": again.json()["port_id"]});
    for status in [200, 404] {
        let gone = member.put(&at(&format!("routers/{router}/remove_router_interface")), &by_port).await;
        assert_eq!(gone.status, status);
    }
    let cleared =
        member.put(&at(&format!("routers/{router}")), &json!({"router": {"external_gateway_info": {}}})).await;
    assert_eq!(cleared.json()["router"]["external_gateway_info"], Value::Null);
    let all = [
        format!("routers/{router}"),
        format!("ports/{}", id(&port)),
        format!("subnets/{subnet}"),
        format!("networks/{network}"),
        format!("security-groups/{group}"),
    ];
    for path in all {
        assert_eq!(member.delete(&at(&path)).await.status, 204, "{path}");
        assert_eq!(member.delete(&at(&path)).await.status, 404, "{path}");
    }
    assert_eq!(cloud.sim.inventory(), before);
    let left = cloud.sim.state().resources.ports;
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn dhcp_has_a_port_that_goes_with_the_network() {
    let cloud = start(conformant()).await;
    let member = cloud.member().await;
    let before = cloud.sim.inventory();
    let (network, _) = network(&member).await;
    let ports = member.get(&at(&format!("ports?network_id={network}"))).await.json();
    assert_eq!(ports["ports"][0]["device_owner"], "network:dhcp");
    assert_eq!(cloud.sim.inventory().len(), before.len() + 2);
    assert_eq!(member.delete(&at(&format!("networks/{network}"))).await.status, 204);
    assert_eq!(cloud.sim.inventory(), before);
}

#[rstest]
#[case::template(|_: &mut State| {}, 2)]
#[case::template_is_empty(|state: &mut State| state.default_rules.clear(), 0)]
#[case::built_in(|state: &mut State| { state.neutron.default_rules_extension = false; state.default_rules.clear(); }, 2)]
#[case::built_in_otherwise(
    |state: &mut State| { state.neutron.default_rules_extension = false; state.neutron.fixed_rules.truncate(1); }, 1
)]
#[tokio::test]
async fn new_groups_start_with_rules(#[case] change: fn(&mut State), #[case] expected: usize) {
    let mut state = conformant();
    change(&mut state);
    let cloud = start(state).await;
    let member = cloud.member().await;
    let group = member.create(&at("security-groups"), &json!({"security_group": {"name": "g"}})).await;
    assert_eq!(group["security_group_rules"].as_array().unwrap().len(), expected);
    let rules = member.get(&at(&format!("security-group-rules?security_group_id={}", id(&group)))).await.json();
    let rules = rules["security_group_rules"].as_array().unwrap().clone();
    assert_eq!(rules.len(), expected);
    assert!(rules.iter().all(|rule| rule["direction"] == "egress" && rule["security_group_id"] == group["id"]));
}

#[tokio::test]
async fn every_project_has_a_default_group() {
    let cloud = start(conformant()).await;
    let member = cloud.member().await;
    let groups = member.get(&at("security-groups?name=default")).await.json();
    let group = &groups["security_groups"][0];
    let rules = group["security_group_rules"].as_array().unwrap();
    assert_eq!(rules.len(), 4);
    assert!(rules.iter().any(|rule| rule["remote_group_id"] == group["id"]), "PARENT is the group itself");
    refused(&member, &at(&format!("security-groups/{}", id(group))), "SecurityGroupCannotRemoveDefault").await;
    assert!(cloud.sim.inventory().iter().all(|item| item.kind != Kind::SecurityGroup));
}

#[tokio::test]
async fn resources_of_others_are_not_found_and_the_external_network_cannot_be_deleted() {
    let mut state = conformant();
    let other = state.other_project();
    let theirs = state.seed(Kind::Network, "theirs", &other);
    let cloud = start(state).await;
    let member = cloud.member().await;
    assert_eq!(member.get(&at(&format!("networks/{theirs}"))).await.status, 404);
    assert_eq!(member.delete(&at(&format!("networks/{theirs}"))).await.status, 404);
    let outside = cloud.sim.state().resources.networks[0].clone();
    assert_eq!(member.delete(&at(&format!("networks/{}", outside.id))).await.status, 403);
    let list = member.get(&at("networks")).await.json();
    assert_eq!(list["networks"].as_array().unwrap().len(), 1);
    let outside = &list["networks"][0];
    assert_eq!(
        (&outside["router:external"], &outside["shared"], &outside["is_default"]),
        (&json!(true), &json!(false), &json!(true))
    );
    let public = json!({"network": {"name": "n", "shared": true}});
    assert_eq!(member.post(&at("networks"), &public).await.status, 403);
}

#[rstest]
#[case::network("networks", "network", json!({"name": "x"}))]
#[case::router("routers", "router", json!({"name": "x"}))]
#[case::group("security-groups", "security_group", json!({"name": "x"}))]
#[tokio::test]
async fn quotas_are_kept_and_shown(#[case] path: &str, #[case] key: &str, #[case] wanted: Value) {
    let mut state = conformant();
    state.quotas.networks = 1;
    state.quotas.routers = 1;
    state.quotas.security_groups = 2;
    let cloud = start(state).await;
    let member = cloud.member().await;
    member.get(&at("security-groups")).await;
    member.create(&at(path), &json!({key: wanted})).await;
    let refused = member.post(&at(path), &json!({key: wanted})).await;
    assert_eq!((refused.status, &refused.json()["NeutronError"]["type"]), (409, &json!("OverQuota")));
    let quota = member.get(&at("quotas/{project}/details.json")).await.json()["quota"][key].clone();
    assert_eq!((&quota["used"], &quota["reserved"]), (&quota["limit"], &json!(0)));
    assert_eq!(member.get(&at("quotas/somebody/details.json")).await.status, 403);
}

#[rstest]
#[case::overlap("subnets", json!({"subnet": {"network_id": "{network}", "cidr": "10.1.0.128/25", "ip_version": 4}}), 400)]
#[case::nonsense("subnets", json!({"subnet": {"network_id": "{network}", "cidr": "10.1", "ip_version": 4}}), 400)]
#[case::version("subnets", json!({"subnet": {"network_id": "{network}", "cidr": "10.2.0.0/24", "ip_version": 6}}), 400)]
#[case::six("subnets", json!({"subnet": {"network_id": "{network}", "cidr": "fd00::/64", "ip_version": 6}}), 201)]
#[case::nowhere("ports", json!({"port": {"network_id": "nothing"}}), 404)]
#[case::group("ports", json!({"port": {"network_id": "{network}", "security_groups": ["nothing"]}}), 404)]
#[case::taken("ports", json!({"port": {"network_id": "{network}", "fixed_ips": [{"ip_address": "10.1.0.2"}]}}), 409)]
#[case::gateway("routers", json!({"router": {"external_gateway_info": {"network_id": "{network}"}}}), 400)]
#[case::no_body("networks", json!({"name": "x"}), 400)]
#[tokio::test]
async fn invalid_requests_are_refused(#[case] path: &str, #[case] wanted: Value, #[case] status: u16) {
    let cloud = start(conformant()).await;
    let member = cloud.member().await;
    let (network, _) = network(&member).await;
    let wanted: Value = serde_json::from_str(&wanted.to_string().replace("{network}", &network)).unwrap();
    let answer = member.post(&at(path), &wanted).await;
    assert_eq!(answer.status, status, "{}", answer.text);
}

#[tokio::test]
async fn lists_have_pages_and_filters() {
    let mut state = conformant();
    let own = state.own_project();
    for name in ["a", "b", "c"] {
        state.seed(Kind::Router, name, &own);
    }
    state.seed(Kind::FloatingIp, "f", &own);
    let cloud = start(state).await;
    let member = cloud.member().await;
    let first = member.get(&at("routers?limit=2")).await.json();
    assert_eq!(first["routers"].as_array().unwrap().len(), 2);
    let next = first["routers_links"][0]["href"].as_str().unwrap().replace(cloud.sim.base_url(), "");
    assert_eq!(member.get(&next).await.json()["routers"].as_array().unwrap().len(), 1);
    assert_eq!(member.get(&at("routers?name=b")).await.json()["routers"].as_array().unwrap().len(), 1);
    assert_eq!(member.get(&at("routers?nothing=b")).await.status, 400);
    let floating = member.get(&at("floatingips")).await.json()["floatingips"][0].clone();
    assert_eq!(floating["description"], "f");
    assert_eq!(member.delete(&at(&format!("floatingips/{}", id(&floating)))).await.status, 204);
}
