//! The permissions of the account, as told by the API server in one review, before anything is asked that it would refuse.

use serde::Deserialize;
use std::fmt;

/// Something that an account may do or not.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Permission {
    /// `get`, `list`, `create` or `delete`.
    pub verb: &'static str,
    /// The API group; empty for the core group.
    pub group: &'static str,
    /// The plural, with the subresource if there is one: `nodes/proxy`.
    pub resource: &'static str,
    /// The namespace; none for the whole cluster.
    pub namespace: Option<&'static str>,
}

impl Permission {
    /// Creates the permission to list something of the whole cluster.
    pub const fn list(group: &'static str, resource: &'static str) -> Self {
        Self::everywhere("list", group, resource)
    }

    /// Creates the permission to do something in the whole cluster.
    pub const fn everywhere(verb: &'static str, group: &'static str, resource: &'static str) -> Self {
        Self { verb, group, resource, namespace: None }
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.verb, self.resource)?;
        if !self.group.is_empty() {
            write!(f, ".{}", self.group)?;
        }
        match self.namespace {
            Some(namespace) => write!(f, " in the namespace {namespace}"),
            None => f.write_str(" in the whole cluster"),
        }
    }
}

/// The namespace whose rules are asked for: the one that something is read in.
pub(super) const NAMESPACE: &str = "kube-system";

/// The permissions that the API server reports.
#[derive(Clone, Debug, Default)]
pub struct Rights(Option<ReviewStatus>);

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Review {
    status: ReviewStatus,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ReviewStatus {
    resource_rules: Option<Vec<ResourceRule>>,
    incomplete: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ResourceRule {
    verbs: Option<Vec<String>>,
    api_groups: Option<Vec<String>>,
    resources: Option<Vec<String>>,
    resource_names: Option<Vec<String>>,
}

impl Rights {
    pub(super) fn from_review(review: Review) -> Self {
        Self(Some(review.status))
    }

    /// Returns true if the account has this permission; `None` where only trying tells, as not every authorizer can list its
    /// rules, and the namespace of a rule is not told.
    #[must_use]
    pub fn has(&self, permission: &Permission) -> Option<bool> {
        let status = self.0.as_ref()?;
        let rules = status.resource_rules.as_deref().unwrap_or_default();
        match rules.iter().any(|rule| rule.grants(permission)) {
            true => Some(true),
            false if status.incomplete => None,
            false => Some(false),
        }
    }
}

impl ResourceRule {
    fn grants(&self, permission: &Permission) -> bool {
        let has =
            |list: &Option<Vec<String>>, word: &str| list.iter().flatten().any(|known| known == "*" || known == word);
        let sub = permission.resource.split_once('/').map(|(_, sub)| format!("*/{sub}"));
        let names_something = self.resource_names.as_ref().is_some_and(|names| !names.is_empty());
        has(&self.verbs, permission.verb)
            && has(&self.api_groups, permission.group)
            && (has(&self.resources, permission.resource) || sub.is_some_and(|sub| has(&self.resources, &sub)))
            // A rule for some objects only allows no list, nor every node.
            && !names_something
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::{Value, json};

    fn rights(status: Value) -> Rights {
        Rights::from_review(
            serde_json::from_value(json!({"kind": "SelfSubjectRulesReview", "status": status})).unwrap(),
        )
    }

    const PROXY: Permission = Permission { verb: "get", group: "", resource: "nodes/proxy", namespace: None };
    const CLASSES: Permission = Permission::list("storage.k8s.io", "storageclasses");

    #[rstest]
    #[case(json!({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}), true, true)]
    #[case(json!({"verbs": ["get"], "apiGroups": [""], "resources": ["nodes/proxy"]}), true, false)]
    #[case(json!({"verbs": ["get"], "apiGroups": [""], "resources": ["*/proxy"]}), true, false)]
    #[case(json!({"verbs": ["get"], "apiGroups": [""], "resources": ["nodes"]}), false, false)]
    #[case(json!({"verbs": ["get", "list"], "apiGroups": ["storage.k8s.io"], "resources": ["storageclasses"]}), false, true)]
    #[case(json!({"verbs": ["list"], "apiGroups": [""], "resources": ["storageclasses"]}), false, false)]
    #[case(json!({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "resourceNames": ["a"]}), false, false)]
    #[case(json!({"verbs": null, "apiGroups": null, "resources": null}), false, false)]
    fn rules_grant_what_they_name(#[case] rule: Value, #[case] proxy: bool, #[case] classes: bool) {
        let rights = rights(json!({"resourceRules": [rule], "nonResourceRules": [], "incomplete": false}));
        assert_eq!((rights.has(&PROXY), rights.has(&CLASSES)), (Some(proxy), Some(classes)));
    }

    #[test]
    fn what_an_incomplete_review_does_not_grant_is_not_known() {
        let rule = json!({"verbs": ["list"], "apiGroups": ["storage.k8s.io"], "resources": ["*"]});
        let rights = rights(json!({"resourceRules": [rule], "incomplete": true}));
        assert_eq!((rights.has(&PROXY), rights.has(&CLASSES)), (None, Some(true)));
        assert_eq!(Rights::default().has(&CLASSES), None);
    }
}
