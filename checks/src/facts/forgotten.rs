//! Proof that a forgotten fact does not compile: neither a collector, which ends in a struct literal, nor a redaction, which
//! takes all facts apart, may leave one out.
//!
//! The first example of each pair compiles, so it is only the missing name that the others fail by.
//!
//! Every fact is named:
//!
//! ```
//! # use scs_checks::facts::CloudFacts;
//! fn copied(all: CloudFacts) -> CloudFacts {
//!     let CloudFacts {
//!         catalog, flavors, images, volume_types, default_security_group_rules,
//!         s3_answer, tls_endpoints, version_documents, compute_zones, storage_zones,
//!         network_zones, load_balancer_zones, provider_networks, subnet_pools, network_quotas,
//!         s3_round_trip, cross_attach, entropy_pool, random_blocks, cpu_instructions, fresh_security_group,
//!         secret_trial, secret_payload, backup_trial, image_upload, tempest_results, domain_manager_trial,
//!     } = all;
//!     CloudFacts {
//!         catalog, flavors, images, volume_types, default_security_group_rules,
//!         s3_answer, tls_endpoints, version_documents, compute_zones, storage_zones,
//!         network_zones, load_balancer_zones, provider_networks, subnet_pools, network_quotas,
//!         s3_round_trip, cross_attach, entropy_pool, random_blocks, cpu_instructions, fresh_security_group,
//!         secret_trial, secret_payload, backup_trial, image_upload, tempest_results, domain_manager_trial,
//!     }
//! }
//! ```
//!
//! A collector has forgotten `image_upload`:
//!
//! ```compile_fail,E0063
//! # use scs_checks::facts::CloudFacts;
//! fn copied(all: CloudFacts) -> CloudFacts {
//!     let CloudFacts {
//!         catalog, flavors, images, volume_types, default_security_group_rules,
//!         s3_answer, tls_endpoints, version_documents, compute_zones, storage_zones,
//!         network_zones, load_balancer_zones, provider_networks, subnet_pools, network_quotas,
//!         s3_round_trip, cross_attach, entropy_pool, random_blocks, cpu_instructions, fresh_security_group,
//!         secret_trial, secret_payload, backup_trial, image_upload, tempest_results, domain_manager_trial,
//!     } = all;
//!     CloudFacts {
//!         catalog, flavors, images, volume_types, default_security_group_rules,
//!         s3_answer, tls_endpoints, version_documents, compute_zones, storage_zones,
//!         network_zones, load_balancer_zones, provider_networks, subnet_pools, network_quotas,
//!         s3_round_trip, cross_attach, entropy_pool, random_blocks, cpu_instructions, fresh_security_group,
//!         secret_trial, secret_payload, backup_trial, tempest_results, domain_manager_trial,
//!     }
//! }
//! ```
//!
//! A redaction has forgotten `image_upload`:
//!
//! ```compile_fail,E0027
//! # use scs_checks::facts::CloudFacts;
//! fn copied(all: CloudFacts, image_upload: scs_checks::facts::Slot<scs_checks::facts::ImageUpload>) -> CloudFacts {
//!     let CloudFacts {
//!         catalog, flavors, images, volume_types, default_security_group_rules,
//!         s3_answer, tls_endpoints, version_documents, compute_zones, storage_zones,
//!         network_zones, load_balancer_zones, provider_networks, subnet_pools, network_quotas,
//!         s3_round_trip, cross_attach, entropy_pool, random_blocks, cpu_instructions, fresh_security_group,
//!         secret_trial, secret_payload, backup_trial, tempest_results, domain_manager_trial,
//!     } = all;
//!     CloudFacts {
//!         catalog, flavors, images, volume_types, default_security_group_rules,
//!         s3_answer, tls_endpoints, version_documents, compute_zones, storage_zones,
//!         network_zones, load_balancer_zones, provider_networks, subnet_pools, network_quotas,
//!         s3_round_trip, cross_attach, entropy_pool, random_blocks, cpu_instructions, fresh_security_group,
//!         secret_trial, secret_payload, backup_trial, image_upload, tempest_results, domain_manager_trial,
//!     }
//! }
//! ```
//!
//! Every fact is named:
//!
//! ```
//! # use scs_checks::facts::ClusterFacts;
//! fn copied(all: ClusterFacts) -> ClusterFacts {
//!     let ClusterFacts {
//!         cluster_version, kubernetes_world, nodes, storage_classes, namespaces,
//!         kubelet_configs, api_server, api_server_flags, open_ports, ingress_classes,
//!         policy_apis, e2e_results, network_policy_results, storage_trial,
//!         privileged_pod, network_policy_probe,
//!     } = all;
//!     ClusterFacts {
//!         cluster_version, kubernetes_world, nodes, storage_classes, namespaces,
//!         kubelet_configs, api_server, api_server_flags, open_ports, ingress_classes,
//!         policy_apis, e2e_results, network_policy_results, storage_trial,
//!         privileged_pod, network_policy_probe,
//!     }
//! }
//! ```
//!
//! A collector has forgotten `network_policy_probe`:
//!
//! ```compile_fail,E0063
//! # use scs_checks::facts::ClusterFacts;
//! fn copied(all: ClusterFacts) -> ClusterFacts {
//!     let ClusterFacts {
//!         cluster_version, kubernetes_world, nodes, storage_classes, namespaces,
//!         kubelet_configs, api_server, api_server_flags, open_ports, ingress_classes,
//!         policy_apis, e2e_results, network_policy_results, storage_trial,
//!         privileged_pod, network_policy_probe,
//!     } = all;
//!     ClusterFacts {
//!         cluster_version, kubernetes_world, nodes, storage_classes, namespaces,
//!         kubelet_configs, api_server, api_server_flags, open_ports, ingress_classes,
//!         policy_apis, e2e_results, network_policy_results, storage_trial,
//!         privileged_pod,
//!     }
//! }
//! ```
//!
//! A redaction has forgotten `network_policy_probe`:
//!
//! ```compile_fail,E0027
//! # use scs_checks::facts::ClusterFacts;
//! fn copied(all: ClusterFacts, network_policy_probe: scs_checks::facts::Slot<scs_checks::facts::NetworkPolicyProbe>) -> ClusterFacts {
//!     let ClusterFacts {
//!         cluster_version, kubernetes_world, nodes, storage_classes, namespaces,
//!         kubelet_configs, api_server, api_server_flags, open_ports, ingress_classes,
//!         policy_apis, e2e_results, network_policy_results, storage_trial,
//!         privileged_pod,
//!     } = all;
//!     ClusterFacts {
//!         cluster_version, kubernetes_world, nodes, storage_classes, namespaces,
//!         kubelet_configs, api_server, api_server_flags, open_ports, ingress_classes,
//!         policy_apis, e2e_results, network_policy_results, storage_trial,
//!         privileged_pod, network_policy_probe,
//!     }
//! }
//! ```
