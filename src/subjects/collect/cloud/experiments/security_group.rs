//! scs-0115: creates a security group, to see which rules it is given.

use super::super::convert::group_rules;
use super::context::{ExperimentContext, is_about};
use super::quota::{Demand, Quota};
use crate::openstack::{Error, ErrorKind, Item, Order, Resource, Service};
use scs_checks::facts::FreshSecurityGroup;
use serde_json::Value;

/// Returns the quotas that it takes. Neutron gives a group two rules of its own accord, unless the cloud has others.
pub(super) fn demand() -> Demand {
    Demand::from([(Quota::SecurityGroups, 1), (Quota::SecurityGroupRules, 2)])
}

/// Returns the rules of a new group.
pub(super) async fn security_group(context: &ExperimentContext<'_>) -> Result<FreshSecurityGroup, Error> {
    let id = context.ledger.create("security-group", &Order::SecurityGroup).await?.id;
    let path = ["security-groups", &id];
    let document: Item = context.reader.get_json(Resource::new(Service::Network, &path)).await?;
    let group = document.get("security_group").and_then(Value::as_object).cloned().unwrap_or_default();
    is_about(&group, &id)?;
    let rules = group.get("security_group_rules");
    let invalid = |path: &str, what: &str| {
        let kind = ErrorKind::InvalidAnswer { path: path.to_owned() };
        Error::new(kind, format!("the new security group is not as the API promises, at {path}: {what}"))
    };
    let Some(Value::Array(rules)) = rules else {
        return Err(invalid("security_group.security_group_rules", "not a list"));
    };
    let items: Option<Vec<Item>> = rules.iter().map(|rule| rule.as_object().cloned()).collect();
    let items = items.ok_or_else(|| invalid("security_group.security_group_rules", "a rule that is not an object"))?;
    group_rules(items).map(FreshSecurityGroup).map_err(|misfit| invalid(&misfit.path, &misfit.what))
}
