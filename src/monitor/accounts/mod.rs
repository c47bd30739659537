//! Accounts: who uploads, with which keys, for whom, and who may read what.

mod account;
mod bootstrap;
mod hash;
mod passwords;
mod roles;

pub use account::{Account, Accounts};
pub use bootstrap::{AccountEntry, Bootstrap, BootstrapError, KeyEntry};
pub use passwords::{Busy, Passwords};
pub use roles::{Role, Roles};
