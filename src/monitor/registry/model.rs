//! The registry, checked and ready for use. All addresses in it are whole ones, with https; a webhook on this machine may have http.

use super::certificate::Certificate;
use crate::language::Language;
use chrono::{DateTime, NaiveDate, Utc};
use indexmap::IndexMap;
use schemars::JsonSchema;
use scs_checks::definition::Lifetime;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use strum::Display;

/// Everything that the registry says.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    /// The body that issues certificates.
    pub issuer: Option<Issuer>,
    /// The operators by name.
    pub operators: IndexMap<String, Operator>,
    /// The subjects by name, in the order of the file.
    pub subjects: IndexMap<String, Subject>,
    /// The certificates, the newest first.
    pub certificates: Vec<Certificate>,
    /// The statements of people.
    pub evidence: Vec<Evidence>,
    /// The violations that somebody answers for until a day.
    pub waivers: Vec<Waiver>,
    /// The SHA-256 of the file; empty if there is none.
    pub digest: String,
}

/// The body that issues certificates (scs-0004, regulation 0).
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Issuer {
    /// Its name.
    pub name: String,
    /// Its address on the web.
    pub url: String,
}

/// A company that operates subjects.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Operator {
    /// Its name for people.
    pub title: String,
    /// Its address on the web.
    pub url: Option<String>,
    /// The contacts; never shown.
    pub contacts: Vec<Contact>,
}

/// The place that is told of transitions and coming expiry (scs-0004, regulation 8b). Never shown.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Contact {
    /// An address for e-mail.
    Email {
        /// The address.
        address: String,
        /// The language of messages.
        language: Language,
    },
    /// An address that takes signed requests.
    Webhook(String),
}

/// A cloud or a Kubernetes product with a status page of its own.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Subject {
    /// Its name for people.
    pub title: String,
    /// The name of its operator.
    pub operator: String,
    /// The section of the overview that it stands in.
    pub section: Section,
    /// The subjects of reports that stand for it: its regions, its configurations, or it alone.
    pub tested: Vec<String>,
    /// The software that makes its clusters.
    pub technology: Option<String>,
    /// The page about its certificate.
    pub certificate_url: Option<String>,
    /// The page of its health monitor.
    pub health_url: Option<String>,
    /// Those who run its tests (scs-0004, regulation 2).
    pub tested_by: TestedBy,
    /// The contacts of its own, which count instead of those of its operator; never shown.
    pub contacts: Vec<Contact>,
}

/// The section of the overview that a subject stands in.
#[derive(Clone, Copy, Debug, Default, Deserialize, Display, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Section {
    /// Certified subjects.
    Certified,
    /// Subjects that are tested without a certificate.
    #[default]
    Listed,
}

/// Those who run the tests of a subject.
#[derive(Clone, Copy, Debug, Default, Deserialize, Display, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum TestedBy {
    /// Its operator.
    #[default]
    Operator,
    /// The body that issues certificates.
    Body,
}

/// The statement of a person about a testcase that no program decides (scs-0004, regulation 3).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Evidence {
    /// The subject of reports.
    pub subject: String,
    /// The testcase.
    pub testcase: String,
    /// True if the subject conforms.
    pub conforms: bool,
    /// The address of the document that it rests on.
    pub document: String,
    /// The SHA-256 of the document, in hexadecimal digits.
    pub sha256: String,
    /// The person; shown to those only who may see everything of the subject.
    pub person: String,
    /// The day of the statement.
    pub date: NaiveDate,
    /// The day by which it is to be repeated, if another one than the end of the next quarter was agreed (regulation 8d).
    pub due: Option<NaiveDate>,
}

/// A violation that somebody answers for until a day. It is shown, and never a PASS.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Waiver {
    /// The subject of reports.
    pub subject: String,
    /// The testcase.
    pub testcase: String,
    /// The reason.
    pub reason: String,
    /// The person or company that answers for it.
    pub owner: String,
    /// The last day on which it holds.
    pub expires: NaiveDate,
}

impl Registry {
    /// Finds the subject that a subject of reports stands for, with its name.
    pub fn subject_of(&self, tested: &str) -> Option<(&str, &Subject)> {
        let stands_for = |(_, subject): &(&String, &Subject)| subject.tested.iter().any(|name| name == tested);
        self.subjects.iter().find(stands_for).map(|(name, subject)| (name.as_str(), subject))
    }

    /// Returns the subjects of reports whose content has to be there on a day, with the last day on which it has to: twelve months
    /// after the validity of the certificate that covers them (scs-0004, regulation 4c).
    pub fn kept_on(&self, day: NaiveDate) -> BTreeMap<String, NaiveDate> {
        let mut kept: BTreeMap<String, NaiveDate> = BTreeMap::new();
        for certificate in self.certificates.iter().filter(|one| day <= one.kept_until()) {
            for tested in &certificate.covers {
                let until = kept.entry(tested.clone()).or_insert(certificate.kept_until());
                *until = certificate.kept_until().max(*until);
            }
        }
        kept
    }

    /// Returns the contacts for a subject: its own, or else those of its operator. They are never shown.
    pub fn contacts_of(&self, subject: &str) -> &[Contact] {
        let Some(subject) = self.subjects.get(subject) else { return &[] };
        match self.operators.get(&subject.operator) {
            Some(operator) if subject.contacts.is_empty() => &operator.contacts,
            _ => &subject.contacts,
        }
    }

    /// Returns the certificates of a subject, the newest first.
    pub fn certificates_of(&self, subject: &str) -> impl Iterator<Item = &Certificate> {
        self.certificates.iter().filter(move |certificate| certificate.subject == subject)
    }
}

impl Evidence {
    /// Returns the first instant at which the statement no longer counts: manual checks are repeated once a quarter
    /// (regulation 3b), unless another day was agreed.
    pub fn expires_at(&self) -> Option<DateTime<Utc>> {
        let day_after = |day: NaiveDate| Some(day.succ_opt()?.and_hms_opt(0, 0, 0)?.and_utc());
        match self.due {
            Some(due) => day_after(due),
            None => Lifetime::Quarter.expires_at(self.date.and_hms_opt(0, 0, 0)?.and_utc()),
        }
    }
}
