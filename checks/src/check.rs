//! The vocabulary of checks: every kind of rule that a testcase can bind to.
//!
//! A new kind is one line in [`CheckKind`], one in [`CheckKind::rule`], and its rule in
//! `iaas/` or `kaas/`. What a check needs is the argument type of its `examine`, so a check cannot be
//! asked before its facts are there.

use crate::distributions::Releases;
use crate::facts::{Facts, Needs, Now};
use crate::iaas::{
    scs_0100_flavor_naming as flavor_naming, scs_0100_naming_quality as naming_quality, scs_0101_entropy as entropy,
    scs_0102_image_flags as image_flags, scs_0102_image_metadata as image_metadata,
    scs_0102_image_recency as image_recency, scs_0103_extra_specs as extra_specs,
    scs_0103_required_spec as required_spec, scs_0103_standard_flavors as standard_flavors,
    scs_0104_image_upload as image_upload, scs_0104_node_images as node_images, scs_0104_releases as releases,
    scs_0104_standard_images as standard_images, scs_0114_volume_types as volume_types,
    scs_0115_custom_group as custom_group, scs_0115_security_groups as security_groups,
    scs_0116_key_manager as key_manager, scs_0117_volume_backup as volume_backup, scs_0121_zones as zones,
    scs_0123_s3_round_trip as s3_round_trip, scs_0123_services as services, scs_0123_versions as service_versions,
    scs_0125_certificates as certificates, scs_0125_endpoints as endpoints, scs_0125_handshakes as handshakes,
    scs_0126_provider_networks as provider_networks, scs_0128_tempest as tempest,
    scs_0302_domain_manager as domain_manager,
};
use crate::kaas::scs_0217_cluster_hardening::{
    admission, anonymous, authentication, authorization, endpoint, etcd, insecure_port, kubelet, pod_security, ports,
};
use crate::kaas::{
    scs_0201_conformance as suites, scs_0219_networking as networking, scs_0220_node_systems as node_systems,
};
use crate::kaas::{
    scs_0210_kubelets as kubelets, scs_0210_version_policy as version_policy,
    scs_0210_vulnerabilities as vulnerabilities,
};
use crate::kaas::{scs_0211_default_storage_class as storage_class, scs_0214_node_distribution as node_distribution};
use crate::rule::Rule;
use crate::schema::one_object;
use crate::verdict::{Outcome, Reason, ReasonCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{EnumMessage, IntoStaticStr, VariantNames};

/// Every kind of check, with its parameters, as written behind `check:` in a standard's YAML.
#[derive(Debug, Deserialize, EnumMessage, IntoStaticStr, JsonSchema, Serialize, VariantNames)]
#[serde(rename_all = "kebab-case")]
#[schemars(transform = one_object)]
#[strum(serialize_all = "kebab-case")]
pub enum CheckKind {
    /// Every flavor name that begins with `SCS-` follows the naming syntax.
    FlavorNameSyntax(flavor_naming::Syntax),
    /// No flavor promises more in its name than it delivers.
    FlavorNameSemantics(flavor_naming::Semantics),
    /// Names of flavors are spelled well and have round figures.
    FlavorNameQuality(naming_quality::Quality),
    /// Every flavor has an extra spec with one of the accepted values.
    FlavorExtraSpec(entropy::FlavorExtraSpec),
    /// The guest's kernel reports the expected entropy pool.
    GuestEntropy(entropy::GuestEntropy),
    /// The guest's random source passes the FIPS 140-2 block tests.
    GuestRandomTest(entropy::GuestRandomTest),
    /// The guest's CPUs offer instructions for random numbers.
    CpuEntropyInstructions(entropy::CpuEntropyInstructions),
    /// A property of every image has an accepted value.
    ImageProperty(image_metadata::ImageProperty),
    /// A numeric field of every image is large enough.
    ImageNumber(image_metadata::ImageNumber),
    /// A property of every image is a plausible point in time.
    ImageTimestamp(image_metadata::ImageTimestamp),
    /// Images are replaced as often as they promise.
    ImageRecency(image_recency::ImageRecency),
    /// No two images serve the same purpose for the same system.
    ImageUnique(image_metadata::ImageUnique),
    /// True-or-false properties of images are written so, and do not contradict each other.
    ImageFlags(image_flags::ImageFlags),
    /// A standard flavor exists with exactly its properties.
    StandardFlavor(standard_flavors::StandardFlavor),
    /// Every flavor's extra specs of SCS mean something and fit the flavor.
    ScsExtraSpecs(extra_specs::ScsExtraSpecs),
    /// Flavors say in an extra spec which list of the standard they are on.
    RequiredSpec(required_spec::RequiredSpec),
    /// An image of a name exists.
    ImagePresent(standard_images::ImagePresent),
    /// Images of a name come from the expected source.
    ImageSource(standard_images::ImageSource),
    /// Plain images of a distribution come from its maker.
    GenericSource(releases::GenericSource),
    /// An image of a recent release of a distribution is offered.
    ReleaseOffered(releases::ReleaseOffered),
    /// Images for Kubernetes nodes come from the expected source and say what they are.
    NodeImages(node_images::NodeImages),
    /// An ordinary user can upload an image and read it back.
    ImageUpload(image_upload::Upload),
    /// Aspect lists in descriptions of volume types are well formed.
    VolumeTypeAspectList(volume_types::AspectList),
    /// Some volume type has an aspect.
    VolumeTypeWithAspect(volume_types::WithAspect),
    /// New security groups let nothing in and everything out.
    DefaultSecurityGroupRules(security_groups::DefaultRules),
    /// The default groups of projects let their own members in.
    SameGroupIngress(security_groups::SameGroupIngress),
    /// A new security group lets nothing in and everything out, as the template says.
    CustomSecurityGroup(custom_group::CustomGroup),
    /// An ordinary user can create, find and delete a secret.
    SecretPermissions(key_manager::SecretPermissions),
    /// A secret comes back as it was stored.
    SecretPayload(key_manager::PayloadRoundtrip),
    /// A volume can be backed up and restored.
    VolumeBackup(volume_backup::VolumeBackup),
    /// Availability zones for compute are told apart, where there are several.
    AvailabilityZones(zones::AvailabilityZones),
    /// A volume of one availability zone cannot be attached to a server of another.
    NoCrossAttach(zones::NoCrossAttach),
    /// A service is in the catalog.
    ServicePresent(services::ServicePresent),
    /// Services are registered under their canonical types.
    CanonicalServiceTypes(services::CanonicalTypes),
    /// The object store speaks S3.
    S3Answers(services::S3Answers),
    /// Behind the endpoints of the catalog are the services that it names.
    EndpointVersions(service_versions::EndpointVersions),
    /// An object that is stored by S3 comes back as it was.
    ObjectRoundTrip(s3_round_trip::ObjectRoundTrip),
    /// Every endpoint of an interface has an `https://` address.
    EndpointsHttps(endpoints::EndpointsHttps),
    /// Public endpoints tell browsers to insist on HTTPS.
    StrictTransportSecurity(endpoints::StrictTransportSecurity),
    /// Public endpoints speak only versions of TLS that are not outdated.
    TlsVersions(handshakes::TlsVersions),
    /// Public endpoints accept only cipher suites and key exchanges of a profile.
    TlsCiphers(handshakes::TlsCiphers),
    /// Certificates of public endpoints are trusted, current and as a profile demands.
    TlsCertificates(certificates::TlsCertificates),
    /// Exactly one external network is the default.
    StandardNetwork(provider_networks::StandardNetwork),
    /// A project sees one external network.
    SingleProviderNetwork(provider_networks::SingleProviderNetwork),
    /// In a standard network that is shared, ports are held to their addresses.
    SharedNetworkSecurity(provider_networks::SharedNetworkSecurity),
    /// Exactly one shared pool of addresses is the default, and projects get enough of it.
    DefaultSubnetPool(provider_networks::DefaultSubnetPool),
    /// A project may have floating IP addresses.
    FloatingIpQuota(provider_networks::FloatingIpQuota),
    /// None of the listed tests of Tempest fails.
    TempestSuite(tempest::TempestSuite),
    /// A domain manager can do something, or is refused it, in every way that was tried.
    DomainManager(domain_manager::DomainManager),
    /// Exactly one storage class is the default, and something makes its volumes.
    DefaultStorageClass(storage_class::DefaultStorageClass),
    /// A claim that names no storage class gets a volume that keeps what is written.
    DefaultVolume(storage_class::DefaultVolume),
    /// The default storage class provisions volumes that are not stored on nodes.
    DefaultClassNotLocal(storage_class::DefaultClassNotLocal),
    /// Every node has labels for its region and zone.
    NodeLabels(node_distribution::NodeLabels),
    /// The control plane is on several nodes.
    ControlPlaneNodes(node_distribution::ControlPlaneNodes),
    /// The worker nodes are in several zones.
    WorkerZones(node_distribution::WorkerZones),
    /// The cluster runs a supported release of Kubernetes, and follows newer ones in time.
    KubernetesVersionPolicy(version_policy::VersionPolicy),
    /// The cluster has no critical vulnerability that a release has fixed.
    KubernetesVulnerabilities(vulnerabilities::Vulnerabilities),
    /// The kubelets of all nodes fit the API server, and follow newer releases in time.
    KubeletVersions(kubelets::KubeletVersions),
    /// Kubernetes passes its conformance tests, but for known exceptions.
    ConformanceSuite(suites::ConformanceSuite),
    /// Kubernetes passes its tests of network policies, but for known exceptions.
    NetworkPolicySuite(suites::NetworkPolicySuite),
    /// Network policies have an effect between two pods.
    NetworkPolicyProbe(networking::NetworkPolicyProbe),
    /// An ingress class is the default.
    DefaultIngressClass(networking::DefaultIngressClass),
    /// The API serves kinds of objects.
    ApiKindsServed(networking::ApiKindsServed),
    /// The operating system of every node still gets security updates.
    NodeSystems(node_systems::NodeSystems),
    /// A setting of every kubelet has the demanded value.
    KubeletSetting(kubelet::KubeletSetting),
    /// The API is reached by HTTPS, with a certificate that is trusted.
    ApiHttps(endpoint::ApiHttps),
    /// The connection to the API has a current version of TLS and a valid certificate.
    ApiTls(endpoint::ApiTls),
    /// No API server has a port without TLS.
    InsecurePort(insecure_port::InsecurePort),
    /// The API refuses requests without credentials.
    AnonymousAccess(anonymous::AnonymousAccess),
    /// API servers authenticate service accounts, and clients by one more method.
    AuthenticationMethods(authentication::AuthenticationMethods),
    /// The issuer of tokens of service accounts is one that others can rely on.
    ServiceAccountIssuer(authentication::ServiceAccountIssuer),
    /// API servers authorize requests by the demanded modes.
    AuthorizationModes(authorization::AuthorizationModes),
    /// API servers have an admission plugin turned on.
    AdmissionPlugin(admission::AdmissionPlugin),
    /// Namespaces have a level of the Pod Security Standards that is accepted.
    PodSecurityLevels(pod_security::PodSecurityLevels),
    /// A privileged pod is refused in a namespace whose label forbids it.
    PrivilegedPodRefused(pod_security::PrivilegedPodRefused),
    /// API servers and etcd talk by TLS, and show each other certificates.
    EtcdTls(etcd::EtcdTls),
    /// Ports of nodes cannot be reached from outside.
    ClosedPorts(ports::ClosedPorts),
    /// A person has to judge it.
    Manual(Manual),
    /// The standard no longer demands it.
    Withdrawn(Withdrawn),
}

impl CheckKind {
    /// The names of the kinds that people judge: always, or where a program sees that somebody has to.
    const JUDGED: [&'static str; 2] = ["manual", "availability-zones"];

    /// The names of all kinds, as written in YAML.
    pub const NAMES: &'static [&'static str] = Self::VARIANTS;

    /// Returns the name of this kind, as written in YAML.
    pub fn name(&self) -> &'static str {
        self.into()
    }

    /// Returns the question of this kind, in one sentence.
    pub fn sentence(&self) -> &'static str {
        self.get_documentation().unwrap_or_default()
    }

    /// Returns true if nothing that the rule finds contradicts the requirement, so that it has no example of FAIL.
    pub fn only_warns(&self) -> bool {
        matches!(self, Self::FlavorNameQuality(_))
    }

    /// Returns true if people judge it, always or where the rule leaves it to them: what they state is then the verdict.
    pub fn takes_evidence(&self) -> bool {
        Self::named_takes_evidence(self.name())
    }

    /// Returns true for the name of a kind that takes evidence.
    pub fn named_takes_evidence(name: &str) -> bool {
        Self::JUDGED.contains(&name)
    }

    /// Returns the releases of the distributions that the rule reads, to be bound to data.
    pub(crate) fn releases_mut(&mut self) -> Vec<&mut Releases> {
        match self {
            Self::GenericSource(check) => vec![&mut check.distribution],
            Self::ReleaseOffered(check) => vec![&mut check.distribution],
            Self::NodeSystems(check) => check.systems.iter_mut().map(|system| &mut system.distribution).collect(),
            _ => Vec::new(),
        }
    }

    /// Returns the rule behind the kind.
    pub fn rule(&self) -> &dyn Rule {
        match self {
            Self::FlavorNameSyntax(check) => check,
            Self::FlavorNameSemantics(check) => check,
            Self::FlavorNameQuality(check) => check,
            Self::FlavorExtraSpec(check) => check,
            Self::GuestEntropy(check) => check,
            Self::GuestRandomTest(check) => check,
            Self::CpuEntropyInstructions(check) => check,
            Self::ImageProperty(check) => check,
            Self::ImageNumber(check) => check,
            Self::ImageTimestamp(check) => check,
            Self::ImageRecency(check) => check,
            Self::ImageUnique(check) => check,
            Self::ImageFlags(check) => check,
            Self::StandardFlavor(check) => check,
            Self::ScsExtraSpecs(check) => check,
            Self::RequiredSpec(check) => check,
            Self::ImagePresent(check) => check,
            Self::ImageSource(check) => check,
            Self::GenericSource(check) => check,
            Self::ReleaseOffered(check) => check,
            Self::NodeImages(check) => check,
            Self::ImageUpload(check) => check,
            Self::VolumeTypeAspectList(check) => check,
            Self::VolumeTypeWithAspect(check) => check,
            Self::DefaultSecurityGroupRules(check) => check,
            Self::SameGroupIngress(check) => check,
            Self::CustomSecurityGroup(check) => check,
            Self::SecretPermissions(check) => check,
            Self::SecretPayload(check) => check,
            Self::VolumeBackup(check) => check,
            Self::AvailabilityZones(check) => check,
            Self::NoCrossAttach(check) => check,
            Self::ServicePresent(check) => check,
            Self::CanonicalServiceTypes(check) => check,
            Self::S3Answers(check) => check,
            Self::EndpointVersions(check) => check,
            Self::ObjectRoundTrip(check) => check,
            Self::EndpointsHttps(check) => check,
            Self::StrictTransportSecurity(check) => check,
            Self::TlsVersions(check) => check,
            Self::TlsCiphers(check) => check,
            Self::TlsCertificates(check) => check,
            Self::StandardNetwork(check) => check,
            Self::SingleProviderNetwork(check) => check,
            Self::SharedNetworkSecurity(check) => check,
            Self::DefaultSubnetPool(check) => check,
            Self::FloatingIpQuota(check) => check,
            Self::TempestSuite(check) => check,
            Self::DomainManager(check) => check,
            Self::DefaultStorageClass(check) => check,
            Self::DefaultVolume(check) => check,
            Self::DefaultClassNotLocal(check) => check,
            Self::NodeLabels(check) => check,
            Self::ControlPlaneNodes(check) => check,
            Self::WorkerZones(check) => check,
            Self::KubernetesVersionPolicy(check) => check,
            Self::KubernetesVulnerabilities(check) => check,
            Self::KubeletVersions(check) => check,
            Self::ConformanceSuite(check) => check,
            Self::NetworkPolicySuite(check) => check,
            Self::NetworkPolicyProbe(check) => check,
            Self::DefaultIngressClass(check) => check,
            Self::ApiKindsServed(check) => check,
            Self::NodeSystems(check) => check,
            Self::KubeletSetting(check) => check,
            Self::ApiHttps(check) => check,
            Self::ApiTls(check) => check,
            Self::InsecurePort(check) => check,
            Self::AnonymousAccess(check) => check,
            Self::AuthenticationMethods(check) => check,
            Self::ServiceAccountIssuer(check) => check,
            Self::AuthorizationModes(check) => check,
            Self::AdmissionPlugin(check) => check,
            Self::PodSecurityLevels(check) => check,
            Self::PrivilegedPodRefused(check) => check,
            Self::EtcdTls(check) => check,
            Self::ClosedPorts(check) => check,
            Self::Manual(check) => check,
            Self::Withdrawn(check) => check,
        }
    }
}

/// A requirement that a person judges by documents.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Manual {
    /// The evidence to show.
    pub evidence: String,
}

impl Rule for Manual {
    fn needs(&self) -> Needs {
        Needs::NONE
    }

    fn evaluate(&self, _: &Facts, _: Now) -> Outcome {
        Outcome::miss(Reason::new(ReasonCode::Manual, format!("a person has to judge this by: {}", self.evidence)))
    }
}

/// A testcase whose requirement was dropped from the standard.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Withdrawn {
    /// The version of the standard's text that dropped it.
    pub by: String,
}

impl Rule for Withdrawn {
    fn needs(&self) -> Needs {
        Needs::NONE
    }

    fn evaluate(&self, _: &Facts, _: Now) -> Outcome {
        Outcome::miss(Reason::new(ReasonCode::Withdrawn, format!("withdrawn by {}", self.by)))
    }
}
