//! Runs a simulated cloud until it is interrupted, for a look with any OpenStack client.
//!
//! `cargo run -p scs-simcloud --example serve -- [scenario.yaml] > clouds.yaml`

use std::error::Error;

use scs_simcloud::{SimCloud, State};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let today = chrono::Utc::now().date_naive();
    let scenario = match std::env::args().nth(1) {
        Some(path) => std::fs::read_to_string(path)?,
        None => String::new(),
    };
    let cloud = SimCloud::start(State::from_yaml(&scenario, today)?).await?;
    println!("{}", cloud.clouds_yaml("simulated")?);
    eprintln!("{} until Ctrl-C", cloud.base_url());
    tokio::signal::ctrl_c().await?;
    for request in cloud.requests() {
        eprintln!("{} {} {:?}", request.method, request.target, request.status);
    }
    Ok(())
}
