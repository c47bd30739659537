//! Tables of configurations, broken and valid. Every message is asserted in full: it is what a user reads.

mod broken;
mod choice;
mod clients;
mod valid;

use super::*;
use secrecy::ExposeSecret;
use std::collections::BTreeMap;
use std::fs;
use tempfile::TempDir;

/// A machine with a home, a current directory and a system folder of its own.
struct Machine {
    root: TempDir,
    environment: Environment,
}

impl Machine {
    fn new(files: &[(&str, &str)], vars: &[(&str, &str)]) -> Self {
        let root = TempDir::new().unwrap();
        let path = |name: &str| root.path().join(name);
        for folder in ["here", "home", "etc"] {
            fs::create_dir_all(path(folder)).unwrap();
        }
        for (name, content) in files {
            fs::create_dir_all(path(name).parent().unwrap()).unwrap();
            fs::write(path(name), content).unwrap();
        }
        let vars = vars.iter().map(|(name, value)| {
            let value = value.replace("ROOT", root.path().to_str().unwrap());
            ((*name).to_owned(), value)
        });
        let environment = Environment {
            vars: vars.collect::<BTreeMap<_, _>>(),
            home: Some(path("home")),
            cwd: path("here"),
            system: path("etc"),
        };
        Self { root, environment }
    }

    /// Describes the cloud in short, or returns the message with this machine's folder written as ROOT.
    fn load(&self, choice: CloudChoice<'_>) -> String {
        match load(&self.environment, choice) {
            Ok(cloud) => summary(&cloud),
            Err(error) => error.to_string().replace(self.root.path().to_str().unwrap(), "ROOT"),
        }
    }
}

/// Describes the cloud in short, or returns the message, and lists what is odd about the configuration.
fn noted(machine: &Machine, choice: CloudChoice<'_>) -> (String, Vec<String>) {
    let mut notes = Vec::new();
    let found = match resolve(&machine.environment, choice, auth::resolve, &machine.environment.secrets(), &mut notes) {
        Ok(cloud) => summary(&cloud),
        Err(error) => error.to_string(),
    };
    let plain = |text: String| text.replace(machine.root.path().to_str().unwrap(), "ROOT");
    (plain(found), notes.iter().map(|note| plain(note.to_string())).collect())
}

fn summary(cloud: &Cloud) -> String {
    let user = |user: &User| match user {
        User::Id(id) => format!("#{id}"),
        User::Name { name, domain } => format!("{name}@{domain:?}"),
    };
    let project = |project: &Project| match project {
        Project::Id(id) => format!("#{id}"),
        Project::Name { name, domain } => format!("{name}@{domain:?}"),
        Project::Default => "the default project".to_owned(),
        Project::WholeDomain(domain) => format!("{domain:?}"),
    };
    let auth = match &cloud.auth {
        Auth::Password { user: u, password, project: p } => {
            format!("{}:{} in {}", user(u), password.expose_secret(), project(p))
        }
        Auth::ApplicationCredential { credential: ApplicationCredential::Id(id), secret } => {
            format!("appcred #{id}:{}", secret.expose_secret())
        }
        Auth::ApplicationCredential { credential: ApplicationCredential::Name { name, user: u }, secret } => {
            format!("appcred {name} of {}:{}", user(u), secret.expose_secret())
        }
        Auth::Token { token, project: p } => {
            format!("token {} in {}", token.expose_secret(), project(p))
        }
    };
    let region = cloud.region.as_deref().unwrap_or("-");
    format!("{}: {} {auth} region {region} {}", cloud.name, cloud.auth_url, cloud.interface.as_str())
}

/// Returns a `clouds.yaml` with one cloud `c`, complete but for what `settings` adds below it.
fn one_cloud(settings: &str) -> String {
    format!(
        "clouds:\n  c:\n    auth:\n      auth_url: https://k/v3\n      username: u\n      password: p\n      project_name: pr\n{settings}"
    )
}

/// Returns a `clouds.yaml` with one cloud `c` and exactly these lines below `auth`.
fn one_auth(lines: &[&str]) -> String {
    format!("clouds:\n  c:\n    auth:\n      {}\n", lines.join("\n      "))
}

const OK: &str = r#"c: https://k/v3 u@Id("default"):p in pr@Id("default") region - public"#;
const URL: &str = "auth_url: https://k/v3";
