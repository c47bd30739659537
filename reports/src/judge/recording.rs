//! A recording: everything that was collected, as a file that can be evaluated again, elsewhere
//! and later.

use super::document::{DocumentError, DocumentKind, DocumentProblem};
use super::evaluate::Collected;
use crate::consistency::{Contradiction, ensure};
use crate::report::{CollectionRecord, CollectionState, SubjectState, Tool};
use schemars::JsonSchema;
use scs_checks::facts::{FactKind, Facts, LocalClock, Slot, SlotState};
use serde::{Deserialize, Serialize};
use strum::VariantArray;

/// The format that this program writes.
const KIND: DocumentKind = DocumentKind { name: "recording of facts", version: 5 };

/// The content of a `facts.json`.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Recording {
    /// The version of the format.
    pub schema_version: u32,
    /// The program that recorded it.
    pub tool: Tool,
    /// The facts and their records.
    pub collected: Collected,
}

impl Recording {
    /// The version of the format that this program writes and reads.
    pub(super) const VERSION: u32 = KIND.version;

    /// Returns the recording of what a program collected.
    pub fn of(collected: Collected, tool: Tool) -> Self {
        Self { schema_version: KIND.version, tool, collected }
    }

    /// Renders the recording as JSON.
    ///
    /// # Errors
    /// Those of serde, which such values do not have.
    pub fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self).map(|json| json + "\n")
    }

    /// Parses a recording; `source` names it in messages.
    ///
    /// # Errors
    /// It is not a recording that this program understands, or contradicts itself.
    pub fn from_json(text: &str, source: &str) -> Result<Self, DocumentError> {
        let recording: Self = KIND.parse(text, source)?;
        recording.verify().map_err(|contradiction| KIND.error(source, DocumentProblem::Contradicts(contradiction)))?;
        Ok(recording)
    }

    /// Checks that facts have the state and the number of items of their records, and belong to this kind of subject.
    /// [`crate::Report::verify`] compares what reports have as well.
    ///
    /// # Errors
    /// The first contradiction.
    pub(super) fn verify(&self) -> Result<(), Contradiction> {
        let Collected { facts, records, subject, clock, refused, .. } = &self.collected;
        ensure(facts.subject() == subject.kind, || {
            format!("the subject is a {}, but the facts are those of a {}", subject.kind, facts.subject())
        })?;
        FactKind::VARIANTS
            .iter()
            .try_for_each(|kind| self.verify_fact(*kind, facts.state(*kind), records.get(kind)))?;
        ensure(*clock != LocalClock::NotAsked, || {
            "the local clock was not asked, but every run compares it or says that it could not".to_owned()
        })?;
        ensure((subject.state == SubjectState::Tested) == refused.is_none(), || match refused {
            Some(reason) => format!("the subject is marked as tested, but refused us: {}", reason.message),
            None => "the subject is marked as not tested, but no reason is given".to_owned(),
        })
    }

    fn verify_fact(
        &self,
        kind: FactKind,
        state: SlotState,
        record: Option<&CollectionRecord>,
    ) -> Result<(), Contradiction> {
        let Collected { facts, subject, .. } = &self.collected;
        ensure(kind.subject() == subject.kind || record.is_none(), || {
            format!("the subject is a {}, but {kind} is not a fact of one", subject.kind)
        })?;
        let recorded = record.map(|record| slot_state(record.state));
        let fits = match recorded {
            Some(recorded) => recorded == state,
            None => matches!(state, SlotState::NotCollected | SlotState::Failed),
        };
        ensure(fits, || {
            let recorded = recorded.map_or("missing", word);
            format!("the fact {kind} is {}, but its collection record is {recorded}", word(state))
        })?;
        let Some((recorded, items)) = record.and_then(|record| record.items).zip(items(facts, kind)) else {
            return Ok(());
        };
        ensure(!differ(kind, recorded, items), || {
            format!("the fact {kind} has {items} items, but its collection record says {recorded}")
        })
    }
}

/// Returns true if a fact cannot have come of so many items. Of images, those that nobody else can use are left out.
fn differ(kind: FactKind, recorded: usize, items: usize) -> bool {
    if kind == FactKind::Images { recorded < items } else { recorded != items }
}

/// Returns how many items a fact has, if it is a list.
fn items(facts: &Facts, kind: FactKind) -> Option<usize> {
    fn count<T>(slot: &Slot<T>, length: impl Fn(&T) -> usize) -> Option<usize> {
        if let Slot::Known(fact) = slot { Some(length(fact)) } else { None }
    }
    match facts {
        Facts::Cloud(facts) => match kind {
            FactKind::Catalog => count(&facts.catalog, |catalog| catalog.services.len()),
            FactKind::Flavors => count(&facts.flavors, |all| all.0.len()),
            FactKind::Images => count(&facts.images, |all| all.0.len()),
            FactKind::VolumeTypes => count(&facts.volume_types, |all| all.0.len()),
            FactKind::DefaultSecurityGroupRules => count(&facts.default_security_group_rules, |all| all.0.len()),
            _ => None,
        },
        Facts::Cluster(facts) => match kind {
            FactKind::KubernetesWorld => count(&facts.kubernetes_world, |world| world.releases.len()),
            FactKind::Nodes => count(&facts.nodes, |all| all.0.len()),
            FactKind::StorageClasses => count(&facts.storage_classes, |all| all.0.len()),
            FactKind::Namespaces => count(&facts.namespaces, |all| all.0.len()),
            FactKind::KubeletConfigs => count(&facts.kubelet_configs, |all| all.0.len()),
            FactKind::ApiServerFlags => count(&facts.api_server_flags, |all| all.0.len()),
            FactKind::OpenPorts => count(&facts.open_ports, |all| all.0.len()),
            FactKind::IngressClasses => count(&facts.ingress_classes, |all| all.0.len()),
            FactKind::PolicyApis => count(&facts.policy_apis, |all| all.0.len()),
            _ => None,
        },
    }
}

fn slot_state(state: CollectionState) -> SlotState {
    match state {
        CollectionState::Known => SlotState::Known,
        CollectionState::Absent => SlotState::Absent,
        CollectionState::Failed => SlotState::Failed,
        CollectionState::NotCollected => SlotState::NotCollected,
    }
}

fn word(state: SlotState) -> &'static str {
    match state {
        SlotState::Known => "known",
        SlotState::Absent => "absent",
        SlotState::Failed => "failed",
        SlotState::NotCollected => "not collected",
    }
}
