//! Field by field, what a redacted recording holds: the rows of the table in `docs/recordings.md`.

use crate::replay::recorded;
use rstest::rstest;
use scs_reports::judge::{Recording, redact};
use serde_json::{Value, json};

/// A field of a fact: where it stands, what it is, and what becomes of it.
struct Row(&'static str, Value, Value);

fn stays(place: &'static str, value: Value) -> Row {
    Row(place, value.clone(), value)
}

/// Returns a recording in which these fields are as they say, redacted.
async fn redacted(rows: &[Row]) -> Value {
    let (recording, _) = recorded("conformant").await;
    let mut json = serde_json::to_value(recording).unwrap();
    for Row(place, original, _) in rows {
        let (parent, key) = place.rsplit_once('/').unwrap();
        let parent = json["collected"].pointer_mut(parent).unwrap_or_else(|| panic!("nothing at {parent}"));
        match parent {
            Value::Array(items) => items[key.parse::<usize>().unwrap()] = original.clone(),
            other => other[key] = original.clone(),
        }
    }
    let changed: Recording = serde_json::from_value(json).unwrap();
    serde_json::to_value(redact(&changed).unwrap()).unwrap()
}

async fn assert_becomes(rows: &[Row]) {
    let redacted = redacted(rows).await;
    for Row(place, _, expected) in rows {
        assert_eq!(redacted["collected"].pointer(place), Some(expected), "{place}");
    }
}

#[tokio::test]
async fn the_subject() {
    assert_becomes(&[
        Row("/subject/name", json!("Acme cloud"), json!("subject")),
        Row("/subject/details/cloud", json!("acme"), json!("cloud-1")),
        Row(
            "/subject/details/auth_url",
            json!("https://keystone.acme.example/v3"),
            json!("https://host-1.example.org/v3"),
        ),
        Row("/subject/details/project", json!("21dced0fd20347869b93710d2b98aae0"), json!("project-1")),
        // The catalog has another region.
        Row("/subject/details/region", json!("Acmetown"), json!("region-2")),
        Row("/subject/details/roles", json!("member, acme-staff, reader"), json!("member, role-1, reader")),
        Row("/subject/details/anything", json!("Acme"), json!("anything-1")),
        stays("/subject/details/interface", json!("internal")),
    ])
    .await;
}

#[tokio::test]
async fn the_tls_of_endpoints() {
    let endpoint = json!({
        "host": "nova.acme.example", "port": 443,
        "protocols": {"seen": [{"version": "TLSv1.2", "ciphers": [{"id": 5, "name": "RC4"}], "dh_bits": 1024}]},
        "certificates": {"seen": [{
            "subject": "O=Acme, CN=nova", "names": ["nova.acme.example"], "issuer": "O=Acme",
            "not_before": "2026-01-01T00:00:00Z", "not_after": "2026-04-01T00:00:00Z",
            "key": {"kind": "rsa", "bits": 2048}, "signature": "sha256WithRSAEncryption", "chain": 1,
            "trust": {"untrusted": "Acme says so"}, "name_matches": true,
        }]},
        "hsts": {"seen": "max-age=5; includeSubDomains"},
    });
    let mut other = endpoint.clone();
    other["hsts"] = json!({"seen": "max-age=5; acme"});
    other["protocols"] = json!({"unknown": {"code": "unreachable", "message": "nova.acme.example does not answer"}});
    let known = Row("/facts/cloud/tls_endpoints", json!({"known": [&endpoint, &other]}), Value::Null);
    let recording = redacted(&[known]).await;
    let endpoints = &recording["collected"]["facts"]["cloud"]["tls_endpoints"]["known"];
    let (first, second) = (&endpoints[0], &endpoints[1]);
    let certificate = &first["certificates"]["seen"][0];
    assert_eq!(
        (&first["port"], &first["protocols"], &first["hsts"]),
        (&endpoint["port"], &endpoint["protocols"], &endpoint["hsts"])
    );
    assert_eq!(first["host"], certificate["names"][0]);
    assert!(first["host"].as_str().unwrap().ends_with(".example.org"));
    assert_eq!((&certificate["subject"], &certificate["issuer"]), (&json!("subject-1"), &json!("issuer-1")));
    assert_eq!(certificate["trust"], json!({"untrusted": "redacted"}));
    for stays in ["not_before", "not_after", "key", "signature", "chain", "name_matches"] {
        assert_eq!(certificate[stays], endpoint["certificates"]["seen"][0][stays]);
    }
    assert_eq!(second["hsts"], json!({"seen": "redacted"}));
    assert_eq!(second["protocols"]["unknown"]["message"], json!("redacted (unreachable)"));
}

#[tokio::test]
async fn the_catalog() {
    let service = "/facts/cloud/catalog/known/services/0";
    let redacted = redacted(&[
        Row("/facts/cloud/catalog/known/services/0/name", json!("acme-nova"), Value::Null),
        Row("/facts/cloud/catalog/known/services/0/type", json!("compute"), Value::Null),
        Row("/facts/cloud/catalog/known/services/0/endpoints/0/region", json!("Acmetown"), Value::Null),
        Row(
            "/facts/cloud/catalog/known/services/0/endpoints/0/url",
            json!("https://nova.acme.example:8774/v2.1/p"),
            Value::Null,
        ),
    ])
    .await;
    let service = redacted["collected"].pointer(service).unwrap();
    assert_eq!((&service["type"], &service["name"]), (&json!("compute"), &json!("compute")));
    let endpoint = &service["endpoints"][0];
    let (region, url) = (endpoint["region"].as_str().unwrap(), endpoint["url"].as_str().unwrap());
    assert!(region.starts_with("region-"), "{region}");
    assert!(url.starts_with("https://host-") && url.ends_with(".example.org:8774/v2.1/segment-1"), "{url}");
}

#[tokio::test]
async fn images() {
    assert_becomes(&[
        Row("/facts/cloud/images/known/0/id", json!("0c9f6a34-1c39-4b8e-b1a8-5a7f5a9e33cc"), json!("image-1")),
        stays("/facts/cloud/images/known/0/name", json!("Debian 13 by Acme")),
        stays("/facts/cloud/images/known/0/status", json!("deactivated")),
        stays("/facts/cloud/images/known/0/size", json!(4711)),
        stays("/facts/cloud/images/known/0/created_at", json!("2026-11-20T10:00:00Z")),
        Row("/facts/cloud/images/known/0/tags", json!(["acme", "gold"]), json!(["tag-1", "tag-2"])),
        Row(
            "/facts/cloud/images/known/0/properties",
            json!({
                "owner": "21dced0fd20347869b93710d2b98aae1",
                "os_distro": "debian",
                "hw_disk_bus": "scsi",
                "trait:CUSTOM_ACME": "required",
                "image_build_date": "2026-11-01",
                "image_source": "https://cloud.debian.org/images/cloud/trixie/x.qcow2",
                "image_description": "Built by Erika Mustermann",
                "l1_support_contact": "mailto:erika@acme.example",
                "acme_customer": "Acme GmbH",
            }),
            json!({
                "owner": "project-2",
                "os_distro": "debian",
                "hw_disk_bus": "scsi",
                "trait:CUSTOM_ACME": "required",
                "image_build_date": "2026-11-01",
                "image_source": "https://cloud.debian.org/images/cloud/trixie/x.qcow2",
                "image_description": "redacted",
                "l1_support_contact": "mailto:redacted@example.org",
                "property-1": "value-1",
            }),
        ),
    ])
    .await;
}

#[rstest]
#[case::address("https://acme.example/support", "https://example.org/redacted")]
#[case::nothing(" ", " ")]
#[tokio::test]
async fn words_keep_their_form(#[case] words: &str, #[case] expected: &str) {
    let place = "/facts/cloud/images/known/0/properties/image_description";
    assert_becomes(&[Row(place, json!(words), json!(expected))]).await;
}

#[tokio::test]
async fn flavors_and_volume_types() {
    assert_becomes(&[
        Row("/facts/cloud/flavors/known/0/id", json!("acme-flavor-7"), json!("flavor-1")),
        stays("/facts/cloud/flavors/known/0/name", json!("acme.large")),
        stays("/facts/cloud/flavors/known/0/ram", json!(4096)),
        stays("/facts/cloud/flavors/known/0/extra_specs", json!({"scs:cpu-type": "shared-core", "acme:rack": "12"})),
        Row(
            "/facts/cloud/volume_types/known/0/id",
            json!("5a0e0d4c-0000-4b8e-b1a8-5a7f5a9e33cc"),
            json!("volume-type-1"),
        ),
        Row("/facts/cloud/volume_types/known/0/name", json!("acme-fast"), json!("volume-type-2")),
        Row(
            "/facts/cloud/volume_types/known/0/description",
            json!("Acme's [scs:encrypted] NVMe"),
            json!("redacted [scs:encrypted] redacted"),
        ),
        stays("/facts/cloud/volume_types/known/0/extra_specs", json!({"volume_backend_name": "acme-ceph"})),
        stays("/facts/cloud/volume_types/known/1/name", json!("__DEFAULT__")),
        Row("/facts/cloud/volume_types/known/1/description", json!("Acme's disks"), json!("redacted")),
    ])
    .await;
}

fn rule(changes: &Value) -> Value {
    let mut rule = json!({
        "id": "0b0e0d4c-1111-4b8e-b1a8-5a7f5a9e33cc", "direction": "ingress", "ethertype": "IPv4", "protocol": "tcp",
        "port_range_min": 22, "port_range_max": 22, "remote_group_id": null, "remote_address_group_id": null,
        "remote_ip_prefix": null,
    });
    for (key, value) in changes.as_object().unwrap() {
        rule[key] = value.clone();
    }
    rule
}

/// In the template and in a group that was made to see what is in it.
#[rstest]
#[case::parent(json!({"remote_group_id": "PARENT"}), json!({"remote_group_id": "PARENT"}))]
#[case::group(json!({"remote_group_id": "acme-group"}), json!({"remote_group_id": "group-1"}))]
#[case::address_group(json!({"remote_address_group_id": "acme-net"}), json!({"remote_address_group_id": "address-group-1"}))]
#[case::everybody(json!({"remote_ip_prefix": "0.0.0.0/0"}), json!({"remote_ip_prefix": "0.0.0.0/0"}))]
#[case::everybody_6(json!({"remote_ip_prefix": "::/0"}), json!({"remote_ip_prefix": "::/0"}))]
#[case::net(json!({"remote_ip_prefix": "10.11.0.0/16"}), json!({"remote_ip_prefix": "192.0.2.0/24"}))]
#[case::net_6(json!({"remote_ip_prefix": "fd11::/8"}), json!({"remote_ip_prefix": "2001:db8::/32"}))]
#[tokio::test]
async fn rules_of_security_groups(#[case] original: Value, #[case] expected: Value) {
    let mut expected = rule(&expected);
    expected["id"] = json!("rule-1");
    let wrapped = |rule: &Value| json!([{"rule": rule, "used_in_default_sg": true, "used_in_non_default_sg": false}]);
    let original = rule(&original);
    assert_becomes(&[
        Row("/facts/cloud/default_security_group_rules/known", wrapped(&original), wrapped(&expected)),
        Row("/facts/cloud/fresh_security_group", json!({"known": [original]}), json!({"known": [expected]})),
    ])
    .await;
}

#[tokio::test]
async fn other_facts() {
    let answer = |url: &str, excerpt: &str| json!({"url": url, "status": 403, "error_code": "InvalidAccessKeyId", "excerpt": excerpt});
    assert_becomes(&[
        stays("/observed_at", json!("2026-11-20T10:00:00Z")),
        Row("/facts/cloud/s3_answer/known/excerpt", json!("Acme says no"), json!("redacted")),
        stays("/facts/cloud/s3_answer/known/status", json!(403)),
        Row(
            "/facts/cloud/entropy_pool",
            json!({"known": {"line": "256", "console": ["256", "10.0.0.1"]}}),
            json!({"known": {"line": "256", "console": []}}),
        ),
        Row(
            "/facts/cloud/image_upload",
            json!({"known": {"refused": {"step": "upload", "how": "acme-quota"}}}),
            json!({"known": {"refused": {"step": "upload", "how": "redacted"}}}),
        ),
        Row(
            "/facts/cloud/secret_trial",
            json!({"known": {"forbidden": "Erika may not", "listed": true}}),
            json!({"known": {"forbidden": "redacted", "listed": true}}),
        ),
        Row(
            "/facts/cloud/backup_trial",
            json!({"known": {"refused": {"step": "backup", "how": "no host acme-7"}}}),
            json!({"known": {"refused": {"step": "backup", "how": "redacted"}}}),
        ),
        Row(
            "/facts/cloud/cross_attach",
            json!({"known": {"server_zone": "acme-1", "volume_zone": "nova", "outcome": {"refused": "not in acme-1"}}}),
            json!({"known": {"server_zone": "zone-1", "volume_zone": "nova", "outcome": {"refused": "redacted"}}}),
        ),
        Row(
            "/facts/cloud/storage_zones",
            json!({"known": [{"name": "acme-1", "available": true}, {"name": "nova", "available": false}]}),
            json!({"known": [{"name": "zone-1", "available": true}, {"name": "nova", "available": false}]}),
        ),
        Row(
            "/facts/cloud/s3_round_trip",
            json!({"known": {"refused": {"step": "put-object", "how": "acme-quota"}}}),
            json!({"known": {"refused": {"step": "put-object", "how": "redacted"}}}),
        ),
        Row(
            "/facts/cloud/version_documents",
            json!({"known": [
                {"service_type": "compute", "url": "no address of Acme", "answer": {"seen": {"status": 200, "versions": ["v2.1", "acme"]}}},
                {"service_type": "of acme", "url": "", "answer": {"unknown": {"code": "unreachable", "message": "acme is away"}}},
            ]}),
            json!({"known": [
                {"service_type": "compute", "url": "redacted", "answer": {"seen": {"status": 200, "versions": ["v2.1", "redacted"]}}},
                {"service_type": "type-1", "url": "", "answer": {"unknown": {"code": "unreachable", "message": "redacted (unreachable)"}}},
            ]}),
        ),
        Row(
            "/facts/cloud/provider_networks",
            json!({"known": [{
                "id": "0c9f6a34", "name": "acme", "external": true, "is_default": null, "shared": false,
                "port_security_enabled": true,
            }]}),
            json!({"known": [{
                "id": "network-1", "name": "network-1", "external": true, "is_default": null, "shared": false,
                "port_security_enabled": true,
            }]}),
        ),
        Row(
            "/facts/cloud/domain_manager_trial",
            json!({"known": {"users": {"create": "effective", "read": {"refused": "Erika may not"}}, "role-changes": {
                "create-role": {"ineffective": "acme"},
                "change-role": {"unknown": {"code": "request-failed", "message": "no host acme-7"}},
            }}}),
            json!({"known": {"users": {"create": "effective", "read": {"refused": "redacted"}}, "role-changes": {
                "create-role": {"ineffective": "redacted"},
                "change-role": {"unknown": {"code": "request-failed", "message": "redacted (request-failed)"}},
            }}}),
        ),
    ])
    .await;
    let redacted =
        redacted(&[Row("/facts/cloud/s3_answer/known", answer("https://s3.acme.example", ""), Value::Null)]).await;
    let url = redacted["collected"]["facts"]["cloud"]["s3_answer"]["known"]["url"].as_str().unwrap();
    assert!(url.starts_with("https://host-") && url.ends_with(".example.org"), "{url}");
}

/// Each part of an address that may say something of others.
#[rstest]
#[case("https://nova.acme.example/v2.1", "https://HOST/v2.1")]
#[case("https://nova.acme.example/v2.1/", "https://HOST/v2.1/")]
#[case("https://nova.acme.example", "https://HOST")]
#[case("http://adm:sup3r-s3cret@nova.acme.example:8774/v2.1", "http://HOST:8774/v2.1")]
#[case("http://token@nova.acme.example/flavors/detail", "http://HOST/flavors/detail")]
#[case("https://nova.acme.example/placement?token=gAAAAAB", "https://HOST/placement?token=redacted")]
#[case("https://nova.acme.example/flavors?m=gAAAAAB&limit=1000", "https://HOST/flavors?redacted=redacted&limit=1000")]
#[case("https://nova.acme.example/flavors?limit=gAAAAAB", "https://HOST/flavors?limit=redacted")]
#[case("https://nova.acme.example/compute/acme-gmbh/v2.1#gAAAAAB", "https://HOST/compute/segment-1/v2.1")]
#[case("https://nova.acme.example/v1/AUTH_4711/images/", "https://HOST/v1/AUTH_project-2/images/")]
#[case("no address of Acme", "redacted")]
#[case("mailto:erika@acme.example", "redacted")]
#[case("", "")]
#[tokio::test]
async fn addresses(#[case] original: &str, #[case] expected: &str) {
    let place = "/facts/cloud/catalog/known/services/0/endpoints/0/url";
    let request = "/records/images/requests/0/url";
    let rows = [Row(place, json!(original), Value::Null), Row(request, json!(original), Value::Null)];
    let redacted = redacted(&rows).await;
    for place in [place, request] {
        let url = redacted["collected"].pointer(place).unwrap().as_str().unwrap();
        let host = url.split(['/', ':']).find(|part| part.starts_with("host-")).unwrap_or("HOST");
        assert_eq!(url.replace(host, "HOST"), expected, "{place}");
    }
}

#[tokio::test]
async fn words_that_no_protocol_knows_are_replaced() {
    assert_becomes(&[
        Row("/facts/cloud/catalog/known/services/0/endpoints/0/interface", json!("acme only"), json!("interface-1")),
        Row("/facts/cloud/images/known/0/status", json!("of Acme GmbH"), json!("status-1")),
        Row(
            "/facts/cloud/images/known/0/properties/image_source",
            json!("https://a:b@acme.example/i?t=1"),
            json!("https://acme.example/i?redacted=redacted"),
        ),
        Row("/facts/cloud/s3_answer/known/error_code", json!("Acme GmbH says no"), json!("redacted")),
    ])
    .await;
}

/// What a service said may hold anything; what this program says of itself may stay.
#[rstest]
#[case("catalog")]
#[case("flavors")]
#[case("images")]
#[case("volume_types")]
#[case("default_security_group_rules")]
#[case("s3_answer")]
#[case("entropy_pool")]
#[case("random_blocks")]
#[case("cpu_instructions")]
#[case("secret_payload")]
#[case("image_upload")]
#[case("fresh_security_group")]
#[case("secret_trial")]
#[case("backup_trial")]
#[case("version_documents")]
#[case("s3_round_trip")]
#[case("provider_networks")]
#[case("subnet_pools")]
#[case("network_quotas")]
#[case("compute_zones")]
#[case("storage_zones")]
#[case("network_zones")]
#[case("load_balancer_zones")]
#[case("cross_attach")]
#[case("domain_manager_trial")]
#[tokio::test]
async fn reasons(#[case] fact: &'static str) {
    let reason = |message: &str| json!({"failed": {"code": "forbidden", "message": message}});
    let place: &'static str = format!("/facts/cloud/{fact}").leak();
    assert_becomes(&[Row(place, reason("Erika may not"), reason("redacted (forbidden)"))]).await;
    let own = json!({"not-collected": {"code": "changes-the-subject", "message": "needs to create something"}});
    assert_becomes(&[stays(place, own)]).await;
}

#[tokio::test]
async fn records_of_requests() {
    let request = "/records/images/requests/0";
    let redacted = redacted(&[
        Row("/records/images/requests/0/url", json!("https://image.acme.example/v2/images?limit=1000"), Value::Null),
        Row("/records/images/requests/0/request_id", json!("req-4711-acme"), Value::Null),
        Row("/records/images/reason", json!({"code": "forbidden", "message": "Erika may not"}), Value::Null),
    ])
    .await;
    let request = redacted["collected"].pointer(request).unwrap();
    let (url, id) = (request["url"].as_str().unwrap(), request["request_id"].as_str().unwrap());
    assert!(url.starts_with("https://host-") && url.ends_with(".example.org/v2/images?limit=1000"), "{url}");
    assert!(id.starts_with("request-"), "{id}");
    assert_eq!(request["status"], 200);
    assert_eq!(redacted["collected"]["records"]["images"]["reason"]["message"], "redacted (forbidden)");
}

/// Ids and hosts are found wherever they occur, the longer before the shorter that it begins with.
#[tokio::test]
async fn ids_and_hosts_within_other_texts() {
    assert_becomes(&[
        Row("/facts/cloud/images/known/0/id", json!("acme-image"), json!("image-1")),
        Row("/facts/cloud/images/known/1/id", json!("acme-image-2"), json!("image-2")),
        Row("/subject/details/auth_url", json!("https://acme.example/v3"), json!("https://host-1.example.org/v3")),
        Row(
            "/facts/cloud/images/known/2/properties/os_version",
            json!("«acme-image-2»acme-imageacme-image of acme.example, not acme"),
            json!("«image-2»image-1image-1 of host-1.example.org, not acme"),
        ),
    ])
    .await;
}
