//! A cloud with nothing to complain about, to start every scenario from.

use super::{
    ApplicationCredential, Assignment, BackupService, Barbican, CatalogEntry, Cinder, Console, DefaultRule, Domain,
    Endpoint, Flavor, Glance, Grant, Identity, Image, Interface, Mount, Net, Neutron, Nova, Project, Quotas, Resources,
    S3, S3Mode, State, Subnet, SubnetPool, User, Version, Visibility, VolumeType, Zones,
};
use crate::ids::{hex_id, uuid};
use crate::network::Network;
use crate::service::Service;
use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, Utc};
use indexmap::IndexMap;

/// The standard flavors: name, virtual CPUs, memory in GiB, root disk in GB.
pub const STANDARD_FLAVORS: [(&str, u64, u64, u64); 31] = [
    ("SCS-1V-4", 1, 4, 0),
    ("SCS-2V-8", 2, 8, 0),
    ("SCS-4V-16", 4, 16, 0),
    ("SCS-8V-32", 8, 32, 0),
    ("SCS-1V-2", 1, 2, 0),
    ("SCS-2V-4", 2, 4, 0),
    ("SCS-4V-8", 4, 8, 0),
    ("SCS-8V-16", 8, 16, 0),
    ("SCS-16V-32", 16, 32, 0),
    ("SCS-1V-8", 1, 8, 0),
    ("SCS-2V-16", 2, 16, 0),
    ("SCS-4V-32", 4, 32, 0),
    ("SCS-1L-1", 1, 1, 0),
    ("SCS-2V-4-20s", 2, 4, 20),
    ("SCS-4V-16-100s", 4, 16, 100),
    ("SCS-1V-4-10", 1, 4, 10),
    ("SCS-2V-8-20", 2, 8, 20),
    ("SCS-4V-16-50", 4, 16, 50),
    ("SCS-8V-32-100", 8, 32, 100),
    ("SCS-1V-2-5", 1, 2, 5),
    ("SCS-2V-4-10", 2, 4, 10),
    ("SCS-4V-8-20", 4, 8, 20),
    ("SCS-8V-16-50", 8, 16, 50),
    ("SCS-16V-32-100", 16, 32, 100),
    ("SCS-1V-8-20", 1, 8, 20),
    ("SCS-2V-16-50", 2, 16, 50),
    ("SCS-4V-32-100", 4, 32, 100),
    ("SCS-1L-1-5", 1, 1, 5),
    ("SCS-16V-64", 16, 64, 0),
    ("SCS-8V-64", 8, 64, 0),
    ("SCS-16V-128", 16, 128, 0),
];

/// The number of those at the beginning that are mandatory; the others are recommended.
const MANDATORY: usize = 15;

/// Name, distribution, its version, purpose, source.
const IMAGES: [(&str, &str, &str, &str, &str); 7] = [
    (
        "Ubuntu 24.04",
        "ubuntu",
        "24.04",
        "generic",
        "https://cloud-images.ubuntu.com/releases/noble/release/ubuntu-24.04-server-cloudimg-amd64.img",
    ),
    (
        "Ubuntu 22.04",
        "ubuntu",
        "22.04",
        "generic",
        "https://cloud-images.ubuntu.com/releases/jammy/release/ubuntu-22.04-server-cloudimg-amd64.img",
    ),
    (
        "Debian 13",
        "debian",
        "13",
        "generic",
        "https://cloud.debian.org/images/cloud/trixie/latest/debian-13-genericcloud-amd64.qcow2",
    ),
    (
        "Debian 12",
        "debian",
        "12",
        "generic",
        "https://cloud.debian.org/images/cloud/bookworm/latest/debian-12-genericcloud-amd64.qcow2",
    ),
    ("ubuntu-capi-image v1.33.1", "ubuntu", "24.04", "k8snode", CAPI_SOURCE),
    ("ubuntu-capi-image-v1.33.1", "ubuntu", "24.04", "k8snode", CAPI_SOURCE),
    (
        "Ubuntu 26.04",
        "ubuntu",
        "26.04",
        "generic",
        "https://cloud-images.ubuntu.com/releases/resolute/release/ubuntu-26.04-server-cloudimg-amd64.img",
    ),
];

const CAPI_SOURCE: &str = "https://nbg1.your-objectstorage.com/osism/openstack-k8s-capi-images/ubuntu-2404-kube-v1.33/ubuntu-2404-kube-v1.33.1.qcow2";

/// Type, name and address of what the catalog lists.
const SERVICES: [(&str, &str, &str); 10] = [
    ("identity", "keystone", "{base}/identity/v3"),
    ("image", "glance", "{base}/image"),
    ("compute", "nova", "{base}/compute/v2.1"),
    ("block-storage", "cinder", "{base}/volume/v3/{project_id}"),
    ("network", "neutron", "{base}/network"),
    ("load-balancer", "octavia", "{base}/load-balancer"),
    ("key-manager", "barbican", "{base}/key-manager"),
    ("placement", "placement", "{base}/placement"),
    ("object-store", "swift", "{base}/swift/v1/AUTH_{project_id}"),
    ("object-store-s3", "s3", "{base}"),
];

/// The console output of a server that starts.
const CONSOLE: &str =
    "[    0.000000] Linux version 6.8.0-48-generic\nUbuntu 24.04 LTS simulated ttyS0\n\nsimulated login: \n";

impl State {
    /// Returns a cloud that conforms to every standard, on this day: paths as DevStack lays them out, one region, a
    /// member `demo` with a password and an application credential.
    #[must_use]
    pub fn conformant(today: NaiveDate) -> Self {
        Self {
            network: Network { latency_ms: 0, keep_alive: true, clock_ahead_s: 0, hsts: None },
            identity: identity(),
            mounts: mounts(),
            catalog: catalog(),
            glance: Glance { default_page: 25, max_page: 1000, forbids_create: false, forbids_upload: false },
            nova: Nova {
                max_microversion: Version(2, 96),
                knows_microversions: true,
                max_page: 1000,
                shows_extra_specs: true,
                console: Console::Works,
                console_steps: 2,
                reclaims: false,
            },
            cinder: Cinder { max_microversion: Version(3, 71), max_page: 1000, backup_service: BackupService::Runs },
            neutron: Neutron {
                default_rules_extension: true,
                max_page: None,
                fixed_rules: default_rules().into_iter().filter(|rule| rule.used_in_non_default_sg).collect(),
                dhcp_ports: true,
            },
            barbican: Barbican {
                default_page: 10,
                max_page: 100,
                max_payload: 20_000,
                forbids_create: false,
                forbids_list: false,
                forbids_read: false,
                forbids_delete: false,
            },
            zones: Zones::default(),
            quotas: Quotas::default(),
            steps: 1,
            courses: Vec::new(),
            console: CONSOLE.to_owned(),
            subnet_pools: vec![subnet_pool()],
            resources: resources(),
            s3: S3 { mode: S3Mode::Rgw, region: "us-east-1".to_owned(), takes_keystone: true },
            images: IMAGES.iter().map(|row| image(today, *row)).collect(),
            flavors: STANDARD_FLAVORS.iter().map(|row| flavor(*row)).collect(),
            volume_types: volume_types(),
            default_rules: default_rules(),
            faults: Vec::new(),
        }
    }
}

fn identity() -> Identity {
    let (demo, service, user) = (hex_id("project demo"), hex_id("project service"), hex_id("user demo"));
    let roles = vec!["member".to_owned(), "load-balancer_member".to_owned()];
    Identity {
        token_seconds: 3600,
        projects: vec![
            Project { id: demo.clone(), name: "demo".to_owned(), domain: Domain::default() },
            Project { id: service, name: "service".to_owned(), domain: Domain::default() },
        ],
        users: [User {
            id: user.clone(),
            name: "demo".to_owned(),
            domain: Domain::default(),
            password: "simulated-password".to_owned(),
            enabled: true,
            default_project: Some(demo.clone()),
            assignments: vec![Assignment { project: demo.clone(), roles: roles.clone() }],
        }]
        .into_iter()
        .chain([1, 2].map(domain_manager))
        .collect(),
        application_credentials: vec![ApplicationCredential {
            id: hex_id("application credential demo"),
            name: "demo".to_owned(),
            secret: "simulated-secret".to_owned(),
            user,
            project: demo,
            roles,
            unrestricted: false,
            expires_at: None,
        }],
        domains: [1, 2].map(managed_domain).to_vec(),
        objects: Vec::new(),
        members: Vec::new(),
        grants: [1, 2].map(manager_grant).to_vec(),
        roles: ["admin", "manager", "member", "reader", "load-balancer_member"].map(str::to_owned).to_vec(),
        deviations: Vec::new(),
    }
}

/// Returns one of the two domains that have a manager.
fn managed_domain(number: u8) -> Domain {
    Domain { id: hex_id(&format!("domain {number}")), name: format!("domain-{number}") }
}

/// Returns the manager of one of them.
fn domain_manager(number: u8) -> User {
    User {
        id: hex_id(&format!("manager {number}")),
        name: format!("domain-manager-{number}"),
        domain: managed_domain(number),
        password: format!("simulated-manager-password-{number}"),
        enabled: true,
        default_project: None,
        assignments: Vec::new(),
    }
}

/// Returns the role of that manager.
fn manager_grant(number: u8) -> Grant {
    Grant { target: managed_domain(number).id, actor: domain_manager(number).id, role: "manager".to_owned() }
}

/// Returns the external network of the operator: the only thing that is there before users come.
fn resources() -> Resources {
    let service = hex_id("project service");
    let network = Net {
        id: uuid("network public"),
        name: "public".to_owned(),
        project_id: service.clone(),
        external: true,
        is_default: true,
        mtu: 1500,
        ..Net::default()
    };
    let subnet = Subnet {
        id: uuid("subnet public"),
        name: "public-subnet".to_owned(),
        project_id: service,
        network_id: network.id.clone(),
        cidr: "203.0.113.0/24".to_owned(),
        gateway_ip: Some("203.0.113.1".to_owned()),
        enable_dhcp: false,
        ..Subnet::default()
    };
    Resources { networks: vec![network], subnets: vec![subnet], ..Resources::default() }
}

/// Returns the pool from which projects make subnets of IPv6.
fn subnet_pool() -> SubnetPool {
    SubnetPool {
        id: uuid("subnet pool v6"),
        name: "public-v6".to_owned(),
        project_id: hex_id("project service"),
        shared: true,
        is_default: true,
        ip_version: 6,
        prefixes: vec!["2001:db8:100::/40".to_owned()],
        default_prefixlen: 64,
        min_prefixlen: 64,
        max_prefixlen: 128,
        default_quota: None,
    }
}

fn mounts() -> Vec<Mount> {
    [
        ("/identity", Service::Identity),
        ("/image", Service::Image),
        ("/compute", Service::Compute),
        ("/volume", Service::BlockStorage),
        ("/network", Service::Network),
        ("/key-manager", Service::KeyManager),
        ("/load-balancer", Service::LoadBalancer),
        ("/placement", Service::Placement),
        ("/swift", Service::ObjectStore),
        ("", Service::S3),
    ]
    .into_iter()
    .map(|(prefix, service)| Mount { prefix: prefix.to_owned(), service })
    .collect()
}

fn catalog() -> Vec<CatalogEntry> {
    let endpoint = |interface, url: &str| Endpoint { interface, region: "RegionOne".to_owned(), url: url.to_owned() };
    SERVICES
        .iter()
        .map(|(service_type, name, url)| CatalogEntry {
            service_type: (*service_type).to_owned(),
            name: (*name).to_owned(),
            endpoints: [Interface::Public, Interface::Internal, Interface::Admin]
                .map(|interface| endpoint(interface, url))
                .to_vec(),
        })
        .collect()
}

fn flavor((name, vcpus, gib, disk): (&str, u64, u64, u64)) -> Flavor {
    let cpu = if name.contains('L') { "crowded-core" } else { "shared-core" };
    let with_colons = name.replacen('-', "\n", 1).replace('-', ":").replace('\n', "-");
    let mut extra_specs: IndexMap<String, String> =
        [("hw_rng:allowed", "True"), ("scs:cpu-type", cpu), ("scs:name-v1", &with_colons), ("scs:name-v2", name)]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into();
    let is_mandatory = STANDARD_FLAVORS.iter().take(MANDATORY).any(|(mandatory, ..)| *mandatory == name);
    let list = if is_mandatory { "mandatoryv1" } else { "recommendedv1" };
    extra_specs.insert("scs:required".to_owned(), list.to_owned());
    if disk > 0 {
        let kind = if name.ends_with('s') { "ssd" } else { "network" };
        extra_specs.insert("scs:disk0-type".to_owned(), kind.to_owned());
    }
    Flavor {
        id: uuid(&format!("flavor {name}")),
        name: name.to_owned(),
        description: None,
        vcpus,
        ram: gib * 1024,
        disk,
        ephemeral: 0,
        swap: 0,
        is_public: true,
        access: Vec::new(),
        disabled: false,
        extra_specs,
    }
}

fn image(today: NaiveDate, (name, distro, version, purpose, source): (&str, &str, &str, &str, &str)) -> Image {
    let built = today.checked_sub_days(Days::new(3)).unwrap_or(today);
    let created: DateTime<Utc> = built.and_time(NaiveTime::MIN).and_utc() + chrono::TimeDelta::hours(6);
    let until = NaiveDate::from_ymd_opt(today.year() + 2, today.month(), 1).unwrap_or(today).to_string();
    let description = match purpose {
        "k8snode" => "https://github.com/osism/k8s-capi-images".to_owned(),
        _ => format!("{name} as published by the distribution"),
    };
    let built = built.to_string();
    let properties = [
        ("architecture", "x86_64"),
        ("os_distro", distro),
        ("os_version", version),
        ("os_purpose", purpose),
        ("hw_disk_bus", "scsi"),
        ("hw_scsi_model", "virtio-scsi"),
        ("hw_rng_model", "virtio"),
        ("hypervisor_type", "qemu"),
        ("image_build_date", &built),
        ("image_original_user", distro),
        ("image_source", source),
        ("image_description", &description),
        ("replace_frequency", "monthly"),
        ("provided_until", &until),
        ("uuid_validity", "last-3"),
        ("hotfix_hours", "0"),
    ];
    Image {
        id: uuid(&format!("image {name}")),
        name: Some(name.to_owned()),
        properties: properties.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
        ..Image::bare(created, &hex_id("project service"))
    }
}

impl Image {
    /// Returns a public, active image without a name and without any property, to be filled in.
    #[must_use]
    pub fn bare(created_at: DateTime<Utc>, owner: &str) -> Self {
        Self {
            id: uuid("image"),
            name: None,
            status: "active".to_owned(),
            visibility: Visibility::Public,
            os_hidden: false,
            protected: false,
            owner: owner.to_owned(),
            members: Vec::new(),
            min_disk: 8,
            min_ram: 512,
            size: Some(620_000_000),
            virtual_size: Some(3 << 30),
            checksum: Some(hex_id("checksum")),
            os_hash_algo: Some("sha512".to_owned()),
            os_hash_value: Some(hex_id("checksum").repeat(4)),
            disk_format: Some("qcow2".to_owned()),
            container_format: Some("bare".to_owned()),
            created_at,
            updated_at: created_at,
            tags: Vec::new(),
            stores: None,
            properties: IndexMap::new(),
        }
    }
}

fn volume_types() -> Vec<VolumeType> {
    [
        ("__DEFAULT__", "Default Volume Type"),
        ("standard", ""),
        ("LUKS", "[scs:encrypted] Content is encrypted at rest"),
        ("mirror", "[scs:replicated] Three copies"),
    ]
    .into_iter()
    .map(|(name, description)| VolumeType {
        id: uuid(&format!("volume type {name}")),
        name: name.to_owned(),
        description: Some(description.to_owned()),
        is_public: true,
        access: Vec::new(),
        extra_specs: [("volume_backend_name".to_owned(), "rbd".to_owned())].into(),
        encrypted: name == "LUKS",
    })
    .collect()
}

/// Returns the rules that Neutron starts with.
fn default_rules() -> Vec<DefaultRule> {
    let rule = |direction: &str, ethertype: &str| {
        let ingress = direction == "ingress";
        DefaultRule {
            id: uuid(&format!("default rule {direction} {ethertype}")),
            ethertype: ethertype.to_owned(),
            direction: direction.to_owned(),
            protocol: None,
            port_range_min: None,
            port_range_max: None,
            remote_ip_prefix: None,
            remote_address_group_id: None,
            remote_group_id: ingress.then(|| "PARENT".to_owned()),
            description: Some(format!("Legacy default SG rule for {direction} traffic")),
            used_in_default_sg: true,
            used_in_non_default_sg: !ingress,
        }
    };
    vec![rule("ingress", "IPv4"), rule("ingress", "IPv6"), rule("egress", "IPv4"), rule("egress", "IPv6")]
}
