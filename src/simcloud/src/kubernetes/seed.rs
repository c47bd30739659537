//! Clusters to begin with: a conformant one, and its variants.

use super::state::{Anonymous, ClusterState, ClusterUser, Node, Rule, StorageClass, Supply};
use crate::network::Network;
use chrono::{Days, NaiveDate};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const CONTROL_PLANE: &str = "node-role.kubernetes.io/control-plane";
const DEFAULT_CLASS: &str = "storageclass.kubernetes.io/is-default-class";
const BETA_DEFAULT_CLASS: &str = "storageclass.beta.kubernetes.io/is-default-class";

const PUBLIC_INFO: &str = "system:public-info-viewer";

/// The variants of storage classes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StorageVariant {
    /// Two, one of them the default.
    One,
    /// None at all.
    None,
    /// Two, both the default.
    Two,
    /// One, which is not the default.
    NoDefault,
    /// A default that provisions nothing.
    NoProvisioner,
    /// A default by the old annotation.
    Beta,
}

/// The variants of nodes, as in the lab.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Shape {
    /// Three of the control plane and three workers over three zones.
    Ha,
    /// One for everything.
    Single,
    /// As `Ha`, without labels of region, zone and host.
    NoLabels,
    /// As `Ha`, all in one zone.
    OneZone,
    /// As `Ha`, but one worker lacks its labels.
    Mixed,
    /// As `Ha`, with two of the control plane and two workers.
    TwoControl,
    /// Workers only: the control plane is hosted elsewhere.
    Workers,
    /// As `Ha`, but one worker is not ready.
    NotReady,
}

fn texts(all: &[&str]) -> Vec<String> {
    all.iter().map(|text| (*text).to_owned()).collect()
}

impl ClusterState {
    /// Returns a cluster without fault: 1.34, six nodes over three zones, one default storage class, a visible control
    /// plane, ninety days old. The users `admin`, `restricted` (may view the namespace `lab`) and `noaccess` (nothing)
    /// are known. In `default` and `lab`, pods are held to the level `baseline`.
    #[must_use]
    pub fn conformant(today: NaiveDate) -> Self {
        let mut state = Self {
            network: Network { latency_ms: 0, keep_alive: true, clock_ahead_s: 0, hsts: None },
            version: "v1.34.2".to_owned(),
            anonymous: Anonymous::PublicInfo,
            users: users(),
            expired_pages: 0,
            pod_security: None,
            default_level: None,
            created: today.checked_sub_days(Days::new(90)).unwrap_or(today),
            steps: 1,
            supply: Supply::Binds,
            enforces_policies: true,
            pod_courses: Vec::new(),
            kubelet: kubelet(),
            nodes: Vec::new(),
            storage_classes: Vec::new(),
            objects: BTreeMap::new(),
            faults: Vec::new(),
        };
        for name in ["kube-node-lease", "kube-public", "kube-system"] {
            state.add_namespace(name, &[]);
        }
        for name in ["default", "lab"] {
            state.add_namespace(name, &[("pod-security.kubernetes.io/enforce", "baseline")]);
        }
        state.shape(Shape::Ha);
        state.storage(StorageVariant::One);
        state.objects_mut("clusterrolebindings").extend(bindings());
        state.objects_mut("ingressclasses").push(json!({
            "metadata": {"name": "nginx", "annotations": {"ingressclass.kubernetes.io/is-default-class": "true"}},
            "spec": {"controller": "k8s.io/ingress-nginx"},
        }));
        state.objects_mut("customresourcedefinitions").extend(DEFINITIONS.map(definition));
        state
    }

    /// Adds a namespace with these labels, and what every namespace has.
    pub fn add_namespace(&mut self, name: &str, labels: &[(&str, &str)]) {
        let mut space = json!({
            "metadata": {"name": name}, "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"},
        });
        for (key, value) in labels {
            space["metadata"]["labels"][*key] = json!(value);
        }
        self.objects_mut("namespaces").push(space);
        self.objects_mut("serviceaccounts").push(json!({"metadata": {"name": "default", "namespace": name}}));
        let data = json!({"ca.crt": "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"});
        self.objects_mut("configmaps")
            .push(json!({"metadata": {"name": "kube-root-ca.crt", "namespace": name}, "data": data}));
    }

    /// Puts these nodes in the place of all there are, with the pods that the operator runs on them.
    pub fn shape(&mut self, shape: Shape) {
        let mut nodes: Vec<Node> = (1..=3).map(|number| node(true, number, number)).collect();
        nodes.extend((1..=3).map(|number| node(false, number, number + 3)));
        match shape {
            Shape::Ha => {}
            Shape::Single => nodes = vec![Node { taints: Vec::new(), ..node(true, 1, 1) }],
            Shape::NoLabels => nodes.iter_mut().for_each(unlabel),
            Shape::OneZone => nodes.iter_mut().for_each(|node| {
                node.labels.insert("topology.kubernetes.io/zone".to_owned(), "zone-1".to_owned());
            }),
            Shape::Mixed => nodes.iter_mut().filter(|node| node.name == "worker-2").for_each(unlabel),
            Shape::TwoControl => nodes.retain(|node| !node.name.ends_with('3')),
            Shape::Workers => nodes.retain(|node| node.name.starts_with("worker")),
            Shape::NotReady => {
                nodes
                    .iter_mut()
                    .filter(|node| node.name == "worker-3")
                    .for_each(|node| node.ready = "False".to_owned());
            }
        }
        self.nodes = nodes;
        self.system_pods();
    }

    /// Makes three nodes of the control plane, and workers until there are so many in all.
    pub fn size(&mut self, nodes: usize) {
        let control = (1..=3).map(|number| node(true, number, number));
        let workers = (1..=nodes.saturating_sub(3)).map(|number| node(false, number, number + 3));
        self.nodes = control.chain(workers).take(nodes).collect();
        self.system_pods();
    }

    /// Makes the static pods of the control plane, one per node and component, and nothing else in `kube-system`.
    fn system_pods(&mut self) {
        let control = self.nodes.iter().filter(|node| node.labels.contains_key(CONTROL_PLANE));
        let components = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"];
        let pods: Vec<Value> =
            control.flat_map(|node| components.map(|component| static_pod(component, node, &self.version))).collect();
        let all = self.objects_mut("pods");
        all.retain(|pod| pod["metadata"]["namespace"] != "kube-system");
        all.extend(pods);
    }

    /// Runs the control plane elsewhere: neither its nodes nor its pods can be seen.
    pub fn hosted(&mut self) {
        self.nodes.retain(|node| !node.labels.contains_key(CONTROL_PLANE));
        self.system_pods();
    }

    /// Makes the pods of the control plane no longer say with which flags they run.
    pub fn hide_flags(&mut self) {
        for pod in self.objects_mut("pods").iter_mut().filter(|pod| pod["metadata"]["namespace"] == "kube-system") {
            let program = pod["spec"]["containers"][0]["command"][0].clone();
            pod["spec"]["containers"][0]["command"] = json!([program, "--config=/etc/kubernetes/config.yaml"]);
        }
    }

    /// Sets a flag of the kube-apiserver, on all nodes of the control plane; no value takes it away.
    pub fn apiserver_flag(&mut self, name: &str, value: Option<&str>) {
        let start = format!("--{name}=");
        let servers = self.objects_mut("pods").iter_mut();
        for pod in servers.filter(|pod| pod["metadata"]["labels"]["component"] == "kube-apiserver") {
            if let Some(command) = pod["spec"]["containers"][0]["command"].as_array_mut() {
                command.retain(|flag| !flag.as_str().is_some_and(|flag| flag.starts_with(&start)));
                command.extend(value.map(|value| json!(format!("{start}{value}"))));
            }
        }
    }

    /// Puts these storage classes in the place of all there are.
    pub fn storage(&mut self, variant: StorageVariant) {
        let real = |name: &str, mark: Option<&str>| class(name, mark, "cinder.csi.openstack.org");
        self.storage_classes = match variant {
            StorageVariant::None => Vec::new(),
            StorageVariant::One => {
                vec![real("standard", Some(DEFAULT_CLASS)), StorageClass { waits: false, ..real("fast", None) }]
            }
            StorageVariant::Two => vec![real("standard", Some(DEFAULT_CLASS)), real("fast", Some(DEFAULT_CLASS))],
            StorageVariant::NoDefault => vec![real("standard", None)],
            StorageVariant::NoProvisioner => {
                vec![class("standard", Some(DEFAULT_CLASS), "kubernetes.io/no-provisioner")]
            }
            StorageVariant::Beta => vec![real("standard", Some(BETA_DEFAULT_CLASS))],
        };
    }
}

fn class(name: &str, mark: Option<&str>, provisioner: &str) -> StorageClass {
    StorageClass {
        name: name.to_owned(),
        annotations: mark.into_iter().map(|mark| (mark.to_owned(), "true".to_owned())).collect(),
        provisioner: provisioner.to_owned(),
        waits: true,
        ..StorageClass::default()
    }
}

fn users() -> Vec<ClusterUser> {
    let all = || texts(&["*"]);
    let user = |name: &str, rules: Vec<Rule>| ClusterUser {
        name: name.to_owned(),
        token: format!("sim-token-of-{name}"),
        rules,
    };
    let everything = Rule { verbs: all(), groups: all(), resources: all(), urls: all(), ..Rule::default() };
    let view = Rule {
        verbs: texts(&["get", "list", "watch"]),
        groups: texts(&["", "apps", "batch", "networking.k8s.io"]),
        resources: texts(&[
            "configmaps",
            "events",
            "limitranges",
            "namespaces",
            "persistentvolumeclaims",
            "pods",
            "pods/log",
            "pods/status",
            "resourcequotas",
            "serviceaccounts",
            "services",
            "daemonsets",
            "deployments",
            "statefulsets",
            "jobs",
            "ingresses",
            "networkpolicies",
        ]),
        namespaces: texts(&["lab"]),
        ..Rule::default()
    };
    vec![user("admin", vec![everything]), user("restricted", vec![view]), user("noaccess", Vec::new())]
}

/// Returns a node in one of three zones, in turn.
fn node(control: bool, number: usize, host: usize) -> Node {
    let name = if control { format!("cp-{number}") } else { format!("worker-{number}") };
    let zone = format!("zone-{}", (number - 1) % 3 + 1);
    let host_id = format!("host-{host}");
    let labels = [
        ("kubernetes.io/hostname", name.as_str()),
        ("kubernetes.io/os", "linux"),
        ("kubernetes.io/arch", "amd64"),
        ("topology.kubernetes.io/region", "region-1"),
        ("topology.kubernetes.io/zone", zone.as_str()),
        ("topology.scs.community/host-id", host_id.as_str()),
    ];
    let mut labels: BTreeMap<String, String> =
        labels.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    if control {
        labels.insert(CONTROL_PLANE.to_owned(), String::new());
    }
    let taints = if control { vec![CONTROL_PLANE.to_owned()] } else { Vec::new() };
    let address = format!("10.1.{}.{}", host / 250, host % 250);
    Node { name, labels, taints, ready: "True".to_owned(), address, ..Node::default() }
}

/// Returns the bindings of the groups that every cluster has.
fn bindings() -> Vec<Value> {
    let binding = |name: &str, role: &str, groups: &[&str]| {
        let group = |name: &&str| json!({"kind": "Group", "apiGroup": "rbac.authorization.k8s.io", "name": name});
        json!({
            "metadata": {"name": name, "labels": {"kubernetes.io/bootstrapping": "rbac-defaults"}},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
            "subjects": groups.iter().map(group).collect::<Vec<_>>(),
        })
    };
    let known = ["system:authenticated"];
    vec![
        binding("cluster-admin", "cluster-admin", &["system:masters"]),
        binding("system:basic-user", "system:basic-user", &known),
        binding("system:discovery", "system:discovery", &known),
        binding(PUBLIC_INFO, PUBLIC_INFO, &["system:authenticated", "system:unauthenticated"]),
    ]
}

fn unlabel(node: &mut Node) {
    node.labels.retain(|key, _| !key.starts_with("topology."));
}

/// The custom resources of a conformant cluster: plural, group, version, kind, and its scope.
const DEFINITIONS: [(&str, &str, &str, &str, &str); 6] = [
    ("ciliumnetworkpolicies", "cilium.io", "v2", "CiliumNetworkPolicy", "Namespaced"),
    ("ciliumclusterwidenetworkpolicies", "cilium.io", "v2", "CiliumClusterwideNetworkPolicy", "Cluster"),
    ("gatewayclasses", "gateway.networking.k8s.io", "v1", "GatewayClass", "Cluster"),
    ("gateways", "gateway.networking.k8s.io", "v1", "Gateway", "Namespaced"),
    ("httproutes", "gateway.networking.k8s.io", "v1", "HTTPRoute", "Namespaced"),
    ("clusternetworkpolicies", "policy.networking.k8s.io", "v1alpha2", "ClusterNetworkPolicy", "Cluster"),
];

fn definition((plural, group, version, kind, scope): (&str, &str, &str, &str, &str)) -> Value {
    json!({
        "metadata": {"name": format!("{plural}.{group}")},
        "spec": {
            "group": group, "names": {"plural": plural, "kind": kind}, "scope": scope,
            "versions": [{"name": version, "served": true, "storage": true}],
        },
    })
}

fn static_pod(component: &str, node: &Node, version: &str) -> Value {
    let flags: &[&str] = match component {
        "etcd" => &["--client-cert-auth=true", "--peer-client-cert-auth=true"],
        "kube-apiserver" => &[
            "--allow-privileged=true",
            "--anonymous-auth=true",
            "--authorization-mode=Node,RBAC",
            "--client-ca-file=/etc/kubernetes/pki/ca.crt",
            "--enable-admission-plugins=NodeRestriction",
            "--etcd-cafile=/etc/kubernetes/pki/etcd/ca.crt",
            "--etcd-certfile=/etc/kubernetes/pki/apiserver-etcd-client.crt",
            "--etcd-keyfile=/etc/kubernetes/pki/apiserver-etcd-client.key",
            "--etcd-servers=https://127.0.0.1:2379",
            "--kubelet-client-certificate=/etc/kubernetes/pki/apiserver-kubelet-client.crt",
            "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
            "--profiling=false",
        ],
        _ => &["--bind-address=127.0.0.1", "--leader-elect=true", "--profiling=false"],
    };
    let mut command = vec![component.to_owned()];
    command.extend(texts(flags));
    let name = format!("{component}-{}", node.name);
    json!({
        "metadata": {
            "name": name, "namespace": "kube-system", "labels": {"component": component, "tier": "control-plane"},
            "annotations": {"kubernetes.io/config.source": "file"},
        },
        "spec": {
            "nodeName": node.name, "hostNetwork": true, "priorityClassName": "system-node-critical",
            "containers": [{
                "name": component, "image": format!("registry.k8s.io/{component}:{version}"), "command": command,
            }],
        },
        "status": {"phase": "Running", "hostIP": node.address, "podIP": node.address},
    })
}

/// Returns the settings of a kubelet as kubeadm makes them.
fn kubelet() -> Map<String, Value> {
    let settings = json!({
        "enableServer": true, "staticPodPath": "/etc/kubernetes/manifests", "address": "0.0.0.0", "port": 10250,
        "rotateCertificates": true,
        "authentication": {
            "x509": {"clientCAFile": "/etc/kubernetes/pki/ca.crt"},
            "webhook": {"enabled": true, "cacheTTL": "2m0s"},
            "anonymous": {"enabled": false},
        },
        "authorization": {
            "mode": "Webhook", "webhook": {"cacheAuthorizedTTL": "5m0s", "cacheUnauthorizedTTL": "30s"},
        },
        "healthzPort": 10248, "healthzBindAddress": "127.0.0.1", "clusterDomain": "cluster.local",
        "clusterDNS": ["10.96.0.10"], "streamingConnectionIdleTimeout": "4h0m0s", "cgroupDriver": "systemd",
        "maxPods": 110, "makeIPTablesUtilChains": true, "protectKernelDefaults": true, "failSwapOn": true,
        "seccompDefault": true, "enableControllerAttachDetach": true,
    });
    match settings {
        Value::Object(settings) => settings,
        _ => Map::new(),
    }
}
