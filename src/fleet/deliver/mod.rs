//! Signs reports and sends them to result servers: one request per subject, so that one unknown name rejects one report.
//!
//! What is to be sent is on the disk first, in the spool, and leaves it only when a server has it.

mod answer;
mod delivery;
mod spool;
#[cfg(test)]
mod tests;
mod upload;

pub use answer::{Answer, Refusal};
pub use delivery::{Deliverer, DeliveryError, Variable};
pub use spool::{Parcel, Spool, SpoolError};
pub use upload::{Client, UploadError};
