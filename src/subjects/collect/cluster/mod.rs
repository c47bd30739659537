//! Collects the facts of a Kubernetes cluster: first what can be read, everything at the same time but for what needs
//! the list of nodes first; then what has to be tried, where the user permits it.

mod convert;
mod experiments;
mod permissions;
mod ports;

pub(crate) use permissions::{needed, roles};

use crate::collect::collection::Collection;
use crate::collect::observe::{CollectedFact, ObservationBounds, Observed, settled, state_of};
use crate::collect::reason_of;
use crate::collect::runner::{ChangePermission, ExperimentRunner};
use crate::kubernetes::{
    Cluster, ErrorKind, IngressClassSpec, LIST_NAMESPACES, Named, NodeObject, PodObject, Reader, RequestContext,
    Session, StorageClassObject,
};
use crate::ledger::Place;
use crate::watch::{EventKind, Events, Stop};
use crate::world::SharedWorld;
use chrono::Utc;
use experiments::{Experiments, Found};
use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use indexmap::IndexMap;
use permissions::{GET_NODE_PROXY, LIST_INGRESS_CLASSES, LIST_NODES, LIST_STORAGE_CLASSES, LIST_SYSTEM_PODS};
use scs_checks::facts::{
    AnonymousAnswer, ApiServer, ApiServerFlags, ClusterFacts, ClusterVersion, Fact, FactKind, IngressClasses,
    KubeletConfig, KubeletConfigs, KubeletSettings, KubernetesWorld, Namespaces, Needs, Node, Nodes, OpenPorts,
    PolicyApis, Slot, StorageClasses, Tls,
};
use scs_checks::verdict::{Reason, ReasonCode};
use scs_reports::CollectionRecord;
use std::sync::Arc;
use std::time::Duration;

/// The facts to collect of a cluster, and the bounds of that.
pub struct ClusterCollector<'a> {
    /// The session with the cluster.
    pub session: Arc<Session>,
    /// The requests of the login, which brought the version.
    pub login: CollectionRecord,
    /// The public data about Kubernetes.
    pub world: &'a SharedWorld,
    /// The facts that are needed.
    pub needs: Needs,
    /// The longest time for collecting one fact.
    pub time_per_fact: Duration,
    /// Ends collecting early.
    pub stop: &'a Stop,
    /// Is told what happens.
    pub events: &'a Events,
    /// The way to the cluster, for programs of others.
    pub cluster: &'a Cluster,
    /// The permission to change the cluster, and which one it is, or why that cannot be told.
    pub permission: Option<(ChangePermission, Result<Place, Reason>)>,
}

impl ClusterCollector<'_> {
    /// Collects the facts: first what can be read, then what has to be tried, as far as that is permitted.
    pub async fn collect(self) -> Collection {
        let for_trials = self.permission.is_some() && experiments::groundwork(self.needs).has(FactKind::StorageClasses);
        let ((nodes, kubelets, ports), classes, namespaces, ingress, policies, server, flags, world) = tokio::join!(
            self.of_nodes(),
            self.observe(for_trials, async |reader| classes(&reader).await),
            self.observe(false, async |reader| namespaces(&reader).await),
            self.observe(false, async |reader| ingress_classes(&reader).await),
            self.observe(false, async |reader| policy_apis(&reader).await),
            self.observe(false, async |reader| api_server(&reader).await),
            self.observe(false, async |reader| api_server_flags(&reader).await),
            self.world(),
        );
        let found = Box::pin(self.experiments(&classes.0)).await;
        let (cluster_version, version_record) = self.version();
        let mut records = IndexMap::from([
            (FactKind::ClusterVersion, version_record),
            (FactKind::KubernetesWorld, world.1),
            (FactKind::Nodes, nodes.1),
            (FactKind::StorageClasses, classes.1),
            (FactKind::Namespaces, namespaces.1),
            (FactKind::KubeletConfigs, kubelets.1),
            (FactKind::ApiServer, server.1),
            (FactKind::ApiServerFlags, flags.1),
            (FactKind::OpenPorts, ports.1),
            (FactKind::IngressClasses, ingress.1),
            (FactKind::PolicyApis, policies.1),
        ]);
        if let Some((permission, _)) = &self.permission {
            records.extend([
                (FactKind::StorageTrial, found.storage_trial.1),
                (FactKind::PrivilegedPod, found.privileged_pod.1),
                (FactKind::NetworkPolicyProbe, found.network_policy_probe.1),
            ]);
            if permission.takes_hours() {
                records.extend([
                    (FactKind::E2eResults, found.e2e_results.1),
                    (FactKind::NetworkPolicyResults, found.network_policy_results.1),
                ]);
            }
        }
        let facts = ClusterFacts {
            cluster_version,
            kubernetes_world: world.0,
            nodes: nodes.0,
            storage_classes: classes.0,
            namespaces: namespaces.0,
            kubelet_configs: kubelets.0,
            api_server: server.0,
            api_server_flags: flags.0,
            open_ports: ports.0,
            ingress_classes: ingress.0,
            policy_apis: policies.0,
            e2e_results: found.e2e_results.0,
            network_policy_results: found.network_policy_results.0,
            storage_trial: found.storage_trial.0,
            privileged_pod: found.privileged_pod.0,
            network_policy_probe: found.network_policy_probe.0,
        };
        Collection { facts: facts.into(), records, changes: found.changes }
    }

    /// Makes the experiments that are needed and permitted.
    async fn experiments(&self, classes: &Slot<StorageClasses>) -> Found {
        let (permission, place) = match &self.permission {
            None => return experiments::not_allowed(),
            Some((permission, Err(reason))) => return nowhere(permission, reason),
            Some((permission, Ok(place))) => (permission, place),
        };
        let runner = ExperimentRunner::open(permission, place, &self.cluster.secrets, self.stop, self.events).await;
        let (session, needs) = (Arc::clone(&self.session), self.needs);
        let experiments = Experiments { session, cluster: self.cluster, runner, events: self.events, needs };
        experiments.all(classes).await
    }

    /// Reads the nodes, and what can only be asked node by node.
    async fn of_nodes(&self) -> (CollectedFact<Nodes>, CollectedFact<KubeletConfigs>, CollectedFact<OpenPorts>) {
        let for_others = self.needs.has(FactKind::KubeletConfigs) || self.needs.has(FactKind::OpenPorts);
        let nodes = self.observe(for_others, async |reader| nodes(&reader).await).await;
        let (kubelets, ports) = tokio::join!(
            self.of_every_node(&nodes.0, async |reader, nodes| kubelet_configs(&reader, nodes).await),
            self.of_every_node(&nodes.0, async |_, nodes| open_ports(nodes).await),
        );
        (nodes, kubelets, ports)
    }

    /// Observes a fact about every node; without the list of nodes it cannot be observed, for the same reason.
    async fn of_every_node<T: Fact>(
        &self,
        nodes: &Slot<Nodes>,
        observer: impl AsyncFnOnce(Reader, &[Node]) -> Observed<T>,
    ) -> CollectedFact<T> {
        match nodes {
            Slot::Known(Nodes(nodes)) => self.observe(false, async |reader| observer(reader, nodes).await).await,
            _ if !self.needs.has(T::KIND) => {
                self.observe(false, async |_| Ok((Slot::Absent(String::new()), None))).await
            }
            Slot::Failed(reason) => settled(Slot::Failed(reason.clone())),
            Slot::NotCollected(reason) => settled(Slot::NotCollected(reason.clone())),
            Slot::Absent(what) => settled(Slot::Absent(what.clone())),
        }
    }

    /// Observes one fact if it is needed, or if another one cannot be observed without it.
    async fn observe<T: Fact>(
        &self,
        for_others: bool,
        observer: impl AsyncFnOnce(Reader) -> Observed<T>,
    ) -> CollectedFact<T> {
        let bounds = ObservationBounds { time_per_fact: self.time_per_fact, stop: self.stop, events: self.events };
        let observer = async |context: RequestContext| observer(Reader::new(Arc::clone(&self.session), context)).await;
        bounds.observe(self.needs.has(T::KIND) || for_others, observer).await
    }

    /// Gets the public data about Kubernetes. It does not depend on the cluster, and never fails: what cannot be
    /// fetched is in it as a problem.
    async fn world(&self) -> CollectedFact<KubernetesWorld> {
        let bounds = ObservationBounds { time_per_fact: self.time_per_fact, stop: self.stop, events: self.events };
        // That it begins and ends is told as of any other fact.
        let messages = self.events.with_filter(|event| match event.kind {
            EventKind::Step { .. } => None,
            _ => Some(event),
        });
        bounds
            .observe(self.needs.has(FactKind::KubernetesWorld), async |context| {
                let (world, requests) = self.world.get(Utc::now(), &messages).await;
                context.trace.extend(requests);
                let count = world.releases.len();
                known(world, count)
            })
            .await
    }

    /// Returns the version, which the login has brought.
    fn version(&self) -> (Slot<ClusterVersion>, CollectionRecord) {
        let slot = match self.session.version() {
            Ok(version) => Slot::Known(ClusterVersion {
                git_version: version.git_version.clone(),
                platform: version.platform.clone(),
            }),
            Err(error) => Slot::Failed(reason_of(&error)),
        };
        let (state, reason) = state_of(&slot);
        (slot, CollectionRecord { state, reason, ..self.login.clone() })
    }
}

/// Returns the findings for a cluster that cannot be identified: nothing, as leftovers could not be found there again.
fn nowhere(permission: &ChangePermission, reason: &Reason) -> Found {
    fn without<T>(reason: &Reason) -> CollectedFact<T> {
        settled(match reason.code {
            ReasonCode::Interrupted => Slot::NotCollected(reason.clone()),
            _ => Slot::Failed(reason.clone()),
        })
    }
    let found = Found {
        storage_trial: without(reason),
        privileged_pod: without(reason),
        network_policy_probe: without(reason),
        ..experiments::not_allowed()
    };
    match permission.terms.heavy {
        Some(_) => Found { e2e_results: without(reason), network_policy_results: without(reason), ..found },
        None => found,
    }
}

fn known<T>(fact: T, count: usize) -> Observed<T> {
    Ok((Slot::Known(fact), Some(count)))
}

async fn nodes(reader: &Reader) -> Observed<Nodes> {
    let nodes: Vec<NodeObject> = reader.list(&LIST_NODES, "v1", None).await?;
    let count = nodes.len();
    known(Nodes(nodes.into_iter().map(convert::node).collect()), count)
}

async fn namespaces(reader: &Reader) -> Observed<Namespaces> {
    let namespaces: Vec<Named> = reader.list(&LIST_NAMESPACES, "v1", None).await?;
    let count = namespaces.len();
    known(Namespaces(namespaces.into_iter().map(convert::namespace).collect()), count)
}

async fn classes(reader: &Reader) -> Observed<StorageClasses> {
    let classes: Vec<StorageClassObject> = reader.list(&LIST_STORAGE_CLASSES, "v1", None).await?;
    let count = classes.len();
    known(StorageClasses(classes.into_iter().map(convert::storage_class).collect()), count)
}

async fn ingress_classes(reader: &Reader) -> Observed<IngressClasses> {
    let classes: Vec<Named<IngressClassSpec>> = match optional(reader.list(&LIST_INGRESS_CLASSES, "v1", None).await)? {
        Some(classes) => classes,
        None => return Ok((Slot::Absent("this API server does not serve ingress classes".into()), None)),
    };
    let count = classes.len();
    known(IngressClasses(classes.into_iter().map(convert::ingress_class).collect()), count)
}

/// Reads a list that not every API server has.
fn optional<T>(list: Result<Vec<T>, crate::kubernetes::Error>) -> Result<Option<Vec<T>>, crate::kubernetes::Error> {
    match list {
        Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
        other => other.map(Some),
    }
}

/// The groups of the API for networking.
const NETWORKING: &[&str] = &["networking.k8s.io", "policy.networking.k8s.io", "gateway.networking.k8s.io"];

async fn policy_apis(reader: &Reader) -> Observed<PolicyApis> {
    let kinds = reader.kinds(NETWORKING).await?;
    let count = kinds.len();
    known(PolicyApis(kinds.into_iter().map(convert::api_kind).collect()), count)
}

/// The paths that are tried without credentials: what is served at all, and something that is nobody's business.
const FOR_NOBODY: &[&[&str]] = &[&["api"], &["api", "v1", "namespaces"]];

async fn api_server(reader: &Reader) -> Observed<ApiServer> {
    let answers = FOR_NOBODY.iter().map(async |segments: &&[&str]| {
        let status = reader.anonymous_status(segments).await;
        let path = format!("/{}", segments.join("/"));
        tracing::debug!(path, ?status, "without credentials");
        AnonymousAnswer { path, status: status.ok() }
    });
    let (anonymous, connection) = tokio::join!(join_all(answers), reader.connection());
    let tls = connection.map(|connection| Tls {
        version: connection.version,
        issuer: connection.issuer,
        not_before: connection.not_before,
        not_after: connection.not_after,
    });
    let url = reader.session().server().to_string();
    Ok((Slot::Known(ApiServer { url, https: reader.is_verified(), tls, anonymous }), None))
}

/// Reads only pods of the control plane's namespace with the usual label: no list of all pods.
async fn api_server_flags(reader: &Reader) -> Observed<ApiServerFlags> {
    let pods: Vec<PodObject> = reader.list(&LIST_SYSTEM_PODS, "v1", Some("component=kube-apiserver")).await?;
    let processes: Vec<_> = pods.into_iter().flat_map(convert::api_servers).collect();
    if processes.is_empty() {
        let what = "no API server runs as a pod in kube-system: the control plane is hosted elsewhere, or not in pods";
        return Ok((Slot::Absent(what.into()), None));
    }
    let count = processes.len();
    known(ApiServerFlags(processes), count)
}

/// The number of kubelets that are asked at a time, each through the API server.
const KUBELETS_AT_A_TIME: usize = 16;

async fn kubelet_configs(reader: &Reader, nodes: &[Node]) -> Observed<KubeletConfigs> {
    reader.require(&GET_NODE_PROXY)?;
    let asked = nodes.iter().map(|node| async move {
        let config = match reader.kubelet_settings(&GET_NODE_PROXY, &node.name).await {
            Ok(answer) => convert::kubelet_settings(answer),
            Err(error) => KubeletSettings::Unreadable(reason_of(&error)),
        };
        KubeletConfig { node: node.name.clone(), config }
    });
    let configs: Vec<KubeletConfig> = stream::iter(asked).buffered(KUBELETS_AT_A_TIME).collect().await;
    let count = configs.len();
    known(KubeletConfigs(configs), count)
}

async fn open_ports(nodes: &[Node]) -> Observed<OpenPorts> {
    let addresses = ports::external(nodes);
    if addresses.is_empty() {
        let what = "no node has an address in the Internet, and private ones cannot be tried from outside";
        return Ok((Slot::Absent(what.into()), None));
    }
    let probes = ports::probe(addresses, ports::PORTS).await;
    let count = probes.len();
    known(OpenPorts(probes), count)
}
