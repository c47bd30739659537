//! A simulated OpenStack cloud over real HTTP.
//!
//! It answers as the real services answer an unprivileged user, so that the conformance suite can be tested, and shown,
//! without a cloud. It knows nothing of the other crates of this project: a wrong idea of a wire format would otherwise
//! hide on both sides. What it imitates is recorded in `tests/fixtures/recorded`, and compared with it by a test.
//!
//! ```
//! # async fn example() -> std::io::Result<()> {
//! use scs_simcloud::{Failure, Fault, Service, SimCloud, State};
//!
//! let mut state = State::conformant(chrono::NaiveDate::default());
//! state.remove_flavor("SCS-2V-4-20s");
//! let cloud = SimCloud::start(state).await?;
//! cloud.plant(Fault::new(Failure::Reset).service(Service::Image).path("marker=").nth(2));
//! println!("{}", cloud.clouds_yaml("simulated")?);
//! # Ok(())
//! # }
//! ```
//!
//! What is not simulated: anything that changes the cloud (refused as for a user without the right), rights beyond those
//! of a member (an administrator sees what a member sees), quotas, and the services barbican, octavia and placement,
//! which stand in the catalog only. Unlike behind uWSGI, connections are kept alive unless the state says otherwise.

mod body;
mod cloud;
mod fault;
mod http;
pub mod ids;
mod inject;
mod inventory;
mod observe;
mod operations;
mod server;
mod services;
mod state;
mod tls;
mod tokens;
mod world;

pub use cloud::{Builder, SimCloud};
pub use fault::{Failure, Fault, Times};
pub use inventory::Item;
pub use observe::RequestRecord;
pub use state::{
    ApplicationCredential, Assignment, AttachedVolume, Backup, BackupService, Barbican, CatalogEntry, Cinder, Console,
    Course, DefaultRule, Domain, End, Endpoint, FixedIp, Flavor, FloatingIp, Gateway, Glance, GroupRule, Identity,
    Image, ImageMember, Interface, Keypair, Kind, Mount, Net, Network, Neutron, Nova, Port, Project, Quotas, Resources,
    Router, S3, S3Mode, SCENARIOS, STANDARD_FLAVORS, Secret, SecurityGroup, Server, Service, Snapshot, State,
    StateError, Subnet, Task, User, Version, Visibility, Volume, VolumeType, WantedVolume,
};
pub use tls::Tls;
