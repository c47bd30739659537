//! The form of the file, as it is written.

use super::model::{Section, TestedBy};
use crate::language::Language;
use chrono::NaiveDate;
use schemars::{JsonSchema, Schema};
use scs_checks::definition::Located;
use scs_checks::non_empty::NonEmpty;
use scs_checks::schema::of_definition;
use serde::Deserialize;

/// Returns the JSON Schema of the file.
pub(super) fn schema() -> Schema {
    of_definition::<RegistryFile>()
}

/// The registry of a result server: operators, subjects and certificates.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "The registry of a result server")]
pub(super) struct RegistryFile {
    /// The body that issues certificates.
    pub issuer: Option<IssuerEntry>,
    /// The companies that operate subjects.
    pub operators: NonEmpty<Vec<OperatorEntry>>,
    /// The clouds and Kubernetes products with a status page.
    pub subjects: NonEmpty<Vec<SubjectEntry>>,
    /// The certificates.
    #[serde(default)]
    pub certificates: Vec<CertificateEntry>,
    /// The statements of people about testcases that no program decides.
    #[serde(default)]
    pub evidence: Vec<EvidenceEntry>,
    /// The violations that somebody answers for until a day.
    #[serde(default)]
    pub waivers: Vec<WaiverEntry>,
}

/// The body that issues certificates.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct IssuerEntry {
    /// The name.
    pub name: String,
    /// The address on the web.
    pub url: Located<String>,
}

/// A company that operates subjects.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OperatorEntry {
    /// The name that subjects refer to.
    pub name: Located<String>,
    /// The name for people; the same if none.
    pub title: Option<String>,
    /// The address on the web.
    pub url: Option<Located<String>>,
    /// The places that are told of transitions; never shown.
    #[serde(default)]
    pub contacts: Vec<Located<ContactEntry>>,
}

/// A place that is told of transitions.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ContactEntry {
    /// An address for e-mail.
    pub email: Option<String>,
    /// An address that takes requests.
    pub webhook: Option<String>,
    /// The language of e-mail.
    #[serde(default)]
    pub language: Language,
}

/// A cloud or a Kubernetes product.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SubjectEntry {
    /// The name in addresses of pages; also that in reports, if there are neither regions nor configurations.
    pub name: Located<String>,
    /// The name for people; the same if none.
    pub title: Option<String>,
    /// The name of the operator.
    pub operator: Located<String>,
    /// The section of the overview.
    #[serde(default)]
    pub section: Section,
    /// The regions of a cloud, by their names in reports.
    pub regions: Option<NonEmpty<Vec<Located<String>>>>,
    /// The configurations of a Kubernetes product, by their names in reports.
    pub configurations: Option<NonEmpty<Vec<Located<String>>>>,
    /// The software that makes its clusters, for example Gardener.
    pub technology: Option<String>,
    /// The page about its certificate.
    pub certificate_url: Option<Located<String>>,
    /// The page of its health monitor.
    pub health_url: Option<Located<String>>,
    /// Those who run the tests.
    #[serde(default)]
    pub tested_by: TestedBy,
    /// The places that are told of it, instead of those of its operator; never shown.
    #[serde(default)]
    pub contacts: Vec<Located<ContactEntry>>,
}

/// A certificate.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CertificateEntry {
    /// The id.
    pub id: Located<String>,
    /// The name of the subject.
    pub subject: Located<String>,
    /// The regions or configurations that it covers; all if none.
    pub covers: Option<NonEmpty<Vec<Located<String>>>>,
    /// The id of the scope.
    pub scope: Located<String>,
    /// The version of the scope.
    pub version: Located<String>,
    /// The day of issue; it holds for a year.
    pub issued: NaiveDate,
    /// The times in which it does not hold.
    #[serde(default)]
    pub revocations: Vec<Located<RevocationEntry>>,
}

/// A time in which a certificate does not hold.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RevocationEntry {
    /// The first day.
    pub from: NaiveDate,
    /// The first day on which it holds again.
    pub until: Option<NaiveDate>,
    /// The reason.
    pub reason: String,
}

/// The statement of a person.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EvidenceEntry {
    /// The subject, by its name in reports.
    pub subject: Located<String>,
    /// The testcase.
    pub testcase: Located<String>,
    /// The statement: true if it conforms.
    pub conforms: bool,
    /// The address of the document that it rests on.
    pub document: Located<String>,
    /// The SHA-256 of the document, as sha256sum prints it.
    #[schemars(extend("pattern" = "^[0-9a-fA-F]{64}$"))]
    pub sha256: Located<String>,
    /// The person.
    pub person: String,
    /// The day of the statement, from which on it counts for a quarter.
    pub date: NaiveDate,
    /// The last day on which it counts, if another one was agreed.
    pub due: Option<NaiveDate>,
}

/// A violation that somebody answers for.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WaiverEntry {
    /// The subject, by its name in reports.
    pub subject: Located<String>,
    /// The testcase.
    pub testcase: Located<String>,
    /// The reason.
    pub reason: String,
    /// The person or company that answers for it.
    pub owner: String,
    /// The last day on which it holds.
    pub expires: NaiveDate,
}
