//! A simulated OpenStack cloud over real HTTP; and, in [`kubernetes`], a simulated cluster behind the same listener.
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
//! Members may also change things: servers, volumes, backups, networks and what belongs to them, images, secrets. What the
//! services do behind their answers advances when somebody looks ([`State::steps`]), and takes another course where the
//! state says so ([`Course`]). [`SimCloud::inventory`] tells what is there, before and after:
//!
//! ```
//! # async fn example() -> std::io::Result<()> {
//! use scs_simcloud::{Course, Kind, SimCloud, State, Task};
//!
//! let mut state = State::conformant(chrono::NaiveDate::default());
//! state.courses.push(Course::new(Task::VolumeDelete).named("second").fails("the storage is busy"));
//! state.seed(Kind::Server, "scs-test-prod", &state.own_project());
//! let cloud = SimCloud::start(state).await?;
//! let before = cloud.inventory();
//! // … the program under test …
//! assert_eq!(cloud.inventory(), before);
//! # Ok(())
//! # }
//! ```
//!
//! Not simulated of OpenStack: rights beyond those of a member (an administrator sees what a member sees); what changes
//! things that are there (but for routers, and volumes that are attached to servers) or resizes them; snapshots, keypairs, rules and floating IPs can
//! be listed and deleted, but not created. Nothing happens inside a server: its console says what the state says, in
//! the name of the run whose user data it has. A backup holds no data, and an image that the state came with has none
//! either; a secret is given back in the encoding in which it came. Octavia has zones and Placement a version document, and
//! nothing else. Time does not pass: who does not look sees no progress. Unlike behind uWSGI, connections are kept
//! alive unless the state says otherwise.

mod body;
mod cloud;
mod fault;
mod http;
pub mod ids;
mod inject;
mod inventory;
pub mod kubernetes;
mod network;
mod observe;
mod operations;
mod scenario;
mod server;
mod service;
mod services;
mod simulator;
mod state;
mod tasks;
mod tls;
mod tokens;
mod world;

pub use cloud::{Builder, SimCloud};
pub use fault::{Failure, Fault, Times};
pub use inventory::Item;
pub use network::Network;
pub use observe::RequestRecord;
pub use scenario::StateError;
pub use service::Service;
pub use simulator::{Simulator, SimulatorBuilder};
pub use state::{
    ApplicationCredential, Assignment, AttachedVolume, Backup, BackupService, Barbican, Bucket, CatalogEntry, Cinder,
    Console, Course, DefaultRule, Deviation, Domain, DomainObject, Ec2Credential, End, Endpoint, FixedIp, Flavor,
    FloatingIp, Gateway, Glance, Grant, GroupRule, Identity, Image, ImageMember, Interface, Keypair, Kind, Mount, Net,
    Neutron, Nova, Port, Project, Quotas, Resources, Router, S3, S3Mode, SCENARIOS, STANDARD_FLAVORS, Secret,
    SecurityGroup, Server, Snapshot, State, Subnet, SubnetPool, Task, User, Version, Visibility, Volume, VolumeType,
    WantedVolume, Zones,
};
pub use tls::Tls;
