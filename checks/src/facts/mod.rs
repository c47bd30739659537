//! Facts: what was observed of a subject, typed, serialisable and free of opinions.
//!
//! Each fact stands in a [`Slot`] that also knows the three ways of not having it. Which of
//! them a check can live with follows from the argument type of its rule, see [`Inputs`]. Clouds and clusters have
//! a struct of their own, so that code that collects or redacts one has to name every fact of it (see `forgotten`).

mod block_storage;
mod catalog;
mod clock;
mod compute;
mod domain_managers;
mod forgotten;
mod guest;
mod image;
mod inputs;
mod key_manager;
mod kubernetes;
mod kubernetes_hardening;
mod kubernetes_storage;
mod kubernetes_suites;
mod kubernetes_world;
mod network;
mod object_store;
mod provider_networks;
mod tempest;
mod tls;
mod versions;
mod zones;

pub use block_storage::{BackupStep, BackupTrial, VolumeType, VolumeTypes};
pub use catalog::{Catalog, CatalogService, Endpoint, address};
pub use clock::{LocalClock, Now};
pub use compute::{Access, Flavor, Flavors};
pub use domain_managers::{DomainManagerTrial, ManagerBehavior, StepOutcome};
pub use guest::{CpuInstructions, EntropyPool, RandomBlocks};
pub use image::{Image, ImageUpload, Images, UploadStep, Visibility};
pub use inputs::{Either, Inputs, Needs, Unmet};
pub use key_manager::{SecretPayload, SecretTrial};
pub use kubernetes::{
    ApiKind, ClusterVersion, IngressClass, IngressClasses, Namespace, Namespaces, Node, NodeAddress, Nodes, PolicyApis,
    node_resource,
};
pub use kubernetes_hardening::{
    AnonymousAnswer, ApiServer, ApiServerFlags, ApiServerProcess, KubeletConfig, KubeletConfigs, KubeletSettings,
    OpenPorts, PortProbe, PortState, PrivilegedPod, Tls,
};
pub use kubernetes_storage::{AfterMove, StorageClass, StorageClasses, StorageStep, StorageTrial};
pub use kubernetes_suites::{
    E2eResults, ExpectedTests, NetworkPolicyProbe, NetworkPolicyResults, SuiteResults, TestState, TestedCluster,
    TestedNode, Traffic, Word,
};
pub use kubernetes_world::{
    AffectedProduct, AffectedVersions, CvssScore, KubernetesBranch, KubernetesRelease, KubernetesWorld, Published,
    StatusChange, UnreadEntry, Vulnerability, WorldData, WorldSource, WorldWay,
};
pub use network::{DefaultRule, DefaultSecurityGroupRules, Direction, EtherType, FreshSecurityGroup, GroupRule};
pub use object_store::{S3Answer, S3RoundTrip, S3Step};
pub use provider_networks::{NetworkQuotas, ProviderNetwork, ProviderNetworks, SubnetPool, SubnetPools};
pub use tempest::{TempestOutcome, TempestResults, TempestRun};
pub use tls::{
    ChainTrust, Probed, ProtocolVersion, PublicKey, ServerCertificate, TlsCode, TlsEndpoint, TlsEndpoints, TlsProtocol,
};
pub use versions::{VersionAnswer, VersionDocument, VersionDocuments};
pub use zones::{
    AttachOutcome, ComputeZones, CrossAttach, LoadBalancerZones, NetworkZones, StorageZones, Zone, zone_names,
};

use crate::verdict::Reason;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumMessage, VariantArray, VariantNames};

/// A fact, or the reason why it is not there.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Slot<T> {
    /// Nobody looked, on purpose.
    NotCollected(Reason),
    /// The subject was observed and has no such thing; the sentence says what is absent.
    Absent(String),
    /// It was observed.
    Known(T),
    /// Somebody looked, and that went wrong.
    Failed(Reason),
}

/// The state of a slot, whatever the fact.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SlotState {
    /// Nobody looked, on purpose.
    NotCollected,
    /// The subject has no such thing.
    Absent,
    /// It was observed.
    Known,
    /// Somebody looked, and that went wrong.
    Failed,
}

impl<T> Slot<T> {
    /// Returns the state.
    pub fn state(&self) -> SlotState {
        match self {
            Self::NotCollected(_) => SlotState::NotCollected,
            Self::Absent(_) => SlotState::Absent,
            Self::Known(_) => SlotState::Known,
            Self::Failed(_) => SlotState::Failed,
        }
    }
}

/// The kinds of subjects. A fact belongs to one of them.
#[derive(Clone, Copy, Debug, Deserialize, Display, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum SubjectKind {
    /// An OpenStack cloud, as one project of it sees it.
    Cloud,
    /// A Kubernetes cluster.
    Cluster,
}

/// A type that has a slot among the facts of one kind of subject.
pub trait Fact: Sized {
    /// Its kind.
    const KIND: FactKind;

    /// Returns its slot; none among the facts of another kind of subject.
    fn slot(facts: &Facts) -> Option<&Slot<Self>>;
}

/// Looks at facts of every type.
pub trait Inspector {
    /// Looks at one of them, and may change it.
    fn inspect<T: Fact + Serialize>(&mut self, slot: &mut Slot<T>);
}

/// Lists every fact once: the kind of subject it belongs to, its slot, its type, and if observing it changes the
/// subject.
macro_rules! facts {
    ($($(#[$about:meta])* $subject:ident($facts:ident) {$($(#[$doc:meta])* $how:ident $field:ident: $type:ident,)*})*) => {
        $(
            $(#[$about])*
            ///
            /// Whoever makes one names every fact, and nothing outside this crate offers one to copy the rest from.
            #[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
            #[serde(deny_unknown_fields)]
            pub struct $facts {
                $($(#[$doc])* pub $field: Slot<$type>,)*
            }

            impl $facts {
                /// Returns facts of which none was collected, all for the same reason.
                pub(crate) fn none(reason: &Reason) -> Self {
                    Self { $($field: Slot::NotCollected(reason.clone()),)* }
                }

                /// Returns facts of which all failed, all for the same reason.
                pub(crate) fn failed(reason: &Reason) -> Self {
                    Self { $($field: Slot::Failed(reason.clone()),)* }
                }
            }

            impl From<$facts> for Facts {
                fn from(facts: $facts) -> Self {
                    Self::$subject(facts)
                }
            }

            $(impl Fact for $type {
                const KIND: FactKind = FactKind::$type;

                fn slot(facts: &Facts) -> Option<&Slot<Self>> {
                    if let Facts::$subject(facts) = facts { Some(&facts.$field) } else { None }
                }
            })*
        )*

        /// Everything that was observed of a subject.
        #[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
        #[serde(rename_all = "kebab-case")]
        #[expect(clippy::large_enum_variant, reason = "a run has one of them")]
        pub enum Facts {
            $($(#[$about])* $subject($facts),)*
        }

        /// The name of a fact.
        #[derive(Clone, Copy, Debug, Deserialize, Display, EnumMessage, Eq, Hash, JsonSchema, Ord, PartialEq, PartialOrd, Serialize, VariantArray, VariantNames)]
        #[serde(rename_all = "kebab-case")]
        #[strum(serialize_all = "kebab-case")]
        pub enum FactKind {
            $($($(#[$doc])* $type,)*)*
        }

        impl FactKind {
            /// The names of all facts, as written in recordings and reports.
            pub const NAMES: &'static [&'static str] = <Self as VariantNames>::VARIANTS;

            /// Returns what it is, in one sentence.
            pub fn sentence(self) -> &'static str {
                self.get_documentation().unwrap_or_default()
            }

            /// Returns the kind of subject that it is observed of.
            pub fn subject(self) -> SubjectKind {
                match self { $($(Self::$type => SubjectKind::$subject,)*)* }
            }

            /// Returns true if the only way to observe it is to create something in the subject.
            pub fn changes_the_subject(self) -> bool {
                match self { $($(Self::$type => facts!(@changes $how),)*)* }
            }
        }

        impl Facts {
            /// Returns facts of a subject of which none was collected, all for the same reason.
            pub fn none(subject: SubjectKind, reason: &Reason) -> Self {
                match subject { $(SubjectKind::$subject => $facts::none(reason).into(),)* }
            }

            /// Returns facts of a subject of which all failed, all for the same reason.
            pub fn failed(subject: SubjectKind, reason: &Reason) -> Self {
                match subject { $(SubjectKind::$subject => $facts::failed(reason).into(),)* }
            }

            /// Returns the kind of subject that they were observed of.
            pub fn subject(&self) -> SubjectKind {
                match self { $(Self::$subject(_) => SubjectKind::$subject,)* }
            }

            /// Returns the state of the slot of a fact. Nobody collects what only subjects of another kind have.
            pub fn state(&self, kind: FactKind) -> SlotState {
                match (self, kind) {
                    $($((Self::$subject(facts), FactKind::$type) => facts.$field.state(),)*)*
                    _ => SlotState::NotCollected,
                }
            }

            /// Shows every slot to an inspector.
            pub fn inspect(&mut self, inspector: &mut impl Inspector) {
                match self { $(Self::$subject(facts) => { $(inspector.inspect(&mut facts.$field);)* })* }
            }
        }
    };
    (@changes observed) => { false };
    (@changes experiment) => { true };
}

facts! {
    /// The facts of an OpenStack cloud.
    Cloud(CloudFacts) {
        /// The services of the token's catalog.
        observed catalog: Catalog,
        /// The flavors that the project sees, with extra specs.
        observed flavors: Flavors,
        /// The public and community images that the project sees.
        observed images: Images,
        /// The volume types that the project sees.
        observed volume_types: VolumeTypes,
        /// The template for the rules of new security groups.
        observed default_security_group_rules: DefaultSecurityGroupRules,
        /// The answer of the object store to an S3 request.
        observed s3_answer: S3Answer,
        /// The TLS of the catalog's public endpoints: protocols, cipher suites, certificates.
        observed tls_endpoints: TlsEndpoints,
        /// The version documents of the services in the catalog.
        observed version_documents: VersionDocuments,
        /// The availability zones for servers.
        observed compute_zones: ComputeZones,
        /// The availability zones for volumes.
        observed storage_zones: StorageZones,
        /// The availability zones for networks and routers.
        observed network_zones: NetworkZones,
        /// The availability zones for load balancers.
        observed load_balancer_zones: LoadBalancerZones,
        /// The networks that the provider offers.
        observed provider_networks: ProviderNetworks,
        /// The pools from which subnets can be made.
        observed subnet_pools: SubnetPools,
        /// The quotas of the project in Neutron.
        observed network_quotas: NetworkQuotas,
        /// The size of a guest's entropy pool, according to its kernel.
        experiment entropy_pool: EntropyPool,
        /// The result of block tests on a guest's random source.
        experiment random_blocks: RandomBlocks,
        /// The instructions for random numbers that a guest sees.
        experiment cpu_instructions: CpuInstructions,
        /// The rules that a new security group was given.
        experiment fresh_security_group: FreshSecurityGroup,
        /// The result of creating, finding and deleting a secret.
        experiment secret_trial: SecretTrial,
        /// The payload of a secret, as it came back.
        experiment secret_payload: SecretPayload,
        /// The result of backing up a volume and restoring it.
        experiment backup_trial: BackupTrial,
        /// The result of uploading an image and reading it back.
        experiment image_upload: ImageUpload,
        /// The result of storing an object by S3 and reading it back.
        experiment s3_round_trip: S3RoundTrip,
        /// The result of attaching a volume to a server of another availability zone.
        experiment cross_attach: CrossAttach,
        /// The results of Tempest.
        experiment tempest_results: TempestResults,
        /// The results of what the managers of two domains tried.
        experiment domain_manager_trial: DomainManagerTrial,
    }
    /// The facts of a Kubernetes cluster.
    Cluster(ClusterFacts) {
        /// The version of the API server.
        observed cluster_version: ClusterVersion,
        /// Public data about Kubernetes: releases, ends of life, vulnerabilities.
        observed kubernetes_world: KubernetesWorld,
        /// The nodes, with labels and addresses.
        observed nodes: Nodes,
        /// The storage classes.
        observed storage_classes: StorageClasses,
        /// The namespaces, with labels.
        observed namespaces: Namespaces,
        /// The settings of the kubelets.
        observed kubelet_configs: KubeletConfigs,
        /// The API endpoint as anonymous clients see it.
        observed api_server: ApiServer,
        /// The flags of the API servers that run as pods.
        observed api_server_flags: ApiServerFlags,
        /// The ports of the nodes that answer from outside.
        observed open_ports: OpenPorts,
        /// The ingress classes.
        observed ingress_classes: IngressClasses,
        /// The APIs for network policies, ingresses and gateways that are served.
        observed policy_apis: PolicyApis,
        /// The results of the conformance tests of Kubernetes.
        experiment e2e_results: E2eResults,
        /// The results of the Kubernetes tests of network policies.
        experiment network_policy_results: NetworkPolicyResults,
        /// The result of writing to a claimed volume and reading it back, also on another node.
        experiment storage_trial: StorageTrial,
        /// The answer to a privileged pod in a namespace whose label forbids it.
        experiment privileged_pod: PrivilegedPod,
        /// The effect of network policies on connections between pods.
        experiment network_policy_probe: NetworkPolicyProbe,
    }
}

impl Facts {
    /// Returns them if they are those of a cloud.
    pub fn cloud(&self) -> Option<&CloudFacts> {
        if let Self::Cloud(facts) = self { Some(facts) } else { None }
    }

    /// Returns them if they are those of a cluster.
    pub fn cluster(&self) -> Option<&ClusterFacts> {
        if let Self::Cluster(facts) = self { Some(facts) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::ReasonCode;
    use rstest::rstest;

    #[rstest]
    #[case(SubjectKind::Cloud, "cloud")]
    #[case(SubjectKind::Cluster, "cluster")]
    fn a_recording_lists_the_facts_of_its_kind_of_subject(#[case] subject: SubjectKind, #[case] tag: &str) {
        let facts = Facts::failed(subject, &Reason::new(ReasonCode::Unreachable, "no connection"));
        let json = serde_json::to_value(&facts).unwrap();
        let mut listed: Vec<String> = json[tag].as_object().unwrap().keys().map(|key| key.replace('_', "-")).collect();
        let own = <FactKind as VariantArray>::VARIANTS.iter().filter(|kind| kind.subject() == subject);
        let mut expected: Vec<String> = own.map(ToString::to_string).collect();
        listed.sort();
        expected.sort();
        assert_eq!(listed, expected);
        assert_eq!(serde_json::from_value::<Facts>(json).unwrap(), facts);
    }

    #[rstest]
    #[case::left_out("flavors", "missing field `flavors`")]
    #[case::of_a_cluster("nodes", "unknown field `nodes`")]
    fn a_recording_has_every_fact_and_no_other(#[case] field: &str, #[case] expected: &str) {
        let facts = Facts::none(SubjectKind::Cloud, &Reason::new(ReasonCode::NotSelected, "not selected"));
        let mut json = serde_json::to_value(&facts).unwrap();
        let cloud = json["cloud"].as_object_mut().unwrap();
        if cloud.remove(field).is_none() {
            cloud.insert(field.to_owned(), serde_json::json!({"absent": "x"}));
        }
        let error = serde_json::from_value::<Facts>(json).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}
