//! Runs a simulated cluster until it is interrupted, for a look with any Kubernetes client.
//!
//! `cargo run -p scs-simcloud --example cluster -- [scenario.yaml] [--nodes N] > kubeconfig.yaml`
//!
//! `--nodes` makes it large: three nodes of the control plane, and workers. It speaks HTTPS, because kubectl sends no token
//! otherwise; the kubeconfig trusts the authority that is made up for it.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use scs_simcloud::Tls;
use scs_simcloud::kubernetes::{ClusterState, SimCluster};
use std::error::Error;

/// The options of the command line.
#[derive(Default)]
struct Wanted {
    scenario: Option<String>,
    nodes: Option<usize>,
}

impl Wanted {
    fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self, Box<dyn Error>> {
        let mut wanted = Self::default();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--nodes" => wanted.nodes = Some(arguments.next().ok_or("--nodes needs a number")?.parse()?),
                option if option.starts_with('-') => return Err(format!("unknown option {option}").into()),
                _ => wanted.scenario = Some(argument),
            }
        }
        Ok(wanted)
    }

    fn state(&self) -> Result<ClusterState, Box<dyn Error>> {
        let scenario = self.scenario.as_deref().map(std::fs::read_to_string).transpose()?.unwrap_or_default();
        let mut state = ClusterState::from_yaml(&scenario, chrono::Utc::now().date_naive())?;
        if let Some(nodes) = self.nodes {
            state.size(nodes);
        }
        Ok(state)
    }
}

/// Makes an authority, and what the listener needs.
fn certificates() -> Result<(String, Tls), rcgen::Error> {
    let mut params = CertificateParams::new(Vec::<String>::new())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
    let key = KeyPair::generate()?;
    let certificate = CertificateParams::new(vec!["127.0.0.1".to_owned()])?.signed_by(&key, &authority)?.pem();
    Ok((authority.pem(), Tls { certificate, key: key.serialize_pem(), client_ca: None, http2: true }))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let state = Wanted::read(std::env::args().skip(1))?.state()?;
    let (authority, tls) = certificates()?;
    let cluster = SimCluster::builder(state).tls(tls).authority(&authority).start().await?;
    println!("{}", cluster.kubeconfig()?);
    eprintln!("{} until Ctrl-C", cluster.base_url());
    tokio::signal::ctrl_c().await?;
    for request in cluster.requests() {
        eprintln!("{} {} {:?}", request.method, request.target, request.status);
    }
    Ok(())
}
