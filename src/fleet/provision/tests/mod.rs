//! Provisioners against a stand-in of a management API, and against stand-in programs.

mod api;
mod fixture;
mod live;
mod managed;
mod nights;
mod offers;
mod programs;
mod removal;
