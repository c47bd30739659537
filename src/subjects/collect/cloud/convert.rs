//! From the services' JSON to facts. What does not fit is an error that says where; nothing is
//! guessed, and nothing is left out but what no user of the cloud gets to see.

use crate::openstack::Item;
use chrono::{DateTime, Utc};
use scs_checks::facts::{
    Access, DefaultRule, DefaultSecurityGroupRules, Direction, EtherType, Flavor, Flavors, GroupRule, Image, Images,
    ProviderNetwork, SubnetPool, Visibility, VolumeType, VolumeTypes, Zone,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// An item of a list that is not as the API promises, and what is wrong where.
#[derive(Debug, Eq, PartialEq, Serialize)]
pub struct ConversionError {
    /// The place in the item, such as `.vcpus`, or in the list, such as `[3].vcpus`, once that is known.
    pub path: String,
    /// The problem.
    pub what: String,
}

/// The fact that an item becomes; none if no user of the cloud gets to see the item.
pub type Converted<T> = Result<Option<T>, ConversionError>;

/// Returns the facts that the items of a list become, in its order.
///
/// # Errors
/// The first item that is not as the API promises.
pub fn all<T>(items: impl IntoIterator<Item = Converted<T>>) -> Result<Vec<T>, ConversionError> {
    let placed = |(index, kept): (usize, Converted<T>)| {
        let kept = kept.map_err(|misfit| ConversionError { path: format!("[{index}]{}", misfit.path), ..misfit });
        kept.transpose()
    };
    items.into_iter().enumerate().filter_map(placed).collect()
}

/// Converts the flavors.
pub fn flavors(items: Vec<Item>) -> Result<Flavors, ConversionError> {
    all(items.into_iter().map(flavor)).map(Flavors)
}

/// Converts a flavor.
pub fn flavor(item: Item) -> Converted<Flavor> {
    #[derive(Deserialize)]
    struct Raw {
        id: String,
        name: String,
        vcpus: u64,
        ram: u64,
        disk: u64,
        extra_specs: BTreeMap<String, String>,
        #[serde(rename = "OS-FLV-DISABLED:disabled", default, deserialize_with = "or_null")]
        disabled: bool,
        #[serde(rename = "os-flavor-access:is_public", default)]
        is_public: Option<bool>,
    }
    let Raw { id, name, vcpus, ram, disk, extra_specs, disabled, is_public } = typed(item)?;
    brief(&id, &name)?;
    let access = match (disabled, is_public) {
        (true, _) => Access::Disabled,
        (false, Some(false)) => Access::Private,
        (false, _) => Access::Public,
    };
    Ok(Some(Flavor { id, name, vcpus, ram, disk, extra_specs, access }))
}

/// Converts the volume types.
pub fn volume_types(items: Vec<Item>) -> Result<VolumeTypes, ConversionError> {
    all(items.into_iter().map(volume_type)).map(VolumeTypes)
}

/// Converts a volume type.
pub fn volume_type(item: Item) -> Converted<VolumeType> {
    #[derive(Deserialize)]
    struct Raw {
        id: String,
        name: String,
        description: Option<String>,
        #[serde(default, deserialize_with = "or_null")]
        extra_specs: BTreeMap<String, Option<String>>,
    }
    let raw: Raw = typed(item)?;
    brief(&raw.id, &raw.name)?;
    let extra_specs = raw.extra_specs.into_iter().filter_map(|(key, value)| Some((key, value?)));
    Ok(Some(VolumeType {
        id: raw.id,
        name: raw.name,
        description: raw.description.unwrap_or_default(),
        extra_specs: extra_specs.collect(),
    }))
}

/// Converts an availability zone of Nova or Cinder.
pub fn zone(item: Item) -> Converted<Zone> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Raw {
        zone_name: String,
        zone_state: State,
    }
    #[derive(Deserialize)]
    struct State {
        available: bool,
    }
    let Raw { zone_name, zone_state } = typed(item)?;
    named_zone(zone_name, zone_state.available)
}

/// Converts an availability zone of Neutron, of networks or of routers.
pub fn network_zone(item: Item) -> Converted<Zone> {
    #[derive(Deserialize)]
    struct Raw {
        name: String,
        state: String,
    }
    let Raw { name, state } = typed(item)?;
    named_zone(name, state == "available")
}

/// Converts an availability zone of Octavia.
pub fn load_balancer_zone(item: Item) -> Converted<Zone> {
    #[derive(Deserialize)]
    struct Raw {
        name: String,
        enabled: bool,
    }
    let Raw { name, enabled } = typed(item)?;
    named_zone(name, enabled)
}

fn named_zone(name: String, available: bool) -> Converted<Zone> {
    brief("", &name)?;
    Ok(Some(Zone { name, available }))
}

/// Converts a network, if the provider offers it: the project's own say nothing about the cloud.
pub fn provider_network(item: Item) -> Converted<ProviderNetwork> {
    #[derive(Deserialize)]
    struct Raw {
        id: String,
        #[serde(default, deserialize_with = "or_null")]
        name: String,
        #[serde(rename = "router:external", default, deserialize_with = "or_null")]
        external: bool,
        #[serde(default)]
        is_default: Option<bool>,
        shared: bool,
        #[serde(default)]
        port_security_enabled: Option<bool>,
    }
    let Raw { id, name, external, is_default, shared, port_security_enabled } = typed(item)?;
    brief(&id, &name)?;
    let is_offered = external || shared;
    Ok(is_offered.then(|| ProviderNetwork { id, name, external, is_default, shared, port_security_enabled }))
}

/// Converts a pool of addresses.
pub fn subnet_pool(item: Item) -> Converted<SubnetPool> {
    #[derive(Deserialize)]
    struct Raw {
        id: String,
        #[serde(default, deserialize_with = "or_null")]
        name: String,
        shared: bool,
        is_default: bool,
        ip_version: u8,
        #[serde(deserialize_with = "prefix_length")]
        default_prefixlen: u8,
        #[serde(deserialize_with = "prefix_length")]
        min_prefixlen: u8,
        #[serde(deserialize_with = "prefix_length")]
        max_prefixlen: u8,
        #[serde(deserialize_with = "stated")]
        default_quota: Option<u64>,
    }
    let raw: Raw = typed(item)?;
    brief(&raw.id, &raw.name)?;
    Ok(Some(SubnetPool {
        id: raw.id,
        name: raw.name,
        shared: raw.shared,
        is_default: raw.is_default,
        ip_version: raw.ip_version,
        default_prefixlen: raw.default_prefixlen,
        min_prefixlen: raw.min_prefixlen,
        max_prefixlen: raw.max_prefixlen,
        default_quota: raw.default_quota,
    }))
}

/// Converts the template for the rules of new security groups.
pub fn default_rules(items: Vec<Item>) -> Result<DefaultSecurityGroupRules, ConversionError> {
    all(items.into_iter().map(default_rule)).map(DefaultSecurityGroupRules)
}

/// Converts a rule of that template.
pub fn default_rule(item: Item) -> Converted<DefaultRule> {
    #[derive(Deserialize)]
    struct Raw {
        used_in_default_sg: bool,
        used_in_non_default_sg: bool,
    }
    let Raw { used_in_default_sg, used_in_non_default_sg } = typed(item.clone())?;
    let rule = |rule| DefaultRule { rule, used_in_default_sg, used_in_non_default_sg };
    Ok(group_rule(item)?.map(rule))
}

/// Converts the rules of a security group.
pub fn group_rules(items: Vec<Item>) -> Result<Vec<GroupRule>, ConversionError> {
    all(items.into_iter().map(group_rule))
}

/// Converts a rule. What narrows a rule is null where it does not; a missing key is an error. Only address groups are
/// younger than the rest.
fn group_rule(item: Item) -> Converted<GroupRule> {
    #[derive(Deserialize)]
    struct Raw {
        id: String,
        direction: Direction,
        ethertype: EtherType,
        #[serde(deserialize_with = "stated")]
        protocol: Option<String>,
        #[serde(deserialize_with = "stated")]
        port_range_min: Option<i64>,
        #[serde(deserialize_with = "stated")]
        port_range_max: Option<i64>,
        #[serde(deserialize_with = "stated")]
        remote_group_id: Option<String>,
        remote_address_group_id: Option<String>,
        #[serde(deserialize_with = "stated")]
        remote_ip_prefix: Option<String>,
    }
    let raw: Raw = typed(item)?;
    Ok(Some(GroupRule {
        id: raw.id,
        direction: raw.direction,
        ethertype: raw.ethertype,
        protocol: raw.protocol,
        port_range_min: raw.port_range_min,
        port_range_max: raw.port_range_max,
        remote_group_id: raw.remote_group_id,
        remote_address_group_id: raw.remote_address_group_id,
        remote_ip_prefix: raw.remote_ip_prefix,
    }))
}

/// Converts the images that everyone may use: public and community ones. Those of the project itself
/// (private, shared) say nothing about the cloud.
pub fn images(items: Vec<Item>) -> Result<Images, ConversionError> {
    all(items.into_iter().map(image)).map(Images)
}

/// Converts an image, if everyone may use it.
pub fn image(mut item: Item) -> Converted<Image> {
    #[derive(Deserialize)]
    struct Raw {
        id: String,
        name: Option<String>,
        visibility: String,
        #[serde(default, deserialize_with = "or_null")]
        os_hidden: bool,
        status: String,
        size: Option<u64>,
        min_disk: Option<u64>,
        min_ram: Option<u64>,
        created_at: DateTime<Utc>,
        #[serde(default, deserialize_with = "or_null")]
        tags: Vec<String>,
    }
    const READ: [&str; 10] =
        ["id", "name", "visibility", "os_hidden", "status", "size", "min_disk", "min_ram", "created_at", "tags"];
    let read = READ.iter().filter_map(|key| item.remove_entry(*key)).collect();
    let raw: Raw = typed(read)?;
    brief(&raw.id, raw.name.as_deref().unwrap_or_default())?;
    let visibility = match raw.visibility.as_str() {
        "public" => Visibility::Public,
        "community" => Visibility::Community,
        "private" | "shared" => return Ok(None),
        other => {
            let what = format!("unknown visibility {other:?}; expected public, community, shared or private");
            return Err(ConversionError { path: ".visibility".to_owned(), what });
        }
    };
    if raw.status == "deleted" {
        return Ok(None);
    }
    Ok(Some(Image {
        id: raw.id,
        name: raw.name.unwrap_or_default(),
        visibility,
        hidden: raw.os_hidden,
        status: raw.status,
        size: raw.size,
        min_disk: raw.min_disk.unwrap_or_default(),
        min_ram: raw.min_ram.unwrap_or_default(),
        created_at: raw.created_at,
        tags: raw.tags,
        properties: item
            .into_iter()
            .filter_map(|(key, value)| property(key, value).transpose())
            .collect::<Result<_, _>>()?,
    }))
}

/// Properties that Glance itself sets and that are not texts. By its schema, all that others add are texts.
const NOT_TEXTS: [&str; 3] = ["protected", "virtual_size", "locations"];

/// Converts a property: text as it is, what Glance itself says as JSON; nothing for null.
fn property(key: String, value: Value) -> Converted<(String, String)> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some((key, text))),
        other if NOT_TEXTS.contains(&key.as_str()) => Ok(Some((key, other.to_string()))),
        other => {
            let kind = match other {
                Value::Bool(_) => "a boolean",
                Value::Number(_) => "a number",
                Value::Array(_) => "a list",
                _ => "an object",
            };
            Err(ConversionError { path: format!(".{key}"), what: format!("{kind} instead of a text") })
        }
    }
}

/// Makes sure that id and name have the length that the services permit: they stand in every finding.
fn brief(id: &str, name: &str) -> Result<(), ConversionError> {
    const LONGEST: usize = 255;
    let long = [("id", id), ("name", name)].into_iter().find(|(_, text)| text.chars().nth(LONGEST).is_some());
    long.map_or(Ok(()), |(key, _)| {
        Err(ConversionError { path: format!(".{key}"), what: format!("more than {LONGEST} characters") })
    })
}

/// Reads a value that is the default where it is null.
fn or_null<'de, T: Default + Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Reads the length of a prefix, which Neutron used to write as a text.
fn prefix_length<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let number = value.as_u64().or_else(|| value.as_str().and_then(|text| text.parse().ok()));
    let length = number.and_then(|number| u8::try_from(number).ok()).filter(|length| *length <= 128);
    length.ok_or_else(|| serde::de::Error::custom(format!("{value} is no length of a prefix")))
}

/// Reads a value that may be null, but has to be there.
fn stated<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Option::deserialize(deserializer)
}

fn typed<T: DeserializeOwned>(item: Item) -> Result<T, ConversionError> {
    serde_path_to_error::deserialize(Value::Object(item)).map_err(|error| {
        let path = match error.path().to_string().as_str() {
            "." => String::new(),
            path => format!(".{path}"),
        };
        ConversionError { path, what: error.into_inner().to_string() }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    fn item(value: Value) -> Item {
        value.as_object().unwrap().clone()
    }

    fn an_image(changes: &Value) -> Item {
        let mut image = json!({
            "id": "i", "name": "Debian 13", "visibility": "public", "os_hidden": false, "status": "active",
            "size": 5, "min_disk": 8, "min_ram": 512, "created_at": "2026-11-20T10:00:00Z", "tags": ["a"],
            "os_distro": "debian", "owner": null, "virtual_size": 12, "protected": false,
        });
        for (key, value) in changes.as_object().unwrap() {
            image[key] = value.clone();
        }
        item(image)
    }

    #[test]
    fn an_image_keeps_every_property() {
        let images = images(vec![an_image(&json!({}))]).unwrap().0;
        assert_eq!(images[0].property("os_distro"), Some("debian"));
        assert_eq!(images[0].property("virtual_size"), Some("12"));
        assert_eq!(images[0].property("protected"), Some("false"));
        assert_eq!(images[0].property("owner"), None);
        assert_eq!((images[0].min_disk, images[0].size), (8, Some(5)));
        assert!(!images[0].properties.contains_key("id"));
    }

    #[rstest]
    #[case(json!({"visibility": "private"}), 0)]
    #[case(json!({"visibility": "shared"}), 0)]
    #[case(json!({"visibility": "community"}), 1)]
    #[case(json!({"status": "deleted"}), 0)]
    #[case(json!({"name": null, "size": null}), 1)]
    #[case(json!({"os_hidden": null, "tags": null}), 1)]
    fn only_images_for_everyone_are_kept(#[case] changes: Value, #[case] kept: usize) {
        assert_eq!(images(vec![an_image(&changes)]).unwrap().0.len(), kept);
    }

    #[rstest]
    #[case(json!({"created_at": "yesterday"}), "[1].created_at")]
    #[case(json!({"id": 7}), "[1].id")]
    #[case(json!({"visibility": "everyone"}), "[1].visibility")]
    #[case(json!({"size": -1}), "[1].size")]
    #[case(json!({"min_ram": "many"}), "[1].min_ram")]
    #[case(json!({"name": "n".repeat(256)}), "[1].name")]
    #[case(json!({"os_version": 24.04}), "[1].os_version")]
    #[case(json!({"os_distro": ["debian"]}), "[1].os_distro")]
    #[case(json!({"image_description": {"en": "Debian"}}), "[1].image_description")]
    #[case(json!({"image_original_user": true}), "[1].image_original_user")]
    fn a_misfit_says_where(#[case] changes: Value, #[case] path: &str) {
        assert_eq!(images(vec![an_image(&json!({})), an_image(&changes)]).unwrap_err().path, path);
    }

    #[test]
    fn items_of_the_wrong_kind_are_misfits() {
        assert!(flavors(vec![item(json!({"id": "1", "name": "f", "vcpus": 1, "ram": 1, "disk": 0}))]).is_err());
        assert!(volume_types(vec![item(json!({}))]).is_err());
        assert!(default_rules(vec![item(json!({"direction": "sideways"}))]).is_err());
    }

    #[rstest]
    #[case(json!({"id": "1", "name": "ssd", "description": null, "is_public": true}))]
    #[case(json!({"id": "1", "name": "ssd", "extra_specs": null}))]
    fn volume_types_may_lack_a_description_and_extra_specs(#[case] volume_type: Value) {
        let types = volume_types(vec![item(volume_type)]).unwrap();
        assert_eq!((types.0[0].description.as_str(), types.0[0].extra_specs.len()), ("", 0));
    }

    #[rstest]
    #[case(json!({}), Access::Public)]
    #[case(json!({"OS-FLV-DISABLED:disabled": false, "os-flavor-access:is_public": true}), Access::Public)]
    #[case(json!({"os-flavor-access:is_public": false}), Access::Private)]
    #[case(json!({"OS-FLV-DISABLED:disabled": true, "os-flavor-access:is_public": true}), Access::Disabled)]
    fn who_may_use_a_flavor_is_kept(#[case] changes: Value, #[case] access: Access) {
        let mut flavor = json!({"id": "1", "name": "f", "vcpus": 1, "ram": 1, "disk": 0, "extra_specs": {}});
        flavor.as_object_mut().unwrap().extend(item(changes));
        assert_eq!(flavors(vec![item(flavor)]).unwrap().0[0].access, access);
    }

    #[test]
    fn what_the_provider_offers_is_kept() {
        let network = |more: Value| {
            let mut network = json!({"id": "n", "name": "n", "shared": false});
            network.as_object_mut().unwrap().extend(item(more));
            provider_network(item(network)).unwrap()
        };
        assert!(network(json!({})).is_none());
        assert!(network(json!({"router:external": true, "is_default": true})).unwrap().is_default.unwrap());
        assert_eq!(
            network(json!({"shared": true, "port_security_enabled": false})).unwrap().port_security_enabled,
            Some(false)
        );
        let pool = |length: Value| {
            subnet_pool(item(json!({
                "id": "p", "name": "p", "shared": true, "is_default": true, "ip_version": 6, "default_prefixlen": length,
                "min_prefixlen": 64, "max_prefixlen": "128", "default_quota": null,
            })))
        };
        assert_eq!(pool(json!("64")).unwrap().unwrap().default_prefixlen, 64);
        assert!(pool(json!(129)).is_err() && pool(json!(null)).is_err());
    }

    #[test]
    fn each_service_has_its_own_way_to_tell_a_zone() {
        let told = [
            zone(item(json!({"zoneName": "a", "zoneState": {"available": true}, "hosts": null}))),
            network_zone(item(json!({"name": "a", "resource": "router", "state": "available"}))),
            load_balancer_zone(item(json!({"name": "a", "enabled": true, "description": ""}))),
        ];
        assert!(told.into_iter().all(|one| one == Ok(Some(Zone { name: "a".to_owned(), available: true }))));
        assert!(!zone(item(json!({"zoneName": "a", "zoneState": {"available": false}}))).unwrap().unwrap().available);
        assert!(!network_zone(item(json!({"name": "a", "state": "unavailable"}))).unwrap().unwrap().available);
        assert!(zone(item(json!({"zoneName": "a"}))).is_err());
        assert!(network_zone(item(json!({"name": "a"}))).is_err());
        assert!(load_balancer_zone(item(json!({"name": "n".repeat(256), "enabled": true}))).is_err());
    }

    /// Returns a rule of Neutron that lets everything out.
    fn egress() -> Value {
        json!({
            "id": "r", "direction": "egress", "ethertype": "IPv4", "protocol": null, "port_range_min": null,
            "port_range_max": null, "remote_group_id": null, "remote_address_group_id": null, "remote_ip_prefix": null,
        })
    }

    #[rstest]
    #[case("remote_ip_prefix", false)]
    #[case("remote_group_id", false)]
    #[case("protocol", false)]
    #[case("port_range_min", false)]
    #[case("port_range_max", false)]
    #[case("direction", false)]
    #[case("remote_address_group_id", true)]
    fn a_rule_that_does_not_say_what_narrows_it_is_a_misfit(#[case] lacks: &str, #[case] fits: bool) {
        let mut rule = item(egress());
        rule.remove(lacks);
        assert_eq!(group_rules(vec![rule]).is_ok(), fits);
    }
}
