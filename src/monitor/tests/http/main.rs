//! The result server over real HTTP, on both databases, with signatures of the real `ssh-keygen`.

mod contract;
mod hostile;
mod import;
mod pages;
mod postgres;
mod program;
mod server;
mod timing;
