//! scs-0121: availability zones, as far as a user sees them.
//!
//! Fire zones no program sees. But where there is only one zone, nothing has to be one of its own.

use crate::facts::{
    AttachOutcome, ComputeZones, CrossAttach, LoadBalancerZones, NetworkZones, Slot, StorageZones, Zone, zone_names,
};
use crate::rule::Check;
use crate::verdict::{Finding, Findings, Resource, ResourceKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// scs-0121 v1: with several zones for compute, a person judges if each is a fire zone of its own; a single one concerns nobody.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AvailabilityZones {}

/// The zones of the services beside compute.
type OtherZones<'a> = (&'a Slot<StorageZones>, (&'a Slot<NetworkZones>, &'a Slot<LoadBalancerZones>));

impl Check for AvailabilityZones {
    type Facts<'a> = (&'a ComputeZones, OtherZones<'a>);

    fn inapplicable(&self, (compute, others): &Self::Facts<'_>) -> Option<String> {
        let only = single(&compute.0)?;
        Some(format!("there is one availability zone for compute, {only}; {}", described(*others)))
    }

    fn beyond(&self, (compute, others): &Self::Facts<'_>) -> Option<String> {
        let names = zone_names(&compute.0);
        (names.len() > 1).then(|| {
            format!(
                "there are {} availability zones for compute, {}; {}. A person has to judge if each is a fire zone of its own{}",
                names.len(),
                listed(&compute.0),
                described(*others),
                strangers(&compute.0, others.0),
            )
        })
    }

    fn examine(&self, _: Self::Facts<'_>) -> Findings {
        Findings::undecided("Nova lists no availability zone at all, as if it had no host")
    }
}

/// Returns the name of the zone if there is only one.
fn single(zones: &[Zone]) -> Option<&str> {
    let names = zone_names(zones);
    names.first().copied().filter(|_| names.len() == 1)
}

fn listed(zones: &[Zone]) -> String {
    zone_names(zones).into_iter().collect::<Vec<_>>().join(", ")
}

/// Says which zones the other services have.
fn described((storage, (network, balancers)): OtherZones<'_>) -> String {
    let parts = [
        format!("for storage: {}", shown(storage, |zones| &zones.0)),
        format!("for networks: {}", shown(network, |zones| &zones.0)),
        format!("for load balancers: {}", shown(balancers, |zones| &zones.0)),
    ];
    parts.join("; ")
}

fn shown<T>(slot: &Slot<T>, zones: impl Fn(&T) -> &[Zone]) -> String {
    match slot {
        Slot::Known(fact) if zones(fact).is_empty() => "none".to_owned(),
        Slot::Known(fact) => listed(zones(fact)),
        Slot::Absent(_) => "none".to_owned(),
        Slot::Failed(_) | Slot::NotCollected(_) => "not known".to_owned(),
    }
}

/// Names the zones for storage that compute does not have: servers use them from another zone.
fn strangers(compute: &[Zone], storage: &Slot<StorageZones>) -> String {
    let Slot::Known(storage) = storage else { return String::new() };
    let compute = zone_names(compute);
    let others: Vec<&str> = zone_names(&storage.0).into_iter().filter(|name| !compute.contains(name)).collect();
    match others.is_empty() {
        true => String::new(),
        false => format!(", and what {} of storage stands for, as compute has no zone of that name", others.join(", ")),
    }
}

/// scs-0121 v1: a volume of one zone cannot be attached to a server of another.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct NoCrossAttach {}

impl Check for NoCrossAttach {
    type Facts<'a> = (&'a StorageZones, Option<&'a CrossAttach>);

    fn inapplicable(&self, (storage, _): &Self::Facts<'_>) -> Option<String> {
        let only = single(&storage.0)?;
        Some(format!("there is one availability zone for storage, {only}, so nothing can be attached across zones"))
    }

    fn examine(&self, (storage, trial): Self::Facts<'_>) -> Findings {
        let Some(CrossAttach { server_zone, volume_zone, outcome }) = trial else {
            let zones = listed(&storage.0);
            let zones = if zones.is_empty() { "none" } else { &zones };
            return Findings::undecided(format!(
                "availability zones for storage: {zones}; nothing was attached across them"
            ));
        };
        let place = format!("a server in zone {server_zone} and a volume in zone {volume_zone}");
        let finding = match outcome {
            AttachOutcome::Refused(how) => Finding::info(format!("{place}: not attached ({how})")),
            AttachOutcome::Attached => Finding::violation(format!("{place} can be attached to each other"))
                .on(Resource::without_id(ResourceKind::Server, "test server"))
                .property("availability_zone")
                .expected("a refusal to attach a volume of another zone")
                .observed(format!("attached: server in {server_zone}, volume in {volume_zone}")),
        };
        Findings::on_one([finding])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{CloudFacts, Facts, Now};
    use crate::rule::Rule;
    use crate::verdict::{Outcome, Reason, ReasonCode, Verdict};
    use chrono::DateTime;
    use rstest::rstest;

    fn zones(names: &[&str]) -> Vec<Zone> {
        names.iter().map(|name| Zone { name: (*name).to_owned(), available: true }).collect()
    }

    fn trial(outcome: AttachOutcome) -> Slot<CrossAttach> {
        Slot::Known(CrossAttach { server_zone: "a".into(), volume_zone: "b".into(), outcome })
    }

    fn judged(rule: &dyn Rule, compute: &[&str], storage: &[&str], cross_attach: Slot<CrossAttach>) -> Outcome {
        let facts = CloudFacts {
            compute_zones: Slot::Known(ComputeZones(zones(compute))),
            storage_zones: Slot::Known(StorageZones(zones(storage))),
            network_zones: Slot::Absent("no such API".into()),
            load_balancer_zones: Slot::Failed(Reason::new(ReasonCode::Forbidden, "403")),
            cross_attach,
            ..CloudFacts::none(&Reason::new(ReasonCode::NotSelected, "not selected"))
        };
        rule.evaluate(&Facts::from(facts), Now::named(DateTime::UNIX_EPOCH))
    }

    #[rstest]
    #[case::one(&["nova"], &["nova"], Verdict::Miss, ReasonCode::NotApplicable, "one availability zone for compute, nova; for storage: nova; for networks: none; for load balancers: not known")]
    #[case::twice_the_same(&["nova", "nova"], &[], Verdict::Miss, ReasonCode::NotApplicable, "for storage: none")]
    #[case::two(&["b", "a"], &["a"], Verdict::Miss, ReasonCode::Manual, "2 availability zones for compute, a, b; for storage: a")]
    #[case::strange_storage(&["b", "a"], &["ceph"], Verdict::Miss, ReasonCode::Manual, "what ceph of storage stands for")]
    #[case::none(&[], &["a"], Verdict::Abort, ReasonCode::Inconclusive, "no availability zone at all")]
    fn a_single_zone_concerns_nobody_and_several_a_person(
        #[case] compute: &[&str],
        #[case] storage: &[&str],
        #[case] verdict: Verdict,
        #[case] code: ReasonCode,
        #[case] message: &str,
    ) {
        let outcome = judged(&AvailabilityZones {}, compute, storage, trial(AttachOutcome::Attached));
        let reason = outcome.reason.unwrap();
        assert_eq!((outcome.verdict, reason.code), (verdict, code));
        assert!(reason.message.contains(message), "{}", reason.message);
    }

    #[rstest]
    #[case::refused(&["a", "b"], trial(AttachOutcome::Refused("HTTP 400".into())), Verdict::Pass, None)]
    #[case::attached(&["a", "b"], trial(AttachOutcome::Attached), Verdict::Fail, None)]
    #[case::one_zone(&["a"], Slot::Absent("one zone".into()), Verdict::Miss, Some(ReasonCode::NotApplicable))]
    #[case::absent_for_another_reason(&["a", "b"], Slot::Absent("no Nova".into()), Verdict::Abort, Some(ReasonCode::Inconclusive))]
    #[case::no_zone(&[], Slot::Absent("no zone".into()), Verdict::Abort, Some(ReasonCode::Inconclusive))]
    #[case::failed(&["a", "b"], Slot::Failed(Reason::new(ReasonCode::Deadline, "late")), Verdict::Abort, Some(ReasonCode::Deadline))]
    #[case::not_permitted(&["a", "b"], Slot::NotCollected(Reason::new(ReasonCode::ChangesTheSubject, "no")), Verdict::Miss, Some(ReasonCode::ChangesTheSubject))]
    fn only_a_refusal_that_was_seen_passes(
        #[case] storage: &[&str],
        #[case] cross_attach: Slot<CrossAttach>,
        #[case] verdict: Verdict,
        #[case] code: Option<ReasonCode>,
    ) {
        let outcome = judged(&NoCrossAttach {}, &["a", "b"], storage, cross_attach);
        assert_eq!((outcome.verdict, outcome.reason.map(|reason| reason.code)), (verdict, code));
        assert!(!outcome.vacuous);
    }
}
