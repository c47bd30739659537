//! Certificates: for how long they hold, and for how long their pages stay (scs-0004, regulations 1, 4 and 7).

use chrono::{Days, Months, NaiveDate};
use serde::Serialize;

/// The time for which a certificate holds.
const VALIDITY: Months = Months::new(12);

/// The time for which the status page stays after the certificate has ended.
const ONLINE: Months = Months::new(3);

/// The time for which the content stays after the certificate has ended.
const KEPT: Months = Months::new(12);

/// The numbers of days before the end at which its operator is reminded.
pub const REMINDERS: [u64; 4] = [60, 30, 14, 7];

/// A certificate: it says that a subject conforms to one version of a scope.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Certificate {
    /// Its id.
    pub id: String,
    /// The name of the subject.
    pub subject: String,
    /// The subjects of reports that it covers: exactly these regions or configurations.
    pub covers: Vec<String>,
    /// The id of the scope.
    pub scope: String,
    /// The version of the scope.
    pub version: String,
    /// The day of issue.
    pub issued: NaiveDate,
    /// The times in which it does not hold, the earliest first.
    pub revocations: Vec<Revocation>,
}

/// A time in which a certificate does not hold.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Revocation {
    /// The first day.
    pub from: NaiveDate,
    /// The first day on which it holds again; none if that is not known.
    pub until: Option<NaiveDate>,
    /// The reason.
    pub reason: String,
}

/// The state of a certificate on a day.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum CertificateState {
    /// It is issued later.
    NotYet {
        /// The day of issue.
        from: NaiveDate,
    },
    /// It holds.
    Valid {
        /// The last day on which it holds.
        until: NaiveDate,
    },
    /// It was revoked.
    Revoked {
        /// The first day on which it does not hold.
        since: NaiveDate,
        /// The reason.
        reason: String,
    },
    /// It has ended.
    Expired {
        /// The last day on which it held.
        since: NaiveDate,
    },
}

impl Certificate {
    /// Returns the last day on which it holds: that before the same day of the next year, also if the version of the scope ends
    /// earlier.
    pub fn last_day(&self) -> NaiveDate {
        let end = self.issued.checked_add_months(VALIDITY).unwrap_or(NaiveDate::MAX);
        end.pred_opt().unwrap_or(end)
    }

    /// Returns its state on a day.
    pub fn state_on(&self, day: NaiveDate) -> CertificateState {
        if day < self.issued {
            return CertificateState::NotYet { from: self.issued };
        }
        if day > self.last_day() {
            return CertificateState::Expired { since: self.last_day() };
        }
        let holds_not = |one: &&Revocation| one.from <= day && one.until.is_none_or(|until| day < until);
        match self.revocations.iter().find(holds_not) {
            Some(one) => CertificateState::Revoked { since: one.from, reason: one.reason.clone() },
            None => CertificateState::Valid { until: self.last_day() },
        }
    }

    /// Returns the last day of its validity: that before it was revoked for good, if that comes first.
    fn end(&self) -> NaiveDate {
        let for_good = self.revocations.iter().find(|one| one.until.is_none());
        for_good.and_then(|one| one.from.pred_opt()).map_or(self.last_day(), |day| day.min(self.last_day()))
    }

    /// Returns the last day on which the status page has to be there: three months after the validity (regulation 4b).
    pub fn online_until(&self) -> NaiveDate {
        self.end().checked_add_months(ONLINE).unwrap_or(NaiveDate::MAX)
    }

    /// Returns the last day on which the content has to be there: twelve months after the validity (regulation 4c).
    pub fn kept_until(&self) -> NaiveDate {
        self.end().checked_add_months(KEPT).unwrap_or(NaiveDate::MAX)
    }

    /// Returns the number of days that are left if its operator is to be reminded on this day.
    pub fn reminder_on(&self, day: NaiveDate) -> Option<u64> {
        let is_due = |days: &u64| self.last_day().checked_sub_days(Days::new(*days)) == Some(day);
        let is_valid = matches!(self.state_on(day), CertificateState::Valid { .. });
        REMINDERS.into_iter().find(is_due).filter(|_| is_valid)
    }
}
