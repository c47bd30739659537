//! The rules of the IaaS standards, in one or a few files per standard.

pub mod flavor_name;
pub mod scs_0100_flavor_naming;
pub mod scs_0100_naming_quality;
pub mod scs_0101_entropy;
pub mod scs_0102_image_flags;
pub mod scs_0102_image_metadata;
pub mod scs_0102_image_recency;
pub mod scs_0103_extra_specs;
pub mod scs_0103_required_spec;
pub mod scs_0103_standard_flavors;
pub mod scs_0104_image_upload;
pub mod scs_0104_node_images;
pub mod scs_0104_releases;
pub mod scs_0104_standard_images;
pub mod scs_0114_volume_types;
pub mod scs_0115_custom_group;
pub mod scs_0115_security_groups;
pub mod scs_0116_key_manager;
pub mod scs_0117_volume_backup;
pub mod scs_0121_zones;
pub mod scs_0123_s3_round_trip;
pub mod scs_0123_services;
pub mod scs_0123_versions;
pub mod scs_0125_certificates;
pub mod scs_0125_endpoints;
pub mod scs_0125_handshakes;
pub mod scs_0126_provider_networks;
pub mod scs_0128_tempest;
pub mod scs_0302_domain_manager;

#[cfg(test)]
mod tests;
