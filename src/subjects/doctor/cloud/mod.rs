//! Examines whether a run that may change a cloud can work in a project. `read.rs` asks, this file judges. What a run
//! needs stands beside the experiments (`collect::demand`).

mod lists;
mod quotas;
mod read;
mod tempest;
#[cfg(test)]
mod tests;

pub use quotas::QuotaRoom;
pub use read::CloudDoctor;

use super::finding::{DoctorFinding, State, suffices};
use crate::collect::{Demand, Quota, ServerChoice, UnsuitableError, demand};
use crate::ledger::{Journals, Kind, Leftover, Place, SweepScope, Unfinished};
use crate::openstack::{Error, ErrorKind, Service};
use serde::Serialize;
use std::collections::BTreeMap;

/// The result of examining a cloud: the object that `--json` prints.
#[derive(Clone, Debug, Serialize)]
pub struct CloudDiagnosis {
    /// The name of the cloud in clouds.yaml.
    pub cloud: String,
    /// The name of the project; none if nobody was let in.
    pub project: Option<String>,
    /// True if nothing is missing and nothing unknown. Warnings do not count.
    pub ready: bool,
    /// Everything that was looked at.
    pub findings: Vec<DoctorFinding>,
}

impl CloudDiagnosis {
    /// Returns the diagnosis that these findings make.
    pub fn new(cloud: &str, project: Option<String>, findings: Vec<DoctorFinding>) -> Self {
        Self { cloud: cloud.to_owned(), project, ready: suffices(&findings), findings }
    }
}

/// A reason why there is no test server.
#[derive(Clone, Debug, PartialEq)]
pub enum NoServerReason {
    /// None of the images and flavors will do.
    Unsuitable(UnsuitableError),
    /// The lists could not be read.
    Unread(Error),
}

/// Everything that was answered.
#[derive(Debug)]
pub struct Answers {
    /// The services, each with its endpoint.
    pub services: Vec<(Service, Result<String, Error>)>,
    /// The image and flavor of the test server.
    pub server: Result<ServerChoice, NoServerReason>,
    /// The quotas.
    pub rooms: BTreeMap<Quota, QuotaRoom>,
    /// The result of listing backups.
    pub backups: Result<(), Error>,
    /// The result of listing secrets.
    pub secrets: Result<(), Error>,
    /// The result of listing credentials for S3.
    pub credentials: Result<(), Error>,
    /// True for an application credential that may make no further credentials.
    pub is_restricted: bool,
    /// The number of availability zones for storage.
    pub storage_zones: Result<usize, Error>,
    /// The external network that was named, and its id.
    pub external: Option<(String, Result<String, Error>)>,
    /// The journals of runs in this project that did not finish.
    pub unfinished: Vec<Unfinished>,
    /// The problems of journals that cannot be read, one sentence each.
    pub unread: Vec<String>,
    /// The resources that old runs left.
    pub leftovers: Vec<Leftover>,
    /// The kinds of resources that could not be listed.
    pub unseen: Vec<(Kind, Error)>,
}

impl Answers {
    /// Judges them; place and journals are for commands.
    pub fn judge(&self, place: &Place, journals: &Journals) -> Vec<DoctorFinding> {
        let choice = self.server.as_ref().ok();
        let mut findings: Vec<DoctorFinding> = self.services.iter().map(|(name, url)| service(*name, url)).collect();
        findings.push(server(&self.server));
        let across = self.storage_zones.as_ref().is_ok_and(|number| *number > 1);
        findings.extend(self.quotas(&demand(choice, self.external.is_some(), across)));
        findings.push(match &self.storage_zones {
            Ok(number) => {
                let found = format!("{number}; a volume is attached across zones where there are two or more");
                DoctorFinding::new(State::Ok, "availability zones for storage", found)
            }
            Err(error) => DoctorFinding::from_error("availability zones for storage", error),
        });
        findings.push(listed(
            "backup API",
            &self.backups,
            "the API answers; whether a service does the work, only a run shows",
        ));
        // That there is no key manager was said among the services.
        if !matches!(&self.secrets, Err(Error { kind: ErrorKind::ServiceAbsent { .. }, .. })) {
            findings.push(listed("secrets", &self.secrets, "can be listed"));
        }
        findings.extend(self.s3());
        findings.extend(self.external.as_ref().map(|(name, found)| match found {
            Ok(id) => DoctorFinding::new(State::Ok, "external network", format!("{name} ({id})")),
            Err(error) => DoctorFinding::from_error("external network", error),
        }));
        findings.extend(self.left(&|remains| journals.sweep(place, remains).unwrap_or_default()));
        findings
    }

    /// Returns the finding about credentials for S3. That there is no object store was said among the services.
    fn s3(&self) -> Option<DoctorFinding> {
        const WHAT: &str = "credentials for S3";
        let mut stores = self.services.iter().filter(|(name, _)| matches!(name, Service::S3 | Service::ObjectStore));
        let warning = |why: &str| {
            DoctorFinding::new(State::Warning, WHAT, why).remedy(
                "a run works, but scs-0123-s3-round-trip is ABORT; a user with a password or an unrestricted application credential may \
                 make them where Keystone lets users do so",
            )
        };
        stores.any(|(_, url)| url.is_ok()).then(|| match &self.credentials {
            _ if self.is_restricted => warning("the application credential is restricted, so it may make none"),
            Err(Error { kind: ErrorKind::Forbidden, .. }) => warning("Keystone does not let this account list its own"),
            result => listed(WHAT, result, "can be listed; whether S3 takes them, only a run shows"),
        })
    }

    fn quotas(&self, demand: &Demand) -> Vec<DoctorFinding> {
        let taken = demand.iter().filter(|(_, amount)| **amount > 0);
        let unanswered = QuotaRoom::Unknown("the service does not report it".to_owned());
        taken.map(|(quota, amount)| self.rooms.get(quota).unwrap_or(&unanswered).judge(*quota, *amount)).collect()
    }

    /// Returns the findings about what earlier runs left.
    fn left(&self, sweep: &dyn Fn(SweepScope<'_>) -> String) -> Vec<DoctorFinding> {
        const WHAT: &str = "leftovers";
        let journals = self.unfinished.iter().map(|journal| {
            let found = format!("run {} on this machine did not finish", journal.run);
            DoctorFinding::new(State::Warning, WHAT, found).remedy(sweep(SweepScope::Run(&journal.run)))
        });
        let unread = self.unread.iter().map(|why| {
            DoctorFinding::new(State::Warning, WHAT, why)
                .remedy("sweep says whether its run left something; then remove the file")
        });
        let resources = self.leftovers.iter().map(|one| {
            let found = format!("{} {} ({})", one.kind, one.name, one.id);
            DoctorFinding::new(State::Warning, WHAT, found).remedy(sweep(SweepScope::OldRuns))
        });
        let unseen = self.unseen.iter().map(|(kind, error)| {
            DoctorFinding::new(State::Unknown, WHAT, format!("whether a {kind} is left is not known: {error}"))
        });
        let all: Vec<DoctorFinding> = journals.chain(unread).chain(resources).chain(unseen).collect();
        if all.is_empty() { vec![DoctorFinding::new(State::Ok, WHAT, "none of earlier runs")] } else { all }
    }
}

/// Returns true for services that a run can do without; what it says of them is no worse for that.
fn is_optional(service: Service) -> bool {
    matches!(service, Service::KeyManager | Service::ObjectStore | Service::S3)
}

fn service(name: Service, url: &Result<String, Error>) -> DoctorFinding {
    let what = format!("service {}", name.as_str());
    match url {
        Ok(url) => DoctorFinding::new(State::Ok, what, url),
        Err(error) if is_optional(name) && matches!(error.kind, ErrorKind::ServiceAbsent { .. }) => {
            DoctorFinding::new(State::Warning, what, error.to_string()).remedy("a run works; nothing is tried with it")
        }
        Err(error) => DoctorFinding::from_error(&what, error),
    }
}

fn server(server: &Result<ServerChoice, NoServerReason>) -> DoctorFinding {
    const WHAT: &str = "test server";
    match server {
        Ok(ServerChoice { image, flavor, gib }) => {
            let found = format!("image {}, flavor {}, boot volume of {gib} GiB", image.name, flavor.name);
            DoctorFinding::new(State::Ok, WHAT, found)
        }
        Err(NoServerReason::Unsuitable(why)) => DoctorFinding::new(State::Missing, WHAT, why.to_string()),
        Err(NoServerReason::Unread(error)) => DoctorFinding::new(State::Unknown, WHAT, error.to_string()),
    }
    .needed("an image of Debian or Ubuntu for everyone, and a flavor for it")
}

fn listed(what: &str, result: &Result<(), Error>, found: &str) -> DoctorFinding {
    match result {
        Ok(()) => DoctorFinding::new(State::Ok, what, found),
        Err(error) => DoctorFinding::from_error(what, error),
    }
}
