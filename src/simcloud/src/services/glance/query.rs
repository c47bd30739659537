//! Filters and order of image lists.

use super::wire::wire;
use crate::http::{Query, Reply};
use crate::state::{Glance, Image, Visibility};
use serde_json::Value;
use std::cmp::Ordering;

const SORT_KEYS: [&str; 8] =
    ["name", "status", "container_format", "disk_format", "size", "id", "created_at", "updated_at"];

/// The selection of images that a request asks for.
pub(super) struct Selection {
    pub(super) limit: usize,
    pub(super) marker: Option<String>,
    visibility: Option<String>,
    member_status: String,
    os_hidden: bool,
    /// The keys; true for those that ascend.
    sort: Vec<(String, bool)>,
    filters: Vec<(String, String)>,
}

impl Selection {
    /// Reads the query; the error is Glance's refusal.
    pub(super) fn from_query(query: &Query, settings: &Glance) -> Result<Self, Reply> {
        let visibility = query.get("visibility").map(str::to_owned);
        let known = ["community", "public", "private", "shared", "all"];
        if let Some(word) = visibility.as_deref().filter(|word| !known.contains(word)) {
            return Err(bad(&format!("Invalid visibility value: {word}")));
        }
        let member_status = query.get("member_status").unwrap_or("accepted").to_owned();
        if !["pending", "accepted", "rejected", "all"].contains(&member_status.as_str()) {
            return Err(bad(&format!("Invalid status: {member_status}")));
        }
        let own = ["limit", "marker", "visibility", "member_status", "os_hidden", "sort", "sort_key", "sort_dir"];
        let filters = query.pairs().iter().filter(|(key, _)| !own.contains(&key.as_str())).cloned().collect();
        Ok(Self {
            limit: limit(query, settings)?,
            marker: query.get("marker").map(str::to_owned),
            visibility,
            member_status,
            os_hidden: hidden(query)?,
            sort: sort(query)?,
            filters,
        })
    }
}

/// Returns the refusal of a query.
fn bad(message: &str) -> Reply {
    Reply::webob(400, "Bad Request", message)
}

fn limit(query: &Query, settings: &Glance) -> Result<usize, Reply> {
    let Some(text) = query.get("limit") else {
        return Ok(settings.default_page.min(settings.max_page));
    };
    let number: i64 = text.parse().map_err(|_| bad("limit param must be an integer"))?;
    let number = usize::try_from(number).map_err(|_| bad("limit param must be positive"))?;
    Ok(number.min(settings.max_page))
}

fn hidden(query: &Query) -> Result<bool, Reply> {
    match query.get("os_hidden").map(str::to_lowercase).as_deref() {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(word) => {
            Err(bad(&format!("Invalid value '{word}' for 'os_hidden' filter. Valid values are 'true' or 'false'.")))
        }
    }
}

/// Returns the order asked for, ended by creation time and id so that it is always the same.
fn sort(query: &Query) -> Result<Vec<(String, bool)>, Reply> {
    let mut order = Vec::new();
    if let Some(text) = query.get("sort") {
        for part in text.split(',') {
            let (key, direction) = part.split_once(':').unwrap_or((part, "desc"));
            order.push((key.trim().to_owned(), direction.trim() == "asc"));
        }
    } else {
        let directions: Vec<bool> = query.all("sort_dir").map(|word| word == "asc").collect();
        for (place, key) in query.all("sort_key").enumerate() {
            let direction = directions.get(place).or(directions.first()).copied().unwrap_or(false);
            order.push((key.to_owned(), direction));
        }
    }
    if let Some((key, _)) = order.iter().find(|(key, _)| !SORT_KEYS.contains(&key.as_str())) {
        let known = SORT_KEYS.join(", ");
        return Err(bad(&format!("Invalid sort key: {key}. It must be one of the following: {known}.")));
    }
    let direction = if order.len() == 1 { order[0].1 } else { false };
    for key in ["created_at", "id"] {
        if !order.iter().any(|(have, _)| have == key) {
            order.push((key.to_owned(), direction));
        }
    }
    Ok(order)
}

/// Tells whether a project may see an image at all.
pub(super) fn may_see(image: &Image, project: &str) -> bool {
    matches!(image.visibility, Visibility::Public | Visibility::Community)
        || image.owner == project
        || image.members.iter().any(|member| member.project == project)
}

/// Returns the images that a list for this project shows, in order.
pub(super) fn select<'a>(images: &'a [Image], selection: &Selection, project: &str) -> Vec<&'a Image> {
    let mut chosen: Vec<(&Image, Value)> = images
        .iter()
        .filter(|image| image.os_hidden == selection.os_hidden && listed(image, selection, project))
        .map(|image| (image, wire(image)))
        .filter(|(image, wire)| selection.filters.iter().all(|(key, value)| passes(image, wire, key, value)))
        .collect();
    chosen.sort_by(|left, right| compare(&left.1, &right.1, &selection.sort));
    chosen.into_iter().map(|(image, _)| image).collect()
}

/// Returns true if the list shows the image: own images always; public ones; community ones of others only on request;
/// shared ones as the membership says.
fn listed(image: &Image, selection: &Selection, project: &str) -> bool {
    let own = image.owner == project;
    let wanted = match selection.visibility.as_deref() {
        None => own || image.visibility != Visibility::Community,
        Some("public") => image.visibility == Visibility::Public,
        Some("community") => image.visibility == Visibility::Community,
        Some("private") => image.visibility == Visibility::Private,
        Some("shared") => image.visibility == Visibility::Shared,
        Some(_) => true,
    };
    let accepted = |status: &str| selection.member_status == "all" || selection.member_status == status;
    let reachable = match image.visibility {
        Visibility::Public | Visibility::Community => true,
        Visibility::Shared => {
            own || image.members.iter().any(|member| member.project == project && accepted(&member.status))
        }
        Visibility::Private => own,
    };
    wanted && reachable
}

/// Returns true if the image passes a filter: equality with an attribute or a property, `tag`, or `in:` with a list.
fn passes(image: &Image, wire: &Value, key: &str, value: &str) -> bool {
    if key == "tag" {
        return image.tags.iter().any(|tag| tag == value);
    }
    let have = match wire.get(key) {
        None | Some(Value::Null) => return false,
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    match value.strip_prefix("in:") {
        Some(list) => list.split(',').any(|word| word.trim_matches('"') == have),
        None => have == value,
    }
}

fn compare(left: &Value, right: &Value, order: &[(String, bool)]) -> Ordering {
    for (key, ascends) in order {
        let ordering = match (&left[key], &right[key]) {
            (Value::Number(left), Value::Number(right)) => left.as_u64().cmp(&right.as_u64()),
            (left, right) => folded(left).cmp(&folded(right)),
        };
        let ordering = if *ascends { ordering } else { ordering.reverse() };
        if ordering != Ordering::Equal {
            return ordering;
        }
    }
    Ordering::Equal
}

/// Lowers the case of a text: the database does not tell upper from lower case.
fn folded(value: &Value) -> Option<String> {
    value.as_str().map(str::to_lowercase)
}
