//! scs-0128: has Tempest run the listed tests, configured from what the cloud shows, in a network of its own; and accounts for what
//! it leaves in the project.

mod choice;

pub use choice::{TempestChoice, choose_for_tempest};

use super::context::{ExperimentContext, text};
use super::test_server::external_network;
use super::{Experiments, Seen, known, tempest_not_run};
use crate::collect::runner::ExperimentResult;
use crate::ledger::{Baseline, Entry, State};
use crate::openstack::config::{Auth, Trust};
use crate::openstack::{Error, ErrorKind, Item, Order, Reader, RequestContext, Resource, Service, Session};
use crate::programs::{LogRedactor, SecretFile};
use crate::tempest::{Configuration, Member, Network, TempestRunner, TempestTerms, accounts_yaml};
use scs_checks::facts::{FactKind, Slot, TempestResults};
use scs_checks::verdict::{Reason, ReasonCode};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

/// The addresses of the network of its servers; Tempest itself makes others from 10.100.0.0/16.
const ADDRESSES: &str = "10.1.0.0/24";
/// The longest time for looking what is left.
const LOOK: Duration = Duration::from_secs(60);
/// The largest file of accounts, in bytes.
const LARGEST: u64 = 1 << 20;
/// The services that Tempest asks, by its own names.
const SERVICES: [(&str, Service); 5] = [
    ("nova", Service::Compute),
    ("glance", Service::Image),
    ("neutron", Service::Network),
    ("cinder", Service::BlockStorage),
    ("swift", Service::ObjectStore),
];

impl Experiments<'_> {
    /// Runs Tempest, if that is wanted.
    pub(super) async fn tempest(&self, seen: &Seen<'_>) -> ExperimentResult<TempestResults> {
        let Some(terms) = &self.runner.terms.tempest else {
            return ExperimentResult::not_made(Slot::NotCollected(tempest_not_run()));
        };
        let wanted = self.needs.has(FactKind::TempestResults);
        let choice = match chosen(seen) {
            Err(slot) if wanted => return ExperimentResult::not_made(slot),
            Err(_) => None,
            Ok(choice) => Some(choice),
        };
        let run = async |context: &ExperimentContext<'_>| match &choice {
            Some(choice) => TempestExperiment { context, terms, choice }.run().await,
            None => Err(Error::interrupted()),
        };
        let mut made = self.make(wanted, "Tempest", run).await;
        self.account_for(&mut made).await;
        made
    }

    /// Adds to the results what Tempest left in the project, and tells of what nobody can say whose it is.
    async fn account_for(&self, made: &mut ExperimentResult<TempestResults>) {
        let Some((baseline, arrivals)) = Entry::arrivals(&made.entries) else { return };
        let left: Vec<String> = arrivals.map(outcome_of).collect();
        let (_, writer) = self.tools(RequestContext::within(LOOK));
        let unclaimed = self.runner.unless_hurried(baseline.unclaimed(&writer)).await.unwrap_or_default();
        unclaimed.iter().for_each(|one| self.runner.warn(Baseline::about_unclaimed(one)));
        if let Slot::Known(TempestResults { run: Some(run), .. }) = &mut made.slot {
            run.left = left;
            run.unclaimed = unclaimed.iter().map(|one| format!("the {} {} ({})", one.kind, one.name, one.id)).collect();
        }
    }
}

/// Returns what became of something that Tempest left.
fn outcome_of(entry: &Entry) -> String {
    let outcome = match &entry.state {
        State::Left(why) => format!("which could not be removed: {why}"),
        _ => "which was removed".to_owned(),
    };
    format!("the {} {}, {outcome}", entry.kind, entry.name)
}

/// Chooses images and flavors; or returns the slot of the results where there are none.
fn chosen<T>(seen: &Seen<'_>) -> Result<TempestChoice, Slot<T>> {
    let (images, flavors) = (known(seen.images, "images")?, known(seen.flavors, "flavors")?);
    choose_for_tempest(images, flavors)
        .map_err(|why| Slot::Failed(Reason::new(ReasonCode::Prerequisite, why.to_string())))
}

/// The run of Tempest in a cloud.
struct TempestExperiment<'a> {
    context: &'a ExperimentContext<'a>,
    terms: &'a TempestTerms,
    choice: &'a TempestChoice,
}

impl TempestExperiment<'_> {
    async fn run(&self) -> Result<TempestResults, Error> {
        let session = self.context.reader.session();
        let accounts = self.accounts(session)?;
        let folder = tempfile::Builder::new().prefix("scs-tempest-").tempdir().map_err(unwritten)?;
        let (extensions, external) = tokio::try_join!(extensions(&self.context.reader), self.external())?;
        let (network, own) = self.network(external.as_ref()).await?;
        let configuration = self.configuration(session, &folder, accounts.path(), extensions, external, network)?;
        let path = folder.path().join("tempest.conf");
        std::fs::write(&path, configuration.ini()).map_err(unwritten)?;
        self.context.ledger.expect_arrivals("tempest", own, self.terms.limit).await?;
        let runner = TempestRunner {
            terms: self.terms,
            folder: folder.path(),
            configuration: &path,
            redactor: &LogRedactor::with_secrets(session.secrets().clone()),
            events: self.context.events,
        };
        let results = runner.conduct().await?;
        if results.run.as_ref().is_some_and(|run| run.cut_short.is_none()) {
            self.context.ledger.end_arrivals();
        }
        Ok(results)
    }

    /// Returns the file of accounts: the user's own one, or one with the user of this run.
    fn accounts(&self, session: &Session) -> Result<Accounts, Error> {
        if let Some(path) = &self.terms.accounts {
            let passwords = passwords(path)?;
            passwords.iter().for_each(|password| session.secrets().add(password));
            return Ok(Accounts::Given(path.clone()));
        }
        let Auth::Password { password, .. } = session.auth() else {
            let what = "Tempest logs in by user name and password; it knows no application credentials and tokens";
            let help = "name an entry of clouds.yaml with username and password, or accounts with --tempest-accounts";
            return Err(Error::new(ErrorKind::Unusable, what).help(help));
        };
        let (login, [user_domain, project_domain]) = (session.login(), session.login().domain_names());
        let (user, project) = (&login.user.name, &login.project.name);
        let member = Member { user, user_domain, project, project_domain, password };
        Ok(Accounts::Made(SecretFile::new("accounts", &accounts_yaml(&member)).map_err(unwritten)?))
    }

    /// Finds the external network: the one that the user has named, else the default one, else the first by name.
    async fn external(&self) -> Result<Option<Network>, Error> {
        let reader = &self.context.reader;
        let named = match &self.context.terms.external_network {
            Some(name) => Some(external_network(reader, name).await?),
            None => None,
        };
        let query = [("router:external", "true")];
        let resource = Resource { query: &query, ..Resource::new(Service::Network, &["networks"]) };
        let networks = reader.list(resource, "networks").await?;
        let rank = |network: &&Item| {
            let is_default = network.get("is_default").and_then(serde_json::Value::as_bool).unwrap_or_default();
            (text(network, &["id"]) != named, !is_default, text(network, &["name"]))
        };
        let of = |network: &Item| Some(Network { id: text(network, &["id"])?, name: text(network, &["name"])? });
        Ok(networks.iter().min_by_key(rank).and_then(of))
    }

    /// Makes a network for servers, with a way out if there is one; returns its name, and the ids of all that belongs to it.
    async fn network(&self, external: Option<&Network>) -> Result<(String, Vec<String>), Error> {
        let ledger = &self.context.ledger;
        let network = ledger.create("network", &Order::Network).await?.id;
        let order = Order::Subnet { network: network.clone(), cidr: ADDRESSES };
        let subnet = ledger.create("subnet", &order).await?.id;
        let mut own = vec![network.clone(), subnet.clone()];
        if let Some(Network { id, .. }) = external {
            let router = ledger.create("router", &Order::Router { external: id.clone() }).await?.id;
            let order = Order::RouterInterface { router: router.clone(), subnet };
            own.extend([ledger.create("router-interface", &order).await?.id, router]);
        }
        let named = ledger.all().into_iter().find(|entry| entry.id.as_ref() == Some(&network));
        Ok((named.map(|entry| entry.name).unwrap_or_default(), own))
    }

    fn configuration(
        &self,
        session: &Session,
        folder: &TempDir,
        accounts: &Path,
        extensions: Vec<String>,
        external: Option<Network>,
        fixed_network: String,
    ) -> Result<Configuration, Error> {
        let catalog = &session.login().catalog;
        let (authorities, verifies) = match session.trust() {
            Trust::System => (None, true),
            Trust::Anyone => (None, false),
            Trust::Only(pem) => {
                let path = folder.path().join("authorities.pem");
                std::fs::write(&path, pem).map_err(unwritten)?;
                (Some(path), true)
            }
        };
        let locks = folder.path().join("locks");
        std::fs::create_dir(&locks).map_err(unwritten)?;
        let TempestChoice { images, flavors } = self.choice;
        Ok(Configuration {
            identity: session.identity_url().to_string(),
            region: session.region().or_else(|| catalog.regions().first().copied()).map(str::to_owned),
            interface: session.interface().as_str(),
            authorities,
            verifies,
            services: SERVICES.map(|(name, service)| (name, catalog.type_of(service).is_some())).to_vec(),
            volume_type: catalog.type_of(Service::BlockStorage).unwrap_or(Service::BlockStorage.as_str()),
            image_user: images[0].property("image_original_user").map(str::to_owned),
            images: images.each_ref().map(|image| image.id.clone()),
            flavors: flavors.each_ref().map(|flavor| flavor.id.clone()),
            fixed_network,
            external,
            extensions,
            accounts: accounts.to_owned(),
            locks,
            patience: self.context.terms.step_limit,
        })
    }
}

/// The file of accounts.
enum Accounts {
    /// A file of the user's.
    Given(PathBuf),
    /// A file that goes with the run.
    Made(SecretFile),
}

impl Accounts {
    fn path(&self) -> &Path {
        match self {
            Self::Given(path) => path,
            Self::Made(file) => file.path(),
        }
    }
}

/// Reads the passwords of a file of accounts, which no output may repeat.
fn passwords(path: &Path) -> Result<Vec<String>, Error> {
    let refused =
        |why: String| Error::new(ErrorKind::Unusable, format!("--tempest-accounts {}: {why}", path.display()));
    let text = scs_files::read_text(path, LARGEST).map_err(|error| refused(error.to_string()))?;
    let accounts: Vec<Account> = serde_yaml::from_str(&text)
        .map_err(|_| refused("it is not a list of accounts, each with username and password".to_owned()))?;
    Ok(accounts.into_iter().map(|account| account.password).collect())
}

/// An account in a file of Tempest, as far as it matters.
#[derive(Deserialize)]
struct Account {
    password: String,
}

/// Reads the aliases of Neutron's extensions.
async fn extensions(reader: &Reader) -> Result<Vec<String>, Error> {
    let extensions = reader.list(Resource::new(Service::Network, &["extensions"]), "extensions").await?;
    let mut aliases: Vec<String> = extensions.iter().filter_map(|extension| text(extension, &["alias"])).collect();
    aliases.sort();
    Ok(aliases)
}

fn unwritten(error: std::io::Error) -> Error {
    let what = format!("the files for Tempest cannot be written: {error}");
    Error::new(ErrorKind::Unusable, what).help("make room for temporary files").caused_by(error)
}
