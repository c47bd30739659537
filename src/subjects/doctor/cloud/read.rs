//! The requests of an examination: a token, and then nothing but GETs, all at the same time.

use super::lists::lists;
use super::quotas::{self, CINDER, NOVA, QuotaRoom};
use super::tempest::tempest;
use super::{Answers, CloudDiagnosis, NoServerReason, listed, service};
use crate::blocking::blocking;
use crate::collect::cloud::convert;
use crate::collect::{Quota, ServerChoice, choose, external_network};
use crate::doctor::finding::{DoctorFinding, State};
use crate::ledger::{FoundJournals, Journals, Kind, Leftover, PlaceMatch, SweepFilter, find, unfinished};
use crate::openstack::config::Cloud;
use crate::openstack::{Error, ErrorKind, Item, Limits, Reader, RequestContext, Resource, Service, Session, Writer};
use crate::tempest::{ProgramError, TempestTerms};
use crate::watch::{Events, Step};
use chrono::{TimeDelta, Utc};
use scs_checks::facts::zone_names;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// The longest time for an examination.
const LIMIT: Duration = Duration::from_secs(120);
/// The least age of leftovers: younger resources with our names may be of a run that goes on.
const OLD: TimeDelta = TimeDelta::hours(1);

/// A cloud to examine, and the bounds of that.
pub struct CloudDoctor<'a> {
    /// The cloud.
    pub cloud: &'a Cloud,
    /// The bounds of the client.
    pub limits: Limits,
    /// True if a run may change the cloud, which takes more than reading.
    pub changes: bool,
    /// The external network that a run would be told to use.
    pub external_network: Option<&'a str>,
    /// Tempest as a run would use it, or why it cannot; none if it is not to be run.
    pub tempest: Option<&'a Result<TempestTerms, ProgramError>>,
    /// The folder of the journals.
    pub journals: &'a Journals,
    /// Is told what happens.
    pub events: &'a Events,
}

impl CloudDoctor<'_> {
    /// Asks and judges. What cannot be asked is part of the diagnosis.
    pub async fn examine(&self) -> CloudDiagnosis {
        let context = RequestContext::within(LIMIT);
        let name = &self.cloud.name;
        let session = match self.asked("login", Session::connect(self.cloud, self.limits.clone(), &context)).await {
            Ok(session) => session,
            Err(error) => {
                let refused = DoctorFinding::from_error("login", &error).needed(ROLES);
                return CloudDiagnosis::new(name, None, vec![refused]);
            }
        };
        let project = session.login().project.name.clone();
        let managers = self.domain_managers(&context).await;
        if !self.changes {
            let readable = self.readable(&session, context).await;
            let findings = [login(&session)].into_iter().chain(readable).chain(managers).collect();
            return CloudDiagnosis::new(name, Some(project), findings);
        }
        let place = session.place(self.cloud);
        let folder = self.journals.folder.clone();
        let mut journals = blocking(move || unfinished(&folder)).await;
        journals.unfinished.retain(|journal| journal.place.compare(&place) != PlaceMatch::Other);
        let answers = self.answers(&session, context.clone(), journals).await;
        let mut findings = vec![login(&session)];
        findings.extend(answers.judge(&place, self.journals));
        if let Some(terms) = self.tempest {
            let reader = Reader::new(Arc::clone(&session), context);
            findings.extend(self.asked("Tempest", tempest(&reader, terms)).await);
        }
        findings.extend(managers);
        CloudDiagnosis::new(name, Some(project), findings)
    }

    /// Logs in each domain manager that is named: each has to manage a domain of its own.
    async fn domain_managers(&self, context: &RequestContext) -> Vec<DoctorFinding> {
        let (mut findings, mut domains) = (Vec::new(), Vec::new());
        for manager in &self.cloud.domain_managers {
            let what = format!("domain manager {}", manager.name);
            let connected = Session::connect_manager(manager, self.limits.clone(), context);
            let finding = match self.asked(&what, connected).await {
                Ok(session) => domain_manager(&what, &session, &mut domains),
                Err(error) => DoctorFinding::from_error(&what, &error),
            };
            findings.push(finding.needed("the role manager in a domain of its own, and nothing privileged"));
        }
        findings
    }

    /// Looks for what a run needs that only reads: the services, and the lists that most testcases are about.
    async fn readable(&self, session: &Arc<Session>, context: RequestContext) -> Vec<DoctorFinding> {
        let reader = Reader::new(Arc::clone(session), context);
        let (images, flavors, types) = tokio::join!(
            self.asked("images", listable(&reader, Service::Image, "images", "images")),
            self.asked("flavors", listable(&reader, Service::Compute, "flavors", "flavors")),
            self.asked("volume types", listable(&reader, Service::BlockStorage, "types", "volume_types")),
        );
        let services = services(session).into_iter().map(|(name, url)| service(name, &url));
        let lists = [("images", images), ("flavors", flavors), ("volume types", types)];
        services.chain(lists.iter().map(|(what, result)| listed(what, result, "can be listed"))).collect()
    }

    async fn answers(&self, session: &Arc<Session>, context: RequestContext, journals: FoundJournals) -> Answers {
        let reader = Reader::new(Arc::clone(session), context.clone());
        let writer = Writer::new(Arc::clone(session), context);
        let (
            server,
            nova,
            cinder,
            (neutron, leftovers, unseen),
            backups,
            secrets,
            credentials,
            storage_zones,
            external,
        ) = tokio::join!(
            self.asked("images and flavors", server(&reader)),
            self.asked("the limits of Nova", limits(&reader, Service::Compute, NOVA)),
            self.asked("the limits of Cinder", limits(&reader, Service::BlockStorage, CINDER)),
            self.left_and_quotas(&reader, &writer),
            self.asked("backups", listable(&reader, Service::BlockStorage, "backups", "backups")),
            self.asked("secrets", listable(&reader, Service::KeyManager, "secrets", "secrets")),
            self.asked("credentials for S3", listable(&reader, Service::Identity, "credentials", "credentials")),
            self.asked("availability zones for storage", storage_zones(&reader)),
            self.external(&reader),
        );
        let rooms = [nova, cinder, neutron].into_iter().flatten().collect();
        let services = services(session);
        let FoundJournals { unfinished, unread } = journals;
        let unread = unread.into_iter().map(|unread| unread.why).collect();
        Answers {
            services,
            server,
            rooms,
            backups,
            secrets,
            credentials,
            is_restricted: session.login().is_restricted,
            storage_zones,
            external,
            unfinished,
            unread,
            leftovers,
            unseen,
        }
    }

    /// Asks one after the other: Neutron makes a project's default group when somebody lists groups for the first time,
    /// at the latest when a run makes one, and that one counts.
    async fn left_and_quotas(&self, reader: &Reader, writer: &Writer) -> (Rooms, Vec<Leftover>, Vec<(Kind, Error)>) {
        let (leftovers, unseen) = self.asked("leftovers", left(writer)).await;
        let rooms = self.asked("the quotas of Neutron", neutron(reader)).await;
        (rooms, leftovers, unseen)
    }

    /// Awaits something, and tells so.
    async fn asked<T>(&self, what: &str, answer: impl Future<Output = T>) -> T {
        let step = Step::Question(what.to_owned());
        self.events.began(&step);
        let answer = answer.await;
        self.events.ended(&step, "asked");
        answer
    }

    async fn external(&self, reader: &Reader) -> Option<(String, Result<String, Error>)> {
        let name = self.external_network?;
        let found = self.asked("the external network", external_network(reader, name)).await;
        Some((name.to_owned(), found))
    }
}

/// The quotas of a project.
type Rooms = BTreeMap<Quota, QuotaRoom>;

/// The services that a run asks.
const SERVICES: &[Service] = &[
    Service::Compute,
    Service::Image,
    Service::Network,
    Service::BlockStorage,
    Service::KeyManager,
    Service::ObjectStore,
    Service::S3,
];

/// Returns the services, each with its endpoint.
fn services(session: &Session) -> Vec<(Service, Result<String, Error>)> {
    SERVICES.iter().map(|service| (*service, session.base_url(*service).map(|url| url.to_string()))).collect()
}

const ROLES: &str = "the role member, and nothing privileged";

/// Returns the finding about the login. A session comes into being only with roles that a run can have.
fn login(session: &Session) -> DoctorFinding {
    let login = session.login();
    let roles = login.roles.join(", ");
    let found = format!("user {} in project {}, roles {roles}", login.user.name, login.project.name);
    DoctorFinding::new(State::Ok, "login", found).needed(ROLES)
}

/// Returns the finding about a domain manager, of which the domains of the others are known.
fn domain_manager(what: &str, session: &Session, domains: &mut Vec<String>) -> DoctorFinding {
    let login = session.login();
    let domain = login.domain.clone().unwrap_or_default();
    let found = format!("user {} in domain {}, roles {}", login.user.name, domain.name, login.roles.join(", "));
    let state = if domains.contains(&domain.id) { State::Missing } else { State::Ok };
    domains.push(domain.id);
    DoctorFinding::new(state, what, found)
}

/// Counts the availability zones for storage.
async fn storage_zones(reader: &Reader) -> Result<usize, Error> {
    let kept = reader.zones(Service::BlockStorage, convert::zone).await?;
    let zones = convert::all(kept).map_err(|misfit| {
        let path = format!("availabilityZoneInfo{}", misfit.path);
        let message = format!("the list of availability zones is not as the API promises, at {path}: {}", misfit.what);
        Error::new(ErrorKind::InvalidAnswer { path }, message)
    })?;
    Ok(zone_names(&zones).len())
}

async fn server(reader: &Reader) -> Result<ServerChoice, NoServerReason> {
    let (images, flavors) = lists(reader).await?;
    choose(&images, &flavors).map_err(NoServerReason::Unsuitable)
}

async fn limits(reader: &Reader, service: Service, names: &[(Quota, &'static str, &'static str)]) -> Rooms {
    match reader.get_json::<Item>(Resource::new(service, &["limits"])).await {
        Ok(answer) => quotas::from_limits(names, &answer),
        Err(error) => quotas::unknown(names.iter().map(|(quota, ..)| *quota), &error.to_string()),
    }
}

/// Reads the quotas of Neutron. Details tell what is taken; not every Neutron has them, or gives them to members.
async fn neutron(reader: &Reader) -> Rooms {
    let project = reader.session().login().project.id.clone();
    let detailed = ["quotas", &project, "details.json"];
    let plain = ["quotas", &project];
    let answer = match reader.get_json::<Item>(Resource::new(Service::Network, &detailed)).await {
        Err(Error { kind: ErrorKind::NotFound | ErrorKind::Forbidden, .. }) => {
            reader.get_json::<Item>(Resource::new(Service::Network, &plain)).await
        }
        other => other,
    };
    match answer {
        Ok(answer) => quotas::from_neutron(&answer),
        Err(error) => quotas::unknown(quotas::neutron_quotas(), &error.to_string()),
    }
}

/// Reads a list, of which one item is enough.
async fn listable(reader: &Reader, service: Service, path: &str, collection: &str) -> Result<(), Error> {
    let path = [path];
    let resource = Resource { query: &[("limit", "1")], ..Resource::new(service, &path) };
    let answer: Item = reader.get_json(resource).await?;
    match answer.get(collection) {
        Some(serde_json::Value::Array(_)) => Ok(()),
        _ => {
            let kind = ErrorKind::InvalidAnswer { path: collection.to_owned() };
            Err(Error::new(kind, format!("the answer has no list of {collection}")))
        }
    }
}

/// Finds what old runs left. It changes nothing.
async fn left(writer: &Writer) -> (Vec<Leftover>, Vec<(Kind, Error)>) {
    find(writer, &SweepFilter { before: Some(Utc::now() - OLD), ..SweepFilter::default() }).await
}
