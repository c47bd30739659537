//! What the clients of all kinds of subjects share: bounds, errors, the record of requests, what answers and lists mean, and
//! what is wrong with certificates. It sends nothing.

pub mod address;
pub mod budget;
pub mod certificate;
pub mod error;
pub mod evidence;
pub mod fault;
pub mod limits;
pub mod list;
pub mod peer;
pub mod reply;
pub mod unpack;
