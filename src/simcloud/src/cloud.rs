//! The running cloud.

use crate::inventory::{Item, inventory};
use crate::service::Service;
use crate::simulator::{Simulator, SimulatorBuilder};
use crate::state::{State, User};
use crate::world::World;
use serde_json::{Value, json};
use std::io;

/// A simulated cloud that answers on a free port of the loopback interface. It stops when it is dropped.
pub type SimCloud = Simulator<World>;

/// A cloud that is not started yet, and the way in which it shall listen.
pub type Builder = SimulatorBuilder<State>;

impl Builder {
    /// Listens on `[::1]` instead of `127.0.0.1`.
    #[must_use]
    pub fn ipv6(self) -> Self {
        Self { ipv6: true, ..self }
    }

    /// Starts it, in the current Tokio runtime.
    ///
    /// # Errors
    /// If no port is free, or if certificate and key are no good.
    pub async fn start(self) -> io::Result<SimCloud> {
        let faults = self.state.faults.clone();
        self.serve(&faults, World::new).await
    }
}

impl SimCloud {
    /// Starts a cloud on `127.0.0.1` without TLS, in the current Tokio runtime.
    ///
    /// # Errors
    /// If no port is free.
    pub async fn start(state: State) -> io::Result<Self> {
        Self::builder(state).start().await
    }

    /// Returns a builder for a cloud that shall listen in some other way.
    #[must_use]
    pub fn builder(state: State) -> Builder {
        Builder::new(state)
    }

    /// Returns the URL of Keystone, as it stands in clouds.yaml.
    #[must_use]
    pub fn auth_url(&self) -> String {
        self.shared.world().auth_uri()
    }

    /// Returns the URL under which a service answers, without a version; nothing if it does not.
    #[must_use]
    pub fn service_url(&self, service: Service) -> Option<String> {
        self.shared.world().state.prefix(service).map(|prefix| format!("{}{prefix}", self.base_url()))
    }

    /// Returns the text of a clouds.yaml with two clouds: `name`, by password, and `name-appcred`, by the first
    /// application credential. Both speak for the first user of the state.
    ///
    /// # Errors
    /// If the YAML library refuses, which nothing is known to cause.
    pub fn clouds_yaml(&self, name: &str) -> io::Result<String> {
        let state = self.state();
        let region = state.catalog.iter().flat_map(|entry| &entry.endpoints).map(|endpoint| endpoint.region.clone());
        let region = region.into_iter().next().unwrap_or("RegionOne".to_owned());
        let mut clouds = serde_json::Map::new();
        let common = json!({"region_name": region, "interface": "public", "identity_api_version": "3"});
        let mut add = |name: String, more: Value| {
            let mut cloud = common.clone();
            if let (Value::Object(cloud), Value::Object(more)) = (&mut cloud, more) {
                cloud.extend(more);
            }
            clouds.insert(name, cloud);
        };
        if let Some(user) = state.identity.users.first() {
            add(name.to_owned(), json!({"auth": self.password_auth(&state, user)}));
        }
        if let Some(credential) = state.identity.application_credentials.first() {
            let auth = json!({
                "auth_url": self.auth_url(),
                "application_credential_id": credential.id,
                "application_credential_secret": credential.secret,
            });
            add(format!("{name}-appcred"), json!({"auth_type": "v3applicationcredential", "auth": auth}));
        }
        serde_yaml::to_string(&json!({"clouds": clouds})).map_err(io::Error::other)
    }

    /// Returns the text of [`Self::clouds_yaml`] with a cloud for each domain manager besides: `name-dm1` and `name-dm2`.
    ///
    /// # Errors
    /// As [`Self::clouds_yaml`].
    pub fn clouds_yaml_with_managers(&self, name: &str) -> io::Result<String> {
        let mut clouds: Value = serde_yaml::from_str(&self.clouds_yaml(name)?).map_err(io::Error::other)?;
        let state = self.state();
        let managers = state.identity.users.iter().filter(|user| user.domain.id != "default");
        for (index, user) in managers.enumerate() {
            clouds["clouds"][format!("{name}-dm{}", index + 1)] = json!({
                "interface": "public", "identity_api_version": "3",
                "auth": {
                    "auth_url": self.auth_url(), "username": user.name, "password": user.password,
                    "user_domain_name": user.domain.name, "domain_name": user.domain.name,
                },
            });
        }
        serde_yaml::to_string(&clouds).map_err(io::Error::other)
    }

    fn password_auth(&self, state: &State, user: &User) -> Value {
        let project = user.assignments.first().map(|assignment| &assignment.project);
        let project = state.identity.projects.iter().find(|known| Some(&known.id) == project);
        let mut auth = json!({
            "auth_url": self.auth_url(), "username": user.name, "password": user.password,
            "user_domain_name": user.domain.name,
        });
        if let Some(project) = project {
            auth["project_name"] = json!(project.name);
            auth["project_domain_name"] = json!(project.domain.name);
        }
        auth
    }

    /// Changes the cloud while it runs. The cloud stands still meanwhile, so the closure must not ask it anything.
    pub fn update<R>(&self, change: impl FnOnce(&mut State) -> R) -> R {
        change(&mut self.shared.world().state)
    }

    /// Returns the state as it is now.
    #[must_use]
    pub fn state(&self) -> State {
        self.shared.world().state.clone()
    }

    /// Returns all resources that users create, of all projects, sorted: to compare before and after. Those that are about
    /// to vanish are in it until they have.
    #[must_use]
    pub fn inventory(&self) -> Vec<Item> {
        inventory(&self.shared.world().state)
    }

    /// Makes all tokens worthless; tells how many were good.
    pub fn expire_tokens(&self) -> usize {
        self.shared.world().tokens.expire_all()
    }

    /// Returns the number of tokens that were issued since the start.
    #[must_use]
    pub fn tokens_issued(&self) -> usize {
        self.shared.world().tokens.issued()
    }

    /// Returns all tokens that were issued since the start, for tests that look for leaks.
    #[must_use]
    pub fn tokens(&self) -> Vec<String> {
        self.shared.world().tokens.ids()
    }

    /// Returns the most requests that were going on at the same time, for one service.
    #[must_use]
    pub fn peak_concurrency_of(&self, service: Service) -> usize {
        self.shared.log.peak(Some(service))
    }
}
