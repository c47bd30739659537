//! Collects facts: every needed fact once, all of them at the same time, none by changing
//! anything. What goes wrong with one fact stays with that fact.

mod convert;
mod reason;

pub use reason::reason_of;

use crate::openstack::{self, Errand, ErrorKind, Item, Reader, RequestTrace, S3Answer as Answer, Session};
use crate::run::{Event, Stop};
use chrono::{DateTime, Utc};
use convert::Misfit;
use futures_util::FutureExt;
use indexmap::IndexMap;
use scs_checks::facts::{
    Catalog, DefaultSecurityGroupRules, Endpoint, Fact, FactKind, Facts, Flavors, Images, Needs, S3Answer, Service, Slot,
    VolumeTypes,
};
use scs_checks::verdict::{Reason, ReasonCode};
use scs_reports::{CollectionRecord, CollectionState, RequestRecord};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What is to be collected, and how.
pub struct Collector<'a> {
    /// The session with the subject.
    pub session: Arc<Session>,
    /// The requests of the login, which brought the catalog.
    pub login: CollectionRecord,
    /// The facts that are needed.
    pub needs: Needs,
    /// How long collecting one fact may take.
    pub time_per_fact: Duration,
    /// Ends collecting early.
    pub stop: &'a Stop,
    /// Is told what happens.
    pub events: &'a dyn Fn(&Event),
}

/// What came of observing: the slot, and how many items a list has.
type Observed<T> = Result<(Slot<T>, Option<usize>), openstack::Error>;

impl Collector<'_> {
    /// Collects the facts.
    pub async fn collect(self, reference: DateTime<Utc>) -> (Facts, IndexMap<FactKind, CollectionRecord>) {
        let (flavors, images, volume_types, rules, s3_answer) = tokio::join!(
            self.observe(flavors),
            self.observe(images),
            self.observe(volume_types),
            self.observe(default_security_group_rules),
            self.observe(s3_answer),
        );
        let catalog = catalog(&self.session);
        let mut login = self.login;
        login.items = Some(catalog.services.len());
        let secret_trial = if catalog.of_type("key-manager").next().is_none() {
            Slot::Absent("there is no key manager in the catalog".into())
        } else {
            changes_the_cloud("a secret")
        };
        // Facts that nobody asked for are collected along where they cost no request.
        let mut facts = Facts::none(reference, &Reason::new(ReasonCode::NotSelected, "no selected testcase needs it"));
        let mut records = IndexMap::from([(FactKind::Catalog, login)]);
        let mut record = |kind, record| records.insert(kind, record);
        facts.catalog = Slot::Known(catalog);
        record(FactKind::Flavors, flavors.1);
        facts.flavors = flavors.0;
        record(FactKind::Images, images.1);
        facts.images = images.0;
        facts
    }
}
