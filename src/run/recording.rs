//! A recording: everything that was collected, as a file that can be evaluated again, elsewhere
//! and later.

use super::evaluate::{Collected, tool};
use crate::files;
use schemars::JsonSchema;
use scs_checks::facts::{FactKind, Facts, Slot, SlotState};
use scs_reports::{CollectionState, SubjectState, Tool};
use serde::{Deserialize, Serialize};
use std::path::Path;
use strum::VariantArray;

/// The version of the format that this program writes.
const SCHEMA_VERSION: u32 = 4;

/// What such a file is called in messages.
const WHAT: &str = "recording of facts";

/// The content of a `facts.json`.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Recording {
    /// The version of the format.
    pub schema_version: u32,
    /// What recorded it.
    pub tool: Tool,
    /// What was collected.
    pub collected: Collected,
}

impl Recording {
    /// A recording of what this program collected.
    pub fn of(collected: Collected) -> Self {
        Self { schema_version: SCHEMA_VERSION, tool: tool(), collected }
    }

    /// Renders the recording as JSON.
    ///
    /// # Errors
    /// Those of serde, which such values do not have.
    pub fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self).map(|json| json + "\n")
    }

    /// Reads a recording.
    ///
    /// # Errors
    /// The file cannot be read, or is no recording that this program understands: what, where,
    /// and what to do.
    pub fn read(path: &Path) -> Result<Self, String> {
        let recording: Self = files::read_json(path, WHAT, SCHEMA_VERSION)?;
        recording.verify().map_err(|what| format!("{} contradicts itself: {what}", path.display()))?;
        Ok(recording)
    }

    /// Reads the text of a recording; `shown` names where it is from in messages.
    ///
    /// # Errors
    /// As [`Recording::read`].
    pub fn from_json(text: &str, shown: &str) -> Result<Self, String> {
        let recording: Self = files::parse_json(text, shown, WHAT, SCHEMA_VERSION)?;
        recording.verify().map_err(|what| format!("{shown} contradicts itself: {what}"))?;
        Ok(recording)
    }

    /// Checks that the facts are in the states that their records tell, with as many items, and that they are of this kind
    /// of subject. What the report tells as well is compared there.
    ///
    /// # Errors
    /// The first contradiction, as one sentence.
    fn verify(&self) -> Result<(), String> {
        let Collected { facts, records, subject, .. } = &self.collected;
        for kind in FactKind::VARIANTS {
            let (state, record) = (facts.state(*kind), records.get(kind));
            if kind.subject() != subject.kind && (record.is_some() || state != SlotState::NotCollected) {
                return Err(format!("the subject is a {}, but {kind} is not a fact of one", subject.kind));
            }
            let told = record.map(|record| slot_state(record.state));
            let fits = told.map_or(matches!(state, SlotState::NotCollected | SlotState::Failed), |told| told == state);
            if !fits {
                let told = record.map_or("missing", |record| word(slot_state(record.state)));
                return Err(format!(
                    "the fact {kind} is {}, but the record of how it was collected is {told}",
                    word(state)
                ));
            }
            let told = record.and_then(|record| record.items);
            if let Some((told, there)) =
                told.zip(items(facts, *kind)).filter(|(told, there)| differ(*kind, *told, *there))
            {
                return Err(format!(
                    "the fact {kind} has {there} items, but the record of how it was collected says {told}"
                ));
            }
        }
        if (subject.state == SubjectState::Tested) != self.collected.refused.is_none() {
            return Err("the subject was tested, and was not".to_owned());
        }
        Ok(())
    }
}

/// Returns true if a fact cannot have come of so many items. Of images, those that nobody else can use are left out.
fn differ(kind: FactKind, told: usize, there: usize) -> bool {
    if kind == FactKind::Images { told < there } else { told != there }
}

/// Returns how many items a fact has, if it is a list.
fn items(facts: &Facts, kind: FactKind) -> Option<usize> {
    fn of<T>(slot: &Slot<T>, count: impl Fn(&T) -> usize) -> Option<usize> {
        if let Slot::Known(fact) = slot { Some(count(fact)) } else { None }
    }
    match kind {
        FactKind::Catalog => of(&facts.catalog, |catalog| catalog.services.len()),
        FactKind::Flavors => of(&facts.flavors, |all| all.0.len()),
        FactKind::Images => of(&facts.images, |all| all.0.len()),
        FactKind::VolumeTypes => of(&facts.volume_types, |all| all.0.len()),
        FactKind::DefaultSecurityGroupRules => of(&facts.default_security_group_rules, |all| all.0.len()),
        FactKind::KubernetesWorld => of(&facts.kubernetes_world, |world| world.releases.len()),
        FactKind::Nodes => of(&facts.nodes, |all| all.0.len()),
        FactKind::StorageClasses => of(&facts.storage_classes, |all| all.0.len()),
        FactKind::Namespaces => of(&facts.namespaces, |all| all.0.len()),
        FactKind::KubeletConfigs => of(&facts.kubelet_configs, |all| all.0.len()),
        FactKind::ApiServerFlags => of(&facts.api_server_flags, |all| all.0.len()),
        FactKind::OpenPorts => of(&facts.open_ports, |all| all.0.len()),
        FactKind::IngressClasses => of(&facts.ingress_classes, |all| all.0.len()),
        FactKind::PolicyApis => of(&facts.policy_apis, |all| all.0.len()),
        _ => None,
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
