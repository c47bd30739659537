//! What the clients of all kinds of subjects share: bounds, errors, the record of requests, what answers and lists mean, and
//! what is wrong with certificates. It sends nothing.

pub(crate) mod address;
pub(crate) mod budget;
pub(crate) mod certificate;
pub(crate) mod error;
pub(crate) mod evidence;
pub(crate) mod fault;
pub(crate) mod json;
pub(crate) mod limits;
pub(crate) mod list;
pub(crate) mod peer;
pub(crate) mod reply;
pub(crate) mod unpack;
