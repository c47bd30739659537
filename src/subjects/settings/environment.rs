//! The environment of the process as plain data, so that tests need no process-wide state.

use crate::secrets::{Secrets, names_a_secret};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// Environment variables and the folders that configuration is looked for in.
#[derive(Clone)]
pub struct Environment {
    /// Environment variables; they may hold secrets, so this type has no `Debug`.
    pub vars: BTreeMap<String, String>,
    /// The user's home directory, if there is one.
    pub home: Option<PathBuf>,
    /// The current directory.
    pub cwd: PathBuf,
    /// The machine-wide configuration folder, `/etc/openstack`.
    pub system: PathBuf,
}

impl Environment {
    /// Returns the environment of this process. Variables that are not UTF-8 are left out.
    ///
    /// # Errors
    /// The current directory does not exist or is not accessible.
    pub fn from_process() -> io::Result<Self> {
        let vars: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Ok(Self {
            home: std::env::home_dir(),
            cwd: std::env::current_dir()?,
            system: PathBuf::from("/etc/openstack"),
            vars,
        })
    }

    /// Returns the secrets among the variables that this program and its plugins use, which no output may repeat.
    #[must_use]
    pub fn secrets(&self) -> Secrets {
        const OTHERS: &[&str] = &["GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];
        let secrets = Secrets::default();
        for (name, value) in &self.vars {
            if OTHERS.contains(&name.as_str()) || name.starts_with("OS_") && names_a_secret(name) {
                secrets.add(value);
            } else if name.starts_with("OS_") || name.to_ascii_lowercase().ends_with("_proxy") {
                secrets.add_addresses_in(value);
            }
        }
        secrets
    }

    /// Returns a variable's value; an empty one counts as not set.
    #[must_use]
    pub fn var(&self, name: &str) -> Option<&str> {
        self.vars.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Resolves a path as a user writes it: `~/` is the home directory, relative paths count from here.
    #[must_use]
    pub fn resolve(&self, path: &str) -> PathBuf {
        match (path.strip_prefix('~'), &self.home) {
            (Some(""), Some(home)) => home.clone(),
            (Some(rest), Some(home)) if rest.starts_with('/') => home.join(rest.trim_start_matches('/')),
            _ => self.cwd.join(path),
        }
    }

    /// Returns the folders to search, in order: here, the user's, the machine's.
    #[must_use]
    pub fn config_folders(&self) -> Vec<PathBuf> {
        let xdg = self.var("XDG_CONFIG_HOME").map(|folder| Path::new(folder).join("openstack"));
        let user = self.home.as_ref().map(|home| home.join(".config/openstack"));
        let mut folders = vec![self.cwd.clone()];
        for folder in [xdg, user, Some(self.system.clone())].into_iter().flatten() {
            if !folders.contains(&folder) {
                folders.push(folder);
            }
        }
        folders
    }
}
