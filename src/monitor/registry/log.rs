//! The log of certificates: issue, revocation, the end of a revocation, and the end of the validity (scs-0004, regulation 7).

use super::certificate::Certificate;
use super::model::Registry;
use chrono::NaiveDate;
use serde::Serialize;

/// An entry of the log.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CertificateEvent<'r> {
    /// The first day on which it counts.
    pub day: NaiveDate,
    /// The change.
    pub change: CertificateChange<'r>,
    /// The certificate.
    pub certificate: &'r Certificate,
}

/// A change of a certificate.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "event")]
pub enum CertificateChange<'r> {
    /// It holds from this day on.
    Issued,
    /// It does not hold from this day on.
    RevocationBegins {
        /// The reason.
        reason: &'r str,
        /// The first day on which it holds again; none if that is not known.
        until: Option<NaiveDate>,
    },
    /// It holds again from this day on.
    RevocationEnds {
        /// The reason of the revocation.
        reason: &'r str,
        /// The first day of the revocation.
        since: NaiveDate,
    },
    /// Its validity was over on the day before.
    Expired,
}

impl CertificateChange<'_> {
    /// Returns the word in interfaces.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Issued => "issued",
            Self::RevocationBegins { .. } => "revocation-begins",
            Self::RevocationEnds { .. } => "revocation-ends",
            Self::Expired => "expired",
        }
    }
}

impl Registry {
    /// Returns what has happened to certificates until a day, the newest first. Of one day, what came last stands first.
    pub fn log_until(&self, today: NaiveDate) -> Vec<CertificateEvent<'_>> {
        let mut events: Vec<CertificateEvent<'_>> = self.certificates.iter().rev().flat_map(events).collect();
        events.retain(|event| event.day <= today);
        // The sort is stable: the events of a certificate keep their order.
        events.sort_by_key(|event| event.day);
        events.reverse();
        events
    }
}

/// Returns all events of a certificate, also those that are announced, in their order.
fn events(certificate: &Certificate) -> Vec<CertificateEvent<'_>> {
    let end = certificate.last_day().succ_opt();
    let event = |day, change| CertificateEvent { day, change, certificate };
    let mut events = vec![event(certificate.issued, CertificateChange::Issued)];
    for one in &certificate.revocations {
        let (reason, since) = (one.reason.as_str(), one.from);
        events.push(event(since, CertificateChange::RevocationBegins { reason, until: one.until }));
        // After the end of its validity a certificate does not hold again.
        let holds_again = one.until.filter(|until| end.is_none_or(|end| *until < end));
        events.extend(holds_again.map(|day| event(day, CertificateChange::RevocationEnds { reason, since })));
    }
    events.extend(end.map(|day| event(day, CertificateChange::Expired)));
    events
}

#[cfg(test)]
mod tests {
    use super::super::certificate::Revocation;
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn certificate(id: &str, issued: &str, revocations: &[(&str, Option<&str>)]) -> Certificate {
        let revocation = |(from, until): &(&str, Option<&str>)| Revocation {
            from: day(from),
            until: until.map(day),
            reason: "old images".to_owned(),
        };
        Certificate {
            id: id.to_owned(),
            subject: "acme".to_owned(),
            covers: vec!["acme".to_owned()],
            scope: "scs-compatible-iaas".to_owned(),
            version: "v5.1".to_owned(),
            issued: day(issued),
            revocations: revocations.iter().map(revocation).collect(),
        }
    }

    fn log(certificates: Vec<Certificate>, today: &str) -> Vec<String> {
        let registry = Registry { certificates, ..Registry::default() };
        let log = registry.log_until(day(today));
        log.iter().map(|event| format!("{} {} {}", event.day, event.certificate.id, event.change.word())).collect()
    }

    #[test]
    fn log_has_beginnings_and_ends() {
        let revoked = certificate("1", "2025-03-12", &[("2025-05-01", Some("2025-06-01")), ("2026-02-01", None)]);
        let other = certificate("2", "2025-06-01", &[]);
        let expected = [
            "2026-03-12 1 expired",
            "2026-02-01 1 revocation-begins",
            "2025-06-01 1 revocation-ends",
            "2025-06-01 2 issued",
            "2025-05-01 1 revocation-begins",
            "2025-03-12 1 issued",
        ];
        let found = log(vec![other.clone(), revoked.clone()], "2026-03-12");
        assert_eq!(found.len(), expected.len());
        assert!(expected.iter().all(|line| found.contains(&(*line).to_owned())), "{found:?}");
        assert!(found.is_sorted_by(|one, other| one.get(..10) >= other.get(..10)), "{found:?}");
        // What is announced has not happened yet.
        assert_eq!(log(vec![other, revoked], "2026-03-11").len(), expected.len() - 1);
    }

    #[test]
    fn certificate_does_not_hold_again_after_its_end() {
        let found = log(vec![certificate("1", "2025-03-12", &[("2026-03-01", Some("2026-03-12"))])], "2027-01-01");
        assert_eq!(found, ["2026-03-12 1 expired", "2026-03-01 1 revocation-begins", "2025-03-12 1 issued"]);
    }
}
