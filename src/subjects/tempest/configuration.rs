//! The configuration of Tempest (`tempest.conf`), made of what a cloud shows to a member of a project.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Everything that Tempest has to be told of a cloud. Nothing in it is secret.
#[derive(Clone, Debug)]
pub(crate) struct Configuration {
    /// The URL of Keystone, with its version.
    pub identity: String,
    /// The region.
    pub region: Option<String>,
    /// The interface of the endpoints: `public`, `internal` or `admin`.
    pub interface: &'static str,
    /// The authorities to trust, if they are not those of the system.
    pub authorities: Option<PathBuf>,
    /// True if certificates are verified.
    pub verifies: bool,
    /// The names of the services that Tempest asks, and true for those that there are.
    pub services: Vec<(&'static str, bool)>,
    /// The type under which the catalog lists Cinder.
    pub volume_type: &'static str,
    /// The ids of two images; the same twice if there is only one.
    pub images: [String; 2],
    /// The user of the first image.
    pub image_user: Option<String>,
    /// The ids of two flavors; the same twice if there is only one.
    pub flavors: [String; 2],
    /// The name of the network for servers.
    pub fixed_network: String,
    /// The external network, if the project sees one.
    pub external: Option<Network>,
    /// The aliases of Neutron's extensions.
    pub extensions: Vec<String>,
    /// The file of accounts.
    pub accounts: PathBuf,
    /// An empty folder for locks.
    pub locks: PathBuf,
    /// The longest time for a single resource.
    pub patience: Duration,
}

/// A network, by id and name.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Network {
    pub id: String,
    pub name: String,
}

/// The sections of services with an endpoint.
const SERVICES: [&str; 5] = ["compute", "image", "network", "volume", "object-storage"];

impl Configuration {
    /// Returns the text of the file.
    pub fn ini(&self) -> String {
        let mut file = Ini::default();
        file.section("oslo_concurrency").path("lock_path", &self.locks);
        file.section("auth").set("use_dynamic_credentials", false).path("test_accounts_file", &self.accounts);
        self.identity(&mut file);
        self.endpoints(&mut file);
        self.compute(&mut file);
        self.network(&mut file);
        file.section("service_available");
        for (name, is_there) in &self.services {
            file.set(name, is_there);
        }
        self.validation(&mut file);
        file.text
    }

    fn identity(&self, file: &mut Ini) {
        file.section("identity").set("uri_v3", &self.identity).set("auth_version", "v3");
        file.set("v3_endpoint_type", self.interface);
        if let Some(region) = &self.region {
            file.set("region", region);
        }
        if let Some(path) = &self.authorities {
            file.path("ca_certificates_file", path);
        }
        if !self.verifies {
            file.set("disable_ssl_certificate_validation", true);
        }
    }

    fn endpoints(&self, file: &mut Ini) {
        for service in SERVICES {
            file.section(service).set("endpoint_type", format!("{}URL", self.interface));
            file.set("build_timeout", self.patience.as_secs());
            match service {
                "compute" => self.compute_resources(file),
                "volume" => self.volume(file),
                "network" => self.external_network(file),
                _ => {}
            }
        }
    }

    fn compute_resources(&self, file: &mut Ini) {
        let [image, image_alt] = &self.images;
        let [flavor, flavor_alt] = &self.flavors;
        file.set("image_ref", image).set("image_ref_alt", image_alt);
        file.set("flavor_ref", flavor).set("flavor_ref_alt", flavor_alt);
        file.set("fixed_network_name", &self.fixed_network);
    }

    fn volume(&self, file: &mut Ini) {
        file.set("catalog_type", self.volume_type);
    }

    fn external_network(&self, file: &mut Ini) {
        if let Some(Network { id, name }) = &self.external {
            file.set("public_network_id", id).set("floating_network_name", name);
        }
    }

    fn compute(&self, file: &mut Ini) {
        let [flavor, flavor_alt] = &self.flavors;
        file.section("compute-feature-enabled").set("resize", flavor != flavor_alt);
    }

    fn network(&self, file: &mut Ini) {
        // Without the list Tempest takes every extension for there.
        file.section("network-feature-enabled").set("api_extensions", self.extensions.join(","));
    }

    fn validation(&self, file: &mut Ini) {
        // Tests that log in to a server have another name without it, and would not be found.
        file.section("validation").set("run_validation", true);
        file.set("connect_method", if self.external.is_some() { "floating" } else { "fixed" });
        // A server that nobody can log in to is waited for no longer than one that is built; at most as long as by default.
        for (option, usual) in [("connect_timeout", 60), ("ping_timeout", 120), ("ssh_timeout", 300)] {
            file.set(option, self.patience.as_secs().min(usual));
        }
        if let Some(user) = &self.image_user {
            file.set("image_ssh_user", user);
        }
    }
}

/// A file with sections, as oslo.config reads it.
#[derive(Default)]
struct Ini {
    text: String,
}

impl Ini {
    fn section(&mut self, name: &str) -> &mut Self {
        let gap = if self.text.is_empty() { "" } else { "\n" };
        // Writing to a text cannot fail.
        let _ = writeln!(self.text, "{gap}[{name}]");
        self
    }

    /// Sets an option. A dollar would begin the name of another one, and a line break a new line.
    fn set(&mut self, name: &str, value: impl ToString) -> &mut Self {
        let value = value.to_string().replace('$', "$$").replace(char::is_control, " ");
        let _ = writeln!(self.text, "{name} = {value}");
        self
    }

    fn path(&mut self, name: &str, path: &Path) -> &mut Self {
        self.set(name, path.display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn configuration() -> Configuration {
        Configuration {
            identity: "https://cloud.example:5000/v3".into(),
            region: Some("RegionOne".into()),
            interface: "public",
            authorities: None,
            verifies: true,
            services: vec![("nova", true), ("swift", false)],
            volume_type: "block-storage",
            images: ["image-1", "image-2"].map(str::to_owned),
            image_user: Some("ubuntu".into()),
            flavors: ["flavor-1", "flavor-2"].map(str::to_owned),
            fixed_network: "_scs-20261120t100000-k3f9-network".into(),
            external: Some(Network { id: "network-1".into(), name: "public".into() }),
            extensions: ["router", "quotas"].map(str::to_owned).to_vec(),
            accounts: "/proc/1/fd/9".into(),
            locks: "/tmp/x/locks".into(),
            patience: Duration::from_secs(600),
        }
    }

    #[test]
    fn everything_that_the_cloud_shows_is_written() {
        insta::assert_snapshot!(configuration().ini());
    }

    #[test]
    fn a_cloud_with_less_is_described_so() {
        let less = Configuration {
            region: None,
            interface: "internal",
            authorities: Some("/tmp/x/authorities.pem".into()),
            verifies: false,
            image_user: None,
            flavors: ["flavor-1", "flavor-1"].map(str::to_owned),
            external: None,
            extensions: Vec::new(),
            ..configuration()
        };
        insta::assert_snapshot!(less.ini());
    }

    #[test]
    fn a_name_cannot_become_an_option() {
        let external = Some(Network { id: "n".into(), name: "a$b\n[auth]\nuse_dynamic_credentials = true".into() });
        let text = Configuration { external, ..configuration() }.ini();
        assert!(text.contains("floating_network_name = a$$b [auth] use_dynamic_credentials = true\n"), "{text}");
        assert_eq!(text.matches("\n[auth]\n").count(), 1);
    }
}
