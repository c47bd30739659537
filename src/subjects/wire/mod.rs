//! The foundation of both clients: limits, the one loop of attempts, errors, the record of requests, and the meaning of
//! answers, lists and certificates. It opens no connection itself: a client hands in how.

pub mod address;
pub mod budget;
pub mod certificate;
pub mod error;
pub mod evidence;
pub mod fault;
pub mod limits;
pub mod list;
pub mod permits;
pub mod reply;
pub mod route;
pub mod send;
pub mod unpack;
