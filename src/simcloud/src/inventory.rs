//! Inventory of every resource that a user may have created, to be compared before and after.

use crate::ids::hex_id;
use crate::state::{Kind, State, Visibility};
use std::fmt;

/// A resource.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Item {
    /// The kind of resource.
    pub kind: Kind,
    /// Its id; of users, projects and groups with the id of their domain, `DOMAIN/ID`.
    pub id: String,
    /// Its name; empty if it has none. A floating IP goes by its description.
    pub name: String,
    /// Id of its project; of a keypair, of its user; of users, projects and groups, of their domain.
    pub project: String,
}

impl fmt::Display for Item {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {:?} ({}) of {}", self.kind, self.name, self.id, self.project)
    }
}

/// Lists all resources that users create, sorted: also those that are about to vanish, but neither what the operator
/// offers (public images) nor what services make on their own (default groups, ports of routers and DHCP).
pub(crate) fn inventory(state: &State) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    let mut add = |kind: Kind, id: &str, name: &str, project: &str| {
        items.push(Item { kind, id: id.to_owned(), name: name.to_owned(), project: project.to_owned() });
    };
    let all = &state.resources;
    all.servers.iter().for_each(|it| add(Kind::Server, &it.id, &it.name, &it.project));
    all.keypairs.iter().for_each(|it| add(Kind::Keypair, &it.name, &it.name, &it.user));
    all.volumes.iter().for_each(|it| add(Kind::Volume, &it.id, text(&it.name), &it.project));
    all.snapshots.iter().for_each(|it| add(Kind::Snapshot, &it.id, text(&it.name), &it.project));
    all.backups.iter().for_each(|it| add(Kind::Backup, &it.id, text(&it.name), &it.project));
    all.secrets.iter().for_each(|it| add(Kind::Secret, &it.id, text(&it.name), &it.project));
    let private = state.images.iter().filter(|it| matches!(it.visibility, Visibility::Private | Visibility::Shared));
    private.for_each(|it| add(Kind::Image, &it.id, text(&it.name), &it.owner));
    all.networks.iter().for_each(|it| add(Kind::Network, &it.id, &it.name, &it.project_id));
    all.subnets.iter().for_each(|it| add(Kind::Subnet, &it.id, &it.name, &it.project_id));
    all.routers.iter().for_each(|it| add(Kind::Router, &it.id, &it.name, &it.project_id));
    let made = all.ports.iter().filter(|it| !it.device_owner.starts_with("network:"));
    made.for_each(|it| add(Kind::Port, &it.id, &it.name, &it.project_id));
    let groups = all.security_groups.iter().filter(|it| it.name != "default");
    groups.for_each(|it| add(Kind::SecurityGroup, &it.id, &it.name, &it.project_id));
    all.floating_ips.iter().for_each(|it| add(Kind::FloatingIp, &it.id, &it.description, &it.project_id));
    all.buckets.iter().for_each(|it| add(Kind::Bucket, &it.name, &it.name, &it.project));
    all.credentials.iter().for_each(|it| add(Kind::Ec2Credential, &it.id, &it.access, &it.project));
    for one in &state.identity.objects {
        let kind = match one.kind.as_str() {
            "users" => Kind::User,
            "projects" => Kind::Project,
            _ => Kind::Group,
        };
        add(kind, &format!("{}/{}", one.domain, one.id), &one.name, &one.domain);
    }
    let roles = state.identity.roles.iter().filter(|name| name.starts_with('_'));
    roles.for_each(|name| add(Kind::Role, &hex_id(&format!("role {name}")), name, ""));
    items.sort();
    items
}

fn text(name: &Option<String>) -> &str {
    name.as_deref().unwrap_or_default()
}
