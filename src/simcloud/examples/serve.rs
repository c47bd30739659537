//! Runs a simulated cloud until it is interrupted, for a look with any OpenStack client.
//!
//! `cargo run -p scs-simcloud --example serve -- [scenario.yaml] [--items N] [--offend] > clouds.yaml`
//!
//! `--items` makes it large: so many images and so many flavors. With `--offend` each added image is a finding.

use scs_simcloud::{SimCloud, State};
use std::error::Error;

/// The options of the command line.
#[derive(Default)]
struct Wanted {
    scenario: Option<String>,
    items: usize,
    offend: bool,
}

impl Wanted {
    fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self, Box<dyn Error>> {
        let mut wanted = Self::default();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--items" => wanted.items = arguments.next().ok_or("--items needs a number")?.parse()?,
                "--offend" => wanted.offend = true,
                option if option.starts_with('-') => return Err(format!("unknown option {option}").into()),
                _ => wanted.scenario = Some(argument),
            }
        }
        Ok(wanted)
    }

    /// Returns the cloud as of yesterday: what is published today may lie in the future of a client that asks for this
    /// instant.
    fn state(&self) -> Result<State, Box<dyn Error>> {
        let today = chrono::Utc::now().date_naive();
        let scenario = self.scenario.as_deref().map(std::fs::read_to_string).transpose()?.unwrap_or_default();
        let mut state = State::from_yaml(&scenario, today.pred_opt().unwrap_or(today))?;
        state.grow(self.items, self.offend);
        Ok(state)
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let cloud = SimCloud::start(Wanted::read(std::env::args().skip(1))?.state()?).await?;
    println!("{}", cloud.clouds_yaml("simulated")?);
    eprintln!("{} until Ctrl-C", cloud.base_url());
    tokio::signal::ctrl_c().await?;
    for request in cloud.requests() {
        eprintln!("{} {} {:?}", request.method, request.target, request.status);
    }
    Ok(())
}
