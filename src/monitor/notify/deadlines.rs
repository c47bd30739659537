//! Deadlines: certificates that end, and statements of people that fall due.

use super::item::{CertificateItem, EvidenceItem, Item};
use super::known::Known;
use super::memory::{Memory, Stage};
use crate::registry::{Certificate, CertificateState, Evidence, REMINDERS};
use chrono::NaiveDate;
use std::collections::BTreeMap;

/// The days before the end of a statement at which its repetition is asked for.
const EVIDENCE_DUE: i64 = 14;

/// Returns what is due for a subject on a day, and notes that it is told.
pub(super) fn due(known: &Known<'_>, name: &str, memory: &mut Memory, today: NaiveDate) -> Vec<Item> {
    let mut items = Vec::new();
    for certificate in known.registry.certificates_of(name) {
        let stage = stage_of(known, certificate, today);
        let before = memory.certificates.insert(certificate.id.clone(), stage);
        items.extend(certificate_item(known, certificate, before, stage, today));
    }
    for evidence in newest_evidence(known, name) {
        let Some(end) = evidence.expires_at().and_then(|end| end.date_naive().pred_opt()) else { continue };
        let days = (end - today).num_days();
        let stage = match days {
            ..0 => Stage::Over,
            0..=EVIDENCE_DUE => Stage::Within(EVIDENCE_DUE.unsigned_abs()),
            _ => Stage::Fine,
        };
        let key = (evidence.subject.clone(), evidence.testcase.clone());
        if memory.evidence.insert(key, stage) != Some(stage) {
            let (tested, testcase) = (evidence.subject.clone(), evidence.testcase.clone());
            let item = EvidenceItem { tested, testcase, last_day: end, days };
            items.extend(match stage {
                Stage::Over => Some(Item::EvidenceOverdue(item)),
                Stage::Within(_) => Some(Item::EvidenceDue(item)),
                Stage::Fine | Stage::Revoked(_) => None,
            });
        }
    }
    items
}

/// Returns the newest statement about each testcase of each tested subject.
fn newest_evidence<'k>(known: &'k Known<'_>, name: &str) -> Vec<&'k Evidence> {
    let tested = known.subject(name).map(|subject| subject.tested.as_slice()).unwrap_or_default();
    let mut newest: BTreeMap<(&str, &str), &Evidence> = BTreeMap::new();
    for evidence in known.registry.evidence.iter().filter(|one| tested.contains(&one.subject)) {
        let kept = newest.entry((&evidence.subject, &evidence.testcase)).or_insert(evidence);
        if evidence.date > kept.date {
            *kept = evidence;
        }
    }
    newest.into_values().collect()
}

/// Returns the stage of a certificate. The end of one that another one follows is no matter.
fn stage_of(known: &Known<'_>, certificate: &Certificate, today: NaiveDate) -> Stage {
    let is_followed = || {
        known.registry.certificates_of(&certificate.subject).any(|other| {
            other.scope == certificate.scope
                && other.last_day() > certificate.last_day()
                && certificate.covers.iter().all(|name| other.covers.contains(name))
                && !matches!(other.state_on(today), CertificateState::Revoked { .. })
        })
    };
    match certificate.state_on(today) {
        CertificateState::NotYet { .. } => Stage::Fine,
        CertificateState::Revoked { since, .. } => Stage::Revoked(since),
        CertificateState::Expired { .. } if is_followed() => Stage::Fine,
        CertificateState::Expired { .. } => Stage::Over,
        CertificateState::Valid { until } => {
            let days = u64::try_from((until - today).num_days()).unwrap_or(0);
            let within = REMINDERS.into_iter().filter(|reminder| days <= *reminder).min();
            within.filter(|_| !is_followed()).map_or(Stage::Fine, Stage::Within)
        }
    }
}

fn certificate_item(
    known: &Known<'_>,
    certificate: &Certificate,
    before: Option<Stage>,
    stage: Stage,
    today: NaiveDate,
) -> Option<Item> {
    if before == Some(stage) {
        return None;
    }
    let revoked = match certificate.state_on(today) {
        CertificateState::Revoked { since, reason } => Some((since, reason)),
        _ => None,
    };
    let item = CertificateItem {
        certificate: certificate.id.clone(),
        scope_name: known.scope_name(&certificate.scope),
        version: certificate.version.clone(),
        last_day: certificate.last_day(),
        days: (certificate.last_day() - today).num_days(),
        revoked,
    };
    let was_revoked = matches!(before, Some(Stage::Revoked(_)));
    match stage {
        Stage::Revoked(_) => Some(Item::CertificateRevoked(item)),
        // One that had ended when it was seen for the first time is no news.
        Stage::Over => before.map(|_| Item::CertificateEnded(item)),
        Stage::Fine | Stage::Within(_) if was_revoked && item.days >= 0 => Some(Item::CertificateReinstated(item)),
        Stage::Within(_) => Some(Item::CertificateEnds(item)),
        Stage::Fine => None,
    }
}
