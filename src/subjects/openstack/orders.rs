//! The resources that a run may create in a cloud, and the request for each.

use super::catalog::Service;
use super::s3_keys::bucket_name;
use crate::ledger::{Kind, PlannedResource};
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

/// Something to create.
#[derive(Clone, Debug)]
pub(crate) enum Order {
    /// A network.
    Network,
    /// A subnet of a network, without DNS.
    Subnet {
        /// The network's id.
        network: String,
        /// Its addresses, as `10.1.0.0/24`.
        cidr: &'static str,
    },
    /// A router, with a way out.
    Router {
        /// The id of the external network.
        external: String,
    },
    /// A subnet's place at a router.
    RouterInterface {
        /// The router's id.
        router: String,
        /// The subnet's id.
        subnet: String,
    },
    /// A port of a network, with no security group: nobody has to reach what stands behind it.
    Port {
        /// The network's id.
        network: String,
        /// The id of the subnet that its address is from.
        subnet: String,
    },
    /// A security group, with the rules that the cloud gives it.
    SecurityGroup,
    /// An empty volume, or one with the content of an image.
    Volume {
        /// Its size in GiB.
        gib: u64,
        /// The image's id.
        image: Option<String>,
        /// The availability zone; Cinder's own choice if none.
        zone: Option<String>,
    },
    /// A backup of a volume.
    Backup {
        /// The volume's id.
        volume: String,
    },
    /// A volume with the content of a backup.
    RestoredVolume {
        /// The backup's id.
        backup: String,
    },
    /// A server that boots from a volume.
    Server {
        /// The flavor's id.
        flavor: String,
        /// The volume's id.
        volume: String,
        /// The port's id.
        port: String,
        /// The zone; none if Nova chooses it.
        zone: Option<String>,
        /// The script for cloud-init, in base64.
        user_data: String,
    },
    /// A server in an availability zone that boots from a volume and has no network.
    ZonedServer {
        /// The flavor's id.
        flavor: String,
        /// The volume's id.
        volume: String,
        /// The zone.
        zone: String,
        /// The ids of volumes that will be attached to it.
        others: Vec<String>,
    },
    /// A private image, still without data.
    Image,
    /// Credentials for S3.
    Ec2Credential {
        /// The id of the user.
        user: String,
        /// The id of the project.
        project: String,
        /// The secret key; the access key is the name.
        secret: SecretString,
    },
    /// A bucket of S3.
    Bucket {
        /// The id of the credentials that it is made with.
        credential: String,
    },
    /// A secret.
    Secret {
        /// Its content.
        payload: String,
    },
}

/// The request that creates something.
#[derive(Debug)]
pub(super) struct Creation {
    pub method: Method,
    pub service: Service,
    /// Path segments below the service's version.
    pub path: Vec<String>,
    pub microversion: Option<&'static str>,
    pub body: Value,
    /// The place of the id in the answer; nothing if the order knows it.
    pub id_at: &'static str,
}

/// Descriptions of servers are known since 2.19; 2.61 is what flavors are read with.
pub(super) const NOVA: &str = "2.61";

impl Order {
    /// Returns the resource that it creates under a name.
    pub fn planned(&self, name: &str) -> PlannedResource {
        let (kind, uses) = match self {
            Self::Network => (Kind::Network, vec![]),
            Self::Subnet { network, .. } => (Kind::Subnet, vec![network]),
            Self::Router { .. } => (Kind::Router, vec![]),
            Self::RouterInterface { router, subnet } => (Kind::RouterInterface, vec![router, subnet]),
            Self::Port { network, subnet } => (Kind::Port, vec![network, subnet]),
            Self::SecurityGroup => (Kind::SecurityGroup, vec![]),
            Self::Volume { .. } => (Kind::Volume, vec![]),
            Self::Backup { volume } => (Kind::Backup, vec![volume]),
            Self::RestoredVolume { backup } => (Kind::Volume, vec![backup]),
            Self::Server { volume, port, .. } => (Kind::Server, vec![volume, port]),
            Self::ZonedServer { volume, others, .. } => (Kind::Server, std::iter::once(volume).chain(others).collect()),
            Self::Image => (Kind::Image, vec![]),
            Self::Ec2Credential { .. } => (Kind::Ec2Credential, vec![]),
            Self::Bucket { credential } => (Kind::Bucket, vec![credential]),
            Self::Secret { .. } => (Kind::Secret, vec![]),
        };
        let id = match self {
            Self::RouterInterface { router, subnet } => Some(format!("{router}/{subnet}")),
            Self::Bucket { .. } => Some(bucket_name(name)),
            _ => None,
        };
        // Cinder first makes the new volume, and keeps it if it then refuses to restore.
        let survives_refusal = matches!(self, Self::RestoredVolume { .. });
        PlannedResource { kind, uses: uses.into_iter().cloned().collect(), id, survives_refusal }
    }

    /// Returns the request, for something of this name and description; none for a bucket, of which S3 is asked.
    pub(super) fn creation(&self, name: &str, note: &str) -> Option<Creation> {
        let (service, path, id_at, body) = match self {
            Self::Network => (
                Service::Network,
                vec!["networks"],
                "/network/id",
                json!({"network": {"name": name, "description": note}}),
            ),
            Self::Subnet { network, cidr } => (
                Service::Network,
                vec!["subnets"],
                "/subnet/id",
                json!({"subnet": {
                    "name": name, "description": note, "network_id": network, "ip_version": 4, "cidr": cidr,
                }}),
            ),
            Self::Router { external } => (
                Service::Network,
                vec!["routers"],
                "/router/id",
                json!({"router": {
                    "name": name, "description": note, "external_gateway_info": {"network_id": external},
                }}),
            ),
            Self::RouterInterface { router, subnet } => {
                (Service::Network, vec!["routers", router, "add_router_interface"], "", json!({"subnet_id": subnet}))
            }
            Self::Port { network, subnet } => (
                Service::Network,
                vec!["ports"],
                "/port/id",
                json!({"port": {
                    "name": name, "description": note, "network_id": network, "security_groups": [],
                    "fixed_ips": [{"subnet_id": subnet}],
                }}),
            ),
            Self::SecurityGroup => (
                Service::Network,
                vec!["security-groups"],
                "/security_group/id",
                json!({"security_group": {"name": name, "description": note}}),
            ),
            Self::Volume { gib, image, zone } => {
                let mut volume = json!({"name": name, "description": note, "size": gib});
                for (key, value) in [("imageRef", image), ("availability_zone", zone)] {
                    if let Some(value) = value {
                        volume[key] = json!(value);
                    }
                }
                (Service::BlockStorage, vec!["volumes"], "/volume/id", json!({ "volume": volume }))
            }
            Self::Backup { volume } => (
                Service::BlockStorage,
                vec!["backups"],
                "/backup/id",
                json!({"backup": {"name": name, "description": note, "volume_id": volume}}),
            ),
            Self::RestoredVolume { backup } => (
                Service::BlockStorage,
                vec!["backups", backup, "restore"],
                "/restore/volume_id",
                json!({"restore": {"name": name}}),
            ),
            Self::Server { flavor, volume, port, zone, user_data } => {
                let mut server = json!({
                    "name": name, "description": note, "flavorRef": flavor, "user_data": user_data,
                    "config_drive": true, "networks": [{"port": port}],
                    "block_device_mapping_v2": [boot_device(volume)],
                });
                if let Some(zone) = zone {
                    server["availability_zone"] = json!(zone);
                }
                (Service::Compute, vec!["servers"], "/server/id", json!({ "server": server }))
            }
            // The other volumes are attached later.
            Self::ZonedServer { flavor, volume, zone, others: _ } => (
                Service::Compute,
                vec!["servers"],
                "/server/id",
                json!({"server": {
                    "name": name, "description": note, "flavorRef": flavor, "availability_zone": zone, "networks": "none",
                    "block_device_mapping_v2": [boot_device(volume)],
                }}),
            ),
            Self::Image => (
                Service::Image,
                vec!["images"],
                "/id",
                json!({
                    "name": name, "image_description": note, "visibility": "private",
                    "disk_format": "raw", "container_format": "bare",
                }),
            ),
            Self::Ec2Credential { user, project, secret } => (
                Service::Identity,
                vec!["credentials"],
                "/credential/id",
                json!({"credential": {
                    "type": "ec2", "user_id": user, "project_id": project,
                    "blob": json!({"access": name, "secret": secret.expose_secret()}).to_string(),
                }}),
            ),
            Self::Bucket { .. } => return None,
            Self::Secret { payload } => (
                Service::KeyManager,
                vec!["secrets"],
                "/secret_ref",
                json!({
                    "name": name, "secret_type": "opaque", "payload": payload, "payload_content_type": "text/plain",
                }),
            ),
        };
        let method = if matches!(self, Self::RouterInterface { .. }) { Method::PUT } else { Method::POST };
        let microversion = (service == Service::Compute).then_some(NOVA);
        let path = path.into_iter().map(str::to_owned).collect();
        Some(Creation { method, service, path, microversion, body, id_at })
    }
}

/// Returns the volume that a server boots from, and that stays when the server goes.
fn boot_device(volume: &str) -> Value {
    json!({
        "boot_index": 0, "source_type": "volume", "destination_type": "volume", "uuid": volume,
        "delete_on_termination": false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<Order> {
        let id = |what: &str| format!("{what}-id");
        vec![
            Order::Network,
            Order::Subnet { network: id("network"), cidr: "10.1.0.0/24" },
            Order::Router { external: id("external") },
            Order::RouterInterface { router: id("router"), subnet: id("subnet") },
            Order::Port { network: id("network"), subnet: id("subnet") },
            Order::SecurityGroup,
            Order::Volume { gib: 1, image: None, zone: None },
            Order::Backup { volume: id("volume") },
            Order::RestoredVolume { backup: id("backup") },
            Order::Server {
                flavor: id("flavor"),
                volume: id("volume"),
                port: id("port"),
                zone: None,
                user_data: "eA==".into(),
            },
            Order::Image,
            Order::Secret { payload: "x".into() },
            Order::ZonedServer { flavor: id("flavor"), volume: id("volume"), zone: "a".into(), others: Vec::new() },
        ]
    }

    #[test]
    fn everything_bears_the_name_of_its_run_where_it_can_have_one() {
        for order in all() {
            let body = order.creation("_scs-name", "who made it").unwrap().body.to_string();
            let nameless = matches!(order, Order::RouterInterface { .. });
            assert_eq!(body.contains("\"name\":\"_scs-name\""), !nameless, "{order:?}");
        }
    }

    #[test]
    fn credentials_for_s3_bear_their_name_as_access_key() {
        let order = Order::Ec2Credential { user: "u".into(), project: "p".into(), secret: "s".into() };
        let body = order.creation("_scs-name", "").unwrap().body;
        assert_eq!(body["credential"]["blob"], r#"{"access":"_scs-name","secret":"s"}"#);
        assert!(!format!("{order:?}").contains("\"s\""), "{order:?}");
    }

    /// No bucket may begin with an underscore.
    #[test]
    fn a_bucket_is_known_by_its_name_and_outlived_by_its_credentials() {
        let order = Order::Bucket { credential: "c".into() };
        let planned = order.planned("_scs-20261120t153045-k3f9-bucket");
        assert_eq!(
            (planned.id.as_deref(), planned.uses),
            (Some("scs-20261120t153045-k3f9-bucket"), vec!["c".to_owned()])
        );
        assert!(order.creation("_scs-name", "").is_none());
    }

    #[test]
    fn what_uses_another_says_so() {
        for order in all() {
            let Creation { path, body, .. } = order.creation("name", "note").unwrap();
            let request = format!("{path:?}{body}");
            for used in order.planned("name").uses {
                assert!(request.contains(&used), "{order:?}");
            }
        }
        assert_eq!(all()[9].planned("name").uses, ["volume-id", "port-id"]);
    }
}
