//! Keystone: the trial of the managers of two domains.

use crate::verdict::{Reason, ReasonCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use strum::{Display, VariantArray};

/// The steps that the managers of two domains tried, by what they show. Every step has an outcome, also one that could not be
/// tried.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(transparent)]
pub struct DomainManagerTrial(pub BTreeMap<ManagerBehavior, BTreeMap<String, StepOutcome>>);

impl DomainManagerTrial {
    /// Returns a trial of which nothing was tried yet.
    pub fn untried() -> Self {
        let outcome =
            StepOutcome::Unknown(Reason::new(ReasonCode::Inconclusive, "it could not be tried after what came before"));
        let steps = |behavior: &ManagerBehavior| {
            let steps = behavior.steps().iter().map(|step| ((*step).to_owned(), outcome.clone()));
            (*behavior, steps.collect())
        };
        Self(ManagerBehavior::VARIANTS.iter().map(steps).collect())
    }

    /// Notes the outcome of a step.
    pub fn note(&mut self, behavior: ManagerBehavior, step: &str, outcome: StepOutcome) {
        self.0.entry(behavior).or_default().insert(step.to_owned(), outcome);
    }
}

/// The outcome of a step, as reading afterwards shows it.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum StepOutcome {
    /// It had its effect.
    Effective,
    /// The service refused it, and it had no effect; the words of the service.
    Refused(String),
    /// The service accepted it, but it had no effect: what was seen.
    Ineffective(String),
    /// It was not tried, or it is not known what became of it.
    Unknown(Reason),
}

/// Something that domain managers can or must not do, which several steps show.
#[derive(
    Clone, Copy, Debug, Deserialize, Display, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize, VariantArray,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum ManagerBehavior {
    /// The role exists.
    Role,
    /// A manager manages the users of the own domain.
    Users,
    /// A manager manages the projects of the own domain.
    Projects,
    /// A manager manages the groups of the own domain, and their members.
    Groups,
    /// A manager grants and revokes a role in the own domain.
    Assignments,
    /// A manager reaches another domain.
    ForeignDomain,
    /// A manager creates or changes roles.
    RoleChanges,
    /// A manager grants the role of administrators.
    AdminGrants,
    /// A manager gets more rights than those of the own domain.
    Escalation,
    /// A manager manages the domain with a token for a project.
    ProjectScope,
}

impl ManagerBehavior {
    /// Returns true for what a manager can do; the others must be refused.
    pub fn is_allowed(self) -> bool {
        matches!(self, Self::Role | Self::Users | Self::Projects | Self::Groups | Self::Assignments)
    }

    /// Returns the steps that show it, by name.
    pub fn steps(self) -> &'static [&'static str] {
        match self {
            Self::Role => &["token-has-role", "list-shows-role"],
            Self::Users | Self::Projects => &["create", "read", "find", "list", "update", "delete"],
            Self::Groups => {
                &["create", "read", "find", "list", "update", "add-member", "list-members", "remove-member", "delete"]
            }
            Self::Assignments => &[
                "grant-to-user-on-domain",
                "grant-to-user-on-project",
                "grant-to-group-on-domain",
                "grant-to-group-on-project",
                "revoke-from-user-on-domain",
                "revoke-from-user-on-project",
                "revoke-from-group-on-domain",
                "revoke-from-group-on-project",
            ],
            Self::ForeignDomain => &[
                "create-user",
                "read-user",
                "find-user",
                "list-users",
                "update-user",
                "delete-user",
                "create-project",
                "read-project",
                "find-project",
                "list-projects",
                "update-project",
                "delete-project",
                "create-group",
                "read-group",
                "find-group",
                "list-groups",
                "update-group",
                "delete-group",
                "add-foreign-user-to-own-group",
                "add-own-user-to-foreign-group",
                "add-foreign-user-to-foreign-group",
                "grant-to-own-user-on-foreign-domain",
                "grant-to-own-user-on-foreign-project",
                "grant-to-own-group-on-foreign-domain",
                "grant-to-own-group-on-foreign-project",
                "grant-to-foreign-user-on-own-domain",
                "grant-to-foreign-user-on-own-project",
                "grant-to-foreign-group-on-own-domain",
                "grant-to-foreign-group-on-own-project",
                "grant-to-foreign-user-on-foreign-domain",
                "grant-to-foreign-group-on-foreign-project",
                "revoke-from-foreign-user-on-foreign-project",
                "revoke-from-foreign-group-on-foreign-domain",
            ],
            Self::RoleChanges => &["create-role", "change-role", "create-role-in-project"],
            Self::AdminGrants => &[
                "grant-to-user-on-domain",
                "grant-to-user-on-project",
                "grant-to-group-on-domain",
                "grant-to-group-on-project",
            ],
            Self::Escalation => &[
                "create-domain",
                "create-domain-in-project",
                "change-own-domain",
                "system-role-to-user",
                "system-role-to-group",
                "manager-on-foreign-domain",
                "manager-on-foreign-project",
            ],
            Self::ProjectScope => &["create-user", "update-user", "grant-role"],
        }
    }
}
