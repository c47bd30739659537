//! Facts: what was observed of a subject, typed, serialisable and free of opinions.
//!
//! Each fact stands in a [`Slot`] that also knows the three ways of not having it. Which of
//! them a check can live with follows from the argument type of its rule, see [`Inputs`].

mod block_storage;
mod catalog;
mod compute;
mod guest;
mod image;
mod inputs;
mod key_manager;
mod network;
mod object_store;

pub use block_storage::{BackupStep, BackupTrial, VolumeType, VolumeTypes};
pub use catalog::{Catalog, Endpoint, Service};
pub use compute::{Flavor, Flavors};
pub use guest::{CpuInstructions, EntropyPool, RandomBlocks};
pub use image::{Image, ImageUpload, Images, UploadStep, Visibility};
pub use inputs::{Either, Inputs, Needs, Unmet};
pub use key_manager::{SecretPayload, SecretTrial};
pub use network::{DefaultRule, DefaultSecurityGroupRules, Direction, EtherType, FreshSecurityGroup, GroupRule};
pub use object_store::S3Answer;

use crate::verdict::Reason;
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumMessage, VariantArray, VariantNames};

/// Where a fact stands, or why it is not there.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Slot<T> {
    /// Nobody looked, on purpose.
    NotCollected(Reason),
    /// Somebody looked, and the subject has no such thing; the sentence says what is absent.
    Absent(String),
    /// It was observed.
    Known(T),
    /// Somebody looked, and that went wrong.
    Failed(Reason),
}

/// A type that has a slot among the [`Facts`].
pub trait Fact: Sized {
    /// Its kind.
    const KIND: FactKind;

    /// Its slot.
    fn slot(facts: &Facts) -> &Slot<Self>;
}

/// Lists every fact once: its slot, its type, and whether observing it changes the subject.
macro_rules! facts {
    ($($(#[$doc:meta])* $how:ident $field:ident: $type:ident,)*) => {
        /// Everything that was observed of a subject, and when.
        #[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
        #[serde(deny_unknown_fields)]
        pub struct Facts {
            /// The instant that all rules take for "now".
            pub reference: DateTime<Utc>,
            $($(#[$doc])* pub $field: Slot<$type>,)*
        }

        /// The name of a fact.
        #[derive(Clone, Copy, Debug, Deserialize, Display, EnumMessage, Eq, Hash, JsonSchema, Ord, PartialEq, PartialOrd, Serialize, VariantArray, VariantNames)]
        #[serde(rename_all = "kebab-case")]
        #[strum(serialize_all = "kebab-case")]
        pub enum FactKind {
            $($(#[$doc])* $type,)*
        }

        impl FactKind {
            /// The names of all facts, as written in recordings and reports.
            pub const NAMES: &'static [&'static str] = <Self as VariantNames>::VARIANTS;

            /// What it is, in one sentence.
            pub fn sentence(self) -> &'static str {
                self.get_documentation().unwrap_or_default()
            }

            /// True where the only way to observe it is to create something in the subject.
            pub fn changes_the_cloud(self) -> bool {
                match self { $(Self::$type => facts!(@changes $how),)* }
            }
        }

        $(impl Fact for $type {
            const KIND: FactKind = FactKind::$type;

            fn slot(facts: &Facts) -> &Slot<Self> {
                &facts.$field
            }
        })*

        impl Facts {
            /// Facts of which none was collected, all for the same reason.
            pub fn none(reference: DateTime<Utc>, reason: &Reason) -> Self {
                Self { reference, $($field: Slot::NotCollected(reason.clone()),)* }
            }

            /// Facts of which all failed, all for the same reason.
            pub fn failed(reference: DateTime<Utc>, reason: &Reason) -> Self {
                Self { reference, $($field: Slot::Failed(reason.clone()),)* }
            }
        }
    };
    (@changes observed) => { false };
    (@changes experiment) => { true };
}

facts! {
    /// The services of the token's catalog.
    observed catalog: Catalog,
    /// The flavors that the project sees, with extra specs.
    observed flavors: Flavors,
    /// The public and community images that the project sees.
    observed images: Images,
    /// The volume types that the project sees.
    observed volume_types: VolumeTypes,
    /// The template for the rules of new security groups.
    observed default_security_group_rules: DefaultSecurityGroupRules,
    /// The answer of the object store to an S3 request.
    observed s3_answer: S3Answer,
    /// What a guest's kernel says about its entropy pool.
    experiment entropy_pool: EntropyPool,
    /// What block tests say about a guest's random source.
    experiment random_blocks: RandomBlocks,
    /// The instructions for random numbers that a guest sees.
    experiment cpu_instructions: CpuInstructions,
    /// The rules that a new security group was given.
    experiment fresh_security_group: FreshSecurityGroup,
    /// Whether a secret could be created, found and deleted.
    experiment secret_trial: SecretTrial,
    /// Whether a secret came back as it was stored.
    experiment secret_payload: SecretPayload,
    /// Whether a volume could be backed up and restored.
    experiment backup_trial: BackupTrial,
    /// Whether an image could be uploaded and read back.
    experiment image_upload: ImageUpload,
}
