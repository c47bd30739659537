//! Signs reports and sends them to result servers: one request per subject, so that one unknown name rejects one report.
//!
//! A report that is to be sent is on the disk first, in the spool, and leaves it only when a server has it.

mod answer;
mod delivery;
#[cfg(test)]
mod delivery_tests;
mod parcel;
mod queue;
mod spool;
#[cfg(test)]
mod tests;
mod upload;

pub use answer::{Answer, Refusal};
pub use delivery::{Deliverer, DeliveryError, Queued, Sent, Variable};
pub use parcel::{Parcel, Spooled};
pub use spool::{Contents, Spool, SpoolError};
pub use upload::{Client, UploadError};
