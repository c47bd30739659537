//! From the services' JSON to facts. What does not fit is an error that says where; nothing is
//! guessed, and nothing is left out but what no user of the cloud gets to see.

use crate::openstack::Item;
use chrono::{DateTime, Utc};
use scs_checks::facts::{
    DefaultRule, DefaultSecurityGroupRules, Direction, EtherType, Flavor, Flavors, GroupRule, Image, Images,
    Visibility, VolumeType, VolumeTypes,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// An item of a list that is not as the API promises, and what is wrong where.
#[derive(Debug, Eq, PartialEq, Serialize)]
pub struct Misfit {
    /// Where in the item, such as `.vcpus`; where in the list, such as `[3].vcpus`, once that is known.
    pub path: String,
    /// What is wrong.
    pub what: String,
}

/// What is kept of an item; nothing of what no user of the cloud gets to see.
pub type Kept<T> = Result<Option<T>, Misfit>;

/// What is kept of all items of a list, in its order.
///
/// # Errors
/// The first item that is not as the API promises.
pub fn all<T>(items: impl IntoIterator<Item = Kept<T>>) -> Result<Vec<T>, Misfit> {
    let placed = |(index, kept): (usize, Kept<T>)| {
        let kept = kept.map_err(|misfit| Misfit { path: format!("[{index}]{}", misfit.path), ..misfit });
        kept.transpose()
    };
    items.into_iter().enumerate().filter_map(placed).collect()
}

/// The flavors.
pub fn flavors(items: Vec<Item>) -> Result<Flavors, Misfit> {
    all(items.into_iter().map(flavor)).map(Flavors)
}

/// A flavor.
pub fn flavor(item: Item) -> Kept<Flavor> {
    #[derive(Deserialize)]
    struct Raw {
        id: String,
        name: String,
        vcpus: u64,
        ram: u64,
        disk: u64,
        extra_specs: BTreeMap<String, String>,
    }
    let Raw { id, name, vcpus, ram, disk, extra_specs } = typed(item)?;
    Ok(Some(Flavor { id, name, vcpus, ram, disk, extra_specs }))
}

/// The volume types.
pub fn volume_types(items: Vec<Item>) -> Result<VolumeTypes, Misfit> {
    all(items.into_iter().map(volume_type)).map(VolumeTypes)
}

/// A volume type.
pub fn volume_type(item: Item) -> Kept<VolumeType> {
    #[derive(Deserialize)]
    struct Raw {
        id: String,
        name: String,
        description: Option<String>,
        #[serde(default)]
        extra_specs: BTreeMap<String, Option<String>>,
    }
    let raw: Raw = typed(item)?;
    let extra_specs = raw.extra_specs.into_iter().filter_map(|(key, value)| Some((key, value?)));
    Ok(Some(VolumeType {
        id: raw.id,
        name: raw.name,
        description: raw.description.unwrap_or_default(),
        extra_specs: extra_specs.collect(),
    }))
}

/// The template for the rules of new security groups.
pub fn default_rules(items: Vec<Item>) -> Result<DefaultSecurityGroupRules, Misfit> {
    all(items.into_iter().map(default_rule)).map(DefaultSecurityGroupRules)
}

/// A rule of that template.
pub fn default_rule(item: Item) -> Kept<DefaultRule> {
    #[derive(Deserialize)]
    struct Raw {
        used_in_default_sg: bool,
        used_in_non_default_sg: bool,
    }
    let Raw { used_in_default_sg, used_in_non_default_sg } = typed(item.clone())?;
    let rule = |rule| DefaultRule { rule, used_in_default_sg, used_in_non_default_sg };
    Ok(group_rule(item)?.map(rule))
}

/// The rules of a security group.
pub fn group_rules(items: Vec<Item>) -> Result<Vec<GroupRule>, Misfit> {
    all(items.into_iter().map(group_rule))
}

fn group_rule(item: Item) -> Kept<GroupRule> {
    #[derive(Deserialize)]
    struct Raw {
        id: String,
        direction: Direction,
        ethertype: EtherType,
        protocol: Option<String>,
        port_range_min: Option<i64>,
        port_range_max: Option<i64>,
        remote_group_id: Option<String>,
        remote_address_group_id: Option<String>,
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

/// The images that everyone may use: public and community ones. Those of the project itself
/// (private, shared) say nothing about the cloud.
pub fn images(items: Vec<Item>) -> Result<Images, Misfit> {
    all(items.into_iter().map(image)).map(Images)
}

/// An image, if everyone may use it.
pub fn image(mut item: Item) -> Kept<Image> {
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
    let visibility = match raw.visibility.as_str() {
        "public" => Visibility::Public,
        "community" => Visibility::Community,
        "private" | "shared" => return Ok(None),
        other => {
            let what = format!("unknown visibility {other:?}; expected public, community, shared or private");
            return Err(Misfit { path: ".visibility".to_owned(), what });
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
        properties: item.into_iter().filter_map(|(key, value)| Some((key, as_read(value)?))).collect(),
    }))
}

/// Text as it is, anything else as JSON; nothing for null.
fn as_read(value: Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    }
}

/// What is not set may be written as null.
fn or_null<'de, T: Default + Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

fn typed<T: DeserializeOwned>(item: Item) -> Result<T, Misfit> {
    serde_path_to_error::deserialize(Value::Object(item)).map_err(|error| {
        let path = match error.path().to_string().as_str() {
            "." => String::new(),
            path => format!(".{path}"),
        };
        Misfit { path, what: error.into_inner().to_string() }
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
    fn a_misfit_says_where(#[case] changes: Value, #[case] path: &str) {
        assert_eq!(images(vec![an_image(&json!({})), an_image(&changes)]).unwrap_err().path, path);
    }

    #[test]
    fn items_of_the_wrong_kind_are_misfits() {
        assert!(flavors(vec![item(json!({"id": "1", "name": "f", "vcpus": 1, "ram": 1, "disk": 0}))]).is_err());
        assert!(volume_types(vec![item(json!({}))]).is_err());
        assert!(default_rules(vec![item(json!({"direction": "sideways"}))]).is_err());
    }

    #[test]
    fn volume_types_may_lack_a_description() {
        let types = volume_types(vec![item(json!({"id": "1", "name": "ssd", "description": null, "is_public": true}))])
            .unwrap();
        assert_eq!(types.0[0].description, "");
    }
}
